//! Whatever links strangers open and whatever frames they send on them, in any order, an engine
//! goes on, makes nothing durable of it, and lets a bounded number of links stand.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use tidings_protocol::engine::{Engine, Input, LinkId, LinkPurpose, Output};
use tidings_protocol::id::TransportId;
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::record::{Profile, SecretBytes};
use tidings_protocol::rng::Rng;
use tidings_protocol::time::{Monotonic, Now, WallTime};

fn at(millis: u64) -> Now {
    Now {
        wall: WallTime::from_millis(1_700_000_000_000).after(Duration::from_millis(millis)),
        monotonic: Monotonic::from_millis(millis),
    }
}

fuzz_target!(|events: Vec<(u8, u8, Vec<u8>)>| {
    let mut rng = Rng::from_seed(&[1; 32]);
    let (own, _) = OwnIdentity::create("Ann", "laptop", at(0).wall, &mut rng).unwrap();
    let profile = Profile {
        identity: Some(SecretBytes::from(own.to_bytes())),
        ..Profile::default()
    };
    let mut engine = Engine::open(profile, &[2; 32], at(0)).unwrap();
    let mut opened = 0;
    for (step, (what, which, bytes)) in events.into_iter().enumerate() {
        let now = at(step as u64 * 100);
        let peer = TransportId::new([which; 32]);
        let link = LinkId::new(1 + u64::from(which) % 16);
        let input = match what % 6 {
            0 | 1 => {
                opened += 1;
                Input::LinkOpened {
                    link: LinkId::new(opened),
                    peer,
                    purpose: if what % 6 == 0 {
                        LinkPurpose::IncomingSession
                    } else {
                        LinkPurpose::IncomingJoin
                    },
                }
            }
            2 | 3 => Input::Frame { link, bytes },
            4 => Input::LinkClosed { link },
            _ => Input::Tick,
        };
        engine.handle(input, now);
        while let Some((_, output)) = engine.poll() {
            assert!(matches!(output, Output::Effect(_)), "a stranger changed something");
        }
    }
    assert_eq!(engine.live().count(), 0);
});
