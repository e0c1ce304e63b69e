//! What a service is asked to do, by SOAP (UPnP Device Architecture 2.0, section 3).

use std::net::IpAddr;
use std::time::Duration;

use super::description::{Kind, Service};
use super::{http, xml};
use crate::net::mapping::Port;
use crate::net::mapping::schedule::Failure;

/// What routers show of a mapping to whoever looks at them, who learns nothing by it. Some take no name that is empty.
const NAME: &str = "port";
/// Longest that a router takes to map a port: some write all their rules anew.
const MAPPING_PATIENCE: Duration = Duration::from_secs(8);

/// Longest that a router takes to say who has a port: it is asked at the end, too, and need not know.
const LOOK_PATIENCE: Duration = Duration::from_millis(700);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Where it is seen from outside.
    ExternalAddress,
    /// Who is let in there.
    Look { is_udp: bool, external: u16 },
    /// To let others in at a port of ours; no lifetime is for ever.
    Map {
        port: Port,
        external: u16,
        lifetime: Duration,
    },
    /// To let nobody in there any more.
    Unmap { is_udp: bool, external: u16 },
}

/// What it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done(String);

impl Done {
    /// What it says of that; nothing if it says nothing.
    pub(super) fn value(&self, name: &str) -> String {
        xml::value(&self.0, name).unwrap_or_default()
    }
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::ExternalAddress => "GetExternalIPAddress",
            Self::Look { .. } => "GetSpecificPortMappingEntry",
            Self::Map { .. } => "AddPortMapping",
            Self::Unmap { .. } => "DeletePortMapping",
        }
    }

    /// In the order that the UPnP Forum gives them: some routers take no other.
    fn arguments(self) -> Vec<(&'static str, String)> {
        let outside = |is_udp: bool, external: u16| {
            let protocol = if is_udp { "UDP" } else { "TCP" };
            vec![
                ("NewRemoteHost", String::new()),
                ("NewExternalPort", external.to_string()),
                ("NewProtocol", protocol.to_owned()),
            ]
        };
        match self {
            Self::ExternalAddress => Vec::new(),
            Self::Map {
                port,
                external,
                lifetime,
            } => {
                let mut arguments = outside(port.is_udp, external);
                arguments.extend([
                    ("NewInternalPort", port.number.to_string()),
                    ("NewInternalClient", port.own.to_string()),
                    ("NewEnabled", "1".to_owned()),
                    ("NewPortMappingDescription", NAME.to_owned()),
                    ("NewLeaseDuration", lifetime.as_secs().to_string()),
                ]);
                arguments
            }
            Self::Look { is_udp, external } | Self::Unmap { is_udp, external } => {
                outside(is_udp, external)
            }
        }
    }

    fn envelope(self, kind: Kind) -> String {
        let (name, urn) = (self.name(), kind.urn());
        let arguments = self.arguments().into_iter();
        let arguments = arguments.map(|(name, value)| format!("<{name}>{value}</{name}>"));
        format!(
            "<?xml version=\"1.0\"?>\r\n\
             <s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">\
             <s:Body><u:{name} xmlns:u=\"{urn}\">{}</u:{name}></s:Body></s:Envelope>\r\n",
            arguments.collect::<String>()
        )
    }
}

impl Service {
    /// Has it do something, asked from an address of ours.
    pub(super) async fn call(&self, own: IpAddr, action: Action) -> Result<Done, Failure> {
        let (name, envelope) = (action.name(), action.envelope(self.kind));
        let patience = match action {
            Action::Map { .. } => MAPPING_PATIENCE,
            Action::Look { .. } => LOOK_PATIENCE,
            Action::ExternalAddress | Action::Unmap { .. } => http::PATIENCE,
        };
        let named = format!("{}#{name}", self.kind.urn());
        let answer = http::post(own, &self.place, (&named, &envelope), patience).await;
        let answer = answer.ok_or(Failure::Silent)?;
        if let Some(code) = xml::value(&answer.body, "errorCode").and_then(|code| code.parse().ok())
        {
            return Err(Failure::Refused { code });
        }
        if answer.status != 200 {
            let code = answer.status;
            return Err(Failure::Refused { code });
        }
        // Else it is some other page.
        let is_done = xml::has(&answer.body, &format!("{name}Response"));
        is_done.then_some(Done(answer.body)).ok_or(Failure::Silent)
    }
}

#[cfg(test)]
mod tests;
