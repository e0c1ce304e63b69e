//! Rooms in trouble: a room whose members write, come and go while everything goes wrong; then
//! that stops, and those who are left must agree.

use std::collections::BTreeMap;
use std::fmt;

use tidings_protocol::engine::{Command, RoomChange};
use tidings_protocol::id::ConversationId;
use tidings_protocol::operation::Content;
use tidings_protocol::record::{Outcome, RoomStanding};
use tidings_protocol::room::Role;
use tidings_tests::world::{self, Disk, Said, Tally, World, every_bug_is_noticed, for_each_seed};

use crate::chaos::{HOUR_MILLIS, report, strike, weather};

/// Things that happen to each person, on the average, before they are left in peace.
const TROUBLES: usize = 30;
/// The most worlds that a planted bug may live through.
const WORLDS_MAX: u64 = 60;
/// A hundred and twenty years: longer than any clock jumps, from 1970 to some years ahead.
const LIFETIME_SECONDS: u32 = 120 * 365 * 24 * 3_600;

/// A room and the people around it.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) room: ConversationId,
    pub(crate) said: Vec<Said>,
    /// Whether all are contacts of each other.
    pub(crate) is_clique: bool,
}

/// What came of some worlds.
#[derive(Default)]
pub(crate) struct Outcomes {
    tally: Tally,
    done: u64,
    refused: BTreeMap<String, u64>,
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; done {}, refused:", self.tally, self.done)?;
        for (why, count) in &self.refused {
            write!(f, " {why} {count}")?;
        }
        Ok(())
    }
}

impl Outcomes {
    pub(crate) fn add(&mut self, world: &World) {
        self.tally.add(world.tally());
        for reply in world
            .devices
            .iter()
            .flat_map(|device| device.replies.values())
        {
            match reply {
                Ok(_) => self.done += 1,
                Err(error) => *self.refused.entry(format!("{error:?}")).or_default() += 1,
            }
        }
    }
}

/// Three to six people, a room made by one, and weather of the seed's choice.
pub(crate) fn scene(seed: u64) -> Scene {
    let mut world = World::new(seed);
    let count = 3 + world.chance.index(4);
    for name in ["Ann", "Ben", "Carol", "Dave", "Eve", "Frank"]
        .into_iter()
        .take(count)
    {
        let disk = if seed.is_multiple_of(8) {
            Disk::in_files(&mut world.chance)
        } else {
            Disk::in_memory()
        };
        world.add(name, disk);
    }
    let is_clique = !seed.is_multiple_of(3);
    for one in 1..count {
        let link = world.chance.index(one);
        for other in 0..one {
            if is_clique || other == link || world.chance.one_in(4) {
                world.pair(one, other);
            }
        }
    }
    furnish(world, is_clique)
}

/// Three or four people who all know each other, one of them or two with two to four devices.
pub(crate) fn scene_of_siblings(seed: u64) -> Scene {
    let mut world = World::new(seed);
    let count = 3 + world.chance.index(2);
    for name in ["Ann", "Ben", "Carol", "Dave"].into_iter().take(count) {
        world.add(name, Disk::in_memory());
    }
    let first = world.chance.index(count);
    for _ in 0..1 + world.chance.index(3) {
        world.add_sibling(first, Disk::in_memory());
    }
    if world.chance.one_in(2) {
        world.add_sibling((first + 1) % count, Disk::in_memory());
    }
    for one in 1..world.devices.len() {
        for other in 0..one {
            if world.devices[one].person != world.devices[other].person {
                world.pair(one, other);
            }
        }
    }
    furnish(world, true)
}

/// A room made by one of some people, and weather of the seed's choice.
fn furnish(mut world: World, is_clique: bool) -> Scene {
    let count = world.devices.len();
    let maker = world.chance.index(count);
    let own = world.devices[maker].person;
    let mut members = Vec::new();
    for other in 0..count {
        let person = world.devices[other].person;
        let is_new = person != own && !members.contains(&person);
        if is_new && world.knows(maker, other) && !world.chance.one_in(4) {
            members.push(person);
        }
    }
    let title = "Garden".to_owned();
    let room = match world.ask(maker, Command::MakeRoom { title, members }) {
        Ok(Outcome::RoomMade { conversation }) => conversation,
        other => panic!("no room: {other:?}"),
    };
    if !world.chance.one_in(4) {
        world.rest();
    }
    world.weather = weather(&mut world);
    Scene {
        world,
        room,
        said: Vec::new(),
        is_clique,
    }
}

impl Scene {
    pub(crate) fn trouble(&mut self, number: usize) {
        self.world.note_said(&mut self.said);
        let count = self.world.devices.len();
        let one = self.world.chance.index(count);
        let other = (one + 1 + self.world.chance.index(count - 1)) % count;
        match self.world.chance.within(0..=99) {
            0..=29 => {
                let text = format!("{number} from {one}");
                let said = self.world.say_in(one, self.room, &text);
                self.said.push(said);
            }
            30..=40 => self.remark(number, one),
            41..=44 => self.read(one),
            45..=60 => self.change(number, one, other),
            kind => strike(&mut self.world, kind, one, other),
        }
    }

    /// Says something about some message.
    fn remark(&mut self, number: usize, one: usize) {
        let (chance, room) = (&mut self.world.chance, self.room);
        let content = match chance.within(0..=5) {
            0 | 1 => Content::Edit {
                text: format!("changed {number}"),
            },
            2 => Content::Delete,
            3 => Content::Pin {
                set: chance.one_in(2),
            },
            _ => Content::Reaction {
                emoji: "👍".to_owned(),
                set: !chance.one_in(3),
            },
        };
        let anyones = matches!(content, Content::Pin { .. } | Content::Reaction { .. });
        let id = self.world.devices[one].id;
        let mut targets = Vec::new();
        for author in &self
            .world
            .devices
            .iter()
            .map(|device| device.id)
            .collect::<Vec<_>>()
        {
            if anyones || *author == id {
                targets.extend(self.world.shown_of(one, room, *author));
            }
        }
        if !targets.is_empty() {
            let target = targets[self.world.chance.index(targets.len())].id;
            let command = Command::Write {
                urgent: false,
                conversation: room,
                target: Some(target),
                content,
            };
            self.world.ask_only(one, command);
        }
    }

    /// Reads all that somebody wrote.
    fn read(&mut self, one: usize) {
        let command = self.world.read_room(one, self.room);
        self.world.ask_only(one, command);
    }

    /// Changes who is in the room, or what it is.
    fn change(&mut self, number: usize, one: usize, other: usize) {
        let person = self.world.devices[other].person;
        let chance = &mut self.world.chance;
        let change = match chance.within(0..=19) {
            0..=6 => RoomChange::Add {
                person,
                whole_history: chance.one_in(2),
            },
            7..=9 => RoomChange::Remove { person },
            10..=14 => RoomChange::Role {
                person,
                role: if chance.one_in(3) {
                    Role::Member
                } else {
                    Role::Admin
                },
            },
            15 | 16 => RoomChange::Title {
                title: format!("Garden {number}"),
            },
            17 => RoomChange::Lifetime {
                seconds: (!chance.one_in(3)).then_some(LIFETIME_SECONDS),
            },
            18 => RoomChange::Leave,
            _ => RoomChange::Accept,
        };
        let command = Command::ChangeRoom {
            conversation: self.room,
            change,
        };
        self.world.ask_only(one, command);
    }
}

/// A room in trouble, then in peace.
fn survive(mut scene: Scene) -> World {
    let count = scene.world.devices.len();
    for number in 0..TROUBLES * count {
        scene.trouble(number);
        let longest = [0, 3, 50, 2_000, 40_000, HOUR_MILLIS][scene.world.chance.index(6)];
        let millis = scene.world.chance.within(0..=longest);
        scene.world.run_for(millis);
        if number.is_multiple_of(10 * count) {
            scene.world.check_told(scene.room);
            scene.world.note_said(&mut scene.said);
            scene.world.check_room_truth(scene.room, &scene.said);
            scene.world.check_bounds();
        }
    }
    let Scene {
        mut world,
        room,
        mut said,
        is_clique,
    } = scene;
    world.check_told(room);
    world.note_said(&mut said);
    world.calm();
    accept_all(&mut world, room);
    world.check_room(room, &said, is_clique);
    world.check_peace();
    world.check_rest();
    world
}

/// Whoever is invited takes part: a device whose person's room another made asks first, and so
/// does whoever left it once. Of some invitations one learns from whoever accepted another.
fn accept_all(world: &mut World, room: ConversationId) {
    let mut invited = invited_to(world, room);
    for _ in 0..world.devices.len() {
        for device in invited {
            let accept = Command::ChangeRoom {
                conversation: room,
                change: RoomChange::Accept,
            };
            world.ask_only(device, accept);
        }
        world.rest();
        invited = invited_to(world, room);
        if invited.is_empty() {
            return;
        }
    }
}

/// Those who have yet to say whether they want to be in a room.
pub(crate) fn invited_to(world: &mut World, room: ConversationId) -> Vec<usize> {
    let mut invited = Vec::new();
    for device in 0..world.devices.len() {
        let shown = world.view(device, room).room;
        if shown.is_some_and(|shown| shown.standing == RoomStanding::Invited) {
            invited.push(device);
        }
    }
    invited
}

#[test]
fn after_any_trouble_the_members_of_a_room_agree() {
    let mut total = Outcomes::default();
    let world = |seed| survive(scene(seed));
    for_each_seed("after_any_trouble_the_members", 40, world, |world| {
        total.add(&world)
    });
    report(&total);
}

#[test]
fn people_with_several_devices_agree_on_each_of_them() {
    let mut total = Outcomes::default();
    let world = |seed| survive(scene_of_siblings(seed));
    for_each_seed("people_with_several_devices", 12, world, |world| {
        total.add(&world)
    });
    report(&total);
}

#[test]
fn the_same_seed_gives_the_same_room() {
    for seed in 1..=3 {
        let traces =
            [survive(scene(seed)), survive(scene(seed))].map(|world| world.tally().trace());
        assert_eq!(traces[0], traces[1], "seed {seed}");
    }
}

#[test]
fn every_planted_bug_is_noticed_in_a_room() {
    every_bug_is_noticed(world::Scene::Room, WORLDS_MAX, |seed, bug| {
        let mut scene = scene(seed);
        scene.world.plant(bug);
        survive(scene);
    });
}
