//! Rotating the transport key: another takes its place, and nothing in the network says that both are one device's.
//!
//! ```text
//!   in use ------------------------------> erased
//!   nothing --prepare--> next --take--> in use, shown in a card of a higher version
//!            at any time         at a start, before there is a network
//! ```
//!
//! Invariants
//! - One key is in use at a time, for as long as the network runs; the next is stored before it is taken. So whoever
//!   crashes while it is taken takes the same one again.
//! - With the key the bundle changes, and so the version of the card: no two cards of one version name two keys.
//! - Rotating makes no bundle go before its offline window has ended.

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::{BUNDLES_MAX, OwnIdentity};
use crate::identity::card::version;
use crate::identity::keys::{KEY_BYTES, SigningSecret};
use crate::identity::secret;
use crate::rng::Rng;
use crate::time::WallTime;

/// Bundles made in one offline window because a week was over, at most, beside the first.
const WEEKLY_BUNDLES: usize = 6;
/// Most past bundles beside which the key is rotated: there is room for one more, and for those of the weeks to come.
const PAST_BUNDLES_TO_ROTATE_MAX: usize = BUNDLES_MAX - 2 - WEEKLY_BUNDLES;

/// A transport key that is to be used from the next start on.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(super) struct NextTransport {
    #[cbor(n(0), with = "secret")]
    key: Zeroizing<[u8; KEY_BYTES]>,
}

/// When the transport key came into use, if it is not the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Rotation {
    /// With which bundle.
    #[n(0)]
    bundle: u64,
    /// When, by this device's clock.
    #[n(1)]
    at: WallTime,
}

impl OwnIdentity {
    /// Whether so few past bundles are kept that another may join them before its week is over.
    #[must_use]
    pub const fn may_rotate_transport(&self) -> bool {
        self.past.len() <= PAST_BUNDLES_TO_ROTATE_MAX
    }

    /// Makes the transport key that [`Self::take_transport`] takes, unless there is one. Returns whether anything
    /// changed, so that the caller stores it.
    pub fn prepare_transport(&mut self, rng: &mut Rng) -> bool {
        if self.next_transport.is_some() {
            return false;
        }
        let key = rng.secret();
        self.next_transport = Some(NextTransport { key });
        true
    }

    /// Takes the transport key that was prepared, if one was, and erases the one before; the next bundle goes with it.
    /// Returns whether anything changed, so that the caller stores it before it shows a card.
    pub fn take_transport(&mut self, now: WallTime, rng: &mut Rng) -> bool {
        let Some(next) = self.next_transport.take() else {
            return false;
        };
        self.transport = SigningSecret::from_bytes(&next.key);
        self.renew_bundle(now, rng);
        self.erase_past(now);
        self.rotation = Some(Rotation {
            bundle: self.bundle.number(),
            at: now,
        });
        true
    }

    /// The lowest version of a card that names the transport key in use; 0 if every one does.
    #[must_use]
    pub fn transport_version(&self) -> u64 {
        let epoch = self.certificate.epoch;
        self.rotation
            .map_or(0, |rotation| version(epoch, rotation.bundle))
    }

    /// When the transport key came into use, if it is not the first.
    #[must_use]
    pub fn rotated_at(&self) -> Option<WallTime> {
        self.rotation.map(|rotation| rotation.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::bundle::{BUNDLE_GRACE, BUNDLE_LIFETIME};

    const START: WallTime = WallTime::from_millis(1_700_000_000_000);

    fn rng() -> Rng {
        Rng::from_seed(&[7; 32])
    }

    fn own() -> OwnIdentity {
        let made = OwnIdentity::create("Ann", "laptop", START, &mut Rng::from_seed(&[1; 32]));
        made.unwrap().0
    }

    fn read(own: &OwnIdentity) -> OwnIdentity {
        OwnIdentity::from_bytes(&own.to_bytes()).unwrap()
    }

    #[test]
    fn a_key_that_was_prepared_is_in_use_once_it_is_taken_and_not_before() {
        let mut own = own();
        let first = own.transport();
        assert!(!own.take_transport(START, &mut rng()), "none was prepared");
        assert!(own.prepare_transport(&mut rng()));
        let mut own = read(&own);
        assert_eq!(own.card(Vec::new()).verify().unwrap().transport, first);
        assert_eq!((own.rotated_at(), own.transport_version()), (None, 0));
        let version = own.version();
        assert!(own.take_transport(START, &mut rng()));
        let mut own = read(&own);
        let card = own.card(Vec::new()).verify().unwrap();
        assert_ne!(card.transport, first);
        assert_eq!(card.transport, own.transport());
        assert!(card.version() > version);
        assert_eq!(own.transport_version(), card.version());
        assert_eq!(own.rotated_at(), Some(START));
        assert!(!own.take_transport(START, &mut rng()), "it was taken");
    }

    #[test]
    fn whoever_takes_a_key_and_forgets_it_takes_the_same_one_again() {
        let mut own = own();
        own.prepare_transport(&mut rng());
        assert!(!own.prepare_transport(&mut Rng::from_seed(&[8; 32])));
        let taken = [1, 2].map(|seed| {
            let mut own = read(&own);
            assert!(own.take_transport(START, &mut Rng::from_seed(&[seed; 32])));
            own.transport()
        });
        assert_eq!(taken[0], taken[1]);
    }

    #[test]
    fn of_the_key_before_nothing_is_stored() {
        let mut own = own();
        let first = own.transport_secret();
        own.prepare_transport(&mut rng());
        let holds = |own: &OwnIdentity| {
            let bytes = own.to_bytes();
            bytes.windows(first.len()).any(|part| part == *first)
        };
        assert!(holds(&own));
        own.take_transport(START, &mut rng());
        assert!(!holds(&own));
    }

    #[test]
    fn a_card_with_the_next_key_is_signed_by_that_key() {
        let mut own = own();
        let first = own.transport();
        own.prepare_transport(&mut rng());
        own.take_transport(START, &mut rng());
        assert!(own.card_at(first).verify().is_err(), "who knows it alone");
        assert!(own.card(Vec::new()).verify().is_ok());
    }

    #[test]
    fn whoever_rotates_as_often_as_may_be_keeps_every_bundle_for_its_offline_window_and_once_more_is_too_often()
     {
        let (mut own, mut rng) = (own(), rng());
        let mut rotated = 0;
        while own.may_rotate_transport() {
            own.prepare_transport(&mut rng);
            own.take_transport(START, &mut rng);
            rotated += 1;
        }
        assert_eq!(rotated, PAST_BUNDLES_TO_ROTATE_MAX + 1);
        let mut now = START;
        let ends = START.after(BUNDLE_LIFETIME).after(BUNDLE_GRACE);
        while now < ends {
            assert!(own.bundle(1).is_some(), "{now:?}");
            now = now.after(BUNDLE_LIFETIME);
            own.rotate_bundle_if_due(now.min(ends), &mut rng);
        }
        assert!(own.bundle(1).is_none());
        assert!(own.may_rotate_transport());
        assert!(OwnIdentity::from_bytes(&own.to_bytes()).is_ok());
    }
}
