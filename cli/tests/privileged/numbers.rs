//! How soon others are reached, and what a node takes meanwhile: a benchmark, which prints a table. To run it, as root:
//! `cargo test --release -p tidings --test privileged -- --ignored --nocapture numbers`.
//!
//! `TIDINGS_NUMBERS='lan=10 idle=60'` has these parts measured alone, and of these sizes, to try them out.
//!
//! Invariants
//! - Product and floor take turns in one run, so that both see the same machine.
//! - No time fails it. What never comes about does, in minutes.
//! - What was measured before something failed is printed all the same.

mod dark;
mod floor;
mod homes;
mod idle;
mod lan;
mod loss;
mod memory;
mod plan;
mod process;
mod socket;
mod table;
mod traffic;
mod trials;
mod watch;

use crate::host::log_as_usual;
use crate::internet::Router;
use plan::{Part, plan};
use table::Table;

/// Name of the variable that says what is measured.
const PLAN: &str = "TIDINGS_NUMBERS";

#[test]
#[ignore = "a benchmark"]
fn table_of_how_soon_others_are_reached_and_what_a_node_takes() {
    log_as_usual();
    let said = std::env::var(PLAN).ok();
    let parts = plan(said.as_deref()).unwrap_or_else(|why| panic!("{PLAN}: {why}"));
    let mut table = Table::default();
    for (part, size) in parts {
        match part {
            Part::Lan => lan::measure(&mut table, size),
            Part::Direct => homes::measure(&mut table, Router::Cone, size),
            Part::Relayed => homes::measure(&mut table, Router::Symmetric, size),
            Part::Filtered => homes::measure(&mut table, Router::Filter, size),
            Part::Loss => loss::measure(&mut table, size),
            Part::Memory => memory::measure(&mut table, size),
            Part::Idle => idle::measure(&mut table, size),
            Part::Dark => dark::measure(&mut table, size),
        }
    }
}
