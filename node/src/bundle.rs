//! Bundles as files: written to a stick, found on it, and read from it.
//!
//! ```text
//!   records --> .bundle.tidings.part --> synced --> bundle.tidings, bundle.2.tidings ...
//!   a file, or all of a directory --> each segment: checked whole --> its records
//! ```
//!
//! What a bundle says is [`tidings_protocol::bundle`]'s. All of this blocks.
//!
//! Invariants
//! - A bundle has its name when all of it is on the disk, and not before. Until then, and when anything goes wrong
//!   meanwhile, what was there before is as it was.
//! - Nothing is overwritten or removed but bundles, and no symbolic link is followed to one.
//! - Nothing is taken out of a segment that is not whole and sound; others beside it are none the worse.

mod error;
mod export;
mod import;
mod name;
mod place;

pub use error::{BundleError, Unsound};
pub use export::{Written, write};
pub(crate) use export::{write_file, write_telling};
pub use import::{Damaged, Summary, inspect, read, segments};
pub(crate) use import::{bytes_to_read, in_directory, read_segments};
pub(crate) use name::{is_segment, segment};
pub(crate) use place::end;
pub use tidings_protocol::bundle::{Bundled, Record, Totals};

use crate::transfers::Cancelled;

/// Bytes that are read or written at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// Whatever went wrong with those who give or take records.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Who is told, part by part, how much was done, and may say that nobody wants the rest.
pub(crate) type Tell<'a> = &'a mut dyn FnMut(u64) -> Result<(), Cancelled>;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{bundled, put_in_segments as write_in_segments};
