//! A made-up node, and what is written of it.

use std::collections::BTreeSet;

use tidings_protocol::carry::Used;
use tidings_protocol::engine::Queue;

use super::*;

/// A node of which everything is measured.
fn made() -> Reading {
    let counted = Meters::running();
    counted.input();
    counted.dialled();
    counted.connected(Path::Direct, true);
    counted.committed(None, 7, true);
    counted.queried(Query::Seek);
    counted.query_failed(Query::Seek);
    counted.queried(Query::Provide);
    counted.found();
    counted.requested(true);
    counted.requested(false);
    counted.beacon_sent(true);
    counted.beacon_sent(false);
    counted.beacon_heard();
    counted.port_asked(Granting::Inside);
    let used = Used {
        envelopes: 3,
        bytes: 4_096,
    };
    Reading {
        mode: "auto",
        is_mailbox: true,
        uptime: Duration::from_millis(1_500),
        counted,
        connections: vec![Path::Lan, Path::Relayed, Path::Lan],
        sessions: PeerCounts {
            lan: 2,
            direct: 0,
            relayed: 1,
        },
        listening: 4,
        reachability: Reachability {
            public: vec!["/ip4/45.0.0.1/tcp/1".to_owned()],
            router: Router::Inside([192, 168, 7, 1].into()),
            ..Reachability::default()
        },
        table: Some(Table {
            nodes: 12,
            serves: true,
            own: vec!["/ip4/45.0.0.1/tcp/1/p2p/canary".to_owned()],
            ..Table::default()
        }),
        announced: 3,
        outbox: Outbox {
            queued: 5,
            carried: 2,
        },
        carrying: CarryReport {
            quotas: Some(Quotas::FRIENDLY),
            tiers: [(Tier::Friend, used)].into(),
            ..CarryReport::default()
        },
        fills: vec![Fill {
            queue: Queue::InFlight,
            held: 10,
            most: 99,
        }],
        backlog_bytes: 77,
        links: 6,
        orders: 8,
        jobs: (1, 9),
        memory_bytes: Some(1 << 20),
    }
}

#[test]
fn what_is_measured_is_written_down() {
    let written = made().write().unwrap();
    for line in [
        "# TYPE tidings_build info",
        "# TYPE tidings_connections gauge",
        "tidings_uptime_seconds 1.5",
        "tidings_mailbox 1",
        "tidings_resident_memory_bytes 1048576",
        "tidings_connections{path=\"lan\"} 2",
        "tidings_connections{path=\"direct\"} 0",
        "tidings_connections{path=\"relayed\"} 1",
        "tidings_sessions{path=\"relayed\"} 1",
        "tidings_listen_addresses 4",
        "tidings_reachable 1",
        "tidings_outbox_messages{state=\"queued\"} 5",
        "tidings_outbox_messages{state=\"carried\"} 2",
        "tidings_carried_envelopes{tier=\"friend\"} 3",
        "tidings_carried_bytes{tier=\"friend\"} 4096",
        "tidings_carried_bytes{tier=\"own\"} 0",
        "tidings_queue_held{queue=\"in_flight\"} 10",
        "tidings_queue_most{queue=\"in_flight\"} 99",
        "tidings_backlog_bytes 77",
        "tidings_links 6",
        "tidings_orders_waiting 8",
        "tidings_store_jobs_waiting{kind=\"read\"} 9",
        "tidings_engine_steps_total 1",
        "tidings_frame_bytes_total{direction=\"in\"} 0",
        "tidings_store_commit_seconds_count 1",
        "tidings_store_commit_seconds_bucket{le=\"+Inf\"} 1",
        "tidings_store_changes_total 7",
        "tidings_dials_total 1",
        "tidings_connections_out_total{path=\"direct\"} 1",
        "tidings_relay_places_lent 0",
        "tidings_devices_announced 3",
        "tidings_router{state=\"inside\"} 1",
        "tidings_router{state=\"maps\"} 0",
        "tidings_table_nodes 12",
        "tidings_table_serving 1",
        "tidings_table_queries_total{kind=\"seek\"} 1",
        "tidings_table_queries_total{kind=\"refresh\"} 0",
        "tidings_table_queries_failed_total{kind=\"seek\"} 1",
        "tidings_table_queries_failed_total{kind=\"provide\"} 0",
        "tidings_table_found_total 1",
        "tidings_table_requests_total{outcome=\"answered\"} 1",
        "tidings_table_requests_total{outcome=\"refused\"} 1",
        "tidings_beacons_total{outcome=\"sent\"} 1",
        "tidings_beacons_total{outcome=\"failed\"} 1",
        "tidings_beacons_heard_total 1",
        "tidings_port_mappings_total{outcome=\"inside\"} 1",
        "tidings_port_mappings_total{outcome=\"granted\"} 0",
    ] {
        assert!(written.lines().any(|one| one == line), "{line}\n{written}");
    }
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("tidings_build_info{{version=\"{version}\",os=");
    assert!(
        written.lines().any(|line| line.starts_with(&build)),
        "{written}"
    );
    assert!(written.ends_with("# EOF\n"));
}

#[test]
fn every_line_is_what_openmetrics_has_and_each_name_is_described_once() {
    let written = made().write().unwrap();
    let mut described = Vec::new();
    for line in written.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            described.push(rest.split(' ').next().unwrap());
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let family = described.last().unwrap();
            assert!(name.starts_with(family), "{line} is not of {family}");
        }
    }
    let all = described.len();
    described.sort_unstable();
    described.dedup();
    assert_eq!(described.len(), all);
    assert!(all > 30, "{all}");
}

#[test]
fn what_the_document_lists_is_what_is_written() {
    let document = include_str!("../../../../docs/METRICS.md");
    let spans = document.split('`').skip(1).step_by(2);
    let listed: BTreeSet<&str> = spans.filter(|span| span.starts_with("tidings_")).collect();
    let written = made().write().unwrap();
    let types = written
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let names = types.map(|line| {
        let (name, kind) = line.split_once(' ').unwrap();
        match kind {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.to_owned(),
        }
    });
    let names: BTreeSet<String> = names.collect();
    let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(listed, names);
}

#[test]
fn no_address_that_is_known_is_written_down() {
    let written = made().write().unwrap();
    for known in ["45.0.0.1", "192.168.7.1", "canary"] {
        assert!(!written.contains(known), "{known}\n{written}");
    }
}

#[test]
fn a_node_that_counts_nothing_and_carries_nothing_says_what_it_knows() {
    let reading = Reading {
        counted: Meters::default(),
        carrying: CarryReport::default(),
        memory_bytes: None,
        table: None,
        ..made()
    };
    let written = reading.write().unwrap();
    assert!(written.contains("tidings_links 6\n"));
    for none in ["dials", "resident_memory", "carried_most", "table_"] {
        assert!(!written.contains(none), "{none}");
    }
}
