use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::net::mapping::upnp::fake::{KIND, described};

fn root() -> Place {
    Place {
        at: ([192, 168, 1, 1], 5000).into(),
        path: "/igd/root.xml".parse().unwrap(),
    }
}

/// Where the services of a description are asked.
fn places(described: &str) -> Vec<(SocketAddr, String)> {
    let services = services(described, &root()).into_iter();
    let places = services.map(|service| (service.place.at, service.place.path.to_string()));
    places.collect()
}

#[test]
fn of_all_services_those_are_asked_that_map_ports() {
    let described = described(&[
        ("urn:schemas-upnp-org:service:Layer3Forwarding:1", "/l3f"),
        ("urn:schemas-upnp-org:service:WANPPPConnection:1", "/ppp"),
        ("urn:schemas-upnp-org:service:WANIPConnection:2", "/ip2"),
        ("urn:schemas-upnp-org:service:WANIPConnection:9", "/ip9"),
        (KIND, "/ip1"),
    ]);
    let found = services(&described, &root());
    let found: Vec<_> = found
        .iter()
        .map(|one| (one.kind, one.place.path.as_str()))
        .collect();
    let expected = [
        (Kind::Ppp1, "/ppp"),
        (Kind::Ip2, "/ip2"),
        (Kind::Ip1, "/ip1"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_service_is_at_the_gateway_however_its_place_is_written() {
    let here = root().at;
    for (url, at, path) in [
        ("/ctl/IP", here, "/ctl/IP"),
        ("ctl/IP?a=b", here, "/igd/ctl/IP?a=b"),
        (" /ctl ", here, "/ctl"),
        (
            "http://45.0.0.1:81/ctl",
            ([192, 168, 1, 1], 81).into(),
            "/ctl",
        ),
    ] {
        let described = described(&[(KIND, url)]);
        assert_eq!(places(&described), [(at, path.to_owned())], "{url}");
    }
    for url in [
        "",
        "https://192.168.1.1/ctl",
        "/a b",
        "ftp://x/y",
        "http://",
    ] {
        assert_eq!(places(&described(&[(KIND, url)])), [], "{url}");
    }
}

#[test]
fn a_description_may_name_where_its_urls_begin() {
    let based = described(&[(KIND, "ctl")]).replace(
        "<device>",
        "<URLBase>http://router.example:81/base/</URLBase><device>",
    );
    let expected = (([192, 168, 1, 1], 81).into(), "/base/ctl".to_owned());
    assert_eq!(places(&based), [expected]);
}

#[test]
fn as_many_services_are_asked_as_may_be_and_not_one_more() {
    for count in [SERVICES_MAX, SERVICES_MAX + 1] {
        let paths: Vec<String> = (0..count).map(|number| format!("/{number}")).collect();
        let services: Vec<_> = paths.iter().map(|path| (KIND, path.as_str())).collect();
        assert_eq!(places(&described(&services)).len(), SERVICES_MAX);
    }
    let twice = described(&[(KIND, "/ctl"), (KIND, "/ctl")]);
    assert_eq!(places(&twice).len(), 1);
}

#[test]
fn a_path_of_the_most_bytes_is_taken_and_a_longer_one_is_not() {
    for (bytes, count) in [(PATH_BYTES_MAX, 1), (PATH_BYTES_MAX + 1, 0)] {
        let path = format!("/{}", "x".repeat(bytes - 1));
        assert_eq!(places(&described(&[(KIND, &path)])).len(), count);
    }
}

proptest! {
    #[test]
    fn any_text_is_a_description_or_none(text: String, url: String) {
        let _ = services(&text, &root());
        let _ = services(&described(&[(KIND, &url)]), &root());
        for (at, path) in places(&described(&[(KIND, &url)])) {
            prop_assert_eq!(at.ip(), root().at.ip());
            prop_assert!(path.len() <= PATH_BYTES_MAX);
        }
    }
}
