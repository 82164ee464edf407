//! A node's TLS key and the certificate that it signs itself.

use crate::party::Pin;
use crate::shell::tls;
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::fmt;
use zeroize::Zeroizing;

/// Why there is no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The kept bytes are no Ed25519 key in PKCS#8.
    #[error(
        "the node's TLS key cannot be read; restore it from a backup, or make a new key and \
             pair again with every peer"
    )]
    Key,
    /// The system's source of random numbers failed.
    #[error("no TLS key can be made: {0}")]
    Generate(String),
}

/// A node's TLS identity. The certificate is made from the key at each start: peers look at the
/// key alone.
#[derive(Clone)]
pub struct Identity {
    key: Zeroizing<Vec<u8>>,
    certificate: CertificateDer<'static>,
    pin: Pin,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("pin", &self.pin).finish_non_exhaustive()
    }
}

impl Identity {
    /// Makes a new Ed25519 key from the operating system's chance.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate() -> Result<Identity, IdentityError> {
        let pair = KeyPair::generate_for(&PKCS_ED25519)
            .map_err(|error| IdentityError::Generate(error.to_string()))?;
        Identity::of_pair(&pair)
    }

    /// Takes over a key that was kept.
    ///
    /// # Errors
    /// When the bytes are no Ed25519 key in PKCS#8.
    pub fn from_private_key(pkcs8: &[u8]) -> Result<Identity, IdentityError> {
        let pair = KeyPair::try_from(pkcs8).map_err(|_| IdentityError::Key)?;
        if !pair.is_compatible(&PKCS_ED25519) {
            return Err(IdentityError::Key);
        }
        Identity::of_pair(&pair)
    }

    fn of_pair(pair: &KeyPair) -> Result<Identity, IdentityError> {
        let refused = |error: rcgen::Error| IdentityError::Generate(error.to_string());
        // The name says what the certificate is for; nobody looks at it.
        let params = CertificateParams::new(vec!["counterfoil.invalid".to_owned()]);
        let certificate = params.and_then(|p| p.self_signed(pair)).map_err(refused)?;
        let certificate = certificate.der().clone();
        let pin = tls::pin_of(&certificate).map_err(|_| IdentityError::Key)?;
        Ok(Identity { key: Zeroizing::new(pair.serialize_der()), certificate, pin })
    }

    /// The private key in PKCS#8, for the caller to keep where nobody else reads.
    #[must_use]
    pub fn private_key(&self) -> &[u8] {
        &self.key
    }

    /// By this pin peers know the node.
    #[must_use]
    pub fn pin(&self) -> Pin {
        self.pin
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    pub(crate) fn tls_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_key_gives_the_same_pin() {
        let identity = Identity::generate().expect("a key");
        let again = Identity::from_private_key(identity.private_key()).expect("the same key");
        assert_eq!(identity.pin(), again.pin());
        assert_ne!(identity.pin(), Identity::generate().expect("a key").pin());
        assert_eq!(Identity::from_private_key(b"x").err(), Some(IdentityError::Key));
        let curve = KeyPair::generate().expect("a P-256 key").serialize_der();
        assert_eq!(Identity::from_private_key(&curve).err(), Some(IdentityError::Key));
        assert!(!format!("{identity:?}").contains("key"));
    }
}
