//! What is sent: mail from chance to chance, each a real envelope that nobody could open.
//!
//! Invariants
//! - Mail is numbered in the order in which it is sent.
//! - The lifetime of all of it is over when the trace is.

use std::collections::BTreeMap;

use minicbor::Encoder;
use tidings_protocol::domain::Domain;
use tidings_protocol::envelope::{ENVELOPE_VERSION, Envelope, SIZE_CLASSES_BYTES};
use tidings_protocol::id::EnvelopeId;
use tidings_tests::chance::Chance;

use crate::Outcome;
use crate::trace::{HOUR, Trace};

/// What goes first among mail: all alike.
const PRIORITY: u8 = 2;

/// Mail.
#[derive(Debug)]
pub(crate) struct Mail {
    /// Which.
    pub(crate) number: usize,
    /// Who sends it.
    pub(crate) from: usize,
    /// Whom it is for.
    pub(crate) to: usize,
    /// When it is sent, in milliseconds.
    pub(crate) sent_at: u64,
    /// When its lifetime is over.
    pub(crate) over_at: u64,
    /// It, sealed.
    pub(crate) envelope: Envelope,
    /// What purges it.
    pub(crate) preimage: [u8; 32],
}

/// All mail.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    mail: Vec<Mail>,
    numbers: BTreeMap<EnvelopeId, usize>,
    purges: BTreeMap<[u8; 32], usize>,
}

impl Traffic {
    /// So much mail, at even chance from anybody to anybody at any time that leaves it its lifetime.
    pub(crate) fn generate(trace: &Trace, count: usize, chance: &mut Chance) -> Outcome<Self> {
        let lifetime = u64::from(trace.lifetime_hours) * HOUR;
        let last = trace.end.saturating_sub(lifetime);
        let mut times: Vec<u64> = (0..count).map(|_| chance.within(0..=last)).collect();
        times.sort_unstable();
        let mut traffic = Self::default();
        for sent_at in times {
            let from = chance.index(trace.nodes);
            let to = (from + 1 + chance.index(trace.nodes.saturating_sub(1))) % trace.nodes.max(1);
            traffic.add(from, to, sent_at, trace.lifetime_hours, chance)?;
        }
        Ok(traffic)
    }

    /// Adds mail that is sent no sooner than what was added before.
    pub(crate) fn add(
        &mut self,
        from: usize,
        to: usize,
        sent_at: u64,
        lifetime_hours: u16,
        chance: &mut Chance,
    ) -> Outcome<()> {
        let (number, preimage) = (self.mail.len(), chance.bytes());
        let purge = Domain::Purge.hash(&[&preimage]);
        let envelope = seal(lifetime_hours, purge, chance)?;
        self.numbers.insert(envelope.id(), number);
        self.purges.insert(purge, number);
        self.mail.push(Mail {
            number,
            from,
            to,
            sent_at,
            over_at: sent_at + u64::from(lifetime_hours) * HOUR,
            envelope,
            preimage,
        });
        Ok(())
    }

    pub(crate) fn get(&self, number: usize) -> Option<&Mail> {
        self.mail.get(number)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mail> {
        self.mail.iter()
    }

    pub(crate) const fn len(&self) -> usize {
        self.mail.len()
    }

    /// Which mail is in an envelope.
    pub(crate) fn number(&self, id: &EnvelopeId) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// Which mail has a purge hash.
    pub(crate) fn number_of_purge(&self, purge: &[u8; 32]) -> Option<usize> {
        self.purges.get(purge).copied()
    }
}

/// An envelope of the smallest size, of chance bytes: carriers see no difference.
fn seal(lifetime_hours: u16, purge: [u8; 32], chance: &mut Chance) -> Outcome<Envelope> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(6)?.u8(0)?.u8(ENVELOPE_VERSION)?;
    encoder.u8(1)?.bytes(&chance.bytes::<16>())?;
    encoder.u8(2)?.u16(lifetime_hours)?;
    encoder.u8(3)?.u8(PRIORITY)?;
    encoder.u8(4)?.bytes(&purge)?.u8(5)?;
    let [size, ..] = SIZE_CLASSES_BYTES;
    // Three bytes say how long the rest is.
    let room = size.saturating_sub(encoder.writer().len() + 3);
    let mut ciphertext = vec![0; room];
    chance.rng().fill(&mut ciphertext);
    encoder.bytes(&ciphertext)?;
    Ok(Envelope::from_bytes(encoder.writer())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::communities;

    #[test]
    fn mail_is_between_two_in_order_and_over_before_the_trace_is() {
        let trace = communities::generate(30, &mut Chance::new(1));
        let traffic = Traffic::generate(&trace, 200, &mut Chance::new(2)).unwrap();
        let mut before = 0;
        for (mail, number) in traffic.iter().zip(0..) {
            assert_eq!(mail.number, number);
            assert!(mail.from != mail.to && mail.from < 30 && mail.to < 30);
            assert!(before <= mail.sent_at && mail.over_at <= trace.end);
            assert_eq!(mail.envelope.as_bytes().len(), 2_048);
            assert_eq!(traffic.number(&mail.envelope.id()), Some(number));
            let purge = mail.envelope.header().purge;
            assert_eq!(traffic.number_of_purge(&purge), Some(number));
            before = mail.sent_at;
        }
        assert_eq!(traffic.len(), 200);
    }
}
