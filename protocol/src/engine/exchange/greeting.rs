//! A greeting: who of the two sides of a session has said what of a conversation.

/// What both sides said of what they hold, and whether that is all sent.
#[derive(Debug, Default)]
pub(super) struct Greeting {
    vectors: usize,
    /// How many vectors and digests of theirs came since the room was last changed, and by then.
    said: (u64, usize),
    has_sent_vector: bool,
    is_greeted: bool,
    /// Whether they are still sending all of a room that we did not know when they showed it.
    is_awaited: bool,
    told: bool,
    heard: bool,
}

impl Greeting {
    /// Whether both sides have sent all that the other lacked.
    pub(super) const fn is_caught_up(&self) -> bool {
        self.told && self.heard
    }

    /// Notes that the other side has sent all that its vector knew us to lack; returns whether we
    /// waited for that before we say what we hold.
    pub(super) const fn heard_caught_up(&mut self) -> bool {
        self.heard = true;
        let was_awaited = std::mem::replace(&mut self.is_awaited, false);
        if was_awaited {
            self.has_sent_vector = false;
        }
        was_awaited
    }

    /// Notes that the room they show has become ours while they send it: an empty vector asked for
    /// all of it, and another one, of the half that came, would have them send the rest twice.
    pub(super) const fn await_rest(&mut self) {
        self.is_awaited = true;
        self.has_sent_vector = true;
    }

    /// Whether all of a room is still to come from them.
    pub(super) const fn is_awaited(&self) -> bool {
        self.is_awaited
    }

    /// How many vectors of theirs came.
    pub(super) const fn vectors(&self) -> usize {
        self.vectors
    }

    /// Notes that a vector or digest of theirs came; returns how many did in this state of the room.
    pub(super) const fn heard(&mut self, generation: u64) -> usize {
        let before = if self.said.0 == generation {
            self.said.1
        } else {
            0
        };
        self.said = (generation, before.saturating_add(1));
        self.said.1
    }

    /// Whether they have our vector; they count as having it from now on.
    pub(super) const fn send_vector(&mut self) -> bool {
        !std::mem::replace(&mut self.has_sent_vector, true)
    }

    /// Has them count as not having our vector.
    pub(super) const fn forget_vector(&mut self) {
        self.has_sent_vector = false;
    }

    /// Whether they were greeted as somebody who takes part.
    pub(super) const fn is_greeted(&self) -> bool {
        self.is_greeted
    }

    /// Notes that they take part no longer.
    pub(super) const fn estrange(&mut self) {
        self.is_greeted = false;
    }

    /// Starts over: our vector is to be sent again.
    pub(super) const fn renew(&mut self) {
        self.is_greeted = true;
        self.is_awaited = false;
        self.has_sent_vector = false;
        self.heard = false;
    }

    /// Notes that a vector of theirs came, which is to be served.
    pub(super) const fn took_vector(&mut self) {
        self.vectors = self.vectors.saturating_add(1);
        self.told = false;
    }

    /// Whether they have yet to be told that all is sent; they count as told from now on.
    pub(super) const fn tell_caught_up(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }
}
