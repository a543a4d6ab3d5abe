//! Calls: which function, whether it may be used here, how many arguments, of which types.

use std::slice::Iter;

use super::names::{RootAt, did_you_mean};
use super::*;
use crate::expr::context::Root;
use crate::expr::functions::{self, Body, Family, Function, Methods};
use crate::expr::suggest::nearest;

impl<'s> Compile<'_, 's> {
    /// The start of a path that begins with a name; takes the first link as well if that is a call of a class.
    pub(super) fn path_start(&mut self, name: &'s str, span: Span, links: &mut Iter<'_, Link<'s>>) -> Base {
        let known = self.is_root(name) || self.parameter(name).is_some();
        match links.as_slice().first() {
            Some(link) if !known && matches!(link.kind, LinkKind::Method { .. }) => {
                self.class_call(name, span, links)
            }
            _ => self.name(name, span),
        }
    }

    /// `String.len(x)`, or what looks like it.
    #[inline(never)]
    fn class_call(&mut self, name: &'s str, span: Span, links: &mut Iter<'_, Link<'s>>) -> Base {
        let Some(Link { kind: LinkKind::Method { name: method, arguments }, span: at, end, .. }) =
            links.as_slice().first()
        else {
            return self.name(name, span);
        };
        let function = match functions::class_named(name) {
            Some(class) => functions::find(Family::Class(class), method),
            // `workday_x.hasWorkdayUser()`: the instance of an app, whose assignments are the only ones we know.
            None => functions::find(Family::Global, method).filter(|function| function.reads_assignments()),
        };
        let (call, at) = (Span { start: span.start, end: *end }, span.to(*at));
        if let Some(function) = function {
            links.next();
            let (node, ty) = self.invoke(function, None, arguments, (call, at), false);
            return Base::Value(node, ty);
        }
        let is_class = || nearest(name, functions::classes()).is_some();
        let is_method = || functions::methods(method).iter().next().is_some();
        if self.element().is_none() && (is_class() || !is_method()) {
            links.next();
            let (node, ty) = self.unknown_function(&format!("{name}.{method}"), at, arguments);
            return Base::Value(node, ty);
        }
        self.name(name, span)
    }

    fn is_root(&self, name: &str) -> bool {
        Root::named(name).is_some() || self.compiler.variables.contains(name)
    }

    /// `name(arguments)`
    #[inline(never)]
    pub(super) fn call(&mut self, name: &str, arguments: &[Expr<'s>], span: Span) -> Typed {
        let length = u32::try_from(name.len()).unwrap_or(0);
        let at = Span { start: span.start, end: span.start.saturating_add(length) };
        match functions::find(Family::Global, name) {
            Some(function) if self.element().is_none() || function.takes(arguments.len()) => {
                self.invoke(function, None, arguments, (span, at), false)
            }
            _ => self.element_call(name, arguments, span, at),
        }
    }

    /// In a projection a call without a receiver may be a method of the element.
    #[inline(never)]
    fn element_call(&mut self, name: &str, arguments: &[Expr<'s>], span: Span, at: Span) -> Typed {
        if let Some(distance) = self.element()
            && functions::methods(name).iter().next().is_some()
        {
            let receiver = Placed { node: Node::Local(distance), span: at };
            let link = Link { kind: LinkKind::Property(""), safe: false, span: at, end: span.end };
            return self.method(receiver, Ty::ANY, name, arguments, &link);
        }
        match functions::find(Family::Global, name) {
            Some(function) => self.invoke(function, None, arguments, (span, at), false),
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
        let (node, ty) = self.invoke(function, None, arguments, (span, so_far.to(link.span)), link.safe);
        Some(Base::Value(node, ty))
    }

    /// `receiver.name(arguments)`
    #[inline(never)]
    pub(super) fn method(
        &mut self,
        receiver: Placed,
        ty: Ty,
        name: &str,
        arguments: &[Expr<'s>],
        link: &Link<'s>,
    ) -> Typed {
        let methods = functions::methods(name).on(ty);
        let mut fitting = methods.iter();
        let span = Span { start: receiver.span.start, end: link.end };
        match (fitting.next(), fitting.next()) {
            (None, _) => self.no_method(receiver, ty, name, arguments, link),
            (Some(only), None) if !ty.without(only.receiver()).may_be(Ty::ANY.without(Ty::NULL)) => {
                self.invoke(only, Some(receiver), arguments, (span, link.span), link.safe)
            }
            (Some(first), second) => {
                methods.iter().for_each(|function| self.may_use(function, link.span));
                if !methods.iter().any(|function| function.takes(arguments.len() + 1)) {
                    self.wrong_count(first, arguments.len(), span);
                }
                // With several candidates each argument must suit one of them; lambdas are in the same place in all.
                let takes_lambda = |function: &&Function| matches!(function.body(), Body::Each(_));
                let checked = if second.is_none() { Some(first) } else { methods.iter().find(takes_lambda) };
                self.late_method(name, methods, receiver, (checked, arguments), link)
            }
        }
    }

    /// A method that the value will decide on.
    #[inline(never)]
    fn late_method(
        &mut self,
        name: &str,
        methods: Methods,
        receiver: Placed,
        (checked, arguments): (Option<&'static Function>, &[Expr<'s>]),
        link: &Link<'s>,
    ) -> Typed {
        let span = Span { start: receiver.span.start, end: link.end };
        let arguments = self.arguments(checked, 1, arguments);
        let returns = methods.iter().map(Function::returns).reduce(Ty::or).unwrap_or(Ty::ANY);
        methods.iter().for_each(|function| self.reads.add(function.reads()));
        let methods = methods.taking(arguments.len() + 1);
        let (name, safe, at) = (name.into(), link.safe, link.span);
        let method = Method { name, methods, receiver, arguments, safe, span, at };
        (Node::Method(Box::new(method)), returns.or_null(safe))
    }

    /// There is no such method, or not for this type.
    #[inline(never)]
    fn no_method(
        &mut self,
        receiver: Placed,
        ty: Ty,
        name: &str,
        arguments: &[Expr<'s>],
        link: &Link<'s>,
    ) -> Typed {
        let all = functions::methods(name);
        if all.iter().next().is_none() {
            return self.unknown_function(name, link.span, arguments);
        }
        if ty != Ty::NULL {
            let message = format_args!("{} has no method `{name}`", ty.describe());
            self.certain(ErrorKind::UnknownFunction, link.span, message);
        }
        self.late_method(name, all, receiver, (None, arguments), link)
    }

    /// A call of a known function, which stands at `span`, its name at `at`.
    #[inline(never)]
    fn invoke(
        &mut self,
        function: &'static Function,
        receiver: Option<Placed>,
        arguments: &[Expr<'s>],
        (span, at): (Span, Span),
        safe: bool,
    ) -> Typed {
        let before = usize::from(receiver.is_some());
        self.may_use(function, at);
        if !function.takes(before + arguments.len()) {
            self.wrong_count(function, arguments.len(), span);
        }
        self.reads.add(function.reads());
        if let Some(special) = self.special(function, arguments, span) {
            return special;
        }
        let mut arguments = self.arguments(Some(function), before, arguments);
        if let Some(receiver) = receiver {
            arguments = std::iter::once(receiver).chain(arguments).collect();
        }
        let call = Call { function, arguments, safe, span, at };
        (Node::Call(Box::new(call)), function.returns().or_null(safe))
    }

    /// The functions that do more than their row in the table says, if an argument is a literal.
    #[inline(never)]
    fn special(&mut self, function: &Function, arguments: &[Expr<'s>], span: Span) -> Option<Typed> {
        match (function.name(), arguments) {
            ("getFilteredGroups", [allowlist, Expr { kind: Kind::Text(text), span: at, .. }, limit]) => {
                Some(self.filtered(allowlist, (text, *at), limit, span))
            }
            ("isMemberOfGroupNameRegex", [Expr { kind: Kind::Text(text), span: at, .. }]) => {
                Some(self.name_matches(text, *at, span))
            }
            _ => None,
        }
    }

    #[cold]
    #[inline(never)]
    fn wrong_count(&mut self, function: &Function, given: usize, span: Span) {
        let message = format!("wrong number of arguments, {given}: `{}`", function.signature());
        self.error(Fault::new(ErrorKind::WrongArgumentCount, message).at(span));
    }

    /// `isMemberOfGroupNameRegex` with its pattern as a literal.
    #[inline(never)]
    fn name_matches(&mut self, text: &str, at: Span, span: Span) -> Typed {
        match Pattern::new(functions::groups::without_slashes(text)) {
            Ok(pattern) => (Node::NameMatches(Box::new(NameMatches { pattern, span })), Ty::BOOL),
            Err(why) => {
                self.error(Fault::new(ErrorKind::InvalidRegex, why).at(at));
                FAILED
            }
        }
    }

    /// `getFilteredGroups` with its expression as a literal, which is compiled with the rest.
    #[inline(never)]
    fn filtered(
        &mut self,
        allowlist: &Expr<'s>,
        (text, at): (&str, Span),
        limit: &Expr<'s>,
        span: Span,
    ) -> Typed {
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
    #[inline(never)]
    fn arguments(
        &mut self,
        function: Option<&'static Function>,
        first: usize,
        arguments: &[Expr<'s>],
    ) -> Box<[Placed]> {
        let mut compiled = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let kind = function.map(|function| function.kind(first + index));
            compiled.push(match &argument.kind {
                Kind::Lambda { parameter, body }
                    if kind.is_none_or(|kind| kind == functions::Kind::Lambda) =>
                {
                    let body = self.body(Binding::Parameter(parameter), body);
                    Placed { node: Node::Lambda(Box::new(body)), span: argument.span }
                }
                _ => self.argument(kind, argument),
            });
        }
        compiled.into()
    }

    fn argument(&mut self, kind: Option<functions::Kind>, argument: &Expr<'s>) -> Placed {
        if kind == Some(functions::Kind::Criterion) {
            self.criterion(&argument.kind);
        }
        let (placed, ty) = self.placed(argument);
        if let Some(kind) = kind {
            self.fits(kind, ty, placed.span);
        }
        placed
    }

    #[inline(never)]
    fn fits(&mut self, kind: functions::Kind, ty: Ty, span: Span) {
        if kind == functions::Kind::Lambda {
            self.error(Fault::new(ErrorKind::Type, "a function is expected here: `x => …`").at(span));
        } else if !ty.may_be(kind.accepts()) {
            self.mistyped(ty, span, &format!("where {} is needed", kind.describe()));
        }
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

    /// Reports a function that the usage, the dialect or the crate's features exclude.
    fn may_use(&mut self, function: &Function, span: Span) {
        let in_usage = function.usages().allow(self.compiler.usage);
        let in_group = !self.nested || function.reads().is_empty();
        let in_dialect = !self.compiler.strict || function.is_in(self.compiler.dialect);
        let is_there = !matches!(function.body(), Body::Absent(_));
        if !(in_usage && in_group && in_dialect && is_there) {
            self.may_not_use(function, span);
        }
    }

    #[cold]
    #[inline(never)]
    fn may_not_use(&mut self, function: &Function, span: Span) {
        let (usage, compiler) = (function.usage(), self.compiler);
        if !function.usages().allow(compiler.usage) {
            let message = format!("`{usage}` is not available in {}", compiler.usage.describe());
            self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
        } else if self.nested && !function.reads().is_empty() {
            let message = format!("`{usage}` is not available in a group expression");
            self.error(Fault::new(ErrorKind::ContextNotAllowed, message).at(span));
        }
        if compiler.strict && !function.is_in(compiler.dialect) {
            let message = format!("`{usage}` is not part of {}", compiler.dialect.describe());
            self.error(Fault::new(ErrorKind::UnknownFunction, message).at(span));
        }
        if let Body::Absent(feature) = function.body() {
            let message = format!("`{usage}` needs the cargo feature `{feature}`, which is off");
            self.error(Fault::new(ErrorKind::Unsupported, message).at(span));
        }
    }

    #[cold]
    #[inline(never)]
    fn unknown_function(&mut self, name: &str, span: Span, arguments: &[Expr<'s>]) -> Typed {
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
