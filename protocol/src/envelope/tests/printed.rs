//! What is printed of all that holds secrets or texts on their way: none of them.

use std::fmt::Debug;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use zeroize::Zeroizing;

use super::*;
use crate::id::{ConversationId, DeviceId, EnvelopeId, SecretId};
use crate::operation::{Body, SignedOperation};
use crate::pair::Pair;
use crate::pairing::{ContactSecret, InviteSecret, accept, join};
use crate::sender_chain::{Postage, ReceiverChain, SenderChain};
use crate::session::{Finished, HeldSecrets, Hello, Initiator, Responder};
use crate::sync::SessionMessage;

const NAME: &str = "Ann of the hills";
const TEXT: &str = "meet me at the mill";
const ROOM: ConversationId = ConversationId::new([0x5a; 32]);

fn ann() -> OwnIdentity {
    OwnIdentity::create(NAME, "laptop", START, &mut rng(11))
        .unwrap()
        .0
}

/// What must not be printed.
#[derive(Default)]
struct Hushed(Vec<Vec<u8>>);

impl Hushed {
    fn of(secrets: &[&[u8]]) -> Self {
        let texts = [NAME.as_bytes(), TEXT.as_bytes()];
        Self(
            [secrets, &texts]
                .concat()
                .iter()
                .map(|bytes| bytes.to_vec())
                .collect(),
        )
    }

    /// With every string of so many bytes as keys have in a stored form, but these ids.
    fn and_kept(mut self, stored: &[u8], ids: &[&[u8]]) -> Self {
        for at in 0..stored.len() {
            let string = match &stored[at..] {
                [0x58, 0x20, key @ ..] => key.get(..32),
                [0x50, key @ ..] => key.get(..16),
                _ => None,
            };
            let string = string.filter(|string| !ids.contains(string));
            self.0.extend(string.map(<[u8]>::to_vec));
        }
        self
    }

    /// In none of the forms in which bytes are printed.
    fn check(&self, value: &dyn Debug) {
        assert!(!self.0.is_empty());
        let printed = [format!("{value:?}"), format!("{value:#?}")].concat();
        let dense: String = printed.split_whitespace().collect();
        let lower = dense.to_lowercase();
        for hushed in &self.0 {
            let start = &hushed[..8];
            let numbers = format!("{start:?}").replace(['[', ']', ' '], "");
            let base32 = BASE32_NOPAD.encode(&hushed[..5]).to_lowercase();
            let text: String = String::from_utf8_lossy(hushed).split_whitespace().collect();
            for form in [numbers, base32, HEXLOWER.encode(&start[..4]), text] {
                assert!(!lower.contains(&form.to_lowercase()), "{form} in {printed}");
            }
        }
    }
}

#[test]
fn nothing_that_is_hushed_passes_in_whatever_form_it_is_printed() {
    let key: [u8; 32] = rng(1).bytes();
    let hushed = Hushed::of(&[&key]);
    let id = DeviceId::new(key);
    let hex = HEXLOWER.encode(&key).to_uppercase();
    let leaks: [&(dyn Debug + std::panic::RefUnwindSafe); 6] =
        [&key, &id, &hex, &NAME, &TEXT.as_bytes(), &TEXT];
    for leak in leaks {
        let checked = std::panic::catch_unwind(|| hushed.check(&leak));
        assert!(checked.is_err(), "{leak:?}");
    }
    hushed.check(&"nothing");
}

fn secret() -> ContactSecret {
    ContactSecret {
        id: SecretId::new([0x3c; 16]),
        key: rng(21).secret(),
    }
}

#[test]
fn what_two_devices_share_is_never_printed() {
    let (ann, ben) = (ann(), own(2));
    let (low, high) = (
        ann.device().min(ben.device()),
        ann.device().max(ben.device()),
    );
    let secret = secret();
    let hushed = || Hushed::of(&[&*secret.key]);
    hushed().check(&secret);
    let (mut proposes, mut answers) = (Pair::new(low, high), Pair::new(high, low));
    answers.meet(secret.clone(), START);
    proposes.agree(secret.clone(), START);
    // A week later they are about to agree on another.
    let now = START.after(crate::pair::SECRET_LIFETIME);
    let ids: [&[u8]; 3] = [low.as_bytes(), high.as_bytes(), secret.id.as_bytes()];
    let outgoing = proposes.send(None, now, &mut rng(22)).unwrap();
    assert!(outgoing.news.proposal.is_some());
    answers.hear(&outgoing.news, now, &mut rng(23)).unwrap();
    let answered = answers.tell(now, &mut rng(24));
    assert!(answered.answer.is_some());
    let told = |news: &_| hushed().and_kept(&wire::encode(news), &ids);
    told(&outgoing.news).check(&outgoing);
    told(&answered).check(&answered);
    let message = SessionMessage::Pair(answered);
    hushed().and_kept(&message.to_bytes(), &ids).check(&message);
    for pair in [&proposes, &answers] {
        let agreed: Vec<SecretId> = pair.agreed().iter().map(|held| held.id).collect();
        let agreed: Vec<&[u8]> = agreed.iter().map(|id| id.as_bytes().as_slice()).collect();
        let ids = [ids.as_slice(), &agreed].concat();
        let kept = hushed().and_kept(&pair.to_bytes(), &ids);
        assert!(kept.0.len() > 4);
        kept.check(pair);
        kept.check(&pair.reserved());
    }
}

#[test]
fn what_a_device_or_an_invite_consists_of_is_never_printed() {
    let (ann, ben) = (ann(), own(2));
    let card = ann.card(Vec::new()).verify().unwrap();
    let (person, device) = (ann.person(), ann.device());
    let ids: [&[u8]; 2] = [person.as_bytes(), device.as_bytes()];
    Hushed::of(&[]).and_kept(&ann.to_bytes(), &ids).check(&ann);
    let invite = InviteSecret::generate(&mut rng(31));
    let kept = || Hushed::of(&[]).and_kept(&invite.to_bytes(), &[]);
    kept().check(&invite);
    kept().check(&invite.code(&ann, &[]));
    let code = invite.code(&ann, &[]);
    let (pending, asked) = join(&ben, &ben.card(Vec::new()), &code, &mut rng(32)).unwrap();
    let stored = pending.to_bytes();
    let kept = || Hushed::of(&[]).and_kept(&stored, &[asked.id().as_bytes()]);
    kept().check(&pending);
    kept().check(&accept(&ann, &invite, &asked).unwrap());
    let sent = card.bundle.encapsulate(&mut rng(33)).unwrap();
    Hushed::of(&[&*sent.secret]).check(&sent);
}

#[test]
fn what_an_envelope_holds_is_never_printed() {
    let (ann, ben, secret) = (ann(), card(2), secret());
    let purge: Zeroizing<[u8; 32]> = rng(41).secret();
    let mut chain = SenderChain::begin(ROOM, START, &mut rng(42));
    let mut letter = Letter::new(purge.clone(), crate::pair::PairNews::default());
    letter.messages = vec![SessionMessage::Operations(vec![SignedOperation {
        header: Vec::new(),
        signature: [0; 64].into(),
        body: Some(Body {
            salt: rng(43).bytes().into(),
            bytes: TEXT.as_bytes().to_vec(),
        }),
    }])];
    letter.handovers = vec![chain.hand_over(Vec::new())];
    letter.unreadable = vec![EnvelopeId::new([1; 32])];
    letter.card = Some(ann.card(Vec::new()).to_bytes());
    let (id, device) = (chain.id(), ann.device());
    let ids: [&[u8]; 3] = [ROOM.as_bytes(), id.as_bytes(), device.as_bytes()];
    let bytes = chain.to_bytes();
    let hushed = || Hushed::of(&[&*purge, &*secret.key]).and_kept(&bytes, &ids);
    hushed().check(&letter);
    hushed().check(&letter.messages);
    let context = Context {
        sender: Some(ann.device()),
        secret: Some(&secret.key),
    };
    hushed().check(&context);
    let to_ben = Recipient::from(&ben);
    let sealed = seal(
        &ann,
        to_ben,
        context,
        &header(),
        &letter.to_bytes(),
        &mut rng(44),
    )
    .unwrap();
    let unverified = open(&own(2), None, &sealed, context).unwrap();
    hushed().check(&unverified);
    let sender = ann.card(Vec::new()).verify().unwrap();
    hushed().check(&unverified.verify(&sender.certificate).unwrap());

    let reader = ReceiverChain::take(ann.device(), &chain.hand_over(Vec::new()), START);
    let postage = Postage {
        lifetime_hours: 1,
        priority: Priority::URGENT,
        purge: [0; 32],
    };
    chain
        .seal(&ann, postage, TEXT.as_bytes(), &mut rng(45))
        .unwrap();
    for stored in [chain.to_bytes(), reader.to_bytes()] {
        let kept = hushed().and_kept(&stored, &ids);
        kept.check(&chain);
        kept.check(&reader);
        kept.check(&chain.hand_over(Vec::new()));
    }
}

#[test]
fn what_a_session_rests_on_and_shows_is_never_printed() {
    let (ann, ben, secret) = (ann(), own(2), secret());
    let (anns, bens) = (ann.agreement(), ben.agreement());
    let held = HeldSecrets {
        secrets: vec![secret.id],
        is_confirmed: true,
    };
    let hushed = Hushed::of(&[anns.as_bytes(), bens.as_bytes(), &*secret.key]);
    let (shown, hello) = (ann.card(Vec::new()).to_bytes(), Hello::OURS);
    let to_ben = bens.public();
    let (initiator, first) =
        Initiator::start(anns, &to_ben, hello, held, shown.clone(), &mut rng(51)).unwrap();
    hushed.check(&initiator);
    let responder = Responder::read(bens, hello, &first, &mut rng(52)).unwrap();
    hushed.check(&responder);
    let chosen = Some((secret.id, &*secret.key));
    let (second, mut theirs) = responder.finish(chosen, shown).unwrap();
    let finished = initiator
        .finish(&second, |_| Some(secret.key.clone()))
        .unwrap();
    hushed.check(&finished);
    let Finished { mut transport, .. } = finished;
    let frame = transport.seal(TEXT.as_bytes()).unwrap();
    theirs.open(&frame).unwrap();
    hushed.check(&transport);
    hushed.check(&theirs);
}
