//! What becomes of an envelope of which one part is another: of a letter, a join, an answer, and a message to a
//! room.

mod header;
mod kem;
mod ratchet;
mod suite;
mod thief;

use super::*;
use crate::envelope::Priority;
use crate::id::{ConversationId, Tag};
use crate::identity::IdentityError;
use crate::pair::PairNews;
use crate::pairing::{InviteSecret, PairingError, PendingJoin, accept, answer, join};
use crate::sender_chain::{Postage, ReceiverChain, SenderChain};
use crate::time::WallTime;

const START: WallTime = WallTime::from_millis(1_700_000_000_000);
const SECRET: [u8; 32] = [9; 32];
const TEXT: &[u8] = b"hello";

fn rng(seed: u8) -> Rng {
    Rng::from_seed(&[seed; 32])
}

/// Ann is 1, Ben 2 and Carol 5.
fn own(seed: u8) -> OwnIdentity {
    OwnIdentity::create("Ann", "laptop", START, &mut rng(seed))
        .unwrap()
        .0
}

fn card(seed: u8) -> VerifiedCard {
    own(seed).card(Vec::new()).verify().unwrap()
}

fn header() -> Header {
    Header {
        tag: Tag::new([7; 16]),
        lifetime_hours: 168,
        priority: Priority::USUAL,
        purge: [3; 32],
    }
}

/// From Ann to one who shares the secret with her and knows her by the tag.
fn context() -> Context<'static> {
    Context {
        sender: Some(card(1).device),
        secret: Some(&SECRET),
    }
}

/// Where envelopes are opened, each of another kind.
struct Scene {
    pending: PendingJoin,
    invite: InviteSecret,
    reader: ReceiverChain,
    /// A good one for each place.
    good: [Envelope; 4],
}

/// Which of [`Scene::good`] is for which place.
const LETTER: usize = 0;
const JOIN: usize = 1;
const ANSWER: usize = 2;
const ROOM: usize = 3;

impl Scene {
    /// Ann writes to Ben and to a room; Ben joins by an invite of Ann's.
    fn new() -> Self {
        let (ann, ben) = (own(1), own(2));
        let to_ben = card(2);
        let letter = seal(
            &ann,
            (&to_ben).into(),
            context(),
            &header(),
            TEXT,
            &mut rng(3),
        );
        let invite = InviteSecret::generate(&mut rng(4));
        let code = invite.code(&ann, &[]);
        let (pending, asked) = join(&ben, &ben.card(Vec::new()), &code, &mut rng(5)).unwrap();
        let joiner = accept(&ann, &invite, &asked).unwrap();
        let ann_card = ann.card(Vec::new());
        let (answered, _) = answer(&ann, &ann_card, &joiner, asked.id(), &mut rng(6)).unwrap();
        let mut chain = SenderChain::begin(ConversationId::new([6; 32]), START, &mut rng(7));
        let reader = ReceiverChain::take(ann.device(), &chain.hand_over(Vec::new()), START);
        let postage = Postage {
            lifetime_hours: 168,
            priority: Priority::USUAL,
            purge: [3; 32],
        };
        let written = chain.seal(&ann, postage, TEXT, &mut rng(8)).unwrap();
        Self {
            pending,
            invite,
            reader,
            good: [letter.unwrap(), asked, answered, written],
        }
    }

    /// What a place makes of an envelope.
    fn open(&self, place: usize, envelope: &Envelope) -> Result<(), EnvelopeError> {
        let of_pairing = |error| {
            let PairingError::Envelope(error) = error else {
                panic!("{error}");
            };
            error
        };
        match place {
            LETTER => open(&own(2), None, envelope, context())?
                .verify(&card(1).certificate)
                .map(drop),
            JOIN => accept(&own(1), &self.invite, envelope)
                .map(drop)
                .map_err(of_pairing),
            ANSWER => self
                .pending
                .finish(&own(2), envelope)
                .map(drop)
                .map_err(of_pairing),
            ROOM => self.reader.open(&own(1).signing(), envelope, 0).map(drop),
            _ => panic!("no place {place}"),
        }
    }
}

/// The ciphertext of an envelope of either form, to be put together in another way.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
struct Parts {
    #[n(0)]
    suite: u8,
    /// The masked key id, or the salt.
    #[cbor(n(1), with = "minicbor::bytes")]
    mark: Vec<u8>,
    #[cbor(n(2), with = "minicbor::bytes")]
    kem: Option<Vec<u8>>,
    #[cbor(n(3), with = "minicbor::bytes")]
    message: Vec<u8>,
    #[cbor(n(4), with = "minicbor::bytes")]
    key_check: Option<Vec<u8>>,
}

impl Parts {
    fn of(envelope: &Envelope) -> Self {
        wire::decode_canonical(envelope.ciphertext(), ENVELOPE_BYTES_MAX).unwrap()
    }

    /// With the check that whoever knows by what the key id is masked makes for the rest.
    fn check_anew(&mut self, header: &Header, secret: &[u8]) {
        let key_id = self.mark.as_slice().try_into().unwrap();
        let kem = self.kem.as_ref().unwrap();
        self.key_check = Some(check(key_id, secret, header, kem).to_vec());
    }

    /// An envelope of these parts, with a message so long that it has the size that it had.
    fn envelope(mut self, header: &Header, bytes: usize) -> Envelope {
        let size = |parts: &Self| {
            let fields = crate::envelope::Fields::new(header, wire::encode(parts));
            wire::encode(&fields).len()
        };
        let room = self.message.len() + bytes - size(&self);
        self.message.resize(room, 0);
        let changed = Envelope::assemble(header, wire::encode(&self)).unwrap();
        assert_eq!(changed.as_bytes().len(), bytes);
        changed
    }
}

/// An envelope of which the header and the ciphertext were changed.
fn changed(envelope: &Envelope, change: impl FnOnce(&mut Header, &mut Parts)) -> Envelope {
    let (mut header, mut parts) = (*envelope.header(), Parts::of(envelope));
    change(&mut header, &mut parts);
    parts.envelope(&header, envelope.as_bytes().len())
}

#[test]
fn each_place_opens_what_is_for_it_put_together_anew() {
    let scene = Scene::new();
    for (place, envelope) in scene.good.iter().enumerate() {
        let same = changed(envelope, |_, _| {});
        assert_eq!(&same, envelope);
        assert_eq!(scene.open(place, &same), Ok(()), "place {place}");
    }
}
