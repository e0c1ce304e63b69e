//! Relays: whom we ask to let others reach us through them, while nobody reaches us directly.
//!
//! ```text
//!   a contact who is public and helps --> offer --> asked --> reserved: others dial <their address>/p2p-circuit
//!                                           ^         |          |
//!                                           +- wait <-+----------+   refused, closed, gone
//! ```
//!
//! Sans-IO: [`due`](Relays::due) says whom to ask now, [`next_at`](Relays::next_at) when to ask again.
//!
//! Invariants
//! - At most [`RESERVATIONS_MAX`] relays hold a place for us, or are being asked for one, and each of them once.
//! - A relay that had us renew again and again, or that does not answer, is not asked for [`SHUNNED_TIME`].
//! - Nothing of what a relay says is passed on: others are told the address at which we dialled it.

use std::collections::BTreeMap;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;
use tidings_protocol::id::TransportId;

use super::address;

/// Relays that hold a place for us: one may go.
pub(super) const RESERVATIONS_MAX: usize = 2;
/// Relays that are known.
const OFFERS_MAX: usize = 32;
/// Shortest wait before a relay is asked again.
const WAIT_MIN: Duration = Duration::from_secs(5);
/// Longest wait.
const WAIT_MAX: Duration = Duration::from_secs(600);
/// A relay is to have us renew no sooner than this; a few may come from a clock that is set.
const RENEWAL_MIN: Duration = Duration::from_secs(60);
/// So many renewals that come sooner, one after the other, are too many.
const HASTY_RENEWALS_MAX: u32 = 3;
/// Longer than libp2p waits for an answer; a relay can keep it from noticing that there is none.
const ANSWER_TIME: Duration = Duration::from_secs(90);
/// A place that was held for so long makes up for earlier failures.
const LASTING_TIME: Duration = Duration::from_secs(600);
/// How long a relay with too many is not asked.
const SHUNNED_TIME: Duration = Duration::from_secs(3_600);

/// A place to ask for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reserve {
    pub(super) relay: TransportId,
    /// What to listen on.
    pub(super) circuit: Multiaddr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting { until: Duration },
    Asked { since: Duration },
    Reserved { since: Duration, renewed: Duration },
}

#[derive(Debug)]
struct Offer {
    /// Where we dialled it.
    address: Multiaddr,
    phase: Phase,
    failures: u32,
    hasty: u32,
    /// Whether we are connected, and it helps.
    is_there: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Relays {
    is_wanted: bool,
    offers: BTreeMap<TransportId, Offer>,
}

impl Relays {
    /// Whether others cannot reach us without.
    pub(super) const fn want(&mut self, is_wanted: bool) {
        self.is_wanted = is_wanted;
    }

    /// `relay`, whom we dialled at `address`, helps others.
    pub(super) fn offer(&mut self, relay: TransportId, address: Multiaddr, now: Duration) {
        if self.offers.len() >= OFFERS_MAX && !self.offers.contains_key(&relay) {
            self.offers.retain(|_, offer| offer.is_there);
        }
        if self.offers.len() >= OFFERS_MAX && !self.offers.contains_key(&relay) {
            return;
        }
        let offer = self.offers.entry(relay).or_insert_with(|| Offer {
            address: address.clone(),
            phase: Phase::Waiting { until: now },
            failures: 0,
            hasty: 0,
            is_there: true,
        });
        offer.is_there = true;
        if let Phase::Waiting { .. } = offer.phase {
            offer.address = address;
        }
    }

    /// `relay` helps no longer, or is gone.
    pub(super) fn withdraw(&mut self, relay: TransportId) {
        if let Some(offer) = self.offers.get_mut(&relay) {
            offer.is_there = false;
        }
    }

    /// `relay` holds a place for us, or holds it for longer; false if it has us renew too often and is to be left.
    pub(super) fn reserved(&mut self, relay: TransportId, now: Duration) -> bool {
        let Some(offer) = self.offers.get_mut(&relay) else {
            return false;
        };
        match offer.phase {
            // Of a place that is given up already.
            Phase::Waiting { .. } => return true,
            Phase::Asked { .. } => {
                offer.phase = Phase::Reserved {
                    since: now,
                    renewed: now,
                };
                return true;
            }
            Phase::Reserved { since, renewed } => {
                offer.hasty = if now.saturating_sub(renewed) < RENEWAL_MIN {
                    offer.hasty.saturating_add(1)
                } else {
                    0
                };
                offer.phase = Phase::Reserved {
                    since,
                    renewed: now,
                };
            }
        }
        if offer.hasty > HASTY_RENEWALS_MAX {
            offer.phase = Phase::Waiting {
                until: now + SHUNNED_TIME,
            };
            return false;
        }
        true
    }

    /// Nobody has to do with `relay` any more; whether it holds a place for us or was asked for one.
    pub(super) fn forget(&mut self, relay: TransportId) -> bool {
        let offer = self.offers.remove(&relay);
        offer.is_some_and(|offer| !matches!(offer.phase, Phase::Waiting { .. }))
    }

    /// `relay` holds no place for us any more, or did not give us one.
    pub(super) fn closed(&mut self, relay: TransportId, now: Duration) {
        if let Some(offer) = self.offers.get_mut(&relay)
            && !matches!(offer.phase, Phase::Waiting { .. })
        {
            if let Phase::Reserved { since, .. } = offer.phase
                && now.saturating_sub(since) >= LASTING_TIME
            {
                offer.failures = 0;
            }
            let wait = WAIT_MIN.saturating_mul(2_u32.saturating_pow(offer.failures));
            offer.phase = Phase::Waiting {
                until: now + wait.min(WAIT_MAX),
            };
            offer.failures = offer.failures.saturating_add(1);
        }
    }

    /// The places to ask for at `now`; each must be answered with [`reserved`](Self::reserved) or
    /// [`closed`](Self::closed).
    pub(super) fn due(&mut self, now: Duration) -> Vec<Reserve> {
        for offer in self.offers.values_mut() {
            if let Phase::Asked { since } = offer.phase
                && now >= since + ANSWER_TIME
            {
                offer.phase = Phase::Waiting {
                    until: now + SHUNNED_TIME,
                };
            }
        }
        let mut due = Vec::new();
        while self.is_short() {
            let mut ready = self.offers.iter_mut().filter(|(_, offer)| {
                offer.is_there && matches!(offer.phase, Phase::Waiting { until } if until <= now)
            });
            let Some((relay, offer)) = ready.next() else {
                break;
            };
            offer.phase = Phase::Asked { since: now };
            if let Some(circuit) = circuit(*relay, &offer.address) {
                due.push(Reserve {
                    relay: *relay,
                    circuit,
                });
            }
        }
        due
    }

    /// When [`due`](Self::due) has something new to say, if nothing else happens before.
    pub(super) fn next_at(&self) -> Option<Duration> {
        let is_short = self.is_short();
        let waits = self.offers.values().filter_map(|offer| match offer.phase {
            Phase::Waiting { until } => Some(until).filter(|_| is_short && offer.is_there),
            Phase::Asked { since } => Some(since + ANSWER_TIME),
            Phase::Reserved { .. } => None,
        });
        waits.min()
    }

    /// Who holds a place for us.
    pub(super) fn holding(&self) -> impl Iterator<Item = TransportId> {
        let reserved = self.offers.iter();
        let reserved = reserved.filter(|(_, offer)| matches!(offer.phase, Phase::Reserved { .. }));
        reserved.map(|(relay, _)| *relay)
    }

    /// Where others reach us through them.
    pub(super) fn circuits(&self) -> Vec<Multiaddr> {
        let holding = self.holding();
        let circuits =
            holding.filter_map(|relay| circuit(relay, &self.offers.get(&relay)?.address));
        circuits.collect()
    }

    /// Whether one more is to be asked.
    fn is_short(&self) -> bool {
        let taken = self.offers.values();
        let taken = taken.filter(|offer| !matches!(offer.phase, Phase::Waiting { .. }));
        self.is_wanted && taken.count() < RESERVATIONS_MAX
    }
}

fn circuit(relay: TransportId, address: &Multiaddr) -> Option<Multiaddr> {
    let relay = address::peer_id(relay)?;
    let address = address.clone();
    Some(address.with(Part::P2p(relay)).with(Part::P2pCircuit))
}

#[cfg(test)]
mod tests;
