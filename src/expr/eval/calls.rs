//! Calls: the arguments, what parameters make of them, and the body.

use super::super::error::Place;
use super::super::functions::{Body, Function, Kind, csv, methods};
use super::super::number;
use super::*;

impl Call {
    #[inline(never)]
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        if !self.function.is_method() {
            return self.function.apply(None, &self.arguments, self.span, cx, scope);
        }
        let Some((receiver, arguments)) = self.arguments.split_first() else { return Ok(Val::Null) };
        let value = receiver.eval(cx, scope)?;
        match value {
            Val::Null if self.safe => Ok(Val::Null),
            Val::Null => Err(null_method(self.function.name(), receiver).at(self.at)),
            value => self.function.apply(Some((value, receiver.span)), arguments, self.span, cx, scope),
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
        let value = self.receiver.eval(cx, scope)?;
        if let Some(answer) = self.ask(&value, cx) {
            return answer.map(Val::Bool);
        }
        match self.methods.of(&value) {
            Some(function) => {
                function.apply(Some((value, self.receiver.span)), &self.arguments, self.span, cx, scope)
            }
            None => self.without(&value),
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
    /// Evaluates and converts the arguments, then runs the body.
    fn apply<'a>(
        &self,
        receiver: Option<(Val<'a>, Span)>,
        arguments: &'a [Placed],
        span: Span,
        cx: &mut Cx<'_, 'a>,
        scope: Outer<'_, 'a>,
    ) -> Eval<'a> {
        let (first, receiver_span, before) = match receiver {
            Some((value, at)) => {
                (convert(cx, self.kind(0), value).map_err(|fault| fault.at(at))?, Some(at), 1)
            }
            None => (self.argument(0, arguments.first(), cx, scope)?, None, 0),
        };
        let result = match self.body() {
            Body::None(body) => body(cx),
            Body::One(body) => body(cx, first),
            Body::Two(body) => {
                let second = self.argument(1, arguments.get(1 - before), cx, scope)?;
                body(cx, first, second)
            }
            Body::Three(body) => {
                let second = self.argument(1, arguments.get(1 - before), cx, scope)?;
                let third = self.argument(2, arguments.get(2 - before), cx, scope)?;
                body(cx, first, second, third)
            }
            Body::Test(test) => {
                let second = self.argument(1, arguments.get(1 - before), cx, scope)?;
                let both = first.as_text().zip(second.as_text());
                Ok(Val::Bool(both.is_some_and(|(text, other)| test(text, other))))
            }
            Body::Many(body) => {
                let mut all = Vec::with_capacity(arguments.len() + before);
                all.push(first);
                for (index, argument) in arguments.iter().enumerate().skip(1 - before) {
                    all.push(self.argument(index + before, Some(argument), cx, scope)?);
                }
                body(cx, all)
            }
            Body::Each(body) => match (first, arguments.last()) {
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
        result.map_err(|fault| place(fault, receiver_span, arguments, span))
    }

    /// The value at a position; null for an optional argument that is not given.
    #[inline]
    fn argument<'a>(
        &self,
        index: usize,
        argument: Option<&'a Placed>,
        cx: &mut Cx<'_, 'a>,
        scope: Outer<'_, 'a>,
    ) -> Eval<'a> {
        let Some(argument) = argument else { return Ok(Val::Null) };
        let value = argument.eval(cx, scope)?;
        convert(cx, self.kind(index), value).map_err(|fault| fault.at(argument.span))
    }
}

/// Blames the argument that a body has found guilty, or the call.
#[cold]
fn place(fault: Box<Fault>, receiver: Option<Span>, arguments: &[Placed], call: Span) -> Box<Fault> {
    let span = match fault.place {
        Place::Argument(index) => match (index, receiver) {
            (0, Some(receiver)) => Some(receiver),
            (index, receiver) => {
                arguments.get(index - usize::from(receiver.is_some())).map(|argument| argument.span)
            }
        },
        _ => None,
    };
    fault.at(span.unwrap_or(call))
}

/// A value as what a parameter takes: mostly it is that already.
#[inline]
fn convert<'a>(cx: &mut Cx<'_, 'a>, kind: Kind, value: Val<'a>) -> Eval<'a> {
    match (kind, value) {
        (Kind::Text | Kind::TextOrNull, Val::Text(text)) => {
            cx.budget.scan(text.len())?;
            Ok(Val::Text(text))
        }
        (Kind::Text | Kind::TextOrNull, Val::GroupName(group)) => Ok(Val::text(group.name())),
        (Kind::Any, value) | (Kind::List | Kind::ListOrNull, value @ Val::List(_)) => Ok(value),
        (Kind::Integer | Kind::Number, value @ Val::Int(_)) => Ok(value),
        (kind, value) => convert_other(cx, kind, value),
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
