//! Watches of real nodes of this process.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tidings_protocol::bundle::Record;

use super::*;
use crate::bundle::{bundled, write_in_segments};
use crate::{Builder, Discovery, Mode, Node};

/// Writes so many envelopes to a bundle of segments of two.
fn put(path: &Path, seeds: std::ops::Range<u8>) {
    let records: Vec<Record> = seeds.map(bundled).collect();
    write_in_segments(path, &records, 4096);
}

async fn node() -> Node {
    let builder = Builder::in_memory()
        .mode(Mode::Offline)
        .discovery(Discovery::Off);
    builder.create("Ann").await.unwrap().0
}

/// What a watch comes to until ours is written.
async fn until_written(watch: &mut Watch) -> (Vec<Bundle>, Bundle) {
    let mut taken = Vec::new();
    loop {
        match watch.next().await {
            Watched::Imported(bundle) => taken.push(bundle),
            Watched::Exported(written) => return (taken, written),
            Watched::Failed(why) => panic!("{why}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_file_is_read_once_whatever_bundle_it_is_of() {
    let stick = TempDir::new().unwrap();
    put(&stick.path().join("b.tidings"), 0..6);
    let ann = node().await;
    let mut watch = ann.watch(stick.path());
    let (taken, written) = until_written(&mut watch).await;
    let said: Vec<(u64, Option<u64>)> = taken
        .iter()
        .map(|bundle| (bundle.envelopes, bundle.new))
        .collect();
    assert_eq!(said, [(2, Some(2)); 3]);
    assert_eq!(written.envelopes, 6);
    assert!(watch.look().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn further_segments_of_ours_are_not_taken_for_somebody_elses() {
    let stick = TempDir::new().unwrap();
    let ann = node().await;
    let mut watch = ann.watch(stick.path());
    put(&stick.path().join(&watch.own), 0..6);
    let (taken, written) = until_written(&mut watch).await;
    assert_eq!((taken, written.envelopes), (Vec::new(), 0));
    // What is carried is less now, and what was beyond it is gone.
    assert_eq!(fs::read_dir(stick.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_stops_neither_the_others_nor_ours_and_is_told_once() {
    let stick = TempDir::new().unwrap();
    fs::write(stick.path().join("a.tidings"), "TDGB, and no more").unwrap();
    put(&stick.path().join("b.tidings"), 0..1);
    let ann = node().await;
    let mut watch = ann.watch(stick.path());
    let (taken, written) = until_written(&mut watch).await;
    let damaged = taken.iter().map(|bundle| bundle.damaged.len());
    assert_eq!(damaged.collect::<Vec<_>>(), [1, 0]);
    assert_eq!(written.envelopes, 1);
    assert!(watch.look().await.unwrap().is_none());
    fs::remove_file(stick.path().join("a.tidings")).unwrap();
    put(&stick.path().join("a.tidings"), 1..2);
    let (taken, written) = until_written(&mut watch).await;
    assert_eq!((taken.len(), written.envelopes), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_is_told_once_and_written_when_it_can_be() {
    let stick = TempDir::new().unwrap();
    let ann = node().await;
    let mut watch = ann.watch(stick.path());
    let own = stick.path().join(&watch.own);
    fs::create_dir(&own).unwrap();
    put(&stick.path().join("b.tidings"), 0..1);
    assert!(matches!(watch.next().await, Watched::Imported(_)));
    assert!(matches!(watch.next().await, Watched::Failed(_)));
    assert!(watch.look().await.unwrap().is_none());
    fs::remove_dir(&own).unwrap();
    assert_eq!(until_written(&mut watch).await.1.envelopes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_that_is_away_is_waited_for_and_the_next_is_another() {
    let sticks = TempDir::new().unwrap();
    let directory = sticks.path().join("stick");
    let ann = node().await;
    let mut watch = ann.watch(&directory);
    assert!(watch.look().await.unwrap().is_none());
    for seed in 0..2 {
        fs::create_dir(&directory).unwrap();
        // Of the same name and size as before.
        put(&directory.join("b.tidings"), seed..seed + 1);
        let (taken, written) = until_written(&mut watch).await;
        assert_eq!(taken[0].new, Some(1));
        assert_eq!(written.envelopes, u64::from(seed) + 1);
        fs::rename(&directory, sticks.path().join(seed.to_string())).unwrap();
    }
    assert!(watch.look().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_that_is_taken_away_while_it_is_in_use_is_said_to_be_and_all_is_done_when_it_is_back()
 {
    let sticks = TempDir::new().unwrap();
    let directory = sticks.path().join("stick");
    let away = sticks.path().join("away");
    let ann = node().await;
    let mut watch = ann.watch(&directory);
    fs::create_dir(&directory).unwrap();
    put(&directory.join("b.tidings"), 0..1);
    // What is to be done was seen, and then there is no stick any more.
    let there = watch.there().await.unwrap().unwrap();
    let step = watch.stick.next(&there, [0; 32], Instant::now());
    let Some(Step::Import(path, seen)) = step else {
        panic!("{step:?}")
    };
    fs::rename(&directory, &away).unwrap();
    for told in [
        watch.import(path, seen).await,
        watch.export(&there, [0; 32]).await,
    ] {
        let Some(Watched::Failed(why)) = told else {
            panic!("{told:?}")
        };
        assert!(why.contains("was taken away"), "{why}");
    }
    assert!(watch.look().await.unwrap().is_none());
    fs::rename(&away, &directory).unwrap();
    let (taken, written) = until_written(&mut watch).await;
    assert_eq!((taken[0].new, written.envelopes), (Some(1), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_not_taken_for_damaged_but_tried_again() {
    let stick = TempDir::new().unwrap();
    let (file, aside) = (stick.path().join("b.tidings"), stick.path().join("b"));
    put(&file, 0..1);
    let ann = node().await;
    let mut watch = ann.watch(stick.path());
    let there = watch.there().await.unwrap().unwrap();
    let now = Instant::now();
    let import = watch.stick.next(&there, [0; 32], now).unwrap();
    let Step::Import(path, seen) = import.clone() else {
        panic!("{import:?}")
    };
    fs::rename(&file, &aside).unwrap();
    let told = watch.import(path, seen).await;
    assert!(matches!(told, Some(Watched::Failed(_))), "{told:?}");
    // As it was, and yet to be taken.
    fs::rename(&aside, &file).unwrap();
    assert_eq!(watch.there().await.unwrap(), Some(there.clone()));
    let later = Instant::now() + stick::RETRY_INTERVAL;
    assert_eq!(watch.stick.next(&there, [0; 32], now), Some(Step::Export));
    assert_eq!(watch.stick.next(&there, [0; 32], later), Some(import));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_where_the_stick_is_mounted_is_followed() {
    let sticks = TempDir::new().unwrap();
    let (mounted, link) = (sticks.path().join("mounted"), sticks.path().join("link"));
    std::os::unix::fs::symlink(&mounted, &link).unwrap();
    let ann = node().await;
    let mut watch = ann.watch(&link);
    assert!(watch.look().await.unwrap().is_none());
    fs::create_dir(&mounted).unwrap();
    put(&mounted.join("b.tidings"), 0..1);
    let (taken, written) = until_written(&mut watch).await;
    assert_eq!((taken.len(), written.envelopes), (1, 1));
    assert!(watch.look().await.unwrap().is_none());
}
