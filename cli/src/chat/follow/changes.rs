//! What changes beside messages, through whatever interface or command of the profile: of what kinds it is.
//!
//! Invariants
//! - Whatever changed is told of at least once, after it has.

use std::time::Duration;

use tidings_node::api::{AwaitChange, Changed};
use tokio::sync::mpsc;

use super::{WAIT_MILLIS, answered};
use crate::chat::Told;
use crate::chat::backend::Backend;

/// How long nothing more is asked for after something was told: what changes meanwhile is told in one.
const PAUSE: Duration = Duration::from_millis(200);

/// Tells it until nobody listens; all kinds at first, since nobody knows what changed before.
pub(super) async fn follow(backend: impl Backend, tell: mpsc::Sender<Told>) {
    let mut request = AwaitChange {
        wait: WAIT_MILLIS,
        ..AwaitChange::default()
    };
    // An interface does without where that cannot be asked for.
    while let Some(changed) = answered(&backend, &request, &tell).await {
        request.since = Some(changed.version);
        if !is_any(&changed) {
            continue;
        }
        if tell.send(Told::Stale(changed)).await.is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

const fn is_any(changed: &Changed) -> bool {
    let Changed {
        version: _,
        people,
        conversations,
        read,
        gone,
        deeds,
        network,
        settings,
        transfers,
    } = *changed;
    people || conversations || read || gone || deeds || network || settings || transfers
}

#[cfg(test)]
mod tests {
    use tidings_node::api::{Reply, Request};

    use super::*;
    use crate::chat::fake::{Call, Fake};
    use crate::output::sample::unchanged;

    /// Since which version somebody waits.
    fn since(call: &Call) -> Option<u64> {
        let Request::AwaitChange(await_change) = &call.request else {
            panic!("{call:?}");
        };
        await_change.since
    }

    #[tokio::test]
    async fn what_changed_is_told_and_what_changed_after_it_is_waited_for() {
        let (fake, mut calls) = Fake::new();
        let (tell, mut told) = mpsc::channel(1);
        let following = tokio::spawn(follow(fake, tell));
        for (known, version, read) in [(None, 3, true), (Some(3), 3, false), (Some(3), 7, true)] {
            let call = calls.next().await;
            assert_eq!(since(&call), known);
            let now = Changed {
                read,
                ..unchanged(version)
            };
            call.answer(|_| Reply::AwaitChange(now));
            if read {
                let told = told.recv().await.unwrap();
                assert!(matches!(told, Told::Stale(changed) if changed == now));
            }
        }
        drop(told);
        let last = calls.next().await;
        assert_eq!(since(&last), Some(7));
        last.answer(|_| {
            Reply::AwaitChange(Changed {
                gone: true,
                ..unchanged(8)
            })
        });
        following.await.unwrap();
    }
}
