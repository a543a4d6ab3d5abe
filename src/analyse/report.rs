//! What the lint says.

use std::fmt;

use serde::Serialize;

use crate::model::path_order;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// Could be better.
    Advice,
    /// Probably not what was meant, or weaker than it should be.
    Warning,
    /// Breaks requests, or opens a way in.
    Risk,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Risk => "risk",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// What kind of finding it is. The names are stable; the manual page
        /// [`analysis`](crate::manual::analysis) has each with an example and a fix.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// The name, as in `rule-shadowed`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Every kind.
            pub fn all() -> impl Iterator<Item = Self> {
                [$(Self::$variant,)*].into_iter()
            }
        }
    };
}

codes! {
    /// Earlier rules decide everything that this one could.
    RuleShadowed "rule-shadowed",
    /// The rule's own conditions let nothing through.
    RuleMatchesNothing "rule-matches-nothing",
    /// No client or user that exists can be decided by the rule.
    RuleUnreachable "rule-unreachable",
    /// The work bound ended the analysis of some rules.
    RulesUndecided "rules-undecided",
    /// Every scope, for every client.
    RuleOpen "rule-open",
    /// Access tokens live long.
    AccessTokenLong "access-token-long",
    /// Refresh tokens can go unused for long.
    RefreshWindowLong "refresh-window-long",
    /// Refresh tokens die before the access tokens that they would renew.
    RefreshWindowShort "refresh-window-short",
    /// The rule is for refreshes and covers no `offline_access`.
    RefreshWithoutOfflineAccess "refresh-without-offline-access",
    /// The rule grants `offline_access` to clients that may not refresh.
    OfflineAccessWithoutRefresh "offline-access-without-refresh",
    /// No rule grants the scope.
    ScopeNotGranted "scope-not-granted",
    /// No policy is for the client, on any server.
    ClientWithoutPolicy "client-without-policy",
    /// No policy of this server is for these clients.
    ClientsNotCovered "clients-not-covered",
    /// No rule allows a grant type that the client has.
    GrantNotAllowed "grant-not-allowed",
    /// The client may refresh, and nothing gives it a refresh token.
    RefreshNeverGranted "refresh-never-granted",
    /// The claim reads an attribute that nobody has.
    ClaimAttributeUnknown "claim-attribute-unknown",
    /// Every token that could carry the claim leaves it out.
    ClaimAlwaysNull "claim-always-null",
    /// Tokens that should carry the claim are refused.
    ClaimRefusesTokens "claim-refuses-tokens",
    /// No token carries the claim: no rule grants what it asks for.
    ClaimUnreachable "claim-unreachable",
    /// Claims of one token whose names differ in case only.
    ClaimNamesAlike "claim-names-alike",
    /// No group has a name that the filter takes.
    GroupFilterMatchesNothing "group-filter-matches-nothing",
    /// No request meets the token policy's conditions.
    TokenPolicyNeverApplies "token-policy-never-applies",
    /// No client or user that exists meets the token policy's conditions.
    TokenPolicyUnreachable "token-policy-unreachable",
    /// Token policies deny every request to the server.
    EverybodyDenied "everybody-denied",
    /// Token policies deny every request that the rule matches.
    RuleDenied "rule-denied",
    /// Token policies deny every request of the client.
    ClientDenied "client-denied",
    /// A token policy's claim is set once more, and only the last one counts.
    ClaimOverwritten "claim-overwritten",
    /// A token policy replaces or removes a claim that no token has.
    ClaimNeverThere "claim-never-there",
    /// A token policy shortens access tokens to more than they live.
    TokenLifetimeNoEffect "token-lifetime-no-effect",
    /// A hook that could refuse tokens is passed over when it fails.
    HookFailsOpen "hook-fails-open",
    /// A rule names a hook that is INACTIVE.
    HookInactive "hook-inactive",
    /// No rule names the hook.
    HookUnused "hook-unused",
    /// A hook may say whom or which API a token is for.
    HookMayPatchIdentity "hook-may-patch-identity",
    /// A hook may be in a private network.
    HookPrivateTarget "hook-private-target",
    /// Two servers issue for one audience.
    AudienceShared "audience-shared",
    /// A public client's refresh tokens do not rotate.
    PublicClientWithoutRotation "public-client-without-rotation",
    /// The client may use the password grant.
    PasswordGrant "password-grant",
    /// The client may use the implicit grant.
    ImplicitGrant "implicit-grant",
    /// A redirect URI holds a wildcard.
    RedirectWildcard "redirect-wildcard",
    /// The code flow works without PKCE.
    PkceOff "pkce-off",
    /// Assertions without `jti` are accepted.
    AssertionReplay "assertion-replay",
    /// A secret that signs is shorter than the hash.
    SecretShort "secret-short",
    /// A trusted app gets scopes that ask for consent, and nobody is asked.
    ConsentNotAsked "consent-not-asked",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// As the name.
impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Something that a valid organisation still gets wrong, or might.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub(super) code: Code,
    pub(super) severity: Severity,
    pub(super) path: String,
    pub(super) explanation: String,
    pub(super) fix: String,
}

impl Finding {
    /// What kind it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Where it is in the org file, as in `authorizationServers[1].policies[0].rules[2]`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, with the names of what is involved. Never holds a secret.
    pub fn explanation(&self) -> &str {
        &self.explanation
    }

    /// What to change.
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

/// `warning[rule-shadowed] authorizationServers[0].policies[0].rules[1]: …` and the fix on a line of
/// its own.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, severity, path, explanation, fix } = self;
        write!(f, "{severity}[{code}] {path}: {explanation}\n    fix: {fix}")
    }
}

/// Every finding of one organisation, in the order of the org file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// The findings, ordered by their paths.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The worst severity, if there is a finding.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    pub(super) fn add(
        &mut self,
        code: Code,
        severity: Severity,
        path: String,
        explanation: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let (explanation, fix) = (explanation.into(), fix.into());
        self.findings.push(Finding { code, severity, path, explanation, fix });
    }

    pub(super) fn sort(&mut self) {
        self.findings.sort_by_cached_key(|finding| (path_order(&finding.path), finding.code));
    }
}

/// The findings, and a line that counts them.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        let count = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        let (risks, warnings) = (count(Severity::Risk), count(Severity::Warning));
        let plural = |count| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{risks} risk{}, {warnings} warning{}, {} advice",
            plural(risks),
            plural(warnings),
            count(Severity::Advice)
        )
    }
}
