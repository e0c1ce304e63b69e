//! Gaps on a screen: whose messages are missing, told when that changes.

use tidings_node::api::Gap;

use crate::safe_text;

/// The gaps that were told.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    told: Vec<Gap>,
}

impl Gaps {
    /// What is to be told, the gaps being these now: those that are new or otherwise than they were
    /// told, and, with nothing missing, those that have closed.
    pub(super) fn news(&mut self, now: &[Gap]) -> Vec<Gap> {
        let closed = self.told.iter().filter(|told| {
            let mut now = now.iter();
            !now.any(|gap| is_of_same(gap, told))
        });
        let closed = closed.map(|told| Gap {
            missing: 0,
            held_by: Vec::new(),
            ..told.clone()
        });
        let changed = now.iter().filter(|gap| !self.told.contains(gap)).cloned();
        let news = closed.chain(changed).collect();
        self.told = now.to_vec();
        news
    }
}

fn is_of_same(one: &Gap, other: &Gap) -> bool {
    (one.conversation, one.from.person) == (other.conversation, other.from.person)
}

/// A gap for a person.
pub(super) fn plain(gap: &Gap) -> String {
    let name = safe_text::name(&gap.from.name);
    if gap.missing == 0 {
        return format!("What was missing of {name}'s messages is here.\n");
    }
    let what = if gap.missing == 1 {
        format!("1 of {name}'s messages is missing")
    } else {
        format!("{} of {name}'s messages are missing", gap.missing)
    };
    let holders = gap.held_by.iter().map(|who| safe_text::name(&who.name));
    let holders: Vec<String> = holders.collect();
    let them = if gap.missing == 1 { "it" } else { "them" };
    match holders.as_slice() {
        [] => format!("{what}; nobody here has {them}.\n"),
        [one] => format!("{what}; {one} has {them}.\n"),
        _ => format!("{what}; {} have {them}.\n", holders.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use tidings_node::api::Author;
    use tidings_node::{ConversationId, PersonId};

    use super::*;
    use crate::output::sample::id;

    fn author(name: &str) -> Author {
        Author {
            person: id::<PersonId>(name.to_lowercase().chars().next().unwrap()),
            name: name.to_owned(),
        }
    }

    fn gap(of: &str, missing: u64, held_by: &[&str]) -> Gap {
        Gap {
            conversation: id::<ConversationId>('a'),
            from: author(of),
            missing,
            held_by: held_by.iter().map(|name| author(name)).collect(),
        }
    }

    #[test]
    fn a_gap_is_told_as_it_opens_changes_and_closes_and_not_in_between() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.news(&[]), []);
        let open = [gap("Ben", 3, &[]), gap("Cleo", 1, &[])];
        assert_eq!(gaps.news(&open), open);
        assert_eq!(gaps.news(&open), []);
        let fewer = [gap("Ben", 2, &["Dan"]), open[1].clone()];
        assert_eq!(gaps.news(&fewer), [fewer[0].clone()]);
        assert_eq!(gaps.news(&fewer[1..]), [gap("Ben", 0, &[])]);
        assert_eq!(gaps.news(&[]), [gap("Cleo", 0, &[])]);
    }

    #[test]
    fn a_line_of_a_gap_has_the_documented_fields() {
        let line = crate::output::json_line("gap", &gap("Ben", 3, &["Cleo"])).unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&line["v"], &line["type"]), (&1.into(), &"gap".into()));
        assert_eq!(
            line["conversation"],
            gap("Ben", 3, &[]).conversation.to_string()
        );
        assert_eq!(
            (&line["from"]["name"], &line["missing"]),
            (&"Ben".into(), &3.into())
        );
        assert!(line["from"]["person"].is_string());
        assert_eq!(line["held_by"][0]["name"], "Cleo");
        assert_eq!(line.as_object().unwrap().len(), 6);
    }

    #[test]
    fn a_gap_reads_as_a_sentence() {
        let one = plain(&gap("Ben", 1, &[]));
        assert_eq!(one, "1 of Ben's messages is missing; nobody here has it.\n");
        let some = plain(&gap("Ben", 3, &["Cleo", "Dan"]));
        assert_eq!(
            some,
            "3 of Ben's messages are missing; Cleo, Dan have them.\n"
        );
        let none = plain(&gap("Ben\u{1b}[2J", 0, &[]));
        assert!(!none.contains('\u{1b}'), "{none:?}");
    }
}
