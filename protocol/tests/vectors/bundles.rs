//! Segments of bundles.

use std::time::Duration;

use serde_json::{Value, json};
use tidings_protocol::bundle::{Bundled, Head, Reader, Record, Writer};
use tidings_protocol::envelope::Priority;
use tidings_protocol::sender_chain::{Postage, SenderChain};

use crate::{ROOM, START, ann, hex, rng};

/// Segments with what is in them, as they were made.
pub(super) fn bundles() -> Vec<Value> {
    let postage = Postage {
        lifetime_hours: 168,
        priority: Priority::USUAL,
        purge: [4; 32],
    };
    let mut chain = SenderChain::begin(ROOM, START, &mut rng(60));
    let sealed = chain.seal(&ann(), postage, b"Hello", &mut rng(61));
    let bundled = Bundled::new(sealed.unwrap(), Duration::from_millis(86_400_001), 3, 16);
    let (envelope, purge) = (Record::Envelope(bundled), Record::Purge([8; 32]));
    let everything = [envelope.clone(), purge.clone()];
    vec![
        segment("of nothing", 1, &[]),
        segment("of a purge", 1, &[purge]),
        segment("of an envelope", 2, &[envelope]),
        segment("of each record one", 256, &everything),
    ]
}

fn segment(name: &str, number: u16, records: &[Record]) -> Value {
    let mut bytes = Vec::new();
    let mut writer = Writer::begin(Head::new(number).unwrap(), &mut bytes);
    for record in records {
        writer.record(record, &mut bytes).unwrap();
    }
    writer.finish(&mut bytes);
    let (mut reader, mut input) = (Reader::new(), &bytes[..]);
    for record in records {
        assert_eq!(reader.read(&mut input), Ok(Some(record.clone())));
    }
    assert_eq!(reader.read(&mut input), Ok(None));
    assert!(reader.finish().is_ok());
    json!({
        "name": format!("a segment {name}"),
        "number": number,
        "records": records.iter().map(said).collect::<Vec<_>>(),
        "segment": hex(bytes),
    })
}

fn said(record: &Record) -> Value {
    match record {
        Record::Envelope(bundled) => json!({
            "kind": 1,
            "age_seconds": bundled.age().as_secs(),
            "hops": bundled.hops(),
            "copies": bundled.copies(),
            "id": hex(bundled.envelope().id().as_bytes()),
        }),
        Record::Purge(preimage) => json!({ "kind": 2, "preimage": hex(preimage) }),
    }
}
