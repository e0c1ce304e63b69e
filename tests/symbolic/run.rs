//! Runs: what is asked of one, and which row each theft belongs to.

use std::rc::Rc;

use tidings_protocol::pair::OFFLINE_WINDOW;
use tidings_protocol::time::WallTime;

use crate::attacker::Knowledge;
use crate::device::{bundle_key, key};
use crate::message::{Seal, chain_envelope};
use crate::rows::*;
use crate::scenario::CHAIN_WINDOW;
use crate::stored::Stored;
use crate::term::{Id, Term, Terms};
use crate::world::{Book, Kind, Sent, World, tag_key};

/// Letters that went to a device that was robbed, and were answered.
enum Trips {
    None,
    /// To a key that was not the newest which that device had made when the letter came.
    OneToOlder,
    OneToNewest,
    Two,
}

/// What a thief draws: an ephemeral key, randomness, and a text.
const THIEFS: [&str; 3] = ["thief's ephemeral", "thief's randomness", "thief's text"];

/// One run, and what is asked of it.
pub(crate) struct Run<'a> {
    pub(crate) terms: &'a Terms,
    pub(crate) world: &'a World,
    /// All that everybody sees.
    pub(crate) public: Vec<Id>,
    /// The invite's secret and the public half of its key; nothing where nobody met.
    pub(crate) code: Vec<Id>,
    /// Of each device: static key, signing key.
    pub(crate) keys: Vec<[Id; 2]>,
    /// Letters that the attacker made up: from, to, one for each secret under which it might be opened.
    pub(crate) forged: Vec<(usize, usize, Vec<Id>)>,
    pub(crate) forged_chain: Option<Id>,
    /// Of each letter: the key of its tag.
    pub(crate) tag_keys: Vec<Option<Id>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(book: &'a mut Book, world: &'a World) -> Self {
        let terms = &mut book.terms;
        let [invite_key, invite_secret] =
            ["invite key", "invite secret"].map(|name| terms.name(name));
        let code = vec![terms.public(invite_key), invite_secret];
        let mut public: Vec<Id> = THIEFS.iter().map(|name| terms.name(*name)).collect();
        public.extend(world.sent.iter().map(|sent| sent.wire));
        let devices = 0..world.devices.len();
        let keys: Vec<[Id; 2]> = devices
            .clone()
            .map(|device| ["static key", "signing key"].map(|what| key(terms, device, what)))
            .collect();
        for device in devices.clone() {
            public.extend(keys[device].map(|key| terms.public(key)));
            for number in 1..=world.devices[device].identity.own.newest_bundle() {
                for what in ["agreement", "KEM"] {
                    let key = bundle_key(terms, device, number, what);
                    public.push(terms.public(key));
                }
            }
        }
        let mut forged = Vec::new();
        for to in devices {
            // In a room: with the writer alone.
            for from in world.devices[to]
                .pairs
                .keys()
                .filter(|from| to == 0 || **from == 0)
            {
                forged.push((*from, to, forge(terms, world, *from, to)));
            }
        }
        let chain = world.devices[0].chain.as_ref();
        let forged_chain = chain.map(|bytes| forge_message(terms, world, bytes, keys[0][1]));
        let tag_keys: Vec<_> = world
            .sent
            .iter()
            .map(|sent| {
                let to = sent.to?;
                Some(tag_key(terms, sent.shared?, sent.from, to))
            })
            .collect();
        Self {
            terms,
            world,
            public,
            code,
            keys,
            forged,
            forged_chain,
            tag_keys,
        }
    }

    /// All that is known or asked for.
    pub(crate) fn roots(&self) -> impl Iterator<Item = Id> {
        let held = &self.world.held;
        // What has not changed is the same.
        let changed = (0..held.len()).flat_map(move |state| {
            let before = state.checked_sub(1).map(|before| &held[before]);
            let devices = held[state].iter().enumerate();
            devices.filter_map(move |(device, now)| {
                let is_new = before.is_none_or(|before| !Rc::ptr_eq(&before[device], now));
                is_new.then_some(now)
            })
        });
        let held = changed.flat_map(|held| held.iter());
        let asked = self.world.sent.iter().map(|sent| sent.text);
        let forged = self.forged.iter().flat_map(|(_, _, forged)| forged);
        let roots = self
            .public
            .iter()
            .chain(&self.code)
            .chain(self.keys.iter().flatten());
        let roots = roots.chain(held).chain(forged).chain(&self.forged_chain);
        roots
            .chain(self.tag_keys.iter().flatten())
            .copied()
            .chain(asked)
    }

    /// Whoever opened something held the keys for it just before. Else the terms would be too strict.
    pub(crate) fn check_honest(
        &self,
        number: usize,
        device: usize,
        state: usize,
        knowledge: &Knowledge,
    ) {
        let opened = self.world.opened[number].get(&device);
        if opened.is_some_and(|opened| *opened == state + 1) {
            let sent = &self.world.sent[number];
            // In one step a chain may be taken and read.
            let is_read = matches!(sent.kind, Kind::Chain { .. });
            assert!(knowledge.has(sent.text) || is_read, "what opened, opens");
        }
    }

    /// The rows that a theft belongs to, and what each asks for.
    pub(crate) fn classify(&self, number: usize, thief: usize, state: usize) -> Vec<(Row, Id)> {
        let sent = &self.world.sent[number];
        let what = name(sent.kind);
        match sent.kind {
            Kind::Join => {
                let theft = match (thief, state < self.world.sent[1].at) {
                    (0, true) => INVITER_BEFORE,
                    (0, false) => INVITER_AFTER,
                    _ => SENDER,
                };
                vec![((what, theft), sent.text)]
            }
            Kind::Answer | Kind::Letter => {
                let mut rows = vec![((what, self.of_letter(sent, thief, state)), sent.text)];
                if let Some(tag_key) = self.tag_keys[number]
                    && ![Some(thief), sent.to].contains(&Some(sent.from))
                    && sent.to != Some(thief)
                {
                    let is_introduction = self.is_introduction(sent);
                    let link = if is_introduction { LINK } else { LINK_AGREED };
                    rows.push(((link, THIRD), tag_key));
                }
                rows
            }
            Kind::Chain { chain, index } => {
                vec![(
                    (what, self.of_message(number, (chain, index), thief, state)),
                    sent.text,
                )]
            }
        }
    }

    fn is_introduction(&self, sent: &Sent) -> bool {
        let shared = sent.shared.map(|shared| self.terms.term(shared));
        matches!(shared, Some(Term::Kdf("introduction secret", _)))
    }

    fn time(&self, state: usize) -> WallTime {
        self.world.times[state]
    }

    fn of_letter(&self, sent: &Sent, thief: usize, state: usize) -> &'static str {
        if thief == sent.from {
            return SENDER;
        }
        if sent.to != Some(thief) {
            return THIRD;
        }
        if state >= sent.at {
            let is_past = self.time(state) >= self.time(sent.at).after(OFFLINE_WINDOW);
            return if is_past { PAST } else { WINDOW };
        }
        match self.round_trips(sent, thief, state) {
            Trips::None => BEFORE,
            Trips::OneToOlder => ROUND_TRIP,
            Trips::Two => TWO_TRIPS,
            Trips::OneToNewest => HEALED,
        }
    }

    /// What went both ways between a theft from a recipient and the sealing of a letter to it.
    fn round_trips(&self, sent: &Sent, robbed: usize, state: usize) -> Trips {
        let trips = self.trips(sent, robbed, state);
        if trips.iter().any(|(_, is_to_newest)| *is_to_newest) {
            return Trips::OneToNewest;
        }
        match trips.iter().map(|(end, _)| *end).min() {
            None => Trips::None,
            Some(end) if self.trips(sent, robbed, end).is_empty() => Trips::OneToOlder,
            Some(_) => Trips::Two,
        }
    }

    /// Each letter that came to whoever was robbed and was answered: the state from which on the answer was
    /// there, and whether the letter was to the newest key.
    fn trips(&self, sent: &Sent, robbed: usize, state: usize) -> Vec<(usize, bool)> {
        let peer = sent.from;
        let letters = || self.world.sent.iter().zip(&self.world.opened);
        let there = letters().enumerate().filter(|(_, (there, _))| {
            there.from == peer && there.to == Some(robbed) && there.at > state
        });
        let trips = there.filter_map(|(number, (_, opened))| {
            let came = *opened.get(&robbed)?;
            let back = letters()
                .filter(|(back, _)| back.from == robbed && back.to == Some(peer) && back.at > came);
            let ends = back.filter_map(|(_, opened)| opened.get(&peer).copied());
            let end = ends.filter(|end| *end < sent.at).min()?;
            Some((end, self.world.to_newest.contains(&number)))
        });
        trips.collect()
    }

    fn of_message(
        &self,
        number: usize,
        place: (usize, u64),
        thief: usize,
        state: usize,
    ) -> &'static str {
        let sent = &self.world.sent[number];
        let begun = self.begun(place.0);
        if thief == 0 {
            return match state {
                state if state >= sent.at => OWNER_AFTER,
                state if state >= begun => OWNER_BEFORE,
                _ => OWNER_OTHER,
            };
        }
        let handed = |is_it: &dyn Fn(&Sent) -> bool| {
            let mut letters = self.world.sent.iter().zip(&self.world.opened);
            letters.find(|(letter, _)| {
                letter.to == Some(thief) && letter.handover.is_some() && is_it(letter)
            })
        };
        if !sent.readers.contains(&thief) {
            return match handed(&|_| true) {
                Some((letter, _)) if letter.at < sent.at => REMOVED,
                Some(_) => NEWCOMER,
                None => STRANGER,
            };
        }
        let of_it = |letter: &Sent| {
            letter
                .handover
                .is_some_and(|(chain, index)| chain == place.0 && index <= place.1)
        };
        let (letter, opened) = handed(&of_it).expect("readers are handed the chain");
        if state < letter.at {
            return match self.round_trips(letter, thief, state) {
                Trips::None | Trips::OneToOlder => READER_BEFORE,
                Trips::Two | Trips::OneToNewest => READER_HEALED,
            };
        }
        let taken = opened.get(&thief).map(|taken| self.time(*taken));
        let is_past = match taken {
            Some(taken) => self.time(state) >= taken.after(CHAIN_WINDOW),
            None => self.time(state) >= self.time(letter.at).after(OFFLINE_WINDOW),
        };
        let read = self.world.opened[number].get(&thief);
        match (is_past, read.is_some_and(|read| *read <= state)) {
            (true, _) => READER_PAST,
            (false, true) => READER_READ,
            (false, false) => READER_WITHIN,
        }
    }

    /// The first state in which a chain was there.
    fn begun(&self, chain: usize) -> usize {
        let messages = self.world.sent.iter();
        let first = messages
            .filter(|sent| matches!(sent.kind, Kind::Chain { chain: other, .. } if other == chain));
        first.map(|sent| sent.at).min().unwrap_or(usize::MAX)
    }
}

/// What a thief would seal to a device so that it seems to come from another.
fn forge(terms: &mut Terms, world: &World, from: usize, to: usize) -> Vec<Id> {
    let pair = Stored::read(&world.devices[to].pairs[&from]);
    let secrets = pair.field(2);
    let awaited = std::iter::once(secrets.field(4).field(2)).chain([secrets.field(0)]);
    let awaited = awaited.chain(secrets.field(1).items());
    let awaited = awaited.filter_map(|held| held.field(1).bytes());
    let bundle = world.devices[to].identity.own.newest_bundle();
    let [ephemeral, kem_random, text] = THIEFS.map(|name| terms.name(name));
    let forged = awaited.map(|secret| {
        let shared = world.dictionary.secret(secret);
        let seal = Seal {
            tag: tag_key(terms, shared, from, to),
            ephemeral,
            kem_random,
            key: bundle_key(terms, to, bundle, "agreement"),
            kem_key: bundle_key(terms, to, bundle, "KEM"),
            shared,
            sender_static: key(terms, from, "static key"),
            sender_signing: key(terms, from, "signing key"),
        };
        seal.envelope(terms, text, world.weak)
    });
    forged.collect()
}

/// What a thief would put at the next index of Ann's chain.
fn forge_message(terms: &mut Terms, world: &World, chain: &[u8], signing: Id) -> Id {
    let index = Stored::read(chain).field(2).number().unwrap();
    let [_, salt, text] = THIEFS.map(|name| terms.name(name));
    chain_envelope(
        terms,
        (world.chains, index),
        (salt, signing),
        text,
        world.weak,
    )
}
