//! Faults: why a dial led to nothing, told apart by what would help, and said in words for people.
//!
//! Invariants
//! - What libraries say, and through them others, is passed on only where no known fault fits, and never more than
//!   [`REASON_CHARACTERS_MAX`] of it.
//! - A reason names at most [`REASON_ADDRESSES_MAX`] addresses.

use std::error::Error;
use std::io;

use libp2p::Multiaddr;
use libp2p::core::transport::TransportError;
use libp2p::swarm::DialError;

use super::address;

/// Failed addresses that a reason names.
const REASON_ADDRESSES_MAX: usize = 4;
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
            DialError::WrongPeerId { address, .. } => Self::new(
                DialFault::Another,
                said(DialFault::Another, address, String::new),
            ),
            DialError::Denied { cause } => Self::new(DialFault::Other, innermost(cause)),
            DialError::Transport(failures) => {
                let failures: Vec<_> = failures.iter().map(failure).collect();
                let fault = failures.iter().map(|(fault, _)| *fault).max();
                let told = failures.into_iter().map(|(_, told)| told);
                let told: Vec<String> = told.take(REASON_ADDRESSES_MAX).collect();
                Self::new(fault.unwrap_or(DialFault::Other), told.join("; "))
            }
        }
    }
}

/// What went wrong at one address, and how that is said.
fn failure((at, error): &(Multiaddr, TransportError<io::Error>)) -> (DialFault, String) {
    let fault = match error {
        _ if address::is_circuit(at) => DialFault::NotAtRelay,
        TransportError::MultiaddrNotSupported(_) => DialFault::Other,
        TransportError::Other(error) => of(error),
    };
    let told = said(fault, at, || match error {
        TransportError::MultiaddrNotSupported(_) => "not supported".to_owned(),
        TransportError::Other(error) => innermost(error),
    });
    (fault, told)
}

fn said(fault: DialFault, at: &Multiaddr, otherwise: impl FnOnce() -> String) -> String {
    let at = address::display(at);
    match fault {
        DialFault::Other | DialFault::NoAddress => format!("{at}: {}", otherwise()),
        DialFault::NoWay => format!("no way to {at}"),
        DialFault::NotAtRelay => format!("not reached through the relay at {at}"),
        DialFault::NoAnswer => format!("no answer from {at}"),
        DialFault::Refused => format!("nobody listens at {at}"),
        DialFault::Another => format!("another device answers at {at}"),
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
        ] {
            for error in [io::Error::from(kind), wrapped(kind.into())] {
                let failure = Failure::from(&transport(vec![(AT, error)]));
                assert_eq!(failure, Failure::new(fault, format!("{said} {AT}")));
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
        assert_eq!(odd, Failure::new(DialFault::Other, format!("{AT}: odd")));
    }

    #[test]
    fn of_several_addresses_the_one_that_tells_most_counts_and_all_are_named() {
        let error = transport(vec![
            (
                "/ip6/2001:db8::1/tcp/1",
                io::ErrorKind::NetworkUnreachable.into(),
            ),
            (AT, io::ErrorKind::ConnectionRefused.into()),
            ("/ip4/10.0.0.8/tcp/1", io::ErrorKind::TimedOut.into()),
        ]);
        let failure = Failure::from(&error);
        assert_eq!(failure.fault, DialFault::Refused);
        assert_eq!(
            failure.reason,
            "no way to /ip6/2001:db8::1/tcp/1; nobody listens at /ip4/10.0.0.9/tcp/1; \
             no answer from /ip4/10.0.0.8/tcp/1"
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
        assert!(failure.reason.contains(&at), "{failure:?}");
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
                format!("another device answers at {AT}")
            )
        );
        let nowhere = Failure::from(&DialError::NoAddresses);
        assert_eq!(nowhere.fault, DialFault::NoAddress);
    }

    #[test]
    fn a_reason_names_as_many_addresses_as_it_may_and_not_one_more() {
        let named = |count: usize| {
            let failed = |port| {
                let address: Multiaddr = format!("/memory/{}", port + 1).parse().unwrap();
                (
                    address.clone(),
                    TransportError::MultiaddrNotSupported(address),
                )
            };
            let error = DialError::Transport((0..count).map(failed).collect());
            Failure::from(&error).reason.split("; ").count()
        };
        assert_eq!(named(REASON_ADDRESSES_MAX), REASON_ADDRESSES_MAX);
        assert_eq!(named(REASON_ADDRESSES_MAX + 1), REASON_ADDRESSES_MAX);
    }

    #[test]
    fn a_reason_is_as_long_as_it_may_be_and_not_one_character_longer() {
        let said = |count| Failure::new(DialFault::Other, "é".repeat(count)).reason;
        let longest = "é".repeat(REASON_CHARACTERS_MAX);
        assert_eq!(said(REASON_CHARACTERS_MAX), longest);
        assert_eq!(said(REASON_CHARACTERS_MAX + 1), longest);
    }
}
