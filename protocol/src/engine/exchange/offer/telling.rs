//! What the other side of a session is told, unasked, of chains: how far they go, and what is held beyond
//! gaps.

use std::time::Duration;

use super::Offer;
use crate::engine::context::Context;
use crate::engine::replica::Replica;
use crate::sync::{Position, SessionMessage, Stretch, Vector};
use crate::time::Monotonic;

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

    /// When the news that wait are to be told.
    pub(in crate::engine::exchange) const fn next_news(&self) -> Option<Monotonic> {
        self.news.at()
    }

    /// Tells of what others wrote and they may not have.
    pub(in crate::engine::exchange) fn tell_news(
        &mut self,
        replica: &Replica,
        delay: Duration,
        context: &mut Context<'_>,
    ) -> Option<SessionMessage> {
        let mut news = std::mem::take(&mut self.news);
        let positions = news.take(delay, context, |actor| {
            let cursor = self.readable(actor)?;
            let known = cursor.told.max(cursor.next.saturating_sub(1));
            let (seq, head) = replica.end_of(actor)?;
            let head = head.filter(|_| known < seq && cursor.through < seq)?;
            Some(Position {
                actor: *actor,
                seq,
                head,
            })
        });
        self.news = news;
        for position in &positions {
            if let Some(cursor) = self.cursor(&position.actor) {
                cursor.told = cursor.told.max(position.seq);
            }
        }
        let told = Vector::of_positions(replica.conversation(), positions);
        (!told.positions.is_empty()).then_some(SessionMessage::News(told))
    }
}
