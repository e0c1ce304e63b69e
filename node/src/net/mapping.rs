//! Mapping: the ports of ours that the gateway lets others in at, by its word.
//!
//! ```text
//!   where we listen, the system's routes --> wants --> Schedule --due--> ask the gateway (PCP, NAT-PMP, UPnP)
//!                                                         |
//!                                                         +--granted--> Mapped: worth a try, and no more than that
//! ```
//!
//! Invariants
//! - Nobody but the gateway is asked for anything, and only for ports that we listen on at the address which this device
//!   has there. Others may hear that a gateway is looked for.
//! - What the gateway says is told on as its word; whether others get in is for [`Reach`](super::reach) to see.
//! - At its end the task gives back what was granted, and ends within [`END_TIMEOUT`].

mod ask;
mod gateway;
mod nat_pmp;
mod pcp;
mod schedule;
mod upnp;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::futures::future::join_all;
use libp2p::multiaddr::Protocol as Part;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use self::gateway::Route;
use self::schedule::{Failure, Grant, Schedule, Want};
use super::address;
use crate::meters::{Granting, Meters};

/// How often is looked whether there is another gateway.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);
/// Time to give back what was granted.
const END_TIMEOUT: Duration = Duration::from_secs(3);

/// A port that we listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Port {
    /// Of UDP, for QUIC; or of TCP.
    is_udp: bool,
    own: IpAddr,
    number: NonZeroU16,
}

impl Port {
    fn of(address: &Multiaddr) -> Option<Self> {
        let own = address::ip(address)?;
        let (is_udp, number) = address.iter().find_map(|part| {
            if let Part::Udp(number) = part {
                Some((true, number))
            } else if let Part::Tcp(number) = part {
                Some((false, number))
            } else {
                None
            }
        })?;
        let number = NonZeroU16::new(number)?;
        Some(Self {
            is_udp,
            own,
            number,
        })
    }
}

/// What the router in between does for this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Router {
    /// Nobody was asked: it is not wanted, or there is none who could.
    #[default]
    Unasked,
    /// It lets others in at ports of ours, as it says.
    Maps,
    /// It would, but is itself inside another network, where it has this address.
    Inside(IpAddr),
    /// It does not know how, or does not want to.
    MapsNothing,
}

/// What the gateway does for us, by its word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Mapped {
    pub(super) router: Router,
    /// Where others are let in, as it says.
    pub(super) addresses: Vec<Multiaddr>,
}

/// The task that asks.
#[derive(Debug)]
pub(super) struct Mapping {
    listening: watch::Sender<Vec<Multiaddr>>,
    mapped: watch::Receiver<Mapped>,
    task: JoinHandle<()>,
}

impl Mapping {
    /// Starts it; `seed` spreads the requests of different devices, and whoever is not to show themselves on the local
    /// network is not `is_aloud`.
    pub(super) fn start(seed: u64, is_aloud: bool, meters: Meters) -> Self {
        Self::start_with(seed, is_aloud, meters, gateway::routes)
    }

    fn start_with(
        seed: u64,
        is_aloud: bool,
        meters: Meters,
        routes: impl FnMut() -> Vec<Route> + Send + 'static,
    ) -> Self {
        let (listening, listened) = watch::channel(Vec::new());
        let (teller, mapped) = watch::channel(Mapped::default());
        let asker = Asker {
            routes,
            listening: listened,
            mapped: teller,
            schedule: Schedule::new(seed),
            is_aloud,
            meters,
            started: Instant::now(),
        };
        Self {
            listening,
            mapped,
            task: tokio::spawn(asker.run()),
        }
    }

    /// We listen on these addresses and no others.
    pub(super) fn listen(&self, addresses: Vec<Multiaddr>) {
        self.listening.send_if_modified(|known| {
            let changed = *known != addresses;
            *known = addresses;
            changed
        });
    }

    /// Waits for news.
    pub(super) async fn changed(&mut self) -> Mapped {
        if self.mapped.changed().await.is_err() {
            // It ends with us, or has failed and been reported.
            std::future::pending::<()>().await;
        }
        self.mapped.borrow_and_update().clone()
    }

    /// Begins to give back what was granted.
    pub(super) fn end(self) -> Ending {
        Ending(self.task)
    }
}

/// A task that ends.
#[derive(Debug)]
pub(super) struct Ending(JoinHandle<()>);

impl Ending {
    /// Waits for its end, or makes one.
    pub(super) async fn finish(mut self) {
        if timeout(END_TIMEOUT, &mut self.0).await.is_err() {
            tracing::debug!("the gateway does not take its ports back in time");
            self.0.abort();
            // Only that it was made to end.
            let _ = self.0.await;
        }
    }
}

/// What runs in the task.
struct Asker<R> {
    routes: R,
    listening: watch::Receiver<Vec<Multiaddr>>,
    mapped: watch::Sender<Mapped>,
    schedule: Schedule,
    /// Whether the local network may hear that a gateway is looked for.
    is_aloud: bool,
    meters: Meters,
    started: Instant,
}

impl<R: FnMut() -> Vec<Route>> Asker<R> {
    async fn run(mut self) {
        while self.listening.has_changed().is_ok() {
            self.look().await;
            self.ask().await;
            self.tell();
            let look_at = self.now() + LOOK_INTERVAL;
            let wake = self
                .schedule
                .next_at()
                .map_or(look_at, |at| at.min(look_at));
            tokio::select! {
                changed = self.listening.changed() => {
                    if changed.is_err() {
                        break;
                    }
                }
                () = sleep_until(self.started + wake) => {}
            }
        }
        let granted = self.schedule.want(BTreeSet::new(), self.now());
        release(granted).await;
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Looks what is to be asked, and whom.
    async fn look(&mut self) {
        let wants = wants(&self.listening.borrow_and_update(), &(self.routes)());
        let now = self.now();
        let mut gone = self.schedule.want(wants, now);
        gone.extend(self.schedule.expire(now));
        if !gone.is_empty() {
            self.tell();
            release_in_time(gone).await;
        }
    }

    /// Asks for all that is due, as long as that is of use to anybody.
    async fn ask(&mut self) {
        while let Some(due) = self.schedule.due(self.now()) {
            if self.listening.has_changed().is_ok_and(|changed| !changed) {
                let want = due.want;
                let asking = ask::ask(due, nonce(), self.is_aloud);
                let Some(answer) = until_the_end(self.listening.clone(), asking).await else {
                    break;
                };
                self.meters.port_asked(granting(&answer));
                // Whoever knows the nonce can take the port away.
                let granted = answer.as_ref().map(|grant| grant.external);
                tracing::debug!(?want, ?granted, "asked the gateway for a port");
                let gone = self.schedule.answered(want, answer, self.now());
                self.tell();
                release_in_time(gone.map(|gone| (want, gone)).into_iter().collect()).await;
            } else {
                break;
            }
        }
    }

    fn tell(&self) {
        let mapped = Mapped {
            router: self.schedule.router(),
            addresses: addresses(self.schedule.granted()),
        };
        self.mapped.send_if_modified(|known| {
            let changed = *known != mapped;
            *known = mapped;
            changed
        });
    }
}

/// Does that unless the end comes before.
async fn until_the_end<T>(
    mut listening: watch::Receiver<Vec<Multiaddr>>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let end = async { while listening.changed().await.is_ok() {} };
    tokio::select! {
        done = work => Some(done),
        () = end => None,
    }
}

/// As far as the gateway takes it in the time that there is at the end, too.
async fn release_in_time(granted: Vec<(Want, Grant)>) {
    // What is not taken by then ends by itself, or is asked for again.
    let _ = timeout(END_TIMEOUT, release(granted)).await;
}

/// Datagrams go all at once; a small server is asked one thing after the other.
async fn release(granted: Vec<(Want, Grant)>) {
    let all = granted.iter();
    let (served, others) = all.partition::<Vec<_>, _>(|(_, grant)| grant.is_by_upnp());
    let served = async {
        for (want, grant) in served {
            ask::release(*want, grant).await;
        }
    };
    let others = others.into_iter();
    let others = join_all(others.map(|(want, grant)| ask::release(*want, grant)));
    tokio::join!(served, others);
}

/// The ports to ask for: where we listen at the address that we have at a gateway.
fn wants(listening: &[Multiaddr], routes: &[Route]) -> BTreeSet<Want> {
    let ports = listening.iter().filter_map(Port::of);
    let wants = ports.filter_map(|port| {
        let route = routes.iter().find(|route| route.own == port.own)?;
        let gateway = route.gateway;
        Some(Want { gateway, port })
    });
    wants.collect()
}

/// Where others are let in, QUIC first.
fn addresses<'a>(granted: impl Iterator<Item = (Want, &'a Grant)>) -> Vec<Multiaddr> {
    let mut granted: Vec<_> = granted.collect();
    granted.sort_by_key(|(want, _)| !want.port.is_udp);
    let addresses = granted.into_iter().map(|(want, grant)| {
        let address = Multiaddr::from(grant.external.ip());
        let port = grant.external.port();
        if want.port.is_udp {
            address.with(Part::Udp(port)).with(Part::QuicV1)
        } else {
            address.with(Part::Tcp(port))
        }
    });
    addresses.collect()
}

/// What the gateway did, as it is counted.
const fn granting(answer: &Result<Grant, Failure>) -> Granting {
    match answer {
        Ok(_) => Granting::Granted,
        Err(Failure::Refused { .. } | Failure::Unconnected) => Granting::Refused,
        Err(Failure::Short(_)) => Granting::Short,
        Err(Failure::Inside(_)) => Granting::Inside,
        Err(Failure::Silent) => Granting::Silent,
    }
}

/// Another one each time.
#[expect(
    clippy::expect_used,
    reason = "without randomness nothing else of a node works either"
)]
fn nonce() -> pcp::Nonce {
    let mut nonce = pcp::Nonce::default();
    getrandom::fill(&mut nonce).expect("the operating system gives random numbers");
    nonce
}

/// The first bytes of what is left of a datagram.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
