//! A line of hosts: each shares a network with its neighbours and nobody else, and only the two at
//! the ends know one another.
//!
//! ```text
//!  Ann ---- 1 ---- 2 ---- 3 ---- Ben
//! ```

use crate::host::Host;
use crate::neighbours::Neighbours;
use crate::net::{Lan, Net};

/// See the module.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) ann: Host,
    /// Strangers, to the ends and to one another, from Ann to Ben.
    pub(crate) middle: Vec<Host>,
    pub(crate) ben: Host,
    /// The networks, from Ann to Ben.
    pub(crate) lans: Vec<Lan>,
    pub(crate) net: Net,
}

impl Line {
    /// A line of so many hosts, on which no node runs; its ends have said `hello` to one another,
    /// somewhere else. `None` if there can be no network.
    #[track_caller]
    pub(crate) fn cold(hosts: usize) -> Option<Self> {
        let Neighbours {
            ann, ben, mut net, ..
        } = Neighbours::parted()?;
        let middle: Vec<Host> = (1..hosts - 1)
            .map(|number| net.host(&format!("Stranger {number}")))
            .collect();
        let lans: Vec<Lan> = (1..hosts).map(|_| net.lan()).collect();
        let all: Vec<&Host> = [&ann].into_iter().chain(&middle).chain([&ben]).collect();
        for (two, lan) in all.windows(2).zip(&lans) {
            net.connect(two[0], *lan);
            net.connect(two[1], *lan);
        }
        Some(Self {
            ann,
            middle,
            ben,
            lans,
            net,
        })
    }

    /// The same, with all nodes running.
    #[track_caller]
    pub(crate) fn new(hosts: usize) -> Option<Self> {
        let mut line = Self::cold(hosts)?;
        line.start();
        Some(line)
    }

    /// Starts all nodes.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        let ends = [&mut self.ann, &mut self.ben];
        for host in ends.into_iter().chain(&mut self.middle) {
            host.start();
        }
    }
}
