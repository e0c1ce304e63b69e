//! What people were asked to say in a room: that it is there, once, for whom it is for, as they said
//! it.
//!
//! Invariants
//! - It looks at what is durable, and at what people were told; never into an engine.
//! - Of a message whose circumstances are not known for sure, it asks less, never more.

use std::collections::BTreeSet;

use tidings_protocol::engine::{Command, CommandError};
use tidings_protocol::id::{ConversationId, OperationId, PersonId, RequestId};
use tidings_protocol::operation::Content;
use tidings_protocol::record::Outcome;
use tidings_store::MessageRow;

use super::{Asked, View, World};

/// A message that somebody was asked to write in a room, and what they knew as they did.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who.
    pub device: usize,
    /// The request.
    pub request: RequestId,
    /// In which run of the device.
    incarnation: u64,
    /// The members as its writer knew them.
    pub(super) members: BTreeSet<PersonId>,
    /// The control operations that its writer held.
    controls: BTreeSet<OperationId>,
    /// Which message it became in that run, as far as that is certain.
    pub(super) message: Option<OperationId>,
}

impl Said {
    /// Whether somebody was let in, by what this person knows now, since this was said: it may not
    /// be for them any more.
    pub(super) fn is_before_admission(&self, view: &View, person: PersonId) -> bool {
        view.control.admits_beyond(&self.controls, person)
    }
}

impl World {
    /// Asks somebody to write a message in a room.
    pub fn say_in(&mut self, device: usize, room: ConversationId, text: &str) -> Said {
        let view = self.devices[device]
            .is_settled()
            .then(|| self.view(device, room));
        let command = Command::Write {
            urgent: false,
            conversation: room,
            target: None,
            content: Content::Message {
                text: text.to_owned(),
            },
        };
        let incarnation = self.devices[device].incarnation;
        let request = self.ask_only(device, command);
        Said {
            device,
            request,
            incarnation: if view.is_some() { incarnation } else { 0 },
            members: view.as_ref().map(View::members).unwrap_or_default(),
            controls: view.map_or_else(BTreeSet::new, |view| view.control.held().clone()),
            message: None,
        }
    }

    /// Notes which messages became of what was said, where it is certain that they were written as
    /// they were asked for; to be called before anybody who crashed is started again.
    pub fn note_said(&self, said: &mut [Said]) {
        for one in said.iter_mut().filter(|one| one.message.is_none()) {
            let device = &self.devices[one.device];
            if device.incarnation == one.incarnation
                && let Some(Ok(Outcome::Sent { message })) = device.replies.get(&one.request)
            {
                one.message = Some(*message);
            }
        }
    }

    /// Each message that was acknowledged is once at everyone whom it is for, of those who are in
    /// each other's view, and says what its author said; and nobody was kept from saying anything.
    pub(super) fn check_said(&mut self, room: ConversationId, views: &[View]) {
        for asked in &self.asked {
            if self.traitors.contains(&asked.device) {
                continue;
            }
            let author = &self.devices[asked.device];
            let reply = author.replies.get(&asked.request);
            let reply = reply.unwrap_or_else(|| panic!("no reply to {asked:?}"));
            let silenced = [CommandError::OwnFork, CommandError::ClockExhausted].map(Err);
            assert!(
                !silenced.contains(reply),
                "{asked:?} was answered {reply:?}"
            );
            let (
                Command::Write {
                    urgent: false,
                    conversation,
                    content: Content::Message { .. },
                    ..
                },
                Ok(Outcome::Sent { message }),
            ) = (&asked.command, reply)
            else {
                continue;
            };
            if *conversation == room {
                self.check_one_said(asked, *message, views);
            }
        }
    }

    fn check_one_said(&self, asked: &Asked, message: OperationId, views: &[View]) {
        let author = &self.devices[asked.device];
        let (name, person, view) = (&author.name, author.person, &views[asked.device]);
        let own = view.rows.iter().find(|row| row.id == message);
        let own = own.unwrap_or_else(|| panic!("{name} lost {asked:?}"));
        if self.is_betrayed(person) {
            return;
        }
        self.check_words(asked, own);
        let same = view.rows.iter();
        let same = same.filter(|row| row.mine && row.text == own.text && !row.text.is_empty());
        assert!(same.count() <= 1, "{name} wrote {:?} twice", own.text);
        for (device, known) in views.iter().enumerate() {
            let copies: Vec<&MessageRow> =
                known.rows.iter().filter(|row| row.id == message).collect();
            let count = copies.len();
            assert!(count <= 1, "{device} shows {:?} {count} times", own.text);
            let mutual = known.is_joined()
                && view.is_joined()
                && known.members().contains(&person)
                && view.members().contains(&self.devices[device].person);
            let can_come = self.others(asked.device, views).contains(&device);
            if !mutual || !can_come {
                continue;
            }
            for copy in copies {
                self.check_words(asked, copy);
            }
            let place = known.places.get(&own.actor);
            // Whoever let its author in anew may have said that it is not for its author either, who hands
            // it out no more.
            let written = view.places.get(&own.actor);
            let mut places = place.into_iter().chain(written);
            let excluded = places.any(|place| own.seq <= place.base);
            let counts = place.is_none_or(|place| place.cut.is_none_or(|counts| own.seq <= counts));
            // What counts no more stays on the screens of its author's person.
            let stays = self.devices[device].person == person && count == 1;
            assert!(
                excluded || stays || (count == 1) == counts,
                "{device} has {count} of {name}'s {:?}",
                own.text
            );
        }
    }

    /// A message says what its author asked for, and is deleted only if they asked for that.
    fn check_words(&self, said: &Asked, row: &MessageRow) {
        let theirs = self.devices_of(self.devices[said.device].person);
        let same_author = self.asked.iter();
        let same_author = same_author.filter(|asked| theirs.contains(&asked.device));
        let mut words = same_author.filter_map(|asked| {
            let Command::Write {
                urgent: false,
                target,
                content,
                ..
            } = &asked.command
            else {
                return None;
            };
            (*target == Some(row.id) || asked.request == said.request).then_some(content)
        });
        let is_theirs = words.any(|content| {
            if let Content::Message { text } | Content::Edit { text } = content {
                !row.deleted && *text == row.text
            } else {
                *content == Content::Delete && row.deleted
            }
        });
        assert!(is_theirs, "{said:?} has become {row:?}");
    }

    /// Nobody who was no member when something was written, and was not let in since, shows it;
    /// unless there is a traitor, who may show anybody anything.
    pub(super) fn check_strangers(&mut self, views: &[View], said: &[Said]) {
        if !self.traitors.is_empty() {
            return;
        }
        for (device, view) in views.iter().enumerate() {
            let person = self.devices[device].person;
            if view.is_joined() {
                continue;
            }
            for one in said.iter().filter(|one| !one.members.is_empty()) {
                let Some(message) = one.message.filter(|_| !one.members.contains(&person)) else {
                    continue;
                };
                if !views
                    .iter()
                    .any(|view| one.is_before_admission(view, person))
                {
                    let shown = view.rows.iter().find(|row| row.id == message);
                    assert!(
                        shown.is_none(),
                        "{device} shows {shown:?}, which was not for them"
                    );
                }
            }
        }
    }
}
