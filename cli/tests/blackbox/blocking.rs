//! What somebody whom one blocked writes in rooms.

use crate::rooms::{becomes, team};

#[test]
fn what_somebody_blocked_calls_a_room_is_its_title_for_all_but_whoever_blocked_them() {
    let (ann, ben, carla) = team();
    let id = ann.json(&["room", "info", "Team"])[0]["id"].clone();
    let id = id.as_str().unwrap();
    ann.json(&["room", "role", id, "Ben", "admin"]);
    becomes(&ben, id, |room| {
        let mut members = room["members"].as_array().unwrap().iter();
        members.any(|member| member["name"] == "Ben" && member["role"] == "admin")
    });
    ben.json(&["room", "rename", id, "Words"]);
    becomes(&ann, id, |room| room["title"] == "Words");
    ann.json(&["contacts", "block", "Ben"]);
    becomes(&ann, id, |room| room["title"] == "Team");
    ben.json(&["room", "rename", id, "More words"]);
    becomes(&carla, id, |room| room["title"] == "More words");
    ann.json(&["room", "expire", id, "1d"]);
    becomes(&carla, id, |room| room["disappears_after"] == 86_400);
    let people = ann.run(&["room", "list"]).exits(0).out;
    assert!(
        people.contains("Team") && !people.contains("ords"),
        "{people}"
    );
    ann.run(&["read", "Words"]).exits(4);
    ann.json(&["contacts", "unblock", "Ben"]);
    becomes(&ann, "More words", |room| room["title"] == "More words");
}

#[test]
fn what_somebody_blocked_writes_in_a_room_is_shown_only_once_they_are_unblocked() {
    let (ann, ben, carla) = team();
    ben.tell("Ann", "to you alone");
    ann.json(&["contacts", "block", "Ben"]);
    becomes(&ann, "Team", |room| room["hidden"] == 1);
    ben.run(&["send", "Team", "hear me"]).exits(0);
    becomes(&ann, "Team", |room| room["hidden"] == 2);
    let cursor = ann.json(&["read"]).pop().unwrap()["cursor"].clone();
    let cursor = cursor.as_str().unwrap();
    assert_eq!(ann.heard("Team"), ["hi all"]);
    assert_eq!(ann.heard("Ben"), ["to you alone"]);
    assert!(ann.json(&["search", "hear", "--in", "Team"]).is_empty());
    let info = ann.run(&["room", "info", "Team"]).exits(0).out;
    assert!(info.contains("somebody you blocked"), "{info}");
    assert!(carla.heard("Team").contains(&"hear me".to_owned()));
    ann.json(&["contacts", "unblock", "Ben"]);
    assert_eq!(ann.heard("Team"), ["hi Ann", "hi all", "hear me"]);
    let since = ann.json(&["read", "--since", cursor]);
    let came = since
        .iter()
        .any(|line| line["body"] == "hear me" && line["change"] == "new");
    assert!(came, "{since:?}");
}
