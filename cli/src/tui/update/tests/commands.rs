//! Lines that are commands where nothing but lines is typed.

use super::*;
use crate::chat::{ACTIONS, Entry, Layer, slashes};

/// The texts that are sent with so much written.
fn sent(state: &mut State, text: &str) -> Vec<String> {
    update(state, Event::Paste(text.to_owned()));
    let mut sent = Vec::new();
    for ask in asks(press(state, "enter")) {
        if let Ask::Send { text, .. } = ask {
            sent.push(text);
        }
    }
    sent
}

#[test]
fn a_command_of_the_line_chat_is_shown_and_not_sent_and_done_by_the_key_that_does_what_is_shown() {
    let mut state = opened(Vec::new());
    assert_eq!(sent(&mut state, "/invite"), [""; 0]);
    assert!(
        shows(&state, "Make a code for a friend"),
        "{:#?}",
        screen(&state)
    );
    assert!(shows(&state, "//invite is sent as a message"));
    press(&mut state, "esc");
    assert!(shows(&state, "/invite"), "it is still written");
    press(&mut state, "enter");
    assert_eq!(asks(press(&mut state, "enter")), [Ask::Invite]);
    press(&mut state, "esc");
    assert!(!shows(&state, "/invite"), "{:#?}", screen(&state));
    press(&mut state, "ctrl-_");
    assert!(shows(&state, "/invite"), "it can be fetched back");
}

#[test]
fn what_follows_a_command_is_never_taken_away() {
    let mut state = opened(Vec::new());
    assert_eq!(sent(&mut state, "/create Sunday walk"), [""; 0]);
    press(&mut state, "enter esc");
    assert!(
        shows(&state, "/create Sunday walk"),
        "{:#?}",
        screen(&state)
    );
}

#[test]
fn every_command_of_the_line_chat_is_chosen_where_it_is_shown() {
    for slash in slashes() {
        let mut state = opened(Vec::new());
        assert_eq!(sent(&mut state, slash.verb), [""; 0], "{}", slash.verb);
        let Some(Popup::Palette { input, choice, .. }) = &state.popup else {
            panic!("{}", slash.verb);
        };
        let found = crate::tui::state::commands(&state, input.text());
        let chosen = found[choice.of(found.len())];
        let mut all = ACTIONS.iter();
        let meant = all.find(|entry| entry.slash == Some(slash)).unwrap();
        let is_for_members = chosen.action == Action::Members && !meant.is_command();
        assert!(
            chosen == meant || is_for_members,
            "{}: {}",
            slash.verb,
            chosen.name
        );
    }
}

#[test]
fn nothing_but_one_line_that_begins_with_a_command_is_taken_for_one() {
    for text in [
        "/etc/hosts",
        "/help/ful",
        "// a comment",
        "see /help",
        "/help\n/quit",
        "/",
    ] {
        let mut state = opened(Vec::new());
        assert_eq!(sent(&mut state, text), [text]);
        assert_eq!(state.popup, None);
    }
}

#[test]
fn a_command_that_is_mistyped_is_not_sent_and_stays_written_to_be_put_right() {
    for (text, word) in [
        ("/impotr ~/stick", "/impotr"),
        (" /he", "/he"),
        ("/cancel-jion", "/cancel-jion"),
    ] {
        let mut state = opened(Vec::new());
        update(&mut state, Event::Paste(text.to_owned()));
        assert_eq!(press(&mut state, "enter"), [Effect::Bell], "{text}");
        assert_eq!(state.popup, None);
        let said = format!("there is no {word}.");
        assert!(shows(&state, &said), "{:#?}", screen(&state));
        assert_eq!(state.composer().unwrap().buffer().text(), text);
    }
}

#[test]
fn two_slashes_send_a_command_as_a_message_with_one() {
    let mut state = opened(Vec::new());
    assert_eq!(
        sent(&mut state, "//quit is how to leave"),
        ["/quit is how to leave"]
    );
    assert_eq!(sent(&mut state, "//he"), ["/he"]);
    assert_eq!(sent(&mut state, "//etc/hosts"), ["//etc/hosts"]);
    assert_eq!(sent(&mut state, "///help"), ["///help"]);
}

#[test]
fn a_command_that_was_sent_as_a_message_and_not_stored_is_written_so_again() {
    for text in ["//help", "//he"] {
        let mut state = opened(Vec::new());
        update(&mut state, Event::Paste(text.to_owned()));
        let asked = asks(press(&mut state, "enter"));
        let failure = Failure::failed("the disk is full.");
        let told = Told::Failed(asked[0].clone(), failure);
        update(&mut state, Event::Told(told));
        assert_eq!(state.composer().unwrap().buffer().text(), text);
    }
}

#[test]
fn a_message_that_is_edited_may_begin_with_a_command() {
    let mut state = opened(vec![own(1, MessageState::Read)]);
    press(&mut state, "tab ctrl-e ctrl-u");
    update(&mut state, Event::Paste("/help".to_owned()));
    let edited = asks(press(&mut state, "enter"));
    assert!(
        matches!(&edited[0], Ask::Edit { text, .. } if text == "/help"),
        "{edited:?}"
    );
}

/// What the palette finds, the best first.
fn found(state: &State, text: &str) -> Vec<Action> {
    let found = crate::tui::state::commands(state, text);
    found.iter().map(|entry| entry.action).collect()
}

#[test]
fn what_begins_as_it_is_typed_is_found_first_and_then_what_has_words_that_begin_so() {
    let state = opened(Vec::new());
    for text in ["take in", "Take IN ", "take in what is"] {
        assert_eq!(found(&state, text)[0], Action::Import, "{text}");
    }
    for entry in ACTIONS.iter().filter(|entry| entry.is_command()) {
        let about = state.texts.action(entry);
        assert_eq!(found(&state, about.as_str())[0], entry.action, "{about:?}");
    }
    let all = found(&state, "stick");
    assert!(
        all.starts_with(&[Action::Export, Action::Import]),
        "{all:?}"
    );
}

#[test]
fn of_what_fits_alike_what_is_possible_where_one_is_comes_first() {
    let mut state = opened(vec![message(1)]);
    for (focus, layer) in [
        (Focus::Composer, Layer::Composer),
        (Focus::Messages, Layer::Messages),
    ] {
        state.focus = focus;
        let begin = |entry: &&'static Entry| {
            let about = state.texts.action(entry);
            about.as_str().to_lowercase().starts_with("re")
        };
        let all = crate::tui::state::commands(&state, "re");
        let all: Vec<_> = all.into_iter().filter(begin).collect();
        let is_here = |entry: &&'static Entry| {
            let mut layers = entry.layers.iter();
            layers.any(|one| [Layer::Everywhere, layer].contains(one))
        };
        assert!(all.len() > 1 && all.is_sorted_by_key(|entry| !is_here(entry)));
    }
}
