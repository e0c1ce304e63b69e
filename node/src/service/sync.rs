//! A sync: connects to people, exchanges with them, and says what came of it.
//!
//! Invariants
//! - What somebody promised to keep is not waited for any longer than it takes to try to reach whom it is for.
//! - What is still `queued` is waited for until the time is over; answers to codes for as long as it takes to try.

use std::collections::BTreeMap;
use std::time::Duration;

use tidings_protocol::id::{ConversationId, PersonId};
use tidings_store::{Outstanding, Reader};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Service, count, deadline, ending};
use crate::api::{ApiError, Sync, Synced};
use crate::driver::Order;
use crate::people::{People, Person, Place};

/// How long it is tried to reach those for whom everything is kept by somebody.
const REACH_WAIT: Duration = Duration::from_secs(5);

/// How long ago a command opened the profile at most if it did so to sync.
const JUST_OPENED: Duration = Duration::from_secs(5);

/// What waits for one person.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting {
    messages: u64,
    carried: u64,
}

impl Waiting {
    /// Whether a sync is done with whom this waits for: they have it all, or cannot be reached and it is kept for them.
    const fn is_settled(self, is_reached: bool, is_tried: bool) -> bool {
        if is_reached {
            self.messages == 0
        } else {
            is_tried && self.messages > 0 && self.carried == self.messages
        }
    }
}

impl Service {
    /// Connects to contacts and waits until each has what it lacked, or time is over.
    pub(super) async fn sync(&self, request: Sync) -> Result<Synced, ApiError> {
        let people = self.people().await?;
        let place = match &request.who {
            Some(who) => Some(people.place(who)?),
            None => None,
        };
        let wanted = self.wanted(place, &people);
        let conversation = place.map(|place| place.conversation());
        let last = self.last_message().await?;
        if let Some(net) = &self.shared.net {
            net.retry_now(None).await;
        }
        let started = Instant::now();
        let deadline = deadline(request.timeout);
        let tried = started + REACH_WAIT;
        let mut generation = self.shared.signals.generation();
        let mut events = self.shared.signals.events();
        let mut end = self.shared.signals.end();
        loop {
            generation.borrow_and_update();
            let live = self.caught_up().await?;
            self.durable().await?;
            let (outstanding, waiting) = self.outstanding(conversation).await?;
            let now = Instant::now();
            let is_settled = |person: &PersonId| {
                let waiting = waiting.get(person).copied().unwrap_or_default();
                waiting.is_settled(live.contains(person), now >= tried)
            };
            let joining = self.joining(conversation).await?;
            let has_joined = joining == 0 || now >= tried;
            let all = outstanding.queued == 0 && has_joined && wanted.iter().all(is_settled);
            let versions = self.shared.signals.versions();
            // Whoever has just said that they speak another version does not by waiting.
            let mut others = wanted.iter();
            let hopeless = has_joined
                && !wanted.is_empty()
                && others.all(|person| versions.heard_since(person, started));
            if all || hopeless || now >= deadline || self.shared.net.is_none() {
                let mut other_versions = versions.list(&people);
                other_versions.retain(|other| wanted.contains(&other.person));
                let reached = wanted.iter().filter(|person| live.contains(person));
                let received = move |reader: &Reader| reader.received_after(last);
                return Ok(Synced {
                    reached: count(reached.count()),
                    tried: count(wanted.len()),
                    queued: outstanding.queued,
                    carried: outstanding.carried,
                    carried_by: self.carried_by(outstanding, conversation).await?,
                    received: self.shared.storage.read(received).await?,
                    joining,
                    other_versions,
                });
            }
            let next = if now < tried {
                tried.min(deadline)
            } else {
                deadline
            };
            tokio::select! {
                _ = generation.changed() => {}
                // A session that catches up says so; one that lags may have, so look again too.
                _ = events.recv() => {}
                () = end.reached() => return Err(ending()),
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    /// Waits until what came so far is stored.
    pub(super) async fn durable(&self) -> Result<(), ApiError> {
        let (reply, durable) = oneshot::channel();
        let order = Order::Durable(reply);
        self.shared.orders.send(order).await.map_err(|_| ending())?;
        durable.await.map_err(|_| ending())
    }

    /// The message after which what comes is new to whoever syncs: a command that has just opened the profile for it has not
    /// seen what came since.
    async fn last_message(&self) -> Result<u64, ApiError> {
        let (opened, last) = self.shared.opened;
        if !self.shared.daemon && opened.elapsed() < JUST_OPENED {
            return Ok(last);
        }
        Ok(self.shared.storage.read(Reader::last_message).await?)
    }

    /// Those to exchange with: the contact, everybody else in the room, or all contacts; but for
    /// those with whom we have nothing to do.
    fn wanted(&self, place: Option<Place<'_>>, people: &People) -> Vec<PersonId> {
        let admitted = |person: &Person| person.record.is_admitted();
        match place {
            Some(Place::Direct(person)) => vec![person.record.person],
            Some(Place::Room(room)) => room
                .members
                .iter()
                .map(|member| member.person)
                .filter(|member| *member != self.own())
                .filter(|member| people.by_id(member).is_none_or(admitted))
                .collect(),
            None => people
                .iter()
                .filter(|person| admitted(person))
                .map(|person| person.record.person)
                .collect(),
        }
    }

    /// How many codes that were used here are not answered yet, where all is synced.
    async fn joining(&self, conversation: Option<ConversationId>) -> Result<u64, ApiError> {
        if conversation.is_some() {
            return Ok(0);
        }
        let pending = self.shared.storage.read(Reader::pending_joins).await?;
        Ok(count(pending.len()))
    }

    /// What is outstanding, in one conversation or in all, and what of it waits for whom.
    async fn outstanding(
        &self,
        conversation: Option<ConversationId>,
    ) -> Result<(Outstanding, BTreeMap<PersonId, Waiting>), ApiError> {
        let read =
            move |reader: &Reader| Ok((reader.outstanding(conversation)?, reader.waiting()?));
        let (outstanding, rows) = self.shared.storage.read(read).await?;
        let mut waiting = BTreeMap::<PersonId, Waiting>::new();
        let here = |of: ConversationId| conversation.is_none_or(|only| only == of);
        for row in rows.iter().filter(|row| here(row.conversation)) {
            let of = waiting.entry(row.person).or_default();
            of.messages = of.messages.saturating_add(row.messages);
            of.carried = of.carried.saturating_add(row.carried);
        }
        Ok((outstanding, waiting))
    }

    /// The names of those who promised to keep what is carried, whoever keeps something longest first.
    async fn carried_by(
        &self,
        outstanding: Outstanding,
        conversation: Option<ConversationId>,
    ) -> Result<Vec<String>, ApiError> {
        if outstanding.carried == 0 {
            return Ok(Vec::new());
        }
        let prospects = self.prospects().await?;
        let mut keepers = match conversation {
            Some(conversation) => prospects.keepers(&prospects.under_way_in(&conversation)),
            None => {
                let people = prospects.people.iter().filter(|one| one.carried() > 0);
                people.flat_map(|one| one.keepers.clone()).collect()
            }
        };
        keepers.sort_by_key(|keeper| std::cmp::Reverse(keeper.left));
        let mut names: Vec<String> = Vec::new();
        for keeper in keepers {
            if !names.contains(&keeper.name) {
                names.push(keeper.name);
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn waiting(messages: u64, carried: u64) -> Waiting {
        Waiting { messages, carried }
    }

    #[test]
    fn whoever_was_reached_is_done_with_once_they_have_all_of_it() {
        assert!(waiting(0, 0).is_settled(true, false));
        assert!(!waiting(1, 0).is_settled(true, true));
        assert!(!waiting(1, 1).is_settled(true, true), "it is about to come");
    }

    #[test]
    fn whoever_cannot_be_reached_is_done_with_once_all_of_it_is_kept_and_they_were_tried() {
        assert!(waiting(2, 2).is_settled(false, true));
        assert!(!waiting(2, 2).is_settled(false, false));
        assert!(!waiting(2, 1).is_settled(false, true));
        assert!(
            !waiting(0, 0).is_settled(false, true),
            "they may have something"
        );
    }
}
