//! Who and what the scenes show: some people, their rooms, and what was written in them.
//!
//! Invariants
//! - Nothing here depends on the machine, its clock or its language.

use tidings_node::api::{
    ApiError, Argument, Author, Bundle, Carrier, Carrying, Change, Check, Contact, ContactAlarm,
    ContactState, Conversation, ConversationKind, DamagedFile, Delivery, DeliveryCounts, ErrorKind,
    Found, Gap, Invite, Member, Message, MessageState, PeerCounts, Presence, Quote, Reach, Role,
    SafetyWords, Said, Standing, Status, Transfer, TransferKind, Typist,
};
use tidings_node::{OperationId, PersonId};

use super::neighbours;
use crate::failure::Failure;

use crate::chat::{Item, Place};
use crate::output::sample;
use crate::tui::config::Config;
use crate::tui::fault::Faults;
use crate::tui::state::Popup;

const MINUTE: u64 = 60 * 1_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A Monday in September 2026, in the early afternoon.
pub(super) const NOW: u64 = 1_790_000_000_000;

/// Somebody, by the letter that their ids begin with.
pub(super) fn name(letter: char) -> &'static str {
    match letter {
        'a' => "Ann",
        'b' => "Ben",
        'c' => "Carla Montes de Oca",
        'd' => "Dmitri",
        'e' => "Eva",
        'f' => "Farid",
        _ => "김하나",
    }
}

pub(super) fn contacts() -> Vec<Contact> {
    let contact = |letter, state| Contact {
        person: Some(sample::id(letter)),
        name: name(letter).to_owned(),
        verified: letter == 'b',
        state,
        alarm: None,
        online: false,
        asked_at: None,
        join: None,
    };
    let pending = Contact {
        person: None,
        asked_at: Some(NOW - 2 * HOUR),
        ..contact('f', ContactState::Pending)
    };
    let mut held_off = contact('c', ContactState::Suspended);
    held_off.alarm = Some(ContactAlarm::NewDevice);
    vec![
        contact('b', ContactState::Active),
        held_off,
        contact('d', ContactState::Blocked),
        contact('e', ContactState::Active),
        contact('h', ContactState::Active),
        pending,
    ]
}

/// Where the conversation of a title is.
pub(super) fn place(title: &str) -> Place {
    let contacts = contacts();
    let mut people = contacts.iter().filter(|contact| contact.name == title);
    if let Some(person) = people.next().and_then(|contact| contact.person) {
        return Place::Person(person);
    }
    let conversations = conversations();
    let mut rooms = conversations.iter().filter(|room| room.title == title);
    Place::Room(rooms.next().unwrap().id)
}

fn member(letter: char, role: Role) -> Member {
    Member {
        person: sample::id(letter),
        name: name(letter).to_owned(),
        role,
        mentioned_as: Some(name(letter).to_owned()),
    }
}

fn direct(letter: char) -> Conversation {
    Conversation {
        kind: ConversationKind::Direct,
        members: vec![member('a', Role::Member), member(letter, Role::Member)],
        ..sample::room(letter, name(letter))
    }
}

pub(super) fn conversations() -> Vec<Conversation> {
    let room = |letter, title, hours: u64| Conversation {
        latest_at: Some(NOW - hours * HOUR),
        members: vec![
            member('a', Role::Admin),
            member('b', Role::Member),
            member('c', Role::Member),
            member('h', Role::Admin),
        ],
        ..sample::room(letter, title)
    };
    vec![
        Conversation {
            latest_at: Some(NOW - 5 * MINUTE),
            disappears_after: Some(7 * 24 * 3600),
            ..direct('b')
        },
        Conversation {
            latest_at: Some(NOW - 40 * HOUR),
            draft: Some("Did you".to_owned()),
            ..direct('e')
        },
        Conversation {
            latest_at: Some(NOW - 3 * HOUR),
            unread: 2,
            ..direct('h')
        },
        Conversation {
            unread: 14,
            mentions: 1,
            ..room('r', "Hiking club", 1)
        },
        Conversation {
            unread: 120,
            muted: true,
            ..room('k', "동네 소식을 나누는 모임", 2)
        },
        Conversation {
            standing: Standing::Invited,
            invited_by: Some(author('e')),
            ..room('q', "Book circle", 50)
        },
    ]
}

pub(super) fn presence() -> Presence {
    Presence {
        online: vec![author('b'), author('h')],
        typing: vec![Typist {
            conversation: sample::id('h'),
            from: author('h'),
        }],
        version: 1,
    }
}

/// A room that was made with nobody else in it.
pub(super) fn empty_room() -> Conversation {
    Conversation {
        latest_at: Some(NOW),
        members: vec![member('a', Role::Admin)],
        ..sample::room('w', "Sunday walk")
    }
}

/// Ben types.
pub(super) fn ben_types() -> Presence {
    let typist = Typist {
        conversation: sample::id('b'),
        from: author('b'),
    };
    Presence {
        typing: vec![typist],
        ..presence()
    }
}

pub(super) fn author(letter: char) -> Author {
    Author {
        person: sample::id(letter),
        name: name(letter).to_owned(),
    }
}

pub(super) fn status() -> Status {
    Status {
        running: true,
        person: sample::id('a'),
        mode: "auto".to_owned(),
        mode_set: "auto".to_owned(),
        lack: None,
        lack_reasons: Vec::new(),
        listen: vec!["/ip4/192.0.2.1/udp/40404/quic-v1".to_owned()],
        peers: PeerCounts {
            lan: 1,
            direct: 1,
            relayed: 0,
        },
        reach: Reach::default(),
        queued: 0,
        carried: 0,
        carrying: Carrying::default(),
        under_way: 0,
        promised: 0,
        neighbours: 0,
        other_versions: Vec::new(),
        mailbox: false,
        watching: None,
        peer: None,
        attached: 1,
        transfers: Vec::new(),
    }
}

/// What stands somewhere, and what is missing there.
pub(super) fn items(place: Place) -> (Vec<Item>, Vec<Gap>) {
    let (messages, gaps) = if place == Place::Person(sample::id('b')) {
        (with_ben(), Vec::new())
    } else if place == Place::Room(sample::id('r')) {
        (in_club(), missing())
    } else if place == Place::Person(sample::id('h')) {
        (of_all_kinds(), Vec::new())
    } else if place == Place::Room(sample::id('k')) {
        return (neighbours::items(), Vec::new());
    } else {
        (Vec::new(), Vec::new())
    };
    (messages.into_iter().map(Item::from).collect(), gaps)
}

/// A message of a number, from somebody, so long before now.
pub(super) fn message(number: u8, letter: char, ago: u64, body: &str) -> Message {
    let mut bytes = [7; 32];
    bytes[0] = number;
    let mine = letter == 'a';
    let state = if mine {
        MessageState::Read
    } else {
        MessageState::Received
    };
    Message {
        id: OperationId::new(bytes),
        conversation: sample::id('b'),
        from: author(letter),
        mine,
        state,
        sent_at: NOW - ago,
        received_at: NOW - ago + MINUTE,
        read: true,
        delivery: DeliveryCounts {
            people: 1,
            delivered: u64::from(mine),
            read: u64::from(mine),
            carried: 0,
        },
        ..sample::sent(body, state)
    }
}

fn with_ben() -> Vec<Message> {
    let long = "I walked the whole way along the river, past the old mill and the bridge that they closed \
                last year, and there is a bench at the end from which one sees both valleys. We should go \
                there when it is warm again, with everybody.";
    let mut all = vec![
        message(1, 'b', 400 * DAY, "Is this on?"),
        message(2, 'a', 400 * DAY - MINUTE, "It is."),
        message(3, 'b', 3 * DAY, long),
        message(4, 'a', 3 * DAY - 20 * MINUTE, "Yes, let us!"),
        message(
            5,
            'b',
            DAY + HOUR,
            "What to bring:\n- bread\n- a map\n- water",
        ),
        message(
            6,
            'a',
            DAY,
            "그 다리 아래에서 만나요. 비가 오면 학교 앞에서 기다릴게요.",
        ),
        message(7, 'b', 2 * HOUR, "네, 알겠어요 👍"),
        message(8, 'a', HOUR, "I am on my way"),
        message(
            9,
            'a',
            30 * MINUTE,
            "The bus stands still, so it may take a while",
        ),
        message(10, 'b', 5 * MINUTE, "No hurry"),
    ];
    all[3].reactions = [
        ("👍".to_owned(), vec!["Ben".to_owned()]),
        ("🎉".to_owned(), vec!["Ben".to_owned(), "Ann".to_owned()]),
    ]
    .into();
    all[5].edited = true;
    all[6].reply_to = Some(all[5].id);
    all[6].quote = Some(Quote {
        from: author('a'),
        mine: true,
        body: all[5].body.clone(),
        deleted: false,
    });
    all[7].state = MessageState::Delivered;
    all[7].expires_at = Some(NOW + 7 * DAY - HOUR);
    all[8].state = MessageState::Queued;
    all
}

fn in_club() -> Vec<Message> {
    let mut all: Vec<Message> = (0..40_u8)
        .map(|number| {
            let letter = ['b', 'h', 'c', 'a'][usize::from(number / 2) % 4];
            let body = format!("Line {} of what the club talks about", number + 1);
            let ago = DAY + HOUR - u64::from(number) * 20 * MINUTE;
            message(number, letter, ago, &body)
        })
        .collect();
    for message in &mut all {
        message.conversation = sample::id('r');
        message.delivery = DeliveryCounts {
            people: 3,
            carried: 3,
            delivered: 3,
            read: 3,
        };
        if message.id.as_bytes()[0] >= 26 {
            message.read = false;
        }
    }
    all[29].body = "@Ann will you come on Sunday?".to_owned();
    all[29].mentions_me = true;
    all[38].state = MessageState::Delivered;
    all[39].state = MessageState::Delivered;
    all[39].delivery = DeliveryCounts {
        people: 3,
        carried: 3,
        delivered: 2,
        read: 0,
    };
    all
}

fn missing() -> Vec<Gap> {
    vec![Gap {
        conversation: sample::id('r'),
        from: author('c'),
        missing: 4,
        held_by: Vec::new(),
    }]
}

/// How far messages come, and what may be said of them.
fn of_all_kinds() -> Vec<Message> {
    let mut all: Vec<Message> = [
        ('a', "waits for a way"),
        ('a', "is kept by somebody"),
        ('a', "is there"),
        ('a', "was seen"),
        ('a', "came to nothing"),
        ('h', "was edited"),
        ('h', "is held up"),
        ('h', "names Ann"),
        ('h', "goes before others"),
        ('h', "was shown differently"),
        ('h', "goes soon"),
        ('h', "answers what is not here"),
        ('h', "deleted"),
        ('h', "expired"),
        ('h', "hidden"),
        ('h', "of tomorrow's version"),
        ('a', "was for nobody"),
    ]
    .iter()
    .zip(0_u8..)
    .map(|((letter, body), number)| message(100 + number, *letter, HOUR, body))
    .collect();
    let states = [
        MessageState::Queued,
        MessageState::Carried,
        MessageState::Delivered,
        MessageState::Read,
        MessageState::Failed,
    ];
    for (message, state) in all.iter_mut().zip(states) {
        message.state = state;
    }
    all[4].reason = Some("given up".to_owned());
    all[5].edited = true;
    all[6].pinned = true;
    all[7].mentions_me = true;
    all[8].urgent = true;
    all[9].disputed = true;
    all[10].expires_at = Some(NOW + 90_000);
    all[11].reply_to = Some(OperationId::new([9; 32]));
    all[12].deleted = true;
    all[13].deleted = true;
    all[13].reason = Some("expired".to_owned());
    all[14].change = Change::Hidden;
    all[15].unsupported = true;
    all[16].state = MessageState::Delivered;
    all[16].delivery = DeliveryCounts::default();
    for message in &mut all {
        message.conversation = sample::id('h');
    }
    all
}

/// How far a message of the club has come with each.
pub(super) fn deliveries() -> Vec<Delivery> {
    let delivery = |letter, state| Delivery {
        person: sample::id(letter),
        name: name(letter).to_owned(),
        state,
        reason: None,
        carried_by: Vec::new(),
    };
    let mut carried = delivery('c', MessageState::Carried);
    carried.carried_by = vec![Carrier {
        person: Some(sample::id('b')),
        name: Some(name('b').to_owned()),
        until: NOW + 7 * DAY,
    }];
    vec![
        delivery('b', MessageState::Read),
        carried,
        delivery('h', MessageState::Delivered),
    ]
}

/// What is pinned.
pub(super) fn pinned() -> Vec<Message> {
    let mut pinned = vec![
        message(
            200,
            'b',
            30 * DAY,
            "The hut's key lies under the third stone",
        ),
        message(
            201,
            'h',
            2 * DAY,
            "다음 모임은 토요일 오전 열 시, 학교 앞입니다",
        ),
    ];
    for message in &mut pinned {
        message.pinned = true;
        message.conversation = sample::id('r');
    }
    pinned
}

/// What a search finds.
pub(super) fn found(query: &str) -> Found {
    let all = with_ben().into_iter().chain(in_club());
    let fits = |message: &Message| message.body.to_lowercase().contains(query);
    let messages: Vec<Message> = all.filter(fits).collect();
    Found {
        more: messages.len() > 20,
        messages,
    }
}

pub(super) fn words() -> Vec<String> {
    let words =
        "abandon ability able about above absent absorb abstract absurd abuse access accident";
    words.split(' ').map(str::to_owned).collect()
}

pub(super) fn safety_words(person: PersonId) -> SafetyWords {
    SafetyWords {
        person,
        name: "Ben".to_owned(),
        safety_words: words(),
        verified: true,
    }
}

pub(super) fn invite() -> Invite {
    Invite {
        code: "A2".repeat(77),
        expires_at: NOW + DAY,
    }
}

/// What is wrong in a file.
pub(super) fn faults() -> Popup {
    let (_, all) =
        Config::read("theme = \"pink\"\n[keys.messages]\n\"message.edit\" = \"hyper-e\"\n");
    let path = "/home/ann/.config/tidings/interface.toml".into();
    let faults = Faults { path, all };
    Popup::Faults { faults, top: 0 }
}

/// What lies on a stick.
pub(super) const ON_A_STICK: &[&str] = &[
    "KINGSTON/",
    "Kingston 2019/",
    "letters from the valley, from March to September.tidings",
    "마을 소식/",
];

/// So many that are being written and taken.
pub(super) fn transfers(count: usize) -> Vec<Transfer> {
    let (export, import) = (TransferKind::Export, TransferKind::Import);
    let mut all = [
        sample::transfer(1, export, "/media/ann/KINGSTON"),
        sample::transfer(2, import, "/media/ann/마을 소식/1.tidings"),
        sample::transfer(3, export, "/home/ann/letters from the valley.tidings"),
    ];
    (all[0].done, all[0].total) = (96, Some(212));
    (all[1].done, all[1].total) = (5 << 20, Some(6 << 20));
    all.into_iter().take(count).collect()
}

/// A bundle that had no room for all.
pub(super) fn written() -> Bundle {
    Bundle {
        envelopes: 212,
        bytes: 3 << 20,
        left_out: Some(57),
        ..sample::bundle("/media/ann/KINGSTON/tidings-20260921-1413.tidings")
    }
}

/// Bundles of which one cannot be read.
pub(super) fn taken() -> Bundle {
    let damaged = DamagedFile {
        path: "/media/ann/KINGSTON/마을 소식.tidings".into(),
        reason: "it is cut short".to_owned(),
        foreign: false,
    };
    Bundle {
        envelopes: 212,
        bytes: 3 << 20,
        damaged: vec![damaged],
        new: Some(198),
        for_me: Some(12),
        ..sample::bundle("/media/ann/KINGSTON")
    }
}

/// Why a node with very many rooms makes no other.
pub(super) fn refused() -> Failure {
    let most = vec![("most", Argument::Count(1_024))];
    let english = "you are in 1024 rooms and can be in no more".to_owned();
    let said = Said::sentence("too_many_rooms", most, english);
    ApiError::new(ErrorKind::Conflict, said).into()
}

/// Why a node has no network.
pub(super) fn port_taken() -> Said {
    let address = "/ip4/0.0.0.0/tcp/4001";
    let with = vec![("address", Argument::Text(address.to_owned()))];
    let english = format!(
        "cannot listen on {address}: the port is in use; stop the program that uses it (perhaps another tidings) or \
         choose another port with --listen"
    );
    Said::sentence("port_taken", with, english)
}

pub(super) fn checks() -> Vec<Check> {
    let check = |name: &str, found: Said, helps: Option<Said>| {
        let ok = helps.is_none();
        let (detail, found) = found.into_parts();
        let (hint, helps) = Said::from(helps).into_parts();
        Check {
            name: name.to_owned(),
            ok,
            detail,
            hint,
            found,
            helps,
            person: None,
            since: None,
        }
    };
    let said = |code, english: &str| Said::sentence(code, Vec::new(), english.to_owned());
    let room = vec![
        ("directory", Argument::Text("/home/ann/tidings".to_owned())),
        ("room", Argument::Bytes(1 << 20)),
    ];
    let takes = "/home/ann/tidings takes another 1 MiB.".to_owned();
    let sound = "It was read as a whole and is sound.";
    let nobody = "Nobody is known to reach it from other networks.";
    let contact = "A contact whose device others reach is enough: it lets them reach this one.";
    let right = "It shows a time that can be right.";
    vec![
        check("disk", Said::sentence("disk_takes", room, takes), None),
        check("database", said("database_sound", sound), None),
        check(
            "reach",
            said("reached_by_nobody_known", nobody),
            Some(said("contact_lets_reach", contact)),
        ),
        check("clock", said("clock_right", right), None),
    ]
}
