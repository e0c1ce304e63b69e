//! Journeys: who is where when, what they write, and what goes wrong meanwhile.

use tidings_protocol::carry::Quotas;
use tidings_protocol::engine::Command;
use tidings_protocol::id::ConversationId;
use tidings_protocol::record::Outcome;
use tidings_tests::world::{Bug, Carried, Said, Weather, World};

use super::people;
use crate::chaos::{HOUR_MILLIS, strike, weather};

pub(super) const ANN: usize = 0;
pub(super) const BEN: usize = 1;
pub(super) const CARA: usize = 2;
pub(super) const DAN: usize = 3;
pub(super) const EVE: usize = 4;
const DAY_MILLIS: u64 = 24 * HOUR_MILLIS;
/// Longer than two take to pass on whatever they carry, whatever broke between them.
pub(super) const VISIT_MILLIS: u64 = HOUR_MILLIS;

/// Room for very little.
const SMALL: Quotas = Quotas {
    bytes: 400 * 1024,
    envelopes: 80,
    depositor_bytes: 80 * 1024,
    depositor_envelopes: 16,
};

/// Who is where when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Ann and Ben are there by turns; carriers meet each.
    InTurn,
    /// One after the other, and nobody meets any but their neighbours.
    Line,
    /// Carriers who are all connected, to each other and to Ann, and then to Ben.
    Loop,
    /// Two places, and one who goes from one to the other.
    Courier,
    /// A room, of whom one is away.
    Room,
    /// Ann and Ben do not know each other yet.
    Pairing,
    /// Carriers with little room.
    Full,
    /// Envelopes whose lifetime ends on their way.
    Lifetimes,
    /// Anybody meets anybody, but Ann never Ben.
    Wandering,
}

/// A world and what is said in it.
#[derive(Debug)]
pub(super) struct Journey {
    pub(super) world: World,
    pub(super) carried: Carried,
    pub(super) last: Carried,
    plan: Plan,
    room: Option<ConversationId>,
    in_room: Vec<Said>,
    said: u64,
    is_peaceful: bool,
}

impl Journey {
    /// People who have met, as far as they have, and are all alone now.
    pub(super) fn new(seed: u64, plan: Plan) -> Self {
        let mut world = World::new(seed);
        let contacts: &[(usize, usize)] = match plan {
            Plan::InTurn | Plan::Loop | Plan::Full => &[(ANN, BEN), (ANN, CARA), (BEN, DAN)],
            Plan::Line => &[(ANN, CARA), (ANN, BEN), (BEN, CARA)],
            Plan::Courier => &[(ANN, BEN), (DAN, EVE), (ANN, CARA)],
            Plan::Room => &[(ANN, BEN), (ANN, CARA), (BEN, CARA)],
            Plan::Pairing => &[(ANN, CARA), (BEN, DAN)],
            Plan::Lifetimes => &[(ANN, BEN), (ANN, CARA)],
            Plan::Wandering => &[(ANN, BEN), (ANN, DAN), (DAN, EVE), (CARA, EVE)],
        };
        people(&mut world, &["Ann", "Ben", "Cara", "Dan", "Eve"], contacts);
        let room = (plan == Plan::Room).then(|| make_room(&mut world));
        let quotas = if plan == Plan::Full {
            SMALL
        } else {
            Quotas::FRIENDLY
        };
        world.scatter();
        world.run_for(HOUR_MILLIS);
        (0..world.devices.len()).for_each(|device| world.carry(device, quotas));
        Self {
            is_peaceful: seed.is_multiple_of(3),
            world,
            carried: Carried::default(),
            last: Carried::default(),
            plan,
            room,
            in_room: Vec::new(),
            said: 0,
        }
    }

    /// A whole journey: trouble, then peace, and all must be well at any time.
    pub(super) fn survive(seed: u64, plan: Plan, bug: Option<Bug>) -> Self {
        let mut journey = Self::new(seed, plan);
        if let Some(bug) = bug {
            journey.world.plant(bug);
        }
        journey.begin();
        journey.travel();
        journey.check();
        journey.come_home();
        journey
    }

    /// Lets the weather be as it is from now on.
    pub(super) fn begin(&mut self) {
        self.world.weather = if self.is_peaceful {
            Weather::CALM
        } else {
            weather(&mut self.world)
        };
    }

    fn travel(&mut self) {
        match self.plan {
            Plan::InTurn | Plan::Full => self.go_in_turn(),
            Plan::Line => self.go_along_a_line(),
            Plan::Loop => self.go_in_a_loop(),
            Plan::Courier => self.go_between_places(),
            Plan::Room => self.go_to_the_absent(),
            Plan::Pairing => self.go_with_a_join(),
            Plan::Lifetimes => self.go_too_late(),
            Plan::Wandering => (0..24).for_each(|_| self.wander()),
        }
    }

    /// Everybody meets everybody, with nothing in the way; then all must be the same everywhere.
    fn come_home(&mut self) {
        let world = &mut self.world;
        world.calm();
        world.check_carriers();
        match self.room {
            Some(room) => world.check_room(room, &self.in_room, true),
            None => world.check_convergence(),
        }
        world.check_peace();
        world.check_rest();
    }

    /// What must hold at any time does.
    pub(super) fn check(&mut self) {
        let kept = self.world.check_carriers();
        self.carried.promised += kept.promised;
        // What came is counted once, at the last look.
        self.last = self.world.check_carried();
        self.world.check_truth();
        self.world.check_bounds();
    }

    /// Somebody writes something.
    pub(super) fn write(&mut self, from: usize, to: usize) {
        self.said += 1;
        let length = [1, 1, 400, 3_000][self.world.chance.index(4)];
        let text = format!(
            "{} from {from} to {to} {}",
            self.said,
            "and so on ".repeat(length / 10)
        );
        if let Some(room) = self.room {
            let said = self.world.say_in(from, room, &text);
            self.in_room.push(said);
        } else {
            let command = self.world.message(from, to, &text);
            self.world.ask_only(from, command);
        }
    }

    /// Two are together for a while, in which things go wrong.
    pub(super) fn visit(&mut self, one: usize, other: usize) {
        self.world.meet(one, other);
        self.pass(VISIT_MILLIS, &[one, other]);
        self.world.leave(one, other);
    }

    /// Time goes on for some, in which things go wrong.
    pub(super) fn pass(&mut self, millis: u64, who: &[usize]) {
        let until = self.world.now() + millis;
        // All is in order for long enough at the end that something comes of it.
        while !self.is_peaceful && self.world.now() + millis / 2 < until {
            self.go_wrong(who);
            let longest = [50, 40_000, HOUR_MILLIS / 4][self.world.chance.index(3)];
            let wait = self.world.chance.within(0..=longest);
            self.world.run_for(wait);
        }
        // There it is asked at once who knows whom, whatever strikes in between.
        if self.plan == Plan::Pairing {
            self.world.disarm();
        }
        self.world.start_all();
        let rest = until.saturating_sub(self.world.now());
        self.world.run_for(rest);
        self.world.start_all();
        self.check();
    }

    /// Something goes wrong with one of some: all but what would bring those together who are apart.
    pub(super) fn go_wrong(&mut self, who: &[usize]) {
        let chance = &mut self.world.chance;
        let (one, other) = (who[chance.index(who.len())], who[chance.index(who.len())]);
        let kind = [61..=71, 77..=80, 88..=96][chance.index(3)].clone();
        let kind = chance.within(kind);
        if one != other {
            strike(&mut self.world, kind, one, other);
        }
    }

    fn go_in_turn(&mut self) {
        let rounds = if self.plan == Plan::Full { 6 } else { 2 };
        for _ in 0..rounds {
            for (writer, reader) in [(ANN, BEN), (BEN, ANN)] {
                self.world.crash(reader);
                self.write(writer, reader);
                for _ in 0..self.world.chance.within(1..=4) {
                    self.write(writer, reader);
                }
                for carrier in [CARA, DAN, EVE] {
                    self.visit_alone(writer, carrier, reader);
                }
                self.world.start_all();
                self.world.crash(writer);
                for carrier in [EVE, CARA, DAN] {
                    self.visit_alone(reader, carrier, writer);
                }
                self.world.start_all();
            }
        }
    }

    /// Two are together while a third is not there at all.
    fn visit_alone(&mut self, one: usize, other: usize, absent: usize) {
        self.world.meet(one, other);
        self.world.run_for(VISIT_MILLIS);
        if !self.is_peaceful && self.world.chance.one_in(2) {
            self.go_wrong(&[one, other]);
            self.world.run_for(HOUR_MILLIS / 4);
            for device in [one, other] {
                if !self.world.devices[device].is_up() {
                    self.world.start(device);
                }
            }
            self.world.run_for(VISIT_MILLIS);
        }
        assert!(!self.world.devices[absent].is_up());
        self.check();
        self.world.leave(one, other);
    }

    fn go_along_a_line(&mut self) {
        let line = [ANN, CARA, DAN, EVE, BEN];
        for _ in 0..2 {
            self.write(ANN, BEN);
            self.write(BEN, ANN);
            self.write(ANN, CARA);
            for step in line.windows(2) {
                self.visit(step[0], step[1]);
            }
            for step in line.windows(2).rev() {
                self.visit(step[0], step[1]);
            }
        }
    }

    fn go_in_a_loop(&mut self) {
        let ring = [(CARA, DAN), (DAN, EVE), (EVE, CARA)];
        for end in [ANN, BEN, ANN] {
            self.write(ANN, BEN);
            self.write(BEN, ANN);
            for (one, other) in ring {
                self.world.meet(one, other);
            }
            for carrier in [CARA, DAN, EVE] {
                self.world.meet(end, carrier);
            }
            self.write(end, ANN + BEN - end);
            self.pass(2 * VISIT_MILLIS, &[end, CARA, DAN, EVE]);
            self.world.scatter();
        }
    }

    fn go_between_places(&mut self) {
        let places = [[ANN, CARA], [BEN, DAN]];
        for round in 0..4 {
            let [one, other] = places[round % 2];
            self.world.scatter();
            for place in places {
                self.world.meet(place[0], place[1]);
            }
            self.write(ANN, BEN);
            self.write(BEN, ANN);
            self.world.meet(EVE, one);
            self.world.meet(EVE, other);
            self.pass(2 * VISIT_MILLIS, &[ANN, BEN, CARA, DAN, EVE]);
        }
        self.world.scatter();
    }

    fn go_to_the_absent(&mut self) {
        for absent in [CARA, BEN, CARA] {
            let there = [ANN, BEN, CARA].into_iter().filter(|one| *one != absent);
            let there: Vec<usize> = there.collect();
            for _ in 0..self.world.chance.within(1..=3) {
                self.write(there[0], absent);
                self.write(there[1], absent);
            }
            if self.world.chance.one_in(2) {
                self.visit(there[0], there[1]);
            }
            for carrier in [DAN, EVE] {
                self.visit(there[0], carrier);
                self.visit(there[1], carrier);
                self.write(absent, there[0]);
                self.visit(absent, carrier);
            }
            self.visit(EVE, there[0]);
        }
    }

    fn go_with_a_join(&mut self) {
        let code = self.world.invite(ANN, false);
        self.world.join(BEN, &code).expect("the code is fine");
        for (from, to) in [(BEN, ANN), (ANN, BEN)] {
            assert!(!self.world.knows(to, BEN) || to == BEN);
            for carrier in [DAN, EVE, CARA] {
                self.visit(from, carrier);
                self.visit(carrier, to);
            }
            assert!(self.world.knows(to, from), "{to} was to know {from}");
        }
        for _ in 0..2 {
            self.write(ANN, BEN);
            self.write(BEN, ANN);
            for carrier in [DAN, CARA] {
                self.visit(ANN, carrier);
                self.visit(carrier, BEN);
            }
        }
    }

    fn go_too_late(&mut self) {
        self.write(ANN, BEN);
        self.write(ANN, BEN);
        self.visit(ANN, CARA);
        self.visit(ANN, DAN);
        self.write(ANN, BEN);
        for _ in 0..9 {
            self.world.run_for(DAY_MILLIS);
            self.check();
        }
        self.visit(CARA, BEN);
        self.visit(ANN, CARA);
        self.visit(ANN, DAN);
        self.write(BEN, ANN);
        self.visit(CARA, BEN);
        self.visit(DAN, BEN);
        self.visit(ANN, CARA);
    }

    /// Somebody writes, meets somebody, leaves, or has something go wrong.
    pub(super) fn wander(&mut self) {
        let everybody = [ANN, BEN, CARA, DAN, EVE];
        let chance = &mut self.world.chance;
        let (one, other) = (chance.index(5), chance.index(5));
        let is_apart = one == other || one + other == ANN + BEN;
        match chance.within(0..=9) {
            0..=2 => {
                let pairs = [(ANN, BEN), (BEN, ANN), (ANN, DAN), (EVE, DAN), (CARA, EVE)];
                let (from, to) = pairs[chance.index(pairs.len())];
                self.write(from, to);
            }
            3..=6 if !is_apart => self.world.meet(one, other),
            7 if !is_apart => self.world.leave(one, other),
            8 => {
                let command = self.world.read_all(ANN, BEN);
                self.world.ask_only(ANN, command);
            }
            _ => {}
        }
        let longest = [40_000, HOUR_MILLIS, 4 * HOUR_MILLIS][self.world.chance.index(3)];
        let millis = self.world.chance.within(0..=longest);
        self.pass(millis, &everybody);
    }
}

/// A room of Ann, Ben and Cara.
fn make_room(world: &mut World) -> ConversationId {
    let members = [BEN, CARA].map(|who| world.devices[who].person).to_vec();
    let title = "Garden".to_owned();
    let made = world.ask(ANN, Command::MakeRoom { title, members });
    let Ok(Outcome::RoomMade { conversation }) = made else {
        panic!("no room: {made:?}");
    };
    world.rest();
    conversation
}
