//! What a person is told of a command that the engine refused.

use tidings_protocol::engine::CommandError;
use tidings_protocol::room;

use crate::api::{ApiError, ErrorKind};

/// The error, with what to do about it where the engine's words do not say so.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "any other refusal is one of state, in words that say what to do"
)]
pub(super) fn of(refused: &CommandError) -> ApiError {
    let (kind, advice) = match refused {
        CommandError::NoContact | CommandError::NoConversation => (ErrorKind::NotFound, ""),
        CommandError::NoJoin => (
            ErrorKind::NotFound,
            "; `tidings contacts` lists those that do",
        ),
        CommandError::NoMember => (
            ErrorKind::NotFound,
            "; `tidings room info` lists the members",
        ),
        CommandError::TooLong
        | CommandError::Name
        | CommandError::Title
        | CommandError::NotARoom
        | CommandError::NoticeText
        | CommandError::LeaveInstead => (ErrorKind::Invalid, ""),
        CommandError::Invite(_) => (ErrorKind::Refused, ""),
        CommandError::NotAMember | CommandError::Room(room::Refusal::NotAMember) => (
            ErrorKind::Conflict,
            "; accept the invitation if one waits, else ask an admin of it to invite you",
        ),
        CommandError::NotInvited => (
            ErrorKind::Conflict,
            "; `tidings room list` shows the invitations that do",
        ),
        CommandError::MemberAlready => (
            ErrorKind::Conflict,
            "; `tidings room info` lists the members",
        ),
        CommandError::RoomFull => (ErrorKind::Conflict, "; remove somebody, or make another"),
        CommandError::Room(room::Refusal::NotAnAdmin) => (
            ErrorKind::Conflict,
            "; `tidings room info` shows who is one: ask them",
        ),
        CommandError::Room(room::Refusal::NotJunior) => (
            ErrorKind::Conflict,
            "; ask somebody who was admitted before both of you",
        ),
        _ => (ErrorKind::Conflict, ""),
    };
    ApiError::new(kind, format!("{refused}{advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_wrongly_is_told_apart_from_what_cannot_be_now() {
        let kind = |refused| of(&refused).kind;
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
