//! What became of every claim of a server, for explanations: the same evaluation as for a token, claim
//! by claim, and on past one that fails.

use serde_json::{Map, Value};

use super::identity::{Fullness, IdentityClaims};
use super::write::Writer;
use super::{Evaluation, Outcome, SignedIn, Subject, applies};
use crate::error::Refusal;
use crate::flow::Granted;
use crate::flow::trace::{ClaimOrigin, ClaimStep, ClaimVerdict};
use crate::model::{ClaimSource, CompiledClaim, ScopeIndex, Server};

/// The claims of the access token that are configured.
pub(crate) fn explain_access_token(
    granted: &Granted<'_>,
    subject: &Subject<'_>,
    now_millis: i64,
) -> Vec<ClaimStep> {
    let server = granted.served().server;
    let scopes: Vec<&str> = granted.scopes().iter().map(|scope| scope.as_str()).collect();
    let evaluation = Evaluation::new(granted.client(), subject, &scopes, now_millis);
    let step = |claim| step(server, &evaluation, claim, true, |scope| granted.has_scope(scope));
    server.access_claims.iter().map(step).collect()
}

/// The claims of the ID token that are configured or follow from scopes. `thin`: those that are not always
/// included are left to userinfo.
pub(crate) fn explain_id_token(
    granted: &Granted<'_>,
    signed_in: &SignedIn<'_>,
    thin: bool,
    now_millis: i64,
) -> Vec<ClaimStep> {
    let subject = Subject::User(*signed_in);
    let server = granted.served().server;
    let claims = IdentityClaims { server, client: granted.client(), scopes: granted.scopes() };
    let (names, indices) = claims.scopes_by_number();
    let evaluation = Evaluation::new(granted.client(), &subject, &names, now_millis);
    let fullness = Fullness::of(thin);
    let step = |claim: &CompiledClaim| {
        let included = fullness.includes(claim);
        step(server, &evaluation, claim, included, |scope| indices.contains(&scope))
    };
    server.id_claims.iter().map(step).collect()
}

fn step(
    server: &Server,
    evaluation: &Evaluation<'_>,
    claim: &CompiledClaim,
    included: bool,
    has_scope: impl Fn(ScopeIndex) -> bool,
) -> ClaimStep {
    let verdict = if !applies(claim, has_scope) {
        let name = |scope: &ScopeIndex| Some(server.scopes.by_index(*scope)?.name.clone());
        ClaimVerdict::ScopeNotGranted { scopes: claim.scopes.iter().filter_map(name).collect() }
    } else if !included {
        ClaimVerdict::LeftToUserinfo
    } else {
        let mut out = Writer::with_capacity(64);
        verdict(evaluation.write(&mut out, claim), claim, out)
    };
    let origin = match &claim.source {
        ClaimSource::Expression(program) => ClaimOrigin::Expression { text: program.source().to_owned() },
        ClaimSource::Groups(_) => ClaimOrigin::Groups,
        ClaimSource::System => ClaimOrigin::System,
    };
    ClaimStep { name: claim.name().to_owned(), origin, verdict }
}

fn verdict(outcome: Result<Outcome, Refusal>, claim: &CompiledClaim, out: Writer) -> ClaimVerdict {
    match outcome {
        Ok(Outcome::Written) => {
            // We wrote it.
            let mut written: Map<String, Value> = serde_json::from_slice(&out.finish()).unwrap_or_default();
            ClaimVerdict::Included { value: written.remove(claim.name()).unwrap_or_default() }
        }
        Ok(Outcome::Null) => ClaimVerdict::Null,
        Ok(Outcome::EmptyList) => ClaimVerdict::EmptyList,
        Ok(Outcome::NoUser) => ClaimVerdict::NoUser,
        Ok(Outcome::NoGroup) => ClaimVerdict::NoGroup,
        Ok(Outcome::NoAttribute) => ClaimVerdict::NoAttribute,
        Err(Refusal::TooManyGroups { .. }) => ClaimVerdict::TooManyGroups,
        Err(Refusal::ClaimFailed { reason, .. }) => ClaimVerdict::Failed { reason },
        Err(refusal) => ClaimVerdict::Failed { reason: refusal.to_string() },
    }
}
