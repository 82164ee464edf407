//! Control frames one at a time over a stream, as before a connection is admitted.

use crate::frame::{Frame, FrameDecoder, put_control};
use crate::problem::Problem;
use crate::shell::tls;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A stream of bytes both ways.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> ByteStream for S {}

/// Reads and writes control frames; keeps what arrived behind the last frame.
pub(crate) struct Greeting<S> {
    pub(crate) stream: S,
    pub(crate) decoder: FrameDecoder,
    pub(crate) unread: Vec<u8>,
}

impl<S: ByteStream> Greeting<S> {
    pub(crate) fn new(stream: S) -> Greeting<S> {
        Greeting { stream, decoder: FrameDecoder::new(), unread: Vec::new() }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let mut frame = Vec::new();
        put_control(&mut frame, bytes);
        let written = async {
            self.stream.write_all(&frame).await?;
            self.stream.flush().await
        };
        written.await.map_err(|error| tls::problem_of(&error))
    }

    /// The bytes of the next control frame.
    pub(crate) async fn read(&mut self) -> Result<Vec<u8>, Problem> {
        let mut chunk = [0; 2_048];
        loop {
            let mut rest = &self.unread[..];
            let fed = self.decoder.feed(&mut rest);
            let used = self.unread.len() - rest.len();
            self.unread.drain(..used);
            match fed? {
                Some(Frame::Control(bytes)) => return Ok(bytes),
                Some(Frame::Data(..)) => return Err(Problem::violation("frames out of order")),
                None => {}
            }
            let read = self.stream.read(&mut chunk).await;
            match read.map_err(|error| tls::problem_of(&error))? {
                0 => return Err(Problem::Lost { cause: "the other side ended it".to_owned() }),
                count => self.unread.extend_from_slice(chunk.get(..count).unwrap_or(&chunk)),
            }
        }
    }

    /// Says a last word and waits until the other side has it, so that the network does not
    /// throw it away with bytes that nobody read.
    pub(crate) async fn leave(mut self, last_word: &[u8]) {
        if self.write(last_word).await.is_ok() {
            linger(&mut self.stream).await;
        }
    }
}

/// Most milliseconds to wait for the other side's end after the last word.
const LINGER_MS: u64 = 2_000;
/// Most bytes to throw away while waiting.
const LINGER_BYTES_MAX: usize = 1_048_576;

/// Ends the own direction and reads on until the other side ends, for a bounded time and amount.
pub(crate) async fn linger<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) {
    let wait = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let (mut chunk, mut thrown) = ([0; 2_048], 0usize);
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            thrown += count;
            if thrown > LINGER_BYTES_MAX {
                return;
            }
        }
    };
    // The end is the same whether the other side came to its end or not.
    let _ = tokio::time::timeout(std::time::Duration::from_millis(LINGER_MS), wait).await;
}
