//! What is looked at of the table of who is where, in which contacts who lost each other find each other.

use super::network::Node;
use super::subject::Subject;
use super::{advised, count, finding, well};
use crate::api::{Check, Said, Span};
use crate::builder::Mode;
use crate::net::Table;

/// The table as this node knows it, looked at `now`. Contacts reach each other without, so nothing is the matter if it is
/// empty.
pub(super) fn dht(node: Node, table: Option<&Table>, now: tokio::time::Instant) -> Check {
    const SUBJECT: Subject = Subject::Dht;
    let Some(table) = table else {
        let hint = node.idle().unwrap_or_else(|| {
            finding::for_finding_contacts().and(if node.mode == Mode::Lan {
                finding::run_without("--mode lan", "network.mode auto")
            } else {
                finding::run_without("--no-dht", "network.dht on")
            })
        });
        return advised(SUBJECT, finding::looked_for_nowhere(), hint);
    };
    let serves = match table.own.first() {
        Some(own) if table.serves => finding::helps_others_find(own),
        Some(_) | None => Said::default(),
    };
    if table.nodes == 0 {
        let found = finding::looked_for_nowhere_yet().and(serves);
        return advised(SUBJECT, found, finding::give_bootstrap());
    }
    let said = match table.said {
        0 => finding::said_nowhere(),
        devices => finding::said_for(count(devices)),
    };
    let found = table
        .found
        .map(|at| finding::somebody_found(Span(now.saturating_duration_since(at))));
    let through = finding::looked_for_through(count(table.nodes));
    well(SUBJECT, through.and(said).and(found.into()).and(serves))
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const NODE: Node = Node {
        runs: true,
        is_told_where: false,
        is_mailbox: false,
        mode: Mode::Auto,
        is_offline: false,
    };

    fn looked(table: &Table) -> Check {
        dht(NODE, Some(table), Instant::now())
    }

    #[test]
    fn without_a_table_it_says_what_would_give_one() {
        let check = |node| dht(node, None, Instant::now());
        assert!(check(NODE).hint.contains("--no-dht"));
        let offline = Node {
            is_offline: true,
            ..NODE
        };
        assert!(check(offline).hint.contains("--mode offline"));
        let near = Node {
            mode: Mode::Lan,
            ..NODE
        };
        assert!(check(near).hint.contains("--mode lan"));
        let off = Node {
            runs: false,
            ..NODE
        };
        assert_eq!(check(off).hint, finding::start_node().english());
        let empty = looked(&Table::default());
        assert!(empty.ok && empty.hint.contains("--bootstrap"), "{empty:?}");
        let first = looked(&Table {
            serves: true,
            own: vec!["/ip4/45.0.0.1/tcp/1/p2p/x".to_owned()],
            ..Table::default()
        });
        assert!(first.detail.contains("helps others"), "{first:?}");
    }

    #[test]
    fn it_says_who_is_known_whether_we_serve_and_when_somebody_was_found() {
        let table = Table {
            nodes: 7,
            said: 2,
            ..Table::default()
        };
        let check = looked(&table);
        assert!(check.ok && check.hint.is_empty());
        assert!(check.detail.contains("7 nodes") && check.detail.contains("2 devices"));
        assert!(!check.detail.contains("found") && !check.detail.contains("helps"));
        let serving = Table {
            serves: true,
            own: vec!["/ip4/45.0.0.1/tcp/1/p2p/x".to_owned()],
            found: Some(Instant::now()),
            said: 0,
            ..table
        };
        let check = looked(&serving);
        assert!(
            check
                .detail
                .contains("--bootstrap /ip4/45.0.0.1/tcp/1/p2p/x")
        );
        assert!(check.detail.contains("less than a minute ago"), "{check:?}");
        assert!(check.detail.contains("Nothing is said"), "{check:?}");
    }
}
