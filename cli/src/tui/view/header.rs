//! The first row: who is open, and how others are reached.

use ratatui::layout::Rect;
use tidings_node::api::ContactState;

use crate::chat::{Place, lifetime_words};
use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::{Line, blanks};
use crate::tui::state::State;
use crate::tui::theme::Face;

/// The mode of a node that reaches nobody.
const OFFLINE: &str = "offline";

/// The mode of a node that uses local networks alone.
const LAN: &str = "lan";

/// The mode of a node that uses none.
const INTERNET: &str = "internet";

/// Columns that the title of what is open has at least, if it needs them, beside what is said before it.
const TITLE_COLUMNS: usize = 14;

/// What stands between a title and what is said of it: nowhere in a title do two blanks stand together.
const APART: &str = "  ";

/// How much something matters where there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// It is on or off because somebody wanted it so.
    Known,
    /// It goes well.
    Fine,
    /// It is what somebody looks for.
    Wanted,
}

/// Draws it.
pub(super) fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_>) {
    let width = usize::from(area.width);
    let (title, before) = match &state.open {
        Some(open) => title(state, open.place),
        None => (Line::of("Tidings", Face::Heading), 0),
    };
    let least = title.width().min(before + TITLE_COLUMNS.max(width / 3));
    let paths = fitting(paths(state), width.saturating_sub(least + 1));
    let room = width.saturating_sub(paths.width() + 1);
    let title = title.cut(room);
    let gap = width.saturating_sub(title.width() + paths.width());
    let line = title.with(blanks(gap), Face::Text).then(paths);
    canvas.row(area, 0, &line.cut(width));
}

/// A row of what there is room for: what matters least is left out first.
fn fitting(mut said: Vec<(Safe, Face, Weight)>, room: usize) -> Line {
    loop {
        let mut line = Line::default();
        for (number, (words, face, _)) in said.iter().enumerate() {
            if number > 0 {
                line = line.with(" - ", Face::Faint);
            }
            line = line.with(words.clone(), *face);
        }
        let lightest = said.iter().map(|(.., weight)| *weight).min();
        let at = said
            .iter()
            .rposition(|(.., weight)| Some(*weight) == lightest);
        match at {
            Some(at) if line.width() > room && said.len() > 1 => drop(said.remove(at)),
            Some(_) | None => return line.cut(room),
        }
    }
}

/// What is open, and what is to be known of it; how wide that is which stands before the title.
///
/// What counts most comes first, where nobody's name can stand, and is said of everybody: so no name passes for it.
fn title(state: &State, place: Place) -> (Line, usize) {
    let texts = &state.texts;
    let (mark, face) = mark(state, place);
    let before = Line::of(mark, face).with(APART, Face::Text);
    let columns = before.width();
    let mut line = before.with(state.title(place), Face::Heading);
    let conversation = state.conversation(place);
    let seconds = conversation.and_then(|one| one.disappears_after);
    let seconds = seconds.unwrap_or(0);
    let hidden = conversation.map_or(0, |one| one.hidden);
    let remarks = [
        (
            conversation.is_some_and(|one| one.muted),
            texts.muted(),
            Face::Faint,
        ),
        (
            seconds > 0,
            texts.disappear_after(&Safe::line(&lifetime_words(seconds))),
            Face::Faint,
        ),
        (
            conversation.is_some_and(|one| !one.read_receipts),
            texts.receipts_off(),
            Face::Faint,
        ),
        (hidden > 0, texts.not_shown(hidden), Face::Faint),
        (
            conversation.is_some_and(|one| one.needs_newer_version),
            texts.needs_newer(),
            Face::Trouble,
        ),
    ];
    for (_, words, face) in remarks.into_iter().filter(|(holds, ..)| *holds) {
        line = line.with(APART, Face::Text).with(words, face);
    }
    (line, columns)
}

/// What is said before a title: whether the safety words of whoever it is were compared.
fn mark(state: &State, place: Place) -> (Safe, Face) {
    let texts = &state.texts;
    match (place, state.contact(place)) {
        (Place::Room(_), _) => (texts.room_mark(), Face::Faint),
        (Place::Person(_), None) => (texts.no_contact_of_yours(), Face::Faint),
        (Place::Person(_), Some(contact)) => match contact.state {
            ContactState::Suspended => (texts.held_off(), Face::Trouble),
            ContactState::Blocked => (texts.blocked(), Face::Trouble),
            ContactState::Pending | ContactState::Active | _ if contact.verified => {
                (texts.verified_mark(), Face::Good)
            }
            ContactState::Pending | ContactState::Active | _ => (texts.not_verified(), Face::Faint),
        },
    }
}

/// How others are reached, what is off, and what has not come to them yet.
fn paths(state: &State) -> Vec<(Safe, Face, Weight)> {
    let Some(status) = &state.status else {
        return Vec::new();
    };
    let texts = &state.texts;
    let mut said = Vec::new();
    let peers = status.peers;
    if let Some(lack) = texts.lack(status) {
        let why = texts.offline_because(&lack);
        said.push((texts.offline(), Face::Trouble, Weight::Wanted));
        said.push((why, Face::Trouble, Weight::Known));
    } else if status.mode == OFFLINE {
        said.push((texts.offline_set(), Face::Trouble, Weight::Wanted));
    } else {
        let counts = [
            (peers.lan, texts.paths_lan(peers.lan)),
            (peers.direct, texts.paths_internet(peers.direct)),
            (peers.relayed, texts.paths_relayed(peers.relayed)),
        ];
        let is_alone = counts.iter().all(|(count, _)| *count == 0);
        let counted = counts.into_iter().filter(|(count, _)| *count > 0);
        said.extend(counted.map(|(_, words)| (words, Face::Good, Weight::Fine)));
        if is_alone {
            said.push((texts.alone(), Face::Faint, Weight::Wanted));
        }
        if status.mode == LAN {
            said.push((texts.internet_off(), Face::Faint, Weight::Known));
        } else if status.mode == INTERNET {
            said.push((texts.lan_off(), Face::Faint, Weight::Known));
        }
    }
    if status.carried > 0 {
        let words = texts.messages_carried(status.carried);
        said.push((words, Face::Faint, Weight::Fine));
    }
    let queued = status.queued.saturating_sub(status.carried);
    if queued > 0 {
        let words = texts.messages_queued(queued);
        said.push((words, Face::Attention, Weight::Wanted));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_least_is_left_out_first() {
        let said = || {
            vec![
                (Safe::from("LAN 3"), Face::Good, Weight::Fine),
                (Safe::from("internet off"), Face::Faint, Weight::Known),
                (Safe::from("2 carried"), Face::Faint, Weight::Fine),
                (Safe::from("4 queued"), Face::Attention, Weight::Wanted),
            ]
        };
        let shown = |room| fitting(said(), room).text();
        assert_eq!(shown(80), "LAN 3 - internet off - 2 carried - 4 queued");
        assert_eq!(shown(42), "LAN 3 - 2 carried - 4 queued");
        assert_eq!(shown(20), "LAN 3 - 4 queued");
        assert_eq!(shown(8), "4 queued");
        assert_eq!(shown(5), "4 qu\u{2026}");
    }
}
