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

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, date_time_ymd};
    use rustls::HandshakeKind;
    use rustls::client::ClientConnection;
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::server::ServerConnection;
    use rustls::sign::{CertifiedKey, SingleCertAndKey};

    type Ends = (ClientConnection, ServerConnection);

    /// A handshake in memory: both ends when they are done, or the first error.
    fn shake(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Result<Ends, Error> {
        let mut client = ClientConnection::new(Arc::clone(client), no_name())?;
        let mut server = ServerConnection::new(Arc::clone(server))?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut bytes = Vec::new();
            client.write_tls(&mut bytes).expect("a vector takes bytes");
            server.read_tls(&mut &bytes[..]).expect("a slice gives bytes");
            server.process_new_packets()?;
            let mut bytes = Vec::new();
            server.write_tls(&mut bytes).expect("a vector takes bytes");
            client.read_tls(&mut &bytes[..]).expect("a slice gives bytes");
            client.process_new_packets()?;
        }
        Ok((client, server))
    }

    fn identity() -> Identity {
        Identity::generate().expect("a key")
    }

    fn only(pin: Pin) -> Box<Accepts> {
        Box::new(move |seen| *seen == pin)
    }

    fn anyone() -> Box<Accepts> {
        Box::new(|_| true)
    }

    /// A listening side with a certificate and a key of the test's choice.
    fn server_with(certificate: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing = ring::sign::any_supported_type(&der).expect("a key for signing");
        let pair = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], signing));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_client_cert_verifier(pinned(anyone()))
            .with_cert_resolver(Arc::new(pair));
        config.alpn_protocols = vec![ALPN_LINK.to_vec()];
        Arc::new(config)
    }

    #[test]
    fn pinned_keys_meet_in_full_handshakes_only() {
        let (near, far) = (identity(), identity());
        let client = dialing(&near, ALPN_LINK, only(far.pin())).expect("a configuration");
        let server = listening(&far, ALPN_LINK, only(near.pin())).expect("a configuration");
        for _ in 0..3 {
            let (client, server) = shake(&client, &server).expect("they know each other");
            assert_eq!(client.handshake_kind(), Some(HandshakeKind::Full));
            let version = server.protocol_version();
            assert_eq!(version, Some(rustls::ProtocolVersion::TLSv1_3));
            assert_eq!(peer_pin(server.peer_certificates()), Ok(near.pin()));
            assert_eq!(peer_pin(client.peer_certificates()), Ok(far.pin()));
            assert_eq!(exporter(&client), exporter(&server));
        }
    }

    #[test]
    fn others_are_refused() {
        let (near, far, other) = (identity(), identity(), identity());
        let check = |client: &Arc<ClientConfig>, server: &Arc<ServerConfig>, expected: &str| {
            let error = shake(client, server).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        };
        let client = |pin| dialing(&near, ALPN_LINK, only(pin)).expect("a configuration");
        let server = |pin| listening(&far, ALPN_LINK, only(pin)).expect("a configuration");
        check(&client(other.pin()), &server(near.pin()), "NotPinned");
        check(&client(far.pin()), &server(other.pin()), "NotPinned");
        let pairing = dialing(&near, ALPN_PAIR, anyone()).expect("a configuration");
        check(&pairing, &server(near.pin()), "known protocol");
        // No certificate at all.
        let mut nobody = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(pinned(anyone()))
            .with_no_client_auth();
        nobody.alpn_protocols = vec![ALPN_LINK.to_vec()];
        check(&Arc::new(nobody), &server(near.pin()), "sent no certificates");
    }

    #[test]
    fn who_copies_a_certificate_does_not_hold_its_key() {
        let (near, far) = (identity(), identity());
        let thief = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let server = server_with(far.certificate(), &thief);
        let client = dialing(&near, ALPN_LINK, only(far.pin())).expect("a configuration");
        let error = shake(&client, &server).expect_err("the signature does not fit");
        assert_eq!(error, Error::InvalidCertificate(CertificateError::BadSignature));
    }

    #[test]
    fn dates_and_names_do_not_count_and_other_kinds_of_keys_are_refused() {
        let near = identity();
        let old = |key: &KeyPair| {
            let mut params =
                CertificateParams::new(vec!["other.example".to_owned()]).expect("fits");
            params.not_before = date_time_ymd(1990, 1, 1);
            params.not_after = date_time_ymd(1991, 1, 1);
            params.self_signed(key).expect("signed").der().clone()
        };
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let certificate = old(&key);
        let pin = pin_of(&certificate).expect("a certificate");
        let client = dialing(&near, ALPN_LINK, only(pin)).expect("a configuration");
        assert!(shake(&client, &server_with(certificate, &key)).is_ok());
        let curve = KeyPair::generate().expect("a P-256 key");
        let certificate = old(&curve);
        let pin = pin_of(&certificate).expect("a certificate");
        let client = dialing(&near, ALPN_LINK, only(pin)).expect("a configuration");
        assert!(shake(&client, &server_with(certificate, &curve)).is_err());
    }
}
