//! Who is told how far a bundle is, and ends it.

use super::*;
use crate::transfers::Cancelled;

/// Who wants so many words of it, and no more.
struct Listener {
    told: Vec<u64>,
    wanted: usize,
}

impl Listener {
    const fn of(wanted: usize) -> Self {
        let told = Vec::new();
        Self { told, wanted }
    }

    fn hear(&mut self, done: u64) -> Result<(), Cancelled> {
        if self.told.len() >= self.wanted {
            return Err(Cancelled);
        }
        self.told.push(done);
        Ok(())
    }

    fn all(&self) -> u64 {
        self.told.iter().sum()
    }
}

/// Writes this for so many words; how many came, and how much they said.
fn export(
    path: &Path,
    records: &[Record],
    wanted: usize,
) -> (Listener, Result<Written, BundleError>) {
    let mut listener = Listener::of(wanted);
    let written = write_telling(path, all(records), &mut |done| listener.hear(done));
    (listener, written)
}

/// Takes all in a directory for so many words; what was taken.
fn import(path: &Path, wanted: usize) -> (Listener, Vec<Record>, Result<Summary, BundleError>) {
    let (mut listener, mut taken) = (Listener::of(wanted), Vec::new());
    let summary = read_segments(
        segments(path).unwrap(),
        &mut |done| listener.hear(done),
        |record| {
            taken.push(record);
            Ok::<_, Infallible>(())
        },
    );
    (listener, taken, summary)
}

#[test]
fn each_envelope_that_is_written_is_told_and_nothing_else() {
    let stick = TempDir::new().unwrap();
    let (listener, written) = export(&stick.path().join("b"), &records(5), usize::MAX);
    assert_eq!(written.unwrap().envelopes, 5);
    assert_eq!(listener.all(), 5);
    assert_eq!(listener.told.iter().max(), Some(&1));
}

#[test]
fn an_export_that_is_cancelled_at_whatever_word_leaves_what_was_there_before() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("b");
    put(&path, &[bundled(99)]).unwrap();
    let before = fs::read(&path).unwrap();
    let (whole, _) = export(&stick.path().join("c"), &records(5), usize::MAX);
    fs::remove_file(stick.path().join("c")).unwrap();
    // The last is when all is on the disk and nothing has its name.
    assert_eq!(whole.told.len(), records(5).len() + 1);
    for wanted in 0..whole.told.len() {
        let (_, written) = export(&path, &records(5), wanted);
        let error = written.unwrap_err();
        assert!(
            matches!(&error, BundleError::ExportCancelled { path: of } if *of == path),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(names(stick.path()), ["b"], "{wanted}");
    }
    export(&path, &records(5), whole.told.len()).1.unwrap();
    assert_eq!(taken(&path).0, records(5));
}

#[test]
fn an_export_that_is_cancelled_while_another_writes_there_waits_no_longer() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("b");
    let unfinished = fs::File::create(stick.path().join(".b.part")).unwrap();
    unfinished.lock().unwrap();
    for wanted in [0, 2] {
        let (listener, written) = export(&path, &records(1), wanted);
        let error = written.unwrap_err();
        assert!(
            matches!(&error, BundleError::ExportCancelled { path: of } if *of == path),
            "{error}"
        );
        assert_eq!(listener.told, vec![0; wanted]);
    }
    assert_eq!(names(stick.path()), [".b.part"]);
    drop(unfinished);
}

/// A source that somebody who wants no more has ended.
#[test]
fn an_export_whose_source_ends_once_it_is_cancelled_is_cancelled() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("b");
    for wanted in [0, 1] {
        let mut listener = Listener::of(wanted);
        let ended = std::iter::once(Err(io::Error::other("nobody wants more")));
        let written = write_telling(&path, ended, &mut |done| listener.hear(done));
        let is_cancelled = matches!(written, Err(BundleError::ExportCancelled { .. }));
        let is_source = matches!(written, Err(BundleError::Source(_)));
        assert_eq!((is_cancelled, is_source), (wanted == 0, wanted == 1));
    }
    assert_eq!(names(stick.path()), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn of_a_file_no_more_bytes_are_told_than_a_segment_has_at_most() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("b.tidings");
    let max = u64::from(tidings_protocol::bundle::SEGMENT_BYTES_MAX);
    for (length, read) in [
        (max - 1, max - 1),
        (max, max),
        (max + 1, max),
        (8 * max, max),
    ] {
        // Its zeros take no room on a disk of a Unix system.
        let file = fs::File::create(&path).unwrap();
        file.set_len(length).unwrap();
        assert_eq!(bytes_to_read(std::slice::from_ref(&path)), 2 * read);
        let (listener, _, summary) = import(stick.path(), usize::MAX);
        assert_eq!(summary.unwrap().damaged.len(), 1);
        assert_eq!(listener.all(), 2 * read);
    }
}

#[test]
fn all_bytes_of_a_directory_are_told_twice_whatever_its_files_are_like() {
    let stick = TempDir::new().unwrap();
    put(&stick.path().join("a.tidings"), &records(4)).unwrap();
    put(&stick.path().join("b.tidings"), &records(3)).unwrap();
    let damaged = stick.path().join("c.tidings");
    put(&damaged, &records(5)).unwrap();
    flip(&damaged, 5_000);
    fs::write(stick.path().join("d.tidings"), "Dear Ben,").unwrap();
    let files = segments(stick.path()).unwrap();
    assert_eq!(files.len(), 4);
    let lengths = files.iter().map(|path| fs::metadata(path).unwrap().len());
    let all_of_it = 2 * lengths.sum::<u64>();
    assert_eq!(bytes_to_read(&files), all_of_it);
    let (listener, taken, summary) = import(stick.path(), usize::MAX);
    assert_eq!((summary.unwrap().damaged.len(), taken.len()), (2, 11));
    assert_eq!(listener.all(), all_of_it);
}

#[test]
fn nothing_is_taken_before_half_is_told_and_then_each_record_is_told_once_it_is_taken() {
    let stick = TempDir::new().unwrap();
    let path = stick.path().join("b");
    put(&path, &records(6)).unwrap();
    let half = fs::metadata(&path).unwrap().len();
    let told = std::cell::Cell::new(0);
    let mut before = Vec::new();
    read_segments(
        vec![path],
        &mut |done| {
            told.set(told.get() + done);
            Ok(())
        },
        |_| {
            before.push(told.get());
            Ok::<_, Infallible>(())
        },
    )
    .unwrap();
    assert_eq!((before.len(), before[0]), (8, half));
    assert!(before.is_sorted_by(|one, next| one < next), "{before:?}");
    assert_eq!(told.get(), 2 * half);
}

#[test]
fn an_import_that_is_cancelled_at_whatever_word_says_so_unless_all_was_taken_by_then() {
    let stick = TempDir::new().unwrap();
    let first = put_in_segments(&stick.path().join("b"), &records(5), 4096);
    assert!(first.segments.len() > 1);
    let (whole, all_of_it, _) = import(stick.path(), usize::MAX);
    let (mut most, mut whole_ones) = (0, 0);
    for wanted in 0..=whole.told.len() {
        let (_, taken, summary) = import(stick.path(), wanted);
        assert_eq!(taken, all_of_it[..taken.len()]);
        assert!(taken.len() >= most);
        most = taken.len();
        if taken.len() < all_of_it.len() {
            let error = summary.unwrap_err();
            assert!(matches!(error, BundleError::ImportCancelled), "{error}");
        } else {
            let summary = summary.unwrap();
            assert_eq!(summary.segments, first.segments.len());
            whole_ones += 1;
        }
    }
    // Who wants no more when the last record was just taken, or thereafter, has all.
    assert!(whole_ones > 1, "{whole_ones}");
}

#[test]
fn an_import_that_is_cancelled_between_two_files_reads_no_further() {
    let stick = TempDir::new().unwrap();
    for name in ["a.tidings", "b.tidings"] {
        fs::write(stick.path().join(name), "Dear Ben,").unwrap();
    }
    let (whole, _, summary) = import(stick.path(), usize::MAX);
    assert_eq!(summary.unwrap().damaged.len(), 2);
    assert_eq!(whole.all(), 36);
    let (_, _, summary) = import(stick.path(), 0);
    assert!(matches!(summary, Err(BundleError::ImportCancelled)));
}
