//! The weather: how connections and wires come and go, and what they do to what they carry.

use tidings_protocol::engine::Input;
use tidings_protocol::id::TransportId;

use super::network::{ConnectionId, End, Party, WireId};
use super::{Bug, DRAINED_BYTES, Device, Fault, Happening, Weather, World};

/// From when on a frame is late.
const LATE_MILLIS: u64 = 1_000;
/// How long a session that failed again and again takes at most to be opened anew, and some more.
const REOPEN_MILLIS: u64 = 610_000;

impl World {
    /// Parts two devices: what is between them is cut, and nothing new comes about.
    pub fn part(&mut self, one: usize, other: usize) {
        let pair = (one.min(other), one.max(other));
        self.network.apart.insert(pair);
        self.tally.count(Fault::Partition);
        self.disconnect(one, other);
    }

    /// Ends every parting.
    pub fn heal(&mut self) {
        self.network.apart.clear();
        for from in 0..self.devices.len() {
            for to in 0..self.devices.len() {
                self.dial_soon(from, to);
            }
        }
    }

    /// Takes back every crash and failing commit that was arranged and has not happened.
    pub fn disarm(&mut self) {
        self.devices.iter_mut().for_each(Device::disarm);
    }

    /// Ends all trouble.
    pub fn clear_up(&mut self) {
        self.stop_meddling();
        self.weather = Weather::CALM;
        self.heal();
        self.start_all();
    }

    /// Ends all trouble, and lets everything happen that comes of it. A session that failed again and
    /// again may take some time to be opened anew.
    pub fn calm(&mut self) {
        self.clear_up();
        self.run_for(REOPEN_MILLIS);
        self.start_all();
        self.rest();
        self.check_streams();
    }

    /// Cuts the connections between two devices; they find each other again.
    pub fn disconnect(&mut self, one: usize, other: usize) {
        let of_one = self.network.of_device(one);
        let of_other = self.network.of_device(other);
        for connection in of_one.into_iter().filter(|id| of_other.contains(id)) {
            self.cut_connection(connection);
        }
    }

    /// Cuts one wire between two devices and leaves their connection.
    pub fn cut_some_wire(&mut self) {
        let open: Vec<WireId> = self
            .network
            .wires
            .iter()
            .filter(|(_, wire)| wire.ends.iter().all(|end| !end.closing))
            .map(|(id, _)| *id)
            .collect();
        if !open.is_empty() {
            let index = self.chance.index(open.len());
            self.tally.count(Fault::WireCut);
            self.cut_wire(open[index]);
        }
    }

    /// Makes one device dial another whatever is between them already.
    pub fn dial_again(&mut self, from: usize, to: usize) {
        if self.devices[from].is_up() && self.devices[to].is_up() && self.network.reaches(from, to)
        {
            let (from, to) = (self.party(from), self.party(to));
            if self.network.live(from, to).is_some() {
                self.tally.count(Fault::SecondConnection);
            }
            self.connect(from, to);
        }
    }

    pub(super) fn latency(&mut self) -> u64 {
        self.chance.within(self.weather.latency.clone())
    }

    fn notice(&mut self) -> u64 {
        self.chance.within(self.weather.notice.clone())
    }

    pub(super) fn dial_soon(&mut self, from: usize, to: usize) {
        let took = self.latency();
        self.at(self.now + took, Happening::Dial(from, to));
    }

    /// Connects a device with one that it keeps, unless it is or cannot be. Whoever finds another transport key where that
    /// one was presumes that it is the same.
    pub(super) fn dial(&mut self, from: usize, to: usize) {
        let up = self.devices[from].is_up() && self.devices[to].is_up();
        let keeps = &self.devices[from].keeps;
        let peer = self.devices[to].transport;
        let kept = keeps.contains(&peer);
        let mut before = self.devices[to].transports.values();
        let before = before.find(|one| !kept && keeps.contains(*one)).copied();
        let is_near = self.near.contains(&(from.min(to), from.max(to)));
        let is_sought = kept || is_near || before.is_some();
        if !up || !is_sought || !self.network.reaches(from, to) {
            return;
        }
        if let Some(instead_of) = before {
            self.input(from, Input::Presumed { peer, instead_of });
        }
        let (one, other) = (self.party(from), self.party(to));
        if self.devices[from].is_up() && self.network.live(one, other).is_none() {
            self.connect(one, other);
        }
    }

    pub(super) fn connect(&mut self, from: Party, to: Party) -> ConnectionId {
        let heard_at = self.now + self.latency();
        let connection = self.network.add_connection([from, to], heard_at);
        if let Some([one, other]) = devices(&[from, to]) {
            self.meetings.begin(connection, one, other, heard_at);
        }
        for side in 0..2 {
            self.at(heard_at, Happening::Connected(connection, side));
        }
        connection
    }

    pub(super) fn connected(&mut self, id: ConnectionId, side: usize) {
        let connection = self.network.connections.get(&id).expect("it is there");
        let (party, other) = (connection.parties[side], connection.parties[1 - side]);
        let Party::Device { index, incarnation } = party else {
            return;
        };
        if !self.runs(index, incarnation) {
            return;
        }
        let peer = self.transport_of(other);
        let connected = Input::PeerConnected {
            peer,
            address: format!("/memory/{}", id.0),
            dialed: side == 0,
        };
        self.input(index, connected);
    }

    pub(super) fn cut_connection(&mut self, id: ConnectionId) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if !std::mem::take(&mut connection.alive) {
            return;
        }
        let (parties, heard_at) = (connection.parties, connection.heard_at);
        self.meetings.end(id, self.now);
        self.tally.count(Fault::ConnectionCut);
        for wire in self.network.inside(id) {
            self.cut_wire(wire);
        }
        for side in 0..2 {
            let at = self.now.max(heard_at) + self.notice();
            self.at(at, Happening::Lost(id, side));
        }
        if let Some([one, other]) = devices(&parties) {
            self.meetings.disturb(one, other, self.now);
            self.dial_soon(one, other);
            self.dial_soon(other, one);
        }
    }

    pub(super) fn lost(&mut self, id: ConnectionId, side: usize) {
        let connection = self.network.connections.get_mut(&id).expect("it was there");
        connection.believed[side] = false;
        let (party, other) = (connection.parties[side], connection.parties[1 - side]);
        if connection.believed == [false; 2] {
            self.network.connections.remove(&id);
        }
        let Party::Device { index, incarnation } = party else {
            return;
        };
        let peer = self.transport_of(other);
        let believed = self.network.connections.values().any(|connection| {
            (0..2).any(|side| {
                connection.believed[side]
                    && connection.parties[side] == party
                    && self.transport_of(connection.parties[1 - side]) == peer
            })
        });
        if self.runs(index, incarnation) && !believed {
            self.input(index, Input::PeerDisconnected { peer });
            if let Party::Device { index: to, .. } = other {
                self.dial_soon(index, to);
            }
        }
    }

    pub(super) fn open_wire(
        &mut self,
        connection: Option<ConnectionId>,
        opener: End,
        other: End,
    ) -> WireId {
        let wire = self.network.add_wire(connection, opener, other);
        let connection = connection.and_then(|id| self.network.connections.get(&id));
        let heard_at = connection.map_or(0, |connection| connection.heard_at);
        let first = self.now.max(heard_at);
        let took = [self.latency(), self.latency()];
        for (side, took) in took.into_iter().enumerate() {
            self.arrive(wire, side, first + took, Happening::Opened(wire, side));
        }
        wire
    }

    pub(super) fn opened(&mut self, wire: WireId, side: usize) {
        let Some(ends) = self.network.wires.get(&wire).map(|wire| &wire.ends) else {
            return;
        };
        let peer = self.transport_of(ends[1 - side].party);
        let (party, purpose) = (ends[side].party, ends[side].purpose);
        let Party::Device { index, incarnation } = party else {
            return;
        };
        if !self.runs(index, incarnation) {
            return;
        }
        let Some(link) = self.devices[index].next_link() else {
            return;
        };
        if let Some(entry) = self.network.wires.get_mut(&wire) {
            entry.ends[side].link = Some(link);
        }
        let opened = Input::LinkOpened {
            link,
            peer,
            purpose,
        };
        self.input(index, opened);
    }

    /// Sends a frame from one side of a wire to the other.
    pub(super) fn send(&mut self, wire: WireId, from: usize, frame: Vec<u8>) {
        let to = 1 - from;
        let Some(entry) = self.network.wires.get_mut(&wire) else {
            return;
        };
        let sender = &mut entry.ends[from];
        if sender.closing {
            return;
        }
        sender.written += frame.len();
        let drained =
            (sender.written >= DRAINED_BYTES).then(|| std::mem::take(&mut sender.written));
        let at = self.now + self.latency();
        let at = self.arrive(wire, to, at, Happening::Frame(wire, to, frame));
        if at.saturating_sub(self.now) >= LATE_MILLIS {
            self.tally.count(Fault::FrameLate);
        }
        if let Some(bytes) = drained {
            self.at(at, Happening::Drained(wire, from, bytes));
        }
        if self
            .weather
            .cut_one_in
            .is_some_and(|n| self.chance.one_in(n))
        {
            self.tally.count(Fault::WireCut);
            self.cut_wire(wire);
        }
    }

    pub(super) fn arrived(&mut self, wire: WireId, side: usize, bytes: Vec<u8>) {
        let end = self.network.wires.get(&wire).map(|wire| &wire.ends[side]);
        if end.is_none_or(|end| end.deaf) {
            return;
        }
        for bytes in self.meddled(wire, side, bytes) {
            self.hand_over(wire, side, bytes);
        }
    }

    fn hand_over(&mut self, wire: WireId, side: usize, bytes: Vec<u8>) {
        let Some(entry) = self.network.wires.get_mut(&wire) else {
            return;
        };
        let end = &mut entry.ends[side];
        self.tally.note(&bytes);
        match (end.party, end.link) {
            (Party::Stranger(_), _) => end.received.push(bytes),
            (Party::Device { index, incarnation }, Some(link)) => {
                self.overheard(index, &bytes);
                let again = self.strikes(Bug::RepeatsFrames, 7).then(|| bytes.clone());
                for bytes in std::iter::once(bytes).chain(again) {
                    if self.runs(index, incarnation) {
                        self.input(index, Input::Frame { link, bytes });
                    }
                }
            }
            (Party::Device { .. }, None) => {}
        }
    }

    pub(super) fn drained(&mut self, wire: WireId, side: usize, bytes: usize) {
        let end = self.network.wires.get(&wire).map(|wire| &wire.ends[side]);
        if let Some(End {
            party: Party::Device { index, incarnation },
            link: Some(link),
            closing: false,
            ..
        }) = end
        {
            let (index, incarnation, link) = (*index, *incarnation, *link);
            if self.runs(index, incarnation) {
                self.input(index, Input::Drained { link, bytes });
            }
        }
    }

    /// Closes a wire from one side: what that side sent arrives; what is on its way to it may.
    pub(super) fn close(&mut self, wire: WireId, side: usize) {
        let ends = self.network.wires.get(&wire).map(|wire| &wire.ends);
        let listens = ends.is_some_and(|ends| matches!(ends[1 - side].party, Party::Stranger(_)));
        // Strangers get every chance to do harm.
        let deaf = !listens && self.chance.one_in(2);
        self.end(wire, side, deaf);
        self.end(wire, 1 - side, false);
    }

    /// Breaks a wire.
    pub(super) fn cut_wire(&mut self, wire: WireId) {
        self.disturb(wire);
        for side in 0..2 {
            let loses = self.chance.one_in(2);
            self.end(wire, side, loses);
        }
    }

    /// Notes that what two devices say to each other is disturbed.
    pub(super) fn disturb(&mut self, wire: WireId) {
        let ends = self.network.wires.get(&wire).map(|wire| &wire.ends);
        let parties = ends.map(|ends| [ends[0].party, ends[1].party]);
        if let Some([one, other]) = parties.and_then(|parties| devices(&parties)) {
            self.meetings.disturb(one, other, self.now);
        }
    }

    fn end(&mut self, wire: WireId, side: usize, deaf: bool) {
        let Some(entry) = self.network.wires.get_mut(&wire) else {
            return;
        };
        let end = &mut entry.ends[side];
        end.deaf |= deaf;
        if std::mem::replace(&mut end.closing, true) {
            return;
        }
        let at = self.now + self.notice();
        self.arrive(wire, side, at, Happening::Closed(wire, side));
    }

    pub(super) fn closed(&mut self, wire: WireId, side: usize) {
        let Some(entry) = self.network.wires.get_mut(&wire) else {
            return;
        };
        let end = &mut entry.ends[side];
        end.closed = true;
        let (party, link) = (end.party, end.link);
        let of_devices = entry
            .ends
            .iter()
            .all(|end| matches!(end.party, Party::Device { .. }));
        if of_devices && entry.ends.iter().all(|end| end.closed) {
            self.network.wires.remove(&wire);
        } else if !entry.ends[1 - side].closing {
            // The other side reads the end of the stream.
            self.end(wire, 1 - side, false);
        }
        if let (Party::Device { index, incarnation }, Some(link)) = (party, link)
            && self.runs(index, incarnation)
            && !self.strikes(Bug::MissesEnds, 2)
        {
            self.input(index, Input::LinkClosed { link });
        }
    }

    /// Lets something arrive at an end after all that was sent to it before; returns when.
    fn arrive(&mut self, wire: WireId, side: usize, at: u64, happening: Happening) -> u64 {
        let mut arrival = at;
        if let Some(entry) = self.network.wires.get_mut(&wire) {
            let end = &mut entry.ends[side];
            arrival = at.max(end.last_arrival);
            end.last_arrival = arrival;
        }
        self.at(arrival, happening);
        arrival
    }

    pub(super) fn transport_of(&self, party: Party) -> TransportId {
        match party {
            Party::Device { index, incarnation } => {
                let device = &self.devices[index];
                let then = device.transports.get(&incarnation);
                then.copied().unwrap_or(device.transport)
            }
            Party::Stranger(transport) => transport,
        }
    }
}

/// The two devices at the ends of something, if both are.
fn devices(parties: &[Party; 2]) -> Option<[usize; 2]> {
    match parties {
        [
            Party::Device { index: one, .. },
            Party::Device { index: other, .. },
        ] => Some([*one, *other]),
        [Party::Stranger(_), _] | [_, Party::Stranger(_)] => None,
    }
}
