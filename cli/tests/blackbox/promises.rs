//! What `docs/CLI.md` promises of every command, and of those that no other file tries.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::person::{LISTEN, Person, Rpc, ann_and_ben, pair, program, request_id, run};

#[test]
fn a_sync_that_leaves_something_queued_is_exit_five() {
    let (ann, mut ben) = ann_and_ben();
    ben.kill();
    ann.run(&["send", "Ben", "--offline", "hi"]).exits(0);
    let sync = ["--json", "sync", "Ben", "--timeout", "300ms"];
    let late = run(ann.command(&sync), None).exits(5);
    assert_eq!(late.line()["queued"], 1);
    assert!(late.err.contains("queued"), "{late:?}");
    ben.start_there();
    assert_eq!(ann.json(&["sync", "Ben"])[0]["queued"], 0);
}

/// The sockets of the internet protocols that a process has.
#[cfg(target_os = "linux")]
fn internet_sockets(pid: u32) -> Vec<String> {
    let process = Path::new("/proc").join(pid.to_string());
    let own: Vec<String> = std::fs::read_dir(process.join("fd"))
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|target| {
            let target = target.to_str()?.strip_prefix("socket:[")?;
            target.strip_suffix(']').map(str::to_owned)
        })
        .collect();
    ["tcp", "tcp6", "udp", "udp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(process.join("net").join(table)).ok())
        .flat_map(|table| table.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| {
            let inode = line.split_whitespace().nth(9);
            own.iter().any(|own| inode == Some(own.as_str()))
        })
        .collect()
}

#[test]
fn an_offline_node_listens_nowhere_and_serves_its_commands() {
    let mut ann = Person::new("Ann");
    ann.start_with(&["--mode", "offline"], None);
    assert_eq!(ann.ready()["listen"], json!([]));
    let status = &ann.json(&["status"])[0];
    assert_eq!(
        (&status["running"], &status["mode"], &status["listen"]),
        (&json!(true), &json!("offline"), &json!([]))
    );
    ann.run(&["invite"]).exits(0);
    let daemon = ann.take_daemon();
    #[cfg(target_os = "linux")]
    assert_eq!(internet_sockets(daemon.pid()), Vec::<String>::new());
    assert_eq!(daemon.terminate("-TERM"), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn what_finds_no_sockets_of_an_offline_node_finds_those_of_another() {
    let mut ann = Person::online("Ann");
    let daemon = ann.take_daemon();
    assert!(!internet_sockets(daemon.pid()).is_empty());
}

/// Runs the program with its home in the environment, if there is one.
fn with_home(home: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.env("TIDINGS_HOME", home).args(arguments);
    command
}

#[test]
fn the_home_may_come_from_the_environment_and_a_flag_goes_before_it() {
    let (ann, ben) = (Person::new("Ann"), Person::new("Ben"));
    let of = |home: &Path, arguments: &[&str]| run(with_home(home, arguments), None);
    let id = of(&ann.home, &["--json", "id"]).exits(0);
    assert_eq!(id.line(), ann.json(&["id"])[0]);
    let flag = ["--home", ben.home.to_str().unwrap(), "--json", "id"];
    assert_eq!(of(&ann.home, &flag).exits(0).line()["name"], "Ben");
}

#[test]
fn a_named_profile_is_the_one_in_that_directory_below_profiles() {
    let nobody = Person::nobody();
    let arguments = [
        "--profile",
        "work",
        "init",
        "--name",
        "Ann",
        "--no-passphrase",
    ];
    run(with_home(&nobody.home, &arguments), None).exits(0);
    let work = nobody.home.join("profiles").join("work");
    assert!(work.is_dir());
    let named = nobody.json(&["--profile", "work", "id"]);
    let itself = run(with_home(&work, &["--json", "id"]), None).exits(0);
    assert_eq!(itself.lines(), named);
}

#[test]
fn waiting_for_a_reader_ends_when_the_message_is_marked_as_read() {
    let (ann, ben) = ann_and_ben();
    let mut follow = ben
        .command(&["--json", "read", "--follow"])
        .spawn()
        .unwrap();
    let mut arriving = BufReader::new(follow.stdout.take().unwrap()).lines();
    let sender = ann
        .command(&[
            "--json",
            "send",
            "Ben",
            "hi",
            "--wait",
            "read",
            "--timeout",
            "100s",
        ])
        .spawn()
        .unwrap();
    assert!(arriving.next().unwrap().unwrap().contains("\"hi\""));
    ben.json(&["read", "--mark"]);
    let sent = sender.wait_with_output().unwrap();
    assert_eq!(sent.status.code(), Some(0), "{sent:?}");
    let line: Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert_eq!(line["state"], "read");
    assert_eq!(
        line["delivery"],
        json!({"people": 1, "carried": 0, "delivered": 1, "read": 1})
    );
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn waiting_too_short_for_a_reader_is_exit_five_and_the_message_is_kept() {
    let (ann, ben) = ann_and_ben();
    let send = [
        "--json",
        "send",
        "Ben",
        "hi",
        "--wait",
        "read",
        "--timeout",
        "300ms",
    ];
    let late = run(ann.command(&send), None).exits(5);
    assert_ne!(late.line()["state"], "read");
    ann.tell("Ben", "after");
    assert_eq!(ben.heard("Ann"), ["hi", "after"]);
}

#[test]
fn a_status_is_whole_with_and_without_a_running_node() {
    let mut ann = Person::new("Ann");
    let person = ann.json(&["id"])[0]["person"].clone();
    let nothing = |status: &Value| {
        assert_eq!(status["person"], person);
        assert_eq!(
            status["peers"],
            json!({"lan": 0, "direct": 0, "relayed": 0})
        );
        assert_eq!(status["queued"], 0);
        assert_eq!(status["carrying"], json!({"envelopes": 0, "bytes": 0}));
        assert!(status["mode"].is_string());
    };
    let without = &ann.json(&["status"])[0];
    nothing(without);
    assert_eq!(
        (&without["running"], &without["listen"]),
        (&json!(false), &json!([]))
    );
    ann.start();
    let with = &ann.json(&["status"])[0];
    nothing(with);
    assert_eq!(
        (&with["running"], &with["mode"]),
        (&json!(true), &json!("auto"))
    );
    assert_eq!(with["listen"], ann.ready()["listen"]);
}

#[test]
fn a_status_counts_who_is_connected_and_what_waits() {
    let (ann, mut ben) = ann_and_ben();
    ann.tell("Ben", "hi");
    let peers = ann.json(&["status"])[0]["peers"].clone();
    let connected: u64 = peers
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(connected, 1, "{peers}");
    ben.kill();
    for text in ["one", "two"] {
        ann.run(&["send", "Ben", "--offline", text]).exits(0);
    }
    assert_eq!(ann.json(&["status"])[0]["queued"], 2);
}

#[test]
fn every_verb_refuses_a_name_of_several_with_the_candidates() {
    let ann = Person::online("Ann");
    let (ben, other) = (Person::online("Ben"), Person::online("BEN"));
    pair(&ann, &ben);
    pair(&ann, &other);
    // Who is there may change meanwhile.
    let contacts = || {
        let mut contacts = ann.json(&["contacts"]);
        for contact in &mut contacts {
            contact.as_object_mut().unwrap().remove("online").unwrap();
        }
        contacts
    };
    let before = contacts();
    let words = ["abandon"; 12].join(" ");
    for command in [
        &["send", "ben", "x"][..],
        &["read", "ben"],
        &["sync", "ben"],
        &["typing", "ben"],
        &["contacts", "rename", "ben", "x"],
        &["contacts", "block", "ben"],
        &["contacts", "verify", "ben", "--words", &words],
        &["room", "expire", "ben", "1d"],
        &["room", "create", "Team", "--with", "ben"],
        &["room", "accept", "ben"],
        &["room", "invite", "ben", "ben"],
        &["room", "remove", "ben", "ben"],
        &["room", "role", "ben", "ben", "admin"],
        &["room", "rename", "ben", "x"],
        &["room", "leave", "ben"],
        &["search", "x", "--in", "ben"],
    ] {
        let refused = ann.run(command).exits(4);
        assert_eq!(refused.out, "", "{command:?}");
        for contact in &before {
            let id = contact["person"].as_str().unwrap();
            assert!(refused.err.contains(id), "{command:?} {refused:?}");
        }
    }
    assert_eq!(contacts(), before);
    assert!(ann.json(&["read"]).is_empty());
}

#[test]
fn six_characters_of_an_id_are_enough_and_five_are_not() {
    let (ann, _ben) = ann_and_ben();
    let message = ann.tell("Ben", "hi");
    let person = ann.json(&["contacts"])[0]["person"].clone();
    for id in [&person, &message["conversation"]] {
        let id = id.as_str().unwrap();
        ann.run(&["read", &id[..5]]).exits(4);
        assert_eq!(ann.json(&["read", &id[..6]]).len(), 1);
        assert_eq!(ann.json(&["read", &id[..6].to_uppercase()]).len(), 1);
        assert_eq!(ann.json(&["read", id]).len(), 1);
    }
    let id = message["id"].as_str().unwrap();
    let refused = ann.run(&["react", &id[..5], "👍"]);
    assert!(matches!(refused.code, 2 | 4), "{refused:?}");
    assert_eq!(ann.json(&["read"])[0]["reactions"], json!({}));
    let changed = ann.json(&["react", &id[..6], "👍"]);
    assert_eq!(changed[0]["reactions"], json!({"👍": ["Ann"]}));
}

#[test]
fn a_name_is_found_in_any_case_and_however_its_accents_are_written() {
    let (ann, jose) = (
        Person::online("Ann"),
        Person::online("Jos\u{e9} \u{c5}ngstr\u{f6}m"),
    );
    pair(&ann, &jose);
    ann.tell("Jos\u{e9} \u{c5}ngstr\u{f6}m", "as it is");
    ann.tell("JOSE\u{301} A\u{30a}NGSTRO\u{308}M", "in parts and loud");
    ann.tell(
        "jos\u{e9} \u{212b}ngstr\u{f6}m",
        "with the sign of the unit",
    );
    assert_eq!(jose.heard("Ann").len(), 3);
    ann.run(&["send", "Jose Angstrom", "x"]).exits(4);
}

#[test]
fn commands_of_all_kinds_at_once_do_not_disturb_one_another() {
    let (mut ann, ben) = ann_and_ben();
    ann.tell("Ben", "first");
    ann.kill();
    let commands: [&[&str]; 8] = [
        &["id"],
        &["status"],
        &["contacts"],
        &["read", "--mark"],
        &["send", "Ben", "one", "--offline"],
        &["send", "Ben", "two", "--wait", "delivered"],
        &["invite"],
        &["search", "first"],
    ];
    let running: Vec<_> = commands
        .iter()
        .map(|command| (command, ann.command(command).spawn().unwrap()))
        .collect();
    for (command, child) in running {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}");
    }
    ann.json(&["sync", "Ben"]);
    let mut heard = ben.heard("Ann");
    heard.sort();
    assert_eq!(heard, ["first", "one", "two"]);
}

/// A command that holds the profile, without the network, until its text is there.
struct OfflineCommand(Child);

impl OfflineCommand {
    /// Starts it in place of the node that runs.
    fn start(person: &mut Person) -> Self {
        let socket = person.ready()["socket"].as_str().unwrap().to_owned();
        person.kill();
        let mut command = person.command(&["send", "Ben", "-", "--offline"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "it ended");
        }
        Self(child)
    }

    /// Lets it do its work, and waits for its end.
    fn finish(&mut self) {
        let mut text = self.0.stdin.take().unwrap();
        text.write_all(b"one").unwrap();
        drop(text);
        assert!(self.0.wait().unwrap().success());
    }
}

#[test]
fn a_node_that_is_started_waits_for_a_command_to_pass() {
    let (mut ann, ben) = ann_and_ben();
    let mut offline = OfflineCommand::start(&mut ann);
    let mut command = ann.command(&["daemon", "run", "--no-mdns", "--listen", LISTEN]);
    let mut node = command.spawn().unwrap();
    ann.run(&["id"]).exits(0);
    offline.finish();
    let mut ready = String::new();
    let mut said = BufReader::new(node.stdout.take().unwrap());
    said.read_line(&mut ready).unwrap();
    assert!(ready.contains("\"ready\""), "{ready:?}");
    ann.json(&["sync", "Ben"]);
    assert_eq!(ben.heard("Ann"), ["one"]);
    ann.run(&["daemon", "stop"]).exits(0);
    assert_eq!(node.wait().unwrap().code(), Some(0));
}

#[test]
fn whoever_has_to_reach_contacts_does_not_do_so_through_a_command_that_is_offline() {
    let (mut ann, ben) = ann_and_ben();
    let mut offline = OfflineCommand::start(&mut ann);
    let send = ["send", "Ben", "two", "--wait", "delivered"];
    let sender = ann.command(&send).spawn().unwrap();
    ann.run(&["id"]).exits(0);
    offline.finish();
    let sent = sender.wait_with_output().unwrap();
    assert!(sent.status.success(), "{sent:?}");
    let heard = ben.heard("Ann");
    assert!(heard.contains(&"two".to_owned()), "{heard:?}");
}

#[test]
fn rpc_does_what_the_verbs_do() {
    let (ann, ben) = ann_and_ben();
    let mut rpc = Rpc::start(&ann);
    let send = json!({"request": request_id(1), "who": "ben", "text": "by rpc"});
    assert!(rpc.ask(1, "send", &send));
    let sent = rpc.reply().unwrap();
    assert_eq!((&sent["id"], &sent["jsonrpc"]), (&json!(1), &json!("2.0")));
    assert_eq!(sent["result"]["body"], "by rpc");
    assert!(rpc.ask(2, "contacts", &json!({})));
    let contacts = rpc.reply().unwrap()["result"].clone();
    assert_eq!(contacts[0]["person"], ann.json(&["contacts"])[0]["person"]);
    assert_eq!(rpc.end(), (String::new(), Some(0)));
    ann.json(&["sync", "Ben"]);
    assert_eq!(ben.heard("Ann"), ["by rpc"]);
}

#[test]
fn a_request_sent_again_over_another_connection_to_another_node_has_its_effect_once() {
    let mut ann = Person::online("Ann");
    let request = json!({"request": request_id(7), "expires_in": 3_600_000});
    let mut codes = Vec::new();
    for _ in 0..2 {
        let mut rpc = Rpc::start(&ann);
        assert!(rpc.ask(1, "invite", &request));
        let reply = rpc.reply().unwrap();
        codes.push(reply["result"]["code"].clone());
        rpc.end();
        ann.kill();
        ann.start();
    }
    assert!(codes[0].is_string() && codes[0] == codes[1], "{codes:?}");
}
