//! The passphrase of a profile that is locked, while it is typed.
//!
//! Invariants
//! - It is drawn and printed by nobody, and wiped once it is let go.
//! - It has all of its room from the start: no part of it is left elsewhere as it grows.

use std::fmt;

use zeroize::Zeroizing;

use crate::safe_text::Safe;

/// Bytes of a passphrase that can be typed.
const PASSPHRASE_BYTES_MAX: usize = 1024;

/// See the module.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::tui) struct Passphrase(Zeroizing<String>);

impl Default for Passphrase {
    fn default() -> Self {
        Self(Zeroizing::new(String::with_capacity(PASSPHRASE_BYTES_MAX)))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(..)")
    }
}

impl Passphrase {
    /// Whether nothing was typed.
    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes at its end, but for ends of lines; `false` if there is no room for it: then nothing is written.
    pub(in crate::tui) fn insert(&mut self, text: &str) -> bool {
        let text = text.trim_end_matches(['\r', '\n']);
        let has_room = self.0.len().saturating_add(text.len()) <= PASSPHRASE_BYTES_MAX;
        if has_room {
            self.0.push_str(text);
        }
        has_room
    }

    /// Takes its last character away.
    pub(in crate::tui) fn erase(&mut self) {
        self.0.pop();
    }

    /// The passphrase, to unlock with.
    pub(in crate::tui) fn into_inner(self) -> Zeroizing<String> {
        self.0
    }
}

/// How far unlocking has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct Locked {
    /// As far as it is typed.
    pub(in crate::tui) passphrase: Passphrase,
    /// Whether one is tried.
    pub(in crate::tui) is_tried: bool,
    /// Whether the profile was opened elsewhere while one was typed: what is typed still goes to nobody.
    pub(in crate::tui) is_over: bool,
    /// Why the last one did not do.
    pub(in crate::tui) why: Option<Safe>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_passphrase_is_typed_and_not_one_byte_more() {
        let mut passphrase = Passphrase::default();
        let room = passphrase.0.capacity();
        assert!(passphrase.insert(&"a".repeat(PASSPHRASE_BYTES_MAX)));
        assert!(!passphrase.insert("b"));
        assert_eq!(passphrase.0.len(), PASSPHRASE_BYTES_MAX);
        assert_eq!(passphrase.0.capacity(), room, "it never grew");
    }

    #[test]
    fn the_end_of_a_line_is_no_part_of_it_and_nobody_prints_it() {
        let mut passphrase = Passphrase::default();
        passphrase.insert("secret x\r\n");
        assert_eq!(passphrase.0.as_str(), "secret x");
        passphrase.erase();
        let printed = format!("{passphrase:?}");
        assert!(!printed.contains("secret"), "{printed}");
        assert_eq!(passphrase.into_inner().as_str(), "secret ");
    }
}
