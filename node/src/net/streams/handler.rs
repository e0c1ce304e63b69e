//! The handler: one connection's side of [`Streams`](super::Streams), within the connection's task.
//!
//! Invariants
//! - Inbound streams that the swarm's task has not taken are at most [`REPORTS_MAX`]; more are
//!   reset.
//! - Every opening is answered, or its reply is dropped with the connection.
//! - Every stream ends when the connection does.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
};
use libp2p::swarm::{
    ConnectionHandler, ConnectionHandlerEvent, Stream, StreamUpgradeError, SubstreamProtocol,
};
use tokio::sync::oneshot;

use super::tether::{Post, Tethered};
use crate::net::Protocol;

/// Time for both sides to agree on a stream's protocol.
const NEGOTIATION_TIMEOUT: Duration = Duration::from_secs(5);
/// Inbound streams of one connection that wait for the swarm's task.
const REPORTS_MAX: usize = 8;

/// Why a stream could not be opened.
#[derive(Debug, thiserror::Error)]
pub(in crate::net) enum StreamError {
    #[error("not connected")]
    NotConnected,
    #[error("too many streams are being opened at once")]
    Busy,
    #[error("the peer does not speak this protocol")]
    Unsupported,
    #[error("no answer in time")]
    TimedOut,
    #[error("the connection broke: {0}")]
    Broken(io::Error),
}

/// Where the outcome of an opening goes.
pub(in crate::net) type OpenReply = oneshot::Sender<Result<Tethered, StreamError>>;

/// From the behaviour.
#[derive(Debug)]
pub(in crate::net) enum Order {
    Open {
        protocol: Protocol,
        reply: OpenReply,
    },
    Keep(bool),
}

/// To the behaviour: an inbound stream.
#[derive(Debug)]
pub(in crate::net) struct Report {
    pub(super) protocol: Protocol,
    pub(super) stream: Tethered,
}

/// What waits for the swarm's task; of more than may, the rest is dropped.
#[derive(Debug)]
struct Reports<T>(VecDeque<T>);

impl<T> Reports<T> {
    fn push(&mut self, report: T) {
        if self.0.len() < REPORTS_MAX {
            self.0.push_back(report);
        }
    }

    fn pop(&mut self) -> Option<T> {
        self.0.pop_front()
    }
}

/// See the module.
#[derive(Debug)]
pub(in crate::net) struct Handler {
    keep: bool,
    opening: VecDeque<(Protocol, OpenReply)>,
    reports: Reports<Report>,
    /// Gone when the connection is.
    post: Post,
}

impl Handler {
    pub(super) fn new(keep: bool) -> Self {
        Self {
            keep,
            opening: VecDeque::new(),
            reports: Reports(VecDeque::new()),
            post: Post::new(),
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Order;
    type ToBehaviour = Report;
    type InboundProtocol = Upgrade;
    type OutboundProtocol = Upgrade;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = OpenReply;

    fn listen_protocol(&self) -> SubstreamProtocol<Upgrade, ()> {
        SubstreamProtocol::new(Upgrade(&Protocol::ALL), ()).with_timeout(NEGOTIATION_TIMEOUT)
    }

    fn connection_keep_alive(&self) -> bool {
        self.keep
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Upgrade, OpenReply, Report>> {
        // Without a waker: the connection polls again after every order and every event.
        if let Some(report) = self.reports.pop() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(report));
        }
        let Some((protocol, reply)) = self.opening.pop_front() else {
            return Poll::Pending;
        };
        let protocol = SubstreamProtocol::new(Upgrade(protocol.alone()), reply)
            .with_timeout(NEGOTIATION_TIMEOUT);
        Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol })
    }

    fn on_behaviour_event(&mut self, order: Order) {
        match order {
            Order::Open { protocol, reply } => self.opening.push_back((protocol, reply)),
            Order::Keep(keep) => self.keep = keep,
        }
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Upgrade, Upgrade, (), OpenReply>) {
        // An asker that is gone drops the stream, which closes it.
        if let ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
            protocol: (protocol, stream),
            ..
        }) = event
        {
            let stream = self.post.tether(stream);
            self.reports.push(Report { protocol, stream });
        } else if let ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
            protocol: (_, stream),
            info: reply,
        }) = event
        {
            let _ = reply.send(Ok(self.post.tether(stream)));
        } else if let ConnectionEvent::DialUpgradeError(DialUpgradeError { error, info: reply }) =
            event
        {
            let _ = reply.send(Err(stream_error(error)));
        }
    }
}

fn stream_error(error: StreamUpgradeError<Infallible>) -> StreamError {
    match error {
        StreamUpgradeError::Timeout => StreamError::TimedOut,
        StreamUpgradeError::Apply(never) => match never {},
        StreamUpgradeError::NegotiationFailed => StreamError::Unsupported,
        StreamUpgradeError::Io(error) => StreamError::Broken(error),
    }
}

/// Agrees on one of these protocols and hands over the bare stream.
#[derive(Debug)]
pub(in crate::net) struct Upgrade(&'static [Protocol]);

/// A protocol on the wire.
#[derive(Debug, Clone, Copy)]
pub(in crate::net) struct Name(Protocol);

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.0.name()
    }
}

impl UpgradeInfo for Upgrade {
    type Info = Name;
    type InfoIter = std::iter::Map<std::slice::Iter<'static, Protocol>, fn(&Protocol) -> Name>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.iter().map(|protocol| Name(*protocol))
    }
}

impl InboundUpgrade<Stream> for Upgrade {
    type Output = (Protocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, Name(protocol): Name) -> Self::Future {
        ready(Ok((protocol, stream)))
    }
}

impl OutboundUpgrade<Stream> for Upgrade {
    type Output = (Protocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, Name(protocol): Name) -> Self::Future {
        ready(Ok((protocol, stream)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_kept_connection_lasts_without_streams() {
        let mut handler = Handler::new(false);
        assert!(!handler.connection_keep_alive());
        handler.on_behaviour_event(Order::Keep(true));
        assert!(handler.connection_keep_alive());
        handler.on_behaviour_event(Order::Keep(false));
        assert!(!handler.connection_keep_alive());
    }

    #[test]
    fn as_many_reports_wait_as_may_and_one_more_is_dropped() {
        let mut reports = Reports(VecDeque::new());
        (0..=REPORTS_MAX).for_each(|report| reports.push(report));
        let taken: Vec<_> = std::iter::from_fn(|| reports.pop()).collect();
        assert_eq!(taken, (0..REPORTS_MAX).collect::<Vec<_>>());
        reports.push(100);
        assert_eq!(reports.pop(), Some(100));
    }

    #[test]
    fn protocol_names_are_what_libp2p_takes_for_one() {
        for protocol in Protocol::ALL {
            assert!(libp2p::StreamProtocol::try_from_owned(protocol.name().to_owned()).is_ok());
        }
    }
}
