use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use tidings_protocol::id::{DeviceId, EnvelopeId, OperationId, Tag};
use tidings_protocol::record::{Change, InviteRecord, PendingJoinRecord, SecretBytes};
use tidings_protocol::rng::Rng;

use super::*;
use crate::Store;
use crate::fixture::{Author, Home, insert};

const MARK_BYTES: usize = 16;
type Mark = [u8; MARK_BYTES];

const HOUR: Duration = Duration::from_secs(3600);

/// All sixteen-byte runs in the database's pages and its log.
fn marks(path: &Path) -> HashSet<Mark> {
    let mut bytes = fs::read(path).unwrap();
    bytes.extend(fs::read(path.with_extension("db-wal")).unwrap_or_default());
    let windows = bytes.windows(MARK_BYTES);
    windows.map(|window| window.try_into().unwrap()).collect()
}

/// Texts of a marked beginning, of every size, that come and go.
fn churn(store: &mut Store, rounds: usize) -> (BTreeMap<Mark, OperationId>, HashSet<Mark>) {
    let (mut rng, mut ben) = (Rng::from_seed(&[13; 32]), Author::other(2));
    let (mut live, mut gone) = (BTreeMap::new(), HashSet::new());
    for _ in 0..rounds {
        let mut batch = Vec::new();
        for _ in 0..30 {
            let [letters @ .., size] = rng.bytes::<17>();
            let mark: Mark = letters.map(|letter| b'a' + letter % 26);
            let text = String::from_utf8(mark.to_vec()).unwrap();
            let text = text + &" x".repeat(usize::from(size) * 2);
            let message = ben.message(&text);
            live.insert(mark, message.operation.id());
            batch.push(insert(&message));
        }
        for _ in 0..20 {
            let [start] = rng.bytes();
            let Some(mark) = live.keys().nth(usize::from(start) % live.len()).copied() else {
                continue;
            };
            let id = live.remove(&mark).unwrap();
            gone.insert(mark);
            batch.push(Change::DropForMe(id));
        }
        store.apply(&batch).unwrap();
    }
    (live, gone)
}

#[test]
fn of_what_was_erased_no_page_holds_a_copy_once_the_file_is_written_anew() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("plain.db");
    let mut store = Store::plain(&path).unwrap();
    let (live, gone) = churn(&mut store, 60);
    let now = WallTime::from_millis(1_700_000_000_000);
    assert!(store.rewrite_due(now).unwrap());
    assert!(store.truncate_wal().unwrap());
    // Also a test of the scan: without this, copies stay where pages were rearranged.
    assert!(!marks(&path).is_disjoint(&gone));
    store.rewrite(now).unwrap();
    assert!(store.truncate_wal().unwrap());
    let held = marks(&path);
    assert!(live.keys().all(|mark| held.contains(mark)));
    let left = gone.intersection(&held).count();
    assert_eq!(left, 0, "of {}", gone.len());
    assert!(store.reader().unwrap().check().unwrap().is_empty());
    let message = *live.values().next().unwrap();
    assert!(store.reader().unwrap().message(message).unwrap().is_some());
}

#[test]
fn that_the_file_is_to_be_written_anew_outlives_the_program() {
    let home = Home::new();
    let mut store = home.create();
    let start = WallTime::from_millis(1_700_000_000_000);
    store.rewrite(start).unwrap();
    let later = start.after(HOUR);
    let message = Author::other(2).message("hello");
    store.apply(&[insert(&message)]).unwrap();
    assert!(!store.rewrite_due(later).unwrap(), "nothing was erased");
    let id = message.operation.id();
    store.apply(&[Change::DropForMe(id)]).unwrap();
    drop(store);
    let mut store = home.open().unwrap();
    let just_before = WallTime::from_millis(later.as_millis() - 1);
    assert!(!store.rewrite_due(just_before).unwrap());
    assert!(store.rewrite_due(later).unwrap());
    assert!(
        store.rewrite_due(WallTime::from_millis(0)).unwrap(),
        "a clock that went back"
    );
    store.rewrite(later).unwrap();
    assert!(store.wal_truncate_due());
    drop(store);
    let store = home.open().unwrap();
    assert!(!store.rewrite_due(later.after(HOUR * 100)).unwrap());
}

#[test]
fn a_small_file_is_written_anew_each_hour_and_a_large_one_each_day() {
    let start = WallTime::from_millis(1_700_000_000_000);
    let asked = Rewriting {
        due: true,
        done_at: start,
    };
    let due_after = |hours: u32, bytes| asked.is_due_at(start.after(HOUR * hours), bytes);
    assert!(!due_after(0, SMALL_BYTES_MAX));
    assert!(due_after(1, SMALL_BYTES_MAX), "max");
    assert!(!due_after(23, SMALL_BYTES_MAX + 1), "max + 1");
    assert!(due_after(24, SMALL_BYTES_MAX + 1));
    let done = Rewriting {
        due: false,
        ..asked
    };
    assert!(!done.is_due_at(start.after(HOUR * 100), 0));
}

/// A secret beside those of envelopes, which have pages of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Secret {
    Identity,
    Invite(u8),
    Join(u8),
    /// What was shared with a device before there were pairs: it is written no more.
    Met(u8),
}

impl Secret {
    fn put(self, mark: Mark, filler: usize) -> Change {
        let filler = vec![0; filler];
        match self {
            Self::Identity => Change::PutIdentity(SecretBytes::new([&mark[..], &filler].concat())),
            Self::Invite(number) => Change::PutInvite(invite(number, mark.repeat(4), filler)),
            Self::Join(number) => Change::PutPendingJoin(PendingJoinRecord {
                tag: Tag::new([number; 16]),
                secret: SecretBytes::new(mark.repeat(4)),
                envelope: filler,
                code: SecretBytes::new(mark.repeat(5)),
                created_at: WallTime::from_millis(1),
            }),
            Self::Met(_) => self.delete(),
        }
    }

    /// Has it be gone. An invite that is used up stays without its secret.
    fn delete(self) -> Change {
        match self {
            Self::Identity => Change::PutIdentity(SecretBytes::new(vec![0])),
            Self::Invite(number @ 0..100) => {
                Change::PutInvite(invite(number, vec![], vec![0; 900]))
            }
            Self::Invite(number) => Change::DeleteInvite(Tag::new([number; 16])),
            Self::Join(number) => Change::DeletePendingJoin(Tag::new([number; 16])),
            Self::Met(number) => Change::DeleteContactSecrets(DeviceId::new([number; 32])),
        }
    }
}

fn invite(number: u8, secret: Vec<u8>, answer: Vec<u8>) -> InviteRecord {
    InviteRecord {
        tag: Tag::new([number; 16]),
        secret: SecretBytes::new(secret),
        created_at: WallTime::from_millis(1),
        expires_at: WallTime::from_millis(2),
        reusable: true,
        answered: vec![(EnvelopeId::new([number; 32]), answer)],
    }
}

/// Has a profile share a secret with each of all devices, as those before there were pairs did.
fn meet(store: &Store, rng: &mut Rng) -> BTreeMap<Secret, Mark> {
    let connection = store.lock();
    let met = (0..=u8::MAX).map(|number| {
        let mark: Mark = rng.bytes();
        connection
            .execute(
                "INSERT INTO contact_secrets (device, id, key, created_at) VALUES (?1, ?2, ?3, 1)",
                params![[number; 32], [number; 16], mark.repeat(2)],
            )
            .unwrap();
        (Secret::Met(number), mark)
    });
    met.collect()
}

#[test]
fn of_an_erased_identity_invite_or_join_no_page_holds_a_copy_once_the_file_is_written_anew() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("plain.db");
    let mut store = Store::plain(&path).unwrap();
    let mut rng = Rng::from_seed(&[3; 32]);
    let mut live = meet(&store, &mut rng);
    let mut gone: BTreeMap<Mark, Secret> = BTreeMap::new();
    for _ in 0..200 {
        let changes = (0..20).map(|_| {
            let [table, number, what, size] = rng.bytes();
            let secret = match table % 4 {
                0 => Secret::Identity,
                1 => Secret::Invite(number),
                2 => Secret::Join(number),
                _ => Secret::Met(number),
            };
            let before = live.remove(&secret);
            gone.extend(before.map(|mark| (mark, secret)));
            if matches!(secret, Secret::Met(_)) || (before.is_some() && what % 2 == 0) {
                return secret.delete();
            }
            let mark = rng.bytes();
            live.insert(secret, mark);
            secret.put(mark, [0, 200, 900, 3000, 9000][usize::from(size) % 5])
        });
        let changes: Vec<_> = changes.collect();
        store.apply(&changes).unwrap();
    }
    let left = |path: &Path| -> BTreeSet<Secret> {
        let held = marks(path);
        assert!(live.values().all(|mark| held.contains(mark)));
        let left = gone.iter().filter(|(mark, _)| held.contains(*mark));
        left.map(|(_, secret)| *secret).collect()
    };
    // Also a test of the scan: the log still holds them.
    assert!(left(&path).contains(&Secret::Identity));
    assert!(store.truncate_wal().unwrap());
    // Invites and joins leave copies where pages were rearranged. The identity is alone in its table.
    let copies = left(&path);
    assert!(copies.iter().any(|copy| matches!(copy, Secret::Invite(_))));
    assert!(copies.iter().any(|copy| matches!(copy, Secret::Join(_))));
    assert!(!copies.contains(&Secret::Identity));
    let now = WallTime::from_millis(1_700_000_000_000);
    assert!(store.rewrite_due(now).unwrap());
    store.rewrite(now).unwrap();
    assert!(store.truncate_wal().unwrap());
    assert_eq!(left(&path), BTreeSet::new());
}
