//! One-time connects: somebody waits for a connection to one peer, known or hinted at.
//!
//! Sans-IO like the dial policy. A known peer is dialled at all addresses together (the swarm
//! staggers them), and through relays, or within this machine, a little later; of a peer with only a hint, the addresses
//! are dialled one by one with a short head start each, since whoever answers must be checked.
//!
//! Invariants
//! - Every wait ends: with a connection, when there is nothing left to try, or after
//!   [`CONNECT_TIMEOUT`].
//! - Any connection to the right peer ends the wait, whoever made it.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::swarm::ConnectionId;
use tidings_protocol::id::TransportId;
use tokio::sync::oneshot;

use super::{NetError, Peer, address};

/// Longest wait for a connection.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Time for mDNS to find the peer when no address is left to try.
pub(super) const DISCOVERY_PATIENCE: Duration = Duration::from_secs(5);
/// Waits at once.
pub(super) const CONNECTS_MAX: usize = 64;
/// Addresses tried for one wait.
pub(super) const ADDRESSES_PER_CONNECT_MAX: usize = 32;
/// Head start of an address before the next one is tried too.
const HEAD_START: Duration = Duration::from_millis(200);

/// Where the outcome of a connect goes.
pub(super) type ConnectReply = oneshot::Sender<Result<TransportId, NetError>>;

/// A dial to start for one wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) attempt: u64,
    pub(super) peer: Peer,
    /// One address unless the peer is known.
    pub(super) addresses: Vec<Multiaddr>,
}

#[derive(Debug)]
struct Attempt {
    number: u64,
    peer: Peer,
    queue: VecDeque<Multiaddr>,
    tried: Vec<Multiaddr>,
    flying: HashSet<ConnectionId>,
    next_start: Duration,
    patience: Duration,
    deadline: Duration,
    reason: Option<String>,
    reply: ConnectReply,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Connects {
    attempts: Vec<Attempt>,
    next_number: u64,
}

impl Connects {
    /// Starts to wait for `peer`; while `discovering`, nothing left to try is no reason to give up
    /// at once.
    pub(super) fn begin(
        &mut self,
        peer: Peer,
        addresses: Vec<Multiaddr>,
        discovering: bool,
        reply: ConnectReply,
        now: Duration,
    ) {
        if self.attempts.len() >= CONNECTS_MAX {
            // The asker may be gone; nobody else wants the answer.
            let _ = reply.send(Err(NetError::Busy));
            return;
        }
        let patience = if discovering {
            DISCOVERY_PATIENCE
        } else {
            Duration::ZERO
        };
        let mut attempt = Attempt {
            number: self.next_number,
            peer,
            queue: VecDeque::new(),
            tried: Vec::new(),
            flying: HashSet::new(),
            next_start: now,
            patience: now + patience,
            deadline: now + CONNECT_TIMEOUT,
            reason: None,
            reply,
        };
        self.next_number = self.next_number.wrapping_add(1);
        attempt.add(addresses);
        self.attempts.push(attempt);
    }

    /// `peer` was seen at `addresses`.
    pub(super) fn discovered(&mut self, peer: TransportId, addresses: &[Multiaddr]) {
        for attempt in self
            .attempts
            .iter_mut()
            .filter(|attempt| attempt.peer.is(peer))
        {
            attempt.add(addresses.to_vec());
        }
    }

    /// Ends what has nothing left to wait for and says which dials to start at `now`; each must
    /// be answered with [`started`](Self::started) or [`not_started`](Self::not_started).
    pub(super) fn due(&mut self, now: Duration) -> Vec<Start> {
        let (ended, going) = std::mem::take(&mut self.attempts)
            .into_iter()
            .partition(|attempt| attempt.reply.is_closed() || attempt.is_over(now));
        self.attempts = going;
        Vec::into_iter(ended).for_each(Attempt::give_up);
        self.attempts
            .iter_mut()
            .filter_map(|attempt| attempt.start(now))
            .collect()
    }

    /// The dial of `attempt` is under way as `connection`.
    pub(super) fn started(&mut self, attempt: u64, connection: ConnectionId) {
        if let Some(attempt) = self
            .attempts
            .iter_mut()
            .find(|other| other.number == attempt)
        {
            attempt.flying.insert(connection);
        }
    }

    /// The dial of `attempt` was refused on our side.
    pub(super) fn not_started(&mut self, attempt: u64, reason: String) {
        if let Some(attempt) = self
            .attempts
            .iter_mut()
            .find(|other| other.number == attempt)
        {
            attempt.reason = Some(reason);
        }
    }

    /// The dial `connection` led to nothing.
    pub(super) fn failed(&mut self, connection: ConnectionId, reason: &str, now: Duration) {
        for attempt in &mut self.attempts {
            if attempt.flying.remove(&connection) {
                attempt.reason = Some(reason.to_owned());
                attempt.next_start = now;
            }
        }
    }

    /// A connection to `peer` is there: tells all who waited for it, and says which other dials
    /// are no longer needed.
    pub(super) fn established(
        &mut self,
        peer: TransportId,
        connection: ConnectionId,
    ) -> Vec<ConnectionId> {
        let (served, waiting): (Vec<_>, _) = std::mem::take(&mut self.attempts)
            .into_iter()
            .partition(|attempt| attempt.peer.is(peer));
        self.attempts = waiting;
        let mut losers = Vec::new();
        for attempt in served {
            losers.extend(
                attempt
                    .flying
                    .into_iter()
                    .filter(|other| *other != connection),
            );
            // Whoever asked may have stopped waiting.
            let _ = attempt.reply.send(Ok(peer));
        }
        losers
    }

    /// When [`due`](Self::due) has something new to say, if nothing else happens before.
    pub(super) fn next_at(&self) -> Option<Duration> {
        self.attempts.iter().map(Attempt::next_at).min()
    }
}

impl Attempt {
    fn add(&mut self, addresses: Vec<Multiaddr>) {
        for address in addresses {
            if self.tried.len() < ADDRESSES_PER_CONNECT_MAX && !self.tried.contains(&address) {
                self.tried.push(address.clone());
                self.queue.push_back(address);
            }
        }
    }

    fn is_over(&self, now: Duration) -> bool {
        let nothing_left = self.queue.is_empty() && self.flying.is_empty();
        now >= self.deadline || (nothing_left && now >= self.patience)
    }

    fn start(&mut self, now: Duration) -> Option<Start> {
        if self.queue.is_empty() || now < self.next_start {
            return None;
        }
        self.next_start = now + HEAD_START;
        let addresses = match self.peer {
            Peer::Known(_) => {
                let mut direct: Vec<Multiaddr> = self.queue.drain(..).collect();
                let detours = address::split_off_detours(&mut direct);
                if direct.is_empty() {
                    detours
                } else {
                    self.queue.extend(detours);
                    direct
                }
            }
            Peer::Hint(_) => self.queue.pop_front().into_iter().collect(),
        };
        Some(Start {
            attempt: self.number,
            peer: self.peer,
            addresses,
        })
    }

    fn next_at(&self) -> Duration {
        let next = if !self.queue.is_empty() {
            self.next_start
        } else if self.flying.is_empty() {
            self.patience
        } else {
            self.deadline
        };
        next.min(self.deadline)
    }

    fn give_up(self) {
        let reason = self.reason.unwrap_or_else(|| {
            let none = self.tried.is_empty();
            if none {
                "no address of it is known"
            } else {
                "no answer in time"
            }
            .to_owned()
        });
        // Whoever asked may have stopped waiting.
        let _ = self.reply.send(Err(NetError::Unreachable { reason }));
    }
}

impl Peer {
    /// Whether `peer` is the one meant.
    pub(super) fn is(self, peer: TransportId) -> bool {
        match self {
            Self::Known(known) => known == peer,
            Self::Hint(hint) => hint == address::hint(peer),
        }
    }
}

#[cfg(test)]
mod tests;
