//! What an engine reports of what it carries and of whom it can seal to.

use super::*;
use crate::engine::{Addressee, CarryReport, Fill, Queue};
use crate::pair::TAG_WINDOW;

impl Town {
    fn report(&mut self, who: usize) -> CarryReport {
        let now = self.now(who);
        self.engine(who).carrying(now)
    }

    /// What one's report says of another's device.
    fn addressee(&mut self, who: usize, whom: usize) -> Addressee {
        let device = self.own(whom).device();
        let mut addressees = self.report(who).addressees.into_iter();
        addressees.find(|one| one.device == device).unwrap()
    }
}

#[test]
fn what_is_under_way_is_counted_by_person_and_conversation_and_who_keeps_it_until_when() {
    let (mut town, conversation) = friend_between();
    let cat = town.person(CAT);
    assert_eq!(town.report(ANN).under_way.envelopes, 0);
    town.write(ANN, conversation, "hello");
    let report = town.report(ANN);
    assert_eq!(
        (report.under_way.envelopes, report.under_way.promised),
        (1, 0)
    );
    assert_eq!(report.of_people[&cat], report.under_way);
    assert_eq!(report.of_conversations[&conversation], report.under_way);
    town.pass_by(ANN, BEN);
    town.connect(BEN, ANN);
    let report = town.report(ANN);
    let custody = town.kept(ANN).custodies[0];
    assert_eq!(report.under_way.promised, 1);
    assert_eq!(
        report.under_way.holders.get(&custody.holder),
        Some(&custody.until)
    );
    assert_eq!(report.of_people[&cat], report.under_way);
    // What Ben keeps is under way for others, not of his own.
    let report = town.report(BEN);
    assert_eq!(
        (report.under_way.envelopes, report.others.envelopes),
        (0, 1)
    );
    assert_eq!(report.tiers[&Tier::Contact].envelopes, 1);
}

#[test]
fn who_promised_to_keep_a_message_is_told_with_whom_it_is_for_and_for_how_much_longer() {
    let (mut town, conversation) = friend_between();
    let (ben, cat) = (town.person(BEN), town.person(CAT));
    town.write(ANN, conversation, "hello");
    let enclosed = town.kept(ANN).deposits[0].enclosed.unwrap();
    let promises = |town: &mut Town, seq| {
        let now = town.now(ANN);
        town.engine(ANN).promises(enclosed.actor, seq, now)
    };
    assert_eq!(promises(&mut town, enclosed.last), []);
    town.pass_by(ANN, BEN);
    town.connect(BEN, ANN);
    let [promise] = promises(&mut town, enclosed.last)[..] else {
        panic!("one promise");
    };
    let custody = town.kept(ANN).custodies[0];
    assert_eq!((promise.person, promise.keeper), (cat, Some(ben)));
    assert_eq!(promise.holder, custody.holder);
    let now = town.report(ANN).time;
    assert_eq!(promise.left, custody.until.since(now));
    assert_eq!(
        promises(&mut town, enclosed.last + 1),
        [],
        "of another message"
    );
    // A little later there is as much less of it left.
    town.wait(1_000);
    let [later] = promises(&mut town, enclosed.last)[..] else {
        panic!("it stands");
    };
    assert_eq!(promise.left - later.left, std::time::Duration::from_secs(1));
}

#[test]
fn a_device_says_when_it_was_heard_and_is_dormant_after_thirty_days_and_not_before() {
    let mut town = carriers(Town::of(2));
    let ben = town.addressee(ANN, BEN);
    assert!(!ben.is_dormant && ben.places.is_some());
    town.connect(ANN, BEN);
    let heard = town.addressee(ANN, BEN).heard_at;
    assert_eq!(heard, Some(town.now(ANN).wall));
    town.disconnect_all();
    town.wait(millis(30 * DAY));
    assert!(!town.addressee(ANN, BEN).is_dormant);
    town.wait(1);
    let ben = town.addressee(ANN, BEN);
    assert!(ben.is_dormant);
    assert_eq!(ben.heard_at, heard);
    town.connect(ANN, BEN);
    assert!(!town.addressee(ANN, BEN).is_dormant);
}

#[test]
fn the_places_that_are_left_go_down_to_none_and_come_back_with_an_answer() {
    let mut town = carriers(Town::of(2));
    let conversation = town.direct(ANN, BEN);
    assert_eq!(town.addressee(ANN, BEN).places, Some(TAG_WINDOW));
    town.write(ANN, conversation, "one");
    assert_eq!(town.addressee(ANN, BEN).places, Some(TAG_WINDOW - 1));
    for _ in 0..2 * TAG_WINDOW {
        town.write(ANN, conversation, "more");
        town.wait(millis(HOUR));
        if town.addressee(ANN, BEN).places == Some(0) {
            break;
        }
    }
    assert_eq!(town.addressee(ANN, BEN).places, Some(0));
    town.connect(ANN, BEN);
    assert_eq!(town.addressee(ANN, BEN).places, Some(TAG_WINDOW));
}

#[test]
fn nothing_can_be_sealed_to_a_device_with_which_no_secret_is_shared() {
    let mut town = Town::of(2);
    (0..2).for_each(|who| town.carry(who));
    assert_eq!(town.addressee(ANN, BEN).places, None);
    assert_eq!(town.addressee(ANN, BEN).heard_at, None);
}

#[test]
fn what_a_node_that_carries_nothing_reports_is_no_room() {
    let mut town = Town::of(2);
    assert_eq!(town.report(ANN).quotas, None);
    town.carry(ANN);
    assert!(town.report(ANN).quotas.is_some());
}

#[test]
fn how_full_what_is_carried_is_stands_beside_how_much_may_be() {
    let (mut town, conversation) = friend_between();
    town.write(ANN, conversation, "hello");
    town.neighbour(ANN, BEN);
    town.connect(BEN, ANN);
    let bens = town.kept(BEN).carried.len();
    let fills = town.engine(BEN).fills();
    let fill = |queue| {
        *fills
            .iter()
            .find(|fill| fill.queue == queue)
            .unwrap_or_else(|| panic!("{queue:?}"))
    };
    for queue in [Queue::Carried, Queue::Brought] {
        assert_eq!(fill(queue).held, bens, "{queue:?}");
    }
    let bytes: usize = town.kept(BEN).carried.iter().map(|one| one.bytes).sum();
    for queue in [Queue::CarriedBytes, Queue::BroughtBytes] {
        assert_eq!(fill(queue).held, bytes, "{queue:?}");
    }
    assert_eq!(fill(Queue::NeighbourHolds).held, bens);
    assert!(fill(Queue::Allowances).held > 0);
    let anns = town.engine(ANN).fills();
    let promises = anns.iter().find(|fill| fill.queue == Queue::Promises);
    assert_eq!(promises.map(|fill| fill.held), Some(1));
    let is_over = |fill: &Fill| fill.held > fill.most;
    assert!(!fills.iter().chain(&anns).any(is_over));
}
