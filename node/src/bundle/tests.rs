mod hostile;
mod limits;
mod room;
mod telling;

use std::convert::Infallible;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tidings_protocol::envelope::Envelope;

use super::export::{write_so, write_so_telling};
use super::*;

/// An envelope of the smallest size, in which nothing is sealed.
fn envelope(seed: u8) -> Envelope {
    let tag = [seed; 16];
    let mut bytes = vec![0xa6, 0, 1, 1, 0x50];
    bytes.extend(tag);
    bytes.extend([2, 0x18, 168, 3, 2, 4, 0x58, 32]);
    bytes.extend([seed; 32]);
    bytes.extend([5, 0x59, 0x07, 0xbf]);
    bytes.resize(2048, seed);
    Envelope::from_bytes(&bytes).unwrap()
}

pub(crate) fn bundled(seed: u8) -> Record {
    let age = Duration::from_secs(3600);
    Record::Envelope(Bundled::new(envelope(seed), age, 1, 4))
}

/// So many envelopes, and two purges.
fn records(envelopes: u8) -> Vec<Record> {
    let mut records: Vec<Record> = (0..envelopes).map(bundled).collect();
    records.push(Record::Purge([7; 32]));
    records.push(Record::Purge([8; 32]));
    records
}

fn all(records: &[Record]) -> impl Iterator<Item = Result<Record, Infallible>> + '_ {
    records.iter().cloned().map(Ok)
}

fn put(target: &Path, records: &[Record]) -> Result<Written, BundleError> {
    write(target, all(records))
}

/// Written in segments that end after so many bytes.
pub(crate) fn put_in_segments(target: &Path, records: &[Record], bytes: usize) -> Written {
    write_so(target, all(records), bytes, &mut |file, bytes| {
        file.write_all(bytes)
    })
    .unwrap()
}

fn taken(path: &Path) -> (Vec<Record>, Summary) {
    let mut records = Vec::new();
    let summary = read(path, |record| {
        records.push(record);
        Ok::<_, Infallible>(())
    });
    (records, summary.unwrap())
}

/// The names in a directory, hidden ones too.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 4;
    fs::write(path, bytes).unwrap();
}

#[test]
fn what_is_written_to_a_stick_is_read_from_it() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let written = put(&path, &records(3)).unwrap();
    assert_eq!(
        (&written.path, &written.segments),
        (&path, &vec![path.clone()])
    );
    assert_eq!((written.envelopes, written.purges), (3, 2));
    assert_eq!(written.bytes, fs::metadata(&path).unwrap().len());
    let (read, summary) = taken(&path);
    assert_eq!(read, records(3));
    assert_eq!((summary.segments, summary.damaged.len()), (1, 0));
    let seen = inspect(&path).unwrap();
    assert_eq!(seen.totals, summary.totals);
    assert_eq!(seen.totals.bytes, written.bytes);
    assert_eq!((seen.totals.envelopes, seen.totals.purges), (3, 2));
    assert_eq!(names(stick.path()), ["trip.tidings"]);
}

#[test]
fn a_bundle_of_nothing_is_one() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("empty");
    assert_eq!(put(&path, &[]).unwrap().envelopes, 0);
    assert_eq!(taken(&path).0, []);
}

#[test]
fn exporting_the_same_twice_gives_the_same_file() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    put(&path, &records(3)).unwrap();
    let first = fs::read(&path).unwrap();
    put(&path, &records(3)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), first);
    put(&path, &records(2)).unwrap();
    assert_eq!(taken(&path).0, records(2));
    assert_eq!(names(stick.path()), ["trip.tidings"]);
}

#[test]
fn a_bundle_into_a_directory_is_one_more_and_all_of_them_are_read() {
    let stick = TempDir::new().unwrap();
    let first = put(stick.path(), &records(1)).unwrap();
    let bytes = fs::read(&first.path).unwrap();
    let second = put(stick.path(), &[bundled(9)]).unwrap();
    assert_eq!(names(stick.path()), ["bundle-2.tidings", "bundle.tidings"]);
    assert_eq!(second.path, stick.path().join("bundle-2.tidings"));
    assert_eq!(fs::read(&first.path).unwrap(), bytes);
    let (mut read, summary) = taken(stick.path());
    assert_eq!(summary.segments, 2);
    assert_eq!(read.remove(0), bundled(9));
    assert_eq!(read, records(1));
}

#[test]
fn a_large_bundle_is_several_files_each_of_which_stands_alone() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let written = put_in_segments(&path, &records(6), 4096);
    assert_eq!(
        names(stick.path()),
        [
            "trip.2.tidings",
            "trip.3.tidings",
            "trip.4.tidings",
            "trip.tidings"
        ]
    );
    assert_eq!((written.segments.len(), written.envelopes), (4, 6));
    let sizes = written
        .segments
        .iter()
        .map(|path| fs::metadata(path).unwrap().len());
    assert_eq!(written.bytes, sizes.sum::<u64>());
    assert_eq!(segments(&path).unwrap(), written.segments);
    assert_eq!(taken(&path).0, records(6));
    for (nth, segment) in written.segments[1..3].iter().enumerate() {
        let alone = stick.path().join("alone");
        fs::copy(segment, &alone).unwrap();
        assert_eq!(taken(&alone).0, records(6)[2 * nth + 2..2 * nth + 4]);
    }
}

#[test]
fn of_a_directory_each_segment_is_read_once_and_a_segment_alone_without_those_beside_it() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let written = put_in_segments(&path, &records(6), 4096);
    let (read, summary) = taken(stick.path());
    assert_eq!((summary.segments, read.len()), (4, records(6).len()));
    let mut alone = Vec::new();
    let first = written.segments[..1].to_vec();
    read_segments(first, &mut |_| Ok(()), |record| {
        alone.push(record);
        Ok::<_, Infallible>(())
    })
    .unwrap();
    assert_eq!(alone, records(6)[..2]);
}

#[test]
fn segments_that_come_in_any_order_and_twice_say_the_same() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let written = put_in_segments(&path, &records(6), 4096);
    let mixed = TempDir::new().unwrap();
    for (segment, name) in written.segments.iter().zip(["d", "a", "c", "b"]) {
        fs::copy(segment, mixed.path().join(name)).unwrap();
    }
    fs::copy(&written.segments[0], mixed.path().join("e")).unwrap();
    let (read, summary) = taken(mixed.path());
    assert_eq!(summary.segments, 5);
    assert!(records(6).iter().all(|record| read.contains(record)));
    assert!(read.iter().all(|record| records(6).contains(record)));
}

#[test]
fn a_segment_that_is_missing_takes_no_other_with_it() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let written = put_in_segments(&path, &records(6), 4096);
    fs::remove_file(&written.segments[1]).unwrap();
    let (read, summary) = taken(&path);
    assert_eq!(summary.segments, 3);
    assert_eq!(read, [&records(6)[..2], &records(6)[4..]].concat());
}

#[test]
fn a_bundle_that_became_shorter_leaves_no_segments_behind_and_touches_no_other_bundle() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip");
    let others = stick.path().join("trip.3");
    put_in_segments(&path, &records(3), 4096);
    assert_eq!(names(stick.path()), ["trip", "trip.2"]);
    put(&others, &[bundled(9)]).unwrap();
    assert_eq!(segments(&path).unwrap().len(), 2);
    put(&path, &records(1)).unwrap();
    assert_eq!(names(stick.path()), ["trip", "trip.3"]);
    assert_eq!(taken(&path).0, records(1));
    assert_eq!(taken(&others).0, [bundled(9)]);
    // A longer one has no place there now.
    let error = write_so(&path, all(&records(6)), 4096, &mut |file, bytes| {
        file.write_all(bytes)
    });
    assert!(matches!(error, Err(BundleError::Taken { path }) if path == others));
    assert_eq!(taken(&path).0, records(1));
}

#[test]
fn what_a_source_cannot_give_leaves_the_bundle_before() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    put(&path, &records(2)).unwrap();
    let given = records(9).into_iter().map(Ok);
    let failing = given.chain([Err(io::Error::other("the store is gone"))]);
    let error = write(&path, failing).unwrap_err();
    assert!(error.to_string().contains("the store is gone"), "{error}");
    assert_eq!(names(stick.path()), ["trip.tidings"]);
    assert_eq!(taken(&path).0, records(2));
}

#[test]
fn what_cannot_be_kept_ends_the_reading() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    put(&path, &records(3)).unwrap();
    let mut kept = 0;
    let error = read(&path, |_| {
        kept += 1;
        if kept == 2 {
            Err(io::Error::other("full"))
        } else {
            Ok(())
        }
    });
    assert!(matches!(error, Err(BundleError::Taker(_))));
    assert_eq!(kept, 2);
}

#[test]
fn what_is_not_there_is_said() {
    let stick = TempDir::new().unwrap();
    let nothing: [PathBuf; 2] = [stick.path().join("trip.tidings"), stick.path().to_owned()];
    for path in nothing {
        assert!(matches!(inspect(&path), Err(BundleError::NoBundle { .. })));
    }
    let nowhere = stick.path().join("gone/trip.tidings");
    let error = put(&nowhere, &records(1)).unwrap_err();
    assert!(matches!(&error, BundleError::Io { path, .. } if *path == stick.path().join("gone")));
}
