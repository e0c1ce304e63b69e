mod bundles;
mod commands;
mod every_action;
mod in_step;
mod locked;
mod newcomer;
mod noticed;
mod pages;
mod parts;
mod popups;
mod reactions;
mod rooms;
mod seen;
mod vigil;

use std::sync::Arc;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use ratatui::buffer::Buffer as Cells;
use ratatui::layout::Rect;
use tidings_node::OperationId;
use tidings_node::api::{
    Author, Change, Contact, ContactState, Conversation, ConversationKind, DeliveryCounts, Found,
    Identity, Invite, Member, Message, MessageState, Role, SafetyWords,
};

use super::*;
use crate::chat::{Action, Anchor, Book, Item, Place, Told};
use crate::failure::Failure;
use crate::output::sample::{self, contact};
use crate::safe_text::{Safe, corpus};
use crate::texts::{Language, Texts};
use crate::tui::canvas::row_text;
use crate::tui::clock::Clock;
use crate::tui::keys::Preset;
use crate::tui::state::{Focus, Popup, Scroll, Size, TOAST_MILLIS};
use crate::tui::view;

/// What is done about an event, and once its outcome was drawn.
fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = super::update(state, event);
    effects.extend(super::update(state, Event::Drawn));
    effects
}

/// Noon of a day in 2026.
const NOON: u64 = 1_790_000_000_000;

/// It is so late by the system's clock, which nobody has set since noon.
fn at_time(now: u64) -> Event {
    let passed = now - NOON;
    Event::Time { now, passed }
}

fn place() -> Place {
    Place::Person(sample::id('b'))
}

/// What there is to read with a contact.
fn direct(letter: char, name: &str) -> Conversation {
    let member = |letter, name: &str| Member {
        person: sample::id(letter),
        name: name.to_owned(),
        role: Role::Member,
        mentioned_as: Some(name.to_owned()),
    };
    Conversation {
        kind: ConversationKind::Direct,
        members: vec![member('a', "Ann"), member(letter, name)],
        ..sample::room(letter, name)
    }
}

/// Ann, who knows Ben and Carla.
fn state() -> State {
    let identity = Identity {
        person: sample::id('a'),
        device: sample::id('a'),
        name: "Ann".to_owned(),
        safety_words: vec!["one".to_owned(), "two".to_owned()],
    };
    let texts = Arc::new(Texts::of(Language::English));
    let mut state = State::new(identity, Clock::at(NOON, TimeZone::UTC), texts);
    state
        .book
        .take_contacts(vec![contact('b', "Ben"), contact('c', "Carla")]);
    state
        .book
        .take_conversations(vec![direct('b', "Ben"), direct('c', "Carla")]);
    state.keymap = Preset::default().keymap();
    state.status_due = u64::MAX;
    state
}

/// Has the contact of that number be otherwise.
fn change_contact(state: &mut State, number: usize, change: impl FnOnce(&mut Contact)) {
    let mut now = state.book.contacts()[number].clone();
    change(&mut now);
    state.book.take_contact(now);
}

/// Has the conversation of that number be otherwise.
fn change_conversation(state: &mut State, number: usize, change: impl FnOnce(&mut Conversation)) {
    let mut now = state.book.conversations()[number].clone();
    change(&mut now);
    state.book.take_conversation(now);
}

/// Has nobody be known.
fn forget_all(state: &mut State) {
    state.book = Book::of(state.identity.person);
}

/// The message of Ben's of a number.
fn message(number: usize) -> Message {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Message {
        id: OperationId::new(bytes),
        conversation: sample::id('b'),
        sent_at: NOON + u64::try_from(number).unwrap() * 60_000,
        read: true,
        from: Author {
            person: sample::id('b'),
            name: "Ben".to_owned(),
        },
        ..sample::received("Ben", &format!("message {number}"))
    }
}

fn own(number: usize, state: MessageState) -> Message {
    Message {
        mine: true,
        state,
        from: Author {
            person: sample::id('a'),
            name: "Ann".to_owned(),
        },
        delivery: DeliveryCounts {
            people: 1,
            ..DeliveryCounts::default()
        },
        ..message(number)
    }
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split_whitespace() {
        effects.extend(update(state, Event::Key(key.parse().unwrap())));
    }
    effects
}

fn write(state: &mut State, text: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for letter in text.chars() {
        let key = if letter == ' ' {
            "space".to_owned()
        } else {
            letter.to_string()
        };
        effects.extend(press(state, &key));
    }
    effects
}

fn asks(effects: Vec<Effect>) -> Vec<Ask> {
    let mut asks = Vec::new();
    for effect in effects {
        if let Effect::Ask(ask) = effect {
            asks.push(ask);
        }
    }
    asks
}

/// Ben's conversation, opened, with its end there.
fn opened(messages: Vec<Message>) -> State {
    open_in(state(), messages)
}

fn items(messages: Vec<Message>) -> Vec<Item> {
    messages.into_iter().map(Item::from).collect()
}

fn open_in(mut state: State, messages: Vec<Message>) -> State {
    let effects = pane::open(&mut state, place());
    let asked = asks(effects);
    let Some(Ask::Page { ticket, .. }) = asked.last() else {
        panic!("{asked:?}");
    };
    let ticket = *ticket;
    update(
        &mut state,
        Event::Told(Told::Page {
            ticket,
            place: place(),
            anchor: Anchor::Newest,
            items: items(messages),
            gaps: Vec::new(),
        }),
    );
    state
}

fn screen(state: &State) -> Vec<String> {
    let Size { columns, rows } = state.size;
    let mut cells = Cells::empty(Rect::new(0, 0, columns, rows));
    view::draw(state, &mut cells);
    (0..rows).map(|row| row_text(&cells, row)).collect()
}

fn shows(state: &State, text: &str) -> bool {
    screen(state).iter().any(|row| row.contains(text))
}

#[test]
fn a_conversation_is_opened_from_the_list_and_written_in() {
    let mut state = state();
    let effects = asks(press(&mut state, "down enter"));
    assert!(matches!(effects.as_slice(), [Ask::Page { place, .. }] if *place == self::place()));
    assert!(shows(&state, "To Ben"));
    let typed = asks(write(&mut state, "hi Ben"));
    assert_eq!(typed, [Ask::Type(place())], "once in a while");
    assert!(shows(&state, "hi Ben"));
    let sent = asks(press(&mut state, "enter"));
    let send = Ask::Send {
        place: place(),
        text: "hi Ben".to_owned(),
        reply_to: None,
    };
    assert_eq!(sent, [send]);
    assert!(!shows(&state, "hi Ben"));
}

#[test]
fn what_was_not_stored_is_written_again_where_it_was() {
    let mut state = opened(Vec::new());
    write(&mut state, "hello");
    let sent = asks(press(&mut state, "enter"));
    press(&mut state, "ctrl-n");
    write(&mut state, "other");
    let failure = Failure::failed("the disk is full.");
    update(
        &mut state,
        Event::Told(Told::Failed(sent[0].clone(), failure)),
    );
    assert!(shows(&state, "the disk is full."));
    assert!(shows(&state, "other") && !shows(&state, "hello"));
    press(&mut state, "ctrl-p");
    assert!(shows(&state, "hello"));
}

#[test]
fn an_edit_that_was_not_stored_is_an_edit_again_and_an_answer_an_answer() {
    let mut state = opened(vec![message(1), own(2, MessageState::Read)]);
    press(&mut state, "tab ctrl-e ctrl-u");
    write(&mut state, "other");
    let edited = asks(press(&mut state, "enter"));
    press(&mut state, "tab up ctrl-r");
    write(&mut state, "yes");
    let answered = asks(press(&mut state, "enter"));
    for asked in [answered, edited] {
        let told = Told::Failed(asked[0].clone(), Failure::failed("the disk is full."));
        update(&mut state, Event::Told(told));
        assert_eq!(asks(press(&mut state, "enter"))[0], asked[0]);
    }
}

#[test]
fn drafts_are_kept_apart_and_stored_when_another_conversation_is_opened() {
    let mut state = opened(Vec::new());
    write(&mut state, "for Ben");
    let kept = asks(press(&mut state, "ctrl-n"));
    let draft = Ask::SetDraft {
        place: place(),
        text: "for Ben".to_owned(),
    };
    assert!(kept.contains(&draft), "{kept:?}");
    assert!(!shows(&state, "for Ben"));
    press(&mut state, "ctrl-p");
    assert!(shows(&state, "for Ben"));
}

#[test]
fn a_line_break_is_no_end_and_a_paste_is_never_sent() {
    let mut state = opened(Vec::new());
    write(&mut state, "one");
    press(&mut state, "ctrl-j");
    let effects = update(&mut state, Event::Paste("two\r\nthree\r\n".to_owned()));
    assert!(
        !asks(effects)
            .iter()
            .any(|ask| matches!(ask, Ask::Send { .. }))
    );
    let sent = asks(press(&mut state, "enter"));
    assert!(
        matches!(&sent[0], Ask::Send { text, .. } if text == "one\ntwo\nthree\n"),
        "{sent:?}"
    );
}

#[test]
fn only_what_somebody_could_see_is_marked_as_read() {
    let unread = |number| Message {
        read: false,
        ..message(number)
    };
    let mut state = state();
    state.is_looked_at = false;
    let mut state = open_in(state, (0..60).map(unread).collect());
    assert_eq!(update(&mut state, at_time(NOON)), []);
    state.popup = Some(Popup::About { top: 0 });
    let behind = asks(update(&mut state, Event::LookedAt(true)));
    assert_eq!(behind, [], "nothing behind what stands in front");
    state.popup = None;
    let read = asks(update(&mut state, Event::LookedAt(true)));
    let [Ask::MarkRead(read)] = read.as_slice() else {
        panic!("{read:?}");
    };
    assert!(
        read.len() < 24,
        "those on the screen, not all that are here"
    );
    assert!(
        read.contains(&message(0).id),
        "from the first unread one on"
    );
    assert!(shows(&state, "new messages"));
}

#[test]
fn what_is_said_stands_for_its_time_and_no_longer() {
    let mut state = opened(Vec::new());
    state.say("something was done");
    update(&mut state, at_time(NOON + TOAST_MILLIS - 1));
    assert!(shows(&state, "something was done"));
    update(&mut state, at_time(NOON + TOAST_MILLIS));
    assert!(!shows(&state, "something was done"));
}

#[test]
fn news_is_shown_at_the_end_and_does_not_move_who_reads_further_up() {
    let mut state = opened((0..50).map(message).collect());
    assert!(shows(&state, "message 49"));
    press(&mut state, "pageup");
    assert_ne!(state.open.as_ref().unwrap().scroll, Scroll::Latest);
    let before = screen(&state);
    let new = Message {
        change: Change::New,
        read: false,
        ..message(50)
    };
    let effects = update(&mut state, Event::Told(Told::News(vec![new.clone()])));
    assert!(!effects.contains(&Effect::Bell), "it is looked at");
    let Some(Ask::Page { ticket, .. }) = asks(effects)
        .into_iter()
        .find(|ask| matches!(ask, Ask::Page { .. }))
    else {
        panic!("the end is not asked for");
    };
    let messages: Vec<Message> = (1..50).map(message).chain([new]).collect();
    let told = Told::Page {
        ticket,
        place: place(),
        anchor: Anchor::Newest,
        items: items(messages),
        gaps: Vec::new(),
    };
    update(&mut state, Event::Told(told));
    assert_eq!(screen(&state), before);
    press(&mut state, "esc");
    press(&mut state, "pagedown pagedown");
    assert!(shows(&state, "message 50"));
}

#[test]
fn the_end_is_asked_for_once_at_a_time_however_much_arrives() {
    let new = |number| Message {
        change: Change::New,
        ..message(number)
    };
    let news = |number| Event::Told(Told::News(vec![new(number)]));
    let pages = |effects: Vec<Effect>| -> Vec<Ask> {
        let is_page = |ask: &Ask| matches!(ask, Ask::Page { .. });
        asks(effects).into_iter().filter(is_page).collect()
    };
    let mut state = opened((0..5).map(message).collect());
    let asked = pages(update(&mut state, news(5)));
    let [Ask::Page { ticket, .. }] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!(pages(update(&mut state, news(6))), []);
    assert_eq!(pages(update(&mut state, news(7))), []);
    let told = Told::Page {
        ticket: *ticket,
        place: place(),
        anchor: Anchor::Newest,
        items: items((0..7).map(message).collect()),
        gaps: Vec::new(),
    };
    let again = pages(update(&mut state, Event::Told(told)));
    assert_eq!(again.len(), 1, "what came meanwhile is asked for");
    assert!(shows(&state, "message 6"));
    let failure = Failure::failed("the disk is full.");
    update(
        &mut state,
        Event::Told(Told::Failed(again[0].clone(), failure)),
    );
    assert_eq!(pages(update(&mut state, news(8))).len(), 1);
}

#[test]
fn what_is_further_back_is_asked_for_once_its_edge_is_on_the_screen() {
    let mut state = opened((100..150).map(message).collect());
    let mut asked = Vec::new();
    for _ in 0..20 {
        asked.extend(asks(press(&mut state, "pageup")));
    }
    let pages: Vec<_> = asked
        .iter()
        .filter(|ask| {
            matches!(
                ask,
                Ask::Page {
                    anchor: Anchor::Before(_),
                    ..
                }
            )
        })
        .collect();
    assert_eq!(pages.len(), 1, "{asked:?}");
}

#[test]
fn how_far_a_message_has_come_is_a_mark_and_a_word() {
    let states = [
        (MessageState::Queued, "queued"),
        (MessageState::Carried, "\u{2197} carried"),
        (MessageState::Delivered, "\u{2713} delivered"),
        (MessageState::Read, "\u{2713}\u{2713} read"),
        (MessageState::Failed, "\u{2717} failed"),
    ];
    let messages = states.iter().enumerate();
    let state = opened(
        messages
            .map(|(number, (state, _))| own(number, *state))
            .collect(),
    );
    for (_, words) in states {
        assert!(shows(&state, words), "{words}: {:#?}", screen(&state));
    }
}

#[test]
fn an_answer_and_an_edit_are_about_the_message_that_is_selected() {
    let mut state = opened(vec![message(1), own(2, MessageState::Read), message(3)]);
    press(&mut state, "tab up up ctrl-r");
    assert!(
        shows(&state, "Answering Ben: message 1"),
        "{:#?}",
        screen(&state)
    );
    write(&mut state, "yes");
    let sent = asks(press(&mut state, "enter"));
    let reply = Some(message(1).id);
    assert!(matches!(&sent[0], Ask::Send { reply_to, .. } if *reply_to == reply));
    press(&mut state, "tab up ctrl-e ctrl-u");
    write(&mut state, "other");
    let edited = asks(press(&mut state, "enter"));
    assert!(
        matches!(&edited[0], Ask::Edit { message, text, .. }
            if *message == own(2, MessageState::Read).id && text == "other"),
        "{edited:?}"
    );
}

#[test]
fn a_message_is_deleted_only_by_the_letter_that_says_so() {
    let mut state = opened(vec![own(1, MessageState::Read)]);
    press(&mut state, "tab delete");
    assert!(shows(&state, "Delete this message for everybody?"));
    update(&mut state, at_time(NOON + popup::DEAF_MILLIS));
    assert_eq!(asks(press(&mut state, "enter x n")), []);
    press(&mut state, "delete");
    update(&mut state, at_time(NOON + 2 * popup::DEAF_MILLIS));
    let asked = asks(press(&mut state, "y"));
    assert!(matches!(
        asked.as_slice(),
        [Ask::Delete { for_me: false, .. }]
    ));
}

#[test]
fn a_command_is_found_by_its_words_and_done() {
    let mut state = opened(Vec::new());
    press(&mut state, "ctrl-k");
    write(&mut state, "code friend make");
    assert!(
        shows(&state, "Make a code for a friend"),
        "{:#?}",
        screen(&state)
    );
    let asked = asks(press(&mut state, "enter"));
    assert_eq!(asked, [Ask::Invite]);
    let invite = Invite {
        code: "A2".repeat(77),
        expires_at: NOON,
    };
    let asked = asks(update(
        &mut state,
        Event::Told(Told::Invited(invite.clone())),
    ));
    assert_eq!(asked, [Ask::AwaitUse(invite.code)]);
    assert!(shows(&state, "A2A2A2"));
    press(&mut state, "enter");
    assert!(
        shows(&state, "\u{2580}") || shows(&state, "\u{2584}"),
        "a picture"
    );
    assert_eq!(screen(&state).len(), 24);
}

#[test]
fn the_longest_code_is_a_picture_that_is_read_again_on_a_small_screen() {
    let mut state = state();
    let code = "A2".repeat(77);
    state.popup = Some(Popup::Invite {
        invite: Some(Invite {
            code: code.clone(),
            expires_at: NOON,
        }),
        is_picture: true,
        top: 0,
    });
    let rows: Vec<Vec<char>> = screen(&state)[..23]
        .iter()
        .map(|row| row.chars().collect())
        .collect();
    let width = rows.iter().map(Vec::len).max().unwrap();
    let (scale, margin) = (4, 16);
    let side = width.max(rows.len() * 2) * scale + 2 * margin;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        let inside = |at: usize| at.checked_sub(margin).map(|at| at / scale);
        let light = match (inside(x), inside(y)) {
            (Some(x), Some(y)) if y < rows.len() * 2 && x < width => {
                let block = rows[y / 2].get(x).copied().unwrap_or(' ');
                matches!(
                    (block, y % 2),
                    ('\u{2588}', _) | ('\u{2580}', 0) | ('\u{2584}', 1)
                )
            }
            _ => true,
        };
        if light { 255 } else { 0 }
    });
    let grids = picture.detect_grids();
    assert_eq!(grids[0].decode().unwrap().1, code);
}

#[test]
fn what_is_searched_for_is_shown_and_leads_to_its_place() {
    let mut state = opened(Vec::new());
    press(&mut state, "ctrl-f");
    let asked = asks(write(&mut state, "m"));
    let [Ask::Search { ticket, query, .. }] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!(query, "m");
    let found = Found {
        messages: vec![message(7)],
        more: false,
    };
    let late = Told::Found {
        ticket: Default::default(),
        found: found.clone(),
    };
    update(&mut state, Event::Told(late));
    assert!(!shows(&state, "message 7"), "an answer to another question");
    let told = Told::Found {
        ticket: *ticket,
        found,
    };
    update(&mut state, Event::Told(told));
    assert!(shows(&state, "message 7"));
    let asked = asks(press(&mut state, "enter"));
    let around = Anchor::Around(message(7).id);
    assert!(
        asked
            .iter()
            .any(|ask| matches!(ask, Ask::Page { anchor, .. } if *anchor == around)),
        "{asked:?}"
    );
}

#[test]
fn what_was_looked_for_is_not_shown_once_the_line_is_empty() {
    let mut state = opened(Vec::new());
    press(&mut state, "ctrl-f");
    let asked = asks(write(&mut state, "m"));
    let [Ask::Search { ticket, .. }] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!(asks(press(&mut state, "ctrl-u")), []);
    let found = Found {
        messages: vec![message(7)],
        more: true,
    };
    let told = Told::Found {
        ticket: *ticket,
        found,
    };
    update(&mut state, Event::Told(told));
    assert!(!shows(&state, "message 7"), "{:#?}", screen(&state));
}

#[test]
fn another_letter_chooses_the_first_of_what_is_found_again() {
    let mut state = opened(Vec::new());
    press(&mut state, "ctrl-k down");
    write(&mut state, "friend");
    let asked = asks(press(&mut state, "enter"));
    assert_eq!(asked, [Ask::Invite]);
}

#[test]
fn somebody_is_verified_only_after_the_words_were_seen() {
    let mut state = opened(Vec::new());
    let asked = asks(action::act(&mut state, Action::Verify));
    assert_eq!(asked, [Ask::SafetyWords(sample::id('b'))]);
    assert_eq!(
        asks(press(&mut state, "enter")),
        [],
        "they are not there yet"
    );
}

#[test]
fn what_is_under_a_line_that_says_more_follows_was_not_seen() {
    let unread = |number| Message {
        read: false,
        ..message(number)
    };
    let mut state = open_in(state(), (0..60).map(unread).collect());
    let mut seen = 0;
    for _ in 0..3 {
        let effects = press(&mut state, "pagedown");
        let shown = screen(&state);
        for ask in asks(effects) {
            if let Ask::MarkRead(read) = ask {
                for id in read {
                    let pane = state.open.as_ref().unwrap();
                    let body = &pane.window.message(id).unwrap().body;
                    let is_there = shown.iter().any(|row| row.ends_with(body.as_str()));
                    assert!(is_there, "{body}: {shown:#?}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 0, "something was seen");
}

#[test]
fn nothing_is_read_on_a_screen_that_is_too_small_to_show_it() {
    let mut state = state();
    state.size = Size {
        columns: 19,
        rows: 24,
    };
    let unread = Message {
        read: false,
        ..message(1)
    };
    let mut state = open_in(state, vec![unread]);
    assert_eq!(asks(update(&mut state, at_time(NOON))), []);
    assert_eq!(screen(&state)[..2], ["Make the window", "larger."]);
    let size = Size {
        columns: 80,
        rows: 24,
    };
    let read = asks(update(&mut state, Event::Resized(size)));
    assert!(matches!(read.as_slice(), [Ask::MarkRead(_)]), "{read:?}");
}

#[test]
fn words_of_somebody_else_are_not_shown_as_theirs() {
    let mut state = opened(Vec::new());
    action::act(&mut state, Action::Verify);
    let words = |letter| SafetyWords {
        person: sample::id(letter),
        name: "X".to_owned(),
        safety_words: vec!["zebra".to_owned()],
        verified: false,
    };
    update(&mut state, Event::Told(Told::SafetyWords(words('c'))));
    assert!(!shows(&state, "zebra"));
    update(&mut state, Event::Told(Told::SafetyWords(words('b'))));
    assert!(shows(&state, "zebra"));
}

#[test]
fn a_conversation_is_shown_from_its_end_if_the_message_looked_for_is_gone() {
    let mut state = state();
    let asked = asks(pane::jump(&mut state, place(), message(7).id, None));
    let around = asked.last().unwrap().clone();
    assert!(matches!(
        around,
        Ask::Page {
            anchor: Anchor::Around(_),
            ..
        }
    ));
    let told = Told::Failed(around, Failure::failed("there is no such message."));
    let asked = asks(update(&mut state, Event::Told(told)));
    assert!(
        matches!(
            asked.as_slice(),
            [Ask::Page {
                anchor: Anchor::Newest,
                ..
            }]
        ),
        "{asked:?}"
    );
}

#[test]
fn an_older_draft_that_is_told_late_takes_nothing_away() {
    let mut state = opened(Vec::new());
    write(&mut state, "begun");
    update(&mut state, at_time(NOON));
    let stale = vec![direct('b', "Ben"), direct('c', "Carla")];
    update(&mut state, Event::Told(Told::Conversations(stale)));
    assert!(shows(&state, "begun"));
}

#[test]
fn ctrl_c_leaves_when_it_is_pressed_twice_in_a_row() {
    let mut state = opened(Vec::new());
    assert!(!press(&mut state, "ctrl-c a ctrl-c").contains(&Effect::Quit));
    assert!(press(&mut state, "ctrl-c").contains(&Effect::Quit));
}

#[test]
fn what_was_begun_is_stored_before_one_leaves() {
    for keys in ["ctrl-q", "ctrl-c ctrl-c"] {
        let mut state = opened(Vec::new());
        write(&mut state, "begun");
        let effects = press(&mut state, keys);
        assert_eq!(effects.last(), Some(&Effect::Quit));
        assert!(
            asks(effects)
                .iter()
                .any(|ask| matches!(ask, Ask::SetDraft { .. })),
            "{keys}"
        );
    }
}

#[test]
fn letters_are_keys_in_the_messages_where_somebody_wants_it_so() {
    let mut state = opened((0..50).map(message).collect());
    state.keymap = Preset::Vim.keymap();
    state.letters_are_keys = true;
    press(&mut state, "esc g");
    assert!(shows(&state, "g"), "a key that begins something is shown");
    press(&mut state, "g");
    let selected = |state: &State| state.open.as_ref().unwrap().selected;
    assert_eq!(selected(&state), Some(message(0).id));
    press(&mut state, "j");
    assert_eq!(selected(&state), Some(message(1).id));
    press(&mut state, "i");
    assert_eq!(state.focus, Focus::Composer);
    write(&mut state, "gg");
    assert!(shows(&state, "gg"));
}

#[test]
fn nothing_that_others_wrote_comes_to_the_screen_as_it_is() {
    for (name, text) in corpus::CORPUS {
        let mut hostile = message(1);
        hostile.body = (*text).to_owned();
        hostile.from.name = (*text).to_owned();
        hostile.reactions = [((*text).to_owned(), vec![(*text).to_owned()])].into();
        let mut state = opened(vec![hostile.clone()]);
        change_contact(&mut state, 0, |one| one.name = (*text).to_owned());
        change_conversation(&mut state, 0, |one| one.title = (*text).to_owned());
        update(&mut state, Event::Paste((*text).to_owned()));
        let mut screens = vec![screen(&state)];
        press(&mut state, "tab ctrl-o");
        screens.push(screen(&state));
        for row in screens.iter().flatten() {
            let found = corpus::first_hostile(row);
            assert_eq!(found, None, "{name}: {row:?}");
        }
    }
}

#[test]
fn every_part_is_there_in_both_languages_on_a_small_and_a_large_screen() {
    for language in Language::ALL {
        for (columns, rows) in [(40, 15), (80, 24), (120, 40)] {
            let mut state = opened((0..50).map(message).collect());
            state.texts = Arc::new(Texts::of(language));
            state.size = Size { columns, rows };
            let shown = screen(&state);
            assert!(shown[0].contains("Ben"), "{shown:#?}");
            assert!(
                shown.iter().any(|row| row.contains("message 49")),
                "{shown:#?}"
            );
            let help = Safe::line(&state.keys_of(Action::Help));
            assert!(shown.last().unwrap().contains(help.as_str()), "{shown:#?}");
            let has_list = shown.iter().any(|row| row.contains("Carla"));
            assert_eq!(has_list, columns >= 60);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_pressed_on_whatever_size_the_screen_is_drawn(
        keys in proptest::collection::vec(
            prop_oneof![
                Just("f1"), Just("ctrl-k"), Just("ctrl-f"), Just("tab"), Just("shift-tab"),
                Just("esc"), Just("up"), Just("down"), Just("pageup"), Just("pagedown"),
                Just("enter"), Just("a"), Just("home"), Just("end"), Just("ctrl-o"),
                Just("ctrl-x"), Just("delete"), Just("ctrl-r"), Just("f3"), Just("backspace"),
            ],
            0..30,
        ),
        columns in 1_u16..120,
        rows in 1_u16..50,
    ) {
        let mut state = opened((0..30).map(message).collect());
        update(&mut state, Event::Resized(Size { columns, rows }));
        for key in keys {
            press(&mut state, key);
            prop_assert_eq!(screen(&state).len(), usize::from(rows));
        }
    }
}
