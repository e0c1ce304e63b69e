//! What stands around a conversation: the list, what is above the text that is written, the keys below.

use super::Texts;
use crate::safe_text::Safe;

texts! {
    /// Where there is nobody to write to.
    nobody_yet(invite: &Safe, join: &Safe);
    /// Where nothing is open.
    nothing_open;
    /// Where nothing was written.
    nothing_written;
    /// In place of messages, in a room.
    nobody_in_room(invite: &Safe);
    /// While messages are asked for.
    loading;
    /// In the list.
    invitation;
    /// In the list.
    draft;
    /// In the list.
    put_away;
    /// Above what is written.
    writing_to(name: &Safe);
    /// Above what is written.
    writing_in(name: &Safe);
    /// Above what is written.
    answering(name: &Safe, said: &Safe);
    /// Above what is written.
    answering_own(said: &Safe);
    /// Above what is written.
    answering_missing;
    /// Above what is written.
    editing;
    /// The same, of what was sent before.
    recalled;
    /// Where one is invited.
    invited_by(name: &Safe, room: &Safe);
    /// Where one is invited, by nobody who is known.
    invited_to(room: &Safe);
    /// Above what is written, where one is invited.
    invited_keys(accept: &Safe, leave: &Safe);
    /// Above what is written.
    room_left;
    /// Above what is written.
    contact_blocked(block: &Safe);
    /// Said to whoever begins to write to one.
    writing_to_blocked(name: &Safe, how: &Safe);
    /// Above what is written.
    contact_held_off(why: &Safe, verify: &Safe);
    /// Above what is written.
    typing(names: &Safe);
    /// Where more came below.
    more_below;
    /// In the footer.
    keys(help: &Safe, palette: &Safe, search: &Safe, focus: &Safe);
    /// The same, before it, in the messages.
    message_keys(reply: &Safe, edit: &Safe, react: &Safe, delete: &Safe, details: &Safe, close: &Safe);
    /// The same in the list.
    list_keys(open: &Safe);
    /// In the list, below whoever is there.
    code_waits;
    /// Where a screen has no room.
    too_small;
}
