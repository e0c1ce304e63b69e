use super::*;
use crate::chat::{ACTIONS, RoomChange, Way};
use crate::output::sample;
use crate::plain::view;
use crate::texts::{Language, Texts};
use tidings_node::api::{
    Carrier, Change, Check, DamagedFile, Deleted, Delivery, Found, OtherVersion, PeerCounts,
    TransferKind,
};

/// Words that are the same in every language: keys, and names that nobody translates.
const SAME: &[&str] = &[
    "Ctrl", "Enter", "KiB", "LAN", "Tidings", "USB", "auto", "id", "off",
];

/// A chat in Korean, and what it has said.
struct Chat {
    state: State,
    said: Vec<String>,
}

impl Chat {
    fn start(contacts: Vec<Contact>, rooms: Vec<Conversation>) -> Self {
        let conversations = contacts.iter().map(direct).chain(rooms).collect();
        let mut chat = Self {
            state: State::new(Texts::of(Language::Korean), Origin::default()),
            said: Vec::new(),
        };
        chat.happens(Event::Started {
            identity: Identity {
                person: sample::id('z'),
                device: sample::id('a'),
                name: "앤".to_owned(),
                safety_words: Vec::new(),
            },
            contacts,
            conversations,
        });
        chat
    }

    /// What is said then.
    fn happens(&mut self, event: impl Into<Event>) -> Vec<String> {
        let effects = super::update(&mut self.state, event);
        let shows = effects.iter().filter_map(|effect| match effect {
            Effect::Show(show) => Some(view::lines(show, self.state.texts())),
            Effect::Ask(_) | Effect::Unlock | Effect::Close | Effect::Quit => None,
        });
        let said: Vec<String> = shows.collect();
        self.said.extend(said.iter().cloned());
        self.said.push(self.state.prompt());
        said
    }

    fn types(&mut self, line: &str) -> Vec<String> {
        self.happens(Event::Line(line.to_owned()))
    }

    /// The words of English in it.
    fn english(&self) -> Vec<&str> {
        let words = self.said.iter().flat_map(|line| english(line));
        words.collect()
    }
}

/// The words of English in a text: none is behind a slash, or in a command that is quoted.
fn english(text: &str) -> Vec<&str> {
    let unquoted = text.split('`').step_by(2);
    let words = unquoted.flat_map(|part| part.split_whitespace());
    let words = words.filter(|word| !word.starts_with('/'));
    let runs = words.flat_map(|word| word.split(|c: char| !c.is_ascii_alphabetic()));
    runs.filter(|run| run.len() > 1 && !SAME.contains(run))
        .collect()
}

fn ben() -> Contact {
    contact('b', "벤")
}

fn of_ben(first: char, body: &str) -> Message {
    let mut message = Message {
        id: sample::id(first),
        sent_at: u64::MAX,
        ..from('b', body)
    };
    message.from.name = "벤".to_owned();
    message
}

fn of_ours(first: char, body: &str, state: MessageState) -> Message {
    Message {
        id: sample::id(first),
        conversation: sample::id('b'),
        body: body.to_owned(),
        sent_at: u64::MAX,
        ..sample::sent("", state)
    }
}

#[test]
fn a_conversation_goes_on_in_korean_from_its_first_line_to_its_last() {
    let mut chat = Chat::start(vec![ben()], Vec::new());
    assert_eq!(
        chat.said,
        [
            "앤 님, 안녕하세요. 무엇을 할 수 있는지는 /help 명령으로 봅니다.",
            "대화: 벤 (확인 안 됨)",
            "벤 님에게: "
        ]
    );
    assert_eq!(
        chat.happens(page(with('b'), Vec::new())),
        ["아직 글이 없습니다. 한 줄을 입력하면 보냅니다: 벤"]
    );
    assert!(chat.types("안녕").is_empty());
    let ours = |state| of_ours('d', "안녕", state);
    let sent = Told::Sent(with('b'), Box::new(ours(MessageState::Queued)));
    assert!(chat.happens(sent).is_empty());
    let delivered = Told::News(vec![ours(MessageState::Delivered)]);
    assert_eq!(chat.happens(delivered), ["1. 전달됨"]);
    let theirs = Told::News(vec![of_ben('e', "잘 지내?")]);
    assert_eq!(chat.happens(theirs), ["2. 벤: 잘 지내?, --:--"]);
    assert_eq!(chat.types("/reply 2 응"), ["벤 님에게 답장: 잘 지내?"]);
    assert_eq!(chat.types("/delete 1"), ["삭제: 나: 안녕"]);
    assert_eq!(
        chat.state.prompt(),
        "이 메시지를 모두에게서 삭제할까요? [y/n] "
    );
    let effects = typed(&mut chat.state, "네");
    assert!(matches!(
        effects.as_slice(),
        [Effect::Ask(Ask::Delete { .. })]
    ));
    let deleted = Message {
        deleted: true,
        change: Change::Deleted,
        ..of_ours('d', "", MessageState::Delivered)
    };
    assert_eq!(
        chat.happens(Told::News(vec![deleted])),
        ["바뀜, 1. 나: (삭제됨), 전: 안녕, 전달됨, --:--"]
    );
    assert_eq!(chat.types("/frobnicate").len(), 1);
    assert_eq!(typed(&mut chat.state, "/quit"), [Effect::Quit]);
    assert_eq!(chat.english(), [""; 0]);
}

fn team(people: &[(char, &str, Role)]) -> Conversation {
    Conversation {
        title: "우리 팀".to_owned(),
        ..super::team(people)
    }
}

const ANN: (char, &str, Role) = ('z', "앤", Role::Admin);
const BEN: (char, &str, Role) = ('b', "벤", Role::Member);

/// Types every command: alone, with a number, a name and a text.
fn type_all(chat: &mut Chat) {
    for entry in ACTIONS {
        let Some(slash) = entry.slash.filter(|slash| slash.verb != "/quit") else {
            continue;
        };
        for rest in [
            "",
            "1",
            "1 글",
            "7 글",
            "벤",
            "클레오",
            "우리 팀",
            "모르는 이름",
        ] {
            chat.types(&format!("{} {rest}", slash.verb));
            chat.types("글쎄");
            chat.happens(Event::Interrupted);
        }
    }
    chat.types("/프로브");
    chat.types("글");
    chat.types(&"A".repeat(80));
}

/// Goes through what changes with people.
fn meet(chat: &mut Chat) {
    let suspended = |state| Contact { state, ..ben() };
    for contact in [
        suspended(ContactState::Pending),
        suspended(ContactState::Suspended),
        suspended(ContactState::Blocked),
        contact('b', "베니"),
        contact('c', "클레오"),
        contact('d', "도라"),
    ] {
        chat.happens(Told::Joined(contact.clone()));
        chat.happens(Told::Contacts(vec![contact.clone()]));
        chat.happens(Told::Contact(contact));
        chat.happens(Event::Typed);
        chat.types("/contacts");
    }
    chat.happens(Told::Verified(contact('c', "클레오")));
    let words = SafetyWords {
        person: sample::id('b'),
        name: "벤".to_owned(),
        safety_words: vec!["하나".to_owned()],
        verified: true,
    };
    for answer in ["글쎄", "하나 둘", "아니요"] {
        chat.happens(Told::SafetyWords(words.clone()));
        chat.types(answer);
    }
    chat.happens(Told::Invited(Invite {
        code: "코드".to_owned(),
        expires_at: 0,
    }));
    let online = vec![typist('b', "벤").from];
    chat.happens(presence(online, Vec::new()));
    chat.types("/contacts");
}

/// Goes through what changes with rooms.
fn gather(chat: &mut Chat) {
    let dora = |role| team(&[ANN, BEN, ('d', "도라", role)]);
    let by_ben = Some(typist('b', "벤").from);
    for standing in [
        Standing::Invited,
        Standing::Joined,
        Standing::Removed,
        Standing::Invited,
        Standing::Left,
        Standing::Joined,
        Standing::Left,
    ] {
        for (first, title, invited_by) in [('s', "옛 팀", &None), ('t', "새 팀", &by_ben)] {
            let room = Conversation {
                id: sample::id(first),
                title: title.to_owned(),
                standing,
                invited_by: invited_by.clone(),
                ..team(&[])
            };
            chat.happens(Told::Conversations(vec![room]));
            for line in ["/contacts", "/accept", &format!("/leave {title}"), "n"] {
                chat.types(line);
            }
        }
    }
    chat.types("/chat 우리 팀");
    for room in [
        team(&[ANN, BEN]),
        dora(Role::Member),
        dora(Role::Admin),
        dora(Role::Member),
        team(&[('z', "앤", Role::Member), BEN]),
        team(&[ANN, BEN]),
        Conversation {
            title: "팀".to_owned(),
            muted: true,
            archived: true,
            read_receipts: false,
            disappears_after: Some(7 * 86_400),
            draft: Some("쓰던 글".to_owned()),
            ..team(&[ANN, BEN])
        },
    ] {
        chat.happens(Told::Conversation(Box::new(room)));
        chat.types("/contacts");
    }
    chat.happens(page(Place::Room(sample::id('r')), Vec::new()));
    for seconds in [None, Some(1), Some(60), Some(3_600), Some(86_400)] {
        let room = Conversation {
            disappears_after: seconds,
            ..team(&[ANN, BEN])
        };
        chat.happens(Told::Conversation(Box::new(room)));
        let direct = Conversation {
            disappears_after: seconds,
            ..direct(&ben())
        };
        chat.types("/chat 1");
        chat.happens(Told::Conversation(Box::new(direct)));
        chat.types("/chat 우리 팀");
    }
    let many: Vec<_> = ('a'..='y').map(|one| (one, "도라", Role::Member)).collect();
    chat.happens(Told::Conversation(Box::new(team(&many))));
    for line in ["/add 도라", "/add-new 도라", "/role 도라", "/remove 3", "n"] {
        chat.types(line);
    }
    chat.happens(Told::Created(Box::new(team(&[ANN]))));
    chat.happens(Told::Accepted(Box::new(team(&[ANN]))));
}

/// Goes through what is said of messages.
fn write(chat: &mut Chat) {
    chat.types("/chat 1");
    let ours = |state| of_ours('k', "안녕", state);
    chat.happens(Told::Sent(with('b'), Box::new(ours(MessageState::Queued))));
    for _ in 0..=QUEUED_EXPLAINED_SECONDS {
        chat.happens(Event::Tick);
    }
    let mut carried = ours(MessageState::Carried);
    (carried.delivery.people, carried.delivery.delivered) = (3, 1);
    chat.happens(Told::News(vec![carried]));
    chat.happens(Told::News(vec![ours(MessageState::Delivered)]));
    let mut theirs = of_ben('m', &"아주 긴 글 ".repeat(20));
    theirs.reply_to = Some(sample::id('q'));
    (theirs.pinned, theirs.urgent, theirs.disputed) = (true, true, true);
    (theirs.mentions_me, theirs.expires_at) = (true, Some(u64::MAX));
    chat.happens(Told::News(vec![theirs.clone()]));
    theirs.received_at = 0;
    for (change, deleted, unsupported) in [
        (Change::Edited, false, false),
        (Change::Edited, false, true),
        (Change::Hidden, false, false),
        (Change::Deleted, true, false),
    ] {
        (theirs.change, theirs.deleted, theirs.unsupported) = (change, deleted, unsupported);
        theirs.edited = true;
        chat.happens(Told::News(vec![theirs.clone()]));
    }
    let elsewhere = |first, body: &str| {
        let mut message = in_room(first, "도라", body);
        message.mentions_me = true;
        Told::News(vec![message])
    };
    chat.happens(elsewhere('r', "안녕"));
    chat.happens(elsewhere('c', "안녕"));
    for line in [
        "/details 1",
        "/details 2",
        "/edit 더",
        "/react 1 좋아",
        "/pin 1",
    ] {
        chat.types(line);
    }
    let carrier = Carrier {
        person: None,
        name: None,
        until: 0,
    };
    let delivery = |state, carried_by| Delivery {
        person: sample::id('b'),
        name: "벤".to_owned(),
        state,
        reason: None,
        carried_by,
    };
    let all = vec![
        delivery(MessageState::Failed, Vec::new()),
        delivery(MessageState::Carried, vec![carrier]),
    ];
    chat.happens(Told::Deliveries(sample::id('k'), all));
    chat.happens(Told::Deliveries(sample::id('k'), Vec::new()));
    for state in [MessageState::Failed, MessageState::Read] {
        chat.happens(Told::Cancelled(Box::new(ours(state))));
    }
    chat.happens(Told::Deleted(Deleted {
        id: sample::id('k'),
        conversation: Some(sample::id('b')),
        for_me: true,
    }));
    for (messages, more) in [(0, false), (1, false), (2, true)] {
        let messages = vec![of_ben('n', "찾는 글"); messages];
        let ticket = crate::chat::Ticket::default();
        let found = Found { messages, more };
        chat.happens(Told::Found { ticket, found });
    }
    chat.happens(Told::Pinned(with('b'), Vec::new()));
    chat.happens(Told::Pinned(with('b'), vec![of_ben('n', "고정한 글")]));
}

/// Goes through what is said of what is written and taken.
fn carry(chat: &mut Chat) {
    for line in ["/export", "/import", "/export /집/둘", "/import /집/둘"] {
        chat.types(line);
    }
    let kinds = [TransferKind::Export, TransferKind::Import];
    let mut all: Vec<_> = (1..)
        .zip(kinds)
        .map(|(id, kind)| sample::transfer(id, kind, "/집/둘"))
        .collect();
    for done in [0, 30, 80] {
        for one in &mut all {
            one.done = done;
        }
        chat.happens(Told::Transfers(all.clone()));
        chat.types("/cancel-transfer");
        for one in &mut all {
            one.total = Some(100);
        }
    }
    chat.types("/cancel-transfer 2");
    let over = Said::sentence("no_transfer", Vec::new(), String::new());
    let over = ApiError::new(tidings_node::api::ErrorKind::NotFound, over);
    chat.happens(Told::Failed(Ask::CancelTransfer(2), over.into()));
    chat.happens(Told::Transfers(Vec::new()));
    chat.types("/cancel-transfer 2");
    let mut came = sample::bundle("/집/둘");
    came.bytes = 4_096;
    for (envelopes, left_out, new) in [(0, 0, 0), (2, 0, 1), (2, 1, 1)] {
        (came.envelopes, came.left_out) = (envelopes, Some(left_out));
        (came.new, came.for_me) = (Some(new), Some(new));
        for way in [Way::Export, Way::Import] {
            chat.happens(Told::Bundle(way, came.clone()));
        }
    }
    came.new_file = Some(true);
    chat.happens(Told::Bundle(Way::Export, came.clone()));
    for (foreign, count) in [(true, 1), (true, 2), (false, 1), (false, 2)] {
        let damaged = DamagedFile {
            path: "/집/셋".into(),
            reason: String::new(),
            foreign,
        };
        came.damaged = vec![damaged; count];
        chat.happens(Told::Bundle(Way::Import, came.clone()));
    }
}

/// Goes through what is said of the node.
fn look(chat: &mut Chat) {
    let check = |ok, since| Check {
        name: "queue".to_owned(),
        ok,
        detail: "무엇".to_owned(),
        hint: "이렇게".to_owned(),
        found: Vec::new(),
        helps: Vec::new(),
        person: None,
        since,
    };
    chat.happens(Told::Checked(vec![check(true, None)]));
    let ill = vec![check(false, None), check(false, Some(0))];
    chat.happens(Told::Checked(ill));
    let mut status = sample::status();
    chat.happens(Told::Status(Box::new(status.clone())));
    status.peers = PeerCounts {
        lan: 1,
        direct: 1,
        relayed: 1,
    };
    for newer in [true, false] {
        status.other_versions = vec![OtherVersion {
            person: sample::id('b'),
            name: "벤".to_owned(),
            newer,
        }];
        chat.happens(Told::Status(Box::new(status.clone())));
    }
    chat.happens(Event::Locked(true));
    chat.types("보내지 못한 글");
    chat.happens(Event::Locked(false));
}

#[test]
fn nothing_that_is_said_in_korean_has_a_word_of_english_or_a_sign() {
    let mut alone = Chat::start(Vec::new(), Vec::new());
    type_all(&mut alone);
    let mut chat = Chat::start(vec![ben(), contact('c', "클레오")], vec![team(&[ANN, BEN])]);
    type_all(&mut chat);
    chat.types("/chat 벤");
    chat.happens(page(with('b'), vec![of_ben('h', "안녕")]));
    type_all(&mut chat);
    chat.types("/chat 우리 팀");
    type_all(&mut chat);
    meet(&mut chat);
    gather(&mut chat);
    write(&mut chat);
    carry(&mut chat);
    look(&mut chat);
    for chat in [alone, chat] {
        assert_eq!(chat.english(), [""; 0], "{:#?}", chat.said);
        let signs = chat.said.iter().find(|line| line.contains(SIGNS));
        assert_eq!(signs, None);
    }
}

#[test]
fn whatever_others_are_called_is_told_as_plain_text_in_every_language() {
    use crate::safe_text::corpus;

    corpus::walk(|text| {
        let said = Language::ALL.map(|language| {
            let mut chat = Chat {
                state: State::new(Texts::of(language), Origin::default()),
                said: Vec::new(),
            };
            let contacts = vec![contact('b', text), contact('c', text)];
            let mut room = team(&[ANN, ('b', text, Role::Member)]);
            room.title = text.to_owned();
            let conversations = contacts.iter().map(direct).chain([room]).collect();
            chat.happens(Event::Started {
                identity: Identity {
                    person: sample::id('z'),
                    device: sample::id('a'),
                    name: text.to_owned(),
                    safety_words: vec![text.to_owned()],
                },
                contacts,
                conversations,
            });
            chat.types("/chat 1");
            chat.happens(page(with('b'), vec![of_ben('h', text)]));
            for line in [
                "/reply 1 x",
                "/pin 1",
                "/details 1",
                "/delete 1",
                "/block",
                "/verify",
                "/rename",
                "/3",
                "/members",
                "/remove 1",
                "n",
                "/role 1",
                "n",
                "/leave",
                "n",
            ] {
                chat.types(line);
            }
            chat.types(&format!("/export {text}"));
            let path = format!("/media/{text}");
            let mut transfer = sample::transfer(1, TransferKind::Import, &path);
            (transfer.done, transfer.total) = (1, Some(2));
            chat.happens(Told::Transfers(vec![transfer.clone(), transfer]));
            chat.types("/cancel-transfer");
            let mut came = sample::bundle(&path);
            came.damaged = vec![DamagedFile {
                path: path.into(),
                reason: text.to_owned(),
                foreign: false,
            }];
            chat.happens(Told::Bundle(Way::Import, came));
            chat.types(&format!("/frob{text}"));
            chat.types(&format!("/chat {text}"));
            chat.types("/1");
            let elsewhere = |first| Told::News(vec![in_room(first, text, text)]);
            chat.happens(elsewhere('r'));
            chat.happens(elsewhere('c'));
            chat.happens(Told::SafetyWords(SafetyWords {
                person: sample::id('b'),
                name: text.to_owned(),
                safety_words: vec![text.to_owned()],
                verified: false,
            }));
            chat.types("n");
            chat.happens(Told::Joined(contact('d', text)));
            chat.happens(Told::Conversations(vec![Conversation {
                invited_by: Some(typist('b', text).from),
                standing: Standing::Invited,
                ..sample::room('s', text)
            }]));
            chat.said.join("\n")
        });
        said.join("\n")
    });
}

#[test]
fn english_is_found_where_there_is_some() {
    assert_eq!(english("벤 님에게 to write"), ["to", "write"]);
    assert!(english("/help 명령, `tidings status`, Ctrl-C, 1d").is_empty());
}

#[test]
fn a_room_is_left_after_a_yes_of_whoever_has_not_switched_from_korean_keys() {
    let mut chat = Chat::start(Vec::new(), vec![team(&[ANN])]);
    chat.types("/chat 1");
    chat.types("/leave");
    assert_eq!(chat.state.prompt(), "우리 팀에서 나갈까요? [y/n] ");
    let leaves = Effect::Ask(Ask::Room(sample::id('r'), RoomChange::Leave));
    assert_eq!(typed(&mut chat.state, "ㅛ"), [leaves]);
}
