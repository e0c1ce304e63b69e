//! A node inside a program of one's own: it opens a profile, or makes one, says who it is, makes an
//! invite, and follows what happens.
//!
//! Run it with `cargo run -p tidings-node --example embed -- DIRECTORY [NAME]`, and use the invite
//! from another profile. Started again, it goes on with the first event that it had not dealt with,
//! whatever happened while it was away. End it with Ctrl-C.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use tidings_node::{Builder, Node, api, profile_exists, request_id};

/// The name under which the profile keeps how far this program has come.
const LISTENER: &str = "embed-example";
/// Milliseconds that an invite can be used.
const INVITE_TIME: u64 = 24 * 3_600_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("say which directory to use")?;
    let name = arguments.next().unwrap_or_else(|| "Embedded".to_owned());
    let node = open_or_create(&directory, &name).await?;

    let identity = node.call(api::GetIdentity {}).await?;
    println!("{} ({})", identity.name, identity.person);
    println!("safety words: {}", identity.safety_words.join(" "));
    let invite = node
        .call(api::MakeInvite {
            request: request_id(),
            expires_in: INVITE_TIME,
            reusable: false,
        })
        .await?;
    println!("to meet me: tidings join {}", invite.code);

    let ended = tokio::select! {
        ended = follow(&node) => ended,
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Into::into),
    };
    // What was accepted is durable, and the profile free for others.
    node.shutdown().await?;
    ended
}

async fn open_or_create(directory: &str, name: &str) -> Result<Node, Box<dyn Error>> {
    let builder = Builder::new(directory);
    if profile_exists(directory) {
        return Ok(builder.open().await?);
    }
    let (node, recovery_words) = builder.create(name).await?;
    println!("write these words down; nothing else recovers this identity:");
    println!("{}", recovery_words.words().collect::<Vec<_>>().join(" "));
    Ok(node)
}

/// Shows every event at least once.
async fn follow(node: &Node) -> Result<(), Box<dyn Error>> {
    loop {
        let page = node
            .call(api::NextEvents {
                listener: LISTENER.to_owned(),
                limit: 100,
                wait: 60_000,
            })
            .await?;
        for event in &page.events {
            show(event);
        }
        // Only now: what is shown and not acknowledged when the power fails is shown again.
        node.call(api::AcknowledgeEvents {
            listener: LISTENER.to_owned(),
            position: page.position,
        })
        .await?;
    }
}

fn show(event: &api::Event) {
    match event {
        // Debug form: a text from afar must not steer the terminal.
        api::Event::Message(message) if message.mine => {
            println!("to them: {:?} is {:?}", message.body, message.state);
        }
        api::Event::Message(message) => {
            println!("{:?} writes {:?}", message.from.name, message.body);
        }
        api::Event::Invited(room) => println!("you are invited to {:?}", room.title),
        api::Event::RoomChanged(room) => println!("{:?} has changed", room.title),
        api::Event::Unknown | _ => println!("something newer than this program"),
    }
}
