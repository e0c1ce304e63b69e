//! How long messages stay, as somebody types it.

use crate::args::Span;

/// What somebody wrote for how long messages stay: `off`, or a number with its unit.
pub(crate) fn lifetime(text: &str) -> Option<Option<u32>> {
    if text.eq_ignore_ascii_case("off") {
        return Some(None);
    }
    let span: Span = text.parse().ok()?;
    let seconds = u32::try_from(span.as_millis() / 1_000).ok()?;
    (seconds > 0).then_some(Some(seconds))
}

/// A time that messages stay, as it is typed: in the largest unit that says it whole.
pub(crate) fn lifetime_words(seconds: u32) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let whole = units.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, letter) = whole.copied().unwrap_or((1, "s"));
    format!("{}{letter}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_said_in_the_unit_in_which_it_was_typed() {
        for (seconds, said) in [(86_400, "1d"), (90_000, "25h"), (1_800, "30m"), (90, "90s")] {
            assert_eq!(lifetime_words(seconds), said);
            assert_eq!(lifetime(said), Some(Some(seconds)));
        }
    }

    #[test]
    fn a_lifetime_is_off_or_a_number_with_its_unit_and_never_nothing() {
        assert_eq!(lifetime("OFF"), Some(None));
        assert_eq!(lifetime("1d"), Some(Some(86_400)));
        for none in ["", "1", "0s", "999ms", "a day"] {
            assert_eq!(lifetime(none), None, "{none}");
        }
    }
}
