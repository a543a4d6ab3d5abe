use super::*;
use crate::jose::PrivateKey;

#[test]
fn what_we_sign_verifies() {
    let rsa = PrivateKey::from_pem(include_bytes!("../../../tests/data/keys/rsa-2048.pem")).unwrap();
    let keys = [
        rsa,
        PrivateKey::generate(Algorithm::Es256).unwrap(),
        PrivateKey::generate(Algorithm::EdDsa).unwrap(),
    ];
    for key in &keys {
        let token = sign_compact(key, None, br#"{"sub":"a"}"#).unwrap();
        let parts = split(&token).unwrap();
        assert_eq!(parts.header().key_id(), Some(key.key_id()));
        assert_eq!(verify(&parts, key.public()), Ok(()));
        for other in keys.iter().filter(|other| other.key_id() != key.key_id()) {
            assert!(verify(&parts, other.public()).is_err());
        }
    }
}
