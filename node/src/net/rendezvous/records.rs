//! Records: where others say that they are, kept for whoever knows under which key to ask.
//!
//! Invariants
//! - Only what somebody says of themselves is kept, and nothing but where they are: no values, and nothing of ours.
//! - Bounded in all, for each key, and for each network that records come from: what one holder is given of the internet.
//! - Where there is no place left, a record takes that of the oldest of the network that has most, if that is more than
//!   its own has. So nobody fills the place of others with fewer networks than there are places.
//! - What is past [`RECORD_LIFETIME`] is given to nobody, and is gone with the next sweep.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Empty;
use std::time::Duration;

use libp2p::kad::store::{Error, RecordStore};
use libp2p::kad::{ProviderRecord, Record, RecordKey};
use libp2p::{Multiaddr, PeerId};
use tidings_protocol::id::RendezvousKey;
use tokio::time::Instant;

use crate::net::crowd::Block;

/// Records in all.
pub(super) const RECORDS_MAX: usize = 16_384;
/// Records under one key: one is of whom it is for, and whoever has seen the key may add others.
pub(super) const RECORDS_PER_KEY_MAX: usize = 8;
/// Of them, those that come from one network.
pub(super) const RECORDS_PER_KEY_AND_NETWORK_MAX: usize = 2;
/// Records that come from one network: a few devices with many contacts, or many with few.
pub(super) const RECORDS_PER_NETWORK_MAX: usize = 1_024;
/// How long a record is kept after it was said last.
pub(super) const RECORD_LIFETIME: Duration = Duration::from_hours(7);
/// How often what is past is swept out, if nothing is refused before.
const SWEEP_INTERVAL: Duration = Duration::from_mins(10);

/// Why a record was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("it is no key of ours")]
    Key,
    #[error("it says nothing of use")]
    Empty,
    #[error("there are too many")]
    Full,
    #[error("there are too many under this key")]
    KeyFull,
    #[error("there are too many of this network")]
    Network,
}

#[derive(Debug)]
struct Held {
    provider: PeerId,
    addresses: Vec<Multiaddr>,
    /// From where it was said; unknown within one process.
    network: Option<Block>,
    until: Instant,
}

impl Held {
    fn is_of(&self, network: Option<Block>) -> bool {
        network.is_some() && self.network == network
    }
}

/// Which record of its network it is, the oldest first.
type Age = (Instant, RendezvousKey, PeerId);

/// See the module.
#[derive(Debug)]
pub(in crate::net) struct Records {
    under: BTreeMap<RendezvousKey, Vec<Held>>,
    count: usize,
    of_network: BTreeMap<Block, BTreeSet<Age>>,
    sweep_at: Instant,
}

impl Records {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            under: BTreeMap::new(),
            count: 0,
            of_network: BTreeMap::new(),
            sweep_at: now + SWEEP_INTERVAL,
        }
    }

    /// Takes what `provider`, who is in `network`, says of where it is.
    ///
    /// # Errors
    /// [`Refused`]; what it said before under this key stays.
    pub(super) fn take(
        &mut self,
        key: &RecordKey,
        (provider, network): (PeerId, Option<Block>),
        addresses: Vec<Multiaddr>,
        now: Instant,
    ) -> Result<(), Refused> {
        let key = RendezvousKey::try_from(key.as_ref()).map_err(|_| Refused::Key)?;
        if addresses.is_empty() {
            return Err(Refused::Empty);
        }
        if now >= self.sweep_at {
            self.sweep(now);
        }
        let said_before = self.withdraw(&key, &provider);
        let until = now + RECORD_LIFETIME;
        let held = Held {
            provider,
            addresses,
            network,
            until,
        };
        match self.place_for(&key, &held) {
            Ok(taken) => {
                if let Some((key, provider)) = taken {
                    self.withdraw(&key, &provider);
                }
                self.insert(key, held);
                Ok(())
            }
            Err(refused) => {
                if let Some(before) = said_before {
                    self.insert(key, before);
                }
                Err(refused)
            }
        }
    }

    /// Who says that they are where, under this key.
    pub(super) fn said(
        &self,
        key: &RecordKey,
        now: Instant,
    ) -> impl Iterator<Item = (PeerId, &[Multiaddr])> {
        let key = RendezvousKey::try_from(key.as_ref()).ok();
        let held = key.and_then(|key| self.under.get(&key)).into_iter();
        let held = held.flatten().filter(move |held| now < held.until);
        held.map(|held| (held.provider, held.addresses.as_slice()))
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The record whose place a new one takes; none if there is one left.
    fn place_for(
        &self,
        key: &RendezvousKey,
        new: &Held,
    ) -> Result<Option<(RendezvousKey, PeerId)>, Refused> {
        let beside = self.under.get(key).map_or(&[][..], Vec::as_slice);
        let of_own = |network: Block| self.of_network.get(&network).map_or(0, BTreeSet::len);
        let near = beside.iter().filter(|held| held.is_of(new.network)).count();
        let of_own = new.network.map_or(0, of_own);
        if near >= RECORDS_PER_KEY_AND_NETWORK_MAX || of_own >= RECORDS_PER_NETWORK_MAX {
            return Err(Refused::Network);
        }
        if beside.len() >= RECORDS_PER_KEY_MAX {
            let taken = of_most(beside, near).ok_or(Refused::KeyFull)?;
            return Ok(Some((*key, taken)));
        }
        if self.count < RECORDS_MAX {
            return Ok(None);
        }
        let most = self.of_network.values().max_by_key(|ages| ages.len());
        let most = most.filter(|ages| ages.len() > of_own + 1);
        let oldest = most.and_then(BTreeSet::first).ok_or(Refused::Full)?;
        let (_, key, provider) = *oldest;
        Ok(Some((key, provider)))
    }

    fn insert(&mut self, key: RendezvousKey, held: Held) {
        if let Some(network) = held.network {
            let age = (held.until, key, held.provider);
            self.of_network.entry(network).or_default().insert(age);
        }
        self.count += 1;
        self.under.entry(key).or_default().push(held);
    }

    /// Takes out what `provider` said under a key.
    fn withdraw(&mut self, key: &RendezvousKey, provider: &PeerId) -> Option<Held> {
        let under = self.under.get_mut(key)?;
        let at = under.iter().position(|held| held.provider == *provider)?;
        let held = under.swap_remove(at);
        if under.is_empty() {
            self.under.remove(key);
        }
        self.forget(key, &held);
        Some(held)
    }

    /// Counts one less.
    fn forget(&mut self, key: &RendezvousKey, held: &Held) {
        self.count = self.count.saturating_sub(1);
        if let Some(network) = held.network
            && let Some(ages) = self.of_network.get_mut(&network)
        {
            ages.remove(&(held.until, *key, held.provider));
            if ages.is_empty() {
                self.of_network.remove(&network);
            }
        }
    }

    fn sweep(&mut self, now: Instant) {
        self.sweep_at = now + SWEEP_INTERVAL;
        let mut past = Vec::new();
        self.under.retain(|key, held| {
            let over = held.extract_if(.., |held| held.until <= now);
            past.extend(over.map(|held| (*key, held)));
            !held.is_empty()
        });
        for (key, held) in past {
            self.forget(&key, &held);
        }
    }
}

/// Who said the oldest of those `beside` that are of the network that has most of them, if that is more than `own` and
/// one more.
fn of_most(beside: &[Held], own: usize) -> Option<PeerId> {
    let near = |held: &&Held| {
        let of_it = beside.iter().filter(|other| other.is_of(held.network));
        of_it.count()
    };
    let crowded = beside.iter().filter(|held| near(held) > own + 1);
    let oldest = crowded.max_by_key(|held| (near(held), std::cmp::Reverse(held.until)))?;
    Some(oldest.provider)
}

/// What libp2p asks of it. What others say comes in by [`Records::take`] alone.
impl RecordStore for Records {
    type RecordsIter<'a> = Empty<Cow<'a, Record>>;
    type ProvidedIter<'a> = Empty<Cow<'a, ProviderRecord>>;

    fn get(&self, _: &RecordKey) -> Option<Cow<'_, Record>> {
        None
    }

    fn put(&mut self, _: Record) -> Result<(), Error> {
        Err(Error::ValueTooLarge)
    }

    fn remove(&mut self, _: &RecordKey) {}

    fn records(&self) -> Self::RecordsIter<'_> {
        std::iter::empty()
    }

    /// Of ours, which are told to others and never asked of us.
    fn add_provider(&mut self, _: ProviderRecord) -> Result<(), Error> {
        Ok(())
    }

    fn providers(&self, key: &RecordKey) -> Vec<ProviderRecord> {
        let said = self.said(key, Instant::now());
        let records = said.map(|(peer, at)| ProviderRecord::new(key.clone(), peer, at.to_vec()));
        records.collect()
    }

    fn provided(&self) -> Self::ProvidedIter<'_> {
        std::iter::empty()
    }

    fn remove_provider(&mut self, _: &RecordKey, _: &PeerId) {}
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use libp2p::identity::Keypair;

    use super::*;

    fn peer(number: usize) -> PeerId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        let key = Keypair::ed25519_from_bytes(bytes).unwrap();
        key.public().to_peer_id()
    }

    fn key(number: usize) -> RecordKey {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        RecordKey::new(&bytes)
    }

    /// The `number`th /24 of the internet.
    fn network(number: usize) -> Option<Block> {
        let bits = u32::try_from(number).unwrap() << 8;
        Some(Block::site(IpAddr::V4(Ipv4Addr::from_bits(bits))))
    }

    /// So many records, one a key, of networks that have `each`.
    fn fill(records: &mut Records, count: usize, each: usize, now: Instant) {
        for n in 0..count {
            let from = (peer(1), network(n / each));
            let later = now + Duration::from_millis(1) * u32::try_from(n).unwrap();
            records.take(&key(n), from, at(1), later).unwrap();
        }
    }

    fn at(port: u16) -> Vec<Multiaddr> {
        vec![format!("/ip4/45.0.0.1/tcp/{port}").parse().unwrap()]
    }

    fn said(records: &Records, key: &RecordKey, now: Instant) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let said = records.said(key, now);
        said.map(|(peer, at)| (peer, at.to_vec())).collect()
    }

    #[test]
    fn what_somebody_says_anew_takes_the_place_of_what_they_said() {
        let now = Instant::now();
        let mut records = Records::new(now);
        let ann = (peer(1), network(1));
        records.take(&key(1), ann, at(1), now).unwrap();
        records.take(&key(1), ann, at(2), now).unwrap();
        assert_eq!(said(&records, &key(1), now), [(peer(1), at(2))]);
        assert_eq!(said(&records, &key(2), now), []);
        assert_eq!(records.count(), 1);
    }

    #[test]
    fn nothing_is_given_past_its_time_and_a_sweep_makes_room() {
        let now = Instant::now();
        let mut records = Records::new(now);
        let ann = (peer(1), network(1));
        records.take(&key(1), ann, at(1), now).unwrap();
        let last = now + RECORD_LIFETIME - Duration::from_millis(1);
        assert_eq!(said(&records, &key(1), last).len(), 1);
        let past = now + RECORD_LIFETIME;
        assert_eq!(said(&records, &key(1), past), []);
        let ben = (peer(2), network(2));
        records.take(&key(2), ben, at(1), past).unwrap();
        assert_eq!(records.count(), 1, "swept");
        assert_eq!(records.of_network.len(), 1);
        assert_eq!(records.under.len(), 1);
    }

    #[test]
    fn under_a_key_there_are_as_many_as_may_be_and_not_one_more_unless_it_is_said_anew() {
        let now = Instant::now();
        let mut records = Records::new(now);
        for n in 0..RECORDS_PER_KEY_MAX {
            let taken = records.take(&key(1), (peer(n), network(n)), at(1), now);
            assert_eq!(taken, Ok(()), "{n}");
        }
        let more = (peer(RECORDS_PER_KEY_MAX), network(RECORDS_PER_KEY_MAX));
        let refused = records.take(&key(1), more, at(1), now);
        assert_eq!(refused, Err(Refused::KeyFull));
        let anew = records.take(&key(1), (peer(0), network(0)), at(2), now);
        assert_eq!(anew, Ok(()));
        assert_eq!(records.count(), RECORDS_PER_KEY_MAX);
    }

    #[test]
    fn of_a_network_there_are_few_under_a_key_and_not_one_more() {
        let now = Instant::now();
        let mut records = Records::new(now);
        for n in 0..RECORDS_PER_KEY_AND_NETWORK_MAX {
            let taken = records.take(&key(1), (peer(n), network(1)), at(1), now);
            assert_eq!(taken, Ok(()));
        }
        let more = peer(RECORDS_PER_KEY_AND_NETWORK_MAX);
        let refused = records.take(&key(1), (more, network(1)), at(1), now);
        assert_eq!(refused, Err(Refused::Network));
        let other = records.take(&key(1), (more, network(2)), at(1), now);
        assert_eq!(other, Ok(()));
    }

    #[test]
    fn a_network_has_as_many_as_may_be_and_not_one_more_and_others_have_theirs() {
        let now = Instant::now();
        let mut records = Records::new(now);
        for n in 0..RECORDS_PER_NETWORK_MAX {
            let taken = records.take(&key(n), (peer(1), network(1)), at(1), now);
            assert_eq!(taken, Ok(()));
        }
        let more = key(RECORDS_PER_NETWORK_MAX);
        let refused = records.take(&more, (peer(1), network(1)), at(1), now);
        assert_eq!(refused, Err(Refused::Network));
        let other = records.take(&more, (peer(1), network(2)), at(1), now);
        assert_eq!(other, Ok(()));
        // Refused as a whole: what was said before is still there.
        let moved = records.take(&more, (peer(1), network(1)), at(2), now);
        assert_eq!(moved, Err(Refused::Network));
        assert_eq!(said(&records, &more, now), [(peer(1), at(1))]);
    }

    #[test]
    fn in_all_there_are_as_many_as_may_be_and_not_one_more() {
        let now = Instant::now();
        let mut records = Records::new(now);
        fill(&mut records, RECORDS_MAX, 1, now);
        let ben = (peer(2), network(RECORDS_MAX));
        let refused = records.take(&key(RECORDS_MAX), ben, at(1), now);
        assert_eq!(refused, Err(Refused::Full), "nobody has more than he would");
        let later = now + 2 * RECORD_LIFETIME;
        assert_eq!(records.take(&key(RECORDS_MAX), ben, at(1), later), Ok(()));
    }

    #[test]
    fn who_comes_from_elsewhere_takes_the_place_of_the_oldest_of_the_network_that_has_most() {
        let now = Instant::now();
        let mut records = Records::new(now);
        fill(&mut records, RECORDS_MAX - 1, RECORDS_PER_NETWORK_MAX, now);
        let few = (peer(1), network(RECORDS_MAX));
        records.take(&key(RECORDS_MAX), few, at(1), now).unwrap();
        let last = RECORDS_MAX / RECORDS_PER_NETWORK_MAX - 1;
        for number in 1..=3 {
            let ben = (peer(2), network(RECORDS_MAX + number));
            let taken = records.take(&key(RECORDS_MAX + number), ben, at(1), now);
            assert_eq!(taken, Ok(()), "{number}");
            assert_eq!(records.count(), RECORDS_MAX);
        }
        assert_eq!(said(&records, &key(RECORDS_MAX), now).len(), 1, "few stay");
        let counts = (0..=last).map(|n| records.of_network[&network(n).unwrap()].len());
        let counts: Vec<usize> = counts.collect();
        assert_eq!(counts.iter().sum::<usize>(), RECORDS_MAX - 4);
        let gone = (0..RECORDS_MAX - 1).filter(|n| said(&records, &key(*n), now).is_empty());
        for gone in gone {
            let rank = gone % RECORDS_PER_NETWORK_MAX;
            assert!(rank < 3, "the oldest of its network: {gone}");
        }
    }

    #[test]
    fn under_a_key_who_comes_from_elsewhere_takes_the_place_of_one_who_has_two() {
        let now = Instant::now();
        let mut records = Records::new(now);
        for n in 0..RECORDS_PER_KEY_MAX {
            let from = (peer(n), network(n / RECORDS_PER_KEY_AND_NETWORK_MAX));
            let later = now + Duration::from_millis(1) * u32::try_from(n).unwrap();
            records.take(&key(1), from, at(1), later).unwrap();
        }
        let ben = (peer(100), network(100));
        assert_eq!(records.take(&key(1), ben, at(1), now), Ok(()));
        assert_eq!(records.count(), RECORDS_PER_KEY_MAX);
        let here = said(&records, &key(1), now);
        assert!(here.iter().any(|(one, _)| *one == peer(100)));
        assert!(!here.iter().any(|(one, _)| *one == peer(0)), "the oldest");
    }

    #[test]
    fn whoever_has_a_block_of_ipv6_addresses_is_one_network() {
        let now = Instant::now();
        let mut records = Records::new(now);
        let of = |text: &str| Some(Block::site(text.parse().unwrap()));
        for (n, network) in ["2620:fe:1:100::1", "2620:fe:1:200::1"]
            .into_iter()
            .enumerate()
        {
            records
                .take(&key(1), (peer(n), of(network)), at(1), now)
                .unwrap();
        }
        let refused = records.take(&key(1), (peer(3), of("2620:fe:1:300::1")), at(1), now);
        assert_eq!(refused, Err(Refused::Network));
        let other = records.take(&key(1), (peer(3), of("2620:fe:2::1")), at(1), now);
        assert_eq!(other, Ok(()));
    }

    #[test]
    fn what_is_no_key_or_says_nothing_is_refused_and_values_are() {
        let now = Instant::now();
        let mut records = Records::new(now);
        let ann = (peer(1), network(1));
        let short = RecordKey::new(&[1; 31]);
        assert_eq!(records.take(&short, ann, at(1), now), Err(Refused::Key));
        let long = RecordKey::new(&[1; 33]);
        assert_eq!(records.take(&long, ann, at(1), now), Err(Refused::Key));
        let nothing = records.take(&key(1), ann, Vec::new(), now);
        assert_eq!(nothing, Err(Refused::Empty));
        let value = Record::new(key(1), vec![1]);
        assert!(records.put(value).is_err());
        let own = ProviderRecord::new(key(1), peer(9), at(1));
        records.add_provider(own).unwrap();
        assert_eq!(records.count(), 0);
    }
}
