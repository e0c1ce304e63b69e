//! Why a command did not do what it was asked, and the exit code that says so.
//!
//! Invariants
//! - Every exit code of the contract is a variant of [`Exit`]; nothing else ends the process,
//!   but a signal.
//! - The mapping from what a node says to an exit code is here and nowhere else.

use std::path::Path;
use std::process::ExitCode;

use tidings_node::api::{ApiError, ErrorKind, Said, Sentence};
use tidings_node::{AttachError, OpenError, words};
use tokio::task::JoinError;

tidings_node::sentences! {
    /// More was asked of a node than can be asked at a time.
    too_much_asked() "too much is asked at once and not done yet. Try again in a moment.";
    /// More files are written and taken than can be at a time.
    too_many_bundles(most: usize)
        "{most} bundles are being written and taken in already. Wait for one of them to end, or stop one, and try again.";
    /// Something that was asked met with a bug of ours.
    ask_broke() "Tidings failed at this by a fault of its own. Try again.";
    /// Whatever listens to the node met with a bug of ours.
    listening_broke() "Tidings failed by a fault of its own, and hears of nothing any more. Start it again.";

    // The system, and what is asked there.
    no_screen(error: &str) "cannot use this terminal: {error}. `tidings --plain` needs less of it.";
    no_terminal(error: &str) "cannot use this terminal: {error}. Try another.";
    terminal_gone() "the terminal is gone.";
    no_signals(error: &str) "cannot listen for signals: {error}. Try again.";
    output_unwritten(error: &str) "cannot write the output: {error}.";
    answer_unread(error: &str) "cannot read the answer: {error}.";

    // The profile.
    profile_locked() "the profile is locked. Give its passphrase in a file with --passphrase-file, or run this in a terminal.";
    passphrase_unread(path: &str, error: &str) "cannot read the passphrase from {path}: {error}.";
    passphrase_missing(path: &str) "{path} is empty. Put the passphrase on its first line.";
    passphrase_unasked(error: &str)
        "cannot ask for the passphrase: {error}. Give it in a file with --passphrase-file.";
    no_directory() "there is no home directory to keep the profile in. Give one with --home.";
    profile_missing(home: &str)
        "there is no profile in {home}. Make one with `tidings init --name NAME`, or name another with --home.";
    words_unseen(home: &str, again: &str) "the profile was made, but its recovery words could not be shown, and nothing can \
        show them again. Remove {home} and run `{again}` again.";
}

/// What a node says of an export or import that somebody stopped.
const STOPPED: [&str; 2] = ["export_cancelled", "import_cancelled"];

/// What a node says of an export or import that it does not have any more.
const OVER: &str = "no_transfer";

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Asked in a way that makes no sense.
    Usage,
    /// The profile is locked, or there is none.
    Locked,
    /// No such contact, conversation, message or file.
    NotFound,
    /// Stored, but the state waited for was not reached in time.
    NotReached,
    /// The safety words differ.
    Mismatch,
    /// Ended by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// Its number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Locked => 3,
            Self::NotFound => 4,
            Self::NotReached => 5,
            Self::Mismatch => 6,
            // As a shell has it of whoever dies of the signal.
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What a command comes to.
pub(crate) type Outcome = Result<Exit, Failure>;

/// Why a command was not done: what happened, then what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// For a person; may hold remote text, so it is made safe where it is printed.
    pub(crate) message: String,
    /// What the message says, for an interface in another language than English; nothing where none shows it.
    pub(crate) reasons: Vec<Sentence>,
    /// What a name that fits several could have meant.
    pub(crate) candidates: Vec<String>,
    /// What can be done about it besides what the message says.
    pub(crate) cause: Cause,
}

/// What kept something from being done, where a program can do something about that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The node that answered has ended: asking again can help.
    Unavailable,
    /// The profile is locked: its passphrase helps.
    Locked,
    /// Anything else.
    Other,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            reasons: Vec::new(),
            candidates: Vec::new(),
            cause: Cause::Other,
        }
    }

    /// The same, in words for which there are others in each language.
    pub(crate) fn saying(exit: Exit, said: Said) -> Self {
        let (message, reasons) = said.into_parts();
        Self {
            reasons,
            ..Self::new(exit, message)
        }
    }

    /// More is asked at once than is answered.
    pub(crate) fn too_much_asked() -> Self {
        Self::saying(Exit::Failed, too_much_asked())
    }

    /// More is written and taken at once than can be; so many are the most.
    pub(crate) fn too_many_bundles(most: usize) -> Self {
        Self::saying(Exit::Failed, too_many_bundles(most))
    }

    /// What was asked failed by a fault of our own.
    pub(crate) fn ask_broke() -> Self {
        Self::saying(Exit::Failed, ask_broke())
    }

    /// What listens failed by a fault of our own.
    pub(crate) fn listening_broke() -> Self {
        Self::saying(Exit::Failed, listening_broke())
    }

    /// It did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// It was asked in a way that makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something that was named is not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, message)
    }

    /// Stored, but it did not come as far as was waited for.
    pub(crate) fn not_reached(message: impl Into<String>) -> Self {
        Self::new(Exit::NotReached, message)
    }

    /// The safety words differ.
    pub(crate) fn mismatch(message: impl Into<String>) -> Self {
        Self::new(Exit::Mismatch, message)
    }

    /// Somebody pressed Ctrl-C, and was told what that means.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "")
    }

    /// Stdout could not be written. Whoever read it may simply have had enough: no failure then.
    pub(crate) fn output(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Done, "");
        }
        Self::saying(Exit::Failed, output_unwritten(&words::of_system(&error)))
    }

    /// There is no profile in `home`.
    pub(crate) fn no_profile(home: &Path) -> Self {
        Self::saying(Exit::Locked, profile_missing(&home.display().to_string()))
    }

    /// The system does not let this program hear of signals.
    #[cfg_attr(not(unix), allow(dead_code, reason = "elsewhere there are none"))]
    pub(crate) fn no_signals(error: std::io::Error) -> Self {
        Self::saying(Exit::Failed, no_signals(&error.to_string()))
    }

    /// The profile is locked, and nobody can be asked for its passphrase.
    pub(crate) fn profile_locked() -> Self {
        Self {
            cause: Cause::Locked,
            ..Self::saying(Exit::Locked, profile_locked())
        }
    }

    /// Whether it is an export or import that somebody stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.says(&STOPPED)
    }

    /// Whether what was to be stopped had ended before: it is no export or import any more.
    pub(crate) fn is_over(&self) -> bool {
        self.says(&[OVER])
    }

    /// Whether one of these sentences is in it.
    fn says(&self, codes: &[&str]) -> bool {
        let mut reasons = self.reasons.iter();
        reasons.any(|reason| codes.contains(&reason.code.as_str()))
    }

    /// The same, with something that is said before it.
    pub(crate) fn behind(&self, said: Said) -> Self {
        let (english, mut reasons) = said.into_parts();
        reasons.extend(self.reasons.iter().cloned());
        let message = format!("{english} {}", self.message);
        Self {
            reasons,
            ..Self::failed(message.trim_end())
        }
    }
}

/// A part of this program met with a bug of ours.
impl From<JoinError> for Failure {
    fn from(_: JoinError) -> Self {
        Self::ask_broke()
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let exit = match error.kind {
            ErrorKind::Invalid => Exit::Usage,
            ErrorKind::NotFound | ErrorKind::Ambiguous => Exit::NotFound,
            ErrorKind::Mismatch => Exit::Mismatch,
            ErrorKind::Refused
            | ErrorKind::Conflict
            | ErrorKind::Storage
            | ErrorKind::Network
            | ErrorKind::Unavailable
            | ErrorKind::Internal
            | _ => Exit::Failed,
        };
        let cause = if error.kind == ErrorKind::Unavailable {
            Cause::Unavailable
        } else {
            Cause::Other
        };
        Self {
            exit,
            cause,
            message: error.message,
            reasons: error.reasons,
            candidates: error.candidates,
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        if let OpenError::NoProfile { home } = &error {
            return Self::no_profile(home);
        }
        if matches!(error, OpenError::NeedsPassphrase) {
            return Self::profile_locked();
        }
        let exit = if error.is_locked() {
            Exit::Locked
        } else if matches!(error, OpenError::InvalidName) {
            Exit::Usage
        } else {
            Exit::Failed
        };
        let cause = if matches!(error, OpenError::WrongPassphrase) {
            Cause::Locked
        } else {
            Cause::Other
        };
        Self {
            cause,
            ..Self::saying(exit, error.said())
        }
    }
}

impl From<AttachError> for Failure {
    fn from(error: AttachError) -> Self {
        Self::saying(Exit::Failed, error.said())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit_of(kind: ErrorKind) -> Exit {
        Failure::from(ApiError::new(kind, Said::words(""))).exit
    }

    #[test]
    fn exit_codes_are_those_of_the_contract() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::Locked,
            Exit::NotFound,
            Exit::NotReached,
            Exit::Mismatch,
            Exit::Interrupted,
        ];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 5, 6, 130]);
    }

    #[test]
    fn what_a_node_says_becomes_the_exit_code_of_the_contract() {
        assert_eq!(exit_of(ErrorKind::Invalid), Exit::Usage);
        assert_eq!(exit_of(ErrorKind::NotFound), Exit::NotFound);
        assert_eq!(exit_of(ErrorKind::Ambiguous), Exit::NotFound);
        assert_eq!(exit_of(ErrorKind::Mismatch), Exit::Mismatch);
        assert_eq!(exit_of(ErrorKind::Refused), Exit::Failed);
        assert_eq!(exit_of(ErrorKind::Storage), Exit::Failed);
    }

    #[test]
    fn what_a_passphrase_helps_against_is_told_apart_from_what_asking_again_does() {
        let locked = [OpenError::NeedsPassphrase, OpenError::WrongPassphrase];
        for error in locked {
            assert_eq!(Failure::from(error).cause, Cause::Locked);
        }
        let missing = OpenError::NoProfile { home: "h".into() };
        assert_eq!(Failure::from(missing).cause, Cause::Other);
        let ended = ApiError::new(ErrorKind::Unavailable, Said::words(""));
        assert_eq!(Failure::from(ended).cause, Cause::Unavailable);
    }

    #[test]
    fn what_somebody_stopped_or_could_not_stop_any_more_is_told_apart_from_what_failed() {
        for (code, is_stopped, is_over) in [
            ("export_cancelled", true, false),
            ("import_cancelled", true, false),
            ("no_transfer", false, true),
            ("bundle_busy", false, false),
        ] {
            let known = tidings_node::api::sentences().any(|(known, _)| known == code);
            assert!(known, "{code}");
            let said = Said::sentence(code, Vec::new(), String::new());
            let failure = Failure::from(ApiError::new(ErrorKind::Conflict, said));
            let is = (failure.is_stopped(), failure.is_over());
            assert_eq!(is, (is_stopped, is_over), "{code}");
        }
    }

    #[test]
    fn a_locked_or_missing_profile_is_exit_three() {
        assert_eq!(Failure::from(OpenError::NeedsPassphrase).exit, Exit::Locked);
        assert_eq!(Failure::from(OpenError::WrongPassphrase).exit, Exit::Locked);
        assert_eq!(
            Failure::from(OpenError::NoProfile { home: "h".into() }).exit,
            Exit::Locked
        );
    }
}
