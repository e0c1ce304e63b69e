//! A span of time as people write it: `30s`, `5m`, `24h`, `2d`.

use std::str::FromStr;
use std::time::Duration;

/// Longest span that can be asked for.
const SPAN_DAYS_MAX: u64 = 3650;

/// Longest that an invite can be good for; the node says the same to whoever asks it directly.
const EXPIRY_DAYS_MAX: u64 = 366;

/// Reads how long an invite is good for.
pub(super) fn parse_expiry(text: &str) -> Result<Span, String> {
    let limits = || format!("an invite can be good for 1ms to {EXPIRY_DAYS_MAX}d");
    match text.parse::<Span>() {
        Ok(span) if span.0.is_zero() || span.as_millis() > EXPIRY_DAYS_MAX * DAY_MILLIS => {
            Err(limits())
        }
        Err(ParseSpanError::TooLong) => Err(limits()),
        other => other.map_err(|error| error.to_string()),
    }
}

/// Milliseconds of a day.
const DAY_MILLIS: u64 = 86_400_000;

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(Duration);

impl Span {
    /// Wraps a duration.
    pub(crate) const fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// Its length in milliseconds.
    pub(crate) fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Text that is no span.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseSpanError {
    /// Not a number and a unit.
    #[error("expected a number with a unit, such as 30s, 5m, 24h or 2d")]
    Form,
    /// Longer than anything here waits.
    #[error("at most {SPAN_DAYS_MAX}d")]
    TooLong,
}

impl FromStr for Span {
    type Err = ParseSpanError;

    fn from_str(text: &str) -> Result<Self, ParseSpanError> {
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .ok_or(ParseSpanError::Form)?;
        let (count, unit) = text.split_at(digits);
        let unit_millis: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => DAY_MILLIS,
            "w" => 7 * DAY_MILLIS,
            _ => return Err(ParseSpanError::Form),
        };
        if count.is_empty() {
            return Err(ParseSpanError::Form);
        }
        let count: u64 = count.parse().map_err(|_| ParseSpanError::TooLong)?;
        let millis = count
            .checked_mul(unit_millis)
            .ok_or(ParseSpanError::TooLong)?;
        if millis > SPAN_DAYS_MAX * DAY_MILLIS {
            return Err(ParseSpanError::TooLong);
        }
        Ok(Self(Duration::from_millis(millis)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_understood() {
        for (text, millis) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("5m", 300_000),
            ("24h", 86_400_000),
            ("2d", 172_800_000),
            ("1w", 604_800_000),
        ] {
            assert_eq!(text.parse::<Span>().unwrap().as_millis(), millis);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "5", "s", "-5s", "1.5h", "5 s", "5S", "5y"] {
            assert_eq!(text.parse::<Span>(), Err(ParseSpanError::Form), "{text}");
        }
    }

    #[test]
    fn an_invite_is_good_for_a_moment_to_366_days_and_more_says_so() {
        for good in ["1ms", "24h", "366d"] {
            assert_eq!(parse_expiry(good), Ok(good.parse().unwrap()), "{good}");
        }
        for bad in ["0s", "367d", "31622400001ms", "9999d"] {
            assert!(parse_expiry(bad).unwrap_err().contains("366d"), "{bad}");
        }
        assert!(parse_expiry("soon").unwrap_err().contains("unit"));
    }

    #[test]
    fn the_longest_span_is_taken_and_one_day_more_is_not() {
        assert!(format!("{SPAN_DAYS_MAX}d").parse::<Span>().is_ok());
        let more = format!("{}d", SPAN_DAYS_MAX + 1);
        assert_eq!(more.parse::<Span>(), Err(ParseSpanError::TooLong));
        assert_eq!(
            "99999999999999999999d".parse::<Span>(),
            Err(ParseSpanError::TooLong)
        );
    }
}
