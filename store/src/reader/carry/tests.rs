use tidings_protocol::id::PersonId;
use tidings_protocol::record::{ActorRecord, Change, SecretBytes};
use tidings_protocol::time::LogicalTime;

use super::*;
use crate::Store;
use crate::fixture::{carried, envelope, put_carried, tombstone};

/// So many envelopes, each of other bytes, put in an order that is not that of their ids.
fn with_envelopes(count: u64) -> (Store, Vec<(CarriedRecord, Vec<u8>)>) {
    let mut store = Store::in_memory().unwrap();
    let sizes = (0..count).map(|number| (number, 100 + usize::try_from(number).unwrap()));
    let puts: Vec<_> = sizes
        .clone()
        .map(|(number, bytes)| put_carried(number, bytes))
        .collect();
    store.apply(&puts).unwrap();
    let kept = sizes.map(|(number, bytes)| (carried(number, bytes), envelope(number, bytes)));
    let mut kept: Vec<_> = kept.collect();
    kept.sort_by_key(|(record, _)| record.id);
    (store, kept)
}

#[test]
fn envelopes_come_in_the_order_in_which_they_are_asked_for_and_those_that_are_not_here_are_left_out()
 {
    let (store, kept) = with_envelopes(5);
    let reader = store.reader().unwrap();
    let of = |index: usize| (kept[index].0.id, kept[index].1.clone());
    let absent = EnvelopeId::new([0xaa; 32]);
    let ids = [of(3).0, absent, of(0).0, of(4).0];
    let found = reader.envelopes(&ids, usize::MAX).unwrap();
    assert_eq!(found, [of(3), of(0), of(4)]);
    assert_eq!(reader.envelopes(&[absent], 0).unwrap(), []);
    assert_eq!(reader.envelopes(&[], 0).unwrap(), []);
}

#[test]
fn envelopes_take_no_more_than_they_may_but_one_always_comes() {
    let (store, kept) = with_envelopes(3);
    let reader = store.reader().unwrap();
    let ids: Vec<_> = kept.iter().map(|(record, _)| record.id).collect();
    let bytes: Vec<_> = kept.iter().map(|(record, _)| record.bytes).collect();
    let two = bytes[0] + bytes[1];
    let count = |bytes_max| reader.envelopes(&ids, bytes_max).unwrap().len();
    assert_eq!([0, 1, bytes[0], two - 1].map(count), [1; 4]);
    assert_eq!([two, two + bytes[2] - 1].map(count), [2; 2]);
    assert_eq!([two + bytes[2], usize::MAX].map(count), [3; 2]);
}

#[test]
fn pages_of_envelopes_are_whole_and_end_with_an_empty_one() {
    let (store, kept) = with_envelopes(7);
    let reader = store.reader().unwrap();
    for count in [1, 3, 7, 8, usize::MAX] {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = reader.carried_after(&(0..=u8::MAX), after, count).unwrap();
            assert!(page.len() <= count);
            let Some((last, _)) = page.last() else { break };
            after = Some(last.id);
            all.extend(page);
        }
        assert_eq!(all, kept, "in pages of {count}");
    }
    assert_eq!(reader.carried_after(&(0..=u8::MAX), None, 0).unwrap(), []);
}

#[test]
fn a_page_is_of_the_priorities_that_are_asked_for() {
    let (store, kept) = with_envelopes(20);
    let reader = store.reader().unwrap();
    for priorities in [
        0..=127,
        128..=u8::MAX,
        kept[0].0.header.priority.byte()..=kept[0].0.header.priority.byte(),
    ] {
        let mut wanted = kept.clone();
        wanted.retain(|(record, _)| priorities.contains(&record.header.priority.byte()));
        let page = reader.carried_after(&priorities, None, usize::MAX).unwrap();
        assert_eq!(page, wanted, "{priorities:?}");
    }
}

#[test]
fn of_our_own_envelopes_those_that_are_no_deposits_are_found() {
    let (mut store, kept) = with_envelopes(40);
    let own = kept.iter().map(|(record, _)| record);
    let own: Vec<_> = own
        .filter(|record| record.tier == Tier::Own)
        .map(|record| record.id)
        .collect();
    assert!(own.len() > 2);
    let deposit = |envelope| DepositRecord {
        envelope,
        purge: SecretBytes::new(vec![1; 32]),
        device: None,
        people: Vec::new(),
        enclosed: None,
        room: None,
    };
    let puts: Vec<_> = own[1..]
        .iter()
        .map(|id| Change::PutDeposit(Box::new(deposit(*id))))
        .collect();
    store.apply(&puts).unwrap();
    assert_eq!(store.reader().unwrap().undeposited().unwrap(), own[..1]);
}

#[test]
fn as_which_actors_a_device_writes_elsewhere_is_found() {
    let mut store = Store::in_memory().unwrap();
    let id = |byte| [byte; 32];
    let (room, device) = (ConversationId::new(id(1)), DeviceId::new(id(2)));
    let author = |actor, conversation, device| {
        Change::PutActor(ActorRecord::new(
            ConversationId::new(id(conversation)),
            ActorId::new(id(actor)),
            PersonId::new(id(9)),
            DeviceId::new(id(device)),
            LogicalTime::default(),
        ))
    };
    let puts = [
        author(1, 1, 2),
        author(2, 3, 2),
        author(3, 4, 2),
        author(4, 3, 5),
    ];
    store.apply(&puts).unwrap();
    let found = store
        .reader()
        .unwrap()
        .actors_elsewhere(room, device)
        .unwrap();
    assert_eq!(found, [2, 3].map(|byte| ActorId::new(id(byte))).into());
}

#[test]
fn pages_of_tombstones_ascend_by_purge_hash() {
    let mut store = Store::in_memory().unwrap();
    let mut tombstones: Vec<_> = (0..5).map(tombstone).collect();
    let puts: Vec<_> = tombstones
        .iter()
        .copied()
        .map(Change::PutTombstone)
        .collect();
    store.apply(&puts).unwrap();
    tombstones.sort_by_key(TombstoneRecord::purge);
    let reader = store.reader().unwrap();
    assert_eq!(reader.tombstones_after(None, 9).unwrap(), tombstones);
    assert_eq!(reader.tombstones_after(None, 2).unwrap(), tombstones[..2]);
    let after = Some(tombstones[1].purge());
    assert_eq!(reader.tombstones_after(after, 2).unwrap(), tombstones[2..4]);
    let last = Some(tombstones[4].purge());
    assert_eq!(reader.tombstones_after(last, 2).unwrap(), []);
}

#[test]
fn what_is_carried_is_counted_in_all_and_by_tier() {
    let (store, kept) = with_envelopes(40);
    let carrying = store.reader().unwrap().carrying().unwrap();
    let used = |of: &dyn Fn(Tier) -> bool| {
        let bytes: Vec<_> = kept.iter().filter(|(one, _)| of(one.tier)).collect();
        let total: usize = bytes.iter().map(|(one, _)| one.bytes).sum();
        Used {
            bytes: u64::try_from(total).unwrap(),
            envelopes: bytes.len(),
        }
    };
    assert_eq!(carrying.all, used(&|_| true));
    for tier in Tier::ALL {
        assert!(used(&|of| of == tier).envelopes > 0);
        assert_eq!(carrying.tiers[&tier], used(&|of| of == tier));
    }
}

#[test]
fn where_nothing_is_carried_every_tier_is_empty() {
    let store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    let carrying = reader.carrying().unwrap();
    assert_eq!(carrying.all, Used::default());
    let empty = Tier::ALL.map(|tier| (tier, Used::default()));
    assert_eq!(carrying.tiers, empty.into());
    assert_eq!(reader.carried_after(&(0..=u8::MAX), None, 1).unwrap(), []);
    assert_eq!(reader.tombstones_after(None, 1).unwrap(), []);
    assert_eq!(reader.deposits().unwrap(), []);
    assert_eq!(reader.custodies().unwrap(), []);
}

#[test]
fn an_envelope_whose_bytes_are_gone_is_found_by_the_check() {
    let (store, kept) = with_envelopes(2);
    let reader = store.reader().unwrap();
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
    let id = kept[0].0.id;
    let delete = "DELETE FROM carried_bytes WHERE id = ?1";
    store.lock().execute(delete, [id.as_bytes()]).unwrap();
    let found = reader.check().unwrap();
    assert_eq!(found, ["1 envelopes are kept without their bytes"]);
}
