//! Searching, as people and scripts do it.

use serde_json::{Value, json};

use crate::person::{Person, ann_and_ben};

fn bodies(person: &Person, arguments: &[&str]) -> Vec<Value> {
    let lines = person.json(&[&["search"], arguments].concat());
    assert!(lines.iter().all(|line| line["type"] == "message"));
    lines.iter().map(|line| line["body"].clone()).collect()
}

#[test]
fn what_both_have_written_is_found_in_their_words() {
    let (ann, ben) = ann_and_ben();
    let korean = "여러분 안녕하세요";
    let mixed = "明日は東京タワーで! See you at the Café";
    let hostile = "tower\u{1b}[31m\u{202e} 你好世界";
    for text in [korean, mixed] {
        ann.tell("Ben", text);
    }
    ben.tell("Ann", hostile);
    assert_eq!(bodies(&ann, &["안녕"]), [korean]);
    assert_eq!(bodies(&ann, &["東京"]), [mixed]);
    assert_eq!(bodies(&ann, &["京"]), [mixed]);
    assert_eq!(bodies(&ann, &["世界"]), [hostile], "raw for scripts");
    assert_eq!(bodies(&ben, &["cafe", "you"]), [mixed]);
    assert_eq!(
        bodies(&ben, &["\"you at\" tow* from:ann"]),
        [json!(null); 0]
    );
    assert_eq!(bodies(&ann, &["tow"]), [hostile]);
    assert_eq!(
        bodies(&ann, &["from:me", "after:2020-01-01"]),
        [korean, mixed]
    );
    assert_eq!(bodies(&ann, &["before:2020-01-01"]), [json!(null); 0]);
    assert_eq!(bodies(&ann, &["in:ben", "--limit", "1"]), [hostile]);
    assert_eq!(bodies(&ben, &["--in", "Ann", "東京"]), [mixed]);
    let plain = ann.run(&["search", "tower"]).exits(0);
    assert!(plain.out.contains("Ben") && plain.out.contains("你好世界"));
    assert!(!plain.out.contains(['\u{1b}', '\u{202e}']));
    let own = ben.run(&["search", "tower"]).exits(0);
    assert!(own.out.contains("you → Ann"), "{}", own.out);
    let some = ann.run(&["search", "from:me", "--limit", "1"]).exits(0);
    assert!(some.out.contains("Café") && some.err.contains("--limit"));
}

#[test]
fn an_edited_message_is_found_by_what_it_says_now_and_a_deleted_one_not() {
    let (ann, _ben) = ann_and_ben();
    let id = ann.tell("Ben", "frist draft")["id"].clone();
    let id = id.as_str().unwrap();
    ann.run(&["edit", id, "first draft"]).exits(0);
    assert_eq!(bodies(&ann, &["draft"]), ["first draft"]);
    assert_eq!(bodies(&ann, &["frist"]), [json!(null); 0]);
    ann.run(&["delete", id]).exits(0);
    assert_eq!(bodies(&ann, &["draft"]), [json!(null); 0]);
}

#[test]
fn a_search_that_cannot_be_made_says_why() {
    let ann = Person::new("Ann");
    for query in ["", "?!", "from:", "after:noon", "before:2026-02-30"] {
        let ran = ann.run(&["search", query]).exits(2);
        assert!(ran.err.starts_with("tidings: "), "{query}: {}", ran.err);
    }
    ann.run(&["search"]).exits(2);
    ann.run(&["search", "a", "--limit", "0"]).exits(2);
    ann.run(&["search", &"a".repeat(1_001)]).exits(2);
    for query in ["from:Ben a", "in:Ben a"] {
        ann.run(&["search", query]).exits(4);
    }
    ann.run(&["search", "a", "--in", "Ben"]).exits(4);
    for odd in ["\"", "a AND", "NEAR(", "terms:*", "^a' OR 1 --", "-a", "(a"] {
        let none = ann.run(&["search", "--", odd]);
        assert!(matches!(none.code, 0 | 2), "{odd}: {}", none.err);
        assert!(!none.err.contains("syntax"), "{odd}: {}", none.err);
    }
    let none = ann.run(&["search", "nothing"]).exits(0);
    assert_eq!((none.out.as_str(), none.err.trim()), ("", "Nothing found."));
}
