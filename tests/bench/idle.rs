//! A node that does nothing: memory and processor time with twenty connections.

use std::process::Stdio;
use std::time::Duration;

use tidings_node::{Builder, api};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::Outcome;
use crate::pair::{Person, invite, join, loopback};
use crate::process::{memory_mb, processor_seconds};
use crate::table::Table;

/// Contacts that are connected.
const CONNECTIONS: u32 = 20;
/// How long the node is watched.
const WATCH: Duration = Duration::from_secs(30);

/// Watches a node in a process of its own, with its contacts in this one.
pub(crate) async fn measure(table: &mut Table) -> Outcome<()> {
    let directory = tempfile::TempDir::new()?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("--idle-child")
        .arg(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().ok_or("the child has no output")?;
    let mut lines = BufReader::new(output).lines();
    let code = lines.next_line().await?.ok_or("the child ended")?;
    let mut contacts = Vec::new();
    for number in 0..CONNECTIONS {
        let contact = Person::in_memory(&format!("contact {number}")).await?;
        join(&contact.node, &code).await?;
        let sync = api::Sync {
            who: None,
            timeout: 20_000,
        };
        contact.node.call(sync).await?;
        contacts.push(contact);
    }
    // What pairing left behind settles first.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let process = child.id().ok_or("the child has ended")?;
    let before = processor_seconds(process)?;
    tokio::time::sleep(WATCH).await;
    let seconds = processor_seconds(process)? - before;
    let percent = seconds / WATCH.as_secs_f64() * 100.0;
    let memory = memory_mb(process)?;
    table.row(
        "memory, idle with 20 connections (RSS)",
        format!("{memory:.1} MB"),
        "goal 20 MB",
        format!("{:.2}", memory / 20.0),
    );
    table.row(
        "processor time, idle with 20 connections, over 30 s",
        format!("{percent:.2} %"),
        "goal < 0.2 %",
        format!("{:.2}", percent / 0.2),
    );
    if let Some(mut input) = child.stdin.take() {
        input.write_all(b"end\n").await?;
    }
    child.wait().await?;
    for contact in contacts {
        contact.node.shutdown().await?;
    }
    Ok(())
}

/// The process that is watched: prints an invite, then waits for a line.
pub(crate) async fn child(directory: Option<&String>) -> Outcome<()> {
    let directory = directory.ok_or("the child needs a directory")?;
    let (node, _) = loopback(Builder::new(directory)).create("Idle").await?;
    println!("{}", invite(&node).await?);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    lines.next_line().await?;
    node.shutdown().await?;
    Ok(())
}
