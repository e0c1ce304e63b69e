//! Texts that try a terminal, sent over the wire into a full screen: what comes to the terminal is what the interface
//! itself has to say to one, and nothing else.

use crate::person::{Person, pair, run};
use crate::screen::Screen;

#[path = "../../src/safe_text/corpus.rs"]
#[allow(dead_code, reason = "unit tests of the program use the rest of it")]
mod texts;

use texts::{CORPUS, first_hostile};

/// How a control sequence (CSI) of the interface ends, and what it may begin with.
const SEQUENCES: &[(char, &[&str])] = &[
    // Where the cursor is, how text looks, what is emptied.
    ('H', &[""]),
    ('m', &[""]),
    ('J', &[""]),
    ('K', &[""]),
    // How the cursor looks, and the window's title kept and given back.
    ('q', &["0 "]),
    ('t', &["22;2", "23;2"]),
    // What the terminal is asked for.
    ('c', &[""]),
    ('n', &["6", "?996"]),
    ('u', &["?", ">", "<"]),
    ('h', MODES),
    ('l', MODES),
];

/// What is switched on and off.
const MODES: &[&str] = &[
    "?25", "?1049", "?2004", "?1004", "?1000", "?1002", "?1006", "?2026", "?12", "?2031",
];

/// What is wrong in what came to a terminal, piece by piece.
fn strays(all: &str) -> Vec<String> {
    let mut strays = Vec::new();
    let mut rest = all;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\u{1b}' => {
                let (length, is_ours) = sequence(rest);
                if !is_ours {
                    strays.push(format!("{:?}", &rest[..length]));
                }
                rest = &rest[length..];
            }
            // Line ends, a step back over blanks, and the bell.
            '\r' | '\n' | '\u{8}' | '\u{7}' => {}
            other => strays.extend(first_hostile(&other.to_string()).map(|one| format!("{one:?}"))),
        }
    }
    strays
}

/// How long the sequence is that an escape begins, and whether the interface has such a one.
fn sequence(rest: &str) -> (usize, bool) {
    if let Some(control) = rest.strip_prefix('[') {
        let Some(end) = control.find(|one: char| ('\u{40}'..='\u{7e}').contains(&one)) else {
            return (rest.len(), false);
        };
        let (parameters, last) = (&control[..end], control[end..].chars().next().unwrap());
        let begins = |beginnings: &[&str]| match beginnings {
            [""] => parameters
                .chars()
                .all(|one| one.is_ascii_digit() || one == ';' || one == ':'),
            all => all
                .iter()
                .any(|beginning| parameters.starts_with(beginning)),
        };
        let mut known = SEQUENCES.iter();
        let is_ours = known.any(|(ends, beginnings)| *ends == last && begins(beginnings));
        return (end + 2, is_ours);
    }
    if let Some(command) = rest.strip_prefix(']') {
        let end = command.find(['\u{7}', '\u{1b}']).unwrap_or(command.len());
        let closes = match command[end..].chars().next() {
            Some('\u{1b}') => 2,
            Some(_) => 1,
            None => 0,
        };
        return (1 + end + closes, is_own_command(&command[..end]));
    }
    (rest.chars().next().map_or(0, char::len_utf8), false)
}

/// Whether an operating system command is the title, which says numbers alone, or asks for the background.
fn is_own_command(command: &str) -> bool {
    if let Some(title) = command.strip_prefix("2;") {
        let numbers = title.strip_suffix("Tidings").unwrap_or(title);
        let is_number = |one: char| one.is_ascii_digit() || "(,@ )".contains(one);
        return numbers.chars().all(is_number);
    }
    command == "11;?"
}

#[test]
fn what_a_terminal_would_obey_is_found_among_what_the_interface_says() {
    let own =
        "\u{1b}[?1049h\u{1b}[2;3Habc\u{1b}[38;5;9m\u{1b}]2;(1, @1) Tidings\u{1b}\\\u{1b}]11;?\u{7}";
    assert_eq!(strays(own), Vec::<String>::new());
    for hostile in [
        "\u{1b}[?1003h",
        "\u{1b}]2;root@host\u{7}",
        "\u{1b}]52;c;aGk=\u{7}",
        "\u{1b}c",
        "\u{9b}2J",
        "\u{202e}",
    ] {
        assert_ne!(strays(hostile), Vec::<String>::new(), "{hostile:?}");
    }
}

#[test]
fn nothing_that_comes_over_the_wire_steers_the_terminal_of_a_full_screen() {
    let (ann, ben) = (Person::online("Ann"), hostile("Ben"));
    pair(&ann, &ben);
    let mut screen = Screen::start(&ann, 100, &[]);
    screen.shows("ctrl-k");
    // The next conversation.
    screen.keys("\u{e}");
    screen.shows("Nothing has been written here yet");
    let all: Vec<&str> = CORPUS.iter().map(|(_, text)| *text).collect();
    for texts in all.chunks(10) {
        // No argument can hold all of it.
        let send = ben.command(&["send", "Ann", "-", "--wait", "delivered"]);
        run(send, Some(&texts.join("\n"))).exits(0);
    }
    let sent = ben.tell("Ann", "\u{1b}]0;title\u{7}the end of it");
    screen.shows("\\u{1b}]0;title\\u{7}the end of it");
    let id = sent["id"].as_str().unwrap();
    for reaction in ["\u{1b}[2J", "\u{202e}", "\u{1f44d}"] {
        // What is no reaction is refused here, and by whoever it comes to.
        ben.run(&["react", id, reaction]);
    }
    screen.shows("\u{1f44d}");
    ben.run(&["room", "create", "\u{202e}moor\u{1b}[2J", "--with", "Ann"]);
    ben.run(&["room", "create", "a\u{200b}room", "--with", "Ann"]);
    ben.json(&["typing", "Ann"]);
    ann.run(&["contacts", "rename", "Ben", "Be\u{200f}n"]);
    // Up through what was written, what is known of a message, a search, the doctor, contacts.
    for (keys, shows) in [
        ("\t\u{f}", "This message"),
        ("\u{1b}[5~", "This message"),
        ("\u{6}title", "the end of it"),
        ("\u{1b}OR", "well"),
        ("\r", "database"),
        ("\u{1b}OS", "Contacts"),
    ] {
        screen.keys(keys);
        screen.shows(shows);
    }
    screen.keys("\u{11}");
    let (all, code) = screen.ends_with_all();
    assert_eq!(code, 0, "{all}");
    assert!(all.contains("the end of it"), "{all}");
    assert_eq!(strays(&all), Vec::<String>::new());
}

/// Somebody whose name tries a terminal, as far as one can be called so.
fn hostile(name: &str) -> Person {
    let person = Person::nobody();
    let made = person.run(&[
        "init",
        "--name",
        &format!("{name}\u{202e}"),
        "--no-passphrase",
    ]);
    if made.code == 0 {
        let mut person = person;
        person.start();
        return person;
    }
    Person::online(name)
}
