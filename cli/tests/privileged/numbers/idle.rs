//! What a node sends, hears and computes that has nothing to do, with three contacts on its local network.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::process::processor_seconds;
use super::socket::Socket;
use super::table::{NOTHING, Table, ratio};
use super::watch::are_there;
use crate::host::Host;
use crate::neighbours::Neighbours;
use crate::net::Lan;
use crate::right::done;
use crate::sent::Sent;

/// How long everybody asks more often, having only just come: mDNS twice as seldom each time, until every half minute.
const SETTLES: Duration = Duration::from_secs(60);
const SECONDS_PER_HOUR: f64 = 3_600.0;
/// How much of one processor is to be enough, in percent.
const GOAL_PERCENT: f64 = 0.2;
/// What the traffic is held against.
const FLOOR: &str = "a host there on which nothing runs";
/// mDNS and beacons.
const ANNOUNCEMENTS: &str = "udp dport { 5353, 29735 }";

/// What went through somebody's card.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Traffic {
    packets_sent: f64,
    bytes_sent: f64,
    packets_heard: f64,
    bytes_heard: f64,
}

impl Traffic {
    /// So far.
    #[track_caller]
    fn of(host: &Host, lan: Lan) -> Self {
        let number = lan.number();
        let command = format!("-s -j link show dev lan{number}");
        Self::read(&done(host.namespace().ip(&command)))
    }

    #[track_caller]
    fn read(told: &str) -> Self {
        let told: Value = serde_json::from_str(told).unwrap();
        let count = |way: &str, what: &str| told[0]["stats64"][way][what].as_f64().unwrap();
        Self {
            packets_sent: count("tx", "packets"),
            bytes_sent: count("tx", "bytes"),
            packets_heard: count("rx", "packets"),
            bytes_heard: count("rx", "bytes"),
        }
    }

    /// In an hour, if so much more was all in some seconds.
    fn per_hour(self, before: Self, seconds: f64) -> Self {
        let hourly = |after: f64, before: f64| (after - before) * SECONDS_PER_HOUR / seconds;
        Self {
            packets_sent: hourly(self.packets_sent, before.packets_sent),
            bytes_sent: hourly(self.bytes_sent, before.bytes_sent),
            packets_heard: hourly(self.packets_heard, before.packets_heard),
            bytes_heard: hourly(self.bytes_heard, before.bytes_heard),
        }
    }
}

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
    let look = || (Traffic::of(&ann, lan), Traffic::of(&nobody, lan));
    let (start, before, computed) = (Instant::now(), look(), processor_seconds(node));
    std::thread::sleep(window);
    let (after, computed) = (look(), processor_seconds(node) - computed);
    let announced = announcements.count(&ann);
    let elapsed = start.elapsed().as_secs_f64();

    let product = after.0.per_hour(before.0, elapsed);
    let floor = after.1.per_hour(before.1, elapsed);
    let announced = f64::from(u32::try_from(announced).unwrap()) / elapsed * SECONDS_PER_HOUR;
    traffic(table, elapsed, product, floor, announced);
    processor(table, elapsed, computed);
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

fn processor(table: &mut Table, elapsed: f64, computed: f64) {
    let percent = computed / elapsed * 100.0;
    let hourly = computed / elapsed * SECONDS_PER_HOUR;
    let goal = GOAL_PERCENT / 100.0 * SECONDS_PER_HOUR;
    table.row([
        format!("processor time in an idle hour (by {elapsed:.0} s)"),
        NOTHING.to_owned(),
        format!("{hourly:.1} s ({percent:.3} % of one)"),
        format!("{goal:.1} s ({GOAL_PERCENT} %)"),
        format!("{:.2} of the goal", hourly / goal),
    ]);
}

#[test]
fn what_goes_through_a_card_is_read_both_ways_and_told_by_the_hour() {
    let told = |rx: u32, tx: u32| {
        let way = |count: u32| format!("{{\"bytes\":{},\"packets\":{count}}}", 100 * count);
        let ways = format!("{{\"rx\":{},\"tx\":{}}}", way(rx), way(tx));
        Traffic::read(&format!("[{{\"ifname\":\"lan0\",\"stats64\":{ways}}}]"))
    };
    let hourly = told(30, 12).per_hour(told(10, 2), 36.0);
    let expected = Traffic {
        packets_sent: 1_000.0,
        bytes_sent: 100_000.0,
        packets_heard: 2_000.0,
        bytes_heard: 200_000.0,
    };
    assert_eq!(hourly, expected);
}
