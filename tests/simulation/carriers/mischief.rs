//! Hostile carriers among honest ones: what they do costs their own help and nothing else.

use std::collections::BTreeMap;

use tidings_protocol::carry::Quotas;
use tidings_protocol::sync::{CUSTODIES_TOLD_MAX, Custody, SessionMessage};
use tidings_tests::world::{Mischief, Traitor, for_each_seed};

use super::Outcomes;
use super::journey::{ANN, BEN, CARA, DAN, EVE, Journey, Plan};
use crate::chaos::{HOUR_MILLIS, report};

/// Peers that nobody knows, who come at once.
const BESIEGERS: usize = 12;
/// Room that a few who bring what they made up can fill.
const MODEST: Quotas = Quotas {
    bytes: 2 * 1024 * 1024,
    envelopes: 600,
    depositor_bytes: 400 * 1024,
    depositor_envelopes: 100,
};

/// A hostile carrier among honest ones, and what it is told by whom.
struct Betrayal {
    journey: Journey,
    traitor: Traitor,
    mischief: Mischief,
    deeds: u64,
}

impl Betrayal {
    fn new(seed: u64, mischief: Mischief, plan: Plan) -> Self {
        let mut journey = Journey::new(seed, plan);
        let everybody = 0..journey.world.devices.len();
        everybody.for_each(|device| journey.world.carry(device, MODEST));
        let device = if plan == Plan::Room { CARA } else { DAN };
        let traitor = Traitor::of(&mut journey.world, device);
        journey.world.corrupt(device, mischief);
        journey.begin();
        Self {
            journey,
            traitor,
            mischief,
            deeds: 0,
        }
    }

    fn betray(&mut self) {
        let (world, device) = (&mut self.journey.world, self.traitor.device);
        let done = if self.mischief == Mischief::ClaimsCustody {
            self.claim_custody()
        } else {
            world.do_mischief(device)
        };
        self.deeds += u64::from(done);
    }

    /// Promises everybody to keep what it only heard of.
    fn claim_custody(&mut self) -> bool {
        let world = &mut self.journey.world;
        let seen = world.seen_by(self.traitor.device).into_iter();
        let custodies = seen.take(CUSTODIES_TOLD_MAX);
        let hours = [1, 24, u16::MAX][world.chance.index(3)];
        let custodies: Vec<_> = custodies
            .map(|envelope| Custody { envelope, hours })
            .collect();
        let message = SessionMessage::Custody(custodies);
        let mut is_told = false;
        for to in [ANN, BEN, CARA, EVE] {
            if world.knows(self.traitor.device, to) {
                is_told |= self.traitor.say(world, to, std::slice::from_ref(&message));
            }
        }
        is_told
    }

    /// Everybody wanders about and the hostile one does its worst; then honest ones go from Ann to Ben.
    fn survive(mut self) -> Self {
        for number in 0..16 {
            self.journey.wander();
            self.betray();
            if number % 4 == 0 {
                let besieged = [ANN, CARA, EVE][self.journey.world.chance.index(3)];
                self.journey.world.besiege(besieged, BESIEGERS);
                self.journey.world.run_for(60_000);
                self.journey.world.relieve();
            }
        }
        for (from, to) in [(ANN, BEN), (BEN, ANN)] {
            self.journey.write(from, to);
            for carrier in [CARA, EVE] {
                self.journey.world.meet(self.traitor.device, carrier);
                self.betray();
                self.journey.visit(from, carrier);
                self.betray();
                self.journey.visit(carrier, to);
            }
        }
        self.traitor.fall_silent(&mut self.journey.world);
        self.journey.world.run_for(HOUR_MILLIS);
        self.journey.check();
        self
    }
}

#[test]
fn whatever_hostile_carriers_do_what_could_have_come_by_honest_ones_is_there() {
    let (mut outcomes, mut deeds) = (Outcomes::default(), BTreeMap::<Mischief, u64>::new());
    let kinds = u64::try_from(Mischief::ALL.len()).unwrap();
    let world = |seed| {
        let mischief = Mischief::ALL[usize::try_from(seed % kinds).unwrap()];
        let plan = if seed <= kinds {
            Plan::Wandering
        } else {
            Plan::Room
        };
        (mischief, Betrayal::new(seed, mischief, plan).survive())
    };
    for_each_seed(
        "whatever_hostile_carriers_do",
        2 * kinds,
        world,
        |(mischief, betrayal)| {
            outcomes.add(&betrayal.journey);
            *deeds.entry(mischief).or_default() += betrayal.deeds;
        },
    );
    report(&format!("{outcomes}; {deeds:?}"));
    for mischief in Mischief::ALL {
        let is_one = std::env::var_os("TIDINGS_SEED").is_some();
        let is_quiet = matches!(mischief, Mischief::Drops | Mischief::Reorders);
        let is_done = deeds.get(mischief).is_some_and(|count| *count > 0);
        assert!(
            is_one || is_quiet || is_done,
            "{mischief:?} never came about"
        );
    }
}
