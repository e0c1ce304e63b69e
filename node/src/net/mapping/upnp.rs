//! Ports by UPnP: the Internet Gateway Device of the UPnP Forum, versions 1 and 2, which most routers at home know.
//!
//! ```text
//!   search (SSDP) --where it describes itself--> description --services--> external address, then the port (SOAP)
//! ```
//!
//! Invariants
//! - Nobody but the gateway is asked: what answers from elsewhere is not looked at, and wherever an address that it
//!   gives leads, only its port and its path are taken.
//! - Asking ends within [`ASK_TIMEOUT`]. What is read is bounded, and no name or number of ours is in it but the port
//!   that is asked for and this device's address there.
//! - A port that somebody else has stays theirs.

mod action;
mod description;
mod http;
mod search;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::timeout;

use self::action::Action;
pub(super) use self::description::Service;
use super::schedule::{Failure, Grant, LIFETIME, Spoken, Want};
use crate::net::address;

/// Longest that one port is asked for.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);
/// Ports outside that are tried, as others may have the first ones.
const PORTS_MAX: usize = 4;
/// Another port outside is one of those that the system gives programs, too (RFC 6335, section 6).
const OTHER_PORTS: u16 = 0xC000;

/// Codes of the UPnP Forum (WANIPConnection, section 2.4.16).
mod code {
    /// The router of some takes no request that ends.
    pub(super) const INVALID_ARGUMENTS: u16 = 402;
    /// Somebody else has the port outside.
    pub(super) const CONFLICT: u16 = 718;
    /// What is mapped is mapped for ever.
    pub(super) const PERMANENT_ALONE: u16 = 725;
}

/// How a gateway is asked by UPnP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    /// Who mapped a port of ours before: asked at once, and looked for anew if that fails.
    pub(super) known: Option<Service>,
    /// The port outside that was granted before.
    pub(super) wish: Option<u16>,
    /// Whether others of the local network may hear us look for the gateway, which some gateways answer alone.
    pub(super) is_aloud: bool,
}

/// Asks for a port; `random` chooses others outside where the same number is taken.
pub(super) async fn ask(want: Want, way: Way, random: &[u8]) -> Result<Grant, Failure> {
    let asked = timeout(ASK_TIMEOUT, ask_any(want, way, random));
    asked.await.unwrap_or(Err(Failure::Silent))
}

async fn ask_any(want: Want, way: Way, random: &[u8]) -> Result<Grant, Failure> {
    let first = way.wish.unwrap_or(want.port.number.get());
    let others = random.as_chunks().0.iter();
    let others = others.map(|bytes| u16::from_be_bytes(*bytes) | OTHER_PORTS);
    let ports: Vec<u16> = [first].into_iter().chain(others).take(PORTS_MAX).collect();
    if let Some(service) = way.known
        && let Ok(grant) = map(want, &service, &ports).await
    {
        return Ok(grant);
    }
    let own = want.port.own;
    let root = search::root(want.gateway.search, own, way.is_aloud).await;
    let root = root.ok_or(Failure::Silent)?;
    let described = http::get(own, &root).await.ok_or(Failure::Silent)?;
    let mut failure = Failure::Silent;
    for service in description::services(&described, &root) {
        match map(want, &service, &ports).await {
            Ok(grant) => return Ok(grant),
            Err(Failure::Silent) => {}
            Err(other) => failure = other,
        }
    }
    Err(failure)
}

/// Has a service let others in at the first of these ports that it gives.
async fn map(want: Want, service: &Service, ports: &[u16]) -> Result<Grant, Failure> {
    let own = want.port.own;
    let told = service.call(own, &Action::ExternalAddress).await?;
    let told = told.value("NewExternalIPAddress");
    let outside: IpAddr = told.parse().map_err(|_| Failure::Silent)?;
    if !address::is_global(outside) {
        return Err(Failure::Inside(outside));
    }
    let mut failure = Failure::Silent;
    for external in ports {
        match map_port(want, service, *external).await {
            Ok(()) => {
                return Ok(Grant {
                    external: SocketAddr::new(outside, *external),
                    lifetime: LIFETIME,
                    spoken: Spoken::Upnp(service.clone()),
                });
            }
            Err(
                conflict @ Failure::Refused {
                    code: code::CONFLICT,
                },
            ) => failure = conflict,
            Err(other) => return Err(other),
        }
    }
    Err(failure)
}

/// For as long as any port is asked for, or, where that cannot be, until it is given back: whoever is killed finds it
/// again at their next start, as they listen at the same port.
async fn map_port(want: Want, service: &Service, external: u16) -> Result<(), Failure> {
    let mapping = |lifetime| Action::Map {
        port: want.port,
        external,
        lifetime,
    };
    let own = want.port.own;
    match service.call(own, &mapping(LIFETIME)).await {
        Ok(_) => Ok(()),
        Err(Failure::Refused {
            code: code::PERMANENT_ALONE | code::INVALID_ARGUMENTS,
        }) => {
            let for_ever = mapping(Duration::ZERO);
            service.call(own, &for_ever).await.map(|_| ())
        }
        Err(other) => Err(other),
    }
}

/// Gives a port back; whether it is taken.
pub(super) async fn release(want: Want, service: &Service, external: u16) -> bool {
    let action = Action::Unmap {
        is_udp: want.port.is_udp,
        external,
    };
    service.call(want.port.own, &action).await.is_ok()
}

#[cfg(test)]
pub(super) mod fake;
#[cfg(test)]
mod tests;
