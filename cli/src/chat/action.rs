//! What somebody at an interface can do: the one table of it, from which help, keys and commands are made.
//!
//! Invariants
//! - An action is in the table exactly once, under a name of its own; so is a slash command.
//! - Nothing else lists actions.

/// Where the keys go when an action is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// Wherever they go.
    Everywhere,
    /// The list of conversations.
    List,
    /// The messages of the open conversation.
    Messages,
    /// What is being written.
    Composer,
    /// What stands in front of all that.
    Popup,
}

/// How an action is typed as a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slash {
    /// With the slash.
    pub(crate) verb: &'static str,
    /// What follows it; in brackets if it may be left out.
    pub(crate) argument: Option<&'static str>,
    /// What it does.
    pub(crate) about: &'static str,
}

impl Slash {
    /// The verb and what follows it.
    pub(crate) fn usage(&self) -> String {
        let argument = self
            .argument
            .map_or(String::new(), |what| format!(" {what}"));
        format!("{}{argument}", self.verb)
    }

    /// Whether what follows is a name that can be completed.
    pub(crate) fn takes_name(&self) -> bool {
        let argument = self.argument.unwrap_or_default();
        ["NAME", "ROOM", "CONTACT", "MEMBER"]
            .iter()
            .any(|name| argument.contains(name))
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) action: Action,
    /// By which people bind it to a key: `message.reply`.
    pub(crate) name: &'static str,
    /// Where it is possible.
    pub(crate) layers: &'static [Layer],
    /// How it is typed, if it is possible in a line chat.
    pub(crate) slash: Option<Slash>,
}

impl Entry {
    /// Whether it is something to be done, and no movement of a cursor or answer to what stands in front.
    pub(crate) fn is_command(&self) -> bool {
        let is_movement = self.name.starts_with("cursor.") || self.name.starts_with("popup.");
        !is_movement && self.layers != [Layer::Popup]
    }

    /// The key of its text in the catalogue: `action-message-reply`.
    pub(crate) fn text(&self) -> String {
        format!("action-{}", self.name.replace('.', "-"))
    }
}

macro_rules! actions {
    ($($action:ident $name:literal [$($layer:ident)*]
        $(= $verb:literal $(($argument:literal))?: $about:literal)?;)*) => {
        /// What somebody can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Action {
            $(
                #[doc = concat!("`", $name, "`")]
                $action,
            )*
        }

        /// All of it, in the order in which help shows it.
        pub(crate) const ACTIONS: &[Entry] = &[$(Entry {
            action: Action::$action,
            name: $name,
            layers: &[$(Layer::$layer),*],
            slash: actions!(@slash $($verb $(($argument))?: $about)?),
        },)*];
    };
    (@slash) => { None };
    (@slash $verb:literal: $about:literal) => {
        Some(Slash { verb: $verb, argument: None, about: $about })
    };
    (@slash $verb:literal ($argument:literal): $about:literal) => {
        Some(Slash { verb: $verb, argument: Some($argument), about: $about })
    };
}

actions! {
    Invite "contact.invite" [Everywhere] = "/invite":
        "make a code that one person can use to become your contact";
    Join "contact.join" [Everywhere] = "/join" ("CODE"): "use somebody's code";
    List "conversation.list" [Everywhere] = "/contacts":
        "whom you know, and rooms, with a number each";
    Open "conversation.open" [List] = "/chat" ("NAME"):
        "write to somebody else, or in a room; a number does too: /2";
    Next "conversation.next" [Everywhere];
    Previous "conversation.previous" [Everywhere];
    NextUnread "conversation.next-unread" [Everywhere];
    NextMention "conversation.next-mention" [Everywhere];
    ReadAll "conversation.read-all" [List Messages Composer];
    Mute "conversation.mute" [List Messages Composer] = "/mute":
        "let nothing in what is open notify, or let it again";
    Archive "conversation.archive" [List Messages Composer] = "/archive":
        "put what is open away until something new is in it, or take it back";
    ShowArchived "conversation.show-archived" [Everywhere];
    Receipts "conversation.receipts" [List Messages Composer] = "/receipts":
        "let nobody learn what you read in what is open, or let them again";
    Pinned "conversation.pinned" [List Messages Composer] = "/pinned": "what is pinned in what is open";
    Lifetime "conversation.lifetime" [List Messages Composer] = "/lifetime" ("1d|off"):
        "have what is written from now on disappear after that time, or stay";
    CreateRoom "room.create" [Everywhere] = "/create" ("TITLE"): "make a room, and open it";
    AcceptRoom "room.accept" [List Messages Composer] = "/accept" ("ROOM"):
        "take part in a room that you are invited to";
    Members "room.members" [List Messages Composer Popup] = "/members" ("[ROOM]"): "who is in a room";
    InviteMember "room.invite" [List Messages Composer Popup] = "/add" ("CONTACT"):
        "let a contact into the open room, with all that was written in it";
    InviteMemberNew "room.invite-new" [List Messages Composer] = "/add-new" ("CONTACT"):
        "let a contact into the open room, with what is written from now on";
    RemoveMember "room.remove" [Popup] = "/remove" ("MEMBER"): "take a member out of the open room";
    Role "room.role" [Popup] = "/role" ("MEMBER"):
        "make a member of the open room an admin of it, or no longer";
    RenameRoom "room.rename" [List Messages Composer] = "/rename" ("TITLE"):
        "give the open room another title, or the open contact another name";
    Leave "room.leave" [List Messages Composer] = "/leave" ("[ROOM]"):
        "take part in a room no longer, or turn its invitation down";
    Show "message.show" [Messages] = "/read" ("[N]"): "show the last messages again";
    Latest "message.latest" [Messages Composer];
    Reply "message.reply" [Messages] = "/reply" ("N TEXT"): "answer a message: 1 is the last, 2 the one before";
    Edit "message.edit" [Messages] = "/edit" ("[N] TEXT"):
        "give a message of yours another text, without a number your last one";
    Delete "message.delete" [Messages] = "/delete" ("[N]"):
        "delete a message, without a number the last one: for everybody if it is yours";
    DeleteForMe "message.delete-for-me" [Messages] = "/delete-for-me" ("[N]"):
        "delete a message on this device alone";
    React "message.react" [Messages] = "/react" ("N EMOJI"):
        "put an emoji on a message; the same again takes it off";
    Pin "message.pin" [Messages] = "/pin" ("N"): "hold a message up for everybody, or no longer";
    Cancel "message.cancel" [Messages] = "/cancel":
        "give up delivering your last message that is still queued";
    Details "message.details" [Messages] = "/details" ("[N]"):
        "when a message was written, and how far it has come with whom";
    Copy "message.copy" [Messages];
    Search "message.search" [Everywhere] = "/search" ("WORDS"): "find messages, in all conversations";
    People "contact.list" [Everywhere];
    Verify "contact.verify" [List Messages Composer Popup] = "/verify" ("[NAME]"): "compare safety words";
    RenameContact "contact.rename" [List Messages Composer Popup];
    Block "contact.block" [List Messages Composer Popup] = "/block": "take nothing more from the open contact, or again";
    Identity "profile.identity" [Everywhere] = "/id": "who you are";
    Status "node.status" [Everywhere] = "/status": "how your node does";
    Doctor "node.doctor" [Everywhere] = "/doctor": "whether all is well, and what would help";
    Write "composer.write" [List Messages];
    Send "composer.send" [Composer];
    BreakLine "composer.break-line" [Composer];
    Undo "composer.undo" [Composer];
    Redo "composer.redo" [Composer];
    Complete "composer.complete" [Composer];
    Left "cursor.left" [Composer Popup];
    Right "cursor.right" [Composer Popup];
    Up "cursor.up" [List Messages Composer Popup];
    Down "cursor.down" [List Messages Composer Popup];
    WordLeft "cursor.word-left" [Composer Popup];
    WordRight "cursor.word-right" [Composer Popup];
    Home "cursor.home" [Composer Popup];
    End "cursor.end" [Composer Popup];
    Top "cursor.top" [List Messages Composer];
    Bottom "cursor.bottom" [List Messages Composer];
    PageUp "cursor.page-up" [Everywhere];
    PageDown "cursor.page-down" [Everywhere];
    DeleteLeft "cursor.delete-left" [Composer Popup];
    DeleteRight "cursor.delete-right" [Composer Popup];
    DeleteWordLeft "cursor.delete-word-left" [Composer Popup];
    DeleteWordRight "cursor.delete-word-right" [Composer Popup];
    DeleteToHome "cursor.delete-to-home" [Composer Popup];
    DeleteToEnd "cursor.delete-to-end" [Composer Popup];
    Yank "cursor.yank" [Composer];
    Accept "popup.accept" [Popup];
    CopyShown "popup.copy" [Popup];
    Help "view.help" [Everywhere] = "/help": "what you can do";
    Palette "view.palette" [Everywhere];
    Focus "view.focus" [Everywhere];
    FocusBack "view.focus-back" [Everywhere];
    Redraw "view.redraw" [Everywhere];
    Mouse "view.mouse" [Everywhere];
    Close "view.close" [Everywhere];
    Suspend "app.suspend" [Everywhere];
    Quit "app.quit" [Everywhere] = "/quit": "leave; what is queued stays queued";
}

impl Action {
    /// Its row of the table.
    pub(crate) fn entry(self) -> Option<&'static Entry> {
        ACTIONS.iter().find(|entry| entry.action == self)
    }
}

/// The table's rows that can be typed as a line.
pub(crate) fn slashes() -> impl Iterator<Item = Slash> {
    ACTIONS.iter().filter_map(|entry| entry.slash)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_is_there_once_under_a_name_of_two_words_with_a_text_and_a_layer() {
        let is_word = |word: &str| {
            let mut letters = word.bytes();
            !word.is_empty() && letters.all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        let mut texts = BTreeSet::new();
        for entry in ACTIONS {
            let (noun, verb) = entry.name.split_once('.').unwrap();
            assert!(is_word(noun) && is_word(verb), "{}", entry.name);
            assert!(!entry.layers.is_empty(), "{}", entry.name);
            assert!(texts.insert(entry.text()), "{} twice", entry.name);
        }
        assert!(texts.contains("action-message-reply"));
        let actions: BTreeSet<Action> = ACTIONS.iter().map(|entry| entry.action).collect();
        assert_eq!(actions.len(), ACTIONS.len());
    }

    #[test]
    fn every_command_is_there_once_behind_a_slash_and_says_what_it_does() {
        let mut verbs = BTreeSet::new();
        for slash in slashes() {
            assert!(slash.verb.starts_with('/') && !slash.verb.contains(' '));
            assert!(verbs.insert(slash.verb), "{} twice", slash.verb);
            assert!(!slash.about.is_empty(), "{}", slash.verb);
        }
        let usage = |verb: &str| slashes().find(|slash| slash.verb == verb).unwrap().usage();
        assert_eq!(usage("/join"), "/join CODE");
        assert_eq!(usage("/id"), "/id");
    }
}
