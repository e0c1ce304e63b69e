//! What somebody whom one blocked writes in rooms.

use crate::rooms::{becomes, team};

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
