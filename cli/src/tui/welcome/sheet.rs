//! What the first run has on the screen, row by row: a pure function of what is known, which drawing and scrolling go by.

use tidings_node::RecoveryWords;
use zeroize::Zeroizing;

use super::state::{Page, Welcome};
use super::update::BEGINNINGS;
use crate::chat::Action;
use crate::commands::init::{asked_word, numbered};
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::Size;
use crate::tui::theme::Face;

/// Rows above and below: the heading, and the keys that lead on.
const FRAME_ROWS: u16 = 2;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) title: Safe,
    pub(super) rows: Vec<Line>,
    /// The row of them in which something is typed.
    pub(super) typed: Option<usize>,
    /// The row of them that is chosen.
    pub(super) chosen: Option<usize>,
    /// The first row that is shown, where the others have no room.
    pub(super) top: usize,
    /// The keys that lead on.
    pub(super) hint: Safe,
}

/// Rows between the heading and the keys.
pub(super) fn height(size: Size) -> usize {
    usize::from(size.rows.saturating_sub(FRAME_ROWS))
}

/// The last row from which on all others have room.
pub(super) fn last_top(welcome: &Welcome) -> usize {
    sheet(welcome)
        .rows
        .len()
        .saturating_sub(height(welcome.size))
}

/// Whether the last row is shown.
pub(super) fn is_end_shown(welcome: &Welcome) -> bool {
    sheet(welcome).top >= last_top(welcome)
}

/// What is on the screen.
pub(super) fn sheet(welcome: &Welcome) -> Sheet {
    let texts = &welcome.texts;
    let keys = |action| Safe::line(&welcome.keymap.keys_of(action).unwrap_or_default());
    let (accept, close) = (keys(Action::Accept), keys(Action::Close));
    match &welcome.page {
        Page::Name => Sheet {
            title: texts.welcome_title(),
            hint: texts.welcome_keys(&accept, &close),
            ..asked(
                welcome,
                &[
                    texts.welcome_about(),
                    texts.welcome_place(&welcome.place),
                    texts.welcome_plain(),
                ],
                &texts.welcome_name(),
            )
        },
        Page::Passphrase(_) => Sheet {
            title: texts.welcome_passphrase_title(),
            hint: texts.welcome_keys(&accept, &close),
            ..asked(
                welcome,
                &[texts.welcome_passphrase_about()],
                &texts.welcome_passphrase(),
            )
        },
        Page::Again { .. } => Sheet {
            title: texts.welcome_passphrase_title(),
            hint: texts.welcome_keys(&accept, &close),
            ..asked(
                welcome,
                &[texts.welcome_passphrase_about()],
                &texts.welcome_again(),
            )
        },
        Page::Making { is_left } => Sheet {
            title: texts.welcome_title(),
            rows: wrapped(
                welcome,
                &if *is_left {
                    texts.welcome_leaving()
                } else {
                    texts.welcome_making()
                },
                Face::Text,
            ),
            ..Sheet::default()
        },
        Page::Words { words, top } => {
            let rows = words_rows(welcome, &numbered(words, Some(columns(welcome))));
            scrolled(welcome, rows, *top, [&keys(Action::Down), &accept])
        }
        Page::Proof { words, .. } => proof(welcome, words, [&accept, &close]),
        Page::Begin { choice, .. } => Sheet {
            title: texts.welcome_begin(),
            rows: BEGINNINGS
                .iter()
                .map(|action| Line::of(beginning(welcome, *action), Face::Text))
                .collect(),
            chosen: Some(choice.of(BEGINNINGS.len())),
            hint: texts.welcome_begin_keys(&accept, &close),
            ..Sheet::default()
        },
    }
}

fn columns(welcome: &Welcome) -> usize {
    usize::from(welcome.size.columns)
}

/// What is said, what is asked, a row to type in, and what is wrong with that.
fn asked(welcome: &Welcome, said: &[Safe], question: &Safe) -> Sheet {
    let mut rows = Vec::new();
    for words in said {
        rows.extend(wrapped(welcome, words, Face::Text));
    }
    rows.push(Line::default());
    rows.extend(wrapped(welcome, question, Face::Heading));
    let typed = rows.len();
    rows.push(Line::default());
    if let Some(trouble) = &welcome.trouble {
        rows.extend(wrapped(welcome, trouble, Face::Trouble));
    }
    Sheet {
        // Of what has no room, the end is shown, with the row to type in.
        top: rows.len().saturating_sub(height(welcome.size)).min(typed),
        rows,
        typed: Some(typed),
        ..Sheet::default()
    }
}

/// One of the words is asked for.
fn proof(welcome: &Welcome, words: &RecoveryWords, [accept, close]: [&Safe; 2]) -> Sheet {
    let texts = &welcome.texts;
    let number = u64::try_from(asked_word(words)).unwrap_or(u64::MAX);
    Sheet {
        title: texts.welcome_words(),
        hint: texts.welcome_proof_keys(accept, close),
        ..asked(
            welcome,
            &[texts.welcome_proof_about()],
            &texts.welcome_proof(number),
        )
    }
}

/// Rows of which those from one on are shown, or the last ones, and the keys to the rest or onwards.
fn scrolled(welcome: &Welcome, rows: Vec<Line>, top: usize, [down, accept]: [&Safe; 2]) -> Sheet {
    let last = rows.len().saturating_sub(height(welcome.size));
    let top = top.min(last);
    Sheet {
        title: welcome.texts.welcome_words(),
        hint: if top < last {
            welcome.texts.welcome_words_more(down)
        } else {
            welcome.texts.welcome_words_written(accept)
        },
        rows,
        top,
        ..Sheet::default()
    }
}

/// The words in columns, and what to do with them.
fn words_rows(welcome: &Welcome, numbered: &Zeroizing<String>) -> Vec<Line> {
    let mut rows: Vec<Line> = numbered
        .lines()
        .map(|row| Line::of(Safe::line(row), Face::Heading))
        .collect();
    let advice = wrapped(welcome, &welcome.texts.welcome_words_advice(), Face::Text);
    if rows.len().saturating_add(advice.len()) < height(welcome.size) {
        rows.push(Line::default());
    }
    rows.extend(advice);
    rows
}

/// What somebody begins with.
fn beginning(welcome: &Welcome, action: Option<Action>) -> Safe {
    action.and_then(Action::entry).map_or_else(
        || welcome.texts.welcome_look_around(),
        |entry| welcome.texts.action(entry),
    )
}

fn wrapped(welcome: &Welcome, words: &Safe, face: Face) -> Vec<Line> {
    let columns = columns(welcome).max(1);
    let rows = words.rows(columns, columns).into_iter();
    rows.map(|row| Line::of(row, face)).collect()
}
