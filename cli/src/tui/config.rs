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
//! - What cannot be read is said, each by itself, and what is usual stays in its place.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use toml::{Table, Value};

use super::keys::{self, Keymap, Preset};
use super::notify::{Way, Wish};
use super::theme::Theme;
use crate::texts::{Language, Texts};

/// Bytes of the file.
const CONFIG_BYTES_MAX: u64 = 64 * 1024;

/// Names another file than the usual one.
const VARIABLE: &str = "TIDINGS_INTERFACE";

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

    /// What the file says, with what is wrong in it; what is usual if there is none.
    pub(super) fn load() -> (Self, Vec<String>) {
        let Some(path) = path() else {
            return (Self::default(), Vec::new());
        };
        match text(&path) {
            Ok(Some(text)) => Self::read(&text),
            Ok(None) => (Self::default(), Vec::new()),
            Err(error) => {
                let said = format!("{} cannot be read: {error}.", path.display());
                (Self::default(), vec![said])
            }
        }
    }

    /// What a file's text says, with what is wrong in it.
    pub(super) fn read(text: &str) -> (Self, Vec<String>) {
        let mut config = Self::default();
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                return (
                    config,
                    vec![first_line(&format!("interface.toml: {error}"))],
                );
            }
        };
        let mut wrong = Vec::new();
        if let Some(preset) = word(&table, "preset", Preset::named, "plain or vim", &mut wrong) {
            config.keymap = preset.keymap();
            config.letters_are_keys = preset == Preset::Vim;
        }
        let theme = |name: &str| match name {
            "auto" => Some(None),
            name => Theme::named(name).map(Some),
        };
        let themes = "auto, dark, light or mono";
        config.theme = word(&table, "theme", theme, themes, &mut wrong).flatten();
        config.language = word(&table, "language", Language::named, "en or ko", &mut wrong);
        let ways = "bell, desktop, both or off";
        if let Some(way) = word(&table, "notify", Way::named, ways, &mut wrong) {
            config.wish.way = way;
        }
        for (key, value) in [
            ("mouse", &mut config.has_mouse),
            ("names", &mut config.wish.has_names),
            ("title", &mut config.wish.has_title),
        ] {
            match table.get(key) {
                None => {}
                Some(Value::Boolean(wanted)) => *value = *wanted,
                Some(_) => wrong.push(format!("interface.toml: `{key}` is true or false.")),
            }
        }
        match table.get("keys") {
            None => {}
            Some(Value::Table(keys)) => {
                let errors = keys::read(&mut config.keymap, keys);
                wrong.extend(
                    errors
                        .iter()
                        .map(|error| format!("interface.toml: {error}.")),
                );
            }
            Some(_) => wrong.push("interface.toml: `keys` is a table.".to_owned()),
        }
        let known = [
            "language", "theme", "preset", "mouse", "notify", "names", "title", "keys",
        ];
        let unknown = table.keys().filter(|key| !known.contains(&key.as_str()));
        wrong.extend(unknown.map(|key| format!("interface.toml: there is no setting `{key}`.")));
        (config, wrong)
    }
}

/// What a word in the file names.
fn word<T>(
    table: &Table,
    key: &str,
    named: impl Fn(&str) -> Option<T>,
    values: &str,
    wrong: &mut Vec<String>,
) -> Option<T> {
    let value = table.get(key)?;
    let found = value.as_str().and_then(named);
    if found.is_none() {
        wrong.push(format!("interface.toml: `{key}` is {values}."));
    }
    found
}

fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    lines
        .next_back()
        .map_or_else(|| first.to_owned(), |last| format!("{first}: {last}"))
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
        assert_eq!(wrong, Vec::<String>::new());
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
        assert_eq!(wrong, Vec::<String>::new());
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
        let (config, wrong) = Config::read("theme = \"dark");
        assert_eq!((config, wrong.len()), (Config::default(), 1));
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
