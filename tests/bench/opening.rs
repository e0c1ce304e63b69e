//! Opening a large conversation: until its first page is there, until it can be written to, and what it
//! takes of memory.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tidings_node::{Builder, Mode, Node, api};
use tidings_protocol::id::ConversationId;
use tokio::process::Command;
use tokio::task::block_in_place;

use crate::Outcome;
use crate::engines::{Engines, forty_bytes};
use crate::pair::{loopback, message};
use crate::process::memory_mb;
use crate::sqlite::{Row, Sqlite};
use crate::table::{Spread, Table, micros, ratio, ratio_of};

/// Messages on a first page.
const PAGE: u32 = 50;
/// Messages of the conversation that is opened first, so that the code is in memory by then.
const SMALL: u32 = 200;
/// Trials of a page in a node that runs, and of the start of a node.
const PAGES: u32 = 200;
const STARTS: u32 = 20;
/// Goals.
const WRITABLE_GOAL: Duration = Duration::from_millis(50);
const MEMORY_GOAL_MB: f64 = 8.0;

/// Ann's profile with a large conversation, with Ben, and a small one, with Carol; and the large one in
/// bare SQLite.
pub(crate) async fn measure(table: &mut Table, messages: u32) -> Outcome<()> {
    let (home, conversation, sqlite) = block_in_place(|| -> Outcome<_> {
        let (mut engines, [ann, ben]) = Engines::ann_and_ben(messages, forty_bytes)?;
        let carol = engines.add("Carol")?;
        engines.pair(ann, carol)?;
        engines.disconnect(ann, carol)?;
        engines.converse([ann, carol], 0..SMALL, forty_bytes)?;
        let conversation = engines.conversation([ann, ben])?;
        let rows = engines.messages([ann, ben])?.into_iter().map(Row::of);
        let mut rows = rows.collect::<Outcome<Vec<_>>>()?;
        rows.sort_by_key(Row::order);
        let mut sqlite = Sqlite::new()?;
        sqlite.insert(&rows)?;
        let homes = engines.into_homes().into_iter();
        let home = homes.flatten().next().ok_or("Ann has no profile")?;
        Ok((home, conversation, sqlite))
    })?;
    pages(table, messages, home.path(), (conversation, &sqlite)).await?;
    starts(table, home.path(), (conversation, &sqlite)).await?;
    memory(table, messages, home.path()).await
}

/// The first page while the node runs.
async fn pages(
    table: &mut Table,
    messages: u32,
    home: &Path,
    (conversation, sqlite): (ConversationId, &Sqlite),
) -> Outcome<()> {
    let node = Builder::new(home).mode(Mode::Offline).open().await?;
    let (mut pages, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..PAGES {
        let start = Instant::now();
        first_page(&node, "Ben").await?;
        pages.push(start.elapsed());
        let start = Instant::now();
        let rows = block_in_place(|| sqlite.newest(conversation, PAGE))?;
        floors.push(start.elapsed());
        check(rows.len())?;
    }
    node.shutdown().await?;
    let (pages, floors) = (Spread::new(pages), Spread::new(floors));
    table.row(
        &format!("first page of {PAGE} of {messages} messages in a node that runs, p50 / p99"),
        format!(
            "{} / {}",
            micros(pages.percentile(50)),
            micros(pages.percentile(99))
        ),
        format!(
            "SELECT of the same rows from bare SQLite: {}; goal 20 x",
            micros(floors.percentile(50))
        ),
        ratio(pages.percentile(50), floors.percentile(50)),
    );
    Ok(())
}

/// From the start of the node to the first page, and to a message that is durable.
async fn starts(
    table: &mut Table,
    home: &Path,
    (conversation, sqlite): (ConversationId, &Sqlite),
) -> Outcome<()> {
    let (mut pages, mut messages, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for trial in 0..STARTS {
        let start = Instant::now();
        let node = loopback(Builder::new(home)).open().await?;
        first_page(&node, "Ben").await?;
        pages.push(start.elapsed());
        node.call(message("Ben", forty_bytes(trial))).await?;
        messages.push(start.elapsed());
        node.shutdown().await?;
        let start = Instant::now();
        let rows = block_in_place(|| sqlite.open_and_read(conversation, PAGE))?;
        floors.push(start.elapsed());
        check(rows.len())?;
    }
    let (pages, messages) = (Spread::new(pages), Spread::new(messages));
    let floors = Spread::new(floors);
    table.row(
        "the same, from the start of the node, p50",
        micros(pages.percentile(50)),
        format!(
            "bare SQLite opened for the same SELECT: {}; goal 20 x",
            micros(floors.percentile(50))
        ),
        ratio(pages.percentile(50), floors.percentile(50)),
    );
    table.row(
        "from the start of the node, over that page, to a message in it that is durable, p50",
        micros(messages.percentile(50)),
        format!("goal {}", micros(WRITABLE_GOAL)),
        ratio(messages.percentile(50), WRITABLE_GOAL),
    );
    Ok(())
}

/// What the large conversation takes, in a process of its own.
async fn memory(table: &mut Table, messages: u32, home: &Path) -> Outcome<()> {
    let output = Command::new(std::env::current_exe()?)
        .arg("--opening-child")
        .arg(home)
        .stderr(Stdio::inherit())
        .output()
        .await?;
    let printed = String::from_utf8(output.stdout)?;
    let numbers = printed.split_whitespace().map(str::parse);
    let numbers = numbers.collect::<Result<Vec<f64>, _>>()?;
    let [before, after] = numbers.as_slice() else {
        return Err("the child ended".into());
    };
    let taken = after - before;
    table.row(
        &format!("memory for a conversation of {messages} that was opened and written to"),
        format!("{taken:.1} MB"),
        format!("goal {MEMORY_GOAL_MB} MB; the node without it {before:.1} MB"),
        ratio_of(taken, MEMORY_GOAL_MB),
    );
    Ok(())
}

/// The process that is measured: prints its memory before and after it opens the large conversation.
pub(crate) async fn child(directory: Option<&String>) -> Outcome<()> {
    let directory = directory.ok_or("the child needs a directory")?;
    let node = Builder::new(directory).mode(Mode::Offline).open().await?;
    for who in ["Carol", "Ben"] {
        first_page(&node, who).await?;
        node.call(message(who, "opened".to_owned())).await?;
        // Documents are built one after another: those of the small conversation come last.
        let who = "Carol".into();
        node.call(api::DocumentHeads { who }).await?;
        println!("{}", memory_mb(std::process::id())?);
    }
    node.shutdown().await?;
    Ok(())
}

async fn first_page(node: &Node, who: &str) -> Outcome<()> {
    let request = api::ReadMessages {
        who: Some(who.into()),
        limit: Some(PAGE),
        ..api::ReadMessages::default()
    };
    check(node.call(request).await?.messages.len())
}

fn check(rows: usize) -> Outcome<()> {
    if rows != usize::try_from(PAGE)? {
        return Err(format!("a page of {rows} messages").into());
    }
    Ok(())
}
