//! Failed commits: nothing of them gets out, and what is opened again goes on.

use tidings_tests::world::CommitFault;

use crate::crash::{ANN, BEN, check_chat, pair_and_chat, world};

/// Runs the chat once for every commit of one side, with that one failing.
fn fail_everywhere(failing: usize, fault: CommitFault) {
    for nth in 2.. {
        let mut world = world(5, failing);
        world.devices[failing].disk.fail(nth, fault);
        pair_and_chat(&mut world);
        check_chat(&mut world);
        if !world.devices[failing].disk.has_failed() {
            assert!(nth > 20, "{nth} commits are too few to be this chat");
            return;
        }
        assert_eq!(world.devices[failing].incarnation, 2, "it was opened again");
    }
}

#[test]
fn a_commit_of_the_inviter_may_fail() {
    fail_everywhere(ANN, CommitFault::Lost);
}

#[test]
fn a_commit_of_the_joiner_may_fail() {
    fail_everywhere(BEN, CommitFault::Lost);
}

#[test]
fn a_commit_of_the_inviter_may_be_reported_as_failed_and_yet_be_kept() {
    fail_everywhere(ANN, CommitFault::Kept);
}

#[test]
fn a_commit_of_the_joiner_may_be_reported_as_failed_and_yet_be_kept() {
    fail_everywhere(BEN, CommitFault::Kept);
}
