//! Whether a sign-in is enough for a request, or the user must sign in first.

use super::Checked;
use crate::error::Refusal;
use crate::flow::Login;
use crate::types::{Lifetime, Prompt, Timestamp};

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The user signs in. `anew`: whether or not there is a session.
    Login { anew: bool },
    /// Everything is there to decide by.
    Decide,
}

/// How a user is to be authenticated: Okta's values of `acr_values` (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acr {
    /// By any factor.
    Any,
    /// By the password.
    Password,
    /// By two factors.
    Two,
    /// By two if the user has two.
    TwoIfPossible,
    /// By one that phishing cannot steal.
    PhishingResistant,
    /// By such a one in hardware.
    PhishingResistantHardware,
}

impl Acr {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Any, "urn:okta:loa:1fa:any"),
        (Self::Password, "urn:okta:loa:1fa:pwd"),
        (Self::Two, "urn:okta:loa:2fa:any"),
        (Self::TwoIfPossible, "urn:okta:loa:2fa:any:ifpossible"),
        (Self::PhishingResistant, "phr"),
        (Self::PhishingResistantHardware, "phrh"),
    ];

    /// The first value of a list that Okta knows; the others are ignored.
    pub(super) fn wanted(values: &str) -> Option<Self> {
        values
            .split(' ')
            .find_map(|value| Self::ALL.into_iter().find(|(_, name)| *name == value))
            .map(|(acr, _)| acr)
    }

    /// The value.
    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(acr, _)| *acr == self).map_or("", |(_, name)| name)
    }

    /// Whether a sign-in reached it. `fresh`: it was made for the request that wanted it.
    fn reached_by(self, login: &Login, fresh: bool) -> bool {
        let told = login.acr.as_deref();
        let by = |method: &str| login.amr.iter().any(|known| known == method);
        told == Some(self.as_str())
            || match self {
                // To have signed in at all is one factor.
                Self::Any => true,
                Self::Password => by("pwd"),
                Self::Two => by("mfa"),
                // What was possible is for the sign-in page to know, and it was asked.
                Self::TwoIfPossible => fresh || by("mfa") || told == Some(Self::Two.as_str()),
                Self::PhishingResistant => told == Some(Self::PhishingResistantHardware.as_str()),
                Self::PhishingResistantHardware => false,
            }
    }
}

/// How far the clock of whoever made the sign-in may be ahead.
const SKEW: Lifetime = Lifetime::seconds(30);

impl Checked<'_> {
    /// Judges the sign-in that there is. `begun` is when the user was sent to the sign-in page for this
    /// request, if that happened: a sign-in since then is new.
    pub(crate) fn step(
        &self,
        login: Option<&Login>,
        begun: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Step, Refusal> {
        let silent = self.prompt == Some(Prompt::None);
        let Some(login) = login else {
            let anew = self.wants_new_login();
            return if silent { Err(Refusal::LoginRequired) } else { Ok(Step::Login { anew }) };
        };
        let fresh = begun.is_some_and(|begun| login.at >= begun && login.at <= now.plus(SKEW));
        if self.hinted.as_ref().is_some_and(|hinted| *hinted != login.user) {
            return match (silent, fresh) {
                (true, _) => Err(Refusal::LoginRequired),
                (false, true) => Err(Refusal::HintMismatch),
                (false, false) => Ok(Step::Login { anew: true }),
            };
        }
        let reached = self.acr.is_none_or(|acr| acr.reached_by(login, fresh));
        if fresh {
            return if reached { Ok(Step::Decide) } else { Err(Refusal::UnmetAcr) };
        }
        if reached && !self.wants_new_login() && self.is_recent(login, now) {
            return Ok(Step::Decide);
        }
        if silent { Err(Refusal::ReauthenticationRequired) } else { Ok(Step::Login { anew: true }) }
    }

    /// `max_age=0` is `prompt=login` by another name.
    pub(crate) fn wants_new_login(&self) -> bool {
        self.prompt.is_some_and(Prompt::asks_login) || self.max_age == Some(0)
    }

    /// A sign-in in the future tells of a clock that went back: nobody knows how old it is.
    fn is_recent(&self, login: &Login, now: Timestamp) -> bool {
        let age = |seconds| login.at.plus(Lifetime::seconds(seconds)) >= now;
        login.at <= now && self.max_age.is_none_or(age)
    }

    /// The sign-in as tokens tell it: not from the future, and in the authentication context that the
    /// request asked for, if it asked for one.
    pub(crate) fn told(&self, login: &Login, now: Timestamp) -> Login {
        let mut login = login.clone();
        login.at = login.at.min(now);
        if let Some(acr) = self.acr {
            login.acr = Some(acr.as_str().to_owned());
        }
        login
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_that_okta_knows_counts() {
        for (values, wanted) in [
            ("urn:foo", None),
            ("", None),
            ("urn:foo phr phrh", Some(Acr::PhishingResistant)),
            ("urn:okta:loa:2fa:any:ifpossible", Some(Acr::TwoIfPossible)),
            ("urn:okta:loa:1fa:pwd\turn:okta:loa:1fa:any", None),
        ] {
            assert_eq!(Acr::wanted(values), wanted, "{values}");
        }
        for (acr, name) in Acr::ALL {
            assert_eq!((Acr::wanted(name), acr.as_str()), (Some(acr), name));
        }
    }

    #[test]
    fn a_sign_in_reaches_what_it_says_and_what_that_includes() {
        let login = || Login::new("00u1", Timestamp::from_unix(0));
        let reached = |login: &Login, fresh| -> Vec<&str> {
            Acr::ALL.iter().filter(|(acr, _)| acr.reached_by(login, fresh)).map(|(_, name)| *name).collect()
        };
        let (any, password, two, if_possible) = (
            "urn:okta:loa:1fa:any",
            "urn:okta:loa:1fa:pwd",
            "urn:okta:loa:2fa:any",
            "urn:okta:loa:2fa:any:ifpossible",
        );
        assert_eq!(reached(&login(), false), [any]);
        assert_eq!(reached(&login(), true), [any, if_possible]);
        assert_eq!(reached(&login().amr("pwd"), false), [any, password]);
        assert_eq!(reached(&login().acr(two), false), [any, two, if_possible]);
        assert_eq!(reached(&login().amr("otp").amr("mfa"), false), [any, two, if_possible]);
        assert_eq!(reached(&login().acr("phrh"), false), [any, "phr", "phrh"]);
        assert_eq!(reached(&login().acr("phr"), false), [any, "phr"]);
        assert_eq!(reached(&login().acr("whatever"), false), [any]);
    }
}
