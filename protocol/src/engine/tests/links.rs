//! Links as a test puts frames on them, and garbage before what is right: it ends each state of a link, and only
//! that.

use super::*;

pub(super) const LINK: LinkId = LinkId::new(1);

/// Opens a link at one side; returns what that does.
pub(super) fn open(
    engine: &mut Engine,
    link: LinkId,
    peer: TransportId,
    purpose: LinkPurpose,
) -> Vec<Effect> {
    let opened = Input::LinkOpened {
        link,
        peer,
        purpose,
    };
    effects(engine, opened, at(0))
}

/// Hands a side a frame; returns what that does.
pub(super) fn give(engine: &mut Engine, link: LinkId, frame: &[u8]) -> Vec<Effect> {
    let bytes = frame.to_vec();
    effects(engine, Input::Frame { link, bytes }, at(0))
}

/// The frames that are sent.
pub(super) fn sent(effects: &[Effect]) -> Vec<Vec<u8>> {
    let frame = |effect: &Effect| {
        let Effect::Send { frame, .. } = effect else {
            return None;
        };
        Some(frame.clone())
    };
    effects.iter().filter_map(frame).collect()
}

fn only(mut frames: Vec<Vec<u8>>) -> Vec<u8> {
    assert_eq!(frames.len(), 1);
    frames.pop().unwrap()
}

fn garbage() -> [Vec<u8>; 5] {
    [
        vec![],
        vec![7; 40],
        Hello::OURS.to_bytes().to_vec(),
        [Hello::OURS.to_bytes().as_slice(), &[7; 300]].concat(),
        vec![0; crate::wire::limits::FRAME_BYTES_MAX + 1],
    ]
}

/// Hands a side garbage, which closes the link, and then what would have been right, which does nothing.
fn spoil(engine: &mut Engine, garbage: &[u8], right: &[Vec<u8>]) {
    let spoilt = give(engine, LINK, garbage);
    assert_eq!(closed(&spoilt), [LINK.as_u64()]);
    assert_eq!(sent(&spoilt), <[Vec<u8>; 0]>::default());
    for frame in right {
        let bytes = frame.clone();
        engine.handle(Input::Frame { link: LINK, bytes }, at(0));
        assert_eq!(drain(engine), []);
    }
    assert_eq!(engine.live().count(), 0);
    effects(engine, Input::LinkClosed { link: LINK }, at(0));
}

struct Two {
    ann: Engine,
    ben: Engine,
    /// The transport ids of both.
    peers: [TransportId; 2],
}

impl Two {
    fn new() -> Self {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        Self {
            peers: [ann.transport(), ben.transport()],
            ann: acquainted(&ann, &[(&ben, 1)]),
            ben: acquainted(&ben, &[(&ann, 1)]),
        }
    }

    /// Ben's first frame to Ann.
    fn first(&mut self) -> Vec<u8> {
        let [ann, ben] = self.peers;
        open(&mut self.ann, LINK, ben, LinkPurpose::IncomingSession);
        only(sent(&open(&mut self.ben, LINK, ann, LinkPurpose::Session)))
    }

    /// That Ben, who has these operations in his store, opens a session with Ann on a new link.
    fn check_anew(&mut self, stored: &[SignedOperation]) {
        effects(&mut self.ben, Input::LinkClosed { link: LINK }, at(0));
        let (ann, ben) = (&mut self.ann, &mut self.ben);
        assert!(session_over(ben, ann, 2, self.peers, stored).is_empty());
        assert_eq!(self.ann.live().count() + self.ben.live().count(), 2);
    }
}

#[test]
fn garbage_before_a_first_frame_ends_the_link_and_the_same_frame_does_on_a_new_one() {
    for garbage in garbage() {
        let mut two = Two::new();
        let first = two.first();
        spoil(&mut two.ann, &garbage, std::slice::from_ref(&first));
        let (link, peer) = (LinkId::new(2), two.peers[1]);
        open(&mut two.ann, link, peer, LinkPurpose::IncomingSession);
        let answered = give(&mut two.ann, link, &first);
        only(sent(&answered));
        assert!(closed(&answered).is_empty());
    }
}

#[test]
fn garbage_before_an_answer_ends_the_link_and_a_new_one_leads_to_a_session() {
    for garbage in garbage() {
        let mut two = Two::new();
        let first = two.first();
        let answer = sent(&give(&mut two.ann, LINK, &first));
        spoil(&mut two.ben, &garbage, &[only(answer)]);
        effects(&mut two.ann, Input::LinkClosed { link: LINK }, at(0));
        two.check_anew(&[]);
    }
}

#[test]
fn garbage_before_the_first_message_ends_the_link_and_a_new_one_leads_to_a_session() {
    for garbage in garbage() {
        let mut two = Two::new();
        let first = two.first();
        let answer = only(sent(&give(&mut two.ann, LINK, &first)));
        let messages = sent(&give(&mut two.ben, LINK, &answer));
        assert!(!messages.is_empty());
        spoil(&mut two.ann, &garbage, &messages);
        two.check_anew(&[]);
    }
}

#[test]
fn garbage_in_a_session_ends_it_and_what_was_right_comes_by_a_new_one() {
    for garbage in garbage() {
        let mut two = Two::new();
        assert!(session(&mut two.ben, &mut two.ann, LINK.as_u64()).is_empty());
        let [ann, ben] = [&two.ann, &two.ben].map(|engine| engine.own.person());
        let content = crate::operation::Content::Message {
            text: "hello".to_owned(),
        };
        let conversation = crate::id::ConversationId::direct(ann, ben);
        let write = Command::Write {
            urgent: false,
            conversation,
            target: None,
            content,
        };
        let command = Input::Command {
            request: RequestId::new([1; 16]),
            command: write,
        };
        two.ben.handle(command, at(0));
        let (mut written, mut frames) = (Vec::new(), Vec::new());
        for output in drain(&mut two.ben) {
            match output {
                Output::Persist(Change::InsertOperation(record)) => {
                    written.push(record.operation.signed().clone());
                }
                Output::Effect(effect) => frames.extend(sent(&[effect])),
                Output::Persist(_) => {}
            }
        }
        assert_eq!((written.len(), frames.is_empty()), (1, false));
        spoil(&mut two.ann, &garbage, &frames);
        let held = |ann: &Engine| {
            let replica = ann.replicas.by_id(&conversation).unwrap();
            replica.vector(&ann.directory, &ann.own).positions.len()
        };
        assert_eq!(held(&two.ann), 0);
        two.check_anew(&written);
        assert_eq!(held(&two.ann), 1);
    }
}

#[test]
fn garbage_before_a_join_ends_the_link_and_the_same_join_does_on_a_new_one() {
    let ben = identity("Ben", 2);
    for garbage in garbage() {
        let mut inviter = engine(&identity("Ann", 1), &[]);
        let code = invite(&mut inviter, 10, false);
        let mut rng = crate::rng::Rng::from_seed(&[5; 32]);
        let (_, asked) =
            crate::pairing::join(&ben, &ben.card(Vec::new()), &code, &mut rng).unwrap();
        let purpose = || LinkPurpose::IncomingJoin;
        open(&mut inviter, LINK, ben.transport(), purpose());
        spoil(&mut inviter, &garbage, &[asked.to_bytes()]);
        open(&mut inviter, LinkId::new(2), ben.transport(), purpose());
        let answered = sent(&give(&mut inviter, LinkId::new(2), asked.as_bytes()));
        let reply = JoinReply::from_bytes(&only(answered)).unwrap();
        assert!(matches!(reply, JoinReply::Answer(_)));
    }
}

#[test]
fn garbage_before_the_reply_to_a_join_ends_the_link_and_the_same_reply_does_on_a_new_one() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    for garbage in garbage() {
        let (mut inviter, mut joiner) = (engine(&ann, &[]), engine(&ben, &[]));
        let code = invite(&mut inviter, 10, false).to_string();
        let joining = command(&mut joiner, Command::Join { code });
        let Ok(Outcome::Joining { tag }) = joining else {
            panic!("a join, not {joining:?}");
        };
        let mut ask = |joiner: &mut Engine, link| {
            let asked = open(joiner, link, ann.transport(), LinkPurpose::Join(tag));
            open(
                &mut inviter,
                link,
                ben.transport(),
                LinkPurpose::IncomingJoin,
            );
            only(sent(&give(&mut inviter, link, &only(sent(&asked)))))
        };
        let reply = ask(&mut joiner, LINK);
        spoil(&mut joiner, &garbage, std::slice::from_ref(&reply));
        assert!(joiner.directory.contact(&ann.person()).is_none());
        let link = LinkId::new(2);
        assert_eq!(ask(&mut joiner, link), reply);
        give(&mut joiner, link, &reply);
        assert!(joiner.directory.contact(&ann.person()).is_some());
    }
}

#[test]
fn an_answer_to_a_join_given_up_is_held_against_nobody_and_is_none_to_the_next_by_the_same_code() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let (mut of_ann, mut of_ben) = (engine(&ann, &[]), engine(&ben, &[]));
    let code = invite(&mut of_ann, 10, true).to_string();
    let (mut answers, mut tags) = (Vec::new(), Vec::new());
    for link in [1, 2].map(LinkId::new) {
        let code = code.clone();
        let Ok(Outcome::Joining { tag }) = command(&mut of_ben, Command::Join { code }) else {
            panic!("no join");
        };
        let asks = open(&mut of_ben, link, ann.transport(), LinkPurpose::Join(tag));
        let peer = ben.transport();
        open(&mut of_ann, link, peer, LinkPurpose::IncomingJoin);
        answers.push(only(sent(&give(&mut of_ann, link, &only(sent(&asks))))));
        tags.push(tag);
        if tags.len() == 1 {
            let given_up = command(&mut of_ben, Command::CancelJoin { tag });
            assert_eq!(given_up, Ok(Outcome::Done));
        }
    }
    assert_eq!(tags[0], tags[1]);
    assert_eq!(give(&mut of_ben, LinkId::new(1), &answers[0]), []);
    effects(&mut of_ben, Input::LinkClosed { link: LINK }, at(0));
    assert!(of_ben.directory.contact(&ann.person()).is_none());
    give(&mut of_ben, LinkId::new(2), &answers[1]);
    assert!(of_ben.directory.contact(&ann.person()).is_some());
}
