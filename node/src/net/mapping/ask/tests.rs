use super::*;
use crate::net::mapping::fake::{
    Gateway, LOOPBACK, OUTSIDE, closed, nat_pmp as answer, pcp_grant, place,
};
use crate::net::mapping::pcp::tests::granted;
use crate::net::mapping::upnp::fake::{Igd, MAPPING, RELEASE, kind, refused as refused_by_upnp};

const NONCE: Nonce = *b"twelve bytes";

/// Asks for a port, quietly, of whoever granted it before.
async fn ask(want: Want, granted: Option<Grant>, nonce: Nonce) -> Result<Grant, Failure> {
    let service = granted.as_ref().and_then(service);
    let due = Due {
        want,
        granted,
        service,
    };
    super::ask(due, nonce, false).await
}

fn service(grant: &Grant) -> Option<upnp::Service> {
    match &grant.spoken {
        Spoken::Upnp(service) => Some(service.clone()),
        Spoken::Pcp(_) | Spoken::NatPmp => None,
    }
}

/// What a gateway with these answers grants.
async fn ask_one(
    answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
) -> (Gateway, Result<Grant, Failure>) {
    let gateway = Gateway::new(answers).await;
    let asked = ask(gateway.want(), None, NONCE).await;
    (gateway, asked)
}

fn at(port: u16) -> SocketAddr {
    (OUTSIDE, port).into()
}

#[tokio::test]
async fn what_is_granted_by_pcp_is_asked_for_again_as_it_was_granted() {
    let mut gateway = Gateway::kind().await;
    let grant = ask(gateway.want(), None, NONCE).await.unwrap();
    let expected = Grant {
        external: at(4002),
        lifetime: LIFETIME,
        spoken: Spoken::Pcp(NONCE),
    };
    assert_eq!(grant, expected);
    let first = gateway.asked().await;
    assert_eq!(first[42..44], 4001_u16.to_be_bytes(), "the port of our own");
    let again = ask(gateway.want(), Some(grant.clone()), *b"another one!").await;
    assert_eq!(again, Ok(expected));
    let second = gateway.asked().await;
    assert_eq!(second[24..36], NONCE);
    assert_eq!(second[42..44], 4002_u16.to_be_bytes());
    assert_eq!(second[56..60], OUTSIDE);
    release(gateway.want(), &grant).await;
    let last = gateway.asked().await;
    assert_eq!((&last[4..8], &last[24..36]), (&[0; 4][..], &NONCE[..]));
    assert_eq!(last[42..60], granted(&last, ([0; 4], 0).into(), 0)[42..60]);
}

#[tokio::test]
async fn a_gateway_that_knows_nothing_newer_is_asked_by_nat_pmp() {
    let (mut gateway, asked) = ask_one(|request| vec![answer(request, OUTSIDE, 3_600)]).await;
    let grant = asked.unwrap();
    assert_eq!(grant.external, at(4002));
    assert_eq!(grant.spoken, Spoken::NatPmp);
    for first in [2, 0, 0] {
        assert_eq!(gateway.asked().await[0], first);
    }
    // It is not asked by PCP again.
    let again = ask(gateway.want(), Some(grant.clone()), NONCE).await;
    assert_eq!(again.as_ref(), Ok(&grant));
    assert_eq!(gateway.asked().await, [0, 0]);
    assert_eq!(gateway.asked().await[..8], [0, 1, 0, 0, 15, 161, 15, 162]);
    release(gateway.want(), &grant).await;
    assert_eq!(
        gateway.asked().await,
        [0, 1, 0, 0, 15, 161, 0, 0, 0, 0, 0, 0]
    );
}

#[tokio::test]
async fn what_pcp_refuses_nat_pmp_may_grant() {
    let (_, asked) = ask_one(|request| {
        if request[0] == 0 {
            return vec![answer(request, OUTSIDE, 3_600)];
        }
        let mut refused = granted(request, ([0; 4], 0).into(), 30);
        refused[3] = 2;
        vec![refused]
    })
    .await;
    assert_eq!(asked.unwrap().spoken, Spoken::NatPmp);
    let (_, refused) = ask_one(|request| {
        if request[0] == 0 {
            return vec![vec![0, request[1] | 128, 0, 3, 0, 0, 0, 9]];
        }
        let mut refused = granted(request, ([0; 4], 0).into(), 30);
        refused[3] = 8;
        vec![refused]
    })
    .await;
    assert_eq!(refused, Err(Failure::Refused { code: 3 }));
}

#[tokio::test]
async fn of_what_a_gateway_sends_only_what_answers_counts() {
    let (_, asked) = ask_one(|request| {
        let right = pcp_grant(request, OUTSIDE, 3_600);
        let lie = granted(request, at(666), 3_600);
        let changed = |place: usize| {
            let mut lie = lie.clone();
            lie[place] ^= 1;
            lie
        };
        let long = [lie.clone(), vec![0; ANSWER_BYTES_MAX]].concat();
        let short = lie[..59].to_vec();
        // Of another nonce, of TCP, of another port; and then some.
        vec![
            vec![],
            short,
            long,
            changed(35),
            changed(36),
            changed(41),
            right,
            lie,
        ]
    })
    .await;
    assert_eq!(asked.unwrap().external, at(4002));
}

#[tokio::test]
async fn whoever_is_not_the_gateway_answers_in_vain() {
    // Both know what is asked; the other one is first.
    let other = std::net::UdpSocket::bind((LOOPBACK, 0)).unwrap();
    let socket = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
    let want = Want {
        gateway: place(socket.local_addr().unwrap()),
        ..Gateway::kind().await.want()
    };
    let serve = async {
        let mut request = [0; 60];
        let (_, from) = socket.recv_from(&mut request).await.unwrap();
        let lie = granted(&request, at(666), 3_600);
        assert_eq!(other.send_to(&lie, from).unwrap(), 60);
        let right = pcp_grant(&request, OUTSIDE, 3_600);
        socket.send_to(&right, from).await.unwrap();
    };
    let (asked, ()) = tokio::join!(ask(want, None, NONCE), serve);
    assert_eq!(asked.unwrap().external, at(4002));
}

#[tokio::test]
async fn where_nobody_listens_it_is_known_at_once() {
    let closed = closed();
    let gateway = place(closed.local_addr().unwrap());
    let port = Gateway::kind().await.want().port;
    let asked = ask(Want { gateway, port }, None, NONCE).await;
    assert_eq!(asked, Err(Failure::Silent));
}

#[tokio::test]
async fn what_is_inside_another_network_is_given_back() {
    for inside in [[100, 64, 0, 9], [192, 168, 7, 7], [0, 0, 0, 0]] {
        let (mut gateway, asked) =
            ask_one(move |request| vec![pcp_grant(request, inside, 3_600)]).await;
        let failure = match inside {
            [0, 0, 0, 0] => Failure::Unconnected,
            _ => Failure::Inside(inside.into()),
        };
        assert_eq!(asked, Err(failure));
        assert_ne!(gateway.asked().await[4..8], [0; 4]);
        assert_eq!(gateway.asked().await[4..8], [0; 4], "given back");
    }
}

#[tokio::test]
async fn a_port_that_is_granted_for_the_shortest_time_is_taken_and_for_a_second_less_it_is_not() {
    let shortest = u32::try_from(LIFETIME_MIN.as_secs()).unwrap();
    let (_, asked) = ask_one(move |request| vec![pcp_grant(request, OUTSIDE, shortest)]).await;
    assert_eq!(asked.unwrap().lifetime, LIFETIME_MIN);
    let (mut gateway, asked) =
        ask_one(move |request| vec![pcp_grant(request, OUTSIDE, shortest - 1)]).await;
    let less = Duration::from_secs(u64::from(shortest) - 1);
    assert_eq!(asked, Err(Failure::Short(less)));
    assert_ne!(gateway.asked().await[4..8], [0; 4]);
    assert_eq!(gateway.asked().await[4..8], [0; 4], "given back");
}

#[tokio::test]
async fn as_many_datagrams_are_read_as_may_be_and_not_one_more() {
    for (garbage, is_read) in [(DATAGRAMS_MAX - 1, true), (DATAGRAMS_MAX, false)] {
        let gateway = Gateway::new(move |_| {
            let mut all = vec![b"garbage".to_vec(); garbage];
            all.push(b"answer".to_vec());
            all
        })
        .await;
        let socket = connect(gateway.want()).await.unwrap();
        let read = |datagram: &[u8]| (datagram == b"answer").then_some(());
        // It waits until all that may come is there.
        let patient = [Duration::from_secs(60)];
        let answer = exchange(&socket, b"?", &patient, read).await;
        assert_eq!(answer.is_some(), is_read);
    }
}

#[tokio::test]
async fn a_gateway_that_knows_neither_is_asked_by_upnp_and_so_is_it_for_more_time() {
    let mut igd = Igd::kind().await;
    let grant = ask(igd.want(), None, NONCE).await.unwrap();
    assert!(service(&grant).is_some());
    assert_eq!(igd.all_asked()[0], "description");
    let again = ask(igd.want(), Some(grant.clone()), NONCE).await;
    assert_eq!(again.as_ref(), Ok(&grant));
    assert_eq!(igd.all_asked(), MAPPING);
    release(igd.want(), &grant).await;
    assert_eq!(igd.all_asked(), RELEASE);
}

#[tokio::test]
async fn whoever_granted_a_port_by_a_datagram_is_not_asked_by_upnp() {
    let mut igd = Igd::kind().await;
    for spoken in [Spoken::NatPmp, Spoken::Pcp(NONCE)] {
        let grant = Grant {
            external: at(4002),
            lifetime: LIFETIME,
            spoken,
        };
        let asked = ask(igd.want(), Some(grant), NONCE).await;
        assert_eq!(asked, Err(Failure::Silent));
    }
    assert!(igd.all_asked().is_empty());
}

#[tokio::test]
async fn what_is_refused_by_datagrams_may_be_granted_by_upnp_and_is_told_if_that_is_silent() {
    let mapper = |code: u8| {
        Gateway::new(move |request| match request {
            [0, operation, ..] => vec![vec![0, operation | 128, 0, code, 0, 0, 0, 9]],
            _ => Vec::new(),
        })
    };
    let refuses = mapper(2).await;
    for (granted, expected) in [(true, None), (false, Some(606))] {
        let igd = Igd::new(move |name, _| {
            if granted {
                kind(name)
            } else {
                refused_by_upnp(606)
            }
        });
        let igd = igd.await;
        let mut want = igd.want();
        want.gateway.mapper = refuses.at;
        let asked = ask(want, None, NONCE).await;
        let code = expected.map(|code| Failure::Refused { code });
        assert_eq!(asked.err(), code);
    }
    let asked = ask(refuses.want(), None, NONCE).await;
    assert_eq!(asked, Err(Failure::Refused { code: 2 }));
}
