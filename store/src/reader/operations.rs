//! Operations as sync and documents need them.

use rusqlite::{OptionalExtension, params};
use tidings_protocol::id::{ActorId, ConversationId, OperationId};
use tidings_protocol::operation::{Header, Kind, SignedOperation};
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::{LogicalTime, WallTime};
use tidings_protocol::wire::{self, limits};

use super::{Reader, read_signed};
use crate::column::{integer, read_cbor, read_count, unreadable};
use crate::error::StoreError;

/// Operations that one prefix of an id can name before it is simply too short.
pub const PREFIX_MATCHES_MAX: usize = 32;

/// An accepted operation, as a document is built from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedRow {
    /// Which.
    pub id: OperationId,
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number in its author's chain.
    pub seq: u64,
    /// What it does.
    pub kind: Kind,
    /// The conversation's logical clock.
    pub logical: LogicalTime,
    /// What its author's clock showed.
    pub wall: WallTime,
    /// The operation that it replies to or acts on.
    pub target: Option<OperationId>,
    /// Commitment to its body.
    pub body: [u8; 32],
}

impl Reader {
    /// The operations whose ids begin with `prefix`, in text form and either case, at most
    /// [`PREFIX_MATCHES_MAX`] of them; none for text that begins no id.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn operations_by_prefix(&self, prefix: &str) -> Result<Vec<OperationId>, StoreError> {
        let Some((low, high)) = prefix_range(prefix) else {
            return Ok(Vec::new());
        };
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM operations WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
            )?;
            let limit = i64::try_from(PREFIX_MATCHES_MAX).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![low, high, limit], |row| {
                row.get(0).map(OperationId::new)
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// One actor's operations from `from_seq` through `through_seq`, in order and without a gap, as
    /// many as fit into `bytes_max` but at least one if it is there. Withheld ones come without their
    /// body.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn operations(
        &self,
        conversation: ConversationId,
        actor: ActorId,
        from_seq: u64,
        through_seq: u64,
        bytes_max: usize,
    ) -> Result<Vec<SignedOperation>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT o.header, o.signature, b.salt, b.bytes, o.seq FROM operations AS o
                 LEFT JOIN bodies AS b ON b.operation = o.number AND o.withheld = 0
                 WHERE o.actor = ?1 AND o.seq BETWEEN ?2 AND ?3 AND o.conversation = ?4
                 ORDER BY o.seq, o.number",
            )?;
            let mut rows = statement.query(params![
                actor.as_bytes(),
                integer(from_seq),
                integer(through_seq),
                conversation.as_bytes()
            ])?;
            let mut operations = Vec::new();
            let (mut wanted, mut bytes) = (from_seq, 0_usize);
            while let Some(row) = rows.next()? {
                let seq = read_count(row, 4)?;
                if seq < wanted {
                    continue; // A second operation with one number: the first stored is served.
                }
                let operation = read_signed(row)?;
                bytes = bytes.saturating_add(operation.bytes());
                if seq > wanted || (bytes > bytes_max && !operations.is_empty()) {
                    break;
                }
                operations.push(operation);
                wanted = wanted.saturating_add(1);
            }
            Ok(operations)
        })
    }

    /// Which of one actor's operations up to `through` show nothing to be read: they act on others,
    /// or have lost their body; what is hidden may show itself yet. As ranges, without those already marked as read.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn silent(
        &self,
        conversation: ConversationId,
        actor: ActorId,
        through: u64,
    ) -> Result<Vec<(u64, u64)>, StoreError> {
        self.read(|connection| {
            let place = [conversation.as_bytes(), actor.as_bytes()];
            let read: Option<Coverage> = connection
                .prepare_cached("SELECT read FROM actors WHERE conversation = ?1 AND actor = ?2")?
                .query_row(place, |row| read_cbor(row, 0))
                .optional()?;
            let known = read.map_or(0, |read| read.contiguous());
            let mut statement = connection.prepare_cached(
                "SELECT o.seq FROM operations AS o
                 LEFT JOIN messages AS m ON m.operation = o.number AND m.form <> 2
                 WHERE o.actor = ?1 AND o.seq > ?2 AND o.seq <= ?3 AND o.conversation = ?4
                     AND m.operation IS NULL
                 ORDER BY o.seq",
            )?;
            let seqs = statement.query_map(
                params![place[1], integer(known), integer(through), place[0]],
                |row| read_count(row, 0),
            )?;
            let mut ranges: Vec<(u64, u64)> = Vec::new();
            for seq in seqs {
                let seq = seq?;
                match ranges.last_mut() {
                    Some((_, last)) if seq <= last.saturating_add(1) => *last = seq,
                    Some(_) | None => ranges.push((seq, seq)),
                }
            }
            Ok(ranges)
        })
    }

    /// The accepted operations of one segment of a conversation, by actor and number: those held
    /// without a gap before them, as far as their actor counts.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn accepted(
        &self,
        conversation: ConversationId,
        segment: u64,
    ) -> Result<Vec<AcceptedRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT o.id, o.header FROM operations AS o
                 JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
                 WHERE o.conversation = ?1 AND o.segment = ?2 AND o.seq <= a.seq
                     AND (a.counts IS NULL OR o.seq <= a.counts)
                 ORDER BY o.actor, o.seq, o.number",
            )?;
            let rows =
                statement.query_map(params![conversation.as_bytes(), integer(segment)], |row| {
                    let header: Vec<u8> = row.get(1)?;
                    let header: Header = wire::decode(&header, limits::HEADER_BYTES_MAX)
                        .map_err(|error| unreadable(1, error))?;
                    Ok(accepted_row(OperationId::new(row.get(0)?), &header))
                })?;
            let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            rows.dedup_by_key(|row| (row.actor, row.seq));
            Ok(rows)
        })
    }

    /// The segments in which a conversation has accepted operations, ascending.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn segments(&self, conversation: ConversationId) -> Result<Vec<u64>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT o.segment FROM operations AS o
                 JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
                 WHERE o.conversation = ?1 AND o.seq <= a.seq
                     AND (a.counts IS NULL OR o.seq <= a.counts) ORDER BY o.segment",
            )?;
            let rows = statement.query_map([conversation.as_bytes()], |row| read_count(row, 0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn accepted_row(id: OperationId, header: &Header) -> AcceptedRow {
    AcceptedRow {
        id,
        actor: header.actor,
        seq: header.seq,
        kind: header.kind,
        logical: header.logical,
        wall: header.wall,
        target: header.target,
        body: *header.body,
    }
}

/// The lowest and the highest id whose text form begins with `prefix`; `None` if none does.
fn prefix_range(prefix: &str) -> Option<([u8; 32], [u8; 32])> {
    let (mut low, mut high) = ([0_u8; 32], [0xff_u8; 32]);
    let mut bit = 0_usize;
    for character in prefix.bytes() {
        let value = match character.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        for shift in (0..5).rev() {
            let set = value >> shift & 1 == 1;
            match (low.get_mut(bit / 8), high.get_mut(bit / 8)) {
                (Some(low), Some(high)) => {
                    let mask = 0x80_u8 >> (bit % 8);
                    if set {
                        *low |= mask;
                    } else {
                        *high &= !mask;
                    }
                }
                // Past the last byte, the last character's spare bits are zero, or it is no id.
                _ if set || bit >= 260 => return None,
                _ => {}
            }
            bit += 1;
        }
    }
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_prefix_covers_exactly_the_ids_that_begin_with_it(
            one: [u8; 32], other: [u8; 32], length in 0_usize..=52, upper: bool,
        ) {
            let text = OperationId::new(one).to_string();
            let mut prefix = text.get(..length).unwrap().to_owned();
            if upper {
                prefix = prefix.to_uppercase();
            }
            let (low, high) = prefix_range(&prefix).unwrap();
            prop_assert!(low <= one && one <= high);
            let begins = OperationId::new(other).to_string().starts_with(&prefix.to_lowercase());
            prop_assert_eq!(low <= other && other <= high, begins);
        }

        #[test]
        fn any_text_has_a_range_or_none(text: String) {
            let _ = prefix_range(&text);
        }
    }

    #[test]
    fn text_that_begins_no_id_has_no_range() {
        let id = OperationId::new([0xff; 32]).to_string();
        assert_eq!(prefix_range(&id), Some(([0xff; 32], [0xff; 32])));
        assert_eq!(prefix_range(&format!("{id}a")), None);
        assert_eq!(prefix_range(&format!("{}z", id.get(..51).unwrap())), None);
        assert_eq!(prefix_range("abc1"), None);
        assert_eq!(prefix_range("ab c"), None);
    }
}
