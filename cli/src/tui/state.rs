//! All that the full-screen interface knows.
//!
//! Invariants
//! - Who and what there is, a [`Book`] keeps; what is shown is made of that in [`scene`](super::scene).
//! - A text that was begun belongs to its conversation: whatever is opened, nothing of it goes elsewhere.
//! - Messages are kept of one conversation at most, and of that a [`Window`].

mod list;
mod locked;
mod palette;
mod pane;
mod people;
mod popup;
mod reaction;
mod scroll;
mod toast;
mod vigil;
mod window;

use std::collections::BTreeMap;
use std::sync::Arc;

use tidings_node::api::{Contact, Conversation, Identity, Status, Transfer};

pub(super) use list::{ListRow, list_row, listed};
pub(super) use locked::{Locked, Passphrase};
pub(super) use palette::commands;
pub(super) use pane::Pane;
pub(super) use people::{Party, Somebody, candidates, choosable, offers_nobody, people};
pub(super) use popup::{Choice, Input, Popup, Question, Wanted};
pub(super) use reaction::{OFFERED, Offer, offered};
pub(super) use scroll::Scroll;
#[cfg(test)]
pub(super) use toast::TOAST_MILLIS;
pub(super) use toast::Toast;
pub(super) use vigil::Vigil;
pub(super) use window::{Beyond, PAGE_MESSAGES, Side, Window};

use super::clock::Clock;
use super::composer::Composer;
use super::keys::{Chord, Keymap};
use super::line;
use super::notify;
use super::theme::Theme;
use crate::chat::{Action, Book, Layer, Place, Ticket};
use crate::origin::Origin;
use crate::safe_text::Safe;
use crate::texts::Texts;

/// How often it is told that something is typed, in milliseconds.
const TYPING_MILLIS: u64 = 3_000;

/// Where the keys go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Focus {
    /// To the list of conversations.
    List,
    /// To the messages.
    Messages,
    /// To what is written.
    #[default]
    Composer,
}

/// Columns and rows of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// Columns.
    pub(super) columns: u16,
    /// Rows.
    pub(super) rows: u16,
}

/// What has been asked for anew and is not there yet, so that it is asked for once at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Refresh {
    /// Whether it is under way.
    pub(super) asked: bool,
    /// Whether something happened since it was asked for.
    pub(super) again: bool,
}

impl Refresh {
    /// Notes that something happened; whether it is to be asked for now.
    pub(super) fn wanted(&mut self) -> bool {
        self.again = self.asked;
        !std::mem::replace(&mut self.asked, true)
    }

    /// Notes that an answer came; whether it is to be asked for again.
    pub(super) fn answered(&mut self) -> bool {
        self.asked = std::mem::take(&mut self.again);
        self.asked
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) identity: Identity,
    pub(super) book: Book,
    pub(super) status: Option<Status>,
    /// What is written in each conversation.
    pub(super) composers: BTreeMap<Place, Composer>,
    /// The conversation that is open.
    pub(super) open: Option<Pane>,
    /// The one that the list stands on.
    pub(super) chosen: Option<Place>,
    /// Those that are in the rows of the list, as it was drawn last.
    pub(super) drawn: Vec<Place>,
    pub(super) focus: Focus,
    pub(super) popup: Option<Popup>,
    /// What stands in front of everything while the profile is locked.
    pub(super) locked: Option<Locked>,
    pub(super) toast: Option<Toast>,
    pub(super) size: Size,
    /// Whether the terminal is the one that is looked at.
    pub(super) is_looked_at: bool,
    /// Whether the terminal tells of that.
    pub(super) tells_of_looks: bool,
    /// When a key was pressed last, or the mouse: how much time had passed, in milliseconds.
    pub(super) touched_at: u64,
    /// The same, by what the system's clock showed.
    pub(super) touched_now: u64,
    /// When what stood in front went away by itself: how much time had passed, in milliseconds.
    pub(super) vanished_at: Option<u64>,
    /// When the question that stands in front appeared: how much time had passed, in milliseconds.
    pub(super) asked_at: u64,
    pub(super) keymap: Keymap,
    /// Keys that may become a longer sequence.
    pub(super) pending: Vec<Chord>,
    pub(super) theme: Theme,
    pub(super) clock: Clock,
    /// The number of the last question that can be asked anew.
    pub(super) ticket: Ticket,
    pub(super) refresh_conversations: Refresh,
    pub(super) refresh_contacts: Refresh,
    /// Of what is here, what was read elsewhere.
    pub(super) refresh_read: Refresh,
    /// Of what is here, what is there no longer.
    pub(super) refresh_gone: Refresh,
    pub(super) refresh_status: Refresh,
    /// What is being written and taken, in the order in which it began.
    pub(super) transfers: Vec<Transfer>,
    pub(super) refresh_transfers: Refresh,
    /// When the status is due: once so much time has passed, in milliseconds.
    pub(super) status_due: u64,
    /// Whether a room was asked for by the last key.
    pub(super) awaits_room: bool,
    /// Whether a line was answered by the last key with a code or a reaction.
    pub(super) awaits_answer: bool,
    /// Whether Ctrl-C was the last key.
    pub(super) is_interrupted: bool,
    /// Why the node is there no longer, if it is not.
    pub(super) ended: Option<Safe>,
    /// Whether the terminal tells of the mouse.
    pub(super) has_mouse: bool,
    /// Whether letters are keys where nothing is written.
    pub(super) letters_are_keys: bool,
    /// Whether the list has what is put away, too.
    pub(super) shows_away: bool,
    /// When it may be told again that something is typed.
    pub(super) typing_due: u64,
    /// How somebody wants to be told of what arrives.
    pub(super) wish: notify::Wish,
    /// What arrived and is to be told of.
    pub(super) waiting: notify::Waiting,
    /// The terminal's title, once it was set.
    pub(super) title_shown: Option<String>,
    /// Whether a first code leads to nobody.
    pub(super) vigil: Vigil,
    /// Where paths that are typed begin.
    pub(super) origin: Origin,
    /// The words.
    pub(super) texts: Arc<Texts>,
}

impl State {
    /// What is known before anything was asked.
    pub(super) fn new(identity: Identity, clock: Clock, texts: Arc<Texts>) -> Self {
        Self {
            book: Book::of(identity.person),
            identity,
            status: None,
            composers: BTreeMap::new(),
            open: None,
            chosen: None,
            drawn: Vec::new(),
            focus: Focus::List,
            popup: None,
            locked: None,
            toast: None,
            size: Size {
                columns: 80,
                rows: 24,
            },
            is_looked_at: true,
            tells_of_looks: false,
            touched_at: clock.passed(),
            touched_now: clock.now(),
            vanished_at: None,
            asked_at: 0,
            keymap: Keymap::default(),
            pending: Vec::new(),
            theme: Theme::default(),
            clock,
            ticket: Ticket::default(),
            refresh_conversations: Refresh::default(),
            refresh_contacts: Refresh::default(),
            refresh_read: Refresh::default(),
            refresh_gone: Refresh::default(),
            refresh_status: Refresh::default(),
            transfers: Vec::new(),
            refresh_transfers: Refresh::default(),
            status_due: 0,
            awaits_room: false,
            awaits_answer: false,
            is_interrupted: false,
            ended: None,
            has_mouse: true,
            letters_are_keys: false,
            shows_away: false,
            typing_due: 0,
            wish: notify::Wish::default(),
            waiting: notify::Waiting::default(),
            title_shown: None,
            vigil: Vigil::default(),
            origin: Origin::default(),
            texts,
        }
    }

    /// The next number of a question.
    pub(super) fn next_ticket(&mut self) -> Ticket {
        self.ticket = self.ticket.next();
        self.ticket
    }

    /// The conversation there, if there is one yet.
    pub(super) fn conversation(&self, place: Place) -> Option<&Conversation> {
        self.book.conversation(place)
    }

    /// The contact there, if it is one's.
    pub(super) fn contact(&self, place: Place) -> Option<&Contact> {
        self.book.contact(place)
    }

    /// What the conversation there is called; a person is never mistaken for our own.
    pub(super) fn title(&self, place: Place) -> Safe {
        self.book.title(place, &self.texts).unwrap_or_default()
    }

    /// The conversation that is open.
    pub(super) fn open_place(&self) -> Option<Place> {
        self.open.as_ref().map(|open| open.place)
    }

    /// What is written in the open conversation.
    pub(super) fn composer(&self) -> Option<&Composer> {
        self.composers.get(&self.open_place()?)
    }

    /// What is written in the open conversation, to be changed.
    pub(super) fn composer_mut(&mut self) -> Option<&mut Composer> {
        let place = self.open_place()?;
        Some(self.composers.entry(place).or_default())
    }

    /// Where the keys go.
    pub(super) fn layer(&self) -> Layer {
        match self.popup {
            Some(_) => Layer::Popup,
            None => self.part(),
        }
    }

    /// Where the keys go while nothing stands in front.
    pub(super) fn part(&self) -> Layer {
        match self.focus {
            Focus::List => Layer::List,
            Focus::Messages => Layer::Messages,
            Focus::Composer => Layer::Composer,
        }
    }

    /// The keys of an action; its name in the palette where it has none.
    pub(super) fn keys_of(&self, action: Action) -> String {
        let keys = match self.popup {
            Some(_) => self.keymap.keys_of(action),
            None => self.keymap.keys_behind(action),
        };
        keys.unwrap_or_else(|| {
            let palette = self.keymap.keys_of(Action::Palette).unwrap_or_default();
            let named = action.entry().map(|entry| self.texts.action(entry));
            format!("{palette} \"{}\"", named.unwrap_or_default())
        })
    }

    /// The keys that lead on, as the last rows say them: first those of the part that has the keys.
    pub(super) fn key_hints(&self) -> Safe {
        let keys = |action| Safe::line(&self.keys_of(action));
        let everywhere = self.texts.keys(
            &keys(Action::Help),
            &keys(Action::Palette),
            &keys(Action::Search),
            &keys(Action::Focus),
        );
        let mut all = match self.focus {
            Focus::Composer => return everywhere,
            Focus::List if listed(self).next().is_none() => return everywhere,
            Focus::List => self.texts.list_keys(&keys(Action::Open)),
            Focus::Messages => self.texts.message_keys(
                &keys(Action::Reply),
                &keys(Action::Edit),
                &keys(Action::React),
                &keys(Action::Delete),
                &keys(Action::Details),
                &keys(Action::Close),
            ),
        };
        all.push(&line::HINTS_APART.into());
        all.push(&everywhere);
        all
    }

    /// What is to be done where no conversation is open.
    pub(super) fn nothing_open(&self) -> Safe {
        let keys = |action| Safe::line(&self.keys_of(action));
        if listed(self).next().is_none() {
            let (invite, join) = (keys(Action::Invite), keys(Action::Join));
            return self.texts.nobody_yet(&invite, &join);
        }
        self.texts.nothing_open()
    }

    /// Whether a letter that is no key goes to what is written.
    pub(super) fn writes_from(&self, focus: Focus) -> bool {
        focus == Focus::Composer || !self.letters_are_keys
    }

    /// Whether it is time to tell again that something is typed.
    pub(super) fn may_tell_typing(&mut self) -> bool {
        let now = self.clock.passed();
        let may = self.typing_due <= now;
        if may {
            self.typing_due = now.saturating_add(TYPING_MILLIS);
        }
        may
    }
}
