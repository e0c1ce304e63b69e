//! What is looked at of this device: its clock, its disk, its node, and what it carries.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use tidings_protocol::carry::Tier;
use tidings_protocol::time::WallTime;

use super::{count, ill, well};
use crate::api::Check;
use crate::builder::Mode;
use crate::net::{Nat, Reachability};
use crate::service::prospects::Prospects;
use crate::words::{counted, sized};

/// The start of 2020: no clock that is set shows an earlier time.
pub(super) const CLOCK_FLOOR: WallTime = WallTime::from_millis(1_577_836_800_000);
/// What is written to see whether there is room.
const PROBE_BYTES: usize = 1 << 20;
const PROBE_FILE: &str = "doctor.tmp";
/// Of a share of the room for what others bring, so much may be taken before it counts as full.
pub(super) const FULL_PERCENT: u64 = 95;

const START: &str = "`tidings daemon run` keeps this profile online; `tidings daemon install` has it \
                     start with your session.";

const LATER: &str = "It tries again by itself: look again in a minute.";

const NO_NETWORK: &str = "Join a network: a node that runs listens there by itself within a minute. Without one, \
                          `tidings bundle export PATH` has messages carried on a stick.";

/// Which node looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// Whether it runs on its own account.
    pub(super) runs: bool,
    /// Whether it listens where it was told to, not wherever it can.
    pub(super) is_told_where: bool,
    /// Whether it keeps as much for others as a mailbox.
    pub(super) is_mailbox: bool,
    pub(super) mode: &'static str,
    pub(super) is_offline: bool,
}

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
    pub(super) discovers: bool,
    /// Whether it looks for others without a word.
    pub(super) is_hidden: bool,
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
            node(self.node),
            self.listening(),
            self.reach(),
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

    fn listening(&self) -> Check {
        const NAME: &str = "listening";
        let is_nowhere = self.listening.is_empty();
        let place = if is_nowhere {
            "Nowhere".to_owned()
        } else {
            format!("At {}", self.listening.join(", "))
        };
        if self.node.runs && self.node.is_offline {
            let detail = "Nowhere: nobody can connect to this device.";
            return ill(NAME, detail, "Run it without `--mode offline`.");
        }
        let told = self.node.is_told_where && !is_nowhere;
        let lack = self.lack();
        if !told && let Some(lack) = lack {
            return ill(NAME, format!("{place}: {lack}."), NO_NETWORK);
        }
        let missing = self.missing_family().unwrap_or_default();
        if is_nowhere {
            let detail = format!("Nowhere: nobody can connect to this device.{missing}");
            let hint = if self.node.runs { LATER } else { START };
            return ill(NAME, detail, hint);
        }
        let is_closed = self.listening.iter().all(|one| is_of_this_machine(one));
        let hint = match (told && is_closed, lack) {
            (false, _) => "",
            (true, None) => {
                "Other machines cannot connect to these addresses: run it without `--listen`."
            }
            (true, Some(_)) => NO_NETWORK,
        };
        Check {
            hint: hint.to_owned(),
            ..well(NAME, format!("{place}.{missing}"))
        }
    }

    /// Why nobody can connect to this device, however a node runs.
    fn lack(&self) -> Option<&'static str> {
        if self.addresses.is_empty() {
            Some("this device has no address, as no network interface is up")
        } else if self.addresses.iter().all(IpAddr::is_loopback) {
            Some("this device has no address but its own loopback, which no other device can reach")
        } else {
            None
        }
    }

    /// Which half of the internet this device has no part in, if nobody wanted it so.
    fn missing_family(&self) -> Option<&'static str> {
        let mut outward = self.addresses.iter().filter(|one| !one.is_loopback());
        let has_ipv6 = outward.clone().any(IpAddr::is_ipv6);
        if self.node.is_told_where {
            None
        } else if !has_ipv6 {
            Some(" This device has no IPv6.")
        } else if !outward.any(IpAddr::is_ipv4) {
            Some(" This device has no IPv4.")
        } else {
            None
        }
    }

    /// Whether others reach it from other networks. Most devices are at home, where that takes a relay; so nothing is the
    /// matter if nobody does.
    fn reach(&self) -> Check {
        const NAME: &str = "reach";
        if !self.node.runs || self.node.is_offline {
            let hint = if self.node.runs {
                "Run it without `--mode offline`."
            } else {
                START
            };
            return Check {
                hint: hint.to_owned(),
                ..well(NAME, "Nobody reaches it from other networks.")
            };
        }
        if self.node.mode == Mode::Lan.as_str() {
            let detail = "Nobody reaches it from other networks: it uses local ones alone.";
            return Check {
                hint: "Run it without `--mode lan` if contacts elsewhere are to be reached."
                    .to_owned(),
                ..well(NAME, detail)
            };
        }
        let Reachability {
            public,
            nat,
            relays,
            is_relay,
        } = &self.reachability;
        let nat = match nat {
            Nat::Unknown => "",
            Nat::None => " Nothing stands between it and other networks.",
            Nat::Cone => " The router in between lets two such devices meet.",
            Nat::Symmetric => {
                " The router in between shows everybody another port, so that two such devices cannot meet without a relay."
            }
        };
        if !public.is_empty() {
            let relay = if *is_relay {
                " It lets others reach each other, too."
            } else {
                ""
            };
            let places = public.join(", ");
            return well(
                NAME,
                format!("Others reach it from other networks, at {places}.{relay}"),
            );
        }
        let detail = if relays.is_empty() {
            format!("Nobody is known to reach it from other networks.{nat}")
        } else {
            let relays = counted(count(relays.len()), "other device");
            format!("Others reach it from other networks through {relays}.{nat}")
        };
        let hint = if relays.is_empty() {
            "A contact whose device others reach is enough: it lets them reach this one."
        } else {
            ""
        };
        Check {
            hint: hint.to_owned(),
            ..well(NAME, detail)
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
            Check {
                hint: "Put the stick in, and see that it is mounted there.".to_owned(),
                ..well(NAME, format!("{directory} is not there at the moment."))
            }
        })
    }

    fn discovery(&self) -> Check {
        const NAME: &str = "discovery";
        if self.discovers && self.is_hidden && !self.node.is_offline {
            let detail = "It finds those who announce themselves on the local network, and is hidden itself.";
            return Check {
                hint: "Run it without `--hidden` if others on this network are to find it."
                    .to_owned(),
                ..well(NAME, detail)
            };
        }
        if self.discovers && !self.node.is_offline {
            return well(NAME, "It looks for others on the local network.");
        }
        let hint = match (self.node.runs, self.node.is_offline) {
            (false, _) => START,
            (true, true) => "Run it without `--mode offline`.",
            (true, false) if self.node.mode == Mode::Internet.as_str() => {
                "Run it without `--mode internet` if others on this network are to be found."
            }
            (true, false) => {
                "Run it without `--no-mdns` if others on this network are to be found."
            }
        };
        // Somebody may have wanted it so.
        Check {
            hint: hint.to_owned(),
            ..well(NAME, "It looks for nobody on the local network.")
        }
    }

    fn neighbours(&self, prospects: &Prospects) -> Check {
        const NAME: &str = "neighbours";
        let mut peers: Vec<_> = prospects.connections.iter().map(|one| one.peer).collect();
        peers.sort_unstable();
        peers.dedup();
        let comparing = count(prospects.carrying.neighbours.len());
        if !peers.is_empty() {
            let connected = counted(count(peers.len()), "device");
            let detail =
                format!("{connected} connected; what is carried is compared with {comparing}.");
            return well(NAME, detail);
        }
        let hint = if self.node.runs {
            "Join a network where others run Tidings, or carry a stick: `tidings bundle export PATH`."
        } else {
            START
        };
        let has_contacts = prospects.people.iter().any(|one| one.is_contact);
        Check {
            ok: !has_contacts,
            ..ill(NAME, "No device is connected.", hint)
        }
    }
}

/// Whether a node runs.
pub(super) fn node(node: Node) -> Check {
    const NAME: &str = "node";
    let mailbox = if node.is_mailbox {
        " as a mailbox for others"
    } else {
        ""
    };
    match (node.runs, node.is_offline) {
        (false, _) => ill(
            NAME,
            "No node runs: nothing arrives between two commands.",
            START,
        ),
        (true, true) => ill(
            NAME,
            format!("A node runs{mailbox} and uses no network."),
            "Run it without `--mode offline`.",
        ),
        (true, false) => {
            let detail = format!("A node runs{mailbox}, in the mode `{}`.", node.mode);
            well(NAME, detail)
        }
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

/// Whether nobody but this machine can connect there.
fn is_of_this_machine(address: &str) -> bool {
    address.starts_with("/ip4/127.") || address.starts_with("/ip6/::1/")
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
