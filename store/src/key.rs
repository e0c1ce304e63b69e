//! The database key, and the file that keeps it.
//!
//! Invariants
//! - The key is random; a passphrase only wraps it, so changing one rewrites no database.
//! - The key file is private, and after a crash either absent or whole.
//! - What the file says about cost is believed only between a floor and a ceiling: a tampered
//!   file neither weakens the wrapping nor makes this program allocate absurdly.

mod wrap;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use tidings_protocol::record::SecretBytes;
use tidings_protocol::rng::Rng;
use tidings_protocol::wire;
use zeroize::{Zeroize, Zeroizing};

use crate::private;
pub use wrap::Cost;
use wrap::Wrapped;

/// Name of the key file in a profile's directory.
pub const KEY_FILE: &str = "key";
/// Size of the key in bytes.
const KEY_BYTES: usize = 32;
/// Size of a key file; none that this program writes comes near.
const KEY_FILE_BYTES_MAX: u64 = 1024;
/// Layout of the key file that this program writes and reads.
const KEY_FILE_VERSION: u16 = 1;

/// The key of a database.
#[derive(Clone)]
pub struct DatabaseKey(Zeroizing<[u8; KEY_BYTES]>);

impl DatabaseKey {
    /// Draws a key.
    #[must_use]
    pub fn generate(rng: &mut Rng) -> Self {
        Self(rng.secret())
    }

    pub(crate) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl std::fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseKey(..)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No key file in the directory.
    #[error("there is no key file in {}: put it back, or create a profile first", .0.display())]
    Missing(PathBuf),
    /// A key file is there already.
    #[error("there is a key file in {} already: open that profile, or name another directory", .0.display())]
    Exists(PathBuf),
    /// The key is wrapped by a passphrase and none was given.
    #[error("the profile is locked: give its passphrase")]
    NeedsPassphrase,
    /// The passphrase does not unwrap the key.
    #[error("wrong passphrase: try again (a damaged key file looks the same)")]
    WrongPassphrase,
    /// The file is no key file, or says what no key file may say.
    #[error("the key file is damaged ({0}): put an intact copy back, or restore from a backup")]
    Damaged(&'static str),
    /// A newer program wrote this file.
    #[error(
        "the key file has version {found}, this program knows version {known}: use the newer program that wrote it"
    )]
    Newer {
        /// Version of the file.
        found: u16,
        /// Version that this program knows.
        known: u16,
    },
    /// A cost that is too low to protect, or too high to be paid.
    #[error("the cost of the passphrase is out of bounds: choose {floor} to {ceiling} KiB of memory", floor = Cost::MEMORY_KIB_MIN, ceiling = Cost::MEMORY_KIB_MAX)]
    Cost,
    /// The file system refused.
    #[error("the key file cannot be read or written ({0}): check the disk and permissions")]
    Io(#[from] io::Error),
}

/// The file that keeps a database key, in a profile's directory.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct KeyFile {
    #[n(0)]
    version: u16,
    #[n(1)]
    protection: Protection,
}

/// How the key lies in its file.
#[derive(Encode, Decode)]
enum Protection {
    /// As it is; only file permissions protect it.
    #[n(0)]
    Plain(#[n(0)] ByteArray<KEY_BYTES>),
    /// Wrapped by a passphrase.
    #[n(1)]
    Passphrase(#[n(0)] Wrapped),
}

/// The version alone, which every layout has in the same place.
#[derive(Decode)]
#[cbor(map)]
struct Versioned {
    #[n(0)]
    version: u16,
}

impl KeyFile {
    /// Draws a key and writes its file, wrapped by `passphrase` at the default cost if there is
    /// one. Creates `directory`, private, if it is missing.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if there is a key file; nothing is overwritten.
    pub fn create(
        directory: &Path,
        passphrase: Option<&SecretBytes>,
        rng: &mut Rng,
    ) -> Result<DatabaseKey, KeyError> {
        Self::create_at_cost(directory, passphrase, Cost::DEFAULT, rng)
    }

    /// [`Self::create`] at a chosen cost.
    ///
    /// # Errors
    /// Those of [`Self::create`].
    pub fn create_at_cost(
        directory: &Path,
        passphrase: Option<&SecretBytes>,
        cost: Cost,
        rng: &mut Rng,
    ) -> Result<DatabaseKey, KeyError> {
        let path = directory.join(KEY_FILE);
        if path.try_exists()? {
            return Err(KeyError::Exists(directory.to_owned()));
        }
        private::create_directory(directory)?;
        let key = DatabaseKey::generate(rng);
        let protection = match passphrase {
            None => Protection::Plain((*key.0).into()),
            Some(passphrase) => {
                Protection::Passphrase(Wrapped::wrap(&key.0, passphrase, cost, rng)?)
            }
        };
        let file = Self {
            version: KEY_FILE_VERSION,
            protection,
        };
        private::write_file(&path, &Zeroizing::new(wire::encode(&file)))?;
        Ok(key)
    }

    /// Reads the key. A passphrase that is given but not needed is ignored.
    ///
    /// # Errors
    /// [`KeyError`] by what is missing or wrong.
    pub fn unlock(
        directory: &Path,
        passphrase: Option<&SecretBytes>,
    ) -> Result<DatabaseKey, KeyError> {
        match (&Self::read(directory)?.protection, passphrase) {
            (Protection::Plain(key), _) => Ok(DatabaseKey(Zeroizing::new(**key))),
            (Protection::Passphrase(_), None) => Err(KeyError::NeedsPassphrase),
            (Protection::Passphrase(wrapped), Some(passphrase)) => {
                Ok(DatabaseKey(wrapped.unwrap(passphrase)?))
            }
        }
    }

    /// Whether the key in `directory` needs a passphrase.
    ///
    /// # Errors
    /// [`KeyError`] if there is no readable key file.
    pub fn needs_passphrase(directory: &Path) -> Result<bool, KeyError> {
        match Self::read(directory)?.protection {
            Protection::Plain(_) => Ok(false),
            Protection::Passphrase(_) => Ok(true),
        }
    }

    fn read(directory: &Path) -> Result<Self, KeyError> {
        let file = match File::open(directory.join(KEY_FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyError::Missing(directory.to_owned()));
            }
            file => file?,
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(256));
        file.take(KEY_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        if u64::try_from(bytes.len()).is_ok_and(|length| length > KEY_FILE_BYTES_MAX) {
            return Err(KeyError::Damaged("it is too long"));
        }
        let versioned: Versioned =
            wire::decode(bytes, bytes.len()).map_err(|_| KeyError::Damaged("it is no key file"))?;
        if versioned.version != KEY_FILE_VERSION {
            return Err(KeyError::Newer {
                found: versioned.version,
                known: KEY_FILE_VERSION,
            });
        }
        wire::decode(bytes, bytes.len()).map_err(|_| KeyError::Damaged("its fields are unreadable"))
    }
}

impl Drop for Protection {
    fn drop(&mut self) {
        if let Self::Plain(key) = self {
            key.as_mut_slice().zeroize();
        }
    }
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyFile(..)")
    }
}

#[cfg(test)]
mod tests;
