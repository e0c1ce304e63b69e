//! Canaries: all that is known of people and that nobody else may come to see, and the search for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use data_encoding::{BASE32_NOPAD, BASE64, HEXLOWER};
use minicbor::Decoder;
use minicbor::data::Type;

use super::town::{self, Town};
use crate::domain::Domain;
use crate::engine::tests::at;
use crate::envelope::Envelope;
use crate::id::DeviceId;
use crate::identity::{OwnIdentity, RecoveryWords};
use crate::operation::{Operation, SignedOperation};
use crate::pair::Pair;
use crate::record::Profile;
use crate::rng::Rng;
use crate::sender_chain::SenderChain;

/// What a search begins with: nothing shorter is looked for.
const HEAD_BYTES: usize = 8;

/// What kind of thing a canary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// What somebody wrote.
    Text,
    /// What somebody or something is called.
    Name,
    /// A key, and what is as good as one.
    Secret,
    /// By which something is known, and what anybody may know who knows that.
    Id,
}

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Canaries(BTreeMap<Vec<u8>, Kind>);

impl Canaries {
    pub(super) fn add(&mut self, kind: Kind, canary: &[u8]) {
        assert!(canary.len() >= HEAD_BYTES, "{canary:?} may be anywhere");
        self.0.entry(canary.to_vec()).or_insert(kind);
    }

    fn extend<T: AsRef<[u8]>>(&mut self, kind: Kind, canaries: impl IntoIterator<Item = T>) {
        canaries
            .into_iter()
            .for_each(|one| self.add(kind, one.as_ref()));
    }

    /// How many there are of a kind.
    pub(super) fn count(&self, of: Kind) -> usize {
        self.0.values().filter(|kind| **kind == of).count()
    }

    /// The search for those of some kinds: as they are, and as they are printed.
    pub(super) fn search(&self, kinds: &[Kind]) -> Search {
        let mut search = Search::default();
        for (canary, kind) in self.0.iter().filter(|(_, kind)| kinds.contains(kind)) {
            let is_text = matches!(kind, Kind::Text | Kind::Name);
            let forms = if is_text {
                vec![canary.clone()]
            } else {
                forms(canary)
            };
            for form in forms {
                let head = *form.first_chunk().unwrap();
                search.0.entry(head).or_default().push((form, *kind));
            }
        }
        search
    }

    /// Adds what everybody of a town has stored, and what that leads to.
    pub(super) fn look_at(&mut self, town: &Town) {
        for who in 0..town.people() {
            self.look_at_profile(&town.snapshot(who));
            for operation in town.operations(who) {
                self.look_at_operation(operation);
            }
        }
    }

    fn look_at_profile(&mut self, profile: &Profile) {
        let own = profile.identity.as_ref().unwrap().expose();
        let (public, secret) = halves(own);
        self.look_at_ids(profile);
        self.extend(Kind::Id, strings_in(public));
        self.extend(Kind::Secret, strings_in(secret));
        let own = OwnIdentity::from_bytes(own).unwrap();
        for record in &profile.pairs {
            self.look_at_pair(&own, record.state.expose());
        }
        let written = profile.sender_chains.iter().map(|record| &record.state);
        let read = profile.receiver_chains.iter().map(|record| &record.state);
        for state in written.chain(read) {
            self.look_at_chain(state.expose());
        }
        for invite in &profile.invites {
            self.extend(Kind::Secret, strings_in(invite.secret.expose()));
        }
        for join in &profile.pending_joins {
            // The rest is the beginning of a person's id.
            self.extend(Kind::Secret, keys_in(join.secret.expose()));
            self.add(Kind::Secret, join.code.expose());
        }
        let met = profile.contact_secrets.iter();
        self.extend(Kind::Secret, met.map(|one| one.key.expose()));
        for control in &profile.controls {
            self.look_at_signed(&control.operation);
        }
    }

    /// Ids and names, before anything that they may be part of: they are no secrets.
    fn look_at_ids(&mut self, profile: &Profile) {
        let own = OwnIdentity::from_bytes(profile.identity.as_ref().unwrap().expose()).unwrap();
        self.add(Kind::Name, own.name().as_bytes());
        let ids = [*own.person().as_bytes(), *own.device().as_bytes()];
        self.extend(Kind::Id, ids);
        self.add(Kind::Id, own.transport().as_bytes());
        let devices = profile.devices.iter();
        self.extend(Kind::Id, devices.map(|one| one.device.as_bytes()));
        self.extend(Kind::Name, profile.rooms.iter().map(|room| &room.title));
        let contacts = profile.contacts.iter();
        self.extend(Kind::Name, contacts.filter_map(|one| one.petname.as_ref()));
        for place in &profile.actors {
            let ids = [*place.actor.as_bytes(), *place.conversation.as_bytes()];
            self.extend(Kind::Id, ids);
            self.extend(Kind::Id, place.head.iter().map(|head| head.as_bytes()));
        }
        let chains = profile.receiver_chains.iter();
        self.extend(Kind::Id, chains.map(|chain| chain.id.as_bytes()));
    }

    fn look_at_pair(&mut self, own: &OwnIdentity, state: &[u8]) {
        // Which secret a session rests on is told in the clear: names of secrets have 16 bytes.
        self.extend(Kind::Secret, keys_in(state));
        let pair = Pair::from_bytes(state).unwrap();
        let tag_key = |key: &[u8], from: DeviceId, to: DeviceId| {
            Domain::TagKey.derive(&[key, from.as_bytes(), to.as_bytes()])
        };
        for secret in pair.agreed() {
            self.add(Kind::Secret, secret.key.as_ref());
            self.add(
                Kind::Secret,
                tag_key(&*secret.key, own.device(), pair.peer()).as_ref(),
            );
            self.add(
                Kind::Secret,
                tag_key(&*secret.key, pair.peer(), own.device()).as_ref(),
            );
        }
    }

    /// The keys of a chain, and the seeds of messages that follow from them.
    fn look_at_chain(&mut self, state: &[u8]) {
        if let Ok(chain) = SenderChain::from_bytes(state) {
            self.add(Kind::Id, chain.id().as_bytes());
            self.add(Kind::Id, chain.conversation().as_bytes());
        }
        for string in strings_in(state) {
            let seed = Domain::ChainMessageSeed.derive(&[&string]);
            self.add(Kind::Secret, &string);
            self.add(Kind::Secret, seed.as_ref());
        }
    }

    fn look_at_operation(&mut self, operation: &Operation) {
        let header = operation.header();
        self.add(Kind::Id, operation.id().as_bytes());
        self.add(Kind::Id, header.actor.as_bytes());
        self.add(Kind::Id, header.conversation.as_bytes());
        self.look_at_signed(operation.signed());
    }

    fn look_at_signed(&mut self, signed: &SignedOperation) {
        self.add(Kind::Id, signed.id().as_bytes());
        self.extend(Kind::Id, [&signed.header[..], signed.signature.as_ref()]);
        if let Some(body) = &signed.body {
            let (salt, nonces) = (body.salt.as_ref(), strings_in(&body.bytes));
            self.extend(Kind::Secret, [salt, Domain::Body.derive(&[salt]).as_ref()]);
            // The nonce of a room is one, from which introductions come. Others are ids.
            self.extend(Kind::Id, nonces);
        }
    }

    /// Adds the recovery words of everybody in a town, and what follows from them.
    pub(super) fn look_at_words(&mut self, people: usize) {
        for who in 0..people {
            let mut rng = Rng::from_seed(&[town::seed(who); 32]);
            let (own, words) = OwnIdentity::create("Same", "laptop", at(0).wall, &mut rng).unwrap();
            assert!(!own.card(Vec::new()).to_bytes().is_empty());
            let entropy = words.entropy();
            self.add(Kind::Secret, entropy.as_ref());
            self.add(
                Kind::Secret,
                Domain::RootKey.derive(&[entropy.as_ref()]).as_ref(),
            );
            self.extend(Kind::Secret, runs(&words));
        }
    }

    /// Adds the keys of the messages of these envelopes, as far as they are of chains, and what their
    /// KEMs carry.
    pub(super) fn look_at_envelopes(&mut self, town: &Town, envelopes: &[Vec<u8>]) {
        let secrets = self.0.iter().filter(|(_, kind)| **kind == Kind::Secret);
        let secrets: Vec<Vec<u8>> = secrets.map(|(secret, _)| secret.clone()).collect();
        let envelopes = envelopes
            .iter()
            .map(|bytes| Envelope::from_bytes(bytes).unwrap());
        let ciphertexts: Vec<Vec<u8>> = envelopes.map(|one| one.ciphertext().to_vec()).collect();
        let salts: BTreeSet<Vec<u8>> = ciphertexts.iter().filter_map(|one| part(one, 1)).collect();
        let salts = salts.iter().filter(|salt| salt.len() == 16);
        for (salt, secret) in salts.flat_map(|salt| secrets.iter().map(move |one| (salt, one))) {
            let key = Domain::ChainMessageKey.derive(&[secret, salt]);
            self.add(Kind::Secret, key.as_ref());
        }
        let own: Vec<OwnIdentity> = (0..town.people()).map(|who| town.own(who)).collect();
        for kem in ciphertexts.iter().filter_map(|one| part(one, 2)) {
            let Ok(kem) = <&[u8; 1088]>::try_from(&kem[..]) else {
                continue;
            };
            for bundle in own.iter().filter_map(|own| own.bundle(own.newest_bundle())) {
                self.add(Kind::Secret, bundle.decapsulate(kem).as_ref());
            }
        }
    }
}

/// Looks for many things at once.
#[derive(Debug, Default)]
pub(super) struct Search(HashMap<[u8; HEAD_BYTES], Vec<(Vec<u8>, Kind)>>);

impl Search {
    /// What is found first, if anything is.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<(Kind, String)> {
        (0..bytes.len()).find_map(|at| {
            let rest = &bytes[at..];
            let canaries = self.0.get(rest.first_chunk::<HEAD_BYTES>()?)?;
            let (canary, kind) = canaries
                .iter()
                .find(|(canary, _)| rest.starts_with(canary))?;
            let found = String::from_utf8(canary.clone());
            let found = found.unwrap_or_else(|_| HEXLOWER.encode(canary));
            Some((*kind, format!("{found} at {at}")))
        })
    }

    /// Fails the test if anything is found.
    #[track_caller]
    pub(super) fn finds_nothing_in(&self, bytes: &[u8], what: &str) {
        assert_eq!(self.find(bytes), None, "in {what} of {} bytes", bytes.len());
    }
}

/// Bytes as they are, and as programs print them.
fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let list = format!("{bytes:?}");
    let base32 = BASE32_NOPAD.encode(bytes);
    let text = [
        list.trim_matches(['[', ']']).to_owned(),
        HEXLOWER.encode(bytes),
        HEXLOWER.encode(bytes).to_ascii_uppercase(),
        base32.to_ascii_lowercase(),
        base32,
        BASE64.encode(bytes).trim_end_matches('=').to_owned(),
    ];
    let text = text.into_iter().map(String::into_bytes);
    text.chain([bytes.to_vec()]).collect()
}

/// All byte strings of an id's or a key's length in something encoded, however deep.
fn strings_in(bytes: &[u8]) -> Vec<Vec<u8>> {
    let strings = (0..bytes.len()).filter_map(|at| match bytes.get(at..)? {
        [0x58, length @ (32 | 64), rest @ ..] => rest.get(..usize::from(*length)),
        [0x50, rest @ ..] => rest.get(..16),
        _ => None,
    });
    strings.map(<[u8]>::to_vec).collect()
}

/// Those of them that are as long as keys.
fn keys_in(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    strings_in(bytes).into_iter().filter(|one| one.len() > 16)
}

/// An identity as it is stored: what others may know of it, and what they may not.
fn halves(stored: &[u8]) -> (&[u8], &[u8]) {
    const PUBLIC: [u64; 3] = [0, 1, 2];
    let mut decoder = Decoder::new(stored);
    decoder.map().unwrap();
    for number in PUBLIC {
        assert_eq!(decoder.u64().unwrap(), number);
        decoder.skip().unwrap();
    }
    stored.split_at(decoder.position())
}

/// The byte string under a number in what an envelope seals.
fn part(ciphertext: &[u8], number: u64) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(ciphertext);
    for _ in 0..decoder.map().ok()?? {
        let is_it = decoder.u64().ok()? == number;
        if is_it && decoder.datatype().ok()? == Type::Bytes {
            return decoder.bytes().ok().map(<[u8]>::to_vec);
        }
        decoder.skip().ok()?;
    }
    None
}

/// Every three words in a row.
fn runs(words: &RecoveryWords) -> Vec<String> {
    let words: Vec<&str> = words.words().collect();
    words.windows(3).map(|run| run.join(" ")).collect()
}
