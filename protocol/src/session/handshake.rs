//! The live handshake: IKpsk2, with the contact secret that both ends hold as its psk.
//!
//! Invariants
//! - A phase is a type, and leaving it consumes it: no message is read or written twice.
//! - The responder's caller learns who asks before anything is answered, and may stay silent.
//! - A first frame may be a replay: the initiator is there only once a transport message of theirs
//!   has opened.
//! - What is for another device takes as many agreements as what is for us.
//! - An id of all zeros means no contact secret, and a psk of all zeros.

use std::fmt;

use minicbor::{Decode, Encode};
use snow::HandshakeState;
use zeroize::Zeroizing;

use crate::domain::Domain;
use crate::id::SecretId;
use crate::identity::AgreementSecret;
use crate::identity::keys::KEY_BYTES;
use crate::rng::Rng;
use crate::session::SessionError;
use crate::session::hello::Hello;
use crate::session::noise::{self, IKPSK2, IKPSK2_LOCATION, Setup};
use crate::session::transport::Transport;
use crate::wire;
use crate::wire::limits::{CARD_BYTES_MAX, FRAME_BYTES_MAX};

/// Most contact secrets that an initiator lists.
pub const HELD_SECRETS_MAX: usize = 8;

pub(super) const PAYLOAD_BYTES_MAX: usize = CARD_BYTES_MAX + 256;
const NO_SECRET: SecretId = SecretId::new([0; SecretId::BYTES]);
const NO_PSK: [u8; KEY_BYTES] = [0; KEY_BYTES];

#[derive(Encode, Decode)]
#[cbor(map)]
struct Opening {
    #[n(0)]
    held: Vec<SecretId>,
    #[cbor(n(1), with = "minicbor::bytes")]
    card: Vec<u8>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Reply {
    #[n(0)]
    hello: Hello,
    #[n(1)]
    chosen: SecretId,
    #[cbor(n(2), with = "minicbor::bytes")]
    card: Vec<u8>,
}

/// What an initiator knows to share with the device that it asks.
#[derive(Debug, Clone, Default)]
pub struct HeldSecrets {
    /// The ids of the contact secrets, the newest first; those past [`HELD_SECRETS_MAX`] are left out.
    pub secrets: Vec<SecretId>,
    /// Whether the other side is known to hold one of them: a session without any is refused then.
    pub is_confirmed: bool,
}

/// A session that the side that asked has come to.
pub struct Finished {
    /// What carries it.
    pub transport: Transport,
    /// The contact secret that it rests on.
    pub secret: Option<SecretId>,
    /// The responder's card, as received.
    pub card: Vec<u8>,
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finished")
            .field("transport", &self.transport)
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

/// The side that asks, waiting for the reply.
pub struct Initiator {
    state: HandshakeState,
    hello: Hello,
    held: HeldSecrets,
}

impl Initiator {
    /// Starts a handshake with the device whose static key is `peer`.
    ///
    /// # Errors
    /// [`SessionError::WeakKey`] for a peer key of small order, [`SessionError::TooLarge`] for a
    /// card past [`CARD_BYTES_MAX`].
    pub fn start(
        own: &AgreementSecret,
        peer: &[u8; KEY_BYTES],
        hello: Hello,
        mut held: HeldSecrets,
        card: Vec<u8>,
        rng: &mut Rng,
    ) -> Result<(Self, Vec<u8>), SessionError> {
        check_card(&card)?;
        held.secrets.truncate(HELD_SECRETS_MAX);
        let mut state = Setup {
            pattern: IKPSK2,
            own,
            remote: Some(peer),
            psk: None,
            prologue: &prologue(hello),
        }
        .initiator(rng.fork());
        let opening = Opening {
            held: held.secrets.clone(),
            card,
        };
        let message = noise::write(&mut state, &wire::encode(&opening))?;
        let frame = [hello.to_bytes().as_slice(), &message].concat();
        Ok((Self { state, hello, held }, frame))
    }

    /// Reads the reply.
    ///
    /// # Errors
    /// [`SessionError`]; the handshake is over in any case.
    pub fn finish(
        mut self,
        frame: &[u8],
        lookup: impl FnOnce(SecretId) -> Option<Zeroizing<[u8; KEY_BYTES]>>,
    ) -> Result<Finished, SessionError> {
        check_frame(frame)?;
        let (hello, rest) = Hello::split(frame)?;
        let version = self.hello.agree(hello)?;
        let (chosen, message) = rest
            .split_first_chunk::<{ SecretId::BYTES }>()
            .ok_or(SessionError::Undecryptable)?;
        let chosen = SecretId::new(*chosen);
        let psk = if chosen == NO_SECRET && !self.held.is_confirmed {
            Zeroizing::new(NO_PSK)
        } else if self.held.secrets.contains(&chosen) {
            lookup(chosen).ok_or(SessionError::Secret)?
        } else {
            return Err(SessionError::Secret);
        };
        set_psk(&mut self.state, &psk)?;
        let payload = noise::read(&mut self.state, message)?;
        let reply: Reply = wire::decode(&payload, PAYLOAD_BYTES_MAX)?;
        if reply.hello != hello || reply.chosen != chosen {
            return Err(SessionError::Tampered);
        }
        check_card(&reply.card)?;
        Ok(Finished {
            transport: Transport::new(self.state, version)?,
            secret: (chosen != NO_SECRET).then_some(chosen),
            card: reply.card,
        })
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator")
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

/// The side that is asked, knowing who asks.
pub struct Responder {
    state: HandshakeState,
    hello: Hello,
    version: u16,
    remote: [u8; KEY_BYTES],
    held: Vec<SecretId>,
    card: Vec<u8>,
}

impl Responder {
    /// Reads the first frame. On [`SessionError::Version`] the caller may answer with the bytes of
    /// its own hello alone, from which the initiator learns the same.
    ///
    /// # Errors
    /// [`SessionError::Undecryptable`] for anything that is not a handshake for `own`,
    /// [`SessionError::Version`], [`SessionError::WeakKey`], [`SessionError::Malformed`].
    pub fn read(
        own: &AgreementSecret,
        hello: Hello,
        frame: &[u8],
        rng: &mut Rng,
    ) -> Result<Self, SessionError> {
        check_frame(frame)?;
        let (theirs, message) = Hello::split(frame)?;
        let version = hello.agree(theirs)?;
        let setup = Setup {
            pattern: IKPSK2,
            own,
            remote: None,
            psk: None,
            prologue: &prologue(theirs),
        };
        let mut state = setup.responder(rng.fork());
        let read = noise::read(&mut state, message);
        if read.is_err() && noise::remote_static(&state).is_err() {
            // Made for another device, it ended after the first of two agreements. The second is made in vain,
            // so that its maker waits for the silence as long as a stranger who knows our key.
            std::hint::black_box(own.agree(own.as_public()));
        }
        let payload = read?;
        let remote = noise::remote_static(&state)?;
        let opening: Opening = wire::decode(&payload, PAYLOAD_BYTES_MAX)?;
        if opening.held.len() > HELD_SECRETS_MAX {
            return Err(SessionError::TooManySecrets {
                held: opening.held.len(),
            });
        }
        check_card(&opening.card)?;
        Ok(Self {
            state,
            hello,
            version,
            remote,
            held: opening.held,
            card: opening.card,
        })
    }

    /// The initiator's static key, authenticated.
    #[must_use]
    pub fn remote_static(&self) -> &[u8; KEY_BYTES] {
        &self.remote
    }

    /// The contact secrets that the initiator holds, newest first.
    #[must_use]
    pub fn held(&self) -> &[SecretId] {
        &self.held
    }

    /// The initiator's card, as received.
    #[must_use]
    pub fn card(&self) -> &[u8] {
        &self.card
    }

    /// The version that both will speak.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// Answers with the contact secret to use, if both hold one: the reply, and the session.
    ///
    /// # Errors
    /// [`SessionError::Secret`] when the initiator does not hold it, [`SessionError::TooLarge`]
    /// for a card past [`CARD_BYTES_MAX`].
    pub fn finish(
        mut self,
        chosen: Option<(SecretId, &[u8; KEY_BYTES])>,
        card: Vec<u8>,
    ) -> Result<(Vec<u8>, Transport), SessionError> {
        check_card(&card)?;
        let (chosen, psk) = chosen.unwrap_or((NO_SECRET, &NO_PSK));
        if chosen != NO_SECRET && !self.held.contains(&chosen) {
            return Err(SessionError::Secret);
        }
        set_psk(&mut self.state, psk)?;
        let reply = Reply {
            hello: self.hello,
            chosen,
            card,
        };
        let message = noise::write(&mut self.state, &wire::encode(&reply))?;
        let hello = self.hello.to_bytes();
        let frame = [hello.as_slice(), chosen.as_bytes().as_slice(), &message].concat();
        Ok((frame, Transport::new(self.state, self.version)?))
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder")
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

/// The initiator's hello under this protocol's name, so that no other Noise handshake passes.
fn prologue(hello: Hello) -> Vec<u8> {
    [
        Domain::SessionPrologue.context().as_bytes(),
        hello.to_bytes().as_slice(),
    ]
    .concat()
}

fn set_psk(state: &mut HandshakeState, psk: &[u8; KEY_BYTES]) -> Result<(), SessionError> {
    state
        .set_psk(usize::from(IKPSK2_LOCATION), psk)
        .map_err(noise::failure)
}

fn check_frame(frame: &[u8]) -> Result<(), SessionError> {
    check_length(frame.len(), FRAME_BYTES_MAX)
}

fn check_card(card: &[u8]) -> Result<(), SessionError> {
    check_length(card.len(), CARD_BYTES_MAX)
}

fn check_length(bytes: usize, bytes_max: usize) -> Result<(), SessionError> {
    if bytes <= bytes_max {
        Ok(())
    } else {
        Err(SessionError::TooLarge { bytes, bytes_max })
    }
}
