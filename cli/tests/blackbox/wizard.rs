//! Plain `tidings` on a terminal: the first run, and two people who pair and chat by typing.
//!
//! The first run listens where it likes, as it has no flags. What follows is typed to nodes that
//! listen on loopback alone.

use std::io::{Read, Write};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::person::Person;

/// Longest that anything may take to show.
const SHOWN_TIMEOUT: Duration = Duration::from_secs(120);

/// A screen that holds a whole chat, and a code on one line.
const SIZE: PtySize = PtySize {
    rows: 100,
    cols: 200,
    pixel_width: 0,
    pixel_height: 0,
};

/// Shortest line of the screen that can be a code.
const CODE_CHARACTERS_MIN: usize = 60;

/// A terminal in which `tidings` runs.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Kept open: closing it hangs up.
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Opens somebody's `tidings`.
    fn open(person: &Person) -> Self {
        let pair = native_pty_system().openpty(SIZE).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tidings"));
        command.env("TERM", "xterm-256color");
        command.env("TIDINGS_HOME", &person.home);
        for name in ["TIDINGS_PASSPHRASE_FILE", "TIDINGS_LOG", "NO_COLOR"] {
            command.env_remove(name);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (shown, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // A terminal whose program has ended is an error on some systems, an end on others.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if shown.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keys: pair.master.take_writer().unwrap(),
            output,
            screen: vt100::Parser::new(SIZE.rows, SIZE.cols, 0),
            _master: pair.master,
        }
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    fn wait(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + SHOWN_TIMEOUT;
        while !wanted(self.screen.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(_) => panic!("{what:?} does not show on\n{}", self.text()),
            }
        }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    fn shows(&mut self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// Presses the keys of a line, and Enter.
    fn types(&mut self, line: &str) {
        self.keys
            .write_all(format!("{line}\r").as_bytes())
            .and_then(|()| self.keys.flush())
            .unwrap();
    }

    /// Types a line of the chat once it is the typist's turn.
    #[track_caller]
    fn says(&mut self, line: &str) {
        self.wait("an empty prompt", |screen| {
            let (row, _) = screen.cursor_position();
            let row = screen.rows(0, SIZE.cols).nth(row.into());
            let row = row.unwrap_or_default();
            let row = row.trim_end();
            row == ">" || row.starts_with("you \u{2192} ") && row.ends_with(':')
        });
        self.types(line);
    }

    /// Waits for a code, and takes it off the screen.
    #[track_caller]
    fn code(&mut self) -> String {
        let code = |screen: &vt100::Screen| {
            let text = screen.contents();
            let mut lines = text.lines().map(str::trim);
            let found = lines.find(|line| {
                line.len() >= CODE_CHARACTERS_MIN && line.chars().all(|c| c.is_ascii_graphic())
            });
            found.map(str::to_owned)
        };
        // The line after it is there too, so it is whole.
        self.wait("a code", |screen| {
            code(screen).is_some() && screen.contents().contains("It is good until")
        });
        code(self.screen.screen()).unwrap()
    }

    /// Waits for the program to end; its exit code.
    #[track_caller]
    fn ended(mut self) -> u32 {
        let (done, ended) = mpsc::channel();
        let mut killer = self.child.clone_killer();
        std::thread::spawn(move || done.send(self.child.wait().unwrap().exit_code()));
        ended.recv_timeout(SHOWN_TIMEOUT).unwrap_or_else(|_| {
            let _ = killer.kill();
            panic!("the program does not end")
        })
    }
}

/// The numbered words on a screen.
fn numbered_words(text: &str) -> Vec<String> {
    let mut tokens = text.split_whitespace().peekable();
    let mut words = Vec::new();
    while let Some(token) = tokens.next() {
        let next = (words.len() + 1).to_string();
        if token == next
            && let Some(word) =
                tokens.next_if(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()))
        {
            words.push(word.to_owned());
        }
    }
    words
}

/// Goes through the first run; somebody with a profile that is closed again.
#[track_caller]
fn set_up(name: &str) -> Person {
    let person = Person::nobody();
    let mut terminal = Terminal::open(&person);
    terminal.shows("Welcome to Tidings.");
    terminal.shows("Your name, as your friends will see it:");
    assert!(!person.home.exists(), "made before anything was said");
    terminal.types("");
    terminal.wait("the same question again", |screen| {
        screen.contents().matches("Your name,").count() == 2
    });
    terminal.types(name);
    terminal.shows("Leave it empty for none");
    terminal.shows("Passphrase:");
    terminal.types("");
    terminal.shows("Press Enter when you have written them down.");
    let text = terminal.text();
    let (_, words) = text.split_once("Your recovery words").unwrap();
    assert_eq!(numbered_words(words).len(), 24, "{words}");
    terminal.types("");
    terminal.shows(&format!("Hello {name}."));
    terminal.shows("No contacts yet.");
    for said in ["/help", "/invite", "/join CODE"] {
        assert!(terminal.text().contains(said), "{}", terminal.text());
    }
    terminal.says("/quit");
    assert_eq!(terminal.ended(), 0);
    person
}

#[test]
fn the_first_run_makes_a_profile_that_is_there_afterwards() {
    let ann = set_up("Ann");
    assert_eq!(ann.json(&["id"])[0]["name"], "Ann");
    let mut again = Terminal::open(&ann);
    again.shows("Hello Ann.");
    assert!(!again.text().contains("Welcome"), "{}", again.text());
    again.says("/quit");
    assert_eq!(again.ended(), 0);
}

#[test]
fn leaving_the_first_run_before_it_is_done_makes_nothing() {
    let nobody = Person::nobody();
    let mut terminal = Terminal::open(&nobody);
    terminal.shows("Your name, as your friends will see it:");
    terminal.keys.write_all(b"\x04").unwrap();
    terminal.shows("nothing was made");
    assert_eq!(terminal.ended(), 1);
    assert!(!nobody.home.exists());
}

#[test]
fn two_people_pair_and_chat_by_typing() {
    let (mut ann, mut ben) = (set_up("Ann"), set_up("Ben"));
    ann.start();
    ben.start();
    let (mut at_ann, mut at_ben) = (Terminal::open(&ann), Terminal::open(&ben));
    at_ben.says("/frobnicate");
    at_ben.shows("! there is no /frobnicate. /help shows what there is");
    at_ben.says("/join nonsense");
    at_ben.shows("not a Tidings invite code");
    at_ben.says("hello?");
    at_ben.wait("what to do about having nobody", |screen| {
        screen.contents().matches("No contacts yet.").count() == 2
    });
    at_ann.says("/invite");
    let code = at_ann.code();
    at_ben.says(&format!("/join {code}"));
    at_ben.shows("\u{2713} Ann is now your contact.");
    at_ann.shows("\u{2713} Ben is now your contact.");
    at_ann.says("Are you safe?");
    at_ben.shows("Ann: Are you safe?");
    at_ben.says("Yes, and you?");
    at_ann.shows("Ben: Yes, and you?");
    at_ann.says("//quit is how to leave");
    at_ben.shows("Ann: /quit is how to leave");
    for mut terminal in [at_ann, at_ben] {
        terminal.says("/quit");
        assert_eq!(terminal.ended(), 0);
    }
    assert_eq!(ben.heard("Ann"), ["Are you safe?", "/quit is how to leave"]);
    assert_eq!(ann.heard("Ben"), ["Yes, and you?"]);
}
