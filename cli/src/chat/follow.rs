//! What happens by itself, as an interface is told of it: news, who is there, and what changes beside that.
//!
//! Invariants
//! - It ends with the one that follows, and not before it has told that.

mod changes;
mod news;
mod presence;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Told;
use super::backend::Backend;
use crate::failure::Failure;

/// How long one request waits for something to happen before it is made again.
const WAIT_MILLIS: u64 = 25_000;

/// What is on its way to the interface: while it is busy, no more is asked for.
const TOLD_MAX: usize = 64;

/// See the module.
#[derive(Debug)]
pub(crate) struct Follow {
    told: mpsc::Receiver<Told>,
    /// Ended when this is.
    tasks: JoinSet<()>,
}

impl Follow {
    /// Follows what comes after `cursor`.
    pub(crate) fn start(backend: &impl Backend, cursor: String) -> Self {
        let (tell, told) = mpsc::channel(TOLD_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(news::follow(backend.clone(), cursor, tell.clone()));
        tasks.spawn(presence::follow(backend.clone(), tell.clone()));
        tasks.spawn(changes::follow(backend.clone(), tell));
        Self { told, tasks }
    }

    /// What happened next; waits for it, for ever once the node's end was told. Nothing is lost if it is dropped.
    pub(crate) async fn told(&mut self) -> Told {
        loop {
            tokio::select! {
                biased;
                Some(told) = self.told.recv() => return told,
                Some(ended) = self.tasks.join_next() => if ended.is_err() {
                    return Told::Ended(Failure::failed(
                        "Tidings failed by a fault of its own, and hears of nothing any more. Start it again.",
                    ));
                },
                else => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::fake::Fake;

    #[tokio::test]
    async fn a_part_that_ends_by_a_fault_is_told_as_the_end() {
        let (fake, calls) = Fake::new();
        // Who asks it then panics.
        drop(calls);
        let mut follow = Follow::start(&fake, String::new());
        assert!(matches!(follow.told().await, Told::Ended(_)));
    }
}
