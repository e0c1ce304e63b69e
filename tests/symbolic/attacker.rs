//! The attacker: all that follows from what is known, and nothing else.
//!
//! What can be derived is derived from parts of what was sent, held and asked for: none of the rules
//! gains from a detour over a larger term. So a fixed point over those parts misses nothing.

use crate::term::{Id, KeyPair, Term, Terms};

/// How strong the attacker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    /// Every primitive holds.
    Classical,
    /// The two public halves of X25519 keys give away what these agree on. ML-KEM, hashes, ciphers and,
    /// as they were made before, signatures hold.
    Quantum,
}

/// What an attacker knows.
#[derive(Clone)]
pub(crate) struct Knowledge {
    power: Power,
    has: Vec<bool>,
}

impl Knowledge {
    pub(crate) fn has(&self, id: Id) -> bool {
        self.has[id]
    }

    /// The same knowledge, of which a stronger attacker draws conclusions.
    pub(crate) fn of(self, power: Power) -> Self {
        Self { power, ..self }
    }

    pub(crate) fn has_any(&self, ids: &[Id]) -> bool {
        ids.iter().any(|id| self.has(*id))
    }
}

/// Draws conclusions.
pub(crate) struct Attacker<'a> {
    terms: &'a Terms,
    /// All that may be known.
    universe: Vec<Id>,
    /// By term: the first of `uses` that is of it, from 1; 0: none.
    first: Vec<usize>,
    /// What a term is a part of, and the next such use.
    uses: Vec<(Id, usize)>,
}

impl<'a> Attacker<'a> {
    /// One that may come to know these terms and all parts of them.
    pub(crate) fn new(terms: &'a Terms, roots: impl IntoIterator<Item = Id>) -> Self {
        let universe = terms.within(roots);
        let mut first = vec![0; terms.count()];
        let mut uses = Vec::new();
        for id in &universe {
            terms.parts(*id, |part: Id| {
                uses.push((*id, first[part]));
                first[part] = uses.len();
            });
        }
        Self {
            terms,
            universe,
            first,
            uses,
        }
    }

    /// Knowledge of what everybody knows.
    pub(crate) fn nothing(&self) -> Knowledge {
        let nothing = Knowledge {
            power: Power::Classical,
            has: vec![false; self.terms.count()],
        };
        let is_known = |id: &Id| matches!(self.terms.term(*id), Term::Word(_));
        self.learn(&nothing, self.universe.iter().copied().filter(is_known))
    }

    /// All that follows from what is known and `given`.
    pub(crate) fn learn(
        &self,
        known: &Knowledge,
        given: impl IntoIterator<Item = Id>,
    ) -> Knowledge {
        let mut knowledge = known.clone();
        let mut rest: Vec<Id> = given.into_iter().collect();
        while let Some(id) = rest.pop() {
            if std::mem::replace(&mut knowledge.has[id], true) {
                continue;
            }
            self.take_apart(&knowledge, id, &mut rest);
            let mut next = self.first[id];
            while let Some(&(whole, after)) = next.checked_sub(1).map(|at| &self.uses[at]) {
                next = after;
                if knowledge.has[whole] {
                    // It may have been waiting for its key.
                    self.take_apart(&knowledge, whole, &mut rest);
                } else if self.can_make(&knowledge, self.terms.term(whole)) {
                    rest.push(whole);
                }
            }
        }
        knowledge
    }

    fn can_make(&self, knowledge: &Knowledge, term: &Term) -> bool {
        let has = |id: &Id| knowledge.has[*id];
        let can_reach = |own: &KeyPair, other: &KeyPair| has(&own.secret) && has(&other.public);
        match term {
            Term::Name(_) => false,
            Term::Word(_) => true,
            Term::Public(secret) => has(secret),
            Term::Dh(one, other) => {
                can_reach(one, other)
                    || can_reach(other, one)
                    || (knowledge.power == Power::Quantum && has(&one.public) && has(&other.public))
            }
            Term::Encapsulated(key, random) => has(&key.public) && has(random),
            Term::Carried {
                key,
                random,
                ciphertext,
            } => (has(&key.public) && has(random)) || (has(&key.secret) && has(ciphertext)),
            Term::Aead(one, other) | Term::Signed(one, other) => has(one) && has(other),
            Term::Kdf(_, parts) | Term::Tuple(parts) => parts.iter().all(has),
        }
    }

    /// Adds what a known term gives away.
    fn take_apart(&self, knowledge: &Knowledge, id: Id, rest: &mut Vec<Id>) {
        match self.terms.term(id) {
            Term::Tuple(parts) => rest.extend(parts.iter().filter(|part| !knowledge.has[**part])),
            Term::Aead(key, plain) if knowledge.has[*key] => rest.push(*plain),
            Term::Aead(..)
            | Term::Name(_)
            | Term::Word(_)
            | Term::Public(_)
            | Term::Dh(..)
            | Term::Encapsulated(..)
            | Term::Carried { .. }
            | Term::Kdf(..)
            | Term::Signed(..) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What follows from these, of these.
    fn follows(terms: &Terms, given: &[Id], asked: Id, power: Power) -> bool {
        let attacker = Attacker::new(terms, given.iter().copied().chain([asked]));
        let nothing = attacker.nothing().of(power);
        attacker.learn(&nothing, given.iter().copied()).has(asked)
    }

    #[test]
    fn each_rule_gives_what_it_should_and_nothing_without_its_key() {
        let mut terms = Terms::default();
        let [a, b, key, text] = ["a", "b", "key", "text"].map(|name| terms.name(name));
        let (public_a, public_b) = (terms.public(a), terms.public(b));
        let agreed = terms.dh(a, b);
        assert_eq!(agreed, terms.dh(b, a));
        let derived = terms.kdf("purpose", &[agreed, key]);
        let sealed = terms.make(Term::Aead(derived, text));
        let both = terms.tuple(&[sealed, public_b]);
        for (given, opens) in [
            (vec![both, key, a], true),
            (vec![both, key, public_a, b], true),
            (vec![both, key, public_a], false),
            (vec![both, a], false),
            (vec![key, a, public_b], false),
        ] {
            assert_eq!(
                follows(&terms, &given, text, Power::Classical),
                opens,
                "{given:?}"
            );
        }
        assert!(follows(
            &terms,
            &[both, key, public_a],
            text,
            Power::Quantum
        ));

        let (ciphertext, carried) = terms.encapsulate(a, b);
        assert!(follows(&terms, &[a, ciphertext], carried, Power::Classical));
        assert!(follows(&terms, &[b, public_a], carried, Power::Classical));
        assert!(!follows(
            &terms,
            &[public_a, ciphertext],
            carried,
            Power::Quantum
        ));

        let signed = terms.make(Term::Signed(a, text));
        assert!(follows(&terms, &[a, text], signed, Power::Classical));
        assert!(!follows(&terms, &[public_a, text], signed, Power::Quantum));
        assert!(!follows(&terms, &[signed], text, Power::Quantum));
    }
}
