//! Every action, in every part of the screen that has it.

use tidings_node::api::Standing;

use super::*;
use crate::chat::{ACTIONS, Layer};

/// Conversations with something to be done about each: one with a contact, a room, and an invitation into one.
fn conversations() -> [State; 3] {
    let messages = vec![message(1), own(2, MessageState::Queued)];
    let with_ben = opened(messages);
    let room = |standing| {
        let mut state = with_ben.clone();
        let room = Conversation {
            standing,
            members: direct('b', "Ben").members,
            ..sample::room('b', "Team")
        };
        state.book.take_conversation(room);
        let place = Place::Room(sample::id('b'));
        state.open.as_mut().unwrap().place = place;
        state.chosen = Some(place);
        state
    };
    let rooms = [Standing::Joined, Standing::Invited].map(room);
    let [joined, invited] = rooms;
    [with_ben, joined, invited]
}

/// Parts of the screen in which the keys of a layer count.
fn parts(layer: Layer) -> Vec<Focus> {
    match layer {
        Layer::Everywhere => vec![Focus::List, Focus::Messages, Focus::Composer],
        Layer::List => vec![Focus::List],
        Layer::Messages => vec![Focus::Messages],
        Layer::Composer => vec![Focus::Composer],
        // Whatever is no matter of what stands in front does nothing there, and says nothing.
        Layer::Popup => Vec::new(),
    }
}

#[test]
fn every_action_does_something_in_every_part_that_has_it() {
    for entry in ACTIONS {
        let layers = entry.layers.iter();
        for focus in layers.flat_map(|layer| parts(*layer)) {
            let does = conversations().into_iter().any(|mut state| {
                state.focus = focus;
                action::act(&mut state, entry.action);
                let said = state.toast.map(|toast| toast.text);
                said != Some(state.texts.not_here_now())
            });
            assert!(does, "{} in {focus:?}", entry.name);
        }
    }
}
