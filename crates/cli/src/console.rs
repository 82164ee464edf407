//! Where commands write: data, talk, progress; and what they are told of their surroundings.

use crate::error::CommandError;
use counterfoil_base::Date;
use std::borrow::Cow;
use std::io::Write;
use std::time::Duration;

/// What the binary tells the commands: the day, the terminal, the time since start.
pub struct Surroundings {
    /// The day on which the command runs, unless `--on` names another.
    pub today: Date,
    /// True when talk may be coloured.
    pub color: bool,
    /// True when standard error is a terminal that can show progress.
    pub progress: bool,
    /// Time since the program started, for progress and summaries only.
    pub elapsed: Box<dyn Fn() -> Duration>,
    /// The time by the system's clock, in milliseconds since 1970-01-01T00:00:00Z.
    pub now_ms: Box<dyn Fn() -> i64>,
    /// 32 new random bytes from the system, fit for keys.
    pub random: Box<dyn Fn() -> [u8; 32]>,
}

/// Standard output and standard error of one run.
pub struct Console<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    surroundings: Surroundings,
    last_progress: Duration,
    progress_shown: bool,
    closed: bool,
}

/// Progress is redrawn at most this often.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

impl<'a> Console<'a> {
    /// Data goes to `out`, talk and progress to `err`.
    pub fn new(
        out: &'a mut dyn Write,
        err: &'a mut dyn Write,
        surroundings: Surroundings,
    ) -> Console<'a> {
        let last_progress = Duration::ZERO;
        Console { out, err, surroundings, last_progress, progress_shown: false, closed: false }
    }

    /// The day on which the command runs.
    pub fn today(&self) -> Date {
        self.surroundings.today
    }

    /// The time by the system's clock, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn now_ms(&self) -> i64 {
        (self.surroundings.now_ms)()
    }

    /// 32 new random bytes from the system.
    pub(crate) fn random(&self) -> [u8; 32] {
        (self.surroundings.random)()
    }

    /// Time since the program started.
    pub fn elapsed(&self) -> Duration {
        (self.surroundings.elapsed)()
    }

    /// One line of data for people. What a partner wrote can hold control characters, which a
    /// terminal would obey: they are shown instead.
    pub fn print(&mut self, line: &str) {
        self.print_line(&shown(line));
    }

    fn print_line(&mut self, line: &str) {
        self.clear_progress();
        self.closed |= writeln!(self.out, "{line}").is_err();
    }

    /// Data as it is, without a line end.
    pub(crate) fn print_bytes(&mut self, bytes: &[u8]) {
        self.closed |= self.out.write_all(bytes).is_err();
    }

    /// One JSON object on one line of data.
    pub fn print_json(&mut self, value: &serde_json::Value) {
        self.print_line(&value.to_string());
    }

    /// Ends a long output early when its reader has gone.
    pub(crate) fn still_read(&self) -> Result<(), CommandError> {
        if self.closed { Err(CommandError::OutputClosed) } else { Ok(()) }
    }

    /// One line of talk.
    pub fn say(&mut self, line: &str) {
        self.clear_progress();
        // Talk that nobody hears must not stop the work.
        let _ = writeln!(self.err, "{}", shown(line));
    }

    /// Shows where long work stands, on a terminal only and not too often.
    pub fn progress(&mut self, line: impl FnOnce() -> String) {
        let now = self.elapsed();
        let due = now.saturating_sub(self.last_progress) >= PROGRESS_EVERY;
        if !self.surroundings.progress || !due {
            return;
        }
        self.last_progress = now;
        self.progress_shown = true;
        let _ = write!(self.err, "\r\u{1b}[2K{}", line());
        let _ = self.err.flush();
    }

    fn clear_progress(&mut self) {
        if std::mem::take(&mut self.progress_shown) {
            let _ = write!(self.err, "\r\u{1b}[2K");
        }
    }

    /// An error with its next step.
    pub(crate) fn error(&mut self, error: &CommandError) {
        let mark = if self.surroundings.color { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
        if !matches!(error, CommandError::OutputClosed) {
            self.clear_progress();
            let _ = writeln!(self.err, "{mark} {}", shown(&error.to_string()));
            if let Some(hint) = error.hint().filter(|hint| !hint.is_empty()) {
                self.say(&format!("\nhint: {hint}"));
            }
        }
    }
}

/// A text with its control characters in words, but for the ends of lines and tabulators.
fn shown(text: &str) -> Cow<'_, str> {
    let is_obeyed = |one: char| one.is_control() && !matches!(one, '\n' | '\r' | '\t');
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut told = String::with_capacity(text.len());
    for one in text.chars() {
        if is_obeyed(one) { told.extend(one.escape_unicode()) } else { told.push(one) }
    }
    Cow::Owned(told)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_terminal_obeys_nothing_that_a_partner_wrote() {
        assert_eq!(shown("Ana\u{1b}[2K\u{7}\ttab\n"), "Ana\\u{1b}[2K\\u{7}\ttab\n");
        assert_eq!(shown("\u{9b}31m"), "\\u{9b}31m");
        assert!(matches!(shown("plain"), std::borrow::Cow::Borrowed(_)));
    }
}
