//! Nearby: what is said to whoever is there, without contacts.

use super::*;
use crate::carry::{
    CarriedNotice, HOPS_MAX, NOTICE_TEXT_BYTES_MAX, NOTICES_MAX, Notice, NoticeHint, NoticeKind,
    NoticeText, SignedNotice,
};
use crate::engine::carry::{
    OF_KEY_AT_ONCE_MAX, OF_KEY_HOURLY_MAX, OF_NEIGHBOUR_AT_ONCE_MAX, OF_NEIGHBOUR_HOURLY_MAX,
    OWN_MESSAGES_MAX, WELCOME_SECONDS, WELCOMES_AT_ONCE_MAX,
};
use crate::engine::{Command, CommandError, Setting};
use crate::id::NearbyKey;
use crate::identity::SigningSecret;
use crate::record::{NoticeRecord, Outcome};
use crate::time::WallTime;

const ALL: [NoticeKind; 2] = NoticeKind::ALL;
/// Milliseconds after which neighbours say anew what they have heard.
const ANEW: u64 = 600_000;

fn strangers(people: usize) -> Town {
    carriers(Town::knowing(people, &[]))
}

fn post(kind: NoticeKind, text: &str) -> Command {
    Command::Post {
        kind,
        name: None,
        text: text.to_owned(),
    }
}

fn turn(on: bool) -> Command {
    Command::Set(Setting::Nearby(on))
}

impl Town {
    fn post(&mut self, who: usize, kind: NoticeKind, text: &str) {
        let outcome = self.command(who, post(kind, text));
        assert!(matches!(outcome, Ok(Outcome::Posted { .. })), "{outcome:?}");
    }

    /// What somebody keeps of what was said nearby, by the time at which it came.
    fn heard(&self, who: usize) -> Vec<&NoticeRecord> {
        let mut heard: Vec<_> = self.kept(who).notices.iter().collect();
        heard.sort_by_key(|record| (record.kept_at, record.notice.said().number));
        heard
    }

    fn texts_heard(&self, who: usize) -> Vec<&str> {
        let heard = self.heard(who).into_iter();
        heard
            .map(|record| record.notice.said().text.as_str())
            .collect()
    }
}

fn made_by(writer: u16, number: u64, kind: NoticeKind) -> Notice {
    let mut seed = [9; 32];
    seed[..2].copy_from_slice(&writer.to_be_bytes());
    let said = NoticeText {
        kind,
        name: format!("writer {writer}"),
        number,
        written_at: WallTime::from_millis(7),
        lifetime_hours: 24,
        text: format!("{number} of {writer}"),
    };
    Notice::sign(said, &SigningSecret::from_bytes(&seed)).unwrap()
}

fn message(writer: u16, number: u64) -> Notice {
    made_by(writer, number, NoticeKind::Message)
}

fn brought(notice: &[u8], hops: u8) -> CarriedNotice {
    CarriedNotice {
        age_millis: 0,
        hops,
        notice: notice.to_vec().into(),
    }
}

fn bring(notices: &[Notice]) -> CarryFrame {
    let notices = notices.iter().map(|one| brought(one.as_bytes(), 1));
    CarryFrame::Notices(notices.collect())
}

/// The notices in frames, in their order.
fn notices_in(frames: &[CarryFrame]) -> Vec<Notice> {
    let notices = frames.iter().flat_map(|frame| {
        if let CarryFrame::Notices(notices) = frame {
            notices.as_slice()
        } else {
            &[]
        }
    });
    let read = notices.map(|one| SignedNotice::from_bytes(&one.notice).unwrap());
    read.map(|signed| signed.verify().unwrap()).collect()
}

#[test]
fn strangers_in_a_line_hear_each_other_at_once() {
    let mut town = strangers(4);
    for (one, other) in [(ANN, BEN), (BEN, CAT), (CAT, DAN)] {
        town.neighbour(one, other);
    }
    town.post(ANN, NoticeKind::Message, "Water at the school");
    town.post(DAN, NoticeKind::CheckIn, "I am safe");
    for who in [ANN, BEN, CAT, DAN] {
        let mut heard = town.texts_heard(who);
        heard.sort_unstable();
        assert_eq!(heard, ["I am safe", "Water at the school"]);
    }
    let ours = |who: usize| {
        town.heard(who)
            .into_iter()
            .filter(|one| one.is_ours())
            .count()
    };
    assert_eq!([ANN, BEN, CAT, DAN].map(ours), [1, 0, 0, 1]);
    let water = |who: usize| {
        let heard = town.heard(who).into_iter();
        heard
            .clone()
            .find(|one| one.notice.said().kind == NoticeKind::Message)
            .unwrap()
            .hops
    };
    assert_eq!(
        [BEN, CAT, DAN].map(|who| water(who) - water(ANN)),
        [1, 2, 3]
    );
}

#[test]
fn what_is_said_alone_goes_with_whoever_comes_by() {
    let mut town = strangers(3);
    town.post(ANN, NoticeKind::CheckIn, "I am safe");
    town.pass_by(ANN, BEN);
    town.wait(3_600_000);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts_heard(CAT), ["I am safe"]);
    let record = &town.kept(CAT).notices[0];
    let left = record.expires_at.since(record.kept_at);
    assert!(left <= HOUR * 71 && left > HOUR * 71 - HOUR / 6, "{left:?}");
}

#[test]
fn a_notice_begins_with_some_age_that_is_small_so_that_nobody_sees_that_they_are_the_first() {
    let mut town = strangers(2);
    town.neighbour(ANN, BEN);
    (0..20).for_each(|number| town.post(ANN, NoticeKind::Message, &number.to_string()));
    let lefts = town.kept(BEN).notices.iter();
    let lefts = lefts.map(|one| one.expires_at.since(one.kept_at));
    let ages: Vec<Duration> = lefts.map(|left| HOUR * 24 - left).collect();
    assert_eq!(ages.len(), 20);
    assert!(ages.iter().all(|age| *age < HOUR / 6), "{ages:?}");
    assert!(ages.iter().all(|age| !age.is_zero()), "{ages:?}");
}

#[test]
fn nobody_is_told_by_whose_key_a_notice_was_signed() {
    let mut town = strangers(2);
    town.post(ANN, NoticeKind::Message, "hello");
    let keys = |town: &Town| -> Vec<NearbyKey> {
        town.heard(ANN).iter().map(|one| one.notice.key()).collect()
    };
    let key = keys(&town)[0];
    let identity = town.kept(ANN).identity.as_ref().unwrap().expose().to_vec();
    let secret = town
        .kept(ANN)
        .nearby_key
        .as_ref()
        .unwrap()
        .secret
        .expose()
        .to_vec();
    for part in [key.as_bytes().as_slice(), &secret] {
        assert!(!identity.windows(32).any(|window| window == part));
    }
    assert_ne!(town.transport(ANN).as_bytes(), key.as_bytes());
    // The same for all that is said, until it is turned off and on.
    town.restart(ANN);
    town.post(ANN, NoticeKind::CheckIn, "hello");
    assert_eq!(keys(&town), [key, key]);
    let numbers = town
        .heard(ANN)
        .into_iter()
        .map(|one| one.notice.said().number);
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2]);
    for on in [false, true] {
        assert_eq!(town.command(ANN, turn(on)), Ok(Outcome::Done));
    }
    town.post(ANN, NoticeKind::Message, "hello");
    assert_ne!(keys(&town), [key]);
}

#[test]
fn whoever_says_what_they_heard_gets_the_rest_check_ins_first_then_the_newest() {
    let mut town = strangers(2);
    for (number, kind) in [(1, ALL[1]), (2, ALL[0]), (3, ALL[1]), (4, ALL[0])] {
        town.wait(1000);
        town.post(ANN, kind, &number.to_string());
    }
    let stranger = town.stranger(ANN, 1);
    assert_eq!(town.told(stranger).len(), 0);
    let all: Vec<NoticeHint> = town
        .heard(ANN)
        .iter()
        .map(|one| one.notice.hint())
        .collect();
    let mut hints = town.hints(stranger).unwrap();
    hints.sort_unstable();
    let mut sorted = all.clone();
    sorted.sort_unstable();
    assert_eq!(hints, sorted);
    let told = town.tell(stranger, &CarryFrame::Heard(Vec::new()));
    let texts = |told: &[CarryFrame]| -> Vec<String> {
        let notices = notices_in(told).into_iter();
        notices.map(|notice| notice.said().text.clone()).collect()
    };
    assert_eq!(texts(&told), ["4", "2", "3", "1"]);
    let another = town.stranger(ANN, 2);
    let told = town.tell(another, &CarryFrame::Heard(all[1..].to_vec()));
    assert_eq!(texts(&told), ["1"]);
    // Whoever asks too often is told nothing, and whoever does so later is.
    let again = CarryFrame::Heard(Vec::new());
    let all = |town: &mut Town| notices_in(&town.tell(another, &again)).len();
    for _ in 1..WELCOMES_AT_ONCE_MAX {
        assert_eq!(all(&mut town), 4);
    }
    assert_eq!(all(&mut town), 0);
    town.wait(WELCOME_SECONDS * 1000);
    assert_eq!([all(&mut town), all(&mut town)], [4, 0]);
}

#[test]
fn what_is_new_goes_once_to_each_who_wants_it_and_never_back() {
    let mut town = strangers(1);
    let [bringer, other, deaf] = [1, 2, 3].map(|number| town.stranger(ANN, number));
    for stranger in [bringer, other] {
        town.tell(stranger, &CarryFrame::Heard(Vec::new()));
    }
    let said = bring(&[message(1, 1), message(2, 1)]);
    assert_eq!(town.tell(bringer, &said), []);
    assert_eq!(
        notices_in(&town.told(other)),
        [message(1, 1), message(2, 1)]
    );
    assert_eq!(town.told(deaf), []);
    // What comes once more goes nowhere.
    for stranger in [bringer, other, deaf] {
        assert_eq!(town.tell(stranger, &said), []);
    }
    assert_eq!(town.told(bringer).len() + town.told(other).len(), 0);
    assert_eq!(town.heard(ANN).len(), 2);
}

#[test]
fn neighbours_say_anew_what_they_heard() {
    let mut town = strangers(1);
    let stranger = town.stranger(ANN, 1);
    assert_eq!(town.hints(stranger), Some(Vec::new()));
    town.wait(ANEW - 1);
    assert_eq!(town.hints(stranger), None);
    town.post(ANN, NoticeKind::Message, "hello");
    town.wait(1);
    assert_eq!(town.hints(stranger).unwrap().len(), 1);
}

#[test]
fn what_is_forged_or_none_is_not_kept_and_ends_the_link() {
    let mut town = strangers(1);
    town.expect_faults();
    let honest = message(1, 1);
    let mut forged = message(1, 2).as_bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    for (number, bad) in [(1, forged), (2, vec![0x80]), (3, Vec::new())] {
        let stranger = town.stranger(ANN, number);
        let frame = CarryFrame::Notices(vec![brought(&bad, 1), brought(honest.as_bytes(), 1)]);
        assert_eq!(town.tell(stranger, &frame), []);
        assert!(!town.is_heard(stranger));
        assert_eq!(town.faults().len(), 1);
    }
    assert_eq!(town.heard(ANN).len(), 0);
}

#[test]
fn a_newer_notice_is_passed_over_and_the_next_is_taken() {
    let mut town = strangers(1);
    let stranger = town.stranger(ANN, 1);
    let mut newer = message(1, 1).as_bytes().to_vec();
    // The version is the first value in what is signed.
    let at = newer
        .windows(3)
        .position(|part| part == [0xa8, 0, 1])
        .unwrap();
    newer[at + 2] = 2;
    let frame = CarryFrame::Notices(vec![
        brought(&newer, 1),
        brought(message(1, 2).as_bytes(), 1),
    ]);
    town.tell(stranger, &frame);
    assert!(town.is_heard(stranger));
    assert_eq!(town.texts_heard(ANN), ["2 of 1"]);
}

#[test]
fn of_one_key_so_much_is_taken_at_once_and_so_much_an_hour() {
    let mut town = strangers(1);
    let stranger = town.stranger(ANN, 1);
    let mut number = 0;
    let mut say = |town: &mut Town, count: u64| -> usize {
        let mut taken = 0;
        for _ in 0..count {
            number += 1;
            let said = message(1, number);
            town.tell(stranger, &bring(std::slice::from_ref(&said)));
            let notices = &town.kept(ANN).notices;
            taken += usize::from(notices.iter().any(|one| one.notice == said));
        }
        taken
    };
    let (at_once, hourly) = (OF_KEY_AT_ONCE_MAX, OF_KEY_HOURLY_MAX);
    let counted = |count: u64| usize::try_from(count).unwrap();
    assert_eq!(say(&mut town, at_once + 1), counted(at_once));
    town.wait(3_600_000);
    assert_eq!(say(&mut town, hourly + 1), counted(hourly));
    // Others have lost nothing by it.
    town.tell(stranger, &bring(&[message(2, 1)]));
    assert!(town.texts_heard(ANN).contains(&"1 of 2"));
}

#[test]
fn of_one_neighbour_so_much_is_taken_at_once_and_so_much_an_hour() {
    let mut town = strangers(1);
    let stranger = town.stranger(ANN, 1);
    let mut writers = 0_u16..;
    let mut flood = |town: &mut Town, count: u64| {
        let before = town.heard(ANN).len();
        let count = usize::try_from(count).unwrap();
        let made: Vec<Notice> = writers
            .by_ref()
            .take(count)
            .map(|one| message(one, 1))
            .collect();
        for some in made.chunks(NOTICES_MAX) {
            town.tell(stranger, &bring(some));
        }
        u64::try_from(town.heard(ANN).len() - before).unwrap()
    };
    assert_eq!(
        flood(&mut town, OF_NEIGHBOUR_AT_ONCE_MAX + 1),
        OF_NEIGHBOUR_AT_ONCE_MAX
    );
    town.wait(3_600_000);
    assert_eq!(
        flood(&mut town, OF_NEIGHBOUR_HOURLY_MAX + 1),
        OF_NEIGHBOUR_HOURLY_MAX
    );
    let another = town.stranger(ANN, 2);
    town.tell(another, &bring(&[made_by(9999, 1, NoticeKind::CheckIn)]));
    assert!(town.texts_heard(ANN).contains(&"1 of 9999"));
}

#[test]
fn our_person_is_told_when_others_would_take_no_more() {
    let mut town = strangers(1);
    let check_ins = NoticeKind::CheckIn.of_key_max();
    for (kind, most) in [(ALL[1], OWN_MESSAGES_MAX), (ALL[0], check_ins)] {
        for number in 0..most {
            town.post(ANN, kind, &number.to_string());
        }
        let refused = town.command(ANN, post(kind, "one more"));
        assert_eq!(refused, Err(CommandError::TooManyNotices));
        // Nor does it help to start the program anew.
        town.restart(ANN);
        let refused = town.command(ANN, post(kind, "one more"));
        assert_eq!(refused, Err(CommandError::TooManyNotices));
    }
    town.wait(3_600_000);
    for kind in ALL {
        town.post(ANN, kind, "one more");
    }
}

#[test]
fn what_is_no_notice_is_not_said() {
    let mut town = strangers(1);
    let most = "x".repeat(NOTICE_TEXT_BYTES_MAX);
    town.post(ANN, NoticeKind::Message, &most);
    for text in ["", " \n", &format!("{most}x")] {
        let refused = town.command(ANN, post(NoticeKind::Message, text));
        assert_eq!(refused, Err(CommandError::NoticeText));
    }
    let named = |name: &str| Command::Post {
        kind: NoticeKind::Message,
        name: Some(name.to_owned()),
        text: "hello".to_owned(),
    };
    assert_eq!(town.command(ANN, named("a\nb")), Err(CommandError::Name));
    assert!(town.command(ANN, named(" Nobody ")).is_ok());
    let names: Vec<_> = town
        .heard(ANN)
        .iter()
        .map(|one| one.notice.said().name.clone())
        .collect();
    assert_eq!(names.last().unwrap(), "Nobody");
    assert_eq!(town.heard(ANN).len(), 2);
}

#[test]
fn turned_off_nothing_is_kept_passed_on_said_or_asked_for() {
    let mut town = strangers(3);
    town.neighbour(ANN, BEN);
    town.neighbour(BEN, CAT);
    town.post(ANN, NoticeKind::Message, "before");
    assert_eq!(town.texts_heard(BEN), ["before"]);
    assert_eq!(town.command(BEN, turn(false)), Ok(Outcome::Done));
    assert_eq!(town.heard(BEN).len(), 0);
    town.post(ANN, NoticeKind::CheckIn, "meanwhile");
    assert_eq!(
        (town.heard(BEN).len(), town.texts_heard(CAT)),
        (0, vec!["before"])
    );
    let refused = town.command(BEN, post(NoticeKind::CheckIn, "I am safe"));
    assert_eq!(refused, Err(CommandError::NearbyOff));
    let stranger = town.stranger(BEN, 1);
    assert_eq!(town.hints(stranger), None);
    assert_eq!(town.tell(stranger, &CarryFrame::Heard(Vec::new())), []);
    assert_eq!(town.tell(stranger, &bring(&[message(1, 1)])), []);
    assert!(town.is_heard(stranger));
    town.restart(BEN);
    town.carry(BEN);
    assert_eq!(town.heard(BEN).len(), 0);
    // Turned on again, it all comes, and goes on.
    for (one, other) in [(ANN, BEN), (BEN, CAT)] {
        town.part(one, other);
        town.neighbour(one, other);
    }
    assert_eq!(town.command(BEN, turn(true)), Ok(Outcome::Done));
    town.wait(1);
    for who in [BEN, CAT] {
        let mut heard = town.texts_heard(who);
        heard.sort_unstable();
        assert_eq!(heard, ["before", "meanwhile"]);
    }
}

#[test]
fn a_notice_goes_through_so_many_and_no_further() {
    let mut town = strangers(1);
    let [bringer, other] = [1, 2].map(|number| town.stranger(ANN, number));
    town.tell(other, &CarryFrame::Heard(Vec::new()));
    let frame = CarryFrame::Notices(vec![
        brought(message(1, 1).as_bytes(), HOPS_MAX - 1),
        brought(message(2, 1).as_bytes(), HOPS_MAX),
        brought(message(3, 1).as_bytes(), HOPS_MAX + 1),
    ]);
    town.tell(bringer, &frame);
    let mut heard = town.texts_heard(ANN);
    heard.sort_unstable();
    assert_eq!(heard, ["1 of 1", "1 of 2"]);
    let told = town.told(other);
    assert_eq!(notices_in(&told), [message(1, 1)]);
    let CarryFrame::Notices(notices) = &told[0] else {
        panic!("{told:?}");
    };
    assert_eq!(notices[0].hops, HOPS_MAX);
}

#[test]
fn what_is_over_is_over_everywhere_and_does_not_come_back() {
    let mut town = strangers(2);
    town.post(ANN, NoticeKind::Message, "hello");
    town.pass_by(ANN, BEN);
    let kept = town.kept(BEN).notices[0].clone();
    let (notice, left) = (kept.notice, kept.expires_at.since(kept.kept_at));
    town.wait(millis(left) - 1);
    assert_eq!((town.heard(ANN).len(), town.heard(BEN).len()), (1, 1));
    town.wait(1);
    assert_eq!((town.heard(ANN).len(), town.heard(BEN).len()), (0, 0));
    for restarted in [false, true] {
        if restarted {
            town.restart(BEN);
            town.carry(BEN);
        }
        let stranger = town.stranger(BEN, 1);
        town.tell(stranger, &bring(std::slice::from_ref(&notice)));
        assert_eq!(town.heard(BEN).len(), 0);
    }
}

#[test]
fn what_a_neighbour_says_is_old_is_over_the_sooner() {
    let mut town = strangers(1);
    let stranger = town.stranger(ANN, 1);
    let of = |notice: &Notice, age_millis| {
        CarryFrame::Notices(vec![CarriedNotice {
            age_millis,
            ..brought(notice.as_bytes(), 1)
        }])
    };
    let day = 24 * 3_600_000;
    town.tell(stranger, &of(&message(1, 1), day));
    town.tell(stranger, &of(&message(2, 1), u64::MAX));
    assert_eq!(town.heard(ANN).len(), 0);
    town.tell(stranger, &of(&message(3, 1), day - 1));
    assert_eq!(town.heard(ANN).len(), 1);
    town.wait(1);
    assert_eq!(town.heard(ANN).len(), 0);
}

#[test]
fn what_was_heard_is_there_after_a_restart_and_goes_on() {
    let mut town = strangers(3);
    town.post(ANN, NoticeKind::CheckIn, "I am safe");
    town.pass_by(ANN, BEN);
    town.wait(3_600_000);
    town.restart(BEN);
    town.carry(BEN);
    let before = town.kept(BEN).notices.clone();
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts_heard(CAT), ["I am safe"]);
    assert_eq!(town.kept(BEN).notices, before);
    town.pass_by(ANN, BEN);
    assert_eq!(town.kept(BEN).notices, before);
}
