//! Making a profile, and what is left when that is interrupted.

use std::fs;
use std::io;

use tempfile::TempDir;
use tidings_protocol::record::{NetworkMode, NetworkRecord};
use tidings_store::{DATABASE_FILE, KEY_FILE};

use super::making::{LOG_FILE, STAGING_DIRECTORY};
use super::*;
use crate::net::NetError;

fn builder(directory: &TempDir) -> Builder {
    Builder::new(directory.path())
        .mode(Mode::Offline)
        .serve(false)
}

/// A directory with a whole profile that nobody uses.
async fn profile() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let (node, _) = builder(&directory).create("Ann").await.unwrap();
    node.shutdown().await.unwrap();
    // A reader may close after the store does, and leave an empty log that the making never has.
    for file in [LOG_FILE, "profile.db-shm"] {
        let _ = fs::remove_file(directory.path().join(file));
    }
    directory
}

/// Takes back the last steps of making the profile: as if it had been interrupted before them.
fn take_back(directory: &TempDir, steps: usize) {
    let home = directory.path();
    let staging = home.join(STAGING_DIRECTORY);
    let back: [&dyn Fn(); 6] = [
        &|| fs::create_dir(&staging).unwrap(),
        &|| fs::rename(home.join(DATABASE_FILE), staging.join(DATABASE_FILE)).unwrap(),
        &|| fs::rename(home.join(KEY_FILE), staging.join(KEY_FILE)).unwrap(),
        // The log was not yet written into the database.
        &|| fs::write(staging.join(LOG_FILE), "log").unwrap(),
        &|| fs::remove_file(staging.join(DATABASE_FILE)).unwrap(),
        &|| fs::remove_file(staging.join(KEY_FILE)).unwrap(),
    ];
    for step in back.iter().take(steps) {
        step();
    }
}

async fn opens(directory: &TempDir) {
    let node = builder(directory).open().await.unwrap();
    node.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_profile_that_was_not_cleared_up_after_is_whole() {
    let directory = profile().await;
    take_back(&directory, 1);
    let again = builder(&directory).create("Ben").await;
    assert!(matches!(again, Err(OpenError::ProfileExists { .. })));
    opens(&directory).await;
}

#[tokio::test]
async fn a_profile_whose_making_was_interrupted_is_made_anew() {
    for steps in 2..=6 {
        let directory = profile().await;
        take_back(&directory, steps);
        let open = builder(&directory).open().await;
        assert!(matches!(open, Err(OpenError::NoProfile { .. })), "{steps}");
        let (node, _) = builder(&directory).create("Ben").await.unwrap();
        node.shutdown().await.unwrap();
        opens(&directory).await;
        assert!(!directory.path().join(STAGING_DIRECTORY).exists());
    }
}

#[tokio::test]
async fn clearing_away_a_half_made_profile_can_be_interrupted_too() {
    let directory = profile().await;
    take_back(&directory, 2);
    fs::remove_file(directory.path().join(KEY_FILE)).unwrap();
    let (node, _) = builder(&directory).create("Ben").await.unwrap();
    node.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_key_whose_database_is_elsewhere_is_left_alone() {
    let directory = profile().await;
    let home = directory.path();
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join(DATABASE_FILE);
    fs::copy(home.join(DATABASE_FILE), &moved).unwrap();
    fs::remove_file(home.join(DATABASE_FILE)).unwrap();
    let key = fs::read(home.join(KEY_FILE)).unwrap();
    // With nothing aside, and with what an attempt before it left.
    for leftovers in [&[][..], &[KEY_FILE], &[KEY_FILE, DATABASE_FILE]] {
        for file in leftovers {
            let staging = home.join(STAGING_DIRECTORY);
            fs::create_dir_all(&staging).unwrap();
            fs::write(staging.join(file), "half").unwrap();
        }
        let made = builder(&directory).create("Ben").await;
        assert!(matches!(made, Err(OpenError::DatabaseMissing { .. })));
        assert_eq!(fs::read(home.join(KEY_FILE)).unwrap(), key);
    }
    fs::copy(&moved, home.join(DATABASE_FILE)).unwrap();
    opens(&directory).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_a_database_that_is_not_mounted_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join(DATABASE_FILE);
    std::os::unix::fs::symlink("/nowhere/profile.db", &link).unwrap();
    let made = builder(&directory).create("Ben").await;
    assert!(matches!(made, Err(OpenError::DatabaseMissing { .. })));
    assert!(link.is_symlink());
}

#[test]
fn a_network_that_cannot_start_keeps_a_command_from_nothing_and_tells_a_node_that_stays() {
    let failed = || {
        Err::<(), _>(NetError::Setup {
            reason: "no sockets".to_owned(),
        })
    };
    let address = || vec!["/ip4/192.0.2.1/tcp/0".to_owned()];
    let set = NetworkRecord {
        listen: address(),
        ..NetworkRecord::default()
    };
    for set in [NetworkRecord::default(), set.clone()] {
        let command = Builder::in_memory();
        let plan = command.overrides.or(&set);
        let lack = command.network_or_none(failed(), &plan).unwrap();
        assert!(lack.unwrap_err().unwrap().english().contains("no sockets"));
    }
    for builder in [
        Builder::in_memory().daemon(true),
        Builder::in_memory().listen(address()),
    ] {
        let plan = builder.overrides.or(&set);
        let error = builder.network_or_none(failed(), &plan).unwrap_err();
        assert!(error.to_string().contains("no sockets"), "{error}");
    }
}

#[test]
fn an_address_that_is_set_and_cannot_be_had_is_said_with_how_it_is_taken_back() {
    let failed = || {
        Err::<(), _>(NetError::BadAddress {
            address: "nowhere".to_owned(),
        })
    };
    let set = NetworkRecord {
        listen: vec!["nowhere".to_owned()],
        ..NetworkRecord::default()
    };
    let said = |builder: Builder| {
        let plan = builder.overrides.or(&set);
        let error = builder.network_or_none(failed(), &plan).unwrap_err();
        error.to_string()
    };
    let node = Builder::in_memory().daemon(true);
    assert!(said(node).contains("config set network.listen everywhere"));
    let node = Builder::in_memory().listen(set.listen.clone());
    assert!(!said(node).contains("config set"));
}

fn set() -> NetworkRecord {
    NetworkRecord {
        mode: NetworkMode::Lan,
        discovery: Discovery::Hidden,
        relay: false,
        dht: false,
        port_mapping: false,
        mailbox: true,
        listen: vec!["/ip4/192.0.2.1/tcp/1".to_owned()],
        bootstrap: vec!["/ip4/192.0.2.2/tcp/1".to_owned()],
    }
}

#[test]
fn what_was_not_said_is_as_it_is_set() {
    let plan = Overrides::NONE.or(&set());
    assert_eq!((plan.mode, plan.carries), (Mode::Lan, Carries::Mailbox));
    assert_eq!(plan.discovery(), Discovery::Hidden);
    assert_eq!(plan.listen, set().listen);
    let modes = [
        (NetworkMode::Auto, Mode::Auto),
        (NetworkMode::Lan, Mode::Lan),
        (NetworkMode::Internet, Mode::Internet),
        (NetworkMode::Offline, Mode::Offline),
    ];
    for (mode, is) in modes {
        let set = NetworkRecord { mode, ..set() };
        assert_eq!(Overrides::NONE.or(&set).mode, is);
    }
    let default = Overrides::NONE.or(&NetworkRecord::default());
    let carries = (default.mode, default.carries);
    assert_eq!(carries, (Mode::Auto, Carries::Friendly));
    assert_eq!(default.discovery(), Discovery::On);
}

#[test]
fn what_was_said_goes_before_what_is_set_part_by_part_and_also_back() {
    let back = || {
        Builder::in_memory()
            .mode(Mode::Auto)
            .discovery(Discovery::On)
            .relay(true)
            .dht(true)
            .port_mapping(true)
            .carries(Carries::Friendly)
            .listen(Vec::new())
            .bootstrap(Vec::new())
    };
    let default = Overrides::NONE.or(&NetworkRecord::default());
    assert_eq!(back().overrides.or(&set()), default);
    let one = Builder::in_memory().mode(Mode::Auto).overrides.or(&set());
    assert_eq!(one.mode, Mode::Auto);
    assert_eq!(one.discovery(), Discovery::Hidden);
    assert_eq!(one.carries, Carries::Mailbox);
    assert_eq!(one.listen, set().listen);
}

#[test]
fn nobody_is_looked_for_nearby_in_a_mode_that_has_nothing_to_do_with_them() {
    for mode in [Mode::Internet, Mode::Offline, Mode::Memory] {
        for discovery in [Discovery::On, Discovery::Hidden, Discovery::Off] {
            let builder = Builder::in_memory().mode(mode).discovery(discovery);
            let found = builder.overrides.or(&set()).discovery();
            assert_eq!(found, Discovery::Off, "{mode:?}");
        }
    }
}

#[test]
fn what_cannot_be_listened_on_is_said_once_and_with_one_thing_to_do() {
    let error = OpenError::from(NetError::Listen {
        address: "/ip4/192.0.2.1/tcp/0".to_owned(),
        source: io::ErrorKind::AddrNotAvailable.into(),
    });
    let said = error.to_string();
    assert_eq!(
        said,
        "cannot listen on /ip4/192.0.2.1/tcp/0: this machine does not have that address; give one that it has with --listen"
    );
}
