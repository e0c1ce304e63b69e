//! What is carried out into files, and taken from them.

use tidings_node::api::{ApiError, Changed, Said, Transfer, TransferKind};

use super::*;
use crate::chat::Way;
use crate::output::sample::{bundle, transfer};

#[test]
fn a_path_with_blanks_is_written_to_or_taken_from_and_it_is_said_that_it_begins() {
    for (verb, way, said) in [
        ("export", Way::Export, "Writing what you carry to"),
        ("import", Way::Import, "Taking in what is in"),
    ] {
        let (mut state, _) = started_with(vec![contact('b', "Ben")]);
        let effects = typed(&mut state, &format!("/{verb}  /media/my stick "));
        let begun = format!("{said} /media/my stick.");
        assert_eq!(shown(&effects), begun);
        let path = "/media/my stick";
        let asked = Effect::Ask(Ask::Bundle {
            way,
            typed: path.to_owned(),
            path: path.into(),
        });
        assert!(effects.contains(&asked), "{effects:?}");
        let [wants] = typed(&mut state, &format!("/{verb}")).try_into().unwrap();
        assert!(shown(&[wants]).contains(&format!("/{verb} PATH")));
    }
}

#[test]
fn what_came_of_it_is_said_in_a_line_and_what_is_amiss_as_a_problem() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let mut taken = bundle("/media/stick");
    (taken.envelopes, taken.bytes) = (3, 6_144);
    (taken.new, taken.for_me) = (Some(3), Some(1));
    let effects = update(&mut state, Told::Bundle(Way::Import, taken));
    let said = "Took 3 envelopes from /media/stick: 3 new, 1 for you.";
    assert_eq!(effects, [hint(Safe::line(said))]);
    let mut part = bundle("/media/stick/a.tidings");
    (part.envelopes, part.left_out) = (12, Some(3));
    let effects = update(&mut state, Told::Bundle(Way::Export, part));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Show(Show::Trouble(_))]
    ));
    assert!(shown(&effects).contains("12 of 15"));
}

#[test]
fn that_somebody_stopped_it_is_no_problem() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let english = "the import was cancelled".to_owned();
    let said = Said::sentence("import_cancelled", Vec::new(), english);
    let failure = ApiError::new(tidings_node::api::ErrorKind::Conflict, said).into();
    let ask = Ask::Bundle {
        way: Way::Import,
        typed: "/media/stick".to_owned(),
        path: "/media/stick".into(),
    };
    let effects = update(&mut state, Told::Failed(ask, failure));
    assert_eq!(effects, [hint("the import was cancelled".into())]);
}

/// Something of which so much of a hundred is done.
fn moved(id: u64, done: u64) -> Transfer {
    Transfer {
        done,
        total: Some(100),
        ..transfer(id, TransferKind::Export, "/media/stick")
    }
}

#[test]
fn how_far_it_is_is_said_once_in_each_quarter_and_asked_for_once_a_second() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let asks = |effects: Vec<Effect>| effects.contains(&Effect::Ask(Ask::Transfers));
    let stale = || {
        Told::Stale(Changed {
            transfers: true,
            ..sample::unchanged(1)
        })
    };
    assert!(!asks(update(&mut state, Event::Tick)), "nothing changed");
    for _ in 0..3 {
        assert_eq!(update(&mut state, stale()), []);
    }
    assert!(asks(update(&mut state, Event::Tick)));
    assert!(!asks(update(&mut state, Event::Tick)));
    let mut said = |all: Vec<Transfer>| shown(&update(&mut state, Told::Transfers(all)));
    assert_eq!(said(vec![moved(1, 0)]), "");
    assert_eq!(said(vec![moved(1, 24)]), "");
    assert_eq!(said(vec![moved(1, 25)]), "Writing stick: 25 %");
    assert_eq!(said(vec![moved(1, 49)]), "");
    let both = said(vec![moved(1, 80), moved(2, 50)]);
    assert_eq!(both, "Writing stick: 80 %\nWriting stick: 50 %");
    assert_eq!(
        said(vec![moved(1, 100), moved(2, 60)]),
        "",
        "that is its end"
    );
    let without_total = transfer(3, TransferKind::Import, "/media/stick");
    assert_eq!(said(vec![without_total]), "");
}

#[test]
fn the_status_lists_what_runs_until_the_node_has_ended() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    update(
        &mut state,
        Told::Transfers(vec![moved(1, 10), moved(2, 90)]),
    );
    let status = |state: &mut State| {
        let told = Told::Status(Box::new(sample::status()));
        shown(&update(state, told))
    };
    let said = status(&mut state);
    assert!(
        said.contains("1  Writing stick: 10 %\n2  Writing stick: 90 %"),
        "{said}"
    );
    update(&mut state, Event::Locked(true));
    assert!(!status(&mut state).contains("Writing"));
    let stale = Told::Stale(Changed {
        transfers: true,
        ..sample::unchanged(1)
    });
    update(&mut state, stale);
    let asked = Effect::Ask(Ask::Transfers);
    assert!(!update(&mut state, Event::Tick).contains(&asked));
    update(&mut state, Event::Locked(false));
    assert!(update(&mut state, Event::Tick).contains(&asked));
}

#[test]
fn the_only_one_is_stopped_or_the_one_of_a_number_and_without_one_they_are_listed() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let nothing = shown(&typed(&mut state, "/cancel-transfer"));
    assert_eq!(nothing, "Nothing is being written or taken in.");
    let stops = |id| Effect::Ask(Ask::CancelTransfer(id));
    update(&mut state, Told::Transfers(vec![moved(7, 10)]));
    let effects = typed(&mut state, "/cancel-transfer");
    assert!(effects.contains(&stops(7)));
    assert_eq!(shown(&effects), "Stopping this: Writing stick");
    update(
        &mut state,
        Told::Transfers(vec![moved(7, 10), moved(9, 90)]),
    );
    for line in [
        "/cancel-transfer",
        "/cancel-transfer 3",
        "/cancel-transfer x",
    ] {
        let effects = typed(&mut state, line);
        let said = shown(&effects);
        assert!(said.contains("Which? /cancel-transfer N"), "{said}");
        assert!(said.contains("2  Writing stick: 90 %"), "{said}");
        assert!(
            effects
                .iter()
                .all(|effect| matches!(effect, Effect::Show(_)))
        );
    }
    assert!(typed(&mut state, "/cancel-transfer 2").contains(&stops(9)));
}

/// What a node says of a transfer that it does not have any more.
fn over() -> Failure {
    let said = Said::sentence("no_transfer", Vec::new(), "there is no such".to_owned());
    ApiError::new(tidings_node::api::ErrorKind::NotFound, said).into()
}

#[test]
fn what_ends_just_as_it_is_to_be_stopped_is_said_to_have_ended_and_is_no_problem() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    update(&mut state, Told::Transfers(vec![moved(7, 99)]));
    let effects = typed(&mut state, "/cancel-transfer");
    assert_eq!(shown(&effects), "Stopping this: Writing stick");
    let asked = Ask::CancelTransfer(7);
    let effects = update(&mut state, Told::Failed(asked.clone(), over()));
    let said = "It had ended before it could be stopped.";
    assert_eq!(effects, [hint(Safe::line(said))]);
    let other = Failure::failed("the disk is full.");
    let effects = update(&mut state, Told::Failed(asked, other));
    assert_eq!(effects, [trouble(Safe::line("the disk is full."))]);
}

#[test]
fn a_number_is_that_of_the_list_that_was_printed_whatever_ends_or_begins_meanwhile() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let stops = |id| Effect::Ask(Ask::CancelTransfer(id));
    let now = |state: &mut State, ids: &[u64]| {
        let all = ids.iter().map(|id| moved(*id, 10)).collect();
        update(state, Told::Transfers(all));
    };
    now(&mut state, &[7, 8]);
    let never_listed = shown(&typed(&mut state, "/cancel-transfer 2"));
    assert!(never_listed.contains("Which?"), "{never_listed}");
    now(&mut state, &[8, 9, 10]);
    assert!(typed(&mut state, "/cancel-transfer 2").contains(&stops(8)));
    let ended = typed(&mut state, "/cancel-transfer 1");
    let said = "That has ended already: stick";
    assert_eq!(ended, [hint(Safe::line(said))]);
    update(&mut state, Told::Status(Box::new(sample::status())));
    now(&mut state, &[9]);
    assert!(typed(&mut state, "/cancel-transfer 2").contains(&stops(9)));
    now(&mut state, &[]);
    let ended = typed(&mut state, "/cancel-transfer 2");
    assert_eq!(ended, [hint(Safe::line(said))]);
    // Another node begins to count anew.
    let elsewhere = Transfer {
        path: "/media/other".into(),
        ..moved(9, 10)
    };
    update(&mut state, Told::Transfers(vec![elsewhere]));
    let ended = typed(&mut state, "/cancel-transfer 2");
    assert_eq!(ended, [hint(Safe::line(said))]);
}
