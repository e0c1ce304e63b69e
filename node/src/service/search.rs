//! Requests that search messages.

use tidings_protocol::id::PersonId;
use tidings_protocol::time::WallTime;
use tidings_store::{SearchQuery, SearchWord};

use super::Service;
use crate::api::{ApiError, Found, SearchMessages, Who};
use crate::people::People;
use crate::query::{Key, Piece, pieces};
use crate::reason;

/// Characters of a query.
const QUERY_CHARACTERS_MAX: usize = 1_000;
/// Messages that a search finds at most if it does not say how many.
const FOUND_DEFAULT: u32 = 50;
/// Messages that a search can ask for.
const FOUND_MAX: u32 = 1_000;
/// The name for our own person after `from:`.
const OWN: &str = "me";

impl Service {
    pub(super) async fn search(&self, request: SearchMessages) -> Result<Found, ApiError> {
        let query = query(&request, &*self.people().await?, self.own())?;
        let read = move |reader: &tidings_store::Reader| reader.search(&query);
        let found = self.shared.storage.read(read).await?;
        Ok(Found {
            messages: self.present(found.messages).await?,
            more: found.more,
        })
    }
}

/// What a request means.
fn query(
    request: &SearchMessages,
    people: &People,
    own: PersonId,
) -> Result<SearchQuery, ApiError> {
    if request.query.chars().count() > QUERY_CHARACTERS_MAX {
        return Err(ApiError::invalid(reason::long_query(QUERY_CHARACTERS_MAX)));
    }
    let limit = request.limit.unwrap_or(FOUND_DEFAULT);
    if limit == 0 || limit > FOUND_MAX {
        return Err(ApiError::invalid(reason::bad_search_limit(
            FOUND_MAX.into(),
        )));
    }
    let (words, keyed): (Vec<_>, Vec<_>) = pieces(&request.query)
        .into_iter()
        .partition(|piece| piece.key.is_none());
    let mut query = SearchQuery {
        words: searched(&words),
        author: None,
        conversation: None,
        after: request.after.map(WallTime::from_millis),
        before: request.before.map(WallTime::from_millis),
        limit,
    };
    if let Some(who) = &request.who {
        query.conversation = Some(people.place(who)?.conversation());
    }
    for piece in &keyed {
        narrow(&mut query, piece, people, own)?;
    }
    let everything = SearchQuery {
        words: Vec::new(),
        author: None,
        conversation: None,
        after: None,
        before: None,
        limit,
    };
    // Words of which nothing can be found do not mean every message of somebody.
    if query == everything || (query.words.is_empty() && !words.is_empty()) {
        return Err(ApiError::invalid(reason::empty_query()));
    }
    Ok(query)
}

/// The words that are searched for. The last may still be being typed, so it may go on.
fn searched(words: &[Piece<'_>]) -> Vec<SearchWord> {
    let last = words.len().saturating_sub(1);
    words
        .iter()
        .enumerate()
        .filter_map(|(index, piece)| {
            let open = piece.open || (index == last && !piece.quoted);
            SearchWord::new(&piece.value, open)
        })
        .collect()
}

/// Takes what a key says into a query.
fn narrow(
    query: &mut SearchQuery,
    piece: &Piece<'_>,
    people: &People,
    own: PersonId,
) -> Result<(), ApiError> {
    let Some(key) = piece.key else { return Ok(()) };
    if piece.value.trim().is_empty() {
        return Err(ApiError::invalid(reason::empty_key(key.as_str())));
    }
    let who = || Who(piece.value.clone());
    match key {
        Key::From => {
            let author = if piece.value.trim().eq_ignore_ascii_case(OWN) {
                own
            } else {
                people.author(&who())?
            };
            once(key, &mut query.author, author)?;
        }
        Key::In => {
            let conversation = people.place(&who())?.conversation();
            once(key, &mut query.conversation, conversation)?;
        }
        Key::After => query.after = query.after.max(Some(time(key, &piece.value)?)),
        Key::Before => {
            let time = time(key, &piece.value)?;
            query.before = Some(query.before.map_or(time, |before| before.min(time)));
        }
    }
    Ok(())
}

/// Sets what cannot be two things at once.
fn once<T: PartialEq>(key: Key, place: &mut Option<T>, value: T) -> Result<(), ApiError> {
    if place.as_ref().is_some_and(|known| *known != value) {
        return Err(ApiError::invalid(reason::two_of_key(key.as_str())));
    }
    *place = Some(value);
    Ok(())
}

/// Days begin when the time zone says, which clients know and this does not.
fn time(key: Key, value: &str) -> Result<WallTime, ApiError> {
    value
        .parse()
        .map(WallTime::from_millis)
        .map_err(|_| ApiError::invalid(reason::bad_day(key.as_str(), value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;
    use tidings_protocol::id::{ConversationId, Tag};
    use tidings_protocol::record::ContactRecord;

    const OWN_ID: PersonId = PersonId::new([0; 32]);

    fn people() -> People {
        let contact = |number: u8, name: &str| ContactRecord {
            person: PersonId::new([number; 32]),
            name: name.to_owned(),
            petname: None,
            verified: false,
            alarm: None,
            blocked: false,
            added_at: WallTime::from_millis(0),
            met_by: Tag::new([number; 16]),
        };
        let contacts = vec![
            contact(1, "Ben Miller"),
            contact(2, "Carla"),
            contact(3, "Dora"),
            contact(4, "dora"),
        ];
        People::new(OWN_ID, contacts, &[], Vec::new())
    }

    fn asked(text: &str) -> Result<SearchQuery, ApiError> {
        let request = SearchMessages {
            query: text.to_owned(),
            ..SearchMessages::default()
        };
        query(&request, &people(), OWN_ID)
    }

    fn refused(text: &str) -> ErrorKind {
        asked(text).unwrap_err().kind
    }

    fn word(text: &str, open: bool) -> SearchWord {
        SearchWord::new(text, open).unwrap()
    }

    fn conversation(number: u8) -> ConversationId {
        ConversationId::direct(OWN_ID, PersonId::new([number; 32]))
    }

    #[test]
    fn the_last_word_may_go_on_unless_it_is_quoted() {
        assert_eq!(
            asked("a b").unwrap().words,
            [word("a", false), word("b", true)]
        );
        assert_eq!(
            asked("a* \"b\"").unwrap().words,
            [word("a", true), word("b", false)]
        );
        assert_eq!(asked("a from:me").unwrap().words, [word("a", true)]);
        assert_eq!(asked("a !").unwrap().words, [word("a", false)]);
    }

    #[test]
    fn keys_name_people_conversations_and_times() {
        let query = asked("from:\"ben miller\" in:carla after:5 before:9 after:3 x").unwrap();
        assert_eq!(query.author, Some(PersonId::new([1; 32])));
        assert_eq!(query.conversation, Some(conversation(2)));
        assert_eq!(query.after, Some(WallTime::from_millis(5)));
        assert_eq!(query.before, Some(WallTime::from_millis(9)));
        assert_eq!(asked("from:ME").unwrap().author, Some(OWN_ID));
        assert_eq!(asked("x \"from:nobody\"").unwrap().author, None);
    }

    #[test]
    fn who_is_not_there_is_not_found_and_who_may_be_two_is_ambiguous() {
        assert_eq!(refused("from:nobody x"), ErrorKind::NotFound);
        assert_eq!(refused("in:nobody x"), ErrorKind::NotFound);
        assert_eq!(refused("in:me"), ErrorKind::NotFound);
        assert_eq!(refused("from:dora"), ErrorKind::Ambiguous);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for text in [
            "",
            "  ",
            "?!",
            "\"\"",
            "*",
            "from:me ?!",
            "from:",
            "in:\"\"",
            "after:yesterday",
            "before:2026-08-01",
            "from:me from:carla",
            "in:carla in:\"ben miller\"",
        ] {
            assert_eq!(refused(text), ErrorKind::Invalid, "{text}");
        }
        assert!(asked("from:carla from:Carla").is_ok());
    }

    #[test]
    fn what_a_request_says_beside_its_query_counts_too() {
        let request = SearchMessages {
            query: "after:2 before:3".to_owned(),
            who: Some("Carla".into()),
            after: Some(1),
            before: Some(4),
            limit: None,
        };
        let query = query(&request, &people(), OWN_ID).unwrap();
        assert_eq!(query.conversation, Some(conversation(2)));
        assert_eq!(query.after, Some(WallTime::from_millis(2)));
        assert_eq!(query.before, Some(WallTime::from_millis(3)));
        assert_eq!(query.limit, FOUND_DEFAULT);
    }

    #[test]
    fn the_longest_query_and_the_highest_limit_pass_and_one_more_does_not() {
        let words = "ab ".repeat(QUERY_CHARACTERS_MAX);
        let longest: String = words.chars().take(QUERY_CHARACTERS_MAX).collect();
        assert!(asked(&longest).is_ok());
        assert_eq!(refused(&format!("{longest}a")), ErrorKind::Invalid);
        let with_limit = |limit| {
            let request = SearchMessages {
                query: "a".to_owned(),
                limit: Some(limit),
                ..SearchMessages::default()
            };
            query(&request, &people(), OWN_ID).is_ok()
        };
        assert_eq!(
            [0, 1, FOUND_MAX, FOUND_MAX + 1].map(with_limit),
            [false, true, true, false]
        );
    }
}
