//! A Tidings node as a library: open a profile, invite, join, send, and follow what happens.
//!
//! ```no_run
//! use tidings_node::{Builder, api, request_id};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let node = Builder::new("/home/ann/.tidings").open().await?;
//! let sent = node
//!     .call(api::SendMessage {
//!         request: request_id(),
//!         who: "Ben".into(),
//!         text: "Are you safe?".into(),
//!         reply_to: None,
//!         priority: false,
//!     })
//!     .await?;
//! let awaited = node
//!     .call(api::AwaitState {
//!         message: sent.id,
//!         state: api::MessageState::Delivered,
//!         timeout: 30_000,
//!     })
//!     .await?;
//! println!("delivered: {}", awaited.reached);
//! node.shutdown().await?;
//! # Ok(()) }
//! ```
//!
//! Every call is a request type of [`api`], in this process or, through [`Attached`], in another.
//! What happens is kept until it is dealt with: [`api::NextEvents`] hands out events after a named
//! listener's place, [`api::AcknowledgeEvents`] moves that place, and both survive restarts. A kind
//! of event that a program does not know is to be passed over: more may be added. What passes, who is
//! there and who types, is kept nowhere: [`api::AwaitPresence`] says how it is and waits for it to change.
//! Of all else that is shown, [`api::AwaitChange`] says what to ask for again.
//!
//! Invariants
//! - No global runtime, logger or state: the caller brings tokio, and `tracing` if wanted.
//! - No type of the network, database or document library is in a public signature.

pub mod api;
mod builder;
pub mod bundle;
mod clock;
mod documents;
mod driver;
mod error;
mod failures;
mod handle;
mod home;
mod kinds;
mod mention;
mod meters;
mod metrics;
mod net;
mod panic_reports;
mod people;
pub mod query;
mod reason;
mod room_listeners;
pub mod rpc;
mod service;
mod signals;
mod storage;
mod thread;
mod transfers;
mod versions;
mod watch;
pub mod words;

pub use builder::{Builder, Carries, Mode, check_name};
pub use error::OpenError;
pub use handle::{Client, Node, profile_exists, request_id};
pub use home::Home;
pub use panic_reports::{PanicReports, REPORT_BYTES_MAX as PANIC_REPORT_BYTES_MAX};
pub use rpc::{AttachError, Attached};
pub use service::check_invite_code;
pub use tidings_protocol::engine::DORMANT_AFTER;
pub use tidings_protocol::id::{
    ConversationId, DeviceId, NearbyKey, NoticeId, OperationId, PersonId, RequestId, Tag as JoinId,
};
pub use tidings_protocol::identity::{RecoveryWords, SafetyWordsError, typed_safety_words};
pub use tidings_protocol::record::Discovery;
pub use versions::OtherVersions;
pub use watch::{Watch, Watched};
