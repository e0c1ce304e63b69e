//! What is written, and the row above it.

use ratatui::layout::{Position, Rect};

use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::composer::Target;
use crate::tui::line::Line;
use crate::tui::scene;
use crate::tui::state::{Focus, State};
use crate::tui::theme::Role;

/// Draws it; where its cursor is.
pub(super) fn draw(
    state: &State,
    above: Rect,
    area: Rect,
    canvas: &mut Canvas<'_>,
) -> Option<Position> {
    let composer = state.composer()?;
    let line = said_above(state, composer.target());
    canvas.row(above, 0, &line.cut(usize::from(above.width)));
    let (rows, (row, column)) = scene::written(composer.buffer(), area.width);
    let height = usize::from(area.height);
    let first = (row + 1).saturating_sub(height);
    for (number, shown) in rows.iter().skip(first).take(height).enumerate() {
        canvas.row(area, number, &Line::of(shown.text.clone(), Role::Text));
    }
    let y = area
        .y
        .checked_add(u16::try_from(row.checked_sub(first)?).ok()?)?;
    let x = area.x.checked_add(u16::try_from(column).ok()?)?;
    area.contains(Position { x, y })
        .then_some(Position { x, y })
}

/// What the text is to become, and who types.
fn said_above(state: &State, target: Target) -> Line {
    let texts = &state.texts;
    let Some(pane) = &state.open else {
        return Line::default();
    };
    let role = if state.focus == Focus::Composer {
        Role::Own
    } else {
        Role::Faint
    };
    let line = match target {
        Target::Edit(_) => Line::of(texts.editing(), Role::Attention),
        Target::Reply(id) => {
            let (name, said) = pane
                .window
                .message(id)
                .map_or_else(Default::default, |message| {
                    (texts.author(&message.from.name), Safe::line(&message.body))
                });
            Line::of(texts.answering(&name, &said.truncated(30)), Role::Attention)
        }
        Target::New => Line::of(texts.writing_to(&state.title(pane.place)), role),
    };
    let names = typists(state);
    if names.is_empty() {
        return line;
    }
    let mut all = Safe::default();
    for (number, name) in names.iter().enumerate() {
        if number > 0 {
            all.push(&", ".into());
        }
        all.push(name);
    }
    line.with("  ", Role::Text)
        .with(texts.typing(&all), Role::Good)
}

fn typists(state: &State) -> Vec<Safe> {
    let open = state
        .open
        .as_ref()
        .and_then(|open| state.conversation(open.place));
    let Some(conversation) = open else {
        return Vec::new();
    };
    let typing = state.presence.typing.iter();
    typing
        .filter(|typist| typist.conversation == conversation.id)
        .map(|typist| Safe::name(&typist.from.name))
        .collect()
}
