//! Requests of named listeners: what happened, and how far they have come.

use std::time::Duration;

use tidings_store::Reader;
use tokio::time::Instant;

use super::{Service, WAIT_MAX, ending};
use crate::api::{
    AcknowledgeEvents, ApiError, Conversation, Done, Event, EventPage, NextEvents, Standing,
};
use crate::reason;

/// Characters of a listener's name.
const LISTENER_CHARACTERS_MAX: usize = 64;

impl Service {
    pub(super) async fn next_events(&self, request: NextEvents) -> Result<EventPage, ApiError> {
        let listener = listener(request.listener.clone())?;
        let name = listener.clone();
        let since = self
            .shared
            .storage
            .read(move |reader| reader.cursor(&name))
            .await?;
        let until = Instant::now() + Duration::from_millis(request.wait).min(WAIT_MAX);
        let mut generation = self.shared.signals.generation();
        let mut end = self.shared.signals.end();
        loop {
            generation.borrow_and_update();
            let page = self.events(&listener, since, request.limit).await?;
            if !page.events.is_empty() || Instant::now() >= until {
                return Ok(page);
            }
            tokio::select! {
                _ = generation.changed() => {}
                () = end.reached() => return Err(ending()),
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// What there is to tell: rooms before what is written in them.
    async fn events(&self, listener: &str, since: u64, limit: u32) -> Result<EventPage, ApiError> {
        let limit = limit.max(1);
        let mut events = self.room_events(listener, limit).await?;
        let told = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let left = limit.saturating_sub(told);
        let rows = if left == 0 {
            Vec::new()
        } else {
            self.arrivals(None, false, since, Some(left), 0).await?
        };
        let position = rows.last().map_or(since, |row| row.position);
        let messages = self.present(rows).await?.into_iter();
        events.extend(messages.map(|message| Event::Message(Box::new(message))));
        Ok(EventPage { events, position })
    }

    async fn room_events(&self, listener: &str, limit: u32) -> Result<Vec<Event>, ApiError> {
        let people = self.people().await?;
        let rooms = people.rooms().iter().map(|room| room.conversation);
        let untold = self.shared.signals.rooms().untold(listener, rooms, limit);
        if untold.is_empty() {
            return Ok(Vec::new());
        }
        let told = self.conversations_if(|one| untold.contains(&one)).await?;
        Ok(told.into_iter().map(room_event).collect())
    }

    pub(super) async fn acknowledge_events(
        &self,
        request: AcknowledgeEvents,
    ) -> Result<Done, ApiError> {
        let listener = listener(request.listener)?;
        let last = self.shared.storage.read(Reader::last_position).await?;
        if request.position > last {
            return Err(ApiError::invalid(reason::unknown_position()));
        }
        self.shared.signals.rooms().acknowledge(&listener);
        self.shared
            .storage
            .acknowledge(listener, request.position)
            .await?;
        Ok(Done {})
    }
}

fn room_event(room: Conversation) -> Event {
    let room = Box::new(room);
    match room.standing {
        Standing::Invited => Event::Invited(room),
        Standing::Joined | Standing::Left | Standing::Removed => Event::RoomChanged(room),
    }
}

fn listener(name: String) -> Result<String, ApiError> {
    let length = name.chars().count();
    if length == 0 || length > LISTENER_CHARACTERS_MAX {
        return Err(ApiError::invalid(reason::bad_listener()));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;

    #[test]
    fn a_listeners_name_has_the_most_characters_and_not_one_more() {
        // Characters, not bytes.
        let longest = "é".repeat(LISTENER_CHARACTERS_MAX);
        assert_eq!(listener(longest.clone()).unwrap(), longest);
        for refused in [String::new(), longest + "e"] {
            assert_eq!(listener(refused).unwrap_err().kind, ErrorKind::Invalid);
        }
    }
}
