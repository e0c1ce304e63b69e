//! A profile that turns out to be locked.

use tidings_node::OpenError;
use tidings_node::api::{ApiError, ErrorKind, Said};

use super::*;
use crate::tui::state::Passphrase;

fn locked() -> State {
    let mut state = opened(vec![message(1)]);
    write(&mut state, "begun");
    update(&mut state, Event::Locked(true));
    state
}

fn passphrase(text: &str) -> Passphrase {
    let mut passphrase = Passphrase::default();
    passphrase.insert(text);
    passphrase
}

/// Why a passphrase did not do.
fn wrong() -> Event {
    Event::NotUnlocked(OpenError::WrongPassphrase.into())
}

#[test]
fn a_passphrase_is_asked_for_in_front_of_all_and_shown_nowhere() {
    let mut state = locked();
    press(&mut state, "f1");
    assert!(shows(&state, "The profile is locked"));
    assert_eq!(asks(write(&mut state, "correct ")), []);
    assert_eq!(update(&mut state, Event::Paste("horse\n".to_owned())), []);
    let shown = screen(&state).concat();
    assert!(!shown.contains("correct") && !shown.contains("horse"));
    let effects = press(&mut state, "enter");
    assert_eq!(effects, [Effect::Unlock(passphrase("correct horse"))]);
    assert_eq!(press(&mut state, "x enter"), [], "one is tried at once");
    update(&mut state, Event::Locked(false));
    assert!(shows(&state, "The profile is open again."));
    assert!(shows(&state, "begun"), "what was written stays");
}

#[test]
fn a_wrong_passphrase_is_said_to_be_so_and_the_next_one_begins_empty() {
    let mut state = locked();
    write(&mut state, "wrong");
    press(&mut state, "enter");
    update(&mut state, wrong());
    assert!(shows(&state, "That is not the passphrase"));
    assert_eq!(press(&mut state, "enter"), [], "nothing is typed");
    write(&mut state, "ab");
    press(&mut state, "ctrl-u");
    write(&mut state, "righx");
    press(&mut state, "backspace");
    write(&mut state, "t");
    let effects = press(&mut state, "enter");
    assert_eq!(effects, [Effect::Unlock(passphrase("right"))]);
}

#[test]
fn whoever_does_not_have_it_leaves_and_nothing_is_read_meanwhile() {
    let unread = Message {
        read: false,
        ..message(1)
    };
    let mut state = state();
    state.is_looked_at = false;
    let mut state = open_in(state, vec![unread]);
    update(&mut state, Event::Locked(true));
    assert_eq!(update(&mut state, Event::LookedAt(true)), []);
    assert_eq!(press(&mut state, "esc"), [Effect::Quit]);
}

#[test]
fn whoever_is_told_to_stop_or_to_end_has_drafts_kept_before() {
    for (event, effect) in [
        (Event::Stopped, Effect::Suspend),
        (Event::Interrupted, Effect::Quit),
    ] {
        let mut state = opened(Vec::new());
        write(&mut state, "begun");
        let effects = update(&mut state, event);
        assert_eq!(effects.last(), Some(&effect));
        let asked = asks(effects);
        assert!(
            matches!(asked.as_slice(), [Ask::SetDraft { .. }]),
            "{asked:?}"
        );
    }
}

#[test]
fn what_is_kept_is_not_said_when_somebody_leaves_and_what_is_not_yet_is() {
    let mut state = opened(vec![message(1)]);
    write(&mut state, "begun");
    let begun = [(place(), "begun".to_owned())];
    assert_eq!(unkept(&mut state, []), begun);
    let asked = asks(update(&mut state, Event::Interrupted));
    assert_eq!(unkept(&mut state, []), [], "the encrypted profile has it");
    assert_eq!(unkept(&mut state, &asked), begun, "it is under way");
    let composer = state.composers.get_mut(&place()).unwrap();
    composer.draft_to_keep();
    composer.edit(message(1).id, "another text");
    let edit = [(place(), "another text".to_owned())];
    assert_eq!(unkept(&mut state, []), edit);
}

#[test]
fn the_rest_of_a_passphrase_goes_to_nobody_once_the_profile_was_opened_elsewhere() {
    let mut state = locked();
    write(&mut state, "correct ");
    update(&mut state, Event::Locked(false));
    assert!(shows(&state, "The profile is open again."));
    assert_eq!(write(&mut state, "horse"), []);
    assert_eq!(update(&mut state, Event::Paste("horse".to_owned())), []);
    assert_eq!(press(&mut state, "enter"), [], "nothing is sent or tried");
    assert!(shows(&state, "begun") && !shows(&state, "horse"));
    write(&mut state, " again");
    assert!(shows(&state, "begun again"));
}

#[test]
fn a_node_that_ended_is_closed_before_any_key_and_whoever_ended_it_is_said() {
    let outside = ApiError::new(ErrorKind::Unavailable, Said::words("it."));
    for (failure, why) in [
        (Failure::from(outside), "ended from outside"),
        (Failure::failed("the disk is full."), "the disk is full."),
    ] {
        let mut state = opened(vec![message(1)]);
        let effects = update(&mut state, Event::Told(Told::Ended(failure)));
        assert_eq!(effects, [Effect::Close]);
        assert!(shows(&state, why), "{:#?}", screen(&state));
        assert_eq!(press(&mut state, "x"), [Effect::Quit]);
    }
}
