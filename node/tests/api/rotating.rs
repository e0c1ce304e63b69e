use tidings_node::api::{Done, GetStatus, RotatePeerId};
use tidings_node::request_id;

use crate::person::Person;

async fn peer_id(person: &Person) -> String {
    let status = person.node().call(GetStatus {}).await.unwrap();
    status.peer.unwrap()
}

#[tokio::test]
async fn another_peer_id_is_used_from_the_next_start_on_and_once_only() {
    let mut ann = Person::new("Ann").await;
    let first = peer_id(&ann).await;
    let rotate = RotatePeerId {
        request: request_id(),
    };
    for _ in 0..2 {
        let done = ann.node().call(rotate.clone()).await;
        assert_eq!(done, Ok(Done {}));
    }
    assert_eq!(peer_id(&ann).await, first);
    ann.restart().await;
    let second = peer_id(&ann).await;
    assert_ne!(second, first);
    // What was asked for before has had its effect.
    assert_eq!(ann.node().call(rotate).await, Ok(Done {}));
    ann.restart().await;
    assert_eq!(peer_id(&ann).await, second);
}
