//! Two people in one program: they pair, write to each other, and one reads what the other wrote.
//!
//! Run it with `cargo run -p tidings-node --example two_nodes`. It needs no network beyond this
//! machine, and leaves nothing behind.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use tidings_node::{Builder, Discovery, Node, api, request_id};

type Error = Box<dyn std::error::Error>;

/// How long to wait for the other side, in milliseconds.
const PATIENCE: u64 = 30_000;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let ann = person("Ann").await?;
    let ben = person("Ben").await?;
    meet(&ann, &ben).await?;
    write(&ben, "Ann", "Hello Ann").await?;
    write(&ann, "Ben", "Hello Ben").await?;

    let page = ann.call(api::ReadMessages::default()).await?;
    for message in page.messages {
        println!("Ann reads: {}: {}", message.from.name, message.body);
    }
    ann.shutdown().await?;
    ben.shutdown().await?;
    Ok(())
}

/// A person whose profile lives as long as the program, on the loopback interface alone.
async fn person(name: &str) -> Result<Node, Error> {
    let builder = Builder::in_memory()
        .discovery(Discovery::Off)
        .listen(vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()]);
    let (node, _recovery_words) = builder.create(name).await?;
    Ok(node)
}

/// Makes two people contacts of each other.
async fn meet(inviter: &Node, joiner: &Node) -> Result<(), Error> {
    let invite = inviter
        .call(api::MakeInvite {
            request: request_id(),
            expires_in: 60_000,
            reusable: false,
        })
        .await?;
    println!("the invite: {}", invite.code);
    joiner
        .call(api::Join {
            request: request_id(),
            code: invite.code.clone(),
        })
        .await?;
    let contact = joiner
        .call(api::AwaitJoin {
            code: invite.code,
            timeout: PATIENCE,
        })
        .await?;
    println!("met {}", contact.name);
    Ok(())
}

/// Sends a message and waits until the other side has it.
async fn write(node: &Node, who: &str, text: &str) -> Result<(), Error> {
    let sent = node
        .call(api::SendMessage {
            request: request_id(),
            who: who.into(),
            text: text.to_owned(),
            reply_to: None,
            priority: false,
        })
        .await?;
    let awaited = node
        .call(api::AwaitState {
            message: sent.id,
            state: api::MessageState::Delivered,
            timeout: PATIENCE,
        })
        .await?;
    println!("to {who}: '{text}' is {:?}", awaited.message.state);
    Ok(())
}
