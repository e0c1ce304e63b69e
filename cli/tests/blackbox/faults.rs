//! What goes wrong, and how it is said.

use std::net::TcpListener;
use std::process::Stdio;

use crate::person::{LISTEN, Person, ann_and_ben, program, run};

#[test]
fn without_a_profile_everything_is_exit_three() {
    let nobody = Person::nobody();
    for command in [
        &["id"][..],
        &["status"],
        &["contacts"],
        &["send", "Ben", "hi"],
        &["daemon", "run"],
        &["daemon", "stop"],
        &["rpc", "--stdio"],
    ] {
        let ran = nobody.run(command).exits(3);
        assert!(ran.err.contains("tidings init"), "{ran:?}");
        assert!(!nobody.home.exists(), "{command:?} made something");
    }
}

#[test]
fn a_wrong_or_missing_passphrase_is_exit_three() {
    let mut ann = Person::nobody();
    let right = ann.file("right", "correct horse\n");
    let wrong = ann.file("wrong", "battery staple\n");
    let with = |file: &std::path::Path, arguments: &[&str]| {
        let mut command = ann.command(arguments);
        command.arg("--passphrase-file").arg(file);
        run(command, None)
    };
    with(&right, &["init", "--name", "Ann"]).exits(0);
    let refused = with(&wrong, &["id"]).exits(3);
    assert!(refused.err.contains("passphrase"), "{refused:?}");
    ann.run(&["id"]).exits(3);
    with(&right, &["id"]).exits(0);
    with(std::path::Path::new("/nonexistent"), &["id"]).exits(3);
    // Whoever attaches to a node that runs needs none.
    ann.start_with(&["--no-mdns", "--listen", LISTEN], Some(&right));
    ann.run(&["id"]).exits(0);
}

#[test]
fn a_passphrase_is_asked_for_or_declined_never_forgotten() {
    let ann = Person::nobody();
    let refused = ann.run(&["init", "--name", "Ann"]).exits(2);
    assert!(refused.err.contains("--no-passphrase"), "{refused:?}");
    assert!(!ann.home.exists());
}

#[test]
fn a_profile_is_not_made_twice() {
    let ann = Person::new("Ann");
    let before = ann.json(&["id"]);
    ann.run(&["init", "--name", "Eve", "--no-passphrase"])
        .exits(1);
    assert_eq!(ann.json(&["id"]), before);
}

#[test]
fn a_name_that_is_empty_or_too_long_is_a_usage_error() {
    let ann = Person::nobody();
    for name in ["", &"a".repeat(65)] {
        ann.run(&["init", "--name", name, "--no-passphrase"])
            .exits(2);
    }
    ann.run(&["init", "--name", &"a".repeat(64), "--no-passphrase"])
        .exits(0);
}

#[test]
fn what_makes_no_sense_is_exit_two() {
    let ann = Person::new("Ann");
    for command in [
        &["send"][..],
        &["send", "Ben", "   "],
        &["send", "Ben", "hi", "--wait", "never"],
        &["invite", "--expires", "soon"],
        &["read", "--limit", "-1"],
        &["rpc"],
        &["--profile", "../x", "id"],
        &["frobnicate"],
    ] {
        let ran = ann.run(command);
        assert_eq!(ran.code, 2, "{command:?} {ran:?}");
        assert!(!ran.err.is_empty() && ran.out.is_empty());
    }
}

#[test]
fn a_verb_that_is_planned_says_so() {
    let ann = Person::new("Ann");
    for planned in [
        &["device", "list"][..],
        &["backup"],
        &["send", "Ben", "--file", "x"],
    ] {
        let ran = ann.run(planned).exits(2);
        assert!(ran.err.contains("not in this version"), "{ran:?}");
    }
}

#[test]
fn what_is_typed_wrongly_is_met_with_a_hint() {
    let ann = Person::new("Ann");
    let unquoted = ann.run(&["send", "Ben", "hi", "there"]).exits(2);
    assert!(unquoted.err.contains("quotes"), "{unquoted:?}");
    let long = ann.run(&["invite", "--expires", "400d"]).exits(2);
    assert!(long.err.contains("1ms to 366d"), "{long:?}");
    assert!(ann.run(&["help"]).exits(0).out.contains("Usage: tidings"));
    assert!(ann.run(&["help", "send"]).exits(0).out.contains("--reply"));
}

#[test]
#[cfg(target_os = "linux")]
fn recovery_words_that_could_not_be_shown_are_not_passed_over() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    for stdout in [Stdio::from(full.unwrap()), Stdio::from(closed)] {
        let nobody = Person::nobody();
        let mut init = nobody.command(&["init", "--name", "Ann", "--no-passphrase"]);
        init.stdout(stdout);
        let ended = run(init, None).exits(1);
        assert!(ended.err.contains("could not be shown"), "{ended:?}");
        let remove = format!("Remove {} and run `tidings init`", nobody.home.display());
        assert!(ended.err.contains(&remove), "{ended:?}");
        assert_eq!(ended.err.lines().count(), 1);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_cannot_be_written_is_a_failure() {
    let ann = Person::new("Ann");
    let mut id = ann.command(&["id"]);
    id.stdout(
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap(),
    );
    let ended = run(id, None).exits(1);
    assert!(ended.err.contains("cannot write the output"), "{ended:?}");
}

#[test]
fn a_text_that_is_too_long_is_refused_whole() {
    let (ann, _ben) = ann_and_ben();
    let text = "a".repeat(200_000);
    let ran = run(ann.command(&["send", "Ben", "-", "--offline"]), Some(&text));
    assert!(matches!(ran.code, 1 | 2), "{ran:?}");
    assert!(
        ran.err.contains("long") || ran.err.contains("over"),
        "{ran:?}"
    );
    assert!(ann.json(&["read", "Ben"]).is_empty());
}

#[test]
fn a_port_in_use_is_said_and_the_profile_is_free_afterwards() {
    let ann = Person::new("Ann");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let listen = format!("/ip4/127.0.0.1/tcp/{port}");
    let ran = ann
        .run(&["daemon", "run", "--no-mdns", "--listen", &listen])
        .exits(1);
    assert!(ran.err.contains("--listen"), "{ran:?}");
    ann.run(&["id"]).exits(0);
}

#[test]
fn a_profile_has_one_node() {
    let ann = Person::online("Ann");
    let second = ann
        .run(&["daemon", "run", "--no-mdns", "--listen", LISTEN])
        .exits(1);
    assert!(second.err.contains("daemon stop"), "{second:?}");
    assert_eq!(ann.json(&["status"])[0]["running"], true);
}

#[test]
fn a_node_that_was_killed_leaves_nothing_in_the_way() {
    let mut ann = Person::online("Ann");
    ann.kill();
    assert_eq!(ann.json(&["status"])[0]["running"], false);
    ann.start();
    assert_eq!(ann.json(&["status"])[0]["running"], true);
}

#[test]
fn a_damaged_database_is_said_and_left_as_it_is() {
    let ann = Person::new("Ann");
    let database = ann.home.join("profile.db");
    let length = std::fs::metadata(&database).unwrap().len();
    let rubbish = vec![0x5a; usize::try_from(length).unwrap()];
    std::fs::write(&database, &rubbish).unwrap();
    let ran = ann.run(&["id"]).exits(1);
    assert!(ran.err.contains("damaged"), "{ran:?}");
    assert_eq!(std::fs::read(&database).unwrap(), rubbish);
}

/// A database, and its key, of the last schema that there can be; the store's tests wrote them.
const NEWER_DATABASE: &[u8] = include_bytes!("../../../store/tests/schemas/newer/profile.db");
const NEWER_KEY: &[u8] = include_bytes!("../../../store/tests/schemas/newer/key");

#[test]
fn a_profile_of_a_newer_version_is_left_as_it_is_and_asks_for_an_update() {
    let ann = Person::new("Ann");
    std::fs::write(ann.home.join("profile.db"), NEWER_DATABASE).unwrap();
    std::fs::write(ann.home.join("key"), NEWER_KEY).unwrap();
    for command in [
        &["id"][..],
        &["send", "Ben", "hi"],
        &["daemon", "run", "--no-mdns", "--listen", LISTEN],
    ] {
        let ran = ann.run(command).exits(1);
        assert!(ran.err.contains("newer version"), "{ran:?}");
        assert!(ran.err.contains("update the program"), "{ran:?}");
        let database = std::fs::read(ann.home.join("profile.db")).unwrap();
        assert_eq!(database, NEWER_DATABASE);
    }
}

#[test]
fn a_key_file_of_a_newer_version_asks_for_an_update() {
    let ann = Person::new("Ann");
    let key = ann.home.join("key");
    let mut bytes = std::fs::read(&key).unwrap();
    // A map whose first entry, under 0, is the version.
    assert_eq!(bytes[1..3], [0, 1]);
    bytes[2] = 2;
    std::fs::write(&key, &bytes).unwrap();
    let ran = ann.run(&["id"]).exits(1);
    assert!(ran.err.contains("update the program"), "{ran:?}");
}

#[test]
fn an_error_is_one_line_without_a_panic() {
    let ran = run(program(), None).exits(2);
    assert_eq!(ran.err.trim_end().lines().count(), 1);
    assert!(!ran.err.contains("panicked"));
}

#[test]
#[cfg(unix)]
fn a_passphrase_may_come_through_a_pipe() {
    let nobody = Person::nobody();
    let pipe = ["--passphrase-file", "/dev/stdin"];
    let piped = |arguments: &[&str], passphrase| {
        run(
            nobody.command(&[&pipe, arguments].concat()),
            Some(passphrase),
        )
    };
    piped(&["init", "--name", "Ann"], "from a keystore\n").exits(0);
    piped(&["id"], "from a keystore").exits(0);
    piped(&["id"], "from elsewhere").exits(3);
}
