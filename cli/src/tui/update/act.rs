//! Actions, whatever key, name or button they come from.

use tidings_node::api::{History, Message, Standing};

use super::{compose, details, open, people, popup};
use crate::chat::{Action, Ask, Layer, Place, RoomChange};
use crate::safe_text::Safe;
use crate::tui::composer::Target;
use crate::tui::effect::Effect;
use crate::tui::state::{
    Choice, Focus, Input, Party, Popup, Question, Scroll, State, Wanted, entries,
};

/// Does what is wanted.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if state.popup.is_some()
        && let Some(effects) = popup::act(state, action)
    {
        return effects;
    }
    match state.layer() {
        Layer::Composer => {
            if let Some(effects) = compose::edit(state, action) {
                return effects;
            }
        }
        Layer::List => {
            if let Some(effects) = in_list(state, action) {
                return effects;
            }
        }
        Layer::Messages => {
            if in_messages(state, action) {
                return Vec::new();
            }
        }
        Layer::Popup | Layer::Everywhere => {}
    }
    let about_message = on_message(state, action);
    let about_conversation = about_message.or_else(|| on_conversation(state, action));
    about_conversation.unwrap_or_else(|| anywhere(state, action))
}

/// Moves in the list; nothing if the action does not.
fn in_list(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let all = entries(state);
    let at = all
        .iter()
        .position(|entry| Some(entry.place) == state.chosen);
    if at.is_none() && (action == Action::Up || action == Action::Down) {
        state.chosen = all.first().map(|entry| entry.place);
        return Some(Vec::new());
    }
    let at = at.unwrap_or(0);
    let last = all.len().saturating_sub(1);
    let to = if action == Action::Up {
        at.saturating_sub(1)
    } else if action == Action::Down {
        (at + 1).min(last)
    } else if action == Action::Top {
        0
    } else if action == Action::Bottom {
        last
    } else if action == Action::Open {
        let place = all.get(at)?.place;
        return Some(open::open(state, place));
    } else {
        return None;
    };
    state.chosen = all.get(to).map(|entry| entry.place);
    Some(Vec::new())
}

/// Moves through the messages; whether the action does that.
fn in_messages(state: &mut State, action: Action) -> bool {
    if action == Action::Up || action == Action::Down {
        open::select(state, action == Action::Up);
    } else if action == Action::Top {
        open::top(state);
    } else {
        return false;
    }
    true
}

/// Actions that are about a message.
pub(super) const ABOUT_MESSAGE: [Action; 9] = [
    Action::Reply,
    Action::Edit,
    Action::React,
    Action::Pin,
    Action::Cancel,
    Action::Details,
    Action::Copy,
    Action::Delete,
    Action::DeleteForMe,
];

/// Refuses what is about a message: the one that was selected is there no longer, or none was.
fn none_selected(state: &mut State) -> Vec<Effect> {
    let was_selected = state.open.as_mut().and_then(|pane| pane.selected.take());
    let words = match was_selected {
        Some(_) => state.texts.not_here(),
        None => state.texts.choose_message(),
    };
    state.warn(words);
    vec![Effect::Bell]
}

/// What is done to the message that is selected; nothing if the action is not about one.
fn on_message(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let pane = state
        .open
        .as_ref()
        .filter(|_| ABOUT_MESSAGE.contains(&action))?;
    let place = pane.place;
    if pane.selected().is_none() && (pane.selected.is_some() || state.focus == Focus::Messages) {
        return Some(none_selected(state));
    }
    let selected = pane.selected();
    let message = selected
        .or_else(|| last_for(pane.window.messages(), action))?
        .clone();
    let id = message.id;
    Some(if action == Action::Reply {
        state.composer_mut()?.reply(id);
        state.focus = Focus::Composer;
        Vec::new()
    } else if action == Action::Edit {
        return Some(edit(state, &message));
    } else if action == Action::React {
        ask_for(state, Wanted::Reaction(place, id), "")
    } else if action == Action::Pin {
        vec![Effect::Ask(Ask::Pin {
            place,
            message: id,
            pinned: !message.pinned,
        })]
    } else if action == Action::Cancel {
        vec![Effect::Ask(Ask::Cancel { place, message: id })]
    } else if action == Action::Details {
        details::show(state, &message)
    } else if action == Action::Copy {
        let words = state.texts.copied();
        state.say(words);
        vec![Effect::Copy(message.body)]
    } else if action == Action::Delete && message.mine {
        state.popup = Some(Popup::Confirm(Question::Delete(place, id)));
        Vec::new()
    } else if action == Action::Delete || action == Action::DeleteForMe {
        state.popup = Some(Popup::Confirm(Question::DeleteForMe(place, id)));
        Vec::new()
    } else {
        return None;
    })
}

/// What an action is about while no message is selected: our own last one to edit or give up, else the last one.
fn last_for<'a>(
    mut messages: impl DoubleEndedIterator<Item = &'a Message>,
    action: Action,
) -> Option<&'a Message> {
    if action == Action::Edit || action == Action::Cancel {
        return messages.rfind(|message| message.mine && !message.deleted);
    }
    messages.next_back()
}

fn edit(state: &mut State, message: &Message) -> Vec<Effect> {
    if !message.mine || message.deleted {
        let words = state.texts.not_yours();
        state.warn(words);
        return vec![Effect::Bell];
    }
    if let Some(composer) = state.composer_mut() {
        composer.edit(message.id, &message.body);
        state.focus = Focus::Composer;
    }
    Vec::new()
}

/// What is done to a conversation: the open one, or the one that the list stands on.
fn on_conversation(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let of_list = (state.focus == Focus::List)
        .then_some(state.chosen)
        .flatten();
    let place = of_list.or(state.open_place())?;
    on_place(state, place, action)
}

/// What is done to a conversation; nothing if the action is not about one.
pub(super) fn on_place(state: &mut State, place: Place, action: Action) -> Option<Vec<Effect>> {
    let known = state.conversation(place);
    let is_room = matches!(place, Place::Room(_));
    let (muted, archived, receipts) = known.map_or((false, false, true), |known| {
        (known.muted, known.archived, known.read_receipts)
    });
    let prefer = |muted, archived, read_receipts| {
        vec![Effect::Ask(Ask::Prefer {
            place,
            muted,
            archived,
            read_receipts,
        })]
    };
    Some(if action == Action::Mute {
        prefer(Some(!muted), None, None)
    } else if action == Action::Archive {
        prefer(None, Some(!archived), None)
    } else if action == Action::Receipts {
        prefer(None, None, Some(!receipts))
    } else if action == Action::ReadAll {
        vec![Effect::Ask(Ask::ReadAll(place))]
    } else if action == Action::Pinned {
        details::show_pinned(state, place)
    } else if action == Action::Lifetime {
        let now = known.and_then(|known| known.disappears_after);
        ask_for(state, Wanted::Lifetime(place), &popup::lifetime_words(now))
    } else if action == Action::Verify && !is_room {
        state.popup = Some(Popup::Verify {
            place,
            words: None,
            differ: false,
        });
        let Place::Person(person) = place else {
            return None;
        };
        vec![Effect::Ask(Ask::SafetyWords(person))]
    } else if action == Action::Block && !is_room {
        let is_blocked = state
            .contact(place)
            .is_some_and(|contact| contact.state == tidings_node::api::ContactState::Blocked);
        state.popup = Some(Popup::Confirm(Question::Block(place, !is_blocked)));
        Vec::new()
    } else if action == Action::RenameContact && !is_room || action == Action::RenameRoom && is_room
    {
        let now = state.title(place);
        ask_for(state, Wanted::Name(place), now.as_str())
    } else if is_room {
        return in_room(state, place, action);
    } else {
        return None;
    })
}

fn in_room(state: &mut State, place: Place, action: Action) -> Option<Vec<Effect>> {
    let Place::Room(room) = place else {
        return None;
    };
    let is_invited = state
        .conversation(place)
        .is_some_and(|known| known.standing == Standing::Invited);
    Some(if action == Action::Members {
        let chosen = None;
        state.popup = Some(Popup::Members { place, chosen });
        people::choose_first(state);
        Vec::new()
    } else if action == Action::InviteMember {
        people::ask_party(state, Party::Into(place, History::All))
    } else if action == Action::InviteMemberNew {
        people::ask_party(state, Party::Into(place, History::New))
    } else if action == Action::Leave {
        state.popup = Some(Popup::Confirm(Question::Leave(place)));
        Vec::new()
    } else if action == Action::AcceptRoom && is_invited {
        vec![Effect::Ask(Ask::Room(room, RoomChange::Accept))]
    } else {
        return None;
    })
}

/// What is possible wherever one is.
fn anywhere(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::Quit {
        return compose::leaving(state, Effect::Quit);
    }
    if let Some(popup) = opened(state, action) {
        state.popup = Some(popup);
        people::choose_first(state);
        return Vec::new();
    }
    if action == Action::Next || action == Action::Previous {
        open::beside(state, action == Action::Previous)
    } else if action == Action::NextUnread || action == Action::NextMention {
        open::next_unread(state, action == Action::NextMention)
    } else if action == Action::PageUp || action == Action::PageDown {
        open::page(state, action == Action::PageUp);
        Vec::new()
    } else if [Action::Bottom, Action::Latest, Action::Show].contains(&action) {
        open::bottom(state)
    } else if action == Action::Invite {
        state.popup = Some(Popup::Invite {
            invite: None,
            is_picture: false,
        });
        vec![Effect::Ask(Ask::Invite)]
    } else if action == Action::Doctor {
        state.popup = Some(Popup::Doctor {
            checks: None,
            top: 0,
            behind: None,
        });
        vec![Effect::Ask(Ask::Doctor(None))]
    } else if action == Action::Send {
        compose::send(state)
    } else if action == Action::Complete {
        compose::complete(state);
        Vec::new()
    } else if action == Action::Focus || action == Action::FocusBack {
        focus(state, action == Action::FocusBack);
        Vec::new()
    } else if action == Action::Write {
        state.focus = Focus::Composer;
        Vec::new()
    } else if action == Action::List {
        state.focus = Focus::List;
        Vec::new()
    } else if action == Action::Close {
        close(state);
        Vec::new()
    } else if action == Action::Mouse {
        state.has_mouse = !state.has_mouse;
        let words = state.texts.mouse(state.has_mouse);
        state.say(words);
        vec![Effect::Mouse(state.has_mouse)]
    } else if action == Action::ShowArchived {
        state.shows_away = !state.shows_away;
        state.focus = Focus::List;
        Vec::new()
    } else if action == Action::Redraw {
        vec![Effect::Redraw]
    } else if action == Action::Suspend {
        compose::leaving(state, Effect::Suspend)
    } else {
        let words = not_here(state, action);
        state.say(words);
        Vec::new()
    }
}

/// Why something is not possible here.
fn not_here(state: &State, action: Action) -> Safe {
    let keys = |action| Safe::line(&state.keys_of(action));
    let is_room = matches!(state.open_place(), Some(Place::Room(_)));
    if action == Action::Verify && is_room {
        state.texts.not_here_verify(&keys(Action::Members))
    } else if action == Action::RenameContact && is_room {
        state.texts.not_here_rename(&keys(Action::RenameRoom))
    } else if action == Action::RenameRoom && state.open.is_some() {
        state.texts.not_here_rename(&keys(Action::RenameContact))
    } else {
        state.texts.not_here_now()
    }
}

/// What stands in front after an action that does no more than that.
fn opened(state: &mut State, action: Action) -> Option<Popup> {
    let ask = |wanted| Popup::Ask {
        wanted,
        input: Input::default(),
        choice: Choice::default(),
    };
    Some(if action == Action::Help {
        Popup::Help { top: 0 }
    } else if action == Action::Palette {
        Popup::Palette {
            input: Input::default(),
            choice: Choice::default(),
        }
    } else if action == Action::Search {
        Popup::Search {
            input: Input::default(),
            ticket: state.next_ticket(),
            found: Vec::new(),
            is_more: false,
            choice: Choice::default(),
        }
    } else if action == Action::Join {
        ask(Wanted::Code)
    } else if action == Action::CreateRoom {
        ask(Wanted::NewRoom)
    } else if action == Action::People {
        Popup::People { chosen: None }
    } else if action == Action::Identity || action == Action::Status {
        Popup::About
    } else {
        return None;
    })
}

/// Asks for a line, which begins so.
pub(super) fn ask_for(state: &mut State, wanted: Wanted, text: &str) -> Vec<Effect> {
    state.popup = Some(Popup::Ask {
        wanted,
        input: Input::of(text),
        choice: Choice::default(),
    });
    Vec::new()
}

/// Lets the next part have the keys.
fn focus(state: &mut State, is_back: bool) {
    let order = [Focus::Composer, Focus::Messages, Focus::List];
    let at = order
        .iter()
        .position(|one| *one == state.focus)
        .unwrap_or(0);
    let next = if is_back { at + 2 } else { at + 1 } % order.len();
    let has_open = state.open.is_some();
    state.focus = order
        .get(next)
        .copied()
        .filter(|_| has_open)
        .unwrap_or(Focus::List);
    if state.focus == Focus::Messages
        && let Some(pane) = state.open.as_mut()
        && pane.selected().is_none()
    {
        pane.select(true);
    }
    if state.chosen.is_none() {
        state.chosen = entries(state).first().map(|entry| entry.place);
    }
}

/// Gives up what is in front: a popup, an answer or edit, a selection, what was scrolled to.
fn close(state: &mut State) {
    state.notice = None;
    if let Some(popup) = state.popup.take() {
        state.popup = popup.behind();
        return;
    }
    let is_writing = state.focus == Focus::Composer;
    let composer = state.composer_mut().filter(|_| is_writing);
    if composer.is_some_and(|composer| composer.target() != Target::New && composer.cancel()) {
        return;
    }
    if state.focus == Focus::Messages {
        if let Some(pane) = state.open.as_mut() {
            pane.selected = None;
            pane.scroll = Scroll::Latest;
        }
        state.focus = Focus::Composer;
    } else if state.focus == Focus::Composer && state.letters_are_keys {
        state.focus = Focus::Messages;
    } else if state.focus == Focus::Composer {
        state.focus = Focus::List;
    } else if state.open.is_some() {
        state.focus = Focus::Composer;
    }
}
