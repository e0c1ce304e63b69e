//! A profile that turned out to be locked: its passphrase is asked for, and nothing else meanwhile.
//!
//! Invariants
//! - Whatever is typed then goes to nobody.

use crate::failure::{Cause, Failure};
use crate::tui::effect::Effect;
use crate::tui::keys::{Chord, Key};
use crate::tui::state::{Locked, State};

/// The profile is locked now, or is not any more.
pub(super) fn changed(state: &mut State, is_locked: bool) {
    state.pending.clear();
    if is_locked {
        // The node that moved something has ended.
        state.transfers.clear();
        state.locked = Some(Locked::default());
        return;
    }
    let Some(locked) = state.locked.take() else {
        return;
    };
    if locked.is_over || !locked.passphrase.is_empty() {
        // The rest of a passphrase, and the Enter behind it, would go to somebody.
        state.locked = Some(Locked {
            is_over: true,
            ..Locked::default()
        });
    } else {
        let words = state.texts.unlocked();
        state.say(words);
    }
}

/// Deals with a key.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if state.locked.as_ref().is_some_and(|locked| locked.is_over) {
        if chord.key == Key::Enter || chord.key == Key::Escape {
            state.locked = None;
        }
        return Vec::new();
    }
    if chord.key == Key::Escape {
        return vec![Effect::Quit];
    }
    if let Some(character) = chord.character() {
        return typed(state, &character.to_string());
    }
    let Some(locked) = state.locked.as_mut().filter(|locked| !locked.is_tried) else {
        return Vec::new();
    };
    if chord.key == Key::Backspace {
        locked.passphrase.erase();
    } else if chord.ctrl && chord.key == Key::Character('u') {
        locked.passphrase = Default::default();
    } else if chord.key == Key::Enter && !locked.passphrase.is_empty() {
        locked.is_tried = true;
        locked.why = None;
        return vec![Effect::Unlock(std::mem::take(&mut locked.passphrase))];
    }
    Vec::new()
}

/// Takes what was typed or pasted.
pub(super) fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    let locked = state.locked.as_mut();
    let locked = locked.filter(|locked| !locked.is_tried && !locked.is_over);
    let has_room = locked.is_none_or(|locked| locked.passphrase.insert(text));
    let bell = (!has_room).then_some(Effect::Bell);
    bell.into_iter().collect()
}

/// The passphrase did not do: it is asked for again.
pub(super) fn refused(state: &mut State, failure: &Failure) {
    let why = if failure.cause == Cause::Locked {
        state.texts.wrong_passphrase()
    } else {
        state.texts.failure(failure)
    };
    if let Some(locked) = &mut state.locked {
        *locked = Locked {
            why: Some(why),
            ..Locked::default()
        };
    }
}
