//! The seed of the random numbers below QUIC, gathered before a connection needs any.
//!
//! The library of QUIC's cryptography has each process gather one from the jitter of the processor, once: tens of
//! milliseconds of work. Left to itself it begins with the first connection, in the task that owns the swarm, which does
//! nothing else until it is over. Each of two who meet for the first time would have the other wait for it.
//!
//! Invariants
//! - Nobody waits for it but a connection that comes before its end.

/// Has it be gathered on a thread that may block, if this process has none yet.
pub(in crate::net) fn prepare() {
    tokio::task::spawn_blocking(|| {
        let gathered = aws_lc_rs::rand::fill(&mut [0]);
        if gathered.is_err() {
            tracing::debug!("no random numbers for QUIC yet");
        }
    });
}
