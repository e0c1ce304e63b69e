//! The node's life, and commands that stand alone.

use serde_json::json;

use crate::person::{Person, Rpc, program, run};

#[test]
fn a_node_ends_cleanly_on_either_signal() {
    let mut ann = Person::new("Ann");
    for signal in ["-TERM", "-INT", "-HUP"] {
        ann.start();
        assert_eq!(ann.take_daemon().terminate(signal), Some(0), "{signal}");
        leaves_nothing_open(&ann);
        ann.run(&["id"]).exits(0);
    }
}

/// Nothing lies in the profile that only an open one has.
#[track_caller]
fn leaves_nothing_open(person: &Person) {
    for file in ["socket", "profile.db-wal"] {
        assert!(!person.home.join(file).exists(), "{file}");
    }
}

#[test]
fn a_command_that_a_signal_ends_closes_the_profile_before() {
    let ann = Person::new("Ann");
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let waiting = ann.begin(&["--json", "invite", "--wait"]);
        assert!(ann.home.join("socket").exists());
        assert_eq!(waiting.terminate(signal), Some(code), "{signal}");
        leaves_nothing_open(&ann);
    }
}

#[test]
fn a_node_that_is_to_outlive_its_terminal_does() {
    let mut ann = Person::new("Ann");
    ann.launcher = vec!["nohup".to_owned()];
    ann.start();
    let daemon = ann.take_daemon();
    daemon.signal("-HUP");
    ann.run(&["id"]).exits(0);
    assert_eq!(ann.json(&["status"])[0]["running"], true);
    assert_eq!(daemon.terminate("-TERM"), Some(0));
}

#[test]
fn stopping_a_node_returns_when_it_is_gone() {
    let mut ann = Person::online("Ann");
    let stopped = ann.json(&["daemon", "stop"]);
    assert_eq!(stopped[0]["type"], "stopped");
    assert_eq!(ann.json(&["status"])[0]["running"], false);
    assert_eq!(ann.take_daemon().ended(), Some(0));
    ann.run(&["daemon", "stop"]).exits(0);
}

#[test]
fn a_ready_node_says_where_it_listens() {
    let mut ann = Person::online("Ann");
    let daemon = ann.take_daemon();
    let listen = daemon.ready["listen"].as_array().unwrap();
    assert!(!listen.is_empty());
    assert!(
        listen
            .iter()
            .all(|address| address.as_str().unwrap().contains("127.0.0.1"))
    );
    assert!(std::path::Path::new(daemon.ready["socket"].as_str().unwrap()).exists());
}

#[test]
fn profiles_of_one_home_are_apart() {
    let person = Person::nobody();
    for name in ["work", "play"] {
        let init = ["--profile", name, "init", "--name", name, "--no-passphrase"];
        person.run(&init).exits(0);
    }
    assert_eq!(person.json(&["--profile", "work", "id"])[0]["name"], "work");
    assert_eq!(person.json(&["--profile", "play", "id"])[0]["name"], "play");
    person.run(&["id"]).exits(3);
}

#[test]
fn a_new_profile_promises_nothing_of_its_words_that_is_not_there_and_says_how_to_go_on_in_it() {
    let person = Person::nobody();
    let init = [
        "--profile",
        "work",
        "init",
        "--name",
        "Ann",
        "--no-passphrase",
    ];
    let made = person.run(&init).exits(0);
    assert!(made.err.contains("no command takes them yet"), "{made:?}");
    let here = format!("--home {} --profile work", person.home.display());
    assert!(
        made.err.contains(&format!("`tidings {here}` to chat")),
        "{made:?}"
    );
    assert!(
        made.err.contains(&format!("`tidings {here} invite`")),
        "{made:?}"
    );
    let mut odd = Person::nobody();
    odd.home = odd.home.join("Ann's \u{1b}[1m profile");
    let made = odd
        .run(&["init", "--name", "Ann", "--no-passphrase"])
        .exits(0);
    assert!(!made.err.contains('\u{1b}'), "{made:?}");
    assert!(
        !made.err.contains("--home"),
        "nobody could paste that: {made:?}"
    );
}

#[test]
fn a_profile_whose_path_is_too_long_for_a_socket_works_too() {
    let mut ann = Person::nobody();
    ann.home = ann.home.join("a".repeat(120));
    ann.run(&["init", "--name", "Ann", "--no-passphrase"])
        .exits(0);
    ann.start();
    assert_eq!(ann.json(&["status"])[0]["running"], true);
}

#[test]
fn rpc_answers_what_it_does_not_understand() {
    let ann = Person::new("Ann");
    let mut rpc = Rpc::start(&ann);
    assert!(rpc.ask(1, "identity", &json!({})));
    assert_eq!(rpc.reply().unwrap()["result"]["name"], "Ann");
    assert!(rpc.ask(2, "no_such_thing", &json!({})));
    assert!(rpc.reply().unwrap()["error"]["message"].is_string());
    assert_eq!(rpc.end(), (String::new(), Some(0)));
}

#[test]
fn a_command_can_use_the_profile_that_rpc_has_open() {
    let ann = Person::new("Ann");
    let mut rpc = Rpc::start(&ann);
    assert!(rpc.ask(1, "identity", &json!({})));
    assert!(rpc.reply().is_some());
    ann.run(&["id"]).exits(0);
    assert_eq!(rpc.end().1, Some(0));
}

#[test]
fn the_demo_goes_through_an_outage_and_loses_nothing() {
    let mut command = program();
    command.args(["demo", "--json"]);
    let demo = run(command, None).exits(0);
    let lines = demo.lines();
    let events: Vec<&str> = lines
        .iter()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    let at = |event| events.iter().position(|present| *present == event).unwrap();
    assert!(at("killed") < at("restarted") && at("restarted") < at("checked"));
    let sent = events.iter().filter(|event| **event == "sent").count();
    assert_eq!(lines.last().unwrap()["messages"], sent);
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let mut command = program();
        command.args(["completions", shell]);
        let ran = run(command, None).exits(0);
        assert!(
            ran.out.contains("invite") && ran.out.contains("daemon"),
            "{shell}"
        );
    }
}

#[test]
fn version_and_help_are_asked_for_not_errors() {
    for flag in ["--version", "--help"] {
        let mut command = program();
        command.arg(flag);
        let ran = run(command, None).exits(0);
        assert!(
            ran.out.contains("tidings") || ran.out.contains("Usage"),
            "{ran:?}"
        );
        assert!(ran.err.is_empty());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn installing_writes_a_unit_that_names_this_profile() {
    let people = [Person::new("Ann"), Person::new("Ben")];
    let config = tempfile::tempdir().unwrap();
    let install = |person: &Person| {
        let mut command = person.command(&["--json", "daemon", "install"]);
        command.env("XDG_CONFIG_HOME", config.path());
        let installed = run(command, None).exits(0);
        let path = installed.line()["path"].as_str().unwrap().to_owned();
        let name = path.rsplit('/').next().unwrap().to_owned();
        assert!(installed.err.contains(&name), "{installed:?}");
        path
    };
    // The last part of both their directories' names is the same.
    let paths = people.each_ref().map(install);
    for (person, path) in people.iter().zip(&paths) {
        let unit = std::fs::read_to_string(path).unwrap();
        assert!(
            unit.contains(person.home.to_str().unwrap()) && unit.contains("daemon run"),
            "{unit}"
        );
    }
    assert_eq!(people.each_ref().map(install), paths, "and again");
}
