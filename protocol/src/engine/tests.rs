//! What every test of the engine stands on, and the limits that only the whole engine shows.

mod links;
mod probing;
mod rotating;
mod secrets;

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;

use super::context::Context;
use super::link::HANDSHAKE_TIME;
use super::pairing::{
    CARRIED_TIME, INVITE_USES_MAX, INVITES_MAX, JOIN_TIME, KEY_KEPT_TIME, PENDING_JOINS_MAX,
    RETRY_FIRST, RETRY_MAX,
};
use super::*;
use crate::envelope::LIFETIME_HOURS;
use crate::id::{SecretId, Tag};
use crate::pairing::{InviteCode, JoinReply, Refusal};
use crate::record::{
    Change, ContactRecord, ContactSecretRecord, DeviceRecord, Outcome, SecretBytes,
};
use crate::time::{Monotonic, WallTime};
use crate::wire::limits::{
    ADDRESS_BYTES_MAX, ADDRESSES_MAX, DRAFT_BYTES_MAX, LINKS_UNAUTHENTICATED_MAX,
    LINKS_UNAUTHENTICATED_PER_PEER_MAX, NAME_CHARACTERS_MAX, SESSIONS_PER_DEVICE_MAX,
};

const START: WallTime = WallTime::from_millis(1_700_000_000_000);

pub(super) fn identity(name: &str, seed: u8) -> OwnIdentity {
    let mut rng = crate::rng::Rng::from_seed(&[seed; 32]);
    OwnIdentity::create(name, "laptop", START, &mut rng)
        .unwrap()
        .0
}

pub(super) fn at(millis: u64) -> Now {
    Now {
        wall: START.after(Duration::from_millis(millis)),
        monotonic: Monotonic::from_millis(millis),
    }
}

/// A profile that knows these people already.
pub(super) fn profile(own: &OwnIdentity, contacts: &[&OwnIdentity]) -> Profile {
    let contact = |other: &&OwnIdentity| ContactRecord {
        person: other.person(),
        name: other.name().to_owned(),
        petname: None,
        verified: false,
        alarm: None,
        blocked: false,
        added_at: START,
        met_by: Tag::new([0; 16]),
    };
    let device = |other: &&OwnIdentity| DeviceRecord {
        device: other.device(),
        person: other.person(),
        card: other.card(Vec::new()).to_bytes(),
        addresses: Vec::new(),
    };
    Profile {
        identity: Some(SecretBytes::from(own.to_bytes())),
        contacts: contacts.iter().map(contact).collect(),
        devices: contacts.iter().map(device).collect(),
        ..Profile::default()
    }
}

/// What one side's part of the engine works with.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) own: OwnIdentity,
    pub(super) directory: Directory,
    pub(super) rng: crate::rng::Rng,
    pub(super) outputs: Outputs,
}

impl Side {
    pub(super) fn new(own: OwnIdentity, contacts: &[&OwnIdentity]) -> Self {
        Self {
            directory: Directory::restore(&profile(&own, contacts)),
            own,
            rng: crate::rng::Rng::from_seed(&[3; 32]),
            outputs: Outputs::default(),
        }
    }

    pub(super) fn parts(&mut self) -> (&Directory, Context<'_>) {
        let (directory, context) = self.parts_mut();
        (directory, context)
    }

    pub(super) fn parts_mut(&mut self) -> (&mut Directory, Context<'_>) {
        let context = Context {
            own: &self.own,
            rng: &mut self.rng,
            now: at(0),
            outputs: &mut self.outputs,
            addresses: &[],
            far: &[],
        };
        (&mut self.directory, context)
    }

    pub(super) fn context(&mut self) -> Context<'_> {
        self.parts().1
    }

    /// Everything put out since the last call.
    pub(super) fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.outputs.pop())
            .map(|(_, output)| output)
            .collect()
    }
}

fn engine(own: &OwnIdentity, contacts: &[&OwnIdentity]) -> Engine {
    let mut engine = Engine::open(profile(own, contacts), &[9; 32], at(0)).unwrap();
    drain(&mut engine);
    engine
}

fn drain(engine: &mut Engine) -> Vec<Output> {
    std::iter::from_fn(|| engine.poll())
        .map(|(_, output)| output)
        .collect()
}

/// Handles an input; returns the effects.
fn effects(engine: &mut Engine, input: Input, now: Now) -> Vec<Effect> {
    engine.handle(input, now);
    let outputs = drain(engine).into_iter();
    outputs
        .filter_map(|output| match output {
            Output::Effect(effect) => Some(effect),
            Output::Persist(_) => None,
        })
        .collect()
}

fn command(engine: &mut Engine, command: Command) -> Result<Outcome, CommandError> {
    let request = RequestId::new([1; 16]);
    let mut effects = effects(engine, Input::Command { request, command }, at(0));
    match effects.pop() {
        Some(Effect::Reply { result, .. }) => result,
        other => panic!("a command ends with its reply, not with {other:?}"),
    }
}

fn incoming(engine: &mut Engine, link: u64, peer: TransportId, now: Now) -> Vec<Effect> {
    let opened = Input::LinkOpened {
        link: LinkId::new(link),
        peer,
        purpose: LinkPurpose::IncomingSession,
    };
    effects(engine, opened, now)
}

fn closed(effects: &[Effect]) -> Vec<u64> {
    effects
        .iter()
        .filter_map(|effect| {
            if let Effect::Close { link } = effect {
                Some(link.as_u64())
            } else {
                None
            }
        })
        .collect()
}

/// Opens a session from `one` to `other`; returns the links that either side closed.
fn session(one: &mut Engine, other: &mut Engine, link: u64) -> Vec<u64> {
    let peers = [other.own.transport(), one.own.transport()];
    session_over(one, other, link, peers, &[])
}

/// Opens a session from `one` to `other`, who have these peers at the ends of their links, and these
/// operations in their stores; returns the links that either side closed.
fn session_over(
    one: &mut Engine,
    other: &mut Engine,
    link: u64,
    peers: [TransportId; 2],
    stored: &[SignedOperation],
) -> Vec<u64> {
    let (sides, name) = ([one, other], LinkId::new(link));
    let purposes = [LinkPurpose::Session, LinkPurpose::IncomingSession];
    let mut queue = VecDeque::new();
    for (side, purpose) in purposes.into_iter().enumerate() {
        let peer = peers[side];
        let opened = Input::LinkOpened {
            link: name,
            peer,
            purpose,
        };
        queue.push_back((side, opened));
    }
    let mut gone = Vec::new();
    while let Some((side, input)) = queue.pop_front() {
        let effects = effects(sides[side], input, at(0));
        gone.extend(closed(&effects));
        for effect in effects {
            if let Effect::Send { link, frame } = effect {
                queue.push_back((1 - side, Input::Frame { link, bytes: frame }));
            } else if let Effect::Load { load, .. } = effect {
                let operations = stored.to_vec();
                queue.push_back((side, Input::Loaded { load, operations }));
            }
        }
    }
    gone
}

#[test]
fn a_peer_holds_as_many_unproven_links_as_it_may_and_one_more_is_closed() {
    let ann = identity("Ann", 1);
    let mut engine = engine(&ann, &[]);
    let stranger = identity("Stranger", 2).transport();
    let most = u64::try_from(LINKS_UNAUTHENTICATED_PER_PEER_MAX).unwrap();
    for link in 1..=most {
        assert!(closed(&incoming(&mut engine, link, stranger, at(0))).is_empty());
    }
    let one_more = incoming(&mut engine, most + 1, stranger, at(0));
    assert_eq!(closed(&one_more), [most + 1]);
}

#[test]
fn all_peers_hold_as_many_unproven_links_as_they_may_and_one_more_closes_the_oldest() {
    let ann = identity("Ann", 1);
    let mut engine = engine(&ann, &[]);
    let most = u64::try_from(LINKS_UNAUTHENTICATED_MAX).unwrap();
    let stranger = |link: u64| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&link.to_le_bytes());
        TransportId::new(bytes)
    };
    for link in 1..=most {
        assert!(closed(&incoming(&mut engine, link, stranger(link), at(0))).is_empty());
    }
    let one_more = incoming(&mut engine, most + 1, stranger(most + 1), at(0));
    assert_eq!(closed(&one_more), [1]);
}

#[test]
fn a_strangers_links_leave_room_for_those_of_a_contact() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let (mut of_ann, mut of_ben) = (engine(&ann, &[&ben]), engine(&ben, &[&ann]));
    let stranger = identity("Stranger", 3).transport();
    for link in 0..u64::try_from(LINKS_UNAUTHENTICATED_MAX).unwrap() {
        incoming(&mut of_ann, 100 + link, stranger, at(0));
    }
    assert!(session(&mut of_ben, &mut of_ann, 1).is_empty());
    assert_eq!(of_ann.live().count(), 1);
}

#[test]
fn a_handshake_that_never_ends_is_closed_in_time() {
    let ann = identity("Ann", 1);
    let mut engine = engine(&ann, &[]);
    incoming(&mut engine, 1, identity("Stranger", 2).transport(), at(0));
    let limit = u64::try_from(HANDSHAKE_TIME.as_millis()).unwrap();
    assert!(closed(&effects(&mut engine, Input::Tick, at(limit - 1))).is_empty());
    assert_eq!(closed(&effects(&mut engine, Input::Tick, at(limit))), [1]);
}

#[test]
fn a_device_has_as_many_sessions_as_it_may_and_one_more_closes_the_oldest() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let (mut of_ann, mut of_ben) = (engine(&ann, &[&ben]), engine(&ben, &[&ann]));
    let most = u64::try_from(SESSIONS_PER_DEVICE_MAX).unwrap();
    for link in 1..=most {
        assert!(session(&mut of_ann, &mut of_ben, link).is_empty());
    }
    assert_eq!(of_ann.live().count(), SESSIONS_PER_DEVICE_MAX);
    assert!(session(&mut of_ann, &mut of_ben, most + 1).contains(&1));
}

#[test]
fn a_contacts_name_may_be_as_long_as_the_limit_and_no_longer() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let mut engine = engine(&ann, &[&ben]);
    let mut rename = |name: String| {
        let person = ben.person();
        command(&mut engine, Command::RenameContact { person, name })
    };
    assert_eq!(rename("ü".repeat(NAME_CHARACTERS_MAX)), Ok(Outcome::Done));
    assert_eq!(
        rename("ü".repeat(NAME_CHARACTERS_MAX + 1)),
        Err(CommandError::Name)
    );
    assert_eq!(rename("  ".to_owned()), Err(CommandError::Name));
    assert_eq!(rename("Ben\nAnn".to_owned()), Err(CommandError::Name));
}

#[test]
fn a_draft_may_be_as_long_as_the_limit_and_no_longer() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let mut engine = engine(&ann, &[&ben]);
    let conversation = crate::id::ConversationId::direct(ann.person(), ben.person());
    let mut keep = |bytes: usize| {
        let text = "x".repeat(bytes);
        let input = Input::Command {
            request: RequestId::new([1; 16]),
            command: Command::Draft { conversation, text },
        };
        engine.handle(input, at(0));
        let outputs = drain(&mut engine);
        let kept = |output: &Output| matches!(output, Output::Persist(Change::PutDraft(_)));
        outputs.iter().any(kept)
    };
    assert!(keep(DRAFT_BYTES_MAX));
    assert!(!keep(DRAFT_BYTES_MAX + 1));
}

#[test]
fn nothing_of_a_typing_signal_is_made_durable_its_outcome_neither() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let (mut of_ann, mut of_ben) = (engine(&ann, &[&ben]), engine(&ben, &[&ann]));
    session(&mut of_ann, &mut of_ben, 1);
    let conversation = crate::id::ConversationId::direct(ann.person(), ben.person());
    let type_there = Input::Command {
        request: RequestId::new([1; 16]),
        command: Command::Typing { conversation },
    };
    of_ann.handle(type_there, at(0));
    let outputs = drain(&mut of_ann);
    assert!(matches!(
        outputs.as_slice(),
        [
            Output::Effect(Effect::Send { .. }),
            Output::Effect(Effect::Reply { result: Ok(_), .. })
        ]
    ));
}

fn invite(engine: &mut Engine, minutes: u64, reusable: bool) -> InviteCode {
    let invite = Command::MakeInvite {
        expires_in: Duration::from_secs(minutes * 60),
        reusable,
    };
    match command(engine, invite) {
        Ok(Outcome::Invited { code, .. }) => code.parse().unwrap(),
        other => panic!("an invite, not {other:?}"),
    }
}

/// What the inviter answers to a use of `code`: `None` if it is an answer, not a refusal.
fn refusal(
    inviter: &mut Engine,
    code: &InviteCode,
    joiner: &OwnIdentity,
    use_: u8,
) -> Option<Refusal> {
    let mut rng = crate::rng::Rng::from_seed(&[use_; 32]);
    let card = joiner.card(Vec::new());
    let (_, envelope) = crate::pairing::join(joiner, &card, code, &mut rng).unwrap();
    let link = LinkId::new(1000);
    let peer = joiner.transport();
    let purpose = LinkPurpose::IncomingJoin;
    let opened = Input::LinkOpened {
        link,
        peer,
        purpose,
    };
    effects(inviter, opened, at(0));
    let bytes = envelope.to_bytes();
    let answered = effects(inviter, Input::Frame { link, bytes }, at(0));
    effects(inviter, Input::LinkClosed { link }, at(0));
    let frame = answered.into_iter().find_map(|effect| {
        if let Effect::Send { frame, .. } = effect {
            Some(frame)
        } else {
            None
        }
    });
    match JoinReply::from_bytes(&frame.unwrap()).unwrap() {
        JoinReply::Answer(_) => None,
        JoinReply::Refused(refusal) => Some(refusal),
    }
}

#[test]
fn one_invite_more_than_are_kept_drops_the_one_that_expires_first() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let mut engine = engine(&ann, &[]);
    let second = invite(&mut engine, 2, false);
    let first = invite(&mut engine, 1, false);
    for _ in 2..INVITES_MAX {
        invite(&mut engine, 10, false);
    }
    let mut all_there = |code| refusal(&mut engine, code, &ben, 1);
    assert_eq!(all_there(&first), None);
    invite(&mut engine, 10, false);
    let carol = identity("Carol", 3);
    assert_eq!(
        refusal(&mut engine, &first, &carol, 2),
        Some(Refusal::Unknown)
    );
    assert_eq!(refusal(&mut engine, &second, &carol, 2), None);
}

#[test]
fn a_reusable_invite_admits_as_many_as_it_may_and_not_one_more() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let mut engine = engine(&ann, &[]);
    let code = invite(&mut engine, 10, true);
    for use_ in 0..INVITE_USES_MAX {
        let use_ = u8::try_from(use_).unwrap();
        assert_eq!(refusal(&mut engine, &code, &ben, use_), None);
    }
    let carol = identity("Carol", 3);
    assert_eq!(refusal(&mut engine, &code, &carol, 0), Some(Refusal::Used));
    // The answer to a use that was counted is repeated all the same.
    assert_eq!(refusal(&mut engine, &code, &ben, 7), None);
}

#[test]
fn a_new_device_that_replaces_an_old_one_ends_its_sessions_and_a_verified_contact_is_held_off() {
    let ann = identity("Ann", 1);
    let (old, new) = directory::tests::replaced_device();
    let (mut of_ann, mut of_old) = (engine(&ann, &[&old]), engine(&old, &[&ann]));
    session(&mut of_ann, &mut of_old, 1);
    let person = old.person();
    let verify = |device: &OwnIdentity| Command::VerifyContact {
        person,
        devices: vec![device.device()],
    };
    command(&mut of_ann, verify(&old)).unwrap();
    assert_eq!(of_ann.live().count(), 1);

    let code = invite(&mut of_ann, 10, false);
    assert_eq!(refusal(&mut of_ann, &code, &new, 1), None);
    assert_eq!(of_ann.live().count(), 0);
    let write = Command::Write {
        urgent: false,
        conversation: crate::id::ConversationId::direct(ann.person(), person),
        target: None,
        content: crate::operation::Content::Message {
            text: "hi".to_owned(),
        },
    };
    assert_eq!(
        command(&mut of_ann, write.clone()),
        Err(CommandError::NewDevice)
    );
    // Words of before say nothing of a device that came since.
    let early = command(&mut of_ann, verify(&old));
    assert_eq!(early, Err(CommandError::NewDevice));
    command(&mut of_ann, verify(&new)).unwrap();
    assert!(matches!(
        command(&mut of_ann, write),
        Ok(Outcome::Sent { .. })
    ));
}

/// An engine that shares a secret with each contact's device: that of this number.
fn acquainted(own: &OwnIdentity, contacts: &[(&OwnIdentity, u8)]) -> Engine {
    let people: Vec<&OwnIdentity> = contacts.iter().map(|(contact, _)| *contact).collect();
    let mut profile = profile(own, &people);
    let secrets = contacts
        .iter()
        .map(|(contact, number)| ContactSecretRecord {
            device: contact.device(),
            id: SecretId::new([*number; 16]),
            key: SecretBytes::new(vec![*number; 32]),
            created_at: START,
        });
    profile.contact_secrets.extend(secrets);
    let mut engine = Engine::open(profile, &[9; 32], at(0)).unwrap();
    drain(&mut engine);
    engine
}

#[test]
fn a_contact_who_claims_anothers_static_key_keeps_that_other_from_no_session() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    for seed in 10..14 {
        let mallory = identity("Mallory", seed).claiming(ben.agreement().public());
        let mut of_ann = acquainted(&ann, &[(&ben, 1), (&mallory, 2)]);
        let mut of_ben = acquainted(&ben, &[(&ann, 1)]);
        session(&mut of_ben, &mut of_ann, 1);
        let live: Vec<PersonId> = of_ann.live().map(|live| live.person).collect();
        assert_eq!(live, [ben.person()], "seed {seed}");
    }
}

#[test]
fn a_session_that_another_device_answers_than_the_one_asked_for_is_none() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    // Ann asks Mallory's node, which has Ben's answer the handshake under the key that it claims.
    let mallory = identity("Mallory", 9).claiming(ben.agreement().public());
    let (mut of_ann, mut of_ben) = (engine(&ann, &[&ben, &mallory]), engine(&ben, &[&ann]));
    let peers = [mallory.transport(), mallory.transport()];
    assert!(session_over(&mut of_ann, &mut of_ben, 1, peers, &[]).contains(&1));
    assert_eq!(of_ann.live().count() + of_ben.live().count(), 0);
}

#[test]
fn as_many_joins_wait_as_may_and_one_more_is_refused() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let (mut of_ann, mut of_ben) = (engine(&ann, &[]), engine(&ben, &[]));
    let mut join = || {
        let code = invite(&mut of_ann, 10, false).to_string();
        command(&mut of_ben, Command::Join { code })
    };
    for _ in 0..PENDING_JOINS_MAX {
        assert!(matches!(join(), Ok(Outcome::Joining { .. })));
    }
    assert_eq!(join(), Err(CommandError::TooManyJoins));
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

/// An engine with a pending join, and whose.
fn joining() -> (Engine, Tag) {
    let code = invite(&mut engine(&identity("Ann", 1), &[]), 10, false).to_string();
    let mut joining = engine(&identity("Ben", 2), &[]);
    match command(&mut joining, Command::Join { code }) {
        Ok(Outcome::Joining { tag }) => (joining, tag),
        other => panic!("a join, not {other:?}"),
    }
}

fn is_tried(effects: &[Effect]) -> bool {
    let tried = |effect: &Effect| matches!(effect, Effect::ReachInviter { .. });
    effects.iter().any(tried)
}

#[test]
fn an_inviter_out_of_reach_is_tried_after_twice_as_long_until_the_longest_wait() {
    let (mut engine, tag) = joining();
    let (mut now, mut wait) = (0, RETRY_FIRST);
    for _ in 0..12 {
        effects(&mut engine, Input::Unreachable { tag }, at(now));
        now += millis(wait);
        assert!(!is_tried(&effects(&mut engine, Input::Tick, at(now - 1))));
        assert!(is_tried(&effects(&mut engine, Input::Tick, at(now))));
        wait = (wait * 2).min(RETRY_MAX);
    }
    assert_eq!(wait, RETRY_MAX);
}

#[test]
fn an_inviter_is_tried_to_the_last_moment_and_given_up_one_later() {
    let last = millis(JOIN_TIME);
    let retried = |now: u64| {
        let (mut engine, tag) = joining();
        let early = at(now - millis(RETRY_FIRST));
        effects(&mut engine, Input::Unreachable { tag }, early);
        effects(&mut engine, Input::Tick, at(now))
    };
    assert!(is_tried(&retried(last)));
    let given_up = retried(last + 1);
    let unanswered = |effect: &Effect| {
        let end = JoinEnd::Unanswered;
        matches!(effect, Effect::Event(Event::JoinEnded { end: told, .. }) if *told == end)
    };
    assert!(!is_tried(&given_up) && given_up.iter().any(unanswered));
}

#[test]
fn a_join_waits_for_as_long_as_it_and_its_answer_may_be_carried() {
    let lifetime = Duration::from_hours(LIFETIME_HOURS.into());
    assert_eq!((CARRIED_TIME, JOIN_TIME), (lifetime, lifetime * 2));
}

#[test]
fn a_join_that_was_given_up_is_asked_for_and_answered_no_more() {
    let ann = identity("Ann", 1);
    let mut of_ann = engine(&ann, &[]);
    let code = invite(&mut of_ann, 10, false).to_string();
    let mut of_ben = engine(&identity("Ben", 2), &[]);
    let Ok(Outcome::Joining { tag }) = command(&mut of_ben, Command::Join { code }) else {
        panic!("no join");
    };
    // It is with the inviter when it is given up.
    let link = LinkId::new(1);
    let opened = |peer, purpose| Input::LinkOpened {
        link,
        peer,
        purpose,
    };
    let asks = opened(ann.transport(), LinkPurpose::Join(tag));
    let join = links::sent(&effects(&mut of_ben, asks, at(0))).remove(0);
    let asked = opened(of_ben.own.transport(), LinkPurpose::IncomingJoin);
    effects(&mut of_ann, asked, at(0));
    let answer = links::sent(&links::give(&mut of_ann, link, &join)).remove(0);
    let give_up = Command::CancelJoin { tag };
    assert_eq!(command(&mut of_ben, give_up.clone()), Ok(Outcome::Done));
    assert_eq!(command(&mut of_ben, give_up), Err(CommandError::NoJoin));
    assert_eq!(links::give(&mut of_ben, link, &answer), []);
    assert!(of_ben.directory.contact(&ann.person()).is_none());
    // A link that comes up for it late asks for nothing, and nobody is tried again.
    let late = LinkId::new(2);
    let opened = Input::LinkOpened {
        link: late,
        peer: ann.transport(),
        purpose: LinkPurpose::Join(tag),
    };
    assert!(links::sent(&effects(&mut of_ben, opened, at(0))).is_empty());
    effects(&mut of_ben, Input::Unreachable { tag }, at(0));
    let later = at(millis(RETRY_MAX));
    assert!(!is_tried(&effects(&mut of_ben, Input::Tick, later)));
}

#[test]
fn the_key_of_an_invite_is_kept_to_the_last_moment_and_erased_one_later() {
    let mut engine = engine(&identity("Ann", 1), &[]);
    invite(&mut engine, 10, false);
    let last = 10 * 60 * 1000 + millis(KEY_KEPT_TIME);
    let mut erased = |now: u64| {
        engine.handle(Input::Tick, at(now));
        let erased = |output: &Output| match output {
            Output::Persist(Change::PutInvite(invite)) => invite.secret.expose().is_empty(),
            Output::Persist(_) | Output::Effect(_) => false,
        };
        drain(&mut engine).iter().any(erased)
    };
    assert!(!erased(last));
    assert!(erased(last + 1));
    assert!(!erased(last + 2), "once");
}

#[test]
fn of_where_we_listen_as_much_is_told_as_a_peer_takes() {
    let mut engine = engine(&identity("Ann", 1), &[]);
    let longest = "a".repeat(ADDRESS_BYTES_MAX);
    let mut addresses = vec![format!("{longest}a"), longest];
    addresses.extend((2..=ADDRESSES_MAX).map(|number| format!("/{number}")));
    let most = addresses[1..].to_vec();
    assert_eq!(most.len(), ADDRESSES_MAX);
    effects(
        &mut engine,
        Input::Listening {
            addresses,
            far: Vec::new(),
        },
        at(0),
    );
    assert_eq!(engine.addresses, most);
    let mut addresses = most.clone();
    addresses.push("/one/more".to_owned());
    effects(
        &mut engine,
        Input::Listening {
            addresses,
            far: Vec::new(),
        },
        at(0),
    );
    assert_eq!(engine.addresses, most);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_frame_of_garbage_changes_nothing_durable(bytes: Vec<u8>, join: bool) {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        let mut engine = engine(&ann, &[&ben]);
        let link = LinkId::new(1);
        let purpose = if join { LinkPurpose::IncomingJoin } else { LinkPurpose::IncomingSession };
        engine.handle(Input::LinkOpened { link, peer: ben.transport(), purpose }, at(0));
        engine.handle(Input::Frame { link, bytes }, at(0));
        let outputs = drain(&mut engine);
        prop_assert!(!outputs.iter().any(|output| matches!(output, Output::Persist(_))));
        let closed = outputs.contains(&Output::Effect(Effect::Close { link }));
        prop_assert!(closed);
    }
}
