//! A node that goes from network to network in the middle of a burst: to a neighbour's, out on the internet, behind a
//! router that lets nobody in, and to where nothing but a carrier gets.
//!
//! ```text
//!            LAN at home                LAN of the ferry
//!  Ann ------ Ben? ------- the ferry ------- Ben?
//!   |
//!  router --- internet --- Rita, whom both know
//!                |  |
//!             Ben?  router --- Ben?
//! ```

use serde_json::json;

use crate::host::{Host, eventually};
use crate::internet::{Internet, Router};
use crate::neighbours::Neighbours;
use crate::net::{Lan, Net};
use crate::person::{Rpc, request_id};
use crate::relayed::{FLAGS, is_connected};

/// Times that Ben goes somewhere else.
const MOVES: usize = 20;
/// What is said each way before each of them.
const SAID_PER_MOVE: u64 = 5;

/// Where Ben may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// With Ann.
    Home,
    /// With the ferry alone.
    Ferry,
    /// On the internet, at an address that the whole world can use, another each time.
    Internet,
    /// Behind a router that lets nobody meet, another each time.
    Router,
    /// In no network.
    Nowhere,
}

/// How long he stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// Until what was said is handed over to the nodes; nobody may have noticed.
    Moment,
    /// Until he is connected with Ann so, and what they said has come.
    Connected(&'static str),
    /// Until what he said has come to her, who may not know yet that he is gone.
    Heard,
}

/// Where he goes, and how long he stays.
const JOURNEY: [(Place, Stay); MOVES] = [
    (Place::Internet, Stay::Connected("direct")),
    (Place::Nowhere, Stay::Moment),
    (Place::Home, Stay::Moment),
    (Place::Router, Stay::Connected("relayed")),
    (Place::Internet, Stay::Moment),
    (Place::Ferry, Stay::Heard),
    (Place::Router, Stay::Moment),
    (Place::Home, Stay::Connected("lan")),
    (Place::Ferry, Stay::Moment),
    (Place::Home, Stay::Moment),
    (Place::Internet, Stay::Moment),
    (Place::Internet, Stay::Moment),
    (Place::Router, Stay::Heard),
    (Place::Nowhere, Stay::Moment),
    (Place::Ferry, Stay::Moment),
    (Place::Internet, Stay::Heard),
    (Place::Home, Stay::Moment),
    (Place::Router, Stay::Moment),
    (Place::Nowhere, Stay::Moment),
    (Place::Home, Stay::Connected("lan")),
];

/// See the module. All nodes run.
#[derive(Debug)]
struct Roaming {
    ann: Host,
    ben: Host,
    _rita: Host,
    _ferry: Host,
    home: Lan,
    shore: Lan,
    place: Place,
    /// The end of Ben's address at home and at the ferry, another each time.
    last: u8,
    net: Net,
    internet: Internet,
}

impl Roaming {
    /// Ben is at home; `None` if there can be no network.
    fn new() -> Option<Self> {
        let (mut internet, mut net, [mut ann, mut ben]) = Neighbours::parted_with_internet()?;
        let (home, shore) = (net.lan(), net.lan());
        net.connect(&ann, home);
        internet.connect_behind(Router::Symmetric, &ann);
        internet.connect_behind(Router::Symmetric, &ben);
        for host in [&mut ann, &mut ben] {
            host.start();
        }
        let (rita, _) = internet.host(&mut net, "Rita", FLAGS);
        for host in [&ann, &ben] {
            host.meet(&rita);
        }
        let mut ferry = net.host_in(home, "Ferry");
        net.connect(&ferry, shore);
        ferry.start();
        let mut roaming = Self {
            ann,
            ben,
            _rita: rita,
            _ferry: ferry,
            home,
            shore,
            place: Place::Router,
            last: 100,
            net,
            internet,
        };
        roaming.go(Place::Home);
        Some(roaming)
    }

    fn go(&mut self, place: Place) {
        match self.place {
            Place::Home => self.net.disconnect(&self.ben, self.home),
            Place::Ferry => self.net.disconnect(&self.ben, self.shore),
            Place::Internet | Place::Router => self.internet.disconnect(&self.ben),
            Place::Nowhere => {}
        }
        self.place = place;
        match place {
            Place::Home => self.plug_in(self.home),
            Place::Ferry => self.plug_in(self.shore),
            Place::Internet => {
                self.internet.connect(&self.ben);
            }
            Place::Router => self.internet.connect_behind(Router::Symmetric, &self.ben),
            Place::Nowhere => {}
        }
    }

    fn plug_in(&mut self, lan: Lan) {
        self.net.connect(&self.ben, lan);
        self.last += 1;
        self.net.readdress(&self.ben, lan, self.last);
    }

    /// Waits as long as Ben stays.
    #[track_caller]
    fn wait(&self, stay: Stay, said: u64) {
        match stay {
            Stay::Moment => {}
            Stay::Connected(path) => {
                is_connected(&self.ben, "Ann", path);
                has_come(&self.ann, "Ben", said);
                has_come(&self.ben, "Ann", said);
            }
            Stay::Heard => has_come(&self.ann, "Ben", said),
        }
    }
}

/// Waits until the last of so many numbers has come from somebody.
#[track_caller]
fn has_come(host: &Host, from: &str, said: u64) {
    let last = said.saturating_sub(1).to_string();
    eventually(&format!("{last} has come from {from}"), || {
        host.heard(from).contains(&last).then_some(())
    });
}

/// Says the number, as fast as it is stored.
#[track_caller]
fn say(rpc: &mut Rpc, who: &str, number: u64) {
    let params = json!({"request": request_id(number), "who": who, "text": number.to_string()});
    assert!(rpc.ask(number, "send", &params));
    let reply = rpc.reply().unwrap();
    assert!(reply["result"]["id"].is_string(), "{reply}");
}

#[test]
fn whoever_changes_networks_twenty_times_in_a_burst_misses_nothing_and_gets_nothing_twice() {
    let Some(mut roaming) = Roaming::new() else {
        return;
    };
    let (mut ann, mut ben) = (Rpc::start(&roaming.ann), Rpc::start(&roaming.ben));
    let mut said = 0;
    for (place, stay) in JOURNEY {
        for _ in 0..SAID_PER_MOVE {
            say(&mut ann, "Ben", said);
            say(&mut ben, "Ann", said);
            said += 1;
        }
        roaming.go(place);
        roaming.wait(stay, said);
    }
    ann.end();
    ben.end();
    let numbers = (0..said).map(|number| number.to_string());
    let all: Vec<String> = ["hello".to_owned()].into_iter().chain(numbers).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    roaming.ben.hears("Ann", &all);
    roaming.ann.hears("Ben", &all);
}
