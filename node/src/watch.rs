//! Watching a directory for sticks: what is on them is taken, and what is carried is put on them.
//!
//! ```text
//!   DIR is there --> its bundles that are new are imported --> ours is written, if it would say something new
//! ```
//!
//! Invariants
//! - One file of ours lies in the directory, under a name that says nothing of whose it is; it is replaced whole.
//! - Bundles of others are read and never touched.
//! - What fails is tried again at the next look; it is told once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tidings_protocol::domain::Domain;

use crate::api::{ApiError, Bundle};
use crate::bundle;
use crate::service::Service;

/// How often is looked whether a stick is there.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// What a look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Watched {
    /// Bundles were taken.
    Imported(Bundle),
    /// A bundle was written.
    Exported(Bundle),
    /// Something failed.
    Failed(String),
}

/// By what it is seen that a file is another than before.
type Seen = (u64, Option<SystemTime>);

/// See the module.
#[derive(Debug)]
pub struct Watch {
    service: Service,
    directory: PathBuf,
    own: String,
    imported: BTreeMap<PathBuf, Seen>,
    /// What was carried when it was last written there, and what of it lay there then.
    exported: Option<([u8; 32], Option<Seen>)>,
    told: Option<String>,
}

impl Watch {
    pub(crate) fn new(service: Service, directory: PathBuf) -> Self {
        let device = service.device();
        let hash = Domain::BundleName.hash(&[device.as_bytes()]);
        let name: String = hash
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            service,
            directory,
            own: format!("tidings-{name}.tidings"),
            imported: BTreeMap::new(),
            exported: None,
            told: None,
        }
    }

    /// Waits until something was taken or written, or failed for another reason than before.
    pub async fn next(&mut self) -> Watched {
        loop {
            match self.look().await {
                Ok(Some(watched)) => {
                    self.told = None;
                    return watched;
                }
                Ok(None) => {}
                Err(error) => {
                    let said = error.message;
                    if self.told.as_ref() != Some(&said) {
                        self.told = Some(said.clone());
                        return Watched::Failed(said);
                    }
                }
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Looks once.
    async fn look(&mut self) -> Result<Option<Watched>, ApiError> {
        let Some((others, own)) = files(&self.directory, &self.own) else {
            // Whoever takes a stick away may bring it back with more, or another one.
            self.imported.clear();
            self.exported = None;
            return Ok(None);
        };
        for (path, seen) in others {
            if self.imported.get(&path) == Some(&seen) {
                continue;
            }
            let taken = self.service.import(path.clone()).await?;
            self.imported.insert(path, seen);
            return Ok(Some(Watched::Imported(taken)));
        }
        let carried = self.service.carried_digest().await?;
        if self.exported == Some((carried, own)) && own.is_some() {
            return Ok(None);
        }
        let path = self.directory.join(&self.own);
        let written = self.service.export(path, None).await?;
        let own = files(&self.directory, &self.own).and_then(|(_, own)| own);
        self.exported = Some((carried, own));
        Ok(Some(Watched::Exported(written)))
    }
}

/// The bundles in a directory, and ours among them; `None` if it is not there.
fn files(directory: &Path, own: &str) -> Option<(BTreeMap<PathBuf, Seen>, Option<Seen>)> {
    if !directory.is_dir() {
        return None;
    }
    let segments = bundle::segments(directory).unwrap_or_default();
    let mut others = BTreeMap::new();
    let mut ours = None;
    for path in segments {
        let Ok(metadata) = std::fs::symlink_metadata(&path) else {
            continue;
        };
        let seen = (metadata.len(), metadata.modified().ok());
        if path.file_name().is_some_and(|name| name == own) {
            ours = Some(seen);
        } else {
            others.insert(path, seen);
        }
    }
    Some((others, ours))
}
