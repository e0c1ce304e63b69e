//! The words of the interface, in one's own language: one catalogue, by language and by where they are said.
//!
//! Invariants
//! - What is said comes out as [`Safe`] text, whatever name or number is put into it.
//! - Every language has every text, with the same names in it: a test compares them.
//! - Where keys are told with what they do, at least two blanks stand between one and the next, and never within one.

/// Makes a function of each text, and the list of all.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident $(($($argument:ident: $kind:ty),+))?;)*) => {
        impl Texts {
            $(
                $(#[$doc])*
                pub(crate) fn $name(&self $($(, $argument: $kind)+)?) -> Safe {
                    self.say(stringify!($name), &[$($((stringify!($argument), $argument.into())),+)?])
                }
            )*
        }

        /// The names of these texts.
        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

mod bundle;
mod command;
mod conversation;
mod deed;
mod fault;
mod frame;
mod header;
mod language;
mod node;
mod plain;
mod popup;
mod said;
mod transfer;
mod welcome;

use jiff::civil::Date;

pub(crate) use language::Language;
pub(crate) use transfer::{named, percent, shown};

use crate::chat::Entry;
use crate::safe_text::Safe;
use bundle::{Argument, Bundle};

/// See the module.
#[derive(Debug)]
pub(crate) struct Texts {
    bundle: Bundle,
    /// What the node says.
    of_node: Bundle,
}

/// One of the texts that nothing is put into.
pub(crate) type Saying = fn(&Texts) -> Safe;

impl Default for Texts {
    fn default() -> Self {
        Self::of(Language::default())
    }
}

impl Texts {
    /// The words of a language.
    pub(crate) fn of(language: Language) -> Self {
        Self {
            bundle: Bundle::of(language, language.sources()),
            of_node: Bundle::of(language, language.of_node()),
        }
    }

    fn say(&self, name: &str, arguments: &[(&str, Argument)]) -> Safe {
        Safe::line(&self.bundle.format(&name.replace('_', "-"), arguments))
    }

    /// What an action does.
    pub(crate) fn action(&self, entry: &Entry) -> Safe {
        Safe::line(&self.bundle.format(&entry.text(), &[]))
    }

    /// A name; what stands in its place where it shows nothing.
    pub(crate) fn name(&self, name: &str) -> Safe {
        Safe::name(name).unwrap_or_else(|| self.no_name())
    }

    /// Somebody's name as the author of something, never mistaken for our own person.
    pub(crate) fn author(&self, name: &str) -> Safe {
        let name = self.name(name);
        let is_ours = name.as_str().to_lowercase() == self.you().as_str().to_lowercase();
        if is_ours { self.named_you(&name) } else { name }
    }

    /// A day as it stands above its messages.
    pub(crate) fn day(&self, day: Date, today: Option<Date>) -> Safe {
        if today == Some(day) {
            return self.today();
        }
        if day.tomorrow().ok() == today && today.is_some() {
            return self.yesterday();
        }
        let weekday = self.bundle.format(
            &format!("weekday-{}", day.weekday().to_monday_one_offset()),
            &[],
        );
        let (weekday, month) = (Safe::line(&weekday), self.month(day.month()));
        let of_month = u64::try_from(day.day()).unwrap_or(0);
        match u64::try_from(day.year()) {
            Ok(year) if today.is_none_or(|today| today.year() != day.year()) => {
                self.day_with_year(&weekday, of_month, &month, year)
            }
            Ok(_) | Err(_) => self.day_of_year(&weekday, of_month, &month),
        }
    }

    /// A month, from 1.
    fn month(&self, month: i8) -> Safe {
        Safe::line(&self.bundle.format(&format!("month-{month}"), &[]))
    }

    /// How long a text stays, from milliseconds: in the largest unit of which it is at least two, else the next.
    pub(crate) fn disappears_in(&self, millis: u64) -> Safe {
        const SECOND: u64 = 1_000;
        const MINUTE: u64 = 60 * SECOND;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        if millis >= 2 * DAY {
            self.disappears_in_days(millis / DAY)
        } else if millis >= 2 * HOUR {
            self.disappears_in_hours(millis / HOUR)
        } else if millis >= 2 * MINUTE {
            self.disappears_in_minutes(millis / MINUTE)
        } else {
            self.disappears_in_seconds(millis.div_ceil(SECOND))
        }
    }

    /// Who has the mouse.
    pub(crate) fn mouse(&self, is_ours: bool) -> Safe {
        if is_ours {
            self.mouse_on()
        } else {
            self.mouse_off()
        }
    }
}

#[cfg(test)]
mod tests;
