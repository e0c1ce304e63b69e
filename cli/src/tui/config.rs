//! How somebody wants the interface: a file in TOML, `interface.toml` in the directory for settings.
//!
//! ```toml
//! language = "ko"          # else the system's
//! theme = "light"          # auto, dark, light or mono
//! preset = "vim"           # plain or vim
//! mouse = false
//! notify = "both"          # bell, desktop, both or off
//! names = true             # the desktop is told who wrote
//! title = false            # nothing of what is unread in the terminal's title
//!
//! [keys.messages]
//! "message.reply" = ["r", "ctrl-r"]
//! ```
//!
//! Invariants
//! - What cannot be read is said, each by itself and with its line, and what is usual stays in its place.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use tidings_node::words::of_system;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Faults, Problem};
use super::keys::{self, Keymap, Preset};
use super::notify::{Way, Wish};
use super::theme::Theme;
use crate::texts::{Language, Texts};

/// Bytes of the file.
const CONFIG_BYTES_MAX: u64 = 64 * 1024;

/// Names another file than the usual one.
const VARIABLE: &str = "TIDINGS_INTERFACE";

/// What the file can say, beside keys.
pub(super) const SETTINGS: [Setting; 7] = [
    Setting {
        name: "language",
        kind: Kind::Word(
            || Language::ALL.map(Language::tag).to_vec(),
            |config, word| Language::named(word).map(|language| config.language = Some(language)),
        ),
    },
    Setting {
        name: "theme",
        kind: Kind::Word(
            || [&["auto"][..], &Theme::ALL.map(Theme::name)].concat(),
            |config, word| {
                let theme = Theme::named(word);
                let is_known = theme.is_some() || word == "auto";
                is_known.then(|| config.theme = theme)
            },
        ),
    },
    Setting {
        name: "preset",
        kind: Kind::Word(
            || Preset::ALL.map(Preset::name).to_vec(),
            |config, word| {
                let preset = Preset::named(word)?;
                config.keymap = preset.keymap();
                config.letters_are_keys = preset == Preset::Vim;
                Some(())
            },
        ),
    },
    Setting {
        name: "mouse",
        kind: Kind::Switch(|config| &mut config.has_mouse),
    },
    Setting {
        name: "notify",
        kind: Kind::Word(
            || Way::ALL.map(Way::name).to_vec(),
            |config, word| Way::named(word).map(|way| config.wish.way = way),
        ),
    },
    Setting {
        name: "names",
        kind: Kind::Switch(|config| &mut config.wish.has_names),
    },
    Setting {
        name: "title",
        kind: Kind::Switch(|config| &mut config.wish.has_title),
    },
];

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// By which the file has it.
    pub(super) name: &'static str,
    kind: Kind,
}

/// What a setting can be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// One of these words, and what that changes; nothing if the word is none of them.
    Word(
        fn() -> Vec<&'static str>,
        fn(&mut Config, &str) -> Option<()>,
    ),
    /// Whether this is so.
    Switch(fn(&mut Config) -> &mut bool),
}

impl Setting {
    /// What it can be.
    pub(super) fn values(&self) -> Vec<&'static str> {
        match self.kind {
            Kind::Word(words, _) => words(),
            Kind::Switch(_) => vec!["true", "false"],
        }
    }

    /// Takes what the file says; whether it can be that.
    fn take(&self, config: &mut Config, value: &DeValue<'_>) -> bool {
        match (self.kind, value.as_str(), value.as_bool()) {
            (Kind::Word(_, take), Some(word), _) => take(config, word).is_some(),
            (Kind::Switch(of), _, Some(wanted)) => {
                *of(config) = wanted;
                true
            }
            (Kind::Word(..) | Kind::Switch(_), _, _) => false,
        }
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Config {
    /// The language, if one is named.
    pub(super) language: Option<Language>,
    /// The theme; nothing if the terminal's background is to decide.
    pub(super) theme: Option<Theme>,
    /// The keys.
    pub(super) keymap: Keymap,
    /// Whether letters are keys where nothing is written.
    pub(super) letters_are_keys: bool,
    /// Whether the terminal is to tell of the mouse.
    pub(super) has_mouse: bool,
    /// How somebody is told of what arrives.
    pub(super) wish: Wish,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            language: None,
            theme: None,
            keymap: Preset::default().keymap(),
            letters_are_keys: false,
            has_mouse: true,
            wish: Wish::default(),
        }
    }
}

impl Config {
    /// The words in the language that is named, else in the system's.
    pub(super) fn texts(&self) -> Texts {
        let system = || Language::of_system(|name| std::env::var(name).ok());
        Texts::of(self.language.unwrap_or_else(system))
    }

    /// The theme that is named, else the one for this terminal; no colours where nobody wants any.
    pub(super) fn colours(&self) -> Theme {
        if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return Theme::Mono;
        }
        let colours = std::env::var("COLORFGBG").ok();
        let of_terminal = || Theme::of_terminal(colours.as_deref());
        self.theme.unwrap_or_else(of_terminal)
    }

    /// What the file says, with what is wrong in it, if anything is; what is usual if there is none.
    pub(super) fn load() -> (Self, Option<Faults>) {
        let Some(path) = path() else {
            return (Self::default(), None);
        };
        let (config, all) = match text(&path) {
            Ok(Some(text)) => Self::read(&text),
            Ok(None) => (Self::default(), Vec::new()),
            Err(problem) => {
                let fault = Fault {
                    line: None,
                    problem,
                };
                (Self::default(), vec![fault])
            }
        };
        let faults = (!all.is_empty()).then_some(Faults { path, all });
        (config, faults)
    }

    /// What a file's text says, with what is wrong in it, in its order.
    pub(super) fn read(text: &str) -> (Self, Vec<Fault>) {
        let mut config = Self::default();
        let mut wrong = match DeTable::parse(text) {
            Ok(table) => config.take(table.get_ref()),
            Err(error) => {
                let span = error.span().unwrap_or_default();
                let before = text.get(..span.start).unwrap_or_default();
                let column = before.chars().rev().take_while(|one| *one != '\n').count() + 1;
                let problem = Problem::NoToml(column, error.message().to_owned());
                vec![Spanned::new(span, problem)]
            }
        };
        wrong.sort_by_key(|problem| problem.span().start);
        let faults = wrong.into_iter().map(|problem| {
            let before = text.get(..problem.span().start).unwrap_or_default();
            Fault {
                line: Some(before.matches('\n').count() + 1),
                problem: problem.into_inner(),
            }
        });
        (config, faults.collect())
    }

    /// Takes what a table says; what is wrong in it, with where that is.
    fn take(&mut self, table: &DeTable<'_>) -> Vec<Spanned<Problem>> {
        let mut wrong = Vec::new();
        for setting in SETTINGS {
            if let Some(value) = table.get(setting.name)
                && !setting.take(self, value.get_ref())
            {
                let problem = Problem::NoValue(setting.name, setting.values());
                wrong.push(Spanned::new(value.span(), problem));
            }
        }
        wrong.extend(self.take_keys(table));
        let is_known = |key: &str| key == "keys" || SETTINGS.iter().any(|one| one.name == key);
        let unknown = table.keys().filter(|key| !is_known(key.get_ref()));
        wrong.extend(unknown.map(|key| {
            let problem = Problem::NoSetting(key.get_ref().to_string());
            Spanned::new(key.span(), problem)
        }));
        wrong
    }

    /// Takes the keys that a table says; what is wrong in them.
    fn take_keys(&mut self, table: &DeTable<'_>) -> Vec<Spanned<Problem>> {
        let Some(keys) = table.get("keys") else {
            return Vec::new();
        };
        let DeValue::Table(keys) = keys.get_ref() else {
            return vec![Spanned::new(keys.span(), Problem::NoTable)];
        };
        let errors = keys::read(&mut self.keymap, keys).into_iter();
        errors
            .map(|error| Spanned::new(error.span(), Problem::Keys(error.into_inner())))
            .collect()
    }
}

fn path() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        return Some(path.into());
    }
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("tidings").join("interface.toml"))
}

/// The file's text; nothing if there is none.
fn text(path: &Path) -> Result<Option<String>, Problem> {
    let unread = |error: io::Error| Problem::Unread(of_system(&error));
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(unread)?,
    };
    let mut text = String::new();
    file.take(CONFIG_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(unread)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > CONFIG_BYTES_MAX {
        return Err(Problem::TooLarge(CONFIG_BYTES_MAX));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Action, Layer};
    use crate::tui::keys::{ChordError, KeysError, Meaning, SequenceError};

    #[test]
    fn a_file_says_how_the_interface_is_wanted() {
        let (config, wrong) = Config::read(
            "language = \"ko\"\ntheme = \"mono\"\npreset = \"vim\"\nmouse = false\n\
             [keys.messages]\n\"message.reply\" = \"R\"",
        );
        assert_eq!(wrong, []);
        assert_eq!(config.language, Some(Language::Korean));
        assert_eq!(config.theme, Some(Theme::Mono));
        assert!(config.letters_are_keys && !config.has_mouse);
        let reply = config
            .keymap
            .meaning(Layer::Messages, &["R".parse().unwrap()]);
        assert_eq!(reply, Meaning::Action(Action::Reply));
    }

    #[test]
    fn a_file_says_how_somebody_is_told_of_what_arrives() {
        let (config, wrong) =
            Config::read("theme = \"auto\"\nnotify = \"both\"\nnames = true\ntitle = false");
        assert_eq!(wrong, []);
        let wish = Wish {
            way: Way::Both,
            has_names: true,
            has_title: false,
        };
        assert_eq!((config.theme, config.wish), (None, wish));
        let (config, wrong) = Config::read("notify = \"loud\"\nnames = 1\ntitle = \"yes\"");
        assert_eq!((config.wish, wrong.len()), (Wish::default(), 3));
        assert_eq!(
            (Wish::default().way, Wish::default().has_names),
            (Way::Bell, false)
        );
    }

    #[test]
    fn what_is_wrong_is_said_and_what_is_usual_stays() {
        let (config, wrong) =
            Config::read("theme = \"pink\"\nmouse = 3\npreset = 1\nbell = true\nkeys = 2");
        assert_eq!(config, Config::default());
        assert_eq!(wrong.len(), 5, "{wrong:?}");
        let (config, wrong) = Config::read("mouse = false\ntheme = \"dark");
        assert_eq!((config, wrong.len()), (Config::default(), 1));
        assert_eq!(wrong[0].line, Some(2));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_in_the_order_of_the_file() {
        let (_, wrong) = Config::read(
            "mouse = 3\n[keys.messages]\n# Two more.\n\"message.replay\" = \"r\"\n\"message.edit\" = \"hyper-e\"\n\
             [keys.list]\n\"message.copy\" = \"c\"",
        );
        let keys = Problem::Keys;
        let unknown = ChordError::Unknown("hyper-e".to_owned());
        let wanted = [
            (1, Problem::NoValue("mouse", vec!["true", "false"])),
            (4, keys(KeysError::Action("message.replay".to_owned()))),
            (
                5,
                keys(KeysError::Sequence(
                    "message.edit".to_owned(),
                    SequenceError::Chord(unknown),
                )),
            ),
            (
                7,
                keys(KeysError::NotThere(
                    "message.copy".to_owned(),
                    "list".to_owned(),
                )),
            ),
        ];
        let wanted = wanted.map(|(line, problem)| Fault {
            line: Some(line),
            problem,
        });
        assert_eq!(wrong, wanted);
    }

    #[test]
    fn where_it_is_no_toml_is_said_by_line_and_column() {
        let (_, wrong) = Config::read("mouse = false\ntheme = 한");
        let [fault] = wrong.as_slice() else {
            panic!("{wrong:?}");
        };
        let Problem::NoToml(column, why) = &fault.problem else {
            panic!("{fault:?}");
        };
        assert_eq!((fault.line, *column), (Some(2), 9), "{why}");
    }

    #[test]
    fn a_file_of_the_most_bytes_is_read_and_one_byte_more_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("interface.toml");
        let most = usize::try_from(CONFIG_BYTES_MAX).unwrap();
        for (bytes, is_read) in [(most, true), (most + 1, false)] {
            std::fs::write(&path, "#".repeat(bytes)).unwrap();
            let refused = text(&path).err();
            let wanted = (!is_read).then_some(Problem::TooLarge(CONFIG_BYTES_MAX));
            assert_eq!(refused, wanted);
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(text(&path), Ok(None));
    }
}
