//! One request of a gateway, over HTTP.
//!
//! Invariants
//! - It ends within [`TIMEOUT`], and no more than [`BODY_BYTES_MAX`] of an answer are kept, after a head of
//!   [`HEAD_BYTES_MAX`].
//! - Nothing that the gateway answers leads anywhere else: no redirection is followed.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST};
use hyper::http::request;
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::search::Place;

/// Longest exchange.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Longest body: routers describe themselves, and all that they can do, in some 20 KB.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;
/// Longest head of an answer.
pub(super) const HEAD_BYTES_MAX: usize = 16 * 1024;

/// What a gateway answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
}

/// What is at a place; `None` if there is nothing.
pub(super) async fn get(own: IpAddr, place: &Place) -> Option<String> {
    let answer = send(own, place, Request::get(place.path.clone()), String::new()).await?;
    (answer.status == StatusCode::OK).then_some(answer.body)
}

/// Asks for something from an address of ours; `None` if no answer comes, or none that may be.
pub(super) async fn send(
    own: IpAddr,
    place: &Place,
    request: request::Builder,
    body: String,
) -> Option<Answer> {
    let request = request
        .version(Version::HTTP_11)
        .header(HOST, place.at.to_string())
        .header(CONNECTION, "close")
        .body(Full::<Bytes>::from(body))
        .ok()?;
    let exchanged = timeout(TIMEOUT, async {
        let stream = connect(own, place.at).await.ok()?;
        exchange(stream, request).await
    });
    exchanged.await.ok()?
}

async fn connect(own: IpAddr, at: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = match own {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind((own, 0).into())?;
    socket.connect(at).await
}

async fn exchange(stream: TcpStream, request: Request<Full<Bytes>>) -> Option<Answer> {
    let mut http = http1::Builder::new();
    // Some routers know the names of headers as they are usually written, and no other way.
    let http = http.max_buf_size(HEAD_BYTES_MAX).title_case_headers(true);
    let (mut sender, connection) = http.handshake(TokioIo::new(stream)).await.ok()?;
    let asking = async move {
        let response = sender.send_request(request).await.ok()?;
        let status = response.status();
        let body = Limited::new(response.into_body(), BODY_BYTES_MAX);
        let body = body.collect().await.ok()?.to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Some(Answer { status, body })
    };
    // The connection carries the exchange, and ends once nobody asks anything more.
    let (answer, _) = tokio::join!(asking, connection);
    answer
}
