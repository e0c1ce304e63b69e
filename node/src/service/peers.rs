//! Peers: the devices that are connected, and the contacts who are not.

use std::collections::BTreeSet;

use tidings_protocol::engine::Addressee;
use tidings_protocol::id::TransportId;
use tidings_protocol::time::WallTime;

use super::prospects::{Prospect, Prospects, path};
use super::{Service, count};
use crate::api::{ApiError, Peer};

impl Service {
    /// Those who are connected first, and of them those whom we know.
    pub(super) async fn list_peers(&self) -> Result<Vec<Peer>, ApiError> {
        Ok(listed(&self.prospects().await?))
    }
}

fn listed(prospects: &Prospects) -> Vec<Peer> {
    let mut peers = Vec::new();
    let mut known: BTreeSet<TransportId> = BTreeSet::new();
    for person in &prospects.people {
        for device in &person.devices {
            known.insert(device.peer);
            peers.push(of_device(person, Some(device), prospects));
        }
        if person.devices.is_empty() {
            peers.push(of_device(person, None, prospects));
        }
    }
    peers.retain(|peer| peer.path.is_some() || peer.contact);
    let mut strangers = BTreeSet::new();
    for connection in &prospects.connections {
        if !known.contains(&connection.peer) && strangers.insert(connection.peer) {
            peers.push(connected(nobody(), connection.peer, prospects));
        }
    }
    peers.sort_by_key(|peer| (peer.path.is_none(), !peer.contact, peer.person.is_none()));
    peers
}

fn of_device(person: &Prospect, device: Option<&Addressee>, prospects: &Prospects) -> Peer {
    let mut names: Vec<String> = Vec::new();
    for keeper in &person.keepers {
        if !names.contains(&keeper.name) {
            names.push(keeper.name.clone());
        }
    }
    let peer = Peer {
        person: Some(person.person),
        name: Some(person.name.clone()),
        device: device.map(|device| device.device),
        contact: person.is_contact,
        queued: person.queued(),
        heard_at: device
            .and_then(|device| device.heard_at)
            .map(WallTime::as_millis),
        dormant: device.is_some_and(|device| device.is_dormant),
        under_way: count(person.under_way.envelopes),
        promised: count(person.under_way.promised),
        promised_by: names,
        ..nobody()
    };
    match device {
        Some(device) => connected(peer, device.peer, prospects),
        None => peer,
    }
}

/// With what is known of its connection, if there is one, and of what went wrong.
fn connected(peer: Peer, at: TransportId, prospects: &Prospects) -> Peer {
    let connection = prospects.connection(at);
    let way = prospects.way_to(at);
    let failure = prospects.failures.get(&at);
    let sessions = || prospects.live.iter().filter(|live| live.peer == at);
    Peer {
        path: connection.map(|connection| path(connection.path)),
        address: connection.map(|connection| connection.address.clone()),
        relay: way.and_then(|way| way.relay),
        session: sessions().next().is_some(),
        caught_up: sessions().any(|live| live.caught_up),
        carries: prospects.carrying.neighbours.contains(&at),
        last_error: failure.map(|failure| failure.trouble.words().to_owned()),
        failed_at: failure.map(|failure| failure.at.as_millis()),
        ..peer
    }
}

const fn nobody() -> Peer {
    Peer {
        person: None,
        name: None,
        device: None,
        contact: false,
        path: None,
        address: None,
        relay: None,
        session: false,
        caught_up: false,
        carries: false,
        queued: 0,
        heard_at: None,
        last_error: None,
        failed_at: None,
        dormant: false,
        under_way: 0,
        promised: 0,
        promised_by: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::engine::{CarryReport, Live, UnderWay};
    use tidings_protocol::id::{DeviceId, PersonId};

    use super::super::prospects::Keeper;
    use super::*;
    use crate::api::{PeerPath, Relay};
    use crate::failures::{Failure, SessionFault, Trouble};
    use crate::net::{Connection, Path};

    fn person(number: u8, is_contact: bool, devices: &[u8]) -> Prospect {
        let person = PersonId::new([number; 32]);
        let devices = devices.iter().map(|device| Addressee {
            device: DeviceId::new([*device; 32]),
            person,
            peer: TransportId::new([*device; 32]),
            heard_at: Some(WallTime::from_millis(u64::from(*device))),
            is_dormant: *device > 20,
            places: None,
            pace: std::time::Duration::ZERO,
        });
        Prospect {
            person,
            name: format!("name {number}"),
            is_contact,
            is_verified: false,
            is_blocked: false,
            alarm: None,
            newer: None,
            devices: devices.collect(),
            ways: Vec::new(),
            failure: None,
            session: None,
            waiting: Vec::new(),
            under_way: UnderWay {
                envelopes: 3,
                promised: 2,
                ..UnderWay::default()
            },
            keepers: ["Carla", "Dan", "Carla"]
                .map(|name| Keeper {
                    name: name.to_owned(),
                    left: std::time::Duration::from_secs(1),
                })
                .into(),
        }
    }

    fn connection(to: u8, path: Path) -> Connection {
        Connection {
            peer: TransportId::new([to; 32]),
            address: format!("/memory/{to}"),
            path,
        }
    }

    #[test]
    fn the_person_whose_device_is_the_relay_is_named() {
        let mut relayed = connection(11, Path::Relayed);
        relayed.address = "/ip4/9.9.9.9/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp/p2p-circuit".to_owned();
        let carla = relayed.relay().unwrap();
        let mut of_carla = person(5, true, &[12]).devices.remove(0);
        of_carla.peer = carla;
        let report = CarryReport {
            addressees: vec![of_carla],
            ..CarryReport::default()
        };
        let people = vec![person(2, true, &[11])];
        let mut prospects = Prospects::made(report, vec![relayed], people);
        prospects.call(of_carla.device, "Carla");
        let relay = Relay {
            person: Some(of_carla.person),
            name: Some("Carla".to_owned()),
        };
        assert_eq!(listed(&prospects)[0].relay, Some(relay));
    }

    #[test]
    fn who_is_connected_comes_first_and_of_those_away_only_contacts_are_told() {
        let carrying = CarryReport {
            neighbours: vec![TransportId::new([12; 32]), TransportId::new([90; 32])],
            ..CarryReport::default()
        };
        let connections = vec![
            connection(90, Path::Lan),
            connection(12, Path::Direct),
            connection(12, Path::Lan),
            connection(31, Path::Relayed),
            connection(90, Path::Lan),
        ];
        let people = vec![
            person(1, true, &[]),
            person(2, true, &[11, 12, 21]),
            person(3, false, &[31, 32]),
            person(4, false, &[41]),
        ];
        let mut prospects = Prospects::made(carrying, connections, people);
        prospects.live = vec![Live {
            device: DeviceId::new([12; 32]),
            person: PersonId::new([2; 32]),
            peer: TransportId::new([12; 32]),
            caught_up: true,
        }];
        let failure = Failure {
            at: WallTime::from_millis(7),
            trouble: Trouble::Session(SessionFault::HungUp),
        };
        prospects.failures = [(TransportId::new([11; 32]), failure)].into();
        let peers = listed(&prospects);
        let first = |peer: &Peer| peer.device.map(|device| device.as_bytes()[0]);
        let order: Vec<Option<u8>> = peers.iter().map(first).collect();
        assert_eq!(order, [Some(12), Some(31), None, None, Some(11), Some(21)]);
        let there = &peers[0];
        assert_eq!(there.path, Some(PeerPath::Direct));
        assert!(there.session && there.caught_up && there.carries && there.contact);
        assert!(there.relay.is_none() && there.last_error.is_none());
        assert!(!peers[1].contact && !peers[1].session && !peers[1].carries);
        assert_eq!(peers[1].relay, Some(Relay::default()), "nobody knows whose");
        let stranger = &peers[2];
        assert_eq!((stranger.person, stranger.name.as_ref()), (None, None));
        assert!(stranger.carries && !stranger.contact && !stranger.session);
        assert_eq!(stranger.address.as_deref(), Some("/memory/90"));
        let unknown = &peers[3];
        assert_eq!((unknown.path, unknown.heard_at), (None, None));
        assert!(unknown.contact && !unknown.dormant);
        let failed = &peers[4];
        assert_eq!(failed.failed_at, Some(7));
        let said = failed.last_error.as_deref().unwrap();
        assert!(said.contains("hung up"), "{said}");
        let away = &peers[5];
        assert_eq!((&away.last_error, away.failed_at), (&None, None));
        assert_eq!((away.heard_at, away.dormant), (Some(21), true));
        assert_eq!((away.under_way, away.promised), (3, 2));
        assert_eq!(away.promised_by, ["Carla", "Dan"]);
    }
}
