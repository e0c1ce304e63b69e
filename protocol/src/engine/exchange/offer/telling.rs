//! What the other side of a session is told, unasked, of chains: how far they go, what is held beyond gaps,
//! and what proves that one is none.

use super::Offer;
use crate::engine::replica::Replica;
use crate::operation::Fork;
use crate::sync::{Position, SessionMessage, Stretch, Vector};
use crate::wire::limits::{FORKS_TOLD_MAX, VECTOR_ACTORS_MAX};

impl Offer {
    /// Takes what they hold beyond gaps: shows them what we hold otherwise, and returns what to ask for.
    pub(in crate::engine::exchange) fn compare_waiting(
        &mut self,
        theirs: &[Position],
        replica: &Replica,
    ) -> Vec<Stretch> {
        let (other, lacking) = replica.compare_waiting(theirs);
        self.ask(&other);
        lacking
    }

    /// Shows the proofs that they lack, some at a time.
    pub(in crate::engine::exchange) fn tell_forks(
        &mut self,
        replica: &Replica,
    ) -> Vec<SessionMessage> {
        let lacking = replica.forks().filter(|fork| {
            let known = self.forks.get(&fork.actor());
            known.is_none_or(|known| *known > fork.through())
        });
        let lacking: Vec<&Fork> = lacking.take(FORKS_TOLD_MAX).collect();
        for fork in &lacking {
            self.forks.insert(fork.actor(), fork.through());
        }
        let claims = lacking.into_iter().map(|fork| replica.fork_claim(fork));
        claims
            .map(|claim| SessionMessage::Fork(Box::new(claim)))
            .collect()
    }

    /// Tells of what is held beyond gaps, if that is other than what they were told.
    pub(in crate::engine::exchange) fn tell_waiting(
        &mut self,
        replica: &Replica,
    ) -> Option<SessionMessage> {
        let waiting = replica.waiting();
        if waiting == self.waiting {
            return None;
        }
        self.waiting.clone_from(&waiting);
        let mut news = Vector::of_positions(replica.conversation(), Vec::new());
        news.waiting = waiting;
        Some(SessionMessage::News(news))
    }

    /// Tells of what others wrote and they may not have.
    pub(in crate::engine::exchange) fn news(
        &mut self,
        replica: &Replica,
    ) -> Option<SessionMessage> {
        let mut positions = Vec::new();
        while positions.len() < VECTOR_ACTORS_MAX
            && let Some(actor) = self.untold.pop_first()
        {
            let Some(cursor) = self.cursor(&actor) else {
                continue;
            };
            let known = cursor.told.max(cursor.next.saturating_sub(1));
            let (end, head) = replica.end_of(&actor).unwrap_or_default();
            if let Some(head) = head.filter(|_| known < end && cursor.through < end) {
                cursor.told = end;
                positions.push(Position {
                    actor,
                    seq: end,
                    head,
                });
            }
        }
        (!positions.is_empty())
            .then(|| SessionMessage::News(Vector::of_positions(replica.conversation(), positions)))
    }
}
