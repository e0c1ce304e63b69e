//! Intake: how many packets of the local network are looked at, whoever sends them, and the socket that they come by.
//!
//! Invariants
//! - In a second at most [`PACKETS_MAX`] are read, and of one sender [`PACKETS_PER_SENDER_MAX`] count. What else comes
//!   waits in the system, which drops what it has no room for.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::time::{Instant, Sleep, sleep_until};

/// Packets that are read in a window.
const PACKETS_MAX: usize = 512;
/// Of one sender, those that count.
const PACKETS_PER_SENDER_MAX: usize = 16;
const WINDOW: Duration = Duration::from_secs(1);
/// Larger ones are cut, and then mean nothing; mDNS has no larger ones (RFC 6762, section 17).
const PACKET_BYTES_MAX: usize = 9_000;

/// How many came since when.
#[derive(Debug)]
struct Count {
    since: Instant,
    senders: BTreeMap<IpAddr, usize>,
    all: usize,
}

impl Count {
    fn new(now: Instant) -> Self {
        Self {
            since: now,
            senders: BTreeMap::new(),
            all: 0,
        }
    }

    /// When the next packet may be read.
    fn ready_at(&mut self, now: Instant) -> Instant {
        if now >= self.since + WINDOW {
            *self = Self::new(now);
        }
        if self.all < PACKETS_MAX {
            now
        } else {
            self.since + WINDOW
        }
    }

    /// Whether what `sender` sent counts.
    fn admit(&mut self, sender: IpAddr) -> bool {
        self.all = self.all.saturating_add(1);
        let count = self.senders.entry(sender).or_default();
        *count = count.saturating_add(1);
        *count <= PACKETS_PER_SENDER_MAX
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Intake {
    socket: UdpSocket,
    count: Count,
    wait: Option<std::pin::Pin<Box<Sleep>>>,
    buffer: Box<[u8]>,
}

impl Intake {
    /// Receives at `address`, where other programs, and nodes, of this machine may as well.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        let domain = Domain::for_address(address);
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_reuse_address(true)?;
        #[cfg(unix)]
        socket.set_reuse_port(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        Ok(Self {
            socket: UdpSocket::from_std(socket.into())?,
            count: Count::new(Instant::now()),
            wait: None,
            buffer: vec![0; PACKET_BYTES_MAX].into_boxed_slice(),
        })
    }

    pub(super) const fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// The next packet that counts, and who sent it.
    ///
    /// # Errors
    /// What the system says, which is not about any one packet.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<(&[u8], SocketAddr)>> {
        loop {
            if let Some(wait) = &mut self.wait {
                ready!(wait.as_mut().poll(context));
                self.wait = None;
            }
            let now = Instant::now();
            let at = self.count.ready_at(now);
            if at > now {
                self.wait = Some(Box::pin(sleep_until(at)));
                continue;
            }
            let mut packet = ReadBuf::new(&mut self.buffer);
            let received = ready!(self.socket.poll_recv_from(context, &mut packet));
            let length = packet.filled().len();
            let sender = received?;
            if self.count.admit(sender.ip()) {
                let packet = self.buffer.get(..length).unwrap_or_default();
                return Poll::Ready(Ok((packet, sender)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::net::Ipv4Addr;

    use super::*;

    fn sender(number: usize) -> IpAddr {
        Ipv4Addr::from_bits(u32::try_from(number).unwrap()).into()
    }

    #[test]
    fn of_a_sender_as_many_packets_count_as_may_be_and_not_one_more_until_the_next_second() {
        let start = Instant::now();
        let mut count = Count::new(start);
        for _ in 0..PACKETS_PER_SENDER_MAX {
            assert!(count.admit(sender(1)));
        }
        assert!(!count.admit(sender(1)));
        assert!(count.admit(sender(2)), "somebody else");
        let later = start + WINDOW;
        assert_eq!(count.ready_at(later), later);
        assert!(count.admit(sender(1)));
    }

    #[test]
    fn in_a_second_as_many_packets_are_read_as_may_be_and_not_one_more() {
        let start = Instant::now();
        let mut count = Count::new(start);
        for number in 0..PACKETS_MAX {
            assert_eq!(count.ready_at(start), start, "{number}");
            count.admit(sender(number));
        }
        assert_eq!(count.ready_at(start), start + WINDOW);
        let late = start + WINDOW - Duration::from_millis(1);
        assert_eq!(count.ready_at(late), start + WINDOW);
        assert_eq!(count.ready_at(start + WINDOW), start + WINDOW);
        assert!(count.senders.is_empty());
    }

    #[tokio::test]
    async fn a_packet_of_as_many_bytes_as_may_be_comes_whole_and_a_larger_one_cut() {
        let mut intake = Intake::open((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let to = intake.socket().local_addr().unwrap();
        let from = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        for bytes in [PACKET_BYTES_MAX, PACKET_BYTES_MAX + 1] {
            from.send_to(&vec![7; bytes], to).unwrap();
            let length =
                poll_fn(|context| intake.poll(context).map(|packet| packet.unwrap().0.len()));
            assert_eq!(length.await, PACKET_BYTES_MAX, "{bytes}");
        }
    }

    #[tokio::test]
    async fn two_receive_at_the_same_port() {
        let first = Intake::open((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let same = first.socket().local_addr().unwrap();
        Intake::open(same).unwrap();
    }
}
