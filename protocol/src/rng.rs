//! Randomness, as an argument: a seeded generator that the driver seeds from the operating system
//! and the simulator from a number.
//!
//! Invariants
//! - The same seed gives the same bytes, so a run can be replayed.
//! - The state is erased on drop and never printed.

use std::fmt;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use zeroize::Zeroizing;

use crate::domain::Domain;

/// A cryptographic generator (ChaCha20) with an explicit seed.
pub struct Rng(ChaCha20Rng);

impl Rng {
    /// Starts from `seed`, which must be secret and used once.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(*seed))
    }

    /// The next `N` bytes, public or secret.
    #[must_use]
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// The next `N` bytes as a secret, erased when dropped.
    #[must_use]
    pub fn secret<const N: usize>(&mut self) -> Zeroizing<[u8; N]> {
        let mut secret = Zeroizing::new([0; N]);
        self.fill(secret.as_mut());
        secret
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// An independent generator, for a part that needs to own one.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::from_seed(&Domain::RngFork.derive(&[self.secret::<32>().as_ref()]))
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream_and_forks_differ_from_it() {
        let (mut a, mut b) = (Rng::from_seed(&[7; 32]), Rng::from_seed(&[7; 32]));
        assert_eq!(a.bytes::<16>(), b.bytes::<16>());
        let mut forked = a.fork();
        assert_ne!(forked.bytes::<16>(), a.bytes::<16>());
    }
}
