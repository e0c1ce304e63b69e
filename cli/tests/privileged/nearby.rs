//! What strangers say to whoever is near, over several hops, without a contact among them.

use serde_json::Value;

use crate::host::{Host, eventually};
use crate::net::Net;
use crate::right::or_skip;

/// Waits until this is what was heard under these names, in whatever order.
#[track_caller]
fn hears(host: &Host, command: &[&str], wanted: &[(&str, &str)]) -> Vec<Value> {
    let mut wanted: Vec<_> = wanted.to_vec();
    wanted.sort_unstable();
    eventually(&format!("{wanted:?} is heard"), || {
        let lines = host.json(command);
        let of = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
        let heard = lines
            .iter()
            .map(|line| (of(line, "name"), of(line, "text")));
        let mut heard: Vec<_> = heard.collect();
        heard.sort_unstable();
        let heard: Vec<_> = heard
            .iter()
            .map(|(name, text)| (&**name, &**text))
            .collect();
        (heard == wanted).then_some(lines.clone())
    })
}

#[test]
fn three_strangers_in_a_line_hear_each_other_until_one_turns_it_off() {
    let Some(mut net) = or_skip(Net::new()) else {
        return;
    };
    let lans = [net.lan(), net.lan()];
    let mut hosts = ["Ann", "Ben", "Cat"].map(|name| net.host(name));
    for (host, lan) in [(0, 0), (1, 0), (1, 1), (2, 1)] {
        net.connect(&hosts[host], lans[lan]);
    }
    // What was said before there was anybody comes, too.
    hosts[0].json(&["nearby", "send", "Water at the school"]);
    hosts.iter_mut().for_each(Host::start);
    let water = ("Ann", "Water at the school");
    for host in &hosts {
        hears(host, &["nearby"], &[water]);
    }
    hosts[2].json(&["checkin", "I am safe"]);
    let safe = ("Cat", "I am safe");
    for (number, host) in hosts.iter().enumerate() {
        let lines = hears(host, &["checkin", "list"], &[safe]);
        assert_eq!(lines[0]["mine"], number == 2);
        assert_eq!(lines[0]["verified"], false);
        hears(host, &["nearby"], &[water, safe]);
        assert!(host.json(&["contacts"]).is_empty());
    }
    let plain = hosts[0].run(&["nearby"]).exits(0).out;
    assert!(plain.contains("Cat (unverified, key "), "{plain}");
    // The one in the middle passes nothing on any more, and shows nothing.
    hosts[1].json(&["config", "set", "nearby", "off"]);
    hosts[1].run(&["nearby"]).exits(1);
    hosts[0].json(&["nearby", "send", "to nobody"]);
    assert_eq!(hosts[2].json(&["nearby"]).len(), 2);
    hosts[1].json(&["config", "set", "nearby", "on"]);
    let missed = ("Ann", "to nobody");
    for host in &hosts[1..] {
        hears(host, &["nearby"], &[water, safe, missed]);
    }
}
