//! The profile's socket where the system has none: nobody is served.
//!
//! Invariants
//! - It looks like the server of other systems, with nobody ever attached.

use std::io;
use std::path::Path;

use tokio::sync::watch;

use super::Service;
use crate::home::HomeLock;

/// How many programs are attached at a time.
pub const CONNECTIONS_MAX: usize = 0;

/// Stands in for a server: on this system a profile is used by one process, its own.
#[derive(Debug)]
pub struct SocketServer {
    attached: watch::Receiver<usize>,
}

impl SocketServer {
    /// Serves nobody.
    ///
    /// # Errors
    /// None.
    pub fn start<S: Service>(_lock: &HomeLock, _service: S) -> io::Result<Self> {
        Ok(Self {
            attached: watch::channel(0).1,
        })
    }

    /// Where programs connect: nowhere, an empty path.
    #[must_use]
    pub fn path(&self) -> &Path {
        Path::new("")
    }

    /// How many programs are attached: none.
    #[must_use]
    pub fn attached(&self) -> watch::Receiver<usize> {
        self.attached.clone()
    }

    /// Returns at once.
    pub fn idle(&self) -> impl Future<Output = ()> {
        std::future::ready(())
    }

    /// Returns at once.
    pub fn stop(self) -> impl Future<Output = ()> {
        std::future::ready(())
    }
}
