//! The tidy test: the house rules that neither the compiler nor clippy keeps, checked over the
//! whole repository. Each rule has tests of its own that show it fail on a small bad example.

mod lexer;
mod manifest;
mod markdown;
mod rules;
mod source;
mod tree;

use std::path::Path;

use rules::{
    claims, direction, documents, domains, found, limits, logs, names, purity, reach, size, sql,
    text, words,
};
use tree::Tree;

/// Applies `rule` to this repository and fails with all offences and what to do about them.
#[track_caller]
fn keep(rule: impl Fn(&Tree) -> Vec<String>, remedy: &str) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = Tree::load(tests.parent().unwrap_or(tests));
    let offences = tree.map_or_else(
        |error| vec![format!("cannot read: {error}")],
        |tree| rule(&tree),
    );
    assert!(
        offences.is_empty(),
        "\n  {}\n\n{remedy}\n",
        offences.join("\n  ")
    );
}

#[test]
fn the_repository_is_read() {
    let expected = [
        "Cargo.toml",
        "protocol/src/lib.rs",
        "tests/tidy/main.rs",
        ".ci/run",
    ];
    let missing = |tree: &Tree| {
        let missing = expected
            .into_iter()
            .filter(|path| tree.text(path).is_none());
        missing.map(str::to_owned).collect()
    };
    keep(
        missing,
        "These files must be there: has the repository's root moved?",
    );
}

#[test]
fn every_test_that_a_document_names_is_there() {
    keep(
        claims::offences,
        "Name the test that shows the claim, write it, or take the claim back.",
    );
}

#[test]
fn links_lead_from_the_first_page_to_every_document() {
    keep(
        found::document_offences,
        "Link it where a reader would look for it.",
    );
}

#[test]
fn the_map_names_every_module() {
    keep(
        found::module_offences,
        "Say in docs/ARCHITECTURE.md what it owns.",
    );
}

#[test]
fn files_and_functions_are_short() {
    keep(
        size::offences,
        "Split it by nouns, or except it in tests/tidy/exceptions.txt and say why.",
    );
}

#[test]
fn every_limit_has_a_test() {
    keep(
        limits::offences,
        "Test it at the limit and one over, or except it in tests/tidy/untested.txt and say why.",
    );
}

#[test]
fn dependencies_point_one_way() {
    keep(
        direction::dependency_offences,
        "cli -> node -> {store, protocol}, store -> protocol.",
    );
}

#[test]
fn each_library_is_named_in_one_place() {
    keep(
        direction::confinement_offences,
        "Wrap what you need where the library is at home.",
    );
}

#[test]
fn each_part_of_the_interface_stands_on_those_before_it() {
    keep(
        direction::part_offences,
        "state <- scene <- update, view: what two of them need belongs to one that both stand on.",
    );
}

#[test]
fn the_protocol_has_no_clock_randomness_files_or_threads() {
    keep(
        purity::offences,
        "`protocol` is pure: the same inputs give the same outputs.",
    );
}

#[test]
fn what_is_logged_above_debug_is_ours_and_nobodys() {
    keep(
        logs::offences,
        "Log a count or a kind, or log it for developers, with `debug!`.",
    );
}

#[test]
fn modules_are_named_by_what_they_own() {
    keep(
        names::module_offences,
        "Name the noun; lay modules out as `name.rs` beside `name/`.",
    );
}

#[test]
fn sources_begin_with_their_purpose() {
    keep(
        names::opening_offences,
        "Write the noun that the file owns into its first line.",
    );
}

#[test]
fn paths_in_documents_exist() {
    keep(
        documents::path_offences,
        "Name what exists; other projects' files go without backticks.",
    );
}

#[test]
fn links_in_documents_lead_somewhere() {
    keep(documents::link_offences, "Correct the link.");
}

#[test]
fn nothing_is_left_unfinished_in_sources() {
    keep(
        text::unfinished_offences,
        "Finish it, or file an issue and take the note out.",
    );
}

#[test]
fn text_has_no_stray_blanks() {
    keep(
        text::blank_offences,
        "Take them out; an editor's \"trim trailing blanks\" does.",
    );
}

#[test]
fn what_an_interface_says_is_in_its_catalogue() {
    keep(
        words::offences,
        "Say it in cli/src/texts, in every language; of why something failed, by a row in cli/src/failure.rs.",
    );
}

#[test]
fn tables_are_strict() {
    keep(sql::offences, "End the statement with STRICT.");
}

#[test]
fn no_source_or_test_is_forgotten() {
    keep(
        reach::forgotten_offences,
        "What no target reaches is never compiled, nor run.",
    );
}

#[test]
fn tests_do_not_ship() {
    keep(
        reach::shipped_test_offences,
        "Put `#[cfg(test)]` before it.",
    );
}

#[test]
fn domain_strings_are_distinct() {
    keep(
        domains::offences,
        "Give each purpose a domain string of its own in protocol/src/domain.rs.",
    );
}
