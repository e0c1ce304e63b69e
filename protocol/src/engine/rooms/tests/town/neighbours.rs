//! Neighbours: who is connected to whom to carry, and strangers who say what they like.

use std::collections::{BTreeMap, BTreeSet};

use super::{House, Tap, Town};
use crate::carry::{CarryFrame, NoticeHint, Tier};
use crate::delivery::DeliveryState;
use crate::engine::rooms::tests::message;
use crate::engine::{Command, Input, LinkId, LinkPurpose};
use crate::id::{ConversationId, EnvelopeId, RequestId, TransportId};
use crate::record::Profile;

/// The links over which is carried.
#[derive(Default)]
pub(super) struct Neighbours {
    /// Who is connected; the first dialled.
    connected: BTreeSet<(usize, usize)>,
    links: BTreeSet<LinkId>,
    strangers: BTreeMap<LinkId, Heard>,
}

/// What a stranger was told.
struct Heard {
    frames: Vec<CarryFrame>,
    /// The notices that are said to be there, if anything was said of that.
    hints: Option<Vec<NoticeHint>>,
    reads: bool,
}

/// A link of somebody whom nobody knows, who is no program.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine::rooms::tests) struct Stranger {
    to: usize,
    link: LinkId,
}

impl Stranger {
    /// The link.
    pub(in crate::engine::rooms::tests) const fn link(self) -> LinkId {
        self.link
    }
}

impl Neighbours {
    /// Notes what a stranger was sent; returns whether that was written out.
    pub(super) fn hear(&mut self, link: LinkId, frame: &[u8]) -> bool {
        let Some(heard) = self.strangers.get_mut(&link) else {
            return true;
        };
        let frame = CarryFrame::from_bytes(frame).unwrap();
        if let CarryFrame::Heard(hints) = frame {
            heard.hints = Some(hints);
        } else {
            heard.frames.push(frame);
        }
        heard.reads
    }

    pub(super) fn has(&self, link: LinkId) -> bool {
        self.links.contains(&link)
    }

    /// Forgets a link; returns whether it was a stranger's.
    pub(super) fn leave(&mut self, link: LinkId) -> bool {
        self.links.remove(&link);
        self.strangers.remove(&link).is_some()
    }
}

impl House {
    /// The envelopes with these ids, as many as take no more than so many bytes, and the first anyway.
    pub(super) fn load(&self, ids: &[EnvelopeId], bytes: usize) -> Vec<(EnvelopeId, Vec<u8>)> {
        let kept = ids
            .iter()
            .filter_map(|id| Some((*id, self.envelopes.get(id)?.clone())));
        let mut total = 0_usize;
        let fits = |(_, envelope): &(EnvelopeId, Vec<u8>)| {
            let is_first = total == 0;
            total = total.saturating_add(envelope.len());
            is_first || total <= bytes
        };
        kept.take_while(fits).collect()
    }
}

impl Town {
    /// Connects two, of whom the first dials; they open a link to carry by themselves.
    pub(in crate::engine::rooms::tests) fn neighbour(&mut self, one: usize, other: usize) {
        self.meet(one, other);
        self.run();
    }

    /// Does so without waiting for what comes of it.
    pub(in crate::engine::rooms::tests) fn meet(&mut self, one: usize, other: usize) {
        self.neighbours.connected.insert((one, other));
        for (who, whom, dialed) in [(one, other, true), (other, one, false)] {
            let connected = Input::PeerConnected {
                peer: self.transport(whom),
                address: format!("/ip4/10.0.{whom}.1/udp/1/quic-v1"),
                dialed,
            };
            self.inputs.push_back((who, connected));
        }
    }

    /// Ends what connects two.
    pub(in crate::engine::rooms::tests) fn part(&mut self, one: usize, other: usize) {
        let is_both = |ends: &(usize, usize)| [(one, other), (other, one)].contains(ends);
        self.neighbours.connected.retain(|ends| !is_both(ends));
        let links = self.links.iter().filter(|(_, ends)| is_both(ends));
        for link in links.map(|(link, _)| *link).collect::<Vec<_>>() {
            self.links.remove(&link);
            self.neighbours.leave(link);
            for who in [one, other] {
                self.inputs.push_back((who, Input::LinkClosed { link }));
            }
        }
        for (who, whom) in [(one, other), (other, one)] {
            let peer = self.transport(whom);
            self.inputs
                .push_back((who, Input::PeerDisconnected { peer }));
        }
        self.run();
    }

    /// Has two be neighbours for as long as they have something to say.
    pub(in crate::engine::rooms::tests) fn pass_by(&mut self, one: usize, other: usize) {
        self.neighbour(one, other);
        self.part(one, other);
    }

    pub(super) fn open_carry(&mut self, who: usize, peer: TransportId) {
        let other = (0..self.people()).find(|other| self.transport(*other) == peer);
        let other = other.filter(|other| self.neighbours.connected.contains(&(who, *other)));
        if let Some(other) = other {
            let purposes = [LinkPurpose::Carry, LinkPurpose::IncomingCarry];
            let link = self.link_for(who, other, purposes);
            self.neighbours.links.insert(link);
        } else {
            self.inputs.push_back((who, Input::CarryUnopened { peer }));
        }
    }

    /// Whether two compare what they carry.
    pub(in crate::engine::rooms::tests) fn are_neighbours(&self, one: usize, other: usize) -> bool {
        self.carry_link(one, other).is_some()
    }

    fn carry_link(&self, one: usize, other: usize) -> Option<LinkId> {
        let links = self.links.iter();
        let mut between = links.filter(|(_, ends)| [(one, other), (other, one)].contains(ends));
        let link = between.find(|(link, _)| self.neighbours.has(**link));
        link.map(|(link, _)| *link)
    }

    /// Hands somebody a frame over the link to a neighbour, as if those had sent it.
    pub(in crate::engine::rooms::tests) fn slip_frame(
        &mut self,
        to: usize,
        from: usize,
        frame: &CarryFrame,
    ) {
        let link = self.carry_link(from, to).unwrap();
        let bytes = frame.to_bytes();
        self.inputs.push_back((to, Input::Frame { link, bytes }));
        self.run();
    }

    /// Opens a link to somebody as another would, who then says what the test likes.
    pub(in crate::engine::rooms::tests) fn posing(&mut self, to: usize, whom: usize) -> Stranger {
        let peer = self.transport(whom);
        self.open_from(to, peer)
    }

    /// Opens a link to somebody from a peer that nobody knows, one for each number.
    pub(in crate::engine::rooms::tests) fn stranger(&mut self, to: usize, number: u16) -> Stranger {
        let mut id = [0xee; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        self.open_from(to, TransportId::new(id))
    }

    fn open_from(&mut self, to: usize, peer: TransportId) -> Stranger {
        self.next_link += 1;
        let link = LinkId::new(self.next_link);
        let heard = Heard {
            frames: Vec::new(),
            hints: None,
            reads: true,
        };
        self.neighbours.strangers.insert(link, heard);
        let opened = Input::LinkOpened {
            link,
            peer,
            purpose: LinkPurpose::IncomingCarry,
        };
        self.hand_input(to, opened);
        Stranger { to, link }
    }

    /// Has a stranger read nothing any more.
    pub(in crate::engine::rooms::tests) fn deafen(&mut self, stranger: Stranger) {
        self.neighbours
            .strangers
            .get_mut(&stranger.link)
            .unwrap()
            .reads = false;
    }

    /// Has a stranger say something; returns what they are told.
    pub(in crate::engine::rooms::tests) fn tell(
        &mut self,
        stranger: Stranger,
        frame: &CarryFrame,
    ) -> Vec<CarryFrame> {
        let Stranger { to, link } = stranger;
        let bytes = frame.to_bytes();
        self.hand_input(to, Input::Frame { link, bytes });
        self.told(stranger)
    }

    /// What a stranger was told since the last look.
    pub(in crate::engine::rooms::tests) fn told(&mut self, stranger: Stranger) -> Vec<CarryFrame> {
        let heard = self.neighbours.strangers.get_mut(&stranger.link);
        heard.map_or_else(Vec::new, |heard| std::mem::take(&mut heard.frames))
    }

    /// The notices of which a stranger was told that they are there, since the last look.
    pub(in crate::engine::rooms::tests) fn hints(
        &mut self,
        stranger: Stranger,
    ) -> Option<Vec<NoticeHint>> {
        let heard = self.neighbours.strangers.get_mut(&stranger.link);
        heard.and_then(|heard| heard.hints.take())
    }

    /// Whether a stranger's link is open.
    pub(in crate::engine::rooms::tests) fn is_heard(&self, stranger: Stranger) -> bool {
        self.neighbours.strangers.contains_key(&stranger.link)
    }

    /// Has a stranger's link end, by their own doing.
    pub(in crate::engine::rooms::tests) fn hang_up(&mut self, stranger: Stranger) {
        let Stranger { to, link } = stranger;
        self.neighbours.leave(link);
        self.hand_input(to, Input::LinkClosed { link });
    }

    /// Goes on for so many steps at most; returns how many.
    pub(in crate::engine::rooms::tests) fn run_for(&mut self, steps: usize) -> usize {
        let left = std::cell::Cell::new(steps);
        self.run_until(|_| {
            let is_over = left.get() == 0;
            left.set(left.get().saturating_sub(1));
            is_over
        });
        let is_done = self.inputs.is_empty();
        // What was looked at before nothing was left is no step.
        if is_done {
            (steps - left.get()).saturating_sub(1)
        } else {
            steps
        }
    }

    /// Has somebody be about to write something.
    pub(in crate::engine::rooms::tests) fn say_text(
        &mut self,
        who: usize,
        conversation: ConversationId,
        text: &str,
    ) {
        let command = Command::Write {
            urgent: false,
            conversation,
            target: None,
            content: message(text),
        };
        let request = RequestId::new([1; 16]);
        self.inputs
            .push_back((who, Input::Command { request, command }));
    }

    /// Takes down what peers are found to do wrong.
    pub(in crate::engine::rooms::tests) fn expect_faults(&mut self) {
        self.tap = Some(Tap {
            faults: Some(Vec::new()),
            ..Tap::default()
        });
    }

    /// What peers were found to do wrong since the last look.
    pub(in crate::engine::rooms::tests) fn faults(&mut self) -> Vec<String> {
        let faults = self.tap.as_mut().and_then(|tap| tap.faults.as_mut());
        std::mem::take(faults.unwrap())
    }

    /// All that somebody's device has stored, without a copy of it.
    pub(in crate::engine::rooms::tests) fn kept(&self, who: usize) -> &Profile {
        &self.houses[who].stored
    }

    /// The envelopes that somebody keeps for others.
    pub(in crate::engine::rooms::tests) fn for_others(&self, who: usize) -> Vec<EnvelopeId> {
        let carried = self.kept(who).carried.iter();
        let others = carried.filter(|record| record.tier != Tier::Own);
        others.map(|record| record.id).collect()
    }

    /// An envelope that somebody keeps, as it travels.
    pub(in crate::engine::rooms::tests) fn envelope(&self, who: usize, id: EnvelopeId) -> Vec<u8> {
        self.houses[who].envelopes[&id].clone()
    }

    /// How far what somebody wrote under a number has come to another.
    pub(in crate::engine::rooms::tests) fn state(
        &self,
        who: usize,
        conversation: ConversationId,
        to: usize,
        seq: u64,
    ) -> DeliveryState {
        let written = self.stored(who, conversation, who).into_iter();
        let mut written = written.filter(|operation| operation.header().seq == seq);
        let actor = written.next().unwrap().header().actor;
        let person = self.person(to);
        let changes = self.houses[who].deliveries.iter();
        let about = changes.filter(|change| {
            (change.actor, change.person) == (actor, person)
                && (change.first..=change.last).contains(&seq)
        });
        about.fold(DeliveryState::Queued, |state, change| {
            if state.may_become(change.state) {
                change.state
            } else {
                state
            }
        })
    }
}
