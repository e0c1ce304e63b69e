//! One request of a gateway, over HTTP/1.1.
//!
//! Invariants
//! - It ends within the time that it is given, and of an answer no more than [`HEAD_BYTES_MAX`] and [`BODY_BYTES_MAX`]
//!   are kept, each byte of which is looked at a few times at most.
//! - Nothing that the gateway answers leads anywhere else: no redirection is followed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use httparse::{ParserConfig, Status, parse_chunk_size};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::search::Place;

/// Longest exchange of what needs no work of the gateway.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// Longest body: routers describe themselves, and all that they can do, in some 20 KB.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;
/// Longest head of an answer.
pub(super) const HEAD_BYTES_MAX: usize = 8 * 1024;
/// Headers that an answer has at most.
pub(super) const HEADERS_MAX: usize = 64;
/// Longest line that says how long a part of a body is.
const PART_LINE_BYTES_MAX: usize = 256;
/// What is read at once.
const READ_BYTES: usize = 4 * 1024;

/// What a gateway answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// What is at a place; `None` if there is nothing.
pub(super) async fn get(own: IpAddr, place: &Place) -> Option<String> {
    let request = head("GET", place);
    let answer = send(own, place, request + "\r\n", PATIENCE).await?;
    (answer.status == 200).then_some(answer.body)
}

/// Has something done there, by SOAP, asked from an address of ours.
pub(super) async fn post(
    own: IpAddr,
    place: &Place,
    (action, envelope): (&str, &str),
    patience: Duration,
) -> Option<Answer> {
    // Some routers know the names of headers as the standard writes them, and no other way.
    let request = format!(
        "{}Content-Type: text/xml; charset=\"utf-8\"\r\nContent-Length: {}\r\nSOAPAction: \"{action}\"\r\n\r\n{envelope}",
        head("POST", place),
        envelope.len()
    );
    send(own, place, request, patience).await
}

fn head(method: &str, place: &Place) -> String {
    let (path, at) = (&place.path, place.at);
    format!("{method} {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n")
}

/// `None` if no answer comes in time, or none that may be.
async fn send(own: IpAddr, place: &Place, request: String, patience: Duration) -> Option<Answer> {
    let exchanged = timeout(patience, async {
        let mut stream = connect(own, place.at).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        receive(&mut stream).await
    });
    exchanged.await.ok()?
}

async fn connect(own: IpAddr, at: SocketAddr) -> io::Result<TcpStream> {
    let socket = match own {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind((own, 0).into())?;
    socket.connect(at).await
}

async fn receive(stream: &mut TcpStream) -> Option<Answer> {
    let mut received = Vec::new();
    let head = loop {
        match Head::read(&received)? {
            // It goes on: the answer comes after that.
            Some(head) if head.status < 200 => {
                received = received.split_off(head.bytes);
                continue;
            }
            Some(head) => break head,
            None => {}
        }
        if !more(stream, &mut received).await? {
            return None;
        }
    };
    let mut body = Body::new(head.framing, received.split_off(head.bytes));
    while !body.is_whole()? {
        if !more(stream, &mut body.received).await? {
            body.ends()?;
            break;
        }
    }
    Some(Answer {
        status: head.status,
        body: String::from_utf8_lossy(&body.bytes).into_owned(),
    })
}

/// Reads some more; `false` at the end, `None` if it fails.
async fn more(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<bool> {
    let mut buffer = [0; READ_BYTES];
    let length = match stream.read(&mut buffer).await {
        // Some hang up so.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => 0,
        read => read.ok()?,
    };
    received.extend_from_slice(buffer.get(..length)?);
    Some(length > 0)
}

/// How it is known where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Bytes(usize),
    Parts,
    ToTheEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    status: u16,
    framing: Framing,
    bytes: usize,
}

impl Head {
    /// `None` if it is none; within that, `None` as long as it is not there as a whole.
    fn read(received: &[u8]) -> Option<Option<Self>> {
        let mut lenience = ParserConfig::default();
        lenience
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true);
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut headers);
        let known = received.get(..HEAD_BYTES_MAX).unwrap_or(received);
        match lenience.parse_response(&mut response, known).ok()? {
            Status::Complete(bytes) => Some(Some(Self {
                status: response.code?,
                framing: framing(response.code?, response.headers)?,
                bytes,
            })),
            Status::Partial if received.len() < HEAD_BYTES_MAX => Some(None),
            Status::Partial => None,
        }
    }
}

fn framing(status: u16, headers: &[httparse::Header<'_>]) -> Option<Framing> {
    if status < 200 || status == 204 {
        return Some(Framing::Bytes(0));
    }
    let value = |name: &str| {
        let mut all = headers.iter();
        let header = all.find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok().map(str::trim)
    };
    if value("transfer-encoding").is_some_and(|way| way.eq_ignore_ascii_case("chunked")) {
        return Some(Framing::Parts);
    }
    match value("content-length") {
        Some(length) => {
            let bytes = length.parse().ok().filter(|bytes| *bytes <= BODY_BYTES_MAX);
            bytes.map(Framing::Bytes)
        }
        None => Some(Framing::ToTheEnd),
    }
}

/// A body, as far as it has come.
#[derive(Debug)]
struct Body {
    framing: Framing,
    /// What has not been looked at.
    received: Vec<u8>,
    bytes: Vec<u8>,
}

impl Body {
    const fn new(framing: Framing, received: Vec<u8>) -> Self {
        Self {
            framing,
            received,
            bytes: Vec::new(),
        }
    }

    /// Takes what has come; `None` if it may not be.
    fn is_whole(&mut self) -> Option<bool> {
        match self.framing {
            Framing::Parts => return self.take_parts(),
            Framing::Bytes(length) => {
                self.bytes.append(&mut self.received);
                self.bytes.truncate(length);
                if self.bytes.len() == length {
                    return Some(true);
                }
            }
            Framing::ToTheEnd => self.bytes.append(&mut self.received),
        }
        (self.bytes.len() <= BODY_BYTES_MAX).then_some(false)
    }

    /// Takes the parts that are there as a whole.
    fn take_parts(&mut self) -> Option<bool> {
        loop {
            let Status::Complete((start, length)) = parse_chunk_size(&self.received).ok()? else {
                return (self.received.len() <= PART_LINE_BYTES_MAX).then_some(false);
            };
            let length = usize::try_from(length).ok()?;
            if start > PART_LINE_BYTES_MAX {
                return None;
            }
            if self.bytes.len().checked_add(length)? > BODY_BYTES_MAX {
                return None;
            }
            if length == 0 {
                return Some(true);
            }
            // A line ends after it.
            let end = start.checked_add(length)?;
            let Some(part) = self.received.get(start..end) else {
                return Some(false);
            };
            if self.received.len() < end + 2 {
                return Some(false);
            }
            self.bytes.extend_from_slice(part);
            self.received.drain(..end + 2);
        }
    }

    /// Nothing more comes; `None` if it is not whole by that.
    fn ends(&self) -> Option<()> {
        (self.framing == Framing::ToTheEnd).then_some(())
    }
}

#[cfg(test)]
mod tests;
