//! What is looked at of connections with people: by which way they are there, or why they are not.
//!
//! Invariants
//! - What went wrong is told only while nothing went right since.

use super::delivery::{Delivery, Room, about};
use super::subject::Subject;
use super::{count, finding, ill, well};
use crate::api::{Check, Listed, PeerPath, Said, Span};
use crate::failures::{Failure, SessionFault, Trouble};
use crate::net::DialFault;
use crate::service::prospects::{Prospect, Way};
use crate::words::NAMES_MAX;

const SUBJECT: Subject = Subject::Connection;

impl Delivery<'_> {
    /// Whether somebody is there, and how.
    pub(super) fn connection(&self, one: &Prospect) -> Check {
        let check = match (ways(one), one.session) {
            (Some(ways), Some(caught_up)) => {
                let doing = if caught_up {
                    finding::exchanged()
                } else {
                    finding::exchanging()
                };
                well(SUBJECT, ways.and(doing))
            }
            (None, Some(_)) => well(SUBJECT, finding::has_session(&one.name)),
            (Some(ways), None) => {
                let help = match told(one) {
                    Some(failure) => help(&failure.trouble),
                    None => Some(finding::opens_by_itself()),
                };
                let found = ways.and(finding::no_session()).and(self.failed(one));
                ill(SUBJECT, found, help)
            }
            (None, None) => self.away(one),
        };
        about(one, check)
    }

    /// Of somebody who is not there.
    fn away(&self, one: &Prospect) -> Check {
        let found = match one.heard_at() {
            Some(heard) => finding::not_connected(&one.name, self.ago(heard)),
            None => finding::never_connected(&one.name),
        };
        let help = told(one).and_then(|failure| help(&failure.trouble));
        let is_kept = one.carried() == one.queued();
        apart(found.and(self.failed(one)), help, is_kept)
    }

    /// What went wrong last, and when; nothing where nothing did.
    fn failed(&self, one: &Prospect) -> Said {
        let failure = told(one);
        let failed = failure.map(|failure| last_try(self.ago(failure.at), &failure.trouble));
        failed.into()
    }

    pub(super) fn connections(&self, room: &Room, others: &[&Prospect]) -> Check {
        if room.others.is_empty() {
            return well(SUBJECT, finding::nobody_else());
        }
        let all = count(room.others.len());
        let there = others.iter().filter(|one| one.session.is_some());
        let there: Vec<&str> = there.map(|one| one.name.as_str()).collect();
        if !there.is_empty() {
            let names = Listed::of(&there, NAMES_MAX);
            let connected = count(there.len());
            return well(SUBJECT, finding::members_connected(connected, all, &names));
        }
        let heard = others.iter().filter_map(|one| one.heard_at()).max();
        let found = match heard {
            Some(heard) => finding::no_member_connected_since(all, self.ago(heard)),
            None => finding::no_member_connected(all),
        };
        let here = others.iter().flat_map(|one| &one.waiting);
        let mut here = here.filter(|row| row.conversation == room.conversation);
        let is_kept = here.all(|row| row.carried == row.messages);
        apart(found, None, is_kept)
    }
}

/// Nobody is connected: all is well with people who are never online together, as long as all of what waits is kept.
fn apart(found: Said, help: Option<Said>, is_kept: bool) -> Check {
    Check {
        ok: is_kept,
        ..ill(SUBJECT, found, Said::from(help).and(finding::meet()))
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
fn ways(one: &Prospect) -> Option<Said> {
    let mut ways: Vec<Said> = Vec::new();
    for way in one.ways.iter().map(|way| over(&one.name, way)) {
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    let [connected, all] = [one.ways.len(), one.devices.len()].map(count);
    let some = (connected < all).then(|| finding::connected_devices(connected, all));
    let ways: Option<Said> = (!ways.is_empty()).then(|| ways.into_iter().collect());
    ways.map(|ways| ways.and(some.into()))
}

fn over(name: &str, way: &Way) -> Said {
    let relay = way.relay.as_ref().and_then(|relay| relay.name.as_deref());
    match (way.path, relay) {
        (PeerPath::Lan, _) => finding::connected_near(name),
        (PeerPath::Direct, _) => finding::connected_far(name),
        (PeerPath::Relayed, Some(relay)) => finding::connected_through(name, relay),
        (PeerPath::Relayed, None) => finding::connected_through_somebody(name),
    }
}

/// What went wrong at the last try.
fn last_try(ago: Span, trouble: &Trouble) -> Said {
    match trouble {
        Trouble::Dial { fault, reason } => match fault {
            DialFault::Other => finding::last_try(ago, reason),
            DialFault::NoAddress => finding::last_try_no_address(ago, reason),
            DialFault::NoWay => finding::last_try_no_way(ago, reason),
            DialFault::NotAtRelay => finding::last_try_not_at_relay(ago, reason),
            DialFault::NoAnswer => finding::last_try_no_answer(ago, reason),
            DialFault::Refused => finding::last_try_refused(ago, reason),
            DialFault::Another => finding::last_try_another(ago, reason),
        },
        Trouble::Session(fault) => match fault {
            SessionFault::Silent => finding::last_try_silent(ago),
            SessionFault::NotSpoken => finding::last_try_not_spoken(ago),
            SessionFault::Broken => finding::last_try_broken(ago),
            SessionFault::HungUp => finding::last_try_hung_up(ago),
            SessionFault::Misbehaved => finding::last_try_misbehaved(ago),
        },
    }
}

/// What would help after this, beside what always helps.
fn help(trouble: &Trouble) -> Option<Said> {
    Some(match trouble {
        Trouble::Dial { fault, .. } => match fault {
            DialFault::Other => return None,
            DialFault::NoAddress => finding::no_address_told(),
            DialFault::NoWay => finding::no_way_there(),
            DialFault::NotAtRelay => finding::not_at_relay(),
            DialFault::NoAnswer => finding::no_answer(),
            DialFault::Refused => finding::no_tidings_there(),
            DialFault::Another => finding::another_there(),
        },
        Trouble::Session(fault) => match fault {
            SessionFault::Silent | SessionFault::Broken => finding::tried_again(),
            SessionFault::NotSpoken => finding::update_theirs(),
            SessionFault::HungUp => finding::tried_unless_blocked(),
            SessionFault::Misbehaved => finding::restore_theirs(),
        },
    })
}
