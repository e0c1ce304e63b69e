//! The terminal as it was when nobody had changed it, to be put back when the program ends in an unforeseen way.
//!
//! The line editor and prompts change how a terminal behaves, and change it back as they end. Where they cannot, as when
//! the process ends while another thread waits for a key, nobody would see what they type afterwards. The full-screen
//! interface takes more of it: another screen, marks around pastes, word of the mouse and of who looks, the window's title.
//! Nobody else writes on it then.
//!
//! Invariants
//! - What [`enter_screen`] switches on is switched off by whoever comes first: [`leave_screen`], or [`Settings::restore`].
//! - Nothing is drawn but while this process has the screen, and a picture is drawn whole or not at all.

mod aside;
mod hang_up;
mod unseen;

use std::io::{IsTerminal as _, Write as _, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[cfg(unix)]
use std::io::stdin;

use data_encoding::BASE64;

pub(crate) use aside::{LogLines, note, noted, progress};
pub(crate) use hang_up::hung_up;
pub(crate) use unseen::Unseen;

#[cfg(unix)]
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::safe_text;

/// Has pastes come unmarked again: the line editor has them marked.
#[cfg(unix)]
const PASTES_UNMARKED: &str = "\u{1b}[?2004l\r\n";

/// Another screen, emptied of what whoever was killed left on it; pastes marked, word of who looks, and no more of the
/// mouse than its buttons.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[0m\u{1b}[2J\u{1b}[H\u{1b}[?2004h\u{1b}[?1004h";

/// The same back, with a cursor that is seen.
const LEAVE: &str = "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l\u{1b}[?1004l\u{1b}[?2004l\u{1b}[?25h\u{1b}[0 q\u{1b}[?1049l";

/// Word of the mouse's buttons and wheel.
const MOUSE_ON: &str = "\u{1b}[?1000h\u{1b}[?1002h\u{1b}[?1006h";

/// None of it.
const MOUSE_OFF: &str = "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l";

/// Keeps the title of the window, for [`TITLE_BACK`] (xterm's window operations).
const TITLE_KEPT: &str = "\u{1b}[22;2t";

/// Gives the window the title that was kept.
const TITLE_BACK: &str = "\u{1b}[23;2t";

/// Characters of a title.
const TITLE_CHARACTERS_MAX: usize = 64;

/// Bytes of a text that is put into the terminal's clipboard.
const COPY_BYTES_MAX: usize = 48 * 1024;

/// How long a terminal has to take that it is put back.
const RESTORE_TIMEOUT: Duration = Duration::from_secs(1);

/// Whether this process has the whole screen: there is one terminal, and whoever ends the process has to know.
static HAS_SCREEN: AtomicBool = AtomicBool::new(false);

/// Whether this process has given it a title.
static HAS_TITLE: AtomicBool = AtomicBool::new(false);

/// Takes the whole screen, and has keys come as they are pressed.
///
/// # Errors
/// If the terminal cannot do that.
pub(crate) fn enter_screen() -> std::io::Result<()> {
    crossterm::terminal::enable_raw_mode()?;
    aside::hold();
    HAS_SCREEN.store(true, Ordering::SeqCst);
    write(ENTER)?;
    write(MOUSE_ON)
}

/// Gives it back, if this process has it.
pub(crate) fn leave_screen() {
    // Whoever draws has it: a picture is drawn before this or not at all.
    let stdout = stdout().lock();
    if HAS_SCREEN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs nothing.
        if HAS_TITLE.swap(false, Ordering::SeqCst) {
            let _ = write(TITLE_BACK);
        }
        let _ = write(LEAVE);
        let _ = crossterm::terminal::disable_raw_mode();
        drop(stdout);
        aside::release();
    }
}

/// Whether this process has the whole screen.
pub(crate) fn has_screen() -> bool {
    HAS_SCREEN.load(Ordering::SeqCst)
}

/// Draws a picture, if this process still has the screen.
///
/// # Errors
/// If the terminal is gone.
pub(crate) fn draw(picture: &[u8]) -> std::io::Result<()> {
    let mut stdout = stdout().lock();
    if !has_screen() {
        return Ok(());
    }
    stdout.write_all(picture)?;
    stdout.flush()
}

/// Has the terminal tell of the mouse, or leave it to select text.
pub(crate) fn mouse(is_ours: bool) {
    let switch = if is_ours { MOUSE_ON } else { MOUSE_OFF };
    let _ = draw(switch.as_bytes());
}

/// Has it make itself noticed.
pub(crate) fn ring() {
    let _ = draw(b"\x07");
}

/// Gives its window a title while this process has the screen; the one before is kept, where the terminal does that.
pub(crate) fn title(text: &str) {
    // Whoever gives the screen back waits for this, or has given the title back already.
    let _stdout = stdout().lock();
    if !has_screen() {
        return;
    }
    if !HAS_TITLE.swap(true, Ordering::SeqCst) {
        let _ = write(TITLE_KEPT);
    }
    let _ = write(&titled(text));
}

/// What gives a window the start of a text as its title: a control character would end it, and is left out.
fn titled(text: &str) -> String {
    let characters = text.chars().filter(|one| !one.is_control());
    let title: String = characters.take(TITLE_CHARACTERS_MAX).collect();
    format!("\u{1b}]2;{title}\u{1b}\\")
}

/// Puts a text into its clipboard, if it lets a program do that: nothing tells.
pub(crate) fn copy(text: &str) {
    let _ = draw(clipboard(text).as_bytes());
}

/// What has a terminal take the start of a text into its clipboard. Whoever pastes it may do so into a shell: nothing in
/// it ends a paste, steers or hides.
fn clipboard(text: &str) -> String {
    let text = safe_text::copied(text);
    let end = text.floor_char_boundary(COPY_BYTES_MAX);
    let text = text.get(..end).unwrap_or_default();
    format!("\u{1b}]52;c;{}\u{7}", BASE64.encode(text.as_bytes()))
}

/// Stops this process, and whatever it is one job with, until the shell has it go on; `false` where no shell made a job
/// of it: nobody could have it go on then.
#[cfg(unix)]
pub(crate) fn stop() -> bool {
    use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

    let is_job = getsid(None).is_ok_and(|session| session != getpgrp());
    is_job && kill_current_process_group(Signal::STOP).is_ok()
}

/// Nothing has a process stop here.
#[cfg(not(unix))]
pub(crate) fn stop() -> bool {
    false
}

/// Has what was typed and nobody has read reach nobody.
pub(crate) fn forget_typed() {
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(stdin(), rustix::termios::QueueSelector::IFlush);
}

fn write(sequence: &str) -> std::io::Result<()> {
    let mut stdout = stdout().lock();
    stdout.write_all(sequence.as_bytes())?;
    stdout.flush()
}

/// How a terminal behaves; nothing where there is none.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    #[cfg(unix)]
    present: Option<Termios>,
}

impl Settings {
    /// Those of the terminal on stdin now.
    pub(crate) fn now() -> Self {
        Self {
            #[cfg(unix)]
            present: tcgetattr(stdin()).ok(),
        }
    }

    /// [`Self::restore`], and without a line that says how far something is; but a terminal that takes nothing for now, as
    /// over a connection that hangs, keeps nobody from ending.
    pub(crate) async fn restore_in_time(self) {
        let restored = tokio::task::spawn_blocking(move || {
            self.restore();
            progress("");
        });
        let _ = tokio::time::timeout(RESTORE_TIMEOUT, restored).await;
    }

    /// Puts them back, if they are others now.
    pub(crate) fn restore(&self) {
        leave_screen();
        #[cfg(unix)]
        if let Some(before) = &self.present
            && let Ok(present) = tcgetattr(stdin())
            && present.local_modes != before.local_modes
        {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
            if stdout().is_terminal() {
                let mut stdout = stdout().lock();
                let _ = stdout
                    .write_all(PASTES_UNMARKED.as_bytes())
                    .and_then(|()| stdout.flush());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;

    #[test]
    fn a_title_of_the_most_characters_is_whole_and_none_ends_it() {
        let most = "a".repeat(TITLE_CHARACTERS_MAX);
        assert_eq!(titled(&most), format!("\u{1b}]2;{most}\u{1b}\\"));
        assert_eq!(titled(&format!("{most}b")), titled(&most));
        assert_eq!(titled("a\u{7}\u{1b}\\b"), "\u{1b}]2;a\\b\u{1b}\\");
    }

    #[test]
    fn a_text_of_the_most_bytes_is_copied_and_not_one_byte_more() {
        let most = clipboard(&"a".repeat(COPY_BYTES_MAX));
        assert_eq!(clipboard(&"a".repeat(COPY_BYTES_MAX + 1)), most);
        assert_ne!(clipboard(&"a".repeat(COPY_BYTES_MAX - 1)), most);
    }

    /// What a terminal has in its clipboard then.
    fn pasted(text: &str) -> String {
        let sequence = clipboard(text);
        let encoded = sequence.strip_prefix("\u{1b}]52;c;").unwrap();
        let encoded = encoded.strip_suffix('\u{7}').unwrap();
        String::from_utf8(BASE64.decode(encoded.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn nothing_of_the_corpus_steers_or_hides_where_a_copy_is_pasted() {
        corpus::walk(|text| pasted(text).replace('\t', " "));
        assert_eq!(pasted("\u{1b}[201~ls\r"), "[201~ls");
        assert_eq!(pasted("a\tb \r\n  c\u{9b}\n"), "a\tb \n  c\n");
        assert_eq!(pasted("exe.\u{202e}gpj"), "exe.\\u{202e}gpj");
    }
}
