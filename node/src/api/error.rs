//! Why a request was not done.

use serde::{Deserialize, Serialize};

use super::{Said, Sentence};
use crate::reason;

/// What kind of failure: decides exit codes and JSON-RPC error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request itself makes no sense.
    Invalid,
    /// No such contact, conversation or message.
    NotFound,
    /// A name that fits several; the candidates are given.
    Ambiguous,
    /// Safety words that are not the contact's.
    Mismatch,
    /// An invite code that was used, has expired, or is none.
    Refused,
    /// Not possible in the present state.
    Conflict,
    /// The disk or the database failed; nothing was half done.
    Storage,
    /// The network failed.
    Network,
    /// The node is ending, or its connection was lost; ask again with the same request id.
    Unavailable,
    /// A bug of ours.
    Internal,
}

/// Why a request was not done, in words for a person: what happened, then what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What kind.
    pub kind: ErrorKind,
    /// What happened, and what to do.
    pub message: String,
    /// Where a name fits several: each with its id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// What the message says, for another language than English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Sentence>,
}

impl ApiError {
    /// An error without candidates.
    #[must_use]
    pub fn new(kind: ErrorKind, said: Said) -> Self {
        let (message, reasons) = said.into_parts();
        Self {
            kind,
            message,
            candidates: Vec::new(),
            reasons,
        }
    }

    /// A request that makes no sense.
    #[must_use]
    pub fn invalid(said: Said) -> Self {
        Self::new(ErrorKind::Invalid, said)
    }

    /// The node ends, and does not answer any more.
    pub(crate) fn ending() -> Self {
        Self::new(ErrorKind::Unavailable, reason::node_ending())
    }

    /// A bug of ours, by what a library says of it.
    pub(crate) fn internal(why: &impl ToString) -> Self {
        Self::new(ErrorKind::Internal, Said::words(&why.to_string()))
    }

    /// Something that is not there.
    #[must_use]
    pub fn not_found(said: Said) -> Self {
        Self::new(ErrorKind::NotFound, said)
    }
}
