//! The scenes once more, where everything that others wrote is a text of the corpus.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use tidings_node::api::{
    Argument, Author, Bundle, Contact, Conversation, Deed, DeedKind, Message, Presence,
};

use super::drawn::Drawn;
use super::scenes::{SCENES, Scene};
use super::stage::Stage;
use super::{SIZES, kind, view, world};
use crate::chat::{Item, Told};
use crate::failure::Failure;
use crate::safe_text::{corpus, width};
use crate::texts::{Language, Texts};
use crate::tui::state::{Size, State};

/// What is on the screen wherever what others wrote is.
const SIGN: &str = "Zyzzyva";

/// Scenes that have something on the screen that others wrote, at least.
const SCENES_MIN: usize = 20;

/// How many texts come between two with which a scene is shown that is more of a kind.
const TEXTS_A_TURN: usize = 7;

fn played(texts: &Arc<Texts>, size: Size, scene: &Scene, says: &str) -> State {
    let mut stage = Stage::among(Arc::clone(texts), size, says);
    (scene.play)(&mut stage);
    stage.into_state()
}

fn drawn(state: &State) -> Drawn {
    Drawn::new(state.size, |cells| view::draw(state, cells))
}

/// Scenes that show what others wrote, each with whether it is the first with what stands in front of it.
fn scenes(texts: &Arc<Texts>) -> Vec<(&'static Scene, bool)> {
    let mut kinds = BTreeSet::new();
    let mut scenes = Vec::new();
    for scene in SCENES {
        let state = played(texts, SIZES[0], scene, SIGN);
        let shows = drawn(&state).rows().any(|row| row.contains(&SIGN[..3]));
        if shows {
            scenes.push((scene, kinds.insert(state.popup.as_ref().map(kind))));
        }
    }
    scenes
}

#[test]
fn nothing_that_others_wrote_steers_the_screen_wherever_it_is_shown() {
    let texts = Arc::new(Texts::of(Language::English));
    let scenes = scenes(&texts);
    assert!(scenes.len() >= SCENES_MIN, "only {scenes:?}");
    let mut sizes = SIZES.into_iter().cycle();
    let mut turns = (0..TEXTS_A_TURN).cycle();
    for (name, text) in corpus::CORPUS {
        for (scene, is_first) in &scenes {
            // Whatever stands in front is shown with all of them, and what is more of its kind by turns.
            let is_its_turn = turns.next() == Some(0);
            if !is_first && !is_its_turn {
                continue;
            }
            let drawn = drawn(&played(&texts, sizes.next().unwrap(), scene, text));
            for row in drawn.rows() {
                let found = corpus::first_hostile(&row);
                assert_eq!(found, None, "{}, {name}: {row:?}", scene.name);
                assert!(width(&row) <= drawn.columns(), "{}: {row}", scene.name);
            }
            assert!(drawn.has_cursor_inside(), "{}:\n{drawn}", scene.name);
        }
    }
}

/// What is known, as if others had written nothing but this.
pub(super) fn rewrite(state: &mut State, says: &str) {
    let (mut contacts, mut conversations) = (world::contacts(), world::conversations());
    let mut now = world::presence();
    contacts.iter_mut().for_each(|one| contact(one, says));
    let all = conversations.iter_mut();
    all.for_each(|one| conversation(one, says));
    presence(&mut now, says);
    let book = &mut state.book;
    book.take_contacts(contacts);
    book.take_conversations(conversations);
    book.take_presence(now);
}

/// What the node says, as if others had written nothing but this.
pub(super) fn rewritten(told: Told, says: &str) -> Told {
    let mut told = told;
    match &mut told {
        Told::Page { items, gaps, .. } => {
            items.iter_mut().for_each(|one| item(one, says));
            gaps.iter_mut().for_each(|gap| author(&mut gap.from, says));
        }
        Told::Found { found, .. } => found.messages.iter_mut().for_each(|one| message(one, says)),
        Told::Pinned(_, messages) => messages.iter_mut().for_each(|one| message(one, says)),
        Told::Deliveries(_, deliveries) => {
            for delivery in deliveries {
                says.clone_into(&mut delivery.name);
                delivery.reason = Some(says.to_owned());
                for carrier in &mut delivery.carried_by {
                    carrier.name = Some(says.to_owned());
                }
            }
        }
        Told::SafetyWords(words) => says.clone_into(&mut words.name),
        Told::Checked(checks) => {
            for check in checks {
                says.clone_into(&mut check.detail);
                let arguments = check
                    .found
                    .iter_mut()
                    .flat_map(|found| found.with.values_mut());
                arguments.for_each(|argument| *argument = Argument::Text(says.to_owned()));
            }
        }
        Told::Presence(now) => presence(now, says),
        Told::Bundle(_, came) => bundle(came, says),
        Told::Transfers(all) => {
            for transfer in all {
                transfer.path = Path::new("/media").join(says);
            }
        }
        Told::Failed(_, failure) | Told::Ended(failure) => *failure = Failure::failed(says),
        Told::Sent(..)
        | Told::Changed(_)
        | Told::Deleted(_)
        | Told::Cancelled(_)
        | Told::Gone(_)
        | Told::Conversation(_)
        | Told::DraftKept(_)
        | Told::Created(_)
        | Told::Accepted(_)
        | Told::Left(_)
        | Told::Read(_)
        | Told::AllRead(_)
        | Told::Draft { .. }
        | Told::Conversations(_)
        | Told::Contacts(_)
        | Told::Contact(_)
        | Told::Verified(_)
        | Told::Invited(_)
        | Told::Used(_)
        | Told::Joined(_)
        | Told::JoinCancelled
        | Told::Identity(_)
        | Told::Status(_)
        | Told::Done
        | Told::Superseded(_)
        | Told::News(_)
        | Told::Stale(_) => {}
    }
    told
}

fn author(author: &mut Author, says: &str) {
    says.clone_into(&mut author.name);
}

fn contact(contact: &mut Contact, says: &str) {
    says.clone_into(&mut contact.name);
}

fn conversation(conversation: &mut Conversation, says: &str) {
    says.clone_into(&mut conversation.title);
    for member in &mut conversation.members {
        says.clone_into(&mut member.name);
        member.mentioned_as = Some(says.to_owned());
    }
    if let Some(by) = &mut conversation.invited_by {
        author(by, says);
    }
    // One's own, and yet it may have come by a paste.
    if conversation.draft.is_some() {
        conversation.draft = Some(says.to_owned());
    }
}

fn presence(presence: &mut Presence, says: &str) {
    presence.online.iter_mut().for_each(|one| author(one, says));
    let typing = presence.typing.iter_mut();
    typing.for_each(|typist| author(&mut typist.from, says));
}

fn bundle(bundle: &mut Bundle, says: &str) {
    bundle.path = Path::new("/media").join(says);
    for damaged in &mut bundle.damaged {
        damaged.path = bundle.path.join(says);
        says.clone_into(&mut damaged.reason);
    }
}

fn item(item: &mut Item, says: &str) {
    match item {
        Item::Message(one) => message(one, says),
        Item::Deed(one) => deed(one, says),
    }
}

fn deed(deed: &mut Deed, says: &str) {
    author(&mut deed.by, says);
    match &mut deed.what {
        DeedKind::Created { title } | DeedKind::Renamed { title } => says.clone_into(title),
        DeedKind::Added { whom, .. } | DeedKind::Removed { whom } | DeedKind::Role { whom, .. } => {
            says.clone_into(&mut whom.name)
        }
        DeedKind::Left | DeedKind::Disappearing { .. } | DeedKind::Unknown | _ => {}
    }
}

fn message(message: &mut Message, says: &str) {
    author(&mut message.from, says);
    says.clone_into(&mut message.body);
    if message.reason.is_some() {
        message.reason = Some(says.to_owned());
    }
    if let Some(quote) = &mut message.quote {
        author(&mut quote.from, says);
        says.clone_into(&mut quote.body);
    }
    let names = vec![says.to_owned(), "Ben".to_owned()];
    message.reactions = [(says.to_owned(), names)].into();
}
