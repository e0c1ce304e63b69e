//! Bundles: what is carried goes out into files, and comes in from them.
//!
//! Invariants
//! - What an import says it took is durable.
//! - Files are read and written away from the runtime's threads, and what they hold passes through in small parts.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tidings_protocol::carry::CarriedEnvelope;
use tidings_protocol::engine::Command;
use tidings_protocol::envelope::Envelope;
use tidings_protocol::id::{EnvelopeId, PersonId, RequestId};
use tidings_protocol::record::{CarriedRecord, DepositRecord, Enclosed, Outcome, TombstoneRecord};
use tidings_protocol::time::CarryTime;
use tidings_store::Reader;
use tokio::runtime::Handle;

use super::{Service, count};
use crate::api::{
    ApiError, Bundle, DamagedFile, ErrorKind, ExportBundle, ImportBundle, InspectBundle,
    TransferKind, Who,
};
use crate::bundle::{self, BundleError, Bundled, Record, Summary, Tell, Written};
use crate::people::Place;
use crate::reason;
use crate::transfers::{Cancelled, Moving};

/// Envelopes that are read from the store at once.
const PAGE_ENVELOPES: usize = 64;
/// Priorities of what goes before all else in a bundle, so that it is read first: what makes messages readable is
/// among it. Whoever reads a message before that, finds it again among what they keep, but only thereafter. It is also
/// what a stick gets that has no room for all.
const FIRST: RangeInclusive<u8> = 0..=1;
/// Priorities of all else.
const THEREAFTER: RangeInclusive<u8> = 2..=u8::MAX;
/// Copies of an envelope in a bundle: no more, whoever holds it, so that they do not tell whose it is.
const COPIES_IN_BUNDLES: u8 = 32;
/// Records that are handed to the engine at once.
const BATCH_RECORDS: usize = 64;

impl Service {
    pub(super) async fn export_bundle(&self, request: ExportBundle) -> Result<Bundle, ApiError> {
        check(&request.path)?;
        let moving = self.moving(TransferKind::Export, &request.path, request.request)?;
        self.settle().await?;
        let only = match &request.who {
            Some(who) => Some(self.sealed_for(who).await?),
            None => None,
        };
        self.export(moving, request.path, only, bundle::write_telling)
            .await
    }

    /// Writes all that is carried to a file, which is to be none but a bundle of its own.
    pub(crate) async fn export_file(&self, path: PathBuf) -> Result<Bundle, ApiError> {
        let moving = self.moving(TransferKind::Export, &path, None)?;
        self.export(moving, path, None, bundle::write_file).await
    }

    /// Writes what is carried, or only these envelopes of it; and all purges. Nobody can tell of a purge what it was
    /// of, and whoever gets the bundle may carry anything, for anybody: each purge may spare them something, and is
    /// no longer than a line.
    async fn export(
        &self,
        moving: Moving,
        path: PathBuf,
        only: Option<BTreeSet<EnvelopeId>>,
        write: fn(&Path, Records, Tell) -> Result<Written, BundleError>,
    ) -> Result<Bundle, ApiError> {
        let carrying = self.carrying().await?;
        let time = carrying.time;
        let all = [carrying.own, carrying.others].map(|used| count(used.envelopes));
        let all = || all.into_iter().fold(0, u64::saturating_add);
        moving.expect(only.as_ref().map_or_else(all, |only| count(only.len())));
        let (service, handle, moving) = (self.clone(), Handle::current(), Arc::new(moving));
        let written = blocking(move || {
            let records = Records {
                service,
                handle,
                moving: Arc::clone(&moving),
                path: path.clone(),
                time,
                only,
                phase: Phase::Envelopes(FIRST, None),
                ready: Vec::new(),
            };
            write(&path, records, &mut |envelopes| moving.advance(envelopes))
        })
        .await?;
        Ok(Bundle {
            path: written.path,
            envelopes: written.envelopes,
            bytes: written.bytes,
            purges: written.purges,
            damaged: Vec::new(),
            left_out: Some(written.left_out),
            new_file: Some(written.is_new_file),
            new: None,
            for_me: None,
        })
    }

    /// Has all be sealed that is owed to others, such as what our person read of theirs: what is written next takes it
    /// along.
    pub(crate) async fn settle(&self) -> Result<(), ApiError> {
        self.bring(Vec::new(), Vec::new(), true).await.map(drop)
    }

    /// What changes with what is carried. All of that is in the store by then, out of which an export reads: what the
    /// engine has taken and the store has not would else be taken for written, and be in no bundle.
    pub(crate) async fn carried_digest(&self) -> Result<[u8; 32], ApiError> {
        let digest = self.carrying().await?.digest;
        self.durable().await?;
        Ok(digest)
    }

    pub(super) async fn import_bundle(&self, request: ImportBundle) -> Result<Bundle, ApiError> {
        check(&request.path)?;
        let path = request.path.clone();
        let (summary, taker) = self.import(path, request.request, bundle::segments).await?;
        Ok(taker.said_of(request.path, summary))
    }

    /// Takes what is in one file, whatever lies beside it. That it cannot be read is an error, and no damage.
    pub(crate) async fn import_segment(&self, path: PathBuf) -> Result<Bundle, ApiError> {
        let alone = |path: &Path| Ok(vec![path.to_owned()]);
        let (summary, taker) = self.import(path.clone(), None, alone).await?;
        Ok(taker.said_of(path, summary.all_read()?))
    }

    /// Takes what is in the files that are found there.
    async fn import(
        &self,
        path: PathBuf,
        request: Option<RequestId>,
        find: fn(&Path) -> Result<Vec<PathBuf>, BundleError>,
    ) -> Result<(Summary, Taker), ApiError> {
        let moving = self.moving(TransferKind::Import, &path, request)?;
        let (service, handle) = (self.clone(), Handle::current());
        blocking(move || {
            let mut taker = Taker {
                service,
                handle,
                envelopes: Vec::new(),
                purges: Vec::new(),
                new: 0,
                for_me: 0,
            };
            let segments = find(&path)?;
            moving.expect(bundle::bytes_to_read(&segments));
            let tell: Tell = &mut |bytes| moving.advance(bytes);
            let read = bundle::read_segments(segments, tell, |record| taker.take(record));
            // What was gathered is kept, too, where nobody wants the rest.
            if matches!(read, Ok(_) | Err(BundleError::ImportCancelled)) {
                taker
                    .hand_in(true)
                    .map_err(|error| BundleError::Taker(error.into()))?;
            }
            Ok((read?, taker))
        })
        .await
    }

    /// Hands what was brought to the engine, and waits until it is durable; of the last part, until all is read and said
    /// that comes of it. Returns how many envelopes were new, and for us.
    async fn bring(
        &self,
        envelopes: Vec<CarriedEnvelope>,
        purges: Vec<[u8; 32]>,
        is_last: bool,
    ) -> Result<(u64, u64), ApiError> {
        let command = Command::Bring {
            envelopes,
            purges,
            is_last,
        };
        let outcome = self.command(request()?, command).await?;
        if let Outcome::Brought { new, for_us } = outcome {
            return Ok((new, for_us));
        }
        Ok((0, 0))
    }

    pub(super) async fn inspect_bundle(&self, request: InspectBundle) -> Result<Bundle, ApiError> {
        check(&request.path)?;
        let path = request.path.clone();
        let summary = blocking(move || bundle::inspect(&path)).await?;
        Ok(said_of(request.path, summary))
    }

    /// The envelopes of ours in which something is for a contact, or for members of a room. Of a room those are left
    /// out in which there is something of another conversation. What else is in a letter, nobody can tell from what is
    /// kept of it: our chain handed over, control, a receipt; so each of those to a member comes along, since one
    /// of them may be what makes the rest readable. So does what we sealed while we paired, of which is not even kept for
    /// whom it is: without our answer to a join its contact reads nothing of ours.
    async fn sealed_for(&self, who: &Who) -> Result<BTreeSet<EnvelopeId>, ApiError> {
        let people = self.people().await?;
        let (meant, room): (Vec<PersonId>, _) = match people.place(who)? {
            Place::Direct(person) => (vec![person.record.person], None),
            Place::Room(room) => {
                let members = room.members.iter().map(|member| member.person);
                (members.collect(), Some(room.conversation))
            }
        };
        let (own, device) = (self.own(), self.device());
        let read = move |reader: &Reader| {
            let elsewhere = match room {
                Some(room) => reader.actors_elsewhere(room, device)?,
                None => BTreeSet::new(),
            };
            Ok((reader.undeposited()?, reader.deposits()?, elsewhere))
        };
        let (paired, deposits, elsewhere) = self.shared.storage.read(read).await?;
        let is_for = |deposit: &DepositRecord| {
            let is_elsewhere = |enclosed: Enclosed| elsewhere.contains(&enclosed.actor);
            let mut people = deposit.people.iter();
            !deposit.enclosed.is_some_and(is_elsewhere)
                && people.any(|person| *person != own && meant.contains(person))
        };
        let deposits = deposits.into_iter().filter(is_for);
        let deposits = deposits.map(|deposit| deposit.envelope);
        Ok(deposits.chain(paired).collect())
    }
}

/// What has yet to be read.
#[derive(Debug)]
enum Phase {
    /// Of these priorities.
    Envelopes(RangeInclusive<u8>, Option<EnvelopeId>),
    /// Last, so that nothing that has yet to arrive stays behind for them where there is no room for all.
    Purges(Option<[u8; 32]>),
    Over,
}

/// What goes into a bundle, read page by page.
struct Records {
    service: Service,
    handle: Handle,
    /// Asked before each page, of which nothing may be wanted.
    moving: Arc<Moving>,
    /// Where it goes.
    path: PathBuf,
    time: CarryTime,
    only: Option<BTreeSet<EnvelopeId>>,
    phase: Phase,
    /// The next last.
    ready: Vec<Record>,
}

impl Iterator for Records {
    type Item = Result<Record, ApiError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.ready.pop() {
                return Some(Ok(record));
            }
            if matches!(self.phase, Phase::Over) {
                return None;
            }
            if let Err(error) = self.read() {
                self.phase = Phase::Over;
                return Some(Err(error));
            }
        }
    }
}

impl Records {
    /// Reads a page, unless nobody wants more.
    fn read(&mut self) -> Result<(), ApiError> {
        self.moving.advance(0).map_err(|Cancelled| {
            let path = self.path.clone();
            BundleError::ExportCancelled { path }
        })?;
        match &self.phase {
            Phase::Envelopes(of, after) => self.read_envelopes(of.clone(), *after),
            Phase::Purges(after) => self.read_purges(*after),
            Phase::Over => Ok(()),
        }
    }

    fn read_purges(&mut self, after: Option<[u8; 32]>) -> Result<(), ApiError> {
        let read = move |reader: &Reader| reader.tombstones_after(after, PAGE_ENVELOPES);
        let page = self
            .handle
            .block_on(self.service.shared.storage.read(read))?;
        self.phase = match page.last() {
            Some(last) => Phase::Purges(Some(TombstoneRecord::purge(last))),
            None => Phase::Over,
        };
        let purges = page.iter().rev().map(|one| Record::Purge(one.preimage));
        self.ready.extend(purges);
        Ok(())
    }

    fn read_envelopes(
        &mut self,
        of: RangeInclusive<u8>,
        after: Option<EnvelopeId>,
    ) -> Result<(), ApiError> {
        let priorities = of.clone();
        let read = move |reader: &Reader| reader.carried_after(&priorities, after, PAGE_ENVELOPES);
        let page = self
            .handle
            .block_on(self.service.shared.storage.read(read))?;
        self.phase = match page.last() {
            Some((last, _)) => Phase::Envelopes(of, Some(last.id)),
            None if of == FIRST => Phase::Envelopes(THEREAFTER, None),
            None => Phase::Purges(None),
        };
        let only = self.only.as_ref();
        let wanted = page.into_iter().rev();
        let wanted = wanted.filter(|(record, _)| only.is_none_or(|only| only.contains(&record.id)));
        let time = self.time;
        self.ready
            .extend(wanted.filter_map(|(record, bytes)| bundled(&record, &bytes, time)));
        Ok(())
    }
}

/// An envelope as it goes into a bundle, unless its lifetime is over.
fn bundled(record: &CarriedRecord, bytes: &[u8], time: CarryTime) -> Option<Record> {
    if record.expires_at <= time {
        return None;
    }
    let envelope = Envelope::from_bytes(bytes).ok()?;
    let age = tidings_protocol::carry::age(record, time);
    let hops = record.hops.saturating_add(1);
    Some(Record::Envelope(Bundled::new(
        envelope,
        age,
        hops,
        record.copies.div_ceil(2).min(COPIES_IN_BUNDLES),
    )))
}

/// Who takes what comes out of a bundle.
struct Taker {
    service: Service,
    handle: Handle,
    envelopes: Vec<CarriedEnvelope>,
    purges: Vec<[u8; 32]>,
    new: u64,
    for_me: u64,
}

impl Taker {
    fn take(&mut self, record: Record) -> Result<(), ApiError> {
        match record {
            Record::Envelope(bundled) => self.envelopes.push(carried(&bundled)),
            Record::Purge(preimage) => self.purges.push(preimage),
        }
        if self.envelopes.len() + self.purges.len() >= BATCH_RECORDS {
            self.hand_in(false)?;
        }
        Ok(())
    }

    /// Hands what was gathered to the engine, and waits until it is durable.
    fn hand_in(&mut self, is_last: bool) -> Result<(), ApiError> {
        let envelopes = std::mem::take(&mut self.envelopes);
        let purges = std::mem::take(&mut self.purges);
        let bring = self.service.bring(envelopes, purges, is_last);
        let (new, for_me) = self.handle.block_on(bring)?;
        self.new = self.new.saturating_add(new);
        self.for_me = self.for_me.saturating_add(for_me);
        Ok(())
    }

    fn said_of(self, path: PathBuf, summary: Summary) -> Bundle {
        Bundle {
            new: Some(self.new),
            for_me: Some(self.for_me),
            ..said_of(path, summary)
        }
    }
}

/// An envelope as it comes out of a bundle.
fn carried(bundled: &Bundled) -> CarriedEnvelope {
    CarriedEnvelope {
        age_millis: u64::try_from(bundled.age().as_millis()).unwrap_or(u64::MAX),
        hops: bundled.hops(),
        copies: bundled.copies(),
        is_given: true,
        envelope: bundled.envelope().to_bytes().into(),
    }
}

fn said_of(path: PathBuf, summary: Summary) -> Bundle {
    let damaged = summary.damaged.into_iter().map(|damaged| DamagedFile {
        foreign: damaged.reason.is_foreign(),
        path: damaged.path,
        reason: damaged.reason.to_string(),
    });
    Bundle {
        path,
        envelopes: summary.totals.envelopes,
        bytes: summary.totals.bytes,
        purges: summary.totals.purges,
        damaged: damaged.collect(),
        left_out: None,
        new_file: None,
        new: None,
        for_me: None,
    }
}

/// A name for a request that nobody sends again.
fn request() -> Result<RequestId, ApiError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal(&error))?;
    Ok(RequestId::new(bytes))
}

/// A path from the root on: the node's own directory is none that whoever asks could know.
fn check(path: &Path) -> Result<(), ApiError> {
    if path.is_absolute() {
        Ok(())
    } else {
        let path = path.display().to_string();
        Err(ApiError::invalid(reason::relative_path(&path)))
    }
}

/// Does what reads or writes files, away from the runtime's threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BundleError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| ApiError::internal(&error))?;
    done.map_err(ApiError::from)
}

impl From<BundleError> for ApiError {
    fn from(error: BundleError) -> Self {
        let kind = match &error {
            BundleError::NoBundle { .. } => ErrorKind::NotFound,
            BundleError::Link { .. }
            | BundleError::Taken { .. }
            | BundleError::Foreign { .. }
            | BundleError::Special { .. }
            | BundleError::Name { .. }
            | BundleError::Full { .. }
            | BundleError::Unwritable { .. }
            | BundleError::Busy { .. }
            | BundleError::TooMany { .. }
            | BundleError::TooLarge
            | BundleError::Io { .. }
            | BundleError::Unread { .. }
            | BundleError::Source(_)
            | BundleError::Taker(_)
            | BundleError::ExportCancelled { .. }
            | BundleError::ImportCancelled => ErrorKind::Conflict,
        };
        Self::new(kind, error.said())
    }
}

/// How many bytes and envelopes.
pub(super) fn carrying(used: tidings_protocol::carry::Used) -> crate::api::Carrying {
    crate::api::Carrying {
        envelopes: count(used.envelopes),
        bytes: used.bytes,
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::poll;
    use tempfile::TempDir;

    use super::*;
    use crate::bundle::bundled as sample;
    use crate::{Builder, Discovery, Mode};

    /// A page of which nothing is wanted says nothing, and there may be very many of them.
    #[tokio::test]
    async fn an_export_that_was_cancelled_reads_no_page() {
        let builder = Builder::in_memory()
            .mode(Mode::Offline)
            .discovery(Discovery::Off);
        let node = builder.create("Ann").await.unwrap().0;
        let service = node.service();
        let path = PathBuf::from("/stick");
        let moving = service.moving(TransferKind::Export, &path, None).unwrap();
        let mut records = Records {
            service: service.clone(),
            handle: Handle::current(),
            moving: Arc::new(moving),
            path,
            time: service.carrying().await.unwrap().time,
            only: Some(BTreeSet::new()),
            phase: Phase::Envelopes(FIRST, None),
            ready: Vec::new(),
        };
        for moved in service.shared.transfers.list() {
            assert!(service.shared.transfers.cancel(moved.id));
        }
        let said = tokio::task::spawn_blocking(move || (records.next(), records.next()));
        let (first, second) = said.await.unwrap();
        let error = first.unwrap().unwrap_err();
        assert_eq!(error.reasons[0].code, "export_cancelled");
        assert!(second.is_none());
        node.shutdown().await.unwrap();
    }

    #[tokio::test]
    async fn what_counts_as_carried_is_in_the_store_out_of_which_a_bundle_is_written() {
        let builder = Builder::in_memory()
            .mode(Mode::Offline)
            .discovery(Discovery::Off);
        let node = builder.create("Ann").await.unwrap().0;
        let service = node.service();
        let empty = service.carried_digest().await.unwrap();
        let release = service.shared.storage.hold_writes().await;
        let Record::Envelope(envelope) = sample(1) else {
            panic!("an envelope");
        };
        let envelopes = vec![carried(&envelope)];
        let mut brought = pin!(service.bring(envelopes, Vec::new(), false));
        assert!(poll!(&mut brought).is_pending());
        let mut digest = pin!(service.carried_digest());
        assert!(poll!(&mut digest).is_pending());
        // Whoever is asked answers in order: what was asked before this is answered, too.
        let carried = service.carrying().await.unwrap().digest;
        assert_ne!(carried, empty);
        assert!(poll!(&mut digest).is_pending(), "it is not stored yet");
        drop(release);
        assert_eq!(digest.await.unwrap(), carried);
        let stick = TempDir::new().unwrap();
        let file = stick.path().join("b.tidings");
        assert_eq!(service.export_file(file).await.unwrap().envelopes, 1);
        assert_eq!(brought.await.unwrap(), (1, 0));
        node.shutdown().await.unwrap();
    }
}
