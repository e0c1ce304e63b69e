//! The floor: what plain TCP takes over the same network, between the same hosts.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::host::{Host, PATIENCE};

/// What goes there and back to see that somebody is reached.
const HELLO: [u8; 64] = [7; 64];

/// Gives back what it gets, on a host; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Echo {
    at: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

impl Echo {
    /// Starts it at an address of the host.
    #[track_caller]
    pub(super) fn start(host: &Host, ip: &str) -> Self {
        let listen = || TcpListener::bind((ip, 0)).unwrap();
        let listener = host.namespace().within(listen);
        listener.set_nonblocking(true).unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener) => {}
                    // Nobody says so: the other end is dropped.
                    _ = stopped => {}
                }
            });
        });
        Self {
            at,
            stop: Some(stop),
            serving: Some(serving),
        }
    }

    /// How long it takes from another host to connect, and to have something come back once.
    #[track_caller]
    pub(super) fn reach(&self, from: &Host) -> Duration {
        let at = self.at;
        from.namespace().within(move || {
            let start = Instant::now();
            Wire::to(at).there_and_back(&HELLO);
            start.elapsed()
        })
    }

    /// A connection from another host.
    #[track_caller]
    pub(super) fn connect(&self, from: &Host) -> Wire {
        let at = self.at;
        from.namespace().within(move || Wire::to(at))
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            // Had it failed, whoever used it would have, too.
            let _ = serving.join();
        }
    }
}

/// A connection with an [`Echo`].
#[derive(Debug)]
pub(super) struct Wire(TcpStream);

impl Wire {
    fn to(at: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&at, PATIENCE).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// How long it takes until this has come back.
    #[track_caller]
    pub(super) fn there_and_back(&mut self, bytes: &[u8]) -> Duration {
        let start = Instant::now();
        self.0.write_all(bytes).unwrap();
        let mut back = vec![0; bytes.len()];
        self.0.read_exact(&mut back).unwrap();
        start.elapsed()
    }
}

async fn serve(listener: TcpListener) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(give_back(stream));
    }
}

async fn give_back(mut stream: tokio::net::TcpStream) {
    stream.set_nodelay(true).unwrap();
    let (mut from, mut to) = stream.split();
    // However it ends.
    let _ = tokio::io::copy(&mut from, &mut to).await;
}
