//! What is looked at of the conversations' documents: whether they can be built again from the operations that are
//! stored, and whether what is open has the heads of what was built.
//!
//! Invariants
//! - It is over within [`LOOK_TIME`] and a document, and looks at [`DOCUMENTS_MAX`] of [`CONVERSATIONS_MAX`]
//!   conversations at most, the newest of each first; how much was left out is said.
//! - One that differs is looked at again once all is durable that was under way: what changes meanwhile is no fault.

use std::time::Duration;

use tidings_protocol::conversation::heads_digest;
use tidings_protocol::id::ConversationId;
use tidings_store::Reader;
use tokio::time::{Instant, timeout_at};

use super::subject::Subject;
use super::{count, finding, ill, well};
use crate::api::{ApiError, Check, Listed};
use crate::documents::{DocumentsError, Heads, Looked};
use crate::service::{Service, ending};
use crate::storage::StorageError;
use crate::words::NAMES_MAX;

/// Documents that are built again.
pub(super) const DOCUMENTS_MAX: usize = 256;
/// Conversations of which any are.
pub(super) const CONVERSATIONS_MAX: usize = 256;
/// No document is begun after so long.
const LOOK_TIME: Duration = Duration::from_secs(3);
/// Bytes of a digest that are shown, for two people to read out to each other.
const SHOWN_BYTES: usize = 8;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) conversations: usize,
    pub(super) documents: usize,
    pub(super) heads: usize,
    /// Documents that were not looked at.
    pub(super) left_documents: usize,
    /// Conversations of which it is not known whether they have any.
    pub(super) left_conversations: usize,
    /// Where a document was another than it should be, by what name each is shown.
    pub(super) differing: Vec<String>,
    /// Where one could not be built, and why the first could not.
    pub(super) unreadable: Vec<(String, String)>,
    /// What all of it comes to, of a single conversation that was looked at as a whole.
    pub(super) digest: Option<[u8; 32]>,
}

/// A conversation, and by what name it is shown; raw.
pub(super) type Named = (ConversationId, String);

impl Service {
    /// Looks at the documents of these conversations.
    pub(super) async fn look_at_documents(&self, all: &[Named]) -> Result<Found, ApiError> {
        let until = Instant::now() + LOOK_TIME;
        let mut found = Found::default();
        let mut segments = Vec::new();
        for (conversation, name) in few(all) {
            if Instant::now() >= until {
                break;
            }
            let conversation = *conversation;
            let read = move |reader: &Reader| reader.segments(conversation);
            segments.push(match self.shared.storage.read_aside(read).await {
                Ok(segments) => segments,
                Err(StorageError::Store(error)) => {
                    found.unreadable.push((name.clone(), error.to_string()));
                    Vec::new()
                }
                Err(error @ StorageError::Ended) => return Err(error.into()),
            });
        }
        found.left_conversations = all.len().saturating_sub(segments.len());
        found.conversations = segments.iter().filter(|one| !one.is_empty()).count();
        let order = newest_first(&segments);
        let mut heads = Heads::new();
        for (index, segment) in &order {
            if Instant::now() >= until {
                break;
            }
            let Some((conversation, name)) = all.get(*index) else {
                continue;
            };
            let looked = self.look_twice(*conversation, *segment);
            let Ok(looked) = timeout_at(until, looked).await else {
                break;
            };
            found.documents = found.documents.saturating_add(1);
            match looked? {
                Ok(looked) => {
                    if !looked.is_same && !found.differing.contains(name) {
                        found.differing.push(name.clone());
                    }
                    found.heads = found.heads.saturating_add(looked.heads.len());
                    if !looked.heads.is_empty() {
                        heads.insert(*segment, looked.heads);
                    }
                }
                Err(why) => found.unreadable.push((name.clone(), why)),
            }
        }
        let documents: usize = segments.iter().map(Vec::len).sum();
        found.left_documents = documents.saturating_sub(found.documents);
        if let [(conversation, _)] = all
            && found.left_documents == 0
            && !heads.is_empty()
        {
            found.digest = Some(heads_digest(*conversation, &heads));
        }
        Ok(found)
    }

    /// Looks at a document, and once more if it is another than it should be; why it could not be built.
    async fn look_twice(
        &self,
        conversation: ConversationId,
        segment: u64,
    ) -> Result<Result<Looked, String>, ApiError> {
        let documents = &self.shared.documents;
        let mut looked = documents.look(conversation, segment, false).await;
        if looked.as_ref().is_ok_and(|looked| !looked.is_same) {
            self.durable().await?;
            looked = documents.look(conversation, segment, true).await;
        }
        match looked {
            Ok(looked) => Ok(Ok(looked)),
            Err(DocumentsError::Ended) => Err(ending()),
            Err(error @ (DocumentsError::Store(_) | DocumentsError::Document(_))) => {
                Ok(Err(error.to_string()))
            }
        }
    }
}

/// The conversations that are looked at.
pub(super) fn few(all: &[Named]) -> impl Iterator<Item = &Named> {
    all.iter().take(CONVERSATIONS_MAX)
}

/// The last segments of all conversations, by the conversation's place, then those before, and so on; not too many.
pub(super) fn newest_first(segments: &[Vec<u64>]) -> Vec<(usize, u64)> {
    let mut ordered = Vec::new();
    for (index, segments) in segments.iter().enumerate() {
        let newest = segments.iter().rev().enumerate();
        ordered.extend(newest.map(|(age, segment)| (age, index, *segment)));
    }
    ordered.sort_unstable();
    let ordered = ordered.into_iter().take(DOCUMENTS_MAX);
    ordered
        .map(|(_, index, segment)| (index, segment))
        .collect()
}

/// Whether all is well with what was looked at.
pub(super) fn check(found: &Found) -> Check {
    const SUBJECT: Subject = Subject::Documents;
    let unreadable = match found.unreadable.as_slice() {
        [] => None,
        [(name, why)] => Some(finding::document_unreadable(name, why)),
        [(name, why), rest @ ..] => {
            let more = count(rest.len());
            Some(finding::document_unreadable_more(name, why, more))
        }
    };
    if let Some(unreadable) = unreadable {
        return ill(SUBJECT, unreadable, finding::copy_profile());
    }
    if !found.differing.is_empty() {
        let names = Listed::of(&found.differing, NAMES_MAX);
        let differed = finding::documents_differed(&names);
        return ill(SUBJECT, differed, finding::test_memory());
    }
    if found.documents == 0 && found.left_documents == 0 && found.left_conversations == 0 {
        return well(SUBJECT, finding::no_documents());
    }
    let [documents, conversations] = [found.left_documents, found.left_conversations].map(count);
    let left = (documents > 0).then(|| finding::documents_left(documents));
    let left_out = (conversations > 0).then(|| finding::conversations_left(conversations));
    let digest = found.digest.as_ref().map(read_out);
    let digest = digest.map(|digest| finding::documents_digest(&digest));
    let sound = finding::documents_sound(
        count(found.documents),
        count(found.conversations),
        count(found.heads),
    );
    let said = sound.and(left.into()).and(left_out.into());
    well(SUBJECT, said.and(digest.into()))
}

/// The start of a digest, in groups.
fn read_out(digest: &[u8; 32]) -> String {
    let shown: Vec<u8> = digest.iter().take(SHOWN_BYTES).copied().collect();
    let groups = shown
        .chunks(2)
        .map(|group| data_encoding::HEXLOWER.encode(group));
    groups.collect::<Vec<_>>().join(" ")
}
