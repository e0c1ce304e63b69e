//! Symbolic check: which envelope opens at which compromise, over all short interleavings of what two who
//! met and the members of a room may do.
//!
//! ```text
//!   real Pair, SenderChain, OwnIdentity --step--> bytes that they store --> names of the secrets in them
//!          | seal                                                               | one state is stolen
//!          v                                                                    v
//!   envelopes as terms ------------------ all of them are seen -----------> knowledge, closed
//! ```
//!
//! This finds what follows from how the envelopes are composed. It proves nothing of the primitives, nor of
//! longer runs.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a broken assumption must stop the test, and what was searched is told"
)]

mod attacker;
mod device;
mod message;
mod rows;
mod run;
mod scenario;
mod stored;
mod table;
mod term;
mod weakness;
mod world;

use rows::{PLANTED, ROWS, Row};
use scenario::{PAIR, ROOM, TALK};
use table::Table;
use weakness::Weakness;

const DOCUMENT: &str = include_str!("../../docs/THREATS.md");
const BEGIN: &str = "<!-- What follows is compared with what tests/symbolic finds. -->\n\n";
const END: &str = "\n<!-- So far. -->";

#[test]
fn what_opens_at_which_compromise_is_what_the_document_says() {
    let mut table = Table::default();
    std::thread::scope(|scope| {
        let searches = [&PAIR, &TALK, &ROOM].map(|scenario| {
            scope.spawn(move || {
                let mut table = Table::default();
                table.search(scenario, None, scenario.length);
                table
            })
        });
        for search in searches {
            table.merge(search.join().unwrap());
        }
    });
    println!(
        "{} runs, knowledge closed {} times, {} terms",
        table.runs, table.closures, table.terms
    );
    let rows: Vec<Row> = ROWS.iter().map(|(row, _)| *row).collect();
    assert_eq!(table.others(&rows), []);
    for (row, verdict) in ROWS {
        assert_eq!(table.verdict(*row), *verdict, "{row:?}");
    }
    let found = table.to_markdown(&rows);
    let shown = DOCUMENT
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END));
    let shown = shown.map(|(shown, _)| shown);
    assert_eq!(
        shown,
        Some(found.as_str()),
        "docs/THREATS.md must show:\n\n{found}"
    );
}

#[test]
fn every_planted_weakness_opens_what_must_stay_closed() {
    let mut planted: Vec<_> = PLANTED.iter().map(|(weakness, ..)| *weakness).collect();
    planted.dedup();
    assert_eq!(planted, Weakness::ALL);
    for (weakness, scenario, length, row) in PLANTED {
        let verdict = |weak| {
            let mut table = Table::default();
            table.search(scenario, weak, *length);
            table.verdict(*row)
        };
        assert_eq!(verdict(None), "never", "{weakness:?}");
        assert!(
            ["sometimes", "always"].contains(&verdict(Some(*weakness))),
            "{weakness:?}"
        );
    }
}
