//! One manual page: of Tidings as a whole, or of a command.
//!
//! Invariants
//! - It is ASCII alone, so that no formatter has to guess how it is encoded.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::sections;

/// The section of the manual for commands.
pub(super) const SECTION: &str = "1";

/// The page's name, with `-` between the command's words.
pub(super) fn name(command: &Command) -> &str {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
}

/// The page of `command`, which is part of `whole`, or that itself.
pub(super) fn text(whole: &Command, command: &Command) -> String {
    let man = Man::new(command.clone());
    let mut text = preamble();
    let mut title = Roff::new();
    let version = whole.get_version().unwrap_or_default();
    // The time at which it was made is left out: two make the same page.
    title.control(
        "TH",
        [
            name(command),
            SECTION,
            "\"\"",
            &format!("Tidings {version}"),
            "Tidings manual",
        ],
    );
    text.push_str(&written(&title));
    text.push_str(&part(|to| man.render_name_section(to)));
    text.push_str(&part(|to| man.render_synopsis_section(to)));
    text.push_str(&part(|to| man.render_description_section(to)));
    let is_whole = name(command) == name(whole);
    if is_whole {
        text.push_str(&written(&sections::opening()));
    }
    text.push_str(&part(|to| man.render_options_section(to)));
    if command.has_subcommands() {
        text.push_str(&part(|to| man.render_subcommands_section(to)));
    }
    let more = if is_whole {
        sections::of_all()
    } else {
        sections::of_one(whole, command)
    };
    text.push_str(&written(&more));
    ascii(&text)
}

/// What stands before everything: how an apostrophe is written.
fn preamble() -> String {
    Roff::new().render()
}

/// A part of a page, without what stands before everything.
fn written(part: &Roff) -> String {
    without_preamble(&part.render())
}

fn part(render: impl Fn(&mut dyn io::Write) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    // Writing into memory does not fail.
    let _ = render(&mut bytes);
    without_preamble(&String::from_utf8_lossy(&bytes))
}

fn without_preamble(text: &str) -> String {
    text.strip_prefix(&preamble()).unwrap_or(text).to_owned()
}

/// The text with every other character by its number.
fn ascii(text: &str) -> String {
    let written = |character: char| {
        if character.is_ascii() {
            character.to_string()
        } else {
            format!("\\[u{:04X}]", u32::from(character))
        }
    };
    text.chars().map(written).collect()
}

/// Something with what there is to say of it.
pub(super) fn item(roff: &mut Roff, term: &str, said: &[&str]) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    for (index, line) in said.iter().enumerate() {
        if index > 0 {
            roff.control("br", []);
        }
        roff.text([roman(*line)]);
    }
}
