//! Chance: everything random in a world or a trace, from one seed, and how to run a seed again.
//!
//! Invariants
//! - The same seed gives the same draws, on every machine.

use std::ops::RangeInclusive;

use tidings_protocol::rng::Rng;

/// A seeded source of choices.
#[derive(Debug)]
pub struct Chance(Rng);

impl Chance {
    /// Starts from a number.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(seed.to_le_bytes()) {
            *to = from;
        }
        Self(Rng::from_seed(&bytes))
    }

    /// The next bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        self.0.bytes()
    }

    /// A generator of its own for a part that needs one.
    #[must_use]
    pub fn rng(&mut self) -> Rng {
        self.0.fork()
    }

    /// A number of the range.
    #[must_use]
    pub fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = range.into_inner();
        let draw = u64::from_le_bytes(self.0.bytes());
        match high.saturating_sub(low).checked_add(1) {
            Some(width) => low.saturating_add(draw % width),
            None => draw,
        }
    }

    /// True once in `times`.
    #[must_use]
    pub fn one_in(&mut self, times: u64) -> bool {
        self.within(1..=times) == 1
    }

    /// An index below `length`, which is not 0.
    #[must_use]
    pub fn index(&mut self, length: usize) -> usize {
        let last = u64::try_from(length.saturating_sub(1)).unwrap_or(u64::MAX);
        usize::try_from(self.within(0..=last)).unwrap_or_default()
    }
}

/// Runs `scenario` for the seeds 1 to `count`; should one fail, says how to run that one again.
///
/// The environment may choose: `TIDINGS_SEED` names the one seed to run, `TIDINGS_SEEDS` how many.
pub fn for_each_seed(test: &'static str, count: u64, scenario: impl Fn(u64)) {
    let chosen = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let seeds = match (chosen("TIDINGS_SEED"), chosen("TIDINGS_SEEDS")) {
        (Some(seed), _) => seed..=seed,
        (None, count_chosen) => 1..=count_chosen.unwrap_or(count),
    };
    for seed in seeds {
        let _told = Replay { test, seed };
        scenario(seed);
    }
}

/// Names the seed if the test fails while it lives.
#[derive(Debug)]
struct Replay {
    test: &'static str,
    seed: u64,
}

impl Drop for Replay {
    #[expect(clippy::print_stderr, reason = "a failing test says how to repeat it")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "seed {0} failed; again: TIDINGS_SEED={0} cargo test -p tidings-tests --test \
                 simulation {1}",
                self.seed, self.test
            );
        }
    }
}
