//! What is said of a made-up device itself.

use std::collections::BTreeMap;

use tidings_protocol::carry::{Quotas, Tier, Used};
use tidings_protocol::engine::CarryReport;
use tidings_protocol::time::WallTime;

use super::super::machine::{self, CLOCK_FLOOR, FULL_PERCENT, Machine};
use super::*;

#[test]
fn where_nothing_is_wrong_every_check_is_well_and_there_is_one_of_each() {
    let prospects = with(vec![content()], carrying());
    let checks = made_up().checks(&prospects);
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "clock",
            "disk",
            "database",
            "interfaces",
            "node",
            "listening",
            "reach",
            "discovery",
            "neighbours",
            "carrying"
        ]
    );
    for check in &checks {
        assert!(check.ok && check.hint.is_empty(), "{check:?}");
    }
}

#[test]
fn a_clock_before_2020_or_that_has_gone_back_is_not_set() {
    let prospects = with(vec![content()], carrying());
    let clock = |now| {
        let machine = Machine { now, ..made_up() };
        of_machine(&machine, &prospects, "clock")
    };
    let before = |time: WallTime| WallTime::from_millis(time.as_millis() - 1);
    says(&clock(before(CLOCK_FLOOR)), false, "before 2020", "clock");
    says(&clock(days_ago(3)), true, "can be right", "");
    says(&clock(before(days_ago(3))), false, "gone back", "clock");
}

#[test]
fn a_disk_that_takes_no_file_says_why() {
    let prospects = with(Vec::new(), carrying());
    let full = Machine {
        probed: Some(Err("no space left".to_owned())),
        ..made_up()
    };
    says(
        &of_machine(&full, &prospects, "disk"),
        false,
        "no space left",
        "room",
    );
    let nowhere = Machine {
        directory: None,
        probed: None,
        ..made_up()
    };
    says(
        &of_machine(&nowhere, &prospects, "disk"),
        true,
        "memory",
        "",
    );
}

#[test]
fn a_probe_leaves_nothing_behind_and_fails_where_nothing_can_be_written() {
    let directory = tempfile::tempdir().unwrap();
    machine::probe(directory.path()).unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    assert!(machine::probe(&directory.path().join("none")).is_err());
}

#[test]
fn a_damaged_database_says_what_is_wrong_first_and_how_much_there_is() {
    let prospects = with(Vec::new(), carrying());
    let damaged = |damage: &[&str]| {
        let damage = damage.iter().map(|&line| line.to_owned()).collect();
        let machine = Machine {
            damage,
            ..made_up()
        };
        of_machine(&machine, &prospects, "database")
    };
    says(
        &damaged(&["a page is bad"]),
        false,
        "damaged: a page is bad.",
        "copy",
    );
    says(
        &damaged(&["one", "two", "three"]),
        false,
        "one, and 2 more",
        "copy",
    );
}

#[test]
fn a_mailbox_and_a_watched_directory_are_told_of() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    let mut mailbox = made_up();
    assert!(
        !of_machine(&mailbox, &alone, "node")
            .detail
            .contains("mailbox")
    );
    mailbox.node.is_mailbox = true;
    says(&of_machine(&mailbox, &alone, "node"), true, "mailbox", "");
    for (is_there, said) in [(true, "is there"), (false, "is not there")] {
        mailbox.watching = Some(("/media/stick".to_owned(), is_there));
        let watching = of_machine(&mailbox, &alone, "watching");
        says(&watching, true, "/media/stick", "");
        assert!(watching.detail.contains(said), "{watching:?}");
    }
}

#[test]
fn a_share_of_the_room_is_full_from_so_many_percent_on() {
    let quotas = Quotas {
        bytes: 10_000,
        envelopes: 1_000,
        ..Quotas::FRIENDLY
    };
    let kept = |bytes, envelopes| {
        let used = Used { bytes, envelopes };
        let report = CarryReport {
            quotas: Some(quotas),
            others: used,
            tiers: BTreeMap::from([(Tier::Stranger, used)]),
            ..CarryReport::default()
        };
        of_machine(&made_up(), &with(Vec::new(), report), "carrying")
    };
    let full = 1_000 * FULL_PERCENT / 100;
    says(&kept(full - 1, 1), true, "9 percent", "");
    says(&kept(full, 1), false, "strangers is full", "--mailbox");
    says(&kept(1, 94), true, "94 envelopes", "");
    says(&kept(1, 95), false, "strangers is full", "--mailbox");
    let off = with(Vec::new(), CarryReport::default());
    says(
        &of_machine(&made_up(), &off, "carrying"),
        false,
        "carries nothing",
        "",
    );
}
