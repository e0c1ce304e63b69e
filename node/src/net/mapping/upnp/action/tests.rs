use std::num::NonZeroU16;

use super::*;

#[test]
fn a_mapping_is_asked_for_in_the_order_of_the_standard() {
    let action = Action::Map {
        port: Port {
            is_udp: true,
            own: [192, 168, 1, 2].into(),
            number: NonZeroU16::new(4001).unwrap(),
        },
        external: 4002,
        lifetime: Duration::from_secs(3_600),
    };
    let envelope = action.envelope(Kind::Ip2);
    let expected = "<s:Body><u:AddPortMapping xmlns:u=\"urn:schemas-upnp-org:service:WANIPConnection:2\">\
        <NewRemoteHost></NewRemoteHost><NewExternalPort>4002</NewExternalPort><NewProtocol>UDP</NewProtocol>\
        <NewInternalPort>4001</NewInternalPort><NewInternalClient>192.168.1.2</NewInternalClient>\
        <NewEnabled>1</NewEnabled><NewPortMappingDescription>port</NewPortMappingDescription>\
        <NewLeaseDuration>3600</NewLeaseDuration></u:AddPortMapping></s:Body>";
    assert!(envelope.contains(expected), "{envelope}");
    assert_eq!(xml::value(&envelope, "NewRemoteHost").as_deref(), Some(""));
}

#[test]
fn what_is_given_back_is_named_by_what_it_is_outside() {
    let action = Action::Unmap {
        is_udp: false,
        external: 4002,
    };
    let expected = "<u:DeletePortMapping xmlns:u=\"urn:schemas-upnp-org:service:WANPPPConnection:1\">\
        <NewRemoteHost></NewRemoteHost><NewExternalPort>4002</NewExternalPort><NewProtocol>TCP</NewProtocol>\
        </u:DeletePortMapping>";
    assert!(action.envelope(Kind::Ppp1).contains(expected));
}
