//! `tidings daemon`: a node that stays.

mod unit;

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use serde::Serialize;
use tidings_node::api::{GetStatus, Stop};
use tidings_node::{Builder, Carries, Discovery, Mode, Node, OpenError, Watch};

use super::{bundle, status};
use crate::args::{DaemonRunArgs, DiscoveryName, Global, ModeName, NetworkArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::home;
use crate::logging::Log;
use crate::origin::absolute;
use crate::output::{Output, json_line};
use crate::session;
use crate::signals::Signals;
use crate::terminal::Unseen;

pub(super) use unit::install;

/// How long `stop` waits for the node to be gone.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Said where the node has ended, and another runs already.
const GOES_ON: &str = "Another Tidings program used this profile through that node, and goes on with it by itself: a chat \
    in another window, or a command such as `read --follow`. Leave it there, or run `tidings daemon stop` once more.";

/// Said once the node serves.
#[derive(Serialize)]
struct Ready<'a> {
    listen: Vec<String>,
    socket: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<SocketAddr>,
}

pub(super) async fn run(
    global: &Global,
    output: Output,
    args: DaemonRunArgs,
    log: &Log,
) -> Outcome {
    // Before the node is there, so that no signal finds the default handling.
    let mut end = Signals::new()?;
    let watched = args.watch.as_deref().map(directory).transpose()?;
    let keeps_log = !args.no_log_file;
    let node = open(global, args).await?;
    // The profile is this process's now: no other one writes the file.
    if keeps_log && let Err(error) = log.keep_in(&home::directory(global)?) {
        output.note(&format!("There will be no log file: {error}."));
    }
    let ready = Ready {
        listen: node.listening(),
        socket: node.socket(),
        metrics: node.metrics(),
    };
    let said = json_line("ready", &ready).and_then(|line| output.line(&line));
    // Nobody may be left who reads it: the node stays all the same.
    drop(said);
    if std::io::stderr().is_terminal() {
        if let Some(address) = node.metrics() {
            output.note(&format!("Metrics are at http://{address}/metrics."));
        }
        output.note("Running. Ctrl-C ends it.");
    }
    if let Some(directory) = watched.as_deref().filter(|directory| !directory.is_dir()) {
        output.note(&format!(
            "Watching {}, which is not there at the moment.",
            bundle::path(directory)
        ));
    }
    let mut others = node.other_versions();
    // One future to the end: what a watch has begun must not be begun again because something else happened.
    let mut watching = pin!(watch(
        watched.map(|directory| node.watch(directory)),
        output
    ));
    loop {
        tokio::select! {
            () = &mut watching => {}
            () = node.ended() => break,
            _ = end.arrived() => break,
            Some(other) = others.next() => output.note(&status::other_version(&other)),
        }
    }
    node.shutdown().await?;
    Ok(Exit::Done)
}

pub(super) async fn stop(global: &Global, output: Output) -> Outcome {
    let home = home::directory(global)?;
    if !tidings_node::profile_exists(&home) {
        return Err(Failure::no_profile(&home));
    }
    let Some(node) = session::running(&home).await else {
        output.note("No node was running.");
        return Ok(Exit::Done);
    };
    // Us, and whoever may go on with the profile.
    let status = node.call(GetStatus {}).await;
    let is_shared = status.is_ok_and(|status| status.attached > 1);
    node.call(Stop {}).await?;
    // This node, not the profile's: an attached command may open the profile as soon as it is free.
    if tokio::time::timeout(STOP_TIMEOUT, node.closed())
        .await
        .is_err()
    {
        return Err(Failure::failed(
            "the node was asked to end and still runs. Try again.",
        ));
    }
    output.result("stopped", &serde_json::json!({}), || "Stopped.".to_owned())?;
    if is_shared && session::goes_on_elsewhere(&home).await {
        output.note(GOES_ON);
    }
    Ok(Exit::Done)
}

async fn open(global: &Global, args: DaemonRunArgs) -> Result<Node, Failure> {
    let home = home::directory(global)?;
    if !tidings_node::profile_exists(&home) {
        return Err(Failure::no_profile(&home));
    }
    let mut passphrase = home::passphrase_from_file(global)?;
    let mut tries = 0;
    // From the prompt until the profile is open.
    let mut unseen = None;
    loop {
        let mut builder = told(Builder::new(&home), &args.network).daemon(true);
        if let Some(address) = args.metrics {
            builder = builder.metrics(address);
        }
        if let Some(passphrase) = &passphrase {
            builder = builder.passphrase(passphrase);
        }
        match builder.open().await {
            Ok(node) => return Ok(node),
            Err(OpenError::NeedsPassphrase) if passphrase.is_none() => {
                let unseen = unseen.get_or_insert_with(Unseen::now);
                passphrase = Some(home::ask_passphrase(unseen)?);
            }
            Err(OpenError::InUse { .. }) if session::await_profile(&home, tries).await => {
                tries += 1;
            }
            Err(OpenError::InUse { .. }) => {
                return Err(Failure::failed(
                    "another Tidings process has this profile open. Use that one, or end it with \
                     `tidings daemon stop`.",
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Tells what a watch, if there is one, comes to, for ever.
async fn watch(watch: Option<Watch>, output: Output) {
    let Some(mut watch) = watch else {
        return std::future::pending().await;
    };
    loop {
        output.note(&bundle::watched(&watch.next().await));
    }
}

/// A builder that was told what was said of networks; all else is as it is set.
fn told(mut builder: Builder, args: &NetworkArgs) -> Builder {
    if let Some(name) = args.mode {
        builder = builder.mode(mode(name));
    }
    if let Some(name) = args.discovery() {
        builder = builder.discovery(discovery(name));
    }
    if let Some(is_on) = args.relay() {
        builder = builder.relay(is_on);
    }
    if let Some(is_on) = args.dht() {
        builder = builder.dht(is_on);
    }
    if let Some(is_on) = args.port_mapping() {
        builder = builder.port_mapping(is_on);
    }
    if let Some(is_on) = args.mailbox() {
        builder = builder.carries(if is_on {
            Carries::Mailbox
        } else {
            Carries::Friendly
        });
    }
    if let Some(addresses) = args.listen() {
        builder = builder.listen(addresses);
    }
    if let Some(nodes) = args.bootstrap() {
        builder = builder.bootstrap(nodes);
    }
    builder
}

const fn mode(name: ModeName) -> Mode {
    match name {
        ModeName::Auto => Mode::Auto,
        ModeName::Lan => Mode::Lan,
        ModeName::Internet => Mode::Internet,
        ModeName::Offline => Mode::Offline,
    }
}

const fn discovery(name: DiscoveryName) -> Discovery {
    match name {
        DiscoveryName::On => Discovery::On,
        DiscoveryName::Hidden => Discovery::Hidden,
        DiscoveryName::Off => Discovery::Off,
    }
}

/// The directory to watch, from the root on; it need not be there.
fn directory(path: &Path) -> Result<PathBuf, Failure> {
    let directory = absolute(path)?;
    if directory.exists() && !directory.is_dir() {
        return Err(Failure::usage(format!(
            "{} is a file. Name a directory to watch: where a stick is mounted.",
            directory.display()
        )));
    }
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_is_a_directory_or_not_there() {
        let stick = tempfile::tempdir().unwrap();
        let file = stick.path().join("file");
        std::fs::write(&file, "").unwrap();
        let refused = directory(&file).unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.message.contains("Name a directory"), "{refused}");
        for path in [stick.path(), &stick.path().join("none")] {
            assert_eq!(directory(path).unwrap(), path);
        }
    }
}
