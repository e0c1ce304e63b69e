//! What is wrong in the file that says how the interface is wanted, and how that is said.

use std::path::PathBuf;

use super::keys::{Ambiguous, ChordError, KeysError, LAYERS, SEQUENCE_KEYS_MAX, SequenceError};
use crate::safe_text::Safe;
use crate::texts::Texts;

/// All that is wrong in the file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Faults {
    /// The file.
    pub(super) path: PathBuf,
    /// They.
    pub(super) all: Vec<Fault>,
}

/// Something that is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The line, from 1; nothing if the file was not read at all.
    pub(super) line: Option<usize>,
    /// What.
    pub(super) problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// The file cannot be read, for what the system says.
    Unread(String),
    /// The file has more bytes than these.
    TooLarge(u64),
    /// From a column on, from 1, it is no TOML, for what the parser says.
    NoToml(usize, String),
    /// There is no such setting.
    NoSetting(String),
    /// A setting is none of what it can be.
    NoValue(&'static str, Vec<&'static str>),
    /// The keys are no table.
    NoTable,
    /// Some keys were not taken.
    Keys(KeysError),
}

impl Faults {
    /// That there are some, and where.
    pub(super) fn title(&self, texts: &Texts) -> Safe {
        texts.faults_title(&Safe::line(&self.path.display().to_string()))
    }

    /// Each of them.
    pub(super) fn words(&self, texts: &Texts) -> impl Iterator<Item = Safe> {
        self.all.iter().map(|fault| fault.words(texts))
    }
}

impl Fault {
    fn words(&self, texts: &Texts) -> Safe {
        let what = self.problem.words(texts);
        match self.line {
            Some(line) => texts.fault(counted(line), &what),
            None => what,
        }
    }
}

impl Problem {
    fn words(&self, texts: &Texts) -> Safe {
        match self {
            Self::Unread(why) => texts.fault_unread(&texts.of_system(why)),
            Self::TooLarge(most) => texts.fault_too_large(*most),
            Self::NoToml(column, why) => texts.fault_no_toml(counted(*column), &Safe::line(why)),
            Self::NoSetting(name) => texts.fault_no_setting(&Safe::line(name)),
            Self::NoValue(name, possible) => {
                texts.fault_no_value(&Safe::line(name), &listed(possible))
            }
            Self::NoTable => texts.fault_no_table(),
            Self::Keys(error) => of_keys(error, texts),
        }
    }
}

/// Why some keys were not taken.
fn of_keys(error: &KeysError, texts: &Texts) -> Safe {
    match error {
        KeysError::Sequence(action, error) => of_sequence(&Safe::line(action), error, texts),
        KeysError::Ambiguous(action, Ambiguous(keys, other)) => {
            let [action, keys, other] = [action, keys, other].map(|text| Safe::line(text));
            texts.fault_alike(&action, &keys, &other)
        }
        KeysError::Layer(name) => {
            let known = LAYERS.map(|(known, _)| known);
            texts.fault_no_layer(&Safe::line(name), &listed(&known))
        }
        KeysError::Action(name) => texts.fault_no_action(&Safe::line(name)),
        KeysError::NotThere(action, layer) => {
            texts.fault_not_there(&Safe::line(action), &Safe::line(layer))
        }
        KeysError::Shape(action) => texts.fault_no_keys(&Safe::line(action)),
        KeysError::OnlyAlt(action) => texts.fault_only_alt(&Safe::line(action)),
        KeysError::LastTaken {
            keys,
            by,
            from,
            layer,
        } => {
            let [keys, by, from, layer] = [keys, *by, *from, layer].map(Safe::line);
            texts.fault_taken(&keys, &by, &from, &layer)
        }
    }
}

/// Why what stands for an action is no sequence of keys.
fn of_sequence(action: &Safe, error: &SequenceError, texts: &Texts) -> Safe {
    match error {
        SequenceError::Chord(ChordError::Unknown(key)) => {
            texts.fault_no_key(action, &Safe::line(key))
        }
        SequenceError::Chord(ChordError::Same(key, other)) => {
            texts.fault_same_key(action, &Safe::line(key), &Safe::line(other))
        }
        SequenceError::Length(keys) => {
            texts.fault_key_count(action, &Safe::line(keys), counted(SEQUENCE_KEYS_MAX))
        }
    }
}

/// Words of which one is meant.
fn listed(words: &[&str]) -> Safe {
    Safe::line(&words.join(", "))
}

fn counted(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;
    use crate::texts::Language;

    /// One of each kind that somebody's own words are put into.
    fn problems(said: &str) -> Vec<Problem> {
        let of = || said.to_owned();
        let keys = [
            KeysError::Sequence(of(), SequenceError::Chord(ChordError::Unknown(of()))),
            KeysError::Sequence(of(), SequenceError::Chord(ChordError::Same(of(), "tab"))),
            KeysError::Sequence(of(), SequenceError::Length(of())),
            KeysError::Ambiguous(of(), Ambiguous(of(), of())),
            KeysError::Layer(of()),
            KeysError::Action(of()),
            KeysError::NotThere(of(), of()),
            KeysError::Shape(of()),
            KeysError::OnlyAlt(of()),
            KeysError::LastTaken {
                keys: of(),
                by: "message.reply",
                from: "message.edit",
                layer: of(),
            },
        ];
        let of_file = [
            Problem::Unread(of()),
            Problem::NoToml(1, of()),
            Problem::NoSetting(of()),
        ];
        of_file.into_iter().chain(keys.map(Problem::Keys)).collect()
    }

    #[test]
    fn what_is_wrong_is_said_in_every_language_with_what_somebody_wrote() {
        let [english, korean] = Language::ALL.map(Texts::of);
        let is_hangul = |one: char| ('\u{ac00}'..='\u{d7a3}').contains(&one);
        let others = [
            Problem::TooLarge(9),
            Problem::NoValue("mouse", vec!["true", "false"]),
            Problem::NoTable,
        ];
        for problem in problems("zz").iter().chain(&others) {
            let [english, korean] = [&english, &korean].map(|texts| problem.words(texts));
            assert!(korean.as_str().contains(is_hangul), "{korean}");
            assert!(!english.as_str().contains(is_hangul), "{english}");
        }
        for texts in [&english, &korean] {
            for problem in problems("zz") {
                let said = problem.words(texts);
                assert!(said.as_str().contains("zz"), "{said}");
            }
        }
        let fault = Fault {
            line: Some(7),
            problem: Problem::NoSetting("bell".to_owned()),
        };
        assert_eq!(
            fault.words(&korean).as_str(),
            "7번째 줄: `bell` 설정은 없습니다. 설정의 이름은 `man tidings`에 있습니다."
        );
    }

    #[test]
    fn whatever_stands_in_the_file_is_said_as_plain_text() {
        let texts = Texts::default();
        corpus::walk(|text| {
            let said = problems(text);
            let said = said.iter().map(|problem| problem.words(&texts).to_string());
            said.collect::<Vec<_>>().join(" ")
        });
    }
}
