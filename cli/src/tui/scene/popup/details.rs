//! One message in front: whose it is, how far it has come with whom, and what is to be known of it.

use tidings_node::OperationId;
use tidings_node::api::{Carrier, Change, Delivery, Message};

use super::Content;
use crate::chat::Place;
use crate::safe_text::Safe;
use crate::texts::Texts;
use crate::tui::line::{Line, blanks};
use crate::tui::scene::{self, standing};
use crate::tui::state::State;
use crate::tui::theme::Face;

/// Columns of a name beside how far a message has come with them.
const NAME_COLUMNS: usize = 20;

/// Characters of an id by which people are told apart.
const ID_CHARACTERS: usize = 8;

/// What it shows in so many columns, from a row on.
pub(super) fn content(
    state: &State,
    id: OperationId,
    deliveries: Option<&[Delivery]>,
    top: usize,
    width: usize,
) -> Content {
    let texts = &state.texts;
    let open = state.open.as_ref();
    let message = open.and_then(|open| open.window.message(id));
    Content {
        title: texts.details_title(),
        lines: message.map_or_else(
            || vec![Line::of(texts.not_here(), Face::Faint)],
            |message| lines(state, message, deliveries, width),
        ),
        top,
        ..Content::default()
    }
}

fn lines(
    state: &State,
    message: &Message,
    deliveries: Option<&[Delivery]>,
    width: usize,
) -> Vec<Line> {
    let texts = &state.texts;
    let when = |millis: u64| state.clock.moment(millis);
    let mut said: Vec<(Safe, Face)> = Vec::new();
    if !message.mine {
        said.extend(author(state, message));
    }
    said.push((texts.details_sent(&when(message.sent_at)), Face::Text));
    said.push((
        texts.details_received(&when(message.received_at)),
        Face::Text,
    ));
    if let Some(then) = message.expires_at {
        said.push((texts.details_expires(&when(then)), Face::Text));
    }
    if message.disputed {
        said.push((texts.details_disputed(), Face::Trouble));
    }
    if message.change == Change::Hidden {
        said.push((texts.details_hidden(), Face::Attention));
    }
    let said = said.iter();
    let mut lines: Vec<Line> = said
        .flat_map(|(words, face)| Line::wrapped(words, width, *face))
        .collect();
    if message.mine {
        lines.extend(own(state, message, deliveries, width));
    }
    lines.extend(reactions(message, texts, width));
    let id = Safe::line(&message.id.to_string());
    lines.extend(Line::wrapped(&texts.details_id(&id), width, Face::Faint));
    lines
}

/// Who wrote it, and how it stands with them.
fn author(state: &State, message: &Message) -> [(Safe, Face); 2] {
    let texts = &state.texts;
    let person = message.from.person;
    let id = person.to_string();
    let start = id.get(..ID_CHARACTERS).unwrap_or(&id);
    let who = texts.details_from(&texts.author(&message.from.name), &Safe::line(start));
    let known = match state.contact(Place::Person(person)) {
        Some(contact) => standing(state, contact),
        None => (texts.no_contact_of_yours(), Face::Faint),
    };
    [(who, Face::Author), known]
}

/// How far an own message has come, over all and with each.
fn own(
    state: &State,
    message: &Message,
    deliveries: Option<&[Delivery]>,
    width: usize,
) -> Vec<Line> {
    let texts = &state.texts;
    let counts = message.delivery;
    let people = texts.details_people(counts.people, counts.carried, counts.delivered, counts.read);
    let mut lines = vec![scene::delivery(message, texts).cut(width)];
    lines.extend(Line::wrapped(&people, width, Face::Text));
    let Some(deliveries) = deliveries else {
        lines.push(Line::of(texts.details_wait(), Face::Faint));
        return lines;
    };
    // Those with whom it is the least far come first: it is for them that somebody looks.
    let mut sorted: Vec<&Delivery> = deliveries.iter().collect();
    sorted.sort_by_key(|one| one.state);
    for delivery in sorted {
        let room = NAME_COLUMNS.min(width / 2);
        let name = texts.author(&delivery.name).truncated(room).padded(room);
        let far = scene::reached(delivery.state, delivery.reason.as_deref(), texts);
        lines.push(
            Line::of(name, Face::Author)
                .with("  ", Face::Text)
                .then(far)
                .cut(width),
        );
        for carrier in &delivery.carried_by {
            lines.push(carried(state, carrier, width));
        }
    }
    lines
}

/// Who promised to keep it, and until when.
fn carried(state: &State, carrier: &Carrier, width: usize) -> Line {
    let texts = &state.texts;
    let name = match &carrier.name {
        Some(name) => texts.author(name),
        None => texts.somebody(),
    };
    let until = state.clock.moment(carrier.until);
    Line::of(blanks(2), Face::Faint)
        .with(texts.details_carried(&name, &until), Face::Faint)
        .cut(width)
}

fn reactions(message: &Message, texts: &Texts, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (emoji, names) in &message.reactions {
        let names: Vec<String> = names
            .iter()
            .map(|name| texts.author(name).to_string())
            .collect();
        let emoji = Safe::line(emoji).truncated(8);
        let room = width.saturating_sub(emoji.width() + 2).max(1);
        let rows = Safe::line(&names.join(", ")).rows(room, room);
        for (number, row) in rows.into_iter().enumerate() {
            let before = if number == 0 {
                emoji.clone()
            } else {
                blanks(emoji.width())
            };
            let line = Line::of(before, Face::Text)
                .with("  ", Face::Text)
                .with(row, Face::Faint);
            lines.push(line);
        }
    }
    lines
}
