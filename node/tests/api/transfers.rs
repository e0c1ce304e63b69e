//! What is moved into files and out of them, as those learn who did not ask for it.

use std::fs::{self, File};
use std::path::Path;

use tempfile::TempDir;
use tidings_node::api::{
    ApiError, AwaitChange, CancelTransfer, ErrorKind, ExportBundle, GetStatus, ImportBundle,
    ListTransfers, Transfer, TransferKind,
};
use tidings_node::{Attached, Builder, Client, Home, Mode, request_id};

use crate::person::{PATIENCE, pair, passing, send};

fn export(path: &Path) -> ExportBundle {
    ExportBundle {
        path: path.to_owned(),
        who: None,
        request: Some(request_id()),
    }
}

/// A node with a client in its process and one that is attached, and somebody for whom it has something; the directory
/// of its profile.
async fn two_clients() -> (TempDir, Client, Client) {
    let home = tempfile::tempdir().unwrap();
    let builder = Builder::new(home.path()).mode(Mode::Memory);
    let (ann, _) = builder.create("Ann").await.unwrap();
    let ben = passing("Ben", Mode::Memory).await;
    pair(&ann, &ben).await;
    ben.shutdown().await.unwrap();
    send(&ann, "Ben", "Hello").await;
    let attached = Attached::connect(&Home::new(home.path())).await.unwrap();
    (home, Client::Local(ann), Client::Attached(attached))
}

/// Follows what changes until what is moved is as is waited for.
async fn once(client: &Client, is_so: impl Fn(&[Transfer]) -> bool) -> Vec<Transfer> {
    let (mut since, wait) = (None, PATIENCE);
    loop {
        let changed = client.call(AwaitChange { since, wait }).await.unwrap();
        assert_ne!(since, Some(changed.version), "it was told of nothing");
        since = Some(changed.version);
        let moved = client.call(ListTransfers {}).await.unwrap();
        if changed.transfers && is_so(&moved) {
            return moved;
        }
    }
}

fn no_such(cancelled: Result<tidings_node::api::Done, ApiError>) -> bool {
    cancelled.is_err_and(|error| error.kind == ErrorKind::NotFound)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_one_client_is_seen_and_cancelled_by_another() {
    let (_home, asking, other) = two_clients().await;
    let stick = tempfile::tempdir().unwrap();
    let path = stick.path().join("out.tidings");
    asking.call(export(&path)).await.unwrap();
    let before = fs::read(&path).unwrap();
    // Whoever writes there has it for themselves.
    let unfinished = File::create(stick.path().join(".out.tidings.part")).unwrap();
    unfinished.lock().unwrap();
    let request = export(&path);
    let name = request.request;
    let exporting = {
        let asking = asking.clone();
        tokio::spawn(async move { asking.call(request).await })
    };
    let moved = once(&other, |moved| {
        moved
            .iter()
            .any(|one| one.total.is_some_and(|total| total > 0))
    });
    let [seen] = <[Transfer; 1]>::try_from(moved.await).unwrap();
    assert_eq!(
        (seen.what, &seen.path, seen.request, seen.done),
        (TransferKind::Export, &path, name, 0)
    );
    let status = other.call(GetStatus {}).await.unwrap();
    assert_eq!(status.transfers, std::slice::from_ref(&seen));
    let cancel = CancelTransfer { id: seen.id };
    other.call(cancel).await.unwrap();
    let failed = exporting.await.unwrap().unwrap_err();
    drop(unfinished);
    assert_eq!(failed.kind, ErrorKind::Conflict);
    assert_eq!(failed.reasons[0].code, "export_cancelled");
    assert_eq!(once(&other, <[Transfer]>::is_empty).await, []);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(no_such(other.call(cancel).await), "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_moved_is_told_though_it_ends_at_once_and_a_failure_is_an_end() {
    let ann = Client::Local(passing("Ann", Mode::Offline).await);
    let stick = tempfile::tempdir().unwrap();
    let path = stick.path().join("out.tidings");
    let mut since = None;
    for is_there in [true, false] {
        let wait = 0;
        let known = ann.call(AwaitChange { since, wait }).await.unwrap();
        if is_there {
            ann.call(export(&path)).await.unwrap();
        } else {
            let import = ImportBundle {
                path: stick.path().join("elsewhere"),
                request: None,
            };
            let failed = ann.call(import).await.unwrap_err();
            assert_eq!(failed.kind, ErrorKind::NotFound);
        }
        since = Some(known.version);
        let told = ann.call(AwaitChange { since, wait }).await.unwrap();
        assert!(told.transfers && !told.settings, "{told:?}");
        assert_eq!(ann.call(ListTransfers {}).await.unwrap(), []);
    }
    assert!(no_such(ann.call(CancelTransfer { id: 1 }).await));
}
