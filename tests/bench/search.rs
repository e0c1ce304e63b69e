//! Searching a large conversation, beside SQL's LIKE over the same rows.

use std::time::Instant;

use tidings_node::{Builder, Mode, Node, api};
use tidings_protocol::rng::Rng;
use tokio::task::block_in_place;

use crate::Outcome;
use crate::engines::Engines;
use crate::sqlite::{Row, Sqlite};
use crate::table::{Spread, Table, micros, ratio};

/// Trials of each search.
const TRIALS: u32 = 20;
/// Messages that a search finds at most.
const LIMIT: u32 = 50;
/// Words of which messages are made.
const WORDS: [&str; 24] = [
    "water", "meet", "you", "at", "the", "bridge", "are", "safe", "bring", "some", "bread", "we",
    "will", "wait", "until", "dark", "school", "is", "open", "call", "me", "when", "home", "road",
];
/// Words that begin like one that is searched for by its beginning.
const HARBOURS: [&str; 3] = ["harbour", "harbourmaster", "harbours"];

/// What is searched for: what it shows, what is typed, and what a text must hold.
const SEARCHES: [(&str, &str, &[&str]); 8] = [
    (
        "a word that 1 of 10,000 has",
        "\"lighthouse\"",
        &["lighthouse"],
    ),
    ("a word that 1 of 10 has", "\"garden\"", &["garden"]),
    (
        "the beginning of a word that 1 of 1,000 has",
        "harbo*",
        &["harbo"],
    ),
    (
        "a Korean word of two characters, with its particle",
        "\"우산\"",
        &["우산"],
    ),
    (
        "a Chinese word of two characters inside a run",
        "\"花园\"",
        &["花园"],
    ),
    ("one Chinese character", "\"灯\"", &["灯"]),
    (
        "two words, anywhere",
        "\"garden\" \"lighthouse\"",
        &["garden", "lighthouse"],
    ),
    ("a word that nobody wrote", "\"zeppelin\"", &["zeppelin"]),
];

/// A message, the same in every run. Numbers that the rarer words share have all of them.
pub(crate) fn text(number: u32) -> String {
    let mut seed = [0; 32];
    for (byte, of_number) in seed.iter_mut().zip(number.to_be_bytes()) {
        *byte = of_number;
    }
    let mut rng = Rng::from_seed(&seed);
    let mut words: Vec<&str> = rng
        .bytes::<6>()
        .iter()
        .filter_map(|byte| WORDS.get(usize::from(*byte) % WORDS.len()).copied())
        .collect();
    let every = |times: u32| number % times == times / 2;
    if every(10) {
        words.push("garden");
    }
    if every(10_000) {
        words.extend(["garden", "lighthouse"]);
    }
    if every(1_000) {
        let harbour = usize::try_from(number / 1_000).unwrap_or_default() % HARBOURS.len();
        words.extend(HARBOURS.get(harbour));
        words.extend(["우산을 가져와", "我们在花园见面", "灯塔"]);
    }
    words.join(" ")
}

/// Each search in a node that runs, and with LIKE.
pub(crate) async fn measure(table: &mut Table, messages: u32) -> Outcome<()> {
    let (home, sqlite) = block_in_place(|| -> Outcome<_> {
        let (mut engines, pair) = Engines::ann_and_ben(messages, text)?;
        let rows = engines.messages(pair)?.into_iter().map(Row::of);
        let mut rows = rows.collect::<Outcome<Vec<_>>>()?;
        rows.sort_by_key(Row::order);
        let mut sqlite = Sqlite::new()?;
        sqlite.insert(&rows)?;
        let homes = engines.into_homes().into_iter();
        let home = homes.flatten().next().ok_or("Ann has no profile")?;
        Ok((home, sqlite))
    })?;
    let node = Builder::new(home.path()).mode(Mode::Offline).open().await?;
    for (what, query, parts) in SEARCHES {
        let patterns: Vec<String> = parts.iter().map(|part| format!("%{part}%")).collect();
        let (mut searches, mut floors) = (Vec::new(), Vec::new());
        let mut found = 0;
        for _ in 0..TRIALS {
            let start = Instant::now();
            found = search(&node, query).await?;
            searches.push(start.elapsed());
            let start = Instant::now();
            let rows = block_in_place(|| sqlite.like(&patterns, LIMIT))?;
            floors.push(start.elapsed());
            if rows.len() != found {
                return Err(format!("{query}: {found} found, {} by LIKE", rows.len()).into());
            }
        }
        let (searches, floors) = (Spread::new(searches), Spread::new(floors));
        table.row(
            &format!("search of {messages} messages: {what} ({found} found), p50"),
            micros(searches.percentile(50)),
            format!(
                "LIKE over the same rows of bare SQLite: {}",
                micros(floors.percentile(50))
            ),
            ratio(searches.percentile(50), floors.percentile(50)),
        );
    }
    node.shutdown().await?;
    Ok(())
}

async fn search(node: &Node, query: &str) -> Outcome<usize> {
    let request = api::SearchMessages {
        query: query.to_owned(),
        limit: Some(LIMIT),
        ..api::SearchMessages::default()
    };
    Ok(node.call(request).await?.messages.len())
}
