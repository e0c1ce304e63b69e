//! Colour, where it is wanted.

/// Colours text, or leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    colour: bool,
}

impl Paint {
    /// Colours if `terminal` says that a terminal shows it and the environment does not object.
    pub(crate) fn new(terminal: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            colour: terminal && !set("NO_COLOR") && !is_dumb(),
        }
    }

    /// Leaves all text as it is.
    #[cfg(test)]
    pub(crate) const fn none() -> Self {
        Self { colour: false }
    }

    /// What matters less.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Somebody else's name.
    pub(crate) fn other(self, text: &str) -> String {
        self.wrap("1;36", text)
    }

    /// Our own name.
    pub(crate) fn own(self, text: &str) -> String {
        self.wrap("1;32", text)
    }

    /// Something to look at.
    pub(crate) fn warn(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// A picture that needs its own background.
    pub(crate) fn white_on_black(self, text: &str) -> String {
        self.wrap("97;40", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Whether the terminal does nothing but show one line below another.
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_left_alone_without_colour() {
        assert_eq!(Paint::none().dim("a"), "a");
        assert_eq!(Paint { colour: true }.dim("a"), "\u{1b}[2ma\u{1b}[0m");
    }

    #[test]
    fn nothing_is_coloured_off_a_terminal() {
        assert!(!Paint::new(false).colour);
    }
}
