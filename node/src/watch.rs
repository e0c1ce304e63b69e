//! Watching a directory for sticks: what is on them is taken, and what is carried is put on them.
//!
//! ```text
//!   DIR is there --> each file that is new is taken --> ours is written, if it would say something new
//! ```
//!
//! Invariants
//! - One bundle of ours lies in the directory, under a name that says nothing of whose it is; it is replaced whole.
//! - Bundles of others are read, each file once, and never touched. Ours are not read, whatever their number.
//! - What fails stops nothing else. It is told once, and tried again as [`stick`] says.
//! - Whoever takes the stick away loses nothing: what was taken is durable, and all else is done when it is back.

mod stick;
mod there;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tidings_protocol::domain::Domain;
use tokio::time::Instant;

use crate::api::{ApiError, Bundle};
use crate::service::Service;
use stick::{Step, Stick};
use there::{Seen, There};

/// How often is looked whether a stick is there.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// What a look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Watched {
    /// A file was taken, or is damaged.
    Imported(Bundle),
    /// A bundle was written.
    Exported(Bundle),
    /// Something failed.
    Failed(String),
}

/// See the module.
#[derive(Debug)]
pub struct Watch {
    service: Service,
    directory: PathBuf,
    own: String,
    stick: Stick,
    /// Why nothing can be looked at, as it was told.
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
        service.set_watching(Some(directory.clone()));
        Self {
            service,
            directory,
            own: format!("tidings-{name}.tidings"),
            stick: Stick::default(),
            told: None,
        }
    }

    /// Waits until something was taken or written, or failed for another reason than before. It is to be awaited to
    /// its end: what it has begun goes on without it, and is done again by the next.
    pub async fn next(&mut self) -> Watched {
        loop {
            let looked = self.look().await;
            let told = looked.as_ref().err().map(|error| error.message.clone());
            let is_news = told != self.told;
            self.told = told;
            match looked {
                Ok(Some(watched)) => return watched,
                Err(error) if is_news => return Watched::Failed(error.message),
                Ok(None) | Err(_) => tokio::time::sleep(LOOK_INTERVAL).await,
            }
        }
    }

    /// Does what there is to do until there is something to tell.
    async fn look(&mut self) -> Result<Option<Watched>, ApiError> {
        loop {
            let Some(there) = self.there().await? else {
                self.stick = Stick::default();
                return Ok(None);
            };
            let carried = self.service.carried_digest().await?;
            let Some(step) = self.stick.next(&there, carried, Instant::now()) else {
                return Ok(None);
            };
            let watched = match step {
                Step::Import(path, seen) => self.import(path, seen).await,
                Step::Export => {
                    self.service.settle().await?;
                    let carried = self.service.carried_digest().await?;
                    self.export(&there, carried).await
                }
                Step::Tell(why) => Some(Watched::Failed(why)),
            };
            if watched.is_some() {
                return Ok(watched);
            }
        }
    }

    async fn import(&mut self, path: PathBuf, seen: Seen) -> Option<Watched> {
        let taken = self.service.import_segment(path.clone()).await;
        let is_whole = taken.as_ref().is_ok_and(|taken| taken.damaged.is_empty());
        if !is_whole && let Some(gone) = self.gone(&path).await {
            return Some(gone);
        }
        let failed = taken.as_ref().err().map(|error| error.message.clone());
        let is_news = self.stick.imported(path, seen, failed, Instant::now());
        let told = taken.map_or_else(|error| Watched::Failed(error.message), Watched::Imported);
        is_news.then_some(told)
    }

    async fn export(&mut self, there: &There, carried: [u8; 32]) -> Option<Watched> {
        let path = self.directory.join(&self.own);
        match self.service.export_file(path.clone()).await {
            Ok(written) => {
                let own = self.there().await.ok().flatten();
                let own = own.map(|there| there.own).unwrap_or_default();
                let is_all = written.left_out.unwrap_or_default() == 0;
                self.stick.exported(there, is_all, carried, own);
                Some(Watched::Exported(written))
            }
            Err(error) => {
                if let Some(gone) = self.gone(&path).await {
                    return Some(gone);
                }
                let said = error.message;
                let is_news = self.stick.not_exported(there, said.clone(), Instant::now());
                is_news.then_some(Watched::Failed(said))
            }
        }
    }

    /// What is to be told if the stick was taken away while a file on it was in use: then that file is not to blame.
    async fn gone(&mut self, file: &Path) -> Option<Watched> {
        let now = self.there().await.ok().flatten();
        if now.is_some_and(|there| self.stick.is_it(&there)) {
            return None;
        }
        self.stick = Stick::default();
        Some(Watched::Failed(format!(
            "{} was taken away while {} was in use: nothing is lost, and it goes on when it is back",
            self.directory.display(),
            file.file_name().unwrap_or_default().display()
        )))
    }

    /// What lies in the directory, looked at away from the runtime's threads.
    async fn there(&self) -> Result<Option<There>, ApiError> {
        let (directory, own) = (self.directory.clone(), self.own.clone());
        crate::service::blocking(move || There::look(&directory, &own)).await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.service.set_watching(None);
    }
}

#[cfg(test)]
mod tests;
