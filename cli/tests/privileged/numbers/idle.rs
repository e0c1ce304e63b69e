//! What a node sends, hears and computes that has nothing to do, with three contacts on its local network.

use std::time::{Duration, Instant};

use super::process::processor_seconds;
use super::socket::Socket;
use super::table::{NOTHING, SECONDS_PER_HOUR, Table, ratio};
use super::traffic::Traffic;
use super::watch::are_there;
use crate::neighbours::Neighbours;
use crate::sent::Sent;

/// How long everybody asks more often, having only just come: mDNS twice as seldom each time, until every half minute.
pub(super) const SETTLES: Duration = Duration::from_secs(60);
/// What the traffic is held against.
const FLOOR: &str = "a host there on which nothing runs";
/// mDNS and beacons.
const ANNOUNCEMENTS: &str = "udp dport { 5353, 29735 }";

/// Adds what a node takes in an hour, by what it takes in so many seconds.
pub(super) fn measure(table: &mut Table, seconds: usize) {
    let window = Duration::from_secs(u64::try_from(seconds).unwrap());
    let Some(Neighbours {
        ann,
        ben: _ben,
        lan,
        mut net,
    }) = Neighbours::met()
    else {
        return;
    };
    let mut others = ["Cid", "Dan"].map(|name| net.host_in(lan, name));
    for other in &mut others {
        other.start();
        other.meet(&ann);
    }
    let nobody = net.host_in(lan, "Nobody, on whose host nothing runs");
    are_there(&mut Socket::of(ann.ready()), others.len() + 1);
    std::thread::sleep(SETTLES.min(window));

    let announcements = Sent::of(&ann, "idle", ANNOUNCEMENTS);
    let node = ann.node();
    let card = format!("lan{}", lan.number());
    let look = || [&ann, &nobody].map(|host| Traffic::of(host, &card));
    let (start, before, computed) = (Instant::now(), look(), processor_seconds(node));
    std::thread::sleep(window);
    let (after, computed) = (look(), processor_seconds(node) - computed);
    let announced = announcements.count(&ann);
    let elapsed = start.elapsed().as_secs_f64();

    let [product, floor] = [0, 1].map(|host| after[host].per_hour(before[host], elapsed));
    let announced = f64::from(u32::try_from(announced).unwrap()) / elapsed * SECONDS_PER_HOUR;
    traffic(table, elapsed, product, floor, announced);
    table.processor("in an idle hour", elapsed, computed);
}

fn traffic(table: &mut Table, elapsed: f64, product: Traffic, floor: Traffic, announced: f64) {
    let mut add = |what: String, product: f64, floor: f64| {
        let ratio = ratio(product, floor).map(|ratio| format!("{ratio:.2} of the floor"));
        table.row([
            what,
            format!("{FLOOR}: {floor:.0}"),
            format!("{product:.0}"),
            NOTHING.to_owned(),
            ratio.unwrap_or_else(|| NOTHING.to_owned()),
        ]);
    };
    add(
        format!("packets sent in an idle hour, 3 contacts on the LAN (by {elapsed:.0} s)"),
        product.packets_sent,
        floor.packets_sent,
    );
    add(
        "the same, bytes".to_owned(),
        product.bytes_sent,
        floor.bytes_sent,
    );
    add(
        "the same, packets of mDNS and beacons".to_owned(),
        announced,
        0.0,
    );
    add(
        "packets heard in an idle hour".to_owned(),
        product.packets_heard,
        floor.packets_heard,
    );
    add(
        "the same, bytes".to_owned(),
        product.bytes_heard,
        floor.bytes_heard,
    );
}
