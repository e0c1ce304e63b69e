//! What people do wrong, and what is not done that they ask for: said without anything that they wrote, are
//! called, or keep secret.

use std::collections::BTreeSet;
use std::time::Duration;

use super::canaries::Kind;
use super::leaks::{ALL, Story, TITLE};
use super::{ANN, BEN, CAT, message};
use crate::engine::{Command, CommandError};
use crate::id::ConversationId;
use crate::operation::{SignedFork, SignedOperation};
use crate::pairing::PairingError;
use crate::record::Outcome;
use crate::sync::{Control, ForkClaim, Introduction, SessionMessage, Vector};
use crate::wire;

/// What a changed program of a member may say in a session, with what it must not be quoted with.
fn faults(story: &Story, room: ConversationId) -> Vec<SessionMessage> {
    let town = &story.town;
    let written = town.stored(BEN, room, BEN).pop().unwrap();
    let mut header = written.header().clone();
    (header.seq, header.prev) = (header.seq + 1, Some(written.id()));
    let forged = SignedOperation {
        header: wire::encode(&header),
        ..written.signed().clone()
    };
    let mut torn = forged.clone();
    torn.header.pop();
    let stolen = town.stored(BEN, town.direct(BEN, ANN), BEN)[0]
        .signed()
        .clone();
    let fork = SignedFork {
        first: forged.clone(),
        second: forged.clone(),
    };
    let nowhere = ConversationId::new([9; 32]);
    let card = town
        .own(CAT)
        .card(vec!["/ip4/192.0.2.1".to_owned()])
        .to_bytes();
    let control = |card: &[u8]| Control {
        conversation: room,
        cards: vec![Introduction {
            card: card.to_vec().into(),
            addresses: Vec::new(),
        }],
        operations: Vec::new(),
    };
    vec![
        SessionMessage::Operations(vec![forged.clone()]),
        SessionMessage::Operations(vec![torn]),
        SessionMessage::Operations(vec![stolen, forged]),
        SessionMessage::Fork(Box::new(ForkClaim {
            conversation: room,
            fork,
            head: None,
        })),
        SessionMessage::Control(control(&card[1..])),
        SessionMessage::Control(control(b"canary name of a card")),
        SessionMessage::Vector(Vector::of_positions(nowhere, Vec::new())),
    ]
}

#[test]
fn what_a_peer_does_wrong_is_said_without_a_text_a_name_a_key_or_a_whole_id() {
    let mut story = Story::begin();
    story.canaries.add(Kind::Text, b"canary name of a card");
    story.meet();
    story.town.connect(ANN, BEN);
    let title = story.name(TITLE);
    let room = story.town.make_room(ANN, &title, &[BEN]);
    story.write(room);
    story.town.tap.as_mut().unwrap().faults = Some(Vec::new());
    let heard = |story: &Story| story.town.tap.as_ref().unwrap().faults.clone().unwrap();
    let mut passed = Vec::new();
    for fault in faults(&story, room) {
        story.town.disconnect_all();
        story.town.connect(ANN, BEN);
        let before = heard(&story).len();
        story.town.say(BEN, ANN, &fault);
        if heard(&story).len() == before {
            passed.push(fault);
        }
    }
    assert!(passed.is_empty(), "{passed:?}");
    // And what is no frame of a session at all, before there is one and in one, and no answer to a join.
    let text = story.text();
    for is_session in [false, true] {
        story.town.disconnect_all();
        if is_session {
            story.town.connect(BEN, ANN);
        } else {
            story.town.link(BEN, ANN);
        }
        story.town.hand_frame(ANN, BEN, text.clone().into_bytes());
    }
    let code = story.town.join(CAT, BEN, false);
    story.canaries.add(Kind::Secret, code.as_bytes());
    story.town.hand_frame(CAT, BEN, text.into_bytes());
    story.look();
    let heard: BTreeSet<String> = heard(&story).into_iter().collect();
    assert!(heard.len() >= 8, "{heard:?}");
    let search = story.canaries.search(&ALL);
    for said in &story.town.tap.as_ref().unwrap().said {
        search.finds_nothing_in(said.as_bytes(), said);
    }
}

#[test]
fn a_command_that_is_refused_is_refused_without_what_was_typed() {
    let mut story = Story::begin();
    story.meet();
    let (text, person) = (story.text(), story.town.person(BEN));
    let conversation = story.town.direct(ANN, BEN);
    let name = format!("{text}\n");
    let nowhere = ConversationId::new([9; 32]);
    let room = |title: &str| Command::MakeRoom {
        title: title.to_owned(),
        members: Vec::new(),
    };
    let write = |conversation, text: &str| Command::Write {
        urgent: false,
        conversation,
        target: None,
        content: message(text),
    };
    let refused = [
        Command::Join { code: text.clone() },
        Command::RenameContact {
            person,
            name: name.clone(),
        },
        room(&name),
        room(&text.repeat(9)),
        write(nowhere, &text),
        write(conversation, &text.repeat(2000)),
        Command::Draft {
            conversation,
            text: text.repeat(2000),
        },
        Command::Draft {
            conversation: nowhere,
            text,
        },
    ];
    let mut errors = Vec::new();
    for command in refused {
        errors.push(story.town.command(ANN, command).unwrap_err());
    }
    let code = story.town.command(
        ANN,
        Command::MakeInvite {
            expires_in: Duration::from_secs(60),
            reusable: false,
        },
    );
    let Ok(Outcome::Invited { code, .. }) = code else {
        panic!("no invite");
    };
    story.canaries.add(Kind::Secret, code.as_bytes());
    let own = story.town.command(ANN, Command::Join { code });
    assert_eq!(own, Err(CommandError::Invite(PairingError::OwnInvite)));
    story.look();
    let search = story.canaries.search(&ALL);
    for error in errors.iter().chain(&own.err()) {
        let said = format!("{error:?} {error:#?} {error}");
        search.finds_nothing_in(said.as_bytes(), &said);
    }
    for said in &story.town.tap.as_ref().unwrap().said {
        search.finds_nothing_in(said.as_bytes(), said);
    }
}
