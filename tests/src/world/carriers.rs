//! The audit of carriers: what they keep is what they may, says of nobody, and comes to whom it is for.
//!
//! Invariants
//! - It looks at what is durable, at what was made durable when, and at who met whom; never into an engine.
//! - What a traitor could keep from coming, or said that it keeps, is asked of nobody.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::carry::{HOPS_MAX, Tier};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::engine::Command;
use tidings_protocol::envelope::Envelope;
use tidings_protocol::id::{ActorId, ConversationId, EnvelopeId, OperationId, PersonId};
use tidings_protocol::operation::Content;
use tidings_protocol::record::{OutboxRecord, Outcome, Profile, RoomStanding};
use tidings_store::{MessageOrder, MessageQuery, MessageRow};

use super::ledger::{Entry, Fate};
use super::{Device, World};

/// How long an envelope takes to be sealed of what was written, at most: somebody may not have noticed yet that who it
/// is for is gone.
const SEALED_MILLIS: u64 = 180_000;
/// How long a part of an id is by which somebody is known again.
const PART_BYTES: usize = 8;

/// What came of what was written, for whom somebody carried it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Messages that had to come, and did, to one device each.
    pub came: u64,
    /// Of those, how many over somebody else.
    pub by_carriers: u64,
    /// Messages that are shown as carried.
    pub promised: u64,
}

/// What one device's store says.
#[derive(Debug)]
struct Known {
    contacts: BTreeSet<PersonId>,
    rooms: BTreeSet<ConversationId>,
    rows: BTreeMap<OperationId, (ActorId, u64)>,
}

/// A message that may be carried.
#[derive(Debug)]
struct Letter {
    from: usize,
    written_at: u64,
    readers: BTreeSet<usize>,
    sealed: Vec<EnvelopeId>,
}

impl World {
    /// What must hold at any time: carriers keep what they may and promised to, what was purged stays away, only who
    /// may purged it, and nothing that they keep says of anybody.
    pub fn check_carriers(&mut self) -> Carried {
        let mut carried = Carried::default();
        self.check_anonymous();
        for device in self.honest() {
            self.check_kept(device);
            self.check_purged(device);
            carried.promised += self.check_promised(device);
        }
        carried
    }

    /// What a device keeps is in its store, within its quotas, and none of it was purged.
    fn check_kept(&mut self, index: usize) {
        let device = &mut self.devices[index];
        let name = device.name.clone();
        let profile = device.disk.profile();
        let reader = device.disk.reader();
        let ledger = &device.disk.ledger;
        let complaints = &ledger.complaints;
        assert!(complaints.is_empty(), "{name} {complaints:?}");
        let noted: Vec<_> = ledger.held().map(|entry| entry.record).collect();
        assert_eq!(profile.carried, noted, "what {name} keeps is in its store");
        let graves: Vec<_> = ledger.graves.values().copied().collect();
        assert_eq!(
            profile.tombstones, graves,
            "what {name} was shown as purged"
        );
        for (record, bytes) in reader
            .carried_after(&(0..=u8::MAX), None, usize::MAX)
            .expect("it is read")
        {
            let envelope = Envelope::from_bytes(&bytes).expect("an envelope is kept");
            let is_same = envelope.id() == record.id && *envelope.header() == record.header;
            assert!(
                is_same && bytes.len() == record.bytes,
                "{name}'s {record:?}"
            );
            let is_purged = ledger.graves.contains_key(&record.header.purge);
            assert!(!is_purged, "{name} keeps {record:?}, which was purged");
        }
        let Some(quotas) = ledger.quotas else {
            return;
        };
        for (tier, used) in reader.carrying().expect("it is counted").tiers {
            let most = (quotas.bytes_of(tier), quotas.envelopes_of(tier));
            let fits = used.bytes <= most.0 && used.envelopes <= most.1;
            assert!(fits, "{name}'s {tier:?}: {used:?} is over {most:?}");
        }
    }

    /// What is purged somewhere was let go by who sealed it, or is where it was to go.
    fn check_purged(&mut self, index: usize) {
        let graves: BTreeSet<[u8; 32]> = self.devices[index]
            .disk
            .ledger
            .graves
            .keys()
            .copied()
            .collect();
        let mut claims = Vec::new();
        for sealer in self.honest() {
            let ledger = &self.devices[sealer].disk.ledger;
            for (id, sealed) in &ledger.sealed {
                let purge = ledger
                    .entries
                    .get(id)
                    .map(|entry| entry.record.header.purge);
                if !sealed.is_over && purge.is_some_and(|purge| graves.contains(&purge)) {
                    claims.push((sealer, sealed.record.clone()));
                }
            }
        }
        for (sealer, record) in claims {
            let Some(enclosed) = record.enclosed else {
                continue;
            };
            let reader = self.devices[index].name.clone();
            let to = self
                .devices
                .iter()
                .position(|device| Some(device.id) == record.device);
            let to = to.unwrap_or_else(|| {
                panic!(
                    "{reader} purged {:?} of {sealer} for all of a room",
                    record.envelope
                )
            });
            let is_there = self.traitors.contains(&to) || {
                let conversation = self.conversation(sealer, to);
                let held = self.devices[to].reader().operations(
                    conversation,
                    enclosed.actor,
                    enclosed.first,
                    enclosed.last,
                    usize::MAX,
                );
                let written = enclosed.last - enclosed.first + 1;
                u64::try_from(held.expect("it is read").len()).expect("few") == written
            };
            assert!(
                is_there,
                "{reader} purged {:?} before it came",
                record.envelope
            );
        }
    }

    /// What somebody shows as carried is promised by a contact's device that keeps it, if it is honest; returns how
    /// much that is.
    fn check_promised(&mut self, index: usize) -> u64 {
        if !self.devices[index].is_settled() {
            return 0;
        }
        let profile = self.devices[index].disk.profile();
        let carried = profile.outbox.iter();
        let carried = carried.filter(|entry| entry.state == DeliveryState::Carried);
        let mut count = 0;
        for entry in carried {
            count += 1;
            let promises = self.promises(index, &profile, entry);
            let name = &self.devices[index].name;
            assert!(
                !promises.is_empty(),
                "{name} shows {entry:?} as carried, which nobody promised"
            );
            for (id, holder) in promises {
                if !self.traitors.contains(&holder) {
                    self.check_custody(index, holder, &id);
                }
            }
        }
        count
    }

    /// The promises that stand for what is shown as carried, and of whose devices.
    fn promises(
        &mut self,
        index: usize,
        profile: &Profile,
        entry: &OutboxRecord,
    ) -> Vec<(EnvelopeId, usize)> {
        let now = self.devices[index].carry_time(self.now);
        let enclosing = profile.deposits.iter().filter(|deposit| {
            deposit.people.contains(&entry.person)
                && deposit.enclosed.is_some_and(|enclosed| {
                    enclosed.actor == entry.actor
                        && (enclosed.first..=enclosed.last).contains(&entry.seq)
                })
        });
        let enclosing: BTreeSet<EnvelopeId> = enclosing.map(|deposit| deposit.envelope).collect();
        let contacts: BTreeSet<PersonId> = profile.contacts.iter().map(|one| one.person).collect();
        let standing = profile.custodies.iter();
        let standing =
            standing.filter(|custody| enclosing.contains(&custody.envelope) && custody.until > now);
        let holders = standing.filter_map(|custody| {
            let holder = self
                .devices
                .iter()
                .position(|device| device.id == custody.holder)?;
            let is_contact = contacts.contains(&self.devices[holder].person);
            is_contact.then_some((custody.envelope, holder))
        });
        holders.collect()
    }

    /// Who promised to keep an envelope does, as long as nobody needs it less.
    fn check_custody(&mut self, owner: usize, holder: usize, id: &EnvelopeId) {
        let (owner, device) = (self.devices[owner].name.clone(), &mut self.devices[holder]);
        let entry = device.disk.ledger.entries.get(id).copied();
        let fate = entry.map(|entry| entry.fate);
        let name = &device.name;
        assert!(
            matches!(fate, Some(Fate::Held | Fate::Purged | Fate::Expired)),
            "{name} promised to keep {owner}'s {id:?}, which is {fate:?}"
        );
        if fate == Some(Fate::Held) {
            let kept = device.disk.reader().envelopes(&[*id], usize::MAX);
            let is_kept = !kept.expect("it is read").is_empty();
            assert!(is_kept, "{name} promised to keep {owner}'s {id:?}");
        }
    }

    /// No carrier's rows hold a part of anybody's id.
    fn check_anonymous(&mut self) {
        let mut parts: BTreeSet<[u8; PART_BYTES]> = BTreeSet::new();
        for device in &self.devices {
            let ids = [
                (*device.person.as_bytes(), device.person.to_string()),
                (*device.id.as_bytes(), device.id.to_string()),
                (*device.transport.as_bytes(), device.transport.to_string()),
            ];
            for (raw, text) in ids {
                parts.extend(windows(&raw));
                parts.extend(windows(text.as_bytes()));
            }
        }
        for device in &mut self.devices {
            let reader = device.disk.reader();
            let mut rows = Vec::new();
            let kept = reader
                .carried_after(&(0..=u8::MAX), None, usize::MAX)
                .expect("it is read");
            let news = kept
                .iter()
                .filter(|(record, _)| !self.scanned.contains(&record.id));
            for (record, bytes) in news {
                rows.push(record.header.tag.as_bytes().to_vec());
                rows.push(record.header.purge.to_vec());
                rows.push(record.id.as_bytes().to_vec());
                rows.push(bytes.clone());
            }
            rows.extend(
                kept.iter()
                    .map(|(record, _)| record.depositor.as_bytes().to_vec()),
            );
            self.scanned
                .extend(kept.iter().map(|(record, _)| record.id));
            let tombstones = reader
                .tombstones_after(None, usize::MAX)
                .expect("it is read");
            rows.extend(
                tombstones
                    .iter()
                    .map(|tombstone| tombstone.preimage.to_vec()),
            );
            let mut held = rows.iter().flat_map(|row| windows(row));
            assert!(
                !held.any(|part| parts.contains(&part)),
                "what {} carries names somebody",
                device.name
            );
        }
    }

    /// What must hold at any time for what was written: wherever it could have come over meetings of honest devices
    /// with room for it, it is there; nowhere more than once, and in its order.
    pub fn check_carried(&mut self) -> Carried {
        self.check_once();
        let devices = self.devices.iter_mut();
        let known: Vec<Known> = devices.map(Known::of).collect();
        let mut carried = Carried::default();
        for asked in &self.asked {
            let (author, request) = (&self.devices[asked.device], &asked.request);
            let reply = author.replies.get(request);
            let (
                Some(at),
                Some(Ok(Outcome::Sent { message })),
                Command::Write {
                    conversation,
                    content: Content::Message { .. },
                    ..
                },
            ) = (author.answered.get(request), reply, &asked.command)
            else {
                continue;
            };
            if self.traitors.contains(&asked.device) {
                continue;
            }
            let letter = Letter {
                from: asked.device,
                written_at: *at,
                readers: self.readers(asked.device, *conversation, &known),
                sealed: self.sealed_of(asked.device, known[asked.device].rows.get(message)),
            };
            for (to, due) in self.spread(&letter, &known) {
                if !letter.readers.contains(&to) || self.traitors.contains(&to) {
                    continue;
                }
                let names = [asked.device, to].map(|one| &self.devices[one].name);
                let is_there = known[to].rows.contains_key(message);
                assert!(
                    is_there,
                    "{names:?}: {:?} of {at} was to come until {due}, now {}; {letter:?}",
                    asked.command, self.now
                );
                carried.came += 1;
                carried.by_carriers += u64::from(!self.meetings.met(asked.device, to, *at, due));
            }
        }
        carried
    }

    /// Nobody shows a message twice, nor one author's messages out of their order.
    fn check_once(&mut self) {
        for device in self.honest() {
            let query = MessageQuery {
                conversation: None,
                unread_only: false,
                order: MessageOrder::Newest { limit: None },
            };
            let rows = self.devices[device].reader().messages(&query);
            let rows = rows.expect("messages are read");
            let name = &self.devices[device].name;
            let mut texts = BTreeSet::new();
            let mut places: BTreeMap<_, Vec<&MessageRow>> = BTreeMap::new();
            for row in rows.iter().filter(|row| !row.deleted) {
                let is_first = texts.insert((row.conversation, row.device, &row.text));
                assert!(is_first, "{name} shows {:?} twice", row.text);
                places.entry(row.actor).or_default().push(row);
            }
            for rows in places.values() {
                let seqs: Vec<u64> = rows.iter().map(|row| row.seq).collect();
                let mut sorted = seqs.clone();
                sorted.sort_unstable();
                sorted.dedup();
                let is_newest_first = seqs.iter().rev().eq(&sorted);
                assert!(is_newest_first || seqs == sorted, "{name} shows {seqs:?}");
            }
        }
    }

    /// Where a message was to be when, at the latest.
    fn spread(&self, letter: &Letter, known: &[Known]) -> BTreeMap<usize, u64> {
        let from = letter.written_at.saturating_add(SEALED_MILLIS);
        let passes = |giver: usize, taker: usize, begun: u64, done: u64| {
            // Whoever it is for takes it whatever else there is, and has no need to pass it on.
            let gives = !self.traitors.contains(&giver) && !letter.readers.contains(&giver);
            let takes = letter.readers.contains(&taker);
            gives
                && self.is_at_hand(giver, letter, done)
                && (takes || self.has_room([giver, taker], letter, known, begun, done))
        };
        self.meetings.spread(letter.from, from, self.now, passes)
    }

    /// Whether somebody who was to have a message has it then, in an envelope that is not too old, or may never
    /// have needed one.
    fn is_at_hand(&self, giver: usize, letter: &Letter, at: u64) -> bool {
        let entries = &self.devices[giver].disk.ledger.entries;
        let sealed = letter.sealed.iter().filter_map(|id| entries.get(id));
        let mut kept = sealed.peekable();
        kept.peek().is_none() || kept.any(|entry| entry.is_of(at))
    }

    /// Whether somebody may give another what was sealed of a message, who has room for it.
    fn has_room(
        &self,
        [giver, taker]: [usize; 2],
        letter: &Letter,
        known: &[Known],
        begun: u64,
        done: u64,
    ) -> bool {
        if self.traitors.contains(&taker) || self.devices[taker].quotas.is_none() {
            return false;
        }
        let knows =
            |one: usize, other: usize| known[one].contacts.contains(&self.devices[other].person);
        let are_contacts = knows(giver, taker) && knows(taker, giver);
        let tiers: &[Tier] = if are_contacts {
            &[Tier::Contact, Tier::Friend]
        } else {
            &[Tier::Stranger]
        };
        let ledger = &self.devices[taker].disk.ledger;
        let mut tiers = tiers.iter();
        if tiers.any(|tier| ledger.is_tight(*tier, begun, done)) {
            return false;
        }
        let entries = &self.devices[giver].disk.ledger.entries;
        let mut kept = letter
            .sealed
            .iter()
            .filter_map(|id| entries.get(id))
            .peekable();
        let is_fit = |entry: &Entry| {
            let has_copies = are_contacts || entry.spent_at.is_none_or(|at| at > done);
            // Whoever brought it may have said that it is old, or has come far.
            has_copies && entry.is_of(done) && entry.record.hops < HOPS_MAX
        };
        kept.peek().is_none() || kept.any(is_fit)
    }

    /// The envelopes in which something was sealed.
    fn sealed_of(&self, device: usize, place: Option<&(ActorId, u64)>) -> Vec<EnvelopeId> {
        let sealed = self.devices[device].disk.ledger.sealed.iter();
        let of_it = sealed.filter(|(_, sealed)| {
            sealed
                .record
                .enclosed
                .zip(place)
                .is_some_and(|(enclosed, (actor, seq))| {
                    enclosed.actor == *actor && (enclosed.first..=enclosed.last).contains(seq)
                })
        });
        of_it.map(|(id, _)| *id).collect()
    }

    /// The devices that what one writes is for.
    fn readers(
        &self,
        from: usize,
        conversation: ConversationId,
        known: &[Known],
    ) -> BTreeSet<usize> {
        let person = self.devices[from].person;
        let others = self.devices.iter().enumerate();
        let others = others.filter(|(to, device)| {
            let is_direct = device.conversation(person) == conversation;
            let is_known = known[*to].contacts.contains(&person);
            is_direct && is_known || known[*to].rooms.contains(&conversation)
        });
        let others = others.map(|(to, _)| to);
        others.filter(|to| *to != from).collect()
    }
}

impl Known {
    fn of(device: &mut Device) -> Self {
        let profile = device.disk.profile();
        let joined = profile.rooms.iter();
        let joined = joined.filter(|room| room.standing == RoomStanding::Joined);
        let query = MessageQuery {
            conversation: None,
            unread_only: false,
            order: MessageOrder::Newest { limit: None },
        };
        let rows = device.reader().messages(&query);
        let rows = rows.expect("messages are read").into_iter();
        Self {
            contacts: profile.contacts.iter().map(|one| one.person).collect(),
            rooms: joined.map(|room| room.conversation).collect(),
            rows: rows.map(|row| (row.id, (row.actor, row.seq))).collect(),
        }
    }
}

fn windows(bytes: &[u8]) -> impl Iterator<Item = [u8; PART_BYTES]> + '_ {
    let windows = bytes.windows(PART_BYTES);
    windows.map(|window| window.try_into().expect("as long as that"))
}
