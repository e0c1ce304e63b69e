//! What is looked at of what waits: for whom, why, and what would help.

use std::time::Duration;

use tidings_protocol::engine::{DORMANT_AFTER, UnderWay};
use tidings_protocol::id::{ConversationId, PersonId};
use tidings_protocol::time::WallTime;

use super::subject::Subject;
use super::{advised, count, finding, ill, well};
use crate::api::{Check, OtherVersion, Said, Span};
use crate::service::prospects::{Keeper, Prospect, Prospects, short};
use crate::words::NAMES_MAX;

/// People for whom something waits of whom each is told; how many more there are is told once.
pub(super) const QUEUE_PEOPLE_MAX: usize = 32;

/// How it stands with people at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delivery<'a> {
    pub(super) prospects: &'a Prospects,
    pub(super) now: WallTime,
}

/// A room.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) conversation: ConversationId,
    pub(super) title: String,
    /// Whether our person takes part in it.
    pub(super) is_joined: bool,
    pub(super) others: Vec<PersonId>,
}

/// Why something has not come yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// We want nothing to do with them.
    Blocked,
    /// They are held off until their words are compared.
    HeldOff,
    /// It is going right now.
    InSession,
    /// Theirs, or ours, is too old.
    Version { newer: bool },
    /// No device of theirs is known.
    NoDevice,
    /// All of it is kept by somebody who promised to.
    Kept,
    /// This node seals nothing.
    NothingSealed,
    /// They were silent for too long.
    Dormant,
    /// We share no secret with them.
    NoSecret,
    /// As much as may be under way to them is.
    NoPlaces,
    /// It is on its way, or may be, and nobody promised anything.
    UnderWay,
    /// Nothing of it is sealed yet.
    Unsealed,
}

/// Those whose version ours cannot talk to.
pub(super) fn versions(others: &[OtherVersion]) -> Vec<Check> {
    const SUBJECT: Subject = Subject::Versions;
    if others.is_empty() {
        return vec![well(SUBJECT, finding::no_other_version())];
    }
    let told = others.iter().map(|other| Check {
        person: Some(other.person),
        ..ill(
            SUBJECT,
            finding::other_version(&other.name),
            update(other.newer),
        )
    });
    told.collect()
}

/// The joins that wait for an answer, by when each was begun.
pub(super) fn joins(begun: &[WallTime], now: WallTime) -> Check {
    const SUBJECT: Subject = Subject::Joins;
    let Some(oldest) = begun.iter().min() else {
        return well(SUBJECT, finding::no_join());
    };
    let found = finding::joins_wait(count(begun.len()), since(*oldest, now));
    Check {
        since: Some(oldest.as_millis()),
        ..ill(SUBJECT, found, finding::join_together())
    }
}

fn update(newer: bool) -> Said {
    if newer {
        finding::update_this()
    } else {
        finding::ask_for_update()
    }
}

impl Delivery<'_> {
    /// What waits, each person's by itself.
    pub(super) fn queue(&self) -> Vec<Check> {
        let people = self.prospects.people.iter();
        let people: Vec<&Prospect> = people.filter(|one| one.queued() > 0).collect();
        if people.is_empty() {
            return vec![well(Subject::Queue, finding::nothing_waits())];
        }
        let shown = people.iter().take(QUEUE_PEOPLE_MAX);
        let mut checks: Vec<Check> = shown.map(|one| self.waiting(one, one.queued())).collect();
        let rest = people.get(QUEUE_PEOPLE_MAX..).unwrap_or_default();
        if !rest.is_empty() {
            let found = finding::waits_for_more(count(rest.len()));
            checks.push(ill(Subject::Queue, found, finding::ask_of_each()));
        }
        checks
    }

    /// All there is to say of a contact.
    pub(super) fn of_contact(&self, person: PersonId) -> Vec<Check> {
        let mut people = self.prospects.people.iter();
        let Some(one) = people.find(|one| one.person == person) else {
            return Vec::new();
        };
        let mut checks = vec![contact(one), self.connection(one)];
        checks.push(match one.queued() {
            0 => about(
                one,
                well(Subject::Queue, finding::nothing_waits_for(&one.name)),
            ),
            queued => self.waiting(one, queued),
        });
        let under_way = under_way(&one.under_way, &one.keepers, &one.short());
        checks.push(about(one, under_way));
        checks
    }

    /// All there is to say of a room.
    pub(super) fn of_room(&self, room: &Room) -> Vec<Check> {
        let people = self.prospects.people.iter();
        let others: Vec<&Prospect> = people
            .filter(|one| room.others.contains(&one.person))
            .collect();
        let mut checks = vec![standing(room), self.connections(room, &others)];
        let waiting = others.iter().filter_map(|one| {
            let here = one.waiting.iter();
            let here = here.filter(|row| row.conversation == room.conversation);
            let queued = here.map(|row| row.messages).sum();
            (queued > 0).then(|| self.waiting(one, queued))
        });
        let waiting: Vec<Check> = waiting.collect();
        if waiting.is_empty() {
            checks.push(well(Subject::Queue, finding::nothing_waits_in_room()));
        } else {
            checks.extend(waiting);
        }
        let sealed = self.prospects.under_way_in(&room.conversation);
        let keepers = self.prospects.keepers(&sealed);
        checks.push(under_way(&sealed, &keepers, &short(&room.conversation)));
        checks
    }

    /// What waits for somebody, and why.
    fn waiting(&self, one: &Prospect, queued: u64) -> Check {
        let why = self.why(one);
        let since = one.since();
        let waits = match since {
            Some(since) => finding::waits_since(queued, &one.name, self.ago(since)),
            None => finding::waits(queued, &one.name),
        };
        let found = waits.and(self.reason(why, one)).and(paced(one).into());
        let check = match why {
            Why::InSession | Why::Kept => well(Subject::Queue, found),
            Why::Blocked
            | Why::HeldOff
            | Why::Version { .. }
            | Why::NoDevice
            | Why::NothingSealed
            | Why::Dormant
            | Why::NoSecret
            | Why::NoPlaces
            | Why::UnderWay
            | Why::Unsealed => ill(Subject::Queue, found, help(why, one)),
        };
        Check {
            since: since.map(WallTime::as_millis),
            ..about(one, check)
        }
    }

    pub(super) fn why(&self, one: &Prospect) -> Why {
        let places = one.devices.iter().map(|device| device.places);
        let is_dormant = one.devices.iter().all(|device| device.is_dormant);
        if one.is_blocked {
            Why::Blocked
        } else if one.alarm.is_some() {
            Why::HeldOff
        } else if one.session.is_some() {
            Why::InSession
        } else if let Some(newer) = one.newer {
            Why::Version { newer }
        } else if one.carried() == one.queued() {
            Why::Kept
        } else if one.devices.is_empty() {
            Why::NoDevice
        } else if self.prospects.carrying.quotas.is_none() {
            Why::NothingSealed
        } else if is_dormant {
            Why::Dormant
        } else if places.clone().all(|places| places.is_none()) {
            Why::NoSecret
        } else if places.flatten().all(|places| places == 0) {
            Why::NoPlaces
        } else if one.under_way.envelopes > 0 {
            Why::UnderWay
        } else {
            Why::Unsealed
        }
    }

    fn reason(&self, why: Why, one: &Prospect) -> Said {
        let silent = || match one.heard_at() {
            Some(heard) => finding::last_heard(self.ago(heard)),
            None => finding::never_heard(),
        };
        match why {
            Why::Blocked => finding::they_are_blocked(),
            Why::HeldOff => finding::they_are_held_off(),
            Why::InSession => finding::session_open(),
            Why::Version { newer: true } => finding::they_are_newer(),
            Why::Version { newer: false } => finding::they_are_older(),
            Why::NoDevice => finding::no_device_known(),
            Why::Kept => kept(&one.under_way, &one.keepers),
            Why::NothingSealed => silent().and(finding::seals_nothing()),
            Why::Dormant => silent().and(finding::silent_too_long(Span(DORMANT_AFTER))),
            Why::NoSecret => silent().and(finding::no_secret()),
            Why::NoPlaces => silent().and(finding::no_places()),
            Why::UnderWay => silent().and(kept(&one.under_way, &one.keepers)),
            Why::Unsealed => silent().and(finding::nothing_sealed_yet()),
        }
    }

    /// How long ago something was; a time that is yet to come was just now.
    pub(super) fn ago(&self, then: WallTime) -> Span {
        since(then, self.now)
    }
}

fn since(then: WallTime, now: WallTime) -> Span {
    let millis = now.as_millis().saturating_sub(then.as_millis());
    Span(Duration::from_millis(millis))
}

/// That what is written now waits, if it does.
fn paced(one: &Prospect) -> Option<Said> {
    let pace = one.devices.iter().map(|device| device.pace).max();
    let pace = pace.filter(|pace| !pace.is_zero())?;
    Some(finding::paced(Span(pace)))
}

fn help(why: Why, one: &Prospect) -> Said {
    let short = one.short();
    match why {
        Why::Blocked => finding::unblock(&short),
        Why::HeldOff => finding::compare_words(&short),
        Why::InSession | Why::Kept => Said::default(),
        Why::Version { newer } => update(newer),
        Why::NoDevice => finding::meet_a_member(),
        Why::NothingSealed | Why::Dormant | Why::NoSecret => finding::meet(),
        Why::NoPlaces => finding::meet().and(finding::or_wait()),
        Why::UnderWay => finding::meet().and(finding::or_carry(&short)),
        Why::Unsealed => finding::sealed_soon(),
    }
}

/// What is under way to somebody, or in a room, whose id is given in short; and who promised to keep it.
fn under_way(under_way: &UnderWay, keepers: &[Keeper], short: &str) -> Check {
    const SUBJECT: Subject = Subject::UnderWay;
    if under_way.envelopes == 0 {
        return well(SUBJECT, finding::nothing_under_way());
    }
    let kept = kept(under_way, keepers);
    if under_way.promised > 0 {
        return well(SUBJECT, kept);
    }
    ill(SUBJECT, kept, finding::meet().and(finding::or_carry(short)))
}

/// What is under way, and who keeps how much of it for how long.
fn kept(under_way: &UnderWay, keepers: &[Keeper]) -> Said {
    let [envelopes, promised] = [under_way.envelopes, under_way.promised].map(count);
    let said = match promised {
        0 => return finding::under_way(envelopes),
        promised if promised == envelopes => finding::under_way_kept(envelopes),
        promised => finding::under_way_partly_kept(envelopes, promised),
    };
    let named = keepers.iter().take(NAMES_MAX);
    let named = named.map(|keeper| finding::kept_by(&keeper.name, Span(keeper.left)));
    let more = count(keepers.len().saturating_sub(NAMES_MAX));
    let more = (more > 0).then(|| finding::kept_by_more(more));
    said.and(named.collect()).and(more.into())
}

fn contact(one: &Prospect) -> Check {
    const SUBJECT: Subject = Subject::Contact;
    let name = &one.name;
    let check = if one.is_blocked {
        let found = finding::contact_blocked(name);
        ill(SUBJECT, found, help(Why::Blocked, one))
    } else if one.alarm.is_some() {
        let found = finding::contact_held_off(name);
        ill(SUBJECT, found, help(Why::HeldOff, one))
    } else if one.is_verified {
        well(SUBJECT, finding::contact_verified(name))
    } else {
        let found = finding::contact_unverified(name);
        advised(SUBJECT, found, finding::verify(&one.short()))
    };
    about(one, check)
}

fn standing(room: &Room) -> Check {
    const SUBJECT: Subject = Subject::Room;
    if room.is_joined {
        let others = count(room.others.len());
        return well(SUBJECT, finding::room_joined(&room.title, others));
    }
    let found = finding::room_not_joined(&room.title);
    ill(SUBJECT, found, finding::accept_room())
}

pub(super) fn about(one: &Prospect, check: Check) -> Check {
    Check {
        person: Some(one.person),
        ..check
    }
}
