//! A segment of a network: a bridge in a namespace of its own, with a port for each host.
//!
//! Invariants
//! - Frames are lost in the bridge, where no host can tell it from a bad cable: a program whose own
//!   machine drops what it sends is told so.
//! - Each direction of a link loses by itself.

use std::collections::BTreeMap;

use crate::namespace::Namespace;

/// Where losses are made.
const CHAIN: &str = "bridge loss forward";
/// Where what is blocked ends.
const BLOCKS: &str = "bridge loss block";

/// What goes through a narrow way at once.
const NARROW_BURST: &str = "16kb";
/// What waits before it, in the time that it takes to get through.
const NARROW_QUEUE: &str = "400ms";

/// See the module.
#[derive(Debug)]
pub(crate) struct Segment {
    namespace: Namespace,
    number: u8,
    /// How many of a hundred frames are lost: at all ports, or at that of one host.
    losses: BTreeMap<Option<u8>, u8>,
}

impl Segment {
    /// A segment without any host.
    ///
    /// # Errors
    /// What keeps us from making it.
    pub(crate) fn new(number: u8) -> Result<Self, String> {
        let namespace = Namespace::new()?;
        // Without snooping, multicast goes to everybody at once.
        namespace.ip("link add bridge type bridge mcast_snooping 0")?;
        namespace.ip("link set bridge up")?;
        namespace.nft(&format!(
            "add table bridge loss; \
             add chain {CHAIN} {{ type filter hook forward priority 0; }}"
        ))?;
        Ok(Self {
            namespace,
            number,
            losses: BTreeMap::new(),
        })
    }

    /// Plugs a host in; it is `10.77.(number of the segment).(number of the host)` there.
    ///
    /// # Errors
    /// What keeps us from it.
    pub(crate) fn plug(&self, host: u8, namespace: &Namespace) -> Result<(), String> {
        let (lan, port, name) = (self.interface(), port(host), namespace.name());
        let number = self.number;
        // The same hardware each time: who comes back is known by it to the others.
        self.namespace.ip(&format!(
            "link add {port} type veth peer name {lan} address 02:77:00:00:{number:02x}:{host:02x} netns {name}"
        ))?;
        self.namespace
            .ip(&format!("link set {port} master bridge up"))?;
        namespace.ip(&format!("link set {lan} addrgenmode none"))?;
        namespace.ip(&format!("link set {lan} up"))?;
        namespace.ip(&format!("address add {}/24 dev {lan}", self.address(host)))?;
        // Ours at once: nobody else can have it, so nobody is asked.
        namespace.ip(&format!(
            "-6 address add fe80::77:{number:x}:{host:x}/64 dev {lan} nodad"
        ))?;
        Ok(())
    }

    /// Gives a host another IPv4 address instead of the one that it has.
    ///
    /// # Errors
    /// What keeps us from it.
    pub(crate) fn readdress(&self, last: u8, namespace: &Namespace) -> Result<(), String> {
        let lan = self.interface();
        namespace.ip(&format!("-4 address flush dev {lan}"))?;
        namespace.ip(&format!("address add {}/24 dev {lan}", self.address(last)))?;
        Ok(())
    }

    /// Takes a host out, cable and card.
    ///
    /// # Errors
    /// What keeps us from it.
    pub(crate) fn unplug(&mut self, host: u8) -> Result<(), String> {
        self.lose(Some(host), 0)?;
        self.namespace.ip(&format!("link delete {}", port(host)))?;
        Ok(())
    }

    /// Pulls a host's cable, which keeps card and address, or puts it back.
    ///
    /// # Errors
    /// What keeps us from it.
    pub(crate) fn turn_port(&self, host: u8, on: bool) -> Result<(), String> {
        let state = if on { "up" } else { "down" };
        self.namespace
            .ip(&format!("link set {} {state}", port(host)))?;
        Ok(())
    }

    /// Loses so many of a hundred frames: of all, or of those to and from one host.
    ///
    /// # Errors
    /// What keeps us from it.
    pub(crate) fn lose(&mut self, host: Option<u8>, percent: u8) -> Result<(), String> {
        assert!(percent < 100);
        let before = match percent {
            0 => self.losses.remove(&host),
            some => self.losses.insert(host, some),
        };
        if before.unwrap_or_default() == percent {
            return Ok(());
        }
        self.make_losses()
    }

    /// Lets no more through to a host than so many kilobits a second; what is too much waits a little, and more is lost.
    ///
    /// # Errors
    /// What keeps us from it.
    pub(crate) fn narrow(&self, host: u8, kilobits: u32) -> Result<(), String> {
        self.namespace.tc(&format!(
            "qdisc replace dev {} root tbf rate {kilobits}kbit burst {NARROW_BURST} latency {NARROW_QUEUE}",
            port(host)
        ))?;
        Ok(())
    }

    /// Keeps packets to a UDP port from everybody else, from now on.
    ///
    /// # Errors
    /// What keeps us from it.
    pub(crate) fn block(&self, port: u16) -> Result<(), String> {
        self.namespace.nft(&format!(
            "add chain {BLOCKS} {{ type filter hook forward priority 1; }}; \
             add rule {BLOCKS} udp dport {port} counter drop"
        ))?;
        Ok(())
    }

    /// How often something had to wait on the way to a host, since its way was made narrow.
    ///
    /// # Errors
    /// What keeps us from counting.
    pub(crate) fn waited(&self, host: u8) -> Result<u64, String> {
        let told = self
            .namespace
            .tc(&format!("-s qdisc show dev {}", port(host)))?;
        let count = told
            .split("overlimits ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let count = count.and_then(|count| count.parse().ok());
        count.ok_or_else(|| format!("no count in {told:?}"))
    }

    /// Packets that were kept from everybody else.
    ///
    /// # Errors
    /// What keeps us from counting.
    pub(crate) fn blocked(&self) -> Result<u64, String> {
        self.counted(BLOCKS)
    }

    /// Frames lost since what is lost was last changed.
    ///
    /// # Errors
    /// What keeps us from counting.
    pub(crate) fn lost(&self) -> Result<u64, String> {
        self.counted(CHAIN)
    }

    /// What all rules of a chain counted.
    fn counted(&self, chain: &str) -> Result<u64, String> {
        let listed = self.namespace.nft(&format!("list chain {chain}"))?;
        let counts = listed.split("packets ").skip(1);
        let counts = counts.map(|rest| rest.split(' ').next().unwrap_or_default());
        counts
            .map(|count| {
                count
                    .parse::<u64>()
                    .map_err(|error| format!("{count}: {error}"))
            })
            .sum()
    }

    /// The address of the host with this number.
    pub(crate) fn address(&self, host: u8) -> String {
        format!("10.77.{}.{host}", self.number)
    }

    /// What hosts call their card in this segment.
    fn interface(&self) -> String {
        format!("lan{}", self.number)
    }

    fn make_losses(&self) -> Result<(), String> {
        let mut commands = format!("flush chain {CHAIN}");
        for (host, percent) in &self.losses {
            let ports = match host {
                None => vec![String::new()],
                Some(host) => ["iifname", "oifname"]
                    .map(|way| format!("{way} {} ", port(*host)))
                    .to_vec(),
            };
            for port in ports {
                commands.push_str(&format!(
                    "; add rule {CHAIN} {port}numgen random mod 100 < {percent} counter drop"
                ));
            }
        }
        self.namespace.nft(&commands)?;
        Ok(())
    }
}

/// What the bridge calls a host's port.
fn port(host: u8) -> String {
    format!("port{host}")
}
