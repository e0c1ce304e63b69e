//! The socket of somebody's profile, over which their node is asked one thing after the other: no program has to start
//! for it, whose time would count.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::host::PATIENCE;

/// See the module.
#[derive(Debug)]
pub(super) struct Socket {
    stream: BufReader<UnixStream>,
    asked: u64,
}

impl Socket {
    /// The socket of a node that said that it is ready.
    #[track_caller]
    pub(super) fn of(ready: &Value) -> Self {
        let path = ready["socket"].as_str().unwrap();
        let stream = UnixStream::connect(path).unwrap();
        // Longer than a node is ever asked to wait.
        stream.set_read_timeout(Some(2 * PATIENCE)).unwrap();
        Self {
            stream: BufReader::new(stream),
            asked: 0,
        }
    }

    /// Who is connected, and which contacts are not.
    #[track_caller]
    pub(super) fn peers(&mut self) -> Vec<Value> {
        let peers = self.ask("peers", &json!({}));
        peers.as_array().unwrap().clone()
    }

    /// Sends a text; how long it took until it was delivered, `None` if it was not after `patience`.
    #[track_caller]
    pub(super) fn tell(&mut self, who: &str, text: &str, patience: Duration) -> Option<Duration> {
        let start = Instant::now();
        let request = tidings_node::request_id();
        let params = json!({"request": request, "who": who, "text": text});
        let sent = self.ask("send", &params);
        let timeout = u64::try_from(patience.as_millis()).unwrap();
        let params = json!({"message": sent["id"], "state": "delivered", "timeout": timeout});
        let awaited = self.ask("wait", &params);
        (awaited["reached"] == true).then(|| start.elapsed())
    }

    #[track_caller]
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let request =
            json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params});
        let request = format!("{request}\n");
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        self.stream.read_line(&mut reply).unwrap();
        let mut reply: Value = serde_json::from_str(&reply).unwrap();
        assert!(reply["error"].is_null(), "{method}: {reply}");
        reply["result"].take()
    }
}
