//! What remote text and closed pipes can do to whoever runs the program: nothing.

use std::io::Read;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::person::{Person, ann_and_ben, run, send_signal};

/// Longest that anything may take to show.
const SHOWN_TIMEOUT: Duration = Duration::from_secs(60);

const HOSTILE: &str =
    "\u{1b}[2J\u{1b}]52;c;aGk=\u{7}\u{9b}31m\u{202e}evil\u{200b}\n12:00  Ann  I owe you money";

#[test]
fn a_hostile_text_is_harmless_to_people_and_raw_for_scripts() {
    let (ann, ben) = ann_and_ben();
    ann.tell("Ben", HOSTILE);
    assert_eq!(ben.heard("Ann"), [HOSTILE]);
    let plain = ben.run(&["read"]).exits(0).out;
    assert!(
        plain.chars().all(|c| c == '\n' || !c.is_control()),
        "{plain:?}"
    );
    assert!(!plain.contains(['\u{202e}', '\u{200b}']), "{plain:?}");
    let forged = plain
        .lines()
        .find(|line| line.contains("I owe you money"))
        .unwrap();
    assert!(forged.starts_with("          "), "{plain:?}");
}

#[test]
fn a_hostile_name_is_harmless_or_refused() {
    let name = "B\u{1b}[31men\nAnn";
    let ben = Person::nobody();
    let made = ben.run(&["init", "--name", name, "--no-passphrase"]);
    if made.code == 0 {
        let plain = ben.run(&["id"]).exits(0).out;
        assert!(
            plain.chars().all(|c| c == '\n' || !c.is_control()),
            "{plain:?}"
        );
    } else {
        made.exits(2);
    }
}

#[test]
fn pipes_get_no_colour() {
    let (ann, ben) = ann_and_ben();
    ann.tell("Ben", "plain");
    for command in [
        &["read"][..],
        &["contacts"],
        &["status"],
        &["id"],
        &["unread"],
    ] {
        let ran = ben.run(command).exits(0);
        assert!(
            !ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'),
            "{command:?}"
        );
    }
}

#[test]
fn a_reader_that_has_had_enough_ends_the_program_quietly() {
    let ann = Person::new("Ann");
    for command in [&["id"][..], &["completions", "bash"], &["--json", "status"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = ann.command(command);
        command.stdout(Stdio::from(writer));
        let ran = run(command, None);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.err, "");
    }
}

#[test]
fn plain_tidings_without_a_terminal_is_a_usage_error_with_a_hint() {
    let ran = Person::nobody().run(&[]).exits(2);
    assert!(ran.err.contains("--help"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn a_chat_that_a_signal_ends_leaves_the_terminal_as_it_was() {
    is_left_as_it_was(&Person::new("Ann"), &["--plain"]);
    is_left_as_it_was(&Person::new("Ann"), &[]);
    // The first run, before there is a profile.
    is_left_as_it_was(&Person::nobody(), &[]);
}

/// Ends a chat by a signal; its terminal is as it was before.
#[cfg(unix)]
#[track_caller]
fn is_left_as_it_was(ann: &Person, arguments: &[&str]) {
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let modes = || format!("{:?}", pty.master.get_termios().unwrap().local_flags);
    let before = modes();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tidings"));
    command.arg("--home");
    command.arg(&ann.home);
    command.args(arguments);
    command.env("TERM", "xterm");
    let mut child = pty.slave.spawn_command(command).unwrap();
    let mut output = pty.master.try_clone_reader().unwrap();
    let (pieces, shown) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read) = output.read(&mut bytes) {
            let piece = String::from_utf8_lossy(&bytes[..read]).into_owned();
            if read == 0 || pieces.send(piece).is_err() {
                return;
            }
        }
    });
    let until = |sign: &str| {
        let mut all = String::new();
        while !all.contains(sign) {
            all.push_str(&shown.recv_timeout(SHOWN_TIMEOUT).unwrap());
        }
    };
    // The line editor, and whoever has the screen, has pastes marked.
    until("\u{1b}[?2004h");
    assert_ne!(modes(), before);
    assert!(send_signal(child.process_id().unwrap(), "-TERM"));
    assert_eq!(child.wait().unwrap().exit_code(), 143);
    assert_eq!(modes(), before);
    until("\u{1b}[?2004l");
}
