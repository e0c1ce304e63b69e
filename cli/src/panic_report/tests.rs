//! Panics of processes that are started for it: this test program, told to run one test that panics.

use std::fs;
use std::process::{Command, Output};

use super::*;

/// Where a panicking process is to leave its report.
const PLACE: &str = "TIDINGS_TEST_PANIC_HOME";
/// What nobody may read afterwards.
const SECRET: &str = "a canary that somebody wrote";

/// Runs a test that panics in a process of its own, with this as its profile.
fn run(test: &str, home: &Path) -> Output {
    let test = format!("panic_report::tests::{test}");
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            &test,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(PLACE, home)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap()
}

/// The only report in a directory.
#[track_caller]
fn only_report(directory: &Path) -> String {
    let (path, _) = PanicReports::new(directory).newest().unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    assert!(
        name.starts_with("panic-2") && name.ends_with("Z.txt"),
        "{name}"
    );
    fs::read_to_string(path).unwrap()
}

/// A directory with what counts as a profile.
fn profile() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("profile.db"), "").unwrap();
    home
}

fn install_for_test() {
    let home = std::env::var_os(PLACE).map(PathBuf::from);
    install(home, Settings::now());
}

#[test]
#[ignore = "panics: other tests run it in a process of its own"]
fn panics_with_what_somebody_wrote() {
    install_for_test();
    let text = SECRET.to_owned();
    panic!("cannot show {text:?}");
}

#[test]
#[ignore = "panics: other tests run it in a process of its own"]
fn panics_with_a_text_of_ours_in_a_thread() {
    install_for_test();
    let thread = thread::Builder::new().name("tidings-test".to_owned());
    let thread = thread.spawn(|| panic!("this holds by construction"));
    assert!(thread.unwrap().join().is_err());
}

#[test]
#[ignore = "panics: other tests run it in a process of its own"]
fn panics_again_and_again() {
    install_for_test();
    for _ in 0..=REPORTS_PER_PROCESS_MAX {
        assert!(panic::catch_unwind(|| panic!("again")).is_err());
    }
}

#[test]
fn a_panic_leaves_a_report_without_what_was_written_and_says_so() {
    let home = profile();
    let ran = run("panics_with_what_somebody_wrote", home.path());
    assert!(!ran.status.success());
    let report = only_report(home.path());
    let said = String::from_utf8(ran.stderr).unwrap();
    for text in [&report, &said] {
        assert!(!text.contains(SECRET), "{text}");
        assert!(text.contains("cli/src/panic_report/tests.rs:"), "{text}");
    }
    assert!(said.contains("nothing was sent anywhere"), "{said}");
    assert!(said.contains(home.path().to_str().unwrap()), "{said}");
    assert!(report.contains("(left out"), "{report}");
    assert!(report.contains(&format!("version  {}", env!("CARGO_PKG_VERSION"))));
    assert!(
        report.contains("panics_with_what_somebody_wrote"),
        "no trace: {report}"
    );
    // Nothing of this machine: no path from the root on, in any line.
    let words = report.split_whitespace();
    let paths: Vec<&str> = words.filter(|word| word.starts_with('/')).collect();
    assert_eq!(paths, [""; 0], "{report}");
}

#[test]
fn a_text_of_the_program_is_told_and_so_is_the_thread() {
    let home = profile();
    let ran = run("panics_with_a_text_of_ours_in_a_thread", home.path());
    assert!(ran.status.success(), "{ran:?}");
    let report = only_report(home.path());
    assert!(
        report.contains("said     this holds by construction"),
        "{report}"
    );
    assert!(report.contains("thread   tidings-test"), "{report}");
}

#[test]
fn where_there_is_no_profile_the_report_is_kept_with_the_state_of_programs() {
    let home = tempfile::tempdir().unwrap();
    let ran = run("panics_with_what_somebody_wrote", home.path());
    assert!(!ran.status.success());
    assert_eq!(PanicReports::new(home.path()).newest(), None);
    let state = home.path().join("state").join(STATE_DIRECTORY);
    assert!(only_report(&state).contains("(left out"));
}

#[test]
fn as_many_panics_of_one_process_as_may_be_are_reported_and_not_one_more() {
    let home = profile();
    let ran = run("panics_again_and_again", home.path());
    assert!(ran.status.success(), "{ran:?}");
    let said = String::from_utf8(ran.stderr).unwrap();
    let told = said.matches("ended by a fault").count();
    assert_eq!(told, REPORTS_PER_PROCESS_MAX, "{said}");
}

#[test]
fn of_a_file_only_where_it_is_in_the_sources_is_told() {
    for (path, told) in [
        (
            "/home/ann/src/tidings/node/src/driver.rs:12:5",
            "node/src/driver.rs:12:5",
        ),
        ("cli/src/main.rs", "cli/src/main.rs"),
        ("./cli/src/main.rs:3:1", "cli/src/main.rs:3:1"),
        (
            "/home/ann/.cargo/registry/src/index.example-1949cf8c6b5b557f/libp2p-swarm-0.48.0/src/lib.rs:1:2",
            "libp2p-swarm-0.48.0/src/lib.rs:1:2",
        ),
        (
            "/rustc/0123456789abcdef/library/std/src/panic.rs:9:1",
            "library/std/src/panic.rs:9:1",
        ),
        (
            r"C:\Users\Ann\tidings\store\src\store.rs:4:5",
            "store/src/store.rs:4:5",
        ),
        ("/home/ann/secret.rs:1:1", "secret.rs:1:1"),
        (
            "/home/ann/tidings/cli/tests/blackbox/main.rs:1:1",
            "cli/tests/blackbox/main.rs:1:1",
        ),
    ] {
        assert_eq!(source_file(path), told);
    }
}

#[test]
fn a_trace_of_the_most_bytes_is_whole_and_a_longer_one_is_cut() {
    let panic = Panic {
        thread: "main".to_owned(),
        place: "cli/src/main.rs:1:1".to_owned(),
        said: None,
    };
    let most = "x".repeat(BACKTRACE_BYTES_MAX);
    assert!(panic.report("now", &most).contains(&most));
    assert!(!panic.report("now", &most).contains("(and more)"));
    let over = panic.report("now", &format!("{most}y"));
    assert!(over.contains("x\n(and more)") && !over.contains('y'.to_string().repeat(2).as_str()));
    let all = over.len();
    assert!(
        all < tidings_node::PANIC_REPORT_BYTES_MAX,
        "{all} bytes are kept whole"
    );
}

#[test]
fn a_path_in_the_name_of_a_function_is_left_out() {
    let trace = "   3: <impl at /home/ann/x.rs:1:1>::f\n             at /home/ann/x/src/y.rs:1:1\n   4: a::b<c>";
    let redacted = redacted(trace);
    assert!(!redacted.contains("ann"), "{redacted}");
    assert!(
        redacted.contains("             at x/src/y.rs:1:1"),
        "{redacted}"
    );
    assert!(redacted.ends_with("   4: a::b<c>"), "{redacted}");
}

#[cfg(unix)]
mod in_a_terminal {
    use std::io::Read as _;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

    use super::*;
    use crate::terminal;

    #[test]
    #[ignore = "needs a terminal: another test runs it in one"]
    fn panics_where_keys_are_read_one_by_one() {
        install_for_test();
        let stdin = std::io::stdin();
        let mut raw = tcgetattr(&stdin).unwrap();
        raw.make_raw();
        tcsetattr(&stdin, OptionalActions::Now, &raw).unwrap();
        let is_usual = || {
            let modes = tcgetattr(&stdin).unwrap().local_modes;
            modes.contains(LocalModes::ICANON | LocalModes::ECHO)
        };
        // Of another thread it leaves the terminal to whoever uses it.
        assert!(thread::spawn(|| panic!("elsewhere")).join().is_err());
        assert!(!is_usual());
        assert!(panic::catch_unwind(|| panic!("here")).is_err());
        assert!(is_usual());
    }

    #[test]
    #[ignore = "needs a terminal: another test runs it in one"]
    fn panics_with_the_whole_screen() {
        install_for_test();
        terminal::enter_screen().unwrap();
        assert!(thread::spawn(|| panic!("elsewhere")).join().is_err());
        // The picture stays, and the interface hears of it.
        assert!(terminal::has_screen());
        let waiting = tokio::runtime::Builder::new_current_thread().build();
        let noted = waiting.unwrap().block_on(terminal::noted());
        assert!(noted.contains("ended by a fault of its own"), "{noted}");
        terminal::draw(b"the picture").unwrap();
        assert!(panic::catch_unwind(|| panic!("here")).is_err());
        assert!(!terminal::has_screen());
        terminal::draw(b"not drawn").unwrap();
    }

    #[test]
    fn a_panic_of_a_thread_leaves_the_picture_and_one_of_the_interface_gives_the_terminal_back() {
        let home = profile();
        let shown = run_in_one("panics_with_the_whole_screen", home.path());
        let (picture, after) = shown.split_once("\u{1b}[?1049l").unwrap();
        let (_, picture) = picture.split_once("\u{1b}[?1049h").unwrap();
        assert!(picture.contains("the picture"), "{shown:?}");
        let told = |text: &str| text.matches("ended by a fault of its own").count();
        assert_eq!((told(picture), told(after)), (0, 2), "{shown:?}");
        assert!(!shown.contains("not drawn"), "{shown:?}");
    }

    #[test]
    fn the_terminal_is_as_it_was_once_the_thread_that_started_panics() {
        let home = profile();
        run_in_one("panics_where_keys_are_read_one_by_one", home.path());
        let entries = fs::read_dir(home.path()).unwrap().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let reports = names.filter(|name| name.starts_with("panic-")).count();
        assert_eq!(reports, 2);
    }

    /// Runs a test of here in a terminal, as which it is afterwards; what came to the terminal.
    #[track_caller]
    fn run_in_one(test: &str, home: &Path) -> String {
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let modes = || format!("{:?}", pty.master.get_termios());
        let before = modes();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        let test = format!("panic_report::tests::in_a_terminal::{test}");
        command.args([
            "--exact",
            &test,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ]);
        command.env(PLACE, home);
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let mut shown = Vec::new();
        // A terminal whose other side is gone may end in an error.
        let _ = reader.read_to_end(&mut shown);
        let status = child.wait().unwrap();
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert!(status.success(), "{shown}");
        assert_eq!(modes(), before);
        shown
    }
}
