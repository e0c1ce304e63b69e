use proptest::prelude::*;
use tokio::io::duplex;

use super::*;

#[tokio::test]
async fn the_longest_frame_passes_and_one_byte_more_is_refused() {
    let (near, far) = duplex(1024);
    let (_, mut writer) = Link::new(near).split();
    let (mut reader, _) = Link::new(far).split();
    let frame = vec![7; FRAME_BYTES_MAX];
    let longer = vec![7; FRAME_BYTES_MAX + 1];
    assert!(matches!(
        writer.write(&longer).await,
        Err(LinkError::Unsendable { bytes }) if bytes == FRAME_BYTES_MAX + 1
    ));
    assert!(matches!(
        writer.write(&[]).await,
        Err(LinkError::Unsendable { bytes: 0 })
    ));
    writer.write(&frame).await.unwrap();
    let (sent, read) = tokio::join!(writer.flush(), reader.read());
    sent.unwrap();
    assert_eq!(read.unwrap(), Some(frame));
}

#[tokio::test]
async fn a_closed_half_reads_as_a_clean_end() {
    let (near, far) = duplex(1024);
    let (_near_reader, mut writer) = Link::new(near).split();
    let (mut reader, _) = Link::new(far).split();
    writer.write(b"last").await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(reader.read().await.unwrap(), Some(b"last".to_vec()));
    assert_eq!(reader.read().await.unwrap(), None);
}

#[tokio::test]
async fn a_peer_that_takes_nothing_ends_a_flush_and_one_that_takes_little_does_not() {
    let (near, mut far) = duplex(16);
    let (_near_reader, mut writer) = Link::new(near).split();
    writer.stall_time = Duration::from_millis(10);
    writer.write(&[7; 1000]).await.unwrap();
    assert!(matches!(writer.flush().await, Err(LinkError::Stalled)));
    writer.stall_time = WRITE_STALL_TIME;
    let mut taken = Vec::new();
    let slowly = async {
        while taken.len() < 1002 {
            tokio::io::AsyncReadExt::read_buf(&mut far, &mut taken)
                .await
                .unwrap();
        }
    };
    let (sent, ()) = tokio::join!(writer.flush(), slowly);
    sent.unwrap();
}

#[tokio::test]
async fn half_a_prefix_or_half_a_frame_is_an_error() {
    for bytes in [&[0][..], &[0, 3], &[0, 3, 1, 2], &[0, 1, 9, 255, 255, 1]] {
        let (mut near, far) = duplex(1024);
        let (mut reader, _writer) = Link::new(far).split();
        near.write_all(bytes).await.unwrap();
        drop(near);
        let outcome = loop {
            match reader.read().await {
                Ok(Some(_)) => {}
                other => break other,
            }
        };
        assert!(matches!(outcome, Err(LinkError::HalfFrame)), "{bytes:?}");
    }
}

#[tokio::test]
async fn an_empty_frame_is_an_error() {
    let (mut near, far) = duplex(1024);
    let (mut reader, _writer) = Link::new(far).split();
    near.write_all(&[0, 1, 42, 0, 0]).await.unwrap();
    assert_eq!(reader.read().await.unwrap(), Some(vec![42]));
    assert!(matches!(reader.read().await, Err(LinkError::EmptyFrame)));
}

#[tokio::test]
async fn nothing_is_sent_before_a_flush() {
    let (near, far) = duplex(1024);
    let (_, mut writer) = Link::new(near).split();
    let (mut reader, _) = Link::new(far).split();
    writer.write(b"wait").await.unwrap();
    tokio::select! {
        biased;
        read = reader.read() => panic!("read {read:?} before the flush"),
        () = tokio::task::yield_now() => {}
    }
    writer.flush().await.unwrap();
    assert_eq!(reader.read().await.unwrap(), Some(b"wait".to_vec()));
}

#[tokio::test]
async fn a_read_that_is_dropped_halfway_loses_nothing() {
    let (mut near, far) = duplex(1024);
    let (mut reader, _writer) = Link::new(far).split();
    for byte in [0, 3, 1, 2] {
        near.write_all(&[byte]).await.unwrap();
        tokio::select! {
            biased;
            read = reader.read() => panic!("{read:?} of half a frame"),
            () = tokio::task::yield_now() => {}
        }
    }
    near.write_all(&[3]).await.unwrap();
    assert_eq!(reader.read().await.unwrap(), Some(vec![1, 2, 3]));
}

#[tokio::test]
async fn buffers_shrink_when_a_burst_is_over() {
    let (near, far) = duplex(4096);
    let (_, mut writer) = Link::new(near).split();
    let (mut reader, _) = Link::new(far).split();
    let sending = async {
        for _ in 0..8 {
            writer.write(&[1; FRAME_BYTES_MAX]).await.unwrap();
        }
        writer.close().await.unwrap();
    };
    let receiving = async { while reader.read().await.unwrap().is_some() {} };
    tokio::join!(sending, receiving);
    assert!(reader.buffer.capacity() <= IDLE_BUFFER_BYTES);
    assert!(writer.buffer.capacity() <= IDLE_BUFFER_BYTES);
}

proptest! {
    #[test]
    fn frames_arrive_whole_and_in_order(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..50),
        pipe in 1usize..500,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let received = runtime.block_on(async {
            let (near, far) = duplex(pipe);
            let (_, mut writer) = Link::new(near).split();
            let (mut reader, _) = Link::new(far).split();
            let sending = async {
                for frame in &frames {
                    writer.write(frame).await.unwrap();
                }
                writer.close().await.unwrap();
            };
            let receiving = async {
                let mut received = Vec::new();
                while let Some(frame) = reader.read().await.unwrap() {
                    received.push(frame);
                }
                received
            };
            tokio::join!(sending, receiving).1
        });
        prop_assert_eq!(received, frames);
    }

    #[test]
    fn any_bytes_are_frames_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut near, far) = duplex(512);
            let (mut reader, _writer) = Link::new(far).split();
            near.write_all(&bytes).await.unwrap();
            drop(near);
            while let Ok(Some(frame)) = reader.read().await {
                assert!(!frame.is_empty());
            }
        });
    }
}
