//! The table: what each policy came to on each trace, beside epidemic.
//!
//! Invariants
//! - The same results give the same text.

use crate::carrier::Policy;
use crate::simulation::Result;
use crate::trace::{HOUR, MINUTE, Trace};

/// What came of one trace.
#[derive(Debug)]
pub(crate) struct Outcomes {
    /// Which trace.
    pub(crate) trace: Trace,
    /// How much mail there was.
    pub(crate) mail: usize,
    /// By policy.
    pub(crate) results: Vec<(Policy, Result)>,
}

/// The table in Markdown.
pub(crate) fn table(all: &[Outcomes]) -> String {
    let mut text = String::from(
        "| trace | policy | delivered | delay, median | delay, p95 | transmissions | for each delivered | of \
         epidemic's delivery | of its transmissions |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for outcomes in all {
        let of = |wanted| {
            outcomes
                .results
                .iter()
                .find(|(policy, _)| *policy == wanted)
        };
        let epidemic = of(Policy::Epidemic).map(|(_, result)| result);
        for (policy, result) in &outcomes.results {
            let (delivered, all) = (delivered(result), count(outcomes.mail));
            let delays = delays(result);
            let cells = [
                outcomes.trace.name.clone(),
                policy.name().to_owned(),
                percent(delivered, all),
                duration(percentile(&delays, 50)),
                duration(percentile(&delays, 95)),
                result.transmissions.to_string(),
                tenths(result.transmissions, delivered),
                epidemic.map_or_else(dash, |to| percent(delivered, self::delivered(to))),
                epidemic.map_or_else(dash, |to| percent(result.transmissions, to.transmissions)),
            ];
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    text
}

/// What the table does not say: of which traces it is, and what else is transmitted.
pub(crate) fn notes(all: &[Outcomes], with_decoys: bool) -> String {
    let mut text = String::new();
    for outcomes in all {
        let trace = &outcomes.trace;
        text.push_str(&format!(
            "- {}: {}; {} nodes, {} contacts, {} envelopes with a lifetime of {} h.\n",
            trace.name,
            trace.about,
            trace.nodes,
            trace.contacts(),
            outcomes.mail,
            trace.lifetime_hours,
        ));
        for (policy, result) in &outcomes.results {
            if result.decoys > 0 || result.purges > 0 {
                let counted = if with_decoys {
                    "counted above"
                } else {
                    "not counted above"
                };
                text.push_str(&format!(
                    "  {}: {} decoys, {counted} ({} of the rest); {} purges told; at most {} envelopes kept \
                     by one node.\n",
                    policy.name(),
                    result.decoys,
                    percent(result.decoys, result.transmissions - if with_decoys { result.decoys } else { 0 }),
                    result.purges,
                    result.held_max,
                ));
            }
        }
    }
    text
}

/// How much arrived.
pub(crate) fn delivered(result: &Result) -> u64 {
    count(result.delays.iter().flatten().count())
}

/// The delays of what arrived, ascending.
pub(crate) fn delays(result: &Result) -> Vec<u64> {
    let mut delays: Vec<u64> = result.delays.iter().flatten().copied().collect();
    delays.sort_unstable();
    delays
}

/// The delay that so many hundredths of what arrived do not exceed.
fn percentile(delays: &[u64], percent: usize) -> Option<u64> {
    let rank = (delays.len() * percent).div_ceil(100);
    delays.get(rank.checked_sub(1)?).copied()
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn dash() -> String {
    "-".to_owned()
}

fn tenths(part: u64, whole: u64) -> String {
    let Some(tenths) = (part * 10 + whole / 2).checked_div(whole) else {
        return dash();
    };
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => dash(),
        _ => format!("{} %", tenths(part * 100, whole)),
    }
}

fn duration(millis: Option<u64>) -> String {
    millis.map_or_else(dash, |millis| {
        format!("{}:{:02} h", millis / HOUR, millis % HOUR / MINUTE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_what_a_calculator_says() {
        assert_eq!(tenths(2, 3), "0.7");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!((percent(5, 0), tenths(5, 0)), (dash(), dash()));
        assert_eq!(duration(Some(25 * HOUR + 7 * MINUTE + 59_999)), "25:07 h");
        let delays: Vec<u64> = (1..=20).collect();
        assert_eq!(percentile(&delays, 50), Some(10));
        assert_eq!(percentile(&delays, 95), Some(19));
        assert_eq!(percentile(&[], 95), None);
    }

    #[test]
    fn a_row_stands_beside_epidemic() {
        let of = |transmissions, delays| Result {
            transmissions,
            delays,
            ..Result::default()
        };
        let epidemic = of(100, vec![Some(MINUTE), Some(HOUR)]);
        let outcomes = Outcomes {
            trace: crate::trace::one::parse("x", "").unwrap(),
            mail: 2,
            results: vec![
                (Policy::Epidemic, epidemic),
                (Policy::Tidings, of(25, vec![None, Some(HOUR)])),
            ],
        };
        let text = table(&[outcomes]);
        let last = "| x | Tidings | 50.0 % | 1:00 h | 1:00 h | 25 | 25.0 | 50.0 % | 25.0 % |";
        assert_eq!(text.lines().last(), Some(last));
    }
}
