//! The keys of sealed envelopes: they come back, and leave nothing behind.

use std::collections::{BTreeMap, HashSet};

use tidings_protocol::id::{DeviceId, SenderChainId};
use tidings_protocol::record::{
    ChainReaderRecord, MailedControlRecord, OwedControlRecord, PairRecord, ReceiverChainRecord,
    SecretBytes, SenderChainRecord,
};
use tidings_protocol::rng::Rng;

use super::*;
use crate::fixture::conversation;

/// Bytes by which a state is known again; it consists of nothing else.
const MARK_BYTES: usize = 16;

pub(super) type Mark = [u8; MARK_BYTES];

fn state(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn pair(number: u8, state: &SecretBytes) -> PairRecord {
    PairRecord {
        device: DeviceId::new([number; 32]),
        state: state.clone(),
    }
}

fn reader(number: u8, device: u8) -> ChainReaderRecord {
    ChainReaderRecord {
        conversation: conversation(number),
        device: DeviceId::new([device; 32]),
    }
}

fn sender(number: u8, state: &SecretBytes) -> SenderChainRecord {
    SenderChainRecord {
        conversation: conversation(number),
        state: state.clone(),
    }
}

fn owed(number: u8, device: u8, is_sealed: bool) -> OwedControlRecord {
    OwedControlRecord {
        conversation: conversation(number),
        device: DeviceId::new([device; 32]),
        is_sealed,
    }
}

fn mailed(number: u64, place: u8, device: u8) -> MailedControlRecord {
    MailedControlRecord {
        number,
        conversation: conversation(place),
        device: DeviceId::new([device; 32]),
        said: vec![7; 3],
    }
}

fn receiver(number: u8, state: &SecretBytes) -> ReceiverChainRecord {
    ReceiverChainRecord {
        id: SenderChainId::new([number; 16]),
        conversation: conversation(9),
        state: state.clone(),
    }
}

#[test]
fn keys_of_envelopes_come_back_after_closing_in_the_order_of_what_they_are_for() {
    let home = Home::new();
    let mut store = home.create();
    let (first, second) = (state("first"), state("second"));
    let moved = ReceiverChainRecord {
        conversation: conversation(8),
        ..receiver(5, &first)
    };
    let batch = [
        Change::PutPair(pair(3, &first)),
        Change::PutPair(pair(2, &first)),
        Change::PutPair(pair(3, &second)),
        Change::PutSenderChain(sender(7, &first)),
        Change::PutSenderChain(sender(6, &second)),
        Change::PutSenderChain(sender(7, &second)),
        Change::PutSenderChain(sender(8, &second)),
        Change::PutChainReader(reader(8, 1)),
        Change::DeleteSenderChain(conversation(8)),
        Change::PutChainReader(reader(7, 2)),
        Change::PutChainReader(reader(7, 1)),
        Change::PutChainReader(reader(7, 1)),
        Change::PutChainReader(reader(6, 3)),
        Change::DeleteChainReader(reader(6, 3)),
        Change::PutMailedControl(Box::new(mailed(2, 1, 1))),
        Change::PutMailedControl(Box::new(mailed(1, 1, 2))),
        Change::PutMailedControl(Box::new(mailed(3, 2, 1))),
        Change::PutMailedControl(Box::new(mailed(4, 1, 1))),
        Change::DropMailedControl(conversation(2), DeviceId::new([1; 32])),
        Change::PutOwedControl(owed(7, 2, false)),
        Change::PutOwedControl(owed(7, 1, true)),
        Change::PutOwedControl(owed(7, 2, true)),
        Change::PutOwedControl(owed(7, 1, false)),
        Change::PutOwedControl(owed(8, 1, false)),
        Change::DropOwedControl(conversation(8), DeviceId::new([1; 32])),
        Change::PutReceiverChain(receiver(5, &first)),
        Change::PutReceiverChain(receiver(4, &second)),
        Change::PutReceiverChain(moved.clone()),
        Change::PutReceiverChain(receiver(1, &second)),
        Change::DeleteReceiverChain(SenderChainId::new([1; 16])),
    ];
    store.apply(&batch).unwrap();
    drop(store);
    let mut store = home.open().unwrap();
    let kept = store.profile().unwrap();
    assert_eq!(kept.pairs, [pair(2, &first), pair(3, &second)]);
    assert_eq!(kept.sender_chains, [sender(6, &second), sender(7, &second)]);
    assert_eq!(kept.chain_readers, [reader(7, 1), reader(7, 2)]);
    let all = [mailed(1, 1, 2), mailed(2, 1, 1), mailed(4, 1, 1)];
    assert_eq!(kept.mailed_control, all);
    assert_eq!(kept.owed_control, [owed(7, 1, false), owed(7, 2, true)]);
    assert_eq!(kept.receiver_chains, [receiver(4, &second), moved]);
    store.apply(&batch).unwrap();
    assert_eq!(
        store.profile().unwrap(),
        kept,
        "applying a batch again changes nothing"
    );
}

#[test]
fn replacing_or_deleting_a_key_of_envelopes_makes_truncating_the_log_due() {
    let home = Home::new();
    let mut store = home.create();
    let (first, second) = (state("first"), state("second"));
    let is_due_after = |store: &mut Store, change: Change| {
        store.apply(&[change]).unwrap();
        let due = store.wal_truncate_due();
        assert!(store.truncate_wal().unwrap());
        due
    };
    let none = [
        Change::DeleteSenderChain(conversation(2)),
        Change::DeleteReceiverChain(SenderChainId::new([3; 16])),
    ];
    let puts = |state: &SecretBytes| {
        [
            Change::PutPair(pair(1, state)),
            Change::PutSenderChain(sender(2, state)),
            Change::PutReceiverChain(receiver(3, state)),
        ]
    };
    let new_or_same = none.iter().cloned().chain(puts(&first)).chain(puts(&first));
    for change in new_or_same {
        assert!(!is_due_after(&mut store, change.clone()), "{change:?}");
    }
    for change in puts(&second).into_iter().chain(none) {
        assert!(is_due_after(&mut store, change.clone()), "{change:?}");
    }
}

/// One key of envelopes that is written again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Pair(u8),
    Sender(u8),
    Receiver(u8),
}

impl Slot {
    fn put(self, state: &SecretBytes) -> Change {
        match self {
            Self::Pair(number) => Change::PutPair(pair(number, state)),
            Self::Sender(number) => Change::PutSenderChain(sender(number, state)),
            Self::Receiver(number) => Change::PutReceiverChain(receiver(number, state)),
        }
    }

    /// None for a pair, which is never forgotten.
    fn delete(self) -> Option<Change> {
        match self {
            Self::Pair(_) => None,
            Self::Sender(number) => Some(Change::DeleteSenderChain(conversation(number))),
            Self::Receiver(number) => Some(Change::DeleteReceiverChain(SenderChainId::new(
                [number; 16],
            ))),
        }
    }
}

/// What the pages hold of keys that are there, and of keys that are not any more.
#[derive(Debug, Default)]
struct Churn {
    live: BTreeMap<Slot, Mark>,
    gone: HashSet<Mark>,
}

impl Churn {
    fn change(&mut self, rng: &mut Rng) -> Change {
        let [table, number, what, size] = rng.bytes();
        let slot = match table % 3 {
            0 => Slot::Pair(number),
            1 => Slot::Sender(number),
            _ => Slot::Receiver(number),
        };
        let before = self.live.remove(&slot);
        self.gone.extend(before);
        if let (Some(_), Some(delete), 0) = (before, slot.delete(), what % 4) {
            return delete;
        }
        let mark: Mark = rng.bytes();
        self.live.insert(slot, mark);
        let times = [4, 6, 15, 44, 60, 300][usize::from(size) % 6];
        slot.put(&SecretBytes::new(mark.repeat(times)))
    }
}

/// The database's pages and its log, as a thief finds them who has the key.
pub(super) fn marks(path: &Path) -> HashSet<Mark> {
    let mut bytes = fs::read(path).unwrap();
    bytes.extend(fs::read(path.with_extension("db-wal")).unwrap_or_default());
    let windows = bytes.windows(MARK_BYTES);
    windows.map(|window| window.try_into().unwrap()).collect()
}

#[test]
fn a_replaced_or_deleted_key_of_envelopes_is_in_no_page_and_not_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("plain.db");
    let mut store = Store::plain(&path).unwrap();
    let mut rng = Rng::from_seed(&[12; 32]);
    let mut churn = Churn::default();
    for _ in 0..200 {
        let batch: Vec<_> = (0..40).map(|_| churn.change(&mut rng)).collect();
        store.apply(&batch).unwrap();
    }
    assert!(store.wal_truncate_due());
    // Also a test of the scan: it finds what the log still holds.
    assert!(!marks(&path).is_disjoint(&churn.gone));
    assert!(store.truncate_wal().unwrap());
    let held = marks(&path);
    assert!(churn.live.values().all(|mark| held.contains(mark)));
    let left = churn.gone.intersection(&held).count();
    assert_eq!(left, 0, "of {}", churn.gone.len());
}
