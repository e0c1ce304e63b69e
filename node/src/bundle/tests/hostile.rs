//! Sticks that are damaged, and what else may be where a bundle should be.

use std::io::Seek as _;
#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};

use tidings_protocol::bundle::Head;

use super::*;

#[test]
fn a_damaged_segment_is_passed_over_whole_and_the_others_are_taken() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let written = put_in_segments(&path, &records(6), 4096);
    let second = &written.segments[1];
    let sound = fs::read(second).unwrap();
    let expected = [&records(6)[..2], &records(6)[4..]].concat();
    for at in (0..sound.len()).step_by(97) {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        for bytes in [&damaged[..], &sound[..at]] {
            fs::write(second, bytes).unwrap();
            let (read, summary) = taken(&path);
            assert_eq!(read, expected, "{at}");
            assert_eq!((summary.segments, summary.damaged.len()), (3, 1));
            assert_eq!(summary.damaged[0].path, *second);
            assert_eq!(inspect(&path).unwrap().totals, summary.totals);
        }
    }
}

#[test]
fn two_segments_in_one_file_are_passed_over() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    put(&path, &records(1)).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, [bytes.clone(), bytes].concat()).unwrap();
    let (read, summary) = taken(&path);
    assert_eq!(read, []);
    assert_eq!(
        summary.damaged[0].reason.to_string(),
        "there is something after its end"
    );
}

#[test]
fn a_bundle_that_is_replaced_while_it_is_looked_at_is_still_one() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    put(&path, &records(1)).unwrap();
    let bytes = fs::read(&path).unwrap();
    let (new, is_done) = (stick.path().join("new"), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..2_000 {
                fs::write(&new, &bytes).unwrap();
                fs::rename(&new, &path).unwrap();
            }
            is_done.store(true, Ordering::Relaxed);
        });
        while !is_done.load(Ordering::Relaxed) {
            assert_eq!(place::head(&path).unwrap(), Ok(Head::new(1).unwrap()));
        }
    });
}

#[test]
fn a_segment_that_changes_while_it_is_read_is_told_of() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    let records: Vec<Record> = (0..200).map(bundled).collect();
    put(&path, &records).unwrap();
    let mut read = Vec::new();
    let summary = super::read(&path, |record| {
        if read.is_empty() {
            // In place: the file that is open is the one that changes.
            let file = fs::OpenOptions::new().write(true).open(&path);
            let mut file = file.unwrap();
            file.seek(io::SeekFrom::End(-1000)).unwrap();
            file.write_all(&[0xff]).unwrap();
        }
        read.push(record);
        Ok::<_, Infallible>(())
    })
    .unwrap();
    assert_eq!((summary.segments, summary.damaged.len()), (0, 1));
    assert!(matches!(summary.damaged[0].reason, Unsound::Changed(_)));
    assert!(!read.is_empty() && records.starts_with(&read));
}

#[test]
fn a_file_of_something_else_is_left_as_it_is() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("letter.txt");
    for content in [&b"Dear Ben, the bridge is open."[..], b"", b"TDG"] {
        fs::write(&path, content).unwrap();
        let error = put(&path, &records(1)).unwrap_err();
        assert!(matches!(error, BundleError::Foreign { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    assert_eq!(names(stick.path()), ["letter.txt"]);
    let summary = inspect(&path).unwrap();
    assert_eq!(
        summary.damaged[0].reason.to_string(),
        "it is cut short after 3 bytes"
    );
    assert!(!summary.damaged[0].reason.is_foreign());
    fs::write(&path, "Dear B").unwrap();
    let summary = inspect(&path).unwrap();
    assert!(summary.damaged[0].reason.is_foreign());
}

#[test]
fn where_nothing_may_be_written_the_directory_is_named_and_no_file_of_ours() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    for (kind, said) in [
        (io::ErrorKind::ReadOnlyFilesystem, "read-only file system"),
        (io::ErrorKind::PermissionDenied, "no permission"),
    ] {
        let error = write_so(&path, all(&records(1)), 4096, &mut |_, _| Err(kind.into()));
        let error = error.unwrap_err();
        assert!(matches!(error, BundleError::Unwritable { .. }), "{error}");
        let said = format!("{} cannot be written ({said})", stick.path().display());
        assert!(error.to_string().starts_with(&said), "{error}");
    }
    assert_eq!(names(stick.path()), Vec::<String>::new());
}

#[test]
fn what_is_to_be_a_file_is_written_into_no_directory() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    fs::create_dir(&path).unwrap();
    let error = write_file(&path, all(&records(1)), &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error, BundleError::Taken { .. }), "{error}");
    assert_eq!(names(&path), Vec::<String>::new());
    assert_eq!(names(stick.path()), ["trip.tidings"]);
    fs::remove_dir(&path).unwrap();
    write_file(&path, all(&records(1)), &mut |_| Ok(())).unwrap();
    assert_eq!(taken(&path).0, records(1));
}

#[test]
fn a_damaged_bundle_is_replaced_by_the_next() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("trip.tidings");
    put(&path, &records(2)).unwrap();
    flip(&path, 100);
    put(&path, &records(2)).unwrap();
    assert_eq!(taken(&path).0, records(2));
}

#[test]
fn a_name_that_not_every_stick_holds_is_refused() {
    let stick = TempDir::new().unwrap();
    for name in ["a:b.tidings", "trip.", "aux.tidings", "a\nb", ".."] {
        let error = put(&stick.path().join("new").join(name), &records(1)).unwrap_err();
        assert!(matches!(error, BundleError::Name { .. }), "{name}: {error}");
    }
    assert_eq!(names(stick.path()), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn no_link_is_written_through() {
    let (stick, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let target = elsewhere.path().join("target");
    put(&target, &records(2)).unwrap();
    let before = fs::read(&target).unwrap();
    for (name, leads_to) in [
        ("file", target.clone()),
        ("directory", elsewhere.path().to_owned()),
        ("nowhere", elsewhere.path().join("nothing")),
    ] {
        let link = stick.path().join(name);
        symlink(leads_to, &link).unwrap();
        let error = put(&link, &records(1)).unwrap_err();
        assert!(matches!(error, BundleError::Link { .. }), "{name}: {error}");
    }
    symlink(&target, stick.path().join(".trip.part")).unwrap();
    let error = put(&stick.path().join("trip"), &records(1)).unwrap_err();
    assert!(matches!(error, BundleError::Taken { .. }), "{error}");
    symlink(&target, stick.path().join("long.2")).unwrap();
    let error = write_so(
        &stick.path().join("long"),
        all(&records(6)),
        4096,
        &mut |file, bytes| file.write_all(bytes),
    );
    assert!(matches!(error, Err(BundleError::Link { .. })));
    assert_eq!(fs::read(&target).unwrap(), before);
    assert_eq!(names(elsewhere.path()), ["target"]);
    assert!(!stick.path().join("long").exists());
}

#[cfg(unix)]
#[test]
fn no_link_is_read_through() {
    let (stick, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let target = elsewhere.path().join("target");
    put(&target, &records(2)).unwrap();
    for (name, leads_to) in [("a.tidings", target.as_path()), ("b", elsewhere.path())] {
        let link = stick.path().join(name);
        symlink(leads_to, &link).unwrap();
        assert!(matches!(inspect(&link), Err(BundleError::Link { .. })));
    }
    assert!(matches!(
        inspect(stick.path()),
        Err(BundleError::NoBundle { .. })
    ));
    put(&stick.path().join("own"), &records(1)).unwrap();
    symlink(&target, stick.path().join("own.2")).unwrap();
    assert_eq!(segments(&stick.path().join("own")).unwrap().len(), 1);
    assert_eq!(taken(stick.path()).0, records(1));
}

#[cfg(unix)]
#[test]
fn what_is_neither_file_nor_directory_is_left_alone() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("a.tidings");
    let _socket = UnixListener::bind(&path).unwrap();
    assert!(matches!(
        put(&path, &records(1)),
        Err(BundleError::Special { .. })
    ));
    assert!(matches!(inspect(&path), Err(BundleError::Special { .. })));
    assert!(matches!(
        inspect(stick.path()),
        Err(BundleError::NoBundle { .. })
    ));
}

#[cfg(unix)]
#[test]
fn a_pipe_that_takes_the_place_of_what_was_looked_at_is_not_waited_for() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("a.tidings");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let (told, opened) = std::sync::mpsc::channel();
    std::thread::spawn(move || told.send(place::open_now(&path).is_ok()));
    assert_eq!(opened.recv_timeout(Duration::from_secs(20)), Ok(true));
}

#[cfg(unix)]
#[test]
fn a_link_or_socket_that_takes_the_place_of_what_was_looked_at_is_not_opened() {
    let stick = TempDir::new().unwrap();
    let (file, link) = (stick.path().join("a"), stick.path().join("b"));
    fs::write(&file, "Dear Ben").unwrap();
    symlink(&file, &link).unwrap();
    let socket = stick.path().join("c");
    let _listens = UnixListener::bind(&socket).unwrap();
    assert!(place::open_now(&file).unwrap().is_some());
    for other in [link, socket] {
        assert!(place::open_now(&other).unwrap().is_none());
    }
}

#[test]
fn a_directory_of_other_files_has_the_bundles_that_are_among_them() {
    let stick = TempDir::new().unwrap();
    fs::write(stick.path().join("letter.txt"), "Dear Ben").unwrap();
    fs::write(stick.path().join("empty"), "").unwrap();
    fs::create_dir(stick.path().join("more.tidings")).unwrap();
    put(&stick.path().join("mine"), &records(1)).unwrap();
    fs::write(stick.path().join("NOT.TIDINGS"), "Dear Ben").unwrap();
    let (read, summary) = taken(stick.path());
    assert_eq!(read, records(1));
    assert_eq!(summary.damaged.len(), 1);
    assert_eq!(
        summary.damaged[0].reason.to_string(),
        "not a bundle of Tidings"
    );
}
