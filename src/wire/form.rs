//! `application/x-www-form-urlencoded` bodies (RFC 6749 appendix B).

use std::borrow::Cow;

use crate::error::Refusal;

/// The parameters of a form body or a query string, decoded, in order. Also for the forms of a host's own
/// pages, if each of their fields has a name of its own.
#[derive(Clone, Default)]
pub struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// More parameters than any request needs.
const MAX_PARAMETERS: usize = 256;

/// Parameters that may be sent more than once (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: &[&str] = &["resource", "audience"];

impl<'a> Form<'a> {
    /// Reads a form.
    ///
    /// # Errors
    /// [`Refusal::NotAForm`] for what is not percent-encoded UTF-8 or has more than 256
    /// parameters, [`Refusal::DuplicateParameters`] for a parameter that is sent twice
    /// (RFC 6749 §3.2; `resource` and `audience` may be).
    pub fn parse(text: &'a [u8]) -> Result<Self, Refusal> {
        let form = Self::read(text)?;
        let names = form.repeated(REPEATABLE);
        if names.is_empty() { Ok(form) } else { Err(Refusal::DuplicateParameters { names }) }
    }

    /// The same with repeated parameters left in, for [`Form::repeated`] to tell.
    pub(crate) fn read(text: &'a [u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(text).map_err(|_| Refusal::NotAForm)?;
        let mut form = Self(Vec::with_capacity(8));
        for pair in Pairs(text) {
            if form.0.len() == MAX_PARAMETERS {
                return Err(Refusal::NotAForm);
            }
            let equals = pair.bytes().position(|byte| byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at_checked(equals).unwrap_or((pair, ""));
            let value = value.get(1..).unwrap_or("");
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                return Err(Refusal::NotAForm);
            };
            form.0.push((name, value));
        }
        Ok(form)
    }

    /// Parameters that are known already, decoded.
    pub(crate) fn of(parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Self {
        Self(parameters)
    }

    /// Every parameter, in order, those without a value included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The names that stand here more than once, each once, but those that may.
    pub(crate) fn repeated(&self, repeatable: &[&str]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (place, (name, _)) in self.0.iter().enumerate() {
            let before = self.0.get(..place).unwrap_or(&[]);
            let repeated = before.iter().any(|(earlier, _)| earlier == name);
            if repeated && !repeatable.contains(&&**name) && !names.iter().any(|known| known == name) {
                names.push(name.clone().into_owned());
            }
        }
        names
    }

    /// The value of one parameter of a query string in which others may be anything.
    pub(crate) fn one_of(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
        query.split('&').find_map(|pair| {
            let (known, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(known)? == name).then(|| decode(value))?
        })
    }

    /// The value of a parameter. One without a value counts as absent (RFC 6749 §3.2).
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| &**value)
    }

    /// The same, to be kept: borrowed from the request where nothing had to be decoded.
    pub(crate) fn take(&self, name: &str) -> Option<Cow<'a, str>> {
        let found = self.0.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    }

    /// Every value of a parameter that may be repeated.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.0
            .iter()
            .filter(move |(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| &**value)
    }

    /// Whether the parameter was sent, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

impl std::fmt::Debug for Form<'_> {
    /// Names only: values can be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The parts between ampersands that are not empty. Short as they are, looking at each byte is
/// quicker than the searches that `str::split` is made for.
struct Pairs<'a>(&'a str);

impl<'a> Iterator for Pairs<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.0.is_empty() {
            let end = self.0.bytes().position(|byte| byte == b'&').unwrap_or(self.0.len());
            let (pair, rest) = self.0.split_at_checked(end)?;
            self.0 = rest.get(1..).unwrap_or("");
            if !pair.is_empty() {
                return Some(pair);
            }
        }
        None
    }
}

/// Percent-decoding with `+` as a space. `None` for a `%` without two hex digits, for what is not
/// UTF-8, and for a NUL, which no parameter has an honest use for.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    // All bytes, whatever the first ones are: many at once, that is.
    if !text.bytes().fold(false, |found, b| found | matches!(b, b'%' | b'+' | 0)) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            other => other,
        });
    }
    if out.contains(&0) {
        return None;
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

/// Percent-encodes everything but RFC 3986's unreserved characters, so that the text means the same in
/// a query, in a fragment and in a form, whoever decodes it.
pub(crate) fn push_encoded(out: &mut String, text: &str) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_finds() {
        let form = Form::parse(b"grant_type=client_credentials&scope=a+b%20c&empty=&flag").unwrap();
        assert_eq!(form.get("scope"), Some("a b c"));
        assert_eq!((form.get("empty"), form.has("empty"), form.has("flag")), (None, true, true));
        assert_eq!(form.get("nothing"), None);
    }

    #[test]
    fn a_parameter_is_sent_once() {
        let twice = Form::parse(b"scope=a&x=1&scope=a").unwrap_err();
        assert_eq!(twice, Refusal::DuplicateParameters { names: vec!["scope".into()] });
        let form = Form::parse(b"resource=a&resource=b").unwrap();
        assert_eq!(form.all("resource").collect::<Vec<_>>(), ["a", "b"]);
        // No magic in names or separators.
        let form = Form::parse(b"a[]=1&a[]=2&b=1;c=2");
        assert!(form.is_err());
        assert_eq!(Form::parse(b"b=1;c=2").unwrap().get("b"), Some("1;c=2"));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for bad in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"\xff=1", b"a=%00", b"%00=1"] {
            assert_eq!(Form::parse(bad).unwrap_err(), Refusal::NotAForm, "{bad:?}");
        }
        let at: String = (0..MAX_PARAMETERS).map(|i| format!("p{i}=1&")).collect();
        assert!(Form::parse(at.as_bytes()).is_ok());
        assert!(Form::parse(format!("{at}one=more").as_bytes()).is_err());
    }

    #[test]
    fn what_is_encoded_reads_back() {
        let every: String = (1..0x180).filter_map(char::from_u32).chain(['\u{2028}', '\u{10FFFF}']).collect();
        let mut encoded = String::new();
        push_encoded(&mut encoded, &every);
        assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
        assert_eq!(decode(&encoded).as_deref(), Some(&*every));
    }

    #[test]
    fn debug_shows_no_values() {
        assert_eq!(format!("{:?}", Form::parse(b"client_secret=hush").unwrap()), "[\"client_secret\"]");
    }
}
