//! What they asked for of chains that others wrote, and was not sent yet.
//!
//! Invariants
//! - At most [`STRETCHES_MAX`] stretches wait; what is asked for beyond that is passed over, and asked
//!   for again by who still lacks it.

use std::collections::VecDeque;

use crate::sync::Stretch;
use crate::wire::limits::STRETCHES_MAX;

/// Stretches in the order in which they are wanted.
#[derive(Debug, Default)]
pub(super) struct Wanted(VecDeque<Stretch>);

impl Wanted {
    /// Adds stretches after those that wait.
    pub(super) fn extend(&mut self, stretches: &[Stretch]) {
        let room = STRETCHES_MAX.saturating_sub(self.0.len());
        self.0.extend(stretches.iter().take(room));
    }

    /// How many wait.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Puts back what is left of the first.
    pub(super) fn put_back(&mut self, rest: Stretch) {
        self.0.push_front(rest);
    }

    /// Takes out the first of which there is something to send; `held` says what of one that is.
    pub(super) fn take(
        &mut self,
        mut held: impl FnMut(Stretch) -> Option<Stretch>,
    ) -> Option<Stretch> {
        while let Some(stretch) = self.0.pop_front() {
            let held = held(stretch);
            if held.is_some() {
                return held;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ActorId;

    fn stretch(through: u64) -> Stretch {
        Stretch {
            actor: ActorId::new([1; 32]),
            after: 0,
            through,
        }
    }

    #[test]
    fn as_many_stretches_wait_as_may_and_one_more_is_passed_over() {
        let mut wanted = Wanted::default();
        let most = u64::try_from(STRETCHES_MAX).unwrap();
        let asked: Vec<Stretch> = (1..=most).map(stretch).collect();
        wanted.extend(&asked);
        wanted.extend(&[stretch(most + 1)]);
        let taken: Vec<Stretch> = std::iter::from_fn(|| wanted.take(Some)).collect();
        assert_eq!(taken, asked);
    }

    #[test]
    fn what_there_is_nothing_of_is_dropped_and_what_is_left_of_one_comes_first() {
        let mut wanted = Wanted::default();
        wanted.extend(&[stretch(1), stretch(2), stretch(3)]);
        let of_two =
            |wanted: &mut Wanted| wanted.take(|asked| (asked.through > 1).then_some(asked));
        assert_eq!(of_two(&mut wanted), Some(stretch(2)));
        wanted.put_back(stretch(7));
        assert_eq!(of_two(&mut wanted), Some(stretch(7)));
        assert_eq!(of_two(&mut wanted), Some(stretch(3)));
        assert_eq!(of_two(&mut wanted), None);
    }
}
