//! The scenes of the first run, held against files with the others.

use std::sync::Arc;

use tidings_node::RecoveryWords;

use super::state::Welcome;
use super::update::{made, update};
use super::view;
use crate::chat::DEAF_MILLIS;
use crate::commands::init::asked_word;
use crate::safe_text::Safe;
use crate::texts::Texts;
use crate::tui::event::Event;
use crate::tui::keys::Preset;
use crate::tui::snapshots::Drawn;
use crate::tui::state::Size;

/// What happens in a scene.
type Play = fn(&mut Welcome);

/// The scenes, a name each.
const SCENES: &[(&str, Play)] = &[
    ("welcome-name", |welcome| types(welcome, "김하나")),
    ("welcome-name-too-long", |welcome| {
        types(welcome, &"x".repeat(65));
    }),
    ("welcome-passphrase", |welcome| goes_on(welcome, "Ann")),
    ("welcome-passphrase-none", |welcome| {
        goes_on(welcome, "Ann");
        goes_on(welcome, "");
    }),
    ("welcome-passphrase-again", |welcome| {
        goes_on(welcome, "Ann");
        goes_on(welcome, "correct horse");
    }),
    ("welcome-passphrases-differ", |welcome| {
        goes_on(welcome, "Ann");
        goes_on(welcome, "correct horse");
        goes_on(welcome, "correct hose");
    }),
    ("welcome-words", |welcome| {
        goes_on(welcome, "Ann");
        goes_on(welcome, "");
        goes_on(welcome, "");
        assert!(made(welcome, words()).is_none());
    }),
    ("welcome-word-asked", |welcome| {
        goes_on(welcome, "Ann");
        goes_on(welcome, "");
        goes_on(welcome, "");
        assert!(made(welcome, words()).is_none());
        goes_on(welcome, "");
        goes_on(welcome, "zoo");
    }),
    ("welcome-begin", |welcome| {
        goes_on(welcome, "Ann");
        goes_on(welcome, "");
        goes_on(welcome, "");
        assert!(made(welcome, words()).is_none());
        goes_on(welcome, "");
        let words = words();
        let word = words.words().nth(asked_word(&words) - 1);
        goes_on(welcome, word.unwrap());
    }),
];

/// The names of the scenes.
pub(in crate::tui) fn scenes() -> impl Iterator<Item = &'static str> {
    SCENES.iter().map(|(name, _)| *name)
}

/// What a scene looks like.
pub(in crate::tui) fn drawn(name: &str, texts: &Arc<Texts>, size: Size) -> Drawn {
    let place = Safe::line("/home/ann/.local/share/tidings");
    let mut welcome = Welcome::new(place, true, Arc::clone(texts));
    welcome.keymap = Preset::default().keymap();
    update(&mut welcome, Event::Resized(size));
    let mut scenes = SCENES.iter().filter(|scene| scene.0 == name);
    let (_, play) = scenes.next().unwrap();
    play(&mut welcome);
    Drawn::new(size, |cells| view::draw(&welcome, cells))
}

fn types(welcome: &mut Welcome, text: &str) {
    update(welcome, Event::Paste(text.to_owned()));
}

fn goes_on(welcome: &mut Welcome, text: &str) {
    types(welcome, text);
    welcome.passed += DEAF_MILLIS;
    update(welcome, Event::Key("enter".parse().unwrap()));
}

fn words() -> RecoveryWords {
    let words = [["abandon"; 23].as_slice(), &["art"]].concat().join(" ");
    words.parse().unwrap()
}
