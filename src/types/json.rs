//! JSON from outside, read strictly; and strings written quickly.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Text that is not strict JSON, with the place where reading stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub struct JsonError {
    line: usize,
    column: usize,
    message: String,
}

impl JsonError {
    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in bytes, from 1 (0: the line has not begun).
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// Reads one JSON value that fills the whole text.
///
/// Stricter than `serde_json`: an object that names a member twice is refused, also where the two
/// spellings differ by escapes (RFC 8259 §4 leaves the meaning open, and RFC 7515 §4 demands the
/// refusal for a JWS header), and a byte order mark is an error that says so. Values nest at
/// most 127 deep.
///
/// # Errors
/// [`JsonError`] at the first mistake.
pub(crate) fn parse_strict(text: &[u8]) -> Result<Value, JsonError> {
    if text.starts_with(b"\xEF\xBB\xBF") {
        let message = "the text starts with a byte order mark: save it as UTF-8 without one".to_owned();
        return Err(JsonError { line: 1, column: 1, message });
    }
    // Two passes: the first only looks for repeated names, the second builds the value. One pass
    // that builds the value itself would misread every number if some other crate of the host
    // turned on `serde_json/arbitrary_precision`.
    let mut reader = serde_json::Deserializer::from_slice(text);
    UniqueNames.deserialize(&mut reader).and_then(|()| reader.end()).map_err(place)?;
    serde_json::from_slice(text).map_err(place)
}

/// Appends a JSON string.
pub(crate) fn push_json_string(out: &mut Vec<u8>, text: &str) {
    // Almost every string of a token needs no escape.
    if !is_plain(text.as_bytes()) {
        // Writing a string to memory does not fail.
        let _ = serde_json::to_writer(out, text);
        return;
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Whether a JSON string can hold the bytes as they are. Eight are looked at at once.
fn is_plain(bytes: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    // The top bit of a byte, if any byte of the word is less than `bound`, which is at most 128.
    let any_below = |word: u64, bound: u64| word.wrapping_sub(ONES.wrapping_mul(bound)) & !word & TOPS;
    let any_is = |word: u64, byte: u8| any_below(word ^ ONES.wrapping_mul(u64::from(byte)), 1);
    let (words, rest) = bytes.as_chunks::<8>();
    let plain = |word: &[u8; 8]| {
        let word = u64::from_ne_bytes(*word);
        any_below(word, 0x20) | any_is(word, b'"') | any_is(word, b'\\') == 0
    };
    words.iter().all(plain) && rest.iter().all(|byte| *byte >= 0x20 && !matches!(byte, b'"' | b'\\'))
}

fn place(error: serde_json::Error) -> JsonError {
    let (line, column) = (error.line(), error.column());
    let mut message = error.to_string();
    if let Some(at) = message.rfind(" at line ") {
        message.truncate(at);
    }
    JsonError { line, column, message }
}

/// Visits a value and keeps nothing of it.
struct UniqueNames;

impl<'de> DeserializeSeed<'de> for UniqueNames {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueNames {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(Name(name)) = members.next_key()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format_args!(
                    "the member `{}` is repeated",
                    name.escape_debug()
                )));
            }
            names.insert(name);
            members.next_value_seed(UniqueNames)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(UniqueNames)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A member's name, borrowed from the text unless it holds escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse_strict(text.as_bytes()).unwrap_err().to_string()
    }

    proptest::proptest! {
        #[test]
        fn strings_are_written_as_serde_json_writes_them(
            text in "([ -~]{0,20}[\"\\\\\\x00-\\x1f\\x7f-\\xff€]?){0,3}",
        ) {
            let mut out = Vec::new();
            push_json_string(&mut out, &text);
            proptest::prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn values_are_read_whole() {
        let text = r#"{"a":[1,-2,2.5,1e3,true,null,"x\u0041"],"b":{"a":{}},"n":18446744073709551615}"#;
        assert_eq!(parse_strict(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(parse_strict(b" 1 ").unwrap(), Value::from(1));
    }

    #[test]
    fn repeated_members_are_refused_with_their_place() {
        let error = parse_strict(b"{\"a\":1,\n \"b\":[{\"x\":1, \"x\":2}]}").unwrap_err();
        assert_eq!((error.line(), error.message()), (2, "the member `x` is repeated"));
        assert_eq!(refusal(r#"{"a":1,"\u0061":2}"#), "the member `a` is repeated at line 1, column 15");
        assert!(parse_strict(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        assert!(refusal("\u{feff}{}").contains("byte order mark"));
        assert_eq!(refusal("{} x"), "trailing characters at line 1, column 4");
        for bad in ["", "{", "{'a':1}", "[1,]", "NaN", "01", "\"\\ud800\"", "\"a\nb\"", "{\"a\":1e999}"] {
            assert!(parse_strict(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(parse_strict(b"\"\xff\"").is_err());
        assert!(parse_strict(b"{\"\xff\":1}").is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse_strict(nested(127).as_bytes()).is_ok());
        assert!(refusal(&nested(128)).starts_with("recursion limit exceeded"));
        assert!(parse_strict(nested(100_000).as_bytes()).is_err());
    }
}
