//! A terminal that goes away: its window was closed, or the connection to it broke.
//!
//! The signal that says so goes to the first process of a session alone, and may be ignored. The terminal says it to whoever
//! polls it. Whoever reads it is given nothing, at once and without end: crossterm then reads on for ever.
//!
//! Invariants
//! - Once [`hung_up`] returns nobody reads the terminal any more: whoever tries waits, and takes no time of the processor.

#[cfg(unix)]
use std::io;

/// Waits until the terminal on stdin was hung up; for ever where nothing says so.
pub(crate) async fn hung_up() {
    #[cfg(unix)]
    if said().await.is_ok() {
        let _ = silence();
        return;
    }
    std::future::pending().await
}

/// Waits until the terminal says it.
#[cfg(unix)]
async fn said() -> io::Result<()> {
    use std::os::fd::AsFd as _;

    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    let terminal = io::stdin().as_fd().try_clone_to_owned()?;
    #[expect(
        deprecated,
        reason = "what takes its place is unsafe; an owned descriptor is as it has to be"
    )]
    let terminal = AsyncFd::with_interest(terminal, Interest::READABLE)?;
    loop {
        let mut told = terminal.readable().await?;
        if told.ready().is_read_closed() {
            return Ok(());
        }
        // Keys, which are for somebody else.
        told.clear_ready();
    }
}

/// Has stdin be a pipe that stays open, and in which nothing comes.
#[cfg(unix)]
fn silence() -> io::Result<()> {
    let (silent, open) = io::pipe()?;
    rustix::stdio::dup2_stdin(&silent)?;
    std::mem::forget(open);
    Ok(())
}
