//! What an idle node keeps in memory with few and many connections: each to a contact, whose node runs in this process.

use std::time::Duration;

use tidings_node::{Builder, Discovery, Node, api, request_id};
use tokio::runtime::Runtime;

use super::process::Memory;
use super::socket::Socket;
use super::table::{NOTHING, Table, ratio};
use super::watch::are_there;
use crate::person::{LISTEN, Person};

/// Contacts of somebody who has few.
const FEW: usize = 20;
/// What a node with few is to keep in memory, in megabytes.
const GOAL_MEGABYTES: f64 = 20.0;
const GOAL: &str = "20 MB";
/// How long what pairing left behind has to settle.
const SETTLES: Duration = Duration::from_secs(10);
/// Longest that a contact may take to connect, in milliseconds.
const JOIN_MILLISECONDS: u64 = 30_000;

/// Adds a node with no connections, with few, and with so many.
pub(super) fn measure(table: &mut Table, many: usize) {
    let mut person = Person::new("Idle");
    person.log = Some(person.file("log", ""));
    person.start();
    let code = person.json(&["invite", "--reusable"])[0]["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let node = person.take_daemon();
    let mut socket = Socket::of(&node.ready);
    let runtime = Runtime::new().unwrap();
    let mut contacts: Vec<Node> = Vec::new();
    let alone = settled(node.pid());
    let mut before = (0, alone);
    let few = (many > FEW).then_some(FEW);
    for connections in few.into_iter().chain([many]) {
        while contacts.len() < connections {
            contacts.push(runtime.block_on(join(contacts.len(), &code)));
        }
        are_there(&mut socket, connections);
        let memory = settled(node.pid());
        shown(table, connections, alone, memory);
        grown(table, before, (connections, memory));
        before = (connections, memory);
    }
    runtime.block_on(async {
        for contact in contacts {
            contact.shutdown().await.unwrap();
        }
    });
}

/// What a process keeps when nothing has happened for a while.
#[track_caller]
fn settled(process: u32) -> Memory {
    std::thread::sleep(SETTLES);
    Memory::of(process)
}

/// Somebody who uses the code, and stays connected.
async fn join(number: usize, code: &str) -> Node {
    let builder = Builder::in_memory()
        .discovery(Discovery::Off)
        .listen(vec![LISTEN.into()]);
    let name = format!("contact {number}");
    let (node, _) = builder.create(&name).await.unwrap();
    let code = code.to_owned();
    let request = request_id();
    let join = api::Join {
        request,
        code: code.clone(),
    };
    node.call(join).await.unwrap();
    let answer = api::AwaitJoin {
        code,
        timeout: JOIN_MILLISECONDS,
    };
    let contact = node.call(answer).await.unwrap();
    assert_eq!(contact.state, api::ContactState::Active);
    let sync = api::Sync {
        who: None,
        timeout: JOIN_MILLISECONDS,
    };
    node.call(sync).await.unwrap();
    node
}

/// What a node keeps with so many connections, beside what it kept without any.
fn shown(table: &mut Table, connections: usize, alone: Memory, memory: Memory) {
    let to_floor = |value: f64, alone: f64| {
        let ratio = ratio(value, alone).map(|ratio| format!("{ratio:.2} of the floor"));
        ratio.unwrap_or_else(|| NOTHING.to_owned())
    };
    let mut add = |what: String, value: f64, alone: f64, goal: &str, ratio: String| {
        let floor = format!("the same node without: {alone:.1} MB");
        let value = format!("{value:.1} MB");
        table.row([what, floor, value, goal.to_owned(), ratio]);
    };
    let (resident, without) = (memory.resident, alone.resident);
    let what = format!("memory (RSS), idle with {connections} connections");
    let ratio = to_floor(resident, without);
    if connections == FEW {
        let of_goal = resident / GOAL_MEGABYTES;
        let ratio = format!("{ratio}; {of_goal:.2} of the goal");
        add(what, resident, without, GOAL, ratio);
    } else {
        add(what, resident, without, NOTHING, ratio);
    }
    let files = |memory: Memory| memory.resident - memory.anonymous;
    for (what, value, alone) in [
        ("its own", memory.anonymous, alone.anonymous),
        (
            "from files, the program most of all",
            files(memory),
            files(alone),
        ),
        ("PSS", memory.proportional, alone.proportional),
    ] {
        let what = format!("the same, {what}");
        add(what, value, alone, NOTHING, to_floor(value, alone));
    }
}

/// What each further connection takes.
fn grown(table: &mut Table, before: (usize, Memory), after: (usize, Memory)) {
    let more = f64::from(u32::try_from(after.0 - before.0).unwrap());
    let kilobytes = (after.1.anonymous - before.1.anonymous) * 1_000.0 / more;
    let nothing = || NOTHING.to_owned();
    table.row([
        format!("each connection from {} to {}, its own", before.0, after.0),
        nothing(),
        format!("{kilobytes:.0} kB"),
        nothing(),
        nothing(),
    ]);
}
