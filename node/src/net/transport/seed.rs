//! The seed of the random numbers below QUIC, gathered before a connection needs any.
//!
//! The library of QUIC's cryptography has each process gather one from the jitter of the processor, once, unless it is built
//! without, as we do (`.cargo/config.toml`) and whoever embeds a node may not: tens of milliseconds of work. Left to itself it
//! begins with the first connection, in the task that owns the swarm, which does nothing else until it is over. Each of two
//! who meet for the first time would have the other wait for it.
//!
//! Invariants
//! - Nobody waits for it but a connection that comes before its end.

/// Has it be gathered on a thread that may block, if this process has none yet. No network is looked at for it.
pub(crate) fn prepare() {
    tokio::task::spawn_blocking(|| {
        let gathered = aws_lc_rs::rand::fill(&mut [0]);
        if gathered.is_err() {
            tracing::debug!("no random numbers for QUIC yet");
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_workspace_is_built_without_what_takes_time() {
        let is_gathered = aws_lc_rs::try_fips_cpu_jitter_entropy().is_ok();
        assert!(
            !is_gathered,
            ".cargo/config.toml of the workspace does not count"
        );
    }
}
