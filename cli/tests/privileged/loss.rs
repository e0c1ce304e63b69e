//! Networks that lose some of what is sent, each way.

use crate::neighbours::Neighbours;

/// Messages each way.
const MESSAGES: usize = 40;

/// Two people meet and talk where frames are lost, and one of them comes back after a restart.
fn all_arrives(mut neighbours: Neighbours) {
    neighbours.start();
    neighbours.ben.meet(&neighbours.ann);
    let said: Vec<String> = (0..MESSAGES).map(|number| number.to_string()).collect();
    for (number, text) in said.iter().enumerate() {
        neighbours.ann.send("Ben", text);
        neighbours.ben.send("Ann", text);
        if number == MESSAGES / 2 {
            neighbours.ben.kill();
            neighbours.ben.start();
        }
    }
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    neighbours.ben.hears("Ann", &said);
    neighbours.ann.hears("Ben", &said);
    assert!(neighbours.net.lost(neighbours.lan) > 0, "no frame was lost");
}

#[test]
fn all_arrives_once_and_in_order_where_a_tenth_is_lost() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    neighbours.net.loss(neighbours.lan, 10);
    all_arrives(neighbours);
}

#[test]
fn all_arrives_once_and_in_order_where_a_host_loses_three_tenths() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    let Neighbours { ben, lan, net, .. } = &mut neighbours;
    net.host_loss(ben, *lan, 30);
    all_arrives(neighbours);
}
