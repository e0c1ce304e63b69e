//! A session bus with a desktop on it that takes notifications: as much of D-Bus as one client needs.
//!
//! <https://dbus.freedesktop.org/doc/dbus-specification.html>

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tempfile::TempDir;

/// Longest that a notification may take.
const TOLD_TIMEOUT: Duration = Duration::from_secs(120);

/// A message's bytes before its fields.
const FIXED_BYTES: usize = 16;

/// See the module.
pub(super) struct Bus {
    directory: TempDir,
    told: Receiver<Vec<u8>>,
}

impl Bus {
    pub(super) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(path(&directory)).unwrap();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let tell = tell.clone();
                std::thread::spawn(move || serve(stream.unwrap(), &tell));
            }
        });
        Self { directory, told }
    }

    /// Where programs find it.
    pub(super) fn address(&self) -> String {
        format!("unix:path={}", path(&self.directory).display())
    }

    /// The next notification, as it came.
    #[track_caller]
    pub(super) fn told(&self) -> String {
        let message = self.told.recv_timeout(TOLD_TIMEOUT).unwrap();
        String::from_utf8_lossy(&message).into_owned()
    }
}

fn path(directory: &TempDir) -> PathBuf {
    directory.path().join("bus")
}

/// Serves a client until it is gone.
fn serve(mut stream: UnixStream, tell: &Sender<Vec<u8>>) {
    let mut came = Vec::new();
    while let Some(line) = line(&mut stream, &mut came) {
        let answer = if line.contains("AUTH") {
            "OK 0123456789abcdef0123456789abcdef\r\n"
        } else if line.contains("NEGOTIATE_UNIX_FD") {
            "AGREE_UNIX_FD\r\n"
        } else if line.contains("BEGIN") {
            break;
        } else {
            "ERROR\r\n"
        };
        stream.write_all(answer.as_bytes()).unwrap();
    }
    while let Some(message) = message(&mut stream, &mut came) {
        let contains = |name: &str| {
            let name = format!("{name}\0");
            message
                .windows(name.len())
                .any(|part| part == name.as_bytes())
        };
        let serial = number(&message, 8);
        let answer = if contains("Hello") {
            reply(serial, "s", b"\x04\0\0\0:1.1\0")
        } else if contains("Notify") {
            tell.send(message.clone()).unwrap();
            reply(serial, "u", &7_u32.to_le_bytes())
        } else {
            reply(serial, "", b"")
        };
        if stream.write_all(&answer).is_err() {
            return;
        }
    }
}

/// Takes more; nothing if there is none.
fn more(stream: &mut UnixStream, came: &mut Vec<u8>) -> Option<()> {
    let mut bytes = [0; 4096];
    let read = stream.read(&mut bytes).ok().filter(|read| *read > 0)?;
    came.extend_from_slice(&bytes[..read]);
    Some(())
}

fn line(stream: &mut UnixStream, came: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = came.windows(2).position(|pair| pair == b"\r\n") {
            let line: Vec<u8> = came.drain(..end + 2).collect();
            return Some(String::from_utf8_lossy(&line).into_owned());
        }
        more(stream, came)?;
    }
}

fn message(stream: &mut UnixStream, came: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if came.len() >= FIXED_BYTES {
            assert_eq!(came[0], b'l', "the other byte order");
            let fields = number(came, 12).next_multiple_of(8);
            let bytes = FIXED_BYTES + usize::try_from(fields + number(came, 4)).unwrap();
            if came.len() >= bytes {
                return Some(came.drain(..bytes).collect());
            }
        }
        more(stream, came)?;
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// A message that answers another one.
fn reply(serial: u32, signature: &str, body: &[u8]) -> Vec<u8> {
    let mut fields = vec![5, 1, b'u', 0];
    fields.extend_from_slice(&serial.to_le_bytes());
    fields.extend_from_slice(&[8, 1, b'g', 0, u8::try_from(signature.len()).unwrap()]);
    fields.extend_from_slice(signature.as_bytes());
    fields.push(0);
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let mut reply = vec![b'l', 2, 1, 1];
    reply.extend_from_slice(&length(body));
    reply.extend_from_slice(&1_u32.to_le_bytes());
    reply.extend_from_slice(&length(&fields));
    reply.extend_from_slice(&fields);
    reply.resize(reply.len().next_multiple_of(8), 0);
    reply.extend_from_slice(body);
    reply
}
