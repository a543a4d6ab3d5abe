//! What an administrator could change so that a refused request is granted.

use super::{Asking, ClaimOrigin, ClaimStep, ClaimVerdict, RefusalTrace, TokenTrace};
use crate::error::Refusal;
use crate::model::{NamedGroup, PolicyTrace, RegisteredClient, list, quoted};

impl RefusalTrace {
    /// A refusal with the advice that goes with it.
    pub(in crate::flow) fn of(
        refusal: Refusal,
        asked: &Asking,
        client: &RegisteredClient,
        assigned: &[NamedGroup],
        policies: Option<&PolicyTrace>,
        tokens: [Option<&TokenTrace>; 2],
    ) -> Self {
        let advice = match policies {
            Some(policies) if refusal == Refusal::NoMatchingPolicy => policies.advice(),
            _ => of(&refusal, asked, client, assigned, tokens).into_iter().collect(),
        };
        Self::new(refusal, advice)
    }
}

fn of(
    refusal: &Refusal,
    asked: &Asking,
    client: &RegisteredClient,
    assigned: &[NamedGroup],
    tokens: [Option<&TokenTrace>; 2],
) -> Option<String> {
    let app = quoted(client.label());
    let user = quoted(asked.login.as_deref().or(asked.user.as_ref().map(|id| id.as_str())).unwrap_or(""));
    Some(match refusal {
        Refusal::UserNotAssigned if assigned.is_empty() => {
            format!("assign the app {app} to the user {user}, or to a group that the user is in")
        }
        Refusal::UserNotAssigned => {
            let groups = list(assigned, 0, " or ");
            format!(
                "assign the app {app} to the user {user}, or put the user into {groups}, which it is assigned to"
            )
        }
        Refusal::InactiveUser | Refusal::UserMayNotSignIn => format!("activate the user {user}"),
        Refusal::InactiveClient | Refusal::InvalidClientId => format!("activate the app {app}"),
        Refusal::InactiveServer => {
            format!("activate the authorization server {}", quoted(&asked.server_name))
        }
        Refusal::UnauthorizedClient { grant, .. } => {
            format!("add the grant type {} to those of the app {app}", quoted(grant.as_str()))
        }
        Refusal::UnknownScope { scope } => format!(
            "add the scope {} to the authorization server {}, or do not ask for it",
            quoted(scope),
            quoted(&asked.server_name)
        ),
        Refusal::ScopeNeedsUser { scope } => {
            format!("do not ask for the scope {} without a user", quoted(scope))
        }
        Refusal::ConsentNeedsUser { scopes } => {
            format!(
                "set the consent of {} to FLEXIBLE or IMPLICIT, or ask with a user",
                list(scopes, 0, " and ")
            )
        }
        Refusal::NoDefaultScopes | Refusal::MissingScopes => {
            "ask for a scope, or make one of the authorization server's a default scope".to_owned()
        }
        Refusal::OpenidScopeRequired => "ask for the scope `openid` too".to_owned(),
        Refusal::UnknownAudience | Refusal::UnknownResource { .. } | Refusal::TooManyResources => format!(
            "ask for an audience of the authorization server {}, or add this one to it",
            quoted(&asked.server_name)
        ),
        Refusal::NoOrgScopesGranted => format!("grant the app {app} the scopes"),
        Refusal::OrgScopesDenied { scopes } => format!("grant the app {app} {}", list(scopes, 0, " and ")),
        Refusal::ClaimFailed { claim, reason } => {
            let reason = reason.lines().next().unwrap_or_default();
            let failing = |step: &&ClaimStep| {
                step.name == *claim && matches!(step.verdict, ClaimVerdict::Failed { .. })
            };
            let step = tokens.into_iter().flatten().flat_map(|token| &token.claims).find(failing);
            match step.map(|step| &step.origin) {
                Some(ClaimOrigin::Expression { text }) => format!(
                    "give the user what the claim {1} reads, or change its expression {0} so that it does not fail: {reason}",
                    quoted(text),
                    quoted(claim)
                ),
                _ => format!("see to it that the claim {} has a value", quoted(claim)),
            }
        }
        Refusal::TokenPolicyDenied { policy, .. } => {
            format!("change the conditions of the token policy {}: it denies this request", quoted(policy))
        }
        Refusal::TokenPolicyFailed { policy, reason } => {
            let reason = reason.lines().next().unwrap_or_default();
            format!("change the condition of the token policy {}, which fails: {reason}", quoted(policy))
        }
        Refusal::TooManyGroups { claim } => {
            format!("narrow the filter of the claim {}: a token holds 100 groups at most", quoted(claim))
        }
        _ => return None,
    })
}
