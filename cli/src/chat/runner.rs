//! Carries out what an interface asks.
//!
//! ```text
//!  ask ---> waiting ---> running, side by side ---> told
//! ```
//!
//! Invariants
//! - Each ask is told of exactly once: by its answer, as failed, or as superseded.
//! - Those that change one conversation run one after the other, in the order in which they were asked.
//! - What was not done comes back with the ask, and so with the text that was written.

mod bundle;
mod message;
mod people;
mod room;

use std::collections::{BTreeSet, HashMap, VecDeque};

use tidings_node::api::{CancelTransfer, GetIdentity, GetStatus, ListTransfers, Method, RunDoctor};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::ask::{Slot, Turn};
use super::backend::Backend;
use super::{Ask, Place, Told};
use crate::failure::Failure;

/// Asks that run or wait at once.
pub(super) const ASKS_MAX: usize = 256;

/// Asks that run at once: fewer than a node answers side by side, so that there is room for who waits for news.
pub(super) const RUNNING_MAX: usize = 32;

/// Of those, asks that write or take files: fewer, so that there is room for all else however long they last.
pub(super) const TRANSFERS_MAX: usize = 4;

/// See the module.
#[derive(Debug)]
pub(crate) struct Runner<B> {
    backend: B,
    waiting: VecDeque<Ask>,
    tasks: JoinSet<Result<Told, Failure>>,
    running: HashMap<Id, (Ask, AbortHandle)>,
    /// Told without having run.
    undone: VecDeque<Told>,
}

impl<B: Backend> Runner<B> {
    /// Nothing is asked yet.
    pub(crate) fn new(backend: B) -> Self {
        Self {
            backend,
            waiting: VecDeque::new(),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            undone: VecDeque::new(),
        }
    }

    /// Asks something; [`Self::told`] says what came of it. Needs a runtime.
    pub(crate) fn ask(&mut self, ask: Ask) {
        if let Turn::InPlaceOf(slot) = ask.turn() {
            self.supersede(slot);
        }
        let transfers = self.asks().filter_map(Ask::transfer).count();
        let refused = if self.asks().count() >= ASKS_MAX {
            Some(Failure::too_much_asked())
        } else if ask.transfer().is_some() && transfers >= TRANSFERS_MAX {
            Some(Failure::too_many_bundles(TRANSFERS_MAX))
        } else {
            None
        };
        if let Some(refused) = refused {
            self.undone.push_back(Told::Failed(ask, refused));
            return;
        }
        self.waiting.push_back(ask);
        self.start();
    }

    /// What is not done yet: first what runs.
    pub(crate) fn asks(&self) -> impl Iterator<Item = &Ask> {
        let running = self.running.values().map(|(ask, _)| ask);
        running.chain(&self.waiting)
    }

    /// What came of something that was asked; waits for that, for ever if nothing is. Nothing is lost if it is dropped.
    pub(crate) async fn told(&mut self) -> Told {
        loop {
            if let Some(told) = self.undone.pop_front() {
                return told;
            }
            let Some(ended) = self.tasks.join_next_with_id().await else {
                return std::future::pending().await;
            };
            let told = self.take(ended);
            self.start();
            if let Some(told) = told {
                return told;
            }
        }
    }

    fn take(&mut self, ended: Result<(Id, Result<Told, Failure>), JoinError>) -> Option<Told> {
        match ended {
            Ok((id, outcome)) => {
                let (ask, _) = self.running.remove(&id)?;
                Some(outcome.unwrap_or_else(|failure| Told::Failed(ask, failure)))
            }
            Err(error) => {
                let (ask, _) = self.running.remove(&error.id())?;
                Some(if error.is_cancelled() {
                    Told::Superseded(ask)
                } else {
                    Told::Failed(ask, Failure::ask_broke())
                })
            }
        }
    }

    /// Drops whatever is asked for anew; what is done already is told all the same.
    fn supersede(&mut self, slot: Slot) {
        let is_same = |ask: &Ask| ask.turn() == Turn::InPlaceOf(slot);
        for (_, handle) in self.running.values().filter(|(ask, _)| is_same(ask)) {
            handle.abort();
        }
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let (superseded, waiting): (Vec<Ask>, _) = waiting.partition(is_same);
        self.waiting = waiting.into();
        let superseded = superseded.into_iter().map(Told::Superseded);
        self.undone.extend(superseded);
    }

    /// Starts what waits, as far as there is room and it is its turn.
    fn start(&mut self) {
        let mut taken: BTreeSet<Place> = self
            .running
            .values()
            .filter_map(|(ask, _)| ask.place())
            .collect();
        let mut index = 0;
        while self.running.len() < RUNNING_MAX
            && let Some(ask) = self.waiting.get(index)
        {
            let is_its_turn = ask.place().is_none_or(|place| taken.insert(place));
            if !is_its_turn {
                index += 1;
            } else if let Some(ask) = self.waiting.remove(index) {
                let task = carry_out(self.backend.clone(), ask.clone());
                let handle = self.tasks.spawn(task);
                self.running.insert(handle.id(), (ask, handle));
            }
        }
    }
}

async fn carry_out<B: Backend>(backend: B, ask: Ask) -> Result<Told, Failure> {
    let to = &backend;
    match ask {
        Ask::Page {
            ticket,
            place,
            anchor,
            limit,
        } => message::page(to, ticket, place, (anchor, limit)).await,
        Ask::Search {
            ticket,
            query,
            limit,
        } => message::search(to, ticket, query, limit).await,
        Ask::Send {
            place,
            text,
            reply_to,
        } => message::send(to, place, text, reply_to).await,
        Ask::Edit { message, text, .. } => message::edit(to, message, text).await,
        Ask::Delete {
            message, for_me, ..
        } => message::delete(to, message, for_me).await,
        Ask::React {
            message,
            emoji,
            remove,
            ..
        } => message::react(to, message, emoji, remove).await,
        Ask::Pin {
            message, pinned, ..
        } => message::pin(to, message, pinned).await,
        Ask::Cancel { message, .. } => message::cancel(to, message).await,
        Ask::MarkRead(messages) => message::mark_read(to, &messages).await,
        Ask::ReadAll(place) => message::read_all(to, place).await,
        Ask::Gone(messages) => message::gone(to, &messages).await,
        Ask::Read { place, from, count } => message::read(to, place, from, count).await,
        Ask::Draft { place, known } => room::draft(to, place, known).await,
        Ask::Deliveries(message) => message::deliveries(to, message).await,
        Ask::Pinned(place) => message::pinned(to, place).await,
        Ask::SetDraft { place, text } => room::set_draft(to, place, text).await,
        Ask::SetLifetime { place, seconds } => room::set_lifetime(to, place, seconds).await,
        Ask::Prefer {
            place,
            muted,
            archived,
            read_receipts,
        } => room::prefer(to, place, [muted, archived, read_receipts]).await,
        Ask::Type(place) => Ok(room::signal_typing(to, place).await),
        Ask::Conversations => room::all(to).await,
        Ask::CreateRoom { title, with } => room::create(to, title, &with).await,
        Ask::Room(room, change) => room::change(to, Place::Room(room), change).await,
        Ask::Contacts => people::all(to).await,
        Ask::SafetyWords(person) => people::safety_words(to, person).await,
        Ask::Verify { person, words } => people::verify(to, person, words).await,
        Ask::Rename { person, name } => people::rename(to, person, name).await,
        Ask::Block { person, blocked } => people::block(to, person, blocked).await,
        Ask::Invite => people::invite(to).await,
        Ask::AwaitUse(code) => Ok(people::await_use(to, code).await),
        Ask::Join(code) => people::join(to, code).await,
        Ask::CancelJoin(join) => people::cancel_join(to, join).await,
        Ask::Identity => tell(to, GetIdentity {}, Told::Identity).await,
        Ask::Status => tell(to, GetStatus {}, |status| Told::Status(Box::new(status))).await,
        Ask::Doctor(place) => examine(to, place).await,
        Ask::Bundle { way, path, .. } => bundle::carry(to, way, path).await,
        Ask::Transfers => tell(to, ListTransfers {}, Told::Transfers).await,
        Ask::CancelTransfer(id) => tell(to, CancelTransfer { id }, |_| Told::Done).await,
    }
}

/// Has it be looked whether all is well.
async fn examine(to: &impl Backend, place: Option<Place>) -> Result<Told, Failure> {
    let who = place.map(Place::who);
    tell(to, RunDoctor { who }, Told::Checked).await
}

/// Carries out a request whose reply is told as it is.
async fn tell<B: Backend, M: Method + Clone>(
    backend: &B,
    request: M,
    told: impl FnOnce(M::Reply) -> Told + Send,
) -> Result<Told, Failure> {
    backend.call(request).await.map(told)
}

#[cfg(test)]
mod tests;
