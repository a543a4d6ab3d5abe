//! What a request would yield, without one: the same steps as for tokens, with nobody authenticated,
//! nothing signed and nothing stored.
//!
//! No `Granted` and no `Draft` leaves this file, only JSON, so that nothing of a preview can be signed.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use super::access;
use super::authorize::{registered_for, scopes_with_user, supported};
use super::claims::{LockedClaim, explain_access_token, explain_id_token};
use super::consent::{Asking as AskingConsent, asking};
use super::customize::{Situation, apply};
use super::grant::authorization_code::has_refresh_token;
use super::grant::client_credentials::scopes_without_user;
use super::trace::{
    Asking, ChangedBy, ClaimOrigin, ClaimStep, ClaimVerdict, RefreshVerdict, RefusalTrace, ScopeStep,
    ScopeVerdict, TokenPolicyStep, TokenPolicyVerdict, TokenTrace, Trace, changes,
};
use super::{
    AccessRequest, Asked, Draft, Granted, IdDraft, IdRequest, Login, Occasion, Served, SignIn, SignedIn,
    Subject, TokenId, Trees, userinfo,
};
use crate::error::{Refusal, SERVED_GRANTS};
use crate::model::{
    ClientKind, CompiledTokenPolicy, Consent, Group, NEED_A_USER, Org, Person, PolicyTrace, Question,
    RegisteredClient, ServerKind, User, Wanted,
};
use crate::types::{GrantType, Lifetime, ResponseType, ResponseTypes, ScopeSet};

/// What a request would yield: the claims of the tokens, and why.
///
/// There is no token in it, and none can be made of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Preview {
    /// The claims of the access token. In place of what is drawn anew for each token, its `jti` tells
    /// nothing.
    pub access_token: Option<Map<String, Value>>,
    /// How long the access token lives, in seconds.
    pub expires_in: Option<Lifetime>,
    /// The claims of the ID token, but for the hashes of what is sent along with it.
    pub id_token: Option<Map<String, Value>>,
    /// What userinfo answers to the access token.
    pub userinfo: Option<Map<String, Value>>,
    /// The granted scopes, in the order of the request.
    pub scopes: Vec<String>,
    /// Why all this is as it is.
    pub trace: Trace,
}

/// A request that nobody made, with everything loaded that it needs.
pub(crate) struct Scenario<'a> {
    pub(crate) org: &'a Org,
    pub(crate) served: Served<'a>,
    pub(crate) client: &'a RegisteredClient,
    /// The user; none for client credentials.
    pub(crate) user: Option<&'a User>,
    /// All of the user's groups, Everyone included.
    pub(crate) groups: &'a [Arc<Group>],
    pub(crate) grant: GrantType,
    pub(crate) types: ResponseTypes,
    pub(crate) scope: Option<&'a str>,
    pub(crate) audience: Option<&'a str>,
    pub(crate) login: &'a Login,
    pub(crate) nonce: Option<&'a str>,
    /// Where the request comes from, as a host would name it.
    pub(crate) peer: Option<&'a str>,
    pub(crate) now_millis: i64,
}

impl Preview {
    /// Goes through all steps as far as the request gets.
    pub(crate) fn of(scenario: &Scenario<'_>) -> Self {
        let trace = Trace {
            request: scenario.asking(),
            refusal: None,
            policies: None,
            scopes: Vec::new(),
            access_token: None,
            id_token: None,
            token_policies: Vec::new(),
            hook: None,
            refresh_token: None,
        };
        let (access_token, expires_in, id_token, userinfo, scopes) = (None, None, None, None, Vec::new());
        let mut preview = Self { access_token, expires_in, id_token, userinfo, scopes, trace };
        if let Err(refusal) = scenario.fill(&mut preview) {
            scenario.refuse(&mut preview, refusal);
        }
        preview
    }
}

impl<'a> Scenario<'a> {
    fn asking(&self) -> Asking {
        Asking {
            server: self.served.server.id().clone(),
            server_name: self.served.server.name().to_owned(),
            client: self.client.id().clone(),
            client_label: self.client.label().to_owned(),
            user: self.user.map(|user| user.id().clone()),
            login: self.user.map(|user| user.login().to_owned()),
            groups: self.user.map_or(Vec::new(), |user| self.org.named_groups(user.groups())),
            grant: self.grant,
            scope: self.scope.map(str::to_owned),
            audience: self.audience.map(str::to_owned),
        }
    }

    fn fill(&self, preview: &mut Preview) -> Result<(), Refusal> {
        self.check()?;
        let audience = access::audience(self.served, self.audience.into_iter(), std::iter::empty())?;
        let asked = match self.user {
            None => scopes_without_user(self.client, self.served, self.scope)?,
            Some(_) => scopes_with_user(self.served, self.client, self.scope, self.types)?,
        };
        let app_user = match self.user.map(|user| self.client.app_user(user)) {
            Some(None) => return Err(Refusal::UserNotAssigned),
            Some(Some(app_user)) => app_user,
            None => Default::default(),
        };
        let grants: &[GrantType] = match self.grant {
            GrantType::RefreshToken => &[GrantType::AuthorizationCode, GrantType::RefreshToken],
            _ => std::slice::from_ref(&self.grant),
        };
        let by_default = matches!(asked, Asked::Defaults(_));
        let person = self.user.map(|user| Person { id: user.id(), groups: user.groups() });
        let request =
            AccessRequest { served: self.served, client: self.client, person, grants, asked, audience };
        preview.trace.policies = request.explain().map(|trace| trace.with_names(self.org));
        let granted = request.decide()?;
        preview.trace.scopes = self.granted_scopes(&granted, by_default);
        preview.scopes = granted.scopes().iter().map(ToString::to_string).collect();
        let subject = match self.user {
            None => Subject::Machine,
            Some(user) => Subject::User(SignedIn {
                user,
                app_user: &app_user,
                groups: self.groups,
                sign_in: SignIn {
                    at: self.login.at(),
                    amr: &self.login.amr,
                    acr: self.login.acr.as_deref(),
                    session_id: self.login.session_id.as_deref(),
                    idp: self.login.idp.as_deref(),
                },
                grant: if self.grant == GrantType::Implicit {
                    self.grant
                } else {
                    GrantType::AuthorizationCode
                },
            }),
        };
        let refresh = self.refresh(&granted);
        let with_refresh_token = matches!(refresh, RefreshVerdict::Issued { .. });
        let access = self.access_token(&granted, &subject, with_refresh_token, preview)?;
        let id = self.id_token(&granted, &subject, access.is_some(), preview)?;
        let occasion = Occasion {
            org: self.org,
            granted: &granted,
            subject: &subject,
            grants,
            peer: self.peer,
            now_millis: self.now_millis,
        };
        let (access, id) = customized(&occasion, access, id, &mut preview.trace)?;
        if let Some(draft) = access {
            preview.access_token = Some(read(draft.payload()));
            preview.expires_in = Some(draft.lifetime());
        }
        preview.id_token = id.map(|draft| read(draft.complete(None, None).payload()));
        if let (Subject::User(signed_in), Some(_)) = (&subject, &preview.access_token)
            && granted.scopes().contains("openid")
        {
            let (server, scopes) = (self.served.server, granted.scopes());
            let answer = userinfo(server, self.client, scopes, signed_in, self.now_millis)?;
            preview.userinfo = Some(read(answer.as_bytes()));
        }
        preview.trace.refresh_token = Some(refresh);
        Ok(())
    }

    /// What is checked before scopes.
    fn check(&self) -> Result<(), Refusal> {
        self.served.check()?;
        let client = self.client;
        if !client.is_active() {
            return Err(Refusal::InactiveClient);
        }
        supported(self.served, client)?;
        if self.user.is_some() && client.kind() == ClientKind::Service && self.sends_browsers() {
            return Err(Refusal::ServiceClient);
        }
        let configured = || client.grants().to_vec();
        if self.grant != GrantType::Implicit && !SERVED_GRANTS.contains(&self.grant) {
            return Err(Refusal::UnsupportedGrantType { configured: configured() });
        }
        if !client.grants().contains(&self.grant) {
            return Err(Refusal::UnauthorizedClient { grant: self.grant, configured: configured() });
        }
        if self.sends_browsers() {
            registered_for(client, self.types)?;
        }
        match self.user {
            Some(user) if !user.is_active() => Err(match self.grant {
                GrantType::RefreshToken => Refusal::InactiveUser,
                _ => Refusal::UserMayNotSignIn,
            }),
            _ => Ok(()),
        }
    }

    fn sends_browsers(&self) -> bool {
        matches!(self.grant, GrantType::AuthorizationCode | GrantType::Implicit)
    }

    fn access_token(
        &self,
        granted: &Granted<'_>,
        subject: &Subject<'_>,
        with_refresh_token: bool,
        preview: &mut Preview,
    ) -> Result<Option<Draft>, Refusal> {
        if self.grant == GrantType::Implicit && !self.types.has(ResponseType::Token) {
            return Ok(None);
        }
        let lifetime = granted.lifetimes().access_token;
        let configured = explain_access_token(granted, subject, self.now_millis);
        preview.trace.access_token = Some(TokenTrace { lifetime, claims: configured, changes: Vec::new() });
        let id = match subject {
            Subject::Machine => TokenId::of_machine([0; 32]),
            Subject::User(_) => TokenId::of_user([0; 16], [0; 16], with_refresh_token),
        };
        let draft = Draft::new(granted, subject, &id, self.now_millis)?;
        complete(&mut preview.trace.access_token, &read(draft.payload()));
        Ok(Some(draft))
    }

    fn id_token(
        &self,
        granted: &Granted<'_>,
        subject: &Subject<'_>,
        thin: bool,
        preview: &mut Preview,
    ) -> Result<Option<IdDraft>, Refusal> {
        let Subject::User(signed_in) = subject else { return Ok(None) };
        let asked = self.grant != GrantType::Implicit || self.types.has(ResponseType::IdToken);
        if !asked || !granted.scopes().contains("openid") {
            return Ok(None);
        }
        let order = IdRequest {
            id: [0; 32],
            nonce: self.nonce,
            with_access_token: thin,
            organisation: self.org.id(),
        };
        let claims = explain_id_token(granted, signed_in, thin, self.now_millis);
        let lifetime = IdDraft::LIFETIME;
        preview.trace.id_token = Some(TokenTrace { lifetime, claims, changes: Vec::new() });
        let draft = IdDraft::new(granted, subject, &order, self.now_millis)?;
        if let Some(draft) = &draft {
            complete(&mut preview.trace.id_token, &draft.claims_tree().claims);
        }
        Ok(draft)
    }

    fn refresh(&self, granted: &Granted<'_>) -> RefreshVerdict {
        if !matches!(self.grant, GrantType::AuthorizationCode | GrantType::RefreshToken) {
            return RefreshVerdict::NotForGrant;
        }
        if !granted.scopes().contains("offline_access") {
            return RefreshVerdict::NoOfflineAccess;
        }
        if !has_refresh_token(self.client, granted.scopes().iter()) {
            return RefreshVerdict::NotForClient;
        }
        let lifetimes = granted.lifetimes();
        RefreshVerdict::Issued { lifetime: lifetimes.refresh_token, window: lifetimes.refresh_token_window }
    }

    /// Every scope, where a rule decided.
    fn granted_scopes(&self, granted: &Granted<'_>, by_default: bool) -> Vec<ScopeStep> {
        let table = &self.served.server.scopes;
        let described = granted.scopes().iter().filter_map(|scope| table.get(scope.as_str()));
        let required = self.client.requires_consent();
        let asks = match (self.served.server.kind(), self.user) {
            (ServerKind::Custom, Some(_)) => asking(None, required, described.map(|(_, scope)| scope), None),
            _ => AskingConsent::Nothing { relies: false },
        };
        let asks_consent = |name: &str| match &asks {
            AskingConsent::Ask(about) => about.iter().any(|scope| scope.name().as_str() == name),
            AskingConsent::Nothing { .. } => false,
        };
        let verdict = |name: &str| {
            if granted.scopes().contains(name) {
                return ScopeVerdict::Granted { by_default, asks_consent: asks_consent(name) };
            }
            match by_default {
                true => self.unfit(name).unwrap_or(ScopeVerdict::NotCovered),
                false => ScopeVerdict::NeedsCode,
            }
        };
        self.scope_names(by_default)
            .into_iter()
            .map(|name| ScopeStep { verdict: verdict(&name), name })
            .collect()
    }

    /// Scopes that this request could never be granted, whatever the rules say.
    fn unfit(&self, name: &str) -> Option<ScopeVerdict> {
        let known = self.served.server.scopes.get(name).map(|(_, scope)| scope);
        match (self.user, self.served.server.kind(), known) {
            (_, ServerKind::Custom, None) => Some(ScopeVerdict::Unknown),
            (None, _, _) if NEED_A_USER.contains(&name) => Some(ScopeVerdict::NeedsUser),
            (None, ServerKind::Custom, Some(scope)) if scope.consent() == Consent::Required => {
                Some(ScopeVerdict::NeedsConsent)
            }
            (_, ServerKind::Org, known) => {
                let granted = self.client.org_scopes().iter().any(|scope| scope.as_str() == name);
                let free = self.user.is_some() && known.is_some_and(|scope| scope.is_system());
                (!granted && !free).then_some(ScopeVerdict::NotGrantedToApp)
            }
            (Some(_), _, _) if name == "offline_access" && !self.types.has(ResponseType::Code) => {
                Some(ScopeVerdict::NeedsCode)
            }
            _ => None,
        }
    }

    /// The scopes that were asked for, or the default ones.
    fn scope_names(&self, by_default: bool) -> Vec<String> {
        if by_default {
            let defaults = self.served.server.scopes.defaults();
            return defaults.map(|(_, scope)| scope.name().to_string()).collect();
        }
        let named = ScopeSet::names(self.scope.unwrap_or(""));
        named.unwrap_or_default().into_iter().map(str::to_owned).collect()
    }

    fn refuse(&self, preview: &mut Preview, refusal: Refusal) {
        let trace = &mut preview.trace;
        if trace.scopes.is_empty() {
            let by_default = self.scope.is_none_or(|scope| scope.trim().is_empty());
            let denied = refusal == Refusal::NoMatchingPolicy;
            let policies = trace.policies.as_ref();
            let verdict = |name: &str| match (self.unfit(name), denied) {
                (Some(unfit), _) => unfit,
                (None, true) => match policies.is_some_and(PolicyTrace::came_to_scopes) {
                    false => ScopeVerdict::NoRule,
                    true => ScopeVerdict::NotAllowed {
                        elsewhere: policies.is_some_and(|policies| policies.allows_somewhere(name)),
                    },
                },
                (None, false) => ScopeVerdict::NotJudged,
            };
            let names = self.scope_names(by_default);
            trace.scopes =
                names.into_iter().map(|name| ScopeStep { verdict: verdict(&name), name }).collect();
        }
        let assigned = self.org.named_groups(&self.client.assigned_groups);
        let tokens = [trace.access_token.as_ref(), trace.id_token.as_ref()];
        let policies = trace.policies.as_ref();
        let refusal = RefusalTrace::of(refusal, &trace.request, self.client, &assigned, policies, tokens);
        trace.refusal = Some(refusal);
        // No token, no claims of one.
        preview.access_token = None;
        preview.expires_in = None;
        preview.id_token = None;
        preview.userinfo = None;
        preview.scopes.clear();
    }
}

/// Lets the token policies change what was drafted, and notes what each did. Hooks are not called.
fn customized(
    occasion: &Occasion<'_>,
    access: Option<Draft>,
    id: Option<IdDraft>,
    trace: &mut Trace,
) -> Result<(Option<Draft>, Option<IdDraft>), Refusal> {
    let mut trees =
        Trees { access: access.as_ref().map(Draft::claims_tree), id: id.as_ref().map(IdDraft::claims_tree) };
    if trees != Trees::default() {
        trace.hook = occasion.hook().map(|hook| hook.id().to_owned());
        occasion.with_policies(|policies, situation| {
            policies.iter().try_for_each(|policy| applied(policy, situation, &mut trees, trace))
        })?;
    }
    let Trees { access: access_tree, id: id_tree } = trees;
    for (token, tree) in [(&mut trace.access_token, &access_tree), (&mut trace.id_token, &id_tree)] {
        if let (Some(token), Some(tree)) = (token, tree) {
            token.lifetime = tree.lifetime;
        }
    }
    if trace.token_policies.is_empty() {
        return Ok((access, id));
    }
    let opened: Vec<&str> = occasion.opened().collect();
    // Token policies are checked when the organisation is compiled: they touch nothing that is locked.
    let locked = |LockedClaim(claim)| Refusal::ClaimFailed { claim, reason: "it is locked".to_owned() };
    let access = access.zip(access_tree).map(|(draft, tree)| draft.with_tree(tree, &opened)).transpose();
    let id = id.zip(id_tree).map(|(draft, tree)| draft.with_tree(tree)).transpose();
    Ok((access.map_err(locked)?, id.map_err(locked)?))
}

fn applied(
    policy: &CompiledTokenPolicy,
    situation: &Situation<'_>,
    trees: &mut Trees,
    trace: &mut Trace,
) -> Result<(), Refusal> {
    let before = trees.clone();
    let outcome = apply(policy, situation, trees);
    let lifetime = |trees: &Trees| trees.access.as_ref().map(|tree| tree.lifetime);
    let verdict = match &outcome {
        Ok(None) => TokenPolicyVerdict::Applied {
            access_token_lifetime: lifetime(trees).filter(|after| lifetime(&before) != Some(*after)),
        },
        Ok(Some(unmet)) => TokenPolicyVerdict::Unmet { condition: unmet.as_str() },
        Err(refusal) => TokenPolicyVerdict::Refuses { reason: refusal.to_string() },
    };
    let name = policy.name().to_owned();
    let by = ChangedBy::TokenPolicy { name: name.clone() };
    trace.token_policies.push(TokenPolicyStep { name, verdict });
    let tokens = [
        (&mut trace.access_token, &before.access, &trees.access),
        (&mut trace.id_token, &before.id, &trees.id),
    ];
    for (token, before, after) in tokens {
        if let (Some(token), Some(before), Some(after)) = (token, before, after) {
            token.changes.extend(changes(&by, &before.claims, &after.claims));
        }
    }
    outcome.map(|_| ())
}

impl AccessRequest<'_> {
    /// How the access policies judge; nothing at the org authorization server.
    fn explain(&self) -> Option<PolicyTrace> {
        let (named, by_default) = match &self.asked {
            Asked::Org(_) => return None,
            Asked::Named(named) => (named, false),
            Asked::Defaults(defaults) => (defaults, true),
        };
        let wanted = if by_default { Wanted::AnyOf(named) } else { Wanted::All(named) };
        let question = Question { client: &self.client.id, person: self.person, grants: self.grants, wanted };
        Some(PolicyTrace::new(self.served.server, &question))
    }
}

/// Claims that we wrote.
fn read(json: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(json).unwrap_or_default()
}

/// Adds the claims that nobody configured.
fn complete(token: &mut Option<TokenTrace>, claims: &Map<String, Value>) {
    let Some(token) = token else { return };
    let configured = |name: &String| {
        token
            .claims
            .iter()
            .any(|step| step.name == *name && matches!(step.verdict, ClaimVerdict::Included { .. }))
    };
    let own = claims.iter().filter(|(name, _)| !configured(name)).map(|(name, value)| ClaimStep {
        name: name.clone(),
        origin: ClaimOrigin::Issuer,
        verdict: ClaimVerdict::Included { value: value.clone() },
    });
    let own: Vec<ClaimStep> = own.collect();
    token.claims.splice(0..0, own);
}
