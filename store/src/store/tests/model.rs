//! Random batches against a model small enough to be seen right.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::record::OperationRecord;

use super::*;
use crate::fixture::{insert, person};
use crate::{ArrivalKind, MessageOrder, MessageQuery};

const MESSAGES: u64 = 12;
const PEOPLE: [u8; 3] = [2, 3, 4];

#[derive(Debug, Clone)]
enum Step {
    Insert(u64),
    Deliver {
        first: u64,
        last: u64,
        to: u8,
        state: DeliveryState,
    },
}

fn any_state() -> impl Strategy<Value = DeliveryState> {
    prop_oneof![
        Just(DeliveryState::Failed(FailureReason::Cancelled)),
        Just(DeliveryState::Failed(FailureReason::Blocked)),
        Just(DeliveryState::Queued),
        Just(DeliveryState::Carried),
        Just(DeliveryState::Delivered),
        Just(DeliveryState::Read),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..=MESSAGES).prop_map(Step::Insert),
        (0..=MESSAGES, 0..=MESSAGES + 2, 2_u8..=5, any_state()).prop_map(
            |(first, last, to, state)| Step::Deliver {
                first,
                last,
                to,
                state
            }
        ),
    ]
}

/// Messages by number: for each person the state; and the log, last change last.
#[derive(Default)]
struct Model {
    messages: BTreeMap<u64, BTreeMap<u8, DeliveryState>>,
    log: Vec<(u64, ArrivalKind)>,
}

impl Model {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Insert(seq) => {
                if !self.messages.contains_key(seq) {
                    let queued = PEOPLE.map(|person| (person, DeliveryState::Queued));
                    self.messages.insert(*seq, queued.into());
                    self.log.push((*seq, ArrivalKind::New));
                }
            }
            Step::Deliver {
                first,
                last,
                to,
                state,
            } => {
                for (seq, people) in &mut self.messages {
                    let before = DeliveryState::least(people.values().copied());
                    if let Some(known) = people.get_mut(to)
                        && (first..=last).contains(&seq)
                        && known.may_become(*state)
                    {
                        *known = *state;
                    }
                    if DeliveryState::least(people.values().copied()) != before {
                        self.log.retain(|(logged, _)| logged != seq);
                        self.log.push((*seq, ArrivalKind::State));
                    }
                }
            }
        }
    }

    fn outbox(&self) -> Vec<(u64, u8, DeliveryState)> {
        let all = self
            .messages
            .iter()
            .flat_map(|(seq, people)| people.iter().map(|(person, state)| (*seq, *person, *state)));
        all.filter(|(_, _, state)| *state < DeliveryState::Delivered)
            .collect()
    }

    fn queued(&self) -> usize {
        let least = |people: &BTreeMap<_, _>| DeliveryState::least(people.values().copied());
        let open = [DeliveryState::Queued, DeliveryState::Carried];
        self.messages
            .values()
            .filter(|people| open.contains(&least(people)))
            .count()
    }
}

fn change(author: &Author, records: &[OperationRecord], step: &Step) -> Change {
    match step {
        Step::Insert(seq) => insert(&records[usize::try_from(*seq).unwrap() - 1]),
        Step::Deliver {
            first,
            last,
            to,
            state,
        } => author.delivery(*first, *last, *to, *state),
    }
}

fn compare(store: &Store, model: &Model) -> Result<(), TestCaseError> {
    let mut outbox: Vec<_> = store
        .profile()
        .unwrap()
        .outbox
        .iter()
        .map(|record| {
            let to = PEOPLE
                .into_iter()
                .find(|to| person(*to) == record.person)
                .unwrap();
            (record.seq, to, record.state)
        })
        .collect();
    outbox.sort_unstable();
    prop_assert_eq!(outbox, model.outbox());
    let reader = store.reader().unwrap();
    prop_assert_eq!(
        usize::try_from(reader.queued().unwrap()).unwrap(),
        model.queued()
    );
    let order = MessageOrder::Arrival {
        since: 0,
        limit: None,
    };
    let query = MessageQuery {
        conversation: None,
        unread_only: false,
        order,
    };
    let rows = reader.messages(&query).unwrap();
    let log: Vec<_> = rows.iter().map(|row| (row.seq, row.change)).collect();
    prop_assert_eq!(log, model.log.clone());
    prop_assert!(rows.is_sorted_by(|one, next| one.position < next.position));
    for row in rows {
        let people = &model.messages[&row.seq];
        prop_assert_eq!(
            row.state,
            Some(DeliveryState::least(people.values().copied()))
        );
        let delivered = people
            .values()
            .filter(|state| **state >= DeliveryState::Delivered);
        prop_assert_eq!(
            row.deliveries.delivered,
            u64::try_from(delivered.count()).unwrap()
        );
        prop_assert_eq!(row.deliveries.people, u64::try_from(people.len()).unwrap());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn deliveries_outbox_and_arrival_log_agree_with_the_model(
        batches in prop::collection::vec(prop::collection::vec(any_step(), 1..8), 1..12),
    ) {
        let mut store = Store::in_memory().unwrap();
        let mut author = Author::own(&PEOPLE);
        let records = author.messages(MESSAGES);
        let mut model = Model::default();
        for batch in batches {
            let changes: Vec<_> =
                batch.iter().map(|step| change(&author, &records, step)).collect();
            store.apply(&changes).unwrap();
            batch.iter().for_each(|step| model.step(step));
            compare(&store, &model)?;
        }
    }
}
