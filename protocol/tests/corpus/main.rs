//! The corpora of the fuzz targets: each file goes through the function of its target, as a fuzzer would
//! have it. The seeds among them are made here, so that none is of a format that is gone.
//!
//! After a change to the wire: `cargo test -p tidings-protocol --test corpus -- --ignored`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a broken assumption must stop the test, and say which file it was"
)]

#[allow(
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub,
    reason = "of another workspace, which has no lints"
)]
#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;
mod seeds;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use tidings_protocol::envelope::{self, Envelope, EnvelopeError, Letter};
use tidings_protocol::identity::Card;
use tidings_protocol::pair::PairNews;
use tidings_protocol::pairing::JoinReply;
use tidings_protocol::sender_chain::Handover;
use tidings_protocol::sync::{SessionMessage, SignedReceipt};
use tidings_protocol::wire;

fn fuzz_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of a target's corpus, by their names.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = fuzz_folder().join("corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{target}: {error}"));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn every_file_of_every_corpus_is_gone_through() {
    let mut files = 0;
    for (target, run) in fuzz::TARGETS {
        for (name, bytes) in corpus(target) {
            println!("{target}/{name}: {} bytes", bytes.len());
            run(&bytes);
            files += 1;
        }
    }
    assert!(files >= fuzz::TARGETS.len(), "{files} files");
}

#[test]
fn every_damaged_seed_is_a_value_or_an_error() {
    for (target, run) in fuzz::TARGETS {
        for (_, bytes) in seeds::of(target) {
            let step = bytes.len() / 16 + 1;
            for at in (0..bytes.len()).step_by(step) {
                run(&bytes[..at]);
                let mut damaged = bytes.clone();
                damaged[at] ^= 0x41;
                run(&damaged);
            }
        }
    }
}

#[test]
fn every_target_has_a_file_a_function_and_seeds() {
    let names: BTreeSet<String> = fuzz::TARGETS.map(|(name, _)| name.to_owned()).into();
    let files = fs::read_dir(fuzz_folder().join("targets")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> = files
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, names);
    for name in names {
        assert!(!seeds::of(&name).is_empty(), "{name}");
    }
}

/// Whether the seeds of a target with these names come to be a value behind signature, seal or checksum.
fn get_through(target: &str, names: &[&str], is_through: impl Fn(&[u8]) -> bool) {
    let seeds: BTreeMap<String, Vec<u8>> = seeds::of(target).into_iter().collect();
    for name in names {
        let bytes = &seeds[&format!("seed-{name}")];
        assert!(is_through(bytes), "{target}/{name}");
    }
}

#[test]
fn a_seed_of_every_kind_gets_past_signature_seal_and_checksum() {
    let parts = ["epoch", "certificate", "bundle", "card"];
    get_through("certified", &parts, |bytes| fuzz::verified(bytes).is_some());
    let plaintexts = ["letter", "letter-full", "join", "answer", "chain"];
    let is_read = |bytes: &[u8]| fuzz::is_read(bytes) == Some(true);
    get_through("plaintext", &plaintexts, is_read);
    let payloads = ["opening", "opening-held", "reply"];
    get_through("handshake", &payloads, fuzz::is_taken);
    get_through("session", &["first"], |bytes| fuzz::asked(bytes).is_some());
    get_through("session", &["reply"], |bytes| {
        fuzz::replied(bytes).is_some()
    });
    let is_code = |bytes: &[u8]| fuzz::checked(bytes).is_some_and(|code| code.is_ok());
    get_through("code", &["bytes"], is_code);
    let is_all_taken = |bytes: &[u8]| fuzz::reconciled(bytes) == Some(2);
    get_through("reconcile", &["questions", "answers"], is_all_taken);
    let parts = ["nothing", "envelope", "purge", "all", "later"];
    get_through("bundle", &parts, |bytes| fuzz::repaired(bytes) == bytes);
    let frames = [
        "begin", "compare", "compared", "tell", "offer", "want", "carry", "purge",
    ];
    get_through("frame", &frames, fuzz::is_frame);
    let notices = ["least", "checkin", "full", "fields"];
    get_through("notice", &notices, |bytes| fuzz::noticed(bytes).is_some());
    let is_proof = |bytes: &[u8]| fuzz::proven(wire::decode(bytes, 4096).unwrap()).is_some();
    get_through("fork", &["message"], is_proof);
    let is_control = |bytes: &[u8]| fuzz::controlled(&wire::decode(bytes, 4096).unwrap()).is_some();
    get_through("operation", &["room"], is_control);
}

#[test]
fn seeds_of_what_peers_say_are_decoded() {
    let are_decoded = |target: &str, is_decoded: &dyn Fn(&[u8]) -> bool| {
        for (name, bytes) in seeds::of(target) {
            assert!(is_decoded(&bytes), "{target}/{name}");
        }
    };
    are_decoded("card", &|bytes| {
        Card::from_bytes(bytes).is_ok_and(|card| card.verify().is_ok())
    });
    are_decoded("handover", &|bytes| {
        wire::decode::<Handover>(bytes, 4096).is_ok()
    });
    are_decoded("letter", &|bytes| Letter::from_bytes(bytes).is_ok());
    are_decoded("message", &|bytes| {
        SessionMessage::from_bytes(bytes).is_ok()
    });
    are_decoded("news", &|bytes| {
        wire::decode::<PairNews>(bytes, 4096).is_ok()
    });
    are_decoded("receipt", &|bytes| {
        let receipt = wire::decode::<SignedReceipt>(bytes, 4096);
        receipt.is_ok_and(|receipt| receipt.verify(&fuzz::ANN.signing()).is_ok())
    });
    are_decoded("reply", &|bytes| JoinReply::from_bytes(bytes).is_ok());
}

#[test]
fn everything_that_is_stored_is_read_back() {
    for (name, bytes) in seeds::of("stored") {
        assert_eq!(fuzz::is_read_back(&bytes), Some(()), "{name}");
    }
}

#[test]
fn the_seeds_are_of_the_formats_of_today() {
    for (target, _) in fuzz::TARGETS {
        let mut held = corpus(target);
        held.retain(|name, _| name.starts_with("seed-"));
        let made: BTreeMap<String, Vec<u8>> = seeds::of(target).into_iter().collect();
        assert!(held == made, "{target}: write the seeds anew");
    }
}

#[test]
fn a_ciphertext_with_another_envelope_around_it_opens_if_all_that_it_is_bound_to_is_the_same() {
    let seeds: BTreeMap<String, Vec<u8>> = seeds::of("sealed").into_iter().collect();
    let wrapped = |name| Envelope::from_bytes(&fuzz::around(&seeds[name]).unwrap()).unwrap();
    let opened = envelope::open(&fuzz::BEN, None, &wrapped("seed-hybrid"), fuzz::context());
    assert_eq!(opened.unwrap().claim(), b"hello");
    let opened = fuzz::CHAIN.open(&fuzz::ANN.signing(), &wrapped("seed-chain"), 0);
    // It is bound to its tag, which is another here.
    assert_eq!(opened.unwrap_err(), EnvelopeError::Undecryptable);
}

#[test]
#[ignore = "writes the seeds into fuzz/corpus"]
fn write_the_seeds() {
    for (target, _) in fuzz::TARGETS {
        let folder = fuzz_folder().join("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        for (name, _) in corpus(target) {
            if name.starts_with("seed-") {
                fs::remove_file(folder.join(name)).unwrap();
            }
        }
        for (name, bytes) in seeds::of(target) {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
}
