//! A day as people write it: `2026-08-01`.

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// When a day begins in a time zone, in milliseconds since the epoch; the epoch for earlier days.
/// `None` for text that is no day.
pub(crate) fn begins(text: &str, zone: TimeZone) -> Option<u64> {
    let day: Date = text.parse().ok()?;
    // The parser takes other forms too, but one is enough to remember.
    if day.to_string() != text {
        return None;
    }
    let begins = day.to_zoned(zone).ok()?.timestamp().as_millisecond();
    Some(u64::try_from(begins).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_when_its_time_zone_says() {
        let hour = 3_600_000;
        let begin = 1_785_542_400_000;
        assert_eq!(begins("2026-08-01", TimeZone::UTC), Some(begin));
        let seoul = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(begins("2026-08-01", seoul), Some(begin - 9 * hour));
        assert_eq!(begins("1969-12-31", TimeZone::UTC), Some(0));
    }

    #[test]
    fn anything_else_is_no_day() {
        for text in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-8-1",
            "20260801",
            "2026-08-01T10:00",
            " 2026-08-01",
            "99999-01-01",
        ] {
            assert_eq!(begins(text, TimeZone::UTC), None, "{text}");
        }
    }
}
