//! What somebody meets who is new here.

use tidings_node::api::Quote;

use super::*;

/// An answer of ours to the first message, as it was then.
fn answer() -> Message {
    let answered = message(1);
    Message {
        reply_to: Some(answered.id),
        quote: Some(Quote {
            from: answered.from,
            mine: false,
            body: answered.body,
            deleted: false,
        }),
        ..own(2, MessageState::Delivered)
    }
}

#[test]
fn what_is_quoted_is_quoted_as_it_is_now() {
    let quoting = || opened(vec![message(1), answer()]);
    let is_quoted = |state: &State, text: &str| shows(state, &format!("Ben: {text}"));
    let edited = Message {
        body: "better".to_owned(),
        edited: true,
        ..message(1)
    };
    let mut state = quoting();
    assert!(is_quoted(&state, "message 1"));
    update(&mut state, Event::Told(Told::News(vec![edited.clone()])));
    assert!(is_quoted(&state, "better"), "{:#?}", screen(&state));
    assert!(!shows(&state, "message 1"));

    let deleted = Message {
        body: String::new(),
        deleted: true,
        ..message(1)
    };
    let mut state = quoting();
    update(&mut state, Event::Told(Told::News(vec![deleted])));
    assert!(is_quoted(&state, "(deleted)"), "{:#?}", screen(&state));
    assert!(!shows(&state, "message 1"));

    let hidden = Message {
        change: Change::Hidden,
        ..message(1)
    };
    let mut state = quoting();
    update(&mut state, Event::Told(Told::News(vec![hidden])));
    assert!(!shows(&state, "message 1"), "{:#?}", screen(&state));

    let mut state = quoting();
    update(&mut state, Event::Told(Told::Gone(vec![message(1).id])));
    assert!(!shows(&state, "message 1"), "{:#?}", screen(&state));
    assert!(shows(&state, "a message that is not here"));
}

#[test]
fn of_what_is_quoted_and_not_here_it_is_asked_whether_it_is_gone() {
    let mut state = opened(vec![answer()]);
    let kinds = tidings_node::api::Changed {
        gone: true,
        ..in_step::NOTHING
    };
    let asked = asks(update(&mut state, Event::Told(Told::Beside(kinds))));
    let gone = asked.iter().find_map(|ask| match ask {
        Ask::Gone(messages) => Some(messages.contains(&message(1).id)),
        _ => None,
    });
    assert_eq!(gone, Some(true), "{asked:?}");
}

/// Uses the code of Dora with Ben's conversation open.
fn joining() -> (State, Event) {
    let mut state = opened(Vec::new());
    act::act(&mut state, Action::Join);
    write(&mut state, "code");
    press(&mut state, "enter");
    let joined = Told::Joined(contact('d', "Dora"));
    (state, Event::Told(joined))
}

#[test]
fn whoever_used_a_code_writes_to_whom_it_was_of_unless_they_have_gone_on() {
    let dora = Place::Person(sample::id('d'));
    let (mut state, joined) = joining();
    update(&mut state, joined);
    assert_eq!(state.open_place(), Some(dora));

    let (mut state, joined) = joining();
    write(&mut state, "dear Ben");
    update(&mut state, joined);
    assert_eq!(state.open_place(), Some(place()));
    assert!(shows(&state, "f4 shows your contacts"));
}

#[test]
fn the_key_that_opened_something_closes_it() {
    let mut state = opened(Vec::new());
    for keys in ["f1", "ctrl-k", "ctrl-f", "f3", "f4"] {
        press(&mut state, keys);
        assert!(state.popup.is_some(), "{keys}");
        press(&mut state, keys);
        assert_eq!(state.popup, None, "{keys}");
    }
}

/// The words of Ben, shown for as long as it takes to be asked.
fn comparing() -> State {
    let mut state = opened(Vec::new());
    act::act(&mut state, Action::Verify);
    let words = SafetyWords {
        person: sample::id('b'),
        name: "Ben".to_owned(),
        safety_words: vec!["one".to_owned(), "two".to_owned()],
        verified: false,
    };
    update(&mut state, Event::Told(Told::SafetyWords(words)));
    state
}

#[test]
fn words_are_the_same_only_by_the_letter_that_says_so() {
    let mut state = comparing();
    assert_eq!(asks(press(&mut state, "enter")), []);
    assert_eq!(asks(press(&mut state, "y")), [], "it was meant for before");
    update(&mut state, at_time(NOON + popup::DEAF_MILLIS));
    assert_eq!(asks(press(&mut state, "x enter")), []);
    let pasted = Event::Paste("y".to_owned());
    assert_eq!(asks(update(&mut state, pasted)), []);
    let verify = Ask::Verify {
        person: sample::id('b'),
        words: "one two".to_owned(),
    };
    assert_eq!(asks(press(&mut state, "y")), [verify]);
}

#[test]
fn whoever_sees_other_words_is_told_what_to_do_and_verifies_nobody() {
    let mut state = comparing();
    update(&mut state, at_time(NOON + popup::DEAF_MILLIS));
    assert!(!shows(&state, "Ben is verified"));
    assert_eq!(asks(press(&mut state, "n")), []);
    assert!(shows(&state, "do not trust this"), "{:#?}", screen(&state));
    assert_eq!(asks(press(&mut state, "y")), []);
    assert_eq!(asks(press(&mut state, "enter")), []);
    assert_eq!(state.popup, None);

    let mut state = comparing();
    state.contacts[0].verified = true;
    assert!(shows(&state, "Ben is verified"));
}
