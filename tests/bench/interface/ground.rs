//! Two profiles with a large conversation between them, and the same in bare SQLite.
//!
//! Invariants
//! - Ann's is set to listen on one port of loopback and to look for nobody; Ben's knows that port, as she told
//!   him of it in a session.

use std::net::UdpSocket;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tidings_node::{Builder, Mode, Node, api, request_id};
use tidings_protocol::id::ConversationId;
use tokio::process::Command;

use super::terminal::program;
use crate::Outcome;
use crate::engines::Engines;
use crate::pair::loopback;
use crate::search::text;
use crate::sqlite::{Row, Sqlite};

/// Messages that are marked as read at once.
const MARKED_AT_ONCE: u32 = 5_000;
/// Characters of a message by which it is known on a screen.
const KNOWN_BY: usize = 40;

/// See the module.
#[derive(Debug)]
pub(super) struct Ground {
    ann: TempDir,
    ben: TempDir,
    address: String,
    /// How many messages there are.
    pub(super) messages: u32,
    /// How the last of them begins.
    pub(super) last: String,
    /// The conversation, and its rows.
    pub(super) conversation: ConversationId,
    pub(super) sqlite: Sqlite,
}

impl Ground {
    /// Has so many messages be written.
    pub(super) fn new(messages: u32) -> Outcome<Self> {
        let port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("/ip4/127.0.0.1/udp/{port}/quic-v1");
        let (mut engines, pair) = Engines::ann_and_ben(0, text)?;
        engines.listens(pair[0], &address)?;
        engines.converse(pair, 0..messages, text)?;
        let conversation = engines.conversation(pair)?;
        let rows = engines.messages(pair)?.into_iter().map(Row::of);
        let mut rows = rows.collect::<Outcome<Vec<_>>>()?;
        rows.sort_by_key(Row::order);
        let mut sqlite = Sqlite::new()?;
        sqlite.insert(&rows)?;
        let mut homes = engines.into_homes().into_iter().flatten();
        let mut home = || homes.next().ok_or("somebody has no profile");
        Ok(Self {
            ann: home()?,
            ben: home()?,
            address,
            messages,
            last: text(messages.saturating_sub(1))
                .chars()
                .take(KNOWN_BY)
                .collect::<String>()
                .trim_end()
                .to_owned(),
            conversation,
            sqlite,
        })
    }

    /// Ann's profile.
    pub(super) fn home(&self) -> &Path {
        self.ann.path()
    }

    /// Sets Ann's profile, and has her have read everything.
    pub(super) async fn set(&self) -> Outcome<()> {
        let node = Builder::new(self.home()).mode(Mode::Offline).open().await?;
        for (key, value) in [
            ("network.listen", self.address.as_str()),
            ("network.discovery", "off"),
            ("network.dht", "off"),
            ("network.relay", "off"),
            ("network.port-mapping", "off"),
        ] {
            let change = api::ChangeSetting {
                request: request_id(),
                key: key.to_owned(),
                value: value.to_owned(),
            };
            node.call(change).await?;
        }
        loop {
            let unread = api::ReadMessages {
                who: Some("Ben".into()),
                unread: true,
                limit: Some(MARKED_AT_ONCE),
                ..api::ReadMessages::default()
            };
            let unread = node.call(unread).await?.messages;
            if unread.is_empty() {
                break;
            }
            let read = api::MarkRead {
                request: request_id(),
                messages: unread.iter().map(|message| message.id).collect(),
            };
            node.call(read).await?;
        }
        node.shutdown().await?;
        Ok(())
    }

    /// Ben's node.
    pub(super) async fn ben(&self) -> Outcome<Node> {
        Ok(loopback(Builder::new(self.ben.path())).open().await?)
    }

    /// The program with Ann's profile, to do something else than show the interface.
    pub(super) fn command(&self, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Command::new(program()?);
        command.arg("--home").arg(self.home()).args(arguments);
        for name in ["TIDINGS_HOME", "TIDINGS_PASSPHRASE_FILE", "TIDINGS_LOG"] {
            command.env_remove(name);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Ok(command)
    }
}
