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
use super::{advised, count, ill, well};
use crate::api::Check;
use crate::net::Reachability;
use crate::service::prospects::Prospects;
use crate::words::{counted, sized};

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
        const NAME: &str = "clock";
        const HINT: &str =
            "Set this device's clock. Messages go all the same, with a wrong time on them.";
        let heard = prospects.people.iter().filter_map(|one| one.heard_at());
        if self.now < CLOCK_FLOOR {
            ill(NAME, "It shows a time before 2020.", HINT)
        } else if heard.max().is_some_and(|heard| heard > self.now) {
            let detail =
                "It has gone back: something was heard of a contact at a time that is yet to come.";
            ill(NAME, detail, HINT)
        } else {
            well(NAME, "It shows a time that can be right.")
        }
    }

    fn disk(&self) -> Check {
        const NAME: &str = "disk";
        let Some((directory, probed)) = self.directory.as_ref().zip(self.probed.as_ref()) else {
            return well(NAME, "This profile is kept in memory alone.");
        };
        let directory = directory.display();
        match probed {
            Ok(()) => well(
                NAME,
                format!("{directory} takes another {}.", sized(count(PROBE_BYTES))),
            ),
            Err(error) => ill(
                NAME,
                format!("{directory} takes no more files: {error}."),
                "Make room on that disk, or see to its permissions: nothing new can be kept.",
            ),
        }
    }

    fn database(&self) -> Check {
        const NAME: &str = "database";
        match self.damage.as_slice() {
            [] => well(NAME, "It was read as a whole and is sound."),
            [first, rest @ ..] => {
                let more = match rest.len() {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                ill(
                    NAME,
                    format!("It is damaged: {first}{more}."),
                    "End the node, make a copy of the profile's directory before anything else, and look \
                     whether the disk is failing.",
                )
            }
        }
    }

    /// Of a node that watches a directory, whether that is there.
    fn watching(&self) -> Option<Check> {
        const NAME: &str = "watching";
        let (directory, is_there) = self.watching.as_ref()?;
        Some(if *is_there {
            well(NAME, format!("{directory} is there."))
        } else {
            // Most of the time no stick is there.
            advised(
                NAME,
                format!("{directory} is not there at the moment."),
                "Put the stick in, and see that it is mounted there.",
            )
        })
    }
}

fn carrying(prospects: &Prospects) -> Check {
    const NAME: &str = "carrying";
    let carrying = &prospects.carrying;
    let Some(quotas) = carrying.quotas else {
        let hint = "Nothing is sealed for contacts who are away, either.";
        return ill(NAME, "This node carries nothing.", hint);
    };
    let full = Tier::ALL.into_iter().filter(|tier| *tier != Tier::Own);
    let full = full.filter(|tier| {
        let used = carrying.tiers.get(tier).copied().unwrap_or_default();
        let envelopes = percent(count(used.envelopes), count(quotas.envelopes_of(*tier)));
        envelopes.max(percent(used.bytes, quotas.bytes_of(*tier))) >= FULL_PERCENT
    });
    let detail = format!(
        "{} for others, {} percent of the room for that; {} of our own.",
        counted(count(carrying.others.envelopes), "envelope"),
        percent(carrying.others.bytes, quotas.bytes),
        counted(count(carrying.own.envelopes), "envelope"),
    );
    let full: Vec<&str> = full.map(whose).collect();
    if full.is_empty() {
        return well(NAME, detail);
    }
    let detail = format!("{detail} The share for {} is full.", full.join(" and for "));
    let hint = "What comes next is turned away or takes the place of what matters least; \
                `tidings daemon run --mailbox` makes much more room.";
    ill(NAME, detail, hint)
}

const fn whose(tier: Tier) -> &'static str {
    match tier {
        Tier::Own => "our own",
        Tier::Contact => "contacts",
        Tier::Friend => "friends of contacts",
        Tier::Stranger => "strangers",
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
