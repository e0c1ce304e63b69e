//! Carrying: what a device keeps for others who are not there, and passes on to whom it meets.
//!
//! ```text
//!   sealed here -----+                         +--> to neighbours, as far as its copies go
//!   of a neighbour --+--> shelf (within quotas) --> to whom it is for, who knows its tag
//!   of a bundle -----+        |                +--> into bundles
//!                             +--> gone when its lifetime is over, or purged: then it never comes back
//! ```
//!
//! Invariants
//! - What is carried says nothing of who sealed it or whom it is for, and nothing kept beside it does.
//! - Age only grows, by this device's own count of time: no clock has to be right.
//! - Nothing that others bring takes more room than its share.

mod board;
mod frame;
mod notice;
pub mod reconcile;
mod shelf;
mod tier;

pub use board::{Board, Ignored, Posted};
pub(crate) use board::{OF_KIND_MAX, PASSED_MAX};
pub use frame::{
    CarriedEnvelope, CarriedNotice, CarryFrame, HEARD_MAX, NOTICES_MAX, OFFERS_MAX, Offered,
    PURGES_MAX, WANTED_MAX,
};
pub use notice::{
    NOTICE_BYTES_MAX, NOTICE_TEXT_BYTES_MAX, Notice, NoticeError, NoticeHint, NoticeKind,
    NoticeText, SignedNotice,
};
pub use reconcile::{Answering, Asking, Progress, ReconcileError};
pub use shelf::{Brought, Expired, Kept, Purged, Refused, Shelf, Used, age, may_pass_on};
pub use tier::{Depositor, Quotas, Tier};

/// Through how many carriers an envelope goes at most.
pub const HOPS_MAX: u8 = 12;
/// To how many strangers an envelope is passed on, all that those pass it on to included; a last copy that
/// wanders counts once.
pub const COPIES_MAX: u8 = 160;
/// What was purged is remembered of so many; what would be forgotten first makes room.
pub const TOMBSTONES_MAX: usize = 65_536;
