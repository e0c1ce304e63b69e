//! What is looked at of this device: its clock, its disk, its database, and what it carries.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use tidings_protocol::carry::Tier;
use tidings_protocol::record::Discovery;
use tidings_protocol::time::WallTime;

use super::network::{Lan, Node, node};
use super::subject::Subject;
use super::{advised, count, finding, ill, well};
use crate::api::{Check, Said, Size};
use crate::net::Reachability;
use crate::service::prospects::Prospects;

/// The start of 2020: no clock that is set shows an earlier time.
pub(super) const CLOCK_FLOOR: WallTime = WallTime::from_millis(1_577_836_800_000);
/// What is written to see whether there is room.
const PROBE_BYTES: usize = 1 << 20;
const PROBE_FILE: &str = "doctor.tmp";
/// Of a share of the room for what others bring, so much may be taken before it counts as full.
pub(super) const FULL_PERCENT: u64 = 95;

/// What is known of this device.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) node: Node,
    pub(super) now: WallTime,
    pub(super) directory: Option<PathBuf>,
    /// Whether a small file could be written there.
    pub(super) probed: Option<Result<(), String>>,
    /// What is wrong with the database.
    pub(super) damage: Vec<String>,
    pub(super) listening: Vec<String>,
    /// How others reach it from other networks.
    pub(super) reachability: Reachability,
    /// The addresses that this device has, whether or not a node listens there.
    pub(super) addresses: BTreeSet<IpAddr>,
    /// Whether it looks for others on the local network, and shows itself there.
    pub(super) discovery: Discovery,
    /// Whom it heard there.
    pub(super) lan: Lan,
    /// The directory that it watches, and whether that is there.
    pub(super) watching: Option<(String, bool)>,
}

impl Machine {
    /// All of it, looked at.
    pub(super) fn checks(&self, prospects: &Prospects) -> Vec<Check> {
        let mut checks = vec![
            self.clock(prospects),
            self.disk(),
            self.database(),
            self.interfaces(),
            node(self.node),
            self.listening(),
            self.reach(prospects),
            self.discovery(),
            self.neighbours(prospects),
            carrying(prospects),
        ];
        checks.extend(self.watching());
        checks
    }

    fn clock(&self, prospects: &Prospects) -> Check {
        const SUBJECT: Subject = Subject::Clock;
        let heard = prospects.people.iter().filter_map(|one| one.heard_at());
        if self.now < CLOCK_FLOOR {
            ill(SUBJECT, finding::clock_before_2020(), finding::set_clock())
        } else if heard.max().is_some_and(|heard| heard > self.now) {
            ill(SUBJECT, finding::clock_gone_back(), finding::set_clock())
        } else {
            well(SUBJECT, finding::clock_right())
        }
    }

    fn disk(&self) -> Check {
        const SUBJECT: Subject = Subject::Disk;
        let Some((directory, probed)) = self.directory.as_ref().zip(self.probed.as_ref()) else {
            return well(SUBJECT, finding::kept_in_memory());
        };
        let directory = directory.display().to_string();
        match probed {
            Ok(()) => {
                let room = Size(count(PROBE_BYTES));
                well(SUBJECT, finding::disk_takes(&directory, room))
            }
            Err(error) => {
                let found = finding::disk_refuses(&directory, error);
                ill(SUBJECT, found, finding::make_room())
            }
        }
    }

    fn database(&self) -> Check {
        const SUBJECT: Subject = Subject::Database;
        let found = match self.damage.as_slice() {
            [] => return well(SUBJECT, finding::database_sound()),
            [only] => finding::database_damaged(only),
            [first, rest @ ..] => finding::database_damaged_more(first, count(rest.len())),
        };
        ill(SUBJECT, found, finding::copy_profile())
    }

    /// Of a node that watches a directory, whether that is there.
    fn watching(&self) -> Option<Check> {
        const SUBJECT: Subject = Subject::Watching;
        let (directory, is_there) = self.watching.as_ref()?;
        Some(if *is_there {
            well(SUBJECT, finding::watched_there(directory))
        } else {
            // Most of the time no stick is there.
            let found = finding::watched_missing(directory);
            advised(SUBJECT, found, finding::put_stick_in())
        })
    }
}

fn carrying(prospects: &Prospects) -> Check {
    const SUBJECT: Subject = Subject::Carrying;
    let carrying = &prospects.carrying;
    let Some(quotas) = carrying.quotas else {
        let found = finding::carries_nothing();
        return ill(SUBJECT, found, finding::seals_nothing_either());
    };
    let full = Tier::ALL.into_iter().filter(|tier| *tier != Tier::Own);
    let full = full.filter(|tier| {
        let used = carrying.tiers.get(tier).copied().unwrap_or_default();
        let envelopes = percent(count(used.envelopes), count(quotas.envelopes_of(*tier)));
        envelopes.max(percent(used.bytes, quotas.bytes_of(*tier))) >= FULL_PERCENT
    });
    let full: Vec<Said> = full.map(share_full).collect();
    let is_full = !full.is_empty();
    let carries = finding::carries(
        count(carrying.others.envelopes),
        percent(carrying.others.bytes, quotas.bytes),
        count(carrying.own.envelopes),
    );
    let found = carries.and(full.into_iter().collect());
    if is_full {
        ill(SUBJECT, found, finding::be_a_mailbox())
    } else {
        well(SUBJECT, found)
    }
}

fn share_full(tier: Tier) -> Said {
    match tier {
        Tier::Own => finding::share_of_own_full(),
        Tier::Contact => finding::share_of_contacts_full(),
        Tier::Friend => finding::share_of_friends_full(),
        Tier::Stranger => finding::share_of_strangers_full(),
    }
}

/// How much of it all that is, rounded down.
fn percent(part: u64, all: u64) -> u64 {
    part.saturating_mul(100).checked_div(all).unwrap_or(0)
}

/// Writes a small file in a directory, sees it onto the disk, and removes it.
///
/// # Errors
/// What the system says.
pub(super) fn probe(directory: &Path) -> io::Result<()> {
    let path = directory.join(PROBE_FILE);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file| {
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_all()
    });
    let removed = fs::remove_file(&path);
    written.and(removed)
}
