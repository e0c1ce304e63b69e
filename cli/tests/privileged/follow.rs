//! What `read --follow` prints, as it comes.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use serde_json::Value;

use crate::host::{Host, PATIENCE};

/// Lines that may wait for the test to look at them.
const LINES_MAX: usize = 1024;

/// A command that follows a conversation; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Follow {
    child: Child,
    lines: Receiver<Value>,
}

impl Follow {
    /// Follows what is said with somebody, from the beginning.
    pub(crate) fn start(host: &Host, who: &str) -> Self {
        let mut command = host.command(&["--json", "read", who, "--follow"]);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (line, lines) = sync_channel(LINES_MAX);
        std::thread::spawn(move || {
            for text in stdout.lines().map_while(Result::ok) {
                let parsed = serde_json::from_str(&text).unwrap_or_default();
                if line.send(parsed).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// Waits for a text to come from somebody else; its line.
    #[track_caller]
    pub(crate) fn until(&self, text: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("{text:?} has not come"));
            if line["body"] == text && line["mine"] == false {
                return line;
            }
        }
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
