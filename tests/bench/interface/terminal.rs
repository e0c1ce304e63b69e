//! The program on a pseudoterminal, with somebody at the keys who notes when the screen shows what.
//!
//! Invariants
//! - What is on the screen counts from when its last bytes were read, not from when somebody looked.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::Outcome;

/// Longest that anything may take to show.
const SHOWN_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the program has to end.
const END_TIMEOUT: Duration = Duration::from_secs(20);
/// Columns and rows.
const COLUMNS: u16 = 100;
const ROWS: u16 = 40;
/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;

/// What has come from the program.
struct Came {
    screen: vt100::Parser,
    /// When its last bytes did.
    at: Instant,
    /// Bytes so far.
    bytes: u64,
    /// Whether more may.
    more: bool,
}

type Shared = Arc<(Mutex<Came>, Condvar)>;

/// See the module.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shown: Shared,
    /// When the program was started.
    started: Instant,
    /// The terminal lives as long as this does.
    _master: Box<dyn MasterPty + Send>,
}

/// The program beside this one.
pub(crate) fn program() -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    let name = format!("tidings{}", std::env::consts::EXE_SUFFIX);
    let program = own.with_file_name(name);
    if program.exists() {
        return Ok(program);
    }
    let how = if cfg!(debug_assertions) {
        "cargo build --bin tidings"
    } else {
        "cargo build --release --bin tidings"
    };
    Err(format!("{} is not there: `{how}` first", program.display()).into())
}

impl Terminal {
    /// Starts the program with a profile.
    pub(crate) fn start(home: &Path) -> Outcome<Self> {
        let mut command = CommandBuilder::new(program()?);
        command.arg("--home");
        command.arg(home);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        // Nobody's settings: there is no such file.
        command.env("TIDINGS_INTERFACE", home.join("interface.toml"));
        for name in [
            "TIDINGS_HOME",
            "TIDINGS_PASSPHRASE_FILE",
            "TIDINGS_LOG",
            "NO_COLOR",
        ] {
            command.env_remove(name);
        }
        let pair = native_pty_system().openpty(PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        })?;
        let mut output = pair.master.try_clone_reader()?;
        let keys = pair.master.take_writer()?;
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let shown: Shared = Arc::new((
            Mutex::new(Came {
                screen: vt100::Parser::new(ROWS, COLUMNS, 0),
                at: started,
                bytes: 0,
                more: true,
            }),
            Condvar::new(),
        ));
        let screen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = vec![0; READ_BYTES];
            while take(&mut output, &mut bytes, &screen) {}
        });
        Ok(Self {
            child,
            keys,
            shown,
            started,
            _master: pair.master,
        })
    }

    /// When the program was started.
    pub(crate) const fn started(&self) -> Instant {
        self.started
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> Outcome<u32> {
        Ok(self.child.process_id().ok_or("the program has ended")?)
    }

    /// Presses keys; when that was.
    pub(crate) fn keys(&mut self, keys: &str) -> Outcome<Instant> {
        let at = Instant::now();
        self.keys.write_all(keys.as_bytes())?;
        self.keys.flush()?;
        Ok(at)
    }

    /// Waits until the screen fits; when the bytes came with which it did.
    pub(crate) fn until(&self, what: &str, fits: impl Fn(&str) -> bool) -> Outcome<Instant> {
        let until = Instant::now() + SHOWN_TIMEOUT;
        let mut came = self.came();
        loop {
            let contents = came.screen.screen().contents();
            if fits(&contents) {
                return Ok(came.at);
            }
            let left = until.saturating_duration_since(Instant::now());
            if !came.more || left.is_zero() {
                return Err(format!("no {what} on the screen:\n{contents}").into());
            }
            let waited = self.shown.1.wait_timeout(came, left);
            came = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until a text is on the screen; when it was.
    pub(crate) fn shows(&self, text: &str) -> Outcome<Instant> {
        self.until(text, |contents| contents.contains(text))
    }

    /// Bytes that came from the program so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.came().bytes
    }

    /// Leaves, as somebody does who is done.
    pub(crate) fn leave(mut self) -> Outcome<()> {
        // Ctrl-Q.
        self.keys("\u{11}")?;
        let came = self.came();
        let ended = self
            .shown
            .1
            .wait_timeout_while(came, END_TIMEOUT, |came| came.more);
        if ended.unwrap_or_else(PoisonError::into_inner).0.more {
            return Err("the program does not end".into());
        }
        self.child.wait()?;
        Ok(())
    }

    fn came(&self) -> MutexGuard<'_, Came> {
        self.shown.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes what comes next; whether more may.
fn take(output: &mut impl Read, bytes: &mut [u8], shown: &Shared) -> bool {
    let read = output.read(bytes).unwrap_or(0);
    let at = Instant::now();
    let mut came = shown.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = bytes.get(..read) {
        came.screen.process(bytes);
    }
    came.at = at;
    came.bytes = came.bytes.saturating_add(u64::try_from(read).unwrap_or(0));
    came.more = read > 0;
    shown.1.notify_all();
    read > 0
}
