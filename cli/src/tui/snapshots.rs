//! What the screen looks like: each scene on three sizes of screen, in every language, held against files.
//!
//! `INSTA_UPDATE=always` before the tests writes the files anew, to be looked at before they are committed.
//!
//! Invariants
//! - A file is of one scene in one language, and there is none without its scene.
//! - Beside what the cells say, it has where the cursor is and which cells are reversed: what the keys go to.

mod corpus;
mod drawn;
mod neighbours;
mod scenes;
mod stage;
mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::state::{Popup, Size, State};
use super::view;
use super::welcome;
use crate::safe_text::{self, width};
use crate::texts::{Language, Texts};
pub(super) use drawn::Drawn;
use scenes::SCENES;
use stage::Stage;

/// Columns and rows of the screens.
const SIZES: [Size; 3] = [size(80, 24), size(120, 40), size(40, 15)];

const fn size(columns: u16, rows: u16) -> Size {
    Size { columns, rows }
}

/// What a scene looks like on a screen.
type Draw = Box<dyn Fn(&Arc<Texts>, Size) -> Drawn>;

/// All scenes, by their names.
fn scenes() -> Vec<(&'static str, Draw)> {
    let mut all: Vec<(&'static str, Draw)> = Vec::new();
    for scene in SCENES {
        let draw = |texts: &Arc<Texts>, size| {
            let state = played(texts, size, scene.play);
            Drawn::new(size, |cells| view::draw(&state, cells))
        };
        all.push((scene.name, Box::new(draw)));
    }
    for name in welcome::scenes() {
        let draw = move |texts: &Arc<Texts>, size| welcome::drawn(name, texts, size);
        all.push((name, Box::new(draw)));
    }
    all
}

/// What is known once a scene was played.
fn played(texts: &Arc<Texts>, size: Size, play: fn(&mut Stage)) -> State {
    let mut stage = Stage::new(Arc::clone(texts), size);
    play(&mut stage);
    stage.into_state()
}

/// Looks at each scene in each language: its name with the language's, and its screens.
fn each(mut look: impl FnMut(&str, &[Drawn])) {
    for language in Language::ALL {
        let texts = Arc::new(Texts::of(language));
        for (name, draw) in scenes() {
            let screens = SIZES.map(|size| draw(&texts, size));
            look(&format!("{name}.{}", language.tag()), &screens);
        }
    }
}

#[test]
fn every_scene_looks_as_its_file_says() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        each(|name, screens| {
            let screens: Vec<String> = screens.iter().map(Drawn::to_string).collect();
            insta::assert_snapshot!(name, screens.join("\n"));
        });
    });
}

#[test]
fn there_is_no_file_without_its_scene() {
    let mut names = BTreeSet::new();
    each(|name, _| assert!(names.insert(format!("{name}.snap")), "{name} twice"));
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/snapshots");
    for file in std::fs::read_dir(directory).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let is_lost = name.ends_with(".snap") && !names.contains(&name);
        assert!(!is_lost, "{name} belongs to no scene");
    }
}

#[test]
fn no_scene_is_wider_than_its_screen_or_holds_what_a_terminal_obeys() {
    each(|name, screens| {
        for drawn in screens {
            assert!(drawn.has_cursor_inside(), "{name}:\n{drawn}");
            for row in drawn.rows() {
                assert!(width(&row) <= drawn.columns(), "{name}: {row}");
                assert_eq!(
                    safe_text::corpus::first_hostile(&row),
                    None,
                    "{name}: {row:?}"
                );
            }
        }
    });
}

#[test]
fn the_lines_around_what_stands_in_front_meet() {
    each(|name, screens| {
        for drawn in screens {
            for (x, y) in drawn.all() {
                let below = match drawn.symbol(x, y) {
                    "\u{250c}" => ["\u{2502}", "\u{2514}"],
                    "\u{2510}" => ["\u{2502}", "\u{2518}"],
                    _ => continue,
                };
                let is_met = below.contains(&drawn.symbol(x, y + 1));
                assert!(is_met, "{name} at {x}, {y}:\n{drawn}");
            }
        }
    });
}

#[test]
fn everything_that_stands_in_front_is_in_a_scene() {
    let texts = Arc::new(Texts::of(Language::English));
    let mut seen = BTreeSet::new();
    for scene in SCENES {
        let state = played(&texts, SIZES[0], scene.play);
        seen.extend(state.popup.as_ref().map(kind));
    }
    assert_eq!(seen, (1..=KINDS).collect());
}

/// Kinds of what stands in front.
const KINDS: usize = 18;

/// The number of a kind.
fn kind(popup: &Popup) -> usize {
    match popup {
        Popup::Help { .. } => 1,
        Popup::Palette { .. } => 2,
        Popup::Search { .. } => 3,
        Popup::Invite { .. } => 4,
        Popup::Ask { .. } => 5,
        Popup::Confirm { .. } => 6,
        Popup::Verify { .. } => 7,
        Popup::Members { .. } => 8,
        Popup::Doctor { .. } => 9,
        Popup::People { .. } => 10,
        Popup::Pick { .. } => 11,
        Popup::Details { .. } => 12,
        Popup::Pinned { .. } => 13,
        Popup::About { .. } => 14,
        Popup::Used { .. } => 15,
        Popup::Faults { .. } => 16,
        Popup::Path { .. } => 17,
        Popup::Transfers { .. } => 18,
    }
}
