//! A code for somebody, in words or as a picture; and that it was used.

use tidings_node::api::Invite;

use super::Content;
use crate::chat::Action;
use crate::commands::picture_rows;
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// A code, as a picture where that is wanted and has room.
pub(super) fn content(
    state: &State,
    invite: Option<&Invite>,
    (is_picture, top): (bool, usize),
    width: usize,
) -> Content {
    let shown = invite.filter(|_| is_picture);
    let picture = shown.and_then(|invite| picture(state, invite));
    let said = match picture {
        Some((content, None)) => content,
        Some((_, lacking)) => words(state, invite, lacking, width),
        None => words(state, invite, None, width),
    };
    Content { top, ..said }
}

/// A code in words: what is to be done with it, or why it is no picture.
fn words(state: &State, invite: Option<&Invite>, lacking: Option<Safe>, width: usize) -> Content {
    let texts = &state.texts;
    let Some(invite) = invite else {
        return Content {
            title: texts.invite_title(),
            lines: vec![Line::of(texts.invite_wait(), Face::Faint)],
            ..Content::default()
        };
    };
    let until = state.clock.moment(invite.expires_at);
    let code = Safe::line(&invite.code);
    let said = lacking.unwrap_or_else(|| texts.invite_give(&until));
    let mut lines = Line::wrapped(&said, width, Face::Text);
    lines.push(Line::default());
    lines.extend(
        code.rows(width, width)
            .into_iter()
            .map(|row| Line::of(row, Face::Own)),
    );
    Content {
        title: texts.invite_title(),
        lines,
        hint: texts.invite_keys(
            &Safe::line(&state.keys_of(Action::CopyShown)),
            &Safe::line(&state.keys_of(Action::Accept)),
            &Safe::line(&state.keys_of(Action::Close)),
        ),
        is_bare: true,
        ..Content::default()
    }
}

/// A code as a picture, with how much room it needs if there is less.
fn picture(state: &State, invite: &Invite) -> Option<(Content, Option<Safe>)> {
    let rows = picture_rows(&invite.code).ok()?;
    let lines: Vec<Line> = rows
        .iter()
        .map(|row| Line::of(Safe::line(row).padded(row.chars().count()), Face::Picture))
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

/// What stands where a code was that is used.
pub(super) fn used(state: &State, said: &Safe, top: usize, width: usize) -> Content {
    let close = Safe::line(&state.keys_of(Action::Accept));
    Content {
        title: state.texts.invite_title(),
        lines: Line::wrapped(said, width, Face::Good),
        top,
        hint: state.texts.close_hint(&close),
        ..Content::default()
    }
}
