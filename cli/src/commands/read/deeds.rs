//! What is done to a conversation while somebody follows it.
//!
//! Invariants
//! - What was told once is told again only if it says something else than it did, or was taken back and counts again.
//!   Nobody is told that something was taken back.
//! - What may be old is not told: what stands before all that was listed, unless that was all; and a title that is said, or no
//!   longer, since somebody is blocked or was.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tidings_node::OperationId;
use tidings_node::api::{
    AwaitChange, DEEDS_TOLD_MAX, Deed, DeedKind, ListDeeds, Method, Who, Whom,
};
use tokio::sync::mpsc;

use super::FOLLOW_WAIT_MILLIS;
use crate::chat::Backend;
use crate::failure::{Exit, Failure};

/// How long nothing more is asked for after something changed: what is done meanwhile is told in one.
const PAUSE: Duration = Duration::from_millis(200);

/// What was told, or was done before anybody followed; of that, what is still listed.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    told: BTreeMap<OperationId, DeedKind>,
    /// Whether nothing else had been done when it was listed.
    is_all: bool,
}

impl Deeds {
    /// What is done after this.
    pub(super) fn after(now: Vec<Deed>) -> Self {
        let mut deeds = Self {
            is_all: is_all(&now),
            ..Self::default()
        };
        deeds.note(&now);
        deeds
    }

    /// Takes what need not be told.
    pub(super) fn note(&mut self, deeds: &[Deed]) {
        for deed in deeds {
            let what = nameless(&deed.what);
            let told = self.told.get(&deed.id);
            // A title is kept while it is not said.
            if !(is_untitled(&what) && told.is_some_and(|told| says_the_same(told, &what))) {
                self.told.insert(deed.id, what);
            }
        }
    }

    /// What is to be told, this having been done by now.
    pub(super) fn news(&mut self, now: &[Deed]) -> Vec<Deed> {
        let known = |deed: &Deed| self.told.get(&deed.id);
        let earlier = if self.is_all {
            0
        } else {
            let oldest = now.iter().position(|deed| known(deed).is_some());
            oldest.unwrap_or(now.len())
        };
        let is_new = |deed: &&Deed| {
            known(deed).is_none_or(|told| !says_the_same(told, &nameless(&deed.what)))
        };
        let news = now.iter().skip(earlier).filter(is_new).cloned().collect();
        self.note(now);
        let listed: BTreeSet<OperationId> = now.iter().map(|deed| deed.id).collect();
        self.told.retain(|id, _| listed.contains(id));
        self.is_all = is_all(now);
        news
    }
}

/// Whether nothing was done but this.
const fn is_all(listed: &[Deed]) -> bool {
    listed.len() < DEEDS_TOLD_MAX
}

/// Whether one deed says what it did, as far as is known: while somebody is blocked, the titles that they gave are not said.
fn says_the_same(told: &DeedKind, what: &DeedKind) -> bool {
    use DeedKind::{Created, Renamed};
    match (told, what) {
        (Created { title: told }, Created { title })
        | (Renamed { title: told }, Renamed { title }) => {
            told.is_empty() || title.is_empty() || told == title
        }
        (told, what) => told == what,
    }
}

fn is_untitled(what: &DeedKind) -> bool {
    matches!(what, DeedKind::Created { title } | DeedKind::Renamed { title } if title.is_empty())
}

/// What was done, whatever those are called to whom it was: that changes by itself.
fn nameless(what: &DeedKind) -> DeedKind {
    let mut what = what.clone();
    if let DeedKind::Added { whom, .. } | DeedKind::Removed { whom } | DeedKind::Role { whom, .. } =
        &mut what
    {
        *whom = Whom {
            name: String::new(),
            ..whom.clone()
        };
    }
    what
}

/// What was done by now; nothing where a node does not say it.
pub(super) async fn list(backend: &impl Backend, who: &Who) -> Result<Option<Vec<Deed>>, Failure> {
    known(backend, ListDeeds { who: who.clone() }).await
}

/// Reports what was done, all that there is each time that some of it may be new; for as long as the node says it.
pub(super) async fn watch(
    backend: impl Backend,
    who: Who,
    done: mpsc::Sender<Result<Vec<Deed>, Failure>>,
) {
    let mut since = None;
    loop {
        let told = next(&backend, &who, &mut since).await;
        let Some(told) = told.transpose() else {
            return;
        };
        let is_over = told.is_err();
        if done.send(told).await.is_err() || is_over {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until something was done anywhere after `since`, and says what was done here.
async fn next(
    backend: &impl Backend,
    who: &Who,
    since: &mut Option<u64>,
) -> Result<Option<Vec<Deed>>, Failure> {
    loop {
        let wait = AwaitChange {
            since: *since,
            wait: FOLLOW_WAIT_MILLIS,
        };
        let Some(changed) = known(backend, wait).await? else {
            return Ok(None);
        };
        *since = Some(changed.version);
        if changed.deeds {
            return list(backend, who).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What a node answers; nothing where it knows no such request.
async fn known<M: Method + Clone>(
    backend: &impl Backend,
    request: M,
) -> Result<Option<M::Reply>, Failure> {
    match backend.call(request).await {
        Err(failure) if failure.exit == Exit::Usage => Ok(None),
        answer => answer.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tidings_node::api::{Changed, Reply, Request, Role};

    use super::*;
    use crate::chat::Fake;
    use crate::output::sample;

    fn deed(first: char, name: &str, role: Role) -> Deed {
        let whom = sample::whom('w', name);
        Deed {
            id: sample::id(first),
            what: DeedKind::Role { whom, role },
            ..sample::left("Ann")
        }
    }

    fn renamed(first: char, title: &str) -> Deed {
        let title = title.to_owned();
        Deed {
            id: sample::id(first),
            what: DeedKind::Renamed { title },
            ..sample::left("Ann")
        }
    }

    /// So many that were done one after the other, the first of them the one of that number.
    fn row(first: usize, count: usize) -> Vec<Deed> {
        let numbers = first..first + count;
        let deeds = numbers.map(|number| Deed {
            id: numbered(number),
            ..sample::left("Ann")
        });
        deeds.collect()
    }

    fn numbered(number: usize) -> OperationId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        OperationId::new(bytes)
    }

    fn ids(deeds: &[Deed]) -> Vec<OperationId> {
        deeds.iter().map(|deed| deed.id).collect()
    }

    #[test]
    fn what_was_done_since_is_told_once_and_again_if_it_says_something_else_wherever_it_stands() {
        let (admin, member) = (Role::Admin, Role::Member);
        let mut deeds = Deeds::after(vec![deed('b', "Ben", admin)]);
        deeds.note(&[deed('d', "Ben", member)]);
        let mut now = vec![
            deed('a', "Ben", admin),
            deed('b', "Ben", admin),
            deed('c', "Ben", admin),
            deed('d', "Ben", member),
            deed('e', "Ben", member),
        ];
        let [a, c, e] = ['a', 'c', 'e'].map(sample::id);
        assert_eq!(ids(&deeds.news(&now)), [a, c, e]);
        assert_eq!(deeds.news(&now), []);
        now[4] = deed('e', "Ben", admin);
        assert_eq!(ids(&deeds.news(&now)), [e]);
        // That somebody goes by another name is no news, nor what is taken back; what counts again then is.
        now[4] = deed('e', "Benjamin", admin);
        assert_eq!(deeds.news(&now), []);
        let back = now.pop().unwrap();
        assert_eq!(deeds.news(&now), []);
        now.push(back);
        assert_eq!(ids(&deeds.news(&now)), [e]);
    }

    #[test]
    fn old_titles_are_no_news_once_whoever_gave_them_is_blocked_or_no_longer() {
        let mut deeds = Deeds::after(vec![renamed('a', "Team"), renamed('b', "")]);
        // Whoever gave the first is blocked, whoever gave the second is no longer.
        let blocked = [renamed('a', ""), renamed('b', "Crew")];
        assert_eq!(deeds.news(&blocked), []);
        let unblocked = [renamed('a', "Team"), renamed('b', "Crew")];
        assert_eq!(deeds.news(&unblocked), []);
        // That another title counts at the same place is news, also where it came while the one before was not seen.
        assert_eq!(deeds.news(&blocked), []);
        let other = [renamed('a', "Club"), renamed('b', "Band")];
        assert_eq!(deeds.news(&other), other);
        let created = Deed {
            what: DeedKind::Created {
                title: String::new(),
            },
            ..renamed('a', "")
        };
        let otherwise = [created, renamed('b', "Band")];
        assert_eq!(deeds.news(&otherwise), otherwise[..1]);
    }

    #[test]
    fn what_comes_to_be_listed_as_later_deeds_are_taken_back_is_no_news() {
        let mut deeds = Deeds::after(row(10, DEEDS_TOLD_MAX));
        // The oldest and the last two are taken back: two come to be listed again, and one is new.
        let (earlier, left) = (row(8, 2), row(11, DEEDS_TOLD_MAX - 3));
        let done = sample::left("Ben");
        let now = [earlier, left, vec![done.clone()]].concat();
        assert_eq!(deeds.news(&now), [done]);
        assert_eq!(deeds.told.len(), DEEDS_TOLD_MAX);
        // None that was listed is left.
        assert_eq!(deeds.news(&row(9000, DEEDS_TOLD_MAX)), []);
        assert_eq!(deeds.told.len(), DEEDS_TOLD_MAX);
        assert_eq!(deeds.news(&[]), []);
        assert!(deeds.told.is_empty());
    }

    #[test]
    fn where_not_as_much_is_listed_as_may_be_that_is_all_and_what_stands_before_it_is_new() {
        for (count, told) in [(DEEDS_TOLD_MAX - 1, 1), (DEEDS_TOLD_MAX, 0)] {
            let mut deeds = Deeds::after(row(10, count));
            let mut now = row(9, DEEDS_TOLD_MAX);
            assert_eq!(deeds.news(&now).len(), told);
            now.remove(0);
            assert_eq!(deeds.news(&now), []);
        }
    }

    #[tokio::test]
    async fn whatever_changes_nothing_more_is_asked_for_at_once() {
        let (fake, mut calls) = Fake::new();
        let (done, mut told) = mpsc::channel(1);
        let watching = tokio::spawn(watch(fake, Who("Ben".to_owned()), done));
        let mut asked = calls.next().await;
        for (version, deeds) in [(1, false), (2, true), (3, false)] {
            let changed = Changed {
                people: true,
                deeds,
                ..sample::unchanged(version)
            };
            let answered = Instant::now();
            asked.answer(|_| Reply::AwaitChange(changed));
            if deeds {
                let list = calls.next().await;
                list.answer(|_| Reply::ListDeeds(vec![sample::left("Ann")]));
                let told = told.recv().await.unwrap().unwrap();
                assert_eq!(told, [sample::left("Ann")]);
            }
            asked = calls.next().await;
            assert!(answered.elapsed() >= PAUSE);
            let since = Some(version);
            assert!(matches!(&asked.request, Request::AwaitChange(wait) if wait.since == since));
        }
        watching.abort();
    }
}
