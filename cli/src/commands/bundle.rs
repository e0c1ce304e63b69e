//! `tidings bundle`: messages carried by hand.

use std::path::{Path, PathBuf};

use tidings_node::Watched;
use tidings_node::api::{Bundle, ExportBundle, ImportBundle, InspectBundle};

use crate::args::BundleCommand;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, command: BundleCommand) -> Outcome {
    match command {
        BundleCommand::Export(args) => {
            let path = absolute(&args.path)?;
            let who = args.who.map(Into::into);
            let bundle = session.call(ExportBundle { path, who }).await?;
            output.result("bundle", &bundle, || exported(&bundle))?;
            Ok(Exit::Done)
        }
        BundleCommand::Import(args) => {
            let path = absolute(&args.path)?;
            let bundle = session.call(ImportBundle { path }).await?;
            say(output, &bundle, imported)
        }
        BundleCommand::Inspect(args) => {
            let path = absolute(&args.path)?;
            let bundle = session.call(InspectBundle { path }).await?;
            say(output, &bundle, inspected)
        }
    }
}

/// Says what is in a bundle; it failed if a file of it is damaged.
fn say(output: Output, bundle: &Bundle, plain: fn(&Bundle) -> String) -> Outcome {
    output.result("bundle", bundle, || plain(bundle))?;
    match damaged(bundle) {
        None => Ok(Exit::Done),
        Some(said) => Err(Failure::failed(said)),
    }
}

/// Which file of a bundle is damaged, if one is.
fn damaged(bundle: &Bundle) -> Option<String> {
    let [damaged, rest @ ..] = bundle.damaged.as_slice() else {
        return None;
    };
    let more = match rest.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!(
        "{} is damaged ({}){more}. Copy it again, or have it written anew.",
        path(&damaged.path),
        damaged.reason
    ))
}

/// What a watched directory came to, for a person.
pub(super) fn watched(watched: &Watched) -> String {
    match watched {
        Watched::Imported(bundle) => damaged(bundle).unwrap_or_else(|| imported(bundle)),
        Watched::Exported(bundle) => exported(bundle),
        Watched::Failed(why) => safe_text::line(why),
        _ => String::new(),
    }
}

fn exported(bundle: &Bundle) -> String {
    format!("Wrote {} to {}.", envelopes(bundle), path(&bundle.path))
}

fn imported(bundle: &Bundle) -> String {
    format!(
        "Took {} from {}: {} new, {} for you.",
        envelopes(bundle),
        path(&bundle.path),
        bundle.new.unwrap_or(0),
        bundle.for_me.unwrap_or(0)
    )
}

fn inspected(bundle: &Bundle) -> String {
    format!("{} holds {}.", path(&bundle.path), envelopes(bundle))
}

fn envelopes(bundle: &Bundle) -> String {
    format!(
        "{} ({})",
        output::counted(bundle.envelopes, "envelope"),
        output::counted(bundle.bytes, "byte")
    )
}

/// The path from the root on: a node that runs has a directory of its own.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| {
        Failure::failed(format!(
            "{} is no path ({error}). Name another.",
            self::path(path)
        ))
    })
}

/// A path for a person.
pub(super) fn path(path: &Path) -> String {
    safe_text::line(&path.to_string_lossy())
}
