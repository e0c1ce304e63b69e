//! Threads of a node, as the system counts them.

use std::fs;
use std::process::Command;
use std::time::Duration;

use tempfile::tempdir;
use tidings_node::{Builder, Mode};

use crate::person::PATIENCE;

/// Set where the test runs in a process of its own: other tests' nodes have threads as well.
const ALONE: &str = "TIDINGS_TEST_ALONE";

/// Names of this process's threads that belong to nodes.
fn of_nodes() -> Vec<String> {
    let mut names = Vec::new();
    for task in fs::read_dir("/proc/self/task").unwrap() {
        // A thread may end between the two.
        let name = fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default();
        if name.starts_with("tidings-") {
            names.push(name.trim_end().to_owned());
        }
    }
    names
}

#[test]
fn a_node_that_was_shut_down_leaves_no_thread() {
    let name = "threads::a_node_that_was_shut_down_leaves_no_thread";
    if std::env::var_os(ALONE).is_none() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env(ALONE, "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let home = tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("runtime")
        .build()
        .unwrap();
    runtime.block_on(async {
        let offline = || Builder::new(home.path()).mode(Mode::Offline);
        let (node, _) = offline().create("Ann").await.unwrap();
        // A thread takes its name once it runs.
        let named = async {
            while of_nodes().len() < 4 {
                tokio::task::yield_now().await;
            }
        };
        let named = tokio::time::timeout(Duration::from_millis(PATIENCE), named).await;
        assert!(named.is_ok(), "{:?}", of_nodes());
        node.shutdown().await.unwrap();
        assert_eq!(of_nodes(), [""; 0]);

        // Dropped without a word, it leaves none either once the runtime has let go of it.
        drop(offline().open().await.unwrap());
    });
    drop(runtime);
    assert_eq!(of_nodes(), [""; 0]);
}
