//! The signals that ask a process to end.
//!
//! Invariants
//! - Whoever had it ignore that its terminal is closed, as `nohup` does, is obeyed.

use crate::failure::Failure;

/// What a shell adds to a signal's number to say that it ended a process.
const ENDED_BY_SIGNAL: i32 = 128;

/// See the module.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
    /// Of those who wait for it, too.
    #[cfg(unix)]
    interrupt: Option<tokio::signal::unix::Signal>,
    #[cfg(not(unix))]
    interrupt: bool,
}

impl Signals {
    /// Listens from now on for all that ask to end.
    ///
    /// # Errors
    /// [`Failure`] if the system does not let it.
    pub(crate) fn new() -> Result<Self, Failure> {
        Self::of(true)
    }

    /// Listens from now on for those that come without anybody at the keys: Ctrl-C ends the process at once, and
    /// the script that it is in.
    ///
    /// # Errors
    /// [`Failure`] if the system does not let it.
    pub(crate) fn unattended() -> Result<Self, Failure> {
        Self::of(false)
    }

    fn of(interrupt: bool) -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};

            let listen = |kind| signal(kind).map_err(Failure::no_signals);
            let maybe = |is_wanted: bool, kind| is_wanted.then(|| listen(kind)).transpose();
            Ok(Self {
                hang_up: maybe(!is_hang_up_ignored(), SignalKind::hangup())?,
                interrupt: maybe(interrupt, SignalKind::interrupt())?,
                terminate: listen(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self { interrupt })
    }

    /// Waits for one of them; the exit code of whoever is ended by it.
    pub(crate) async fn arrived(&mut self) -> i32 {
        #[cfg(unix)]
        {
            use tokio::signal::unix::SignalKind;

            let kind = tokio::select! {
                _ = self.terminate.recv() => SignalKind::terminate(),
                () = received(&mut self.hang_up) => SignalKind::hangup(),
                () = received(&mut self.interrupt) => SignalKind::interrupt(),
            };
            ENDED_BY_SIGNAL + kind.as_raw_value()
        }
        #[cfg(not(unix))]
        {
            if !self.interrupt {
                std::future::pending::<()>().await;
            }
            let _ = tokio::signal::ctrl_c().await;
            ENDED_BY_SIGNAL + 2
        }
    }
}

/// Ctrl-C, each time that it is pressed; while somebody listens, it ends no process.
#[derive(Debug)]
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Interrupts {
    /// Listens from now on.
    ///
    /// # Errors
    /// [`Failure`] if the system does not let it.
    pub(crate) fn new() -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};

            let signal = signal(SignalKind::interrupt()).map_err(Failure::no_signals)?;
            Ok(Self { signal })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next; on unix, one that came while nobody waited counts.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        let _ = self.signal.recv().await;
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => {
            let _ = signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Whether this process was started so that it outlives its terminal.
#[cfg(unix)]
fn is_hang_up_ignored() -> bool {
    use std::io::IsTerminal as _;

    let status = std::fs::read_to_string("/proc/self/status").ok();
    // Where the system does not say it: what is started so writes into a file.
    status
        .and_then(|status| ignores_hang_up(&status))
        .unwrap_or_else(|| !std::io::stdout().is_terminal())
}

/// Whether a process ignores the signal, as Linux describes the process.
#[cfg(unix)]
fn ignores_hang_up(status: &str) -> Option<bool> {
    let mut lines = status.lines();
    let ignored = lines.find_map(|line| line.strip_prefix("SigIgn:"))?;
    // The lowest bit is of the first signal, which is this one.
    let ignored = u64::from_str_radix(ignored.trim(), 16).ok()?;
    Some(ignored & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn whether_a_closed_terminal_is_ignored_is_read_from_what_the_system_says() {
        let status = |ignored: &str| format!("Name:\tx\nSigIgn:\t{ignored}\nSigCgt:\t01\n");
        assert_eq!(ignores_hang_up(&status("0000000000001001")), Some(true));
        assert_eq!(ignores_hang_up(&status("0000000000001000")), Some(false));
        assert_eq!(ignores_hang_up(&status("none")), None);
        assert_eq!(ignores_hang_up("Name:\tx\n"), None);
    }
}
