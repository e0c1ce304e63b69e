use std::fs;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::Path;

use tempfile::tempdir;
use tidings_node::api::{ErrorKind, GetIdentity, GetStatus, SendMessage};
use tidings_node::{Attached, Builder, Client, Discovery, Home, Mode, OpenError, profile_exists};
use zeroize::Zeroizing;

use crate::person::{QUIC, message};

fn offline(home: &Path) -> Builder {
    Builder::new(home).mode(Mode::Offline).serve(false)
}

fn phrase(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

async fn create(home: &Path) {
    let (node, _) = offline(home).create("Ann").await.unwrap();
    node.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_profile_opens_with_its_passphrase_alone() {
    let home = tempdir().unwrap();
    let builder = offline(home.path()).passphrase(&phrase("correct horse"));
    let (node, _) = builder.create("Ann").await.unwrap();
    let identity = node.call(GetIdentity {}).await.unwrap();
    node.shutdown().await.unwrap();

    let none = offline(home.path()).open().await.unwrap_err();
    assert!(matches!(none, OpenError::NeedsPassphrase) && none.is_locked());
    let wrong = offline(home.path()).passphrase(&phrase("battery staple"));
    let wrong = wrong.open().await.unwrap_err();
    assert!(matches!(wrong, OpenError::WrongPassphrase) && wrong.is_locked());
    let right = offline(home.path()).passphrase(&phrase("correct horse"));
    let node = right.open().await.unwrap();
    assert_eq!(node.call(GetIdentity {}).await.unwrap(), identity);
}

#[tokio::test]
async fn a_profile_is_made_once_and_opened_only_where_it_is() {
    let home = tempdir().unwrap();
    assert!(!profile_exists(home.path()));
    let missing = offline(home.path()).open().await;
    assert!(matches!(missing, Err(OpenError::NoProfile { .. })));
    create(home.path()).await;
    assert!(profile_exists(home.path()));
    let again = offline(home.path()).create("Ben").await;
    assert!(matches!(again, Err(OpenError::ProfileExists { .. })));
    let node = offline(home.path()).open().await.unwrap();
    assert_eq!(node.call(GetIdentity {}).await.unwrap().name, "Ann");
}

#[tokio::test]
async fn a_name_has_as_many_characters_as_it_may() {
    for (characters, fits) in [(0, false), (1, true), (64, true), (65, false)] {
        let name = "ü".repeat(characters);
        assert_eq!(
            tidings_node::check_name(&name).is_ok(),
            fits,
            "{characters}"
        );
        let made = Builder::in_memory().mode(Mode::Offline).create(&name).await;
        match made {
            Ok(_) => assert!(fits, "{characters}"),
            Err(error) => assert!(!fits && matches!(error, OpenError::InvalidName)),
        }
    }
}

#[tokio::test]
async fn a_damaged_database_is_said_to_be_and_is_left_as_it_is() {
    let home = tempdir().unwrap();
    create(home.path()).await;
    let database = home.path().join("profile.db");
    let intact = fs::read(&database).unwrap();
    for (from, to) in [(0, 64), (0, intact.len()), (intact.len() / 2, intact.len())] {
        let mut damaged = intact.clone();
        damaged[from..to].iter_mut().for_each(|byte| *byte ^= 0x55);
        fs::write(&database, &damaged).unwrap();
        let error = offline(home.path()).open().await.unwrap_err();
        assert!(matches!(error, OpenError::Damaged(_)), "{error:?}");
        assert_eq!(fs::read(&database).unwrap(), damaged);
    }
    fs::write(&database, &intact[..intact.len() / 2]).unwrap();
    let error = offline(home.path()).open().await.unwrap_err();
    assert!(matches!(error, OpenError::Damaged(_)), "{error:?}");
    fs::write(&database, &intact).unwrap();
    offline(home.path()).open().await.unwrap();
}

#[tokio::test]
async fn a_damaged_key_file_is_said_to_be() {
    let home = tempdir().unwrap();
    create(home.path()).await;
    let key = home.path().join("key");
    let intact = fs::read(&key).unwrap();
    fs::write(&key, &intact[..intact.len() - 1]).unwrap();
    let error = offline(home.path()).open().await.unwrap_err();
    assert!(matches!(error, OpenError::Damaged(_)), "{error:?}");
    // {0: version, ...}: a version that this program does not know yet.
    let mut newer = intact.clone();
    assert_eq!(newer[..3], [0xa2, 0, 1]);
    newer[2] = 2;
    fs::write(&key, &newer).unwrap();
    let error = offline(home.path()).open().await.unwrap_err();
    assert!(matches!(error, OpenError::NewerSchema), "{error:?}");
    fs::remove_file(&key).unwrap();
    assert!(offline(home.path()).open().await.is_err());
    fs::write(&key, &intact).unwrap();
    offline(home.path()).open().await.unwrap();
}

#[tokio::test]
async fn a_profile_in_use_is_attached_to_instead() {
    let home = tempdir().unwrap();
    let builder = || Builder::new(home.path()).mode(Mode::Offline).daemon(true);
    let (node, _) = builder().create("Ann").await.unwrap();
    let second = builder().open().await.unwrap_err();
    assert!(matches!(second, OpenError::InUse { .. }));
    let attached = Attached::connect(&Home::new(home.path())).await.unwrap();
    let identity = attached.call(GetIdentity {}).await.unwrap();
    assert_eq!(identity, node.call(GetIdentity {}).await.unwrap());
    assert!(attached.call(GetStatus {}).await.unwrap().running);
    let error = attached.call(message("Zoe", "hello")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let client = Client::attach_or_open(builder).await.unwrap();
    assert!(matches!(client, Client::Attached(_)));

    node.shutdown().await.unwrap();
    let lost = attached.call(GetIdentity {}).await.unwrap_err();
    assert_eq!(lost.kind, ErrorKind::Unavailable);
    let client = Client::attach_or_open(builder).await.unwrap();
    assert!(matches!(client, Client::Local(_)));
    assert_eq!(client.call(GetIdentity {}).await.unwrap(), identity);
}

#[tokio::test]
async fn a_port_in_use_is_said_to_be_and_the_profile_stays_free() {
    let home = tempdir().unwrap();
    create(home.path()).await;
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let listening = |address: String| {
        let builder = Builder::new(home.path())
            .discovery(Discovery::Off)
            .serve(false);
        builder.listen(vec![address]).open()
    };
    let error = listening(format!("/ip4/127.0.0.1/udp/{port}/quic-v1")).await;
    let error = error.unwrap_err();
    assert!(matches!(error, OpenError::Listen { .. }), "{error:?}");
    assert!(error.to_string().contains(&port.to_string()));
    let nonsense = listening("port 4001".to_owned()).await.unwrap_err();
    assert!(matches!(nonsense, OpenError::Listen { .. }));
    listening(QUIC.to_owned()).await.unwrap();
}

#[tokio::test]
async fn a_node_that_was_shut_down_says_so() {
    let home = tempdir().unwrap();
    let (node, _) = offline(home.path()).create("Ann").await.unwrap();
    node.shutdown().await.unwrap();
    node.shutdown().await.unwrap();
    let request: SendMessage = message("Zoe", "hello");
    assert_eq!(
        node.call(request).await.unwrap_err().kind,
        ErrorKind::Unavailable
    );
    node.ended().await;
}

#[tokio::test]
async fn metrics_are_served_where_they_were_asked_for_until_the_node_ends() {
    let local = "127.0.0.1:0".parse().unwrap();
    let builder = Builder::in_memory().mode(Mode::Memory).metrics(local);
    let (node, _) = builder.create("Ann").await.unwrap();
    let address = node.metrics().unwrap();
    assert!(address.ip().is_loopback() && address.port() != 0);
    let got = move || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::task::spawn_blocking(got).await.unwrap().unwrap();
    assert!(
        answer.contains("\ntidings_listen_addresses 1\n"),
        "{answer}"
    );
    assert!(answer.contains("mode=\"memory\""), "{answer}");
    node.shutdown().await.unwrap();
    let refused = tokio::task::spawn_blocking(got).await.unwrap();
    assert!(refused.is_err(), "nobody listens there any more");
}

#[tokio::test]
async fn where_others_connect_no_metrics_are_served_and_the_profile_stays_free() {
    let home = tempdir().unwrap();
    create(home.path()).await;
    let all = "0.0.0.0:0".parse().unwrap();
    let refused = offline(home.path()).metrics(all).open().await.unwrap_err();
    assert!(matches!(refused, OpenError::Metrics { .. }), "{refused:?}");
    let node = offline(home.path()).open().await.unwrap();
    assert_eq!(node.metrics(), None);
}
