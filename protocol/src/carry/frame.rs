//! Frames: what two neighbours say to each other of what they carry.
//!
//! ```text
//!   who opened the link                     the other
//!     Begin, Compare ------------------------>         reconcile.rs: which ids each lacks
//!             <----------------------- Compared
//!     Tell (what they have and we lack) ---->
//!     Offer (what we have and they lack) --->
//!             <--------------------------- Offer
//!   then either side, at any time
//!     Want  --------------------------------->         of what was offered
//!             <-------------------------- Carry        an envelope, wanted or new
//!     Purge --------------------------------->         what nobody needs any more
//!   and, where both show what is said nearby
//!     Heard <------------------------------->          the notices that each has
//!     Notices <----------------------------->          those that the other lacks, and new ones
//! ```
//!
//! Invariants
//! - A frame says nothing of who sealed an envelope or whom it is for.
//! - Whatever a neighbour claims of an envelope is bounded when it is read; its id is worked out anew.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use super::notice::{NOTICE_BYTES_MAX, NoticeHint};
use crate::envelope::{Header, Priority, SIZE_CLASSES_BYTES, check_lifetime};
use crate::id::{EnvelopeId, Tag};
use crate::wire::limits::{ENVELOPE_BYTES_MAX, FRAME_BYTES_MAX};
use crate::wire::{self, DecodeError};

/// Envelopes that one frame offers.
pub const OFFERS_MAX: usize = 512;
/// Envelopes that one frame asks for.
pub const WANTED_MAX: usize = 1024;
/// Preimages that one frame shows.
pub const PURGES_MAX: usize = 1024;
/// Notices in one frame.
pub const NOTICES_MAX: usize = 32;
/// Notices that one frame says somebody has.
pub const HEARD_MAX: usize = 2048;

/// An envelope that somebody has, without its ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// Which.
    pub id: EnvelopeId,
    /// What carriers go by.
    pub header: Header,
    /// Its size.
    pub bytes: usize,
    /// How many hours it has been carried.
    pub age_hours: u16,
    /// Through how many carriers it will have come.
    pub hops: u8,
    /// Whether it is given to be carried on; if not, only whom it is for needs it.
    pub is_given: bool,
}

/// An envelope with what travels beside it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CarriedEnvelope {
    /// How long it has been carried, in milliseconds.
    #[n(0)]
    pub age_millis: u64,
    /// Through how many carriers it has come, whoever sends this included.
    #[n(1)]
    pub hops: u8,
    /// To how many strangers it may be passed on.
    #[n(2)]
    pub copies: u8,
    /// Whether it is given to be carried on.
    #[n(3)]
    pub is_given: bool,
    /// As it travels.
    #[n(4)]
    pub envelope: ByteVec,
}

/// A notice with what travels beside it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CarriedNotice {
    /// How long it has been kept, in milliseconds.
    #[n(0)]
    pub age_millis: u64,
    /// Through how many carriers it has come, whoever sends this included.
    #[n(1)]
    pub hops: u8,
    /// As it travels.
    #[n(2)]
    pub notice: ByteVec,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarryFrame {
    /// From whoever opened the link: the first step in finding out what each lacks.
    Begin(Vec<u8>),
    /// The next one.
    Compare(Vec<u8>),
    /// The answer to that.
    Compared(Vec<u8>),
    /// Asks for an offer of these.
    Tell(Vec<EnvelopeId>),
    /// What can be had.
    Offer(Vec<Offered>),
    /// Asks for these.
    Want(Vec<EnvelopeId>),
    /// An envelope.
    Carry(CarriedEnvelope),
    /// Shows what purges envelopes.
    Purge(Vec<[u8; 32]>),
    /// The notices that are here, and that others are welcome.
    Heard(Vec<NoticeHint>),
    /// Notices.
    Notices(Vec<CarriedNotice>),
}

#[derive(Encode, Decode)]
enum Fields {
    #[n(0)]
    Compare(#[n(0)] ByteVec),
    #[n(1)]
    Compared(#[n(0)] ByteVec),
    #[n(2)]
    Tell(#[n(0)] Vec<EnvelopeId>),
    #[n(3)]
    Offer(#[n(0)] Vec<OfferedFields>),
    #[n(4)]
    Want(#[n(0)] Vec<EnvelopeId>),
    #[n(5)]
    Carry(#[n(0)] CarriedEnvelope),
    #[n(6)]
    Purge(#[n(0)] Vec<ByteArray<32>>),
    #[n(7)]
    Begin(#[n(0)] ByteVec),
    #[n(8)]
    Heard(#[n(0)] Vec<ByteArray<16>>),
    #[n(9)]
    Notices(#[n(0)] Vec<CarriedNotice>),
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct OfferedFields {
    #[n(0)]
    id: EnvelopeId,
    #[n(1)]
    tag: Tag,
    #[n(2)]
    purge: ByteArray<32>,
    #[n(3)]
    lifetime_hours: u16,
    #[n(4)]
    priority: Priority,
    /// Which of the sizes of envelopes.
    #[n(5)]
    size: u8,
    #[n(6)]
    age_hours: u16,
    #[n(7)]
    hops: u8,
    #[n(8)]
    is_given: bool,
}

impl CarryFrame {
    /// The frame as it travels.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::encode(&match self {
            Self::Begin(bytes) => Fields::Begin(bytes.clone().into()),
            Self::Compare(bytes) => Fields::Compare(bytes.clone().into()),
            Self::Compared(bytes) => Fields::Compared(bytes.clone().into()),
            Self::Tell(ids) => Fields::Tell(ids.clone()),
            Self::Offer(offered) => Fields::Offer(offered.iter().map(OfferedFields::of).collect()),
            Self::Want(ids) => Fields::Want(ids.clone()),
            Self::Carry(carried) => Fields::Carry(carried.clone()),
            Self::Purge(preimages) => {
                Fields::Purge(preimages.iter().copied().map(ByteArray::from).collect())
            }
            Self::Heard(hints) => {
                Fields::Heard(hints.iter().copied().map(ByteArray::from).collect())
            }
            Self::Notices(notices) => Fields::Notices(notices.clone()),
        })
    }

    /// Reads what a neighbour sent.
    ///
    /// # Errors
    /// [`DecodeError`] if malformed or over a limit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(match wire::decode(bytes, FRAME_BYTES_MAX)? {
            Fields::Begin(bytes) => Self::Begin(bytes.into()),
            Fields::Compare(bytes) => Self::Compare(bytes.into()),
            Fields::Compared(bytes) => Self::Compared(bytes.into()),
            Fields::Tell(ids) => {
                wire::check_count(ids.len(), WANTED_MAX)?;
                Self::Tell(ids)
            }
            Fields::Offer(offered) => {
                wire::check_count(offered.len(), OFFERS_MAX)?;
                let offered = offered.iter().map(OfferedFields::read);
                Self::Offer(offered.collect::<Result<_, _>>()?)
            }
            Fields::Want(ids) => {
                wire::check_count(ids.len(), WANTED_MAX)?;
                Self::Want(ids)
            }
            Fields::Carry(carried) => {
                wire::check_count(carried.envelope.len(), ENVELOPE_BYTES_MAX)?;
                Self::Carry(carried)
            }
            Fields::Purge(preimages) => {
                wire::check_count(preimages.len(), PURGES_MAX)?;
                Self::Purge(preimages.into_iter().map(Into::into).collect())
            }
            Fields::Heard(hints) => {
                wire::check_count(hints.len(), HEARD_MAX)?;
                Self::Heard(hints.into_iter().map(Into::into).collect())
            }
            Fields::Notices(notices) => {
                wire::check_count(notices.len(), NOTICES_MAX)?;
                for carried in &notices {
                    wire::check_count(carried.notice.len(), NOTICE_BYTES_MAX)?;
                }
                Self::Notices(notices)
            }
        })
    }
}

impl OfferedFields {
    fn of(offered: &Offered) -> Self {
        let size = SIZE_CLASSES_BYTES
            .iter()
            .position(|size| *size >= offered.bytes);
        Self {
            id: offered.id,
            tag: offered.header.tag,
            purge: offered.header.purge.into(),
            lifetime_hours: offered.header.lifetime_hours,
            priority: offered.header.priority,
            size: size.and_then(|size| u8::try_from(size).ok()).unwrap_or(0),
            age_hours: offered.age_hours,
            hops: offered.hops,
            is_given: offered.is_given,
        }
    }

    fn read(&self) -> Result<Offered, DecodeError> {
        let malformed = |what: &str| DecodeError::Malformed(what.to_owned());
        check_lifetime(self.lifetime_hours).map_err(|_| malformed("offer of too long a life"))?;
        let bytes = SIZE_CLASSES_BYTES.get(usize::from(self.size));
        Ok(Offered {
            id: self.id,
            header: Header {
                tag: self.tag,
                lifetime_hours: self.lifetime_hours,
                priority: self.priority,
                purge: *self.purge,
            },
            bytes: *bytes.ok_or_else(|| malformed("offer of no size of envelopes"))?,
            age_hours: self.age_hours,
            hops: self.hops,
            is_given: self.is_given,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_id() -> impl Strategy<Value = EnvelopeId> {
        any::<[u8; 32]>().prop_map(EnvelopeId::new)
    }

    fn any_offered() -> impl Strategy<Value = Offered> {
        let header = (
            any::<[u8; 16]>(),
            0_u16..=720,
            any::<u8>(),
            any::<[u8; 32]>(),
        );
        let header = header.prop_map(|(tag, lifetime_hours, priority, purge)| Header {
            tag: Tag::new(tag),
            lifetime_hours,
            priority: Priority::new(priority),
            purge,
        });
        let size = prop::sample::select(SIZE_CLASSES_BYTES.to_vec());
        (
            any_id(),
            header,
            size,
            any::<u16>(),
            any::<u8>(),
            any::<bool>(),
        )
            .prop_map(|(id, header, bytes, age_hours, hops, is_given)| Offered {
                id,
                header,
                bytes,
                age_hours,
                hops,
                is_given,
            })
    }

    fn any_notice() -> impl Strategy<Value = CarriedNotice> {
        let bytes = prop::collection::vec(any::<u8>(), 0..300);
        (any::<u64>(), any::<u8>(), bytes).prop_map(|(age_millis, hops, notice)| CarriedNotice {
            age_millis,
            hops,
            notice: notice.into(),
        })
    }

    fn any_frame() -> impl Strategy<Value = CarryFrame> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..300);
        let carried = (any::<(u64, u8, u8, bool)>(), bytes());
        let carried =
            carried.prop_map(
                |((age_millis, hops, copies, is_given), envelope)| CarriedEnvelope {
                    age_millis,
                    hops,
                    copies,
                    is_given,
                    envelope: envelope.into(),
                },
            );
        prop_oneof![
            bytes().prop_map(CarryFrame::Begin),
            bytes().prop_map(CarryFrame::Compare),
            bytes().prop_map(CarryFrame::Compared),
            prop::collection::vec(any_id(), 0..9).prop_map(CarryFrame::Tell),
            prop::collection::vec(any_offered(), 0..9).prop_map(CarryFrame::Offer),
            prop::collection::vec(any_id(), 0..9).prop_map(CarryFrame::Want),
            carried.prop_map(CarryFrame::Carry),
            prop::collection::vec(any::<[u8; 32]>(), 0..9).prop_map(CarryFrame::Purge),
            prop::collection::vec(any::<NoticeHint>(), 0..9).prop_map(CarryFrame::Heard),
            prop::collection::vec(any_notice(), 0..9).prop_map(CarryFrame::Notices),
        ]
    }

    fn reread(frame: &CarryFrame) -> Result<CarryFrame, DecodeError> {
        CarryFrame::from_bytes(&frame.to_bytes())
    }

    proptest! {
        #[test]
        fn every_frame_round_trips(frame in any_frame()) {
            prop_assert_eq!(reread(&frame), Ok(frame));
        }

        #[test]
        fn a_damaged_frame_decodes_or_errs(
            frame in any_frame(),
            at: prop::sample::Index,
            byte: u8,
        ) {
            let mut bytes = frame.to_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = CarryFrame::from_bytes(&bytes);
        }

        #[test]
        fn garbage_never_panics(bytes: Vec<u8>, variant in 0_u8..11) {
            let _ = CarryFrame::from_bytes(&bytes);
            let framed = [&[0x82, variant, 0x81], bytes.as_slice()].concat();
            let _ = CarryFrame::from_bytes(&framed);
        }
    }

    #[test]
    fn as_much_as_may_be_fits_a_frame_and_one_more_is_refused() {
        let id = EnvelopeId::new([7; 32]);
        let header = Header {
            tag: Tag::new([1; 16]),
            lifetime_hours: 720,
            priority: Priority::new(u8::MAX),
            purge: [2; 32],
        };
        let offered = Offered {
            id,
            header,
            bytes: ENVELOPE_BYTES_MAX,
            age_hours: u16::MAX,
            hops: u8::MAX,
            is_given: true,
        };
        let carried = |bytes| CarriedEnvelope {
            age_millis: u64::MAX,
            hops: u8::MAX,
            copies: u8::MAX,
            is_given: true,
            envelope: vec![0; bytes].into(),
        };
        let notice = |bytes| CarriedNotice {
            age_millis: u64::MAX,
            hops: u8::MAX,
            notice: vec![0; bytes].into(),
        };
        let most = [
            CarryFrame::Tell(vec![id; WANTED_MAX]),
            CarryFrame::Offer(vec![offered; OFFERS_MAX]),
            CarryFrame::Want(vec![id; WANTED_MAX]),
            CarryFrame::Carry(carried(ENVELOPE_BYTES_MAX)),
            CarryFrame::Purge(vec![[3; 32]; PURGES_MAX]),
            CarryFrame::Heard(vec![[4; 16]; HEARD_MAX]),
            CarryFrame::Notices(vec![notice(NOTICE_BYTES_MAX); NOTICES_MAX]),
        ];
        for frame in most {
            assert!(frame.to_bytes().len() <= FRAME_BYTES_MAX);
            assert_eq!(reread(&frame), Ok(frame));
        }
        let over = [
            CarryFrame::Tell(vec![id; WANTED_MAX + 1]),
            CarryFrame::Offer(vec![offered; OFFERS_MAX + 1]),
            CarryFrame::Want(vec![id; WANTED_MAX + 1]),
            CarryFrame::Carry(carried(ENVELOPE_BYTES_MAX + 1)),
            CarryFrame::Purge(vec![[3; 32]; PURGES_MAX + 1]),
            CarryFrame::Heard(vec![[4; 16]; HEARD_MAX + 1]),
            CarryFrame::Notices(vec![notice(1); NOTICES_MAX + 1]),
            CarryFrame::Notices(vec![notice(NOTICE_BYTES_MAX + 1)]),
        ];
        for frame in over {
            assert!(matches!(reread(&frame), Err(DecodeError::TooLong { .. })));
        }
    }

    #[test]
    fn an_offer_of_what_cannot_be_is_refused() {
        let id = EnvelopeId::new([7; 32]);
        let of = |lifetime_hours, size| {
            let offered = OfferedFields {
                id,
                tag: Tag::new([1; 16]),
                purge: [2; 32].into(),
                lifetime_hours,
                priority: Priority::FIRST,
                size,
                age_hours: 0,
                hops: 0,
                is_given: false,
            };
            CarryFrame::from_bytes(&wire::encode(&Fields::Offer(vec![offered])))
        };
        assert!(of(720, 3).is_ok());
        assert!(of(721, 3).is_err());
        assert!(of(720, 4).is_err());
    }
}
