//! A stick that is full, and exports that were given up.

use super::*;

/// Has room for so many bytes.
fn room(bytes: usize) -> impl FnMut(&mut fs::File, &[u8]) -> io::Result<()> {
    let mut left = bytes;
    move |file, bytes| {
        let fits = bytes.len().min(left);
        file.write_all(&bytes[..fits])?;
        left -= fits;
        if fits < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

#[test]
fn a_stick_that_is_full_at_whatever_byte_leaves_the_bundle_before() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    put_in_segments(&path, &records(3), 4096);
    let before = (names(stick.path()), fs::read(&path).unwrap());
    let written = put_in_segments(&stick.path().join("whole"), &records(6), 4096);
    written
        .segments
        .iter()
        .for_each(|path| fs::remove_file(path).unwrap());
    let whole = usize::try_from(written.bytes).unwrap();
    for bytes in (0..whole).step_by(61).chain([whole - 1]) {
        let error = write_so(&path, all(&records(6)), 4096, &mut room(bytes));
        assert!(
            matches!(&error, Err(BundleError::Full { path }) if path == stick.path()),
            "{bytes}: {error:?}"
        );
        assert_eq!(
            (names(stick.path()), fs::read(&path).unwrap()),
            before,
            "{bytes}"
        );
    }
    write_so(&path, all(&records(6)), 4096, &mut room(whole)).unwrap();
    assert_eq!(taken(&path).0, records(6));
}

#[test]
fn what_an_export_left_when_its_process_ended_is_removed_by_the_next() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    fs::write(stick.path().join(".trip.tidings.part"), [0; 5000]).unwrap();
    put(&path, &records(1)).unwrap();
    assert_eq!(names(stick.path()), ["trip.tidings"]);
    assert_eq!(taken(&path).0, records(1));
}

#[test]
fn two_exports_at_once_do_not_mix() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let records_of_one = records(2);
    let meanwhile = all(&records_of_one).inspect(|_| {
        let other = put(&path, &records(1));
        assert!(matches!(other, Err(BundleError::Busy { .. })));
    });
    write(&path, meanwhile).unwrap();
    assert_eq!(taken(&path).0, records(2));
    assert_eq!(names(stick.path()), ["trip.tidings"]);
}

#[test]
fn what_is_not_finished_is_not_read() {
    let stick = TempDir::new().unwrap();
    put(stick.path(), &records(1)).unwrap();
    fs::copy(
        stick.path().join("bundle.tidings"),
        stick.path().join(".bundle-2.tidings.part"),
    )
    .unwrap();
    assert_eq!(segments(stick.path()).unwrap().len(), 1);
}

#[test]
fn further_segments_that_an_export_left_when_its_process_ended_are_removed_by_a_shorter_one() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    for name in ["trip", "trip.2", "trip.3"] {
        let name = name::unfinished(&format!("{name}.tidings"));
        fs::write(stick.path().join(name), [0; 5000]).unwrap();
    }
    fs::write(stick.path().join(".trip-2.tidings.part"), "").unwrap();
    put(&path, &records(1)).unwrap();
    assert_eq!(
        names(stick.path()),
        [".trip-2.tidings.part", "trip.tidings"]
    );
}
