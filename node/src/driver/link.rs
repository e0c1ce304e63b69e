//! One task for each link: reads frames to the driver, writes frames from it.
//!
//! Invariants
//! - At most [`QUEUE_FRAMES_MAX`] frames wait to be written; the engine's credit bounds their bytes.
//! - Everything queued before the queue was dropped is written before the link closes.
//! - The driver hears of a link's end exactly once.

use tidings_protocol::engine::{Input, LinkId};
use tokio::sync::mpsc;

use super::Order;
use crate::net::{Link, LinkError, LinkReader, LinkWriter};

/// Frames that wait to be written.
const QUEUE_FRAMES_MAX: usize = 16 * 1024;
/// Bytes written before the engine hears of it.
const DRAINED_BYTES: usize = 256 * 1024;

/// The queue to a link; dropping it closes the link once it is written.
pub(super) type Outgoing = mpsc::Sender<Vec<u8>>;

/// Starts a link's task.
pub(super) fn start(link: LinkId, stream: Link, orders: mpsc::Sender<Order>) -> Outgoing {
    let (outgoing, queue) = mpsc::channel(QUEUE_FRAMES_MAX);
    tokio::spawn(async move {
        let (reader, writer) = stream.split();
        let reading = read(link, reader, orders.clone());
        let writing = write(link, writer, queue, orders.clone());
        tokio::pin!(reading, writing);
        let ended = tokio::select! {
            ended = &mut reading => ended,
            ended = &mut writing => ended,
        };
        if let Err(error) = ended {
            tracing::debug!(?link, %error, "a link ended");
        }
        let _ = orders.send(Order::Input(Input::LinkClosed { link })).await;
    });
    outgoing
}

async fn read(
    link: LinkId,
    mut reader: LinkReader,
    orders: mpsc::Sender<Order>,
) -> Result<(), LinkError> {
    while let Some(bytes) = reader.read().await? {
        if orders
            .send(Order::Input(Input::Frame { link, bytes }))
            .await
            .is_err()
        {
            break;
        }
    }
    Ok(())
}

async fn write(
    link: LinkId,
    mut writer: LinkWriter,
    mut queue: mpsc::Receiver<Vec<u8>>,
    orders: mpsc::Sender<Order>,
) -> Result<(), LinkError> {
    let mut written = 0_usize;
    while let Some(frame) = queue.recv().await {
        writer.write(&frame).await?;
        written = written.saturating_add(frame.len());
        while let Ok(frame) = queue.try_recv() {
            writer.write(&frame).await?;
            written = written.saturating_add(frame.len());
        }
        writer.flush().await?;
        if written >= DRAINED_BYTES {
            let drained = Input::Drained {
                link,
                bytes: std::mem::take(&mut written),
            };
            if orders.send(Order::Input(drained)).await.is_err() {
                break;
            }
        }
    }
    writer.close().await
}
