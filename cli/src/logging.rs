//! Logs for developers: to stderr, and only where `TIDINGS_LOG` asks for them.
//!
//! Invariants
//! - No log line holds a text, a name, a code, a key or a passphrase; callers log ids and counts.
//! - No line above debug holds a whole id or an address. Libraries know nothing of that: what they say, warnings
//!   too, is shown only to who asks for lines of debugging.

use tracing_subscriber::filter::{EnvFilter, FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Names the filter, such as `tidings_node=debug`.
const VARIABLE: &str = "TIDINGS_LOG";
/// What the names of our own packages begin with.
const OURS: &str = "tidings";

/// Starts to log, if asked to.
pub(crate) fn start() {
    if std::env::var_os(VARIABLE).is_none_or(|filter| filter.is_empty()) {
        return;
    }
    let filter = EnvFilter::from_env(VARIABLE);
    let most = filter.max_level_hint();
    let is_debugging = most.is_none_or(|most| most >= LevelFilter::DEBUG);
    let ours = filter_fn(move |line| is_debugging || line.target().starts_with(OURS));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_filter(filter.and(ours));
    if let Err(error) = tracing_subscriber::registry().with(lines).try_init() {
        crate::output::note(&format!("tidings: cannot log: {error}."));
    }
}
