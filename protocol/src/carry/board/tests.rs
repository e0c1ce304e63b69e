use proptest::prelude::*;

use super::*;
use crate::carry::HEARD_MAX;
use crate::carry::notice::NoticeText;
use crate::identity::SigningSecret;
use crate::rng::Rng;
use crate::time::WallTime;

const HOUR: Duration = Duration::from_hours(1);
const KINDS: [NoticeKind; 2] = NoticeKind::ALL;

fn key(seed: u16) -> SigningSecret {
    let mut bytes = [7; 32];
    bytes[..2].copy_from_slice(&seed.to_be_bytes());
    SigningSecret::generate(&mut Rng::from_seed(&bytes))
}

fn notice(kind: NoticeKind, writer: u16, number: u64) -> Notice {
    let said = NoticeText {
        kind,
        name: "Ann".to_owned(),
        number,
        written_at: WallTime::from_millis(number),
        lifetime_hours: 24,
        text: "x".to_owned(),
    };
    Notice::sign(said, &key(writer)).unwrap()
}

fn at(millis: u64) -> CarryTime {
    CarryTime::from_millis(millis)
}

fn record(notice: Notice, by: u8, millis: u64) -> NoticeRecord {
    NoticeRecord {
        notice,
        kept_at: at(millis),
        expires_at: at(millis) + HOUR * 24,
        hops: 1,
        depositor: Depositor::new([by; 8]),
        received_at: WallTime::from_millis(millis),
    }
}

fn taken(board: &mut Board, notice: Notice, by: u8, millis: u64) -> Result<Posted, Ignored> {
    board.check(&notice, Duration::ZERO, 1)?;
    Ok(board.put(record(notice, by, millis), at(millis)))
}

fn numbers_of(board: &Board, writer: u16) -> Vec<u64> {
    let key = NearbyKey::new(*key(writer).public().as_bytes());
    let mut numbers: Vec<u64> = board
        .iter()
        .filter(|one| one.notice.key() == key)
        .map(|one| one.notice.said().number)
        .collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn of_one_key_as_much_as_may_be_is_kept_and_one_more_drops_the_first() {
    for (kind, most) in [
        (NoticeKind::Message, MESSAGES_OF_KEY_MAX),
        (NoticeKind::CheckIn, CHECK_INS_OF_KEY_MAX),
    ] {
        let most = u64::try_from(most).unwrap();
        let mut board = Board::default();
        for number in 2..most + 2 {
            let posted = taken(&mut board, notice(kind, 1, number), 1, number).unwrap();
            assert_eq!(posted, Posted::default());
        }
        // What is older than all of it does not drive out anything.
        let late = taken(&mut board, notice(kind, 1, 1), 1, 0);
        assert_eq!(late, Err(Ignored::Passed));
        let posted = taken(&mut board, notice(kind, 1, most + 2), 1, 99).unwrap();
        assert_eq!(posted.dropped, [notice(kind, 1, 2).id()]);
        assert_eq!(posted.passed[0].number, 2);
        assert_eq!(numbers_of(&board, 1), (3..=most + 2).collect::<Vec<_>>());
        let again = taken(&mut board, notice(kind, 1, 2), 1, 100);
        assert_eq!(again, Err(Ignored::Passed));
    }
}

#[test]
fn one_kind_never_takes_the_room_of_the_other() {
    let most = u16::try_from(OF_KIND_MAX).unwrap();
    for kind in KINDS {
        let other = KINDS.into_iter().find(|other| *other != kind).unwrap();
        let mut board = Board::default();
        taken(&mut board, notice(other, 0, 1), 1, 0).unwrap();
        for writer in 1..=most {
            let millis = u64::from(writer);
            let posted = taken(&mut board, notice(kind, writer, 1), 1, millis).unwrap();
            assert_eq!(posted, Posted::default());
        }
        assert_eq!(board.hints().len(), OF_KIND_MAX + 1);
        let posted = taken(&mut board, notice(kind, most + 1, 1), 1, 5000).unwrap();
        assert_eq!(posted.dropped, [notice(kind, 1, 1).id()]);
        assert_eq!(numbers_of(&board, 0), [1]);
    }
    const {
        assert!(
            2 * OF_KIND_MAX <= HEARD_MAX,
            "all of it is told in one frame"
        )
    };
}

#[test]
fn whoever_brings_most_loses_first_whatever_keys_they_make_up() {
    let (honest, greedy) = (1, 2);
    let mut board = Board::default();
    for writer in 0..20 {
        taken(
            &mut board,
            notice(NoticeKind::Message, writer, 1),
            honest,
            1,
        )
        .unwrap();
    }
    let ours = notice(NoticeKind::Message, 20, 1);
    board.put(record(ours, 0, 1), at(1));
    for writer in 1000..1000 + u16::try_from(OF_KIND_MAX).unwrap() + 100 {
        let made_up = notice(NoticeKind::Message, writer, 1);
        let posted = taken(&mut board, made_up, greedy, 100).unwrap();
        for id in posted.dropped {
            assert!((0..=20).all(|writer| notice(NoticeKind::Message, writer, 1).id() != id));
        }
    }
    for writer in 0..=20 {
        assert_eq!(numbers_of(&board, writer), [1]);
    }
    assert_eq!(board.iter().count(), OF_KIND_MAX);
}

#[test]
fn what_is_over_goes_and_does_not_come_back() {
    let mut board = Board::default();
    let first = notice(NoticeKind::Message, 1, 4);
    taken(&mut board, first.clone(), 1, 0).unwrap();
    let end = at(0) + HOUR * 24;
    assert_eq!(board.next_at(), Some(end));
    let before = at(end.as_millis() - 1);
    assert_eq!(board.expire(before), Posted::default());
    let over = board.expire(end);
    assert_eq!(over.dropped, [first.id()]);
    assert_eq!(board.check(&first, Duration::ZERO, 1), Err(Ignored::Passed));
    let earlier = notice(NoticeKind::Message, 1, 3);
    assert_eq!(
        board.check(&earlier, Duration::ZERO, 1),
        Err(Ignored::Passed)
    );
    // The other kind has numbers of its own to be over, and later ones are news.
    let other = notice(NoticeKind::CheckIn, 1, 3);
    assert_eq!(board.check(&other, Duration::ZERO, 1), Ok(()));
    let later = notice(NoticeKind::Message, 1, 5);
    assert_eq!(board.check(&later, Duration::ZERO, 1), Ok(()));
    let again = Board::restore([], over.passed);
    assert_eq!(again.check(&first, Duration::ZERO, 1), Err(Ignored::Passed));
}

#[test]
fn what_is_here_or_came_too_far_or_lived_too_long_is_not_taken() {
    let mut board = Board::default();
    let one = notice(NoticeKind::Message, 1, 1);
    let life = HOUR * 24;
    assert_eq!(board.check(&one, Duration::ZERO, HOPS_MAX), Ok(()));
    let far = board.check(&one, Duration::ZERO, HOPS_MAX + 1);
    assert_eq!(far, Err(Ignored::Far));
    let millisecond = Duration::from_millis(1);
    assert_eq!(board.check(&one, life - millisecond, 1), Ok(()));
    assert_eq!(board.check(&one, life, 1), Err(Ignored::Passed));
    taken(&mut board, one.clone(), 1, 0).unwrap();
    assert_eq!(board.check(&one, Duration::ZERO, 1), Err(Ignored::Held));
    // Nor is another thing said under the same number.
    let said = NoticeText {
        text: "another".to_owned(),
        ..one.said().clone()
    };
    let other = Notice::sign(said, &key(1)).unwrap();
    assert_ne!(other.id(), one.id());
    assert_eq!(board.check(&other, Duration::ZERO, 1), Err(Ignored::Held));
}

#[test]
fn no_more_is_remembered_of_what_is_over_than_may_be() {
    let mut board = Board::default();
    let passed = |n: usize| {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&n.to_be_bytes());
        PassedRecord {
            key: NearbyKey::new(key),
            kind: NoticeKind::Message,
            number: 1,
            at: at(u64::try_from(n).unwrap()),
        }
    };
    for n in 0..PASSED_MAX {
        assert_eq!(board.remember(passed(n)), None);
    }
    // What is heard of again is remembered for longer.
    let anew = PassedRecord {
        at: at(u64::MAX),
        ..passed(0)
    };
    assert_eq!(board.remember(anew), None);
    let forgotten = board.remember(passed(PASSED_MAX));
    assert_eq!(forgotten, Some((passed(1).key, NoticeKind::Message)));
    assert_eq!(board.passed.len(), PASSED_MAX);
    assert_eq!(board.since.len(), PASSED_MAX);
}

/// What may happen to a board.
#[derive(Debug, Clone)]
enum Happening {
    Brought {
        kind: usize,
        writer: u16,
        number: u64,
        by: u8,
    },
    Waited(u64),
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let brought = (0_usize..2, 0_u16..3, 1_u64..60, 0_u8..3);
    prop_oneof![
        9 => brought.prop_map(|(kind, writer, number, by)| Happening::Brought {
            kind,
            writer,
            number,
            by
        }),
        1 => (0_u64..30).prop_map(Happening::Waited),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_comes_shares_are_kept_and_nothing_comes_back(
        happenings in prop::collection::vec(any_happening(), 0..150),
    ) {
        let (mut board, mut now) = (Board::default(), at(0));
        let mut gone: BTreeSet<NoticeId> = BTreeSet::new();
        for happening in happenings {
            let posted = match happening {
                Happening::Waited(hours) => {
                    now = now + HOUR * u32::try_from(hours).unwrap();
                    board.expire(now)
                }
                Happening::Brought { kind, writer, number, by } => {
                    let notice = notice(KINDS[kind], writer, number);
                    if board.check(&notice, Duration::ZERO, 1).is_err() {
                        continue;
                    }
                    prop_assert!(!gone.contains(&notice.id()));
                    board.put(record(notice, by, now.as_millis()), now)
                }
            };
            gone.extend(posted.dropped);
            for of_key in board.numbers.iter() {
                let ((kind, _), numbers) = of_key;
                prop_assert!(!numbers.is_empty() && numbers.len() <= kind.of_key_max());
            }
            let again = Board::restore(board.iter().cloned(), board.passed.values().copied());
            prop_assert_eq!(again.hints(), board.hints());
            prop_assert_eq!(&again.numbers, &board.numbers);
            prop_assert_eq!(&again.lives, &board.lives);
            prop_assert_eq!(&again.since, &board.since);
        }
    }
}
