//! Lines: bytes up to a line feed, never more than a limit.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::mpsc;

/// The longest request, without its line feed.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;
/// The longest reply, without its line feed.
pub const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why there is no next line.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    /// The line is over the limit; where the next begins is not known.
    #[error("a line has more than {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<LineError> for io::Error {
    fn from(error: LineError) -> Self {
        match error {
            LineError::TooLong { .. } => Self::new(io::ErrorKind::InvalidData, error),
            LineError::Io(error) => error,
        }
    }
}

/// Reads lines.
#[derive(Debug)]
pub(super) struct LineReader<R> {
    reader: BufReader<R>,
    begun: Vec<u8>,
    bytes_max: usize,
}

impl<R: AsyncRead + Unpin> LineReader<R> {
    pub(super) fn new(reader: R, bytes_max: usize) -> Self {
        Self {
            reader: BufReader::new(reader),
            begun: Vec::new(),
            bytes_max,
        }
    }

    /// The next line that is not blank, `None` at the end. Nothing is lost when the future is
    /// dropped.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, LineError> {
        loop {
            let available = self.reader.fill_buf().await?;
            let at_end = available.is_empty();
            let part = available
                .split(|byte| *byte == b'\n')
                .next()
                .unwrap_or_default();
            let line_ends = part.len() < available.len();
            if self.begun.len() + part.len() > self.bytes_max {
                return Err(LineError::TooLong {
                    bytes_max: self.bytes_max,
                });
            }
            self.begun.extend_from_slice(part);
            let used = part.len() + usize::from(line_ends);
            self.reader.consume(used);
            if line_ends || at_end {
                let line = std::mem::take(&mut self.begun);
                if !line.trim_ascii().is_empty() {
                    return Ok(Some(line));
                }
            }
            if at_end {
                return Ok(None);
            }
        }
    }
}

/// Writes what is queued until every sender is gone.
pub(super) async fn write_lines<W: AsyncWrite + Unpin>(
    mut writer: W,
    mut queue: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    while let Some(mut line) = queue.recv().await {
        line.push(b'\n');
        writer.write_all(&line).await?;
        writer.flush().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(bytes: &[u8], bytes_max: usize) -> Vec<Result<String, String>> {
        let mut reader = LineReader::new(bytes, bytes_max);
        let mut lines = Vec::new();
        loop {
            match reader.next().await {
                Ok(Some(line)) => lines.push(Ok(String::from_utf8(line).unwrap())),
                Ok(None) => return lines,
                Err(error) => {
                    lines.push(Err(error.to_string()));
                    return lines;
                }
            }
        }
    }

    #[tokio::test]
    async fn lines_end_at_line_feeds_and_at_the_end() {
        assert_eq!(
            lines(b"a\nbc\n\n \r\nd", 9).await,
            ["a", "bc", "d"].map(|l| Ok(l.to_owned()))
        );
        assert_eq!(lines(b"", 9).await, []);
    }

    #[tokio::test]
    async fn a_line_at_the_limit_is_whole_and_one_over_it_is_refused() {
        let line = "x".repeat(20_000);
        let bytes = format!("{line}\nnext\n");
        assert_eq!(
            lines(bytes.as_bytes(), 20_000).await,
            [Ok(line), Ok("next".to_owned())]
        );
        let over = lines(bytes.as_bytes(), 19_999).await;
        assert_eq!(over, [Err("a line has more than 19999 bytes".to_owned())]);
    }

    #[tokio::test]
    async fn a_line_survives_a_reader_that_gave_up_waiting() {
        let (mut sender, receiver) = tokio::io::duplex(64);
        let mut reader = LineReader::new(receiver, 9);
        sender.write_all(b"ab").await.unwrap();
        assert!(futures::poll!(std::pin::pin!(reader.next())).is_pending());
        sender.write_all(b"c\n").await.unwrap();
        assert_eq!(reader.next().await.unwrap().unwrap(), b"abc");
    }
}
