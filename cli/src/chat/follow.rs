//! What happens by itself, as an interface is told of it: news, who is there, and what changes beside that.
//!
//! Invariants
//! - It ends with the one that follows, and not before it has told that.
//! - What could not be asked for once is asked for again, unless the node has no such thing. That it has ended is told with
//!   the news, and then nothing is asked for any more.

mod changes;
mod news;
mod presence;

use std::time::Duration;

use tidings_node::api::Method;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Told;
use super::backend::Backend;
use crate::failure::{Exit, Failure};

/// How long one request waits for something to happen before it is made again.
const WAIT_MILLIS: u64 = 25_000;

/// What is on its way to the interface: while it is busy, no more is asked for.
const TOLD_MAX: usize = 64;

/// How long it is waited until what failed is asked for again: the first time, and at most.
const AGAIN: Duration = Duration::from_millis(250);
const AGAIN_MAX: Duration = Duration::from_secs(32);

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
                Some(told) = self.told.recv() => {
                    if matches!(told, Told::Ended(_)) {
                        self.tasks.abort_all();
                    }
                    return told;
                }
                Some(ended) = self.tasks.join_next() => if ended.is_err_and(|why| why.is_panic()) {
                    return Told::Ended(Failure::listening_broke());
                },
                else => std::future::pending().await,
            }
        }
    }
}

/// Asks until there is an answer; nothing where a node knows no such request, or nobody listens any more.
async fn answered<M: Method + Clone>(
    backend: &impl Backend,
    request: &M,
    tell: &mpsc::Sender<Told>,
) -> Option<M::Reply> {
    let mut again = AGAIN;
    loop {
        match backend.call(request.clone()).await {
            Ok(reply) => return Some(reply),
            Err(failure) if failure.exit == Exit::Usage => return None,
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(again) => {}
            () = tell.closed() => return None,
        }
        again = later(again);
    }
}

/// How long it is waited after it was waited so long.
fn later(again: Duration) -> Duration {
    again.saturating_mul(2).min(AGAIN_MAX)
}

#[cfg(test)]
mod tests {
    use tidings_node::api::{AwaitPresence, ErrorKind, Presence, Reply, Request};

    use super::*;
    use crate::chat::fake::{Call, Calls, Fake};

    /// The next question for who is there; the others wait.
    async fn presence(calls: &mut Calls, others: &mut Vec<Call>) -> Call {
        loop {
            let call = calls.next().await;
            if matches!(call.request, Request::AwaitPresence(_)) {
                return call;
            }
            others.push(call);
        }
    }

    #[tokio::test]
    async fn what_could_not_be_asked_for_once_is_asked_for_again() {
        for kind in [
            ErrorKind::Storage,
            ErrorKind::Unavailable,
            ErrorKind::Internal,
        ] {
            let (fake, mut calls) = Fake::new();
            let mut others = Vec::new();
            let mut follow = Follow::start(&fake, String::new());
            let call = presence(&mut calls, &mut others).await;
            call.refuse(kind, "not now.");
            let now = Presence {
                online: Vec::new(),
                typing: Vec::new(),
                version: 7,
            };
            let again = presence(&mut calls, &mut others).await;
            assert!(again.answer(|_| Reply::AwaitPresence(now)));
            assert!(matches!(follow.told().await, Told::Presence(now) if now.version == 7));
        }
    }

    #[tokio::test]
    async fn a_node_that_knows_no_such_request_is_asked_once() {
        let (fake, mut calls) = Fake::new();
        let (tell, _told) = mpsc::channel(1);
        let asking = tokio::spawn(async move {
            let answer = answered(&fake, &AwaitPresence::default(), &tell).await;
            answer.is_none()
        });
        let call = calls.next().await;
        call.refuse(ErrorKind::Invalid, "there is no such method.");
        assert!(asking.await.unwrap());
        assert!(calls.arrived().is_none());
    }

    #[tokio::test]
    async fn once_the_nodes_end_was_told_nothing_is_asked_for() {
        let (fake, mut calls) = Fake::new();
        let mut follow = Follow::start(&fake, String::new());
        let mut others = Vec::new();
        for _ in 0..3 {
            let call = calls.next().await;
            if matches!(call.request, Request::ReadMessages(_)) {
                call.refuse(ErrorKind::Unavailable, "it has ended.");
            } else {
                others.push(call);
            }
        }
        assert!(matches!(follow.told().await, Told::Ended(_)));
        while others.iter().any(|call| !call.is_forgotten()) {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn it_is_waited_twice_as_long_each_time_and_at_most_so_long() {
        assert_eq!(later(AGAIN), 2 * AGAIN);
        assert_eq!(later(AGAIN_MAX / 2), AGAIN_MAX);
        assert_eq!(later(AGAIN_MAX), AGAIN_MAX);
    }

    #[tokio::test]
    async fn a_part_that_ends_by_a_fault_is_told_as_the_end() {
        let (fake, calls) = Fake::new();
        // Who asks it then panics.
        drop(calls);
        let mut follow = Follow::start(&fake, String::new());
        assert!(matches!(follow.told().await, Told::Ended(_)));
    }
}
