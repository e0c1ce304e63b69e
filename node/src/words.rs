//! Words for what is counted, and for what a system says of files, here and by whoever shows what the node replies.

use std::io::{self, ErrorKind};
use std::time::Duration;

const MINUTE_SECONDS: u64 = 60;
const HOUR_SECONDS: u64 = 60 * MINUTE_SECONDS;
const DAY_SECONDS: u64 = 24 * HOUR_SECONDS;

/// Names that are told of several.
pub(crate) const NAMES_MAX: usize = 3;

const NOT_FOUND: &str = "no such file or directory";
const NO_PERMISSION: &str = "no permission";
const NO_ROOM: &str = "no room left";
const READ_ONLY: &str = "read-only file system";
const THERE_ALREADY: &str = "it is there already";
const A_DIRECTORY: &str = "it is a directory";
const NO_DIRECTORY: &str = "it is no directory";

/// All that [`of_system`] says in words that stay the same: whoever speaks another language has others for each.
pub const SYSTEM_FAULTS: [&str; 7] = [
    NOT_FOUND,
    NO_PERMISSION,
    NO_ROOM,
    READ_ONLY,
    THERE_ALREADY,
    A_DIRECTORY,
    NO_DIRECTORY,
];

/// Says what went wrong with a file: one of [`SYSTEM_FAULTS`] if it is what most often does, or else what the system
/// says itself, or whoever made the error.
#[must_use]
pub fn of_system(error: &io::Error) -> String {
    if error.get_ref().is_some() {
        return error.to_string();
    }
    let kind = error.kind();
    let said = if kind == ErrorKind::NotFound {
        NOT_FOUND
    } else if kind == ErrorKind::PermissionDenied {
        NO_PERMISSION
    } else if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        NO_ROOM
    } else if kind == ErrorKind::ReadOnlyFilesystem {
        READ_ONLY
    } else if kind == ErrorKind::AlreadyExists {
        THERE_ALREADY
    } else if kind == ErrorKind::IsADirectory {
        A_DIRECTORY
    } else if kind == ErrorKind::NotADirectory {
        NO_DIRECTORY
    } else {
        return error.to_string();
    };
    said.to_owned()
}

/// Says so many of something, which takes an `s` where they are not one.
#[must_use]
pub fn counted(count: u64, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// The word that goes with one, or with several.
pub(crate) const fn agreed(count: u64, one: &'static str, several: &'static str) -> &'static str {
    if count == 1 { one } else { several }
}

/// Says so many bytes, by their largest unit, rounded down.
#[must_use]
pub fn sized(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut size, mut unit) = (bytes, "bytes");
    for larger in UNITS {
        if size < 1024 {
            break;
        }
        (size, unit) = (size / 1024, larger);
    }
    format!("{size} {unit}")
}

/// How long something takes, in the largest unit of which it has at least two, else in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// So many days.
    Days(u64),
    /// So many hours.
    Hours(u64),
    /// So many minutes, at least one.
    Minutes(u64),
    /// Less than a minute.
    Moment,
}

impl From<Duration> for Lasting {
    fn from(time: Duration) -> Self {
        let seconds = time.as_secs();
        if seconds >= 2 * DAY_SECONDS {
            Self::Days(seconds / DAY_SECONDS)
        } else if seconds >= 2 * HOUR_SECONDS {
            Self::Hours(seconds / HOUR_SECONDS)
        } else if seconds >= MINUTE_SECONDS {
            Self::Minutes(seconds / MINUTE_SECONDS)
        } else {
            Self::Moment
        }
    }
}

/// Says how long something takes, by its largest unit.
#[must_use]
pub fn lasting(time: Duration) -> String {
    match Lasting::from(time) {
        Lasting::Days(count) => counted(count, "day"),
        Lasting::Hours(count) => counted(count, "hour"),
        Lasting::Minutes(count) => counted(count, "minute"),
        Lasting::Moment => "less than a minute".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_told_by_their_largest_unit() {
        let told = |seconds| lasting(Duration::from_secs(seconds));
        assert_eq!(told(59), "less than a minute");
        assert_eq!(
            (told(60), told(119 * 60)),
            ("1 minute".to_owned(), "119 minutes".to_owned())
        );
        assert_eq!(
            (told(7_200), told(2 * 86_400)),
            ("2 hours".to_owned(), "2 days".to_owned())
        );
        let sizes = [
            (1023, "1023 bytes"),
            (1 << 20, "1 MiB"),
            (u64::MAX, "16777215 TiB"),
        ];
        for (bytes, told) in sizes {
            assert_eq!(sized(bytes), told);
        }
    }
}
