//! Who types and who is there, as two people's scripts and terminals see it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout};
use std::sync::mpsc;

use serde_json::Value;

use crate::contract::keeps_its_promise;
use crate::person::{Person, ann_and_ben};
use crate::screen::Screen;

/// Somebody who follows what arrives, and who types.
struct Follower {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Follower {
    fn of(person: &Person, arguments: &[&str]) -> Self {
        let arguments = [arguments, &["read", "--follow", "--signals"]].concat();
        let mut child = person.command(&arguments).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// The next line of a type, and what came before it.
    fn until(&mut self, kind: &str) -> (Value, Vec<Value>) {
        let mut before = Vec::new();
        loop {
            let line: Value = serde_json::from_str(&self.line()).unwrap();
            keeps_its_promise(&line);
            if line["type"] == kind {
                return (line, before);
            }
            before.push(line);
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_online(person: &Person) -> bool {
    person.json(&["contacts"])[0]["online"] == true
}

/// Two people in a session: a signal that nobody hears is lost.
fn in_session() -> (Person, Person) {
    let (ann, ben) = ann_and_ben();
    while !is_online(&ann) {}
    (ann, ben)
}

#[test]
fn who_types_is_told_when_it_begins_and_when_what_they_wrote_has_come() {
    let (ann, ben) = in_session();
    let mut follower = Follower::of(&ben, &["--json"]);
    let typing = ann.run(&["typing", "Ben"]).exits(0);
    assert_eq!((typing.out.as_str(), typing.err.as_str()), ("", ""));
    let (begun, _) = follower.until("typing");
    assert_eq!(
        (&begun["from"]["name"], &begun["typing"]),
        (&"Ann".into(), &true.into())
    );
    let sent = ann.tell("Ben", "hello");
    assert_eq!(begun["conversation"], sent["conversation"]);
    let (over, before) = follower.until("typing");
    assert_eq!(over["typing"], false);
    if before.is_empty() {
        assert_eq!(follower.until("message").0["body"], "hello");
    }
}

#[test]
fn a_command_that_opens_the_profile_reaches_whom_it_types_to() {
    let (mut ann, ben) = ann_and_ben();
    ann.take_daemon().terminate("-TERM");
    let mut follower = Follower::of(&ben, &[]);
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || told.send(follower.line()));
    // What a node says as it ends may be lost with it; somebody who types goes on saying it.
    let line = loop {
        ann.run(&["typing", "Ben"]).exits(0);
        if let Ok(line) = heard.try_recv() {
            break line;
        }
    };
    assert_eq!(line, "Ann is typing.");
}

#[test]
fn who_may_not_be_told_is_not_and_signals_belong_to_following() {
    let (ann, _ben) = ann_and_ben();
    ann.run(&["typing", "Carol"]).exits(4);
    ann.run(&["typing"]).exits(2);
    ann.run(&["read", "--signals"]).exits(2);
    ann.json(&["contacts", "block", "Ben"]);
    let refused = ann.run(&["typing", "Ben"]).exits(1);
    assert!(refused.err.contains("blocked"), "{refused:?}");
}

#[test]
fn a_contact_is_online_while_their_node_runs() {
    let (ann, mut ben) = in_session();
    assert!(ann.run(&["contacts"]).exits(0).out.contains("online"));
    assert_eq!(ben.take_daemon().terminate("-TERM"), Some(0));
    // The end of the session is on its way.
    while is_online(&ann) {}
}

#[test]
fn the_chat_says_who_types_until_they_have_written_and_tells_them_the_same() {
    let (ann, ben) = in_session();
    let mut screen = Screen::start(&ben, 80, &[]);
    screen.shows("ctrl-k");
    screen.keys("\u{1b}[B\r");
    screen.shows("To Ann");
    ann.run(&["typing", "Ben"]).exits(0);
    screen.shows("Ann typing\u{2026}");
    ann.tell("Ben", "hello");
    screen.shows("hello");
    screen.until("end of the typing", |shown| !shown.contains("typing"));
    let mut follower = Follower::of(&ann, &["--json"]);
    screen.keys("he");
    let (begun, _) = follower.until("typing");
    assert_eq!(begun["from"]["name"], "Ben");
    screen.types("llo");
    screen.shows("delivered");
    assert_eq!(follower.until("typing").0["typing"], false);
    screen.keys("\u{11}");
    assert_eq!(screen.ends(), 0);
}
