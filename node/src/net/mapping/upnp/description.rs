//! What a gateway says that it can do, and where it is asked for that.
//!
//! Invariants
//! - Of what it can do, that alone is kept which maps ports, under names of our own: nothing that it writes is sent
//!   back to it but a path.

use hyper::Uri;
use hyper::http::uri::PathAndQuery;
use roxmltree::{Document, Node, ParsingOptions};

use super::search::Place;

/// Services of one gateway that are asked: one for each way to the internet that it may have.
pub(super) const SERVICES_MAX: usize = 4;
/// Elements, texts and the like of whatever a gateway writes.
pub(super) const NODES_MAX: u32 = 8_192;
/// Longest path.
pub(super) const PATH_BYTES_MAX: usize = 1_024;

/// What maps ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ip2,
    Ip1,
    Ppp1,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Ip2, Self::Ip1, Self::Ppp1];

    /// The UPnP Forum's name of it.
    pub(super) const fn urn(self) -> &'static str {
        match self {
            Self::Ip2 => "urn:schemas-upnp-org:service:WANIPConnection:2",
            Self::Ip1 => "urn:schemas-upnp-org:service:WANIPConnection:1",
            Self::Ppp1 => "urn:schemas-upnp-org:service:WANPPPConnection:1",
        }
    }
}

/// A service of a gateway that maps ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::net::mapping) struct Service {
    pub(super) kind: Kind,
    pub(super) place: Place,
}

/// What a gateway writes, if that is XML and not too much of it.
pub(super) fn parse(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions {
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text.trim_start(), options).ok()
}

/// The services that map ports, of what a gateway describes at `root`; the first of those that it names.
pub(super) fn services(described: &str, root: &Place) -> Vec<Service> {
    let Some(document) = parse(described) else {
        return Vec::new();
    };
    let base = text(document.root_element(), "URLBase");
    let base = base.and_then(|url| Place::of(&url.parse::<Uri>().ok()?, root.at.ip()));
    let base = base.unwrap_or_else(|| root.clone());
    let all = document.descendants();
    let all = all.filter(|node| node.tag_name().name() == "service");
    let services = all.filter_map(|service| {
        let named = text(service, "serviceType")?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.urn() == named)?;
        let place = resolve(text(service, "controlURL")?, &base)?;
        Some(Service { kind, place })
    });
    services.take(SERVICES_MAX).collect()
}

/// What an element directly below says.
fn text<'a>(of: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let mut children = of.children();
    let child = children.find(|child| child.tag_name().name() == name)?;
    child.text().map(str::trim)
}

/// Where a URL leads that may be whole, or a path from the root of the device, or from where the base is.
fn resolve(url: &str, base: &Place) -> Option<Place> {
    let place = if url.contains("://") {
        Place::of(&url.parse().ok()?, base.at.ip())?
    } else {
        let folder = base
            .path
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        let path = if url.starts_with('/') {
            url.to_owned()
        } else {
            format!("{folder}/{url}")
        };
        Place {
            at: base.at,
            path: path.parse::<PathAndQuery>().ok()?,
        }
    };
    (place.path.as_str().len() <= PATH_BYTES_MAX).then_some(place)
}

#[cfg(test)]
mod tests;
