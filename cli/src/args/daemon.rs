//! The verbs about a node that stays, and what it is told as it starts.
//!
//! Invariants
//! - What is said here of networks holds for one run, whatever is set; what is not said is as it is set.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Which networks a node uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeName {
    /// Whatever reaches contacts
    Auto,
    /// Local networks alone: nothing goes to the internet
    Lan,
    /// The internet alone: nothing is said to whoever is near
    Internet,
    /// None
    Offline,
}

/// Whether a node looks for others on the local network, and shows itself there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiscoveryName {
    /// Look for contacts there, and announce this node
    On,
    /// Look for contacts without announcing anything
    Hidden,
    /// Neither
    Off,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DaemonCommand {
    /// Run this profile's node in the foreground
    Run(DaemonRunArgs),
    /// Start it with the session: writes a systemd user unit
    Install,
    /// End the node that runs
    Stop,
}

#[derive(Debug, Args)]
pub(crate) struct DaemonRunArgs {
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// Whenever this directory on a stick is there, take what it brings and leave what is carried
    #[arg(long, value_name = "DIR")]
    pub(crate) watch: Option<PathBuf>,
    /// Serve metrics for Prometheus to programs of this machine at this address, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDR", value_parser = parse_metrics)]
    pub(crate) metrics: Option<SocketAddr>,
    /// Keep no log file in the profile's directory
    #[arg(long)]
    pub(crate) no_log_file: bool,
}

/// What of networks holds for this run, in place of what `tidings config` says.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "For this run, in place of what `tidings config` says")]
pub(crate) struct NetworkArgs {
    /// Where to listen, or `everywhere`; may be given several times
    #[arg(long, value_name = "MULTIADDR")]
    pub(crate) listen: Vec<String>,
    /// Which networks to use
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<ModeName>,
    /// Whether to look for contacts on the local network, and to announce this node there
    #[arg(long, value_name = "HOW")]
    pub(crate) discovery: Option<DiscoveryName>,
    /// As `--discovery off`
    #[arg(long, conflicts_with = "discovery")]
    pub(crate) no_mdns: bool,
    /// As `--discovery hidden`
    #[arg(long, conflicts_with_all = ["no_mdns", "discovery"])]
    pub(crate) hidden: bool,
    /// Help others: to reach each other through this node and to find each other
    #[arg(long, overrides_with = "no_relay")]
    pub(crate) relay: bool,
    /// Do not help others so
    #[arg(long, overrides_with = "relay")]
    pub(crate) no_relay: bool,
    /// A node that keeps the table of who is where, ending in /p2p/ and its peer id, or `none`; may be given several times
    #[arg(long, value_name = "MULTIADDR")]
    pub(crate) bootstrap: Vec<String>,
    /// Look for lost contacts in the table of who is where, and say there where this node is
    #[arg(long, overrides_with = "no_dht")]
    pub(crate) dht: bool,
    /// Have nothing to do with that table
    #[arg(long, overrides_with = "dht", conflicts_with = "bootstrap")]
    pub(crate) no_dht: bool,
    /// Ask the router to let others in from other networks
    #[arg(long, overrides_with = "no_port_mapping")]
    pub(crate) port_mapping: bool,
    /// Do not ask it
    #[arg(long, overrides_with = "port_mapping")]
    pub(crate) no_port_mapping: bool,
    /// Keep much more for others than usual: be a mailbox that friends rely on
    #[arg(long, overrides_with = "no_mailbox")]
    pub(crate) mailbox: bool,
    /// Keep as much for others as usual
    #[arg(long, overrides_with = "mailbox")]
    pub(crate) no_mailbox: bool,
}

impl NetworkArgs {
    /// Whether to look for others on the local network, if it was said in one way or another.
    pub(crate) fn discovery(&self) -> Option<DiscoveryName> {
        if self.no_mdns {
            Some(DiscoveryName::Off)
        } else if self.hidden {
            Some(DiscoveryName::Hidden)
        } else {
            self.discovery
        }
    }

    /// Whether to help others, if it was said.
    pub(crate) const fn relay(&self) -> Option<bool> {
        said(self.relay, self.no_relay)
    }

    /// Whether to use the table of who is where, if it was said.
    pub(crate) const fn dht(&self) -> Option<bool> {
        said(self.dht, self.no_dht)
    }

    /// Whether to ask the router, if it was said.
    pub(crate) const fn port_mapping(&self) -> Option<bool> {
        said(self.port_mapping, self.no_port_mapping)
    }

    /// Whether to be a mailbox, if it was said.
    pub(crate) const fn mailbox(&self) -> Option<bool> {
        said(self.mailbox, self.no_mailbox)
    }

    /// Where to listen, if it was said; nothing for everywhere.
    pub(crate) fn listen(&self) -> Option<Vec<String>> {
        given(&self.listen, "everywhere")
    }

    /// Who keeps the table, if it was said.
    pub(crate) fn bootstrap(&self) -> Option<Vec<String>> {
        given(&self.bootstrap, "none")
    }
}

/// What a flag and its opposite say, of which clap leaves the last one.
const fn said(is_on: bool, is_off: bool) -> Option<bool> {
    match (is_on, is_off) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

/// The addresses that were given, if any were; `nothing` stands for none at all.
fn given(addresses: &[String], nothing: &str) -> Option<Vec<String>> {
    match addresses {
        [] => None,
        [only] if only == nothing => Some(Vec::new()),
        all => Some(all.to_vec()),
    }
}

/// Where metrics are served: where nobody but this machine connects.
fn parse_metrics(text: &str) -> Result<SocketAddr, String> {
    let example = "give an address of this machine's own, such as 127.0.0.1:9464 or [::1]:0";
    let address: SocketAddr = text
        .parse()
        .map_err(|_| format!("it is no address with a port; {example}"))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(format!(
            "metrics are for this machine alone, and others may connect there; {example}, and let a program that \
             may be reached, such as a Prometheus on this machine, pass them on"
        ))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn network(flags: &[&str]) -> NetworkArgs {
        let words = [&["tidings", "daemon", "run"][..], flags].concat();
        let cli = Cli::try_parse_from(words).unwrap();
        let Some(Command::Daemon(DaemonCommand::Run(args))) = cli.command else {
            panic!("{flags:?} is a run");
        };
        args.network
    }

    #[test]
    fn what_is_not_said_leaves_what_is_set() {
        let none = network(&[]);
        assert_eq!((none.mode, none.discovery()), (None, None));
        let switches = [
            none.relay(),
            none.dht(),
            none.port_mapping(),
            none.mailbox(),
        ];
        assert_eq!(switches, [None; 4]);
        assert_eq!((none.listen(), none.bootstrap()), (None, None));
    }

    #[test]
    fn each_flag_has_one_that_takes_it_back_and_the_last_one_counts() {
        type Said = fn(&NetworkArgs) -> Option<bool>;
        let all: [(&str, &str, Said); 4] = [
            ("--relay", "--no-relay", NetworkArgs::relay),
            ("--dht", "--no-dht", NetworkArgs::dht),
            (
                "--port-mapping",
                "--no-port-mapping",
                NetworkArgs::port_mapping,
            ),
            ("--mailbox", "--no-mailbox", NetworkArgs::mailbox),
        ];
        for (on, off, said) in all {
            assert_eq!(said(&network(&[on])), Some(true), "{on}");
            assert_eq!(said(&network(&[off])), Some(false), "{off}");
            assert_eq!(said(&network(&[off, on])), Some(true), "{on}");
            assert_eq!(said(&network(&[on, off])), Some(false), "{off}");
        }
    }

    #[test]
    fn discovery_is_said_in_one_way() {
        for (flags, how) in [
            (&["--hidden"][..], DiscoveryName::Hidden),
            (&["--no-mdns"], DiscoveryName::Off),
            (&["--discovery", "on"], DiscoveryName::On),
            (&["--discovery", "hidden"], DiscoveryName::Hidden),
            (&["--discovery", "off"], DiscoveryName::Off),
        ] {
            assert_eq!(network(flags).discovery(), Some(how), "{flags:?}");
        }
        for both in [
            &["--hidden", "--no-mdns"][..],
            &["--hidden", "--discovery", "on"],
            &["--no-mdns", "--discovery", "on"],
            &["--no-dht", "--bootstrap", "x"],
        ] {
            let words = [&["tidings", "daemon", "run"][..], both].concat();
            assert!(Cli::try_parse_from(words).is_err(), "{both:?}");
        }
    }

    #[test]
    fn addresses_are_given_or_taken_back() {
        let both = network(&["--listen", "/a", "--listen", "/b"]);
        assert_eq!(both.listen().unwrap(), ["/a", "/b"]);
        let back = network(&["--listen", "everywhere", "--bootstrap", "none"]);
        assert_eq!(back.listen(), Some(Vec::new()));
        assert_eq!(back.bootstrap(), Some(Vec::new()));
    }

    #[test]
    fn metrics_are_served_where_nobody_but_this_machine_connects() {
        for address in ["127.0.0.1:9464", "127.9.9.9:0", "[::1]:0"] {
            assert_eq!(parse_metrics(address).unwrap().to_string(), address);
        }
        for address in [
            "0.0.0.0:9464",
            "192.168.1.2:9464",
            "[::]:9464",
            "[::ffff:127.0.0.1]:9464",
            "localhost:9464",
            "9464",
            "127.0.0.1",
        ] {
            let advice = parse_metrics(address).unwrap_err();
            assert!(advice.contains("127.0.0.1:9464"), "{address}: {advice}");
        }
    }
}
