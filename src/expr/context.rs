//! Where an expression is used, and what exists there.
//!
//! From the table "Availability" of Okta's documentation; a root that the pages do not mention for a usage is allowed
//! where it is plausible.

/// Where an expression is used. It decides which roots and functions exist, and whether the length of a claim applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Usage {
    /// Not said: everything is allowed.
    #[default]
    Any,
    /// The value of a claim of a custom authorization server.
    Claim,
    /// A profile mapping or a username template.
    Mapping,
    /// The condition of a group rule.
    GroupRule,
    /// A SAML attribute statement.
    Saml,
    /// The username transform of an identity provider.
    IdpUsername,
    /// A condition of an app sign-in policy.
    AppSignInPolicy,
    /// A condition or value of a token-customization policy; sees `token.claims`.
    TokenPolicy,
}

impl Usage {
    /// The usage that is written so: `claim`, `mapping`, `group_rule`, `saml`, `idp_username`, `app_sign_in_policy`,
    /// `token_policy`.
    pub fn parse(text: &str) -> Option<Usage> {
        Some(match text {
            "claim" => Usage::Claim,
            "mapping" => Usage::Mapping,
            "group_rule" => Usage::GroupRule,
            "saml" => Usage::Saml,
            "idp_username" => Usage::IdpUsername,
            "app_sign_in_policy" => Usage::AppSignInPolicy,
            "token_policy" => Usage::TokenPolicy,
            _ => return None,
        })
    }

    /// What to call it in a message.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Usage::Any => "any expression",
            Usage::Claim => "a claim",
            Usage::Mapping => "a mapping",
            Usage::GroupRule => "a group rule",
            Usage::Saml => "a SAML attribute",
            Usage::IdpUsername => "a username transform",
            Usage::AppSignInPolicy => "an app sign-in policy",
            Usage::TokenPolicy => "a token policy",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Usage::Any => 128,
            Usage::Claim => 1,
            Usage::Mapping => 2,
            Usage::GroupRule => 4,
            Usage::Saml => 8,
            Usage::IdpUsername => 16,
            Usage::AppSignInPolicy => 32,
            Usage::TokenPolicy => 64,
        }
    }
}

/// A set of usages; each includes "not said".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usages(u8);

impl Usages {
    pub(super) const ALL: Usages = Usages(0xff);
    /// Group rules may use string and array functions, `user` and `isMemberOf…` only.
    pub(super) const ALL_BUT_GROUP_RULE: Usages = Usages(!Usage::GroupRule.bit());
    const CLAIMS: Usages = Usages::of(&[Usage::Claim, Usage::Saml, Usage::TokenPolicy]);
    /// `Groups.*` and `getFilteredGroups`: claims, never mappings.
    pub(super) const GROUP_LISTS: Usages = Usages::CLAIMS;
    /// `user.getGroups`.
    pub(super) const GET_GROUPS: Usages = Usages::of(&[
        Usage::Claim,
        Usage::Saml,
        Usage::TokenPolicy,
        Usage::AppSignInPolicy,
        Usage::GroupRule,
    ]);
    /// `isMemberOfGroup` and its kin; app sign-in policies have `user.isMemberOf` instead.
    pub(super) const MEMBERSHIP: Usages = Usages(!Usage::AppSignInPolicy.bit());

    pub(super) const fn of(usages: &[Usage]) -> Usages {
        let mut bits = Usage::Any.bit();
        let mut rest = usages;
        while let [first, others @ ..] = rest {
            bits |= first.bit();
            rest = others;
        }
        Usages(bits)
    }

    pub(super) const fn allow(self, usage: Usage) -> bool {
        self.0 & usage.bit() != 0
    }
}

/// A name that an expression may begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    User,
    App,
    AppUser,
    Session,
    Access,
    Token,
    /// The group at hand, in the expression string of `getFilteredGroups`.
    Group,
    Org,
    IdpUser,
    Source,
    Device,
    Security,
    Login,
    AccessRequest,
    Password,
    Event,
}

impl Root {
    pub(super) const ALL: [(&'static str, Root); 16] = [
        ("user", Root::User),
        ("app", Root::App),
        ("appuser", Root::AppUser),
        ("session", Root::Session),
        ("access", Root::Access),
        ("token", Root::Token),
        ("group", Root::Group),
        ("org", Root::Org),
        ("idpuser", Root::IdpUser),
        ("source", Root::Source),
        ("device", Root::Device),
        ("security", Root::Security),
        ("login", Root::Login),
        ("accessRequest", Root::AccessRequest),
        ("password", Root::Password),
        ("event", Root::Event),
    ];

    pub(super) fn named(name: &str) -> Option<Root> {
        Root::ALL.iter().find(|(known, _)| *known == name).map(|(_, root)| *root)
    }

    pub(super) fn usages(self) -> Usages {
        use Usage::{AppSignInPolicy, Claim, IdpUsername, Mapping, Saml, TokenPolicy};
        match self {
            Root::User => Usages::ALL,
            Root::App | Root::AppUser | Root::Org => {
                Usages::of(&[Claim, Mapping, Saml, IdpUsername, TokenPolicy])
            }
            Root::Session => Usages::of(&[Claim, Saml, AppSignInPolicy, TokenPolicy]),
            Root::Access => Usages::of(&[Claim, TokenPolicy]),
            Root::Token => Usages::of(&[TokenPolicy]),
            Root::IdpUser => Usages::of(&[IdpUsername]),
            Root::Source => Usages::of(&[Mapping, IdpUsername]),
            // In a claim only `device.profile`; the path decides.
            Root::Device => Usages::of(&[Claim, AppSignInPolicy]),
            Root::Security | Root::Login | Root::AccessRequest => Usages::of(&[AppSignInPolicy]),
            Root::Password | Root::Event => Usages::of(&[]),
            // Only ever allowed where the nested expression says so.
            Root::Group => Usages::of(&[]),
        }
    }
}

/// Which dialect decides where Okta's two clash.
///
/// All of them read the same language: classic functions, Identity Engine methods and lambdas may be mixed. With
/// [`Compiler::strict`](super::Compiler::strict) a function of another dialect is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// One lenient superset in which the documented expressions of every dialect give their documented results.
    #[default]
    Superset,
    /// Custom authorization servers, mappings, group rules: `String.len(user.email)`.
    Classic,
    /// Policies and certifications: `user.profile.email.length()`; `Time.now()` is a time, not text.
    IdentityEngine,
    /// Lambdas over `user.groups`: `user.groups.filter(g => g.startsWith("role_"))`.
    Seed,
}

impl Dialect {
    /// The dialect that is written so: `classic`, `identity_engine`, `seed`.
    pub fn parse(text: &str) -> Option<Dialect> {
        Some(match text {
            "classic" => Dialect::Classic,
            "identity_engine" => Dialect::IdentityEngine,
            "seed" => Dialect::Seed,
            _ => return None,
        })
    }

    pub(super) fn describe(self) -> &'static str {
        match self {
            Dialect::Superset => "the superset",
            Dialect::Classic => "the classic dialect",
            Dialect::IdentityEngine => "the Identity Engine dialect",
            Dialect::Seed => "the lambda dialect",
        }
    }
}
