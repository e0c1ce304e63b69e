//! What bundles and their segments are called: so that FAT holds the names, as most sticks have it.
//!
//! Invariants
//! - The first segment has the name that was asked for, so whoever asked finds it there.
//! - What is hidden and ends in `.part` is not finished.

use std::ffi::{OsStr, OsString};

/// Bytes of a name that is asked for: with what segments and unfinished files add, every file system holds it.
pub(super) const NAME_BYTES_MAX: usize = 200;
/// Bundles that are written into one directory without being given names.
pub(super) const UNNAMED_MAX: u32 = 1024;
const EXTENSION: &str = ".tidings";
/// What FAT has in no name.
const FORBIDDEN: &str = "\"*/:<>?\\|";
/// What Windows takes for something else, whatever the extension.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// The name as text, if every stick can hold it.
pub(super) fn fit(name: &OsStr) -> Option<&str> {
    let name = name.to_str()?;
    let is_forbidden = |c: char| c.is_control() || FORBIDDEN.contains(c);
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len())
        && !name.contains(is_forbidden)
        && !name.ends_with(['.', ' '])
        && !is_device(name);
    fits.then_some(name)
}

fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or(name).trim_end();
    let base = base.to_ascii_uppercase();
    let is_numbered = NUMBERED_DEVICES.iter().any(|device| {
        let number = base.strip_prefix(device).unwrap_or_default();
        matches!(number.as_bytes(), [b'1'..=b'9'])
    });
    DEVICES.contains(&base.as_str()) || is_numbered
}

/// What a bundle is called that was given no name, in the order in which these are tried, from 1.
pub(super) fn unnamed(number: u32) -> String {
    if number == 1 {
        format!("bundle{EXTENSION}")
    } else {
        format!("bundle-{number}{EXTENSION}")
    }
}

/// What the segment of that number is called, from 1, of the bundle of that name.
pub(crate) fn segment(name: &str, number: u16) -> String {
    if number == 1 {
        return name.to_owned();
    }
    match split(name) {
        Some((stem, extension)) => format!("{stem}.{number}{extension}"),
        None => format!("{name}.{number}"),
    }
}

/// Whether a file is called as some segment of the bundle of that name, in whatever case.
pub(crate) fn is_segment(name: &str, bundle: &str) -> bool {
    let (of, is_named) = match (split(name), split(bundle)) {
        (Some((name, _)), Some((bundle, _))) => (bundle, name),
        (None, None) => (bundle, name),
        (Some(_), None) | (None, Some(_)) => return false,
    };
    let Some((stem, number)) = is_named.split_at_checked(of.len()) else {
        return false;
    };
    let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number
        .strip_prefix('.')
        .map(|number| !number.is_empty() && is_number(number));
    stem.eq_ignore_ascii_case(of) && number.unwrap_or(stem.len() == is_named.len())
}

/// What a file is called until it is finished.
pub(super) fn unfinished(name: &str) -> String {
    format!(".{name}.part")
}

/// Whether a file is a bundle by its name.
pub(super) fn is_bundle(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| split(name).is_some())
}

/// Whether a file is not to be looked at.
pub(super) fn is_hidden(name: &OsString) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// What is before our extension, and that as it is written there: some systems write all of a name in capitals.
fn split(name: &str) -> Option<(&str, &str)> {
    let (stem, extension) = name.split_at_checked(name.len().checked_sub(EXTENSION.len())?)?;
    let is_ours = extension.eq_ignore_ascii_case(EXTENSION) && !stem.is_empty();
    is_ours.then_some((stem, extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(name: &str) -> bool {
        fit(OsStr::new(name)).is_some()
    }

    #[test]
    fn a_name_of_the_maximum_fits_and_one_byte_more_does_not() {
        assert!(fits(&"a".repeat(NAME_BYTES_MAX)));
        assert!(!fits(&"a".repeat(NAME_BYTES_MAX + 1)));
        assert!(!fits(""));
    }

    #[test]
    fn what_a_stick_cannot_hold_does_not_fit() {
        for name in [
            "a:b", "a*", "what?", "a\\b", "a|b", "<a>", "\"a\"", "a\nb", "a\u{7f}",
        ] {
            assert!(!fits(name), "{name:?}");
        }
        for name in [
            "a.",
            "a ",
            "con",
            "CON.tidings",
            "Com1.x",
            "lpt9",
            "nul .x",
            "..",
            ".",
        ] {
            assert!(!fits(name), "{name:?}");
        }
        for name in [
            "a",
            "console",
            "com0",
            "com10",
            "to ben.tidings",
            "한국.tidings",
            "a.b.c",
        ] {
            assert!(fits(name), "{name:?}");
        }
    }

    #[test]
    fn segments_are_numbered_before_the_extension() {
        assert_eq!(segment("trip.tidings", 1), "trip.tidings");
        assert_eq!(segment("trip.tidings", 2), "trip.2.tidings");
        assert_eq!(segment("TRIP.TIDINGS", 12), "TRIP.12.TIDINGS");
        assert_eq!(segment("trip", 2), "trip.2");
        assert_eq!(segment("trip.bundle", 3), "trip.bundle.3");
        assert_eq!(segment(".tidings", 2), ".tidings.2");
    }

    #[test]
    fn a_segment_of_whatever_number_and_case_is_told_from_other_files() {
        for bundle in ["trip.tidings", "trip"] {
            for number in [1, 2, 12, 256] {
                let name = segment(bundle, number);
                assert!(is_segment(&name, bundle), "{name}");
                assert!(is_segment(&name.to_uppercase(), bundle), "{name}");
            }
        }
        for name in [
            "trip",
            "trip.2",
            "trip..tidings",
            "trip.a.tidings",
            "trip.2a.tidings",
            "trip2.tidings",
            "trip-2.tidings",
            "tri.tidings",
            "strip.tidings",
            "trip.2.3.tidings",
            "trip é.tidings",
        ] {
            assert!(!is_segment(name, "trip.tidings"), "{name}");
        }
        assert!(!is_segment("trip.2.tidings", "trip") && !is_segment("tri\u{e9}", "trip"));
    }

    #[test]
    fn every_name_that_is_made_here_fits_and_is_that_of_a_bundle() {
        for number in [1, 2, UNNAMED_MAX] {
            let name = unnamed(number);
            assert!(fits(&name) && is_bundle(OsStr::new(&name)), "{name}");
            assert_eq!(name, name.to_lowercase());
            assert!(fits(&segment(&name, 7)) && fits(&unfinished(&name)));
            assert!(is_hidden(&unfinished(&name).into()));
        }
        assert_eq!(
            (unnamed(1), unnamed(2)),
            ("bundle.tidings".into(), "bundle-2.tidings".into())
        );
    }

    #[test]
    fn a_bundle_is_known_by_its_extension_in_whatever_case() {
        for (name, is) in [
            ("a.tidings", true),
            ("A.TIDINGS", true),
            ("a.2.tidings", true),
            (".tidings", false),
            ("tidings", false),
            ("a.tidings.part", false),
            ("é", false),
        ] {
            assert_eq!(is_bundle(OsStr::new(name)), is, "{name}");
        }
    }
}
