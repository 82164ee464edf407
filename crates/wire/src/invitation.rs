//! The invitation code that one organization gives another: what it holds, and its text.

use crate::bytes::Fields;
use crate::party::{Address, Pin, put_addresses, take_addresses};
use crate::symbols::{self, SymbolError};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroize;

/// The version of the code's layout (docs/reference/wire.md, section 6).
const VERSION: u8 = 1;
const CHECKSUM_LABEL: &[u8] = b"counterfoil/wire/invitation/1\0";
const CHECKSUM_BYTES: usize = 4;

/// The one-time secret of an invitation; it does not print and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 16]);

impl Secret {
    /// Takes over 16 bytes from a source of chance that nobody can guess.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Secret {
        Secret(bytes)
    }

    /// The bytes, for the keeper of invitations and for proofs.
    #[must_use]
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What an invitation code says. Whoever holds the code can pair with its node once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The name of the code at the inviting node.
    pub number: u32,
    /// Seconds since 1970-01-01T00:00:00Z from which on the code is refused.
    pub expires_at_seconds: u32,
    /// The inviting node's pin.
    pub pin: Pin,
    /// What both sides prove to know.
    pub secret: Secret,
    /// Where the inviting node can be dialed, 1 to 4.
    pub addresses: Vec<Address>,
}

/// Why a text is not an invitation code. A mistyped code is told from a wrong one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvitationError {
    /// A character that codes do not have.
    #[error(
        "the code is mistyped: '{character}' in group {group} is no symbol of a code; compare \
         that group with the original"
    )]
    Character {
        /// Group, counted from 1.
        group: usize,
        /// The character.
        character: char,
    },
    /// A group whose check symbol does not fit.
    #[error("the code is mistyped in group {group}: compare that group with the original")]
    Group {
        /// Group, counted from 1.
        group: usize,
    },
    /// Too few or too many symbols.
    #[error(
        "the code is not complete: it has {symbols} symbols, and groups have six; copy it again, \
         from its first group to its last"
    )]
    Incomplete {
        /// Symbols found.
        symbols: usize,
    },
    /// All groups are right for themselves, but not together.
    #[error("the code's checksum does not fit: a group is missing or belongs to another code")]
    Checksum,
    /// Made by another version of the program.
    #[error("the code has version {0}; this program reads version 1: update the older node")]
    Version(u8),
    /// The checksum fits and the fields do not: not made by this program.
    #[error("the code's fields are not in order; ask for a new code")]
    Fields,
}

impl Invitation {
    /// The code as groups of six symbols joined by hyphens.
    #[must_use]
    pub fn to_code(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&self.expires_at_seconds.to_be_bytes());
        bytes.extend_from_slice(&self.pin.0);
        bytes.extend_from_slice(self.secret.expose());
        put_addresses(&mut bytes, &self.addresses);
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        let code = symbols::write(&bytes);
        bytes.zeroize();
        code
    }

    /// Reads a code; blanks, hyphens and lower case do not matter.
    ///
    /// # Errors
    /// Tells what is mistyped and where, or that the code is of another version.
    pub fn parse(code: &str) -> Result<Invitation, InvitationError> {
        let bytes = symbols::read(code).map_err(|error| match error {
            SymbolError::Character { group, character } => {
                InvitationError::Character { group, character }
            }
            SymbolError::Group { group } => InvitationError::Group { group },
            SymbolError::Incomplete { symbols } => InvitationError::Incomplete { symbols },
        })?;
        let body = checked_body(&bytes).ok_or(InvitationError::Checksum)?;
        let invitation = match body.first() {
            Some(&VERSION) => read_body(body).ok_or(InvitationError::Fields)?,
            Some(version) => return Err(InvitationError::Version(*version)),
            None => return Err(InvitationError::Fields),
        };
        Ok(invitation)
    }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = Sha256::new().chain_update(CHECKSUM_LABEL).chain_update(body).finalize();
    let mut first = [0; CHECKSUM_BYTES];
    first.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    first
}

/// The bytes before a checksum that fits. Padding of the last group reads as up to three more
/// bytes of zeros, which are no part of the code.
fn checked_body(bytes: &[u8]) -> Option<&[u8]> {
    (0..=3).find_map(|padding| {
        let (coded, zeros) = bytes.split_at_checked(bytes.len().checked_sub(padding)?)?;
        let (body, sum) = coded.split_at_checked(coded.len().checked_sub(CHECKSUM_BYTES)?)?;
        let is_padding = zeros.iter().all(|byte| *byte == 0);
        let is_shortest = symbols::read(&symbols::write(coded)).is_ok_and(|read| read == bytes);
        (is_padding && checksum(body) == sum && is_shortest).then_some(body)
    })
}

fn read_body(body: &[u8]) -> Option<Invitation> {
    let mut fields = Fields::new(body);
    fields.u8()?;
    let invitation = Invitation {
        number: fields.u32()?,
        expires_at_seconds: fields.u32()?,
        pin: Pin(fields.array()?),
        secret: Secret::new(fields.array()?),
        addresses: take_addresses(&mut fields)?,
    };
    let has_address = !invitation.addresses.is_empty();
    fields.end(invitation).filter(|_| has_address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn example() -> Invitation {
        Invitation {
            number: 7,
            expires_at_seconds: 1_798_070_400,
            pin: Pin([0x11; 32]),
            secret: Secret::new([0x22; 16]),
            addresses: vec![Address::parse("payer.example:7443").expect("an address")],
        }
    }

    #[test]
    fn the_example_of_the_page_is_what_is_written() {
        let page = include_str!("../../../docs/reference/wire.md");
        let listed = page.split("```code\n").nth(1).and_then(|rest| rest.split("```").next());
        let listed: String = listed.expect("the page has an example").replace('\n', "");
        assert_eq!(listed, example().to_code());
        assert_eq!(Invitation::parse(&listed), Ok(example()));
    }

    #[test]
    fn a_typo_is_told_from_a_wrong_code() {
        let code = example().to_code();
        let mut groups: Vec<&str> = code.split('-').collect();
        groups[3] = "AAAAAA";
        let text = groups.join("-");
        let error = Invitation::parse(&text).expect_err("mistyped");
        assert_eq!(
            error.to_string(),
            "the code is mistyped in group 4: compare that group with the original"
        );
        assert!(matches!(Invitation::parse(""), Err(InvitationError::Incomplete { symbols: 0 })));
        assert!(matches!(
            Invitation::parse("ABC#EF"),
            Err(InvitationError::Character { group: 1, character: '#' })
        ));
        let short = &code[..code.len() - 7];
        assert_eq!(Invitation::parse(short), Err(InvitationError::Checksum));
    }

    #[test]
    fn another_version_is_told() {
        let mut body = vec![9, 1, 2, 3];
        let sum = checksum(&body);
        body.extend_from_slice(&sum);
        let code = symbols::write(&body);
        assert_eq!(Invitation::parse(&code), Err(InvitationError::Version(9)));
        let mut body = vec![1, 2, 3];
        let sum = checksum(&body);
        body.extend_from_slice(&sum);
        assert_eq!(Invitation::parse(&symbols::write(&body)), Err(InvitationError::Fields));
    }

    #[test]
    fn a_secret_does_not_print() {
        assert!(format!("{:?}", example()).contains("secret: [secret]"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            number: u32,
            expires_at_seconds: u32,
            pin: [u8; 32],
            secret: [u8; 16],
            ports in proptest::collection::vec(1u16.., 1..=4),
        ) {
            let texts = ports.iter().map(|port| format!("h{port}.example:{port}"));
            let addresses = texts.map(|text| Address::parse(&text)).collect::<Result<_, _>>();
            let addresses = addresses.expect("addresses");
            let (pin, secret) = (Pin(pin), Secret::new(secret));
            let invitation = Invitation { number, expires_at_seconds, pin, secret, addresses };
            prop_assert_eq!(Invitation::parse(&invitation.to_code()), Ok(invitation));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9A-Za-z -]{0,200}") {
            let _ = Invitation::parse(&text);
        }
    }
}
