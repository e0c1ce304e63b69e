//! Somebody at home, behind a router that lets others in when it is asked.

use crate::host::eventually;
use crate::internet::Router;
use crate::relayed::{FLAGS, Homes, is_connected};
use crate::right::or_skip;

#[test]
fn whoever_has_a_router_that_maps_ports_is_a_relay_for_two_whose_routers_do_not() {
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
    let Some(outside) = or_skip(internet.connect_behind_mapper(&rita)) else {
        return;
    };
    rita.start_with(FLAGS);
    eventually("Rita's router maps her ports", || {
        let maps = rita.detail("reach").contains("says that it lets others in");
        (maps && internet.mapped().lines().count() == 2).then_some(())
    });
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
