//! Rooms: who is in one, what is written there, and what each may do.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::contract::keeps_its_promise;
use crate::person::{Person, Rpc, pair, request_id, run};

/// Longest that anything may take to get around.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ann knows Ben and Carla, who do not know each other; all are online.
fn ann_ben_and_carla() -> (Person, Person, Person) {
    let (ann, ben, carla) = (
        Person::online("Ann"),
        Person::online("Ben"),
        Person::online("Carla"),
    );
    pair(&ann, &ben);
    pair(&ann, &carla);
    (ann, ben, carla)
}

/// The three in a room of Ann's, where each has said hello to the others.
pub(crate) fn team() -> (Person, Person, Person) {
    let (ann, ben, carla) = ann_ben_and_carla();
    ann.json(&["room", "create", "Team", "--with", "Ben", "--with", "Carla"]);
    ann.tell("Team", "hello");
    ben.tell("Team", "hi Ann");
    carla.tell("Team", "hi all");
    (ann, ben, carla)
}

/// What a room is to somebody, once it is as wanted.
#[track_caller]
pub(crate) fn becomes(person: &Person, who: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let ran = run(person.command(&["--json", "room", "info", who]), None);
        let room = (ran.code == 0).then(|| ran.line());
        if let Some(room) = room.as_ref().filter(|room| wanted(room)) {
            return room.clone();
        }
        assert!(Instant::now() < until, "it stays {room:?} {}", ran.err);
    }
}

/// The names of a room's members with their roles, in the order of the names.
fn roles(room: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let members = room["members"].as_array().unwrap().iter();
    let mut roles: Vec<_> = members
        .map(|member| (text(&member["name"]), text(&member["role"])))
        .collect();
    roles.sort();
    roles
}

fn names(room: &Value) -> Vec<String> {
    roles(room).into_iter().map(|(name, _)| name).collect()
}

/// The texts in a room, each with its author's name.
fn said(person: &Person, who: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let messages = person.json(&["read", who]).into_iter();
    messages
        .map(|message| (text(&message["from"]["name"]), text(&message["body"])))
        .collect()
}

#[test]
fn people_who_do_not_know_each_other_write_in_a_room() {
    let (ann, ben, carla) = team();
    let here = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let all = [
        here("Ann", "hello"),
        here("Ben", "hi Ann"),
        here("Carla", "hi all"),
    ];
    for person in [&ann, &ben, &carla] {
        assert_eq!(said(person, "team"), all);
        let room = &person.json(&["room", "info", "TEAM"])[0];
        assert_eq!(
            (&room["kind"], &room["title"]),
            (&json!("room"), &json!("Team"))
        );
        assert_eq!(room["standing"], "joined");
        assert_eq!(names(room), ["Ann", "Ben", "Carla"]);
    }
    let mine = ann.json(&["room", "info", "Team"])[0].clone();
    assert_eq!(mine.get("invited_by"), None, "it is a room of her own");
    let his = &ben.json(&["room", "info", "Team"])[0];
    assert_eq!(
        (&his["id"], &his["invited_by"]["name"]),
        (&mine["id"], &json!("Ann"))
    );
    assert_eq!(
        ben.json(&["contacts"]).len(),
        1,
        "Carla is no contact of his"
    );
    let sent = ann.tell("Team", "to both");
    assert_eq!(sent["delivery"]["people"], 2);
    assert_eq!(sent["conversation"], mine["id"]);
    let other = ben.json(&["read", "Ann"]);
    assert!(
        other.is_empty(),
        "nothing went to one of them alone: {other:?}"
    );
}

#[test]
fn every_room_verb_prints_what_the_document_promises() {
    let (ann, ben, _carla) = ann_ben_and_carla();
    let mut lines = Vec::new();
    for command in [
        &["room", "create", "Team"][..],
        &["room", "invite", "Team", "Ben"],
        &["room", "role", "Team", "Ben", "admin"],
        &["room", "rename", "Team", "Crew"],
        &["room", "expire", "Crew", "1d"],
        &["room", "info", "Crew"],
        &["room", "mute", "Crew"],
        &["room", "remove", "Crew", "Ben"],
        &["room", "leave", "Crew"],
        &["room", "list"],
    ] {
        let printed = ann.json(command);
        assert!(!printed.is_empty(), "{command:?}");
        lines.extend(printed);
    }
    ann.json(&["room", "create", "Other", "--with", "Ben"]);
    becomes(&ben, "Other", |room| room["standing"] == "joined");
    // Ann is a contact, so her invitation was accepted already.
    lines.extend(ben.json(&["room", "accept", "Other"]));
    lines.extend(ben.json(&["room", "list"]));
    for line in &lines {
        assert_eq!(line["type"], "conversation");
        keeps_its_promise(line);
    }
}

#[test]
fn what_is_written_where_nobody_else_is_says_so_and_waits_for_nobody() {
    let ann = Person::online("Ann");
    ann.json(&["room", "create", "Team"]);
    let sent = ann.run(&["send", "Team", "hello"]).exits(0);
    assert!(!sent.out.contains("delivered"), "{sent:?}");
    assert!(
        sent.out.contains("nobody else was in this room"),
        "{sent:?}"
    );
    assert!(sent.err.contains("tidings room invite"), "{sent:?}");
    let read = ann.run(&["read", "Team"]).exits(0).out;
    assert!(read.contains("[kept; nobody else"), "{read}");
    let message = &ann.json(&["send", "Team", "--wait", "delivered", "hello"])[0];
    assert_eq!(message["state"], "delivered");
    assert_eq!(message["delivery"]["people"], 0);
    let unread: Vec<&str> = "send Team --wait read --timeout 10m hello"
        .split(' ')
        .collect();
    let unread = ann.run(&unread).exits(5);
    assert!(unread.err.contains("Nobody else"), "{unread:?}");
}

#[test]
fn a_newcomer_gets_what_was_written_before_unless_they_shall_not() {
    let (ann, ben, carla) = ann_ben_and_carla();
    let room = ann.json(&["room", "create", "Team"])[0].clone();
    assert_eq!(roles(&room), [("Ann".to_owned(), "admin".to_owned())]);
    ann.json(&["send", "Team", "before"]);
    let invited = ann.json(&["room", "invite", "Team", "Ben"]);
    assert_eq!(names(&invited[0]), ["Ann", "Ben"]);
    ann.json(&["room", "invite", "Team", "Carla", "--history", "new"]);
    ann.tell("Team", "after");
    let heard = |person: &Person| person.heard("Team");
    assert_eq!(heard(&ben), ["before", "after"]);
    assert_eq!(heard(&carla), ["after"]);
    let again = ann.run(&["room", "invite", "Team", "Ben"]).exits(1);
    assert!(again.err.contains("already"), "{again:?}");
    ann.run(&["room", "invite", "Team", "Dora"]).exits(4);
}

#[test]
fn who_is_removed_gets_nothing_more_and_is_told() {
    let (ann, ben, carla) = team();
    let removed = &ann.json(&["room", "remove", "Team", "Carla"])[0];
    assert_eq!(names(removed), ["Ann", "Ben"]);
    becomes(&carla, "Team", |room| room["standing"] == "removed");
    becomes(&ben, "Team", |room| names(room) == ["Ann", "Ben"]);
    let sent = ann.tell("Team", "without Carla");
    assert_eq!(sent["delivery"]["people"], 1);
    assert_eq!(ben.heard("Team").last().unwrap(), "without Carla");
    let refused = carla.run(&["send", "Team", "let me in"]).exits(1);
    assert!(refused.err.contains("not a member"), "{refused:?}");
    assert_eq!(
        carla.heard("Team"),
        ["hello", "hi Ann"],
        "what came before stays"
    );
    let again = ann.run(&["room", "remove", "Team", "Carla"]).exits(4);
    assert!(again.err.contains("no member 'Carla'"), "{again:?}");
    let oneself = ann.run(&["room", "remove", "Team", "Ann"]).exits(2);
    assert!(oneself.err.contains("leave"), "{oneself:?}");
    ann.json(&["room", "invite", "Team", "Carla"]);
    becomes(&carla, "Team", |room| room["standing"] == "joined");
    carla.tell("Team", "back again");
}

#[test]
fn who_has_left_is_in_no_list_and_writes_there_no_more() {
    let (ann, ben, carla) = team();
    let left = &ben.json(&["room", "leave", "Team"])[0];
    assert_eq!(left["standing"], "left");
    for person in [&ann, &carla] {
        becomes(person, "Team", |room| names(room) == ["Ann", "Carla"]);
    }
    ben.json(&["read", "--mark"]);
    let titles = |arguments: &[&str]| {
        let listed = ben
            .json(&[&["room", "list"], arguments].concat())
            .into_iter();
        listed.map(|room| room["title"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&[]), ["Ann"]);
    assert_eq!(titles(&["--archived"]), ["Team", "Ann"]);
    ben.run(&["send", "Team", "hello?"]).exits(1);
    ben.run(&["room", "leave", "Team"]).exits(1);
    // Who has gone keeps their name where they wrote.
    assert!(said(&carla, "Team").contains(&("Ben".to_owned(), "hi Ann".to_owned())));
}

#[test]
fn only_admins_change_a_room_and_everybody_sees_what_it_is_called() {
    let (ann, ben, carla) = team();
    for refused in [
        &["room", "rename", "Team", "Mine"][..],
        &["room", "remove", "Team", "Carla"],
        &["room", "invite", "Team", "Ann"],
        &["room", "role", "Team", "Ben", "admin"],
        &["room", "expire", "Team", "1d"],
    ] {
        let ran = ben.run(refused).exits(1);
        assert!(!ran.err.is_empty() && ran.out.is_empty(), "{ran:?}");
    }
    let told = ben.run(&["room", "rename", "Team", "Mine"]).exits(1);
    assert!(told.err.contains("only an admin"), "{told:?}");
    let given = &ann.json(&["room", "role", "Team", "Ben", "admin"])[0];
    let admin = ("Ben".to_owned(), "admin".to_owned());
    assert!(roles(given).contains(&admin));
    becomes(&ben, "Team", |room| roles(room).contains(&admin));
    assert_eq!(
        ben.json(&["room", "rename", "Team", "Crew"])[0]["title"],
        "Crew"
    );
    for person in [&ann, &carla] {
        becomes(person, "Crew", |room| room["title"] == "Crew");
        person.run(&["read", "Team"]).exits(4);
    }
    let senior = ben.run(&["room", "remove", "Crew", "Ann"]).exits(1);
    assert!(senior.err.contains("admitted"), "{senior:?}");
    ann.json(&["room", "role", "Crew", "Ben", "member"]);
    becomes(&ben, "Crew", |room| !roles(room).contains(&admin));
    ben.run(&["room", "rename", "Crew", "Team"]).exits(1);
}

/// Copies the profile of a node that does not run.
fn copy(from: &Path, to: &Path) {
    let mut copy = Command::new("cp");
    let copied = copy.arg("-a").args([from, to]).status().unwrap();
    assert!(copied.success());
}

#[test]
fn an_invitation_that_is_not_accepted_by_itself_waits_for_an_answer() {
    let (ann, ben, mut carla) = ann_ben_and_carla();
    // Carla goes back to a profile that has not met Ben.
    let before = carla.home.with_extension("before");
    carla.kill();
    copy(&carla.home, &before);
    carla.start_there();
    pair(&ben, &carla);
    carla.kill();
    std::fs::remove_dir_all(&carla.home).unwrap();
    copy(&before, &carla.home);
    carla.start_there();
    ann.json(&["room", "create", "Team", "--with", "Ben"]);
    ann.json(&["room", "create", "Other", "--with", "Ben"]);
    for room in ["Team", "Other"] {
        ann.json(&["room", "role", room, "Ben", "admin"]);
        becomes(&ben, room, |room| {
            roles(room).contains(&("Ben".to_owned(), "admin".to_owned()))
        });
    }
    for room in ["Team", "Other"] {
        ben.json(&["room", "invite", room, "Carla"]);
        let room = becomes(&carla, room, |room| room["standing"] == "invited");
        assert_eq!(room["invited_by"]["name"], "Ben");
        keeps_its_promise(&room);
    }
    let listed = carla.run(&["room", "list"]).exits(0);
    assert!(listed.out.contains("invited by Ben"), "{listed:?}");
    assert!(listed.err.contains("room accept"), "{listed:?}");
    let early = carla.run(&["send", "Team", "hello"]).exits(1);
    assert!(early.err.contains("accept the invitation"), "{early:?}");
    let accepted = &carla.json(&["room", "accept", "Team"])[0];
    assert_eq!(accepted["standing"], "joined");
    ann.tell("Team", "welcome");
    assert_eq!(carla.heard("Team"), ["welcome"]);
    assert_eq!(
        carla.json(&["room", "leave", "Other"])[0]["standing"],
        "left"
    );
    becomes(&ann, "Other", |room| names(room) == ["Ann", "Ben"]);
}

#[test]
fn messages_of_a_room_are_changed_searched_and_marked_as_those_of_two() {
    let (ann, ben, carla) = team();
    let id = ann.tell("Team", "frist")["id"].as_str().unwrap().to_owned();
    assert_eq!(ben.json(&["unread"])[0]["title"], "Team");
    ann.json(&["edit", &id, "first"]);
    carla.json(&["react", &id, "👍"]);
    let until = Instant::now() + PATIENCE;
    loop {
        let messages = ben.json(&["read", "Team"]);
        let last = messages.last().unwrap();
        if last["body"] == "first" && last["reactions"] == json!({"👍": ["Carla"]}) {
            break;
        }
        assert!(Instant::now() < until, "{last:?}");
    }
    let found = |arguments: &[&str]| ben.json(&[&["search"], arguments].concat()).len();
    assert_eq!(found(&["first", "--in", "Team"]), 1);
    assert_eq!(found(&["from:Carla"]), 1, "she is no contact of his");
    assert_eq!(found(&["in:Ann", "first"]), 0);
    let shown = ben.run(&["read"]).exits(0).out;
    assert!(shown.contains("Carla \u{2192} Team"), "{shown}");
    ben.json(&["read", "Team", "--mark"]);
    assert!(ben.json(&["unread"]).is_empty());
    ann.json(&["delete", &id]);
    let offline = ben.json(&["room", "mute", "Team"]);
    assert_eq!(offline[0]["muted"], true);
}

#[test]
fn a_message_to_a_room_can_be_given_up_before_anybody_has_it() {
    let (mut ann, mut ben, carla) = team();
    ann.run(&["daemon", "stop"]).exits(0);
    ann.take_daemon().ended();
    ben.kill();
    let sent = &ann.json(&["send", "Team", "never mind", "--offline"])[0];
    let cancelled = &ann.json(&["cancel", sent["id"].as_str().unwrap()])[0];
    assert_eq!(
        (&cancelled["state"], &cancelled["reason"]),
        (&json!("failed"), &json!("cancelled"))
    );
    ann.start_there();
    let late = [
        "send",
        "Team",
        "still here",
        "--wait",
        "delivered",
        "--timeout",
        "2s",
    ];
    let some = run(ann.command(&[&["--json"], &late[..]].concat()), None).exits(5);
    let message = some.line();
    // Carla, who has it, may have promised to keep it for Ben.
    assert!(
        ["queued", "carried"].contains(&message["state"].as_str().unwrap()),
        "{message}"
    );
    assert_eq!(message["delivery"]["people"], 2);
    ben.start_there();
    ann.json(&["sync", "Team"]);
    ann.tell("Team", "all of you");
    for person in [&ben, &carla] {
        let heard = person.heard("Team");
        assert!(!heard.contains(&"never mind".to_owned()), "{heard:?}");
        assert!(heard.ends_with(&["still here".to_owned(), "all of you".to_owned()]));
    }
}

#[test]
fn messages_of_a_room_disappear_for_all_as_an_admin_says() {
    let (ann, ben, _carla) = team();
    let set = &ann.json(&["room", "expire", "Team", "1d"])[0];
    assert_eq!(set["disappears_after"], 86_400);
    becomes(&ben, "Team", |room| room["disappears_after"] == 86_400);
    assert!(ben.tell("Team", "for a day")["expires_at"].is_u64());
    ann.json(&["room", "expire", "Team", "off"]);
    becomes(&ben, "Team", |room| room["disappears_after"].is_null());
}

#[test]
fn a_contact_and_a_room_of_one_name_are_never_guessed() {
    let (ann, _ben, _carla) = ann_ben_and_carla();
    let made = ann.run(&["--json", "room", "create", "BEN"]).exits(0);
    let room = made.line()["id"].clone();
    let room = room.as_str().unwrap();
    assert!(
        made.err.contains("is the name of a contact too"),
        "{made:?}"
    );
    assert!(made.err.contains(&room[..8]), "{made:?}");
    let listed = ann.run(&["room", "list"]).exits(0);
    assert!(
        listed.out.contains(&format!("id {}", &room[..8])),
        "{listed:?}"
    );
    let other = ann.run(&["room", "create", "Team"]).exits(0);
    assert_eq!(other.err, "");
    let again = ann.run(&["room", "rename", "Team", "ben"]).exits(0);
    assert!(again.err.contains("is the name of"), "{again:?}");
    ann.run(&["room", "rename", again_id(&ann, room).as_str(), "Team"])
        .exits(0);
    let contacts = ann.json(&["contacts"]);
    let ben = contacts.iter().find(|contact| contact["name"] == "Ben");
    let ben = ben.unwrap()["person"].as_str().unwrap().to_owned();
    for command in [
        &["send", "ben", "x", "--offline"][..],
        &["read", "ben"],
        &["room", "info", "ben"],
        &["room", "rename", "ben", "x"],
        &["search", "x", "--in", "ben"],
    ] {
        let refused = ann.run(command).exits(4);
        assert!(refused.err.contains(room) && refused.err.contains(&ben));
        assert_eq!(refused.out, "", "{command:?}");
    }
    ann.run(&["room", "info", &room[..6]]).exits(0);
    ann.run(&["contacts", "verify", "ben", "--words", "no words"])
        .exits(2);
    let refused = ann.run(&["contacts", "block", "Nobody"]).exits(4);
    assert!(refused.err.contains("contacts"), "{refused:?}");
}

#[test]
fn a_room_made_without_a_running_node_is_stored_and_gets_around_later() {
    let (mut ann, ben, carla) = ann_ben_and_carla();
    ann.run(&["daemon", "stop"]).exits(0);
    ann.take_daemon().ended();
    let create = [
        "room",
        "create",
        "Team",
        "--offline",
        "--with",
        "Ben",
        "Carla",
    ];
    assert_eq!(ann.json(&create)[0]["standing"], "joined");
    ann.run(&["room", "rename", "Team", "Crew", "--offline"])
        .exits(0);
    ann.run(&["send", "Crew", "hello", "--offline"]).exits(0);
    ben.run(&["room", "info", "Crew"]).exits(4);
    ann.start_there();
    for person in [&ben, &carla] {
        becomes(person, "Crew", |room| room["standing"] == "joined");
    }
    ann.tell("Crew", "everybody here?");
    assert_eq!(ben.heard("Crew"), ["hello", "everybody here?"]);
}

#[test]
fn a_room_without_a_running_node_reaches_whoever_is_online_at_once() {
    let (mut ann, ben, _carla) = ann_ben_and_carla();
    ann.run(&["daemon", "stop"]).exits(0);
    ann.take_daemon().ended();
    ann.run(&["room", "create", "Pair", "--with", "Ben"])
        .exits(0);
    becomes(&ben, "Pair", |room| room["standing"] == "joined");
    ann.run(&["room", "remove", "Pair", "Ben"]).exits(0);
    becomes(&ben, "Pair", |room| room["standing"] == "removed");
}

#[test]
fn what_happens_to_a_room_does_not_disturb_who_follows_its_messages() {
    let (ann, ben, _carla) = team();
    let mut command = ben.command(&["--json", "read", "Team", "--follow"]);
    let mut follow = command.spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    ann.json(&["room", "remove", "Team", "Carla"]);
    ann.json(&["room", "rename", "Team", "Duo"]);
    for text in ["just us", "and us again"] {
        ann.tell("Duo", text);
        loop {
            let line = lines.next().unwrap().unwrap();
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["type"], "message");
            if line["body"] == text {
                break;
            }
        }
    }
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn whoever_follows_a_room_is_told_once_what_is_done_to_it_from_then_on() {
    let (ann, ben, _carla) = team();
    let (scripts, people) = (&["--deeds", "--json"][..], &[][..]);
    for (flags, before, after) in [(scripts, "Team", "Crew"), (people, "Crew", "Club")] {
        let arguments = [&["read", before, "--follow"], flags].concat();
        let mut follow = ben.command(&arguments).spawn().unwrap();
        let lines = BufReader::new(follow.stdout.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        // What is there already comes first.
        lines.find(|line| line.contains("hi all")).unwrap();
        ann.json(&["room", "rename", before, after]);
        let renamed = lines.find(|line| line.contains(after)).unwrap();
        if flags == scripts {
            let deed: Value = serde_json::from_str(&renamed).unwrap();
            keeps_its_promise(&deed);
            assert_eq!(
                (&deed["what"], &deed["by"]["name"]),
                (&json!("renamed"), &json!("Ann"))
            );
            assert_eq!(deed.get("before"), None);
        } else {
            assert!(
                renamed.contains("Ann called the room \u{201c}Club\u{201d}"),
                "{renamed}"
            );
        }
        ann.tell(after, "well then");
        let more = lines
            .by_ref()
            .take_while(|line| !line.contains("well then"));
        let more: Vec<String> = more.collect();
        let is_done = |line: &String| line.contains("deed") || line.contains("called");
        assert!(!more.iter().any(is_done), "{more:?}");
        follow.kill().unwrap();
        follow.wait().unwrap();
    }
}

/// The id of Ann's other room.
fn again_id(ann: &Person, but: &str) -> String {
    let rooms = ann.json(&["room", "list"]).into_iter();
    let mut rooms = rooms.filter(|one| one["kind"] == "room" && one["id"] != but);
    rooms.next().unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn nobody_takes_a_contacts_name_by_calling_a_room_so() {
    let (ann, ben, carla) = ann_ben_and_carla();
    let room = carla.json(&["room", "create", "Ben", "--with", "Ann"])[0]["id"].clone();
    becomes(&ann, room.as_str().unwrap(), |room| {
        room["standing"] == "joined"
    });
    let sent = ann.tell("Ben", "still to you");
    assert_ne!(sent["conversation"], room);
    assert_eq!(ben.heard("Ann"), ["still to you"]);
    // What only a room has is meant of the room.
    let left = &ann.json(&["room", "leave", "Ben"])[0];
    assert_eq!((&left["id"], &left["standing"]), (&room, &json!("left")));
    // And whoever left is asked.
    let room = room.as_str().unwrap();
    becomes(&carla, room, |room| names(room) == ["Carla"]);
    carla.json(&["room", "invite", room, "Ann"]);
    becomes(&ann, room, |room| room["standing"] == "invited");
    let accepted = &ann.json(&["room", "accept", "Ben"])[0];
    assert_eq!(accepted["standing"], "joined");
}

#[test]
fn conversations_are_listed_with_what_is_unread_first_and_then_by_recency() {
    let (ann, ben, carla) = ann_ben_and_carla();
    let titles = || {
        let listed = ann.json(&["room", "list"]).into_iter();
        let titles = listed.map(|one| one["title"].as_str().unwrap().to_owned());
        titles.collect::<Vec<_>>()
    };
    for (who, text) in [("Ben", "1"), ("Carla", "2")] {
        ann.tell(who, text);
    }
    assert_eq!(titles(), ["Carla", "Ben"]);
    ann.tell("Ben", "3");
    assert_eq!(titles(), ["Ben", "Carla"]);
    carla.tell("Ann", "4");
    ann.tell("Ben", "5");
    assert_eq!(titles(), ["Carla", "Ben"], "unread");
    drop(ben);
}

#[test]
fn what_is_pinned_can_be_listed() {
    let (ann, _ben, _carla) = ann_ben_and_carla();
    let first = ann.tell("Ben", "look here")["id"].clone();
    ann.tell("Ben", "and not here");
    let pinned = |arguments: &[&str]| {
        let listed = ann.json(&[&["read", "--pinned"], arguments].concat());
        let bodies = listed.into_iter().map(|one| one["body"].clone());
        bodies.collect::<Vec<_>>()
    };
    assert!(pinned(&[]).is_empty());
    ann.json(&["pin", first.as_str().unwrap()]);
    for arguments in [&[][..], &["Ben"], &["Ben", "--limit", "1"]] {
        assert_eq!(pinned(arguments), ["look here"], "{arguments:?}");
    }
    assert!(pinned(&["Carla"]).is_empty());
    let none = ann.run(&["read", "Carla", "--pinned"]).exits(0);
    assert!(none.err.contains("Nothing pinned"), "{none:?}");
    ann.run(&["read", "--pinned", "--follow"]).exits(2);
}

#[test]
fn a_title_that_cannot_be_is_a_usage_error() {
    let ann = Person::online("Ann");
    let longest = "é".repeat(64);
    for (title, code) in [
        ("", 2),
        ("two\nlines", 2),
        (longest.as_str(), 0),
        (&format!("{longest}e"), 2),
    ] {
        let ran = ann.run(&["room", "create", title]);
        assert_eq!(ran.code, code, "{title:?} {ran:?}");
    }
    ann.run(&["room", "create", "Team", "--with", "Nobody"])
        .exits(4);
    assert_eq!(ann.json(&["room", "list"]).len(), 1);
}

#[test]
fn a_request_about_a_room_sent_again_has_its_effect_once() {
    let (ann, ben, _carla) = ann_ben_and_carla();
    let mut rpc = Rpc::start(&ann);
    let mut ask = |method: &str, params: &Value| {
        let replies: Vec<Value> = (0..2)
            .map(|id| {
                assert!(rpc.ask(id, method, params));
                rpc.reply().unwrap()["result"].clone()
            })
            .collect();
        assert!(replies[0]["id"].is_string(), "{method} {replies:?}");
        assert_eq!(replies[0]["id"], replies[1]["id"], "{method}");
        assert_eq!(names(&replies[0]), names(&replies[1]), "{method}");
    };
    let request = |number| request_id(number);
    ask(
        "room_create",
        &json!({"request": request(1), "title": "Team", "with": ["Ben"]}),
    );
    ask(
        "room_invite",
        &json!({"request": request(2), "who": "Team", "member": "Carla"}),
    );
    ask(
        "room_remove",
        &json!({"request": request(3), "who": "Team", "member": "Carla"}),
    );
    ask(
        "room_rename",
        &json!({"request": request(4), "who": "Team", "title": "Crew"}),
    );
    becomes(&ben, "Crew", |room| names(room) == ["Ann", "Ben"]);
    let rooms = ann.json(&["room", "list"]).into_iter();
    assert_eq!(rooms.filter(|room| room["kind"] == "room").count(), 1);
}

#[test]
fn a_listener_hears_of_rooms_and_of_what_changes_about_them() {
    let (ann, ben, _carla) = ann_ben_and_carla();
    let mut rpc = Rpc::start(&ben);
    ann.json(&["room", "create", "Team", "--with", "Ben"]);
    let mut id = 0;
    let mut hears = |title: &str| {
        let until = Instant::now() + PATIENCE;
        loop {
            id += 1;
            let next = json!({"listener": "bot", "limit": 100, "wait": 10_000});
            assert!(rpc.ask(id, "events", &next));
            let page = rpc.reply().unwrap()["result"].clone();
            let events = page["events"].as_array().unwrap().clone();
            id += 1;
            let done = json!({"listener": "bot", "position": page["position"]});
            assert!(rpc.ask(id, "events_ack", &done));
            rpc.reply().unwrap();
            let rooms = events
                .iter()
                .filter(|event| event["type"] == "room_changed");
            if rooms.clone().any(|room| room["title"] == title) {
                return;
            }
            assert!(Instant::now() < until, "{events:?}");
        }
    };
    hears("Team");
    ann.json(&["room", "rename", "Team", "Crew"]);
    hears("Crew");
}

/// What stands in a room, in its order: what messages say, and of all else what was done, by whom and to whom.
fn standing(person: &Person, who: &str) -> Vec<String> {
    let lines = person.json(&["read", who, "--deeds"]).into_iter();
    let words = lines.map(|line| {
        keeps_its_promise(&line);
        if line["type"] == "message" {
            return line["body"].as_str().unwrap().to_owned();
        }
        let told = [&line["what"], &line["by"]["name"], &line["whom"]["name"]];
        let told = told.map(|value| value.as_str().unwrap_or_default());
        told.join(" ").trim_end().to_owned()
    });
    words.collect()
}

#[test]
fn what_was_done_to_a_room_stands_between_its_messages_in_the_same_place_for_all_and_is_no_message()
{
    let (ann, ben, carla) = team();
    ann.json(&["room", "role", "Team", "Ben", "admin"]);
    becomes(&ben, "Team", |room| {
        roles(room).contains(&("Ben".to_owned(), "admin".to_owned()))
    });
    ben.json(&["room", "rename", "Team", "Crew"]);
    becomes(&ann, "Crew", |_| true);
    ann.json(&["room", "expire", "Crew", "1d"]);
    becomes(&ben, "Crew", |room| room["disappears_after"] == 86_400);
    becomes(&carla, "Crew", |room| room["disappears_after"] == 86_400);
    ben.tell("Crew", "now we are a crew");
    ann.json(&["room", "remove", "Crew", "Carla"]);
    becomes(&ben, "Crew", |room| names(room) == ["Ann", "Ben"]);
    ben.json(&["room", "leave", "Crew"]);
    becomes(&ann, "Crew", |room| names(room) == ["Ann"]);
    let all = standing(&ann, "Crew");
    let mut let_in = all[1..3].to_vec();
    let_in.sort();
    assert_eq!(
        (all[0].as_str(), let_in),
        (
            "created Ann",
            vec!["added Ann Ben".to_owned(), "added Ann Carla".to_owned()]
        )
    );
    let rest = [
        "hello",
        "hi Ann",
        "hi all",
        "role Ann Ben",
        "renamed Ben",
        "disappearing Ann",
        "now we are a crew",
        "removed Ann Carla",
        "left Ben",
    ];
    assert_eq!(all[3..], rest);
    assert_eq!(standing(&ben, "Crew"), all);
    let out = becomes(&carla, "Crew", |room| room["standing"] == "removed");
    assert_eq!(out["unread"], 3, "hello, hi Ann and what Ben wrote");
    assert_eq!(
        standing(&carla, "Crew"),
        all[..11],
        "of what came later nobody tells her"
    );
    assert_eq!(
        said(&ann, "Crew").len(),
        4,
        "scripts that do not ask see messages"
    );
    let last = ann.json(&["read", "Crew", "--deeds", "--limit", "1"]);
    let what: Vec<&str> = last
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        what,
        ["message", "deed", "deed"],
        "they count as no messages"
    );
    let people = ann.run(&["read", "Crew"]).exits(0).out;
    assert!(
        people.contains("you let Carla in") && people.contains("Ben left"),
        "{people}"
    );
    ann.run(&["read", "--deeds"]).exits(2);
}

#[test]
fn of_much_that_was_done_people_who_want_the_last_messages_are_shown_the_last_and_scripts_all() {
    let ann = Person::new("Ann");
    let room = ann.json(&["room", "create", "Title 0"])[0]["id"].clone();
    let room = room.as_str().unwrap();
    ann.json(&["send", room, "before", "--offline"]);
    for number in 1..=10 {
        ann.json(&["room", "rename", room, &format!("Title {number}")]);
    }
    ann.json(&["send", room, "after", "--offline"]);
    let shown = |limit: &[&str]| {
        let arguments = [&["read", room][..], limit].concat();
        let out = ann.run(&arguments).exits(0).out;
        let is_shown = |number: usize| out.contains(&format!("\u{201c}Title {number}\u{201d}"));
        let titles: Vec<usize> = (0..=10).filter(|number| is_shown(*number)).collect();
        let words = ["before", "earlier changes are left out", "after"];
        (titles, words.map(|words| out.contains(words)))
    };
    let last = (3..=10).collect();
    assert_eq!(shown(&["--limit", "2"]), (last, [true; 3]));
    let none = (Vec::new(), [false, false, true]);
    assert_eq!(shown(&["--limit", "1"]), none);
    let all = ((0..=10).collect(), [true, false, true]);
    assert_eq!(shown(&[]), all);
    let kinds = |limit: &str| {
        let lines = ann.json(&["read", room, "--deeds", "--limit", limit]);
        let kinds = lines.iter().map(|line| line["type"].as_str().unwrap());
        kinds.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(kinds("1"), ["message"]);
    let between = kinds("2");
    assert_eq!(
        (between.len(), &between[1..11]),
        (12, &["deed"; 10].map(str::to_owned)[..])
    );
}
