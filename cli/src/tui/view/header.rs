//! The first row: who is open, and how others are reached.
//!
//! Invariants
//! - Nothing but the title is cut: what has no room is left out whole, so nothing says less than it means. How a
//!   conversation is set is then said above what is written there.
//! - What counts most comes first, where nobody's name can stand, and is said of everybody: no name passes for it.

use tidings_node::api::ContactState;

use crate::chat::Place;
use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::{Line, blanks};
use crate::tui::notify;
use crate::tui::scene::Areas;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// The mode of a node that reaches nobody.
const OFFLINE: &str = "offline";

/// The mode of a node that uses local networks alone.
const LAN: &str = "lan";

/// The mode of a node that uses none.
const INTERNET: &str = "internet";

/// Columns that the title of what is open has at least, if it needs them, beside what somebody looks for.
const TITLE_COLUMNS: usize = 14;

/// Columns that it has at least, if it needs them, behind what is said before it.
const TITLE_COLUMNS_BEHIND: usize = 8;

/// What stands between a title and what is said of it: nowhere in a title do two blanks stand together.
const APART: &str = "  ";

/// What stands for a mark that there is no room for: without one, the title would be in its place.
const NO_ROOM: &str = "\u{2026}";

/// What stands for it where nothing comes through until it was looked at, as in the list.
const NO_ROOM_TROUBLE: &str = "!";

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

/// Of what something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    /// Of how others are reached: at the end of the row.
    Paths,
    /// Of what is open: behind its title.
    Open,
}

/// Something that is said, or left out.
#[derive(Debug, Clone)]
struct Part {
    about: About,
    words: Safe,
    face: Face,
    weight: Weight,
    is_left_out: bool,
}

impl Part {
    const fn of_paths(words: Safe, face: Face, weight: Weight) -> Self {
        Self {
            about: About::Paths,
            words,
            face,
            weight,
            is_left_out: false,
        }
    }

    const fn of_open(words: Safe, face: Face, weight: Weight) -> Self {
        Self {
            about: About::Open,
            words,
            face,
            weight,
            is_left_out: false,
        }
    }
}

/// Draws it. Where the list has no room, what is new there is said here, before all else.
pub(super) fn draw(state: &State, areas: &Areas, canvas: &mut Canvas<'_>) {
    let (row, _) = row(state, areas);
    canvas.row(areas.header, 0, &row);
}

/// What is to be known of what is open and has no room in the row.
pub(super) fn left_out(state: &State, areas: &Areas) -> Vec<(Safe, Face)> {
    let (_, parts) = row(state, areas);
    let of_open = parts.into_iter().filter(|part| part.about == About::Open);
    let left_out = of_open.filter(|part| part.is_left_out);
    left_out.map(|part| (part.words, part.face)).collect()
}

/// The row, and all that could be said in it.
fn row(state: &State, areas: &Areas) -> (Line, Vec<Part>) {
    let width = usize::from(areas.header.width);
    let news = areas
        .list
        .is_empty()
        .then(|| notify::unread_elsewhere(state));
    let news = Safe::line(&news.flatten().unwrap_or_default());
    let mut parts = paths(state);
    let Some(open) = &state.open else {
        let title = Safe::from("Tidings");
        let row = fitted(Line::default(), &title, &mut parts, width);
        return (row, parts);
    };
    let mut before = Line::of(news.clone(), Face::Attention);
    if !news.is_empty() {
        before = before.with(APART, Face::Text);
    }
    let title = state.title(open.place);
    let mark = mark(state, open.place);
    let least = APART.len() + title.width().min(TITLE_COLUMNS_BEHIND);
    let room = width.saturating_sub(before.width() + least);
    let before = before.then(fitted_mark(mark, room)).with(APART, Face::Text);
    parts.extend(remarks(state, open.place));
    let row = fitted(before, &title, &mut parts, width);
    (row, parts)
}

/// A mark whole, or what stands for it.
fn fitted_mark((words, face): (Safe, Face), room: usize) -> Line {
    if words.width() <= room {
        return Line::of(words, face);
    }
    let short = if face == Face::Trouble {
        NO_ROOM_TROUBLE
    } else {
        NO_ROOM
    };
    Line::of(short, face)
}

/// A row of what there is room for: what matters least is left out first, the last of it before the others. The title is
/// cut only where that is not enough, or in favour of what somebody looks for.
fn fitted(before: Line, title: &Safe, parts: &mut [Part], width: usize) -> Line {
    let least = title.width().min(TITLE_COLUMNS.max(width / 3));
    loop {
        let (behind, end) = (behind(parts), end(parts));
        let said = before.width() + behind.width() + end.width();
        let lightest = said_of(parts).map(|part| part.weight).min();
        let needed = match lightest {
            Some(Weight::Known | Weight::Fine) => title.width(),
            Some(Weight::Wanted) | None => least,
        };
        let mut said_last = parts.iter_mut().rev().filter(|part| !part.is_left_out);
        match said_last.find(|part| Some(part.weight) == lightest) {
            Some(part) if said + needed > width => part.is_left_out = true,
            Some(_) | None => {
                let room = width.saturating_sub(said);
                let title = title.truncated(room);
                let gap = blanks(room.saturating_sub(title.width()));
                let line = before.with(title, Face::Heading).then(behind);
                return line.with(gap, Face::Text).then(end).cut(width);
            }
        }
    }
}

/// The parts that are not left out.
fn said_of(parts: &[Part]) -> impl Iterator<Item = &Part> {
    parts.iter().filter(|part| !part.is_left_out)
}

/// What is said behind a title.
fn behind(parts: &[Part]) -> Line {
    let of_open = said_of(parts).filter(|part| part.about == About::Open);
    of_open.fold(Line::default(), |line, part| {
        line.with(APART, Face::Text)
            .with(part.words.clone(), part.face)
    })
}

/// What is said at the end of the row.
fn end(parts: &[Part]) -> Line {
    let of_paths = said_of(parts).filter(|part| part.about == About::Paths);
    of_paths.fold(Line::default(), |line, part| {
        let (apart, face) = if line.width() == 0 {
            (APART, Face::Text)
        } else {
            (" - ", Face::Faint)
        };
        line.with(apart, face).with(part.words.clone(), part.face)
    })
}

/// What is to be known of what is open.
fn remarks(state: &State, place: Place) -> Vec<Part> {
    let Some(conversation) = state.conversation(place) else {
        return Vec::new();
    };
    let texts = &state.texts;
    let mut said = Vec::new();
    if conversation.muted {
        said.push(Part::of_open(texts.muted(), Face::Faint, Weight::Known));
    }
    if let Some(seconds) = conversation.disappears_after.filter(|seconds| *seconds > 0) {
        let words = texts.disappear_after(&texts.span(seconds));
        said.push(Part::of_open(words, Face::Faint, Weight::Wanted));
    }
    if !conversation.read_receipts {
        let words = texts.receipts_off();
        said.push(Part::of_open(words, Face::Faint, Weight::Known));
    }
    if conversation.hidden > 0 {
        let words = texts.not_shown(conversation.hidden);
        said.push(Part::of_open(words, Face::Faint, Weight::Wanted));
    }
    if conversation.needs_newer_version {
        let words = texts.needs_newer();
        said.push(Part::of_open(words, Face::Trouble, Weight::Wanted));
    }
    said
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
fn paths(state: &State) -> Vec<Part> {
    let Some(status) = &state.status else {
        return Vec::new();
    };
    let texts = &state.texts;
    let mut said = Vec::new();
    let peers = status.peers;
    if let Some(lack) = texts.lack(status) {
        let why = texts.offline_because(&lack);
        let words = texts.offline();
        said.push(Part::of_paths(words, Face::Trouble, Weight::Wanted));
        said.push(Part::of_paths(why, Face::Trouble, Weight::Known));
    } else if status.mode == OFFLINE {
        let words = texts.offline_set();
        said.push(Part::of_paths(words, Face::Trouble, Weight::Wanted));
    } else {
        let counts = [
            (peers.lan, texts.paths_lan(peers.lan)),
            (peers.direct, texts.paths_internet(peers.direct)),
            (peers.relayed, texts.paths_relayed(peers.relayed)),
        ];
        let is_alone = counts.iter().all(|(count, _)| *count == 0);
        let counted = counts.into_iter().filter(|(count, _)| *count > 0);
        said.extend(counted.map(|(_, words)| Part::of_paths(words, Face::Good, Weight::Fine)));
        if is_alone {
            said.push(Part::of_paths(texts.alone(), Face::Faint, Weight::Wanted));
        }
        if status.mode == LAN {
            said.push(Part::of_paths(
                texts.internet_off(),
                Face::Faint,
                Weight::Known,
            ));
        } else if status.mode == INTERNET {
            said.push(Part::of_paths(texts.lan_off(), Face::Faint, Weight::Known));
        }
    }
    if status.carried > 0 {
        let words = texts.messages_carried(status.carried);
        said.push(Part::of_paths(words, Face::Faint, Weight::Fine));
    }
    let queued = status.queued.saturating_sub(status.carried);
    if queued > 0 {
        let words = texts.messages_queued(queued);
        said.push(Part::of_paths(words, Face::Attention, Weight::Wanted));
    }
    said
}

#[cfg(test)]
mod tests;
