//! The driver: the one task that feeds the engine and does what it says.
//!
//! ```text
//!   API ----orders----+                +--> links, network
//!   network --events--+--> Driver <----+
//!   links --orders----+      |  ^
//!                            v  | commit done
//!                          store thread
//! ```
//!
//! Invariants
//! - It never waits for the store, a link or a listener; only for something to do.
//! - Effects happen when the gate releases them, in that order.
//! - After a failed commit it ends; whoever waits is told, and nothing more is sent.

mod failing;
mod link;
mod meetings;
mod perform;
mod requests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tidings_protocol::engine::{
    CarryReport, Command, CommandError, Engine, Fill, Gate, Input, LinkId, LinkPurpose, Live,
    Promise, Typist,
};
use tidings_protocol::id::{ActorId, PersonId, RequestId, TransportId};
use tidings_protocol::record::{Change, Outcome};
use tidings_store::GapRow;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use crate::clock::Clock;
use crate::documents::Documents;
use crate::home::Home;
use crate::kinds::{Kind, Kinds};
use crate::meters::Meters;
use crate::net::{Link, Net, NetEvent, Protocol};
use crate::signals::Signals;
use crate::storage::{Storage, StorageError};
use meetings::Meetings;
use requests::Requests;

/// Orders that wait for the driver at most; who gives one more waits.
pub(crate) const ORDERS_MAX: usize = 1024;
/// Inputs handled before a commit is begun, so that one commit takes many.
const INPUTS_PER_TURN: usize = 256;
/// Bytes that wait for a commit, or are in one, before nothing new is taken in.
const BACKLOG_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How often is looked whether contacts are met by other keys, and what is to be kept of who keeps the table.
const MEET_INTERVAL: std::time::Duration = std::time::Duration::from_secs(60);
/// How often deleted secrets are looked for in the write-ahead log.
const WAL_INTERVAL: std::time::Duration = std::time::Duration::from_secs(20);

/// Why a command had no outcome.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum OrderError {
    /// The engine refused it.
    #[error(transparent)]
    Refused(#[from] CommandError),
    /// The store failed; the node has ended.
    #[error("{0}")]
    Storage(Arc<StorageError>),
    /// The network has ended by itself, by a fault of its own; the node has ended with it, so that nobody believes that it
    /// is reached.
    #[error("the network ended by itself, and the node with it; start it again")]
    Network,
    /// The node is ending.
    #[error("the node is ending")]
    Ending,
}

/// What comes of a command.
pub(crate) type CommandReply = oneshot::Sender<Result<Outcome, OrderError>>;

/// What the driver is asked to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Carry out a person's command.
    Command {
        request: RequestId,
        command: Command,
        reply: CommandReply,
    },
    /// Take a link that was opened.
    Link {
        peer: TransportId,
        purpose: LinkPurpose,
        link: Link,
    },
    /// Handle an input.
    Input(Input),
    /// Say which devices have a live session.
    Live(oneshot::Sender<Vec<Live>>),
    /// Say when all that was handled before is durable: what is said of sessions runs ahead of the store.
    Durable(oneshot::Sender<()>),
    /// Say what is carried.
    Carrying(oneshot::Sender<CarryReport>),
    /// Say who promised to keep what an actor of ours did under a number.
    Promises {
        actor: ActorId,
        seq: u64,
        reply: oneshot::Sender<Vec<Promise>>,
    },
    /// Say all that is measured of it.
    Measure(oneshot::Sender<Measured>),
    /// Say who types.
    Typing(oneshot::Sender<Vec<Typist>>),
    /// Say who holds what is missing beyond each of these gaps.
    Holders(Vec<GapRow>, oneshot::Sender<Vec<BTreeSet<PersonId>>>),
    /// Handle what is waiting, commit it, close every link, and end.
    End,
}

/// What is measured of a driver and its engine.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) live: Vec<Live>,
    pub(crate) carrying: CarryReport,
    /// How full the engine's queues are.
    pub(crate) fills: Vec<Fill>,
    /// Bytes that wait for a commit, or are in one.
    pub(crate) backlog_bytes: usize,
    /// Links that are open.
    pub(crate) links: usize,
}

/// The parts a driver works with.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) engine: Engine,
    pub(crate) storage: Storage,
    pub(crate) net: Option<Net>,
    pub(crate) net_events: Option<mpsc::Receiver<NetEvent>>,
    pub(crate) documents: Documents,
    pub(crate) signals: Signals,
    pub(crate) clock: Clock,
    pub(crate) meters: Meters,
    pub(crate) known_requests: Vec<RequestId>,
    /// Where the nodes that were met are kept for the next start.
    pub(crate) home: Option<Home>,
}

/// The task's state.
#[derive(Debug)]
pub(crate) struct Driver {
    engine: Engine,
    gate: Gate,
    storage: Storage,
    net: Option<Net>,
    documents: Documents,
    signals: Signals,
    clock: Clock,
    meters: Meters,
    orders: mpsc::WeakSender<Order>,
    requests: Requests,
    links: BTreeMap<LinkId, link::Outgoing>,
    /// The links that we opened for sessions that did not begin yet, and to whom.
    opening: BTreeMap<LinkId, TransportId>,
    next_link: LinkId,
    commit: Option<oneshot::Receiver<Result<(), StorageError>>>,
    people_in_commit: bool,
    kinds_in_commit: Kinds,
    /// Who asked to be told when all is durable, and how many commits that takes yet at most.
    awaiting: Vec<(u8, oneshot::Sender<()>)>,
    timer: Option<Instant>,
    meetings: Meetings,
    ending: bool,
}

/// Says that the driver has ended, however it does: where it panicked, nobody goes on as if there were one.
struct Ending(Signals);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.ended();
    }
}

/// What woke the driver.
enum Wake {
    Order(Option<Order>),
    Net(Option<NetEvent>),
    Committed(Result<(), StorageError>),
    Timer,
    Wal,
    Meet,
}

impl Driver {
    /// Runs until told to end, until nobody can give orders any more, or until the store or the network fails.
    pub(crate) async fn run(
        parts: Parts,
        sender: mpsc::Sender<Order>,
        mut orders: mpsc::Receiver<Order>,
    ) -> Result<(), OrderError> {
        let _end = Ending(parts.signals.clone());
        let mut net_events = parts.net_events;
        let mut driver = Self {
            engine: parts.engine,
            gate: Gate::new(),
            storage: parts.storage.clone(),
            net: parts.net,
            documents: parts.documents,
            signals: parts.signals,
            clock: parts.clock,
            meters: parts.meters,
            orders: sender.downgrade(),
            requests: Requests::new(parts.storage, parts.known_requests),
            links: BTreeMap::new(),
            opening: BTreeMap::new(),
            next_link: LinkId::new(1),
            commit: None,
            people_in_commit: false,
            kinds_in_commit: Kinds::new(),
            awaiting: Vec::new(),
            timer: None,
            meetings: Meetings::new(parts.home),
            ending: false,
        };
        drop(sender);
        let mut wal = tokio::time::interval(WAL_INTERVAL);
        wal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut meet = tokio::time::interval(MEET_INTERVAL);
        meet.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            driver.turn().await;
            if driver.ending && driver.commit.is_none() {
                break;
            }
            let ticks = (&mut wal, &mut meet);
            let wake = driver.wait(&mut orders, &mut net_events, ticks).await;
            if let Err(error) = driver.take(wake) {
                driver.requests.fail(&error);
                return Err(error);
            }
            for _ in 0..INPUTS_PER_TURN {
                if driver.gate.backlog() >= BACKLOG_BYTES_MAX {
                    break;
                }
                let Ok(order) = orders.try_recv() else { break };
                driver.order(order);
            }
        }
        driver.keep_nodes();
        driver.requests.fail(&OrderError::Ending);
        Ok(())
    }

    /// Waits for something to do.
    async fn wait(
        &mut self,
        orders: &mut mpsc::Receiver<Order>,
        net_events: &mut Option<mpsc::Receiver<NetEvent>>,
        (wal, meet): (&mut tokio::time::Interval, &mut tokio::time::Interval),
    ) -> Wake {
        // Only a commit under way holds anything back, so there is always one to wait for here.
        let open = !self.ending && self.gate.backlog() < BACKLOG_BYTES_MAX;
        let timer = self.timer;
        let commit = &mut self.commit;
        tokio::select! {
            result = async { commit.as_mut()?.await.ok() }, if commit.is_some() => {
                Wake::Committed(result.unwrap_or(Err(StorageError::Ended)))
            }
            event = async { net_events.as_mut()?.recv().await }, if open && net_events.is_some() => {
                Wake::Net(event)
            }
            order = orders.recv(), if open => Wake::Order(order),
            () = tokio::time::sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => {
                Wake::Timer
            }
            _ = wal.tick() => Wake::Wal,
            _ = meet.tick() => Wake::Meet,
        }
    }

    fn take(&mut self, wake: Wake) -> Result<(), OrderError> {
        match wake {
            Wake::Order(Some(order)) => self.order(order),
            // Nobody can give orders any more.
            Wake::Order(None) => self.ending = true,
            Wake::Net(Some(event)) => self.net_event(event),
            Wake::Net(None) => {
                tracing::error!("the network ended by itself; the node ends");
                return Err(OrderError::Network);
            }
            Wake::Committed(Ok(())) => {
                self.commit = None;
                self.gate.committed();
                self.signals
                    .stored(self.people_in_commit, &self.kinds_in_commit);
                if self.people_in_commit {
                    self.meetings.are_due();
                }
                for (commits, _) in &mut self.awaiting {
                    *commits = commits.saturating_sub(1);
                }
            }
            Wake::Committed(Err(error)) => {
                self.commit = None;
                self.gate.poison();
                tracing::error!(%error, "the store failed; the node ends");
                return Err(OrderError::Storage(Arc::new(error)));
            }
            Wake::Timer => {
                self.timer = None;
                self.input(Input::Tick);
            }
            Wake::Meet => self.meetings.are_due(),
            Wake::Wal => {
                let (storage, now) = (self.storage.clone(), self.clock.now().wall);
                tokio::spawn(async move {
                    if let Err(error) = storage.clean(now).await {
                        tracing::warn!(%error, "what was erased may still be on the disk");
                    }
                });
            }
        }
        Ok(())
    }

    /// Begins a commit if none is in flight, then does what may be done.
    async fn turn(&mut self) {
        self.drain();
        if !self.gate.is_committing() {
            self.input(Input::Settle);
            if let Some(commit) = self.gate.next_commit() {
                self.people_in_commit = commit.batch.iter().any(concerns_people);
                self.kinds_in_commit = commit.batch.iter().flat_map(Kind::of).copied().collect();
                self.commit = Some(self.storage.commit(commit.batch).await);
            }
        }
        while let Some(effect) = self.gate.release() {
            self.perform(effect).await;
        }
        self.meet().await;
        self.tell_durable();
    }

    /// Tells those for whom all is durable: nothing waits any more, or the commit is over that took it.
    fn tell_durable(&mut self) {
        let all = self.commit.is_none();
        let told = self
            .awaiting
            .extract_if(.., |(commits, _)| all || *commits == 0);
        for (_, reply) in told {
            // Whoever asked may have left.
            let _ = reply.send(());
        }
    }

    fn order(&mut self, order: Order) {
        match order {
            Order::Command {
                request,
                command,
                reply,
            } => {
                if self.requests.begin(request, command.is_kept(), reply) {
                    self.input(Input::Command { request, command });
                }
            }
            Order::Link {
                peer,
                purpose,
                link,
            } => self.open_link(peer, purpose, link),
            Order::Input(input) => {
                if let Input::LinkClosed { link } = &input {
                    self.links.remove(link);
                    self.note_hung_up(*link);
                }
                self.input(input);
            }
            Order::Live(reply) => {
                let _ = reply.send(self.engine.live().collect());
            }
            Order::Durable(reply) => {
                // One that is in flight has not taken what was handled meanwhile.
                let commits = if self.commit.is_some() { 2 } else { 1 };
                self.awaiting.push((commits, reply));
            }
            Order::Carrying(reply) => {
                let _ = reply.send(self.engine.carrying(self.clock.now()));
            }
            Order::Promises { actor, seq, reply } => {
                let _ = reply.send(self.engine.promises(actor, seq, self.clock.now()));
            }
            Order::Measure(reply) => {
                let _ = reply.send(self.measured());
            }
            Order::Typing(reply) => {
                let _ = reply.send(self.engine.typing().collect());
            }
            Order::Holders(gaps, reply) => {
                let engine = &self.engine;
                let holders = gaps
                    .iter()
                    .map(|gap| engine.holders(&gap.conversation, &gap.actor, gap.after));
                let _ = reply.send(holders.collect());
            }
            Order::End => self.ending = true,
        }
    }

    fn measured(&self) -> Measured {
        Measured {
            live: self.engine.live().collect(),
            carrying: self.engine.carrying(self.clock.now()),
            fills: self.engine.fills(),
            backlog_bytes: self.gate.backlog(),
            links: self.links.len(),
        }
    }

    fn net_event(&mut self, event: NetEvent) {
        match event {
            NetEvent::Connected {
                peer,
                address,
                dialer,
            } => {
                self.input(Input::PeerConnected {
                    peer,
                    address,
                    dialed: dialer,
                });
            }
            NetEvent::Disconnected { peer } => self.input(Input::PeerDisconnected { peer }),
            NetEvent::Listening { addresses, far } => {
                self.input(Input::Listening { addresses, far });
            }
            NetEvent::Incoming {
                peer,
                protocol,
                link,
            } => {
                let purpose = match protocol {
                    Protocol::Session => LinkPurpose::IncomingSession,
                    Protocol::Join => LinkPurpose::IncomingJoin,
                    Protocol::Carry => LinkPurpose::IncomingCarry,
                };
                self.open_link(peer, purpose, link);
            }
            NetEvent::DialFailed {
                peer,
                fault,
                reason,
            } => self.note_unreached(peer, fault, reason),
            NetEvent::Another { peer, instead_of } => {
                self.input(Input::Presumed { peer, instead_of });
            }
        }
    }

    fn open_link(&mut self, peer: TransportId, purpose: LinkPurpose, stream: Link) {
        let Some(orders) = self.orders.upgrade() else {
            return;
        };
        let link = self.next_link;
        self.next_link = link.next();
        if purpose == LinkPurpose::Session {
            self.opening.insert(link, peer);
        }
        self.links.insert(link, link::start(link, stream, orders));
        self.input(Input::LinkOpened {
            link,
            peer,
            purpose,
        });
    }

    fn input(&mut self, input: Input) {
        self.meters.input();
        if let Input::Frame { bytes, .. } = &input {
            self.meters.received(bytes.len());
        }
        self.engine.handle(input, self.clock.now());
        self.drain();
    }

    fn drain(&mut self) {
        while let Some((step, output)) = self.engine.poll() {
            self.gate.accept(step, output);
        }
    }
}

fn concerns_people(change: &Change) -> bool {
    matches!(
        change,
        Change::PutContact(_) | Change::PutDevice(_) | Change::PutRoom(_)
    )
}

#[cfg(test)]
mod tests;
