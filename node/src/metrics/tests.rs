//! The port as programs of this machine meet it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Far beyond what any answer takes: a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts how often it is asked.
#[derive(Default)]
struct Fake {
    asked: Arc<AtomicUsize>,
    is_ending: bool,
}

impl Source for Fake {
    async fn gather(&self) -> Option<String> {
        let count = self.asked.fetch_add(1, Ordering::Relaxed);
        (!self.is_ending).then(|| format!("asked {count}\n"))
    }
}

fn local() -> SocketAddr {
    SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)
}

async fn served(source: Fake) -> MetricsServer {
    MetricsPort::bind(local()).await.unwrap().serve(source)
}

/// What whoever says this is answered.
async fn said(server: &MetricsServer, request: &[u8]) -> String {
    let exchange = async {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        // The other side may take the answer back where more was said than it reads.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    };
    timeout(PATIENCE, exchange)
        .await
        .expect("an answer in time")
}

const GET: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test]
async fn a_program_of_this_machine_gets_the_metrics() {
    let server = served(Fake::default()).await;
    let answer = said(&server, GET).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nasked 0\n"), "{answer}");
    let address = server.address();
    server.stop().await;
    assert!(TcpStream::connect(address).await.is_err(), "it has ended");
}

#[tokio::test]
async fn a_request_that_comes_in_pieces_is_answered() {
    let server = served(Fake::default()).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    for piece in GET.chunks(7) {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_page_that_has_this_machine_under_its_own_name_gets_nothing_and_nothing_is_gathered() {
    let source = Fake::default();
    let asked = Arc::clone(&source.asked);
    let server = served(source).await;
    let rebound = b"GET /metrics HTTP/1.1\r\nHost: evil.example:9464\r\n\r\n";
    let answer = said(&server, rebound).await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden"), "{answer}");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn whoever_says_too_much_or_leaves_in_the_middle_keeps_nobody_from_an_answer() {
    let server = served(Fake::default()).await;
    let (start, _) = GET.split_last_chunk::<2>().unwrap();
    let rest = REQUEST_BYTES_MAX - start.len() + usize::try_from(REST_BYTES_MAX).unwrap();
    let most = [start, &vec![b'x'; rest]].concat();
    let answer = said(&server, &most).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let over = [&most[..], b"x"].concat();
    let answer = said(&server, &over).await;
    // The system may take back what was answered, as not all was read.
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
        "{answer}"
    );
    let mut half = TcpStream::connect(server.address()).await.unwrap();
    half.write_all(b"GET /met").await.unwrap();
    drop(half);
    let answer = said(&server, GET).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_node_that_is_ending_says_so() {
    let source = Fake {
        is_ending: true,
        ..Fake::default()
    };
    let server = served(source).await;
    let answer = said(&server, GET).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test]
async fn what_was_gathered_is_given_again_while_it_is_fresh_and_then_gathered_anew() {
    let page = |fresh| Page {
        source: Fake::default(),
        times: Times {
            fresh,
            ..Times::USUAL
        },
        gathered: Mutex::new(None),
    };
    let fresh = page(PATIENCE);
    let stale = page(Duration::ZERO);
    for number in 0..3 {
        assert_eq!(&*fresh.now().await.unwrap(), "asked 0\n");
        assert_eq!(*stale.now().await.unwrap(), *format!("asked {number}\n"));
    }
}

#[tokio::test]
async fn as_many_as_may_be_connected_are_served_and_one_more_is_let_go() {
    let server = served(Fake::default()).await;
    let mut waiting = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        waiting.push(TcpStream::connect(server.address()).await.unwrap());
    }
    let mut over = TcpStream::connect(server.address()).await.unwrap();
    let mut nothing = Vec::new();
    let ended = timeout(PATIENCE, over.read_to_end(&mut nothing))
        .await
        .unwrap();
    assert!(ended.is_err() || nothing.is_empty(), "{nothing:?}");
    let mut last = waiting.pop().unwrap();
    last.write_all(GET).await.unwrap();
    let mut answer = String::new();
    let read = last.read_to_string(&mut answer);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_over_after_its_time() {
    let times = Times {
        connection: Duration::from_millis(20),
        ..Times::USUAL
    };
    let port = MetricsPort::bind(local()).await.unwrap();
    let server = port.serve_within(Fake::default(), times);
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"GET ").await.unwrap();
    let mut nothing = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut nothing)).await;
    assert!(ended.is_ok() && nothing.is_empty());
}

#[tokio::test]
async fn an_address_that_others_reach_is_refused() {
    for ip in ["0.0.0.0", "192.0.2.1", "::", "::ffff:127.0.0.1", "fe80::1"] {
        let ip: IpAddr = ip.parse().unwrap();
        let refused = MetricsPort::bind(SocketAddr::new(ip, 0)).await.unwrap_err();
        assert!(matches!(refused, MetricsError::NotLoopback { .. }), "{ip}");
        assert!(refused.to_string().contains("127.0.0.1:9464"), "{refused}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_what_to_do() {
    let port = MetricsPort::bind(local()).await.unwrap();
    let refused = MetricsPort::bind(port.address).await.unwrap_err();
    assert!(refused.to_string().contains("port 0"), "{refused}");
}
