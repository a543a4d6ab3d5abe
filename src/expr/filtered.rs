//! `getFilteredGroups`: an expression in an expression, evaluated once for each group kept.

use super::Compiler;
use super::compile;
use super::error::{Fallible, Fault};
use super::eval::{Cx, Eval, Outer};
use super::functions::groups::allowed;
use super::group::Group;
use super::input::Inputs;
use super::node::{Filtered, Node};
use super::parse::parse;
use super::value::Val;

impl Filtered {
    pub(super) fn eval<'a>(&'a self, cx: &mut Cx<'_, 'a>, scope: Outer<'_, 'a>) -> Eval<'a> {
        let allowlist = self.allowlist.eval(cx, scope)?;
        let limit = self.limit.eval(cx, scope)?;
        let kept = allowed(cx, &allowlist, &limit).map_err(|fault| self.place(fault))?;
        let mut found = cx.list(kept.len())?;
        let outer = cx.group;
        for group in kept {
            cx.group = Some(group);
            let value = self.expression.eval(cx, None)?;
            found.push(cx, value)?;
        }
        cx.group = outer;
        Ok(found.finish())
    }

    #[cold]
    fn place(&self, fault: Box<Fault>) -> Box<Fault> {
        let span = match fault.place {
            super::error::Place::Argument(0) => self.allowlist.span,
            super::error::Place::Argument(_) => self.limit.span,
            _ => self.span,
        };
        fault.at(span)
    }
}

/// The same with an expression that only the evaluation knows. It is compiled anew each time: the budget pays, and
/// nothing is kept.
pub(super) fn dynamic<'a>(cx: &mut Cx<'_, 'a>, text: &str, kept: Vec<&'a Group>) -> Eval<'a> {
    cx.steps(100 + text.len() as u64)?;
    let node = compiled(cx, text)?;
    let mut found = cx.list(kept.len())?;
    for group in kept {
        let value = with_inputs(cx, cx.inputs, group, &node)?;
        found.push(cx, value)?;
    }
    Ok(found.finish())
}

fn compiled(cx: &Cx<'_, '_>, text: &str) -> Fallible<Node> {
    let compiler = Compiler::new().dialect(cx.dialect).limits(*cx.limits);
    let wrong = |fault: Fault| Fault::new(fault.kind, format!("in the group expression: {}", fault.message));
    compiler.length(text).map_err(|fault| wrong(*fault))?;
    let tree = parse(text, cx.limits.depth).map_err(|fault| wrong(*fault))?;
    match compile::compile(&compiler, &tree, true) {
        Ok((node, _)) => Ok(node),
        Err(faults) => Err(faults.into_iter().next().map_or_else(
            || Fault::new(super::error::ErrorKind::Parse, "the group expression does not compile"),
            wrong,
        )),
    }
}

/// Evaluates a node that lives shorter than the inputs, on the same budget; the value borrows nothing.
fn with_inputs<'b>(
    cx: &mut Cx<'_, '_>,
    inputs: &Inputs<'b>,
    group: &'b Group,
    node: &'b Node,
) -> Fallible<Val<'static>> {
    let mut inner = Cx::new(inputs, cx.limits, cx.dialect);
    inner.group = Some(group);
    std::mem::swap(&mut inner.budget, &mut cx.budget);
    let value = node.eval(&mut inner, None).map(Val::into_owned);
    std::mem::swap(&mut inner.budget, &mut cx.budget);
    let value = value
        .map_err(|fault| Fault::new(fault.kind, format!("in the group expression: {}", fault.message)))?;
    match value {
        Val::Text(text) => cx.text(text.into_owned()),
        value => Ok(value),
    }
}
