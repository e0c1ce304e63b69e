use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tidings_node::api::{
    Contact, Conversation, ConversationKind, Identity, Member, Role, Standing, Status,
};

use super::*;
use crate::chat::Ticket;
use crate::output::sample;
use crate::texts::{Language, Texts};
use crate::tui::canvas::row_text;
use crate::tui::clock::Clock;
use crate::tui::composer::Composer;
use crate::tui::state::{Focus, Pane, Size};
use crate::tui::view;

const LANGUAGES: [Language; 2] = [Language::English, Language::Korean];

/// Ann's screen, on which she talks with somebody whom she muted while nobody is connected.
fn talking(language: Language, name: &str, columns: u16) -> State {
    let identity = Identity {
        person: sample::id('a'),
        device: sample::id('a'),
        name: "Ann".to_owned(),
        safety_words: Vec::new(),
    };
    let clock = Clock::at(0, jiff::tz::TimeZone::UTC);
    let mut state = State::new(identity, clock, Arc::new(Texts::of(language)));
    state.size = Size { columns, rows: 15 };
    state.status = Some(status(0));
    state.book.take_contact(sample::contact('k', name));
    state.book.take_conversation(Conversation {
        kind: ConversationKind::Direct,
        members: ['a', 'k'].map(member).to_vec(),
        muted: true,
        unread: 3,
        mentions: 1,
        ..sample::room('k', name)
    });
    let place = Place::Person(sample::id('k'));
    state.open = Some(Pane::opened(place, Ticket::default()));
    state.focus = Focus::Composer;
    state
}

fn member(letter: char) -> Member {
    Member {
        person: sample::id(letter),
        name: String::new(),
        role: Role::Member,
        mentioned_as: None,
    }
}

fn status(lan: u64) -> Status {
    let mut status = sample::status();
    status.peers.lan = lan;
    status
}

/// Something is unread in a room.
fn unread(state: &mut State, letter: char, mentions: u64) {
    state.book.take_conversation(Conversation {
        unread: 2,
        mentions,
        ..sample::room(letter, "Team")
    });
}

/// The first row of the screen.
fn drawn(state: &State) -> String {
    let Size { columns, rows } = state.size;
    let mut cells = Buffer::empty(Rect::new(0, 0, columns, rows));
    view::draw(state, &mut cells);
    row_text(&cells, 0).trim_end().to_owned()
}

#[test]
fn what_is_new_elsewhere_is_said_first_while_the_list_is_hidden() {
    for language in LANGUAGES {
        for columns in 20..60 {
            let mut state = talking(language, "김철수", columns);
            assert!(!drawn(&state).contains('('), "{}", drawn(&state));
            unread(&mut state, 'r', 0);
            assert!(drawn(&state).starts_with("(1)  "), "{}", drawn(&state));
            unread(&mut state, 's', 1);
            let mut invited = sample::room('t', "Club");
            invited.standing = Standing::Invited;
            state.book.take_conversation(invited);
            assert!(drawn(&state).starts_with("(3, @1)  "), "{}", drawn(&state));
            state.focus = Focus::List;
            assert!(!drawn(&state).contains('('), "{}", drawn(&state));
        }
        let mut wide = talking(language, "김철수", 60);
        unread(&mut wide, 'r', 1);
        assert!(!drawn(&wide).contains('('), "{}", drawn(&wide));
    }
}

#[test]
fn what_is_muted_elsewhere_is_not_new_unless_we_are_mentioned() {
    let mut state = talking(Language::English, "Ben", 40);
    let muted = |mentions| Conversation {
        unread: 2,
        mentions,
        muted: true,
        ..sample::room('r', "Team")
    };
    state.book.take_conversation(muted(0));
    assert!(!drawn(&state).contains('('), "{}", drawn(&state));
    state.book.take_conversation(muted(1));
    assert!(drawn(&state).starts_with("(1, @1)  "), "{}", drawn(&state));
}

#[test]
fn what_has_no_room_is_left_out_whole() {
    let row = |language, columns| drawn(&talking(language, "김철수", columns));
    let english = "not verified  김철수      nobody reached";
    assert_eq!(row(Language::English, 40), english);
    let korean = "확인 안 됨  김철수      연결된 사람 없음";
    assert_eq!(row(Language::Korean, 40), korean);
    let english = "not verified  김철수  muted      nobody reached";
    assert_eq!(row(Language::English, 47), english);
    let korean = "확인 안 됨  김철수  알림 끔      연결된 사람 없음";
    assert_eq!(row(Language::Korean, 49), korean);
    assert_eq!(row(Language::English, 30), "not verified  김철수");
    assert_eq!(row(Language::Korean, 30), "확인 안 됨  김철수");
}

/// The rows of the screen.
fn rows(state: &State) -> Vec<String> {
    let Size { columns, rows } = state.size;
    let mut cells = Buffer::empty(Rect::new(0, 0, columns, rows));
    view::draw(state, &mut cells);
    (0..rows).map(|row| row_text(&cells, row)).collect()
}

#[test]
fn how_a_conversation_is_set_is_said_above_what_is_written_where_the_first_row_has_no_room_for_it()
{
    for language in LANGUAGES {
        for columns in 20..120 {
            let mut state = talking(language, "Ben", columns);
            state.book.take_conversation(Conversation {
                kind: ConversationKind::Direct,
                members: ['a', 'k'].map(member).to_vec(),
                muted: true,
                read_receipts: false,
                disappears_after: Some(86_400),
                ..sample::room('k', "Ben")
            });
            let place = Place::Person(sample::id('k'));
            state.composers.insert(place, Composer::default());
            let rows = rows(&state);
            let to = state.texts.writing_to(&"Ben".into());
            let mut above = rows.iter().filter(|row| row.contains(to.as_str()));
            let Some(above) = above.next() else {
                panic!("{columns}: {rows:#?}");
            };
            let texts = &state.texts;
            let all = [
                texts.muted(),
                texts.disappear_after(&texts.span(86_400)),
                texts.receipts_off(),
            ];
            let is_said = |words: &Safe| {
                let is_in = |row: &String| row.contains(words.as_str());
                is_in(&rows[0]) || is_in(above)
            };
            let is_cut = above.ends_with('\u{2026}');
            assert!(all.iter().all(is_said) || is_cut, "{columns}: {rows:#?}");
            assert!(!is_cut || columns < 60, "{columns}: {rows:#?}");
        }
    }
}

#[test]
fn nothing_but_the_title_is_cut_on_any_screen() {
    for language in LANGUAGES {
        for name in ["Ben", "Carla Montes de Oca", "동네 소식을 나누는 모임"] {
            for (columns, is_new) in
                (20..120).flat_map(|columns| [(columns, false), (columns, true)])
            {
                let mut state = talking(language, name, columns);
                state.status.as_mut().unwrap().queued = 4;
                if is_new {
                    unread(&mut state, 'r', 1);
                }
                let row = drawn(&state);
                let texts = &state.texts;
                let whole = [
                    "(1, @1)".into(),
                    "\u{2026}".into(),
                    texts.not_verified(),
                    texts.muted(),
                    texts.alone(),
                    texts.messages_queued(4),
                ];
                let parts = row.split(APART).flat_map(|part| part.split(" - "));
                let parts = parts.map(str::trim).filter(|part| !part.is_empty());
                let other: Vec<&str> = parts
                    .filter(|part| whole.iter().all(|words| words.as_str() != *part))
                    .collect();
                let [title] = other.as_slice() else {
                    panic!("{columns}: {row}");
                };
                let kept = title.strip_suffix('\u{2026}').unwrap_or(title);
                assert!(name.starts_with(kept), "{columns}: {row}");
            }
        }
    }
}

#[test]
fn what_goes_well_makes_room_for_a_title_and_what_is_looked_for_cuts_it() {
    let mut state = talking(Language::English, "Carla Montes de Oca", 40);
    assert_eq!(drawn(&state), "not verified  Carla Montes de Oca");
    state.size.columns = 46;
    assert_eq!(
        drawn(&state),
        "not verified  Carla Montes de\u{2026}  nobody reached"
    );
    state.status = Some(status(1));
    assert_eq!(
        drawn(&state),
        "not verified  Carla Montes de Oca        LAN 1"
    );
    state.size.columns = 39;
    assert_eq!(drawn(&state), "not verified  Carla Montes de Oca");
}

#[test]
fn a_mark_that_has_no_room_leaves_a_sign_in_its_place() {
    let mut state = talking(Language::English, "verified  Ben", 22);
    unread(&mut state, 'r', 1);
    assert_eq!(drawn(&state), "(1, @1)  \u{2026}  verified \u{2026}");
    let held_off = Contact {
        state: ContactState::Suspended,
        ..sample::contact('k', "Carla Montes de Oca")
    };
    state.book.take_contact(held_off);
    state.size.columns = 40;
    assert_eq!(drawn(&state), "(1, @1)  !  Carla Montes de Oca");
}

#[test]
fn what_matters_least_is_left_out_first() {
    let parts = || {
        let of = |words: &'static str, weight| Part::of_paths(words.into(), Face::Text, weight);
        vec![
            of("LAN 3", Weight::Fine),
            of("internet off", Weight::Known),
            of("2 carried", Weight::Fine),
            of("4 queued", Weight::Wanted),
        ]
    };
    let shown = |room| {
        let line = fitted(Line::default(), &Safe::default(), &mut parts(), room);
        line.text().trim_start().to_owned()
    };
    assert_eq!(shown(45), "LAN 3 - internet off - 2 carried - 4 queued");
    assert_eq!(shown(44), "LAN 3 - 2 carried - 4 queued");
    assert_eq!(shown(22), "LAN 3 - 4 queued");
    assert_eq!(shown(10), "4 queued");
    assert_eq!(shown(9), "");
}

#[test]
fn how_long_messages_stay_is_said_in_words_of_ones_own_language_on_the_narrowest_screen() {
    for (language, name, wanted) in [
        (
            Language::English,
            "Ben",
            "not verified  Ben  disappear after 1 day",
        ),
        (
            Language::Korean,
            "김철수",
            "확인 안 됨  김철수  1일 뒤 사라짐",
        ),
    ] {
        let mut state = talking(language, name, 40);
        state.status = Some(status(1));
        let known = state.book.conversations().first().unwrap();
        state.book.take_conversation(Conversation {
            disappears_after: Some(86_400),
            ..known.clone()
        });
        let row = drawn(&state);
        assert!(row.starts_with(wanted), "{row}");
    }
}
