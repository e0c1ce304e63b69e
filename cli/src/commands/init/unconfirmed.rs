//! A profile that somebody makes who sits here: it is taken away, however that ends, unless its recovery words were confirmed.

use std::path::PathBuf;

use tidings_node::{Node, OpenError, RecoveryWords};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::create;
use crate::failure::Failure;
use crate::recovery;

/// Keys being made.
type Making = JoinHandle<Result<(Node, RecoveryWords), OpenError>>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Unconfirmed {
    home: PathBuf,
    /// Whether the profile's directory is made here, so that all that is in it is of this run.
    is_new: bool,
    making: Option<Making>,
    made: Option<Node>,
    is_confirmed: bool,
}

impl Unconfirmed {
    /// One that is to be made in a directory.
    pub(crate) fn new(home: PathBuf) -> Self {
        Self {
            is_new: !home.exists(),
            home,
            making: None,
            made: None,
            is_confirmed: false,
        }
    }

    /// Begins to make it, which takes its time.
    pub(crate) fn make(&mut self, name: String, passphrase: Option<Zeroizing<String>>) {
        let home = self.home.clone();
        let making = async move { create(&home, &name, passphrase.as_ref()).await };
        self.making = Some(tokio::spawn(making));
    }

    /// Its words, once it is made; they never come while it is not being made. Nothing is lost if this is dropped.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be made.
    pub(crate) async fn words(&mut self) -> Result<RecoveryWords, Failure> {
        let Some(making) = &mut self.making else {
            return std::future::pending().await;
        };
        let made = making.await;
        self.making = None;
        let (node, words) = made??;
        self.made = Some(node);
        Ok(words)
    }

    /// Notes that its words are on paper.
    pub(crate) fn confirm(&mut self) {
        self.is_confirmed = true;
        // If the mark stays, somebody is asked once more.
        let _ = recovery::confirm(&self.home);
    }

    /// Gives it away, to be gone on with; nothing if there is none.
    pub(crate) fn give(&mut self) -> Option<Node> {
        self.made.take()
    }

    /// Closes what was made or is being made, and takes it away unless its words were confirmed.
    ///
    /// # Errors
    /// [`Failure`] if something of it stays; its mark stays then.
    pub(crate) async fn take_away(&mut self) -> Result<(), Failure> {
        if let Some(making) = self.making.take()
            && let Ok(Ok((node, _))) = making.await
        {
            self.made = Some(node);
        }
        let Some(node) = self.made.take() else {
            return Ok(());
        };
        // Whether or not it closes as it should: what is to be removed need not be whole.
        let closed = node.shutdown().await;
        if self.is_confirmed {
            return Ok(closed?);
        }
        drop(node);
        Ok(recovery::take_away(&self.home, self.is_new)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile in the making, beside another file.
    async fn made(directory: &std::path::Path) -> Unconfirmed {
        let mut profile = Unconfirmed::new(directory.to_owned());
        profile.make("Ann".to_owned(), None);
        assert_eq!(profile.words().await.unwrap().words().count(), 24);
        profile
    }

    #[tokio::test]
    async fn until_its_words_are_confirmed_a_profile_is_taken_away_with_the_directory_that_was_made_for_it()
     {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("home");
        let mut profile = made(&home).await;
        assert!(recovery::is_marked(&home));
        profile.take_away().await.unwrap();
        assert!(!home.exists());
        let mut profile = made(directory.path()).await;
        profile.take_away().await.unwrap();
        assert!(directory.path().exists() && !tidings_node::profile_exists(directory.path()));
    }

    #[tokio::test]
    async fn what_is_left_while_it_is_made_is_taken_away_and_what_is_confirmed_stays() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("home");
        let mut profile = Unconfirmed::new(home.clone());
        profile.make("Ann".to_owned(), None);
        profile.take_away().await.unwrap();
        assert!(!home.exists());
        let mut profile = made(&home).await;
        profile.confirm();
        profile.take_away().await.unwrap();
        assert!(tidings_node::profile_exists(&home) && !recovery::is_marked(&home));
    }
}
