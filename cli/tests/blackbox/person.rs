//! Somebody with a profile of their own, and the program run in their name.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Longest that any command may take before a test gives it up.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// Where nodes listen in tests.
pub(crate) const LISTEN: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Fails the test unless the command exited with `code`.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout: {}\nstderr: {}",
            self.out, self.err
        );
        self
    }

    /// The lines of JSON on stdout.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The only line of JSON on stdout.
    #[track_caller]
    pub(crate) fn line(&self) -> Value {
        let lines = self.lines();
        assert_eq!(lines.len(), 1, "{self:?}");
        lines.into_iter().next().unwrap()
    }
}

/// The program, with nothing of this environment that would change what it does.
pub(crate) fn program() -> Command {
    program_through(&[])
}

/// The program as started by another one, if one is named.
fn program_through(launcher: &[String]) -> Command {
    let binary = env!("CARGO_BIN_EXE_tidings");
    let mut command = match launcher {
        [] => Command::new(binary),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(binary);
            command
        }
    };
    for name in [
        "TIDINGS_HOME",
        "TIDINGS_PASSPHRASE_FILE",
        "TIDINGS_LOG",
        "NO_COLOR",
    ] {
        command.env_remove(name);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Held while a program is started, and while a pseudoterminal is opened: for a moment that is everybody's.
static STARTING: Mutex<()> = Mutex::new(());

/// Waits until nobody else starts a program or opens a pseudoterminal; they wait as long as this is held.
pub(crate) fn starting() -> MutexGuard<'static, ()> {
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program that has no terminal of another test.
fn spawned(command: &mut Command) -> Child {
    let _held = starting();
    command.spawn().unwrap()
}

/// Runs a command to its end, with `input` on its stdin.
#[track_caller]
pub(crate) fn run(mut command: Command, input: Option<&str>) -> Ran {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let what = format!("{command:?}");
    let mut child = spawned(&mut command);
    let stdin = child.stdin.take();
    if let (Some(mut stdin), Some(input)) = (stdin, input) {
        stdin.write_all(input.as_bytes()).unwrap();
    }
    let (done, output) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    let output = output.recv_timeout(COMMAND_TIMEOUT);
    let output = output
        .unwrap_or_else(|_| panic!("{what} does not end"))
        .unwrap();
    Ran {
        code: output
            .status
            .code()
            .unwrap_or_else(|| panic!("{what} died: {}", output.status)),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A node that runs; killed (SIGKILL) with its owner.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
    pub(crate) ready: Value,
}

impl Daemon {
    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and waits; its exit code.
    pub(crate) fn terminate(self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.ended()
    }

    /// Sends it a signal.
    #[track_caller]
    pub(crate) fn signal(&self, signal: &str) {
        assert!(send_signal(self.child.id(), signal));
    }

    /// Waits for it to end by itself; its exit code.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Option<i32> {
        let pid = self.child.id();
        let (done, ended) = mpsc::channel();
        std::thread::spawn(move || done.send(self.child.wait().unwrap().code()));
        ended.recv_timeout(COMMAND_TIMEOUT).unwrap_or_else(|_| {
            send_signal(pid, "-KILL");
            panic!("the node does not end")
        })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process; false if there is none.
pub(crate) fn send_signal(pid: u32, signal: &str) -> bool {
    let mut kill = Command::new("kill");
    kill.args([signal, &pid.to_string()])
        .status()
        .unwrap()
        .success()
}

/// Somebody with a profile.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) home: PathBuf,
    /// The command through which the program is started, with its arguments; empty if by itself.
    pub(crate) launcher: Vec<String>,
    /// What of the environment the program is given.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// Where the stderr of their nodes goes, if not to that of the test.
    pub(crate) log: Option<PathBuf>,
    daemon: Option<Daemon>,
    listened: Option<String>,
    directory: TempDir,
}

impl Person {
    /// Somebody without a profile yet.
    pub(crate) fn nobody() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            home: directory.path().join("home"),
            launcher: Vec::new(),
            environment: Vec::new(),
            log: None,
            daemon: None,
            listened: None,
            directory,
        }
    }

    /// Somebody with a profile and no passphrase.
    #[track_caller]
    pub(crate) fn new(name: &str) -> Self {
        let person = Self::nobody();
        person
            .run(&["init", "--name", name, "--no-passphrase"])
            .exits(0);
        person
    }

    /// Somebody whose node runs.
    #[track_caller]
    pub(crate) fn online(name: &str) -> Self {
        let mut person = Self::new(name);
        person.start();
        person
    }

    /// A file of theirs outside the profile.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program with arguments, in their name.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program_through(&self.launcher);
        command.arg("--home").arg(&self.home).args(arguments);
        command.envs(self.environment.iter().cloned());
        command
    }

    /// Runs a command.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments), None)
    }

    /// Runs a command with `--json`, which must do what it was asked.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Vec<Value> {
        run(self.command(&[&["--json"], arguments].concat()), None)
            .exits(0)
            .lines()
    }

    /// One of the doctor's checks, whatever the others find; `None` if it is not made.
    pub(crate) fn check(&self, name: &str) -> Option<Value> {
        let checks = self.run(&["--json", "doctor"]).lines();
        checks.into_iter().find(|check| check["name"] == name)
    }

    /// What the doctor found by that check.
    #[track_caller]
    pub(crate) fn detail(&self, name: &str) -> String {
        let check = self.check(name).unwrap();
        check["detail"].as_str().unwrap().to_owned()
    }

    /// Starts the node and waits until it is ready.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        self.start_with(&["--no-mdns", "--listen", LISTEN], None);
    }

    /// Starts the node where it listened before, so that others find it without any discovery.
    #[track_caller]
    pub(crate) fn start_there(&mut self) {
        let listen = self.listened.clone().unwrap();
        self.start_with(&["--no-mdns", "--listen", &listen], None);
    }

    /// Begins a command that stays, and waits for its first line.
    #[track_caller]
    pub(crate) fn begin(&self, arguments: &[&str]) -> Daemon {
        let mut child = spawned(&mut self.command(arguments));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Daemon { child, ready }
    }

    /// Starts the node with flags of its own.
    #[track_caller]
    pub(crate) fn start_with(&mut self, flags: &[&str], passphrase_file: Option<&Path>) {
        let mut command = self.command(&[&["daemon", "run"], flags].concat());
        if let Some(file) = passphrase_file {
            command.env("TIDINGS_PASSPHRASE_FILE", file);
        }
        let stderr = self.log.as_ref().map_or_else(Stdio::inherit, |log| {
            let log = OpenOptions::new().create(true).append(true).open(log);
            log.unwrap().into()
        });
        let mut child = spawned(command.stderr(stderr));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let listen = ready["listen"][0].as_str().unwrap_or_default();
        self.listened = listen.split("/p2p/").next().map(str::to_owned);
        self.daemon = Some(Daemon { child, ready });
        assert!(
            line.contains("\"type\":\"ready\""),
            "the node is not ready: {line:?}"
        );
    }

    /// What the node that runs said when it was ready.
    pub(crate) fn ready(&self) -> &Value {
        &self.daemon.as_ref().unwrap().ready
    }

    /// Takes the node that runs.
    pub(crate) fn take_daemon(&mut self) -> Daemon {
        self.daemon.take().unwrap()
    }

    /// Kills the node (SIGKILL).
    pub(crate) fn kill(&mut self) {
        drop(self.take_daemon());
    }

    /// Sends a text and waits until it is delivered.
    #[track_caller]
    pub(crate) fn tell(&self, who: &str, text: &str) -> Value {
        let mut lines = self.json(&["send", who, "--wait", "delivered", "--", text]);
        lines.pop().unwrap()
    }

    /// The texts from somebody else, in the order shown.
    #[track_caller]
    pub(crate) fn heard(&self, who: &str) -> Vec<String> {
        let messages = self.json(&["read", who]);
        let others = messages
            .into_iter()
            .filter(|message| message["mine"] == false);
        others
            .map(|message| message["body"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A code of theirs.
    #[track_caller]
    pub(crate) fn invite(&self) -> String {
        self.json(&["invite"])[0]["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// Makes two people contacts; both nodes run.
#[track_caller]
pub(crate) fn pair(inviter: &Person, joiner: &Person) {
    let code = inviter.invite();
    let contact = joiner.json(&["join", &code]);
    assert_eq!(contact[0]["state"], "active");
}

/// Two people who are online and know one another.
#[track_caller]
pub(crate) fn ann_and_ben() -> (Person, Person) {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    (ann, ben)
}

/// The id of the request of that number: 26 characters of base32.
pub(crate) fn request_id(number: u64) -> String {
    let digits = number.to_string().into_bytes();
    let letters: String = digits
        .iter()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect();
    format!("{}{letters:z<5}a", "a".repeat(20))
}

/// A conversation in JSON-RPC with the program.
pub(crate) struct Rpc {
    child: Child,
    replies: BufReader<std::process::ChildStdout>,
}

impl Rpc {
    /// Starts `rpc --stdio` in somebody's name.
    pub(crate) fn start(person: &Person) -> Self {
        let mut command = person.command(&["rpc", "--stdio"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let replies = BufReader::new(child.stdout.take().unwrap());
        Self { child, replies }
    }

    /// Makes a request; `false` if nobody reads it.
    pub(crate) fn ask(&mut self, id: u64, method: &str, params: &Value) -> bool {
        let request =
            serde_json::json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{request}")
            .and_then(|()| stdin.flush())
            .is_ok()
    }

    /// The next reply; `None` if there is none any more.
    pub(crate) fn reply(&mut self) -> Option<Value> {
        let mut line = String::new();
        match self.replies.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(serde_json::from_str(&line).unwrap()),
        }
    }

    /// Says no more, and waits for the end; what else was said, and the exit code.
    pub(crate) fn end(&mut self) -> (String, Option<i32>) {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.replies.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code())
    }
}

impl Drop for Rpc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
