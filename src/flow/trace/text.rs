//! Traces as a tree of lines.

use std::fmt;

use super::{
    ChangeOp, ChangedBy, ClaimOrigin, ClaimStep, ClaimVerdict, RefreshVerdict, ScopeVerdict, TokenPolicyStep,
    TokenPolicyVerdict, TokenTrace, Trace,
};
use crate::model::{list, quoted, span, write_advice};

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.refusal {
            None => writeln!(f, "granted")?,
            Some(refusal) => {
                // The carets of an expression stand beside its claim.
                let reason = refusal.reason.lines().next().unwrap_or_default();
                writeln!(f, "refused, {} {}: {reason}", refusal.status, refusal.error)?;
            }
        }
        self.write_request(f)?;
        if let Some(policies) = &self.policies {
            writeln!(f, "  policies")?;
            policies.write_steps(f, "    ")?;
        }
        if !self.scopes.is_empty() {
            writeln!(f, "  scopes")?;
        }
        for scope in &self.scopes {
            let mark = if matches!(scope.verdict, ScopeVerdict::Granted { .. }) { '+' } else { '-' };
            writeln!(f, "    {mark} {}: {}", quoted(&scope.name), scope.verdict)?;
        }
        for (what, token) in [("access token", &self.access_token), ("ID token", &self.id_token)] {
            if let Some(token) = token {
                writeln!(f, "  {what}, lives {}", span(token.lifetime))?;
                token.write(f)?;
            }
        }
        if !self.token_policies.is_empty() {
            writeln!(f, "  token policies")?;
        }
        for policy in &self.token_policies {
            writeln!(f, "    {policy}")?;
        }
        if let Some(hook) = &self.hook {
            writeln!(f, "  hook {}: not called for a preview", quoted(hook))?;
        }
        if let Some(verdict) = &self.refresh_token {
            writeln!(f, "  refresh token: {verdict}")?;
        }
        match &self.refusal {
            Some(refusal) => write_advice(f, &refusal.advice),
            None => Ok(()),
        }
    }
}

impl Trace {
    fn write_request(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = &self.request;
        write!(f, "  asked: server {}, client ", quoted(&asked.server_name))?;
        match asked.client_label == asked.client.as_str() {
            true => write!(f, "{}", quoted(asked.client.as_str()))?,
            false => write!(f, "{}", quoted(&format!("{} ({})", asked.client_label, asked.client)))?,
        }
        write!(f, ", {}", quoted(asked.grant.as_str()))?;
        match (&asked.user, &asked.login) {
            (Some(user), Some(login)) => write!(f, ", user {}", quoted(&format!("{login} ({user})")))?,
            (Some(user), None) => write!(f, ", user {}", quoted(user.as_str()))?,
            (None, _) => write!(f, ", no user")?,
        }
        match (&asked.user, asked.groups.is_empty()) {
            (None, _) => {}
            (Some(_), true) => write!(f, " in no group")?,
            (Some(_), false) => write!(f, " in {}", list(&asked.groups, 0, " and "))?,
        }
        match &asked.scope {
            None => write!(f, ", no scope")?,
            Some(scope) => write!(f, ", scope {}", quoted(scope))?,
        }
        match &asked.audience {
            None => writeln!(f),
            Some(audience) => writeln!(f, ", audience {}", quoted(audience)),
        }
    }
}

impl TokenTrace {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut untold = 0;
        for claim in &self.claims {
            // There are twenty claims of the profile; those that nobody asked for are not worth a line.
            let of_profile = claim.origin == ClaimOrigin::System;
            if of_profile && matches!(claim.verdict, ClaimVerdict::ScopeNotGranted { .. }) {
                untold += 1;
                continue;
            }
            writeln!(f, "    {claim}")?;
        }
        if untold > 0 {
            writeln!(f, "    - {untold} claims of the user's profile: their scopes were not granted")?;
        }
        for change in &self.changes {
            let done = match change.op {
                ChangeOp::Added => "added",
                ChangeOp::Replaced => "replaced",
                ChangeOp::Removed => "removed",
            };
            write!(f, "    ~ {}: {done} by {}", quoted(&change.claim), change.by)?;
            match &change.after {
                Some(value) => writeln!(f, ": {value}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for TokenPolicyStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = quoted(&self.name);
        match &self.verdict {
            TokenPolicyVerdict::Applied { access_token_lifetime: None } => write!(f, "+ {name}: applied"),
            TokenPolicyVerdict::Applied { access_token_lifetime: Some(lifetime) } => {
                write!(f, "+ {name}: applied; the access token lives {}", span(*lifetime))
            }
            TokenPolicyVerdict::Unmet { condition } => {
                write!(f, "- {name}: its condition {} does not hold", quoted(condition))
            }
            TokenPolicyVerdict::Refuses { reason } => {
                write!(f, "! {name}: refuses: {}", reason.lines().next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Display for ChangedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TokenPolicy { name } => write!(f, "the token policy {}", quoted(name)),
            Self::Hook { id } => write!(f, "the hook {}", quoted(id)),
        }
    }
}

impl fmt::Display for ClaimStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = quoted(&self.name);
        let expression = match &self.origin {
            ClaimOrigin::Expression { text } => quoted(text),
            _ => "its value".to_owned(),
        };
        match &self.verdict {
            ClaimVerdict::Included { value } => write!(f, "+ {name}: {value}"),
            ClaimVerdict::ScopeNotGranted { scopes } => {
                write!(f, "- {name}: only with the scope {}", list(scopes, 0, " or "))
            }
            ClaimVerdict::LeftToUserinfo => {
                write!(f, "- {name}: left to userinfo, since an access token goes with the ID token")
            }
            ClaimVerdict::Null => write!(f, "- {name}: {expression} is null"),
            ClaimVerdict::EmptyList => write!(f, "- {name}: {expression} is an empty list"),
            ClaimVerdict::NoUser => write!(f, "- {name}: {expression} needs a user"),
            ClaimVerdict::NoGroup => write!(f, "- {name}: none of the user's groups fits"),
            ClaimVerdict::NoAttribute => write!(f, "- {name}: the user's profile does not have it"),
            ClaimVerdict::TooManyGroups => write!(f, "! {name}: more than 100 groups fit"),
            ClaimVerdict::Failed { reason } => {
                write!(f, "! {name}: fails")?;
                reason.lines().try_for_each(|line| write!(f, "\n        {line}"))
            }
        }
    }
}

impl fmt::Display for ScopeVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted { by_default, asks_consent } => {
                f.write_str("granted")?;
                if *by_default {
                    f.write_str(" by default")?;
                }
                if *asks_consent {
                    f.write_str(", if the user consents")?;
                }
                Ok(())
            }
            Self::Unknown => f.write_str("the authorization server does not have it"),
            Self::NeedsUser => f.write_str("needs a user"),
            Self::NeedsConsent => f.write_str("needs a user's consent"),
            Self::NoRule => f.write_str("no rule came as far as the scopes"),
            Self::NotAllowed { elsewhere: false } => f.write_str("no rule for this request allows it"),
            Self::NotAllowed { elsewhere: true } => {
                f.write_str("allowed by a rule that does not allow all of the request")
            }
            Self::NotCovered => f.write_str("a default scope that the rule does not allow"),
            Self::NeedsCode => f.write_str("comes with an authorization code only"),
            Self::NotGrantedToApp => f.write_str("was not granted to the app"),
            Self::NotJudged => f.write_str("not judged"),
        }
    }
}

impl fmt::Display for RefreshVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issued { lifetime, window } => {
                write!(f, "lives {} after each use", span(*window))?;
                match lifetime {
                    Some(lifetime) => write!(f, ", {} in all", span(*lifetime)),
                    None => Ok(()),
                }
            }
            Self::NoOfflineAccess => f.write_str("none, for `offline_access` was not granted"),
            Self::NotForClient => f.write_str("none, for the client may not use `refresh_token`"),
            Self::NotForGrant => f.write_str("none, for this grant type comes without"),
        }
    }
}
