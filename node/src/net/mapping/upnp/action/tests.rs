use std::num::NonZeroU16;

use proptest::prelude::*;

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
        <NewEnabled>1</NewEnabled><NewPortMappingDescription>libp2p</NewPortMappingDescription>\
        <NewLeaseDuration>3600</NewLeaseDuration></u:AddPortMapping></s:Body>";
    assert!(envelope.contains(expected), "{envelope}");
    assert!(parse(&envelope).is_some());
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

#[test]
fn what_an_answer_says_is_found_wherever_it_is() {
    let answer = "<s:Envelope xmlns:s=\"s\"><s:Body><u:R xmlns:u=\"u\"> <New> 45.0.2.1 </New></u:R></s:Body></s:Envelope>";
    assert_eq!(value(answer, "New").as_deref(), Some("45.0.2.1"));
    assert_eq!(value(answer, "Old"), None);
    assert_eq!(value("<New/>", "New"), None);
    assert_eq!(value("<New>", "New"), None);
    assert_eq!(value("", "New"), None);
    assert_eq!(Done(String::new()).value("New"), "");
}

proptest! {
    #[test]
    fn any_text_is_an_answer_or_none(text: String) {
        let _ = value(&text, "New");
        let _ = value(&format!("<New>{text}</New>"), "New");
    }
}
