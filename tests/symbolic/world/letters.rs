//! Letters: what one device seals to another by their pair.

use std::collections::BTreeSet;
use std::rc::Rc;

use tidings_protocol::pair::PairNews;
use tidings_protocol::sender_chain::{Handover, ReceiverChain, SenderChain};

use super::{Book, Kind, Letter, Real, Sent, World};
use crate::device::{NAMES, Side, bundle_key, key};
use crate::message::{Seal, chain_key, chain_tag_key};
use crate::stored::Stored;
use crate::term::{Id, Terms};
use crate::weakness::Weakness;

impl World {
    /// Seals a letter. Returns whether the pair lets it.
    pub(crate) fn seal(
        &mut self,
        book: &mut Book,
        from: usize,
        to: usize,
        with_chain: bool,
    ) -> bool {
        let mut pair = self.devices[from].pair(to);
        let (now, mut rng) = (self.now, self.rng());
        let Some(out) = pair.send(None, now, &mut rng) else {
            return false;
        };
        self.store_pair(book, from, to, &pair);
        let shared = self.dictionary.secret(out.secret.as_ref());
        let ratchet = out
            .ratchet
            .filter(|_| self.weak != Some(Weakness::NoRatchet));
        let bundle = self.devices[from].bundles[&to];
        let seal = Seal {
            tag: self.letter_tag(book, shared, from, to),
            ephemeral: self.fresh(book, "ephemeral"),
            kem_random: self.fresh(book, "KEM randomness"),
            key: match ratchet {
                Some(key) => self.dictionary.private(&key.public),
                None => bundle_key(&mut book.terms, to, bundle, "agreement"),
            },
            kem_key: bundle_key(&mut book.terms, to, bundle, "KEM"),
            shared,
            sender_static: key(&mut book.terms, from, "static key"),
            sender_signing: key(&mut book.terms, from, "signing key"),
        };
        let text = self.fresh(book, "text");
        let mut payload = vec![text];
        payload.extend(self.news(book, &out.news));
        let handover = with_chain.then(|| self.handover(book, &mut payload));
        let payload = book.terms.tuple(&payload);
        let wire = seal.envelope(&mut book.terms, payload, self.weak);
        let real = Real::Letter(Box::new(Letter {
            tag: out.tag,
            ratchet: ratchet.map_or(0, |key| key.number),
            bundle,
            news: out.news,
            handover: handover.as_ref().map(|(handover, _)| handover.clone()),
            newest: self.devices[from].identity.own.newest_bundle(),
        }));
        self.send(Sent {
            kind: Kind::Letter,
            from,
            to: Some(to),
            at: self.next_state(),
            text,
            wire,
            shared: Some(shared),
            handover: handover.map(|(_, place)| place),
            readers: BTreeSet::new(),
            real,
        });
        true
    }

    fn letter_tag(&self, book: &mut Book, shared: Id, from: usize, to: usize) -> Id {
        let tag_key = tag_key(&mut book.terms, shared, from, to);
        let counter = book
            .terms
            .word(format!("counter of envelope {}", self.sent.len()));
        book.terms.kdf("tag", &[tag_key, counter])
    }

    /// What a letter tells for the next ones, as it is encoded.
    fn news(&self, book: &mut Book, news: &PairNews) -> Vec<Id> {
        let news = Stored::read(&minicbor::to_vec(news).unwrap());
        let mut told = Vec::new();
        if let Some(public) = news.field(0).field(1).bytes() {
            let secret = self.dictionary.private(public);
            told.push(book.terms.public(secret));
        }
        for share in [news.field(1), news.field(2)] {
            told.extend(
                share
                    .field(1)
                    .bytes()
                    .map(|share| self.dictionary.secret(share)),
            );
        }
        told
    }

    fn handover(&self, book: &mut Book, payload: &mut Vec<Id>) -> (Handover, (usize, u64)) {
        let bytes = self.devices[0].chain.as_ref().unwrap();
        let chain = SenderChain::from_bytes(bytes).unwrap();
        let index = u64::from(chain.index());
        let at = match self.weak {
            Some(Weakness::HandoverFromStart) => 0,
            _ => index,
        };
        payload.push(chain_key(&mut book.terms, self.chains, at, self.weak));
        payload.push(chain_tag_key(&mut book.terms, self.chains));
        (chain.hand_over(Vec::new()), (self.chains, index))
    }

    /// Whether a letter is on its way that was not handed to its recipient yet.
    pub(crate) fn is_waiting(&self, number: usize, to: usize) -> bool {
        let sent = &self.sent[number];
        sent.kind == Kind::Letter
            && sent.to == Some(to)
            && !self.opened[number].contains_key(&to)
            && !self.lost.contains(&(number, to))
    }

    /// Hands over a letter. If it does not open, it is lost.
    pub(crate) fn deliver(&mut self, book: &mut Book, number: usize) {
        let sent = Rc::clone(&self.sent[number]);
        let to = sent.to.unwrap();
        let Real::Letter(letter) = &sent.real else {
            panic!("letters are delivered");
        };
        let Letter {
            ratchet, bundle, ..
        } = **letter;
        let mut pair = self.devices[to].pair(sent.from);
        let at = pair.awaited().find(|(other, _)| *other == letter.tag);
        let has_bundle = self.devices[to].identity.own.bundle(bundle).is_some();
        let has_key = ratchet == 0 || pair.reserved().secret(ratchet).is_some();
        let Some((_, at)) = at.filter(|_| has_bundle && has_key) else {
            self.lost.insert((number, to));
            return;
        };
        if ratchet == pair.reserved().newest() {
            self.to_newest.insert(number);
        }
        pair.opened(at, ratchet, self.now);
        let (now, mut rng) = (self.now, self.rng());
        pair.hear(&letter.news, now, &mut rng).unwrap();
        self.store_pair(book, to, sent.from, &pair);
        let known = self.devices[to].bundles.entry(sent.from).or_default();
        *known = (*known).max(letter.newest);
        if let (Some(handover), Some((chain, _))) = (&letter.handover, sent.handover) {
            let owner = self.devices[0].identity.own.device();
            let reader = match self.devices[to].readers.get(&chain) {
                Some(bytes) => {
                    let mut reader = ReceiverChain::from_bytes(bytes).unwrap();
                    reader.go_on(handover);
                    reader
                }
                None => ReceiverChain::take(owner, handover, now),
            };
            self.store_reader(book, to, chain, &reader);
        }
        self.note_opened(number, to);
    }

    pub(super) fn store_reader(
        &mut self,
        book: &mut Book,
        device: usize,
        chain: usize,
        reader: &ReceiverChain,
    ) {
        let bytes = reader.to_bytes().to_vec();
        self.dictionary
            .learn_chain(&mut book.terms, chain, (Side::Reader, &bytes), self.weak);
        self.devices[device].readers.insert(chain, bytes);
    }
}

/// The key of a pair's tags in one direction.
pub(crate) fn tag_key(terms: &mut Terms, shared: Id, from: usize, to: usize) -> Id {
    let way = terms.word(format!("from {} to {}", NAMES[from], NAMES[to]));
    terms.kdf("tag key", &[shared, way])
}
