//! Where the keys go, and what says so.

use super::*;

/// The last row of the screen.
fn last_row(state: &State) -> String {
    screen(state).pop().unwrap()
}

#[test]
fn from_what_is_written_one_goes_to_the_messages_then_to_the_list_and_the_same_way_back() {
    let mut state = opened(vec![message(1)]);
    let mut order = vec![state.focus];
    for key in ["tab", "tab", "tab", "shift-tab", "shift-tab", "shift-tab"] {
        press(&mut state, key);
        order.push(state.focus);
    }
    let [written, messages, list] = [Focus::Composer, Focus::Messages, Focus::List];
    let there_and_back = [written, messages, list, written, list, messages, written];
    assert_eq!(order, there_and_back);
}

#[test]
fn the_part_that_has_the_keys_is_marked_without_colours_and_the_last_row_says_its_keys() {
    let mut state = opened(vec![message(1)]);
    assert!(shows(&state, "\u{25b8} To Ben"));
    assert!(last_row(&state).starts_with("f1 help"));
    press(&mut state, "tab");
    assert!(shows(&state, "\u{25b8} message 1") && !shows(&state, "\u{25b8} To Ben"));
    assert!(last_row(&state).starts_with("ctrl-r answer  ctrl-e edit"));
    press(&mut state, "tab");
    assert!(!shows(&state, "\u{25b8} To Ben"));
    assert!(last_row(&state).starts_with("enter opens  f1 help"));
}

#[test]
fn where_keys_have_no_room_they_are_left_out_whole() {
    let mut state = opened(vec![message(1)]);
    press(&mut state, "tab");
    state.size.columns = 30;
    assert_eq!(last_row(&state).trim_end(), "ctrl-r answer  ctrl-e edit");
}

#[test]
fn the_help_begins_with_the_part_that_has_the_keys() {
    let mut state = opened(vec![message(1)]);
    press(&mut state, "tab f1");
    let rows = screen(&state);
    let first = rows.iter().find(|row| row.contains("In the messages"));
    assert!(
        first.is_some() && !shows(&state, "Where you write"),
        "{rows:#?}"
    );
}

#[test]
fn a_letter_for_which_no_conversation_is_open_says_what_to_do() {
    let mut state = state();
    write(&mut state, "h");
    assert!(last_row(&state).starts_with("Choose a conversation in the list."));
}

#[test]
fn a_slash_for_which_no_conversation_is_open_begins_a_command() {
    let mut state = state();
    forget_all(&mut state);
    write(&mut state, "/join");
    press(&mut state, "enter");
    let asked = matches!(&state.popup, Some(Popup::Ask { .. }));
    assert!(asked, "{:#?}", screen(&state));
}

#[test]
fn that_a_code_waits_for_its_maker_is_in_the_list_until_they_are_there() {
    let mut state = state();
    assert!(!shows(&state, "Waiting for"));
    forget_all(&mut state);
    let mut pending = contact('c', "Carla");
    pending.state = ContactState::Pending;
    state.book.take_contacts(vec![contact('b', "Ben"), pending]);
    assert!(shows(&state, "Ben") && shows(&state, "Waiting for"));
    assert!(!shows(&state, "Carla"));
}

#[test]
fn a_text_that_was_sent_and_is_shown_again_is_said_to_be_one() {
    let mut state = opened(vec![message(1)]);
    write(&mut state, "hello");
    press(&mut state, "enter");
    let said = "An earlier message of yours, written anew";
    assert!(!shows(&state, said));
    press(&mut state, "up");
    assert!(shows(&state, said) && shows(&state, "hello"));
    press(&mut state, "down");
    assert!(!shows(&state, said));
}

#[test]
fn of_two_messages_of_one_author_each_has_a_first_row_that_is_marked() {
    let two_rows = Message {
        body: "one\ntwo".to_owned(),
        ..message(1)
    };
    let state = opened(vec![two_rows, message(2)]);
    assert!(shows(&state, "\u{b7} message 2"));
    assert!(!shows(&state, "\u{b7} two") && !shows(&state, "\u{b7} one"));
}
