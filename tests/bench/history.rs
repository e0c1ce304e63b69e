//! What was missed, what one message costs as a conversation grows, and how a difference is found in it.

use std::time::{Duration, Instant};

use tempfile::TempDir;
use tidings_node::{Builder, Mode, Node, api};
use tidings_store::{SearchQuery, SearchWord};
use tokio::task::block_in_place;

use crate::Outcome;
use crate::engines::{Engines, Stored, forty_bytes, message_of};
use crate::pair::{ann_and_ben, message};
use crate::process::{process_time, thread_time};
use crate::sqlite::{Row, Sqlite};
use crate::table::{Spread, Table, each, micros, millis, ratio, ratio_of};

/// How often what is measured as a whole is measured.
const ROUNDS: usize = 3;
/// Messages that are sent at the same time.
const IN_FLIGHT: u32 = 1_000;
/// Trials of one message in each conversation, and those before that do not count.
const TRIALS: u32 = 200;
const WARM_UP: u32 = 20;
/// Messages that a node sends before another node does.
const BLOCK: u32 = 20;
/// How long the threads of a node that was not asked for anything more take to come to rest.
const REST: Duration = Duration::from_millis(300);
/// Goals.
const CATCH_UP_GOAL: Duration = Duration::from_millis(1_200);
const CATCH_UP_BYTES_GOAL: u32 = 2_000_000;
const DIFFERENCE_BYTES_GOAL: u32 = 2_048;
/// A signature and the 40 bytes of a text.
const MESSAGE_BYTES_MIN: u32 = 64 + 40;

/// What finds the text of this number alone.
fn word(number: u32) -> String {
    format!("{number:07}")
}

/// What one round of catching up came to.
#[derive(Debug)]
struct CaughtUp {
    took: Duration,
    floor: Duration,
    bytes: usize,
    commits: usize,
}

/// What is needed for the floor: the rows, and how many of them each commit had.
#[derive(Debug)]
struct Written {
    sqlite: Sqlite,
    rows: Vec<Row>,
    batches: Vec<usize>,
}

impl Written {
    /// The same rows in the same batches.
    fn again(&mut self) -> Outcome<Duration> {
        let start = Instant::now();
        let mut rows = self.rows.as_slice();
        for batch in &self.batches {
            let (first, rest) = rows.split_at_checked(*batch).ok_or("rows are missing")?;
            self.sqlite.insert(first)?;
            rows = rest;
        }
        Ok(start.elapsed())
    }
}

/// Messages that were written while somebody was away, until that person has them and finds them.
pub(crate) async fn catch_up(table: &mut Table, messages: u32) -> Outcome<()> {
    let (rounds, trips, mut written) = block_in_place(|| between_engines(messages))?;
    let mut nodes = Vec::new();
    let mut floors = Vec::new();
    for _ in 0..ROUNDS {
        nodes.push(between_nodes(messages).await?);
        floors.push(block_in_place(|| written.again())?);
    }
    let (nodes, floors) = (Spread::new(nodes), Spread::new(floors));
    let (took, floor) = (nodes.percentile(50), floors.percentile(50));
    let commits = rounds.first().map_or(0, |round| round.commits);
    table.row(
        &format!(
            "{messages} missed messages of 40 B: start of the node to all durable and searchable, \
             median of {ROUNDS} (slowest {})",
            millis(nodes.max())
        ),
        millis(took),
        format!(
            "the same rows in bare SQLite, {commits} commits: {}; goal {}",
            millis(floor),
            millis(CATCH_UP_GOAL)
        ),
        ratio(took, floor),
    );
    let took = Spread::new(rounds.iter().map(|round| round.took).collect());
    let floor = Spread::new(rounds.iter().map(|round| round.floor).collect());
    table.row(
        "the same, two engines and stores in one thread, without a network",
        millis(took.percentile(50)),
        format!("the same floor: {}", millis(floor.percentile(50))),
        ratio(took.percentile(50), floor.percentile(50)),
    );
    let bytes = rounds.first().map_or(0, |round| round.bytes);
    let least = f64::from(messages) * f64::from(MESSAGE_BYTES_MIN);
    table.row(
        "the same: bytes of all frames, both ways",
        format!("{bytes} B"),
        format!("signatures and texts: {least} B; goal {CATCH_UP_BYTES_GOAL} B"),
        ratio_of(f64::from(u32::try_from(bytes)?), least),
    );
    table.row(
        "the same: round trips from the handshake's first frame, if who lacks them dials / is dialled",
        each(&trips, |trips| format!("{trips:.1}")),
        "goal 2",
        each(&trips, |trips| ratio_of(*trips, 2.0)),
    );
    Ok(())
}

/// Catching up with no more than engines and stores; the round trips for both who may dial; and the
/// floor.
fn between_engines(messages: u32) -> Outcome<(Vec<CaughtUp>, [f64; 2], Written)> {
    let (mut engines, [ann, ben]) = Engines::ann_and_ben(0, forty_bytes)?;
    let conversation = engines.conversation([ann, ben])?;
    let mut rounds = Vec::new();
    let mut trips = [0.0; 2];
    let mut last: Option<Written> = None;
    let mut end = 0;
    for round in 0..ROUNDS {
        let start = end;
        end += messages;
        engines.write(ann, conversation, start..end, forty_bytes)?;
        engines.count_anew();
        let is_dialled = round % 2 == 1;
        let [from, to] = if is_dialled { [ann, ben] } else { [ben, ann] };
        let begun = Instant::now();
        engines.connect(from, to)?;
        let stored = engines.stored(ben).to_vec();
        let bytes = engines.frames().iter().sum();
        engines.disconnect(ann, ben)?;
        found(&mut engines, ben, end - 1)?;
        let batches: Vec<usize> = stored.iter().map(|stored| stored.operations).collect();
        let Some(Stored { at, half_trips, .. }) = stored.last().copied() else {
            return Err("nothing was caught up".into());
        };
        let trip = trips.get_mut(usize::from(is_dialled));
        *trip.ok_or("two ways to dial")? = f64::from(u32::try_from(half_trips)?) / 2.0;
        let rows = engines.messages([ben, ann])?.into_iter();
        let rows = rows.skip(usize::try_from(start)?).map(Row::of);
        let mut written = Written {
            sqlite: Sqlite::new()?,
            rows: rows.collect::<Outcome<_>>()?,
            batches,
        };
        rounds.push(CaughtUp {
            took: at.duration_since(begun),
            floor: written.again()?,
            bytes,
            commits: written.batches.len(),
        });
        last = Some(written);
    }
    Ok((rounds, trips, last.ok_or("no round")?))
}

/// Whether a device finds the message of this number.
fn found(engines: &mut Engines, index: usize, number: u32) -> Outcome<()> {
    let query = SearchQuery {
        words: SearchWord::new(&word(number), false).into_iter().collect(),
        author: None,
        conversation: None,
        after: None,
        before: None,
        limit: 2,
    };
    let found = engines.device(index)?.reader().search(&query)?;
    if found.messages.len() != 1 {
        return Err(format!("message {number} was found {} times", found.messages.len()).into());
    }
    Ok(())
}

/// Catching up between two whole nodes, from the start of the second.
async fn between_nodes(messages: u32) -> Outcome<Duration> {
    let (ann, mut ben) = ann_and_ben().await?;
    ben.node.shutdown().await?;
    let last = messages - 1;
    for first in (0..last).step_by(usize::try_from(IN_FLIGHT)?) {
        let numbers = first..first.saturating_add(IN_FLIGHT).min(last);
        let sends: Vec<_> = numbers
            .map(|number| {
                let ann = ann.node.clone();
                tokio::spawn(async move { ann.call(message("Ben", forty_bytes(number))).await })
            })
            .collect();
        for send in sends {
            send.await??;
        }
    }
    ann.node.call(message("Ben", forty_bytes(last))).await?;
    let start = Instant::now();
    ben.reopen().await?;
    // The end of them comes first, so that the last has arrived says little.
    let request = api::Sync {
        who: Some("Ben".into()),
        timeout: 120_000,
    };
    if ann.node.call(request).await?.queued > 0 {
        return Err("the missed messages did not arrive in 120 s".into());
    }
    let request = api::SearchMessages {
        query: word(last),
        ..api::SearchMessages::default()
    };
    let found = ben.node.call(request).await?;
    let took = start.elapsed();
    let unread = ben.node.call(api::ListUnread {}).await?;
    let unread: u64 = unread.iter().map(|conversation| conversation.unread).sum();
    if found.messages.len() != 1 || unread != u64::from(messages) {
        return Err(format!("{unread} of {messages} messages arrived").into());
    }
    ann.node.shutdown().await?;
    ben.node.shutdown().await?;
    Ok(took)
}

/// A conversation of one size, and its like in bare SQLite.
#[derive(Debug)]
struct Grown {
    engines: Engines,
    pair: [usize; 2],
    sqlite: Sqlite,
    row: Row,
    next: u32,
}

/// What one message costs.
#[derive(Debug, Clone, Copy)]
struct Cost {
    time: Duration,
    processor: Duration,
}

impl Grown {
    fn new(messages: u32) -> Outcome<Self> {
        let (mut engines, pair) = Engines::ann_and_ben(messages, forty_bytes)?;
        let rows = engines.messages(pair)?.into_iter().map(Row::of);
        let rows = rows.collect::<Outcome<Vec<_>>>()?;
        let mut sqlite = Sqlite::new()?;
        sqlite.insert(&rows)?;
        engines.connect(pair[0], pair[1])?;
        Ok(Self {
            engines,
            pair,
            sqlite,
            row: rows.into_iter().next().ok_or("no messages")?,
            next: messages,
        })
    }

    /// One message from Ann's command to her knowing that Ben has it; and a row.
    fn trial(&mut self) -> Outcome<(Cost, Duration)> {
        let [ann, ben] = self.pair;
        let conversation = self.engines.conversation([ann, ben])?;
        let command = message_of(conversation, forty_bytes(self.next));
        self.next += 1;
        let (processor, start) = (thread_time()?, Instant::now());
        self.engines.ask(ann, command)?;
        let cost = Cost {
            time: start.elapsed(),
            processor: thread_time()?.saturating_sub(processor),
        };
        let start = Instant::now();
        self.sqlite.insert(std::slice::from_ref(&self.row))?;
        Ok((cost, start.elapsed()))
    }

    fn into_home(self) -> Outcome<TempDir> {
        let homes = self.engines.into_homes().into_iter();
        let mut homes = homes.flatten();
        Ok(homes.next().ok_or("Ann has no profile")?)
    }
}

/// What one message costs in conversations of a hundredth, a tenth and all of so many.
pub(crate) async fn growth(table: &mut Table, largest: u32) -> Outcome<()> {
    let sizes = [largest / 100, largest / 10, largest];
    let homes = block_in_place(|| {
        let grown = sizes.iter().map(|size| Grown::new(*size));
        let mut grown = grown.collect::<Outcome<Vec<_>>>()?;
        in_engines(table, &sizes, &mut grown)?;
        grown
            .into_iter()
            .map(Grown::into_home)
            .collect::<Outcome<Vec<_>>>()
    })?;
    in_nodes(table, &sizes, &homes).await
}

fn in_engines(table: &mut Table, sizes: &[u32], grown: &mut [Grown]) -> Outcome<()> {
    let mut costs = vec![Vec::new(); grown.len()];
    let mut floors = vec![Vec::new(); grown.len()];
    for trial in 0..WARM_UP + TRIALS {
        for (grown, (costs, floors)) in grown.iter_mut().zip(costs.iter_mut().zip(&mut floors)) {
            let (cost, floor) = grown.trial()?;
            if trial >= WARM_UP {
                costs.push(cost);
                floors.push(floor);
            }
        }
    }
    let floors: Vec<Duration> = floors
        .into_iter()
        .map(|all| Spread::new(all).percentile(50))
        .collect();
    let floors = format!(
        "; a row into as much SQLite: {}",
        each(&floors, |floor| micros(*floor))
    );
    let through = "through two engines and stores, both commits and the receipt";
    cost_rows(table, sizes, through, &costs, &floors);
    Ok(())
}

/// What a node spends that sends into such a conversation and builds its documents.
async fn in_nodes(table: &mut Table, sizes: &[u32], homes: &[TempDir]) -> Outcome<()> {
    let mut nodes = Vec::new();
    for home in homes {
        let node = Builder::new(home.path()).mode(Mode::Offline).open().await?;
        send_block(&node).await?;
        nodes.push(node);
    }
    let mut costs = vec![Vec::new(); nodes.len()];
    for _ in 0..TRIALS / BLOCK {
        for (node, costs) in nodes.iter().zip(&mut costs) {
            tokio::time::sleep(REST).await;
            let before = process_time()?;
            let times = send_block(node).await?;
            tokio::time::sleep(REST).await;
            let processor = process_time()?.saturating_sub(before) / BLOCK;
            costs.extend(times.into_iter().map(|time| Cost { time, processor }));
        }
    }
    for node in nodes {
        node.shutdown().await?;
    }
    cost_rows(
        table,
        sizes,
        "sent by a node, which builds its documents",
        &costs,
        "",
    );
    Ok(())
}

/// Sends messages one after another; how long each took.
async fn send_block(node: &Node) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for number in 0..BLOCK {
        let start = Instant::now();
        node.call(message("Ben", forty_bytes(number))).await?;
        times.push(start.elapsed());
    }
    Ok(times)
}

fn cost_rows(table: &mut Table, sizes: &[u32], how: &str, costs: &[Vec<Cost>], floors: &str) {
    let of = |part: fn(&Cost) -> Duration| -> Vec<Duration> {
        let each = costs.iter().map(|costs| costs.iter().map(part).collect());
        each.map(|all| Spread::new(all).percentile(50)).collect()
    };
    let into = each(sizes, ToString::to_string);
    for (what, times, floors) in [
        (
            format!("one message into {into}, {how}, p50"),
            of(|cost| cost.time),
            floors,
        ),
        (
            "the same, processor time".to_owned(),
            of(|cost| cost.processor),
            "",
        ),
    ] {
        let first = times.first().copied().unwrap_or_default();
        table.row(
            &what,
            each(&times, |time| micros(*time)),
            format!("the first of them; goal 2 x{floors}"),
            each(&times, |time| ratio(*time, first)),
        );
    }
}

/// Finding the one message that the other side lacks.
pub(crate) fn difference(table: &mut Table, messages: u32) -> Outcome<()> {
    let (mut engines, [ann, ben]) = Engines::ann_and_ben(messages, forty_bytes)?;
    let conversation = engines.conversation([ann, ben])?;
    engines.count_anew();
    engines.connect(ben, ann)?;
    let same = after_handshake(&engines);
    engines.disconnect(ann, ben)?;
    engines.write(ann, conversation, messages..messages + 1, forty_bytes)?;
    let sent = engines.messages([ann, ben])?;
    let last = sent.iter().map(|signed| Row::of(signed.clone()));
    let last = last
        .collect::<Outcome<Vec<_>>>()?
        .into_iter()
        .max_by_key(Row::order);
    let last = last.ok_or("no messages")?;
    engines.count_anew();
    let start = Instant::now();
    engines.connect(ben, ann)?;
    let stored = engines.stored(ben).last().copied().ok_or("nothing came")?;
    found(&mut engines, ben, messages)?;
    let mut sqlite = Sqlite::new()?;
    let begun = Instant::now();
    sqlite.insert(std::slice::from_ref(&last))?;
    let floor = begun.elapsed();
    let bytes = after_handshake(&engines);
    let all: usize = engines.frames().iter().sum();
    let message_bytes = last.bytes();
    let against = |goal: &str| format!("the message itself: {message_bytes} B{goal}");
    let times = |bytes: usize| -> Outcome<String> {
        let [bytes, floor] = [bytes, message_bytes].map(u32::try_from);
        Ok(ratio_of(f64::from(bytes?), f64::from(floor?)))
    };
    table.row(
        &format!(
            "1 of {messages} messages differs: bytes of all frames after the handshake, both ways"
        ),
        format!("{bytes} B"),
        against(&format!("; goal {DIFFERENCE_BYTES_GOAL} B")),
        times(bytes)?,
    );
    table.row(
        "the same with the handshake",
        format!("{all} B"),
        against(""),
        times(all)?,
    );
    table.row(
        "the same where nothing differs, after the handshake",
        format!("{same} B"),
        against(""),
        times(same)?,
    );
    let took = stored.at.duration_since(start);
    table.row(
        "the same: from the connection to the message's commit, two engines and stores",
        micros(took),
        format!("a row into bare SQLite: {}", micros(floor)),
        ratio(took, floor),
    );
    Ok(())
}

/// Bytes of all frames but the two of the handshake.
fn after_handshake(engines: &Engines) -> usize {
    engines.frames().iter().skip(2).sum()
}
