//! A terminal whose size changes while messages arrive.

use super::{LEAVE, at_conversation, is_as_before};
use crate::person::ann_and_ben;

/// Has the screen be drawn anew.
const REDRAW: &str = "\u{c}";

/// Clears the screen, or all below the cursor.
const CLEARS: [&str; 2] = ["\u{1b}[2J", "\u{1b}[J"];

fn clears(came: &str) -> usize {
    CLEARS.iter().map(|clear| came.matches(clear).count()).sum()
}

/// All rows but the first, on which it is said how others are reached: that may change meanwhile.
fn below_header(contents: &str) -> Vec<&str> {
    // Blanks that were drawn look as those that nobody drew.
    contents.lines().skip(1).map(str::trim_end).collect()
}

/// Whether the list, where there is room for one, says that nothing is unread.
fn is_read(contents: &str) -> bool {
    let mut rows = contents.lines();
    let row = rows.find(|row| row.starts_with("\u{25cf} Ben"));
    let row = row.and_then(|row| row.split('\u{2502}').next());
    row.is_none_or(|row| row.trim_end().ends_with("Ben"))
}

#[test]
fn another_size_leaves_nothing_of_what_was_drawn_before() {
    let (ann, ben) = ann_and_ben();
    let mut screen = at_conversation(&ann, "Ben");
    let sizes = [(80, 24), (40, 15), (120, 40), (40, 15), (80, 24)];
    for (number, (columns, rows)) in (1..).zip(sizes) {
        let text = format!(
            "message {number} on {columns} columns, {}",
            "words ".repeat(number * 6)
        );
        ben.json(&["send", "Ann", &text, "--wait", "stored"]);
        screen.resize(columns, rows);
        screen.shows(&format!("message {number} on {columns} columns"));
        ben.json(&[
            "send",
            "Ann",
            &format!("last of {number}"),
            "--wait",
            "read",
        ]);
        let last = format!("last of {number}");
        let shown = screen.until(&last, |shown| shown.contains(&last) && is_read(shown));
        assert_eq!(shown.lines().count(), usize::from(rows));
        // Whatever stands there is what is drawn on an empty screen.
        let drawn = clears(&screen.came());
        screen.keys(REDRAW);
        screen.until_came("picture drawn anew", |came| clears(came) > drawn);
        screen.until("the same picture", |now| {
            below_header(now) == below_header(&shown)
        });
    }
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0);
    is_as_before(&all);
}
