//! A local network of its own: hosts as network namespaces, and a bridge between them.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::right::administer;

/// Networks that this process has made.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A network; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Network {
    /// Namespaces: that of the bridge, then those of the hosts.
    namespaces: Vec<String>,
    number: u32,
}

/// A machine in a network.
#[derive(Debug)]
pub(crate) struct Host {
    namespace: String,
}

impl Network {
    /// A network without any host.
    ///
    /// # Errors
    /// What keeps us from making it.
    pub(crate) fn new() -> Result<Self, String> {
        let mut network = Self {
            namespaces: Vec::new(),
            number: MADE.fetch_add(1, Ordering::Relaxed),
        };
        let bridge = network.namespace()?;
        for command in [
            "link add bridge type bridge mcast_snooping 0",
            "link set bridge up",
        ] {
            within(&bridge, command)?;
        }
        Ok(network)
    }

    /// Puts a host into the network, under an IPv4 address.
    ///
    /// # Errors
    /// What keeps us from making it.
    pub(crate) fn host(&mut self, address: &str) -> Result<Host, String> {
        let bridge = self.namespaces[0].clone();
        let port = format!("port{}", self.namespaces.len());
        let namespace = self.namespace()?;
        within(
            &bridge,
            &format!("link add {port} type veth peer name lan netns {namespace}"),
        )?;
        within(&bridge, &format!("link set {port} master bridge up"))?;
        within(&namespace, "link set lo up")?;
        within(&namespace, "link set lan up")?;
        let host = Host { namespace };
        host.readdress(address)?;
        Ok(host)
    }

    fn namespace(&mut self) -> Result<String, String> {
        let (process, network) = (std::process::id(), self.number);
        let name = format!("tidings-{process}-{network}-{}", self.namespaces.len());
        administer(&["ip", "netns", "add", &name])?;
        self.namespaces.push(name.clone());
        Ok(name)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in &self.namespaces {
            let _ = administer(&["ip", "netns", "delete", namespace]);
        }
    }
}

impl Host {
    /// Gives it this IPv4 address instead of the one that it has.
    ///
    /// # Errors
    /// What keeps us from it.
    pub(crate) fn readdress(&self, address: &str) -> Result<(), String> {
        within(&self.namespace, "-4 address flush dev lan")?;
        within(
            &self.namespace,
            &format!("address add {address}/24 dev lan"),
        )?;
        within(&self.namespace, "route add default dev lan")
    }

    /// What a program is started through to run on this host.
    pub(crate) fn launcher(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.namespace]
            .map(str::to_owned)
            .to_vec()
    }
}

/// Has `ip` do something in a namespace.
fn within(namespace: &str, command: &str) -> Result<(), String> {
    let words = ["ip", "-n", namespace].into_iter();
    administer(&words.chain(command.split(' ')).collect::<Vec<_>>())
}
