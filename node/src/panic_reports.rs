//! Panic reports: what a program left about faults of its own in a directory, such as a profile's.
//!
//! Invariants
//! - No more than [`REPORTS_MAX`] are there, the oldest go first, and each has [`REPORT_BYTES_MAX`] at most.
//! - Only the owner reads them. Nothing sends them anywhere.
//! - Keeping one neither panics nor waits for anybody: it is done while a thread panics.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Reports that are kept.
const REPORTS_MAX: usize = 8;
/// Bytes of one.
pub const REPORT_BYTES_MAX: usize = 64 * 1024;
const START: &str = "panic-";
const END: &str = ".txt";

/// The reports in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicReports {
    directory: PathBuf,
}

impl PanicReports {
    /// Those in `directory`, which may not be there.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// Keeps a report as `panic-TIME.txt`, with a number behind the time if there is one of that time, and says where.
    /// What is beyond [`REPORT_BYTES_MAX`] is cut. `time` has to sort as times do, such as `20260801T120000Z`.
    ///
    /// # Errors
    /// What the system says; nothing is left of the report then.
    pub fn keep(&self, time: &str, report: &str) -> io::Result<PathBuf> {
        let mut present = self.names();
        while present.len() >= REPORTS_MAX {
            fs::remove_file(self.directory.join(present.remove(0)))?;
        }
        let report = report.get(..report.floor_char_boundary(REPORT_BYTES_MAX));
        let report = report.unwrap_or_default();
        // Of one moment there are fewer than may be kept.
        let names = (1..=REPORTS_MAX).map(|number| match number {
            1 => format!("{START}{time}{END}"),
            more => format!("{START}{time}.{more}{END}"),
        });
        let mut failed = io::Error::from(io::ErrorKind::AlreadyExists);
        for path in names.map(|name| self.directory.join(name)) {
            match write_new(&path, report) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => failed = error,
                Err(error) => {
                    failed = error;
                    break;
                }
            }
        }
        Err(failed)
    }

    /// The newest report, and when it was written.
    #[must_use]
    pub fn newest(&self) -> Option<(PathBuf, SystemTime)> {
        let paths = self
            .names()
            .into_iter()
            .map(|name| self.directory.join(name));
        let written = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
        let dated = paths.filter_map(|path| written(&path).map(|at| (path, at)));
        dated.max_by_key(|(_, at)| *at)
    }

    /// The names of all, the oldest first.
    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        let files = entries.flatten();
        let files = files.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let names = files.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names
            .filter(|name| name.starts_with(START) && name.ends_with(END))
            .collect();
        // Without the end, a time comes before the same time with a number.
        names.sort_by(|one, other| {
            let bare = |name: &str| name.strip_suffix(END).unwrap_or(name).to_owned();
            bare(one).cmp(&bare(other))
        });
        names
    }
}

/// Writes a file that is not there, for its owner alone.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        // Half a report is none; the disk may be full.
        let _ = fs::remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports() -> (tempfile::TempDir, PanicReports) {
        let directory = tempfile::tempdir().unwrap();
        let reports = PanicReports::new(directory.path());
        (directory, reports)
    }

    fn time(number: usize) -> String {
        format!("20260801T1200{number:02}Z")
    }

    #[test]
    fn as_many_reports_as_may_be_are_kept_and_one_more_drops_the_oldest() {
        let (_directory, reports) = reports();
        for number in 0..REPORTS_MAX {
            reports.keep(&time(number), "a fault").unwrap();
        }
        let oldest = format!("panic-{}.txt", time(0));
        assert_eq!(reports.names().len(), REPORTS_MAX);
        assert_eq!(reports.names()[0], oldest);
        reports.keep(&time(REPORTS_MAX), "another").unwrap();
        assert_eq!(reports.names().len(), REPORTS_MAX);
        assert!(!reports.names().contains(&oldest));
    }

    #[test]
    fn reports_of_one_moment_have_names_of_their_own() {
        let (_directory, reports) = reports();
        for _ in 0..=REPORTS_MAX {
            reports.keep(&time(0), "a fault").unwrap();
        }
        let names = reports.names();
        assert_eq!(names.len(), REPORTS_MAX);
        assert!(
            names
                .iter()
                .all(|name| name.starts_with(&format!("panic-{}", time(0))))
        );
    }

    #[test]
    fn a_report_of_the_most_bytes_is_whole_and_a_longer_one_is_cut() {
        let (_directory, reports) = reports();
        let kept = |text: &str| {
            let path = reports.keep(&time(0), text).unwrap();
            fs::read_to_string(path).unwrap()
        };
        let most = "x".repeat(REPORT_BYTES_MAX);
        assert_eq!(kept(&most), most);
        assert_eq!(kept(&format!("{most}y")), most);
        let split = format!("{}ä", "x".repeat(REPORT_BYTES_MAX - 1));
        assert_eq!(kept(&split).len(), REPORT_BYTES_MAX - 1);
    }

    #[test]
    fn what_is_no_report_is_neither_counted_nor_removed() {
        let (directory, reports) = reports();
        for other in ["panic-notes.md", "profile.db", "not-panic-1.txt"] {
            fs::write(directory.path().join(other), "").unwrap();
        }
        fs::create_dir(directory.path().join("panic-1.txt")).unwrap();
        assert_eq!(reports.newest(), None);
        for number in 0..=REPORTS_MAX {
            reports.keep(&time(number), "a fault").unwrap();
        }
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            REPORTS_MAX + 4
        );
        let (newest, _) = reports.newest().unwrap();
        assert!(newest.is_file());
    }

    #[test]
    fn where_there_is_no_directory_there_is_no_report() {
        let (directory, _) = reports();
        let none = PanicReports::new(directory.path().join("none"));
        assert!(none.keep(&time(0), "a fault").is_err());
        assert_eq!(none.newest(), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_a_report() {
        use std::os::unix::fs::PermissionsExt as _;

        let (_directory, reports) = reports();
        let path = reports.keep(&time(0), "a fault").unwrap();
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
