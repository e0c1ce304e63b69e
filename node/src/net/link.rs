//! A link: one libp2p stream as a sequence of frames.
//!
//! A frame is its length (`u16`, big endian) and 1 to 65,535 bytes.
//!
//! Invariants
//! - Reading and writing are cancel-safe: a dropped `read` loses no bytes, a dropped `write` has
//!   not queued its frame, a dropped `flush` can be repeated.
//! - A link holds a few frames at most in each direction, and little when it is idle.
//! - A peer that takes not one byte for [`WRITE_STALL_TIME`] ends the link.
//! - Nothing is sent before `flush`, `close` or a full buffer: a burst costs few packets.

use std::fmt;
use std::io;
use std::time::Duration;

use tidings_protocol::wire::limits::FRAME_BYTES_MAX;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

/// Outbound bytes that wait for a flush; more go out at once.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;
/// Room made before each read while a frame is half here.
const READ_BYTES: usize = 8 * 1024;
/// Room that an idle link keeps in each direction, enough for most frames: a larger buffer is given back when it runs empty.
const IDLE_BUFFER_BYTES: usize = 2 * 1024;
const PREFIX_BYTES: usize = 2;
/// A peer that takes nothing for so long while we have something for it is as good as gone.
const WRITE_STALL_TIME: Duration = Duration::from_secs(60);

/// Why a link can no longer be used; after one of these, drop it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// The peer ended the stream within a frame.
    #[error("the peer ended the stream in the middle of a frame")]
    HalfFrame,
    /// The peer sent a frame without bytes.
    #[error("the peer sent an empty frame")]
    EmptyFrame,
    /// Our frame is empty or too long; nothing of it was queued and the link is still usable.
    #[error("a frame of {bytes} bytes cannot be sent (1 to {FRAME_BYTES_MAX} can)")]
    Unsendable {
        /// Its length.
        bytes: usize,
    },
    /// The peer takes nothing.
    #[error("the peer has stopped reading")]
    Stalled,
    /// The stream broke.
    #[error("the stream broke: {0}")]
    Broken(#[from] io::Error),
}

/// One framed stream with one peer.
pub(crate) struct Link {
    reader: LinkReader,
    writer: LinkWriter,
    /// Counts against the peer's streams that nobody has accepted.
    _unaccepted: Option<OwnedSemaphorePermit>,
}

impl Link {
    /// Frames `stream`.
    pub(crate) fn new(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (read, write) = tokio::io::split(stream);
        Self {
            reader: LinkReader {
                stream: Box::new(read),
                buffer: Vec::new(),
                start: 0,
            },
            writer: LinkWriter {
                stream: Box::new(write),
                buffer: Vec::new(),
                start: 0,
                stall_time: WRITE_STALL_TIME,
            },
            _unaccepted: None,
        }
    }

    /// Frames an inbound `stream` that holds `unaccepted` until somebody splits the link.
    pub(super) fn incoming(
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        unaccepted: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            _unaccepted: Some(unaccepted),
            ..Self::new(stream)
        }
    }

    /// Accepts the link: its two halves, to be used from two tasks.
    pub(crate) fn split(self) -> (LinkReader, LinkWriter) {
        (self.reader, self.writer)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(..)")
    }
}

/// The inbound half of a [`Link`].
pub(crate) struct LinkReader {
    stream: Box<dyn AsyncRead + Send + Unpin>,
    buffer: Vec<u8>,
    start: usize,
}

impl LinkReader {
    /// The next frame; `None` when the peer has closed its half between two frames.
    pub(crate) async fn read(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        loop {
            if let Some(frame) = self.take_frame()? {
                return Ok(Some(frame));
            }
            self.make_room();
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                let clean = self.buffer.len() == self.start;
                return if clean {
                    Ok(None)
                } else {
                    Err(LinkError::HalfFrame)
                };
            }
        }
    }

    /// The next frame if all of it has already arrived: for draining a burst without waiting.
    pub(crate) fn take_frame(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        let Some((prefix, rest)) = self
            .buffer
            .get(self.start..)
            .and_then(<[u8]>::split_first_chunk::<PREFIX_BYTES>)
        else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes(*prefix));
        if length == 0 {
            return Err(LinkError::EmptyFrame);
        }
        let Some(frame) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = frame.to_vec();
        self.start += PREFIX_BYTES + length;
        Ok(Some(frame))
    }

    /// Drops what was taken, so that the buffer never holds more than one unfinished frame.
    fn make_room(&mut self) {
        self.buffer.drain(..self.start);
        self.start = 0;
        if !self.buffer.is_empty() {
            return self.buffer.reserve(READ_BYTES);
        }
        if self.buffer.capacity() > IDLE_BUFFER_BYTES {
            self.buffer = Vec::new();
        }
        self.buffer.reserve(IDLE_BUFFER_BYTES);
    }
}

impl fmt::Debug for LinkReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkReader")
            .field("buffered", &self.buffer.len())
            .finish()
    }
}

/// The outbound half of a [`Link`].
pub(crate) struct LinkWriter {
    stream: Box<dyn AsyncWrite + Send + Unpin>,
    buffer: Vec<u8>,
    start: usize,
    /// Longest wait for the peer to take a byte.
    stall_time: Duration,
}

impl LinkWriter {
    /// Queues `frame`; waits only when the buffer is full. Follow the last frame with
    /// [`flush`](Self::flush).
    pub(crate) async fn write(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        let unsendable = LinkError::Unsendable { bytes: frame.len() };
        let Ok(length) = u16::try_from(frame.len()) else {
            return Err(unsendable);
        };
        if length == 0 {
            return Err(unsendable);
        }
        if self.buffer.len() >= WRITE_BUFFER_BYTES {
            self.drain().await?;
        }
        self.buffer.extend_from_slice(&length.to_be_bytes());
        self.buffer.extend_from_slice(frame);
        Ok(())
    }

    /// Sends all that is queued.
    pub(crate) async fn flush(&mut self) -> Result<(), LinkError> {
        self.drain().await?;
        in_time(self.stall_time, self.stream.flush()).await
    }

    /// Sends all that is queued and closes our half; the peer then reads a clean end.
    pub(crate) async fn close(&mut self) -> Result<(), LinkError> {
        self.flush().await?;
        in_time(self.stall_time, self.stream.shutdown()).await
    }

    async fn drain(&mut self) -> Result<(), LinkError> {
        while let Some(rest) = self
            .buffer
            .get(self.start..)
            .filter(|rest| !rest.is_empty())
        {
            let written = in_time(self.stall_time, self.stream.write(rest)).await?;
            if written == 0 {
                return Err(io::Error::from(io::ErrorKind::WriteZero).into());
            }
            self.start += written;
        }
        self.start = 0;
        self.buffer.clear();
        self.buffer.shrink_to(IDLE_BUFFER_BYTES);
        Ok(())
    }
}

async fn in_time<T>(
    stall_time: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, LinkError> {
    let done = timeout(stall_time, work).await;
    Ok(done.map_err(|_| LinkError::Stalled)??)
}

impl fmt::Debug for LinkWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkWriter")
            .field("buffered", &self.buffer.len())
            .finish()
    }
}

#[cfg(test)]
mod tests;
