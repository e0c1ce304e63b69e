//! The table: what was measured, beside what it is held against.
//!
//! Invariants
//! - It is printed when it is dropped, however that comes about.

use std::time::Duration;

use super::trials::Trials;

/// What stands where there is nothing to say.
pub(super) const NOTHING: &str = "-";
/// What is rare is told by the hour.
pub(super) const SECONDS_PER_HOUR: f64 = 3_600.0;
/// How much of one processor is to be enough for a node that has nothing to do, in percent.
const GOAL_PERCENT: f64 = 0.2;

/// How long something took.
#[derive(Debug)]
pub(super) struct Measure<'a> {
    pub(super) what: &'a str,
    /// What it is held against, with its name.
    pub(super) floor: Option<(&'a str, &'a Trials)>,
    pub(super) trials: &'a Trials,
    /// What ninety-nine of a hundred trials are to stay below.
    pub(super) goal: Option<Duration>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<[String; 5]>,
}

impl Table {
    /// Adds how long something took.
    pub(super) fn times(&mut self, measure: &Measure<'_>) {
        let trials = measure.trials;
        let nothing = || NOTHING.to_owned();
        let floor = measure.floor.map(|(name, floor)| {
            let to_it = over(trials.percentile(50), floor.percentile(50));
            let ratio = to_it.map(|ratio| format!("{ratio:.2} of the floor's p50"));
            (format!("{name}: {}", floor.shown()), ratio)
        });
        let goal = measure.goal.map(|goal| {
            let of_it = over(trials.percentile(99), Some(goal));
            let ratio = of_it.map(|ratio| format!("p99 {ratio:.2} of the goal"));
            (format!("p99 < {} ms", goal.as_millis()), ratio)
        });
        let (floor, to_floor) = floor.unwrap_or_else(|| (nothing(), None));
        let (goal, of_goal) = goal.unwrap_or_else(|| (nothing(), None));
        let ratios: Vec<String> = [to_floor, of_goal].into_iter().flatten().collect();
        let ratios = if ratios.is_empty() {
            nothing()
        } else {
            ratios.join("; ")
        };
        self.row([measure.what.to_owned(), floor, trials.shown(), goal, ratios]);
    }

    /// Adds how much of a processor an hour takes, by what was computed in some seconds.
    pub(super) fn processor(&mut self, when: &str, elapsed: f64, computed: f64) {
        let percent = computed / elapsed * 100.0;
        let hourly = computed / elapsed * SECONDS_PER_HOUR;
        let goal = GOAL_PERCENT / 100.0 * SECONDS_PER_HOUR;
        self.row([
            format!("processor time {when} (by {elapsed:.0} s)"),
            NOTHING.to_owned(),
            format!("{hourly:.1} s ({percent:.3} % of one)"),
            format!("{goal:.1} s ({GOAL_PERCENT} %)"),
            format!("{:.2} of the goal", hourly / goal),
        ]);
    }

    /// Adds a row, and shows at once that it is done.
    #[expect(clippy::print_stderr, reason = "a benchmark that takes its time")]
    pub(super) fn row(&mut self, row: [String; 5]) {
        eprintln!("measured: {}: {}", row[0], row[2]);
        self.rows.push(row);
    }
}

impl Drop for Table {
    #[expect(clippy::print_stdout, reason = "its table is what it is for")]
    fn drop(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        println!("\n| measure | floor | measured: p50 / p99 / max | goal | ratio |");
        println!("|---|---|---|---|---|");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
    }
}

fn over(time: Option<Duration>, other: Option<Duration>) -> Option<f64> {
    ratio(time?.as_secs_f64(), other?.as_secs_f64())
}

/// How many times the other something is; `None` if the other is nothing.
pub(super) fn ratio(value: f64, other: f64) -> Option<f64> {
    (other > 0.0).then(|| value / other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(milliseconds: &[u64]) -> Trials {
        let mut trials = Trials::default();
        for time in milliseconds {
            trials.add(Some(Duration::from_millis(*time)));
        }
        trials
    }

    #[test]
    fn the_middle_is_held_against_the_floor_and_what_is_late_against_the_goal() {
        let mut table = Table::default();
        let (product, floor) = (trials(&[10, 20, 30]), trials(&[4, 5, 6]));
        table.times(&Measure {
            what: "a way",
            floor: Some(("TCP", &floor)),
            trials: &product,
            goal: Some(Duration::from_millis(60)),
        });
        let [what, floor, measured, goal, ratios] = table.rows.remove(0);
        assert_eq!(what, "a way");
        assert_eq!(floor, "TCP: 5.00 / 6.00 / 6.00 ms, n 3");
        assert_eq!(measured, "20.00 / 30.00 / 30.00 ms, n 3");
        assert_eq!(goal, "p99 < 60 ms");
        assert_eq!(ratios, "4.00 of the floor's p50; p99 0.50 of the goal");
    }

    #[test]
    fn where_there_is_no_floor_no_goal_or_no_trial_there_is_no_ratio() {
        let mut table = Table::default();
        let (some, none) = (trials(&[10]), Trials::default());
        for (floor, trials, goal) in [
            (None, &some, None),
            (Some(("TCP", &none)), &some, None),
            (Some(("TCP", &some)), &none, Some(Duration::from_secs(1))),
        ] {
            table.times(&Measure {
                what: "a way",
                floor,
                trials,
                goal,
            });
            let [.., ratios] = table.rows.remove(0);
            assert_eq!(ratios, NOTHING);
        }
    }
}
