//! Who types, as a screen or a script is told it: when it begins, and when it is over.

use serde::Serialize;
use tidings_node::ConversationId;
use tidings_node::api::{Author, Typist};

use crate::output::author;
use crate::safe_text;

/// That somebody types, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct News {
    pub(super) conversation: ConversationId,
    pub(super) from: Author,
    pub(super) typing: bool,
}

impl News {
    fn of(typist: &Typist, typing: bool) -> Self {
        Self {
            conversation: typist.conversation,
            from: typist.from.clone(),
            typing,
        }
    }
}

/// Those who were told to type.
#[derive(Debug, Default)]
pub(super) struct Typing {
    told: Vec<Typist>,
}

impl Typing {
    /// What is to be told, these being those who type now: who no longer does, and who has begun.
    pub(super) fn news(&mut self, now: &[Typist]) -> Vec<News> {
        let ended = self.told.iter().filter(|told| !has(now, told));
        let ended = ended.map(|told| News::of(told, false));
        let begun = now.iter().filter(|typist| !has(&self.told, typist));
        let begun = begun.map(|typist| News::of(typist, true));
        let news = ended.chain(begun).collect();
        self.told = now.to_vec();
        news
    }
}

fn has(typists: &[Typist], wanted: &Typist) -> bool {
    let mut typists = typists.iter();
    typists
        .any(|one| (one.conversation, one.from.person) == (wanted.conversation, wanted.from.person))
}

/// That somebody types, for a person, in which room if that is to be said.
pub(super) fn plain(news: &News, room: Option<&str>) -> String {
    let name = author(&news.from.name);
    match room {
        Some(room) => format!("{name} is typing in {}.\n", safe_text::name(room)),
        None => format!("{name} is typing.\n"),
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use tidings_node::PersonId;

    use super::*;
    use crate::output::sample::id;

    fn typist(name: &str, conversation: char) -> Typist {
        let first = name.to_lowercase().chars().next().unwrap();
        Typist {
            conversation: id::<ConversationId>(conversation),
            from: Author {
                person: id::<PersonId>(first),
                name: name.to_owned(),
            },
        }
    }

    #[test]
    fn typing_is_told_as_it_begins_and_ends_and_not_in_between() {
        let mut typing = Typing::default();
        let (ben, cleo) = (typist("Ben", 'a'), typist("Cleo", 'a'));
        assert_eq!(typing.news(&[]), []);
        assert_eq!(typing.news(from_ref(&ben)), [News::of(&ben, true)]);
        assert_eq!(typing.news(from_ref(&ben)), []);
        let changed = typing.news(from_ref(&cleo));
        assert_eq!(changed, [News::of(&ben, false), News::of(&cleo, true)]);
        let elsewhere = typist("Cleo", 'b');
        let both = typing.news(&[cleo, elsewhere.clone()]);
        assert_eq!(both, [News::of(&elsewhere, true)]);
        let renamed = Typist {
            from: Author {
                name: "Cleo B.".to_owned(),
                ..elsewhere.from.clone()
            },
            ..elsewhere
        };
        let over = typing.news(from_ref(&renamed));
        assert_eq!(over, [News::of(&typist("Cleo", 'a'), false)]);
        assert_eq!(typing.news(&[]), [News::of(&renamed, false)]);
    }

    #[test]
    fn typing_reads_as_a_sentence_and_a_name_cannot_steer_the_terminal() {
        let ben = News::of(&typist("Ben", 'a'), true);
        assert_eq!(plain(&ben, None), "Ben is typing.\n");
        assert_eq!(plain(&ben, Some("Team")), "Ben is typing in Team.\n");
        let hostile = plain(
            &News::of(&typist("B\u{1b}[2J", 'a'), true),
            Some("T\u{1b}[2J"),
        );
        assert!(!hostile.contains('\u{1b}'), "{hostile:?}");
    }
}
