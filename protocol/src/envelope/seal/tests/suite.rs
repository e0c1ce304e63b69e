//! Suites: each place takes one.

use super::*;
use crate::envelope::SIZE_CLASSES_BYTES;

#[test]
fn every_suite_is_refused_in_every_place_but_its_own() {
    let scene = Scene::new();
    let own = [SUITE_HYBRID, SUITE_CLASSIC, SUITE_HYBRID, SUITE_CHAIN];
    for (place, envelope) in scene.good.iter().enumerate() {
        assert_eq!(Parts::of(envelope).suite, own[place]);
        for suite in [SUITE_HYBRID, SUITE_CLASSIC, SUITE_CHAIN] {
            let relabelled = changed(envelope, |_, parts| parts.suite = suite);
            let expected = if suite == own[place] {
                Ok(())
            } else {
                Err(EnvelopeError::Undecryptable)
            };
            let opened = scene.open(place, &relabelled);
            assert_eq!(opened, expected, "suite {suite} at place {place}");
        }
    }
}

#[test]
fn a_suite_that_is_not_known_is_told_as_such_in_every_place() {
    let scene = Scene::new();
    for (place, envelope) in scene.good.iter().enumerate() {
        for suite in [0, SUITE_CHAIN + 1, u8::MAX] {
            let unknown = changed(envelope, |_, parts| parts.suite = suite);
            let refused = scene.open(place, &unknown);
            assert_eq!(refused, Err(EnvelopeError::Suite(suite)), "place {place}");
        }
    }
}

#[test]
fn what_is_sealed_for_one_place_opens_in_no_other() {
    let scene = Scene::new();
    for (place, own) in scene.good.iter().enumerate() {
        for (from, other) in scene
            .good
            .iter()
            .enumerate()
            .filter(|(from, _)| *from != place)
        {
            let ciphertext = other.ciphertext().to_vec();
            // Under the tag that is awaited there, and all that goes with it.
            let Ok(moved) = Envelope::assemble(own.header(), ciphertext.clone()) else {
                continue;
            };
            for moved in [&moved, other] {
                let refused = scene.open(place, moved);
                let undecryptable = Err(EnvelopeError::Undecryptable);
                assert_eq!(refused, undecryptable, "{from} at place {place}");
            }
        }
    }
}

/// Where nothing is expected nothing is bound, so there can be nothing: not even by whoever has the code.
#[test]
fn a_join_with_anything_in_place_of_a_kem_ciphertext_opens_nothing() {
    let scene = Scene::new();
    let stored = scene.invite.to_bytes();
    let psk = Domain::InvitePsk.derive(&[stored.last_chunk::<16>().unwrap()]);
    let asked = &scene.good[JOIN];
    let (header, mut parts) = (*asked.header(), Parts::of(asked));
    let (bytes, message) = (asked.as_bytes().len(), parts.message.clone());
    assert_eq!(parts.kem.as_deref(), Some(&[][..]));
    let mut larger = SIZE_CLASSES_BYTES
        .into_iter()
        .filter(|class| *class > bytes);
    let class = larger.next().unwrap();
    // Its length takes two bytes more.
    parts.kem = Some(vec![1; class - bytes - 2]);
    parts.check_anew(&header, psk.as_ref());
    let with_kem = parts.envelope(&header, class);
    assert_eq!(Parts::of(&with_kem).message, message);
    let refused = scene.open(JOIN, &with_kem);
    assert_eq!(refused, Err(EnvelopeError::Undecryptable));
}
