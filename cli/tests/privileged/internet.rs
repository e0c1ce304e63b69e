//! An internet: hosts with addresses that the whole world can use, and homes behind routers that translate theirs.
//!
//! ```text
//!  Rita's namespace     internet's namespace     router's namespace                  Ann's namespace
//!  net 45.0.1.1 ------- port1  bridge  port2 --- net 45.0.2.1 | home 192.168.2.1 --- net 192.168.2.2
//! ```
//!
//! Over IPv6, which some routers have as well, nothing is translated: the bridge is the provider, `2a00:45::ffff`, and
//! gives each home a /48.
//!
//! Invariants
//! - No two hosts are of one /24, so that none is taken for the neighbour of another.
//! - A router drops what it did not expect, without a word: an answer would end what two begin at once.
//! - What is meant for everybody near does not cross it: nobody is found there by discovery.

use crate::host::Host;
use crate::namespace::Namespace;
use crate::net::Net;
use crate::port_mapper::{Language, PortMapper};
use crate::right::done;

/// What a router makes of the ports of those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Router {
    /// The same port for all: each lets in whom it was sent to.
    Cone,
    /// Another port for each whom something is sent to.
    Symmetric,
    /// The same over IPv4; over IPv6 it passes on all that is sent, and only answers to that.
    Filter,
    /// The same, but who is behind it has it let in everybody at a port that they ask for.
    Maps,
}

impl Router {
    const fn rules(self) -> &'static str {
        match self {
            Self::Cone => "masquerade",
            Self::Symmetric | Self::Filter | Self::Maps => "masquerade random",
        }
    }

    const fn has_ipv6(self) -> bool {
        match self {
            Self::Filter => true,
            Self::Cone | Self::Symmetric | Self::Maps => false,
        }
    }
}

/// See the module. What fails once it is made is a fault, and fails the test.
#[derive(Debug)]
pub(crate) struct Internet {
    /// Before the routers that they run in.
    mappers: Vec<PortMapper>,
    namespace: Namespace,
    routers: Vec<Namespace>,
    ports: u8,
}

impl Internet {
    /// Nobody and nothing yet.
    ///
    /// # Errors
    /// What keeps us from making networks and routers.
    pub(crate) fn new() -> Result<Self, String> {
        let namespace = Namespace::new()?;
        namespace.ip("link add bridge type bridge mcast_snooping 0")?;
        namespace.ip("link set bridge up")?;
        namespace.nft(
            "table bridge internet {
                chain forward {
                    type filter hook forward priority 0;
                    ether daddr != ff:ff:ff:ff:ff:ff ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 drop
                }
            }",
        )?;
        let mut internet = Self {
            mappers: Vec::new(),
            namespace,
            routers: Vec::new(),
            ports: 0,
        };
        internet.route(Router::Symmetric)?;
        Ok(internet)
    }

    /// Gives a host an address of its own; which.
    #[track_caller]
    pub(crate) fn connect(&mut self, host: &Host) -> String {
        let number = done(self.plug(host.namespace()));
        format!("45.0.{number}.1")
    }

    /// Somebody with an address of their own, whose node runs with these flags; and the address.
    #[track_caller]
    pub(crate) fn host(&mut self, net: &mut Net, name: &str, flags: &[&str]) -> (Host, String) {
        let mut host = net.host(name);
        let address = self.connect(&host);
        host.start_with(flags);
        (host, address)
    }

    /// Puts a host behind a router of its own.
    #[track_caller]
    pub(crate) fn connect_behind(&mut self, kind: Router, host: &Host) {
        let (number, router) = done(self.route(kind));
        let (router, host) = (&self.routers[router], host.namespace());
        done(settle(number, router, host));
        if kind.has_ipv6() {
            done(settle_over_ipv6(number, router, host));
        }
    }

    /// Puts a host behind a router of its own that maps ports; the router's address outside.
    ///
    /// # Errors
    /// What keeps such a router from running.
    pub(crate) fn connect_behind_mapper(
        &mut self,
        host: &Host,
        language: Language,
    ) -> Result<String, String> {
        let (number, router) = self.route(Router::Maps)?;
        let router = &self.routers[router];
        settle(number, router, host.namespace())?;
        self.mappers.push(PortMapper::new(router, language)?);
        Ok(format!("45.0.{number}.1"))
    }

    /// What the routers that map ports let in at the moment, as they write it.
    #[track_caller]
    pub(crate) fn mapped(&self) -> String {
        self.mappers
            .iter()
            .map(|mapper| done(mapper.mapped()))
            .collect()
    }

    /// Has the routers that map ports not hear what is said to them alone.
    ///
    /// # Errors
    /// What `nft` says.
    pub(crate) fn deafen(&self) -> Result<(), String> {
        self.mappers.iter().try_for_each(PortMapper::deafen)
    }

    /// Takes a host off, wherever it was connected; at home nobody else is behind its router.
    #[track_caller]
    pub(crate) fn disconnect(&self, host: &Host) {
        done(host.namespace().ip("link delete net"));
    }

    /// Plugs in somebody at `45.0.(number of the port).1`; which number that is.
    fn plug(&mut self, namespace: &Namespace) -> Result<u8, String> {
        self.ports += 1;
        let (number, name) = (self.ports, namespace.name());
        self.namespace.ip(&format!(
            "link add port{number} type veth peer name net netns {name}"
        ))?;
        self.namespace
            .ip(&format!("link set port{number} master bridge up"))?;
        namespace.ip("link set net up")?;
        namespace.ip(&format!("address add 45.0.{number}.1/8 dev net"))?;
        Ok(number)
    }

    /// Adds a router; the number of its port, and its place.
    fn route(&mut self, kind: Router) -> Result<(u8, usize), String> {
        let router = Namespace::new()?;
        let number = self.plug(&router)?;
        router.forward()?;
        if kind.has_ipv6() {
            self.provide(number, &router)?;
        }
        let known = "ct state established,related accept; iifname \"home\" accept;";
        let finds = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept;";
        let rules = kind.rules();
        router.nft(&format!(
            "table inet router {{
                chain mapped {{ }}
                chain mapped_in {{ }}
                chain mapped_out {{ }}
                chain in {{ type nat hook prerouting priority dstnat; jump mapped_in; }}
                chain out {{ type nat hook postrouting priority srcnat; jump mapped_out; oifname \"net\" meta nfproto ipv4 {rules}; }}
                chain here {{ type filter hook input priority filter; policy drop; {known} {finds} }}
                chain through {{ type filter hook forward priority filter; policy drop; {known} jump mapped; }}
            }}"
        ))?;
        self.routers.push(router);
        Ok((number, self.routers.len() - 1))
    }

    /// Gives a router IPv6, and a /48 for those behind it.
    fn provide(&self, number: u8, router: &Namespace) -> Result<(), String> {
        let provider = &self.namespace;
        provider.forward()?;
        provider.ip("-6 address replace 2a00:45::ffff/64 dev bridge nodad")?;
        router.ip(&format!(
            "-6 address add 2a00:45::{number:x}/64 dev net nodad"
        ))?;
        router.ip("-6 route add default via 2a00:45::ffff")?;
        provider.ip(&format!(
            "-6 route add 2a00:45:{number:x}::/48 via 2a00:45::{number:x}"
        ))?;
        Ok(())
    }
}

/// Plugs a host into a router, as its only way out.
fn settle(number: u8, router: &Namespace, host: &Namespace) -> Result<(), String> {
    let name = host.name();
    router.ip(&format!(
        "link add home type veth peer name net netns {name}"
    ))?;
    router.ip("link set home up")?;
    router.ip(&format!("address add 192.168.{number}.1/24 dev home"))?;
    host.ip("link set net up")?;
    host.ip(&format!("address add 192.168.{number}.2/24 dev net"))?;
    host.ip(&format!("route add default via 192.168.{number}.1"))?;
    Ok(())
}

/// Gives it an address of the home's /48, too.
fn settle_over_ipv6(number: u8, router: &Namespace, host: &Namespace) -> Result<(), String> {
    router.ip(&format!(
        "-6 address add 2a00:45:{number:x}:1::1/64 dev home nodad"
    ))?;
    host.ip(&format!(
        "-6 address add 2a00:45:{number:x}:1::2/64 dev net nodad"
    ))?;
    host.ip(&format!("-6 route add default via 2a00:45:{number:x}:1::1"))?;
    Ok(())
}
