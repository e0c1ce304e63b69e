//! How it stands with a contact.

use tidings_node::api::{Contact, ContactAlarm, ContactState};

use crate::safe_text::Safe;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// See the module.
pub(in crate::tui) fn standing(state: &State, contact: &Contact) -> (Safe, Face) {
    let texts = &state.texts;
    match (contact.state, contact.alarm) {
        (ContactState::Pending, _) => {
            let since = contact.asked_at.map(|asked| state.clock.moment(asked));
            (
                texts.waits_since(&since.unwrap_or_default()),
                Face::Attention,
            )
        }
        (ContactState::Blocked, _) => (texts.blocked(), Face::Trouble),
        (ContactState::Suspended, Some(ContactAlarm::NewDevice)) => {
            (texts.alarm_new_device(), Face::Trouble)
        }
        (ContactState::Suspended, Some(ContactAlarm::Contradiction)) => {
            (texts.alarm_contradiction(), Face::Trouble)
        }
        (ContactState::Suspended, _) => (texts.held_off(), Face::Trouble),
        (ContactState::Active | _, _) if contact.verified => (texts.verified_mark(), Face::Good),
        (ContactState::Active | _, _) => (texts.not_verified(), Face::Faint),
    }
}
