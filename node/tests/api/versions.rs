//! Nodes of versions that have no session in common.

use tidings_node::api::{GetStatus, MessageState, OtherVersion, Sync};

use crate::person::{PATIENCE, ann_and_ben, reached, send};

#[tokio::test]
async fn a_contact_of_another_version_is_named_once_and_served_when_they_are_back() {
    let (ann, mut ben) = ann_and_ben().await;
    for (speaks, newer) in [((7, 9), true), ((0, 0), false)] {
        let mut others = ann.node().other_versions();
        ben.stop().await;
        ben.speaks = Some(speaks);
        ben.start().await;
        let kept = send(ann.node(), "Ben", "do you understand me?").await;
        let sync = Sync {
            who: None,
            timeout: PATIENCE,
        };
        let synced = ann.node().call(sync).await.unwrap();
        // What is sealed needs no session: it may have come all the same.
        assert_eq!(synced.reached, 0);
        let told = others.next().await.unwrap();
        assert_eq!((told.name.as_str(), told.newer), ("Ben", newer));
        assert_eq!(synced.other_versions, std::slice::from_ref(&told));
        assert_eq!(listed(ann.node()).await, [told]);

        ben.speaks = None;
        ben.restart().await;
        reached(ann.node(), kept.id, MessageState::Delivered).await;
        let sync = Sync {
            who: None,
            timeout: PATIENCE,
        };
        assert_eq!(ann.node().call(sync).await.unwrap().reached, 1);
        assert_eq!(listed(ann.node()).await, []);
    }
}

#[tokio::test]
async fn who_waits_for_another_version_is_told_that_the_node_has_ended() {
    let mut ann = crate::person::Person::new("Ann").await;
    let mut others = ann.node().other_versions();
    ann.stop().await;
    assert_eq!(others.next().await, None);
}

async fn listed(node: &tidings_node::Node) -> Vec<OtherVersion> {
    node.call(GetStatus {}).await.unwrap().other_versions
}
