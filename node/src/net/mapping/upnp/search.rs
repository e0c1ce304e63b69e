//! Looking for where a gateway describes itself, by SSDP (UPnP Device Architecture 2.0, section 1.3).
//!
//! Invariants
//! - The gateway itself is asked. Others of the local network hear it only if that may be.
//! - What does not come from the gateway's address is dropped, and at most [`DATAGRAMS_MAX`] datagrams are read.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hyper::Uri;
use hyper::http::uri::PathAndQuery;
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// Where the devices of a local network are asked, all at once.
const EVERYBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(239, 255, 255, 250)), 1900);
/// What is looked for: a gateway of either version, as some answer for their own alone.
const VERSIONS: [u8; 2] = [1, 2];
/// How long is waited for an answer, one request after the other: a device that is asked with others takes up to a
/// second.
const WAITS: [Duration; 2] = [Duration::from_millis(1_500), Duration::from_secs(2)];
/// Datagrams that are read, of anybody.
const DATAGRAMS_MAX: usize = 64;
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

/// Where the gateway describes itself; `None` if it does not say.
pub(super) async fn root(gateway: SocketAddr, own: IpAddr, is_aloud: bool) -> Option<Place> {
    let socket = socket(own).await.ok()?;
    // One byte more than may be, to see it.
    let mut buffer = [0; ANSWER_BYTES_MAX + 1];
    let mut datagrams = 0;
    for wait in WAITS {
        let until = Instant::now() + wait;
        if !look(&socket, gateway, is_aloud).await {
            return None;
        }
        while datagrams < DATAGRAMS_MAX
            && let Ok(received) = timeout_at(until, socket.recv_from(&mut buffer)).await
        {
            datagrams += 1;
            // An error is what the system says of what was sent before.
            let Ok((length, from)) = received else {
                continue;
            };
            if from.ip() == gateway.ip()
                && let Some(place) = buffer.get(..length).and_then(location)
                && let Some(place) = Place::of(&place, gateway.ip())
            {
                return Some(place);
            }
        }
    }
    None
}

/// Asks where the gateway is; whether anything was sent.
async fn look(socket: &UdpSocket, gateway: SocketAddr, is_aloud: bool) -> bool {
    let everybody = is_aloud.then_some(EVERYBODY);
    let mut is_sent = false;
    for version in VERSIONS {
        let request = request(version);
        for to in [gateway].into_iter().chain(everybody) {
            is_sent |= socket.send_to(request.as_bytes(), to).await.is_ok();
        }
    }
    is_sent
}

async fn socket(own: IpAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((own, 0)).await?;
    if let IpAddr::V4(own) = own {
        SockRef::from(&socket).set_multicast_if_v4(&own)?;
    }
    Ok(socket)
}

fn request(version: u8) -> String {
    format!(
        "M-SEARCH * HTTP/1.1\r\nHOST: {EVERYBODY}\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n\
         ST: urn:schemas-upnp-org:device:InternetGatewayDevice:{version}\r\n\r\n"
    )
}

/// The URL in an answer of somebody who says that they are a gateway.
pub(super) fn location(answer: &[u8]) -> Option<Uri> {
    if answer.len() > ANSWER_BYTES_MAX {
        return None;
    }
    let mut headers = [httparse::EMPTY_HEADER; ANSWER_HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let is_whole = response.parse(answer).ok()?.is_complete();
    if !is_whole || response.code != Some(200) {
        return None;
    }
    let value = |name: &str| {
        let mut headers = response.headers.iter();
        let header = headers.find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok()
    };
    let is_gateway = value("st")?.contains(":InternetGatewayDevice:");
    is_gateway.then_some(())?;
    value("location")?.trim().parse().ok()
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
        ] {
            let text = String::from_utf8_lossy(&none).into_owned();
            assert_eq!(location(&none), None, "{text}");
        }
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

    #[tokio::test]
    async fn whoever_is_not_the_gateway_answers_a_search_in_vain() {
        // Both hear what is looked for, as in a local network; the other one is first.
        let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
        let other = UdpSocket::bind("127.0.0.2:0").await.unwrap();
        let gateway = socket.local_addr().unwrap();
        let serve = async {
            let (_, from) = socket.recv_from(&mut [0; 2_000]).await.unwrap();
            let lie = found("http://127.0.0.2:1/lie.xml");
            other.send_to(lie.as_bytes(), from).await.unwrap();
            let right = found("http://127.0.0.2:2/right.xml");
            socket.send_to(right.as_bytes(), from).await.unwrap();
        };
        let (root, ()) = tokio::join!(root(gateway, LOOPBACK, false), serve);
        let root = root.unwrap();
        assert_eq!(root.at, SocketAddr::new(LOOPBACK, 2));
        assert_eq!(root.path, "/right.xml");
    }

    #[tokio::test]
    async fn as_many_answers_of_a_search_are_read_as_may_be_and_not_one_more() {
        for (garbage, is_read) in [(DATAGRAMS_MAX - 1, true), (DATAGRAMS_MAX, false)] {
            let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
            let gateway = socket.local_addr().unwrap();
            let serve = async {
                let (_, from) = socket.recv_from(&mut [0; 2_000]).await.unwrap();
                for _ in 0..garbage {
                    socket.send_to(b"garbage", from).await.unwrap();
                }
                let right = found("http://127.0.0.1:2/right.xml");
                socket.send_to(right.as_bytes(), from).await.unwrap();
            };
            let (root, ()) = tokio::join!(root(gateway, LOOPBACK, false), serve);
            assert_eq!(root.is_some(), is_read);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes: Vec<u8>) {
            let _ = location(&bytes);
            let _ = location(&[answer(OK, &[ST, LOCATION]), bytes].concat());
        }
    }
}
