//! What the fuzz targets do: bytes of peers against everything that reads them. Whatever bytes come, each
//! gives a value or an error, and what it gives is encoded to something that it reads as the same again.
//! What is behind a signature, a seal or a checksum has a target that makes these right.
//!
//! The ordinary tests run the same over `fuzz/corpus/` (`protocol/tests/corpus/main.rs`); how a fuzzer does
//! is in CONTRIBUTING.md.

mod bundles;
mod carriers;
mod certified;
mod codes;
mod decoders;
mod envelopes;
mod notices;
mod people;
mod plaintexts;
mod sessions;
mod stored;

pub use bundles::{bundle, repaired};
pub use carriers::{
    ANSWERS, ASKS, begin, carried, frame, is_frame, lengthened, reconcile, reconciled,
};
pub use certified::{certified, verified};
pub use codes::{CODE_BYTES, checked, code};
pub use decoders::{
    card, content, control, controlled, fork, handover, letter, message, news, operation, proven,
    receipt, reply,
};
pub use envelopes::{chain, envelope, open, sealed};
pub use notices::{BROUGHT, SAID, nearby_key, notice, noticed};
pub use people::*;
pub use plaintexts::{JOIN, SIGNED, is_read, plaintext};
pub use sessions::{asked, asking, engine, handshake, is_taken, replied, session, transport};
pub use stored::{is_read_back, stored};

/// The name of a target, which is also that of its file and of its corpus, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 27] = [
    ("bundle", bundle),
    ("card", card),
    ("certified", certified),
    ("chain", chain),
    ("code", code),
    ("content", content),
    ("control", control),
    ("engine", engine),
    ("envelope", envelope),
    ("fork", fork),
    ("frame", frame),
    ("handover", handover),
    ("handshake", handshake),
    ("letter", letter),
    ("message", message),
    ("news", news),
    ("notice", notice),
    ("open", open),
    ("operation", operation),
    ("plaintext", plaintext),
    ("receipt", receipt),
    ("reconcile", reconcile),
    ("reply", reply),
    ("sealed", sealed),
    ("session", session),
    ("stored", stored),
    ("transport", transport),
];
