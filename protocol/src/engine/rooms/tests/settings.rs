//! What our person chose about rooms, and what becomes of invitations by it.

use super::*;
use crate::engine::{Command, Setting};
use crate::record::{Acceptance, Discovery, NetworkChoice, NetworkMode, NetworkRecord, Outcome};

fn set(town: &mut Town, who: usize, acceptance: Acceptance) {
    let set = Command::Set(Setting::RoomsAccept(acceptance));
    assert_eq!(town.command(who, set), Ok(Outcome::Done));
}

#[test]
fn where_nobodys_invitation_is_accepted_by_itself_a_contacts_waits_like_any_other() {
    let mut town = Town::of(3);
    town.connect_all();
    set(&mut town, BEN, Acceptance::Nobody);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.write(ANN, room, "hello");
    assert_eq!(town.shown(BEN, room).unwrap().standing, Invited);
    assert!(town.texts(BEN, room).is_empty());
    assert_eq!(town.shown(CAT, room).unwrap().standing, Joined);
    town.change(BEN, room, RoomChange::Accept);
    assert_eq!(town.texts(BEN, room), ["hello"]);
    // Nor is one back into a room that Ben has left.
    town.change(BEN, room, RoomChange::Leave);
    let again = RoomChange::Add {
        person: town.person(BEN),
        whole_history: true,
    };
    town.change(ANN, room, again);
    assert_eq!(town.shown(BEN, room).unwrap().standing, Invited);
}

#[test]
fn what_was_set_holds_after_a_restart_and_until_it_is_taken_back() {
    let mut town = Town::of(2);
    set(&mut town, BEN, Acceptance::Nobody);
    town.restart(BEN);
    town.connect_all();
    let waits = town.make_room(ANN, "Garden", &[BEN]);
    assert_eq!(town.shown(BEN, waits).unwrap().standing, Invited);
    set(&mut town, BEN, Acceptance::Contacts);
    let accepted = town.make_room(ANN, "Kitchen", &[BEN]);
    assert_eq!(town.shown(BEN, accepted).unwrap().standing, Joined);
    let still = town.shown(BEN, waits).unwrap().standing;
    assert_eq!(still, Invited, "what waits is for Ben to accept");
}

#[test]
fn each_choice_about_networks_is_kept_beside_all_that_was_set_before() {
    let mut town = Town::of(2);
    set(&mut town, BEN, Acceptance::Nobody);
    let listen = vec!["/ip4/192.0.2.1/tcp/1".to_owned()];
    let bootstrap = vec!["/ip4/192.0.2.2/tcp/1".to_owned()];
    for choice in [
        NetworkChoice::Mode(NetworkMode::Lan),
        NetworkChoice::Discovery(Discovery::Hidden),
        NetworkChoice::Relay(false),
        NetworkChoice::Dht(false),
        NetworkChoice::PortMapping(false),
        NetworkChoice::Mailbox(true),
        NetworkChoice::Listen(listen.clone()),
        NetworkChoice::Bootstrap(bootstrap.clone()),
    ] {
        let choose = Command::Set(Setting::Network(choice));
        assert_eq!(town.command(BEN, choose), Ok(Outcome::Done));
        town.restart(BEN);
    }
    let settings = town.snapshot(BEN).settings;
    assert_eq!(settings.rooms_accept, Acceptance::Nobody);
    let chosen = NetworkRecord {
        mode: NetworkMode::Lan,
        discovery: Discovery::Hidden,
        relay: false,
        dht: false,
        port_mapping: false,
        mailbox: true,
        listen,
        bootstrap,
    };
    assert_eq!(settings.network, chosen);
}
