//! Meeting: an invite, a join, an answer; or a room in which nobody has met.

use std::collections::BTreeSet;

use tidings_protocol::pair::Pair;
use tidings_protocol::pairing::{self, ContactSecret, InviteSecret};

use super::{Book, Kind, ROOM, Real, Sent, World};
use crate::device::{NAMES, bundle_key, key};
use crate::message::{Seal, Xpsk0};
use crate::stored::Stored;
use crate::term::Id;

const NONCE: [u8; 32] = [7; 32];

impl World {
    /// Ann invites Ben, who joins; she answers, and he takes the answer. Each is a state.
    pub(crate) fn meet(&mut self, book: &mut Book) {
        let (ann, ben) = (
            self.devices[0].identity.clone(),
            self.devices[1].identity.clone(),
        );
        let invite = InviteSecret::generate(&mut self.rng());
        let stored = invite.to_bytes();
        let [invite_key, invite_secret] = invite_names(book);
        let fields = Stored::read(&stored);
        self.dictionary
            .learn(fields.field(0).bytes().unwrap(), invite_key);
        self.dictionary
            .learn(fields.field(1).bytes().unwrap(), invite_secret);
        self.devices[0].meeting = Some(stored.to_vec());
        self.remember();

        let code = invite.code(&ann.own, &[]);
        let card = ben.own.card(Vec::new());
        let (pending, join) = pairing::join(&ben.own, &card, &code, &mut self.rng()).unwrap();
        let stored = pending.to_bytes();
        let fields = Stored::read(&stored);
        let share = book.terms.name("joiner's share");
        self.dictionary
            .learn(fields.field(1).bytes().unwrap(), share);
        // The id of the join, which is sent.
        self.dictionary
            .learn_public(fields.field(2).bytes().unwrap(), None);
        // With which the join may be dropped, once it was answered. It opens nothing.
        let purge = book.terms.name("what purges the join");
        self.dictionary
            .learn(fields.field(3).bytes().unwrap(), purge);
        self.devices[1].meeting = Some(stored.to_vec());
        self.send_join(book, share);
        self.remember();

        let joiner = pairing::accept(&ann.own, &invite, &join).unwrap();
        let card = ann.own.card(Vec::new());
        let (answer, contact) =
            pairing::answer(&ann.own, &card, &joiner, join.id(), &mut self.rng()).unwrap();
        let answered = book.terms.name("inviter's share");
        let secret = book.terms.kdf("contact secret", &[answered, share]);
        self.dictionary.learn(contact.key.as_ref(), secret);
        self.devices[0].meeting = None;
        self.devices[0].bundles.insert(1, 1);
        let mut pair = Pair::new(ann.own.device(), ben.own.device());
        pair.agree(contact, self.now);
        self.store_pair(book, 0, 1, &pair);
        self.note_opened(0, 0);
        self.send_answer(book, share, answered);
        self.remember();

        let (_, contact) = pending.finish(&ben.own, &answer).unwrap();
        self.devices[1].meeting = None;
        self.devices[1].bundles.insert(0, 1);
        let mut pair = Pair::new(ben.own.device(), ann.own.device());
        pair.agree(contact, self.now);
        self.store_pair(book, 1, 0, &pair);
        self.note_opened(1, 1);
        self.remember();
    }

    /// Suite 2: the psk comes from the invite's secret, and no KEM is in it.
    fn send_join(&mut self, book: &mut Book, share: Id) {
        let [invite_key, invite_secret] = invite_names(book);
        let (ephemeral, text) = (self.fresh(book, "ephemeral"), self.fresh(book, "text"));
        let tag = book.terms.kdf("invite tag", &[invite_secret]);
        let psk = book.terms.kdf("invite psk", &[invite_secret]);
        let prologue = book.terms.kdf("seal prologue", &[tag]);
        let payload = book.terms.tuple(&[text, share]);
        let xpsk0 = Xpsk0 {
            ephemeral,
            key: invite_key,
            sender_static: key(&mut book.terms, 1, "static key"),
            sender_signing: key(&mut book.terms, 1, "signing key"),
        };
        let message = xpsk0.message(&mut book.terms, psk, prologue, payload, self.weak);
        let wire = book.terms.tuple(&[tag, message]);
        let at = self.next_state();
        let (kind, real) = (Kind::Join, Real::Meeting);
        self.send(Sent {
            kind,
            from: 1,
            to: Some(0),
            at,
            text,
            wire,
            shared: None,
            handover: None,
            readers: BTreeSet::new(),
            real,
        });
    }

    /// Suite 1, to the joiner's bundle: the share that only the join carried is in the psk.
    fn send_answer(&mut self, book: &mut Book, share: Id, answered: Id) {
        let text = self.fresh(book, "text");
        let tag = book.terms.kdf("answer tag", &[share]);
        let seal = Seal {
            tag,
            ephemeral: self.fresh(book, "ephemeral"),
            kem_random: self.fresh(book, "KEM randomness"),
            key: bundle_key(&mut book.terms, 1, 1, "agreement"),
            kem_key: bundle_key(&mut book.terms, 1, 1, "KEM"),
            shared: share,
            sender_static: key(&mut book.terms, 0, "static key"),
            sender_signing: key(&mut book.terms, 0, "signing key"),
        };
        let payload = book.terms.tuple(&[text, answered]);
        let wire = seal.envelope(&mut book.terms, payload, self.weak);
        let at = self.next_state();
        let (kind, real) = (Kind::Answer, Real::Meeting);
        self.send(Sent {
            kind,
            from: 0,
            to: Some(1),
            at,
            text,
            wire,
            shared: None,
            handover: None,
            readers: BTreeSet::new(),
            real,
        });
    }

    /// Makes members of a room, who have never met, of all devices.
    pub(crate) fn introduce(&mut self, book: &mut Book) {
        let nonce = book.terms.name("nonce of the room");
        let ids: Vec<_> = self
            .devices
            .iter()
            .map(|device| device.identity.own.device())
            .collect();
        for own in 0..ids.len() {
            self.devices[own].beside.push(nonce);
            for peer in (0..ids.len()).filter(|peer| *peer != own) {
                let (low, high) = (own.min(peer), own.max(peer));
                let secret = ContactSecret::introduction(ROOM, &NONCE, ids[own], ids[peer]);
                let two = book
                    .terms
                    .word(format!("{} and {}", NAMES[low], NAMES[high]));
                let term = book.terms.kdf("introduction secret", &[nonce, two]);
                self.dictionary.learn(secret.key.as_ref(), term);
                let mut pair = Pair::new(ids[own], ids[peer]);
                pair.introduce(vec![secret], self.now);
                self.store_pair(book, own, peer, &pair);
                self.devices[own].bundles.insert(peer, 1);
            }
        }
    }
}

/// The invite's key and its secret.
pub(crate) fn invite_names(book: &mut Book) -> [Id; 2] {
    ["invite key", "invite secret"].map(|name| book.terms.name(name))
}
