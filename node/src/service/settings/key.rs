//! What there is to be set for the whole profile, by what name, and how.
//!
//! Invariants
//! - What can be set, and how, is in [`Key`] and nowhere else.
//! - What is set can be taken back by a value that has a name: the first, which is the default.

use std::collections::BTreeSet;

use tidings_protocol::engine::Setting as Choice;
use tidings_protocol::record::{Acceptance, Discovery, NetworkChoice, NetworkMode, SettingsRecord};

use crate::api::{ApiError, Listed, Said, Setting};
use crate::net;
use crate::reason;

/// Addresses that one setting holds.
const ADDRESSES_MAX: usize = 16;
/// Longest of them.
const ADDRESS_BYTES_MAX: usize = 256;

/// Whether an address can be one of a setting's.
type Fits = fn(&str) -> bool;
/// What addresses are set as.
type Choose = fn(Vec<String>) -> NetworkChoice;

/// What there is to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    RoomsAccept,
    Nearby,
    Mode,
    Discovery,
    Listen,
    Bootstrap,
    Dht,
    Relay,
    PortMapping,
    Mailbox,
}

impl Key {
    pub(super) const ALL: [Self; 10] = [
        Self::RoomsAccept,
        Self::Nearby,
        Self::Mode,
        Self::Discovery,
        Self::Listen,
        Self::Bootstrap,
        Self::Dht,
        Self::Relay,
        Self::PortMapping,
        Self::Mailbox,
    ];

    /// The setting of that name.
    ///
    /// # Errors
    /// [`ApiError`] that names all there are.
    pub(super) fn read(text: &str) -> Result<Self, ApiError> {
        let mut all = Self::ALL.into_iter();
        all.find(|key| key.as_str() == text).ok_or_else(|| {
            let known = Listed::of(Self::ALL.map(Self::as_str), Self::ALL.len());
            ApiError::invalid(reason::no_setting(text, &known))
        })
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::RoomsAccept => "rooms.accept",
            Self::Nearby => "nearby",
            Self::Mode => "network.mode",
            Self::Discovery => "network.discovery",
            Self::Listen => "network.listen",
            Self::Bootstrap => "network.bootstrap",
            Self::Dht => "network.dht",
            Self::Relay => "network.relay",
            Self::PortMapping => "network.port-mapping",
            Self::Mailbox => "mailbox",
        }
    }

    /// How it may be set by a name, the default first.
    fn values(self) -> Vec<(&'static str, Choice)> {
        let all = match self {
            Self::RoomsAccept => {
                return vec![
                    ("contacts", Choice::RoomsAccept(Acceptance::Contacts)),
                    ("nobody", Choice::RoomsAccept(Acceptance::Nobody)),
                ];
            }
            Self::Nearby => {
                return vec![("on", Choice::Nearby(true)), ("off", Choice::Nearby(false))];
            }
            Self::Mode => vec![
                ("auto", NetworkChoice::Mode(NetworkMode::Auto)),
                ("lan", NetworkChoice::Mode(NetworkMode::Lan)),
                ("internet", NetworkChoice::Mode(NetworkMode::Internet)),
                ("offline", NetworkChoice::Mode(NetworkMode::Offline)),
            ],
            Self::Discovery => vec![
                ("on", NetworkChoice::Discovery(Discovery::On)),
                ("hidden", NetworkChoice::Discovery(Discovery::Hidden)),
                ("off", NetworkChoice::Discovery(Discovery::Off)),
            ],
            Self::Listen => vec![("everywhere", NetworkChoice::Listen(Vec::new()))],
            Self::Bootstrap => vec![("none", NetworkChoice::Bootstrap(Vec::new()))],
            Self::Dht => switch(true, NetworkChoice::Dht),
            Self::Relay => switch(true, NetworkChoice::Relay),
            Self::PortMapping => switch(true, NetworkChoice::PortMapping),
            Self::Mailbox => switch(false, NetworkChoice::Mailbox),
        };
        let all = all.into_iter();
        all.map(|(name, choice)| (name, Choice::Network(choice)))
            .collect()
    }

    /// What else it may be, for a person.
    const fn besides(self) -> Option<&'static str> {
        match self {
            Self::Listen => Some(
                "multiaddrs of this machine with a space between them, such as /ip4/0.0.0.0/udp/4001/quic-v1",
            ),
            Self::Bootstrap => {
                Some("multiaddrs that end in /p2p/ and a peer id, with a space between them")
            }
            Self::RoomsAccept
            | Self::Nearby
            | Self::Mode
            | Self::Discovery
            | Self::Dht
            | Self::Relay
            | Self::PortMapping
            | Self::Mailbox => None,
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
            Self::Mode => {
                "which networks Tidings uses: all, local ones alone, the internet alone, or none"
            }
            Self::Discovery => {
                "whether contacts are looked for on the local network, and this device announces \
                 itself there; `hidden` looks without a word, and dials no stranger"
            }
            Self::Listen => "where others can connect; everywhere: on every interface",
            Self::Bootstrap => {
                "nodes that keep the table of who is where; none are needed, as contacts' nodes do"
            }
            Self::Dht => {
                "whether lost contacts are looked for in the table of who is where, and told there \
                 where this device is"
            }
            Self::Relay => {
                "whether others are helped to reach each other through this device, and to find \
                 each other"
            }
            Self::PortMapping => "whether the router is asked to let others in from other networks",
            Self::Mailbox => {
                "whether much more is kept for others than usual, as a mailbox that friends rely on"
            }
        }
    }

    /// Whether it is about networks: a node that runs goes by it only from its next start on.
    const fn is_of_network(self) -> bool {
        match self {
            Self::RoomsAccept | Self::Nearby => false,
            Self::Mode
            | Self::Discovery
            | Self::Listen
            | Self::Bootstrap
            | Self::Dht
            | Self::Relay
            | Self::PortMapping
            | Self::Mailbox => true,
        }
    }

    /// How it is set.
    fn now(self, record: &SettingsRecord) -> Choice {
        let network = &record.network;
        Choice::Network(match self {
            Self::RoomsAccept => return Choice::RoomsAccept(record.rooms_accept),
            Self::Nearby => return Choice::Nearby(record.nearby),
            Self::Mode => NetworkChoice::Mode(network.mode),
            Self::Discovery => NetworkChoice::Discovery(network.discovery),
            Self::Listen => NetworkChoice::Listen(network.listen.clone()),
            Self::Bootstrap => NetworkChoice::Bootstrap(network.bootstrap.clone()),
            Self::Dht => NetworkChoice::Dht(network.dht),
            Self::Relay => NetworkChoice::Relay(network.relay),
            Self::PortMapping => NetworkChoice::PortMapping(network.port_mapping),
            Self::Mailbox => NetworkChoice::Mailbox(network.mailbox),
        })
    }

    /// What this value would have it be.
    ///
    /// # Errors
    /// [`ApiError`] that names all that it can be.
    pub(super) fn choice(self, value: &str) -> Result<Choice, ApiError> {
        let mut values = self.values().into_iter();
        let named = values.find(|(name, _)| *name == value);
        let choice = named.map(|(_, choice)| choice);
        let choice = choice.or_else(|| self.addresses(value));
        choice.ok_or_else(|| ApiError::invalid(self.cannot_be(value)))
    }

    /// That it cannot be so, and what it can be.
    fn cannot_be(self, value: &str) -> Said {
        let (name, names) = (self.as_str(), self.names());
        let or = names.join(" or ");
        let besides = self.besides().unwrap_or_default();
        match self {
            Self::Listen => reason::setting_listen(name, &or, ADDRESSES_MAX, value, besides),
            Self::Bootstrap => reason::setting_bootstrap(name, &or, ADDRESSES_MAX, value, besides),
            Self::RoomsAccept
            | Self::Nearby
            | Self::Mode
            | Self::Discovery
            | Self::Dht
            | Self::Relay
            | Self::PortMapping
            | Self::Mailbox => {
                let possible = Listed::of(&names, names.len());
                reason::setting_one_of(name, &possible, value, &or)
            }
        }
    }

    /// The choice of these addresses, if it can be some, and they can be used.
    fn addresses(self, value: &str) -> Option<Choice> {
        let (fits, choice): (Fits, Choose) = match self {
            Self::Listen => (net::can_be_listened_on, NetworkChoice::Listen),
            Self::Bootstrap => (net::names_a_node, NetworkChoice::Bootstrap),
            Self::RoomsAccept
            | Self::Nearby
            | Self::Mode
            | Self::Discovery
            | Self::Dht
            | Self::Relay
            | Self::PortMapping
            | Self::Mailbox => return None,
        };
        let addresses: Vec<&str> = value.split_ascii_whitespace().collect();
        let is_one = |text: &&str| text.len() <= ADDRESS_BYTES_MAX && fits(text);
        let different = addresses.iter().collect::<BTreeSet<_>>().len();
        let are_some = (1..=ADDRESSES_MAX).contains(&addresses.len());
        let are_usable = different == addresses.len() && addresses.iter().all(is_one);
        (are_some && are_usable).then(|| {
            let addresses = addresses.into_iter().map(str::to_owned);
            Choice::Network(choice(addresses.collect()))
        })
    }

    fn names(self) -> Vec<String> {
        let values = self.values().into_iter();
        values.map(|(name, _)| name.to_owned()).collect()
    }

    /// What our person is told of it.
    pub(super) fn shown(self, record: &SettingsRecord) -> Setting {
        let now = self.now(record);
        let mut values = self.values().into_iter();
        let named = values.find(|(_, choice)| *choice == now);
        let value = match (named, now) {
            (Some((name, _)), _) => name.to_owned(),
            (None, Choice::Network(NetworkChoice::Listen(all) | NetworkChoice::Bootstrap(all))) => {
                all.join(" ")
            }
            (None, Choice::RoomsAccept(_) | Choice::Nearby(_) | Choice::Network(_)) => {
                String::new()
            }
        };
        let values = self.names();
        Setting {
            key: self.as_str().to_owned(),
            value,
            default: values.first().cloned().unwrap_or_default(),
            values,
            besides: self.besides().map(str::to_owned),
            meaning: self.meaning().to_owned(),
            at_start: self.is_of_network(),
        }
    }
}

/// Something that is on or off, the default first.
fn switch(default: bool, choice: fn(bool) -> NetworkChoice) -> Vec<(&'static str, NetworkChoice)> {
    let mut both = vec![("on", choice(true)), ("off", choice(false))];
    if !default {
        both.reverse();
    }
    both
}

#[cfg(test)]
mod tests {
    use tidings_protocol::record::NetworkRecord;

    use super::*;
    use crate::api::{Argument, ErrorKind};

    const PLACE: &str = "/ip4/192.0.2.1/udp/4001/quic-v1";
    const NODE: &str =
        "/ip4/192.0.2.1/udp/4001/quic-v1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

    /// What is set once this is chosen.
    fn after(choice: Choice) -> SettingsRecord {
        let mut record = SettingsRecord::default();
        match choice {
            Choice::RoomsAccept(acceptance) => record.rooms_accept = acceptance,
            Choice::Nearby(is_on) => record.nearby = is_on,
            Choice::Network(choice) => record.network.choose(choice),
        }
        record
    }

    #[test]
    fn every_way_to_set_something_has_a_name_and_the_first_is_the_default() {
        for key in Key::ALL {
            assert_eq!(Key::read(key.as_str()), Ok(key));
            let default = key.shown(&SettingsRecord::default());
            assert_eq!(default.value, default.default);
            assert_eq!(default.values.first(), Some(&default.default));
            for (name, choice) in key.values() {
                assert_eq!(key.choice(name), Ok(choice.clone()));
                let record = after(choice.clone());
                assert_eq!(key.shown(&record).value, name);
                assert_eq!(key.now(&record), choice);
                let others = Key::ALL.into_iter().filter(|other| *other != key);
                for other in others {
                    let shown = other.shown(&record);
                    assert_eq!(shown.value, shown.default, "{name} of {key:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_about_networks_holds_from_the_next_start_on_and_nothing_else_does() {
        for key in Key::ALL {
            let choice = key.values().remove(0).1;
            let is_of_network = matches!(choice, Choice::Network(_));
            let shown = key.shown(&SettingsRecord::default());
            assert_eq!(shown.at_start, is_of_network, "{key:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_and_what_can_be_is_named() {
        let unknown = Key::read("rooms.acept").unwrap_err();
        assert_eq!(unknown.kind, ErrorKind::Invalid);
        assert!(unknown.message.contains("rooms.accept"), "{unknown}");
        for (key, value, possible) in [
            (Key::RoomsAccept, "everybody", "contacts or nobody"),
            (Key::Mode, "Lan", "auto or lan or internet or offline"),
            (Key::Discovery, "shown", "on or hidden or off"),
            (Key::Mode, PLACE, "auto"),
            (Key::Listen, "port 4001", "everywhere or multiaddrs"),
            (Key::Listen, "", "everywhere"),
            (Key::Listen, "/dns4/example.org/tcp/1", "everywhere"),
            (Key::Listen, "/ip4/192.0.2.1/udp/4001", "everywhere"),
            (Key::Listen, "/memory/5", "everywhere"),
            (Key::Listen, &format!("{PLACE} {PLACE}"), "everywhere"),
            (Key::Bootstrap, PLACE, "/p2p/ and a peer id"),
        ] {
            let refused = key.choice(value).unwrap_err();
            assert_eq!(refused.kind, ErrorKind::Invalid);
            assert!(refused.message.contains(possible), "{refused}");
        }
    }

    #[test]
    fn what_something_can_be_is_told_as_a_list_that_any_language_joins() {
        let with = |key: Key| {
            let refused = key.choice("everything").unwrap_err();
            let [sentence] = &refused.reasons[..] else {
                panic!("{refused:?}");
            };
            (sentence.code.clone(), sentence.with.clone())
        };
        let (code, mode) = with(Key::Mode);
        assert_eq!(code, "setting_one_of");
        let items = ["auto", "lan", "internet", "offline"];
        let possible = Listed::of(items, items.len());
        assert_eq!(mode.get("possible"), Some(&Argument::List(possible)));
        for (key, code) in [
            (Key::Listen, "setting_listen"),
            (Key::Bootstrap, "setting_bootstrap"),
        ] {
            let (said, with) = with(key);
            assert_eq!(said, code);
            // One name, which needs no joining, and no words of any language beside.
            let usual = key.names().concat();
            assert_eq!(with.get("usual"), Some(&Argument::from(usual.as_str())));
            assert_eq!(with.len(), 4);
        }
    }

    #[test]
    fn addresses_are_set_as_they_are_given_and_shown_so() {
        let two = format!("{PLACE} /ip6/::/tcp/4001");
        for (key, value) in [(Key::Listen, two.as_str()), (Key::Bootstrap, NODE)] {
            let record = after(key.choice(value).unwrap());
            assert_eq!(key.shown(&record).value, value);
            assert_ne!(record.network, NetworkRecord::default());
        }
    }

    #[test]
    fn as_many_and_as_long_addresses_as_may_be_are_set_and_none_beyond() {
        let choice = |count| {
            let places = (1..=count).map(|port| format!("/ip4/192.0.2.1/tcp/{port}"));
            Key::Listen.choice(&places.collect::<Vec<_>>().join(" "))
        };
        assert!(choice(ADDRESSES_MAX).is_ok());
        assert!(choice(ADDRESSES_MAX + 1).is_err());
        let padded = |bytes: usize| {
            let host = "/ip4/192.0.2.1/tcp/";
            format!("{host}{:0>1$}", 4001, bytes - host.len())
        };
        assert!(Key::Listen.choice(&padded(ADDRESS_BYTES_MAX)).is_ok());
        assert!(Key::Listen.choice(&padded(ADDRESS_BYTES_MAX + 1)).is_err());
    }
}
