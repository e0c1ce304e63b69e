//! Words for what is counted.

use std::time::Duration;

const MINUTE_SECONDS: u64 = 60;
const HOUR_SECONDS: u64 = 60 * MINUTE_SECONDS;
const DAY_SECONDS: u64 = 24 * HOUR_SECONDS;

/// Names that are told of several.
pub(super) const NAMES_MAX: usize = 3;

/// So many of something.
pub(super) fn counted(count: u64, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// So many bytes, by their largest unit, rounded down.
pub(super) fn sized(bytes: u64) -> String {
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

/// How long something takes, by its largest unit.
pub(super) fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 2 * DAY_SECONDS {
        counted(seconds / DAY_SECONDS, "day")
    } else if seconds >= 2 * HOUR_SECONDS {
        counted(seconds / HOUR_SECONDS, "hour")
    } else if seconds >= MINUTE_SECONDS {
        counted(seconds / MINUTE_SECONDS, "minute")
    } else {
        "less than a minute".to_owned()
    }
}

/// The first few of several names, and how many there are beside.
pub(super) fn named(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_MAX).map(String::as_str);
    let shown: Vec<&str> = shown.collect();
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
