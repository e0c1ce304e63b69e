//! Prospects: how it stands with each person: whether they are there, what waits for them, and what is under way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tidings_protocol::engine::{Addressee, CarryReport, Live, UnderWay};
use tidings_protocol::id::{ConversationId, DeviceId, PersonId, TransportId};
use tidings_protocol::record::Alarm;
use tidings_protocol::time::{CarryTime, WallTime};
use tidings_store::{Reader, WaitingRow};

use super::Service;
use crate::api::{ApiError, PeerPath, Relay};
use crate::failures::Failure;
use crate::net::{Connection, Path};
use crate::people::People;

/// Somebody else, as far as it matters for reaching them.
#[derive(Debug, Clone)]
pub(super) struct Prospect {
    pub(super) person: PersonId,
    /// Never empty; raw.
    pub(super) name: String,
    pub(super) is_contact: bool,
    pub(super) is_verified: bool,
    pub(super) is_blocked: bool,
    pub(super) alarm: Option<Alarm>,
    /// Whether their version is a newer one, if ours cannot talk to it.
    pub(super) newer: Option<bool>,
    pub(super) devices: Vec<Addressee>,
    /// How their devices are connected, those that are.
    pub(super) ways: Vec<Way>,
    /// What went wrong last with one of them, since the node runs.
    pub(super) failure: Option<Failure>,
    /// Whether a session is open, and if so whether everything was exchanged in it.
    pub(super) session: Option<bool>,
    /// What waits for them, by conversation.
    pub(super) waiting: Vec<WaitingRow>,
    pub(super) under_way: UnderWay,
    /// Who promised to keep something of that, and for how much longer.
    pub(super) keepers: Vec<Keeper>,
}

/// How a device is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) path: PeerPath,
    /// Through whom, if it is through a relay. Raw.
    pub(super) relay: Option<Relay>,
}

/// Somebody who promised to keep something of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keeper {
    /// Raw.
    pub(super) name: String,
    /// For how much longer they keep the last of it.
    pub(super) left: Duration,
}

/// How it stands with everybody.
#[derive(Debug)]
pub(super) struct Prospects {
    pub(super) carrying: CarryReport,
    pub(super) connections: Vec<Connection>,
    pub(super) live: Vec<Live>,
    /// What went wrong last with each of whom something did.
    pub(super) failures: BTreeMap<TransportId, Failure>,
    /// Contacts, members of rooms that we have met or write to, and whoever else something waits for.
    pub(super) people: Vec<Prospect>,
    /// The people's names, for who keeps what.
    names: BTreeMap<DeviceId, String>,
}

impl Service {
    /// How it stands with everybody now.
    pub(super) async fn prospects(&self) -> Result<Prospects, ApiError> {
        let known = self.people().await?;
        let carrying = self.carrying().await?;
        let live = self.live().await?;
        let connections = self.connections();
        let waiting = self.shared.storage.read(Reader::waiting).await?;
        let versions = self.other_versions().await?;
        let names = carrying.addressees.iter();
        let names = names.map(|one| (one.device, self.shown(one.person, &known)));
        let mut prospects = Prospects {
            names: names.collect(),
            carrying,
            connections,
            live,
            failures: self.shared.signals.failures().all(),
            people: Vec::new(),
        };
        let contacts = known.iter().map(|contact| contact.record.person);
        let met = prospects.carrying.addressees.iter().map(|one| one.person);
        let waited_for = waiting.iter().map(|row| row.person);
        let everybody: BTreeSet<PersonId> = contacts.chain(met).chain(waited_for).collect();
        for person in everybody {
            let newer = versions.iter().find(|other| other.person == person);
            let mut prospect = prospects.of(person, self.shown(person, &known));
            prospect.newer = newer.map(|other| other.newer);
            prospect.is_contact = known.by_id(&person).is_some();
            if let Some(contact) = known.by_id(&person) {
                prospect.is_verified = contact.record.verified;
                prospect.is_blocked = contact.record.blocked;
                prospect.alarm = contact.record.alarm;
            }
            let theirs = waiting.iter().filter(|row| row.person == person);
            prospect.waiting = theirs.copied().collect();
            prospects.people.push(prospect);
        }
        prospects.people.sort_by_key(|one| one.name.to_lowercase());
        Ok(prospects)
    }

    /// By what somebody is shown; never empty.
    fn shown(&self, person: PersonId, people: &People) -> String {
        let name = self.name_of(person, people);
        if name.trim().is_empty() {
            format!("somebody ({})", short(&person))
        } else {
            name
        }
    }
}

impl Prospects {
    /// Made up, for tests.
    #[cfg(test)]
    pub(super) fn made(
        carrying: CarryReport,
        connections: Vec<Connection>,
        people: Vec<Prospect>,
    ) -> Self {
        Self {
            carrying,
            connections,
            live: Vec::new(),
            failures: BTreeMap::new(),
            people,
            names: BTreeMap::new(),
        }
    }

    /// Gives a device's person a name, for tests.
    #[cfg(test)]
    pub(super) fn call(&mut self, device: DeviceId, name: &str) {
        self.names.insert(device, name.to_owned());
    }

    /// What the engine and the network know of somebody.
    fn of(&self, person: PersonId, name: String) -> Prospect {
        let carrying = &self.carrying;
        let devices = carrying.addressees.iter();
        let devices: Vec<Addressee> = devices
            .filter(|one| one.person == person)
            .copied()
            .collect();
        let sessions = self.live.iter().filter(|live| live.person == person);
        let session = sessions.map(|live| live.caught_up).max();
        let ways = devices.iter().filter_map(|one| self.way_to(one.peer));
        let ways = ways.collect();
        let failures = devices
            .iter()
            .filter_map(|one| self.failures.get(&one.peer));
        let failure = failures.max_by_key(|failure| failure.at).cloned();
        let under_way = carrying.of_people.get(&person).cloned();
        let under_way = under_way.unwrap_or_default();
        Prospect {
            person,
            name,
            is_contact: false,
            is_verified: false,
            is_blocked: false,
            alarm: None,
            newer: None,
            ways,
            failure,
            devices,
            session,
            waiting: Vec::new(),
            keepers: self.keepers(&under_way),
            under_way,
        }
    }

    /// The connection with a peer; of several the one that goes through no relay, which takes over.
    pub(super) fn connection(&self, peer: TransportId) -> Option<&Connection> {
        let connections = self.connections.iter();
        let connections = connections.filter(|one| one.peer == peer);
        connections.min_by_key(|one| one.path == Path::Relayed)
    }

    /// How a peer is connected.
    pub(super) fn way_to(&self, peer: TransportId) -> Option<Way> {
        let connection = self.connection(peer)?;
        let relayed = (connection.path == Path::Relayed).then(|| connection.relay());
        Some(Way {
            path: path(connection.path),
            relay: relayed.map(|relay| self.relay(relay)),
        })
    }

    /// Whose device a relay is.
    pub(super) fn relay(&self, relay: Option<TransportId>) -> Relay {
        let mut known = self.carrying.addressees.iter();
        let known = known.find(|one| relay == Some(one.peer));
        Relay {
            person: known.map(|one| one.person),
            name: known.and_then(|one| self.names.get(&one.device).cloned()),
        }
    }

    /// Who promised to keep something of this, and for how much longer; whoever keeps it longest first.
    pub(super) fn keepers(&self, under_way: &UnderWay) -> Vec<Keeper> {
        let left = |until: &CarryTime| until.since(self.carrying.time);
        let keepers = under_way.holders.iter();
        let keepers = keepers.map(|(device, until)| Keeper {
            name: self
                .names
                .get(device)
                .cloned()
                .unwrap_or_else(|| "somebody whom you do not know any more".to_owned()),
            left: left(until),
        });
        let mut keepers: Vec<Keeper> = keepers.collect();
        keepers.sort_by(|one, other| (other.left, &one.name).cmp(&(one.left, &other.name)));
        keepers
    }

    /// Of one conversation, what is under way.
    pub(super) fn under_way_in(&self, conversation: &ConversationId) -> UnderWay {
        let under_way = self.carrying.of_conversations.get(conversation);
        under_way.cloned().unwrap_or_default()
    }
}

impl Prospect {
    /// How many own messages they have not acknowledged.
    pub(super) fn queued(&self) -> u64 {
        self.waiting.iter().map(|row| row.messages).sum()
    }

    /// How many of those somebody promised to keep.
    pub(super) fn carried(&self) -> u64 {
        self.waiting.iter().map(|row| row.carried).sum()
    }

    /// When the first of them was written.
    pub(super) fn since(&self) -> Option<WallTime> {
        self.waiting.iter().map(|row| row.since).min()
    }

    /// When something was last heard of any of their devices.
    pub(super) fn heard_at(&self) -> Option<WallTime> {
        self.devices.iter().filter_map(|one| one.heard_at).max()
    }

    /// The start of their id, by which commands mean them and nobody else.
    pub(super) fn short(&self) -> String {
        short(&self.person)
    }
}

/// Characters of an id that are shown of it.
const SHORT_ID_CHARACTERS: usize = 8;

/// The start of an id, by which commands mean what it is of.
pub(super) fn short(id: &impl ToString) -> String {
    let id = id.to_string();
    id.chars().take(SHORT_ID_CHARACTERS).collect()
}

pub(super) const fn path(path: Path) -> PeerPath {
    match path {
        Path::Lan => PeerPath::Lan,
        Path::Direct => PeerPath::Direct,
        Path::Relayed => PeerPath::Relayed,
    }
}
