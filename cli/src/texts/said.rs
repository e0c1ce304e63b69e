//! What is said in passing, on the screen and to the desktop.

use super::Texts;
use crate::safe_text::Safe;

texts! {
    /// Said once after Ctrl-C.
    interrupt_again;
    /// Said.
    nothing_unread;
    /// Said.
    too_long;
    /// Said.
    verified(name: &Safe);
    /// Said.
    not_here;
    /// Said.
    met(name: &Safe);
    /// Said in place of a code.
    used(name: &Safe);
    /// Said of somebody whose conversation is not opened.
    met_elsewhere(name: &Safe, people: &Safe);
    /// Said of a room.
    room_there(name: &Safe);
    /// Said.
    joining;
    /// Said.
    join_pending;
    /// Said over what was looked at.
    nobody_found;
    /// Said.
    nobody_reached(doctor: &Safe);
    /// Said.
    not_yours;
    /// Said.
    copied;
    /// Said.
    mouse_on;
    /// Said.
    mouse_off;
    /// Said.
    not_here_now;
    /// Said in a room.
    not_here_verify(members: &Safe);
    /// Said.
    not_here_rename(rename: &Safe);
    /// Said.
    choose_message;
    /// Said.
    no_contact;
    /// Said.
    no_lifetime;
    /// Said of the node's end.
    ended(why: &Safe);
    /// Why, if nobody here ended it.
    ended_outside;
    /// Said once the interface has left.
    not_sent(to: &Safe, text: &Safe);
    /// A heading.
    locked_title;
    /// Why a passphrase is asked for.
    locked_why;
    /// While a passphrase is tried.
    unlocking;
    /// Of a passphrase.
    wrong_passphrase;
    /// Keys.
    locked_keys;
    /// Said.
    unlocked;

    /// Said once the interface has left, of notes and lines of the log.
    left_out(count: u64);

    /// Said to the desktop.
    notify_messages(count: u64);
    /// Said to the desktop.
    notify_invitation;
    /// Said to the desktop.
    notify_several(name: &Safe);
    /// Said.
    no_desktop(why: &Safe);
    /// Why the desktop cannot be told.
    desktop_silent;
    /// Why the desktop cannot be told.
    desktop_broke;
    /// Why the desktop cannot be told.
    desktop_absent;
}
