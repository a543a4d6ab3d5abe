//! Text to tokens.
//!
//! Okta's language has no escapes in strings (`"\"` is one backslash) and no comments; a quote inside its own kind is
//! doubled. Integers are Java's: 32 bits unless an `L` follows.

use std::borrow::Cow;

use super::error::{ErrorKind, Fallible, Fault, Span};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'s> {
    Integer { value: i64, long: bool },
    Real(f64),
    Text(Cow<'s, str>),
    Word(&'s str),
    Symbol(Symbol),
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Colon,
    Dot,
    SafeDot,
    Question,
    Elvis,
    Arrow,
    /// `![`, the end of `.![`
    Project,
    /// `?[`
    SelectAll,
    /// `^[`
    SelectFirst,
    /// `$[`
    SelectLast,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    Bang,
    EqualEqual,
    BangEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    AndAnd,
    OrOr,
}

/// Longest first, so that `?:` is not read as `?` and `:`.
const SYMBOLS: [(&str, Symbol); 32] = [
    ("?:", Symbol::Elvis),
    ("?.", Symbol::SafeDot),
    ("?[", Symbol::SelectAll),
    ("![", Symbol::Project),
    ("^[", Symbol::SelectFirst),
    ("$[", Symbol::SelectLast),
    ("=>", Symbol::Arrow),
    ("==", Symbol::EqualEqual),
    ("!=", Symbol::BangEqual),
    ("<=", Symbol::LessEqual),
    (">=", Symbol::GreaterEqual),
    ("&&", Symbol::AndAnd),
    ("||", Symbol::OrOr),
    ("(", Symbol::OpenParen),
    (")", Symbol::CloseParen),
    ("[", Symbol::OpenBracket),
    ("]", Symbol::CloseBracket),
    ("{", Symbol::OpenBrace),
    ("}", Symbol::CloseBrace),
    (",", Symbol::Comma),
    (":", Symbol::Colon),
    (".", Symbol::Dot),
    ("?", Symbol::Question),
    ("+", Symbol::Plus),
    ("-", Symbol::Minus),
    ("*", Symbol::Star),
    ("/", Symbol::Slash),
    ("%", Symbol::Percent),
    ("^", Symbol::Caret),
    ("!", Symbol::Bang),
    ("<", Symbol::Less),
    (">", Symbol::Greater),
];

impl Symbol {
    pub(super) fn as_str(self) -> &'static str {
        SYMBOLS.iter().find(|(_, symbol)| *symbol == self).map_or("", |(text, _)| text)
    }
}

/// Reads one token at a time; a copy is a bookmark.
#[derive(Clone, Copy)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Lexer<'s> {
        Lexer { source, at: 0 }
    }

    /// The next token and its place; [`Token::End`] at the end, again and again.
    pub(super) fn next(&mut self) -> Fallible<(Token<'s>, Span)> {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        let start = self.at;
        let token = match self.byte(0) {
            None => Token::End,
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.word(),
            Some(b'$') if self.byte(1).is_some_and(is_word) => self.word(),
            Some(b'0'..=b'9') => self.number()?,
            Some(quote @ (b'"' | b'\'')) => self.text(quote)?,
            Some(_) => self.symbol()?,
        };
        Ok((token, Span::new(start, self.at)))
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at + ahead).copied()
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.byte(0).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn since(&self, start: usize) -> &'s str {
        self.source.get(start..self.at).unwrap_or_default()
    }

    fn fault(&self, kind: ErrorKind, start: usize, message: impl Into<String>) -> Box<Fault> {
        Fault::new(kind, message).at(Span::new(start, self.at))
    }

    fn word(&mut self) -> Token<'s> {
        let start = self.at;
        self.skip(is_word);
        Token::Word(self.since(start))
    }

    /// Whole text between quotes; a doubled quote stands for itself.
    fn text(&mut self, quote: u8) -> Fallible<Token<'s>> {
        let start = self.at;
        let mut doubled = false;
        self.at += 1;
        loop {
            self.skip(|byte| byte != quote);
            if self.byte(0).is_none() {
                return Err(self.fault(ErrorKind::Parse, start, "this text has no closing quote"));
            }
            self.at += 1;
            if self.byte(0) != Some(quote) {
                break;
            }
            doubled = true;
            self.at += 1;
        }
        let inside = self.source.get(start + 1..self.at - 1).unwrap_or_default();
        Ok(Token::Text(match (doubled, quote) {
            (false, _) => Cow::Borrowed(inside),
            (true, b'"') => Cow::Owned(inside.replace("\"\"", "\"")),
            (true, _) => Cow::Owned(inside.replace("''", "'")),
        }))
    }

    fn number(&mut self) -> Fallible<Token<'s>> {
        let start = self.at;
        let hex = self.byte(0) == Some(b'0') && matches!(self.byte(1), Some(b'x' | b'X'));
        if hex {
            self.at += 2;
            self.skip(|byte| byte.is_ascii_hexdigit());
            let digits = self.source.get(start + 2..self.at).unwrap_or_default();
            return self.integer(start, i64::from_str_radix(digits, 16).ok());
        }
        self.skip(|byte| byte.is_ascii_digit());
        // A dot belongs to the number only before a digit: `1.toInteger()` is a call on the integer 1.
        let fraction = self.byte(0) == Some(b'.') && self.byte(1).is_some_and(|byte| byte.is_ascii_digit());
        if fraction {
            self.at += 1;
            self.skip(|byte| byte.is_ascii_digit());
        }
        let exponent = self.exponent();
        let digits = self.since(start);
        let suffix = matches!(self.byte(0), Some(b'd' | b'D' | b'f' | b'F'));
        if !(fraction || exponent || suffix) {
            return self.integer(start, digits.parse().ok());
        }
        self.at += usize::from(suffix);
        self.end_of_number(start)?;
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Token::Real(value)),
            _ => Err(self.fault(ErrorKind::Parse, start, "this number is too large")),
        }
    }

    /// Takes `e`, a sign and digits, if all of that is there.
    fn exponent(&mut self) -> bool {
        if !matches!(self.byte(0), Some(b'e' | b'E')) {
            return false;
        }
        let sign = usize::from(matches!(self.byte(1), Some(b'+' | b'-')));
        if !self.byte(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
            return false;
        }
        self.at += 1 + sign;
        self.skip(|byte| byte.is_ascii_digit());
        true
    }

    /// The suffix of an integer, and its range.
    fn integer(&mut self, start: usize, value: Option<i64>) -> Fallible<Token<'s>> {
        let long = matches!(self.byte(0), Some(b'l' | b'L'));
        self.at += usize::from(long);
        self.end_of_number(start)?;
        match value {
            Some(value) if long || value <= i64::from(i32::MAX) => Ok(Token::Integer { value, long }),
            Some(_) => {
                let message = "this integer needs more than 32 bits: put `L` behind it";
                Err(self.fault(ErrorKind::Parse, start, message))
            }
            None => Err(self.fault(ErrorKind::Parse, start, "this is not an integer of at most 64 bits")),
        }
    }

    /// Refuses `12ab`, which would otherwise read as two tokens.
    fn end_of_number(&mut self, start: usize) -> Fallible<()> {
        if !self.byte(0).is_some_and(is_word) {
            return Ok(());
        }
        self.skip(is_word);
        Err(self.fault(ErrorKind::Parse, start, format!("`{}` is not a number", self.since(start))))
    }

    fn symbol(&mut self) -> Fallible<Token<'s>> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        if let Some((length, kind, message)) = refused(rest) {
            let start = self.at;
            self.at += length;
            return Err(self.fault(kind, start, message));
        }
        for (text, symbol) in SYMBOLS {
            if rest.starts_with(text) {
                self.at += text.len();
                return Ok(Token::Symbol(symbol));
            }
        }
        let start = self.at;
        let odd = rest.chars().next().unwrap_or_default();
        self.at += odd.len_utf8();
        let message = match odd {
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{ab}'
            | '\u{bb}' | '`' => "typographic quotes do not quote: use \" or '".to_owned(),
            odd if odd.is_whitespace() || odd.is_control() => {
                format!("the character U+{:04X} is not a blank that may stand here", u32::from(odd))
            }
            '&' => "`&` is no operator: use `&&`".to_owned(),
            '|' => "`|` is no operator: use `||`".to_owned(),
            odd => format!("unknown character `{odd}`"),
        };
        Err(self.fault(ErrorKind::Parse, start, message))
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

/// What looks like a symbol but is none: Spring's operators that Okta excludes, and common slips.
fn refused(rest: &str) -> Option<(usize, ErrorKind, &'static str)> {
    use ErrorKind::{Parse, Unsupported};
    const REFUSED: [(&str, ErrorKind, &str); 9] = [
        ("==>", Parse, "`==>` is no operator: use `==` to compare, `=>` for a function of one parameter"),
        ("===", Parse, "`===` is no operator: use `==`"),
        ("!==", Parse, "`!==` is no operator: use `!=`"),
        ("++", Unsupported, "the increment operator is not part of the language"),
        ("--", Unsupported, "the decrement operator is not part of the language"),
        ("@", Unsupported, "references to beans are not part of the language"),
        ("#", Unsupported, "references to variables and functions by `#` are not part of the language"),
        ("=", Unsupported, "assignment is not part of the language: use `==` to compare"),
        (";", Parse, "there are no statements: an expression has no `;`"),
    ];
    let legal = ["==", "=>"].iter().any(|symbol| rest.starts_with(symbol));
    let found = REFUSED.iter().find(|(text, ..)| rest.starts_with(text) && !(legal && text.len() == 1))?;
    Some((found.0.len(), found.1, found.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(source: &str) -> Result<Vec<Token<'_>>, ErrorKind> {
        let (mut lexer, mut tokens) = (Lexer::new(source), Vec::new());
        loop {
            match lexer.next() {
                Ok((Token::End, _)) => return Ok(tokens),
                Ok((token, _)) => tokens.push(token),
                Err(fault) => return Err(fault.kind),
            }
        }
    }

    fn text(text: &str) -> Token<'_> {
        Token::Text(text.into())
    }

    fn integer(value: i64) -> Token<'static> {
        Token::Integer { value, long: false }
    }

    #[test]
    fn a_backslash_is_an_ordinary_character() {
        assert_eq!(all(r#""\""#), Ok(vec![text("\\")]));
        assert_eq!(all(r#""XDOMAIN\" + 'a\nb'"#).map(|tokens| tokens.len()), Ok(3));
    }

    #[test]
    fn a_doubled_quote_stands_for_itself() {
        assert_eq!(all("'It''s'"), Ok(vec![text("It's")]));
        assert_eq!(all(r#""""""#), Ok(vec![text("\"")]));
        assert_eq!(all(r#"""""#), Err(ErrorKind::Parse));
        assert_eq!(all(r#""""a""""#), Ok(vec![text("\"a\"")]));
        assert_eq!(all(r#""say 'hi'" '' """#), Ok(vec![text("say 'hi'"), text(""), text("")]));
    }

    #[test]
    fn numbers() {
        assert_eq!(
            all("1 0x1F 5L"),
            Ok(vec![integer(1), integer(31), Token::Integer { value: 5, long: true }])
        );
        assert_eq!(
            all("3.25 1e3 1.5e-2 2d 2.5F"),
            Ok([3.25, 1e3, 1.5e-2, 2.0, 2.5].map(Token::Real).to_vec())
        );
        assert_eq!(
            all("1.toInteger"),
            Ok(vec![integer(1), Token::Symbol(Symbol::Dot), Token::Word("toInteger")])
        );
        assert_eq!(all("2147483647"), Ok(vec![integer(2_147_483_647)]));
        for wrong in
            ["2147483648", "0x", "0xFFFFFFFF", "9223372036854775808L", "12ab", "1e", "1e999", "1_000"]
        {
            assert_eq!(all(wrong), Err(ErrorKind::Parse), "{wrong}");
        }
    }

    #[test]
    fn longest_match() {
        assert_eq!(
            all("?:?.?["),
            Ok([Symbol::Elvis, Symbol::SafeDot, Symbol::SelectAll].map(Token::Symbol).to_vec())
        );
        assert_eq!(all("$[$a"), Ok(vec![Token::Symbol(Symbol::SelectLast), Token::Word("$a")]));
        assert_eq!(all("==>"), Err(ErrorKind::Parse));
        assert_eq!(all("= >"), Err(ErrorKind::Unsupported));
        for (text, symbol) in SYMBOLS {
            assert_eq!(all(text), Ok(vec![Token::Symbol(symbol)]));
        }
    }

    #[test]
    fn spans_are_bytes() {
        let mut lexer = Lexer::new("'ä' == x");
        assert_eq!(lexer.next().map(|(_, span)| span), Ok(Span::new(0, 4)));
        assert_eq!(lexer.next().map(|(_, span)| span), Ok(Span::new(5, 7)));
    }
}
