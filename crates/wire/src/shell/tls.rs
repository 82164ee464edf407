//! TLS 1.3 with pinned keys: who is accepted, and what a failed handshake means in plain words.

use crate::party::Pin;
use crate::problem::Problem;
use crate::shell::identity::{Identity, IdentityError};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, ServerConfig};
use rustls::{
    AlertDescription, CertificateError, DigitallySignedStruct, DistinguishedName, Error,
    OtherError, PeerIncompatible, SignatureScheme,
};
use std::fmt;
use std::io;
use std::sync::Arc;

/// ALPN of paired nodes (RFC 7301).
pub(crate) const ALPN_LINK: &[u8] = b"counterfoil-link/1";
/// ALPN of pairing.
pub(crate) const ALPN_PAIR: &[u8] = b"counterfoil-pair/1";
/// Label of the TLS exporter that binds proofs to a session (RFC 5705).
const EXPORTER_LABEL: &[u8] = b"EXPORTER-counterfoil-pairing-1";

/// The presented key is not one that is accepted.
#[derive(Debug, thiserror::Error)]
#[error("the key {0} is not accepted")]
struct NotPinned(Pin);

/// The pin of a certificate's key.
pub(crate) fn pin_of(certificate: &CertificateDer<'_>) -> Result<Pin, Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    Ok(Pin::of_public_key(parsed.subject_public_key_info().as_ref()))
}

/// Says whether a key is accepted.
pub(crate) type Accepts = dyn Fn(&Pin) -> bool + Send + Sync;

/// Accepts a certificate by its key alone: no issuer, no name, no date.
struct Pinned {
    accepts: Box<Accepts>,
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinned")
    }
}

impl Pinned {
    fn verify(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        let pin = pin_of(certificate)?;
        if (self.accepts)(&pin) {
            return Ok(());
        }
        let refusal = OtherError(Arc::new(NotPinned(pin)));
        Err(Error::InvalidCertificate(CertificateError::Other(refusal)))
    }

    fn verify_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if signature.scheme != SignatureScheme::ED25519 {
            return Err(CertificateError::BadSignature.into());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }
}

fn no_tls12() -> Error {
    Error::PeerIncompatible(PeerIncompatible::Tls12NotOfferedOrEnabled)
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify(end_entity).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.verify(end_entity).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

fn pinned(accepts: Box<Accepts>) -> Arc<Pinned> {
    Arc::new(Pinned { accepts, provider: Arc::new(ring::default_provider()) })
}

/// The dialing side's configuration: accepts the listening side's key by `accepts`.
pub(crate) fn dialing(
    identity: &Identity,
    alpn: &[u8],
    accepts: Box<Accepts>,
) -> Result<Arc<ClientConfig>, IdentityError> {
    let refused = |error: Error| IdentityError::Generate(error.to_string());
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(refused)?
        .dangerous()
        .with_custom_certificate_verifier(pinned(accepts))
        .with_client_auth_cert(vec![identity.certificate()], identity.tls_key())
        .map_err(refused)?;
    config.alpn_protocols = vec![alpn.to_vec()];
    config.enable_sni = false;
    config.enable_early_data = false;
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// The listening side's configuration: requires a certificate whose key `accepts` takes.
pub(crate) fn listening(
    identity: &Identity,
    alpn: &[u8],
    accepts: Box<Accepts>,
) -> Result<Arc<ServerConfig>, IdentityError> {
    let refused = |error: Error| IdentityError::Generate(error.to_string());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(refused)?
        .with_client_cert_verifier(pinned(accepts))
        .with_single_cert(vec![identity.certificate()], identity.tls_key())
        .map_err(refused)?;
    config.alpn_protocols = vec![alpn.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

/// A name that TLS wants of the dialing side; it is neither sent nor looked at.
pub(crate) fn no_name() -> ServerName<'static> {
    ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into())
}

/// The pin of the other side of a finished handshake.
pub(crate) fn peer_pin(certificates: Option<&[CertificateDer<'_>]>) -> Result<Pin, Problem> {
    let first = certificates.and_then(<[_]>::first);
    first
        .and_then(|certificate| pin_of(certificate).ok())
        .ok_or_else(|| Problem::NotANode { cause: "it presented no certificate".to_owned() })
}

/// 32 bytes that both sides of this TLS session know and nobody else.
pub(crate) fn exporter<D>(connection: &rustls::ConnectionCommon<D>) -> Result<[u8; 32], Problem> {
    connection
        .export_keying_material([0; 32], EXPORTER_LABEL, Some(b""))
        .map_err(|error| Problem::NotANode { cause: error.to_string() })
}

/// What a failed handshake or a lost stream means.
pub(crate) fn problem_of(error: &io::Error) -> Problem {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidCertificate(CertificateError::Other(OtherError(other)))) => {
            match other.downcast_ref::<NotPinned>() {
                Some(NotPinned(presented)) => Problem::WrongKey { presented: *presented },
                None => Problem::NotANode { cause: other.to_string() },
            }
        }
        Some(Error::AlertReceived(AlertDescription::CertificateUnknown)) => Problem::KeyRefused,
        Some(Error::AlertReceived(alert)) => {
            Problem::NotANode { cause: format!("it answered with the TLS alert {alert:?}") }
        }
        Some(other) => Problem::NotANode { cause: other.to_string() },
        None => Problem::Lost { cause: cause_of(error) },
    }
}

/// What the system said, without addresses or other details.
pub(crate) fn cause_of(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the other side or the network cut it off".to_owned(),
        kind => kind.to_string(),
    }
}
