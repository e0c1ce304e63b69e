//! What is being written in one conversation, and what it is to become: a message, an answer or another
//! text of a message.
//!
//! Invariants
//! - What was begun as a message is there again when an edit of another is over or given up.
//! - A text that was sent can be fetched back only while a message has it, and never where messages disappear.

mod buffer;
mod undo;

use std::collections::BTreeSet;

use tidings_node::OperationId;

pub(super) use buffer::{Buffer, Reach, TooLong};

/// Texts that were sent and can be fetched back with a key.
const SENT_MAX: usize = 50;

/// What a text is to become.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Target {
    /// A message.
    #[default]
    New,
    /// A message that answers this one.
    Reply(OperationId),
    /// The text of this message.
    Edit(OperationId),
}

/// A text that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    text: String,
    /// Which message has it, as far as that is known.
    message: Option<OperationId>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Composer {
    buffer: Buffer,
    target: Target,
    /// What was begun before an edit; before one that came back, another edit at most.
    aside: Vec<(Buffer, Target)>,
    sent: Vec<Sent>,
    /// The text of those that is shown, and what was written before that.
    recalled: Option<(usize, String)>,
    /// The draft as the node has it, as far as that is known.
    kept: Option<String>,
    /// The text that was there when somebody began to write here, or took over what was written elsewhere.
    taken: String,
}

impl Default for Composer {
    fn default() -> Self {
        Self::with_draft("")
    }
}

impl Composer {
    /// One with the draft that the node has.
    pub(super) fn with_draft(draft: &str) -> Self {
        let buffer = Buffer::of(draft);
        Self {
            taken: buffer.text().to_owned(),
            buffer,
            target: Target::New,
            aside: Vec::new(),
            sent: Vec::new(),
            recalled: None,
            kept: Some(draft.to_owned()),
        }
    }

    /// The text.
    pub(super) fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The text, to be changed.
    pub(super) fn buffer_mut(&mut self) -> &mut Buffer {
        &mut self.buffer
    }

    /// What it is to become.
    pub(super) fn target(&self) -> Target {
        self.target
    }

    /// Whether nothing but blanks is written.
    pub(super) fn is_blank(&self) -> bool {
        self.buffer.is_blank()
    }

    /// Has what is written answer a message.
    pub(super) fn reply(&mut self, to: OperationId) {
        while self.cancel() {}
        self.target = Target::Reply(to);
    }

    /// Begins to give a message another text.
    pub(super) fn edit(&mut self, message: OperationId, text: &str) {
        while self.cancel() {}
        let begun = std::mem::replace(&mut self.buffer, Buffer::of(text));
        let target = std::mem::replace(&mut self.target, Target::Edit(message));
        self.aside.push((begun, target));
    }

    /// Gives up an answer or edit; whether there was one.
    pub(super) fn cancel(&mut self) -> bool {
        match std::mem::take(&mut self.target) {
            Target::New => false,
            Target::Reply(_) => true,
            Target::Edit(_) => {
                self.put_back();
                true
            }
        }
    }

    /// Takes what is to be sent, and what it is to become; nothing if nothing is written.
    pub(super) fn take(&mut self) -> Option<(Target, String)> {
        if self.buffer.is_blank() {
            return None;
        }
        let text = self.buffer.take();
        let target = std::mem::take(&mut self.target);
        self.recalled = None;
        if matches!(target, Target::Edit(_)) {
            self.put_back();
        }
        Some((target, text))
    }

    /// Keeps a text that was taken, so that it can be fetched back.
    pub(super) fn keep_sent(&mut self, target: Target, text: &str) {
        let message = match target {
            Target::New | Target::Reply(_) => None,
            Target::Edit(message) => Some(message),
        };
        self.sent.push(Sent {
            text: text.to_owned(),
            message,
        });
        if self.sent.len() > SENT_MAX {
            self.sent.remove(0);
        }
    }

    /// Notes which message has a text that was sent.
    pub(super) fn stored(&mut self, message: OperationId, text: &str) {
        let mut sent = self.sent.iter_mut();
        let is_it = |sent: &&mut Sent| sent.message.is_none() && sent.text.trim() == text.trim();
        if let Some(sent) = sent.find(is_it) {
            sent.message = Some(message);
        }
    }

    /// The messages whose texts can be fetched back.
    pub(super) fn sent(&self) -> impl Iterator<Item = OperationId> {
        self.sent.iter().filter_map(|sent| sent.message)
    }

    /// Forgets the texts of messages that are there no longer; what was begun before one was shown is there again.
    pub(super) fn forget(&mut self, messages: &BTreeSet<OperationId>) {
        let before = self.sent.len();
        let is_gone = |sent: &Sent| sent.message.is_some_and(|one| messages.contains(&one));
        self.sent.retain(|sent| !is_gone(sent));
        if self.sent.len() < before
            && let Some((_, begun)) = self.recalled.take()
        {
            self.buffer.replace(&begun);
        }
    }

    /// Writes again what could not be stored, to become what it was to be. What has been begun since stands behind a
    /// message; an edit comes in front of it, as one does that is begun.
    pub(super) fn give_back(&mut self, target: Target, text: &str) {
        let is_edit = matches!(target, Target::Edit(_));
        if is_edit && self.target != target {
            let begun = std::mem::replace(&mut self.buffer, Buffer::of(text));
            let before = std::mem::replace(&mut self.target, target);
            return self.aside.push((begun, before));
        }
        let (buffer, now) = match self.aside.first_mut() {
            Some((buffer, now)) if !is_edit => (buffer, now),
            Some(_) | None => (&mut self.buffer, &mut self.target),
        };
        if buffer.is_blank() {
            *now = target;
            return buffer.replace(text);
        }
        if *now == Target::New {
            *now = target;
        }
        let both = format!("{text}\n{}", buffer.text());
        buffer.replace(&both);
    }

    /// Whether a text that was sent is shown.
    pub(super) fn is_recalled(&self) -> bool {
        self.recalled.is_some()
    }

    /// Shows the text that was sent before the one that is shown, or after it; whether there is one.
    pub(super) fn recall(&mut self, is_back: bool) -> bool {
        let (shown, begun) = match self.recalled.take() {
            Some(recalled) => recalled,
            None if is_back => (self.sent.len(), self.buffer.text().to_owned()),
            None => return false,
        };
        let next = if is_back {
            shown.checked_sub(1)
        } else {
            Some(shown + 1)
        };
        match next.and_then(|next| Some((next, self.sent.get(next)?.text.clone()))) {
            Some((next, text)) => {
                self.buffer.replace(&text);
                self.recalled = Some((next, begun));
                true
            }
            None if is_back => {
                let is_shown = shown < self.sent.len();
                self.recalled = is_shown.then_some((shown, begun));
                false
            }
            None => {
                self.buffer.replace(&begun);
                true
            }
        }
    }

    /// The draft, if the node has another: it is taken to have this one from now on.
    pub(super) fn draft_to_keep(&mut self) -> Option<String> {
        let (buffer, target) = match self.aside.first() {
            Some((buffer, target)) => (buffer, *target),
            None => (&self.buffer, self.target),
        };
        // An edit is no draft.
        debug_assert!(!matches!(target, Target::Edit(_)));
        let text = if buffer.is_blank() { "" } else { buffer.text() };
        if self.kept.as_deref() == Some(text) {
            return None;
        }
        self.kept = Some(text.to_owned());
        self.kept.clone()
    }

    /// What is written here and is nowhere else: the draft, if the node has another, and the texts of edits.
    pub(super) fn unkept(&self) -> Vec<&str> {
        let all = self.aside.iter().map(|(buffer, target)| (buffer, *target));
        let all = all.chain([(&self.buffer, self.target)]);
        let here = all.filter(|(buffer, target)| {
            let is_kept = self.kept.as_deref() == Some(buffer.text());
            !buffer.is_blank() && (matches!(target, Target::Edit(_)) || !is_kept)
        });
        here.map(|(buffer, _)| buffer.text()).collect()
    }

    /// Notes that the node does not have the draft after all: it is to be kept again.
    pub(super) fn not_kept(&mut self) {
        self.kept = None;
    }

    /// The draft as the node has it, if nothing stands here that was written here.
    pub(super) fn untouched(&self) -> Option<&str> {
        let is_begun =
            self.target != Target::New || !self.aside.is_empty() || self.recalled.is_some();
        let text = if self.is_blank() {
            ""
        } else {
            self.buffer.text()
        };
        let is_own = !text.is_empty() && text != self.taken;
        let kept = self.kept.as_deref()?;
        (!is_begun && !is_own && kept == text).then_some(kept)
    }

    /// Takes the draft that was written elsewhere in place of the one that is known here, unless something was written.
    pub(super) fn take_draft(&mut self, known: &str, now: &str) {
        if self.untouched() == Some(known) && known != now {
            self.buffer.replace(now);
            self.buffer.text().clone_into(&mut self.taken);
            self.kept = Some(now.to_owned());
        }
    }

    fn put_back(&mut self) {
        if let Some((buffer, target)) = self.aside.pop() {
            self.buffer = buffer;
            self.target = target;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn what_was_begun_is_there_again_after_an_edit() {
        let mut composer = Composer::with_draft("begun");
        composer.reply(sample::id('q'));
        composer.cancel();
        composer.edit(sample::id('m'), "wrogn");
        assert_eq!(composer.draft_to_keep(), None, "an edit is no draft");
        composer.buffer_mut().replace("wrong");
        let sent = composer.take();
        assert_eq!(
            sent,
            Some((Target::Edit(sample::id('m')), "wrong".to_owned()))
        );
        assert_eq!(composer.buffer().text(), "begun");
        composer.edit(sample::id('m'), "other");
        assert!(composer.cancel());
        assert_eq!(composer.buffer().text(), "begun");
    }

    #[test]
    fn an_answer_is_one_until_it_is_sent_or_given_up() {
        let mut composer = Composer::default();
        composer.reply(sample::id('q'));
        assert_eq!(composer.take(), None);
        composer.buffer_mut().insert("yes").unwrap();
        let answer = Target::Reply(sample::id('q'));
        assert_eq!(composer.take(), Some((answer, "yes".to_owned())));
        assert_eq!(composer.target(), Target::New);
        assert!(!composer.cancel());
    }

    #[test]
    fn what_was_not_stored_stands_before_what_was_begun_since() {
        let mut composer = Composer::default();
        composer.give_back(Target::New, "first");
        assert_eq!(composer.buffer().text(), "first");
        composer.give_back(Target::New, "earlier");
        assert_eq!(composer.buffer().text(), "earlier\nfirst");
    }

    #[test]
    fn what_was_not_stored_is_again_what_it_was_to_become() {
        let (answer, edit) = (
            Target::Reply(sample::id('q')),
            Target::Edit(sample::id('m')),
        );
        for target in [Target::New, answer, edit] {
            let mut composer = Composer::default();
            composer.give_back(target, "text");
            assert_eq!(composer.take(), Some((target, "text".to_owned())));
        }
    }

    #[test]
    fn an_edit_that_was_not_stored_stands_before_what_was_begun_and_never_becomes_part_of_it() {
        let mut composer = Composer::with_draft("begun");
        composer.edit(sample::id('n'), "other");
        let edit = Target::Edit(sample::id('m'));
        composer.give_back(edit, "wrong");
        composer.give_back(Target::New, "message");
        assert_eq!(
            composer.draft_to_keep(),
            Some("message\nbegun".to_owned()),
            "no edit is a draft"
        );
        assert_eq!(composer.take(), Some((edit, "wrong".to_owned())));
        let before = Target::Edit(sample::id('n'));
        assert_eq!(composer.take(), Some((before, "other".to_owned())));
        let last = (Target::New, "message\nbegun".to_owned());
        assert_eq!(composer.take(), Some(last));
    }

    #[test]
    fn what_was_sent_is_recalled_and_what_was_begun_is_not_lost() {
        let mut composer = Composer::default();
        for text in ["one", "two"] {
            composer.keep_sent(Target::New, text);
        }
        composer.buffer_mut().insert("begun").unwrap();
        assert!(!composer.is_recalled());
        assert!(composer.recall(true) && composer.recall(true));
        assert!(composer.is_recalled());
        assert_eq!(composer.buffer().text(), "one");
        assert!(!composer.recall(true));
        assert!(composer.recall(false));
        assert_eq!(composer.buffer().text(), "two");
        assert!(composer.recall(false));
        assert_eq!(composer.buffer().text(), "begun");
        assert!(!composer.recall(false));
    }

    #[test]
    fn a_text_whose_message_is_gone_is_recalled_no_more_and_what_was_begun_is_there_again() {
        let mut composer = Composer::with_draft("begun");
        let [first, second] = ['m', 'n'].map(sample::id);
        composer.keep_sent(Target::New, "one");
        composer.keep_sent(Target::Edit(second), "two");
        composer.stored(first, "one");
        assert!(composer.sent().eq([first, second]));
        assert!(composer.recall(true));
        assert_eq!(composer.buffer().text(), "two");
        composer.forget(&[second].into());
        assert_eq!(composer.buffer().text(), "begun");
        assert!(composer.recall(true));
        assert_eq!(composer.buffer().text(), "one");
        composer.forget(&[first].into());
        assert_eq!(composer.buffer().text(), "begun");
        assert!(!composer.recall(true));
    }

    #[test]
    fn the_most_texts_are_kept_and_one_more_drops_the_oldest() {
        let mut composer = Composer::default();
        for number in 0..=SENT_MAX {
            composer.keep_sent(Target::New, &number.to_string());
        }
        while composer.recall(true) {}
        assert_eq!(composer.buffer().text(), "1");
    }

    #[test]
    fn a_draft_is_kept_when_it_changed_and_no_longer_there_once_sent() {
        let mut composer = Composer::with_draft("a");
        assert_eq!(composer.draft_to_keep(), None);
        composer.buffer_mut().insert("b").unwrap();
        assert_eq!(composer.draft_to_keep(), Some("ab".to_owned()));
        assert_eq!(composer.draft_to_keep(), None);
        composer.take();
        assert_eq!(composer.draft_to_keep(), Some(String::new()));
    }

    #[test]
    fn a_draft_of_elsewhere_takes_the_place_of_what_nobody_wrote_here() {
        let mut composer = Composer::with_draft("a");
        assert_eq!(composer.untouched(), Some("a"));
        composer.take_draft("a", "of elsewhere");
        assert_eq!(composer.buffer().text(), "of elsewhere");
        assert_eq!(composer.draft_to_keep(), None, "it is kept already");
        composer.take_draft("a", "of before");
        assert_eq!(composer.buffer().text(), "of elsewhere");
        composer.take_draft("of elsewhere", "");
        assert_eq!(composer.untouched(), Some(""));
    }

    #[test]
    fn what_was_written_here_stays_whatever_is_kept_elsewhere() {
        let mut composer = Composer::with_draft("a");
        composer.buffer_mut().insert("b").unwrap();
        composer.take_draft("a", "other");
        composer.draft_to_keep();
        composer.take_draft("ab", "other");
        assert_eq!(composer.buffer().text(), "ab");
        composer.take();
        composer.take_draft("ab", "of before");
        assert_eq!(composer.buffer().text(), "", "it was sent");
        composer.draft_to_keep();
        composer.reply(sample::id('q'));
        composer.take_draft("", "no answer");
        assert_eq!(composer.buffer().text(), "");
    }

    #[test]
    fn what_the_node_keeps_is_not_here_alone_and_an_edit_always_is() {
        let mut composer = Composer::with_draft("begun");
        assert_eq!(composer.unkept(), Vec::<&str>::new());
        composer.edit(sample::id('m'), "wrong");
        assert_eq!(composer.unkept(), ["wrong"]);
        composer.cancel();
        composer.buffer_mut().insert(" more").unwrap();
        assert_eq!(composer.unkept(), ["begun more"]);
        composer.draft_to_keep();
        assert_eq!(composer.unkept(), Vec::<&str>::new());
        composer.not_kept();
        assert_eq!(composer.unkept(), ["begun more"]);
        composer.buffer_mut().replace(" ");
        assert_eq!(composer.unkept(), Vec::<&str>::new());
    }

    #[test]
    fn a_draft_that_was_not_kept_is_to_be_kept_again() {
        let mut composer = Composer::default();
        composer.buffer_mut().insert("a").unwrap();
        composer.draft_to_keep();
        composer.not_kept();
        assert_eq!(composer.draft_to_keep(), Some("a".to_owned()));
        assert_eq!(composer.draft_to_keep(), None);
    }
}
