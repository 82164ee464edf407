//! Events that a dishonest author signs with its own key, made outside the engine.

use counterfoil_twin::Event;
use ed25519_dalek::{Signer, SigningKey};

/// The bytes of an event with a signature of this key, whatever it says (section 3 of the twin
/// record: the signature is over a prefix and the header).
#[must_use]
pub fn signed(event: &Event, seed: &[u8; 32]) -> Vec<u8> {
    let mut bytes = event.encode();
    bytes.truncate(bytes.len() - 64);
    let mut message = b"counterfoil/twin/event/1\0".to_vec();
    message.extend_from_slice(&bytes);
    bytes.extend_from_slice(&SigningKey::from_bytes(seed).sign(&message).to_bytes());
    bytes
}
