//! A stick that is full, and exports that were given up.

use super::*;

/// A disk with room for so many bytes in all that is written to it, and for `less` fewer each time that is too few.
#[cfg(unix)]
fn room(bytes: usize, less: usize) -> impl FnMut(&mut fs::File, &[u8]) -> io::Result<()> {
    use std::io::Seek as _;
    use std::os::unix::fs::MetadataExt as _;

    let (mut bytes, mut used) = (bytes, std::collections::BTreeMap::new());
    move |file, given| {
        let number = file.metadata()?.ino();
        let length = usize::try_from(file.stream_position()?).unwrap();
        used.insert(number, length);
        let fits = bytes.saturating_sub(used.values().sum()).min(given.len());
        file.write_all(&given[..fits])?;
        used.insert(number, length + fits);
        if fits < given.len() {
            bytes = bytes.saturating_sub(less);
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

/// How many bytes a bundle of so many of the records takes, in segments that end after so many.
#[cfg(unix)]
fn bytes_of(records: &[Record], segment_bytes: usize) -> usize {
    let stick = TempDir::new().unwrap();
    let written = put_in_segments(&stick.path().join("whole"), records, segment_bytes);
    usize::try_from(written.bytes).unwrap()
}

/// Everything on a stick.
#[cfg(unix)]
fn state(stick: &TempDir) -> Vec<(String, Vec<u8>)> {
    let names = names(stick.path()).into_iter();
    let read = |name: String| (name.clone(), fs::read(stick.path().join(name)).unwrap());
    names.map(read).collect()
}

#[cfg(unix)]
#[test]
fn a_stick_that_is_full_at_whatever_byte_gets_what_fits_or_keeps_the_bundle_before() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let (all_of_it, there) = (records(6), 3);
    let sizes: Vec<usize> = (0..=all_of_it.len())
        .map(|count| bytes_of(&all_of_it[..count], 4096))
        .collect();
    let whole = sizes[all_of_it.len()];
    for bytes in (0..whole).step_by(149).chain([whole - 1, whole]) {
        put_in_segments(&path, &records(3), 4096);
        let before = state(&stick);
        let written = write_so(&path, all(&all_of_it), 4096, &mut room(bytes, 0));
        let fit = sizes.iter().filter(|size| **size <= bytes).count();
        let fit = fit.saturating_sub(1);
        if fit < there {
            assert!(
                matches!(&written, Err(BundleError::Full { path }) if path == stick.path()),
                "{bytes}: {written:?}"
            );
            assert_eq!(state(&stick), before, "{bytes}");
            continue;
        }
        let written = written.unwrap();
        let envelopes = u64::try_from(fit.min(6)).unwrap();
        assert_eq!(
            (written.envelopes, written.left_out),
            (envelopes, 6 - envelopes)
        );
        let (read, summary) = taken(&path);
        assert_eq!(read, all_of_it[..fit], "{bytes}");
        assert_eq!(
            (summary.damaged.len(), summary.totals.bytes),
            (0, written.bytes)
        );
        assert_eq!(summary.segments, written.segments.len());
        assert_eq!(names(stick.path()).len(), written.segments.len(), "{bytes}");
    }
}

#[cfg(unix)]
#[test]
fn a_bundle_with_more_in_it_than_there_is_room_for_stays_unless_it_is_damaged() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    put(&path, &records(5)).unwrap();
    let before = state(&stick);
    let bytes = bytes_of(&records(9)[..4], 1 << 20);
    let export = || write_so(&path, all(&records(9)), 1 << 20, &mut room(bytes, 0));
    assert!(matches!(export(), Err(BundleError::Full { .. })));
    assert_eq!(state(&stick), before);
    flip(&path, 100);
    let written = export().unwrap();
    assert_eq!((written.envelopes, written.left_out), (4, 5));
    assert_eq!(taken(&path).0, records(9)[..4]);
}

#[cfg(unix)]
#[test]
fn of_a_bundle_of_many_chunks_what_fits_is_written_though_others_take_room_meanwhile() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let many: Vec<Record> = records(200).into_iter().cycle().take(400).collect();
    for (bytes, less, least) in [(700_000, 0, 330), (700_000, 150_000, 160)] {
        let room = &mut room(bytes, less);
        let written = write_so(&path, all(&many), 1 << 30, room).unwrap();
        let read = taken(&path).0;
        assert!(read.len() >= least, "{}", read.len());
        assert_eq!(read, many[..read.len()]);
        assert!(written.bytes <= u64::try_from(bytes - less).unwrap());
        fs::remove_file(&path).unwrap();
    }
    let error = write_so(&path, all(&many), 1 << 30, &mut room(700_000, 700_000));
    assert!(matches!(error, Err(BundleError::Full { .. })));
    assert_eq!(names(stick.path()), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn what_finds_no_room_is_not_told_as_written() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let (many, mut told) = (records(20), 0);
    let room = &mut room(bytes_of(&many[..4], 4096), 0);
    let tell: Tell = &mut |done| {
        told += done;
        Ok(())
    };
    let written = write_so_telling(&path, all(&many), 4096, room, tell).unwrap();
    assert_eq!((written.envelopes, written.left_out), (4, 16));
    // What goes into one file is found to have no room when all of that is written.
    assert!((4..=6).contains(&told), "{told}");
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
fn two_exports_at_once_to_one_file_do_not_mix() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let records_of_one = records(2);
    let meanwhile = all(&records_of_one).inspect(|_| {
        let other = write_so(&path, all(&records(1)), 4096, &mut |file, bytes| {
            file.write_all(bytes)
        });
        assert!(matches!(other, Err(BundleError::Busy { .. })));
    });
    write(&path, meanwhile).unwrap();
    assert_eq!(taken(&path).0, records(2));
    assert_eq!(names(stick.path()), ["trip.tidings"]);
}

#[test]
fn an_export_into_a_directory_where_another_one_is_under_way_takes_the_next_name() {
    let stick = TempDir::new().unwrap();
    let mut others = Vec::new();
    let records_of_one = [bundled(1)];
    let meanwhile = all(&records_of_one).inspect(|_| {
        others.push(put(stick.path(), &[bundled(2)]).unwrap().path);
    });
    let first = write(stick.path(), meanwhile).unwrap();
    assert_eq!(first.path, stick.path().join("bundle.tidings"));
    assert_eq!(others, [stick.path().join("bundle-2.tidings")]);
    assert_eq!(taken(&first.path).0, [bundled(1)]);
    assert_eq!(taken(&others[0]).0, [bundled(2)]);
}

#[test]
fn of_many_exports_at_once_none_fails_and_each_is_whole() {
    let stick = TempDir::new().unwrap();
    let (directory, file) = (stick.path().join("each"), stick.path().join("one"));
    fs::create_dir(&directory).unwrap();
    std::thread::scope(|scope| {
        for seed in 0..6 {
            for target in [&directory, &file] {
                scope.spawn(move || put(target, &[bundled(seed)]).unwrap());
            }
        }
    });
    let mut read = taken(&directory).0;
    read.sort_unstable_by_key(|record| match record {
        Record::Envelope(bundled) => bundled.envelope().as_bytes().to_vec(),
        Record::Purge(_) => Vec::new(),
    });
    assert_eq!(read, (0..6).map(bundled).collect::<Vec<_>>());
    assert_eq!((names(&directory).len(), taken(&file).0.len()), (6, 1));
    assert_eq!(names(stick.path()), ["each", "one"]);
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
