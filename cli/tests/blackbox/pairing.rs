//! Codes: those that work, and all that do not.

use crate::person::{Person, Rpc, ann_and_ben, pair, run};

#[test]
fn two_people_pair_and_chat_both_ways() {
    let (ann, ben) = ann_and_ben();
    let sent = ann.tell("Ben", "Are you safe?");
    assert_eq!(sent["state"], "delivered");
    assert_eq!(ben.heard("Ann"), ["Are you safe?"]);
    ben.tell("ann", "Yes, and you?");
    assert_eq!(ann.heard("BEN"), ["Yes, and you?"]);
}

#[test]
fn a_code_is_used_up_by_the_first_who_joins() {
    let (ann, ben, carol) = (
        Person::online("Ann"),
        Person::online("Ben"),
        Person::online("Carol"),
    );
    let code = ann.invite();
    ben.json(&["join", &code]);
    let refused = carol.run(&["join", &code, "--timeout", "10s"]).exits(1);
    assert!(refused.err.contains("used"), "{refused:?}");
    assert_eq!(ann.json(&["contacts"]).len(), 1);
}

#[test]
fn a_reusable_code_makes_several_contacts() {
    let (ann, ben, carol) = (
        Person::online("Ann"),
        Person::online("Ben"),
        Person::online("Carol"),
    );
    let code = ann.json(&["invite", "--reusable"])[0]["code"]
        .as_str()
        .unwrap()
        .to_owned();
    ben.json(&["join", &code]);
    carol.json(&["join", &code]);
    assert_eq!(ann.json(&["contacts"]).len(), 2);
}

#[test]
fn a_code_that_has_expired_is_refused_and_changes_nothing() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    let code = ann.json(&["invite", "--expires", "1ms"])[0]["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = ben.run(&["join", &code, "--timeout", "10s"]).exits(1);
    assert!(refused.err.contains("expired"), "{refused:?}");
    assert!(ann.json(&["contacts"]).is_empty());
}

#[test]
fn a_truncated_mistyped_or_foreign_code_is_refused_and_changes_nothing() {
    let (ann, ben) = (Person::online("Ann"), Person::new("Ben"));
    let code = ann.invite();
    let mut mistyped: Vec<char> = code.chars().collect();
    let middle = mistyped.len() / 2;
    mistyped[middle] = if mistyped[middle] == 'A' { 'B' } else { 'A' };
    let mistyped: String = mistyped.into_iter().collect();
    let truncated = &code[..code.len() - 5];
    for bad in [truncated, mistyped.as_str(), "hello", &"A".repeat(400)] {
        let refused = ben.run(&["join", bad]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.out.is_empty());
        assert_eq!(refused.err.trim_end().lines().count(), 1, "{refused:?}");
    }
    assert!(ben.json(&["contacts"]).is_empty());
}

#[test]
fn ones_own_code_makes_nobody_a_contact() {
    let ann = Person::online("Ann");
    let code = ann.invite();
    ann.run(&["join", &code]).exits(1);
    assert!(ann.json(&["contacts"]).is_empty());
}

#[test]
fn joining_again_with_the_same_code_finds_the_same_contact() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    let code = ann.invite();
    let first = ben.json(&["join", &code]);
    let again = run(ben.command(&["join", &code, "--json"]), None);
    if again.code == 0 {
        assert_eq!(again.lines(), first);
    } else {
        assert_eq!(again.code, 1, "{again:?}");
    }
    assert_eq!(ben.json(&["contacts"]).len(), 1);
    assert_eq!(ann.json(&["contacts"]).len(), 1);
}

#[test]
fn a_code_may_come_from_stdin_broken_over_lines() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    let code = ann.invite();
    let (start, end) = code.split_at(40);
    let input = format!("  {start}\n{end}\n");
    run(ben.command(&["join", "-"]), Some(&input)).exits(0);
}

/// Draws a text as a QR code into a PNG.
fn png_of(person: &Person, name: &str, text: &str) -> String {
    let code = qrcode::QrCode::new(text).unwrap();
    let (scale, quiet) = (3, 4);
    let side = (code.width() + 2 * quiet) * scale;
    let module = |at: usize| {
        (at / scale)
            .checked_sub(quiet)
            .filter(|at| *at < code.width())
    };
    let shade = |at| match (module(at % side), module(at / side)) {
        (Some(x), Some(y)) if code[(x, y)] == qrcode::Color::Dark => 0,
        _ => 255,
    };
    let grey: Vec<u8> = (0..side * side).map(shade).collect();
    png_of_shades(person, name, &grey, side)
}

/// Writes a square of grey pixels as a PNG; its path.
fn png_of_shades(person: &Person, name: &str, grey: &[u8], side: usize) -> String {
    let path = person.file(name, "");
    let side = u32::try_from(side).unwrap();
    let mut encoder = png::Encoder::new(std::fs::File::create(&path).unwrap(), side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(grey).unwrap();
    writer.finish().unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_code_may_come_as_a_picture() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    let picture = png_of(&ben, "code.png", &ann.invite());
    let contact = ben.json(&["join", &picture]);
    assert_eq!(contact[0]["state"], "active");
    ben.tell("Ann", "seen");
    assert_eq!(ann.heard("Ben"), ["seen"]);
}

/// Both modules of a half block, whether each is light.
fn modules(block: char) -> [bool; 2] {
    match block {
        '\u{2588}' => [true, true],
        '\u{2580}' => [true, false],
        '\u{2584}' => [false, true],
        ' ' => [false, false],
        other => panic!("{other:?} is no half block"),
    }
}

/// The picture of half blocks in a text, as a terminal shows it: black around it.
fn photograph(text: &str) -> (Vec<u8>, usize) {
    const AROUND: usize = 6;
    const SCALE: usize = 4;
    let blocks = |line: &&str| line.starts_with(['\u{2588}', '\u{2580}']);
    let lines: Vec<Vec<[bool; 2]>> = text
        .lines()
        .filter(blocks)
        .map(|line| line.chars().map(modules).collect())
        .collect();
    let width = lines.iter().map(Vec::len).max().unwrap();
    assert!(lines.iter().all(|line| line.len() == width));
    let is_light = |x: usize, y: usize| {
        let (x, y) = (x.checked_sub(AROUND)?, y.checked_sub(AROUND)?);
        Some(lines.get(y / 2)?.get(x)?[y % 2])
    };
    let side = (width + 2 * AROUND) * SCALE;
    let grey = (0..side * side)
        .map(|at| is_light(at % side / SCALE, at / side / SCALE))
        .map(|light| if light == Some(true) { 255 } else { 0 })
        .collect();
    (grey, side)
}

#[test]
fn the_picture_of_an_invite_can_be_scanned_off_the_screen() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    let invite = run(ann.command(&["--json", "invite", "--qr"]), None).exits(0);
    let (grey, side) = photograph(&invite.err);
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| grey[y * side + x]);
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "{}", invite.err);
    let (_, scanned) = grids[0].decode().unwrap();
    assert_eq!(invite.line()["code"], scanned);
    let file = png_of_shades(&ben, "screen.png", &grey, side);
    assert_eq!(ben.json(&["join", &file])[0]["state"], "active");
}

#[test]
fn a_picture_without_a_tidings_code_says_what_is_wrong_and_changes_nothing() {
    let ben = Person::new("Ben");
    let foreign = png_of(&ben, "foreign.png", "https://example.org/");
    let text = ben.file("text.png", "no picture").display().to_string();
    let absent = ben.home.join("absent.png").display().to_string();
    for (path, exit, said) in [
        (&foreign, 1, "not a Tidings invite code"),
        (&text, 1, "no PNG"),
        (&absent, 4, "no file"),
    ] {
        let refused = ben.run(&["join", path]).exits(exit);
        assert!(refused.err.contains(said), "{refused:?}");
        assert_eq!((refused.err.lines().count(), refused.out.as_str()), (1, ""));
    }
    assert!(ben.json(&["contacts"]).is_empty());
}

#[test]
fn a_join_that_reaches_nobody_stays_pending_and_goes_on_later() {
    let (mut ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    let code = ann.invite();
    ann.kill();
    let pending = run(
        ben.command(&["--json", "join", &code, "--timeout", "1s"]),
        None,
    )
    .exits(5);
    assert_eq!(pending.line()["state"], "pending");
    let listed = &ben.json(&["contacts"])[0];
    assert!(
        listed["state"] == "pending" && listed["asked_at"].is_u64(),
        "{listed}"
    );
    let plain = ben.run(&["contacts"]).exits(0).out;
    assert!(plain.starts_with("(maker of the code used "), "{plain}");
    ann.start_there();
    ben.json(&["join", &code]);
}

#[test]
fn a_join_that_nobody_answers_is_given_up_by_its_code_or_the_start_of_its_id() {
    let (mut ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    let codes = [ann.invite(), ann.invite()];
    ann.kill();
    for code in &codes {
        ben.run(&["join", code, "--timeout", "1ms"]).exits(5);
    }
    let listed = ben.json(&["contacts"]);
    let id = listed[0]["join"].as_str().unwrap();
    let plain = ben.run(&["contacts"]).exits(0).out;
    assert!(plain.contains(&id[..8]), "{plain}");
    let which = ben.run(&["join", "--cancel"]).exits(2).err;
    assert!(
        which.contains(&id[..8]) && which.lines().count() > 2,
        "{which}"
    );
    let given_up = &ben.json(&["join", "--cancel", &id[..8]])[0];
    assert_eq!(
        (&given_up["state"], &given_up["join"]),
        (&"cancelled".into(), &id.into())
    );
    assert_eq!(ben.json(&["contacts"]), listed[1..]);
    ben.run(&["join", "--cancel", &id[..8]]).exits(4);
    ben.run(&["join", "--cancel", &id[..5]]).exits(2);
    let said = ben.run(&["join", &codes[1], "--cancel"]).exits(0).out;
    assert!(said.contains("given up"), "{said}");
    ben.run(&["join", "--cancel", &codes[1]]).exits(4);
    assert!(ben.json(&["contacts"]).is_empty());
    let none = ben.run(&["join", "--cancel"]).exits(2).err;
    assert!(none.contains("no join waits"), "{none}");
    ben.run(&["sync"]).exits(0);
    // Whoever made it was never asked.
    ann.start_there();
    ben.json(&["join", &codes[0]]);
    ann.tell("Ben", "hello");
}

#[test]
fn waiting_for_an_invite_prints_whoever_used_it() {
    let (ann, ben) = (Person::online("Ann"), Person::online("Ben"));
    let mut waiting = ann
        .command(&["--json", "invite", "--wait"])
        .spawn()
        .unwrap();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(waiting.stdout.take().unwrap()));
    let invite: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    ben.json(&["join", invite["code"].as_str().unwrap()]);
    let contact: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(contact["name"], "Ben");
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
}

#[test]
fn nobody_using_an_invite_in_time_is_exit_five() {
    let ann = Person::online("Ann");
    ann.run(&["invite", "--wait", "--timeout", "100ms"])
        .exits(5);
}

#[test]
fn an_invite_says_so_when_nothing_will_answer_it() {
    let ann = Person::new("Ann");
    let invite = ann.run(&["invite"]).exits(0);
    assert!(invite.err.contains("tidings daemon run"), "{invite:?}");
    assert!(invite.err.contains("bundle import PATH"), "{invite:?}");
    assert_eq!(invite.out.lines().count(), 1);
}

#[test]
fn safety_words_verify_a_contact_only_if_they_are_the_same() {
    let (ann, ben) = ann_and_ben();
    let words: Vec<String> =
        serde_json::from_value(ben.json(&["id"])[0]["safety_words"].clone()).unwrap();
    let others = ["abandon"; 12].join(" ");
    let misspelt = words.join(" ") + "x";
    for (given, exit) in [("abandon abandon abandon", 2), (&misspelt, 2), (&others, 6)] {
        ann.run(&["contacts", "verify", "Ben", "--words", given])
            .exits(exit);
    }
    assert_eq!(ann.json(&["contacts"])[0]["verified"], false);
    ann.run(&["contacts", "verify", "Ben", "--words", &words.join(" ")])
        .exits(0);
    assert_eq!(ann.json(&["contacts"])[0]["verified"], true);
}

#[test]
fn contacts_can_be_renamed_and_blocked() {
    let (ann, ben) = ann_and_ben();
    ann.json(&["contacts", "rename", "Ben", "Benjamin"]);
    assert_eq!(ann.json(&["contacts"])[0]["name"], "Benjamin");
    ann.tell("Benjamin", "still you");
    assert_eq!(ben.heard("Ann"), ["still you"]);
    assert_eq!(
        ann.json(&["contacts", "block", "Benjamin"])[0]["state"],
        "blocked"
    );
    assert_eq!(
        ann.json(&["contacts", "unblock", "Benjamin"])[0]["state"],
        "active"
    );
}

#[test]
fn a_retry_with_the_same_request_id_has_its_effect_once() {
    let (ann, ben) = ann_and_ben();
    let mut rpc = Rpc::start(&ann);
    let request = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    let params = serde_json::json!({"request": request, "who": "Ben", "text": "once"});
    let mut ids = Vec::new();
    for id in 1..=3 {
        assert!(rpc.ask(id, "send", &params));
        let reply = rpc.reply().unwrap();
        ids.push(reply["result"]["id"].clone());
    }
    assert!(
        ids[0].is_string() && ids.iter().all(|id| *id == ids[0]),
        "{ids:?}"
    );
    let (rest, code) = rpc.end();
    assert_eq!((rest.as_str(), code), ("", Some(0)));
    ann.tell("Ben", "after");
    assert_eq!(ben.heard("Ann"), ["once", "after"]);
}

#[test]
fn a_name_that_fits_several_lists_them() {
    let ann = Person::online("Ann");
    let (ben, other) = (Person::online("Ben"), Person::online("BEN"));
    pair(&ann, &ben);
    pair(&ann, &other);
    let ambiguous = ann.run(&["send", "ben", "--offline", "x"]).exits(4);
    let contacts = ann.json(&["contacts"]);
    for contact in contacts {
        let id = contact["person"].as_str().unwrap();
        assert!(ambiguous.err.contains(&id[..6]), "{ambiguous:?}");
        ann.run(&["send", &id[..10], "--offline", "x"]).exits(0);
    }
}

#[test]
fn a_name_given_to_one_contact_that_another_has_is_said_to_be_theirs_too() {
    let (ann, ben) = ann_and_ben();
    let carla = Person::online("Carla");
    pair(&ann, &carla);
    let same = ann.run(&["contacts", "rename", "Ben", "ben"]).exits(0);
    assert_eq!(same.err, "", "it is their own");
    let renamed = ann.run(&["contacts", "rename", "Carla", "BEN"]).exits(0);
    let id = ben.json(&["id"])[0]["person"].clone();
    let id = &id.as_str().unwrap()[..8];
    assert!(
        renamed.err.contains("is the name of another contact too"),
        "{renamed:?}"
    );
    assert!(renamed.err.contains(id), "{renamed:?}");
    // Both names were given, so neither means one of the two.
    ann.run(&["send", "ben", "x", "--offline"]).exits(4);
    let again = ann.run(&["contacts", "rename", id, "Ben"]).exits(0);
    assert!(again.err.contains(id), "{again:?}");
    ann.json(&["room", "create", "Team"]);
    let team = ann.run(&["contacts", "rename", id, "team"]).exits(0);
    assert!(
        team.err.contains("is the name of a contact too"),
        "{team:?}"
    );
}
