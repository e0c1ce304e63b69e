//! What was done with the stick that is there, and what is to be done next.
//!
//! Invariants
//! - Nothing is known of a stick that was taken away: all of the next one is new.
//! - A file is taken once, damaged or not, and again only when it changed. Where taking failed for another reason than
//!   what is in it, it is tried again after [`RETRY_INTERVAL`], too.
//! - Ours is written when it would say something new, or is not as it was written. Where that failed, it is tried
//!   again when other files lie there, or after [`RETRY_INTERVAL`], and not with each change of what is carried: a
//!   stick that is full would be written full each time. Where only some of it found room, it is written anew when others
//!   take another room there: they may have taken what was missing only while they wrote.
//! - A failure is told again only if it is for another reason.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::there::{Identity, Seen, There};

/// After what time what failed is tried again.
pub(super) const RETRY_INTERVAL: Duration = Duration::from_mins(1);

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// To take a file, which looks so.
    Import(PathBuf, Seen),
    /// To write ours.
    Export,
    /// To tell why not all of it can be looked at.
    Tell(String),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Stick {
    identity: Option<Identity>,
    imported: BTreeMap<PathBuf, Imported>,
    exported: Exported,
    /// What was told of the directory as a whole.
    told: Option<String>,
}

/// A file that was taken, or failed to be.
#[derive(Debug)]
struct Imported {
    seen: Seen,
    failed: Option<Failed>,
}

/// What came of writing ours.
#[derive(Debug, Default)]
enum Exported {
    #[default]
    Never,
    /// With what was carried then, and as what lay there thereafter.
    Written {
        carried: [u8; 32],
        own: Vec<Seen>,
        /// If there was no room for all: how much others had before.
        beside: Option<u64>,
    },
    /// With what lay there then.
    Failed { failed: Failed, there: There },
}

#[derive(Debug)]
struct Failed {
    said: String,
    again_at: Instant,
}

impl Failed {
    fn new(said: String, now: Instant) -> Self {
        let again_at = now + RETRY_INTERVAL;
        Self { said, again_at }
    }
}

impl Stick {
    /// What is to be done next with what lies there, while so much is carried.
    pub(super) fn next(&mut self, there: &There, carried: [u8; 32], now: Instant) -> Option<Step> {
        if !self.is_it(there) {
            *self = Self {
                identity: Some(there.identity.clone()),
                ..Self::default()
            };
        }
        if there.trouble != self.told {
            self.told.clone_from(&there.trouble);
            if let Some(trouble) = &there.trouble {
                return Some(Step::Tell(trouble.clone()));
            }
        }
        // What is gone and comes back is new.
        self.imported
            .retain(|path, _| there.others.contains_key(path));
        let mut others = there.others.iter();
        let due = others.find(|(path, seen)| self.is_due(path, seen, now));
        if let Some((path, seen)) = due {
            return Some(Step::Import(path.clone(), seen.clone()));
        }
        self.is_export_due(there, carried, now)
            .then_some(Step::Export)
    }

    /// Whether what lies there is on this stick.
    pub(super) fn is_it(&self, there: &There) -> bool {
        self.identity.as_ref() == Some(&there.identity)
    }

    /// Notes that a file that looked so was taken, or why not; returns whether that is news.
    pub(super) fn imported(
        &mut self,
        path: PathBuf,
        seen: Seen,
        failed: Option<String>,
        now: Instant,
    ) -> bool {
        let failed = failed.map(|said| Failed::new(said, now));
        let before = self.imported.get(&path);
        let before = before.and_then(|before| before.failed.as_ref());
        let is_news = is_news(failed.as_ref(), before);
        self.imported.insert(path, Imported { seen, failed });
        is_news
    }

    /// Notes that ours was written beside what lay there, all of it or as much as there was room for, with what was
    /// carried, and lies there so.
    pub(super) fn exported(
        &mut self,
        there: &There,
        is_all: bool,
        carried: [u8; 32],
        own: Vec<Seen>,
    ) {
        let beside = (!is_all).then(|| there.bytes_of_others());
        self.exported = Exported::Written {
            carried,
            own,
            beside,
        };
    }

    /// Notes that ours was not written beside what lies there, and why; returns whether that is news.
    pub(super) fn not_exported(&mut self, there: &There, said: String, now: Instant) -> bool {
        let failed = Failed::new(said, now);
        let before = match &self.exported {
            Exported::Failed { failed, .. } => Some(failed),
            Exported::Never | Exported::Written { .. } => None,
        };
        let is_news = is_news(Some(&failed), before);
        let there = there.clone();
        self.exported = Exported::Failed { failed, there };
        is_news
    }

    fn is_due(&self, path: &PathBuf, seen: &Seen, now: Instant) -> bool {
        self.imported.get(path).is_none_or(|imported| {
            let failed = imported.failed.as_ref();
            imported.seen != *seen || failed.is_some_and(|failed| now >= failed.again_at)
        })
    }

    fn is_export_due(&self, there: &There, carried: [u8; 32], now: Instant) -> bool {
        match &self.exported {
            Exported::Never => true,
            Exported::Written {
                carried: before,
                own,
                beside,
            } => {
                let is_other_room = beside.is_some_and(|bytes| bytes != there.bytes_of_others());
                *before != carried || *own != there.own || own.is_empty() || is_other_room
            }
            Exported::Failed {
                failed,
                there: before,
            } => now >= failed.again_at || before != there,
        }
    }
}

/// Whether what became of something is to be told: it is done, or failed for another reason than before.
fn is_news(failed: Option<&Failed>, before: Option<&Failed>) -> bool {
    let said = failed.map(|failed| &failed.said);
    said.is_none() || said != before.map(|before| &before.said)
}

#[cfg(test)]
mod tests;
