use tidings_node::api::Standing;

use super::*;
use crate::output::sample::{self, contact};
use crate::texts::Language;

fn person(letter: char) -> Place {
    Place::Person(sample::id(letter))
}

fn room(letter: char) -> Place {
    Place::Room(sample::id(letter))
}

/// With somebody, of whom the conversation has the id.
fn direct(letter: char, name: &str) -> Conversation {
    let member = |letter, name: &str| tidings_node::api::Member {
        person: sample::id(letter),
        name: name.to_owned(),
        role: tidings_node::api::Role::Member,
        mentioned_as: None,
    };
    Conversation {
        kind: ConversationKind::Direct,
        members: vec![member('z', "Zoe"), member(letter, name)],
        ..sample::room(letter, name)
    }
}

/// Zoe's, who knows Ben and is in a room.
fn book() -> Book {
    let mut book = Book::of(sample::id('z'));
    book.take_contacts(vec![contact('b', "Ben")]);
    book.take_conversations(vec![direct('b', "Ben"), sample::room('r', "Team")]);
    book
}

#[test]
fn what_changed_is_returned_once_with_how_it_was() {
    let mut book = book();
    let renamed = || vec![contact('b', "Benno"), contact('c', "Cleo")];
    let changed = book.take_contacts(renamed());
    let changed: Vec<_> = changed
        .into_iter()
        .map(|one| (one.place, one.before))
        .collect();
    let before = Some(contact('b', "Ben"));
    assert_eq!(changed, [(person('b'), before), (person('c'), None)]);
    assert_eq!(book.take_contacts(renamed()), []);
    assert_eq!(book.take_conversations(vec![sample::room('r', "Team")]), []);
}

#[test]
fn a_list_that_is_older_than_what_it_lacks_takes_nothing_away_and_what_is_new_comes_behind() {
    let mut book = book();
    book.take_conversation(sample::room('s', "Crew"));
    book.take_conversations(vec![sample::room('q', "Choir"), sample::room('r', "Team")]);
    let titles = book.conversations().iter().map(|one| one.title.as_str());
    assert_eq!(titles.collect::<Vec<_>>(), ["Ben", "Team", "Crew", "Choir"]);
}

#[test]
fn whoever_has_not_answered_is_nobody_yet_and_stays_so_until_they_do() {
    let mut book = book();
    let pending = Contact {
        person: None,
        state: ContactState::Pending,
        ..contact('c', "")
    };
    assert_eq!(book.take_contact(pending.clone()), None);
    assert_eq!(book.take_contacts(vec![pending]), []);
    assert_eq!((book.pending().len(), book.contacts().len()), (1, 1));
    book.take_contacts(vec![contact('c', "Cleo")]);
    assert_eq!((book.pending().len(), book.contacts().len()), (0, 2));
}

#[test]
fn a_person_goes_by_their_contacts_name_and_is_never_ours_and_a_room_by_its_title() {
    let mut book = book();
    book.take_conversation(direct('d', "\u{1b}Dora"));
    book.take_contact(contact('b', "You"));
    let texts = Texts::of(Language::English);
    let title = |place| book.title(place, &texts).map(String::from);
    assert_eq!(title(person('b')).as_deref(), Some("You (a contact)"));
    assert_eq!(title(person('d')).as_deref(), Some("\\u{1b}Dora"));
    assert_eq!(title(room('r')).as_deref(), Some("Team"));
    assert_eq!(title(room('s')), None);
}

#[test]
fn where_a_message_belongs_and_who_is_there_and_types_is_found() {
    let mut book = book();
    assert_eq!(book.place(sample::id('b')), Some(person('b')));
    assert_eq!(book.place(sample::id('r')), Some(room('r')));
    assert_eq!(book.place(sample::id('s')), None);
    let ben = || Author {
        person: sample::id('b'),
        name: "Ben".to_owned(),
    };
    let typist = |conversation| Typist {
        conversation: sample::id(conversation),
        from: ben(),
    };
    book.take_presence(Presence {
        online: vec![ben()],
        typing: vec![typist('b'), typist('r')],
        version: 1,
    });
    assert!(book.is_online(sample::id('b')) && !book.is_online(sample::id('c')));
    book.has_written(sample::id('b'), sample::id('b'));
    assert_eq!(book.typing(sample::id('b')).count(), 0);
    assert_eq!(book.typing(sample::id('r')).collect::<Vec<_>>(), [&ben()]);
}

#[test]
fn what_was_read_here_is_unread_no_longer() {
    let mut book = book();
    book.take_conversation(Conversation {
        unread: 3,
        ..sample::room('r', "Team")
    });
    book.has_read(room('r'), 2);
    let unread = |book: &Book| book.conversation(room('r')).unwrap().unread;
    assert_eq!(unread(&book), 1);
    book.has_read(room('r'), 2);
    assert_eq!(unread(&book), 0);
}

#[test]
fn the_order_is_that_of_what_is_known_now() {
    let mut book = book();
    let written = |letter, latest_at| Conversation {
        latest_at: Some(latest_at),
        ..sample::room(letter, "Team")
    };
    assert_eq!(book.by_latest(), [person('b'), room('r')], "by name");
    book.take_conversation(written('r', 1));
    assert_eq!(book.by_latest(), [room('r'), person('b')]);
    book.take_conversations(vec![
        written('s', 2),
        Conversation {
            standing: Standing::Invited,
            ..sample::room('q', "Zoo")
        },
    ]);
    let rooms = [room('q'), room('s'), room('r')];
    assert_eq!(book.by_latest()[..3], rooms);
    book.take_contact(contact('c', "Anna"));
    assert_eq!(book.by_latest()[3..], [person('c'), person('b')]);
}

#[test]
fn the_order_is_made_once_however_often_it_is_drawn_and_what_does_not_change_it_is_told() {
    let mut book = book();
    let made = book.by_latest().as_ptr();
    book.take_presence(Presence {
        online: Vec::new(),
        typing: Vec::new(),
        version: 1,
    });
    book.has_read(person('b'), 1);
    book.take_conversations(vec![direct('b', "Ben"), sample::room('r', "Team")]);
    book.take_contacts(vec![contact('b', "Ben")]);
    assert_eq!(book.by_latest().as_ptr(), made);
}
