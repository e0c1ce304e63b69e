//! Settings: what our person has chosen for the whole profile.

use super::ContactRecord;

/// What our person has chosen for all conversations on this device; nobody else is told.
///
/// The default is what holds where nothing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingsRecord {
    /// Whose invitations to rooms are accepted by themselves.
    pub rooms_accept: Acceptance,
    /// Whether what is said nearby is shown, kept and passed on.
    pub nearby: bool,
}

impl Default for SettingsRecord {
    fn default() -> Self {
        Self {
            rooms_accept: Acceptance::default(),
            nearby: true,
        }
    }
}

impl SettingsRecord {
    /// Whether an invitation to a room is accepted by itself; `inviter` is absent of whom is no contact.
    #[must_use]
    pub fn accepts(&self, inviter: Option<&ContactRecord>) -> bool {
        match self.rooms_accept {
            Acceptance::Contacts => inviter.is_some_and(ContactRecord::is_admitted),
            Acceptance::Nobody => false,
        }
    }
}

/// Whose invitations to rooms are accepted by themselves; others wait until our person accepts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acceptance {
    /// Those of contacts, unless they are held off or blocked.
    #[default]
    Contacts,
    /// Nobody's.
    Nobody,
}
