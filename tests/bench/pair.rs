//! Two people who are contacts, each with a node and a profile on disk.

use std::time::Instant;

use tempfile::TempDir;
use tidings_node::{Builder, Discovery, Node, api, request_id};

use crate::Outcome;
use crate::table::{Spread, Table, micros};

/// People who use one code, one after the other.
const JOINERS: u32 = 200;

/// A person with a node of their own in this process.
#[derive(Debug)]
pub(crate) struct Person {
    directory: Option<TempDir>,
    pub(crate) node: Node,
}

impl Person {
    /// A profile on disk, reachable over loopback alone.
    pub(crate) async fn on_disk(name: &str) -> Outcome<Self> {
        let directory = TempDir::new()?;
        let (node, _) = loopback(Builder::new(directory.path()))
            .create(name)
            .await?;
        Ok(Self {
            directory: Some(directory),
            node,
        })
    }

    /// Opens the profile again, whose node was shut down.
    pub(crate) async fn reopen(&mut self) -> Outcome<()> {
        let directory = self
            .directory
            .as_ref()
            .ok_or("a profile in memory is gone")?;
        self.node = loopback(Builder::new(directory.path())).open().await?;
        Ok(())
    }

    /// A profile that is gone with its node.
    pub(crate) async fn in_memory(name: &str) -> Outcome<Self> {
        let (node, _) = loopback(Builder::in_memory()).create(name).await?;
        Ok(Self {
            directory: None,
            node,
        })
    }
}

pub(crate) fn loopback(builder: Builder) -> Builder {
    builder
        .discovery(Discovery::Off)
        .listen(vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()])
}

/// Ann and Ben, paired and connected.
pub(crate) async fn ann_and_ben() -> Outcome<(Person, Person)> {
    let (ann, ben) = (Person::on_disk("Ann").await?, Person::on_disk("Ben").await?);
    let code = invite(&ann.node).await?;
    join(&ben.node, &code).await?;
    for (node, who) in [(&ann.node, "Ben"), (&ben.node, "Ann")] {
        node.call(api::Sync {
            who: Some(who.into()),
            timeout: 20_000,
        })
        .await?;
    }
    Ok((ann, ben))
}

/// From the use of a code to the contact that comes of it, connection included.
pub(crate) async fn pairing(table: &mut Table) -> Outcome<()> {
    let ann = Person::on_disk("Ann").await?;
    let code = invite(&ann.node).await?;
    let mut trials = Vec::new();
    for number in 0..JOINERS {
        let joiner = Person::on_disk(&format!("joiner {number}")).await?;
        let start = Instant::now();
        join(&joiner.node, &code).await?;
        trials.push(start.elapsed());
        joiner.node.shutdown().await?;
    }
    ann.node.shutdown().await?;
    let trials = Spread::new(trials);
    table.row(
        "use of a code to an active contact, p50 / p99 / max",
        format!(
            "{} / {} / {}",
            micros(trials.percentile(50)),
            micros(trials.percentile(99)),
            micros(trials.max())
        ),
        "-",
        "-",
    );
    Ok(())
}

pub(crate) async fn invite(node: &Node) -> Outcome<String> {
    let request = api::MakeInvite {
        request: request_id(),
        expires_in: 600_000,
        reusable: true,
    };
    Ok(node.call(request).await?.code)
}

pub(crate) async fn join(node: &Node, code: &str) -> Outcome<()> {
    node.call(api::Join {
        request: request_id(),
        code: code.to_owned(),
    })
    .await?;
    let contact = node
        .call(api::AwaitJoin {
            code: code.to_owned(),
            timeout: 30_000,
        })
        .await?;
    if contact.state != api::ContactState::Active {
        return Err("pairing did not end in 30 s".into());
    }
    Ok(())
}

pub(crate) fn message(who: &str, text: String) -> api::SendMessage {
    api::SendMessage {
        request: request_id(),
        who: who.into(),
        text,
        reply_to: None,
        priority: false,
    }
}
