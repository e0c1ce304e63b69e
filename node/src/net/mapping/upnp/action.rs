//! What a service is asked to do, by SOAP (UPnP Device Architecture 2.0, section 3).

use std::net::IpAddr;
use std::time::Duration;

use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode};

use super::description::{Kind, Service, parse};
use super::http;
use crate::net::mapping::Port;
use crate::net::mapping::schedule::Failure;

/// What routers show of a mapping to whoever looks at them: what anybody sees who tries the port.
const NAME: &str = "libp2p";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Where it is seen from outside.
    ExternalAddress,
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
        value(&self.0, name).unwrap_or_default()
    }
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::ExternalAddress => "GetExternalIPAddress",
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
            Self::Unmap { is_udp, external } => outside(is_udp, external),
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
    /// Has it do something, from an address of ours.
    pub(super) async fn call(&self, own: IpAddr, action: &Action) -> Result<Done, Failure> {
        let request = Request::post(self.place.path.clone())
            .header(CONTENT_TYPE, "text/xml; charset=\"utf-8\"")
            .header(
                "SOAPAction",
                format!("\"{}#{}\"", self.kind.urn(), action.name()),
            );
        let envelope = action.envelope(self.kind);
        let answer = http::send(own, &self.place, request, envelope).await;
        let answer = answer.ok_or(Failure::Silent)?;
        if answer.status == StatusCode::OK {
            return Ok(Done(answer.body));
        }
        let code = value(&answer.body, "errorCode").and_then(|code| code.parse().ok());
        Err(Failure::Refused {
            code: code.unwrap_or(answer.status.as_u16()),
        })
    }
}

/// What the first element of this name says, wherever it is.
fn value(text: &str, name: &str) -> Option<String> {
    let document = parse(text)?;
    let mut all = document.descendants();
    let found = all.find(|node| node.tag_name().name() == name)?;
    Some(found.text()?.trim().to_owned())
}

#[cfg(test)]
mod tests;
