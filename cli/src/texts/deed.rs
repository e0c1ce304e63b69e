//! What was done to a conversation, as it is said between its messages.

use tidings_node::api::{Deed, DeedKind, Role, Whom};

use super::Texts;
use crate::safe_text::Safe;

texts! {
    /// Somebody who did something.
    deed_by(name: &Safe);
    /// Our own person, who did something.
    deed_by_you;
    /// Somebody to whom something was done.
    deed_whom(name: &Safe);
    /// Our own person, to whom something was done.
    deed_whom_you;
    /// A room was made.
    deed_created(by: &Safe, title: &Safe);
    /// A room was made, by what title is not shown.
    deed_created_untitled(by: &Safe);
    /// Somebody was let in.
    deed_added(by: &Safe, whom: &Safe);
    /// Somebody was let in.
    deed_added_as_admin(by: &Safe, whom: &Safe);
    /// Somebody was taken out.
    deed_removed(by: &Safe, whom: &Safe);
    /// Somebody left.
    deed_left(by: &Safe);
    /// Somebody became an admin.
    deed_admin(by: &Safe, whom: &Safe);
    /// Somebody made an admin of themselves, as the most senior may where there is none.
    deed_admin_own(by: &Safe);
    /// Somebody is an admin no longer.
    deed_member(by: &Safe, whom: &Safe);
    /// A room has another title.
    deed_renamed(by: &Safe, title: &Safe);
    /// A room has another title, which is not shown.
    deed_renamed_untitled(by: &Safe);
    /// Messages stay so long from then on.
    deed_disappearing(by: &Safe, span: &Safe);
    /// Messages stay from then on.
    deed_staying(by: &Safe);
    /// Something that only a newer version knows.
    deed_unknown(by: &Safe);
    /// Something was done before what is told.
    deeds_earlier;
}

/// Double quotation marks, and what looks like them.
const MARKS: [char; 10] = [
    '"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{2033}', '\u{2036}', '\u{301d}',
    '\u{301e}', '\u{ff02}',
];

impl Texts {
    /// What was done to a conversation, and by whom.
    pub(crate) fn deed(&self, deed: &Deed) -> Safe {
        let by = if deed.mine {
            self.deed_by_you()
        } else {
            self.deed_by(&self.author(&deed.by.name))
        };
        match &deed.what {
            DeedKind::Created { title } => match quotable(title) {
                Some(title) => self.deed_created(&by, &title),
                None => self.deed_created_untitled(&by),
            },
            DeedKind::Added { whom, role } => {
                let whom = self.object(whom);
                if *role == Role::Admin {
                    self.deed_added_as_admin(&by, &whom)
                } else {
                    self.deed_added(&by, &whom)
                }
            }
            DeedKind::Removed { whom } => self.deed_removed(&by, &self.object(whom)),
            DeedKind::Left => self.deed_left(&by),
            DeedKind::Role { whom, role } => {
                let is_own = whom.person == deed.by.person;
                match (*role == Role::Admin, is_own) {
                    (true, true) => self.deed_admin_own(&by),
                    (true, false) => self.deed_admin(&by, &self.object(whom)),
                    (false, _) => self.deed_member(&by, &self.object(whom)),
                }
            }
            DeedKind::Renamed { title } => match quotable(title) {
                Some(title) => self.deed_renamed(&by, &title),
                None => self.deed_renamed_untitled(&by),
            },
            DeedKind::Disappearing {
                seconds: Some(seconds),
            } => self.deed_disappearing(&by, &self.span(*seconds)),
            DeedKind::Disappearing { seconds: None } => self.deed_staying(&by),
            DeedKind::Unknown | _ => self.deed_unknown(&by),
        }
    }

    fn object(&self, whom: &Whom) -> Safe {
        if whom.mine {
            self.deed_whom_you()
        } else {
            self.deed_whom(&self.author(&whom.name))
        }
    }
}

/// A title as it stands between quotation marks, which nothing in it closes; nothing if it shows nothing.
fn quotable(title: &str) -> Option<Safe> {
    Safe::name(&title.replace(MARKS, "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;
    use crate::texts::Language;

    /// Everything that is done, by Ann to Ben.
    fn all() -> Vec<DeedKind> {
        let whom = || sample::whom('c', "Ben");
        let (admin, member) = (Role::Admin, Role::Member);
        vec![
            DeedKind::Created {
                title: "Garden".to_owned(),
            },
            DeedKind::Added {
                whom: whom(),
                role: member,
            },
            DeedKind::Added {
                whom: whom(),
                role: admin,
            },
            DeedKind::Removed { whom: whom() },
            DeedKind::Left,
            DeedKind::Role {
                whom: whom(),
                role: admin,
            },
            DeedKind::Role {
                whom: sample::whom('b', "Ann"),
                role: admin,
            },
            DeedKind::Role {
                whom: whom(),
                role: member,
            },
            DeedKind::Renamed {
                title: "Orchard".to_owned(),
            },
            DeedKind::Disappearing {
                seconds: Some(86_400),
            },
            DeedKind::Disappearing { seconds: None },
            DeedKind::Unknown,
        ]
    }

    fn said(language: Language) -> Vec<String> {
        let texts = Texts::of(language);
        let deeds = all().into_iter().map(|what| Deed {
            what,
            ..sample::left("Ann")
        });
        deeds.map(|deed| texts.deed(&deed).into()).collect()
    }

    #[test]
    fn all_that_is_done_is_said_in_every_language_with_who_did_it_to_whom() {
        assert_eq!(
            said(Language::English),
            [
                "Ann made the room “Garden”",
                "Ann let Ben in",
                "Ann let Ben in as an admin",
                "Ann removed Ben",
                "Ann left",
                "Ann made Ben an admin",
                "Ann became an admin",
                "Ann took the rights of an admin from Ben",
                "Ann called the room “Orchard”",
                "Ann set messages to disappear after 1 day",
                "Ann set messages to stay",
                "Ann did something that needs a newer version of Tidings",
            ]
        );
        assert_eq!(
            said(Language::Korean),
            [
                "Ann 님이 “Garden” 방을 만들었습니다",
                "Ann 님이 Ben 님을 초대했습니다",
                "Ann 님이 Ben 님을 관리자로 초대했습니다",
                "Ann 님이 Ben 님을 내보냈습니다",
                "Ann 님이 나갔습니다",
                "Ann 님이 Ben 님을 관리자로 정했습니다",
                "Ann 님이 관리자가 되었습니다",
                "Ann 님이 Ben 님을 관리자에서 뺐습니다",
                "Ann 님이 방 이름을 바꿨습니다: “Orchard”",
                "Ann 님이 메시지를 1일 뒤에 사라지게 설정했습니다",
                "Ann 님이 메시지를 사라지지 않게 설정했습니다",
                "Ann 님이 한 일을 보려면 더 새로운 Tidings가 필요합니다",
            ]
        );
    }

    #[test]
    fn our_own_person_is_said_as_such_on_either_side_and_nobody_else_by_that_word() {
        let [english, korean] = Language::ALL.map(Texts::of);
        let mut deed = Deed {
            mine: true,
            what: DeedKind::Removed {
                whom: sample::whom('c', "You"),
            },
            ..sample::left("Ann")
        };
        assert_eq!(english.deed(&deed).as_str(), "you removed You (a contact)");
        assert_eq!(korean.deed(&deed).as_str(), "내가 You 님을 내보냈습니다");
        deed.mine = false;
        let mut whom = sample::whom('c', "Ann");
        whom.mine = true;
        deed.what = DeedKind::Removed { whom };
        assert_eq!(english.deed(&deed).as_str(), "Ann removed you");
        assert_eq!(korean.deed(&deed).as_str(), "Ann 님이 나를 내보냈습니다");
    }

    #[test]
    fn a_title_ends_where_its_marks_say_and_is_not_spoken_of_if_it_shows_nothing() {
        let texts = Language::ALL.map(Texts::of);
        for mark in MARKS {
            let deed = Deed {
                what: DeedKind::Renamed {
                    title: format!("a{mark} b"),
                },
                ..sample::left("Ann")
            };
            for said in texts.iter().map(|texts| texts.deed(&deed).to_string()) {
                assert!(said.ends_with("“a' b”"), "{said}");
            }
        }
        let created = |title: String| DeedKind::Created { title };
        let renamed = |title: String| DeedKind::Renamed { title };
        let said = [created(String::new()), renamed(" ".to_owned())].map(|what| {
            let deed = Deed {
                what,
                ..sample::left("Ann")
            };
            texts.each_ref().map(|texts| texts.deed(&deed).to_string())
        });
        assert_eq!(said[0], ["Ann made the room", "Ann 님이 방을 만들었습니다"]);
        assert_eq!(
            said[1],
            [
                "Ann gave the room another title",
                "Ann 님이 방 이름을 바꿨습니다"
            ]
        );
    }

    #[test]
    fn names_and_titles_of_others_do_no_harm_in_it() {
        use crate::safe_text::corpus;

        let texts = Language::ALL.map(Texts::of);
        corpus::walk(|text| {
            let title = || text.to_owned();
            let whats = [
                DeedKind::Created { title: title() },
                DeedKind::Renamed { title: title() },
                DeedKind::Removed {
                    whom: sample::whom('c', text),
                },
            ];
            let deeds = whats.map(|what| Deed {
                what,
                ..sample::left(text)
            });
            let said = texts
                .iter()
                .flat_map(|texts| deeds.iter().map(|deed| texts.deed(deed).to_string()));
            said.collect()
        });
    }
}
