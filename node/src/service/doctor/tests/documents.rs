//! What is said of made-up documents, and that looking at them ends.

use super::super::documents::{CONVERSATIONS_MAX, DOCUMENTS_MAX, Found, check, few, newest_first};
use super::*;

#[test]
fn documents_that_are_as_they_should_be_are_counted_and_what_was_left_out_is_said() {
    let found = |documents| Found {
        conversations: 1,
        documents,
        heads: 2,
        ..Found::default()
    };
    says(
        &check(&Found::default()),
        true,
        "Nothing is written yet",
        "",
    );
    let one = check(&found(1));
    says(
        &one,
        true,
        "1 document of 1 conversation was built again",
        "",
    );
    says(&one, true, "with 2 heads: as it should be.", "");
    let some = check(&Found {
        left_documents: 3,
        left_conversations: 1,
        ..found(2)
    });
    says(&some, true, "2 documents of 1 conversation were built", "");
    says(&some, true, "3 older ones had to wait", "");
    says(&some, true, "1 conversation had to wait", "");
    let whole = check(&Found {
        digest: Some([0xab; 32]),
        ..found(1)
    });
    says(&whole, true, "abab abab abab abab; devices", "");
}

#[test]
fn documents_that_differ_or_cannot_be_built_say_where_and_what_to_do() {
    let differing = check(&Found {
        conversations: 2,
        documents: 2,
        differing: vec!["Ben".to_owned()],
        ..Found::default()
    });
    says(&differing, false, "What was open of Ben was not", "memory");
    let why = |number: usize| (format!("Room {number}"), "a header is bad".to_owned());
    let broken = |number: usize| {
        check(&Found {
            documents: 2,
            unreadable: (1..=number).map(why).collect(),
            ..Found::default()
        })
    };
    says(&broken(1), false, "One of Room 1 cannot be built", "copy");
    says(&broken(1), false, "a header is bad.", "");
    says(&broken(3), false, "a header is bad, and 2 more.", "copy");
    for ill in [differing, broken(1)] {
        assert!(!ill.hint.contains("Ben") && !ill.hint.contains("Room"));
    }
}

#[test]
fn of_every_conversation_the_newest_document_comes_before_any_older_one() {
    let segments = [vec![1, 5], Vec::new(), vec![2, 3, 9]];
    assert_eq!(
        newest_first(&segments),
        [(0, 5), (2, 9), (0, 1), (2, 3), (2, 2)]
    );
}

#[test]
fn as_many_documents_and_conversations_as_may_be_are_looked_at_and_not_one_more() {
    let segments = |count: usize| vec![(0..count).map(|one| u64::try_from(one).unwrap()).collect()];
    assert_eq!(newest_first(&segments(DOCUMENTS_MAX)).len(), DOCUMENTS_MAX);
    let over = newest_first(&segments(DOCUMENTS_MAX + 1));
    assert_eq!(over.len(), DOCUMENTS_MAX);
    assert!(!over.contains(&(0, 0)), "the oldest is left out");
    let conversations = |count| vec![(ConversationId::new([1; 32]), String::new()); count];
    for count in [CONVERSATIONS_MAX, CONVERSATIONS_MAX + 1] {
        assert_eq!(few(&conversations(count)).count(), CONVERSATIONS_MAX);
    }
}
