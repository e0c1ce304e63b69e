//! What is looked at of how this device gets to others: its node, its addresses, who hears it and whom it hears.

use std::net::IpAddr;
use std::time::Duration;

use tidings_protocol::record::Discovery;

use super::connection::through;
use super::machine::Machine;
use super::{advised, count, ill, well};
use crate::api::Check;
use crate::builder::Mode;
use crate::net::{Nat, Reachability, Router, is_global};
use crate::service::prospects::Prospects;
use crate::words::{counted, lasting};

pub(super) const START: &str = "`tidings daemon run` keeps this profile online; `tidings daemon install` has it \
                     start with your session.";

const LATER: &str = "It tries again by itself: look again in a minute.";

const NO_NETWORK: &str = "Join a network: a node that runs listens there by itself within a minute. Without one, \
                          `tidings bundle export PATH` has messages carried on a stick.";

const QUIET: &str = "If somebody near runs Tidings: use the same Wi-Fi or cable network, no guest network (many keep devices \
                     apart), and let UDP ports 5353 and 29735 through the firewall of both devices.";

const RELAY: &str = "A contact whose device others reach is enough: it lets them reach this one.";

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
    pub(super) fn idle(self) -> Option<String> {
        match (self.runs, self.is_offline) {
            (false, _) => Some(START.to_owned()),
            (true, true) => Some(without(
                "To have it use networks",
                "--mode offline",
                "network.mode auto",
            )),
            (true, false) => None,
        }
    }
}

impl Machine {
    /// Which addresses this device has, by what they are good for.
    pub(super) fn interfaces(&self) -> Check {
        const NAME: &str = "interfaces";
        if self.addresses.is_empty() {
            let detail = "This device has no address: no network interface is up.";
            return ill(NAME, detail, NO_NETWORK);
        }
        let outward = self.addresses.iter().filter(|one| !one.is_loopback());
        let (near, far): (Vec<&IpAddr>, Vec<&IpAddr>) = outward.partition(|one| is_near(one));
        let (global, local): (Vec<&IpAddr>, Vec<&IpAddr>) =
            far.into_iter().partition(|one| is_global(**one));
        if near.is_empty() && global.is_empty() && local.is_empty() {
            let detail =
                "This device has no address but its own loopback, which no other device can reach.";
            return ill(NAME, detail, NO_NETWORK);
        }
        let kinds = [
            ("of its local network", &local),
            ("of the internet", &global),
            ("that only its neighbours can use", &near),
        ];
        let kinds = kinds.into_iter().filter(|(_, all)| !all.is_empty());
        let kinds: Vec<String> = kinds
            .map(|(what, all)| format!("{} {what}: {}", addressed(all.len()), listed(all)))
            .collect();
        let hint = if local.is_empty() && global.is_empty() {
            "Nothing gave this device an address: see that the router is on. Devices in one Wi-Fi or cable network \
             find each other all the same."
        } else {
            ""
        };
        let detail = format!("This device has {}.", kinds.join("; "));
        advised(NAME, detail, hint)
    }

    pub(super) fn listening(&self) -> Check {
        const NAME: &str = "listening";
        let is_nowhere = self.listening.is_empty();
        let place = if is_nowhere {
            "Nowhere".to_owned()
        } else {
            format!("At {}", self.listening.join(", "))
        };
        if self.node.runs
            && let Some(hint) = self.node.idle()
        {
            let detail = "Nowhere: nobody can connect to this device.";
            return ill(NAME, detail, hint);
        }
        let told = self.node.is_told_where && !is_nowhere;
        let lack = self.lack();
        if !told && let Some(lack) = lack {
            return ill(NAME, format!("{place}: {lack}."), NO_NETWORK);
        }
        let missing = self.missing_family().unwrap_or_default();
        if is_nowhere {
            let detail = format!("Nowhere: nobody can connect to this device.{missing}");
            let hint = if self.node.runs { LATER } else { START };
            return ill(NAME, detail, hint);
        }
        let is_closed = self.listening.iter().all(|one| is_of_this_machine(one));
        let hint = match (told && is_closed, lack) {
            (false, _) => String::new(),
            (true, None) => without(
                "Other machines cannot connect to these addresses",
                "--listen",
                "network.listen everywhere",
            ),
            (true, Some(_)) => NO_NETWORK.to_owned(),
        };
        advised(NAME, format!("{place}.{missing}"), hint)
    }

    /// Why nobody can connect to this device, however a node runs.
    fn lack(&self) -> Option<&'static str> {
        if self.addresses.is_empty() {
            Some("this device has no address, as no network interface is up")
        } else if self.addresses.iter().all(IpAddr::is_loopback) {
            Some("this device has no address but its own loopback, which no other device can reach")
        } else {
            None
        }
    }

    /// Which half of the internet this device has no part in, if nobody wanted it so.
    fn missing_family(&self) -> Option<&'static str> {
        let mut outward = self.addresses.iter().filter(|one| !one.is_loopback());
        let has_ipv6 = outward.clone().any(IpAddr::is_ipv6);
        if self.node.is_told_where {
            None
        } else if !has_ipv6 {
            Some(" This device has no IPv6.")
        } else if !outward.any(IpAddr::is_ipv4) {
            Some(" This device has no IPv4.")
        } else {
            None
        }
    }

    /// Whether others reach it from other networks. Most devices are at home, where that takes a relay; so nothing is the
    /// matter if nobody does.
    pub(super) fn reach(&self, prospects: &Prospects) -> Check {
        const NAME: &str = "reach";
        if let Some(hint) = self.node.idle() {
            return advised(NAME, "Nobody reaches it from other networks.", hint);
        }
        if self.node.mode == Mode::Lan {
            let detail = "Nobody reaches it from other networks: it uses local ones alone.";
            let aim = "If contacts elsewhere are to be reached";
            return advised(
                NAME,
                detail,
                without(aim, "--mode lan", "network.mode auto"),
            );
        }
        let Reachability {
            public,
            nat,
            router,
            relays,
            is_relay,
        } = &self.reachability;
        let router = maps(*router);
        let nat = match nat {
            Nat::Unknown => "",
            Nat::None => " Nothing stands between it and other networks.",
            Nat::Cone => " The router in between lets two such devices meet.",
            Nat::Symmetric => {
                " The router in between shows everybody another port, so that two such devices cannot meet without a relay."
            }
        };
        if !public.is_empty() {
            let relay = if *is_relay {
                " It lets others reach each other, too."
            } else {
                ""
            };
            let places = public.join(", ");
            return well(
                NAME,
                format!("Others reach it from other networks, at {places}.{relay}{router}"),
            );
        }
        let detail = if relays.is_empty() {
            format!("Nobody is known to reach it from other networks.{nat}{router}")
        } else {
            let relays: Vec<String> = relays
                .iter()
                .map(|relay| through(&prospects.relay(Some(*relay))))
                .collect();
            let relays = relays.join(" and ");
            format!("Others reach it from other networks {relays}.{nat}{router}")
        };
        advised(NAME, detail, if relays.is_empty() { RELAY } else { "" })
    }

    pub(super) fn discovery(&self) -> Check {
        const NAME: &str = "discovery";
        let is_on = self.discovery != Discovery::Off && !self.node.is_offline;
        if is_on && self.discovery == Discovery::Hidden {
            let detail = "It finds those who announce themselves on the local network, and is hidden itself.";
            let aim = "If others on this network are to find it";
            return advised(
                NAME,
                detail,
                without(aim, "--hidden", "network.discovery on"),
            );
        }
        if is_on {
            return self.lan.check(NAME);
        }
        let hint = self.node.idle().unwrap_or_else(|| {
            let aim = "If others on this network are to be found";
            if self.node.mode == Mode::Internet {
                without(aim, "--mode internet", "network.mode auto")
            } else {
                without(aim, "--no-mdns", "network.discovery on")
            }
        });
        // Somebody may have wanted it so.
        advised(NAME, "It looks for nobody on the local network.", hint)
    }

    pub(super) fn neighbours(&self, prospects: &Prospects) -> Check {
        const NAME: &str = "neighbours";
        let mut peers: Vec<_> = prospects.connections.iter().map(|one| one.peer).collect();
        peers.sort_unstable();
        peers.dedup();
        let comparing = count(prospects.carrying.neighbours.len());
        if !peers.is_empty() {
            let connected = counted(count(peers.len()), "device");
            let detail =
                format!("{connected} connected; what is carried is compared with {comparing}.");
            return well(NAME, detail);
        }
        let hint = if self.node.runs {
            "Join a network where others run Tidings, or carry a stick: `tidings bundle export PATH`."
        } else {
            START
        };
        let has_contacts = prospects.people.iter().any(|one| one.is_contact);
        Check {
            ok: !has_contacts,
            ..ill(NAME, "No device is connected.", hint)
        }
    }
}

impl Lan {
    /// Whether others are heard, of a node that looks for them. Who is alone hears nobody, so nothing is the matter then.
    fn check(&self, name: &str) -> Check {
        const LOOKS: &str = "It looks for others on the local network";
        let (detail, hint) = match self.heard {
            Some(heard) if self.peers > 0 => {
                let devices = counted(count(self.peers), "device");
                let ago = lasting(heard);
                (
                    format!("{LOOKS} and hears {devices}, the last {ago} ago."),
                    "",
                )
            }
            Some(heard) => {
                let ago = lasting(heard);
                let detail = format!("{LOOKS} and hears nobody any more; the last was {ago} ago.");
                (detail, QUIET)
            }
            None if self.listened < HEARING_TIME => {
                let detail = format!("{LOOKS}, has just begun, and has heard nobody yet.");
                (detail, "Look again in a minute.")
            }
            None => {
                let time = lasting(self.listened);
                let detail = format!("{LOOKS} and has heard nobody in the {time} that it runs.");
                (detail, QUIET)
            }
        };
        advised(name, detail, hint)
    }
}

/// Whether a node runs.
pub(super) fn node(node: Node) -> Check {
    const NAME: &str = "node";
    let mailbox = if node.is_mailbox {
        " as a mailbox for others"
    } else {
        ""
    };
    let Some(hint) = node.idle() else {
        let mode = node.mode.as_str();
        return well(NAME, format!("A node runs{mailbox}, in the mode `{mode}`."));
    };
    let detail = if node.runs {
        format!("A node runs{mailbox} and uses no network.")
    } else {
        "No node runs: nothing arrives between two commands.".to_owned()
    };
    ill(NAME, detail, hint)
}

/// To start it without a flag, and with another setting if that is what the profile has; `aim` is what for.
pub(super) fn without(aim: &str, flag: &str, setting: &str) -> String {
    format!("{aim}: run it without `{flag}`; if that is set, `tidings config set {setting}` first.")
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

fn addressed(number: usize) -> String {
    if number == 1 {
        "an address".to_owned()
    } else {
        format!("{number} addresses")
    }
}

fn listed(addresses: &[&IpAddr]) -> String {
    let shown = addresses.iter().take(ADDRESSES_SHOWN_MAX);
    let shown: Vec<String> = shown.map(ToString::to_string).collect();
    match addresses.len().saturating_sub(ADDRESSES_SHOWN_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Whether the router lets others in when it is asked.
fn maps(router: Router) -> String {
    match router {
        Router::Unasked => String::new(),
        Router::Maps => {
            " The router says that it lets others in, at ports which it maps to this device."
                .to_owned()
        }
        Router::Inside(ip) => {
            format!(
                " The router would map ports to this device, but is behind another itself, at {ip}."
            )
        }
        Router::MapsNothing => " The router maps no ports to this device.".to_owned(),
    }
}
