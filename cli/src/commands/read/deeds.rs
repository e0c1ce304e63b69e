//! What is done to a conversation while somebody follows it.
//!
//! Invariants
//! - What was told once is told again only if it says something else than it did. Nobody is told that something was taken back.

use std::collections::BTreeMap;
use std::time::Duration;

use tidings_node::OperationId;
use tidings_node::api::{AwaitChange, Deed, DeedKind, ListDeeds, Method, Who, Whom};
use tokio::sync::mpsc;

use super::FOLLOW_WAIT_MILLIS;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// How long nothing more is asked for after something was: what is done meanwhile is told in one.
const PAUSE: Duration = Duration::from_millis(200);

/// What was told, or was done before anybody followed.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    told: BTreeMap<OperationId, DeedKind>,
}

impl Deeds {
    /// What is done after this.
    pub(super) fn after(now: Vec<Deed>) -> Self {
        let mut deeds = Self::default();
        deeds.note(&now);
        deeds
    }

    /// Takes what need not be told.
    pub(super) fn note(&mut self, deeds: &[Deed]) {
        let deeds = deeds.iter().map(|deed| (deed.id, nameless(&deed.what)));
        self.told.extend(deeds);
    }

    /// What is to be told, this having been done by now.
    pub(super) fn news(&mut self, now: &[Deed]) -> Vec<Deed> {
        let is_new = |deed: &&Deed| self.told.get(&deed.id) != Some(&nameless(&deed.what));
        let news: Vec<Deed> = now.iter().filter(is_new).cloned().collect();
        self.note(&news);
        news
    }
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
pub(super) async fn list(session: &Session, who: &Who) -> Result<Option<Vec<Deed>>, Failure> {
    known(session, ListDeeds { who: who.clone() }).await
}

/// Reports what was done, all that there is each time that some of it may be new; for as long as the node says it.
pub(super) async fn watch(
    session: Session,
    who: Who,
    done: mpsc::Sender<Result<Vec<Deed>, Failure>>,
) {
    let mut since = None;
    loop {
        let told = next(&session, &who, &mut since).await;
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
    session: &Session,
    who: &Who,
    since: &mut Option<u64>,
) -> Result<Option<Vec<Deed>>, Failure> {
    loop {
        let wait = AwaitChange {
            since: *since,
            wait: FOLLOW_WAIT_MILLIS,
        };
        let Some(changed) = known(session, wait).await? else {
            return Ok(None);
        };
        *since = Some(changed.version);
        if changed.deeds {
            return list(session, who).await;
        }
    }
}

/// What a node answers; nothing where it knows no such request.
async fn known<M: Method + Clone>(
    session: &Session,
    request: M,
) -> Result<Option<M::Reply>, Failure> {
    match session.call(request).await {
        Err(failure) if failure.exit == Exit::Usage => Ok(None),
        answer => answer.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use tidings_node::api::Role;

    use super::*;
    use crate::output::sample;

    fn deed(first: char, name: &str, role: Role) -> Deed {
        let whom = sample::whom('w', name);
        Deed {
            id: sample::id(first),
            what: DeedKind::Role { whom, role },
            ..sample::left("Ann")
        }
    }

    #[test]
    fn what_was_done_since_is_told_once_and_again_if_it_says_something_else_wherever_it_stands() {
        let (admin, member) = (Role::Admin, Role::Member);
        let mut deeds = Deeds::after(vec![deed('a', "Ben", admin)]);
        deeds.note(&[deed('c', "Ben", member)]);
        let ids = |news: Vec<Deed>| news.iter().map(|deed| deed.id).collect::<Vec<_>>();
        let mut now = vec![
            deed('a', "Ben", admin),
            deed('b', "Ben", admin),
            deed('c', "Ben", member),
            deed('d', "Ben", member),
        ];
        let [b, d] = ['b', 'd'].map(sample::id);
        assert_eq!(ids(deeds.news(&now)), [b, d]);
        assert_eq!(deeds.news(&now), []);
        now[3] = deed('d', "Ben", admin);
        assert_eq!(ids(deeds.news(&now)), [d]);
        // What is untold is no news, nor what counts again, nor that somebody goes by another name.
        assert_eq!(deeds.news(&[]), []);
        assert_eq!(deeds.news(&[deed('b', "Benjamin", admin)]), []);
    }
}
