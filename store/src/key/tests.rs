use std::fs;

use super::*;

fn passphrase(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn rng() -> Rng {
    Rng::from_seed(&[5; 32])
}

fn create(directory: &Path, secret: Option<&SecretBytes>) -> DatabaseKey {
    KeyFile::create_at_cost(directory, secret, Cost::LEAST, &mut rng()).unwrap()
}

#[test]
fn a_plain_key_comes_back_with_or_without_a_passphrase() {
    let directory = tempfile::tempdir().unwrap();
    let key = create(directory.path(), None);
    assert!(!KeyFile::needs_passphrase(directory.path()).unwrap());
    for secret in [None, Some(&passphrase("ignored"))] {
        let again = KeyFile::unlock(directory.path(), secret).unwrap();
        assert_eq!(again.expose(), key.expose());
    }
}

#[test]
fn a_wrapped_key_comes_back_with_its_passphrase_alone() {
    let directory = tempfile::tempdir().unwrap();
    let right = passphrase("correct horse");
    let key = create(directory.path(), Some(&right));
    assert!(KeyFile::needs_passphrase(directory.path()).unwrap());
    let unlock = |secret: Option<&SecretBytes>| KeyFile::unlock(directory.path(), secret);
    assert_eq!(unlock(Some(&right)).unwrap().expose(), key.expose());
    assert!(matches!(unlock(None), Err(KeyError::NeedsPassphrase)));
    assert!(matches!(
        unlock(Some(&passphrase("wrong"))),
        Err(KeyError::WrongPassphrase)
    ));
    assert!(matches!(
        unlock(Some(&passphrase(""))),
        Err(KeyError::WrongPassphrase)
    ));
    let bytes = fs::read(directory.path().join(KEY_FILE)).unwrap();
    assert!(!bytes.windows(8).any(|part| part == &key.expose()[..8]));
}

#[test]
fn a_key_file_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let key = create(directory.path(), None);
    let again = KeyFile::create(directory.path(), None, &mut Rng::from_seed(&[6; 32]));
    assert!(matches!(again, Err(KeyError::Exists(_))));
    assert_eq!(
        KeyFile::unlock(directory.path(), None).unwrap().expose(),
        key.expose()
    );
}

#[test]
fn a_missing_key_file_is_said_to_be_missing() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("nowhere");
    assert!(matches!(
        KeyFile::unlock(&nowhere, None),
        Err(KeyError::Missing(_))
    ));
}

#[test]
fn what_a_crash_left_half_written_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("key.new"), b"half").unwrap();
    create(directory.path(), None);
    KeyFile::unlock(directory.path(), None).unwrap();
    assert!(!directory.path().join("key.new").exists());
}

#[cfg(unix)]
#[test]
fn the_key_file_and_its_directory_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b");
    create(&directory, None);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&directory.join(KEY_FILE)), 0o600);
}

#[test]
fn every_cut_and_every_flipped_bit_of_a_plain_file_is_an_answer_and_never_a_panic() {
    let directory = tempfile::tempdir().unwrap();
    let key = create(directory.path(), None);
    let bytes = fs::read(directory.path().join(KEY_FILE)).unwrap();
    for cut in 0..bytes.len() {
        assert!(
            matches!(KeyFile::parse(&bytes[..cut]), Err(KeyError::Damaged(_))),
            "{cut}"
        );
    }
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let _ = KeyFile::parse(&bytes);
    }
    assert!(KeyFile::parse(&bytes).is_ok());
    drop(key);
}

#[test]
fn a_key_file_of_the_maximum_length_is_read_and_one_byte_more_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let key = create(directory.path(), None);
    let file = directory.path().join(KEY_FILE);
    let bytes = fs::read(&file).unwrap();
    let unlock = |length: u64| {
        // The map has one field more: 22, a byte string of the length that is missing.
        let padding = usize::try_from(length).unwrap() - bytes.len() - 4;
        let [high, low] = u16::try_from(padding).unwrap().to_be_bytes();
        let head = [bytes[0] + 1];
        let field = [22, 0x59, high, low];
        let padded = [&head, &bytes[1..], &field, &vec![0; padding]].concat();
        fs::write(&file, padded).unwrap();
        KeyFile::unlock(directory.path(), None)
    };
    assert_eq!(unlock(KEY_FILE_BYTES_MAX).unwrap().expose(), key.expose());
    assert!(matches!(
        unlock(KEY_FILE_BYTES_MAX + 1),
        Err(KeyError::Damaged("it is too long"))
    ));
}

#[test]
fn a_newer_key_file_is_refused_as_such() {
    let newer = wire::encode(&KeyFile {
        version: KEY_FILE_VERSION + 1,
        protection: Protection::Plain([0; 32].into()),
    });
    assert!(matches!(
        KeyFile::parse(&newer),
        Err(KeyError::Newer { found: 2, known: 1 })
    ));
}

#[test]
fn costs_are_accepted_at_their_bounds_and_not_beyond() {
    let (floor, ceiling) = (Cost::MEMORY_KIB_MIN, Cost::MEMORY_KIB_MAX);
    assert_eq!(Cost::new(floor, 1, 1).unwrap(), Cost::LEAST);
    assert!(Cost::new(ceiling, Cost::PASSES_MAX, Cost::LANES_MAX).is_ok());
    let beyond = [
        (floor - 1, 1, 1),
        (ceiling + 1, 1, 1),
        (floor, 0, 1),
        (floor, Cost::PASSES_MAX + 1, 1),
        (floor, 1, 0),
        (floor, 1, Cost::LANES_MAX + 1),
    ];
    for (memory, passes, lanes) in beyond {
        assert!(matches!(
            Cost::new(memory, passes, lanes),
            Err(KeyError::Cost)
        ));
    }
    assert!(Cost::DEFAULT.memory_kib() >= floor);
}

#[test]
fn a_tampered_cost_costs_nothing_and_a_tampered_wrapping_opens_nothing() {
    let secret = passphrase("secret");
    let wrap = || Wrapped::wrap(&[7; 32], &secret, Cost::LEAST, &mut rng()).unwrap();
    for cost in [Cost::tampered(u32::MAX, 1, 1), Cost::tampered(8, 1, 1)] {
        let wrapped = wrap().with_cost(cost);
        assert!(matches!(wrapped.unwrap(&secret), Err(KeyError::Damaged(_))));
    }
    let lower = wrap().with_cost(Cost::new(Cost::MEMORY_KIB_MIN, 2, 1).unwrap());
    assert!(matches!(
        lower.unwrap(&secret),
        Err(KeyError::WrongPassphrase)
    ));
    assert_eq!(*wrap().unwrap(&secret).unwrap(), [7; 32]);
}
