//! The contacts whose version of Tidings this one cannot talk to.
//!
//! Invariants
//! - Only contacts are in it, at most once each: a stranger cannot get in, however often it says
//!   hello.
//! - A contact leaves it when a session with one of their devices comes up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tidings_protocol::engine::Event;
use tidings_protocol::id::PersonId;
use tidings_protocol::session::{Hello, VERSION_MAX};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::api::OtherVersion;
use crate::people::People;
use crate::service::Service;

/// What was last heard of somebody's version.
#[derive(Debug, Clone, Copy)]
struct Heard {
    theirs: Hello,
    at: Instant,
}

/// Who speaks another version. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Versions {
    heard: Arc<watch::Sender<BTreeMap<PersonId, Heard>>>,
}

impl Versions {
    /// Takes note of what an event says about a contact's version.
    pub(crate) fn note(&self, event: &Event) {
        if let Event::OtherVersion { person, theirs } = event {
            let (theirs, at) = (*theirs, Instant::now());
            self.heard.send_modify(|heard| {
                heard.insert(*person, Heard { theirs, at });
            });
        } else if let Event::SessionOpened { person, .. } = event {
            self.heard
                .send_if_modified(|heard| heard.remove(person).is_some());
        }
    }

    /// Whether somebody has said since `start` that they speak another version.
    pub(crate) fn heard_since(&self, person: &PersonId, start: Instant) -> bool {
        let heard = self.heard.borrow();
        heard.get(person).is_some_and(|heard| heard.at >= start)
    }

    /// All of them, as the API shows them.
    pub(crate) fn list(&self, people: &People) -> Vec<OtherVersion> {
        let heard = self.heard.borrow();
        let shown = heard.iter().filter_map(|(person, heard)| {
            let known = people.by_id(person)?;
            known.record.is_admitted().then(|| OtherVersion {
                person: *person,
                name: known.name().to_owned(),
                newer: heard.theirs.max > VERSION_MAX,
            })
        });
        shown.collect()
    }
}

/// Tells of each contact once that this version cannot talk to theirs.
#[derive(Debug)]
pub struct OtherVersions {
    service: Service,
    heard: watch::Receiver<BTreeMap<PersonId, Heard>>,
    told: BTreeSet<PersonId>,
}

impl OtherVersions {
    pub(crate) fn new(service: Service, versions: &Versions) -> Self {
        Self {
            service,
            heard: versions.heard.subscribe(),
            told: BTreeSet::new(),
        }
    }

    /// Waits for the next contact; `None` once the node has ended.
    pub async fn next(&mut self) -> Option<OtherVersion> {
        let mut end = self.service.end();
        loop {
            let next = self.service.other_versions().await.ok()?;
            let news = next
                .into_iter()
                .find(|other| !self.told.contains(&other.person));
            if let Some(other) = news {
                self.told.insert(other.person);
                return Some(other);
            }
            tokio::select! {
                heard = self.heard.changed() => heard.ok()?,
                () = end.reached() => return None,
            }
        }
    }
}
