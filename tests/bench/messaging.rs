//! Messages between two people who are both online.

use std::time::{Duration, Instant};

use tidings_node::{Node, api};

use crate::Outcome;
use crate::floor::{Commit, RoundTrip};
use crate::pair::{ann_and_ben, message};
use crate::table::{Spread, Table, micros, rate, ratio};

/// Trials of each latency, and messages of each burst.
const MESSAGES: u32 = 1_000;
/// Trials before those that count.
const WARM_UP: u32 = 100;

/// From the send call to the recipient's durable commit, and to the receipt.
pub(crate) async fn latency(table: &mut Table) -> Outcome<()> {
    let (ann, ben) = ann_and_ben().await?;
    let (mut floor, mut commit) = (RoundTrip::new().await?, Commit::new()?);
    let (mut arrivals, mut receipts) = (Vec::new(), Vec::new());
    let (mut floors, mut commits) = (Vec::new(), Vec::new());
    let mut cursor = cursor(&ben.node).await?;
    for trial in 0..WARM_UP + MESSAGES {
        let one_floor = floor.trial().await?;
        let one_commit = tokio::task::block_in_place(|| commit.trial())?;
        let waiting = tokio::spawn(next_arrival(ben.node.clone(), cursor));
        // The recipient listens before the message is sent.
        tokio::task::yield_now().await;
        let start = Instant::now();
        let sent = ann
            .node
            .call(message("Ben", format!("message {trial} of the trial")))
            .await?;
        let arrived;
        (cursor, arrived) = waiting.await??;
        let request = api::AwaitState {
            message: sent.id,
            state: api::MessageState::Delivered,
            timeout: 30_000,
        };
        if !ann.node.call(request).await?.reached {
            return Err("a message was not delivered in 30 s".into());
        }
        if trial >= WARM_UP {
            arrivals.push(arrived.duration_since(start));
            receipts.push(start.elapsed());
            floors.push(one_floor);
            commits.push(one_commit);
        }
    }
    let (arrivals, receipts) = (Spread::new(arrivals), Spread::new(receipts));
    let (floors, commits) = (Spread::new(floors), Spread::new(commits));
    let sum = floors.percentile(50) + 2 * commits.percentile(50);
    table.row(
        "F: loopback round trip, p50",
        micros(floors.percentile(50)),
        "-",
        "-",
    );
    table.row(
        "C: commit of our schema, p50",
        micros(commits.percentile(50)),
        "-",
        "-",
    );
    table.row(
        "send call to the recipient's durable commit, p50",
        micros(arrivals.percentile(50)),
        format!("F + 2C = {}; goal 2.5 x", micros(sum)),
        ratio(arrivals.percentile(50), sum),
    );
    table.row(
        "the same, p99",
        micros(arrivals.percentile(99)),
        "goal 10 x p50",
        ratio(arrivals.percentile(99), arrivals.percentile(50)),
    );
    table.row(
        "send call to `delivered`, p50 / p99 / max",
        format!(
            "{} / {} / {}",
            micros(receipts.percentile(50)),
            micros(receipts.percentile(99)),
            micros(receipts.max())
        ),
        "goal: none over 1 s in 1,000",
        format!("{} over 1 s", receipts.over(Duration::from_secs(1))),
    );
    ann.node.shutdown().await?;
    ben.node.shutdown().await?;
    Ok(())
}

/// Many messages: all in flight at once, and one after another.
pub(crate) async fn bursts(table: &mut Table) -> Outcome<()> {
    let (ann, ben) = ann_and_ben().await?;
    let mut commit = Commit::new()?;
    for round in ["first", "second", "third"] {
        let start = Instant::now();
        let from = cursor(&ben.node).await?;
        let sends = (0..MESSAGES).map(|number| {
            let ann = ann.node.clone();
            tokio::spawn(async move { ann.call(message("Ben", format!("burst {number}"))).await })
        });
        let sends: Vec<_> = sends.collect();
        arrived(&ben.node, from, MESSAGES).await?;
        let durable = start.elapsed();
        for send in sends {
            send.await??;
        }
        let floor = tokio::task::block_in_place(|| commit.batch(MESSAGES))?;
        table.row(
            &format!("burst of 1,000 in flight, all durable at the recipient ({round} round)"),
            rate(MESSAGES, durable),
            format!(
                "one commit of 1,000: {}; goal 2,500/s, stretch 6,000/s",
                rate(MESSAGES, floor)
            ),
            ratio(durable, floor),
        );
        let start = Instant::now();
        let from = cursor(&ben.node).await?;
        for number in 0..MESSAGES {
            ann.node
                .call(message("Ben", format!("sequence {number}")))
                .await?;
        }
        arrived(&ben.node, from, MESSAGES).await?;
        let sequence = start.elapsed();
        let floors = (0..MESSAGES).map(|_| commit.trial());
        let floor = tokio::task::block_in_place(|| floors.sum::<Outcome<Duration>>())?;
        table.row(
            &format!("1,000 in sequence, all durable at the recipient ({round} round)"),
            rate(MESSAGES, sequence),
            format!("1,000 commits: {}", rate(MESSAGES, floor)),
            ratio(sequence, floor),
        );
    }
    ann.node.shutdown().await?;
    ben.node.shutdown().await?;
    Ok(())
}

/// Waits for the next message after a place in the arrival log; where it ends then, and when that was.
pub(crate) async fn next_arrival(node: Node, since: String) -> Outcome<(String, Instant)> {
    let request = api::ReadMessages {
        since: Some(since),
        wait: 30_000,
        ..api::ReadMessages::default()
    };
    let page = node.call(request).await?;
    let arrived = Instant::now();
    if page.messages.is_empty() {
        return Err("a message did not arrive in 30 s".into());
    }
    Ok((page.cursor, arrived))
}

/// Where the arrival log ends.
pub(crate) async fn cursor(node: &Node) -> Outcome<String> {
    let request = api::ReadMessages {
        limit: Some(1),
        ..api::ReadMessages::default()
    };
    Ok(node.call(request).await?.cursor)
}

/// Waits until `count` new messages of others are durable.
async fn arrived(node: &Node, mut since: String, count: u32) -> Outcome<()> {
    let mut seen = 0;
    while seen < count {
        let request = api::ReadMessages {
            since: Some(since.clone()),
            wait: 30_000,
            ..api::ReadMessages::default()
        };
        let page = node.call(request).await?;
        if page.messages.is_empty() {
            return Err(format!("only {seen} of {count} messages arrived").into());
        }
        let new = page.messages.iter().filter(|message| !message.mine).count();
        seen += u32::try_from(new)?;
        since = page.cursor;
    }
    Ok(())
}
