//! Why something was not done: each sentence once, what happened and then what to do. Where an error says so itself in
//! English, only its code and what is put into it are here.

use std::fmt::Display;

use crate::api::Listed;
use crate::sentences;

sentences! {
    /// What somebody else says, as it is: an operating system, or a library.
    words(words: &str) "{words}";

    // The node itself.
    node_ending() "the node is ending; nothing was lost: try the command again";
    node_stays() "this node stays; `tidings daemon stop` ends it";
    network_ended(; error: &dyn Display) "{error}";
    node_faulted() "a part of the node ended by a fault of its own, and the node with it; start it again";
    request_reused() "this request id was used for something else before";
    other_reply() "the reply belongs to another method; report this";
    request_failed() "the node failed at this request. Please report this.";
    reply_too_large() "the reply is too large to be sent. Ask for less at a time, with a limit.";
    request_too_large(method: &str) "{method}: the request is too large to be sent. Send less.";
    not_of_method(error: &str) "a message does not fit its method ({error}). Please report this.";
    bad_parameters(method: &str, error: &str) "{method}: {error}";
    unknown_method(method: &str) "there is no method '{method}'";
    client_version(theirs: u64, ours: u64) "the client speaks version {theirs}, the running node {ours}. Stop the node and \
        start it with the client's program, or use the node's.";
    too_many_programs() "too many programs use this profile at once. End one of them, or try again.";
    connection_lost() "the connection to the running node was lost. Try again.";
    other_program() "the profile's socket is answered by another program. Stop it.";
    node_not_running(; error: &dyn Display) "{error}";
    node_version(program: &str, theirs: u64, ours: u64; error: &dyn Display) "{error}";
    node_unreached(error: &str; whole: &dyn Display) "{whole}";

    // Opening a profile.
    no_profile(home: &str; error: &dyn Display) "{error}";
    profile_exists(home: &str; error: &dyn Display) "{error}";
    database_missing(home: &str; error: &dyn Display) "{error}";
    needs_passphrase(; error: &dyn Display) "{error}";
    wrong_passphrase(; error: &dyn Display) "{error}";
    profile_in_use(home: &str; error: &dyn Display) "{error}";
    newer_profile(; error: &dyn Display) "{error}";
    profile_damaged(damage: &str; error: &dyn Display) "{error}";
    port_taken(address: &str; error: &dyn Display) "{error}";
    port_forbidden(address: &str; error: &dyn Display) "{error}";
    address_elsewhere(address: &str; error: &dyn Display) "{error}";
    cannot_listen(address: &str, error: &str; whole: &dyn Display) "{whole}";
    bad_address(address: &str; error: &dyn Display) "{error}";
    bad_node(address: &str; error: &dyn Display) "{error}";
    or_everywhere() "or listen on every interface again: `tidings config set network.listen everywhere`";
    no_metrics(error: &str) "{error}";
    no_network(error: &str; whole: &dyn Display) "{whole}";
    files_unusable(error: &str; whole: &dyn Display) "{whole}";
    no_randomness(error: &str; whole: &dyn Display) "{whole}";

    // The database.
    wrong_key(; error: &dyn Display) "{error}";
    newer_schema(found: u64, known: u64; error: &dyn Display) "{error}";
    disk_full(; error: &dyn Display) "{error}";
    database_busy(; error: &dyn Display) "{error}";
    write_failed_before(; error: &dyn Display) "{error}";
    database_failed(error: &str; whole: &dyn Display) "{whole}";

    // Whom or what was meant.
    no_contact_of_name(who: &str) "there is no contact '{who}'; `tidings contacts` lists them";
    no_contact_of_short_id(who: &str, characters: usize)
        "there is no contact '{who}' (of an id it takes {characters} characters or more); `tidings contacts` lists them";
    room_and_no_contact(who: &str)
        "'{who}' is a room, and there is no such contact; `tidings contacts` lists them";
    no_place(who: &str)
        "there is no contact or room '{who}'; `tidings contacts` and `tidings room list` list them";
    no_place_of_short_id(who: &str, characters: usize)
        "there is no contact or room '{who}' (of an id it takes {characters} characters or more); `tidings contacts` and \
         `tidings room list` list them";
    contact_and_no_room(who: &str)
        "'{who}' is a contact, not a room; `tidings room list` lists the rooms";
    no_member_of_name(who: &str, room: &str)
        "there is no member '{who}' in '{room}'; `tidings room info` lists them";
    several_contacts(who: &str) "'{who}' fits several contacts; use the start of an id";
    several_places(who: &str) "'{who}' fits several conversations; use the start of an id";
    several_rooms(who: &str) "'{who}' fits several rooms; use the start of an id";
    several_members(who: &str) "'{who}' fits several members; use the start of an id";
    several_people(who: &str) "'{who}' fits several people; use the start of an id";
    several_messages(id: &str) "'{id}' fits several messages; give more of the id";
    no_message_of_id(id: &str) "there is no message '{id}'";
    no_message() "there is no such message";
    short_message_id() "give at least 6 characters of the message's id";
    contact_gone() "there is no such contact any more";
    no_conversation() "there is no such conversation";
    notice_over() "this notice is over, and kept no longer";
    no_join_with_code() "no join with this code is pending; join with it first";

    // Messages.
    no_text() "there is no text to send";
    no_new_text() "there is no text; to take a message back, delete it";
    not_yours_to_edit() "only your own messages can be edited";
    not_yours_to_cancel() "only your own messages can be cancelled";
    not_yours_to_delete() "only your own messages can be deleted for everybody; `tidings delete --for-me` takes it from this \
        device alone";
    not_yours_to_ask() "only how far your own messages have come is known here";
    was_cancelled() "this message was cancelled, and nobody gets it; send another";
    was_deleted() "this message was deleted, or needs a newer version";
    bad_reaction() "a reaction is one emoji of at most 64 bytes";
    short_lifetime() "messages stay for at least a second";
    nothing_to_change() "say what is to be other than it is";
    reply_elsewhere(id: &str)
        "the message '{id}' is of another conversation; a reply goes to where that is";
    since_in_display_order() "`from`, `before`, `page`, `after` and `pinned` are for display order: leave out `since`";
    bad_cursor() "not a cursor: pass the `cursor` of a line of `tidings read --json`";
    from_without_place() "`from` and `before` name a message of one conversation: say with whom";
    deeds_of_one()
        "what was done is told of one conversation in display order: say with whom, and leave out `since`, `unread` and `pinned`";
    bad_page() "not the start of a page: pass the `next` of the one before";
    page_start_gone()
        "the message that `from` or `before` names is not in this conversation any more: go by another";
    too_many_sought(most: usize) "at most {most} messages are looked for at once";
    too_many_read(most: usize) "at most {most} messages can be marked at once";

    // Searching.
    long_query(most: usize) "a query has at most {most} characters; look for less at once";
    bad_search_limit(most: u64) "a search can ask for 1 to {most} messages";
    empty_query() "there is nothing to search for: write words, \"a phrase\" in quotes, the start of a word with a * after it, \
        or from:NAME";
    empty_key(key: &str)
        "there is nothing after '{key}:'; to search for the word itself, write \"{key}:\"";
    two_of_key(key: &str) "no message fits two different '{key}:'; leave one out";
    bad_day(key: &str, value: &str) "'{key}:' takes milliseconds since 1970, not '{value}'";

    // What programs follow.
    unknown_position() "this position was never handed out";
    bad_listener() "a listener's name has 1 to 64 characters";

    // Safety words.
    word_count(words: usize; error: &dyn Display) "{error}";
    no_safety_word(position: usize; error: &dyn Display) "{error}";
    other_words(name: &str) "these are not {name}'s safety words: someone may stand between you; do not trust this contact \
        until they read the same words to you";
    other_words_verified(name: &str) "these are not {name}'s safety words: someone may stand between you; do not trust this \
        contact until they read the same words to you. {name} stays marked as verified, from when they were the same: \
        `tidings contacts block` ends all dealings until then";

    // Settings.
    no_setting(name: &str, known: &Listed)
        "there is no setting '{name}'; what can be set is: {known}";
    setting_one_of(name: &str, possible: &Listed, value: &str; english: &str)
        "'{name}' can be {english}, not '{value}'";
    setting_listen(name: &str, usual: &str, most: usize, value: &str; besides: &str)
        "'{name}' can be {usual} or {besides}, {most} at most, not '{value}'";
    setting_bootstrap(name: &str, usual: &str, most: usize, value: &str; besides: &str)
        "'{name}' can be {usual} or {besides}, {most} at most, not '{value}'";

    // Bundles.
    relative_path(path: &str) "'{path}' does not begin at the root";
    no_bundle(path: &str; error: &dyn Display) "{error}";
    bundle_link(path: &str; error: &dyn Display) "{error}";
    bundle_taken(path: &str; error: &dyn Display) "{error}";
    bundle_foreign(path: &str; error: &dyn Display) "{error}";
    bundle_special(path: &str; error: &dyn Display) "{error}";
    bundle_name(path: &str, most: usize; error: &dyn Display) "{error}";
    bundle_full(path: &str; error: &dyn Display) "{error}";
    bundle_busy(path: &str; error: &dyn Display) "{error}";
    bundle_too_many(path: &str, most: usize; error: &dyn Display) "{error}";
    bundle_too_large(most: u64; error: &dyn Display) "{error}";
    bundle_unwritable(path: &str, error: &str; whole: &dyn Display) "{whole}";
    bundle_unusable(path: &str, error: &str; whole: &dyn Display) "{whole}";
    bundle_unread(path: &str, error: &str; whole: &dyn Display) "{whole}";
    bundle_source(error: &str; whole: &dyn Display) "{whole}";
    bundle_taker(error: &str; whole: &dyn Display) "{whole}";
    export_cancelled(path: &str; error: &dyn Display) "{error}";
    import_cancelled(; error: &dyn Display) "{error}";
    too_many_transfers(most: usize) "{most} exports and imports are under way: wait for one of them, or cancel one";
    no_transfer() "there is no such export or import, or it has just ended";

    // Invite codes, and joins.
    long_invite() "an invite can be used for 366d at most";
    code_truncated(characters: usize, all: usize; error: &dyn Display) "{error}";
    code_mistyped(; error: &dyn Display) "{error}";
    code_foreign(; error: &dyn Display) "{error}";
    code_newer(; error: &dyn Display) "{error}";
    code_own(; error: &dyn Display) "{error}";
    invite_used(; error: &dyn Display) "{error}";
    invite_expired(; error: &dyn Display) "{error}";
    invite_unknown(; error: &dyn Display) "{error}";
    join_given_up(; error: &dyn Display) "{error}";
    join_unanswered(; error: &dyn Display) "{error}";
    join_not_pending(; error: &dyn Display) "{error}; `tidings contacts` lists those that do";

    // What the engine refuses.
    no_contact(; error: &dyn Display) "{error}";
    blocked(; error: &dyn Display) "{error}";
    new_device(; error: &dyn Display) "{error}";
    contradiction(; error: &dyn Display) "{error}";
    too_long(; error: &dyn Display) "{error}";
    already_delivered(; error: &dyn Display) "{error}";
    own_fork(; error: &dyn Display) "{error}";
    clock_exhausted(; error: &dyn Display) "{error}";
    bad_name(; error: &dyn Display) "{error}";
    bad_title(; error: &dyn Display) "{error}";
    not_a_room(; error: &dyn Display) "{error}";
    not_a_member(; error: &dyn Display)
        "{error}; accept the invitation if one waits, else ask an admin of it to invite you";
    not_invited(; error: &dyn Display) "{error}; `tidings room list` shows the invitations that do";
    no_member(; error: &dyn Display) "{error}; `tidings room info` lists the members";
    member_already(; error: &dyn Display) "{error}; `tidings room info` lists the members";
    leave_instead(; error: &dyn Display) "{error}";
    own_role() "nobody changes their own role; an admin who was admitted before you can";
    room_full(most: usize; error: &dyn Display) "{error}; remove somebody, or make another";
    too_many_rooms(most: usize; error: &dyn Display) "{error}";
    too_many_writers(; error: &dyn Display) "{error}";
    device_revoked(; error: &dyn Display) "{error}";
    not_an_admin(; error: &dyn Display) "{error}; `tidings room info` shows who is one: ask them";
    not_junior(; error: &dyn Display) "{error}; ask somebody who was admitted before both of you";
    never_admitted(; error: &dyn Display) "{error}";
    newer_room(; error: &dyn Display) "{error}";
    without_effect(; error: &dyn Display) "{error}";
    too_many_joins(; error: &dyn Display) "{error}";
    nearby_off(; error: &dyn Display) "{error}";
    notice_text(most: usize; error: &dyn Display) "{error}";
    too_many_notices(; error: &dyn Display) "{error}";
    too_many_rotations(; error: &dyn Display) "{error}";
}
