//! The floors: what no messenger on this machine can be faster than.

use std::time::{Duration, Instant};

use tempfile::TempDir;
use tidings_protocol::id::{ActorId, ConversationId};
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::operation::{Content, Header, Kind, OPERATION_VERSION, Operation};
use tidings_protocol::record::{Change, OperationRecord};
use tidings_protocol::rng::Rng;
use tidings_protocol::time::{LogicalTime, WallTime};
use tidings_store::{DatabaseKey, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;

/// F: a connection whose other end sends everything back.
#[derive(Debug)]
pub(crate) struct RoundTrip(TcpStream);

impl RoundTrip {
    pub(crate) async fn new() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            let Ok((mut stream, _)) = listener.accept().await else {
                return;
            };
            let _ = stream.set_nodelay(true);
            let mut bytes = [0; 64];
            while stream.read_exact(&mut bytes).await.is_ok() {
                if stream.write_all(&bytes).await.is_err() {
                    break;
                }
            }
        });
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    pub(crate) async fn trial(&mut self) -> Outcome<Duration> {
        let start = Instant::now();
        let mut bytes = [7; 64];
        self.0.write_all(&bytes).await?;
        self.0.read_exact(&mut bytes).await?;
        Ok(start.elapsed())
    }
}

/// C: a store that takes one message a commit.
#[derive(Debug)]
pub(crate) struct Commit {
    _directory: TempDir,
    store: Store,
    own: OwnIdentity,
    rng: Rng,
    last: Option<Operation>,
}

impl Commit {
    pub(crate) fn new() -> Outcome<Self> {
        let directory = TempDir::new()?;
        let mut rng = Rng::from_seed(&[1; 32]);
        let key = DatabaseKey::generate(&mut rng);
        let store = Store::create(directory.path(), &key)?;
        let (own, _) = OwnIdentity::create("floor", "device", WallTime::from_millis(0), &mut rng)?;
        Ok(Self {
            _directory: directory,
            store,
            own,
            rng,
            last: None,
        })
    }

    /// One message in a transaction of its own.
    pub(crate) fn trial(&mut self) -> Outcome<Duration> {
        self.batch(1)
    }

    /// So many messages in one transaction.
    pub(crate) fn batch(&mut self, count: u32) -> Outcome<Duration> {
        let changes = (0..count).map(|_| self.message());
        let changes = changes.collect::<Outcome<Vec<_>>>()?;
        let start = Instant::now();
        self.store.apply(&changes)?;
        Ok(start.elapsed())
    }

    fn message(&mut self) -> Outcome<Change> {
        let person = self.own.person();
        let conversation = ConversationId::direct(person, person);
        let seq = self.last.as_ref().map_or(1, |last| last.header().seq + 1);
        let header = Header {
            version: OPERATION_VERSION,
            kind: Kind::Message,
            conversation,
            actor: ActorId::direct(self.own.device(), conversation),
            seq,
            prev: self.last.as_ref().map(Operation::id),
            logical: LogicalTime::new(seq),
            wall: WallTime::from_millis(seq),
            disappears_after: None,
            target: None,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: None,
        };
        let body = Content::Message {
            text: "forty bytes of text, as people write it".to_owned(),
        };
        let operation = Operation::author(header, body.to_bytes(), &self.own, &mut self.rng)?;
        let change = Change::InsertOperation(Box::new(OperationRecord {
            operation: operation.clone(),
            person,
            device: self.own.device(),
            mine: false,
            received_at: WallTime::from_millis(seq),
            recipients: Vec::new(),
        }));
        self.last = Some(operation);
        Ok(change)
    }
}
