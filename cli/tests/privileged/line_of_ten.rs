//! How long a line takes: a benchmark, which prints tables. To run it:
//! `cargo test --release -p tidings --test privileged -- --ignored --nocapture line_of_ten`.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::line::Line;

/// Hosts in the line that starts cold.
const HOSTS: usize = 10;
/// Hops in the longest line that is warm.
const HOPS_MAX: usize = 7;
/// Messages that are timed on each line.
const MESSAGES: usize = 20;

/// The middle one, and the one that a twentieth exceed.
fn middle_and_late(mut all: Vec<u64>) -> (u64, u64) {
    all.sort_unstable();
    (all[all.len() / 2], all[all.len() * 19 / 20])
}

/// Their sum divided by their count: finer than the milliseconds that each is told in.
fn mean(all: &[u64]) -> f64 {
    let sum: u64 = all.iter().sum();
    f64::from(u32::try_from(sum).unwrap()) / f64::from(u32::try_from(all.len()).unwrap())
}

/// Milliseconds from when a message was written to when it came, by the one clock of this machine.
fn way(heard: &Value) -> u64 {
    let time = |field: &str| heard[field].as_u64().unwrap();
    time("received_at").saturating_sub(time("sent_at"))
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap()
}

#[test]
#[ignore = "a benchmark"]
fn tables_of_how_long_a_line_takes() {
    latency_per_hop();
    first_message_from_cold();
}

/// Lines of ever more hops, all nodes warm.
#[expect(clippy::print_stdout, reason = "its table is what it is for")]
fn latency_per_hop() {
    println!("\nmilliseconds, of {MESSAGES} messages, one after the other, all nodes warm");
    println!("hops  one way: mean  for each hop  of one hop    p95   acknowledged: median    p95");
    let mut one_hop = None;
    for hops in 1..=u32::try_from(HOPS_MAX).unwrap() {
        let Some(line) = Line::new(usize::try_from(hops).unwrap() + 1) else {
            return;
        };
        line.ann.tell_far("Ben", "warm");
        let mut acknowledged = Vec::new();
        for number in 0..MESSAGES {
            let start = Instant::now();
            line.ann.tell_far("Ben", &number.to_string());
            acknowledged.push(milliseconds(start.elapsed()));
        }
        let messages = line.ben.json(&["read", "Ann"]);
        let others = messages.iter().filter(|line| line["mine"] == false);
        let ways: Vec<u64> = others.skip(2).map(way).collect();
        assert_eq!(ways.len(), MESSAGES);
        let way = mean(&ways);
        let each = way / f64::from(hops);
        let ratio = each / *one_hop.get_or_insert(way);
        let ((_, late), (both, both_late)) = (middle_and_late(ways), middle_and_late(acknowledged));
        println!(
            "{hops:4}  {way:13.2}  {each:12.2}  {ratio:8.2} x  {late:5}   {both:20}  {both_late:5}"
        );
    }
}

/// All nodes start at once, and a message waits at one end.
#[expect(clippy::print_stdout, reason = "its table is what it is for")]
fn first_message_from_cold() {
    let Some(mut line) = Line::cold(HOSTS) else {
        return;
    };
    line.ann.json(&["send", "Ben", "--offline", "first"]);
    let start = Instant::now();
    line.start();
    let ready = start.elapsed();
    line.ben.hears("Ann", &["hello", "first"]);
    let heard = start.elapsed();
    let messages = line.ann.json(&["read", "Ben"]);
    let first = messages.last().unwrap()["id"].as_str().unwrap().to_owned();
    line.ann.sees("Ben", &first, "delivered");
    let delivered = start.elapsed();
    println!("\nfirst message on a line of {HOSTS}, milliseconds from when the first node starts");
    for (what, span) in [
        ("all nodes are ready", ready),
        ("it is there", heard),
        ("its author knows", delivered),
    ] {
        println!("{what:20} {:7}", milliseconds(span));
    }
}
