//! Somebody in the demo: a profile, the process that runs its node, and a line to it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tidings_node::api::{
    AwaitJoin, AwaitState, ContactState, Join, MakeInvite, Message, MessageState, ReadMessages,
    SendMessage, Stop, Who,
};
use tidings_node::{Attached, Builder, Home, Mode, OperationId};

use crate::failure::Failure;

/// Where a node listens: this machine, any free port.
const LISTEN: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// How long an invite lasts.
const INVITE_MILLIS: u64 = 10 * 60 * 1000;

/// Somebody in the demo.
pub(super) struct Actor {
    name: &'static str,
    home: PathBuf,
    running: Option<Running>,
}

/// A node's process and the line to it.
struct Running {
    process: Process,
    node: Attached,
}

/// A process that is ended with its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Actor {
    /// Makes the profile below `directory`, and starts the node.
    pub(super) async fn new(name: &'static str, directory: &Path) -> Result<Self, Failure> {
        let home = directory.join(name.to_lowercase());
        let (node, _) = Builder::new(&home)
            .mode(Mode::Offline)
            .serve(false)
            .create(name)
            .await?;
        node.shutdown().await?;
        let mut actor = Self {
            name,
            home,
            running: None,
        };
        actor.start().await?;
        Ok(actor)
    }

    /// The person's name.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the node runs.
    pub(super) const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts the node and waits until it is ready.
    pub(super) async fn start(&mut self) -> Result<(), Failure> {
        let failed = |what: &str| Failure::failed(format!("{}'s node {what}.", self.name));
        let program = std::env::current_exe()
            .map_err(|error| Failure::failed(format!("cannot start a node: {error}.")))?;
        let child = Command::new(program)
            .arg("--home")
            .arg(&self.home)
            .args(["daemon", "run", "--no-mdns", "--listen", LISTEN])
            .env_remove("TIDINGS_HOME")
            .env_remove("TIDINGS_PASSPHRASE_FILE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::failed(format!("cannot start a node: {error}.")))?;
        let mut process = Process(child);
        let stdout = process
            .0
            .stdout
            .take()
            .ok_or_else(|| failed("has no output"))?;
        let ready = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).map(|_| line)
        });
        match ready.await {
            Ok(Ok(line)) if line.contains("\"ready\"") => {}
            Ok(_) | Err(_) => return Err(failed("did not start")),
        }
        let node = Attached::connect(&Home::new(&self.home)).await?;
        self.running = Some(Running { process, node });
        Ok(())
    }

    /// Ends the node's process without warning (SIGKILL on Unix).
    pub(super) fn kill(&mut self) {
        self.running = None;
    }

    /// Ends the node in good order.
    pub(super) async fn stop(&mut self) {
        if let Some(mut running) = self.running.take()
            && running.node.call(Stop {}).await.is_ok()
        {
            // A node that does not end after all is ended when this is dropped.
            let _ = tokio::task::spawn_blocking(move || running.process.0.wait()).await;
        }
    }

    /// Makes a code.
    pub(super) async fn invite(&self) -> Result<String, Failure> {
        let request = tidings_node::request_id();
        let invite = MakeInvite {
            request,
            expires_in: INVITE_MILLIS,
            reusable: false,
        };
        Ok(self.node()?.call(invite).await?.code)
    }

    /// Uses a code and waits for the answer.
    pub(super) async fn join(&self, code: &str, timeout: u64) -> Result<(), Failure> {
        let code = code.to_owned();
        let request = tidings_node::request_id();
        let mut contact = self
            .node()?
            .call(Join {
                request,
                code: code.clone(),
            })
            .await?;
        if contact.state == ContactState::Pending {
            contact = self.node()?.call(AwaitJoin { code, timeout }).await?;
        }
        if contact.state == ContactState::Active {
            Ok(())
        } else {
            Err(Failure::failed(format!(
                "{}'s join was not answered in time.",
                self.name
            )))
        }
    }

    /// Stores a message to somebody.
    pub(super) async fn send(&self, to: &str, text: &str) -> Result<Message, Failure> {
        let request = tidings_node::request_id();
        let message = SendMessage {
            request,
            who: Who::from(to),
            text: text.to_owned(),
            reply_to: None,
            priority: false,
        };
        Ok(self.node()?.call(message).await?)
    }

    /// Waits until a message has arrived; how far it has come.
    pub(super) async fn delivered(
        &self,
        message: OperationId,
        timeout: u64,
    ) -> Result<MessageState, Failure> {
        let wait = AwaitState {
            message,
            state: MessageState::Delivered,
            timeout,
        };
        Ok(self.node()?.call(wait).await?.message.state)
    }

    /// The texts that came from somebody, in the order shown.
    pub(super) async fn received_from(&self, name: &str) -> Result<Vec<String>, Failure> {
        let read = ReadMessages {
            who: Some(Who::from(name)),
            ..ReadMessages::default()
        };
        let page = self.node()?.call(read).await?;
        let others = page.messages.into_iter().filter(|message| !message.mine);
        Ok(others.map(|message| message.body).collect())
    }

    fn node(&self) -> Result<&Attached, Failure> {
        let running = self.running.as_ref();
        running
            .map(|running| &running.node)
            .ok_or_else(|| Failure::failed(format!("{}'s node does not run.", self.name)))
    }
}
