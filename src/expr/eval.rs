//! A compiled expression and inputs to a value.
//!
//! The tree is at most as deep as the nesting limit, and every node is a step: neither the stack nor the time of an
//! evaluation depends on anything unbounded.

mod calls;
mod paths;

use std::ops::{Deref, DerefMut};

use super::ast::{Operator, Prefix};
use super::budget::Budget;
use super::context::Dialect;
use super::error::{ErrorKind, Fallible, Fault, Span};
use super::group::Group;
use super::input::Inputs;
use super::limits::Limits;
use super::node::*;
use super::ops;
use super::pattern::Pattern;
use super::value::{List, Val};

/// What one evaluation works with.
pub(super) struct Cx<'i, 'a> {
    pub(super) inputs: &'i Inputs<'a>,
    pub(super) limits: &'i Limits,
    pub(super) dialect: Dialect,
    /// The group at hand, in the expression string of `getFilteredGroups`.
    pub(super) group: Option<&'a Group>,
    pub(super) budget: Budget,
    /// The last pattern that was not known when compiling.
    pattern: Option<Box<(String, Pattern)>>,
}

impl Deref for Cx<'_, '_> {
    type Target = Budget;

    fn deref(&self) -> &Budget {
        &self.budget
    }
}

impl DerefMut for Cx<'_, '_> {
    fn deref_mut(&mut self) -> &mut Budget {
        &mut self.budget
    }
}

impl<'i, 'a> Cx<'i, 'a> {
    pub(super) fn new(inputs: &'i Inputs<'a>, limits: &'i Limits, dialect: Dialect) -> Cx<'i, 'a> {
        Cx { inputs, limits, dialect, group: None, budget: Budget::new(limits), pattern: None }
    }

    /// Whether the whole text matches a pattern that only the evaluation knows.
    pub(super) fn matches(&mut self, text: &str, pattern: &str) -> Fallible<bool> {
        self.budget.scan(text.len())?;
        match &self.pattern {
            Some(known) if known.0 == pattern => Ok(known.1.matches(text)),
            _ => {
                // Compiling is the dearest thing an evaluation can do.
                self.budget.steps(1_000)?;
                let compiled =
                    Pattern::new(pattern).map_err(|why| Fault::new(ErrorKind::InvalidRegex, why))?;
                let answer = compiled.matches(text);
                self.pattern = Some(Box::new((pattern.to_owned(), compiled)));
                Ok(answer)
            }
        }
    }
}

pub(super) type Eval<'a> = Fallible<Val<'a>>;

/// The parameters and elements in scope, innermost first.
pub(super) struct Scope<'s, 'a> {
    value: &'s Val<'a>,
    outer: Option<&'s Scope<'s, 'a>>,
}

pub(super) type Outer<'s, 'a> = Option<&'s Scope<'s, 'a>>;

/// A lambda and the scopes around it.
#[derive(Clone, Copy)]
pub(super) struct Closure<'s, 'a> {
    body: &'a Placed,
    outer: Outer<'s, 'a>,
}

impl<'a> Closure<'_, 'a> {
    pub(super) fn call(&self, cx: &mut Cx<'_, 'a>, element: &Val<'a>) -> Eval<'a> {
        self.body.node.eval(cx, Some(&Scope { value: element, outer: self.outer }))
    }

    /// The body as a criterion: true or false, and nothing that only converts to it.
    pub(super) fn holds(&self, cx: &mut Cx<'_, 'a>, element: &Val<'a>) -> Fallible<bool> {
        let (kind, what) = match self.call(cx, element)? {
            Val::Bool(holds) => return Ok(holds),
            Val::Null => (ErrorKind::NullOperand, "null"),
            other => (ErrorKind::Type, other.describe()),
        };
        Err(Fault::new(kind, format!("a criterion must be true or false, not {what}")).at(self.body.span))
    }
}

impl Placed {
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        match &self.node {
            Node::Attribute(attribute) => attribute.eval(cx),
            Node::Constant(value) => Ok(value.view()),
            node => node.eval(cx, scope),
        }
    }

    /// The value as a condition.
    fn truth<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Fallible<bool> {
        match &self.node {
            Node::Relation(relation) => relation.holds(cx, scope),
            node => match node.eval(cx, scope)? {
                Val::Bool(value) => Ok(value),
                other => ops::truth(&other).map_err(|fault| fault.at(self.span)),
            },
        }
    }
}

impl Node {
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        cx.budget.step()?;
        match self {
            Node::Constant(value) => Ok(value.view()),
            Node::Local(distance) => {
                local(scope, *distance).map_or(Ok(Val::Null), |value| cx.budget.copy(value))
            }
            Node::Attribute(attribute) => attribute.eval(cx),
            Node::Read(read) => read.eval(cx),
            Node::Property(property) => property.eval(cx, scope),
            Node::Call(call) => call.eval(cx, scope),
            Node::Method(method) => method.eval(cx, scope),
            Node::Relation(relation) => relation.holds(cx, scope).map(Val::Bool),
            Node::Conditional(conditional) => match conditional.condition.truth(cx, scope)? {
                true => conditional.yes.eval(cx, scope),
                false => conditional.no.eval(cx, scope),
            },
            Node::Arithmetic(arithmetic) => arithmetic.eval(cx, scope),
            Node::And(operands) => every(operands, true, cx, scope),
            Node::Or(operands) => every(operands, false, cx, scope),
            Node::Prefix(operator, operand) => prefix(*operator, operand, cx, scope),
            Node::Matches(matches) => matches.eval(cx, scope),
            Node::Elvis(parts) => match parts.0.eval(cx, scope)? {
                Val::Null => parts.1.eval(cx, scope),
                Val::Text(text) if text.is_empty() => parts.1.eval(cx, scope),
                value => Ok(value),
            },
            Node::Index(index) => index.eval(cx, scope),
            Node::Project(project) => project.eval(cx, scope),
            Node::Select(select) => select.eval(cx, scope),
            Node::List(elements) => paths::list(elements, cx, scope),
            Node::Map(entries) => paths::map(entries, cx, scope),
            Node::NameMatches(matches) => super::functions::groups::named_by(cx, &matches.pattern)
                .map_err(|fault| fault.at(matches.span)),
            Node::Filtered(filtered) => filtered.eval(cx, scope),
            Node::Lambda(_) => Err(Fault::new(ErrorKind::Type, "a function is no value")),
            Node::Fault(fault) => Err(fault.clone()),
        }
    }
}

#[inline]
fn local<'s, 'a>(scope: Outer<'s, 'a>, distance: u16) -> Option<&'s Val<'a>> {
    let mut scope = scope?;
    for _ in 0..distance {
        scope = scope.outer?;
    }
    Some(scope.value)
}

/// `&&` if `wanted`, `||` if not: stops at the first operand that decides.
#[inline(never)]
fn every<'a>(operands: &'a [Placed], wanted: bool, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    for operand in operands {
        if operand.truth(cx, scope)? != wanted {
            return Ok(Val::Bool(!wanted));
        }
    }
    Ok(Val::Bool(wanted))
}

#[inline(never)]
fn prefix<'a>(operator: Prefix, operand: &'a Placed, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    if operator == Prefix::Not {
        return Ok(Val::Bool(!operand.truth(cx, scope)?));
    }
    let value = operand.eval(cx, scope)?;
    let negative = ops::negate(&value).map_err(|fault| fault.at(operand.span))?;
    Ok(if operator == Prefix::Minus { negative } else { value })
}

#[cold]
fn null_receiver(what: &str) -> Box<Fault> {
    Fault::new(ErrorKind::NullOperand, format!("{what} of null"))
}

/// Marks a fault as the consequence of there being no user, if what is null is `user` or `appuser` itself.
fn blame(fault: Box<Fault>, receiver: &Node) -> Box<Fault> {
    match receiver {
        Node::Read(read) if matches!(read.source, Source::User | Source::AppUser) => fault.for_missing_user(),
        _ => fault,
    }
}

impl Relation {
    fn holds<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Fallible<bool> {
        cx.budget.step()?;
        let left = self.left.eval(cx, scope)?;
        match &self.right.node {
            Node::Constant(right) => self.compare(&left, right, cx),
            right => {
                let right = right.eval(cx, scope)?;
                self.compare(&left, &right, cx)
            }
        }
    }

    fn compare(&self, left: &Val<'_>, right: &Val<'_>, cx: &mut Cx<'_, '_>) -> Fallible<bool> {
        match self.operator {
            Operator::Equal => ops::equal(cx, left, right),
            Operator::NotEqual => ops::equal(cx, left, right).map(|equal| !equal),
            operator => {
                let length = |val: &Val<'_>| val.as_text().map_or(0, str::len);
                cx.scan(length(left) + length(right))?;
                let order = ops::compare(left, right)
                    .map_err(|fault| fault.at(self.left.span.to(self.right.span)))?;
                Ok(match operator {
                    Operator::Less => order.is_lt(),
                    Operator::LessEqual => order.is_le(),
                    Operator::Greater => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
        }
    }
}

impl Matches {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let left = match self.left.eval(cx, scope)? {
            Val::Null => {
                let fault = Fault::new(ErrorKind::NullOperand, "null matches nothing");
                return Err(fault.at(self.left.span));
            }
            left => ops::to_text(cx, left).map_err(|fault| fault.at(self.left.span))?,
        };
        if let Some(pattern) = &self.pattern {
            cx.steps(pattern.cost(left.len())).map_err(|fault| fault.at(self.left.span))?;
            return Ok(Val::Bool(pattern.matches(&left)));
        }
        let fault = match self.right.eval(cx, scope)? {
            Val::Null => Fault::new(ErrorKind::NullOperand, "null is no pattern"),
            right => match right.as_text() {
                Some(pattern) => match cx.matches(&left, pattern) {
                    Ok(answer) => return Ok(Val::Bool(answer)),
                    Err(fault) => fault,
                },
                None => Fault::new(ErrorKind::Type, format!("{} is no pattern", right.describe())),
            },
        };
        Err(fault.at(self.right.span))
    }
}

impl Arithmetic {
    #[inline(never)]
    fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let Some((last, others)) = self.rest.split_last() else { return self.first.eval(cx, scope) };
        if others.is_empty() {
            let left = self.first.eval(cx, scope)?;
            return self.join(left, 0, last, cx, scope);
        }
        let mut left = self.first.eval(cx, scope)?;
        for (index, other) in others.iter().enumerate() {
            left = self.join(left, index, other, cx, scope)?;
        }
        self.join(left, others.len(), last, cx, scope)
    }

    /// All so far, and one more operand.
    #[inline]
    fn join<'a>(
        &self,
        left: Val<'a>,
        index: usize,
        (operator, operand): &'a (Operator, Placed),
        cx: &mut Cx<'_, 'a>,
        scope: Outer<'_, 'a>,
    ) -> Eval<'a> {
        if let (Operator::Add, Node::Constant(Val::Text(right))) = (operator, &operand.node)
            && let Val::Text(left) = left
        {
            return cx.concat(left, right);
        }
        let right = operand.eval(cx, scope)?;
        ops::arithmetic(cx, *operator, left, right).map_err(|fault| self.place(fault, index))
    }

    /// Blames the operand that is wrong, or all up to the operator at `index`.
    #[cold]
    fn place(&self, fault: Box<Fault>, index: usize) -> Box<Fault> {
        use super::error::Place;
        let right = self.rest.get(index).map_or(self.first.span, |(_, operand)| operand.span);
        let so_far = match index {
            0 => self.first.span,
            _ => self.first.span.to(self.rest.get(index - 1).map_or(right, |(_, operand)| operand.span)),
        };
        let span = match fault.place {
            Place::Argument(0) => so_far,
            Place::Argument(_) => right,
            _ => self.first.span.to(right),
        };
        fault.at(span)
    }
}
