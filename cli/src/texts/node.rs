//! What the node says, in one's own language.
//!
//! Invariants
//! - English is said as the node says it. Every other language has each of its sentences, with the same arguments: a test
//!   compares them.
//! - What a newer node says, in words of which one is not known here, is said in English.

use std::time::Duration;

use tidings_node::api::{self, Check, Listed, Sentence, Status};
use tidings_node::words::{Lasting, sized};

use super::Texts;
use super::bundle::Argument;
use crate::failure::Failure;
use crate::safe_text::Safe;

/// What is put in that a system or library says.
const ERROR: &str = "error";

impl Texts {
    /// What was looked at.
    pub(crate) fn subject(&self, check: &Check) -> Safe {
        let own = self.of_node(&format!("check-{}", check.name), &[]);
        own.unwrap_or_else(|| Safe::line(&check.name.replace('_', " ")))
    }

    /// What was found.
    pub(crate) fn found(&self, check: &Check) -> Safe {
        self.sentences(&check.found, &check.detail)
    }

    /// What would help.
    pub(crate) fn helps(&self, check: &Check) -> Safe {
        self.sentences(&check.helps, &check.hint)
    }

    /// Why something was not done.
    pub(crate) fn failure(&self, failure: &Failure) -> Safe {
        self.sentences(&failure.reasons, &failure.message)
    }

    /// Why a node uses no network although it is to, if that is so.
    pub(crate) fn lack(&self, status: &Status) -> Option<Safe> {
        let lack = status.lack.as_ref()?;
        Some(self.sentences(&status.lack_reasons, lack))
    }

    /// How the node does: whom it reaches, what has not come to others, and with whom no talk is possible.
    pub(crate) fn standing(&self, status: &Status) -> Vec<Safe> {
        let mut lines = vec![self.about_mode(&Safe::line(&status.mode))];
        lines.extend(self.lack(status).map(|lack| self.about_lack(&lack)));
        let peers = status.peers;
        if [peers.lan, peers.direct, peers.relayed] == [0; 3] {
            lines.push(self.alone());
        } else {
            lines.extend([
                self.paths_lan(peers.lan),
                self.paths_internet(peers.direct),
                self.paths_relayed(peers.relayed),
            ]);
        }
        lines.extend([
            self.messages_queued(status.queued),
            self.messages_carried(status.carried),
        ]);
        lines.extend(status.other_versions.iter().map(|other| {
            let name = self.author(&other.name);
            if other.newer {
                self.newer_version(&name)
            } else {
                self.older_version(&name)
            }
        }));
        lines
    }

    /// That a message failed, and why.
    pub(crate) fn failed(&self, reason: Option<&str>) -> Safe {
        let Some(reason) = reason else {
            return self.state_failed();
        };
        let own = self.of_node(&format!("failed-{}", reason.replace(' ', "-")), &[]);
        self.state_failed_for(&own.unwrap_or_else(|| Safe::line(reason)))
    }

    /// What a system says of a file, as [`tidings_node::words::of_system`] has it.
    pub(crate) fn of_system(&self, said: &str) -> Safe {
        let own = self.of_node(&format!("system-{}", said.replace(' ', "-")), &[]);
        own.unwrap_or_else(|| Safe::line(said))
    }

    /// Several sentences, of which the English is this.
    fn sentences(&self, sentences: &[Sentence], english: &str) -> Safe {
        let own = sentences.iter().map(|sentence| self.sentence(sentence));
        let own: Option<Vec<String>> = own.collect();
        match own {
            Some(own) if !own.is_empty() => Safe::line(&own.join(" ")),
            Some(_) | None => Safe::line(english),
        }
    }

    fn sentence(&self, sentence: &Sentence) -> Option<String> {
        let with = sentence.with.iter();
        let with = with.map(|(name, value)| Some((name.as_str(), self.value(name, value)?)));
        let with: Option<Vec<_>> = with.collect();
        let said = self.of_node(&sentence.code, &with?)?;
        Some(said.into())
    }

    /// What is put in, which is called so.
    fn value(&self, name: &str, value: &api::Argument) -> Option<Argument> {
        Some(match value {
            api::Argument::Text(text) if name == ERROR => (&self.of_system(text)).into(),
            api::Argument::Text(text) => (&Safe::line(text)).into(),
            api::Argument::Count(count) => (*count).into(),
            api::Argument::Bytes(bytes) => (&Safe::line(&sized(*bytes))).into(),
            api::Argument::Millis(millis) => (&self.lasting(*millis)?).into(),
            api::Argument::List(list) => (&self.list(list)?).into(),
        })
    }

    fn lasting(&self, millis: u64) -> Option<Safe> {
        let (id, count) = match Lasting::from(Duration::from_millis(millis)) {
            Lasting::Days(count) => ("lasting-days", count),
            Lasting::Hours(count) => ("lasting-hours", count),
            Lasting::Minutes(count) => ("lasting-minutes", count),
            Lasting::Moment => ("lasting-moment", 0),
        };
        self.of_node(id, &[("count", count.into())])
    }

    fn list(&self, list: &Listed) -> Option<Safe> {
        let items = Safe::line(&list.items.join(", "));
        if list.more == 0 {
            return Some(items);
        }
        let with = [("items", (&items).into()), ("more", list.more.into())];
        self.of_node("items-and-more", &with)
    }

    /// What is called so in the node's words, in a language that is not its own; nothing if it is not known.
    fn of_node(&self, name: &str, with: &[(&str, Argument)]) -> Option<Safe> {
        let text = self.of_node.find(&name.replace('_', "-"), with)?;
        Some(Safe::line(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;
    use crate::texts::Language;

    fn check(sentences: serde_json::Value) -> Check {
        serde_json::from_value(serde_json::json!({
            "name": "under_way", "ok": true, "detail": "In English.", "hint": "", "found": sentences,
        }))
        .unwrap()
    }

    fn korean(sentences: serde_json::Value) -> String {
        let texts = Texts::of(Language::Korean);
        texts.found(&check(sentences)).into()
    }

    #[test]
    fn what_the_node_found_is_said_in_ones_own_language() {
        let sentences = serde_json::json!([
            {"code": "last_heard", "with": {"ago": {"millis": 3 * 86_400_000}}},
            {"code": "disk_takes", "with": {"directory": {"text": "/home"}, "room": {"bytes": 1 << 20}}},
            {"code": "documents_differed", "with": {"names": {"list": {"items": ["Ben", "Ann"], "more": 2}}}},
        ]);
        let said = korean(sentences.clone());
        for part in ["3일 전", "/home", "1 MiB", "Ben, Ann 외 2개"] {
            assert!(said.contains(part), "{said}");
        }
        let check = check(sentences);
        assert_eq!(
            Texts::of(Language::Korean).subject(&check).as_str(),
            "가는 중"
        );
        let english = Texts::of(Language::English);
        assert_eq!(english.found(&check).as_str(), "In English.");
        assert_eq!(english.subject(&check).as_str(), "under way");
    }

    #[test]
    fn what_a_node_says_of_which_not_all_is_known_is_said_in_english_as_a_whole() {
        let known = serde_json::json!({"code": "clock_right"});
        assert_ne!(korean(serde_json::json!([known])), "In English.");
        for unknown in [
            serde_json::json!([]),
            serde_json::json!([known, {"code": "of_tomorrow"}]),
            serde_json::json!([{"code": "last_heard"}]),
        ] {
            assert_eq!(korean(unknown), "In English.");
        }
    }

    #[test]
    fn what_a_system_says_most_often_of_files_is_said_in_ones_own_language_and_all_else_as_it_is() {
        use std::io::{self, ErrorKind};

        let unusable = |error: &io::Error| {
            let error = tidings_node::words::of_system(error);
            let said = korean(serde_json::json!([
                {"code": "bundle_unusable", "with": {"path": {"text": "/1"}, "error": {"text": error}}},
            ]));
            (error, said)
        };
        for (kind, english, korean) in [
            (ErrorKind::NotFound, "no such file or directory", "없음"),
            (ErrorKind::PermissionDenied, "no permission", "권한"),
            (ErrorKind::StorageFull, "no room left", "자리"),
            (ErrorKind::QuotaExceeded, "no room left", "자리"),
            (
                ErrorKind::ReadOnlyFilesystem,
                "read-only file system",
                "읽기",
            ),
            (ErrorKind::AlreadyExists, "it is there already", "이미"),
            (ErrorKind::IsADirectory, "it is a directory", "디렉터리"),
            (ErrorKind::NotADirectory, "it is no directory", "아님"),
        ] {
            let (error, said) = unusable(&kind.into());
            assert_eq!(error, english);
            assert!(said.contains(korean), "{said}");
            let is_english = |one: char| one.is_ascii_alphabetic();
            assert!(!said.replace("USB", "").contains(is_english), "{said}");
        }
        let system = io::Error::from_raw_os_error(2);
        assert_eq!(unusable(&system).0, "no such file or directory");
        for error in [
            io::Error::new(ErrorKind::AlreadyExists, "somebody else's"),
            io::Error::from_raw_os_error(5),
        ] {
            let (kept, said) = unusable(&error);
            assert_eq!(kept, error.to_string());
            assert!(said.contains(&kept), "{said}");
        }
    }

    #[test]
    fn how_long_something_takes_is_said_in_the_unit_that_the_node_would_take() {
        let texts = Texts::of(Language::Korean);
        let lasting = |seconds: u64| String::from(texts.lasting(seconds * 1_000).unwrap());
        assert_eq!(lasting(59), "몇 초");
        assert_eq!(lasting(119 * 60), "119분");
        assert_eq!(lasting(7_200), "2시간");
        assert_eq!(lasting(2 * 86_400), "2일");
    }

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        let texts = Texts::of(Language::Korean);
        corpus::walk(|text| {
            let found = serde_json::json!([
                {"code": "contact_blocked", "with": {"name": {"text": text}}},
                {"code": "documents_differed", "with": {"names": {"list": {"items": [text], "more": 1}}}},
            ]);
            String::from(texts.found(&check(found)))
        });
    }
}
