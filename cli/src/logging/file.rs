//! A log file that never takes more than its share of a disk: full, it becomes an older one, and the oldest goes.
//!
//! ```text
//!   tidings.log --full--> tidings.1.log --> tidings.2.log --> tidings.3.log --> gone
//! ```
//!
//! Invariants
//! - All files together hold no more than [`FILES_MAX`] times [`FILE_BYTES_MAX`], whatever is logged, whatever was there
//!   before, and whatever the disk says: what cannot be moved on is written anew, and what cannot be written is lost.
//! - Only the owner reads them.
//! - A line is one line: what is no plain text in it is written as escapes.
//! - Logging fails for nobody.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::safe_text;

/// Where the files are, below the profile.
pub(super) const DIRECTORY: &str = "log";
/// The file that is written.
pub(super) const NAME: &str = "tidings.log";
/// How large a file grows.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// How many there are, with the one that is written.
const FILES_MAX: usize = 4;
/// How much of a line is kept.
const LINE_BYTES_MAX: usize = 4 * 1024;

/// See the module.
#[derive(Debug)]
pub(super) struct LogFile {
    directory: PathBuf,
    /// None where it could not be opened: it is tried again when it would be moved on.
    file: Option<File>,
    bytes: u64,
}

impl LogFile {
    /// Opens the file in `directory`, which is made if it is not there, to write at its end.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory)?;
        // As another version, or somebody else, may have left them.
        for path in (0..FILES_MAX).map(|number| path(directory, number)) {
            match fs::symlink_metadata(&path) {
                Ok(found) if !found.is_file() || found.len() > FILE_BYTES_MAX => {
                    fs::remove_file(&path)?;
                }
                Ok(_) | Err(_) => {}
            }
        }
        let file = open(&path(directory, 0))?;
        Ok(Self {
            directory: directory.to_owned(),
            bytes: file.metadata()?.len(),
            file: Some(file),
        })
    }

    /// Writes a line.
    pub(super) fn append(&mut self, line: &[u8]) {
        let line = one_line(line);
        let bytes = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.bytes.saturating_add(bytes) > FILE_BYTES_MAX {
            self.move_on();
        }
        if let Some(file) = &mut self.file {
            // What was written of a line that did not fit on the disk counts as if all of it was.
            self.bytes = self.bytes.saturating_add(bytes);
            let _ = file.write_all(line.as_bytes());
        }
    }

    /// Makes the file an older one, and begins anew.
    fn move_on(&mut self) {
        let moved = (1..FILES_MAX).rev().try_for_each(|number| {
            let (from, to) = (number.saturating_sub(1), number);
            match fs::rename(path(&self.directory, from), path(&self.directory, to)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            }
        });
        if moved.is_err() {
            // Better to lose what was logged than to grow.
            let emptied = self.file.as_ref().map(|file| file.set_len(0));
            if !matches!(emptied, Some(Ok(()))) {
                self.file = None;
            }
        } else {
            self.file = open(&path(&self.directory, 0)).ok();
        }
        self.bytes = match &self.file {
            Some(file) => file.metadata().map_or(FILE_BYTES_MAX, |is| is.len()),
            // The next line tries again.
            None => FILE_BYTES_MAX,
        };
    }
}

/// The file of that number; the one that is written is the first.
fn path(directory: &Path, number: usize) -> PathBuf {
    match number {
        0 => directory.join(NAME),
        older => directory.join(format!("tidings.{older}.log")),
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// What is logged as one line of plain text that is not too long.
fn one_line(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut text = safe_text::line(text.trim_end());
    let most = LINE_BYTES_MAX.saturating_sub(1);
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
