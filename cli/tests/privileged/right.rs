//! The right to change this machine, and what is said where it is missing.

use std::io::Write;
use std::process::{Command, Stdio};

/// Longest that a command of the system may take; `timeout` then ends it.
const COMMAND_SECONDS_MAX: &str = "20";

/// Runs a command of the system to its end; what it printed.
///
/// # Errors
/// The command, and what it or the system says.
pub(crate) fn administer(command: &[&str]) -> Result<String, String> {
    let told = command.join(" ");
    let output = Command::new("timeout")
        .args(["--kill-after=1", COMMAND_SECONDS_MAX])
        .args(command)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{told}`: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let (complaint, status) = (complaint.trim_end(), output.status);
    Err(format!("`{told}`: {status}: {complaint}"))
}

/// What was done, as it had to be.
#[track_caller]
pub(crate) fn done<T>(result: Result<T, String>) -> T {
    result.unwrap_or_else(|why| panic!("{why}"))
}

/// What was made; `None`, and loudly said, if this machine does not let us make it.
#[track_caller]
pub(crate) fn or_skip<T>(made: Result<T, String>) -> Option<T> {
    let why = match made {
        Ok(made) => return Some(made),
        Err(why) => why,
    };
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "needs root, `ip` and `nft`, and nothing is skipped where CI=true: {why}"
    );
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    // Not by a macro: what those print is shown of failing tests alone.
    let mut stderr = std::io::stderr().lock();
    writeln!(
        stderr,
        "\nSKIPPED {test}: needs root, `ip` and `nft`, but {why}\n"
    )
    .unwrap();
    None
}
