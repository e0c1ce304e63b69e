//! The right to change this machine, and what is said where it is missing.

use std::io::Write;
use std::process::Command;

/// Runs a command of the system.
///
/// # Errors
/// The command, and what it or the system says.
pub(crate) fn administer(command: &[&str]) -> Result<(), String> {
    let told = command.join(" ");
    let output = Command::new(command[0])
        .args(&command[1..])
        .output()
        .map_err(|error| format!("`{told}`: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let complaint = complaint.lines().next().unwrap_or("failed");
    Err(format!("`{told}`: {complaint}"))
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
        "needs root and `ip`, and nothing is skipped where CI=true: {why}"
    );
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    // Not by a macro: what those print is shown of failing tests alone.
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "\nSKIPPED {test}: needs root and `ip`, but {why}\n").unwrap();
    None
}
