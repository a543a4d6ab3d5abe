use jsonwebtoken::{DecodingKey, EncodingKey, Validation};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::jose::JwkSet;

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/keys/", $name, ".pem"))
    };
}

const SECRET: &str = "a secret of at least thirty-two characters";

fn key(pem: &str) -> PrivateKey {
    PrivateKey::from_pem(pem).unwrap()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with any header, signed as `key` signs.
pub(crate) fn raw_token(header: &Value, payload: &[u8], key: &PrivateKey) -> String {
    let signed = format!("{}.{}", encode(header.to_string()), encode(payload));
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", encode(signature))
}

fn hmac_token(header: &Value, secret: &[u8]) -> String {
    let signed = format!("{}.{}", encode(header.to_string()), encode("{}"));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", encode(signature))
}

/// Every way in which `token` can fail with `key`.
fn check(token: &str, key: &PublicKey) -> Result<(), JwsError> {
    verify(&split(token)?, key)
}

#[test]
fn the_header_is_okta_s() {
    let key = key(pem!("ed25519")).with_key_id("k-1").unwrap();
    let header = |typ| {
        let token = sign_compact(&key, typ, b"{}").unwrap();
        String::from_utf8(decode("header", token.split('.').next().unwrap()).unwrap()).unwrap()
    };
    assert_eq!(header(None), r#"{"kid":"k-1","alg":"EdDSA"}"#);
    assert_eq!(header(Some("at+jwt")), r#"{"kid":"k-1","alg":"EdDSA","typ":"at+jwt"}"#);
}

#[test]
fn key_ids_from_elsewhere_are_escaped() {
    let odd = KeyId::new("a\"b\\c\n");
    let input = SigningInput::new(Algorithm::Es256, &odd, Some("x\"y"), b"{}");
    let header =
        decode("header", std::str::from_utf8(input.as_bytes()).unwrap().split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"kid": "a\"b\\c\n", "alg": "ES256", "typ": "x\"y"}));
}

#[test]
fn a_remote_signature_completes_the_token() {
    let key = key(pem!("p256"));
    let input = SigningInput::new(key.algorithm(), key.key_id(), None, br#"{"sub":"a"}"#);
    let signature = key.sign(input.as_bytes()).unwrap();
    let token = input.finish(signature.as_ref());
    let parts = split(&token).unwrap();
    assert_eq!(verify(&parts, key.public()), Ok(()));
    assert_eq!(parts.payload(), br#"{"sub":"a"}"#);
    assert_eq!(parts.claims().unwrap().get("sub"), Some(&json!("a")));
    assert_eq!(parts.header().key_id(), Some(key.key_id()));
    assert_eq!((parts.header().typ(), parts.header().get("alg")), (None, Some(&json!("ES256"))));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an independent implementation to compare with")]
fn jsonwebtoken_accepts_our_tokens() {
    use jsonwebtoken::Algorithm as Theirs;
    for (pem, theirs) in [("rsa-2048", Theirs::RS256), ("p256", Theirs::ES256), ("ed25519", Theirs::EdDSA)] {
        let key = key(match pem {
            "rsa-2048" => pem!("rsa-2048"),
            "p256" => pem!("p256"),
            _ => pem!("ed25519"),
        });
        let claims = json!({"sub": "ada", "exp": 4_102_444_800_i64, "scp": ["ä", "\u{1F511}"]});
        let token = sign_compact(&key, None, claims.to_string().as_bytes()).unwrap();
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(json!(key.public())).unwrap();
        let decoding = DecodingKey::from_jwk(&jwk).unwrap();
        let decoded = jsonwebtoken::decode::<Value>(&token, &decoding, &Validation::new(theirs)).unwrap();
        assert_eq!(decoded.claims, claims);
        assert_eq!(decoded.header.kid.as_deref(), Some(key.key_id().as_str()));

        let print = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
        assert_eq!(print, key.public().thumbprint());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an independent implementation to compare with")]
fn we_accept_jsonwebtoken_s_tokens() {
    use jsonwebtoken::Algorithm as Theirs;
    let rsa = EncodingKey::from_rsa_pem(pem!("rsa-2048").as_bytes()).unwrap();
    let p256 = EncodingKey::from_ec_pem(pem!("p256").as_bytes()).unwrap();
    let p384 = EncodingKey::from_ec_pem(pem!("p384").as_bytes()).unwrap();
    let ed = EncodingKey::from_ed_pem(pem!("ed25519").as_bytes()).unwrap();
    for (theirs, encoding) in [
        (Theirs::RS256, &rsa),
        (Theirs::RS384, &rsa),
        (Theirs::RS512, &rsa),
        (Theirs::ES256, &p256),
        (Theirs::ES384, &p384),
        (Theirs::EdDSA, &ed),
    ] {
        let header = jsonwebtoken::Header::new(theirs);
        let token = jsonwebtoken::encode(&header, &json!({"sub": "ada"}), encoding).unwrap();
        let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(encoding, theirs).unwrap();
        let jwk = serde_json::to_value(&jwk.common).and_then(|mut common| {
            let numbers = serde_json::to_value(&jwk.algorithm)?;
            common.as_object_mut().unwrap().extend(numbers.as_object().unwrap().clone());
            Ok(common)
        });
        let public = PublicKey::from_jwk_value(&jwk.unwrap()).unwrap();
        assert_eq!(public.algorithm().map(Algorithm::as_str), Some(format!("{theirs:?}").as_str()));
        assert_eq!(check(&token, &public), Ok(()), "{theirs:?}");
        assert_eq!(split(&token).unwrap().claims().unwrap().get("sub"), Some(&json!("ada")));
        let spoiled = token.replacen('.', ".A", 1);
        assert!(check(&spoiled, &public).is_err());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an independent implementation to compare with")]
fn hmacs_verify_with_the_secret_and_nothing_else() {
    use jsonwebtoken::Algorithm as Theirs;
    for theirs in [Theirs::HS256, Theirs::HS384, Theirs::HS512] {
        let header = jsonwebtoken::Header::new(theirs);
        let encoding = EncodingKey::from_secret(SECRET.as_bytes());
        let token = jsonwebtoken::encode(&header, &json!({"sub": "ada"}), &encoding).unwrap();
        let parts = split(&token).unwrap();
        assert!(parts.header().algorithm().is_hmac());
        assert_eq!(verify_hmac(&parts, &Secret::new(SECRET)), Ok(()));
        for wrong in ["", "x", &SECRET.to_uppercase(), &format!("{SECRET} ")] {
            assert_eq!(verify_hmac(&parts, &Secret::new(wrong)), Err(JwsError::BadSignature));
        }
        let mut cut = parts.clone();
        cut.signature.truncate(16);
        assert_eq!(verify_hmac(&cut, &Secret::new(SECRET)), Err(JwsError::BadSignature));
    }
    let key = key(pem!("p256"));
    let token = sign_compact(&key, None, b"{}").unwrap();
    let wrong = Err(JwsError::WrongAlgorithm(Algorithm::Es256));
    assert_eq!(verify_hmac(&split(&token).unwrap(), &Secret::new(SECRET)), wrong);
}

#[test]
fn a050_unsigned_tokens_are_refused() {
    let key = key(pem!("ed25519"));
    for alg in [
        json!("none"),
        json!("None"),
        json!("NONE"),
        json!("nOnE"),
        json!(""),
        json!("none "),
        json!("PS256"),
    ] {
        for signature in ["", "AAAA"] {
            let token = format!("{}.{}.{signature}", encode(json!({"alg": alg}).to_string()), encode("{}"));
            assert!(matches!(split(&token), Err(JwsError::UnsupportedAlgorithm(_))), "{alg}");
        }
        let signed = raw_token(&json!({"alg": alg}), b"{}", &key);
        assert!(check(&signed, key.public()).is_err());
    }
    for header in [
        json!({"alg": null}),
        json!({}),
        json!({"alg": 1}),
        json!({"alg": ["EdDSA"]}),
        json!({"ALG": "EdDSA"}),
    ] {
        assert_eq!(check(&raw_token(&header, b"{}", &key), key.public()), Err(JwsError::Header("alg")));
    }
    // The right algorithm over no signature.
    let bare = format!("{}.{}.", encode(r#"{"alg":"EdDSA"}"#), encode("{}"));
    assert_eq!(check(&bare, key.public()), Err(JwsError::BadSignature));
}

#[test]
fn a051_a_public_key_is_no_hmac_secret() {
    let pem = pem!("rsa-2048-public");
    let public = key(pem!("rsa-2048")).public().clone();
    let jwk = serde_json::to_value(&public).unwrap();
    let der = pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let der = base64::engine::general_purpose::STANDARD.decode(der).unwrap();
    let n = jwk["n"].as_str().unwrap();
    let secrets: [&[u8]; 6] = [
        pem.as_bytes(),
        pem.trim_end().as_bytes(),
        &der,
        &jwk.to_string().into_bytes(),
        n.as_bytes(),
        &URL_SAFE_NO_PAD.decode(n).unwrap(),
    ];
    for secret in secrets {
        let token = hmac_token(&json!({"alg": "HS256"}), secret);
        assert_eq!(check(&token, &public), Err(JwsError::WrongAlgorithm(Algorithm::Hs256)));
    }
}

#[test]
fn a052_keys_in_the_header_are_not_used() {
    let (ours, attacker) = (key(pem!("ed25519")), PrivateKey::generate(Algorithm::EdDsa).unwrap());
    for (name, value) in [
        ("jwk", serde_json::to_value(attacker.public()).unwrap()),
        ("jku", json!("https://evil.test/jwks")),
        ("x5u", json!("https://evil.test/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        let header = json!({"alg": "EdDSA", "kid": ours.key_id().as_str(), name: value});
        let forged = raw_token(&header, b"{}", &attacker);
        assert_eq!(check(&forged, ours.public()), Err(JwsError::BadSignature), "{name}");
        let honest = raw_token(&header, b"{}", &ours);
        assert_eq!(check(&honest, ours.public()), Ok(()), "{name}");
    }
}

#[test]
fn a060_extensions_are_refused() {
    let key = key(pem!("ed25519"));
    for crit in [json!(["cnf"]), json!(["bork"]), json!([]), json!("x"), json!(null), json!(["exp"])] {
        let token = raw_token(&json!({"alg": "EdDSA", "crit": crit}), b"{}", &key);
        assert_eq!(check(&token, key.public()), Err(JwsError::Extension("crit")), "{crit}");
    }
    for b64 in [json!(false), json!(true)] {
        let token = raw_token(&json!({"alg": "EdDSA", "b64": b64}), b"{}", &key);
        assert_eq!(check(&token, key.public()), Err(JwsError::Extension("b64")));
    }
    let both = raw_token(&json!({"alg": "EdDSA", "b64": false, "crit": ["b64"]}), b"{}", &key);
    assert!(check(&both, key.public()).is_err());
}

#[test]
fn a062_a_token_has_one_spelling() {
    // 64 bytes of signature end in a character with four bits to spare; a payload of two bytes in
    // one with two.
    let key = key(pem!("ed25519"));
    let token = sign_compact(&key, None, b"{}").unwrap();
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(check(&token, key.public()), Ok(()));

    let bump = |part: &str| {
        let mut bytes = part.as_bytes().to_vec();
        *bytes.last_mut().unwrap() += 1;
        String::from_utf8(bytes).unwrap()
    };
    let respelled = [
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}.{}.{signature}", bump(payload)),
        format!("{header}.{payload}.{}", bump(signature)),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{header}.{payload}.{signature}\0"),
        format!("{header}.{payload}.+{signature}"),
        format!("{header}.{payload}./{signature}"),
        format!("{header}.{payload}.{signature}\u{212a}"),
    ];
    for text in respelled {
        assert!(matches!(split(&text), Err(JwsError::Encoding(_))), "{text:?}");
    }
    for text in [
        String::new(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}..."),
        json!({"protected": header, "payload": payload, "signature": signature}).to_string(),
    ] {
        assert_eq!(split(&text).unwrap_err(), JwsError::NotThreeParts, "{text:?}");
    }
    assert_eq!(split("a.b.c.d.e").unwrap_err(), JwsError::Encrypted);
    assert_eq!(
        split("..").unwrap_err().to_string(),
        "the header is not JSON: EOF while parsing a value at line 1, column 0"
    );
}

#[test]
fn a062_header_and_payload_are_objects_without_repeats() {
    let token = |header: &str, payload: &str| format!("{}.{}.AA", encode(header), encode(payload));
    for text in ["null", "[]", "1", "\"x\"", "true"] {
        assert_eq!(split(&token(text, "{}")).unwrap_err(), JwsError::NotAnObject("header"));
        let token = token(r#"{"alg":"EdDSA"}"#, text);
        assert_eq!(split(&token).unwrap().claims(), Err(JwsError::NotAnObject("payload")));
    }
    for text in [
        "",
        "{",
        "{}x",
        "{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\"}",
        "{\"a\":{\"b\":1,\"\\u0062\":1}}",
        "\u{feff}{}",
    ] {
        assert!(matches!(split(&token(text, "{}")), Err(JwsError::Json { part: "header", .. })), "{text:?}");
        let token = token(r#"{"alg":"EdDSA"}"#, text);
        assert!(matches!(split(&token).unwrap().claims(), Err(JwsError::Json { part: "payload", .. })));
    }
    for (name, value) in [
        ("kid", json!(1)),
        ("kid", json!("")),
        ("kid", json!("../x")),
        ("kid", json!(null)),
        ("typ", json!(1)),
    ] {
        let header = json!({"alg": "EdDSA", name: value}).to_string();
        assert_eq!(split(&token(&header, "{}")).unwrap_err(), JwsError::Header(name), "{value}");
    }
}

#[test]
fn a066_a_key_verifies_its_own_algorithm_only() {
    let rsa = key(pem!("rsa-2048"));
    let es = key(pem!("p256"));
    let token = sign_compact(&rsa, None, b"{}").unwrap();
    assert_eq!(check(&token, es.public()), Err(JwsError::WrongAlgorithm(Algorithm::Rs256)));
    // The bytes are signed well, but the header says otherwise.
    let relabelled = raw_token(&json!({"alg": "RS384"}), b"{}", &rsa);
    assert_eq!(check(&relabelled, rsa.public()), Err(JwsError::WrongAlgorithm(Algorithm::Rs384)));
    let jwks = format!(r#"{{"keys":[{}]}}"#, serde_json::to_string(es.public()).unwrap());
    let set = JwkSet::parse(jwks.as_bytes()).unwrap();
    assert_eq!(set.candidates(None, Algorithm::Rs256).count(), 0);
}

#[test]
fn a319_big_and_deep_tokens_cost_little() {
    assert_eq!(split(&"a".repeat(1 << 20)).unwrap_err(), JwsError::TooLong(1 << 20));
    assert_eq!(split(&".".repeat(MAX_LENGTH)).unwrap_err(), JwsError::NotThreeParts);
    let key = key(pem!("ed25519"));
    // The longest payload whose token is read, and one byte more.
    let overhead = sign_compact(&key, None, b"").unwrap().len();
    let room = (MAX_LENGTH - overhead) / 4 * 3;
    let sized = |bytes: usize| {
        sign_compact(&key, None, format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8)).as_bytes()).unwrap()
    };
    assert_eq!(check(&sized(room), key.public()), Ok(()));
    assert!(matches!(split(&sized(room + 3)), Err(JwsError::TooLong(_))));

    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let token = sign_compact(&key, None, format!("{{\"a\":{deep}}}").as_bytes()).unwrap();
    assert!(matches!(split(&token).unwrap().claims(), Err(JwsError::Json { .. })));
    let digits = format!("{{\"exp\":{}}}", "9".repeat(10_000));
    let token = sign_compact(&key, None, digits.as_bytes()).unwrap();
    assert!(split(&token).unwrap().claims().is_err());
    let jwe = json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_647_u32, "zip": "DEF"});
    assert_eq!(split(&format!("{}.a.b.c.d", encode(jwe.to_string()))).unwrap_err(), JwsError::Encrypted);
    assert!(split(&format!("{}.AA.AA", encode(jwe.to_string()))).is_err());
}

proptest! {
    #[test]
    fn splitting_never_panics(text in any::<String>(), token in "[A-Za-z0-9_.=-]{0,120}") {
        let _ = (split(&text), split(&token));
    }

    #[test]
    fn headers_of_any_json_never_panic(header in "[{}\\[\\]\":,a-z0-9 ]{0,60}", alg in "[A-Za-z0-9]{0,6}") {
        let _ = split(&format!("{}.e30.AA", encode(&header)));
        let _ = split(&format!("{}.e30.AA", encode(format!(r#"{{"alg":"{alg}","x":{header}}}"#))));
    }

    #[test]
    fn a062_any_other_text_does_not_verify(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.=+/ -]", insert: bool) {
        let key = key(pem!("ed25519"));
        let token = sign_compact(&key, None, br#"{"sub":"ada","aud":"api://orders"}"#).unwrap();
        let at = at.index(token.len());
        let (before, after) = token.split_at(at);
        let after = if insert { after } else { after.get(1..).unwrap() };
        let changed = format!("{before}{to}{after}");
        prop_assume!(changed != token);
        prop_assert!(check(&changed, key.public()).is_err());
    }

    #[test]
    fn any_payload_comes_back(payload: Vec<u8>, typ in proptest::option::of("[ -~]{0,20}")) {
        let key = key(pem!("ed25519"));
        let token = sign_compact(&key, typ.as_deref(), &payload).unwrap();
        let parts = split(&token).unwrap();
        prop_assert_eq!(parts.payload(), payload.as_slice());
        prop_assert_eq!(parts.header().typ(), typ.as_deref());
        prop_assert_eq!(verify(&parts, key.public()), Ok(()));
    }
}
