//! Pairing as a pure exchange of five messages (docs/reference/wire.md, section 7).
//!
//! [`Joiner`] and [`Inviter`] take messages and give messages; who carries them, keeps codes and
//! knows the time is not their business.

use crate::bytes::Fields;
use crate::invitation::{Invitation, Secret};
use crate::invitations::StoredInvitation;
use crate::party::{Introduction, Pin, Role};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt;

const PROOF_LABEL: &[u8] = b"counterfoil/wire/pairing/1\0";
const FINGERPRINT_LABEL: &[u8] = b"counterfoil/wire/fingerprint/1\0";

/// Why the inviting side refuses, as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairingRefusal {
    /// No code of this number.
    #[error(
        "the inviting node has no such code: it was withdrawn, or made for another node; ask for \
         a new code"
    )]
    Unknown,
    /// The proof does not fit the secret of the code.
    #[error("the proof of the code was wrong; ask for a new code")]
    WrongProof,
    /// The code's time is over.
    #[error("the code has expired; ask for a new code")]
    Expired,
    /// Another node has used it.
    #[error(
        "the code was used by another node; if nobody of yours did, tell the inviting side at \
         once; ask for a new code"
    )]
    Used,
    /// Five wrong proofs.
    #[error("the code was tried five times with a wrong proof and is void; ask for a new code")]
    Spent,
    /// Payer with payer, or provider with provider.
    #[error("both sides have the same role; a payer pairs with a provider")]
    SameRole,
    /// The inviting node's disk or database does not take it.
    #[error("the inviting node cannot keep the pairing now; try the same code again later")]
    NotKept,
}

impl PairingRefusal {
    const ALL: [PairingRefusal; 7] = [
        PairingRefusal::Unknown,
        PairingRefusal::WrongProof,
        PairingRefusal::Expired,
        PairingRefusal::Used,
        PairingRefusal::Spent,
        PairingRefusal::SameRole,
        PairingRefusal::NotKept,
    ];

    fn code(self) -> u8 {
        (1..).zip(PairingRefusal::ALL).find(|(_, one)| *one == self).map_or(0, |(code, _)| code)
    }

    fn from_code(code: u8) -> Option<PairingRefusal> {
        PairingRefusal::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

/// A message of the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairingMessage {
    /// From the joining side: which code, who joins, proof 1.
    Join {
        /// Number of the code.
        number: u32,
        /// Who joins.
        introduction: Introduction,
        /// Proof 1.
        proof: [u8; 32],
    },
    /// From the inviting side: who invites, the nonce of the relationship, proof 2.
    Answer {
        /// Who invites.
        introduction: Introduction,
        /// Nonce of the relationship.
        nonce: [u8; 32],
        /// Proof 2.
        proof: [u8; 32],
    },
    /// From the joining side: proof 3.
    Confirm {
        /// Proof 3.
        proof: [u8; 32],
    },
    /// From the inviting side: the pairing is kept.
    Done,
    /// From the inviting side: no pairing.
    Refused(PairingRefusal),
}

impl PairingMessage {
    /// The bytes of a control frame.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        match self {
            PairingMessage::Join { number, introduction, proof } => {
                out.push(0x10);
                out.extend_from_slice(&number.to_be_bytes());
                introduction.put(&mut out);
                out.extend_from_slice(proof);
            }
            PairingMessage::Answer { introduction, nonce, proof } => {
                out.push(0x11);
                introduction.put(&mut out);
                out.extend_from_slice(nonce);
                out.extend_from_slice(proof);
            }
            PairingMessage::Confirm { proof } => {
                out.push(0x12);
                out.extend_from_slice(proof);
            }
            PairingMessage::Done => out.push(0x13),
            PairingMessage::Refused(refusal) => out.extend([0x14, refusal.code()]),
        }
        out
    }

    /// Reads the bytes of a control frame; `None` when they are no message of pairing.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<PairingMessage> {
        let mut fields = Fields::new(bytes);
        let message = match fields.u8()? {
            0x10 => PairingMessage::Join {
                number: fields.u32()?,
                introduction: Introduction::take(&mut fields)?,
                proof: fields.array()?,
            },
            0x11 => PairingMessage::Answer {
                introduction: Introduction::take(&mut fields)?,
                nonce: fields.array()?,
                proof: fields.array()?,
            },
            0x12 => PairingMessage::Confirm { proof: fields.array()? },
            0x13 => PairingMessage::Done,
            0x14 => PairingMessage::Refused(PairingRefusal::from_code(fields.u8()?)?),
            _ => return None,
        };
        fields.end(message)
    }
}

/// What ties proofs to one TLS session and its two keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// 32 bytes of the TLS exporter.
    pub exporter: [u8; 32],
    /// Pin of the inviting node.
    pub inviter_pin: Pin,
    /// Pin of the joining node.
    pub joiner_pin: Pin,
}

impl Binding {
    fn mac(&self, secret: &Secret, number: u32, joiner: &Introduction, part: &Part<'_>) -> Proof {
        // HMAC takes keys of any length (RFC 2104, section 3); the error type is of other MACs.
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.expose())
            .expect("HMAC takes a key of any length");
        mac.update(PROOF_LABEL);
        mac.update(&[part.number()]);
        mac.update(&self.exporter);
        mac.update(&self.inviter_pin.0);
        mac.update(&self.joiner_pin.0);
        mac.update(&number.to_be_bytes());
        let mut introductions = Vec::with_capacity(256);
        joiner.put(&mut introductions);
        if let Part::Two(inviter, nonce) | Part::Three(inviter, nonce) = part {
            inviter.put(&mut introductions);
            introductions.extend_from_slice(*nonce);
        }
        mac.update(&introductions);
        Proof(mac)
    }
}

enum Part<'p> {
    One,
    Two(&'p Introduction, &'p [u8; 32]),
    Three(&'p Introduction, &'p [u8; 32]),
}

impl Part<'_> {
    fn number(&self) -> u8 {
        match self {
            Part::One => 1,
            Part::Two(..) => 2,
            Part::Three(..) => 3,
        }
    }
}

struct Proof(Hmac<Sha256>);

impl Proof {
    fn bytes(self) -> [u8; 32] {
        self.0.finalize().into_bytes().into()
    }

    /// Compares in constant time.
    fn fits(self, proof: &[u8; 32]) -> bool {
        self.0.verify_slice(proof).is_ok()
    }
}

/// Twenty digits that two people compare by voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What each side keeps when two nodes are paired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// Number of the code that was used.
    pub number: u32,
    /// What this side said of itself.
    pub ours: Introduction,
    /// What the other side said of itself.
    pub peer: Introduction,
    /// This side's pin at the time.
    pub our_pin: Pin,
    /// The other side's pin, by which it is known from now on.
    pub peer_pin: Pin,
    /// The nonce of the relationship, the same on both sides.
    pub nonce: [u8; 32],
}

impl Pairing {
    /// The digits that both sides show.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut sides = [(&self.ours, &self.our_pin), (&self.peer, &self.peer_pin)];
        if self.ours.role == Role::Provider {
            sides.reverse();
        }
        let [(payer, payer_pin), (provider, provider_pin)] = sides;
        let digest = Sha256::new()
            .chain_update(FINGERPRINT_LABEL)
            .chain_update(payer.organization_key.0)
            .chain_update(provider.organization_key.0)
            .chain_update(payer_pin.0)
            .chain_update(provider_pin.0)
            .chain_update(self.nonce)
            .finalize();
        let number =
            digest.iter().take(16).fold(0u128, |number, byte| (number << 8) | u128::from(*byte));
        let digits = format!("{:020}", number % 10u128.pow(20));
        let mut groups = String::with_capacity(24);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                groups.push(' ');
            }
            groups.push(digit);
        }
        Fingerprint(groups)
    }
}

/// Why the joining side does not end with a pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// The inviting side said no.
    #[error("{0}")]
    Refused(PairingRefusal),
    /// A message that does not belong here.
    #[error("the inviting node answered out of order; nothing was kept")]
    Order,
    /// The inviting side does not know the secret.
    #[error(
        "the inviting node could not prove that it made the code; nothing was kept: do not use \
         this code again and tell the inviting side"
    )]
    WrongProof,
    /// Payer with payer, or provider with provider.
    #[error("both sides have the same role; a payer pairs with a provider")]
    SameRole,
}

/// The joining side of the exchange.
#[derive(Clone, Debug)]
pub struct Joiner {
    secret: Secret,
    number: u32,
    binding: Binding,
    ours: Introduction,
    answered: Option<(Introduction, [u8; 32])>,
}

impl Joiner {
    /// Begins: the message to send first.
    #[must_use]
    pub fn begin(
        invitation: &Invitation,
        binding: Binding,
        ours: Introduction,
    ) -> (Joiner, PairingMessage) {
        let Invitation { secret, number, .. } = invitation.clone();
        let proof = binding.mac(&secret, number, &ours, &Part::One).bytes();
        let message = PairingMessage::Join { number, introduction: ours.clone(), proof };
        (Joiner { secret, number, binding, ours, answered: None }, message)
    }

    /// Takes the answer and gives the confirmation.
    ///
    /// # Errors
    /// When the other side refuses, is out of order, or does not know the secret.
    pub fn answer(&mut self, message: PairingMessage) -> Result<PairingMessage, JoinError> {
        let (theirs, nonce, proof) = match message {
            PairingMessage::Answer { introduction, nonce, proof } => (introduction, nonce, proof),
            PairingMessage::Refused(refusal) => return Err(JoinError::Refused(refusal)),
            _ => return Err(JoinError::Order),
        };
        let (secret, number, ours) = (&self.secret, self.number, &self.ours);
        if !self.binding.mac(secret, number, ours, &Part::Two(&theirs, &nonce)).fits(&proof) {
            return Err(JoinError::WrongProof);
        }
        if theirs.role == self.ours.role {
            return Err(JoinError::SameRole);
        }
        let proof = self.binding.mac(secret, number, ours, &Part::Three(&theirs, &nonce)).bytes();
        self.answered = Some((theirs, nonce));
        Ok(PairingMessage::Confirm { proof })
    }

    /// Takes the last message; from then on the pairing stands on both sides.
    ///
    /// # Errors
    /// When the other side refuses or is out of order.
    pub fn done(self, message: &PairingMessage) -> Result<Pairing, JoinError> {
        match message {
            PairingMessage::Done => {}
            PairingMessage::Refused(refusal) => return Err(JoinError::Refused(*refusal)),
            _ => return Err(JoinError::Order),
        }
        let (peer, nonce) = self.answered.ok_or(JoinError::Order)?;
        Ok(Pairing {
            number: self.number,
            ours: self.ours,
            peer,
            our_pin: self.binding.joiner_pin,
            peer_pin: self.binding.inviter_pin,
            nonce,
        })
    }
}

/// The inviting side of the exchange, after a join whose proof was right.
#[derive(Clone, Debug)]
pub struct Inviter {
    stored: StoredInvitation,
    binding: Binding,
    theirs: Introduction,
}

impl Inviter {
    /// Judges a join against the kept invitation, at a time in seconds since 1970. The caller
    /// counts a [`PairingRefusal::WrongProof`] before it answers.
    ///
    /// # Errors
    /// The refusal to send.
    pub fn judge(
        stored: &StoredInvitation,
        binding: Binding,
        join: PairingMessage,
        now_seconds: i64,
    ) -> Result<(Inviter, PairingMessage), PairingRefusal> {
        let PairingMessage::Join { number, introduction: theirs, proof } = join else {
            return Err(PairingRefusal::WrongProof);
        };
        let secret = &stored.secret;
        let fits = number == stored.number
            && binding.mac(secret, number, &theirs, &Part::One).fits(&proof);
        if !fits {
            return Err(PairingRefusal::WrongProof);
        }
        stored.judge(binding.joiner_pin, theirs.organization_key, now_seconds)?;
        if theirs.role == stored.ours.role {
            return Err(PairingRefusal::SameRole);
        }
        let (ours, nonce) = (stored.ours.clone(), stored.nonce);
        let proof = binding.mac(secret, number, &theirs, &Part::Two(&ours, &nonce)).bytes();
        let answer = PairingMessage::Answer { introduction: ours, nonce, proof };
        Ok((Inviter { stored: stored.clone(), binding, theirs }, answer))
    }

    /// Takes the confirmation and gives the pairing, which the caller keeps before it sends
    /// [`PairingMessage::Done`].
    ///
    /// # Errors
    /// [`PairingRefusal::WrongProof`] for anything else, to be counted.
    pub fn confirm(self, message: &PairingMessage) -> Result<Pairing, PairingRefusal> {
        let StoredInvitation { secret, number, ours, nonce, .. } = self.stored;
        let expected = self.binding.mac(&secret, number, &self.theirs, &Part::Three(&ours, &nonce));
        match message {
            PairingMessage::Confirm { proof } if expected.fits(proof) => {}
            _ => return Err(PairingRefusal::WrongProof),
        }
        let (our_pin, peer_pin) = (self.binding.inviter_pin, self.binding.joiner_pin);
        Ok(Pairing { number, ours, peer: self.theirs, our_pin, peer_pin, nonce })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::party::{Address, OrganizationKey, PartyName};
    use proptest::prelude::*;

    fn introduction(role: Role, seed: u8) -> Introduction {
        Introduction {
            role,
            organization_key: OrganizationKey([seed; 32]),
            name: PartyName::parse(role.word()).expect("a name"),
            addresses: vec![Address::parse("h.example:1").expect("an address")],
        }
    }

    fn invitation() -> (Invitation, StoredInvitation) {
        let secret = Secret::new([9; 16]);
        let stored = StoredInvitation {
            number: 7,
            expires_at_seconds: 1_000,
            secret: secret.clone(),
            ours: introduction(Role::Payer, 1),
            nonce: [5; 32],
            wrong_proofs: 0,
            used_by: None,
        };
        let pin = Pin([1; 32]);
        let addresses = stored.ours.addresses.clone();
        let code = Invitation { number: 7, expires_at_seconds: 1_000, pin, secret, addresses };
        (code, stored)
    }

    fn binding(exporter: u8) -> Binding {
        Binding { exporter: [exporter; 32], inviter_pin: Pin([1; 32]), joiner_pin: Pin([2; 32]) }
    }

    /// Runs the exchange; messages pass through `change` on their way.
    fn exchange(
        stored: &StoredInvitation,
        code: &Invitation,
        role: Role,
        change: &dyn Fn(PairingMessage) -> PairingMessage,
    ) -> Result<(Pairing, Pairing), String> {
        let (mut joiner, join) = Joiner::begin(code, binding(3), introduction(role, 2));
        let judged = Inviter::judge(stored, binding(3), change(join), 999);
        let (inviter, answer) = judged.map_err(|refusal| format!("join: {refusal:?}"))?;
        let confirm =
            joiner.answer(change(answer)).map_err(|error| format!("answer: {error:?}"))?;
        let kept = inviter.confirm(&change(confirm)).map_err(|r| format!("confirm: {r:?}"))?;
        let done =
            joiner.done(&change(PairingMessage::Done)).map_err(|e| format!("done: {e:?}"))?;
        Ok((kept, done))
    }

    #[test]
    fn both_sides_end_with_the_same_relationship() {
        let (code, stored) = invitation();
        let (kept, done) = exchange(&stored, &code, Role::Provider, &|m| m).expect("paired");
        assert_eq!((&kept.peer, &kept.ours), (&done.ours, &done.peer));
        assert_eq!(kept.nonce, done.nonce);
        assert_eq!((kept.our_pin, kept.peer_pin), (done.peer_pin, done.our_pin));
        assert_eq!(kept.fingerprint(), done.fingerprint());
        assert_eq!(kept.fingerprint().to_string().len(), 24);
        let other = Pairing { peer_pin: Pin([8; 32]), ..kept.clone() };
        assert_ne!(other.fingerprint(), kept.fingerprint());
    }

    #[test]
    fn refusals_say_what_is_the_case() {
        let (code, stored) = invitation();
        let check = |stored: StoredInvitation, role: Role, expected: &str| {
            let ended = exchange(&stored, &code, role, &|m| m).expect_err(expected);
            assert_eq!(ended, expected);
        };
        let with = |change: &dyn Fn(&mut StoredInvitation)| {
            let mut changed = stored.clone();
            change(&mut changed);
            changed
        };
        let by = |pin: u8, key: u8| Some((Pin([pin; 32]), OrganizationKey([key; 32])));
        check(with(&|s| s.expires_at_seconds = 999), Role::Provider, "join: Expired");
        check(with(&|s| s.used_by = by(4, 2)), Role::Provider, "join: Used");
        check(with(&|s| s.used_by = by(2, 4)), Role::Provider, "join: Used");
        check(with(&|s| s.wrong_proofs = 5), Role::Provider, "join: Spent");
        check(stored.clone(), Role::Payer, "join: SameRole");
        check(with(&|s| s.secret = Secret::new([8; 16])), Role::Provider, "join: WrongProof");
        check(with(&|s| s.number = 8), Role::Provider, "join: WrongProof");
        let again = with(&|s| s.used_by = by(2, 2));
        assert!(exchange(&again, &code, Role::Provider, &|m| m).is_ok(), "the same node again");
    }

    #[test]
    fn a_proof_is_worth_nothing_in_another_session() {
        let (code, stored) = invitation();
        let ours = introduction(Role::Provider, 2);
        let (_, join) = Joiner::begin(&code, binding(3), ours);
        let judged = Inviter::judge(&stored, binding(4), join, 0);
        assert_eq!(judged.err(), Some(PairingRefusal::WrongProof));
    }

    proptest! {
        /// Whoever changes one bit of one message on its way ends the exchange.
        #[test]
        fn one_changed_bit_ends_the_exchange(step in 0usize..3, place: prop::sample::Index) {
            let (code, stored) = invitation();
            let seen = std::cell::Cell::new(0);
            let change = |message: PairingMessage| {
                let at = seen.replace(seen.get() + 1);
                if at != step { return message }
                let mut bytes = message.to_bytes();
                let bit = place.index(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
                // What cannot be read is refused; any message out of order stands for it.
                PairingMessage::parse(&bytes).unwrap_or(PairingMessage::Done)
            };
            prop_assert!(exchange(&stored, &code, Role::Provider, &change).is_err());
        }

        #[test]
        fn messages_are_read_as_written(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(message) = PairingMessage::parse(&bytes) {
                prop_assert_eq!(message.to_bytes(), bytes);
            }
        }
    }

    #[test]
    fn every_refusal_travels() {
        for refusal in PairingRefusal::ALL {
            let message = PairingMessage::Refused(refusal);
            assert_eq!(PairingMessage::parse(&message.to_bytes()), Some(message));
        }
        assert_eq!(PairingMessage::parse(&[0x14, 0]), None);
        assert_eq!(PairingMessage::parse(&[0x14, 8]), None);
        let (code, _) = invitation();
        let (_, join) = Joiner::begin(&code, binding(3), introduction(Role::Provider, 2));
        assert_eq!(PairingMessage::parse(&join.to_bytes()), Some(join));
    }
}
