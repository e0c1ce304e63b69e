//! What a gateway says that it can do, and where it is asked for that.
//!
//! Invariants
//! - Of what it can do, that alone is kept which maps ports, under names of our own: nothing that it writes is sent
//!   back to it but a path, and the port where that is.

use http::Uri;
use http::uri::PathAndQuery;

use super::search::Place;
use super::xml::{self, Met};

/// Services of one gateway that are asked: one for each way to the internet that it may have, of which some routers
/// name a dozen.
pub(super) const SERVICES_MAX: usize = 16;
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

/// The services that map ports, of what a gateway describes at `root`; the first of those that it names.
pub(super) fn services(described: &str, root: &Place) -> Vec<Service> {
    let mut base = root.clone();
    let mut services = Vec::new();
    let (mut kind, mut control) = (None, None);
    for met in xml::read(described) {
        match met {
            Met::Begin(name) if name == "service" => (kind, control) = (None, None),
            Met::End(name, _) if name == "service" => {
                let place = control.take().and_then(|url: String| resolve(&url, &base));
                let service = kind.take().zip(place);
                let service = service.map(|(kind, place)| Service { kind, place });
                services.extend(service.filter(|service| !services.contains(service)));
            }
            Met::End(name, Some(says)) => match name.as_str() {
                "serviceType" => kind = Kind::ALL.into_iter().find(|kind| kind.urn() == says),
                "controlURL" => control = Some(says),
                "URLBase" => {
                    let at = says.parse::<Uri>().ok();
                    let at = at.and_then(|url| Place::of(&url, root.at.ip()));
                    base = at.unwrap_or(base);
                }
                _ => {}
            },
            Met::Begin(_) | Met::End(_, None) => {}
        }
    }
    services.truncate(SERVICES_MAX);
    services
}

/// Where a URL leads that may be whole, or a path from the root of the device, or from where the base is.
fn resolve(url: &str, base: &Place) -> Option<Place> {
    let place = if url.is_empty() {
        return None;
    } else if url.contains("://") {
        Place::of(&url.parse().ok()?, base.at.ip())?
    } else {
        let folder = base.path.path().rsplit_once('/');
        let folder = folder.map_or("", |(folder, _)| folder);
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
