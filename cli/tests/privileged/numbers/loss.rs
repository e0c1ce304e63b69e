//! How long a message and its acknowledgement take where a tenth of all frames is lost, each way.

use std::time::Duration;

use super::floor::Echo;
use super::socket::Socket;
use super::table::{Measure, Table};
use super::trials::Trials;
use crate::neighbours::Neighbours;
use crate::person::pair;

/// How many of a hundred frames are lost.
const LOST_PERCENT: u8 = 10;
/// Bytes of a message.
const BYTES: usize = 1_024;
/// Longest wait for one; then it came to nothing.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the messages are to stay below.
const GOAL: Duration = Duration::from_millis(200);

/// Adds so many messages over QUIC, and as many over TCP.
pub(super) fn measure(table: &mut Table, messages: usize) {
    over(table, "QUIC", "udp/0/quic-v1", Some(GOAL), messages);
    over(table, "TCP", "tcp/0", None, messages);
}

/// Two who can connect by this alone write one message after the other.
fn over(table: &mut Table, name: &str, listen: &str, goal: Option<Duration>, messages: usize) {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    let (net, lan) = (&neighbours.net, neighbours.lan);
    let address = net.address(&neighbours.ann, lan);
    for host in [&mut neighbours.ann, &mut neighbours.ben] {
        let listen = format!("/ip4/{}/{listen}", net.address(host, lan));
        host.start_with(&["--no-mdns", "--listen", &listen]);
    }
    pair(&neighbours.ann, &neighbours.ben);
    neighbours.chat("before");
    let echo = Echo::start(&neighbours.ann, &address);
    let mut wire = echo.connect(&neighbours.ben);
    let mut ben = Socket::of(neighbours.ben.ready());
    neighbours.net.loss(lan, LOST_PERCENT);
    let (mut product, mut floor) = (Trials::default(), Trials::default());
    for number in 0..messages {
        let text = format!("{number:-<BYTES$}");
        floor.add(Some(wire.there_and_back(text.as_bytes())));
        product.add(ben.tell("Ann", &text, PATIENCE));
    }
    assert!(neighbours.net.lost(lan) > 0, "no frame was lost");
    let what =
        format!("{BYTES} B over {name}, {LOST_PERCENT} % lost each way: send call to `delivered`");
    table.times(&Measure {
        what: &what,
        floor: Some(("as many bytes there and back over plain TCP", &floor)),
        trials: &product,
        goal,
    });
}
