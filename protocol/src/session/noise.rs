//! Noise: the two patterns in use, built on snow with this crate's generator and X25519.
//!
//! Invariants
//! - Every agreement is contributory (snow's own X25519 accepts all-zero results).
//! - The cipher and hash are snow's defaults.

use std::cell::Cell;
use std::fmt;

use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::{CryptoResolver, DefaultResolver, FallbackResolver};
use snow::types::{Cipher, Dh, Hash, Random};
use snow::{Builder, HandshakeState};
use zeroize::Zeroizing;

use crate::identity::AgreementSecret;
use crate::identity::keys::KEY_BYTES;
use crate::rng::Rng;
use crate::session::SessionError;
use crate::wire::limits::FRAME_BYTES_MAX;

/// One way: sender and psk authenticated, recipient known.
pub(super) const XPSK0: &str = "Noise_Xpsk0_25519_ChaChaPoly_BLAKE2s";
/// Live: both authenticated, the psk chosen by the responder.
pub(super) const IKPSK2: &str = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
/// Where [`IKPSK2`] mixes its psk.
pub(super) const IKPSK2_LOCATION: u8 = 2;

const TAG_BYTES: usize = 16;
/// What a one-way message is longer than its payload: ephemeral, encrypted static, tag.
pub const XPSK0_OVERHEAD_BYTES: usize = KEY_BYTES + KEY_BYTES + TAG_BYTES + TAG_BYTES;
/// No handshake message of either pattern adds more than this.
const HANDSHAKE_OVERHEAD_BYTES: usize = XPSK0_OVERHEAD_BYTES;

/// Seals `payload` one way, to whoever has the secret of `recipient` and knows `psk`.
///
/// # Errors
/// [`SessionError::WeakKey`] for a recipient key of small order, [`SessionError::TooLarge`].
pub fn seal_xpsk0(
    sender_static: &AgreementSecret,
    recipient: &[u8; KEY_BYTES],
    psk: &[u8; KEY_BYTES],
    prologue: &[u8],
    payload: &[u8],
    rng: &mut Rng,
) -> Result<Vec<u8>, SessionError> {
    let mut state = Setup {
        pattern: XPSK0,
        own: sender_static,
        remote: Some(recipient),
        psk: Some((0, psk)),
        prologue,
    }
    .initiator(rng.fork());
    write(&mut state, payload)
}

/// Opens what [`seal_xpsk0`] sealed: the sender's static key, and the payload.
///
/// # Errors
/// [`SessionError::Undecryptable`] when key, psk, prologue or message is not the sealed one,
/// [`SessionError::WeakKey`] when the sender used a key of small order.
pub fn open_xpsk0(
    recipient: &AgreementSecret,
    psk: &[u8; KEY_BYTES],
    prologue: &[u8],
    message: &[u8],
) -> Result<([u8; KEY_BYTES], Zeroizing<Vec<u8>>), SessionError> {
    let setup = Setup {
        pattern: XPSK0,
        own: recipient,
        remote: None,
        psk: Some((0, psk)),
        prologue,
    };
    let mut state = setup.responder(NoRandomness);
    let payload = read(&mut state, message)?;
    Ok((remote_static(&state)?, payload))
}

/// What both ends of a handshake start from.
pub(super) struct Setup<'a> {
    pub(super) pattern: &'static str,
    pub(super) own: &'a AgreementSecret,
    pub(super) remote: Option<&'a [u8; KEY_BYTES]>,
    pub(super) psk: Option<(u8, &'a [u8; KEY_BYTES])>,
    pub(super) prologue: &'a [u8],
}

impl Setup<'_> {
    pub(super) fn initiator(self, random: impl Random + 'static) -> HandshakeState {
        self.build(Box::new(random), |builder| builder.build_initiator())
    }

    pub(super) fn responder(self, random: impl Random + 'static) -> HandshakeState {
        self.build(Box::new(random), |builder| builder.build_responder())
    }

    #[expect(
        clippy::expect_used,
        reason = "the patterns are constants and each gets its keys"
    )]
    fn build(
        self,
        random: Box<dyn Random>,
        role: fn(Builder<'_>) -> Result<HandshakeState, snow::Error>,
    ) -> HandshakeState {
        let resolver = FallbackResolver::new(
            Box::new(Resolver {
                random: Cell::new(Some(random)),
                own: self.own.clone(),
            }),
            Box::new(DefaultResolver),
        );
        let parameters = self.pattern.parse().expect("a pattern that snow knows");
        let mut builder = Builder::with_resolver(parameters, Box::new(resolver))
            .local_private_key(self.own.as_bytes())
            .and_then(|builder| builder.prologue(self.prologue))
            .expect("set once");
        if let Some(remote) = self.remote {
            builder = builder.remote_public_key(remote).expect("set once");
        }
        if let Some((location, psk)) = self.psk {
            builder = builder
                .psk(location, psk)
                .expect("set once, within the pattern");
        }
        role(builder).expect("a pattern with all its keys")
    }
}

/// Writes the next handshake message.
pub(super) fn write(state: &mut HandshakeState, payload: &[u8]) -> Result<Vec<u8>, SessionError> {
    let bytes_max = FRAME_BYTES_MAX.saturating_sub(HANDSHAKE_OVERHEAD_BYTES);
    if payload.len() > bytes_max {
        return Err(SessionError::TooLarge {
            bytes: payload.len(),
            bytes_max,
        });
    }
    let mut message = vec![0; payload.len().saturating_add(HANDSHAKE_OVERHEAD_BYTES)];
    let length = state
        .write_message(payload, &mut message)
        .map_err(failure)?;
    message.truncate(length);
    Ok(message)
}

/// Reads the next handshake message's payload.
pub(super) fn read(
    state: &mut HandshakeState,
    message: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SessionError> {
    let mut payload = Zeroizing::new(vec![0; message.len()]);
    let length = state.read_message(message, &mut payload).map_err(failure)?;
    payload.truncate(length);
    Ok(payload)
}

/// The other side's static key, once a message has told it.
pub(super) fn remote_static(state: &HandshakeState) -> Result<[u8; KEY_BYTES], SessionError> {
    state
        .get_remote_static()
        .and_then(|key| key.try_into().ok())
        .ok_or(SessionError::Undecryptable)
}

/// What snow's refusal means here.
pub(super) fn failure(error: snow::Error) -> SessionError {
    if error == snow::Error::Dh {
        SessionError::WeakKey
    } else {
        SessionError::Undecryptable
    }
}

/// Supplies randomness and X25519; the rest falls back to snow's defaults.
struct Resolver {
    random: Cell<Option<Box<dyn Random>>>,
    own: AgreementSecret,
}

impl CryptoResolver for Resolver {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        // Never the operating system's: a second request is refused rather than falling back.
        Some(self.random.take().unwrap_or_else(|| Box::new(NoRandomness)))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        let x25519: Box<dyn Dh> = Box::new(X25519 {
            secret: None,
            own: Some(self.own.clone()),
        });
        (*choice == DHChoice::Curve25519).then_some(x25519)
    }

    fn resolve_hash(&self, _: &HashChoice) -> Option<Box<dyn Hash>> {
        None
    }

    fn resolve_cipher(&self, _: &CipherChoice) -> Option<Box<dyn Cipher>> {
        None
    }
}

impl Random for Rng {
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), snow::Error> {
        self.fill(bytes);
        Ok(())
    }
}

/// For a side that never needs any.
struct NoRandomness;

impl Random for NoRandomness {
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), snow::Error> {
        Err(snow::Error::Rng)
    }
}

/// X25519 that refuses agreements the other side adds nothing to, and erases its secret.
#[derive(Default)]
struct X25519 {
    secret: Option<AgreementSecret>,
    /// The key that the handshake begins with, so that its public half need not be found again.
    own: Option<AgreementSecret>,
}

impl X25519 {
    fn replace(&mut self, secret: &[u8; KEY_BYTES]) {
        let own = self.own.take_if(|own| own.as_bytes() == secret);
        self.secret = Some(own.unwrap_or_else(|| AgreementSecret::from_bytes(secret)));
    }
}

impl fmt::Debug for X25519 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("X25519(..)")
    }
}

/// Of a side that has no key yet.
const NO_KEY: [u8; KEY_BYTES] = [0; KEY_BYTES];

impl Dh for X25519 {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        KEY_BYTES
    }

    fn priv_len(&self) -> usize {
        KEY_BYTES
    }

    #[expect(
        clippy::expect_used,
        reason = "the builder is given 32-byte arrays alone"
    )]
    fn set(&mut self, secret: &[u8]) {
        self.replace(secret.try_into().expect("32 bytes of secret key"));
    }

    fn generate(&mut self, random: &mut dyn Random) -> Result<(), snow::Error> {
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        random.try_fill_bytes(secret.as_mut())?;
        self.replace(&secret);
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        let secret = self.secret.as_ref();
        secret.map_or(&NO_KEY[..], |secret| secret.as_public())
    }

    fn privkey(&self) -> &[u8] {
        let secret = self.secret.as_ref();
        secret.map_or(&NO_KEY[..], |secret| secret.as_bytes())
    }

    fn dh(&self, public: &[u8], shared: &mut [u8]) -> Result<(), snow::Error> {
        // snow passes buffers as long as the longest key it knows.
        let public = public.first_chunk::<KEY_BYTES>().ok_or(snow::Error::Dh)?;
        let shared = shared
            .first_chunk_mut::<KEY_BYTES>()
            .ok_or(snow::Error::Dh)?;
        let secret = self.secret.as_ref().ok_or(snow::Error::Dh)?;
        let agreed = secret.agree(public).ok_or(snow::Error::Dh)?;
        shared.copy_from_slice(agreed.as_ref());
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod forged;
#[cfg(test)]
mod published;
#[cfg(test)]
mod tests;
