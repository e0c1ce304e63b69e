//! Segments of bundles: of each record one, of everything, and what later programs may add.

use std::time::Duration;

use tidings_protocol::bundle::{Bundled, Have, Head, Record, Writer};
use tidings_protocol::envelope::Envelope;
use tidings_protocol::id::EnvelopeId;

use super::{Seed, envelopes, seed};
use crate::fuzz::{around, repaired};

fn segment(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::begin(Head::new(1).unwrap(), &mut bytes);
    for record in records {
        writer.record(record, &mut bytes).unwrap();
    }
    writer.finish(&mut bytes);
    bytes
}

pub(super) fn segments() -> Vec<Seed> {
    let (_, asked, _) = envelopes::pairing();
    let empty = Envelope::from_bytes(&around(&[]).unwrap()).unwrap();
    let bundled = |envelope| Bundled::new(envelope, Duration::from_secs(90), 2, 16);
    let (asked, empty) = (bundled(asked), bundled(empty));
    let purge = Record::Purge([2; 32]);
    let held = (1..=3).map(|byte| EnvelopeId::new([byte; 32]));
    let have = Record::Have(Have::all(held).remove(0));
    let records = [
        Record::Envelope(asked),
        purge.clone(),
        have.clone(),
        Record::Envelope(empty.clone()),
    ];
    let mut later = segment(&[purge.clone(), have.clone()]);
    later[8] = 77;
    vec![
        seed("nothing", segment(&[])),
        seed("envelope", segment(&[Record::Envelope(empty)])),
        seed("purge", segment(&[purge])),
        seed("have", segment(&[have])),
        seed("all", segment(&records)),
        seed("later", repaired(&later)),
    ]
}
