//! What leaves a host, counted where it leaves.

use crate::host::Host;
use crate::right::done;

/// Packets of one kind that a host sent since this was made.
#[derive(Debug)]
pub(crate) struct Sent {
    chain: String,
}

impl Sent {
    /// Counts what fits `kind`, an expression of nft, under a name of its own.
    #[track_caller]
    pub(crate) fn of(host: &Host, name: &str, kind: &str) -> Self {
        let chain = format!("inet sent_{name} out");
        done(host.namespace().nft(&format!(
            "add table inet sent_{name}; \
             add chain {chain} {{ type filter hook output priority 0; }}; \
             add rule {chain} {kind} counter"
        )));
        Self { chain }
    }

    /// How many there were of that host's.
    #[track_caller]
    pub(crate) fn count(&self, host: &Host) -> u64 {
        let listed = done(host.namespace().nft(&format!("list chain {}", self.chain)));
        let (_, counted) = listed.split_once("packets ").unwrap();
        counted.split(' ').next().unwrap().parse().unwrap()
    }
}
