//! What is looked at of what waits: for whom, why, and what would help.

use std::time::Duration;

use tidings_protocol::engine::{DORMANT_AFTER, UnderWay};
use tidings_protocol::id::{ConversationId, PersonId};
use tidings_protocol::time::WallTime;

use super::{advised, count, ill, well};
use crate::api::{Check, OtherVersion};
use crate::service::prospects::{Keeper, Prospect, Prospects, short};
use crate::words::{counted, lasting, named};

/// People for whom something waits of whom each is told; how many more there are is told once.
pub(super) const QUEUE_PEOPLE_MAX: usize = 32;

pub(super) const MEET: &str =
    "Meet once, on any network where both of you run `tidings daemon run`.";

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
    const NAME: &str = "versions";
    if others.is_empty() {
        return vec![well(NAME, "Nobody was met whose version is another one.")];
    }
    let told = others.iter().map(|other| Check {
        person: Some(other.person),
        ..ill(
            NAME,
            format!(
                "{} runs a version that this one cannot talk to.",
                other.name
            ),
            update(other.newer),
        )
    });
    told.collect()
}

/// The joins that wait for an answer, by when each was begun.
pub(super) fn joins(begun: &[WallTime], now: WallTime) -> Check {
    const NAME: &str = "joins";
    let Some(oldest) = begun.iter().min() else {
        return well(NAME, "No join waits for an answer.");
    };
    let waiting = counted(count(begun.len()), "join");
    let waits = if begun.len() == 1 { "waits" } else { "wait" };
    Check {
        since: Some(oldest.as_millis()),
        ..ill(
            NAME,
            format!(
                "{waiting} {waits} for an answer, the oldest for {}.",
                since(*oldest, now)
            ),
            "Both of you run `tidings daemon run`, on one network or with friends between you. Or carry a stick to and \
             fro: `tidings bundle export PATH`.",
        )
    }
}

const fn update(newer: bool) -> &'static str {
    if newer {
        "Update this Tidings: theirs is newer."
    } else {
        "Ask them to update Tidings: theirs is older."
    }
}

impl Delivery<'_> {
    /// What waits, each person's by itself.
    pub(super) fn queue(&self) -> Vec<Check> {
        let people = self.prospects.people.iter();
        let people: Vec<&Prospect> = people.filter(|one| one.queued() > 0).collect();
        if people.is_empty() {
            return vec![well("queue", "Nothing waits to be delivered.")];
        }
        let shown = people.iter().take(QUEUE_PEOPLE_MAX);
        let mut checks: Vec<Check> = shown.map(|one| self.waiting(one, one.queued())).collect();
        let rest = people.get(QUEUE_PEOPLE_MAX..).unwrap_or_default();
        if !rest.is_empty() {
            let detail = format!("Messages wait for {} more.", people_of(rest.len()));
            let hint = "`tidings doctor WHO` says more of each of them.";
            checks.push(ill("queue", detail, hint));
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
                well("queue", format!("Nothing waits for {}.", one.name)),
            ),
            queued => self.waiting(one, queued),
        });
        let export = format!("`tidings bundle export PATH --for {}`", one.short());
        let under_way = self.under_way(&one.under_way, &one.keepers, &export);
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
            checks.push(well("queue", "Nothing waits in this room."));
        } else {
            checks.extend(waiting);
        }
        let under_way = self.prospects.under_way_in(&room.conversation);
        let keepers = self.prospects.keepers(&under_way);
        let id = short(&room.conversation);
        let export = format!("`tidings bundle export PATH --for {id}`");
        checks.push(self.under_way(&under_way, &keepers, &export));
        checks
    }

    /// What waits for somebody, and why.
    fn waiting(&self, one: &Prospect, queued: u64) -> Check {
        let why = self.why(one);
        let since = one.since();
        let oldest = since.map(|since| format!(", the oldest for {}", self.ago(since)));
        let waiting = format!(
            "{} {} for {}{}.",
            counted(queued, "message"),
            if queued == 1 { "waits" } else { "wait" },
            one.name,
            oldest.unwrap_or_default()
        );
        let detail = format!("{waiting} {}{}", self.reason(why, one), paced(one));
        let check = match why {
            Why::InSession | Why::Kept => well("queue", detail),
            Why::Blocked
            | Why::HeldOff
            | Why::Version { .. }
            | Why::NoDevice
            | Why::NothingSealed
            | Why::Dormant
            | Why::NoSecret
            | Why::NoPlaces
            | Why::UnderWay
            | Why::Unsealed => ill("queue", detail, help(why, one)),
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

    fn reason(&self, why: Why, one: &Prospect) -> String {
        let silent = || match one.heard_at() {
            Some(heard) => format!("last heard of {} ago", self.ago(heard)),
            None => "nothing heard of them yet".to_owned(),
        };
        match why {
            Why::Blocked => "They are blocked, so nothing goes to them.".to_owned(),
            Why::HeldOff => "They are held off until you compare safety words again.".to_owned(),
            Why::InSession => "A session is open, so it is on its way.".to_owned(),
            Why::Version { newer: true } => "Their version is newer than this one.".to_owned(),
            Why::Version { newer: false } => "Their version is older than this one.".to_owned(),
            Why::NoDevice => {
                "No device of theirs is known, so there are no keys to seal it to.".to_owned()
            }
            Why::Kept => kept(&one.under_way, &one.keepers),
            Why::NothingSealed => {
                format!("Not connected, {}; this node seals nothing.", silent())
            }
            Why::Dormant => format!(
                "Silent for {} ({}), so nothing is sealed to them any more.",
                lasting(DORMANT_AFTER),
                silent()
            ),
            Why::NoSecret => format!(
                "Not connected, {}: no envelope can be sealed to them before you have met.",
                silent()
            ),
            Why::NoPlaces => format!(
                "Not connected, {}; as many envelopes as may be under way to them are.",
                silent()
            ),
            Why::UnderWay => format!(
                "Not connected, {}. {}",
                silent(),
                kept(&one.under_way, &one.keepers)
            ),
            Why::Unsealed => format!("Not connected, {}; no envelope is sealed yet.", silent()),
        }
    }

    /// What is under way, and who promised to keep it.
    fn under_way(&self, under_way: &UnderWay, keepers: &[Keeper], export: &str) -> Check {
        const NAME: &str = "under_way";
        if under_way.envelopes == 0 {
            return well(NAME, "No envelope is under way.");
        }
        let detail = kept(under_way, keepers);
        if under_way.promised > 0 {
            return well(NAME, detail);
        }
        ill(NAME, detail, carry(export))
    }

    /// How long ago something was; a time that is yet to come was just now.
    pub(super) fn ago(&self, then: WallTime) -> String {
        since(then, self.now)
    }
}

fn since(then: WallTime, now: WallTime) -> String {
    let millis = now.as_millis().saturating_sub(then.as_millis());
    lasting(Duration::from_millis(millis))
}

/// That what is written now waits, if it does.
fn paced(one: &Prospect) -> String {
    let pace = one.devices.iter().map(|device| device.pace).max();
    let pace = pace.filter(|pace| !pace.is_zero());
    pace.map_or_else(String::new, |pace| {
        let pace = lasting(pace);
        format!(" With so many, what is written now waits up to {pace} for more to go with it; `send --priority` does not.")
    })
}

fn help(why: Why, one: &Prospect) -> String {
    let short = one.short();
    match why {
        Why::Blocked => format!("`tidings contacts unblock {short}` lets it go."),
        Why::HeldOff => format!("`tidings contacts verify {short}` compares the words with you."),
        Why::InSession | Why::Kept => String::new(),
        Why::Version { newer } => update(newer).to_owned(),
        Why::NoDevice => "Meet somebody of the room who has met them: that brings their keys.".to_owned(),
        Why::NothingSealed | Why::Dormant | Why::NoSecret => MEET.to_owned(),
        Why::NoPlaces => format!("{MEET} Or wait until they answer: that makes room for more."),
        Why::UnderWay => carry(&format!("`tidings bundle export PATH --for {short}`")),
        Why::Unsealed => "It is sealed within ten minutes while a node runs; `tidings daemon run` keeps one running.".to_owned(),
    }
}

fn carry(export: &str) -> String {
    format!(
        "{MEET} Or ask a common friend to run `tidings daemon run --mailbox`. Or carry a stick: {export}."
    )
}

/// What is under way, and who keeps how much of it for how long.
fn kept(under_way: &UnderWay, keepers: &[Keeper]) -> String {
    let envelopes = count(under_way.envelopes);
    let said = format!(
        "{} {} under way",
        counted(envelopes, "envelope"),
        if envelopes == 1 { "is" } else { "are" }
    );
    let mut names: Vec<String> = Vec::new();
    for keeper in keepers {
        let left = lasting(keeper.left);
        names.push(format!("{} (for {left} more)", keeper.name));
    }
    match under_way.promised {
        0 => format!("{said}; nobody has promised to keep any."),
        promised if promised == under_way.envelopes => {
            format!("{said}, kept by {}.", named(&names))
        }
        promised => format!("{said}, {promised} of them kept by {}.", named(&names)),
    }
}

fn contact(one: &Prospect) -> Check {
    const NAME: &str = "contact";
    let name = &one.name;
    let check = if one.is_blocked {
        ill(NAME, format!("{name} is blocked."), help(Why::Blocked, one))
    } else if one.alarm.is_some() {
        let detail = format!("{name} is held off until safety words are compared again.");
        ill(NAME, detail, help(Why::HeldOff, one))
    } else if one.is_verified {
        well(NAME, format!("{name} is a contact, verified."))
    } else {
        advised(
            NAME,
            format!("{name} is a contact, not verified."),
            format!(
                "`tidings contacts verify {}` makes sure that it is them.",
                one.short()
            ),
        )
    };
    about(one, check)
}

fn standing(room: &Room) -> Check {
    if room.is_joined {
        let others = counted(count(room.others.len()), "other member");
        return well("room", format!("You are in {}, with {others}.", room.title));
    }
    ill(
        "room",
        format!("You are not in {}, or not yet.", room.title),
        "`tidings room list` shows where you stand; `tidings room accept` takes an invitation.",
    )
}

pub(super) fn about(one: &Prospect, check: Check) -> Check {
    Check {
        person: Some(one.person),
        ..check
    }
}

fn people_of(number: usize) -> String {
    if number == 1 {
        "1 person".to_owned()
    } else {
        format!("{number} people")
    }
}
