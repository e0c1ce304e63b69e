use tidings_node::api::{
    AwaitState, Cancel, CreateRoom, DeleteMessage, DocumentHeads, EditMessage, ErrorKind,
    ListUnread, MarkRead, Message, MessageState, PinMessage, React, ReadMessages, SendMessage,
    SetLifetime, Stop, Sync,
};
use tidings_node::{Builder, Mode, Node, OperationId, RequestId, request_id};
use tidings_protocol::record;
use tidings_store::{KeyFile, Store};

use crate::person::{
    PATIENCE, ann_and_ben, arrived, deliver, message, messages, pair_in_memory, passing, reached,
    send, texts,
};

fn cancel(id: OperationId) -> Cancel {
    Cancel {
        request: request_id(),
        message: id.to_string(),
    }
}

/// Waits until both have what the other has.
async fn caught_up(node: &Node) {
    let sync = Sync {
        who: None,
        timeout: PATIENCE,
    };
    let synced = node.call(sync).await.unwrap();
    assert_eq!((synced.reached, synced.queued), (synced.tried, 0));
}

async fn heads(node: &Node, who: &str) -> Vec<tidings_node::api::SegmentHeads> {
    let who = who.into();
    node.call(DocumentHeads { who }).await.unwrap()
}

#[tokio::test]
async fn the_same_request_again_sends_once() {
    let (mut ann, ben) = ann_and_ben().await;
    let request = message("Ben", "once");
    let first = ann.node().call(request.clone()).await.unwrap();
    let again = ann.node().call(request.clone()).await.unwrap();
    assert_eq!(first.id, again.id);
    ann.restart().await;
    let after = ann.node().call(request).await.unwrap();
    assert_eq!(first.id, after.id);
    deliver(ann.node(), "Ben", "end").await;
    assert_eq!(texts(ann.node()).await, ["once", "end"]);
    assert_eq!(texts(ben.node()).await, ["once", "end"]);
}

#[tokio::test]
async fn the_same_request_at_the_same_time_sends_once() {
    let (ann, _ben) = pair_in_memory().await;
    let request = message("Ben", "once");
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let (ann, request) = (ann.clone(), request.clone());
            tokio::spawn(async move { ann.call(request).await.unwrap().id })
        })
        .collect();
    let mut ids = Vec::new();
    for call in calls {
        ids.push(call.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(texts(&ann).await, ["once"]);
}

#[tokio::test]
async fn a_request_id_used_for_something_else_is_refused() {
    let (ann, _ben) = pair_in_memory().await;
    let request = RequestId::new([7; 16]);
    let rename = tidings_node::api::RenameContact {
        request,
        who: "Ben".into(),
        name: "Benny".to_owned(),
    };
    ann.call(rename).await.unwrap();
    let send = SendMessage {
        request,
        ..message("Benny", "hello")
    };
    assert_eq!(ann.call(send).await.unwrap_err().kind, ErrorKind::Conflict);
    assert!(messages(&ann).await.is_empty());
}

#[tokio::test]
async fn a_wait_ends_when_its_time_is_over() {
    let (ann, mut ben) = ann_and_ben().await;
    ben.stop().await;
    let sent = send(ann.node(), "Ben", "hello").await;
    let wait = AwaitState {
        message: sent.id,
        state: MessageState::Delivered,
        timeout: 20,
    };
    let awaited = ann.node().call(wait).await.unwrap();
    assert!(!awaited.reached);
    assert_eq!(awaited.message.state, MessageState::Queued);
    let there_already = AwaitState {
        message: sent.id,
        state: MessageState::Queued,
        timeout: 0,
    };
    assert!(ann.node().call(there_already).await.unwrap().reached);
}

#[tokio::test]
async fn a_wait_ends_when_the_node_does() {
    let ann = passing("Ann", Mode::Offline).await;
    let waiting = {
        let ann = ann.clone();
        let read = ReadMessages {
            since: Some("0".to_owned()),
            wait: PATIENCE,
            ..ReadMessages::default()
        };
        tokio::spawn(async move { ann.call(read).await })
    };
    tokio::task::yield_now().await;
    ann.shutdown().await.unwrap();
    let ended = waiting.await.unwrap();
    assert_eq!(ended.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_wait_that_begins_after_the_node_has_ended_ends_at_once() {
    let ann = passing("Ann", Mode::Offline).await;
    let read = ReadMessages {
        since: Some("0".to_owned()),
        wait: PATIENCE,
        ..ReadMessages::default()
    };
    // Its files are still open, as while somebody is attached.
    ann.call(Stop {}).await.unwrap();
    ann.ended().await;
    let ended = ann.call(read).await;
    assert_eq!(ended.unwrap_err().kind, ErrorKind::Unavailable);
    ann.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_cancelled_message_never_arrives() {
    let (ann, mut ben) = ann_and_ben().await;
    ben.stop().await;
    let regretted = send(ann.node(), "Ben", "regretted").await;
    let meant = send(ann.node(), "Ben", "meant").await;
    let request = cancel(regretted.id);
    let failed = ann.node().call(request.clone()).await.unwrap();
    assert_eq!(failed.state, MessageState::Failed);
    assert_eq!(failed.reason.as_deref(), Some("cancelled"));
    let again = ann.node().call(request).await.unwrap();
    assert_eq!(again.state, MessageState::Failed);

    ben.start().await;
    reached(ann.node(), meant.id, MessageState::Delivered).await;
    caught_up(ann.node()).await;
    let wait = AwaitState {
        message: regretted.id,
        state: MessageState::Delivered,
        timeout: 0,
    };
    let awaited = ann.node().call(wait).await.unwrap();
    assert_eq!(awaited.message.state, MessageState::Failed);
    assert_eq!(texts(ben.node()).await, ["meant"]);
    // A body that was taken back is no gap: both hold the same conversation.
    assert_eq!(
        heads(ann.node(), "Ben").await,
        heads(ben.node(), "Ann").await
    );
}

#[tokio::test]
async fn a_delivered_message_cannot_be_cancelled() {
    let (ann, ben) = pair_in_memory().await;
    let sent = deliver(&ann, "Ben", "hello").await;
    let error = ann.call(cancel(sent.id)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(messages(&ann).await[0].state, MessageState::Delivered);
    assert_eq!(texts(&ben).await, ["hello"]);
}

#[tokio::test]
async fn only_own_messages_that_are_named_can_be_cancelled() {
    let (ann, mut ben) = ann_and_ben().await;
    let theirs = deliver(ben.node(), "Ann", "hello").await;
    let node = ann.node();
    let kind = async |id: &str| {
        let request = Cancel {
            request: request_id(),
            message: id.to_owned(),
        };
        node.call(request).await.map_err(|error| error.kind)
    };
    assert_eq!(kind(&theirs.id.to_string()).await, Err(ErrorKind::Invalid));
    assert_eq!(kind("abc").await, Err(ErrorKind::Invalid));
    assert_eq!(kind("aaaaaaaaaaaa").await, Err(ErrorKind::NotFound));
    ben.stop().await;
    let own = send(node, "Ben", "mine").await;
    let start = own.id.to_string()[..8].to_uppercase();
    assert_eq!(kind(&start).await.unwrap().id, own.id);
}

#[tokio::test]
async fn what_the_reader_marks_as_read_is_read_at_the_sender() {
    let (ann, ben) = pair_in_memory().await;
    deliver(&ann, "Ben", "one").await;
    let sent = deliver(&ann, "Ben", "two").await;
    let unread = ben.call(ListUnread {}).await.unwrap();
    assert_eq!((unread.len(), unread[0].unread), (1, 2));
    let mark = MarkRead {
        request: request_id(),
        messages: vec![sent.id],
    };
    ben.call(mark.clone()).await.unwrap();
    ben.call(mark).await.unwrap();
    let read = reached(&ann, sent.id, MessageState::Read).await;
    assert_eq!((read.delivery.people, read.delivery.read), (1, 1));
    assert_eq!(messages(&ann).await[0].state, MessageState::Delivered);
    assert_eq!(ben.call(ListUnread {}).await.unwrap()[0].unread, 1);
    let rest = ReadMessages {
        unread: true,
        ..ReadMessages::default()
    };
    let rest = ben.call(rest).await.unwrap().messages;
    assert_eq!(rest.len(), 1);
    let all = MarkRead {
        request: request_id(),
        messages: vec![rest[0].id],
    };
    ben.call(all).await.unwrap();
    assert!(ben.call(ListUnread {}).await.unwrap().is_empty());
    reached(&ann, rest[0].id, MessageState::Read).await;
}

#[tokio::test]
async fn what_was_read_while_the_sender_was_away_is_read_there_later() {
    let (mut ann, ben) = ann_and_ben().await;
    let sent = deliver(ann.node(), "Ben", "hello").await;
    ann.stop().await;
    let mark = MarkRead {
        request: request_id(),
        messages: vec![sent.id],
    };
    ben.node().call(mark).await.unwrap();
    ann.start().await;
    reached(ann.node(), sent.id, MessageState::Read).await;
}

#[tokio::test]
async fn both_sides_build_the_same_documents() {
    let (mut ann, mut ben) = ann_and_ben().await;
    for n in 0..20 {
        send(ann.node(), "Ben", &format!("from Ann {n}")).await;
        send(ben.node(), "Ann", &format!("from Ben {n}")).await;
    }
    caught_up(ann.node()).await;
    caught_up(ben.node()).await;
    let before = heads(ann.node(), "Ben").await;
    assert!(!before.is_empty());
    assert_eq!(before, heads(ben.node(), "Ann").await);
    ann.restart().await;
    ben.restart().await;
    assert_eq!(before, heads(ann.node(), "Ben").await);
    assert_eq!(before, heads(ben.node(), "Ann").await);
    deliver(ann.node(), "Ben", "one more").await;
    let after = heads(ann.node(), "Ben").await;
    assert_ne!(before, after);
    assert_eq!(after, heads(ben.node(), "Ann").await);
}

#[tokio::test]
async fn a_reply_names_what_it_replies_to() {
    let (ann, ben) = pair_in_memory().await;
    let question = deliver(&ann, "Ben", "Are you safe?").await;
    let reply = SendMessage {
        reply_to: Some(question.id.to_string()[..10].to_owned()),
        ..message("Ann", "Yes.")
    };
    ben.call(reply).await.unwrap();
    let answer = arrived(&ann, "Yes.").await;
    assert_eq!(answer.reply_to, Some(question.id));
    assert_eq!(answer.state, MessageState::Received);
    assert!(!answer.mine && !answer.read);
}

#[tokio::test]
async fn a_text_may_be_as_long_as_an_operation_and_is_not_empty() {
    let (ann, ben) = pair_in_memory().await;
    let long = "x".repeat(31 * 1024);
    deliver(&ann, "Ben", &long).await;
    assert_eq!(texts(&ben).await, [long]);
    for text in ["", &"x".repeat(32 * 1024)] {
        let error = ann.call(message("Ben", text)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
    assert_eq!(messages(&ann).await.len(), 1);
}

#[tokio::test]
async fn any_text_arrives_as_it_was_written() {
    let (ann, ben) = pair_in_memory().await;
    let texts_sent = [
        "\u{1b}[31mred\u{7}",
        "한국어 日本語",
        " \n\t ",
        "\u{202e}desrever",
    ];
    for text in texts_sent {
        deliver(&ann, "Ben", text).await;
    }
    assert_eq!(texts(&ben).await, texts_sent);
}

#[tokio::test]
async fn pages_of_arrivals_leave_nothing_out() {
    let (ann, ben) = pair_in_memory().await;
    for n in 0..5 {
        deliver(&ann, "Ben", &n.to_string()).await;
    }
    let (mut since, mut read) = ("0".to_owned(), Vec::new());
    loop {
        let request = ReadMessages {
            who: Some("Ann".into()),
            since: Some(since),
            limit: Some(2),
            ..ReadMessages::default()
        };
        let page = ben.call(request).await.unwrap();
        if page.messages.is_empty() {
            break;
        }
        assert!(page.messages.len() <= 2);
        read.extend(page.messages.into_iter().map(|message| message.body));
        since = page.cursor;
    }
    assert_eq!(read, ["0", "1", "2", "3", "4"]);
    let garbage = ReadMessages {
        since: Some("yesterday".to_owned()),
        ..ReadMessages::default()
    };
    assert_eq!(
        ben.call(garbage).await.unwrap_err().kind,
        ErrorKind::Invalid
    );
}

#[tokio::test]
async fn nothing_is_sent_to_who_is_no_contact() {
    let ann = passing("Ann", Mode::Offline).await;
    let error = ann.call(message("Zoe", "hello")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let unknown = AwaitState {
        message: OperationId::new([1; 32]),
        state: MessageState::Delivered,
        timeout: 0,
    };
    assert_eq!(
        ann.call(unknown).await.unwrap_err().kind,
        ErrorKind::NotFound
    );
}

/// What both show of one message, once the recipient's copy fits.
async fn both_show(ann: &Node, ben: &Node, id: OperationId, fits: impl Fn(&Message) -> bool) {
    for node in [ann, ben] {
        let mut since = "0".to_owned();
        'changes: loop {
            let request = ReadMessages {
                since: Some(since),
                wait: PATIENCE,
                ..ReadMessages::default()
            };
            let page = node.call(request).await.unwrap();
            assert!(!page.messages.is_empty(), "the change did not come");
            since = page.cursor;
            for message in page.messages.iter().filter(|message| message.id == id) {
                if fits(message) {
                    break 'changes;
                }
            }
        }
    }
}

#[tokio::test]
async fn an_edit_a_reaction_a_pin_and_a_deletion_reach_the_other_side() {
    let (ann, ben) = ann_and_ben().await;
    let (ann, ben) = (ann.node(), ben.node());
    let sent = deliver(ann, "Ben", "frist").await;
    let message = sent.id.to_string();
    let edit = EditMessage {
        request: request_id(),
        message: message.clone(),
        text: "first".to_owned(),
    };
    let edited = ann.call(edit.clone()).await.unwrap();
    assert_eq!((edited.body.as_str(), edited.edited), ("first", true));
    assert_eq!(ann.call(edit).await.unwrap().id, sent.id, "a retry");
    both_show(ann, ben, sent.id, |message| message.body == "first").await;
    let react = React {
        request: request_id(),
        message: message.clone(),
        emoji: "👍".to_owned(),
        remove: false,
    };
    ben.call(react).await.unwrap();
    both_show(ann, ben, sent.id, |message| {
        message.reactions.get("👍") == Some(&vec!["Ben".to_owned()])
    })
    .await;
    let pin = PinMessage {
        request: request_id(),
        message: message.clone(),
        pinned: true,
    };
    ben.call(pin).await.unwrap();
    both_show(ann, ben, sent.id, |message| message.pinned).await;
    let delete = DeleteMessage {
        request: request_id(),
        message,
        for_me: false,
    };
    let refused = ben.call(delete.clone()).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Invalid);
    ann.call(delete).await.unwrap();
    both_show(ann, ben, sent.id, |message| {
        message.deleted && message.body.is_empty()
    })
    .await;
}

#[tokio::test]
async fn only_what_can_be_changed_is_changed() {
    let (ann, ben) = ann_and_ben().await;
    let (ann, ben) = (ann.node(), ben.node());
    let message = deliver(ann, "Ben", "hello").await.id.to_string();
    let edit = |text: &str| EditMessage {
        request: request_id(),
        message: message.clone(),
        text: text.to_owned(),
    };
    assert_eq!(
        ben.call(edit("mine")).await.unwrap_err().kind,
        ErrorKind::Invalid
    );
    assert_eq!(
        ann.call(edit("")).await.unwrap_err().kind,
        ErrorKind::Invalid
    );
    let long = "👍".to_owned() + &"\u{fe0f}".repeat(21);
    for emoji in ["", " ", "a b", "\u{1b}", &long] {
        let react = React {
            request: request_id(),
            message: message.clone(),
            emoji: emoji.to_owned(),
            remove: false,
        };
        assert_eq!(ann.call(react).await.unwrap_err().kind, ErrorKind::Invalid);
    }
    let hide = DeleteMessage {
        request: request_id(),
        message: message.clone(),
        for_me: true,
    };
    ben.call(hide.clone()).await.unwrap();
    assert_eq!(texts(ben).await, Vec::<String>::new());
    assert_eq!(texts(ann).await, ["hello"]);
    ben.call(hide).await.unwrap();
    assert_eq!(ann.call(edit("again")).await.unwrap().body, "again");
}

#[tokio::test]
async fn what_is_to_disappear_does_on_both_sides() {
    let (ann, ben) = ann_and_ben().await;
    let (ann, ben) = (ann.node(), ben.node());
    deliver(ann, "Ben", "stays").await;
    let lifetime = SetLifetime {
        request: request_id(),
        who: "Ben".into(),
        seconds: Some(1),
    };
    let conversation = ann.call(lifetime).await.unwrap();
    assert_eq!(conversation.disappears_after, Some(1));
    let sent = send(ann, "Ben", "goes").await;
    assert_eq!(sent.expires_at, Some(sent.received_at + 1_000));
    for node in [ann, ben] {
        // Both know of it, and then no more.
        let gone = async {
            while texts(node).await != ["stays"] {
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_millis(PATIENCE);
        tokio::time::timeout(patience, gone).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_store_holds_as_disputed_is_disputed_in_json_and_nothing_else_is() {
    let home = tempfile::tempdir().unwrap();
    let offline = || {
        let builder = Builder::new(home.path());
        builder.mode(Mode::Offline).serve(false)
    };
    let (node, _) = offline().create("Ann").await.unwrap();
    let create = CreateRoom {
        request: request_id(),
        title: "Team".to_owned(),
        with: Vec::new(),
    };
    let room = node.call(create).await.unwrap().id;
    send(&node, "Team", "agreed").await;
    send(&node, "Team", "beyond").await;
    node.shutdown().await.unwrap();

    let key = KeyFile::unlock(home.path(), None).unwrap();
    let mut store = Store::open(home.path(), &key).unwrap();
    let mut actors = store.profile().unwrap().actors.into_iter();
    let actor = actors.find(|actor| actor.conversation == room).unwrap();
    let forked = record::ActorRecord {
        fork: Some(1),
        ..actor
    };
    store.apply(&[record::Change::PutActor(forked)]).unwrap();
    drop(store);

    let node = offline().open().await.unwrap();
    let messages = serde_json::to_value(messages(&node).await).unwrap();
    let disputed = |number: usize| (&messages[number]["body"], &messages[number]["disputed"]);
    assert_eq!(disputed(0), (&"agreed".into(), &false.into()));
    assert_eq!(disputed(1), (&"beyond".into(), &true.into()));
    node.shutdown().await.unwrap();
}
