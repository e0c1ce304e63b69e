//! What it costs to write envelopes to a file that is carried, and to read and verify them there.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tidings_node::bundle::{self, Bundled, Record};
use tidings_protocol::envelope::{Envelope, EnvelopeError};

use crate::Outcome;
use crate::table::{Spread, Table, rate, ratio};

const TRIALS: usize = 7;
/// The smallest that envelopes are: of these there are most to a byte.
const ENVELOPE_BYTES: u32 = 2_048;
const AGE: Duration = Duration::from_hours(1);

/// The bytes of an envelope in which nothing is sealed.
fn envelope(number: u32) -> Vec<u8> {
    let mut bytes = vec![0xa6, 0, 1, 1, 0x50];
    bytes.extend([0; 12]);
    bytes.extend(number.to_be_bytes());
    bytes.extend([2, 0x18, 168, 3, 2, 4, 0x58, 32]);
    bytes.extend([7; 32]);
    bytes.extend([5, 0x59, 0x07, 0xbf]);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_be_bytes());
    let mut inside = [0; 1_983];
    hasher.finalize_xof().fill(&mut inside);
    bytes.extend(inside);
    bytes
}

fn export(path: &Path, envelopes: &[Vec<u8>]) -> Outcome<()> {
    let records = envelopes.iter().map(|bytes| {
        let envelope = Envelope::from_bytes(bytes)?;
        Ok::<_, EnvelopeError>(Record::Envelope(Bundled::new(envelope, AGE, 1, 4)))
    });
    bundle::write(path, records)?;
    Ok(())
}

/// As many bytes hashed, written and on the disk.
fn export_floor(path: &Path, envelopes: &[Vec<u8>]) -> Outcome<()> {
    let (mut hasher, mut file) = (blake3::Hasher::new(), File::create(path)?);
    for part in envelopes.chunks(128) {
        let part = part.concat();
        hasher.update(&part);
        file.write_all(&part)?;
    }
    file.write_all(hasher.finalize().as_bytes())?;
    file.sync_all()?;
    Ok(())
}

fn import(path: &Path, count: u32) -> Outcome<()> {
    let mut taken = 0;
    let summary = bundle::read(path, |record| {
        taken += u32::from(matches!(record, Record::Envelope(_)));
        Ok::<_, EnvelopeError>(())
    })?;
    if taken == count && summary.damaged.is_empty() {
        Ok(())
    } else {
        Err(format!("{taken} of {count} envelopes came back").into())
    }
}

/// As many bytes read and hashed.
fn import_floor(path: &Path) -> Outcome<()> {
    let (mut hasher, mut file) = (blake3::Hasher::new(), File::open(path)?);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let length = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..length).filter(|read| !read.is_empty()) else {
            break;
        };
        hasher.update(read);
    }
    std::hint::black_box(hasher.finalize());
    Ok(())
}

/// How long something takes.
fn timed(run: impl FnOnce() -> Outcome<()>) -> Outcome<Duration> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed())
}

/// Exports and imports so many envelopes, by turns with what no program does in less.
pub(crate) fn measure(table: &mut Table, count: u32) -> Outcome<()> {
    let stick = TempDir::new()?;
    let (path, plain) = (stick.path().join("a.tidings"), stick.path().join("plain"));
    let envelopes: Vec<Vec<u8>> = (0..count).map(envelope).collect();
    let (mut exports, mut export_floors) = (Vec::new(), Vec::new());
    let (mut imports, mut import_floors) = (Vec::new(), Vec::new());
    for _ in 0..TRIALS {
        for path in [&path, &plain] {
            let _ = fs::remove_file(path);
        }
        exports.push(timed(|| export(&path, &envelopes))?);
        export_floors.push(timed(|| export_floor(&plain, &envelopes))?);
        imports.push(timed(|| import(&path, count))?);
        import_floors.push(timed(|| import_floor(&plain))?);
    }
    let floor = "BLAKE3 and one file written and synced";
    row(table, "export", count, floor, (exports, export_floors));
    let floor = "BLAKE3 and one file read";
    row(
        table,
        "import, verified",
        count,
        floor,
        (imports, import_floors),
    );
    Ok(())
}

fn row(
    table: &mut Table,
    what: &str,
    count: u32,
    floor: &str,
    (products, floors): (Vec<Duration>, Vec<Duration>),
) {
    let (products, floors) = (Spread::new(products), Spread::new(floors));
    let (product, raw) = (products.percentile(50), floors.percentile(50));
    let of_both = |time| format!("{} ({})", rate(count, time), megabytes(count, time));
    table.row(
        &format!("bundle of {count} envelopes of 2 KiB: {what}, p50 of {TRIALS}"),
        format!(
            "{}; slowest {}",
            of_both(product),
            rate(count, products.max())
        ),
        format!("{floor}: {}; goal 50000/s", of_both(raw)),
        ratio(product, raw),
    );
}

fn megabytes(count: u32, time: Duration) -> String {
    let bytes = f64::from(count) * f64::from(ENVELOPE_BYTES);
    format!("{:.0} MB/s", bytes / 1_000_000.0 / time.as_secs_f64())
}
