//! What is looked at of connections with people: by which way they are there, or why they are not.
//!
//! Invariants
//! - What went wrong is told only while nothing went right since.

use super::delivery::{Delivery, MEET, Room, about};
use super::{count, ill, well};
use crate::api::{Check, PeerPath, Relay};
use crate::failures::{Failure, SessionFault, Trouble};
use crate::net::DialFault;
use crate::service::prospects::{Prospect, Way};
use crate::words::{counted, named};

const NAME: &str = "connection";

impl Delivery<'_> {
    /// Whether somebody is there, and how.
    pub(super) fn connection(&self, one: &Prospect) -> Check {
        let name = &one.name;
        let ways = ways(one);
        let check = match (ways, one.session) {
            (Some(ways), Some(caught_up)) => {
                let doing = if caught_up {
                    "everything was exchanged"
                } else {
                    "messages are being exchanged"
                };
                well(NAME, format!("{name} is connected {ways}; {doing}."))
            }
            (None, Some(_)) => well(NAME, format!("{name} has a session open.")),
            (Some(ways), None) => {
                let failed = self.failed(one);
                let hint = match told(one) {
                    Some(failure) => help(&failure.trouble),
                    None => {
                        "It opens by itself, unless they have blocked you or run another version."
                    }
                };
                let detail = format!("{name} is connected {ways}, without a session.{failed}");
                ill(NAME, detail, hint)
            }
            (None, None) => self.away(one),
        };
        about(one, check)
    }

    /// Of somebody who is not there.
    fn away(&self, one: &Prospect) -> Check {
        let heard = match one.heard_at() {
            Some(heard) => format!("something was last heard {} ago", self.ago(heard)),
            None => "nothing was ever heard".to_owned(),
        };
        let failed = self.failed(one);
        let detail = format!("{} is not connected; {heard}.{failed}", one.name);
        let apart = apart(detail, one.carried() == one.queued());
        match told(one) {
            Some(failure) => Check {
                hint: format!("{} {MEET}", help(&failure.trouble))
                    .trim()
                    .to_owned(),
                ..apart
            },
            None => apart,
        }
    }

    /// What went wrong last, and when; nothing where nothing did.
    fn failed(&self, one: &Prospect) -> String {
        let Some(failure) = told(one) else {
            return String::new();
        };
        let ago = self.ago(failure.at);
        format!(" The last try, {ago} ago: {}.", failure.trouble.words())
    }

    pub(super) fn connections(&self, room: &Room, others: &[&Prospect]) -> Check {
        let there = others.iter().filter(|one| one.session.is_some());
        let there: Vec<String> = there.map(|one| one.name.clone()).collect();
        let heard = others.iter().filter_map(|one| one.heard_at()).max();
        let all = count(room.others.len());
        if room.others.is_empty() {
            return well("connection", "Nobody else is in this room.");
        }
        if !there.is_empty() {
            let detail = format!(
                "{} of {} connected: {}.",
                there.len(),
                counted(all, "other member"),
                named(&there)
            );
            return well("connection", detail);
        }
        let heard = heard.map_or_else(String::new, |heard| {
            format!("; something of one was last heard {} ago", self.ago(heard))
        });
        let detail = format!(
            "None of {} is connected{heard}.",
            counted(all, "other member")
        );
        let here = others.iter().flat_map(|one| &one.waiting);
        let mut here = here.filter(|row| row.conversation == room.conversation);
        apart(detail, here.all(|row| row.carried == row.messages))
    }
}

/// Nobody is connected: all is well with people who are never online together, as long as all of what waits is kept.
fn apart(detail: String, is_kept: bool) -> Check {
    Check {
        ok: is_kept,
        ..ill("connection", detail, MEET)
    }
}

/// What went wrong last with somebody, unless something went right since.
fn told(one: &Prospect) -> Option<&Failure> {
    let failure = one.failure.as_ref()?;
    let is_over = one.heard_at().is_some_and(|heard| heard > failure.at);
    let is_dial = matches!(failure.trouble, Trouble::Dial { .. });
    let is_there = is_dial && !one.ways.is_empty();
    (!is_over && !is_there).then_some(failure)
}

/// How somebody's devices are connected, if any is.
fn ways(one: &Prospect) -> Option<String> {
    let mut ways: Vec<String> = Vec::new();
    for way in one.ways.iter().map(over) {
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    if ways.is_empty() {
        return None;
    }
    let some = if one.ways.len() < one.devices.len() {
        let all = counted(count(one.devices.len()), "device");
        format!(" with {} of {all}", one.ways.len())
    } else {
        String::new()
    };
    Some(format!("{}{some}", ways.join(" and ")))
}

fn over(way: &Way) -> String {
    match way.path {
        PeerPath::Lan => "on this network".to_owned(),
        PeerPath::Direct => "over the internet".to_owned(),
        PeerPath::Relayed => through(way.relay.as_ref().unwrap_or(&Relay::default())),
    }
}

/// Through whom, in words.
pub(super) fn through(relay: &Relay) -> String {
    match &relay.name {
        Some(name) => format!("through the device of {name}"),
        None => "through the device of somebody whom you do not know".to_owned(),
    }
}

/// What would help after this; nothing but what always helps where it is empty.
const fn help(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Dial { fault, .. } => match fault {
            DialFault::Other => "",
            DialFault::NoAddress => {
                "Nobody has told this device where theirs is now; a common friend who is online can."
            }
            DialFault::NoWay => {
                "See that this device is in a network: there is no way from it to where theirs was."
            }
            DialFault::NotAtRelay => {
                "Ask whether their node runs (`tidings daemon run`): the device in between does not have theirs."
            }
            DialFault::NoAnswer => {
                "Ask whether their device is on and in a network; a firewall of theirs may keep calls out, too."
            }
            DialFault::Refused => {
                "Ask whether their node runs (`tidings daemon run`): something is there, but not Tidings."
            }
            DialFault::Another => {
                "They are somewhere else by now: another device has their address."
            }
        },
        Trouble::Session(fault) => match fault {
            SessionFault::Silent | SessionFault::Broken => {
                "It is tried again by itself: look again in a minute."
            }
            SessionFault::NotSpoken => "Ask them to update Tidings.",
            SessionFault::HungUp => {
                "It is tried again by itself, but goes wrong for as long as they have blocked you or hold you off: ask them."
            }
            SessionFault::Misbehaved => {
                "Ask them to update Tidings, or to restore it on a new device."
            }
        },
    }
}
