use serde_json::json;

use super::*;

fn rsa() -> Value {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    json!({"kty": "RSA", "kid": "2011-04-29", "e": "AQAB", "n": n})
}

fn ec() -> Value {
    let (x, y) =
        ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
}

fn okp() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

/// `jwk` with one more member, or another value for it.
fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

fn key(jwk: &Value) -> Result<PublicKey, KeyError> {
    PublicKey::from_jwk_value(jwk)
}

fn set(keys: Vec<Value>) -> Result<JwkSet, KeySetError> {
    JwkSet::from_value(&json!({"keys": keys}))
}

/// What `ring`'s modulus check is given: `n` as base64url.
fn modulus(bytes: &[u8]) -> Value {
    use base64::Engine as _;
    with(rsa(), "n", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

#[test]
fn thumbprints_are_those_of_rfc_7638_and_8037() {
    assert_eq!(key(&rsa()).unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(key(&okp()).unwrap().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(key(&ec()).unwrap().thumbprint(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

#[test]
fn a_key_verifies_what_its_type_and_alg_allow() {
    let verified = |jwk: &Value| {
        let key = key(jwk).unwrap();
        Algorithm::all().filter(|a| key.verifies(*a)).map(Algorithm::as_str).collect::<Vec<_>>()
    };
    assert_eq!(verified(&rsa()), ["RS256", "RS384", "RS512"]);
    assert_eq!(verified(&with(rsa(), "alg", "RS384")), ["RS384"]);
    assert_eq!(verified(&ec()), ["ES256"]);
    assert_eq!(verified(&okp()), ["EdDSA"]);
    for (jwk, alg) in [(rsa(), "ES256"), (rsa(), "HS256"), (ec(), "ES384"), (ec(), "RS256"), (okp(), "ES256")]
    {
        let error = key(&with(jwk, "alg", alg)).unwrap_err();
        assert!(matches!(error, KeyError::AlgorithmMismatch { .. }), "{alg}: {error}");
    }
}

#[test]
fn a214_weak_rsa_keys_are_refused() {
    for (bytes, bits) in [(64, 512), (128, 1024), (1025, 8200)] {
        let error = key(&modulus(&vec![0xff; bytes])).unwrap_err();
        assert_eq!(error, KeyError::ModulusSize { bits, least: 2048, most: 8192 });
    }
    let mut short = vec![0xff; 256];
    short[0] = 0x7f;
    assert_eq!(key(&modulus(&short)), Err(KeyError::ModulusSize { bits: 2047, least: 2048, most: 8192 }));
    // 2^2048 − 1 is divisible by 3, 2^2048 − 2 by 2.
    assert_eq!(key(&modulus(&[0xff; 256])), Err(KeyError::WeakModulus(3)));
    let mut even = [0xff; 256];
    even[255] = 0xfe;
    assert_eq!(key(&modulus(&even)), Err(KeyError::WeakModulus(2)));
    for (e, why) in [("AQ", "1"), ("Aw", "3"), ("EQ", "17"), ("AQAA", "even"), ("AgAAAAE", "34 bits")] {
        assert_eq!(key(&with(rsa(), "e", e)), Err(KeyError::Exponent), "{why}");
    }
    assert!(key(&with(rsa(), "e", "Af____8")).is_ok());
}

#[test]
fn a214_bad_points_are_refused() {
    let off = with(ec(), "y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aw");
    assert_eq!(key(&off), Err(KeyError::Point("P-256")));
    let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert!(key(&with(with(ec(), "x", zero), "y", zero)).is_err());
    assert_eq!(key(&with(ec(), "crv", "P-384")), Err(KeyError::Length { member: "x", expected: 48 }));

    let small = [
        zero,
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA",
        "7P_______________________________________38",
        "7f_______________________________________38",
        "7v_______________________________________38",
        "__________________________________________8",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_IU",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA_o",
    ];
    for x in small {
        assert_eq!(key(&with(okp(), "x", x)), Err(KeyError::Point("Ed25519")), "{x}");
    }
}

#[test]
fn members_are_read_strictly() {
    for (jwk, names) in [(rsa(), ["n", "e"].as_slice()), (ec(), &["x", "y"]), (okp(), &["x"])] {
        for name in names {
            let text = jwk[*name].as_str().unwrap().to_owned();
            let mut missing = jwk.clone();
            missing.as_object_mut().unwrap().remove(*name);
            assert_eq!(key(&missing), Err(KeyError::Missing(name)));
            for value in [json!(null), json!(1), json!([text]), json!({})] {
                let error = key(&with(jwk.clone(), name, value)).unwrap_err();
                assert_eq!(error.to_string(), format!("`{name}` must be a string"));
            }
            for spoiled in [format!("{text}="), format!(" {text}"), format!("{text}\n"), format!("{text}+")] {
                assert_eq!(key(&with(jwk.clone(), name, spoiled)), Err(KeyError::Encoding(name)));
            }
            assert!(key(&with(jwk.clone(), name, "")).is_err());
        }
    }
    // 43 characters carry two bits more than 32 bytes: they must be zero.
    assert_eq!(
        key(&with(okp(), "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp")),
        Err(KeyError::Encoding("x"))
    );
    assert_eq!(key(&with(rsa(), "e", "AAEAAQ")), Err(KeyError::LeadingZero("e")));
    for member in ["kid", "alg", "use", "kty"] {
        assert!(key(&with(rsa(), member, 1)).is_err(), "{member}");
        assert!(key(&with(rsa(), member, json!(null))).is_err(), "{member}");
    }
    assert!(PublicKey::from_jwk(br#"{"kty":"OKP","crv":"Ed25519","crv":"Ed25519"}"#).is_err());
    assert_eq!(PublicKey::from_jwk(b"7"), Err(KeyError::NotAnObject));
}

#[test]
fn a284_private_members_refuse_the_whole_set() {
    for jwk in [rsa(), ec(), okp(), with(rsa(), "use", "enc"), json!({"kty": "AKP"})] {
        for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            let error = set(vec![ec(), with(jwk.clone(), member, "AQAB")]).unwrap_err();
            assert_eq!(error, KeySetError::Key { index: 1, error: KeyError::PrivateMember(member) });
        }
    }
    let error = set(vec![json!({"kty": "oct", "k": "AQAB", "alg": "RS256"})]).unwrap_err();
    assert_eq!(error.to_string(), "`keys[0]`: `kty`: `oct` is a shared secret, not a key pair");
}

#[test]
fn a068_keys_for_other_purposes_are_set_aside() {
    let set = set(vec![
        with(rsa(), "kid", "good"),
        with(with(ec(), "kid", "enc"), "use", "enc"),
        with(with(ec(), "kid", "ops"), "key_ops", json!(["deriveKey"])),
        with(with(ec(), "kid", "oaep"), "alg", "ECDH-ES"),
        with(with(rsa(), "kid", "ps"), "alg", "PS256"),
        with(with(ec(), "kid", "p521"), "crv", "P-521"),
        with(json!({"kty": "AKP"}), "kid", "mldsa"),
    ])
    .unwrap();
    assert_eq!(set.keys().len(), 1);
    let reasons = set.unusable().iter().map(|key| (key.index, key.error.to_string())).collect::<Vec<_>>();
    let expected = [
        (1, "`use` reserves the key for something other than signatures"),
        (2, "`key_ops` reserves the key for something other than signatures"),
        (3, "`alg`: `ECDH-ES` is not supported here"),
        (4, "`alg`: `PS256` is not supported here"),
        (5, "`crv`: `P-521` is not supported here"),
        (6, "`kty`: `AKP` is not supported (RSA, EC and OKP are)"),
    ];
    assert_eq!(reasons, expected.map(|(index, text)| (index, text.to_owned())));
    for unusable in set.unusable() {
        let key_id = unusable.key_id.as_ref().unwrap().as_str();
        assert!(set.get(key_id).is_none());
        assert_eq!(set.candidates(Some(key_id), Algorithm::Es256).count(), 0);
    }
}

#[test]
fn a068_a215_a_kid_names_one_key() {
    let twice = vec![with(rsa(), "kid", "a"), with(ec(), "kid", "a")];
    let error = set(twice).unwrap_err();
    assert_eq!(error.to_string(), "`keys[1]`: `kid`: `a` names two keys of the set");
    let hidden = vec![with(json!({"kty": "AKP"}), "kid", "a"), with(ec(), "kid", "a")];
    assert!(set(hidden).is_err());
    let key = key(&with(rsa(), "kid", "a")).unwrap();
    assert_eq!(JwkSet::new([key.clone(), key]).err(), Some(KeyError::DuplicateKeyId(KeyId::new("a"))));
    assert!(set(vec![with(rsa(), "kid", "a\r\nb")]).is_err());
    assert_eq!(set(vec![ec(), ec()]).unwrap().keys().len(), 2);
}

#[test]
fn a068_without_a_kid_few_keys_are_tried() {
    let keys = (0..40).map(|i| with(if i % 2 == 0 { ec() } else { okp() }, "kid", format!("k{i}"))).collect();
    let set = set(keys).unwrap();
    assert_eq!(set.candidates(None, Algorithm::EdDsa).count(), JwkSet::MAX_TRIED);
    assert_eq!(set.candidates(None, Algorithm::Rs256).count(), 0);
    assert_eq!(set.candidates(Some("k1"), Algorithm::EdDsa).count(), 1);
    assert_eq!(set.candidates(Some("k1"), Algorithm::Es256).count(), 0);
}

#[test]
fn sets_are_bounded_and_well_formed() {
    let many = |count: usize| (0..count).map(|i| with(okp(), "kid", i.to_string())).collect();
    assert_eq!(set(many(50)).unwrap().keys().len(), 50);
    assert_eq!(set(many(51)).unwrap_err(), KeySetError::TooMany(51));
    for bad in ["[]", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, "null", "\"keys\""] {
        assert_eq!(JwkSet::parse(bad.as_bytes()).unwrap_err(), KeySetError::NotASet, "{bad}");
    }
    assert!(matches!(JwkSet::parse(br#"{"keys":[],"keys":[]}"#), Err(KeySetError::Json(_))));
    let error = JwkSet::parse(br#"{"keys":[1]}"#).unwrap_err();
    assert_eq!(error.to_string(), "`keys[0]`: a JWK must be an object");
}

#[test]
fn what_is_published_reads_back() {
    let set =
        set(vec![with(rsa(), "alg", "RS256"), with(ec(), "kid", "e"), with(okp(), "kid", "o")]).unwrap();
    let published: Value = serde_json::from_str(&set.to_json()).unwrap();
    assert_eq!(published["keys"][0], with(with(rsa(), "alg", "RS256"), "use", "sig"));
    let again = JwkSet::from_value(&published).unwrap();
    let prints = |set: &JwkSet| set.keys().iter().map(PublicKey::thumbprint).collect::<Vec<_>>();
    assert_eq!(prints(&again), prints(&set));
    assert!(again.unusable().is_empty());
}
