//! The benchmark program: product, floor and ratio in one run.
//!
//! `cargo run --release -p tidings-tests --bin bench` prints the table of docs/BENCHMARKS.md; with
//! names of parts (`pairing`, `latency`, `bursts`, `idle`), their rows alone.
//!
//! F is a round trip of 64 bytes over loopback TCP on tokio; C is a commit of one message to our
//! own encrypted schema. Floors and product take turns, so that all see the same machine.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints a table"
)]

mod floor;
mod idle;
mod messaging;
mod pair;
mod table;

use std::error::Error;

use table::Table;

/// Whatever went wrong ends the run.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match arguments.first().map(String::as_str) {
        // Started by this program itself: a node on its own, to be looked at from outside.
        Some("--idle-child") => runtime.block_on(idle::child(arguments.get(1))),
        Some(_) => runtime.block_on(measure(&arguments)),
        None => runtime.block_on(measure(&PARTS.map(str::to_owned))),
    }
}

/// What can be measured on its own, in the order of the table.
const PARTS: [&str; 4] = ["pairing", "latency", "bursts", "idle"];

async fn measure(parts: &[String]) -> Outcome<()> {
    let mut table = Table::new();
    for part in parts {
        match part.as_str() {
            "pairing" => pair::pairing(&mut table).await?,
            "latency" => messaging::latency(&mut table).await?,
            "bursts" => messaging::bursts(&mut table).await?,
            "idle" => idle::measure(&mut table).await?,
            other => return Err(format!("no part {other}; there are {}", PARTS.join(", ")).into()),
        }
    }
    table.print();
    Ok(())
}
