//! Locks, and the places of sockets.

use super::*;

fn home_in(directory: &Path) -> Home {
    let home = Home::new(directory.join("home"));
    home.create().unwrap();
    home
}

#[test]
fn one_holder_at_a_time_has_the_lock() {
    let directory = tempfile::tempdir().unwrap();
    let home = home_in(directory.path());
    let lock = home.lock().unwrap().unwrap();
    let clone = lock.clone();
    assert!(home.lock().unwrap().is_none());
    drop(lock);
    assert!(home.lock().unwrap().is_none(), "a clone holds it too");
    drop(clone);
    assert!(home.lock().unwrap().is_some());
}

#[test]
fn a_home_that_is_not_there_cannot_be_locked() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::new(directory.path().join("none"));
    assert_eq!(home.lock().unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn addresses_are_kept_each_kind_for_itself_and_whatever_else_is_there_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let home = home_in(directory.path());
    let addresses = ["/ip4/0.0.0.0/tcp/1".to_owned(), "/ip6/::/tcp/2".to_owned()];
    for kind in [Kept::Listened, Kept::Reached, Kept::Nodes] {
        assert_eq!(home.kept(kind), Vec::<String>::new());
        home.keep(kind, &addresses);
        assert_eq!(home.kept(kind), addresses);
        home.keep(kind, &[]);
        assert_eq!(
            home.kept(kind),
            addresses,
            "nowhere is nothing to go back to"
        );
        let file = home.path().join(kind.file());
        std::fs::write(&file, [0xff; 9]).unwrap();
        assert_eq!(home.kept(kind), Vec::<String>::new());
        for (bytes, lines) in [
            (KEPT_BYTES_MAX, KEPT_BYTES_MAX),
            (KEPT_BYTES_MAX + 2, KEPT_BYTES_MAX),
        ] {
            std::fs::write(&file, "\n".repeat(usize::try_from(bytes).unwrap())).unwrap();
            assert_eq!(u64::try_from(home.kept(kind).len()).unwrap(), lines);
        }
    }
}

#[test]
fn where_a_node_was_is_forgotten_and_whom_it_met_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let home = home_in(directory.path());
    home.forget_places();
    let addresses = ["/ip4/0.0.0.0/tcp/1".to_owned()];
    for kind in [Kept::Listened, Kept::Reached, Kept::Nodes] {
        home.keep(kind, &addresses);
    }
    home.forget_places();
    for kind in [Kept::Listened, Kept::Reached] {
        assert_eq!(home.kept(kind), Vec::<String>::new());
    }
    assert_eq!(home.kept(Kept::Nodes), addresses);
}

#[test]
fn a_profile_exists_once_its_database_does() {
    let directory = tempfile::tempdir().unwrap();
    let home = home_in(directory.path());
    let _lock = home.lock().unwrap().unwrap();
    assert!(!home.exists());
    std::fs::write(home.path().join(DATABASE_FILE), "").unwrap();
    assert!(home.exists());
}

#[test]
fn a_profile_that_is_removed_leaves_what_lies_beside_it_and_its_lock() {
    let directory = tempfile::tempdir().unwrap();
    let home = home_in(directory.path());
    let write = |file: &str| std::fs::write(home.path().join(file), "").unwrap();
    for file in [KEY_FILE, DATABASE_FILE, "profile.db-wal", "letter"] {
        write(file);
    }
    home.keep(Kept::Listened, &["/ip4/0.0.0.0/tcp/1".to_owned()]);
    home.lock().unwrap().unwrap().remove().unwrap();
    let entries = std::fs::read_dir(home.path()).unwrap();
    let mut left: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["letter", LOCK_FILE]);
    home.lock().unwrap().unwrap().remove().unwrap();
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;
    use crate::home::socket::SOCKET_PATH_BYTES_MAX;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    /// A home whose socket's path would have `bytes` bytes, below `directory`.
    fn home_for_path_of(bytes: usize, directory: &Path, roomier: &[&Path]) -> Home {
        let directory = fs::canonicalize(directory).unwrap();
        let missing = bytes - directory.as_os_str().len() - "//socket".len();
        let home = Home::with_roomier(&directory.join("h".repeat(missing)), roomier);
        home.create().unwrap();
        home
    }

    #[test]
    fn home_lock_and_socket_are_their_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let home = home_in(directory.path());
        let lock = home.lock().unwrap().unwrap();
        let bound = lock.bind_socket().unwrap();
        assert_eq!(mode(home.path()), 0o700);
        assert_eq!(mode(&home.path().join("lock")), 0o600);
        assert_eq!(mode(bound.file.path()), 0o600);
        assert_eq!(bound.file.path(), home.socket_path().unwrap());
        UnixStream::connect(home.socket_path().unwrap()).unwrap();
    }

    #[test]
    fn a_home_open_to_others_still_has_a_socket_that_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let home = home_in(directory.path());
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
        let bound = home.lock().unwrap().unwrap().bind_socket().unwrap();
        assert_eq!(mode(bound.file.path()), 0o600);
        let left: Vec<_> = fs::read_dir(home.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(
            left.len(),
            2,
            "lock and socket, and no staging directory: {left:?}"
        );
    }

    #[test]
    fn stale_sockets_and_half_made_ones_are_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let home = home_in(directory.path());
        drop(UnixListener::bind(home.path().join("socket")).unwrap());
        fs::create_dir(home.path().join(".s")).unwrap();
        drop(UnixListener::bind(home.path().join(".s/s")).unwrap());
        let bound = home.lock().unwrap().unwrap().bind_socket().unwrap();
        UnixStream::connect(bound.file.path()).unwrap();
    }

    #[test]
    fn a_file_in_the_sockets_place_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let home = home_in(directory.path());
        fs::write(home.path().join("socket"), "a letter").unwrap();
        let error = home.lock().unwrap().unwrap().bind_socket().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(home.path().join("socket")).unwrap(), b"a letter");
    }

    #[test]
    fn a_dropped_socket_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let roomier = tempfile::tempdir().unwrap();
        for bytes in [SOCKET_PATH_BYTES_MAX, SOCKET_PATH_BYTES_MAX + 1] {
            let home = home_for_path_of(bytes, directory.path(), &[roomier.path()]);
            drop(home.lock().unwrap().unwrap().bind_socket().unwrap());
            assert!(!home.path().join("socket").is_symlink());
            assert_eq!(
                fs::read_dir(home.path()).unwrap().count(),
                1,
                "the lock file stays"
            );
            assert_eq!(fs::read_dir(roomier.path()).unwrap().count(), 0);
            assert!(home.lock().unwrap().is_some());
        }
    }

    #[test]
    fn a_path_at_the_limit_has_its_socket_at_home() {
        let directory = tempfile::tempdir().unwrap();
        let home = home_for_path_of(SOCKET_PATH_BYTES_MAX, directory.path(), &[]);
        let bound = home.lock().unwrap().unwrap().bind_socket().unwrap();
        assert_eq!(bound.file.path().as_os_str().len(), SOCKET_PATH_BYTES_MAX);
        assert_eq!(bound.file.path(), home.socket_path().unwrap());
        UnixStream::connect(bound.file.path()).unwrap();
    }

    #[test]
    fn a_path_over_the_limit_has_its_socket_in_the_runtime_directory() {
        let directory = tempfile::tempdir().unwrap();
        let runtime = tempfile::tempdir().unwrap();
        let missing = runtime.path().join("missing");
        let long = SOCKET_PATH_BYTES_MAX + 1;
        let home = home_for_path_of(long, directory.path(), &[&missing, runtime.path()]);
        let bound = home.lock().unwrap().unwrap().bind_socket().unwrap();
        let path = bound.file.path();
        assert!(path.starts_with(runtime.path()));
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(path), 0o600);
        let elsewhere = Home::with_roomier(home.path(), &[]);
        assert_eq!(
            elsewhere.socket_path().unwrap(),
            path,
            "whatever the client's environment"
        );
        UnixStream::connect(path).unwrap();
    }

    #[test]
    fn a_path_over_the_limit_without_a_shorter_one_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let home = home_for_path_of(SOCKET_PATH_BYTES_MAX + 1, directory.path(), &[]);
        let error = home.lock().unwrap().unwrap().bind_socket().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidFilename);
    }

    #[test]
    fn a_directory_that_others_can_open_is_trusted_by_neither_side() {
        let directory = tempfile::tempdir().unwrap();
        let runtime = tempfile::tempdir().unwrap();
        let long = SOCKET_PATH_BYTES_MAX + 1;
        let home = home_for_path_of(long, directory.path(), &[runtime.path()]);
        let lock = home.lock().unwrap().unwrap();
        let bound = lock.bind_socket().unwrap();
        let place = bound.file.path().parent().unwrap().to_owned();
        fs::set_permissions(&place, Permissions::from_mode(0o750)).unwrap();
        let refused = io::ErrorKind::PermissionDenied;
        assert_eq!(home.socket_path().unwrap_err().kind(), refused);
        assert_eq!(lock.bind_socket().unwrap_err().kind(), refused);
    }
}
