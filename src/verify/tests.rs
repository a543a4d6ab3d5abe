use std::sync::LazyLock;

use serde_json::json;

use super::*;
use crate::jose::{PrivateKey, PublicKey};

const ISSUER: &str = "https://id.example.com/oauth2/default";
const NOW: Timestamp = Timestamp::from_unix(1_767_225_600);

static KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::generate(Algorithm::EdDsa).unwrap().with_key_id("k1").unwrap());

fn verifier() -> Verifier {
    Verifier::new(ISSUER, "api://orders", JwkSet::new([KEY.public().clone()]).unwrap())
}

/// A good token's claims with some replaced, or dropped where the replacement is `"drop"`.
fn claims(changes: Value) -> Value {
    let now = NOW.as_unix();
    let mut claims = json!({
        "ver": 1, "jti": "AT.x", "iss": ISSUER, "aud": "api://orders", "iat": now, "exp": now + 3600,
        "cid": "0oa1", "uid": "00u1", "scp": ["orders:read", "orders:write"], "sub": "ada@example.com",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
        if value == "drop" {
            claims.as_object_mut().unwrap().remove(name);
        }
    }
    claims
}

fn token(changes: Value) -> String {
    jws::sign_compact(&KEY, None, claims(changes).to_string().as_bytes()).unwrap()
}

fn refusal(changes: Value) -> TokenRefusal {
    verifier().verify(&token(changes), NOW).unwrap_err()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(NOW.as_unix() + seconds)
}

#[test]
fn a_good_token_shows_its_claims() {
    let claims = verifier().verify(&token(json!({"department": {"name": "sales"}})), NOW).unwrap();
    assert_eq!(claims.issuer(), Some(ISSUER));
    assert_eq!(claims.subject(), Some("ada@example.com"));
    assert_eq!((claims.client_id(), claims.user_id()), (Some("0oa1"), Some("00u1")));
    assert_eq!(claims.token_id(), Some("AT.x"));
    assert_eq!(claims.scopes().collect::<Vec<_>>(), ["orders:read", "orders:write"]);
    assert_eq!(claims.audiences().collect::<Vec<_>>(), ["api://orders"]);
    assert_eq!((claims.issued_at(), claims.not_before()), (Some(NOW), None));
    assert_eq!(claims.expires_at(), at(3600));
    assert_eq!(claims.claim("department"), Some(&json!({"name": "sales"})));
    assert_eq!(claims.as_map().get("ver"), Some(&json!(1)));
}

#[test]
fn issuer_and_audience_match_byte_for_byte() {
    for issuer in ["https://id.example.com/oauth2/default/", "https://ID.example.com/oauth2/default", ""] {
        assert_eq!(refusal(json!({"iss": issuer})), TokenRefusal::WrongIssuer, "{issuer}");
    }
    assert_eq!(refusal(json!({"iss": "drop"})), TokenRefusal::WrongIssuer);
    for audience in [json!("api://order"), json!("API://orders"), json!([]), json!(["x"]), json!("drop")] {
        assert_eq!(refusal(json!({"aud": audience})), TokenRefusal::WrongAudience, "{audience}");
    }
    assert!(verifier().verify(&token(json!({"aud": ["x", "api://orders"]})), NOW).is_ok());
    let other = token(json!({"aud": "api://stock"}));
    assert!(verifier().with_audience("api://stock").verify(&other, NOW).is_ok());
}

#[test]
fn a315_times_are_judged_at_the_boundary() {
    let good = token(json!({}));
    assert!(verifier().verify(&good, at(3599)).is_ok());
    for late in [3600, 3601, i64::MAX - NOW.as_unix()] {
        let error = verifier().verify(&good, at(late)).unwrap_err();
        assert_eq!(error, TokenRefusal::Expired { at: at(3600) });
    }
    assert_eq!(verifier().verify(&good, at(-1)), Err(TokenRefusal::NotYetValid { at: NOW }));
    assert_eq!(refusal(json!({"nbf": at(1).as_unix()})), TokenRefusal::NotYetValid { at: at(1) });
    assert!(verifier().verify(&token(json!({"nbf": NOW.as_unix(), "iat": "drop"})), NOW).is_ok());

    let lenient = verifier().with_leeway(Lifetime::seconds(30));
    assert!(lenient.verify(&good, at(3629)).is_ok());
    assert!(lenient.verify(&good, at(3630)).is_err());
    assert!(lenient.verify(&good, at(-30)).is_ok());
    assert!(lenient.verify(&good, at(-31)).is_err());
    let later = token(json!({"nbf": at(31).as_unix()}));
    assert_eq!(lenient.verify(&later, NOW), Err(TokenRefusal::NotYetValid { at: at(31) }));
}

#[test]
fn a316_extreme_times_do_not_wrap() {
    let lenient = verifier().with_leeway(Lifetime::seconds(u32::MAX));
    assert!(lenient.verify(&token(json!({"exp": i64::MAX})), NOW).is_ok());
    assert!(lenient.verify(&token(json!({"exp": i64::MIN})), NOW).is_err());
    assert!(lenient.verify(&token(json!({"nbf": i64::MIN, "iat": i64::MIN})), NOW).is_ok());
    assert_eq!(refusal(json!({"exp": u64::MAX})), TokenRefusal::Claim("exp"));
}

#[test]
fn claims_of_the_wrong_type_are_refused() {
    let wrong: &[(&str, &[Value])] = &[
        ("exp", &[json!("drop"), json!("1767229200"), json!(null), json!([1]), json!({}), json!(1e300)]),
        ("iat", &[json!("0"), json!(null), json!(true)]),
        ("nbf", &[json!("0"), json!(null)]),
        ("iss", &[json!([ISSUER]), json!(null), json!(1)]),
        ("aud", &[json!(null), json!(["api://orders", null]), json!({"0": "api://orders"}), json!(1)]),
        ("sub", &[json!(1), json!(["x"]), json!(null)]),
        ("cid", &[json!({"id": "x"}), json!(null)]),
        ("uid", &[json!(false)]),
        ("jti", &[json!(7)]),
        ("scp", &[json!("orders:read"), json!([1]), json!(null), json!({})]),
    ];
    for (name, values) in wrong {
        for value in *values {
            assert_eq!(refusal(json!({*name: value})), TokenRefusal::Claim(name), "{name}: {value}");
        }
    }
}

#[test]
fn scopes_and_clients_can_be_required() {
    let good = token(json!({}));
    assert!(verifier().require_scope("orders:read").require_scope("orders:write").verify(&good, NOW).is_ok());
    let admin = verifier().require_scope("orders:read").require_scope("admin");
    assert_eq!(admin.verify(&good, NOW), Err(TokenRefusal::MissingScope("admin".to_owned())));
    assert!(verifier().require_scope("x").verify(&token(json!({"scp": "drop"})), NOW).is_err());

    assert!(verifier().require_client("0oa9").require_client("0oa1").verify(&good, NOW).is_ok());
    assert_eq!(verifier().require_client("0oa9").verify(&good, NOW), Err(TokenRefusal::WrongClient));
    let nobody = token(json!({"cid": "drop"}));
    assert_eq!(verifier().require_client("0oa1").verify(&nobody, NOW), Err(TokenRefusal::WrongClient));
}

#[test]
fn the_type_of_the_token_counts() {
    let typed =
        |typ: Option<&str>| jws::sign_compact(&KEY, typ, claims(json!({})).to_string().as_bytes()).unwrap();
    for typ in [None, Some("JWT"), Some("at+jwt"), Some("application/AT+JWT")] {
        assert!(verifier().verify(&typed(typ), NOW).is_ok(), "{typ:?}");
    }
    for typ in ["dpop+jwt", "logout+jwt", "secevent+jwt", "", "application/"] {
        assert_eq!(verifier().verify(&typed(Some(typ)), NOW), Err(TokenRefusal::WrongType), "{typ}");
    }
    let strict = verifier().require_type("at+jwt");
    assert!(strict.verify(&typed(Some("application/at+jwt")), NOW).is_ok());
    assert_eq!(strict.verify(&typed(None), NOW), Err(TokenRefusal::WrongType));
    assert_eq!(strict.verify(&typed(Some("JWT")), NOW), Err(TokenRefusal::WrongType));
}

#[test]
fn keys_are_found_by_kid_only_and_can_be_replaced() {
    let other = PrivateKey::generate(Algorithm::EdDsa).unwrap();
    let body = claims(json!({})).to_string();
    let sign = |key: &PrivateKey| jws::sign_compact(key, None, body.as_bytes()).unwrap();

    let rotated = sign(&other);
    let unknown = TokenRefusal::UnknownKey(other.key_id().clone());
    assert_eq!(verifier().verify(&rotated, NOW), Err(unknown));
    let keys = JwkSet::new([KEY.public().clone(), other.public().clone()]).unwrap();
    assert!(verifier().with_keys(keys).verify(&rotated, NOW).is_ok());

    // The right name over the wrong key.
    let forged = sign(&other.clone().with_key_id("k1").unwrap());
    assert_eq!(verifier().verify(&forged, NOW), Err(TokenRefusal::BadSignature));

    let nameless = crate::jose::jws::tests::raw_token(&json!({"alg": "EdDSA"}), body.as_bytes(), &KEY);
    assert_eq!(verifier().verify(&nameless, NOW), Err(TokenRefusal::NoKeyId));
}

#[test]
fn a051_the_algorithm_is_the_key_s() {
    let key = PrivateKey::generate(Algorithm::Es256).unwrap().with_key_id("k1").unwrap();
    let token = jws::sign_compact(&key, None, claims(json!({})).to_string().as_bytes()).unwrap();
    assert_eq!(verifier().verify(&token, NOW), Err(TokenRefusal::WrongAlgorithm(Algorithm::Es256)));
}

#[test]
fn payloads_that_are_no_claims_are_refused() {
    for payload in ["null", "[]", "1", "\"x\"", "{", "", "{\"exp\":1,\"exp\":9999999999}", "\u{feff}{}"] {
        let token = jws::sign_compact(&KEY, None, payload.as_bytes()).unwrap();
        let error = verifier().verify(&token, NOW).unwrap_err();
        assert!(matches!(error, TokenRefusal::Malformed(_)), "{payload:?}: {error}");
    }
    let error = verifier().verify("not a token", NOW).unwrap_err();
    assert_eq!(error.to_string(), "malformed token: a token has three parts, separated by dots");
}

#[test]
fn a_set_as_published_serves() {
    let published = JwkSet::new([KEY.public().clone()]).unwrap().to_json();
    let keys = JwkSet::parse(published.as_bytes()).unwrap();
    assert!(verifier().with_keys(keys).verify(&token(json!({})), NOW).is_ok());
    let empty = JwkSet::new(Vec::<PublicKey>::new()).unwrap();
    assert!(verifier().with_keys(empty).verify(&token(json!({})), NOW).is_err());
}
