//! Looking for where a gateway describes itself, by SSDP (UPnP Device Architecture 2.0, section 1.3).
//!
//! Invariants
//! - The gateway itself is asked. Others of the local network hear it only if that may be.
//! - What does not come from the gateway's address is dropped, and of what does at most [`DATAGRAMS_MAX`] datagrams are
//!   looked at.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::Uri;
use http::uri::PathAndQuery;
use httparse::{Response, Status};
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// Where the devices of a local network are asked, all at once.
const EVERYBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(239, 255, 255, 250)), 1900);
/// What is looked for, round by round, and how long is waited for answers: a device that is asked with others takes up to
/// a second, and some answer for what is in them alone.
const ROUNDS: [(Duration, &[&str]); 2] = [
    (Duration::from_millis(1_500), &GATEWAYS),
    (
        Duration::from_secs(2),
        &[GATEWAYS[0], GATEWAYS[1], SERVICES[0], SERVICES[1]],
    ),
];
const GATEWAYS: [&str; 2] = [
    "device:InternetGatewayDevice:1",
    "device:InternetGatewayDevice:2",
];
const SERVICES: [&str; 2] = ["service:WANIPConnection:1", "service:WANPPPConnection:1"];
/// Datagrams of the gateway that are looked at.
const DATAGRAMS_MAX: usize = 64;
/// Places at which a gateway describes itself that are tried: it may be several devices.
pub(super) const PLACES_MAX: usize = 3;
/// Longest answer.
const ANSWER_BYTES_MAX: usize = 2_048;
/// Headers that an answer has at most.
const ANSWER_HEADERS_MAX: usize = 32;

/// Where at a gateway something is to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: SocketAddr,
    pub(super) path: PathAndQuery,
}

impl Place {
    /// Where a URL leads at this device, whosever name is in it.
    pub(super) fn of(url: &Uri, device: IpAddr) -> Option<Self> {
        if url.scheme_str() != Some("http") {
            return None;
        }
        let port = url.port_u16().unwrap_or(80);
        Some(Self {
            at: SocketAddr::new(device, port),
            path: url.path_and_query()?.clone(),
        })
    }
}

/// A search that goes on.
#[derive(Debug)]
pub(super) struct Search {
    socket: UdpSocket,
    gateway: SocketAddr,
    is_aloud: bool,
    /// How many rounds have begun, and when the last one ends.
    rounds: usize,
    until: Instant,
    datagrams: usize,
    found: Vec<Place>,
}

impl Search {
    /// Looks for a gateway from an address of ours. Others hear it if it `is_aloud`.
    ///
    /// # Errors
    /// What the system says.
    pub(super) async fn new(gateway: SocketAddr, own: IpAddr, is_aloud: bool) -> io::Result<Self> {
        let socket = UdpSocket::bind((own, 0)).await?;
        if let IpAddr::V4(own) = own {
            SockRef::from(&socket).set_multicast_if_v4(&own)?;
        }
        Ok(Self {
            socket,
            gateway,
            is_aloud,
            rounds: 0,
            until: Instant::now(),
            datagrams: 0,
            found: Vec::new(),
        })
    }

    /// Another place where the gateway describes itself; `None` if it says no more.
    pub(super) async fn next(&mut self) -> Option<Place> {
        // One byte more than may be, to see it.
        let mut buffer = [0; ANSWER_BYTES_MAX + 1];
        while self.found.len() < PLACES_MAX && self.datagrams < DATAGRAMS_MAX {
            let Ok(received) = timeout_at(self.until, self.socket.recv_from(&mut buffer)).await
            else {
                self.begin_round().await?;
                continue;
            };
            // An error is what the system says of what was sent before.
            let Ok((length, from)) = received else {
                continue;
            };
            if from.ip() != self.gateway.ip() {
                continue;
            }
            self.datagrams += 1;
            let place = buffer.get(..length).and_then(location);
            let place = place.and_then(|url| Place::of(&url, self.gateway.ip()));
            if let Some(place) = place.filter(|place| !self.found.contains(place)) {
                self.found.push(place.clone());
                return Some(place);
            }
        }
        None
    }

    /// `None` if that was the last one, or nothing can be sent.
    async fn begin_round(&mut self) -> Option<()> {
        let (wait, targets) = ROUNDS.get(self.rounds)?;
        self.rounds += 1;
        let everybody = self.is_aloud.then_some(EVERYBODY);
        let mut is_sent = false;
        for target in *targets {
            let request = request(target);
            for to in [self.gateway].into_iter().chain(everybody) {
                is_sent |= self.socket.send_to(request.as_bytes(), to).await.is_ok();
            }
        }
        self.until = Instant::now() + *wait;
        is_sent.then_some(())
    }
}

fn request(target: &str) -> String {
    format!(
        "M-SEARCH * HTTP/1.1\r\nHOST: {EVERYBODY}\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n\
         ST: urn:schemas-upnp-org:{target}\r\n\r\n"
    )
}

/// The URL in an answer of somebody who says that they are what is looked for.
fn location(answer: &[u8]) -> Option<Uri> {
    if answer.len() > ANSWER_BYTES_MAX {
        return None;
    }
    // Some leave the line out that ends it.
    let answer = [answer, b"\r\n\r\n"].concat();
    let mut headers = [httparse::EMPTY_HEADER; ANSWER_HEADERS_MAX];
    let mut response = Response::new(&mut headers);
    let Ok(Status::Complete(_)) = response.parse(&answer) else {
        return None;
    };
    let value = |name: &str| {
        let mut headers = response.headers.iter();
        let header = headers.find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok().map(str::trim)
    };
    let target = value("st")?.strip_prefix("urn:schemas-upnp-org:")?;
    let is_looked_for = GATEWAYS.contains(&target) || SERVICES.contains(&target);
    (is_looked_for && response.code == Some(200)).then_some(())?;
    value("location")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::net::mapping::fake::LOOPBACK;
    use crate::net::mapping::upnp::fake::found;

    fn answer(first: &str, headers: &[&str]) -> Vec<u8> {
        format!("{first}\r\n{}\r\n\r\n", headers.join("\r\n")).into_bytes()
    }

    const OK: &str = "HTTP/1.1 200 OK";
    const ST: &str = "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1";
    const LOCATION: &str = "Location: http://192.168.1.1:5000/rootDesc.xml";

    #[test]
    fn a_gateway_says_where_it_describes_itself() {
        let said = location(&answer(OK, &["CACHE-CONTROL: max-age=120", ST, LOCATION]));
        let expected = "http://192.168.1.1:5000/rootDesc.xml".parse().unwrap();
        assert_eq!(said, Some(expected));
        for none in [
            answer("HTTP/1.1 404 Not Found", &[ST, LOCATION]),
            answer("NOTIFY * HTTP/1.1", &[ST, LOCATION]),
            answer(OK, &["ST: upnp:rootdevice", LOCATION]),
            answer(OK, &[LOCATION]),
            answer(OK, &[ST]),
            answer(OK, &[ST, "Location: http://[::1"]),
            answer(OK, &[ST, "Location: "]),
            answer(OK, &["ST: urn:schemas-upnp-org:device:Printer:1", LOCATION]),
            b"garbage".to_vec(),
        ] {
            let text = String::from_utf8_lossy(&none).into_owned();
            assert_eq!(location(&none), None, "{text}");
        }
    }

    #[test]
    fn an_answer_without_its_last_line_is_one() {
        let whole = answer(OK, &[ST, LOCATION]);
        let cut = &whole[..whole.len() - 4];
        assert_eq!(location(cut), location(&whole));
        assert!(location(cut).is_some());
    }

    #[test]
    fn wherever_a_url_leads_it_is_the_gateway_that_is_asked() {
        let gateway = IpAddr::from([192, 168, 1, 1]);
        let place = |url: &str| Place::of(&url.parse().unwrap(), gateway);
        let there = place("http://45.0.0.1:5000/a?b=c").unwrap();
        assert_eq!(there.at, SocketAddr::new(gateway, 5000));
        assert_eq!(there.path, "/a?b=c");
        let there = place("http://router.example").unwrap();
        assert_eq!(there.at, SocketAddr::new(gateway, 80));
        assert_eq!(there.path, "/");
        assert_eq!(place("https://192.168.1.1/"), None);
        assert_eq!(place("/rootDesc.xml"), None);
    }

    #[test]
    fn an_answer_of_the_most_bytes_is_read_and_a_longer_one_is_not() {
        let filled = |length: usize| {
            let start = format!("{OK}\r\n{ST}\r\n{LOCATION}\r\nX: ");
            let fill = "x".repeat(length - start.len() - 4);
            format!("{start}{fill}\r\n\r\n").into_bytes()
        };
        assert!(location(&filled(ANSWER_BYTES_MAX)).is_some());
        assert_eq!(location(&filled(ANSWER_BYTES_MAX + 1)), None);
    }

    #[test]
    fn an_answer_of_the_most_headers_is_read_and_one_of_more_is_not() {
        let with = |count: usize| {
            let mut headers = vec![ST, LOCATION];
            headers.resize(count, "X: x");
            location(&answer(OK, &headers))
        };
        assert!(with(ANSWER_HEADERS_MAX).is_some());
        assert_eq!(with(ANSWER_HEADERS_MAX + 1), None);
    }

    /// A gateway, as a socket, and a search for it that has not begun.
    async fn looking() -> (UdpSocket, Search) {
        let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
        let gateway = socket.local_addr().unwrap();
        let search = Search::new(gateway, LOOPBACK, false).await.unwrap();
        (socket, search)
    }

    #[tokio::test]
    async fn whoever_is_not_the_gateway_answers_a_search_in_vain() {
        // Both hear what is looked for, as in a local network; the other one is first, and says more than is read.
        let (socket, mut search) = looking().await;
        let other = UdpSocket::bind("127.0.0.2:0").await.unwrap();
        let serve = async {
            let (_, from) = socket.recv_from(&mut [0; 2_000]).await.unwrap();
            let lie = found("http://127.0.0.2:1/lie.xml");
            for _ in 0..=DATAGRAMS_MAX {
                other.send_to(lie.as_bytes(), from).await.unwrap();
            }
            let right = found("http://127.0.0.2:2/right.xml");
            socket.send_to(right.as_bytes(), from).await.unwrap();
        };
        let (root, ()) = tokio::join!(search.next(), serve);
        let root = root.unwrap();
        assert_eq!(root.at, SocketAddr::new(LOOPBACK, 2));
        assert_eq!(root.path, "/right.xml");
    }

    #[tokio::test]
    async fn as_many_answers_of_a_search_are_read_as_may_be_and_not_one_more() {
        for (garbage, is_read) in [(DATAGRAMS_MAX - 1, true), (DATAGRAMS_MAX, false)] {
            let (socket, mut search) = looking().await;
            let serve = async {
                let (_, from) = socket.recv_from(&mut [0; 2_000]).await.unwrap();
                for _ in 0..garbage {
                    socket.send_to(b"garbage", from).await.unwrap();
                }
                let right = found("http://127.0.0.1:2/right.xml");
                socket.send_to(right.as_bytes(), from).await.unwrap();
            };
            let (root, ()) = tokio::join!(search.next(), serve);
            assert_eq!(root.is_some(), is_read);
        }
    }

    #[tokio::test]
    async fn as_many_places_are_told_as_may_be_each_once_and_not_one_more() {
        let (socket, mut search) = looking().await;
        let serve = async {
            let (_, from) = socket.recv_from(&mut [0; 2_000]).await.unwrap();
            for number in 0..=PLACES_MAX {
                let place = found(&format!("http://127.0.0.1:2/{number}"));
                for _ in 0..2 {
                    socket.send_to(place.as_bytes(), from).await.unwrap();
                }
            }
        };
        let all = async {
            let mut paths = Vec::new();
            while let Some(place) = search.next().await {
                paths.push(place.path.to_string());
            }
            paths
        };
        let (paths, ()) = tokio::join!(all, serve);
        let expected: Vec<String> = (0..PLACES_MAX).map(|number| format!("/{number}")).collect();
        assert_eq!(paths, expected);
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes: Vec<u8>) {
            let _ = location(&bytes);
            let _ = location(&[answer(OK, &[ST, LOCATION]), bytes].concat());
        }
    }
}
