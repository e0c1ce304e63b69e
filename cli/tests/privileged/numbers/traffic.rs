//! The traffic of a host: what goes through its card, both ways.

use serde_json::Value;

use super::table::SECONDS_PER_HOUR;
use crate::host::Host;
use crate::right::done;

/// What went through somebody's card.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Traffic {
    pub(super) packets_sent: f64,
    pub(super) bytes_sent: f64,
    pub(super) packets_heard: f64,
    pub(super) bytes_heard: f64,
}

impl Traffic {
    /// So far, of the card that the host calls so.
    #[track_caller]
    pub(super) fn of(host: &Host, card: &str) -> Self {
        let command = format!("-s -j link show dev {card}");
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
    pub(super) fn per_hour(self, before: Self, seconds: f64) -> Self {
        let hourly = |after: f64, before: f64| (after - before) * SECONDS_PER_HOUR / seconds;
        Self {
            packets_sent: hourly(self.packets_sent, before.packets_sent),
            bytes_sent: hourly(self.bytes_sent, before.bytes_sent),
            packets_heard: hourly(self.packets_heard, before.packets_heard),
            bytes_heard: hourly(self.bytes_heard, before.bytes_heard),
        }
    }
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
