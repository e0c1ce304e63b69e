//! Manual pages and completions, as packagers and shells get them, and the settings that the guide lists.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::person::{Person, program, run};
use crate::screen::Screen;

/// The commands below some words, as the help lists them.
fn below(words: &[String]) -> Vec<String> {
    let mut command = program();
    command.args(words).arg("--help");
    let help = run(command, None).exits(0).out;
    let listed = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let listed = listed.lines().take_while(|line| !line.is_empty());
    // A line that goes on from the one before stands further to the right.
    let names = listed
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

#[test]
fn every_command_has_a_page_that_says_nothing_of_this_machine() {
    let person = Person::nobody();
    let directory = person.home.join("man1");
    let mut command = program();
    // Whatever is set here is nothing to a page.
    command.env("TIDINGS_HOME", &person.home);
    command.env("TIDINGS_PASSPHRASE_FILE", person.home.join("secret"));
    command.arg("man").arg("--out").arg(&directory);
    run(command, None).exits(0);
    let mut written: BTreeSet<String> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut waiting = vec![Vec::new()];
    while let Some(words) = waiting.pop() {
        let mut command = program();
        command.arg("man").args(&words);
        let page = run(command, None).exits(0).out;
        let name = [&["tidings".to_owned()][..], &words].concat().join("-");
        let file = format!("{name}.1");
        assert!(written.remove(&file), "{file}");
        let text = std::fs::read_to_string(directory.join(&file)).unwrap();
        assert_eq!(page.trim_end(), text.trim_end(), "{file}");
        assert!(text.contains(&format!(".TH {name} 1 ")), "{file}");
        for part in ["NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"] {
            assert!(text.contains(part), "{file} has no {part}");
        }
        says_nothing_of_this_machine(&text, &person.home);
        let more = below(&words).into_iter();
        waiting.extend(more.map(|word| [&words[..], &[word]].concat()));
    }
    assert_eq!(written, BTreeSet::new(), "pages of no command");
}

#[track_caller]
fn says_nothing_of_this_machine(page: &str, home: &Path) {
    let mut paths = vec![home.to_path_buf(), std::env::temp_dir()];
    paths.push(Path::new(env!("CARGO_MANIFEST_DIR")).into());
    paths.extend(std::env::var_os("HOME").map(Into::into));
    // In a page a hyphen is written with a backslash.
    let page = page.replace('\\', "");
    for path in paths.iter().filter(|path| path.components().count() > 1) {
        assert!(!page.contains(path.to_str().unwrap()), "{path:?}");
    }
}

#[test]
fn the_page_of_all_tells_of_exits_the_environment_files_and_the_interface() {
    let mut command = program();
    command.arg("man");
    let page = run(command, None).exits(0).out;
    for part in [
        "EXIT STATUS",
        "ENVIRONMENT",
        "TIDINGS_HOME",
        "NO_COLOR",
        "FILES",
        "interface.toml",
        "INTERFACE",
        "message.reply",
        "SEE ALSO",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    for words in [&["man", "nonsense"][..], &["man", "room", "--out", "x"]] {
        let mut command = program();
        command.args(words);
        run(command, None).exits(2);
    }
}

#[test]
fn whoever_prints_a_page_on_a_terminal_is_told_how_to_read_it() {
    let screen = Screen::start(&Person::nobody(), 100, &["man", "typing"]);
    screen.shows("To read it: tidings man typing | man -l -");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn a_directory_that_cannot_be_written_is_a_failure_that_says_so() {
    let person = Person::nobody();
    let file = person.file("taken", "");
    let mut command = program();
    command.arg("man").arg("--out").arg(&file);
    let ran = run(command, None).exits(1);
    assert!(ran.err.contains("cannot write into"), "{ran:?}");
}

/// Where a shell is, it takes what is made for it; where it is not, nothing is tried.
#[test]
fn shells_that_are_there_understand_their_completions() {
    let person = Person::nobody();
    let mut tried = 0;
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let mut command = program();
        command.args(["completions", shell]);
        let script = run(command, None).exits(0).out;
        let file = person.file(shell, &script);
        match Command::new(shell).arg(check).arg(&file).output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(
                    output.status.success() && said.is_empty(),
                    "{shell}: {said}"
                );
                tried += 1;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{shell}"),
        }
    }
    assert!(tried > 0, "no shell is here to try them in");
}

#[test]
fn the_guide_lists_every_setting_and_no_other() {
    let chapter = include_str!("../../../docs/guide/src/settings.md");
    let listed: BTreeSet<&str> = chapter
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let person = Person::new("Ann");
    let settings = person.json(&["config"]);
    let keys: BTreeSet<&str> = settings
        .iter()
        .map(|setting| setting["key"].as_str().unwrap())
        .collect();
    assert_eq!(listed, keys);
}
