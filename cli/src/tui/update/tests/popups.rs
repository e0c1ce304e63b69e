//! What stands in front: that what matters of it is on the screen.

use tidings_node::JoinId;
use tidings_node::api::Check;

use super::*;
use crate::tui::config::Config;
use crate::tui::fault::Faults;

fn check(name: &str, ok: bool) -> Check {
    let words = |what: &str| format!("{what} of {name}");
    Check {
        name: name.to_owned(),
        ok,
        detail: words("detail"),
        hint: if ok { String::new() } else { words("hint") },
        found: Vec::new(),
        helps: Vec::new(),
        person: None,
        since: None,
    }
}

fn examined(checks: Vec<Check>) -> State {
    let mut state = opened(Vec::new());
    press(&mut state, "f3");
    update(&mut state, Event::Told(Told::Checked(checks)));
    state
}

#[test]
fn of_what_the_doctor_finds_only_what_is_not_well_is_told_one_by_one_until_a_key_shows_the_rest() {
    let mut state = examined(vec![
        check("disk", true),
        check("reach", false),
        check("clock", true),
    ]);
    let is_told = |state: &State, name: &str| shows(state, &format!("detail of {name}"));
    assert!(is_told(&state, "reach") && shows(&state, "hint of reach"));
    assert!(shows(&state, "2 checks are well"));
    assert!(!is_told(&state, "disk") && !is_told(&state, "clock"));
    press(&mut state, "enter");
    assert!(is_told(&state, "disk") && is_told(&state, "clock"));
    let rows = screen(&state);
    let row = |words: &str| rows.iter().position(|row| row.contains(words));
    assert!(row("detail of reach") < row("2 checks"), "{rows:#?}");
    assert!(row("2 checks") < row("detail of disk"), "{rows:#?}");
    press(&mut state, "enter");
    assert!(!is_told(&state, "disk") && is_told(&state, "reach"));
    press(&mut state, "esc");
    assert!(state.popup.is_none());
}

#[test]
fn where_nothing_is_well_nothing_is_folded() {
    let mut state = examined(vec![check("reach", false)]);
    assert!(shows(&state, "detail of reach") && !shows(&state, "well"));
    press(&mut state, "enter");
    assert!(state.popup.is_none());
}

fn join() -> JoinId {
    JoinId::new([7; 16])
}

#[test]
fn a_join_that_nobody_answers_is_given_up_once_a_question_is_answered() {
    let mut state = opened(Vec::new());
    let pending = Contact {
        person: None,
        state: ContactState::Pending,
        join: Some(join()),
        ..contact('b', "")
    };
    let mut contacts = state.book.contacts().to_vec();
    contacts.push(pending);
    update(&mut state, Event::Told(Told::Contacts(contacts.clone())));
    press(&mut state, "f4");
    assert!(shows(&state, "wait no longer"), "{:#?}", screen(&state));
    assert_eq!(asks(press(&mut state, "f5 f9 f12")), [], "nobody is known");
    assert_eq!(asks(press(&mut state, "enter")), []);
    assert!(shows(&state, "Wait no longer for whoever made this code?"));
    state.asked_at = 0;
    let later = NOON + popup::DEAF_MILLIS;
    update(&mut state, at_time(later));
    let asked = asks(write(&mut state, "y"));
    assert_eq!(asked, [Ask::CancelJoin(join())]);
    contacts.pop();
    update(&mut state, Event::Told(Told::Contacts(contacts)));
    assert!(shows(&state, "Ben") && !shows(&state, "wait no longer"));
    assert_eq!(asks(press(&mut state, "enter")), [], "it is gone");
}

#[test]
fn the_action_that_gives_up_a_join_shows_who_is_waited_for_or_says_that_nobody_is() {
    let mut state = opened(Vec::new());
    action::act(&mut state, Action::CancelJoin);
    assert!(state.popup.is_none() && shows(&state, "No code that you used"));
    let pending = Contact {
        person: None,
        state: ContactState::Pending,
        join: Some(join()),
        ..contact('b', "")
    };
    let mut contacts = state.book.contacts().to_vec();
    contacts.push(pending);
    update(&mut state, Event::Told(Told::Contacts(contacts)));
    action::act(&mut state, Action::CancelJoin);
    assert_eq!(asks(press(&mut state, "enter")), []);
    assert!(shows(&state, "Wait no longer for whoever made this code?"));
}

#[test]
fn whoever_selects_the_rows_of_a_code_has_nothing_else_with_them() {
    let code = "A2".repeat(77);
    for (columns, rows) in [(40, 15), (80, 24), (200, 50)] {
        let mut state = opened(Vec::new());
        update(&mut state, Event::Resized(Size { columns, rows }));
        action::act(&mut state, Action::Invite);
        let invite = Invite {
            code: code.clone(),
            expires_at: NOON,
        };
        update(&mut state, Event::Told(Told::Invited(invite)));
        let rows = screen(&state);
        let selected = rows.iter().filter(|row| row.contains("A2"));
        let selected: String = selected.map(|row| row.trim()).collect();
        assert_eq!(selected, code, "{rows:#?}");
    }
}

#[test]
fn what_is_wrong_in_a_file_is_told_a_row_each_until_it_is_closed() {
    let mut state = opened(Vec::new());
    let (_, all) = Config::read("mouse = 3\ntheme = \"pink\"\n");
    let path = "/home/ann/interface.toml".into();
    let faults = Faults { path, all };
    state.popup = Some(Popup::Faults { faults, top: 0 });
    assert!(shows(&state, "/home/ann/interface.toml"));
    let rows = screen(&state);
    let has = |words: &str| rows.iter().any(|row| row.contains(words));
    assert!(has("Line 1: `mouse` is one of: true, false."), "{rows:#?}");
    assert!(has("Line 2: `theme` is one of: auto, dark, light, mono."));
    press(&mut state, "esc");
    assert!(state.popup.is_none());
}

#[test]
fn what_is_chosen_before_there_is_a_key_takes_the_place_of_what_stands_in_front() {
    let mut state = opened(Vec::new());
    state.popup = Some(Popup::About { top: 0 });
    let asked = asks(update(&mut state, Event::Chosen(Action::Invite)));
    assert_eq!(asked, [Ask::Invite]);
}

/// How many rows above and below the screen says that there are.
fn beyond(state: &State) -> (usize, usize) {
    let rows = screen(state);
    let count = |sign: char| {
        let mut behind = rows.iter().filter_map(|row| row.split_once(sign));
        let row = behind.next().map_or("0", |(_, row)| row.trim());
        let number = row.split(|sign: char| !sign.is_ascii_digit()).next();
        number.unwrap().parse().unwrap()
    };
    (count('\u{2191}'), count('\u{2193}'))
}

#[test]
fn what_stands_in_front_says_how_much_follows_and_keys_lead_to_its_ends() {
    let mut state = opened(Vec::new());
    for keys in ["f1", "ctrl-k"] {
        press(&mut state, keys);
        let (above, below) = beyond(&state);
        assert!(above == 0 && below > 9, "{keys}: {above}, {below}");
        press(&mut state, "end");
        assert_eq!(beyond(&state), (below, 0), "{keys}");
        press(&mut state, "pageup");
        assert_ne!(beyond(&state), (0, below), "{keys}: it is a page alone");
        press(&mut state, "home");
        assert_eq!(beyond(&state), (0, below), "{keys}");
        press(&mut state, "ctrl-end");
        assert_eq!(beyond(&state).1, 0, "{keys}");
        press(&mut state, "ctrl-home esc");
    }
    press(&mut state, "ctrl-k");
    write(&mut state, "bell");
    assert_eq!(beyond(&state), (0, 0), "all has room");
}

#[test]
fn what_says_that_more_follows_leads_there() {
    let mut state = opened(Vec::new());
    state.size = Size {
        columns: 30,
        rows: 7,
    };
    action::act(&mut state, Action::Identity);
    let (above, below) = beyond(&state);
    assert!(above == 0 && below > 0, "{:#?}", screen(&state));
    press(&mut state, "end");
    assert_eq!(beyond(&state), (below, 0));
}

/// What somebody is to read before they answer it or put it away.
fn to_be_read() -> [Popup; 5] {
    let person = sample::id('b');
    let words = SafetyWords {
        person,
        name: "Ben".to_owned(),
        safety_words: (0..12).map(|number| format!("word{number}")).collect(),
        verified: true,
    };
    let compared = |differ| Popup::Verify {
        person,
        words: Some(words.clone()),
        differ,
        top: 0,
    };
    [
        compared(false),
        compared(true),
        Popup::Confirm {
            question: Question::Block(person, true),
            top: 0,
        },
        Popup::Used {
            said: Safe::line(&"Somebody has used it. ".repeat(9)),
            by: None,
            top: 0,
        },
        Popup::Invite {
            invite: Some(Invite {
                code: "A2".repeat(77),
                expires_at: NOON,
            }),
            is_picture: false,
            top: 0,
        },
    ]
}

#[test]
fn what_is_to_be_read_before_it_is_answered_says_how_much_follows_and_keys_lead_there() {
    for (popup, language) in to_be_read()
        .into_iter()
        .flat_map(|popup| Language::ALL.map(|language| (popup.clone(), language)))
    {
        let mut state = opened(Vec::new());
        change_contact(&mut state, 0, |one| {
            one.name = "\u{d55c}\u{ae00}".repeat(32)
        });
        state.texts = Arc::new(Texts::of(language));
        state.size = Size {
            columns: 30,
            rows: 7,
        };
        state.popup = Some(popup);
        let (above, below) = beyond(&state);
        assert!(above == 0 && below > 0, "{:#?}", screen(&state));
        press(&mut state, "down");
        assert_eq!(beyond(&state), (1, below - 1), "{:#?}", screen(&state));
        press(&mut state, "pagedown pagedown end");
        assert_eq!(beyond(&state), (below, 0), "{:#?}", screen(&state));
        press(&mut state, "home");
        assert_eq!(beyond(&state), (0, below));
    }
}

#[test]
fn in_a_line_that_is_typed_the_ends_of_the_line_come_before_those_of_what_is_found() {
    let mut state = opened(Vec::new());
    press(&mut state, "ctrl-k");
    write(&mut state, "e");
    let (_, below) = beyond(&state);
    press(&mut state, "home");
    write(&mut state, "th");
    assert!(shows(&state, "> the"));
    press(&mut state, "ctrl-u ctrl-u end end");
    assert!(shows(&state, "> e") && beyond(&state) == (below, 0));
}

/// A text of so many rows that are all different.
fn long(rows: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|row| format!("row {row} of it")).collect();
    rows.join("\n")
}

#[test]
fn a_message_that_is_longer_than_the_screen_is_shown_where_the_words_are_that_were_looked_for() {
    for (row, is_here) in [(0, true), (30, true), (59, true), (30, false)] {
        let of_ours = Message {
            body: long(60),
            ..message(7)
        };
        let mut state = opened(if is_here {
            vec![message(1), of_ours.clone(), message(9)]
        } else {
            Vec::new()
        });
        press(&mut state, "ctrl-f");
        let asked = asks(write(&mut state, &format!("\"row {row} of\"")));
        let Some(Ask::Search { ticket, .. }) = asked.last() else {
            panic!("{asked:?}");
        };
        let found = Found {
            messages: vec![of_ours.clone()],
            more: false,
        };
        let ticket = *ticket;
        update(&mut state, Event::Told(Told::Found { ticket, found }));
        let asked = asks(press(&mut state, "enter"));
        if let Some(Ask::Page {
            ticket,
            place,
            anchor: anchor @ Anchor::Around(_),
            ..
        }) = asked.first()
        {
            let told = Told::Page {
                ticket: *ticket,
                place: *place,
                anchor: *anchor,
                items: items(vec![message(1), of_ours, message(9)]),
                gaps: Vec::new(),
            };
            update(&mut state, Event::Told(told));
        }
        let rows = screen(&state);
        let wanted = format!("row {row} of it");
        assert!(rows.iter().any(|row| row.contains(&wanted)), "{rows:#?}");
    }
}

#[test]
fn of_what_is_found_the_words_are_shown_on_a_narrow_screen_too() {
    let of_ours = Message {
        body: long(60),
        ..message(7)
    };
    let mut state = opened(vec![of_ours.clone()]);
    let size = Size {
        columns: 40,
        rows: 15,
    };
    update(&mut state, Event::Resized(size));
    press(&mut state, "ctrl-f");
    let asked = asks(write(&mut state, "\"row 30\""));
    let Some(Ask::Search { ticket, .. }) = asked.last() else {
        panic!("{asked:?}");
    };
    let found = Found {
        messages: vec![of_ours],
        more: false,
    };
    let ticket = *ticket;
    update(&mut state, Event::Told(Told::Found { ticket, found }));
    let rows = screen(&state);
    let is_found = |row: &String| row.contains("30 of it") && row.contains("Ben");
    assert!(rows.iter().any(is_found), "{rows:#?}");
}
