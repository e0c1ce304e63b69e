//! Which package may depend on which, which library may be named where, and which part of the interface by which.

use crate::manifest::Manifest;
use crate::source::Source;
use crate::tree::{Tree, is_test_file, parent};

/// What one of our packages may stand on.
struct Layer {
    package: &'static str,
    /// Those of ours that it may depend on.
    ours: &'static [&'static str],
    /// Libraries that it must not depend on, with their companions (`libp2p-stream`).
    never: &'static [&'static str],
    /// Those of them that its tests may have: not to test by, but to be somebody else.
    in_tests: &'static [&'static str],
}

/// cli -> node -> {store, protocol}, store -> protocol. Tests stand on everything.
const LAYERS: &[Layer] = &[
    Layer {
        package: "tidings-protocol",
        ours: &[],
        never: &["tokio", "libp2p", "rusqlite", "libsqlite3-sys"],
        in_tests: &[],
    },
    Layer {
        package: "tidings-store",
        ours: &["tidings-protocol"],
        never: &["tokio", "libp2p", "snow", "automerge"],
        in_tests: &[],
    },
    Layer {
        package: "tidings-node",
        ours: &["tidings-protocol", "tidings-store"],
        never: &["snow", "automerge", "rusqlite", "libsqlite3-sys"],
        in_tests: &[],
    },
    Layer {
        package: "tidings",
        ours: &["tidings-node"],
        never: &["libp2p", "rusqlite", "libsqlite3-sys", "automerge", "snow"],
        in_tests: &["libp2p"],
    },
    Layer {
        package: "tidings-tests",
        ours: &[
            "tidings",
            "tidings-node",
            "tidings-protocol",
            "tidings-store",
        ],
        never: &[],
        in_tests: &[],
    },
    Layer {
        package: "tidings-fuzz",
        ours: &["tidings-protocol"],
        never: &["tokio", "libp2p", "rusqlite", "libsqlite3-sys"],
        in_tests: &[],
    },
];

/// Libraries that only one part of the code may name, with that part's path; and tests that are somebody hostile.
const CONFINED: &[(&str, &[&str])] = &[
    ("snow", &["protocol/src/session"]),
    ("automerge", &["protocol/src/conversation"]),
    ("libp2p", &["node/src/net", HOSTILE]),
    ("libp2p_stream", &["node/src/net"]),
    ("aws_lc_rs", &["node/src/net/transport"]),
    ("quick_xml", &["node/src/net/mapping/upnp"]),
    ("rusqlite", &["store"]),
    ("libsqlite3_sys", &["store"]),
];
const HOSTILE: &str = "cli/tests/privileged/hostile";

/// Where the parts of the full-screen interface are.
const INTERFACE: &str = "cli/src/tui";

/// Those of them that must not name others, with which.
const PARTS: &[(&str, &[&str])] = &[
    ("state", &["scene", "update", "view"]),
    ("scene", &["update", "view"]),
    ("update", &["view"]),
    ("view", &["update"]),
];

/// Offences in the manifests.
pub(crate) fn dependency_offences(tree: &Tree) -> Vec<String> {
    let workspace = tree
        .text("Cargo.toml")
        .map(Manifest::read)
        .unwrap_or_default();
    let manifests = tree
        .ending("Cargo.toml")
        .map(|(path, text)| (path, Manifest::read(text)));
    manifests
        .flat_map(|(path, manifest)| in_manifest(path, &manifest, &workspace))
        .collect()
}

/// Offences in the sources.
pub(crate) fn confinement_offences(tree: &Tree) -> Vec<String> {
    let ours = |path: &str| !path.starts_with("tests/") && !path.starts_with("fuzz/");
    let files = tree.ending(".rs").filter(|(path, _)| ours(path));
    files
        .flat_map(|(path, text)| in_source(path, text))
        .collect()
}

fn in_manifest(path: &str, manifest: &Manifest, workspace: &Manifest) -> Vec<String> {
    let Some(package) = &manifest.package else {
        return Vec::new();
    };
    let Some(layer) = LAYERS.iter().find(|layer| layer.package == package) else {
        return vec![format!(
            "{path}: {package} has no layer: give it one in direction.rs"
        )];
    };
    let forbidden = |name: &str, is_for_tests: bool| {
        let is_ours = name == "tidings" || name.starts_with("tidings-");
        let belongs = |never: &&str| name == *never || name.starts_with(&format!("{never}-"));
        let is_let = is_for_tests && layer.in_tests.contains(&name);
        (is_ours && !layer.ours.contains(&name)) || (!is_let && layer.never.iter().any(belongs))
    };
    let dependencies = manifest.dependencies.iter();
    dependencies
        .map(|dependency| (dependency.name(workspace), dependency.is_for_tests))
        .filter(|(name, is_for_tests)| forbidden(name, *is_for_tests))
        .map(|(name, _)| format!("{path}: {package} must not depend on {name}"))
        .collect()
}

fn in_source(path: &str, text: &str) -> Vec<String> {
    let source = Source::read(text);
    let offence = |named: crate::source::Named| {
        let first = named.path.split("::").next()?;
        let (library, homes) = CONFINED.iter().find(|(library, _)| *library == first)?;
        let is_library = named.imported || named.path.contains("::");
        let stem = path.strip_suffix(".rs").unwrap_or(path);
        let within = parent(path)?;
        let mut homes = homes.iter();
        let at_home = homes.any(|home| stem == *home || within.starts_with(home));
        let offends = is_library && !at_home;
        offends.then(|| format!("{path}:{}: {library} is not named here", named.line))
    };
    source.named(true).into_iter().filter_map(offence).collect()
}

/// Offences among the parts of the interface.
pub(crate) fn part_offences(tree: &Tree) -> Vec<String> {
    let files = tree.ending(".rs").filter(|(path, _)| !is_test_file(path));
    files
        .flat_map(|(path, text)| in_part(path, text).unwrap_or_default())
        .collect()
}

fn in_part(path: &str, text: &str) -> Option<Vec<String>> {
    let below = path.strip_prefix(INTERFACE)?.strip_prefix('/')?;
    let modules: Vec<&str> = below.strip_suffix(".rs")?.split('/').collect();
    let first = modules.first()?;
    let (part, never) = PARTS.iter().find(|(part, _)| part == first)?;
    let source = Source::read(text);
    let offence = |named: crate::source::Named| {
        let found = part_named(&modules, &named.path)?;
        let offends = never.contains(&found.as_str());
        offends.then(|| format!("{path}:{}: {part} must not name {found}", named.line))
    };
    let named = source.named(false).into_iter();
    Some(named.filter_map(offence).collect())
}

/// The part of the interface that a path leads into from a module of it.
fn part_named(modules: &[&str], path: &str) -> Option<String> {
    let words: Vec<&str> = path.split("::").collect();
    if let ["crate", "tui", part, ..] = words.as_slice() {
        return Some((*part).to_owned());
    }
    let up = words.iter().take_while(|word| **word == "super").count();
    (up == modules.len()).then(|| words.get(up).map(|part| (*part).to_owned()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_interface_names_those_before_it_alone() {
        let count = |path: &str, text| part_offences(&Tree::of(&[(path, text)])).len();
        let scene = "use crate::tui::{line, scene};";
        assert_eq!(count("cli/src/tui/state.rs", "use super::scene;"), 1);
        assert_eq!(count("cli/src/tui/state/list.rs", scene), 1);
        assert_eq!(count("cli/src/tui/view/list.rs", scene), 0);
        assert_eq!(
            count("cli/src/tui/scene/popup/ask.rs", "use crate::tui::update;"),
            1
        );
        assert_eq!(
            count(
                "cli/src/tui/scene/a.rs",
                "fn f() { super::super::view::g() }"
            ),
            1
        );
        assert_eq!(
            count("cli/src/tui/update/key.rs", "use super::view;"),
            0,
            "another one"
        );
        assert_eq!(
            count("cli/src/tui/update/tests.rs", "use crate::tui::view;"),
            0
        );
        assert_eq!(count("cli/src/tui/driver.rs", "use super::view;"), 0);
    }

    fn dependency(package: &str, on: &str) -> usize {
        let text =
            format!("[package]\nname = \"{package}\"\n[dependencies]\n{on}.workspace = true\n");
        dependency_offences(&Tree::of(&[("a/Cargo.toml", &text)])).len()
    }

    #[test]
    fn a_dependency_against_the_direction_fails_and_one_along_it_passes() {
        for (package, on) in [
            ("tidings", "tidings-protocol"),
            ("tidings", "tidings-store"),
            ("tidings", "libp2p"),
            ("tidings-node", "tidings"),
            ("tidings-store", "tidings-node"),
            ("tidings-store", "tokio"),
            ("tidings-protocol", "tidings-store"),
            ("tidings-protocol", "libp2p-identity"),
            ("tidings-protocol", "tokio-util"),
        ] {
            assert_eq!(dependency(package, on), 1, "{package} on {on}");
        }
        for (package, on) in [
            ("tidings", "tidings-node"),
            ("tidings-node", "libp2p"),
            ("tidings-store", "tidings-protocol"),
            ("tidings-protocol", "snow"),
        ] {
            assert_eq!(dependency(package, on), 0, "{package} on {on}");
        }
    }

    #[test]
    fn what_only_tests_may_have_is_no_dependency_of_the_program() {
        let on = |section, library| {
            let text =
                format!("[package]\nname = \"tidings\"\n[{section}]\n{library}.workspace = true\n");
            dependency_offences(&Tree::of(&[("a/Cargo.toml", &text)])).len()
        };
        assert_eq!(on("dev-dependencies", "libp2p"), 0);
        assert_eq!(on("dependencies", "libp2p"), 1);
        assert_eq!(on("dev-dependencies", "snow"), 1);
    }

    #[test]
    fn a_package_without_a_layer_fails() {
        assert_eq!(dependency("tidings-extra", "serde"), 1);
    }

    #[test]
    fn a_library_behind_another_name_is_known() {
        let root = "[workspace.dependencies]\nnet = { version = \"1\", package = \"libp2p\" }\n";
        let package = "[package]\nname = \"tidings\"\n[dependencies]\nnet.workspace = true\n";
        let tree = Tree::of(&[("Cargo.toml", root), ("cli/Cargo.toml", package)]);
        assert_eq!(dependency_offences(&tree).len(), 1);
    }

    #[test]
    fn a_confined_library_is_named_at_home_alone() {
        let count = |path, text| confinement_offences(&Tree::of(&[(path, text)])).len();
        assert_eq!(count("protocol/src/engine.rs", "use snow::Builder;"), 1);
        assert_eq!(
            count(
                "protocol/src/engine.rs",
                "fn f() { ::snow::Builder::new() }"
            ),
            1
        );
        assert_eq!(count("protocol/src/engine.rs", "use snow;"), 1);
        assert_eq!(count("node/src/network.rs", "use libp2p::{Swarm};"), 1);
        assert_eq!(count("node/src/storage.rs", "use rusqlite::{Error};"), 1);
        assert_eq!(count("protocol/src/session.rs", "use snow::Builder;"), 0);
        assert_eq!(
            count("protocol/src/session/live.rs", "use snow::Builder;"),
            0
        );
        assert_eq!(
            count("node/src/net/swarm.rs", "use libp2p_stream::Control;"),
            0
        );
        assert_eq!(count("store/src/lib.rs", "use rusqlite::Connection;"), 0);
        let peer = "cli/tests/privileged/hostile/peer.rs";
        assert_eq!(count(peer, "use libp2p::{Swarm};"), 0);
        assert_eq!(count(peer, "use snow::Builder;"), 1);
        assert_eq!(
            count("cli/tests/privileged/lan.rs", "use libp2p::{Swarm};"),
            1
        );
        assert_eq!(
            count(
                "protocol/src/engine.rs",
                "// snow::x\nlet snow = \"snow::y\";"
            ),
            0
        );
    }
}
