//! Somebody at home, behind a router that lets others in when it is asked.

use crate::host::{Host, eventually};
use crate::internet::{Internet, Router};
use crate::net::Net;
use crate::port_mapper::Language;
use crate::relayed::{FLAGS, Homes, is_connected};
use crate::right::{done, or_skip};
use crate::sent::Sent;

/// What is sent to all routers of a local network.
const SEARCHES: &str = "ip daddr 239.255.255.250 udp dport 1900";

/// Waits until a host's router maps its ports.
#[track_caller]
fn is_mapped(host: &Host, internet: &Internet) {
    eventually("the router maps the ports", || {
        let maps = host.detail("reach").contains("says that it lets others in");
        (maps && internet.mapped().lines().count() == 2).then_some(())
    });
}

/// Rita, whose router speaks that, is a relay for two whose routers do not map ports.
#[track_caller]
fn is_a_relay(language: Language) {
    let Some(homes) = Homes::new(Router::Symmetric, &[]) else {
        return;
    };
    let Homes {
        mut net,
        mut internet,
        ann,
        ben,
        ..
    } = homes;
    let mut rita = net.host("Rita");
    let Some(outside) = or_skip(internet.connect_behind_mapper(&rita, language)) else {
        return;
    };
    rita.start_with(FLAGS);
    is_mapped(&rita, &internet);
    let before = rita.detail("reach");
    assert!(before.starts_with("Nobody is known"), "{before}");
    for host in [&ann, &ben] {
        host.meet(&rita);
    }
    eventually("Rita is reached, and helps others", || {
        let now = rita.detail("reach");
        let at = format!("at /ip4/{outside}/udp/");
        (now.contains(&at) && now.contains("each other")).then_some(())
    });
    is_connected(&ann, "Ben", "relayed");
    is_connected(&ben, "Ann", "relayed");
    ann.tell_far("Ben", "through Rita's router");
    ben.tell_far("Ann", "through Rita's router");
    assert_eq!(ben.heard("Ann"), ["hello", "through Rita's router"]);
    assert_eq!(ann.heard("Ben"), ["hello", "through Rita's router"]);
    rita.stop();
    assert_eq!(internet.mapped(), "", "she gave her ports back");
}

#[test]
fn whoever_has_a_router_that_maps_ports_is_a_relay_for_two_whose_routers_do_not() {
    is_a_relay(Language::Datagrams);
}

#[test]
fn a_router_that_speaks_upnp_alone_is_as_good() {
    is_a_relay(Language::Upnp);
}

/// Rita alone at home, whose router speaks UPnP; `None` if there can be no network.
fn at_home() -> Option<(Host, Internet)> {
    let mut internet = or_skip(Internet::new())?;
    let rita = or_skip(Net::new())?.host("Rita");
    or_skip(internet.connect_behind_mapper(&rita, Language::Upnp))?;
    Some((rita, internet))
}

#[test]
fn who_is_hidden_asks_the_router_alone_for_ports_and_who_is_not_asks_aloud() {
    let Some((mut rita, internet)) = at_home() else {
        return;
    };
    let searches = Sent::of(&rita, "searches", SEARCHES);
    rita.json(&["config", "set", "network.discovery", "hidden"]);
    rita.start();
    is_mapped(&rita, &internet);
    assert_eq!(searches.count(&rita), 0);
    rita.stop();
    rita.json(&["config", "set", "network.discovery", "on"]);
    rita.start();
    is_mapped(&rita, &internet);
    assert!(searches.count(&rita) > 0);
}

#[test]
fn a_router_that_hears_only_what_is_said_aloud_maps_ports_too() {
    let Some((mut rita, internet)) = at_home() else {
        return;
    };
    done(internet.deafen());
    rita.start();
    is_mapped(&rita, &internet);
}
