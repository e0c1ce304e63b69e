//! A profile that turns out to be locked under an interface: the node that was attached to has ended, nobody else
//! opened the profile, and nobody here gave its passphrase yet.
//!
//! Invariants
//! - Requests that meet it wait, and go on under the same ids once it is unlocked.
//! - A passphrase that was wrong is not kept.

use std::sync::atomic::Ordering;

use tokio::sync::{RwLockWriteGuard, watch};
use zeroize::Zeroizing;

use super::{Link, Session};
use crate::failure::Failure;

/// Where whoever sits at an interface learns that the profile is locked, and unlocks it.
#[derive(Debug, Clone)]
pub(crate) struct Lock {
    session: Session,
    locked: watch::Receiver<bool>,
}

impl Session {
    /// Has requests wait from now on where the profile is locked: whoever sits here can be asked.
    pub(crate) fn lock(&self) -> Lock {
        self.shared.attended.store(true, Ordering::Release);
        Lock {
            session: self.clone(),
            locked: self.shared.locked.subscribe(),
        }
    }

    pub(super) fn is_attended(&self) -> bool {
        self.shared.attended.load(Ordering::Acquire)
    }

    /// Says that the profile is locked, and waits until it is not any more.
    pub(super) async fn unlocked(&self, link: RwLockWriteGuard<'_, Link>) {
        self.shared.locked.send_if_modified(|locked| {
            let was_unlocked = !*locked;
            *locked = true;
            was_unlocked
        });
        let mut locked = self.shared.locked.subscribe();
        // Whoever unlocks it holds the link, so nothing is missed.
        drop(link);
        let _ = locked.wait_for(|locked| !*locked).await;
    }
}

impl Lock {
    /// Waits for that to change; whether the profile is locked now.
    pub(crate) async fn changed(&mut self) -> bool {
        // The session has the other end, and is held here.
        let _ = self.locked.changed().await;
        *self.locked.borrow_and_update()
    }

    /// Opens the profile with its passphrase, or attaches to a node that has it open by now.
    ///
    /// # Errors
    /// [`Failure`] of cause [`Locked`](crate::failure::Cause::Locked) if that is not the passphrase: it can be asked
    /// for again.
    pub(crate) async fn unlock(&self, passphrase: Zeroizing<String>) -> Result<(), Failure> {
        let shared = &self.session.shared;
        let mut link = shared.link.write().await;
        if !*shared.locked.borrow() {
            return Ok(());
        }
        link.passphrase = Some(passphrase);
        let opened = shared.open_again(&mut link).await;
        match &opened {
            Ok(()) => {
                shared.locked.send_replace(false);
            }
            Err(_) => link.passphrase = None,
        }
        opened
    }
}
