//! Two people in one program: they pair, write to each other, and one reads what the other wrote.
//!
//! Run it with `cargo run -p tidings-node --example two_nodes`.

use tidings_node::{Builder, Mode, Node, api, request_id};

type Error = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let ann = person("Ann").await?;
    let ben = person("Ben").await?;

    let invite = ann
        .call(api::MakeInvite {
            request: request_id(),
            expires_in: 60_000,
            reusable: false,
        })
        .await?;
    ben.call(api::Join {
        request: request_id(),
        code: invite.code.clone(),
    })
    .await?;
    let contact = ben
        .call(api::AwaitJoin {
            code: invite.code,
            timeout: 30_000,
        })
        .await?;
    println!("Ben met {}", contact.name);

    let sent = ben
        .call(api::SendMessage {
            request: request_id(),
            who: "Ann".into(),
            text: "Hello Ann".to_owned(),
            reply_to: None,
        })
        .await?;
    let delivered = api::MessageState::Delivered;
    let awaited = ben
        .call(api::AwaitState {
            message: sent.id,
            state: delivered,
            timeout: 30_000,
        })
        .await?;
    println!("Ben's message is {:?}", awaited.message.state);

    let page = ann
        .call(api::ReadMessages {
            who: Some("Ben".into()),
            ..api::ReadMessages::default()
        })
        .await?;
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
        .mode(Mode::Auto)
        .mdns(false)
        .listen(vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()]);
    let (node, _recovery_words) = builder.create(name).await?;
    Ok(node)
}
