//! A person of a test: a profile, where it listens, and the node that runs on it.

use tempfile::TempDir;
use tidings_node::api::{
    AwaitJoin, AwaitState, Change, Contact, Invite, Join, MakeInvite, Message, MessageState,
    ReadMessages, SendMessage,
};
use tidings_node::{Builder, Discovery, Mode, Node, OpenError, OperationId, request_id};

/// Far beyond what any step takes, in milliseconds: a test that hangs fails.
pub(crate) const PATIENCE: u64 = 60_000;
pub(crate) const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
pub(crate) const TCP: &str = "/ip4/127.0.0.1/tcp/0";
/// How often a port is tried again.
const REOPENS_MAX: usize = 10;

/// A person with a profile on disk.
pub(crate) struct Person {
    home: TempDir,
    listen: Vec<String>,
    /// The versions of sessions that it speaks from its next start on, if not ours.
    pub(crate) speaks: Option<(u16, u16)>,
    node: Option<Node>,
}

impl Person {
    pub(crate) async fn new(name: &str) -> Self {
        Self::listening(name, QUIC).await
    }

    pub(crate) async fn listening(name: &str, address: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (node, _) = builder(&home, &[address.to_owned()])
            .create(name)
            .await
            .unwrap();
        Self {
            home,
            listen: node.listening(),
            speaks: None,
            node: Some(node),
        }
    }

    pub(crate) fn node(&self) -> &Node {
        self.node.as_ref().expect("a running node")
    }

    pub(crate) async fn stop(&mut self) {
        self.node.take().unwrap().shutdown().await.unwrap();
    }

    /// Opens the profile again, on the port that it had.
    pub(crate) async fn start(&mut self) {
        let builder = || {
            let builder = builder(&self.home, &self.listen);
            match self.speaks {
                Some((min, max)) => builder.session_versions(min, max),
                None => builder,
            }
        };
        let mut opened = builder().open().await;
        // A QUIC handshake that the end of the node before interrupted holds the port for up to
        // three seconds; each of these tries waits for one.
        for _ in 0..REOPENS_MAX {
            if matches!(opened, Err(OpenError::Listen { .. })) {
                opened = builder().open().await;
            }
        }
        self.node = Some(opened.unwrap());
    }

    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }
}

fn builder(home: &TempDir, listen: &[String]) -> Builder {
    Builder::new(home.path())
        .discovery(Discovery::Off)
        .serve(false)
        .listen(listen.to_vec())
}

/// A person whose profile is gone with the node.
pub(crate) async fn passing(name: &str, mode: Mode) -> Node {
    let listen = if mode == Mode::Auto {
        vec![QUIC.to_owned()]
    } else {
        Vec::new()
    };
    let builder = Builder::in_memory()
        .mode(mode)
        .discovery(Discovery::Off)
        .listen(listen);
    builder.create(name).await.unwrap().0
}

pub(crate) async fn invite(node: &Node) -> Invite {
    let invite = MakeInvite {
        request: request_id(),
        expires_in: 3_600_000,
        reusable: false,
    };
    node.call(invite).await.unwrap()
}

pub(crate) async fn join(node: &Node, code: &str) -> Contact {
    let request = request_id();
    let code = code.to_owned();
    node.call(Join { request, code }).await.unwrap()
}

pub(crate) fn joined(code: &str) -> AwaitJoin {
    AwaitJoin {
        code: code.to_owned(),
        timeout: PATIENCE,
    }
}

pub(crate) async fn pair(inviter: &Node, joiner: &Node) {
    let code = invite(inviter).await.code;
    join(joiner, &code).await;
    joiner.call(joined(&code)).await.unwrap();
}

/// Two people with profiles on disk who know each other.
pub(crate) async fn ann_and_ben() -> (Person, Person) {
    let (ann, ben) = (Person::new("Ann").await, Person::new("Ben").await);
    pair(ann.node(), ben.node()).await;
    (ann, ben)
}

/// Two people in memory who know each other.
pub(crate) async fn pair_in_memory() -> (Node, Node) {
    let ann = passing("Ann", Mode::Memory).await;
    let ben = passing("Ben", Mode::Memory).await;
    pair(&ann, &ben).await;
    (ann, ben)
}

pub(crate) fn message(who: &str, text: &str) -> SendMessage {
    SendMessage {
        request: request_id(),
        who: who.into(),
        text: text.to_owned(),
        reply_to: None,
        priority: false,
    }
}

pub(crate) async fn send(node: &Node, who: &str, text: &str) -> Message {
    node.call(message(who, text)).await.unwrap()
}

/// Waits until a message has come so far.
pub(crate) async fn reached(node: &Node, message: OperationId, state: MessageState) -> Message {
    let wait = AwaitState {
        message,
        state,
        timeout: PATIENCE,
    };
    let awaited = node.call(wait).await.unwrap();
    assert!(awaited.reached, "{:?}", awaited.message);
    awaited.message
}

pub(crate) async fn deliver(node: &Node, who: &str, text: &str) -> Message {
    let sent = send(node, who, text).await;
    reached(node, sent.id, MessageState::Delivered).await
}

pub(crate) async fn messages(node: &Node) -> Vec<Message> {
    node.call(ReadMessages::default()).await.unwrap().messages
}

pub(crate) async fn texts(node: &Node) -> Vec<String> {
    let messages = messages(node).await;
    messages.into_iter().map(|message| message.body).collect()
}

/// Waits until this text has come in.
pub(crate) async fn arrived(node: &Node, text: &str) -> Message {
    let mut since = "0".to_owned();
    loop {
        let request = ReadMessages {
            since: Some(since),
            wait: PATIENCE,
            ..ReadMessages::default()
        };
        let page = node.call(request).await.unwrap();
        assert!(!page.messages.is_empty(), "'{text}' never came");
        let mut news = page.messages.into_iter();
        if let Some(found) = news.find(|message| message.body == text && !message.mine) {
            assert_eq!(found.change, Change::New);
            return found;
        }
        since = page.cursor;
    }
}
