use proptest::prelude::*;

use super::*;
use crate::output::sample;

/// A message that is the one of that number in its conversation.
fn message(number: usize) -> Message {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Message {
        id: OperationId::new(bytes),
        ..sample::received("Ben", &number.to_string())
    }
}

fn page(numbers: std::ops::Range<usize>) -> Vec<Item> {
    these(numbers)
}

fn these(numbers: impl IntoIterator<Item = usize>) -> Vec<Item> {
    let numbers = numbers.into_iter();
    numbers.map(message).map(Item::from).collect()
}

fn numbers(window: &Window) -> Vec<usize> {
    window
        .messages()
        .map(|message| message.body.parse().unwrap())
        .collect()
}

#[test]
fn a_window_takes_the_most_messages_and_lets_go_of_one_more_where_nobody_looks() {
    let mut window = Window::of(
        page(1..WINDOW_MESSAGES_MAX + 1),
        Beyond::More,
        Beyond::Nothing,
    );
    assert_eq!(window.len(), WINDOW_MESSAGES_MAX);
    assert_eq!(window.beyond(Side::Newer), Beyond::Nothing);
    let beside = window.ask(Side::Older).unwrap();
    window.take(Side::Older, beside, page(0..1), false, None);
    assert_eq!(window.len(), WINDOW_MESSAGES_MAX);
    assert_eq!(window.at(0), Some(&message(0).into()));
    assert_eq!(window.beyond(Side::Older), Beyond::Nothing);
    assert_eq!(window.beyond(Side::Newer), Beyond::More);
}

#[test]
fn what_lies_beyond_an_end_is_asked_for_once() {
    let mut window = Window::of(page(10..20), Beyond::More, Beyond::Nothing);
    assert_eq!(window.ask(Side::Older), Some(message(10).id));
    assert_eq!(window.ask(Side::Older), None);
    window.failed(Side::Older);
    assert_eq!(window.ask(Side::Older), Some(message(10).id));
    assert_eq!(window.ask(Side::Newer), None, "it ends there");
}

#[test]
fn a_page_for_an_end_that_is_there_no_longer_is_not_taken() {
    let mut window = Window::of(page(10..20), Beyond::More, Beyond::Nothing);
    let beside = window.ask(Side::Older).unwrap();
    window.remove(&[beside].into());
    window.take(Side::Older, beside, page(5..10), true, None);
    assert_eq!(numbers(&window), (11..20).collect::<Vec<_>>());
    assert_eq!(window.beyond(Side::Older), Beyond::More);
}

#[test]
fn the_end_as_it_is_now_is_joined_in_the_order_that_it_says() {
    let mut window = Window::of(these([1, 3, 5]), Beyond::Nothing, Beyond::Nothing);
    let now = these([2, 3, 4, 5, 6]);
    assert!(window.take_latest(now, true, None));
    assert_eq!(numbers(&window), [1, 2, 3, 4, 5, 6]);
    let now = these([1, 2, 4]);
    assert!(window.take_latest(now, false, None));
    assert_eq!(numbers(&window), [1, 2, 4], "what is gone is gone");
}

#[test]
fn an_end_far_from_what_is_here_leaves_a_part_to_be_asked_for() {
    let mut window = Window::of(page(0..5), Beyond::Nothing, Beyond::Nothing);
    let looked_at = Some(message(2).id);
    assert!(!window.take_latest(page(50..60), true, looked_at));
    assert_eq!(numbers(&window), (0..5).collect::<Vec<_>>());
    assert_eq!(window.beyond(Side::Newer), Beyond::More);
}

#[test]
fn an_end_far_from_what_is_here_takes_its_place_if_nothing_there_is_looked_at() {
    let mut window = Window::of(page(0..5), Beyond::Nothing, Beyond::Nothing);
    assert!(window.take_latest(page(50..60), true, None));
    assert_eq!(numbers(&window), (50..60).collect::<Vec<_>>());
    assert_eq!(window.beyond(Side::Newer), Beyond::Nothing);
    assert_eq!(window.beyond(Side::Older), Beyond::More);
}

#[test]
fn what_is_looked_at_stays_here_whatever_comes_at_either_end() {
    let first = 1_000;
    let mut window = Window::of(
        page(first..first + WINDOW_MESSAGES_MAX),
        Beyond::More,
        Beyond::Nothing,
    );
    let looked_at = Some(message(first + 3).id);
    for end in (first + WINDOW_MESSAGES_MAX..first + 2 * WINDOW_MESSAGES_MAX).step_by(40) {
        window.take_latest(page(end - 10..end + 40), true, looked_at);
        assert!(window.message(message(first).id).is_some(), "{end}");
    }
    assert_eq!(window.beyond(Side::Newer), Beyond::More);
    assert_eq!(window.beyond(Side::Older), Beyond::More, "as before");
    let looked_at = window.at(window.len() - 1).map(Item::id);
    let beside = window.ask(Side::Older).unwrap();
    window.take(Side::Older, beside, page(950..first), true, looked_at);
    assert_eq!(window.at(window.len() - 1).map(Item::id), looked_at);
    assert_eq!(window.beyond(Side::Older), Beyond::More);
}

#[test]
fn a_message_is_changed_where_it_stands() {
    let mut window = Window::of(page(0..3), Beyond::Nothing, Beyond::Nothing);
    let mut changed = message(1);
    changed.pinned = true;
    assert!(window.change(&changed));
    assert_eq!(window.at(1), Some(&changed.clone().into()));
    assert!(!window.change(&message(7)));
}

#[test]
fn what_was_done_has_a_place_beside_which_more_is_asked_for_and_goes_like_a_message() {
    let deed = sample::left("Cho");
    let items = vec![deed.clone().into(), message(1).into()];
    let mut window = Window::of(items, Beyond::More, Beyond::Nothing);
    assert_eq!((window.len(), numbers(&window)), (2, vec![1]));
    assert_eq!(window.message(deed.id), None);
    assert_eq!(window.ask(Side::Older), Some(deed.id));
    window.take(Side::Older, deed.id, page(0..1), false, None);
    assert_eq!(window.place(deed.id), Some(1));
    window.remove(&[deed.id].into());
    assert_eq!(numbers(&window), [0, 1]);
    assert_eq!(window.place(deed.id), None);
}

#[derive(Debug, Clone)]
enum Step {
    Ask(bool),
    Latest(usize),
    Remove(usize),
}

proptest! {
    #[test]
    fn whatever_comes_the_messages_stand_in_order_each_once_and_bounded(
        steps in proptest::collection::vec(
            prop_oneof![
                any::<bool>().prop_map(Step::Ask),
                (1..120_usize).prop_map(Step::Latest),
                (0..500_usize).prop_map(Step::Remove),
            ],
            0..40,
        ),
    ) {
        let all = 900;
        let mut window = Window::of(page(450..500), Beyond::More, Beyond::More);
        for step in steps {
            match step {
                Step::Ask(older) => {
                    let side = if older { Side::Older } else { Side::Newer };
                    if let Some(beside) = window.ask(side) {
                        let at: usize = window.message(beside).unwrap().body.parse().unwrap();
                        let (range, more) = if older {
                            (at.saturating_sub(50)..at, at > 50)
                        } else {
                            (at + 1..(at + 51).min(all), at + 51 < all)
                        };
                        window.take(side, beside, page(range), more, None);
                    }
                }
                Step::Latest(count) => {
                    window.take_latest(page(all - count..all), count < all, None);
                }
                Step::Remove(number) => window.remove(&[message(number).id].into()),
            }
            let present = numbers(&window);
            prop_assert!(present.is_sorted_by(|a, b| a < b));
            prop_assert!(present.len() <= WINDOW_MESSAGES_MAX);
        }
    }
}
