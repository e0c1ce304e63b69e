//! First messages under a static key whose secret their maker does not have, for tests: of a thief who has the
//! recipient's secret and so knows what the two agree on, or of who claims a key that adds nothing.

use super::*;

/// A static key, and what its owner and the recipient are said to agree on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claimed {
    pub(crate) public: [u8; KEY_BYTES],
    pub(crate) agreed: [u8; KEY_BYTES],
}

impl Claimed {
    /// One of small order: the recipient's secret adds nothing to it.
    pub(crate) const fn weak(public: [u8; KEY_BYTES]) -> Self {
        Self {
            public,
            agreed: [0; KEY_BYTES],
        }
    }

    /// Somebody's key, by a thief of the recipient's secret.
    pub(crate) fn stolen(public: [u8; KEY_BYTES], recipient: &AgreementSecret) -> Self {
        let agreed = *recipient.agree(&public).unwrap();
        Self { public, agreed }
    }

    /// What [`seal_xpsk0`] would seal for the owner of the key.
    pub(crate) fn seal_xpsk0(
        self,
        recipient: &[u8; KEY_BYTES],
        psk: &[u8; KEY_BYTES],
        prologue: &[u8],
        payload: &[u8],
        rng: &mut Rng,
    ) -> Vec<u8> {
        let builder = self.builder(XPSK0, recipient, prologue, rng);
        let mut state = builder.psk(0, psk).unwrap().build_initiator().unwrap();
        write(&mut state, payload).unwrap()
    }

    /// The first message of a session that the owner of the key would open.
    pub(in crate::session) fn open_session(
        self,
        responder: &[u8; KEY_BYTES],
        prologue: &[u8],
        payload: &[u8],
        rng: &mut Rng,
    ) -> Vec<u8> {
        let builder = self.builder(IKPSK2, responder, prologue, rng);
        write(&mut builder.build_initiator().unwrap(), payload).unwrap()
    }

    fn builder<'a>(
        self,
        pattern: &str,
        remote: &'a [u8; KEY_BYTES],
        prologue: &'a [u8],
        rng: &mut Rng,
    ) -> Builder<'a> {
        let forging = Forging {
            random: Cell::new(Some(Box::new(rng.fork()))),
            claimed: self,
        };
        let resolver = FallbackResolver::new(Box::new(forging), Box::new(DefaultResolver));
        Builder::with_resolver(pattern.parse().unwrap(), Box::new(resolver))
            .local_private_key(&NO_KEY)
            .and_then(|builder| builder.prologue(prologue))
            .and_then(|builder| builder.remote_public_key(remote))
            .unwrap()
    }
}

struct Forging {
    random: Cell<Option<Box<dyn Random>>>,
    claimed: Claimed,
}

impl CryptoResolver for Forging {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        self.random.take()
    }

    fn resolve_dh(&self, _: &DHChoice) -> Option<Box<dyn Dh>> {
        Some(Box::new(Forged {
            claimed: self.claimed,
            ephemeral: None,
        }))
    }

    fn resolve_hash(&self, _: &HashChoice) -> Option<Box<dyn Hash>> {
        None
    }

    fn resolve_cipher(&self, _: &CipherChoice) -> Option<Box<dyn Cipher>> {
        None
    }
}

/// The claimed key, until another is generated in its place: snow asks for one for either.
struct Forged {
    claimed: Claimed,
    ephemeral: Option<X25519>,
}

impl Dh for Forged {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        KEY_BYTES
    }

    fn priv_len(&self) -> usize {
        KEY_BYTES
    }

    fn set(&mut self, _: &[u8]) {}

    fn generate(&mut self, random: &mut dyn Random) -> Result<(), snow::Error> {
        self.ephemeral.insert(X25519::default()).generate(random)
    }

    fn pubkey(&self) -> &[u8] {
        let ephemeral = self.ephemeral.as_ref();
        ephemeral.map_or(&self.claimed.public[..], |key| key.pubkey())
    }

    fn privkey(&self) -> &[u8] {
        &NO_KEY
    }

    fn dh(&self, public: &[u8], shared: &mut [u8]) -> Result<(), snow::Error> {
        if let Some(ephemeral) = &self.ephemeral {
            return ephemeral.dh(public, shared);
        }
        shared[..KEY_BYTES].copy_from_slice(&self.claimed.agreed);
        Ok(())
    }
}
