//! Fields in the clear: each is bound by what is sealed.

use super::*;

type Change = fn(&mut Header, &mut Parts);

const CHANGES: &[(&str, Change)] = &[
    ("tag", |header, _| header.tag = Tag::new([8; 16])),
    ("lifetime", |header, _| header.lifetime_hours += 1),
    ("priority", |header, _| {
        header.priority = Priority::new(header.priority.byte() + 1)
    }),
    ("purge", |header, _| header.purge[31] ^= 1),
    ("first of key id or salt", |_, parts| parts.mark[0] ^= 1),
    ("number of the bundle", |_, parts| parts.mark[8] ^= 2),
    ("last of key id or salt", |_, parts| {
        *parts.mark.last_mut().unwrap() ^= 1;
    }),
    ("check of the key id, or the salt", |_, parts| {
        parts.key_check.as_mut().unwrap_or(&mut parts.mark)[3] ^= 1;
    }),
];

#[test]
fn what_has_another_field_in_the_clear_opens_nowhere() {
    let scene = Scene::new();
    for (place, envelope) in scene.good.iter().enumerate() {
        for (field, change) in CHANGES {
            let refused = scene.open(place, &changed(envelope, change));
            let undecryptable = Err(EnvelopeError::Undecryptable);
            assert_eq!(refused, undecryptable, "{field} at place {place}");
        }
        assert_eq!(scene.open(place, envelope), Ok(()), "place {place}");
    }
}

/// Who knows the secret can mask the same key id for another tag, and make the check for it.
#[test]
fn what_is_masked_and_checked_anew_for_another_field_in_the_clear_does_not_open() {
    let scene = Scene::new();
    for (field, change) in &CHANGES[..4] {
        let moved = changed(&scene.good[LETTER], |header, parts| {
            let hidden = parts.mark.as_slice().try_into().unwrap();
            let shown = mask(hidden, &SECRET, header);
            change(header, parts);
            parts.mark = mask(shown, &SECRET, header).to_vec();
            parts.check_anew(header, &SECRET);
        });
        let refused = scene.open(LETTER, &moved);
        assert_eq!(refused, Err(EnvelopeError::Undecryptable), "{field}");
    }
}

#[test]
fn no_key_id_names_a_bundle_that_never_was() {
    let scene = Scene::new();
    // The first has number 1.
    for bit in [1, 2] {
        let never = changed(&scene.good[LETTER], |header, parts| {
            parts.mark[8] ^= bit;
            parts.check_anew(header, &SECRET);
        });
        let refused = scene.open(LETTER, &never);
        assert_eq!(refused, Err(EnvelopeError::Undecryptable));
    }
}

#[test]
fn two_prologues_that_differ_in_one_field_differ() {
    let (one, other) = (card(1).device, card(2).device);
    let key = |bundle, ratchet| KeyId::Device { bundle, ratchet };
    let lock = || Lock {
        suite: SUITE_HYBRID,
        key: key(1, 2),
        mask: &SECRET,
        kem: b"ciphertext",
        sender: Some(one),
        recipient: one.as_bytes(),
    };
    let header = header();
    let mut prologues = vec![
        lock().prologue(&header),
        Lock {
            suite: SUITE_CLASSIC,
            ..lock()
        }
        .prologue(&header),
        Lock {
            key: key(2, 2),
            ..lock()
        }
        .prologue(&header),
        Lock {
            key: key(1, 3),
            ..lock()
        }
        .prologue(&header),
        Lock {
            key: KeyId::Invite,
            ..lock()
        }
        .prologue(&header),
        Lock {
            kem: b"Ciphertext",
            ..lock()
        }
        .prologue(&header),
        Lock {
            sender: None,
            ..lock()
        }
        .prologue(&header),
        Lock {
            sender: Some(other),
            ..lock()
        }
        .prologue(&header),
        Lock {
            recipient: other.as_bytes(),
            ..lock()
        }
        .prologue(&header),
    ];
    let mut unused = Parts::of(&Scene::new().good[LETTER]);
    for (_, change) in &CHANGES[..4] {
        let mut changed = header;
        change(&mut changed, &mut unused);
        prologues.push(lock().prologue(&changed));
    }
    let all = prologues.len();
    prologues.sort_unstable();
    prologues.dedup();
    assert_eq!(prologues.len(), all);
}
