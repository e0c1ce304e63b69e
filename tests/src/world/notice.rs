//! Notices: which assertion ended a world, so that a planted bug counts as noticed by what is meant
//! to notice it, and not by whatever else it upsets.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;
use std::{fmt, fs};

use super::bug::{Bug, Scene};

/// What an assertion begins with where it stands.
const ASSERTIONS: [&str; 2] = ["assert", "panic!"];

thread_local! {
    static LAST: RefCell<Option<Notice>> = const { RefCell::new(None) };
}

/// Where a world ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    file: String,
    line: usize,
    column: usize,
}

impl Notice {
    fn of(panic: &PanicHookInfo<'_>) -> Option<Self> {
        let place = panic.location()?;
        Some(Self {
            file: place.file().to_owned(),
            line: usize::try_from(place.line()).ok()?,
            column: usize::try_from(place.column()).ok()?,
        })
    }

    /// Whether it is an assertion in one of these files below `tests/`.
    fn is_of(&self, audits: &[&str]) -> bool {
        let path = Path::new(&self.file);
        audits.iter().any(|audit| path.ends_with(audit)) && self.is_assertion()
    }

    /// Whether an assertion stands there: what is expected of a harness fails in other words.
    fn is_assertion(&self) -> bool {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let text = root.and_then(|root| fs::read_to_string(root.join(&self.file)).ok());
        let text = text.unwrap_or_default();
        let line = text.lines().nth(self.line - 1).unwrap_or_default();
        let there = line.get(self.column - 1..).unwrap_or_default();
        ASSERTIONS.iter().any(|word| there.starts_with(word))
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Where a world ended that did not live through this; `None` if it did.
fn ended(world: impl FnOnce()) -> Option<Notice> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            LAST.set(Notice::of(panic));
            before(panic);
        }));
    });
    LAST.set(None);
    let result = catch_unwind(AssertUnwindSafe(world));
    result.err().and_then(|_| LAST.take())
}

/// Plants every bug that shows in a scene in worlds up to the seed `worlds`, and demands that each
/// is noticed by an audit that is meant to.
///
/// # Panics
/// If one is not.
pub fn every_bug_is_noticed(scene: Scene, worlds: u64, world: impl Fn(u64, Bug)) {
    let mut unnoticed = Vec::new();
    for bug in Bug::ALL {
        let audits = bug.audits(scene);
        if audits.is_empty() {
            continue;
        }
        let mut elsewhere = None;
        let noticed = (1..=worlds).find_map(|seed| {
            let ended = ended(|| world(seed, *bug))?;
            if ended.is_of(audits) {
                return Some(ended);
            }
            elsewhere = Some(ended);
            None
        });
        match (noticed, elsewhere) {
            (Some(_), _) => {}
            (None, Some(place)) => unnoticed.push(format!("{bug:?} ends worlds, but at {place}")),
            (None, None) => unnoticed.push(format!("nothing notices {bug:?}")),
        }
    }
    assert_eq!(unnoticed, [""; 0], "by what is meant to");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assertion_of_the_file_that_is_meant_counts_and_nothing_else_does() {
        let mut notices = [
            ended(|| assert_eq!(1 + 1, 3)).unwrap(),
            ended(|| panic!("here")).unwrap(),
        ];
        for notice in &notices {
            assert!(notice.is_of(&["src/world/notice.rs"]), "{notice}");
            assert!(!notice.is_of(&["src/world/audit.rs"]), "{notice}");
        }
        notices[0].file = "elsewhere/notice.rs".to_owned();
        assert!(!notices[0].is_of(&["src/world/notice.rs"]));
        let nothing: [u8; 0] = [];
        let upset = ended(|| assert_eq!(nothing[std::hint::black_box(0)], 0)).unwrap();
        assert!(
            !upset.is_of(&["src/world/notice.rs"]),
            "{upset} is no assertion"
        );
        let upset = ended(|| nothing.first().map(drop).expect("one")).unwrap();
        assert!(
            !upset.is_of(&["src/world/notice.rs"]),
            "{upset} is no assertion"
        );
        assert_eq!(ended(|| {}), None);
    }
}
