//! What holds for the whole profile, and what comes of it.

use serde_json::json;

use crate::person::{Person, ann_and_ben};
use crate::rooms::becomes;

#[test]
fn a_setting_is_shown_with_what_it_means_and_keeps_its_value_without_a_node() {
    let ann = Person::new("Ann");
    let all = ann.json(&["config"]);
    let one = ann.json(&["config", "get", "rooms.accept"]);
    assert_eq!(all[0], one[0]);
    assert_eq!(one[0]["value"], "contacts");
    assert_eq!(one[0]["values"], json!(["contacts", "nobody"]));
    let set = ann.json(&["config", "set", "rooms.accept", "nobody"]);
    assert_eq!(set[0]["value"], "nobody");
    assert_eq!(ann.json(&["config"])[0], set[0]);
    let told = ann.run(&["config"]).exits(0).out;
    assert!(told.contains("rooms.accept = nobody"), "{told}");
    assert!(told.contains("contacts (the default)"), "{told}");
}

#[test]
fn what_cannot_be_set_is_a_usage_error_that_names_what_can() {
    let ann = Person::new("Ann");
    for unknown in [
        &["config", "get", "tea"][..],
        &["config", "set", "tea", "nobody"],
    ] {
        let refused = ann.run(unknown).exits(2);
        assert!(refused.err.contains("rooms.accept"), "{refused:?}");
    }
    let refused = ann.run(&["config", "set", "rooms.accept", "all"]).exits(2);
    assert!(refused.err.contains("contacts or nobody"), "{refused:?}");
    assert_eq!(ann.json(&["config"])[0]["value"], "contacts");
}

#[test]
fn an_invitation_of_a_contact_waits_where_nobodys_is_accepted_by_itself() {
    let (ann, ben) = ann_and_ben();
    ben.json(&["config", "set", "rooms.accept", "nobody"]);
    ann.json(&["room", "create", "Team", "--with", "Ben"]);
    becomes(&ben, "Team", |room| room["standing"] == "invited");
    ben.json(&["config", "set", "rooms.accept", "contacts"]);
    ann.json(&["room", "create", "Other", "--with", "Ben"]);
    becomes(&ben, "Other", |room| room["standing"] == "joined");
    ben.json(&["room", "accept", "Team"]);
    ann.tell("Team", "welcome");
    assert_eq!(ben.heard("Team"), ["welcome"]);
}
