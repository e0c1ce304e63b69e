use super::*;
use tidings_node::api::{Check, Found};

#[test]
fn what_is_found_is_numbered_and_says_where_it_is_and_counts_for_no_other_number() {
    let rooms = vec![sample::room('r', "Team")];
    let (mut state, _) = started_in(vec![contact('b', "Ben")], rooms);
    typed(&mut state, "/chat Ben");
    let searches = Effect::Ask(Ask::Search {
        ticket: crate::chat::Ticket::default(),
        query: "see you".to_owned(),
        limit: seek::FOUND_MESSAGES,
    });
    assert_eq!(typed(&mut state, "/search  see you "), [searches]);
    assert!(shown(&typed(&mut state, "/search")).contains("/search WORDS"));
    let found = |messages, more| Told::Found {
        ticket: crate::chat::Ticket::default(),
        found: Found { messages, more },
    };
    let hits = || vec![from('b', "see you"), from('r', "see you all")];
    assert_eq!(
        shown(&update(&mut state, found(hits(), false))),
        "Found 1, in Ben, see you\nFound 2, in Team, see you all\n2 messages found."
    );
    let said = shown(&update(&mut state, found(hits(), true)));
    assert!(said.ends_with("These 2 came last, and there are more: search for more words."));
    let said = shown(&update(&mut state, found(Vec::new(), false)));
    assert_eq!(said, "Nothing was found.");
    let said = shown(&typed(&mut state, "/reply 1 x"));
    assert!(said.contains("No message 1"), "{said}");
}

#[test]
fn the_doctor_says_in_words_what_is_not_well_and_what_helps() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let asks = Effect::Ask(Ask::Doctor(None));
    assert_eq!(typed(&mut state, "/doctor").last(), Some(&asks));
    let check = |ok, detail: &str| Check {
        name: "under_way".to_owned(),
        ok,
        detail: detail.to_owned(),
        hint: "Do this.".to_owned(),
        found: Vec::new(),
        helps: Vec::new(),
        person: None,
        since: None,
    };
    let well = || check(true, "Nothing\u{1b}.");
    let said = shown(&update(&mut state, Told::Checked(vec![well()])));
    assert!(said.starts_with("Well, under way: Nothing") && !said.contains('\u{1b}'));
    assert!(said.ends_with("\nAll is well."), "{said}");
    let ill = vec![check(false, "Something."), well()];
    let said = shown(&update(&mut state, Told::Checked(ill)));
    let begins = "Not well, under way: Something.\nWhat helps: Do this.\nWell, under way";
    assert!(said.starts_with(begins), "{said}");
    assert!(said.ends_with("\n1 of 2 things are not well."), "{said}");
    assert!(!said.contains(SIGNS) && !said.contains('!'), "{said}");
}

#[test]
fn what_is_pinned_where_one_writes_is_shown() {
    let (mut state, _) = started_with(vec![contact('b', "Ben")]);
    let asks = Effect::Ask(Ask::Pinned(with('b')));
    assert_eq!(typed(&mut state, "/pinned"), [asks]);
    let none = Told::Pinned(with('b'), Vec::new());
    assert_eq!(
        shown(&update(&mut state, none)),
        "Nothing is pinned in Ben."
    );
    let pinned = Told::Pinned(with('b'), vec![from('b', "the plan")]);
    assert_eq!(shown(&update(&mut state, pinned)), "Pinned 1, the plan");
}
