//! Calls: which function, whether it may be used here, how many arguments, of which types.

use std::slice::Iter;

use super::names::{RootAt, did_you_mean};
use super::*;
use crate::expr::context::Root;
use crate::expr::functions::{self, Body, Family, Function};
use crate::expr::suggest::nearest;

impl<'s> Compile<'_, 's> {
    /// The start of a path that begins with a name; takes the first link as well if that is a call of a class.
    pub(super) fn path_start(&mut self, name: &'s str, span: Span, links: &mut Iter<'_, Link<'s>>) -> Base {
        let known = self.parameter(name).is_some() || self.element().is_some() || self.is_root(name);
        let Some(Link { kind: LinkKind::Method { name: method, arguments }, span: at, end, .. }) =
            links.as_slice().first()
        else {
            return self.name(name, span);
        };
        let call = Span { start: span.start, end: *end };
        let class = functions::classes().find(|class| *class == name);
        if let Some(class) = class.filter(|_| self.parameter(name).is_none()) {
            links.next();
            let (node, ty) = match functions::find(Family::Class(class), method) {
                Some(function) => self.invoke(function, Vec::new(), arguments, (call, span.to(*at)), false),
                None => self.unknown_function(&format!("{class}.{method}"), span.to(*at), arguments),
            };
            return Base::Value(node, ty);
        }
        // `workday_x.hasWorkdayUser()`: the instance of an app, whose assignments are the only ones we know.
        if !self.is_root(name)
            && let Some(function) = functions::find(Family::Global, method)
            && matches!(
                *method,
                "hasDirectoryUser" | "findDirectoryUser" | "hasWorkdayUser" | "findWorkdayUser"
            )
        {
            links.next();
            let (node, ty) = self.invoke(function, Vec::new(), arguments, (call, span.to(*at)), false);
            return Base::Value(node, ty);
        }
        let mistaken = nearest(name, functions::classes());
        if !known && (mistaken.is_some() || functions::methods(method).iter().next().is_none()) {
            links.next();
            let (node, ty) = self.unknown_function(&format!("{name}.{method}"), span.to(*at), arguments);
            return Base::Value(node, ty);
        }
        self.name(name, span)
    }

    fn is_root(&self, name: &str) -> bool {
        Root::named(name).is_some() || self.compiler.variables.contains(name)
    }

    /// `name(arguments)`
    pub(super) fn call(&mut self, name: &str, arguments: &[Expr<'s>], span: Span) -> (Node, Ty) {
        let at = Span {
            start: span.start,
            end: span.start.saturating_add(u32::try_from(name.len()).unwrap_or(0)),
        };
        let function = functions::find(Family::Global, name);
        // In a projection a call without a receiver may be a method of the element.
        if let Some(distance) = self.element()
            && !function.is_some_and(|function| function.takes(arguments.len()))
        {
            let methods = functions::methods(name);
            if methods.iter().next().is_some() {
                let receiver = Placed { node: Node::Local(distance), span: at };
                let link = Link { kind: LinkKind::Property(""), safe: false, span: at, end: span.end };
                return self.method(receiver, Ty::ANY, name, arguments, &link);
            }
        }
        match function {
            Some(function) => self.invoke(function, Vec::new(), arguments, (span, at), false),
            None => self.unknown_function(name, at, arguments),
        }
    }

    /// A function of `user`; nothing if the name is none, or the root another.
    pub(super) fn root_method(
        &mut self,
        at: RootAt,
        name: &str,
        arguments: &[Expr<'s>],
        link: &Link<'s>,
        so_far: Span,
    ) -> Option<Base> {
        let function = functions::find(Family::User, name).filter(|_| at.root == Root::User)?;
        let span = Span { start: so_far.start, end: link.end };
        let (node, ty) =
            self.invoke(function, Vec::new(), arguments, (span, so_far.to(link.span)), link.safe);
        Some(Base::Value(node, ty))
    }

    /// `receiver.name(arguments)`
    pub(super) fn method(
        &mut self,
        receiver: Placed,
        ty: Ty,
        name: &str,
        arguments: &[Expr<'s>],
        link: &Link<'s>,
    ) -> (Node, Ty) {
        let all = functions::methods(name);
        let methods = all.on(ty);
        let mut fitting = methods.iter();
        let (first, second) = (fitting.next(), fitting.next());
        let span = Span { start: receiver.span.start, end: link.end };
        let Some(first) = first else {
            if all.iter().next().is_none() {
                return self.unknown_function(name, link.span, arguments);
            }
            // The method exists, but not for this type.
            if ty != Ty::NULL {
                let message = format!("{} has no method `{name}`", ty.describe());
                self.certain(Fault::new(ErrorKind::UnknownFunction, message).at(link.span));
            }
            let arguments = self.arguments(None, 1, arguments);
            let method = Method {
                name: name.into(),
                methods: all,
                receiver,
                arguments,
                safe: link.safe,
                span,
                at: link.span,
            };
            return (Node::Method(Box::new(method)), Ty::ANY);
        };
        let definite = second.is_none() && !ty.without(first.receiver()).may_be(Ty::ANY.without(Ty::NULL));
        if definite {
            return self.invoke(first, vec![receiver], arguments, (span, link.span), link.safe);
        }
        methods.iter().for_each(|function| self.may_use(function, link.span));
        if !methods.iter().any(|function| function.takes(arguments.len() + 1)) {
            self.error(wrong_count(first, arguments.len()).at(span));
        }
        let only = if second.is_none() { Some(first) } else { None };
        // With several candidates each argument must suit one of them; lambdas are in the same place in all.
        let lambda = methods.iter().find(|function| matches!(function.body(), Body::Each(_)));
        let arguments = self.arguments(only.or(lambda), 1, arguments);
        let returns = methods.iter().map(Function::returns).fold(Ty::NULL.without(Ty::NULL), Ty::or);
        let returns = if link.safe { returns.or(Ty::NULL) } else { returns };
        methods.iter().for_each(|function| self.reads.add(function.reads()));
        let methods = methods.taking(arguments.len() + 1);
        let method =
            Method { name: name.into(), methods, receiver, arguments, safe: link.safe, span, at: link.span };
        (Node::Method(Box::new(method)), returns)
    }

    /// A call of a known function, which stands at `span`, its name at `at`.
    fn invoke(
        &mut self,
        function: &'static Function,
        receiver: Vec<Placed>,
        arguments: &[Expr<'s>],
        (span, at): (Span, Span),
        safe: bool,
    ) -> (Node, Ty) {
        let count = receiver.len() + arguments.len();
        self.may_use(function, at);
        if !function.takes(count) {
            self.error(wrong_count(function, arguments.len()).at(span));
        }
        if function.name() == "getFilteredGroups"
            && let [allowlist, expression, limit] = arguments
            && let Kind::Text(text) = &expression.kind
        {
            self.reads.add(function.reads());
            return self.filtered(allowlist, (text, expression.span), limit, span);
        }
        if function.name() == "isMemberOfGroupNameRegex"
            && let [Expr { kind: Kind::Text(text), span: at, .. }] = arguments
        {
            self.reads.add(function.reads());
            return self.name_matches(text, *at, span);
        }
        let mut all = receiver;
        all.extend(self.arguments(Some(function), all.len(), arguments));
        self.reads.add(function.reads());
        let returns = if safe { function.returns().or(Ty::NULL) } else { function.returns() };
        let call = Call { function, arguments: all.into(), safe, span, at };
        (Node::Call(Box::new(call)), returns)
    }

    /// `isMemberOfGroupNameRegex` with its pattern as a literal.
    fn name_matches(&mut self, text: &str, at: Span, span: Span) -> (Node, Ty) {
        match Pattern::new(functions::groups::without_slashes(text)) {
            Ok(pattern) => (Node::NameMatches(Box::new(NameMatches { pattern, span })), Ty::BOOL),
            Err(why) => {
                self.error(Fault::new(ErrorKind::InvalidRegex, why).at(at));
                FAILED
            }
        }
    }

    /// `getFilteredGroups` with its expression as a literal, which is compiled with the rest.
    fn filtered(
        &mut self,
        allowlist: &Expr<'s>,
        (text, at): (&str, Span),
        limit: &Expr<'s>,
        span: Span,
    ) -> (Node, Ty) {
        let (allowlist, limit) = (self.placed(allowlist).0, self.placed(limit).0);
        // Inside a literal without doubled quotes the mistake has a place of its own.
        let verbatim = (at.end - at.start) as usize == text.len() + 2;
        let place = |mut fault: Fault| {
            let inner = fault.span();
            let outer = Span { start: at.start + 1 + inner.start, end: at.start + 1 + inner.end };
            fault.place = super::super::error::Place::At(if verbatim { outer } else { at });
            fault
        };
        let compiled = match super::super::parse::parse(text, self.compiler.limits.depth) {
            Ok(tree) => compile(self.compiler, &tree, true),
            Err(fault) => Err(vec![*fault]),
        };
        match compiled {
            Ok((expression, _)) => {
                (Node::Filtered(Box::new(Filtered { allowlist, expression, limit, span })), Ty::LIST)
            }
            Err(faults) => {
                self.errors.extend(faults.into_iter().map(place));
                FAILED
            }
        }
    }

    /// The arguments from position `first` on, checked against the function's parameters.
    fn arguments(
        &mut self,
        function: Option<&'static Function>,
        first: usize,
        arguments: &[Expr<'s>],
    ) -> Box<[Placed]> {
        let mut compiled = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let kind = function.map(|function| function.kind(first + index));
            compiled.push(match (&argument.kind, kind) {
                (Kind::Lambda { parameter, body }, None | Some(functions::Kind::Lambda)) => {
                    let body = self.within(Binding::Parameter(parameter), |this| this.placed(body).0);
                    Placed { node: Node::Lambda(Box::new(body)), span: argument.span }
                }
                (_, Some(functions::Kind::Lambda)) => {
                    let message = "a function is expected here: `x => …`";
                    self.error(Fault::new(ErrorKind::Type, message).at(argument.span));
                    self.placed(argument).0
                }
                (expr, kind) => {
                    if kind == Some(functions::Kind::Criterion) {
                        self.criterion(expr);
                    }
                    let (placed, ty) = self.placed(argument);
                    if let Some(kind) = kind {
                        self.argument(kind, ty, &placed);
                    }
                    placed
                }
            });
        }
        compiled.into()
    }

    /// Reports the keys of a literal criterion that `user.getGroups` does not know.
    fn criterion(&mut self, criterion: &Kind<'s>) {
        let Kind::Map(entries) = criterion else { return };
        for (key, _) in entries {
            let name = match &key.kind {
                Kind::Text(text) => text.as_ref(),
                Kind::Name(name) => name,
                _ => continue,
            };
            if let Err(fault) = functions::groups::known_key(name) {
                self.error(fault.at(key.span));
            }
        }
    }

    fn argument(&mut self, kind: functions::Kind, ty: Ty, argument: &Placed) {
        if ty.may_be(kind.accepts()) {
            return;
        }
        let error = if ty == Ty::NULL { ErrorKind::NullOperand } else { ErrorKind::Type };
        let message = format!("{} where {} is needed", ty.describe(), kind.describe());
        self.certain(Fault::new(error, message).at(argument.span));
    }

    /// Reports a function that the usage, the dialect or the crate's features exclude.
    fn may_use(&mut self, function: &Function, span: Span) {
        let usage = function.usage();
        if !function.usages().allow(self.compiler.usage) {
            let message = format!("`{usage}` is not available in {}", self.compiler.usage.describe());
            self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
        } else if self.nested && !function.reads().is_empty() {
            let message = format!("`{usage}` is not available in a group expression");
            self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
        }
        if self.compiler.strict && !function.is_in(self.compiler.dialect) {
            let dialect = self.compiler.dialect.describe();
            self.error(
                Fault::new(ErrorKind::UnknownFunction, format!("`{usage}` is not part of {dialect}"))
                    .at(span),
            );
        }
        if let Body::Absent(feature) = function.body() {
            let message = format!("`{usage}` needs the cargo feature `{feature}`, which is off");
            self.error(Fault::new(ErrorKind::Unsupported, message).at(span));
        }
    }

    fn unknown_function(&mut self, name: &str, span: Span, arguments: &[Expr<'s>]) -> (Node, Ty) {
        let hint = did_you_mean(similar(name).as_deref());
        self.error(
            Fault::new(ErrorKind::UnknownFunction, format!("unknown function `{name}`{hint}")).at(span),
        );
        // Mistakes in the arguments are reported as well.
        self.arguments(None, 0, arguments);
        FAILED
    }
}

/// The function that a name was meant to be: the same under another class, or one that is spelt alike.
fn similar(name: &str) -> Option<String> {
    let all = || functions::functions();
    let usage = |name: &str| all().find(|function| function.name() == name).map(Function::usage);
    let Some((class, method)) = name.split_once('.') else {
        return usage(name).or_else(|| nearest(name, all().map(Function::name)).map(str::to_owned));
    };
    match nearest(class, functions::classes()) {
        Some(class) => {
            let of_class =
                || all().filter(|function| function.family() == Family::Class(class)).map(Function::name);
            Some(format!("{class}.{}", nearest(method, of_class())?))
        }
        None => usage(method),
    }
}

fn wrong_count(function: &Function, given: usize) -> Box<Fault> {
    let message = format!("wrong number of arguments, {given}: `{}`", function.signature());
    Fault::new(ErrorKind::WrongArgumentCount, message)
}
