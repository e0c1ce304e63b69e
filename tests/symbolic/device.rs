//! Devices: the real state of each, kept as the bytes that its store would get, and what these hold.

use std::collections::BTreeMap;
use std::rc::Rc;

use tidings_protocol::identity::{AgreementSecret, OwnIdentity};
use tidings_protocol::pair::Pair;
use tidings_protocol::rng::Rng;
use tidings_protocol::time::WallTime;

use crate::message::{chain_key, chain_seed, chain_tag_key};
use crate::stored::Stored;
use crate::term::{Id, Terms};
use crate::weakness::Weakness;

pub(crate) const NAMES: [&str; 4] = ["Ann", "Ben", "Cleo", "Dora"];
pub(crate) const START: WallTime = WallTime::from_millis(1_700_000_000_000);

/// A device's keys as they are after it ran at certain times, and the secrets among them.
pub(crate) struct Identity {
    pub(crate) own: OwnIdentity,
    pub(crate) held: Vec<Id>,
}

/// The long-term keys and bundles of a device, as terms.
pub(crate) fn key(terms: &mut Terms, device: usize, what: &str) -> Id {
    terms.name(format!("{}'s {what}", NAMES[device]))
}

pub(crate) fn bundle_key(terms: &mut Terms, device: usize, number: u64, what: &str) -> Id {
    key(terms, device, &format!("bundle {number} {what}"))
}

impl Identity {
    pub(crate) fn create(terms: &mut Terms, device: usize) -> Self {
        let seed = u8::try_from(device).unwrap();
        let mut rng = Rng::from_seed(&[0xa0 | seed; 32]);
        let own = OwnIdentity::create(NAMES[device], "laptop", START, &mut rng);
        Self::new(terms, device, own.unwrap().0)
    }

    /// The same device after it ran at these times.
    pub(crate) fn ran(&self, terms: &mut Terms, device: usize, at: &[WallTime]) -> Self {
        let mut own = OwnIdentity::from_bytes(&self.own.to_bytes()).unwrap();
        for now in at {
            let seed = now.as_millis().to_be_bytes();
            let mut bytes = [u8::try_from(device).unwrap(); 32];
            bytes[..8].copy_from_slice(&seed);
            own.rotate_bundle_if_due(*now, &mut Rng::from_seed(&bytes));
        }
        Self::new(terms, device, own)
    }

    fn new(terms: &mut Terms, device: usize, own: OwnIdentity) -> Self {
        let stored = Stored::read(&own.to_bytes());
        let mut held: Vec<Id> = [
            (3, "management key"),
            (4, "signing key"),
            (5, "static key"),
            (6, "transport key"),
        ]
        .into_iter()
        .map(|(field, what)| {
            assert!(stored.field(field).bytes().is_some(), "{what} is stored");
            key(terms, device, what)
        })
        .collect();
        let bundles = std::iter::once(stored.field(7)).chain(stored.field(8).items());
        for bundle in bundles {
            let number = bundle.field(0).number().unwrap();
            held.push(bundle_key(terms, device, number, "agreement"));
            held.push(bundle_key(terms, device, number, "KEM"));
        }
        Self { own, held }
    }
}

/// What one device keeps.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) identity: Rc<Identity>,
    /// By the other device.
    pub(crate) pairs: BTreeMap<usize, Vec<u8>>,
    /// The newest bundle known of each other.
    pub(crate) bundles: BTreeMap<usize, u64>,
    /// Chains of others', by number.
    pub(crate) readers: BTreeMap<usize, Vec<u8>>,
    /// Its own chain.
    pub(crate) chain: Option<Vec<u8>>,
    /// An open invite, or a join that waits for its answer.
    pub(crate) meeting: Option<Vec<u8>>,
    /// What it knows beside: the nonce of a room, in the room's first operation.
    pub(crate) beside: Vec<Id>,
}

impl Device {
    pub(crate) fn new(identity: Rc<Identity>) -> Self {
        Self {
            identity,
            pairs: BTreeMap::new(),
            bundles: BTreeMap::new(),
            readers: BTreeMap::new(),
            chain: None,
            meeting: None,
            beside: Vec::new(),
        }
    }

    pub(crate) fn pair(&self, peer: usize) -> Pair {
        Pair::from_bytes(&self.pairs[&peer]).unwrap()
    }
}

/// Whose side of a chain.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Owner,
    Reader,
}

/// Which term stands for which bytes.
#[derive(Clone, Default)]
pub(crate) struct Dictionary {
    secrets: BTreeMap<Vec<u8>, Id>,
    /// The secret half by the public one. Ids, which are public too, stand for nothing.
    publics: BTreeMap<Vec<u8>, Option<Id>>,
}

impl Dictionary {
    pub(crate) fn secret(&self, bytes: &[u8]) -> Id {
        *self.secrets.get(bytes).expect("a secret that has a name")
    }

    /// The secret half of a public key.
    pub(crate) fn private(&self, public: &[u8]) -> Id {
        self.publics[public].expect("a public key, not an id")
    }

    pub(crate) fn learn(&mut self, bytes: &[u8], term: Id) {
        let known = self.secrets.insert(bytes.to_vec(), term);
        assert!(
            known.is_none_or(|known| known == term),
            "one secret, one term"
        );
    }

    pub(crate) fn learn_public(&mut self, bytes: &[u8], secret: Option<Id>) {
        self.publics.insert(bytes.to_vec(), secret);
    }

    /// Names what is new in a pair.
    pub(crate) fn learn_pair(
        &mut self,
        terms: &mut Terms,
        (own, peer): (usize, usize),
        bytes: &[u8],
    ) {
        let stored = Stored::read(bytes);
        let (from, to) = (NAMES[own], NAMES[peer]);
        for reserved in stored.field(3).field(0).items() {
            let secret = reserved.field(1).bytes().unwrap();
            if !self.secrets.contains_key(secret) {
                let number = reserved.field(0).number().unwrap();
                let term = terms.name(format!("{from}'s ratchet key {number} for {to}"));
                self.learn(secret, term);
                let public = AgreementSecret::from_bytes(secret.try_into().unwrap()).public();
                self.learn_public(&public, Some(term));
            }
        }
        let proposal = stored.field(2).field(3);
        if let Some(number) = proposal.field(0).number() {
            let term = terms.name(format!("{from}'s share {number} for {to}"));
            self.learn(proposal.field(1).bytes().unwrap(), term);
        }
        let answered = stored.field(2).field(5);
        if let Some(number) = answered.field(0).number() {
            let share = terms.name(format!("{from}'s answer {number} for {to}"));
            self.learn(answered.field(1).bytes().unwrap(), share);
            if let Some(secret) = answered.field(2).field(1).bytes() {
                let proposed = terms.name(format!("{to}'s share {number} for {from}"));
                let term = terms.kdf("contact secret", &[proposed, share]);
                self.learn(secret, term);
            }
        }
    }

    /// Names what is new in a chain, its owner's side or a reader's.
    pub(crate) fn learn_chain(
        &mut self,
        terms: &mut Terms,
        chain: usize,
        (side, bytes): (Side, &[u8]),
        weak: Option<Weakness>,
    ) {
        let stored = Stored::read(bytes);
        let (at, key, tag_key) = match side {
            Side::Owner => (2, 3, 4),
            Side::Reader => (3, 4, 5),
        };
        let index = stored.field(at).number().unwrap();
        let term = chain_key(terms, chain, index, weak);
        self.learn(stored.field(key).bytes().unwrap(), term);
        let term = chain_tag_key(terms, chain);
        self.learn(stored.field(tag_key).bytes().unwrap(), term);
        for (index, seed) in stored.field(6).entries() {
            let term = chain_seed(terms, chain, *index, weak);
            self.learn(seed.bytes().unwrap(), term);
        }
    }

    /// All secrets that a device keeps. Fails if it keeps one that nobody named.
    pub(crate) fn held(&self, device: &Device) -> Vec<Id> {
        let mut held = device.identity.held.clone();
        held.extend(&device.beside);
        let kept = device.pairs.values().chain(device.readers.values());
        for bytes in kept.chain(&device.chain).chain(&device.meeting) {
            for string in Stored::read(bytes).all_bytes() {
                match self.secrets.get(string) {
                    Some(term) => held.push(*term),
                    None => assert!(
                        string.len() < 32 || self.publics.contains_key(string),
                        "a device keeps a secret that has no name"
                    ),
                }
            }
        }
        held.sort_unstable();
        held.dedup();
        held
    }
}
