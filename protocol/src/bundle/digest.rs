//! The hash of a segment, made while its bytes go by.
//!
//! Invariants
//! - However the bytes come in, the hash is BLAKE3 of all of them.

/// Bytes that are hashed at once: BLAKE3 is a few times as fast over many as over few.
const BLOCK_BYTES: usize = 64 * 1024;

/// BLAKE3 of bytes that come bit by bit.
#[derive(Debug)]
pub(super) struct Digest {
    hasher: blake3::Hasher,
    waiting: Vec<u8>,
}

impl Digest {
    pub(super) fn new() -> Self {
        Self {
            hasher: blake3::Hasher::new(),
            waiting: Vec::with_capacity(BLOCK_BYTES),
        }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = BLOCK_BYTES.saturating_sub(self.waiting.len());
            let (taken, rest) = bytes.split_at(room.min(bytes.len()));
            self.waiting.extend_from_slice(taken);
            bytes = rest;
            if self.waiting.len() >= BLOCK_BYTES {
                self.flush();
            }
        }
    }

    /// The hash of what has come so far.
    pub(super) fn hash(&mut self) -> [u8; 32] {
        self.flush();
        *self.hasher.finalize().as_bytes()
    }

    fn flush(&mut self) {
        self.hasher.update(&self.waiting);
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_all_bytes_however_they_come() {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(2 * BLOCK_BYTES + 77).collect();
        for step in [1, 5, 1000, BLOCK_BYTES - 1, BLOCK_BYTES, bytes.len()] {
            let mut digest = Digest::new();
            bytes.chunks(step).for_each(|chunk| digest.update(chunk));
            assert_eq!(digest.hash(), *blake3::hash(&bytes).as_bytes(), "{step}");
        }
    }
}
