//! Faults: why a dial led to nothing, told apart by what would help, and said in words for people.
//!
//! Invariants
//! - What libraries say, and through them others, is passed on only where no known fault fits, and never more than
//!   [`REASON_CHARACTERS_MAX`] of it.
//! - A reason names each host once, with what tells most of it, and at most [`REASON_HOSTS_MAX`] of them.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::error::Error;
use std::io;

use libp2p::Multiaddr;
use libp2p::core::transport::TransportError;
use libp2p::swarm::DialError;

use super::address;

/// Hosts that a reason names.
const REASON_HOSTS_MAX: usize = 4;
/// Longest reason.
const REASON_CHARACTERS_MAX: usize = 480;

/// What went wrong; of several addresses the one that tells most counts, which comes last here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DialFault {
    /// None of the others.
    Other,
    /// No address of it is known.
    NoAddress,
    /// This device has no way to where it was.
    NoWay,
    /// The relay through which it was reached led to nothing.
    NotAtRelay,
    /// Nothing answered where it was.
    NoAnswer,
    /// Nobody listens where it was.
    Refused,
    /// Another device answers where it was.
    Another,
}

/// A dial that led to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) fault: DialFault,
    /// In words for people.
    pub(super) reason: String,
}

impl Failure {
    pub(super) fn new(fault: DialFault, reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        let reason = reason.chars().take(REASON_CHARACTERS_MAX).collect();
        Self { fault, reason }
    }

    /// Of several addresses; what tells most comes first.
    fn of(mut missed: Vec<Missed>) -> Self {
        missed.sort_by_key(|one| Reverse(one.fault));
        let fault = missed.first().map_or(DialFault::Other, |one| one.fault);
        let mut seen = BTreeSet::new();
        missed.retain(|one| {
            let is_relay = one.fault == DialFault::NotAtRelay;
            seen.insert((is_relay, one.host.clone()))
        });
        missed.truncate(REASON_HOSTS_MAX);
        let alike = missed.chunk_by(|one, next| {
            one.fault == next.fault
                && (one.fault != DialFault::Other || one.otherwise == next.otherwise)
        });
        let reasons: Vec<String> = alike.map(said).collect();
        Self::new(fault, reasons.join("; "))
    }
}

impl From<&DialError> for Failure {
    fn from(error: &DialError) -> Self {
        match error {
            DialError::LocalPeerId { .. } => Self::new(DialFault::Other, "this is our own address"),
            DialError::NoAddresses => Self::new(DialFault::NoAddress, "no address of it is known"),
            DialError::DialPeerConditionFalse(_) => {
                Self::new(DialFault::Other, "already connected")
            }
            DialError::Aborted => Self::new(DialFault::Other, "given up"),
            DialError::WrongPeerId { address, .. } => Self::of(vec![Missed {
                fault: DialFault::Another,
                host: host(address),
                otherwise: String::new(),
            }]),
            DialError::Denied { cause } => Self::new(DialFault::Other, innermost(cause)),
            DialError::Transport(failures) => Self::of(failures.iter().map(missed).collect()),
        }
    }
}

/// An address that was dialled in vain.
#[derive(Debug)]
struct Missed {
    fault: DialFault,
    host: String,
    /// What is said where the fault is none of those that are known.
    otherwise: String,
}

fn missed((at, error): &(Multiaddr, TransportError<io::Error>)) -> Missed {
    let fault = match error {
        _ if address::is_circuit(at) => DialFault::NotAtRelay,
        TransportError::MultiaddrNotSupported(_) => DialFault::Other,
        TransportError::Other(error) => of(error),
    };
    let otherwise = match error {
        TransportError::MultiaddrNotSupported(_) => "not supported".to_owned(),
        TransportError::Other(error) => innermost(error),
    };
    Missed {
        fault,
        host: host(at),
        otherwise,
    }
}

/// Where an address is: its ports and protocols help nobody who reads what went wrong.
fn host(at: &Multiaddr) -> String {
    address::ip(at).map_or_else(|| address::display(at), |ip| ip.to_string())
}

/// What went wrong at hosts where it was the same.
fn said(alike: &[Missed]) -> String {
    let Some(Missed {
        fault, otherwise, ..
    }) = alike.first()
    else {
        return String::new();
    };
    let hosts: Vec<&str> = alike.iter().map(|one| one.host.as_str()).collect();
    let hosts = hosts.join(", ");
    match fault {
        DialFault::Other | DialFault::NoAddress => format!("{hosts}: {otherwise}"),
        DialFault::NoWay => format!("no way to {hosts}"),
        DialFault::NotAtRelay => format!("not reached through the relay at {hosts}"),
        DialFault::NoAnswer => format!("no answer from {hosts}"),
        DialFault::Refused => format!("nobody listens at {hosts}"),
        DialFault::Another => format!("another device answers at {hosts}"),
    }
}

/// What a transport's error comes to. Libraries wrap it in several layers, of which some have no name here: those
/// are told by what they say.
fn of(error: &io::Error) -> DialFault {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(layer) = next {
        next = layer.source();
        if let Some(io) = layer.downcast_ref::<io::Error>() {
            if let Some(fault) = of_kind(io.kind()) {
                return fault;
            }
            // What it holds is passed over by its source.
            if let Some(inner) = io.get_ref() {
                next = Some(inner);
            }
        }
    }
    let said = innermost(error).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["timed out", "timeout"]) {
        DialFault::NoAnswer
    } else if says(&["refused"]) {
        DialFault::Refused
    } else if says(&["unreachable"]) {
        DialFault::NoWay
    } else {
        DialFault::Other
    }
}

fn of_kind(kind: io::ErrorKind) -> Option<DialFault> {
    let kinds = [
        (io::ErrorKind::ConnectionRefused, DialFault::Refused),
        (io::ErrorKind::TimedOut, DialFault::NoAnswer),
        // On its own network, a machine that is off.
        (io::ErrorKind::HostUnreachable, DialFault::NoAnswer),
        (io::ErrorKind::NetworkUnreachable, DialFault::NoWay),
        (io::ErrorKind::NetworkDown, DialFault::NoWay),
        (io::ErrorKind::AddrNotAvailable, DialFault::NoWay),
        // An address that is of use on one interface, of which is not known which.
        (io::ErrorKind::InvalidInput, DialFault::NoWay),
    ];
    let mut kinds = kinds.into_iter();
    kinds.find(|(of, _)| *of == kind).map(|(_, fault)| fault)
}

/// The message at the bottom of a chain of wrappers, which says what went wrong.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(failures: Vec<(&str, io::Error)>) -> DialError {
        let failures = failures.into_iter();
        let failures =
            failures.map(|(at, error)| (at.parse().unwrap(), TransportError::Other(error)));
        DialError::Transport(failures.collect())
    }

    /// As libraries do it.
    fn wrapped(error: io::Error) -> io::Error {
        #[derive(Debug, thiserror::Error)]
        #[error("a wrapper")]
        struct Wrapper(#[source] io::Error);
        io::Error::other(Wrapper(io::Error::other(error)))
    }

    const AT: &str = "/ip4/10.0.0.9/tcp/1";
    const HOST: &str = "10.0.0.9";

    #[test]
    fn each_fault_is_told_apart_however_it_is_wrapped_and_said_in_plain_words() {
        use io::ErrorKind;
        for (kind, fault, said) in [
            (
                ErrorKind::ConnectionRefused,
                DialFault::Refused,
                "nobody listens at",
            ),
            (ErrorKind::TimedOut, DialFault::NoAnswer, "no answer from"),
            (
                ErrorKind::HostUnreachable,
                DialFault::NoAnswer,
                "no answer from",
            ),
            (ErrorKind::NetworkUnreachable, DialFault::NoWay, "no way to"),
            (ErrorKind::NetworkDown, DialFault::NoWay, "no way to"),
            (ErrorKind::AddrNotAvailable, DialFault::NoWay, "no way to"),
            (ErrorKind::InvalidInput, DialFault::NoWay, "no way to"),
        ] {
            for error in [io::Error::from(kind), wrapped(kind.into())] {
                let failure = Failure::from(&transport(vec![(AT, error)]));
                assert_eq!(failure, Failure::new(fault, format!("{said} {HOST}")));
            }
        }
        for (text, fault) in [
            ("Timeout has been reached", DialFault::NoAnswer),
            ("Handshake with the remote timed out.", DialFault::NoAnswer),
            ("Connection refused (os error 111)", DialFault::Refused),
            ("Network is unreachable", DialFault::NoWay),
        ] {
            let failure = Failure::from(&transport(vec![(AT, io::Error::other(text))]));
            assert_eq!(failure.fault, fault, "{text}");
        }
        let odd = Failure::from(&transport(vec![(AT, io::Error::other("odd"))]));
        assert_eq!(odd, Failure::new(DialFault::Other, format!("{HOST}: odd")));
    }

    #[test]
    fn of_several_addresses_what_tells_most_comes_first_and_each_host_is_named_once() {
        let error = transport(vec![
            (
                "/ip6/2001:db8::1/tcp/1",
                io::ErrorKind::NetworkUnreachable.into(),
            ),
            (AT, io::ErrorKind::ConnectionRefused.into()),
            ("/ip4/10.0.0.8/tcp/1", io::ErrorKind::TimedOut.into()),
            (
                "/ip4/10.0.0.7/tcp/1",
                io::ErrorKind::ConnectionRefused.into(),
            ),
            (
                "/ip4/10.0.0.9/udp/1/quic-v1",
                io::ErrorKind::TimedOut.into(),
            ),
        ]);
        let failure = Failure::from(&error);
        assert_eq!(failure.fault, DialFault::Refused);
        assert_eq!(
            failure.reason,
            "nobody listens at 10.0.0.9, 10.0.0.7; no answer from 10.0.0.8; no way to 2001:db8::1"
        );
    }

    #[test]
    fn what_goes_through_a_relay_is_the_relays_fault() {
        let relay = libp2p::identity::Keypair::ed25519_from_bytes([1; 32].as_mut()).unwrap();
        let relay = relay.public().to_peer_id();
        let at = format!("/ip4/9.9.9.9/tcp/1/p2p/{relay}/p2p-circuit");
        let error = transport(vec![(&at, io::Error::other("no reservation"))]);
        let failure = Failure::from(&error);
        assert_eq!(failure.fault, DialFault::NotAtRelay);
        assert_eq!(failure.reason, "not reached through the relay at 9.9.9.9");
    }

    #[test]
    fn who_is_not_who_was_dialled_and_who_is_nowhere_is_said_so() {
        let address: Multiaddr = AT.parse().unwrap();
        let peer = libp2p::PeerId::random();
        let failure = Failure::from(&DialError::WrongPeerId {
            obtained: peer,
            address,
        });
        assert_eq!(
            failure,
            Failure::new(
                DialFault::Another,
                format!("another device answers at {HOST}")
            )
        );
        let nowhere = Failure::from(&DialError::NoAddresses);
        assert_eq!(nowhere.fault, DialFault::NoAddress);
    }

    #[test]
    fn a_reason_names_as_many_hosts_as_it_may_and_not_one_more() {
        let named = |count: usize| {
            let failed = |port| {
                let address: Multiaddr = format!("/memory/{}", port + 1).parse().unwrap();
                (
                    address.clone(),
                    TransportError::MultiaddrNotSupported(address),
                )
            };
            let error = DialError::Transport((0..count).map(failed).collect());
            Failure::from(&error).reason.matches("/memory/").count()
        };
        assert_eq!(named(REASON_HOSTS_MAX), REASON_HOSTS_MAX);
        assert_eq!(named(REASON_HOSTS_MAX + 1), REASON_HOSTS_MAX);
    }

    #[test]
    fn a_reason_is_as_long_as_it_may_be_and_not_one_character_longer() {
        let said = |count| Failure::new(DialFault::Other, "é".repeat(count)).reason;
        let longest = "é".repeat(REASON_CHARACTERS_MAX);
        assert_eq!(said(REASON_CHARACTERS_MAX), longest);
        assert_eq!(said(REASON_CHARACTERS_MAX + 1), longest);
    }
}
