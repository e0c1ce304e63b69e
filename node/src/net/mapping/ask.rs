//! Asking the gateway for a port, or giving one back: by PCP and NAT-PMP a datagram there and one back, and by UPnP if
//! neither does.
//!
//! Invariants
//! - What comes from elsewhere than the gateway is not looked at: the system drops it, as a socket is connected, but for
//!   searches of UPnP.
//! - A request by datagrams ends: it is repeated [`WAITS`] times, and at most [`DATAGRAMS_MAX`] datagrams are read for it.
//! - What is granted leads to a global address of the family that was asked for, or is given back.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::pcp::{ANSWER_BYTES_MAX, Answer, Nonce};
use super::schedule::{Due, Failure, Grant, LIFETIME, LIFETIME_MIN, Spoken, Want};
use super::{nat_pmp, pcp, upnp};
use crate::net::address;

/// How long is waited for an answer, one request after the other (RFC 6886, section 3.1, which doubles them too).
const WAITS: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];
/// Datagrams that are read for one request.
const DATAGRAMS_MAX: usize = 64;

/// Asks for a port, or for more time if it was granted before. `nonce` is for a gateway that did not grant it yet;
/// `is_aloud`: whether the local network may hear that a gateway is looked for.
pub(super) async fn ask(due: Due, nonce: Nonce, is_aloud: bool) -> Result<Grant, Failure> {
    let want = due.want;
    let grant = by_any(due, nonce, is_aloud).await?;
    let ip = grant.external.ip();
    let is_inside = !address::is_global(ip) || ip.is_ipv4() != want.port.own.is_ipv4();
    let failure = if ip.is_unspecified() {
        Failure::Unconnected
    } else if is_inside {
        Failure::Inside(ip)
    } else if grant.lifetime < LIFETIME_MIN {
        Failure::Short(grant.lifetime)
    } else {
        return Ok(grant);
    };
    release(want, &grant).await;
    Err(failure)
}

/// Gives a port back, as far as the gateway takes it.
pub(super) async fn release(want: Want, grant: &Grant) {
    let (port, lifetime) = (want.port, Duration::ZERO);
    let released = match &grant.spoken {
        Spoken::Pcp(nonce) => {
            let wish = SocketAddr::new(nowhere(port.own), 0);
            let request = pcp::Request {
                port,
                nonce: *nonce,
                lifetime,
                wish,
            };
            let read = |datagram: &[u8]| request.answer(datagram).map(drop);
            is_answered(want, &request.to_bytes(), read).await
        }
        Spoken::NatPmp => {
            let request = nat_pmp::Request {
                port,
                lifetime,
                wish: 0,
            };
            let read = |datagram: &[u8]| request.answer(datagram).map(drop);
            is_answered(want, &request.to_bytes(), read).await
        }
        Spoken::Upnp(service) => upnp::release(port, service, grant.external.port()).await,
    };
    tracing::debug!(?port, released, "gave a port of the gateway back");
}

/// Sends a request once; whether `read` finds its answer.
async fn is_answered(want: Want, request: &[u8], read: impl Fn(&[u8]) -> Option<()>) -> bool {
    let once = WAITS.get(..1).unwrap_or_default();
    let Ok(socket) = connect(want).await else {
        return false;
    };
    exchange(&socket, request, once, read).await.is_some()
}

async fn connect(want: Want) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((want.port.own, 0)).await?;
    socket.connect(want.gateway.mapper).await?;
    Ok(socket)
}

/// By what the gateway granted by before, or else by whatever it knows.
async fn by_any(due: Due, nonce: Nonce, is_aloud: bool) -> Result<Grant, Failure> {
    let (want, before) = (due.want, due.granted.as_ref());
    let spoken = before.map(|grant| &grant.spoken);
    let is_by_datagrams = matches!(spoken, Some(Spoken::Pcp(_) | Spoken::NatPmp));
    let failure = if is_by_datagrams || due.service.is_none() {
        match by_datagrams(want, before, nonce).await {
            Err(failure) if !is_by_datagrams && want.port.own.is_ipv4() => failure,
            answer => return answer,
        }
    } else {
        Failure::Silent
    };
    let way = upnp::Way {
        known: due.service,
        wish: before.map(|grant| grant.external.port()),
        is_aloud,
    };
    let answer = upnp::ask(want, way).await;
    answer.map_err(|other| other.or(failure))
}

async fn by_datagrams(want: Want, before: Option<&Grant>, nonce: Nonce) -> Result<Grant, Failure> {
    let socket = connect(want).await.map_err(|error| {
        tracing::debug!(%error, "the gateway cannot be asked");
        Failure::Silent
    })?;
    match before.map(|grant| &grant.spoken) {
        Some(Spoken::NatPmp) => by_nat_pmp(&socket, want, before).await,
        Some(Spoken::Pcp(nonce)) => by_either(&socket, want, before, *nonce).await,
        Some(Spoken::Upnp(_)) | None => by_either(&socket, want, before, nonce).await,
    }
}

/// By PCP, and by NAT-PMP if that does not do: what an earlier run of ours left behind under another nonce, which is
/// lost, is refused by the one and renewed by the other.
async fn by_either(
    socket: &UdpSocket,
    want: Want,
    before: Option<&Grant>,
    nonce: Nonce,
) -> Result<Grant, Failure> {
    let failure = match by_pcp(socket, want, before, nonce).await {
        Ok(grant) => return Ok(grant),
        Err(failure) => failure,
    };
    if want.port.own.is_ipv6() {
        return Err(failure);
    }
    let answer = by_nat_pmp(socket, want, before).await;
    answer.map_err(|other| other.or(failure))
}

async fn by_pcp(
    socket: &UdpSocket,
    want: Want,
    before: Option<&Grant>,
    nonce: Nonce,
) -> Result<Grant, Failure> {
    let port = want.port;
    let any = SocketAddr::new(nowhere(port.own), port.number.get());
    let request = pcp::Request {
        port,
        nonce,
        lifetime: LIFETIME,
        wish: before.map_or(any, |grant| grant.external),
    };
    let read = |datagram: &[u8]| request.answer(datagram);
    let answer = exchange(socket, &request.to_bytes(), &WAITS, read).await;
    match answer.ok_or(Failure::Silent)? {
        Answer::Granted { external, lifetime } => Ok(Grant {
            external,
            lifetime,
            spoken: Spoken::Pcp(nonce),
        }),
        Answer::Refused { code } => Err(Failure::Refused { code: code.into() }),
        Answer::OtherVersion => Err(Failure::Refused {
            code: UNSUPPORTED_VERSION,
        }),
    }
}

/// PCP's and NAT-PMP's code for it.
const UNSUPPORTED_VERSION: u16 = 1;

async fn by_nat_pmp(
    socket: &UdpSocket,
    want: Want,
    before: Option<&Grant>,
) -> Result<Grant, Failure> {
    let refused = |refusal: nat_pmp::Refusal| Failure::Refused { code: refusal.code };
    let ip = exchange(socket, &nat_pmp::ADDRESS_REQUEST, &WAITS, nat_pmp::address).await;
    let ip = ip.ok_or(Failure::Silent)?.map_err(refused)?;
    let wish = before.map_or(want.port.number.get(), |grant| grant.external.port());
    let request = nat_pmp::Request {
        port: want.port,
        lifetime: LIFETIME,
        wish,
    };
    let read = |datagram: &[u8]| request.answer(datagram);
    let answer = exchange(socket, &request.to_bytes(), &WAITS, read).await;
    let (port, lifetime) = answer.ok_or(Failure::Silent)?.map_err(refused)?;
    Ok(Grant {
        external: SocketAddr::from((ip, port)),
        lifetime,
        spoken: Spoken::NatPmp,
    })
}

/// Sends a request, again after each of `waits`, until `read` finds its answer.
async fn exchange<T>(
    socket: &UdpSocket,
    request: &[u8],
    waits: &[Duration],
    read: impl Fn(&[u8]) -> Option<T>,
) -> Option<T> {
    // One byte more than may be, to see it.
    let mut buffer = [0; ANSWER_BYTES_MAX + 1];
    let mut datagrams = 0;
    for wait in waits {
        let until = Instant::now() + *wait;
        // The system says by an error that nobody listens there.
        socket.send(request).await.ok()?;
        while datagrams < DATAGRAMS_MAX
            && let Ok(received) = timeout_at(until, socket.recv(&mut buffer)).await
        {
            let datagram = buffer.get(..received.ok()?)?;
            if let Some(answer) = read(datagram) {
                return Some(answer);
            }
            datagrams += 1;
        }
    }
    None
}

/// The address that stands for any of this family.
const fn nowhere(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

#[cfg(test)]
mod tests;
