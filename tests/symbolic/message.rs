//! Messages: the envelopes of the protocol as terms, built from the parts that the code builds them from.

use crate::term::{Id, Term, Terms};
use crate::weakness::Weakness;

/// What one device seals a letter or an answer with.
#[derive(Clone, Copy)]
pub(crate) struct Seal {
    pub(crate) tag: Id,
    /// Drawn for this envelope and erased at once.
    pub(crate) ephemeral: Id,
    pub(crate) kem_random: Id,
    /// Secret half of the ratchet key, or of the bundle's X25519 key.
    pub(crate) key: Id,
    pub(crate) kem_key: Id,
    /// What the two share: a contact secret, or in an answer the joiner's share.
    pub(crate) shared: Id,
    pub(crate) sender_static: Id,
    pub(crate) sender_signing: Id,
}

impl Seal {
    /// The envelope: suite 1.
    pub(crate) fn envelope(self, terms: &mut Terms, payload: Id, weak: Option<Weakness>) -> Id {
        let kem_public = terms.public(self.kem_key);
        let (ciphertext, carried) = terms.encapsulate(self.kem_key, self.kem_random);
        let mut psk = vec![ciphertext, kem_public, self.shared];
        if weak != Some(Weakness::PskWithoutKem) {
            psk.push(carried);
        }
        let psk = terms.kdf("seal psk", &psk);
        let xpsk0 = Xpsk0 {
            ephemeral: self.ephemeral,
            key: self.key,
            sender_static: self.sender_static,
            sender_signing: self.sender_signing,
        };
        let prologue = terms.kdf("seal prologue", &[self.tag, ciphertext]);
        let message = xpsk0.message(terms, psk, prologue, payload, weak);
        terms.tuple(&[self.tag, ciphertext, message])
    }
}

/// One message of `Xpsk0`: tokens psk, e, es, s, ss.
#[derive(Clone, Copy)]
pub(crate) struct Xpsk0 {
    pub(crate) ephemeral: Id,
    pub(crate) key: Id,
    pub(crate) sender_static: Id,
    pub(crate) sender_signing: Id,
}

impl Xpsk0 {
    pub(crate) fn message(
        self,
        terms: &mut Terms,
        psk: Id,
        prologue: Id,
        payload: Id,
        weak: Option<Weakness>,
    ) -> Id {
        let ephemeral = terms.public(self.ephemeral);
        let es = terms.dh(self.ephemeral, self.key);
        let after_es = terms.kdf("noise", &[prologue, psk, ephemeral, es]);
        let sender = terms.public(self.sender_static);
        let s = terms.make(Term::Aead(after_es, sender));
        let ss = terms.dh(self.sender_static, self.key);
        let after_ss = terms.kdf("noise", &[after_es, ss]);
        let signed_text = terms.tuple(&[prologue, sender, payload]);
        let inside = signed(terms, self.sender_signing, signed_text, payload, weak);
        let sealed = terms.make(Term::Aead(after_ss, inside));
        terms.tuple(&[ephemeral, s, sealed])
    }
}

/// A payload beside its sender's signature.
fn signed(terms: &mut Terms, key: Id, text: Id, payload: Id, weak: Option<Weakness>) -> Id {
    if weak == Some(Weakness::NoSignature) {
        return payload;
    }
    let signature = terms.make(Term::Signed(key, text));
    terms.tuple(&[signature, payload])
}

/// The key of a chain at an index.
pub(crate) fn chain_key(terms: &mut Terms, chain: usize, index: u64, weak: Option<Weakness>) -> Id {
    let mut key = terms.name(format!("chain {chain}"));
    if weak != Some(Weakness::ChainWithoutStep) {
        for _ in 0..index {
            key = terms.kdf("chain next", &[key]);
        }
    }
    key
}

/// From which the key of one message comes, with its salt.
pub(crate) fn chain_seed(
    terms: &mut Terms,
    chain: usize,
    index: u64,
    weak: Option<Weakness>,
) -> Id {
    let key = chain_key(terms, chain, index, weak);
    terms.kdf("chain message seed", &[key])
}

/// An envelope of a sender chain: suite 3.
pub(crate) fn chain_envelope(
    terms: &mut Terms,
    (chain, index): (usize, u64),
    (salt, signing): (Id, Id),
    text: Id,
    weak: Option<Weakness>,
) -> Id {
    let tag = chain_tag(terms, chain, index);
    let seed = chain_seed(terms, chain, index, weak);
    let key = terms.kdf("chain message key", &[seed, salt]);
    let context = terms.kdf("chain context", &[tag, salt]);
    let signed_text = terms.tuple(&[context, text]);
    let inside = signed(terms, signing, signed_text, text, weak);
    let message = terms.make(Term::Aead(key, inside));
    terms.tuple(&[tag, salt, message])
}

fn chain_tag(terms: &mut Terms, chain: usize, index: u64) -> Id {
    let tag_key = chain_tag_key(terms, chain);
    // Owner and id are in it as well, which are no secrets.
    let place = terms.word(format!("owner and id of chain {chain}"));
    let key = terms.kdf("tag key", &[tag_key, place]);
    let index = terms.word(format!("index {index}"));
    terms.kdf("tag", &[key, index])
}

/// The key of a chain's tags.
pub(crate) fn chain_tag_key(terms: &mut Terms, chain: usize) -> Id {
    terms.name(format!("tag key of chain {chain}"))
}
