//! Questions about halves and claims, asked and answered (section 7).

use super::connection::Phase;
use super::limits::MESSAGE_BYTES_MAX;
use super::message::{Ask, Message};
use super::port::{ClaimAnswer, Misuse, Output};
use super::session::Session;
use crate::difference::answer_about_tree;
use crate::event::Author;

/// The sign of a question about claims.
const CLAIMS: u8 = 3;

impl Session {
    pub(super) fn ask(
        &mut self,
        about: u8,
        sizes: [u64; 2],
        question: Vec<u8>,
        out: &mut Vec<Output>,
    ) {
        let Some(connection) = &mut self.connection else { return };
        connection.questions = connection.questions.saturating_add(1);
        let number = connection.questions;
        connection.asked = Some(number);
        self.send(&Message::Ask(Ask { number, about, sizes, question }), out);
    }

    /// Sizes of the payer's and the provider's half as they are held here.
    fn sizes(&self) -> [u64; 2] {
        Author::BOTH.map(|half| self.size(half))
    }

    pub(super) fn ask_about_claims(
        &mut self,
        question: Vec<u8>,
        out: &mut Vec<Output>,
    ) -> Result<(), Misuse> {
        let Some(connection) = self.connection.as_ref().filter(|c| c.is_open()) else {
            out.push(Output::Answer(ClaimAnswer::Lost));
            return Ok(());
        };
        if connection.asked.is_some() || question.len() > MESSAGE_BYTES_MAX / 2 {
            return Err(Misuse::Question);
        }
        let sizes = self.sizes();
        if question.is_empty() {
            self.compared_sizes = Some(sizes);
        }
        if self.compared_sizes != Some(sizes) {
            out.push(Output::Answer(ClaimAnswer::MovedOn));
            return Ok(());
        }
        self.ask(CLAIMS, sizes, question, out);
        Ok(())
    }

    /// The other side asks.
    pub(super) fn asked(&mut self, ask: Ask, out: &mut Vec<Output>) {
        if ask.about == CLAIMS {
            return self.asked_about_claims(ask, out);
        }
        let Ask { number, about, sizes, question } = ask;
        let tree = match Author::from_sign(about) {
            Some(half) if sizes == [0, 0] && half == self.role => &self.own.tree,
            Some(_) if sizes == [0, 0] => &self.incoming.copy.tree,
            _ => return self.break_off("a question is not in its form", out),
        };
        match answer_about_tree(tree, &question) {
            Ok(answer) => self.send(&Message::Answer { number, result: 0, answer }, out),
            Err(_) => self.break_off("a question is not in its form", out),
        }
    }

    fn asked_about_claims(&mut self, ask: Ask, out: &mut Vec<Output>) {
        let Ask { number, sizes, question, .. } = ask;
        if sizes != self.sizes() {
            return self.moved_on(number, out);
        }
        let Some(connection) = self.connection.as_mut().filter(|c| c.is_open()) else { return };
        match connection.question {
            Some((open, _)) if open == number => {}
            Some(_) => self.break_off("more questions at once than are allowed", out),
            None => {
                connection.question = Some((number, sizes));
                out.push(Output::Question { question });
            }
        }
    }

    fn moved_on(&self, number: u64, out: &mut Vec<Output>) {
        let answer = self.sizes().map(u64::to_be_bytes).concat();
        self.send(&Message::Answer { number, result: 1, answer }, out);
    }

    pub(super) fn answer_about_claims(
        &mut self,
        answer: Vec<u8>,
        out: &mut Vec<Output>,
    ) -> Result<(), Misuse> {
        if answer.len() > MESSAGE_BYTES_MAX - 64 {
            return Err(Misuse::Question);
        }
        let held = self.sizes();
        let Some(connection) = &mut self.connection else { return Ok(()) };
        // The connection for which it was asked may be gone.
        let Some((number, sizes)) = connection.question.take() else { return Ok(()) };
        if sizes == held {
            self.send(&Message::Answer { number, result: 0, answer }, out);
        } else {
            self.moved_on(number, out);
        }
        Ok(())
    }

    pub(super) fn answered(
        &mut self,
        number: u64,
        result: u8,
        answer: Vec<u8>,
        out: &mut Vec<Output>,
    ) {
        let Some(connection) = &mut self.connection else { return };
        if connection.asked != Some(number) {
            return;
        }
        connection.asked = None;
        match (&mut connection.phase, result) {
            (Phase::Comparing(descent), 0) => {
                if descent.answer(&self.own, &answer).is_ok() {
                    self.descend(out);
                } else {
                    self.break_off("an answer is none to the question", out);
                }
            }
            (Phase::Open, 0) => out.push(Output::Answer(ClaimAnswer::Answered(answer))),
            (Phase::Open, 1) if answer.len() == 16 => {
                out.push(Output::Answer(ClaimAnswer::MovedOn));
            }
            _ => self.break_off("an answer is none to the question", out),
        }
    }
}
