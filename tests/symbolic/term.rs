//! Terms: what is sent and kept, as expressions over names instead of bytes.
//!
//! Invariants
//! - Equal terms have one number, and a term's number is above those of its parts.
//! - A group element has one form: the exponents of a DH value are sorted.

use std::collections::BTreeMap;

/// A term's number.
pub(crate) type Id = usize;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    /// Something drawn at random, which nobody can guess.
    Name(String),
    /// Something that everybody knows: an id, a counter.
    Word(String),
    /// The public half of a key: of X25519, ML-KEM or Ed25519.
    Public(Id),
    /// What two X25519 keys agree on: each with its public half, the lower first.
    Dh(KeyPair, KeyPair),
    /// A KEM ciphertext: to this key, made with these random bytes.
    Encapsulated(KeyPair, Id),
    /// The secret that such a ciphertext carries: for whoever has the key, or the random bytes.
    Carried {
        key: KeyPair,
        random: Id,
        ciphertext: Id,
    },
    /// A hash or key derivation, by its purpose.
    Kdf(&'static str, Vec<Id>),
    /// A plaintext encrypted and authenticated under a key.
    Aead(Id, Id),
    /// A signature by a key over a text; the text is not in it.
    Signed(Id, Id),
    /// Several terms side by side.
    Tuple(Vec<Id>),
}

/// The two halves of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyPair {
    pub(crate) secret: Id,
    pub(crate) public: Id,
}

/// All terms that were made, each once.
#[derive(Default)]
pub(crate) struct Terms {
    list: Vec<Term>,
    ids: BTreeMap<Term, Id>,
}

impl Terms {
    pub(crate) fn make(&mut self, term: Term) -> Id {
        if let Some(id) = self.ids.get(&term) {
            return *id;
        }
        let id = self.list.len();
        self.ids.insert(term.clone(), id);
        self.list.push(term);
        id
    }

    pub(crate) fn name(&mut self, name: impl Into<String>) -> Id {
        self.make(Term::Name(name.into()))
    }

    pub(crate) fn public(&mut self, secret: Id) -> Id {
        self.make(Term::Public(secret))
    }

    pub(crate) fn word(&mut self, word: impl Into<String>) -> Id {
        self.make(Term::Word(word.into()))
    }

    fn pair(&mut self, secret: Id) -> KeyPair {
        let public = self.public(secret);
        KeyPair { secret, public }
    }

    pub(crate) fn dh(&mut self, one: Id, other: Id) -> Id {
        let (lower, higher) = (self.pair(one.min(other)), self.pair(one.max(other)));
        self.make(Term::Dh(lower, higher))
    }

    /// A KEM ciphertext and what it carries.
    pub(crate) fn encapsulate(&mut self, key: Id, random: Id) -> (Id, Id) {
        let key = self.pair(key);
        let ciphertext = self.make(Term::Encapsulated(key, random));
        let carried = self.make(Term::Carried {
            key,
            random,
            ciphertext,
        });
        (ciphertext, carried)
    }

    pub(crate) fn kdf(&mut self, purpose: &'static str, parts: &[Id]) -> Id {
        self.make(Term::Kdf(purpose, parts.to_vec()))
    }

    pub(crate) fn tuple(&mut self, parts: &[Id]) -> Id {
        self.make(Term::Tuple(parts.to_vec()))
    }

    pub(crate) fn term(&self, id: Id) -> &Term {
        &self.list[id]
    }

    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    /// These terms and all that they are made of, each once.
    pub(crate) fn within(&self, roots: impl IntoIterator<Item = Id>) -> Vec<Id> {
        let mut is_in = vec![false; self.list.len()];
        let mut found = Vec::new();
        let mut rest: Vec<Id> = roots.into_iter().collect();
        while let Some(id) = rest.pop() {
            if !std::mem::replace(&mut is_in[id], true) {
                found.push(id);
                self.parts(id, |part| rest.push(part));
            }
        }
        found
    }

    /// Calls `each` with every term that a term is directly made of.
    pub(crate) fn parts(&self, id: Id, each: impl FnMut(Id)) {
        match self.term(id) {
            Term::Name(_) | Term::Word(_) => {}
            Term::Public(secret) => [*secret].into_iter().for_each(each),
            Term::Dh(one, other) => {
                let halves = [one.secret, one.public, other.secret, other.public];
                halves.into_iter().for_each(each);
            }
            Term::Encapsulated(key, random) => {
                [key.secret, key.public, *random].into_iter().for_each(each);
            }
            Term::Carried {
                key,
                random,
                ciphertext,
            } => {
                let parts = [key.secret, key.public, *random, *ciphertext];
                parts.into_iter().for_each(each);
            }
            Term::Aead(one, other) | Term::Signed(one, other) => {
                [*one, *other].into_iter().for_each(each);
            }
            Term::Kdf(_, parts) | Term::Tuple(parts) => parts.iter().copied().for_each(each),
        }
    }
}
