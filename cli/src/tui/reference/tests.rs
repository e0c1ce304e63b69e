use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tidings_node::api::Identity;
use toml::de::DeTable;

use super::*;
use crate::guide;
use crate::output::sample;
use crate::texts::Language;
use crate::tui::canvas::row_text;
use crate::tui::clock::Clock;
use crate::tui::config::Config;
use crate::tui::keys;
use crate::tui::state::{Popup, Size, State, commands};
use crate::tui::view;

/// The chapters that are made of the table, with the language of each.
const CHAPTERS: [(&str, Language); 2] = [
    ("keys.md", Language::English),
    ("ko/keys.md", Language::Korean),
];

/// Columns of keys in the help.
const KEY_COLUMNS: usize = 14;

const PRESETS: [Preset; 2] = [Preset::Plain, Preset::Vim];

fn texts() -> Texts {
    Texts::of(Language::English)
}

fn of(name: &str) -> Described {
    let mut all = reference(&texts()).into_iter();
    all.find(|described| described.name == name).unwrap()
}

fn state(preset: Preset) -> State {
    let identity = Identity {
        person: sample::id('a'),
        device: sample::id('a'),
        name: "Ann".to_owned(),
        safety_words: Vec::new(),
    };
    let mut state = State::new(identity, Clock::at(0, TimeZone::UTC), Arc::new(texts()));
    state.keymap = preset.keymap();
    state
}

/// What the help shows, each row with its keys and what they do.
fn help(preset: Preset) -> Vec<(String, String)> {
    let mut state = state(preset);
    let size = Size {
        columns: 100,
        rows: 400,
    };
    state.size = size;
    state.popup = Some(Popup::Help { top: 0 });
    let mut cells = Buffer::empty(Rect::new(0, 0, size.columns, size.rows));
    view::draw(&state, &mut cells);
    let rows = (0..size.rows).map(|y| row_text(&cells, y));
    rows.filter_map(|row| {
        let (_, inside) = row.split_once('\u{2502}')?;
        let row = inside.split('\u{2502}').next()?.strip_prefix("  ")?;
        let (keys, about) = row.split_at_checked(KEY_COLUMNS)?;
        // What leads on stands further to the right.
        let is_row = !about.starts_with(' ') && !about.is_empty();
        is_row.then(|| (keys.trim().to_owned(), about.trim_end().to_owned()))
    })
    .collect()
}

#[test]
fn keys_say_where_they_count_unless_that_is_wherever_the_action_is_possible() {
    assert_eq!(of("view.palette").plain, "ctrl-k");
    assert_eq!(of("message.reply").plain, "ctrl-r");
    assert!(of("view.help").plain.contains("? (list, messages)"));
    assert!(of("view.palette").vim.contains(": (list, messages)"));
    assert_eq!(palette_key(), "ctrl-k");
}

#[test]
fn the_palette_has_every_command_once_and_no_other() {
    for preset in PRESETS {
        let palette = commands(&state(preset), "");
        let palette: Vec<&str> = palette.iter().map(|entry| entry.name).collect();
        let all = reference(&texts());
        let commands = all.iter().filter(|described| described.is_command);
        let commands: Vec<&str> = commands.map(|described| described.name).collect();
        assert_eq!(palette, commands);
    }
}

#[test]
fn the_help_shows_every_command_and_every_key_and_nothing_else() {
    for preset in PRESETS {
        let rows = help(preset);
        let shown: BTreeSet<&str> = rows.iter().map(|(_, about)| about.as_str()).collect();
        let keymap = preset.keymap();
        let is_bound = |action: Action| keymap.keys_of(action).is_some();
        let texts = texts();
        let wanted = ACTIONS
            .iter()
            .filter(|entry| entry.is_command() || is_bound(entry.action));
        let wanted: Vec<Safe> = wanted.map(|entry| texts.action(entry)).collect();
        let wanted: BTreeSet<&str> = wanted.iter().map(Safe::as_str).collect();
        assert_eq!(shown, wanted, "{preset:?}");
        let keys: BTreeSet<&str> = rows.iter().map(|(keys, _)| keys.as_str()).collect();
        for (_, layer) in LAYERS {
            for (bound, _) in keymap.of(layer) {
                assert!(keys.contains(bound.as_str()), "{bound}");
            }
        }
    }
}

#[test]
fn every_action_can_be_given_a_key_by_its_name_wherever_it_is_possible() {
    for preset in PRESETS {
        for entry in ACTIONS {
            for (name, layer) in LAYERS {
                let file = format!("[{name}]\n\"{}\" = \"f11\"", entry.name);
                let mut keymap = preset.keymap();
                let table = DeTable::parse(&file).unwrap();
                let errors = keys::read(&mut keymap, table.get_ref());
                let is_there =
                    entry.layers.contains(&layer) || entry.layers.contains(&Layer::Everywhere);
                assert_eq!(errors.is_empty(), is_there, "{file}: {errors:?}");
                let bound = keymap
                    .of(layer)
                    .any(|(keys, action)| keys == "f11" && action == entry.action);
                assert_eq!(bound, is_there, "{file}");
            }
        }
    }
}

/// A cell of a table.
fn cell(keys: &str) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let keys = keys.replace('|', "\\|");
    let written = keys.split(", ").map(|one| match one.split_once(" (") {
        Some((keys, rest)) => format!("`{keys}` ({rest}"),
        None if one.ends_with(')') => one.to_owned(),
        None => format!("`{one}`"),
    });
    written.collect::<Vec<_>>().join(", ")
}

fn table(text: &mut String, head: &str, rows: &[Described], commands: bool) {
    let _ = writeln!(text, "\n{head}\n|---|---|---|---|");
    for row in rows.iter().filter(|row| row.is_command == commands) {
        let about = row.about.as_str().replace('|', "\\|");
        let (plain, vim) = (cell(&row.plain), cell(&row.vim));
        let _ = writeln!(text, "| `{}` | {about} | {plain} | {vim} |", row.name);
    }
}

/// What a chapter made of the table says.
fn made(language: Language) -> String {
    let rows = reference(&Texts::of(language));
    let palette = palette_key();
    let (title, opening, head, more) = match language {
        Language::English => (
            "Keys and commands",
            format!(
                "Every command of the interface. `{palette}` finds them all by what they do, `f1` shows the keys. \
                 The names are those\nby which [Settings](settings.md) gives a command other keys. Keys that count in a \
                 part of the screen alone say in which:\nlist, messages, composer (where you write) or popup (what stands \
                 in front)."
            ),
            "| name | what it does | keys | keys of the preset `vim` |",
            "Movements, and what stands in front",
        ),
        Language::Korean => (
            "키와 명령",
            format!(
                "화면에서 쓸 수 있는 모든 명령입니다. `{palette}`는 명령을 뜻으로 찾고 `f1`은 키를 보여 줍니다. 이름은 \
                 [설정](../settings.md)에서 다른 키를\n정할 때 씁니다. 화면의 한 부분에서만 통하는 키에는 그 부분을 \
                 적었습니다: list(목록), messages(메시지), composer(글을 쓰는 곳),\npopup(앞에 뜬 창)."
            ),
            "| 이름 | 하는 일 | 키 | `vim` 묶음의 키 |",
            "움직이기와 앞에 뜬 창",
        ),
    };
    let mut text = format!(
        "<!-- Made from the table of actions: `cargo test --workspace --bin tidings write_the_keys -- --ignored` writes it \
         anew. -->\n\n# {title}\n\n{opening}\n"
    );
    table(&mut text, head, &rows, true);
    let _ = writeln!(text, "\n## {more}");
    table(&mut text, head, &rows, false);
    text
}

#[test]
fn the_chapters_of_keys_are_what_the_table_says() {
    for (path, language) in CHAPTERS {
        assert!(guide::chapter(path) == made(language), "{path} is stale");
    }
}

#[test]
#[ignore = "writes the chapters of keys in docs/guide"]
fn write_the_keys() {
    for (path, language) in CHAPTERS {
        guide::write(path, &made(language));
    }
}

/// Whether a span is written as a key that nobody types by accident.
fn is_key(span: &str) -> bool {
    let is_function = |rest: &str| rest.parse::<u8>().is_ok();
    span.starts_with("ctrl-")
        || span.starts_with("shift-")
        || ["esc", "tab", "enter", "delete", "pageup", "pagedown"].contains(&span)
        || span.strip_prefix('f').is_some_and(is_function)
}

#[test]
fn every_key_and_command_that_the_guide_names_is_there() {
    let bound: BTreeSet<String> = PRESETS
        .iter()
        .flat_map(|preset| LAYERS.map(|(_, layer)| (preset.keymap(), layer)))
        .flat_map(|(keymap, layer)| keymap.of(layer).map(|(keys, _)| keys).collect::<Vec<_>>())
        .collect();
    let named: BTreeSet<String> = Language::ALL
        .iter()
        .flat_map(|language| reference(&Texts::of(*language)))
        .map(|described| described.about.as_str().to_owned())
        .collect();
    let (mut keys, mut names) = (0, 0);
    for (path, text) in guide::chapters() {
        let (_, spans) = guide::blocks_and_spans(&text);
        for span in spans.iter().filter(|span| is_key(span)) {
            assert!(bound.contains(span.as_str()), "{path}: `{span}`");
            keys += 1;
        }
        // What is set in italics is a command by what it does.
        let prose = text.replace("**", "").replace('\n', " ");
        let prose: String = prose.split('`').step_by(2).collect();
        for name in prose.split('*').skip(1).step_by(2) {
            assert!(named.contains(name), "{path}: *{name}*");
            names += 1;
        }
    }
    assert!(keys > 20 && names > 5, "{keys} keys, {names} names");
}

#[test]
fn what_the_guide_shows_of_interface_toml_is_taken() {
    let mut count = 0;
    for (path, text) in guide::chapters() {
        let (blocks, _) = guide::blocks_and_spans(&text);
        for (_, block) in blocks.iter().filter(|(language, _)| language == "toml") {
            let (_, wrong) = Config::read(block);
            assert_eq!(wrong, [], "{path}");
            count += 1;
        }
    }
    assert!(count >= 2, "{count}");
}

#[test]
fn every_setting_of_the_interface_is_told_of_with_its_values_wherever_settings_are() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let contract = std::fs::read_to_string(docs.join("CLI.md")).unwrap();
    let (_, contract) = contract
        .split_once("the file that `TIDINGS_INTERFACE` names: ")
        .unwrap();
    let (contract, _) = contract.split_once("and keys by the names").unwrap();
    let guide = guide::chapter("settings.md");
    let (blocks, _) = guide::blocks_and_spans(&guide);
    let (_, shown) = blocks
        .iter()
        .find(|(language, _)| language == "toml")
        .unwrap();
    for (name, values) in settings() {
        let mut rows = shown.lines();
        let row = rows.find(|row| row.starts_with(&format!("{name} = ")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in the guide"));
        assert!(
            contract.contains(&format!("`{name}`")),
            "{name} is not in CLI.md"
        );
        let words = values.iter().filter(|value| value.parse::<bool>().is_err());
        for word in words {
            assert!(
                contract.contains(&format!("`{word}`")),
                "{word} is not in CLI.md"
            );
            assert!(
                row.contains(&format!("\"{word}\"")),
                "{word} is not in the guide"
            );
        }
    }
}
