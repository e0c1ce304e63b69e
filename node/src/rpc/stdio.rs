//! The API on this process's standard input and output.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::Service;
use super::conversation::{AtEnd, converse};

/// Serves requests from standard input until it ends and all are answered on standard output.
///
/// # Errors
/// What the system says; `InvalidData` after a line over [`super::LINE_BYTES_MAX`].
pub async fn serve_stdio<S: Service>(service: S) -> io::Result<()> {
    serve(tokio::io::stdin(), tokio::io::stdout(), service).await
}

pub(super) async fn serve<R, W, S>(reader: R, writer: W, service: S) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
    S: Service,
{
    let (_never, stop) = watch::channel(false);
    converse(reader, writer, service, AtEnd::Finish, stop).await
}
