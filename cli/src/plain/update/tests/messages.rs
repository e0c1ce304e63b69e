use super::*;
use tidings_node::api::{Carrier, Change, Deleted, Delivery};

/// A message of Ben's, and then one of ours, where Ben is open.
fn talked() -> State {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Cleo")]);
    typed(&mut state, "/chat Ben");
    let theirs = Message {
        id: sample::id('d'),
        ..from('b', "hello")
    };
    let ours = Message {
        conversation: sample::id('b'),
        ..own('e', MessageState::Delivered)
    };
    update(&mut state, page(with('b'), vec![theirs, ours]));
    state
}

fn replies(text: &str, to: char) -> Effect {
    Effect::Ask(Ask::Send {
        place: with('b'),
        text: text.to_owned(),
        reply_to: Some(sample::id(to)),
    })
}

fn edits(message: char, text: &str) -> Effect {
    Effect::Ask(Ask::Edit {
        place: with('b'),
        message: sample::id(message),
        text: text.to_owned(),
    })
}

fn deletes(message: char, for_me: bool) -> Effect {
    Effect::Ask(Ask::Delete {
        place: with('b'),
        message: sample::id(message),
        for_me,
    })
}

#[test]
fn a_number_is_that_of_a_message_that_was_shown_and_no_other_is_any() {
    let mut state = talked();
    let effects = typed(&mut state, "/reply 1  good  morning ");
    assert_eq!(shown(&effects), "Answering Ben: hello");
    assert_eq!(effects.last(), Some(&replies("good  morning", 'd')));
    let effects = typed(&mut state, "/reply 2 yes");
    assert_eq!(shown(&effects), "Answering yourself: hi");
    assert_eq!(effects.last(), Some(&replies("yes", 'e')));
    for beyond in ["/reply 3 x", "/reply 0 x", "/pin 3", "/details 3"] {
        let effects = typed(&mut state, beyond);
        assert!(shown(&effects).contains("was shown here"), "{effects:?}");
        assert_eq!(effects.len(), 1, "nothing is asked");
    }
    for unclear in ["/reply", "/reply 1", "/reply yes", "/pin", "/react 1"] {
        let said = shown(&typed(&mut state, unclear));
        assert!(said.contains("hich message"), "{unclear}: {said}");
    }
    typed(&mut state, "/chat Cleo");
    let said = shown(&typed(&mut state, "/reply 1 x"));
    assert!(said.contains("No message 1"), "{said}");
}

#[test]
fn a_message_keeps_its_number_whatever_arrives_is_shown_again_or_goes() {
    let mut state = talked();
    let message = |first, body| Message {
        id: sample::id(first),
        ..from('b', body)
    };
    let numbers = |effects: Vec<Effect>| {
        let numbers = effects.into_iter().filter_map(|effect| match effect {
            Effect::Show(Show::Message(Number(number), message)) => Some((number, message.body)),
            Effect::Show(_) | Effect::Ask(_) | Effect::Unlock | Effect::Close | Effect::Quit => {
                None
            }
        });
        numbers.collect::<Vec<_>>()
    };
    let news = Told::News(vec![message('f', "newer")]);
    assert_eq!(numbers(update(&mut state, news)), [(3, "newer".to_owned())]);
    let effects = typed(&mut state, "/reply 1 x");
    assert_eq!(effects.last(), Some(&replies("x", 'd')));
    let again = vec![
        message('g', "older"),
        message('d', "hello"),
        message('f', "newer"),
    ];
    let again = numbers(update(&mut state, page(with('b'), again)));
    let again: Vec<(u64, &str)> = again
        .iter()
        .map(|(number, body)| (*number, &**body))
        .collect();
    assert_eq!(again, [(4, "older"), (1, "hello"), (3, "newer")]);
    update(&mut state, Told::Gone(vec![sample::id('d')]));
    assert!(shown(&typed(&mut state, "/reply 1 x")).contains("No message 1"));
    let effects = typed(&mut state, "/reply 3 x");
    assert_eq!(effects.last(), Some(&replies("x", 'f')));
}

#[test]
fn a_message_just_sent_is_the_last() {
    let mut state = talked();
    let sent = Message {
        body: "sent".to_owned(),
        ..own('f', MessageState::Queued)
    };
    update(&mut state, Told::Sent(with('b'), Box::new(sent)));
    let effects = typed(&mut state, "/edit better");
    assert_eq!(shown(&effects), "Editing you: sent");
    assert_eq!(effects.last(), Some(&edits('f', "better")));
}

#[test]
fn only_an_own_message_is_edited_without_a_number_the_last_one() {
    let mut state = talked();
    let ours = edits('e', "better");
    assert_eq!(typed(&mut state, "/edit better").last(), Some(&ours));
    assert_eq!(typed(&mut state, "/edit 2 better").last(), Some(&ours));
    let effects = typed(&mut state, "/edit 1 better");
    let said = "Only your own messages can be edited, not Ben: hello";
    assert_eq!((shown(&effects).as_str(), effects.len()), (said, 1));
    assert!(shown(&typed(&mut state, "/edit")).contains("/edit N TEXT"));
    assert!(shown(&typed(&mut state, "/edit 2")).contains("/edit N TEXT"));
    let failure = Failure::failed("it is too late");
    let ask = Ask::Edit {
        place: with('b'),
        message: sample::id('e'),
        text: "better".to_owned(),
    };
    let said = shown(&update(&mut state, Told::Failed(ask, failure)));
    assert_eq!(said, "not sent: better\nit is too late");
}

#[test]
fn a_message_is_deleted_after_a_clear_yes_for_everybody_if_it_is_ours() {
    let mut state = talked();
    let cases = [
        ("/delete", "Deleting you: hi", "for everybody", 'e', false),
        ("/delete 2", "Deleting you: hi", "for everybody", 'e', false),
        (
            "/delete 1",
            "Deleting Ben: hello",
            "on this device only",
            'd',
            true,
        ),
        (
            "/delete-for-me 2",
            "Deleting you: hi",
            "on this device only",
            'e',
            true,
        ),
    ];
    for (line, said, prompt, message, for_me) in cases {
        for answer in ["n", "no"] {
            assert_eq!(shown(&typed(&mut state, line)), said);
            assert!(state.prompt().contains(prompt), "{}", state.prompt());
            let effects = typed(&mut state, answer);
            assert_eq!(shown(&effects), "Nothing has changed.");
        }
        typed(&mut state, line);
        let again = typed(&mut state, "perhaps");
        assert_eq!(again.len(), 1, "{again:?}");
        assert_eq!(typed(&mut state, "y"), [deletes(message, for_me)]);
    }
    assert!(shown(&typed(&mut state, "/delete it")).contains("/delete N"));
}

#[test]
fn what_is_deleted_here_alone_is_gone_at_once_and_what_is_deleted_has_no_text_to_change() {
    let mut state = talked();
    let deleted = |for_me| Deleted {
        id: sample::id('d'),
        conversation: Some(sample::id('b')),
        for_me,
    };
    assert_eq!(
        update(&mut state, Told::Deleted(deleted(false))),
        [],
        "it comes as news"
    );
    let said = shown(&update(&mut state, Told::Deleted(deleted(true))));
    assert_eq!(said, "~ gone: hello");
    let gone = Message {
        deleted: true,
        change: Change::Deleted,
        conversation: sample::id('b'),
        body: String::new(),
        ..own('e', MessageState::Delivered)
    };
    update(&mut state, Told::News(vec![gone]));
    for line in ["/reply 2 x", "/react 2 x", "/pin 2", "/edit 2 x"] {
        assert_eq!(shown(&typed(&mut state, line)), "Message 2 is deleted.");
    }
    let said = shown(&typed(&mut state, "/edit x"));
    assert!(said.contains("Nothing of yours"), "{said}");
    let said = shown(&typed(&mut state, "/delete"));
    assert_eq!(said, "Deleting you: (deleted)");
}

#[test]
fn the_same_reaction_again_takes_it_off_and_so_it_is_with_a_pin() {
    let mut state = talked();
    let reacts = |remove| {
        Effect::Ask(Ask::React {
            place: with('b'),
            message: sample::id('d'),
            emoji: "+1".to_owned(),
            remove,
        })
    };
    let pins = |pinned| {
        Effect::Ask(Ask::Pin {
            place: with('b'),
            message: sample::id('d'),
            pinned,
        })
    };
    let effects = typed(&mut state, "/react 1 +1");
    assert_eq!(shown(&effects), "Reacting to Ben: hello");
    assert_eq!(effects.last(), Some(&reacts(false)));
    let effects = typed(&mut state, "/pin 1");
    assert_eq!(shown(&effects), "Pinning Ben: hello");
    assert_eq!(effects.last(), Some(&pins(true)));
    let now = || Message {
        id: sample::id('d'),
        reacted: vec!["+1".to_owned()],
        pinned: true,
        ..from('b', "hello")
    };
    let told = update(&mut state, Told::Changed(Box::new(now())));
    assert_eq!(told, [], "it comes as news");
    let news = Message {
        change: Change::Reaction,
        ..now()
    };
    assert_eq!(
        shown(&update(&mut state, Told::News(vec![news]))),
        "~ hello"
    );
    let effects = typed(&mut state, "/react 1 +1");
    assert_eq!(shown(&effects), "Taking the reaction off Ben: hello");
    assert_eq!(effects.last(), Some(&reacts(true)));
    assert_eq!(typed(&mut state, "/pin 1").last(), Some(&pins(false)));
}

#[test]
fn of_an_own_message_it_is_said_how_far_it_is_with_whom_and_of_others_when_it_came() {
    let mut state = talked();
    let of = sample::id('e');
    assert_eq!(
        typed(&mut state, "/details"),
        [Effect::Ask(Ask::Deliveries(of))]
    );
    let delivery = |name: &str, state, carried_by| Delivery {
        person: sample::id('b'),
        name: name.to_owned(),
        state,
        reason: None,
        carried_by,
    };
    let carrier = Carrier {
        person: None,
        name: Some("Cleo\u{1b}".to_owned()),
        until: 0,
    };
    let all = vec![
        delivery("Ben", MessageState::Read, Vec::new()),
        delivery("Dora", MessageState::Carried, vec![carrier]),
    ];
    let said = shown(&update(&mut state, Told::Deliveries(of, all)));
    assert!(said.starts_with("you: hi\nwritten "), "{said}");
    assert!(said.contains("\nBen: read\nDora: carried, kept by Cleo"));
    assert!(!said.contains('\u{1b}') && !said.contains("stored here"));
    let said = shown(&typed(&mut state, "/details 1"));
    assert!(said.starts_with("Ben: hello\nwritten ") && said.contains("\nstored here "));
}
