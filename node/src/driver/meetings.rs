//! By which keys contacts are met in the table of who is where: the engine says it, the network does it.
//!
//! It changes with the time, with contacts, and with the secrets that are shared with them. So it is asked for every
//! minute, and when contacts change; a key that is a minute old harms nothing. Whom the network met is kept as often, and
//! at the end.

use tidings_protocol::engine::Meeting;

use super::Driver;
use crate::home::{Home, Kept};
use crate::net::Net;

/// What the network was told last, and whether to look if it is still so.
#[derive(Debug)]
pub(super) struct Meetings {
    told: Vec<Meeting>,
    are_due: bool,
    home: Option<Home>,
}

impl Meetings {
    pub(super) const fn new(home: Option<Home>) -> Self {
        Self {
            told: Vec::new(),
            are_due: true,
            home,
        }
    }

    /// Has it be looked at with the next turn.
    pub(super) const fn are_due(&mut self) {
        self.are_due = true;
    }
}

impl Driver {
    /// Keeps whom the network met of those who keep the table, for the next start.
    pub(super) fn keep_nodes(&self) {
        let table = self.net.as_ref().and_then(Net::table);
        if let Some((home, table)) = self.meetings.home.as_ref().zip(table) {
            home.keep(Kept::Nodes, &table.met);
        }
    }

    /// Tells the network by which keys contacts are met, if that is due and something else than before.
    pub(super) async fn meet(&mut self) {
        if !std::mem::take(&mut self.meetings.are_due) {
            return;
        }
        self.keep_nodes();
        let Some(net) = self.net.as_ref().filter(|net| net.table().is_some()) else {
            return;
        };
        let meetings = self.engine.meetings(self.clock.now().wall);
        if meetings != self.meetings.told {
            self.meetings.told.clone_from(&meetings);
            net.meet(meetings).await;
        }
    }
}
