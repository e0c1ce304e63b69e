//! The guide in `docs/guide`, held against the program: what it shows can be typed, and what it names is there.
//!
//! Invariants
//! - Every chapter is looked at, whichever it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::Cli;

/// Where the chapters are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/src")
}

/// The chapters, each by its path in the guide with its text.
pub(crate) fn chapters() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(below) = waiting.pop() {
        for entry in std::fs::read_dir(folder().join(&below)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{below}{name}");
            if entry.path().is_dir() {
                waiting.push(format!("{path}/"));
            } else if name.ends_with(".md") {
                found.push((path, std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A chapter's text, or nothing if there is none.
pub(crate) fn chapter(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).unwrap_or_default()
}

/// Writes a chapter that is made and not written.
pub(crate) fn write(path: &str, text: &str) {
    std::fs::write(folder().join(path), text).unwrap();
}

/// Fenced blocks, each with its language, and what stands between backticks elsewhere.
pub(crate) fn blocks_and_spans(text: &str) -> (Vec<(String, String)>, Vec<String>) {
    let mut blocks = Vec::new();
    let mut prose = String::new();
    let mut fence: Option<(String, String)> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), &mut fence) {
            (Some(language), None) => fence = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(fence.take()),
            (None, Some((_, block))) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    assert!(fence.is_none(), "a block does not end");
    let spans = prose.split('`').skip(1).step_by(2);
    let spans = spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
    (blocks, spans.collect())
}

/// The commands of a line as a shell has it, each as its words: what pipes join is apart, and a remark is none.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (None, ' ' | '|' | ';' | '>') => {
                commands.last_mut().unwrap().extend(word.take());
                if character != ' ' {
                    commands.push(Vec::new());
                }
            }
            (None, '#') if word.is_none() => break,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), close) if open == close => quote = None,
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    assert_eq!(quote, None, "{line}");
    commands.last_mut().unwrap().extend(word);
    commands
}

/// The arguments of a command if it is of this program, by itself or by way of another one.
fn ours(command: &[String]) -> Option<&[String]> {
    let at = command.iter().position(|word| word == "tidings")?;
    let before = command.get(..at)?;
    let is_way = |word: &String| {
        word == "timeout" || word.contains('=') || word.bytes().all(|b| b.is_ascii_digit())
    };
    before
        .iter()
        .all(is_way)
        .then(|| command.get(at..))
        .flatten()
}

/// Fails unless the program understands each of its commands in a line; how many there were.
#[track_caller]
fn understood(place: &str, line: &str) -> usize {
    let mut count = 0;
    for command in commands(line.strip_prefix("$ ").unwrap_or(line)) {
        let Some(arguments) = ours(&command) else {
            continue;
        };
        count += 1;
        let Err(error) = Cli::try_parse_from(arguments) else {
            continue;
        };
        let is_asked = matches!(
            error.kind(),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
        );
        assert!(is_asked, "{place}: {line}\n{error}");
    }
    count
}

#[test]
fn a_line_is_taken_apart_as_a_shell_does() {
    assert_eq!(
        commands("date | tidings send 'Ben M' \"a 'b' c\" # why"),
        [vec!["date"], vec!["tidings", "send", "Ben M", "a 'b' c"]]
    );
    let ours_of = |line: &str| ours(&commands(line)[0]).map(<[String]>::len);
    assert_eq!(ours_of("timeout 10 A=b tidings id"), Some(2));
    assert_eq!(ours_of("man tidings"), None);
    assert_eq!(ours_of("date"), None);
}

#[test]
#[should_panic(expected = "nonsense")]
fn what_the_program_does_not_understand_is_found() {
    understood("here", "$ date | tidings nonsense");
}

#[test]
fn every_command_that_the_guide_and_the_first_page_show_is_understood() {
    let mut count = 0;
    for (path, text) in chapters() {
        let (blocks, spans) = blocks_and_spans(&text);
        for (language, block) in blocks {
            assert!(!language.is_empty(), "{path}: a block of no language");
            let lines = block.lines().map(str::trim);
            count += lines.map(|line| understood(&path, line)).sum::<usize>();
        }
        let spans = spans.iter().filter(|span| span.starts_with("tidings "));
        count += spans.map(|span| understood(&path, span)).sum::<usize>();
    }
    assert!(count > 80, "{count}");
    let first = std::fs::read_to_string(folder().join("../../../README.md")).unwrap();
    let (blocks, _) = blocks_and_spans(&first);
    let lines = blocks.iter().flat_map(|(_, block)| block.lines());
    let count: usize = lines.map(|line| understood("README.md", line)).sum();
    assert!(count > 40, "{count}");
}

#[test]
fn the_summary_names_every_chapter_once_and_no_other() {
    let summary = chapter("SUMMARY.md");
    let links: Vec<&str> = summary
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    let named: BTreeSet<&str> = links.iter().copied().collect();
    assert_eq!(named.len(), links.len(), "one is named twice");
    let all = chapters();
    let there: BTreeSet<&str> = all
        .iter()
        .map(|(path, _)| path.as_str())
        .filter(|path| *path != "SUMMARY.md")
        .collect();
    assert_eq!(named, there);
}

/// Where a link of a chapter leads, if that is within the repository.
fn within(path: &str, link: &str) -> Option<PathBuf> {
    let target = link.split(['#', ' ']).next()?;
    let is_local = !target.is_empty() && !target.contains("://");
    let beside = Path::new(path).parent()?;
    is_local.then(|| folder().join(beside).join(target))
}

#[test]
fn every_link_of_the_guide_leads_somewhere() {
    let mut count = 0;
    for (path, text) in chapters() {
        let links = text.split("](").skip(1);
        for link in links.filter_map(|rest| rest.split(')').next()) {
            if let Some(target) = within(&path, link) {
                assert!(target.exists(), "{path}: {link}");
                count += 1;
            }
        }
    }
    assert!(count > 40, "{count}");
}
