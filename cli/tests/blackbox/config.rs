//! What holds for the whole profile, and what comes of it.

use serde_json::json;

use crate::person::{LISTEN, Person, ann_and_ben};
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
    for (key, value, possible) in [
        ("rooms.accept", "all", "contacts or nobody"),
        (
            "network.mode",
            "secret",
            "auto or lan or internet or offline",
        ),
        ("network.discovery", "yes", "on or hidden or off"),
        ("network.dht", "maybe", "on or off"),
        ("network.listen", "4001", "everywhere or multiaddrs"),
        ("network.bootstrap", LISTEN, "peer id"),
    ] {
        let refused = ann.run(&["config", "set", key, value]).exits(2);
        assert!(refused.err.contains(possible), "{refused:?}");
    }
    for setting in ann.json(&["config"]) {
        assert_eq!(setting["value"], setting["default"], "{setting}");
        assert_eq!(setting["values"][0], setting["default"], "{setting}");
    }
}

/// What a setting is.
fn value(person: &Person, key: &str) -> String {
    let shown = person.json(&["config", "get", key]);
    shown[0]["value"].as_str().unwrap().to_owned()
}

/// The mode that holds, and the one that is set.
fn modes(person: &Person) -> (String, String) {
    let status = &person.json(&["status"])[0];
    let mode = |field: &str| status[field].as_str().unwrap().to_owned();
    (mode("mode"), mode("mode_set"))
}

#[test]
fn a_command_that_opens_the_profile_by_itself_reaches_nobody_where_the_mode_is_offline() {
    let (mut ann, ben) = ann_and_ben();
    ann.kill();
    ann.json(&["config", "set", "network.mode", "offline"]);
    let sent = ann.json(&["send", "Ben", "waits"]);
    assert_eq!(sent[0]["state"], "queued");
    let synced = ann.run(&["--json", "sync"]).exits(5);
    assert_eq!(synced.line()["reached"], 0);
    assert!(synced.err.contains("network.mode auto"), "{synced:?}");
    assert!(ben.heard("Ann").is_empty());
    ann.json(&["config", "set", "network.mode", "auto"]);
    ann.run(&["sync", "Ben"]).exits(0);
    assert_eq!(ben.heard("Ann"), ["waits"]);
}

#[test]
fn a_node_goes_by_what_is_set_and_a_flag_goes_before_it_for_one_run_also_back() {
    let mut ann = Person::new("Ann");
    ann.json(&["config", "set", "network.mode", "offline"]);
    ann.json(&["config", "set", "mailbox", "on"]);
    assert_eq!(modes(&ann), ("offline".to_owned(), "offline".to_owned()));
    ann.start_with(&[], None);
    assert_eq!(ann.ready()["listen"], json!([]));
    assert_eq!(modes(&ann).0, "offline");
    assert_eq!(ann.json(&["status"])[0]["mailbox"], true);
    ann.kill();
    ann.json(&["config", "set", "network.listen", LISTEN]);
    ann.json(&["config", "set", "network.discovery", "off"]);
    ann.start_with(&["--mode", "lan", "--no-mailbox"], None);
    let listen = ann.ready()["listen"].as_array().unwrap().clone();
    assert_eq!(listen.len(), 1, "where it is set: {listen:?}");
    assert!(listen[0].as_str().unwrap().contains("/127.0.0.1/udp/"));
    assert_eq!(modes(&ann), ("lan".to_owned(), "offline".to_owned()));
    assert_eq!(ann.json(&["status"])[0]["mailbox"], false);
    ann.kill();
    assert_eq!(value(&ann, "network.mode"), "offline");
    assert_eq!(value(&ann, "network.listen"), LISTEN);
    ann.json(&["config", "set", "network.listen", "everywhere"]);
    assert_eq!(value(&ann, "network.listen"), "everywhere");
}

#[test]
fn whoever_is_set_to_be_hidden_is_so_unless_a_flag_says_otherwise() {
    let mut ann = Person::new("Ann");
    ann.json(&["config", "set", "network.discovery", "hidden"]);
    ann.json(&["config", "set", "network.listen", LISTEN]);
    let hint = |ann: &Person| ann.check("discovery").unwrap()["hint"].to_string();
    ann.start_with(&["--mode", "lan"], None);
    assert!(hint(&ann).contains("--hidden"));
    ann.kill();
    ann.start_with(&["--mode", "lan", "--discovery", "off"], None);
    assert!(hint(&ann).contains("--no-mdns"));
}

#[test]
fn what_a_node_that_runs_does_not_go_by_yet_is_said_and_nothing_is_where_none_runs() {
    let mut ann = Person::new("Ann");
    let set = |ann: &Person, key: &str, value: &str| {
        let ran = ann.run(&["config", "set", key, value]).exits(0);
        ran.err
    };
    assert_eq!(set(&ann, "network.mode", "lan"), "");
    ann.start_with(&["--mode", "offline"], None);
    let said = set(&ann, "network.mode", "internet");
    for (key, value) in [("network.discovery", "off"), ("network.listen", LISTEN)] {
        assert_eq!(set(&ann, key, value), said, "{key}");
    }
    assert!(said.contains("from its next start on"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(set(&ann, "nearby", "off"), "");
    assert_eq!(modes(&ann), ("offline".to_owned(), "internet".to_owned()));
    let plain = ann.run(&["status"]).exits(0).out;
    assert!(plain.contains("offline; `internet` is set"), "{plain}");
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

#[test]
fn where_no_network_is_used_whoever_waits_for_one_is_told_why_at_once() {
    let (ann, ben) = (Person::new("Ann"), Person::new("Ben"));
    let code = ben.json(&["invite"])[0]["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let offline = |ran: &str| assert!(ran.contains("the mode `offline`"), "{ran}");
    ann.json(&["config", "set", "network.mode", "offline"]);
    let joined = ann.run(&["join", &code, "--timeout", "10m"]).exits(5);
    offline(&joined.err);
    let waited = ann.run(&["invite", "--wait", "--timeout", "1ms"]).exits(5);
    offline(&waited.err);
    // An address of nobody's: RFC 5737.
    ann.json(&["config", "set", "network.mode", "auto"]);
    let nowhere = "/ip4/192.0.2.1/tcp/4001";
    ann.json(&["config", "set", "network.listen", nowhere]);
    let synced = ann.run(&["--json", "sync"]).exits(0);
    assert!(synced.err.contains(nowhere), "{synced:?}");
    assert!(
        synced.err.contains("network.listen everywhere"),
        "{synced:?}"
    );
    assert_eq!(synced.line()["joining"], 1);
    let status = ann.json(&["status"]).remove(0);
    assert_eq!(
        (&status["mode"], &status["lack"]),
        (&json!("offline"), &json!(null))
    );
}
