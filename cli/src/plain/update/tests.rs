use super::*;
use crate::chat::RoomChange;
use crate::output::sample::{self, contact};
use tidings_node::ConversationId;
use tidings_node::api::{
    ApiError, Author, Contact, ContactState, ConversationKind, Invite, Member, Presence, Role,
    SafetyWords, Said, Standing, Typist,
};

fn update(state: &mut State, event: impl Into<Event>) -> Vec<Effect> {
    super::update(state, event.into())
}

fn reads(place: Place, limit: u32) -> Effect {
    open::newest(place, limit)
}

fn sends(place: Place, text: String) -> Effect {
    Effect::Ask(Ask::Send {
        place,
        text,
        reply_to: None,
    })
}

fn verifies(person: PersonId, words: String) -> Effect {
    Effect::Ask(Ask::Verify { person, words })
}

fn cancels(place: Place, message: OperationId) -> Effect {
    Effect::Ask(Ask::Cancel { place, message })
}

fn page(place: Place, messages: Vec<Message>) -> Told {
    Told::Page {
        ticket: crate::chat::Ticket::default(),
        place,
        anchor: crate::chat::Anchor::NewestMessages,
        items: messages.into_iter().map(Into::into).collect(),
        gaps: Vec::new(),
    }
}

fn direct(contact: &Contact) -> Conversation {
    let person = contact.person.unwrap();
    Conversation {
        id: conversation_with(person),
        kind: ConversationKind::Direct,
        members: vec![Member {
            person,
            name: contact.name.clone(),
            role: Role::Member,
            mentioned_as: None,
        }],
        ..sample::room('a', &contact.name)
    }
}

/// The conversation with a person; in tests it has that person's id.
fn conversation_with(person: PersonId) -> ConversationId {
    ConversationId::new(*person.as_bytes())
}

fn with(first: char) -> Place {
    Place::Person(sample::id(first))
}

fn started_with(contacts: Vec<Contact>) -> (State, Vec<Effect>) {
    started_in(contacts, Vec::new())
}

fn started_in(contacts: Vec<Contact>, rooms: Vec<Conversation>) -> (State, Vec<Effect>) {
    let mut state = State::default();
    let identity = Identity {
        person: sample::id('z'),
        device: sample::id('a'),
        name: "Ann".to_owned(),
        safety_words: Vec::new(),
    };
    let known = contacts.iter().filter(|contact| contact.person.is_some());
    let conversations = known.map(direct).chain(rooms).collect();
    let effects = update(
        &mut state,
        Event::Started {
            identity,
            contacts,
            conversations,
        },
    );
    (state, effects)
}

fn unavailable() -> Failure {
    let kind = tidings_node::api::ErrorKind::Unavailable;
    ApiError::new(kind, Said::words("the node was stopped")).into()
}

fn typed(state: &mut State, line: &str) -> Vec<Effect> {
    update(state, Event::Line(line.to_owned()))
}

fn from(first: char, body: &str) -> Message {
    let mut message = sample::received("Ben", body);
    message.from.person = sample::id(first);
    message.conversation = sample::id(first);
    message
}

fn own(first: char, state: MessageState) -> Message {
    Message {
        id: sample::id(first),
        ..sample::sent("hi", state)
    }
}

fn shown(effects: &[Effect]) -> String {
    let shows = effects.iter().filter_map(|effect| {
        if let Effect::Show(show) = effect {
            Some(show)
        } else {
            None
        }
    });
    let lines = shows.map(|show| match show {
        Show::Message(_, message) => message.body.clone(),
        Show::Found(about, message) => format!("{about}, {}", message.body),
        Show::Deed(deed) => Texts::default().deed(deed).into(),
        Show::Changed(_, message, None) => format!("~ {}", message.body),
        Show::Changed(_, message, Some(was)) => format!("~ {}, was {was}", message.body),
        Show::Gone(_, trace) => format!("~ gone: {}", trace.start),
        Show::Text(lines) => lines
            .iter()
            .map(Safe::as_str)
            .collect::<Vec<_>>()
            .join("\n"),
        Show::Heading(text) | Show::Hint(text) | Show::Trouble(text) => text.to_string(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn without_contacts_the_first_thing_shown_is_how_to_get_one() {
    let (mut state, effects) = started_with(Vec::new());
    assert!(shown(&effects).contains("/invite") && shown(&effects).contains("/join"));
    assert_eq!(state.prompt(), "> ");
    let effects = typed(&mut state, "hello?");
    assert!(shown(&effects).contains("No contacts yet"), "{effects:?}");
}

#[test]
fn an_only_contact_is_open_at_once() {
    let (mut state, effects) = started_with(vec![contact('b', "Ben")]);
    assert!(effects.contains(&reads(with('b'), HISTORY_MESSAGES)));
    assert_eq!(state.prompt(), "to Ben: ");
    assert_eq!(
        typed(&mut state, " hi "),
        [sends(with('b'), "hi".to_owned())]
    );
}

#[test]
fn among_several_the_typist_chooses_by_name_start_or_number() {
    let (mut state, effects) = started_with(vec![contact('b', "Ben"), contact('c', "Carol")]);
    assert!(shown(&effects).contains("1  Ben"));
    assert!(shown(&typed(&mut state, "hi")).contains("To whom?"));
    for choice in ["/chat carol", "/chat Ca", "/chat 2", "/2"] {
        state.open = None;
        assert!(
            typed(&mut state, choice).contains(&reads(with('c'), 20)),
            "{choice}"
        );
    }
    assert!(shown(&typed(&mut state, "/chat Zoe")).contains("no contact and no room called Zoe"));
}

#[test]
fn a_name_that_two_have_asks_for_the_number() {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "ben")]);
    assert!(shown(&typed(&mut state, "/chat Ben")).contains("Take the number"));
    assert_eq!(state.open, None);
}

#[test]
fn a_message_of_whoever_is_open_is_shown_and_marked_as_read() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let effects = update(&mut state, Told::News(vec![from('b', "hello")]));
    assert_eq!(shown(&effects), "hello");
    assert!(effects.contains(&Effect::Ask(Ask::MarkRead(vec![sample::id('a')]))));
}

#[test]
fn a_message_of_somebody_else_is_counted_and_stays_unread() {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Carol")]);
    typed(&mut state, "/chat Ben");
    let effects = update(&mut state, Told::News(vec![from('c', "a"), from('c', "b")]));
    assert!(
        shown(&effects).contains("Carol: b   (2 unread, /chat Carol)"),
        "{effects:?}"
    );
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Ask(Ask::MarkRead(_))))
    );
    assert!(
        typed(&mut state, "/contacts")
            .iter()
            .any(|e| shown(std::slice::from_ref(e)).contains("2 unread"))
    );
}

#[test]
fn a_message_never_moves_the_typist_to_another_conversation() {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Carol")]);
    update(&mut state, Told::News(vec![from('c', "first")]));
    assert_eq!(state.open, Some(with('c')), "none was open");
    update(&mut state, Told::News(vec![from('b', "second")]));
    assert_eq!(state.open, Some(with('c')));
}

#[test]
fn a_change_of_an_old_message_is_not_shown_as_a_new_one() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let changed = Message {
        change: tidings_node::api::Change::State,
        ..from('b', "hello")
    };
    assert_eq!(update(&mut state, Told::News(vec![changed])), []);
}

#[test]
fn a_change_of_what_is_on_the_screen_is_told_where_its_conversation_is_open() {
    use tidings_node::api::Change;
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Carol")]);
    typed(&mut state, "/chat Ben");
    update(&mut state, Told::News(vec![from('b', "hello")]));
    let now = |change, disputed| Message {
        change,
        disputed,
        read: true,
        ..from('b', "hello")
    };
    let mut told = |message| shown(&update(&mut state, Told::News(vec![message])));
    assert_eq!(told(now(Change::State, false)), "", "it was marked as read");
    for change in [Change::Edited, Change::Reaction, Change::Deleted] {
        assert_eq!(told(now(change, false)), "~ hello", "{change:?}");
    }
    assert_eq!(told(now(Change::State, true)), "~ hello", "disputed");
    assert_eq!(told(now(Change::State, true)), "", "said already");
    assert_eq!(told(now(Change::Hidden, false)), "~ hello");
    assert_eq!(told(now(Change::New, false)), "~ hello", "shown again");
    assert_eq!(told(now(Change::New, false)), "", "said already");
    typed(&mut state, "/chat Carol");
    let effects = update(&mut state, Told::News(vec![now(Change::Edited, false)]));
    assert_eq!(effects, [], "not on the screen");
}

/// What is looked for in the time between two looks.
fn looked_for(state: &mut State) -> Vec<Vec<OperationId>> {
    let ticks = (0..CONTACTS_SECONDS).flat_map(|_| update(state, Event::Tick));
    let looks = ticks.filter_map(|effect| {
        if let Effect::Ask(Ask::Gone(messages)) = effect {
            Some(messages)
        } else {
            None
        }
    });
    looks.collect()
}

#[test]
fn a_message_on_the_screen_that_is_there_no_longer_is_told_once() {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Carol")]);
    assert!(
        looked_for(&mut state).is_empty(),
        "nothing is on the screen"
    );
    typed(&mut state, "/chat Ben");
    let message = |first, body| Message {
        id: sample::id(first),
        ..from('b', body)
    };
    let messages = vec![message('d', "one\nmore"), message('e', "two")];
    update(&mut state, page(with('b'), messages));
    let (one, two) = (sample::id('d'), sample::id('e'));
    assert_eq!(looked_for(&mut state), [vec![one, two]]);
    assert_eq!(update(&mut state, Told::Gone(Vec::new())), []);
    let gone = || Told::Gone(vec![sample::id('f'), one]);
    assert_eq!(
        shown(&update(&mut state, gone())),
        "~ gone: one\u{23ce}more"
    );
    assert_eq!(update(&mut state, gone()), [], "said already");
    assert_eq!(looked_for(&mut state), [vec![two]]);
    let hidden = Message {
        change: tidings_node::api::Change::Hidden,
        ..message('e', "")
    };
    update(&mut state, Told::News(vec![hidden]));
    assert!(
        looked_for(&mut state).is_empty(),
        "that it is hidden was told"
    );
    assert_eq!(update(&mut state, Told::Gone(vec![two])), []);
    typed(&mut state, "/chat Carol");
    assert_eq!(update(&mut state, Told::Gone(vec![two])), []);
}

#[test]
fn what_another_command_sends_is_shown_where_its_conversation_is_open() {
    use tidings_node::api::Change;
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Carol")]);
    typed(&mut state, "/chat Ben");
    let sent = |first, received_at, change| Message {
        conversation: sample::id('b'),
        received_at,
        change,
        ..own(first, MessageState::Queued)
    };
    let history = vec![sent('d', 5, Change::New)];
    update(&mut state, page(with('b'), history));
    let mut told = |message| shown(&update(&mut state, Told::News(vec![message])));
    assert_eq!(told(sent('e', 4, Change::State)), "", "it is older");
    assert_eq!(told(sent('f', 6, Change::New)), "hi");
    assert_eq!(told(sent('f', 6, Change::New)), "", "it is there already");
    let delivered = Message {
        state: MessageState::Delivered,
        ..sent('f', 6, Change::State)
    };
    assert_eq!(told(delivered), "2. delivered");
    typed(&mut state, "/chat Carol");
    let elsewhere = Told::News(vec![sent('e', 7, Change::New)]);
    assert_eq!(update(&mut state, elsewhere), []);
}

#[test]
fn a_message_whose_text_is_another_now_is_told_with_how_that_began() {
    use tidings_node::api::Change;
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let long = "see you at the station\n".repeat(3);
    update(&mut state, Told::News(vec![from('b', &long)]));
    let mut told = |change, body| {
        let now = Message {
            change,
            read: true,
            ..from('b', body)
        };
        shown(&update(&mut state, Told::News(vec![now])))
    };
    let edited = told(Change::Edited, "see you");
    assert!(
        edited.starts_with("~ see you, was see you at the station\u{23ce}see"),
        "{edited}"
    );
    assert!(edited.chars().count() < 70, "{edited}");
    assert_eq!(told(Change::Reaction, "see you"), "~ see you");
    assert_eq!(told(Change::Deleted, ""), "~ , was see you");
}

#[test]
fn a_reaction_to_an_own_message_is_told_and_how_far_it_came_only_as_ever() {
    use tidings_node::api::Change;
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let mut message = own('c', MessageState::Queued);
    message.conversation = sample::id('b');
    update(&mut state, Told::Sent(with('b'), Box::new(message.clone())));
    message.state = MessageState::Delivered;
    message.change = Change::State;
    let effects = update(&mut state, Told::News(vec![message.clone()]));
    assert!(!shown(&effects).contains('~'), "{effects:?}");
    message.change = Change::Reaction;
    let effects = update(&mut state, Told::News(vec![message]));
    assert_eq!(shown(&effects), "~ hi");
}

#[test]
fn changes_are_told_of_the_most_messages_on_the_screen_and_of_not_one_more() {
    use shown::SHOWN_MESSAGES_MAX;
    let texts = Texts::default();
    let messages = queued(SHOWN_MESSAGES_MAX + 1);
    let mut shown = Shown::default();
    for message in &messages[..SHOWN_MESSAGES_MAX] {
        shown.put(message, &texts);
    }
    assert!(shown.get(messages[0].id).is_some());
    let number = shown.put(&messages[SHOWN_MESSAGES_MAX], &texts);
    let most = u64::try_from(SHOWN_MESSAGES_MAX).unwrap();
    assert_eq!(number, Number(most + 1), "no number is given twice");
    assert!(shown.get(messages[0].id).is_none(), "the first makes way");
    let mut others = messages[1..].iter();
    assert!(others.all(|message| shown.get(message.id).is_some()));
}

#[test]
fn progress_is_said_once_for_a_whole_batch() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    for first in ['c', 'd'] {
        let sent = own(first, MessageState::Queued);
        assert_eq!(
            update(&mut state, Told::Sent(with('b'), Box::new(sent))),
            []
        );
    }
    let batch = vec![
        own('c', MessageState::Delivered),
        own('d', MessageState::Delivered),
    ];
    let effects = update(&mut state, Told::News(batch.clone()));
    assert_eq!(shown(&effects), "2 messages delivered");
    assert_eq!(update(&mut state, Told::News(batch)), []);
}

#[test]
fn news_that_overtakes_the_reply_to_send_is_not_lost() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let news = vec![own('c', MessageState::Delivered)];
    assert_eq!(update(&mut state, Told::News(news)), []);
    let sent = Told::Sent(with('b'), Box::new(own('c', MessageState::Queued)));
    assert_eq!(shown(&update(&mut state, sent)), "1. delivered");
}

#[test]
fn what_was_delivered_before_send_replied_is_said_to_be_and_once() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let sent = Told::Sent(with('b'), Box::new(own('c', MessageState::Delivered)));
    assert_eq!(shown(&update(&mut state, sent)), "1. delivered");
    let news = vec![own('c', MessageState::Delivered)];
    assert_eq!(update(&mut state, Told::News(news)), []);
}

#[test]
fn an_outage_is_explained_once() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let mut said = String::new();
    for first in ['c', 'd'] {
        update(
            &mut state,
            Told::Sent(with('b'), Box::new(own(first, MessageState::Queued))),
        );
        for _ in 0..=QUEUED_EXPLAINED_SECONDS {
            said.push_str(&shown(&update(&mut state, Event::Tick)));
        }
    }
    assert_eq!(said.matches("cannot be reached").count(), 1, "{said}");
}

#[test]
fn a_new_contact_is_greeted_once_and_opened_if_none_is() {
    let (mut state, _) = started_with(Vec::new());
    let effects = update(&mut state, Told::Joined(contact('b', "Ben")));
    assert!(shown(&effects).contains("Ben is now your contact"));
    assert_eq!(state.open, Some(with('b')));
    assert_eq!(
        update(&mut state, Told::Contacts(vec![contact('b', "Ben")])),
        []
    );
}

#[test]
fn what_begins_with_a_slash_and_is_no_command_is_a_message_as_in_the_full_screen() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let path = format!("/home/{}", "a".repeat(80));
    for (line, sent) in [
        ("/etc/hosts", "/etc/hosts"),
        (" /etc/hosts is a file ", "/etc/hosts is a file"),
        ("/help/ful", "/help/ful"),
        ("/", "/"),
        ("/ he", "/ he"),
        ("/2nd", "/2nd"),
        (path.as_str(), path.as_str()),
        ("// a comment", "// a comment"),
        ("//etc/hosts", "//etc/hosts"),
        ("///help", "///help"),
        ("//help", "/help"),
        ("//he me", "/he me"),
        ("//q", "/q"),
        ("//2", "/2"),
    ] {
        let effects = typed(&mut state, line);
        assert_eq!(effects, [sends(with('b'), sent.to_owned())], "{line}");
    }
    for line in ["/he me", "/Help", "/cancel-jion 2"] {
        assert!(
            shown(&typed(&mut state, line)).contains("there is no /"),
            "{line}"
        );
    }
}

#[test]
fn a_code_is_joined_only_where_it_cannot_be_meant_for_somebody() {
    let code = "A".repeat(80);
    let (mut state, _) = started_with(Vec::new());
    assert!(typed(&mut state, &code).contains(&Effect::Ask(Ask::Join(code.clone()))));
    let framed = format!("/join \u{2502} {code} \u{2502}");
    assert!(typed(&mut state, &framed).contains(&Effect::Ask(Ask::Join(code.clone()))));
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    assert!(shown(&typed(&mut state, &code)).contains("looks like an invite code"));
    assert_eq!(
        typed(&mut state, &format!("//{code}")),
        [sends(with('b'), format!("/{code}"))]
    );
}

#[test]
fn words_are_verified_only_after_a_clear_yes() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let words = || {
        Told::SafetyWords(SafetyWords {
            person: sample::id('b'),
            name: "Ben".to_owned(),
            safety_words: vec!["one".to_owned(), "two".to_owned()],
            verified: false,
        })
    };
    for (answer, verified, asked_again) in [
        ("", false, true),
        ("n", false, false),
        ("yess", false, true),
        ("/id", false, false),
        ("y", true, false),
    ] {
        assert_eq!(
            typed(&mut state, "/verify"),
            [Effect::Ask(Ask::SafetyWords(sample::id('b')))]
        );
        update(&mut state, words());
        assert!(state.prompt().starts_with("the same?"));
        let verify = verifies(sample::id('b'), "one two".to_owned());
        let effects = typed(&mut state, answer);
        assert_eq!(effects.contains(&verify), verified, "{answer}");
        assert_eq!(state.prompt().starts_with("the same?"), asked_again);
        update(&mut state, Event::Interrupted);
    }
    update(&mut state, words());
    let heard = ["abandon"; 12].join(" ");
    let effects = typed(&mut state, &heard.to_uppercase());
    assert_eq!(effects, [verifies(sample::id('b'), heard)]);
}

#[test]
fn the_message_that_is_cancelled_is_the_last_one_and_it_is_named() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    // Ids do not follow the order of sending.
    for first in ['e', 'c', 'd'] {
        let sent = own(first, MessageState::Queued);
        update(&mut state, Told::Sent(with('b'), Box::new(sent)));
    }
    for first in ['d', 'c', 'e'] {
        assert_eq!(
            typed(&mut state, "/cancel"),
            [cancels(with('b'), sample::id(first))]
        );
        let cancelled = Message {
            body: format!("{first}\n{}", "x".repeat(80)),
            ..own(first, MessageState::Failed)
        };
        let said = shown(&update(&mut state, Told::Cancelled(Box::new(cancelled))));
        assert!(said.starts_with(&format!("cancelled: {first}\u{23ce}x")));
        assert!(said.len() < 80, "{said}");
    }
    assert!(shown(&typed(&mut state, "/cancel")).contains("Nothing of yours"));
}

#[test]
fn leaving_takes_two_interrupts_or_one_command() {
    let (mut state, _) = started_with(Vec::new());
    assert!(!update(&mut state, Event::Interrupted).contains(&Effect::Quit));
    update(&mut state, Event::Tick);
    assert_eq!(update(&mut state, Event::Interrupted), [Effect::Quit]);
    assert_eq!(update(&mut state, Event::Closed), [Effect::Quit]);
    assert_eq!(typed(&mut state, "/quit"), [Effect::Quit]);
}

#[test]
fn a_line_between_two_interrupts_keeps_the_chat_open() {
    let (mut state, _) = started_with(Vec::new());
    update(&mut state, Event::Interrupted);
    typed(&mut state, "/help");
    assert!(!update(&mut state, Event::Interrupted).contains(&Effect::Quit));
}

#[test]
fn when_the_node_has_ended_the_next_key_leaves() {
    let (mut state, _) = started_with(Vec::new());
    let ended = || Told::Ended(unavailable());
    let effects = update(&mut state, ended());
    assert_eq!(effects[0], Effect::Close, "before any key");
    assert_eq!(update(&mut state, ended()), [], "said once");
    let effects = typed(&mut state, "hello");
    assert!(shown(&effects).contains("not sent: hello"));
    assert_eq!(effects.last(), Some(&Effect::Quit));
    assert_eq!(typed(&mut state, ""), [Effect::Quit]);
}

#[test]
fn a_line_that_was_not_stored_is_shown_as_not_sent() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let ask = |text: &str| Ask::Send {
        place: with('b'),
        text: text.to_owned(),
        reply_to: None,
    };
    let full = Failure::failed("the disk is full");
    let effects = update(&mut state, Told::Failed(ask("hello\nyou"), full));
    assert_eq!(
        shown(&effects),
        "not sent: hello\u{23ce}you\nthe disk is full"
    );
    let effects = update(&mut state, Told::Failed(ask("and now"), unavailable()));
    assert!(shown(&effects).starts_with("not sent: and now\n"));
    assert!(effects.contains(&Effect::Close), "the node has ended");
}

#[test]
fn names_and_trouble_cannot_steer_the_terminal() {
    let (mut state, _) = started_with(vec![contact('b', "B\u{1b}[2J\nen")]);
    assert!(!state.prompt().contains('\u{1b}') && !state.prompt().contains('\n'));
    let effects = update(
        &mut state,
        Told::Failed(Ask::Status, Failure::failed("x\u{1b}]52;c;aGk=\u{7}")),
    );
    assert!(!shown(&effects).contains('\u{1b}'));
}

#[test]
fn a_contact_who_is_held_off_is_warned_of_once() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let changed = Contact {
        state: ContactState::Suspended,
        ..contact('b', "Ben")
    };
    let warned = |effects: &[Effect]| {
        let warnings = effects.iter().filter(
            |effect| matches!(effect, Effect::Show(Show::Trouble(text)) if text.as_str().contains("/verify Ben")),
        );
        warnings.count()
    };
    let contacts = || Told::Contacts(vec![changed.clone()]);
    assert_eq!(warned(&update(&mut state, contacts())), 1);
    assert_eq!(warned(&update(&mut state, contacts())), 0);
    let (_, effects) = started_with(vec![changed.clone()]);
    assert_eq!(warned(&effects), 1);
}

/// So many own messages that are on their way.
fn queued(count: usize) -> Vec<Message> {
    let numbered = |number: usize| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
        Message {
            id: OperationId::new(id),
            ..sample::sent("hi", MessageState::Queued)
        }
    };
    (0..count).map(numbered).collect()
}

#[test]
fn the_most_messages_are_followed_and_one_more_only_in_place_of_one_that_is_delivered() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let ben = with('b');
    let messages = queued(IN_FLIGHT_MAX + 1);
    let (last, most) = messages.split_last().unwrap();
    for message in most {
        update(&mut state, Told::Sent(ben, Box::new(message.clone())));
    }
    assert_eq!(state.in_flight.len(), IN_FLIGHT_MAX);
    update(&mut state, Told::Sent(ben, Box::new(last.clone())));
    assert_eq!(state.in_flight.len(), IN_FLIGHT_MAX);
    assert!(!state.in_flight.contains_key(&last.id));

    let delivered = Message {
        state: MessageState::Delivered,
        ..most[0].clone()
    };
    update(&mut state, Told::News(vec![delivered]));
    update(&mut state, Told::Sent(ben, Box::new(last.clone())));
    assert_eq!(state.in_flight.len(), IN_FLIGHT_MAX);
    assert!(state.in_flight.contains_key(&last.id));
    assert!(!state.in_flight.contains_key(&most[0].id));
}

#[test]
fn of_what_a_history_shows_on_its_way_the_most_are_followed_and_not_one_more() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let mut show = |count| {
        let history = page(with('b'), queued(count));
        update(&mut state, history);
        state.in_flight.len()
    };
    assert_eq!(show(IN_FLIGHT_MAX), IN_FLIGHT_MAX);
    assert_eq!(show(IN_FLIGHT_MAX + 1), IN_FLIGHT_MAX);
}

#[test]
fn how_far_a_message_came_before_it_was_stored_is_kept_for_the_most_and_not_one_more() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    update(&mut state, Told::News(queued(IN_FLIGHT_MAX)));
    assert_eq!(state.early.len(), IN_FLIGHT_MAX);
    update(&mut state, Told::News(queued(IN_FLIGHT_MAX + 1)));
    assert_eq!(state.early.len(), IN_FLIGHT_MAX);
}

fn in_room(first: char, author: &str, body: &str) -> Message {
    Message {
        conversation: sample::id(first),
        ..sample::received(author, body)
    }
}

#[test]
fn what_is_written_in_a_room_goes_to_the_room_whoever_wrote_it() {
    let rooms = vec![sample::room('r', "Team")];
    let (mut state, effects) = started_in(vec![contact('b', "Ben")], rooms);
    assert!(shown(&effects).contains("2  Team"), "{effects:?}");
    let place = Place::Room(sample::id('r'));
    for choice in ["/chat team", "/2"] {
        state.open = None;
        let effects = typed(&mut state, choice);
        assert!(effects.contains(&reads(place, HISTORY_MESSAGES)));
        assert_eq!(state.prompt(), "to Team: ");
    }
    // Ben is a contact too: what he writes in the room is of the room.
    let effects = update(&mut state, Told::News(vec![in_room('r', "Ben", "hi")]));
    assert_eq!(shown(&effects), "hi");
    assert_eq!(typed(&mut state, "yo"), [sends(place, "yo".to_owned())]);
    let effects = update(&mut state, Told::News(vec![from('b', "psst")]));
    assert!(shown(&effects).contains("Ben: psst   (1 unread, /chat Ben)"));
}

#[test]
fn a_message_that_mentions_us_says_so_where_another_conversation_is_open() {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Carol")]);
    typed(&mut state, "/chat Ben");
    let mut message = from('c', "@Ann");
    message.mentions_me = true;
    let effects = update(&mut state, Told::News(vec![message]));
    let told = "Carol: @Ann (mentions you)   (1 unread, /chat Carol)";
    assert!(shown(&effects).contains(told), "{effects:?}");
}

#[test]
fn a_draft_is_told_of_where_its_conversation_is_opened() {
    let mut team = sample::room('r', "Team");
    team.draft = Some("Dear all,\nhow".to_owned());
    let (mut state, _) = started_in(vec![contact('b', "Ben")], vec![team.clone()]);
    let place = Place::Room(sample::id('r'));
    let opened = |state: &mut State, place: Place| {
        state.open = Some(place);
        shown(&update(state, page(place, Vec::new())))
    };
    let told = opened(&mut state, place);
    assert!(
        told.contains("begun to write: Dear all,\u{23ce}how "),
        "{told}"
    );
    assert!(!opened(&mut state, with('b')).contains("begun"));
    team.draft = None;
    update(&mut state, Told::Conversations(vec![team]));
    assert!(
        !opened(&mut state, place).contains("begun"),
        "sent, or dropped"
    );
}

#[test]
fn that_what_is_written_disappears_is_told_where_it_is_open_and_when_that_changes() {
    let mut team = sample::room('r', "Team");
    team.disappears_after = Some(3_600);
    let (mut state, _) = started_in(vec![contact('b', "Ben")], vec![team.clone()]);
    let place = Place::Room(sample::id('r'));
    let lasting = "What is written in Team from now on disappears 1 hour after it arrives.";
    let changed = |state: &mut State, team: &Conversation| {
        shown(&update(state, Told::Conversations(vec![team.clone()])))
    };
    team.disappears_after = Some(60);
    assert_eq!(changed(&mut state, &team), "", "it is not open");
    team.disappears_after = Some(3_600);
    changed(&mut state, &team);
    state.open = Some(place);
    let told = shown(&update(&mut state, page(place, Vec::new())));
    assert!(told.contains(lasting), "{told}");
    assert_eq!(changed(&mut state, &team), "", "it is as it was");
    team.title = "Crew".to_owned();
    assert_eq!(
        changed(&mut state, &team),
        "The room Team is called Crew now."
    );
    team.disappears_after = None;
    let told = changed(&mut state, &team);
    assert_eq!(told, "What is written in Crew from now on stays.");
    let told = shown(&update(&mut state, page(place, Vec::new())));
    assert!(!told.contains("What is written"), "{told}");
    team.disappears_after = Some(60);
    assert!(changed(&mut state, &team).contains("Crew from now on disappears 1 minute after"));
}

#[test]
fn a_message_in_a_room_that_is_not_open_is_counted_there_with_its_author() {
    let rooms = vec![sample::room('r', "Team")];
    let (mut state, _) = started_in(vec![contact('b', "Ben")], rooms);
    typed(&mut state, "/chat Ben");
    let effects = update(&mut state, Told::News(vec![in_room('r', "Dora", "hi")]));
    let said = shown(&effects);
    assert!(
        said.contains("Dora in Team: hi   (1 unread, /chat Team)"),
        "{said}"
    );
    assert!(shown(&typed(&mut state, "/contacts")).contains("1 unread"));
}

#[test]
fn a_room_that_appears_changes_or_ends_is_told_once() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let mut told = |room: &Conversation| {
        let rooms = || Told::Conversations(vec![room.clone()]);
        let said = shown(&update(&mut state, rooms()));
        assert_eq!(update(&mut state, rooms()), [], "it was told");
        said
    };
    let mut room = sample::room('r', "Team");
    room.invited_by = Some(Author {
        person: sample::id('b'),
        name: "Ben".to_owned(),
    });
    room.standing = Standing::Invited;
    assert!(told(&room).contains("invited to the room Team by Ben. /accept Team"));
    room.standing = Standing::Joined;
    assert!(told(&room).contains("You are in the room Team now, invited by Ben"));
    room.title = "Crew".to_owned();
    assert_eq!(told(&room), "The room Team is called Crew now.");
    room.standing = Standing::Removed;
    assert_eq!(told(&room), "You were removed from the room Crew.");
    let left = Conversation {
        standing: Standing::Left,
        ..sample::room('s', "Old")
    };
    assert_eq!(told(&left), "");
}

fn team(people: &[(char, &str, Role)]) -> Conversation {
    let members = people.iter().map(|(first, name, role)| Member {
        person: sample::id(*first),
        name: (*name).to_owned(),
        role: *role,
        mentioned_as: None,
    });
    Conversation {
        members: members.collect(),
        ..sample::room('r', "Team")
    }
}

#[test]
fn who_comes_goes_and_rises_is_told_where_the_room_is_open_and_what_one_becomes_everywhere() {
    let (ann, ben) = (('z', "Ann", Role::Member), ('b', "Ben", Role::Admin));
    let dora = ('d', "Dora", Role::Member);
    let (mut state, _) = started_in(vec![contact('c', "Cleo")], vec![team(&[ann, ben])]);
    typed(&mut state, "/chat Team");
    let told = |state: &mut State, people: &[_]| {
        let rooms = || Told::Conversations(vec![team(people)]);
        let said = shown(&update(state, rooms()));
        assert_eq!(update(state, rooms()), [], "it was told");
        said
    };
    let came = told(&mut state, &[ann, ben, dora]);
    assert_eq!(came, "Dora is in the room Team now.");
    let rose = told(&mut state, &[ann, ben, ('d', "Dora", Role::Admin)]);
    assert_eq!(rose, "Dora is an admin of the room Team now.");
    let went = told(&mut state, &[ann, ben]);
    assert_eq!(went, "Dora has left the room Team, or was removed from it.");
    typed(&mut state, "/chat Cleo");
    let elsewhere = told(&mut state, &[('z', "Ann", Role::Admin), ben, dora]);
    assert_eq!(elsewhere, "You are an admin of the room Team now.");
    let fell = told(&mut state, &[ann, ben, dora]);
    assert_eq!(fell, "You are no admin of the room Team any more.");
}

#[test]
fn who_is_in_a_room_is_listed() {
    let people = [('z', "Ann", Role::Admin), ('b', "Ben", Role::Member)];
    let (mut state, _) = started_in(vec![contact('b', "Ben")], vec![team(&people)]);
    assert!(shown(&typed(&mut state, "/members")).contains("Which room? /members ROOM"));
    assert!(shown(&typed(&mut state, "/members Ben")).contains("a contact, and no room"));
    let named = typed(&mut state, "/members team");
    typed(&mut state, "/chat Team");
    assert_eq!(typed(&mut state, "/members"), named);
    let listed = shown(&named);
    let mut lines = listed.lines();
    assert_eq!(lines.next().unwrap().trim_end(), "1  Ben");
    let own: Vec<&str> = lines.next().unwrap().split("  ").collect();
    assert_eq!(own, ["2", "Ann (you)", "admin"]);
}

#[test]
fn a_room_is_left_or_its_invitation_turned_down_only_after_a_clear_yes() {
    let leave = || Effect::Ask(Ask::Room(sample::id('r'), RoomChange::Leave));
    for (standing, said) in [
        (Standing::Joined, "You have left the room Team."),
        (
            Standing::Invited,
            "You have turned down the invitation to the room Team.",
        ),
    ] {
        let room = |standing| Conversation {
            standing,
            ..sample::room('r', "Team")
        };
        let (mut state, _) = started_in(vec![contact('b', "Ben")], vec![room(standing)]);
        assert!(shown(&typed(&mut state, "/leave")).contains("Which room? /leave ROOM"));
        assert!(shown(&typed(&mut state, "/leave Ben")).contains("a contact, and no room"));
        typed(&mut state, "/chat Team");
        for (answer, asked_again) in [("", true), ("n", false), ("/id", false), ("yess", true)] {
            let asked = shown(&typed(&mut state, "/leave"));
            assert!(asked.contains("you have to be invited again"), "{asked}");
            assert_eq!(state.prompt(), "Leave Team? [y/n] ");
            assert!(!typed(&mut state, answer).contains(&leave()), "{answer}");
            assert_eq!(state.prompt().starts_with("Leave"), asked_again, "{answer}");
            update(&mut state, Event::Interrupted);
        }
        typed(&mut state, "/leave team");
        assert_eq!(typed(&mut state, "y"), [leave()]);
        assert_eq!(
            shown(&update(
                &mut state,
                Told::Left(Box::new(room(Standing::Left)))
            )),
            said
        );
        assert_eq!(state.open, None);
        let again = shown(&typed(&mut state, "/leave Team"));
        assert_eq!(again, "You are not in the room Team.");
    }
}

#[test]
fn an_invitation_is_accepted_and_the_room_opened() {
    let invited = Conversation {
        standing: Standing::Invited,
        ..sample::room('r', "Team")
    };
    let (mut state, _) = started_in(vec![contact('b', "Ben")], vec![invited]);
    for line in ["/accept", "/accept team"] {
        assert_eq!(
            typed(&mut state, line),
            [Effect::Ask(Ask::Room(sample::id('r'), RoomChange::Accept))]
        );
    }
    assert!(shown(&typed(&mut state, "/accept Ben")).contains("a contact"));
    update(
        &mut state,
        Told::Accepted(Box::new(sample::room('r', "Team"))),
    );
    assert_eq!(state.open, Some(Place::Room(sample::id('r'))));
    assert!(shown(&typed(&mut state, "/accept")).contains("Which room?"));
}

#[test]
fn a_room_has_no_safety_words() {
    let rooms = vec![sample::room('r', "Team")];
    let (mut state, _) = started_in(vec![contact('b', "Ben")], rooms);
    typed(&mut state, "/chat Team");
    assert!(shown(&typed(&mut state, "/verify")).contains("Whom?"));
    assert!(shown(&typed(&mut state, "/verify Team")).contains("people have safety words"));
    assert_eq!(
        typed(&mut state, "/verify Ben"),
        [Effect::Ask(Ask::SafetyWords(sample::id('b')))]
    );
}

fn typist(first: char, name: &str) -> Typist {
    Typist {
        conversation: sample::id(first),
        from: Author {
            person: sample::id(first),
            name: name.to_owned(),
        },
    }
}

fn presence(online: Vec<Author>, typing: Vec<Typist>) -> Told {
    Told::Presence(Presence {
        online,
        typing,
        version: 1,
    })
}

#[test]
fn whoever_is_open_is_told_that_the_typist_types_and_an_answer_to_the_program_is_not_for_them() {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Cleo")]);
    assert_eq!(update(&mut state, Event::Typed), [], "nobody is open");
    typed(&mut state, "/chat Ben");
    assert_eq!(
        update(&mut state, Event::Typed),
        [Effect::Ask(Ask::Type(with('b')))]
    );
    let words = SafetyWords {
        person: sample::id('b'),
        name: "Ben".to_owned(),
        safety_words: vec!["abandon".to_owned(); 12],
        verified: false,
    };
    update(&mut state, Told::SafetyWords(words));
    assert_eq!(update(&mut state, Event::Typed), []);
}

#[test]
fn who_is_there_says_so_in_the_list_and_over_their_conversation() {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Cleo")]);
    let online = |first| vec![typist(first, "").from];
    update(&mut state, presence(online('b'), Vec::new()));
    let list = shown(&typed(&mut state, "/contacts"));
    let line = |name: &str| {
        list.lines()
            .find(|line| line.contains(name))
            .unwrap()
            .to_owned()
    };
    assert!(line("Ben").ends_with("online"), "{list}");
    assert!(!line("Cleo").contains("online"), "{list}");
    assert!(shown(&typed(&mut state, "/chat Ben")).contains("Ben (not verified, online)"));
    update(&mut state, presence(online('c'), Vec::new()));
    assert!(!shown(&typed(&mut state, "/chat Ben")).contains("online"));
}

#[test]
fn a_name_that_ends_as_what_is_said_of_somebody_has_that_behind_it() {
    let (mut state, _) = started_with(vec![contact('b', "Ben (verified)"), contact('c', "Cleo")]);
    let heading = shown(&typed(&mut state, "/chat Ben"));
    assert!(
        heading.contains("Ben (verified) (not verified)"),
        "{heading}"
    );
    let list = shown(&typed(&mut state, "/contacts"));
    assert_eq!(list.matches("not verified").count(), 2, "{list}");
}

#[test]
fn every_command_of_the_table_is_one_and_completes_what_it_says() {
    let texts = Texts::default();
    for entry in crate::chat::ACTIONS {
        let Some(slash) = entry.slash else {
            continue;
        };
        let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Cleo")]);
        let said = shown(&typed(&mut state, slash.verb));
        assert!(!said.contains("there is no"), "{}: {said}", slash.verb);
        assert!(shown(&typed(&mut state, "/help")).contains(texts.usage(entry.action).as_str()));
    }
    let (mut state, _) = started_with(Vec::new());
    assert!(shown(&typed(&mut state, "/frobnicate")).contains("there is no /frobnicate"));
}

#[test]
fn the_most_changes_of_members_are_told_one_by_one_and_of_more_how_many_there_are() {
    use crate::chat::DONE_IN_A_ROW_MAX;
    let letters: Vec<char> = ('a'..='y').collect();
    let told = |count: usize| {
        let (mut state, _) = started_in(Vec::new(), vec![team(&[])]);
        typed(&mut state, "/chat Team");
        let people = letters[..count].iter();
        let people: Vec<_> = people.map(|first| (*first, "Dora", Role::Member)).collect();
        shown(&update(
            &mut state,
            Told::Conversations(vec![team(&people)]),
        ))
    };
    let most = told(DONE_IN_A_ROW_MAX);
    assert_eq!(
        most.matches("is in the room Team").count(),
        DONE_IN_A_ROW_MAX
    );
    assert_eq!(most.lines().count(), DONE_IN_A_ROW_MAX);
    let one_more = told(DONE_IN_A_ROW_MAX + 1);
    assert_eq!(one_more.lines().count(), DONE_IN_A_ROW_MAX + 1);
    assert!(one_more.ends_with("\nand 1 more: /members"));
}

#[test]
fn where_the_profile_turns_out_to_be_locked_the_next_line_asks_for_the_passphrase() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let said = shown(&update(&mut state, Event::Locked(true)));
    assert!(
        said.contains("Press Enter to give its passphrase"),
        "{said}"
    );
    assert!(state.is_locked());
    for _ in 0..CONTACTS_SECONDS {
        assert_eq!(update(&mut state, Event::Tick), [], "nothing piles up");
    }
    assert_eq!(typed(&mut state, ""), [Effect::Unlock]);
    let effects = typed(&mut state, "hello");
    assert_eq!(shown(&effects), "not sent: hello");
    assert_eq!(effects.last(), Some(&Effect::Unlock));
    update(&mut state, Event::Locked(false));
    assert_eq!(
        typed(&mut state, "hello"),
        [sends(with('b'), "hello".to_owned())]
    );
}

#[test]
fn whoever_uses_a_code_is_waited_for() {
    let (mut state, _) = started_with(Vec::new());
    let invite = Invite {
        code: "abc".to_owned(),
        expires_at: 0,
    };
    let effects = update(&mut state, Told::Invited(invite));
    let awaits = Effect::Ask(Ask::AwaitUse("abc".to_owned()));
    assert_eq!(effects.last(), Some(&awaits));
    assert_eq!(update(&mut state, Told::Used(None)), []);
    let effects = update(&mut state, Told::Used(Some(contact('b', "Ben"))));
    assert!(shown(&effects).contains("Ben is now your contact"));
}

/// Signs that a screen reader does not read, or reads as what they are not.
const SIGNS: &[char] = &[
    '\u{2713}', '\u{2717}', '\u{2026}', '\u{2197}', '\u{2192}', '\u{21aa}', '\u{2022}', '\u{25b8}',
    '\u{2014}', '~',
];

#[test]
fn nothing_that_is_said_has_a_sign() {
    let mut state = State::default();
    let identity = Identity {
        person: sample::id('z'),
        device: sample::id('a'),
        name: "Ann".to_owned(),
        safety_words: Vec::new(),
    };
    let contacts = vec![contact('b', "Ben"), contact('c', "Cleo")];
    let conversations = contacts.iter().map(direct).collect();
    let started = Event::Started {
        identity,
        contacts,
        conversations,
    };
    let mut said = shown(&update(&mut state, started));
    let mut say = |state: &mut State, event: Event| {
        said.push_str(&shown(&update(state, event)));
        said.push_str(&state.prompt());
    };
    let queued = || Box::new(own('d', MessageState::Queued));
    let of = |state| Message {
        conversation: sample::id('b'),
        ..own('d', state)
    };
    say(&mut state, Event::Line("/chat Ben".to_owned()));
    say(&mut state, Event::Line("/contacts".to_owned()));
    say(&mut state, Told::Sent(with('b'), queued()).into());
    for _ in 0..=QUEUED_EXPLAINED_SECONDS {
        say(&mut state, Event::Tick);
    }
    for state_now in [MessageState::Carried, MessageState::Delivered] {
        say(&mut state, Told::News(vec![of(state_now)]).into());
    }
    say(
        &mut state,
        Told::News(vec![from('c', &"long ".repeat(20))]).into(),
    );
    let cancelled = Told::Cancelled(Box::new(own('e', MessageState::Failed)));
    say(&mut state, cancelled.into());
    say(&mut state, Told::Joined(contact('d', "Dora")).into());
    say(&mut state, Told::Verified(contact('d', "Dora")).into());
    let rooms = vec![sample::room('r', "Team")];
    say(&mut state, Told::Conversations(rooms).into());
    say(&mut state, Event::Line(format!("/join {}", "A".repeat(80))));
    for line in ["/delete", "n", "/block", "n", "/edit x", "/mute", "/help"] {
        say(&mut state, Event::Line(line.to_owned()));
    }
    for word in [
        "Delete this message for everybody?",
        "open",
        "cannot be reached",
        "carried",
        "delivered",
        "Elsewhere, Cleo",
    ] {
        assert!(said.contains(word), "no {word} in {said}");
    }
    assert!(!said.contains(SIGNS), "{said}");
}

mod bundles;
mod korean;
mod messages;
mod people;
mod rooms;
mod seeking;
