//! Node-to-node transport: pinned TLS 1.3, pairing by invitation code, frames with credit.
//!
//! The format is docs/reference/wire.md. The modules at the root are pure (no input or output,
//! clock or chance) so that a simulator can run them; the sockets are in `shell`.

mod backoff;
mod bytes;
mod control;
mod credit;
mod frame;
mod invitation;
mod invitations;
mod keep_alive;
mod pairing;
mod party;
mod problem;
mod session;
mod shell;
mod symbols;

pub use backoff::{BACKOFF_MS_FIRST, BACKOFF_MS_MAX, Backoff};
pub use control::{
    CLOCK_DIFFERENCE_MS_MAX, CloseReason, Control, Hello, VERSION, WINDOW_BYTES_DEFAULT,
    WINDOW_BYTES_MAX, WINDOW_BYTES_MIN,
};
pub use credit::{ReceiveCredit, SendCredit, frame_cost};
pub use frame::{
    CONTROL_BYTES_MAX, Channel, FRAME_BYTES_MAX, FRAME_COST_BYTES, FRAME_HEADER_BYTES, Frame,
    FrameDecoder, FrameError, put_control, put_data,
};
pub use invitation::{Invitation, InvitationError, Secret};
pub use invitations::{
    InvitationKeeper, InvitationsInMemory, KeeperError, StoredInvitation, WRONG_PROOFS_MAX,
};
pub use keep_alive::{Due, KeepAlive, PING_AFTER_MS, SILENCE_MS_MAX};
pub use pairing::{
    Binding, Fingerprint, Inviter, JoinError, Joiner, Pairing, PairingMessage, PairingRefusal,
};
pub use party::{
    ADDRESS_BYTES_MAX, ADDRESSES_MAX, Address, Introduction, NAME_BYTES_MAX, OrganizationKey,
    PartyError, PartyName, Pin, RelationshipId, Role,
};
pub use problem::{ClockDifference, Problem};
pub use session::{
    ChannelCounters, QueueError, Session, SessionLimits, UNSENT_BYTES_DEFAULT, is_orderly,
};
pub use shell::{
    Chance, Clock, Connection, ConnectionCounters, Endpoint, EndpointError, EndpointSettings,
    HANDSHAKES_MAX, Identity, IdentityError, InvitationTerms, JoinProblem, LinkCounters, LinkState,
    LinkStatus, Listener, ListenerCounters, PeerLink, PeerRecord, SendError, Timing,
};
