//! Conditions on codes: of names, of constants, and of the branches of conditionals.

use super::formula::{Alternatives, Facts, Reader, either};
use crate::program::{Node, NodeId};
use crate::value::Value;
use std::collections::BTreeSet;

impl Reader<'_> {
    /// The code, where it is written in the text.
    pub(super) fn constant_code(&self, id: NodeId) -> Option<String> {
        match self.program.nodes.get(id) {
            Some(Node::Constant(Value::Code(code), _)) => Some(code.to_string()),
            _ => None,
        }
    }

    /// A code inside or outside of a set; of a conditional, the code of the branch that is taken.
    pub(super) fn is_among(
        &self,
        id: NodeId,
        set: &BTreeSet<String>,
        inside: bool,
    ) -> Alternatives {
        match self.program.nodes.get(id).filter(|_| self.go_on())? {
            Node::Constant(Value::Code(code), _) => {
                let holds = set.contains(code.as_str()) == inside;
                Some(if holds { vec![Facts::default()] } else { Vec::new() })
            }
            Node::If(condition, then, other) => {
                let then = self.both(
                    &self.condition(*condition, true)?,
                    &self.is_among(*then, set, inside)?,
                )?;
                let other = self.both(
                    &self.condition(*condition, false)?,
                    &self.is_among(*other, set, inside)?,
                )?;
                either(then, other)
            }
            _ => Some(vec![Facts::code(self.key(id), set.clone(), inside)]),
        }
    }
}
