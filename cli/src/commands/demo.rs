//! `tidings demo`: three people's nodes on this machine, and a conversation through an outage.
//!
//! Invariants
//! - Nodes are processes of this program with real sockets and stores, in a temporary directory.
//! - However the demo ends, its processes are ended and its directory is removed.
//! - It ends well only if every message arrived exactly once and in order at whom it is for.

mod actor;
mod script;

use std::time::Duration;

use serde_json::{Value, json};
use tidings_node::OperationId;
use tidings_node::api::MessageState;

use self::actor::Actor;
use self::script::{CAST, Line};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, json_line};
use crate::signals::Signals;

/// How long it may take in all.
const DEMO_TIMEOUT: Duration = Duration::from_secs(120);

/// How long anything in it may take to arrive.
const ARRIVAL_MILLIS: u64 = 30_000;

pub(super) async fn run(output: Output) -> Outcome {
    let mut end = Signals::new()?;
    tokio::select! {
        played = tokio::time::timeout(DEMO_TIMEOUT, play(output)) => played.unwrap_or_else(|_| {
            Err(Failure::failed("the demo did not end in time. Is this machine very busy?"))
        }),
        _ = end.arrived() => Err(Failure::failed("the demo was interrupted; it left nothing behind.")),
    }
}

async fn play(output: Output) -> Outcome {
    let directory = tempfile::Builder::new()
        .prefix("tidings-demo-")
        .tempdir()
        .map_err(|error| {
            Failure::failed(format!(
                "cannot make a temporary directory: {error}. Set TMPDIR."
            ))
        })?;
    let mut stage = Stage {
        output,
        cast: Vec::new(),
        sent: Vec::new(),
    };
    stage.tell(
        "started",
        json!({"people": CAST}),
        "Three people, three nodes, three stores.",
    )?;
    for name in CAST {
        stage.cast.push(Actor::new(name, directory.path()).await?);
    }
    stage.tell(
        "pairing",
        json!({}),
        "\nThey meet: each invites the next with a one-use code.",
    )?;
    stage.pair(0, 1).await?;
    stage.pair(1, 2).await?;
    stage.pair(0, 2).await?;
    stage.tell("talking", json!({}), "\nThey talk.")?;
    stage.speak(script::BEFORE).await?;
    stage.arrive().await?;
    stage.actor_mut(1)?.kill();
    stage.tell(
        "killed",
        json!({"person": "Ben"}),
        "\nBen's node is killed in the middle of it (kill -9). The others go on writing.",
    )?;
    stage.speak(script::DURING).await?;
    stage.actor_mut(1)?.start().await?;
    stage.tell(
        "restarted",
        json!({"person": "Ben"}),
        "\nBen's node starts again, and catches up.",
    )?;
    stage.arrive().await?;
    stage.speak(script::AFTER).await?;
    stage.arrive().await?;
    let checked = stage.check().await?;
    stage.end().await;
    stage.tell(
        "checked",
        json!({"messages": checked, "lost": 0, "doubled": 0}),
        &format!("\nAll {checked} messages arrived exactly once and in order."),
    )?;
    Ok(Exit::Done)
}

/// The cast, and all that was said.
struct Stage {
    output: Output,
    cast: Vec<Actor>,
    sent: Vec<Sent>,
}

/// A line on its way, or there.
struct Sent {
    line: Line,
    id: OperationId,
    arrived: bool,
}

impl Stage {
    /// Says what happens.
    fn tell(&self, event: &str, mut fields: Value, plain: &str) -> Result<(), Failure> {
        if !self.output.is_json() {
            return self.output.line(&format!("{plain}\n"));
        }
        if let Value::Object(fields) = &mut fields {
            fields.insert("event".to_owned(), json!(event));
        }
        self.output.line(&json_line("demo", &fields)?)
    }

    /// Makes two people contacts by a code.
    async fn pair(&self, inviter: usize, joiner: usize) -> Result<(), Failure> {
        let (inviter, joiner) = (self.actor(inviter)?, self.actor(joiner)?);
        let code = inviter.invite().await?;
        joiner.join(&code, ARRIVAL_MILLIS).await?;
        self.tell(
            "paired",
            json!({"inviter": inviter.name(), "joiner": joiner.name()}),
            &format!("  {} and {} are contacts.", inviter.name(), joiner.name()),
        )
    }

    /// Has lines said one after the other.
    async fn speak(&mut self, lines: &[Line]) -> Result<(), Failure> {
        for line in lines {
            let (from, to) = (self.actor(line.from)?, self.actor(line.to)?);
            let message = from.send(to.name(), line.text).await?;
            let waits = if to.is_running() {
                ""
            } else {
                "  (kept: Ben is off)"
            };
            self.tell(
                "sent",
                json!({"from": from.name(), "to": to.name(), "body": line.text, "id": message.id}),
                &format!(
                    "  {:>5} \u{2192} {:<5}  {}{waits}",
                    from.name(),
                    to.name(),
                    line.text
                ),
            )?;
            self.sent.push(Sent {
                line: *line,
                id: message.id,
                arrived: false,
            });
        }
        Ok(())
    }

    /// Waits until all that was said has arrived.
    async fn arrive(&mut self) -> Result<(), Failure> {
        let mut arrived = 0usize;
        for index in 0..self.sent.len() {
            let Some(sent) = self.sent.get(index).filter(|sent| !sent.arrived) else {
                continue;
            };
            let (from, to) = (self.actor(sent.line.from)?, self.actor(sent.line.to)?);
            let state = from.delivered(sent.id, ARRIVAL_MILLIS).await?;
            if !matches!(state, MessageState::Delivered | MessageState::Read) {
                return Err(Failure::failed(format!(
                    "a message from {} to {} did not arrive in time.",
                    from.name(),
                    to.name()
                )));
            }
            if let Some(sent) = self.sent.get_mut(index) {
                sent.arrived = true;
            }
            arrived += 1;
        }
        self.tell(
            "delivered",
            json!({"messages": arrived}),
            &format!("  \u{2713} {arrived} messages delivered, each acknowledged end to end."),
        )
    }

    /// Compares what each has with what each was told; how many messages that is.
    async fn check(&self) -> Result<usize, Failure> {
        for to in 0..self.cast.len() {
            for from in (0..self.cast.len()).filter(|from| *from != to) {
                let (reader, writer) = (self.actor(to)?, self.actor(from)?);
                let expected: Vec<&str> = self
                    .sent
                    .iter()
                    .filter(|sent| sent.line.from == from && sent.line.to == to)
                    .map(|sent| sent.line.text)
                    .collect();
                let present = reader.received_from(writer.name()).await?;
                if present != expected {
                    return Err(Failure::failed(format!(
                        "{} has {} messages of {}'s where {} were sent, or in another order.",
                        reader.name(),
                        present.len(),
                        writer.name(),
                        expected.len()
                    )));
                }
            }
        }
        Ok(self.sent.len())
    }

    /// Ends all nodes in good order.
    async fn end(&mut self) {
        for actor in &mut self.cast {
            actor.stop().await;
        }
    }

    fn actor(&self, index: usize) -> Result<&Actor, Failure> {
        self.cast.get(index).ok_or_else(missing)
    }

    fn actor_mut(&mut self, index: usize) -> Result<&mut Actor, Failure> {
        self.cast.get_mut(index).ok_or_else(missing)
    }
}

fn missing() -> Failure {
    Failure::failed("the demo's script names somebody who is not in its cast.")
}
