//! What is written: typing, sending, drafts.

use tidings_node::api::ContactState;

use super::action::not_here;
use super::cursor::Motion;
use super::popup::{palette, path};
use crate::chat::{
    Action, Ask, ComposerAction, Entry, Place, Way, mistyped, needs_escape, typed as typed_for,
};
use crate::safe_text::Safe;
use crate::tui::composer::{Buffer, Composer, Target, TooLong};
use crate::tui::effect::Effect;
use crate::tui::scene;
use crate::tui::state::{Focus, Scroll, State};

/// Does what is about the text.
pub(super) fn act(state: &mut State, action: ComposerAction) -> Vec<Effect> {
    match action {
        ComposerAction::Write => {
            state.focus = Focus::Composer;
            Vec::new()
        }
        ComposerAction::Send => send(state),
        ComposerAction::Complete => complete(state),
        ComposerAction::BreakLine => edit(state, |buffer| buffer.insert("\n")),
        ComposerAction::Undo => edit(state, |buffer| {
            buffer.undo();
            Ok(())
        }),
        ComposerAction::Redo => edit(state, |buffer| {
            buffer.redo();
            Ok(())
        }),
    }
}

/// Changes the text while it has the keys.
fn edit(state: &mut State, how: impl FnOnce(&mut Buffer) -> Result<(), TooLong>) -> Vec<Effect> {
    let has_keys = state.focus == Focus::Composer;
    match state.composer_mut().filter(|_| has_keys) {
        None => not_here(state),
        Some(composer) => match how(composer.buffer_mut()) {
            Ok(()) => Vec::new(),
            Err(too_long) => refuse(state, too_long),
        },
    }
}

/// Moves through it or takes out of it; from its first row or its last on, through what was sent before.
pub(super) fn moved(state: &mut State, motion: Motion) -> Vec<Effect> {
    let columns = scene::areas(state).composer.width;
    let Some(composer) = state.composer_mut() else {
        return not_here(state);
    };
    let buffer = composer.buffer_mut();
    match motion {
        Motion::Rows(by) => {
            if !scene::go_row(buffer, columns, by < 0) {
                composer.recall(by < 0);
            }
        }
        Motion::Yank => return edit(state, Buffer::yank),
        Motion::Pages(_) | Motion::Go(_) | Motion::Delete(_) => {
            motion.edit(buffer);
        }
    }
    Vec::new()
}

/// Writes a text that was typed or pasted.
pub(super) fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(composer) = state.composer_mut() else {
        return Vec::new();
    };
    let was_blank = composer.is_blank();
    let written = composer.buffer_mut().insert(text);
    let is_message = !composer.is_blank() && !matches!(composer.target(), Target::Edit(_));
    let is_command = composer.buffer().text().trim_start().starts_with('/');
    if let Err(too_long) = written {
        return refuse(state, too_long);
    }
    let place = state.open_place();
    if let Some(said) = place.and_then(|place| blocked(state, place)) {
        if was_blank && is_message && !is_command {
            state.warn(said);
        }
        return Vec::new();
    }
    let typing = place.filter(|_| is_message && state.may_tell_typing());
    typing
        .map(|place| Effect::Ask(Ask::Type(place)))
        .into_iter()
        .collect()
}

/// Why nothing that is written there goes anywhere, if whoever it is for is blocked, and what helps.
fn blocked(state: &State, place: Place) -> Option<Safe> {
    let contact = state.contact(place)?;
    let how = Safe::line(&state.keys_of(Action::Block));
    let said = || state.texts.writing_to_blocked(&state.title(place), &how);
    (contact.state == ContactState::Blocked).then(said)
}

fn refuse(state: &mut State, _: TooLong) -> Vec<Effect> {
    let words = state.texts.too_long();
    state.warn(words);
    vec![Effect::Bell]
}

/// The action that a text is typed for, as in the line chat; several lines are no command.
fn command(text: &str) -> Option<&'static Entry> {
    let line = text.trim();
    typed_for(line).filter(|_| !line.contains('\n'))
}

/// The action for which what is written is typed, where that is to become a message.
fn written_command(composer: &Composer) -> Option<&'static Entry> {
    let is_edit = matches!(composer.target(), Target::Edit(_));
    command(composer.buffer().text()).filter(|_| !is_edit)
}

/// What looks like a verb at the start of a text, and is none; several lines are no command.
fn no_command(text: &str) -> Option<&str> {
    let line = text.trim();
    mistyped(line).filter(|_| !line.contains('\n'))
}

/// Says that there is no such command, if what is written looks like one and is to become a message.
fn refuse_mistyped(state: &mut State) -> Option<Vec<Effect>> {
    let composer = state.composer()?;
    let word = no_command(composer.buffer().text())?;
    if matches!(composer.target(), Target::Edit(_)) {
        return None;
    }
    let words = state.texts.no_command(&Safe::line(word));
    state.warn(words);
    Some(vec![Effect::Bell])
}

/// What is sent of a text: of two slashes before a verb, or what looks like one, one.
fn without_escape(text: String) -> String {
    let rest = text.trim_start().strip_prefix('/');
    let rest = rest.filter(|rest| needs_escape(rest));
    rest.map(str::to_owned).unwrap_or(text)
}

/// Takes what is written away if it is a command and nothing else, which is done now; it can be fetched back.
pub(super) fn take_command(state: &mut State) {
    if let Some(composer) = state.composer_mut()
        && written_command(composer).is_some()
        && composer.buffer().text().split_whitespace().nth(1).is_none()
    {
        composer.buffer_mut().replace("");
    }
}

/// What follows an action that is written.
pub(super) fn argument(state: &State, action: Action) -> Option<String> {
    let composer = state.composer()?;
    written_command(composer).filter(|entry| entry.action == action)?;
    let text = composer.buffer().text().trim();
    let (_, argument) = text.split_once(char::is_whitespace)?;
    Some(argument.trim().to_owned())
}

/// The path that is written behind a command which takes one, as far as it is typed: what it is for, and at which byte it
/// begins. The cursor is at its end.
pub(super) fn path(state: &State) -> Option<(Way, usize, &str)> {
    let composer = state
        .composer()
        .filter(|_| state.focus == Focus::Composer)?;
    let way = Way::of(written_command(composer)?.action)?;
    let text = composer.buffer().text();
    let (_, path) = text.trim_start().split_once(char::is_whitespace)?;
    let path = path.trim_start();
    let start = text.len().checked_sub(path.len())?;
    (composer.buffer().cursor() == text.len()).then_some((way, start, path))
}

/// Takes what is written away if it is an action which is done now, even with something else than follows it there; it
/// can be fetched back.
pub(super) fn take_done(state: &mut State, action: Action) {
    if let Some(composer) = state.composer_mut()
        && written_command(composer).is_some_and(|entry| entry.action == action)
    {
        composer.buffer_mut().replace("");
    }
}

/// Sends what is written, unless it is a command: that is shown, to be done or not, or there is none such.
fn send(state: &mut State) -> Vec<Effect> {
    let Some(place) = state.open_place() else {
        return Vec::new();
    };
    if let Some(entry) = state.composer().and_then(written_command) {
        palette::show_written(state, entry);
        return Vec::new();
    }
    if let Some(refused) = refuse_mistyped(state) {
        return refused;
    }
    let Some((target, text)) = state.composer_mut().and_then(Composer::take) else {
        return Vec::new();
    };
    let text = if matches!(target, Target::Edit(_)) {
        text
    } else {
        without_escape(text)
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
    let is_escaped = !matches!(target, Target::Edit(_)) && needs_escape(text);
    let escape = if is_escaped { "/" } else { "" };
    let composer = state.composers.entry(*place).or_default();
    composer.give_back(target, &format!("{escape}{text}"));
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

/// Completes the path behind a command, or the name of a member after `@`.
fn complete(state: &mut State) -> Vec<Effect> {
    if let Some(effects) = path::complete_written(state) {
        return effects;
    }
    let Some(place) = state.open_place() else {
        return Vec::new();
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
        return Vec::new();
    };
    let (start, word) = composer.buffer().word_before();
    let Some(begun) = word.strip_prefix('@').map(str::to_lowercase) else {
        return Vec::new();
    };
    let mut fitting = names
        .iter()
        .filter(|name| name.to_lowercase().starts_with(&begun));
    if let Some(name) = fitting.next() {
        // A name that has no room is not completed.
        let _ = composer.buffer_mut().complete(start, &format!("@{name} "));
    }
    Vec::new()
}
