//! The schedule: which port the gateway is asked for when, and what it granted.
//!
//! ```text
//!   a new port, another gateway --> asked at once --+-> granted: asked again before half of the time is over
//!                                        ^          |
//!                                        +-- wait <-+-> not granted; what was granted before lasts until its end
//! ```
//!
//! Sans-IO: [`due`](Schedule::due) says what to ask for now, [`next_at`](Schedule::next_at) when to look again.
//!
//! Invariants
//! - At most [`WANTS_MAX`] ports are asked for.
//! - Whatever a gateway says, no port is asked for sooner than after [`WAIT_MIN`] / 2, and what it grants counts for
//!   [`LIFETIME`] at most.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::gateway::Gateway;
use super::pcp::Nonce;
use super::upnp::Service;
use super::{Port, Router};
use crate::net::jitter::Jitter;

/// How long a port is asked for. It lasts so long after we are killed.
pub(super) const LIFETIME: Duration = Duration::from_secs(3_600);
/// What is granted for less would have contacts told of it again and again.
pub(super) const LIFETIME_MIN: Duration = Duration::from_secs(600);
/// Ports that are asked for: both transports, and both families, of a few addresses.
const WANTS_MAX: usize = 8;
/// Shortest wait after a failure.
const WAIT_MIN: Duration = Duration::from_secs(60);
/// Longest wait.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// A port, and whom to ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Want {
    pub(super) gateway: Gateway,
    pub(super) port: Port,
}

/// A port to ask for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) want: Want,
    /// What was granted of it before.
    pub(super) granted: Option<Grant>,
    /// What maps other ports of ours there, or this one.
    pub(super) service: Option<Service>,
}

/// What was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    /// Where others are let in, as the gateway says.
    pub(super) external: SocketAddr,
    pub(super) lifetime: Duration,
    pub(super) spoken: Spoken,
}

impl Grant {
    /// Whether the gateway has it until it is told otherwise, beside others for the same port of ours.
    pub(super) const fn is_by_upnp(&self) -> bool {
        matches!(self.spoken, Spoken::Upnp(_))
    }
}

/// How the gateway was asked, and so is when it is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spoken {
    Pcp(Nonce),
    NatPmp,
    Upnp(Service),
}

/// Why nothing was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error("the gateway does not answer")]
    Silent,
    #[error("the gateway refuses, with code {code}")]
    Refused { code: u16 },
    #[error("the gateway grants it for no more than {0:?}")]
    Short(Duration),
    #[error("the gateway is itself inside another network, at {0}")]
    Inside(IpAddr),
    #[error("the gateway is not connected to anything outside")]
    Unconnected,
}

impl Failure {
    /// This, or another one if this is mere silence, which says less.
    pub(super) const fn or(self, other: Self) -> Self {
        match self {
            Self::Silent => other,
            Self::Refused { .. } | Self::Short(_) | Self::Inside(_) | Self::Unconnected => self,
        }
    }

    /// This if it is that the gateway is inside another network, or else another one, unless that is mere silence.
    pub(super) const fn or_inside(self, other: Self) -> Self {
        match self {
            Self::Inside(_) => self,
            Self::Silent | Self::Refused { .. } | Self::Short(_) | Self::Unconnected => {
                other.or(self)
            }
        }
    }
}

#[derive(Debug)]
struct Entry {
    ask_at: Duration,
    failures: u32,
    failure: Option<Failure>,
    /// And until when it lasts.
    granted: Option<(Grant, Duration)>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Schedule {
    entries: BTreeMap<Want, Entry>,
    jitter: Jitter,
}

impl Schedule {
    /// Nothing is wanted yet; `seed` spreads the requests of different devices.
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            entries: BTreeMap::new(),
            jitter: Jitter::new(seed),
        }
    }

    /// These are wanted now and no others; what was granted of others, to be given back.
    pub(super) fn want(&mut self, mut wants: BTreeSet<Want>, now: Duration) -> Vec<(Want, Grant)> {
        while wants.len() > WANTS_MAX {
            wants.pop_last();
        }
        let mut gone = Vec::new();
        self.entries.retain(|want, entry| {
            let stays = wants.contains(want);
            let granted = entry.granted.take_if(|_| !stays);
            gone.extend(granted.map(|(grant, _)| (*want, grant)));
            stays
        });
        for want in wants {
            self.entries.entry(want).or_insert(Entry {
                ask_at: now,
                failures: 0,
                failure: None,
                granted: None,
            });
        }
        gone
    }

    /// The first port to ask for at `now`, if any; to be answered with [`answered`](Self::answered).
    pub(super) fn due(&self, now: Duration) -> Option<Due> {
        let mut due = self.entries.iter().filter(|(_, entry)| entry.ask_at <= now);
        let (want, entry) = due.next()?;
        let granted = entry.granted.as_ref().map(|(grant, _)| grant.clone());
        let mut there = self
            .granted()
            .filter(|(other, _)| other.gateway == want.gateway);
        let service = there.find_map(|(_, grant)| match &grant.spoken {
            Spoken::Upnp(service) => Some(service.clone()),
            Spoken::Pcp(_) | Spoken::NatPmp => None,
        });
        Some(Due {
            want: *want,
            granted,
            service,
        })
    }

    /// What became of a request that was due; what was granted and counts no more by that, to be given back.
    pub(super) fn answered(
        &mut self,
        want: Want,
        answer: Result<Grant, Failure>,
        now: Duration,
    ) -> Option<Grant> {
        let entry = self.entries.get_mut(&want)?;
        match answer {
            Ok(grant) => {
                let lifetime = grant.lifetime.min(LIFETIME);
                let renewal = lifetime * 2 / 5 + self.jitter.within(lifetime / 10);
                let before = entry.granted.take().map(|(before, _)| before);
                // Only by UPnP it is another mapping: others have one for each port of ours.
                let elsewhere = before.filter(|before| {
                    before.is_by_upnp() && before.external.port() != grant.external.port()
                });
                *entry = Entry {
                    ask_at: now + renewal,
                    failures: 0,
                    failure: None,
                    granted: Some((grant, now + lifetime)),
                };
                elsewhere
            }
            Err(failure) => {
                let doubled = WAIT_MIN.saturating_mul(2_u32.saturating_pow(entry.failures));
                let span = doubled.min(WAIT_MAX);
                let ask_at = now + span / 2 + self.jitter.within(span / 2);
                entry.failures = entry.failures.saturating_add(1);
                entry.failure = Some(failure);
                entry.ask_at = ask_at;
                match failure {
                    // It is not where others are let in.
                    Failure::Inside(_) => entry.granted.take().map(|(before, _)| before),
                    // What came instead of it was given back, and it with that, unless it was asked for by UPnP.
                    Failure::Short(_) | Failure::Unconnected => {
                        entry.granted.take_if(|(before, _)| !before.is_by_upnp());
                        None
                    }
                    Failure::Refused { .. } => None,
                    Failure::Silent => {
                        self.put_off(want.gateway, ask_at, now);
                        None
                    }
                }
            }
        }
    }

    /// Whoever does not answer is not asked for the other ports either.
    fn put_off(&mut self, gateway: Gateway, until: Duration, now: Duration) {
        let asked = self.entries.iter_mut();
        for (_, entry) in asked.filter(|(want, _)| want.gateway == gateway) {
            if entry.ask_at <= now {
                entry.ask_at = until;
            }
        }
    }

    /// Forgets what is over at `now`; what that was, to be given back: not all gateways know that it is over.
    pub(super) fn expire(&mut self, now: Duration) -> Vec<(Want, Grant)> {
        let entries = self.entries.iter_mut();
        let over = entries.filter_map(|(want, entry)| {
            let (grant, _) = entry.granted.take_if(|(_, until)| *until <= now)?;
            Some((*want, grant))
        });
        over.collect()
    }

    /// When there is something to ask or to forget.
    pub(super) fn next_at(&self) -> Option<Duration> {
        let times = self.entries.values().map(|entry| {
            let ends = entry.granted.as_ref().map(|(_, until)| *until);
            ends.map_or(entry.ask_at, |ends| ends.min(entry.ask_at))
        });
        times.min()
    }

    /// What is granted.
    pub(super) fn granted(&self) -> impl Iterator<Item = (Want, &Grant)> {
        let granted = self.entries.iter();
        granted.filter_map(|(want, entry)| Some((*want, &entry.granted.as_ref()?.0)))
    }

    /// What is known of the router in between.
    pub(super) fn router(&self) -> Router {
        if self.granted().next().is_some() {
            return Router::Maps;
        }
        let failures = self.entries.values().filter_map(|entry| entry.failure);
        failures.fold(Router::Unasked, |known, failure| match (known, failure) {
            (Router::Inside(_), _) => known,
            (_, Failure::Inside(ip)) => Router::Inside(ip),
            (
                _,
                Failure::Silent
                | Failure::Refused { .. }
                | Failure::Short(_)
                | Failure::Unconnected,
            ) => Router::MapsNothing,
        })
    }
}

#[cfg(test)]
mod tests;
