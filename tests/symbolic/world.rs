//! Worlds: real devices that seal and open, and beside each byte string the term that stands for it.
//!
//! Which key is used, told, kept and erased is what `Pair`, `SenderChain`, `ReceiverChain` and
//! `OwnIdentity` do; what a device holds is read from the bytes that they give to the store. Assumed:
//! - every letter names its sender's newest bundle, and bundles are known to the attacker;
//! - the owner of a chain erases it when the next begins, and hands chains over by letters alone;
//! - devices run often enough to erase what is due, and erased is gone;
//! - texts that a device shows, and drafts in its outbox, are not what is asked for here;
//! - whoever steals a state or watches what is sent puts nothing into the pairs' way meanwhile.

mod chain;
mod letters;
mod meeting;

pub(crate) use letters::tag_key;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use tidings_protocol::envelope::Envelope;
use tidings_protocol::id::{ConversationId, Tag};
use tidings_protocol::identity::bundle::BUNDLE_LIFETIME;
use tidings_protocol::pair::{Pair, PairNews};
use tidings_protocol::rng::Rng;
use tidings_protocol::sender_chain::{Handover, ReceiverChain};
use tidings_protocol::time::WallTime;

use crate::device::{Device, Dictionary, Identity, START};
use crate::term::{Id, Terms};
use crate::weakness::Weakness;

const ROOM: ConversationId = ConversationId::new([6; 32]);

/// What all worlds of one search share.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) terms: Terms,
    /// By device and when it ran.
    identities: BTreeMap<(usize, Vec<WallTime>), Rc<Identity>>,
}

/// What kind of envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Join,
    Answer,
    Letter,
    Chain { chain: usize, index: u64 },
}

/// An envelope that was sent.
pub(crate) struct Sent {
    pub(crate) kind: Kind,
    pub(crate) from: usize,
    /// Nobody in particular: a chain's readers.
    pub(crate) to: Option<usize>,
    /// The number of the first state after it.
    pub(crate) at: usize,
    pub(crate) text: Id,
    pub(crate) wire: Id,
    /// The secret of the pair.
    pub(crate) shared: Option<Id>,
    /// A chain and where it was handed over.
    pub(crate) handover: Option<(usize, u64)>,
    /// Who may read it, where it is for several.
    pub(crate) readers: BTreeSet<usize>,
    real: Real,
}

enum Real {
    Meeting,
    Letter(Box<Letter>),
    Chain(Envelope),
}

struct Letter {
    tag: Tag,
    /// Number of the ratchet key; 0: none.
    ratchet: u64,
    bundle: u64,
    news: PairNews,
    handover: Option<Handover>,
    /// Number of the sender's newest bundle, which the letter shows.
    newest: u64,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) weak: Option<Weakness>,
    pub(crate) devices: Vec<Device>,
    pub(crate) sent: Vec<Rc<Sent>>,
    /// Of each envelope: who opened it, and the first state after that.
    pub(crate) opened: Vec<BTreeMap<usize, usize>>,
    /// Letters that came when a key for them was gone, or not to be found.
    pub(crate) lost: BTreeSet<(usize, usize)>,
    /// Letters that were sealed to the newest key that their recipient had made when they came.
    pub(crate) to_newest: BTreeSet<usize>,
    pub(crate) dictionary: Dictionary,
    pub(crate) now: WallTime,
    /// When each state was.
    pub(crate) times: Vec<WallTime>,
    /// Of each state: what each device held.
    pub(crate) held: Vec<Vec<Rc<Vec<Id>>>>,
    ran: Vec<WallTime>,
    draws: u64,
    /// To whom the chain is handed over.
    pub(crate) readers: BTreeSet<usize>,
    pub(crate) chains: usize,
    /// Whether somebody was removed since the chain began.
    is_stale: bool,
}

impl World {
    pub(crate) fn new(book: &mut Book, devices: usize, weak: Option<Weakness>) -> Self {
        let mut world = Self {
            weak,
            devices: Vec::new(),
            sent: Vec::new(),
            opened: Vec::new(),
            lost: BTreeSet::new(),
            to_newest: BTreeSet::new(),
            dictionary: Dictionary::default(),
            now: START,
            times: Vec::new(),
            held: Vec::new(),
            ran: Vec::new(),
            draws: 0,
            readers: BTreeSet::new(),
            chains: 0,
            is_stale: false,
        };
        world.dictionary.learn_public(ROOM.as_bytes(), None);
        for device in 0..devices {
            let identity = book.identity(device, &[]);
            world
                .dictionary
                .learn_public(identity.own.device().as_bytes(), None);
            world.devices.push(Device::new(identity));
        }
        world
    }

    fn rng(&mut self) -> Rng {
        self.draws += 1;
        let mut seed = [1; 32];
        seed[..8].copy_from_slice(&self.draws.to_be_bytes());
        Rng::from_seed(&seed)
    }

    /// The number of the state that comes next.
    fn next_state(&self) -> usize {
        self.times.len()
    }

    /// Ends a step: this is a state that may be stolen.
    pub(crate) fn remember(&mut self) {
        let last = self.held.last();
        let mut held = Vec::new();
        for (number, device) in self.devices.iter().enumerate() {
            let mut now = self.dictionary.held(device);
            let before = last.map(|devices| &devices[number]);
            if self.weak == Some(Weakness::NoErasure) {
                now.extend(before.iter().flat_map(|before| before.iter()));
                now.sort_unstable();
                now.dedup();
            }
            match before {
                Some(before) if **before == now => held.push(Rc::clone(before)),
                _ => held.push(Rc::new(now)),
            }
        }
        self.held.push(held);
        self.times.push(self.now);
    }

    fn note_opened(&mut self, number: usize, by: usize) {
        let next = self.next_state();
        self.opened[number].insert(by, next);
    }

    fn send(&mut self, sent: Sent) {
        self.sent.push(Rc::new(sent));
        self.opened.push(BTreeMap::new());
    }

    fn fresh(&self, book: &mut Book, what: &str) -> Id {
        book.terms
            .name(format!("{what} of envelope {}", self.sent.len()))
    }

    fn store_pair(&mut self, book: &mut Book, own: usize, peer: usize, pair: &Pair) {
        let bytes = pair.to_bytes().to_vec();
        self.dictionary
            .learn_pair(&mut book.terms, (own, peer), &bytes);
        self.devices[own].pairs.insert(peer, bytes);
    }

    /// Time passes, in which every device runs each week and at the end, twice.
    pub(crate) fn pass(&mut self, book: &mut Book, time: Duration) {
        let end = self.now.after(time);
        while self.now < end {
            self.now = self.now.after(BUNDLE_LIFETIME).min(end);
            self.ran.push(self.now);
        }
        self.ran.push(self.now);
        for number in 0..self.devices.len() {
            self.devices[number].identity = book.identity(number, &self.ran);
            for peer in self.devices[number]
                .pairs
                .keys()
                .copied()
                .collect::<Vec<_>>()
            {
                let mut pair = self.devices[number].pair(peer);
                pair.erase_past(self.now);
                self.store_pair(book, number, peer, &pair);
            }
            let now = self.now;
            let is_kept = |_: &usize, bytes: &mut Vec<u8>| {
                !ReceiverChain::from_bytes(bytes).unwrap().is_past(now)
            };
            self.devices[number].readers.retain(is_kept);
        }
    }
}

impl Book {
    pub(crate) fn identity(&mut self, device: usize, ran: &[WallTime]) -> Rc<Identity> {
        if let Some(identity) = self.identities.get(&(device, ran.to_vec())) {
            return Rc::clone(identity);
        }
        let identity = Identity::create(&mut self.terms, device);
        let identity = Rc::new(identity.ran(&mut self.terms, device, ran));
        self.identities
            .insert((device, ran.to_vec()), Rc::clone(&identity));
        identity
    }
}
