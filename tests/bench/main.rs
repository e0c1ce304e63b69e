//! The benchmark program: product, floor and ratio in one run.
//!
//! `cargo run --release -p tidings-tests --bin bench` prints the table of docs/BENCHMARKS.md.
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
        Some(other) => Err(format!("unknown argument {other}: this program takes none").into()),
        None => runtime.block_on(all()),
    }
}

async fn all() -> Outcome<()> {
    let mut table = Table::new();
    messaging::latency(&mut table).await?;
    messaging::bursts(&mut table).await?;
    idle::measure(&mut table).await?;
    table.print();
    Ok(())
}
