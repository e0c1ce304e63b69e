//! What is measured, and how it is shown.

use std::time::Duration;

/// Rows of (what, product, floor or goal, ratio or verdict).
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<[String; 4]>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Adds a row, and shows at once that it is done.
    pub(crate) fn row(
        &mut self,
        what: &str,
        product: impl Into<String>,
        against: impl Into<String>,
        ratio: impl Into<String>,
    ) {
        eprintln!("measured: {what}");
        self.rows.push([
            what.to_owned(),
            product.into(),
            against.into(),
            ratio.into(),
        ]);
    }

    /// Prints all rows as a Markdown table.
    pub(crate) fn print(&self) {
        println!("| measure | product | floor or goal | ratio |");
        println!("|---|---|---|---|");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
    }
}

/// Durations of many trials, sorted.
#[derive(Debug)]
pub(crate) struct Spread(Vec<Duration>);

impl Spread {
    pub(crate) fn new(mut trials: Vec<Duration>) -> Self {
        trials.sort_unstable();
        Self(trials)
    }

    /// The duration that `percent` of the trials do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let index = (self.0.len() * percent / 100).min(last);
        self.0.get(index).copied().unwrap_or_default()
    }

    pub(crate) fn max(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }

    pub(crate) fn over(&self, limit: Duration) -> usize {
        self.0.iter().filter(|trial| **trial > limit).count()
    }
}

/// Microseconds, for people.
pub(crate) fn micros(duration: Duration) -> String {
    format!("{} µs", duration.as_micros())
}

/// Microseconds and their tenths, for people.
pub(crate) fn tenths(duration: Duration) -> String {
    format!("{:.1} µs", duration.as_secs_f64() * 1_000_000.0)
}

/// Milliseconds, for people.
pub(crate) fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

/// Milliseconds and their tenths, for people.
pub(crate) fn tenths_of_millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

/// A ratio, for people.
pub(crate) fn ratio(product: Duration, floor: Duration) -> String {
    ratio_of(product.as_secs_f64(), floor.as_secs_f64())
}

/// A ratio of other things than times, for people.
pub(crate) fn ratio_of(product: f64, floor: f64) -> String {
    format!("{:.2}", product / floor)
}

/// Several of one thing, for people.
pub(crate) fn each<T>(all: &[T], show: impl Fn(&T) -> String) -> String {
    let shown: Vec<String> = all.iter().map(show).collect();
    shown.join(" / ")
}

/// A rate, for people.
pub(crate) fn rate(count: u32, time: Duration) -> String {
    format!("{:.0}/s", f64::from(count) / time.as_secs_f64())
}
