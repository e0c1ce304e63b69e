//! What is printed for scripts against what `docs/CLI.md` promises them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::person::{ann_and_ben, program, run};

const DOCUMENT: &str = include_str!("../../../docs/CLI.md");

/// The documented fields of each type of line, and whether each is always there.
fn promised() -> BTreeMap<String, BTreeMap<String, bool>> {
    let mut types = BTreeMap::new();
    let section = DOCUMENT
        .split("\n## ")
        .find(|part| part.starts_with("JSON lines"))
        .unwrap();
    for part in section.split("\n### `").skip(1) {
        let (kind, text) = part.split_once('`').unwrap();
        let fields = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|line| line.split_once('`'))
            .map(|(field, rest)| (field.to_owned(), !rest.contains("*may be absent*")))
            .collect();
        types.insert(kind.to_owned(), fields);
    }
    types
}

#[track_caller]
pub(crate) fn keeps_its_promise(line: &Value) {
    let line = line.as_object().unwrap();
    let kind = line["type"].as_str().unwrap();
    assert_eq!(line["v"], 1);
    let promised = promised();
    let fields = promised
        .get(kind)
        .unwrap_or_else(|| panic!("`{kind}` is not in docs/CLI.md"));
    for (field, always) in fields {
        assert!(
            !always || line.contains_key(field),
            "`{kind}` has no `{field}`: {line:?}"
        );
    }
    for field in line
        .keys()
        .filter(|field| !matches!(field.as_str(), "v" | "type"))
    {
        assert!(
            fields.contains_key(field),
            "`{field}` of `{kind}` is not in docs/CLI.md"
        );
    }
}

#[test]
fn every_line_has_the_fields_that_the_document_promises() {
    let (mut ann, ben) = ann_and_ben();
    let mut lines = vec![ann.tell("Ben", "hello")];
    for command in [
        &["id"][..],
        &["invite"],
        &["contacts"],
        &["read"],
        &["search", "hello"],
        &["sync"],
        &["status"],
        &["peers"],
        &["doctor"],
    ] {
        lines.extend(ann.json(command));
    }
    let id = ann.json(&["send", "Ben", "frist"])[0]["id"].clone();
    let id = id.as_str().unwrap();
    lines.extend(ann.json(&["edit", id, "first"]));
    lines.extend(ann.json(&["react", id, "👍"]));
    lines.extend(ann.json(&["pin", id]));
    lines.extend(ann.json(&["delete", id]));
    lines.extend(ann.json(&["room", "expire", "Ben", "1d"]));
    lines.extend(ann.json(&["read", "Ben", "--deeds"]));
    for command in [
        &["room", "list"][..],
        &["room", "info", "Ben"],
        &["room", "mute", "Ben"],
        &["room", "archive", "Ben"],
        &["room", "receipts", "Ben", "off"],
    ] {
        lines.extend(ann.json(command));
    }
    lines.extend(ann.json(&["config"]));
    let stick = tempfile::tempdir().unwrap();
    let stick = stick.path().to_str().unwrap();
    for verb in ["export", "inspect", "import"] {
        lines.extend(ann.json(&["bundle", verb, stick]));
    }
    lines.extend(ann.json(&["nearby", "send", "Water at the school"]));
    lines.extend(ann.json(&["checkin", "I am safe"]));
    lines.extend(ann.json(&["nearby"]));
    lines.extend(ann.json(&["checkin", "list"]));
    lines.extend(ben.json(&["unread"]));
    lines.extend(ben.json(&["read", "--mark"]));
    lines.extend(ann.json(&["daemon", "stop"]));
    let queued = ann.json(&["send", "Ben", "--offline", "later"]);
    lines.extend(ann.json(&["cancel", queued[0]["id"].as_str().unwrap()]));
    lines.extend(ann.json(&["id", "rotate"]));
    lines.push(ann.take_daemon().ready.clone());
    let mut demo = program();
    demo.args(["demo", "--json"]);
    lines.extend(run(demo, None).exits(0).lines());
    let new = crate::person::Person::nobody();
    lines.extend(new.json(&["init", "--name", "Carol", "--no-passphrase"]));
    lines.iter().for_each(keeps_its_promise);
    let seen: BTreeSet<&str> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    let unseen: Vec<String> = promised()
        .into_keys()
        .filter(|kind| !seen.contains(kind.as_str()))
        .collect();
    assert_eq!(
        unseen,
        ["gap", "installed", "typing"],
        "these are tested with their commands"
    );
}

#[test]
fn init_gives_24_recovery_words() {
    let new = crate::person::Person::nobody();
    let line = new.json(&["init", "--name", "Carol", "--no-passphrase"]);
    assert_eq!(line[0]["recovery"].as_array().unwrap().len(), 24);
}

#[test]
fn the_document_lists_every_verb_and_no_other() {
    let mut command = program();
    command.arg("--help");
    let help = run(command, None).exits(0).out;
    let verbs: BTreeSet<&str> = help
        .split("Commands:")
        .nth(1)
        .and_then(|rest| rest.split("Options:").next())
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let block = DOCUMENT.split("```").nth(1).unwrap();
    let listed: BTreeSet<&str> = block
        .lines()
        .filter_map(|line| line.strip_prefix("tidings "))
        .filter(|line| !line.starts_with([' ', '[']))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(listed, verbs);
}
