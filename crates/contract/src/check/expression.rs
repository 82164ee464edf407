//! Types and units of expressions, and the nodes they become.

use super::literal::takes;
use super::{Checker, Meaning, Typed};
use crate::ast::{Comparison, Expression, ExpressionKind, LiteralUnit, Name, Operator, Span};
use crate::number::Number;
use crate::problem::did_you_mean;
use crate::program::{Arithmetic, Node, NodeId, OverOperation};
use crate::rounding::rounding_named;
use crate::unit::{Type, Unit};
use crate::value::Value;
use counterfoil_base::Finding;

/// Functions of the language with the number of their arguments, least and most.
const FUNCTIONS: [(&str, usize, usize); 8] = [
    ("least", 2, 101),
    ("greatest", 2, 101),
    ("clamp", 3, 3),
    ("magnitude", 1, 1),
    ("round", 3, 3),
    ("given", 1, 1),
    ("days_in", 1, 1),
    ("year_of", 1, 1),
];

/// True for names that the language itself gives.
pub(super) fn is_built_in(name: &str) -> bool {
    name == "year"
        || name == "performance_period"
        || FUNCTIONS.iter().any(|f| f.0 == name)
        || OverOperation::named(name).is_some()
}

impl Checker {
    /// The node of an expression that must have the given type.
    pub(super) fn expression_of(&mut self, written: &Expression, wanted: &Type) -> Option<NodeId> {
        let typed = self.expression(written)?;
        if self.fits(&typed, wanted) {
            self.retype(&typed, wanted);
            return Some(typed.node);
        }
        self.mismatch(&typed, wanted, written.span);
        None
    }

    fn fits(&self, typed: &Typed, wanted: &Type) -> bool {
        match (&typed.kind, wanted) {
            (Type::Number(unit), Type::Number(wanted)) => {
                unit == wanted || typed.is_plain && self.plain_takes(typed.node, *wanted)
            }
            (Type::Code(codes), Type::Code(wanted)) => {
                wanted.is_empty()
                    || !codes.is_empty() && codes.iter().all(|code| wanted.contains(code))
            }
            (kind, wanted) => kind == wanted,
        }
    }

    /// A plain number takes the unit of what it meets, so that it is shown in that unit.
    fn retype(&mut self, typed: &Typed, wanted: &Type) {
        if !typed.is_plain {
            return;
        }
        let inner = match self.program.nodes.get(typed.node) {
            Some(Node::Negate(inner)) => *inner,
            _ => typed.node,
        };
        if let Some(Node::Constant(_, kind)) = self.program.nodes.get_mut(inner) {
            kind.clone_from(wanted);
        }
    }

    fn plain_takes(&self, node: NodeId, wanted: Unit) -> bool {
        let zero = Value::Number(Number::ZERO);
        let is_zero = match self.program.nodes.get(node) {
            Some(Node::Constant(value, _)) => *value == zero,
            _ => false,
        };
        takes(LiteralUnit::Plain, wanted, is_zero)
    }

    fn mismatch(&mut self, typed: &Typed, wanted: &Type, span: Span) {
        let label = format!("this is {}", typed.kind);
        if typed.is_plain && matches!(wanted, Type::Number(unit) if unit.is_money()) {
            let message = format!("Expected {wanted}, found a plain number");
            let finding = Finding::error("CONTRACT-unit", 7, message)
                .because("A number could be dollars, members or anything else")
                .fix("Write an amount of money with $, such as $1,000");
            return self.complain(finding, span, "not an amount of money");
        }
        if let (Type::Number(_), Type::Number(_)) = (&typed.kind, wanted) {
            let message = format!("Expected {wanted}, found {}", typed.kind);
            let finding = Finding::error("CONTRACT-unit", 7, message)
                .because("Amounts of different units are never taken for each other")
                .fix("Multiply or divide so that the units agree, or correct the declared unit");
            return self.complain(finding, span, label);
        }
        let message = format!("Expected {wanted}, found {}", typed.kind);
        let finding = Finding::error("CONTRACT-type", 7, message)
            .fix("Use a value of the expected type, or correct the declared type");
        self.complain(finding, span, label);
    }

    pub(super) fn add(&mut self, node: Node, span: Span, kind: Type) -> Typed {
        self.program.nodes.push(node);
        self.program.spans.push(span);
        Typed { node: self.program.nodes.len() - 1, kind, is_plain: false }
    }

    pub(super) fn expression(&mut self, written: &Expression) -> Option<Typed> {
        let span = written.span;
        match &written.kind {
            ExpressionKind::Number(number, unit) => Some(self.number(*number, *unit, span)),
            ExpressionKind::Flag(flag) => Some(self.constant(Value::Flag(*flag), Type::Flag, span)),
            ExpressionKind::Code(code) => {
                let kind = Type::Code(vec![code.clone()]);
                Some(self.constant(Value::Code(code.as_str().into()), kind, span))
            }
            ExpressionKind::Date(day) => Some(self.constant(Value::Date(*day), Type::Date, span)),
            ExpressionKind::Name(name) => self.name_node(name, span),
            ExpressionKind::Call(name, arguments) => self.call(name, arguments, span),
            ExpressionKind::Over(over) => self.over(over, span),
            ExpressionKind::Negate(inner) => {
                let typed = self.number_expression(inner)?;
                let negated = self.add(Node::Negate(typed.node), span, typed.kind);
                Some(Typed { is_plain: typed.is_plain, ..negated })
            }
            ExpressionKind::Not(inner) => {
                let inner = self.expression_of(inner, &Type::Flag)?;
                Some(self.add(Node::Not(inner), span, Type::Flag))
            }
            ExpressionKind::Binary(operator, left, right) => {
                self.binary(*operator, left, right, span)
            }
            ExpressionKind::Is { value, codes, is_negated } => {
                self.is_code(value, codes, *is_negated, span)
            }
            ExpressionKind::If(condition, then, other) => {
                let condition = self.expression_of(condition, &Type::Flag);
                let (then, other) = (self.expression(then), self.expression(other));
                let (condition, then, other) = (condition?, then?, other?);
                let (kind, is_plain) = self.common(&then, &other, span)?;
                let node = Node::If(condition, then.node, other.node);
                let typed = self.add(node, span, kind);
                Some(Typed { is_plain, ..typed })
            }
            ExpressionKind::Within(day, period) => {
                let day = self.expression_of(day, &Type::Date);
                let period = self.expression_of(period, &Type::Period);
                Some(self.add(Node::Within(day?, period?), span, Type::Flag))
            }
        }
    }

    fn number(&mut self, number: Number, unit: LiteralUnit, span: Span) -> Typed {
        let kind = Type::Number(match unit {
            LiteralUnit::Money => Unit::MONEY,
            LiteralUnit::Named(unit) => unit,
            LiteralUnit::Percent | LiteralUnit::Plain => Unit::RATE,
        });
        let typed = self.constant(Value::Number(number), kind, span);
        Typed { is_plain: unit == LiteralUnit::Plain, ..typed }
    }

    fn constant(&mut self, value: Value, kind: Type, span: Span) -> Typed {
        self.add(Node::Constant(value, kind.clone()), span, kind)
    }

    /// The node of a fact, parameter or term.
    pub(super) fn name_node(&mut self, name: &str, span: Span) -> Option<Typed> {
        match name {
            "year" => return Some(self.add(Node::Year, span, Type::Number(Unit::COUNT))),
            "performance_period" => {
                return Some(self.add(Node::PerformancePeriod, span, Type::Period));
            }
            _ => {}
        }
        let Some((meaning, _)) = self.names.get(name).copied() else {
            let suggestion = did_you_mean(name, self.names.keys().map(String::as_str));
            let finding =
                Finding::error("CONTRACT-unknown-name", 7, format!("Nothing is called '{name}'"))
                    .because("Every name is declared as a fact, parameter, table or term")
                    .fix(suggestion);
            self.complain(finding, span, "unknown");
            return None;
        };
        self.used.push(meaning);
        if !self.is_at_hand(name, meaning, span) {
            return None;
        }
        let program = &self.program;
        let (node, kind) = match meaning {
            Meaning::Fact(i) => (Node::Fact(i), program.facts.get(i).map(|f| &f.kind)),
            Meaning::RowFact(set, i) => {
                (Node::RowFact(set, i), program.row_fact(set, i).map(|f| &f.kind))
            }
            Meaning::Rows(_) => {
                let message = format!("'{name}' are rows, not a value");
                let finding = Finding::error("CONTRACT-rows", 7, message)
                    .because("Only what is found from all of the rows is a value")
                    .fix(format!("Write for example count({name}) or sum(... over {name})"));
                self.complain(finding, span, "rows");
                return None;
            }
            Meaning::Parameter(i) => {
                (Node::Parameter(i), program.parameters.get(i).map(|p| &p.kind))
            }
            Meaning::Term(i) => (Node::Term(i), program.terms.get(i).map(|t| &t.kind)),
            Meaning::Table(_) => {
                let message = format!("'{name}' is a table and needs an argument");
                let finding = Finding::error("CONTRACT-type", 7, message)
                    .fix(format!("Write {name}(...) with the value to look up"));
                self.complain(finding, span, "a table");
                return None;
            }
        };
        let kind = kind.cloned()?;
        Some(self.add(node, span, kind))
    }

    fn call(&mut self, name: &Name, arguments: &[Expression], span: Span) -> Option<Typed> {
        if let Some((Meaning::Table(index), _)) = self.names.get(&name.text).copied() {
            self.used.push(Meaning::Table(index));
            let (kind, argument_kind) = {
                let table = self.program.tables.get(index)?;
                (table.kind.clone(), table.argument_kind.clone())
            };
            let [argument] = arguments else {
                return self.arguments_wrong(&name.text, 1, 1, span);
            };
            let argument = self.expression_of(argument, &argument_kind)?;
            return Some(self.add(Node::Table(index, argument), span, kind));
        }
        let Some((_, least, most)) = FUNCTIONS.iter().find(|f| f.0 == name.text) else {
            let names = self.names.keys().map(String::as_str);
            let suggestion = did_you_mean(&name.text, names.chain(FUNCTIONS.iter().map(|f| f.0)));
            let message = format!("No table or function is called '{}'", name.text);
            let functions: Vec<&str> = FUNCTIONS.iter().map(|function| function.0).collect();
            let finding = Finding::error("CONTRACT-unknown-name", 7, message)
                .because(format!("Functions are {}", functions.join(", ")))
                .fix(suggestion);
            self.complain(finding, name.span, "unknown");
            return None;
        };
        if arguments.len() < *least || arguments.len() > *most {
            return self.arguments_wrong(&name.text, *least, *most, span);
        }
        self.function(&name.text, arguments, span)
    }

    fn arguments_wrong(
        &mut self,
        name: &str,
        least: usize,
        most: usize,
        span: Span,
    ) -> Option<Typed> {
        let wanted = if least == most { least.to_string() } else { format!("at least {least}") };
        let message = format!("'{name}' takes {wanted} values in its brackets");
        let finding = Finding::error("CONTRACT-type", 7, message)
            .fix("See the functions in docs/reference/contract-language.md");
        self.complain(finding, span, "here");
        None
    }

    fn function(&mut self, name: &str, arguments: &[Expression], span: Span) -> Option<Typed> {
        match (name, arguments) {
            ("given", [argument]) => {
                let ExpressionKind::Name(fact) = &argument.kind else {
                    return self.given_wrong(argument.span);
                };
                let Some((meaning, _)) = self.names.get(fact).copied() else {
                    return self.given_wrong(argument.span);
                };
                let node = match meaning {
                    Meaning::Fact(index) => Node::Given(index),
                    Meaning::RowFact(set, index) => Node::RowGiven(set, index),
                    _ => return self.given_wrong(argument.span),
                };
                self.used.push(meaning);
                if !self.is_at_hand(fact, meaning, argument.span) {
                    return None;
                }
                Some(self.add(node, span, Type::Flag))
            }
            ("days_in", [argument]) => {
                let period = self.expression_of(argument, &Type::Period)?;
                Some(self.add(Node::DaysIn(period), span, Type::Number(Unit::DAYS)))
            }
            ("year_of", [argument]) => {
                let day = self.expression_of(argument, &Type::Date)?;
                Some(self.add(Node::YearOf(day), span, Type::Number(Unit::COUNT)))
            }
            ("magnitude", [argument]) => {
                let typed = self.number_expression(argument)?;
                Some(self.add(Node::Absolute(typed.node), span, typed.kind))
            }
            ("round", [value, mode, step]) => self.round(value, mode, step, span),
            _ => self.extreme(name, arguments, span),
        }
    }

    fn given_wrong(&mut self, span: Span) -> Option<Typed> {
        let finding = Finding::error("CONTRACT-type", 7, "'given' asks whether a fact is there")
            .fix("Put the name of an optional fact into the brackets");
        self.complain(finding, span, "not a fact");
        None
    }

    fn round(
        &mut self,
        value: &Expression,
        mode: &Expression,
        step: &Expression,
        span: Span,
    ) -> Option<Typed> {
        let value = self.number_expression(value)?;
        let named = match &mode.kind {
            ExpressionKind::Name(name) => rounding_named(name),
            _ => None,
        };
        let Some(mode_found) = named else {
            let finding = Finding::error("CONTRACT-type", 7, "The rounding must be named")
                .because("Each rounding says how ties and remainders are placed")
                .fix("Write half_up, half_even, down or up");
            self.complain(finding, mode.span, "not a rounding");
            return None;
        };
        match self.literal(step, &value.kind)? {
            Value::Number(step) if step > Number::ZERO => {
                let node = Node::Round { value: value.node, mode: mode_found, step };
                Some(self.add(node, span, value.kind))
            }
            _ => {
                let finding = Finding::error("CONTRACT-type", 7, "The step must be above zero")
                    .fix("Write for example $0.01");
                self.complain(finding, step.span, "this step");
                None
            }
        }
    }

    /// `least`, `greatest`, and `clamp(x, low, high)`, which is least(greatest(x, low), high).
    fn extreme(&mut self, name: &str, arguments: &[Expression], span: Span) -> Option<Typed> {
        let mut typed = Vec::new();
        for argument in arguments {
            typed.push(self.number_expression(argument)?);
        }
        let mut kind = typed.first()?.clone();
        for other in typed.iter().skip(1) {
            let (common, is_plain) = self.common(&kind, other, span)?;
            kind = Typed { node: other.node, kind: common, is_plain };
        }
        let nodes: Vec<NodeId> = typed.iter().map(|typed| typed.node).collect();
        let made = match (name, nodes.as_slice()) {
            ("clamp", [value, low, high]) => {
                let raised = self.add(Node::Greatest(vec![*value, *low]), span, kind.kind.clone());
                self.add(Node::Least(vec![raised.node, *high]), span, kind.kind)
            }
            ("least", _) => self.add(Node::Least(nodes), span, kind.kind),
            _ => self.add(Node::Greatest(nodes), span, kind.kind),
        };
        Some(Typed { is_plain: kind.is_plain, ..made })
    }

    pub(super) fn number_expression(&mut self, written: &Expression) -> Option<Typed> {
        let typed = self.expression(written)?;
        if matches!(typed.kind, Type::Number(_)) {
            return Some(typed);
        }
        let message = format!("Expected a number, found {}", typed.kind);
        let finding = Finding::error("CONTRACT-type", 7, message).fix("Use a number here");
        self.complain(finding, written.span, format!("this is {}", typed.kind));
        None
    }

    /// The type that two values share, and whether it is still that of plain numbers.
    pub(super) fn common(
        &mut self,
        left: &Typed,
        right: &Typed,
        span: Span,
    ) -> Option<(Type, bool)> {
        if let (Type::Code(a), Type::Code(b)) = (&left.kind, &right.kind) {
            if a.is_empty() || b.is_empty() {
                return Some((Type::Code(Vec::new()), false));
            }
            let mut all = a.clone();
            all.extend(b.iter().filter(|code| !a.contains(code)).cloned());
            return Some((Type::Code(all), false));
        }
        if self.fits(right, &left.kind) {
            self.retype(right, &left.kind);
            return Some((left.kind.clone(), left.is_plain && right.is_plain));
        }
        if self.fits(left, &right.kind) {
            self.retype(left, &right.kind);
            return Some((right.kind.clone(), right.is_plain));
        }
        let (wrong, other) = if left.is_plain { (left, right) } else { (right, left) };
        self.mismatch(wrong, &other.kind.clone(), span);
        None
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        span: Span,
    ) -> Option<Typed> {
        match operator {
            Operator::And | Operator::Or => {
                let left = self.expression_of(left, &Type::Flag);
                let right = self.expression_of(right, &Type::Flag);
                let (left, right) = (left?, right?);
                let node = match operator {
                    Operator::And => Node::And(left, right),
                    _ => Node::Or(left, right),
                };
                Some(self.add(node, span, Type::Flag))
            }
            Operator::Compare(comparison) => {
                let (left, right) = (self.expression(left), self.expression(right));
                let (left, right) = (left?, right?);
                let (kind, _) = self.common(&left, &right, span)?;
                let is_ordered = matches!(kind, Type::Number(_) | Type::Date);
                if !is_ordered && !matches!(comparison, Comparison::Equal | Comparison::Unequal) {
                    let message = format!("Values of type {kind} have no order");
                    let finding = Finding::error("CONTRACT-type", 7, message)
                        .fix("Compare them with = or <>, codes also with 'is'");
                    self.complain(finding, span, "here");
                    return None;
                }
                Some(self.add(Node::Compare(comparison, left.node, right.node), span, Type::Flag))
            }
            Operator::Add => self.arithmetic(Arithmetic::Add, left, right, span),
            Operator::Subtract => self.arithmetic(Arithmetic::Subtract, left, right, span),
            Operator::Multiply => self.arithmetic(Arithmetic::Multiply, left, right, span),
            Operator::Divide => self.arithmetic(Arithmetic::Divide, left, right, span),
        }
    }

    fn arithmetic(
        &mut self,
        operation: Arithmetic,
        left: &Expression,
        right: &Expression,
        span: Span,
    ) -> Option<Typed> {
        let (first, second) = (self.expression(left), self.expression(right));
        let (first, second) = (first?, second?);
        if operation == Arithmetic::Subtract
            && first.kind == Type::Date
            && second.kind == Type::Date
        {
            let node = Node::DaysBetween(second.node, first.node);
            return Some(self.add(node, span, Type::Number(Unit::DAYS)));
        }
        let (Type::Number(a), Type::Number(b)) = (&first.kind, &second.kind) else {
            let wrong = if matches!(first.kind, Type::Number(_)) { &second } else { &first };
            let message = format!("Arithmetic needs numbers, found {}", wrong.kind);
            let finding = Finding::error("CONTRACT-type", 7, message).fix("Use numbers here");
            self.complain(finding, span, "here");
            return None;
        };
        let (a, b) = (*a, *b);
        let (kind, is_plain) = match operation {
            Arithmetic::Add | Arithmetic::Subtract => self.common(&first, &second, span)?,
            Arithmetic::Multiply | Arithmetic::Divide => {
                let is_product = operation == Arithmetic::Multiply;
                let Some(unit) = (if is_product { a.times(b) } else { a.per(b) }) else {
                    return self.unit_too_high(span);
                };
                (Type::Number(unit), first.is_plain && second.is_plain)
            }
        };
        let node = Node::Arithmetic(operation, first.node, second.node);
        let typed = self.add(node, span, kind);
        Some(Typed { is_plain, ..typed })
    }

    fn unit_too_high(&mut self, span: Span) -> Option<Typed> {
        let finding = Finding::error("CONTRACT-unit", 7, "The unit of this is not kept")
            .because("A unit is a product of up to 127 equal units")
            .fix("Divide by the unit where the number is formed");
        self.complain(finding, span, "here");
        None
    }

    fn is_code(
        &mut self,
        value: &Expression,
        codes: &[Name],
        is_negated: bool,
        span: Span,
    ) -> Option<Typed> {
        let typed = self.expression(value)?;
        let Type::Code(known) = &typed.kind else {
            let message = format!("'is' compares codes, found {}", typed.kind);
            let finding = Finding::error("CONTRACT-type", 7, message)
                .fix("Compare numbers with =, <, <=, > or >=");
            self.complain(finding, value.span, format!("this is {}", typed.kind));
            return None;
        };
        let known = known.clone();
        for code in codes {
            if !known.is_empty() && !known.contains(&code.text) {
                let message = format!("'{}' is not among the codes", code.text);
                let suggestion = did_you_mean(&code.text, known.iter().map(String::as_str));
                let finding = Finding::error("CONTRACT-unknown-name", 7, message)
                    .because(format!("The codes are {}", known.join(", ")))
                    .fix(suggestion);
                self.complain(finding, code.span, "unknown code");
            }
        }
        let codes = codes.iter().map(|code| code.text.as_str().into()).collect();
        Some(self.add(Node::Is { value: typed.node, codes, is_negated }, span, Type::Flag))
    }
}
