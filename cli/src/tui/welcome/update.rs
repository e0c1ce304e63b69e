//! What the first run does about what happens.
//!
//! Invariants
//! - Nothing here draws, waits, or makes anything.
//! - The words are left by typing one of them alone, and are gone back to until it is chosen how to begin.
//! - A key that is held down goes on without a passphrase no further than to what that means.

use tidings_node::RecoveryWords;
use zeroize::Zeroizing;

use super::sheet;
use super::state::{Page, Welcome};
use crate::chat::{Action, DEAF_MILLIS, Layer};
use crate::commands::init::{asked_word, is_asked_word};
use crate::safe_text::Safe;
use crate::tui::event::Event;
use crate::tui::keys::{Chord, Key, Meaning};
use crate::tui::scene;
use crate::tui::state::{Choice, Input, Passphrase};
use crate::tui::update::edit;

/// How somebody can begin: with what the interface does first, if with anything.
pub(super) const BEGINNINGS: [Option<Action>; 3] = [Some(Action::Invite), Some(Action::Join), None];

/// Something to do.
#[derive(Debug)]
pub(super) enum Effect {
    /// Make the profile.
    Make {
        /// For somebody of this name.
        name: String,
        /// Locked by this, or by what a file has.
        passphrase: Option<Passphrase>,
    },
    /// Note that the words are on paper.
    Confirm,
    /// Go on to the conversations, with this first.
    Begin(Option<Action>),
    /// Leave: nothing was made.
    Leave,
    /// Leave, and take the profile away that was made: nobody saw its words.
    Undo,
    /// Leave: the profile is there, and the words were shown.
    Close,
    /// Draw everything anew.
    Redraw,
    /// Give the terminal back until the process goes on.
    Suspend,
}

/// Deals with what the terminal tells.
pub(super) fn update(welcome: &mut Welcome, event: Event) -> Option<Effect> {
    // What else happens is no matter of the first run.
    if let Event::Key(chord) = event {
        return pressed(welcome, chord);
    }
    if let Event::Paste(text) = event {
        typed(welcome, &Zeroizing::new(text));
    } else if let Event::Wheel(by) = event {
        scroll(welcome, by);
    } else if let Event::Resized(size) = event {
        welcome.size = size;
    }
    None
}

/// Shows the words of the profile that was made.
pub(super) fn made(welcome: &mut Welcome, words: RecoveryWords) -> Option<Effect> {
    if matches!(welcome.page, Page::Making { is_left: true }) {
        return Some(Effect::Undo);
    }
    welcome.page = Page::Words { words, top: 0 };
    None
}

fn pressed(welcome: &mut Welcome, chord: Chord) -> Option<Effect> {
    if chord.ctrl && chord.key == Key::Character('c') {
        return interrupted(welcome);
    }
    if std::mem::take(&mut welcome.is_interrupted) {
        welcome.trouble = None;
    }
    match welcome.keymap.meaning(Layer::Popup, &[chord]) {
        Meaning::Action(action) => act(welcome, action),
        Meaning::Begins | Meaning::Nothing => {
            let mut bytes = [0; 4];
            let text = chord.character()?.encode_utf8(&mut bytes);
            typed(welcome, text);
            None
        }
    }
}

/// Ctrl-C, or a signal that says the same: leaves; a second time where the words were shown, which nothing shows again.
pub(super) fn interrupted(welcome: &mut Welcome) -> Option<Effect> {
    match &mut welcome.page {
        Page::Name | Page::Passphrase(_) | Page::Again { .. } => Some(Effect::Leave),
        Page::Making { is_left } => {
            *is_left = true;
            None
        }
        Page::Words { .. } | Page::Proof { .. } | Page::Begin { .. } => {
            if std::mem::replace(&mut welcome.is_interrupted, true) {
                return Some(Effect::Close);
            }
            let texts = &welcome.texts;
            welcome.trouble = Some(if matches!(welcome.page, Page::Begin { .. }) {
                texts.welcome_leave_again()
            } else {
                texts.welcome_leave_words()
            });
            None
        }
    }
}

fn act(welcome: &mut Welcome, action: Action) -> Option<Effect> {
    if action == Action::Redraw {
        return Some(Effect::Redraw);
    }
    if action == Action::Suspend {
        return Some(Effect::Suspend);
    }
    if action == Action::Quit {
        return interrupted(welcome);
    }
    let is_held = action == Action::Accept && is_held(welcome);
    match &mut welcome.page {
        Page::Name => named(welcome, action),
        Page::Passphrase(typed) | Page::Again { again: typed, .. } => {
            if edit_passphrase(typed, action) {
                welcome.trouble = None;
                welcome.is_warned = false;
                None
            } else {
                locked(welcome, action, is_held)
            }
        }
        Page::Making { is_left } => {
            *is_left |= action == Action::Close;
            None
        }
        Page::Words { .. } => written(welcome, action),
        Page::Proof { .. } => proven(welcome, action),
        Page::Begin { .. } => chosen(welcome, action),
    }
}

/// Notes that somebody goes on; whether that is so soon after the last time that the key may be held down.
fn is_held(welcome: &mut Welcome) -> bool {
    let before = welcome.went_on_at.replace(welcome.passed);
    before.is_some_and(|at| welcome.passed < at.saturating_add(DEAF_MILLIS))
}

fn edit_passphrase(passphrase: &mut Passphrase, action: Action) -> bool {
    if action == Action::DeleteLeft {
        passphrase.erase();
    } else if action == Action::DeleteWordLeft || action == Action::DeleteToHome {
        *passphrase = Passphrase::default();
    } else {
        return false;
    }
    true
}

/// Writes where something is asked for.
fn typed(welcome: &mut Welcome, text: &str) {
    match &mut welcome.page {
        Page::Name => {
            welcome.name.insert(text);
            welcome.trouble = wrong_name(welcome);
        }
        Page::Passphrase(typed) | Page::Again { again: typed, .. } => {
            welcome.is_warned &= text.is_empty();
            let is_taken = is_typable(text) && typed.insert(text);
            welcome.trouble = (!is_taken).then(|| welcome.texts.welcome_no_passphrase());
        }
        Page::Proof { typed, .. } => {
            typed.insert(text);
            welcome.trouble = None;
        }
        Page::Making { .. } | Page::Words { .. } | Page::Begin { .. } => {}
    }
}

/// Whether a passphrase can be typed again at any prompt; the ends of lines behind it are no part of it.
fn is_typable(text: &str) -> bool {
    let text = text.trim_end_matches(['\r', '\n']);
    !text.chars().any(char::is_control)
}

/// What is wrong with the name as far as it is typed; one that was not begun is no wrong one.
fn wrong_name(welcome: &Welcome) -> Option<Safe> {
    let is_begun = !welcome.name.text().trim().is_empty();
    (is_begun && !is_name(welcome)).then(|| welcome.texts.welcome_no_name())
}

fn is_name(welcome: &Welcome) -> bool {
    tidings_node::check_name(welcome.name.text().trim()).is_ok()
}

fn named(welcome: &mut Welcome, action: Action) -> Option<Effect> {
    if action == Action::Close {
        return Some(Effect::Leave);
    }
    if action != Action::Accept {
        if edit(welcome.name.buffer_mut(), action) {
            welcome.trouble = wrong_name(welcome);
        }
        return None;
    }
    if !is_name(welcome) {
        welcome.trouble = Some(welcome.texts.welcome_no_name());
        return None;
    }
    welcome.trouble = None;
    if welcome.asks_passphrase {
        welcome.page = Page::Passphrase(Passphrase::default());
        return None;
    }
    Some(make(welcome, None))
}

fn locked(welcome: &mut Welcome, action: Action, is_held: bool) -> Option<Effect> {
    if action == Action::Close {
        return Some(Effect::Leave);
    }
    if action != Action::Accept {
        return None;
    }
    welcome.trouble = None;
    match std::mem::replace(&mut welcome.page, Page::Name) {
        Page::Passphrase(first) if first.is_empty() => without_passphrase(welcome, is_held),
        Page::Passphrase(first) => {
            let again = Passphrase::default();
            welcome.page = Page::Again { first, again };
            None
        }
        Page::Again { first, again } if again == first => Some(make(welcome, Some(first))),
        Page::Again { .. } => {
            welcome.trouble = Some(welcome.texts.welcome_other_passphrase());
            welcome.page = Page::Passphrase(Passphrase::default());
            None
        }
        page @ (Page::Name
        | Page::Making { .. }
        | Page::Words { .. }
        | Page::Proof { .. }
        | Page::Begin { .. }) => {
            welcome.page = page;
            None
        }
    }
}

/// Goes on without a passphrase once it was said what that means: a key may have been pressed once too often, or be held down.
fn without_passphrase(welcome: &mut Welcome, is_held: bool) -> Option<Effect> {
    if std::mem::replace(&mut welcome.is_warned, true) && !is_held {
        return Some(make(welcome, None));
    }
    let accept = Safe::line(&welcome.keymap.keys_of(Action::Accept).unwrap_or_default());
    welcome.trouble = Some(welcome.texts.welcome_without(&accept));
    welcome.page = Page::Passphrase(Passphrase::default());
    None
}

fn make(welcome: &mut Welcome, passphrase: Option<Passphrase>) -> Effect {
    welcome.page = Page::Making { is_left: false };
    Effect::Make {
        name: welcome.name.text().trim().to_owned(),
        passphrase,
    }
}

/// Moves through the words by some rows, as far as there are any.
fn scroll(welcome: &mut Welcome, by: isize) {
    let last = sheet::last_top(welcome);
    if let Page::Words { top, .. } = &mut welcome.page {
        *top = top.saturating_add_signed(by).min(last);
    }
}

/// Goes to another page with the words, if there are any.
fn turn(welcome: &mut Welcome, to: impl FnOnce(RecoveryWords) -> Page) {
    welcome.trouble = None;
    welcome.page = match std::mem::replace(&mut welcome.page, Page::Name) {
        Page::Words { words, .. } | Page::Proof { words, .. } | Page::Begin { words, .. } => {
            to(words)
        }
        page @ (Page::Name | Page::Passphrase(_) | Page::Again { .. } | Page::Making { .. }) => {
            page
        }
    };
}

fn to_words(words: RecoveryWords) -> Page {
    Page::Words { words, top: 0 }
}

fn to_proof(words: RecoveryWords) -> Page {
    let typed = Input::default();
    Page::Proof { words, typed }
}

fn to_begin(words: RecoveryWords) -> Page {
    let choice = Choice::default();
    Page::Begin { words, choice }
}

/// Deals with an action while the words are shown: it is gone on from their end alone, and not far.
fn written(welcome: &mut Welcome, action: Action) -> Option<Effect> {
    let page = isize::try_from(sheet::height(welcome.size)).unwrap_or(1);
    if action == Action::Up || action == Action::Down {
        scroll(welcome, if action == Action::Up { -1 } else { 1 });
    } else if action == Action::PageUp || action == Action::PageDown {
        scroll(
            welcome,
            if action == Action::PageUp {
                -page
            } else {
                page
            },
        );
    } else if action == Action::Accept && !scene::is_too_small(welcome.size) {
        if sheet::is_end_shown(welcome) {
            turn(welcome, to_proof);
        } else {
            scroll(welcome, page);
        }
    }
    None
}

/// Deals with an action while one of the words is asked for.
fn proven(welcome: &mut Welcome, action: Action) -> Option<Effect> {
    let Page::Proof { words, typed } = &mut welcome.page else {
        return None;
    };
    if action == Action::Close {
        turn(welcome, to_words);
    } else if action != Action::Accept {
        if edit(typed.buffer_mut(), action) {
            welcome.trouble = None;
        }
    } else if is_asked_word(words, typed.text()) {
        turn(welcome, to_begin);
        return Some(Effect::Confirm);
    } else {
        *typed = Input::default();
        let number = u64::try_from(asked_word(words)).unwrap_or(u64::MAX);
        welcome.trouble = Some(welcome.texts.welcome_other_word(number));
    }
    None
}

/// Deals with an action while it is asked how to begin.
fn chosen(welcome: &mut Welcome, action: Action) -> Option<Effect> {
    let Page::Begin { choice, .. } = &mut welcome.page else {
        return None;
    };
    if action == Action::Up || action == Action::Down {
        choice.step(if action == Action::Up { -1 } else { 1 }, BEGINNINGS.len());
    } else if action == Action::Accept {
        let chosen = BEGINNINGS.get(choice.of(BEGINNINGS.len()));
        return Some(Effect::Begin(chosen.copied().flatten()));
    } else if action == Action::Close {
        turn(welcome, to_words);
    }
    None
}
