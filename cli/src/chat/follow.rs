//! What happens by itself, as an interface is told of it: news, and who is there.
//!
//! Invariants
//! - It ends with the one that follows, and not before it has told that.

mod news;
mod presence;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Told;
use super::backend::Backend;

/// How long one request waits for something to happen before it is made again.
const WAIT_MILLIS: u64 = 25_000;

/// What is on its way to the interface: while it is busy, no more is asked for.
const TOLD_MAX: usize = 64;

/// See the module.
#[derive(Debug)]
pub(crate) struct Follow {
    told: mpsc::Receiver<Told>,
    /// Ended when this is.
    _tasks: JoinSet<()>,
}

impl Follow {
    /// Follows what comes after `cursor`.
    pub(crate) fn start(backend: &impl Backend, cursor: String) -> Self {
        let (tell, told) = mpsc::channel(TOLD_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(news::follow(backend.clone(), cursor, tell.clone()));
        tasks.spawn(presence::follow(backend.clone(), tell));
        Self {
            told,
            _tasks: tasks,
        }
    }

    /// What happened next; waits for it, for ever once the node's end was told. Nothing is lost if it is dropped.
    pub(crate) async fn told(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
}
