//! Where files are to be written, or lie: a path that is typed, here or behind its command where a message is written, and
//! completed by what is there.

use crate::chat::{Ask, Way};
use crate::tui::effect::Effect;
use crate::tui::state::{Input, Popup, State};
use crate::tui::update::composer;

/// Asks for it, beginning so.
pub(in crate::tui::update) fn show(state: &mut State, way: Way, text: &str) -> Vec<Effect> {
    state.popup = Some(Popup::Path {
        way,
        input: Input::of(text),
        offers: None,
        top: 0,
    });
    Vec::new()
}

/// Looks what it may go on with.
pub(super) fn complete(state: &State) -> Vec<Effect> {
    let Some(Popup::Path { input, .. }) = &state.popup else {
        return Vec::new();
    };
    vec![Effect::Complete(input.text().to_owned())]
}

/// Looks what one may go on with that is written behind its command; nothing if there is none.
pub(in crate::tui::update) fn complete_written(state: &State) -> Option<Vec<Effect>> {
    let (_, _, path) = composer::path(state)?;
    Some(vec![Effect::Complete(path.to_owned())])
}

/// Goes on with what all that it may be begins with, and offers all of that where it is several.
pub(in crate::tui::update) fn completed(state: &mut State, typed: &str, found: Vec<String>) {
    let Some(Popup::Path {
        input, offers, top, ..
    }) = &mut state.popup
    else {
        return completed_written(state, typed, found);
    };
    if input.text() != typed {
        return;
    }
    let common = Input::of(common(&found));
    if common.text().len() > typed.len() {
        *input = common;
    }
    (*offers, *top) = (Some(found).filter(|found| found.len() != 1), 0);
}

/// Goes on so with one that is written, unless something stands in front by now. What it may be has no room there: where
/// it cannot go on it is asked for, with all of that.
fn completed_written(state: &mut State, typed: &str, found: Vec<String>) {
    let written = composer::path(state).filter(|(_, _, path)| *path == typed);
    let Some((way, start, _)) = written.filter(|_| state.popup.is_none()) else {
        return;
    };
    let common = common(&found);
    if common.len() > typed.len() {
        if let Some(composer) = state.composer_mut() {
            // A path that has no room is not completed.
            let _ = composer.buffer_mut().complete(start, common);
        }
    } else if found.is_empty() {
        let words = state.texts.path_none();
        state.say(words);
    } else if found.len() > 1 {
        show(state, way, typed);
        completed(state, typed, found);
    }
}

/// What all of these begin with.
fn common(all: &[String]) -> &str {
    let Some((first, rest)) = all.split_first() else {
        return "";
    };
    let alike = |other: &String| {
        let pairs = first.char_indices().zip(other.chars());
        let mut differ = pairs.filter(|((_, one), other)| one != other);
        let differs = differ.next().map(|((at, _), _)| at);
        differs.unwrap_or(first.len().min(other.len()))
    };
    let end = rest.iter().map(alike).min().unwrap_or(first.len());
    first.get(..end).unwrap_or_default()
}

/// Writes there, or takes what lies there.
pub(super) fn accepted(state: &mut State, way: Way, input: &Input) -> Vec<Effect> {
    let typed = input.text().trim();
    if typed.is_empty() {
        return Vec::new();
    }
    composer::take_done(state, way.action());
    vec![Effect::Ask(Ask::Bundle {
        way,
        typed: typed.to_owned(),
        path: state.origin.path(typed),
    })]
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_all_begin_with_is_found_and_no_character_is_parted() {
        let common = |all: &[&str]| {
            let all: Vec<String> = all.iter().map(|&one| one.to_owned()).collect();
            super::common(&all).to_owned()
        };
        assert_eq!(common(&[]), "");
        assert_eq!(common(&["/media/stick/"]), "/media/stick/");
        assert_eq!(common(&["/media/a", "/media/b", "/mnt"]), "/m");
        assert_eq!(common(&["ab", "abc"]), "ab");
        assert_eq!(common(&["abc", "ab"]), "ab");
        assert_eq!(common(&["\u{d55c}", "\u{d55d}"]), "");
    }
}
