//! The messages of channel 0 between paired nodes (docs/reference/wire.md, sections 4 and 5).

use crate::bytes::Fields;
use crate::frame::Channel;
use crate::party::{RelationshipId, Role};
use crate::problem::{ClockDifference, Problem};

/// The version of the hello that this program speaks.
pub const VERSION: u8 = 1;
/// Most milliseconds that two nodes' clocks may lie apart.
pub const CLOCK_DIFFERENCE_MS_MAX: u64 = 300_000;
/// Bytes that a side grants on a channel unless its owner says otherwise.
pub const WINDOW_BYTES_DEFAULT: u32 = 2_097_280;
/// Fewest bytes that a side may grant on a channel: three quarters of them hold the largest frame.
pub const WINDOW_BYTES_MIN: u32 = 1_572_864;
/// Most bytes that a side may grant on a channel.
pub const WINDOW_BYTES_MAX: u32 = 67_108_864;

/// What each side says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Version of the protocol.
    pub version: u8,
    /// What the sender is in this relationship.
    pub role: Role,
    /// Which relationship.
    pub relationship: RelationshipId,
    /// The sender's clock, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: i64,
    /// Drawn at each start of the sender's node.
    pub instance: [u8; 16],
    /// First credit of events and documents, in bytes.
    pub windows: [u32; 2],
}

/// Why a side ends a connection, as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Everything accepted was sent.
    Finished,
    /// A newer connection of the same relationship is in use.
    Replaced,
    /// The clocks differ too much.
    Clocks,
    /// The relationship is not known with this key.
    Unknown,
    /// The other side broke the protocol.
    Violation,
    /// No sign of life.
    Silent,
    /// The relationship was taken off.
    Removed,
    /// The hello's version is not spoken.
    Version,
    /// Both sides say that they have the same role.
    SameRole,
}

impl CloseReason {
    pub(crate) const ALL: [CloseReason; 9] = [
        CloseReason::Finished,
        CloseReason::Replaced,
        CloseReason::Clocks,
        CloseReason::Unknown,
        CloseReason::Violation,
        CloseReason::Silent,
        CloseReason::Removed,
        CloseReason::Version,
        CloseReason::SameRole,
    ];

    fn code(self) -> u8 {
        (1..).zip(CloseReason::ALL).find(|(_, one)| *one == self).map_or(0, |(code, _)| code)
    }

    fn from_code(code: u8) -> Option<CloseReason> {
        CloseReason::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

/// A message of channel 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// What each side says first.
    Hello(Hello),
    /// The payer's side admits the connection under a number.
    Admit(u64),
    /// Raises the total of bytes granted on a channel.
    Credit(Channel, u64),
    /// Asks for a pong.
    Ping(u64),
    /// Answers a ping.
    Pong(u64),
    /// The sender sends nothing more.
    Close(CloseReason),
}

impl Control {
    /// The bytes of a control frame.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(72);
        let mut put_number = |kind: u8, number: u64| {
            out.push(kind);
            out.extend_from_slice(&number.to_be_bytes());
        };
        match self {
            Control::Admit(number) => put_number(0x01, *number),
            Control::Ping(number) => put_number(0x03, *number),
            Control::Pong(number) => put_number(0x04, *number),
            Control::Close(reason) => out.extend([0x05, reason.code()]),
            Control::Credit(channel, total) => {
                out.extend([0x02, channel.number()]);
                out.extend_from_slice(&total.to_be_bytes());
            }
            Control::Hello(hello) => {
                out.extend([0x00, hello.version, hello.role.sign()]);
                out.extend_from_slice(&hello.relationship.0);
                out.extend_from_slice(&hello.time_ms.to_be_bytes());
                out.extend_from_slice(&hello.instance);
                hello.windows.iter().for_each(|w| out.extend_from_slice(&w.to_be_bytes()));
            }
        }
        out
    }

    /// Reads the bytes of a control frame; `None` when they are no message.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Control> {
        let mut fields = Fields::new(bytes);
        let message = match fields.u8()? {
            0x00 => Control::Hello(Hello {
                version: fields.u8()?,
                role: Role::from_sign(fields.u8()?)?,
                relationship: RelationshipId(fields.array()?),
                time_ms: fields.i64()?,
                instance: fields.array()?,
                windows: [fields.u32()?, fields.u32()?],
            }),
            0x01 => Control::Admit(fields.u64()?),
            0x02 => Control::Credit(Channel::from_number(fields.u8()?)?, fields.u64()?),
            0x03 => Control::Ping(fields.u64()?),
            0x04 => Control::Pong(fields.u64()?),
            0x05 => Control::Close(CloseReason::from_code(fields.u8()?)?),
            _ => return None,
        };
        fields.end(message)
    }
}

impl Hello {
    /// Judges the other side's hello against ours, with our clock at its arrival.
    ///
    /// # Errors
    /// The problem, which [`Problem::close_reason`] turns into what to tell the other side.
    pub fn judge(&self, theirs: &Hello, now_ms: i64) -> Result<(), Problem> {
        if theirs.version != VERSION {
            return Err(Problem::Version { theirs: theirs.version });
        }
        if theirs.relationship != self.relationship {
            return Err(Problem::UnknownRelationship);
        }
        if theirs.role == self.role {
            return Err(Problem::SameRole);
        }
        let allowed = WINDOW_BYTES_MIN..=WINDOW_BYTES_MAX;
        if !theirs.windows.iter().all(|window| allowed.contains(window)) {
            return Err(Problem::violation("its hello grants a window out of bounds"));
        }
        let difference = ClockDifference { ours_ms: now_ms, theirs_ms: theirs.time_ms };
        if difference.ms() > CLOCK_DIFFERENCE_MS_MAX {
            return Err(Problem::Clocks(difference));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hello(role: Role, time_ms: i64) -> Hello {
        Hello {
            version: VERSION,
            role,
            relationship: RelationshipId([1; 32]),
            time_ms,
            instance: [2; 16],
            windows: [WINDOW_BYTES_DEFAULT; 2],
        }
    }

    #[test]
    fn hellos_are_judged() {
        let ours = hello(Role::Payer, 0);
        let now = 1_795_427_400_000;
        let check = |change: &dyn Fn(&mut Hello), expected: Option<CloseReason>| {
            let mut theirs = hello(Role::Provider, now);
            change(&mut theirs);
            let judged = ours.judge(&theirs, now);
            assert_eq!(judged.clone().err().and_then(|p| p.close_reason()), expected, "{judged:?}");
        };
        check(&|_| {}, None);
        check(&|h| h.time_ms -= 300_000, None);
        check(&|h| h.time_ms += 300_000, None);
        check(&|h| h.time_ms -= 300_001, Some(CloseReason::Clocks));
        check(&|h| h.time_ms += 300_001, Some(CloseReason::Clocks));
        check(&|h| h.time_ms = i64::MIN, Some(CloseReason::Clocks));
        check(&|h| h.time_ms = i64::MAX, Some(CloseReason::Clocks));
        check(&|h| h.version = 2, Some(CloseReason::Version));
        check(&|h| h.role = Role::Payer, Some(CloseReason::SameRole));
        check(&|h| h.relationship.0[31] = 0, Some(CloseReason::Unknown));
        check(&|h| h.windows[1] = 1_572_863, Some(CloseReason::Violation));
        check(&|h| h.windows[0] = 1_572_864, None);
        check(&|h| h.windows[0] = u32::MAX, Some(CloseReason::Violation));
    }

    #[test]
    fn messages_travel() {
        let mut messages = vec![
            Control::Hello(hello(Role::Payer, -5)),
            Control::Admit(u64::MAX),
            Control::Credit(Channel::Documents, 7),
            Control::Ping(1),
            Control::Pong(1),
        ];
        messages.extend(CloseReason::ALL.map(Control::Close));
        for message in messages {
            assert_eq!(Control::parse(&message.to_bytes()), Some(message));
        }
        assert_eq!(Control::parse(&[]), None);
        assert_eq!(Control::parse(&[5, 0]), None);
        assert_eq!(Control::parse(&[5, 1, 0]), None);
    }

    proptest! {
        #[test]
        fn messages_are_read_as_written(
            kind in 0u8..8,
            rest in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let bytes = [&[kind][..], &rest].concat();
            if let Some(message) = Control::parse(&bytes) {
                prop_assert_eq!(message.to_bytes(), bytes);
            }
        }
    }
}
