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
    let asked = asks(update(&mut state, Event::Told(Told::Stale(kinds))));
    let gone = asked.iter().find_map(|ask| {
        if let Ask::Gone(messages) = ask {
            Some(messages.contains(&message(1).id))
        } else {
            None
        }
    });
    assert_eq!(gone, Some(true), "{asked:?}");
}

/// Uses the code of Dora with Ben's conversation open.
fn joining() -> (State, Event) {
    let mut state = opened(Vec::new());
    action::act(&mut state, Action::Join);
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
    action::act(&mut state, Action::Verify);
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
    change_contact(&mut state, 0, |one| one.verified = true);
    assert!(shows(&state, "Ben is verified"));
}

#[test]
fn a_code_that_is_refused_is_there_again_unless_somebody_has_gone_on() {
    let refused = || {
        let failed = Told::Failed(Ask::Join("code".to_owned()), Failure::failed("no code"));
        Event::Told(failed)
    };
    let (mut state, _) = joining();
    update(&mut state, refused());
    assert!(
        shows(&state, "> code") && shows(&state, "no code"),
        "{:#?}",
        screen(&state)
    );

    let (mut state, _) = joining();
    write(&mut state, "dear Ben");
    update(&mut state, refused());
    assert_eq!(state.popup, None);
    assert!(shows(&state, "no code"));
}

#[test]
fn what_was_said_is_not_said_on_once_something_else_stands_in_front() {
    let mut state = opened(Vec::new());
    state.warn("that went wrong");
    press(&mut state, "a");
    assert!(shows(&state, "that went wrong"));
    press(&mut state, "f1");
    assert!(!shows(&state, "that went wrong"));
}

#[test]
fn what_is_typed_half_is_no_mistake() {
    let mut state = opened(Vec::new());
    press(&mut state, "ctrl-f");
    write(&mut state, "\"");
    let Some(Popup::Search { ticket, found, .. }) = &mut state.popup else {
        panic!("nothing is looked for");
    };
    found.push(message(1));
    let ask = Ask::Search {
        ticket: *ticket,
        query: "\"".to_owned(),
        limit: 1,
    };
    let failure = Failure::usage("there is nothing to search for");
    update(&mut state, Event::Told(Told::Failed(ask, failure)));
    assert!(
        !shows(&state, "nothing to search for"),
        "{:#?}",
        screen(&state)
    );
    assert!(!shows(&state, "message 1"), "it is of another query");
}

#[test]
fn what_is_not_possible_here_is_said_with_what_is() {
    let mut state = opened(Vec::new());
    action::act(&mut state, Action::RenameRoom);
    assert!(
        shows(&state, "\"Rename the contact\""),
        "{:#?}",
        screen(&state)
    );
    state.open.as_mut().unwrap().place = Place::Room(sample::id('r'));
    press(&mut state, "f5");
    assert!(
        shows(&state, "f6 shows who is in the room"),
        "{:#?}",
        screen(&state)
    );
}

#[test]
fn a_command_without_a_key_is_named_by_what_it_does() {
    let mut state = state();
    forget_all(&mut state);
    assert!(
        shows(&state, "ctrl-k \"Make a code for a friend\""),
        "{:#?}",
        screen(&state)
    );
}

#[test]
fn a_reaction_that_is_refused_is_there_again() {
    let mut state = opened(vec![message(1)]);
    action::act(&mut state, Action::React);
    write(&mut state, "word");
    let asked = asks(press(&mut state, "enter")).remove(0);
    let failed = Told::Failed(asked, Failure::failed("no reaction"));
    update(&mut state, Event::Told(failed));
    assert!(shows(&state, "> word"), "{:#?}", screen(&state));
    assert!(shows(&state, "no reaction"));
}

#[test]
fn what_went_wrong_is_not_said_on_once_something_is_done() {
    let mut state = opened(vec![message(1)]);
    state.warn("that went wrong");
    let told = |of| Event::Told(of);
    update(&mut state, told(Told::News(vec![message(1)])));
    assert!(shows(&state, "that went wrong"), "nothing was done");
    update(&mut state, told(Told::Changed(Box::new(message(1)))));
    assert!(!shows(&state, "that went wrong"));
}
