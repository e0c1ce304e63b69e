//! The tour of the guide in pictures of the real interface. `docs/guide/pictures` makes them anew.
//!
//! Invariants
//! - Whoever is in a picture lives in a throw-away profile, and no directory of this machine is shown.
//! - What is waited for is on the screen before a picture is made; no time is.

mod svg;

use std::net::IpAddr;
use std::path::Path;

use crate::person::{Person, pair};
use crate::screen::Screen;
use crate::wizard::{numbered_words, proves};
use svg::svg;

/// Columns and rows of a usual picture.
const USUAL: (u16, u16) = (100, 26);
/// Of one with a code in it.
const TALL: (u16, u16) = (100, 32);

/// What is shown in place of a throw-away profile's directory.
const HOME: &str = "~/.local/share/tidings";

const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";
const DOWN: &str = "\u{1b}[B";
const HELP: &str = "\u{1b}OP";
const DOCTOR: &str = "\u{1b}OR";
const PALETTE: &str = "\u{b}";
const SEARCH: &str = "\u{6}";
const QUIT: &str = "\u{11}";

/// The interface in somebody's name, in colours and a language.
fn open(person: &Person, size: (u16, u16), language: &str) -> Screen {
    let environment = [
        ("NO_COLOR", ""),
        ("TERM", "xterm-256color"),
        ("LC_ALL", language),
        ("TIDINGS_INTERFACE", "/dev/null"),
    ];
    Screen::start_sized(person, size, &environment, &[])
}

/// Writes what is on the screen now.
#[track_caller]
fn take(screen: &Screen, name: &str, title: &str, people: &[&Person]) {
    let mut picture = without_addresses(&svg(&screen.cells(), title));
    for person in people {
        picture = picture.replace(person.home.to_str().unwrap(), HOME);
    }
    let temporary = std::env::temp_dir();
    assert!(!picture.contains(temporary.to_str().unwrap()), "{name}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/src/pictures");
    std::fs::write(folder.join(format!("{name}.svg")), picture).unwrap();
}

/// The picture without where this machine is in its networks: of an address its kind and its length stay.
fn without_addresses(picture: &str) -> String {
    let is_within = |c: char| c.is_ascii_hexdigit() || c == ':' || c == '.';
    let mut shown = picture.to_owned();
    for word in picture.split(|c| !is_within(c)) {
        let word = word.trim_end_matches('.');
        let address: Result<IpAddr, _> = word.parse();
        if address.is_ok_and(|address| !address.is_loopback() && !address.is_unspecified()) {
            let kind = word.find([':', '.']).unwrap_or_default();
            let (kind, rest) = word.split_at(kind);
            let rest = rest.replace(|c: char| c.is_ascii_hexdigit(), "1");
            shown = shown.replace(word, &format!("{kind}{rest}"));
        }
    }
    shown
}

/// Waits until what stands in front is there to its last corner.
#[track_caller]
fn whole(screen: &Screen) {
    screen.until("whole of what stands in front", |shown| {
        shown.contains('\u{2518}')
    });
}

/// Closes what stands in front. A key right after Escape would be taken for one with Alt.
fn close(screen: &mut Screen) {
    screen.keys(ESCAPE);
    screen.until("nothing in front", |shown| {
        shown.contains("ctrl-k") && !shown.contains('\u{250c}')
    });
}

/// Chooses a command by what it does.
fn choose(screen: &mut Screen, words: &str, about: &str) {
    screen.keys(PALETTE);
    screen.keys(words);
    screen.shows(about);
    screen.keys(ENTER);
}

/// Somebody who knows two others, and a room, with something written in both.
fn ann_ben_and_carla() -> [Person; 3] {
    let people = [
        Person::online("Ann"),
        Person::online("Ben"),
        Person::online("Carla"),
    ];
    let [ann, ben, carla] = &people;
    pair(ann, ben);
    pair(ann, carla);
    ben.tell("Ann", "Are you safe?");
    ann.tell("Ben", "Yes. At the school, with the others.");
    let asked = ben.tell("Ann", "Good. The bridge is closed, so I come tomorrow.");
    ben.tell("Ann", "Do you need anything?");
    let id = asked["id"].as_str().unwrap();
    ann.run(&["react", id, "\u{1f44d}"]).exits(0);
    ann.run(&[
        "send",
        "Ben",
        "Batteries, if you have some \u{1f50b}",
        "--reply",
        id,
    ])
    .exits(0);
    let room = [
        "room", "create", "Harvest", "--with", "Ben", "--with", "Carla",
    ];
    ann.run(&room).exits(0);
    ann.tell("Harvest", "Who has a car on Saturday?");
    carla.tell("Harvest", "Me, until noon.");
    carla.tell("Harvest", "@Ann there is room for two crates.");
    people
}

#[test]
#[ignore = "writes the pictures of docs/guide"]
fn write_the_pictures() {
    first_run();
    let people = ann_ben_and_carla();
    let [ann, ben, carla] = &people;
    conversation(ann, ben, &[ann, ben, carla]);
    in_front(ann, &[ann, ben, carla]);
    code(ann, &[ann, ben, carla]);
    korean(&[ann, ben, carla]);
}

fn first_run() {
    let mut nobody = Person::nobody();
    let directory = nobody.home.parent().unwrap();
    let rest = HOME.len().saturating_sub(directory.as_os_str().len() + 1);
    // As long as what stands for it, so that it takes as many cells.
    nobody.home = directory.join("h".repeat(rest.max(1)));
    let mut screen = open(&nobody, USUAL, "C.UTF-8");
    screen.shows("esc leaves");
    take(&screen, "first-run", "The first run", &[&nobody]);
    screen.types("Ann");
    screen.shows("Leave it empty for none");
    screen.types("");
    screen.shows("Press enter once more");
    screen.does_without_passphrase();
    let text = screen.shows("when they are on paper");
    proves(&mut screen, &numbered_words(&text));
    screen.shows("enter begins");
    take(&screen, "begin", "How do you begin?", &[&nobody]);
}

fn conversation(ann: &Person, ben: &Person, all: &[&Person]) {
    let mut screen = open(ann, USUAL, "C.UTF-8");
    screen.shows("Harvest");
    screen.keys(DOWN);
    screen.shows("Harvest");
    choose(
        &mut screen,
        "list of conv",
        "Go to the list of conversations",
    );
    screen.keys(ENTER);
    screen.shows("there is room for two crates");
    screen.shows("To Harvest");
    take(&screen, "room", "A room", all);
    choose(&mut screen, "next conv", "Next conversation");
    screen.shows("Batteries");
    ben.run(&["read", "Ann", "--mark"]).exits(0);
    screen.shows("\u{2713}\u{2713} read");
    screen.keys("I can come to the bridge at noon");
    screen.shows("at noon");
    take(&screen, "conversation", "A conversation", all);
    choose(&mut screen, "safety", "Compare safety words");
    screen.shows("by voice or face to face");
    whole(&screen);
    take(&screen, "verify", "Safety words", all);
    close(&mut screen);
    screen.keys(QUIT);
    assert_eq!(screen.ends(), 0);
}

fn in_front(ann: &Person, all: &[&Person]) {
    let mut screen = open(ann, USUAL, "C.UTF-8");
    screen.shows("Harvest");
    screen.keys(SEARCH);
    screen.keys("bridge");
    screen.shows("The bridge is closed");
    whole(&screen);
    take(&screen, "search", "Search", all);
    close(&mut screen);
    screen.keys(PALETTE);
    screen.keys("room");
    screen.shows("Make a room");
    whole(&screen);
    take(&screen, "commands", "Commands by name", all);
    close(&mut screen);
    screen.keys(HELP);
    screen.shows("Where you write");
    whole(&screen);
    take(&screen, "help", "Keys and commands", all);
    close(&mut screen);
    screen.keys(DOCTOR);
    screen.shows("well");
    whole(&screen);
    take(&screen, "doctor", "What may keep messages from going", all);
    close(&mut screen);
    screen.keys(QUIT);
    assert_eq!(screen.ends(), 0);
}

fn code(ann: &Person, all: &[&Person]) {
    let mut screen = open(ann, TALL, "C.UTF-8");
    screen.shows("Harvest");
    choose(&mut screen, "code for", "Make a code for a friend");
    screen.shows("For one person");
    screen.keys(ENTER);
    screen.until("picture of a code", |shown| {
        shown.contains('\u{2588}') && !shown.contains("ctrl-k")
    });
    take(&screen, "code", "An invite code", all);
    close(&mut screen);
    screen.keys(QUIT);
    assert_eq!(screen.ends(), 0);
}

fn korean(all: &[&Person]) {
    let ann = &all[0];
    let mut screen = open(ann, USUAL, "ko_KR.UTF-8");
    // What was open last is opened again.
    screen.shows("Batteries");
    screen.keys(PALETTE);
    screen.keys("방");
    screen.shows("방 만들기");
    whole(&screen);
    take(&screen, "korean", "한국어 화면", all);
    close(&mut screen);
    screen.keys(QUIT);
    assert_eq!(screen.ends(), 0);
}

#[test]
fn no_address_of_this_machine_is_in_a_picture() {
    let shown = without_addresses("at 10.1.2.34, fe80::fc:1. <a x=\"12.5\"> 127.0.0.1 ab:c 1.2.3");
    assert_eq!(
        shown,
        "at 10.1.1.11, fe80::11:1. <a x=\"12.5\"> 127.0.0.1 ab:c 1.2.3"
    );
}
