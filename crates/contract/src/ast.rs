//! The tree of a contract as it is written: declarations and expressions with their places.

use crate::number::Number;
use counterfoil_base::{Date, Rounding};

/// Where something stands: byte offsets in its file, the second one past the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// From the start of the one to the end of the other.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end.max(self.end) }
    }
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// The heading under which a rule stands: what statements and explanations cite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// The heading's text without its marks: `3. Sharing rate`.
    pub title: String,
}

/// One declaration of a `terms` block, under its clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// What is declared.
    pub kind: DeclarationKind,
    /// The clause it stands under: an index into [`Document::clauses`].
    pub clause: usize,
    /// The whole of it.
    pub span: Span,
}

/// What a declaration declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeclarationKind {
    /// `contract NAME`: the contract's id.
    Contract(Name),
    /// `rows NAME by FACT`: further rows that belong to the row being settled.
    Rows(Rows),
    /// `fact NAME: TYPE`: a value that a row of the facts supplies.
    Fact(Fact),
    /// `parameter NAME: TYPE`: a number that a file of the year states.
    Parameter(Parameter),
    /// `table NAME(ARGUMENT: TYPE): TYPE`: values by ranges of a number.
    Table(Table),
    /// `term NAME: TYPE`: a value that the contract defines.
    Term(Term),
    /// `note NAME when CONDITION: "TEXT"`: a sentence beside a row of the statement.
    Note(Note),
    /// `column "NAME" = ...`: a column of the statement.
    Column(Column),
}

/// Rows of a further file: the members of a group, the practices of an ACO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Its name.
    pub name: Name,
    /// The facts that together name one of the rows.
    pub keys: Vec<Name>,
    /// The fact of these rows, and the fact of the row being settled, that are equal where the
    /// one belongs to the other; nothing when all belong to every row.
    pub tie: Option<(Name, Name)>,
}

/// A value that each row of the facts supplies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub name: Name,
    /// The further rows that supply it; nothing for the row being settled.
    pub rows: Option<Name>,
    /// Its type as written.
    pub kind: TypeExpression,
    /// What the value must keep to; the row is refused otherwise.
    pub bounds: Vec<Bound>,
    /// Whether a row may leave it out.
    pub presence: Presence,
}

/// Whether a row may leave a fact out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Every row has it.
    #[default]
    Always,
    /// A row may leave it out; each use asks first whether it is given.
    Optional,
    /// A row may leave it out where no rule that applies needs it, and is refused elsewhere.
    OnDemand,
}

/// One bound of a fact: `above $0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The comparison that must hold with the fact on the left.
    pub comparison: Comparison,
    /// The literal on the right.
    pub limit: Expression,
}

/// A number that the file of each year states, with its citation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// The fact or term whose code chooses among several values.
    pub by: Option<Name>,
    /// Its type as written.
    pub kind: TypeExpression,
}

/// How values between the ends of a table row are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The same value over the whole row.
    Stepped,
    /// On the straight line between the values at both ends.
    Linear,
}

/// Values by ranges of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// Name of the argument, for the reader.
    pub argument: Name,
    /// Type of the argument as written.
    pub argument_kind: TypeExpression,
    /// Type of the value as written.
    pub kind: TypeExpression,
    /// How values inside a row are found.
    pub interpolation: Interpolation,
    /// The rows in the order of the text.
    pub rows: Vec<TableRow>,
}

/// `from 5,000 to 5,999: 3.9% to 3.6%`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// The least argument of the row.
    pub from: Expression,
    /// The greatest argument of the row; nothing when the row has no end.
    pub to: Option<Expression>,
    /// The value at the least argument.
    pub at_from: Expression,
    /// The value at the greatest argument, where it differs.
    pub at_to: Option<Expression>,
    /// The whole row.
    pub span: Span,
}

/// A value that the contract defines, by one formula or by rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its name.
    pub name: Name,
    /// The further rows that each have a value of it; nothing for the row being settled.
    pub rows: Option<Name>,
    /// Its type as written.
    pub kind: TypeExpression,
    /// The rounding of its value, where it has one.
    pub rounded: Option<RoundingClause>,
    /// How its value is found.
    pub definition: Definition,
}

/// `rounded half_up to $0.01`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundingClause {
    /// The named mode.
    pub mode: Rounding,
    /// The step, a literal.
    pub step: Expression,
}

/// How a term's value is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// One formula that always holds.
    Formula(Expression),
    /// Rules, of which exactly one decides.
    Rules(Vec<Rule>),
}

/// `rule NAME, exception to OTHER, when CONDITION: VALUE`, or `otherwise: VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name; `otherwise` for the rule that holds when no other does.
    pub name: Name,
    /// The rules of the same term that give way when this one applies.
    pub exception_to: Vec<Name>,
    /// When it applies; nothing for `otherwise`.
    pub condition: Option<Expression>,
    /// The value it gives.
    pub value: Expression,
    /// The clause it stands under.
    pub clause: usize,
    /// The whole rule.
    pub span: Span,
}

/// A sentence beside a row of the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its name.
    pub name: Name,
    /// When it is said.
    pub condition: Expression,
    /// The sentence.
    pub text: String,
}

/// A column of the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub title: String,
    /// The further rows in whose statement it stands; nothing for the statement itself.
    pub rows: Option<Name>,
    /// What stands in it.
    pub source: ColumnSource,
    /// The whole declaration.
    pub span: Span,
}

/// What stands in a column of the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnSource {
    /// The value of a fact or term.
    Value(Name),
    /// The least value that the printed, rounded facts leave open.
    Lowest(Name),
    /// The greatest value that the printed, rounded facts leave open.
    Highest(Name),
    /// The sentences of the notes that hold, joined by `; `.
    Notes,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeExpression {
    /// `money`, `rate`, `flag`, `code`, `date`, `period`, a unit, or nothing for a list of codes.
    pub words: Vec<Name>,
    /// The codes of `one of ...`.
    pub codes: Vec<Name>,
    /// The whole type.
    pub span: Span,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// An operation on two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `and`
    And,
    /// `or`
    Or,
    /// A comparison.
    Compare(Comparison),
}

/// A number as written, and the unit its spelling gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiteralUnit {
    /// `$12.50`
    Money,
    /// `3.9%`
    Percent,
    /// `12 member_months`
    Named(crate::unit::Unit),
    /// `5,000`: takes the unit of what it meets, except money.
    Plain,
}

/// An expression and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// The whole of it.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpressionKind {
    /// A number.
    Number(Number, LiteralUnit),
    /// `true`, `false`.
    Flag(bool),
    /// A code or text in quotes.
    Code(String),
    /// `2019-07-01`.
    Date(Date),
    /// A fact, parameter or term.
    Name(String),
    /// `NAME(ARGUMENTS)`: a table or a function.
    Call(Name, Vec<Expression>),
    /// `sum(x over members where y)` and its like.
    Over(Box<Over>),
    /// `-x`.
    Negate(Box<Expression>),
    /// `not x`.
    Not(Box<Expression>),
    /// Two values and an operator.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `x is a`, `x is not a`, `x is one of a, b`.
    Is {
        /// The code asked about.
        value: Box<Expression>,
        /// The codes it is compared with.
        codes: Vec<Name>,
        /// True for `is not`.
        is_negated: bool,
    },
    /// `if C then A else B`.
    If(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `day within period`.
    Within(Box<Expression>, Box<Expression>),
}

/// A value found from further rows: `split(pool by weight over practices where is_member)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// `sum`, `count`, `greatest`, `least`, `rank` or `split`.
    pub operation: Name,
    /// What each row contributes; nothing for `count`.
    pub value: Option<Expression>,
    /// The rows.
    pub rows: Name,
    /// Which of the rows; nothing for all.
    pub condition: Option<Expression>,
    /// The pool of `split`; the value of `greatest` and `least` without any row.
    pub other: Option<Expression>,
}

impl Expression {
    /// The expressions directly inside.
    fn parts(&self) -> Vec<&Expression> {
        match &self.kind {
            ExpressionKind::Number(..) | ExpressionKind::Flag(_) | ExpressionKind::Code(_) => {
                Vec::new()
            }
            ExpressionKind::Date(_) | ExpressionKind::Name(_) => Vec::new(),
            ExpressionKind::Call(_, arguments) => arguments.iter().collect(),
            ExpressionKind::Negate(a) | ExpressionKind::Not(a) => vec![a],
            ExpressionKind::Is { value, .. } => vec![value],
            ExpressionKind::Binary(_, a, b) | ExpressionKind::Within(a, b) => vec![a, b],
            ExpressionKind::If(a, b, c) => vec![a, b, c],
            ExpressionKind::Over(over) => {
                [&over.value, &over.condition, &over.other].into_iter().flatten().collect()
            }
        }
    }

    /// How many expressions stand inside each other at the deepest place.
    #[must_use]
    pub fn depth(&self) -> usize {
        let mut deepest = 0;
        let mut open = vec![(self, 1)];
        while let Some((expression, depth)) = open.pop() {
            deepest = deepest.max(depth);
            open.extend(expression.parts().into_iter().map(|part| (part, depth + 1)));
        }
        deepest
    }
}

/// A contract's text, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The headings in the order of the text; the first one is the text before any heading.
    pub clauses: Vec<Clause>,
    /// The declarations in the order of the text.
    pub declarations: Vec<Declaration>,
}
