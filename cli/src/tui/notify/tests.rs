use super::*;
use crate::output::sample;
use crate::safe_text::corpus;
use crate::texts::Language;
use crate::tui::clock::Clock;

fn texts() -> Texts {
    Texts::of(Language::English)
}

fn from(letter: char, name: &str) -> Message {
    let mut message = sample::received(name, "the secret text");
    message.from.person = sample::id(letter);
    message
}

fn told(waiting: &mut Waiting, now: u64) -> Option<(String, Option<String>)> {
    let told = waiting.due(now, true, &texts())?;
    Some((
        told.summary.to_string(),
        told.from.map(|from| from.to_string()),
    ))
}

#[test]
fn why_a_desktop_cannot_be_told_is_said_in_ones_own_language() {
    let [english, korean] = Language::ALL.map(Texts::of);
    let is_hangul = |one: char| ('\u{ac00}'..='\u{d7a3}').contains(&one);
    for why in [Untold::Silent, Untold::Broke, Untold::Absent] {
        assert!(!why.words(&english).as_str().contains(is_hangul), "{why:?}");
        assert!(why.words(&korean).as_str().contains(is_hangul), "{why:?}");
    }
    let refused = Untold::Refused("no \u{1b}[2Jbus".to_owned());
    assert_eq!(refused.words(&korean).as_str(), "no \\u{1b}[2Jbus");
}

#[test]
fn a_burst_is_told_at_its_first_message_and_then_once_with_its_number() {
    let mut waiting = Waiting::default();
    waiting.arrived(&from('b', "Ben"), &texts());
    let first = ("New message".to_owned(), Some("Ben".to_owned()));
    assert_eq!(told(&mut waiting, 1_000), Some(first));
    for _ in 0..1_000 {
        waiting.arrived(&from('b', "Ben"), &texts());
        assert_eq!(told(&mut waiting, 1_000 + TELL_MILLIS - 1), None);
    }
    let rest = told(&mut waiting, 1_000 + TELL_MILLIS);
    assert_eq!(
        rest,
        Some(("1000 new messages".to_owned(), Some("Ben".to_owned())))
    );
    assert_eq!(told(&mut waiting, u64::MAX), None);
}

#[test]
fn what_somebody_has_looked_at_meanwhile_is_not_told() {
    let mut waiting = Waiting::default();
    waiting.arrived(&from('b', "Ben"), &texts());
    waiting.seen();
    assert_eq!(told(&mut waiting, 0), None);
}

#[test]
fn who_wrote_is_said_only_where_that_is_wanted_and_what_they_wrote_never() {
    let mut waiting = Waiting::default();
    for (letter, name) in [('b', "Ben"), ('c', "Carla"), ('b', "Ben")] {
        waiting.arrived(&from(letter, name), &texts());
    }
    let several = waiting.clone().due(0, true, &texts()).unwrap();
    assert_eq!(several.from.as_ref().unwrap().as_str(), "Ben and others");
    let silent = waiting.due(0, false, &texts()).unwrap();
    assert_eq!(
        (silent.summary.as_str(), &silent.from),
        ("3 new messages", &None)
    );
    assert!(!format!("{several:?}").contains("secret"));
}

#[test]
fn a_name_is_bounded_and_no_markup() {
    let name = |columns: usize| {
        let mut waiting = Waiting::default();
        waiting.arrived(&from('b', &"x".repeat(columns)), &texts());
        let told = waiting.due(0, true, &texts()).unwrap();
        told.from.unwrap().width()
    };
    assert!(name(TOLD_NAME_COLUMNS_MAX) <= TOLD_NAME_COLUMNS_MAX);
    assert_eq!(name(TOLD_NAME_COLUMNS_MAX + 1), name(TOLD_NAME_COLUMNS_MAX));
    let notification = Notification {
        summary: Safe::line("New message"),
        from: Some(Safe::line("<b>B&\"n</b>\u{1b}[2J")),
    };
    let markup = notification.markup();
    assert!(
        markup.starts_with("&lt;b&gt;B&amp;&quot;n&lt;/b&gt;"),
        "{markup}"
    );
    assert!(!markup.contains(['<', '>', '\u{1b}']), "{markup}");
}

#[test]
fn a_way_is_found_by_its_name() {
    for way in Way::ALL {
        assert_eq!(Way::named(way.name()), Some(way));
    }
    assert_eq!(Way::named("loud"), None);
}

#[test]
fn whatever_others_wrote_is_plain_text_on_the_desktop_and_nowhere_in_the_title() {
    corpus::walk(|text| {
        let mut waiting = Waiting::default();
        waiting.arrived(&from('b', text), &texts());
        let one = waiting.clone().due(0, true, &texts()).unwrap();
        waiting.arrived(&from('c', text), &texts());
        let several = waiting.due(0, true, &texts()).unwrap();
        let told = [one, several].map(|told| format!("{} {}", told.summary, told.markup()));
        told.concat()
    });
    let clock = Clock::at(0, jiff::tz::TimeZone::UTC);
    let identity = tidings_node::api::Identity {
        person: sample::id('a'),
        device: sample::id('a'),
        name: "Ann".to_owned(),
        safety_words: Vec::new(),
    };
    let mut state = State::new(identity, clock, std::sync::Arc::new(texts()));
    corpus::walk(|text| {
        let mut state = state.clone();
        let mut room = sample::room('r', text);
        room.unread = 3;
        state.book.take_conversation(room);
        title(&state)
    });
    let mut room = sample::room('r', "Team");
    room.unread = 1;
    state.book.take_conversation(room);
    assert_eq!(title(&state), "(1) Tidings");
}
