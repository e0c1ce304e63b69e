//! Two people on one local network.

use crate::host::Host;
use crate::internet::Internet;
use crate::net::{Lan, Net};
use crate::right::or_skip;

/// Ann and Ben, each on a host, and the network between them.
#[derive(Debug)]
pub(crate) struct Neighbours {
    pub(crate) ann: Host,
    pub(crate) ben: Host,
    pub(crate) lan: Lan,
    pub(crate) net: Net,
}

impl Neighbours {
    /// Both without a node that runs; `None` if there can be no network.
    #[track_caller]
    pub(crate) fn new() -> Option<Self> {
        let mut net = or_skip(Net::new())?;
        let lan = net.lan();
        Some(Self {
            ann: net.host_in(lan, "Ann"),
            ben: net.host_in(lan, "Ben"),
            lan,
            net,
        })
    }

    /// Both found one another by discovery, and are contacts.
    #[track_caller]
    pub(crate) fn met() -> Option<Self> {
        let mut neighbours = Self::new()?;
        neighbours.start();
        neighbours.ben.meet(&neighbours.ann);
        Some(neighbours)
    }

    /// They met, said `hello` to one another, switched off, and share no network any more.
    #[track_caller]
    pub(crate) fn parted() -> Option<Self> {
        let mut neighbours = Self::met()?;
        neighbours.chat("hello");
        let Self { ann, ben, lan, net } = &mut neighbours;
        for host in [ann, ben] {
            host.stop();
            net.disconnect(host, *lan);
        }
        Some(neighbours)
    }

    /// The same two, Ann and Ben, and an internet that neither is connected to yet.
    #[track_caller]
    pub(crate) fn parted_with_internet() -> Option<(Internet, Net, [Host; 2])> {
        let internet = or_skip(Internet::new())?;
        let Self { ann, ben, net, .. } = Self::parted()?;
        Some((internet, net, [ann, ben]))
    }

    /// They meet, say `before` to one another, switch off, and have other addresses then.
    #[track_caller]
    pub(crate) fn meet_and_move(&mut self) {
        self.start();
        self.ben.meet(&self.ann);
        self.chat("before");
        self.ben.stop();
        self.ann.stop();
        self.readdress();
    }

    /// Gives both other addresses than they had.
    #[track_caller]
    pub(crate) fn readdress(&self) {
        for (host, last) in [(&self.ann, 11), (&self.ben, 12)] {
            self.net.readdress(host, self.lan, last);
        }
    }

    /// Starts both nodes as people do.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        self.ann.start();
        self.ben.start();
    }

    /// Both say something, and it is there.
    #[track_caller]
    pub(crate) fn chat(&self, text: &str) {
        self.ann.tell("Ben", text);
        self.ben.tell("Ann", text);
    }
}
