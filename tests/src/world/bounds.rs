//! Bounds: no queue of an engine, no gate, no stream and no database grows beyond what it must hold,
//! whatever happens; and once there is peace, nothing waits any more.
//!
//! Invariants
//! - Engines say how full they are beside their own limits; all else has its bound here.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tidings_protocol::engine::Queue;
use tidings_protocol::wire::limits::SESSIONS_PER_DEVICE_MAX;
use tidings_store::Store;

use super::ledger::Ledger;
use super::network::{End, Party, WireId};
use super::{DRAINED_BYTES, Happening, World};

/// Bytes that may wait for a commit or in it, as in the driver.
const BACKLOG_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes that may be on their way to one end of a stream, as in the driver.
const STREAM_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Frames that may be, as in the driver.
const STREAM_FRAMES_MAX: usize = 16 * 1024;
/// Things that are going to happen, for each device.
const HAPPENINGS_EACH_MAX: usize = 512;
/// Streams, and connections, for each device: those that ended and whose end is not known yet too.
const STREAMS_EACH_MAX: usize = 64;
/// Bytes of the write-ahead log: the pages after which it is written into the database, twice.
const LOG_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes for what a profile holds in which nothing is said, beside the pages of an empty database.
const PROFILE_BYTES: u64 = 64 * 1024;
/// Bytes for each device of the world: its card, and its receipts.
const DEVICE_BYTES: u64 = 4 * 1024;
/// Bytes for each operation beside its own: its place in chains, indexes and on the screen, its words, and
/// how far it has come.
const OPERATION_BYTES: u64 = 1024;
/// Bytes for each envelope that is kept, beside its own: what is known of it, and what of its pages is empty.
const CARRIED_BYTES: u64 = 2560;
/// Bytes for each envelope that was sealed here: whom it is for, and what the two devices share anew with each.
const DEPOSIT_BYTES: u64 = 6 * 1024;
/// Bytes for each tombstone.
const TOMBSTONE_BYTES: u64 = 256;
/// Bytes for each request.
const REQUEST_BYTES: u64 = 128;
/// Which part of a database at most is pages that hold nothing.
const FREE_PART: u64 = 4;

impl World {
    /// No queue holds more than it may.
    pub(super) fn check_queues(&self) {
        for device in &self.devices {
            let name = &device.name;
            for fill in device.fills() {
                assert!(fill.held <= fill.most, "{name}'s {fill:?}");
            }
            let backlog = device.backlog();
            assert!(backlog <= BACKLOG_BYTES_MAX, "{name} holds back {backlog}");
        }
        let (devices, network) = (self.devices.len(), &self.network);
        let happenings = self.happenings.len();
        assert!(
            happenings <= devices * HAPPENINGS_EACH_MAX,
            "{happenings} things are to happen"
        );
        let streams = network.wires.len().max(network.connections.len());
        assert!(streams <= devices * STREAMS_EACH_MAX, "{streams} streams");
        let mut under_way: BTreeMap<(WireId, usize), (usize, usize)> = BTreeMap::new();
        for happening in self.happenings.values() {
            if let Happening::Frame(wire, side, frame) = happening {
                let stream = under_way.entry((*wire, *side)).or_default();
                *stream = (stream.0 + 1, stream.1 + frame.len());
            }
        }
        for (stream, (frames, bytes)) in under_way {
            assert!(
                frames <= STREAM_FRAMES_MAX && bytes <= STREAM_BYTES_MAX,
                "{frames} frames of {bytes} bytes are on their way in {stream:?}"
            );
        }
    }

    /// Nothing is larger than it may be at any time.
    pub fn check_bounds(&mut self) {
        self.check_queues();
        self.check_disks();
    }

    /// No database is larger than what it must hold, and of no log more is kept than is written at once.
    fn check_disks(&mut self) {
        let devices = u64::try_from(self.devices.len()).expect("they are few");
        let empty = empty_bytes();
        for (index, device) in self.devices.iter_mut().enumerate() {
            let size = device.reader().size().expect("it is read");
            let requests = self.asked.iter().filter(|asked| asked.device == index);
            let requests = u64::try_from(requests.count()).expect("they are few");
            let most = empty
                + PROFILE_BYTES
                + devices * DEVICE_BYTES
                + size.operations * OPERATION_BYTES
                + size.operation_bytes
                + requests * REQUEST_BYTES
                + device.disk.ledger.most_bytes();
            let name = &device.name;
            assert!(size.bytes <= most, "{name}'s {size:?} is over {most}");
            // The room of what was carried once is for what will be.
            let freed = device.disk.ledger.most_bytes();
            assert!(
                size.free_bytes <= size.bytes / FREE_PART + freed,
                "{name}'s {size:?} is full of nothing"
            );
            let log = device.disk.log_bytes();
            assert!(log <= LOG_BYTES_MAX, "{name}'s log has {log} bytes");
        }
    }

    /// Nothing waits once all trouble is over and everything has come of it that does.
    pub fn check_rest(&mut self) {
        self.check_bounds();
        for device in self.honest() {
            let device = &self.devices[device];
            let name = &device.name;
            for fill in device.fills() {
                let most = at_rest(fill.queue).unwrap_or(fill.most);
                assert!(fill.held <= most, "{name}'s {fill:?} at rest");
            }
            assert_eq!(device.backlog(), 0, "{name} holds something back");
        }
        let frames = self.happenings.values();
        // Those who carry compare for ever.
        let frames = frames.filter(
            |happening| matches!(happening, Happening::Frame(wire, ..) if !self.is_carry(*wire)),
        );
        assert_eq!(frames.count(), 0, "frames are on their way");
        let mut streams: BTreeMap<(bool, Vec<usize>), usize> = BTreeMap::new();
        for (id, wire) in &self.network.wires {
            let mut between: Vec<usize> = wire.ends.iter().filter_map(device_of).collect();
            between.sort_unstable();
            *streams.entry((self.is_carry(*id), between)).or_default() += 1;
        }
        for ((is_carry, between), count) in streams {
            let most = if is_carry { 1 } else { SESSIONS_PER_DEVICE_MAX };
            let strangers = between.len() < 2;
            assert!(strangers || count <= most, "{count} between {between:?}");
        }
    }
}

impl Ledger {
    /// Bytes for the most that was carried at one time.
    fn most_bytes(&self) -> u64 {
        let [bytes, envelopes, tombstones, deposits] = self.most;
        bytes + envelopes * CARRIED_BYTES + tombstones * TOMBSTONE_BYTES + deposits * DEPOSIT_BYTES
    }
}

/// Bytes of a database in which there is nothing.
fn empty_bytes() -> u64 {
    static BYTES: OnceLock<u64> = OnceLock::new();
    *BYTES.get_or_init(|| {
        let reader = Store::in_memory().and_then(|store| store.reader());
        let size = reader.and_then(|reader| reader.size());
        size.expect("an empty store has a size").bytes
    })
}

/// How much a queue holds at most while nothing happens; `None` if that is as much as at any time.
const fn at_rest(queue: Queue) -> Option<usize> {
    match queue {
        // A link tells of what it wrote only once that is so much.
        Queue::InFlight => Some(DRAINED_BYTES),
        Queue::Strangers | Queue::StrangersOfPeer | Queue::Wanted | Queue::Late | Queue::Joins => {
            Some(0)
        }
        // Who was removed may have left a gap that nobody closes.
        Queue::Pending
        | Queue::PendingBytes
        | Queue::PassedOver
        | Queue::Awaited
        | Queue::EarlyClaims
        | Queue::Forming
        | Queue::FormingBytes
        | Queue::Sessions
        | Queue::Asked
        | Queue::ControlKnown
        | Queue::Authors
        | Queue::Control
        | Queue::ControlBytes
        | Queue::Invites
        | Queue::Carried
        | Queue::CarriedBytes
        | Queue::Brought
        | Queue::BroughtBytes
        | Queue::Tombstones
        | Queue::Promises
        | Queue::Allowances
        | Queue::StrangeNeighbours
        | Queue::ToSay
        | Queue::ToSend
        | Queue::NeighbourHolds
        | Queue::Reads
        | Queue::Notices
        | Queue::NoticesOfKey
        | Queue::PassedKeys
        | Queue::ToHear
        | Queue::MailedRooms
        | Queue::MailedRoomsOfDevice
        | Queue::MailedRoomBytes
        | Queue::HandedChains => None,
    }
}

fn device_of(end: &End) -> Option<usize> {
    match end.party {
        Party::Device { index, .. } => Some(index),
        Party::Stranger(_) => None,
    }
}
