//! Two people with nothing but strangers between them, several hops apart.

use crate::line::Line;

/// Hosts in a line.
const HOSTS: usize = 5;
/// Messages that are said at once.
const MESSAGES: usize = 20;

#[test]
fn the_ends_of_a_line_of_five_talk_both_ways() {
    let Some(line) = Line::new(HOSTS) else {
        return;
    };
    let (ann, ben) = (&line.ann, &line.ben);
    ann.tell_far("Ben", "there");
    ben.tell_far("Ann", "and back");
    ann.tell_far("Ben", "and there again");
    assert_eq!(ben.heard("Ann"), ["hello", "there", "and there again"]);
    assert_eq!(ann.heard("Ben"), ["hello", "and back"]);
}

#[test]
fn all_that_is_said_at_once_crosses_a_line_of_five_once_and_in_order() {
    let Some(line) = Line::new(HOSTS) else {
        return;
    };
    let (ann, ben) = (&line.ann, &line.ben);
    let said: Vec<String> = (0..MESSAGES).map(|number| number.to_string()).collect();
    for text in &said {
        ann.send("Ben", text);
        ben.send("Ann", text);
    }
    ann.tell_far("Ben", "the end");
    ben.tell_far("Ann", "the end");
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let said = [&["hello"], &said[..], &["the end"]].concat();
    ben.hears("Ann", &said);
    ann.hears("Ben", &said);
}

#[test]
fn what_arrived_is_kept_by_nobody_in_between() {
    let Some(line) = Line::new(HOSTS) else {
        return;
    };
    line.ann.tell_far("Ben", "there");
    for stranger in &line.middle {
        stranger.carries_nothing();
    }
}

#[test]
fn what_is_said_across_a_parted_line_arrives_once_when_it_is_whole_again() {
    let Some(line) = Line::new(HOSTS) else {
        return;
    };
    let (ann, ben) = (&line.ann, &line.ben);
    ann.tell_far("Ben", "before");
    // Between the second and the third stranger.
    let (broken, cable) = (&line.middle[1], line.lans[2]);
    line.net.port_down(broken, cable);
    let there = ann.send_in_vain("Ben", "waits");
    let back = ben.send_in_vain("Ann", "waits too");
    // It has come as far as it can.
    broken.carries();
    line.middle[2].carries();
    line.net.port_up(broken, cable);
    ben.hears("Ann", &["hello", "before", "waits"]);
    ann.hears("Ben", &["hello", "waits too"]);
    ann.sees("Ben", &there, "delivered");
    ben.sees("Ann", &back, "delivered");
    ann.tell_far("Ben", "after");
    ben.tell_far("Ann", "after");
    assert_eq!(ben.heard("Ann"), ["hello", "before", "waits", "after"]);
    assert_eq!(ann.heard("Ben"), ["hello", "waits too", "after"]);
}
