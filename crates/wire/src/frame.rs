//! Frames: length, channel, bytes (docs/reference/wire.md, section 3).

/// Most bytes of a frame of events or documents.
pub const FRAME_BYTES_MAX: usize = 1_048_576;
/// Most bytes of a control frame.
pub const CONTROL_BYTES_MAX: usize = 1_024;
/// Bytes of length and channel before a frame's own bytes.
pub const FRAME_HEADER_BYTES: usize = 5;
/// What a frame costs beside its bytes; stands for what it takes to keep it.
pub const FRAME_COST_BYTES: usize = 64;

/// A stream of frames that callers use. Frames keep their order within a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Small and soon: what a person waits for.
    Events,
    /// Large and later.
    Documents,
}

impl Channel {
    /// Both channels, in the order of their numbers.
    pub const ALL: [Channel; 2] = [Channel::Events, Channel::Documents];

    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Channel::Events => 1,
            Channel::Documents => 2,
        }
    }

    /// The channel of a number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.number() == number)
    }
}

/// A frame as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// On channel 0: a message of the wire itself.
    Control(Vec<u8>),
    /// On a channel of the caller.
    Data(Channel, Vec<u8>),
}

/// Why bytes are not frames; the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Longer than allowed.
    #[error("a frame of {bytes} bytes on channel {channel}; at most {most} are allowed")]
    TooLong {
        /// Its length.
        bytes: u32,
        /// Its channel.
        channel: u8,
        /// The limit.
        most: usize,
    },
    /// A channel that does not exist, or not yet.
    #[error("a frame on channel {channel}, which is not open")]
    Channel {
        /// Its channel.
        channel: u8,
    },
}

/// Appends a control frame.
pub fn put_control(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, 0, bytes);
}

/// Appends a frame of a channel; the caller keeps to [`FRAME_BYTES_MAX`].
pub fn put_data(out: &mut Vec<u8>, channel: Channel, bytes: &[u8]) {
    put(out, channel.number(), bytes);
}

fn put(out: &mut Vec<u8>, channel: u8, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.reserve(FRAME_HEADER_BYTES + bytes.len());
    out.extend_from_slice(&length.to_be_bytes());
    out.push(channel);
    out.extend_from_slice(bytes);
}

/// Cuts a stream of bytes into frames, however it was cut on its way. Holds at most one frame.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    is_open: bool,
    header: Vec<u8>,
    body: Option<Body>,
}

#[derive(Debug)]
struct Body {
    channel: Option<Channel>,
    length: usize,
    bytes: Vec<u8>,
}

impl FrameDecoder {
    /// A decoder that takes control frames only, as before a connection is admitted.
    #[must_use]
    pub fn new() -> FrameDecoder {
        FrameDecoder::default()
    }

    /// From now on takes frames of all channels.
    pub fn open(&mut self) {
        self.is_open = true;
    }

    /// Takes bytes from the front of `input` until a frame is whole or nothing is left.
    ///
    /// # Errors
    /// When the bytes are not frames; nothing after that can be read.
    pub fn feed(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, FrameError> {
        while !input.is_empty() || self.body.as_ref().is_some_and(|body| body.length == 0) {
            match self.body.take() {
                None => {
                    let missing = FRAME_HEADER_BYTES - self.header.len();
                    let (taken, rest) = input.split_at(missing.min(input.len()));
                    self.header.extend_from_slice(taken);
                    *input = rest;
                    if let [a, b, c, d, channel] = self.header[..] {
                        self.body = Some(self.begin(u32::from_be_bytes([a, b, c, d]), channel)?);
                        self.header.clear();
                    }
                }
                Some(mut body) => {
                    let missing = body.length - body.bytes.len();
                    let (taken, rest) = input.split_at(missing.min(input.len()));
                    body.bytes.extend_from_slice(taken);
                    *input = rest;
                    if body.bytes.len() < body.length {
                        self.body = Some(body);
                    } else {
                        return Ok(Some(match body.channel {
                            Some(channel) => Frame::Data(channel, body.bytes),
                            None => Frame::Control(body.bytes),
                        }));
                    }
                }
            }
        }
        Ok(None)
    }

    fn begin(&self, bytes: u32, channel: u8) -> Result<Body, FrameError> {
        let (named, most) = match Channel::from_number(channel) {
            _ if channel == 0 => (None, CONTROL_BYTES_MAX),
            Some(named) if self.is_open => (Some(named), FRAME_BYTES_MAX),
            _ => return Err(FrameError::Channel { channel }),
        };
        let length = usize::try_from(bytes).unwrap_or(usize::MAX);
        if length > most {
            return Err(FrameError::TooLong { bytes, channel, most });
        }
        Ok(Body { channel: named, length, bytes: Vec::with_capacity(length) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(decoder: &mut FrameDecoder, mut bytes: &[u8]) -> Result<Vec<Frame>, FrameError> {
        let mut frames = Vec::new();
        while let Some(frame) = decoder.feed(&mut bytes)? {
            frames.push(frame);
        }
        Ok(frames)
    }

    fn any_frame() -> impl Strategy<Value = Frame> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..300);
        prop_oneof![
            bytes().prop_map(Frame::Control),
            bytes().prop_map(|bytes| Frame::Data(Channel::Events, bytes)),
            bytes().prop_map(|bytes| Frame::Data(Channel::Documents, bytes)),
        ]
    }

    proptest! {
        #[test]
        fn frames_are_the_same_however_the_bytes_are_cut(
            frames in proptest::collection::vec(any_frame(), 0..8),
            cuts in proptest::collection::vec(1usize..40, 1..60),
        ) {
            let mut bytes = Vec::new();
            for frame in &frames {
                match frame {
                    Frame::Control(payload) => put_control(&mut bytes, payload),
                    Frame::Data(channel, payload) => put_data(&mut bytes, *channel, payload),
                }
            }
            let mut decoder = FrameDecoder::new();
            decoder.open();
            let (mut rest, mut read, mut cuts) = (&bytes[..], Vec::new(), cuts.iter().cycle());
            while !rest.is_empty() {
                let cut = *cuts.next().expect("a cycle has no end");
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                read.extend(decode(&mut decoder, piece).expect("what was written is read"));
                rest = after;
            }
            prop_assert_eq!(read, frames);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut decoder = FrameDecoder::new();
            decoder.open();
            let _ = decode(&mut decoder, &bytes);
        }
    }

    #[test]
    fn limits_are_held_before_a_byte_is_kept() {
        let check = |is_open: bool, header: [u8; 5], expected: Result<(), FrameError>| {
            let mut decoder = FrameDecoder::new();
            if is_open {
                decoder.open();
            }
            assert_eq!(decode(&mut decoder, &header).map(|_| ()), expected, "{header:?}");
        };
        let too_long = |bytes, channel, most| Err(FrameError::TooLong { bytes, channel, most });
        check(true, [0, 0x10, 0, 0, 1], Ok(()));
        check(true, [0, 0x10, 0, 1, 1], too_long(1_048_577, 1, FRAME_BYTES_MAX));
        check(true, [0xff, 0xff, 0xff, 0xff, 2], too_long(u32::MAX, 2, FRAME_BYTES_MAX));
        check(true, [0, 0, 4, 1, 0], too_long(1_025, 0, CONTROL_BYTES_MAX));
        check(true, [0, 0, 0, 1, 3], Err(FrameError::Channel { channel: 3 }));
        check(false, [0, 0, 0, 1, 1], Err(FrameError::Channel { channel: 1 }));
    }
}
