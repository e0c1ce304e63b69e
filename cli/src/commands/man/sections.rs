//! What a manual page says besides what the command line itself is made of.

use clap::Command;
use clap_mangen::roff::{Roff, bold, roman};

use super::page::{SECTION, item, name};
use crate::texts::{Language, Texts};
use crate::tui::{Described, palette_key, reference, settings};

/// How a command ends.
const EXITS: &[(&str, &str)] = &[
    ("0", "Done."),
    (
        "1",
        "Failed; a line on stderr says what happened and what to do.",
    ),
    ("2", "Asked in a way that makes no sense."),
    ("3", "The profile is locked, or there is none."),
    (
        "4",
        "No such contact, conversation, message or file; or a name that fits several, which are listed.",
    ),
    (
        "5",
        "Stored, but the state waited for was not reached in time.",
    ),
    ("6", "The safety words differ."),
    ("130", "Ended by Ctrl-C; what was stored goes on."),
];

/// What of the environment counts.
const VARIABLES: &[(&str, &str)] = &[
    (
        "TIDINGS_HOME",
        "The profile's directory, where --home is not given.",
    ),
    (
        "TIDINGS_PASSPHRASE_FILE",
        "File that holds the passphrase, where --passphrase-file is not given.",
    ),
    (
        "TIDINGS_INTERFACE",
        "How the full-screen interface is wanted, in place of interface.toml in the directory for settings.",
    ),
    (
        "TIDINGS_LOG",
        "What is logged to stderr, for developers, such as tidings_node=debug.",
    ),
    (
        "NO_COLOR",
        "Where it is set and not empty, nothing has a colour.",
    ),
    (
        "TERM",
        "The kind of terminal. On one that is dumb the chat is in words alone, as with --plain.",
    ),
    (
        "COLORFGBG",
        "What the terminal says of its colours: a light background has the interface take the theme light, where interface.toml \
         names none.",
    ),
    (
        "LC_ALL, LC_MESSAGES, LANG",
        "The first that is set says the language of the full-screen interface and of the line chat, where interface.toml names none: ko \
         for Korean, else English.",
    ),
    (
        "XDG_DATA_HOME, XDG_CONFIG_HOME",
        "Where the platform's directories for data and for settings are.",
    ),
];

/// What lies where.
const FILES: &[(&str, &str)] = &[
    (
        "~/.local/share/tidings",
        "The profile: one encrypted database, the log of a node that stays (log/tidings.log), and the socket through which \
         commands reach a node that runs. Do not copy it and run both copies.",
    ),
    (
        "~/.local/share/tidings/profiles/N",
        "The profile of --profile N.",
    ),
    (
        "~/.config/tidings/interface.toml",
        "How the full-screen interface is wanted, with settings and keys by the names under INTERFACE.",
    ),
    (
        "~/.config/systemd/user/tidings.service",
        "The unit that tidings daemon install writes.",
    ),
];

/// How keys of one's own are written.
const EXAMPLE: &str = "\
preset = \"vim\"

[keys.messages]
\"message.reply\" = [\"r\", \"ctrl-b\"]";

/// What there is to say of Tidings as a whole before its options.
pub(super) fn opening() -> Roff {
    let mut roff = Roff::new();
    roff.control("PP", []);
    roff.text([roman(
        "Without a command it opens the full-screen interface, or, with --plain, a chat line by line, in words alone. The first time it \
         helps to make a profile. What is open stays reachable for others; a node that is to run all the time is started with",
    )]);
    roff.text([bold("tidings daemon run"), roman(".")]);
    roff
}

/// What follows on the page of Tidings as a whole.
pub(super) fn of_all() -> Roff {
    let mut roff = Roff::new();
    items(&mut roff, "EXIT STATUS", EXITS);
    items(&mut roff, "ENVIRONMENT", VARIABLES);
    items(&mut roff, "FILES", FILES);
    interface(&mut roff);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([
        roman("Each command has a page of its own: "),
        bold("tidings man"),
        roman(" with its name prints it, and "),
        bold("tidings help"),
        roman(" what it takes, in short."),
    ]);
    roff
}

/// What follows on the page of a command.
pub(super) fn of_one(whole: &Command, command: &Command) -> Roff {
    let mut roff = Roff::new();
    if let Some(notes) = command.get_after_help() {
        roff.control("SH", ["NOTES"]);
        verbatim(&mut roff, &notes.to_string());
    }
    roff.control("SH", ["SEE ALSO"]);
    let above = name(command).rsplit_once('-').map(|(above, _)| above);
    if let Some(above) = above.filter(|above| *above != name(whole)) {
        roff.text([bold(above), roman(format!("({SECTION}),"))]);
    }
    roff.text([
        bold(name(whole)),
        roman(format!(
            "({SECTION}), which tells of exit statuses, the environment, files and the full-screen interface."
        )),
    ]);
    roff
}

fn items(roff: &mut Roff, heading: &str, items: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (term, said) in items {
        item(roff, term, &[said]);
    }
}

/// Lines as they are.
fn verbatim(roff: &mut Roff, text: &str) {
    roff.control("nf", []);
    for line in text.lines() {
        if line.is_empty() {
            roff.control("sp", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    roff.control("fi", []);
}

/// Every action of the full-screen interface, in English as is all of the page.
fn interface(roff: &mut Roff) {
    let all = reference(&Texts::of(Language::English));
    roff.control("SH", ["INTERFACE"]);
    roff.text([roman(format!(
        "What can be done in the full-screen interface, by the names that interface.toml knows, with its keys: first those \
         of the preset plain, then those of vim where they are others. What has none is found by name among the \
         commands: {}. Keys that count in a part of the screen alone say in which: list, messages, composer (where one \
         writes) or popup (what stands in front).",
        palette_key()
    ))]);
    for described in all.iter().filter(|described| described.is_command) {
        action(roff, described);
    }
    roff.control("SS", ["Movements, and what stands in front"]);
    for described in all.iter().filter(|described| !described.is_command) {
        action(roff, described);
    }
    roff.control("SS", ["Settings in interface.toml, and what each can be"]);
    for (name, values) in settings() {
        verbatim(roff, &format!("{name}: {}", values.join(", ")));
    }
    roff.control("SS", ["Keys of your own"]);
    verbatim(roff, EXAMPLE);
}

fn action(roff: &mut Roff, described: &Described) {
    let Described {
        name, plain, vim, ..
    } = described;
    let keys = match (plain.is_empty(), vim.is_empty()) {
        (true, true) => "No keys".to_owned(),
        (false, _) if plain == vim => format!("Keys: {plain}"),
        (true, false) => format!("No keys; vim: {vim}"),
        (false, true) => format!("Keys: {plain}; vim: none"),
        (false, false) => format!("Keys: {plain}; vim: {vim}"),
    };
    item(roff, name, &[described.about.as_str(), &keys]);
}
