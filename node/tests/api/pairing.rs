use std::time::SystemTime;

use tidings_node::api::{
    AwaitInvite, AwaitJoin, CancelJoin, ContactState, ErrorKind, Join, ListContacts, MakeInvite,
    MessageState,
};
use tidings_node::{Mode, Node, request_id};
use tidings_protocol::pairing::InviteCode;

use crate::person::{
    PATIENCE, Person, TCP, arrived, deliver, invite, join, joined, pair, passing, reached, send,
    texts,
};

async fn contacts(node: &Node) -> Vec<ContactState> {
    let contacts = node.call(ListContacts {}).await.unwrap();
    contacts.into_iter().map(|contact| contact.state).collect()
}

/// What the inviter says to somebody who uses the code; the code is refused.
async fn refusal(joiner: &Node, code: &str) -> String {
    join(joiner, code).await;
    let error = joiner.call(joined(code)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused, "{error}");
    assert_eq!(contacts(joiner).await, []);
    error.message
}

#[tokio::test]
async fn two_people_meet_chat_restart_and_find_each_other_again() {
    let (mut ann, mut ben) = (Person::new("Ann").await, Person::new("Ben").await);
    let code = invite(ann.node()).await.code;
    assert_eq!(join(ben.node(), &code).await.state, ContactState::Pending);
    let met = ben.node().call(joined(&code)).await.unwrap();
    assert_eq!(
        (met.name.as_str(), met.state),
        ("Ann", ContactState::Active)
    );
    let wait = AwaitInvite {
        code,
        timeout: Some(PATIENCE),
    };
    assert_eq!(ann.node().call(wait).await.unwrap().unwrap().name, "Ben");

    deliver(ann.node(), "Ben", "one").await;
    deliver(ben.node(), "Ann", "two").await;
    ann.restart().await;
    ben.restart().await;
    deliver(ann.node(), "Ben", "three").await;
    deliver(ben.node(), "Ann", "four").await;
    let all = ["one", "two", "three", "four"];
    assert_eq!(texts(ann.node()).await, all);
    assert_eq!(texts(ben.node()).await, all);
}

#[tokio::test]
async fn what_was_written_while_the_other_was_away_arrives_once() {
    let (ann, mut ben) = crate::person::ann_and_ben().await;
    ben.stop().await;
    let first = send(ann.node(), "Ben", "first").await;
    let second = send(ann.node(), "Ben", "second").await;
    assert_eq!(first.state, MessageState::Queued);
    ben.start().await;
    for message in [first, second] {
        reached(ann.node(), message.id, MessageState::Delivered).await;
    }
    assert_eq!(texts(ben.node()).await, ["first", "second"]);
}

#[tokio::test]
async fn an_invite_made_at_once_says_where_its_maker_is() {
    for _ in 0..20 {
        let ann = passing("Ann", Mode::Auto).await;
        let code: InviteCode = invite(&ann).await.code.parse().unwrap();
        assert_ne!(code.addresses(), Vec::<String>::new());
        ann.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn nodes_of_one_process_meet_over_its_memory() {
    let ann = passing("Ann", Mode::Memory).await;
    let ben = passing("Ben", Mode::Memory).await;
    pair(&ann, &ben).await;
    deliver(&ann, "Ben", "hello").await;
    deliver(&ben, "Ann", "hello Ann").await;
    assert_eq!(texts(&ann).await, ["hello", "hello Ann"]);
}

#[tokio::test]
async fn an_invite_that_was_used_is_refused_to_the_next() {
    let ann = passing("Ann", Mode::Memory).await;
    let ben = passing("Ben", Mode::Memory).await;
    let carol = passing("Carol", Mode::Memory).await;
    let code = invite(&ann).await.code;
    join(&ben, &code).await;
    ben.call(joined(&code)).await.unwrap();
    assert!(refusal(&carol, &code).await.contains("used"));
    assert_eq!(contacts(&ann).await.len(), 1);
    // Asked again, it says the same again.
    let again = carol.call(joined(&code)).await.unwrap_err();
    assert_eq!(again.kind, ErrorKind::Refused);
}

#[tokio::test]
async fn a_reusable_invite_admits_several() {
    let ann = passing("Ann", Mode::Memory).await;
    let request = MakeInvite {
        request: request_id(),
        expires_in: 3_600_000,
        reusable: true,
    };
    let code = ann.call(request).await.unwrap().code;
    for name in ["Ben", "Carol"] {
        let joiner = passing(name, Mode::Memory).await;
        join(&joiner, &code).await;
        assert_eq!(joiner.call(joined(&code)).await.unwrap().name, "Ann");
        arrived_at(&ann, &joiner, name).await;
    }
    assert_eq!(contacts(&ann).await.len(), 2);
}

async fn arrived_at(ann: &Node, joiner: &Node, name: &str) {
    let text = format!("I am {name}");
    deliver(joiner, "Ann", &text).await;
    assert_eq!(arrived(ann, &text).await.from.name, name);
}

#[tokio::test]
async fn an_invite_that_has_expired_is_refused() {
    let ann = passing("Ann", Mode::Memory).await;
    let ben = passing("Ben", Mode::Memory).await;
    let request = MakeInvite {
        request: request_id(),
        expires_in: 1,
        reusable: false,
    };
    let invite = ann.call(request).await.unwrap();
    let now = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    while now() <= u128::from(invite.expires_at) {
        tokio::task::yield_now().await;
    }
    assert!(refusal(&ben, &invite.code).await.contains("expired"));
    assert_eq!(contacts(&ann).await, []);
}

#[tokio::test]
async fn an_invite_that_its_maker_no_longer_knows_is_refused() {
    let ann = passing("Ann", Mode::Memory).await;
    let ben = passing("Ben", Mode::Memory).await;
    let request = |expires_in| MakeInvite {
        request: request_id(),
        expires_in,
        reusable: false,
    };
    let first = ann.call(request(1_000_000)).await.unwrap().code;
    // As many as are kept: the one that expires first makes room.
    for _ in 0..256 {
        ann.call(request(3_600_000)).await.unwrap();
    }
    refusal(&ben, &first).await;
    assert_eq!(contacts(&ann).await, []);
}

#[tokio::test]
async fn a_code_that_is_none_is_refused_at_once_and_changes_nothing() {
    let ann = passing("Ann", Mode::Memory).await;
    let ben = passing("Ben", Mode::Memory).await;
    let code = invite(&ann).await.code;
    let mut mistyped: Vec<char> = code.chars().collect();
    let last = mistyped.len() - 3;
    mistyped[last] = if mistyped[last] == 'A' { 'B' } else { 'A' };
    let mistyped: String = mistyped.into_iter().collect();
    let truncated = code[..code.len() / 2].to_owned();
    for code in [String::new(), "hello".to_owned(), mistyped, truncated] {
        let request = request_id();
        let error = ben.call(Join { request, code }).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused, "{error}");
    }
    let own = Join {
        request: request_id(),
        code,
    };
    assert_eq!(ann.call(own).await.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(contacts(&ben).await, []);
    assert_eq!(contacts(&ann).await, []);
}

#[tokio::test]
async fn a_join_waits_for_the_inviter_and_survives_the_joiners_restart() {
    let mut ann = Person::listening("Ann", TCP).await;
    let mut ben = Person::listening("Ben", TCP).await;
    let code = invite(ann.node()).await.code;
    ann.stop().await;
    join(ben.node(), &code).await;
    let timeout = 1;
    let wait = AwaitJoin {
        code: code.clone(),
        timeout,
    };
    let waiting = ben.node().call(wait).await.unwrap();
    assert_eq!(waiting.state, ContactState::Pending);
    ben.restart().await;
    assert_eq!(contacts(ben.node()).await, [ContactState::Pending]);
    ann.start().await;
    let met = ben.node().call(joined(&code)).await.unwrap();
    assert_eq!(
        (met.name.as_str(), met.state),
        ("Ann", ContactState::Active)
    );
    assert_eq!(contacts(ben.node()).await, [ContactState::Active]);
    deliver(ann.node(), "Ben", "there you are").await;
}

#[tokio::test]
async fn a_join_is_given_up_once_and_whoever_waits_for_it_hears_so() {
    let mut ann = Person::listening("Ann", TCP).await;
    let mut ben = Person::listening("Ben", TCP).await;
    let code = invite(ann.node()).await.code;
    ann.stop().await;
    let id = join(ben.node(), &code).await.join.unwrap();
    let listed = ben.node().call(ListContacts {}).await.unwrap();
    assert_eq!(listed[0].join, Some(id));
    let cancel = CancelJoin {
        request: request_id(),
        join: id.to_string(),
    };
    let (waited, given_up) = tokio::join!(
        ben.node().call(joined(&code)),
        ben.node().call(cancel.clone())
    );
    assert_eq!(waited.unwrap_err().kind, ErrorKind::Refused);
    let given_up = given_up.unwrap();
    assert_eq!(
        (given_up.state, given_up.join),
        (ContactState::Cancelled, Some(id))
    );
    for _ in 0..2 {
        assert_eq!(contacts(ben.node()).await, []);
        assert_eq!(ben.node().call(cancel.clone()).await, Ok(given_up.clone()));
        let again = CancelJoin {
            request: request_id(),
            join: code.clone(),
        };
        let error = ben.node().call(again).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
        ben.restart().await;
    }
    // The code is as good as it was.
    join(ben.node(), &code).await;
    ann.start().await;
    let met = ben.node().call(joined(&code)).await.unwrap();
    assert_eq!(
        (met.name.as_str(), met.state),
        ("Ann", ContactState::Active)
    );
    deliver(ann.node(), "Ben", "there you are").await;
}

#[tokio::test]
async fn what_is_neither_a_code_nor_a_joins_id_gives_up_nothing() {
    let ben = passing("Ben", Mode::Offline).await;
    let code = invite(&passing("Ann", Mode::Offline).await).await.code;
    let join = join(&ben, &code).await.join.unwrap().to_string();
    for named in ["", &join[1..], &code[1..]] {
        let cancel = CancelJoin {
            request: request_id(),
            join: named.to_owned(),
        };
        let error = ben.call(cancel).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused, "{named} {error}");
    }
    assert_eq!(contacts(&ben).await, [ContactState::Pending]);
}

#[tokio::test]
async fn waiting_for_what_was_never_begun_is_refused() {
    let ann = passing("Ann", Mode::Offline).await;
    let ben = passing("Ben", Mode::Offline).await;
    let code = invite(&ann).await.code;
    let error = ben.call(joined(&code)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let wait = AwaitInvite {
        code,
        timeout: Some(1),
    };
    assert_eq!(ann.call(wait).await.unwrap(), None);
}

#[tokio::test]
async fn an_invite_lives_a_moment_to_a_year() {
    let ann = passing("Ann", Mode::Offline).await;
    let year = 366 * 24 * 3_600_000;
    for (expires_in, fits) in [(0, false), (1, true), (year, true), (year + 1, false)] {
        let request = MakeInvite {
            request: request_id(),
            expires_in,
            reusable: false,
        };
        let made = ann.call(request).await;
        assert_eq!(made.is_ok(), fits, "{expires_in}");
    }
}
