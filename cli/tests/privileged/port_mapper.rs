//! What a router runs that maps ports for those behind it: miniupnpd, which speaks PCP, NAT-PMP and UPnP.
//!
//! Invariants
//! - It changes the rules of its router alone, and ends with this value.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::host::{PATIENCE, wait};
use crate::namespace::Namespace;

/// By what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// PCP and NAT-PMP.
    Datagrams,
    /// UPnP alone.
    Upnp,
}

impl Language {
    const fn options(self) -> &'static str {
        match self {
            Self::Datagrams => "enable_natpmp=yes\nenable_upnp=no",
            Self::Upnp => "enable_natpmp=no\nenable_upnp=yes",
        }
    }

    /// How UDP's table of who listens has its port: 5351 or 1900.
    const fn listens(self) -> &'static str {
        match self {
            Self::Datagrams => ":14E7 ",
            Self::Upnp => ":076C ",
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct PortMapper {
    child: Child,
    router: String,
    _directory: TempDir,
}

impl PortMapper {
    /// Starts it in a router between `home` and `net`, and waits until it listens.
    ///
    /// # Errors
    /// What keeps it from running.
    pub(crate) fn new(router: &Namespace, language: Language) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("miniupnpd: {error}");
        let directory = tempfile::tempdir().map_err(failed)?;
        let [configuration, process, leases] =
            ["configuration", "process", "leases"].map(|name| directory.path().join(name));
        let options = format!(
            "ext_ifname=net\nlistening_ip=home\n{}\nsecure_mode=yes\n\
             uuid=00000000-0000-0000-0000-000000000001\nlease_file={}\n\
             upnp_table_name=router\nupnp_nat_table_name=router\nupnp_forward_chain=mapped\n\
             upnp_nat_chain=mapped_in\nupnp_nat_postrouting_chain=mapped_out\n\
             allow 1024-65535 192.168.0.0/16 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535\n",
            language.options(),
            leases.display()
        );
        std::fs::write(&configuration, options).map_err(failed)?;
        let launcher = router.launcher();
        let [program, arguments @ ..] = launcher.as_slice() else {
            return Err("nothing launches".to_owned());
        };
        let child = Command::new(program)
            .args(arguments)
            .args(["miniupnpd", "-d", "-f"])
            .arg(&configuration)
            .arg("-P")
            .arg(&process)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut mapper = Self {
            child,
            router: router.name().to_owned(),
            _directory: directory,
        };
        let listens = wait(PATIENCE, || {
            let listeners = mapper.run(&["cat", "/proc/net/udp"]);
            let listens = listeners.map(|listeners| listeners.contains(language.listens()));
            let ended = mapper.child.try_wait().map_err(failed).transpose();
            match (listens, ended) {
                (Ok(true), _) => Some(Ok(())),
                (_, Some(ended)) => Some(Err(format!("miniupnpd does not run: {ended:?}"))),
                (Ok(false), None) => None,
                (Err(error), None) => Some(Err(error)),
            }
        });
        listens.unwrap_or_else(|| Err("miniupnpd does not listen".to_owned()))?;
        Ok(mapper)
    }

    /// The rules by which it lets others in.
    ///
    /// # Errors
    /// What `nft` says.
    pub(crate) fn mapped(&self) -> Result<String, String> {
        let chain = self.run(&["nft", "list", "chain", "inet", "router", "mapped_in"])?;
        let rules = chain.lines().filter(|line| line.contains("dnat"));
        Ok(rules.collect::<Vec<_>>().join("\n"))
    }

    /// From now on it does not hear what is said to it alone on the port of UPnP's searches.
    ///
    /// # Errors
    /// What `nft` says.
    pub(crate) fn deafen(&self) -> Result<(), String> {
        let rule = "insert rule inet router here ip daddr 192.168.0.0/16 udp dport 1900 drop";
        self.run(&["nft", rule]).map(drop)
    }

    fn run(&self, command: &[&str]) -> Result<String, String> {
        let launched = ["ip", "netns", "exec", &self.router];
        crate::right::administer(&[&launched[..], command].concat())
    }
}

impl Drop for PortMapper {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
