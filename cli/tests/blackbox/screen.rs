//! A terminal with somebody at it: the program on a pseudoterminal, and what its screen shows.
//!
//! A program that another test starts while a pseudoterminal is being opened has it too, for as long as that program runs.
//! Few are started so: see [`starting`]. And the end of a program is the end of its process, not that of its terminal.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{CommandBuilder, MasterPty, PtyPair, PtySize, native_pty_system};
use rustix::fs::OFlags;

use crate::person::{Person, send_signal, starting};

/// Longest that anything may take to show.
const SHOWN_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a key is waited for that may be one too early.
const INSIST_TIMEOUT: Duration = Duration::from_millis(700);

/// How often it is pressed.
const INSIST_TIMES: u32 = 100;

/// How long a program has to end by itself that is needed no more.
const HANG_UP_TIMEOUT: Duration = Duration::from_millis(250);

/// Rows of the screen: all that a test shows fits, so nothing scrolls away.
const ROWS: u16 = 100;

/// Written to a terminal behind all that its program wrote. Nothing is shown of it.
const END: &str = "\u{1b}_end\u{1b}\\";

/// Shortest line of the screen that can be a code.
const CODE_CHARACTERS_MIN: usize = 60;

/// What has come from the program.
struct Came {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    /// Whether more may.
    more: bool,
    /// Whether nobody reads it any more.
    is_closing: bool,
    /// The exit code of the program, once it has ended.
    code: Option<u32>,
}

type Shared = Arc<(Mutex<Came>, Condvar)>;

/// A program on a terminal of its own.
pub(crate) struct Screen {
    pid: u32,
    keys: Box<dyn Write + Send>,
    shown: Shared,
    reader: Option<JoinHandle<()>>,
    /// The terminal lives as long as this does.
    terminal: Box<dyn MasterPty + Send>,
    /// How the terminal behaved before the program had it.
    before: String,
}

impl Screen {
    /// Starts the program in somebody's name on a terminal of so many columns.
    pub(crate) fn start(person: &Person, columns: u16, arguments: &[&str]) -> Self {
        Self::start_on("xterm", person, columns, arguments)
    }

    /// The same, on a terminal of that kind.
    pub(crate) fn start_on(kind: &str, person: &Person, columns: u16, arguments: &[&str]) -> Self {
        let size = (columns, ROWS);
        Self::start_sized(person, size, &[("TERM", kind)], arguments)
    }

    /// The same, on a terminal of so many columns and rows, with more or something else in the environment.
    pub(crate) fn start_sized(
        person: &Person,
        (columns, rows): (u16, u16),
        environment: &[(&str, &str)],
        arguments: &[&str],
    ) -> Self {
        let program = [env!("CARGO_BIN_EXE_tidings"), "--home"];
        let mut command: Vec<OsString> = program.map(OsString::from).into();
        command.push(person.home.clone().into());
        command.extend(arguments.iter().map(OsString::from));
        Self::run(command, (columns, rows), environment)
    }

    /// A shell with job control, that is to run a script with the program as its arguments.
    pub(crate) fn in_shell(person: &Person, script: &str) -> Self {
        let command = [
            "sh",
            "-c",
            script,
            "sh",
            env!("CARGO_BIN_EXE_tidings"),
            "--home",
        ];
        let mut command: Vec<OsString> = command.map(OsString::from).into();
        command.push(person.home.clone().into());
        Self::run(command, (80, 24), &[])
    }

    fn run(
        command: Vec<OsString>,
        (columns, rows): (u16, u16),
        environment: &[(&str, &str)],
    ) -> Self {
        let pair = opened(columns, rows);
        let before = behaviour(&*pair.master);
        let mut command = CommandBuilder::from_argv(command);
        command.env("TERM", "xterm");
        command.env("NO_COLOR", "1");
        // Whatever language the machine speaks.
        command.env("LC_ALL", "C.UTF-8");
        for name in ["TIDINGS_HOME", "TIDINGS_PASSPHRASE_FILE", "TIDINGS_LOG"] {
            command.env_remove(name);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let mut child = pair.slave.spawn_command(command).unwrap();
        let pid = child.process_id().unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let shown: Shared = Arc::new((
            Mutex::new(Came {
                screen: vt100::Parser::new(rows, columns, 0),
                bytes: Vec::new(),
                more: true,
                is_closing: false,
                code: None,
            }),
            Condvar::new(),
        ));
        let screen = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let read = output.read(&mut bytes).unwrap_or(0);
                let mut held = screen.0.lock().unwrap();
                held.screen.process(&bytes[..read]);
                held.bytes.extend_from_slice(&bytes[..read]);
                held.more = read > 0;
                screen.1.notify_all();
                if read == 0 || held.is_closing {
                    return;
                }
            }
        });
        let ended = Arc::clone(&shown);
        std::thread::spawn(move || {
            let status = child.wait().unwrap();
            ended.0.lock().unwrap().code = Some(status.exit_code());
            ended.1.notify_all();
        });
        Self {
            pid,
            keys,
            shown,
            reader: Some(reader),
            terminal: pair.master,
            before,
        }
    }

    /// Waits until the screen fits; what it shows then.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        self.wait(what, |screen| fits(&rows(screen)))
    }

    #[track_caller]
    fn wait(&self, what: &str, fits: impl Fn(&vt100::Screen) -> bool) -> String {
        let held = self.shown.0.lock().unwrap();
        let (held, _) = self
            .shown
            .1
            .wait_timeout_while(held, SHOWN_TIMEOUT, |came| {
                came.more && !fits(came.screen.screen())
            })
            .unwrap();
        let found = fits(held.screen.screen());
        let contents = rows(held.screen.screen());
        drop(held);
        assert!(found, "no {what} on the screen:\n{contents}");
        contents
    }

    /// Waits until a text is on the screen, by itself or over several rows.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> String {
        let unbroken = |contents: &str| contents.split_whitespace().collect::<Vec<_>>().join(" ");
        let wanted = unbroken(text);
        self.until(text, |contents| unbroken(contents).contains(&wanted))
    }

    /// Waits for a code, and takes it off the screen.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        let code = |contents: &str| {
            let mut lines = contents.lines().map(str::trim);
            let found = lines.find(|line| {
                line.len() >= CODE_CHARACTERS_MIN && line.chars().all(|c| c.is_ascii_graphic())
            });
            found.map(str::to_owned)
        };
        // The line after it is there too, so it is whole.
        let contents = self.until("code", |contents| {
            code(contents).is_some() && contents.contains("It is good until")
        });
        code(&contents).unwrap()
    }

    /// What it shows now, with its colours.
    pub(crate) fn cells(&self) -> vt100::Screen {
        self.shown.0.lock().unwrap().screen.screen().clone()
    }

    /// Types a line of the chat once it is the typist's turn.
    #[track_caller]
    pub(crate) fn says(&mut self, line: &str) {
        self.wait("empty prompt", |screen| {
            let (row, _) = screen.cursor_position();
            let (_, columns) = screen.size();
            let row = screen.rows(0, columns).nth(row.into());
            let row = row.unwrap_or_default();
            let row = row.trim_end();
            let is_to_somebody = row.starts_with("to ") || row.contains(" 님에게");
            row == ">" || is_to_somebody && row.ends_with(':')
        });
        self.types(line);
    }

    /// Types a line.
    pub(crate) fn types(&mut self, line: &str) {
        self.keys(line);
        self.keys("\r");
    }

    /// Presses keys.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Presses a key, as long after the last time as is needed for it to count where one that is held down does not, until
    /// the screen fits.
    #[track_caller]
    pub(crate) fn insists(&mut self, key: &str, what: &str, fits: impl Fn(&str) -> bool) {
        for _ in 0..INSIST_TIMES {
            self.keys(key);
            let held = self.shown.0.lock().unwrap();
            let waits = |came: &mut Came| came.more && !fits(&rows(came.screen.screen()));
            let waited = self.shown.1.wait_timeout_while(held, INSIST_TIMEOUT, waits);
            if !waited.unwrap().1.timed_out() {
                return;
            }
        }
        panic!("no {what} on the screen");
    }

    /// Goes on without a passphrase, where it is said what that means.
    #[track_caller]
    pub(crate) fn does_without_passphrase(&mut self) {
        let is_made = |shown: &str| shown.contains("Making") || shown.contains("recovery words");
        self.insists("\r", "keys", is_made);
    }

    /// The number of the program's process.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let mut held = self.shown.0.lock().unwrap();
        held.screen.screen_mut().set_size(rows, columns);
        self.terminal.resize(size(columns, rows)).unwrap();
    }

    /// Closes the terminal; the exit code of the program, whose end it is.
    #[track_caller]
    pub(crate) fn closes(self) -> u32 {
        self.closes_after(|screen| screen.resize(41, 21))
    }

    /// The same, where the program draws nothing by itself and the terminal shows what is typed.
    #[track_caller]
    pub(crate) fn closes_in_lines(self) -> u32 {
        self.closes_after(|screen| screen.keys("x"))
    }

    #[track_caller]
    fn closes_after(mut self, has_something_come: impl FnOnce(&mut Self)) -> u32 {
        self.shown.0.lock().unwrap().is_closing = true;
        // The reader has the terminal too, until something comes once more.
        has_something_come(&mut self);
        self.reader.take().unwrap().join().unwrap();
        self.keys = Box::new(std::io::sink());
        self.terminal = opened(1, 1).master;
        self.await_code()
    }

    /// Waits until so much of what came is the case.
    #[track_caller]
    pub(crate) fn until_came(&self, what: &str, fits: impl Fn(&str) -> bool) {
        let held = self.shown.0.lock().unwrap();
        let text = |came: &Came| String::from_utf8_lossy(&came.bytes).into_owned();
        let waited = self
            .shown
            .1
            .wait_timeout_while(held, SHOWN_TIMEOUT, |came| came.more && !fits(&text(came)));
        let came = text(&waited.unwrap().0);
        assert!(fits(&came), "no {what} in {came:?}");
    }

    /// All that came until now.
    pub(crate) fn came(&self) -> String {
        let held = self.shown.0.lock().unwrap();
        String::from_utf8_lossy(&held.bytes).into_owned()
    }

    /// Whether the terminal behaves now as it did before the program had it.
    pub(crate) fn behaves_as_before(&self) -> bool {
        behaviour(&*self.terminal) == self.before
    }

    /// Waits for the program's end, after which the terminal behaves as it did before; all that came, and the exit code.
    #[track_caller]
    pub(crate) fn ends_as_before(mut self) -> (String, u32) {
        let code = self.await_end();
        assert!(self.behaves_as_before());
        (self.came(), code)
    }

    /// All that came until the program's end, and its exit code.
    #[track_caller]
    pub(crate) fn ends_with_all(self) -> (String, u32) {
        let shown = Arc::clone(&self.shown);
        let code = self.ends();
        let bytes = std::mem::take(&mut shown.0.lock().unwrap().bytes);
        (String::from_utf8(bytes).unwrap(), code)
    }

    /// Waits for the program's end; its exit code.
    #[track_caller]
    pub(crate) fn ends(mut self) -> u32 {
        self.await_end()
    }

    #[track_caller]
    fn await_end(&mut self) -> u32 {
        let code = self.await_code();
        self.drain();
        code
    }

    /// Has all be read that came.
    fn drain(&self) {
        let terminal = self.terminal.tty_name().unwrap();
        let terminal = File::options()
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits().cast_signed())
            .open(terminal);
        let _ = terminal.unwrap().write_all(END.as_bytes());
        let held = self.shown.0.lock().unwrap();
        let is_whole = |came: &Came| came.bytes.ends_with(END.as_bytes());
        let read = self
            .shown
            .1
            .wait_timeout_while(held, SHOWN_TIMEOUT, |came| came.more && !is_whole(came));
        let mut held = read.unwrap().0;
        // Where nobody else had the terminal, its end may have come before.
        if is_whole(&held) {
            let all = held.bytes.len() - END.len();
            held.bytes.truncate(all);
        } else {
            assert!(!held.more, "what came is read no further");
        }
    }

    /// Waits until the process has ended; its exit code.
    #[track_caller]
    fn await_code(&self) -> u32 {
        let held = self.shown.0.lock().unwrap();
        let ended = self
            .shown
            .1
            .wait_timeout_while(held, SHOWN_TIMEOUT, |came| came.code.is_none());
        let code = ended.unwrap().0.code;
        assert!(code.is_some(), "the program does not end");
        code.unwrap()
    }
}

fn opened(columns: u16, rows: u16) -> PtyPair {
    let _held = starting();
    native_pty_system().openpty(size(columns, rows)).unwrap()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// How a terminal behaves.
fn behaviour(terminal: &dyn MasterPty) -> String {
    format!("{:?}", terminal.get_termios())
}

/// What a screen shows, row by row, as an eye sees it: a word that the terminal cut is cut.
fn rows(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    let rows: Vec<String> = screen.rows(0, columns).collect();
    rows.join("\n")
}

impl Drop for Screen {
    fn drop(&mut self) {
        let ended = |signal: &str, within: Duration| {
            let held = self.shown.0.lock().unwrap();
            if held.code.is_none() {
                send_signal(self.pid, signal);
            }
            let is_there = |came: &mut Came| came.code.is_none();
            let waited = self.shown.1.wait_timeout_while(held, within, is_there);
            waited.unwrap().0.code.is_some()
        };
        let _ = ended("-HUP", HANG_UP_TIMEOUT) || ended("-KILL", SHOWN_TIMEOUT);
    }
}
