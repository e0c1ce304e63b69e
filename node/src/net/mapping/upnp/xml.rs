//! What gateways write: XML that is not always quite that, read as far as it can be.
//!
//! Invariants
//! - It takes time as long as the text is, and no more: nothing that it defines is looked at.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};

/// What is met in a text, one after the other. Names are those without a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Met {
    Begin(String),
    /// The end of an element, and what it says itself, if no other is in it.
    End(String, Option<String>),
}

/// All that is met in a text until it ends, or is no XML any more.
pub(super) fn read(text: &str) -> Vec<Met> {
    let mut reader = Reader::from_str(text);
    let lenience = reader.config_mut();
    lenience.allow_dangling_amp = true;
    lenience.allow_unmatched_ends = true;
    lenience.check_end_names = false;
    lenience.expand_empty_elements = true;
    let (mut all, mut says) = (Vec::new(), None::<String>);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                says = Some(String::new());
                all.push(Met::Begin(start.local_name().into_inner().to_owned()));
            }
            Ok(Event::End(end)) => {
                let says = says.take().map(|says| says.trim().to_owned());
                all.push(Met::End(end.local_name().into_inner().to_owned(), says));
            }
            Ok(Event::Text(text)) => add(&mut says, &text),
            Ok(Event::CData(text)) => add(&mut says, &text),
            Ok(Event::GeneralRef(reference)) => add(&mut says, &resolved(&reference)),
            Ok(Event::Eof) | Err(_) => return all,
            Ok(
                Event::Empty(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_),
            ) => {}
        }
    }
}

/// What the first element of this name says that has no others in it.
pub(super) fn value(text: &str, name: &str) -> Option<String> {
    read(text).into_iter().find_map(|met| match met {
        Met::End(met, says) if met == name => says,
        Met::Begin(_) | Met::End(..) => None,
    })
}

/// Whether there is an element of this name.
pub(super) fn has(text: &str, name: &str) -> bool {
    let mut all = read(text).into_iter();
    all.any(|met| matches!(met, Met::Begin(met) if met == name))
}

fn add(says: &mut Option<String>, more: &str) {
    if let Some(says) = says {
        says.push_str(more);
    }
}

/// What a reference stands for; itself, if nobody but the text could say.
fn resolved(reference: &BytesRef<'_>) -> Cow<'static, str> {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return letter.to_string().into();
    }
    let known = resolve_xml_entity(reference).map(Cow::Borrowed);
    known.unwrap_or_else(|| format!("&{};", &**reference).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_an_element_says_is_found_wherever_it_is_and_whatever_its_prefix() {
        let text = "<s:Envelope xmlns:s=\"s\"><s:Body><u:R> <New>\n45.0.2.1 </New></u:R></s:Body></s:Envelope>";
        assert_eq!(value(text, "New").as_deref(), Some("45.0.2.1"));
        assert_eq!(value(text, "Old"), None);
        assert_eq!(value(text, "R"), None, "it has others in it");
        assert!(has(text, "R") && has(text, "Body") && !has(text, "s"));
        assert_eq!(value("<New/>", "New").as_deref(), Some(""));
        assert_eq!(value("<New>", "New"), None);
        assert_eq!(value("", "New"), None);
    }

    #[test]
    fn what_routers_write_that_is_no_xml_is_read_all_the_same() {
        for (text, says) in [
            ("\u{feff}<a>b</a>\0\0", "b"),
            ("  <?xml version=\"1.0\"?><a>b</a>", "b"),
            ("<a>x & y</a>", "x & y"),
            ("<a>x&amp;y&#x41;</a>", "x&yA"),
            ("<a>x&none;</a>", "x&none;"),
            ("<a><![CDATA[<b>]]></a>", "<b>"),
            ("<p:a>b</p:a>", "b"),
            ("<a>b</A>", ""),
            ("</c><a>b</a>", "b"),
            ("<a>b</a><", "b"),
            ("<html><br><a>b</a>", "b"),
        ] {
            let said = value(text, "a").unwrap_or_default();
            assert_eq!(said, says, "{text:?}");
        }
    }

    #[test]
    fn what_a_gateway_defines_is_not_read() {
        let laughs = "<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d \"&b;&b;\">]><a>&d;</a>";
        assert_eq!(value(laughs, "a").as_deref(), Some("&d;"));
    }

    #[test]
    fn elements_in_elements_without_end_are_as_many_as_there_are() {
        let deep = format!("{}<a>b</a>", "<x xmlns:ab=\"\">".repeat(4_300));
        assert_eq!(value(&deep, "a").as_deref(), Some("b"));
        assert_eq!(read(&deep).len(), 4_302);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            let _ = read(&text);
            let _ = value(&format!("<New>{text}</New>"), "New");
        }

        #[test]
        fn any_text_with_marks_of_xml_is_read(text in "[<>/&;!a:\\[\\]?\"'= -]{0,60}") {
            let _ = read(&text);
        }
    }
}
