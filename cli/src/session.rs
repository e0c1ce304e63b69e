//! A command's hold on its profile: through the node that runs, else by opening the profile.
//!
//! Invariants
//! - A command that opened the profile serves others that attach meanwhile, and leaves when they
//!   are done.
//! - A command that has to reach contacts does not do its work through one that opened the profile
//!   without the network, unless that one stays, or the profile is to reach nobody.
//! - What is set of networks for the profile holds for whoever opens it. A command may need less, and never takes
//!   more.
//! - A node that ends under an attached command is replaced, and the request is sent again under
//!   the same id: it has its effect once. So is one that a command opened for itself, once it was handed
//!   over to a node that stays.
//! - Should the profile be locked then, whoever sits at an interface is asked for its passphrase, see [`Lock`], while
//!   requests wait; a command ends.
//! - Who is told to end by a signal that nobody typed closes the profile before.

mod lock;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tidings_node::api::{ErrorKind, GetStatus, HandOver, Method, Status};
use tidings_node::{Attached, Builder, Client, Home, Mode, Node, OpenError};
use tokio::sync::{RwLock, watch};
use zeroize::Zeroizing;

use crate::args::Global;
use crate::failure::{Cause, Failure};
use crate::home;
use crate::output;
use crate::safe_text::Safe;
use crate::signals::Signals;
use crate::terminal::{Settings, Unseen};
use crate::texts::Texts;
use crate::tui;

pub(crate) use lock::Lock;

/// How often a command goes on with another node after the one it spoke to has ended.
const REOPEN_ATTEMPTS_MAX: u32 = 10;

/// How much longer it waits each time: a node that is ending still answers, if only to say so.
const REOPEN_WAIT: Duration = Duration::from_millis(100);

/// How often a command looks whether another, which is in its way, has passed.
const PASSING_TRIES: u32 = 100;

/// How long it waits between two looks.
const PASSING_WAIT: Duration = Duration::from_millis(50);

/// How often it looks before it asks the other to hand over what it has opened, and how often between two
/// such requests.
const TRIES_PER_REQUEST: u32 = 10;

/// How often a command looks whether whoever asked for the profile has it.
const SUCCESSOR_TRIES: u32 = 200;

/// How often one looks whether whoever used a node goes on without it.
const ELSEWHERE_TRIES: u32 = 40;

/// The mode of a node that reaches nobody, as its status says it, and the settings.
const OFFLINE: &str = "offline";

/// How often a person may mistype a passphrase.
const PASSPHRASE_ATTEMPTS_MAX: u32 = 3;

/// How long a command waits for others in silence.
const SILENT_WAIT: Duration = Duration::from_secs(1);

/// How long whoever leaves waits to be told whether their work goes on.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a profile may take to close when a signal ends the process.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// What a command needs of the network if it opens the profile itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    /// Contacts should be reached.
    On,
    /// The disk is enough.
    Off,
    /// Contacts should be reached for as long as somebody sits here.
    Stay,
    /// Contacts should be reached, for a program that cannot change from one node to another.
    Program,
}

/// A profile in use. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    link: RwLock<Link>,
    home: PathBuf,
    network: Network,
    /// Whether somebody can be asked for the passphrase.
    attended: AtomicBool,
    /// Whether they are to be.
    locked: watch::Sender<bool>,
    /// Whether a signal ends the process: nothing more is done or said then.
    ending: AtomicBool,
}

/// The node in use, and how many there were before it.
#[derive(Debug)]
struct Link {
    client: Client,
    number: u32,
    /// Kept to open the profile when the node attached to ends.
    passphrase: Option<Zeroizing<String>>,
}

impl Session {
    /// Attaches to the profile's node, or opens the profile.
    pub(crate) async fn open(global: &Global, network: Network) -> Result<Self, Failure> {
        let home = home::directory(global)?;
        if !tidings_node::profile_exists(&home) {
            return Err(Failure::no_profile(&home));
        }
        let mut passphrase = home::passphrase_from_file(global)?;
        let mut attempts = 0;
        // From the first prompt until the profile is open.
        let mut unseen = None;
        let client = loop {
            let open = || builder(&home, network, passphrase.as_ref());
            match attach_or_open(network, open).await {
                Ok(client) => break client,
                Err(OpenError::NeedsPassphrase) if passphrase.is_none() => {
                    let unseen = unseen.get_or_insert_with(Unseen::now);
                    passphrase = Some(home::ask_passphrase(unseen)?);
                }
                Err(OpenError::WrongPassphrase)
                    if global.passphrase_file.is_none()
                        && home::can_prompt()
                        && attempts + 1 < PASSPHRASE_ATTEMPTS_MAX =>
                {
                    attempts += 1;
                    output::note(tui::texts().wrong_passphrase().as_str());
                    let unseen = unseen.get_or_insert_with(Unseen::now);
                    passphrase = Some(home::ask_passphrase(unseen)?);
                }
                Err(error) => return Err(error.into()),
            }
        };
        drop(unseen);
        Ok(Self::of(client, home, network, passphrase, Settings::now()))
    }

    /// Wraps a client that is already there. Should a signal end the process, the terminal is to be as it was then.
    pub(crate) fn of(
        client: Client,
        home: PathBuf,
        network: Network,
        passphrase: Option<Zeroizing<String>>,
        terminal: Settings,
    ) -> Self {
        let link = Link {
            client,
            number: 0,
            passphrase,
        };
        let shared = Arc::new(Shared {
            link: RwLock::new(link),
            home,
            network,
            attended: AtomicBool::new(false),
            locked: watch::Sender::new(false),
            ending: AtomicBool::new(false),
        });
        // Without them a signal ends the process as it ends any other.
        if let Ok(signals) = Signals::unattended() {
            tokio::spawn(end_cleanly(signals, Arc::downgrade(&shared), terminal));
        }
        Self { shared }
    }

    /// The profile's directory.
    pub(crate) fn home(&self) -> &Path {
        &self.shared.home
    }

    /// Asks the node.
    pub(crate) async fn call<M: Method + Clone>(&self, request: M) -> Result<M::Reply, Failure> {
        let reply = self.ask(request).await;
        self.unless_ending().await;
        reply
    }

    async fn ask<M: Method + Clone>(&self, request: M) -> Result<M::Reply, Failure> {
        let mut attempts = 0;
        loop {
            let (client, number) = {
                let link = self.shared.link.read().await;
                (link.client.clone(), link.number)
            };
            match client.call(request.clone()).await.map_err(Failure::from) {
                Err(failure)
                    if failure.cause == Cause::Unavailable && attempts < REOPEN_ATTEMPTS_MAX =>
                {
                    if matches!(&client, Client::Local(node) if !node.was_handed_over()) {
                        return Err(failure);
                    }
                    tokio::time::sleep(REOPEN_WAIT * attempts).await;
                    attempts += 1;
                    self.reopen(number).await?;
                }
                other => return other,
            }
        }
    }

    /// Whether the work goes on when this command has ended: another process's node does it, and that one stays. One
    /// that a passing command opened ends with those who use it.
    pub(crate) async fn goes_on(&self) -> bool {
        let is_attached = matches!(self.client().await, Client::Attached(_));
        is_attached
            && self
                .call(GetStatus {})
                .await
                .is_ok_and(|status| status.running)
    }

    /// [`Self::goes_on`] for whoever leaves, as the present node tells at once: nobody opens the profile for that, or
    /// waits for its passphrase.
    pub(crate) async fn goes_on_without(&self) -> bool {
        let told = async {
            let Client::Attached(node) = self.client().await else {
                return false;
            };
            let status = node.call(GetStatus {}).await;
            status.is_ok_and(|status| status.running)
        };
        let told = tokio::time::timeout(LEAVE_TIMEOUT, told).await;
        told.unwrap_or(false)
    }

    /// Why nobody can be reached through it, and what to do, for a person; nothing if somebody may be.
    pub(crate) async fn why_alone(&self, texts: &Texts) -> Option<Safe> {
        alone(&self.call(GetStatus {}).await.ok()?, texts)
    }

    /// The client as it is now.
    pub(crate) async fn client(&self) -> Client {
        self.shared.link.read().await.client.clone()
    }

    /// Closes the profile if this process has it, for a node that has ended already.
    pub(crate) async fn close(&self) -> Result<(), Failure> {
        if let Client::Local(node) = self.client().await {
            node.shutdown().await?;
        }
        Ok(())
    }

    /// Leaves the profile once nobody else uses it through this process; soon in any case where somebody sits here:
    /// they want to leave, and whoever else does goes on through a node of their own.
    pub(crate) async fn finish(self) -> Result<(), Failure> {
        if let Client::Local(node) = self.client().await {
            let used = tokio::time::timeout(SILENT_WAIT, unused(&node)).await;
            if used.is_err() && self.shared.network != Network::Stay {
                output::note(
                    "Done. Another Tidings command still uses this profile through this one; \
                     waiting for it. Ctrl-C ends both.",
                );
                tokio::select! {
                    () = unused(&node) => {}
                    // Whoever waited for it before has taken it from the system.
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            node.shutdown().await?;
        }
        self.unless_ending().await;
        Ok(())
    }

    /// Returns at once, or never if a signal ends the process.
    async fn unless_ending(&self) {
        if self.shared.ending.load(Ordering::Acquire) {
            std::future::pending().await
        }
    }

    /// Replaces the node of that number, unless somebody did already.
    async fn reopen(&self, number: u32) -> Result<(), Failure> {
        let mut link = self.shared.link.write().await;
        if link.number != number {
            return Ok(());
        }
        if let Client::Local(node) = &link.client {
            node.shutdown().await?;
            await_successor(&self.shared.home).await;
        }
        match self.shared.open_again(&mut link).await {
            Err(failure) if failure.cause == Cause::Locked && self.is_attended() => {
                self.unlocked(link).await;
                Ok(())
            }
            opened => opened,
        }
    }
}

impl Shared {
    /// Attaches to the node that there is by now, or opens the profile.
    async fn open_again(&self, link: &mut Link) -> Result<(), Failure> {
        let open = || builder(&self.home, self.network, link.passphrase.as_ref());
        let client = attach_or_open(self.network, open).await?;
        link.client = client;
        link.number += 1;
        Ok(())
    }
}

/// Why nobody can be reached by a node, for a person; nothing if somebody may be.
fn alone(status: &Status, texts: &Texts) -> Option<Safe> {
    if status.mode == OFFLINE {
        return Some(texts.alone_offline());
    }
    Some(texts.alone_because(&texts.lack(status)?))
}

/// Waits for a signal, closes the profile, and ends the process, also one that waits for its stdin.
async fn end_cleanly(mut signals: Signals, shared: Weak<Shared>, terminal: Settings) {
    let code = signals.arrived().await;
    if let Some(shared) = shared.upgrade() {
        shared.ending.store(true, Ordering::Release);
        // If it does not close, its files are as after a crash, which does no harm. It may not even come to wait: what it
        // logs goes to a terminal that may take nothing.
        let closed = tokio::spawn(async move { Session { shared }.close().await });
        let _ = tokio::time::timeout(END_TIMEOUT, closed).await;
    }
    terminal.restore_in_time().await;
    std::process::exit(code);
}

/// Attaches to the profile's node, or opens the profile; if `network` is needed, not to a node that
/// a passing command keeps off it, for as long as commands take to pass.
async fn attach_or_open(network: Network, open: impl Fn() -> Builder) -> Result<Client, OpenError> {
    for _ in 0..PASSING_TRIES {
        let client = Client::attach_or_open(&open).await?;
        if network == Network::Off || !is_passing_offline(&client).await {
            return Ok(client);
        }
        // Whoever is attached keeps the other from ending.
        drop(client);
        tokio::time::sleep(PASSING_WAIT).await;
    }
    Client::attach_or_open(&open).await
}

/// Whether the node is one that a command without need of the network opened for itself.
async fn is_passing_offline(client: &Client) -> bool {
    let Client::Attached(node) = client else {
        return false;
    };
    match node.call(GetStatus {}).await {
        Ok(status) => !status.running && status.mode == OFFLINE && status.mode_set != OFFLINE,
        // It has ended, or will: another look shows what comes after it.
        Err(error) => error.kind == ErrorKind::Unavailable,
    }
}

/// Waits until nobody else uses a node, or until it was told to end: whoever told it waits for us.
async fn unused(node: &Node) {
    tokio::select! {
        () = node.idle() => {}
        () = node.ended() => {}
    }
}

/// What opens the profile in `home` with as much network as is needed, and no more than is set.
fn builder(home: &Path, network: Network, passphrase: Option<&Zeroizing<String>>) -> Builder {
    let builder = match network {
        // Nobody comes within the time of one command.
        Network::On => Builder::new(home).port_mapping(false).hands_over(true),
        Network::Off => Builder::new(home).mode(Mode::Offline).hands_over(true),
        Network::Program => Builder::new(home),
        Network::Stay => Builder::new(home).daemon(true),
    };
    match passphrase {
        Some(passphrase) => builder.passphrase(passphrase),
        None => builder,
    }
}

/// The node that runs for the profile, if one does.
pub(crate) async fn running(home: &Path) -> Option<Attached> {
    Attached::connect(&Home::new(home)).await.ok()
}

/// Waits until whoever asked this process for the profile serves it, for as long as that may take.
async fn await_successor(home: &Path) {
    served(home, SUCCESSOR_TRIES).await;
}

/// Whether whoever used the profile through a node that has ended opens it, soon.
pub(crate) async fn goes_on_elsewhere(home: &Path) -> bool {
    served(home, ELSEWHERE_TRIES).await
}

/// Whether the profile is served at one of so many looks.
async fn served(home: &Path, tries: u32) -> bool {
    for _ in 0..tries {
        if running(home).await.is_some() {
            return true;
        }
        tokio::time::sleep(PASSING_WAIT).await;
    }
    false
}

/// What a node that is to stay does while somebody has the profile open, for the time of that number:
/// it leaves a command time to end, and asks whoever does not for the profile. Says whether to try on.
pub(crate) async fn await_profile(home: &Path, tries: u32) -> bool {
    if tries >= PASSING_TRIES || !is_passing(home).await {
        return false;
    }
    let is_due = tries > 0 && tries.is_multiple_of(TRIES_PER_REQUEST);
    if is_due && let Some(node) = running(home).await {
        // Whoever cannot hand it over may still end by itself.
        let _ = node.call(HandOver {}).await;
    }
    tokio::time::sleep(PASSING_WAIT).await;
    true
}

/// Whether the profile, which somebody has open, will be free soon: a command has it, no node that
/// stays.
async fn is_passing(home: &Path) -> bool {
    match running(home).await {
        Some(node) => node
            .call(GetStatus {})
            .await
            .map_or(true, |status| !status.running),
        // It does not serve yet, or no more.
        None => true,
    }
}
