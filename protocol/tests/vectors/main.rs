//! The frozen vectors of the formats: what is made today from fixed seeds must be what `docs/vectors/` holds,
//! byte for byte. `docs/vectors/check_formats.py` reads the same without any of this code.
//!
//! After a change to the wire: `cargo test -p tidings-protocol --test vectors -- --ignored`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken assumption must stop the test"
)]

mod bundles;
mod formats;
mod messages;
mod notices;
mod operations;
mod pairs;
mod sealing;
mod sessions;

use std::fs;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use serde_json::Value;
use tidings_protocol::id::ConversationId;
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::rng::Rng;
use tidings_protocol::time::WallTime;

const START: WallTime = WallTime::from_millis(1_700_000_000_000);
const ROOM: ConversationId = ConversationId::new([6; 32]);

fn rng(seed: u8) -> Rng {
    Rng::from_seed(&[seed; 32])
}

fn identity(name: &str, seed: u8) -> OwnIdentity {
    let mut rng = rng(seed);
    OwnIdentity::create(name, "laptop", START, &mut rng)
        .unwrap()
        .0
}

fn ann() -> OwnIdentity {
    identity("Ann", 1)
}

fn ben() -> OwnIdentity {
    identity("Ben", 2)
}

fn hex(bytes: impl AsRef<[u8]>) -> Value {
    HEXLOWER.encode(bytes.as_ref()).into()
}

/// Every file with what it holds.
fn files() -> [(&'static str, Vec<Value>); 14] {
    [
        ("bundle", bundles::bundles()),
        ("card", formats::cards()),
        ("change_over", pairs::changes()),
        ("envelope", sealing::envelopes()),
        ("invite", formats::invites()),
        ("letter", formats::letters()),
        ("message", messages::messages()),
        ("notice", notices::notices()),
        ("operation", operations::operations()),
        ("rendezvous", pairs::rendezvous()),
        ("reply", sessions::replies()),
        ("sender_chain", sealing::chains()),
        ("session", sessions::sessions()),
        ("tag", sealing::tags()),
    ]
}

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors");
    folder.join(name).with_extension("json")
}

fn text(vectors: &[Value]) -> String {
    serde_json::to_string_pretty(vectors).unwrap() + "\n"
}

#[test]
fn the_frozen_vectors_are_what_is_made_today() {
    for (name, vectors) in files() {
        assert!(!vectors.is_empty(), "{name}");
        let frozen = fs::read_to_string(path(name)).unwrap_or_default();
        assert!(frozen == text(&vectors), "{name}: another format");
    }
}

#[test]
#[ignore = "writes docs/vectors"]
fn write_the_vectors() {
    for (name, vectors) in files() {
        fs::write(path(name), text(&vectors)).unwrap();
    }
}
