//! What is looked at of how this device gets to others: its node, its addresses, who hears it and whom it hears.

use std::net::IpAddr;
use std::time::Duration;

use tidings_protocol::record::Discovery;

use super::machine::Machine;
use super::subject::Subject;
use super::{advised, count, finding, ill, well};
use crate::api::{Check, Listed, Said, Span};
use crate::builder::Mode;
use crate::net::{Nat, Reachability, Router, is_global};
use crate::service::prospects::Prospects;

/// Addresses of one kind that are named.
pub(super) const ADDRESSES_SHOWN_MAX: usize = 8;
/// Whoever announces themselves does so twice in this time.
pub(super) const HEARING_TIME: Duration = Duration::from_secs(60);

/// Which node looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// Whether it runs on its own account.
    pub(super) runs: bool,
    /// Whether it listens where it was told to, not wherever it can.
    pub(super) is_told_where: bool,
    /// Whether it keeps as much for others as a mailbox.
    pub(super) is_mailbox: bool,
    pub(super) mode: Mode,
    pub(super) is_offline: bool,
}

/// What was heard of others on the local network.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lan {
    /// How many devices announce themselves there.
    pub(super) peers: usize,
    /// How long ago one did last, if one did since the node runs.
    pub(super) heard: Option<Duration>,
    /// How long the node has run.
    pub(super) listened: Duration,
}

impl Node {
    /// What would have it use networks, if it uses none.
    pub(super) fn idle(self) -> Option<Said> {
        match (self.runs, self.is_offline) {
            (false, _) => Some(finding::start_node()),
            (true, true) => Some(
                finding::for_networks()
                    .and(finding::run_without("--mode offline", "network.mode auto")),
            ),
            (true, false) => None,
        }
    }
}

impl Machine {
    /// Which addresses this device has, by what they are good for.
    pub(super) fn interfaces(&self) -> Check {
        const SUBJECT: Subject = Subject::Interfaces;
        if let Some(lack) = self.lack() {
            return ill(SUBJECT, lack, finding::join_network());
        }
        let outward = self.addresses.iter().filter(|one| !one.is_loopback());
        let (near, far): (Vec<&IpAddr>, Vec<&IpAddr>) = outward.partition(|one| is_near(one));
        let (global, local): (Vec<&IpAddr>, Vec<&IpAddr>) =
            far.into_iter().partition(|one| is_global(**one));
        let has_none = local.is_empty() && global.is_empty();
        let kinds = [
            of_kind(&local, finding::addresses_local),
            of_kind(&global, finding::addresses_internet),
            of_kind(&near, finding::addresses_near),
        ];
        let hint = has_none.then(finding::nothing_gave_address);
        advised(SUBJECT, kinds.into_iter().flatten().collect(), hint)
    }

    pub(super) fn listening(&self) -> Check {
        const SUBJECT: Subject = Subject::Listening;
        let is_nowhere = self.listening.is_empty();
        if self.node.runs
            && let Some(hint) = self.node.idle()
        {
            return ill(SUBJECT, finding::listens_nowhere(), hint);
        }
        let at = Listed::of(&self.listening, self.listening.len());
        let place = (!is_nowhere).then(|| finding::listens_at(&at));
        let told = self.node.is_told_where && !is_nowhere;
        let lack = self.lack();
        if !told && let Some(lack) = lack {
            return ill(
                SUBJECT,
                Said::from(place).and(lack),
                finding::join_network(),
            );
        }
        let missing = Said::from(self.missing_family());
        let Some(place) = place else {
            let hint = if self.node.runs {
                finding::look_in_a_minute()
            } else {
                finding::start_node()
            };
            return ill(SUBJECT, finding::listens_nowhere().and(missing), hint);
        };
        let is_closed = self.listening.iter().all(|one| is_of_this_machine(one));
        let hint = match (told && is_closed, lack) {
            (false, _) => None,
            (true, None) => Some(finding::for_others_to_connect().and(finding::run_without(
                "--listen",
                "network.listen everywhere",
            ))),
            (true, Some(_)) => Some(finding::join_network()),
        };
        advised(SUBJECT, place.and(missing), hint)
    }

    /// Why nobody can connect to this device, however a node runs.
    fn lack(&self) -> Option<Said> {
        if self.addresses.is_empty() {
            Some(finding::no_address())
        } else if self.addresses.iter().all(IpAddr::is_loopback) {
            Some(finding::loopback_alone())
        } else {
            None
        }
    }

    /// Which half of the internet this device has no part in, if nobody wanted it so.
    fn missing_family(&self) -> Option<Said> {
        let mut outward = self.addresses.iter().filter(|one| !one.is_loopback());
        let has_ipv6 = outward.clone().any(IpAddr::is_ipv6);
        if self.node.is_told_where {
            None
        } else if !has_ipv6 {
            Some(finding::no_ipv6())
        } else if !outward.any(IpAddr::is_ipv4) {
            Some(finding::no_ipv4())
        } else {
            None
        }
    }

    /// Whether others reach it from other networks. Most devices are at home, where that takes a relay; so nothing is the
    /// matter if nobody does.
    pub(super) fn reach(&self, prospects: &Prospects) -> Check {
        const SUBJECT: Subject = Subject::Reach;
        if let Some(hint) = self.node.idle() {
            return advised(SUBJECT, finding::reached_by_nobody(), hint);
        }
        if self.node.mode == Mode::Lan {
            let hint = finding::for_contacts_elsewhere()
                .and(finding::run_without("--mode lan", "network.mode auto"));
            return advised(SUBJECT, finding::reached_near_alone(), hint);
        }
        let Reachability {
            public,
            nat,
            router,
            relays,
            is_relay,
        } = &self.reachability;
        let router = Said::from(maps(*router));
        if !public.is_empty() {
            let relay = is_relay.then(finding::is_relay);
            let at = finding::reached_at(&Listed::of(public, public.len()));
            return well(SUBJECT, at.and(relay.into()).and(router));
        }
        let nat = Said::from(stands_between(*nat));
        let through = relays.iter().map(|relay| {
            let relay = prospects.relay(Some(*relay));
            let name = relay.name.as_deref();
            name.map_or_else(finding::reached_through_somebody, finding::reached_through)
        });
        if relays.is_empty() {
            let found = finding::reached_by_nobody_known().and(nat).and(router);
            return advised(SUBJECT, found, finding::contact_lets_reach());
        }
        well(SUBJECT, through.collect::<Said>().and(nat).and(router))
    }

    pub(super) fn discovery(&self) -> Check {
        const SUBJECT: Subject = Subject::Discovery;
        let is_on = self.discovery != Discovery::Off && !self.node.is_offline;
        if is_on && self.discovery == Discovery::Hidden {
            let hint = finding::for_others_to_find_it()
                .and(finding::run_without("--hidden", "network.discovery on"));
            return advised(SUBJECT, finding::hidden(), hint);
        }
        if is_on {
            return self.lan.check(SUBJECT);
        }
        let hint = self.node.idle().unwrap_or_else(|| {
            finding::for_finding_others().and(if self.node.mode == Mode::Internet {
                finding::run_without("--mode internet", "network.mode auto")
            } else {
                finding::run_without("--no-mdns", "network.discovery on")
            })
        });
        // Somebody may have wanted it so.
        advised(SUBJECT, finding::looks_for_nobody(), hint)
    }

    pub(super) fn neighbours(&self, prospects: &Prospects) -> Check {
        const SUBJECT: Subject = Subject::Neighbours;
        let mut peers: Vec<_> = prospects.connections.iter().map(|one| one.peer).collect();
        peers.sort_unstable();
        peers.dedup();
        let comparing = count(prospects.carrying.neighbours.len());
        if !peers.is_empty() {
            let found = finding::neighbours(count(peers.len()), comparing);
            return well(SUBJECT, found);
        }
        let hint = if self.node.runs {
            finding::join_others()
        } else {
            finding::start_node()
        };
        let has_contacts = prospects.people.iter().any(|one| one.is_contact);
        Check {
            ok: !has_contacts,
            ..ill(SUBJECT, finding::no_neighbour(), hint)
        }
    }
}

impl Lan {
    /// Whether others are heard, of a node that looks for them. Who is alone hears nobody, so nothing is the matter then.
    fn check(&self, subject: Subject) -> Check {
        let (found, hint) = match self.heard {
            Some(heard) if self.peers > 0 => {
                return well(subject, finding::hears(count(self.peers), Span(heard)));
            }
            Some(heard) => (
                finding::hears_no_more(Span(heard)),
                finding::use_one_network(),
            ),
            None if self.listened < HEARING_TIME => {
                (finding::begins_to_hear(), finding::look_again())
            }
            None => (
                finding::hears_nobody(Span(self.listened)),
                finding::use_one_network(),
            ),
        };
        advised(subject, found, hint)
    }
}

/// Whether a node runs.
pub(super) fn node(node: Node) -> Check {
    const SUBJECT: Subject = Subject::Node;
    let Some(hint) = node.idle() else {
        let mode = node.mode.as_str();
        return well(
            SUBJECT,
            if node.is_mailbox {
                finding::node_runs_as_mailbox(mode)
            } else {
                finding::node_runs(mode)
            },
        );
    };
    let found = match (node.runs, node.is_mailbox) {
        (true, true) => finding::node_idle_as_mailbox(),
        (true, false) => finding::node_idle(),
        (false, _) => finding::no_node(),
    };
    ill(SUBJECT, found, hint)
}

/// Whether nobody but this machine can connect there.
fn is_of_this_machine(address: &str) -> bool {
    address.starts_with("/ip4/127.") || address.starts_with("/ip6/::1/")
}

/// Whether it is an address that is made without anybody's help, for neighbours.
fn is_near(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

/// What is said of addresses of one kind, if there are any.
fn of_kind(addresses: &[&IpAddr], said: fn(u64, &Listed) -> Said) -> Option<Said> {
    let named = Listed::of(addresses, ADDRESSES_SHOWN_MAX);
    (!addresses.is_empty()).then(|| said(count(addresses.len()), &named))
}

/// What stands between it and other networks, if that is known.
fn stands_between(nat: Nat) -> Option<Said> {
    match nat {
        Nat::Unknown => None,
        Nat::None => Some(finding::nothing_between()),
        Nat::Cone => Some(finding::router_lets_meet()),
        Nat::Symmetric => Some(finding::router_keeps_apart()),
    }
}

/// Whether the router lets others in when it is asked.
fn maps(router: Router) -> Option<Said> {
    match router {
        Router::Unasked => None,
        Router::Maps => Some(finding::router_maps()),
        Router::Inside(ip) => Some(finding::router_inside(&ip.to_string())),
        Router::MapsNothing => Some(finding::router_maps_nothing()),
    }
}
