//! The reactions that are offered for a message.
//!
//! Invariants
//! - Whatever else is typed is a reaction as well: what is offered only saves typing it.

use tidings_node::OperationId;

use super::State;
use crate::safe_text::Safe;
use crate::texts::{Saying, Texts};

/// How many are offered: so many as there are digits.
pub(in crate::tui) const OFFERED: usize = 10;

/// The common ones, each with its name.
const COMMON: [(&str, Saying); 9] = [
    ("\u{1f44d}", Texts::reaction_thumbs_up),
    ("\u{2764}\u{fe0f}", Texts::reaction_heart),
    ("\u{1f602}", Texts::reaction_laugh),
    ("\u{1f62e}", Texts::reaction_surprise),
    ("\u{1f622}", Texts::reaction_tears),
    ("\u{1f389}", Texts::reaction_party),
    ("\u{1f64f}", Texts::reaction_thanks),
    ("\u{1f440}", Texts::reaction_eyes),
    ("\u{1f44e}", Texts::reaction_thumbs_down),
];

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Offer {
    /// What the message is given.
    pub(in crate::tui) emoji: String,
    /// What it is called; nothing where it is no common one.
    pub(in crate::tui) name: Safe,
}

/// Those that a text finds by their names: first what is on the message already.
pub(in crate::tui) fn offered(state: &State, message: OperationId, text: &str) -> Vec<Offer> {
    let pane = state.open.as_ref();
    let known = pane.and_then(|pane| pane.window.message(message));
    let there = known.iter().flat_map(|message| message.reactions.keys());
    let mut all: Vec<&str> = there.map(String::as_str).take(OFFERED).collect();
    for (emoji, _) in COMMON {
        if all.len() < OFFERED && !all.contains(&emoji) {
            all.push(emoji);
        }
    }
    let text = text.trim().to_lowercase();
    let offers = all.into_iter().map(|emoji| Offer {
        emoji: emoji.to_owned(),
        name: name(&state.texts, emoji),
    });
    let fits = |offer: &Offer| offer.name.as_str().to_lowercase().contains(&text);
    offers
        .filter(|offer| text.is_empty() || fits(offer))
        .collect()
}

fn name(texts: &Texts, emoji: &str) -> Safe {
    let mut common = COMMON.iter();
    let found = common.find(|(one, _)| *one == emoji);
    found.map_or_else(Safe::default, |(_, name)| name(texts))
}
