//! `tidings man`: manual pages, made from the command line itself and from the table of actions.
//!
//! Invariants
//! - Every command has a page, but `help`, which shows what `--help` does.
//! - A page is the same on every machine: nothing of where or how it was made is in it.

mod page;
mod sections;

use std::io::{self, IsTerminal};
use std::path::Path;

use clap::CommandFactory;

use crate::args::{Cli, ManArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;

pub(super) fn run(args: &ManArgs, output: Output) -> Outcome {
    let Some(directory) = &args.out else {
        let text = text(&args.command)?;
        output.line(text.trim_end())?;
        if io::stdout().is_terminal() {
            let words = [
                &["tidings".to_owned(), "man".to_owned()],
                args.command.as_slice(),
            ];
            let command = words.concat().join(" ");
            output.note(&format!("To read it: {command} | man -l -"));
        }
        return Ok(Exit::Done);
    };
    let pages = pages();
    write(&pages, directory).map_err(|error| {
        let directory = directory.display();
        Failure::failed(format!("cannot write into {directory}: {error}."))
    })?;
    output.note(&format!(
        "{} pages are in {}.",
        pages.len(),
        directory.display()
    ));
    Ok(Exit::Done)
}

/// A manual page.
#[derive(Debug)]
struct Page {
    /// The file's name: `tidings-room-create.1`.
    file: String,
    /// In troff's language.
    text: String,
}

/// The command line as it is to be told of.
fn whole() -> clap::Command {
    let mut whole = Cli::command().disable_help_subcommand(true);
    whole.build();
    whole
}

/// The page of the command that these words call; of all of Tidings, if there is none.
fn text(words: &[String]) -> Result<String, Failure> {
    let whole = whole();
    let named = |words: &[String]| words.join(" ");
    let mut command = &whole;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| {
            Failure::usage(format!(
                "there is no command `{}`. `tidings --help` shows those that there are.",
                named(words)
            ))
        })?;
    }
    Ok(page::text(&whole, command))
}

/// The pages of all commands.
fn pages() -> Vec<Page> {
    let whole = whole();
    let mut pages = Vec::new();
    let mut waiting = vec![&whole];
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands());
        pages.push(Page {
            file: format!("{}.{}", page::name(command), page::SECTION),
            text: page::text(&whole, command),
        });
    }
    pages
}

fn write(pages: &[Page], directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    for page in pages {
        std::fs::write(directory.join(&page.file), &page.text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
