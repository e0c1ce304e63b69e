//! What was done between two messages, held until the next of them: of much only the last is shown, if not all is wanted.

use tidings_node::api::Deed;

use crate::chat::{DONE_IN_A_ROW_MAX, Item};
use crate::output::Transcript;
use crate::texts::Texts;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Held(Vec<Item>);

impl Held {
    /// Takes what was done next.
    pub(super) fn take(&mut self, deed: &Deed) {
        Item::follow(&mut self.0, [Item::from(deed.clone())]);
    }

    /// The lines of what is held, which is so no longer.
    pub(super) fn lines(&mut self, transcript: &mut Transcript) -> String {
        let mut text = String::new();
        let earlier = self.0.len().saturating_sub(DONE_IN_A_ROW_MAX);
        if earlier > 0 {
            text = format!("{}\n", Texts::default().deeds_earlier());
        }
        for item in self.0.drain(..).skip(earlier) {
            match item {
                Item::Deed(deed) => text.push_str(&transcript.deed(&deed)),
                Item::Message(_) => {}
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Paint, sample};

    #[test]
    fn the_most_that_was_done_is_shown_and_of_more_the_last_and_that_there_was_more() {
        let mut transcript = Transcript::new(Paint::none(), None, None);
        let mut told = |count: usize| {
            let mut held = Held::default();
            (0..count).for_each(|number| held.take(&sample::left(&format!("P{number}"))));
            let text = held.lines(&mut transcript);
            assert_eq!(held.lines(&mut transcript), "");
            text
        };
        let most = told(DONE_IN_A_ROW_MAX);
        assert_eq!(most.matches(" left\n").count(), DONE_IN_A_ROW_MAX);
        let more = told(DONE_IN_A_ROW_MAX + 5);
        assert_eq!(more.matches(" left\n").count(), DONE_IN_A_ROW_MAX);
        assert!(more.starts_with("earlier changes are left out\n") && !more.contains("P4 "));
    }
}
