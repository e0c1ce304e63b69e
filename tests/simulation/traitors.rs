//! Traitors: members whose devices sign and say whatever may do harm, in rooms whose other members
//! write, come and go while everything goes wrong. Those others must agree all the same, have what
//! they wrote to each other, and hold no more than they may.

mod content;
mod control;
mod plot;
mod talk;

use std::collections::BTreeMap;

use tidings_protocol::engine::{Command, RoomChange};
use tidings_protocol::id::{ConversationId, PersonId};
use tidings_protocol::record::Outcome;
use tidings_protocol::wire::limits::SEQ_MAX;
use tidings_tests::world::{Disk, Traitor, World, for_each_seed};

use crate::chaos::{HOUR_MILLIS, report};
use crate::rooms::{Outcomes, Scene, invited_to, scene, scene_of_siblings};
use plot::Plot;

/// Things that happen to each person, on the average, before they are left in peace.
const TROUBLES: usize = 20;

/// What a traitor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Treason {
    ForgesNames,
    NamesWrongParents,
    BackdatesControl,
    EquivocatesInControl,
    ControlsAbsurdly,
    ForgesContent,
    BackdatesContent,
    ChangesOthers,
    IsAbsurd,
    Equivocates,
    FloodsBeyondGap,
    Strips,
    Withholds,
    Replays,
    FloodsUnknown,
    LiesInReceipts,
    LiesInVectors,
    ClaimsForks,
}

impl Treason {
    const ALL: [Self; 18] = [
        Self::ForgesNames,
        Self::NamesWrongParents,
        Self::BackdatesControl,
        Self::EquivocatesInControl,
        Self::ControlsAbsurdly,
        Self::ForgesContent,
        Self::BackdatesContent,
        Self::ChangesOthers,
        Self::IsAbsurd,
        Self::Equivocates,
        Self::FloodsBeyondGap,
        Self::Strips,
        Self::Withholds,
        Self::Replays,
        Self::FloodsUnknown,
        Self::LiesInReceipts,
        Self::LiesInVectors,
        Self::ClaimsForks,
    ];

    /// Once in how many times it is done when its turn comes: a flood takes time, and a chain that
    /// forked ends what else could be done with it.
    const fn rarity(self) -> u64 {
        if matches!(self, Self::FloodsBeyondGap) {
            8
        } else if matches!(self, Self::Equivocates) {
            3
        } else {
            1
        }
    }

    /// Goes to work; returns whether anybody was told anything.
    fn commit(self, plot: &mut Plot<'_>) -> bool {
        match self {
            Self::ForgesNames => plot.forge_a_name(),
            Self::NamesWrongParents => plot.name_wrong_parents(),
            Self::BackdatesControl => plot.backdate_control(),
            Self::EquivocatesInControl => plot.equivocate_in_control(),
            Self::ControlsAbsurdly => plot.control_absurdly(),
            Self::ForgesContent => plot.forge_content(),
            Self::BackdatesContent => plot.backdate_content(),
            Self::ChangesOthers => plot.change_others(),
            Self::IsAbsurd => plot.be_absurd(),
            Self::Equivocates => plot.equivocate(),
            Self::FloodsBeyondGap => plot.flood_beyond_a_gap(),
            Self::Strips => plot.strip(),
            Self::Withholds => plot.withhold(),
            Self::Replays => plot.replay(),
            Self::FloodsUnknown => plot.flood_of_unknown(),
            Self::LiesInReceipts => plot.lie_in_a_receipt(),
            Self::LiesInVectors => plot.lie_in_a_vector(),
            Self::ClaimsForks => plot.claim_a_fork(),
        }
    }
}

/// How often what was done.
type Deeds = BTreeMap<Treason, u64>;

/// A scene with traitors in it, and another room of some of its people.
struct Betrayed {
    scene: Scene,
    shed: ConversationId,
    traitors: Vec<Traitor>,
    deeds: Deeds,
}

fn betrayed(seed: u64) -> Betrayed {
    let mut scene = if seed.is_multiple_of(5) {
        scene_of_siblings(seed)
    } else {
        scene(seed)
    };
    let count = scene.world.devices.len();
    let first = scene.world.chance.index(count);
    let mut devices = vec![first];
    if count > 4 && scene.world.chance.one_in(2) {
        devices.push((first + 1) % count);
    }
    let shed = shed(&mut scene.world, first);
    let world = &mut scene.world;
    let traitors = devices.into_iter().map(|device| Traitor::of(world, device));
    let traitors = traitors.collect();
    Betrayed {
        scene,
        shed,
        traitors,
        deeds: Deeds::new(),
    }
}

/// A room that somebody makes of a few whom they know, and in which something was said.
fn shed(world: &mut World, maker: usize) -> ConversationId {
    let mut members = Vec::new();
    for other in 0..world.devices.len() {
        let person = world.devices[other].person;
        let is_new = other != maker && !members.contains(&person);
        if is_new && world.knows(maker, other) && world.chance.one_in(2) {
            members.push(person);
        }
    }
    let shed = room(world, maker, "Shed", members);
    world.say_in(maker, shed, "in the shed");
    world.run_for(HOUR_MILLIS);
    shed
}

fn room(world: &mut World, maker: usize, title: &str, members: Vec<PersonId>) -> ConversationId {
    let title = title.to_owned();
    match world.ask(maker, Command::MakeRoom { title, members }) {
        Ok(Outcome::RoomMade { conversation }) => conversation,
        other => panic!("no room: {other:?}"),
    }
}

impl Betrayed {
    fn trouble(&mut self, number: usize) {
        if self.scene.world.chance.one_in(3) {
            self.treason(number);
        } else {
            self.scene.trouble(number);
        }
    }

    fn treason(&mut self, number: usize) {
        let world = &mut self.scene.world;
        let treason = Treason::ALL[world.chance.index(Treason::ALL.len())];
        if !world.chance.one_in(treason.rarity()) {
            return;
        }
        let traitor = world.chance.index(self.traitors.len());
        let rooms = [self.scene.room, self.shed];
        let mut plot = Plot::new(world, &mut self.traitors[traitor], rooms, number);
        if treason.commit(&mut plot) {
            *self.deeds.entry(treason).or_default() += 1;
        }
    }
}

/// A betrayed room in trouble, then in peace; what was done to it.
fn survive(seed: u64) -> (World, Deeds) {
    let mut betrayed = betrayed(seed);
    let count = betrayed.scene.world.devices.len();
    for number in 0..TROUBLES * count {
        betrayed.trouble(number);
        let world = &mut betrayed.scene.world;
        let longest = [0, 3, 50, 2_000, 40_000, HOUR_MILLIS][world.chance.index(6)];
        let millis = world.chance.within(0..=longest);
        world.run_for(millis);
        if number.is_multiple_of(10 * count) {
            world.note_said(&mut betrayed.scene.said);
            world.check_room_truth(betrayed.scene.room, &betrayed.scene.said);
            world.check_holdings(betrayed.scene.room);
            world.check_bounds();
        }
    }
    let Betrayed {
        scene,
        shed,
        mut traitors,
        deeds,
    } = betrayed;
    let Scene {
        mut world,
        room,
        mut said,
        is_clique,
    } = scene;
    world.note_said(&mut said);
    for traitor in &mut traitors {
        traitor.fall_silent(&mut world);
    }
    world.clear_up();
    // Whoever was let in and never told is dialled in vain for ever: there need be no rest. Of some
    // invitations one learns from whoever accepted another.
    for _ in 0..3 {
        for room in [room, shed] {
            answer_invitations(&mut world, room);
        }
        world.run_for(2 * HOUR_MILLIS);
        world.start_all();
    }
    world.run_for(2 * HOUR_MILLIS);
    for room in [room, shed] {
        world.check_holdings(room);
        world.check_room(room, &said, is_clique);
    }
    world.check_peace();
    world.check_bounds();
    (world, deeds)
}

/// Whoever was let in by somebody who is no contact says whether they want to be.
fn answer_invitations(world: &mut World, room: ConversationId) {
    world.run_for(HOUR_MILLIS);
    world.start_all();
    for device in invited_to(world, room) {
        let change = if world.chance.one_in(3) {
            RoomChange::Leave
        } else {
            RoomChange::Accept
        };
        let answer = Command::ChangeRoom {
            conversation: room,
            change,
        };
        world.ask_only(device, answer);
    }
}

#[test]
fn whatever_traitors_sign_and_say_the_others_agree() {
    let (mut outcomes, mut deeds) = (Outcomes::default(), Deeds::new());
    for_each_seed("whatever_traitors", 40, survive, |(world, done)| {
        outcomes.add(&world);
        for (treason, count) in done {
            *deeds.entry(treason).or_default() += count;
        }
    });
    report(&format!("{outcomes}; {deeds:?}"));
    for treason in Treason::ALL {
        let is_one = std::env::var_os("TIDINGS_SEED").is_some();
        assert!(
            is_one || deeds.contains_key(&treason),
            "{treason:?} never came about"
        );
    }
}

#[test]
fn whoever_is_let_in_after_the_highest_number_keeps_their_sessions() {
    for seq in [SEQ_MAX - 1, SEQ_MAX, SEQ_MAX + 1, u64::MAX] {
        let mut world = World::new(seq);
        for name in ["Ann", "Ben", "Cat", "Dan"] {
            world.add(name, Disk::in_memory());
        }
        let [ann, ben, cat, dan] = [0, 1, 2, 3];
        for one in ann..=dan {
            for other in one + 1..=dan {
                world.pair(one, other);
            }
        }
        let members = [ann, cat].map(|who| world.devices[who].person).to_vec();
        let room = room(&mut world, dan, "Garden", members);
        world.rest();
        world.say_in(ann, room, "before Ben");
        world.rest();
        let mut traitor = Traitor::of(&mut world, dan);
        let mut plot = Plot::new(&mut world, &mut traitor, [room, room], 0);
        plot.let_in(ben, seq);
        for text in ["one", "two"] {
            for (from, to) in [(cat, ben), (ben, cat)] {
                world.say(from, to, text);
                world.run_for(HOUR_MILLIS);
                let last = world.texts(to, from).pop();
                assert_eq!(last.as_deref(), Some(text), "after {seq}");
            }
            world.crash(ben);
            world.start(ben);
        }
    }
}
