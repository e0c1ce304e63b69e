//! `tidings completions`: what a shell needs to complete this command line.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::failure::{Exit, Outcome};
use crate::output::Output;

pub(super) fn run(args: &CompletionsArgs, output: Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tidings", &mut script);
    output.line(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
