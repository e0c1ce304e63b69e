//! The product's shelf, in which nobody is known, or everybody is a contact.
//!
//! Invariants
//! - Every decision is the shelf's.

use std::time::Duration;

use tidings_protocol::carry::{
    Brought, COPIES_MAX, Depositor, Quotas, Shelf, Tier, age, may_pass_on,
};
use tidings_protocol::record::TombstoneRecord;
use tidings_protocol::time::CarryTime;

use super::Parcel;
use crate::bits::Bits;
use crate::traffic::{Mail, Traffic};

/// The shelf of one node.
#[derive(Debug)]
pub(crate) struct Shelved {
    shelf: Shelf,
    is_contact: bool,
    held: Bits,
    buried: Bits,
}

impl Shelved {
    pub(super) const fn new(is_contact: bool, quotas: Quotas) -> Self {
        Self {
            shelf: Shelf::new(quotas),
            is_contact,
            held: Bits::new(),
            buried: Bits::new(),
        }
    }

    pub(super) const fn held(&self) -> &Bits {
        &self.held
    }

    pub(super) const fn buried(&self) -> &Bits {
        &self.buried
    }

    pub(super) fn post(&mut self, mail: &Mail) {
        let brought = Brought {
            age: Duration::ZERO,
            hops: 0,
            copies: COPIES_MAX,
            tier: Tier::Own,
            depositor: Depositor::default(),
        };
        let now = CarryTime::from_millis(mail.sent_at);
        if self.shelf.keep(&mail.envelope, &brought, now).is_ok() {
            self.held.insert(mail.number);
        }
    }

    pub(super) fn may_pass_on(&self, mail: &Mail, now: u64) -> bool {
        let (record, now) = (
            self.shelf.get(&mail.envelope.id()),
            CarryTime::from_millis(now),
        );
        record.is_some_and(|record| may_pass_on(record, self.is_contact, now))
    }

    pub(super) fn offer(&self, mail: &Mail, now: u64) -> Option<Parcel> {
        let record = self.shelf.get(&mail.envelope.id())?;
        let now = CarryTime::from_millis(now);
        let age = age(record, now);
        may_pass_on(record, self.is_contact, now).then_some(Parcel {
            age: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
            hops: record.hops.saturating_add(1),
            copies: 0,
        })
    }

    pub(super) fn would_keep(&self, mail: &Mail, parcel: Parcel, from: usize) -> bool {
        let (id, bytes) = (mail.envelope.id(), mail.envelope.as_bytes().len());
        let brought = self.brought(parcel, from);
        let checked = self
            .shelf
            .check(&id, mail.envelope.header(), bytes, &brought);
        checked.is_ok()
    }

    pub(super) fn spend(&mut self, mail: &Mail, now: u64) -> Option<u8> {
        let (id, now) = (mail.envelope.id(), CarryTime::from_millis(now));
        let spent = self.shelf.spend(&id, self.is_contact, now);
        spent.map(|(given, _)| given)
    }

    pub(super) fn keep(
        &mut self,
        mail: &Mail,
        parcel: Parcel,
        from: usize,
        now: u64,
        traffic: &Traffic,
    ) -> bool {
        let brought = self.brought(parcel, from);
        let now = CarryTime::from_millis(now);
        let Ok(kept) = self.shelf.keep(&mail.envelope, &brought, now) else {
            return false;
        };
        self.held.insert(mail.number);
        for number in kept.dropped.iter().filter_map(|id| traffic.number(id)) {
            self.held.remove(number);
        }
        true
    }

    pub(super) fn open(&mut self, mail: &Mail) {
        self.shelf.bury(TombstoneRecord {
            preimage: mail.preimage,
            until: CarryTime::from_millis(mail.over_at),
        });
        self.buried.insert(mail.number);
    }

    pub(super) fn purge(&mut self, mail: &Mail, now: u64) -> bool {
        let now = CarryTime::from_millis(now);
        if self.shelf.purge(mail.preimage, now).dropped.is_empty() {
            return false;
        }
        self.held.remove(mail.number);
        self.buried.insert(mail.number);
        true
    }

    pub(super) fn expire(&mut self, now: u64, traffic: &Traffic) {
        let now = CarryTime::from_millis(now);
        if self.shelf.next_at().is_none_or(|at| at > now) {
            return;
        }
        let expired = self.shelf.expire(now);
        for number in expired.dropped.iter().filter_map(|id| traffic.number(id)) {
            self.held.remove(number);
        }
        let forgotten = expired.forgotten.iter();
        for number in forgotten.filter_map(|purge| traffic.number_of_purge(purge)) {
            self.buried.remove(number);
        }
    }

    fn brought(&self, parcel: Parcel, from: usize) -> Brought {
        let from = u64::try_from(from).unwrap_or(u64::MAX);
        Brought {
            age: Duration::from_millis(parcel.age),
            hops: parcel.hops,
            copies: parcel.copies,
            tier: if self.is_contact {
                Tier::Contact
            } else {
                Tier::Stranger
            },
            depositor: Depositor::new(from.to_be_bytes()),
        }
    }
}
