//! People: what they ask of their devices, again after each crash until there is an answer.

use std::time::Duration;

use tidings_protocol::domain::Domain;
use tidings_protocol::engine::{Command, CommandError};
use tidings_protocol::id::{ConversationId, OperationId, RequestId, Tag, TransportId};
use tidings_protocol::operation::Content;
use tidings_protocol::record::Outcome;

use super::World;

/// How long people wait for an answer, in milliseconds.
const PATIENCE_MILLIS: u64 = 60_000;
/// Crashes through which people repeat a request.
const REPEATS_MAX: usize = 16;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// A request that someone made.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Of which device.
    pub device: usize,
    /// Under which name.
    pub request: RequestId,
    /// For what.
    pub command: Command,
}

impl World {
    /// Asks a device for something and waits for nothing.
    pub fn ask_only(&mut self, device: usize, command: Command) -> RequestId {
        let request = RequestId::new(self.chance.bytes());
        self.asked.push(Asked {
            device,
            request,
            command: command.clone(),
        });
        self.submit(device, request, command);
        request
    }

    /// Asks a device for something, and again when it crashes, until there is an answer.
    pub fn ask(&mut self, device: usize, command: Command) -> Result<Outcome, CommandError> {
        let request = self.ask_only(device, command);
        for _ in 0..REPEATS_MAX {
            let until = self.now + PATIENCE_MILLIS;
            while !self.devices[device].replies.contains_key(&request)
                && self.devices[device].is_up()
                && self.step(until)
            {}
            if let Some(reply) = self.devices[device].replies.get(&request) {
                return reply.clone();
            }
            // Its requests without a reply are made again when it starts.
            self.start_all();
        }
        panic!("no reply to {request:?} of {}", self.devices[device].name);
    }

    /// Every request that was made, oldest first.
    #[must_use]
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// Makes an invite and hands over its code.
    pub fn invite(&mut self, device: usize, reusable: bool) -> String {
        let outcome = self.ask(
            device,
            Command::MakeInvite {
                expires_in: WEEK,
                reusable,
            },
        );
        match outcome {
            Ok(Outcome::Invited { code, .. }) => code,
            other => panic!("no invite: {other:?}"),
        }
    }

    /// Uses a code; returns the join's tag.
    pub fn join(&mut self, device: usize, code: &str) -> Result<Tag, CommandError> {
        let code = code.to_owned();
        let outcome = self.ask(device, Command::Join { code })?;
        let Outcome::Joining { tag } = outcome else {
            panic!("no join: {outcome:?}");
        };
        Ok(tag)
    }

    /// Makes two people contacts of each other, through whatever crashes.
    pub fn pair(&mut self, one: usize, other: usize) {
        let code = self.invite(one, false);
        self.join(other, &code).expect("the code is fine");
        self.rest();
        for (device, with) in [(one, other), (other, one)] {
            assert!(self.knows(device, with), "{device} does not know {with}");
        }
    }

    /// Whether a device has another's person as a contact.
    pub fn knows(&mut self, device: usize, other: usize) -> bool {
        let person = self.devices[other].person;
        let contacts = self.devices[device].reader().contacts();
        let contacts = contacts.expect("contacts are read");
        contacts.iter().any(|contact| contact.person == person)
    }

    /// Sends a message; returns its id.
    pub fn say(&mut self, from: usize, to: usize, text: &str) -> OperationId {
        let command = self.message(from, to, text);
        match self.ask(from, command) {
            Ok(Outcome::Sent { message }) => message,
            other => panic!("not sent: {other:?}"),
        }
    }

    /// The command that sends a message.
    #[must_use]
    pub fn message(&self, from: usize, to: usize, text: &str) -> Command {
        let text = text.to_owned();
        self.content(from, to, None, Content::Message { text })
    }

    /// The command that writes anything into the conversation of two.
    #[must_use]
    pub fn content(
        &self,
        from: usize,
        to: usize,
        target: Option<OperationId>,
        content: Content,
    ) -> Command {
        Command::Write {
            urgent: false,
            conversation: self.conversation(from, to),
            target,
            content,
        }
    }

    /// The command that gives a message up.
    pub fn cancel(&mut self, device: usize, message: OperationId) -> Command {
        let row = self.devices[device].reader().message(message);
        let row = row.expect("it is read").expect("it is there");
        Command::Cancel {
            conversation: row.conversation,
            actor: row.actor,
            seq: row.seq,
            message,
        }
    }

    /// The command that marks all of another's messages as read that are there.
    pub fn read_all(&mut self, device: usize, of: usize) -> Command {
        let with = self.devices[of].person;
        let conversation = self.devices[device].conversation(with);
        let actor = self.devices[of].actor(self.devices[device].person);
        let shown = self.shown(device, of).into_iter();
        let mut read: Vec<_> = shown.map(|shown| (shown.seq, shown.seq)).collect();
        let last = read.last().map_or(0, |(_, last)| *last);
        let reader = self.devices[device].reader();
        let silent = reader.silent(conversation, actor, last);
        read.extend(silent.expect("operations are read"));
        Command::MarkRead {
            conversation,
            read: vec![(actor, read)],
        }
    }

    /// The conversation of two devices' people.
    #[must_use]
    pub fn conversation(&self, one: usize, other: usize) -> ConversationId {
        self.devices[one].conversation(self.devices[other].person)
    }

    /// Asks a device again for everything that it gave no answer to.
    pub(super) fn ask_again(&mut self, device: usize) {
        let unanswered: Vec<Asked> = self
            .asked
            .iter()
            .filter(|asked| asked.device == device)
            .filter(|asked| !self.devices[device].replies.contains_key(&asked.request))
            .cloned()
            .collect();
        for asked in unanswered {
            self.submit(device, asked.request, asked.command);
        }
    }

    fn submit(&mut self, device: usize, request: RequestId, command: Command) {
        if self.devices[device].command(request, command, self.now) {
            self.turn(device);
        }
    }
}

/// What an invite tells of its maker's transport id.
pub(super) fn hint_of(transport: TransportId) -> [u8; 8] {
    let hash = Domain::TransportHint.hash(&[transport.as_bytes()]);
    let mut hint = [0; 8];
    hint.copy_from_slice(&hash[..8]);
    hint
}
