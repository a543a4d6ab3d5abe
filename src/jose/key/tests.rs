use serde_json::json;

use super::*;
use crate::jose::{JwkSet, jws};

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/keys/", $name, ".pem"))
    };
}

/// One row of `tests/data/jose/rfc.jsonl`: a key and a token of an RFC's appendix.
fn vectors() -> Vec<Value> {
    let rows = include_str!("../../../tests/data/jose/rfc.jsonl");
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn jwk(kty: &str) -> Value {
    vectors().into_iter().map(|row| row["jwk"].clone()).find(|jwk| jwk["kty"] == kty).unwrap()
}

/// The vectors' key of this type with some members replaced, or dropped where the value is null.
fn changed(kty: &str, changes: Value) -> Result<PrivateKey, KeyError> {
    let mut jwk = jwk(kty);
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
        if value.is_null() {
            jwk.as_object_mut().unwrap().remove(name);
        }
    }
    PrivateKey::from_jwk_value(&jwk)
}

fn good_keys() -> Vec<PrivateKey> {
    [pem!("rsa-2048"), pem!("rsa-3072"), pem!("rsa-4096"), pem!("p256"), pem!("ed25519")]
        .map(|pem| PrivateKey::from_pem(pem).unwrap())
        .into()
}

#[test]
fn the_rfcs_keys_make_and_verify_the_rfcs_tokens() {
    for row in vectors() {
        let key = PrivateKey::from_jwk_value(&row["jwk"]).unwrap();
        let token = row["token"].as_str().unwrap();
        let parts = jws::split(token).unwrap();
        assert_eq!(jws::verify(&parts, key.public()), Ok(()), "{}", row["source"]);

        let (signed, signature) = token.rsplit_once('.').unwrap();
        let ours = key.sign(signed.as_bytes()).unwrap();
        if key.algorithm() != Algorithm::Es256 {
            use base64::Engine as _;
            let ours = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(ours);
            assert_eq!(ours, signature, "{}", row["source"]);
        }
        if let Some(thumbprint) = row["thumbprint"].as_str() {
            assert_eq!(key.key_id().as_str(), thumbprint);
        }
    }
}

#[test]
fn every_form_of_a_key_is_the_same_key() {
    let id = |pem: &str| PrivateKey::from_pem(pem).unwrap().key_id().clone();
    assert_eq!(id(pem!("rsa-2048")), id(pem!("rsa-2048-pkcs1")));
    assert_eq!(id(pem!("p256")), id(pem!("p256-sec1")));
    assert_ne!(id(pem!("rsa-2048")), id(pem!("rsa-2048-other")));
    assert_eq!(id(pem!("rsa-2048")).as_str().len(), 43);
    assert!(PrivateKey::from_pem(pem!("p256-with-parameters")).is_ok());
    assert_eq!(id(&pem!("p256").replace('\n', "\r\n")), id(pem!("p256")));
}

#[test]
fn ring_s_own_documents_are_read() {
    let random = randomness();
    let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    assert_eq!(PrivateKey::from_pem(armoured(ed.as_ref())).unwrap().algorithm(), Algorithm::EdDsa);
    assert_eq!(PrivateKey::from_pem(armoured(ec.as_ref())).unwrap().algorithm(), Algorithm::Es256);

    // The last byte belongs to the public part.
    let mut mismatched = ed.as_ref().to_vec();
    *mismatched.last_mut().unwrap() ^= 1;
    assert_eq!(PrivateKey::from_pem(armoured(&mismatched)).err(), Some(KeyError::PairMismatch));
}

fn armoured(der: &[u8]) -> String {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

#[test]
fn signatures_have_the_length_of_their_algorithm() {
    let lengths = good_keys().iter().map(|key| key.sign(b"x").unwrap().as_ref().len()).collect::<Vec<_>>();
    assert_eq!(lengths, [256, 384, 512, 64, 64]);
    for key in good_keys().iter().filter(|key| key.algorithm() != Algorithm::Rs256) {
        assert_eq!(key.algorithm().signature_length(), Some(64));
    }
}

#[test]
fn generated_keys_differ() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let (a, b) = (PrivateKey::generate(algorithm).unwrap(), PrivateKey::generate(algorithm).unwrap());
        assert_eq!(a.algorithm(), algorithm);
        assert_ne!(a.key_id(), b.key_id());
    }
    for algorithm in Algorithm::all().filter(|a| !matches!(a, Algorithm::Es256 | Algorithm::EdDsa)) {
        assert!(matches!(PrivateKey::generate(algorithm), Err(KeyError::UnsupportedAlgorithm(_))));
    }
}

#[test]
fn a214_weak_and_mislabelled_keys_are_refused() {
    let refusal = |pem: &str| PrivateKey::from_pem(pem).unwrap_err().to_string();
    assert_eq!(refusal(pem!("rsa-1024")), "`n` has 1024 bits, must have 2048 to 4096");
    assert_eq!(refusal(pem!("rsa-2047")), "`n` has 2047 bits, must have 2048 to 4096");
    assert_eq!(PrivateKey::from_pem(pem!("rsa-2048-e3")).err(), Some(KeyError::Exponent));
    assert_eq!(refusal(pem!("p384")), "the P-256 key was refused: it is of another kind or curve");
    assert!(refusal(pem!("p256-no-public")).contains("lacks its public part"));
    assert!(refusal(pem!("p256-explicit")).contains("not on P-256"));

    for e in ["AQ", "Aw", "AQAA", "AQAAAAAB", "AQAAAAAAAAE"] {
        assert_eq!(changed("RSA", json!({"e": e})).err(), Some(KeyError::Exponent), "{e}");
    }
    let mismatch = KeyError::AlgorithmMismatch { alg: "ES384", kind: "P-256" };
    assert_eq!(changed("EC", json!({"alg": "ES384"})).err(), Some(mismatch));
    assert!(changed("RSA", json!({"alg": "ES256"})).is_err());
    assert!(changed("RSA", json!({"alg": "HS256"})).is_err());
    assert!(changed("OKP", json!({"alg": "EdDSA"})).is_ok());
    let oct = json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ", "alg": "RS256"});
    assert_eq!(PrivateKey::from_jwk_value(&oct).err(), Some(KeyError::Symmetric));
}

#[test]
fn a214_halves_that_do_not_belong_together_are_refused() {
    let other_x = "kvhkmd4r5RyZdSzRbbKyoOXQXw1sd1ETnqDPH4-8xXA";
    assert_eq!(changed("OKP", json!({"x": other_x})).err(), Some(KeyError::PairMismatch));
    let other_d = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE";
    assert_eq!(changed("EC", json!({"d": other_d})).err(), Some(KeyError::PairMismatch));
    // A point that is not on the curve.
    assert!(changed("EC", json!({"y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aw"})).is_err());

    let other = PrivateKey::from_pem(pem!("rsa-2048-other")).unwrap();
    let other = serde_json::to_value(other.public()).unwrap();
    assert_eq!(changed("RSA", json!({"n": other["n"]})).err(), Some(KeyError::PairMismatch));
    // Only a trial signature shows that an exponent is not the one of `e`.
    let dq = jwk("RSA")["dq"].clone();
    assert_eq!(changed("RSA", json!({"dp": dq})).err(), Some(KeyError::PairMismatch));
    assert_eq!(changed("RSA", json!({"e": "AQAD"})).err(), Some(KeyError::PairMismatch));
}

#[test]
fn every_private_member_is_needed_and_canonical() {
    for (kty, names) in [
        ("RSA", ["n", "e", "d", "p", "q", "dp", "dq", "qi"].as_slice()),
        ("EC", &["crv", "x", "y", "d"]),
        ("OKP", &["crv", "x", "d"]),
    ] {
        for name in names {
            assert_eq!(
                changed(kty, json!({*name: null})).err(),
                Some(KeyError::Missing(name)),
                "{kty} {name}"
            );
            let wrong = KeyError::WrongType { member: name, expected: "a string" };
            assert_eq!(changed(kty, json!({*name: 1})).err(), Some(wrong));
            if *name != "crv" {
                let padded = format!("{}=", jwk(kty)[*name].as_str().unwrap());
                assert_eq!(changed(kty, json!({*name: padded})).err(), Some(KeyError::Encoding(name)));
                assert!(changed(kty, json!({*name: ""})).is_err());
            }
        }
    }
    let refused = changed("OKP", json!({"d": "AAAA"})).err();
    assert_eq!(refused, Some(KeyError::Length { member: "d", expected: 32 }));
    assert!(changed("RSA", json!({"oth": []})).is_err());
    assert!(changed("EC", json!({"crv": "P-384"})).is_err());
    assert!(changed("OKP", json!({"crv": "Ed448"})).is_err());
    assert!(changed("OKP", json!({"kty": "AKP"})).is_err());
    assert!(PrivateKey::from_jwk(br#"{"kty":"OKP","kty":"EC"}"#).is_err());
    assert!(PrivateKey::from_jwk(b"[]").is_err());
}

#[test]
fn a214_pem_holds_one_key_and_nothing_else() {
    let good = pem!("p256");
    let twice = good.repeat(2);
    let (before, after) = (format!("Bag Attributes\n{good}"), format!("{good}x"));
    let cut = good.replacen("MIGH", "MIG", 1);
    let header = good.replace("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nX: y\n");
    let mislabelled = good.replace("PRIVATE KEY", "EC PRIVATE KEY");
    let unbalanced = good.replace("END PRIVATE", "END EC PRIVATE");
    let certificate = good.replace("PRIVATE KEY", "CERTIFICATE");
    let bad = [
        "",
        "x",
        "-----BEGIN PRIVATE KEY-----",
        &twice,
        &before,
        &after,
        &cut,
        &header,
        &mislabelled,
        &unbalanced,
        &certificate,
        pem!("rsa-2048-public"),
        pem!("p256-encrypted"),
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
    ];
    for text in bad {
        let error = PrivateKey::from_pem(text).unwrap_err();
        assert!(matches!(error, KeyError::Pem(_)), "{text}: {error}");
    }
    assert!(matches!(PrivateKey::from_pem(b"\xff"), Err(KeyError::Pem(_))));
    assert!(PrivateKey::from_pem(pem!("p256-encrypted")).unwrap_err().to_string().contains("encrypted"));
    assert!(PrivateKey::from_pem(format!("\n {good} \r\n")).is_ok());
}

#[test]
fn a214_bytes_after_the_key_are_refused() {
    use base64::Engine as _;
    for pem in [pem!("rsa-2048"), pem!("rsa-2048-pkcs1"), pem!("p256"), pem!("p256-sec1"), pem!("ed25519")] {
        let lines = pem.lines().collect::<Vec<_>>();
        let [first, body @ .., last] = lines.as_slice() else { panic!("{pem}") };
        let engine = base64::engine::general_purpose::STANDARD;
        let mut der = engine.decode(body.concat()).unwrap();
        der.push(0);
        let spoiled = format!("{first}\n{}\n{last}\n", engine.encode(&der));
        assert!(matches!(PrivateKey::from_pem(&spoiled), Err(KeyError::Pem(_))), "{first}");
        der.truncate(der.len() - 2);
        let spoiled = format!("{first}\n{}\n{last}\n", engine.encode(&der));
        assert!(PrivateKey::from_pem(&spoiled).is_err(), "{first}");
    }
}

#[test]
fn a215_unsafe_key_ids_and_keys_for_encryption_never_sign() {
    let key = PrivateKey::generate(Algorithm::EdDsa).unwrap();
    let long = "x".repeat(256);
    for bad in [
        "", "../k", "a/../b", "..", "a/..", ".", "a\r\nb", "a\nb", "a\0", "a\"b", "a\\b", "\u{85}",
        "\u{2028}", &long,
    ] {
        assert_eq!(key.clone().with_key_id(bad).err(), Some(KeyError::BadKeyId), "{bad:?}");
        assert!(changed("OKP", json!({"kid": bad})).is_err(), "{bad:?}");
    }
    for good in ["1", "a..b", "https://vault.example.net/keys/a/1", "é", "a b", &"x".repeat(255)] {
        let named = key.clone().with_key_id(good).unwrap();
        assert_eq!((named.key_id().as_str(), named.public().key_id()), (good, Some(named.key_id())));
    }
    assert_eq!(changed("OKP", json!({"use": "enc"})).err(), Some(KeyError::NotForSignatures("use")));
    assert_eq!(
        changed("OKP", json!({"key_ops": ["verify"]})).err(),
        Some(KeyError::NotForSignatures("key_ops"))
    );
    assert!(changed("OKP", json!({"key_ops": "sign"})).is_err());
    assert!(changed("OKP", json!({"key_ops": ["sign", 1]})).is_err());
    assert!(changed("OKP", json!({"use": "sig", "key_ops": ["sign"], "kid": "k"})).is_ok());
}

#[test]
fn a217_nonces_do_not_repeat() {
    let key = PrivateKey::from_pem(pem!("p256")).unwrap();
    let first_half = |_| key.sign(b"the same message").unwrap().as_ref()[..32].to_vec();
    let seen = (0..2_000).map(first_half).collect::<std::collections::HashSet<_>>();
    assert_eq!(seen.len(), 2_000);
}

#[test]
fn a219_nothing_private_is_published_or_printed() {
    for row in vectors() {
        let mut jwk = row["jwk"].clone();
        jwk["privateKey"] = json!("secret");
        let key = PrivateKey::from_jwk_value(&jwk).unwrap();
        let set = JwkSet::new([key.public().clone()]).unwrap();
        let published: Value = serde_json::from_str(&set.to_json()).unwrap();
        let mut members = published["keys"][0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        members.sort();
        let expected = match jwk["kty"].as_str().unwrap() {
            "RSA" => ["alg", "e", "kid", "kty", "n", "use"].as_slice(),
            "EC" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            _ => &["alg", "crv", "kid", "kty", "use", "x"],
        };
        assert_eq!(members, expected);
        for name in expected.iter().filter(|name| jwk.get(**name).is_some()) {
            assert_eq!(published["keys"][0][*name], jwk[*name], "{name}");
        }
        let shown = format!("{key:?} {:?} {:?}", key.public(), key.sign(b"x").unwrap());
        assert!(!shown.contains(jwk["d"].as_str().unwrap()));
        assert!(shown.starts_with(&format!("PrivateKey({} ", key.algorithm())));
    }
}
