//! A room of the scenes in which much was done between what was written.

use tidings_node::OperationId;
use tidings_node::api::{Deed, DeedKind, Role, Whom};

use super::world::{NOW, author, message, name};
use crate::chat::Item;
use crate::output::sample;

const MINUTE: u64 = 60 * 1_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What stands in it.
pub(super) fn items() -> Vec<Item> {
    let (member, admin) = (Role::Member, Role::Admin);
    let title = "동네 소식을 나누는 모임";
    let wrote = |number, letter, ago, body| Item::from(message(number, letter, ago, body));
    vec![
        did(1, 'h', 3 * DAY, created("Street")),
        did(2, 'h', 3 * DAY - MINUTE, added('a', member)),
        did(3, 'h', 3 * DAY - MINUTE, added('c', member)),
        wrote(90, 'h', 2 * DAY, "Hello, neighbours"),
        did(4, 'h', DAY + HOUR, role('a', admin)),
        did(5, 'a', DAY, renamed(title)),
        wrote(91, 'a', DAY - MINUTE, "Now it says what it is"),
        did(6, 'a', 2 * HOUR, added('b', member)),
        did(7, 'a', HOUR, disappearing(86_400)),
        wrote(92, 'b', HOUR - MINUTE, "Thanks"),
        wrote(93, 'b', HOUR - MINUTE, "Who brings the ladder?"),
        did(8, 'h', 4 * MINUTE, DeedKind::Removed { whom: whom('c') }),
        did(9, 'a', 3 * MINUTE, role('b', admin)),
        did(10, 'b', 2 * MINUTE, DeedKind::Left),
    ]
}

/// A deed of a number, of somebody, so long before now.
fn did(number: u8, letter: char, ago: u64, what: DeedKind) -> Item {
    let deed = Deed {
        id: OperationId::new([number; 32]),
        conversation: sample::id('k'),
        by: author(letter),
        mine: letter == 'a',
        at: NOW - ago,
        before: None,
        what,
    };
    Item::from(deed)
}

fn whom(letter: char) -> Whom {
    Whom {
        person: sample::id(letter),
        name: name(letter).to_owned(),
        mine: letter == 'a',
    }
}

fn created(title: &str) -> DeedKind {
    let title = title.to_owned();
    DeedKind::Created { title }
}

fn added(letter: char, role: Role) -> DeedKind {
    let whom = whom(letter);
    DeedKind::Added { whom, role }
}

fn role(letter: char, role: Role) -> DeedKind {
    let whom = whom(letter);
    DeedKind::Role { whom, role }
}

fn renamed(title: &str) -> DeedKind {
    let title = title.to_owned();
    DeedKind::Renamed { title }
}

fn disappearing(seconds: u32) -> DeedKind {
    let seconds = Some(seconds);
    DeedKind::Disappearing { seconds }
}
