//! Reads expressions: `or`, `and`, `not`, comparisons, sums, products, and single values.

use super::{CONTRACT_FILE, Parsed, Parser};
use crate::ast::{Comparison, Expression, ExpressionKind, LiteralUnit, Name, Operator, Over, Span};
use crate::lexer::TokenKind;
use crate::problem::Problem;
use crate::unit::Unit;
use counterfoil_base::Finding;

/// How deeply expressions may nest: beyond what a reader can follow.
const DEPTH_MAX: usize = 24;

/// How many operators one chain may have: `a + b + c ...`.
const CHAIN_MAX: usize = 100;

/// How many parts may stand inside each other, by brackets and chains together.
const PARTS_MAX: usize = 200;

impl Parser {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.too_deep());
        }
        let parsed = self.conditional()?;
        self.depth -= 1;
        if parsed.depth() > PARTS_MAX { Err(self.too_deep()) } else { Ok(parsed) }
    }

    fn conditional(&mut self) -> Parsed<Expression> {
        let start = self.peek().span;
        if !self.take_word("if") {
            return self.alternatives();
        }
        let condition = self.expression()?;
        self.word("then")?;
        let then = self.expression()?;
        self.word("else")?;
        let other = self.expression()?;
        let kind = ExpressionKind::If(Box::new(condition), Box::new(then), Box::new(other));
        Ok(self.finish(kind, start))
    }

    fn alternatives(&mut self) -> Parsed<Expression> {
        let mut left = self.conjunction()?;
        for count in 1.. {
            if !self.take_word("or") {
                break;
            }
            self.check_chain(count)?;
            left = binary(Operator::Or, left, self.conjunction()?);
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Parsed<Expression> {
        let mut left = self.negation()?;
        for count in 1.. {
            if !self.take_word("and") {
                break;
            }
            self.check_chain(count)?;
            left = binary(Operator::And, left, self.negation()?);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Parsed<Expression> {
        let start = self.peek().span;
        if !self.take_word("not") {
            return self.comparison();
        }
        let inner = self.comparison()?;
        Ok(self.finish(ExpressionKind::Not(Box::new(inner)), start))
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        let left = self.sum()?;
        if self.take_word("is") {
            return self.is_code(left);
        }
        if self.take_word("within") {
            let right = self.sum()?;
            let span = left.span.to(right.span);
            let kind = ExpressionKind::Within(Box::new(left), Box::new(right));
            return Ok(Expression { kind, span });
        }
        let TokenKind::Mark(mark) = self.peek().kind else { return Ok(left) };
        let comparison = match mark {
            "=" => Comparison::Equal,
            "<>" => Comparison::Unequal,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return Ok(left),
        };
        self.take();
        Ok(binary(Operator::Compare(comparison), left, self.sum()?))
    }

    fn is_code(&mut self, value: Expression) -> Parsed<Expression> {
        let is_negated = self.take_word("not");
        let mut codes = Vec::new();
        if self.is_word("one") {
            self.take();
            self.word("of")?;
            codes.push(self.code()?);
            while self.take_mark(",") {
                codes.push(self.code()?);
            }
        } else {
            codes.push(self.code()?);
        }
        let start = value.span;
        Ok(self.finish(ExpressionKind::Is { value: Box::new(value), codes, is_negated }, start))
    }

    /// A code after `is`: a bare word, or any text in quotes.
    fn code(&mut self) -> Parsed<Name> {
        let span = self.peek().span;
        if matches!(self.peek().kind, TokenKind::Text(_)) {
            return Ok(Name { text: self.text("a code")?, span });
        }
        self.name("a code, or a code in double quotes")
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let mut left = self.product()?;
        for count in 1.. {
            let operator = match self.peek().kind {
                TokenKind::Mark("+") => Operator::Add,
                TokenKind::Mark("-") => Operator::Subtract,
                _ => break,
            };
            self.take();
            self.check_chain(count)?;
            left = binary(operator, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed<Expression> {
        let mut left = self.signed()?;
        for count in 1.. {
            let operator = match self.peek().kind {
                TokenKind::Mark("*") => Operator::Multiply,
                TokenKind::Mark("/") => Operator::Divide,
                _ => break,
            };
            self.take();
            self.check_chain(count)?;
            left = binary(operator, left, self.signed()?);
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed<Expression> {
        let start = self.peek().span;
        if !self.take_mark("-") {
            return self.single();
        }
        let inner = self.single()?;
        Ok(self.finish(ExpressionKind::Negate(Box::new(inner)), start))
    }

    fn single(&mut self) -> Parsed<Expression> {
        let token = self.peek().clone();
        let kind = match token.kind {
            TokenKind::Number(value, unit) => {
                self.take();
                let unit = self.literal_unit(unit);
                ExpressionKind::Number(value, unit)
            }
            TokenKind::Date(day) => {
                self.take();
                ExpressionKind::Date(day)
            }
            TokenKind::Text(text) => {
                self.take();
                ExpressionKind::Code(text)
            }
            TokenKind::Mark("(") => {
                self.take();
                let inner = self.expression()?;
                self.mark(")")?;
                return Ok(self.finish(inner.kind, token.span));
            }
            TokenKind::Word(word) if word == "true" || word == "false" => {
                self.take();
                ExpressionKind::Flag(word == "true")
            }
            _ => {
                let name = self.name("a value: a number, a name, or a bracket")?;
                if self.take_mark("(") { self.call(name)? } else { ExpressionKind::Name(name.text) }
            }
        };
        Ok(self.finish(kind, token.span))
    }

    /// What stands in the brackets behind a name: arguments, or something over rows.
    fn call(&mut self, name: Name) -> Parsed<ExpressionKind> {
        if name.text == "count" {
            return self.over(name, None, None);
        }
        let first = self.expression()?;
        if name.text == "split" {
            self.word("by")?;
            let weight = self.expression()?;
            self.word("over")?;
            return self.over(name, Some(weight), Some(first));
        }
        if self.take_word("over") {
            return self.over(name, Some(first), None);
        }
        Ok(ExpressionKind::Call(name, self.arguments(first)?))
    }

    /// The rest of `sum(x over members where y)`, from the name of the rows on.
    fn over(
        &mut self,
        operation: Name,
        value: Option<Expression>,
        other: Option<Expression>,
    ) -> Parsed<ExpressionKind> {
        let rows = self.name("the name of rows")?;
        let condition = if self.take_word("where") { Some(self.expression()?) } else { None };
        let other = match other {
            None if self.take_word("else") => Some(self.expression()?),
            other => other,
        };
        self.mark(")")?;
        Ok(ExpressionKind::Over(Box::new(Over { operation, value, rows, condition, other })))
    }

    fn arguments(&mut self, first: Expression) -> Parsed<Vec<Expression>> {
        let mut arguments = vec![first];
        while self.take_mark(",") {
            self.check_chain(arguments.len())?;
            arguments.push(self.expression()?);
        }
        self.mark(")")?;
        Ok(arguments)
    }

    /// A number, date, code or flag with an optional sign: what tables and bounds hold.
    pub(super) fn literal(&mut self) -> Parsed<Expression> {
        let is_literal = match &self.peek().kind {
            TokenKind::Number(..) | TokenKind::Date(_) | TokenKind::Text(_) => true,
            TokenKind::Mark("-") => true,
            TokenKind::Word(word) => word == "true" || word == "false",
            _ => false,
        };
        if is_literal { self.signed() } else { Err(self.expected("a number as it is written")) }
    }

    /// `12 member_months`: a plain number takes the unit behind it.
    fn literal_unit(&mut self, unit: LiteralUnit) -> LiteralUnit {
        if let (LiteralUnit::Plain, TokenKind::Word(word)) = (unit, &self.peek().kind)
            && let Some(named) = Unit::named(word)
            && !self.peek().starts_line
        {
            self.take();
            return LiteralUnit::Named(named);
        }
        unit
    }

    fn finish(&self, kind: ExpressionKind, start: Span) -> Expression {
        Expression { kind, span: start.to(self.previous_span()) }
    }

    fn check_chain(&self, count: usize) -> Parsed<()> {
        if count > CHAIN_MAX { Err(self.too_deep()) } else { Ok(()) }
    }

    fn too_deep(&self) -> Box<Problem> {
        let finding = Finding::error(
            "CONTRACT-too-deep",
            7,
            "This expression has more parts inside each other than a reader can follow",
        )
        .because(format!(
            "Brackets nest up to {DEPTH_MAX} deep, chains are up to {CHAIN_MAX} long, and both \
             together have up to {PARTS_MAX} parts inside each other"
        ))
        .fix("Give a part of it a name of its own with 'term'");
        Box::new(Problem::at(finding, CONTRACT_FILE, self.peek().span))
    }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    let span = left.span.to(right.span);
    Expression { kind: ExpressionKind::Binary(operator, Box::new(left), Box::new(right)), span }
}
