//! What the doctor found: first what is not well, with what would help; what is well is folded into one row.

use tidings_node::api::Check;

use super::Content;
use crate::chat::Action;
use crate::safe_text::Safe;
use crate::texts::Texts;
use crate::tui::line::Line;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(
    state: &State,
    checks: Option<&[Check]>,
    (is_unfolded, top): (bool, usize),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let title = texts.doctor_title();
    let Some(checks) = checks else {
        return Content {
            title,
            lines: vec![Line::of(texts.doctor_wait(), Face::Faint)],
            ..Content::default()
        };
    };
    let (well, ill): (Vec<&Check>, Vec<&Check>) = checks.iter().partition(|check| check.ok);
    let mut lines: Vec<Line> = ill
        .iter()
        .flat_map(|check| finding(texts, check, width))
        .collect();
    if well.is_empty() {
        return Content {
            title,
            lines,
            top,
            ..Content::default()
        };
    }
    let count = u64::try_from(well.len()).unwrap_or(u64::MAX);
    lines.extend(Line::wrapped(&texts.doctor_well(count), width, Face::Good));
    if is_unfolded {
        lines.extend(well.iter().flat_map(|check| finding(texts, check, width)));
    }
    let keys = |action| Safe::line(&state.keys_of(action));
    Content {
        title,
        lines,
        top,
        hint: texts.doctor_keys(&keys(Action::Accept), &keys(Action::Close)),
        ..Content::default()
    }
}

/// One of its findings, with what would help.
fn finding(texts: &Texts, check: &Check, width: usize) -> Vec<Line> {
    let (mark, face) = if check.ok {
        ("\u{2713} ", Face::Good)
    } else {
        ("\u{2717} ", Face::Trouble)
    };
    let room = width.saturating_sub(2);
    let mut lines = vec![Line::of(mark, face).with(texts.subject(check), Face::Heading)];
    let detail = Line::wrapped(&texts.found(check), room, Face::Text);
    lines.extend(detail.into_iter().map(|line| line.indented(2)));
    if !check.ok && !check.hint.is_empty() {
        let hint = Line::wrapped(&texts.helps(check), room, Face::Attention);
        lines.extend(hint.into_iter().map(|line| line.indented(2)));
    }
    lines
}
