//! What stands above a conversation: the node's paths, and how the conversation is set.

use super::Texts;
use crate::safe_text::Safe;

texts! {
    /// In the header.
    offline;
    /// In the header.
    offline_set;
    /// In the header.
    offline_because(why: &Safe);
    /// In the header.
    lan_off;
    /// In the header.
    internet_off;
    /// In the header.
    alone;
    /// In the header.
    paths_lan(count: u64);
    /// In the header.
    paths_internet(count: u64);
    /// In the header.
    paths_relayed(count: u64);
    /// In the header.
    messages_carried(count: u64);
    /// In the header.
    messages_queued(count: u64);
    /// In the header.
    held_off;
    /// In the header.
    verified_mark;
    /// In the header, before the title.
    room_mark;
    /// In the header.
    muted;
    /// In the header.
    receipts_off;
    /// In the header.
    needs_newer;
    /// In the header.
    not_shown(count: u64);
    /// In the header.
    disappear_after(span: &Safe);
}
