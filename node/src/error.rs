//! Why a profile cannot be opened or made.

use std::io;
use std::path::{Path, PathBuf};

use tidings_protocol::engine::EngineError;
use tidings_protocol::identity::IdentityError;
use tidings_store::{KeyError, StoreError};

use crate::api::Said;
use crate::documents::DocumentsError;
use crate::metrics::MetricsError;
use crate::net::NetError;
use crate::storage::StorageError;
use crate::{reason, words};

/// Why a profile cannot be opened or made: what happened, then what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no profile.
    #[error("there is no profile in {}: run `tidings init`, or name another directory with --home", home.display())]
    NoProfile {
        /// Where it was looked for.
        home: PathBuf,
    },
    /// There is a profile already.
    #[error("there is a profile in {} already: use it, or name another directory with --home", home.display())]
    ProfileExists {
        /// Where it is.
        home: PathBuf,
    },
    /// There are parts of a profile, but not its database.
    #[error(
        "there is a profile in {} whose database is missing: put profile.db back or mount its disk, or name another directory with --home",
        home.display()
    )]
    DatabaseMissing {
        /// Where the rest is.
        home: PathBuf,
    },
    /// The profile is protected and no passphrase was given.
    #[error("the profile is locked: give its passphrase")]
    NeedsPassphrase,
    /// The passphrase is wrong.
    #[error("wrong passphrase: try again")]
    WrongPassphrase,
    /// Another process has the profile.
    #[error("the profile in {} is in use by another process that does not answer: wait for it to end, or stop it", home.display())]
    InUse {
        /// Which profile.
        home: PathBuf,
    },
    /// A newer program wrote the profile.
    #[error("the profile was written by a newer version of Tidings: update the program")]
    NewerSchema,
    /// The profile's files are damaged.
    #[error(
        "the profile is damaged ({0}): restore it from a backup; do not delete it, parts may be saved"
    )]
    Damaged(String),
    /// The disk is full.
    #[error("the disk is full and nothing was changed: free some space, then try again")]
    DiskFull,
    /// A listen address cannot be used.
    #[error("{}", reason.english())]
    Listen {
        /// What the network says, and what to do.
        reason: Said,
    },
    /// Metrics cannot be served where they were asked for.
    #[error("{reason}")]
    Metrics {
        /// What happened, and what to do.
        reason: String,
    },
    /// A name that is empty, too long, or not one line.
    #[error("a name has 1 to 64 characters on one line, without control characters")]
    InvalidName,
    /// The network cannot be started.
    #[error("the network cannot be started: {0}")]
    Network(String),
    /// A file or directory failed.
    #[error("the profile's files cannot be used ({}): check the disk and permissions", words::of_system(.0))]
    Io(#[from] io::Error),
    /// The system has no randomness to give.
    #[error("the system gives no random numbers ({0}); nothing can be made safely without")]
    Randomness(String),
}

impl OpenError {
    /// What happened, and what to do.
    #[must_use]
    pub fn said(&self) -> Said {
        let at = |home: &Path| home.display().to_string();
        match self {
            Self::NoProfile { home } => reason::no_profile(&at(home), self),
            Self::ProfileExists { home } => reason::profile_exists(&at(home), self),
            Self::DatabaseMissing { home } => reason::database_missing(&at(home), self),
            Self::NeedsPassphrase => reason::needs_passphrase(self),
            Self::WrongPassphrase => reason::wrong_passphrase(self),
            Self::InUse { home } => reason::profile_in_use(&at(home), self),
            Self::NewerSchema => reason::newer_profile(self),
            Self::Damaged(damage) => reason::profile_damaged(damage, self),
            Self::DiskFull => reason::disk_full(self),
            Self::Listen { reason } => reason.clone(),
            Self::Metrics { reason } => reason::no_metrics(reason),
            Self::InvalidName => reason::bad_name(self),
            Self::Network(error) => reason::no_network(error, self),
            Self::Io(error) => reason::files_unusable(&words::of_system(error), self),
            Self::Randomness(error) => reason::no_randomness(error, self),
        }
    }

    /// Whether a passphrase, or the right one, would help.
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        matches!(self, Self::NeedsPassphrase | Self::WrongPassphrase)
    }
}

impl From<KeyError> for OpenError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the rest shows as its own words"
    )]
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Missing(home) => Self::NoProfile { home },
            KeyError::Exists(home) => Self::ProfileExists { home },
            KeyError::NeedsPassphrase => Self::NeedsPassphrase,
            KeyError::WrongPassphrase => Self::WrongPassphrase,
            KeyError::Newer { .. } => Self::NewerSchema,
            KeyError::Io(error) => Self::Io(error),
            error => Self::Damaged(error.to_string()),
        }
    }
}

impl From<StoreError> for OpenError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the rest shows as its own words"
    )]
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoProfile(home) => Self::NoProfile { home },
            StoreError::ProfileExists(home) => Self::ProfileExists { home },
            StoreError::NewerSchema { .. } => Self::NewerSchema,
            StoreError::DiskFull => Self::DiskFull,
            StoreError::Io(error) => Self::Io(error),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<StorageError> for OpenError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Store(error) => error.into(),
            StorageError::Ended => Self::Io(io::Error::other("the store's thread did not start")),
        }
    }
}

impl From<DocumentsError> for OpenError {
    fn from(error: DocumentsError) -> Self {
        match error {
            DocumentsError::Store(error) => error.into(),
            DocumentsError::Document(error) => Self::Damaged(error.to_string()),
            DocumentsError::Ended => Self::Io(io::Error::other("a thread did not start")),
        }
    }
}

impl From<EngineError> for OpenError {
    fn from(error: EngineError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<IdentityError> for OpenError {
    fn from(_: IdentityError) -> Self {
        Self::InvalidName
    }
}

impl From<MetricsError> for OpenError {
    fn from(error: MetricsError) -> Self {
        Self::Metrics {
            reason: error.to_string(),
        }
    }
}

impl From<NetError> for OpenError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the rest shows as its own words"
    )]
    fn from(error: NetError) -> Self {
        match error {
            NetError::Listen { .. } | NetError::BadAddress { .. } => Self::Listen {
                reason: error.said(),
            },
            other => Self::Network(other.to_string()),
        }
    }
}
