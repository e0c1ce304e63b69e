//! What is being written and taken, a row for each: what it does, with which file, and how far it is.
//!
//! Invariants
//! - How far it is is said in words: the bar beside them is of signs that need no colour, and is left out where it has no room.

use tidings_node::api::Transfer;

use crate::safe_text::Safe;
use crate::texts::{Texts, named, percent};
use crate::tui::line::{HINTS_APART, Line};
use crate::tui::state::State;
use crate::tui::theme::Face;

/// Columns of a bar with its ends, at most and at least.
const BAR_COLUMNS: usize = 22;
const BAR_COLUMNS_LEAST: usize = 8;

/// Columns that a name has, if it needs them, before there is a bar.
const NAME_COLUMNS: usize = 12;

/// What stands between the parts.
const APART: &str = " ";

/// The row of the first, with how many more there are; nothing if there is none.
pub(in crate::tui) fn running(state: &State) -> Option<Line> {
    let (first, rest) = state.transfers.split_first()?;
    let more = u64::try_from(rest.len()).unwrap_or(u64::MAX);
    let more = (more > 0).then(|| state.texts.more_transfers(more));
    let columns = usize::from(state.size.columns);
    let name = named(&first.path);
    Some(row(&state.texts, first, &name, more, columns))
}

/// A row of so many columns at most, with something behind it.
pub(super) fn row(
    texts: &Texts,
    transfer: &Transfer,
    name: &Safe,
    more: Option<Safe>,
    columns: usize,
) -> Line {
    let mut behind = Line::default();
    if let Some(done) = texts.done(transfer) {
        behind = behind.with(APART, Face::Text).with(done, Face::Text);
    }
    if let Some(more) = more {
        behind = behind.with(HINTS_APART, Face::Text).with(more, Face::Faint);
    }
    // What is said around a name, for which a letter stands.
    let doing = |name: &Safe| texts.doing(transfer.what, name);
    let around = doing(&"x".into()).width().saturating_sub(1);
    let room = columns.saturating_sub(around + behind.width());
    let bar = percent(transfer).and_then(|percent| {
        let columns = bar_columns(room, name.width())?;
        Some(bar(percent, columns))
    });
    let taken = bar.as_ref().map_or(0, |bar| APART.len() + bar.width());
    let name = name.truncated(room.saturating_sub(taken));
    let line = Line::of(doing(&name), Face::Text);
    let line = match bar {
        Some(bar) => line.with(APART, Face::Text).with(bar, Face::Good),
        None => line,
    };
    line.then(behind).cut(columns)
}

/// Columns of a bar beside a name, where both have so many; nothing where too little of the name would be left.
fn bar_columns(room: usize, name: usize) -> Option<usize> {
    let most = room.checked_sub(APART.len() + name.min(NAME_COLUMNS))?;
    let beside = room.saturating_sub(APART.len() + name);
    let columns = beside.clamp(BAR_COLUMNS_LEAST, BAR_COLUMNS);
    (columns <= most).then_some(columns)
}

/// A bar of so many columns.
fn bar(percent: u64, columns: usize) -> Safe {
    let inside = columns.saturating_sub(2);
    let done = usize::try_from(percent).unwrap_or(100).min(100) * inside / 100;
    let (done, rest) = ("#".repeat(done), "-".repeat(inside - done));
    Safe::line(&format!("[{done}{rest}]"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tidings_node::api::TransferKind;

    use super::*;
    use crate::output::sample::transfer;
    use crate::texts::Language;

    fn shown(path: &str, done: u64, columns: usize, language: Language) -> String {
        let mut transfer = transfer(1, TransferKind::Export, path);
        (transfer.done, transfer.total) = (done, Some(100));
        let name = named(Path::new(path));
        let more = Some(Texts::of(language).more_transfers(2));
        row(&Texts::of(language), &transfer, &name, more, columns).text()
    }

    #[test]
    fn a_row_says_what_is_done_with_which_file_and_how_far_in_as_much_room_as_there_is() {
        let [english, korean] = Language::ALL;
        assert_eq!(
            shown("/media/KINGSTON", 45, 40, english),
            "Writing KINGSTON [###-----] 45 %  2 more"
        );
        assert_eq!(
            shown("/media/KINGSTON", 0, 80, english),
            "Writing KINGSTON [--------------------] 0 %  2 more"
        );
        assert_eq!(
            shown("/media/KINGSTON", 100, 40, korean),
            "KINGSTON 쓰는 중 [#######] 100 %  외 2개"
        );
        assert_eq!(
            shown("/media/letters from the valley", 45, 24, english),
            "Writing le\u{2026} 45 %  2 more"
        );
    }

    #[test]
    fn a_row_is_never_wider_than_its_room_and_says_how_far_it_is_where_that_has_any() {
        for language in Language::ALL {
            for columns in 0..90 {
                let row = shown("/media/\u{d55c}\u{ae00} stick", 45, columns, language);
                assert!(crate::safe_text::width(&row) <= columns, "{columns}: {row}");
                assert!(columns < 30 || row.contains("45 %"), "{columns}: {row}");
            }
        }
    }
}
