//! What is asked of messages.

use tidings_node::OperationId;
use tidings_node::api::{
    Cancel, DeleteMessage, EditMessage, Gap, ListDeliveries, ListGone, MarkRead, PinMessage, React,
    ReadMessages, SearchMessages, SendMessage, Who,
};
use tidings_node::request_id;

use super::tell;
use crate::chat::backend::Backend;
use crate::chat::{Anchor, Item, Place, Ticket, Told};
use crate::failure::Failure;

/// Messages that one request marks as read.
pub(super) const MARK_READ_MESSAGES_MAX: usize = 10_000;

/// Pinned messages that are shown of a conversation.
pub(super) const PINNED_MESSAGES_MAX: u32 = 200;

/// Messages that one request looks for.
pub(super) const GONE_MESSAGES_MAX: usize = 1_000;

/// What stands in a conversation, however many pages of the node's it takes.
pub(super) async fn page(
    to: &impl Backend,
    ticket: Ticket,
    place: Place,
    (anchor, limit): (Anchor, u32),
) -> Result<Told, Failure> {
    let who = place.who();
    let (items, gaps) = match anchor {
        Anchor::Newest => back(to, who, None, limit).await?,
        Anchor::NewestMessages => newest_messages(to, who, limit).await?,
        Anchor::Before(item) => back(to, who, Some(item), limit).await?,
        Anchor::After(item) => {
            // The item itself comes first.
            let (mut items, gaps) = on(to, who, item, limit.saturating_add(1)).await?;
            items.retain(|one| one.id() != item);
            (items, gaps)
        }
        Anchor::Around(item) => {
            let half = limit / 2;
            let (mut items, _) = back(to, who.clone(), Some(item), half).await?;
            let (behind, gaps) = on(to, who, item, half).await?;
            items.extend(behind);
            (items, gaps)
        }
    };
    Ok(Told::Page {
        ticket,
        place,
        anchor,
        items,
        gaps,
    })
}

/// The last of what stands before something, or before the end.
async fn back(
    to: &impl Backend,
    who: Who,
    before: Option<OperationId>,
    limit: u32,
) -> Result<(Vec<Item>, Vec<Gap>), Failure> {
    let request = ReadMessages {
        who: Some(who),
        limit: Some(limit),
        before,
        deeds: true,
        ..ReadMessages::default()
    };
    whole(to, request).await
}

/// The last messages, and what was done from the first of them on; where there is none, what was done last.
async fn newest_messages(
    to: &impl Backend,
    who: Who,
    limit: u32,
) -> Result<(Vec<Item>, Vec<Gap>), Failure> {
    let first = ReadMessages {
        who: Some(who.clone()),
        limit: Some(limit),
        page: Some(1),
        ..ReadMessages::default()
    };
    let first = to
        .call(first)
        .await?
        .messages
        .first()
        .map(|message| message.id);
    let Some(first) = first else {
        return back(to, who, None, limit).await;
    };
    let request = ReadMessages {
        who: Some(who),
        from: Some(first),
        deeds: true,
        ..ReadMessages::default()
    };
    gathered(to, request, Item::follow).await
}

/// All that is asked for, however many pages it takes.
async fn whole(to: &impl Backend, request: ReadMessages) -> Result<(Vec<Item>, Vec<Gap>), Failure> {
    gathered(to, request, |items, more| items.extend(more)).await
}

/// What is kept of all that is asked for, however many pages it takes.
async fn gathered(
    to: &impl Backend,
    mut request: ReadMessages,
    keep: impl Fn(&mut Vec<Item>, Vec<Item>),
) -> Result<(Vec<Item>, Vec<Gap>), Failure> {
    let mut items = Vec::new();
    loop {
        let mut page = to.call(request.clone()).await?;
        let gaps = std::mem::take(&mut page.gaps);
        request.after = page.next.take();
        keep(&mut items, Item::of(page));
        if request.after.is_none() {
            return Ok((items, gaps));
        }
    }
}

/// Something and what stands after it.
async fn on(
    to: &impl Backend,
    who: Who,
    from: OperationId,
    count: u32,
) -> Result<(Vec<Item>, Vec<Gap>), Failure> {
    let request = ReadMessages {
        who: Some(who),
        from: Some(from),
        page: Some(count),
        deeds: true,
        ..ReadMessages::default()
    };
    let mut page = to.call(request).await?;
    let gaps = std::mem::take(&mut page.gaps);
    Ok((Item::of(page), gaps))
}

pub(super) async fn search(
    to: &impl Backend,
    ticket: Ticket,
    query: String,
    limit: u32,
) -> Result<Told, Failure> {
    let search = SearchMessages {
        query,
        limit: Some(limit),
        ..SearchMessages::default()
    };
    tell(to, search, |found| Told::Found { ticket, found }).await
}

pub(super) async fn send(
    to: &impl Backend,
    place: Place,
    text: String,
    reply_to: Option<OperationId>,
) -> Result<Told, Failure> {
    let message = SendMessage {
        request: request_id(),
        who: place.who(),
        text,
        reply_to: reply_to.map(|message| message.to_string()),
        priority: false,
    };
    tell(to, message, |sent| Told::Sent(place, Box::new(sent))).await
}

pub(super) async fn edit(
    to: &impl Backend,
    message: OperationId,
    text: String,
) -> Result<Told, Failure> {
    let edit = EditMessage {
        request: request_id(),
        message: message.to_string(),
        text,
    };
    tell(to, edit, |now| Told::Changed(Box::new(now))).await
}

pub(super) async fn delete(
    to: &impl Backend,
    message: OperationId,
    for_me: bool,
) -> Result<Told, Failure> {
    let delete = DeleteMessage {
        request: request_id(),
        message: message.to_string(),
        for_me,
    };
    tell(to, delete, Told::Deleted).await
}

pub(super) async fn react(
    to: &impl Backend,
    message: OperationId,
    emoji: String,
    remove: bool,
) -> Result<Told, Failure> {
    let react = React {
        request: request_id(),
        message: message.to_string(),
        emoji,
        remove,
    };
    tell(to, react, |now| Told::Changed(Box::new(now))).await
}

pub(super) async fn pin(
    to: &impl Backend,
    message: OperationId,
    pinned: bool,
) -> Result<Told, Failure> {
    let pin = PinMessage {
        request: request_id(),
        message: message.to_string(),
        pinned,
    };
    tell(to, pin, |now| Told::Changed(Box::new(now))).await
}

pub(super) async fn cancel(to: &impl Backend, message: OperationId) -> Result<Told, Failure> {
    let cancel = Cancel {
        request: request_id(),
        message: message.to_string(),
    };
    tell(to, cancel, |now| Told::Cancelled(Box::new(now))).await
}

pub(super) async fn mark_read(
    to: &impl Backend,
    messages: &[OperationId],
) -> Result<Told, Failure> {
    for part in messages.chunks(MARK_READ_MESSAGES_MAX) {
        let mark = MarkRead {
            request: request_id(),
            messages: part.to_vec(),
        };
        to.call(mark).await?;
    }
    Ok(Told::Done)
}

/// Page by page, so that what was marked before something failed stays so.
pub(super) async fn read_all(to: &impl Backend, place: Place) -> Result<Told, Failure> {
    let mut request = ReadMessages {
        who: Some(place.who()),
        unread: true,
        ..ReadMessages::default()
    };
    let mut read = Vec::new();
    loop {
        let page = to.call(request.clone()).await?;
        let unread = page.messages.into_iter().filter(|message| !message.mine);
        let unread: Vec<OperationId> = unread.map(|message| message.id).collect();
        mark_read(to, &unread).await?;
        read.extend(unread);
        request.after = page.next;
        if request.after.is_none() {
            return Ok(Told::AllRead(read));
        }
    }
}

pub(super) async fn read(
    to: &impl Backend,
    place: Place,
    from: OperationId,
    count: u32,
) -> Result<Told, Failure> {
    let request = ReadMessages {
        who: Some(place.who()),
        from: Some(from),
        page: Some(count),
        ..ReadMessages::default()
    };
    let messages = to.call(request).await?.messages;
    let read = messages.into_iter().filter(|message| message.read);
    Ok(Told::Read(read.map(|message| message.id).collect()))
}

pub(super) async fn deliveries(to: &impl Backend, message: OperationId) -> Result<Told, Failure> {
    let request = ListDeliveries {
        message: message.to_string(),
    };
    tell(to, request, |all| Told::Deliveries(message, all)).await
}

/// The last ones of what is pinned.
pub(super) async fn pinned(to: &impl Backend, place: Place) -> Result<Told, Failure> {
    let request = ReadMessages {
        who: Some(place.who()),
        pinned: true,
        limit: Some(PINNED_MESSAGES_MAX),
        ..ReadMessages::default()
    };
    let (items, _) = whole(to, request).await?;
    let pinned = items.iter().filter_map(Item::message).cloned();
    Ok(Told::Pinned(place, pinned.collect()))
}

pub(super) async fn gone(to: &impl Backend, messages: &[OperationId]) -> Result<Told, Failure> {
    let mut gone = Vec::new();
    for part in messages.chunks(GONE_MESSAGES_MAX) {
        let messages = part.to_vec();
        gone.extend(to.call(ListGone { messages }).await?);
    }
    Ok(Told::Gone(gone))
}
