//! Token inline hooks: what becomes of tokens when they fail, and what they may do.

use std::collections::BTreeSet;

use super::Subject;
use super::shadow::title;
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::{names, quoted};
use crate::analyse::view::ServerView;
use crate::model::{InlineHook, OnFailure};

/// The claims that say whom a token is about, and for which API.
const IDENTITY: [&str; 2] = ["sub", "aud"];

pub(super) fn report(subject: &Subject<'_>, report: &mut Report) {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for view in &subject.servers {
        named.extend(of_rules(view).map(InlineHook::id));
        inactive(view, report);
        opened(view, report);
    }
    for hook in subject.org.hooks.values() {
        let path = format!("inlineHooks[{}]", hook.at);
        let name = quoted(hook.name());
        if !named.contains(hook.id()) {
            report.add(
                Code::HookUnused,
                Severity::Advice,
                path.clone(),
                format!("no rule that is ACTIVE names the hook {name}"),
                "name it in a rule (`actions.token.inlineHook`), or remove it",
            );
        } else if hook.is_active() && hook.on_failure() == OnFailure::Open {
            report.add(
                Code::HookFailsOpen,
                Severity::Advice,
                format!("{path}.chancery.onFailure"),
                format!(
                    "when the hook {name} fails, tokens are issued without it: whoever can make it fail gets tokens that it \
                     would have refused, narrowed or shortened"
                ),
                "set `chancery.onFailure` to `closed` unless the hook only adds claims",
            );
        }
        let may: Vec<&str> = hook.may_patch().filter(|claim| IDENTITY.contains(claim)).collect();
        if !may.is_empty() {
            report.add(
                Code::HookMayPatchIdentity,
                Severity::Warning,
                format!("{path}.chancery.mayPatch"),
                format!(
                    "the hook {name} may change {} of access tokens: it decides {}",
                    names(may.iter().copied()),
                    decided(&may)
                ),
                "let the hook add claims of other names, and take these out of `mayPatch`",
            );
        }
        if hook.may_be_private() {
            let plain = hook.url().starts_with("http:");
            let rest = if plain { ", and is sent its requests in the clear" } else { "" };
            report.add(
                Code::HookPrivateTarget,
                if plain { Severity::Warning } else { Severity::Advice },
                format!("{path}.chancery.privateTarget"),
                format!("the hook {name} may be at a private or loopback address{rest}"),
                "take `privateTarget` out unless the hook runs beside the issuer",
            );
        }
    }
}

fn of_rules<'v>(view: &'v ServerView<'_>) -> impl Iterator<Item = &'v InlineHook> {
    view.rules.iter().filter_map(|rule| rule.declared.rule.inline_hook()).map(|hook| &**hook)
}

fn inactive(view: &ServerView<'_>, report: &mut Report) {
    for rule in &view.rules {
        let Some(hook) = rule.declared.rule.inline_hook().filter(|hook| !hook.is_active()) else { continue };
        let (severity, outcome) = match hook.on_failure() {
            OnFailure::Closed => (Severity::Risk, "every token that it would grant is refused"),
            OnFailure::Open => (Severity::Warning, "its tokens are issued without it"),
        };
        report.add(
            Code::HookInactive,
            severity,
            format!("{}.actions.token.inlineHook", view.rule_path(rule)),
            format!("{} names the hook {}, which is INACTIVE: {outcome}", title(rule), quoted(hook.name())),
            "activate the hook, or take it out of the rule",
        );
    }
}

/// What the server lets every hook do.
fn opened(view: &ServerView<'_>, report: &mut Report) {
    let opened = view.server.allow_reserved.iter().map(String::as_str);
    let may: Vec<&str> = opened.filter(|claim| IDENTITY.contains(claim)).collect();
    let hooks: BTreeSet<&str> = of_rules(view).map(InlineHook::name).collect();
    if may.is_empty() || hooks.is_empty() {
        return;
    }
    report.add(
        Code::HookMayPatchIdentity,
        Severity::Warning,
        format!("{}.chancery.allowReservedClaims", view.path()),
        format!(
            "server {} lets every hook of its rules ({}) change {} of access tokens: it decides {}",
            quoted(view.server.name()),
            names(hooks),
            names(may.iter().copied()),
            decided(&may)
        ),
        "open the claims on one hook (`chancery.mayPatch`), or to none",
    );
}

fn decided(may: &[&str]) -> &'static str {
    match may {
        ["sub"] => "whom tokens are about",
        ["aud"] => "which API takes them",
        _ => "whom tokens are about and which API takes them",
    }
}
