//! What is done through another interface of the profile, or a command.

use tidings_node::api::Changed;

use super::*;

pub(super) const NOTHING: Changed = sample::unchanged(1);

/// What is asked after something of these kinds changed.
fn stale(state: &mut State, changed: Changed) -> Vec<Ask> {
    asks(update(state, Event::Told(Told::Stale(changed))))
}

fn told(state: &mut State, told: Told) -> Vec<Ask> {
    asks(update(state, Event::Told(told)))
}

fn unread(number: usize) -> Message {
    Message {
        read: false,
        ..message(number)
    }
}

/// Ben's conversation, open while nobody looks.
fn unseen(messages: Vec<Message>) -> State {
    let mut state = state();
    state.is_looked_at = false;
    open_in(state, messages)
}

/// Ben's conversation with a draft.
fn drafted(draft: &str) -> Vec<Conversation> {
    let draft = Some(draft.to_owned()).filter(|draft| !draft.is_empty());
    vec![Conversation {
        draft,
        ..direct('b', "Ben")
    }]
}

#[test]
fn of_what_changed_that_is_asked_for_again_and_nothing_else() {
    let mut state = unseen(vec![message(1), unread(2), unread(3)]);
    assert_eq!(stale(&mut state, NOTHING), []);
    let people = Changed {
        people: true,
        ..NOTHING
    };
    assert_eq!(stale(&mut state, people), [Ask::Contacts]);
    let network = Changed {
        network: true,
        ..NOTHING
    };
    assert_eq!(stale(&mut state, network), [Ask::Status]);
    let read = Changed {
        read: true,
        ..NOTHING
    };
    let marks = Ask::Read {
        place: place(),
        from: message(2).id,
        count: 2,
    };
    assert_eq!(stale(&mut state, read), [Ask::Conversations, marks]);
    let gone = Changed {
        gone: true,
        ..NOTHING
    };
    let asked = stale(&mut state, gone);
    let [Ask::Gone(ids)] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!(ids.len(), 3);
}

#[test]
fn where_something_was_done_the_end_is_asked_for_and_whether_the_rest_is_there_still() {
    let mut state = opened(vec![message(1)]);
    let deeds = Changed {
        deeds: true,
        ..NOTHING
    };
    let asked = stale(&mut state, deeds);
    let [Ask::Page { ticket, anchor, .. }, Ask::Gone(ids)] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!((*anchor, ids.len()), (Anchor::Newest, 1));
    let deed = sample::left("Cho");
    let page = Told::Page {
        ticket: *ticket,
        place: place(),
        anchor: *anchor,
        items: vec![message(1).into(), deed.clone().into()],
        gaps: Vec::new(),
    };
    told(&mut state, page);
    assert!(shows(&state, "Cho left"), "{:#?}", screen(&state));
    press(&mut state, "tab up");
    let selected = state.open.as_ref().and_then(|pane| pane.selected);
    assert_eq!(
        selected,
        Some(message(1).id),
        "nothing can be done to a deed"
    );
    told(&mut state, Told::Gone(vec![deed.id]));
    assert!(!shows(&state, "Cho left") && shows(&state, "message 1"));
}

#[test]
fn where_all_that_was_here_is_told_no_longer_the_end_is_asked_for_if_there_is_more() {
    use crate::tui::state::{Beyond, Window};

    let deed = sample::left("Cho");
    let asked = [Beyond::Nothing, Beyond::More].map(|older| {
        let mut state = opened(Vec::new());
        let window = Window::of(vec![deed.clone().into()], older, Beyond::Nothing);
        state.open.as_mut().unwrap().window = window;
        told(&mut state, Told::Gone(vec![deed.id]))
    });
    assert_eq!(asked[0], []);
    let [Ask::Page { anchor, .. }] = asked[1][..] else {
        panic!("{asked:?}");
    };
    assert_eq!(anchor, Anchor::Newest);
}

#[test]
fn no_row_of_what_was_done_but_the_first_looks_like_one_of_ours() {
    let mut state = opened(vec![message(1)]);
    state.size.columns = 24;
    let title = "Tea            Ann left".to_owned();
    let what = tidings_node::api::DeedKind::Renamed { title };
    let deed = tidings_node::api::Deed {
        what,
        ..sample::left("Cho")
    };
    let pane = state.open.as_mut().unwrap();
    pane.window.take_latest(vec![deed.into()], false, None);
    let rows = screen(&state);
    let first = rows.iter().position(|row| row.contains("Cho called"));
    let below = &rows[first.unwrap() + 1];
    assert!(below.trim_start().starts_with("\u{2026} "), "{rows:#?}");
}

#[test]
fn what_changes_while_it_is_asked_for_is_asked_for_once_more() {
    let mut state = unseen(vec![unread(1)]);
    let all = Changed {
        people: true,
        conversations: true,
        read: true,
        gone: true,
        network: true,
        settings: true,
        transfers: true,
        ..NOTHING
    };
    assert_eq!(stale(&mut state, all).len(), 6);
    assert_eq!(stale(&mut state, all), []);
    assert_eq!(stale(&mut state, all), []);
    let asked = told(&mut state, Told::Gone(Vec::new()));
    assert!(matches!(asked.as_slice(), [Ask::Gone(_)]), "{asked:?}");
    let asked = told(&mut state, Told::Read(Vec::new()));
    assert!(matches!(asked.as_slice(), [Ask::Read { .. }]), "{asked:?}");
    assert_eq!(told(&mut state, Told::Gone(Vec::new())), []);
    assert_eq!(told(&mut state, Told::Read(Vec::new())), []);
    let failure = Failure::failed("no.");
    stale(&mut state, all);
    assert_eq!(
        told(&mut state, Told::Failed(Ask::Gone(Vec::new()), failure)),
        []
    );
    assert!(state.toast.is_none(), "it is asked for again by itself");
    assert!(!state.refresh_gone.asked);
}

#[test]
fn all_of_the_conversation_that_the_list_is_at_is_marked_as_read() {
    let mut state = unseen(vec![unread(1), unread(2)]);
    let all = |state: &mut State| asks(action::act(state, Action::ReadAll));
    assert_eq!(all(&mut state), [Ask::ReadAll(place())]);
    state.focus = Focus::List;
    let carla = Place::Person(sample::id('c'));
    state.chosen = Some(carla);
    assert_eq!(all(&mut state), [Ask::ReadAll(carla)]);
    assert!(shows(&state, "new messages"));
    let read = Told::AllRead(vec![message(1).id, message(2).id]);
    assert_eq!(told(&mut state, read), [Ask::Conversations]);
    assert!(!shows(&state, "new messages"));
    let window = &state.open.as_ref().unwrap().window;
    assert!(window.messages().all(|message| message.read));
}

#[test]
fn what_could_not_be_asked_for_is_asked_for_with_the_next_change() {
    for ask in [Ask::Conversations, Ask::Contacts] {
        let mut state = unseen(Vec::new());
        let change = Changed {
            people: ask == Ask::Contacts,
            conversations: ask == Ask::Conversations,
            ..NOTHING
        };
        assert_eq!(stale(&mut state, change), std::slice::from_ref(&ask));
        assert_eq!(stale(&mut state, change), []);
        let failure = Failure::failed("the disk is full.");
        told(&mut state, Told::Failed(ask.clone(), failure));
        assert!(shows(&state, "the disk is full."));
        assert_eq!(stale(&mut state, change), [ask]);
    }
}

#[test]
fn what_was_read_elsewhere_is_not_new_here() {
    let mut state = unseen(vec![unread(1), unread(2)]);
    told(&mut state, Told::Read(vec![message(1).id]));
    let read = asks(update(&mut state, Event::LookedAt(true)));
    assert_eq!(read, [Ask::MarkRead(vec![message(2).id])]);
}

#[test]
fn what_is_gone_elsewhere_is_gone_here_and_from_what_was_found() {
    let mut state = opened(vec![message(1), message(2)]);
    press(&mut state, "ctrl-f");
    write(&mut state, "m");
    let Some(Popup::Search { found, .. }) = &mut state.popup else {
        panic!("a search");
    };
    *found = vec![message(7)];
    let gone = Changed {
        gone: true,
        ..NOTHING
    };
    let asked = stale(&mut state, gone);
    let sought = [1, 2, 7].map(|number| message(number).id);
    assert_eq!(asked, [Ask::Gone(sought.to_vec())]);
    assert!(shows(&state, "message 7"));
    told(&mut state, Told::Gone(vec![message(2).id, message(7).id]));
    assert!(!shows(&state, "message 7"));
    press(&mut state, "esc");
    assert!(shows(&state, "message 1") && !shows(&state, "message 2"));
}

#[test]
fn a_draft_of_elsewhere_is_asked_for_and_taken_where_nobody_wrote() {
    let mut state = opened(Vec::new());
    let asked = told(&mut state, Told::Conversations(drafted("from elsewhere")));
    let draft = Ask::Draft {
        place: place(),
        known: String::new(),
    };
    assert_eq!(asked, [draft]);
    let now = Told::Draft {
        place: place(),
        known: String::new(),
        now: "from elsewhere".to_owned(),
    };
    told(&mut state, now);
    assert!(shows(&state, "from elsewhere"));
    assert_eq!(asks(update(&mut state, at_time(NOON))), [], "it is kept");
    assert_eq!(
        told(&mut state, Told::Conversations(drafted("from elsewhere"))),
        []
    );
}

#[test]
fn what_is_typed_here_is_never_overwritten_by_a_draft() {
    let mut state = opened(Vec::new());
    told(&mut state, Told::Conversations(drafted("from elsewhere")));
    write(&mut state, "typed");
    let late = Told::Draft {
        place: place(),
        known: String::new(),
        now: "from elsewhere".to_owned(),
    };
    told(&mut state, late);
    update(&mut state, at_time(NOON));
    assert_eq!(told(&mut state, Told::Conversations(drafted("other"))), []);
    assert!(shows(&state, "typed"));
}

#[test]
fn a_terminal_that_does_not_tell_who_looks_is_looked_at_for_a_while_after_a_key() {
    let mut state = unseen(Vec::new());
    press(&mut state, "up");
    assert!(state.is_looked_at, "somebody pressed a key");
    update(&mut state, at_time(NOON + LOOK_MILLIS - 1));
    assert!(state.is_looked_at);
    update(&mut state, at_time(NOON + LOOK_MILLIS));
    assert!(!state.is_looked_at);
}

#[test]
fn after_the_machine_slept_nobody_looks_until_a_key_is_pressed() {
    let unread = Message {
        read: false,
        ..message(1)
    };
    let mut state = unseen(vec![unread]);
    press(&mut state, "up");
    state.tells_of_looks = false;
    state.is_looked_at = true;
    // The time that has passed stood still meanwhile.
    state.clock.set(NOON + LOOK_MILLIS, 1);
    let status = Event::Told(Told::Done);
    assert_eq!(asks(update(&mut state, status)), []);
    assert!(!state.is_looked_at);
    press(&mut state, "up");
    assert!(state.is_looked_at);
}

#[test]
fn a_terminal_that_tells_who_looks_is_believed() {
    let mut state = unseen(Vec::new());
    update(&mut state, Event::LookedAt(true));
    update(&mut state, at_time(NOON + 2 * LOOK_MILLIS));
    assert!(state.is_looked_at);
    update(&mut state, Event::LookedAt(false));
    update(&mut state, Event::Wheel(1));
    assert!(!state.is_looked_at, "a wheel turns in any window");
}

#[test]
fn a_note_of_another_part_of_the_program_is_shown_and_harmless() {
    let mut state = state();
    let note = "a part of it ended\u{1b}[2J by a fault";
    update(&mut state, Event::Noted(note.to_owned()));
    assert!(shows(&state, "a part of it ended"), "{:#?}", screen(&state));
    assert!(!screen(&state).concat().contains('\u{1b}'));
}

/// What is in the composer once the text that was sent last was fetched back.
fn recalled(state: &mut State) -> String {
    press(state, "up");
    state.composer().unwrap().buffer().text().to_owned()
}

#[test]
fn a_text_whose_message_was_deleted_or_has_disappeared_is_not_fetched_back() {
    let stored = Message {
        body: "secret".to_owned(),
        ..own(1, MessageState::Queued)
    };
    let deleted = Message {
        body: String::new(),
        deleted: true,
        ..stored.clone()
    };
    let ends = [
        Told::News(vec![deleted]),
        Told::Gone(vec![stored.id]),
        Told::Deleted(tidings_node::api::Deleted {
            id: stored.id,
            conversation: None,
            for_me: false,
        }),
    ];
    for end in ends {
        let mut state = opened(Vec::new());
        write(&mut state, "secret");
        press(&mut state, "enter");
        told(&mut state, Told::Sent(place(), Box::new(stored.clone())));
        assert_eq!(recalled(&mut state), "secret");
        told(&mut state, end);
        assert_eq!(state.composer().unwrap().buffer().text(), "");
        assert_eq!(recalled(&mut state), "");
    }
}

#[test]
fn where_messages_disappear_nothing_is_fetched_back() {
    let mut state = opened(Vec::new());
    change_conversation(&mut state, 0, |one| one.disappears_after = Some(60));
    write(&mut state, "secret");
    press(&mut state, "enter");
    assert_eq!(recalled(&mut state), "");
    change_conversation(&mut state, 0, |one| one.disappears_after = None);
    write(&mut state, "plain");
    press(&mut state, "enter");
    assert_eq!(recalled(&mut state), "plain");
}
