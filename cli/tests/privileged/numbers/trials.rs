//! Trials: how long something took, each time that it was tried.

use std::time::Duration;

/// Trials that may come to nothing before one comes about; one more, and nothing here works.
const MISSES: usize = 5;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Trials {
    /// From the shortest to the longest.
    times: Vec<Duration>,
    missed: usize,
}

impl Trials {
    /// One more; `None` if it did not come about while it was waited for. Fails the test if hardly any does.
    #[track_caller]
    pub(super) fn add(&mut self, time: Option<Duration>) {
        match time {
            Some(time) => {
                let place = self.times.partition_point(|other| *other <= time);
                self.times.insert(place, time);
            }
            None => self.missed += 1,
        }
        let (times, missed) = (self.times.len(), self.missed);
        assert!(
            missed <= times + MISSES,
            "{missed} trials came to nothing, and {times} to something"
        );
    }

    /// The time that so many of a hundred trials did not exceed; `None` without any.
    pub(super) fn percentile(&self, percent: usize) -> Option<Duration> {
        let rank = (self.times.len() * percent).div_ceil(100);
        self.times.get(rank.checked_sub(1)?).copied()
    }

    /// For people: the middle one, the one that one of a hundred exceeds, the longest, and how many there were.
    pub(super) fn shown(&self) -> String {
        let [middle, late, last] = [50, 99, 100].map(|percent| match self.percentile(percent) {
            Some(time) => format!("{:.2}", time.as_secs_f64() * 1_000.0),
            None => "-".to_owned(),
        });
        let count = self.times.len();
        let missed = match self.missed {
            0 => String::new(),
            some => format!(", {some} more came to nothing"),
        };
        format!("{middle} / {late} / {last} ms, n {count}{missed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(milliseconds: impl Iterator<Item = u64>) -> Trials {
        let mut trials = Trials::default();
        for time in milliseconds {
            trials.add(Some(Duration::from_millis(time)));
        }
        trials
    }

    #[test]
    fn of_a_hundred_trials_the_99th_percentile_is_the_last_but_one_in_whatever_order_they_came() {
        let trials = of((1..=100).rev());
        let percentile = |percent| trials.percentile(percent).unwrap().as_millis();
        assert_eq!([50, 99, 100].map(percentile), [50, 99, 100]);
        assert_eq!(trials.shown(), "50.00 / 99.00 / 100.00 ms, n 100");
    }

    #[test]
    fn of_few_trials_the_99th_percentile_is_the_longest_and_of_none_there_is_none() {
        let trials = of(1..=30);
        assert_eq!(trials.percentile(99), Some(Duration::from_millis(30)));
        assert_eq!(Trials::default().percentile(99), None);
        assert_eq!(Trials::default().shown(), "- / - / - ms, n 0");
    }

    #[test]
    fn trials_that_come_to_nothing_are_counted_apart() {
        let mut trials = of(1..=1);
        trials.add(None);
        let shown = "1.00 / 1.00 / 1.00 ms, n 1, 1 more came to nothing";
        assert_eq!(trials.shown(), shown);
    }

    #[test]
    #[should_panic(expected = "6 trials came to nothing, and 0 to something")]
    fn when_no_trial_at_all_comes_about_it_ends() {
        let mut trials = Trials::default();
        for _ in 0..=MISSES {
            trials.add(None);
        }
    }
}
