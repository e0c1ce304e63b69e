//! People on one local network, who find one another without being told where.

use crate::network::{Host, Network};
use crate::person::{Person, pair};
use crate::right::or_skip;

/// Ann and Ben, each on a host, and the network between them; Ben is 10.9.8.2.
struct Neighbours {
    ann: Person,
    ben: Person,
    hosts: [Host; 2],
    _network: Network,
}

impl Neighbours {
    /// Both without a node that runs; `None` if there can be no network.
    fn new() -> Option<Self> {
        let mut network = or_skip(Network::new())?;
        let mut hosts = || Ok([network.host("10.9.8.1")?, network.host("10.9.8.2")?]);
        let hosts = or_skip(hosts())?;
        let mut people = ["Ann", "Ben"].map(|name| Person::new(name));
        for (person, host) in people.iter_mut().zip(&hosts) {
            person.launcher = host.launcher();
        }
        let [ann, ben] = people;
        Some(Self {
            ann,
            ben,
            hosts,
            _network: network,
        })
    }

    /// Starts both nodes.
    fn start(&mut self, flags: &[&str]) {
        for person in [&mut self.ann, &mut self.ben] {
            person.start_with(flags, None);
        }
    }

    /// Both say something, and it is there.
    fn chat(&self, text: &str) {
        self.ann.tell("Ben", text);
        self.ben.tell("Ann", text);
    }
}

#[test]
fn neighbours_who_both_moved_find_one_another_and_get_what_waited() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    neighbours.start(&[]);
    pair(&neighbours.ann, &neighbours.ben);
    neighbours.chat("before");
    neighbours.ben.kill();
    neighbours.ann.json(&["send", "Ben", "waits"]);
    neighbours.ann.kill();
    for (host, address) in neighbours.hosts.iter().zip(["10.9.8.11", "10.9.8.12"]) {
        host.readdress(address).unwrap();
    }
    // On ports that the system chooses anew, so nothing that either remembers is of use.
    neighbours.start(&[]);
    neighbours.ann.json(&["sync", "Ben", "--timeout", "60s"]);
    neighbours.chat("after");
    assert_eq!(neighbours.ben.heard("Ann"), ["before", "waits", "after"]);
    assert_eq!(neighbours.ann.heard("Ben"), ["before", "after"]);
}

#[test]
fn neighbours_who_stayed_where_they_were_need_no_discovery() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    neighbours.ann.start_with(
        &["--no-mdns", "--listen", "/ip4/10.9.8.1/udp/0/quic-v1"],
        None,
    );
    neighbours.ben.start_with(
        &["--no-mdns", "--listen", "/ip4/10.9.8.2/udp/0/quic-v1"],
        None,
    );
    pair(&neighbours.ann, &neighbours.ben);
    neighbours.chat("before");
    neighbours.ben.kill();
    neighbours.ann.json(&["send", "Ben", "waits"]);
    neighbours.ann.kill();
    neighbours.ann.start_there();
    neighbours.ben.start_there();
    neighbours.ann.json(&["sync", "Ben", "--timeout", "60s"]);
    neighbours.chat("after");
    assert_eq!(neighbours.ben.heard("Ann"), ["before", "waits", "after"]);
    assert_eq!(neighbours.ann.heard("Ben"), ["before", "after"]);
}
