//! Tidings in the terminal.

mod args;
mod chat;
mod commands;
mod failure;
#[cfg(test)]
mod guide;
mod home;
mod logging;
mod origin;
mod output;
mod panic_report;
mod plain;
mod recovery;
mod safe_text;
mod session;
mod signals;
mod terminal;
mod texts;
mod tui;

#[cfg(unix)]
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
#[cfg(unix)]
use std::sync::mpsc;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::{Cli, Command, DaemonCommand};
use crate::failure::{Exit, Failure, Outcome};
use crate::logging::Log;
use crate::terminal::Settings;

/// How long the runtime's threads have to end. One that reads from a terminal cannot be ended: it goes on reading, and harms
/// nobody.
const THREADS_END: Duration = Duration::from_secs(1);

/// Stack of each of those threads, as much as that of the first: whichever of them finds that the node has ended opens the
/// profile in its place, for which a build that is not optimised needs more than threads usually have.
const STACK_BYTES: usize = 8 << 20;

fn main() -> ExitCode {
    let terminal = Settings::now();
    panic_report::install(None, terminal.clone());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(advice) = args::refusal(&cli, &arguments) {
        return output::failure(&Failure::usage(advice)).into();
    }
    panic_report::install(home::directory(&cli.global).ok(), terminal);
    let stays = matches!(
        &cli.command,
        Some(Command::Daemon(DaemonCommand::Run(args))) if !args.no_log_file
    );
    let log = logging::start(stays);
    let exit = run(cli, &log).unwrap_or_else(|failure| output::failure(&failure));
    drop(log);
    end(exit)
}

/// Ends the process with nothing that libraries do at an exit: OpenSSL takes itself apart there, and now and then gives
/// memory back twice, which would make a failure of what went well. All that is to last is stored by then.
#[cfg(unix)]
fn end(exit: Exit) -> ExitCode {
    // A thread that nobody reads from any more may hold it for ever.
    let (tell, is_flushed) = mpsc::channel();
    std::thread::spawn(move || tell.send(std::io::stdout().flush()));
    let _ = is_flushed.recv_timeout(THREADS_END);
    signal_hook::low_level::exit(exit.code().into())
}

#[cfg(not(unix))]
fn end(exit: Exit) -> ExitCode {
    exit.into()
}

fn run(cli: Cli, log: &Log) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}.")))?;
    // What panics here has said so; the threads have to end all the same.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(commands::run(cli, log))
    }));
    runtime.shutdown_timeout(THREADS_END);
    outcome.unwrap_or(Ok(Exit::Failed))
}

/// Answers what could not be parsed, or asked for help.
fn usage(error: &clap::Error) -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(advice) = args::advice(error, &arguments) {
        return output::failure(&Failure::usage(advice)).into();
    }
    // Nothing can be done about a stream that is closed.
    let _ = error.print();
    let asked = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if asked { Exit::Done } else { Exit::Usage }.into()
}
