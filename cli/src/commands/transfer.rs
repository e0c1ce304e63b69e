//! A transfer for as long as a command waits for it: how far it is, on one line of the terminal, and what Ctrl-C does to it.
//!
//! Invariants
//! - Whatever becomes of it, the line is gone by then.
//! - Where its node ends meanwhile, it is followed through the next one, which is asked for it under the same name.
//! - Ctrl-C has the node end it, and what became of it is said. Ctrl-C once more waits for nothing.

use std::pin::pin;
use std::time::Duration;

use tidings_node::api::{
    ApiError, AwaitChange, CancelTransfer, ErrorKind, ListTransfers, Method, Transfer,
    TransferKind, TransferUnit,
};
use tidings_node::{Client, RequestId, words};

use super::bundle;
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::signals::Interrupts;
use crate::terminal;

/// How long one request waits for a transfer to be further before it is made again.
const WAIT_MILLISECONDS: u64 = 60_000;

/// How long the line stays as it is: what changes meanwhile is asked for in one.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks a node for a transfer of that name, and shows it until it is over.
pub(super) async fn moved<M: Method + Clone>(
    session: &Session,
    request: RequestId,
    asked: M,
) -> Result<M::Reply, Failure> {
    let mut progress = Progress::of(session, request).await;
    let _line = Line;
    let mut asked = pin!(session.call(asked));
    let mut interrupts = Interrupts::new()?;
    loop {
        tokio::select! {
            biased;
            reply = &mut asked => return reply.map_err(|failure| progress.failed(failure)),
            () = interrupts.next() => progress.interrupted()?,
            () = progress.next(), if progress.is_known => {}
        }
    }
}

/// The line that a transfer has on the terminal.
struct Line;

impl Drop for Line {
    fn drop(&mut self) {
        terminal::progress("");
    }
}

/// How far a transfer is, as far as a node tells.
struct Progress {
    session: Session,
    client: Client,
    request: RequestId,
    /// Since which version of what changes.
    since: Option<u64>,
    /// Which it is, once that is known.
    id: Option<u64>,
    /// Whether a node tells of it.
    is_known: bool,
    is_cancelled: bool,
}

impl Progress {
    async fn of(session: &Session, request: RequestId) -> Self {
        Self {
            session: session.clone(),
            client: session.client().await,
            request,
            since: None,
            id: None,
            is_known: true,
            is_cancelled: false,
        }
    }

    /// Shows how far it is once it is further. Nothing is lost if it is dropped.
    async fn next(&mut self) {
        match self.looked().await {
            Ok(Some(transfer)) if self.is_cancelled && self.id.is_none() => {
                self.id = Some(transfer.id);
                self.cancel();
            }
            Ok(Some(transfer)) => {
                self.id = Some(transfer.id);
                if !self.is_cancelled {
                    terminal::progress(&plain(&transfer));
                }
            }
            Ok(None) => {}
            // It knows of no transfers.
            Err(error) if error.kind == ErrorKind::Invalid => self.is_known = false,
            Err(_) => self.begin_anew().await,
        }
        tokio::time::sleep(PAUSE).await;
    }

    /// Forgets what a node told that has ended, or does not answer: what is asked for is asked of whichever there is by now.
    async fn begin_anew(&mut self) {
        if !self.is_cancelled {
            terminal::progress("");
        }
        (self.since, self.id) = (None, None);
        self.client = self.session.client().await;
    }

    async fn looked(&mut self) -> Result<Option<Transfer>, ApiError> {
        let change = AwaitChange {
            since: self.since,
            wait: WAIT_MILLISECONDS,
        };
        let changed = self.client.call(change).await?;
        let found = if changed.transfers {
            let transfers = self.client.call(ListTransfers {}).await?;
            let mut transfers = transfers.into_iter();
            transfers.find(|transfer| transfer.request == Some(self.request))
        } else {
            None
        };
        self.since = Some(changed.version);
        Ok(found)
    }

    /// Has it end, at once if it was told to before, or nobody could tell it.
    fn interrupted(&mut self) -> Result<(), Failure> {
        if self.is_cancelled || !self.is_known {
            return Err(Failure::interrupted());
        }
        self.is_cancelled = true;
        terminal::progress("Cancelling. Ctrl-C again does not wait.");
        self.cancel();
        Ok(())
    }

    /// Tells the node to end it, if it is known which it is; it may have ended by itself.
    fn cancel(&self) {
        if let Some(id) = self.id {
            let client = self.client.clone();
            tokio::spawn(async move { client.call(CancelTransfer { id }).await });
        }
    }

    /// Why it was not done: where somebody here had it cancelled, as for whatever else Ctrl-C ends.
    fn failed(&self, failure: Failure) -> Failure {
        if self.is_cancelled && failure.is_stopped() {
            let exit = Exit::Interrupted;
            return Failure { exit, ..failure };
        }
        failure
    }
}

/// A transfer for a person, in one line.
pub(super) fn plain(transfer: &Transfer) -> String {
    let what = match transfer.what {
        TransferKind::Export => "Exporting",
        TransferKind::Import => "Importing",
        _ => "Moving",
    };
    format!("{what}{}: {}", far(transfer), bundle::path(&transfer.path))
}

/// How far it is, if that is known. Of bytes that are read twice nobody has a use of the number.
fn far(transfer: &Transfer) -> String {
    let (done, total) = match transfer.total {
        Some(total) if total > 0 => (transfer.done, total),
        Some(_) | None => return String::new(),
    };
    let percent = u128::from(done).saturating_mul(100) / u128::from(total);
    match transfer.unit {
        TransferUnit::Envelopes => {
            let all = words::counted(total, "envelope");
            format!(", {percent} % ({done} of {all})")
        }
        TransferUnit::Bytes | _ => format!(", {percent} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;

    fn transfer(what: TransferKind, done: u64, total: Option<u64>) -> Transfer {
        Transfer {
            id: 1,
            request: None,
            what,
            path: "/media/stick".into(),
            done,
            total,
            unit: if what == TransferKind::Export {
                TransferUnit::Envelopes
            } else {
                TransferUnit::Bytes
            },
        }
    }

    #[test]
    fn how_far_a_transfer_is_stands_before_its_path_and_nothing_where_that_is_not_known() {
        let said = |what, done, total| plain(&transfer(what, done, total));
        let (export, import) = (TransferKind::Export, TransferKind::Import);
        for (said, expected) in [
            (said(export, 0, None), "Exporting: /media/stick"),
            (said(export, 0, Some(0)), "Exporting: /media/stick"),
            (
                said(export, 199, Some(200)),
                "Exporting, 99 % (199 of 200 envelopes): /media/stick",
            ),
            (
                said(export, 1, Some(1)),
                "Exporting, 100 % (1 of 1 envelope): /media/stick",
            ),
            (
                said(import, u64::MAX / 2, Some(u64::MAX)),
                "Importing, 49 %: /media/stick",
            ),
        ] {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn a_path_that_steers_a_terminal_comes_out_as_plain_text() {
        corpus::walk(|text| {
            let mut transfer = transfer(TransferKind::Import, 1, Some(3));
            transfer.path = text.into();
            plain(&transfer)
        });
    }
}
