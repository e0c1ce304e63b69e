//! What people write, what they are called, and what they keep secret, looked for in all that goes out of
//! their programs: frames, envelopes, events, replies and errors.

use super::canaries::{Canaries, Kind};
use super::mail::millis;
use super::town::{Tap, Town};
use super::{ANN, BEN, CAT};
use crate::engine::{Command, RoomChange};
use crate::envelope::Envelope;
use crate::id::ConversationId;
use crate::identity::bundle::BUNDLE_LIFETIME;
use crate::operation::Content;
use crate::pairing::JoinReply;

pub(super) const ALL: [Kind; 4] = [Kind::Text, Kind::Name, Kind::Secret, Kind::Id];
pub(super) const TITLE: &str = "The aviary of secrets";

/// A town, all that is known of it, and what was sealed there.
pub(super) struct Story {
    pub(super) town: Town,
    pub(super) canaries: Canaries,
    sealed: Vec<Vec<u8>>,
    texts: usize,
}

impl Story {
    /// Three who have never met, and somebody to carry what they seal.
    pub(super) fn begin() -> Self {
        let names = [
            "Annabella Nightingale",
            "Benedict Kingfisher",
            "Catarina Goldfinch",
        ];
        let mut town = Town::of_names(&names.map(str::to_owned), &[]);
        town.tap = Some(Tap::default());
        let mut canaries = Canaries::default();
        canaries.look_at_words(names.len());
        let mut story = Self {
            town,
            canaries,
            sealed: Vec::new(),
            texts: 0,
        };
        (0..names.len()).for_each(|who| story.town.carry(who));
        story.look();
        story
    }

    pub(super) fn look(&mut self) {
        self.canaries.look_at(&self.town);
    }

    /// A text that nothing else says.
    pub(super) fn text(&mut self) -> String {
        self.texts += 1;
        let text = format!("canary {} sings to nobody else", self.texts);
        self.canaries.add(Kind::Text, text.as_bytes());
        text
    }

    pub(super) fn name(&mut self, name: &str) -> String {
        self.canaries.add(Kind::Name, name.as_bytes());
        name.to_owned()
    }

    /// Ann meets Ben and Cat, who do not meet each other.
    pub(super) fn meet(&mut self) {
        for (joiner, reusable) in [(BEN, false), (CAT, true)] {
            let code = self.town.join(joiner, ANN, reusable);
            self.canaries.add(Kind::Secret, code.as_bytes());
            self.look();
            self.town.run();
            self.look();
        }
    }

    /// Everybody says something to everybody whom they know, and in the room.
    pub(super) fn write(&mut self, room: ConversationId) {
        for (from, to) in [(ANN, BEN), (BEN, ANN), (CAT, ANN), (ANN, CAT)] {
            let text = self.text();
            let conversation = self.town.direct(from, to);
            self.town.write(from, conversation, &text);
            let text = self.text();
            let _ = self.town.try_write(from, room, &text);
            self.look();
        }
    }

    /// Brings everybody all that was sealed, until nobody seals any more.
    fn carry_around(&mut self) {
        for _ in 0..8 {
            let mail = self.town.mail();
            for envelope in &mail {
                (0..3).for_each(|who| self.town.bring(who, envelope));
                self.look();
            }
            self.sealed.extend(mail);
        }
        assert!(
            self.town.deposits.is_empty(),
            "the mail never comes to rest"
        );
    }

    /// What else is done in a session: messages are changed, and people look at them.
    fn live(&mut self, room: ConversationId) {
        let text = self.text();
        self.town.add(ANN, room, Content::Edit { text });
        let emoji = "\u{1f426}".to_owned();
        self.town
            .add(BEN, room, Content::Reaction { emoji, set: true });
        self.town.add(ANN, room, Content::Pin { set: true });
        let person = self.town.person(BEN);
        let name = self.name("Benny the canary");
        let draft = self.text();
        let commands = [
            Command::RenameContact { person, name },
            Command::Draft {
                conversation: room,
                text: draft,
            },
            Command::Typing { conversation: room },
        ];
        for command in commands {
            self.town.command(ANN, command).unwrap();
        }
        let title = self.name("The cage of the canaries");
        self.town.change(ANN, room, RoomChange::Title { title });
        let seconds = Some(1_000_000);
        self.town
            .change(ANN, room, RoomChange::Lifetime { seconds });
        self.look();
    }

    /// From the first meeting of three until one of them is put out of their room.
    fn tell() -> Self {
        let mut story = Self::begin();
        story.meet();
        story.town.connect(ANN, BEN);
        story.town.connect(ANN, CAT);
        let title = story.name(TITLE);
        let room = story.town.make_room(ANN, &title, &[BEN, CAT]);
        story.town.connect(BEN, CAT);
        story.look();
        story.write(room);
        story.live(room);
        for _ in 0..2 {
            story.town.disconnect_all();
            story.write(room);
            story.carry_around();
            story.town.connect_all();
            story.write(room);
            story.town.wait(millis(BUNDLE_LIFETIME));
            story.look();
        }
        let person = story.town.person(CAT);
        story.town.disconnect_all();
        story.town.change(ANN, room, RoomChange::Remove { person });
        story.write(room);
        story.carry_around();
        story.look();
        story
    }
}

#[test]
fn nothing_that_travels_holds_a_text_a_key_or_an_id_of_those_who_write() {
    let mut story = Story::tell();
    let tap = story.town.tap.take().unwrap();
    assert!(story.sealed.len() > 12 && tap.frames.len() > 60);
    let joins = tap
        .frames
        .iter()
        .filter(|frame| Envelope::from_bytes(frame).is_ok());
    let replies = tap
        .frames
        .iter()
        .filter_map(|frame| JoinReply::from_bytes(frame).ok());
    let answers = replies.filter(|reply| matches!(reply, JoinReply::Answer(_)));
    assert_eq!((joins.count(), answers.count()), (2, 2));
    story.canaries.look_at_envelopes(&story.town, &story.sealed);
    for purge in &tap.purges {
        story.canaries.add(Kind::Secret, purge.expose());
    }
    for (kind, least) in [
        (Kind::Text, 30),
        (Kind::Name, 6),
        (Kind::Secret, 500),
        (Kind::Id, 100),
    ] {
        let count = story.canaries.count(kind);
        assert!(count >= least, "{kind:?}: {count}");
    }
    let search = story.canaries.search(&ALL);
    for frame in &tap.frames {
        search.finds_nothing_in(frame, "a frame");
    }
    for envelope in &story.sealed {
        search.finds_nothing_in(envelope, "an envelope");
    }
}

#[test]
fn the_search_for_canaries_finds_them_in_what_is_stored_and_in_what_is_printed_of_it() {
    let story = Story::tell();
    let search = story.canaries.search(&ALL);
    let stored = story.town.snapshot(ANN);
    let identity = stored.identity.unwrap();
    assert!(search.find(identity.expose()).is_some());
    let secrets = story.canaries.search(&[Kind::Secret]);
    for record in &stored.pairs {
        let state = record.state.expose();
        assert_eq!(
            secrets.find(state).map(|(kind, _)| kind),
            Some(Kind::Secret)
        );
        assert!(secrets.find(format!("{state:?}").as_bytes()).is_some());
    }
    let id = story.town.person(ANN);
    assert_eq!(
        search.find(id.to_string().as_bytes()).map(|(kind, _)| kind),
        Some(Kind::Id)
    );
    assert_eq!(search.find(format!("{id:?}").as_bytes()), None);
    let titles = format!("{:?}", stored.rooms);
    assert_eq!(
        search.find(titles.as_bytes()).map(|(kind, _)| kind),
        Some(Kind::Name)
    );
}

#[test]
fn no_event_and_no_reply_prints_a_text_a_name_a_key_or_a_whole_id() {
    let mut story = Story::tell();
    let tap = story.town.tap.take().unwrap();
    let search = story.canaries.search(&ALL);
    assert!(tap.said.iter().any(|said| said.contains("ContactAdded")));
    assert!(tap.said.iter().any(|said| said.contains("Reply")));
    for said in &tap.said {
        search.finds_nothing_in(said.as_bytes(), said);
    }
    // Records print names and ids: what is stored is for nobody's log. Texts and keys they do not print.
    let search = story.canaries.search(&[Kind::Text, Kind::Secret]);
    assert!(tap.done.iter().any(|done| done.contains("PutPair")));
    for done in &tap.done {
        search.finds_nothing_in(done.as_bytes(), done);
    }
}
