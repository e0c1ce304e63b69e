//! Where the profile is, and how it is unlocked.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs};
use tidings_node::words::of_system;
use zeroize::Zeroizing;

use crate::args::Global;
use crate::failure::{self, Exit, Failure};
use crate::safe_text::Safe;
use crate::terminal::Unseen;
use crate::tui;

/// Largest passphrase file.
const PASSPHRASE_BYTES_MAX: u64 = 4096;

/// The profile's directory.
///
/// # Errors
/// [`Failure`] if it was not given and the platform names no data directory.
pub(crate) fn directory(global: &Global) -> Result<PathBuf, Failure> {
    let base = match &global.home {
        Some(home) if home.as_os_str().is_empty() => {
            return Err(Failure::usage("--home is empty. Give a directory."));
        }
        Some(home) => std::path::absolute(home).map_err(|error| {
            Failure::failed(format!("cannot use {} as --home: {error}.", home.display()))
        })?,
        None => default_directory()?,
    };
    Ok(match &global.profile {
        Some(profile) => base.join("profiles").join(profile),
        None => base,
    })
}

/// How the program is called for the profile that was asked for, to be copied from a hint; without the
/// directory where a shell would take its name for more than one word.
pub(crate) fn invocation(global: &Global) -> String {
    let is_plain = |text: &&str| {
        let mut characters = text.chars();
        characters.all(|one| one.is_ascii_alphanumeric() || "/._-+,".contains(one))
    };
    let home = global.home.as_ref().map(|home| home.to_str());
    let flags = match (home, &global.profile) {
        (None, None) => String::new(),
        (None, Some(profile)) => format!(" --profile {profile}"),
        (Some(home), profile) => match (home.filter(is_plain), profile) {
            (None, _) => String::new(),
            (Some(home), None) => format!(" --home {home}"),
            (Some(home), Some(profile)) => format!(" --home {home} --profile {profile}"),
        },
    };
    format!("tidings{flags}")
}

fn default_directory() -> Result<PathBuf, Failure> {
    etcetera::choose_app_strategy(AppStrategyArgs {
        top_level_domain: "org".to_owned(),
        author: "Tidings".to_owned(),
        app_name: "tidings".to_owned(),
    })
    .map(|strategy| strategy.data_dir())
    .map_err(|_| Failure::saying(Exit::Failed, failure::no_directory()))
}

/// The passphrase from the file that was named, if one was.
///
/// # Errors
/// [`Failure`] if the file cannot be read or holds no passphrase.
pub(crate) fn passphrase_from_file(global: &Global) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(path) = &global.passphrase_file else {
        return Ok(None);
    };
    let text = read_passphrase(path).map_err(|error| {
        let said = failure::passphrase_unread(&path.display().to_string(), &of_system(&error));
        Failure::saying(Exit::Locked, said)
    })?;
    // One line end is the editor's, not the passphrase's.
    let passphrase = text.strip_suffix('\n').unwrap_or(&text);
    let passphrase = passphrase.strip_suffix('\r').unwrap_or(passphrase);
    if passphrase.is_empty() {
        let said = failure::passphrase_missing(&path.display().to_string());
        return Err(Failure::saying(Exit::Locked, said));
    }
    Ok(Some(Zeroizing::new(passphrase.to_owned())))
}

fn read_passphrase(path: &Path) -> std::io::Result<Zeroizing<String>> {
    use std::io::Read;

    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path)?
        .take(PASSPHRASE_BYTES_MAX + 1)
        .read_to_string(&mut text)?;
    if text.len() > usize::try_from(PASSPHRASE_BYTES_MAX).unwrap_or(usize::MAX) {
        return Err(std::io::Error::other(format!(
            "it is over {PASSPHRASE_BYTES_MAX} bytes"
        )));
    }
    Ok(text)
}

/// Whether there is a terminal to ask for a passphrase on.
pub(crate) fn can_prompt() -> bool {
    // The prompt is on the terminal itself, so text may still be piped in and out.
    std::io::stderr().is_terminal()
}

/// Asks for the passphrase of a profile that exists. What hides it is held until it is known to be right: whoever
/// mistyped it may type on at once.
///
/// # Errors
/// [`Failure`] if there is no terminal, or at Ctrl-C.
pub(crate) fn ask_passphrase(unseen: &Unseen) -> Result<Zeroizing<String>, Failure> {
    if !can_prompt() {
        return Err(Failure::profile_locked());
    }
    prompt(unseen, &tui::texts().passphrase())
}

/// What somebody typed who was asked for a passphrase to be.
#[derive(Debug)]
pub(crate) enum NewPassphrase {
    /// Twice this.
    Given(Zeroizing<String>),
    /// Nothing.
    Empty,
    /// Two that differ.
    Differ,
}

/// Asks twice for a passphrase to be.
///
/// # Errors
/// [`Failure`] if there is no terminal, or at Ctrl-C.
pub(crate) fn ask_new_passphrase() -> Result<NewPassphrase, Failure> {
    let (unseen, texts) = (Unseen::now(), tui::texts());
    let first = prompt(&unseen, &texts.passphrase())?;
    if first.is_empty() {
        return Ok(NewPassphrase::Empty);
    }
    let again = prompt(&unseen, &texts.welcome_again())?;
    Ok(if *first == *again {
        NewPassphrase::Given(first)
    } else {
        NewPassphrase::Differ
    })
}

fn prompt(unseen: &Unseen, prompt: &Safe) -> Result<Zeroizing<String>, Failure> {
    unseen.ask(&format!("{prompt} ")).map_err(|error| {
        if error.kind() == std::io::ErrorKind::Interrupted {
            return Failure::interrupted();
        }
        let said = failure::passphrase_unasked(&error.to_string());
        Failure::saying(Exit::Locked, said)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global(home: Option<&Path>, profile: Option<&str>) -> Global {
        Global {
            home: home.map(Path::to_owned),
            profile: profile.map(str::to_owned),
            json: false,
            passphrase_file: None,
        }
    }

    fn passphrase_of(bytes: &[u8]) -> Result<Option<Zeroizing<String>>, Failure> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let global = Global {
            passphrase_file: Some(file.path().into()),
            ..global(None, None)
        };
        passphrase_from_file(&global)
    }

    #[test]
    fn home_is_the_profile_itself_and_a_named_one_lies_below() {
        let home = Path::new("/somewhere");
        assert_eq!(directory(&global(Some(home), None)).unwrap(), home);
        assert_eq!(
            directory(&global(Some(home), Some("work"))).unwrap(),
            home.join("profiles").join("work")
        );
        assert!(directory(&global(Some(Path::new("")), None)).is_err());
    }

    #[test]
    fn a_passphrase_keeps_all_but_its_line_end() {
        for (bytes, passphrase) in [
            (&b" a b "[..], " a b "),
            (b"x\n", "x"),
            (b"x\r\n", "x"),
            (b"x\n\n", "x\n"),
        ] {
            assert_eq!(passphrase_of(bytes).unwrap().unwrap().as_str(), passphrase);
        }
    }

    #[test]
    fn an_empty_passphrase_file_unlocks_nothing() {
        assert!(passphrase_of(b"").is_err());
        assert!(passphrase_of(b"\n").is_err());
    }

    #[test]
    fn a_passphrase_file_of_the_most_bytes_is_read_and_one_more_is_not() {
        let most = usize::try_from(PASSPHRASE_BYTES_MAX).unwrap();
        assert!(passphrase_of(&vec![b'a'; most]).is_ok());
        assert!(passphrase_of(&vec![b'a'; most + 1]).is_err());
    }
}
