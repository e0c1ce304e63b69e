//! What the screen looks like: each scene on three sizes of screen, in every language, held against files.
//!
//! `INSTA_UPDATE=always` before the tests writes the files anew, to be looked at before they are committed.
//!
//! Invariants
//! - A file is of one scene in one language, and there is none without its scene.
//! - Beside what the cells say, it has where the cursor is and which cells are reversed: what the keys go to.

mod scenes;
mod stage;
mod world;

use std::collections::BTreeSet;
use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use super::canvas::row_text;
use super::state::{Size, State};
use super::view;
use crate::safe_text::{corpus, width};
use crate::texts::Language;
use scenes::{SCENES, Scene};
use stage::Stage;

/// Columns and rows of the screens.
const SIZES: [Size; 3] = [size(80, 24), size(120, 40), size(40, 15)];

const fn size(columns: u16, rows: u16) -> Size {
    Size { columns, rows }
}

fn file_name(scene: &Scene, language: Language) -> String {
    format!("{}.{}", scene.name, language.tag())
}

/// A scene as it stands on a screen.
fn state(scene: &Scene, language: Language, size: Size) -> State {
    let mut stage = Stage::new(language, size);
    (scene.play)(&mut stage);
    stage.into_state()
}

/// What a state's screen shows, with where its cursor is.
fn cells(state: &State) -> (Buffer, Option<Position>) {
    let Size { columns, rows } = state.size;
    let mut cells = Buffer::empty(Rect::new(0, 0, columns, rows));
    let cursor = view::draw(state, &mut cells);
    (cells, cursor)
}

/// A screen as a file has it.
fn shown(state: &State) -> String {
    let Size { columns, rows } = state.size;
    let (cells, cursor) = cells(state);
    let mut shown = format!("---- {columns} x {rows}\n");
    for row in 0..rows {
        shown.push_str(&row_text(&cells, row));
        shown.push('\n');
    }
    shown.push_str("----");
    match cursor {
        Some(Position { x, y }) => shown.push_str(&format!(" cursor at {x}, {y}")),
        None => shown.push_str(" no cursor"),
    }
    for row in 0..rows {
        for (first, end) in reversed(&cells, row) {
            shown.push_str(&format!("; reversed {first}..{end} of row {row}"));
        }
    }
    shown.push('\n');
    shown
}

/// The columns of a row that are reversed, from the first up to the end of each run.
fn reversed(cells: &Buffer, row: u16) -> Vec<(u16, u16)> {
    let area = *cells.area();
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for column in area.left()..area.right() {
        let is_reversed = cells
            .cell((column, row))
            .is_some_and(|cell| cell.modifier.contains(Modifier::REVERSED));
        match runs.last_mut() {
            Some((_, end)) if is_reversed && *end == column => *end += 1,
            _ if is_reversed => runs.push((column, column + 1)),
            _ => {}
        }
    }
    runs
}

/// What a terminal shows at a column: nothing of its own where something wider begins before it.
fn symbol_at(cells: &Buffer, x: u16, y: u16) -> &str {
    let mut at = 0;
    loop {
        let symbol = cells.cell((at, y)).map_or("", |cell| cell.symbol());
        // Before a cluster of doubtful width its columns are blanked.
        let symbol = symbol.rsplit('\u{8}').next().unwrap_or(symbol);
        let takes = u16::try_from(width(symbol)).unwrap_or(1).max(1);
        if at >= x || at + takes > x {
            return if at == x { symbol } else { "" };
        }
        at += takes;
    }
}

#[test]
fn every_scene_looks_as_its_file_says() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for scene in SCENES {
            for language in Language::ALL {
                let screens = SIZES.map(|size| shown(&state(scene, language, size)));
                insta::assert_snapshot!(file_name(scene, language), screens.join("\n"));
            }
        }
    });
}

#[test]
fn there_is_no_file_without_its_scene() {
    let mut names = BTreeSet::new();
    for scene in SCENES {
        for language in Language::ALL {
            let is_new = names.insert(format!("{}.snap", file_name(scene, language)));
            assert!(is_new, "{} twice", scene.name);
        }
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/snapshots");
    for file in std::fs::read_dir(directory).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let is_ours = name.ends_with(".snap") && !names.contains(&name);
        assert!(!is_ours, "{name} belongs to no scene");
    }
}

#[test]
fn no_scene_is_wider_than_its_screen_or_holds_what_a_terminal_obeys() {
    for scene in SCENES {
        for language in Language::ALL {
            for size in SIZES {
                let state = state(scene, language, size);
                let (cells, cursor) = cells(&state);
                let is_inside = cursor.is_none_or(|cursor| cells.area().contains(cursor));
                assert!(is_inside, "{}: {cursor:?}", scene.name);
                for row in 0..size.rows {
                    let text = row_text(&cells, row);
                    assert!(width(&text) <= usize::from(size.columns), "{text}");
                    assert_eq!(corpus::first_hostile(&text), None, "{text:?}");
                }
            }
        }
    }
}

/// A frame that begins in a row ends in it, and below each side of it stands its side or its corner.
#[test]
fn the_lines_around_what_stands_in_front_meet() {
    for scene in SCENES {
        for language in Language::ALL {
            for size in SIZES {
                let state = state(scene, language, size);
                let (cells, _) = cells(&state);
                let symbol = |x, y| symbol_at(&cells, x, y);
                for y in 0..size.rows {
                    for x in 0..size.columns {
                        let below = match symbol(x, y) {
                            "\u{250c}" => ["\u{2502}", "\u{2514}"],
                            "\u{2510}" => ["\u{2502}", "\u{2518}"],
                            _ => continue,
                        };
                        let is_met = below.contains(&symbol(x, y + 1));
                        assert!(is_met, "{} at {x}, {y}:\n{}", scene.name, shown(&state));
                    }
                }
            }
        }
    }
}
