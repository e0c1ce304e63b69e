//! What a node does with networks: as it was told, else as it is set for its profile.
//!
//! Invariants
//! - Nothing of a network is started before it is known what is set.
//! - What somebody says as they start a node goes before what is set, part by part, and changes nothing of that.

use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::record::{Discovery, NetworkRecord};
use tokio::sync::{mpsc, watch};

use super::{Builder, Carries, Mode};
use crate::api::Said;
use crate::error::OpenError;
use crate::home::{Home, Kept};
use crate::kinds::{Kind, Kinds};
use crate::meters::Meters;
use crate::net::{
    self, Net, NetConfig, NetError, NetEvent, Reachability, TableConfig, Transport, Ways,
};
use crate::reason;
use crate::signals::Signals;

/// That there is no network, and why, if it should be there.
pub(super) type Lack = Option<Said>;

/// What was said as the node was started; what was not is absent.
#[derive(Debug)]
pub(super) struct Overrides {
    pub(super) mode: Option<Mode>,
    pub(super) discovery: Option<Discovery>,
    pub(super) relay: Option<bool>,
    pub(super) dht: Option<bool>,
    pub(super) port_mapping: Option<bool>,
    pub(super) carries: Option<Carries>,
    pub(super) listen: Option<Vec<String>>,
    pub(super) bootstrap: Option<Vec<String>>,
}

impl Overrides {
    /// Nothing was said.
    pub(super) const NONE: Self = Self {
        mode: None,
        discovery: None,
        relay: None,
        dht: None,
        port_mapping: None,
        carries: None,
        listen: None,
        bootstrap: None,
    };

    /// What holds where this was said and that is set.
    pub(super) fn or(&self, set: &NetworkRecord) -> Plan {
        let carries = if set.mailbox {
            Carries::Mailbox
        } else {
            Carries::Friendly
        };
        Plan {
            mode: self.mode.unwrap_or_else(|| set.mode.into()),
            discovery: self.discovery.unwrap_or(set.discovery),
            relay: self.relay.unwrap_or(set.relay),
            dht: self.dht.unwrap_or(set.dht),
            port_mapping: self.port_mapping.unwrap_or(set.port_mapping),
            carries: self.carries.unwrap_or(carries),
            listen: self.listen.as_ref().unwrap_or(&set.listen).clone(),
            bootstrap: self.bootstrap.as_ref().unwrap_or(&set.bootstrap).clone(),
        }
    }

    /// Whether there may be a network beyond this process, as far as is known before what is set was read.
    pub(super) fn may_be_online(&self) -> bool {
        match self.mode {
            Some(Mode::Offline | Mode::Memory) => false,
            Some(Mode::Auto | Mode::Lan | Mode::Internet) | None => true,
        }
    }

    /// Whether somebody said as the node was started where it listens.
    fn says_where(&self) -> bool {
        self.listen
            .as_ref()
            .is_some_and(|listen| !listen.is_empty())
    }
}

/// What a node does with networks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) mode: Mode,
    discovery: Discovery,
    relay: bool,
    dht: bool,
    port_mapping: bool,
    pub(super) carries: Carries,
    pub(super) listen: Vec<String>,
    bootstrap: Vec<String>,
}

impl Plan {
    /// Whether it looks for others on the local network, and shows itself there: in a mode that has to do with that one.
    pub(super) const fn discovery(&self) -> Discovery {
        match self.mode {
            Mode::Auto | Mode::Lan => self.discovery,
            Mode::Internet | Mode::Offline | Mode::Memory => Discovery::Off,
        }
    }

    /// With whom to keep the table of who is where: not within a process, as tests do.
    fn table(&self, home: Option<&Home>) -> Result<Option<TableConfig>, OpenError> {
        if !self.dht || !self.mode.is_far() {
            return Ok(None);
        }
        let mut named = self.bootstrap.iter();
        if let Some(address) = named.find(|text| !net::names_a_node(text)) {
            let address = address.clone();
            return Err(NetError::BadNode { address }.into());
        }
        let known = home.map(|home| home.kept(Kept::Nodes));
        Ok(Some(TableConfig {
            named: self.bootstrap.clone(),
            known: known.unwrap_or_default(),
        }))
    }
}

impl Builder {
    /// The network as planned; none in the mode `offline`, or where it cannot start.
    pub(super) async fn network(
        &self,
        own: &OwnIdentity,
        plan: &Plan,
        meters: &Meters,
    ) -> Result<(Option<(Net, mpsc::Receiver<NetEvent>)>, Lack), OpenError> {
        let transport = match plan.mode {
            Mode::Offline => return Ok((None, None)),
            Mode::Auto | Mode::Lan | Mode::Internet => Transport::Internet,
            Mode::Memory => Transport::Memory,
        };
        // Where a person says where, nothing is chosen.
        let chooses = self.home.clone().filter(|_| plan.listen.is_empty());
        let last = chooses.as_ref().map(|home| home.kept(Kept::Listened));
        let last = last.unwrap_or_default();
        let reached = self.home.as_ref().map(|home| home.kept(Kept::Reached));
        let config = NetConfig {
            key: own.transport_secret(),
            listen: plan.listen.clone(),
            last: last.clone(),
            reached: reached.unwrap_or_default(),
            networks: plan.mode.networks(),
            discovery: plan.discovery(),
            // A stranger whom we dial learns who we are.
            mesh: plan.carries != Carries::Nothing && plan.discovery != Discovery::Hidden,
            relay: plan.relay,
            table: plan.table(self.home.as_ref())?,
            port_mapping: plan.port_mapping && plan.mode.is_far(),
            transport,
            meters: meters.clone(),
        };
        let (started, lack) = match self.network_or_none(Net::start(config).await, plan)? {
            Ok(started) => (Some(started), None),
            Err(lack) => (None, lack),
        };
        let net = started.as_ref().map(|(net, _)| net);
        if let Some((home, net)) = chooses.zip(net) {
            home.keep(Kept::Listened, &net.chosen(&last));
        }
        if let Some((home, net)) = self.home.clone().zip(net) {
            tokio::spawn(keep_reached(home, net.watch_reachability()));
        }
        Ok((started, lack))
    }

    /// The network as it started, or why it did not. That it cannot start keeps no command from the disk, unless it was
    /// given addresses.
    pub(super) fn network_or_none<T>(
        &self,
        started: Result<T, NetError>,
        plan: &Plan,
    ) -> Result<Result<T, Lack>, OpenError> {
        match started {
            Ok(started) => Ok(Ok(started)),
            Err(error) if !self.daemon && !self.overrides.says_where() => {
                // It may say where it was to listen.
                tracing::debug!(%error, "the network cannot be started");
                tracing::warn!("without a network: it cannot be started");
                Ok(Err(Some(self.unusable(error, plan).said())))
            }
            Err(error) => Err(self.unusable(error, plan)),
        }
    }

    /// Why a network cannot be used, and what to do; of addresses that are set, how to take them back.
    fn unusable(&self, error: NetError, plan: &Plan) -> OpenError {
        let is_set = self.overrides.listen.is_none() && !plan.listen.is_empty();
        let error = OpenError::from(error);
        if let (OpenError::Listen { reason }, true) = (&error, is_set) {
            return OpenError::Listen {
                reason: reason.clone().and(reason::or_everywhere()),
            };
        }
        error
    }
}

/// Says that others are reached otherwise, each time that they are, for as long as the network runs.
pub(super) async fn tell_ways(mut ways: Ways, signals: Signals) {
    while ways.changed().await {
        signals.changed(&Kinds::from([Kind::Network]));
    }
}

/// Keeps where others get in, for as long as the network runs: whoever starts again there is found at once.
async fn keep_reached(home: Home, mut reachability: watch::Receiver<Reachability>) {
    while reachability.changed().await.is_ok() {
        let public = reachability.borrow_and_update().public.clone();
        let home = home.clone();
        // A file of a line or two.
        let kept = tokio::task::spawn_blocking(move || home.keep(Kept::Reached, &public));
        if kept.await.is_err() {
            break;
        }
    }
}
