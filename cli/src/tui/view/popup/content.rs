//! What each popup shows.

use tidings_node::PersonId;
use tidings_node::api::{Check, ContactState, Invite, Message, SafetyWords};

use super::{Content, details, excerpt, people};
use crate::chat::{ACTIONS, Action, Entry, Layer, Place};
use crate::commands::picture_rows;
use crate::safe_text::Safe;
use crate::tui::line::{Line, blanks};
use crate::tui::state::{Choice, Input, Popup, Question, State, Wanted};
use crate::tui::theme::Role;
use crate::tui::update;

/// Columns of keys in the help.
const KEY_COLUMNS: usize = 14;

/// Columns of a reaction that is offered.
const REACTION_COLUMNS: usize = 6;

/// Columns of a name beside what was found.
const NAME_COLUMNS: usize = 12;

/// The same, where there are few.
const NAME_COLUMNS_NARROW: usize = 8;

/// Columns below which there are few.
const NARROW_COLUMNS: usize = 56;

/// What a popup shows in so many columns.
pub(super) fn of(state: &State, popup: &Popup, width: usize) -> Content {
    let texts = &state.texts;
    match popup {
        Popup::Help { top } => Content {
            title: texts.help_title(),
            lines: help(state, width),
            top: *top,
            ..Content::default()
        },
        Popup::Palette { input, choice } => palette(state, input, *choice, width),
        Popup::Search {
            input,
            found,
            is_more,
            choice,
            ..
        } => search(state, input, (found, *is_more, *choice), width),
        Popup::Invite { invite, is_picture } => code(state, invite.as_ref(), *is_picture, width),
        Popup::Used { said, .. } => used(state, said, width),
        Popup::Ask {
            wanted,
            input,
            choice,
        } => line_asked(state, *wanted, input, *choice),
        Popup::Confirm(question) => Content {
            title: question_words(state, *question),
            lines: about_question(state, *question, width),
            hint: texts.yes_or_no(&texts.yes_letter(), &texts.no_letter()),
            ..Content::default()
        },
        Popup::Verify {
            place,
            words,
            differ,
        } => verify(state, *place, (words.as_ref(), *differ), width),
        Popup::Members { place, chosen } => people::members(state, *place, *chosen, width),
        Popup::People { chosen } => people::contacts(state, *chosen, width),
        Popup::Pick {
            party,
            input,
            picked,
            chosen,
        } => people::pick(state, party, input, (picked, *chosen), width),
        Popup::Doctor { checks, top, .. } => doctor(state, checks.as_deref(), *top, width),
        Popup::Details {
            message,
            deliveries,
            top,
        } => details::details(state, *message, deliveries.as_deref(), *top, width),
        Popup::Pinned {
            place,
            found,
            choice,
        } => details::pinned(state, *place, (found.as_deref(), *choice), width),
        Popup::About => Content {
            title: texts.about_title(),
            lines: about(state, width),
            ..Content::default()
        },
    }
}

/// A code, as a picture where that is wanted and has room.
fn code(state: &State, invite: Option<&Invite>, is_picture: bool, width: usize) -> Content {
    let shown = invite.filter(|_| is_picture);
    let picture = shown.and_then(|invite| picture(state, invite));
    match picture {
        Some((content, None)) => content,
        Some((_, lacking)) => invite_content(state, invite, lacking, width),
        None => invite_content(state, invite, None, width),
    }
}

/// A line that is asked for, and what is offered for it.
fn line_asked(state: &State, wanted: Wanted, input: &Input, choice: Choice) -> Content {
    let lines = reactions(state, wanted, input.text());
    Content {
        title: asked(state, wanted),
        input: Some(input.clone()),
        chosen: (!lines.is_empty()).then(|| choice.of(lines.len())),
        lines,
        hint: state.texts.ask_keys(
            &Safe::line(&state.keys_of(Action::Accept)),
            &Safe::line(&state.keys_of(Action::Close)),
        ),
        ..Content::default()
    }
}

fn palette(state: &State, input: &Input, choice: Choice, width: usize) -> Content {
    let texts = &state.texts;
    let row = |entry: &&Entry| {
        let keys = state.keymap.keys_behind(entry.action).unwrap_or_default();
        let keys = Safe::line(&keys);
        let room = width.saturating_sub(keys.width() + 2);
        Line::of(texts.action(entry).truncated(room), Role::Text)
            .with("  ", Role::Text)
            .with(keys, Role::Faint)
            .cut(width)
    };
    let found = update::actions(state, input.text());
    let lines = found.iter().map(row).collect();
    chosen_of(
        texts.palette_title(),
        input,
        lines,
        choice,
        texts.palette_none(),
    )
}

fn search(
    state: &State,
    input: &Input,
    (found, is_more, choice): (&[Message], bool, Choice),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let rows = found
        .iter()
        .map(|message| excerpt::line(state, message, input.text(), width));
    let nothing = if input.text().trim().is_empty() {
        texts.search_hint()
    } else {
        texts.search_none()
    };
    let mut content = chosen_of(texts.search_title(), input, rows.collect(), choice, nothing);
    if is_more {
        content.hint = texts.search_more();
    }
    content
}

/// What is offered where a reaction is asked for, each behind its digit.
fn reactions(state: &State, wanted: Wanted, text: &str) -> Vec<Line> {
    let Wanted::Reaction(_, message) = wanted else {
        return Vec::new();
    };
    let is_all = text.trim().is_empty();
    let row = |(number, offer): (usize, &update::Offer)| {
        let digit = if is_all {
            Safe::line(&(number % 10).to_string())
        } else {
            " ".into()
        };
        let emoji = Safe::line(&offer.emoji).truncated(REACTION_COLUMNS);
        Line::of(digit, Role::Faint)
            .with("  ", Role::Text)
            .with(emoji.padded(REACTION_COLUMNS), Role::Text)
            .with(offer.name.clone(), Role::Text)
    };
    let offered = update::offered(state, message, text);
    (1..).zip(&offered).map(row).collect()
}

fn doctor(state: &State, checks: Option<&[Check]>, top: usize, width: usize) -> Content {
    let wait = || vec![Line::of(state.texts.doctor_wait(), Role::Faint)];
    Content {
        title: state.texts.doctor_title(),
        lines: checks.map_or_else(wait, |checks| findings(checks, width)),
        top,
        ..Content::default()
    }
}

pub(super) fn chosen_of(
    title: Safe,
    input: &Input,
    lines: Vec<Line>,
    choice: Choice,
    nothing: Safe,
) -> Content {
    let chosen = (!lines.is_empty()).then(|| choice.of(lines.len()));
    Content {
        title,
        input: Some(input.clone()),
        lines: if lines.is_empty() {
            vec![Line::of(nothing, Role::Faint)]
        } else {
            lines
        },
        chosen,
        ..Content::default()
    }
}

fn help(state: &State, width: usize) -> Vec<Line> {
    let texts = &state.texts;
    let mut layers = [
        (Layer::Everywhere, texts.keys_everywhere()),
        (Layer::Composer, texts.keys_composer()),
        (Layer::Messages, texts.keys_messages()),
        (Layer::List, texts.keys_list()),
        (Layer::Popup, texts.keys_popup()),
    ];
    let part = state.part();
    layers.sort_by_key(|(layer, _)| *layer != part);
    let mut lines = Vec::new();
    for (layer, title) in layers {
        lines.push(Line::of(title, Role::Heading));
        for (keys, action) in state.keymap.of(layer) {
            let Some(entry) = action.entry() else {
                continue;
            };
            let keys =
                Line::of("  ", Role::Text).with(Safe::line(&keys).padded(KEY_COLUMNS), Role::Own);
            lines.extend(beside(keys, &texts.action(entry), width));
        }
        lines.push(Line::default());
    }
    let palette = Safe::line(&state.keys_of(Action::Palette));
    lines.push(Line::of(texts.keys_none(&palette), Role::Heading));
    let has_none = |entry: &&Entry| state.keymap.keys_of(entry.action).is_none();
    for entry in ACTIONS
        .iter()
        .filter(|entry| entry.is_command())
        .filter(has_none)
    {
        let none = Line::of(blanks(KEY_COLUMNS + 2), Role::Text);
        lines.extend(beside(none, &texts.action(entry), width));
    }
    lines
}

/// What an action does beside its keys, in as many rows as it takes.
fn beside(keys: Line, about: &Safe, width: usize) -> Vec<Line> {
    let before = keys.width();
    let room = width.saturating_sub(before).max(1);
    let mut keys = Some(keys);
    let rows = about.rows(room, room).into_iter();
    rows.map(|row| {
        let before = keys
            .take()
            .unwrap_or_else(|| Line::of(blanks(before), Role::Text));
        before.with(row, Role::Text)
    })
    .collect()
}

pub(super) fn found_line(state: &State, message: &Message, width: usize) -> Line {
    let texts = &state.texts;
    let who = if message.mine {
        texts.you()
    } else {
        texts.author(&message.from.name)
    };
    let day = state.clock.day(message.sent_at);
    let (format, name) = if width < NARROW_COLUMNS {
        ("%m-%d", NAME_COLUMNS_NARROW)
    } else {
        ("%Y-%m-%d", NAME_COLUMNS)
    };
    let day = day.map_or_else(Safe::default, |day| {
        Safe::line(&day.strftime(format).to_string())
    });
    let body = Safe::line(&message.body);
    Line::of(day, Role::Faint)
        .with(" ", Role::Text)
        .with(who.truncated(name).padded(name), Role::Author)
        .with(" ", Role::Text)
        .with(body, Role::Text)
        .cut(width)
}

/// A code in words: what is to be done with it, or why it is no picture.
fn invite_content(
    state: &State,
    invite: Option<&Invite>,
    lacking: Option<Safe>,
    width: usize,
) -> Content {
    let texts = &state.texts;
    let Some(invite) = invite else {
        return Content {
            title: texts.invite_title(),
            lines: vec![Line::of(texts.invite_wait(), Role::Faint)],
            ..Content::default()
        };
    };
    let until = state.clock.moment(invite.expires_at);
    let code = Safe::line(&invite.code);
    let said = lacking.unwrap_or_else(|| texts.invite_give(&until));
    let mut lines = wrapped(&said, width, Role::Text);
    lines.push(Line::default());
    lines.extend(
        code.rows(width, width)
            .into_iter()
            .map(|row| Line::of(row, Role::Own)),
    );
    Content {
        title: texts.invite_title(),
        lines,
        hint: texts.invite_keys(
            &Safe::line(&state.keys_of(Action::CopyShown)),
            &Safe::line(&state.keys_of(Action::Accept)),
            &Safe::line(&state.keys_of(Action::Close)),
        ),
        ..Content::default()
    }
}

/// What stands where a code was that is used.
fn used(state: &State, said: &Safe, width: usize) -> Content {
    let close = Safe::line(&state.keys_of(Action::Accept));
    Content {
        title: state.texts.invite_title(),
        lines: wrapped(said, width, Role::Good),
        hint: state.texts.close_hint(&close),
        ..Content::default()
    }
}

/// A code as a picture, with how much room it needs if there is less.
fn picture(state: &State, invite: &Invite) -> Option<(Content, Option<Safe>)> {
    let rows = picture_rows(&invite.code).ok()?;
    let lines: Vec<Line> = rows
        .iter()
        .map(|row| Line::of(Safe::line(row).padded(row.chars().count()), Role::Picture))
        .collect();
    let width = lines.iter().map(Line::width).max()?;
    let has_room =
        width <= usize::from(state.size.columns) && lines.len() < usize::from(state.size.rows);
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let lacking = (!has_room).then(|| {
        let rows = lines.len().saturating_add(1);
        state.texts.picture_room(count(width), count(rows))
    });
    let content = Content {
        lines,
        hint: state.texts.picture_keys(
            &Safe::line(&state.keys_of(Action::Accept)),
            &Safe::line(&state.keys_of(Action::Close)),
        ),
        is_whole: true,
        ..Content::default()
    };
    Some((content, lacking))
}

fn asked(state: &State, wanted: Wanted) -> Safe {
    let texts = &state.texts;
    match wanted {
        Wanted::Code => texts.ask_code(),
        Wanted::NewRoom => texts.ask_new_room(),
        Wanted::Name(_) => texts.ask_name(),
        Wanted::Lifetime(_) => texts.ask_lifetime(),
        Wanted::Reaction(..) => texts.ask_reaction(),
    }
}

fn question_words(state: &State, question: Question) -> Safe {
    let texts = &state.texts;
    match question {
        Question::Delete(..) => texts.confirm_delete(),
        Question::DeleteForMe(..) => texts.confirm_delete_for_me(),
        Question::Leave(place) => texts.confirm_leave(&state.title(place)),
        Question::Block(place, true) => texts.confirm_block(&state.title(place)),
        Question::Remove(place, person) => {
            texts.confirm_remove(&member_name(state, place, person), &state.title(place))
        }
        Question::Admin(place, person, is_admin) => {
            let (name, room) = (member_name(state, place, person), state.title(place));
            if is_admin {
                texts.confirm_admin(&name, &room)
            } else {
                texts.confirm_no_admin(&name, &room)
            }
        }
        Question::Block(place, false) => texts.confirm_unblock(&state.title(place)),
    }
}

fn member_name(state: &State, place: Place, person: PersonId) -> Safe {
    let of = state.conversation(place);
    let mut members = of.into_iter().flat_map(|room| &room.members);
    let member = members.find(|member| member.person == person);
    member.map_or_else(
        || state.texts.somebody(),
        |one| state.texts.author(&one.name),
    )
}

/// The message that a question is about, if it is about one that is here.
fn about_question(state: &State, question: Question, width: usize) -> Vec<Line> {
    let id = match question {
        Question::Delete(_, id) | Question::DeleteForMe(_, id) => id,
        Question::Leave(_) | Question::Block(..) | Question::Remove(..) | Question::Admin(..) => {
            return Vec::new();
        }
    };
    let open = state.open.as_ref();
    let message = open.and_then(|pane| pane.window.message(id));
    let line = message.map(|message| found_line(state, message, width));
    line.into_iter().collect()
}

fn verify(
    state: &State,
    place: Place,
    (words, differ): (Option<&SafetyWords>, bool),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let name = state.title(place);
    let mut lines = Vec::new();
    if differ {
        return Content {
            title: texts.verify_title(&name),
            lines: wrapped(&texts.verify_differ(&name), width, Role::Trouble),
            hint: texts.close_hint(&Safe::line(&state.keys_of(Action::Close))),
            ..Content::default()
        };
    }
    match words {
        None => lines.push(Line::of(texts.verify_wait(), Role::Faint)),
        Some(words) => {
            let contact = state.contact(place);
            let held_off = contact.filter(|one| one.state == ContactState::Suspended);
            if let Some(contact) = held_off {
                let (why, role) = people::standing(state, contact);
                lines.extend(wrapped(&why, width, role));
            }
            if words.verified || contact.is_some_and(|contact| contact.verified) {
                lines.extend(wrapped(&texts.verified(&name), width, Role::Good));
            }
            lines.extend(wrapped(&texts.verify_how(&name), width, Role::Text));
            lines.push(Line::default());
            let all = Safe::line(&words.safety_words.join("  "));
            lines.extend(wrapped(&all, width, Role::Heading));
        }
    }
    let close = Safe::line(&state.keys_of(Action::Close));
    let hint = if words.is_some() {
        texts.verify_keys(&texts.yes_letter(), &texts.no_letter(), &close)
    } else {
        texts.close_hint(&close)
    };
    Content {
        title: texts.verify_title(&name),
        lines,
        hint,
        ..Content::default()
    }
}

fn findings(checks: &[Check], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut sorted: Vec<&Check> = checks.iter().collect();
    sorted.sort_by_key(|check| check.ok);
    for check in sorted {
        let (mark, role) = if check.ok {
            ("\u{2713} ", Role::Good)
        } else {
            ("\u{2717} ", Role::Trouble)
        };
        let first = Line::of(mark, role).with(Safe::line(&check.name), Role::Heading);
        lines.push(first);
        let room = width.saturating_sub(2);
        let detail = wrapped(&Safe::line(&check.detail), room, Role::Text);
        lines.extend(detail.into_iter().map(|line| line.indented(2)));
        if !check.ok && !check.hint.is_empty() {
            let hint = wrapped(&Safe::line(&check.hint), room, Role::Attention);
            lines.extend(hint.into_iter().map(|line| line.indented(2)));
        }
    }
    lines
}

fn about(state: &State, width: usize) -> Vec<Line> {
    let texts = &state.texts;
    let identity = &state.identity;
    let words = Safe::line(&identity.safety_words.join(" "));
    let mut said = vec![
        texts.about_name(&Safe::name(&identity.name)),
        texts.about_person(&Safe::line(&identity.person.to_string())),
        texts.about_words(&words),
    ];
    if let Some(status) = &state.status {
        said.push(texts.about_mode(&Safe::line(&status.mode)));
        if let Some(lack) = &status.lack {
            said.push(texts.about_lack(&Safe::line(lack)));
        }
    }
    said.iter()
        .flat_map(|words| wrapped(words, width, Role::Text))
        .collect()
}

pub(super) fn wrapped(words: &Safe, width: usize, role: Role) -> Vec<Line> {
    let width = width.max(1);
    let rows = words.rows(width, width).into_iter();
    rows.map(|row| Line::of(row, role)).collect()
}
