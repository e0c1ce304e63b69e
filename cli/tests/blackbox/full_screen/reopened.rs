//! What was open when somebody left is open at the next start.

use super::{LEAVE, at_conversation};
use crate::person::ann_and_ben;
use crate::screen::Screen;

/// Runs the program once somebody has written into a pipe.
const ONCE_TOLD: &str = "mkfifo \"$3/go\"; echo waiting; read -r _ <\"$3/go\"; exec \"$@\"";

#[test]
fn what_was_open_is_open_again_and_what_was_typed_before_that_is_written_to_nobody() {
    let (ann, _ben) = ann_and_ben();
    let mut screen = at_conversation(&ann, "Ben");
    screen.keys(LEAVE);
    assert_eq!(screen.ends(), 0);
    let mut screen = Screen::in_shell(&ann, ONCE_TOLD);
    screen.shows("waiting");
    screen.keys("my passphrase\r");
    std::fs::write(ann.home.join("go"), "\n").unwrap();
    screen.shows("To Ben");
    screen.keys("and then");
    let shown = screen.shows("and then");
    assert!(!shown.contains("passphrase"), "{shown}");
    screen.keys(LEAVE);
    assert_eq!(screen.ends(), 0);
    assert_eq!(ann.json(&["read", "Ben"]), Vec::<serde_json::Value>::new());
}
