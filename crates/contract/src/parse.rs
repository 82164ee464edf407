//! Reads the declarations of a contract; each bad one yields one problem and the next is read.

mod expression;
mod refused;

use crate::ast::{
    Bound, Column, ColumnSource, Comparison, Declaration, DeclarationKind, Definition, Document,
    Expression, Fact, Interpolation, Name, Note, Parameter, Presence, RoundingClause, Rows, Rule,
    Span, Table, TableRow, Term, TypeExpression,
};
use crate::lexer::{Token, TokenKind, tokens};
use crate::markdown::read_markdown;
use crate::problem::Problem;
use crate::rounding::rounding_named;
use counterfoil_base::Finding;
use refused::{hidden, not_text, too_large};

/// The file of a contract's folder that holds its text.
pub const CONTRACT_FILE: &str = "contract.md";

/// The longest contract text, in bytes: a thousand printed pages.
pub const TEXT_BYTES_MAX: usize = 2 << 20;

/// Most rules of one term.
const RULES_MAX: usize = 500;

/// Words that begin a declaration.
const DECLARATIONS: [&str; 8] =
    ["contract", "rows", "fact", "parameter", "table", "term", "note", "column"];

/// Words that cannot be names.
const RESERVED: [&str; 30] = [
    "contract",
    "rows",
    "over",
    "where",
    "fact",
    "parameter",
    "table",
    "term",
    "note",
    "column",
    "rule",
    "otherwise",
    "when",
    "exception",
    "to",
    "from",
    "and",
    "or",
    "not",
    "is",
    "if",
    "then",
    "else",
    "within",
    "true",
    "false",
    "rounded",
    "optional",
    "on_demand",
    "by",
];

/// Reads a contract's Markdown. What could be read is returned beside the problems.
#[must_use]
pub fn parse(text: &[u8]) -> (Document, Vec<Problem>) {
    let mut document = Document::default();
    if text.len() > TEXT_BYTES_MAX {
        return (document, vec![too_large(text.len())]);
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => return (document, vec![not_text(error.valid_up_to())]),
    };
    let markdown = read_markdown(text);
    document.clauses = markdown.clauses;
    let obscure = markdown.obscure.iter().take(crate::problem::PROBLEMS_MAX);
    let mut problems: Vec<Problem> = obscure.map(|(span, what)| hidden(*span, *what)).collect();
    for block in &markdown.blocks {
        let mut parser = Parser::new(tokens(text, block.span), block.clause);
        parser.declarations(&mut document.declarations, &mut problems);
    }
    if let Some(span) = markdown.unclosed {
        problems.push(Problem::at(
            Finding::error("CONTRACT-unclosed-block", 7, "A fenced block is never closed")
                .because("A block ends with a line of as many backticks as it begins with")
                .fix("Add a line ``` after the last declaration of the block"),
            CONTRACT_FILE,
            Span { start: span.start.saturating_sub(1), end: span.start },
        ));
    } else if markdown.blocks.is_empty() {
        problems.push(Problem::of_file(
            Finding::error("CONTRACT-no-terms", 7, "The contract holds no block of terms")
                .because("Only fenced blocks marked 'terms' decide; the text around is for people")
                .fix("Write the rules of each clause in a block that begins with ```terms"),
            CONTRACT_FILE,
        ));
    }
    (document, problems)
}

type Parsed<T> = Result<T, Box<Problem>>;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    clause: usize,
    depth: usize,
}

impl Parser {
    fn new(tokens: Vec<Token>, clause: usize) -> Parser {
        Parser { tokens, at: 0, clause, depth: 0 }
    }

    fn declarations(&mut self, found: &mut Vec<Declaration>, problems: &mut Vec<Problem>) {
        while self.peek().kind != TokenKind::End {
            let start = self.peek().span;
            self.depth = 0;
            match self.declaration() {
                Ok(kind) => {
                    let span = start.to(self.previous_span());
                    found.push(Declaration { kind, clause: self.clause, span });
                }
                Err(problem) => {
                    if problems.len() < crate::problem::PROBLEMS_MAX {
                        problems.push(*problem);
                    }
                    self.skip_to_declaration();
                }
            }
        }
    }

    /// Goes on at the next line that begins with a word of a declaration.
    fn skip_to_declaration(&mut self) {
        self.take();
        while !(self.peek().kind == TokenKind::End
            || self.peek().starts_line && DECLARATIONS.iter().any(|word| self.is_word(word)))
        {
            self.take();
        }
    }

    fn declaration(&mut self) -> Parsed<DeclarationKind> {
        let keyword = match &self.peek().kind {
            TokenKind::Word(word) => word.clone(),
            _ => String::new(),
        };
        if !DECLARATIONS.contains(&keyword.as_str()) {
            return Err(self.expected(
                "a declaration: contract, rows, fact, parameter, table, term, note or column",
            ));
        }
        self.take();
        match keyword.as_str() {
            "contract" => Ok(DeclarationKind::Contract(self.name("the contract's name")?)),
            "rows" => self.rows(),
            "fact" => self.fact(),
            "parameter" => self.parameter(),
            "table" => self.table(),
            "term" => self.term(),
            "note" => self.note(),
            _ => self.column(),
        }
    }

    /// `rows members by member and month where group = aco`.
    fn rows(&mut self) -> Parsed<DeclarationKind> {
        let name = self.name("the name of the rows")?;
        self.word("by")?;
        let mut keys = vec![self.name("the fact that names a row")?];
        while self.take_word("and") {
            keys.push(self.name("a fact that names a row")?);
        }
        let tie = if self.take_word("where") {
            let inner = self.name("a fact of these rows")?;
            self.mark("=")?;
            Some((inner, self.name("a fact of the row being settled")?))
        } else {
            None
        };
        Ok(DeclarationKind::Rows(Rows { name, keys, tie }))
    }

    /// `of members` behind a name: one value for each of the members.
    fn of_rows(&mut self) -> Parsed<Option<Name>> {
        if self.take_word("of") { self.name("the name of rows").map(Some) } else { Ok(None) }
    }

    fn fact(&mut self) -> Parsed<DeclarationKind> {
        let name = self.name("the fact's name")?;
        let rows = self.of_rows()?;
        self.mark(":")?;
        let kind = self.type_expression()?;
        let mut bounds = Vec::new();
        while let Some(comparison) = self.bound_words()? {
            bounds.push(Bound { comparison, limit: self.literal()? });
        }
        let presence = if self.take_word("optional") {
            Presence::Optional
        } else if self.take_word("on_demand") {
            Presence::OnDemand
        } else {
            Presence::Always
        };
        Ok(DeclarationKind::Fact(Fact { name, rows, kind, bounds, presence }))
    }

    /// `above`, `below`, `at least`, `at most`.
    fn bound_words(&mut self) -> Parsed<Option<Comparison>> {
        if self.take_word("above") {
            return Ok(Some(Comparison::Greater));
        }
        if self.take_word("below") {
            return Ok(Some(Comparison::Less));
        }
        if !self.take_word("at") {
            return Ok(None);
        }
        if self.take_word("least") {
            Ok(Some(Comparison::GreaterOrEqual))
        } else if self.take_word("most") {
            Ok(Some(Comparison::LessOrEqual))
        } else {
            Err(self.expected("'least' or 'most' after 'at'"))
        }
    }

    fn parameter(&mut self) -> Parsed<DeclarationKind> {
        let name = self.name("the parameter's name")?;
        let by = if self.take_word("by") { Some(self.name("a fact or term")?) } else { None };
        self.mark(":")?;
        let kind = self.type_expression()?;
        Ok(DeclarationKind::Parameter(Parameter { name, by, kind }))
    }

    fn table(&mut self) -> Parsed<DeclarationKind> {
        let name = self.name("the table's name")?;
        self.mark("(")?;
        let argument = self.name("the name of the table's argument")?;
        self.mark(":")?;
        let argument_kind = self.type_expression()?;
        self.mark(")")?;
        self.mark(":")?;
        let kind = self.type_expression()?;
        self.mark(",")?;
        let interpolation = if self.take_word("linear") {
            Interpolation::Linear
        } else if self.take_word("stepped") {
            Interpolation::Stepped
        } else {
            return Err(self.expected("'linear' or 'stepped': how values inside a row are found"));
        };
        let mut rows = Vec::new();
        while self.is_word("from") {
            rows.push(self.table_row()?);
        }
        if rows.is_empty() {
            return Err(self.expected("a row: 'from 5,000 to 5,999: 3.9% to 3.6%'"));
        }
        Ok(DeclarationKind::Table(Table {
            name,
            argument,
            argument_kind,
            kind,
            interpolation,
            rows,
        }))
    }

    fn table_row(&mut self) -> Parsed<TableRow> {
        let start = self.peek().span;
        self.word("from")?;
        let from = self.literal()?;
        let to = if self.take_word("to") { Some(self.literal()?) } else { None };
        self.mark(":")?;
        let at_from = self.literal()?;
        let at_to = if self.take_word("to") { Some(self.literal()?) } else { None };
        Ok(TableRow { from, to, at_from, at_to, span: start.to(self.previous_span()) })
    }

    fn term(&mut self) -> Parsed<DeclarationKind> {
        let name = self.name("the term's name")?;
        let rows = self.of_rows()?;
        self.mark(":")?;
        let kind = self.type_expression()?;
        self.take_mark(",");
        let rounded = if self.take_word("rounded") { Some(self.rounding()?) } else { None };
        if self.take_mark("=") {
            let definition = Definition::Formula(self.expression()?);
            return Ok(DeclarationKind::Term(Term { name, rows, kind, rounded, definition }));
        }
        let mut rules = Vec::new();
        while self.is_word("rule") || self.is_word("otherwise") {
            if rules.len() >= RULES_MAX {
                return Err(self.too_many_rules(&name));
            }
            rules.push(self.rule()?);
        }
        if rules.is_empty() {
            return Err(self.expected("'=' and a formula, or rules"));
        }
        let definition = Definition::Rules(rules);
        Ok(DeclarationKind::Term(Term { name, rows, kind, rounded, definition }))
    }

    fn too_many_rules(&self, term: &Name) -> Box<Problem> {
        let message = format!("'{}' has more than {RULES_MAX} rules", term.text);
        let finding = Finding::error("CONTRACT-too-large", 7, message)
            .because("Each rule is compared with every other one, by people as by machines")
            .fix("Use a table, a parameter by code, or several terms");
        Box::new(Problem::at(finding, CONTRACT_FILE, self.peek().span).label("one rule too many"))
    }

    fn rounding(&mut self) -> Parsed<RoundingClause> {
        let name = self.name("half_up, half_even, down or up")?;
        let Some(mode) = rounding_named(&name.text) else {
            self.at = self.at.saturating_sub(1);
            return Err(self.expected("half_up, half_even, down or up"));
        };
        self.word("to")?;
        Ok(RoundingClause { mode, step: self.literal()? })
    }

    fn rule(&mut self) -> Parsed<Rule> {
        let start = self.peek().span;
        if self.take_word("otherwise") {
            self.mark(":")?;
            let name = Name { text: "otherwise".to_owned(), span: start };
            let value = self.expression()?;
            return Ok(self.finished_rule(name, Vec::new(), None, value));
        }
        self.word("rule")?;
        let name = self.name("the rule's name")?;
        self.take_mark(",");
        let mut exception_to = Vec::new();
        if self.take_word("exception") {
            self.word("to")?;
            exception_to.push(self.name("the rule that gives way")?);
            while self.take_word("and") {
                exception_to.push(self.name("the rule that gives way")?);
            }
            self.take_mark(",");
        }
        self.word("when")?;
        let condition = self.expression()?;
        self.mark(":")?;
        let value = self.expression()?;
        let mut rule = self.finished_rule(name, exception_to, Some(condition), value);
        rule.span = start.to(rule.span);
        Ok(rule)
    }

    fn finished_rule(
        &self,
        name: Name,
        exception_to: Vec<Name>,
        condition: Option<Expression>,
        value: Expression,
    ) -> Rule {
        let span = name.span.to(value.span);
        Rule { name, exception_to, condition, value, clause: self.clause, span }
    }

    fn note(&mut self) -> Parsed<DeclarationKind> {
        let name = self.name("the note's name")?;
        self.take_mark(",");
        self.word("when")?;
        let condition = self.expression()?;
        self.mark(":")?;
        let text = self.text("the sentence of the note in double quotes")?;
        Ok(DeclarationKind::Note(Note { name, condition, text }))
    }

    fn column(&mut self) -> Parsed<DeclarationKind> {
        let start = self.previous_span();
        let title = self.text("the column's heading in double quotes")?;
        let rows = self.of_rows()?;
        self.mark("=")?;
        let source = if self.take_word("notes") {
            ColumnSource::Notes
        } else if self.take_word("lowest") {
            ColumnSource::Lowest(self.name("the term whose least value is meant")?)
        } else if self.take_word("highest") {
            ColumnSource::Highest(self.name("the term whose greatest value is meant")?)
        } else {
            ColumnSource::Value(self.name("a fact or term, lowest, highest or notes")?)
        };
        let span = start.to(self.previous_span());
        Ok(DeclarationKind::Column(Column { title, rows, source, span }))
    }

    fn type_expression(&mut self) -> Parsed<TypeExpression> {
        let start = self.peek().span;
        let (mut words, mut codes) = (Vec::new(), Vec::new());
        if self.take_word("one") {
            self.word("of")?;
            codes.push(self.name("a code")?);
            while self.take_mark(",") {
                codes.push(self.name("a code")?);
            }
        } else {
            words.push(self.name("a type: money, rate, count, flag, code, date, period, ...")?);
            while self.take_word("per") {
                words.push(self.name("a unit")?);
            }
        }
        Ok(TypeExpression { words, codes, span: start.to(self.previous_span()) })
    }

    // ---- single pieces

    fn peek(&self) -> &Token {
        // The list ends with End and `take` never passes it, so the last piece always exists.
        self.tokens.get(self.at).or(self.tokens.last()).unwrap_or(&END)
    }

    fn take(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn previous_span(&self) -> Span {
        self.tokens.get(self.at.saturating_sub(1)).map(|token| token.span).unwrap_or_default()
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.peek().kind, TokenKind::Word(found) if found == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(word);
        if is_there {
            self.take();
        }
        is_there
    }

    fn word(&mut self, word: &'static str) -> Parsed<()> {
        if self.take_word(word) { Ok(()) } else { Err(self.expected(&format!("'{word}'"))) }
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let is_there = matches!(self.peek().kind, TokenKind::Mark(found) if found == mark);
        if is_there {
            self.take();
        }
        is_there
    }

    fn mark(&mut self, mark: &'static str) -> Parsed<()> {
        if self.take_mark(mark) { Ok(()) } else { Err(self.expected(&format!("'{mark}'"))) }
    }

    fn text(&mut self, what: &str) -> Parsed<String> {
        if let TokenKind::Text(text) = &self.peek().kind {
            let text = text.clone();
            self.take();
            return Ok(text);
        }
        Err(self.expected(what))
    }

    fn name(&mut self, what: &str) -> Parsed<Name> {
        let token = self.peek().clone();
        match token.kind {
            TokenKind::Word(text) if !RESERVED.contains(&text.as_str()) => {
                self.take();
                Ok(Name { text, span: token.span })
            }
            TokenKind::Word(text) => {
                let mut problem = self.expected(what);
                problem.finding.cause =
                    format!("'{text}' is a word of the language and cannot be a name");
                Err(problem)
            }
            _ => Err(self.expected(what)),
        }
    }

    /// The problem that something else stands here.
    fn expected(&self, what: &str) -> Box<Problem> {
        let token = self.peek();
        let found = match &token.kind {
            TokenKind::Word(word) => format!("'{word}'"),
            TokenKind::Number(..) => "a number".to_owned(),
            TokenKind::Date(_) => "a date".to_owned(),
            TokenKind::Text(_) => "a text in quotes".to_owned(),
            TokenKind::Mark(mark) => format!("'{mark}'"),
            TokenKind::Unreadable(reason) => (*reason).to_owned(),
            TokenKind::End => "the end of the block".to_owned(),
        };
        let message = match &token.kind {
            TokenKind::Unreadable(reason) => format!("This cannot be read: {reason}"),
            _ => format!("Expected {what}, found {found}"),
        };
        let finding = Finding::error("CONTRACT-syntax", 7, message)
            .fix("See the grammar in docs/reference/contract-language.md");
        Box::new(Problem::at(finding, CONTRACT_FILE, token.span).label(format!("expected {what}")))
    }
}

const END: Token =
    Token { kind: TokenKind::End, span: Span { start: 0, end: 0 }, starts_line: true };
