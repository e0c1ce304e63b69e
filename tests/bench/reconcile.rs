//! What it costs two who carry envelopes to find out what each has that the other lacks, beside hashing and
//! sorting all ids once, and beside the library that does the same by another protocol.

use std::hint::black_box;
use std::time::Duration;

use negentropy::{Id, Negentropy, NegentropyStorageVector};
use tidings_protocol::carry::reconcile::{Answering, Asking};
use tidings_protocol::id::EnvelopeId;
use tidings_protocol::rng::Rng;

use crate::Outcome;
use crate::process::thread_time;
use crate::table::{Spread, Table, micros, ratio, ratio_of};

const TRIALS: usize = 9;
/// Envelopes that each of the two holds.
const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
/// Half of them are held by one side, half by the other.
const DIFFERENCES: u64 = 100;
/// What the library may put into one message: as much as ours.
const FRAME_BYTES: u64 = 56 * 1024;
/// So many of each have a goal.
const WITH_GOAL: u64 = 10_000;

/// What one reconciliation said, in bytes each way, and how often.
#[derive(Debug, Default, Clone, Copy)]
struct Said {
    questions: usize,
    answers: usize,
    rounds: usize,
    found: usize,
}

impl Said {
    fn bytes(self) -> usize {
        self.questions + self.answers
    }

    fn show(self) -> String {
        let Self {
            questions,
            answers,
            rounds,
            ..
        } = self;
        let bytes = self.bytes();
        format!("{questions} B + {answers} B = {bytes} B, {rounds} rounds")
    }
}

fn ids(numbers: std::ops::Range<u64>) -> Vec<EnvelopeId> {
    let id = |number: u64| EnvelopeId::new(*blake3::hash(&number.to_le_bytes()).as_bytes());
    numbers.map(id).collect()
}

/// Both sides, from their ids to all that differs.
fn reconcile(ours: &[EnvelopeId], theirs: &[EnvelopeId], rng: &mut Rng) -> Outcome<Said> {
    let (mut asking, first) = Asking::begin(ours.iter().copied(), rng);
    let (mut answering, mut answer) = Answering::begin(theirs.iter().copied(), &first)?;
    let mut said = Said {
        questions: first.len(),
        ..Said::default()
    };
    loop {
        said.answers += answer.len();
        said.rounds += 1;
        let progress = asking.take(&answer)?;
        said.found += progress.have.len() + progress.need.len();
        let Some(next) = progress.next else {
            return Ok(said);
        };
        said.questions += next.len();
        answer = answering.answer(&next)?;
    }
}

/// The same by the library.
fn by_library(ours: &[EnvelopeId], theirs: &[EnvelopeId]) -> Outcome<Said> {
    let failed = |error: negentropy::Error| format!("negentropy: {error}");
    let storage = |ids: &[EnvelopeId]| {
        let mut storage = NegentropyStorageVector::with_capacity(ids.len());
        for id in ids {
            storage.insert(0, Id::from_byte_array(*id.as_bytes()))?;
        }
        storage.seal()?;
        Negentropy::owned(storage, FRAME_BYTES)
    };
    let mut asking = storage(ours).map_err(failed)?;
    let mut answering = storage(theirs).map_err(failed)?;
    let (mut have, mut need) = (Vec::new(), Vec::new());
    let mut said = Said::default();
    let mut question = Some(asking.initiate().map_err(failed)?);
    while let Some(message) = question {
        let answer = answering.reconcile(&message).map_err(failed)?;
        said.questions += message.len();
        said.answers += answer.len();
        said.rounds += 1;
        question = asking
            .reconcile_with_ids(&answer, &mut have, &mut need)
            .map_err(failed)?;
    }
    said.found = have.len() + need.len();
    Ok(said)
}

/// Each id of both sides hashed and sorted by that, once.
fn floor(ours: &[EnvelopeId], theirs: &[EnvelopeId]) {
    for ids in [ours, theirs] {
        let hashes = ids.iter().map(|id| *blake3::hash(id.as_bytes()).as_bytes());
        let mut hashes: Vec<[u8; 32]> = hashes.collect();
        hashes.sort_unstable();
        black_box(hashes);
    }
}

/// Processor time of one call.
fn timed<T>(call: impl FnOnce() -> T) -> Outcome<(T, Duration)> {
    let start = thread_time()?;
    let value = black_box(call());
    Ok((value, thread_time()?.saturating_sub(start)))
}

/// Measures reconciliations between two who hold so many each, or as many as carriers may.
pub(crate) fn measure(table: &mut Table, size: Option<u32>) -> Outcome<()> {
    let sizes = size.map_or(SIZES.to_vec(), |size| vec![size]);
    sizes
        .into_iter()
        .try_for_each(|held| between(table, held.into()))
}

fn between(table: &mut Table, held: u64) -> Outcome<()> {
    let (ours, theirs) = (ids(0..held), ids(DIFFERENCES / 2..held + DIFFERENCES / 2));
    let mut rng = Rng::from_seed(&[7; 32]);
    let (mut said, mut library) = (Said::default(), Said::default());
    let (mut products, mut libraries, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TRIALS {
        let (product, time) = timed(|| reconcile(&ours, &theirs, &mut rng))?;
        said = product?;
        products.push(time);
        let (other, time) = timed(|| by_library(&ours, &theirs))?;
        library = other?;
        libraries.push(time);
        floors.push(timed(|| floor(&ours, &theirs))?.1);
    }
    if u64::try_from(said.found)? != DIFFERENCES || library.found != said.found {
        return Err(format!("{said:?}, {library:?} of {DIFFERENCES}").into());
    }
    let [product, library_time, raw] =
        [products, libraries, floors].map(|trials| Spread::new(trials).percentile(50));
    let least = said.found * EnvelopeId::BYTES;
    let bytes_ratio = ratio_of(
        u32::try_from(said.bytes())?.into(),
        u32::try_from(least)?.into(),
    );
    let (goal_bytes, goal_time) = if held == WITH_GOAL {
        ("; goal 32768 B in 4 rounds", "; goal 50000 µs")
    } else {
        ("", "")
    };
    table.row(
        &format!("{held} and {held} envelopes, {DIFFERENCES} differ: asked + answered"),
        said.show(),
        format!(
            "the ids that differ: {least} B{goal_bytes}; negentropy: {}",
            library.show()
        ),
        bytes_ratio,
    );
    table.row(
        "the same: processor time of both sides, p50",
        micros(product),
        format!(
            "all ids hashed and sorted once: {}{goal_time}; negentropy: {}",
            micros(raw),
            micros(library_time)
        ),
        ratio(product, raw),
    );
    Ok(())
}
