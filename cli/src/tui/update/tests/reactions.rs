//! Reactions to choose from.

use super::*;

/// A message of Ben's, on which somebody put a rocket.
fn asked() -> State {
    let mut message = message(1);
    message.reactions = [("\u{1f680}".to_owned(), vec!["Ben".to_owned()])].into();
    let mut state = opened(vec![message]);
    press(&mut state, "tab ctrl-x");
    state
}

fn put(emoji: &str) -> Vec<Ask> {
    vec![Ask::React {
        place: place(),
        message: message(1).id,
        emoji: emoji.to_owned(),
        remove: false,
    }]
}

#[test]
fn what_is_on_the_message_is_offered_first_and_enter_takes_what_the_arrows_chose() {
    assert_eq!(asks(press(&mut asked(), "enter")), put("\u{1f680}"));
    assert_eq!(asks(press(&mut asked(), "down enter")), put("\u{1f44d}"));
}

#[test]
fn a_digit_takes_the_one_it_stands_before() {
    assert!(shows(&asked(), "1  \u{1f680}") && shows(&asked(), "thumbs up"));
    assert_eq!(asks(press(&mut asked(), "2")), put("\u{1f44d}"));
    assert_eq!(asks(press(&mut asked(), "0")), put("\u{1f44e}"));
}

#[test]
fn a_word_finds_one_and_any_other_emoji_is_taken_as_it_is() {
    let mut state = asked();
    write(&mut state, "Hear");
    assert_eq!(asks(press(&mut state, "enter")), put("\u{2764}\u{fe0f}"));
    let mut state = asked();
    update(&mut state, Event::Paste("\u{1f41f}".to_owned()));
    assert_eq!(asks(press(&mut state, "enter")), put("\u{1f41f}"));
}
