//! Requests about what holds for the whole profile.
//!
//! Invariants
//! - What there is to be set, and how, is in [`Key`] and nowhere else.

use tidings_protocol::engine::{Command, Setting as Choice};
use tidings_protocol::record::{Acceptance, SettingsRecord};
use tidings_store::Reader;

use super::Service;
use crate::api::{ApiError, ChangeSetting, GetSettings, Setting};

impl Service {
    pub(super) async fn settings(&self, request: &GetSettings) -> Result<Vec<Setting>, ApiError> {
        let key = request.key.as_deref().map(Key::read).transpose()?;
        let record = self.shared.storage.read(Reader::settings).await?;
        let wanted = Key::ALL
            .iter()
            .filter(|one| key.is_none_or(|key| key == **one));
        Ok(wanted.map(|key| key.shown(&record)).collect())
    }

    pub(super) async fn configure(&self, request: ChangeSetting) -> Result<Setting, ApiError> {
        let key = Key::read(&request.key)?;
        let setting = key.choice(&request.value)?;
        self.command(request.request, Command::Set(setting)).await?;
        let record = self.shared.storage.read(Reader::settings).await?;
        Ok(key.shown(&record))
    }
}

/// What there is to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    RoomsAccept,
    Nearby,
}

impl Key {
    const ALL: [Self; 2] = [Self::RoomsAccept, Self::Nearby];

    fn read(text: &str) -> Result<Self, ApiError> {
        let mut all = Self::ALL.into_iter();
        all.find(|key| key.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            ApiError::invalid(format!(
                "there is no setting '{text}'; what can be set is: {known}"
            ))
        })
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::RoomsAccept => "rooms.accept",
            Self::Nearby => "nearby",
        }
    }

    /// How it may be set, the default first.
    const fn values(self) -> &'static [(&'static str, Choice)] {
        match self {
            Self::RoomsAccept => &[
                ("contacts", Choice::RoomsAccept(Acceptance::Contacts)),
                ("nobody", Choice::RoomsAccept(Acceptance::Nobody)),
            ],
            Self::Nearby => &[("on", Choice::Nearby(true)), ("off", Choice::Nearby(false))],
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::RoomsAccept => {
                "whose invitations to rooms are accepted by themselves; all others wait for \
                 `tidings room accept`"
            }
            Self::Nearby => {
                "whether what anybody says nearby is shown, kept and passed on to others, with \
                 `tidings nearby` and `tidings checkin`; `off` forgets what was heard, too"
            }
        }
    }

    /// How it is set.
    const fn now(self, record: &SettingsRecord) -> Choice {
        match self {
            Self::RoomsAccept => Choice::RoomsAccept(record.rooms_accept),
            Self::Nearby => Choice::Nearby(record.nearby),
        }
    }

    fn choice(self, value: &str) -> Result<Choice, ApiError> {
        let mut values = self.values().iter();
        let found = values.find(|(name, _)| *name == value);
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            ApiError::invalid(format!(
                "'{}' can be {}, not '{value}'",
                self.as_str(),
                self.names().join(" or ")
            ))
        })
    }

    fn names(self) -> Vec<&'static str> {
        self.values().iter().map(|(name, _)| *name).collect()
    }

    fn shown(self, record: &SettingsRecord) -> Setting {
        let now = self.now(record);
        let mut values = self.values().iter();
        let value = values.find(|(_, choice)| *choice == now);
        Setting {
            key: self.as_str().to_owned(),
            value: value.map(|(name, _)| *name).unwrap_or_default().to_owned(),
            values: self.names().into_iter().map(str::to_owned).collect(),
            meaning: self.meaning().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;

    #[test]
    fn every_way_to_set_something_has_a_name_and_the_first_is_the_default() {
        let ways = [(Acceptance::Contacts, false), (Acceptance::Nobody, true)];
        for (rooms_accept, nearby) in ways {
            let record = SettingsRecord {
                rooms_accept,
                nearby,
            };
            for key in Key::ALL {
                let shown = key.shown(&record);
                assert_eq!(key.choice(&shown.value), Ok(key.now(&record)));
                let default = key.shown(&SettingsRecord::default()).value;
                assert_eq!(shown.values.first(), Some(&default));
                assert_eq!(Key::read(&shown.key), Ok(key));
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused_and_what_can_be_is_named() {
        let unknown = Key::read("rooms.acept").unwrap_err();
        assert_eq!(unknown.kind, ErrorKind::Invalid);
        assert!(unknown.message.contains("rooms.accept"), "{unknown}");
        let refused = Key::RoomsAccept.choice("everybody").unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Invalid);
        assert!(refused.message.contains("contacts or nobody"), "{refused}");
    }
}
