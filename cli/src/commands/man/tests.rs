use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command as Program, Stdio};

use super::*;
use crate::chat::ACTIONS;

#[test]
fn every_command_has_a_page_which_is_found_by_its_words() {
    let whole = whole();
    let files: BTreeSet<String> = pages().into_iter().map(|page| page.file).collect();
    let mut waiting = vec![(&whole, Vec::new())];
    let mut count = 0;
    while let Some((command, words)) = waiting.pop() {
        let text = text(&words).unwrap();
        let name = [&["tidings".to_owned()], words.as_slice()].concat();
        assert!(text.contains(&format!(".TH {} 1 ", name.join("-"))));
        assert!(files.contains(&format!("{}.1", name.join("-"))));
        for below in command.get_subcommands() {
            let name = below.get_name().to_owned();
            waiting.push((below, [words.as_slice(), &[name]].concat()));
        }
        count += 1;
    }
    assert_eq!(files.len(), count);
    assert!(count > 50, "{count}");
}

#[test]
fn a_command_that_is_none_is_a_usage_error() {
    for words in [&["nonsense"][..], &["room", "nonsense"], &["help"]] {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let failure = text(&words).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.contains(&words.join(" ")), "{failure}");
    }
}

#[test]
fn the_page_of_all_tells_of_every_action_once() {
    let text = text(&[]).unwrap();
    let interface = text.split("\n.SH INTERFACE\n").nth(1).unwrap();
    let interface = interface.split("\n.SH ").next().unwrap();
    let told: Vec<&str> = interface
        .lines()
        .filter_map(|line| line.strip_prefix("\\fB")?.strip_suffix("\\fR"))
        .collect();
    let all: Vec<String> = ACTIONS
        .iter()
        .map(|entry| entry.name.replace('-', "\\-"))
        .collect();
    let sorted = |names: Vec<&str>| {
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(
        sorted(told),
        sorted(all.iter().map(String::as_str).collect())
    );
}

/// What the sources read of the environment.
fn variables(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            variables(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let is_name = |part: &&str| {
                part.len() > 3 && part.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
            };
            let is_ours = |part: &str| {
                part.strip_prefix("TIDINGS_")
                    .is_some_and(|rest| !rest.is_empty())
            };
            let is_read =
                |before: &str| before.ends_with("env::var(") || before.ends_with("env::var_os(");
            let parts: Vec<&str> = text.split('"').collect();
            let pairs = parts.windows(2).filter_map(|pair| {
                let [before, part] = pair else { return None };
                (is_ours(part) || is_read(before)).then_some(*part)
            });
            let quoted = pairs.filter(is_name);
            found.extend(quoted.map(str::to_owned));
        }
    }
}

#[test]
fn every_variable_that_counts_is_told_of() {
    let mut found = BTreeSet::new();
    variables(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    // With it a test of panics names its directory to itself.
    found.remove("TIDINGS_TEST_PANIC_HOME");
    assert!(found.len() >= 7, "{found:?}");
    let text = text(&[]).unwrap();
    for name in found {
        assert!(text.contains(&format!("\\fB{name}\\fR")), "{name}");
    }
}

#[test]
fn pages_are_in_ascii_and_no_line_is_a_request_by_accident() {
    for page in pages() {
        assert!(page.text.is_ascii(), "{}", page.file);
        for line in page.text.lines().filter(|line| line.starts_with('.')) {
            let request = line.get(1..3).unwrap();
            assert!(
                [
                    "TH", "SH", "SS", "TP", "IP", "RS", "RE", "PP", "br", "sp", "nf", "fi", "ie",
                    "el"
                ]
                .contains(&request),
                "{}: {line}",
                page.file
            );
        }
    }
}

/// Where groff is, nothing in a page is other than it wants it; elsewhere this says that it was skipped.
#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the test's output is to know that nothing was tried"
)]
fn groff_has_nothing_to_say_of_any_page() {
    let started = |text: &str| {
        let mut groff = Program::new("groff");
        groff.args(["-man", "-ww", "-Tutf8", "-z"]);
        groff.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut groff = groff.spawn().ok()?;
        let mut input = groff.stdin.take().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        drop(input);
        let ended = groff.wait_with_output().unwrap();
        Some(String::from_utf8_lossy(&ended.stderr).into_owned())
    };
    for page in pages() {
        let Some(said) = started(&page.text) else {
            eprintln!("skipped: there is no groff");
            return;
        };
        assert_eq!(said, "", "{}", page.file);
    }
}
