//! Requests that make contacts.

use std::time::Duration;

use tidings_protocol::engine::{Command, Event, JoinEnd};
use tidings_protocol::id::{PersonId, Tag};
use tidings_protocol::pairing::InviteCode;
use tidings_protocol::record::Outcome;
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::contacts::pending_contact;
use super::{Service, WAIT_MAX, deadline, ending, refusal, reused};
use crate::api::{
    ApiError, AwaitInvite, AwaitJoin, CancelJoin, Contact, ContactState, ErrorKind, Invite, Join,
    MakeInvite,
};
use crate::reason;

/// The longest life of an invite.
pub(super) const EXPIRES_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// How long the end of a join that is stored may take to be told of: nothing else says how it ended.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

impl Service {
    pub(super) async fn make_invite(&self, request: MakeInvite) -> Result<Invite, ApiError> {
        let expires_in = Duration::from_millis(request.expires_in);
        if expires_in.is_zero() || expires_in > EXPIRES_MAX {
            return Err(ApiError::invalid(reason::long_invite()));
        }
        let command = Command::MakeInvite {
            expires_in,
            reusable: request.reusable,
        };
        match self.command(request.request, command).await? {
            Outcome::Invited {
                code, expires_at, ..
            } => Ok(Invite {
                code,
                expires_at: expires_at.as_millis(),
            }),
            Outcome::Joining { .. }
            | Outcome::Sent { .. }
            | Outcome::Done
            | Outcome::RoomMade { .. }
            | Outcome::Brought { .. }
            | Outcome::Posted { .. } => Err(reused()),
        }
    }

    /// Waits until somebody has used an invite; `None` when the time is over.
    pub(super) async fn await_invite(
        &self,
        request: AwaitInvite,
    ) -> Result<Option<Contact>, ApiError> {
        let tag = tag_of(&request.code)?;
        let until = request.timeout.map_or(Instant::now() + WAIT_MAX, deadline);
        // Listen first, look second: nothing falls between the two.
        let events = self.shared.signals.events();
        if let Some(person) = self.people().await?.met_by(tag) {
            return self.contact(&person.record.person).await.map(Some);
        }
        match self.pairing_event(tag, until, events).await? {
            Some(Ok(person)) => self.contact(&person).await.map(Some),
            Some(Err(_)) | None => Ok(None),
        }
    }

    pub(super) async fn join(&self, request: Join) -> Result<Contact, ApiError> {
        let command = Command::Join { code: request.code };
        match self.command(request.request, command).await? {
            Outcome::Joining { tag } => Ok(pending_contact(tag)),
            Outcome::Invited { .. }
            | Outcome::Sent { .. }
            | Outcome::Done
            | Outcome::RoomMade { .. }
            | Outcome::Brought { .. }
            | Outcome::Posted { .. } => Err(reused()),
        }
    }

    /// Waits until a join was answered; still pending when the time is over.
    pub(super) async fn await_join(&self, request: AwaitJoin) -> Result<Contact, ApiError> {
        let tag = tag_of(&request.code)?;
        let until = deadline(request.timeout);
        let events = self.shared.signals.events();
        let is_pending = self.is_pending(tag).await?;
        // First: a code that was refused may be tried again, and only the new try counts.
        if !is_pending && let Some(settled) = self.settled_join(tag).await? {
            return settled;
        }
        let until = if is_pending {
            until
        } else {
            until.min(Instant::now() + TOLD_WITHIN)
        };
        match self.pairing_event(tag, until, events).await? {
            Some(Ok(person)) => self.contact(&person).await,
            Some(Err(end)) => Err(ended(end)),
            None if is_pending => Ok(pending_contact(tag)),
            None => Err(ApiError::not_found(reason::no_join_with_code())),
        }
    }

    /// Gives up a join.
    pub(super) async fn cancel_join(&self, request: CancelJoin) -> Result<Contact, ApiError> {
        let tag = match request.join.trim().parse() {
            Ok(tag) => tag,
            Err(_) => tag_of(&request.join)?,
        };
        self.command(request.request, Command::CancelJoin { tag })
            .await?;
        Ok(Contact {
            state: ContactState::Cancelled,
            ..pending_contact(tag)
        })
    }

    async fn is_pending(&self, tag: Tag) -> Result<bool, ApiError> {
        let storage = &self.shared.storage;
        let pending = storage.read(tidings_store::Reader::pending_joins).await?;
        Ok(pending.iter().any(|(of, _)| *of == tag))
    }

    /// What has become of a join that is not pending any more; nothing if that is not told of yet.
    async fn settled_join(&self, tag: Tag) -> Result<Option<Result<Contact, ApiError>>, ApiError> {
        if let Some(end) = self.shared.signals.join_end(tag) {
            return Ok(Some(Err(ended(end))));
        }
        let people = self.people_stored().await?;
        let Some(person) = people.met_by(tag) else {
            return Ok(None);
        };
        Ok(Some(self.contact(&person.record.person).await))
    }

    /// Waits for what becomes of an invite or join.
    async fn pairing_event(
        &self,
        tag: Tag,
        until: Instant,
        mut events: broadcast::Receiver<Event>,
    ) -> Result<Option<Result<PersonId, JoinEnd>>, ApiError> {
        let mut end = self.shared.signals.end();
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = end.reached() => return Err(ending()),
                () = tokio::time::sleep_until(until) => return Ok(None),
            };
            match event {
                Ok(Event::ContactAdded { person, tag: added }) if added == tag => {
                    return Ok(Some(Ok(person)));
                }
                Ok(Event::JoinEnded { tag: of, end }) if of == tag => {
                    return Ok(Some(Err(end)));
                }
                Ok(_) => {}
                // What was missed may be what is waited for.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    if let Some(end) = self.shared.signals.join_end(tag) {
                        return Ok(Some(Err(end)));
                    }
                    if let Some(person) = self.people().await?.met_by(tag) {
                        return Ok(Some(Ok(person.record.person)));
                    }
                }
                Err(broadcast::error::RecvError::Closed) => return Err(ending()),
            }
        }
    }
}

/// Checks that a text is an invite code, whole and without a typing mistake; whether it is still
/// answered only its maker knows.
///
/// # Errors
/// [`ApiError`] of kind [`ErrorKind::Refused`] that says what is wrong with it.
pub fn check_invite_code(text: &str) -> Result<(), ApiError> {
    tag_of(text).map(|_| ())
}

fn tag_of(code: &str) -> Result<Tag, ApiError> {
    let code: Result<InviteCode, _> = code.parse();
    code.map(|code| code.tag())
        .map_err(|error| ApiError::new(ErrorKind::Refused, refusal::of_code(&error)))
}

fn ended(end: JoinEnd) -> ApiError {
    ApiError::new(ErrorKind::Refused, refusal::of_join(&end))
}
