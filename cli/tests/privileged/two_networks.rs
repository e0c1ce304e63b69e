//! Somebody in two local networks at once, with a contact in each.

use crate::net::Net;
use crate::right::or_skip;

#[test]
fn a_network_that_goes_and_comes_takes_nothing_from_the_other_and_brings_back_who_is_there() {
    let Some(mut net) = or_skip(Net::new()) else {
        return;
    };
    let (home, work) = (net.lan(), net.lan());
    let (mut ann, mut ben) = (net.host_in(home, "Ann"), net.host_in(home, "Ben"));
    let mut carol = net.host_in(work, "Carol");
    net.connect(&ann, work);
    for host in [&mut ann, &mut ben, &mut carol] {
        host.start();
    }
    ben.meet(&ann);
    carol.meet(&ann);
    for (who, host) in [("Ben", &ben), ("Carol", &carol)] {
        ann.tell(who, "first");
        host.tell("Ann", "first");
    }
    for (gone, away, there) in [(work, "Carol", "Ben"), (home, "Ben", "Carol")] {
        net.disconnect(&ann, gone);
        let waits = ann.send(away, "waits");
        ann.tell_far(there, "goes on");
        net.connect(&ann, gone);
        ann.sees(away, &waits, "delivered");
    }
    for host in [&ben, &carol] {
        host.tell_far("Ann", "last");
    }
    assert_eq!(ben.heard("Ann"), ["first", "goes on", "waits"]);
    assert_eq!(carol.heard("Ann"), ["first", "waits", "goes on"]);
    assert_eq!(ann.heard("Ben"), ["first", "last"]);
    assert_eq!(ann.heard("Carol"), ["first", "last"]);
}
