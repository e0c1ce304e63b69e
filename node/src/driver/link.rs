//! One task for each link: reads frames to the driver, writes frames from it.
//!
//! Invariants
//! - At most [`QUEUE_FRAMES_MAX`] frames and [`QUEUE_BYTES_MAX`] bytes wait to be written.
//! - A link whose queue was dropped is read no more; what is queued is written if the peer takes it
//!   within [`CLOSE_TIME`], then the stream is gone, whatever the peer does.
//! - The driver hears of a link's end exactly once.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tidings_protocol::engine::{Input, LinkId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::Order;
use crate::net::{Link, LinkError, LinkReader, LinkWriter};

/// Frames that wait to be written.
const QUEUE_FRAMES_MAX: usize = 16 * 1024;
/// Bytes that wait to be written.
const QUEUE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes written before the engine hears of it.
const DRAINED_BYTES: usize = 256 * 1024;
/// Time for what is queued to go out once the link is to close.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// The queue to a link; dropping it closes the link.
#[derive(Debug)]
pub(super) struct Outgoing {
    frames: mpsc::Sender<Vec<u8>>,
    waiting_bytes: Arc<AtomicUsize>,
    /// Never sent on: the task sees it go.
    _open: oneshot::Sender<Infallible>,
}

/// The queue is full, or its link has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Outgoing {
    /// Queues a frame; never waits.
    pub(super) fn send(&self, frame: Vec<u8>) -> Result<(), Full> {
        let bytes = frame.len();
        // Nobody else adds, so the sum cannot grow between the two.
        let waiting = self.waiting_bytes.load(Ordering::Acquire);
        if waiting.saturating_add(bytes) > QUEUE_BYTES_MAX {
            return Err(Full);
        }
        self.waiting_bytes.fetch_add(bytes, Ordering::AcqRel);
        self.frames.try_send(frame).map_err(|_| Full)
    }
}

/// The task's end of the queue.
#[derive(Debug)]
struct Queue {
    frames: mpsc::Receiver<Vec<u8>>,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Queue {
    async fn next(&mut self) -> Option<Vec<u8>> {
        let frame = self.frames.recv().await?;
        Some(self.taken(frame))
    }

    fn next_now(&mut self) -> Option<Vec<u8>> {
        let frame = self.frames.try_recv().ok()?;
        Some(self.taken(frame))
    }

    fn taken(&self, frame: Vec<u8>) -> Vec<u8> {
        self.waiting_bytes.fetch_sub(frame.len(), Ordering::AcqRel);
        frame
    }
}

/// Starts a link's task.
pub(super) fn start(link: LinkId, stream: Link, orders: mpsc::Sender<Order>) -> Outgoing {
    start_with(link, stream, orders, CLOSE_TIME)
}

fn start_with(
    link: LinkId,
    stream: Link,
    orders: mpsc::Sender<Order>,
    close_time: Duration,
) -> Outgoing {
    let (frames, queued) = mpsc::channel(QUEUE_FRAMES_MAX);
    let (open, closing) = oneshot::channel();
    let waiting_bytes = Arc::new(AtomicUsize::new(0));
    let queue = Queue {
        frames: queued,
        waiting_bytes: Arc::clone(&waiting_bytes),
    };
    tokio::spawn(async move {
        if let Err(error) = run(link, stream, queue, closing, &orders, close_time).await {
            tracing::debug!(?link, %error, "a link ended");
        }
        let _ = orders.send(Order::Input(Input::LinkClosed { link })).await;
    });
    Outgoing {
        frames,
        waiting_bytes,
        _open: open,
    }
}

/// Reads and writes until the link has ended; the stream is gone when this returns.
async fn run(
    link: LinkId,
    stream: Link,
    queue: Queue,
    closing: oneshot::Receiver<Infallible>,
    orders: &mpsc::Sender<Order>,
    close_time: Duration,
) -> Result<(), LinkError> {
    let (reader, writer) = stream.split();
    let writing = write(link, writer, queue, orders);
    tokio::pin!(writing);
    tokio::select! {
        // Once the queue is gone, not one frame more is read.
        biased;
        _ = closing => {}
        ended = &mut writing => return ended,
        ended = read(link, reader, orders) => return ended,
    }
    timeout(close_time, writing)
        .await
        .unwrap_or(Err(LinkError::Stalled))
}

async fn read(
    link: LinkId,
    mut reader: LinkReader,
    orders: &mpsc::Sender<Order>,
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
    mut queue: Queue,
    orders: &mpsc::Sender<Order>,
) -> Result<(), LinkError> {
    let mut written = 0_usize;
    while let Some(frame) = queue.next().await {
        writer.write(&frame).await?;
        written = written.saturating_add(frame.len());
        while let Some(frame) = queue.next_now() {
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    /// Long enough for any machine: reached only when something hangs.
    const PATIENCE: Duration = Duration::from_secs(60);

    struct Running {
        outgoing: Outgoing,
        orders: mpsc::Receiver<Order>,
        peer: DuplexStream,
    }

    fn running(pipe_bytes: usize, close_time: Duration) -> Running {
        let (near, peer) = duplex(pipe_bytes);
        let (sender, orders) = mpsc::channel(64);
        let outgoing = start_with(LinkId::new(1), Link::new(near), sender, close_time);
        Running {
            outgoing,
            orders,
            peer,
        }
    }

    async fn next(orders: &mut mpsc::Receiver<Order>) -> Option<Order> {
        timeout(PATIENCE, orders.recv()).await.expect("an order")
    }

    fn is_end(order: Option<&Order>) -> bool {
        matches!(order, Some(Order::Input(Input::LinkClosed { .. })))
    }

    #[tokio::test]
    async fn a_link_to_a_peer_that_never_reads_ends_when_it_is_closed() {
        let Running {
            outgoing,
            mut orders,
            peer: _peer,
        } = running(16, Duration::from_millis(10));
        outgoing.send(vec![7; 1000]).unwrap();
        drop(outgoing);
        assert!(is_end(next(&mut orders).await.as_ref()));
        assert!(next(&mut orders).await.is_none(), "it ends once");
    }

    #[tokio::test]
    async fn a_link_that_is_closed_reads_nothing_more() {
        let Running {
            outgoing,
            mut orders,
            mut peer,
        } = running(64, Duration::from_millis(10));
        // The task has not run yet: it sees the frames and the closed queue together.
        outgoing.send(vec![7; 1000]).unwrap();
        drop(outgoing);
        peer.write_all(&[0, 1, 42, 0, 1, 43]).await.unwrap();
        assert!(is_end(next(&mut orders).await.as_ref()), "no frame before");
        assert!(next(&mut orders).await.is_none());
    }

    #[tokio::test]
    async fn what_was_queued_before_the_close_arrives_at_a_peer_that_reads() {
        let Running {
            outgoing,
            mut orders,
            peer,
        } = running(16, PATIENCE);
        outgoing.send(vec![7; 1000]).unwrap();
        outgoing.send(vec![8; 10]).unwrap();
        drop(outgoing);
        let (mut reader, _writer) = Link::new(peer).split();
        assert_eq!(reader.read().await.unwrap(), Some(vec![7; 1000]));
        assert_eq!(reader.read().await.unwrap(), Some(vec![8; 10]));
        assert_eq!(reader.read().await.unwrap(), None);
        assert!(is_end(next(&mut orders).await.as_ref()));
    }

    #[tokio::test]
    async fn a_queue_takes_its_most_bytes_and_not_one_more() {
        let running = running(16, Duration::ZERO);
        let frame = vec![7; 64 * 1024];
        for _ in 0..QUEUE_BYTES_MAX / frame.len() {
            running.outgoing.send(frame.clone()).unwrap();
        }
        assert_eq!(running.outgoing.send(vec![7]), Err(Full));
    }

    #[tokio::test]
    async fn a_queue_takes_its_most_frames_and_not_one_more() {
        let running = running(16, Duration::ZERO);
        for _ in 0..QUEUE_FRAMES_MAX {
            running.outgoing.send(vec![7]).unwrap();
        }
        assert_eq!(running.outgoing.send(vec![7]), Err(Full));
    }

    #[tokio::test]
    async fn bytes_that_were_written_make_room_for_others() {
        let Running {
            outgoing,
            orders: _orders,
            peer,
        } = running(64 * 1024, PATIENCE);
        let (mut reader, _writer) = Link::new(peer).split();
        let frame = vec![7; 60 * 1024];
        for _ in 0..2 * QUEUE_BYTES_MAX / frame.len() {
            outgoing.send(frame.clone()).unwrap();
            assert_eq!(reader.read().await.unwrap(), Some(frame.clone()));
        }
    }
}
