//! Calls: the arguments, what parameters make of them, and the body.

use super::super::error::Place;
use super::super::functions::{Body, Function, Kind, csv, methods};
use super::super::number;
use super::*;

impl Call {
    #[inline(never)]
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let Some((first, others)) = self.arguments.split_first() else {
            return self.function.apply(&mut Val::Null, None, &[], self.span, cx, scope);
        };
        let mut result = first.eval(cx, scope);
        match &mut result {
            Ok(Val::Null) if self.function.is_method() && self.safe => Ok(Val::Null),
            Ok(Val::Null) if self.function.is_method() => {
                Err(null_method(self.function.name(), first).at(self.at))
            }
            Ok(value) => self.function.apply(value, Some(first.span), others, self.span, cx, scope),
            Err(_) => result,
        }
    }
}

impl Method {
    #[inline(never)]
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        // A question about a parameter needs no value of its own: most lambdas are one.
        if let Node::Local(distance) = self.receiver.node
            && let Some(value) = local(scope, distance)
            && let Some(answer) = self.ask(value, cx)
        {
            return answer.map(Val::Bool);
        }
        let mut result = self.receiver.eval(cx, scope);
        let Ok(value) = &mut result else { return result };
        if let Some(answer) = self.ask(value, cx) {
            return answer.map(Val::Bool);
        }
        match self.methods.of(value) {
            Some(function) => {
                function.apply(value, Some(self.receiver.span), &self.arguments, self.span, cx, scope)
            }
            None => self.without(value),
        }
    }
}

#[cold]
fn null_method(name: &str, receiver: &Placed) -> Box<Fault> {
    blame(null_receiver(&format!("method `{name}`")), &receiver.node)
}

impl Method {
    /// The answer, if the call is a question about a text with an argument that was known when compiling.
    #[inline]
    fn ask(&self, value: &Val<'_>, cx: &mut Cx<'_, '_>) -> Option<Fallible<bool>> {
        let [Placed { node: Node::Constant(Val::Text(other)), .. }] = self.arguments.as_ref() else {
            return None;
        };
        let text = value.as_text()?;
        let Body::Test(test) = self.methods.text?.body() else { return None };
        Some(cx.budget.scan(text.len()).map(|()| test(text, other)))
    }

    /// The receiver is null, or has no such method, or one that takes another number of arguments.
    #[cold]
    fn without<'a>(&self, value: &Val<'_>) -> Eval<'a> {
        let fault = match (value, methods(&self.name).of(value)) {
            (Val::Null, _) if self.safe => return Ok(Val::Null),
            (Val::Null, _) => null_method(&self.name, &self.receiver),
            (_, Some(function)) => {
                let message = format!("wrong number of arguments: `{}`", function.signature());
                Fault::new(ErrorKind::WrongArgumentCount, message).at(self.span)
            }
            (value, None) => {
                let message = format!("{} has no method `{}`", value.describe(), self.name);
                Fault::new(ErrorKind::UnknownFunction, message)
            }
        };
        Err(fault.at(self.at))
    }
}

impl Function {
    /// Converts the first value, evaluates and converts the others, then runs the body.
    ///
    /// The first value is a method's receiver or the first argument, null if there is none. It stays in its place
    /// until the others are there: what has just been written is slow to move.
    fn apply<'a>(
        &self,
        first: &mut Val<'a>,
        first_span: Option<Span>,
        others: &'a [Placed],
        span: Span,
        cx: &mut Cx<'_, 'a>,
        scope: Outer<'_, 'a>,
    ) -> Eval<'a> {
        if let Some(at) = first_span {
            convert(cx, self.kind(0), first).map_err(|fault| fault.at(at))?;
        }
        let taken = |first: &mut Val<'a>| std::mem::replace(first, Val::Null);
        let result = match self.body() {
            Body::None(body) => body(cx),
            Body::One(body) => body(cx, taken(first)),
            Body::Two(body) => {
                let second = self.argument(1, others.first(), cx, scope)?;
                body(cx, taken(first), second)
            }
            Body::Three(body) => {
                let second = self.argument(1, others.first(), cx, scope)?;
                let third = self.argument(2, others.get(1), cx, scope)?;
                body(cx, taken(first), second, third)
            }
            Body::Test(test) => {
                let second = self.argument(1, others.first(), cx, scope)?;
                let both = first.as_text().zip(second.as_text());
                Ok(Val::Bool(both.is_some_and(|(text, other)| test(text, other))))
            }
            Body::Many(body) => {
                let mut all = Vec::with_capacity(others.len() + 1);
                all.push(taken(first));
                for (index, argument) in others.iter().enumerate() {
                    all.push(self.argument(index + 1, Some(argument), cx, scope)?);
                }
                body(cx, all)
            }
            Body::Each(body) => match (taken(first), others.last()) {
                (Val::List(list), Some(Placed { node: Node::Lambda(lambda), .. })) => {
                    body(cx, list, Closure { body: lambda, outer: scope })
                }
                _ => Err(Fault::new(ErrorKind::Type, "a function is expected: `x => …`").in_argument(1)),
            },
            Body::Absent(feature) => {
                let message = format!("`{}` needs the cargo feature `{feature}`", self.usage());
                Err(Fault::new(ErrorKind::Unsupported, message))
            }
        };
        result.map_err(|fault| place(fault, first_span, others, span))
    }

    /// The value at a position; null for an optional argument that is not given.
    ///
    /// Most arguments are constants of the right kind. These are made where they are used, which is why this is
    /// always inlined.
    #[inline(always)]
    fn argument<'a>(
        &self,
        index: usize,
        argument: Option<&'a Placed>,
        cx: &mut Cx<'_, 'a>,
        scope: Outer<'_, 'a>,
    ) -> Eval<'a> {
        let Some(argument) = argument else { return Ok(Val::Null) };
        match (&argument.node, self.kind(index)) {
            (Node::Constant(Val::Text(text)), Kind::Text | Kind::TextOrNull) => Ok(Val::text(text)),
            (Node::Constant(Val::Int(number)), Kind::Integer) => Ok(Val::Int(*number)),
            (_, kind) => computed(kind, argument, cx, scope),
        }
    }
}

#[inline(never)]
fn computed<'a>(kind: Kind, argument: &'a Placed, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
    let mut value = argument.eval(cx, scope)?;
    convert(cx, kind, &mut value).map_err(|fault| fault.at(argument.span))?;
    Ok(value)
}

/// Blames the argument that a body has found guilty, or the call.
#[cold]
fn place(fault: Box<Fault>, first: Option<Span>, others: &[Placed], call: Span) -> Box<Fault> {
    let span = match fault.place {
        Place::Argument(0) => first,
        Place::Argument(index) => others.get(index - 1).map(|argument| argument.span),
        _ => None,
    };
    fault.at(span.unwrap_or(call))
}

/// Makes a value what a parameter takes. Mostly it is that already, and stays where it is.
#[inline]
fn convert<'a>(cx: &mut Cx<'_, 'a>, kind: Kind, value: &mut Val<'a>) -> Fallible<()> {
    match (kind, &*value) {
        (Kind::Text | Kind::TextOrNull, Val::Text(text)) => cx.budget.scan(text.len()),
        (Kind::Any, _) | (Kind::List | Kind::ListOrNull, Val::List(_)) => Ok(()),
        (Kind::Integer | Kind::Number, Val::Int(_)) => Ok(()),
        (Kind::Text | Kind::TextOrNull, Val::GroupName(group)) => {
            *value = Val::text(group.name());
            Ok(())
        }
        (kind, _) => {
            *value = convert_other(cx, kind, std::mem::replace(value, Val::Null))?;
            Ok(())
        }
    }
}

#[inline(never)]
fn convert_other<'a>(cx: &mut Cx<'_, 'a>, kind: Kind, value: Val<'a>) -> Eval<'a> {
    match (kind, value) {
        (Kind::TextOrNull | Kind::ListOrNull, value @ Val::Null)
        | (Kind::Number, value @ Val::Double(_))
        | (Kind::Criterion, value @ Val::Object(_)) => Ok(value),
        (_, Val::Null) => {
            Err(Fault::new(ErrorKind::NullOperand, format!("null where {} is needed", kind.describe())))
        }
        (Kind::Text | Kind::TextOrNull, value) => ops::to_text(cx, value).map(Val::Text),
        (Kind::List | Kind::ListOrNull, Val::Text(text)) => csv(cx, text).map(Val::List),
        (Kind::List | Kind::ListOrNull, value) if !matches!(value, Val::Object(_)) => {
            Ok(Val::List(List::Owned(vec![value])))
        }
        (Kind::Integer, Val::Double(value)) if value.fract() == 0.0 => {
            number::to_integer(value).map(Val::Int)
        }
        (Kind::Integer, value) if value.as_text().is_some() => {
            number::parse_integer(value.as_text().unwrap_or_default()).map(Val::Int)
        }
        (Kind::Number, value) if value.as_text().is_some() => Ok(value),
        #[cfg(feature = "timezones")]
        (Kind::Time, value @ Val::DateTime(_)) => Ok(value),
        #[cfg(feature = "timezones")]
        (Kind::Time, value) if value.as_text().is_some() => {
            super::super::functions::iso_time(value.as_text().unwrap_or_default())
        }
        #[cfg(feature = "countries")]
        (Kind::Country, value @ Val::Country(_)) => Ok(value),
        (kind, value) => {
            let message = format!("{} where {} is needed", value.describe(), kind.describe());
            Err(Fault::new(ErrorKind::Type, message))
        }
    }
}
