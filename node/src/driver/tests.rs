//! The driver with a store that stands still.

use tidings_protocol::id::ConversationId;
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::operation::Content;
use tidings_protocol::rng::Rng;
use tidings_protocol::time::WallTime;
use tidings_store::Store;

use super::*;

const TEXT_BYTES: usize = 30_000;
/// What an operation of such a text counts at least, once for the store and once for the documents.
const WRITTEN_BYTES_MIN: usize = 2 * TEXT_BYTES;
/// More than it counts with all that comes with it.
const WRITTEN_BYTES: usize = WRITTEN_BYTES_MIN + 8 * 1024;

type Reply = oneshot::Receiver<Result<Outcome, OrderError>>;

/// What has the driver carry out a command, and where it answers.
fn order(number: usize, command: Command) -> (Order, Reply) {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    let (reply, answer) = oneshot::channel();
    let request = RequestId::new(id);
    let order = Order::Command {
        request,
        command,
        reply,
    };
    (order, answer)
}

fn text(number: usize, conversation: ConversationId) -> (Order, Reply) {
    let content = Content::Message {
        text: "x".repeat(TEXT_BYTES),
    };
    let write = Command::Write {
        urgent: false,
        conversation,
        target: None,
        content,
    };
    order(number, write)
}

/// A driver of a new profile without a network.
fn start() -> (mpsc::Sender<Order>, Storage) {
    let (parts, storage) = parts(None);
    let (orders, queue) = mpsc::channel(ORDERS_MAX);
    tokio::spawn(Driver::run(parts, orders.clone(), queue));
    (orders, storage)
}

fn parts(net_events: Option<mpsc::Receiver<NetEvent>>) -> (Parts, Storage) {
    let mut rng = Rng::from_seed(&[1; 32]);
    let now = WallTime::from_millis(0);
    let (own, _) = OwnIdentity::create("Ann", "laptop", now, &mut rng).unwrap();
    let mut store = Store::in_memory().unwrap();
    let identity = Change::PutIdentity(own.to_bytes().into());
    store.apply(&[identity]).unwrap();
    let documents = Documents::start(store.readers()).unwrap();
    let (storage, profile) = Storage::start(store, Meters::default()).unwrap();
    let clock = Clock::start();
    let parts = Parts {
        engine: Engine::open(profile, &[2; 32], clock.now()).unwrap(),
        storage: storage.clone(),
        net: None,
        net_events,
        documents,
        signals: Signals::new(0),
        clock,
        meters: Meters::default(),
        known_requests: Vec::new(),
        home: None,
    };
    (parts, storage)
}

#[tokio::test]
async fn where_the_network_ends_by_itself_the_node_ends_too_and_says_so() {
    let (fault, events) = mpsc::channel(1);
    let (parts, _storage) = parts(Some(events));
    let (orders, queue) = mpsc::channel(ORDERS_MAX);
    let driver = tokio::spawn(Driver::run(parts, orders.clone(), queue));
    settle(&orders).await;
    assert!(!driver.is_finished());
    drop(fault);
    let ended = driver.await.unwrap();
    assert!(matches!(ended, Err(OrderError::Network)), "{ended:?}");
}

#[tokio::test]
async fn a_driver_that_is_gone_before_it_came_to_its_end_has_ended_for_everybody() {
    let (parts, _storage) = parts(None);
    let signals = parts.signals.clone();
    let (orders, queue) = mpsc::channel(ORDERS_MAX);
    let driver = tokio::spawn(Driver::run(parts, orders.clone(), queue));
    settle(&orders).await;
    let mut end = signals.end();
    let is_told = |end: &mut crate::signals::End| {
        let mut reached = std::pin::pin!(end.reached());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        reached.as_mut().poll(&mut context).is_ready()
    };
    assert!(!is_told(&mut end));
    // It goes as one does that panicked: what it had is dropped, and no more.
    driver.abort();
    assert!(driver.await.is_err());
    assert!(is_told(&mut end));
}

/// Lets the driver do what it can, all in the thread of this test.
async fn settle(orders: &mpsc::Sender<Order>) {
    let mut before = None;
    while before.replace(orders.capacity()) != Some(orders.capacity()) {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn while_as_much_waits_for_a_commit_as_may_as_many_orders_wait_as_may_and_all_are_served_then()
 {
    let (orders, storage) = start();
    let make = Command::MakeRoom {
        title: "Garden".to_owned(),
        members: Vec::new(),
    };
    let (made, outcome) = order(0, make);
    orders.send(made).await.unwrap();
    let Ok(Ok(Outcome::RoomMade { conversation })) = outcome.await else {
        panic!("a room");
    };
    let release = storage.hold_writes().await;
    let mut answers = Vec::new();
    while orders.capacity() == ORDERS_MAX {
        let (text, answer) = text(answers.len() + 1, conversation);
        orders.send(text).await.unwrap();
        answers.push(answer);
        settle(&orders).await;
    }
    let taken = answers.len() - 1;
    assert!(taken * WRITTEN_BYTES >= BACKLOG_BYTES_MAX, "{taken}");
    assert!(
        (taken - 1) * WRITTEN_BYTES_MIN < BACKLOG_BYTES_MAX,
        "{taken}"
    );
    let ask = || {
        let (reply, live) = oneshot::channel();
        orders.try_send(Order::Live(reply)).is_ok().then_some(live)
    };
    let asked: Vec<_> = (1..ORDERS_MAX).map(|_| ask().unwrap()).collect();
    settle(&orders).await;
    assert!(ask().is_none(), "one more than may wait");
    drop(release);
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    for live in asked {
        assert_eq!(live.await.unwrap().len(), 0);
    }
    orders.send(Order::End).await.unwrap();
    orders.closed().await;
    storage.close().await;
}

#[tokio::test]
async fn whoever_asks_when_all_is_durable_is_told_once_what_waits_is_and_at_once_where_nothing_does()
 {
    let (orders, storage) = start();
    let ask = || {
        let (reply, durable) = oneshot::channel();
        assert!(orders.try_send(Order::Durable(reply)).is_ok());
        durable
    };
    ask().await.unwrap();
    let release = storage.hold_writes().await;
    let invite = |number| {
        let expires_in = std::time::Duration::from_secs(60);
        let invite = Command::MakeInvite {
            expires_in,
            reusable: false,
        };
        order(number, invite)
    };
    let mut asked = Vec::new();
    // In the commit that is held, and in the one after it.
    for number in 0..2 {
        let (order, answer) = invite(number);
        orders.send(order).await.unwrap();
        asked.push((ask(), answer));
        settle(&orders).await;
    }
    for (durable, _) in &mut asked {
        assert!(durable.try_recv().is_err());
    }
    drop(release);
    for (durable, answer) in asked {
        durable.await.unwrap();
        answer.await.unwrap().unwrap();
    }
    orders.send(Order::End).await.unwrap();
    orders.closed().await;
    storage.close().await;
}
