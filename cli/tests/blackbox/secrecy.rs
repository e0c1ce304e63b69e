//! A whole story of two with passphrases, and what of it is in a log or a file: nothing that they wrote, are
//! called, or keep secret.

use std::collections::BTreeSet;
use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::person::{LISTEN, Person, Ran, run};
use crate::strangers::{port, quic_packet, tell};

const ANN: &str = "Annabella Nightingale";
const BEN: &str = "Benedict Kingfisher";
const PETNAME: &str = "Benny the canary";
const TITLE: &str = "The aviary of secrets";
const DRAFT: &str = "a canary that is not sent yet";
const SAID: [&str; 3] = [
    "a canary sings to Ben",
    "a canary sings to Ann",
    "a canary sings in the aviary",
];
const RIGHT: &str = "a canary opens the cage";
const WRONG: &str = "a canary knocks at the cage";
const GARBAGE: &str = "a canary at the wrong door";

/// What every peer id begins with.
const PEER: &str = "12D3KooW";

/// Shortest that is looked for: nothing of that length is anywhere by accident.
const CANARY_BYTES_MIN: usize = 8;

/// What happened, and all that must not be told of it.
struct Story {
    people: [Person; 2],
    /// What people wrote, are called, and keep secret.
    canaries: BTreeSet<String>,
    /// Whole ids.
    ids: BTreeSet<String>,
    /// Where they are on the network.
    addresses: BTreeSet<String>,
    /// What the programs said on stderr, their nodes aside.
    heard: String,
}

/// Somebody with a passphrase, whose programs log.
fn locked(level: &str) -> Person {
    let mut person = Person::nobody();
    let passphrase = person.file("passphrase", &format!("{RIGHT}\n"));
    person.environment = vec![
        ("TIDINGS_PASSPHRASE_FILE", passphrase.into()),
        ("TIDINGS_LOG", level.into()),
    ];
    person.log = Some(person.file("log", ""));
    person
}

/// All texts in something in JSON that may be ids.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

impl Story {
    fn begin(level: &str) -> Self {
        let told = [ANN, BEN, PETNAME, TITLE, DRAFT, RIGHT, WRONG, GARBAGE];
        let told = told.into_iter().chain(SAID).map(str::to_owned);
        Self {
            people: [locked(level), locked(level)],
            canaries: told.collect(),
            ids: BTreeSet::new(),
            addresses: [PEER.to_owned()].into(),
            heard: String::new(),
        }
    }

    /// Runs a command that does what it is asked; what it says.
    #[track_caller]
    fn run(&mut self, who: usize, arguments: &[&str]) -> Vec<Value> {
        let command = self.people[who].command(&[&["--json"], arguments].concat());
        self.note(run(command, None).exits(0)).lines()
    }

    /// Remembers what a command said, and the ids in that: 26 or 52 letters.
    fn note(&mut self, ran: Ran) -> Ran {
        self.heard.push_str(&ran.err);
        let lines = ran
            .out
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let texts = lines.flat_map(|line: Value| texts(&line));
        self.ids.extend(texts.filter(|text| {
            let is_base32 = text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
            is_base32 && [26, 52].contains(&text.len())
        }));
        ran
    }

    /// Makes both profiles, and starts their nodes.
    fn found(&mut self) {
        for (who, name) in [ANN, BEN].into_iter().enumerate() {
            let identity = self.run(who, &["init", "--name", name]).pop().unwrap();
            let words = texts(&identity["recovery"]);
            assert_eq!(words.len(), 24);
            self.canaries
                .extend(words.windows(3).map(|run| run.join(" ")));
            let tcp = "/ip4/127.0.0.1/tcp/0";
            let flags = ["--no-mdns", "--listen", LISTEN, "--listen", tcp];
            self.people[who].start_with(&flags, None);
            let listen = texts(&self.people[who].ready()["listen"]);
            let parts = listen.iter().flat_map(|address| address.split("/p2p/"));
            self.addresses.extend(parts.map(str::to_owned));
        }
    }

    /// The two meet, write, and fall out.
    fn live(&mut self) {
        let code = self.run(0, &["invite"])[0]["code"]
            .as_str()
            .unwrap()
            .to_owned();
        self.canaries.insert(code.replace('-', ""));
        self.run(1, &["join", &code]);
        self.canaries.insert(code);
        self.run(0, &["send", BEN, SAID[0], "--wait", "delivered"]);
        self.run(1, &["send", ANN, SAID[1], "--wait", "delivered"]);
        self.run(0, &["room", "create", TITLE, "--with", BEN]);
        self.run(0, &["send", TITLE, SAID[2], "--wait", "delivered"]);
        self.run(0, &["contacts", "rename", BEN, PETNAME]);
        self.run(0, &["draft", PETNAME, DRAFT]);
        self.run(0, &["search", "aviary"]);
        for who in [0, 1] {
            let verify = self.run(who, &["contacts"]);
            assert_eq!(verify.len(), 1);
            let read = self.run(who, &["read"]);
            assert_eq!(read.len(), SAID.len(), "{read:?}");
            self.run(who, &["room", "info", TITLE]);
            self.run(who, &["id"]);
        }
        self.run(0, &["contacts", "block", PETNAME]);
        self.run(0, &["contacts", "unblock", PETNAME]);
    }

    /// Strangers come who are not let in: to a node's ports, and to the profile.
    fn knock(&mut self) {
        let (tcp, udp) = (
            port(&self.people[0], "/tcp/"),
            port(&self.people[0], "/udp/"),
        );
        for garbage in [GARBAGE.to_owned(), GARBAGE.repeat(2000)] {
            tell(tcp, &[garbage.as_bytes()]);
            tell(
                tcp,
                &[b"\x13/multistream/1.0.0\n\x07/noise\n", garbage.as_bytes()],
            );
        }
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut packet = quic_packet([0, 0, 0, 1]);
        packet.truncate(100);
        packet.extend(GARBAGE.repeat(40).into_bytes());
        socket.send_to(GARBAGE.as_bytes(), udp).unwrap();
        socket.send_to(&packet, udp).unwrap();
        let join = run(self.people[0].command(&["join", GARBAGE]), None);
        assert_ne!(join.code, 0);
        self.note(join);
    }

    /// One of them is away, and the other dials where they were.
    fn part(&mut self) {
        self.run(1, &["daemon", "stop"]);
        assert_eq!(self.people[1].take_daemon().ended(), Some(0));
        let waits = ["--json", "sync", PETNAME, "--timeout", "2s"];
        self.run(0, &["send", PETNAME, SAID[0], "--offline"]);
        let sync = run(self.people[0].command(&waits), None).exits(5);
        self.note(sync);
        self.people[1].start_there();
    }

    /// The nodes end, and somebody tries the profile.
    fn end(&mut self) {
        for who in [0, 1] {
            self.run(who, &["daemon", "stop"]);
            assert_eq!(self.people[who].take_daemon().ended(), Some(0));
        }
        let wrong = self.people[0].file("wrong", &format!("{WRONG}\n"));
        let wrong = ["--passphrase-file", wrong.to_str().unwrap(), "id"];
        let refused = run(self.people[0].command(&wrong), None).exits(3);
        self.note(refused);
    }

    /// All that was said on stderr: by commands, and by the two nodes.
    fn logs(&self) -> [String; 3] {
        let of = |who: usize| fs::read_to_string(self.people[who].log.as_ref().unwrap()).unwrap();
        [self.heard.clone(), of(0), of(1)]
    }

    /// The log files in the profiles.
    fn kept(&self) -> [String; 2] {
        [0, 1].map(|who| {
            let log = self.people[who].home.join("log").join("tidings.log");
            let text = fs::read_to_string(log).unwrap();
            assert!(text.contains("the node has started"), "{text}");
            text
        })
    }

    /// Fails the test if a file of a profile holds anything as it is.
    #[track_caller]
    fn finds_nothing_in_files(&self, least: usize) {
        for person in &self.people {
            let files = files(&person.home);
            assert!(files.len() >= least, "{files:?}");
            for path in files {
                let bytes = fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes);
                let told = self.canaries.iter().chain(&self.ids);
                assert_eq!(line_with(&text, told), None, "in {}", path.display());
            }
        }
    }

    /// All but the end.
    fn tell(level: &str) -> Self {
        let mut story = Self::begin(level);
        story.found();
        story.live();
        story.knock();
        story.part();
        let ids = story.ids.len();
        assert!(
            ids >= 8,
            "{ids}: people, devices, conversations and messages"
        );
        story
    }
}

/// The line of a log in which one of these is, in whatever case.
fn line_with<'a>(log: &str, canaries: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let log = log.to_lowercase();
    let mut canaries = canaries.into_iter().map(|canary| canary.to_lowercase());
    canaries.find_map(|canary| {
        assert!(canary.len() >= CANARY_BYTES_MIN, "{canary} may be anywhere");
        let mut lines = log.lines();
        let line = lines.find(|line| line.contains(&canary))?;
        Some(format!("{canary}: {line}"))
    })
}

/// Every file of a directory and of those in it.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let each = entries.flat_map(|entry| {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            files(&path)
        } else {
            kind.is_file().then_some(path).into_iter().collect()
        }
    });
    each.collect()
}

#[test]
fn what_two_write_are_called_and_keep_secret_is_in_no_log_and_in_no_file() {
    let mut story = Story::tell("trace");
    // Key, lock, database, its log and the index of that, what is logged; then without two of these.
    story.finds_nothing_in_files(6);
    story.end();
    story.finds_nothing_in_files(4);
    for (number, log) in story.logs().into_iter().enumerate() {
        assert!(number == 0 || log.contains("TRACE libp2p"), "no log");
        assert_eq!(line_with(&log, &story.canaries), None);
        // Ids of ours are whole in no line, not even of those of a developer.
        assert_eq!(line_with(&log, &story.ids), None);
    }
    // What stays on the disk has no address, whatever developers see meanwhile.
    for log in story.kept() {
        let told = story.canaries.iter().chain(&story.ids);
        assert_eq!(line_with(&log, told.chain(&story.addresses)), None);
    }
}

#[test]
fn a_log_that_is_not_for_developers_holds_no_address_either() {
    let mut story = Story::tell("info");
    story.end();
    for log in story.logs() {
        let told = story.canaries.iter().chain(&story.ids);
        assert_eq!(line_with(&log, told.chain(&story.addresses)), None);
    }
}

#[test]
fn the_search_finds_what_a_file_or_a_log_does_hold() {
    let ann = Person::nobody();
    let path = ann.file("log", &format!("one\ntwo {GARBAGE}\n"));
    let canary = GARBAGE.to_uppercase();
    let log = fs::read_to_string(&path).unwrap();
    let line = line_with(&log, [&canary]).unwrap();
    assert!(line.ends_with("two a canary at the wrong door"), "{line}");
    assert_eq!(files(path.parent().unwrap()), [path]);
}
