//! Strangers at the door: programs that speak another version, another language, half a sentence,
//! or not at all. Contacts are served meanwhile. (What a peer may do wrong within the protocol is
//! in the simulation, `tests/simulation/hostile.rs`.)

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use crate::person::{LISTEN, Person, ann_and_ben, pair};

/// Longest that a node may take to answer a stranger or to put it off.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Strangers that are silent at one time, fewer than a node lets in before they said who they are.
const SILENT: usize = 24;

/// The first line of every negotiation.
const HEADER: &[u8] = b"\x13/multistream/1.0.0\n";

/// Bytes of a QUIC packet that a server has to answer.
const QUIC_PACKET_BYTES: usize = 1200;

/// Ann, who can be reached in every way, and where; Ben, who is her contact.
struct Besieged {
    ann: Person,
    ben: Person,
    tcp: SocketAddr,
    udp: SocketAddr,
}

impl Besieged {
    fn new() -> Self {
        let (mut ann, ben) = (Person::new("Ann"), Person::online("Ben"));
        let tcp = "/ip4/127.0.0.1/tcp/0";
        ann.start_with(&["--no-mdns", "--listen", LISTEN, "--listen", tcp], None);
        pair(&ann, &ben);
        let (tcp, udp) = (port(&ann, "/tcp/"), port(&ann, "/udp/"));
        Self { ann, ben, tcp, udp }
    }

    /// Ann and Ben chat as if nobody else were there.
    #[track_caller]
    fn check_undisturbed(&self) {
        self.ben.tell("Ann", "are you there?");
        self.ann.tell("Ben", "yes");
        assert_eq!(self.ann.heard("Ben").last().unwrap(), "are you there?");
        assert_eq!(self.ben.heard("Ann").last().unwrap(), "yes");
    }
}

/// Where somebody's node listens in a way.
pub(crate) fn port(person: &Person, kind: &str) -> SocketAddr {
    let addresses = person.ready()["listen"].as_array().unwrap().iter();
    let mut ports = addresses.filter_map(|address| {
        let (_, rest) = address.as_str()?.split_once(kind)?;
        rest.split('/').next()?.parse().ok()
    });
    SocketAddr::from((Ipv4Addr::LOCALHOST, ports.next().unwrap()))
}

/// Connects and says something; all that comes back until the other side closes.
pub(crate) fn tell(address: SocketAddr, parts: &[&[u8]]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
    // It may hang up in the middle.
    let _ = parts.iter().try_for_each(|part| stream.write_all(part));
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the node does not hang up: {error}"),
    }
    answer
}

/// A QUIC packet that begins a connection, in that version, and holds nothing that makes sense.
pub(crate) fn quic_packet(version: [u8; 4]) -> Vec<u8> {
    let mut packet = vec![0xc3];
    packet.extend(version);
    // Both connection ids, with their lengths.
    packet.extend([8, 1, 1, 1, 1, 1, 1, 1, 1]);
    packet.extend([8, 2, 2, 2, 2, 2, 2, 2, 2]);
    packet.resize(QUIC_PACKET_BYTES, 0);
    packet
}

#[test]
fn a_peer_of_another_version_is_told_so() {
    let besieged = Besieged::new();
    let refused = tell(besieged.tcp, &[b"\x13/multistream/9.9.9\n"]);
    assert!(!refused.starts_with(b"\x13/multistream/9"), "{refused:?}");

    let refused = tell(besieged.tcp, &[HEADER, b"\x09/noise/9\n"]);
    assert_eq!(refused, [HEADER, b"\x03na\n"].concat());

    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
    // A version that is reserved for never being there.
    let packet = quic_packet([0x1a, 0x2a, 0x3a, 0x4a]);
    socket.send_to(&packet, besieged.udp).unwrap();
    let mut answer = [0; QUIC_PACKET_BYTES];
    let length = socket.recv(&mut answer).unwrap();
    // A version negotiation packet: version 0, and our connection ids the other way round.
    let ids = [8, 2, 2, 2, 2, 2, 2, 2, 2, 8, 1, 1, 1, 1, 1, 1, 1, 1];
    assert_eq!(answer[1..5], [0; 4]);
    assert_eq!(answer[5..23], ids);
    let versions: Vec<&[u8]> = answer[23..length].chunks(4).collect();
    assert!(versions.contains(&&[0, 0, 0, 1][..]), "{versions:?}");
    besieged.check_undisturbed();
}

#[test]
fn a_contact_of_another_version_is_named_and_what_is_for_them_waits_unless_it_goes_by_mail() {
    let (ann, mut ben) = ann_and_ben();
    ben.kill();
    ann.run(&["send", "Ben", "--offline", "hello"]).exits(0);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let newer = tidings_node::Builder::new(&ben.home)
        .discovery(tidings_node::Discovery::Off)
        .listen(vec![LISTEN.to_owned()])
        .session_versions(7, 9);
    let newer = runtime.block_on(newer.open()).unwrap();
    let synced = ann.run(&["sync", "--timeout", "60s"]);
    // Mail has versions of its own: it may be sooner than the word that a session is not possible.
    if synced.code == 0 {
        assert_eq!(ben.heard("Ann"), ["hello"]);
    } else {
        assert_eq!(synced.code, 5, "{synced:?}");
    }
    let said = "Ben runs a newer Tidings that this one cannot talk to";
    assert!(synced.err.contains(said), "{synced:?}");
    assert!(ann.run(&["status"]).exits(0).out.contains(said));
    runtime.block_on(newer.shutdown()).unwrap();
    ben.start();
    ann.run(&["sync", "--timeout", "60s"]).exits(0);
    assert_eq!(ben.heard("Ann"), ["hello"]);
}

#[test]
fn garbage_at_either_port_disturbs_nobody() {
    let besieged = Besieged::new();
    let garbage: Vec<u8> = (0..4096_u32)
        .map(|n| (n * n % 251).to_le_bytes()[0])
        .collect();
    tell(besieged.tcp, &[&garbage]);
    tell(besieged.tcp, &[&[0xff; 4096]]);
    tell(besieged.tcp, &[HEADER, &garbage]);
    tell(besieged.tcp, &[HEADER, b"\x07/noise\n", &garbage]);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    for bytes in [0, 1, 20, 1199, 1200, 1472, 4096] {
        socket.send_to(&garbage[..bytes], besieged.udp).unwrap();
        socket.send_to(&vec![0xff; bytes], besieged.udp).unwrap();
    }
    socket
        .send_to(&quic_packet([0, 0, 0, 1]), besieged.udp)
        .unwrap();
    besieged.check_undisturbed();
}

/// Strangers who connect, say half of something and wait; who is hung up on comes back.
struct Siege {
    over: Arc<AtomicBool>,
    hung_up: Receiver<usize>,
}

impl Siege {
    /// What they say before they fall silent: nothing, half a line, half a frame.
    const BEGINNINGS: [&[u8]; 4] = [
        b"",
        b"\x13/multi",
        b"\x13/multistream/1.0.0\n\x07/no",
        b"\x13/multistream/1.0.0\n\x07/noise\n\x00\x20half",
    ];

    /// Surrounds a port; when this returns, all are connected.
    fn begin(address: SocketAddr) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (arrived, arrivals) = mpsc::channel();
        let (report, hung_up) = mpsc::channel();
        for number in 0..SILENT {
            let (over, arrived, report) = (Arc::clone(&over), arrived.clone(), report.clone());
            let beginning = number % Self::BEGINNINGS.len();
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let Ok(mut stream) = TcpStream::connect(address) else {
                        return;
                    };
                    let _ = stream.write_all(Self::BEGINNINGS[beginning]);
                    let _ = arrived.send(());
                    let _ = stream.read_to_end(&mut Vec::new());
                    let _ = report.send(beginning);
                }
            });
        }
        for _ in 0..SILENT {
            arrivals.recv_timeout(ANSWER_TIMEOUT).unwrap();
        }
        Self { over, hung_up }
    }

    /// Waits until one of each kind has been hung up on.
    fn is_put_off(&self) {
        let mut waiting = vec![true; Self::BEGINNINGS.len()];
        while waiting.contains(&true) {
            let hung_up = self.hung_up.recv_timeout(ANSWER_TIMEOUT);
            waiting[hung_up.unwrap()] = false;
        }
    }
}

impl Drop for Siege {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

#[test]
fn strangers_who_say_nothing_or_half_a_frame_keep_no_contact_out() {
    let mut besieged = Besieged::new();
    let siege = Siege::begin(besieged.tcp);
    besieged.check_undisturbed();
    // He comes to another port, so that it is he who has to get in.
    besieged.ben.kill();
    besieged.ben.start();
    besieged.check_undisturbed();
    siege.is_put_off();
    besieged.check_undisturbed();
}
