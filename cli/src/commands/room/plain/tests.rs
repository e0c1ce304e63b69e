use tidings_node::api::Author;

use super::*;
use crate::args::DeliveryArgs;
use crate::output::sample;
use crate::safe_text::corpus;

fn room() -> Conversation {
    let member = |first, name: &str, role| Member {
        person: sample::id(first),
        name: name.to_owned(),
        role,
        mentioned_as: None,
    };
    Conversation {
        members: vec![
            member('b', "Ann", Role::Admin),
            member('c', "Ben", Role::Member),
        ],
        ..sample::room('r', "Team")
    }
}

fn invited() -> Conversation {
    Conversation {
        standing: Standing::Invited,
        invited_by: Some(Author {
            person: sample::id('c'),
            name: "Ben".to_owned(),
        }),
        ..room()
    }
}

#[test]
fn a_list_says_what_is_a_room_and_what_waits_there() {
    let listed = |conversation: &Conversation| row(conversation, false).join("|");
    assert_eq!(listed(&room()), "Team|room, 2 members|");
    assert_eq!(listed(&invited()), "Team|room, 2 members|invited by Ben");
    let namesake = row(&room(), true).join("|");
    assert_eq!(namesake, "Team|room, 2 members|id raaaaaaa");
    let left = Conversation {
        members: Vec::new(),
        standing: Standing::Left,
        ..room()
    };
    assert_eq!(listed(&left), "Team|room|left");
    let noisy = Conversation {
        unread: 3,
        muted: true,
        standing: Standing::Removed,
        ..room()
    };
    assert_eq!(
        listed(&noisy),
        "Team|room, 2 members|you were removed, 3 unread, muted"
    );
    for (mentions, said) in [
        (1, "3 unread (1 of them mentions you)"),
        (2, "3 unread (2 of them mention you)"),
        (3, "3 unread (mentions you)"),
    ] {
        let listed = listed(&Conversation {
            mentions,
            ..noisy.clone()
        });
        assert!(listed.contains(said), "{listed}");
    }
    let mut direct = Conversation {
        kind: ConversationKind::Direct,
        ..room()
    };
    assert_eq!(listed(&direct), "Team||");
    direct.draft = Some("Dear Ben,".to_owned());
    assert_eq!(listed(&direct), "Team||draft kept");
}

#[test]
fn a_rooms_members_are_shown_with_roles_and_who_let_us_in() {
    let joined = Conversation {
        standing: Standing::Joined,
        ..invited()
    };
    assert_eq!(
        info(&joined),
        "title                Team
id                   raaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
members              Ann (admin)  baaaaaaa
                     Ben          caaaaaaa
you are              in it, invited by Ben
unread               0
mentions of you      0
messages disappear   no
muted                no
archived             no
tells what you read  yes
"
    );
}

#[test]
fn what_a_removal_hides_and_what_needs_an_update_is_said() {
    let odd = Conversation {
        hidden: 1,
        needs_newer_version: true,
        ..room()
    };
    let shown = info(&odd);
    assert!(
        shown.contains("1 message, which came after its author was removed, or is of"),
        "{shown}"
    );
    assert!(shown.contains("needs an update"), "{shown}");
    assert!(!info(&room()).contains("not shown"));
}

#[test]
fn an_invitation_says_how_it_is_answered() {
    let shown = info(&invited());
    assert!(
        shown.contains("invited by Ben: `tidings room accept`"),
        "{shown}"
    );
}

#[test]
fn what_was_done_is_said_in_a_sentence() {
    let delivery = DeliveryArgs { offline: true };
    let (who, member) = (String::new(), "Ben".to_owned());
    let said = |command: ChangeCommand| done(&command, &room());
    let create = || ChangeCommand::Create {
        title: String::new(),
        with: Vec::new(),
        delivery,
    };
    assert_eq!(said(create()), "The room Team is made. In it: Ann, Ben.");
    let alone = Conversation {
        members: Vec::new(),
        ..room()
    };
    assert!(done(&create(), &alone).contains("Nobody else"));
    let invite = ChangeCommand::Invite {
        who: who.clone(),
        member: member.clone(),
        history: HistoryName::New,
        delivery,
    };
    assert_eq!(
        said(invite),
        "Ben is in the room Team, and gets what is written from now on."
    );
    let role = ChangeCommand::Role {
        who: who.clone(),
        member,
        role: RoleName::Admin,
        delivery,
    };
    assert_eq!(said(role), "Ben is an admin of the room Team now.");
    let leave = ChangeCommand::Leave { who, delivery };
    assert!(said(leave).starts_with("You have left the room Team."));
}

#[test]
fn a_lifetime_is_told_in_the_unit_that_fits() {
    let told = [(1, "1 second"), (90, "90 seconds"), (3_600, "1 hour")];
    let further = [
        (5_400, "90 minutes"),
        (2 * 86_400, "2 days"),
        (604_800, "1 week"),
    ];
    for (seconds, expected) in told.into_iter().chain(further) {
        assert_eq!(span(seconds), expected);
        let disappearing = Conversation {
            disappears_after: Some(seconds),
            ..room()
        };
        let shown = info(&disappearing);
        assert!(shown.contains(&format!("after {expected}\n")), "{shown}");
    }
}

#[test]
fn what_holds_on_this_device_is_said_in_a_sentence() {
    let who = String::new;
    let said = |command| preferred(&command, &room());
    let mute = PreferCommand::Mute { who: who() };
    assert!(said(mute).starts_with("Team is muted:"));
    let unmute = PreferCommand::Unmute { who: who() };
    assert_eq!(said(unmute), "Team is not muted any more.");
    let archive = PreferCommand::Archive { who: who() };
    assert!(said(archive.clone()).contains("until something new is in it"));
    let unread = Conversation {
        unread: 1,
        ..room()
    };
    assert!(preferred(&archive, &unread).contains("once nothing in it is unread"));
    let unarchive = PreferCommand::Unarchive { who: who() };
    assert!(said(unarchive).ends_with("lists Team again."));
    for (told, begin) in [
        (Switch::On, "What you read in Team is told"),
        (Switch::Off, "Nobody learns any more what you read in Team"),
    ] {
        let said = said(PreferCommand::Receipts { who: who(), told });
        assert!(said.starts_with(begin), "{said}");
    }
}

#[test]
fn names_and_titles_cannot_steer_the_terminal() {
    let mut hostile = invited();
    hostile.title = "\u{1b}[2JTeam".to_owned();
    hostile.members[0].name = "Ann\u{7}\n\u{202e}".to_owned();
    if let Some(by) = &mut hostile.invited_by {
        by.name = "\u{1b}]0;x".to_owned();
    }
    for shown in [info(&hostile), row(&hostile, true).join(" ")] {
        assert!(
            !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{shown:?}"
        );
    }
}

#[test]
fn members_come_by_name_with_the_admins_before_them() {
    let mut mixed = room();
    let admin = mixed.members.remove(0);
    let named = |name: &str| Member {
        name: name.to_owned(),
        ..mixed.members[0].clone()
    };
    mixed.members = vec![named("dora"), named("Ben"), admin, named("Cleo")];
    assert_eq!(names(&mixed), "Ann, Ben, Cleo, dora");
    let listed = members(&mixed);
    let first: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(first, ["Ann", "Ben", "Cleo", "dora"]);
}

#[test]
fn whatever_others_wrote_comes_out_as_plain_text() {
    corpus::walk(|text| {
        let mut invited = invited();
        invited.title = text.to_owned();
        invited.draft = Some(text.to_owned());
        invited.invited_by = Some(Author {
            person: sample::id('c'),
            name: text.to_owned(),
        });
        for member in &mut invited.members {
            member.name = text.to_owned();
            member.mentioned_as = Some(text.to_owned());
        }
        let joined = Conversation {
            standing: Standing::Joined,
            ..invited.clone()
        };
        let left = Conversation {
            kind: ConversationKind::Direct,
            ..joined.clone()
        };
        let all = [invited, joined, left];
        let mut said = namesake(&all[0], &all[1]);
        for one in &all {
            said += &row(one, true).join("|");
            said += &info(one);
        }
        said
    });
}
