//! `tidings daemon install`: a systemd user unit that keeps the node running.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::args::Global;
use crate::failure::{Exit, Failure, Outcome};
use crate::home;
use crate::output::Output;

/// First line of a unit that we wrote, and so may write over.
const MARK: &str = "# Written by `tidings daemon install`.";

/// What was written where.
#[derive(Serialize)]
struct Installed<'a> {
    path: &'a Path,
}

pub(crate) fn install(global: &Global, output: Output) -> Outcome {
    if cfg!(not(target_os = "linux")) {
        return Err(Failure::failed(
            "this writes a systemd unit, which this system does not have. Run `tidings daemon \
             run` from whatever starts programs here.",
        ));
    }
    let home = home::directory(global)?;
    if !tidings_node::profile_exists(&home) {
        return Err(Failure::no_profile(&home));
    }
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("cannot tell where this program is: {error}.")))?;
    let passphrase_file = match &global.passphrase_file {
        Some(file) => Some(std::path::absolute(file).map_err(|error| {
            Failure::failed(format!("cannot use {}: {error}.", file.display()))
        })?),
        None => None,
    };
    let name = unit_name(global);
    let path = unit_directory()?.join(&name);
    write(&path, &unit(&program, &home, passphrase_file.as_deref())?)?;
    output.result("installed", &Installed { path: &path }, || {
        format!("Wrote {}.", path.display())
    })?;
    output.note(&format!(
        "Start it now and at every login:\n  systemctl --user daemon-reload\n  systemctl --user \
         enable --now {name}"
    ));
    if passphrase_file.is_none() {
        output.note(
            "If the profile has a passphrase, run this again with --passphrase-file: the node \
             starts without a terminal.",
        );
    }
    Ok(Exit::Done)
}

fn unit_name(global: &Global) -> String {
    match &global.profile {
        Some(profile) => format!("tidings-{profile}.service"),
        None => "tidings.service".to_owned(),
    }
}

fn unit_directory() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy;

    etcetera::choose_base_strategy()
        .map(|strategy| strategy.config_dir().join("systemd").join("user"))
        .map_err(|_| Failure::failed("there is no home directory to write the unit to."))
}

fn unit(program: &Path, home: &Path, passphrase_file: Option<&Path>) -> Result<String, Failure> {
    let mut command = format!("{} --home {}", quoted(program)?, quoted(home)?);
    if let Some(file) = passphrase_file {
        command.push_str(&format!(" --passphrase-file {}", quoted(file)?));
    }
    Ok(format!(
        "{MARK}\n[Unit]\nDescription=Tidings, a peer-to-peer messenger\n\n[Service]\n\
         ExecStart={command} daemon run\nRestart=on-failure\nRestartPreventExitStatus=2 3\n\n\
         [Install]\nWantedBy=default.target\n"
    ))
}

/// A path as systemd reads it: quoted, with its specifiers and variables escaped.
fn quoted(path: &Path) -> Result<String, Failure> {
    let text = path
        .to_str()
        .filter(|text| !text.chars().any(char::is_control))
        .ok_or_else(|| Failure::failed(format!("{} cannot stand in a unit.", path.display())))?;
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '%' | '$' => out.extend([character, character]),
            other => out.push(other),
        }
    }
    out.push('"');
    Ok(out)
}

fn write(path: &Path, unit: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::failed(format!("cannot write {}: {error}.", path.display()))
    };
    match std::fs::read_to_string(path) {
        Ok(present) if !present.starts_with(MARK) => {
            return Err(Failure::failed(format!(
                "{} is not ours to write over. Move it away first.",
                path.display()
            )));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    std::fs::write(path, unit).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_special_characters_is_quoted() {
        assert_eq!(
            quoted(Path::new("/a b/%h/$x/\"q\"")).unwrap(),
            r#""/a b/%%h/$$x/\"q\"""#
        );
        assert!(quoted(Path::new("/a\nExecStart=/bin/sh")).is_err());
    }

    #[test]
    fn a_unit_of_somebody_else_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("user").join("tidings.service");
        write(&path, &format!("{MARK}\nfirst")).unwrap();
        write(&path, &format!("{MARK}\nsecond")).unwrap();
        std::fs::write(&path, "[Unit]").unwrap();
        assert!(write(&path, MARK).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[Unit]");
    }
}
