//! By what names contacts go.

use tidings_node::JoinId;

use super::*;

#[test]
fn whoever_is_called_you_passes_for_us_in_no_notice() {
    let (mut state, _) = started_with(vec![contact('b', "You"), contact('c', "Cleo")]);
    assert!(shown(&typed(&mut state, "/chat 1")).contains("You (a contact)"));
    assert!(state.prompt().contains("You (a contact)"));
    let blocked = Contact {
        state: ContactState::Blocked,
        ..contact('b', "You")
    };
    for told in [
        Told::Verified(contact('b', "You")),
        Told::Joined(contact('c', "You")),
        Told::Contact(contact('c', "Cleo")),
        Told::Contact(blocked),
        Told::Joined(contact('d', "You")),
    ] {
        let said = shown(&update(&mut state, told));
        assert!(said.contains("You (a contact)"), "{said}");
    }
}

#[test]
fn whoever_writes_to_somebody_blocked_is_told_that_and_how_to_undo_it_once() {
    let blocked = |state| Contact {
        state,
        ..contact('b', "Ben")
    };
    let (mut state, _) = started_with(vec![blocked(ContactState::Blocked)]);
    let said = "Ben is blocked: nothing that you write goes there. Unblock first: /block";
    let effects = update(&mut state, Event::Typed);
    assert_eq!(effects, [hint(Safe::line(said))]);
    assert_eq!(update(&mut state, Event::Typed), []);
    typed(&mut state, "/chat Ben");
    assert_eq!(shown(&update(&mut state, Event::Typed)), said);
    update(&mut state, Told::Contact(blocked(ContactState::Active)));
    let types = Effect::Ask(Ask::Type(with('b')));
    assert_eq!(update(&mut state, Event::Typed), [types]);
}

/// Whoever made a code that was used and has not answered.
fn pending(number: u8) -> Contact {
    Contact {
        person: None,
        state: ContactState::Pending,
        join: Some(JoinId::new([number; 16])),
        asked_at: Some(0),
        ..contact('z', "")
    }
}

#[test]
fn a_join_that_nobody_answers_is_given_up_by_a_verb_once_that_is_confirmed() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    assert!(shown(&typed(&mut state, "/cancel-join")).contains("No code that you used waits"));
    let (mut state, first) = started_with(vec![pending(1)]);
    assert!(shown(&first).contains("/cancel-join"), "{first:?}");
    assert_eq!(typed(&mut state, "/cancel-join"), []);
    assert!(state.prompt().contains("Wait no longer"));
    let gives_up = |number| Effect::Ask(Ask::CancelJoin(JoinId::new([number; 16])));
    assert_eq!(typed(&mut state, "y"), [gives_up(1)]);
    let said = update(&mut state, Told::JoinCancelled);
    assert!(shown(&said).contains("Nobody is waited for any more"));
    assert!(said.contains(&Effect::Ask(Ask::Contacts)));
}

#[test]
fn of_several_joins_that_wait_the_one_of_a_number_is_given_up_and_without_one_they_are_listed() {
    let waiting = vec![contact('b', "Ben"), pending(1), pending(2)];
    let (mut state, _) = started_with(waiting);
    assert!(shown(&typed(&mut state, "/contacts")).contains("/cancel-join"));
    for line in ["/cancel-join", "/cancel-join 3", "/cancel-join x"] {
        let said = shown(&typed(&mut state, line));
        assert!(said.contains("Which? /cancel-join N"), "{said}");
        assert!(said.contains("2  no answer since"), "{said}");
        assert_eq!(state.question, None);
    }
    assert_eq!(typed(&mut state, "/cancel-join 2"), []);
    let second = Ask::CancelJoin(JoinId::new([2; 16]));
    assert_eq!(typed(&mut state, "y"), [Effect::Ask(second)]);
}
