use tidings_node::api::{ChangeSetting, GetIdentity};
use tokio::sync::oneshot;

use super::*;
use crate::chat::{Ask, Way, left_behind};
use crate::output::sample;
use crate::texts::Language;

const PASSPHRASE: &str = "correct horse";

fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// A profile's directory. Whoever opens the profile uses no network.
async fn profile(passphrase: Option<&str>) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let mut builder = offline(home.path());
    if let Some(passphrase) = passphrase {
        builder = builder.passphrase(&secret(passphrase));
    }
    let (node, _words) = builder.create("Ann").await.unwrap();
    let setting = ChangeSetting {
        request: tidings_node::request_id(),
        key: "network.mode".to_owned(),
        value: OFFLINE.to_owned(),
    };
    node.call(setting).await.unwrap();
    node.shutdown().await.unwrap();
    home
}

fn offline(home: &Path) -> Builder {
    Builder::new(home).mode(Mode::Offline)
}

#[test]
fn why_nobody_can_be_reached_is_said_in_ones_own_language() {
    let korean = Texts::of(Language::Korean);
    let mut status = sample::status();
    assert_eq!(alone(&status, &korean), None);
    let lack = tidings_node::OpenError::Network("no sockets".to_owned()).said();
    let (english, reasons) = lack.into_parts();
    (status.lack, status.lack_reasons) = (Some(english.clone()), reasons);
    let said = alone(&status, &korean).unwrap().to_string();
    let why = "네트워크를 쓰지 않습니다: 네트워크를 시작할 수 없습니다: no sockets";
    assert!(said.ends_with(why), "{said}");
    let said = alone(&status, &Texts::default()).unwrap().to_string();
    assert!(said.ends_with(&format!("{english}.")), "{said}");
    status.mode = OFFLINE.to_owned();
    assert_eq!(alone(&status, &korean), Some(korean.alone_offline()));
}

/// An interface that opens the profile, or attaches to whoever has.
async fn interface(home: &Path) -> Session {
    let client = Client::attach_or_open(|| offline(home)).await.unwrap();
    let terminal = Settings::now();
    Session::of(client, home.to_owned(), Network::Stay, None, terminal)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_interface_leaves_while_the_second_goes_on() {
    let home = profile(None).await;
    let first = interface(home.path()).await;
    let second = interface(home.path()).await;
    assert!(matches!(first.client().await, Client::Local(_)));
    assert!(matches!(second.client().await, Client::Attached(_)));
    second.call(GetIdentity {}).await.unwrap();
    first.finish().await.unwrap();
    let identity = second.call(GetIdentity {}).await.unwrap();
    assert_eq!(identity.name, "Ann");
    assert!(matches!(second.client().await, Client::Local(_)));
    second.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_while_the_profile_is_locked_waits_for_its_passphrase() {
    let home = profile(Some(PASSPHRASE)).await;
    let daemon = offline(home.path()).passphrase(&secret(PASSPHRASE));
    let daemon = daemon.open().await.unwrap();
    let session = interface(home.path()).await;
    let mut lock = session.lock();
    session.call(GetIdentity {}).await.unwrap();
    daemon.shutdown().await.unwrap();

    let (answered, mut answer) = oneshot::channel();
    let asking = session.clone();
    tokio::spawn(async move {
        let _ = answered.send(asking.call(GetIdentity {}).await);
    });
    assert!(lock.changed().await);
    let failure = lock.unlock(secret("wrong")).await.unwrap_err();
    assert_eq!(failure.cause, Cause::Locked);
    assert!(answer.try_recv().is_err(), "it still waits");
    lock.unlock(secret(PASSPHRASE)).await.unwrap();
    assert!(!lock.changed().await);
    assert_eq!(answer.await.unwrap().unwrap().name, "Ann");
    session.finish().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_asked_a_locked_profile_is_a_failure() {
    let home = profile(Some(PASSPHRASE)).await;
    let daemon = offline(home.path()).passphrase(&secret(PASSPHRASE));
    let daemon = daemon.open().await.unwrap();
    let session = interface(home.path()).await;
    daemon.shutdown().await.unwrap();
    let failure = session.call(GetIdentity {}).await.unwrap_err();
    assert_eq!(failure.cause, Cause::Locked);
}

/// Something that is written while an interface is left.
fn export() -> Ask {
    Ask::Bundle {
        way: Way::Export,
        typed: "/media/stick".to_owned(),
        path: "/media/stick".into(),
    }
}

/// How long a test waits for what is to come at once, or after the longest wait of its own.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_a_locked_profile_hears_at_once_what_becomes_of_a_file() {
    let home = profile(Some(PASSPHRASE)).await;
    let daemon = offline(home.path()).passphrase(&secret(PASSPHRASE));
    let daemon = daemon.open().await.unwrap();
    let session = interface(home.path()).await;
    let mut lock = session.lock();
    daemon.shutdown().await.unwrap();
    let asking = session.clone();
    tokio::spawn(async move { asking.call(GetIdentity {}).await });
    assert!(lock.changed().await);
    let (asks, texts) = ([export()], Texts::default());
    let left = left_behind(asks.iter(), &session, &texts);
    let left = tokio::time::timeout(SOON, left).await.unwrap();
    let broken_off = texts.left_behind(Way::Export, Path::new("/media/stick"), false);
    assert_eq!(left, [broken_off]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_while_a_node_does_not_answer_waits_no_longer_than_may_be() {
    let home = profile(None).await;
    let session = interface(home.path()).await;
    // As somebody holds it who opens the profile anew, and waits for a node that hangs.
    let _link = session.shared.link.write().await;
    let (asks, texts) = ([export()], Texts::default());
    let left = left_behind(asks.iter(), &session, &texts);
    let left = tokio::time::timeout(SOON, left).await.unwrap();
    let broken_off = texts.left_behind(Way::Export, Path::new("/media/stick"), false);
    assert_eq!(left, [broken_off]);
}
