//! A profile that is an older copy of itself: what its newer form wrote proves that to it, and it
//! goes no further.

use tidings_protocol::engine::{CommandError, Event};
use tidings_tests::world::{Disk, World};

use crate::crash::{ANN, BEN};

/// Ann and Ben, who have met and of whom Ann then went back to an older copy of her profile.
fn with_an_older_ann() -> World {
    let mut world = World::new(7);
    let disk = Disk::in_files(&mut world.chance);
    world.add("Ann", disk);
    world.add("Ben", Disk::in_memory());
    world.pair(ANN, BEN);
    world.say(ANN, BEN, "before the copy");
    world.rest();
    world.crash(ANN);
    let copy = world.devices[ANN].disk.copy();
    world.start(ANN);
    world.say(ANN, BEN, "after the copy");
    world.rest();
    world.crash(ANN);
    world.devices[ANN].disk = copy;
    world
}

fn is_told(world: &World) -> bool {
    let mut events = world.devices[ANN].events.iter();
    events.any(|event| matches!(event, Event::OwnFork { .. }))
}

#[test]
fn an_older_copy_of_a_profile_learns_so_from_a_contact_and_stays_silent_after_a_restart() {
    let mut world = with_an_older_ann();
    world.start(ANN);
    world.rest();
    assert!(is_told(&world));
    for _ in 0..2 {
        let command = world.message(ANN, BEN, "a second message for one place");
        assert_eq!(world.ask(ANN, command), Err(CommandError::OwnFork));
        world.crash(ANN);
        world.start(ANN);
    }
    world.rest();
    let all = ["before the copy", "after the copy"];
    assert_eq!(world.texts(BEN, ANN), all);
    let (conversation, ann) = (world.conversation(ANN, BEN), world.devices[ANN].id);
    let own = world.shown_of(ANN, conversation, ann).into_iter();
    assert_eq!(own.map(|shown| shown.text).collect::<Vec<_>>(), all);
}
