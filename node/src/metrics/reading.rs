//! A reading: all that is measured of a node at one moment, and how it is written down as OpenMetrics.
//!
//! Invariants
//! - Labels are words of ours: paths, tiers, states, outcomes and kinds of queues. What others wrote or are called is in none.
//! - A name that is there stays, with its meaning: people's dashboards go by it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use tidings_protocol::carry::{Quotas, Tier};
use tidings_protocol::engine::{CarryReport, Fill};

use crate::api::PeerCounts;
use crate::meters::{ByPath, ByQuery, Counts, Durations, Granting, Meters, Query};
use crate::net::{Path, Reachability, Router, Table};

/// What every name begins with.
const PREFIX: &str = "tidings";
const PATHS: [(&str, Path); 3] = [
    ("lan", Path::Lan),
    ("direct", Path::Direct),
    ("relayed", Path::Relayed),
];
/// What [`router_label`] gives.
const ROUTERS: [&str; 4] = ["unasked", "maps", "inside", "maps_nothing"];
const QUERIES: [(&str, Query); 3] = [
    ("provide", Query::Provide),
    ("seek", Query::Seek),
    ("refresh", Query::Refresh),
];
const GRANTINGS: [(&str, Granting); 5] = [
    ("granted", Granting::Granted),
    ("refused", Granting::Refused),
    ("too_short", Granting::Short),
    ("inside", Granting::Inside),
    ("silent", Granting::Silent),
];

/// Own messages that somebody has not acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outbox {
    pub(crate) queued: u64,
    pub(crate) carried: u64,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) mode: &'static str,
    pub(crate) is_mailbox: bool,
    pub(crate) uptime: Duration,
    pub(crate) counted: Meters,
    /// The paths of the connections that are there.
    pub(crate) connections: Vec<Path>,
    /// The devices with a session.
    pub(crate) sessions: PeerCounts,
    /// At how many addresses it listens.
    pub(crate) listening: usize,
    pub(crate) reachability: Reachability,
    /// What is known of the table of who is where, if it has to do with one.
    pub(crate) table: Option<Table>,
    /// How many devices announce themselves on the local network.
    pub(crate) announced: usize,
    pub(crate) outbox: Outbox,
    pub(crate) carrying: CarryReport,
    /// How full the engine's queues are.
    pub(crate) fills: Vec<Fill>,
    /// Bytes of what happened and waits for a commit.
    pub(crate) backlog_bytes: usize,
    /// Streams to others, sessions and what is carried.
    pub(crate) links: usize,
    /// Orders that wait for the driver.
    pub(crate) orders: usize,
    /// Jobs that wait for the store's threads: to write, and to read.
    pub(crate) jobs: (usize, usize),
    /// What this process takes of memory, if the system says it.
    pub(crate) memory_bytes: Option<u64>,
}

impl Reading {
    /// As it is served.
    ///
    /// # Errors
    /// None that a text in memory has.
    pub(crate) fn write(self) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register_collector(Box::new(self));
        let mut written = String::new();
        text::encode(&mut written, &registry)?;
        Ok(written)
    }
}

impl Collector for Reading {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let sheet = &mut Sheet(&mut encoder);
        self.node(sheet)?;
        self.network(sheet)?;
        self.reach(sheet)?;
        self.messages(sheet)?;
        self.queues(sheet)?;
        self.counted.counts().map_or(Ok(()), |counts| {
            steps(sheet, counts)?;
            connecting(sheet, counts)?;
            lending(sheet, counts)?;
            table(sheet, counts)?;
            near(sheet, counts)
        })
    }
}

impl Reading {
    fn node(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let labels = [
            ("version", env!("CARGO_PKG_VERSION")),
            ("os", std::env::consts::OS),
            ("arch", std::env::consts::ARCH),
            ("mode", self.mode),
        ];
        sheet.info(
            "build",
            "Which Tidings this is, and which networks it uses.",
            &labels,
        )?;
        let uptime = self.uptime.as_secs_f64();
        let help = "How long the node has run.";
        sheet.measure("uptime", help, &Unit::Seconds, uptime)?;
        let help = "Whether it keeps as much for others as a mailbox does.";
        sheet.level("mailbox", help, u64::from(self.is_mailbox))?;
        if let Some(bytes) = self.memory_bytes {
            let help = "What the process takes of memory.";
            sheet.bytes("resident_memory", help, &[], bytes)?;
        }
        Ok(())
    }

    fn network(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let count = |wanted: Path| {
            let of_path = self.connections.iter().filter(|path| **path == wanted);
            number(of_path.count())
        };
        let connections = PATHS.map(|(label, path)| (label, count(path)));
        let help = "Connections with other nodes, strangers too, by how they get there.";
        sheet.levels("connections", help, "path", &connections)?;
        let sessions = [
            ("lan", self.sessions.lan),
            ("direct", self.sessions.direct),
            ("relayed", self.sessions.relayed),
        ];
        let help =
            "Devices of contacts and room members with an open session, by how it gets there.";
        sheet.levels("sessions", help, "path", &sessions)?;
        let help = "Addresses that it listens on.";
        sheet.level("listen_addresses", help, number(self.listening))?;
        let help = "Devices that announce themselves on the local network.";
        sheet.level("devices_announced", help, number(self.announced))?;
        let neighbours = number(self.carrying.neighbours.len());
        let help = "Neighbours with whom it compares what each carries.";
        sheet.level("neighbours", help, neighbours)
    }

    fn reach(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let public = number(self.reachability.public.len());
        let help = "Addresses where somebody of another network got in.";
        sheet.level("public_addresses", help, public)?;
        let help = "Whether others reach it from other networks without a relay.";
        sheet.level("reachable", help, u64::from(public > 0))?;
        let help = "Whether others reach each other through it.";
        let is_relay = u64::from(self.reachability.is_relay);
        sheet.level("relay_serving", help, is_relay)?;
        let held = number(self.reachability.relays.len());
        let help = "Relays at which it has a place.";
        sheet.level("relay_places_held", help, held)?;
        let known = router_label(self.reachability.router);
        let routers = ROUTERS.map(|label| (label, u64::from(label == known)));
        let help = "Whether the router in between lets others in at ports of ours, as it says.";
        sheet.levels("router", help, "state", &routers)?;
        let Some(table) = &self.table else {
            return Ok(());
        };
        let help = "Nodes that keep the table of who is where, as far as it knows them.";
        sheet.level("table_nodes", help, number(table.nodes))?;
        let help = "Whether it keeps a part of that table for others.";
        sheet.level("table_serving", help, u64::from(table.serves))
    }

    fn messages(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let outbox = [
            ("queued", self.outbox.queued),
            ("carried", self.outbox.carried),
        ];
        let help = "Own messages that are not delivered to all they are for, by their state.";
        sheet.levels("outbox_messages", help, "state", &outbox)?;
        let under_way = &self.carrying.under_way;
        let help = "Own envelopes with messages that nobody is known to have opened.";
        sheet.level("envelopes_under_way", help, number(under_way.envelopes))?;
        let help = "Those of them that a contact's device promised to keep.";
        sheet.level("envelopes_promised", help, number(under_way.promised))?;
        let tiers = Tier::ALL.map(|tier| {
            let used = self.carrying.tiers.get(&tier).copied().unwrap_or_default();
            (tier_label(tier), (number(used.envelopes), used.bytes))
        });
        let help = "Envelopes that are kept, by for whom.";
        let envelopes = tiers.map(|(label, (envelopes, _))| (label, envelopes));
        sheet.levels("carried_envelopes", help, "tier", &envelopes)?;
        let help = "Bytes of the envelopes that are kept, by for whom.";
        let bytes = tiers.map(|(label, (_, bytes))| (label, bytes));
        sheet.bytes("carried", help, &bytes, 0)?;
        let others = Tier::ALL.into_iter().filter(|tier| *tier != Tier::Own);
        let room = |quotas: Quotas| {
            let room = others.map(|tier| (tier_label(tier), quotas.bytes_of(tier)));
            room.collect::<Vec<_>>()
        };
        let room = self.carrying.quotas.map(room).unwrap_or_default();
        let help = "Bytes that may be kept for others, by for whom.";
        if room.is_empty() {
            return Ok(());
        }
        sheet.bytes("carried_most", help, &room, 0)
    }

    fn queues(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let fills = self.fills.iter();
        let named: BTreeMap<String, &Fill> = fills
            .map(|fill| (snake(&format!("{:?}", fill.queue)), fill))
            .collect();
        let of = |pick: fn(&Fill) -> usize| {
            let picked = named
                .iter()
                .map(|(name, fill)| (name.as_str(), number(pick(fill))));
            picked.collect::<Vec<_>>()
        };
        let held = of(|fill| fill.held);
        let help = "What the fullest of each kind of the engine's queues holds.";
        sheet.levels("queue_held", help, "queue", &held)?;
        let most = of(|fill| fill.most);
        let help = "What that queue may hold.";
        sheet.levels("queue_most", help, "queue", &most)?;
        let help = "Bytes of what happened that wait for a commit.";
        sheet.bytes("backlog", help, &[], number(self.backlog_bytes))?;
        let help = "Streams to other nodes.";
        sheet.level("links", help, number(self.links))?;
        let help = "Orders and events that wait for the engine.";
        sheet.level("orders_waiting", help, number(self.orders))?;
        let (write, read) = self.jobs;
        let jobs = [("write", number(write)), ("read", number(read))];
        let help = "Jobs that wait for the store.";
        sheet.levels("store_jobs_waiting", help, "kind", &jobs)
    }
}

fn steps(sheet: &mut Sheet<'_, '_>, counts: &Counts) -> fmt::Result {
    let help = "Steps of the engine.";
    sheet.total("engine_steps", help, counts.inputs.total())?;
    let frames = [
        ("in", counts.frames_in.total()),
        ("out", counts.frames_out.total()),
    ];
    let help = "Frames of sessions and of what is carried.";
    sheet.totals("frames", help, None, "direction", &frames)?;
    let bytes = [
        ("in", counts.bytes_in.total()),
        ("out", counts.bytes_out.total()),
    ];
    let help = "Bytes of those, without what the connection adds.";
    sheet.totals("frame", help, Some(&Unit::Bytes), "direction", &bytes)?;
    let help = "How long it took to have a batch of changes on the disk.";
    sheet.durations("store_commit", help, &counts.commits)?;
    let help = "Batches that the store could not keep.";
    sheet.total("store_commits_failed", help, counts.commits_failed.total())?;
    let help = "Changes in the batches that it kept.";
    sheet.total("store_changes", help, counts.changes.total())
}

fn connecting(sheet: &mut Sheet<'_, '_>, counts: &Counts) -> fmt::Result {
    let help = "Dials that began.";
    sheet.total("dials", help, counts.dials.total())?;
    let help = "Dials that led to nothing.";
    sheet.total("dials_failed", help, counts.dials_failed.total())?;
    let by_path = |made: &ByPath| PATHS.map(|(label, path)| (label, made.of(path).total()));
    let help = "Connections that this node made, by how they get there.";
    sheet.totals(
        "connections_out",
        help,
        None,
        "path",
        &by_path(&counts.outbound),
    )?;
    let help = "Connections that others made, by how they get here.";
    sheet.totals(
        "connections_in",
        help,
        None,
        "path",
        &by_path(&counts.inbound),
    )?;
    let help = "Connections that others began and that came to nothing, or were over a limit.";
    sheet.total("connections_in_failed", help, counts.inbound_failed.total())
}

fn lending(sheet: &mut Sheet<'_, '_>, counts: &Counts) -> fmt::Result {
    let help = "Places that others have at this node while it is their relay.";
    sheet.level("relay_places_lent", help, counts.places.height())?;
    let help = "Connections of others that go through this node.";
    sheet.level("relay_circuits", help, counts.circuits.height())?;
    let help = "Places and connections that this node, as a relay, did not give.";
    sheet.total("relay_refusals", help, counts.relay_refusals.total())
}

fn table(sheet: &mut Sheet<'_, '_>, counts: &Counts) -> fmt::Result {
    let by_kind = |asked: &ByQuery| QUERIES.map(|(label, query)| (label, asked.of(query).total()));
    let queries = by_kind(&counts.queries);
    let help = "What the table of who is where was asked.";
    sheet.totals("table_queries", help, None, "kind", &queries)?;
    let failed = by_kind(&counts.queries_failed);
    let help = "What of that came to nothing.";
    sheet.totals("table_queries_failed", help, None, "kind", &failed)?;
    let help = "How often the table said where somebody lost is.";
    sheet.total("table_found", help, counts.found.total())?;
    let requests = [
        ("answered", counts.requests_answered.total()),
        ("refused", counts.requests_refused.total()),
    ];
    let help = "What others asked of this node's part of the table.";
    sheet.totals("table_requests", help, None, "outcome", &requests)
}

fn near(sheet: &mut Sheet<'_, '_>, counts: &Counts) -> fmt::Result {
    let sent = [
        ("sent", counts.beacons_sent.total()),
        ("failed", counts.beacons_unsent.total()),
    ];
    let help = "Beacons that were due, one on each interface.";
    sheet.totals("beacons", help, None, "outcome", &sent)?;
    let help = "Beacons of others that came.";
    sheet.total("beacons_heard", help, counts.beacons_heard.total())?;
    let asked = GRANTINGS.map(|(label, granting)| (label, counts.ports_asked.of(granting).total()));
    let help = "Ports that the router in between was asked for, by what it did.";
    sheet.totals("port_mappings", help, None, "outcome", &asked)
}

/// What is written on.
struct Sheet<'s, 'e>(&'s mut DescriptorEncoder<'e>);

impl Sheet<'_, '_> {
    fn info(&mut self, name: &str, help: &str, labels: &[(&str, &str)]) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Info)?;
        metric.encode_info(&labels)
    }

    fn level(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        metric.encode_gauge(&value)
    }

    fn measure(&mut self, name: &str, help: &str, unit: &Unit, value: f64) -> fmt::Result {
        let kind = MetricType::Gauge;
        let mut metric = self.0.encode_descriptor(name, help, Some(unit), kind)?;
        metric.encode_gauge(&value)
    }

    fn levels(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(&str, u64)],
    ) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        values
            .iter()
            .try_for_each(|(of, value)| metric.encode_family(&[(label, *of)])?.encode_gauge(value))
    }

    /// So many bytes: by tier, or, where there are none, in all.
    fn bytes(&mut self, name: &str, help: &str, tiers: &[(&str, u64)], all: u64) -> fmt::Result {
        let kind = MetricType::Gauge;
        let mut metric = self
            .0
            .encode_descriptor(name, help, Some(&Unit::Bytes), kind)?;
        if tiers.is_empty() {
            return metric.encode_gauge(&all);
        }
        tiers.iter().try_for_each(|(tier, value)| {
            metric
                .encode_family(&[("tier", *tier)])?
                .encode_gauge(value)
        })
    }

    fn total(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, u64, u64>(&value, None)
    }

    fn totals(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        label: &str,
        values: &[(&str, u64)],
    ) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, unit, MetricType::Counter)?;
        values.iter().try_for_each(|(of, value)| {
            let labels = [(label, *of)];
            let mut one = metric.encode_family(&labels)?;
            one.encode_counter::<NoLabelSet, u64, u64>(value, None)
        })
    }

    fn durations(&mut self, name: &str, help: &str, durations: &Durations) -> fmt::Result {
        let kind = MetricType::Histogram;
        let mut metric = self
            .0
            .encode_descriptor(name, help, Some(&Unit::Seconds), kind)?;
        let (taken, sum) = durations.taken();
        let bound = |up_to: Option<Duration>| up_to.map_or(f64::INFINITY, |up| up.as_secs_f64());
        let buckets = taken.iter().map(|(up_to, count)| (bound(*up_to), *count));
        let buckets: Vec<(f64, u64)> = buckets.collect();
        let count = taken.iter().map(|(_, count)| count).sum();
        metric.encode_histogram::<NoLabelSet>(sum.as_secs_f64(), count, &buckets, None)
    }
}

const fn router_label(router: Router) -> &'static str {
    match router {
        Router::Unasked => "unasked",
        Router::Maps => "maps",
        Router::Inside(_) => "inside",
        Router::MapsNothing => "maps_nothing",
    }
}

const fn tier_label(tier: Tier) -> &'static str {
    match tier {
        Tier::Own => "own",
        Tier::Contact => "contact",
        Tier::Friend => "friend",
        Tier::Stranger => "stranger",
    }
}

/// `InFlight` as `in_flight`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
