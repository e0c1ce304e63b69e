use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use super::fake::{Igd, KIND, MAPPING, RELEASE, described, done, held, kind, outside, refused};
use super::*;
use crate::net::mapping::fake::LOOPBACK;

const fn way() -> Way {
    Way {
        known: None,
        wish: None,
        is_aloud: false,
    }
}

/// What a gateway with these answers grants.
async fn ask_one(
    answers: impl Fn(&str, &str) -> fake::Answer + Send + 'static,
) -> (Igd, Result<Grant, Failure>) {
    let igd = Igd::new(answers).await;
    let asked = ask(igd.want(), way()).await;
    (igd, asked)
}

fn service(grant: &Grant) -> Service {
    match &grant.spoken {
        Spoken::Upnp(service) => service.clone(),
        other @ (Spoken::Pcp(_) | Spoken::NatPmp) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_granted_is_asked_for_again_without_a_search_and_given_back() {
    let (mut igd, asked) = ask_one(|name, _| kind(name)).await;
    let grant = asked.unwrap();
    assert_eq!(grant.external, ([45, 0, 2, 1], 4001).into());
    assert_eq!(grant.lifetime, LIFETIME);
    assert_eq!(igd.all_asked(), [&["description"][..], &MAPPING].concat());
    let known = Way {
        known: Some(service(&grant)),
        wish: Some(4009),
        ..way()
    };
    let again = ask(igd.want(), known).await.unwrap();
    assert_eq!(again.external.port(), 4009, "as it was granted");
    for name in &MAPPING[..2] {
        assert_eq!(igd.asked().await.0, *name);
    }
    let (name, request) = igd.asked().await;
    assert_eq!(name, "AddPortMapping");
    for said in [
        "<NewExternalPort>4009</NewExternalPort>",
        "<NewInternalPort>4001</NewInternalPort>",
        "<NewInternalClient>127.0.0.1</NewInternalClient>",
        "<NewLeaseDuration>3600</NewLeaseDuration>",
    ] {
        assert!(request.contains(said), "{request}");
    }
    assert!(request.contains("\r\nSOAPAction: \"urn:"), "{request}");
    assert!(release(igd.want().port, &service(&grant), 4009).await);
    assert_eq!(igd.asked().await.0, RELEASE[0]);
    let (name, request) = igd.asked().await;
    assert_eq!(name, "DeletePortMapping");
    assert!(request.contains("<NewExternalPort>4009</NewExternalPort>"));
}

#[tokio::test]
async fn a_gateway_that_maps_nothing_for_a_time_maps_it_until_it_is_given_back() {
    for code in [402, 501, 725] {
        let (mut igd, asked) = ask_one(move |name, request| {
            let is_for_ever = request.contains("<NewLeaseDuration>0</NewLeaseDuration>");
            if name == "AddPortMapping" && !is_for_ever {
                return refused(code);
            }
            kind(name)
        })
        .await;
        assert_eq!(asked.unwrap().lifetime, LIFETIME, "{code}");
        assert_eq!(igd.all_asked()[3..], ["AddPortMapping", "AddPortMapping"]);
    }
}

#[tokio::test]
async fn a_port_that_somebody_has_stays_theirs() {
    let is_first = |request: &str| request.contains("<NewExternalPort>4001</NewExternalPort>");
    // It says so when it is asked for it, or already who has it.
    for code in [718, 729] {
        let (_, asked) = ask_one(move |name, request| match name {
            "AddPortMapping" if is_first(request) => refused(code),
            _ => kind(name),
        })
        .await;
        assert!(asked.unwrap().external.port() >= OTHER_PORTS);
    }
    for (client, port) in [("192.168.1.9", "4001"), ("127.0.0.1", "9")] {
        let (mut igd, asked) = ask_one(move |name, request| match name {
            "GetSpecificPortMappingEntry" if is_first(request) => held(client, port),
            _ => kind(name),
        })
        .await;
        let grant = asked.unwrap();
        assert!(grant.external.port() >= OTHER_PORTS);
        igd.all_asked();
        assert!(!release(igd.want().port, &service(&grant), 4001).await);
        assert_eq!(igd.all_asked(), RELEASE[..1]);
    }
}

#[tokio::test]
async fn a_port_that_is_ours_already_is_granted_though_it_is_not_mapped_again() {
    let (_, asked) = ask_one(|name, _| match name {
        "GetSpecificPortMappingEntry" => held("127.0.0.1", "4001"),
        "AddPortMapping" => refused(718),
        _ => kind(name),
    })
    .await;
    assert_eq!(asked.unwrap().external.port(), 4001);
}

#[test]
fn the_ports_outside_are_the_same_each_time() {
    let first = ports(4001, None);
    assert_eq!(first, ports(4001, None));
    assert_eq!((first.len(), first[0]), (PORTS_MAX, 4001));
    let wished = ports(4001, Some(first[2]));
    assert_eq!(wished, [first[2], first[0], first[1], first[3]]);
    assert!(first[1..].iter().all(|port| *port >= OTHER_PORTS));
}

#[tokio::test]
async fn of_ports_outside_as_many_are_tried_as_may_be_and_not_one_more() {
    for (taken, is_granted) in [(PORTS_MAX - 1, true), (PORTS_MAX, false)] {
        let tries = Arc::new(AtomicU16::new(0));
        let count = Arc::clone(&tries);
        let (_, asked) = ask_one(move |name, _| {
            let is_taken = name == "AddPortMapping"
                && usize::from(count.fetch_add(1, Ordering::Relaxed)) < taken;
            if is_taken { refused(718) } else { kind(name) }
        })
        .await;
        assert_eq!(asked.is_ok(), is_granted);
        let tries = usize::from(tries.load(Ordering::Relaxed));
        assert_eq!(tries, PORTS_MAX);
    }
}

#[tokio::test]
async fn a_router_inside_another_network_is_asked_for_no_port() {
    for inside in ["100.64.0.9", "192.168.7.7", "fe80::1"] {
        let (mut igd, asked) = ask_one(move |_, _| outside(inside)).await;
        let expected = inside.parse().unwrap();
        assert_eq!(asked, Err(Failure::Inside(expected)));
        let steps = ["description", "GetExternalIPAddress"];
        assert_eq!(igd.all_asked(), steps);
    }
}

#[tokio::test]
async fn a_router_that_is_not_connected_is_not_inside_another_network() {
    for nowhere in ["0.0.0.0", ""] {
        let (_, asked) = ask_one(move |_, _| outside(nowhere)).await;
        assert_eq!(asked, Err(Failure::Unconnected));
    }
}

#[tokio::test]
async fn what_a_gateway_refuses_is_known_by_its_code() {
    let (_, asked) = ask_one(|_, _| refused(606)).await;
    assert_eq!(asked, Err(Failure::Refused { code: 606 }));
    let (_, asked) = ask_one(|_, _| (503, "not XML".to_owned())).await;
    assert_eq!(asked, Err(Failure::Refused { code: 503 }));
    // Pages for people, and what it says of something else.
    for page in [(200, "<html>Log in".to_owned()), done("Other", &[])] {
        let (_, asked) = ask_one(move |_, _| page.clone()).await;
        assert_eq!(asked, Err(Failure::Silent));
    }
}

#[tokio::test]
async fn a_gateway_that_moved_is_found_again() {
    let (first, asked) = ask_one(|name, _| kind(name)).await;
    let mut gone = service(&asked.unwrap());
    drop(first);
    // Bound, and not listened on: nobody else gets it.
    let closed = tokio::net::TcpSocket::new_v4().unwrap();
    closed.bind((LOOPBACK, 0).into()).unwrap();
    gone.place.at = closed.local_addr().unwrap();
    let second = Igd::kind().await;
    let known = Way {
        known: Some(gone),
        ..way()
    };
    assert!(ask(second.want(), known).await.is_ok());
}

#[tokio::test]
async fn of_two_ways_to_the_internet_the_one_that_is_up_is_taken() {
    let kinds = [
        ("urn:schemas-upnp-org:service:WANPPPConnection:1", "/ppp"),
        (KIND, "/ip"),
    ];
    let igd = Igd::describing(described(&kinds), |name, request| {
        if request.starts_with("POST /ppp ") {
            return outside("0.0.0.0");
        }
        kind(name)
    })
    .await;
    assert!(ask(igd.want(), way()).await.is_ok());
    let inside = Igd::describing(described(&kinds), |_, request| {
        if request.starts_with("POST /ppp ") {
            return outside("100.64.0.9");
        }
        refused(501)
    })
    .await;
    let asked = ask(inside.want(), way()).await;
    assert_eq!(asked, Err(Failure::Inside([100, 64, 0, 9].into())));
}
