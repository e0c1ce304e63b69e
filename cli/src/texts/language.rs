//! The languages there are.

/// The texts in a folder.
macro_rules! sources {
    ($folder:literal) => {
        &[
            include_str!(concat!($folder, "/action.ftl")),
            include_str!(concat!($folder, "/command.ftl")),
            include_str!(concat!($folder, "/conversation.ftl")),
            include_str!(concat!($folder, "/deed.ftl")),
            include_str!(concat!($folder, "/fault.ftl")),
            include_str!(concat!($folder, "/frame.ftl")),
            include_str!(concat!($folder, "/header.ftl")),
            include_str!(concat!($folder, "/plain.ftl")),
            include_str!(concat!($folder, "/popup.ftl")),
            include_str!(concat!($folder, "/said.ftl")),
            include_str!(concat!($folder, "/transfer.ftl")),
            include_str!(concat!($folder, "/welcome.ftl")),
        ]
    };
}

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// Its texts, in Fluent's syntax.
    pub(super) const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::English => sources!("en"),
            Self::Korean => sources!("ko"),
        }
    }

    /// What the node says, in Fluent's syntax; nothing of English, which is its own.
    pub(super) const fn of_node(self) -> &'static [&'static str] {
        match self {
            Self::English => &[],
            Self::Korean => &[
                include_str!("ko/finding.ftl"),
                include_str!("ko/reason.ftl"),
            ],
        }
    }

    /// The language of a locale's name, such as `ko_KR.UTF-8` or `en`; nothing if there is none of it.
    pub(crate) fn named(locale: &str) -> Option<Self> {
        let end = locale.find(['_', '-', '.', '@']).unwrap_or(locale.len());
        let tag = locale.get(..end)?;
        Self::ALL
            .into_iter()
            .find(|language| tag.eq_ignore_ascii_case(language.tag()))
    }

    /// The language of whoever sits here: that of the first of these variables that is set, as POSIX has it.
    pub(crate) fn of_system(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()));
        set.and_then(|locale| Self::named(&locale))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_first_variable_that_is_set() {
        let system = |set: &[(&str, &str)]| {
            Language::of_system(|name| {
                let found = set.iter().find(|(other, _)| *other == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(system(&[("LANG", "ko_KR.UTF-8")]), Language::Korean);
        assert_eq!(
            system(&[("LANG", "ko"), ("LC_ALL", "C")]),
            Language::English
        );
        assert_eq!(system(&[("LANG", "ko"), ("LC_ALL", "")]), Language::Korean);
        assert_eq!(system(&[("LANG", "fr_FR")]), Language::English);
        assert_eq!(system(&[]), Language::English);
    }

    #[test]
    fn a_language_is_known_by_its_tag_however_a_locale_goes_on() {
        for locale in ["ko", "KO", "ko-KR", "ko_KR.UTF-8", "ko@x"] {
            assert_eq!(Language::named(locale), Some(Language::Korean), "{locale}");
        }
        assert_eq!(Language::named("kok_IN"), None);
        assert_eq!(Language::named(""), None);
    }
}
