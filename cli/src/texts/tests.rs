use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry as Part, Expression, InlineExpression, PatternElement};
use fluent_syntax::parser;

use super::*;
use crate::chat::{ACTIONS, slashes};

/// The names in an expression.
fn names(expression: &Expression<&str>, found: &mut BTreeSet<String>) {
    let inline = match expression {
        Expression::Inline(inline) => inline,
        Expression::Select { selector, variants } => {
            for variant in variants {
                within(&variant.value.elements, found);
            }
            selector
        }
    };
    if let InlineExpression::VariableReference { id } = inline {
        found.insert(id.name.to_owned());
    }
}

fn within(elements: &[PatternElement<&str>], found: &mut BTreeSet<String>) {
    for element in elements {
        if let PatternElement::Placeable { expression } = element {
            names(expression, found);
        }
    }
}

/// Texts by name, each with the names in it.
fn catalogue(sources: &[&'static str]) -> BTreeMap<String, BTreeSet<String>> {
    let parts = sources.iter().flat_map(|source| {
        let resource = parser::parse(*source).unwrap();
        resource.body
    });
    let mut texts = BTreeMap::new();
    for part in parts {
        match part {
            Part::Message(message) => {
                let mut found = BTreeSet::new();
                within(&message.value.unwrap().elements, &mut found);
                let again = texts.insert(message.id.name.to_owned(), found);
                assert!(again.is_none(), "{} twice", message.id.name);
            }
            Part::Comment(_) | Part::GroupComment(_) | Part::ResourceComment(_) => {}
            other @ (Part::Term(_) | Part::Junk { .. }) => panic!("{other:?}"),
        }
    }
    texts
}

#[test]
fn every_language_has_every_text_with_the_same_names_in_it_and_no_other() {
    let english = catalogue(Language::English.sources());
    for language in Language::ALL {
        assert_eq!(catalogue(language.sources()), english, "{language:?}");
    }
    let named = [
        command::NAMES,
        conversation::NAMES,
        deed::NAMES,
        fault::NAMES,
        frame::NAMES,
        header::NAMES,
        plain::NAMES,
        popup::NAMES,
        said::NAMES,
        transfer::NAMES,
        welcome::NAMES,
    ];
    let named = named.into_iter().flatten();
    let named = named.map(|name| name.replace('_', "-"));
    let actions = ACTIONS.iter().map(Entry::text);
    let slashes = slashes().map(|slash| slash.text());
    let weekdays = (1..=7).map(|day| format!("weekday-{day}"));
    let months = (1..=12).map(|month| format!("month-{month}"));
    let wanted: BTreeSet<String> = named
        .chain(actions)
        .chain(slashes)
        .chain(weekdays)
        .chain(months)
        .collect();
    let present: BTreeSet<String> = english.into_keys().collect();
    assert_eq!(wanted, present);
}

#[test]
fn every_other_language_than_english_has_all_that_a_node_can_say_with_the_same_names_in_it() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for check in tidings_node::api::CHECKS {
        wanted.insert(format!("check-{check}").replace('_', "-"), BTreeSet::new());
    }
    for failure in tidings_node::api::FAILURES {
        wanted.insert(
            format!("failed-{}", failure.replace(' ', "-")),
            BTreeSet::new(),
        );
    }
    for fault in tidings_node::words::SYSTEM_FAULTS {
        wanted.insert(
            format!("system-{}", fault.replace(' ', "-")),
            BTreeSet::new(),
        );
    }
    let ours = crate::failure::SENTENCES.iter().copied();
    for (code, arguments) in tidings_node::api::sentences().chain(ours) {
        let again = wanted.insert(code.replace('_', "-"), names(arguments));
        assert!(again.is_none(), "{code} twice");
    }
    for unit in ["days", "hours", "minutes"] {
        wanted.insert(format!("lasting-{unit}"), names(&["count"]));
    }
    wanted.insert("lasting-moment".to_owned(), BTreeSet::new());
    wanted.insert("items-and-more".to_owned(), names(&["items", "more"]));
    for language in Language::ALL {
        let present = catalogue(language.of_node());
        if language == Language::English {
            assert!(present.is_empty(), "the node's own");
        } else {
            assert_eq!(present, wanted, "{language:?}");
        }
    }
}

/// What each text says, as it lies in its file; of one that goes on in further lines the first.
fn said(language: Language) -> BTreeMap<&'static str, &'static str> {
    let lines = language.sources().iter().flat_map(|source| source.lines());
    lines.filter_map(|line| line.split_once(" = ")).collect()
}

#[test]
fn a_korean_text_is_in_hangul_or_the_same_in_every_language() {
    let english = said(Language::English);
    let is_hangul = |one: char| ('\u{ac00}'..='\u{d7a3}').contains(&one);
    let korean = said(Language::Korean).into_iter();
    let foreign = korean.filter(|(_, text)| !text.contains(is_hangul));
    let foreign: Vec<_> = foreign
        .filter(|(name, text)| english.get(name) != Some(text))
        .collect();
    assert_eq!(foreign, []);
}

#[test]
fn a_text_has_no_character_that_would_be_shown_as_an_escape() {
    for language in Language::ALL {
        for line in language
            .sources()
            .iter()
            .chain(language.of_node())
            .flat_map(|source| source.lines())
        {
            assert_eq!(Safe::line(line).as_str(), line.trim_end(), "{language:?}");
        }
    }
}

#[test]
fn what_is_put_into_a_text_does_no_harm_and_numbers_choose_their_form() {
    let texts = Texts::of(Language::English);
    let name = Safe::line("Be\u{202e}n");
    assert!(!texts.verified(&name).as_str().contains('\u{202e}'));
    assert!(!texts.verified(&name).as_str().contains('\u{2068}'));
    assert_ne!(
        texts.missing(1, &name).as_str().replace('1', "2"),
        texts.missing(2, &name).as_str()
    );
}

#[test]
fn a_contact_who_goes_by_our_word_is_told_from_us() {
    for language in Language::ALL {
        let texts = Texts::of(language);
        let you = texts.you();
        assert_ne!(texts.author(&you.as_str().to_uppercase()), you);
        assert_eq!(texts.author("Ben").as_str(), "Ben");
    }
}

#[test]
fn a_name_that_shows_nothing_has_words_in_its_place() {
    let [english, korean] = Language::ALL.map(Texts::of);
    for nothing in ["", " \t\u{3000}\n"] {
        assert_eq!(english.author(nothing).as_str(), "(no name)");
        assert_eq!(korean.name(nothing).as_str(), "(이름 없음)");
    }
    assert_eq!(korean.name(" 김철수 ").as_str(), "김철수");
}

#[test]
fn a_day_is_said_by_how_far_away_it_is() {
    let texts = Texts::of(Language::English);
    let date = |text: &str| text.parse::<Date>().unwrap();
    let today = Some(date("2026-03-01"));
    let said = |day: &str| texts.day(date(day), today).as_str().to_owned();
    assert_eq!(said("2026-03-01"), "Today");
    assert_eq!(said("2026-02-28"), "Yesterday");
    assert_eq!(said("2026-02-27"), "Friday, 27 February");
    assert_eq!(said("2025-03-01"), "Saturday, 1 March 2025");
    let korean = Texts::of(Language::Korean);
    assert_eq!(
        korean.day(date("2025-03-01"), today).as_str(),
        "2025년 3월 1일 토요일"
    );
}

#[test]
fn how_long_a_text_stays_is_said_in_a_unit_that_fits() {
    let texts = Texts::of(Language::English);
    let said = |seconds: u64| texts.disappears_in(seconds * 1_000).as_str().to_owned();
    assert_eq!(said(1), "disappears in 1 second");
    assert_eq!(said(119), "disappears in 119 seconds");
    assert_eq!(said(120), "disappears in 2 minutes");
    assert_eq!(said(7_200), "disappears in 2 hours");
    assert_eq!(said(3 * 86_400), "disappears in 3 days");
}
