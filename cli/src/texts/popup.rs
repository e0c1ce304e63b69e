//! What stands in front: what is asked, looked for and explained.

use super::Texts;
use crate::safe_text::Safe;

texts! {
    /// A letter.
    yes_letter;
    /// A letter.
    no_letter;
    /// Under a question.
    yes_or_no(yes: &Safe, no: &Safe);
    /// Under what stands in front.
    close_hint(close: &Safe);
    /// In a frame, of what is not shown.
    rows_above(count: u64);
    /// In a frame, of what is not shown.
    rows_below(count: u64);
    /// A heading.
    help_title;
    /// A heading of keys.
    keys_everywhere;
    /// A heading of keys.
    keys_list;
    /// A heading of keys.
    keys_messages;
    /// A heading of keys.
    keys_composer;
    /// A heading of keys.
    keys_popup;
    /// A heading of what has no keys.
    keys_none(palette: &Safe);
    /// A heading.
    palette_title;
    /// Where nothing fits.
    palette_none;
    /// Under the actions that a message leads to which is a command.
    written_keys(accept: &Safe, close: &Safe, sends: &Safe);
    /// A heading.
    search_title;
    /// Where nothing was found.
    search_none;
    /// Where nothing was looked for.
    search_hint;
    /// Under what was found.
    search_more;
    /// A heading.
    invite_title;
    /// While a code is made.
    invite_wait;
    /// Beside a code.
    invite_give(until: &Safe);
    /// Under a code.
    invite_keys(copy: &Safe, accept: &Safe, close: &Safe);
    /// Under a code as a picture.
    picture_keys(accept: &Safe, close: &Safe);
    /// Under a line that is asked for.
    ask_keys(accept: &Safe, close: &Safe);
    /// Where a picture has no room.
    picture_room(columns: u64, rows: u64);
    /// A question.
    ask_code;
    /// A question.
    ask_new_room;
    /// A question.
    ask_name;
    /// A question.
    ask_member(name: &Safe);
    /// A question.
    ask_member_new(name: &Safe);
    /// A question.
    ask_with(name: &Safe);
    /// Beside whom can be picked.
    pick_nobody;
    /// Under whom can be picked.
    pick_keys(pick: &Safe, accept: &Safe);
    /// A question.
    ask_lifetime;
    /// A question.
    ask_reaction;
    /// A question.
    ask_export;
    /// A question.
    ask_import;
    /// Under a path that is asked for.
    path_keys(complete: &Safe, accept: &Safe, close: &Safe);
    /// Where a path goes on with nothing.
    path_none;
    /// What a reaction is called.
    reaction_thumbs_up;
    /// What a reaction is called.
    reaction_heart;
    /// What a reaction is called.
    reaction_laugh;
    /// What a reaction is called.
    reaction_surprise;
    /// What a reaction is called.
    reaction_tears;
    /// What a reaction is called.
    reaction_party;
    /// What a reaction is called.
    reaction_thanks;
    /// What a reaction is called.
    reaction_eyes;
    /// What a reaction is called.
    reaction_thumbs_down;
    /// A question.
    confirm_delete;
    /// A question.
    confirm_delete_for_me;
    /// A question.
    confirm_leave(name: &Safe);
    /// A question.
    confirm_remove(name: &Safe, room: &Safe);
    /// A question.
    confirm_admin(name: &Safe, room: &Safe);
    /// A question.
    confirm_no_admin(name: &Safe, room: &Safe);
    /// A question.
    confirm_block(name: &Safe);
    /// A question.
    confirm_unblock(name: &Safe);
    /// A question.
    confirm_cancel_join;
    /// A heading.
    verify_title(name: &Safe);
    /// While words are asked for.
    verify_wait;
    /// How to compare.
    verify_how(name: &Safe);
    /// Under the words.
    verify_keys(yes: &Safe, no: &Safe, close: &Safe);
    /// Where the words were said to differ.
    verify_differ(name: &Safe);
    /// A heading.
    members_title(name: &Safe);
    /// Behind a name.
    admin;
    /// Under the names.
    members_keys(role: &Safe, remove: &Safe, invite: &Safe, verify: &Safe);
    /// Under the names, where our own is chosen.
    members_keys_own(role: &Safe, invite: &Safe);
    /// Of a member.
    no_contact_of_yours;
    /// Somebody whose name is not known.
    somebody;
    /// A heading.
    people_title;
    /// Where there are none.
    people_none;
    /// Under the names.
    people_keys(accept: &Safe, verify: &Safe, rename: &Safe, block: &Safe);
    /// Under the names, where one is chosen who has not answered.
    people_keys_pending(accept: &Safe, close: &Safe);
    /// How it stands with a contact.
    not_verified;
    /// How it stands with a contact.
    blocked;
    /// How it stands with a contact.
    waits_since(time: &Safe);
    /// How it stands with a contact.
    alarm_new_device;
    /// How it stands with a contact.
    alarm_contradiction;
    /// A heading.
    doctor_title;
    /// While everything is looked at.
    doctor_wait;
    /// How many findings are well.
    doctor_well(count: u64);
    /// Under the findings.
    doctor_keys(accept: &Safe, close: &Safe);
    /// A heading.
    details_title;
    /// Who wrote it.
    details_from(name: &Safe, id: &Safe);
    /// When it was written.
    details_sent(time: &Safe);
    /// When it came.
    details_received(time: &Safe);
    /// Over how many people.
    details_people(people: u64, carried: u64, delivered: u64, read: u64);
    /// While it is asked with whom it is how far.
    details_wait;
    /// Who promised to keep it.
    details_carried(name: &Safe, until: &Safe);
    /// When it disappears.
    details_expires(time: &Safe);
    /// What it means.
    details_disputed;
    /// What it means.
    details_hidden;
    /// Its id.
    details_id(id: &Safe);
    /// A heading.
    pinned_title(name: &Safe);
    /// Where nothing is.
    pinned_none;
    /// A heading.
    about_title;
    /// Who we are.
    about_name(name: &Safe);
    /// Our id.
    about_person(id: &Safe);
    /// Our words.
    about_words(words: &Safe);
    /// The network's mode.
    about_mode(mode: &Safe);
    /// Why no network is used.
    about_lack(why: &Safe);
}
