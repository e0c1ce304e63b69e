//! What the doctor can find, and what it can advise: each sentence once. Advice holds nothing that others wrote.

use crate::api::{Listed, Size, Span};
use crate::sentences;
use crate::words::{agreed, counted};

sentences! {
    // The clock.
    clock_right() "It shows a time that can be right.";
    clock_before_2020() "It shows a time before 2020.";
    clock_gone_back() "It has gone back: something was heard of a contact at a time that is yet to come.";
    set_clock() "Set this device's clock. Messages go all the same, with a wrong time on them.";

    // The disk, and the database on it.
    kept_in_memory() "This profile is kept in memory alone.";
    disk_takes(directory: &str, room: Size) "{directory} takes another {room}.";
    disk_refuses(directory: &str, error: &str) "{directory} takes no more files: {error}.";
    make_room() "Make room on that disk, or see to its permissions: nothing new can be kept.";
    database_sound() "It was read as a whole and is sound.";
    database_damaged(damage: &str) "It is damaged: {damage}.";
    database_damaged_more(damage: &str, more: u64) "It is damaged: {damage}, and {more} more.";
    copy_profile() "End the node, make a copy of the profile's directory before anything else, and look whether the disk is \
        failing.";
    watched_there(directory: &str) "{directory} is there.";
    watched_missing(directory: &str) "{directory} is not there at the moment.";
    put_stick_in() "Put the stick in, and see that it is mounted there.";

    // What it carries.
    carries_nothing() "This node carries nothing.";
    seals_nothing_either() "Nothing is sealed for contacts who are away, either.";
    carries(others: u64, percent: u64, own: u64)
        "{} for others, {percent} percent of the room for that; {} of our own.",
        counted(others, "envelope"), counted(own, "envelope");
    share_of_own_full() "The share for our own is full.";
    share_of_contacts_full() "The share for contacts is full.";
    share_of_friends_full() "The share for friends of contacts is full.";
    share_of_strangers_full() "The share for strangers is full.";
    be_a_mailbox() "What comes next is turned away or takes the place of what matters least; \
        `tidings daemon run --mailbox` makes much more room.";

    // Whether a node runs.
    node_runs(mode: &str) "A node runs, in the mode `{mode}`.";
    node_runs_as_mailbox(mode: &str) "A node runs as a mailbox for others, in the mode `{mode}`.";
    node_idle() "A node runs and uses no network.";
    node_idle_as_mailbox() "A node runs as a mailbox for others and uses no network.";
    no_node() "No node runs: nothing arrives between two commands.";
    start_node() "`tidings daemon run` keeps this profile online; `tidings daemon install` has it start with your session.";

    // Its addresses, and where it listens.
    no_address() "This device has no address: no network interface is up.";
    loopback_alone() "This device has no address but its own loopback, which no other device can reach.";
    addresses_local(count: u64, addresses: &Listed)
        "This device has {} of its local network: {addresses}.", addressed(count);
    addresses_internet(count: u64, addresses: &Listed) "This device has {} of the internet: {addresses}.", addressed(count);
    addresses_near(count: u64, addresses: &Listed)
        "This device has {} that only its neighbours can use: {addresses}.", addressed(count);
    join_network() "Join a network: a node that runs listens there by itself within a minute. Without one, \
        `tidings bundle export PATH` has messages carried on a stick.";
    nothing_gave_address() "Nothing gave this device an address: see that the router is on. Devices in one Wi-Fi or cable \
        network find each other all the same.";
    listens_nowhere() "Nowhere: nobody can connect to this device.";
    listens_at(addresses: &Listed) "At {addresses}.";
    no_ipv6() "This device has no IPv6.";
    no_ipv4() "This device has no IPv4.";
    look_in_a_minute() "It tries again by itself: look again in a minute.";

    // To start it otherwise; what for stands before.
    for_networks() "To have it use networks:";
    for_others_to_connect() "Other machines cannot connect to these addresses:";
    for_contacts_elsewhere() "If contacts elsewhere are to be reached:";
    for_others_to_find_it() "If others on this network are to find it:";
    for_finding_others() "If others on this network are to be found:";
    for_finding_contacts() "To have contacts found who are elsewhere:";
    run_without(flag: &str, setting: &str)
        "run it without `{flag}`; if that is set, `tidings config set {setting}` first.";

    // Who reaches it from other networks.
    reached_by_nobody() "Nobody reaches it from other networks.";
    reached_near_alone() "Nobody reaches it from other networks: it uses local ones alone.";
    reached_by_nobody_known() "Nobody is known to reach it from other networks.";
    reached_at(addresses: &Listed) "Others reach it from other networks, at {addresses}.";
    reached_through(name: &str) "Others reach it from other networks through the device of {name}.";
    reached_through_somebody()
        "Others reach it from other networks through the device of somebody whom you do not know.";
    is_relay() "It lets others reach each other, too.";
    nothing_between() "Nothing stands between it and other networks.";
    router_lets_meet() "The router in between lets two such devices meet.";
    router_keeps_apart() "The router in between shows everybody another port, so that two such devices cannot meet without a \
        relay.";
    router_maps() "The router says that it lets others in, at ports which it maps to this device.";
    router_inside(address: &str)
        "The router would map ports to this device, but is behind another itself, at {address}.";
    router_maps_nothing() "The router maps no ports to this device.";
    contact_lets_reach() "A contact whose device others reach is enough: it lets them reach this one.";

    // Whom it finds on the local network.
    hidden() "It finds those who announce themselves on the local network, and is hidden itself.";
    looks_for_nobody() "It looks for nobody on the local network.";
    hears(devices: u64, ago: Span)
        "It looks for others on the local network and hears {}, the last {ago} ago.", counted(devices, "device");
    hears_no_more(ago: Span)
        "It looks for others on the local network and hears nobody any more; the last was {ago} ago.";
    begins_to_hear() "It looks for others on the local network, has just begun, and has heard nobody yet.";
    hears_nobody(time: Span)
        "It looks for others on the local network and has heard nobody in the {time} that it runs.";
    look_again() "Look again in a minute.";
    use_one_network() "If somebody near runs Tidings: use the same Wi-Fi or cable network, no guest network (many keep devices \
        apart), and let UDP ports 5353 and 29735 through the firewall of both devices.";

    // Its neighbours.
    neighbours(devices: u64, comparing: u64)
        "{} connected; what is carried is compared with {comparing}.", counted(devices, "device");
    no_neighbour() "No device is connected.";
    join_others() "Join a network where others run Tidings, or carry a stick: `tidings bundle export PATH`.";

    // Where contacts who lost each other find each other.
    looked_for_nowhere() "Lost contacts are looked for nowhere.";
    looked_for_nowhere_yet() "Lost contacts are looked for nowhere yet: no node is known that says where they are.";
    looked_for_through(nodes: u64) "Lost contacts are looked for through {}.", counted(nodes, "node");
    helps_others_find(address: &str) "This one helps others find each other, as `--bootstrap {address}`.";
    said_nowhere() "Nothing is said there of where this device is: nobody is known to reach it.";
    said_for(devices: u64) "{} of contacts can find this one there.", counted(devices, "device");
    somebody_found(ago: Span) "Somebody was found {ago} ago.";
    give_bootstrap()
        "A contact whose device others reach is enough, or `tidings daemon run --bootstrap MULTIADDR`.";

    // The documents of conversations.
    document_unreadable(name: &str, error: &str) "One of {name} cannot be built from what is stored: {error}.";
    document_unreadable_more(name: &str, error: &str, more: u64)
        "One of {name} cannot be built from what is stored: {error}, and {more} more.";
    documents_differed(names: &Listed)
        "What was open of {names} was not what the stored messages make of it; it is again.";
    test_memory() "It was mended by itself. If it comes again, let this device's memory be tested, and tell those who make \
        Tidings.";
    no_documents() "Nothing is written yet, so there are none.";
    documents_sound(documents: u64, conversations: u64, heads: u64)
        "{} of {} {} built again from what is stored, with {}: as {} should be.",
        counted(documents, "document"),
        counted(conversations, "conversation"),
        agreed(documents, "was", "were"),
        counted(heads, "head"),
        agreed(documents, "it", "they");
    documents_left(documents: u64) "{} had to wait for another time.", counted(documents, "older one");
    conversations_left(conversations: u64)
        "{} had to wait for another time.", counted(conversations, "conversation");
    documents_digest(digest: &str) "What it comes to is {digest}; devices that have the same messages say the same.";

    // Versions and joins.
    no_other_version() "Nobody was met whose version is another one.";
    other_version(name: &str) "{name} runs a version that this one cannot talk to.";
    update_this() "Update this Tidings: theirs is newer.";
    ask_for_update() "Ask them to update Tidings: theirs is older.";
    no_join() "No join waits for an answer.";
    joins_wait(joins: u64, time: Span)
        "{} {} for an answer, the oldest for {time}.", counted(joins, "join"), agreed(joins, "waits", "wait");
    join_together() "Both of you run `tidings daemon run`, on one network or with friends between you. Or carry a stick to \
        and fro: `tidings bundle export PATH`. Or give it up: `tidings join --cancel ID`, with the id that `tidings contacts` \
        shows.";

    // Reports of faults of our own.
    panicked(ago: Span, file: &str)
        "A part of Tidings ended by a fault of its own {ago} ago; a report is in the profile's directory: {file}.";
    hand_report_over() "Nothing was lost that was stored. The report holds no message, name or id, and nothing sends it: read \
        it, and hand it to whoever looks after Tidings; take the file away when that is done.";

    // What a contact or a room is.
    contact_blocked(name: &str) "{name} is blocked.";
    contact_held_off(name: &str) "{name} is held off until safety words are compared again.";
    contact_verified(name: &str) "{name} is a contact, verified.";
    contact_unverified(name: &str) "{name} is a contact, not verified.";
    verify(who: &str) "`tidings contacts verify {who}` makes sure that it is them.";
    room_joined(room: &str, others: u64) "You are in {room}, with {}.", counted(others, "other member");
    room_not_joined(room: &str) "You are not in {room}, or not yet.";
    accept_room() "`tidings room list` shows where you stand; `tidings room accept` takes an invitation.";

    // What waits, and for whom.
    nothing_waits() "Nothing waits to be delivered.";
    nothing_waits_for(name: &str) "Nothing waits for {name}.";
    nothing_waits_in_room() "Nothing waits in this room.";
    waits(messages: u64, name: &str)
        "{} {} for {name}.", counted(messages, "message"), agreed(messages, "waits", "wait");
    waits_since(messages: u64, name: &str, time: Span)
        "{} {} for {name}, the oldest for {time}.",
        counted(messages, "message"), agreed(messages, "waits", "wait");
    waits_for_more(people: u64)
        "Messages wait for {people} {} more.", agreed(people, "person", "people");
    ask_of_each() "`tidings doctor WHO` says more of each of them.";

    // Why it waits.
    they_are_blocked() "They are blocked, so nothing goes to them.";
    they_are_held_off() "They are held off until you compare safety words again.";
    session_open() "A session is open, so it is on its way.";
    they_are_newer() "Their version is newer than this one.";
    they_are_older() "Their version is older than this one.";
    no_device_known() "No device of theirs is known, so there are no keys to seal it to.";
    last_heard(ago: Span) "Not connected, last heard of {ago} ago.";
    never_heard() "Not connected, nothing heard of them yet.";
    seals_nothing() "This node seals nothing.";
    silent_too_long(limit: Span)
        "They were silent for {limit} or longer, so nothing is sealed to them any more.";
    no_secret() "No envelope can be sealed to them before you have met.";
    no_places() "As many envelopes as may be under way to them are.";
    nothing_sealed_yet() "No envelope is sealed yet.";
    paced(time: Span) "With so many, what is written now waits up to {time} for more to go with it; `send --priority` does not.";

    // What would have it go.
    unblock(who: &str) "`tidings contacts unblock {who}` lets it go.";
    compare_words(who: &str) "`tidings contacts verify {who}` compares the words with you.";
    meet_a_member() "Meet somebody of the room who has met them: that brings their keys.";
    meet() "Meet once, on any network where both of you run `tidings daemon run`.";
    or_wait() "Or wait until they answer: that makes room for more.";
    or_carry(who: &str) "Or ask a common friend to run `tidings daemon run --mailbox`. Or carry a stick: \
        `tidings bundle export PATH --for {who}`.";
    sealed_soon()
        "It is sealed within ten minutes while a node runs; `tidings daemon run` keeps one running.";

    // What is under way, and who keeps it.
    nothing_under_way() "No envelope is under way.";
    under_way(envelopes: u64)
        "{} {} under way; nobody has promised to keep any.",
        counted(envelopes, "envelope"), agreed(envelopes, "is", "are");
    under_way_kept(envelopes: u64)
        "{} {} under way and kept.", counted(envelopes, "envelope"), agreed(envelopes, "is", "are");
    under_way_partly_kept(envelopes: u64, kept: u64)
        "{} {} under way, {kept} of them kept.", counted(envelopes, "envelope"), agreed(envelopes, "is", "are");
    kept_by(name: &str, time: Span) "Kept by {name} (for {time} more).";
    kept_by_more(people: u64) "Kept by {people} more.";

    // Whether somebody is connected, and how.
    connected_near(name: &str) "{name} is connected on this network.";
    connected_far(name: &str) "{name} is connected over the internet.";
    connected_through(name: &str, relay: &str) "{name} is connected through the device of {relay}.";
    connected_through_somebody(name: &str)
        "{name} is connected through the device of somebody whom you do not know.";
    connected_devices(connected: u64, all: u64)
        "{connected} of {} {} there.", counted(all, "device"), agreed(connected, "is", "are");
    exchanged() "Everything was exchanged.";
    exchanging() "Messages are being exchanged.";
    has_session(name: &str) "{name} has a session open.";
    no_session() "There is no session.";
    opens_by_itself() "It opens by itself, unless they have blocked you or run another version.";
    not_connected(name: &str, ago: Span) "{name} is not connected; something was last heard {ago} ago.";
    never_connected(name: &str) "{name} is not connected; nothing was ever heard.";
    nobody_else() "Nobody else is in this room.";
    members_connected(connected: u64, all: u64, names: &Listed)
        "{connected} of {} connected: {names}.", counted(all, "other member");
    no_member_connected(all: u64) "None of {} is connected.", counted(all, "other member");
    no_member_connected_since(all: u64, ago: Span)
        "None of {} is connected; something of one was last heard {ago} ago.", counted(all, "other member");

    // What went wrong last. English names the hosts as well.
    last_try(ago: Span, error: &str) "The last try, {ago} ago: {error}.";
    last_try_no_address(ago: Span; reason: &str) "The last try, {ago} ago: {reason}.";
    last_try_no_way(ago: Span; reason: &str) "The last try, {ago} ago: {reason}.";
    last_try_not_at_relay(ago: Span; reason: &str) "The last try, {ago} ago: {reason}.";
    last_try_no_answer(ago: Span; reason: &str) "The last try, {ago} ago: {reason}.";
    last_try_refused(ago: Span; reason: &str) "The last try, {ago} ago: {reason}.";
    last_try_another(ago: Span; reason: &str) "The last try, {ago} ago: {reason}.";
    last_try_silent(ago: Span) "The last try, {ago} ago: it did not answer in time.";
    last_try_not_spoken(ago: Span) "The last try, {ago} ago: it takes no sessions.";
    last_try_broken(ago: Span) "The last try, {ago} ago: the connection broke before a session began.";
    last_try_hung_up(ago: Span) "The last try, {ago} ago: it hung up before a session began.";
    last_try_misbehaved(ago: Span)
        "The last try, {ago} ago: it said what no Tidings says, so the session was ended.";
    no_address_told() "Nobody has told this device where theirs is now; a common friend who is online can.";
    no_way_there() "See that this device is in a network: there is no way from it to where theirs was.";
    not_at_relay()
        "Ask whether their node runs (`tidings daemon run`): the device in between does not have theirs.";
    no_answer()
        "Ask whether their device is on and in a network; a firewall of theirs may keep calls out, too.";
    no_tidings_there()
        "Ask whether their node runs (`tidings daemon run`): something is there, but not Tidings.";
    another_there() "They are somewhere else by now: another device has their address.";
    tried_again() "It is tried again by itself: look again in a minute.";
    update_theirs() "Ask them to update Tidings.";
    tried_unless_blocked() "It is tried again by itself, but goes wrong for as long as they have blocked you or hold you off: \
        ask them.";
    restore_theirs() "Ask them to update Tidings, or to restore it on a new device.";
}

fn addressed(count: u64) -> String {
    if count == 1 {
        "an address".to_owned()
    } else {
        format!("{count} addresses")
    }
}
