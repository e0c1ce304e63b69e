//! To whom one can write, as they are numbered: contacts in the order in which we met, then rooms.

use tidings_node::api::{Contact, ContactState, Conversation, ConversationKind, Standing};
use tidings_node::{ConversationId, PersonId};

use super::State;
use crate::chat::{Action, Book, Changed, Place};
use crate::output;
use crate::safe_text::Safe;
use crate::texts::Texts;

impl State {
    /// Takes what there is at the start; returns whom we know.
    pub(super) fn begin(
        &mut self,
        own: PersonId,
        contacts: Vec<Contact>,
        conversations: Vec<Conversation>,
    ) -> Vec<Changed<Contact>> {
        self.book = Book::of(own);
        let known = self.book.take_contacts(contacts);
        for Changed { place, .. } in self.book.take_conversations(conversations) {
            self.note_past(place);
            let unread = self.book.conversation(place).map_or(0, |one| one.unread);
            self.unread.insert(place, unread);
        }
        known
    }

    /// Notes whether a room that is new here was left before.
    pub(super) fn note_past(&mut self, place: Place) {
        let room = self.book.conversation(place);
        if room.is_some_and(|room| room.standing == Standing::Left) {
            self.past.insert(place);
        }
    }

    /// What it is called there.
    pub(super) fn title(&self, place: Place) -> Safe {
        let title = self.book.title(place, &self.texts);
        title.unwrap_or_else(|| self.texts.somebody())
    }

    /// How something is typed that is done to whom it names.
    pub(super) fn naming(&self, action: Action, place: Place) -> Safe {
        let slash = action.entry().and_then(|entry| entry.slash);
        let verb = slash.map_or("", |slash| slash.verb);
        Safe::line(&format!("{verb} {}", self.title(place)))
    }

    /// The rooms.
    pub(super) fn rooms(&self) -> impl Iterator<Item = &Conversation> {
        let rooms = self.book.conversations().iter();
        rooms.filter(|one| one.kind == ConversationKind::Room && !self.is_past(one))
    }

    /// A room.
    pub(super) fn room(&self, id: ConversationId) -> Option<&Conversation> {
        let room = self.book.conversation(Place::Room(id));
        room.filter(|room| !self.is_past(room))
    }

    fn is_past(&self, room: &Conversation) -> bool {
        room.standing == Standing::Left && self.past.contains(&Place::Room(room.id))
    }

    /// Everybody and every room.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let people = self.book.contacts().iter();
        let people = people.filter_map(|contact| contact.person.map(Place::Person));
        people.chain(self.rooms().map(|room| Place::Room(room.id)))
    }

    /// All of it, line by line.
    pub(super) fn list(&self) -> Vec<Safe> {
        let texts = &self.texts;
        let rows: Vec<[String; 4]> = (1usize..)
            .zip(self.places())
            .map(|(number, place)| {
                let unread = self.unread.get(&place).copied().unwrap_or(0);
                let unread = (unread > 0).then(|| texts.unread(unread));
                let about: Vec<String> = self.about(place).into_iter().map(String::from).collect();
                let unread = unread.unwrap_or_default().into();
                let name = self.title(place).into();
                [number.to_string(), name, unread, about.join(", ")]
            })
            .collect();
        let waiting = u64::try_from(self.book.pending().len()).unwrap_or(u64::MAX);
        if rows.is_empty() {
            return nobody_yet(waiting > 0, texts);
        }
        let waiting = (waiting > 0).then(|| texts.codes_wait(waiting));
        let gives_up = waiting
            .is_some()
            .then(|| texts.commands(|action| action == Action::CancelJoin));
        let opens = texts.list_opens(&texts.whole(Action::Open));
        let lines = Safe::lines(&output::table(&rows)).into_iter();
        let waiting = waiting.into_iter().chain(gives_up.into_iter().flatten());
        lines.chain(waiting).chain([opens]).collect()
    }

    /// What is to be said of a contact or a room in the list.
    fn about(&self, place: Place) -> Vec<Safe> {
        let texts = &self.texts;
        let (stands, is_online) = match place {
            Place::Person(id) => {
                let contact = self.book.contact(place);
                let stands = contact.map(|contact| stands(contact, texts));
                (stands, self.book.is_online(id))
            }
            Place::Room(id) => {
                let room = self.room(id);
                (room.map(|room| super::room::about(room, texts)), false)
            }
        };
        let known = self.book.conversation(place);
        let open = (self.open == Some(place)).then(|| texts.is_open());
        let online = is_online.then(|| texts.online());
        let muted = known.filter(|known| known.muted).map(|_| texts.muted());
        let archived = known.filter(|known| known.archived);
        let archived = archived.map(|_| texts.is_put_away());
        let all = [open, stands, online, muted, archived];
        all.into_iter().flatten().collect()
    }
}

/// How it stands with a contact.
fn stands(contact: &Contact, texts: &Texts) -> Safe {
    match contact.state {
        ContactState::Blocked => texts.blocked(),
        ContactState::Suspended => texts.held_off_verify(),
        ContactState::Active | ContactState::Pending | _ if contact.verified => {
            texts.verified_mark()
        }
        ContactState::Active | ContactState::Pending | _ => texts.not_verified(),
    }
}

/// Said while there are no contacts.
fn nobody_yet(is_waiting: bool, texts: &Texts) -> Vec<Safe> {
    let said = if is_waiting {
        texts.code_waits_meanwhile()
    } else {
        texts.no_contacts()
    };
    let ways: &[Action] = if is_waiting {
        &[Action::Invite, Action::Join, Action::CancelJoin]
    } else {
        &[Action::Invite, Action::Join]
    };
    let ways = texts.commands(|action| ways.contains(&action));
    [said].into_iter().chain(ways).collect()
}
