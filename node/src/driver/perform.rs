//! What the engine's effects do to the world.

use std::pin::pin;
use std::time::Duration;

use tidings_protocol::engine::{Effect, Event, Input, LinkId, LinkPurpose, LoadId};
use tidings_protocol::id::{EnvelopeId, Tag, TransportId};
use tokio::time::{Instant, timeout};

use super::{Driver, Order};
use crate::clock::wall_time;
use crate::failures::{SessionFault, Trouble};
use crate::net::{Net, NetError, Peer, Protocol};

/// How long an inviter is tried alone, before those who may carry a join there are gone to as well.
const INVITER_HEAD_START: Duration = Duration::from_secs(1);

impl Driver {
    /// Does what a durable step asked for.
    pub(super) async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Send { link, frame } => self.send(link, frame),
            Effect::Close { link } => {
                // Dropping the queue gives the link a moment to write what is in it, then ends it.
                self.links.remove(&link);
                self.opening.remove(&link);
            }
            Effect::OpenSession { peer } => self.open(peer, LinkPurpose::Session),
            Effect::OpenCarry { peer } => self.open(peer, LinkPurpose::Carry),
            Effect::ReachInviter {
                tag,
                hint,
                addresses,
                relays,
            } => self.reach(tag, hint, addresses, relays),
            Effect::Keep { peer, addresses } => {
                self.signals.failures().keep(peer);
                if let Some(net) = &self.net {
                    net.keep(peer, addresses).await;
                }
            }
            Effect::Forget { peer } => {
                self.signals.failures().forget(peer);
                if let Some(net) = &self.net {
                    net.forget(peer).await;
                }
            }
            Effect::Load {
                load,
                conversation,
                actor,
                from,
                through,
                bytes,
            } => {
                let (Some(orders), storage) = (self.orders.upgrade(), self.storage.clone()) else {
                    return;
                };
                tokio::spawn(async move {
                    let read = move |reader: &tidings_store::Reader| {
                        reader.operations(conversation, actor, from, through, bytes)
                    };
                    let operations = storage.read(read).await.unwrap_or_else(|error| {
                        tracing::error!(%error, "operations could not be read");
                        Vec::new()
                    });
                    let _ = orders
                        .send(Order::Input(Input::Loaded { load, operations }))
                        .await;
                });
            }
            Effect::Timer(at) => self.wake_at(self.clock.instant(at)),
            Effect::LoadEnvelopes {
                load,
                envelopes,
                bytes,
            } => self.load_envelopes(load, envelopes, bytes),
            Effect::Compute(job) => self.documents.compute(job),
            Effect::Event(event) => self.tell(event),
            Effect::Reply { request, result } => self.requests.finish(request, result),
        }
    }

    fn send(&mut self, link: LinkId, frame: Vec<u8>) {
        let Some(outgoing) = self.links.get(&link) else {
            return;
        };
        let bytes = frame.len();
        if outgoing.send(frame).is_ok() {
            self.meters.sent(bytes);
        } else {
            // The peer does not read: its next session catches up.
            tracing::debug!(?link, "a link's queue is full or gone; it is closed");
            self.links.remove(&link);
        }
    }

    fn wake_at(&mut self, at: Instant) {
        self.timer = Some(self.timer.map_or(at, |timer| timer.min(at)));
    }

    fn load_envelopes(&self, load: LoadId, envelopes: Vec<EnvelopeId>, bytes: usize) {
        let (Some(orders), storage) = (self.orders.upgrade(), self.storage.clone()) else {
            return;
        };
        tokio::spawn(async move {
            let read = move |reader: &tidings_store::Reader| reader.envelopes(&envelopes, bytes);
            let envelopes = storage.read(read).await.unwrap_or_else(|error| {
                tracing::error!(%error, "envelopes could not be read");
                Vec::new()
            });
            let input = Input::EnvelopesLoaded { load, envelopes };
            let _ = orders.send(Order::Input(input)).await;
        });
    }

    /// Opens a link to a connected peer, for a session or for carrying.
    fn open(&self, peer: TransportId, purpose: LinkPurpose) {
        let (Some(net), Some(orders)) = (self.net.clone(), self.orders.upgrade()) else {
            return;
        };
        let (protocol, unopened) = if purpose == LinkPurpose::Carry {
            (Protocol::Carry, Input::CarryUnopened { peer })
        } else {
            (Protocol::Session, Input::Unopened { peer })
        };
        let signals = self.signals.clone();
        tokio::spawn(async move {
            match net.open(peer, protocol).await {
                Ok(link) => {
                    let _ = orders
                        .send(Order::Link {
                            peer,
                            purpose,
                            link,
                        })
                        .await;
                }
                Err(error) => {
                    tracing::debug!(?peer, ?protocol, %error, "no link");
                    if purpose == LinkPurpose::Session {
                        let trouble = Trouble::Session(SessionFault::from(&error));
                        signals.failed(peer, wall_time(), trouble);
                    }
                    let _ = orders.send(Order::Input(unopened)).await;
                }
            }
        });
    }

    fn reach(&self, tag: Tag, hint: [u8; 8], addresses: Vec<String>, relays: Vec<String>) {
        let Some(orders) = self.orders.upgrade() else {
            return;
        };
        let net = self.net.clone();
        tokio::spawn(async move {
            let order = match net {
                Some(net) => match find_inviter(&net, hint, addresses, relays).await {
                    Ok(peer) => net
                        .open(peer, Protocol::Join)
                        .await
                        .map(|link| (peer, link)),
                    Err(error) => Err(error),
                }
                .map_or_else(
                    |error| {
                        tracing::debug!(%error, "the inviter was not reached");
                        Order::Input(Input::Unreachable { tag })
                    },
                    |(peer, link)| Order::Link {
                        peer,
                        purpose: LinkPurpose::Join(tag),
                        link,
                    },
                ),
                None => Order::Input(Input::Unreachable { tag }),
            };
            let _ = orders.send(order).await;
        });
    }

    fn tell(&mut self, event: Event) {
        // Any stranger can cause these at line rate: no warning, and nobody waits for them.
        if let Event::Misbehaved { peer, how } = &event {
            tracing::debug!(?peer, how, "a peer broke the protocol; its link is closed");
            self.note_misbehaved(*peer);
            return;
        }
        if let Event::SessionOpened { peer, .. } = &event {
            self.opening.retain(|_, opening| opening != peer);
        }
        self.signals.tell(event);
    }
}

/// Connects to an inviter. Unless that comes about soon, also to those who may carry the join there.
async fn find_inviter(
    net: &Net,
    hint: [u8; 8],
    addresses: Vec<String>,
    relays: Vec<String>,
) -> Result<TransportId, NetError> {
    let mut inviter = pin!(net.connect(Peer::Hint(hint), addresses));
    match timeout(INVITER_HEAD_START, &mut inviter).await {
        Ok(Ok(found)) => return Ok(found),
        Ok(Err(error)) => {
            net.visit(relays).await;
            return Err(error);
        }
        Err(_) => net.visit(relays).await,
    }
    inviter.await
}
