//! What a client asks the authorization endpoint for, and how it wants the answer.

use std::fmt;

/// One word of `response_type` (RFC 6749 §3.1.1), and what an app's `response_types` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseType {
    /// `code`.
    Code,
    /// `token`: an access token straight from the authorization endpoint.
    Token,
    /// `id_token`: an ID token straight from the authorization endpoint.
    IdToken,
    /// `none`.
    None,
}

impl ResponseType {
    /// Each word, in the order in which several are written.
    pub(crate) const ALL: [Self; 4] = [Self::Code, Self::IdToken, Self::Token, Self::None];

    /// Reads one word: exact, case and all.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Token => "token",
            Self::IdToken => "id_token",
            Self::None => "none",
        }
    }
}

/// The words of a `response_type` parameter; their order means nothing (OAuth 2.0 Multiple Response
/// Type Encoding Practices §3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResponseTypes(u8);

impl ResponseTypes {
    /// Reads a space-separated list. `None` for an unknown word, a repeated one, an empty list, and
    /// `none` beside anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut types = Self(0);
        for word in text.split(' ') {
            let word = ResponseType::parse(word)?;
            if types.has(word) {
                return None;
            }
            types.0 |= Self::bit(word);
        }
        (types.0 == Self::bit(ResponseType::None) || !types.has(ResponseType::None)).then_some(types)
    }

    /// Whether the word is among them.
    pub fn has(self, word: ResponseType) -> bool {
        self.0 & Self::bit(word) != 0
    }

    /// Whether a token comes straight from the authorization endpoint: the implicit and hybrid types.
    pub fn has_tokens(self) -> bool {
        self.has(ResponseType::Token) || self.has(ResponseType::IdToken)
    }

    /// The words, in the order in which they are written.
    pub fn iter(self) -> impl Iterator<Item = ResponseType> {
        ResponseType::ALL.into_iter().filter(move |word| self.has(*word))
    }

    fn bit(word: ResponseType) -> u8 {
        1 << word as u8
    }
}

impl fmt::Display for ResponseTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, word) in self.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ResponseTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseTypes({self})")
    }
}

/// How the answer travels to the client (`response_mode`).
///
/// Source: OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0 Form Post Response
/// Mode, and Okta's reference of `/authorize`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// `query`: in the query of the redirect URI; never with tokens.
    Query,
    /// `fragment`: in its fragment.
    Fragment,
    /// `form_post`: by a form that submits itself.
    FormPost,
    /// Okta's `okta_post_message`: by `postMessage` to the window that opened the page or frames it.
    OktaPostMessage,
}

impl ResponseMode {
    /// Every mode, in Okta's order.
    pub(crate) const ALL: [Self; 4] = [Self::Query, Self::Fragment, Self::FormPost, Self::OktaPostMessage];

    /// Reads the parameter: exact, case and all.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// The parameter's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::OktaPostMessage => "okta_post_message",
        }
    }
}

/// What the user must or must not be shown (`prompt`, OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// `none`: nothing.
    None,
    /// `login`: the sign-in page, session or not.
    Login,
    /// `consent`: the consent page, consent given or not.
    Consent,
    /// `login consent`, in either order: both.
    LoginConsent,
    /// Okta's `enroll_authenticator`.
    EnrollAuthenticator,
}

impl Prompt {
    /// Every value, in Okta's order.
    pub(crate) const ALL: [Self; 5] =
        [Self::None, Self::Login, Self::Consent, Self::LoginConsent, Self::EnrollAuthenticator];

    /// Reads the parameter: one of Okta's values, exact, case and all.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "consent login" => Some(Self::LoginConsent),
            text => Self::ALL.into_iter().find(|known| known.as_str() == text),
        }
    }

    /// The parameter's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::LoginConsent => "login consent",
            Self::EnrollAuthenticator => "enroll_authenticator",
        }
    }

    /// Whether the user must sign in anew.
    #[allow(dead_code, reason = "the authorization endpoint uses it")]
    pub(crate) fn asks_login(self) -> bool {
        matches!(self, Self::Login | Self::LoginConsent)
    }

    /// Whether the user must be asked again what they consented to.
    #[allow(dead_code, reason = "the authorization endpoint uses it")]
    pub(crate) fn asks_consent(self) -> bool {
        matches!(self, Self::Consent | Self::LoginConsent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_words_means_nothing() {
        for (text, canonical) in [
            ("code", "code"),
            ("token", "token"),
            ("none", "none"),
            ("id_token code", "code id_token"),
            ("token id_token", "id_token token"),
            ("token id_token code", "code id_token token"),
        ] {
            assert_eq!(ResponseTypes::parse(text).map(|types| types.to_string()).as_deref(), Some(canonical));
        }
        assert!(!ResponseTypes::parse("code").unwrap().has_tokens());
        assert!(ResponseTypes::parse("code id_token").unwrap().has_tokens());
    }

    /// A011: nothing else is read as something it is not.
    #[test]
    fn a011_other_lists_are_none() {
        for bad in ["", " ", "CODE", "code code", "code  token", " code", "code ", "code none", "code,token"]
        {
            assert_eq!(ResponseTypes::parse(bad), None, "{bad:?}");
        }
    }

    /// A090
    #[test]
    fn a090_prompts_are_okta_s_five() {
        assert_eq!(Prompt::parse("consent login"), Some(Prompt::LoginConsent));
        for prompt in Prompt::ALL {
            assert_eq!(Prompt::parse(prompt.as_str()), Some(prompt));
        }
        for bad in ["", "none login", "none consent", "login none", "foo", "NONE", "login login", " login"] {
            assert_eq!(Prompt::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn modes_read_back_and_only_exactly() {
        for mode in ResponseMode::ALL {
            assert_eq!(ResponseMode::parse(mode.as_str()), Some(mode));
        }
        assert_eq!(ResponseMode::parse("Query"), None);
    }
}
