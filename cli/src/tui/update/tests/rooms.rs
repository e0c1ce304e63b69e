//! Contacts, rooms and single messages in front.

use tidings_node::api::{
    Carrier, Changed, ContactAlarm, Delivery, Gap, History, Presence, Standing, Typist,
};

use super::*;
use crate::chat::RoomChange;
use crate::tui::composer::Target;
use crate::tui::state::{Beyond, Window};

/// A room with Ben in it, opened.
fn in_room() -> State {
    let mut state = state();
    let member = |letter, name: &str, role| Member {
        person: sample::id(letter),
        name: name.to_owned(),
        role,
        mentioned_as: None,
    };
    let mut room = sample::room('r', "Team");
    room.members = vec![
        member('a', "Ann", Role::Admin),
        member('b', "Ben", Role::Member),
        member('x', "Xenia", Role::Member),
    ];
    state.book.take_conversation(room);
    pane::open(&mut state, Place::Room(sample::id('r')));
    state
}

fn room_asks(effects: Vec<Effect>) -> Vec<RoomChange> {
    let mut changes = Vec::new();
    for ask in asks(effects) {
        if let Ask::Room(_, change) = ask {
            changes.push(change);
        }
    }
    changes
}

#[test]
fn a_room_is_made_with_those_who_are_picked() {
    let mut state = state();
    action::act(&mut state, Action::CreateRoom);
    write(&mut state, "Walk");
    assert_eq!(asks(press(&mut state, "enter")), []);
    assert!(
        shows(&state, "Walk") && shows(&state, "[ ]"),
        "{:#?}",
        screen(&state)
    );
    write(&mut state, "car");
    press(&mut state, "tab");
    assert!(shows(&state, "[x]"));
    let made = Ask::CreateRoom {
        title: "Walk".to_owned(),
        with: vec![sample::id('c')],
    };
    assert_eq!(asks(press(&mut state, "enter")), [made]);
}

/// Where it is asked who is in a new room.
fn asked_who() -> State {
    let mut state = state();
    action::act(&mut state, Action::CreateRoom);
    write(&mut state, "Walk");
    press(&mut state, "enter");
    state
}

#[test]
fn where_nobody_is_picked_whoever_is_chosen_is_in_the_new_room_and_nobody_if_that_is_chosen() {
    let made = |with| {
        let title = "Walk".to_owned();
        [Ask::CreateRoom { title, with }]
    };
    let mut state = asked_who();
    assert_eq!(
        asks(press(&mut state, "down enter")),
        made(vec![sample::id('c')])
    );
    let mut state = asked_who();
    assert!(shows(&state, "Nobody for now"), "{:#?}", screen(&state));
    press(&mut state, "tab");
    assert!(!shows(&state, "Nobody for now"), "somebody is picked");
    press(&mut state, "tab");
    assert_eq!(asks(press(&mut state, "end enter")), made(Vec::new()));
}

#[test]
fn a_name_that_nobody_has_makes_no_room() {
    let mut state = asked_who();
    write(&mut state, "zoe");
    assert_eq!(asks(press(&mut state, "enter")), []);
    assert!(shows(&state, "You have no contact of that name."));
    press(&mut state, "ctrl-u");
    let made = asks(press(&mut state, "enter"));
    assert!(matches!(&made[0], Ask::CreateRoom { with, .. } if *with == [sample::id('b')]));
}

#[test]
fn a_room_that_nobody_else_is_in_says_how_somebody_is_let_in() {
    let mut state = in_room();
    state.open.as_mut().unwrap().is_loaded = true;
    assert!(shows(&state, "Nothing has been written here yet."));
    let said = "Nobody else is in this room. ctrl-k";
    assert!(!shows(&state, said));
    change_conversation(&mut state, 2, |room| room.members.truncate(1));
    assert!(shows(&state, said), "{:#?}", screen(&state));
    let done = vec![sample::left("Cho").into()];
    state.open.as_mut().unwrap().window = Window::of(done, Beyond::More, Beyond::Nothing);
    assert!(
        shows(&state, "Cho left") && !shows(&state, said),
        "what was written lies further up"
    );
    state.open.as_mut().unwrap().window = Window::default();
    let room = state.book.conversations()[2].clone();
    forget_all(&mut state);
    state.book.take_conversation(room);
    assert!(
        shows(&state, "For a friend to reach you"),
        "{:#?}",
        screen(&state)
    );
}

/// A room that was asked for, and the answer.
fn room_made() -> (State, Event) {
    let mut state = opened(Vec::new());
    action::act(&mut state, Action::CreateRoom);
    write(&mut state, "Walk");
    assert_eq!(asks(press(&mut state, "enter enter")).len(), 1);
    let room = Box::new(sample::room('r', "Walk"));
    (state, Event::Told(Told::Created(room)))
}

#[test]
fn a_new_room_is_opened_for_whoever_waits_for_it_and_for_nobody_who_has_gone_on() {
    let room = Place::Room(sample::id('r'));
    let (mut state, made) = room_made();
    update(&mut state, at_time(NOON));
    update(&mut state, made);
    assert_eq!(state.open.as_ref().unwrap().place, room);

    let (mut state, made) = room_made();
    write(&mut state, "dear Ben, I");
    update(&mut state, made);
    write(&mut state, " love you");
    assert!(shows(&state, "Walk is there now"), "{:#?}", screen(&state));
    let sent = asks(press(&mut state, "enter"));
    assert!(
        matches!(&sent[0], Ask::Send { place: to, text, .. }
            if *to == place() && text == "dear Ben, I love you"),
        "{sent:?}"
    );
}

#[test]
fn the_key_that_was_meant_for_a_code_sends_nothing_once_the_code_is_used() {
    let mut state = opened(Vec::new());
    write(&mut state, "half a mess");
    action::act(&mut state, Action::Invite);
    let invite = Invite {
        code: "A2".repeat(77),
        expires_at: NOON,
    };
    update(&mut state, Event::Told(Told::Invited(invite)));
    let used = Told::Used(Some(contact('d', "Dora")));
    update(&mut state, Event::Told(used));
    assert!(shows(&state, "Dora used the code"), "{:#?}", screen(&state));
    assert_eq!(asks(press(&mut state, "x enter")), []);
    assert!(state.popup.is_none());
    assert_eq!(state.open.as_ref().unwrap().place, place());
}

#[test]
fn whoever_has_no_conversation_open_goes_on_to_whoever_used_the_code() {
    for key in ["enter", "esc"] {
        let mut state = state();
        action::act(&mut state, Action::Invite);
        let used = Told::Used(Some(contact('d', "Dora")));
        update(&mut state, Event::Told(used));
        press(&mut state, key);
        let dora = Place::Person(sample::id('d'));
        assert_eq!(state.open_place(), Some(dora), "{key}");
        assert_eq!(state.focus, Focus::Composer);
    }
}

#[test]
fn how_long_messages_stay_is_changed_by_nobody_who_only_looks() {
    for (now, words) in [
        (None, ""),
        (Some(86_400 * 7), "7d"),
        (Some(5_400), "90m"),
        (Some(61), "61s"),
    ] {
        let mut state = opened(Vec::new());
        change_conversation(&mut state, 0, |one| one.disappears_after = now);
        action::act(&mut state, Action::Lifetime);
        assert!(
            shows(&state, &format!("> {words}")),
            "{:#?}",
            screen(&state)
        );
        assert_eq!(asks(press(&mut state, "enter")), []);
        action::act(&mut state, Action::Lifetime);
        assert_eq!(asks(press(&mut state, "ctrl-u enter")), []);
        assert!(state.popup.is_none());
        action::act(&mut state, Action::Lifetime);
        press(&mut state, "ctrl-u");
        write(&mut state, "off");
        let set = Ask::SetLifetime {
            place: place(),
            seconds: None,
        };
        let asked = asks(press(&mut state, "enter"));
        assert_eq!(asked, Vec::from_iter(now.map(|_| set)));
    }
}

#[test]
fn whoever_is_picked_twice_is_picked_no_longer() {
    let mut state = state();
    action::act(&mut state, Action::CreateRoom);
    write(&mut state, "Walk");
    press(&mut state, "enter tab tab");
    assert!(!shows(&state, "[x]"));
}

#[test]
fn a_letter_chooses_the_first_whom_it_finds_and_who_is_not_picked() {
    let mut state = state();
    action::act(&mut state, Action::CreateRoom);
    write(&mut state, "Walk");
    press(&mut state, "enter tab");
    write(&mut state, "car");
    press(&mut state, "tab");
    let made = Ask::CreateRoom {
        title: "Walk".to_owned(),
        with: vec![sample::id('b'), sample::id('c')],
    };
    assert_eq!(asks(press(&mut state, "enter")), [made]);
}

#[test]
fn whoever_is_chosen_stays_so_while_the_node_says_others() {
    let mut state = in_room();
    press(&mut state, "f6 down");
    let mut now = state.book.conversations().to_vec();
    let room = now
        .iter_mut()
        .find(|one| one.kind == ConversationKind::Room)
        .unwrap();
    room.members.reverse();
    room.members.rotate_left(1);
    let mut without = now.clone();
    update(&mut state, Event::Told(Told::Conversations(now)));
    let role = RoomChange::SetRole {
        member: sample::id('b'),
        role: Role::Admin,
    };
    let mut asked = state.clone();
    press(&mut asked, "ctrl-r");
    let answered = asked.clock.passed() + NOON + popup::DEAF_MILLIS;
    update(&mut asked, at_time(answered));
    assert_eq!(room_asks(press(&mut asked, "y")), [role]);
    for room in &mut without {
        room.members
            .retain(|member| member.person != sample::id('b'));
    }
    update(&mut state, Event::Told(Told::Conversations(without)));
    press(&mut state, "ctrl-r f8");
    let is_asked = matches!(state.popup, Some(Popup::Confirm { .. }));
    assert!(!is_asked, "nobody else is meant");
}

#[test]
fn a_contact_is_taken_into_a_room_with_as_much_of_what_was_written_as_is_wanted() {
    for (action, history) in [
        (Action::InviteMember, History::All),
        (Action::InviteMemberNew, History::New),
    ] {
        let mut state = in_room();
        action::act(&mut state, action);
        assert!(!shows(&state, "[ ] Ben"), "who is in it is not asked for");
        let invite = RoomChange::Invite {
            member: sample::id('c'),
            history,
        };
        assert_eq!(room_asks(press(&mut state, "enter")), [invite]);
    }
}

#[test]
fn a_member_is_taken_out_only_by_the_letter_that_says_so() {
    let mut state = in_room();
    press(&mut state, "f6 down f8");
    assert!(
        shows(&state, "Take Ben out of Team?"),
        "{:#?}",
        screen(&state)
    );
    assert_eq!(asks(press(&mut state, "enter n")), []);
    press(&mut state, "f6 down f8");
    let removed = RoomChange::Remove(sample::id('b'));
    update(&mut state, at_time(NOON + popup::DEAF_MILLIS));
    assert_eq!(room_asks(press(&mut state, "y")), [removed]);
}

#[test]
fn a_member_is_made_an_admin_or_compared_with_and_one_who_is_no_contact_is_said_to_be_none() {
    let mut state = in_room();
    press(&mut state, "f6");
    assert!(shows(&state, "no contact of yours"));
    let role = RoomChange::SetRole {
        member: sample::id('b'),
        role: Role::Admin,
    };
    assert_eq!(
        asks(press(&mut state, "f8")),
        [],
        "nobody takes themselves out"
    );
    assert!(!shows(&state, "Take "));
    assert_eq!(room_asks(press(&mut state, "down ctrl-r enter")), []);
    assert!(shows(&state, "Make Ben an admin of Team?"));
    let is_asked = state.clock.passed() + NOON + popup::DEAF_MILLIS;
    update(&mut state, at_time(is_asked));
    assert_eq!(room_asks(press(&mut state, "y")), [role]);
    press(&mut state, "f6 f6");
    assert_eq!(state.popup, None, "the key that opened it closes it");
    assert_eq!(
        asks(press(&mut state, "f6 down down f5")),
        [],
        "Xenia is no contact"
    );
    let words = asks(press(&mut state, "up f5"));
    assert_eq!(words, [Ask::SafetyWords(sample::id('b'))]);
}

#[test]
fn contacts_are_shown_with_how_it_stands_with_them() {
    let mut state = state();
    let mut held_off = contact('b', "Ben");
    held_off.state = ContactState::Suspended;
    held_off.alarm = Some(ContactAlarm::Contradiction);
    let mut blocked = contact('c', "Carla");
    blocked.state = ContactState::Blocked;
    let pending = Contact {
        person: None,
        asked_at: Some(NOON),
        state: ContactState::Pending,
        ..contact('d', "")
    };
    state.book.take_contacts(vec![held_off, blocked, pending]);
    press(&mut state, "f4");
    for words in ["contradict: held off", "blocked", "no answer since"] {
        assert!(shows(&state, words), "{words}: {:#?}", screen(&state));
    }
    // Whoever has not answered is nobody to be dealt with, and passed over.
    assert_eq!(asks(press(&mut state, "down f12")), []);
    assert!(shows(&state, "Let Carla write to you again?"));
}

#[test]
fn an_invitation_is_explained_and_taken_or_turned_down_by_a_key() {
    let mut state = in_room();
    change_conversation(&mut state, 2, |room| {
        room.standing = Standing::Invited;
        room.invited_by = Some(Author {
            person: sample::id('b'),
            name: "Ben".to_owned(),
        });
    });
    assert!(
        shows(&state, "Ben invites you into Team"),
        "{:#?}",
        screen(&state)
    );
    assert_eq!(room_asks(press(&mut state, "f8")), [RoomChange::Accept]);
    press(&mut state, "f9");
    update(&mut state, at_time(NOON + popup::DEAF_MILLIS));
    assert_eq!(room_asks(press(&mut state, "y")), [RoomChange::Leave]);
}

#[test]
fn an_own_message_is_shown_with_everybody_it_goes_to() {
    let mut state = opened(vec![own(1, MessageState::Carried)]);
    let asked = asks(press(&mut state, "tab enter"));
    let id = message(1).id;
    assert_eq!(asked, [Ask::Deliveries(id)]);
    let delivery = |number: usize, state| Delivery {
        person: sample::id('b'),
        name: format!("Person {number:03}"),
        state,
        reason: None,
        carried_by: Vec::new(),
    };
    let mut all: Vec<Delivery> = (0..249)
        .map(|number| delivery(number, MessageState::Read))
        .collect();
    let mut waits = delivery(249, MessageState::Carried);
    waits.carried_by = vec![Carrier {
        person: None,
        name: Some("Carla\u{1b}[2J".to_owned()),
        until: NOON,
    }];
    all.push(waits);
    update(&mut state, Event::Told(Told::Deliveries(id, all.clone())));
    assert!(shows(&state, "Person 249"), "whoever waits comes first");
    assert!(shows(&state, "\u{2197} carried") && shows(&state, "kept by Carla"));
    assert!(!shows(&state, "Person 248"));
    for _ in 0..40 {
        press(&mut state, "pagedown");
    }
    assert!(shows(&state, "Person 248"), "{:#?}", screen(&state));
    press(&mut state, "pageup");
    assert!(!shows(&state, "Person 248"), "one key back is one key back");
    // It is asked for again as soon as something of it changes.
    let changed = Message {
        change: Change::State,
        ..own(1, MessageState::Read)
    };
    let asked = asks(update(&mut state, Event::Told(Told::News(vec![changed]))));
    assert!(asked.contains(&Ask::Deliveries(id)), "{asked:?}");
}

#[test]
fn a_message_of_somebody_else_is_shown_with_who_they_are_and_what_is_to_be_known_of_it() {
    let mut disputed = message(1);
    disputed.disputed = true;
    let mut state = opened(vec![disputed]);
    change_contact(&mut state, 0, |one| one.verified = true);
    assert_eq!(asks(press(&mut state, "tab enter")), []);
    for words in [
        "from Ben, id baaaaaaa",
        "verified",
        "said one thing to some",
    ] {
        assert!(shows(&state, words), "{words}: {:#?}", screen(&state));
    }
}

#[test]
fn a_click_opens_whoever_stood_there_as_it_was_drawn_and_nobody_who_is_gone() {
    let mut state = state();
    update(&mut state, at_time(NOON));
    let first = state.drawn[0];
    let row = screen(&state).iter().position(|row| row.contains("Ben"));
    assert_eq!((first, row), (place(), Some(1)));
    // Somebody else comes to stand there, and nothing of that is on the screen.
    change_contact(&mut state, 1, |one| one.name = "Alma".to_owned());
    let click = || Event::Clicked(3, 1);
    crate::tui::update::update(&mut state, click());
    assert_eq!(state.open.as_ref().map(|open| open.place), Some(first));
    state.open = None;
    forget_all(&mut state);
    state.book.take_contact(contact('c', "Alma"));
    crate::tui::update::update(&mut state, click());
    assert_eq!(state.open, None);
    update(&mut state, at_time(NOON));
    crate::tui::update::update(&mut state, click());
    assert!(state.open.is_some());
}

#[test]
fn no_name_passes_for_what_is_said_of_its_owner_and_none_is_so_long_that_it_is_not_said() {
    let head = |state: &State| screen(state)[0].clone();
    let mut state = opened(vec![message(1)]);
    for name in ["Ben  verified", &"Ben verified ".repeat(9)] {
        change_contact(&mut state, 0, |one| one.name = name.to_owned());
        for columns in [120, 80, 40] {
            state.size.columns = columns;
            for (verified, said) in [
                (false, "not verified  Ben ver"),
                (true, "verified  Ben ver"),
            ] {
                change_contact(&mut state, 0, |one| one.verified = verified);
                assert!(head(&state).starts_with(said), "{:?}", head(&state));
            }
        }
    }
    change_contact(&mut state, 0, |one| one.state = ContactState::Suspended);
    assert!(head(&state).starts_with("held off: compare safety words  Ben"));
    let mut state = in_room();
    change_conversation(&mut state, 2, |one| one.title = "verified  Ben".to_owned());
    assert!(head(&state).starts_with("room  verified Ben"));
}

#[test]
fn whoever_is_called_you_passes_for_us_neither_typing_nor_reacting() {
    let mut reacted = message(1);
    reacted.reactions = [("+1".to_owned(), vec!["you".to_owned()])].into();
    let mut state = opened(vec![reacted]);
    let typist = Typist {
        conversation: sample::id('b'),
        from: Author {
            person: sample::id('b'),
            name: "You".to_owned(),
        },
    };
    let presence = Presence {
        online: Vec::new(),
        typing: vec![typist],
        version: 1,
    };
    update(&mut state, Event::Told(Told::Presence(presence)));
    assert!(
        shows(&state, "You (a contact) typing"),
        "{:#?}",
        screen(&state)
    );
    action::act(&mut state, Action::Details);
    assert!(
        shows(&state, "+1  you (a contact)"),
        "{:#?}",
        screen(&state)
    );
}

#[test]
fn whoever_is_called_you_passes_for_us_in_no_title_and_in_no_notice() {
    for (language, name, marked) in [
        (Language::English, "You", "You (a contact)"),
        (Language::Korean, "나", "나 (연락처)"),
    ] {
        let mut state = opened(vec![message(1)]);
        state.texts = Arc::new(Texts::of(language));
        change_contact(&mut state, 0, |one| one.name = name.to_owned());
        assert_eq!(state.title(place()).as_str(), marked);
        let told: [fn(Contact) -> Told; 3] = [Told::Verified, Told::Joined, |contact| {
            Told::Used(Some(contact))
        }];
        for told in told {
            let mut state = state.clone();
            update(&mut state, Event::Told(told(contact('b', name))));
            let said = state.toast.unwrap().text;
            assert!(said.as_str().contains(marked), "{said}");
        }
        action::act(&mut state, Action::Invite);
        update(
            &mut state,
            Event::Told(Told::Used(Some(contact('b', name)))),
        );
        assert!(shows(&state, marked), "{:#?}", screen(&state));
        state.popup = None;
        // What it is to be called is written, and nothing that is said of it.
        action::act(&mut state, Action::RenameContact);
        assert!(matches!(&state.popup, Some(Popup::Ask { input, .. }) if input.text() == name));
    }
}

#[test]
fn the_wheel_moves_what_stands_in_front_and_nothing_behind_it() {
    let mut state = opened((0..50).map(message).collect());
    let scroll = |state: &State| state.open.as_ref().unwrap().scroll;
    let end = scroll(&state);
    press(&mut state, "f1");
    update(&mut state, Event::Wheel(3));
    assert_eq!(state.popup, Some(Popup::Help { top: 3 }));
    assert_eq!(scroll(&state), end);
    press(&mut state, "esc");
    let mut locked = state.clone();
    update(&mut locked, Event::Locked(true));
    update(&mut locked, Event::Wheel(-3));
    assert_eq!(scroll(&locked), end);
    let mut ended = state.clone();
    let told = Told::Ended(Failure::failed("over."));
    update(&mut ended, Event::Told(told));
    update(&mut ended, Event::Wheel(-3));
    assert_eq!(scroll(&ended), end);
    update(&mut state, Event::Wheel(-3));
    assert_ne!(scroll(&state), end);
}

#[test]
fn what_waits_in_front_for_an_answer_that_does_not_come_goes_away() {
    for action in [
        Action::Invite,
        Action::Verify,
        Action::Doctor,
        Action::Pinned,
        Action::Details,
    ] {
        let mut state = opened(vec![own(1, MessageState::Read)]);
        let asked = asks(action::act(&mut state, action));
        let [ask] = asked.as_slice() else {
            panic!("{asked:?}");
        };
        let failure = || Failure::failed("the disk is full.");
        let other = Ask::SafetyWords(sample::id('x'));
        update(&mut state, Event::Told(Told::Failed(other, failure())));
        assert!(state.popup.is_some(), "it waits for something else");
        update(
            &mut state,
            Event::Told(Told::Failed(ask.clone(), failure())),
        );
        assert_eq!(state.popup, None);
        assert!(shows(&state, "the disk is full."));
    }
}

#[test]
fn that_somebody_is_verified_closes_nothing_that_stands_in_front_by_then() {
    let mut state = opened(Vec::new());
    press(&mut state, "f1");
    let told = Told::Verified(contact('b', "Ben"));
    update(&mut state, Event::Told(told));
    assert!(matches!(state.popup, Some(Popup::Help { .. })));
    press(&mut state, "esc");
    for (letter, stays) in [('c', true), ('b', false)] {
        action::act(&mut state, Action::Verify);
        let told = Told::Verified(contact(letter, "Ben"));
        update(&mut state, Event::Told(told));
        assert_eq!(state.popup.is_some(), stays);
    }
}

#[test]
fn what_is_there_no_longer_is_not_in_front_either() {
    let gone: [fn(Message) -> Event; 4] = [
        |message| Event::Told(Told::Gone(vec![message.id])),
        |message| at_time(message.expires_at.unwrap()),
        |message| {
            let change = Change::Deleted;
            let deleted = true;
            let news = Message {
                change,
                deleted,
                ..message
            };
            Event::Told(Told::News(vec![news]))
        },
        |message| {
            let deleted = true;
            Event::Told(Told::Changed(Box::new(Message { deleted, ..message })))
        },
    ];
    for gone in gone {
        let mut state = opened(Vec::new());
        press(&mut state, "f7");
        let pinned = Message {
            pinned: true,
            expires_at: Some(NOON + 60_000),
            ..message(3)
        };
        let told = Told::Pinned(place(), vec![pinned.clone()]);
        update(&mut state, Event::Told(told));
        assert!(shows(&state, "message 3"));
        let everything = Changed {
            gone: true,
            ..in_step::NOTHING
        };
        let asked = asks(update(&mut state, Event::Told(Told::Stale(everything))));
        assert_eq!(asked, [Ask::Gone(vec![message(3).id])]);
        update(&mut state, gone(pinned));
        assert!(!shows(&state, "message 3"), "{:#?}", screen(&state));
    }
}

#[test]
fn what_is_pinned_leads_to_its_place() {
    let mut state = opened(vec![message(1)]);
    assert_eq!(asks(press(&mut state, "f7")), [Ask::Pinned(place())]);
    let pinned = vec![message(3), message(7)];
    update(&mut state, Event::Told(Told::Pinned(place(), pinned)));
    assert!(shows(&state, "message 7"));
    let asked = asks(press(&mut state, "enter"));
    let around = Anchor::Around(message(7).id);
    let is_it = |ask: &Ask| matches!(ask, Ask::Page { anchor, .. } if *anchor == around);
    assert!(asked.iter().any(is_it), "{asked:?}");
}

#[test]
fn what_comes_of_what_was_missing_is_shown_as_it_comes() {
    let mut state = opened(vec![message(1)]);
    let gap = |missing, is_held: bool| Gap {
        conversation: sample::id('b'),
        from: Author {
            person: sample::id('b'),
            name: "Ben".to_owned(),
        },
        missing,
        held_by: is_held
            .then(|| Author {
                person: sample::id('c'),
                name: "Carla".to_owned(),
            })
            .into_iter()
            .collect(),
    };
    let pane = |state: &mut State, gap: Gap| {
        state.open.as_mut().unwrap().take_gaps(vec![gap]);
    };
    pane(&mut state, gap(200, false));
    assert!(shows(&state, "Missing: 200 messages of Ben"));
    pane(&mut state, gap(50, true));
    assert!(
        shows(&state, "75 %: 50 more of Ben to come from Carla"),
        "{:#?}",
        screen(&state)
    );
    let presence = Presence {
        online: Vec::new(),
        typing: Vec::new(),
        version: 1,
    };
    let asked = asks(update(&mut state, Event::Told(Told::Presence(presence))));
    let is_end = |ask: &Ask| {
        matches!(
            ask,
            Ask::Page {
                anchor: Anchor::Newest,
                ..
            }
        )
    };
    assert!(
        asked.iter().any(is_end),
        "whoever came may have it: {asked:?}"
    );
    state.open.as_mut().unwrap().take_gaps(Vec::new());
    pane(&mut state, gap(10, true));
    assert!(
        shows(&state, "0 %: 10 more"),
        "what was missing before is done"
    );
}

#[test]
fn what_somebody_else_wrote_is_gone_from_the_screen_when_it_disappears() {
    let mut state = opened(vec![
        message(1),
        Message {
            expires_at: Some(NOON + 5_000),
            ..message(2)
        },
    ]);
    update(&mut state, at_time(NOON + 1_000));
    assert!(shows(&state, "message 2") && shows(&state, "disappears in 4 seconds"));
    update(&mut state, at_time(NOON + 5_000));
    assert!(!shows(&state, "message 2") && shows(&state, "message 1"));
}

#[test]
fn where_all_that_was_here_has_disappeared_the_end_is_asked_for_if_there_is_more() {
    use crate::tui::state::{Beyond, Window};

    let short_lived = || Message {
        expires_at: Some(NOON + 5_000),
        ..message(2)
    };
    let asked = [Beyond::Nothing, Beyond::More].map(|older| {
        let mut state = opened(Vec::new());
        let window = Window::of(vec![short_lived().into()], older, Beyond::Nothing);
        state.open.as_mut().unwrap().window = window;
        asks(update(&mut state, at_time(NOON + 5_000)))
    });
    assert_eq!(asked[0], []);
    let [Ask::Page { anchor, .. }] = asked[1][..] else {
        panic!("{asked:?}");
    };
    assert_eq!(anchor, Anchor::Newest);
}

#[test]
fn the_header_says_what_is_off_and_why_nobody_is_reached() {
    let mut state = opened(Vec::new());
    let mut status = sample::status();
    (status.mode, status.peers.lan) = ("lan".to_owned(), 3);
    (status.queued, status.carried) = (6, 2);
    state.status = Some(status);
    assert!(
        shows(&state, "LAN 3 - internet off - 2 carried - 4 queued"),
        "{:#?}",
        screen(&state)
    );
    change_conversation(&mut state, 0, |one| one.disappears_after = Some(86_400));
    assert!(shows(&state, "disappear after 1 day"));
    let status = state.status.as_mut().unwrap();
    status.mode = "offline".to_owned();
    assert!(shows(&state, "offline, as set"));
}

#[test]
fn a_code_is_copied_by_a_key_and_a_picture_says_how_much_room_it_needs() {
    let mut state = state();
    action::act(&mut state, Action::Invite);
    let early = press(&mut state, "ctrl-y");
    assert!(
        !early.iter().any(|one| matches!(one, Effect::Copy(_))),
        "{early:?}"
    );
    let invite = Invite {
        code: "A2".repeat(77),
        expires_at: NOON,
    };
    let copied = Effect::Copy(invite.code.clone());
    update(&mut state, Event::Told(Told::Invited(invite)));
    assert_eq!(press(&mut state, "ctrl-y"), [copied]);
    let (columns, rows) = (60, 20);
    update(&mut state, Event::Resized(Size { columns, rows }));
    press(&mut state, "enter");
    assert!(
        shows(&state, "The picture needs a screen of"),
        "{:#?}",
        screen(&state)
    );
    assert!(shows(&state, "A2A2A2"));
}

#[test]
fn a_key_that_counts_in_front_alone_is_not_said_elsewhere() {
    let mut state = opened(Vec::new());
    change_contact(&mut state, 0, |one| one.state = ContactState::Blocked);
    let named = "ctrl-k \"Block the contact, or no longer\"";
    assert!(shows(&state, named), "{:#?}", screen(&state));
    press(&mut state, "f4");
    assert!(shows(&state, "f12 block"));
}

#[test]
fn what_is_put_away_or_left_is_shown_where_that_is_wanted() {
    let mut state = state();
    change_conversation(&mut state, 0, |one| one.archived = true);
    let mut left = sample::room('r', "Team");
    left.standing = Standing::Left;
    state.book.take_conversation(left);
    assert!(!shows(&state, "Ben") && !shows(&state, "Team"));
    action::act(&mut state, Action::ShowArchived);
    assert!(
        shows(&state, "Ben") && shows(&state, "Team"),
        "{:#?}",
        screen(&state)
    );
    action::act(&mut state, Action::ShowArchived);
    assert!(!shows(&state, "Ben"));
    change_conversation(&mut state, 0, |one| one.unread = 1);
    assert!(shows(&state, "Ben"), "something is unread in it");
}

#[test]
fn whoever_writes_to_somebody_blocked_is_told_that_and_how_to_undo_it_as_they_begin() {
    let said = "Ben is blocked: nothing that you write goes there. Unblock first: ctrl-k";
    for answers in [false, true] {
        let mut state = opened(vec![message(1)]);
        change_contact(&mut state, 0, |one| one.state = ContactState::Blocked);
        if answers {
            press(&mut state, "tab");
            action::act(&mut state, Action::Reply);
            let target = state.composer().unwrap().target();
            assert!(matches!(target, Target::Reply(_)), "{target:?}");
        }
        assert!(shows(&state, "Blocked. Undo:"), "{:#?}", screen(&state));
        write(&mut state, "/help");
        assert!(!shows(&state, said), "that is for us");
        press(&mut state, "ctrl-u");
        assert_eq!(write(&mut state, "he"), [], "nobody is told of it");
        assert!(shows(&state, said), "{:#?}", screen(&state));
        assert!(state.toast.take().is_some_and(|toast| toast.is_trouble));
        write(&mut state, "llo");
        assert_eq!(state.toast, None, "it was said");
    }
    let mut state = opened(vec![message(1)]);
    let person = sample::id('b');
    assert_eq!(
        asks(write(&mut state, "h")),
        [Ask::Type(Place::Person(person))]
    );
    assert_eq!(state.toast, None);
}
