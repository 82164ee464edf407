//! The state of a settlement: a fold over the statements of both parties (section 16).

use crate::body::Body;
use crate::event::Author;
use crate::hash::Hash;
use counterfoil_base::{Cents, Text};

/// What a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettlementStatus {
    /// On what is known so far: paid as an advance, and trued up by the answer.
    Provisional,
    /// The answer.
    Final,
    /// Another answer in the place of an earlier one of the same author.
    Restated,
}

impl SettlementStatus {
    /// The word in the event.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SettlementStatus::Provisional => "provisional",
            SettlementStatus::Final => "final",
            SettlementStatus::Restated => "restated",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<SettlementStatus> {
        [SettlementStatus::Provisional, SettlementStatus::Final, SettlementStatus::Restated]
            .into_iter()
            .find(|one| one.word() == word)
    }
}

/// A `settlement.stated` event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Who states it.
    pub author: Author,
    /// SHA-256 of the contract that settles.
    pub contract: Hash,
    /// SHA-256 over the facts that it was computed from.
    pub facts: Hash,
    /// SHA-256 of the statement.
    pub statement: Hash,
    /// What the payer pays; negative when the provider does.
    pub amount_cents: Cents,
    /// How many rows were settled.
    pub rows: i64,
    /// What the statement is.
    pub status: SettlementStatus,
    /// The author's own statement that it takes the place of.
    pub replaces: Option<Hash>,
    /// The person who states it, as the author names them.
    pub stated_by: Text,
    /// By the author's clock, milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: i64,
    /// Its place in the author's half; nothing while it waits to be said.
    pub sequence: Option<u64>,
}

impl Stated {
    /// Reads the fields of an event's body; nothing when one is missing.
    #[must_use]
    pub fn of(
        author: Author,
        body: &Body,
        (time_ms, sequence): (i64, Option<u64>),
    ) -> Option<Self> {
        Some(Stated {
            author,
            contract: body.digest("contract")?,
            facts: body.digest("facts")?,
            statement: body.digest("statement")?,
            amount_cents: Cents(body.integer("amount_cents")?),
            rows: body.integer("rows")?,
            status: SettlementStatus::from_word(body.text("status")?)?,
            replaces: body.digest("replaces"),
            stated_by: Text::from(body.text("stated_by")?),
            time_ms,
            sequence,
        })
    }

    /// Whether two parties say the same.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Stated) -> bool {
        let what =
            |one: &Stated| (one.contract, one.facts, one.statement, one.amount_cents, one.rows);
        what(self) == what(other)
    }
}

/// What stands of each party.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// The payer's statement.
    pub payer: Option<Stated>,
    /// The provider's statement.
    pub provider: Option<Stated>,
}

impl Sides {
    /// The statement of a party.
    #[must_use]
    pub fn of(&self, author: Author) -> Option<&Stated> {
        match author {
            Author::Payer => self.payer.as_ref(),
            Author::Provider => self.provider.as_ref(),
        }
    }

    fn of_mut(&mut self, author: Author) -> &mut Option<Stated> {
        match author {
            Author::Payer => &mut self.payer,
            Author::Provider => &mut self.provider,
        }
    }

    /// How the two stand to each other.
    #[must_use]
    pub fn standing(&self) -> SettlementStanding {
        match (&self.payer, &self.provider) {
            (None, None) => SettlementStanding::None,
            (Some(one), None) | (None, Some(one)) => SettlementStanding::StatedBy(one.author),
            (Some(one), Some(other)) if one.says_the_same_as(other) => SettlementStanding::Agreed,
            _ => SettlementStanding::Differs,
        }
    }
}

/// How the statements of two parties stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettlementStanding {
    /// Nobody has stated anything.
    None,
    /// One party has.
    StatedBy(Author),
    /// Both, and the same.
    Agreed,
    /// Both, and not the same.
    Differs,
}

impl SettlementStanding {
    /// One word for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SettlementStanding::None => "",
            SettlementStanding::StatedBy(Author::Payer) => "stated_by_payer",
            SettlementStanding::StatedBy(Author::Provider) => "stated_by_provider",
            SettlementStanding::Agreed => "agreed",
            SettlementStanding::Differs => "differs",
        }
    }
}

/// What two parties have stated of one settlement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettlementState {
    /// Before the answer.
    pub provisional: Sides,
    /// The answer, final or restated.
    pub answer: Sides,
    /// Statements that did not fit what their author had stated before.
    pub out_of_turn: u64,
}

impl SettlementState {
    /// The state after what both have stated, each in the order of its half. The order between
    /// the halves does not matter.
    #[must_use]
    pub fn fold<'a>(said: impl IntoIterator<Item = &'a Stated>) -> SettlementState {
        let mut state = SettlementState::default();
        for one in said {
            match state.place_of(one) {
                Some(place) => *place = Some(one.clone()),
                None => state.out_of_turn += 1,
            }
        }
        state
    }

    /// Where a statement stands when it applies; nothing when it is out of turn.
    fn place_of(&mut self, one: &Stated) -> Option<&mut Option<Stated>> {
        let digest = |known: Option<&Stated>| known.map(|known| known.statement);
        let answered = digest(self.answer.of(one.author));
        let applies = match one.status {
            SettlementStatus::Provisional => {
                let before = digest(self.provisional.of(one.author));
                answered.is_none() && one.replaces == before && before != Some(one.statement)
            }
            SettlementStatus::Final => answered.is_none() && one.replaces.is_none(),
            SettlementStatus::Restated => {
                answered.is_some() && one.replaces == answered && answered != Some(one.statement)
            }
        };
        let sides = match one.status {
            SettlementStatus::Provisional => &mut self.provisional,
            SettlementStatus::Final | SettlementStatus::Restated => &mut self.answer,
        };
        applies.then(|| sides.of_mut(one.author))
    }

    /// What is compared: the answers as soon as there is one, before that what is provisional.
    #[must_use]
    pub fn current(&self) -> &Sides {
        match self.answer.standing() {
            SettlementStanding::None => &self.provisional,
            _ => &self.answer,
        }
    }

    /// How the statements stand to each other.
    #[must_use]
    pub fn standing(&self) -> SettlementStanding {
        self.current().standing()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statements as `Pp1`, `Qf2`, `Pr3>2`: author, status, digest, what it replaces.
    fn read(words: &str) -> Vec<Stated> {
        let one = |word: &str| {
            let (rest, replaces) = word.split_once('>').unwrap_or((word, "0"));
            let author = if rest.starts_with('P') { Author::Payer } else { Author::Provider };
            let status = match &rest[1..2] {
                "p" => SettlementStatus::Provisional,
                "f" => SettlementStatus::Final,
                _ => SettlementStatus::Restated,
            };
            let digest: u8 = rest[2..].parse().unwrap();
            let replaces: u8 = replaces.parse().unwrap();
            Stated {
                author,
                contract: [7; 32],
                facts: [8; 32],
                statement: [digest; 32],
                amount_cents: Cents(i64::from(digest)),
                rows: 1,
                status,
                replaces: (replaces > 0).then_some([replaces; 32]),
                stated_by: Text::from("A"),
                time_ms: 0,
                sequence: None,
            }
        };
        words.split_whitespace().map(one).collect()
    }

    #[test]
    fn statements_agree_when_they_say_the_same_and_each_party_keeps_its_turn() {
        for (words, expected, out_of_turn) in [
            ("", "", 0),
            ("Pf1", "stated_by_payer", 0),
            ("Qf1", "stated_by_provider", 0),
            ("Pf1 Qf1", "agreed", 0),
            ("Pf1 Qf2", "differs", 0),
            ("Pf1 Qf2 Qr1>2", "agreed", 0),
            ("Pf1 Qf1 Pr2>1", "differs", 0),
            ("Pf1 Qf1 Pr2>1 Qr2>1", "agreed", 0),
            ("Pf1 Pr2>1 Qf2", "agreed", 0),
            ("Pp1 Qp1", "agreed", 0),
            ("Pp1 Qp1 Pf2", "stated_by_payer", 0),
            ("Pp1 Qp1 Pf2 Qf2", "agreed", 0),
            ("Pp1 Pp2>1 Qp2", "agreed", 0),
            // What does not fit what the author has stated before changes nothing.
            ("Pp1 Pp2 Qp1", "agreed", 1),
            ("Pf1 Pf2 Qf1", "agreed", 1),
            ("Pr1", "", 1),
            ("Pr2>1", "", 1),
            ("Pf1 Pr2>9 Qf1", "agreed", 1),
            ("Pf1 Pp2 Qf1", "agreed", 1),
            ("Pf1 Pr1>1 Qf1", "agreed", 1),
            ("Pf1>1 Qf1", "stated_by_provider", 1),
        ] {
            let state = SettlementState::fold(&read(words));
            assert_eq!(
                (state.standing().word(), state.out_of_turn),
                (expected, out_of_turn),
                "{words}"
            );
        }
    }

    #[test]
    fn the_same_statement_with_another_amount_is_not_the_same() {
        let mut said = read("Pf1 Qf1");
        for change in [
            |one: &mut Stated| one.amount_cents = Cents(2),
            |one: &mut Stated| one.rows = 2,
            |one: &mut Stated| one.facts = [1; 32],
            |one: &mut Stated| one.contract = [1; 32],
        ] {
            let before = said[1].clone();
            change(&mut said[1]);
            let state = SettlementState::fold(&said);
            assert_eq!(state.standing(), SettlementStanding::Differs);
            said[1] = before;
        }
    }
}
