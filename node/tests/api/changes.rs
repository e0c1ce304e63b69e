//! What changes beside messages, as those who follow it learn.

use tempfile::TempDir;
use tidings_node::api::{
    AwaitChange, ChangeSetting, Changed, CreateRoom, DeedKind, DeleteMessage, ErrorKind,
    GetConversation, ListContacts, ListDeeds, ListGone, ListPeers, MakeInvite, MarkRead,
    RenameContact, SetDraft, SetLifetime, SetPreferences,
};
use tidings_node::{Builder, Mode, Node, request_id};

use crate::person::{PATIENCE, passing};

async fn changes(node: &Node, since: Option<u64>) -> Changed {
    node.call(AwaitChange { since, wait: 0 }).await.unwrap()
}

fn draft(who: &str, text: &str) -> SetDraft {
    SetDraft {
        request: request_id(),
        who: who.into(),
        text: text.to_owned(),
    }
}

async fn garden(node: &Node) {
    let create = CreateRoom {
        request: request_id(),
        title: "Garden".to_owned(),
        with: Vec::new(),
    };
    node.call(create).await.unwrap();
}

async fn set(node: &Node) {
    let setting = ChangeSetting {
        request: request_id(),
        key: "rooms.accept".to_owned(),
        value: "nobody".to_owned(),
    };
    node.call(setting).await.unwrap();
}

#[tokio::test]
async fn whoever_missed_several_changes_is_told_the_kinds_of_all_and_then_of_none() {
    let ann = passing("Ann", Mode::Offline).await;
    garden(&ann).await;
    let known = changes(&ann, None).await.version;
    assert_eq!(changes(&ann, Some(known)).await.version, known);
    ann.call(draft("Garden", "Dear")).await.unwrap();
    let drafted = changes(&ann, Some(known)).await;
    assert!(drafted.conversations && !drafted.settings, "{drafted:?}");
    set(&ann).await;
    let both = changes(&ann, Some(known)).await;
    assert!(both.conversations && both.settings, "{both:?}");
    assert!(!both.read && !both.people && !both.gone, "{both:?}");
    let later = changes(&ann, Some(drafted.version)).await;
    assert!(later.settings && !later.conversations, "{later:?}");
    let nothing = changes(&ann, Some(both.version)).await;
    let none = Changed {
        version: both.version,
        people: false,
        conversations: false,
        read: false,
        gone: false,
        deeds: false,
        network: false,
        settings: false,
        transfers: false,
    };
    assert_eq!(nothing, none);
}

#[tokio::test]
async fn a_version_from_before_a_start_makes_everything_new() {
    let home = tempfile::tempdir().unwrap();
    let builder = || Builder::new(home.path()).mode(Mode::Offline).serve(false);
    let (ann, _) = builder().create("Ann").await.unwrap();
    let known = changes(&ann, None).await.version;
    ann.shutdown().await.unwrap();
    let ann = builder().open().await.unwrap();
    for since in [None, Some(known)] {
        let all = changes(&ann, since).await;
        let kinds = [
            all.people,
            all.conversations,
            all.read,
            all.gone,
            all.network,
            all.settings,
        ];
        assert_eq!(kinds, [true; 6], "{since:?}");
    }
}

#[tokio::test]
async fn a_wait_ends_with_the_node() {
    let ann = passing("Ann", Mode::Offline).await;
    let since = Some(changes(&ann, None).await.version);
    let wait = AwaitChange {
        since,
        wait: PATIENCE,
    };
    let (ended, shut_down) = tokio::join!(ann.call(wait), ann.shutdown());
    shut_down.unwrap();
    assert_eq!(ended.unwrap_err().kind, ErrorKind::Unavailable);
}

#[cfg(unix)]
mod together {
    //! Two clients of one node, one of them in the node's process and one attached to it.

    use tidings_node::{Attached, Client, Home};

    use super::*;
    use crate::person::{deliver, join, joined, pair};

    /// Somebody who follows what changes.
    struct Follower<'a> {
        client: &'a Client,
        version: u64,
    }

    impl<'a> Follower<'a> {
        async fn of(client: &'a Client) -> Self {
            let version = client.call(AwaitChange::default()).await.unwrap().version;
            Self { client, version }
        }

        /// Waits until something of a kind has changed since it was told last.
        async fn told(&mut self, kind: fn(&Changed) -> bool) {
            loop {
                let wait = AwaitChange {
                    since: Some(self.version),
                    wait: PATIENCE,
                };
                let changed = self.client.call(wait).await.unwrap();
                assert_ne!(changed.version, self.version, "it was told of nothing");
                self.version = changed.version;
                if kind(&changed) {
                    return;
                }
            }
        }
    }

    /// A node with two clients, and the directory of its profile.
    async fn two_clients() -> (TempDir, Client, Client) {
        let home = tempfile::tempdir().unwrap();
        let builder = Builder::new(home.path()).mode(Mode::Memory);
        let (node, _) = builder.create("Ann").await.unwrap();
        let attached = Attached::connect(&Home::new(home.path())).await.unwrap();
        (home, Client::Local(node), Client::Attached(attached))
    }

    fn node(client: &Client) -> &Node {
        match client {
            Client::Local(node) => node,
            Client::Attached(_) => panic!("it is attached"),
        }
    }

    #[tokio::test]
    async fn what_one_client_wants_of_a_conversation_the_other_is_told() {
        let (_home, local, attached) = two_clients().await;
        let ben = passing("Ben", Mode::Memory).await;
        pair(node(&local), &ben).await;
        deliver(node(&local), "Ben", "hello").await;
        let of_ben = GetConversation { who: "Ben".into() };
        let rounds = [(&local, &attached, 1_u32), (&attached, &local, 2)];
        for (one, other, round) in rounds {
            let mut follower = Follower::of(other).await;
            let text = format!("draft {round}");
            let drafted = one.call(draft("Ben", &text));
            let (_, drafted) = tokio::join!(follower.told(|it| it.conversations), drafted);
            drafted.unwrap();
            let seen = other.call(of_ben.clone()).await.unwrap();
            assert_eq!(seen.draft, Some(text));

            let muted = round == 1;
            let mute = SetPreferences {
                request: request_id(),
                who: "Ben".into(),
                muted: Some(muted),
                archived: None,
                read_receipts: None,
            };
            let mute = one.call(mute);
            let (_, done) = tokio::join!(follower.told(|it| it.conversations), mute);
            done.unwrap();
            assert_eq!(other.call(of_ben.clone()).await.unwrap().muted, muted);

            let seconds = Some(3_600 * round);
            let lifetime = SetLifetime {
                request: request_id(),
                who: "Ben".into(),
                seconds,
            };
            let lifetime = one.call(lifetime);
            let told = follower.told(|it| it.conversations && it.deeds);
            let (_, done) = tokio::join!(told, lifetime);
            done.unwrap();
            let seen = other.call(of_ben.clone()).await.unwrap();
            assert_eq!(seen.disappears_after, seconds);
            let deeds = other.call(ListDeeds { who: "Ben".into() }).await.unwrap();
            let what: Vec<DeedKind> = deeds.into_iter().map(|deed| deed.what).collect();
            let said = (1..=round).map(|round| Some(3_600 * round));
            let said = said.map(|seconds| DeedKind::Disappearing { seconds });
            assert_eq!(what, said.collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn what_one_client_reads_or_drops_the_other_is_told() {
        let (_home, local, attached) = two_clients().await;
        let ben = passing("Ben", Mode::Memory).await;
        pair(node(&local), &ben).await;
        let of_ben = GetConversation { who: "Ben".into() };
        for (one, other) in [(&local, &attached), (&attached, &local)] {
            let message = deliver(&ben, "Ann", "hello").await.id;
            assert_eq!(other.call(of_ben.clone()).await.unwrap().unread, 1);
            let mut follower = Follower::of(other).await;
            let mark = MarkRead {
                request: request_id(),
                messages: vec![message],
            };
            let (_, marked) = tokio::join!(follower.told(|it| it.read), one.call(mark));
            marked.unwrap();
            assert_eq!(other.call(of_ben.clone()).await.unwrap().unread, 0);

            let drop = DeleteMessage {
                request: request_id(),
                message: message.to_string(),
                for_me: true,
            };
            let (_, dropped) = tokio::join!(follower.told(|it| it.gone), one.call(drop));
            dropped.unwrap();
            let messages = vec![message];
            assert_eq!(other.call(ListGone { messages }).await.unwrap(), [message]);
        }
    }

    #[tokio::test]
    async fn whom_one_client_renames_or_meets_the_other_is_told() {
        let (_home, local, attached) = two_clients().await;
        let ben = passing("Ben", Mode::Memory).await;
        pair(node(&local), &ben).await;
        deliver(node(&local), "Ben", "hello").await;
        let mut named = "Ben";
        for (one, other, name, guest) in [
            (&local, &attached, "Benjamin", "Carla"),
            (&attached, &local, "Benny", "Dora"),
        ] {
            let mut follower = Follower::of(other).await;
            let rename = RenameContact {
                request: request_id(),
                who: named.into(),
                name: name.to_owned(),
            };
            let (_, renamed) = tokio::join!(
                follower.told(|it| it.people && it.conversations),
                one.call(rename)
            );
            renamed.unwrap();
            named = name;
            let contacts = other.call(ListContacts {}).await.unwrap();
            assert!(contacts.iter().any(|contact| contact.name == name));

            let met = async {
                let guest = passing(guest, Mode::Memory).await;
                let invite = MakeInvite {
                    request: request_id(),
                    expires_in: PATIENCE,
                    reusable: false,
                };
                let code = one.call(invite).await.unwrap().code;
                join(&guest, &code).await;
                guest.call(joined(&code)).await.unwrap();
                guest
            };
            let has_session = async {
                loop {
                    follower.told(|it| it.network).await;
                    let known = other.call(ListPeers {}).await.unwrap();
                    let name = Some(guest.to_owned());
                    if known.iter().any(|peer| peer.name == name && peer.session) {
                        return;
                    }
                }
            };
            let (_guest, ()) = tokio::join!(met, has_session);
        }
    }
}
