//! The addresses that this machine has, looked at without a node.
//!
//! Invariants
//! - A look ends within [`LOOK_TIMEOUT`].

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::core::transport::{ListenerId, TransportEvent};
use libp2p::futures::StreamExt as _;
use libp2p::multiaddr::Protocol as Part;
use libp2p::{Transport as _, tcp};
use tokio::time::timeout;

use super::transport;

/// The system names its addresses one by one; after so long a silence they were all.
const SILENCE: Duration = Duration::from_millis(200);
/// Longest look.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// The addresses of this machine at the moment.
pub(crate) async fn addresses() -> BTreeSet<IpAddr> {
    let mut found = BTreeSet::new();
    // What was found until the time is over is found.
    let _ = timeout(LOOK_TIMEOUT, look(&mut found)).await;
    found
}

async fn look(found: &mut BTreeSet<IpAddr>) {
    let mut listeners = tcp::tokio::Transport::default().boxed();
    let mut is_listening = false;
    for address in transport::every_interface() {
        if !address.iter().any(|part| matches!(part, Part::Tcp(_))) {
            continue;
        }
        let is_there = transport::probe(&address).is_ok();
        is_listening |= is_there && listeners.listen_on(ListenerId::next(), address).is_ok();
    }
    while is_listening && let Ok(Some(event)) = timeout(SILENCE, listeners.next()).await {
        if let TransportEvent::NewAddress { listen_addr, .. } = event {
            found.extend(ip(&listen_addr));
        }
    }
}

fn ip(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next() {
        Some(Part::Ip4(ip)) => Some(ip.into()),
        Some(Part::Ip6(ip)) => Some(ip.into()),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_can_be_bound_is_found_and_nothing_else() {
        let found = addresses().await;
        for address in &found {
            // One of a single interface needs to be told which.
            if !matches!(address, IpAddr::V6(ip) if ip.is_unicast_link_local()) {
                std::net::UdpSocket::bind((*address, 0)).unwrap();
            }
        }
        let loopback: IpAddr = [127, 0, 0, 1].into();
        let is_there = std::net::UdpSocket::bind((loopback, 0)).is_ok();
        assert_eq!(found.contains(&loopback), is_there);
    }
}
