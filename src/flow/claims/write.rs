//! A JSON object, written member by member.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::types::push_json_string;

/// Names are given as they stand in the text, `"name":`, because they are known before the request.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Writes on at the end of a finished object.
    pub(super) fn reopen(mut object: Vec<u8>) -> Self {
        object.pop();
        Self(object)
    }

    /// Names are constants mostly, and written best where they are known.
    /// Begins a member; the caller appends its value to what this answers.
    pub(super) fn name(&mut self, name: &str) -> &mut Vec<u8> {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.0.extend_from_slice(name.as_bytes());
        &mut self.0
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        push_json_string(self.name(name), value);
    }

    pub(super) fn number(&mut self, name: &str, value: i64) {
        // Writing a number to memory does not fail.
        let _ = serde_json::to_writer(self.name(name), &value);
    }

    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.name(name).extend_from_slice(if value { b"true" } else { b"false" });
    }

    pub(super) fn list<'v>(&mut self, name: &str, values: impl IntoIterator<Item = &'v str>) {
        let out = self.name(name);
        let mut before = b'[';
        for value in values {
            out.push(before);
            push_json_string(out, value);
            before = b',';
        }
        if before == b'[' {
            out.push(b'[');
        }
        out.push(b']');
    }

    /// `jti`: what kind of token it is, a dot, 43 characters of base64url, and a suffix of the same kind.
    pub(super) fn token_id(&mut self, kind: &str, id: &[u8; 32], suffix: &str) {
        let mut text = [0; 43];
        let _ = URL_SAFE_NO_PAD.encode_slice(id, &mut text);
        let out = self.name(r#""jti":""#);
        out.extend_from_slice(kind.as_bytes());
        out.push(b'.');
        out.extend_from_slice(&text);
        out.extend_from_slice(suffix.as_bytes());
        out.push(b'"');
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'{');
        }
        self.0.push(b'}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_and_written_on() {
        let mut out = Writer::with_capacity(0);
        out.text(r#""a":"#, "x\"y");
        out.list(r#""b":"#, []);
        out.list(r#""c":"#, ["1", "2"]);
        let mut out = Writer::reopen(out.finish());
        out.number(r#""d":"#, -1);
        out.flag(r#""e":"#, true);
        assert_eq!(out.finish(), br#"{"a":"x\"y","b":[],"c":["1","2"],"d":-1,"e":true}"#);
        assert_eq!(Writer::with_capacity(0).finish(), b"{}");
    }
}
