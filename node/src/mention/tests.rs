use proptest::prelude::*;
use tidings_protocol::id::{DeviceId, PersonId, Tag};
use tidings_protocol::record::{ContactRecord, MemberRecord, RoomRecord, RoomStanding};
use tidings_protocol::room::Role;
use tidings_protocol::time::WallTime;
use tidings_protocol::wire::limits::{NAME_CHARACTERS_MAX, OPERATION_BYTES_MAX, ROOM_MEMBERS_MAX};

use super::*;

/// Whether `text` mentions whoever is called `own`, where nobody else is.
fn mentions(own: &str, text: &str) -> bool {
    among(own, &[], text)
}

fn among(own: &str, others: &[&str], text: &str) -> bool {
    Mentionable::new([own], others.iter().copied()).mentions_own(text)
}

#[test]
fn a_sign_and_a_name_mention_whoever_has_the_name() {
    for text in [
        "@Ann",
        "hello @ann!",
        "(@ANN)",
        "@Ann's",
        "@Ann, are you there?",
        "@Ann-Marie",
        "@@Ann",
        "...@Ann",
        "🎉@Ann🎉",
        "\u{ff20}Ann",
        "@nobody @Ann",
        "@Ann@home",
    ] {
        assert!(mentions("Ann", text), "{text}");
    }
    for text in [
        "",
        "@",
        "Ann",
        "@ Ann",
        "@An",
        "@Anna",
        "@Ann2",
        "@Ann_",
        "@Annë",
        "@Ann\u{301}",
        "@Ann\u{200d}",
        "#Ann",
    ] {
        assert!(!mentions("Ann", text), "{text}");
    }
}

#[test]
fn an_address_mentions_nobody_and_a_sign_behind_other_scripts_does() {
    for text in [
        "x@Ann",
        "7@Ann",
        "_@Ann",
        "é@Ann",
        "x\u{323}@Ann",
        "я@Ann",
        "me@Ann.org",
    ] {
        assert!(!mentions("Ann", text), "{text}");
    }
    for text in [
        "안녕@Ann",
        "こんにちは@Ann",
        "ガ@Ann",
        "ｶﾞ@Ann",
        "你好@Ann",
        "สวัสดี@Ann",
        "は\u{3099}@Ann",
        "\u{1112}\u{119e}@Ann",
    ] {
        assert!(mentions("Ann", text), "{text}");
    }
}

#[test]
fn particles_and_titles_that_are_glued_to_a_name_do_not_hide_it() {
    for (name, text) in [
        ("김민수", "@김민수님 안녕하세요"),
        ("김민수", "@김민수ㅋㅋ"),
        ("민수", "@민수야"),
        ("Ben", "@Ben님"),
        ("Ben", "@Benさん"),
        ("山田", "@山田さん"),
        ("山田", "@山田様"),
        ("タロウ", "@タロウくん"),
        ("さくら", "@さくらー！"),
        ("小明", "@小明你好"),
        ("小明", "@小明们"),
    ] {
        assert!(mentions(name, text), "{text}");
    }
    for (name, text) in [
        ("김민수", "@김민수2"),
        ("김민수", "@김민수x"),
        ("김민수", "@김민"),
    ] {
        assert!(!mentions(name, text), "{text}");
    }
}

#[test]
fn a_syllable_is_whole_however_it_was_typed() {
    let (whole, parts) = ("가", "\u{1100}\u{1161}");
    assert!(mentions(whole, &format!("@{parts}")) && mentions(parts, &format!("@{whole}")));
    // 각, in parts and whole.
    for text in ["@\u{1100}\u{1161}\u{11a8}", "@가\u{11a8}", "@각"] {
        assert!(!mentions("가", text), "{text}");
    }
    // A vowel and a trailing consonant of old Hangul, and a mark of tone.
    for text in ["@가\u{119e}", "@가\u{11fa}", "@가\u{d7cb}", "@가\u{302e}"] {
        assert!(!mentions("가", text), "{text}");
    }
    assert!(!mentions("か", "@か\u{3099}") && !mentions("ｶ", "@ｶﾞ"));
    assert!(mentions("Zoë", "@zoe\u{308}") && !mentions("Zoe", "@zoe\u{308}"));
}

#[test]
fn the_longest_name_is_meant() {
    assert!(!among("Ann", &["Ann Lee"], "@Ann Lee is here"));
    assert!(among("Ann Lee", &["Ann"], "@ann lee is here"));
    assert!(among("Ann", &["Ann Lee"], "@Ann Leeds"));
    assert!(among("Ann", &["Ann Lee"], "@Ann Lee and @Ann"));
    assert!(among("김민", &["김민수"], "@김민아 @김민수님"));
    assert!(!among("김민", &["김민수"], "@김민수님"));
    // What a longer name takes up mentions nobody else.
    assert!(!among("Ben", &["A.@Ben"], "@A.@Ben"));
    assert!(among("Ben", &["A.@Ben"], "@A.@Ben @Ben"));
    let shared = among("Ann", &["ann"], "@Ann");
    assert!(shared, "who has the same name is mentioned too");
}

#[test]
fn a_name_has_the_most_signs_and_not_one_more() {
    let name = |signs: usize| "@".repeat(signs) + "x";
    let most = name(NAME_SIGNS_MAX);
    assert!(mentions(&most, &format!("@{most}")));
    let more = name(NAME_SIGNS_MAX + 1);
    assert!(!mentions(&more, &format!("@{more}")));
    assert!(!mentions("", "@") && !mentions(" ", "@ "));
    assert_eq!((typed([&*more]), typed([&*most])), (None, Some(most)));
}

#[test]
fn the_first_name_that_can_mention_somebody_is_typed_to_do_so() {
    let unmentionable = "@".repeat(NAME_SIGNS_MAX + 1);
    let ann = Some("Ann".to_owned());
    assert_eq!(typed([" Ann ", "Anni"]), ann);
    assert_eq!(typed(["", " ", &unmentionable, "Ann"]), ann);
    assert_eq!(typed(["", &unmentionable]), None);
}

/// How many characters of the folded text, and how many comparisons of them.
fn work(names: &Mentionable, text: &str) -> (usize, usize) {
    let characters: Vec<char> = folded(text).chars().collect();
    let compared = names.walks(&characters).map(|walk| walk.compared).sum();
    (characters.len(), compared)
}

#[test]
fn a_hostile_text_among_hostile_names_takes_a_few_looks_at_each_character() {
    let signs = "@".repeat(OPERATION_BYTES_MAX);
    let spaced = ".@".repeat(OPERATION_BYTES_MAX / 2);
    let every = NAME_CHARACTERS_MAX / NAME_SIGNS_MAX;
    let long = format!("{}@", ".".repeat(every - 1));
    // Each name goes as far as a name can before it differs from what is written.
    let name = |end: u32| {
        let mut name: Vec<char> = long.repeat(NAME_SIGNS_MAX).chars().collect();
        name.pop();
        name.extend(char::from_u32(0x4e00 + end));
        name.into_iter().collect::<String>()
    };
    let most = u32::try_from(ROOM_MEMBERS_MAX).unwrap();
    let mut names: Vec<String> = (0..most).map(name).collect();
    names.extend((1..=NAME_CHARACTERS_MAX).map(|length| "@".repeat(length)));
    names.extend((1..=NAME_CHARACTERS_MAX / 2).map(|length| ".@".repeat(length)));
    let names = Mentionable::new([], names.iter().map(String::as_str));
    let text = long.repeat(OPERATION_BYTES_MAX / long.len());
    for text in [signs, spaced, text] {
        let (length, compared) = work(&names, &text);
        assert!(length <= OPERATION_BYTES_MAX && compared > length / 2);
        assert!(compared <= length * (NAME_SIGNS_MAX + 1), "{compared}");
    }
}

/// By the words of the document, without regard to the time it takes.
fn oracle(own: &str, others: &[String], text: &str) -> bool {
    let characters: Vec<char> = folded(text).chars().collect();
    let mut names: Vec<(Vec<char>, bool)> = others
        .iter()
        .map(|name| (name.as_str(), false))
        .chain([(own, true)])
        .map(|(name, is_own)| (folded(name).chars().collect(), is_own))
        .filter(|(name, _): &(Vec<char>, bool)| !name.is_empty())
        .filter(|(name, _)| name.iter().filter(|one| is_sign(**one)).count() <= NAME_SIGNS_MAX)
        .collect();
    // The longest first, and among equals our own.
    names.sort_by_key(|(name, is_own)| (usize::MAX - name.len(), !is_own));
    let mut at = 0;
    while at < characters.len() {
        let before = characters[..at].iter().rev();
        let before = before.copied().find(|one| !is_combining_mark(*one));
        let begins = is_sign(characters[at]) && !before.is_some_and(is_of_alphabet);
        at += 1;
        let rest = &characters[at..];
        let fits = |name: &[char]| {
            rest.starts_with(name) && !rest.get(name.len()).is_some_and(|next| continues(*next))
        };
        let found = names.iter().find(|(name, _)| begins && fits(name));
        if let Some((name, is_own)) = found {
            if *is_own {
                return true;
            }
            at += name.len();
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn what_is_mentioned_is_what_the_rules_say(
        own in "[aA @.가각\u{1161}\u{11a8}\u{301}か山]{0,4}",
        others in prop::collection::vec("[aA @.가각\u{1161}\u{11a8}\u{301}か山]{0,5}", 0..5),
        text in "[aA@@@\u{ff20} .1_가각\u{1100}\u{1161}\u{11a8}\u{301}\u{3099}か山ー]{0,24}",
    ) {
        let names = Mentionable::new([own.as_str()], others.iter().map(String::as_str));
        prop_assert_eq!(names.mentions_own(&text), oracle(&own, &others, &text));
    }

    #[test]
    fn whoever_is_called_in_any_text_is_mentioned(
        before in any::<String>(), name in any::<String>(), after in any::<String>(),
    ) {
        let typed = typed([name.as_str()]);
        prop_assume!(typed.is_some());
        let text = format!("{before} @{}. {after}", typed.unwrap());
        prop_assert!(mentions(&name, &text));
    }

    #[test]
    fn no_text_takes_longer_than_the_bound(names in prop::collection::vec("[a@.]{0,9}", 0..9),
        text in "[a@.]{0,64}",
    ) {
        let (length, compared) = {
            let names = Mentionable::new([], names.iter().map(String::as_str));
            work(&names, &text)
        };
        prop_assert!(compared <= length * (NAME_SIGNS_MAX + 1));
    }
}

fn contact(number: u8, name: &str, petname: &str) -> ContactRecord {
    ContactRecord {
        person: PersonId::new([number; 32]),
        name: name.to_owned(),
        petname: Some(petname.to_owned()),
        verified: false,
        alarm: None,
        blocked: false,
        added_at: WallTime::from_millis(0),
        met_by: Tag::new([number; 16]),
    }
}

#[test]
fn people_are_mentioned_by_the_names_that_others_see() {
    let own = Identity {
        person: PersonId::new([0; 32]),
        device: DeviceId::new([0; 32]),
        name: "Ann".to_owned(),
        safety_words: Vec::new(),
    };
    let members = [(0, "Anni"), (1, "Ben"), (3, "Anni Lee")];
    let members = members.map(|(number, name)| MemberRecord {
        person: PersonId::new([number; 32]),
        role: Role::Member,
        name: name.to_owned(),
    });
    let room = RoomRecord {
        conversation: ConversationId::new([9; 32]),
        standing: RoomStanding::Joined,
        title: "Team".to_owned(),
        disappears_after: None,
        invited_by: None,
        members: members.to_vec(),
        needs_newer_version: false,
    };
    let contacts = vec![
        contact(1, "Ann Ben", "Ann dear"),
        contact(2, "Ann Carla", "Carla"),
    ];
    let people = People::new(own.person, contacts, &[], vec![room]);
    let names = Mentionable::of(ConversationId::new([9; 32]), &people, &own);
    for text in ["@Ann", "@Anni", "@Ann dear", "@Ann Carla is not in here"] {
        assert!(names.mentions_own(text), "{text}");
    }
    for text in ["@Ann Ben", "@Anni Lee", "@Ben"] {
        assert!(!names.mentions_own(text), "{text}");
    }
    let with_carla = ConversationId::direct(own.person, PersonId::new([2; 32]));
    let names = Mentionable::of(with_carla, &people, &own);
    assert!(names.mentions_own("@Ann Ben") && names.mentions_own("@ann"));
    assert!(!names.mentions_own("@Ann Carla") && !names.mentions_own("@Anni"));
}
