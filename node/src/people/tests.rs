use tidings_protocol::record::{MemberRecord, RoomStanding};
use tidings_protocol::room::Role;
use tidings_protocol::time::WallTime;

use super::*;
use crate::api::{ApiError, ErrorKind, Identity, Who};

/// Characters of an id that are enough.
const ENOUGH: usize = 6;

fn contact(number: u8, name: &str, petname: Option<&str>) -> ContactRecord {
    ContactRecord {
        person: PersonId::new([number; 32]),
        name: name.to_owned(),
        petname: petname.map(str::to_owned),
        verified: false,
        alarm: None,
        blocked: false,
        added_at: WallTime::from_millis(0),
        met_by: Tag::new([number; 16]),
    }
}

fn people(contacts: Vec<ContactRecord>) -> People {
    People::new(PersonId::new([0; 32]), contacts, &[], Vec::new())
}

/// The number of the contact that `who` means, or why there is none.
fn find(people: &People, who: &str) -> Result<u8, ErrorKind> {
    let found = people.contact(&Who(who.to_owned()));
    found
        .map(|person| person.record.person.as_bytes()[0])
        .map_err(|error| error.kind)
}

fn id(number: u8) -> String {
    PersonId::new([number; 32]).to_string()
}

fn conversation(number: u8) -> String {
    let own = PersonId::new([0; 32]);
    ConversationId::direct(own, PersonId::new([number; 32])).to_string()
}

#[test]
fn a_contact_that_calls_itself_by_anothers_id_gets_none_of_its_messages() {
    for whole in [id(1), conversation(1)] {
        let people = people(vec![contact(2, &whole, None), contact(1, "Ben", None)]);
        assert_eq!(find(&people, &whole), Ok(1));
        assert_eq!(find(&people, &whole.to_uppercase()), Ok(1));
    }
    let start = &id(1)[..ENOUGH];
    let people = people(vec![contact(2, start, None), contact(1, "Ben", None)]);
    assert_eq!(find(&people, start), Err(ErrorKind::Ambiguous));
}

#[test]
fn a_start_of_an_id_that_is_too_short_says_how_much_it_takes() {
    let people = people(vec![contact(1, "Ben", None)]);
    let told = |who: &str| {
        let missing = people.place(&Who(who.to_owned())).unwrap_err();
        assert_eq!(missing.kind, ErrorKind::NotFound);
        missing.message.contains("6 characters or more")
    };
    for whole in [id(1), conversation(1)] {
        assert!(told(&whole[..ENOUGH - 1].to_uppercase()));
        assert!(people.place(&Who(whole[..ENOUGH].to_owned())).is_ok());
    }
    assert!(!told("Carla") && !told(""));
}

#[test]
fn a_petname_wins_over_what_another_calls_itself() {
    let people = people(vec![
        contact(1, "Benjamin", Some("Ben")),
        contact(2, "ben", None),
    ]);
    assert_eq!(find(&people, "BEN"), Ok(1));
    assert_eq!(find(&people, &id(2)), Ok(2));
}

#[test]
fn a_petname_wins_over_the_start_of_an_id_but_not_over_a_whole_one() {
    let start = id(1)[..ENOUGH].to_owned();
    let people = people(vec![
        contact(1, "Ben", None),
        contact(2, "Carla", Some(&start)),
        contact(3, "Dora", Some(&id(1))),
    ]);
    assert_eq!(find(&people, &start), Ok(2));
    assert_eq!(find(&people, &id(1)), Ok(1));
}

#[test]
fn a_contact_with_a_petname_is_not_found_by_the_name_it_gives_itself() {
    let people = people(vec![
        contact(1, "Ann", Some("Ben")),
        contact(2, "Ann", None),
    ]);
    assert_eq!(find(&people, "Ann"), Ok(2));
    let alone = vec![contact(1, "Ann", Some("Ben"))];
    let people = People::new(PersonId::new([0; 32]), alone, &[], Vec::new());
    assert_eq!(find(&people, "Ann"), Err(ErrorKind::NotFound));
}

#[test]
fn a_name_or_petname_of_two_is_ambiguous_and_both_are_told() {
    let both = people(vec![contact(1, "Ben", None), contact(2, "Ben", None)]);
    let error = both.contact(&Who("ben".to_owned())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert_eq!(error.candidates.len(), 2);
    let petnames = people(vec![
        contact(1, "x", Some("Ben")),
        contact(2, "y", Some("Ben")),
    ]);
    assert_eq!(find(&petnames, "Ben"), Err(ErrorKind::Ambiguous));
}

#[test]
fn an_id_is_found_by_its_start_from_six_characters_on() {
    let people = people(vec![contact(1, "Ben", None)]);
    assert_eq!(find(&people, &id(1)[..ENOUGH]), Ok(1));
    assert_eq!(
        find(&people, &id(1)[..ENOUGH - 1]),
        Err(ErrorKind::NotFound)
    );
    assert_eq!(find(&people, &conversation(1)[..ENOUGH]), Ok(1));
}

fn own() -> Identity {
    Identity {
        person: PersonId::new([0; 32]),
        device: DeviceId::new([0; 32]),
        name: "Zoe".to_owned(),
        safety_words: Vec::new(),
    }
}

fn room_id(number: u8) -> ConversationId {
    ConversationId::new([number; 32])
}

fn room(number: u8, title: &str, members: &[(u8, &str)]) -> RoomRecord {
    let members = members.iter().map(|(number, name)| MemberRecord {
        person: PersonId::new([*number; 32]),
        role: Role::Member,
        name: (*name).to_owned(),
    });
    RoomRecord {
        conversation: room_id(number),
        standing: RoomStanding::Joined,
        title: title.to_owned(),
        disappears_after: None,
        invited_by: None,
        members: members.collect(),
        needs_newer_version: false,
    }
}

fn known(contacts: Vec<ContactRecord>, rooms: Vec<RoomRecord>) -> People {
    People::new(PersonId::new([0; 32]), contacts, &[], rooms)
}

/// The conversation that `who` means, or why there is none.
fn place(people: &People, who: &str) -> Result<ConversationId, ErrorKind> {
    let found = people.place(&Who(who.to_owned()));
    found
        .map(|place| place.conversation())
        .map_err(|error| error.kind)
}

/// The number of the member that `who` means, or why there is none.
fn member(people: &People, room: u8, who: &str) -> Result<u8, ErrorKind> {
    let room = people
        .rooms()
        .iter()
        .find(|one| one.conversation == room_id(room));
    let found = people.member(room.unwrap(), &Who(who.to_owned()), &own());
    found
        .map(|person| person.as_bytes()[0])
        .map_err(|error| error.kind)
}

#[test]
fn a_room_is_found_by_its_title_in_any_case_and_by_the_start_of_its_id() {
    let people = known(Vec::new(), vec![room(9, "Caf\u{e9} Crew", &[])]);
    for title in ["Caf\u{e9} Crew", " CAFE\u{301} crew "] {
        assert_eq!(place(&people, title), Ok(room_id(9)));
    }
    let id = room_id(9).to_string();
    assert_eq!(place(&people, &id), Ok(room_id(9)));
    assert_eq!(place(&people, &id[..ENOUGH]), Ok(room_id(9)));
    assert_eq!(place(&people, &id[..ENOUGH - 1]), Err(ErrorKind::NotFound));
    assert_eq!(place(&people, "Cafe Crew"), Err(ErrorKind::NotFound));
}

#[test]
fn a_contact_and_a_room_of_one_name_are_ambiguous_and_both_are_told() {
    for petname in [None, Some("Team")] {
        let people = known(
            vec![contact(1, "team", petname)],
            vec![room(9, "Team", &[])],
        );
        let error = people.place(&"TEAM".into()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Ambiguous);
        let told = error.candidates.join(" ");
        assert!(told.contains(&id(1)) && told.contains(&room_id(9).to_string()));
        assert_eq!(find(&people, "Team"), Ok(1), "only a contact is meant");
    }
}

#[test]
fn a_room_without_a_title_is_called_by_as_many_of_the_others_in_it_as_may_be() {
    let title = |blocked: u8, members: &[(u8, &str)]| {
        let contact = ContactRecord {
            blocked: true,
            ..contact(blocked, "Ben", None)
        };
        let people = known(vec![contact], vec![room(9, "", members)]);
        people.rooms()[0].title.clone()
    };
    let own = (0, "Ann");
    assert_eq!(title(1, &[own, (1, "Ben")]), "Ben");
    let most = [own, (1, "Ben"), (2, "Carla"), (3, ""), (4, "Dan")];
    assert_eq!(title(1, &most), "Carla, Dan, Ben");
    assert_eq!(NAMESAKES_MAX, 3);
    let more = [&most[..], &[(5, "Eva")]].concat();
    assert_eq!(title(1, &more), "Carla, Dan, Eva, \u{2026}");
    let id = room_id(9).to_string();
    assert_eq!(title(1, &[own, (3, "")]), id[..8]);
}

#[test]
fn no_room_into_which_others_let_us_takes_a_contacts_name() {
    let theirs = RoomRecord {
        invited_by: Some(PersonId::new([2; 32])),
        ..room(8, "Ben", &[])
    };
    let with_ben = ConversationId::direct(PersonId::new([0; 32]), PersonId::new([1; 32]));
    let id = room_id(8).to_string();
    for ben in [contact(1, "ben", None), contact(1, "Benjamin", Some("Ben"))] {
        let people = known(vec![ben.clone()], vec![theirs.clone()]);
        assert_eq!(place(&people, "Ben"), Ok(with_ben));
        assert_eq!(place(&people, &id), Ok(room_id(8)));
        assert_eq!(place(&people, &id[..ENOUGH]), Ok(room_id(8)));
        let people = known(vec![ben], vec![theirs.clone(), room(9, "Ben", &[])]);
        assert_eq!(place(&people, "Ben"), Err(ErrorKind::Ambiguous), "of ours");
    }
    let people = known(Vec::new(), vec![theirs.clone(), room(9, "Ben", &[])]);
    assert_eq!(
        place(&people, "Ben"),
        Err(ErrorKind::Ambiguous),
        "two rooms"
    );
    let twice = vec![contact(1, "Ben", None), contact(2, "Ben", None)];
    let people = known(twice, vec![theirs]);
    assert_eq!(people.place(&"Ben".into()).unwrap_err().candidates.len(), 2);
}

#[test]
fn where_only_a_room_can_be_meant_no_contact_of_its_title_is_in_the_way() {
    let theirs = |number| RoomRecord {
        invited_by: Some(PersonId::new([2; 32])),
        ..room(number, "Ben", &[])
    };
    let waiting = RoomRecord {
        standing: RoomStanding::Invited,
        ..theirs(9)
    };
    let ben = || vec![contact(1, "Ben", None)];
    for room in [theirs(9), waiting.clone()] {
        let people = known(ben(), vec![room]);
        let found = people.room(&"ben".into()).unwrap();
        assert_eq!(found.conversation, room_id(9));
    }
    let people = known(ben(), vec![theirs(8), theirs(9)]);
    let error = people.room(&"Ben".into()).unwrap_err();
    assert_eq!(
        (error.kind, error.candidates.len()),
        (ErrorKind::Ambiguous, 2)
    );
}

#[test]
fn a_room_that_calls_itself_by_the_id_of_another_gets_none_of_its_messages() {
    let whole = room_id(9).to_string();
    let rooms = vec![room(8, &whole, &[]), room(9, "Team", &[])];
    let people = known(vec![contact(1, "Ben", None)], rooms);
    assert_eq!(place(&people, &whole), Ok(room_id(9)));
    let people = known(vec![contact(1, "Ben", None)], vec![room(8, &id(1), &[])]);
    let with_ben = ConversationId::direct(PersonId::new([0; 32]), PersonId::new([1; 32]));
    assert_eq!(place(&people, &id(1)), Ok(with_ben));
}

#[test]
fn a_room_that_we_are_not_in_is_meant_only_where_nothing_else_is() {
    for standing in [
        RoomStanding::Invited,
        RoomStanding::Left,
        RoomStanding::Removed,
    ] {
        let gone = RoomRecord {
            standing,
            ..room(8, "Team", &[])
        };
        let people = known(Vec::new(), vec![gone.clone()]);
        assert_eq!(place(&people, "team"), Ok(room_id(8)));
        let people = known(Vec::new(), vec![gone.clone(), room(9, "Team", &[])]);
        assert_eq!(place(&people, "team"), Ok(room_id(9)));
        let people = known(vec![contact(1, "Team", None)], vec![gone]);
        assert_ne!(place(&people, "team"), Ok(room_id(8)));
    }
}

#[test]
fn what_only_a_room_has_is_refused_for_a_contact_and_the_other_way_round() {
    let people = known(vec![contact(1, "Ben", None)], vec![room(9, "Team", &[])]);
    let refused = people.room(&"Ben".into()).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Invalid);
    let refused = people.contact(&"Team".into()).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotFound);
    assert!(refused.message.contains("is a room"), "{refused}");
}

#[test]
fn a_member_is_found_by_the_name_under_which_they_are_shown() {
    let members = [(0, "Zoe"), (1, "Benjamin"), (2, "Carla"), (3, "")];
    let rooms = vec![room(9, "Team", &members), room(8, "Other", &[(4, "Dora")])];
    let contacts = vec![contact(1, "Benjamin", Some("Ben")), contact(5, "Eve", None)];
    let people = known(contacts, rooms);
    assert_eq!(member(&people, 9, "ben"), Ok(1));
    assert_eq!(member(&people, 9, "Benjamin"), Err(ErrorKind::NotFound));
    assert_eq!(member(&people, 9, "carla"), Ok(2));
    assert_eq!(member(&people, 9, "Zoe"), Ok(0), "ourselves");
    assert_eq!(member(&people, 9, &id(3)[..ENOUGH]), Ok(3));
    // Whose name is not known has none that could be typed.
    for nobody in ["Dora", "Eve", ""] {
        assert_eq!(member(&people, 9, nobody), Err(ErrorKind::NotFound));
    }
}

#[test]
fn a_co_member_has_the_name_they_give_themselves_until_they_are_a_contact() {
    let rooms = || vec![room(9, "Team", &[(1, "Benjamin"), (2, "Carla")])];
    let people = known(vec![contact(1, "Benjamin", Some("Ben"))], rooms());
    assert_eq!(people.name(&PersonId::new([1; 32])), Some("Ben"));
    assert_eq!(people.name(&PersonId::new([2; 32])), Some("Carla"));
    assert_eq!(people.name(&PersonId::new([3; 32])), None);
    let author =
        |who: &str| -> Result<u8, ApiError> { Ok(people.author(&who.into())?.as_bytes()[0]) };
    assert_eq!(author("carla"), Ok(2));
    assert_eq!(author("Ben"), Ok(1));
    assert_eq!(author("Dora").unwrap_err().kind, ErrorKind::NotFound);
    let people = known(vec![contact(1, "Carla", None)], rooms());
    let author = people.author(&"Carla".into()).unwrap();
    assert_eq!(author, PersonId::new([1; 32]), "a contact is meant first");
}

/// The name under which a person is shown.
fn shown(people: &People, number: u8) -> &str {
    people.name(&PersonId::new([number; 32])).unwrap()
}

/// A name with the start of an id.
fn with_id(name: &str, number: u8) -> String {
    format!("{name} ({})", &id(number)[..8])
}

#[test]
fn a_member_called_as_a_contact_is_told_from_them() {
    let members = [
        (0, "Zoe"),
        (1, "Ben"),
        (2, "B\u{c9}N"),
        (3, "mum "),
        (4, "Eve"),
        (5, "zoe"),
        (6, "Be\u{301}n"),
    ];
    let contacts = vec![
        contact(6, "B\u{e9}n", None),
        contact(7, "Xenia", Some("Mum")),
    ];
    let people = known(contacts, vec![room(9, "Team", &members)]);
    assert_eq!(shown(&people, 1), "Ben");
    assert_eq!(shown(&people, 2), with_id("B\u{c9}N", 2));
    assert_eq!(shown(&people, 3), with_id("mum", 3));
    assert_eq!(shown(&people, 4), "Eve");
    assert_eq!(shown(&people, 5), with_id("zoe", 5));
    assert_eq!(shown(&people, 6), "B\u{e9}n");
    assert_eq!(shown(&people, 7), "Mum");
    assert_eq!(member(&people, 9, &with_id("mum", 3)), Ok(3));
    assert_eq!(member(&people, 9, "Zoe"), Err(ErrorKind::Ambiguous));
}

#[test]
fn a_contact_who_takes_a_petname_or_anothers_name_is_told_from_them() {
    let people = people(vec![
        contact(1, "Benjamin", Some("Ben")),
        contact(2, "ben", None),
        contact(3, "Carla", None),
        contact(4, "Carla", None),
    ]);
    assert_eq!(shown(&people, 1), "Ben");
    assert_eq!(shown(&people, 2), with_id("ben", 2));
    assert_eq!(shown(&people, 3), with_id("Carla", 3));
    assert_eq!(shown(&people, 4), with_id("Carla", 4));
    let carla = people.by_id(&PersonId::new([3; 32])).unwrap();
    assert_eq!(carla.contact(&BTreeSet::new()).name, with_id("Carla", 3));
    assert_eq!(find(&people, &with_id("Carla", 3)), Ok(3));
}

#[test]
fn nobody_is_shown_as_another_who_is_told_apart() {
    let false_carla = with_id("Carla", 1);
    let twice_false = with_id(&false_carla, 2);
    let members = [
        (1, "Carla"),
        (2, false_carla.as_str()),
        (3, twice_false.as_str()),
    ];
    let people = known(
        vec![contact(4, "Carla", None)],
        vec![room(9, "Team", &members)],
    );
    assert_eq!(shown(&people, 4), "Carla");
    assert_eq!(shown(&people, 1), false_carla);
    assert_eq!(shown(&people, 2), twice_false);
    assert_eq!(shown(&people, 3), with_id(&twice_false, 3));
}
