//! What holds for the whole profile.

use tempfile::tempdir;
use tidings_node::api::{ChangeSetting, ErrorKind, GetSettings, GetStatus};
use tidings_node::{Builder, Mode, request_id};

use crate::person::passing;

fn accept(value: &str) -> ChangeSetting {
    change("rooms.accept", value)
}

fn change(key: &str, value: &str) -> ChangeSetting {
    ChangeSetting {
        request: request_id(),
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn a_setting_keeps_its_value_and_a_retry_of_an_older_one_changes_nothing() {
    let ann = passing("Ann", Mode::Offline).await;
    let settings = ann.call(GetSettings::default()).await.unwrap();
    assert_eq!(
        (&*settings[0].key, &*settings[0].value),
        ("rooms.accept", "contacts")
    );
    let first = accept("nobody");
    assert_eq!(ann.call(first.clone()).await.unwrap().value, "nobody");
    assert_eq!(
        ann.call(accept("contacts")).await.unwrap().value,
        "contacts"
    );
    assert_eq!(ann.call(first).await.unwrap().value, "contacts");
    let one = GetSettings {
        key: Some("rooms.accept".to_owned()),
    };
    assert_eq!(ann.call(one).await.unwrap(), settings[..1]);
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_and_changes_nothing() {
    let ann = passing("Ann", Mode::Offline).await;
    let unknown = ChangeSetting {
        key: "tea".to_owned(),
        ..accept("nobody")
    };
    for refused in [unknown, accept("everybody")] {
        let error = ann.call(refused).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
    let settings = ann.call(GetSettings::default()).await.unwrap();
    assert_eq!(settings[0].value, "contacts");
}

#[tokio::test]
async fn a_mode_that_is_set_holds_for_whoever_opens_the_profile_next_and_says_nothing_else() {
    let home = tempdir().unwrap();
    let builder = || Builder::new(home.path()).serve(false);
    let (ann, _) = builder().mode(Mode::Memory).create("Ann").await.unwrap();
    let set = change("network.mode", "offline");
    assert!(ann.call(set).await.unwrap().at_start);
    let status = ann.call(GetStatus {}).await.unwrap();
    let modes = (status.mode.as_str(), status.mode_set.as_str());
    assert_eq!(modes, ("memory", "offline"), "it goes on as it was started");
    ann.shutdown().await.unwrap();
    let ann = builder().open().await.unwrap();
    let status = ann.call(GetStatus {}).await.unwrap();
    assert_eq!((&*status.mode, status.peer), ("offline", None));
    assert!(status.listen.is_empty());
    ann.shutdown().await.unwrap();
    let ann = builder().mode(Mode::Memory).open().await.unwrap();
    let status = ann.call(GetStatus {}).await.unwrap();
    assert_eq!((&*status.mode, &*status.mode_set), ("memory", "offline"));
    ann.shutdown().await.unwrap();
}
