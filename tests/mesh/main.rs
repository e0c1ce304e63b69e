//! The mesh benchmark: how mail finds its way among 1,000 nodes that meet by chance.
//!
//! `cargo run --release -p tidings-tests --bin mesh --no-default-features -- --svg docs/mesh.svg` prints the table
//! of docs/BENCHMARKS.md and draws its plot; the same seed gives the same. `--help` says what else can be chosen.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints a table"
)]

mod arguments;
mod bits;
mod carrier;
mod plot;
mod simulation;
mod table;
mod trace;
mod traffic;

use std::error::Error;
use std::io::Read as _;

use arguments::Arguments;
use carrier::Policy;
use table::Outcomes;
use tidings_tests::chance::Chance;
use trace::one::FILE_BYTES_MAX;
use trace::{Trace, communities, one, waypoint, working_day};
use traffic::Traffic;

/// Whatever went wrong ends the run.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.iter().any(|argument| argument == "--help") {
        println!("{}", arguments::HELP);
        return Ok(());
    }
    let arguments = Arguments::parse(&given)?;
    let mut all = Vec::new();
    for trace in traces(&arguments)? {
        all.push(compare(trace, &arguments)?);
    }
    print!(
        "{}\n{}",
        table::table(&all),
        table::notes(&all, arguments.with_decoys)
    );
    if let Some(path) = &arguments.svg {
        std::fs::write(path, plot::plot(&all))?;
    }
    Ok(())
}

fn traces(arguments: &Arguments) -> Outcome<Vec<Trace>> {
    if let Some(path) = &arguments.trace {
        let mut text = String::new();
        let file = std::fs::File::open(path)?;
        file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
        if u64::try_from(text.len())? > FILE_BYTES_MAX {
            return Err(format!("{path}: longer than {FILE_BYTES_MAX} bytes").into());
        }
        let trace = one::parse(path, &text).map_err(|error| format!("{path}: {error}"))?;
        if trace.nodes < 2 {
            return Err(format!("{path}: nobody meets anybody").into());
        }
        return Ok(vec![trace]);
    }
    // Each has a generator of its own: none of them changes what the next one is.
    let chance = |number: u64| Chance::new(arguments.seed.wrapping_mul(4).wrapping_add(number));
    Ok(vec![
        waypoint::generate(arguments.nodes, &mut chance(0)),
        working_day::generate(arguments.nodes, &mut chance(1)),
        communities::generate(arguments.nodes, &mut chance(2)),
    ])
}

fn compare(trace: Trace, arguments: &Arguments) -> Outcome<Outcomes> {
    let seed = arguments.seed.wrapping_mul(4).wrapping_add(3);
    let traffic = Traffic::generate(&trace, arguments.mail, &mut Chance::new(seed))?;
    let mut results = Vec::new();
    for policy in Policy::ALL {
        let result = simulation::run(&trace, &traffic, policy, arguments.setup());
        eprintln!("measured: {}, {}", trace.name, policy.name());
        results.push((policy, result));
    }
    Ok(Outcomes {
        trace,
        mail: traffic.len(),
        results,
    })
}
