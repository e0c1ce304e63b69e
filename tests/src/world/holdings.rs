//! Holdings: what a store holds of a room for the sake of others is no more than it may, and all of it
//! signed by whose it is.
//!
//! Invariants
//! - It looks at what is durable alone, never into an engine.

use std::collections::BTreeMap;

use tidings_protocol::id::{ActorId, ConversationId, DeviceId};
use tidings_protocol::identity::SigningPublic;
use tidings_protocol::operation::SignedOperation;
use tidings_protocol::wire::limits::{
    CONTROL_BYTES_MAX, CONTROL_OPERATIONS_MAX, CONTROL_SEQ_MAX, PENDING_BYTES_MAX,
    PENDING_OPERATIONS_MAX, ROOM_ACTORS_MAX,
};

use super::World;

/// The key of each device.
type Keys = BTreeMap<DeviceId, SigningPublic>;

impl World {
    /// Nobody honest holds more of a room than they may, whatever others sent them, nor anything that
    /// its author did not sign.
    pub fn check_holdings(&mut self, room: ConversationId) {
        let keys = self.keys();
        for device in self.honest() {
            self.check_control_held(device, room, &keys);
            self.check_content_held(device, room, &keys);
        }
    }

    /// The keys of all devices.
    fn keys(&mut self) -> Keys {
        let devices = self.devices.iter_mut();
        let keys = devices.map(|device| (device.id, device.identity().signing()));
        keys.collect()
    }

    fn check_control_held(&mut self, device: usize, room: ConversationId, keys: &Keys) {
        let controls = self.devices[device].disk.profile().controls.into_iter();
        let controls = controls.filter(|control| control.conversation == room);
        let (mut count, mut bytes) = (0, 0);
        for control in controls {
            let header = control.operation.claimed().expect("it is stored");
            check_signed(&control.operation, &keys[&control.author.device]);
            count += 1;
            bytes += control.operation.bytes();
            let seq = header.seq;
            assert!(seq <= CONTROL_SEQ_MAX, "{device} holds number {seq}");
        }
        // What somebody with authority builds on is held up to twice what else would be.
        let most = 2 * CONTROL_OPERATIONS_MAX;
        assert!(count <= most, "{device} holds {count}");
        let most = 2 * CONTROL_BYTES_MAX;
        assert!(bytes <= most, "{device} holds {bytes} bytes");
    }

    fn check_content_held(&mut self, device: usize, room: ConversationId, keys: &Keys) {
        let profile = self.devices[device].disk.profile();
        let mut places = profile.actors;
        places.retain(|place| place.conversation == room);
        assert!(places.len() <= ROOM_ACTORS_MAX, "{} authors", places.len());
        let mut pending: BTreeMap<ActorId, (usize, usize)> = BTreeMap::new();
        let waiting = profile.pending.iter();
        for one in waiting.filter(|one| one.conversation == room) {
            let header = one.operation.claimed().expect("it is stored");
            let of_actor = pending.entry(header.actor).or_default();
            of_actor.0 += 1;
            of_actor.1 += one.operation.bytes();
        }
        for place in places {
            let key = &keys[&place.device];
            let reader = self.devices[device].reader();
            let first = place.base.saturating_add(1);
            let chain = reader.operations(room, place.actor, first, u64::MAX, usize::MAX);
            for operation in chain.expect("operations are read") {
                check_signed(&operation, key);
            }
            let (count, bytes) = pending.remove(&place.actor).unwrap_or_default();
            assert!(
                count <= PENDING_OPERATIONS_MAX && bytes <= PENDING_BYTES_MAX,
                "{device} holds {count} of {bytes} bytes beyond a gap"
            );
        }
        assert!(
            pending.is_empty(),
            "{device} holds operations of nobody's: {pending:?}"
        );
    }
}

fn check_signed(operation: &SignedOperation, key: &SigningPublic) {
    let verified = operation.clone().verify(key);
    assert!(
        verified.is_ok(),
        "{:?} is held: {verified:?}",
        operation.id()
    );
}
