//! The table: which envelope opens at which compromise.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use crate::attacker::{Attacker, Knowledge, Power};
use crate::rows::*;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::term::Id;
use crate::weakness::Weakness;
use crate::world::{Book, Kind, World};

/// How often something was seen.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    open: u64,
    closed: u64,
}

impl Seen {
    /// In a word.
    fn verdict(self) -> &'static str {
        match (self.open, self.closed) {
            (0, 0) => "not seen",
            (0, _) => "never",
            (_, 0) => "always",
            _ => "sometimes",
        }
    }
}

/// What a search came to.
#[derive(Default)]
pub(crate) struct Table {
    rows: BTreeMap<Row, Seen>,
    pub(crate) runs: u64,
    pub(crate) closures: u64,
    pub(crate) terms: usize,
}

impl Table {
    /// Goes through a scenario.
    pub(crate) fn search(&mut self, scenario: &Scenario, weak: Option<Weakness>, length: usize) {
        let mut book = Book::default();
        scenario.explore(&mut book, weak, length, &mut |book, world| {
            self.runs += 1;
            self.judge(book, world);
        });
        self.terms += book.terms.count();
    }

    /// Adds what another search came to.
    pub(crate) fn merge(&mut self, other: Self) {
        for (row, seen) in other.rows {
            let sum = self.rows.entry(row).or_default();
            sum.open += seen.open;
            sum.closed += seen.closed;
        }
        self.runs += other.runs;
        self.closures += other.closures;
        self.terms += other.terms;
    }

    pub(crate) fn verdict(&self, row: Row) -> &'static str {
        self.rows.get(&row).copied().unwrap_or_default().verdict()
    }

    /// What was seen and is in no row of the document.
    pub(crate) fn others(&self, rows: &[Row]) -> Vec<Row> {
        self.rows
            .keys()
            .filter(|row| !rows.contains(row))
            .copied()
            .collect()
    }

    /// As the document shows it.
    pub(crate) fn to_markdown(&self, rows: &[Row]) -> String {
        let mut text = String::from("| what | with what was stolen | opens |\n|---|---|---|\n");
        for (what, theft) in rows {
            let verdict = self.verdict((what, theft));
            writeln!(text, "| {what} | {theft} | {verdict} |").unwrap();
        }
        text
    }

    fn note(&mut self, row: Row, opens: bool) {
        let seen = self.rows.entry(row).or_default();
        if opens {
            seen.open += 1;
        } else {
            seen.closed += 1;
        }
    }

    /// Asks everything of one run: all states of all devices, each with all that was ever sent.
    fn judge(&mut self, book: &mut Book, world: &World) {
        let run = Run::new(book, world);
        let attacker = Attacker::new(run.terms, run.roots());
        let seen = attacker.learn(&attacker.nothing(), run.public.iter().copied());
        self.without_states(&run, &attacker, &seen);
        let last = world.held.len() - 1;
        for thief in 0..world.devices.len() {
            let mut stolen: Option<(&Rc<Vec<Id>>, Rc<Knowledge>)> = None;
            for state in 0..=last {
                let held = &world.held[state][thief];
                let knowledge = match &stolen {
                    Some((same, knowledge)) if Rc::ptr_eq(same, held) => Rc::clone(knowledge),
                    _ => {
                        self.closures += 1;
                        Rc::new(attacker.learn(&seen, held.iter().copied()))
                    }
                };
                for number in 0..world.sent.len() {
                    run.check_honest(number, thief, state, &knowledge);
                    for (row, asked) in run.classify(number, thief, state) {
                        self.note(row, knowledge.has(asked));
                    }
                }
                if state == last {
                    self.note_forgeries(&run, thief, &knowledge);
                }
                stolen = Some((held, knowledge));
            }
        }
    }

    /// What opens with nothing, or with less than the state of a device.
    fn without_states(&mut self, run: &Run<'_>, attacker: &Attacker<'_>, nothing: &Knowledge) {
        let code = run.code.iter().copied();
        let with_code = attacker.learn(nothing, code.clone());
        let later = attacker.nothing().of(Power::Quantum);
        let later = attacker.learn(&later, run.public.iter().copied());
        let code_later = attacker.learn(&later, code);
        self.closures += 4;
        for sent in &run.world.sent {
            let what = name(sent.kind);
            self.note((what, NOTHING), nothing.has(sent.text));
            self.note((what, LATER), later.has(sent.text));
            if matches!(sent.kind, Kind::Join | Kind::Answer) {
                self.note((what, CODE), with_code.has(sent.text));
                self.note((what, CODE_LATER), code_later.has(sent.text));
            }
        }
        for device in 0..run.world.devices.len() {
            let alone = attacker.learn(nothing, run.keys[device]);
            for sent in run.world.sent.iter().filter(|sent| sent.kind != Kind::Join) {
                self.note((name(sent.kind), KEYS_ALONE), alone.has(sent.text));
            }
            let agreement = attacker.learn(nothing, run.keys[device].into_iter().take(1));
            self.closures += 2;
            for (from, to, forged) in &run.forged {
                let has_one = [*from, *to].contains(&device);
                if has_one {
                    self.note((FORGED, AGREEMENT_ALONE), agreement.has_any(forged));
                }
            }
        }
    }

    fn note_forgeries(&mut self, run: &Run<'_>, thief: usize, knowledge: &Knowledge) {
        for (from, to, forged) in &run.forged {
            let theft = match thief {
                thief if thief == *from => POSED,
                thief if thief == *to => ROBBED,
                _ => THIRD,
            };
            self.note((FORGED, theft), knowledge.has_any(forged));
        }
        if let Some(forged) = &run.forged_chain {
            let theft = if thief == 0 { POSED } else { READER };
            self.note((FORGED_CHAIN, theft), knowledge.has(*forged));
        }
    }
}
