//! The NAT Port Mapping Protocol (RFC 6886), for gateways that know nothing newer: what is asked, and what answers it.
//!
//! Invariants
//! - An answer names the port that was asked for, or is none. There is no nonce: who can write the gateway's address on
//!   a packet can answer.

use std::net::Ipv4Addr;
use std::num::NonZeroU16;
use std::time::Duration;

use super::{Port, take};

const VERSION: u8 = 0;
const ADDRESS: u8 = 0;
const MAP_UDP: u8 = 1;
const MAP_TCP: u8 = 2;
/// Set in the operation of what answers.
const ANSWER: u8 = 0x80;

/// Asks for the address of the gateway outside (section 3.2).
pub(super) const ADDRESS_REQUEST: [u8; 2] = [VERSION, ADDRESS];

/// Why the gateway does not do it (section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u16,
}

/// The address of the gateway outside; `None` if the datagram answers something else, or nothing.
pub(super) fn address(datagram: &[u8]) -> Option<Result<Ipv4Addr, Refusal>> {
    let rest = &mut &*datagram;
    if let Err(refusal) = success(rest, ADDRESS)? {
        return Some(Err(refusal));
    }
    let ip: [u8; 4] = take(rest)?;
    rest.is_empty().then_some(Ok(ip.into()))
}

/// What is asked for (section 3.3).
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub(super) port: Port,
    /// Zero takes the mapping away.
    pub(super) lifetime: Duration,
    /// The port at which we would like to be reached.
    pub(super) wish: u16,
}

impl Request {
    pub(super) fn to_bytes(self) -> [u8; 12] {
        let seconds = u32::try_from(self.lifetime.as_secs()).unwrap_or(u32::MAX);
        let [a, b, c, d] = seconds.to_be_bytes();
        let [e, f] = self.port.number.get().to_be_bytes();
        let [g, h] = self.wish.to_be_bytes();
        [VERSION, operation(self.port), 0, 0, e, f, g, h, a, b, c, d]
    }

    /// Reads at which port others are let in, and for how long; `None` if the datagram answers something else, or
    /// nothing.
    pub(super) fn answer(&self, datagram: &[u8]) -> Option<Result<(u16, Duration), Refusal>> {
        let rest = &mut &*datagram;
        if let Err(refusal) = success(rest, operation(self.port))? {
            return Some(Err(refusal));
        }
        let internal = u16::from_be_bytes(take(rest)?);
        let external = u16::from_be_bytes(take(rest)?);
        let seconds = u32::from_be_bytes(take(rest)?);
        let is_place = seconds == 0 || NonZeroU16::new(external).is_some();
        let is_ours = internal == self.port.number.get() && is_place && rest.is_empty();
        is_ours.then_some(Ok((external, Duration::from_secs(seconds.into()))))
    }
}

/// Takes off the start of an answer to `operation`; `None` if it is none.
fn success(rest: &mut &[u8], operation: u8) -> Option<Result<(), Refusal>> {
    let [version, of, high, low] = take(rest)?;
    let _epoch: [u8; 4] = take(rest)?;
    if (version, of) != (VERSION, operation | ANSWER) {
        return None;
    }
    match u16::from_be_bytes([high, low]) {
        0 => Some(Ok(())),
        code => Some(Err(Refusal { code })),
    }
}

const fn operation(port: Port) -> u8 {
    if port.is_udp { MAP_UDP } else { MAP_TCP }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(is_udp: bool) -> Request {
        Request {
            port: Port {
                is_udp,
                own: [192, 168, 1, 2].into(),
                number: NonZeroU16::new(4001).unwrap(),
            },
            lifetime: Duration::from_secs(3_600),
            wish: 4001,
        }
    }

    const GRANTED: [u8; 16] = [0, 129, 0, 0, 0, 0, 0, 9, 15, 161, 15, 162, 0, 0, 0, 120];

    #[test]
    fn a_request_is_written_as_the_standard_says() {
        for (is_udp, operation) in [(true, 1), (false, 2)] {
            let expected = [0, operation, 0, 0, 15, 161, 15, 161, 0, 0, 14, 16];
            assert_eq!(request(is_udp).to_bytes(), expected);
        }
    }

    #[test]
    fn what_a_gateway_says_is_read() {
        let told = address(&[0, 128, 0, 0, 0, 0, 0, 9, 45, 0, 2, 1]);
        assert_eq!(told, Some(Ok([45, 0, 2, 1].into())));
        let granted = request(true).answer(&GRANTED);
        assert_eq!(granted, Some(Ok((4002, Duration::from_secs(120)))));
        let refused = [0, 129, 0, 2, 0, 0, 0, 9];
        let refused = request(true).answer(&refused);
        assert_eq!(refused, Some(Err(Refusal { code: 2 })));
    }

    #[test]
    fn what_answers_another_request_answers_nothing() {
        assert_eq!(request(false).answer(&GRANTED), None);
        // The version, the operation, our port, theirs.
        for (place, bits) in [(0, 2), (1, 128), (8, 1), (9, 1)] {
            let mut wrong = GRANTED;
            wrong[place] ^= bits;
            assert_eq!(request(true).answer(&wrong), None, "{place}");
        }
        let mut nowhere = GRANTED;
        nowhere[10..12].fill(0);
        assert_eq!(request(true).answer(&nowhere), None, "there is no port 0");
        let more = [&GRANTED[..], &[0]].concat();
        assert_eq!(request(true).answer(&more), None);
        for length in 0..GRANTED.len() {
            assert_eq!(request(true).answer(&GRANTED[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes: Vec<u8>) {
            let _ = (address(&bytes), request(true).answer(&bytes));
        }
    }
}
