//! Scenarios: all short interleavings of what may happen.

use std::time::Duration;

use tidings_protocol::pair::OFFLINE_WINDOW;
use tidings_protocol::sender_chain::CHAIN_LIFETIME;

use crate::weakness::Weakness;
use crate::world::{Book, Kind, World};

/// What may happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// One seals a letter to another, which waits.
    Seal(usize, usize),
    /// The oldest letter that waits for a device is handed over.
    Deliver(usize),
    /// The newest is, of several; the others may follow, or never.
    DeliverNewest(usize),
    /// A letter is sealed and handed over at once.
    Tell(usize, usize),
    /// Ann writes to the room.
    Write,
    Add(usize),
    Remove(usize),
    /// A device gets all that waits for it.
    CatchUp(usize),
    /// A device gets the letters and the newest message alone.
    Skim(usize),
    Pass(Duration),
}

pub(crate) const WEEK: Duration = CHAIN_LIFETIME;
/// After which every reader has erased a chain.
pub(crate) const CHAIN_WINDOW: Duration = CHAIN_LIFETIME.saturating_add(OFFLINE_WINDOW);

/// One beginning, and what may follow.
pub(crate) struct Scenario {
    pub(crate) begin: fn(&mut Book, Option<Weakness>) -> World,
    pub(crate) steps: &'static [Step],
    pub(crate) length: usize,
}

/// Ann and Ben, from their meeting on.
pub(crate) const PAIR: Scenario = Scenario {
    begin: |book, weak| {
        let mut world = World::new(book, 2, weak);
        world.meet(book);
        world
    },
    steps: &[
        Step::Seal(0, 1),
        Step::Seal(1, 0),
        Step::Deliver(0),
        Step::Deliver(1),
        Step::DeliverNewest(1),
        Step::Pass(WEEK),
        Step::Pass(OFFLINE_WINDOW),
    ],
    length: 6,
};

/// Ann and Ben, who get most letters at once.
pub(crate) const TALK: Scenario = Scenario {
    begin: PAIR.begin,
    steps: &[
        Step::Tell(0, 1),
        Step::Tell(1, 0),
        Step::Seal(1, 0),
        Step::Pass(WEEK),
    ],
    length: 6,
};

/// Ann, who writes; Ben and Cleo, who read; Dora, who comes later. They have never met.
pub(crate) const ROOM: Scenario = Scenario {
    begin: |book, weak| {
        let mut world = World::new(book, 4, weak);
        world.introduce(book);
        world.readers.extend([1, 2]);
        world.remember();
        world
    },
    steps: &[
        Step::Write,
        Step::Add(3),
        Step::Remove(2),
        Step::CatchUp(1),
        Step::CatchUp(2),
        Step::Skim(1),
        Step::Tell(1, 0),
        Step::Pass(WEEK),
        Step::Pass(OFFLINE_WINDOW),
    ],
    length: 5,
};

impl Scenario {
    /// Visits the end of every run of `length` steps.
    pub(crate) fn explore(
        &self,
        book: &mut Book,
        weak: Option<Weakness>,
        length: usize,
        visit: &mut impl FnMut(&mut Book, &World),
    ) {
        let world = (self.begin)(book, weak);
        self.go_on(book, &world, None, length, visit);
    }

    fn go_on(
        &self,
        book: &mut Book,
        world: &World,
        last: Option<Step>,
        rest: usize,
        visit: &mut impl FnMut(&mut Book, &World),
    ) {
        if rest == 0 {
            visit(book, world);
            return;
        }
        for step in self.steps {
            if last.is_some_and(|last| is_idle(last, *step)) {
                continue;
            }
            let mut next = world.clone();
            if next.take(book, *step) {
                next.remember();
                self.go_on(book, &next, Some(*step), rest - 1, visit);
            }
        }
    }
}

/// Whether one step right after another comes to what some other run comes to.
fn is_idle(last: Step, step: Step) -> bool {
    match (last, step) {
        // Time that passes twice is time that passes.
        (Step::Pass(_), Step::Pass(time)) => time != WEEK,
        // These may come in either order.
        (Step::CatchUp(last), Step::CatchUp(device)) => device < last,
        (Step::Remove(_), Step::Add(_)) => true,
        _ => false,
    }
}

impl World {
    /// Takes a step. Returns whether it can be taken, and changes anything.
    fn take(&mut self, book: &mut Book, step: Step) -> bool {
        match step {
            Step::Seal(from, to) => self.seal(book, from, to, false),
            Step::Deliver(to) => {
                let letter = self.waiting(to).first().copied();
                letter.map(|letter| self.deliver(book, letter)).is_some()
            }
            Step::DeliverNewest(to) => match *self.waiting(to) {
                [.., _, newest] => {
                    self.deliver(book, newest);
                    true
                }
                _ => false,
            },
            Step::Tell(from, to) => {
                let number = self.sent.len();
                let is_sealed = self.seal(book, from, to, false);
                if is_sealed {
                    self.deliver(book, number);
                }
                is_sealed
            }
            Step::Write => {
                self.write(book);
                true
            }
            Step::Add(device) => {
                let is_new = !self.readers.contains(&device);
                if is_new {
                    self.add(book, device);
                }
                is_new
            }
            Step::Remove(device) => {
                let is_there = self.readers.contains(&device);
                if is_there {
                    self.remove(device);
                }
                is_there
            }
            Step::CatchUp(device) => self.catch_up(book, device, true),
            Step::Skim(device) => self.catch_up(book, device, false),
            Step::Pass(time) => {
                self.pass(book, time);
                true
            }
        }
    }

    fn waiting(&self, to: usize) -> Vec<usize> {
        (0..self.sent.len())
            .filter(|number| self.is_waiting(*number, to))
            .collect()
    }

    fn catch_up(&mut self, book: &mut Book, device: usize, with_all: bool) -> bool {
        let letters = self.waiting(device);
        for letter in &letters {
            self.deliver(book, *letter);
        }
        let is_unread = |number: &usize| {
            matches!(self.sent[*number].kind, Kind::Chain { .. })
                && !self.opened[*number].contains_key(&device)
        };
        let unread: Vec<usize> = (0..self.sent.len()).filter(is_unread).collect();
        // To have skimmed one of one is to have caught up.
        if !with_all && unread.len() < 2 {
            return false;
        }
        let wanted = if with_all { 0 } else { unread.len() - 1 };
        let read = unread.iter().skip(wanted);
        let read = read
            .filter(|number| self.read(book, device, **number))
            .count();
        read > 0 || !letters.is_empty()
    }
}
