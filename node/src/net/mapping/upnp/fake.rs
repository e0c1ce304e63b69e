//! A gateway of a test that speaks UPnP, on loopback, and what it is asked.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::description::{Service, services};
use super::search::Place;
use crate::net::mapping::Port;
use crate::net::mapping::fake::{LOOPBACK, closed};
use crate::net::mapping::gateway::Gateway;
use crate::net::mapping::schedule::Want;

/// Far beyond what any step takes: a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// The service that maps ports.
pub(in crate::net::mapping) const KIND: &str = "urn:schemas-upnp-org:service:WANIPConnection:1";
/// Where it is asked.
const CONTROL: &str = "/control";

/// What it is asked to map a port, and to give one back.
pub(in crate::net::mapping) const MAPPING: [&str; 3] = [
    "GetExternalIPAddress",
    "GetSpecificPortMappingEntry",
    "AddPortMapping",
];
pub(in crate::net::mapping) const RELEASE: [&str; 2] =
    ["GetSpecificPortMappingEntry", "DeletePortMapping"];

/// What it answers: a status, and a body.
pub(in crate::net::mapping) type Answer = (u16, String);
/// It does not, and keeps whoever asks waiting.
pub(in crate::net::mapping) const SILENCE: Answer = (0, String::new());

/// See the module.
#[derive(Debug)]
pub(in crate::net::mapping) struct Igd {
    pub(in crate::net::mapping) search: SocketAddr,
    /// Where it does not speak PCP.
    closed: std::net::UdpSocket,
    /// What it is asked: the name of an action, and all of the request.
    asked: mpsc::UnboundedReceiver<(String, String)>,
}

impl Igd {
    /// One that answers each action, by name and request, with this.
    pub(in crate::net::mapping) async fn new(
        answers: impl Fn(&str, &str) -> Answer + Send + 'static,
    ) -> Self {
        Self::describing(described(&[(KIND, CONTROL)]), answers).await
    }

    /// One that describes itself so.
    pub(in crate::net::mapping) async fn describing(
        description: String,
        answers: impl Fn(&str, &str) -> Answer + Send + 'static,
    ) -> Self {
        let (teller, asked) = mpsc::unbounded_channel();
        let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let search = searched(format!("http://192.0.2.7:{port}/root.xml")).await;
        tokio::spawn(async move {
            let mut waiting: Vec<TcpStream> = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read(&mut stream).await;
                let (name, (status, body)) = if request.starts_with("GET /root.xml ") {
                    ("description".to_owned(), (200, description.clone()))
                } else {
                    let name = action(&request);
                    let answer = answers(&name, &request);
                    (name, answer)
                };
                let length = body.len();
                let answer =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}");
                // Before whoever asks can know of it.
                if teller.send((name, request)).is_err() {
                    break;
                }
                if status == SILENCE.0 {
                    waiting.push(stream);
                } else {
                    // Whoever has enough of it hangs up.
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        let closed = closed();
        Self {
            search,
            closed,
            asked,
        }
    }

    /// One that is outside and grants whatever it is asked for.
    pub(in crate::net::mapping) async fn kind() -> Self {
        Self::new(|name, _| kind(name)).await
    }

    /// What it was asked next.
    pub(in crate::net::mapping) async fn asked(&mut self) -> (String, String) {
        let asked = timeout(PATIENCE, self.asked.recv()).await;
        asked.expect("a request in time").unwrap()
    }

    /// The names of what it was asked so far.
    pub(in crate::net::mapping) fn all_asked(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.asked.try_recv().ok())
            .map(|(name, _)| name)
            .collect()
    }

    /// A port of UDP to ask it for, where nothing else maps ports.
    pub(in crate::net::mapping) fn want(&self) -> Want {
        Want {
            gateway: Gateway {
                mapper: self.closed.local_addr().unwrap(),
                search: self.search,
            },
            port: Port {
                is_udp: true,
                own: LOOPBACK,
                number: NonZeroU16::new(4001).unwrap(),
            },
        }
    }
}

/// A service of a gateway.
pub(in crate::net::mapping) fn service(gateway: [u8; 4]) -> Service {
    let root = Place {
        at: (gateway, 5000).into(),
        path: "/root.xml".parse().unwrap(),
    };
    services(&described(&[(KIND, CONTROL)]), &root).remove(0)
}

/// Somebody who answers each search so; where.
pub(super) async fn searched(location: String) -> SocketAddr {
    let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2_000];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            if buffer[..length].starts_with(b"M-SEARCH * HTTP/1.1\r\n") {
                socket
                    .send_to(found(&location).as_bytes(), from)
                    .await
                    .unwrap();
            }
        }
    });
    at
}

/// What answers a search.
pub(super) fn found(location: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\
         LOCATION: {location}\r\n\r\n"
    )
}

/// A description with these services, by kind and where they are asked.
pub(super) fn described(services: &[(&str, &str)]) -> String {
    let services = services.iter().map(|(kind, control)| {
        format!(
            "<service><serviceType>{kind}</serviceType><controlURL>{control}</controlURL></service>"
        )
    });
    format!(
        "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\"><device><serviceList>{}\
         </serviceList></device></root>",
        services.collect::<String>()
    )
}

/// What a gateway answers that is outside, maps nothing yet, and grants whatever it is asked for.
pub(in crate::net::mapping) fn kind(name: &str) -> Answer {
    match name {
        "GetExternalIPAddress" => outside("45.0.2.1"),
        "GetSpecificPortMappingEntry" => refused(714),
        _ => done(name, &[]),
    }
}

/// That a gateway did something, and what it says of that.
pub(in crate::net::mapping) fn done(name: &str, values: &[(&str, &str)]) -> Answer {
    let values = values.iter();
    let values: String = values
        .map(|(name, value)| format!("<{name}>{value}</{name}>"))
        .collect();
    let body = format!("<u:{name}Response xmlns:u=\"{KIND}\">{values}</u:{name}Response>");
    (
        200,
        format!("<s:Envelope xmlns:s=\"s\"><s:Body>{body}</s:Body></s:Envelope>"),
    )
}

/// Where a gateway says that it is.
pub(in crate::net::mapping) fn outside(ip: &str) -> Answer {
    done("GetExternalIPAddress", &[("NewExternalIPAddress", ip)])
}

/// To whom a gateway says that a port leads.
pub(in crate::net::mapping) fn held(client: &str, port: &str) -> Answer {
    let values = [("NewInternalPort", port), ("NewInternalClient", client)];
    done("GetSpecificPortMappingEntry", &values)
}

/// Why a gateway does nothing.
pub(in crate::net::mapping) fn refused(code: u16) -> Answer {
    let said = format!("<errorCode>{code}</errorCode>");
    (
        500,
        format!("<s:Fault xmlns:s=\"s\"><detail>{said}</detail></s:Fault>"),
    )
}

async fn read(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 2_000];
    while !is_whole(&request) {
        match stream.read(&mut buffer).await {
            Ok(length @ 1..) => request.extend_from_slice(&buffer[..length]),
            Ok(0) | Err(_) => break,
        }
    }
    String::from_utf8(request).unwrap()
}

fn is_whole(request: &[u8]) -> bool {
    let request = String::from_utf8_lossy(request);
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().unwrap())
    });
    body.len() >= length.unwrap_or_default()
}

/// The action that a request names.
fn action(request: &str) -> String {
    let line = request
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("soapaction:"));
    let name = line.and_then(|line| line.trim_end_matches('"').rsplit_once('#'));
    name.map_or_else(String::new, |(_, name)| name.to_owned())
}
