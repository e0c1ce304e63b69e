//! The scenes: a name each, and what happens in it.
//!
//! Invariants
//! - A popup is in at least one of them: a test goes through all kinds.

use tidings_node::OpenError;
use tidings_node::api::PeerCounts;

use super::stage::Stage;
use super::world;
use crate::chat::{Ask, Told, Way};
use crate::failure::Failure;
use crate::tui::event::Event;
use crate::tui::keys::Preset;

/// See the module.
#[derive(Debug)]
pub(super) struct Scene {
    /// What it is called, in the names of files too.
    pub(super) name: &'static str,
    /// What happens.
    pub(super) play: fn(&mut Stage),
}

const fn scene(name: &'static str, play: fn(&mut Stage)) -> Scene {
    Scene { name, play }
}

/// See the module.
pub(super) const SCENES: &[Scene] = &[
    scene("nobody-yet", |stage| {
        stage.forget_all();
    }),
    scene("list", |stage| stage.keys("down down")),
    scene("loading", |stage| stage.begins_to_open("Ben")),
    scene("nothing-written", |stage| {
        stage.opens("Eva");
        stage.keys("ctrl-u");
        let status = stage.state().status.as_mut().unwrap();
        status.mode = "offline".to_owned();
    }),
    scene("conversation", |stage| stage.opens("Ben")),
    scene("writing", |stage| {
        stage.opens("Ben");
        stage.told(Told::Presence(world::ben_types()));
        stage.types(
            "Wait for me at the corner, please: I have both bags with me and they are heavier \
             than they look.\n다 왔어요, 조금만 더 기다려 주세요. 곧 갈게요!\n\nAnn",
        );
        stage.keys("up up");
    }),
    scene("answering", |stage| {
        stage.opens("Ben");
        stage.keys("tab up");
        stage.does("message.reply");
    }),
    scene("editing", |stage| {
        stage.opens("Ben");
        stage.does("message.edit");
    }),
    scene("selected", |stage| {
        stage.opens("Ben");
        stage.keys("tab up up up up");
    }),
    scene("kinds-of-messages", |stage| stage.opens("김하나")),
    scene("unread", |stage| stage.opens("Hiking club")),
    scene("further-up", |stage| {
        stage.opens("Hiking club");
        stage.does("message.latest");
        stage.keys("pageup pageup");
    }),
    scene("missing", |stage| {
        stage.opens("Hiking club");
        stage.does("message.latest");
    }),
    scene("what-was-done", |stage| {
        stage.opens("동네 소식을 나누는 모임")
    }),
    scene("invitation", |stage| stage.opens("Book circle")),
    scene("held-off", |stage| {
        stage.opens("Carla Montes de Oca");
        let status = stage.state().status.as_mut().unwrap();
        status.peers = PeerCounts::default();
        status.queued = 3;
        status.carried = 2;
    }),
    scene("said", |stage| {
        stage.opens("Ben");
        stage.does("message.copy");
    }),
    scene("warned", |stage| {
        stage.opens("Ben");
        stage.keys("tab up up up");
        stage.does("message.edit");
    }),
    scene("ended", |stage| {
        stage.opens("Ben");
        stage.told(Told::Ended(Failure::listening_broke()));
    }),
    scene("refused", |stage| {
        stage.opens("Ben");
        let (title, with) = ("Garden".to_owned(), Vec::new());
        let ask = Ask::CreateRoom { title, with };
        stage.told(Told::Failed(ask, world::refused()));
    }),
    scene("without-network", |stage| {
        stage.opens("Ben");
        let (lack, reasons) = world::port_taken().into_parts();
        let status = stage.state().status.as_mut().unwrap();
        (status.lack, status.lack_reasons) = (Some(lack), reasons);
        stage.does("profile.identity");
    }),
    scene("half-a-key", |stage| {
        stage.opens("Ben");
        stage.state().keymap = Preset::Vim.keymap();
        stage.state().letters_are_keys = true;
        stage.keys("esc g");
    }),
    scene("help", |stage| stage.keys("f1")),
    scene("help-further-down", |stage| {
        stage.opens("Ben");
        stage.keys("f1 pagedown down down");
    }),
    scene("palette", |stage| {
        stage.opens("Hiking club");
        stage.keys("ctrl-k down down down");
    }),
    scene("palette-written", |stage| {
        stage.opens("Hiking club");
        stage.keys("ctrl-u");
        stage.types("/help");
        stage.keys("enter");
    }),
    scene("palette-nothing", |stage| {
        stage.keys("ctrl-k");
        stage.types("zeppelin");
    }),
    scene("search", |stage| stage.keys("ctrl-f")),
    scene("search-found", |stage| {
        stage.opens("Ben");
        stage.keys("ctrl-f");
        stage.types("th");
        stage.hears();
        stage.keys("down");
    }),
    scene("search-nothing", |stage| {
        stage.keys("ctrl-f");
        stage.types("우산");
        stage.hears();
    }),
    scene("code-begun", |stage| stage.does("contact.invite")),
    scene("code", |stage| {
        stage.does("contact.invite");
        stage.hears();
    }),
    scene("code-as-picture", |stage| {
        stage.does("contact.invite");
        stage.hears();
        stage.keys("enter");
    }),
    scene("code-used", |stage| {
        stage.does("contact.invite");
        stage.hears();
        stage.told(Told::Used(world::contacts().into_iter().next()));
    }),
    scene("ask-code", |stage| {
        stage.does("contact.join");
        stage.types(&"B3".repeat(77));
    }),
    scene("ask-new-room", |stage| stage.does("room.create")),
    scene("ask-lifetime", |stage| {
        stage.opens("Ben");
        stage.does("conversation.lifetime");
    }),
    scene("ask-reaction", |stage| {
        stage.opens("Ben");
        stage.does("message.react");
    }),
    scene("ask-path", |stage| {
        stage.opens("Ben");
        stage.does("bundle.export");
        stage.types("/media/ann/KINGSTON");
    }),
    scene("path-offers", |stage| {
        stage.opens("Ben");
        stage.does("bundle.import");
        stage.types("/media/ann/");
        stage.completes(world::ON_A_STICK);
    }),
    scene("path-none", |stage| {
        stage.opens("Ben");
        stage.does("bundle.import");
        stage.types("/media/ann/X");
        stage.completes(&[]);
    }),
    scene("transfer", |stage| {
        stage.opens("Ben");
        stage.told(Told::Transfers(world::transfers(1)));
    }),
    scene("transfers", |stage| {
        stage.opens("Hiking club");
        stage.told(Told::Transfers(world::transfers(3)));
        stage.keys("tab up up");
    }),
    scene("transfer-and-said", |stage| {
        stage.opens("Ben");
        stage.told(Told::Transfers(world::transfers(2)));
        stage.does("message.copy");
    }),
    scene("transfers-to-stop", |stage| {
        stage.opens("Ben");
        stage.told(Told::Transfers(world::transfers(3)));
        stage.does("bundle.cancel");
        stage.keys("down");
    }),
    scene("no-transfers", |stage| stage.does("bundle.cancel")),
    scene("written-in-part", |stage| {
        stage.opens("Ben");
        stage.told(Told::Bundle(Way::Export, world::written()));
    }),
    scene("taken-but-damaged", |stage| {
        stage.opens("Ben");
        stage.told(Told::Bundle(Way::Import, world::taken()));
    }),
    scene("confirm-delete", |stage| {
        stage.opens("Ben");
        stage.keys("tab up");
        stage.does("message.delete");
    }),
    scene("confirm-leave", |stage| {
        stage.opens("동네 소식을 나누는 모임");
        stage.does("room.leave");
    }),
    scene("confirm-block", |stage| {
        stage.opens("Ben");
        stage.does("contact.block");
    }),
    scene("verify", |stage| {
        stage.opens("Ben");
        stage.does("contact.verify");
        stage.hears();
    }),
    scene("members", |stage| {
        stage.opens("Hiking club");
        stage.does("room.members");
        stage.keys("down down");
    }),
    scene("doctor", |stage| {
        stage.opens("Ben");
        stage.does("node.doctor");
        stage.hears();
    }),
    scene("doctor-unfolded", |stage| {
        stage.opens("Ben");
        stage.does("node.doctor");
        stage.hears();
        stage.keys("enter");
    }),
    scene("details", |stage| {
        stage.opens("Ben");
        stage.keys("tab up up up up up up");
        stage.does("message.details");
    }),
    scene("details-of-everybody", |stage| {
        stage.opens("Hiking club");
        stage.does("message.latest");
        stage.does("message.details");
        stage.hears();
    }),
    scene("pinned", |stage| {
        stage.opens("Hiking club");
        stage.does("conversation.pinned");
        stage.hears();
    }),
    scene("people", |stage| stage.keys("f4 down down")),
    scene("pick", |stage| {
        stage.does("room.create");
        stage.types("Sunday walk");
        stage.keys("enter down tab");
        stage.types("e");
    }),
    scene("pick-nobody", |stage| {
        stage.does("room.create");
        stage.types("Sunday walk");
        stage.keys("enter end");
    }),
    scene("nobody-in-room", |stage| {
        stage.does("room.create");
        stage.types("Sunday walk");
        stage.keys("enter end enter");
        stage.told(Told::Created(Box::new(world::empty_room())));
        stage.hears();
    }),
    scene("faults", |stage| stage.begins_with(world::faults())),
    scene("about", |stage| stage.does("profile.identity")),
    scene("locked", |stage| {
        stage.opens("Ben");
        stage.happens(Event::Locked(true));
    }),
    scene("unlocked-elsewhere", |stage| {
        stage.opens("Ben");
        stage.happens(Event::Locked(true));
        stage.types("no");
        stage.happens(Event::Locked(false));
    }),
    scene("locked-still", |stage| {
        stage.opens("Ben");
        stage.happens(Event::Locked(true));
        stage.types("no");
        stage.keys("enter");
        let wrong = Failure::from(OpenError::WrongPassphrase);
        stage.happens(Event::NotUnlocked(wrong));
    }),
];
