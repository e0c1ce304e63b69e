//! The chain: what Ann writes to all readers at once.

use std::rc::Rc;

use tidings_protocol::domain::Domain;
use tidings_protocol::envelope::Priority;
use tidings_protocol::sender_chain::{Postage, ReceiverChain, SenderChain};

use super::{Book, Kind, ROOM, Real, Sent, World};
use crate::device::{Side, key};
use crate::message::chain_envelope;
use crate::weakness::Weakness;

impl World {
    /// Writes to all readers, in a fresh chain if it is time for one.
    pub(crate) fn write(&mut self, book: &mut Book) {
        let chain = self.devices[0].chain.as_ref();
        let chain = chain.map(|bytes| SenderChain::from_bytes(bytes).unwrap());
        let is_stale = self.is_stale && self.weak != Some(Weakness::NoFreshChain);
        let chain = chain.filter(|chain| !is_stale && !chain.is_over(self.now));
        let mut chain = chain.unwrap_or_else(|| self.begin(book));
        let index = u64::from(chain.index());
        let postage = Postage {
            lifetime_hours: 168,
            priority: Priority::USUAL,
            purge: Domain::Purge.hash(&[b"preimage"]),
        };
        let identity = Rc::clone(&self.devices[0].identity);
        let content = self.sent.len().to_be_bytes();
        let envelope = chain
            .seal(&identity.own, postage, &content, &mut self.rng())
            .unwrap();
        self.store_chain(book, &chain);
        let (text, salt) = (self.fresh(book, "text"), self.fresh(book, "salt"));
        let signing = key(&mut book.terms, 0, "signing key");
        let place = (self.chains, index);
        let wire = chain_envelope(&mut book.terms, place, (salt, signing), text, self.weak);
        self.send(Sent {
            kind: Kind::Chain {
                chain: self.chains,
                index,
            },
            from: 0,
            to: None,
            at: self.next_state(),
            text,
            wire,
            shared: None,
            handover: None,
            readers: self.readers.clone(),
            real: Real::Chain(envelope),
        });
    }

    fn begin(&mut self, book: &mut Book) -> SenderChain {
        let (now, mut rng) = (self.now, self.rng());
        let chain = SenderChain::begin(ROOM, now, &mut rng);
        self.chains += 1;
        self.is_stale = false;
        self.store_chain(book, &chain);
        for reader in self.readers.clone() {
            self.seal(book, 0, reader, true);
        }
        chain
    }

    fn store_chain(&mut self, book: &mut Book, chain: &SenderChain) {
        let bytes = chain.to_bytes().to_vec();
        self.dictionary.learn_chain(
            &mut book.terms,
            self.chains,
            (Side::Owner, &bytes),
            self.weak,
        );
        self.devices[0].chain = Some(bytes);
    }

    /// Lets somebody in, who reads from here on.
    pub(crate) fn add(&mut self, book: &mut Book, device: usize) {
        self.readers.insert(device);
        if self.devices[0].chain.is_some() {
            self.seal(book, 0, device, true);
        }
    }

    /// Removes somebody: the next message is in a fresh chain.
    pub(crate) fn remove(&mut self, device: usize) {
        self.readers.remove(&device);
        self.is_stale = true;
    }

    /// Hands a device a message of the chain, if it is one for it. Returns whether it opened.
    pub(crate) fn read(&mut self, book: &mut Book, device: usize, number: usize) -> bool {
        let sent = Rc::clone(&self.sent[number]);
        let (Kind::Chain { chain, .. }, Real::Chain(envelope)) = (sent.kind, &sent.real) else {
            return false;
        };
        let Some(bytes) = self.devices[device].readers.get(&chain) else {
            return false;
        };
        let mut reader = ReceiverChain::from_bytes(bytes).unwrap();
        let at = reader.awaited().find(|(tag, _)| *tag == envelope.tag());
        let Some((_, index)) = at else {
            return false;
        };
        let owner = self.devices[0].identity.own.signing();
        reader.open(&owner, envelope, index).unwrap();
        reader.opened(index);
        self.store_reader(book, device, chain, &reader);
        self.note_opened(number, device);
        true
    }
}
