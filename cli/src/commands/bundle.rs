//! `tidings bundle`: messages carried by hand.

use std::path::Path;

use tidings_node::Watched;
use tidings_node::api::{Bundle, ExportBundle, ImportBundle, InspectBundle};
use tidings_node::words;

use super::transfer;
use crate::args::BundleCommand;
use crate::failure::{Exit, Failure, Outcome};
use crate::origin::absolute;
use crate::output::Output;
use crate::safe_text;
use crate::session::Session;

/// What helps where not all finds room.
const ALONE: &str = "`--for WHO` writes what is for one person.";

pub(super) async fn run(session: &Session, output: Output, command: BundleCommand) -> Outcome {
    match command {
        BundleCommand::Export(args) => {
            let path = absolute(&args.path)?;
            let who = args.who.clone().map(Into::into);
            let request = tidings_node::request_id();
            let export = ExportBundle {
                path,
                who,
                request: Some(request),
            };
            let bundle = transfer::moved(session, request, export).await?;
            let plain = || match &args.who {
                Some(who) if bundle.envelopes == 0 => nothing_for(who, &bundle),
                Some(_) | None => format!("{}{}", exported(&bundle), new_file(&bundle)),
            };
            output.result("bundle", &bundle, plain)?;
            if left_out(&bundle) > 0 {
                let left_out = words::counted(left_out(&bundle), "envelope");
                output.note(&format!(
                    "The stick is full, and {left_out} found no room. {ALONE}"
                ));
            }
            Ok(Exit::Done)
        }
        BundleCommand::Import(args) => {
            let path = absolute(&args.path)?;
            let request = tidings_node::request_id();
            let import = ImportBundle {
                path,
                request: Some(request),
            };
            let bundle = transfer::moved(session, request, import).await?;
            say(output, &bundle, imported)
        }
        BundleCommand::Inspect(args) => {
            let path = absolute(&args.path)?;
            let bundle = session.call(InspectBundle { path }).await?;
            say(output, &bundle, inspected)
        }
    }
}

/// Says what is in a bundle; it failed if a file of it is damaged. Of one in which nothing could be read, a person
/// hears no more than why.
fn say(output: Output, bundle: &Bundle, plain: fn(&Bundle) -> String) -> Outcome {
    let is_read = bundle.bytes > 0 || bundle.damaged.is_empty();
    if is_read || output.is_json() {
        output.result("bundle", bundle, || plain(bundle))?;
    }
    match damaged(bundle) {
        None => Ok(Exit::Done),
        Some(said) => Err(Failure::failed(said)),
    }
}

/// Which file of a bundle is damaged, or is none, if one is.
fn damaged(bundle: &Bundle) -> Option<String> {
    let [damaged, rest @ ..] = bundle.damaged.as_slice() else {
        return None;
    };
    let more = match rest.len() {
        0 => String::new(),
        more => format!(", and {more} more cannot be read"),
    };
    if damaged.foreign {
        let path = path(&damaged.path);
        return Some(format!("{path} is not a bundle of Tidings{more}."));
    }
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
    let (what, path) = (envelopes(bundle), path(&bundle.path));
    match left_out(bundle) {
        0 => format!("Wrote {what} to {path}."),
        left_out => {
            let all = bundle.envelopes.saturating_add(left_out);
            format!(
                "Wrote {} of {all} envelopes ({}) to {path}: the stick is full.",
                bundle.envelopes,
                words::counted(bundle.bytes, "byte")
            )
        }
    }
}

/// What is said where whoever named a directory may have mistyped it.
const fn new_file(bundle: &Bundle) -> &'static str {
    match bundle.new_file {
        Some(true) => " That is a new file: no directory of that name was there.",
        Some(false) | None => "",
    }
}

/// How many envelopes found no room.
fn left_out(bundle: &Bundle) -> u64 {
    bundle.left_out.unwrap_or(0)
}

/// What is said when there is no envelope for whom some were asked for.
fn nothing_for(who: &str, bundle: &Bundle) -> String {
    let rest = match bundle.purges {
        0 => "says nothing",
        _ => "says only what need not be carried any more",
    };
    let (who, path) = (safe_text::line(who), path(&bundle.path));
    format!("Nothing waits for {who}; {path} {rest}.")
}

fn imported(bundle: &Bundle) -> String {
    if (bundle.new, bundle.for_me) == (Some(0), Some(0)) {
        return format!("Nothing new in {}.", path(&bundle.path));
    }
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

/// How much is in a bundle. A purge is to a person that something has arrived.
fn envelopes(bundle: &Bundle) -> String {
    let notes = match bundle.purges {
        0 => String::new(),
        notes => format!(" and {} of what has arrived", words::counted(notes, "note")),
    };
    format!(
        "{}{notes} ({})",
        words::counted(bundle.envelopes, "envelope"),
        words::counted(bundle.bytes, "byte")
    )
}

/// A path for a person.
pub(super) fn path(path: &Path) -> String {
    safe_text::line(&path.to_string_lossy())
}
