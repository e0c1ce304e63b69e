//! A machine in a network of its own, whose owner runs the program there.
//!
//! Invariants
//! - What is waited for is waited for until [`PATIENCE`] ends, never for a time that seems enough.
//! - If the test fails, the last lines of the node's log are shown with it.

use std::cell::Cell;
use std::ops::Deref;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::disk::Disk;
use crate::namespace::Namespace;
use crate::person::Person;
use crate::right::done;

/// Longest wait for what must come about; longer than a node takes to notice that somebody is gone.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// Pause between two looks at what is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Lines of the log that are shown of a test that failed.
const LOG_LINES_MAX: usize = 200;
/// What nodes log.
const LOG_FILTER: &str = "tidings=debug,libp2p_swarm=debug,libp2p_mdns=debug";

thread_local! {
    /// What the nodes log that this test starts; `None`: what they log by themselves.
    static LOGS: Cell<Option<&'static str>> = const { Cell::new(Some(LOG_FILTER)) };
}

/// From now on, the nodes that this test starts log as those of people do: to be measured.
pub(crate) fn log_as_usual() {
    LOGS.set(None);
}

/// See the module. Everything that needs no change of it is said to it as to its [`Person`].
#[derive(Debug)]
pub(crate) struct Host {
    person: Person,
    number: u8,
    namespace: Namespace,
}

impl Host {
    /// Somebody's machine, with a new profile and no node that runs.
    #[track_caller]
    pub(crate) fn new(name: &str, number: u8, namespace: Namespace, disk: Option<&Disk>) -> Self {
        let mut person = Person::nobody();
        if let Some(disk) = disk {
            person.home = disk.home();
        }
        person.launcher = namespace.launcher();
        person.log = Some(person.file("log", ""));
        let host = Self {
            person,
            number,
            namespace,
        };
        host.init(name);
        host
    }

    /// Throws the profile away, while no node runs, and makes another.
    #[track_caller]
    pub(crate) fn begin_anew(&self, name: &str) {
        std::fs::remove_dir_all(&self.home).unwrap();
        self.init(name);
    }

    #[track_caller]
    fn init(&self, name: &str) {
        self.run(&["init", "--name", name, "--no-passphrase"])
            .exits(0);
    }

    /// Which of the hosts it is.
    pub(crate) const fn number(&self) -> u8 {
        self.number
    }

    /// Its view of the network.
    pub(crate) const fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Starts the node as people do, and waits until it is ready.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        self.start_with(&[]);
    }

    /// Starts the node with flags of its own.
    #[track_caller]
    pub(crate) fn start_with(&mut self, flags: &[&str]) {
        // Not for the commands: what they say on stderr is for the test.
        let filter = LOGS.get().into_iter();
        self.person.environment = filter
            .map(|filter| ("TIDINGS_LOG", filter.into()))
            .collect();
        self.person.start_with(flags, None);
        self.person.environment.clear();
    }

    /// Starts the node where it listened before.
    #[track_caller]
    pub(crate) fn start_there(&mut self) {
        self.person.start_there();
    }

    /// The process of the node that runs: the only one there while no command runs.
    #[track_caller]
    pub(crate) fn node(&self) -> u32 {
        let processes = done(self.namespace.processes());
        assert_eq!(processes.len(), 1, "{processes:?}");
        processes[0]
    }

    /// Kills the node (SIGKILL).
    #[track_caller]
    pub(crate) fn kill(&mut self) {
        self.person.kill();
    }

    /// Ends the node as the system does (SIGTERM).
    #[track_caller]
    pub(crate) fn stop(&mut self) {
        let ended = self.person.take_daemon().terminate("-TERM");
        assert_eq!(ended, Some(0));
    }

    /// Becomes a contact of `inviter`, however long it takes; both nodes run.
    #[track_caller]
    pub(crate) fn meet(&self, inviter: &Self) {
        let joined = self.run(&["--json", "join", &inviter.invite()]);
        assert!([0, 5].contains(&joined.code), "{joined:?}");
        let contact = || self.json(&["contacts"]).into_iter().next_back();
        eventually("the contact is active", || {
            contact().filter(|contact| contact["state"] == "active")
        });
    }

    /// Sends a text, which is stored here; the id of the message.
    #[track_caller]
    pub(crate) fn send(&self, who: &str, text: &str) -> String {
        let lines = self.json(&["send", who, "--", text]);
        lines[0]["id"].as_str().unwrap().to_owned()
    }

    /// Sends a text that nobody can get now; the id of the message.
    #[track_caller]
    pub(crate) fn send_in_vain(&self, who: &str, text: &str) -> String {
        let arguments = ["--json", "send", who, "--wait", "delivered"];
        let ran = self.run(&[&arguments[..], &["--timeout", "1s", "--", text]].concat());
        let line = ran.exits(5).line();
        assert_eq!(line["state"], "queued");
        line["id"].as_str().unwrap().to_owned()
    }

    /// Waits until these are the texts that came from somebody, in that order, each once.
    #[track_caller]
    pub(crate) fn hears(&self, who: &str, texts: &[&str]) {
        let mut heard = Vec::new();
        let all = wait(PATIENCE, || {
            heard = self.heard(who);
            (heard.len() >= texts.len()).then_some(())
        });
        assert!(all.is_some(), "heard {heard:?} instead of {texts:?}");
        assert_eq!(heard, texts);
    }

    /// Waits until a message of theirs is in this state.
    #[track_caller]
    pub(crate) fn sees(&self, who: &str, message: &str, state: &str) {
        eventually(&format!("{message} is {state}"), || {
            let messages = self.json(&["read", who]);
            let found = messages.iter().find(|line| line["id"] == message);
            (found.unwrap()["state"] == state).then_some(())
        });
    }

    /// Sends a text and waits until it is delivered, however far that is.
    #[track_caller]
    pub(crate) fn tell_far(&self, who: &str, text: &str) -> Value {
        let arguments = ["send", who, "--wait", "delivered"];
        let patience = format!("{}s", PATIENCE.as_secs() - 10);
        let arguments = [&arguments[..], &["--timeout", &patience, "--", text]].concat();
        self.json(&arguments).remove(0)
    }

    /// Waits until it keeps something for others.
    #[track_caller]
    pub(crate) fn carries(&self) {
        eventually("something is carried", || {
            self.carried().filter(|envelopes| *envelopes > 0)
        });
    }

    /// Waits until it keeps nothing for others any more.
    #[track_caller]
    pub(crate) fn carries_nothing(&self) {
        eventually("nothing is carried any more", || {
            self.carried().filter(|envelopes| *envelopes == 0)
        });
    }

    /// How many envelopes it keeps for others.
    fn carried(&self) -> Option<u64> {
        self.json(&["status"])[0]["carrying"]["envelopes"].as_u64()
    }

    fn log(&self) -> Option<&PathBuf> {
        self.person.log.as_ref()
    }
}

impl Deref for Host {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl Drop for Host {
    #[expect(clippy::print_stderr, reason = "is shown of failing tests alone")]
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let log = self.log().and_then(|log| std::fs::read_to_string(log).ok());
        let log = log.unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let start = lines.len().saturating_sub(LOG_LINES_MAX);
        eprintln!("--- the log of host {}, from line {start} on", self.number);
        for line in &lines[start..] {
            eprintln!("{line}");
        }
    }
}

/// Looks until there is something; fails the test if there never is.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait(PATIENCE, look).unwrap_or_else(|| panic!("not so after {PATIENCE:?}: {what}"))
}

/// Looks until there is something, or for so long.
pub(crate) fn wait<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if start.elapsed() > patience {
            return None;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
