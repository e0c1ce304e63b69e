use tidings_node::api::{
    ApiError, Conversation, Deleted, Done, ErrorKind, Found, History, Identity, Message,
    MessagePage, MessageState, Reply, Request, Role, Said,
};
use tidings_node::{ConversationId, OperationId, PersonId};

use super::*;
use crate::chat::fake::{Call, Calls, Fake};
use crate::chat::{Anchor, Item, RoomChange, Ticket, Way};
use crate::failure::Cause;
use crate::output::sample;

fn runner() -> (Runner<Fake>, Calls) {
    let (fake, calls) = Fake::new();
    (Runner::new(fake), calls)
}

fn with(first: char) -> Place {
    Place::Person(sample::id(first))
}

fn send(to: char, text: &str) -> Ask {
    Ask::Send {
        place: with(to),
        text: text.to_owned(),
        reply_to: None,
    }
}

fn search(query: &str, ticket: Ticket) -> Ask {
    Ask::Search {
        ticket,
        query: query.to_owned(),
        limit: 20,
    }
}

/// The text of a message that is to be stored.
fn text(call: &Call) -> &str {
    let Request::SendMessage(message) = &call.request else {
        panic!("{call:?}");
    };
    &message.text
}

/// Answers that a message was stored.
fn stored(call: Call) {
    call.answer(|request| {
        let Request::SendMessage(message) = request else {
            panic!("{request:?}");
        };
        Reply::SendMessage(sample::sent(&message.text, MessageState::Queued))
    });
}

fn found(call: Call) -> bool {
    call.answer(|_| {
        Reply::SearchMessages(Found {
            messages: Vec::new(),
            more: false,
        })
    })
}

#[tokio::test]
async fn what_is_sent_in_one_conversation_is_stored_in_order_and_another_does_not_wait_for_it() {
    let (mut runner, mut calls) = runner();
    for ask in [send('b', "one"), send('b', "two"), send('c', "elsewhere")] {
        runner.ask(ask);
    }
    let (one, elsewhere) = (calls.next().await, calls.next().await);
    assert_eq!((text(&one), text(&elsewhere)), ("one", "elsewhere"));
    assert!(calls.arrived().is_none(), "the second waits for the first");
    stored(one);
    let told = runner.told().await;
    assert!(
        matches!(told, Told::Sent(place, message) if place == with('b') && message.body == "one")
    );
    let two = calls.next().await;
    assert_eq!(text(&two), "two");
    stored(two);
    stored(elsewhere);
    for _ in 0..2 {
        assert!(matches!(runner.told().await, Told::Sent(..)));
    }
    assert_eq!(runner.asks().count(), 0);
}

#[tokio::test]
async fn a_text_that_was_not_stored_comes_back_and_the_next_one_is_tried() {
    let (mut runner, mut calls) = runner();
    runner.ask(send('b', "one"));
    runner.ask(send('b', "two"));
    calls.next().await.refuse(ErrorKind::Unavailable, "ended");
    let Told::Failed(ask, failure) = runner.told().await else {
        panic!("it was refused");
    };
    assert_eq!(ask.written(), Some("one"));
    assert_eq!(failure.cause, Cause::Unavailable);
    assert_eq!(text(&calls.next().await), "two");
}

#[tokio::test]
async fn a_newer_search_takes_the_place_of_an_older_one_which_is_told() {
    let (mut runner, mut calls) = runner();
    let (first, second) = (Ticket::default(), Ticket::default().next());
    runner.ask(search("re", first));
    let older = calls.next().await;
    runner.ask(search("red", second));
    let told = runner.told().await;
    assert!(matches!(told, Told::Superseded(Ask::Search { ticket, .. }) if ticket == first));
    assert!(older.is_forgotten());
    assert!(found(calls.next().await));
    let told = runner.told().await;
    assert!(matches!(told, Told::Found { ticket, .. } if ticket == second));
    assert_eq!(runner.asks().count(), 0);
}

#[tokio::test]
async fn another_conversation_is_opened_in_place_of_the_one_before_and_paging_back_goes_on() {
    let (mut runner, mut calls) = runner();
    let page = |place, anchor| Ask::Page {
        ticket: Ticket::default(),
        place,
        anchor,
        limit: 50,
    };
    let before = Anchor::Before(sample::id('m'));
    runner.ask(page(with('b'), before));
    runner.ask(page(with('b'), Anchor::Newest));
    runner.ask(page(with('c'), Anchor::Newest));
    let told = runner.told().await;
    assert!(matches!(told, Told::Superseded(Ask::Page { place, .. }) if place == with('b')));
    let mut pages = Vec::new();
    for _ in 0..2 {
        let mut call = calls.next().await;
        while call.is_forgotten() {
            call = calls.next().await;
        }
        let Request::ReadMessages(read) = &call.request else {
            panic!("{call:?}");
        };
        pages.push((read.who.clone(), read.before, read.limit));
        call.answer(|_| Reply::ReadMessages(empty_page(None)));
        assert!(matches!(runner.told().await, Told::Page { .. }));
    }
    let back = (Some(with('b').who()), Some(sample::id('m')), Some(50));
    assert_eq!(pages, [back, (Some(with('c').who()), None, Some(50))]);
}

fn empty_page(next: Option<String>) -> MessagePage {
    MessagePage {
        messages: vec![sample::received("Ben", "hi")],
        deeds: Vec::new(),
        cursor: "1".to_owned(),
        next,
        gaps: Vec::new(),
    }
}

#[tokio::test]
async fn a_page_is_put_together_of_as_many_as_the_node_makes_of_it() {
    let (mut runner, mut calls) = runner();
    runner.ask(Ask::Page {
        ticket: Ticket::default(),
        place: with('b'),
        anchor: Anchor::Newest,
        limit: 9_000,
    });
    let first = calls.next().await;
    first.answer(|_| Reply::ReadMessages(empty_page(Some("there".to_owned()))));
    let second = calls.next().await;
    assert!(matches!(&second.request, Request::ReadMessages(read)
        if read.after.as_deref() == Some("there")));
    second.answer(|_| Reply::ReadMessages(empty_page(None)));
    let Told::Page { items, gaps, .. } = runner.told().await else {
        panic!("it was answered");
    };
    assert_eq!((items.len(), gaps.len()), (2, 0));
}

#[tokio::test]
async fn what_was_done_comes_with_the_newest_messages_and_counts_as_none_of_them() {
    let (mut runner, mut calls) = runner();
    runner.ask(Ask::Page {
        ticket: Ticket::default(),
        place: with('b'),
        anchor: Anchor::NewestMessages,
        limit: 50,
    });
    let first = calls.next().await;
    assert!(matches!(&first.request, Request::ReadMessages(read)
        if read.limit == Some(50) && read.page == Some(1) && !read.deeds));
    first.answer(|_| Reply::ReadMessages(empty_page(None)));
    let rest = calls.next().await;
    assert!(matches!(&rest.request, Request::ReadMessages(read)
        if read.from == Some(sample::id('a')) && read.limit.is_none() && read.deeds));
    let whole = MessagePage {
        deeds: vec![sample::left("Cho")],
        ..empty_page(None)
    };
    rest.answer(|_| Reply::ReadMessages(whole));
    let Told::Page { items, .. } = runner.told().await else {
        panic!("it was answered");
    };
    assert!(matches!(
        items.as_slice(),
        [Item::Message(_), Item::Deed(_)]
    ));
}

fn takes(path: &str) -> Ask {
    Ask::Bundle {
        way: Way::Import,
        typed: path.to_owned(),
        path: path.into(),
    }
}

#[tokio::test]
async fn what_is_written_and_taken_keeps_nothing_waiting_and_of_one_more_than_the_most_it_is_said()
{
    let (mut runner, mut calls) = runner();
    let mut under_way = Vec::new();
    for _ in 0..TRANSFERS_MAX {
        runner.ask(takes("/media/stick"));
        under_way.push(calls.next().await);
    }
    runner.ask(takes("/media/other"));
    let Told::Failed(ask, failure) = runner.told().await else {
        panic!("it is one too many");
    };
    assert_eq!(ask, takes("/media/other"));
    assert!(failure.message.contains(&TRANSFERS_MAX.to_string()));
    assert_eq!(runner.asks().count(), TRANSFERS_MAX);
    runner.ask(send('b', "meanwhile"));
    stored(calls.next().await);
    assert!(matches!(runner.told().await, Told::Sent(..)));
    let first = under_way.remove(0);
    first.answer(|request| {
        assert!(matches!(request, Request::ImportBundle(_)));
        Reply::ImportBundle(sample::bundle("/media/stick"))
    });
    let told = runner.told().await;
    assert!(matches!(told, Told::Bundle(Way::Import, came) if came.path.ends_with("stick")));
    runner.ask(takes("/media/other"));
    assert!(matches!(
        calls.next().await.request,
        Request::ImportBundle(import) if import.path.ends_with("other")
    ));
}

#[tokio::test]
async fn the_most_asks_are_kept_and_one_more_comes_back_at_once() {
    let (mut runner, mut calls) = runner();
    for _ in 0..ASKS_MAX {
        runner.ask(send('b', "hello"));
    }
    assert_eq!(runner.asks().count(), ASKS_MAX);
    runner.ask(send('b', "one more"));
    assert_eq!(runner.asks().count(), ASKS_MAX);
    let told = runner.told().await;
    assert!(matches!(told, Told::Failed(ask, _) if ask.written() == Some("one more")));
    stored(calls.next().await);
    runner.told().await;
    runner.ask(send('b', "there is room again"));
    assert_eq!(runner.asks().count(), ASKS_MAX);
}

#[tokio::test]
async fn the_most_asks_run_side_by_side_and_one_more_waits() {
    let (mut runner, mut calls) = runner();
    for _ in 0..=RUNNING_MAX {
        runner.ask(Ask::Identity);
    }
    let mut running = Vec::new();
    for _ in 0..RUNNING_MAX {
        running.push(calls.next().await);
    }
    assert!(calls.arrived().is_none());
    running.remove(0).answer(|_| {
        Reply::GetIdentity(Identity {
            person: sample::id('z'),
            device: sample::id('z'),
            name: "Ann".to_owned(),
            safety_words: Vec::new(),
        })
    });
    assert!(matches!(runner.told().await, Told::Identity(_)));
    assert_eq!(calls.next().await.request.method(), "identity");
}

#[tokio::test]
async fn whoever_waits_for_what_is_told_may_stop_and_lose_nothing() {
    let (mut runner, mut calls) = runner();
    runner.ask(send('b', "one"));
    let call = calls.next().await;
    tokio::select! {
        biased;
        told = runner.told() => panic!("{told:?}"),
        () = std::future::ready(()) => {}
    }
    stored(call);
    assert!(matches!(runner.told().await, Told::Sent(..)));
}

/// The request that an ask becomes, and what its answer is told as.
async fn becomes(ask: Ask, reply: impl FnOnce(Request) -> Reply) -> (Request, Told) {
    let (mut runner, mut calls) = runner();
    runner.ask(ask);
    let call = calls.next().await;
    let request = call.request.clone();
    call.answer(reply);
    (request, runner.told().await)
}

fn room() -> Conversation {
    sample::room('r', "Team")
}

fn message() -> Message {
    sample::sent("hi", MessageState::Queued)
}

#[tokio::test]
async fn what_is_asked_of_a_message_names_it_by_its_whole_id() {
    let (place, id) = (with('b'), sample::id::<OperationId>('m'));
    let edit = Ask::Edit {
        place,
        message: id,
        text: "bye".to_owned(),
    };
    assert_eq!(edit.written(), Some("bye"));
    let (request, told) = becomes(edit, |_| Reply::EditMessage(message())).await;
    assert!(matches!(request, Request::EditMessage(edit)
        if edit.message == id.to_string() && edit.text == "bye"));
    assert!(matches!(told, Told::Changed(message) if message.body == "hi"));

    let delete = Ask::Delete {
        place,
        message: id,
        for_me: true,
    };
    let deleted = Deleted {
        id,
        conversation: None,
        for_me: true,
    };
    let (request, told) = becomes(delete, |_| Reply::DeleteMessage(deleted)).await;
    assert!(matches!(request, Request::DeleteMessage(delete)
        if delete.message == id.to_string() && delete.for_me));
    assert!(matches!(told, Told::Deleted(deleted) if deleted.id == id));

    let react = Ask::React {
        place,
        message: id,
        emoji: "+".to_owned(),
        remove: true,
    };
    let (request, _) = becomes(react, |_| Reply::React(message())).await;
    assert!(matches!(request, Request::React(react)
        if react.message == id.to_string() && react.emoji == "+" && react.remove));

    let pin = Ask::Pin {
        place,
        message: id,
        pinned: true,
    };
    let (request, _) = becomes(pin, |_| Reply::PinMessage(message())).await;
    assert!(matches!(request, Request::PinMessage(pin)
        if pin.message == id.to_string() && pin.pinned));

    let cancel = Ask::Cancel { place, message: id };
    let (request, told) = becomes(cancel, |_| Reply::Cancel(message())).await;
    assert!(matches!(request, Request::Cancel(cancel) if cancel.message == id.to_string()));
    assert!(matches!(told, Told::Cancelled(_)));
}

#[tokio::test]
async fn a_change_of_a_room_names_it_and_the_member_by_their_ids() {
    let (id, member) = (
        sample::id::<ConversationId>('r'),
        sample::id::<PersonId>('b'),
    );
    let (who, named) = (Place::Room(id).who(), Place::Person(member).who());
    let change = |change| Ask::Room(id, change);
    let invite = change(RoomChange::Invite {
        member,
        history: History::New,
    });
    let (request, told) = becomes(invite, |_| Reply::InviteMember(room())).await;
    assert!(matches!(request, Request::InviteMember(invite)
        if invite.who == who && invite.member == named && invite.history == History::New));
    assert!(matches!(told, Told::Conversation(room) if room.title == "Team"));

    let remove = change(RoomChange::Remove(member));
    let (request, _) = becomes(remove, |_| Reply::RemoveMember(room())).await;
    assert!(matches!(request, Request::RemoveMember(remove)
        if remove.who == who && remove.member == named));

    let role = change(RoomChange::SetRole {
        member,
        role: Role::Admin,
    });
    let (request, _) = becomes(role, |_| Reply::SetRole(room())).await;
    assert!(matches!(request, Request::SetRole(role)
        if role.who == who && role.member == named && role.role == Role::Admin));

    let rename = change(RoomChange::Rename("Crew".to_owned()));
    let (request, _) = becomes(rename, |_| Reply::RenameRoom(room())).await;
    assert!(matches!(request, Request::RenameRoom(rename)
        if rename.who == who && rename.title == "Crew"));

    let (_, told) = becomes(change(RoomChange::Accept), |_| Reply::AcceptRoom(room())).await;
    assert!(matches!(told, Told::Accepted(_)));
    let (_, told) = becomes(change(RoomChange::Leave), |_| Reply::LeaveRoom(room())).await;
    assert!(matches!(told, Told::Left(_)));

    let create = Ask::CreateRoom {
        title: "Team".to_owned(),
        with: vec![member],
    };
    let (request, told) = becomes(create, |_| Reply::CreateRoom(room())).await;
    assert!(matches!(request, Request::CreateRoom(create)
        if create.title == "Team" && create.with == [named]));
    assert!(matches!(told, Told::Created(room) if room.title == "Team"));
}

#[tokio::test]
async fn what_is_wanted_of_a_conversation_leaves_the_rest_as_it_is() {
    let place = with('b');
    let prefer = Ask::Prefer {
        place,
        muted: None,
        archived: Some(true),
        read_receipts: Some(false),
    };
    let (request, _) = becomes(prefer, |_| Reply::SetPreferences(room())).await;
    assert!(matches!(request, Request::SetPreferences(wanted)
        if (wanted.muted, wanted.archived, wanted.read_receipts)
            == (None, Some(true), Some(false))));
    let draft = Ask::SetDraft {
        place,
        text: "Dear".to_owned(),
    };
    let (request, told) = becomes(draft, |_| Reply::SetDraft(room())).await;
    assert!(matches!(request, Request::SetDraft(draft) if draft.text == "Dear"));
    assert!(matches!(told, Told::DraftKept(now) if now.title == "Team"));
    let lifetime = Ask::SetLifetime {
        place,
        seconds: Some(60),
    };
    let (request, _) = becomes(lifetime, |_| Reply::SetLifetime(room())).await;
    assert!(matches!(request, Request::SetLifetime(lifetime) if lifetime.seconds == Some(60)));
}

#[tokio::test]
async fn that_nobody_may_be_told_that_one_types_is_no_failure() {
    let (mut runner, mut calls) = runner();
    runner.ask(Ask::Type(with('b')));
    calls.next().await.refuse(ErrorKind::NotFound, "gone");
    assert!(matches!(runner.told().await, Told::Done));
}

#[tokio::test]
async fn more_messages_than_one_request_takes_are_looked_for_and_marked_in_several() {
    let ids = |count: usize| vec![sample::id::<OperationId>('m'); count];
    let (mut runner, mut calls) = runner();
    runner.ask(Ask::Gone(ids(message::GONE_MESSAGES_MAX + 1)));
    let mut sizes = Vec::new();
    for _ in 0..2 {
        calls.next().await.answer(|request| {
            let Request::ListGone(gone) = request else {
                panic!("{request:?}");
            };
            sizes.push(gone.messages.len());
            Reply::ListGone(gone.messages)
        });
    }
    assert_eq!(sizes, [message::GONE_MESSAGES_MAX, 1]);
    let told = runner.told().await;
    assert!(matches!(told, Told::Gone(gone) if gone.len() == message::GONE_MESSAGES_MAX + 1));

    runner.ask(Ask::MarkRead(ids(message::MARK_READ_MESSAGES_MAX + 1)));
    let mut sizes = Vec::new();
    for _ in 0..2 {
        calls.next().await.answer(|request| {
            let Request::MarkRead(mark) = request else {
                panic!("{request:?}");
            };
            sizes.push(mark.messages.len());
            Reply::MarkRead(Done {})
        });
    }
    assert_eq!(sizes, [message::MARK_READ_MESSAGES_MAX, 1]);
    assert!(matches!(runner.told().await, Told::Done));
}

#[tokio::test]
async fn all_that_is_unread_somewhere_is_marked_as_read_however_many_pages_it_takes() {
    let (mut runner, mut calls) = runner();
    runner.ask(Ask::ReadAll(with('b')));
    let mut marked = Vec::new();
    for (after, next) in [(None, Some("there")), (Some("there"), None)] {
        let call = calls.next().await;
        let is_asked = matches!(&call.request, Request::ReadMessages(read)
            if read.unread && read.limit.is_none() && read.who == Some(with('b').who())
                && read.after.as_deref() == after);
        assert!(is_asked, "{call:?}");
        call.answer(|_| Reply::ReadMessages(empty_page(next.map(str::to_owned))));
        calls.next().await.answer(|request| {
            let Request::MarkRead(mark) = request else {
                panic!("{request:?}");
            };
            marked.extend(mark.messages);
            Reply::MarkRead(Done {})
        });
    }
    assert_eq!(marked.len(), 2);
    let told = runner.told().await;
    assert!(
        matches!(&told, Told::AllRead(read) if *read == marked),
        "{told:?}"
    );
}

/// What becomes of an ask that the node refuses.
async fn refused(ask: Ask) -> (&'static str, Told) {
    let (mut runner, mut calls) = runner();
    runner.ask(ask);
    let call = calls.next().await;
    let method = call.request.method();
    call.refuse(ErrorKind::Refused, "no");
    (method, runner.told().await)
}

#[tokio::test]
async fn what_is_refused_comes_back_whatever_it_was() {
    let person = sample::id::<PersonId>('b');
    let verify = Ask::Verify {
        person,
        words: "one two".to_owned(),
    };
    let rename = Ask::Rename {
        person,
        name: "Benny".to_owned(),
    };
    let block = Ask::Block {
        person,
        blocked: true,
    };
    for (ask, method) in [
        (verify, "contact_verify"),
        (rename, "contact_rename"),
        (block, "contact_block"),
        (Ask::SafetyWords(person), "safety_words"),
        (Ask::Contacts, "contacts"),
        (Ask::Conversations, "conversations"),
        (Ask::Invite, "invite"),
        (Ask::Join("code".to_owned()), "join"),
        (Ask::Status, "status"),
        (Ask::Doctor(Some(with('b'))), "doctor"),
    ] {
        let (asked, told) = refused(ask.clone()).await;
        assert_eq!(asked, method);
        assert!(
            matches!(told, Told::Failed(back, _) if back == ask),
            "{method}"
        );
    }
    let (_, told) = refused(Ask::AwaitUse("code".to_owned())).await;
    assert!(matches!(told, Told::Used(None)), "it is found otherwise");
    let error = ApiError::new(ErrorKind::Refused, Said::words("no"));
    assert_eq!(Failure::from(error).cause, Cause::Other);
}

#[tokio::test]
async fn the_last_ones_of_what_is_pinned_are_asked_for_and_no_others() {
    let (mut runner, mut calls) = runner();
    runner.ask(Ask::Pinned(with('b')));
    let call = calls.next().await;
    assert!(matches!(&call.request, Request::ReadMessages(read)
        if read.pinned && read.limit == Some(message::PINNED_MESSAGES_MAX)));
    call.answer(|_| Reply::ReadMessages(empty_page(None)));
    let told = runner.told().await;
    assert!(
        matches!(told, Told::Pinned(place, _) if place == with('b')),
        "{told:?}"
    );
}

#[tokio::test]
async fn with_whom_a_message_is_how_far_is_told_with_which_it_is() {
    let (mut runner, mut calls) = runner();
    let id: OperationId = sample::id('m');
    runner.ask(Ask::Deliveries(id));
    let call = calls.next().await;
    assert!(matches!(&call.request, Request::ListDeliveries(list)
        if list.message == id.to_string()));
    call.answer(|_| Reply::ListDeliveries(Vec::new()));
    let told = runner.told().await;
    assert!(
        matches!(&told, Told::Deliveries(of, all) if *of == id && all.is_empty()),
        "{told:?}"
    );
}
