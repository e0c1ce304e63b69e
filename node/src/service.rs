//! The service: carries out requests, over the driver for what changes and the store for what is
//! only read.
//!
//! Invariants
//! - A request that changes something returns after the change is durable.
//! - A wait ends when its time is over or the node ends, whichever is first.

mod bundles;
mod changes;
mod contacts;
mod deliveries;
mod doctor;
mod events;
mod following;
mod gaps;
mod measuring;
mod messages;
mod nearby;
mod pairing;
mod peers;
mod presence;
mod present;
mod prospects;
mod refusal;
mod rooms;
mod rotating;
mod search;
mod settings;
mod status;
mod sync;
mod transfers;

pub(crate) use bundles::blocking;
pub(crate) use doctor::{FINDINGS, SUBJECTS};
pub use pairing::check_invite_code;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use tidings_protocol::domain::Domain;
use tidings_protocol::engine::{CarryReport, Command, Live};
use tidings_protocol::id::{ConversationId, DeviceId, PersonId, RequestId};
use tidings_protocol::record::{Discovery, Outcome};
use tidings_store::Reader;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::api::{
    ApiError, Done, ErrorKind, Identity, OtherVersion, Reply, Request, Said, SegmentHeads,
};
use crate::builder::Mode;
use crate::documents::{Documents, DocumentsError};
use crate::driver::{Order, OrderError};
use crate::meters::Meters;
use crate::net::{Connection, Heard, Net, Reachability};
use crate::people::People;
use crate::reason;
use crate::signals::{End, Signals};
use crate::storage::{Storage, StorageError};
use crate::transfers::Transfers;
use crate::versions::OtherVersions;

/// Longest wait of one request; a client that wants to wait longer asks again.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// The reply to a request: what is done for each method, a line each.
macro_rules! replies {
    ($request:expr; $($method:ident($given:pat) => $done:expr,)*) => {
        match $request {
            $(Request::$method($given) => Reply::$method($done),)*
        }
    };
}

/// Everything that carries out requests; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) identity: Identity,
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) storage: Storage,
    pub(crate) documents: Documents,
    pub(crate) signals: Signals,
    pub(crate) net: Option<Net>,
    pub(crate) mode: Mode,
    /// Why there is no network though the mode has one.
    pub(crate) lack: Option<Said>,
    /// Whether it looks for others on the local network, and shows itself there.
    pub(crate) discovery: Discovery,
    /// The profile's directory, if it has one.
    pub(crate) directory: Option<PathBuf>,
    /// Whether this node runs on its own account, not for one command.
    pub(crate) daemon: bool,
    /// Whether it was told where to listen.
    pub(crate) listens_where_told: bool,
    /// Whether it keeps as much for others as a mailbox does.
    pub(crate) is_mailbox: bool,
    /// The directory that is watched.
    pub(crate) watching: RwLock<Option<PathBuf>>,
    /// Whether it ends when another process asks for the profile.
    pub(crate) hands_over: bool,
    /// How many programs are attached, once it serves any.
    pub(crate) attached: OnceLock<watch::Receiver<usize>>,
    /// What is moved into files and out of them now.
    pub(crate) transfers: Transfers,
    /// What is counted.
    pub(crate) meters: Meters,
    /// When it was opened, and the number of the message that had been stored last then.
    pub(crate) opened: (Instant, u64),
    /// Contacts as they were at this count of [`Signals::people`].
    pub(crate) people: RwLock<(u64, Arc<People>)>,
}

impl Shared {
    /// The directory that is watched, if one is.
    fn watching(&self) -> Option<PathBuf> {
        self.watching.read().ok()?.clone()
    }
}

impl Service {
    pub(crate) fn new(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Carries out any request.
    pub(crate) async fn handle(&self, request: Request) -> Result<Reply, ApiError> {
        Ok(replies! { request;
            GetIdentity(_) => self.shared.identity.clone(),
            RotatePeerId(request) => self.rotate_peer_id(request).await?,
            MakeInvite(request) => self.make_invite(request).await?,
            AwaitInvite(request) => self.await_invite(request).await?,
            Join(request) => self.join(request).await?,
            AwaitJoin(request) => self.await_join(request).await?,
            CancelJoin(request) => self.cancel_join(request).await?,
            ListContacts(_) => self.list_contacts().await?,
            GetSafetyWords(request) => self.safety_words(request).await?,
            VerifyContact(request) => self.verify(request).await?,
            RenameContact(request) => self.rename(request).await?,
            BlockContact(request) => self.block(request).await?,
            ListConversations(_) => self.conversations(false).await?,
            GetConversation(request) => self.conversation_with(&request.who).await?,
            ListUnread(_) => self.conversations(true).await?,
            CreateRoom(request) => self.create_room(request).await?,
            AcceptRoom(request) => self.accept_room(request).await?,
            InviteMember(request) => self.invite_member(request).await?,
            RemoveMember(request) => self.remove_member(request).await?,
            SetRole(request) => self.set_role(request).await?,
            RenameRoom(request) => self.rename_room(request).await?,
            LeaveRoom(request) => self.leave_room(request).await?,
            SendMessage(request) => self.send(request).await?,
            EditMessage(request) => self.edit(request).await?,
            DeleteMessage(request) => self.delete(request).await?,
            React(request) => self.react(request).await?,
            PinMessage(request) => self.pin(request).await?,
            SetLifetime(request) => self.set_lifetime(request).await?,
            SetDraft(request) => self.set_draft(request).await?,
            SetPreferences(request) => self.set_preferences(request).await?,
            SignalTyping(request) => self.signal_typing(request).await?,
            AwaitPresence(request) => self.await_presence(request).await?,
            AwaitChange(request) => self.await_change(request).await?,
            AwaitState(request) => self.await_state(request).await?,
            ListDeliveries(request) => self.deliveries(request).await?,
            Cancel(request) => self.cancel(request).await?,
            ReadMessages(request) => self.read(request).await?,
            ListDeeds(request) => self.deeds(request).await?,
            SearchMessages(request) => self.search(request).await?,
            ListGone(request) => self.gone(request).await?,
            MarkRead(request) => self.mark_read(request).await?,
            NextEvents(request) => self.next_events(request).await?,
            AcknowledgeEvents(request) => self.acknowledge_events(request).await?,
            Sync(request) => self.sync(request).await?,
            ExportBundle(request) => self.export_bundle(request).await?,
            ImportBundle(request) => self.import_bundle(request).await?,
            InspectBundle(request) => self.inspect_bundle(request).await?,
            ListTransfers(_) => self.shared.transfers.list(),
            CancelTransfer(request) => self.cancel_transfer(request)?,
            PostNotice(request) => self.post_notice(request).await?,
            ListNotices(request) => self.notices(&request).await?,
            PostCheckIn(request) => self.check_in(request).await?,
            ListCheckIns(_) => self.check_ins().await?,
            GetStatus(_) => self.status().await?,
            ListPeers(_) => self.list_peers().await?,
            RunDoctor(request) => self.doctor(request).await?,
            GetSettings(request) => self.settings(&request).await?,
            ChangeSetting(request) => self.configure(request).await?,
            DocumentHeads(request) => self.document_heads(request).await?,
            HandOver(_) => self.hand_over().await?,
            Stop(_) => self.stop().await,
        })
    }

    /// Gives the driver an order; one that has ended already ignores it.
    pub(crate) async fn order(&self, order: Order) {
        let _ = self.shared.orders.send(order).await;
    }

    async fn stop(&self) -> Done {
        self.order(Order::End).await;
        Done {}
    }

    async fn hand_over(&self) -> Result<Done, ApiError> {
        if !self.shared.hands_over {
            return Err(ApiError::new(ErrorKind::Conflict, reason::node_stays()));
        }
        self.shared.signals.hand_over();
        self.order(Order::End).await;
        Ok(Done {})
    }

    /// Whether it has ended, or will, in favour of a node that stays.
    pub(crate) fn was_handed_over(&self) -> bool {
        self.shared.signals.was_handed_over()
    }

    /// Notes which directory is watched from now on.
    pub(crate) fn set_watching(&self, directory: Option<PathBuf>) {
        if let Ok(mut watching) = self.shared.watching.write() {
            *watching = directory;
        }
    }

    /// Notes where it is told from now on how many programs are attached.
    pub(crate) fn serves(&self, attached: watch::Receiver<usize>) {
        let _ = self.shared.attached.set(attached);
    }

    /// How many programs are attached.
    fn attached(&self) -> u64 {
        let attached = self.shared.attached.get();
        attached.map_or(0, |attached| count(*attached.borrow()))
    }

    /// Where the node listens.
    pub(crate) fn listening(&self) -> Vec<String> {
        self.shared
            .net
            .as_ref()
            .map(Net::listening)
            .unwrap_or_default()
    }

    /// How others reach the node from other networks.
    fn reachability(&self) -> Reachability {
        let net = self.shared.net.as_ref();
        net.map(Net::reachability).unwrap_or_default()
    }

    /// What was heard of others on the local network.
    fn heard_on_lan(&self) -> Heard {
        let net = self.shared.net.as_ref();
        net.map(Net::heard).unwrap_or_default()
    }

    /// The connections that are there.
    fn connections(&self) -> Vec<Connection> {
        let net = self.shared.net.as_ref();
        net.map(Net::connections).unwrap_or_default()
    }

    /// The driver's end, for those who may have to wait for it.
    pub(crate) fn end(&self) -> End {
        self.shared.signals.end()
    }

    /// Hands a command to the engine; returns when its outcome is durable.
    async fn command(&self, request: RequestId, command: Command) -> Result<Outcome, ApiError> {
        let (reply, outcome) = oneshot::channel();
        let order = Order::Command {
            request,
            command,
            reply,
        };
        self.shared.orders.send(order).await.map_err(|_| ending())?;
        outcome.await.map_err(|_| ending())?.map_err(ApiError::from)
    }

    /// All contacts and rooms, read again only when they changed.
    pub(crate) async fn people(&self) -> Result<Arc<People>, ApiError> {
        let count = self.shared.signals.people();
        if let Ok(cached) = self.shared.people.read()
            && cached.0 == count
        {
            return Ok(Arc::clone(&cached.1));
        }
        self.people_stored().await
    }

    /// The same, as they are stored now: what is stored is told of a moment later.
    async fn people_stored(&self) -> Result<Arc<People>, ApiError> {
        let count = self.shared.signals.people();
        let read = |reader: &Reader| Ok((reader.contacts()?, reader.devices()?, reader.rooms()?));
        let (contacts, devices, rooms) = self.shared.storage.read(read).await?;
        let people = Arc::new(People::new(self.own(), contacts, &devices, rooms));
        if let Ok(mut cached) = self.shared.people.write() {
            *cached = (count, Arc::clone(&people));
        }
        Ok(people)
    }

    /// Which device this is.
    pub(crate) fn device(&self) -> DeviceId {
        self.shared.identity.device
    }

    fn own(&self) -> PersonId {
        self.shared.identity.person
    }

    /// The devices with a live session.
    async fn live(&self) -> Result<Vec<Live>, ApiError> {
        let (reply, live) = oneshot::channel();
        self.shared
            .orders
            .send(Order::Live(reply))
            .await
            .map_err(|_| ending())?;
        live.await.map_err(|_| ending())
    }

    /// What the engine carries.
    async fn carrying(&self) -> Result<CarryReport, ApiError> {
        let (reply, carrying) = oneshot::channel();
        let order = Order::Carrying(reply);
        self.shared.orders.send(order).await.map_err(|_| ending())?;
        carrying.await.map_err(|_| ending())
    }

    /// Contacts whose version this one cannot talk to.
    pub(crate) async fn other_versions(&self) -> Result<Vec<OtherVersion>, ApiError> {
        let people = self.people().await?;
        Ok(self.shared.signals.versions().list(&people))
    }

    /// Tells of each of them once.
    pub(crate) fn follow_versions(&self) -> OtherVersions {
        OtherVersions::new(self.clone(), self.shared.signals.versions())
    }

    /// The people of whom a device has exchanged everything with us in its present session.
    async fn caught_up(&self) -> Result<Vec<PersonId>, ApiError> {
        let live = self.live().await?;
        Ok(live
            .iter()
            .filter(|live| live.caught_up)
            .map(|live| live.person)
            .collect())
    }

    async fn document_heads(
        &self,
        request: crate::api::DocumentHeads,
    ) -> Result<Vec<SegmentHeads>, ApiError> {
        let people = self.people().await?;
        let conversation = people.place(&request.who)?.conversation();
        let heads = self.shared.documents.heads(conversation).await?;
        let hexadecimal = |head: &[u8; 32]| data_encoding::HEXLOWER.encode(head);
        Ok(heads
            .into_iter()
            .map(|(segment, heads)| SegmentHeads {
                segment,
                layout: tidings_protocol::conversation::LAYOUT,
                heads: heads.iter().map(hexadecimal).collect(),
            })
            .collect())
    }
}

/// When a wait of so many milliseconds is over.
fn deadline(milliseconds: u64) -> Instant {
    Instant::now() + Duration::from_millis(milliseconds).min(WAIT_MAX)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn reused() -> ApiError {
    ApiError::new(ErrorKind::Conflict, reason::request_reused())
}

fn ending() -> ApiError {
    ApiError::ending()
}

impl From<OrderError> for ApiError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Refused(refused) => refusal::of(&refused),
            OrderError::Storage(why) => Self::from(&*why),
            OrderError::Network => Self::new(ErrorKind::Internal, reason::network_ended(&error)),
            OrderError::Ending => ending(),
        }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        Self::from(&error)
    }
}

impl From<DocumentsError> for ApiError {
    fn from(error: DocumentsError) -> Self {
        match error {
            DocumentsError::Store(error) => Self::from(&error),
            DocumentsError::Document(error) => Self::internal(&error),
            DocumentsError::Ended => ending(),
        }
    }
}

/// The name under which a request's part for one conversation is done: a request that touches
/// several conversations is several commands, each with its effect once.
fn part_of(request: RequestId, conversation: ConversationId) -> RequestId {
    let fields: [&[u8]; 2] = [request.as_bytes(), conversation.as_bytes()];
    let hash = Domain::RequestPart.hash(&fields);
    let mut bytes = [0; 16];
    for (byte, hashed) in bytes.iter_mut().zip(hash) {
        *byte = hashed;
    }
    RequestId::new(bytes)
}

#[cfg(test)]
mod tests;
