//! What somebody at an interface can do: the one table of it, from which help, keys and commands are made.
//!
//! Invariants
//! - An action is in the table exactly once, under a name of its own; so is a slash command.
//! - Each is about one [`Subject`], the first word of its name: an interface deals with what is about a subject in one place,
//!   and compiles only if it deals with all of it.

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
}

impl Slash {
    /// The key of its text in the catalogue: `slash-reply`.
    pub(crate) fn text(&self) -> String {
        self.verb.replacen('/', "slash-", 1)
    }

    /// Whether what follows is a name that can be completed.
    pub(crate) fn takes_name(&self) -> bool {
        let argument = self.argument.unwrap_or_default();
        ["NAME", "ROOM", "CONTACT", "MEMBER"]
            .iter()
            .any(|name| argument.contains(name))
    }

    /// Whether what follows is a path that can be completed.
    pub(crate) fn takes_path(&self) -> bool {
        self.argument == Some("PATH")
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
        let subject = self.action.subject();
        let is_movement = matches!(subject, Subject::Cursor(_) | Subject::Popup(_));
        !is_movement && self.layers != [Layer::Popup]
    }

    /// The key of its text in the catalogue: `action-message-reply`.
    pub(crate) fn text(&self) -> String {
        format!("action-{}", self.name.replace('.', "-"))
    }
}

macro_rules! actions {
    ($($action:ident $name:literal [$($layer:ident)*]
        $(= $verb:literal $(($argument:literal))?)?;)*) => {
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
            slash: actions!(@slash $($verb $(($argument))?)?),
        },)*];
    };
    (@slash) => { None };
    (@slash $verb:literal) => {
        Some(Slash { verb: $verb, argument: None })
    };
    (@slash $verb:literal ($argument:literal)) => {
        Some(Slash { verb: $verb, argument: Some($argument) })
    };
}

actions! {
    Invite "contact.invite" [Everywhere] = "/invite";
    Join "contact.join" [Everywhere] = "/join" ("CODE");
    CancelJoin "contact.cancel-join" [Everywhere] = "/cancel-join" ("[N]");
    List "conversation.list" [Everywhere] = "/contacts";
    Open "conversation.open" [List] = "/chat" ("NAME");
    Next "conversation.next" [Everywhere];
    Previous "conversation.previous" [Everywhere];
    NextUnread "conversation.next-unread" [Everywhere];
    NextMention "conversation.next-mention" [Everywhere];
    ReadAll "conversation.read-all" [List Messages Composer];
    Mute "conversation.mute" [List Messages Composer] = "/mute";
    Archive "conversation.archive" [List Messages Composer] = "/archive";
    ShowArchived "conversation.show-archived" [Everywhere];
    Receipts "conversation.receipts" [List Messages Composer] = "/receipts";
    Pinned "conversation.pinned" [List Messages Composer] = "/pinned";
    Lifetime "conversation.lifetime" [List Messages Composer] = "/lifetime" ("1d|off");
    CreateRoom "room.create" [Everywhere] = "/create" ("TITLE");
    AcceptRoom "room.accept" [List Messages Composer] = "/accept" ("ROOM");
    Members "room.members" [List Messages Composer Popup] = "/members" ("[ROOM]");
    InviteMember "room.invite" [List Messages Composer Popup] = "/add" ("CONTACT");
    InviteMemberNew "room.invite-new" [List Messages Composer] = "/add-new" ("CONTACT");
    RemoveMember "room.remove" [Popup] = "/remove" ("MEMBER");
    Role "room.role" [Popup] = "/role" ("MEMBER");
    RenameRoom "room.rename" [List Messages Composer] = "/rename" ("TITLE");
    Leave "room.leave" [List Messages Composer] = "/leave" ("[ROOM]");
    Show "message.show" [Messages] = "/read" ("[N]");
    Latest "message.latest" [Messages Composer];
    Reply "message.reply" [Messages] = "/reply" ("N TEXT");
    Edit "message.edit" [Messages] = "/edit" ("[N] TEXT");
    Delete "message.delete" [Messages] = "/delete" ("[N]");
    DeleteForMe "message.delete-for-me" [Messages] = "/delete-for-me" ("[N]");
    React "message.react" [Messages] = "/react" ("N EMOJI");
    Pin "message.pin" [Messages] = "/pin" ("N");
    Cancel "message.cancel" [Messages] = "/cancel";
    Details "message.details" [Messages] = "/details" ("[N]");
    Copy "message.copy" [Messages];
    Search "message.search" [Everywhere] = "/search" ("WORDS");
    People "contact.list" [Everywhere];
    Verify "contact.verify" [List Messages Composer Popup] = "/verify" ("[NAME]");
    RenameContact "contact.rename" [List Messages Composer Popup];
    Block "contact.block" [List Messages Composer Popup] = "/block";
    Export "bundle.export" [Everywhere] = "/export" ("PATH");
    Import "bundle.import" [Everywhere] = "/import" ("PATH");
    CancelTransfer "bundle.cancel" [Everywhere] = "/cancel-transfer" ("[N]");
    Identity "profile.identity" [Everywhere] = "/id";
    Status "node.status" [Everywhere] = "/status";
    Doctor "node.doctor" [Everywhere] = "/doctor";
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
    Top "cursor.top" [List Messages Composer Popup];
    Bottom "cursor.bottom" [List Messages Composer Popup];
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
    Help "view.help" [Everywhere] = "/help";
    Palette "view.palette" [Everywhere];
    Focus "view.focus" [Everywhere];
    FocusBack "view.focus-back" [Everywhere];
    Redraw "view.redraw" [Everywhere];
    Mouse "view.mouse" [Everywhere];
    Close "view.close" [Everywhere];
    Suspend "app.suspend" [Everywhere];
    Quit "app.quit" [Everywhere] = "/quit";
}

macro_rules! subjects {
    ($($(#[$about:meta])* $subject:ident($actions:ident): $($action:ident)*;)*) => {
        /// What an action is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Subject {
            $($(#[$about])* $subject($actions),)*
        }

        $(
            $(#[$about])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(crate) enum $actions {
                $(
                    #[doc = concat!("[`Action::", stringify!($action), "`]")]
                    $action,
                )*
            }
        )*

        impl Action {
            /// What it is about.
            pub(crate) const fn subject(self) -> Subject {
                match self {
                    $($(Self::$action => Subject::$subject($actions::$action),)*)*
                }
            }
        }
    };
}

subjects! {
    /// The whole program.
    App(AppAction): Suspend Quit;
    /// What is carried in files from one device to another.
    Bundle(BundleAction): Export Import CancelTransfer;
    /// The text that is written.
    Composer(ComposerAction): Write Send BreakLine Undo Redo Complete;
    /// Contacts, and those who become some.
    Contact(ContactAction): Invite Join CancelJoin People Verify RenameContact Block;
    /// The list of conversations, and one of them.
    Conversation(ConversationAction): List Open Next Previous NextUnread NextMention ReadAll Mute Archive
        ShowArchived Receipts Pinned Lifetime;
    /// Where one is, in whatever has the keys.
    Cursor(CursorAction): Left Right Up Down WordLeft WordRight Home End Top Bottom PageUp PageDown DeleteLeft
        DeleteRight DeleteWordLeft DeleteWordRight DeleteToHome DeleteToEnd Yank;
    /// The messages of the open conversation, and one of them.
    Message(MessageAction): Show Latest Reply Edit Delete DeleteForMe React Pin Cancel Details Copy Search;
    /// The node.
    Node(NodeAction): Status Doctor;
    /// What stands in front.
    Popup(PopupAction): Accept CopyShown;
    /// Who we are.
    Profile(ProfileAction): Identity;
    /// A room, and its members.
    Room(RoomAction): CreateRoom AcceptRoom Members InviteMember InviteMemberNew RemoveMember Role RenameRoom Leave;
    /// What is on the screen.
    View(ViewAction): Help Palette Focus FocusBack Redraw Mouse Close;
}

impl Action {
    /// Its row of the table.
    pub(crate) fn entry(self) -> Option<&'static Entry> {
        ACTIONS.iter().find(|entry| entry.action == self)
    }
}

/// Other words for some verbs, which people know from elsewhere.
const ALIASES: &[(&str, &str)] = &[("/?", "/help"), ("/exit", "/quit"), ("/q", "/quit")];

/// The verb that a line begins with, with its slash, as the table has it if it does.
pub(crate) fn verb(line: &str) -> &str {
    let typed = line.split_whitespace().next().unwrap_or_default();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == typed);
    alias.map_or(typed, |(_, verb)| verb)
}

/// The table's row that a line is typed for, if it begins with a verb.
pub(crate) fn typed(line: &str) -> Option<&'static Entry> {
    let verb = verb(line);
    let mut all = ACTIONS.iter();
    all.find(|entry| entry.slash.is_some_and(|slash| slash.verb == verb))
}

/// What a line begins with that looks like a verb and is none: one slash, and nothing but letters and hyphens behind it.
pub(crate) fn mistyped(line: &str) -> Option<&str> {
    let word = line.split_whitespace().next()?;
    let name = word.strip_prefix('/').filter(|name| !name.is_empty())?;
    let looks_like_verb = name.chars().all(|one| one.is_alphabetic() || one == '-');
    (looks_like_verb && typed(word).is_none()).then_some(word)
}

/// Whether a text is sent as a message only behind one more slash: it begins with a verb, or with what looks like one.
/// Several lines are no command.
pub(crate) fn needs_escape(text: &str) -> bool {
    let line = text.trim();
    !line.contains('\n') && (typed(line).is_some() || mistyped(line).is_some())
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
    fn the_first_word_of_a_name_says_what_the_action_is_about() {
        for entry in ACTIONS {
            let subject = format!("{:?}", entry.action.subject()).to_lowercase();
            let (noun, _) = entry.name.split_once('.').unwrap();
            assert!(subject.starts_with(&format!("{noun}(")), "{}", entry.name);
        }
    }

    #[test]
    fn a_line_is_typed_for_the_action_whose_verb_it_begins_with_and_no_path_is_a_verb() {
        let action = |line| typed(line).map(|entry| entry.action);
        assert_eq!(action("/help"), Some(Action::Help));
        assert_eq!(action("  /reply 1 yes"), Some(Action::Reply));
        assert_eq!(action("/read\tme"), Some(Action::Show));
        for line in [
            "/etc/hosts",
            "/help/",
            "/helpme",
            "//help",
            "help",
            "/",
            "",
            "see /help",
        ] {
            assert_eq!(action(line), None, "{line}");
        }
        for (alias, verb) in ALIASES {
            assert_eq!(action(alias), action(verb), "{alias}");
            assert!(action(alias).is_some(), "{alias}");
        }
    }

    #[test]
    fn letters_and_hyphens_behind_one_slash_are_no_message_unless_they_are_a_verb() {
        for (line, word) in [
            ("/impotr ~/stick", Some("/impotr")),
            ("  /he", Some("/he")),
            ("/cancel-jion 2", Some("/cancel-jion")),
            ("/Help", Some("/Help")),
            ("/\u{b3c4}\u{c6c0}", Some("/\u{b3c4}\u{c6c0}")),
            ("/help me", None),
            ("/q", None),
            ("/etc/hosts", None),
            ("/help/", None),
            ("/2", None),
            ("/.", None),
            ("//he", None),
            ("/ he", None),
            ("/", None),
            ("", None),
            ("see /he", None),
        ] {
            assert_eq!(mistyped(line), word, "{line}");
        }
    }

    #[test]
    fn every_command_is_there_once_behind_a_slash() {
        let mut verbs = BTreeSet::new();
        for slash in slashes() {
            assert!(slash.verb.starts_with('/') && !slash.verb.contains(' '));
            assert!(verbs.insert(slash.verb), "{} twice", slash.verb);
        }
    }
}
