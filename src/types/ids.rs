//! Identifiers. Each is a string that is cheap to clone and never mistaken for another kind.

use std::fmt;
use std::sync::Arc;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is; identifiers are compared byte by byte.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The identifier's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

id! {
    /// An OAuth client's id (RFC 6749 §2.2), `0oa…` in Okta; the `cid` claim.
    ClientId
}
id! {
    /// A user's id, `00u…` in Okta; the `uid` claim.
    UserId
}
id! {
    /// A group's id, `00g…` in Okta.
    GroupId
}
id! {
    /// An authorization server's id, `aus…` or `default` in Okta: the last segment of its issuer.
    ServerId
}
id! {
    /// An access policy's id, `00p…` in Okta.
    PolicyId
}
id! {
    /// A rule's id, `0pr…` in Okta.
    RuleId
}
id! {
    /// A key's id: the `kid` of a JWK and of a token's header (RFC 7517 §4.5).
    KeyId
}
