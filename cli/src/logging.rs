//! Logs for developers: to stderr, and only where `TIDINGS_LOG` asks for them.
//!
//! Invariants
//! - No log line holds a text, a name, a code, a key or a passphrase; callers log ids and counts.

use tracing_subscriber::EnvFilter;

/// Names the filter, such as `tidings_node=debug`.
const VARIABLE: &str = "TIDINGS_LOG";

/// Starts to log, if asked to.
pub(crate) fn start() {
    if std::env::var_os(VARIABLE).is_none_or(|filter| filter.is_empty()) {
        return;
    }
    let started = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_env(VARIABLE))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
    if let Err(error) = started {
        crate::output::note(&format!("tidings: cannot log: {error}."));
    }
}
