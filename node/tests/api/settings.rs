//! What holds for the whole profile.

use tidings_node::api::{ChangeSetting, ErrorKind, GetSettings};
use tidings_node::{Mode, request_id};

use crate::person::passing;

fn accept(value: &str) -> ChangeSetting {
    ChangeSetting {
        request: request_id(),
        key: "rooms.accept".to_owned(),
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn a_setting_keeps_its_value_and_a_retry_of_an_older_one_changes_nothing() {
    let ann = passing("Ann", Mode::Offline).await;
    let settings = ann.call(GetSettings::default()).await.unwrap();
    assert_eq!(settings.len(), 2);
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
