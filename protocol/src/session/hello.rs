//! Hello: the clear start of a session's first frame each way, by which two versions find the one
//! to speak.

use minicbor::{Decode, Encode};

use crate::session::SessionError;

/// Lowest version of the session protocol spoken here.
pub const VERSION_MIN: u16 = 1;
/// Highest version of the session protocol spoken here.
pub const VERSION_MAX: u16 = 1;

const MAGIC: [u8; 4] = *b"TDGS";

/// The versions that a device speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// The lowest.
    #[n(0)]
    pub min: u16,
    /// The highest.
    #[n(1)]
    pub max: u16,
}

impl Hello {
    /// What this version of the program says.
    pub const OURS: Self = Self {
        min: VERSION_MIN,
        max: VERSION_MAX,
    };
    /// Number of bytes of a hello.
    pub const BYTES: usize = 8;

    /// The hello as it travels: magic, lowest, highest, big endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let ([m0, m1, m2, m3], [min0, min1], [max0, max1]) =
            (MAGIC, self.min.to_be_bytes(), self.max.to_be_bytes());
        [m0, m1, m2, m3, min0, min1, max0, max1]
    }

    /// Splits a frame into its hello and the rest.
    ///
    /// # Errors
    /// [`SessionError::Undecryptable`] when it does not start with one.
    pub fn split(frame: &[u8]) -> Result<(Self, &[u8]), SessionError> {
        match frame.split_first_chunk::<{ Self::BYTES }>() {
            Some(([m0, m1, m2, m3, min0, min1, max0, max1], rest))
                if MAGIC == [*m0, *m1, *m2, *m3] =>
            {
                let min = u16::from_be_bytes([*min0, *min1]);
                let max = u16::from_be_bytes([*max0, *max1]);
                Ok((Self { min, max }, rest))
            }
            Some(_) | None => Err(SessionError::Undecryptable),
        }
    }

    /// The highest version that both speak.
    ///
    /// # Errors
    /// [`SessionError::Version`] when there is none.
    pub fn agree(self, theirs: Self) -> Result<u16, SessionError> {
        let (lowest, highest) = (self.min.max(theirs.min), self.max.min(theirs.max));
        if lowest <= highest {
            Ok(highest)
        } else {
            Err(SessionError::Version {
                theirs_min: theirs.min,
                theirs_max: theirs.max,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_hello_round_trips(min: u16, max: u16, rest: Vec<u8>) {
            let hello = Hello { min, max };
            let frame = [hello.to_bytes().as_slice(), &rest].concat();
            prop_assert_eq!(Hello::split(&frame), Ok((hello, rest.as_slice())));
        }

        #[test]
        fn two_hellos_agree_on_the_same_version(a: (u16, u16), b: (u16, u16)) {
            let (one, other) = (Hello { min: a.0, max: a.1 }, Hello { min: b.0, max: b.1 });
            prop_assert_eq!(one.agree(other).ok(), other.agree(one).ok());
        }
    }

    #[test]
    fn the_highest_common_version_is_spoken() {
        let (old, new) = (Hello { min: 1, max: 3 }, Hello { min: 2, max: 5 });
        assert_eq!(old.agree(new), Ok(3));
        let newer = Hello { min: 3, max: 9 };
        assert_eq!(old.agree(newer), Ok(3));
        let newest = Hello { min: 4, max: 9 };
        assert_eq!(
            old.agree(newest),
            Err(SessionError::Version {
                theirs_min: 4,
                theirs_max: 9
            })
        );
    }

    #[test]
    fn the_highest_version_spoken_here_is_agreed_on_and_one_above_it_is_not() {
        let from = |min| Hello { min, max: u16::MAX };
        assert_eq!(Hello::OURS.agree(from(VERSION_MAX)), Ok(VERSION_MAX));
        let refused = SessionError::Version {
            theirs_min: VERSION_MAX + 1,
            theirs_max: u16::MAX,
        };
        assert_eq!(Hello::OURS.agree(from(VERSION_MAX + 1)), Err(refused));
    }

    #[test]
    fn other_protocols_are_undecryptable() {
        assert_eq!(
            Hello::split(b"GET / HTTP/1.1"),
            Err(SessionError::Undecryptable)
        );
        assert_eq!(
            Hello::split(b"TDGS\0\x01\0"),
            Err(SessionError::Undecryptable)
        );
    }
}
