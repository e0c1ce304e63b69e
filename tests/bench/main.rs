//! The benchmark program: product, floor and ratio in one run.
//!
//! `cargo run --release -p tidings-tests --bin bench` prints the table of docs/BENCHMARKS.md; with
//! names of parts (`pairing`, `growth`), their rows alone. Those that say so there take a size too
//! (`growth=1000`), to try them out.
//!
//! F is a round trip of 64 bytes over loopback TCP on tokio; C is a commit of one message to our
//! own encrypted schema. Floors and product take turns, so that all see the same machine.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints a table"
)]

mod bundles;
mod engines;
mod floor;
mod history;
mod idle;
mod interface;
mod messaging;
mod opening;
mod pair;
mod process;
mod reconcile;
mod rooms;
mod seals;
mod search;
mod sqlite;
mod table;

use std::error::Error;

use table::Table;
use tokio::task::block_in_place;

/// Whatever went wrong ends the run.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match arguments.first().map(String::as_str) {
        // Started by this program itself: a node on its own, to be looked at.
        Some("--idle-child") => runtime.block_on(idle::child(arguments.get(1))),
        Some("--opening-child") => runtime.block_on(opening::child(arguments.get(1))),
        Some(_) => runtime.block_on(measure(&arguments)),
        None => runtime.block_on(measure(&PARTS.map(str::to_owned))),
    }
}

/// What can be measured on its own, in the order of the table.
const PARTS: [&str; 15] = [
    "pairing",
    "latency",
    "bursts",
    "idle",
    "catch-up",
    "growth",
    "difference",
    "opening",
    "search",
    "interface",
    "fan-out",
    "last-arrival",
    "seals",
    "reconcile",
    "bundles",
];

/// Messages that were missed.
const MISSED: u32 = 10_000;
/// Messages of a large conversation.
const LARGE: u32 = 100_000;
/// Members of the largest room, and of the one of whole nodes.
const ROOM: u32 = 250;
const TOWN: u32 = 50;

/// Envelopes of a bundle.
const BUNDLED: u32 = 50_000;

async fn measure(arguments: &[String]) -> Outcome<()> {
    let mut parts = Vec::new();
    for argument in arguments {
        let (name, size) = match argument.split_once('=') {
            Some((name, size)) => (name, Some(size.parse()?)),
            None => (argument.as_str(), None),
        };
        if !PARTS.contains(&name) {
            return Err(format!("no part {name}; there are {}", PARTS.join(", ")).into());
        }
        parts.push((name, size));
    }
    let mut table = Table::new();
    let mut result = Ok(());
    for (name, size) in parts {
        result = part(&mut table, name, size).await;
        if result.is_err() {
            break;
        }
    }
    // What was measured before something went wrong is worth having.
    table.print();
    result
}

async fn part(table: &mut Table, name: &str, size: Option<u32>) -> Outcome<()> {
    let of = |usual: u32| size.unwrap_or(usual);
    match name {
        "pairing" => pair::pairing(table).await,
        "latency" => messaging::latency(table).await,
        "bursts" => messaging::bursts(table).await,
        "idle" => idle::measure(table).await,
        "catch-up" => history::catch_up(table, of(MISSED)).await,
        "growth" => history::growth(table, of(LARGE)).await,
        "difference" => block_in_place(|| history::difference(table, of(LARGE))),
        "opening" => opening::measure(table, of(LARGE)).await,
        "search" => search::measure(table, of(LARGE)).await,
        "interface" => interface::measure(table, of(LARGE)).await,
        "fan-out" => block_in_place(|| rooms::fan_out(table, of(ROOM))),
        "last-arrival" => rooms::last_arrival(table, of(TOWN)).await,
        "seals" => block_in_place(|| seals::measure(table)),
        "reconcile" => block_in_place(|| reconcile::measure(table, size)),
        "bundles" => block_in_place(|| bundles::measure(table, of(BUNDLED))),
        other => Err(format!("{other} is listed, and not measured").into()),
    }
}
