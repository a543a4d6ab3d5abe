//! What clients may and may not do, and how they are protected.

use super::Subject;
use crate::analyse::report::{Code, Report, Severity};
use crate::analyse::text::{names, quoted};
use crate::analyse::uses::{GrantUse, Subjects};
use crate::analyse::view::{RuleView, ServerView};
use crate::jose::Algorithm;
use crate::model::{ClientAuth, ClientKind, Consent, RefreshRotation, RegisteredClient};
use crate::types::GrantType;

pub(super) fn report(subject: &Subject<'_>, report: &mut Report) {
    for client in &subject.clients {
        policies(subject, client, report);
        grants(client, report);
        redirects(client, report);
        authentication(client, report);
    }
}

fn path(client: &RegisteredClient, rest: &str) -> String {
    format!("apps[{}]{rest}", client.at)
}

/// The rules of every server that answers, of the policies that are for the client.
fn rules<'v, 'o>(
    subject: &'v Subject<'o>,
    client: &RegisteredClient,
) -> impl Iterator<Item = (&'v ServerView<'o>, &'v RuleView<'o>)> {
    let servers = subject.servers.iter().filter(|view| view.server.active);
    servers.flat_map(|view| {
        let policies = view.policies_for(Some(&client.id));
        view.rules.iter().filter(move |rule| policies.contains(rule.policy)).map(move |rule| (view, rule))
    })
}

fn policies(subject: &Subject<'_>, client: &RegisteredClient, report: &mut Report) {
    let servers = || subject.servers.iter().filter(|view| view.server.active);
    if servers().next().is_none() || client.grants.is_empty() {
        return;
    }
    let id = quoted(client.id.as_str());
    if servers().all(|view| view.policies_for(Some(&client.id)).is_empty()) {
        let (severity, rest) = if client.org_scopes.is_empty() {
            (Severity::Warning, "")
        } else {
            (Severity::Advice, "; only the org authorization server issues to it")
        };
        report.add(
            Code::ClientWithoutPolicy,
            severity,
            path(client, ""),
            format!("no policy of any authorization server is for the client {id}{rest}"),
            "add the client to a policy, or deactivate it",
        );
        return;
    }
    let rules: Vec<_> = rules(subject, client).collect();
    let allowed = |grant: &GrantType| rules.iter().any(|(_, rule)| rule.allows(GrantUse::first(*grant)));
    let unused: Vec<GrantType> = client
        .grants
        .iter()
        .copied()
        .filter(|grant| *grant != GrantType::RefreshToken && !allowed(grant))
        .collect();
    if !unused.is_empty() {
        report.add(
            Code::GrantNotAllowed,
            Severity::Advice,
            path(client, ".settings.oauthClient.grant_types"),
            format!(
                "the client {id} may use {}, and no rule for it does",
                names(unused.iter().map(|grant| grant.as_str()))
            ),
            "list the grant type in a rule for the client, or take it from the client",
        );
    }
    refresh(client, &rules, report);
    consent(client, &rules, report);
}

fn refresh(client: &RegisteredClient, rules: &[(&ServerView<'_>, &RuleView<'_>)], report: &mut Report) {
    let uses: Vec<GrantUse> =
        GrantUse::all().filter(|used| used.is_refresh() && used.is_open_to(client)).collect();
    let first = |rule: &RuleView<'_>| uses.iter().any(|used| rule.allows(GrantUse::first(used.grant())));
    let offline = |view: &ServerView<'_>, rule: &RuleView<'_>| {
        view.server
            .scopes
            .by_name
            .get("offline_access")
            .is_some_and(|scope| rule.scopes.contains(*scope as usize))
    };
    let asks = rules.iter().any(|(_, rule)| first(rule));
    if !uses.is_empty() && asks && !rules.iter().any(|(view, rule)| first(rule) && offline(view, rule)) {
        report.add(
            Code::RefreshNeverGranted,
            Severity::Warning,
            path(client, ".settings.oauthClient.grant_types"),
            format!(
                "the client {} may use `refresh_token`, and no rule for it grants `offline_access`: it gets no refresh token",
                quoted(client.id.as_str())
            ),
            "list `offline_access` in a rule for the client, or take `refresh_token` from the client",
        );
    }
}

fn consent(client: &RegisteredClient, rules: &[(&ServerView<'_>, &RuleView<'_>)], report: &mut Report) {
    if client.consent_required {
        return;
    }
    let uses: Vec<GrantUse> = GrantUse::all()
        .filter(|used| used.subjects() != Subjects::Machines && used.is_open_to(client))
        .collect();
    let mut scopes: Vec<&str> = Vec::new();
    for (view, rule) in rules.iter().filter(|(_, rule)| uses.iter().any(|used| rule.allows(*used))) {
        let required = (0..)
            .zip(&view.server.scopes.scopes)
            .filter(|(place, scope)| scope.consent == Consent::Required && rule.scopes.contains(*place));
        scopes.extend(required.map(|(_, scope)| scope.name.as_str()));
    }
    scopes.sort_unstable();
    scopes.dedup();
    if !scopes.is_empty() {
        let need = if scopes.len() == 1 { "needs" } else { "need" };
        report.add(
            Code::ConsentNotAsked,
            Severity::Advice,
            path(client, ".settings.oauthClient.consent_method"),
            format!(
                "{} {need} consent, and the client {} is TRUSTED: its users are not asked unless it asks them to be",
                names(scopes),
                quoted(client.id.as_str())
            ),
            "set `consent_method` to `REQUIRED` unless the client is your own",
        );
    }
}

fn grants(client: &RegisteredClient, report: &mut Report) {
    let id = quoted(client.id.as_str());
    let has = |grant| client.grants.contains(&grant);
    if has(GrantType::Password) {
        report.add(
            Code::PasswordGrant,
            Severity::Warning,
            path(client, ".settings.oauthClient.grant_types"),
            format!("the client {id} may use `password`: it sees its users' passwords (RFC 9700 §2.4)"),
            "use `authorization_code` with PKCE",
        );
    }
    if has(GrantType::Implicit) {
        report.add(
            Code::ImplicitGrant,
            Severity::Warning,
            path(client, ".settings.oauthClient.grant_types"),
            format!("the client {id} may use `implicit`: access tokens pass through the browser's address (RFC 9700 §2.1.2)"),
            "use `authorization_code` with PKCE",
        );
    }
    let public = matches!(client.auth, ClientAuth::None);
    if public && has(GrantType::RefreshToken) && client.refresh == RefreshRotation::Static {
        report.add(
            Code::PublicClientWithoutRotation,
            Severity::Risk,
            path(client, ".settings.oauthClient.refresh_token.rotation_type"),
            format!(
                "refresh tokens of the public client {id} stay the same: one that is stolen works as long as the \
                 client's own, unnoticed (RFC 9700 §2.2.2)"
            ),
            "set `rotation_type` to `ROTATE`",
        );
    }
    let code = has(GrantType::AuthorizationCode);
    if code && !client.pkce_required && !public && client.kind == ClientKind::Web {
        report.add(
            Code::PkceOff,
            Severity::Advice,
            path(client, ".credentials.oauthClient.pkce_required"),
            format!(
                "the client {id} may use codes without PKCE, which stops injected ones (RFC 9700 §2.1.1)"
            ),
            "set `pkce_required` to true once the client sends `code_challenge`",
        );
    }
}

fn redirects(client: &RegisteredClient, report: &mut Report) {
    for (place, uri) in client.redirect_uris.iter().enumerate() {
        let at = format!(".settings.oauthClient.redirect_uris[{place}]");
        let id = quoted(client.id.as_str());
        if uri.contains('*') {
            report.add(
                Code::RedirectWildcard,
                Severity::Risk,
                path(client, &at),
                format!(
                    "the client {id} takes codes at every subdomain of {}: whoever gets one of them gets the codes (RFC 9700 §4.1)",
                    quoted(uri)
                ),
                "list each redirect URI",
            );
        }
    }
}

fn authentication(client: &RegisteredClient, report: &mut Report) {
    let id = quoted(client.id.as_str());
    if let ClientAuth::SecretJwt { secrets, algorithm } = &client.auth {
        // RFC 7518 §3.2: at least as long as the hash.
        let least = match algorithm {
            Some(Algorithm::Hs512) => 64,
            Some(Algorithm::Hs384) => 48,
            _ => 32,
        };
        let shortest = secrets.iter().map(|secret| secret.expose().len()).min();
        if let Some(shortest) = shortest.filter(|shortest| *shortest < least) {
            report.add(
                Code::SecretShort,
                if shortest < 32 { Severity::Risk } else { Severity::Warning },
                path(client, ".credentials.oauthClient.client_secret"),
                format!(
                    "a secret of the client {id} that signs its assertions has fewer than the {least} characters that its \
                     algorithm asks for (RFC 7518 §3.2)"
                ),
                "give the client a longer secret, or a key pair (`private_key_jwt`)",
            );
        }
    }
    let asserts = matches!(client.auth, ClientAuth::SecretJwt { .. } | ClientAuth::PrivateKeyJwt { .. });
    if asserts && !client.require_assertion_jti {
        report.add(
            Code::AssertionReplay,
            Severity::Advice,
            path(client, ".chancery.requireAssertionJti"),
            format!("assertions of the client {id} are accepted without `jti`, and can then be sent again until they expire"),
            "set `chancery.requireAssertionJti` to true if the client sends `jti`",
        );
    }
}
