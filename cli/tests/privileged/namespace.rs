//! A network namespace: a view of the network that no other machine shares.
//!
//! Invariants
//! - Its name holds this process's number, so that tests that run at once have others.
//! - It is gone when it is dropped. What a run that was killed left behind, the next one takes away.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::right::administer;

/// What all names begin with.
const PREFIX: &str = "tidings";

/// Where `ip` keeps them by name.
const NAMED: &str = "/run/netns";

/// Namespaces that this process has made.
static MADE: AtomicU32 = AtomicU32::new(0);
/// Whether others' leavings are taken away.
static SWEPT: Once = Once::new();

/// See the module.
#[derive(Debug)]
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    /// A namespace in which loopback alone is up.
    ///
    /// # Errors
    /// What keeps us from making it.
    pub(crate) fn new() -> Result<Self, String> {
        SWEPT.call_once(sweep);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}-{}-{number}", std::process::id());
        administer(&["ip", "netns", "add", &name])?;
        let namespace = Self { name };
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// What `ip` calls it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What a program is started through to run in it.
    pub(crate) fn launcher(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name]
            .map(str::to_owned)
            .to_vec()
    }

    /// Has `ip` do something in it; what that printed.
    ///
    /// # Errors
    /// What `ip` says.
    pub(crate) fn ip(&self, command: &str) -> Result<String, String> {
        let words = ["ip", "-n", &self.name].into_iter();
        administer(&words.chain(command.split(' ')).collect::<Vec<_>>())
    }

    /// Has `tc` do something in it; what that printed.
    ///
    /// # Errors
    /// What `tc` says.
    pub(crate) fn tc(&self, command: &str) -> Result<String, String> {
        let words = ["tc", "-n", &self.name].into_iter();
        administer(&words.chain(command.split(' ')).collect::<Vec<_>>())
    }

    /// The processes that run in it.
    ///
    /// # Errors
    /// What `ip` says.
    pub(crate) fn processes(&self) -> Result<Vec<u32>, String> {
        let listed = administer(&["ip", "netns", "pids", &self.name])?;
        Ok(listed
            .lines()
            .filter_map(|line| line.parse().ok())
            .collect())
    }

    /// Does something on a thread of its own that sees the network so; sockets that it makes stay in there.
    #[track_caller]
    pub(crate) fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let place = Path::new(NAMED).join(&self.name);
        std::thread::scope(|scope| {
            let inside = scope.spawn(move || {
                let namespace = File::open(place).unwrap();
                let network = Some(LinkNameSpaceType::Network);
                move_into_link_name_space(namespace.as_fd(), network).unwrap();
                work()
            });
            inside.join().unwrap()
        })
    }

    /// Turns IPv6 on or off.
    ///
    /// # Errors
    /// What `sysctl` says.
    pub(crate) fn set_ipv6(&self, on: bool) -> Result<String, String> {
        self.set(&format!("net.ipv6.conf.all.disable_ipv6={}", u8::from(!on)))
    }

    /// Has it pass on what is for others.
    ///
    /// # Errors
    /// What `sysctl` says.
    pub(crate) fn forward(&self) -> Result<String, String> {
        self.set("net.ipv4.ip_forward=1")?;
        self.set("net.ipv6.conf.all.forwarding=1")
    }

    fn set(&self, setting: &str) -> Result<String, String> {
        let launched = ["ip", "netns", "exec", &self.name];
        administer(&[&launched[..], &["sysctl", "-q", "-w", setting]].concat())
    }

    /// Has `nft` do something in it; what that printed.
    ///
    /// # Errors
    /// What `nft` says.
    pub(crate) fn nft(&self, commands: &str) -> Result<String, String> {
        administer(&["ip", "netns", "exec", &self.name, "nft", commands])
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // What still runs in it keeps it, without a name, until that ends too.
        let _ = administer(&["ip", "netns", "delete", &self.name]);
    }
}

/// Takes away what processes made that are no more.
fn sweep() {
    let listed = administer(&["ip", "netns", "list"]).unwrap_or_default();
    let names = listed.lines().filter_map(|line| line.split(' ').next());
    for name in names.filter(|name| maker(name).is_some_and(is_gone)) {
        let running = administer(&["ip", "netns", "pids", name]).unwrap_or_default();
        for process in running.lines() {
            let _ = administer(&["kill", "-KILL", process]);
        }
        let _ = administer(&["ip", "netns", "delete", name]);
    }
}

/// The number of the process that made a namespace; `None` if it is none of ours.
fn maker(name: &str) -> Option<u32> {
    let rest = name.strip_prefix(PREFIX)?.strip_prefix('-')?;
    let (process, number) = rest.split_once('-')?;
    number.parse::<u32>().ok()?;
    process.parse().ok()
}

fn is_gone(process: u32) -> bool {
    !Path::new("/proc").join(process.to_string()).exists()
}

#[test]
fn only_namespaces_of_tests_are_ever_swept() {
    assert_eq!(maker("tidings-12-0"), Some(12));
    for other in [
        "tidings",
        "tidings-12",
        "tidings-x-0",
        "vpn-12-0",
        "tidings-12-0-1",
    ] {
        assert_eq!(maker(other), None, "{other}");
    }
}
