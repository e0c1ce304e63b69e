//! Screen: what of the addresses that strangers name is dialled, kept or passed on.
//!
//! ```text
//!                         of one network,    of networks    others      a person
//!                         or this machine    we are in                  named it
//!   kept, passed on                                x           x
//!   dialled, looked for                                        x       if in scope
//! ```
//!
//! Invariants
//! - Nobody has us dial, or tell others, what is of use in one network or on one machine alone. Where we are told to
//!   listen on this machine alone, as in tests, the table is of this machine, too.
//! - Nobody has us dial, by the table, what is in a network that we are in: who is there is found by discovery.
//! - What the networks that we use leave out is dialled for nobody, whoever named it.
//! - Of a node few addresses pass, of an answer few nodes.

use libp2p::kad::KadPeer;
use libp2p::{Multiaddr, PeerId};

use crate::net::address;
use crate::net::crowd::Block;
use crate::net::scope::{Networks, Scope};

/// Addresses of one node, and of one whom somebody looks for.
pub(super) const ADDRESSES_PER_NODE_MAX: usize = 4;
/// Nodes that one answer names.
pub(super) const NODES_PER_ANSWER_MAX: usize = 20;

/// See the module.
#[derive(Debug, Default)]
pub(in crate::net) struct Screen {
    /// Whether we are told to listen on this machine alone.
    is_of_this_machine: bool,
    /// The networks that we use, and those that we are in.
    scope: Scope,
}

impl Screen {
    pub(in crate::net) fn new(is_of_this_machine: bool, networks: Networks) -> Self {
        Self {
            is_of_this_machine,
            scope: Scope::new(networks),
        }
    }

    /// We are in these local networks and no others.
    pub(super) fn move_to(&mut self, subnets: Vec<Block>) {
        self.scope.move_to(subnets);
    }

    /// Where a node of the table is, without its name; nothing if others are not to be told.
    pub(super) fn node(&self, address: &Multiaddr) -> Option<Multiaddr> {
        self.place(address)
            .filter(|address| !address::is_circuit(address))
    }

    /// Where we dial a node of the table; nothing if we do not.
    pub(super) fn dialled(&self, address: &Multiaddr) -> Option<Multiaddr> {
        self.node(address).filter(|address| self.is_far(address))
    }

    /// Whether a node is dialled where a person says that it is.
    pub(super) fn dials_named(&self, address: &Multiaddr) -> bool {
        self.scope.admits(address)
    }

    /// Where somebody is whom others look for: through a relay, too.
    pub(super) fn place(&self, address: &Multiaddr) -> Option<Multiaddr> {
        let address = address::target(address.clone())?.address;
        let is_public = match address::ip(&address) {
            Some(ip) if address::is_global(ip) => true,
            Some(ip) => self.is_of_this_machine && ip.to_canonical().is_loopback(),
            // Within this process.
            None => self.is_of_this_machine,
        };
        is_public.then_some(address)
    }

    /// Few of these places, each once.
    pub(super) fn places<'a>(
        &self,
        addresses: impl IntoIterator<Item = &'a Multiaddr>,
    ) -> Vec<Multiaddr> {
        let places = addresses.into_iter().filter_map(|one| self.place(one));
        address::few(places, ADDRESSES_PER_NODE_MAX)
    }

    /// Few of the places where somebody is said to be whom we look for, each once.
    pub(super) fn sought(&self, addresses: &[Multiaddr]) -> Vec<Multiaddr> {
        let places = addresses.iter().filter_map(|one| self.place(one));
        let far = places.filter(|place| self.is_far(place));
        address::few(far, ADDRESSES_PER_NODE_MAX)
    }

    /// Few of these nodes, each where it may be dialled by somebody.
    pub(super) fn nodes(&self, nodes: Vec<KadPeer>) -> Vec<KadPeer> {
        let screened = nodes.into_iter().filter_map(|mut node| {
            address::transport_id(&node.node_id)?;
            let addresses = node.multiaddrs.iter();
            let addresses = addresses.filter_map(|address| self.node(address));
            node.multiaddrs = address::few(addresses, ADDRESSES_PER_NODE_MAX);
            (!node.multiaddrs.is_empty()).then_some(node)
        });
        screened.take(NODES_PER_ANSWER_MAX).collect()
    }

    /// Whether we may go where a stranger says: not into the networks that we are in.
    fn is_far(&self, address: &Multiaddr) -> bool {
        self.scope.admits(address) && !self.scope.is_global_in_home_network(address)
    }
}

/// An address that a person gave, or we kept: whose, and where.
pub(in crate::net) fn named(text: &str) -> Option<(PeerId, Multiaddr)> {
    let target = address::parse(text)?;
    let peer = target.peer?;
    address::transport_id(&peer)?;
    (!address::is_circuit(&target.address)).then_some((peer, target.address))
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;
    use libp2p::kad::ConnectionType;

    use super::*;

    fn peer(number: u8) -> PeerId {
        let key = Keypair::ed25519_from_bytes([number; 32]).unwrap();
        key.public().to_peer_id()
    }

    fn of(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    fn node(number: u8, addresses: Vec<Multiaddr>) -> KadPeer {
        KadPeer {
            node_id: peer(number),
            multiaddrs: addresses,
            connection_ty: ConnectionType::NotConnected,
        }
    }

    const PUBLIC: &str = "/ip4/45.0.0.1/udp/4001/quic-v1";

    #[test]
    fn what_is_of_use_in_one_network_alone_passes_nowhere() {
        let screen = Screen::default();
        for text in [
            "/ip4/127.0.0.1/tcp/80",
            "/ip4/10.0.0.1/tcp/80",
            "/ip4/169.254.169.254/tcp/80",
            "/ip4/192.168.1.1/udp/4001/quic-v1",
            "/ip4/100.64.0.1/tcp/80",
            "/ip6/::1/tcp/80",
            "/ip6/fe80::1/tcp/80",
            "/ip6/fd00::1/tcp/80",
            "/ip6/::ffff:10.0.0.1/tcp/80",
            "/memory/3",
            "/dns4/example.org/tcp/80",
            "/ip4/45.0.0.1/udp/53",
        ] {
            assert_eq!(screen.node(&of(text)), None, "{text}");
            assert_eq!(screen.place(&of(text)), None, "{text}");
        }
        assert_eq!(screen.node(&of(PUBLIC)), Some(of(PUBLIC)));
        let inside = of("/ip4/10.0.0.1/tcp/1");
        assert_eq!(screen.nodes(vec![node(1, vec![inside])]), []);
    }

    #[test]
    fn a_circuit_is_a_place_of_somebody_and_none_of_a_node() {
        let circuit = of(&format!("{PUBLIC}/p2p/{}/p2p-circuit", peer(9)));
        let named = circuit.clone().with_p2p(peer(1)).unwrap();
        let screen = Screen::default();
        assert_eq!(screen.place(&named), Some(circuit));
        assert_eq!(screen.node(&named), None);
        let inside = of(&format!("/ip4/10.0.0.1/tcp/1/p2p/{}/p2p-circuit", peer(9)));
        assert_eq!(screen.place(&inside), None);
    }

    #[test]
    fn where_all_is_of_this_machine_so_is_the_table() {
        let screen = Screen::new(true, Networks::All);
        for text in ["/ip4/127.0.0.1/tcp/80", "/memory/3", PUBLIC] {
            assert_eq!(screen.node(&of(text)), Some(of(text)));
        }
        assert_eq!(screen.node(&of("/ip4/10.0.0.1/tcp/80")), None);
    }

    #[test]
    fn what_is_in_a_network_that_we_are_in_is_told_to_others_and_not_dialled() {
        let mut screen = Screen::default();
        screen.move_to(vec![
            Block::new("2620:fe:0:1::1".parse().unwrap(), 64),
            Block::new("45.0.0.7".parse().unwrap(), 24),
        ]);
        let relay = peer(9);
        for text in ["/ip6/2620:fe:0:1::9/tcp/80", PUBLIC] {
            assert_eq!(screen.node(&of(text)), Some(of(text)));
            assert_eq!(screen.dialled(&of(text)), None, "{text}");
            assert!(screen.sought(&[of(text)]).is_empty());
            let circuit = of(&format!("{text}/p2p/{relay}/p2p-circuit"));
            assert!(screen.sought(&[circuit]).is_empty());
            assert!(screen.dials_named(&of(text)), "a person may");
        }
        for text in ["/ip6/2620:fe:0:2::9/tcp/80", "/ip4/45.0.1.1/tcp/80"] {
            assert_eq!(screen.dialled(&of(text)), Some(of(text)));
            assert_eq!(screen.sought(&[of(text)]), [of(text)]);
        }
        let mut here = Screen::new(true, Networks::All);
        here.move_to(vec![Block::whole("::1".parse().unwrap())]);
        assert!(here.dialled(&of("/ip6/::1/tcp/80")).is_some());
    }

    #[test]
    fn what_the_networks_that_we_use_leave_out_is_dialled_for_nobody_who_names_it() {
        let (public, inside) = (of(PUBLIC), of("/ip4/192.168.1.1/tcp/80"));
        for (networks, may_public, may_inside) in [
            (Networks::All, true, true),
            (Networks::Internet, true, false),
            (Networks::Local, false, true),
        ] {
            let screen = Screen::new(false, networks);
            assert_eq!(screen.dials_named(&public), may_public, "{networks:?}");
            assert_eq!(screen.dials_named(&inside), may_inside, "{networks:?}");
            assert_eq!(screen.dialled(&public).is_some(), may_public);
        }
    }

    #[test]
    fn as_many_addresses_of_a_node_pass_as_may_be_and_not_one_more() {
        let screen = Screen::default();
        for count in [ADDRESSES_PER_NODE_MAX, ADDRESSES_PER_NODE_MAX + 1] {
            let addresses: Vec<_> = (1..=count)
                .map(|port| of(&format!("/ip4/45.0.0.1/tcp/{port}")))
                .collect();
            let twice: Vec<_> = [addresses.clone(), addresses].concat();
            assert_eq!(screen.places(&twice).len(), ADDRESSES_PER_NODE_MAX);
            let passed = screen.nodes(vec![node(1, twice)]);
            assert_eq!(passed[0].multiaddrs.len(), ADDRESSES_PER_NODE_MAX);
        }
    }

    #[test]
    fn as_many_nodes_of_an_answer_pass_as_may_be_and_not_one_more() {
        let screen = Screen::default();
        for count in [NODES_PER_ANSWER_MAX, NODES_PER_ANSWER_MAX + 1] {
            let count = u8::try_from(count).unwrap();
            let nodes = (1..=count).map(|number| node(number, vec![of(PUBLIC)]));
            assert_eq!(screen.nodes(nodes.collect()).len(), NODES_PER_ANSWER_MAX);
        }
    }

    #[test]
    fn who_has_no_key_of_ours_is_no_node() {
        let mut stranger = node(1, vec![of(PUBLIC)]);
        stranger.node_id = PeerId::random();
        assert_eq!(Screen::default().nodes(vec![stranger]), []);
    }

    #[test]
    fn what_a_person_names_has_a_name_at_its_end() {
        let text = format!("{PUBLIC}/p2p/{}", peer(1));
        assert_eq!(named(&text), Some((peer(1), of(PUBLIC))));
        let random = format!("{PUBLIC}/p2p/{}", PeerId::random());
        let circuit = format!("{PUBLIC}/p2p/{}/p2p-circuit/p2p/{}", peer(1), peer(2));
        for text in [PUBLIC, "", "nonsense", &random, &circuit] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
