//! Metrics of a node that runs, as a program of the same machine gets them.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::contract::keeps_its_promise;
use crate::person::{LISTEN, Person, pair};

/// Longest that an answer may take before a test gives it up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Somebody whose node serves metrics.
fn measured(name: &str) -> Person {
    let mut person = Person::new(name);
    let metrics = ["--metrics", "127.0.0.1:0"];
    let flags = [&["--no-mdns", "--listen", LISTEN][..], &metrics].concat();
    person.start_with(&flags, None);
    person
}

fn address(person: &Person) -> String {
    person.ready()["metrics"].as_str().unwrap().to_owned()
}

/// What the port of a node answers to this.
fn said(person: &Person, request: &str) -> String {
    let mut stream = TcpStream::connect(address(person)).unwrap();
    stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(person: &Person, host: &str) -> String {
    said(
        person,
        &format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n"),
    )
}

/// The samples that a node gives, by name and labels.
#[track_caller]
fn samples(person: &Person) -> (BTreeMap<String, f64>, String) {
    let answer = get(person, &address(person));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(
        head.contains("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"),
        "{head}"
    );
    assert!(
        head.contains(&format!("Content-Length: {}\r\n", body.len())),
        "{head}"
    );
    assert!(body.ends_with("\n# EOF\n"), "{body}");
    let lines = body.lines().filter(|line| !line.starts_with('#'));
    let samples = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    (samples.collect(), body.to_owned())
}

#[test]
fn a_node_that_is_asked_to_tells_what_it_does_in_numbers_and_nobodys_name() {
    let (ann, ben) = (measured("Annabella"), Person::online("Benedict"));
    keeps_its_promise(ann.ready());
    let (before, _) = samples(&ann);
    assert_eq!(before["tidings_sessions{path=\"lan\"}"], 0.0);
    pair(&ann, &ben);
    ann.tell("Benedict", "a canary sings");
    // What was gathered within a second is given again.
    let (after, text) = loop {
        let (samples, text) = samples(&ann);
        if samples["tidings_sessions{path=\"lan\"}"] == 1.0 {
            break (samples, text);
        }
    };
    assert!(after["tidings_connections{path=\"lan\"}"] >= 1.0);
    assert!(after["tidings_connections_in_total{path=\"lan\"}"] >= 1.0);
    assert_eq!(after["tidings_outbox_messages{state=\"queued\"}"], 0.0);
    assert_eq!(after["tidings_reachable"], 0.0);
    for grows in [
        "tidings_engine_steps_total",
        "tidings_frame_bytes_total{direction=\"in\"}",
        "tidings_frame_bytes_total{direction=\"out\"}",
        "tidings_store_commit_seconds_count",
        "tidings_store_changes_total",
        "tidings_uptime_seconds",
    ] {
        assert!(after[grows] > before[grows], "{grows}");
    }
    assert!(after["tidings_queue_most{queue=\"carried\"}"] > 0.0);
    assert!(after["tidings_links"] >= 1.0);
    let build = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(after.keys().any(|name| name.contains(&build)), "{text}");
    let id = ann.json(&["id"]).remove(0);
    let told = ["person", "device"].map(|field| id[field].as_str().unwrap().to_owned());
    let listen = ann.ready()["listen"][0].as_str().unwrap().to_owned();
    let others = [
        "Annabella",
        "Benedict",
        "canary",
        "12D3KooW",
        "127.0.0.1",
        "/udp/",
    ];
    for secret in others
        .map(str::to_owned)
        .iter()
        .chain(&told)
        .chain([&listen])
    {
        assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
    }
}

#[test]
fn what_waits_is_counted_by_its_state_and_what_cannot_be_dialled_too() {
    let (ann, mut ben) = (measured("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    ann.tell("Ben", "hello");
    assert_eq!(ben.take_daemon().terminate("-TERM"), Some(0));
    ann.json(&["send", "Ben", "are you there?"]);
    loop {
        let (samples, text) = samples(&ann);
        if samples["tidings_outbox_messages{state=\"queued\"}"] == 1.0
            && samples["tidings_dials_failed_total"] >= 1.0
        {
            assert!(samples["tidings_dials_total"] >= samples["tidings_dials_failed_total"]);
            assert_eq!(samples["tidings_sessions{path=\"lan\"}"], 0.0, "{text}");
            return;
        }
    }
}

#[test]
fn a_page_in_a_browser_of_this_machine_gets_nothing() {
    let ann = measured("Ann");
    let port = address(&ann).rsplit_once(':').unwrap().1.to_owned();
    // The page's own name, which its server has lead here meanwhile.
    let rebound = get(&ann, &format!("evil.example:{port}"));
    assert!(
        rebound.starts_with("HTTP/1.1 403 Forbidden\r\n"),
        "{rebound}"
    );
    let across = said(
        &ann,
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
    );
    assert!(across.starts_with("HTTP/1.1 403 "), "{across}");
    for answer in [rebound, across] {
        assert!(!answer.contains("tidings_"), "{answer}");
    }
    let posted = said(&ann, "POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(posted.starts_with("HTTP/1.1 405 "), "{posted}");
    let other = said(&ann, "GET /profile.db HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
    let served = get(&ann, "localhost");
    assert!(served.starts_with("HTTP/1.1 200 "), "{served}");
}

#[test]
fn metrics_where_others_connect_are_a_usage_error_that_says_what_to_give() {
    let ann = Person::new("Ann");
    for address in ["0.0.0.0:9464", "[::]:0", "192.0.2.1:9464", "9464"] {
        let ran = ann.run(&["daemon", "run", "--metrics", address]).exits(2);
        assert!(ran.err.contains("127.0.0.1:9464"), "{ran:?}");
        assert_eq!(ran.out, "");
    }
}

#[test]
fn a_port_that_is_taken_ends_the_node_which_says_what_to_do() {
    let ann = Person::new("Ann");
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    let flags = ["daemon", "run", "--no-mdns", "--listen", LISTEN];
    let ran = ann
        .run(&[&flags[..], &["--metrics", &taken]].concat())
        .exits(1);
    assert!(
        ran.err.contains("another program uses that port"),
        "{ran:?}"
    );
    assert!(ran.err.contains("port 0"), "{ran:?}");
    // The profile is free, and whole.
    ann.run(&["id"]).exits(0);
}

#[test]
fn without_being_asked_a_node_serves_no_metrics() {
    let ann = Person::online("Ann");
    assert_eq!(ann.ready().get("metrics"), None);
}
