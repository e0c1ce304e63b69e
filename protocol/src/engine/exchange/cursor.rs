//! How far one actor's chain is sent to the other side of a session.

/// Operations of one chain from which on they are a long backlog.
const BACKLOG_LONG: u64 = 256;
/// Operations of the end of a long backlog that come first: with those of others, a first screen.
const BACKLOG_END: u64 = 16;

/// How far one actor's chain is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    /// The next sequence number to send: they hold all before it.
    pub(super) next: u64,
    /// The last that is sent unasked.
    pub(super) through: u64,
    /// The end of a long backlog, first and last, which was sent before the rest.
    pub(super) end: Option<(u64, u64)>,
    /// Whether also of a long backlog the end comes last.
    pub(super) in_order: bool,
    /// How far they said they hold it.
    pub(super) held: u64,
    /// How far they were told that it goes.
    pub(super) told: u64,
}

impl Cursor {
    /// What of a chain that ends at `end` is to be sent next. Of a long backlog its end comes first,
    /// but not before what they hold was compared with ours.
    pub(super) fn push(&mut self, end: u64, is_compared: bool) -> Option<(u64, u64)> {
        let last = end.min(self.through);
        if self.next > last {
            return None;
        }
        let is_long = last.saturating_sub(self.next) >= BACKLOG_LONG && !self.in_order;
        if is_long && self.end.is_none() {
            if !is_compared {
                return Some((self.next, self.next));
            }
            self.end = Some((last.saturating_sub(BACKLOG_END - 1), last));
            return self.end;
        }
        let before_end = self.end.map(|(first, _)| first.saturating_sub(1));
        let before_end = before_end.filter(|before| self.next <= *before);
        Some((self.next, before_end.unwrap_or(last)))
    }

    /// Notes that a part of the chain was sent.
    pub(super) fn sent(&mut self, first: u64, last: u64) {
        if let Some((end, _)) = self
            .end
            .filter(|(end, _)| *end == first && self.next < first)
        {
            self.end = Some((end, last));
        }
        if (first..=last).contains(&self.next) {
            self.next = last.saturating_add(1);
        }
        if let Some((_, last)) = self.end.filter(|(end, _)| *end == self.next) {
            self.next = last.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However much the store gives at once, and whatever is written meanwhile.
        #[test]
        fn each_number_is_sent_once_and_of_a_long_backlog_the_end_first(
            held in 0_u64..10,
            lacking in 0_u64..600,
            is_compared: bool,
            given in prop::collection::vec((1_u64..300, 0_u64..40), 1..20),
        ) {
            let mut end = held + lacking;
            let last = end;
            let mut cursor = Cursor { next: held + 1, through: u64::MAX, end: None, in_order: false, held, told: held };
            let mut sent = Vec::new();
            let mut given = given.into_iter().cycle();
            let mut parts = 0;
            while let Some((first, through)) = cursor.push(end, is_compared || parts > 0) {
                let (at_once, written) = given.next().unwrap();
                let through = through.min(first + at_once - 1);
                cursor.sent(first, through);
                sent.push((first, through));
                parts += 1;
                end += if parts < 10 { written } else { 0 };
            }
            if lacking > BACKLOG_LONG && is_compared {
                prop_assert_eq!(sent[0].0, last - BACKLOG_END + 1);
            }
            if lacking > BACKLOG_LONG && !is_compared {
                prop_assert_eq!(sent[0], (held + 1, held + 1), "one is enough to compare");
            }
            let mut numbers: Vec<u64> = sent.iter().flat_map(|(one, last)| *one..=*last).collect();
            numbers.sort_unstable();
            prop_assert_eq!(numbers, (held + 1..=end).collect::<Vec<_>>());
        }
    }
}
