//! The full-screen interface on a terminal: the real program, its keys and what its screen shows.
//!
//! ```text
//!   keys ---> pseudoterminal ---> tidings, with Ann's node <--- QUIC on loopback --- Ben's node, here
//!   when <--- vt100 <--- bytes <------+
//! ```

mod ground;
mod terminal;

use std::time::{Duration, Instant};

use tidings_node::{Node, api};
use tidings_protocol::rng::Rng;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet, block_in_place};
use tokio::time::MissedTickBehavior;

use crate::Outcome;
use crate::pair::message;
use crate::process::{memory_mb, processor_seconds};
use crate::search::text;
use crate::table::{Spread, Table, each, ratio, ratio_of, tenths_of_millis};
use ground::Ground;
use terminal::{Terminal, program};

/// Trials of a start, of a conversation that is opened, and of each search.
const STARTS: usize = 20;
const SEARCHES: usize = 20;
/// Keys that are pressed at rest, and while messages arrive; fewer where a small conversation is tried out.
const KEYS: usize = 500;
const MESSAGES_PER_KEY: u32 = 20;
/// Between two of them, in milliseconds: at least, and up to so much more by chance.
const KEY_MILLIS: u64 = 30;
const KEY_MILLIS_MORE: u64 = 20;
/// What a line begins with that nobody else writes, and how many letters follow before it is emptied.
const LINE: &str = "zqx";
const LINE_LETTERS: usize = 40;
/// How messages begin that arrive, how many of them are to a second, how many are sent at once, and how many may be on their way.
const ARRIVING: &str = "arriving";
const RATE: u32 = 1_000;
const AT_ONCE: u32 = 10;
const IN_FLIGHT: usize = 500;
/// Messages that are shown first.
const PAGE: u32 = 50;
/// How long what happened before settles, and how long an interface at rest is watched.
const SETTLE: Duration = Duration::from_secs(5);
const WATCH: Duration = Duration::from_secs(20);
/// Goals.
const KEY_GOAL: Duration = Duration::from_millis(16);
const SEARCH_GOAL: Duration = Duration::from_millis(20);
const IDLE_PERCENT_GOAL: f64 = 0.5;

/// Where a profile says what was open last.
const LAST_OPEN: &str = "last-open";

/// Ctrl-N: the next conversation. Ctrl-F: search. Ctrl-U: empties the line.
const NEXT: &str = "\u{e}";
const SEARCH: &str = "\u{6}";
const EMPTY: &str = "\u{15}";

/// What is searched for: what it shows, and what is typed.
const SOUGHT: [(&str, &str); 3] = [
    ("a word that 1 of 10,000 has", "lighthouse"),
    ("a word that 1 of 10 has", "garden"),
    ("a Korean word of two characters", "우산"),
];

/// All of it, with a conversation of so many messages.
pub(crate) async fn measure(table: &mut Table, messages: u32) -> Outcome<()> {
    program()?;
    let ground = block_in_place(|| Ground::new(messages))?;
    ground.set().await?;
    starts(table, &ground).await?;
    block_in_place(|| searches(table, &ground))?;
    keys(table, &ground).await?;
    at_rest(table, &ground).await
}

/// Ann at her interface, with nothing open: what was open when she left is forgotten.
fn start(ground: &Ground) -> Outcome<Terminal> {
    match std::fs::remove_file(ground.home().join(LAST_OPEN)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Terminal::start(ground.home()),
    }
}

/// Ann, who has opened her conversation with Ben.
fn opened(ground: &Ground) -> Outcome<Terminal> {
    let mut terminal = start(ground)?;
    terminal.shows("Ben")?;
    terminal.keys(NEXT)?;
    terminal.shows(&ground.last)?;
    Ok(terminal)
}

/// From the start of the program to its first screen, and from a key to a conversation.
async fn starts(table: &mut Table, ground: &Ground) -> Outcome<()> {
    let mut trials = [const { Vec::new() }; 4];
    for _ in 0..STARTS {
        let [firsts, ends, commands, pages] = &mut trials;
        let begun = Instant::now();
        if !ground.command(&["id"])?.status().await?.success() {
            return Err("`tidings id` failed".into());
        }
        commands.push(begun.elapsed());
        block_in_place(|| -> Outcome<()> {
            let begun = Instant::now();
            let rows = ground.sqlite.newest(ground.conversation, PAGE)?;
            pages.push(begun.elapsed());
            if rows.is_empty() {
                return Err("there are no messages".into());
            }
            let mut terminal = start(ground)?;
            let shown = terminal.shows("Ben")?;
            firsts.push(shown.duration_since(terminal.started()));
            let pressed = terminal.keys(NEXT)?;
            let shown = terminal.shows(&ground.last)?;
            ends.push(shown.duration_since(pressed));
            terminal.leave()
        })?;
    }
    let [firsts, ends, commands, pages] = trials.map(Spread::new);
    for (what, product, floor_is, floor) in [
        (
            "start of `tidings` to its first screen",
            firsts,
            "`tidings id` from its start to its end",
            commands,
        ),
        (
            "key that opens the conversation to its end on the screen",
            ends,
            "SELECT of a page of it from bare SQLite",
            pages,
        ),
    ] {
        table.row(
            &format!("{what}, {} messages, p50 / max", ground.messages),
            each(&[product.percentile(50), product.max()], |time| {
                tenths_of_millis(*time)
            }),
            format!("{floor_is}: {}", tenths_of_millis(floor.percentile(50))),
            ratio(product.percentile(50), floor.percentile(50)),
        );
    }
    Ok(())
}

/// From the last letter of a query to what it finds, with no conversation open that shows it too. All its
/// letters come at once: each is a search of its own, in place of the one before.
fn searches(table: &mut Table, ground: &Ground) -> Outcome<()> {
    let mut terminal = start(ground)?;
    terminal.shows("Ben")?;
    terminal.keys(SEARCH)?;
    let is_written = |query: &str| (0..ground.messages).any(|number| text(number).contains(query));
    for (what, query) in SOUGHT {
        if !is_written(query) {
            continue;
        }
        let mut trials = Vec::new();
        for _ in 0..SEARCHES {
            std::thread::sleep(Duration::from_millis(KEY_MILLIS));
            terminal.keys(EMPTY)?;
            terminal.until("empty line", |screen| !screen.contains(query))?;
            let pressed = terminal.keys(query)?;
            // In the line that is typed, and in what was found.
            let shown = terminal.until(query, |screen| screen.matches(query).count() > 1)?;
            trials.push(shown.duration_since(pressed));
        }
        let trials = Spread::new(trials);
        table.row(
            &format!(
                "last key of a search of {} messages to what it finds: {what}, p50 / p99",
                ground.messages
            ),
            each(&[trials.percentile(50), trials.percentile(99)], |time| {
                tenths_of_millis(*time)
            }),
            format!("goal {}", tenths_of_millis(SEARCH_GOAL)),
            ratio(trials.percentile(50), SEARCH_GOAL),
        );
    }
    terminal.leave()
}

/// From a key to its letter on the screen: at rest, and while messages arrive in the open conversation.
async fn keys(table: &mut Table, ground: &Ground) -> Outcome<()> {
    let mut terminal = block_in_place(|| opened(ground))?;
    let count = usize::try_from(ground.messages / MESSAGES_PER_KEY)?.min(KEYS);
    let rest = block_in_place(|| typed(&mut terminal, count))?;
    let ben = ground.ben().await?;
    delivered(&ben, "first".to_owned()).await?;
    let before = terminal.bytes();
    let (stop, arrivals) = send(&ben);
    let begun = Instant::now();
    let busy = block_in_place(|| typed(&mut terminal, count))?;
    let took = begun.elapsed();
    let queued = ben.call(api::GetStatus {}).await?.queued;
    let drawn = terminal.bytes().saturating_sub(before);
    stop.send_replace(true);
    let sent = arrivals.await??;
    let arrived = sent.saturating_sub(u32::try_from(queued)?);
    let reached = f64::from(arrived) / took.as_secs_f64();
    let last = Instant::now();
    delivered(&ben, "the last of all".to_owned()).await?;
    let shown = block_in_place(|| terminal.shows("the last of all"))?;
    rows(table, [&rest, &busy], reached);
    table.row(
        "the same: from the sending of one more to that on the screen",
        tenths_of_millis(shown.duration_since(last)),
        format!("{queued} were on their way"),
        "-",
    );
    table.row(
        "the same: bytes a second to the terminal",
        format!(
            "{:.0} kB",
            f64::from(u32::try_from(drawn)?) / took.as_secs_f64() / 1_000.0
        ),
        "-",
        "-",
    );
    ben.shutdown().await?;
    block_in_place(|| terminal.leave())
}

fn rows(table: &mut Table, [rest, busy]: [&Spread; 2], reached: f64) {
    for (what, spread) in [
        ("at rest".to_owned(), rest),
        (
            format!(
                "while {reached:.0} messages a second arrive in the open conversation ({RATE} wanted)"
            ),
            busy,
        ),
    ] {
        let all = [spread.percentile(50), spread.percentile(99), spread.max()];
        table.row(
            &format!("key to its letter on the screen, {what}, p50 / p99 / max"),
            each(&all, |time| tenths_of_millis(*time)),
            format!("goal p99 {}", tenths_of_millis(KEY_GOAL)),
            format!("p99 {}", ratio(spread.percentile(99), KEY_GOAL)),
        );
    }
}

/// Writes letters at a person's pace, never in step with anything; how long each took to be shown.
fn typed(terminal: &mut Terminal, count: usize) -> Outcome<Spread> {
    let mut rng = Rng::from_seed(&[3; 32]);
    let mut line = String::new();
    let mut trials = Vec::new();
    while trials.len() < count {
        let [letter, more] = rng.bytes::<2>();
        if line.len() >= LINE_LETTERS || line.is_empty() {
            line = LINE.to_owned();
            terminal.keys(EMPTY)?;
            terminal.until("empty line", |screen| !screen.contains(LINE))?;
            terminal.keys(LINE)?;
            terminal.shows(LINE)?;
        }
        let wait = KEY_MILLIS + u64::from(more) * KEY_MILLIS_MORE / u64::from(u8::MAX);
        std::thread::sleep(Duration::from_millis(wait));
        let letter = char::from(b'a' + letter % 26);
        line.push(letter);
        let pressed = terminal.keys(letter.encode_utf8(&mut [0; 4]))?;
        let shown = terminal.shows(&line)?;
        trials.push(shown.duration_since(pressed));
    }
    terminal.keys(EMPTY)?;
    Ok(Spread::new(trials))
}

/// Sends messages at the rate until it is told to stop; how many that were.
fn send(ben: &Node) -> (watch::Sender<bool>, JoinHandle<Outcome<u32>>) {
    let (stop, stopped) = watch::channel(false);
    let ben = ben.clone();
    let sending = tokio::spawn(async move {
        let mut pulse = tokio::time::interval(Duration::from_secs(1) * AT_ONCE / RATE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut sends = JoinSet::new();
        let mut sent = 0;
        while !*stopped.borrow() {
            pulse.tick().await;
            for _ in 0..AT_ONCE {
                let ben = ben.clone();
                let text = format!("{ARRIVING} {sent}, as people write it now.");
                sends.spawn(async move { ben.call(message("Ann", text)).await });
                sent += 1;
            }
            while let Some(done) = sends.try_join_next() {
                done??;
            }
            while sends.len() > IN_FLIGHT
                && let Some(done) = sends.join_next().await
            {
                done??;
            }
        }
        while let Some(done) = sends.join_next().await {
            done??;
        }
        Ok(sent)
    });
    (stop, sending)
}

/// Sends a message, and waits until Ann has it.
async fn delivered(ben: &Node, text: String) -> Outcome<()> {
    let sent = ben.call(message("Ann", text)).await?;
    let request = api::AwaitState {
        message: sent.id,
        state: api::MessageState::Delivered,
        timeout: 60_000,
    };
    if !ben.call(request).await?.reached {
        return Err("a message was not delivered in 60 s".into());
    }
    Ok(())
}

/// What an interface takes to which nothing happens: with the node in it, and beside one.
async fn at_rest(table: &mut Table, ground: &Ground) -> Outcome<()> {
    let own = block_in_place(|| watched(ground))?;
    let (daemon, process) = daemon(ground).await?;
    tokio::time::sleep(SETTLE).await;
    let node = block_in_place(|| used(process))?;
    let attached = block_in_place(|| watched(ground))?;
    let stopped = ground.command(&["daemon", "stop"])?.status().await?;
    if !stopped.success() {
        return Err("the node does not stop".into());
    }
    daemon.wait_with_output().await?;
    for (what, (percent, memory)) in [
        ("with the node in it", own),
        ("beside a node that runs", attached),
    ] {
        table.row(
            &format!(
                "processor time of an interface at rest, {what}, over {} s",
                WATCH.as_secs()
            ),
            format!("{percent:.2} %"),
            format!(
                "the node alone: {:.2} %; goal < {IDLE_PERCENT_GOAL} %",
                node.0
            ),
            ratio_of(percent, IDLE_PERCENT_GOAL),
        );
        table.row(
            &format!(
                "memory of an interface with a conversation of {} open, {what} (RSS)",
                ground.messages
            ),
            format!("{memory:.1} MB"),
            format!("the node alone: {:.1} MB", node.1),
            ratio_of(memory, node.1),
        );
    }
    Ok(())
}

/// An interface that has a conversation open and is left alone: processor time in percent, and memory.
fn watched(ground: &Ground) -> Outcome<(f64, f64)> {
    let mut terminal = start(ground)?;
    terminal.shows("Ben")?;
    terminal.keys(NEXT)?;
    terminal.shows(ARRIVING)?;
    std::thread::sleep(SETTLE);
    let used = used(terminal.process()?)?;
    terminal.leave()?;
    Ok(used)
}

/// A node without an interface, and its process.
async fn daemon(ground: &Ground) -> Outcome<(Child, u32)> {
    let mut child = ground.command(&["daemon", "run"])?.spawn()?;
    let output = child.stdout.take().ok_or("the node has no output")?;
    let mut lines = BufReader::new(output).lines();
    lines.next_line().await?.ok_or("the node ended")?;
    let process = child.id().ok_or("the node has ended")?;
    Ok((child, process))
}

/// What a process uses while it is watched: processor time in percent, and memory.
fn used(process: u32) -> Outcome<(f64, f64)> {
    let before = processor_seconds(process)?;
    std::thread::sleep(WATCH);
    let seconds = processor_seconds(process)? - before;
    Ok((seconds / WATCH.as_secs_f64() * 100.0, memory_mb(process)?))
}
