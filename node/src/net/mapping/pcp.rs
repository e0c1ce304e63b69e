//! The Port Control Protocol as far as we speak it (RFC 6887): a MAP request, and what answers it.
//!
//! Invariants
//! - What is no answer to exactly this request, by its nonce and port, is none at all.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

use super::{Port, take};

/// The longest message (section 7).
pub(super) const ANSWER_BYTES_MAX: usize = 1_100;
const REQUEST_BYTES: usize = 60;
const VERSION: u8 = 2;
const MAP: u8 = 1;
/// Set in the operation of what answers.
const ANSWER: u8 = 0x80;
const SUCCESS: u8 = 0;
/// IANA's numbers of protocols.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Tells our requests from everybody else's (section 11.1).
pub(super) type Nonce = [u8; 12];

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub(super) port: Port,
    pub(super) nonce: Nonce,
    /// Zero takes the mapping away.
    pub(super) lifetime: Duration,
    /// Where we would like to be reached.
    pub(super) wish: SocketAddr,
}

/// What the gateway says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// For so long, others are let in there; after no time at all, nobody is.
    Granted {
        external: SocketAddr,
        lifetime: Duration,
    },
    /// No, for a reason of section 7.4.
    Refused { code: u8 },
    /// It speaks something else.
    OtherVersion,
}

impl Request {
    pub(super) fn to_bytes(self) -> [u8; REQUEST_BYTES] {
        let seconds = u32::try_from(self.lifetime.as_secs()).unwrap_or(u32::MAX);
        let fields: [&[u8]; 8] = [
            &[VERSION, MAP, 0, 0],
            &seconds.to_be_bytes(),
            &wide(self.port.own).octets(),
            &self.nonce,
            &[protocol(self.port), 0, 0, 0],
            &self.port.number.get().to_be_bytes(),
            &self.wish.port().to_be_bytes(),
            &wide(self.wish.ip()).octets(),
        ];
        let mut bytes = [0; REQUEST_BYTES];
        for (to, from) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
            *to = *from;
        }
        bytes
    }

    /// Reads a datagram of the gateway's; `None` if it answers something else, or nothing.
    pub(super) fn answer(&self, datagram: &[u8]) -> Option<Answer> {
        if datagram.len() > ANSWER_BYTES_MAX {
            return None;
        }
        let rest = &mut &*datagram;
        let [version, operation, _, code] = take(rest)?;
        if operation & ANSWER == 0 {
            return None;
        }
        if version != VERSION {
            return Some(Answer::OtherVersion);
        }
        let seconds = u32::from_be_bytes(take(rest)?);
        let _epoch_and_reserved: [u8; 16] = take(rest)?;
        let nonce: Nonce = take(rest)?;
        let [protocol_of, _, _, _] = take(rest)?;
        let internal = u16::from_be_bytes(take(rest)?);
        let external = u16::from_be_bytes(take(rest)?);
        let ip = Ipv6Addr::from(take::<16>(rest)?).to_canonical();
        let ours = (MAP | ANSWER, self.nonce, protocol(self.port));
        if (operation, nonce, protocol_of) != ours || internal != self.port.number.get() {
            return None;
        }
        if code != SUCCESS {
            return Some(Answer::Refused { code });
        }
        let is_place = seconds == 0 || NonZeroU16::new(external).is_some();
        is_place.then_some(Answer::Granted {
            external: SocketAddr::new(ip, external),
            lifetime: Duration::from_secs(seconds.into()),
        })
    }
}

/// An address as PCP writes it (section 5).
fn wide(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

const fn protocol(port: Port) -> u8 {
    if port.is_udp { UDP } else { TCP }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request() -> Request {
        Request {
            port: Port {
                is_udp: true,
                own: [192, 168, 1, 2].into(),
                number: NonZeroU16::new(4001).unwrap(),
            },
            nonce: *b"twelve bytes",
            lifetime: Duration::from_secs(3_600),
            wish: ([0, 0, 0, 0], 4001).into(),
        }
    }

    /// What a gateway answers to a request.
    pub(in crate::net::mapping) fn granted(
        request: &[u8],
        external: SocketAddr,
        seconds: u32,
    ) -> Vec<u8> {
        let mut answer = request.to_vec();
        answer[1] |= ANSWER;
        answer[4..8].copy_from_slice(&seconds.to_be_bytes());
        answer[8..24].fill(7);
        answer[42..44].copy_from_slice(&external.port().to_be_bytes());
        answer[44..60].copy_from_slice(&wide(external.ip()).octets());
        answer
    }

    #[test]
    fn a_request_is_written_as_the_standard_says() {
        let bytes = request().to_bytes();
        let expected = [
            &[2, 1, 0, 0, 0, 0, 14, 16][..],
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 168, 1, 2],
            b"twelve bytes",
            &[17, 0, 0, 0, 15, 161, 15, 161],
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0],
        ];
        assert_eq!(bytes.as_slice(), expected.concat());
        let tcp = Request {
            port: Port {
                is_udp: false,
                ..request().port
            },
            ..request()
        };
        assert_eq!(tcp.to_bytes()[36], 6);
    }

    #[test]
    fn what_a_gateway_grants_is_read() {
        let request = request();
        let external = ([45, 0, 2, 1], 4002).into();
        let answer = granted(&request.to_bytes(), external, 120);
        let lifetime = Duration::from_secs(120);
        let expected = Some(Answer::Granted { external, lifetime });
        assert_eq!(request.answer(&answer), expected);
        let wide = "[2620:fe::1]:4001".parse().unwrap();
        let answer = granted(&request.to_bytes(), wide, 120);
        assert!(
            matches!(request.answer(&answer), Some(Answer::Granted { external, .. }) if external == wide)
        );
    }

    #[test]
    fn what_answers_another_request_answers_nothing() {
        let request = request();
        let right = granted(&request.to_bytes(), ([45, 0, 2, 1], 4002).into(), 120);
        // The operation, the nonce, the protocol, our port.
        for place in [1, 24, 35, 36, 40, 41] {
            let mut wrong = right.clone();
            wrong[place] ^= 0x40;
            assert_eq!(request.answer(&wrong), None, "{place}");
        }
        let mut asked = right.clone();
        asked[1] = MAP;
        assert_eq!(request.answer(&asked), None, "a request is no answer");
        let nowhere = granted(&request.to_bytes(), ([45, 0, 2, 1], 0).into(), 120);
        assert_eq!(request.answer(&nowhere), None, "there is no port 0");
        let gone = granted(&request.to_bytes(), ([0, 0, 0, 0], 0).into(), 0);
        assert!(request.answer(&gone).is_some(), "it was taken away");
    }

    #[test]
    fn a_refusal_and_another_version_are_told_apart() {
        let request = request();
        let mut refused = granted(&request.to_bytes(), ([0, 0, 0, 0], 0).into(), 30);
        refused[3] = 2;
        let answer = request.answer(&refused);
        assert_eq!(answer, Some(Answer::Refused { code: 2 }));
        let of_nat_pmp = [0, 0x81, 0, 1, 0, 0, 0, 9];
        assert_eq!(request.answer(&of_nat_pmp), Some(Answer::OtherVersion));
    }

    #[test]
    fn an_answer_may_be_as_long_as_the_standard_says_and_not_one_byte_longer() {
        let request = request();
        let mut answer = granted(&request.to_bytes(), ([45, 0, 2, 1], 4002).into(), 120);
        for length in 0..answer.len() {
            let cut = request.answer(&answer[..length]);
            assert_eq!(cut, None, "{length}");
        }
        answer.resize(ANSWER_BYTES_MAX, 0);
        assert!(request.answer(&answer).is_some());
        answer.push(0);
        assert_eq!(request.answer(&answer), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes: Vec<u8>) {
            let _ = request().answer(&bytes);
        }
    }
}
