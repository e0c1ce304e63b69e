use proptest::prelude::*;
use tokio::net::TcpListener;

use super::*;
use crate::net::mapping::fake::LOOPBACK;

fn place(listener: &TcpListener) -> Place {
    Place {
        at: listener.local_addr().unwrap(),
        path: "/root.xml?a=b".parse().unwrap(),
    }
}

/// What is got of somebody who answers that in these pieces, and then hangs up; and what they were asked.
async fn exchanged(pieces: &[&[u8]]) -> (Option<String>, String) {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let place = place(&listener);
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut request = [0; 2_000];
        let length = stream.read(&mut request).await.unwrap();
        for piece in pieces {
            // Whoever has enough of it hangs up first.
            let _ = stream.write_all(piece).await;
            tokio::task::yield_now().await;
        }
        String::from_utf8(request[..length].to_vec()).unwrap()
    };
    tokio::join!(get(LOOPBACK, &place), serve)
}

async fn got(answer: &str) -> Option<String> {
    exchanged(&[answer.as_bytes()]).await.0
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn what_is_asked_for_is_named_by_its_path_and_the_gateway_by_its_address() {
    let (_, request) = exchanged(&[]).await;
    let (first, rest) = request.split_once("\r\n").unwrap();
    assert_eq!(first, "GET /root.xml?a=b HTTP/1.1");
    assert!(rest.starts_with("Host: 127.0.0.1:"), "{rest}");
    assert!(rest.ends_with("\r\nConnection: close\r\n\r\n"), "{rest}");
}

#[tokio::test]
async fn a_body_ends_where_its_head_says_or_where_nothing_more_comes() {
    for (answer, expected) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcde",
            some("abc"),
        ),
        ("HTTP/1.0 200 OK\r\n\r\nabc", some("abc")),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nabc",
            some("abc"),
        ),
        ("HTTP/1.1 200 OK\n\nabc", some("abc")),
        ("HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n", some("")),
        (
            "HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 3\r\n\r\nabc",
            some("abc"),
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\n<a>\r\n4;x\r\n</a>\r\n0\r\n\r\n",
            some("<a></a>"),
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", None),
        ("HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc", None),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
            None,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz",
            None,
        ),
        ("HTTP/1.1 200 OK\r\nX: y", None),
        ("nonsense", None),
        ("", None),
    ] {
        assert_eq!(got(answer).await, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_letter_by_letter_is_the_same() {
    let answer =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let pieces: Vec<&[u8]> = answer.chunks(1).collect();
    assert_eq!(exchanged(&pieces).await.0, some("abcde"));
}

#[tokio::test]
async fn what_leads_elsewhere_is_not_followed() {
    let moved = "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(got(moved).await, None);
}

#[tokio::test]
async fn a_body_of_the_most_bytes_is_read_and_a_longer_one_is_not() {
    for (bytes, is_read) in [(BODY_BYTES_MAX, true), (BODY_BYTES_MAX + 1, false)] {
        let body = "x".repeat(bytes);
        let half = bytes / 2;
        let (first, last) = body.split_at(half);
        let rest = last.len();
        for answer in [
            format!("HTTP/1.0 200 OK\r\n\r\n{body}"),
            format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n{body}"),
            format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                 {half:x}\r\n{first}\r\n{rest:x}\r\n{last}\r\n0\r\n\r\n"
            ),
        ] {
            let got = got(&answer).await;
            assert_eq!(got.map(|body| body.len()), is_read.then_some(bytes));
        }
    }
}

#[test]
fn a_head_of_the_most_bytes_is_read_and_a_longer_one_is_not() {
    let start = "HTTP/1.1 200 OK\r\nX: ";
    let head = |bytes: usize| {
        let fill = "x".repeat(bytes - start.len() - 4);
        format!("{start}{fill}\r\n\r\n").into_bytes()
    };
    let most = Head::read(&head(HEAD_BYTES_MAX)).unwrap().unwrap();
    assert_eq!(most.bytes, HEAD_BYTES_MAX);
    assert_eq!(Head::read(&head(HEAD_BYTES_MAX + 1)), None);
}

#[test]
fn a_head_of_the_most_headers_is_read_and_one_of_more_is_not() {
    let head = |count: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: x\r\n".repeat(count));
    assert!(Head::read(head(HEADERS_MAX).as_bytes()).is_some());
    assert_eq!(Head::read(head(HEADERS_MAX + 1).as_bytes()), None);
}

#[test]
fn a_line_before_a_part_is_as_long_as_may_be_and_not_longer() {
    let line = |bytes: usize| format!("3;{}", "x".repeat(bytes - 2));
    let is_whole = |text: String| Body::new(Framing::Parts, text.into_bytes()).is_whole();
    assert_eq!(is_whole(line(PART_LINE_BYTES_MAX)), Some(false));
    assert_eq!(is_whole(line(PART_LINE_BYTES_MAX + 1)), None);
    let whole = |bytes: usize| is_whole(format!("{}\r\nabc\r\n0\r\n\r\n", line(bytes - 2)));
    assert_eq!(whole(PART_LINE_BYTES_MAX), Some(true));
    assert_eq!(whole(PART_LINE_BYTES_MAX + 1), None);
}

#[tokio::test]
async fn a_gateway_that_never_answers_is_not_waited_for() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    // It takes the connection, says nothing, and keeps it.
    let place = place(&listener);
    let (got, kept) = tokio::join!(get(LOOPBACK, &place), listener.accept());
    assert_eq!(got, None);
    drop(kept);
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer_or_none(bytes: Vec<u8>, chunked: bool) {
        let _ = Head::read(&bytes);
        let framing = if chunked { Framing::Parts } else { Framing::ToTheEnd };
        let mut body = Body::new(framing, bytes);
        let _ = body.is_whole();
        prop_assert!(body.bytes.len() <= BODY_BYTES_MAX);
    }
}
