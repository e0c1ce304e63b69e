use tidings_node::api::{Check, Status};

use super::*;
use crate::tui::state::Choice;

/// Somebody who knows nobody.
fn alone() -> State {
    let mut state = state();
    forget_all(&mut state);
    state
}

/// Some milliseconds after noon.
fn after(state: &mut State, millis: u64) -> Vec<Ask> {
    asks(update(state, at_time(NOON + millis)))
}

/// Has a code made at noon.
fn invites(state: &mut State) {
    update(state, Event::Chosen(Action::Invite));
    let invite = Invite {
        code: "CODE".to_owned(),
        expires_at: NOON,
    };
    update(state, Event::Told(Told::Invited(invite)));
}

/// Uses somebody's code.
fn joins(state: &mut State) {
    update(state, Event::Chosen(Action::Join));
    write(state, "code");
    press(state, "enter");
}

#[test]
fn a_code_is_used_without_the_frame_that_it_was_selected_with() {
    let mut state = alone();
    update(&mut state, Event::Chosen(Action::Join));
    let selected = "\u{2502} AB    \u{2502}\n\u{2502} CD    \u{2502}\n";
    update(&mut state, Event::Paste(selected.to_owned()));
    let asked = press(&mut state, "enter");
    assert!(asked.contains(&Effect::Ask(Ask::Join("ABCD".to_owned()))));
}

fn status(lan: u64) -> Status {
    let mut status = sample::status();
    status.peers.lan = lan;
    status
}

fn is_doctor(state: &State) -> bool {
    matches!(state.popup, Some(Popup::Doctor { .. }))
}

/// What is found of a check.
fn checked(ok: bool) -> Event {
    let check = Check {
        name: "interfaces".to_owned(),
        ok,
        detail: "no address".to_owned(),
        hint: String::new(),
        found: Vec::new(),
        helps: Vec::new(),
        person: None,
        since: None,
    };
    Event::Told(Told::Checked(vec![check]))
}

#[test]
fn it_is_said_once_ten_seconds_after_a_first_code_which_key_looks_and_the_code_is_there_again() {
    let mut state = alone();
    invites(&mut state);
    assert_eq!(after(&mut state, 9_999), []);
    assert!(shows(&state, "CODE") && !shows(&state, "f3 looks why"));
    assert_eq!(after(&mut state, 10_000), []);
    assert!(shows(&state, "CODE") && shows(&state, "f3 looks why"));
    assert_eq!(asks(press(&mut state, "f3")), [Ask::Doctor(None)]);
    update(&mut state, checked(false));
    assert!(shows(&state, "no address"));
    press(&mut state, "esc");
    assert!(shows(&state, "CODE"));
    assert_eq!(after(&mut state, 60_000), [], "it appears once");
    press(&mut state, "esc");
    assert_eq!(state.popup, None);
}

#[test]
fn it_appears_after_somebody_elses_code_if_something_fails_but_not_after_what_was_no_code() {
    let mut state = alone();
    joins(&mut state);
    assert_eq!(after(&mut state, 10_000), [Ask::Doctor(None)]);
    assert_eq!(state.popup, None, "nothing is found yet");
    let mut well = state.clone();
    update(&mut well, checked(true));
    assert_eq!(well.popup, None);
    assert!(shows(&well, "f3 looks why"), "{:#?}", screen(&well));
    update(&mut state, checked(false));
    assert!(is_doctor(&state) && shows(&state, "Nobody was found yet"));
    press(&mut state, "enter");
    assert_eq!(state.popup, None);
    update(&mut state, checked(false));
    assert_eq!(state.popup, None);

    let mut state = alone();
    joins(&mut state);
    let failed = Told::Failed(Ask::Join("code".to_owned()), Failure::failed("no code"));
    update(&mut state, Event::Told(failed));
    assert_eq!(after(&mut state, 10_000), []);
    joins(&mut state);
    assert_eq!(after(&mut state, 19_999), []);
    assert_eq!(after(&mut state, 20_000), [Ask::Doctor(None)]);
}

#[test]
fn it_does_not_appear_where_somebody_is_known_was_met_or_is_on_the_way() {
    let mut known = state();
    invites(&mut known);
    assert_eq!(after(&mut known, 60_000), []);

    let mut met = alone();
    invites(&mut met);
    let used = Told::Used(Some(contact('b', "Ben")));
    update(&mut met, Event::Told(used));
    assert!(!after(&mut met, 60_000).contains(&Ask::Doctor(None)));

    let mut reached = alone();
    invites(&mut reached);
    reached.status = Some(status(1));
    assert_eq!(after(&mut reached, 60_000), []);
    assert!(!shows(&reached, "f3 looks why"));
    reached.status = Some(status(0));
    assert_eq!(after(&mut reached, 61_000), []);
    assert!(shows(&reached, "f3 looks why"));

    let mut idle = alone();
    assert_eq!(after(&mut idle, 60_000), [], "nobody is looked for");
}

#[test]
fn it_covers_nothing_that_somebody_types_into_or_holds_up() {
    let popups = [
        Popup::Ask {
            wanted: crate::tui::state::Wanted::Code,
            input: crate::tui::state::Input::of("half a co"),
            choice: Choice::default(),
        },
        Popup::Palette {
            input: crate::tui::state::Input::default(),
            choice: Choice::default(),
            written: None,
        },
        Popup::Invite {
            invite: None,
            is_picture: true,
            top: 0,
        },
    ];
    for popup in popups {
        let mut state = alone();
        invites(&mut state);
        state.popup = Some(popup.clone());
        assert_eq!(after(&mut state, 60_000), [], "{popup:?}");
        assert_eq!(state.popup, Some(popup));
        press(&mut state, "esc");
        assert_eq!(after(&mut state, 61_000), [Ask::Doctor(None)]);
    }
}

#[test]
fn it_waits_for_whoever_writes_in_a_room_of_their_own() {
    let mut state = open_in(state(), vec![message(1)]);
    forget_all(&mut state);
    invites(&mut state);
    press(&mut state, "esc");
    state.focus = Focus::Composer;
    write(&mut state, "to myself");
    let asked = after(&mut state, 60_000);
    assert!(!asked.contains(&Ask::Doctor(None)), "{asked:?}");
    press(&mut state, "ctrl-u");
    let asked = after(&mut state, 61_000);
    assert!(asked.contains(&Ask::Doctor(None)), "{asked:?}");
}

#[test]
fn once_the_code_is_used_it_is_not_there_again_behind_the_findings() {
    let mut state = alone();
    invites(&mut state);
    press(&mut state, "f3");
    let used = Told::Used(Some(contact('b', "Ben")));
    update(&mut state, Event::Told(used));
    assert!(is_doctor(&state), "they are still read");
    press(&mut state, "esc");
    assert_eq!(state.popup, None);
}
