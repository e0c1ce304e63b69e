//! What leaves a host, counted where it leaves.

use crate::host::Host;
use crate::right::done;

/// Packets of one kind that a host sent since this was made.
#[derive(Debug)]
pub(crate) struct Sent<'a> {
    host: &'a Host,
    chain: String,
}

impl<'a> Sent<'a> {
    /// Counts what fits `kind`, an expression of nft, under a name of its own.
    #[track_caller]
    pub(crate) fn of(host: &'a Host, name: &str, kind: &str) -> Self {
        let chain = format!("inet sent_{name} out");
        done(host.namespace().nft(&format!(
            "add table inet sent_{name}; \
             add chain {chain} {{ type filter hook output priority 0; }}; \
             add rule {chain} {kind} counter"
        )));
        Self { host, chain }
    }

    /// How many there were.
    #[track_caller]
    pub(crate) fn count(&self) -> u64 {
        let listed = done(
            self.host
                .namespace()
                .nft(&format!("list chain {}", self.chain)),
        );
        let (_, counted) = listed.split_once("packets ").unwrap();
        counted.split(' ').next().unwrap().parse().unwrap()
    }
}
