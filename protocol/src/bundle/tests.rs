use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::domain::Domain;
use crate::envelope::{Envelope, EnvelopeError, Header, Priority, SIZE_CLASSES_BYTES};
use crate::id::Tag;

/// An envelope of one of the sizes, in which nothing is sealed.
fn envelope(class: usize, seed: u8) -> Envelope {
    let header = Header {
        tag: Tag::new([seed; 16]),
        lifetime_hours: 168,
        priority: Priority::USUAL,
        purge: Domain::Purge.hash(&[&[seed; 32]]),
    };
    let around = (60..100).find_map(|around| {
        let inside = vec![seed; SIZE_CLASSES_BYTES[class] - around];
        Envelope::assemble(&header, inside).ok()
    });
    around.unwrap()
}

fn bundled(class: usize, seed: u8) -> Record {
    let age = Duration::from_secs(3600 + u64::from(seed));
    Record::Envelope(Bundled::new(
        envelope(class, seed),
        age,
        seed % 16,
        seed % 32,
    ))
}

fn written(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::begin(Head::new(1).unwrap(), &mut out);
    for record in records {
        writer.record(record, &mut out).unwrap();
    }
    writer.finish(&mut out);
    out
}

/// All records of a segment that comes in chunks, if it is whole and sound.
fn read_in<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Vec<Record>, Totals), SegmentError> {
    let (mut reader, mut records) = (Reader::new(), Vec::new());
    for mut chunk in chunks {
        while let Some(record) = reader.read(&mut chunk)? {
            records.push(record);
        }
        assert!(chunk.is_empty());
    }
    Ok((records, reader.finish()?))
}

fn read(bytes: &[u8]) -> Result<Vec<Record>, SegmentError> {
    read_in([bytes]).map(|(records, _)| records)
}

/// One of each kind.
fn small() -> Vec<Record> {
    vec![bundled(0, 1), Record::Purge([2; 32])]
}

/// A segment of one record of any kind, with all that must fit made to.
fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = Head::new(1).unwrap().to_bytes().to_vec();
    let offset = bytes.len();
    bytes.push(kind);
    bytes.extend(short(body.len()).to_be_bytes());
    bytes.extend(body);
    bytes.extend(blake3::hash(&bytes[offset..]).as_bytes());
    let index = bytes.len();
    bytes.extend([0, 0, 0, 0, 5, kind]);
    bytes.extend(short(offset).to_be_bytes());
    bytes.extend(short(index).to_be_bytes());
    bytes.extend(blake3::hash(&bytes).as_bytes());
    bytes
}

#[test]
fn what_is_written_is_read() {
    let bytes = written(&small());
    let (records, totals) = read_in([&bytes[..]]).unwrap();
    assert_eq!(records, small());
    let expected = Totals {
        bytes: u64::try_from(bytes.len()).unwrap(),
        envelopes: 1,
        purges: 1,
        unknown: 0,
    };
    assert_eq!(totals, expected);
    assert_eq!(totals.and(totals).bytes, 2 * totals.bytes);
}

#[test]
fn a_segment_of_nothing_is_one() {
    let bytes = written(&[]);
    assert_eq!(bytes.len(), Head::BYTES + START_BYTES + TRAILER_BYTES);
    assert_eq!(read(&bytes), Ok(Vec::new()));
}

#[test]
fn the_same_records_give_the_same_bytes() {
    assert_eq!(written(&small()), written(&small()));
}

#[test]
fn what_begins_as_no_bundle_does_is_foreign_however_short_it_is() {
    for bytes in [
        &b"D"[..],
        b"TDGA",
        b"Dear B",
        b"Dear Ben, the bridge is open.",
    ] {
        assert_eq!(read(bytes), Err(SegmentError::Foreign), "{bytes:?}");
    }
    for bytes in [&b""[..], b"T", b"TDGB", b"TDGB\0\x01\0"] {
        let error = SegmentError::Truncated(short(bytes.len()));
        assert_eq!(read(bytes), Err(error), "{bytes:?}");
    }
}

#[test]
fn how_long_a_segment_would_be_is_how_long_it_becomes() {
    let mut out = Vec::new();
    let mut writer = Writer::begin(Head::new(1).unwrap(), &mut out);
    for record in small() {
        let would_be = writer.length_with(&record);
        writer.record(&record, &mut out).unwrap();
        let written = written(&small()[..writer.records()]);
        assert_eq!(written.len(), would_be);
    }
}

#[test]
fn what_is_cut_short_anywhere_is_noticed() {
    let bytes = written(&small());
    for length in 0..bytes.len() {
        let error = SegmentError::Truncated(short(length));
        assert_eq!(read(&bytes[..length]), Err(error), "{length}");
    }
}

#[test]
fn every_bit_that_flips_is_noticed() {
    let mut bytes = written(&small());
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            assert!(read(&bytes).is_err(), "byte {at}, bit {bit}");
            bytes[at] ^= 1 << bit;
        }
    }
    assert!(read(&bytes).is_ok());
}

#[test]
fn a_segment_after_another_in_one_file_is_refused() {
    let bytes = written(&small());
    let twice = [bytes.clone(), bytes].concat();
    assert_eq!(read(&twice), Err(SegmentError::Trailing));
}

#[test]
fn records_that_changed_places_are_noticed() {
    let records = [bundled(0, 1), bundled(0, 2)];
    let bytes = written(&records);
    let of_one = START_BYTES + records[0].body_bytes() + CHECKSUM_BYTES;
    let (head, rest) = bytes.split_at(Head::BYTES);
    let (first, rest) = rest.split_at(of_one);
    let (second, rest) = rest.split_at(of_one);
    let swapped = [head, second, first, rest].concat();
    assert_eq!(read(&swapped), Err(SegmentError::Hash));
}

#[test]
fn an_error_stays() {
    let mut bytes = written(&small());
    bytes[40] ^= 1;
    let mut reader = Reader::new();
    let error = SegmentError::Damaged { offset: 8 };
    assert_eq!(reader.read(&mut &bytes[..]), Err(error.clone()));
    assert_eq!(reader.read(&mut &written(&small())[..]), Err(error.clone()));
    assert_eq!(reader.finish(), Err(error));
}

#[test]
fn a_file_of_something_else_and_a_later_version_are_told_apart() {
    assert_eq!(read(b"PK\x03\x04, and so on"), Err(SegmentError::Foreign));
    let mut bytes = written(&small());
    bytes[5] = 2;
    assert_eq!(read(&bytes), Err(SegmentError::Version(2)));
}

#[test]
fn segments_are_numbered_from_1_to_the_maximum() {
    for number in [1, SEGMENTS_MAX] {
        let head = Head::new(number).unwrap();
        assert_eq!(Head::from_bytes(&head.to_bytes()), Ok(head));
        assert_eq!(head.number(), number);
    }
    let mut bytes = Head::new(1).unwrap().to_bytes();
    for number in [0, SEGMENTS_MAX + 1] {
        assert_eq!(Head::new(number), None);
        bytes[6..].copy_from_slice(&number.to_be_bytes());
        assert_eq!(Head::from_bytes(&bytes), Err(SegmentError::Number(number)));
    }
}

#[test]
fn what_later_programs_may_add_is_passed_over() {
    for kind in [3, 4, u8::MAX] {
        let (records, totals) = read_in([&framed(kind, b"what comes")[..]]).unwrap();
        assert_eq!((records, totals.unknown), (Vec::new(), 1));
    }
    let mut later = vec![0; 6];
    later.extend(envelope(0, 1).as_bytes());
    later[8] = 2;
    let (records, totals) = read_in([&framed(1, &later)[..]]).unwrap();
    assert_eq!(
        (records, totals.unknown, totals.envelopes),
        (Vec::new(), 1, 0)
    );
}

#[test]
fn a_record_that_does_not_hold_what_it_should_spoils_its_segment() {
    let malformed = Err(SegmentError::Malformed { offset: 8 });
    assert!(read(&framed(2, &[0; 32])).is_ok());
    assert_eq!(read(&framed(2, &[0; 31])), malformed);
    assert_eq!(read(&framed(2, &[0; 33])), malformed);
    assert_eq!(read(&framed(1, &[0; 5])), malformed);
    let cut = [&[0; 6], &envelope(0, 1).as_bytes()[..2047]].concat();
    let error = read(&framed(1, &cut)).unwrap_err();
    assert!(
        matches!(
            error,
            SegmentError::Envelope {
                offset: 8,
                error: EnvelopeError::Malformed(_)
            }
        ),
        "{error}"
    );
}

#[test]
fn an_index_of_other_records_is_refused() {
    let bytes = framed(2, &[0; 32]);
    let end = bytes.len() - CHECKSUM_BYTES;
    let index = end - 4 - ENTRY_BYTES - START_BYTES;
    for at in index + 1..end {
        let mut changed = bytes[..end].to_vec();
        changed[at] ^= 1;
        changed.extend(blake3::hash(&changed).as_bytes());
        assert_eq!(read(&changed), Err(SegmentError::Index), "{at}");
    }
}

#[test]
fn the_largest_record_fits_an_empty_segment_and_is_the_largest_that_is_read() {
    let largest = bundled(3, 1);
    assert_eq!(largest.body_bytes(), BODY_BYTES_MAX);
    assert_eq!(
        read(&written(std::slice::from_ref(&largest))),
        Ok(vec![largest])
    );
    assert!(read(&framed(4, &[0; BODY_BYTES_MAX])).is_ok());
    let error = SegmentError::TooLong {
        offset: 8,
        bytes: short(BODY_BYTES_MAX + 1),
    };
    assert_eq!(read(&framed(4, &[0; BODY_BYTES_MAX + 1])), Err(error));
}

#[test]
fn a_segment_has_room_up_to_its_limits() {
    let around = START_BYTES + CHECKSUM_BYTES + ENTRY_BYTES + START_BYTES + TRAILER_BYTES;
    let max = usize::try_from(SEGMENT_BYTES_MAX).unwrap();
    assert!(has_room(max - around, 0, 0) && !has_room(max - around + 1, 0, 0));
    assert!(has_room(0, RECORDS_MAX - 1, 0) && !has_room(0, RECORDS_MAX, 0));
    assert_eq!(INDEX_BYTES_MAX, RECORDS_MAX * ENTRY_BYTES);
    // A segment of the smallest envelopes alone is full before it has as many records as there may be.
    let each = START_BYTES + record::BESIDE_BYTES + SIZE_CLASSES_BYTES[0] + CHECKSUM_BYTES;
    assert!(RECORDS_MAX * (each + ENTRY_BYTES) > max);
}

#[test]
fn age_only_grows() {
    let age = |age| Bundled::new(envelope(0, 1), age, 0, 0).age();
    assert_eq!(age(Duration::ZERO), Duration::ZERO);
    assert_eq!(age(Duration::from_nanos(1)), Duration::from_secs(1));
    assert_eq!(age(Duration::from_millis(2000)), Duration::from_secs(2));
    assert_eq!(age(Duration::from_millis(2001)), Duration::from_secs(3));
    assert_eq!(age(Duration::MAX), Duration::from_secs(u32::MAX.into()));
}

fn any_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        (0..4_usize, any::<u8>()).prop_map(|(class, seed)| bundled(class, seed)),
        any::<[u8; 32]>().prop_map(Record::Purge),
    ]
}

/// Cuts bytes into chunks of these lengths, over and over.
fn cut<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    for length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (chunk, rest) = bytes.split_at((*length).min(bytes.len()));
        chunks.push(chunk);
        bytes = rest;
    }
    chunks
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_records_are_read_however_their_bytes_are_cut(
        records in vec(any_record(), 0..8),
        lengths in vec(1..5000_usize, 1..6),
    ) {
        let bytes = written(&records);
        let (read, totals) = read_in(cut(&bytes, &lengths)).unwrap();
        prop_assert_eq!(&written(&read), &bytes);
        prop_assert_eq!(read, records);
        prop_assert_eq!(totals.bytes, u64::try_from(bytes.len()).unwrap());
    }

    #[test]
    fn an_error_is_the_same_however_the_bytes_are_cut(
        records in vec(any_record(), 1..4),
        lengths in vec(1..5000_usize, 1..6),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let mut bytes = written(&records);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let whole = read(&bytes);
        prop_assert!(whole.is_err());
        prop_assert_eq!(read_in(cut(&bytes, &lengths)).map(|(records, _)| records), whole);
    }

    #[test]
    fn garbage_is_refused(bytes in vec(any::<u8>(), 0..500), headed in any::<bool>()) {
        let mut garbage = Vec::new();
        if headed {
            garbage.extend(Head::new(1).unwrap().to_bytes());
        }
        garbage.extend(bytes);
        prop_assert!(read(&garbage).is_err());
    }

    #[test]
    fn any_body_is_read_or_refused(kind in 1..6_u8, body in vec(any::<u8>(), 0..200)) {
        let bytes = framed(kind, &body);
        if let Ok(records) = read(&bytes) && !records.is_empty() {
            prop_assert_eq!(written(&records), bytes);
        }
    }
}
