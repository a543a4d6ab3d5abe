//! The tree to a program: names, functions, arguments and types resolved and checked, with every mistake reported.
//!
//! What the types of a program rule out is an error here, unless it stands where it may never be evaluated (a branch,
//! the right side of `||`, the body of a lambda): there it fails, as in Okta, only when it is reached.

mod calls;
mod names;

use super::Compiler;
use super::ast::{Expr, Kind, Level, Link, LinkKind, Operator, Prefix, Which};
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
const FAILED: Typed = (Node::Constant(Val::Null), Ty::ANY);

/// A node and what its value may be.
type Typed = (Node, Ty);

/// Each rule is a function of its own, and what is rare is out of line, to keep the frames of the recursion small.
impl<'s> Compile<'_, 's> {
    fn expr(&mut self, expr: &Expr<'s>) -> Typed {
        match &expr.kind {
            Kind::Name(name) => self.bare_name(name, expr.span),
            Kind::List(elements) => self.list(elements),
            Kind::Map(entries) => self.map(entries),
            Kind::Call { name, arguments } => self.call(name, arguments, expr.span),
            Kind::Path { base, links } => self.path(base, links),
            Kind::Prefix { operator, operand } => self.prefix(*operator, operand),
            Kind::Chain { first, rest } => self.chain(first, rest),
            Kind::Ternary(parts) => self.ternary(parts),
            Kind::Elvis(parts) => self.elvis(parts),
            literal => self.literal(literal, expr.span),
        }
    }

    #[inline(never)]
    fn literal(&mut self, literal: &Kind<'s>, span: Span) -> Typed {
        let (value, ty) = match literal {
            Kind::Bool(value) => (Val::Bool(*value), Ty::BOOL),
            Kind::Integer { value, .. } => (Val::Int(*value), Ty::INT),
            Kind::Real(value) => (Val::Double(*value), Ty::DOUBLE),
            Kind::Text(text) => (Val::Text(text.clone().into_owned().into()), Ty::TEXT),
            Kind::Lambda { .. } => {
                let message = "a function may stand only where one is expected, as in `list.filter(x => …)`";
                self.error(Fault::new(ErrorKind::Type, message).at(span));
                return FAILED;
            }
            _ => (Val::Null, Ty::NULL),
        };
        (Node::Constant(value), ty)
    }

    #[inline(never)]
    fn bare_name(&mut self, name: &'s str, span: Span) -> Typed {
        let base = self.name(name, span);
        self.finish(base)
    }

    #[inline(never)]
    fn ternary(&mut self, [condition, yes, no]: &[Expr<'s>; 3]) -> Typed {
        let condition = self.condition(condition);
        let (yes, yes_ty) = self.perhaps(yes);
        let (no, no_ty) = self.perhaps(no);
        (Node::Conditional(Box::new(Conditional { condition, yes, no })), yes_ty.or(no_ty))
    }

    #[inline(never)]
    fn elvis(&mut self, [value, other]: &[Expr<'s>; 2]) -> Typed {
        let (value, value_ty) = self.expr(value);
        let (other, other_ty) = self.perhaps(other);
        (Node::Elvis(Box::new((value, other))), value_ty.without(Ty::NULL).or(other_ty))
    }

    fn placed(&mut self, expr: &Expr<'s>) -> (Placed, Ty) {
        let (node, ty) = self.expr(expr);
        (Placed { node, span: expr.span }, ty)
    }

    /// Compiles what may never be evaluated.
    fn perhaps(&mut self, expr: &Expr<'s>) -> Typed {
        self.perhaps += 1;
        let result = self.expr(expr);
        self.perhaps -= 1;
        result
    }

    /// Compiles the body of a lambda, projection or selection.
    #[inline(never)]
    fn body(&mut self, binding: Binding<'s>, body: &Expr<'s>) -> Placed {
        self.scopes.push(binding);
        let (node, _) = self.perhaps(body);
        self.scopes.pop();
        Placed { node, span: body.span }
    }

    #[expect(clippy::boxed_local, reason = "faults come in boxes")]
    fn error(&mut self, fault: Box<Fault>) {
        self.errors.push(*fault);
    }

    /// Reports what the types rule out, if it is sure to be evaluated.
    #[cold]
    #[inline(never)]
    fn certain(&mut self, kind: ErrorKind, span: Span, message: std::fmt::Arguments<'_>) {
        if self.perhaps == 0 {
            self.error(Fault::new(kind, message.to_string()).at(span));
        }
    }

    /// The same where a type is wrong: null is a kind of its own.
    #[cold]
    #[inline(never)]
    fn mistyped(&mut self, ty: Ty, span: Span, what: &str) {
        let kind = if ty == Ty::NULL { ErrorKind::NullOperand } else { ErrorKind::Type };
        self.certain(kind, span, format_args!("{} {what}", ty.describe()));
    }

    #[inline(never)]
    fn list(&mut self, elements: &[Expr<'s>]) -> Typed {
        let nodes: Vec<Node> = elements.iter().map(|element| self.expr(element).0).collect();
        let constants: Option<Vec<Val<'static>>> = nodes.iter().map(constant).collect();
        let node = match constants {
            Some(values) => Node::Constant(Val::List(List::Owned(values))),
            None => Node::List(nodes.into()),
        };
        (node, Ty::LIST)
    }

    #[inline(never)]
    fn map(&mut self, entries: &[(Expr<'s>, Expr<'s>)]) -> Typed {
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
            self.mistyped(ty, expr.span, "is neither true nor false");
        }
        placed
    }

    #[inline(never)]
    fn prefix(&mut self, operator: Prefix, operand: &Expr<'s>) -> Typed {
        if operator == Prefix::Not {
            return (Node::Prefix(operator, Box::new(self.condition(operand))), Ty::BOOL);
        }
        let (placed, ty) = self.placed(operand);
        if !ty.may_be(Ty::NUMBER) {
            self.mistyped(ty, operand.span, "is not a number");
        }
        let ty = if ty == Ty::INT || ty == Ty::DOUBLE { ty } else { Ty::NUMBER };
        (Node::Prefix(operator, Box::new(placed)), ty)
    }

    fn chain(&mut self, first: &Expr<'s>, rest: &[(Operator, Expr<'s>)]) -> Typed {
        match rest {
            [(Operator::And | Operator::Or, _), ..] => self.logic(first, rest),
            [(Operator::Matches, pattern)] => self.matches(first, pattern),
            [(operator, right)] if operator.level() == Level::Relation => {
                self.relation(*operator, first, right)
            }
            _ => self.arithmetic(first, rest),
        }
    }

    #[inline(never)]
    fn logic(&mut self, first: &Expr<'s>, rest: &[(Operator, Expr<'s>)]) -> Typed {
        let mut operands = Vec::with_capacity(rest.len() + 1);
        operands.push(self.condition(first));
        self.perhaps += 1;
        for (_, operand) in rest {
            operands.push(self.condition(operand));
        }
        self.perhaps -= 1;
        match rest.first() {
            Some((Operator::And, _)) => (Node::And(operands.into()), Ty::BOOL),
            _ => (Node::Or(operands.into()), Ty::BOOL),
        }
    }

    #[inline(never)]
    fn relation(&mut self, operator: Operator, left: &Expr<'s>, right: &Expr<'s>) -> Typed {
        let span = left.span.to(right.span);
        let (left, left_ty) = self.placed(left);
        let (right, right_ty) = self.placed(right);
        let ordered = |kind: Ty| left_ty.may_be(kind) && right_ty.may_be(kind);
        let comparable = left_ty.may_be(Ty::NULL)
            || right_ty.may_be(Ty::NULL)
            || [Ty::NUMBER, Ty::TEXT.or(Ty::TIME), Ty::BOOL].into_iter().any(ordered);
        if !matches!(operator, Operator::Equal | Operator::NotEqual) && !comparable {
            let (left, right) = (left_ty.describe(), right_ty.describe());
            self.certain(ErrorKind::Type, span, format_args!("{left} and {right} have no order"));
        }
        (Node::Relation(Box::new(Relation { operator, left, right })), Ty::BOOL)
    }

    #[inline(never)]
    fn matches(&mut self, left: &Expr<'s>, right: &Expr<'s>) -> Typed {
        let (text, text_ty) = self.placed(left);
        let (pattern, pattern_ty) = self.placed(right);
        for (ty, span, wanted) in [(text_ty, left.span, Ty::PRINTABLE), (pattern_ty, right.span, Ty::TEXT)] {
            if !ty.may_be(wanted) {
                self.mistyped(ty, span, "where a text is needed");
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

    #[inline(never)]
    fn arithmetic(&mut self, first: &Expr<'s>, rest: &[(Operator, Expr<'s>)]) -> Typed {
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
                self.mistyped(guilty, place, &format!("is nothing for `{}` to work on", operator.as_str()));
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

    #[inline(never)]
    fn path(&mut self, base: &Expr<'s>, links: &[Link<'s>]) -> Typed {
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
    #[inline(never)]
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

    fn value_link(&mut self, on: Typed, link: &Link<'s>, so_far: Span) -> Typed {
        if on.1 == Ty::NULL && !link.safe {
            let message = format_args!("null has no properties, elements or methods");
            self.certain(ErrorKind::NullOperand, link.span, message);
        }
        match &link.kind {
            LinkKind::Property(name) => self.property(on, name, link),
            LinkKind::Index(index) => self.index(on, index, link),
            LinkKind::Project(body) => self.project(on, body, link),
            LinkKind::Select(which, condition) => self.select(on, *which, condition, link),
            LinkKind::Method { name, arguments } => {
                self.method(Placed { node: on.0, span: so_far }, on.1, name, arguments, link)
            }
        }
    }

    #[inline(never)]
    fn property(&mut self, (on, ty): Typed, name: &str, link: &Link<'s>) -> Typed {
        if !ty.may_be(Ty::OBJECT.or(Ty::GROUP).or(Ty::NAME).or(Ty::LIST).or(Ty::NULL)) {
            let message = format_args!("{} has no property `{name}`", ty.describe());
            self.certain(ErrorKind::UnknownProperty, link.span, message);
        }
        let through_lists = self.compiler.lists_have_properties();
        let property = Property { on, name: name.into(), safe: link.safe, through_lists, span: link.span };
        (Node::Property(Box::new(property)), Ty::ANY)
    }

    #[inline(never)]
    fn index(&mut self, (on, ty): Typed, index: &Expr<'s>, link: &Link<'s>) -> Typed {
        let (index, bare) = match &index.kind {
            Kind::Name(name) => (self.bare_index(index), Some((*name).into())),
            _ => (self.placed(index).0, None),
        };
        if !ty.may_be(Ty::OBJECT.or(Ty::GROUP).or(Ty::LIST).or(Ty::TEXT).or(Ty::NULL)) {
            self.mistyped(ty, link.span, "has no elements");
        }
        (Node::Index(Box::new(Index { on, index, bare, safe: link.safe, span: link.span })), Ty::ANY)
    }

    #[inline(never)]
    fn project(&mut self, (on, ty): Typed, body: &Expr<'s>, link: &Link<'s>) -> Typed {
        self.needs_elements(ty, link.span);
        let body = self.body(Binding::Element, body);
        let project = Project { on, body, safe: link.safe, span: link.span };
        (Node::Project(Box::new(project)), Ty::LIST.or_null(link.safe))
    }

    #[inline(never)]
    fn select(&mut self, (on, ty): Typed, which: Which, condition: &Expr<'s>, link: &Link<'s>) -> Typed {
        self.needs_elements(ty, link.span);
        let condition = self.body(Binding::Element, condition);
        let ty = if which == Which::All { Ty::LIST.or(Ty::OBJECT).or_null(link.safe) } else { Ty::ANY };
        (Node::Select(Box::new(Select { on, which, condition, safe: link.safe, span: link.span })), ty)
    }

    fn needs_elements(&mut self, ty: Ty, span: Span) {
        if !ty.may_be(Ty::LIST.or(Ty::OBJECT).or(Ty::NULL)) {
            self.mistyped(ty, span, "has no elements");
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
