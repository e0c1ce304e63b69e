//! Rendezvous: under which keys contacts find us in a table that strangers keep, and under which we find them.
//!
//! Invariants
//! - Only devices of contacts with whom we have to do are in it, none of who is blocked or alarming.
//! - Of more devices than [`MEETINGS_MAX`] each has its turn: in every period the next so many.
//! - No key is used under two transport keys: whoever keeps it would learn that both are one device's.

use super::Engine;
use super::directory::Device;
use crate::id::{RendezvousKey, TransportId};
use crate::rendezvous::{PERIOD, Period};
use crate::time::WallTime;

/// Devices in one period.
pub const MEETINGS_MAX: usize = 128;
/// Secrets under which one device is looked for: that in use, and those that it may use instead.
pub const SECRETS_SOUGHT_MAX: usize = 3;

/// How many periods after that in which the transport key was rotated are passed over: the key before may have been used
/// under that one and the next, as clocks may be ahead.
const PERIODS_PASSED_OVER: u64 = 2;

/// How we and one device of a contact find each other, for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The device's transport key: whatever else is found under its keys is of somebody else.
    pub peer: TransportId,
    /// Under which key to store where we are.
    pub provide: RendezvousKey,
    /// Under which keys to look for the device, the likeliest first.
    pub seek: Vec<RendezvousKey>,
}

impl Engine {
    /// With whom we may meet in the period in which `now` is, and by which keys. It changes with every period, and with
    /// contacts and the secrets that are shared with them.
    #[must_use]
    pub fn meetings(&self, now: WallTime) -> Vec<Meeting> {
        let period = Period::at(now);
        if period.number() < self.first_period(now) {
            return Vec::new();
        }
        let contacts = self.directory.people();
        let contacts = contacts.filter(|contact| contact.is_admitted());
        let devices: Vec<&Device> = contacts
            .flat_map(|contact| self.directory.placed(contact.person))
            .collect();
        let turn = turn(devices.len(), period);
        let in_turn = devices.iter().cycle().skip(turn);
        let in_turn = in_turn.take(devices.len().min(MEETINGS_MAX));
        let meetings = in_turn.filter_map(|device| self.meeting(device, period, now));
        meetings.collect()
    }

    /// The first period whose keys are of the transport key that we have now alone. A clock that went back since by more
    /// than those that are passed over cannot tell, and to be found comes first.
    fn first_period(&self, now: WallTime) -> u64 {
        let latest = (0..PERIODS_PASSED_OVER).fold(now, |at, _| at.after(PERIOD));
        let rotated_at = self.own.rotated_at().filter(|at| *at <= latest);
        rotated_at.map_or(0, |at| {
            let last = Period::at(at).number();
            last.saturating_add(PERIODS_PASSED_OVER)
        })
    }

    fn meeting(&self, device: &Device, period: Period, now: WallTime) -> Option<Meeting> {
        let first = self.first_period(now);
        let (own, other) = (self.own.device(), device.card.device);
        let mut secrets = self.pairs.found_by(&other);
        secrets.truncate(SECRETS_SOUGHT_MAX);
        let provide = period.key(&secrets.first()?.key, own, other);
        let periods = period.around().into_iter();
        let periods = periods.filter(|period| period.number() >= first);
        let seek = periods.flat_map(|period| {
            let secrets = secrets.iter();
            secrets.map(move |secret| period.key(&secret.key, other, own))
        });
        Some(Meeting {
            peer: device.card.transport,
            provide,
            seek: seek.collect(),
        })
    }
}

/// With which of so many devices a period begins.
fn turn(devices: usize, period: Period) -> usize {
    let [devices_64, max] = [devices, MEETINGS_MAX].map(|n| u64::try_from(n).unwrap_or(u64::MAX));
    if devices <= MEETINGS_MAX {
        return 0;
    }
    let first = period.number().wrapping_mul(max).checked_rem(devices_64);
    usize::try_from(first.unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::engine::tests::{at, identity, profile};
    use crate::identity::OwnIdentity;
    use crate::pair::Pair;
    use crate::pairing::ContactSecret;
    use crate::record::{PairRecord, SecretBytes};

    fn secret(number: u8) -> ContactSecret {
        ContactSecret {
            id: crate::id::SecretId::new([number; 16]),
            key: [number; 32].into(),
        }
    }

    /// Somebody who agreed on these secrets with the other, the latest last, and met by others that it is not known to
    /// have.
    fn engine(own: &OwnIdentity, other: &OwnIdentity, agreed: &[u8], met: &[u8]) -> Engine {
        let mut profile = profile(own, &[other]);
        let mut pair = Pair::new(own.device(), other.device());
        let now = at(0).wall;
        agreed.iter().for_each(|n| pair.agree(secret(*n), now));
        met.iter().for_each(|n| pair.meet(secret(*n), now));
        profile.pairs.push(PairRecord {
            device: other.device(),
            state: SecretBytes::from(pair.to_bytes()),
        });
        Engine::open(profile, &[9; 32], at(0)).unwrap()
    }

    fn only(engine: &Engine, now: WallTime) -> Meeting {
        let mut meetings = engine.meetings(now);
        assert_eq!(meetings.len(), 1);
        meetings.remove(0)
    }

    #[test]
    fn each_looks_where_the_other_stores_and_never_where_it_does_itself() {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        let of_ann = engine(&ann, &ben, &[1], &[]);
        let of_ben = engine(&ben, &ann, &[1], &[]);
        let now = at(0).wall;
        let (hers, his) = (only(&of_ann, now), only(&of_ben, now));
        assert_eq!((hers.peer, his.peer), (ben.transport(), ann.transport()));
        assert_eq!(hers.seek[0], his.provide);
        assert_eq!(his.seek[0], hers.provide);
        assert!(!hers.seek.contains(&hers.provide));
        let later = only(&of_ben, now.after(PERIOD));
        assert_ne!(later.provide, his.provide);
        assert!(hers.seek.contains(&later.provide), "his clock is ahead");
        assert!(later.seek.contains(&hers.provide), "hers is behind");
    }

    #[test]
    fn whoever_is_one_secret_ahead_is_found_and_finds_the_other() {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        let now = at(0).wall;
        for (anns, bens, met) in [(&[1, 2][..], &[1][..], &[2][..]), (&[1, 2], &[1, 2], &[])] {
            let hers = only(&engine(&ann, &ben, anns, &[]), now);
            let his = only(&engine(&ben, &ann, bens, met), now);
            assert!(hers.seek.contains(&his.provide));
            assert!(his.seek.contains(&hers.provide));
        }
    }

    #[test]
    fn as_many_secrets_as_may_be_are_looked_under_and_not_one_more() {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        let secrets: Vec<u8> = (1..).take(SECRETS_SOUGHT_MAX + 1).collect();
        for count in [SECRETS_SOUGHT_MAX, SECRETS_SOUGHT_MAX + 1] {
            let engine = engine(&ann, &ben, &secrets[..count], &[]);
            let seek = only(&engine, at(0).wall).seek;
            assert_eq!(seek.len(), 3 * SECRETS_SOUGHT_MAX);
            assert_eq!(seek.iter().collect::<BTreeSet<_>>().len(), seek.len());
        }
    }

    #[test]
    fn no_key_is_used_under_two_transport_keys() {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        let keys = |own: &OwnIdentity, now: WallTime| -> Vec<RendezvousKey> {
            let meetings = engine(own, &ben, &[1], &[]).meetings(now);
            let keys = meetings.into_iter().flat_map(|meeting| {
                let seek = meeting.seek.into_iter();
                seek.chain([meeting.provide])
            });
            keys.collect()
        };
        let rotated_at = at(0).wall;
        let before: BTreeSet<_> = keys(&ann, rotated_at).into_iter().collect();
        assert!(!before.is_empty());
        let mut rotated = OwnIdentity::from_bytes(&ann.to_bytes()).unwrap();
        let mut rng = crate::rng::Rng::from_seed(&[3; 32]);
        rotated.prepare_transport(&mut rng);
        rotated.take_transport(rotated_at, &mut rng);
        let mut now = rotated_at;
        for periods in 0..6 {
            let used = keys(&rotated, now);
            assert!(used.iter().all(|key| !before.contains(key)), "{periods}");
            let is_over = periods >= PERIODS_PASSED_OVER;
            assert_eq!(!used.is_empty(), is_over, "{periods}");
            now = now.after(PERIOD);
        }
        // A clock that was ahead at the start and was put right since says none either.
        let back = |millis| WallTime::from_millis(rotated_at.as_millis() - millis);
        for millis in [1, 2 * 3_600_000, 12 * 3_600_000] {
            assert!(keys(&rotated, back(millis)).is_empty(), "{millis}");
        }
        // Whoever has set it back by more looks for others all the same.
        assert!(!keys(&rotated, back(12 * 3_600_000 + 1)).is_empty());
    }

    #[test]
    fn nobody_who_is_blocked_or_shares_no_secret_is_met() {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        let mut blocked = profile(&ann, &[&ben]);
        blocked.contacts[0].blocked = true;
        let blocked = Engine::open(blocked, &[9; 32], at(0)).unwrap();
        assert_eq!(blocked.meetings(at(0).wall), []);
        let strange = Engine::open(profile(&ann, &[&ben]), &[9; 32], at(0)).unwrap();
        assert_eq!(strange.meetings(at(0).wall), []);
    }

    #[test]
    fn as_many_devices_as_may_be_all_meet_and_of_one_more_each_has_its_turn() {
        let most = MEETINGS_MAX;
        let periods = || (0..2_000).map(Period::new);
        assert!(periods().all(|period| turn(most, period) == 0));
        let mut met = BTreeSet::new();
        for period in periods() {
            let first = turn(most + 1, period);
            assert!(first < most + 1);
            met.insert((first + most) % (most + 1));
        }
        assert_eq!(met.len(), most + 1, "each is the one left out, in its turn");
        // The whole engine, with more contacts than have a place at once.
        let ann = identity("Ann", 1);
        let others: Vec<_> = (0..=u8::try_from(most).unwrap())
            .map(|seed| identity("Ben", seed.wrapping_add(100)))
            .collect();
        let mut profile = profile(&ann, &others.iter().collect::<Vec<_>>());
        for other in &others {
            let mut pair = Pair::new(ann.device(), other.device());
            pair.agree(secret(1), at(0).wall);
            profile.pairs.push(PairRecord {
                device: other.device(),
                state: SecretBytes::from(pair.to_bytes()),
            });
        }
        let engine = Engine::open(profile, &[9; 32], at(0)).unwrap();
        let met = |now: WallTime| -> BTreeSet<TransportId> {
            let meetings = engine.meetings(now);
            meetings.iter().map(|meeting| meeting.peer).collect()
        };
        let (now, next) = (at(0).wall, at(0).wall.after(PERIOD));
        assert_eq!((met(now).len(), met(next).len()), (most, most));
        assert_ne!(met(now), met(next));
        let soon = now.after(Duration::from_secs(1));
        assert_eq!(met(now), met(soon));
    }
}
