//! What a person is told of a command that the engine refused.

use tidings_protocol::carry::NOTICE_TEXT_BYTES_MAX;
use tidings_protocol::engine::{CommandError, JoinEnd};
use tidings_protocol::pairing::{self, INVITE_CODE_CHARACTERS, PairingError};
use tidings_protocol::room;
use tidings_protocol::wire::limits::{ROOM_MEMBERS_MAX, ROOMS_MAX};

use crate::api::{ApiError, ErrorKind, Said};
use crate::reason;

/// The error, with what to do about it where the engine's words do not say so.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "any other refusal is one of state, in words that say what to do"
)]
pub(super) fn of(refused: &CommandError) -> ApiError {
    let kind = match refused {
        CommandError::NoContact
        | CommandError::NoConversation
        | CommandError::NoJoin
        | CommandError::NoMember => ErrorKind::NotFound,
        CommandError::TooLong
        | CommandError::Name
        | CommandError::Title
        | CommandError::NotARoom
        | CommandError::NoticeText
        | CommandError::LeaveInstead => ErrorKind::Invalid,
        CommandError::Invite(_) => ErrorKind::Refused,
        _ => ErrorKind::Conflict,
    };
    ApiError::new(kind, said(refused))
}

/// What the engine's words say; a later engine's are said as they are.
fn said(refused: &CommandError) -> Said {
    match refused {
        CommandError::NoContact => reason::no_contact(refused),
        CommandError::NoConversation => reason::no_conversation(),
        CommandError::Blocked => reason::blocked(refused),
        CommandError::NewDevice => reason::new_device(refused),
        CommandError::Contradiction => reason::contradiction(refused),
        CommandError::TooLong => reason::too_long(refused),
        CommandError::AlreadyDelivered => reason::already_delivered(refused),
        CommandError::OwnFork => reason::own_fork(refused),
        CommandError::ClockExhausted => reason::clock_exhausted(refused),
        CommandError::Name => reason::bad_name(refused),
        CommandError::Title => reason::bad_title(refused),
        CommandError::NotARoom => reason::not_a_room(refused),
        CommandError::NotAMember => reason::not_a_member(refused),
        CommandError::NotInvited => reason::not_invited(refused),
        CommandError::NoMember => reason::no_member(refused),
        CommandError::MemberAlready => reason::member_already(refused),
        CommandError::LeaveInstead => reason::leave_instead(refused),
        CommandError::RoomFull => reason::room_full(ROOM_MEMBERS_MAX, refused),
        CommandError::TooManyRooms => reason::too_many_rooms(ROOMS_MAX, refused),
        CommandError::TooManyWriters => reason::too_many_writers(refused),
        CommandError::Room(refusal) => of_room(refusal),
        CommandError::Invite(error) => of_code(error),
        CommandError::TooManyJoins => reason::too_many_joins(refused),
        CommandError::NoJoin => reason::join_not_pending(refused),
        CommandError::NearbyOff => reason::nearby_off(refused),
        CommandError::NoticeText => reason::notice_text(NOTICE_TEXT_BYTES_MAX, refused),
        CommandError::TooManyNotices => reason::too_many_notices(refused),
        CommandError::TooManyRotations => reason::too_many_rotations(refused),
        _ => Said::words(&refused.to_string()),
    }
}

/// Why our place in a room does not allow something.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what no command of ours comes to is said in the engine's own words"
)]
fn of_room(refusal: &room::Refusal) -> Said {
    match refusal {
        room::Refusal::NotAMember => reason::not_a_member(refusal),
        room::Refusal::DeviceRevoked => reason::device_revoked(refusal),
        room::Refusal::NotAnAdmin => reason::not_an_admin(refusal),
        room::Refusal::NotJunior => reason::not_junior(refusal),
        room::Refusal::UnknownAdmission => reason::never_admitted(refusal),
        room::Refusal::NeedsNewerVersion => reason::newer_room(refusal),
        room::Refusal::Void => reason::without_effect(refusal),
        _ => Said::words(&refusal.to_string()),
    }
}

/// Why a text is not an invite code that can be used.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what no code comes to is said in the engine's own words"
)]
pub(super) fn of_code(error: &PairingError) -> Said {
    match error {
        PairingError::Truncated { characters } => {
            reason::code_truncated(*characters, INVITE_CODE_CHARACTERS, error)
        }
        PairingError::Mistyped => reason::code_mistyped(error),
        PairingError::Foreign => reason::code_foreign(error),
        PairingError::Newer { .. } => reason::code_newer(error),
        PairingError::OwnInvite => reason::code_own(error),
        _ => Said::words(&error.to_string()),
    }
}

/// Why a join came to nothing.
pub(super) fn of_join(end: &JoinEnd) -> Said {
    match end {
        JoinEnd::Refused(pairing::Refusal::Used) => reason::invite_used(end),
        JoinEnd::Refused(pairing::Refusal::Expired) => reason::invite_expired(end),
        JoinEnd::Refused(pairing::Refusal::Unknown) => reason::invite_unknown(end),
        JoinEnd::Refused(pairing::Refusal::SelfJoin) => reason::code_own(end),
        JoinEnd::Refused(_) => Said::words(&end.to_string()),
        JoinEnd::Unanswered => reason::join_unanswered(end),
        JoinEnd::GivenUp => reason::join_given_up(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_wrongly_is_told_apart_from_what_cannot_be_now() {
        let kind = |refused| {
            let error = of(&refused);
            assert_ne!(error.reasons[0].code, "words", "{refused:?}");
            error.kind
        };
        for absent in [CommandError::NoMember, CommandError::NoJoin] {
            assert_eq!(kind(absent), ErrorKind::NotFound);
        }
        for invalid in [
            CommandError::Title,
            CommandError::NotARoom,
            CommandError::NoticeText,
            CommandError::LeaveInstead,
        ] {
            assert_eq!(kind(invalid), ErrorKind::Invalid);
        }
        for conflict in [
            CommandError::NotAMember,
            CommandError::NotInvited,
            CommandError::MemberAlready,
            CommandError::RoomFull,
            CommandError::TooManyRooms,
            CommandError::NearbyOff,
            CommandError::TooManyNotices,
            CommandError::Room(room::Refusal::NotAnAdmin),
            CommandError::Room(room::Refusal::NotJunior),
        ] {
            assert_eq!(kind(conflict), ErrorKind::Conflict);
        }
    }

    #[test]
    fn who_is_no_admin_is_told_whom_to_ask() {
        let told = of(&CommandError::Room(room::Refusal::NotAnAdmin));
        assert!(told.message.contains("ask them"), "{told}");
    }
}
