//! What somebody does at the terminal, read by a thread of its own.
//!
//! Invariants
//! - Whoever waits for it hears of everything else meanwhile, whatever becomes of the terminal.
//! - Nothing is read any more once this is dropped: it is for whoever has the terminal then.

use std::io;

use crossterm::event::{Event as Told, EventStream};
use futures::StreamExt as _;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::event::Event;
use super::input;
use crate::failure::{self, Exit, Failure};
use crate::terminal;

/// Events that are read before they are dealt with.
const EVENTS_AHEAD: usize = 64;

/// See the module.
#[derive(Debug)]
pub(super) struct Typed(mpsc::Receiver<io::Result<Told>>);

impl Typed {
    /// Reads from now on.
    ///
    /// # Errors
    /// [`Failure`] if the system has no thread for it.
    pub(super) fn read() -> Result<Self, Failure> {
        let (tell, told) = mpsc::channel(EVENTS_AHEAD);
        let gone = tell.clone();
        let runtime = Handle::current();
        std::thread::Builder::new()
            .name("typed".to_owned())
            .spawn(move || runtime.block_on(forward(&tell)))
            .map_err(|error| {
                Failure::saying(Exit::Failed, failure::no_terminal(&error.to_string()))
            })?;
        tokio::spawn(async move {
            terminal::hung_up().await;
            let _ = gone.send(Err(io::ErrorKind::BrokenPipe.into())).await;
        });
        Ok(Self(told))
    }

    /// What was done next; nothing that counts, sometimes. Nothing is lost if it is dropped.
    ///
    /// # Errors
    /// [`Failure`] if the terminal is gone.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Failure> {
        match self.0.recv().await {
            Some(Ok(told)) => Ok(input::event(told)),
            Some(Err(_)) | None => Err(Failure::saying(Exit::Failed, failure::terminal_gone())),
        }
    }
}

/// Tells what comes, until nobody listens.
async fn forward(tell: &mpsc::Sender<io::Result<Told>>) {
    let mut events = EventStream::new();
    loop {
        let told = tokio::select! {
            told = events.next() => told,
            () = tell.closed() => return,
        };
        let told = told.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
        if tell.send(told).await.is_err() {
            return;
        }
    }
}
