//! Of what waits, what is over the limits is dropped, and built again from the store.

use tidings_protocol::id::{ActorId, OperationId, PersonId};
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::operation::{Content, Header, OPERATION_VERSION};
use tidings_protocol::record::{ActorRecord, Change, OperationRecord};
use tidings_protocol::rng::Rng;
use tidings_protocol::time::{LogicalTime, WallTime};
use tidings_store::Store;

use super::*;

const WRITTEN_AT: WallTime = WallTime::from_millis(1_700_000_000_000);

/// Someone who writes into the store.
struct Author {
    own: OwnIdentity,
    rng: Rng,
    store: Store,
}

impl Author {
    fn new() -> Self {
        let mut rng = Rng::from_seed(&[1; 32]);
        Self {
            own: OwnIdentity::create("Ann", "laptop", WRITTEN_AT, &mut rng)
                .unwrap()
                .0,
            rng,
            store: Store::in_memory().unwrap(),
        }
    }

    /// Writes the message at `seq`, which the store has then; `prev` is the one before.
    fn write(
        &mut self,
        conversation: ConversationId,
        seq: u64,
        prev: Option<OperationId>,
    ) -> Operation {
        let content = Content::Message {
            text: format!("message {seq}"),
        };
        let actor = ActorId::direct(self.own.device(), conversation);
        let header = Header {
            version: OPERATION_VERSION,
            kind: content.kind(),
            conversation,
            actor,
            seq,
            prev,
            logical: LogicalTime::new(seq),
            wall: WRITTEN_AT,
            disappears_after: None,
            target: None,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: None,
        };
        let operation =
            Operation::author(header, content.to_bytes(), &self.own, &mut self.rng).unwrap();
        let (person, device) = (self.own.person(), self.own.device());
        let place = ActorRecord {
            seq,
            head: Some(operation.id()),
            ..ActorRecord::new(conversation, actor, person, device, LogicalTime::new(seq))
        };
        let record = OperationRecord {
            operation: operation.clone(),
            person: self.own.person(),
            device: self.own.device(),
            mine: true,
            received_at: WRITTEN_AT,
            recipients: vec![PersonId::new([2; 32])],
        };
        let changes = [
            Change::PutActor(place),
            Change::InsertOperation(Box::new(record)),
        ];
        self.store.apply(&changes).unwrap();
        operation
    }

    fn builder(&self) -> Builder {
        Builder {
            readers: self.store.readers(),
            reader: None,
            behind: Arc::default(),
            waiting: Arc::default(),
            open: BTreeMap::new(),
        }
    }
}

fn conversation(number: usize) -> ConversationId {
    ConversationId::new([u8::try_from(number).unwrap(); 32])
}

/// Documents of which `conversation` is open as it was before its second operation, which nobody
/// has told of yet; their thread stands still until the sender is used.
struct Held {
    /// Dropped before the documents, which wait for their thread.
    release: oneshot::Sender<()>,
    author: Author,
    documents: Documents,
    second: Operation,
}

impl Held {
    async fn new() -> Self {
        let mut author = Author::new();
        let first = author.write(conversation(1), 1, None);
        let documents = Documents::start(author.store.readers()).unwrap();
        documents.heads(conversation(1)).await.unwrap();
        let second = author.write(conversation(1), 2, Some(first.id()));
        let (reached, held) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let hold = Task::Hold(reached, released);
        documents.tasks.send(hold).await.unwrap();
        held.await.unwrap();
        Self {
            author,
            documents,
            second,
            release,
        }
    }

    fn is_behind(&self) -> bool {
        self.documents.behind.load(Ordering::Acquire)
    }

    fn waiting(&self) -> usize {
        self.documents.waiting.load(Ordering::Acquire)
    }

    /// Lets the thread go on: whatever was dropped, it ends up with what the store has.
    async fn end(self) {
        self.release.send(()).unwrap();
        let heads = self.documents.heads(conversation(1)).await.unwrap();
        let built = self.author.builder().heads(conversation(1)).unwrap();
        assert_eq!(heads, built);
        assert_eq!(self.documents.waiting.load(Ordering::Acquire), 0);
        self.documents.close().await;
    }
}

#[tokio::test]
async fn jobs_at_the_limit_wait_and_one_more_is_dropped_and_made_up_for() {
    let held = Held::new().await;
    for _ in 0..JOBS_MAX {
        held.documents.compute(Job::Rebuild(conversation(2)));
    }
    assert!(!held.is_behind(), "as many as may wait");
    let over = Job::Record(vec![held.second.clone()]);
    held.documents.compute(over);
    assert!(held.is_behind(), "one more");
    assert_eq!(held.waiting(), 0, "what was dropped does not wait");
    held.end().await;
}

#[tokio::test]
async fn operations_at_the_limit_wait_and_one_more_is_dropped_and_made_up_for() {
    let mut held = Held::new().await;
    let other = held.author.write(conversation(2), 1, None);
    let full = Job::Record(vec![other; OPERATIONS_WAITING_MAX]);
    held.documents.compute(full);
    assert!(!held.is_behind(), "as many as may wait");
    assert_eq!(held.waiting(), OPERATIONS_WAITING_MAX);
    let over = Job::Record(vec![held.second.clone()]);
    held.documents.compute(over);
    assert!(held.is_behind(), "one more");
    assert_eq!(held.waiting(), OPERATIONS_WAITING_MAX);
    held.end().await;
}

#[test]
fn conversations_at_the_limit_stay_open_and_one_more_closes_another_which_is_built_again() {
    let mut author = Author::new();
    for number in 0..=CONVERSATIONS_OPEN_MAX {
        author.write(conversation(number), 1, None);
    }
    let mut builder = author.builder();
    let mut heads = Vec::new();
    for number in 0..CONVERSATIONS_OPEN_MAX {
        heads.push(builder.heads(conversation(number)).unwrap());
    }
    assert_eq!(builder.open.len(), CONVERSATIONS_OPEN_MAX);
    let last = conversation(CONVERSATIONS_OPEN_MAX);
    assert_eq!(builder.heads(last).unwrap().len(), 1);
    assert_eq!(builder.open.len(), CONVERSATIONS_OPEN_MAX);
    assert!(builder.open.contains_key(&last));
    for (number, heads) in heads.into_iter().enumerate() {
        assert_eq!(builder.heads(conversation(number)).unwrap(), heads);
        assert_eq!(builder.open.len(), CONVERSATIONS_OPEN_MAX);
    }
}

fn look(builder: &mut Builder, mends: bool) -> Looked {
    let look = Look {
        conversation: conversation(1),
        segment: 0,
        mends,
    };
    builder.look(look).unwrap()
}

#[test]
fn what_the_store_has_and_nobody_has_told_of_yet_makes_no_document_another() {
    let mut author = Author::new();
    let first = author.write(conversation(1), 1, None);
    let mut builder = author.builder();
    let closed = look(&mut builder, false);
    assert!(builder.open.is_empty(), "nobody needs it");
    let heads = builder.heads(conversation(1)).unwrap();
    let is_same = true;
    let same = Looked {
        heads: heads[&0].clone(),
        is_same,
    };
    assert_eq!((&closed, &look(&mut builder, false)), (&same, &same));
    author.write(conversation(1), 2, Some(first.id()));
    let later = look(&mut builder, false);
    assert!(later.is_same && later.heads != same.heads, "{later:?}");
    assert_eq!(builder.heads(conversation(1)).unwrap()[&0], later.heads);
}

#[test]
fn a_document_that_is_not_what_the_store_makes_of_it_is_found_and_mended_if_that_is_asked_for() {
    let mut author = Author::new();
    let first = author.write(conversation(1), 1, None);
    let mut builder = author.builder();
    let heads = builder.heads(conversation(1)).unwrap();
    let mut other = SegmentDocument::new(conversation(1), 0).unwrap();
    let wrong = Accepted {
        body: [7; 32],
        ..Accepted::from(&first)
    };
    other.accept(&wrong).unwrap();
    builder.keep(conversation(1), other);
    for mends in [false, false, true] {
        let found = look(&mut builder, mends);
        assert!(!found.is_same, "{found:?}");
        assert_eq!(found.heads, heads[&0], "what is right");
    }
    assert!(look(&mut builder, false).is_same);
    assert_eq!(builder.heads(conversation(1)).unwrap(), heads);
}
