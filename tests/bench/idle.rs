//! A node that does nothing: memory and processor time with twenty connections.

use std::process::Stdio;
use std::time::Duration;

use tidings_node::{Builder, api};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::pair::{Person, invite, join, loopback};
use crate::table::Table;

/// Contacts that are connected.
const CONNECTIONS: u32 = 20;
/// How long the node is watched.
const WATCH: Duration = Duration::from_secs(30);
/// Ticks of processor time a second on Linux, as `/proc` counts them.
const TICKS_PER_SECOND: f64 = 100.0;

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
    let before = processor_ticks(&child)?;
    tokio::time::sleep(WATCH).await;
    let ticks = processor_ticks(&child)? - before;
    let percent = ticks / TICKS_PER_SECOND / WATCH.as_secs_f64() * 100.0;
    let memory = memory_mb(&child)?;
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

fn processor_ticks(child: &Child) -> Outcome<f64> {
    let stat = proc_file(child, "stat")?;
    let fields = stat.rsplit(')').next().ok_or("a strange stat file")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // Fields 14 and 15 of proc(5), counted after the name.
    let user: f64 = fields.get(11).ok_or("no user time")?.parse()?;
    let system: f64 = fields.get(12).ok_or("no system time")?.parse()?;
    Ok(user + system)
}

fn memory_mb(child: &Child) -> Outcome<f64> {
    let status = proc_file(child, "status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .ok_or("no VmRSS")?;
    let kib: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kib * 1024.0 / 1_000_000.0)
}

fn proc_file(child: &Child, name: &str) -> Outcome<String> {
    let id = child.id().ok_or("the child has ended")?;
    Ok(std::fs::read_to_string(format!("/proc/{id}/{name}"))?)
}
