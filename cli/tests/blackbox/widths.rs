//! The first run line by line, at terminals of several widths.

use crate::person::Person;
use crate::screen::Screen;
use crate::wizard::proves_in_lines;

#[test]
fn a_name_that_cannot_be_is_refused_as_soon_as_it_is_typed() {
    let ben = Person::nobody();
    let mut screen = Screen::start(&ben, 80, &["--plain"]);
    screen.shows("Your name, as your friends will see it:");
    screen.types(&"x".repeat(65));
    let refused = screen.shows("A name has 1 to 64 characters on one line.");
    assert!(!refused.contains("Passphrase:"), "{refused}");
    screen.types("Ben");
    screen.shows("Passphrase:");
    screen.types("");
    screen.shows("Press Enter once more to go on without.");
    screen.does_without_passphrase();
    proves_in_lines(&mut screen);
    screen.shows("Hello Ben.");
    screen.types("/quit");
    assert_eq!(screen.ends(), 0);
    assert_eq!(ben.json(&["id"])[0]["name"], "Ben");
}

#[test]
fn the_wizard_breaks_its_texts_between_words_on_any_terminal() {
    for columns in [80, 40] {
        let ben = Person::nobody();
        let mut screen = Screen::start(&ben, columns, &["--plain"]);
        screen
            .shows("from your device to your friends' devices: there is no server and no account.");
        screen.shows("Your name, as your friends will see it:");
        screen.types("Ben");
        screen.shows("A passphrase locks what is stored on this disk; you type it each time");
        screen.types("");
        screen.shows("whoever has this device reads everything. Press Enter once more");
        screen.does_without_passphrase();
        screen.shows("Write these 24 words on paper, to keep. When this device is lost, they are to bring you back");
        let shown = screen.shows("Press Enter when you have written them down.");
        let row = |number: usize| {
            let starts = format!("{number} ");
            shown
                .lines()
                .position(|line| line.trim_start().starts_with(&starts))
        };
        let next = if columns == 80 { 7 } else { 4 };
        assert_eq!(row(next), row(1).map(|row| row + 1), "{columns}:\n{shown}");
        proves_in_lines(&mut screen);
        screen.shows("Hello Ben.");
        screen.types("/quit");
        assert_eq!(screen.ends(), 0);
    }
}
