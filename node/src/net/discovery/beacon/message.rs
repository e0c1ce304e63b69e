//! What a beacon says: a node's transport id, and the ports at which it listens.
//!
//! ```text
//!   0        7         8       9              41          43           45
//!   "tidings" version 1 flags  transport id   TCP port    QUIC port          big endian
//! ```
//!
//! Invariants
//! - There is no address in it: what it says is of where its packet came from.
//! - Whatever else comes, however long, is no beacon.

use tidings_protocol::id::TransportId;

/// What all beacons begin with.
const MAGIC: &[u8; 7] = b"tidings";
/// The one version that there is.
const VERSION: u8 = 1;
/// Whoever hears it is asked to tell of themselves, too. Other flags are for later versions.
const ASKS: u8 = 1;
/// Bytes of a beacon.
pub(super) const MESSAGE_BYTES: usize = 45;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) peer: TransportId,
    /// Whether the sender has only come, and knows nobody yet.
    pub(super) asks: bool,
    /// 0: it does not listen there.
    pub(super) tcp: u16,
    /// 0: it does not listen there.
    pub(super) quic: u16,
}

impl Message {
    pub(super) fn to_bytes(self) -> [u8; MESSAGE_BYTES] {
        let mut bytes = [0; MESSAGE_BYTES];
        let flags = if self.asks { ASKS } else { 0 };
        let parts = MAGIC.iter().chain([&VERSION, &flags]);
        let ports = [self.tcp.to_be_bytes(), self.quic.to_be_bytes()];
        let parts = parts
            .chain(self.peer.as_bytes())
            .chain(ports.as_flattened());
        for (byte, part) in bytes.iter_mut().zip(parts) {
            *byte = *part;
        }
        bytes
    }

    /// The beacon in a packet; `None` if it is none that this version knows.
    pub(super) fn read(packet: &[u8]) -> Option<Self> {
        let rest = packet.strip_prefix(MAGIC)?.strip_prefix(&[VERSION])?;
        let (flags, rest) = rest.split_first()?;
        let (peer, rest) = rest.split_first_chunk::<32>()?;
        let (tcp, rest) = rest.split_first_chunk()?;
        let (quic, rest) = rest.split_first_chunk()?;
        rest.is_empty().then_some(Self {
            peer: TransportId::new(*peer),
            asks: flags & ASKS != 0,
            tcp: u16::from_be_bytes(*tcp),
            quic: u16::from_be_bytes(*quic),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_message() -> impl Strategy<Value = Message> {
        any::<([u8; 32], bool, u16, u16)>().prop_map(|(peer, asks, tcp, quic)| Message {
            peer: TransportId::new(peer),
            asks,
            tcp,
            quic,
        })
    }

    proptest! {
        #[test]
        fn a_beacon_is_read_as_it_was_written(message in any_message()) {
            prop_assert_eq!(Message::read(&message.to_bytes()), Some(message));
        }

        #[test]
        fn any_packet_is_a_beacon_or_none(packet: Vec<u8>, message in any_message(), length in 0..MESSAGE_BYTES) {
            if let Some(read) = Message::read(&packet) {
                prop_assert_eq!(read.to_bytes().len(), packet.len());
            }
            let whole = message.to_bytes();
            prop_assert_eq!(Message::read(&whole[..length]), None);
            prop_assert_eq!(Message::read(&[&whole[..], &[0]].concat()), None);
        }
    }

    #[test]
    fn the_bytes_are_those_that_others_expect() {
        let message = Message {
            peer: TransportId::new([0xab; 32]),
            asks: true,
            tcp: 0x1234,
            quic: 0x5678,
        };
        let expected = [
            &b"tidings\x01\x01"[..],
            &[0xab; 32],
            &[0x12, 0x34, 0x56, 0x78],
        ];
        assert_eq!(message.to_bytes()[..], expected.concat());
    }

    #[test]
    fn another_version_is_none_and_flags_of_later_ones_are_passed_over() {
        let message = Message {
            peer: TransportId::new([1; 32]),
            asks: false,
            tcp: 1,
            quic: 2,
        };
        let mut bytes = message.to_bytes();
        bytes[8] = 0xfe;
        assert_eq!(Message::read(&bytes), Some(message));
        bytes[7] = 2;
        assert_eq!(Message::read(&bytes), None);
    }
}
