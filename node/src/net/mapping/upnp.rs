//! Ports by UPnP: the Internet Gateway Device of the UPnP Forum, versions 1 and 2, which most routers at home know.
//!
//! ```text
//!   search (SSDP) --where it describes itself--> description --services--> external address, then the port (SOAP)
//! ```
//!
//! Invariants
//! - Nobody but the gateway is believed: what answers from elsewhere is not looked at, and wherever an address that it
//!   gives leads, only its port and its path are taken.
//! - Asking ends within [`ASK_TIMEOUT`]. What is read is bounded, and no name or number of ours is in what is sent but
//!   the port that is asked for and this device's address there.
//! - A port outside that is known to lead elsewhere is neither taken nor given back.

mod action;
mod description;
mod http;
mod search;
mod xml;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::timeout;

use self::action::Action;
pub(super) use self::description::Service;
use self::search::Search;
use super::Port;
use super::schedule::{Failure, Grant, LIFETIME, Spoken, Want};
use crate::net::address;

/// Longest that one port is asked for: a search, a service that takes its time, and what that may leave behind.
const ASK_TIMEOUT: Duration = Duration::from_secs(40);
/// Ports outside that are tried, as others may have the first ones.
const PORTS_MAX: usize = 4;
/// Another port outside is one of those that the system gives programs, too (RFC 6335, section 6).
const OTHER_PORTS: u16 = 0xC000;

/// Codes of the UPnP Forum (WANIPConnection, section 2.4.16).
mod code {
    /// Some routers say so to whoever names an end.
    pub(super) const INVALID_ARGUMENTS: u16 = 402;
    /// The same, or that the port is taken.
    pub(super) const ACTION_FAILED: u16 = 501;
    /// Somebody else has the port outside.
    pub(super) const CONFLICT: u16 = 718;
    /// What is mapped is mapped for ever.
    pub(super) const PERMANENT_ALONE: u16 = 725;
    /// The router itself uses the port.
    pub(super) const IN_USE: u16 = 729;
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

/// Asks for a port.
pub(super) async fn ask(want: Want, way: Way) -> Result<Grant, Failure> {
    let asked = timeout(ASK_TIMEOUT, ask_any(want, way));
    asked.await.unwrap_or(Err(Failure::Silent))
}

async fn ask_any(want: Want, way: Way) -> Result<Grant, Failure> {
    let ports = ports(want.port.number.get(), way.wish);
    let mut failure = Failure::Silent;
    if let Some(service) = way.known {
        match map(want, &service, &ports).await {
            // It is no more where it was.
            Err(Failure::Silent) => {}
            answer => return answer,
        }
    }
    let own = want.port.own;
    let search = Search::new(want.gateway.search, own, way.is_aloud).await;
    let mut search = search.map_err(|_| Failure::Silent)?;
    // Where one device says no, no other is asked.
    while failure == Failure::Silent
        && let Some(root) = search.next().await
    {
        let described = http::get(own, &root).await.unwrap_or_default();
        for service in description::services(&described, &root) {
            match map(want, &service, &ports).await {
                Ok(grant) => return Ok(grant),
                // That it is inside another network is what a person can do something about.
                Err(other) => failure = failure.or_inside(other),
            }
        }
    }
    Err(failure)
}

/// The ports outside to ask for, the same ones each time: what was mapped and not given back is found again.
fn ports(own: u16, wish: Option<u16>) -> Vec<u16> {
    let others = (1..PORTS_MAX).map(|number| {
        let step = u16::try_from(number).unwrap_or_default();
        own.wrapping_mul(0x9E37)
            .wrapping_add(step.wrapping_mul(0x3C6F))
            | OTHER_PORTS
    });
    let mut ports = Vec::new();
    for port in wish.into_iter().chain([own]).chain(others) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    ports.truncate(PORTS_MAX);
    ports
}

/// Has a service let others in at the first of these ports that it gives.
async fn map(want: Want, service: &Service, ports: &[u16]) -> Result<Grant, Failure> {
    let told = service.call(want.port.own, Action::ExternalAddress).await?;
    let told = told.value("NewExternalIPAddress");
    // Whoever is not connected has none to tell.
    let outside: IpAddr = told.parse().map_err(|_| Failure::Unconnected)?;
    if outside.is_unspecified() {
        return Err(Failure::Unconnected);
    } else if !address::is_global(outside) {
        return Err(Failure::Inside(outside));
    }
    let mut failure = Failure::Silent;
    for external in ports {
        match map_port(want.port, service, *external).await {
            Ok(()) => {
                return Ok(Grant {
                    external: SocketAddr::new(outside, *external),
                    lifetime: LIFETIME,
                    spoken: Spoken::Upnp(service.clone()),
                });
            }
            Err(
                taken @ Failure::Refused {
                    code: code::CONFLICT | code::IN_USE | code::ACTION_FAILED,
                },
            ) => failure = taken,
            Err(other) => return Err(other),
        }
    }
    Err(failure)
}

/// For as long as any port is asked for, or, where that cannot be, until it is given back.
async fn map_port(port: Port, service: &Service, external: u16) -> Result<(), Failure> {
    let held = holder(port, service, external).await;
    if held == Some(Holder::Other) {
        return Err(Failure::Refused {
            code: code::CONFLICT,
        });
    }
    let mapping = |lifetime| Action::Map {
        port,
        external,
        lifetime,
    };
    let mut answer = service.call(port.own, mapping(LIFETIME)).await;
    if let Err(Failure::Refused {
        code: code::PERMANENT_ALONE | code::INVALID_ARGUMENTS | code::ACTION_FAILED,
    }) = answer
    {
        answer = service.call(port.own, mapping(Duration::ZERO)).await;
    }
    match answer {
        Ok(_) => Ok(()),
        // Some do not map again what they have mapped for us.
        Err(Failure::Refused {
            code: code::CONFLICT,
        }) if held == Some(Holder::Us) => Ok(()),
        Err(Failure::Silent) => {
            // It may have done it all the same.
            release(port, service, external).await;
            Err(Failure::Silent)
        }
        Err(other) => Err(other),
    }
}

/// To whom a port outside leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    Us,
    Other,
}

/// `None`: to nobody, or the gateway does not say.
async fn holder(port: Port, service: &Service, external: u16) -> Option<Holder> {
    let action = Action::Look {
        is_udp: port.is_udp,
        external,
    };
    let entry = service.call(port.own, action).await.ok()?;
    let client: IpAddr = entry.value("NewInternalClient").parse().ok()?;
    let number: u16 = entry.value("NewInternalPort").parse().ok()?;
    let is_ours = (client, number) == (port.own, port.number.get());
    Some(if is_ours { Holder::Us } else { Holder::Other })
}

/// Gives a port back, as long as this device has the address that it leads to; whether it is taken.
pub(super) async fn release(port: Port, service: &Service, external: u16) -> bool {
    if holder(port, service, external).await == Some(Holder::Other) {
        return false;
    }
    let action = Action::Unmap {
        is_udp: port.is_udp,
        external,
    };
    service.call(port.own, action).await.is_ok()
}

#[cfg(test)]
pub(super) mod fake;
#[cfg(test)]
mod tests;
