//! Who types, as those who are there see it: between two, in a room, and by hostile hands.

use std::time::Duration;

use super::town::Town;
use super::{ANN, BEN, CAT, DAN, room};
use crate::engine::replica::{HEED_INTERVAL, TELL_INTERVAL, TYPING_TIME};
use crate::engine::{Command, CommandError, Preference, RoomChange};
use crate::id::ConversationId;
use crate::record::Outcome;
use crate::sync::SessionMessage;

const NOBODY: [usize; 0] = [];

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

/// Ann and Ben in a session, and the conversation of the two.
fn two() -> (Town, ConversationId) {
    let mut town = Town::of(2);
    town.connect(ANN, BEN);
    let conversation = town.direct(ANN, BEN);
    (town, conversation)
}

impl Town {
    fn try_type(
        &mut self,
        who: usize,
        conversation: ConversationId,
    ) -> Result<Outcome, CommandError> {
        self.command(who, Command::Typing { conversation })
    }

    fn type_in(&mut self, who: usize, conversation: ConversationId) {
        assert_eq!(self.try_type(who, conversation), Ok(Outcome::Done));
    }

    fn receipts(&mut self, who: usize, conversation: ConversationId, told: bool) {
        let prefer = Command::Prefer {
            conversation,
            preferences: vec![Preference::ReadReceipts(told)],
        };
        assert_eq!(self.command(who, prefer), Ok(Outcome::Done));
    }

    /// Whether bytes go over any link while something is done.
    fn is_silent(&mut self, during: impl FnOnce(&mut Self)) -> bool {
        let before = self.carried;
        during(self);
        self.carried == before
    }
}

#[test]
fn who_types_is_seen_to_until_they_have_said_nothing_more_of_it_for_a_while() {
    let (mut town, conversation) = two();
    town.type_in(ANN, conversation);
    assert_eq!(town.typing(BEN, conversation), [ANN]);
    assert_eq!(town.typing(ANN, conversation), NOBODY);
    town.wait(millis(TYPING_TIME) - 1);
    assert_eq!(town.typing(BEN, conversation), [ANN]);
    town.wait(1);
    assert_eq!(town.typing(BEN, conversation), NOBODY);
    let ann = town.person(ANN);
    assert_eq!(town.signals, [(BEN, ann, true), (BEN, ann, false)]);
}

#[test]
fn who_goes_on_typing_is_seen_to_all_the_while_and_it_is_told_once() {
    let (mut town, conversation) = two();
    for _ in 0..10 {
        town.type_in(ANN, conversation);
        town.wait(millis(TYPING_TIME) - 1);
        assert_eq!(town.typing(BEN, conversation), [ANN]);
    }
    assert_eq!(town.signals, [(BEN, town.person(ANN), true)]);
}

#[test]
fn we_say_that_we_type_once_in_the_interval_whatever_is_typed() {
    let (mut town, conversation) = two();
    town.type_in(ANN, conversation);
    town.wait(millis(TELL_INTERVAL) - 1);
    assert!(town.is_silent(|town| town.type_in(ANN, conversation)));
    town.wait(1);
    assert!(!town.is_silent(|town| town.type_in(ANN, conversation)));
    assert!(town.is_silent(|town| town.type_in(ANN, conversation)));
}

#[test]
fn one_conversation_takes_no_signals_from_another() {
    let (mut town, room) = room();
    let conversation = town.direct(ANN, BEN);
    town.type_in(ANN, room);
    town.type_in(ANN, conversation);
    assert_eq!(town.typing(BEN, room), [ANN]);
    assert_eq!(town.typing(BEN, conversation), [ANN]);
    assert_eq!(town.typing(CAT, conversation), NOBODY);
}

#[test]
fn a_signal_that_reached_nobody_is_none() {
    let mut town = Town::of(2);
    let conversation = town.direct(ANN, BEN);
    town.type_in(ANN, conversation);
    town.connect(ANN, BEN);
    town.type_in(ANN, conversation);
    assert_eq!(town.typing(BEN, conversation), [ANN]);
}

#[test]
fn what_somebody_writes_ends_their_typing_and_nobody_elses() {
    let (mut town, room) = room();
    town.type_in(ANN, room);
    town.type_in(BEN, room);
    assert_eq!(town.typing(CAT, room).len(), 2);
    town.write(ANN, room, "hello");
    assert_eq!(town.typing(CAT, room), [BEN]);
    assert_eq!(town.typing(BEN, room), NOBODY);
}

#[test]
fn what_somebody_writes_ends_their_typing_over_whomever_it_comes() {
    let (mut town, room) = room();
    town.type_in(ANN, room);
    assert_eq!(town.typing(CAT, room), [ANN]);
    town.write(ANN, room, "hello");
    let written = town.stored(ANN, room, ANN);
    town.wait(millis(TELL_INTERVAL));
    town.type_in(ANN, room);
    assert_eq!(town.typing(CAT, room), [ANN]);
    town.hand(CAT, room, &[&written[0]]);
    assert_eq!(town.typing(CAT, room), [ANN], "it is not new");
}

#[test]
fn who_is_gone_is_seen_to_type_no_longer_than_they_would_have_been() {
    let (mut town, conversation) = two();
    town.type_in(ANN, conversation);
    town.disconnect_all();
    assert_eq!(town.typing(BEN, conversation), [ANN]);
    town.wait(millis(TYPING_TIME));
    assert_eq!(town.typing(BEN, conversation), NOBODY);
}

#[test]
fn where_receipts_are_off_nothing_is_said_and_nobody_is_shown() {
    let (mut town, conversation) = two();
    town.type_in(ANN, conversation);
    town.receipts(BEN, conversation, false);
    assert_eq!(town.typing(BEN, conversation), NOBODY);
    assert!(town.is_silent(|town| town.type_in(BEN, conversation)));
    town.wait(millis(TELL_INTERVAL));
    town.type_in(ANN, conversation);
    assert_eq!(town.typing(BEN, conversation), NOBODY);
    town.receipts(BEN, conversation, true);
    assert_eq!(town.typing(BEN, conversation), NOBODY, "it was not kept");
    town.type_in(BEN, conversation);
    assert_eq!(town.typing(ANN, conversation), [BEN]);
}

#[test]
fn a_blocked_contact_is_neither_told_nor_shown() {
    let (mut town, room) = room();
    let conversation = town.direct(ANN, BEN);
    town.type_in(BEN, conversation);
    town.type_in(BEN, room);
    assert_eq!(town.typing(ANN, room), [BEN]);
    town.block(ANN, BEN, true);
    assert_eq!(town.typing(ANN, conversation), NOBODY);
    assert_eq!(town.typing(ANN, room), NOBODY);
    assert_eq!(town.try_type(ANN, conversation), Err(CommandError::Blocked));
    town.type_in(ANN, room);
    assert_eq!(town.typing(BEN, room), NOBODY);
    assert!(town.typing(CAT, room).contains(&ANN));
}

#[test]
fn who_is_in_a_room_no_longer_is_neither_told_nor_shown() {
    let (mut town, room) = room();
    town.type_in(CAT, room);
    assert_eq!(town.typing(BEN, room), [CAT]);
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    assert_eq!(town.typing(BEN, room), NOBODY);
    assert_eq!(town.try_type(CAT, room), Err(CommandError::NotAMember));
    town.say(CAT, BEN, &SessionMessage::Typing(room));
    assert_eq!(town.typing(BEN, room), NOBODY);
    town.type_in(ANN, room);
    assert_eq!(town.typing(BEN, room), [ANN]);
    assert_eq!(town.typing(CAT, room), NOBODY);
    let add = RoomChange::Add {
        person,
        whole_history: true,
    };
    town.change(ANN, room, add);
    town.wait(millis(TELL_INTERVAL));
    town.type_in(CAT, room);
    assert!(town.typing(BEN, room).contains(&CAT));
}

#[test]
fn a_signal_for_a_room_that_is_not_theirs_or_ours_is_passed_over() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN]);
    town.say(DAN, BEN, &SessionMessage::Typing(room));
    assert_eq!(town.typing(BEN, room), NOBODY);
    let unknown = ConversationId::new([9; 32]);
    town.say(DAN, BEN, &SessionMessage::Typing(unknown));
    assert_eq!(town.typing(BEN, unknown), NOBODY);
    assert_eq!(
        town.try_type(DAN, unknown),
        Err(CommandError::NoConversation)
    );
    town.say(ANN, DAN, &SessionMessage::Typing(room));
    assert_eq!(town.typing(DAN, room), NOBODY);
}

#[test]
#[should_panic(expected = "message of a conversation that is not shared")]
fn a_signal_for_the_conversation_of_two_others_ends_the_session() {
    let mut town = Town::of(3);
    town.connect_all();
    let conversation = town.direct(ANN, BEN);
    town.say(CAT, BEN, &SessionMessage::Typing(conversation));
}

#[test]
fn who_floods_us_with_signals_is_heeded_once_in_the_interval_and_seen_once() {
    let (mut town, conversation) = two();
    let signal = SessionMessage::Typing(conversation);
    for _ in 0..1000 {
        town.say(ANN, BEN, &signal);
    }
    assert_eq!(town.signals, [(BEN, town.person(ANN), true)]);
    // One more just before the interval is over prolongs nothing.
    town.wait(millis(HEED_INTERVAL) - 1);
    town.say(ANN, BEN, &signal);
    town.wait(millis(TYPING_TIME - HEED_INTERVAL) + 1);
    assert_eq!(town.typing(BEN, conversation), NOBODY);
    town.say(ANN, BEN, &signal);
    town.wait(millis(HEED_INTERVAL));
    town.say(ANN, BEN, &signal);
    town.wait(millis(TYPING_TIME) - 1);
    assert_eq!(town.typing(BEN, conversation), [ANN]);
    town.wait(1);
    assert_eq!(town.typing(BEN, conversation), NOBODY);
}

#[test]
fn a_signal_is_kept_by_nobody() {
    let (mut town, conversation) = two();
    town.type_in(ANN, conversation);
    town.disconnect_all();
    town.restart_all();
    town.connect(ANN, BEN);
    assert_eq!(town.typing(BEN, conversation), NOBODY);
}
