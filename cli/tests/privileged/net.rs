//! Hosts and the local networks between them: who is plugged in where, and what is lost there.
//!
//! ```text
//!  Ann's namespace      LAN's namespace       Ben's namespace
//!  lan0 10.77.0.1 ---- port1 bridge port2 ---- lan0 10.77.0.2
//! ```
//!
//! Invariants
//! - No host has a route but to the networks that it is plugged into, and none forwards.
//! - A host's address depends on it and the network alone, unless it is readdressed: one that comes
//!   back is found where it was.

use crate::disk::Disk;
use crate::host::Host;
use crate::namespace::Namespace;
use crate::right::done;
use crate::segment::Segment;

/// A local network of a [`Net`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lan(usize);

impl Lan {
    /// Its number, which is in the names of the cards in it.
    pub(crate) const fn number(self) -> usize {
        self.0
    }
}

/// See the module. What fails once it is made is a fault, and fails the test.
#[derive(Debug)]
pub(crate) struct Net {
    segments: Vec<Segment>,
    hosts: u8,
}

impl Net {
    /// Nobody and nothing yet.
    ///
    /// # Errors
    /// What keeps us from making networks and losing frames in them.
    pub(crate) fn new() -> Result<Self, String> {
        let mut probe = Segment::new(0)?;
        probe.lose(None, 1)?;
        probe.plug(1, &Namespace::new()?)?;
        Ok(Self {
            segments: Vec::new(),
            hosts: 0,
        })
    }

    /// A local network without any host.
    #[track_caller]
    pub(crate) fn lan(&mut self) -> Lan {
        let lan = Lan(self.segments.len());
        let number = u8::try_from(lan.0).unwrap();
        self.segments.push(done(Segment::new(number)));
        lan
    }

    /// Somebody's machine, plugged in nowhere, with a new profile.
    #[track_caller]
    pub(crate) fn host(&mut self, name: &str) -> Host {
        self.host_on(None, name)
    }

    /// Somebody's machine, plugged in nowhere, with a new profile on a disk.
    #[track_caller]
    pub(crate) fn host_on(&mut self, disk: Option<&Disk>, name: &str) -> Host {
        self.hosts += 1;
        Host::new(name, self.hosts, done(Namespace::new()), disk)
    }

    /// Somebody's machine in a network.
    #[track_caller]
    pub(crate) fn host_in(&mut self, lan: Lan, name: &str) -> Host {
        let host = self.host(name);
        self.connect(&host, lan);
        host
    }

    /// Plugs a host into a network; it may be in several.
    #[track_caller]
    pub(crate) fn connect(&self, host: &Host, lan: Lan) {
        done(self.segments[lan.0].plug(host.number(), host.namespace()));
    }

    /// Takes a host out of a network.
    #[track_caller]
    pub(crate) fn disconnect(&mut self, host: &Host, lan: Lan) {
        done(self.segments[lan.0].unplug(host.number()));
    }

    /// Pulls a host's cable; it keeps its address.
    #[track_caller]
    pub(crate) fn port_down(&self, host: &Host, lan: Lan) {
        done(self.segments[lan.0].turn_port(host.number(), false));
    }

    /// Puts the cable back.
    #[track_caller]
    pub(crate) fn port_up(&self, host: &Host, lan: Lan) {
        done(self.segments[lan.0].turn_port(host.number(), true));
    }

    /// Loses so many of a hundred frames in a network, each way.
    #[track_caller]
    pub(crate) fn loss(&mut self, lan: Lan, percent: u8) {
        done(self.segments[lan.0].lose(None, percent));
    }

    /// Loses so many of a hundred frames of those to a host and of those from it.
    #[track_caller]
    pub(crate) fn host_loss(&mut self, host: &Host, lan: Lan, percent: u8) {
        done(self.segments[lan.0].lose(Some(host.number()), percent));
    }

    /// Lets no more through to a host than so many kilobits a second.
    #[track_caller]
    pub(crate) fn narrow(&self, host: &Host, lan: Lan, kilobits: u32) {
        done(self.segments[lan.0].narrow(host.number(), kilobits));
    }

    /// How often something had to wait on its narrow way to a host.
    #[track_caller]
    pub(crate) fn waited(&self, host: &Host, lan: Lan) -> u64 {
        done(self.segments[lan.0].waited(host.number()))
    }

    /// Keeps packets to a UDP port from getting through a network, from now on.
    #[track_caller]
    pub(crate) fn block(&self, lan: Lan, port: u16) {
        done(self.segments[lan.0].block(port));
    }

    /// Packets that were kept from getting through a network.
    #[track_caller]
    pub(crate) fn blocked(&self, lan: Lan) -> u64 {
        done(self.segments[lan.0].blocked())
    }

    /// Frames lost in a network since what is lost there was last changed.
    #[track_caller]
    pub(crate) fn lost(&self, lan: Lan) -> u64 {
        done(self.segments[lan.0].lost())
    }

    /// The IPv4 address of a host that was not readdressed.
    pub(crate) fn address(&self, host: &Host, lan: Lan) -> String {
        self.segments[lan.0].address(host.number())
    }

    /// The IPv4 address there that ends so.
    pub(crate) fn address_ending(&self, lan: Lan, last: u8) -> String {
        self.segments[lan.0].address(last)
    }

    /// Gives a host an address that ends in `last` and that nobody has.
    #[track_caller]
    pub(crate) fn readdress(&self, host: &Host, lan: Lan, last: u8) {
        done(self.segments[lan.0].readdress(last, host.namespace()));
    }
}
