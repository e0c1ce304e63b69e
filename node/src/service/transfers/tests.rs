//! Transfers of a node, seen while they last.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;
use crate::api::{
    AwaitChange, Bundle, ExportBundle, ImportBundle, ListTransfers, Method, Transfer, TransferUnit,
};
use crate::bundle::{Record, bundled};
use crate::{Builder, Discovery, Mode, Node, bundle};

/// Far beyond what any step takes: a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// Envelopes of a test.
const ENVELOPES: u8 = 200;

async fn node() -> Node {
    let builder = Builder::in_memory()
        .mode(Mode::Offline)
        .discovery(Discovery::Off);
    builder.create("Ann").await.unwrap().0
}

/// A bundle of all the envelopes on a stick.
fn bundle(stick: &TempDir) -> PathBuf {
    let path = stick.path().join("in.tidings");
    let records = (0..ENVELOPES).map(|seed| Ok::<Record, std::io::Error>(bundled(seed)));
    bundle::write(&path, records).unwrap();
    path
}

/// Asks a node for something that lasts.
fn begun<M: Method<Reply = Bundle> + 'static>(
    node: &Node,
    request: M,
) -> JoinHandle<Result<Bundle, ApiError>> {
    let node = node.clone();
    tokio::spawn(async move { node.call(request).await })
}

fn import(path: &Path) -> ImportBundle {
    ImportBundle {
        path: path.to_owned(),
        request: Some(RequestId::new([7; 16])),
    }
}

fn export(path: &Path) -> ExportBundle {
    ExportBundle {
        path: path.to_owned(),
        who: None,
        request: None,
    }
}

/// Follows what changes until what is moved is as is waited for.
async fn once(node: &Node, is_so: impl Fn(&[Transfer]) -> bool) -> Vec<Transfer> {
    let mut since = None;
    loop {
        let wait = u64::try_from(PATIENCE.as_millis()).unwrap();
        let changed = node.call(AwaitChange { since, wait }).await.unwrap();
        assert_ne!(since, Some(changed.version), "it was told of nothing");
        since = Some(changed.version);
        let moved = node.call(ListTransfers {}).await.unwrap();
        if changed.transfers && is_so(&moved) {
            return moved;
        }
    }
}

async fn cancel(node: &Node, transfer: &Transfer) {
    let id = transfer.id;
    node.call(CancelTransfer { id }).await.unwrap();
}

async fn carried(node: &Node) -> usize {
    let carrying = node.service().carrying().await.unwrap();
    carrying.own.envelopes + carrying.others.envelopes
}

fn code(failed: Result<Bundle, ApiError>) -> String {
    failed.unwrap_err().reasons.swap_remove(0).code
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_seen_in_both_passes_and_cancelled_it_keeps_what_it_took() {
    let (stick, node) = (TempDir::new().unwrap(), node().await);
    let path = bundle(&stick);
    let length = fs::metadata(&path).unwrap().len();
    // The first envelopes that are taken are not durable, and so it goes no further.
    let release = node.service().shared.storage.hold_writes().await;
    let importing = begun(&node, import(&path));
    let is_taking = |moved: &[Transfer]| moved.iter().any(|one| one.done > length);
    let moved = once(&node, is_taking).await;
    let [seen] = moved.as_slice() else {
        panic!("{moved:?}");
    };
    assert_eq!((&seen.path, seen.what), (&path, TransferKind::Import));
    assert_eq!(
        (seen.total, seen.unit),
        (Some(2 * length), TransferUnit::Bytes)
    );
    assert_eq!(seen.request, Some(RequestId::new([7; 16])));
    assert!(seen.done < 2 * length, "{seen:?}");
    cancel(&node, seen).await;
    drop(release);
    assert_eq!(code(importing.await.unwrap()), "import_cancelled");
    assert_eq!(once(&node, <[Transfer]>::is_empty).await, []);
    let kept = carried(&node).await;
    assert!((1..usize::from(ENVELOPES)).contains(&kept), "{kept}");
    let again = node.call(import(&path)).await.unwrap();
    let all = u64::from(ENVELOPES);
    assert_eq!(again.new, Some(all - u64::try_from(kept).unwrap()));
    assert_eq!(carried(&node).await, usize::from(ENVELOPES));
    node.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_cancelled_while_it_lasts_leaves_the_file_of_before() {
    let (stick, node) = (TempDir::new().unwrap(), node().await);
    node.call(import(&bundle(&stick))).await.unwrap();
    let path = stick.path().join("out.tidings");
    bundle::write(&path, std::iter::once(Ok::<_, std::io::Error>(bundled(1)))).unwrap();
    let before = fs::read(&path).unwrap();
    // Who writes there has it for themselves.
    let unfinished = File::create(stick.path().join(".out.tidings.part")).unwrap();
    unfinished.lock().unwrap();
    let exporting = begun(&node, export(&path));
    let is_known = |moved: &[Transfer]| moved.iter().any(|one| one.total.is_some());
    let moved = once(&node, is_known).await;
    let [seen] = moved.as_slice() else {
        panic!("{moved:?}");
    };
    assert_eq!((&seen.path, seen.what), (&path, TransferKind::Export));
    assert_eq!(
        (seen.done, seen.total, seen.unit),
        (0, Some(ENVELOPES.into()), TransferUnit::Envelopes)
    );
    cancel(&node, seen).await;
    assert_eq!(code(exporting.await.unwrap()), "export_cancelled");
    drop(unfinished);
    assert_eq!(once(&node, <[Transfer]>::is_empty).await, []);
    assert_eq!(fs::read(&path).unwrap(), before);
    let written = node.call(export(&path)).await.unwrap();
    assert_eq!(written.envelopes, u64::from(ENVELOPES));
    node.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_may_be_are_moved_by_a_node_and_one_more_is_refused() {
    let (stick, node) = (TempDir::new().unwrap(), node().await);
    let path = bundle(&stick);
    let service = node.service();
    let begin = || service.moving(TransferKind::Export, &path, None);
    let mut moved: Vec<_> = (0..TRANSFERS_MAX).map(|_| begin().unwrap()).collect();
    let refused = node.call(import(&path)).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Conflict);
    assert_eq!(refused.reasons[0].code, "too_many_transfers");
    moved.pop();
    node.call(import(&path)).await.unwrap();
    node.shutdown().await.unwrap();
}
