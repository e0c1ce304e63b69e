//! What is written: typing, sending, drafts.

use crate::chat::{Action, Ask, Place};
use crate::tui::composer::{Buffer, Composer, Reach, Target, TooLong};
use crate::tui::effect::Effect;
use crate::tui::scene;
use crate::tui::state::{Scroll, State};

/// Writes a text that was typed or pasted.
pub(super) fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(composer) = state.composer_mut() else {
        return Vec::new();
    };
    let written = composer.buffer_mut().insert(text);
    let is_message = !composer.is_blank() && !matches!(composer.target(), Target::Edit(_));
    if let Err(too_long) = written {
        return refuse(state, too_long);
    }
    let place = state.open_place();
    let typing = place.filter(|_| is_message && state.may_tell_typing());
    typing
        .map(|place| Effect::Ask(Ask::Type(place)))
        .into_iter()
        .collect()
}

fn refuse(state: &mut State, _: TooLong) -> Vec<Effect> {
    let words = state.texts.too_long();
    state.warn(words);
    vec![Effect::Bell]
}

/// Actions that move the cursor.
const MOVES: [(Action, Reach); 8] = [
    (Action::Left, Reach::Left),
    (Action::Right, Reach::Right),
    (Action::WordLeft, Reach::WordLeft),
    (Action::WordRight, Reach::WordRight),
    (Action::Home, Reach::Home),
    (Action::End, Reach::End),
    (Action::Top, Reach::Top),
    (Action::Bottom, Reach::Bottom),
];

/// Actions that take out what they pass.
const DELETIONS: [(Action, Reach); 6] = [
    (Action::DeleteLeft, Reach::Left),
    (Action::DeleteRight, Reach::Right),
    (Action::DeleteWordLeft, Reach::WordLeft),
    (Action::DeleteWordRight, Reach::WordRight),
    (Action::DeleteToHome, Reach::Home),
    (Action::DeleteToEnd, Reach::End),
];

/// Moves or deletes in a text; whether the action does that.
pub(in crate::tui) fn edit_line(buffer: &mut Buffer, action: Action) -> bool {
    let of = |table: &[(Action, Reach)]| {
        let mut rows = table.iter();
        rows.find(|(of, _)| *of == action).map(|(_, reach)| *reach)
    };
    if let Some(reach) = of(&MOVES) {
        buffer.go(reach);
    } else if let Some(reach) = of(&DELETIONS) {
        buffer.delete(reach);
    } else {
        return false;
    }
    true
}

/// Changes what is written; nothing if the action does not.
pub(super) fn edit(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let columns = scene::areas(state).composer.width;
    let composer = state.composer_mut()?;
    let buffer = composer.buffer_mut();
    if edit_line(buffer, action) {
        return Some(Vec::new());
    }
    let written = if action == Action::Undo {
        buffer.undo();
        Ok(())
    } else if action == Action::Redo {
        buffer.redo();
        Ok(())
    } else if action == Action::Yank {
        buffer.yank()
    } else if action == Action::BreakLine {
        buffer.insert("\n")
    } else if action == Action::Up || action == Action::Down {
        let is_back = action == Action::Up;
        if !scene::go_row(buffer, columns, is_back) {
            composer.recall(is_back);
        }
        Ok(())
    } else {
        return None;
    };
    Some(match written {
        Ok(()) => Vec::new(),
        Err(too_long) => refuse(state, too_long),
    })
}

/// Sends what is written.
pub(super) fn send(state: &mut State) -> Vec<Effect> {
    let Some(place) = state.open_place() else {
        return Vec::new();
    };
    let Some((target, text)) = state.composer_mut().and_then(Composer::take) else {
        return Vec::new();
    };
    let conversation = state.conversation(place);
    let lifetime = conversation.and_then(|one| one.disappears_after);
    if lifetime.unwrap_or(0) == 0
        && let Some(composer) = state.composer_mut()
    {
        composer.keep_sent(target, &text);
    }
    if let Some(pane) = state.open.as_mut() {
        pane.scroll = Scroll::Latest;
        pane.selected = None;
        pane.divider = None;
    }
    let ask = match target {
        Target::New => Ask::Send {
            place,
            text,
            reply_to: None,
        },
        Target::Reply(to) => Ask::Send {
            place,
            text,
            reply_to: Some(to),
        },
        Target::Edit(message) => Ask::Edit {
            place,
            message,
            text,
        },
    };
    let mut effects = vec![Effect::Ask(ask)];
    effects.extend(keep_drafts(state));
    effects
}

/// Puts what was written and is not stored back to where it was written, as what it was to become.
pub(super) fn give_back(state: &mut State, ask: &Ask) {
    let (place, target, text) = if let Ask::Send {
        place,
        text,
        reply_to,
    } = ask
    {
        (place, reply_to.map_or(Target::New, Target::Reply), text)
    } else if let Ask::Edit {
        place,
        message,
        text,
    } = ask
    {
        (place, Target::Edit(*message), text)
    } else {
        return;
    };
    let composer = state.composers.entry(*place).or_default();
    composer.give_back(target, text);
}

/// Has every draft kept that changed.
pub(super) fn keep_drafts(state: &mut State) -> Vec<Effect> {
    let drafts = state.composers.iter_mut().filter_map(|(place, composer)| {
        let text = composer.draft_to_keep()?;
        Some(Effect::Ask(Ask::SetDraft {
            place: *place,
            text,
        }))
    });
    drafts.collect()
}

/// Has every draft kept before the interface is left, or stops.
pub(super) fn leaving(state: &mut State, how: Effect) -> Vec<Effect> {
    let mut effects = keep_drafts(state);
    effects.push(how);
    effects
}

/// What was written and is nowhere else once the interface is left, given what was asked and not done: where, and the text.
pub(in crate::tui) fn unkept<'a>(
    state: &mut State,
    not_done: impl IntoIterator<Item = &'a Ask>,
) -> Vec<(Place, String)> {
    let mut all = Vec::new();
    for ask in not_done {
        let Some(place) = ask.place() else {
            continue;
        };
        if let Some(text) = ask.written() {
            all.push((place, text.to_owned()));
        }
        if matches!(ask, Ask::SetDraft { .. })
            && let Some(composer) = state.composers.get_mut(&place)
        {
            composer.not_kept();
        }
    }
    for (place, composer) in &state.composers {
        let texts = composer.unkept().into_iter();
        all.extend(texts.map(|text| (*place, text.to_owned())));
    }
    all
}

/// Asks for the drafts that seem to be others than those here, where nobody has written since.
///
/// The answer comes after whatever was stored of that draft here before it was asked for: what seemed so may be older.
pub(super) fn drafts_elsewhere(state: &State) -> Vec<Effect> {
    let others = state.composers.iter().filter_map(|(place, composer)| {
        let known = composer.untouched()?;
        let now = state.conversation(*place)?.draft.as_deref();
        (now.unwrap_or_default() != known).then(|| {
            Effect::Ask(Ask::Draft {
                place: *place,
                known: known.to_owned(),
            })
        })
    });
    others.collect()
}

/// Takes a draft that was kept elsewhere.
pub(super) fn take_draft(state: &mut State, place: Place, known: &str, now: &str) {
    if let Some(composer) = state.composers.get_mut(&place) {
        composer.take_draft(known, now);
    }
}

/// Completes the name of a member after `@`.
pub(super) fn complete(state: &mut State) {
    let Some(place) = state.open_place() else {
        return;
    };
    let mut names: Vec<String> = state
        .conversation(place)
        .into_iter()
        .flat_map(|conversation| &conversation.members)
        .filter(|member| member.person != state.identity.person)
        .filter_map(|member| member.mentioned_as.clone())
        .collect();
    names.sort();
    let Some(composer) = state.composer_mut() else {
        return;
    };
    let (start, word) = composer.buffer().word_before();
    let Some(begun) = word.strip_prefix('@').map(str::to_lowercase) else {
        return;
    };
    let mut fitting = names
        .iter()
        .filter(|name| name.to_lowercase().starts_with(&begun));
    if let Some(name) = fitting.next() {
        // A name that has no room is not completed.
        let _ = composer.buffer_mut().complete(start, &format!("@{name} "));
    }
}
