//! How it stands with a contact.

use tidings_node::api::{Contact, ContactAlarm, ContactState};

use crate::safe_text::Safe;
use crate::tui::state::State;
use crate::tui::theme::Role;

/// See the module.
pub(in crate::tui) fn standing(state: &State, contact: &Contact) -> (Safe, Role) {
    let texts = &state.texts;
    match (contact.state, contact.alarm) {
        (ContactState::Pending, _) => {
            let since = contact.asked_at.map(|asked| state.clock.moment(asked));
            (
                texts.waits_since(&since.unwrap_or_default()),
                Role::Attention,
            )
        }
        (ContactState::Blocked, _) => (texts.blocked(), Role::Trouble),
        (ContactState::Suspended, Some(ContactAlarm::NewDevice)) => {
            (texts.alarm_new_device(), Role::Trouble)
        }
        (ContactState::Suspended, Some(ContactAlarm::Contradiction)) => {
            (texts.alarm_contradiction(), Role::Trouble)
        }
        (ContactState::Suspended, _) => (texts.held_off(), Role::Trouble),
        (ContactState::Active | _, _) if contact.verified => (texts.verified_mark(), Role::Good),
        (ContactState::Active | _, _) => (texts.not_verified(), Role::Faint),
    }
}
