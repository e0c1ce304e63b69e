//! The doctor: looks at everything that may keep messages from going, and says what would help.
//!
//! Invariants
//! - Every check is made and told, whatever another one found.
//! - What is not known is not claimed.
//! - A hint holds nothing that others wrote: whoever copies it into a shell runs what we say.

mod connection;
mod delivery;
mod dht;
mod documents;
mod finding;
mod machine;
mod network;
mod panics;
mod subject;

use std::path::PathBuf;

use tidings_protocol::id::PersonId;
use tidings_protocol::record::{RoomRecord, RoomStanding};
use tidings_protocol::time::WallTime;
use tidings_store::Reader;

use super::prospects::Prospects;
use super::{Service, count};
use crate::api::{ApiError, Check, RunDoctor, Said, Who};
use crate::clock::wall_time;
use crate::net;
use crate::people::Place;
use crate::storage::StorageError;
use crate::words;
use delivery::Delivery;
pub(crate) use finding::SENTENCES as FINDINGS;
use machine::Machine;
pub(crate) use subject::NAMES as SUBJECTS;
use subject::Subject;

impl Service {
    pub(super) async fn doctor(&self, request: RunDoctor) -> Result<Vec<Check>, ApiError> {
        match &request.who {
            Some(who) => self.doctor_of(who).await,
            None => self.doctor_of_all().await,
        }
    }

    async fn doctor_of_all(&self) -> Result<Vec<Check>, ApiError> {
        let prospects = self.prospects().await?;
        let machine = Machine {
            node: self.node(),
            now: wall_time(),
            directory: self.shared.directory.clone(),
            probed: probed(self.shared.directory.clone()).await,
            damage: self.damage().await?,
            listening: self.listening(),
            reachability: self.reachability(),
            addresses: net::machine_addresses(),
            watching: watched(self.shared.watching()).await,
            discovery: self.shared.discovery,
            lan: self.lan(),
        };
        let mut checks = machine.checks(&prospects);
        let table = self.shared.net.as_ref().and_then(net::Net::table);
        // Where one thing helps several, they stand together, and it is said once.
        let neighbours = checks
            .iter()
            .position(|check| check.name == Subject::Neighbours.as_str());
        let dht = dht::dht(self.node(), table.as_ref(), tokio::time::Instant::now());
        checks.insert(neighbours.unwrap_or_default(), dht);
        let conversations = self.conversations_by_name().await?;
        let mut found = self.look_at_documents(&conversations).await?;
        // That is for two to compare.
        found.digest = None;
        checks.push(documents::check(&found));
        checks.extend(delivery::versions(&self.other_versions().await?));
        let joins = self.shared.storage.read(Reader::pending_joins).await?;
        let begun: Vec<WallTime> = joins.into_iter().map(|(_, begun)| begun).collect();
        checks.push(delivery::joins(&begun, wall_time()));
        checks.extend(self.delivery(&prospects).queue());
        checks.extend(panics::check(self.shared.directory.clone()).await);
        Ok(checks)
    }

    async fn doctor_of(&self, who: &Who) -> Result<Vec<Check>, ApiError> {
        let people = self.people().await?;
        let place = people.place(who)?;
        let prospects = self.prospects().await?;
        let delivery = self.delivery(&prospects);
        let mut checks = vec![network::node(self.node())];
        let (of_place, named) = match place {
            Place::Direct(person) => (
                delivery.of_contact(person.record.person),
                (person.conversation, person.name().to_owned()),
            ),
            Place::Room(room) => (
                delivery.of_room(&looked_at(room, self.own())),
                (room.conversation, room.title.clone()),
            ),
        };
        checks.extend(of_place);
        let found = self.look_at_documents(&[named]).await?;
        checks.push(documents::check(&found));
        Ok(checks)
    }

    /// All conversations, and by what names they are shown.
    async fn conversations_by_name(&self) -> Result<Vec<documents::Named>, ApiError> {
        let people = self.people().await?;
        let direct = people.iter();
        let direct = direct.map(|person| (person.conversation, person.name().to_owned()));
        let rooms = people.rooms().iter();
        let rooms = rooms.map(|room| (room.conversation, room.title.clone()));
        Ok(direct.chain(rooms).collect())
    }

    fn lan(&self) -> network::Lan {
        let heard = self.heard_on_lan();
        network::Lan {
            peers: heard.peers,
            heard: heard.at.map(|at| at.elapsed()),
            listened: self.shared.opened.0.elapsed(),
        }
    }

    fn node(&self) -> network::Node {
        network::Node {
            runs: self.shared.daemon,
            is_told_where: self.shared.listens_where_told,
            is_mailbox: self.shared.is_mailbox,
            mode: self.shared.mode,
            is_offline: self.shared.net.is_none(),
        }
    }

    fn delivery<'a>(&self, prospects: &'a Prospects) -> Delivery<'a> {
        Delivery {
            prospects,
            now: wall_time(),
        }
    }

    /// What is wrong with the database; that it cannot be read at all is something that is wrong, too.
    async fn damage(&self) -> Result<Vec<String>, ApiError> {
        match self.shared.storage.read_aside(Reader::check).await {
            Ok(found) => Ok(found),
            Err(StorageError::Store(error)) => Ok(vec![error.to_string()]),
            Err(error @ StorageError::Ended) => Err(error.into()),
        }
    }
}

/// What matters of a room.
fn looked_at(room: &RoomRecord, own: PersonId) -> delivery::Room {
    let others = room.members.iter().map(|member| member.person);
    delivery::Room {
        conversation: room.conversation,
        title: room.title.clone(),
        is_joined: room.standing == RoomStanding::Joined,
        others: others.filter(|member| *member != own).collect(),
    }
}

/// Whether a small file can be written; nothing where there is no directory to write it in.
async fn probed(directory: Option<PathBuf>) -> Option<Result<(), String>> {
    let directory = directory?;
    let probed = tokio::task::spawn_blocking(move || machine::probe(&directory)).await;
    Some(match probed {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(words::of_system(&error)),
        Err(error) => Err(error.to_string()),
    })
}

/// The directory that is watched, and whether it is there.
async fn watched(directory: Option<PathBuf>) -> Option<(String, bool)> {
    let directory = directory?;
    let is_there = {
        let directory = directory.clone();
        tokio::task::spawn_blocking(move || directory.is_dir()).await
    };
    Some((directory.display().to_string(), is_there.unwrap_or(false)))
}

/// A check in which all is well.
fn well(subject: Subject, found: Said) -> Check {
    advised(subject, found, None)
}

/// A check in which all is well, and something may do more good.
fn advised(subject: Subject, found: Said, helps: impl Into<Said>) -> Check {
    let (detail, found) = found.into_parts();
    let (hint, helps) = helps.into().into_parts();
    Check {
        name: subject.as_str().to_owned(),
        ok: true,
        detail,
        hint,
        found,
        helps,
        person: None,
        since: None,
    }
}

/// A check in which something is the matter.
fn ill(subject: Subject, found: Said, helps: impl Into<Said>) -> Check {
    Check {
        ok: false,
        ..advised(subject, found, helps)
    }
}

#[cfg(test)]
mod tests;
