//! A node that waits when it is told to, and a program that speaks by hand.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tidings_protocol::id::{DeviceId, OperationId, PersonId};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, watch};

use crate::api::{ApiError, Contact, ContactState, ErrorKind, Identity, Reply, Request, Said};
use crate::home::{Home, HomeLock};
use crate::rpc::line::{LineReader, REPLY_BYTES_MAX};
use crate::rpc::{Attached, Service, SocketServer};

/// How many waits run now, and how many did at most.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Waits {
    pub(super) now: usize,
    pub(super) peak: usize,
}

/// Answers at once, except that `invite_wait` waits for the gate; `status` panics.
#[derive(Debug, Clone)]
pub(super) struct FakeNode {
    gate: Arc<Semaphore>,
    waits: Arc<watch::Sender<Waits>>,
}

struct Waiting<'a>(&'a watch::Sender<Waits>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waits| waits.now -= 1);
    }
}

impl FakeNode {
    pub(super) fn new() -> Self {
        Self {
            gate: Arc::new(Semaphore::new(0)),
            waits: Arc::new(watch::Sender::default()),
        }
    }

    /// Lets so many waits end.
    pub(super) fn let_through(&self, count: usize) {
        self.gate.add_permits(count);
    }

    /// Returns once so many waits run.
    pub(super) async fn until_waiting(&self, count: usize) {
        self.waits
            .subscribe()
            .wait_for(|waits| waits.now == count)
            .await
            .unwrap();
    }

    pub(super) fn peak(&self) -> usize {
        self.waits.borrow().peak
    }

    async fn wait(&self) {
        self.waits.send_modify(|waits| {
            waits.now += 1;
            waits.peak = waits.peak.max(waits.now);
        });
        let _waiting = Waiting(&self.waits);
        self.gate.acquire().await.unwrap().forget();
    }
}

pub(super) fn identity() -> Identity {
    Identity {
        person: PersonId::new([1; 32]),
        device: DeviceId::new([2; 32]),
        name: "Ann".to_owned(),
        safety_words: vec!["abandon".to_owned(); 12],
    }
}

pub(super) fn contact(name: &str) -> Contact {
    Contact {
        person: Some(PersonId::new([3; 32])),
        name: name.to_owned(),
        verified: false,
        alarm: None,
        online: true,
        asked_at: None,
        join: None,
        state: ContactState::Active,
    }
}

pub(super) fn ambiguous() -> ApiError {
    let mut error = ApiError::new(
        ErrorKind::Ambiguous,
        Said::words("two messages begin so. Give more of it."),
    );
    error.candidates = vec![OperationId::new([4; 32]).to_string()];
    error
}

impl Service for FakeNode {
    async fn handle(&self, request: Request) -> Result<Reply, ApiError> {
        if let Request::RenameContact(rename) = &request {
            return Ok(Reply::RenameContact(contact(&rename.name)));
        }
        match request.method() {
            "identity" => Ok(Reply::GetIdentity(identity())),
            "contacts" => Ok(Reply::ListContacts(vec![contact("Ben"); 2])),
            "cancel" => Err(ambiguous()),
            "invite_wait" => {
                self.wait().await;
                Ok(Reply::AwaitInvite(None))
            }
            "status" => panic!("as the test wants"),
            other => Err(ApiError::not_found(Said::words(other))),
        }
    }
}

/// A served profile.
pub(super) struct Served {
    pub(super) node: FakeNode,
    pub(super) home: Home,
    pub(super) lock: HomeLock,
    pub(super) server: SocketServer,
    pub(super) directory: TempDir,
}

impl Served {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::with_roomier(&directory.path().join("home"), &[directory.path()]);
        Self::at(home, directory)
    }

    pub(super) fn at(home: Home, directory: TempDir) -> Self {
        home.create().unwrap();
        let lock = home.lock().unwrap().unwrap();
        let node = FakeNode::new();
        let server = SocketServer::start(&lock, node.clone()).unwrap();
        Self {
            node,
            home,
            lock,
            server,
            directory,
        }
    }

    pub(super) async fn attach(&self) -> Attached {
        Attached::connect(&self.home).await.unwrap()
    }

    pub(super) async fn speak(&self) -> Program<UnixStream> {
        Program::connect(self.server.path()).await
    }

    pub(super) async fn until_attached(&self, count: usize) {
        self.server
            .attached()
            .wait_for(|attached| *attached == count)
            .await
            .unwrap();
    }
}

/// A program at one end of a stream.
pub(super) struct Program<T> {
    lines: LineReader<tokio::io::ReadHalf<T>>,
    writer: tokio::io::WriteHalf<T>,
}

impl Program<UnixStream> {
    async fn connect(path: &Path) -> Self {
        Self::over(UnixStream::connect(path).await.unwrap())
    }
}

impl<T: AsyncRead + AsyncWrite> Program<T> {
    pub(super) fn over(stream: T) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            lines: LineReader::new(reader, REPLY_BYTES_MAX),
            writer,
        }
    }

    pub(super) async fn say(&mut self, line: impl AsRef<[u8]>) {
        self.writer.write_all(line.as_ref()).await.unwrap();
        self.writer.write_all(b"\n").await.unwrap();
    }

    /// Like [`Self::say`] to someone who may hang up meanwhile.
    pub(super) async fn try_say(&mut self, line: impl AsRef<[u8]>) {
        let _ = self.writer.write_all(line.as_ref()).await;
        let _ = self.writer.write_all(b"\n").await;
    }

    pub(super) async fn ask(&mut self, id: impl Into<Value>, method: &str, params: Value) {
        let id = id.into();
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.say(call.to_string()).await;
    }

    /// The next line, `None` at the end.
    pub(super) async fn hear(&mut self) -> Option<Value> {
        let line = self.lines.next().await.ok()??;
        Some(serde_json::from_slice(&line).unwrap())
    }

    /// The next line's id and error code.
    pub(super) async fn hear_error(&mut self) -> (Value, i64) {
        let answer = self.hear().await.unwrap();
        assert_eq!(answer["jsonrpc"], "2.0");
        assert!(answer.get("result").is_none());
        assert!(answer["error"]["message"].is_string());
        (
            answer["id"].clone(),
            answer["error"]["code"].as_i64().unwrap(),
        )
    }

    /// Says no more, but still listens.
    pub(super) async fn finish(&mut self) {
        self.writer.shutdown().await.unwrap();
    }
}

/// The parameters of a wait.
pub(super) fn wait() -> Value {
    json!({ "code": "c" })
}
