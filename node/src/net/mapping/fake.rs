//! A gateway of a test, on loopback, and what it is asked.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Port;
use super::gateway::Gateway as Place;
use super::pcp::tests::granted;
use super::schedule::Want;

pub(super) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Where it says that it is outside.
pub(super) const OUTSIDE: [u8; 4] = [45, 0, 2, 1];
/// Far beyond what any step takes: a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) at: SocketAddr,
    asked: mpsc::UnboundedReceiver<Vec<u8>>,
}

impl Gateway {
    /// One that answers each request with these datagrams.
    pub(super) async fn new(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
        let at = socket.local_addr().unwrap();
        let (teller, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut buffer = [0; 2_000];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                // Before whoever asks can know of it.
                if teller.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
                for answer in answers(&buffer[..length]) {
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        });
        Self { at, asked }
    }

    /// One that speaks PCP and grants what it is asked for, at the next port.
    pub(super) async fn kind() -> Self {
        Self::new(|request| vec![pcp_grant(request, OUTSIDE, 3_600)]).await
    }

    /// What it was asked next.
    pub(super) async fn asked(&mut self) -> Vec<u8> {
        let asked = timeout(PATIENCE, self.asked.recv()).await;
        asked.expect("a request in time").unwrap()
    }

    /// Where it is; it knows nothing of UPnP.
    pub(super) fn place(&self) -> Place {
        place(self.at)
    }

    /// A port of UDP to ask it for.
    pub(super) fn want(&self) -> Want {
        Want {
            gateway: self.place(),
            port: Port {
                is_udp: true,
                own: LOOPBACK,
                number: NonZeroU16::new(4001).unwrap(),
            },
        }
    }
}

/// A port where nobody answers, and which nobody else gets: its socket hears itself alone.
pub(super) fn closed() -> std::net::UdpSocket {
    let socket = std::net::UdpSocket::bind((LOOPBACK, 0)).unwrap();
    socket.connect(socket.local_addr().unwrap()).unwrap();
    socket
}

/// A gateway that is there, and nowhere else.
pub(super) fn place(mapper: SocketAddr) -> Place {
    // Of nobody, and a port to which nothing is sent.
    let search = SocketAddr::from(([0, 0, 0, 0], 0));
    Place { mapper, search }
}

/// What answers a request of PCP: the port after ours, or nothing if that is what is asked for.
pub(super) fn pcp_grant(request: &[u8], outside: [u8; 4], seconds: u32) -> Vec<u8> {
    let internal = u16::from_be_bytes([request[40], request[41]]);
    if request[4..8] == [0; 4] {
        return granted(request, ([0, 0, 0, 0], 0).into(), 0);
    }
    granted(request, (outside, internal + 1).into(), seconds)
}

/// What a gateway answers that speaks NAT-PMP alone.
pub(super) fn nat_pmp(request: &[u8], outside: [u8; 4], seconds: u32) -> Vec<u8> {
    let epoch = [0, 0, 0, 9];
    match request {
        [0, 0] => [[0, 128, 0, 0], epoch, outside].concat(),
        [0, operation @ (1 | 2), 0, 0, a, b, _, _, lifetime @ ..] => {
            let external = (u16::from_be_bytes([*a, *b]) + 1).to_be_bytes();
            let (external, seconds) = if lifetime == [0; 4] {
                ([0; 2], 0)
            } else {
                (external, seconds)
            };
            let start = [0, 128 | operation, 0, 0];
            let ports = [*a, *b, external[0], external[1]];
            [start, epoch, ports, seconds.to_be_bytes()].concat()
        }
        _ => [[0, 128 | request[1], 0, 1], epoch].concat(),
    }
}
