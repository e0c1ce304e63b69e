//! Invite codes: what one person hands another, on a screen, on paper or by another messenger.
//!
//! ```text
//! version | X25519 key | secret | person's prefix | transport hint | addresses | checksum
//!       1 |         32 |     16 |              16 |              8 |        19 |        4
//! ```
//!
//! Invariants
//! - All codes are equally long, so that an incomplete one is told from a mistyped one, and fill
//!   a QR code of version 6-M in alphanumeric mode.
//! - Case, spaces, dashes, line breaks and a leading `tidings:` do not matter.
//! - It is a secret until used: erased on drop and never printed by `Debug`.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::domain::{Domain, prefix};
use crate::id::{PersonId, Tag, TransportId};
use crate::identity::OwnIdentity;
use crate::identity::keys::{KEY_BYTES, check_agreement};
use crate::pairing::invite::{InviteSecret, SECRET_BYTES, join_tag};
use crate::pairing::{PairingError, address};

/// Version of the invite codes made and understood here.
pub const INVITE_VERSION: u8 = 1;
/// Number of characters of every invite code.
pub const INVITE_CODE_CHARACTERS: usize = 154;

const CODE_BYTES: usize = 96;
pub(super) const PERSON_BYTES: usize = 16;
const HINT_BYTES: usize = 8;
const CHECKSUM_BYTES: usize = 4;
const ADDRESSES_BYTES: usize =
    CODE_BYTES - 1 - KEY_BYTES - SECRET_BYTES - PERSON_BYTES - HINT_BYTES - CHECKSUM_BYTES;
/// Versions that may be used later; what starts otherwise is no invite code at all.
const VERSION_RESERVED_MAX: u8 = 15;
/// A shorter text that starts like a later version is more likely something else altogether.
const NEWER_CHARACTERS_MIN: usize = 64;
/// Longest text that is looked at.
const TEXT_CHARACTERS_MAX: usize = 1024;
const PREFIX: &str = "tidings:";

/// An invite as the invited person holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteCode {
    key: [u8; KEY_BYTES],
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    person: [u8; PERSON_BYTES],
    hint: [u8; HINT_BYTES],
    addresses: [u8; ADDRESSES_BYTES],
}

impl InviteCode {
    pub(super) fn new(invite: &InviteSecret, own: &OwnIdentity, addresses: &[String]) -> Self {
        let mut packed = [0; ADDRESSES_BYTES];
        packed.copy_from_slice(&address::pack(addresses, ADDRESSES_BYTES));
        Self {
            key: invite.public(),
            secret: invite.secret().clone(),
            person: person_prefix(own.person()),
            hint: transport_hint(own.transport()),
            addresses: packed,
        }
    }

    /// Tag of the join envelope that this code leads to.
    #[must_use]
    pub fn tag(&self) -> Tag {
        join_tag(&self.secret)
    }

    /// The first bytes of the inviting device's hashed transport id.
    #[must_use]
    pub fn transport_hint(&self) -> [u8; HINT_BYTES] {
        self.hint
    }

    /// Whether the inviting device may have this transport id.
    #[must_use]
    pub fn hints_at(&self, transport: TransportId) -> bool {
        self.hint == transport_hint(transport)
    }

    /// Whether `person` is the one who invites.
    #[must_use]
    pub fn is_from(&self, person: PersonId) -> bool {
        self.person == person_prefix(person)
    }

    /// Where the inviting device was reachable, as multiaddr text.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        address::unpack(&self.addresses).own
    }

    /// Where others were who hold a place for the inviting device and may carry for both, as multiaddr text.
    #[must_use]
    pub fn relays(&self) -> Vec<String> {
        address::unpack(&self.addresses).relays
    }

    pub(super) fn key(&self) -> &[u8; KEY_BYTES] {
        &self.key
    }

    pub(super) fn secret(&self) -> &[u8; SECRET_BYTES] {
        &self.secret
    }

    pub(super) fn person(&self) -> [u8; PERSON_BYTES] {
        self.person
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(CODE_BYTES));
        bytes.push(INVITE_VERSION);
        bytes.extend_from_slice(&self.key);
        bytes.extend_from_slice(self.secret.as_ref());
        bytes.extend_from_slice(&self.person);
        bytes.extend_from_slice(&self.hint);
        bytes.extend_from_slice(&self.addresses);
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (signed, expected) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
        if checksum(signed) != *expected {
            return None;
        }
        let (_version, rest) = signed.split_first()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (secret, rest) = rest.split_first_chunk()?;
        let (person, rest) = rest.split_first_chunk()?;
        let (hint, rest) = rest.split_first_chunk()?;
        let addresses = rest.try_into().ok()?;
        let secret = Zeroizing::new(*secret);
        Some(Self {
            key: *key,
            secret,
            person: *person,
            hint: *hint,
            addresses,
        })
    }
}

impl fmt::Display for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Zeroizing::new(BASE32_NOPAD.encode(&self.to_bytes()));
        f.write_str(&text)
    }
}

impl fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteCode")
            .field("tag", &self.tag())
            .finish_non_exhaustive()
    }
}

impl FromStr for InviteCode {
    type Err = PairingError;

    fn from_str(text: &str) -> Result<Self, PairingError> {
        let text = normalized(text)?;
        let characters = text.len();
        let plausible = text.chars().all(|c| matches!(c, 'A'..='Z' | '2'..='7'));
        match version(&text)? {
            INVITE_VERSION => {}
            version @ INVITE_VERSION..=VERSION_RESERVED_MAX
                if plausible && characters >= NEWER_CHARACTERS_MIN =>
            {
                return Err(PairingError::Newer { version });
            }
            _ => return Err(PairingError::Foreign),
        }
        if characters != INVITE_CODE_CHARACTERS {
            return Err(match (plausible, characters < INVITE_CODE_CHARACTERS) {
                (false, _) => PairingError::Foreign,
                (true, true) => PairingError::Truncated { characters },
                (true, false) => PairingError::Mistyped,
            });
        }
        let bytes = BASE32_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| PairingError::Mistyped)?;
        let code = Self::from_bytes(&Zeroizing::new(bytes)).ok_or(PairingError::Mistyped)?;
        // The checksum holds, so that somebody made this code with such a key.
        check_agreement(&code.key).map_err(|_| PairingError::Foreign)?;
        Ok(code)
    }
}

/// The letters and digits of a code, upper case.
fn normalized(text: &str) -> Result<Zeroizing<String>, PairingError> {
    let text = text.trim();
    let text = match text.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        Some(_) | None => text,
    };
    let mut characters = Zeroizing::new(String::with_capacity(TEXT_CHARACTERS_MAX));
    for character in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        if !character.is_ascii_alphanumeric() || characters.len() == TEXT_CHARACTERS_MAX {
            return Err(PairingError::Foreign);
        }
        characters.push(character.to_ascii_uppercase());
    }
    Ok(characters)
}

/// The version that the first two characters tell.
fn version(text: &str) -> Result<u8, PairingError> {
    let value = |character: u8| match character {
        b'A'..=b'Z' => Ok(character - b'A'),
        b'2'..=b'7' => Ok(character - b'2' + 26),
        _ => Err(PairingError::Foreign),
    };
    match text.as_bytes() {
        [high, low, ..] => Ok((value(*high)? << 3) | (value(*low)? >> 2)),
        short => Err(PairingError::Truncated {
            characters: short.len(),
        }),
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    prefix(Domain::InviteChecksum.hash(&[bytes]))
}

fn person_prefix(person: PersonId) -> [u8; PERSON_BYTES] {
    prefix(*person.as_bytes())
}

fn transport_hint(transport: TransportId) -> [u8; HINT_BYTES] {
    prefix(Domain::TransportHint.hash(&[transport.as_bytes()]))
}

#[cfg(test)]
mod tests;
