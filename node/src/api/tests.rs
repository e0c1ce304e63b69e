//! The document of the methods against the table of them.

use serde_json::{Map, Value};

use super::{
    Awaited, Changed, CheckedIn, Delivery, Done, EventPage, Found, METHODS, MessagePage, Presence,
    ReadMessages, Request, SafetyWords, SegmentHeads, Transfer, shape, shapes,
};

const DOCUMENT: &str = include_str!("../../../docs/RPC.md");
/// What is written beside a parameter that a request may leave out.
const OPTIONAL: &str = "(*may be absent*)";

/// The entries of a section: what each is called, and what is written of it.
fn entries(section: &str) -> Vec<(&'static str, &'static str)> {
    let mut sections = DOCUMENT.split("\n## ");
    let section = sections.find(|one| one.starts_with(section)).unwrap();
    let entries = section.split("\n### `").skip(1);
    entries
        .map(|entry| entry.split_once('`').unwrap())
        .collect()
}

/// What stands in the first column of an entry's table, and the rest of each row.
fn rows(entry: &'static str) -> Vec<(&'static str, &'static str)> {
    let lines = entry.lines().filter_map(|line| line.strip_prefix("| `"));
    lines.map(|line| line.split_once('`').unwrap()).collect()
}

fn example(entry: &str) -> Map<String, Value> {
    let json = entry.split("```json\n").nth(1).unwrap();
    serde_json::from_str(json.split("\n```").next().unwrap()).unwrap()
}

#[test]
fn every_method_is_documented_with_its_parameters() {
    let documented = entries("Methods");
    let names: Vec<&str> = documented.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, METHODS);
    for ((_, entry), shape) in documented.iter().zip(shapes()) {
        let method = shape.name;
        let about = entry.trim_start().lines().next().unwrap();
        assert_eq!(about, shape.about, "{method}");
        let parameters: Vec<&str> = rows(entry).iter().map(|(name, _)| *name).collect();
        assert_eq!(parameters, shape.parameters, "{method}");
        let result = entry.lines().find_map(|line| line.strip_prefix("Result: "));
        assert_eq!(result.unwrap(), result_of(shape.result), "{method}");
    }
}

/// A type as the document names it.
fn result_of(reply: &str) -> String {
    let of = |outer: &str| {
        let inner = reply.strip_prefix(outer)?.trim_start();
        Some(inner.strip_prefix('<')?.strip_suffix('>')?.trim())
    };
    match (of("Vec"), of("Option")) {
        (Some(inner), _) => format!("list of `{inner}`"),
        (_, Some(inner)) => format!("`{inner}`, or null"),
        _ => format!("`{reply}`"),
    }
}

#[test]
fn every_documented_example_is_a_request_and_says_what_may_be_absent() {
    for (method, entry) in entries("Methods") {
        let example = example(entry);
        let read =
            |params: &Map<String, Value>| Request::from_json(method, Value::Object(params.clone()));
        read(&example).unwrap();
        for (parameter, rest) in rows(entry) {
            let mut without = example.clone();
            let was_there = without.remove(parameter).is_some();
            let may_be_absent = read(&without).is_ok();
            assert_eq!(
                may_be_absent,
                rest.contains(OPTIONAL),
                "{method} {parameter}"
            );
            assert!(was_there || may_be_absent, "{method} {parameter}");
        }
        let mut more = example;
        more.insert("other".to_owned(), Value::Null);
        assert!(read(&more).is_err(), "{method}");
    }
}

#[test]
fn who_has_no_use_of_what_was_added_to_a_request_asks_as_older_nodes_know_it() {
    let reading = serde_json::to_value(ReadMessages::default()).unwrap();
    let mut said: Vec<&String> = reading.as_object().unwrap().keys().collect();
    said.sort_unstable();
    assert_eq!(said, ["limit", "pinned", "since", "unread", "wait", "who"]);
}

#[test]
fn results_that_no_command_prints_are_documented_with_their_fields() {
    let results: [(&str, &[&str]); 12] = [
        ("SafetyWords", shape::fields::<SafetyWords>()),
        ("Done", shape::fields::<Done>()),
        ("Presence", shape::fields::<Presence>()),
        ("Changed", shape::fields::<Changed>()),
        ("Awaited", shape::fields::<Awaited>()),
        ("Delivery", shape::fields::<Delivery>()),
        ("MessagePage", shape::fields::<MessagePage>()),
        ("Found", shape::fields::<Found>()),
        ("EventPage", shape::fields::<EventPage>()),
        ("CheckedIn", shape::fields::<CheckedIn>()),
        ("Transfer", shape::fields::<Transfer>()),
        ("SegmentHeads", shape::fields::<SegmentHeads>()),
    ];
    let documented = entries("Results");
    assert_eq!(documented.len(), results.len());
    for ((name, entry), (result, fields)) in documented.into_iter().zip(results) {
        let named: Vec<&str> = rows(entry).iter().map(|(field, _)| *field).collect();
        assert_eq!((name, named.as_slice()), (result, fields));
    }
    // All others are those of the command line.
    let intro = DOCUMENT.split("\n## Results").nth(1).unwrap();
    for shape in shapes() {
        let result = result_of(shape.result);
        let name = result.split('`').nth(1).unwrap();
        assert!(intro.contains(&format!("`{name}`")), "{name}");
    }
}
