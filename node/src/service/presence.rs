//! Requests about who is there and who types.

use std::collections::BTreeSet;

use tidings_protocol::engine::{Command, Typist as Typing};
use tidings_protocol::id::PersonId;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Service, deadline, ending};
use crate::api::{ApiError, Author, AwaitPresence, Done, Presence, SignalTyping, Typist};
use crate::driver::Order;
use crate::people::{People, Place};

impl Service {
    pub(super) async fn signal_typing(&self, request: SignalTyping) -> Result<Done, ApiError> {
        let conversation = self.people().await?.place(&request.who)?.conversation();
        let command = Command::Typing { conversation };
        self.command(crate::request_id(), command).await?;
        Ok(Done {})
    }

    pub(super) async fn await_presence(
        &self,
        request: AwaitPresence,
    ) -> Result<Presence, ApiError> {
        let until = deadline(request.wait);
        let mut versions = self.shared.signals.presence();
        let mut end = self.shared.signals.end();
        loop {
            let version = *versions.borrow_and_update();
            if request.since != Some(version) || Instant::now() >= until {
                return self.presence(&request, version).await;
            }
            tokio::select! {
                _ = versions.changed() => {}
                () = end.reached() => return Err(ending()),
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// The people of whom a device has a live session.
    pub(super) async fn online(&self) -> Result<BTreeSet<PersonId>, ApiError> {
        let live = self.live().await?;
        Ok(live.iter().map(|live| live.person).collect())
    }

    /// Who is there and who types. It may be newer than its version says, never older.
    async fn presence(&self, request: &AwaitPresence, version: u64) -> Result<Presence, ApiError> {
        let (reply, typing) = oneshot::channel();
        self.order(Order::Typing(reply)).await;
        let typing = typing.await.map_err(|_| ending())?;
        let online = self.online().await?;
        let people = self.people().await?;
        let place = match &request.who {
            Some(who) => Some(people.place(who)?),
            None => None,
        };
        Ok(Presence {
            online: present(&online, place, &people),
            typing: self.typists(typing, place, &people),
            version,
        })
    }

    fn typists(
        &self,
        typing: Vec<Typing>,
        place: Option<Place<'_>>,
        people: &People,
    ) -> Vec<Typist> {
        let wanted = place.map(|place| place.conversation());
        let typing = typing.into_iter();
        let typing = typing.filter(|typist| wanted.is_none_or(|one| one == typist.conversation));
        let mut typists: Vec<Typist> = typing
            .map(|typist| Typist {
                conversation: typist.conversation,
                from: Author {
                    person: typist.person,
                    name: self.name_of(typist.person, people),
                },
            })
            .collect();
        typists.sort_by_cached_key(|typist| {
            let (name, person) = (typist.from.name.to_lowercase(), typist.from.person);
            (typist.conversation, name, person)
        });
        typists
    }
}

/// The contacts who are there, of those who take part in a place.
fn present(online: &BTreeSet<PersonId>, place: Option<Place<'_>>, people: &People) -> Vec<Author> {
    let is_in = |person: PersonId| match place {
        Some(Place::Direct(one)) => one.record.person == person,
        Some(Place::Room(room)) => room.members.iter().any(|member| member.person == person),
        None => true,
    };
    let contacts = people.iter();
    let mut present: Vec<Author> = contacts
        .filter(|contact| online.contains(&contact.record.person) && is_in(contact.record.person))
        .map(|contact| Author {
            person: contact.record.person,
            name: contact.name().to_owned(),
        })
        .collect();
    present.sort_by_cached_key(|author| (author.name.to_lowercase(), author.person));
    present
}
