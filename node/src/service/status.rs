//! Status: what a node is doing, in figures.

use std::collections::BTreeSet;

use tidings_protocol::engine::Live;
use tidings_protocol::id::TransportId;
use tidings_store::Reader;

use super::{Service, bundles, count};
use crate::api::{ApiError, Between, PeerCounts, Reach, Said, Status};
use crate::builder::Mode;
use crate::net::{Nat, Net, Path};

impl Service {
    /// How others reach the node from other networks, with the names of the relays.
    async fn reach(&self) -> Result<Reach, ApiError> {
        let reachability = self.reachability();
        let relays = if reachability.relays.is_empty() {
            Vec::new()
        } else {
            let prospects = self.prospects().await?;
            let relays = reachability.relays.iter();
            relays.map(|relay| prospects.relay(Some(*relay))).collect()
        };
        Ok(Reach {
            public: reachability.public,
            between: match reachability.nat {
                Nat::Unknown => Between::Unknown,
                Nat::None => Between::Nothing,
                Nat::Cone => Between::Cone,
                Nat::Symmetric => Between::Symmetric,
            },
            relays,
            is_relay: reachability.is_relay,
        })
    }

    /// The mode of a node that is started without a word about it.
    async fn mode_set(&self) -> Result<Mode, ApiError> {
        let settings = self.shared.storage.read(Reader::settings).await?;
        Ok(settings.network.mode.into())
    }

    pub(super) async fn status(&self) -> Result<Status, ApiError> {
        let live = self.live().await?;
        let connections = self.connections();
        let peers = peer_counts(&live, |peer| {
            let mut connections = connections.iter();
            let connection = connections.find(|connection| connection.peer == peer);
            connection.map(|connection| connection.path)
        });
        let waiting = self.shared.storage.read(Reader::waiting_messages).await?;
        let carrying = self.carrying().await?;
        let watching = self.shared.watching();
        let lack = self.shared.lack.clone().map(Said::into_parts);
        let (lack, lack_reasons) = lack.unzip();
        Ok(Status {
            running: self.shared.daemon,
            person: self.own(),
            mode: self.shared.mode.as_str().to_owned(),
            mode_set: self.mode_set().await?.as_str().to_owned(),
            lack,
            lack_reasons: lack_reasons.unwrap_or_default(),
            listen: self.listening(),
            peers,
            reach: self.reach().await?,
            queued: waiting.all(),
            carried: waiting.carried,
            carrying: bundles::carrying(carrying.others),
            under_way: count(carrying.under_way.envelopes),
            promised: count(carrying.under_way.promised),
            neighbours: count(carrying.neighbours.len()),
            other_versions: self.other_versions().await?,
            mailbox: self.shared.is_mailbox,
            watching: watching.map(|directory| directory.to_string_lossy().into_owned()),
            peer: self.shared.net.as_ref().and_then(Net::peer_id),
            attached: self.attached(),
            transfers: self.shared.transfers.list(),
        })
    }
}

/// How many devices are connected how: several sessions with one, of which some may be about to end, are
/// one connection.
pub(super) fn peer_counts(live: &[Live], path: impl Fn(TransportId) -> Option<Path>) -> PeerCounts {
    let mut peers = PeerCounts::default();
    let mut seen = BTreeSet::new();
    for device in live.iter().filter(|device| seen.insert(device.device)) {
        match path(device.peer) {
            Some(Path::Lan) => peers.lan += 1,
            Some(Path::Direct) => peers.direct += 1,
            Some(Path::Relayed) => peers.relayed += 1,
            None => {}
        }
    }
    peers
}
