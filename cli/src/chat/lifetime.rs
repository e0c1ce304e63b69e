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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_off_or_a_number_with_its_unit_and_never_nothing() {
        assert_eq!(lifetime("OFF"), Some(None));
        assert_eq!(lifetime("1d"), Some(Some(86_400)));
        for none in ["", "1", "0s", "999ms", "a day"] {
            assert_eq!(lifetime(none), None, "{none}");
        }
    }
}
