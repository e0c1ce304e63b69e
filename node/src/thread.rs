//! A thread that works on the profile's database, and whose end can be waited for.
//!
//! Invariants
//! - Once [`Thread::ended`] resolves, or the last handle is dropped, the thread is gone: also what
//!   libraries do as a thread ends is done then, and the process may exit.
//! - No thread waits for itself.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

/// A handle to a thread. Clones are the same thread.
///
/// Whatever tells the thread to end must be dropped before the last handle is.
#[derive(Debug, Clone)]
pub(crate) struct Thread {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Taken by whoever waits for the end.
    running: Mutex<Option<JoinHandle<()>>>,
}

impl Thread {
    /// Starts a thread.
    pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let running = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        let shared = Arc::new(Shared {
            running: Mutex::new(Some(running)),
        });
        Ok(Self { shared })
    }

    /// Does some work in a thread of its own, which is gone when the result is there. A runtime's threads keep what
    /// libraries left in them until they end, which is at any time. Whoever wants the result no more waits for the work
    /// as they drop this.
    ///
    /// # Errors
    /// The system gives no thread, or the work panicked.
    pub(crate) async fn run<T: Send + 'static>(
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let (tell, told) = oneshot::channel();
        let thread = Self::start(name, move || {
            // Nobody may want it any more.
            let _ = tell.send(work());
        })?;
        let done = told.await;
        thread.ended().await;
        done.map_err(|_| io::Error::other("a thread ended in a panic"))
    }

    /// Resolves when the thread, which was told to end, is gone.
    pub(crate) async fn ended(&self) {
        if let Some(running) = self.shared.take() {
            // A runtime that ends meanwhile waits for its blocking work itself.
            let _ = tokio::task::spawn_blocking(move || join(running)).await;
        }
    }
}

impl Shared {
    fn take(&self) -> Option<JoinHandle<()>> {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(running) = self.take()
            && running.thread().id() != thread::current().id()
        {
            join(running);
        }
    }
}

fn join(running: JoinHandle<()>) {
    let name = running.thread().name().unwrap_or_default().to_owned();
    if running.join().is_err() {
        tracing::error!(name, "a thread ended in a panic");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use super::*;

    /// Says that it was dropped, as what a thread leaves to its end is.
    struct Ending(Arc<AtomicBool>);

    impl Drop for Ending {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }

    thread_local! {
        static LEFT: RefCell<Option<Ending>> = const { RefCell::new(None) };
    }

    /// A thread that ends when the sender is dropped, and whether its destructors have run.
    fn started() -> (mpsc::Sender<()>, Thread, Arc<AtomicBool>) {
        let (end, told) = mpsc::channel::<()>();
        let gone = Arc::new(AtomicBool::new(false));
        let ending = Ending(Arc::clone(&gone));
        let thread = Thread::start("tidings-test", move || {
            LEFT.set(Some(ending));
            let _ = told.recv();
        });
        (end, thread.unwrap(), gone)
    }

    #[tokio::test]
    async fn a_thread_that_has_ended_has_run_its_destructors() {
        let (end, thread, gone) = started();
        drop(end);
        thread.ended().await;
        assert!(gone.load(Ordering::Acquire));
        thread.ended().await;
    }

    #[tokio::test]
    async fn a_thread_whose_result_is_there_has_run_its_destructors() {
        let gone = Arc::new(AtomicBool::new(false));
        let ending = Ending(Arc::clone(&gone));
        let done = Thread::run("tidings-test", move || {
            LEFT.set(Some(ending));
            7
        });
        assert_eq!(done.await.unwrap(), 7);
        assert!(gone.load(Ordering::Acquire));
    }

    #[tokio::test]
    async fn work_that_panics_has_no_result() {
        let done = Thread::run("tidings-test", || panic!("as planned"));
        assert!(done.await.is_err());
    }

    #[test]
    fn the_last_handle_that_is_dropped_waits_for_the_end() {
        let (end, thread, gone) = started();
        drop(thread.clone());
        assert!(!gone.load(Ordering::Acquire), "another handle is left");
        drop(end);
        drop(thread);
        assert!(gone.load(Ordering::Acquire));
    }

    #[test]
    fn a_thread_that_drops_its_own_last_handle_does_not_wait_for_itself() {
        let (give, taken) = mpsc::channel::<Thread>();
        let (done, ended) = mpsc::channel();
        let thread = Thread::start("tidings-test", move || {
            drop(taken.recv());
            let _ = done.send(());
        });
        give.send(thread.unwrap()).unwrap();
        assert_eq!(ended.recv(), Ok(()));
    }
}
