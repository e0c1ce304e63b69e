use super::*;
use tidings_node::api::History;

/// A state in which the room Team is open, with those people.
fn in_team(people: &[(char, &str, Role)]) -> State {
    let contacts = vec![contact('b', "Ben"), contact('c', "Cleo")];
    let (mut state, _) = started_in(contacts, vec![team(people)]);
    typed(&mut state, "/chat Team");
    state
}

fn of_team(change: RoomChange) -> Effect {
    Effect::Ask(Ask::Room(sample::id('r'), change))
}

const ANN: (char, &str, Role) = ('z', "Ann", Role::Admin);
const BEN: (char, &str, Role) = ('b', "Ben", Role::Member);

#[test]
fn what_is_muted_or_put_away_is_not_any_more_when_that_is_typed_again() {
    let mut state = in_team(&[ANN]);
    let prefers = |muted, archived, read_receipts| {
        Effect::Ask(Ask::Prefer {
            place: Place::Room(sample::id('r')),
            muted,
            archived,
            read_receipts,
        })
    };
    let mut settle = |muted, archived, read_receipts| {
        let now = Conversation {
            muted,
            archived,
            read_receipts,
            ..team(&[ANN])
        };
        let said = shown(&update(&mut state, Told::Conversation(Box::new(now))));
        let (mute, archive) = (typed(&mut state, "/mute"), typed(&mut state, "/archive"));
        assert_eq!(mute, [prefers(Some(!muted), None, None)]);
        assert_eq!(archive, [prefers(None, Some(!archived), None)]);
        let receipts = typed(&mut state, "/receipts");
        assert_eq!(receipts, [prefers(None, None, Some(!read_receipts))]);
        (said, shown(&typed(&mut state, "/contacts")))
    };
    assert_eq!(settle(false, false, true).0, "");
    let (said, list) = settle(true, false, true);
    assert!(said.starts_with("Team is muted"), "{said}");
    assert!(list.contains("open, room, muted"), "{list}");
    let (said, list) = settle(false, true, true);
    assert!(said.contains("not muted any more") && said.contains("put away until"));
    assert!(list.contains("open, room, put away"), "{list}");
    assert_eq!(
        settle(false, false, true).0,
        "Team is not put away any more."
    );
    let nobody = "Nobody learns any more what you read in Team, nor that you type.";
    assert_eq!(settle(false, false, false).0, nobody);
    let others = "What you read in Team is told, and that you type.";
    assert_eq!(settle(false, false, true).0, others);
}

#[test]
fn what_is_open_is_renamed_whether_it_is_a_room_or_a_contact() {
    let mut state = in_team(&[ANN]);
    let renames = of_team(RoomChange::Rename("The Crew".to_owned()));
    assert_eq!(typed(&mut state, "/rename The Crew"), [renames]);
    assert!(shown(&typed(&mut state, "/rename")).contains("/rename TITLE"));
    let now = sample::room('r', "The Crew");
    let said = shown(&update(&mut state, Told::Conversation(Box::new(now))));
    assert_eq!(said, "The room Team is called The Crew now.");
    typed(&mut state, "/chat Ben");
    let renames = Effect::Ask(Ask::Rename {
        person: sample::id('b'),
        name: "Benny".to_owned(),
    });
    assert_eq!(typed(&mut state, "/rename Benny"), [renames]);
    let said = shown(&update(&mut state, Told::Contact(contact('b', "Benny"))));
    assert_eq!(said, "Ben is called Benny now.");
    assert_eq!(state.prompt(), "to Benny: ");
}

#[test]
fn what_disappears_does_after_a_time_with_its_unit() {
    let mut state = in_team(&[ANN]);
    let lives = |seconds| {
        Effect::Ask(Ask::SetLifetime {
            place: Place::Room(sample::id('r')),
            seconds,
        })
    };
    assert_eq!(typed(&mut state, "/lifetime 1d"), [lives(Some(86_400))]);
    assert_eq!(typed(&mut state, "/lifetime off"), [lives(None)]);
    for unclear in ["/lifetime", "/lifetime 5", "/lifetime soon"] {
        assert!(shown(&typed(&mut state, unclear)).contains("1d, 8h or 30m"));
    }
    let now = Conversation {
        disappears_after: Some(86_400),
        ..team(&[ANN])
    };
    let said = shown(&update(&mut state, Told::Conversation(Box::new(now))));
    assert!(said.contains("in Team from now on disappears"), "{said}");
}

#[test]
fn a_contact_is_blocked_and_let_write_again_only_after_a_clear_yes() {
    let mut state = in_team(&[ANN]);
    assert!(shown(&typed(&mut state, "/block")).contains("contacts can be blocked"));
    typed(&mut state, "/chat Ben");
    let blocks = |blocked| {
        Effect::Ask(Ask::Block {
            person: sample::id('b'),
            blocked,
        })
    };
    typed(&mut state, "/block");
    assert_eq!(
        state.prompt(),
        "Block Ben? Nothing more is taken from them. [y/n] "
    );
    assert_eq!(shown(&typed(&mut state, "n")), "Nothing has changed.");
    typed(&mut state, "/block");
    assert_eq!(typed(&mut state, "yes"), [blocks(true)]);
    let blocked = Contact {
        state: ContactState::Blocked,
        ..contact('b', "Ben")
    };
    let said = shown(&update(&mut state, Told::Contact(blocked)));
    assert_eq!(said, "Ben is blocked.");
    typed(&mut state, "/block");
    assert_eq!(state.prompt(), "Let Ben write to you again? [y/n] ");
    assert_eq!(typed(&mut state, "y"), [blocks(false)]);
    let said = shown(&update(&mut state, Told::Contact(contact('b', "Ben"))));
    assert_eq!(said, "Ben is not blocked any more.");
}

#[test]
fn a_room_that_is_made_is_opened_and_contacts_are_let_in() {
    let (mut state, _) = started_with(vec![contact('b', "Ben"), contact('c', "Cleo")]);
    let creates = Effect::Ask(Ask::CreateRoom {
        title: "Team".to_owned(),
        with: Vec::new(),
    });
    assert_eq!(typed(&mut state, "/create Team"), [creates]);
    assert!(shown(&typed(&mut state, "/create")).contains("/create TITLE"));
    assert!(shown(&typed(&mut state, "/add Ben")).contains("Open the room first"));
    let told = update(&mut state, Told::Created(Box::new(team(&[ANN, BEN]))));
    assert_eq!(state.open, Some(Place::Room(sample::id('r'))));
    assert!(shown(&told).contains("/add CONTACT lets somebody in"));
    for (line, history) in [("/add cleo", History::All), ("/add-new 2", History::New)] {
        let invites = of_team(RoomChange::Invite {
            member: sample::id('c'),
            history,
        });
        let effects = typed(&mut state, line);
        assert!(shown(&effects).starts_with("Letting Cleo into the room Team"));
        assert_eq!(effects.last(), Some(&invites));
    }
    assert!(shown(&typed(&mut state, "/add Ben")).contains("in the room Team already"));
    assert!(shown(&typed(&mut state, "/add Team")).contains("That is a room"));
    assert!(shown(&typed(&mut state, "/add Zoe")).contains("called Zoe"));
    assert!(shown(&typed(&mut state, "/add")).contains("Whom?"));
}

#[test]
fn a_member_rises_falls_or_goes_only_after_a_clear_yes() {
    let mut state = in_team(&[ANN, BEN]);
    let roles = |role| {
        of_team(RoomChange::SetRole {
            member: sample::id('b'),
            role,
        })
    };
    typed(&mut state, "/role be");
    assert_eq!(state.prompt(), "Make Ben an admin of Team? [y/n] ");
    assert_eq!(shown(&typed(&mut state, "n")), "Nothing has changed.");
    typed(&mut state, "/role 1");
    assert_eq!(typed(&mut state, "y"), [roles(Role::Admin)]);
    let risen = team(&[ANN, ('b', "Ben", Role::Admin)]);
    let said = shown(&update(&mut state, Told::Conversation(Box::new(risen))));
    assert_eq!(said, "Ben is an admin of the room Team now.");
    typed(&mut state, "/role Ben");
    assert_eq!(
        state.prompt(),
        "Make Ben no longer an admin of Team? [y/n] "
    );
    assert_eq!(typed(&mut state, "y"), [roles(Role::Member)]);
    typed(&mut state, "/remove Ben");
    assert_eq!(state.prompt(), "Take Ben out of Team? [y/n] ");
    let removes = of_team(RoomChange::Remove(sample::id('b')));
    assert_eq!(typed(&mut state, "y"), [removes]);
    assert!(shown(&typed(&mut state, "/remove Ann")).contains("/leave"));
    assert!(shown(&typed(&mut state, "/remove Zoe")).contains("nobody in the room Team"));
    assert!(shown(&typed(&mut state, "/role")).contains("1  Ben"));
    let mut state = in_team(&[ANN, BEN, ('d', "Ben", Role::Member)]);
    let said = shown(&typed(&mut state, "/remove Ben"));
    assert!(
        said.contains("Take the number") && said.contains("2  Ben"),
        "{said}"
    );
    typed(&mut state, "/remove 2");
    let removes = of_team(RoomChange::Remove(sample::id('d')));
    assert_eq!(typed(&mut state, "y"), [removes]);
}

#[test]
fn what_was_done_in_a_room_stands_between_its_messages_and_of_much_the_last_alone() {
    let told = |count: usize| {
        let mut state = in_team(&[ANN]);
        let left = (0..count).map(|number| sample::left(&format!("Person {number}")).into());
        let items = [from('r', "hello").into()].into_iter().chain(left);
        let page = Told::Page {
            ticket: crate::chat::Ticket::default(),
            place: Place::Room(sample::id('r')),
            anchor: crate::chat::Anchor::NewestMessages,
            items: items.chain([from('r', "bye").into()]).collect(),
            gaps: Vec::new(),
        };
        let said = shown(&update(&mut state, page));
        said.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told(1), ["hello", "Person 0 left", "bye"]);
    let most = crate::chat::DONE_IN_A_ROW_MAX;
    assert_eq!(told(most).len(), most + 2);
    let more = told(most + 1);
    assert_eq!(
        more[..3],
        ["hello", "earlier changes are left out", "Person 1 left"]
    );
    assert_eq!(more.len(), most + 3);
}
