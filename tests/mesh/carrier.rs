//! What a node keeps for others, by one of the policies that are compared.
//!
//! Invariants
//! - What `held` and `buried` say is what the store says; they are there because bits are compared faster.
//! - A plain carrier never learns that mail has arrived.

mod plain;
mod shelved;

use tidings_protocol::carry::Quotas;

use crate::bits::Bits;
use crate::traffic::{Mail, Traffic};
use plain::Plain;
use shelved::Shelved;

/// How mail finds its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Who sends it meets whom it is for.
    Direct,
    /// Everybody gives everything to everybody.
    Epidemic,
    /// The shelf of the product, among strangers: as far as the copies go.
    Tidings,
    /// The same, among people all of whom are contacts of each other: copies are not counted.
    Contacts,
}

impl Policy {
    /// All, in the order of the table.
    pub(crate) const ALL: [Self; 4] = [Self::Direct, Self::Epidemic, Self::Tidings, Self::Contacts];

    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Epidemic => "epidemic",
            Self::Tidings => "Tidings",
            Self::Contacts => "Tidings, all contacts",
        }
    }
}

/// What is said of mail beside it when it is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parcel {
    /// How long it has been carried, in milliseconds.
    pub(crate) age: u64,
    /// Through how many carriers it came.
    pub(crate) hops: u8,
    /// How many copies go along.
    pub(crate) copies: u8,
}

/// What one node keeps.
#[derive(Debug)]
pub(crate) enum Carrier {
    /// As others do it, to compare.
    Plain(Plain),
    /// As the product does it.
    Shelved(Box<Shelved>),
}

impl Carrier {
    /// One who keeps nothing yet. Plain carriers have as much room as the product has for strangers' mail.
    pub(crate) fn new(policy: Policy, quotas: Quotas) -> Self {
        match policy {
            Policy::Direct => Self::Plain(Plain::new(false, quotas)),
            Policy::Epidemic => Self::Plain(Plain::new(true, quotas)),
            Policy::Tidings => Self::Shelved(Box::new(Shelved::new(false, quotas))),
            Policy::Contacts => Self::Shelved(Box::new(Shelved::new(true, quotas))),
        }
    }

    /// The numbers of what is kept.
    pub(crate) const fn held(&self) -> &Bits {
        match self {
            Self::Plain(plain) => plain.held(),
            Self::Shelved(shelved) => shelved.held(),
        }
    }

    /// The numbers of what is not taken any more: it has arrived here, or is known to have.
    pub(crate) const fn buried(&self) -> &Bits {
        match self {
            Self::Plain(plain) => plain.arrived(),
            Self::Shelved(shelved) => shelved.buried(),
        }
    }

    /// Whether others are told what has arrived.
    pub(crate) const fn tells(&self) -> bool {
        matches!(self, Self::Shelved(_))
    }

    /// Keeps mail of its own.
    pub(crate) fn post(&mut self, mail: &Mail) {
        match self {
            Self::Plain(plain) => plain.post(mail),
            Self::Shelved(shelved) => shelved.post(mail),
        }
    }

    /// Whether somebody else may get it, to keep it.
    pub(crate) fn may_pass_on(&self, mail: &Mail, now: u64) -> bool {
        match self {
            Self::Plain(plain) => plain.passes_on(),
            Self::Shelved(shelved) => shelved.may_pass_on(mail, now),
        }
    }

    /// What would be said beside it, if it is passed on.
    pub(crate) fn offer(&self, mail: &Mail, now: u64) -> Option<Parcel> {
        match self {
            Self::Plain(plain) => plain.passes_on().then_some(Parcel {
                age: now - mail.sent_at,
                hops: 0,
                copies: 0,
            }),
            Self::Shelved(shelved) => shelved.offer(mail, now),
        }
    }

    /// Whether it would be kept, coming from that node.
    pub(crate) fn would_keep(&self, mail: &Mail, parcel: Parcel, from: usize) -> bool {
        match self {
            Self::Plain(plain) => plain.would_keep(),
            Self::Shelved(shelved) => shelved.would_keep(mail, parcel, from),
        }
    }

    /// Takes out of the copies what goes along.
    pub(crate) fn spend(&mut self, mail: &Mail, now: u64) -> Option<u8> {
        match self {
            Self::Plain(_) => Some(0),
            Self::Shelved(shelved) => shelved.spend(mail, now),
        }
    }

    /// Keeps mail that a node brings; says whether it does.
    pub(crate) fn keep(
        &mut self,
        mail: &Mail,
        parcel: Parcel,
        from: usize,
        now: u64,
        traffic: &Traffic,
    ) -> bool {
        match self {
            Self::Plain(plain) => plain.keep(mail),
            Self::Shelved(shelved) => shelved.keep(mail, parcel, from, now, traffic),
        }
    }

    /// Opens mail that is for this node.
    pub(crate) fn open(&mut self, mail: &Mail) {
        match self {
            Self::Plain(plain) => plain.open(mail),
            Self::Shelved(shelved) => shelved.open(mail),
        }
    }

    /// Hears that mail has arrived; says whether it kept it until then.
    pub(crate) fn purge(&mut self, mail: &Mail, now: u64) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Shelved(shelved) => shelved.purge(mail, now),
        }
    }

    /// Drops what is over.
    pub(crate) fn expire(&mut self, now: u64, traffic: &Traffic) {
        match self {
            Self::Plain(plain) => plain.expire(now, traffic),
            Self::Shelved(shelved) => shelved.expire(now, traffic),
        }
    }
}
