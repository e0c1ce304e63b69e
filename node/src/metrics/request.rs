//! What somebody asks of the metrics' port, as far as it has come, and the head of what they are answered.
//!
//! Invariants
//! - A browser gets nothing: neither a page of another site that asks for this machine by its own name (the Host
//!   header would have that name), nor one that asks across sites.
//! - One answer a connection; what is asked has no body.

use std::net::IpAddr;

/// Longest head of a request.
pub(super) const REQUEST_BYTES_MAX: usize = 4 * 1024;
/// Headers that a request has at most.
pub(super) const REQUEST_HEADERS_MAX: usize = 32;

/// The path that is answered.
pub(super) const PATH: &str = "/metrics";
/// The format that is served.
const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It has not come as a whole yet.
    More,
    /// The metrics.
    Metrics,
    /// Something that is not given.
    Refused(Refusal),
}

/// Why nothing is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no request.
    Malformed,
    /// It is for another machine, or from a page of another site.
    Foreign,
    /// It asks for something else.
    NotFound,
    /// It does not ask to get.
    Method,
    /// It is too long.
    TooLong,
    /// The node is ending.
    Ending,
}

impl Refusal {
    const fn status(self) -> &'static str {
        match self {
            Self::Malformed => "400 Bad Request",
            Self::Foreign => "403 Forbidden",
            Self::NotFound => "404 Not Found",
            Self::Method => "405 Method Not Allowed\r\nAllow: GET",
            Self::TooLong => "431 Request Header Fields Too Large",
            Self::Ending => "503 Service Unavailable",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Malformed => "This is no request.\n",
            Self::Foreign => {
                "Metrics are for programs of this machine: ask for localhost, 127.0.0.1 or [::1].\n"
            }
            Self::NotFound => "The metrics are at /metrics.\n",
            Self::Method => "Metrics can only be got.\n",
            Self::TooLong => "The request is too long.\n",
            Self::Ending => "The node is ending.\n",
        }
    }
}

/// What these bytes ask, the first that came.
pub(super) fn asked(bytes: &[u8]) -> Asked {
    let mut headers = [httparse::EMPTY_HEADER; REQUEST_HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => match judge(&request) {
            Ok(()) => Asked::Metrics,
            Err(refusal) => Asked::Refused(refusal),
        },
        Ok(httparse::Status::Partial) if bytes.len() < REQUEST_BYTES_MAX => Asked::More,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            Asked::Refused(Refusal::TooLong)
        }
        Err(_) => Asked::Refused(Refusal::Malformed),
    }
}

/// Whom it comes from is looked at first: a page learns nothing else.
fn judge(request: &httparse::Request<'_, '_>) -> Result<(), Refusal> {
    let values = |name: &str| {
        let all = request.headers.iter();
        let named = all.filter(|header| header.name.eq_ignore_ascii_case(name));
        let values: Vec<&[u8]> = named.map(|header| header.value).collect();
        values
    };
    let [host] = values("host")[..] else {
        return Err(Refusal::Foreign);
    };
    if !std::str::from_utf8(host).is_ok_and(is_this_machine) {
        return Err(Refusal::Foreign);
    }
    let sites = values("sec-fetch-site");
    let is_across = |site: &&[u8]| ![&b"none"[..], b"same-origin"].contains(site);
    if !values("origin").is_empty() || sites.iter().any(is_across) {
        return Err(Refusal::Foreign);
    }
    if request.method != Some("GET") {
        return Err(Refusal::Method);
    }
    let path = request.path.and_then(|path| path.split('?').next());
    if path == Some(PATH) {
        Ok(())
    } else {
        Err(Refusal::NotFound)
    }
}

/// Whether a Host header names this machine by what never leaves it.
fn is_this_machine(host: &str) -> bool {
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
    if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return false;
        };
        let port = port.strip_prefix(':').or(port.is_empty().then_some(""));
        let address = address.parse::<std::net::Ipv6Addr>();
        return port.is_some_and(is_port) && address.is_ok_and(|address| address.is_loopback());
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let address = name.parse::<IpAddr>();
    let is_loopback = address.is_ok_and(|address| address.is_loopback());
    is_port(port) && (name.eq_ignore_ascii_case("localhost") || is_loopback)
}

/// The whole answer with the metrics, or with why there are none.
pub(super) fn answer(metrics: Result<&str, Refusal>) -> String {
    let (status, kind, body) = match metrics {
        Ok(metrics) => ("200 OK", FORMAT, metrics),
        Err(refusal) => (refusal.status(), PLAIN, refusal.words()),
    };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(first: &str, headers: &[&str]) -> Asked {
        asked(format!("{first}\r\n{}\r\n\r\n", headers.join("\r\n")).as_bytes())
    }

    const GET: &str = "GET /metrics HTTP/1.1";
    const HOST: &str = "Host: localhost:9464";

    #[test]
    fn only_the_metrics_can_be_got() {
        assert_eq!(with(GET, &[HOST]), Asked::Metrics);
        assert_eq!(with("GET /metrics?x=1 HTTP/1.0", &[HOST]), Asked::Metrics);
        for (first, refusal) in [
            ("GET / HTTP/1.1", Refusal::NotFound),
            ("GET /metrics/ HTTP/1.1", Refusal::NotFound),
            ("GET http://localhost/metrics HTTP/1.1", Refusal::NotFound),
            ("POST /metrics HTTP/1.1", Refusal::Method),
            ("HEAD /metrics HTTP/1.1", Refusal::Method),
            ("OPTIONS * HTTP/1.1", Refusal::Method),
            ("GET /metrics HTTP/2.0", Refusal::Malformed),
            ("\x16\x03\x01 /metrics", Refusal::Malformed),
        ] {
            assert_eq!(with(first, &[HOST]), Asked::Refused(refusal), "{first}");
        }
    }

    #[test]
    fn whoever_asks_names_this_machine() {
        for host in [
            "localhost",
            "LocalHost:9464",
            "127.0.0.1",
            "127.8.9.1:80",
            "[::1]",
            "[::1]:9464",
        ] {
            assert_eq!(
                with(GET, &[&format!("host:{host}")]),
                Asked::Metrics,
                "{host}"
            );
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "localhost:9464.evil.example",
            "127.0.0.1.evil.example",
            "192.168.1.2:9464",
            "0.0.0.0",
            "[::]:9464",
            "[fe80::1]",
            "::1",
            "[::1",
            "[::1]x",
            "localhost:99999",
        ] {
            let asked = with(GET, &[&format!("Host: {host}")]);
            assert_eq!(asked, Asked::Refused(Refusal::Foreign), "{host}");
        }
        for none in [&["Accept: */*"][..], &[HOST, HOST]] {
            assert_eq!(with(GET, none), Asked::Refused(Refusal::Foreign));
        }
        // A page that is not of this machine learns nothing of what else is wrong.
        let asked = with("POST /x HTTP/1.1", &["Host: evil.example"]);
        assert_eq!(asked, Asked::Refused(Refusal::Foreign));
    }

    #[test]
    fn a_page_of_another_site_gets_nothing() {
        for header in [
            "Origin: https://evil.example",
            "Origin: null",
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Site: same-site",
        ] {
            let asked = with(GET, &[HOST, header]);
            assert_eq!(asked, Asked::Refused(Refusal::Foreign), "{header}");
        }
        assert_eq!(with(GET, &[HOST, "Sec-Fetch-Site: none"]), Asked::Metrics);
    }

    #[test]
    fn a_request_of_the_most_bytes_is_answered_and_a_longer_one_is_refused() {
        let start = format!("{GET}\r\n{HOST}\r\nX: ");
        let filled = |length: usize| {
            let fill = length - start.len() - 4;
            format!("{start}{}\r\n\r\n", "x".repeat(fill)).into_bytes()
        };
        let most = filled(REQUEST_BYTES_MAX);
        assert_eq!(asked(&most), Asked::Metrics);
        assert_eq!(asked(&most[..REQUEST_BYTES_MAX - 1]), Asked::More);
        let over = filled(REQUEST_BYTES_MAX + 1);
        let read = asked(&over[..REQUEST_BYTES_MAX]);
        assert_eq!(read, Asked::Refused(Refusal::TooLong));
    }

    #[test]
    fn a_request_of_the_most_headers_is_answered_and_one_more_is_refused() {
        let headers = |count: usize| {
            let mut headers = vec![HOST];
            headers.resize(count, "X: x");
            with(GET, &headers)
        };
        assert_eq!(headers(REQUEST_HEADERS_MAX), Asked::Metrics);
        let over = headers(REQUEST_HEADERS_MAX + 1);
        assert_eq!(over, Asked::Refused(Refusal::TooLong));
    }

    #[test]
    fn an_answer_says_how_long_it_is_and_that_no_page_may_have_it() {
        let whole = answer(Ok("a 1\n"));
        assert!(
            whole.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text;")
        );
        assert!(whole.ends_with("\r\n\r\na 1\n"));
        let refused = answer(Err(Refusal::Method));
        assert!(refused.starts_with("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n"));
        for (answer, length) in [(&whole, 4), (&refused, Refusal::Method.words().len())] {
            assert!(answer.contains(&format!("Content-Length: {length}\r\n")));
            assert!(answer.contains("Cross-Origin-Resource-Policy: same-origin"));
            assert!(!answer.contains("Access-Control"));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_only_a_request_of_this_machine_is_answered(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut request = b"GET /metrics HTTP/1.1\r\n".to_vec();
            request.extend(bytes);
            if asked(&request) == Asked::Metrics {
                let text = String::from_utf8_lossy(&request).to_lowercase();
                prop_assert!(text.contains("host:"));
            }
        }
    }
}
