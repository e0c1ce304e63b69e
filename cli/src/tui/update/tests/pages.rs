//! Pages of the open conversation: which are asked for, and how often.

use super::*;

/// A page of its end, as the question of that number is answered.
fn newest(ticket: crate::chat::Ticket, messages: Vec<Message>) -> Event {
    Event::Told(Told::Page {
        ticket,
        place: place(),
        anchor: Anchor::Newest,
        items: items(messages),
        gaps: Vec::new(),
    })
}

fn pages(effects: Vec<Effect>) -> Vec<Ask> {
    let mut asks = asks(effects);
    asks.retain(|ask| matches!(ask, Ask::Page { .. }));
    asks
}

/// The question for its end, after news of a message that is not here.
fn asked_again(state: &mut State, number: usize) -> crate::chat::Ticket {
    let news = Event::Told(Told::News(vec![message(number)]));
    let asked = pages(update(state, news));
    let [Ask::Page { ticket, .. }] = asked[..] else {
        panic!("{asked:?}");
    };
    ticket
}

#[test]
fn a_page_in_whose_place_another_was_asked_for_is_not_asked_for_again() {
    let mut state = opened((100..150).map(message).collect());
    let mut asked = Vec::new();
    while asked.is_empty() {
        asked = pages(press(&mut state, "pageup"));
    }
    let superseded = Event::Told(Told::Superseded(asked[0].clone()));
    assert!(pages(update(&mut state, superseded)).is_empty());
    // What failed is.
    let failure = Failure::failed("the disk is full.");
    let failed = Event::Told(Told::Failed(asked[0].clone(), failure));
    assert_eq!(pages(update(&mut state, failed)).len(), 1);
}

#[test]
fn whoever_writes_faster_than_pages_come_is_kept_up_with() {
    let mut state = opened((100..150).map(message).collect());
    let ticket = asked_again(&mut state, 900);
    let event = newest(ticket, (851..901).map(message).collect());
    assert!(
        pages(update(&mut state, event)).is_empty(),
        "what lies between is asked for by nobody"
    );
    assert!(shows(&state, "message 900"));
    assert!(!pages(press(&mut state, "pageup pageup pageup pageup")).is_empty());
}

#[test]
fn whoever_has_chosen_a_message_keeps_it_whatever_arrives() {
    let mut state = opened((100..150).map(message).collect());
    press(&mut state, "tab");
    while state.focus != Focus::Messages {
        press(&mut state, "tab");
    }
    press(&mut state, "up");
    let chosen = state.open.as_ref().unwrap().selected;
    assert!(chosen.is_some());
    let ticket = asked_again(&mut state, 900);
    update(
        &mut state,
        newest(ticket, (851..901).map(message).collect()),
    );
    let pane = state.open.as_ref().unwrap();
    assert!(pane.selected().is_some());
    assert_eq!(pane.selected, chosen);
}

#[test]
fn what_arrives_while_a_message_is_looked_up_does_not_take_its_place() {
    let mut state = opened((100..150).map(message).collect());
    let wanted = message(7);
    let asked = pages(pane::jump(&mut state, place(), wanted.id, None));
    let [Ask::Page { ticket, anchor, .. }] = asked[..] else {
        panic!("{asked:?}");
    };
    let news = Event::Told(Told::News(vec![message(150)]));
    assert!(pages(update(&mut state, news)).is_empty());
    let around = Event::Told(Told::Page {
        ticket,
        place: place(),
        anchor,
        items: items((0..50).map(message).collect()),
        gaps: Vec::new(),
    });
    let after = pages(update(&mut state, around));
    let is_newest = |ask: &Ask| {
        matches!(
            ask,
            Ask::Page {
                anchor: Anchor::Newest,
                ..
            }
        )
    };
    assert!(after.iter().any(is_newest), "{after:?}");
    assert!(shows(&state, "message 7"));
    assert_eq!(state.open.as_ref().unwrap().selected, Some(wanted.id));
}

#[test]
fn the_beginning_has_what_was_done_before_the_first_message_and_more_is_asked_for_beyond_that() {
    use crate::tui::state::{Beyond, Window};

    let deed = |number| tidings_node::api::Deed {
        id: OperationId::new([number; 32]),
        ..sample::left(&format!("Person {number}"))
    };
    let mut state = opened(Vec::new());
    let done = (1..50).map(deed).map(Item::from);
    let items = done.chain([message(7).into()]).collect();
    let pane = state.open.as_mut().unwrap();
    pane.window = Window::of(items, Beyond::More, Beyond::Nothing);
    assert!(shows(&state, "message 7") && !shows(&state, "Person 1 left"));
    let asked = pages(press(&mut state, "tab home"));
    assert!(shows(&state, "Person 1 left"), "{:#?}", screen(&state));
    let [Ask::Page { anchor, .. }] = asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(anchor, Anchor::Before(deed(1).id));
    let selected = state.open.as_ref().and_then(|pane| pane.selected);
    assert_eq!(selected, Some(message(7).id));
}
