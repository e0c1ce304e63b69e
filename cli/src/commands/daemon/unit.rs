//! `tidings daemon install`: a systemd user unit that keeps the node running.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::args::Global;
use crate::failure::{Exit, Failure, Outcome};
use crate::home;
use crate::output::Output;

/// First line of a unit that we wrote, and so may write over.
const MARK: &str = "# Written by `tidings daemon install`.";

/// Units that are looked at for profiles whose directories have one name.
const UNITS_MAX: u32 = 100;

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
    let path = unit_path(&unit_directory()?, &home, is_default(global))?;
    let name = path.file_name().unwrap_or_default().display();
    write(&path, &unit(&program, &home, passphrase_file.as_deref())?)?;
    output.result("installed", &Installed { path: &path }, || {
        format!(
            "Wrote {}, for the profile in {}.",
            path.display(),
            home.display()
        )
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

/// Whether a command means the profile that it means where none is named.
fn is_default(global: &Global) -> bool {
    global.home.is_none() && global.profile.is_none()
}

/// Where the unit of the profile in `home` is, or is to be: no other profile's unit has its name.
fn unit_path(directory: &Path, home: &Path, is_default: bool) -> Result<PathBuf, Failure> {
    let name: String = home
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into();
    let allowed = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let name = name.replace(|character| !allowed(character), "_");
    let name = format!("tidings-{}", name.trim_matches(['.', '_', '-']));
    let names = (1..=UNITS_MAX).map(|number| match number {
        1 => name.clone(),
        _ => format!("{name}-{number}"),
    });
    let plain = || std::iter::once("tidings".to_owned());
    let paths = plain().chain(names.clone());
    let mut paths = paths.map(|name| directory.join(format!("{name}.service")));
    let ours = format!(" --home {} ", quoted(home)?);
    let present = |path: &PathBuf| std::fs::read_to_string(path).ok();
    let is_ours = |unit: &String| unit.starts_with(MARK) && unit.contains(&ours);
    if let Some(path) = paths.find(|path| present(path).as_ref().is_some_and(is_ours)) {
        return Ok(path);
    }
    let names = plain().filter(|_| is_default).chain(names);
    let mut paths = names.map(|name| directory.join(format!("{name}.service")));
    // Somebody else's unit is told of when it turns out to be in the way.
    let is_free = |path: &PathBuf| present(path).is_none_or(|unit| !unit.starts_with(MARK));
    paths.find(is_free).ok_or_else(|| {
        Failure::failed(format!(
            "{} has too many units called {name}. Take away those that are not wanted.",
            directory.display()
        ))
    })
}

fn unit_directory() -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy;

    etcetera::choose_base_strategy()
        .map(|strategy| strategy.config_dir().join("systemd").join("user"))
        .map_err(|_| Failure::failed("there is no home directory to write the unit to."))
}

/// The unit. It says nothing of networks: the node goes by what is set for the profile, also when that is changed.
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
    fn a_unit_says_nothing_of_networks_so_that_what_is_set_holds() {
        let unit = unit(Path::new("/bin/tidings"), Path::new("/home/ann"), None).unwrap();
        let start = unit.lines().find(|line| line.starts_with("ExecStart="));
        let command = "ExecStart=\"/bin/tidings\" --home \"/home/ann\" daemon run";
        assert_eq!(start, Some(command), "{unit}");
    }

    #[test]
    fn each_profile_has_a_unit_of_its_own_and_keeps_it() {
        let directory = tempfile::tempdir().unwrap();
        let install = |home: &str, is_default| {
            let home = Path::new(home);
            let path = unit_path(directory.path(), home, is_default).unwrap();
            write(&path, &unit(Path::new("/bin/tidings"), home, None).unwrap()).unwrap();
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        for _ in 0..2 {
            for (home, is_default, name) in [
                ("/data/tidings", true, "tidings.service"),
                ("/data/tidings/profiles/work", false, "tidings-work.service"),
                ("/a/work", false, "tidings-work-2.service"),
                ("/a/.ann b@c", false, "tidings-ann_b_c.service"),
                ("/a/work/2", false, "tidings-2.service"),
            ] {
                assert_eq!(install(home, is_default), name, "{home}");
            }
        }
        // As an earlier version wrote it, whatever the profile.
        std::fs::remove_file(directory.path().join("tidings.service")).unwrap();
        let old = unit(Path::new("/bin/tidings"), Path::new("/b/eve"), None).unwrap();
        std::fs::write(directory.path().join("tidings.service"), old).unwrap();
        assert_eq!(install("/b/eve", false), "tidings.service");
        assert_eq!(install("/data/tidings", true), "tidings-tidings.service");
        std::fs::write(directory.path().join("tidings-zoe.service"), "[Unit]").unwrap();
        let zoe = unit_path(directory.path(), Path::new("/b/zoe"), false).unwrap();
        assert!(zoe.ends_with("tidings-zoe.service"));
    }

    #[test]
    fn so_many_profiles_of_one_name_have_a_unit_and_one_more_has_none() {
        let directory = tempfile::tempdir().unwrap();
        for number in 1..=UNITS_MAX {
            let home = format!("/{number}/work");
            let path = unit_path(directory.path(), Path::new(&home), false).unwrap();
            let unit = unit(Path::new("/bin/tidings"), Path::new(&home), None).unwrap();
            write(&path, &unit).unwrap();
        }
        let units = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(u32::try_from(units).unwrap(), UNITS_MAX);
        assert!(unit_path(directory.path(), Path::new("/x/work"), false).is_err());
        assert!(unit_path(directory.path(), Path::new("/x/home"), false).is_ok());
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
