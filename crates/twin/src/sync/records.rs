//! Events, acknowledgements and refusals as they come and go (sections 4 and 6).

use super::documents::RunningDigest;
use super::half::NamedDocument;
use super::incoming::Taken;
use super::message::{About, HalfEntry, Message, Refusal};
use super::port::{Misuse, Output, Refused, RefusedWhat};
use super::session::Session;
use super::stop::Side;
use crate::finding::{Code, Place, TwinFinding};
use crate::hash::{Hash, ZERO};

impl Session {
    pub(super) fn events(&mut self, first: u64, entries: Vec<HalfEntry>, out: &mut Vec<Output>) {
        if self.connection.as_ref().is_some_and(|connection| connection.is_refusing) {
            return;
        }
        match self.incoming.take(&self.own.tree, first, entries, self.run) {
            Taken::Broken(detail) => self.break_off(detail, out),
            Taken::Checked(verified, refusal) => {
                if verified.is_empty() && refusal.is_none() {
                    let size = self.incoming.copy.size();
                    self.send(&Message::Ack { size }, out);
                } else if !verified.is_empty() {
                    out.push(Output::Store(verified));
                }
                if let Some(finding) = refusal {
                    if let Some(connection) = &mut self.connection {
                        connection.is_refusing = true;
                    }
                    self.refuse(About::Event, finding, out);
                }
            }
        }
    }

    pub(super) fn refuse(&self, about: About, finding: TwinFinding, out: &mut Vec<Output>) {
        let (Place::Event(number) | Place::Head(number)) = finding.place else { return };
        let code = finding.code.number();
        self.send(&Message::Refusal(Refusal { about, code, number, digest: ZERO }), out);
        let what = RefusedWhat::Record(finding);
        out.push(Output::Refused(Refused { by: Side::Ours, what }));
    }

    pub(super) fn refuse_document(&self, digest: Hash, out: &mut Vec<Output>) {
        let message =
            Message::Refusal(Refusal { about: About::Document, code: 0, number: 0, digest });
        self.send_if_open(message, out);
        let what = RefusedWhat::Document(digest);
        out.push(Output::Refused(Refused { by: Side::Ours, what }));
    }

    /// The other side does not accept something.
    pub(super) fn refused(&mut self, refusal: &Refusal, out: &mut Vec<Output>) {
        let Refusal { about, number, digest, .. } = *refusal;
        let code = Code::all().find(|known| known.number() == refusal.code);
        let (place, half) = match (about, code) {
            (About::Document, None) if refusal.code == 0 && number == 0 => {
                let what = RefusedWhat::Document(digest);
                return out.push(Output::Refused(Refused { by: Side::Theirs, what }));
            }
            _ if digest != ZERO => return self.break_off("a refusal is not in its form", out),
            (About::Event, Some(_)) => (Place::Event(number), self.role),
            (About::Head, Some(Code::Countersignature)) => (Place::Head(number), self.role.other()),
            (About::Head, Some(_)) => (Place::Head(number), self.role),
            _ => return self.break_off("a refusal is not in its form", out),
        };
        let Some(code) = code else { return };
        if about == About::Event
            && let Some(connection) = &mut self.connection
        {
            connection.outgoing.is_refused = true;
        } else if half == self.role {
            self.heads.refused(self.incoming.copy.size());
        }
        let what = RefusedWhat::Record(TwinFinding::new(code, Some(half), place));
        out.push(Output::Refused(Refused { by: Side::Theirs, what }));
    }

    pub(super) fn acknowledged(&mut self, size: u64, out: &mut Vec<Output>) {
        if size > self.own.size() {
            return self.break_off("more events are acknowledged than there are", out);
        }
        if let Some(connection) = &mut self.connection {
            connection.outgoing.acknowledge(size);
        }
    }

    pub(super) fn own_events(
        &mut self,
        first: u64,
        entries: Vec<HalfEntry>,
        out: &mut Vec<Output>,
    ) {
        let Some(connection) = self.connection.as_mut().filter(|c| c.is_open()) else { return };
        if let Some(message) = connection.outgoing.read(first, entries) {
            self.send(&message, out);
        }
    }

    pub(super) fn stored(&mut self, size: u64, out: &mut Vec<Output>) -> Result<(), Misuse> {
        let before = self.incoming.copy.size();
        let named = self.incoming.stored(size).ok_or(Misuse::Stored)?;
        out.extend(named.into_iter().map(Output::Named));
        if size > before {
            self.send_if_open(Message::Ack { size }, out);
        }
        Ok(())
    }

    pub(super) fn fetch(
        &mut self,
        digest: Hash,
        held: RunningDigest,
        out: &mut Vec<Output>,
    ) -> Result<(), Misuse> {
        let length = self.incoming.copy.documents.get(&digest).copied();
        let length = length.ok_or(Misuse::Document)?;
        self.documents.fetch(NamedDocument { digest, length }, held, out)
    }
}
