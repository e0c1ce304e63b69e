//! Fluent, and nothing else of it leaves this file.

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::Language;
use crate::safe_text::Safe;

/// What is put into a text.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    /// A name, or other words.
    Words(String),
    /// A number, by which the text may differ.
    Number(u64),
}

impl From<&Safe> for Argument {
    fn from(words: &Safe) -> Self {
        Self::Words(words.as_str().to_owned())
    }
}

impl From<u64> for Argument {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// The texts of one language.
pub(super) struct Bundle(FluentBundle<FluentResource>);

impl Bundle {
    /// Texts of a language.
    pub(super) fn of(language: Language, sources: &[&str]) -> Self {
        let tag = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Marks around what is put in would be taken for an attempt to turn the text around.
        bundle.set_use_isolating(false);
        for source in sources {
            // What cannot be read is left out; a test reads all of it.
            let resource = match FluentResource::try_new((*source).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            let _ = bundle.add_resource(resource);
        }
        Self(bundle)
    }

    /// A text; its name where there is none.
    pub(super) fn format(&self, name: &str, arguments: &[(&str, Argument)]) -> String {
        let text = self.find(name, arguments);
        text.unwrap_or_else(|| name.to_owned())
    }

    /// A text, if there is one that these arguments make whole.
    pub(super) fn find(&self, name: &str, arguments: &[(&str, Argument)]) -> Option<String> {
        let pattern = self.0.get_message(name)?.value()?;
        let mut given = FluentArgs::new();
        for (name, argument) in arguments {
            let value = match argument {
                Argument::Words(words) => FluentValue::from(words.clone()),
                Argument::Number(number) => FluentValue::from(*number),
            };
            given.set(*name, value);
        }
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(&given), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Bundle")
            .field(&self.0.locales)
            .finish()
    }
}
