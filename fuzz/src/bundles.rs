//! The target of bundles: a segment as it comes, and with all checksums made right.

use tidings_protocol::bundle::{
    BODY_BYTES_MAX, Head, HeldIds, Reader, Record, SegmentError, Totals, Writer,
};

/// However a segment comes, what is in it is the same; and what is sound is written as it was.
pub fn bundle(data: &[u8]) {
    let whole = read(data, data.len().max(1));
    assert_eq!(read(data, 7), whole);
    let repaired = repaired(data);
    let again = read(&repaired, repaired.len());
    if let Ok((records, totals)) = &again {
        let mut held = HeldIds::default();
        for record in records {
            if let Record::Have(have) = record {
                held.add(have);
            }
        }
        if totals.unknown == 0 {
            assert_eq!(written(records), repaired);
        }
    }
    if whole.is_ok() && data.starts_with(&head().to_bytes()) {
        assert_eq!(repaired, data);
    }
}

fn head() -> Head {
    Head::new(1).expect("a number of a segment")
}

fn read(data: &[u8], step: usize) -> Result<(Vec<Record>, Totals), SegmentError> {
    let (mut reader, mut records) = (Reader::new(), Vec::new());
    for mut chunk in data.chunks(step) {
        while let Some(record) = reader.read(&mut chunk)? {
            records.push(record);
        }
        assert!(chunk.is_empty());
    }
    Ok((records, reader.finish()?))
}

fn written(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::begin(head(), &mut bytes);
    for record in records {
        writer.record(record, &mut bytes).expect("room");
    }
    writer.finish(&mut bytes);
    bytes
}

/// The segment of the records that these bytes would be without regard to head, lengths, checksums and index.
pub fn repaired(data: &[u8]) -> Vec<u8> {
    let mut bytes = head().to_bytes().to_vec();
    let mut index = Vec::new();
    let mut rest = data.get(bytes.len()..).unwrap_or_default();
    while let Some((&[kind, a, b, c, d], after)) = rest.split_first_chunk() {
        if kind == 0 {
            break;
        }
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let (body, after) = after.split_at(length.min(after.len()).min(BODY_BYTES_MAX));
        rest = after.get(32..).unwrap_or_default();
        let from = bytes.len();
        index.push(kind);
        index.extend(length_of(from));
        bytes.push(kind);
        bytes.extend(length_of(body.len()));
        bytes.extend(body);
        bytes.extend(blake3::hash(&bytes[from..]).as_bytes());
    }
    let from = bytes.len();
    bytes.push(0);
    bytes.extend(length_of(index.len()));
    bytes.extend(index);
    bytes.extend(length_of(from));
    bytes.extend(blake3::hash(&bytes).as_bytes());
    bytes
}

fn length_of(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).expect("few bytes").to_be_bytes()
}
