use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use super::fake::{Gateway, LOOPBACK, OUTSIDE, pcp_grant, place};
use super::upnp::fake::{Igd, MAPPING, RELEASE, SILENCE, kind};
use super::*;

/// Far beyond what any step takes: a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn own(texts: &[&str]) -> Vec<Multiaddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Where a node listens on loopback.
fn here() -> Vec<Multiaddr> {
    own(&["/ip4/127.0.0.1/tcp/4101", "/ip4/127.0.0.1/udp/4001/quic-v1"])
}

/// The system's routes, which a test changes.
#[derive(Clone, Default)]
struct Routes(Arc<Mutex<Vec<Route>>>);

impl Routes {
    fn set(&self, gateway: SocketAddr) {
        self.set_place(place(gateway));
    }

    fn set_place(&self, gateway: gateway::Gateway) {
        *self.0.lock().unwrap() = vec![Route {
            gateway,
            own: LOOPBACK,
        }];
    }

    fn start(&self) -> Mapping {
        self.start_counting(Meters::default())
    }

    fn start_counting(&self, meters: Meters) -> Mapping {
        let routes = self.clone();
        Mapping::start_with(7, false, meters, move || routes.0.lock().unwrap().clone())
    }
}

/// How often a gateway did what, of what it did.
fn counted(meters: &Meters) -> Vec<(Granting, u64)> {
    let asked = &meters.counts().unwrap().ports_asked;
    let all = [
        Granting::Granted,
        Granting::Refused,
        Granting::Short,
        Granting::Inside,
        Granting::Silent,
    ];
    let counted = all.map(|granting| (granting, asked.of(granting).total()));
    counted
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[test]
fn each_answer_of_a_gateway_is_counted_as_what_it_is() {
    let refused = Failure::Refused { code: 2 };
    assert_eq!(granting(&Err(refused)), Granting::Refused);
    let short = Failure::Short(Duration::from_secs(1));
    assert_eq!(granting(&Err(short)), Granting::Short);
    assert_eq!(granting(&Err(Failure::Inside(LOOPBACK))), Granting::Inside);
    assert_eq!(granting(&Err(Failure::Silent)), Granting::Silent);
}

async fn mapped(mapping: &mut Mapping, is_it: impl Fn(&Mapped) -> bool) -> Mapped {
    let news = async {
        loop {
            let mapped = mapping.changed().await;
            if is_it(&mapped) {
                return mapped;
            }
        }
    };
    timeout(PATIENCE, news).await.expect("news in time")
}

/// The ports that a gateway is asked for next, or is given back.
async fn asked(gateway: &mut Gateway) -> Vec<(u16, bool)> {
    let mut ports = Vec::new();
    for _ in 0..2 {
        let request = gateway.asked().await;
        let port = u16::from_be_bytes([request[40], request[41]]);
        ports.push((port, request[4..8] != [0; 4]));
    }
    ports.sort_unstable();
    ports
}

#[tokio::test]
async fn what_a_gateway_grants_is_told_and_given_back_at_the_end() {
    let mut gateway = Gateway::kind().await;
    let routes = Routes::default();
    routes.set(gateway.at);
    let meters = Meters::running();
    let mut mapping = routes.start_counting(meters.clone());
    mapping.listen(here());
    let mapped = mapped(&mut mapping, |mapped| mapped.addresses.len() == 2).await;
    assert_eq!(counted(&meters), [(Granting::Granted, 2)]);
    let expected = ["/ip4/45.0.2.1/udp/4002/quic-v1", "/ip4/45.0.2.1/tcp/4102"];
    assert_eq!(mapped.addresses, own(&expected), "QUIC comes first");
    assert_eq!(mapped.router, Router::Maps);
    assert_eq!(asked(&mut gateway).await, [(4001, true), (4101, true)]);
    mapping.end().finish().await;
    assert_eq!(asked(&mut gateway).await, [(4001, false), (4101, false)]);
}

#[tokio::test]
async fn what_a_gateway_grants_by_upnp_is_found_once_told_and_given_back_at_the_end() {
    let mut igd = Igd::kind().await;
    let routes = Routes::default();
    routes.set_place(igd.want().gateway);
    let mut mapping = routes.start();
    mapping.listen(here());
    let mapped = mapped(&mut mapping, |mapped| mapped.addresses.len() == 2).await;
    let expected = ["/ip4/45.0.2.1/udp/4001/quic-v1", "/ip4/45.0.2.1/tcp/4101"];
    assert_eq!(mapped.addresses, own(&expected));
    mapping.end().finish().await;
    let all = [&["description"][..], &MAPPING, &MAPPING, &RELEASE, &RELEASE];
    assert_eq!(igd.all_asked(), all.concat());
}

#[tokio::test]
async fn what_was_granted_is_given_back_at_the_end_though_another_port_is_being_asked_for() {
    let mut igd = Igd::new(|name, request| match name {
        "AddPortMapping" if request.contains("<NewProtocol>UDP</NewProtocol>") => SILENCE,
        _ => kind(name),
    })
    .await;
    let routes = Routes::default();
    routes.set_place(igd.want().gateway);
    let mapping = routes.start();
    mapping.listen(here());
    // TCP is granted, and UDP is being asked for.
    while igd.asked().await.0 != MAPPING[2] {}
    while igd.asked().await.0 != MAPPING[2] {}
    mapping.end().finish().await;
    for name in RELEASE {
        let (asked, request) = igd.asked().await;
        assert_eq!(asked, name);
        assert!(request.contains("<NewProtocol>TCP</NewProtocol>"));
    }
    assert!(igd.all_asked().is_empty());
}

#[tokio::test]
async fn another_gateway_is_asked_at_once_and_the_last_gets_its_ports_back() {
    let (mut first, mut second) = (Gateway::kind().await, Gateway::kind().await);
    let routes = Routes::default();
    routes.set(first.at);
    let mut mapping = routes.start();
    mapping.listen(here());
    mapped(&mut mapping, |mapped| mapped.addresses.len() == 2).await;
    assert_eq!(asked(&mut first).await, [(4001, true), (4101, true)]);
    routes.set(second.at);
    // An interface more; nothing is asked of it.
    mapping.listen([here(), own(&["/ip4/10.9.9.9/udp/4001/quic-v1"])].concat());
    assert_eq!(asked(&mut second).await, [(4001, true), (4101, true)]);
    assert_eq!(asked(&mut first).await, [(4001, false), (4101, false)]);
    mapped(&mut mapping, |mapped| mapped.addresses.len() == 2).await;
    mapping.end().finish().await;
}

#[tokio::test]
async fn of_a_router_inside_another_network_nothing_is_told_but_that() {
    let inside = [192, 168, 7, 7];
    let gateway = Gateway::new(move |request| vec![pcp_grant(request, inside, 3_600)]).await;
    let routes = Routes::default();
    routes.set(gateway.at);
    let meters = Meters::running();
    let mut mapping = routes.start_counting(meters.clone());
    mapping.listen(here());
    let mapped = mapped(&mut mapping, |mapped| mapped.router != Router::Unasked).await;
    let expected = Mapped {
        router: Router::Inside(inside.into()),
        addresses: Vec::new(),
    };
    assert_eq!(mapped, expected);
    let both = async {
        while counted(&meters) != [(Granting::Inside, 2)] {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, both).await.unwrap();
    mapping.end().finish().await;
}

#[tokio::test]
async fn a_gateway_that_is_silent_at_the_end_is_not_waited_for() {
    let gateway = Gateway::new(|request| {
        let grant = pcp_grant(request, OUTSIDE, 3_600);
        let is_asked = request[4..8] != [0; 4];
        is_asked.then_some(grant).into_iter().collect()
    })
    .await;
    let routes = Routes::default();
    routes.set(gateway.at);
    let mut mapping = routes.start();
    mapping.listen(here());
    mapped(&mut mapping, |mapped| mapped.addresses.len() == 2).await;
    timeout(PATIENCE, mapping.end().finish()).await.unwrap();
}

#[test]
fn only_what_is_listened_on_where_a_gateway_is_is_asked_for() {
    let route = |gateway: &str, own: &str| Route {
        gateway: place(gateway.parse().unwrap()),
        own: own.parse().unwrap(),
    };
    let routes = [
        route("192.168.1.1:5351", "192.168.1.2"),
        route("[fe80::1%4]:5351", "2620:fe::2"),
    ];
    let listening = own(&[
        "/ip4/127.0.0.1/udp/4001/quic-v1",
        "/ip4/172.17.0.1/udp/4001/quic-v1",
        "/ip4/192.168.1.2/udp/4001/quic-v1",
        "/ip4/192.168.1.2/tcp/4002",
        "/ip6/2620:fe::2/udp/4003/quic-v1",
        "/ip6/2620:fe::9/udp/4003/quic-v1",
        "/memory/7",
    ]);
    let wants = wants(&listening, &routes).into_iter();
    let mut wants: Vec<_> = wants
        .map(|want| (want.gateway, want.port.number.get(), want.port.is_udp))
        .collect();
    wants.sort_by_key(|(_, number, _)| *number);
    let [v4, v6] = routes.map(|route| route.gateway);
    assert_eq!(
        wants,
        [(v4, 4001, true), (v4, 4002, false), (v6, 4003, true)]
    );
    assert_eq!(super::wants(&listening, &[]), BTreeSet::new());
}
