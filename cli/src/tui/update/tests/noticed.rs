//! What somebody is told who does not look.

use super::*;
use crate::tui::notify::{TELL_MILLIS, Untold, Way};

fn new(number: usize) -> Message {
    Message {
        change: Change::New,
        read: false,
        ..message(number)
    }
}

/// Somebody who looks elsewhere, and wants to be told so.
fn away(way: Way) -> State {
    let mut state = opened(vec![message(1)]);
    state.wish.way = way;
    state.tells_of_looks = true;
    update(&mut state, Event::LookedAt(false));
    state
}

fn arrives(state: &mut State, message: Message) -> Vec<Effect> {
    update(state, Event::Told(Told::News(vec![message])))
}

fn bells(effects: &[Effect]) -> usize {
    let bells = effects.iter().filter(|effect| **effect == Effect::Bell);
    bells.count()
}

fn notified(effects: Vec<Effect>) -> Vec<crate::tui::notify::Notification> {
    let mut all = Vec::new();
    for effect in effects {
        if let Effect::Notify(notification) = effect {
            all.push(notification);
        }
    }
    all
}

#[test]
fn a_burst_rings_once_and_the_rest_of_it_once_more() {
    let mut state = away(Way::Bell);
    let mut rung = 0;
    for number in 2..1_002 {
        rung += bells(&arrives(&mut state, new(number)));
    }
    assert_eq!(rung, 1);
    assert_eq!(bells(&update(&mut state, at_time(NOON + TELL_MILLIS))), 1);
    let later = NOON + 2 * TELL_MILLIS;
    assert_eq!(bells(&update(&mut state, at_time(later))), 0);
}

#[test]
fn the_desktop_is_told_how_many_and_by_whom_only_where_that_is_wanted() {
    let mut state = away(Way::Desktop);
    let told = arrives(&mut state, new(2));
    assert_eq!(bells(&told), 0);
    let told = notified(told);
    assert_eq!((told.len(), &told[0].from), (1, &None));
    assert!(!told[0].summary.as_str().contains("message 2"));
    state.wish.has_names = true;
    arrives(&mut state, new(3));
    let told = notified(update(&mut state, at_time(NOON + TELL_MILLIS)));
    assert_eq!(told[0].from.as_ref().unwrap().as_str(), "Ben");
}

#[test]
fn what_is_looked_at_is_not_told_of_and_what_waits_is_forgotten_by_who_comes_back() {
    let mut state = away(Way::Both);
    arrives(&mut state, new(2));
    arrives(&mut state, new(3));
    update(&mut state, Event::LookedAt(true));
    assert_eq!(bells(&arrives(&mut state, new(4))), 0);
    let later = update(&mut state, at_time(NOON + TELL_MILLIS));
    assert_eq!(bells(&later), 0);
}

#[test]
fn a_muted_conversation_tells_only_of_mentions_and_nothing_does_where_that_is_not_wanted() {
    let mut state = away(Way::Bell);
    change_conversation(&mut state, 0, |one| one.muted = true);
    assert_eq!(bells(&arrives(&mut state, new(2))), 0);
    let mention = Message {
        mentions_me: true,
        ..new(3)
    };
    assert_eq!(bells(&arrives(&mut state, mention)), 1);
    let mut state = away(Way::Off);
    assert_eq!(
        arrives(&mut state, new(2))
            .iter()
            .filter(|one| **one == Effect::Bell)
            .count(),
        0
    );
}

#[test]
fn where_the_desktop_cannot_be_told_that_is_said_and_the_bell_rings_from_then_on() {
    let mut state = away(Way::Desktop);
    let why = Untold::Refused("no \u{1b}[2Jbus".to_owned());
    let effects = update(&mut state, Event::NoDesktop(why));
    assert_eq!(bells(&effects), 1);
    assert!(shows(&state, "The desktop cannot be told"));
    assert_eq!(bells(&arrives(&mut state, new(2))), 1);
}

#[test]
fn the_title_says_in_how_many_conversations_something_is_unread_and_nothing_that_anybody_wrote() {
    let mut state = state();
    let titles = |effects: Vec<Effect>| {
        let mut titles = Vec::new();
        for effect in effects {
            if let Effect::Title(title) = effect {
                titles.push(title);
            }
        }
        titles
    };
    assert_eq!(titles(update(&mut state, at_time(NOON))), ["Tidings"]);
    let mut all = vec![direct('b', "Ben"), direct('c', "Carla")];
    all[0].unread = 7;
    all[1].unread = 1;
    all[1].muted = true;
    let told = |all: &[Conversation]| Event::Told(Told::Conversations(all.to_vec()));
    assert_eq!(titles(update(&mut state, told(&all))), ["(1) Tidings"]);
    assert_eq!(titles(update(&mut state, told(&all))), Vec::<String>::new());
    all[1].mentions = 1;
    assert_eq!(titles(update(&mut state, told(&all))), ["(2, @1) Tidings"]);
    state.wish.has_title = false;
    all[0].unread = 0;
    assert_eq!(titles(update(&mut state, told(&all))), Vec::<String>::new());
}

#[test]
fn what_is_said_is_whole_on_a_narrow_screen_and_covers_nothing() {
    let mut state = opened((0..50).map(message).collect());
    let (columns, rows) = (40, 15);
    update(&mut state, Event::Resized(Size { columns, rows }));
    let words = state.texts.join_pending();
    state.say(words.clone());
    let shown = screen(&state);
    let said: Vec<&str> = shown[12..].iter().map(|row| row.trim()).collect();
    assert!(
        words.as_str().starts_with(&said.join(" ")[..100]),
        "{shown:#?}"
    );
    assert!(
        shown.iter().any(|row| row.contains("message 49")),
        "{shown:#?}"
    );
    let (columns, rows) = (80, 24);
    update(&mut state, Event::Resized(Size { columns, rows }));
    let shown = screen(&state);
    let said: Vec<&str> = shown[22..].iter().map(|row| row.trim()).collect();
    assert_eq!(said.join(" "), words.as_str());
}

#[test]
fn an_invitation_into_a_room_is_told_of_once() {
    let mut state = away(Way::Both);
    let mut all = state.book.conversations().to_vec();
    all.push(Conversation {
        standing: tidings_node::api::Standing::Invited,
        ..sample::room('r', "The secret room")
    });
    let told = |all: &[Conversation]| Event::Told(Told::Conversations(all.to_vec()));
    let effects = update(&mut state, told(&all));
    assert_eq!(bells(&effects), 1);
    let notified = notified(effects);
    assert_eq!(notified[0].summary.as_str(), "Invitation into a room");
    assert!(!format!("{notified:?}").contains("secret"));
    update(&mut state, at_time(NOON + TELL_MILLIS));
    assert_eq!(bells(&update(&mut state, told(&all))), 0);
}

#[test]
fn a_clock_that_was_set_forward_and_back_keeps_nothing_waiting_and_nobody_looking() {
    let day = 24 * 60 * 60 * 1_000;
    let time = |now, passed| Event::Time { now, passed };
    let mut state = away(Way::Bell);
    update(&mut state, time(NOON + day, 1));
    state.say("said");
    assert_eq!(bells(&arrives(&mut state, new(2))), 1);
    arrives(&mut state, new(3));
    let set_back = NOON + TELL_MILLIS;
    assert_eq!(
        bells(&update(&mut state, time(set_back, 1 + TELL_MILLIS))),
        1
    );
    assert_eq!(state.clock.now(), set_back, "what is shown is right again");
    let later = 1 + crate::tui::state::TOAST_MILLIS;
    update(&mut state, time(NOON, later));
    assert_eq!(state.toast, None);
    state.tells_of_looks = false;
    update(&mut state, time(NOON + day, later));
    press(&mut state, "up");
    update(&mut state, time(NOON, later + LOOK_MILLIS));
    assert!(!state.is_looked_at);
}
