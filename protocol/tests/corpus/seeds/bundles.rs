//! Segments of bundles: of each record one, of everything, and what later programs may add.

use std::time::Duration;

use tidings_protocol::bundle::{Bundled, Head, Record, Writer};
use tidings_protocol::envelope::Envelope;

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
    let records = [
        Record::Envelope(asked),
        purge.clone(),
        Record::Envelope(empty.clone()),
    ];
    let mut later = segment(&[purge.clone(), purge.clone()]);
    later[8] = 77;
    vec![
        seed("nothing", segment(&[])),
        seed("envelope", segment(&[Record::Envelope(empty)])),
        seed("purge", segment(&[purge])),
        seed("all", segment(&records)),
        seed("later", repaired(&later)),
    ]
}
