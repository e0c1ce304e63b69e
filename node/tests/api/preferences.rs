//! What a person wants of one conversation on their own device.

use tidings_node::api::{
    ErrorKind, GetConversation, MarkRead, MessageState, SetDraft, SetPreferences,
};
use tidings_node::{Node, OperationId, request_id};

use crate::person::{ann_and_ben, deliver, messages, reached};

/// The most that a draft may have, as docs/CLI.md says.
const DRAFT_BYTES_MAX: usize = 32 * 1024;

async fn state_of(node: &Node, id: OperationId) -> MessageState {
    let messages = messages(node).await;
    messages
        .iter()
        .find(|message| message.id == id)
        .unwrap()
        .state
}

#[tokio::test]
async fn nobody_learns_what_was_read_where_receipts_are_off() {
    let (ann, ben) = ann_and_ben().await;
    let (ann, ben) = (ann.node(), ben.node());
    let receipts = |told| SetPreferences {
        request: request_id(),
        who: "Ann".into(),
        muted: None,
        archived: None,
        read_receipts: Some(told),
    };
    assert!(!ben.call(receipts(false)).await.unwrap().read_receipts);
    let first = deliver(ann, "Ben", "first").await;
    let mark = MarkRead {
        request: request_id(),
        messages: vec![first.id],
    };
    ben.call(mark).await.unwrap();
    // Ben's next receipt comes after his mark, and says no more than that it arrived.
    let second = deliver(ann, "Ben", "second").await;
    let states = [first.id, second.id].map(|id| state_of(ann, id));
    for state in states {
        assert_eq!(state.await, MessageState::Delivered);
    }
    // On again, what was read meanwhile is told.
    assert!(ben.call(receipts(true)).await.unwrap().read_receipts);
    reached(ann, first.id, MessageState::Read).await;
    assert_eq!(state_of(ann, second.id).await, MessageState::Delivered);
}

#[tokio::test]
async fn a_draft_is_kept_in_place_of_the_one_before_until_it_is_dropped() {
    let (ann, _ben) = ann_and_ben().await;
    let ann = ann.node();
    let draft = |text: &str| SetDraft {
        request: request_id(),
        who: "Ben".into(),
        text: text.to_owned(),
    };
    for text in ["Dear Ben", "Dear Ben, how"] {
        let kept = ann.call(draft(text)).await.unwrap();
        assert_eq!(kept.draft.as_deref(), Some(text));
    }
    let get = GetConversation { who: "Ben".into() };
    let read = ann.call(get).await.unwrap();
    assert_eq!(read.draft.as_deref(), Some("Dear Ben, how"));
    assert_eq!(ann.call(draft("")).await.unwrap().draft, None);
    let longest = "x".repeat(DRAFT_BYTES_MAX);
    assert!(ann.call(draft(&longest)).await.is_ok());
    let refused = ann.call(draft(&format!("{longest}x"))).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Invalid);
    assert!(messages(ann).await.is_empty(), "it is no message");
}

#[tokio::test]
async fn what_is_wanted_of_a_conversation_is_kept_and_the_rest_stays_as_it_was() {
    let (ann, _ben) = ann_and_ben().await;
    let ann = ann.node();
    let nothing = SetPreferences {
        request: request_id(),
        who: "Ben".into(),
        muted: None,
        archived: None,
        read_receipts: None,
    };
    let muted = SetPreferences {
        request: request_id(),
        muted: Some(true),
        ..nothing.clone()
    };
    let archived = SetPreferences {
        request: request_id(),
        archived: Some(true),
        ..nothing.clone()
    };
    let refused = ann.call(nothing).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Invalid);
    let first = ann.call(muted).await.unwrap();
    assert!(first.muted && !first.archived && first.read_receipts);
    let then = ann.call(archived).await.unwrap();
    assert!(then.muted && then.archived && then.read_receipts);
    let shown = ann
        .call(GetConversation { who: "Ben".into() })
        .await
        .unwrap();
    assert_eq!(shown, then);
}
