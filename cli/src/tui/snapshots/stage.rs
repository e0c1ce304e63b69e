//! Somebody at the interface, and a node that answers when it is told to.
//!
//! Invariants
//! - A scene comes about as it does for people: by keys, and by what the node says.

use std::sync::Arc;

use jiff::tz::TimeZone;
use tidings_node::api::Identity;

use super::{corpus, world};
use crate::chat::{Anchor, Ask, Book, Told};
use crate::output::sample;
use crate::texts::Texts;
use crate::tui::clock::Clock;
use crate::tui::effect::Effect;
use crate::tui::event::Event;
use crate::tui::keys::Preset;
use crate::tui::state::{Focus, Popup, Size, State};
use crate::tui::update::update;

/// See the module.
#[derive(Debug)]
pub(super) struct Stage {
    state: State,
    /// What the node was asked and has not said yet.
    asked: Vec<Ask>,
    /// What others wrote wherever they wrote something, if it is always the same.
    says: Option<String>,
}

impl Stage {
    /// Ann's, who knows some people.
    pub(super) fn new(texts: Arc<Texts>, size: Size) -> Self {
        let mut stage = Self::of_nobody(texts, size);
        let book = &mut stage.state.book;
        book.take_contacts(world::contacts());
        book.take_conversations(world::conversations());
        book.take_presence(world::presence());
        stage
    }

    /// Ann's, who knows nobody.
    fn of_nobody(texts: Arc<Texts>, size: Size) -> Self {
        let identity = Identity {
            person: sample::id('a'),
            device: sample::id('a'),
            name: "Ann".to_owned(),
            safety_words: world::words(),
        };
        let clock = Clock::at(world::NOW, TimeZone::UTC);
        let mut state = State::new(identity, clock, texts);
        state.size = size;
        state.keymap = Preset::default().keymap();
        state.status = Some(world::status());
        state.status_due = u64::MAX;
        Self {
            state,
            asked: Vec::new(),
            says: None,
        }
    }

    /// Ann's, among people who have one thing to say, and are called that.
    pub(super) fn among(texts: Arc<Texts>, size: Size, says: &str) -> Self {
        let mut stage = Self::new(texts, size);
        corpus::rewrite(&mut stage.state, says);
        stage.says = Some(says.to_owned());
        stage
    }

    /// Has nobody be known.
    pub(super) fn forget_all(&mut self) {
        self.state.book = Book::of(self.state.identity.person);
    }

    /// Has this stand in front at the start.
    pub(super) fn begins_with(&mut self, popup: Popup) {
        self.state.popup = Some(popup);
    }

    /// Presses keys.
    pub(super) fn keys(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.happens(Event::Key(key.parse().unwrap()));
        }
    }

    /// Types a text, ends of lines as a paste has them.
    pub(super) fn types(&mut self, text: &str) {
        self.happens(Event::Paste(text.to_owned()));
    }

    /// Does something by its name, as the palette does.
    pub(super) fn does(&mut self, action: &str) {
        self.keys("ctrl-k");
        self.types(action);
        self.keys("enter");
    }

    /// Opens the conversation of a title, and has it be read.
    pub(super) fn opens(&mut self, title: &str) {
        self.begins_to_open(title);
        self.hears();
    }

    /// Opens the conversation of a title, whose messages have not come.
    pub(super) fn begins_to_open(&mut self, title: &str) {
        self.state.chosen = Some(world::place(title));
        self.state.focus = Focus::List;
        self.keys("enter");
    }

    /// What is known, to be changed.
    pub(super) fn state(&mut self) -> &mut State {
        &mut self.state
    }

    /// The node says something.
    pub(super) fn told(&mut self, told: Told) {
        let told = match &self.says {
            Some(says) => corpus::rewritten(told, says),
            None => told,
        };
        self.happens(Event::Told(told));
    }

    /// The node answers what it was asked.
    pub(super) fn hears(&mut self) {
        while let Some(ask) = self.asked.pop() {
            if let Some(told) = answer(&ask) {
                self.told(told);
            }
        }
    }

    /// The disk says what the path that is typed may go on with.
    pub(super) fn completes(&mut self, offers: &[&str]) {
        let Some(Popup::Path { input, .. }) = &self.state.popup else {
            return;
        };
        let typed = input.text().to_owned();
        let all = offers.iter();
        let offers = match &self.says {
            Some(says) => all.map(|_| format!("{typed}{says}")).collect(),
            None => all.map(|offer| format!("{typed}{offer}")).collect(),
        };
        self.happens(Event::Completed { typed, offers });
    }

    /// What is known at the end.
    pub(super) fn into_state(self) -> State {
        self.state
    }

    /// Something happens, and the screen is drawn.
    pub(super) fn happens(&mut self, event: Event) {
        for event in [event, Event::Drawn] {
            for effect in update(&mut self.state, event) {
                if let Effect::Ask(ask) = effect {
                    self.asked.push(ask);
                }
            }
        }
    }
}

/// What the node says to a question; nothing where a scene goes on without.
fn answer(ask: &Ask) -> Option<Told> {
    if let Ask::Page {
        ticket,
        place,
        anchor,
        ..
    } = ask
    {
        let is_all = matches!(anchor, Anchor::Newest | Anchor::Around(_));
        let (items, gaps) = if is_all {
            world::items(*place)
        } else {
            Default::default()
        };
        return Some(Told::Page {
            ticket: *ticket,
            place: *place,
            anchor: *anchor,
            items,
            gaps,
        });
    }
    if let Ask::Search { ticket, query, .. } = ask {
        return Some(Told::Found {
            ticket: *ticket,
            found: world::found(query),
        });
    }
    if let Ask::SafetyWords(person) = ask {
        return Some(Told::SafetyWords(world::safety_words(*person)));
    }
    if *ask == Ask::Invite {
        return Some(Told::Invited(world::invite()));
    }
    if let Ask::Doctor(_) = ask {
        return Some(Told::Checked(world::checks()));
    }
    if let Ask::Deliveries(message) = ask {
        return Some(Told::Deliveries(*message, world::deliveries()));
    }
    if let Ask::Pinned(place) = ask {
        return Some(Told::Pinned(*place, world::pinned()));
    }
    None
}
