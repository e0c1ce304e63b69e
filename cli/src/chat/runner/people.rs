//! What is asked of contacts, and of codes by which people become contacts.

use tidings_node::api::{
    AwaitInvite, AwaitJoin, BlockContact, CancelJoin, ContactState, GetSafetyWords, Join,
    ListContacts, MakeInvite, RenameContact, VerifyContact, Who,
};
use tidings_node::{JoinId, PersonId, request_id};

use super::tell;
use crate::chat::Told;
use crate::chat::backend::Backend;
use crate::failure::Failure;

/// How long a code can be used.
const INVITE_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// How long a join is waited for before it is told that it takes longer.
const JOIN_MILLIS: u64 = 30_000;

/// A person named so that no other is meant.
pub(super) fn who(person: PersonId) -> Who {
    Who(person.to_string())
}

pub(super) async fn all(to: &impl Backend) -> Result<Told, Failure> {
    tell(to, ListContacts {}, Told::Contacts).await
}

pub(super) async fn safety_words(to: &impl Backend, of: PersonId) -> Result<Told, Failure> {
    tell(to, GetSafetyWords { who: who(of) }, Told::SafetyWords).await
}

pub(super) async fn verify(
    to: &impl Backend,
    person: PersonId,
    words: String,
) -> Result<Told, Failure> {
    let verify = VerifyContact {
        request: request_id(),
        who: who(person),
        words,
    };
    tell(to, verify, Told::Verified).await
}

pub(super) async fn rename(
    to: &impl Backend,
    person: PersonId,
    name: String,
) -> Result<Told, Failure> {
    let rename = RenameContact {
        request: request_id(),
        who: who(person),
        name,
    };
    tell(to, rename, Told::Contact).await
}

pub(super) async fn block(
    to: &impl Backend,
    person: PersonId,
    blocked: bool,
) -> Result<Told, Failure> {
    let block = BlockContact {
        request: request_id(),
        who: who(person),
        blocked,
    };
    tell(to, block, Told::Contact).await
}

pub(super) async fn cancel_join(to: &impl Backend, join: JoinId) -> Result<Told, Failure> {
    let cancel = CancelJoin {
        request: request_id(),
        join: join.to_string(),
    };
    tell(to, cancel, |_| Told::JoinCancelled).await
}

pub(super) async fn invite(to: &impl Backend) -> Result<Told, Failure> {
    let invite = MakeInvite {
        request: request_id(),
        expires_in: INVITE_MILLIS,
        reusable: false,
    };
    tell(to, invite, Told::Invited).await
}

/// Where that cannot be waited for, whoever used it is among the contacts.
pub(super) async fn await_use(to: &impl Backend, code: String) -> Told {
    let timeout = None;
    let used = to.call(AwaitInvite { code, timeout }).await;
    Told::Used(used.ok().flatten())
}

pub(super) async fn join(to: &impl Backend, code: String) -> Result<Told, Failure> {
    let join = Join {
        request: request_id(),
        code: code.clone(),
    };
    let contact = to.call(join).await?;
    if contact.state != ContactState::Pending {
        return Ok(Told::Joined(contact));
    }
    let timeout = JOIN_MILLIS;
    tell(to, AwaitJoin { code, timeout }, Told::Joined).await
}
