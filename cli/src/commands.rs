//! The verbs, one a file, and the road from an argument to its verb.

mod bundle;
mod cancel;
mod change;
mod chat;
mod checkin;
mod completions;
mod config;
pub(crate) mod contacts;
mod daemon;
mod demo;
mod doctor;
mod draft;
pub(crate) mod id;
pub(crate) mod init;
mod invite;
mod join;
mod man;
mod nearby;
mod peers;
mod read;
pub(crate) mod room;
mod rpc;
mod search;
mod send;
pub(crate) mod status;
mod sync;
mod transfer;
mod typing;
mod unread;

pub(crate) use invite::picture_rows;

use std::io::Read;

use tidings_node::api::{Sync, Who};

use crate::args::{
    Cli, Command, DaemonCommand, DeleteArgs, DeliveryArgs, EditArgs, Global, PinArgs, ReactArgs,
    RoomCommand,
};
use crate::failure::{Failure, Outcome};
use crate::home;
use crate::logging::Log;
use crate::output::Output;
use crate::recovery;
use crate::session::{Network, Session};
use crate::texts::Texts;

/// How long a command that opened the profile itself tries to deliver, in milliseconds.
const DELIVERY_ATTEMPT_MILLISECONDS: u64 = 5_000;

/// Does what was asked.
pub(crate) async fn run(cli: Cli, log: &Log) -> Outcome {
    let output = Output::new(cli.global.json);
    let global = &cli.global;
    match cli.command {
        None => chat::run(global, output, cli.plain).await,
        Some(Command::Completions(args)) => completions::run(&args, output),
        Some(Command::Man(args)) => man::run(&args, output),
        Some(Command::Demo) => demo::run(output).await,
        Some(Command::Init(args)) => init::run(global, output, args).await,
        Some(Command::Daemon(DaemonCommand::Run(args))) => {
            daemon::run(global, output, args, log).await
        }
        Some(Command::Daemon(DaemonCommand::Install)) => daemon::install(global, output),
        Some(Command::Daemon(DaemonCommand::Stop)) => daemon::stop(global, output).await,
        Some(Command::Status) => status::run(global, output).await,
        Some(Command::Rpc(_)) => rpc::run(global).await,
        Some(command) => in_session(global, output, command).await,
    }
}

/// Does what needs the profile opened, and leaves it when nobody else uses it.
async fn in_session(global: &Global, output: Output, command: Command) -> Outcome {
    let session = Session::open(global, network(&command)).await?;
    if recovery::is_marked(&home::directory(global)?) {
        output.note(&format!(
            "{} `tidings` asks what to do about it.",
            Texts::default().words_unconfirmed()
        ));
    }
    let outcome = in_profile(&session, output, command).await;
    let finished = session.finish().await;
    // What the command met first says more than how the profile closed.
    outcome.and_then(|exit| finished.map(|()| exit))
}

/// What a command needs of the network.
fn network(command: &Command) -> Network {
    match command {
        Command::Invite(_) | Command::Sync(_) | Command::Typing(_) => Network::On,
        Command::Join(args) if !args.cancel => Network::On,
        Command::Send(args) if !args.offline => Network::On,
        Command::CheckIn(args) if args.command.is_none() && !args.delivery.offline => Network::On,
        Command::Read(args) if args.follow => Network::On,
        Command::Edit(EditArgs { delivery, .. })
        | Command::Delete(DeleteArgs {
            for_me: false,
            delivery,
            ..
        })
        | Command::React(ReactArgs { delivery, .. })
        | Command::Pin(PinArgs { delivery, .. })
            if !delivery.offline =>
        {
            Network::On
        }
        Command::Room(RoomCommand::Change(change)) if !change.delivery().offline => Network::On,
        Command::Init(_)
        | Command::Id(_)
        | Command::Join(_)
        | Command::Contacts(_)
        | Command::Send(_)
        | Command::Edit(_)
        | Command::Delete(_)
        | Command::React(_)
        | Command::Pin(_)
        | Command::Draft(_)
        | Command::Room(_)
        | Command::Cancel(_)
        | Command::Bundle(_)
        | Command::Nearby(_)
        | Command::CheckIn(_)
        | Command::Read(_)
        | Command::Unread
        | Command::Search(_)
        | Command::Status
        | Command::Peers
        | Command::Doctor(_)
        | Command::Daemon(_)
        | Command::Config(_)
        | Command::Rpc(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Demo => Network::Off,
    }
}

async fn in_profile(session: &Session, output: Output, command: Command) -> Outcome {
    match command {
        Command::Id(args) => id::run(session, output, args).await,
        Command::Invite(args) => invite::run(session, output, args).await,
        Command::Join(args) => join::run(session, output, args).await,
        Command::Sync(args) => sync::run(session, output, args).await,
        Command::Contacts(args) => contacts::run(session, output, args).await,
        Command::Send(args) => send::run(session, output, args).await,
        Command::Edit(args) => change::edit(session, output, args).await,
        Command::Delete(args) => change::delete(session, output, args).await,
        Command::React(args) => change::react(session, output, args).await,
        Command::Pin(args) => change::pin(session, output, args).await,
        Command::Draft(args) => draft::run(session, output, args).await,
        Command::Typing(args) => typing::run(session, args).await,
        Command::Room(command) => room::run(session, output, command).await,
        Command::Cancel(args) => cancel::run(session, output, args).await,
        Command::Bundle(command) => bundle::run(session, output, command).await,
        Command::Nearby(args) => nearby::run(session, output, args).await,
        Command::CheckIn(args) => checkin::run(session, output, args).await,
        Command::Read(args) => read::run(session, output, args).await,
        Command::Unread => unread::run(session, output).await,
        Command::Search(args) => search::run(session, output, args).await,
        Command::Config(args) => config::run(session, output, args).await,
        Command::Peers => peers::run(session, output).await,
        Command::Doctor(args) => doctor::run(session, output, args).await,
        Command::Init(_)
        | Command::Status
        | Command::Daemon(_)
        | Command::Rpc(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Demo => Err(Failure::failed("this command needs no open profile.")),
    }
}

/// Has what was just stored delivered, if this process has to do it and may: for at most 5 seconds.
async fn deliver(session: &Session, who: &str, delivery: DeliveryArgs) -> Result<(), Failure> {
    deliver_to(session, Some(who.into()), delivery).await
}

/// [`deliver`], to everybody if nobody is named.
async fn deliver_to(
    session: &Session,
    who: Option<Who>,
    delivery: DeliveryArgs,
) -> Result<(), Failure> {
    if delivery.offline || session.goes_on().await {
        return Ok(());
    }
    session
        .call(Sync {
            who,
            timeout: DELIVERY_ATTEMPT_MILLISECONDS,
        })
        .await?;
    Ok(())
}

/// Reads what is piped in, up to `bytes_max`.
///
/// # Errors
/// [`Failure`] if it is longer, or no text.
fn read_stdin(stdin: impl Read, bytes_max: usize, what: &str) -> Result<String, Failure> {
    let limit = u64::try_from(bytes_max)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut text = String::new();
    stdin
        .take(limit)
        .read_to_string(&mut text)
        .map_err(|error| Failure::failed(format!("cannot read {what} from stdin: {error}.")))?;
    if text.len() > bytes_max {
        return Err(Failure::usage(format!(
            "{what} on stdin is over {bytes_max} bytes. Send less at once."
        )));
    }
    Ok(text)
}
