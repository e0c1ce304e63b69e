//! Transport: an established session's messages, in order, rekeyed by count.
//!
//! Invariants
//! - Both ends rekey a direction after the same message of it: every [`REKEY_MESSAGES`]-th.
//! - A message opens once, in its place; anything else is undecryptable, and the caller ends the
//!   session.

use std::fmt;

use snow::{HandshakeState, TransportState};
use zeroize::Zeroizing;

use crate::session::SessionError;
use crate::session::noise::failure;
use crate::wire::limits::{FRAME_BYTES_MAX, NOISE_PLAINTEXT_BYTES_MAX};

/// How many messages one key encrypts.
pub const REKEY_MESSAGES: u64 = 4096;

const TAG_BYTES: usize = FRAME_BYTES_MAX - NOISE_PLAINTEXT_BYTES_MAX;

/// An established session.
pub struct Transport {
    state: TransportState,
    version: u16,
}

impl Transport {
    pub(super) fn new(state: HandshakeState, version: u16) -> Result<Self, SessionError> {
        let state = state.into_transport_mode().map_err(failure)?;
        Ok(Self { state, version })
    }

    /// The version of the session protocol that both speak.
    #[must_use]
    pub fn version(&self) -> u16 {
        self.version
    }

    /// Seals the next message.
    ///
    /// # Errors
    /// [`SessionError::TooLarge`] past [`NOISE_PLAINTEXT_BYTES_MAX`].
    pub fn seal(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, SessionError> {
        let (bytes, bytes_max) = (plaintext.len(), NOISE_PLAINTEXT_BYTES_MAX);
        if bytes > bytes_max {
            return Err(SessionError::TooLarge { bytes, bytes_max });
        }
        let mut frame = vec![0; bytes.saturating_add(TAG_BYTES)];
        let length = self
            .state
            .write_message(plaintext, &mut frame)
            .map_err(failure)?;
        frame.truncate(length);
        if self.state.sending_nonce().is_multiple_of(REKEY_MESSAGES) {
            self.state.rekey_outgoing();
        }
        Ok(frame)
    }

    /// Opens the other side's next message; it is erased when dropped, as it may hold shares in secrets.
    ///
    /// # Errors
    /// [`SessionError::Undecryptable`] when it is not that, [`SessionError::TooLarge`] past
    /// [`FRAME_BYTES_MAX`]. The session is then of no use.
    pub fn open(&mut self, frame: &[u8]) -> Result<Zeroizing<Vec<u8>>, SessionError> {
        let (bytes, bytes_max) = (frame.len(), FRAME_BYTES_MAX);
        if bytes > bytes_max {
            return Err(SessionError::TooLarge { bytes, bytes_max });
        }
        let mut plaintext = Zeroizing::new(vec![0; bytes.saturating_sub(TAG_BYTES)]);
        let length = self
            .state
            .read_message(frame, &mut plaintext)
            .map_err(failure)?;
        plaintext.truncate(length);
        if self.state.receiving_nonce().is_multiple_of(REKEY_MESSAGES) {
            self.state.rekey_incoming();
        }
        Ok(plaintext)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
