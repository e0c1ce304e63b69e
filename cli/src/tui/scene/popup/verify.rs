//! Words to be compared.

use tidings_node::PersonId;
use tidings_node::api::{ContactState, SafetyWords};

use super::Content;
use crate::chat::{Action, Place};
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::scene::standing;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(
    state: &State,
    person: PersonId,
    (words, differ, top): (Option<&SafetyWords>, bool, usize),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let place = Place::Person(person);
    let name = state.title(place);
    let mut lines = Vec::new();
    if differ {
        return Content {
            title: texts.verify_title(&name),
            lines: Line::wrapped(&texts.verify_differ(&name), width, Face::Trouble),
            top,
            hint: texts.close_hint(&Safe::line(&state.keys_of(Action::Close))),
            ..Content::default()
        };
    }
    match words {
        None => lines.push(Line::of(texts.verify_wait(), Face::Faint)),
        Some(words) => {
            let contact = state.contact(place);
            let held_off = contact.filter(|one| one.state == ContactState::Suspended);
            if let Some(contact) = held_off {
                let (why, face) = standing(state, contact);
                lines.extend(Line::wrapped(&why, width, face));
            }
            if words.verified || contact.is_some_and(|contact| contact.verified) {
                lines.extend(Line::wrapped(&texts.verified(&name), width, Face::Good));
            }
            lines.extend(Line::wrapped(&texts.verify_how(&name), width, Face::Text));
            lines.push(Line::default());
            let all = Safe::line(&words.safety_words.join("  "));
            lines.extend(Line::wrapped(&all, width, Face::Heading));
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
        top,
        hint,
        ..Content::default()
    }
}
