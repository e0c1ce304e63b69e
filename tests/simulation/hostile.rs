//! Hostile peers: what they send changes nothing beyond what is theirs to change, and disturbs
//! nobody else.

mod links;
mod operations;
mod receipts;
mod typing;

use tidings_protocol::engine::{Event, LinkPurpose};
use tidings_protocol::record::Profile;
use tidings_tests::world::{Disk, Held, Shown, Stranger, World};

use crate::crash::{ANN, BEN};

/// Ann and Ben, who are contacts.
fn ann_and_ben() -> World {
    let mut world = World::new(6);
    world.add("Ann", Disk::in_memory());
    world.add("Ben", Disk::in_memory());
    world.pair(ANN, BEN);
    world.say(ANN, BEN, "before");
    world.rest();
    world
}

/// Ann and Ben, and Mallory, who is a contact of Ann's.
fn with_mallory() -> (World, Stranger) {
    let mut world = ann_and_ben();
    let mut mallory = Stranger::new(&mut world, "Mallory");
    mallory.befriend(&mut world, ANN);
    (world, mallory)
}

/// Ann and Ben chat as if nothing had happened.
fn check_undisturbed(world: &mut World) {
    let count = world.texts(BEN, ANN).len();
    world.say(ANN, BEN, &format!("ann {count}"));
    world.say(BEN, ANN, &format!("ben {count}"));
    world.run_for(100);
    assert_eq!(world.texts(BEN, ANN).len(), count + 1);
    world.check_convergence();
}

/// What Ann holds.
fn profile(world: &mut World) -> Profile {
    world.devices[ANN].disk.profile()
}

/// What Ann says of those who broke the protocol, since the world began.
fn complaints(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for event in &world.devices[ANN].events {
        if let Event::Misbehaved { how, .. } = event {
            found.push(how.clone());
        }
    }
    found
}

/// What Ann shows of Mallory's.
fn shown(world: &mut World, mallory: &Stranger) -> Vec<Shown> {
    let conversation = mallory.conversation(world, ANN);
    world.shown_of(ANN, conversation, mallory.own.device())
}

/// How many sessions with Mallory Ann believes in.
fn sessions(world: &World, mallory: &Stranger) -> usize {
    let live = world.devices[ANN].live();
    live.iter()
        .filter(|live| live.person == mallory.own.person())
        .count()
}

/// What a peer sees that sends `first` on a new link: frames, and whether the link is closed.
fn knock(world: &mut World, peer: &Stranger, first: Vec<u8>) -> (Vec<Vec<u8>>, bool) {
    let purpose = LinkPurpose::IncomingSession;
    let wire = world.open_as(ANN, peer.own.transport(), purpose);
    world.send_as(wire, first);
    world.run_for(100);
    (world.received(wire), world.is_closed(wire))
}

/// The session was ended, Ann says why, and Ben noticed nothing.
fn check_ended(world: &mut World, held: &Held, why: &str) {
    assert!(world.is_closed(held.wire), "{why}: the link is open");
    let complaint = complaints(world).pop().unwrap_or_default();
    assert!(
        complaint.contains(why),
        "{complaint:?} is not about {why:?}"
    );
    check_undisturbed(world);
}
