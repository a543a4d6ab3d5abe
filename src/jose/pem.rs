//! PEM text of private keys (RFC 7468): what surrounds the key, and the SEC 1 form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::KeyError;

/// The form of the key in the one block that the text holds.
pub(super) enum Block<'a> {
    /// PKCS#8 (RFC 5958) of any kind of key, or PKCS#1 (RFC 8017 §A.1.2) of an RSA key: the text, which
    /// `jsonwebtoken`'s reader reads.
    Pkcs(&'a str),
    /// SEC 1 (RFC 5915): the DER.
    Sec1(Zeroizing<Vec<u8>>),
}

/// Finds the one private key in the text and refuses everything else around it: text before or
/// after, a second block, bytes after the key. A key file that holds more than a key has been
/// tampered with or is the wrong file.
pub(super) fn read(text: &[u8]) -> Result<Block<'_>, KeyError> {
    let text = std::str::from_utf8(text).map_err(|_| KeyError::Pem("not ASCII text"))?.trim_ascii();
    let (label, body, rest) = block(text)?;
    // `openssl ecparam -genkey` writes the curve's name in a block of its own first.
    if label == "EC PARAMETERS" {
        let (label, body, after) = block(rest.trim_ascii())?;
        return if label == "EC PRIVATE KEY" && after.is_empty() {
            Ok(Block::Sec1(decode(body)?))
        } else {
            Err(KeyError::Pem("the parameters must be followed by one EC private key"))
        };
    }
    if !rest.is_empty() {
        return Err(KeyError::Pem("there is text after the key"));
    }
    if label == "ENCRYPTED PRIVATE KEY" || body.contains("Proc-Type:") {
        return Err(KeyError::Pem("the key is encrypted, decrypt it first"));
    }
    let der = decode(body)?;
    match label {
        "EC PRIVATE KEY" => Ok(Block::Sec1(der)),
        "PRIVATE KEY" | "RSA PRIVATE KEY" => {
            let whole = element(&der, 0x30).is_some_and(|(_, rest)| rest.is_empty());
            if whole {
                Ok(Block::Pkcs(text))
            } else {
                Err(KeyError::Pem("the key is cut or has bytes after it"))
            }
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Err(KeyError::Pem("the key is a public one")),
        _ => Err(KeyError::Pem("the block is of another kind")),
    }
}

/// Splits off the first block: its label, its base64, and what follows.
fn block(text: &str) -> Result<(&str, &str, &str), KeyError> {
    let no_begin = KeyError::Pem("it must start with `-----BEGIN …-----`");
    let (label, text) =
        text.strip_prefix("-----BEGIN ").and_then(|text| text.split_once("-----")).ok_or(no_begin)?;
    let (body, rest) = text
        .split_once("-----END ")
        .and_then(|(body, end)| Some((body, end.strip_prefix(label)?.strip_prefix("-----")?)))
        .ok_or(KeyError::Pem("the END line is missing or does not match"))?;
    Ok((label, body, rest))
}

fn decode(body: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    STANDARD.decode(&*text).map(Zeroizing::new).map_err(|_| KeyError::Pem("not base64"))
}

/// The private and the public part of a P-256 key in SEC 1 form:
/// `SEQUENCE { 1, OCTET STRING, [0] curve OPTIONAL, [1] BIT STRING OPTIONAL }`.
///
/// A key without the field `[0]` is taken for P-256; whether the parts are such a pair is checked when
/// they are used.
pub(super) fn p256_parts(der: &[u8]) -> Result<(&[u8], &[u8]), KeyError> {
    const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let malformed = || KeyError::Pem("not an EC private key of SEC 1");
    let (key, []) = element(der, 0x30).ok_or_else(malformed)? else { return Err(malformed()) };
    let ([1], key) = element(key, 0x02).ok_or_else(malformed)? else { return Err(malformed()) };
    let (private, key) = element(key, 0x04).ok_or_else(malformed)?;
    let (curve, key) = element(key, 0xa0).unwrap_or((P256, key));
    if curve != P256 {
        return Err(KeyError::Pem("the EC key is not on P-256, or does not name its curve"));
    }
    let missing = KeyError::Pem("the EC key lacks its public part (write it with `openssl ec`)");
    let (public, rest) = element(key, 0xa1).ok_or(missing)?;
    match element(public, 0x03) {
        // The first byte counts the bits that are not used.
        Some(([0, point @ ..], [])) if rest.is_empty() => Ok((private, point)),
        _ => Err(malformed()),
    }
}

/// The modulus and the exponent of an RSA key in PKCS#1 form, big-endian without leading zeros:
/// `SEQUENCE { 0, n, e, … }`. `ring` reads them too, but does not say which of them it dislikes.
pub(super) fn rsa_public(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (key, _) = element(der, 0x30)?;
    let (_, key) = element(key, 0x02)?;
    let (n, key) = element(key, 0x02)?;
    let (e, _) = element(key, 0x02)?;
    Some((n.strip_prefix(&[0]).unwrap_or(n), e.strip_prefix(&[0]).unwrap_or(e)))
}

/// The contents of the DER element at the start of `der`, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der.strip_prefix(&[tag])? {
        [length @ 0..=0x7f, rest @ ..] => (usize::from(*length), rest),
        [0x81, length @ 0x80..=0xff, rest @ ..] => (usize::from(*length), rest),
        [0x82, high @ 1..=0xff, low, rest @ ..] => (usize::from(*high) << 8 | usize::from(*low), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}
