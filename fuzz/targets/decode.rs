//! Whatever bytes come, every decoder of peers' bytes gives a value or an error, and what it gives
//! is encoded to something that it reads as the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_protocol::envelope::Envelope;
use tidings_protocol::identity::Card;
use tidings_protocol::operation::{Content, Kind};
use tidings_protocol::pairing::JoinReply;
use tidings_protocol::room::ControlBody;
use tidings_protocol::sync::SessionMessage;

fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = data.split_first() else {
        return;
    };
    match which % 6 {
        0 => {
            if let Ok(envelope) = Envelope::from_bytes(bytes) {
                let again = Envelope::from_bytes(&envelope.to_bytes());
                assert_eq!(again.unwrap().id(), envelope.id());
            }
        }
        1 => {
            if let Ok(card) = Card::from_bytes(bytes) {
                let _ = card.verify();
                assert_eq!(Card::from_bytes(&card.to_bytes()), Ok(card));
            }
        }
        2 => {
            if let Ok(message) = SessionMessage::from_bytes(bytes) {
                if let SessionMessage::Operations(operations) = &message {
                    for operation in operations {
                        let _ = (operation.claimed(), operation.id());
                    }
                }
                assert_eq!(SessionMessage::from_bytes(&message.to_bytes()), Ok(message));
            }
        }
        3 => {
            let _ = JoinReply::from_bytes(bytes);
        }
        4 => {
            for kind in Kind::known_content() {
                let _ = Content::from_bytes(kind, bytes);
            }
        }
        _ => {
            for kind in [Kind::Create, Kind::Add, Kind::Remove, Kind::Leave, Kind::Role] {
                let _ = ControlBody::read(kind, bytes);
            }
        }
    }
});
