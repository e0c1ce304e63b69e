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

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, Keymap, Preset};
use super::notify::{Way, Wish};
use super::theme::Theme;
use crate::safe_text::Safe;
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

/// Something that is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The line, from 1; nothing if the file cannot be read at all.
    pub(super) line: Option<usize>,
    /// What, in a sentence.
    pub(super) what: String,
}

/// All that is wrong in the file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Faults {
    /// The file.
    pub(super) path: PathBuf,
    /// They.
    pub(super) all: Vec<Fault>,
}

impl Faults {
    /// That there are some, and where.
    pub(super) fn title(&self, texts: &Texts) -> Safe {
        texts.faults_title(&Safe::line(&self.path.display().to_string()))
    }

    /// Each of them.
    pub(super) fn words(&self, texts: &Texts) -> impl Iterator<Item = Safe> {
        self.all.iter().map(|fault| {
            let what = Safe::line(&fault.what);
            let line = fault.line.and_then(|line| u64::try_from(line).ok());
            line.map_or_else(|| what.clone(), |line| texts.fault(line, &what))
        })
    }
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
            Err(error) => {
                let fault = Fault {
                    line: None,
                    what: format!("It cannot be read: {error}."),
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
                let what = format!("{}.", error.message());
                vec![Spanned::new(error.span().unwrap_or_default(), what)]
            }
        };
        wrong.sort_by_key(|what| what.span().start);
        let faults = wrong.into_iter().map(|what| {
            let before = text.get(..what.span().start).unwrap_or_default();
            Fault {
                line: Some(before.matches('\n').count() + 1),
                what: what.into_inner(),
            }
        });
        (config, faults.collect())
    }

    /// Takes what a table says; what is wrong in it, with where that is.
    fn take(&mut self, table: &DeTable<'_>) -> Vec<Spanned<String>> {
        let mut wrong = Vec::new();
        for setting in SETTINGS {
            if let Some(value) = table.get(setting.name)
                && !setting.take(self, value.get_ref())
            {
                let what = format!("`{}` is {}.", setting.name, listed(&setting.values()));
                wrong.push(Spanned::new(value.span(), what));
            }
        }
        wrong.extend(self.take_keys(table));
        let is_known = |key: &str| key == "keys" || SETTINGS.iter().any(|one| one.name == key);
        let unknown = table.keys().filter(|key| !is_known(key.get_ref()));
        wrong.extend(unknown.map(|key| {
            let what = format!("There is no setting `{}`.", key.get_ref());
            Spanned::new(key.span(), what)
        }));
        wrong
    }

    /// Takes the keys that a table says; what is wrong in them.
    fn take_keys(&mut self, table: &DeTable<'_>) -> Vec<Spanned<String>> {
        let Some(keys) = table.get("keys") else {
            return Vec::new();
        };
        let DeValue::Table(keys) = keys.get_ref() else {
            return vec![Spanned::new(keys.span(), "`keys` is a table.".to_owned())];
        };
        let errors = keys::read(&mut self.keymap, keys).into_iter();
        errors
            .map(|error| Spanned::new(error.span(), format!("{}.", error.get_ref())))
            .collect()
    }
}

/// Words of which one is meant.
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some(_) | None => words.concat(),
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
fn text(path: &Path) -> std::io::Result<Option<String>> {
    use std::io::Read as _;

    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut text = String::new();
    file.take(CONFIG_BYTES_MAX + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > CONFIG_BYTES_MAX {
        let said = format!("it has over {CONFIG_BYTES_MAX} bytes");
        return Err(std::io::Error::other(said));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Action, Layer};
    use crate::tui::keys::Meaning;

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
        let said: Vec<_> = wrong
            .iter()
            .map(|fault| format!("{} {}", fault.line.unwrap(), fault.what))
            .collect();
        let wanted = [
            "1 `mouse` is true or false",
            "4 there is no action `message.replay`",
            "5 `message.edit`: there is no key `hyper-e`",
            "7 `message.copy` is not possible in `list`",
        ];
        assert_eq!(said.len(), wanted.len(), "{said:?}");
        for (said, wanted) in said.iter().zip(wanted) {
            assert!(said.starts_with(wanted), "{said}");
        }
    }

    #[test]
    fn a_file_of_the_most_bytes_is_read_and_one_byte_more_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("interface.toml");
        let most = usize::try_from(CONFIG_BYTES_MAX).unwrap();
        for (bytes, is_read) in [(most, true), (most + 1, false)] {
            std::fs::write(&path, "#".repeat(bytes)).unwrap();
            assert_eq!(text(&path).is_ok(), is_read);
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(text(&path).unwrap(), None);
    }
}
