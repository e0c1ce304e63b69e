//! Tests of reading one Rust file.

use super::*;

fn paths(text: &str) -> Vec<String> {
    Source::read(text)
        .named(false)
        .into_iter()
        .map(|named| named.path)
        .collect()
}

#[test]
fn imports_are_written_out() {
    let text = "std::{env as e, fs::{self, File}, time::*};";
    let expected = ["std::env", "std::fs::self", "std::fs::File", "std::time::*"];
    assert_eq!(paths(text), expected);
}

#[test]
fn paths_in_expressions_are_named_with_or_without_generics() {
    assert_eq!(paths("std::fs::read(x)"), ["std::fs::read", "x"]);
    assert_eq!(paths("Vec::<u8>::new()"), ["Vec", "u8", "new"]);
}

#[test]
fn only_the_first_word_after_use_is_imported() {
    let named = Source::read("use snow; snow").named(false);
    let imported: Vec<bool> = named.iter().map(|named| named.imported).collect();
    assert_eq!(imported, [false, true, false]);
}

#[test]
fn lines_of_tests_are_not_shipped() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n#[test]\nfn c() {}\n";
    let source = Source::read(text);
    assert_eq!(source.shipped_lines(), 1);
    assert_eq!(source.functions().len(), 1);
}

#[test]
fn what_tests_import_is_not_shipped_and_what_follows_is() {
    assert_eq!(paths("#[cfg(test)]\nuse a::{b, c};\nd::e"), ["d::e"]);
    assert_eq!(paths("#[cfg(test)] pub(crate) const fn f() { a } b"), ["b"]);
    assert_eq!(paths("#[cfg(test)] const A: T = T { a }; b"), ["b"]);
}

#[test]
fn code_that_is_built_without_tests_too_is_shipped() {
    let ships = |condition: &str| {
        let text = format!("#[cfg({condition})] fn f() {{ a::b }}");
        paths(&text).contains(&"a::b".to_owned())
    };
    for condition in [
        "not(test)",
        "any(test, unix)",
        "any(unix, all(test, unix),)",
        "latest",
    ] {
        assert!(ships(condition), "{condition}");
    }
    for condition in ["test", "all(test, not(unix))", "all(any(a, b), any(test))"] {
        assert!(!ships(condition), "{condition}");
    }
}

#[test]
fn a_file_that_only_tests_compile_ships_nothing() {
    assert_eq!(
        Source::read("//! x\n#![cfg(test)]\nfn f() {}").functions(),
        []
    );
}

#[test]
fn a_function_is_measured_from_its_name_to_its_closing_brace() {
    let text = "fn one(a: [u8; 3])\nwhere\n    A: B,\n{\n    let f: fn(u8);\n}\nfn none();";
    let function = Function {
        name: "one".to_owned(),
        line: 1,
        lines: 6,
    };
    assert_eq!(Source::read(text).functions(), [function]);
}

#[test]
fn a_function_that_a_macro_names_is_measured() {
    assert_eq!(Source::read("fn $name() { \n }").functions().len(), 1);
}

#[test]
fn modules_elsewhere_keep_the_names_around_them() {
    let text = "mod a { mod b; }\nmod c;\n#[path = \"d/e.rs\"]\npub mod f;\n\
                #[cfg(test)]\nmod tests;\ninclude!(\"g.rs\");";
    let found: Vec<(String, Option<String>, bool)> = Source::read(text)
        .elsewhere()
        .into_iter()
        .map(|module| (module.names.join("::"), module.file, module.tested_only))
        .collect();
    let expected = [
        ("a::b", None, false),
        ("c", None, false),
        ("f", Some("d/e.rs"), false),
        ("tests", None, true),
        ("", Some("g.rs"), false),
    ];
    let expected: Vec<_> = expected
        .map(|(name, file, test)| (name.to_owned(), file.map(str::to_owned), test))
        .into();
    assert_eq!(found, expected);
}

#[test]
fn inline_modules_are_named() {
    let source = Source::read("mod a { }\nmod b;");
    assert_eq!(source.inline_modules().collect::<Vec<_>>(), [("a", 1)]);
}
