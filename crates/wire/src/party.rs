//! Who stands at the ends of a wire: roles, keys, names and addresses.

use crate::bytes::{Fields, hex, put_short_text};
use sha2::{Digest, Sha256};
use std::fmt;

/// Longest `host:port` in bytes.
pub const ADDRESS_BYTES_MAX: usize = 100;
/// Longest name of an organization in bytes.
pub const NAME_BYTES_MAX: usize = 120;
/// Most addresses that an invitation or introduction names.
pub const ADDRESSES_MAX: usize = 4;

/// What an organization is in a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Pays claims.
    Payer,
    /// Delivers care.
    Provider,
}

impl Role {
    /// The byte that stands for the role: 1 payer, 2 provider.
    #[must_use]
    pub fn sign(self) -> u8 {
        match self {
            Role::Payer => 1,
            Role::Provider => 2,
        }
    }

    /// The role of a byte.
    #[must_use]
    pub fn from_sign(sign: u8) -> Option<Role> {
        match sign {
            1 => Some(Role::Payer),
            2 => Some(Role::Provider),
            _ => None,
        }
    }

    /// The role of the other side.
    #[must_use]
    pub fn other(self) -> Role {
        match self {
            Role::Payer => Role::Provider,
            Role::Provider => Role::Payer,
        }
    }

    /// `payer` or `provider`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Payer => "payer",
            Role::Provider => "provider",
        }
    }
}

macro_rules! bytes_32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            /// 64 hexadecimal digits.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({}...)", stringify!($name), self.short())
            }
        }

        impl $name {
            /// The first eight hexadecimal digits, for logs and tables.
            #[must_use]
            pub fn short(&self) -> String {
                hex(&self.0[..4])
            }
        }
    };
}

bytes_32! {
    /// SHA-256 of a TLS key's SubjectPublicKeyInfo in DER: by this a node is known.
    Pin
}
bytes_32! {
    /// An organization's public signing key (Ed25519); opaque to the wire.
    OrganizationKey
}
bytes_32! {
    /// The identifier of a relationship, which both sides hold; opaque to the wire.
    RelationshipId
}

impl Pin {
    /// The pin of a SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn of_public_key(subject_public_key_info: &[u8]) -> Pin {
        Pin(Sha256::digest(subject_public_key_info).into())
    }
}

/// Why a name or an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartyError {
    /// Empty, too long, with blanks at its ends, or with characters that do not print.
    #[error(
        "the name must have 1 to {NAME_BYTES_MAX} bytes of printable text without blanks at its \
         ends"
    )]
    Name,
    /// Not `host:port`.
    #[error(
        "'{0}' is not host:port with a host name, an IPv4 address or an IPv6 address in brackets, \
         and a port from 1 to 65535; at most {ADDRESS_BYTES_MAX} bytes"
    )]
    Address(String),
    /// More than four.
    #[error("at most {ADDRESSES_MAX} addresses can be named")]
    TooManyAddresses,
}

/// An organization's name as people read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyName(String);

impl PartyName {
    /// Takes a name over.
    ///
    /// # Errors
    /// When it is empty, too long, or holds control or text-direction characters, with which one
    /// name could be made to look like another.
    pub fn parse(name: &str) -> Result<PartyName, PartyError> {
        let is_hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
                || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        let fits = !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.trim() == name;
        if !fits || name.chars().any(is_hidden) {
            return Err(PartyError::Name);
        }
        Ok(PartyName(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a node can be dialed: `host:port`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

impl Address {
    /// Takes an address over; the host is not looked up.
    ///
    /// # Errors
    /// When it is not of the form `host:port`.
    pub fn parse(text: &str) -> Result<Address, PartyError> {
        let refused = || PartyError::Address(text.chars().take(ADDRESS_BYTES_MAX).collect());
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let port_fits = !port.starts_with(['+', '0']) && port.parse::<u16>().is_ok();
        let host_fits = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty()
                    && !host.starts_with(['-', '.'])
                    && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            }
        };
        if text.len() > ADDRESS_BYTES_MAX || !port_fits || !host_fits {
            return Err(refused());
        }
        Ok(Address(text.to_owned()))
    }

    /// `host:port`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a side says of itself when two nodes are paired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// What it is in this relationship.
    pub role: Role,
    /// Its signing key.
    pub organization_key: OrganizationKey,
    /// Its name.
    pub name: PartyName,
    /// Where it can be dialed; none when it can only dial.
    pub addresses: Vec<Address>,
}

impl Introduction {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.push(self.role.sign());
        out.extend_from_slice(&self.organization_key.0);
        put_short_text(out, self.name.as_str());
        put_addresses(out, &self.addresses);
    }

    pub(crate) fn take(fields: &mut Fields<'_>) -> Option<Introduction> {
        let role = Role::from_sign(fields.u8()?)?;
        let organization_key = OrganizationKey(fields.array()?);
        let name = PartyName::parse(fields.short_text()?).ok()?;
        let addresses = take_addresses(fields)?;
        Some(Introduction { role, organization_key, name, addresses })
    }
}

pub(crate) fn put_addresses(out: &mut Vec<u8>, addresses: &[Address]) {
    let named = addresses.iter().take(ADDRESSES_MAX);
    out.push(u8::try_from(named.len()).unwrap_or_default());
    named.for_each(|address| put_short_text(out, address.as_str()));
}

pub(crate) fn take_addresses(fields: &mut Fields<'_>) -> Option<Vec<Address>> {
    let count = usize::from(fields.u8()?);
    if count > ADDRESSES_MAX {
        return None;
    }
    (0..count).map(|_| Address::parse(fields.short_text()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_host_and_port() {
        let check = |text: &str, fits: bool| {
            assert_eq!(Address::parse(text).is_ok(), fits, "{text}");
        };
        check("payer.example:7443", true);
        check("127.0.0.1:1", true);
        check("[::1]:65535", true);
        check("localhost", false);
        check("localhost:0", false);
        check("localhost:65536", false);
        check("localhost:+1", false);
        check("::1:7443", false);
        check("[::g]:7443", false);
        check("pay er:7443", false);
        check("https://payer.example:7443", false);
        check(&format!("{}:1", "a".repeat(99)), false);
        check(":7443", false);
        check("", false);
    }

    #[test]
    fn names_cannot_hide_what_they_are() {
        assert!(PartyName::parse("Hôpital Saint-Luc & Söhne").is_ok());
        for name in ["", " A", "A ", "A\nB", "A\u{202e}B", "A\u{200b}B", "\u{feff}A"] {
            assert_eq!(PartyName::parse(name), Err(PartyError::Name), "{name:?}");
        }
        assert_eq!(PartyName::parse(&"n".repeat(121)), Err(PartyError::Name));
    }

    #[test]
    fn a_pin_is_the_digest_of_the_public_key_information() {
        let pin = Pin::of_public_key(b"abc");
        assert!(pin.to_string().starts_with("ba7816bf8f01cfea"));
        assert_eq!(format!("{pin:?}"), "Pin(ba7816bf...)");
    }
}
