//! What is said of our own person and node.

use tidings_node::api::{Check, Identity, Status};

use super::{Effect, State, text};
use crate::plain::telling::when;
use crate::safe_text::Safe;

/// Who we are.
pub(super) fn identity(state: &State, identity: &Identity) -> Effect {
    let texts = &state.texts;
    text(vec![
        texts.about_name(&texts.name(&identity.name)),
        texts.about_person(&Safe::line(&identity.person.to_string())),
        texts.about_words(&Safe::line(&identity.safety_words.join(" "))),
        texts.words_why(),
    ])
}

/// How the node does, and what it moves.
pub(super) fn status(state: &mut State, status: &Status) -> Effect {
    let texts = &state.texts;
    let mut lines = texts.standing(status);
    lines.extend(state.transfers.list(texts));
    lines.push(texts.status_more());
    text(lines)
}

/// What was looked at: what is the matter, with what would help, and how much is well.
pub(super) fn checked(state: &State, checks: &[Check]) -> Effect {
    let texts = &state.texts;
    let mut lines = Vec::new();
    for check in checks {
        let (name, detail) = (texts.subject(check), texts.found(check));
        lines.push(match (check.ok, check.since) {
            (true, _) => texts.check_well(&name, &detail),
            (false, None) => texts.check_ill(&name, &detail),
            (false, Some(since)) => texts.check_ill_since(&name, &detail, &when(since, texts)),
        });
        let helps = texts.helps(check);
        if !check.ok && !helps.is_empty() {
            lines.push(texts.check_helps(&helps));
        }
    }
    let all = checks.len();
    let ill = checks.iter().filter(|check| !check.ok).count();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    lines.push(match ill {
        0 => texts.all_well(),
        ill => texts.not_all_well(count(ill), count(all)),
    });
    text(lines)
}
