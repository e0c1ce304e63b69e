//! Several people's engines in one room, over links that lose nothing.

mod authors;
mod bodies;
mod canaries;
mod cards;
mod carrying;
mod claims;
mod deeds;
mod forks;
mod forming;
mod history;
mod hostile;
mod invitations;
mod leaks;
mod limits;
mod made_up;
mod mail;
mod newer;
mod news;
mod partings;
mod quoted;
mod returning;
mod secrecy;
mod settings;
mod titles;
mod town;
mod typing;

use town::Town;

use super::*;
use crate::engine::{CommandError, RoomChange};
use crate::id::{AdmissionId, ConversationId, DeviceId, PersonId};
use crate::identity::{Card, OwnIdentity};
use crate::operation::Content;
use crate::record::RoomStanding::{Invited, Joined, Left, Removed};
use crate::room::{AddBody, ControlBody, Refusal, Role, TitleBody};
use crate::sync::{ControlEntry, Introduction, Vector};

const ANN: usize = 0;
const BEN: usize = 1;
const CAT: usize = 2;
const DAN: usize = 3;

fn message(text: &str) -> Content {
    Content::Message {
        text: text.to_owned(),
    }
}

/// Ann's room, with Ben and Cat, all of whom are connected.
fn room() -> (Town, ConversationId) {
    let mut town = Town::of(3);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    (town, room)
}

#[test]
fn whoever_is_admitted_by_a_contact_is_in_the_room_and_what_is_written_reaches_all() {
    let (mut town, room) = room();
    for person in [ANN, BEN, CAT] {
        let shown = town.shown(person, room).unwrap();
        assert_eq!((shown.standing, shown.title.as_str()), (Joined, "Garden"));
        assert_eq!(shown.members.len(), 3);
        town.write(person, room, &format!("hello from {person}"));
    }
    let all = ["hello from 0", "hello from 1", "hello from 2"];
    for person in [ANN, BEN, CAT] {
        assert_eq!(town.texts(person, room), all);
    }
    assert_eq!(town.vector(ANN, room), town.vector(BEN, room));
}

#[test]
fn what_is_written_while_nobody_is_connected_reaches_all_over_one_of_them() {
    let mut town = Town::of(3);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    for person in [ANN, BEN, CAT] {
        town.write(person, room, &person.to_string());
    }
    town.connect(ANN, BEN);
    town.disconnect_all();
    town.connect(BEN, CAT);
    town.connect(BEN, ANN);
    let texts = town.texts(ANN, room);
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 3);
    for person in [BEN, CAT] {
        assert_eq!(town.texts(person, room), texts, "{person}");
    }
}

#[test]
fn members_who_are_no_contacts_of_each_other_learn_each_others_devices_and_talk() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    town.connect(BEN, CAT);
    town.write(BEN, room, "we have never met");
    assert_eq!(town.texts(CAT, room), ["we have never met"]);
    let shown = town.shown(CAT, room).unwrap();
    let names: Vec<&str> = shown
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    assert!(names.contains(&"1"), "{names:?}");
}

#[test]
fn an_invitation_by_somebody_who_is_no_contact_waits() {
    // Cat does not know Ann, who knows her.
    let mut town = Town::where_one_knows(
        3,
        &[(ANN, BEN), (BEN, ANN), (BEN, CAT), (CAT, BEN), (ANN, CAT)],
    );
    town.connect(ANN, BEN);
    town.connect(BEN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.write(BEN, room, "hello");
    let waiting = town.shown(CAT, room).unwrap();
    assert_eq!(waiting.standing, Invited);
    assert_eq!(waiting.invited_by, Some(town.person(ANN)));
    assert_eq!(town.texts(CAT, room), [""; 0]);
    assert_eq!(
        town.try_write(CAT, room, "hello"),
        Err(CommandError::NotAMember)
    );
    town.restart_all();
    assert_eq!(town.shown(CAT, room).unwrap().standing, Invited);
    town.change(CAT, room, RoomChange::Accept);
    town.connect(BEN, CAT);
    assert_eq!(town.shown(CAT, room).unwrap().standing, Joined);
    assert_eq!(town.texts(CAT, room), ["hello"]);
}

#[test]
fn whom_we_block_brings_us_into_no_room_by_others() {
    let mut town = Town::of(3);
    town.connect(ANN, BEN);
    town.connect(BEN, CAT);
    town.block(CAT, ANN, true);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.write(BEN, room, "hello");
    town.restart_all();
    town.connect(BEN, CAT);
    assert!(town.is_open(BEN, CAT));
    assert_eq!(town.shown(BEN, room).unwrap().standing, Joined);
    assert_eq!(town.shown(CAT, room), None);
    town.block(CAT, ANN, false);
    town.disconnect_all();
    town.connect(BEN, CAT);
    assert_eq!(town.shown(CAT, room).unwrap().standing, Joined);
}

#[test]
fn an_invitation_that_is_turned_down_ends_the_admission() {
    let mut town = Town::where_one_knows(
        3,
        &[(ANN, BEN), (BEN, ANN), (BEN, CAT), (CAT, BEN), (ANN, CAT)],
    );
    town.connect(ANN, BEN);
    town.connect(BEN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.change(CAT, room, RoomChange::Leave);
    assert_eq!(town.shown(CAT, room).unwrap().standing, Left);
    assert_eq!(town.shown(ANN, room).unwrap().members.len(), 2);
}

#[test]
fn an_invitation_is_accepted_while_connected_and_what_was_written_comes_at_once() {
    let mut town = Town::where_one_knows(
        3,
        &[(ANN, BEN), (BEN, ANN), (BEN, CAT), (CAT, BEN), (ANN, CAT)],
    );
    town.connect(ANN, BEN);
    town.connect(BEN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.write(ANN, room, "hello");
    town.change(CAT, room, RoomChange::Accept);
    assert_eq!(town.texts(CAT, room), ["hello"]);
}

#[test]
fn a_message_crosses_each_link_once_at_most() {
    let mut town = Town::of(6);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[1, 2, 3, 4, 5]);
    town.write(ANN, room, "first");
    let before = town.carried;
    let text = "x".repeat(10_000);
    town.write(BEN, room, &text);
    let bytes = town.carried - before;
    assert!(bytes > 5 * text.len(), "{bytes}");
    assert!(bytes < 6 * text.len(), "five get it once each: {bytes}");
}

#[test]
fn of_those_with_whom_a_room_is_made_the_first_named_is_the_most_senior() {
    for order in [[BEN, CAT], [CAT, BEN]] {
        let mut town = Town::of(3);
        town.connect_all();
        let room = town.make_room(ANN, "Garden", &order);
        for who in order {
            let person = town.person(who);
            town.change(
                ANN,
                room,
                RoomChange::Role {
                    person,
                    role: Role::Admin,
                },
            );
        }
        let [first, second] = order.map(|who| town.person(who));
        let remove = |person| RoomChange::Remove { person };
        assert_eq!(
            town.try_change(order[1], room, remove(first)),
            Err(CommandError::Room(Refusal::NotJunior))
        );
        town.change(order[0], room, remove(second));
    }
}

#[test]
fn two_who_hold_the_same_of_a_large_room_say_little_about_it() {
    let mut town = Town::of(12);
    town.connect_all();
    let everyone: Vec<usize> = (1..12).collect();
    let room = town.make_room(ANN, "Garden", &everyone);
    for person in 0..12 {
        town.write(person, room, "hello");
    }
    town.disconnect_all();
    let said = |town: &mut Town| {
        let before = town.carried;
        town.connect(BEN, CAT);
        let bytes = town.carried - before;
        town.disconnect_all();
        bytes
    };
    let same = said(&mut town);
    town.write(ANN, room, "one more");
    town.connect(ANN, BEN);
    town.disconnect_all();
    let different = said(&mut town);
    assert!(same + 2 * 12 * 70 < different, "{same} {different}");
    assert_eq!(town.texts(CAT, room).len(), 13);
}

/// Ann's room with many others, of whom so many have written; then she meets Ben for the first time
/// since. Returns the bytes that went over their link for each of all he had to be shown.
fn shown_to_a_newcomer(others: usize, writers: usize) -> f64 {
    let pairs: Vec<(usize, usize)> = (BEN..=others).map(|other| (ANN, other)).collect();
    let mut town = Town::knowing(others + 1, &pairs);
    for writer in CAT..CAT + writers {
        town.connect(ANN, writer);
    }
    let members: Vec<usize> = (BEN..=others).collect();
    let room = town.make_room(ANN, "Garden", &members);
    for writer in CAT..CAT + writers {
        town.write(writer, room, "hello");
    }
    town.disconnect_all();
    let before = town.carried;
    town.connect(ANN, BEN);
    let carried = town.carried - before;
    assert_eq!(town.shown(BEN, room).unwrap().members.len(), others + 1);
    assert_eq!(town.texts(BEN, room).len(), writers);
    assert_eq!(town.vector(ANN, room), town.vector(BEN, room));
    f64::from(u32::try_from(carried).unwrap())
        / f64::from(u32::try_from(town.control_bytes(ANN, room)).unwrap())
}

#[test]
fn a_newcomer_is_shown_a_room_once_however_many_frames_that_takes() {
    for writers in [0, 10] {
        let times = shown_to_a_newcomer(80, writers);
        assert!(times < 1.5, "{writers}: {times}");
    }
}

#[test]
fn what_a_newcomer_writes_while_they_are_still_shown_the_room_reaches_who_shows_it() {
    let pairs: Vec<(usize, usize)> = (1..80).map(|other| (ANN, other)).collect();
    let mut town = Town::knowing(80, &pairs);
    let members: Vec<usize> = (1..80).collect();
    let room = town.make_room(ANN, "Garden", &members);
    town.connect(ANN, BEN);
    town.write(BEN, room, "hello");
    assert_eq!(town.texts(ANN, room), ["hello"]);
    assert!(town.is_delivered(BEN, ANN, 1));
}

#[test]
fn two_who_meet_again_in_a_room_of_many_in_which_nobody_wrote_say_little_about_it() {
    let said = |others: usize| {
        let pairs: Vec<(usize, usize)> = (BEN..=others).map(|other| (ANN, other)).collect();
        let mut town = Town::knowing(others + 1, &pairs);
        town.connect(ANN, BEN);
        town.make_room(ANN, "Garden", &(BEN..=others).collect::<Vec<_>>());
        town.disconnect_all();
        let before = town.carried;
        town.connect(ANN, BEN);
        town.carried - before
    };
    let (few, many) = (said(8), said(60));
    assert!(many < few + 100, "{few} {many}");
}

#[test]
fn a_message_goes_from_hand_to_hand_along_a_line() {
    let mut town = Town::of(5);
    for person in 1..5 {
        town.connect(person - 1, person);
    }
    let room = town.make_room(ANN, "Garden", &[1, 2, 3, 4]);
    town.write(ANN, room, "there");
    town.write(4, room, "and back");
    for person in 0..5 {
        assert_eq!(town.texts(person, room), ["there", "and back"], "{person}");
    }
}

#[test]
fn a_removed_person_learns_it_and_reads_nothing_that_is_written_later() {
    let (mut town, room) = room();
    town.write(ANN, room, "before");
    town.change(
        ANN,
        room,
        RoomChange::Remove {
            person: town.person(CAT),
        },
    );
    town.write(BEN, room, "after");
    assert_eq!(town.shown(CAT, room).unwrap().standing, Removed);
    assert_eq!(town.texts(CAT, room), ["before"]);
    assert_eq!(town.texts(ANN, room), ["before", "after"]);
    assert_eq!(
        town.try_write(CAT, room, "still here"),
        Err(CommandError::NotAMember)
    );
    town.disconnect_all();
    town.connect_all();
    assert_eq!(town.texts(CAT, room), ["before"]);
}

#[test]
fn what_a_removed_person_wrote_before_they_knew_is_kept_and_does_not_count() {
    let (mut town, room) = room();
    town.disconnect_all();
    town.write(CAT, room, "too late");
    town.change(
        ANN,
        room,
        RoomChange::Remove {
            person: town.person(CAT),
        },
    );
    town.connect(BEN, CAT);
    assert_eq!(town.texts(BEN, room), ["too late"]);
    town.connect(ANN, BEN);
    assert_eq!(town.texts(BEN, room), [""; 0]);
    assert_eq!(town.texts(ANN, room), [""; 0]);
    assert_eq!(town.cut(BEN, room, CAT), Some(0));
    assert_eq!(town.shown(CAT, room).unwrap().standing, Removed);
    assert_eq!(town.cut(CAT, room, CAT), Some(0));
}

#[test]
fn whoever_leaves_is_a_member_no_longer_and_what_they_wrote_stays() {
    let (mut town, room) = room();
    town.write(CAT, room, "bye");
    town.change(CAT, room, RoomChange::Leave);
    assert_eq!(town.shown(CAT, room).unwrap().standing, Left);
    for person in [ANN, BEN] {
        assert_eq!(town.shown(person, room).unwrap().members.len(), 2);
        assert_eq!(town.texts(person, room), ["bye"]);
    }
}

#[test]
fn whoever_was_let_in_by_somebody_who_left_before_they_met_learns_of_the_room() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.connect(ANN, BEN);
    let room = town.make_room(ANN, "Garden", &[BEN]);
    town.change(
        ANN,
        room,
        RoomChange::Add {
            person: town.person(CAT),
            whole_history: true,
        },
    );
    town.write(BEN, room, "welcome");
    town.change(ANN, room, RoomChange::Leave);
    town.write(BEN, room, "not for her who left");
    town.restart_all();
    town.connect(ANN, CAT);
    let shown = town.shown(CAT, room).unwrap();
    assert_eq!((shown.standing, shown.members.len()), (Joined, 2));
    assert_eq!(town.texts(CAT, room), [""; 0]);
    town.connect(BEN, CAT);
    assert_eq!(town.texts(CAT, room), ["welcome", "not for her who left"]);
    assert_eq!(town.texts(ANN, room), ["welcome"]);
}

#[test]
fn a_newcomer_without_history_gets_what_is_written_from_then_on() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN]);
    town.write(ANN, room, "old");
    town.write(BEN, room, "older");
    let person = town.person(CAT);
    town.change(
        ANN,
        room,
        RoomChange::Add {
            person,
            whole_history: false,
        },
    );
    let person = town.person(DAN);
    town.change(
        ANN,
        room,
        RoomChange::Add {
            person,
            whole_history: true,
        },
    );
    town.write(BEN, room, "new");
    assert_eq!(town.texts(CAT, room), ["new"]);
    assert_eq!(town.texts(DAN, room), ["old", "older", "new"]);
    // Whoever has less serves what they have.
    town.disconnect_all();
    town.write(CAT, room, "mine");
    town.connect(CAT, DAN);
    assert_eq!(town.texts(DAN, room), ["old", "older", "new", "mine"]);
}

#[test]
fn whoever_comes_back_writes_as_somebody_new() {
    let (mut town, room) = room();
    town.write(CAT, room, "first");
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.write(ANN, room, "between");
    town.change(
        ANN,
        room,
        RoomChange::Add {
            person,
            whole_history: true,
        },
    );
    town.write(CAT, room, "second");
    for person in [ANN, BEN, CAT] {
        assert_eq!(
            town.texts(person, room),
            ["first", "between", "second"],
            "{person}"
        );
    }
}

/// Ben wrote while Cat was away, who was removed and let in again meanwhile, which Ben half knows.
fn came_back(whole_history: bool) -> (Town, ConversationId) {
    let (mut town, room) = room();
    town.disconnect_all();
    town.write(BEN, room, "hello");
    town.connect(ANN, BEN);
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.disconnect_all();
    let add = RoomChange::Add {
        person,
        whole_history,
    };
    town.change(ANN, room, add);
    town.connect(ANN, CAT);
    town.disconnect_all();
    (town, room)
}

#[test]
fn a_receipt_counts_of_somebody_of_whom_it_was_not_known_that_they_are_back() {
    let (mut town, room) = came_back(true);
    assert_eq!(town.texts(CAT, room), ["hello"]);
    town.connect(BEN, CAT);
    assert!(town.is_delivered(BEN, CAT, 1));
}

#[test]
fn what_is_not_for_somebody_is_not_called_delivered_to_them() {
    let (mut town, room) = came_back(false);
    assert_eq!(town.texts(CAT, room), [""; 0]);
    town.connect(BEN, CAT);
    assert!(!town.is_delivered(BEN, CAT, 1));
    town.write(BEN, room, "again");
    assert_eq!(town.texts(CAT, room), ["again"]);
    assert!(town.is_delivered(BEN, CAT, 2));
}

#[test]
fn who_holds_less_than_is_not_for_them_is_not_taken_for_a_forger() {
    let (mut town, room) = room();
    town.write(BEN, room, "one");
    town.disconnect_all();
    town.write(BEN, room, "two");
    town.connect(ANN, BEN);
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    let add = RoomChange::Add {
        person,
        whole_history: false,
    };
    town.change(ANN, room, add);
    town.write(BEN, room, "three");
    town.connect(BEN, CAT);
    assert_eq!(town.texts(CAT, room), ["one", "three"]);
    assert!(town.is_delivered(BEN, CAT, 3));
}

#[test]
fn a_room_is_the_same_after_a_restart() {
    let (mut town, room) = room();
    town.write(BEN, room, "one");
    town.change(
        ANN,
        room,
        RoomChange::Title {
            title: "Orchard".to_owned(),
        },
    );
    town.disconnect_all();
    for person in [ANN, BEN, CAT] {
        town.restart(person);
    }
    town.write(CAT, room, "two");
    town.connect_all();
    for person in [ANN, BEN, CAT] {
        assert_eq!(town.shown(person, room).unwrap().title, "Orchard");
        assert_eq!(town.texts(person, room), ["one", "two"]);
    }
}

#[test]
fn what_is_not_allowed_says_why() {
    let (mut town, room) = room();
    let [ann, ben] = [ANN, BEN].map(|who| town.person(who));
    let remove = |person| RoomChange::Remove { person };
    assert_eq!(
        town.try_change(BEN, room, remove(ann)),
        Err(CommandError::Room(Refusal::NotAnAdmin))
    );
    assert_eq!(
        town.try_change(ANN, room, remove(ann)),
        Err(CommandError::LeaveInstead)
    );
    let again = RoomChange::Add {
        person: ben,
        whole_history: true,
    };
    assert_eq!(
        town.try_change(ANN, room, again),
        Err(CommandError::MemberAlready)
    );
    assert_eq!(
        town.try_change(ANN, room, RoomChange::Accept),
        Err(CommandError::NotInvited)
    );
    let title = RoomChange::Title {
        title: "a\nb".to_owned(),
    };
    assert_eq!(town.try_change(ANN, room, title), Err(CommandError::Title));
}

#[test]
fn whoever_was_let_in_by_somebody_who_had_been_removed_learns_that_they_are_no_member() {
    let (mut town, room) = room();
    let [ben, cat] = [BEN, CAT].map(|who| town.person(who));
    let role = Role::Admin;
    town.change(ANN, room, RoomChange::Role { person: ben, role });
    town.change(CAT, room, RoomChange::Leave);
    town.disconnect_all();
    town.change(ANN, room, RoomChange::Remove { person: ben });
    let add = RoomChange::Add {
        person: cat,
        whole_history: true,
    };
    town.change(BEN, room, add);
    town.connect(BEN, CAT);
    town.change(CAT, room, RoomChange::Accept);
    assert_eq!(town.shown(CAT, room).unwrap().standing, Joined);
    town.disconnect_all();
    town.connect(ANN, CAT);
    let members = town.shown(ANN, room).unwrap().members;
    assert_eq!(members.len(), 1);
    let shown = town.shown(CAT, room).unwrap();
    assert_eq!((shown.standing, shown.members), (Left, members));
}

#[test]
fn who_counts_again_before_they_wrote_anything_counts_after_a_restart_too() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    let [ben, cat] = [BEN, CAT].map(|who| town.person(who));
    let role = Role::Admin;
    town.change(ANN, room, RoomChange::Role { person: ben, role });
    town.disconnect_all();
    town.change(BEN, room, RoomChange::Remove { person: cat });
    town.change(ANN, room, RoomChange::Remove { person: ben });
    town.connect(BEN, DAN);
    assert_eq!(town.shown(DAN, room).unwrap().members.len(), 3);
    town.disconnect_all();
    town.connect(ANN, DAN);
    town.disconnect_all();
    assert_eq!(town.shown(DAN, room).unwrap().members.len(), 3);
    town.restart(DAN);
    town.write(CAT, room, "still here");
    town.connect(CAT, DAN);
    assert_eq!(town.texts(DAN, room), ["still here"]);
}

#[test]
fn all_who_showed_somebody_the_room_are_known_to_have_what_they_write() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let add = RoomChange::Add {
        person: town.person(DAN),
        whole_history: true,
    };
    town.change(ANN, room, add);
    town.write(DAN, room, "hello");
    for who in [ANN, BEN, CAT] {
        assert_eq!(town.texts(who, room), ["hello"]);
        assert!(town.is_delivered(DAN, who, 1), "{who}");
    }
}

#[test]
fn two_admins_who_remove_each_other_apart_agree_when_they_meet() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    for who in [BEN, CAT] {
        let person = town.person(who);
        town.change(
            ANN,
            room,
            RoomChange::Role {
                person,
                role: Role::Admin,
            },
        );
    }
    town.disconnect_all();
    let [ben, cat] = [BEN, CAT].map(|who| town.person(who));
    let by_ben = town.try_change(BEN, room, RoomChange::Remove { person: cat });
    let by_cat = town.try_change(CAT, room, RoomChange::Remove { person: ben });
    assert!(by_ben.is_ok() != by_cat.is_ok(), "one of the two is senior");
    town.connect_all();
    let members = town.shown(ANN, room).unwrap().members;
    assert_eq!(members.len(), 3);
    assert_eq!(town.shown(DAN, room).unwrap().members, members);
}
