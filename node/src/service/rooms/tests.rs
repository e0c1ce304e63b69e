//! Rooms that are in the store, as the API shows them.

use std::collections::BTreeMap;

use tidings_protocol::engine::Event as EngineEvent;
use tidings_protocol::id::Tag;
use tidings_protocol::record::{Change, ContactRecord, MemberRecord};
use tidings_protocol::time::WallTime;

use super::*;
use crate::api::{AcknowledgeEvents, Event, GetConversation, ListConversations, NextEvents};
use crate::kinds::Kinds;
use crate::{Builder, Mode, Node, api, request_id};

fn person(number: u8) -> PersonId {
    PersonId::new([number; 32])
}

fn room(number: u8, standing: RoomStanding) -> RoomRecord {
    let member = |number, role, name: &str| MemberRecord {
        person: person(number),
        role,
        name: name.to_owned(),
    };
    RoomRecord {
        conversation: ConversationId::new([number; 32]),
        standing,
        title: format!("Room {number}"),
        disappears_after: Some(60),
        invited_by: Some(person(1)),
        members: vec![
            member(1, room::Role::Admin, "Ben"),
            member(2, room::Role::Member, "Carla"),
        ],
        needs_newer_version: true,
    }
}

/// A node that has these rooms, whoever made them.
async fn with(rooms: Vec<RoomRecord>) -> Node {
    let node = Builder::in_memory().mode(Mode::Offline);
    let (node, _) = node.create("Ann").await.unwrap();
    put(&node, rooms).await;
    node
}

async fn put(node: &Node, rooms: Vec<RoomRecord>) {
    let shared = &node.service().shared;
    let ids: Vec<_> = rooms.iter().map(|room| room.conversation).collect();
    let batch = rooms
        .into_iter()
        .map(|room| Change::PutRoom(Box::new(room)));
    shared
        .storage
        .commit(batch.collect())
        .await
        .await
        .unwrap()
        .unwrap();
    shared.signals.stored(true, &Kinds::new());
    for conversation in ids {
        shared
            .signals
            .tell(EngineEvent::RoomChanged { conversation });
    }
}

#[tokio::test]
async fn a_room_is_shown_with_all_that_is_known_of_it() {
    let node = with(vec![room(7, RoomStanding::Joined)]).await;
    let who = "room 7".into();
    let shown = node.call(GetConversation { who }).await.unwrap();
    assert_eq!(
        (shown.kind, shown.standing),
        (ConversationKind::Room, Standing::Joined)
    );
    assert_eq!(shown.title, "Room 7");
    assert_eq!(shown.disappears_after, Some(60));
    let by = shown.invited_by.clone().unwrap();
    assert_eq!((by.person, by.name.as_str()), (person(1), "Ben"));
    let members = shown.members.iter();
    let members: Vec<_> = members.map(|one| (one.name.as_str(), one.role)).collect();
    assert_eq!(members, [("Ben", Role::Admin), ("Carla", Role::Member)]);
    assert!(shown.needs_newer_version && shown.hidden == 0 && shown.unread == 0);
    let all = node.call(ListConversations {}).await.unwrap();
    assert_eq!(all, [shown]);
    node.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_member_is_mentioned_by_the_name_that_others_see_and_not_by_one_of_ours() {
    let node = with(Vec::new()).await;
    let own = node.call(api::GetIdentity {}).await.unwrap().person;
    let member = |person, name: &str| MemberRecord {
        person,
        role: room::Role::Member,
        name: name.to_owned(),
    };
    let unmentionable = "@@@@@";
    let members = vec![
        member(own, "Anni"),
        member(person(1), "Ben"),
        member(person(2), ""),
        member(person(3), unmentionable),
    ];
    let contact = |number, name: &str, petname: &str| ContactRecord {
        person: person(number),
        name: name.to_owned(),
        petname: Some(petname.to_owned()),
        verified: false,
        alarm: None,
        blocked: false,
        added_at: WallTime::from_millis(0),
        met_by: Tag::new([number; 16]),
    };
    let contacts = [
        contact(1, "Benjamin", "my brother"),
        contact(2, "Carla", "the boss"),
    ];
    let shared = &node.service().shared;
    let batch = contacts.map(Change::PutContact);
    let stored = shared.storage.commit(batch.into()).await;
    stored.await.unwrap().unwrap();
    let room = RoomRecord {
        members,
        ..room(7, RoomStanding::Joined)
    };
    put(&node, vec![room]).await;
    let mentioned = async |who: &str| {
        let who = who.into();
        let shown = node.call(GetConversation { who }).await.unwrap();
        let members = shown.members.into_iter();
        let members = members.map(|one| (one.name, one.mentioned_as.unwrap_or_default()));
        members.collect::<BTreeMap<_, _>>()
    };
    let expected = [
        ("Ann", "Anni"),
        ("my brother", "Ben"),
        ("the boss", "Carla"),
        (unmentionable, ""),
    ];
    let expected = expected.map(|(name, typed)| (name.to_owned(), typed.to_owned()));
    assert_eq!(mentioned("Room 7").await, expected.into());
    let expected = [("Ann", "Ann"), ("my brother", "Benjamin")];
    let expected = expected.map(|(name, typed)| (name.to_owned(), typed.to_owned()));
    assert_eq!(mentioned("my brother").await, expected.into());
    node.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_accepted_already_is_done_and_who_is_no_member_is_not_found() {
    let node = with(vec![room(7, RoomStanding::Joined)]).await;
    let who = || Who::from("Room 7");
    let request = request_id();
    let accepted = node
        .call(AcceptRoom {
            request,
            who: who(),
        })
        .await
        .unwrap();
    assert_eq!(accepted.standing, Standing::Joined);
    let remove = RemoveMember {
        request: request_id(),
        who: who(),
        member: "Dora".into(),
    };
    let refused = node.call(remove).await.unwrap_err();
    assert_eq!(refused.kind, api::ErrorKind::NotFound);
    let invite = InviteMember {
        request: request_id(),
        who: who(),
        member: "Carla".into(),
        history: History::All,
    };
    let refused = node.call(invite).await.unwrap_err();
    assert_eq!(refused.kind, api::ErrorKind::NotFound, "she is no contact");
    node.shutdown().await.unwrap();
}

async fn events(node: &Node) -> Vec<Event> {
    let listener = || "bot".to_owned();
    let next = NextEvents {
        listener: listener(),
        limit: 9,
        wait: 60_000,
    };
    let page = node.call(next).await.unwrap();
    let acknowledge = AcknowledgeEvents {
        listener: listener(),
        position: page.position,
    };
    node.call(acknowledge).await.unwrap();
    page.events
}

#[tokio::test]
async fn a_listener_is_told_of_rooms_as_they_are_and_waits_for_the_next_change() {
    let rooms = vec![
        room(7, RoomStanding::Joined),
        room(8, RoomStanding::Invited),
    ];
    let node = with(rooms).await;
    let told = events(&node).await;
    assert!(matches!(&told[0], Event::RoomChanged(room) if room.title == "Room 7"));
    assert!(matches!(&told[1], Event::Invited(room) if room.title == "Room 8"));
    assert_eq!(told.len(), 2);
    let waits = {
        let node = node.clone();
        tokio::spawn(async move { events(&node).await })
    };
    let renamed = RoomRecord {
        title: "Crew".to_owned(),
        ..room(8, RoomStanding::Joined)
    };
    put(&node, vec![renamed]).await;
    let told = waits.await.unwrap();
    assert!(matches!(&told[..], [Event::RoomChanged(room)] if room.title == "Crew"));
    node.shutdown().await.unwrap();
}
