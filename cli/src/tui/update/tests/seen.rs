//! What counts as seen, and what stays where it is while messages arrive.

use super::*;
use crate::chat::{ACTIONS, Entry, Subject};
use crate::tui::update::update as happens;

fn unread(number: usize) -> Message {
    Message {
        change: Change::New,
        read: false,
        ..message(number)
    }
}

fn page_asked(effects: Vec<Effect>) -> Option<Ask> {
    let mut asked = asks(effects).into_iter();
    asked.find(|ask| matches!(ask, Ask::Page { .. }))
}

/// What the node answers to a request for a page.
fn page(ask: &Ask, messages: Vec<Message>) -> Event {
    let Ask::Page {
        ticket,
        place,
        anchor,
        ..
    } = ask
    else {
        panic!("{ask:?}");
    };
    Event::Told(Told::Page {
        ticket: *ticket,
        place: *place,
        anchor: *anchor,
        items: items(messages),
        gaps: Vec::new(),
    })
}

fn has_read(effects: &[Effect]) -> bool {
    let mut all = effects.iter();
    all.any(|effect| matches!(effect, Effect::Ask(Ask::MarkRead(_))))
}

#[test]
fn nothing_is_read_before_it_was_drawn() {
    let mut state = opened((0..50).map(message).collect());
    let asked = page_asked(happens(
        &mut state,
        Event::Told(Told::News(vec![unread(50)])),
    ));
    let messages = (1..50).map(message).chain([unread(50)]).collect();
    let came = happens(&mut state, page(&asked.unwrap(), messages));
    assert!(!has_read(&came), "{came:?}");
    assert!(has_read(&happens(&mut state, Event::Drawn)));
}

#[test]
fn where_the_end_takes_the_place_of_what_was_there_what_nobody_saw_is_not_read() {
    let mut state = opened((0..50).map(message).collect());
    let news = Event::Told(Told::News((50..250).map(unread).collect()));
    let asked = page_asked(update(&mut state, news)).unwrap();
    let end: Vec<Message> = (200..250).map(unread).collect();
    let ids: Vec<OperationId> = end.iter().map(|message| message.id).collect();
    let asks = asks(update(&mut state, page(&asked, end)));
    let mut read = Vec::new();
    for ask in asks {
        if let Ask::MarkRead(messages) = ask {
            read.extend(messages);
        }
    }
    assert!(!read.is_empty() && read.len() < ids.len());
    assert!(ids.ends_with(&read), "those on the screen: {read:?}");
}

#[test]
fn nothing_that_passes_on_the_way_to_the_end_is_read() {
    let mut state = opened((0..50).map(message).collect());
    // Whoever has chosen a message keeps it, and so has what lies between.
    state.open.as_mut().unwrap().selected = Some(message(49).id);
    let news = Event::Told(Told::News((50..250).map(unread).collect()));
    let asked = page_asked(update(&mut state, news));
    // The end, which does not join what is here.
    let mut effects = update(
        &mut state,
        page(&asked.unwrap(), (200..250).map(unread).collect()),
    );
    for first in [50, 100, 150] {
        assert!(!has_read(&effects), "{effects:?}");
        let asked = page_asked(effects);
        let messages = (first..first + 50).map(unread).collect();
        effects = update(&mut state, page(&asked.unwrap(), messages));
    }
    let asked = page_asked(effects).unwrap();
    let end = (200..250).map(unread).collect();
    let effects = update(&mut state, page(&asked, end));
    assert!(!has_read(&effects), "a full page may not be the last");
    let asked = page_asked(effects).unwrap();
    assert!(has_read(&update(&mut state, page(&asked, Vec::new()))));
}

#[test]
fn what_is_read_further_up_stays_on_the_screen_in_a_flood() {
    let mut state = opened((1_000..1_400).map(message).collect());
    state.is_looked_at = false;
    press(&mut state, "tab");
    for _ in 0..100 {
        press(&mut state, "up up up");
    }
    let before = screen(&state);
    let selected = state.open.as_ref().unwrap().selected;
    for end in (1_400..2_200).step_by(40) {
        let news = Event::Told(Told::News((end..end + 40).map(unread).collect()));
        let asked = page_asked(update(&mut state, news)).unwrap();
        let messages = (end - 10..end + 40).map(unread).collect();
        update(&mut state, page(&asked, messages));
    }
    assert_eq!(screen(&state), before);
    assert_eq!(state.open.as_ref().unwrap().selected, selected);
}

#[test]
fn the_screen_stays_beside_a_message_that_is_gone() {
    let mut state = opened((0..100).map(message).collect());
    press(&mut state, "pageup pageup");
    let Scroll::At {
        message: lowest, ..
    } = state.open.as_ref().unwrap().scroll
    else {
        panic!("it is at the end");
    };
    let place = state.open.as_ref().unwrap().window.place(lowest).unwrap();
    update(&mut state, Event::Told(Told::Gone(vec![lowest])));
    let before = format!("message {}", place - 1);
    assert!(shows(&state, &before), "{:#?}", screen(&state));
    assert!(!shows(&state, "message 99"));
}

#[test]
fn what_is_done_to_a_message_that_is_gone_falls_on_no_other() {
    let is_about_one = |entry: &&Entry| {
        let of_all = [Action::Show, Action::Latest, Action::Search];
        matches!(entry.action.subject(), Subject::Message(_)) && !of_all.contains(&entry.action)
    };
    for entry in ACTIONS.iter().filter(is_about_one) {
        let mut state = opened(vec![own(1, MessageState::Read), own(2, MessageState::Read)]);
        press(&mut state, "tab up shift-tab");
        assert_eq!(state.open.as_ref().unwrap().selected, Some(message(1).id));
        update(&mut state, Event::Told(Told::Gone(vec![message(1).id])));
        assert_eq!(action::act(&mut state, entry.action), [Effect::Bell]);
        assert!(shows(&state, "That message is not here any more."));
        assert!(state.popup.is_none());
    }
}

#[test]
fn nothing_is_done_to_a_message_among_messages_of_which_none_is_chosen() {
    let mut state = opened(vec![message(1), message(2)]);
    state.focus = Focus::Messages;
    assert_eq!(action::act(&mut state, Action::Pin), [Effect::Bell]);
    assert!(shows(&state, "Choose a message first."));
}

#[test]
fn whoever_is_asked_whether_to_delete_a_message_sees_which() {
    let mut state = opened(vec![own(1, MessageState::Read), message(2), message(3)]);
    press(&mut state, "tab up up delete");
    let shown = screen(&state);
    let at = shown
        .iter()
        .position(|row| row.contains("Delete this message"));
    let rows = &shown[at.unwrap()..at.unwrap() + 2];
    assert!(rows[1].contains("message 1"), "{shown:#?}");
}

/// A message of so many rows.
fn long(number: usize, rows: usize) -> Message {
    Message {
        body: vec!["row"; rows].join("\n"),
        ..unread(number)
    }
}

/// What is read of a message of so many rows, below others, where only its end is on the screen.
fn read_at_the_end_of(rows: usize) -> Vec<Effect> {
    let mut state = opened((0..30).map(message).collect());
    state.is_looked_at = false;
    let news = Event::Told(Told::News(vec![long(30, rows)]));
    let asked = page_asked(update(&mut state, news)).unwrap();
    let messages = (0..30).map(message).chain([long(30, rows), message(31)]);
    update(&mut state, page(&asked, messages.collect()));
    let height = scene::message_rows(&state);
    let filler = Message {
        body: vec!["below"; height - 4].join("\n"),
        ..message(31)
    };
    update(&mut state, Event::Told(Told::Changed(Box::new(filler))));
    update(&mut state, Event::LookedAt(true))
}

#[test]
fn a_message_that_fits_the_screen_is_read_once_all_of_it_was_on_it() {
    assert!(has_read(&read_at_the_end_of(1)), "it is there whole");
    assert!(!has_read(&read_at_the_end_of(10)), "its end alone is there");
    assert!(has_read(&read_at_the_end_of(60)), "it never is there whole");
}

#[test]
fn a_question_takes_no_letter_that_was_meant_for_something_else_and_no_paste() {
    let mut state = opened(vec![own(1, MessageState::Read)]);
    update(&mut state, at_time(NOON + 10_000));
    press(&mut state, "tab delete");
    let until = NOON + 10_000 + popup::DEAF_MILLIS;
    assert_eq!(asks(press(&mut state, "y n")), []);
    update(&mut state, at_time(until - 1));
    assert_eq!(asks(press(&mut state, "y n")), []);
    update(&mut state, at_time(until));
    assert_eq!(asks(update(&mut state, Event::Paste("y".to_owned()))), []);
    assert!(shows(&state, "Delete this message"));
    assert_eq!(asks(press(&mut state, "y")).len(), 1);
}

#[test]
fn the_key_that_was_meant_for_what_went_away_by_itself_sends_nothing() {
    let mut state = opened(Vec::new());
    write(&mut state, "half a mess");
    action::act(&mut state, Action::Invite);
    let failed = Told::Failed(Ask::Invite, Failure::failed("no room."));
    update(&mut state, Event::Told(failed));
    assert!(state.popup.is_none());
    assert_eq!(asks(press(&mut state, "enter x")), []);
    update(&mut state, Event::Paste("x".to_owned()));
    assert!(shows(&state, "half a mess") && !shows(&state, "half a messx"));
    update(&mut state, at_time(NOON + popup::DEAF_MILLIS));
    write(&mut state, "age");
    assert!(shows(&state, "half a message"));
    press(&mut state, "f1 esc");
    assert!(matches!(
        asks(press(&mut state, "enter")).as_slice(),
        [Ask::Send { .. }, ..]
    ));
}

#[test]
fn what_opens_by_itself_is_seen_by_nobody_before_a_key_or_the_terminal_says_so() {
    for is_told in [false, true] {
        let mut state = state();
        if is_told {
            happens(&mut state, Event::LookedAt(true));
        }
        let asked = page_asked(update(&mut state, Event::Reopened(place()))).unwrap();
        let messages = (0..5).map(unread).collect();
        let effects = update(&mut state, page(&asked, messages));
        assert_eq!(has_read(&effects), is_told);
        assert!(has_read(&press(&mut state, "left")) != is_told);
    }
}
