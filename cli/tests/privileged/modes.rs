//! Nodes that use some networks and leave others alone.

use crate::host::Host;
use crate::internet::Internet;
use crate::neighbours::Neighbours;
use crate::net::Net;
use crate::right::or_skip;
use crate::sent::Sent;

/// Ann, her neighbour Ben, and Rita, whom she knows over the internet. All nodes run.
#[derive(Debug)]
struct Three {
    ann: Host,
    ben: Host,
    rita: Host,
    /// Gone with the last of them.
    _net: Net,
    _internet: Internet,
}

impl Three {
    /// `None` if there can be no network.
    #[track_caller]
    fn met() -> Option<Self> {
        let mut internet = or_skip(Internet::new())?;
        let Neighbours {
            mut ann,
            mut ben,
            mut net,
            ..
        } = Neighbours::new()?;
        let mut rita = net.host("Rita");
        for host in [&ann, &rita] {
            internet.connect(host);
        }
        for host in [&mut ann, &mut ben, &mut rita] {
            host.start();
        }
        ben.meet(&ann);
        ann.meet(&rita);
        Some(Self {
            ann,
            ben,
            rita,
            _net: net,
            _internet: internet,
        })
    }
}

/// Sends a text that does not arrive, whoever else takes it along.
#[track_caller]
fn tell_in_vain(host: &Host, who: &str, text: &str) {
    let arguments = ["send", who, "--wait", "delivered"];
    let arguments = [&arguments[..], &["--timeout", "3s", "--", text]].concat();
    host.run(&arguments).exits(5);
}

#[test]
fn in_the_mode_lan_nothing_goes_to_the_internet_and_nobody_comes_from_there() {
    let Some(mut three) = Three::met() else {
        return;
    };
    let Three { ann, ben, rita, .. } = &mut three;
    rita.tell("Ann", "before");
    ann.stop();
    ann.json(&["config", "set", "network.mode", "lan"]);
    ann.start();
    assert_eq!(ann.json(&["status"])[0]["mode"], "lan");
    let sent = Sent::of(ann, "far", "ip daddr 45.0.0.0/8 ct state new");
    tell_in_vain(ann, "Rita", "waits");
    tell_in_vain(rita, "Ann", "waits too");
    ann.tell("Ben", "near");
    ben.tell("Ann", "near too");
    assert_eq!(ann.heard("Rita"), ["before"]);
    ann.stop();
    // A command that opens the profile by itself goes nowhere else, either. What waits may be promised by Ben.
    let synced = ann.run(&["sync", "Rita", "--timeout", "3s"]);
    assert!(synced.out.starts_with("Reached 0 of 1"), "{synced:?}");
    assert_eq!(sent.count(ann), 0);
    ann.start_with(&["--mode", "auto"]);
    rita.hears("Ann", &["waits"]);
    ann.hears("Rita", &["before", "waits too"]);
}

#[test]
fn in_the_mode_internet_nobody_who_is_near_is_dialled_told_or_let_in() {
    let Some(mut three) = Three::met() else {
        return;
    };
    let Three { ann, ben, rita, .. } = &mut three;
    ben.tell("Ann", "before");
    ann.stop();
    let near = "oifname \"lan0\" ct state new meta l4proto { tcp, udp }";
    let sent = Sent::of(ann, "near", near);
    ann.start_with(&["--mode", "internet"]);
    tell_in_vain(ann, "Ben", "waits");
    tell_in_vain(ben, "Ann", "waits too");
    ann.tell("Rita", "far");
    rita.tell("Ann", "far too");
    assert_eq!(ann.heard("Ben"), ["before"]);
    assert_eq!(sent.count(ann), 0);
    ann.stop();
    ann.start();
    ben.hears("Ann", &["waits"]);
    ann.hears("Ben", &["before", "waits too"]);
    assert!(
        sent.count(ann) > 0,
        "what counts what is sent counts something"
    );
}
