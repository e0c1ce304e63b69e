//! How much of a directory is looked at.

use super::super::import::{ENTRIES_MAX, FILES_MAX};
use super::super::name::UNNAMED_MAX;
use super::*;

#[test]
fn a_directory_of_as_many_bundles_as_are_read_is_read_and_one_more_is_too_many() {
    let stick = TempDir::new().unwrap();
    for number in 0..FILES_MAX {
        fs::write(stick.path().join(format!("{number}.tidings")), "").unwrap();
    }
    assert_eq!(segments(stick.path()).unwrap().len(), FILES_MAX);
    fs::write(stick.path().join("more.tidings"), "").unwrap();
    let error = segments(stick.path());
    assert!(matches!(error, Err(BundleError::TooMany { .. })));
}

#[test]
fn a_directory_of_as_many_entries_as_are_looked_at_is_read_and_one_more_is_too_many() {
    let stick = TempDir::new().unwrap();
    put(stick.path(), &records(1)).unwrap();
    for number in 1..ENTRIES_MAX {
        fs::write(stick.path().join(number.to_string()), "").unwrap();
    }
    assert_eq!(segments(stick.path()).unwrap().len(), 1);
    fs::write(stick.path().join("more"), "").unwrap();
    let error = segments(stick.path());
    assert!(matches!(error, Err(BundleError::TooMany { .. })));
}

#[test]
fn as_many_bundles_without_names_as_there_may_be_are_written_and_not_one_more() {
    let stick = TempDir::new().unwrap();
    for number in 1..UNNAMED_MAX {
        fs::write(stick.path().join(name::unnamed(number)), "").unwrap();
    }
    let last = put(stick.path(), &records(1)).unwrap();
    assert_eq!(last.path, stick.path().join(name::unnamed(UNNAMED_MAX)));
    let error = put(stick.path(), &records(1));
    assert!(matches!(error, Err(BundleError::TooMany { .. })));
}

#[test]
fn a_bundle_of_as_many_segments_as_there_may_be_is_written_and_not_of_one_more() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip");
    let purges = |count: u16| vec![Record::Purge([7; 32]); count.into()];
    let segments_max = tidings_protocol::bundle::SEGMENTS_MAX;
    let sink = &mut |file: &mut fs::File, bytes: &[u8]| file.write_all(bytes);
    let error = write_so(&path, all(&purges(segments_max + 1)), 9, sink);
    assert!(matches!(error, Err(BundleError::TooLarge)));
    assert_eq!(names(stick.path()), Vec::<String>::new());
    let written = write_so(&path, all(&purges(segments_max)), 9, sink).unwrap();
    assert_eq!(written.segments.len(), usize::from(segments_max));
    assert_eq!(taken(&path).0, purges(segments_max));
}
