//! Requests against real nodes of this process.

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::engine::Live;
use tidings_protocol::id::{ConversationId, DeviceId, OperationId, PersonId, Tag, TransportId};
use tidings_protocol::pairing::InviteCode;
use tidings_protocol::record::{Change, ContactRecord, DeliveryChange};
use tidings_protocol::room;
use tidings_protocol::time::{LogicalTime, WallTime};
use tidings_store::{DeedRow, Reader};

use super::status::peer_counts;
use crate::net::Path;
use crate::{Builder, Discovery, Mode, Node, api, request_id};

/// Far more than any machine needs.
const PATIENCE_MILLISECONDS: u64 = 60_000;

#[test]
fn several_sessions_with_one_device_are_one_connection() {
    let session = |device, peer| Live {
        device: DeviceId::new([device; 32]),
        person: PersonId::new([device; 32]),
        peer: TransportId::new([peer; 32]),
        caught_up: true,
    };
    let live = [session(1, 1), session(2, 2), session(1, 1), session(3, 3)];
    let path = |peer| match peer {
        peer if peer == TransportId::new([3; 32]) => Some(Path::Direct),
        _ => Some(Path::Lan),
    };
    let peers = peer_counts(&live, path);
    assert_eq!((peers.lan, peers.direct, peers.relayed), (2, 1, 0));
}

async fn person(name: &str) -> Node {
    let builder = Builder::in_memory()
        .mode(Mode::Auto)
        .discovery(Discovery::Off)
        .listen(vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()]);
    let (node, _) = builder.create(name).await.unwrap();
    node
}

async fn meet(host: &Node, guest: &Node) {
    let invite = api::MakeInvite {
        request: request_id(),
        expires_in: PATIENCE_MILLISECONDS,
        reusable: false,
    };
    let code = host.call(invite).await.unwrap().code;
    let join = api::Join {
        request: request_id(),
        code: code.clone(),
    };
    guest.call(join).await.unwrap();
    let timeout = PATIENCE_MILLISECONDS;
    let joined = guest.call(api::AwaitJoin { code, timeout }).await.unwrap();
    assert!(joined.person.is_some());
}

async fn deliver(from: &Node, to: &str, text: &str) -> crate::OperationId {
    let message = say(from, to, text).await.id;
    let awaited = api::AwaitState {
        message,
        state: api::MessageState::Delivered,
        timeout: PATIENCE_MILLISECONDS,
    };
    assert!(from.call(awaited).await.unwrap().reached);
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn what_either_side_said_is_found_over_the_api() {
    let (ann, ben) = (person("Ann").await, person("Ben").await);
    meet(&ann, &ben).await;
    deliver(&ann, "Ben", "여러분 안녕하세요").await;
    deliver(&ben, "Ann", "안녕! see you tomorrow").await;
    let search = async |query: &str, limit| {
        let request = api::SearchMessages {
            query: query.to_owned(),
            limit,
            ..api::SearchMessages::default()
        };
        let found = ann.call(request).await?;
        let texts = found.messages.into_iter().map(|message| message.body);
        Ok::<_, api::ApiError>((texts.collect::<Vec<_>>(), found.more))
    };
    let (mine, his) = (
        "여러분 안녕하세요".to_owned(),
        "안녕! see you tomorrow".to_owned(),
    );
    let both = (vec![mine.clone(), his.clone()], false);
    assert_eq!(search("안녕", None).await.unwrap(), both);
    let last = (vec![his.clone()], true);
    assert_eq!(search("안녕", Some(1)).await.unwrap(), last);
    assert_eq!(search("안녕 from:me", None).await.unwrap().0, [mine]);
    assert_eq!(search("in:ben you tom", None).await.unwrap().0, [his]);
    assert_eq!(
        search("morrow", None).await.unwrap().0,
        Vec::<String>::new()
    );
    let refused = search("from:Carla", None).await.unwrap_err();
    assert_eq!(refused.kind, api::ErrorKind::NotFound);
    ann.shutdown().await.unwrap();
    ben.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn marking_as_read_goes_on_where_an_interrupted_try_left_off() {
    let ann = person("Ann").await;
    let mut messages = Vec::new();
    for name in ["Ben", "Carla"] {
        let other = person(name).await;
        meet(&ann, &other).await;
        messages.push(deliver(&other, "Ann", "hello").await);
        other.shutdown().await.unwrap();
    }
    let request = request_id();
    // What a try does that is cut off after its first conversation, whichever that is.
    for message in [&messages[..1], &messages] {
        let mark = api::MarkRead {
            request,
            messages: message.to_vec(),
        };
        ann.call(mark).await.unwrap();
    }
    let unread = ann.call(api::ListUnread {}).await.unwrap();
    assert_eq!(unread.len(), 0);
    ann.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_carried_is_among_what_is_queued_and_counted_by_itself_too() {
    let (ann, ben) = (person("Ann").await, person("Ben").await);
    meet(&ann, &ben).await;
    ben.shutdown().await.unwrap();
    let waiting = async || {
        let status = ann.call(api::GetStatus {}).await.unwrap();
        (status.queued, status.carried)
    };
    assert_eq!(waiting().await, (0, 0));
    let message = say(&ann, "Ben", "over somebody").await;
    say(&ann, "Ben", "over nobody").await;
    assert_eq!(waiting().await, (2, 0));
    let storage = &ann.service().shared.storage;
    let read = move |reader: &Reader| reader.message(message.id);
    let row = storage.read(read).await.unwrap().unwrap();
    let carried = Change::ChangeDelivery(DeliveryChange {
        actor: row.actor,
        first: row.seq,
        last: row.seq,
        person: ann.call(api::ListContacts {}).await.unwrap()[0]
            .person
            .unwrap(),
        state: DeliveryState::Carried,
    });
    let commit = storage.commit(vec![carried]).await;
    commit.await.unwrap().unwrap();
    assert_eq!(waiting().await, (2, 1));
    ann.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_our_own_person_put_on_a_message_is_told_from_what_a_namesake_did() {
    let (ann, other) = (person("Ann").await, person("Ann").await);
    meet(&ann, &other).await;
    let message = deliver(&other, "Ann", "hello").await;
    let react = async |by: &Node, emoji: &str, remove| {
        let react = api::React {
            request: request_id(),
            message: message.to_string(),
            emoji: emoji.to_owned(),
            remove,
        };
        by.call(react).await.unwrap()
    };
    assert_eq!(react(&other, "🎉", false).await.reacted, ["🎉"]);
    deliver(&other, "Ann", "what was before this has come too").await;
    let both = react(&ann, "👍", false).await;
    let emoji: Vec<&String> = both.reactions.keys().collect();
    assert_eq!(emoji, ["🎉", "👍"]);
    assert_eq!(both.reacted, ["👍"]);
    let taken_off = react(&ann, "👍", true).await;
    assert_eq!(taken_off.reactions.len(), 1);
    assert_eq!(taken_off.reacted, Vec::<String>::new());
    ann.shutdown().await.unwrap();
    other.shutdown().await.unwrap();
}

/// A room of our own, with nobody else in it.
async fn room(ann: &Node, title: &str) {
    let make = api::CreateRoom {
        request: request_id(),
        title: title.to_owned(),
        with: Vec::new(),
    };
    ann.call(make).await.unwrap();
}

async fn say(from: &Node, who: &str, text: &str) -> api::Message {
    let message = api::SendMessage {
        request: request_id(),
        who: who.into(),
        text: text.to_owned(),
        reply_to: None,
        priority: false,
    };
    from.call(message).await.unwrap()
}

fn reply(who: &str, to: &api::Message) -> api::SendMessage {
    api::SendMessage {
        request: request_id(),
        who: who.into(),
        text: "Yes.".to_owned(),
        reply_to: Some(to.id.to_string()),
        priority: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_quotes_how_what_it_answers_begins_for_as_long_as_that_is_there() {
    let ann = person("Ann").await;
    room(&ann, "Team").await;
    let question = say(
        &ann,
        "Team",
        &"\u{e9}".repeat(api::QUOTE_CHARACTERS_MAX + 1),
    )
    .await;
    assert_eq!(question.quote, None);
    let answer = ann.call(reply("Team", &question)).await.unwrap();
    let mut quote = api::Quote {
        from: question.from.clone(),
        mine: true,
        body: "\u{e9}".repeat(api::QUOTE_CHARACTERS_MAX),
        deleted: false,
    };
    assert_eq!(answer.quote.as_ref(), Some(&quote));
    let newest = async || {
        let newest = api::ReadMessages {
            limit: Some(1),
            ..api::ReadMessages::default()
        };
        ann.call(newest).await.unwrap().messages.pop().unwrap()
    };
    let delete = |for_me| api::DeleteMessage {
        request: request_id(),
        message: question.id.to_string(),
        for_me,
    };
    ann.call(delete(false)).await.unwrap();
    (quote.body, quote.deleted) = (String::new(), true);
    assert_eq!(newest().await.quote, Some(quote));
    ann.call(delete(true)).await.unwrap();
    let alone = newest().await;
    assert_eq!((alone.quote, alone.reply_to), (None, Some(question.id)));
    ann.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_goes_to_where_what_it_answers_is_and_nowhere_else() {
    let ann = person("Ann").await;
    room(&ann, "Team").await;
    room(&ann, "Crew").await;
    let question = say(&ann, "Team", "Are you safe?").await;
    let refused = ann.call(reply("Crew", &question)).await.unwrap_err();
    assert_eq!(refused.kind, api::ErrorKind::Invalid);
    assert!(refused.message.contains("another conversation"));
    let answer = ann.call(reply("Team", &question)).await.unwrap();
    assert_eq!(answer.reply_to, Some(question.id));
    ann.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_their_own_role_and_is_told_so() {
    let ann = person("Ann").await;
    room(&ann, "Team").await;
    let role = api::SetRole {
        request: request_id(),
        who: "Team".into(),
        member: "Ann".into(),
        role: api::Role::Member,
    };
    let refused = ann.call(role).await.unwrap_err();
    assert_eq!(refused.kind, api::ErrorKind::Conflict);
    assert!(refused.message.contains("their own role"), "{refused}");
    ann.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_is_not_edited() {
    let (ann, ben) = (person("Ann").await, person("Ben").await);
    meet(&ann, &ben).await;
    ben.shutdown().await.unwrap();
    let message = say(&ann, "Ben", "hello").await.id.to_string();
    let edit = || api::EditMessage {
        request: request_id(),
        message: message.clone(),
        text: "hello there".to_owned(),
    };
    ann.call(edit()).await.unwrap();
    let cancel = api::Cancel {
        request: request_id(),
        message: message.clone(),
    };
    ann.call(cancel).await.unwrap();
    let refused = ann.call(edit()).await.unwrap_err();
    assert_eq!(refused.kind, api::ErrorKind::Conflict);
    ann.shutdown().await.unwrap();
}

#[test]
fn a_wait_lasts_as_long_as_asked_and_never_longer_than_the_limit() {
    let most = u64::try_from(super::WAIT_MAX.as_millis()).unwrap();
    let cases = [
        (most - 1, most - 1),
        (most, most),
        (most + 1, most),
        (u64::MAX, most),
    ];
    for (asked, granted) in cases {
        let granted = std::time::Duration::from_millis(granted);
        let before = tokio::time::Instant::now();
        let over = super::deadline(asked);
        let after = tokio::time::Instant::now();
        assert!(
            before + granted <= over && over <= after + granted,
            "{asked}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_lives_the_longest_time_and_not_a_moment_more() {
    let ann = person("Ann").await;
    let most = u64::try_from(super::pairing::EXPIRES_MAX.as_millis()).unwrap();
    let invite = async |expires_in| {
        let invite = api::MakeInvite {
            request: request_id(),
            expires_in,
            reusable: false,
        };
        ann.call(invite).await.map_err(|error| error.kind)
    };
    assert!(invite(1).await.is_ok());
    assert!(invite(most).await.is_ok());
    for refused in [0, most + 1] {
        let kind = invite(refused).await.unwrap_err();
        assert_eq!(kind, api::ErrorKind::Invalid);
    }
    ann.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_messages_are_looked_for_at_once_and_one_more_is_refused() {
    let ann = person("Ann").await;
    let gone = async |count| {
        let messages = vec![crate::OperationId::new([7; 32]); count];
        let gone = ann.call(api::ListGone { messages }).await;
        gone.map(|gone| gone.len()).map_err(|error| error.kind)
    };
    let most = super::messages::GONE_MAX;
    assert_eq!(gone(most).await, Ok(most));
    assert_eq!(gone(most + 1).await, Err(api::ErrorKind::Invalid));
    ann.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_messages_are_marked_at_once_and_one_more_is_refused() {
    let ann = person("Ann").await;
    let mark = async |count| {
        let mark = api::MarkRead {
            request: request_id(),
            messages: vec![crate::OperationId::new([7; 32]); count],
        };
        ann.call(mark).await.map_err(|error| error.kind)
    };
    let most = super::messages::MARK_MAX;
    assert_eq!(mark(most).await, mark(1).await);
    assert_ne!(mark(1).await, Err(api::ErrorKind::Invalid));
    assert_eq!(mark(most + 1).await, Err(api::ErrorKind::Invalid));
    ann.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_join_is_answered_once_that_is_stored_though_nobody_was_told_of_it_yet() {
    let offline = async |name| {
        let node = Builder::in_memory().mode(Mode::Offline);
        node.create(name).await.unwrap().0
    };
    let (ann, ben) = (offline("Ann").await, offline("Ben").await);
    let invite = api::MakeInvite {
        request: request_id(),
        expires_in: PATIENCE_MILLISECONDS,
        reusable: false,
    };
    let code = ann.call(invite).await.unwrap().code;
    // Whom he knows is known by now.
    assert_eq!(ben.call(api::ListContacts {}).await.unwrap(), []);
    let person = PersonId::new([7; 32]);
    let met = ContactRecord {
        person,
        name: "Ann".to_owned(),
        petname: None,
        verified: false,
        alarm: None,
        blocked: false,
        added_at: WallTime::from_millis(0),
        met_by: code.parse::<InviteCode>().unwrap().tag(),
    };
    let stored = ben
        .service()
        .shared
        .storage
        .commit(vec![Change::PutContact(met)]);
    stored.await.await.unwrap().unwrap();
    let timeout = 0;
    let joined = ben.call(api::AwaitJoin { code, timeout }).await.unwrap();
    assert_eq!(joined.person, Some(person));
}

#[tokio::test]
async fn a_title_that_somebody_blocked_gave_a_room_is_not_shown() {
    let node = Builder::in_memory().mode(Mode::Offline);
    let ann = node.create("Ann").await.unwrap().0;
    let service = ann.service();
    let titles = async |by| {
        let deed = room::Deed {
            operation: OperationId::new([1; 32]),
            logical: LogicalTime::ZERO,
            wall: WallTime::from_millis(0),
            by,
            what: room::DeedKind::Titled {
                title: "words".to_owned(),
            },
        };
        let conversation = ConversationId::new([2; 32]);
        let row = DeedRow {
            conversation,
            deed,
            before: None,
        };
        let shown = service.present_deeds(vec![row]).await.unwrap();
        shown.into_iter().map(|deed| deed.what).collect::<Vec<_>>()
    };
    let renamed = |title: &str| {
        vec![api::DeedKind::Renamed {
            title: title.to_owned(),
        }]
    };
    let person = PersonId::new([7; 32]);
    let blocked = ContactRecord {
        person,
        name: "Ben".to_owned(),
        petname: None,
        verified: false,
        alarm: None,
        blocked: true,
        added_at: WallTime::from_millis(0),
        met_by: Tag::new([0; 16]),
    };
    let change = vec![Change::PutContact(blocked)];
    let stored = service.shared.storage.commit(change);
    stored.await.await.unwrap().unwrap();
    assert_eq!(titles(person).await, renamed(""));
    let other = PersonId::new([8; 32]);
    assert_eq!(titles(other).await, renamed("words"));
}
