//! A terminal with somebody at it: the program on a pseudoterminal, and what its screen shows.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::person::Person;

/// Longest that anything may take to show.
const SHOWN_TIMEOUT: Duration = Duration::from_secs(120);

/// Rows of the screen: all that a test shows fits, so nothing scrolls away.
const ROWS: u16 = 100;

/// Shortest line of the screen that can be a code.
const CODE_CHARACTERS_MIN: usize = 60;

/// What has come from the program.
struct Came {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    /// Whether more may.
    more: bool,
}

type Shared = Arc<(Mutex<Came>, Condvar)>;

/// A program on a terminal of its own.
pub(crate) struct Screen {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shown: Shared,
    /// The terminal lives as long as this does.
    _terminal: Box<dyn MasterPty + Send>,
}

impl Screen {
    /// Starts the program in somebody's name on a terminal of so many columns.
    pub(crate) fn start(person: &Person, columns: u16, arguments: &[&str]) -> Self {
        Self::start_on("xterm", person, columns, arguments)
    }

    /// The same, on a terminal of that kind.
    pub(crate) fn start_on(kind: &str, person: &Person, columns: u16, arguments: &[&str]) -> Self {
        let size = PtySize {
            rows: ROWS,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tidings"));
        command.arg("--home");
        command.arg(&person.home);
        command.args(arguments);
        command.env("TERM", kind);
        command.env("NO_COLOR", "1");
        // Whatever language the machine speaks.
        command.env("LC_ALL", "C.UTF-8");
        for name in ["TIDINGS_HOME", "TIDINGS_PASSPHRASE_FILE", "TIDINGS_LOG"] {
            command.env_remove(name);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let shown: Shared = Arc::new((
            Mutex::new(Came {
                screen: vt100::Parser::new(ROWS, columns, 0),
                bytes: Vec::new(),
                more: true,
            }),
            Condvar::new(),
        ));
        let screen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let read = output.read(&mut bytes).unwrap_or(0);
                let mut held = screen.0.lock().unwrap();
                held.screen.process(&bytes[..read]);
                held.bytes.extend_from_slice(&bytes[..read]);
                held.more = read > 0;
                screen.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            child,
            keys,
            shown,
            _terminal: pair.master,
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

    /// Types a line of the chat once it is the typist's turn.
    #[track_caller]
    pub(crate) fn says(&mut self, line: &str) {
        self.wait("empty prompt", |screen| {
            let (row, _) = screen.cursor_position();
            let (_, columns) = screen.size();
            let row = screen.rows(0, columns).nth(row.into());
            let row = row.unwrap_or_default();
            let row = row.trim_end();
            row == ">" || row.starts_with("you \u{2192} ") && row.ends_with(':')
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
        let held = self.shown.0.lock().unwrap();
        let ended = self
            .shown
            .1
            .wait_timeout_while(held, SHOWN_TIMEOUT, |came| came.more);
        let more = ended.unwrap().0.more;
        assert!(!more, "the program does not end");
        self.child.wait().unwrap().exit_code()
    }
}

/// What a screen shows, row by row, as an eye sees it: a word that the terminal cut is cut.
fn rows(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    let rows: Vec<String> = screen.rows(0, columns).collect();
    rows.join("\n")
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
