//! The tree to a program: names, functions, arguments and types resolved and checked, with every mistake reported.
//!
//! What the types of a program rule out is an error here, unless it stands where it may never be evaluated (a branch,
//! the right side of `||`, the body of a lambda): there it fails, as in Okta, only when it is reached.

mod calls;
mod names;

use super::Compiler;
use super::ast::{Expr, Kind, Link, LinkKind, Operator, Prefix};
use super::context::Usage;
use super::error::{ErrorKind, Fault, Span};
use super::node::*;
use super::pattern::Pattern;
use super::reads::Reads;
use super::ty::Ty;
use super::value::{List, Object, Val};
use names::Base;

/// What compiling yields: the program's root and what it reads, or all its mistakes.
pub(super) fn compile(
    compiler: &Compiler,
    expr: &Expr<'_>,
    nested: bool,
) -> Result<(Node, Reads), Vec<Fault>> {
    let mut compile =
        Compile { compiler, nested, errors: Vec::new(), reads: Reads::NONE, scopes: Vec::new(), perhaps: 0 };
    let (node, ty) = compile.expr(expr);
    if compiler.usage == Usage::GroupRule && !nested && !ty.may_be(Ty::BOOL) && compile.errors.is_empty() {
        let message = format!("a group rule must be true or false, not {}", ty.describe());
        compile.error(Fault::new(ErrorKind::NotBoolean, message).at(expr.span));
    }
    match compile.errors.is_empty() {
        true => Ok((node, compile.reads)),
        false => Err(compile.errors),
    }
}

struct Compile<'c, 's> {
    compiler: &'c Compiler,
    /// Whether this is the expression string of `getFilteredGroups`.
    nested: bool,
    errors: Vec<Fault>,
    reads: Reads,
    scopes: Vec<Binding<'s>>,
    /// How many places around this one may be passed over.
    perhaps: u16,
}

/// What a scope brings.
#[derive(Clone, Copy, Debug)]
enum Binding<'s> {
    /// A lambda's parameter.
    Parameter(&'s str),
    /// The element of a projection or selection, whose properties are names.
    Element,
}

/// Stands in for what could not be compiled; the program is never run.
const FAILED: (Node, Ty) = (Node::Constant(Val::Null), Ty::ANY);

impl<'s> Compile<'_, 's> {
    fn expr(&mut self, expr: &Expr<'s>) -> (Node, Ty) {
        match &expr.kind {
            Kind::Null => (Node::Constant(Val::Null), Ty::NULL),
            Kind::Bool(value) => (Node::Constant(Val::Bool(*value)), Ty::BOOL),
            Kind::Integer { value, .. } => (Node::Constant(Val::Int(*value)), Ty::INT),
            Kind::Real(value) => (Node::Constant(Val::Double(*value)), Ty::DOUBLE),
            Kind::Text(text) => (Node::Constant(Val::Text(text.clone().into_owned().into())), Ty::TEXT),
            Kind::Name(name) => {
                let base = self.name(name, expr.span);
                self.finish(base)
            }
            Kind::List(elements) => self.list(elements),
            Kind::Map(entries) => self.map(entries),
            Kind::Call { name, arguments } => self.call(name, arguments, expr.span),
            Kind::Path { base, links } => self.path(base, links),
            Kind::Prefix { operator, operand } => self.prefix(*operator, operand),
            Kind::Chain { first, rest } => self.chain(first, rest),
            Kind::Ternary(parts) => {
                let [condition, yes, no] = parts.as_ref();
                let condition = self.condition(condition);
                let (yes, yes_ty) = self.perhaps(|this| this.expr(yes));
                let (no, no_ty) = self.perhaps(|this| this.expr(no));
                (Node::Conditional(Box::new(Conditional { condition, yes, no })), yes_ty.or(no_ty))
            }
            Kind::Elvis(parts) => {
                let [value, other] = parts.as_ref();
                let (value, value_ty) = self.expr(value);
                let (other, other_ty) = self.perhaps(|this| this.expr(other));
                (Node::Elvis(Box::new((value, other))), value_ty.without(Ty::NULL).or(other_ty))
            }
            Kind::Lambda { .. } => {
                let message = "a function may stand only where one is expected, as in `list.filter(x => …)`";
                self.error(Fault::new(ErrorKind::Type, message).at(expr.span));
                FAILED
            }
        }
    }

    fn placed(&mut self, expr: &Expr<'s>) -> (Placed, Ty) {
        let (node, ty) = self.expr(expr);
        (Placed { node, span: expr.span }, ty)
    }

    /// Compiles what may never be evaluated.
    fn perhaps<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        self.perhaps += 1;
        let result = compile(self);
        self.perhaps -= 1;
        result
    }

    /// Compiles the body of a lambda, projection or selection.
    fn within<T>(&mut self, binding: Binding<'s>, compile: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(binding);
        let result = self.perhaps(compile);
        self.scopes.pop();
        result
    }

    #[expect(clippy::boxed_local, reason = "faults come in boxes")]
    fn error(&mut self, fault: Box<Fault>) {
        self.errors.push(*fault);
    }

    /// Reports what the types rule out, if it is sure to be evaluated.
    fn certain(&mut self, fault: Box<Fault>) {
        if self.perhaps == 0 {
            self.error(fault);
        }
    }

    fn list(&mut self, elements: &[Expr<'s>]) -> (Node, Ty) {
        let nodes: Vec<Node> = elements.iter().map(|element| self.expr(element).0).collect();
        let constants: Option<Vec<Val<'static>>> = nodes.iter().map(constant).collect();
        let node = match constants {
            Some(values) => Node::Constant(Val::List(List::Owned(values))),
            None => Node::List(nodes.into()),
        };
        (node, Ty::LIST)
    }

    fn map(&mut self, entries: &[(Expr<'s>, Expr<'s>)]) -> (Node, Ty) {
        if entries.is_empty() {
            return (Node::Constant(Val::Object(Object::Slice(&[]))), Ty::OBJECT);
        }
        let mut compiled = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = match &key.kind {
                Kind::Name(name) => Key::Constant((*name).into()),
                Kind::Text(text) => Key::Constant(text.as_ref().into()),
                Kind::Bool(value) => Key::Constant(value.to_string().into()),
                _ => Key::Computed(self.placed(key).0),
            };
            compiled.push((key, self.expr(value).0));
        }
        (Node::Map(compiled.into()), Ty::OBJECT)
    }

    /// A condition: a boolean or text that says one.
    fn condition(&mut self, expr: &Expr<'s>) -> Placed {
        let (placed, ty) = self.placed(expr);
        if !ty.may_be(Ty::CONDITION) {
            let kind = if ty == Ty::NULL { ErrorKind::NullOperand } else { ErrorKind::Type };
            self.certain(
                Fault::new(kind, format!("{} is neither true nor false", ty.describe())).at(expr.span),
            );
        }
        placed
    }

    fn prefix(&mut self, operator: Prefix, operand: &Expr<'s>) -> (Node, Ty) {
        if operator == Prefix::Not {
            return (Node::Prefix(operator, Box::new(self.condition(operand))), Ty::BOOL);
        }
        let (placed, ty) = self.placed(operand);
        if !ty.may_be(Ty::NUMBER) {
            let kind = if ty == Ty::NULL { ErrorKind::NullOperand } else { ErrorKind::Type };
            self.certain(Fault::new(kind, format!("{} is not a number", ty.describe())).at(operand.span));
        }
        let ty = if ty.may_be(Ty::INT) && ty.may_be(Ty::DOUBLE) { Ty::NUMBER } else { ty.without(Ty::NULL) };
        (Node::Prefix(operator, Box::new(placed)), ty)
    }

    fn chain(&mut self, first: &Expr<'s>, rest: &[(Operator, Expr<'s>)]) -> (Node, Ty) {
        match rest {
            [(operator @ (Operator::And | Operator::Or), _), ..] => {
                let mut operands = vec![self.condition(first)];
                for (_, operand) in rest {
                    operands.push(self.perhaps(|this| this.condition(operand)));
                }
                let operands = operands.into();
                (if *operator == Operator::And { Node::And(operands) } else { Node::Or(operands) }, Ty::BOOL)
            }
            [(Operator::Matches, pattern)] => self.matches(first, pattern),
            [(operator, right)]
                if matches!(
                    operator,
                    Operator::Equal
                        | Operator::NotEqual
                        | Operator::Less
                        | Operator::LessEqual
                        | Operator::Greater
                        | Operator::GreaterEqual
                ) =>
            {
                self.relation(*operator, first, right)
            }
            _ => self.arithmetic(first, rest),
        }
    }

    fn relation(&mut self, operator: Operator, left: &Expr<'s>, right: &Expr<'s>) -> (Node, Ty) {
        let span = left.span.to(right.span);
        let (left, left_ty) = self.placed(left);
        let (right, right_ty) = self.placed(right);
        let ordered = |kind: Ty| left_ty.may_be(kind) && right_ty.may_be(kind);
        let comparable = left_ty.may_be(Ty::NULL)
            || right_ty.may_be(Ty::NULL)
            || [Ty::NUMBER, Ty::TEXT.or(Ty::TIME), Ty::BOOL].into_iter().any(ordered);
        if !matches!(operator, Operator::Equal | Operator::NotEqual) && !comparable {
            let message = format!("{} and {} have no order", left_ty.describe(), right_ty.describe());
            self.certain(Fault::new(ErrorKind::Type, message).at(span));
        }
        (Node::Relation(Box::new(Relation { operator, left, right })), Ty::BOOL)
    }

    fn matches(&mut self, left: &Expr<'s>, right: &Expr<'s>) -> (Node, Ty) {
        let (text, text_ty) = self.placed(left);
        let (pattern, pattern_ty) = self.placed(right);
        for (ty, span, wanted) in [(text_ty, left.span, Ty::PRINTABLE), (pattern_ty, right.span, Ty::TEXT)] {
            if ty == Ty::NULL {
                self.certain(Fault::new(ErrorKind::NullOperand, "null has no part in `matches`").at(span));
            } else if !ty.may_be(wanted) {
                let message = format!("{} where a text is needed", ty.describe());
                self.certain(Fault::new(ErrorKind::Type, message).at(span));
            }
        }
        let compiled = match &pattern.node {
            Node::Constant(value) => match value.as_text().map(Pattern::new) {
                Some(Ok(compiled)) => Some(compiled),
                Some(Err(why)) => {
                    self.error(Fault::new(ErrorKind::InvalidRegex, why).at(right.span));
                    None
                }
                None => None,
            },
            _ => None,
        };
        (Node::Matches(Box::new(Matches { left: text, right: pattern, pattern: compiled })), Ty::BOOL)
    }

    fn arithmetic(&mut self, first: &Expr<'s>, rest: &[(Operator, Expr<'s>)]) -> (Node, Ty) {
        let (mut so_far, start) = (Vec::with_capacity(rest.len()), first.span);
        let (first, mut ty) = self.placed(first);
        let mut span = start;
        for (operator, operand) in rest {
            let (placed, right) = self.placed(operand);
            let numbers = ty.may_be(Ty::NUMBER) && right.may_be(Ty::NUMBER);
            let texts = *operator == Operator::Add
                && (ty.may_be(Ty::TEXT) && right.may_be(Ty::PRINTABLE.or(Ty::NULL))
                    || right.may_be(Ty::TEXT) && ty.may_be(Ty::PRINTABLE.or(Ty::NULL)));
            if !numbers && !texts {
                // What can be neither number nor, beside `+`, text is to blame; of two the left side.
                let fits = if *operator == Operator::Add { Ty::NUMBER.or(Ty::TEXT) } else { Ty::NUMBER };
                let (guilty, place) = if ty.may_be(fits) { (right, operand.span) } else { (ty, span) };
                let kind = if guilty == Ty::NULL { ErrorKind::NullOperand } else { ErrorKind::Type };
                let message =
                    format!("{} is nothing for `{}` to work on", guilty.describe(), operator.as_str());
                self.certain(Fault::new(kind, message).at(place));
            }
            ty = match (numbers, texts) {
                (true, true) => Ty::NUMBER.or(Ty::TEXT),
                (false, true) => Ty::TEXT,
                (true, false) if ty == Ty::INT && right == Ty::INT => Ty::INT,
                (true, false) => Ty::NUMBER,
                (false, false) => Ty::ANY,
            };
            span = start.to(operand.span);
            so_far.push((*operator, placed));
        }
        (Node::Arithmetic(Box::new(Arithmetic { first, rest: so_far.into() })), ty)
    }

    fn path(&mut self, base: &Expr<'s>, links: &[Link<'s>]) -> (Node, Ty) {
        let mut so_far = base.span;
        let mut rest = links.iter();
        let mut at = match &base.kind {
            Kind::Name(name) => self.path_start(name, base.span, &mut rest),
            _ => {
                let (node, ty) = self.expr(base);
                Base::Value(node, ty)
            }
        };
        if rest.len() < links.len() {
            so_far.end = links.first().map_or(so_far.end, |link| link.end);
        }
        for link in rest {
            at = self.link(at, link, so_far);
            so_far.end = link.end;
        }
        self.finish(at)
    }

    /// One link of a path, on what stands before it.
    fn link(&mut self, on: Base, link: &Link<'s>, so_far: Span) -> Base {
        let name = match &link.kind {
            LinkKind::Property(name) => Some(*name),
            LinkKind::Index(index) => match &index.kind {
                Kind::Text(text) => Some(text.as_ref()),
                _ => None,
            },
            _ => None,
        };
        let on = match (on, name, &link.kind) {
            (Base::Root(root), Some(name), _) => return self.root_property(root, name, link),
            (Base::UserProfile(span), Some(name), _) => return self.profile_attribute(name, link, span),
            (Base::Root(root), None, LinkKind::Method { name, arguments }) => {
                match self.root_method(root, name, arguments, link, so_far) {
                    Some(found) => return found,
                    None => self.finish(Base::Root(root)),
                }
            }
            (other, ..) => self.finish(other),
        };
        let (node, ty) = self.value_link(on, link, so_far);
        Base::Value(node, ty)
    }

    fn value_link(&mut self, (on, ty): (Node, Ty), link: &Link<'s>, so_far: Span) -> (Node, Ty) {
        let (safe, span) = (link.safe, link.span);
        if ty == Ty::NULL && !safe {
            self.certain(
                Fault::new(ErrorKind::NullOperand, "null has no properties, elements or methods").at(span),
            );
        }
        let maybe_null = if safe { Ty::NULL } else { Ty::NULL.without(Ty::NULL) };
        match &link.kind {
            LinkKind::Property(name) => {
                let has = Ty::OBJECT.or(Ty::GROUP).or(Ty::LIST).or(Ty::TEXT).or(Ty::NULL);
                if !ty.may_be(has) {
                    let message = format!("{} has no property `{name}`", ty.describe());
                    self.certain(Fault::new(ErrorKind::UnknownProperty, message).at(span));
                }
                let through_lists = self.compiler.lists_have_properties();
                (
                    Node::Property(Box::new(Property {
                        on,
                        name: (*name).into(),
                        safe,
                        through_lists,
                        span,
                    })),
                    Ty::ANY,
                )
            }
            LinkKind::Index(index) => {
                let bare = match &index.kind {
                    Kind::Name(name) => Some((*name).into()),
                    _ => None,
                };
                let index = match bare {
                    Some(_) => self.bare_index(index),
                    None => self.placed(index).0,
                };
                if !ty.may_be(Ty::OBJECT.or(Ty::GROUP).or(Ty::LIST).or(Ty::TEXT).or(Ty::NULL)) {
                    let message = format!("{} has no elements", ty.describe());
                    self.certain(Fault::new(ErrorKind::Type, message).at(span));
                }
                (Node::Index(Box::new(Index { on, index, bare, safe, span })), Ty::ANY)
            }
            LinkKind::Project(body) => {
                self.needs_elements(ty, span);
                let body = self.within(Binding::Element, |this| this.placed(body).0);
                (Node::Project(Box::new(Project { on, body, safe, span })), Ty::LIST.or(maybe_null))
            }
            LinkKind::Select(which, condition) => {
                self.needs_elements(ty, span);
                let condition = self.within(Binding::Element, |this| this.placed(condition).0);
                let all = *which == super::ast::Which::All;
                let ty = if all { Ty::LIST.or(Ty::OBJECT).or(maybe_null) } else { Ty::ANY };
                (Node::Select(Box::new(Select { on, which: *which, condition, safe, span })), ty)
            }
            LinkKind::Method { name, arguments } => {
                let receiver = Placed { node: on, span: so_far };
                self.method(receiver, ty, name, arguments, link)
            }
        }
    }

    fn needs_elements(&mut self, ty: Ty, span: Span) {
        if !ty.may_be(Ty::LIST.or(Ty::OBJECT).or(Ty::NULL)) {
            let message = format!("{} has no elements", ty.describe());
            self.certain(Fault::new(ErrorKind::Type, message).at(span));
        }
    }

    /// An index that is a name: a key of that name if the value turns out to be an object, so it need not exist.
    fn bare_index(&mut self, index: &Expr<'s>) -> Placed {
        let (before, reads) = (self.errors.len(), self.reads);
        let (node, _) = self.expr(index);
        match self.errors.len() > before {
            false => Placed { node, span: index.span },
            true => {
                self.reads = reads;
                let fault = self.errors.drain(before..).next();
                let node = fault.map_or(Node::Constant(Val::Null), |fault| Node::Fault(Box::new(fault)));
                Placed { node, span: index.span }
            }
        }
    }
}

/// The value of a constant node.
fn constant(node: &Node) -> Option<Val<'static>> {
    match node {
        Node::Constant(value) => Some(value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
