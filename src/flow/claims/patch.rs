//! Claims taken apart and put back, for what changes them before they are signed.

use serde_json::{Map, Value};

use super::SUB;
use crate::types::{Lifetime, Timestamp};

/// The claims of a draft, to be changed and put back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    /// All claims, also those that must stay as they are.
    pub(crate) claims: Map<String, Value>,
    /// How long the token lives; `exp` follows it.
    pub(crate) lifetime: Lifetime,
}

/// A claim that was changed although it is the issuer's own, or to what it must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LockedClaim(pub(crate) String);

/// A claims set as it will be signed.
pub(super) struct Payload {
    json: Vec<u8>,
    issued: Timestamp,
    lifetime: Lifetime,
    /// Which claims are the issuer's own in tokens of this kind.
    is_reserved: fn(&str) -> bool,
}

impl Payload {
    pub(super) fn new(
        json: Vec<u8>,
        issued: Timestamp,
        lifetime: Lifetime,
        is_reserved: fn(&str) -> bool,
    ) -> Self {
        Self { json, issued, lifetime, is_reserved }
    }

    pub(super) fn json(&self) -> &[u8] {
        &self.json
    }

    pub(super) fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    pub(super) fn map(self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Self {
        Self { json: change(self.json), ..self }
    }

    pub(super) fn tree(&self) -> Tree {
        // We wrote it. Should it not read back, then there is nothing that could be put back either.
        let claims = serde_json::from_slice(&self.json).unwrap_or_default();
        Tree { claims, lifetime: self.lifetime }
    }

    /// The same token with other claims and another lifetime; `exp` is set anew. The order of the
    /// claims is lost, which means nothing in JSON.
    ///
    /// All or nothing: reserved claims and `sub` must be as they were, there or not, unless they are
    /// `unlocked`; and `sub` and `aud` must be texts even then.
    pub(super) fn with_tree(&self, tree: Tree, unlocked: &[&str]) -> Result<Self, LockedClaim> {
        let before = self.tree().claims;
        let Tree { mut claims, lifetime } = tree;
        let is_locked = |name: &str| (name == SUB || (self.is_reserved)(name)) && !unlocked.contains(&name);
        let mut all = before.keys().chain(claims.keys());
        if let Some(name) = all.find(|name| is_locked(name) && before.get(*name) != claims.get(*name)) {
            return Err(LockedClaim(name.clone()));
        }
        for name in [SUB, "aud"] {
            if claims.get(name).and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(LockedClaim(name.to_owned()));
            }
        }
        claims.insert("exp".to_owned(), self.issued.plus(lifetime).as_unix().into());
        let json = serde_json::to_vec(&claims).map_err(|_| LockedClaim("exp".to_owned()))?;
        Ok(Self { json, lifetime, ..*self })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types::is_reserved_access_claim;

    fn payload() -> Payload {
        let json = br#"{"iss":"https://i","aud":"a","iat":100,"exp":400,"sub":"ada","scp":["x"],"n":1.5}"#;
        Payload::new(
            json.to_vec(),
            Timestamp::from_unix(100),
            Lifetime::seconds(300),
            is_reserved_access_claim,
        )
    }

    fn read(payload: &Payload) -> Value {
        serde_json::from_slice(payload.json()).unwrap()
    }

    #[test]
    fn what_is_put_back_unchanged_says_the_same() {
        let payload = payload();
        let same = payload.with_tree(payload.tree(), &[]).unwrap();
        assert_eq!((read(&same), same.lifetime()), (read(&payload), Lifetime::seconds(300)));
    }

    #[test]
    fn claims_come_and_go_and_exp_follows_the_lifetime() {
        let payload = payload();
        let mut tree = payload.tree();
        tree.claims.insert("department".to_owned(), json!({"name": "sales"}));
        tree.claims.remove("n");
        tree.lifetime = Lifetime::seconds(60);
        let changed = payload.with_tree(tree, &[]).unwrap();
        assert_eq!(
            read(&changed),
            json!({"iss": "https://i", "aud": "a", "iat": 100, "exp": 160, "sub": "ada", "scp": ["x"],
                "department": {"name": "sales"}})
        );
        assert_eq!(changed.lifetime(), Lifetime::seconds(60));
    }

    /// A269: reserved claims can be neither added nor replaced nor removed.
    #[test]
    fn a269_what_is_the_issuers_own_is_locked() {
        let payload = payload();
        for name in ["iss", "iat", "exp", "scp", "sub", "aud", "cnf", "jti"] {
            for value in [Some(json!("other")), Some(Value::Null), None] {
                let mut tree = payload.tree();
                match value {
                    Some(value) => drop(tree.claims.insert(name.to_owned(), value)),
                    None if tree.claims.remove(name).is_none() => continue,
                    None => {}
                }
                tree.claims.insert("fine".to_owned(), true.into());
                let refused = payload.with_tree(tree, &[]).err();
                assert_eq!(refused, Some(LockedClaim(name.to_owned())), "{name}");
            }
        }
    }

    #[test]
    fn what_is_unlocked_stays_a_text() {
        let payload = payload();
        for name in ["sub", "aud"] {
            let with = |value: Option<Value>| {
                let mut tree = payload.tree();
                match value {
                    Some(value) => drop(tree.claims.insert(name.to_owned(), value)),
                    None => drop(tree.claims.remove(name)),
                }
                payload.with_tree(tree, &["sub", "aud"])
            };
            assert_eq!(read(&with(Some("b".into())).unwrap_or_else(|_| panic!("{name}")))[name], "b");
            for bad in [None, Some(json!("")), Some(json!(["a"])), Some(Value::Null)] {
                assert_eq!(with(bad).err(), Some(LockedClaim(name.to_owned())));
            }
        }
    }
}
