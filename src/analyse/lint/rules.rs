//! What single rules allow: scopes, lifetimes, refreshes.

use super::Subject;
use super::reach::clients;
use super::shadow::{Verdict, title};
use crate::analyse::bits::Bits;
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::{quoted, span};
use crate::analyse::uses::{GrantUse, mask};
use crate::analyse::view::{RuleView, ServerView};
use crate::model::ClientCondition;
use crate::types::{GrantType, Lifetime};

/// Past this an access token is worth a word, and past the second a warning: nothing but its end
/// takes it away from whoever has it, where resource servers do not introspect.
const LONG: Lifetime = Lifetime::minutes(60);
const VERY_LONG: Lifetime = Lifetime::minutes(12 * 60);
/// A refresh token that may go unused this long outlives most devices' owners.
const LONG_WINDOW: Lifetime = Lifetime::minutes(90 * 24 * 60);

const OFFLINE_ACCESS: &str = "offline_access";

pub(super) fn report(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    verdicts: &[Verdict],
    report: &mut Report,
) {
    let end = view.server.scopes.scopes.len();
    let offline = view.server.scopes.by_name.get(OFFLINE_ACCESS).map(|place| *place as usize);
    let mut granted = Bits::none(end);
    for (rule, _) in view.rules.iter().zip(verdicts).filter(|(_, verdict)| verdict.may_decide()) {
        granted = granted.or(&rule.scopes);
        open(view, rule, report);
        access_token(view, rule, report);
        refresh(subject, view, rule, offline, report);
    }
    // A server without rules is a warning of the compiler's.
    if !view.rules.is_empty() {
        let listed = (0..)
            .zip(&view.server.scopes.scopes)
            .filter_map(|(place, scope)| Some((place, scope, scope.at?)));
        for (_, scope, at) in listed.filter(|(place, ..)| !granted.contains(*place)) {
            report.add(
                Code::ScopeNotGranted,
                Severity::Warning,
                format!("{}.scopes[{at}]", view.path()),
                format!(
                    "no rule of server {} grants the scope {}",
                    quoted(view.server.name()),
                    quoted(scope.name.as_str())
                ),
                "list the scope in a rule, or remove it",
            );
        }
    }
}

fn open(view: &ServerView<'_>, rule: &RuleView<'_>, report: &mut Report) {
    let all_clients = matches!(rule.declared.clients, ClientCondition::All);
    if rule.declared.scopes.is_none() && all_clients {
        report.add(
            Code::RuleOpen,
            Severity::Warning,
            format!("{}.conditions.scopes", view.rule_path(rule)),
            format!("{} grants every scope (`*`), later ones included, to every client", title(rule)),
            "list the scopes, or list the clients in the policy",
        );
    }
}

fn access_token(view: &ServerView<'_>, rule: &RuleView<'_>, report: &mut Report) {
    let life = rule.lifetimes().access_token;
    if life > LONG {
        report.add(
            Code::AccessTokenLong,
            if life > VERY_LONG { Severity::Warning } else { Severity::Advice },
            format!("{}.actions.token.accessTokenLifetimeMinutes", view.rule_path(rule)),
            format!("access tokens of {} live {}: one that leaks works that long", title(rule), span(life)),
            "shorten them to an hour or less, and let clients refresh",
        );
    }
}

fn refresh(
    subject: &Subject<'_>,
    view: &ServerView<'_>,
    rule: &RuleView<'_>,
    offline: Option<usize>,
    report: &mut Report,
) {
    let grants_offline = offline.is_some_and(|offline| rule.scopes.contains(offline));
    let refreshable = GrantUse::all().any(|used| used.is_refresh() && rule.grants & mask(used.grant()) != 0);
    if rule.grants & mask(GrantType::RefreshToken) != 0 && !grants_offline {
        report.add(
            Code::RefreshWithoutOfflineAccess,
            Severity::Warning,
            format!("{}.conditions.scopes", view.rule_path(rule)),
            format!(
                "{} lists `refresh_token` but not the scope `offline_access`, which every refreshed grant has: \
                 it matches only refreshes that ask for less than was granted",
                title(rule)
            ),
            "list `offline_access` in the rule, or take `refresh_token` out",
        );
    }
    if !grants_offline || !refreshable {
        return;
    }
    let life = rule.lifetimes();
    if life.refresh_token_window < life.access_token {
        report.add(
            Code::RefreshWindowShort,
            Severity::Warning,
            format!("{}.actions.token.refreshTokenWindowMinutes", view.rule_path(rule)),
            format!(
                "refresh tokens of {} die after {} without use, before the access tokens do after {}: a client that \
                 refreshes when it must is too late",
                title(rule),
                span(life.refresh_token_window),
                span(life.access_token)
            ),
            "make the window longer than the access tokens' lifetime",
        );
    }
    if life.refresh_token_window > LONG_WINDOW && life.refresh_token.is_none_or(|total| total > LONG_WINDOW) {
        report.add(
            Code::RefreshWindowLong,
            Severity::Advice,
            format!("{}.actions.token.refreshTokenWindowMinutes", view.rule_path(rule)),
            format!(
                "refresh tokens of {} may go unused for {}",
                title(rule),
                span(life.refresh_token_window)
            ),
            "shorten the window: a client that is in use loses nothing",
        );
    }
    let by_name = rule.declared.scopes.is_some();
    if by_name && !subject.org.outside_directory {
        let covered = clients(subject, view, rule.policy);
        if !covered.is_empty()
            && !covered.iter().any(|client| client.grants.contains(&GrantType::RefreshToken))
        {
            report.add(
                Code::OfflineAccessWithoutRefresh,
                Severity::Advice,
                format!("{}.conditions.scopes", view.rule_path(rule)),
                format!(
                    "{} grants `offline_access`, and no client of its policy may use `refresh_token`",
                    title(rule)
                ),
                "give the client the grant type `refresh_token`, or take the scope out of the rule",
            );
        }
    }
}
