//! Pairing over TLS: the joining side dials with a code, the inviting side answers.

use crate::invitation::Invitation;
use crate::invitations::{InvitationKeeper, KeeperError, StoredInvitation};
use crate::pairing::{
    Binding, Inviter, JoinError, Joiner, Pairing, PairingMessage, PairingRefusal,
};
use crate::party::{Introduction, Pin};
use crate::problem::Problem;
use crate::shell::endpoint::Inner;
use crate::shell::greeting::{ByteStream, Greeting};
use crate::shell::link::connect;
use crate::shell::tls;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// Why a node did not join.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinProblem {
    /// Nothing answers, or not in time, or no node of this program.
    #[error("{0}")]
    Link(Problem),
    /// What answers holds another key than the code says.
    #[error(
        "what answers at {address} presents the key {presented}, which is not the code's: another \
         node answers there, or the inviting node changed its key since; nothing was told to it"
    )]
    WrongKey {
        /// The address that was dialed.
        address: String,
        /// Pin of the key that was presented.
        presented: Pin,
    },
    /// The exchange ended without a pairing.
    #[error("{0}")]
    Exchange(JoinError),
    /// The stream ended before the inviting side said that it keeps the pairing.
    #[error(
        "the connection ended before the pairing was complete ({cause}); use the same code \
             again: it still works for this node"
    )]
    Incomplete {
        /// What the system said.
        cause: Problem,
    },
}

impl Inner {
    /// Joins by a code: tries its addresses in their order.
    pub(crate) async fn join(
        &self,
        invitation: &Invitation,
        ours: &Introduction,
    ) -> Result<Pairing, JoinProblem> {
        let mut told = JoinProblem::Link(Problem::NotTried);
        for address in &invitation.addresses {
            let attempt = self.join_at(address.as_str(), invitation, ours.clone());
            let deadline = self.timing.handshake;
            told = match tokio::time::timeout(deadline, attempt).await {
                Ok(Err(JoinProblem::Link(problem))) => JoinProblem::Link(problem),
                Ok(ended) => return ended,
                Err(_) => JoinProblem::Link(Problem::TooSlow { seconds: deadline.as_secs() }),
            };
        }
        Err(told)
    }

    async fn join_at(
        &self,
        address: &str,
        invitation: &Invitation,
        ours: Introduction,
    ) -> Result<Pairing, JoinProblem> {
        let (identity, pin) = (self.identity(), invitation.pin);
        let config = tls::dialing(&identity, tls::ALPN_PAIR, Box::new(move |seen| *seen == pin))
            .map_err(|e| JoinProblem::Link(Problem::NotANode { cause: e.to_string() }))?;
        let stream = connect(address).await.map_err(JoinProblem::Link)?;
        let connected = TlsConnector::from(config).connect(tls::no_name(), stream).await;
        let stream = connected.map_err(|error| match tls::problem_of(&error) {
            Problem::WrongKey { presented } => {
                JoinProblem::WrongKey { address: address.to_owned(), presented }
            }
            other => JoinProblem::Link(other),
        })?;
        let exporter = tls::exporter(stream.get_ref().1).map_err(JoinProblem::Link)?;
        let binding = Binding { exporter, inviter_pin: pin, joiner_pin: identity.pin() };
        let (joiner, join) = Joiner::begin(invitation, binding, ours);
        exchange(Greeting::new(stream), joiner, join).await
    }

    /// Answers a join; `true` when it ended with a pairing, `false` when it was refused and the
    /// other side was told.
    pub(crate) async fn serve_join<S: ByteStream>(
        self: &Arc<Inner>,
        mut greeting: Greeting<S>,
        exporter: [u8; 32],
        joiner_pin: Pin,
    ) -> Result<bool, Problem> {
        let binding = Binding { exporter, inviter_pin: self.identity().pin(), joiner_pin };
        match self.hear_join(&mut greeting, binding).await? {
            Ok(()) => {
                greeting.leave(&PairingMessage::Done.to_bytes()).await;
                Ok(true)
            }
            Err(refusal) => {
                tracing::info!(reason = ?refusal, "refused a pairing");
                greeting.leave(&PairingMessage::Refused(refusal).to_bytes()).await;
                Ok(false)
            }
        }
    }

    async fn hear_join<S: ByteStream>(
        self: &Arc<Inner>,
        greeting: &mut Greeting<S>,
        binding: Binding,
    ) -> Result<Result<(), PairingRefusal>, Problem> {
        let Some(join) = PairingMessage::parse(&greeting.read().await?) else {
            return Err(Problem::violation("no join at the beginning of a pairing"));
        };
        let PairingMessage::Join { number, .. } = join else {
            return Err(Problem::violation("no join at the beginning of a pairing"));
        };
        let stored = match self.ask_keeper(move |keeper| keeper.find(number)).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return Ok(Err(PairingRefusal::Unknown)),
            Err(_) => return Ok(Err(PairingRefusal::NotKept)),
        };
        let now_seconds = self.clock.now_ms().div_euclid(1_000);
        let (inviter, answer) = match Inviter::judge(&stored, binding, join, now_seconds) {
            Ok(judged) => judged,
            Err(refusal) => return Ok(Err(self.count_if_wrong(&stored, refusal).await)),
        };
        greeting.write(&answer.to_bytes()).await?;
        // What cannot be read as a message is a wrong proof like any other.
        let confirm = PairingMessage::parse(&greeting.read().await?);
        let confirmed = match confirm {
            Some(message) => inviter.confirm(&message),
            None => Err(PairingRefusal::WrongProof),
        };
        let pairing = match confirmed {
            Ok(pairing) => pairing,
            Err(refusal) => return Ok(Err(self.count_if_wrong(&stored, refusal).await)),
        };
        Ok(match self.ask_keeper(move |keeper| keeper.complete(&pairing)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(PairingRefusal::Used),
            Err(_) => Err(PairingRefusal::NotKept),
        })
    }

    /// Counts a wrong proof durably before it is answered.
    async fn count_if_wrong(
        &self,
        stored: &StoredInvitation,
        refusal: PairingRefusal,
    ) -> PairingRefusal {
        let number = stored.number;
        if refusal != PairingRefusal::WrongProof || stored.used_by.is_some() {
            return refusal;
        }
        match self.ask_keeper(move |keeper| keeper.count_wrong_proof(number)).await {
            Ok(()) => refusal,
            Err(_) => PairingRefusal::NotKept,
        }
    }

    /// Runs a transaction of the keeper outside the async tasks, since it may block.
    pub(crate) async fn ask_keeper<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn InvitationKeeper) -> Result<T, KeeperError> + Send + 'static,
    ) -> Result<T, KeeperError> {
        let keeper = Arc::clone(&self.keeper);
        let asked = tokio::task::spawn_blocking(move || ask(&*keeper)).await;
        let answer = asked.unwrap_or_else(|error| Err(KeeperError(error.to_string())));
        if let Err(error) = &answer {
            tracing::error!(%error, "an invitation could not be read or kept");
        }
        answer
    }
}

async fn exchange<S: ByteStream>(
    mut greeting: Greeting<S>,
    mut joiner: Joiner,
    join: PairingMessage,
) -> Result<Pairing, JoinProblem> {
    let incomplete = |cause: Problem| JoinProblem::Incomplete { cause };
    let out_of_order = JoinProblem::Exchange(JoinError::Order);
    // A key that is refused, or an ALPN that is not known, shows only now.
    greeting.write(&join.to_bytes()).await.map_err(JoinProblem::Link)?;
    let bytes = greeting.read().await.map_err(incomplete)?;
    let answer = PairingMessage::parse(&bytes).ok_or(out_of_order.clone())?;
    let confirm = joiner.answer(answer).map_err(JoinProblem::Exchange)?;
    greeting.write(&confirm.to_bytes()).await.map_err(incomplete)?;
    let bytes = greeting.read().await.map_err(incomplete)?;
    let done = PairingMessage::parse(&bytes).ok_or(out_of_order)?;
    joiner.done(&done).map_err(JoinProblem::Exchange)
}
