//! Engines with their stores, driven by hand in one thread: what devices decide, do and say to each
//! other, without a network between them.
//!
//! ```text
//!   device --Send--> wire (a queue; half a round trip) --Frame--> device
//!      ^ commits what came with one window, as the driver does
//! ```
//!
//! The world of `tests/src/world.rs` has time, weather and chance between its devices; here nothing is
//! between what is measured.
//!
//! Invariants
//! - Engine, gate and store of each device are the real ones, and the store is on the disk unless said
//!   otherwise.
//! - Work takes no time on the wires: what is said in answer to a frame arrives half a round trip after
//!   it.

mod device;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tidings_protocol::engine::{Command, Effect, Input, LinkId, LinkPurpose};
use tidings_protocol::id::{ActorId, ConversationId, Tag, TransportId};
use tidings_protocol::operation::{Content, SignedOperation};
use tidings_protocol::record::Outcome as Done;

use crate::Outcome;
use crate::process::thread_time;
pub(crate) use device::Device;

/// Frames that a device takes in before it commits, and bytes of them: what may be in flight.
const FRAMES_PER_TURN: usize = 256;
const BYTES_PER_TURN: usize = 1024 * 1024;
/// Bytes written to a link before its engine hears of it, as in the driver.
const DRAINED_BYTES: usize = 256 * 1024;
/// Bytes before each frame on a link: its length.
const LENGTH_BYTES: usize = 2;
/// Messages that are written between two commits when many are.
const WRITTEN_PER_TURN: u32 = 1_000;
/// Messages that one person writes before it is the other's turn.
const WRITTEN_AT_A_TIME: u32 = 500;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// A text of 40 bytes that no other number has.
pub(crate) fn forty_bytes(number: u32) -> String {
    format!("message {number:07}, as people write it now.")
}

/// The command that writes a message.
pub(crate) const fn message_of(conversation: ConversationId, text: String) -> Command {
    Command::Write {
        urgent: false,
        conversation,
        target: None,
        content: Content::Message { text },
    }
}

/// One end of a wire: a device, and the link as it knows it.
type End = (usize, LinkId);

/// What lies at the other end, and what was written to it since the engine last heard of that.
#[derive(Debug, Clone, Copy)]
struct Wire {
    other: End,
    written: usize,
}

/// What is on its way to a device.
#[derive(Debug)]
struct Arrival {
    end: End,
    at: u64,
    /// Absent: the wire was closed.
    frame: Option<Vec<u8>>,
}

/// A commit that held operations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    /// How many.
    pub(crate) operations: usize,
    /// When they were durable.
    pub(crate) at: Instant,
    /// Half round trips until then.
    pub(crate) half_trips: u64,
}

/// Some devices and the wires between them.
#[derive(Debug, Default)]
pub(crate) struct Engines {
    devices: Vec<Device>,
    wires: BTreeMap<End, Wire>,
    arrivals: VecDeque<Arrival>,
    /// Who made the invite that is used.
    inviter: usize,
    half_trips: u64,
    frames: Vec<usize>,
    stored: BTreeMap<usize, Vec<Stored>>,
    /// Whose processor time is counted while what was sent to it is handled, and how much it was.
    metered: Option<usize>,
    spent: Duration,
}

impl Engines {
    /// Ann and Ben, who are contacts, hold so many messages that they wrote to each other, and are not
    /// connected. Returns their numbers too.
    pub(crate) fn ann_and_ben(
        messages: u32,
        text: impl Fn(u32) -> String,
    ) -> Outcome<(Self, [usize; 2])> {
        let mut engines = Self::default();
        let pair = [engines.add("Ann")?, engines.add("Ben")?];
        engines.pair(pair[0], pair[1])?;
        engines.disconnect(pair[0], pair[1])?;
        engines.converse(pair, 0..messages, text)?;
        Ok((engines, pair))
    }

    /// Adds a person with a device on the disk; returns its number.
    pub(crate) fn add(&mut self, name: &str) -> Outcome<usize> {
        self.devices.push(Device::on_disk(name)?);
        Ok(self.devices.len().saturating_sub(1))
    }

    /// Adds a person with a device in memory; returns its number.
    pub(crate) fn add_in_memory(&mut self, name: &str) -> Outcome<usize> {
        self.devices.push(Device::in_memory(name)?);
        Ok(self.devices.len().saturating_sub(1))
    }

    pub(crate) fn device(&mut self, index: usize) -> Outcome<&mut Device> {
        let device = self.devices.get_mut(index);
        device.ok_or_else(|| format!("there is no device {index}").into())
    }

    /// The conversation of two people.
    pub(crate) fn conversation(&mut self, [one, other]: [usize; 2]) -> Outcome<ConversationId> {
        let person = self.device(other)?.person();
        Ok(self.device(one)?.conversation(person))
    }

    /// All that the first of two people holds of their conversation.
    pub(crate) fn messages(&mut self, pair: [usize; 2]) -> Outcome<Vec<SignedOperation>> {
        let conversation = self.conversation(pair)?;
        let mut messages = Vec::new();
        for index in pair {
            let actor = ActorId::direct(self.device(index)?.own().device(), conversation);
            let reader = self.device(pair[0])?.reader();
            messages.extend(reader.operations(conversation, actor, 1, u64::MAX, usize::MAX)?);
        }
        Ok(messages)
    }

    /// Has a device listen at an address, of which it tells whom it is connected to from then on.
    pub(crate) fn listens(&mut self, index: usize, address: &str) -> Outcome<()> {
        let listening = Input::Listening {
            addresses: vec![address.to_owned()],
            far: Vec::new(),
        };
        self.device(index)?.handle(listening);
        self.turn(index)
    }

    /// Forgets what was counted so far.
    pub(crate) fn count_anew(&mut self) {
        self.half_trips = 0;
        self.frames.clear();
        self.stored.clear();
    }

    /// The commits of a device that held operations.
    pub(crate) fn stored(&self, index: usize) -> &[Stored] {
        self.stored.get(&index).map_or(&[], Vec::as_slice)
    }

    /// Counts the processor time of one device from now on.
    pub(crate) const fn meter(&mut self, index: usize) {
        self.metered = Some(index);
    }

    /// What was counted since this was last asked.
    pub(crate) const fn take_spent(&mut self) -> Duration {
        std::mem::replace(&mut self.spent, Duration::ZERO)
    }

    /// The length of every frame that was sent, with what precedes it on a link, in order.
    pub(crate) fn frames(&self) -> &[usize] {
        &self.frames
    }

    /// Ends the devices and gives back their profiles' directories.
    pub(crate) fn into_homes(self) -> Vec<Option<TempDir>> {
        self.devices.into_iter().map(Device::into_home).collect()
    }

    /// Connects two devices; the first dials. If they are contacts, it opens a session.
    pub(crate) fn connect(&mut self, from: usize, to: usize) -> Outcome<()> {
        for (index, other) in [(from, to), (to, from)] {
            let connected = Input::PeerConnected {
                peer: self.device(other)?.transport(),
                address: "/memory/1".to_owned(),
                dialed: index == from,
            };
            self.device(index)?.handle(connected);
            self.turn(index)?;
        }
        self.settle()
    }

    /// Ends the connection between two devices; what is on its way between them is lost.
    pub(crate) fn disconnect(&mut self, one: usize, other: usize) -> Outcome<()> {
        let between = |end: &End, wire: &Wire| {
            let ends = (end.0, wire.other.0);
            ends == (one, other) || ends == (other, one)
        };
        let cut: Vec<End> = self
            .wires
            .iter()
            .filter(|(end, wire)| between(end, wire))
            .map(|(end, _)| *end)
            .collect();
        self.arrivals.retain(|arrival| !cut.contains(&arrival.end));
        for (index, other) in [(one, other), (other, one)] {
            let peer = self.device(other)?.transport();
            self.device(index)?.handle(Input::PeerDisconnected { peer });
        }
        for end in cut {
            self.wires.remove(&end);
            let (index, link) = end;
            self.device(index)?.handle(Input::LinkClosed { link });
            self.turn(index)?;
        }
        Ok(())
    }

    /// Makes two people contacts of each other; they are connected then.
    pub(crate) fn pair(&mut self, inviter: usize, joiner: usize) -> Outcome<()> {
        let invite = Command::MakeInvite {
            expires_in: WEEK,
            reusable: true,
        };
        let Done::Invited { code, .. } = self.ask(inviter, invite)? else {
            return Err("no code came of an invite".into());
        };
        self.inviter = inviter;
        self.connect(joiner, inviter)?;
        self.ask(joiner, Command::Join { code })?;
        if self.device(inviter)?.reader().contacts()?.is_empty() {
            return Err("no contact came of a join".into());
        }
        Ok(())
    }

    /// Has a device carry out a command, and everything happen that comes of it.
    pub(crate) fn ask(&mut self, index: usize, command: Command) -> Outcome<Done> {
        self.device(index)?.command(command);
        self.turn(index)?;
        self.settle()?;
        self.device(index)?.take_reply()
    }

    /// Has a person write messages, numbered from `first` on, many to a commit.
    pub(crate) fn write(
        &mut self,
        index: usize,
        conversation: ConversationId,
        numbers: Range<u32>,
        text: impl Fn(u32) -> String,
    ) -> Outcome<()> {
        for number in numbers.clone() {
            self.device(index)?
                .command(message_of(conversation, text(number)));
            let is_last = number.saturating_add(1) == numbers.end;
            if is_last || number.is_multiple_of(WRITTEN_PER_TURN) {
                self.turn(index)?;
                self.device(index)?.take_reply()?;
            }
        }
        Ok(())
    }

    /// Has two people, who are not connected, write to each other by turns and hold all of it; they
    /// are not connected then either.
    pub(crate) fn converse(
        &mut self,
        pair: [usize; 2],
        numbers: Range<u32>,
        text: impl Fn(u32) -> String,
    ) -> Outcome<()> {
        let [one, other] = pair;
        let conversation = self.conversation(pair)?;
        let mut writers = pair.into_iter().cycle();
        let mut first = numbers.start;
        while first < numbers.end {
            let last = first.saturating_add(WRITTEN_AT_A_TIME).min(numbers.end);
            let writer = writers.next().unwrap_or(one);
            self.write(writer, conversation, first..last, &text)?;
            first = last;
            self.connect(one, other)?;
            self.disconnect(one, other)?;
        }
        Ok(())
    }

    /// Lets everything happen until nothing is on its way any more.
    pub(crate) fn settle(&mut self) -> Outcome<()> {
        while let Some(first) = self.arrivals.front() {
            let (index, at) = (first.end.0, first.at);
            self.half_trips = at;
            let is_metered = self.metered == Some(index);
            let before = is_metered.then(thread_time).transpose()?;
            let (mut frames, mut bytes) = (0, 0);
            while frames < FRAMES_PER_TURN
                && bytes < BYTES_PER_TURN
                && let Some(arrival) = self
                    .arrivals
                    .pop_front_if(|next| next.end.0 == index && next.at == at)
            {
                let link = arrival.end.1;
                let input = match arrival.frame {
                    Some(frame) => {
                        bytes = bytes.saturating_add(frame.len());
                        Input::Frame { link, bytes: frame }
                    }
                    None => Input::LinkClosed { link },
                };
                frames = frames.saturating_add(1);
                self.device(index)?.handle(input);
            }
            self.turn(index)?;
            if let Some(before) = before {
                self.spent += thread_time()?.saturating_sub(before);
            }
        }
        Ok(())
    }

    /// Lets a device commit, and does what it may do then, until there is nothing more.
    pub(crate) fn turn(&mut self, index: usize) -> Outcome<()> {
        loop {
            let (operations, effects) = self.device(index)?.turn()?;
            if operations > 0 {
                self.stored.entry(index).or_default().push(Stored {
                    operations,
                    at: Instant::now(),
                    half_trips: self.half_trips,
                });
            }
            if effects.is_empty() {
                return Ok(());
            }
            self.perform(index, effects)?;
        }
    }

    /// Does what a device may do.
    pub(crate) fn perform(&mut self, index: usize, effects: Vec<Effect>) -> Outcome<()> {
        for effect in effects {
            match effect {
                Effect::Send { link, frame } => self.send((index, link), frame)?,
                Effect::Close { link } => self.close((index, link))?,
                Effect::OpenSession { peer } => {
                    let to = self.at(peer)?;
                    let purposes = [LinkPurpose::Session, LinkPurpose::IncomingSession];
                    self.open(index, to, purposes)?;
                }
                Effect::ReachInviter { tag, .. } => self.reach(index, tag)?,
                Effect::Load {
                    load,
                    conversation,
                    actor,
                    from,
                    through,
                    bytes,
                } => {
                    let device = self.device(index)?;
                    let operations =
                        device
                            .reader()
                            .operations(conversation, actor, from, through, bytes)?;
                    device.handle(Input::Loaded { load, operations });
                }
                Effect::Reply { result, .. } => self.device(index)?.replied(result),
                // Nobody dials here, waits, listens or builds documents.
                Effect::OpenCarry { .. }
                | Effect::LoadEnvelopes { .. }
                | Effect::Keep { .. }
                | Effect::Forget { .. }
                | Effect::Timer(_)
                | Effect::Compute(_)
                | Effect::Event(_) => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, from: End, frame: Vec<u8>) -> Outcome<()> {
        let Some(wire) = self.wires.get_mut(&from) else {
            return Ok(());
        };
        self.frames.push(frame.len().saturating_add(LENGTH_BYTES));
        wire.written = wire.written.saturating_add(frame.len());
        let bytes = wire.written;
        if bytes >= DRAINED_BYTES {
            wire.written = 0;
        }
        let end = wire.other;
        self.arrive(end, Some(frame));
        if bytes >= DRAINED_BYTES {
            let (index, link) = from;
            self.device(index)?.handle(Input::Drained { link, bytes });
        }
        Ok(())
    }

    fn close(&mut self, end: End) -> Outcome<()> {
        let Some(wire) = self.wires.remove(&end) else {
            return Ok(());
        };
        self.wires.remove(&wire.other);
        self.arrive(wire.other, None);
        let (index, link) = end;
        self.device(index)?.handle(Input::LinkClosed { link });
        Ok(())
    }

    fn arrive(&mut self, end: End, frame: Option<Vec<u8>>) {
        let at = self.half_trips.saturating_add(1);
        self.arrivals.push_back(Arrival { end, at, frame });
    }

    fn reach(&mut self, index: usize, tag: Tag) -> Outcome<()> {
        let purposes = [LinkPurpose::Join(tag), LinkPurpose::IncomingJoin];
        self.open(index, self.inviter, purposes)
    }

    fn open(&mut self, from: usize, to: usize, purposes: [LinkPurpose; 2]) -> Outcome<()> {
        let ends = [
            (from, self.device(from)?.next_link()),
            (to, self.device(to)?.next_link()),
        ];
        let [opener, other] = ends;
        for (end, other) in [(opener, other), (other, opener)] {
            self.wires.insert(end, Wire { other, written: 0 });
        }
        let [purpose, incoming] = purposes;
        for ((index, link), peer, purpose) in [(other, from, incoming), (opener, to, purpose)] {
            let peer = self.device(peer)?.transport();
            self.device(index)?.handle(Input::LinkOpened {
                link,
                peer,
                purpose,
            });
        }
        Ok(())
    }

    fn at(&self, transport: TransportId) -> Outcome<usize> {
        let mut devices = self.devices.iter();
        let found = devices.position(|device| device.transport() == transport);
        found.ok_or_else(|| "nobody has this transport id".into())
    }
}
