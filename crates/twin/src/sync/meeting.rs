//! How a connection begins: hellos, and each side's judgement of its own half (section 3).

use super::compare::{Descent, Next};
use super::connection::{Greeted, Phase};
use super::limits::CLOCK_DIFFERENCE_MS_MAX;
use super::message::{Hello, Message};
use super::outgoing::Outgoing;
use super::port::Output;
use super::session::Session;
use super::stop::Stop;
use crate::tree::empty_root;

impl Session {
    pub(super) fn greeted(&mut self, hello: &Hello, out: &mut Vec<Output>) {
        let Some(mut connection) = self.connection.take() else { return };
        let is_other =
            hello.relationship != self.relationship.id || hello.role != self.role.other();
        let greeted = connection.greeted(hello);
        match greeted {
            _ if is_other => connection.peer = Some(hello.nonce),
            Greeted::Answer { nonce } | Greeted::Begin { is_answer_due: true, nonce } => {
                self.send_hello(&connection, nonce, out);
            }
            Greeted::Begin { .. } | Greeted::Nothing => {}
        }
        let ahead_ms = i128::from(hello.time_ms) - i128::from(connection.began_ms);
        self.connection = Some(connection);
        if is_other {
            self.stop(Stop::Relationship, out);
        } else if matches!(greeted, Greeted::Begin { .. }) {
            if ahead_ms.unsigned_abs() > u128::from(CLOCK_DIFFERENCE_MS_MAX) {
                self.stop(Stop::Clock { ahead_ms: Some(ahead_ms) }, out);
            } else {
                self.begin(hello, out);
            }
        }
    }

    /// Judges the own half by what the other side holds of it.
    pub(super) fn begin(&mut self, hello: &Hello, out: &mut Vec<Output>) {
        let is_empty_right = |size, root| size > 0 || root == empty_root();
        if ![hello.own, hello.copy].iter().all(|tree| is_empty_right(tree.size, tree.root)) {
            return self.break_off("a half without events has a root", out);
        }
        let descent = Descent::needed(&self.own, hello.copy);
        let Some(connection) = &mut self.connection else { return };
        connection.their_size = hello.own.size;
        if let Some(descent) = descent {
            connection.phase = Phase::Comparing(descent);
            return self.descend(out);
        }
        connection.outgoing = Outgoing::from(hello.copy.size);
        if hello.own.size < self.incoming.copy.size() {
            connection.phase = Phase::Awaiting;
            return;
        }
        connection.phase = Phase::Open;
        if let Some(signed) = self.heads.to_send() {
            self.send(&Message::Head(Box::new(signed)), out);
        }
    }

    pub(super) fn descend(&mut self, out: &mut Vec<Output>) {
        let Some(connection) = &mut self.connection else { return };
        let Phase::Comparing(descent) = &mut connection.phase else { return };
        match descent.next(&self.own) {
            Next::Stop(stop) => self.stop(stop, out),
            Next::Ask(question) => self.ask(self.role.sign(), [0, 0], question, out),
        }
    }
}
