//! What sealed envelopes cost, beside the primitives that they are made of.

use std::hint::black_box;
use std::time::{Duration, Instant};

use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use ed25519_dalek::{Signer as _, SigningKey};
use libcrux_ml_kem::mlkem768;
use tidings_protocol::envelope::{self, Context, Envelope, Header, Letter, Priority, Recipient};
use tidings_protocol::id::{ConversationId, DeviceId, Tag};
use tidings_protocol::identity::{OwnIdentity, VerifiedCard};
use tidings_protocol::pair::{Pair, PairNews};
use tidings_protocol::pairing::ContactSecret;
use tidings_protocol::rng::Rng;
use tidings_protocol::sender_chain::{Postage, ReceiverChain, SenderChain};
use tidings_protocol::time::WallTime;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::Outcome;
use crate::table::{Spread, Table, ratio, tenths};

const TRIALS: usize = 400;
const NOW: WallTime = WallTime::from_millis(1_700_000_000_000);
/// What is sealed: an operation of a short message takes about so much.
const CONTENT: [u8; 400] = [7; 400];
const SECRET: [u8; 32] = [9; 32];

/// Two devices who know each other.
struct Two {
    ann: OwnIdentity,
    ben: OwnIdentity,
    anns: VerifiedCard,
    bens: VerifiedCard,
    rng: Rng,
}

impl Two {
    fn new() -> Outcome<Self> {
        let mut rng = Rng::from_seed(&[1; 32]);
        let (ann, _) = OwnIdentity::create("Ann", "laptop", NOW, &mut rng)?;
        let (ben, _) = OwnIdentity::create("Ben", "laptop", NOW, &mut rng)?;
        let anns = ann.card(Vec::new()).verify()?;
        let bens = ben.card(Vec::new()).verify()?;
        Ok(Self {
            ann,
            ben,
            anns,
            bens,
            rng,
        })
    }

    const fn context(&self) -> Context<'static> {
        Context {
            sender: Some(self.anns.device),
            secret: Some(&SECRET),
        }
    }

    fn seal(&mut self, payload: &[u8]) -> Outcome<Envelope> {
        let header = Header {
            tag: Tag::new([7; 16]),
            lifetime_hours: 168,
            priority: Priority::USUAL,
            purge: [3; 32],
        };
        let recipient = Recipient::from(&self.bens);
        let context = self.context();
        Ok(envelope::seal(
            &self.ann,
            recipient,
            context,
            &header,
            payload,
            &mut self.rng,
        )?)
    }

    fn open(&self, envelope: &Envelope) -> Outcome<usize> {
        let opened = envelope::open(&self.ben, None, envelope, self.context())?;
        Ok(opened.verify(&self.anns.certificate)?.payload.len())
    }
}

/// The primitives, with keys of their own.
struct Raw {
    secret: StaticSecret,
    public: PublicKey,
    kem: mlkem768::MlKem768KeyPair,
    ciphertext: mlkem768::MlKem768Ciphertext,
    signing: SigningKey,
    signature: ed25519_dalek::Signature,
    cipher: ChaCha20Poly1305,
}

const HASHED: [u8; 2_400] = [5; 2_400];
/// What is hashed for a letter: psk, mask of the key id and its check, prologue, payload, what is signed.
const SEAL_HASHES: [usize; 6] = [2_336, 48, 1_200, 1_300, 500, 96];
/// What is hashed for a message of a chain: context, content, what is signed, seed, message key.
const CHAIN_HASHES: [usize; 5] = [240, 400, 64, 32, 48];
/// And for a new one: tag key, tag, next key.
const CHAIN_SEAL_HASHES: [usize; 3] = [96, 32, 32];
/// An envelope, which its id is the hash of.
const ENVELOPE_BYTES: usize = 2_048;
/// Bytes that the smallest envelope encrypts, about.
const PLAINTEXT: [u8; 768] = [5; 768];
const CHAIN_PLAINTEXT: [u8; 1_900] = [5; 1_900];

impl Raw {
    fn new() -> Self {
        let secret = StaticSecret::from([5; 32]);
        let kem = mlkem768::generate_key_pair([6; 64]);
        let (ciphertext, _) = mlkem768::encapsulate(kem.public_key(), [7; 32]);
        let signing = SigningKey::from_bytes(&[8; 32]);
        Self {
            public: PublicKey::from(&StaticSecret::from([4; 32])),
            secret,
            signature: signing.sign(&[0; 32]),
            kem,
            ciphertext,
            signing,
            cipher: ChaCha20Poly1305::new(&[9; 32].into()),
        }
    }

    /// Hashes of so many bytes, each for a purpose of its own.
    fn hash(lengths: &[usize]) {
        for length in lengths {
            let mut hasher = blake3::Hasher::new_derive_key("a floor");
            hasher.update(HASHED.get(..*length).unwrap_or_default());
            black_box(hasher.finalize());
        }
    }

    fn encrypt(&self, plaintext: &[u8]) {
        black_box(self.cipher.encrypt(&[0; 12].into(), plaintext).is_ok());
    }

    /// A fresh key, two agreements, an encapsulation, a signature, a cipher, hashes.
    fn seal(&self) {
        black_box(PublicKey::from(&self.secret));
        black_box(self.secret.diffie_hellman(&self.public));
        black_box(self.secret.diffie_hellman(&self.public));
        black_box(mlkem768::encapsulate(self.kem.public_key(), [7; 32]));
        black_box(self.signing.sign(&[0; 32]));
        self.encrypt(&PLAINTEXT);
        Self::hash(&SEAL_HASHES);
        Self::hash(&[ENVELOPE_BYTES]);
    }

    /// Two agreements, a decapsulation, the check of a signature, a cipher, hashes.
    fn open(&self) {
        black_box(self.secret.diffie_hellman(&self.public));
        black_box(self.secret.diffie_hellman(&self.public));
        black_box(mlkem768::decapsulate(
            self.kem.private_key(),
            &self.ciphertext,
        ));
        self.check();
        self.encrypt(&PLAINTEXT);
        Self::hash(&SEAL_HASHES);
    }

    fn check(&self) {
        let key = self.signing.verifying_key();
        black_box(key.verify_strict(&[0; 32], &self.signature).is_ok());
    }

    fn chain_seal(&self) {
        black_box(self.signing.sign(&[0; 32]));
        self.encrypt(&CHAIN_PLAINTEXT);
        Self::hash(&CHAIN_HASHES);
        Self::hash(&CHAIN_SEAL_HASHES);
        Self::hash(&[ENVELOPE_BYTES]);
    }

    fn chain_open(&self) {
        self.check();
        self.encrypt(&CHAIN_PLAINTEXT);
        Self::hash(&CHAIN_HASHES);
    }
}

/// Times both by turns, so that they see the same machine.
fn turns(
    mut product: impl FnMut() -> Outcome<()>,
    mut floor: impl FnMut(),
) -> Outcome<(Spread, Spread)> {
    let (mut products, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..TRIALS {
        let start = Instant::now();
        product()?;
        products.push(start.elapsed());
        let start = Instant::now();
        floor();
        floors.push(start.elapsed());
    }
    Ok((Spread::new(products), Spread::new(floors)))
}

fn row(table: &mut Table, what: &str, floor: &str, (product, raw): &(Spread, Spread)) {
    let (product, raw): (Duration, Duration) = (product.percentile(50), raw.percentile(50));
    let against = format!("{floor}: {}; goal 1.3 x", tenths(raw));
    table.row(what, tenths(product), against, ratio(product, raw));
}

/// Measures seals, chains, rotations and tags.
pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let (mut two, raw) = (Two::new()?, Raw::new());
    let mut letter = Letter::new(two.rng.secret(), PairNews::default());
    letter.card = Some(CONTENT.to_vec());
    let payload = letter.to_bytes();
    let sealed = two.seal(&payload)?;
    let times = turns(
        || two.seal(&payload).map(|sealed| drop(black_box(sealed))),
        || raw.seal(),
    )?;
    let floor = "3 x X25519, ML-KEM encapsulation, Ed25519 signature, cipher, 7 x BLAKE3";
    row(
        table,
        "seal of a letter of 400 B to one device, p50",
        floor,
        &times,
    );
    let times = turns(
        || {
            black_box(two.open(&sealed)?);
            Ok(())
        },
        || raw.open(),
    )?;
    let floor = "2 x X25519, ML-KEM decapsulation, Ed25519 check, cipher, 6 x BLAKE3";
    row(table, "open of it, p50", floor, &times);
    chain(table, &mut two, &raw)?;
    for devices in [10, 100, 250] {
        rotation(table, &mut two, &raw, devices)?;
    }
    tags(table);
    Ok(())
}

fn chain(table: &mut Table, two: &mut Two, raw: &Raw) -> Outcome<()> {
    let postage = Postage {
        lifetime_hours: 168,
        priority: Priority::USUAL,
        purge: [3; 32],
    };
    let mut writing = SenderChain::begin(ConversationId::new([1; 32]), NOW, &mut two.rng);
    let reader = ReceiverChain::take(two.anns.device, &writing.hand_over(Vec::new()), NOW);
    let first = writing.seal(&two.ann, postage, &CONTENT, &mut two.rng)?;
    let seal = || {
        let sealed = writing.seal(&two.ann, postage, &CONTENT, &mut two.rng)?;
        drop(black_box(sealed));
        Ok(())
    };
    let times = turns(seal, || raw.chain_seal())?;
    let floor = "Ed25519 signature, cipher, 9 x BLAKE3";
    row(
        table,
        "400 B in a sender chain: encryption, p50",
        floor,
        &times,
    );
    let open = || {
        black_box(reader.open(&two.anns.signing, &first, 0)?);
        Ok(())
    };
    let times = turns(open, || raw.chain_open())?;
    let floor = "Ed25519 check, cipher, 5 x BLAKE3";
    row(table, "the same: decryption, p50", floor, &times);
    Ok(())
}

/// A fresh chain, handed to so many devices.
fn rotation(table: &mut Table, two: &mut Two, raw: &Raw, devices: usize) -> Outcome<()> {
    let mut trials = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let start = Instant::now();
        let chain = SenderChain::begin(ConversationId::new([1; 32]), NOW, &mut two.rng);
        for _ in 0..devices {
            let mut letter = Letter::new(two.rng.secret(), PairNews::default());
            letter.handovers.push(chain.hand_over(Vec::new()));
            black_box(two.seal(&letter.to_bytes())?);
        }
        trials.0.push(start.elapsed());
        let start = Instant::now();
        (0..devices).for_each(|_| raw.seal());
        trials.1.push(start.elapsed());
    }
    let times = (Spread::new(trials.0), Spread::new(trials.1));
    let what = format!("a fresh chain for {devices} devices, p50 of 5");
    row(table, &what, "as many seals of primitives", &times);
    Ok(())
}

/// The tags that a device awaits of one other.
fn tags(table: &mut Table) {
    let devices = (DeviceId::new([1; 32]), DeviceId::new([2; 32]));
    let mut pair = Pair::new(devices.0, devices.1);
    pair.agree(
        ContactSecret::introduction(ConversationId::new([1; 32]), &SECRET, devices.0, devices.1),
        NOW,
    );
    let count = pair.awaited().count();
    let product = || {
        black_box(pair.awaited().map(|(tag, _)| tag).max());
        Ok(())
    };
    let floor = || {
        for counter in 0..count {
            let counter = counter.to_be_bytes();
            let mut hasher = blake3::Hasher::new_derive_key("a floor");
            hasher.update(&SECRET).update(&counter);
            black_box(hasher.finalize());
        }
    };
    if let Ok(times) = turns(product, floor) {
        let what = format!("the {count} tags that are awaited of one device, p50");
        row(table, &what, "as many BLAKE3 hashes", &times);
    }
}
