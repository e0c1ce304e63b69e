use tidings_node::api::{
    BlockContact, Contact, ContactState, ErrorKind, GetIdentity, GetSafetyWords, GetStatus,
    ListConversations, MessageState, RenameContact, VerifyContact,
};
use tidings_node::{Mode, Node, request_id};

use crate::person::{ann_and_ben, arrived, deliver, message, pair, passing, reached, send, texts};

async fn rename(node: &Node, who: &str, name: &str) -> Contact {
    let rename = RenameContact {
        request: request_id(),
        who: who.into(),
        name: name.to_owned(),
    };
    node.call(rename).await.unwrap()
}

async fn block(node: &Node, who: &str, blocked: bool) -> Contact {
    let block = BlockContact {
        request: request_id(),
        who: who.into(),
        blocked,
    };
    node.call(block).await.unwrap()
}

fn verify(who: &str, words: String) -> VerifyContact {
    VerifyContact {
        request: request_id(),
        who: who.into(),
        words,
    }
}

#[tokio::test]
async fn a_contact_is_verified_by_the_words_that_it_reads_out() {
    let (mut ann, ben) = ann_and_ben().await;
    let read_out = ben.node().call(GetIdentity {}).await.unwrap().safety_words;
    let who = || "Ben".into();
    let shown = ann
        .node()
        .call(GetSafetyWords { who: who() })
        .await
        .unwrap();
    assert_eq!(shown.safety_words, read_out);
    assert!(!shown.verified);

    let mut wrong = read_out.clone();
    wrong.swap(0, 1);
    for (words, kind) in [
        (wrong.join(" "), ErrorKind::Mismatch),
        (String::new(), ErrorKind::Invalid),
        (read_out[0].clone(), ErrorKind::Invalid),
        (read_out.join(" ") + "x", ErrorKind::Invalid),
    ] {
        let error = ann.node().call(verify("Ben", words)).await.unwrap_err();
        assert_eq!(error.kind, kind);
    }
    let own = ann.node().call(GetIdentity {}).await.unwrap().safety_words;
    let error = ann.node().call(verify("Ben", own.join(" "))).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::Mismatch);
    let shown = ann
        .node()
        .call(GetSafetyWords { who: who() })
        .await
        .unwrap();
    assert!(!shown.verified);

    let as_typed = format!("  1. {} \n", read_out.join(",  ").to_uppercase());
    let contact = ann.node().call(verify("Ben", as_typed)).await.unwrap();
    assert!(contact.verified);
    ann.restart().await;
    let shown = ann
        .node()
        .call(GetSafetyWords { who: who() })
        .await
        .unwrap();
    assert!(shown.verified);
}

#[tokio::test]
async fn other_words_leave_a_verified_contact_verified_and_it_is_said() {
    let (ann, ben) = ann_and_ben().await;
    let words = ben.node().call(GetIdentity {}).await.unwrap().safety_words;
    let mut others = words.clone();
    others.swap(0, 1);
    let heard = || verify("Ben", others.join(" "));
    let stays = "Ben stays marked as verified";
    let error = ann.node().call(heard()).await.unwrap_err();
    assert!(!error.message.contains(stays), "{error}");
    let right = verify("Ben", words.join(" "));
    assert!(ann.node().call(right).await.unwrap().verified);
    let error = ann.node().call(heard()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Mismatch);
    assert!(error.message.contains(stays), "{error}");
    let shown = GetSafetyWords { who: "Ben".into() };
    assert!(ann.node().call(shown).await.unwrap().verified);
}

#[tokio::test]
async fn a_name_of_ours_takes_the_place_of_their_own() {
    let (mut ann, ben) = ann_and_ben().await;
    let renamed = rename(ann.node(), "ben", " Benjamin ").await;
    assert_eq!(renamed.name, "Benjamin");
    deliver(ben.node(), "Ann", "hello").await;
    assert_eq!(arrived(ann.node(), "hello").await.from.name, "Benjamin");
    ann.restart().await;
    deliver(ann.node(), "BENJAMIN", "hello back").await;
    let own_name = ann.node().call(message("Ben", "hello?")).await;
    assert_eq!(own_name.unwrap_err().kind, ErrorKind::NotFound);
    let titles = ann.node().call(ListConversations {}).await.unwrap();
    assert_eq!(titles[0].title, "Benjamin");
    let theirs = ben.node().call(GetIdentity {}).await.unwrap();
    assert_eq!(theirs.name, "Ben", "it is ours alone");
}

#[tokio::test]
async fn names_are_found_whatever_their_case_and_normalisation() {
    let ann = passing("Ann", Mode::Memory).await;
    let zoe = passing("Zo\u{eb} \u{c5}ngstr\u{f6}m", Mode::Memory).await;
    pair(&ann, &zoe).await;
    deliver(&ann, "zoe\u{308} A\u{30a}NGSTRO\u{308}M", "hello").await;
    assert_eq!(texts(&zoe).await, ["hello"]);
}

#[tokio::test]
async fn a_name_that_fits_several_is_never_guessed() {
    let ann = passing("Ann", Mode::Memory).await;
    let bens = [
        passing("Ben", Mode::Memory).await,
        passing("ben", Mode::Memory).await,
    ];
    let mut people = Vec::new();
    for ben in &bens {
        pair(&ann, ben).await;
        people.push(ben.call(GetIdentity {}).await.unwrap().person.to_string());
    }
    let error = ann.call(message("BEN", "hello")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert_eq!(error.candidates.len(), 2);
    for person in &people {
        assert!(error.candidates.iter().any(|one| one.contains(person)));
    }
    deliver(&ann, &people[0][..16], "to the first").await;
    assert_eq!(texts(&bens[0]).await, ["to the first"]);
    assert!(texts(&bens[1]).await.is_empty());
    let too_short = ann.call(message(&people[0][..5], "hello")).await;
    assert_eq!(too_short.unwrap_err().kind, ErrorKind::NotFound);
    rename(&ann, &people[1], "Benny").await;
    deliver(&ann, "benny", "to the second").await;
    assert_eq!(texts(&bens[1]).await, ["to the second"]);
}

#[tokio::test]
async fn nothing_passes_between_us_and_whom_we_block() {
    let (ann, ben) = ann_and_ben().await;
    deliver(ben.node(), "Ann", "before").await;
    let blocked = block(ann.node(), "Ben", true).await;
    assert_eq!(blocked.state, ContactState::Blocked);
    let error = ann.node().call(message("Ben", "hello")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    // Ann's side has closed the session; Ben's notices.
    while live(ben.node()).await > 0 {
        tokio::task::yield_now().await;
    }
    let kept = send(ben.node(), "Ann", "while blocked").await;
    assert_eq!(kept.state, MessageState::Queued);
    assert_eq!(live(ann.node()).await, 0);
    assert_eq!(texts(ann.node()).await, ["before"]);

    let active = block(ann.node(), "Ben", false).await;
    assert_eq!(active.state, ContactState::Active);
    reached(ben.node(), kept.id, MessageState::Delivered).await;
    assert_eq!(texts(ann.node()).await, ["before", "while blocked"]);
    deliver(ann.node(), "Ben", "after").await;
}

#[tokio::test]
async fn whom_we_block_stays_out_across_restarts() {
    let (mut ann, mut ben) = ann_and_ben().await;
    block(ann.node(), "Ben", true).await;
    ann.stop().await;
    ben.restart().await;
    let kept = send(ben.node(), "Ann", "let me in").await;
    ann.start().await;
    let sync = tidings_node::api::Sync {
        who: None,
        timeout: 1_500,
    };
    let synced = ben.node().call(sync).await.unwrap();
    assert_eq!((synced.reached, synced.queued), (0, 1));
    assert!(texts(ann.node()).await.is_empty());
    block(ann.node(), "Ben", false).await;
    reached(ben.node(), kept.id, MessageState::Delivered).await;
}

/// Contacts' devices with a live session.
async fn live(node: &Node) -> u64 {
    let peers = node.call(GetStatus {}).await.unwrap().peers;
    peers.lan + peers.direct + peers.relayed
}
