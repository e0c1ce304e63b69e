//! What the system asks of the interface as a job of a shell: to leave, to stop, and to go on.
//!
//! Invariants
//! - Whoever asks it to stop gets the terminal as it was, and so does the next one in it.

use crate::failure::Failure;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Leave: an interrupt that was no key.
    Leave,
    /// Stop until it is asked to go on.
    Stop,
    /// It was stopped, and goes on.
    GoOn,
}

/// Where that is heard.
#[derive(Debug)]
pub(super) struct Job {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    stop: tokio::signal::unix::Signal,
    #[cfg(unix)]
    go_on: tokio::signal::unix::Signal,
}

impl Job {
    /// Listens from now on.
    ///
    /// # Errors
    /// [`Failure`] if the system does not let it.
    pub(super) fn listen() -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use rustix::process::Signal;
            use tokio::signal::unix::{SignalKind, signal};

            let listen = |kind: Signal| {
                signal(SignalKind::from_raw(kind.as_raw())).map_err(Failure::no_signals)
            };
            Ok(Self {
                interrupt: listen(Signal::INT)?,
                stop: listen(Signal::TSTP)?,
                go_on: listen(Signal::CONT)?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// What is asked next. Nothing is lost if it is dropped.
    pub(super) async fn asked(&mut self) -> Asked {
        #[cfg(unix)]
        {
            tokio::select! {
                _ = self.interrupt.recv() => Asked::Leave,
                _ = self.stop.recv() => Asked::Stop,
                _ = self.go_on.recv() => Asked::GoOn,
            }
        }
        #[cfg(not(unix))]
        {
            let _ = tokio::signal::ctrl_c().await;
            Asked::Leave
        }
    }
}
