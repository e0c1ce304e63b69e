//! A member who signs different things for different people: their device runs now from one copy of
//! its profile and now from another. The others must agree all the same.

use tidings_protocol::engine::Command;
use tidings_protocol::id::ConversationId;
use tidings_protocol::operation::Content;
use tidings_protocol::record::Outcome;
use tidings_tests::world::{Disk, Tally, World, for_each_seed};

use crate::chaos::{HOUR_MILLIS, report, strike, weather};

/// Things that happen before all are left in peace.
const TROUBLES: usize = 60;

/// A room of three to five honest people, and Janus, whose profile there are several copies of.
struct Scene {
    world: World,
    room: ConversationId,
    janus: usize,
    /// Those that do not run.
    copies: Vec<Disk>,
}

fn scene(seed: u64) -> Scene {
    let mut world = World::new(seed);
    let janus = 3 + world.chance.index(3);
    for name in ["Ann", "Ben", "Carol", "Dave", "Eve"]
        .into_iter()
        .take(janus)
    {
        world.add(name, Disk::in_memory());
    }
    let disk = Disk::in_files(&mut world.chance);
    world.add("Janus", disk);
    world.distrust(janus);
    for one in 1..=janus {
        for other in 0..one {
            world.pair(one, other);
        }
    }
    let members = (1..=janus).map(|who| world.devices[who].person).collect();
    let title = "Garden".to_owned();
    let room = match world.ask(0, Command::MakeRoom { title, members }) {
        Ok(Outcome::RoomMade { conversation }) => conversation,
        other => panic!("no room: {other:?}"),
    };
    world.rest();
    world.weather = weather(&mut world);
    Scene {
        world,
        room,
        janus,
        copies: Vec::new(),
    }
}

impl Scene {
    fn trouble(&mut self, number: usize) {
        let Self { world, janus, .. } = self;
        let honest = world.chance.index(*janus);
        let other = (honest + 1 + world.chance.index(*janus - 1)) % *janus;
        match world.chance.within(0..=99) {
            0..=14 => self.say(honest, number),
            15..=39 => {
                // Whoever is told of the other copy's writing writes no more.
                let apart = self.world.chance.one_in(2);
                for who in (0..self.janus).filter(|_| apart) {
                    self.world.part(self.janus, who);
                }
                for _ in 0..self.world.chance.within(1..=20) {
                    self.say(self.janus, number);
                }
            }
            40..=59 => self.change_sides(),
            60..=69 => {
                let janus = self.janus;
                self.world.part(janus, honest);
            }
            70..=79 => self.world.heal(),
            kind => strike(&mut self.world, kind, honest, other),
        }
    }

    fn say(&mut self, who: usize, number: usize) {
        let command = Command::Write {
            urgent: false,
            conversation: self.room,
            target: None,
            content: Content::Message {
                text: format!("{number} from {who}"),
            },
        };
        self.world.ask_only(who, command);
    }

    /// Has Janus run from another copy of the profile, or from one that is made now.
    fn change_sides(&mut self) {
        let device = self.janus;
        if self.world.devices[device].is_up() {
            self.world.crash(device);
        }
        let disk = &mut self.world.devices[device].disk;
        let other = if self.copies.len() < 3 && self.world.chance.one_in(2) {
            disk.copy()
        } else if self.copies.is_empty() {
            return;
        } else {
            self.copies
                .remove(self.world.chance.index(self.copies.len()))
        };
        let disk = &mut self.world.devices[device].disk;
        self.copies.push(std::mem::replace(disk, other));
        self.world.start(device);
    }
}

/// Janus in trouble, then peace; returns the world and how many chains were found forked.
fn survive(seed: u64) -> (World, usize) {
    let mut scene = scene(seed);
    for number in 0..TROUBLES {
        scene.trouble(number);
        let longest = [0, 3, 50, 2_000, 40_000, HOUR_MILLIS][scene.world.chance.index(6)];
        let millis = scene.world.chance.within(0..=longest);
        scene.world.run_for(millis);
    }
    let Scene {
        mut world,
        room,
        janus,
        ..
    } = scene;
    world.calm();
    for honest in 0..janus {
        assert!(world.view(honest, room).is_joined(), "{honest}");
    }
    world.check_room(room, &[], true);
    world.check_rest();
    let forked = world.forked(0, room);
    (world, forked)
}

#[test]
fn whoever_forks_their_chain_the_others_agree() {
    let (mut tally, mut forked) = (Tally::default(), 0);
    for_each_seed("whoever_forks", 40, survive, |(world, count)| {
        tally.add(world.tally());
        forked += count;
    });
    report(&format!("{tally}; {forked} forked"));
    let is_one = std::env::var_os("TIDINGS_SEED").is_some();
    assert!(forked > 0 || is_one, "nobody forked anything");
}
