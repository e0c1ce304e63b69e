//! Random batches against a model small enough to be seen right.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::record::OperationRecord;

use super::*;
use crate::fixture::{count, insert, person};
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
    Release {
        to: u8,
        released: bool,
    },
    Count(Option<u64>),
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
        (2_u8..=5, any::<bool>()).prop_map(|(to, released)| Step::Release { to, released }),
        prop::option::of(0..=MESSAGES).prop_map(Step::Count),
    ]
}

/// How far a message has come with one person, and whether it waits for them no longer.
#[derive(Debug, Clone, Copy)]
struct Delivery {
    state: DeliveryState,
    released: bool,
}

impl Delivery {
    fn counts(self) -> bool {
        !self.released || self.state >= DeliveryState::Delivered
    }
}

type People = BTreeMap<u8, Delivery>;

const REMOVED: DeliveryState = DeliveryState::Failed(FailureReason::Removed);

fn state_of(people: &People) -> DeliveryState {
    let least = |counts| {
        let people = people.values().filter(|one| one.counts() == counts);
        people.map(|one| one.state).min()
    };
    match (least(true), least(false)) {
        (Some(state), _) | (None, Some(state @ DeliveryState::Failed(_))) => state,
        (None, _) => REMOVED,
    }
}

/// Messages by number: for each person how far; how far their author counts; the order in which
/// they were stored; and the log, last change last.
#[derive(Default)]
struct Model {
    messages: BTreeMap<u64, People>,
    counts: Option<u64>,
    stored: Vec<u64>,
    log: Vec<(u64, ArrivalKind)>,
}

impl Model {
    fn states(&self) -> BTreeMap<u64, DeliveryState> {
        let all = self.messages.iter();
        all.map(|(seq, people)| match self.counts {
            Some(counts) if *seq > counts => (*seq, REMOVED),
            Some(_) | None => (*seq, state_of(people)),
        })
        .collect()
    }

    fn log_changes(&mut self, before: &BTreeMap<u64, DeliveryState>, order: &[u64]) {
        let now = self.states();
        for seq in order {
            if before.get(seq) != now.get(seq) {
                self.log.retain(|(logged, _)| logged != seq);
                self.log.push((*seq, ArrivalKind::State));
            }
        }
    }

    fn deliveries(&mut self, to: u8) -> impl Iterator<Item = (u64, &mut Delivery)> {
        let messages = self.messages.iter_mut();
        messages.filter_map(move |(seq, people)| Some((*seq, people.get_mut(&to)?)))
    }

    fn step(&mut self, step: &Step) {
        let before = self.states();
        let by_seq: Vec<u64> = before.keys().copied().collect();
        match step {
            Step::Insert(seq) => {
                if !self.messages.contains_key(seq) {
                    let queued = Delivery {
                        state: DeliveryState::Queued,
                        released: false,
                    };
                    let people = PEOPLE.map(|person| (person, queued));
                    self.messages.insert(*seq, people.into());
                    self.stored.push(*seq);
                    self.log.push((*seq, ArrivalKind::New));
                }
            }
            Step::Deliver {
                first,
                last,
                to,
                state,
            } => {
                for (seq, known) in self.deliveries(*to) {
                    if (first..=last).contains(&&seq) && known.state.may_become(*state) {
                        known.state = *state;
                    }
                }
                self.log_changes(&before, &by_seq);
            }
            Step::Release { to, released } => {
                for (_, known) in self.deliveries(*to) {
                    if known.state < DeliveryState::Delivered {
                        known.released = *released;
                    }
                }
                self.log_changes(&before, &by_seq);
            }
            Step::Count(counts) => {
                self.counts = *counts;
                self.log_changes(&before, &self.stored.clone());
            }
        }
    }

    fn outbox(&self) -> Vec<(u64, u8, DeliveryState)> {
        let all = self.messages.iter().flat_map(|(seq, people)| {
            people
                .iter()
                .map(|(person, delivery)| (*seq, *person, *delivery))
        });
        all.filter(|(_, _, one)| one.state < DeliveryState::Delivered && !one.released)
            .map(|(seq, person, one)| (seq, person, one.state))
            .collect()
    }

    fn queued(&self) -> usize {
        let open = [DeliveryState::Queued, DeliveryState::Carried];
        let states = self.states();
        states.values().filter(|state| open.contains(state)).count()
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
        Step::Release { to, released } => {
            Change::Release(author.conversation, person(*to), *released)
        }
        Step::Count(counts) => count(author, MESSAGES, *counts),
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
        usize::try_from(reader.waiting_messages().unwrap().all()).unwrap(),
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
    let states = model.states();
    for row in rows {
        let people = &model.messages[&row.seq];
        let people: Vec<_> = people.values().filter(|one| one.counts()).collect();
        prop_assert_eq!(row.state, states.get(&row.seq).copied());
        let delivered = people
            .iter()
            .filter(|one| one.state >= DeliveryState::Delivered);
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
