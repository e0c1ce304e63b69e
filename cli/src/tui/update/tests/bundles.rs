//! What is carried out into files, and taken from them.

use tidings_node::api::{ApiError, Bundle, Changed, ErrorKind, Said, Transfer, TransferKind};

use super::*;
use crate::chat::Way;
use crate::output::sample::{bundle, transfer};

/// What the disk says to whoever asks what a path goes on with.
fn completed(state: &mut State, effects: &[Effect], found: &[&str]) {
    let [Effect::Complete(typed)] = effects else {
        panic!("{effects:?}");
    };
    let offers = found.iter().map(|&one| one.to_owned()).collect();
    let typed = typed.clone();
    update(state, Event::Completed { typed, offers });
}

/// The path as far as it is typed.
fn typed(state: &State) -> &str {
    let Some(Popup::Path { input, .. }) = &state.popup else {
        panic!("{:?}", state.popup);
    };
    input.text()
}

fn does(state: &mut State, action: Action) -> Vec<Effect> {
    update(state, Event::Chosen(action))
}

fn carries(way: Way, path: &str) -> Ask {
    Ask::Bundle {
        way,
        typed: path.to_owned(),
        path: path.into(),
    }
}

fn done(state: &mut State, way: Way, bundle: Bundle) {
    update(state, Event::Told(Told::Bundle(way, bundle)));
}

#[test]
fn a_path_is_asked_for_and_what_is_typed_is_written_there_or_taken_from_there() {
    for (action, way) in [(Action::Export, Way::Export), (Action::Import, Way::Import)] {
        let mut state = opened(Vec::new());
        assert_eq!(does(&mut state, action), []);
        write(&mut state, " /media/my stick ");
        let asked = asks(press(&mut state, "enter"));
        assert_eq!(asked, [carries(way, "/media/my stick")]);
        assert_eq!(state.popup, None);
    }
    let mut state = opened(Vec::new());
    does(&mut state, Action::Export);
    assert_eq!(press(&mut state, "enter"), [], "nothing was typed");
}

#[test]
fn tab_goes_on_with_what_is_there_and_shows_what_it_may_be() {
    let mut state = opened(Vec::new());
    does(&mut state, Action::Import);
    write(&mut state, "/med");
    let effects = press(&mut state, "tab");
    completed(&mut state, &effects, &["/media/"]);
    assert_eq!(typed(&state), "/media/");
    let effects = press(&mut state, "tab");
    let found = ["/media/stick one/", "/media/stick two/", "/media/sticker"];
    completed(&mut state, &effects, &found);
    assert_eq!(typed(&state), "/media/stick");
    for name in [" stick one/ ", " stick two/ ", " sticker "] {
        let name = name.trim();
        assert!(shows(&state, name), "{:#?}", screen(&state));
    }
    write(&mut state, " t");
    assert!(!shows(&state, "sticker"), "it is another path now");
    let effects = press(&mut state, "tab");
    write(&mut state, "x");
    completed(&mut state, &effects, &["/media/stick two/"]);
    assert_eq!(typed(&state), "/media/stick tx", "it came too late");
    let effects = press(&mut state, "tab");
    completed(&mut state, &effects, &[]);
    assert_eq!(typed(&state), "/media/stick tx");
    let none = state.texts.path_none();
    assert!(shows(&state, none.as_str()));
}

/// What is written to be sent, or done.
fn written(state: &State) -> &str {
    state.composer().unwrap().buffer().text()
}

#[test]
fn tab_goes_on_with_a_path_that_is_written_behind_its_command_too() {
    for keys in ["tab", "ctrl-space"] {
        let mut state = opened(Vec::new());
        write(&mut state, "/import  /med");
        let effects = press(&mut state, keys);
        assert_eq!(effects, [Effect::Complete("/med".to_owned())]);
        completed(&mut state, &effects, &["/media/"]);
        assert_eq!(written(&state), "/import  /media/");
        let effects = press(&mut state, keys);
        let found = ["/media/stick one/", "/media/stick two/"];
        completed(&mut state, &effects, &found);
        assert_eq!(written(&state), "/import  /media/stick ");
        assert_eq!((state.focus, &state.popup), (Focus::Composer, &None));
        let effects = press(&mut state, keys);
        completed(&mut state, &effects, &found);
        assert_eq!(typed(&state), "/media/stick ");
        for name in ["stick one/", "stick two/"] {
            assert!(shows(&state, name), "{:#?}", screen(&state));
        }
        write(&mut state, "one");
        let asked = asks(press(&mut state, "enter"));
        assert_eq!(asked, [carries(Way::Import, "/media/stick one")]);
        assert_eq!(written(&state), "", "it was done");
    }
}

#[test]
fn a_written_path_that_goes_on_with_nothing_or_was_changed_meanwhile_stays_as_it_is() {
    let mut state = opened(Vec::new());
    write(&mut state, "/export ");
    let effects = press(&mut state, "tab");
    assert_eq!(effects, [Effect::Complete(String::new())]);
    completed(&mut state, &effects, &["stick/"]);
    assert_eq!(written(&state), "/export stick/");
    let effects = press(&mut state, "tab");
    completed(&mut state, &effects, &[]);
    let none = state.texts.path_none();
    assert!(shows(&state, none.as_str()), "{:#?}", screen(&state));
    let effects = press(&mut state, "tab");
    write(&mut state, "x");
    completed(&mut state, &effects, &["stick/one"]);
    assert_eq!(written(&state), "/export stick/x", "it came too late");
    press(&mut state, "left");
    assert_eq!(press(&mut state, "tab"), [], "it is not at its end");
    assert_eq!(state.focus, Focus::Messages);
    for text in ["/export", "/chat ", "see /export /me", "/etc/ho"] {
        let mut state = opened(Vec::new());
        write(&mut state, text);
        assert_eq!(press(&mut state, "tab"), [], "{text}");
        assert_eq!(state.focus, Focus::Messages, "{text}");
    }
}

#[test]
fn what_does_not_fit_a_screen_is_gone_through() {
    let mut state = opened(Vec::new());
    does(&mut state, Action::Import);
    let effects = press(&mut state, "tab");
    let all: Vec<String> = (10..60).map(|number| format!("file{number}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    completed(&mut state, &effects, &all);
    assert!(shows(&state, "file10") && !shows(&state, "file59"));
    press(&mut state, "pagedown pagedown pagedown pagedown");
    assert!(
        shows(&state, "file59") && !shows(&state, "file10"),
        "{:#?}",
        screen(&state)
    );
}

#[test]
fn a_path_of_which_nothing_comes_is_there_again_to_be_changed_with_what_to_do() {
    let mut state = opened(Vec::new());
    does(&mut state, Action::Import);
    write(&mut state, "/media/stcik");
    let asked = asks(press(&mut state, "enter"));
    let failure = Failure::failed("there is no bundle at /media/stcik: check the path.");
    update(
        &mut state,
        Event::Told(Told::Failed(asked[0].clone(), failure)),
    );
    assert_eq!(typed(&state), "/media/stcik");
    assert!(shows(&state, "check the path"), "{:#?}", screen(&state));
    let mut state = opened(Vec::new());
    does(&mut state, Action::Import);
    write(&mut state, "/media/stcik");
    let asked = asks(press(&mut state, "enter"));
    write(&mut state, "h");
    let told = Told::Failed(asked[0].clone(), Failure::failed("it was pulled out."));
    update(&mut state, Event::Told(told));
    assert_eq!(state.popup, None, "somebody writes by now");
    assert!(shows(&state, "it was pulled out."));
}

/// What a node says of an import that somebody stopped.
fn stopped() -> Failure {
    let english = "the import was cancelled".to_owned();
    let said = Said::sentence("import_cancelled", Vec::new(), english);
    ApiError::new(ErrorKind::Conflict, said).into()
}

#[test]
fn that_somebody_stopped_it_is_no_trouble() {
    let mut state = opened(Vec::new());
    let told = Told::Failed(carries(Way::Import, "/media/stick"), stopped());
    update(&mut state, Event::Told(told));
    assert!(shows(&state, "the import was cancelled"));
    assert!(!state.toast.as_ref().unwrap().is_trouble);
    assert_eq!(state.popup, None);
}

#[test]
fn what_follows_the_command_is_the_path_and_goes_once_that_is_asked_for() {
    let mut state = opened(Vec::new());
    update(&mut state, Event::Paste("/export  /media/my stick".into()));
    press(&mut state, "enter enter");
    assert_eq!(typed(&state), "/media/my stick");
    press(&mut state, "esc");
    assert!(shows(&state, "/export"), "it is still written");
    press(&mut state, "enter enter");
    let asked = asks(press(&mut state, "enter"));
    assert_eq!(asked, [carries(Way::Export, "/media/my stick")]);
    assert!(!shows(&state, "/export"), "{:#?}", screen(&state));
    press(&mut state, "ctrl-_");
    assert!(shows(&state, "/export"), "it can be fetched back");
    press(&mut state, "enter enter");
    write(&mut state, "/b");
    let asked = asks(press(&mut state, "enter"));
    assert_eq!(asked, [carries(Way::Export, "/media/my stick/b")]);
    assert!(!shows(&state, "/export"), "it was done, if elsewhere");
    update(&mut state, Event::Paste("/import stick".into()));
    does(&mut state, Action::Export);
    write(&mut state, "/media");
    press(&mut state, "enter");
    assert!(shows(&state, "/import stick"), "that was not done");
}

#[test]
fn what_came_of_it_stands_until_somebody_was_here() {
    let mut state = opened(Vec::new());
    let mut taken = bundle("/media/stick");
    (taken.envelopes, taken.bytes) = (3, 6_144);
    (taken.new, taken.for_me) = (Some(3), Some(1));
    done(&mut state, Way::Import, taken);
    let hour = 60 * 60 * 1_000;
    update(&mut state, at_time(NOON + hour));
    assert!(shows(&state, "3 new, 1 for you"), "{:#?}", screen(&state));
    press(&mut state, "left");
    update(&mut state, at_time(NOON + hour + TOAST_MILLIS - 1));
    assert!(shows(&state, "3 new, 1 for you"));
    update(&mut state, at_time(NOON + hour + TOAST_MILLIS));
    assert_eq!(state.toast, None);
}

#[test]
fn what_went_wrong_stands_on_while_the_command_that_is_gone_is_kept_as_no_draft() {
    let mut state = opened(Vec::new());
    update(&mut state, Event::Paste("/import stcik".into()));
    press(&mut state, "enter enter");
    let asked = asks(press(&mut state, "enter"));
    let damaged = Failure::failed("the bundle is damaged.");
    let told = Told::Failed(asked[0].clone(), damaged);
    update(&mut state, Event::Told(told));
    let conversation = state.conversation(place()).unwrap().clone();
    let kept = Told::DraftKept(Box::new(conversation));
    update(&mut state, Event::Told(kept));
    assert!(shows(&state, "the bundle is damaged."));
    update(&mut state, at_time(NOON + 60 * 60 * 1_000));
    assert!(shows(&state, "the bundle is damaged."), "nobody was here");
}

#[test]
fn what_had_no_room_and_what_is_damaged_is_trouble() {
    let mut state = opened(Vec::new());
    let mut part = bundle("/media/stick/a.tidings");
    (part.envelopes, part.left_out) = (12, Some(3));
    done(&mut state, Way::Export, part);
    assert!(state.toast.as_ref().unwrap().is_trouble);
    assert!(shows(&state, "wrote 12 of 15"), "{:#?}", screen(&state));
    let mut whole = bundle("/media/stick/a.tidings");
    (whole.envelopes, whole.left_out) = (15, Some(0));
    done(&mut state, Way::Export, whole);
    assert!(!state.toast.as_ref().unwrap().is_trouble);
}

/// Something of which so much of a hundred is done.
fn moved(id: u64, done: u64) -> Transfer {
    Transfer {
        done,
        total: Some(100),
        ..transfer(id, TransferKind::Export, "/media/stick")
    }
}

fn transfers(state: &mut State, all: &[(u64, u64)]) -> Vec<Ask> {
    let all = all.iter().map(|(id, done)| moved(*id, *done));
    let told = Told::Transfers(all.collect());
    asks(update(state, Event::Told(told)))
}

/// The rows of the conversation.
fn conversation(state: &State) -> Vec<String> {
    let mut rows = screen(state);
    rows.pop();
    rows
}

#[test]
fn what_is_written_and_taken_is_in_a_row_that_moves_nothing_as_it_comes_and_goes() {
    for (columns, rows) in [(80, 24), (40, 15), (30, 8)] {
        for scrolled in [false, true] {
            let mut state = opened((0..60).map(message).collect());
            state.size = Size { columns, rows };
            if scrolled {
                press(&mut state, "pageup pageup");
            }
            let before = conversation(&state);
            transfers(&mut state, &[(1, 45)]);
            assert_eq!(conversation(&state), before);
            let last = screen(&state).pop().unwrap();
            assert!(last.starts_with("Writing stick"), "{last}");
            assert!(last.contains("45 %"), "{last}");
            assert_eq!(last.contains("f1 help"), columns == 80, "{last}");
            transfers(&mut state, &[(1, 46), (2, 0), (3, 0)]);
            assert!(shows(&state, "46 %  2 more"), "{:#?}", screen(&state));
            transfers(&mut state, &[]);
            assert_eq!(conversation(&state), before);
            assert!(!shows(&state, "Writing"));
        }
    }
}

#[test]
fn it_is_there_beside_what_is_said_and_not_any_more_once_the_node_has_ended() {
    let mut state = opened(vec![message(1)]);
    transfers(&mut state, &[(1, 45)]);
    state.say("something");
    let rows = screen(&state);
    assert_eq!(rows[rows.len() - 2].trim_end(), "something");
    assert!(rows[rows.len() - 1].starts_with("Writing stick"));
    state.toast = None;
    let mut ended = state.clone();
    let told = Told::Ended(Failure::listening_broke());
    update(&mut ended, Event::Told(told));
    assert!(!shows(&ended, "Writing"));
    update(&mut state, Event::Locked(true));
    assert!(!shows(&state, "Writing"));
}

#[test]
fn what_runs_is_asked_for_as_it_changes_and_once_at_a_time() {
    let mut state = opened(Vec::new());
    let stale = |state: &mut State| {
        let changed = Changed {
            transfers: true,
            ..sample::unchanged(2)
        };
        asks(update(state, Event::Told(Told::Stale(changed))))
    };
    assert_eq!(stale(&mut state), [Ask::Transfers]);
    assert_eq!(stale(&mut state), []);
    assert_eq!(transfers(&mut state, &[(1, 3)]), [Ask::Transfers]);
    assert_eq!(transfers(&mut state, &[(1, 4)]), []);
    stale(&mut state);
    let told = Told::Failed(Ask::Transfers, Failure::usage("there is no such method."));
    update(&mut state, Event::Told(told));
    assert_eq!(state.toast, None, "an older node has no such thing");
    assert_eq!(stale(&mut state), [Ask::Transfers]);
}

#[test]
fn one_that_runs_is_stopped_and_no_other_however_they_come_and_go() {
    let mut state = opened(Vec::new());
    does(&mut state, Action::CancelTransfer);
    let none = state.texts.no_transfers();
    assert!(shows(&state, none.as_str()));
    press(&mut state, "enter");
    assert_eq!(state.popup, None);
    transfers(&mut state, &[(1, 45), (2, 50), (3, 55)]);
    does(&mut state, Action::CancelTransfer);
    assert!(shows(&state, "/media/stick"), "{:#?}", screen(&state));
    press(&mut state, "down");
    transfers(&mut state, &[(2, 51), (3, 56)]);
    let stopped = asks(press(&mut state, "enter"));
    assert_eq!(stopped, [Ask::CancelTransfer(2)]);
    assert_eq!(state.popup, None);
    does(&mut state, Action::CancelTransfer);
    transfers(&mut state, &[(3, 57)]);
    assert_eq!(asks(press(&mut state, "enter")), [], "it has ended");
    assert!(state.popup.is_some(), "nobody has chosen yet");
    let stopped = asks(press(&mut state, "down enter"));
    assert_eq!(stopped, [Ask::CancelTransfer(3)]);
}

#[test]
fn what_ends_just_as_it_is_to_be_stopped_is_said_to_have_ended_and_what_came_of_it_stands() {
    let over = || {
        let said = Said::sentence("no_transfer", Vec::new(), "there is no such".to_owned());
        let failure = ApiError::new(ErrorKind::NotFound, said).into();
        Event::Told(Told::Failed(Ask::CancelTransfer(1), failure))
    };
    let stopping = || {
        let mut state = opened(Vec::new());
        transfers(&mut state, &[(1, 99)]);
        does(&mut state, Action::CancelTransfer);
        press(&mut state, "enter");
        assert!(shows(&state, "Stopping it."), "{:#?}", screen(&state));
        state
    };
    let mut state = stopping();
    update(&mut state, over());
    assert!(!state.toast.as_ref().unwrap().is_trouble);
    assert!(shows(&state, "It had ended before it could be stopped."));
    let mut state = stopping();
    let mut written = bundle("/media/stick");
    written.envelopes = 3;
    done(&mut state, Way::Export, written);
    update(&mut state, over());
    assert!(shows(&state, "Wrote 3 envelopes"), "{:#?}", screen(&state));
    let mut state = stopping();
    let told = Told::Failed(Ask::CancelTransfer(1), Failure::failed("the disk is full."));
    update(&mut state, Event::Told(told));
    assert!(shows(&state, "the disk is full."));
}
