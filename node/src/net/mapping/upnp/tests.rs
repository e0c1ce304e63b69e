use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::net::TcpListener;

use super::fake::{Igd, KIND, described, kind, outside, refused};
use super::*;
use crate::net::mapping::fake::LOOPBACK;

const RANDOM: &[u8] = b"twelve bytes";

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
    let asked = ask(igd.want(), way(), RANDOM).await;
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
    let steps = ["description", "GetExternalIPAddress", "AddPortMapping"];
    assert_eq!(igd.all_asked(), steps);
    let known = Way {
        known: Some(service(&grant)),
        wish: Some(4009),
        ..way()
    };
    let again = ask(igd.want(), known, RANDOM).await.unwrap();
    assert_eq!(again.external.port(), 4009, "as it was granted");
    assert_eq!(igd.asked().await.0, "GetExternalIPAddress");
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
    assert!(release(igd.want(), &service(&grant), 4009).await);
    let (name, request) = igd.asked().await;
    assert_eq!(name, "DeletePortMapping");
    assert!(request.contains("<NewExternalPort>4009</NewExternalPort>"));
}

#[tokio::test]
async fn a_gateway_that_maps_nothing_for_a_time_maps_it_until_it_is_given_back() {
    for code in [402, 725] {
        let (mut igd, asked) = ask_one(move |name, request| {
            let is_for_ever = request.contains("<NewLeaseDuration>0</NewLeaseDuration>");
            if name == "AddPortMapping" && !is_for_ever {
                return refused(code);
            }
            kind(name)
        })
        .await;
        assert_eq!(asked.unwrap().lifetime, LIFETIME, "{code}");
        assert_eq!(igd.all_asked()[2..], ["AddPortMapping", "AddPortMapping"]);
    }
}

#[tokio::test]
async fn a_port_that_somebody_has_stays_theirs() {
    let taken = "<NewExternalPort>4001</NewExternalPort>";
    let (_, asked) = ask_one(move |name, request| {
        if request.contains(taken) {
            return refused(718);
        }
        kind(name)
    })
    .await;
    let port = asked.unwrap().external.port();
    assert_eq!(port, u16::from_be_bytes(*b"tw") | OTHER_PORTS);
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
    for inside in ["100.64.0.9", "192.168.7.7", "0.0.0.0", "fe80::1"] {
        let (mut igd, asked) = ask_one(move |_, _| outside(inside)).await;
        let expected = inside.parse().unwrap();
        assert_eq!(asked, Err(Failure::Inside(expected)));
        let steps = ["description", "GetExternalIPAddress"];
        assert_eq!(igd.all_asked(), steps);
    }
}

#[tokio::test]
async fn what_a_gateway_refuses_is_known_by_its_code() {
    let (_, asked) = ask_one(|_, _| refused(606)).await;
    assert_eq!(asked, Err(Failure::Refused { code: 606 }));
    let (_, asked) = ask_one(|_, _| (503, "not XML".to_owned())).await;
    assert_eq!(asked, Err(Failure::Refused { code: 503 }));
    let (_, asked) = ask_one(|_, _| (200, "not XML".to_owned())).await;
    assert_eq!(asked, Err(Failure::Silent));
}

#[tokio::test]
async fn a_gateway_that_moved_is_found_again() {
    let (first, asked) = ask_one(|name, _| kind(name)).await;
    let mut gone = service(&asked.unwrap());
    drop(first);
    let closed = std::net::TcpListener::bind((LOOPBACK, 0)).unwrap();
    gone.place.at = closed.local_addr().unwrap();
    drop(closed);
    let second = Igd::kind().await;
    let known = Way {
        known: Some(gone),
        ..way()
    };
    assert!(ask(second.want(), known, RANDOM).await.is_ok());
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
    assert!(ask(igd.want(), way(), RANDOM).await.is_ok());
}

/// What is got of somebody who answers that, and then hangs up.
async fn got(answer: String) -> Option<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let place = search::Place {
        at: listener.local_addr().unwrap(),
        path: "/".parse().unwrap(),
    };
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 2_000]).await.unwrap() > 0);
        // Whoever has enough of it hangs up first.
        let _ = stream.write_all(answer.as_bytes()).await;
    };
    let (got, ()) = tokio::join!(http::get(LOOPBACK, &place), serve);
    got
}

#[tokio::test]
async fn a_body_of_the_most_bytes_is_read_and_a_longer_one_is_not() {
    for (bytes, is_read) in [
        (http::BODY_BYTES_MAX, true),
        (http::BODY_BYTES_MAX + 1, false),
    ] {
        let body = "x".repeat(bytes);
        let got = got(format!("HTTP/1.0 200 OK\r\n\r\n{body}")).await;
        assert_eq!(got.map(|body| body.len()), is_read.then_some(bytes));
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_no_answer() {
    let head = |bytes: usize| format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(bytes));
    assert_eq!(
        got(head(http::HEAD_BYTES_MAX / 2)).await,
        Some(String::new())
    );
    assert_eq!(got(head(http::HEAD_BYTES_MAX * 2)).await, None);
}

#[tokio::test]
async fn parts_that_a_gateway_sends_one_after_the_other_are_one_body() {
    let parts =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n4\r\n</a>\r\n0\r\n\r\n";
    assert_eq!(got(parts.to_owned()).await, Some("<a></a>".to_owned()));
}

#[tokio::test]
async fn what_leads_elsewhere_is_not_followed() {
    let moved = "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(got(moved.to_owned()).await, None);
}

#[tokio::test]
async fn a_gateway_that_never_answers_is_not_waited_for() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let place = search::Place {
        at: listener.local_addr().unwrap(),
        path: "/".parse().unwrap(),
    };
    // It takes the connection, says nothing, and keeps it.
    let (got, kept) = tokio::join!(http::get(LOOPBACK, &place), listener.accept());
    assert_eq!(got, None);
    drop(kept);
}
