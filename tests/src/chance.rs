//! Chance: everything random in a world or a trace, from one seed, and how to run a seed again.
//!
//! Invariants
//! - The same seed gives the same draws, on every machine.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

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

/// Runs `scenario` for the seeds 1 to `count`, on every core, and hands what came of each to `take` in the order of the
/// seeds; should one fail, says how to run that one again.
///
/// The environment may choose: `TIDINGS_SEED` names the one seed to run, `TIDINGS_SEEDS` how many.
///
/// # Panics
/// If a scenario does; no seed is begun after that.
pub fn for_each_seed<T: Send>(
    test: &'static str,
    count: u64,
    scenario: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(T),
) {
    let chosen = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let seeds = match (chosen("TIDINGS_SEED"), chosen("TIDINGS_SEEDS")) {
        (Some(seed), _) => seed..=seed,
        (None, count_chosen) => 1..=count_chosen.unwrap_or(count),
    };
    let (first, cores) = (*seeds.start(), thread::available_parallelism());
    let (seeds, has_failed) = (Mutex::new(seeds), AtomicBool::new(false));
    let next = || {
        let seed = seeds.lock().ok()?.next();
        seed.filter(|_| !has_failed.load(Ordering::Relaxed))
    };
    let run = |seed| {
        let _told = Replay {
            test,
            seed,
            has_failed: &has_failed,
        };
        scenario(seed)
    };
    thread::scope(|scope| {
        let (done, results) = mpsc::channel();
        for _ in 0..cores.map_or(1, NonZero::get) {
            let done = done.clone();
            let (next, run) = (&next, &run);
            scope.spawn(move || {
                while let Some(seed) = next() {
                    // Whoever takes them has failed if nobody does.
                    let _ = done.send((seed, run(seed)));
                }
            });
        }
        drop(done);
        let (mut turn, mut early) = (first, BTreeMap::new());
        for (seed, result) in results {
            early.insert(seed, result);
            while let Some(result) = early.remove(&turn) {
                take(result);
                turn += 1;
            }
        }
    });
}

/// Names the seed if the test fails while it lives.
#[derive(Debug)]
struct Replay<'a> {
    test: &'static str,
    seed: u64,
    has_failed: &'a AtomicBool,
}

impl Drop for Replay<'_> {
    #[expect(clippy::print_stderr, reason = "a failing test says how to repeat it")]
    fn drop(&mut self) {
        if thread::panicking() {
            self.has_failed.store(true, Ordering::Relaxed);
            eprintln!(
                "seed {0} failed; again: TIDINGS_SEED={0} cargo test -p tidings-tests --test \
                 simulation {1}",
                self.seed, self.test
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_each_seed_is_taken_once_and_in_order() {
        let mut taken = Vec::new();
        for_each_seed("what_came", 50, |seed| seed * 2, |twice| taken.push(twice));
        let expected: Vec<u64> = (1..=50).map(|seed| seed * 2).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn a_seed_that_fails_fails_the_test() {
        let run = || for_each_seed("a_seed", 50, |seed| assert_ne!(seed, 20), drop);
        std::panic::catch_unwind(run).unwrap_err();
    }
}
