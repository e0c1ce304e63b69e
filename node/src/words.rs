//! Words for what is counted, here and by whoever shows what the node replies.

use std::time::Duration;

const MINUTE_SECONDS: u64 = 60;
const HOUR_SECONDS: u64 = 60 * MINUTE_SECONDS;
const DAY_SECONDS: u64 = 24 * HOUR_SECONDS;

/// Names that are told of several.
pub(crate) const NAMES_MAX: usize = 3;

/// Says so many of something, which takes an `s` where they are not one.
#[must_use]
pub fn counted(count: u64, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// Says so many bytes, by their largest unit, rounded down.
pub(crate) fn sized(bytes: u64) -> String {
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

/// Says how long something takes, by its largest unit.
#[must_use]
pub fn lasting(time: Duration) -> String {
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
pub(crate) fn named(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_MAX).map(String::as_str);
    let shown: Vec<&str> = shown.collect();
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_told_by_their_largest_unit_and_names_up_to_three() {
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
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(named(&names[..NAMES_MAX]), "a, b, c");
        assert_eq!(named(&names[..=NAMES_MAX]), "a, b, c and 1 more");
        assert_eq!(named(&names), "a, b, c and 2 more");
    }
}
