//! Tokens to the tree, by precedence climbing.
//!
//! Two bounds keep the stack small, here and in everything that walks the tree later: `depth` counts what the parser
//! is inside of, and each node's `height` counts what is below it.

use super::ast::{Expr, Kind, Level, Link, LinkKind, Operator, Prefix, Which};
use super::error::{ErrorKind, Fallible, Fault, Span};
use super::lex::{Lexer, Symbol, Token};

/// Parses a whole expression that nests at most `limit` deep.
pub(super) fn parse(source: &str, limit: u16) -> Fallible<Expr<'_>> {
    let mut lexer = Lexer::new(source);
    let (token, span) = lexer.next()?;
    let mut parser = Parser { lexer, token, span, previous: Span::default(), depth: 0, limit };
    if parser.token == Token::End {
        return Err(Fault::new(ErrorKind::Parse, "the expression is empty").at(span));
    }
    let expr = parser.expression()?;
    match parser.token {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected("the end of the expression")),
    }
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The token in hand, not yet consumed.
    token: Token<'s>,
    span: Span,
    /// Where the last consumed token was.
    previous: Span,
    depth: u16,
    limit: u16,
}

impl<'s> Parser<'s> {
    /// `condition ? a : b`, `a ?: b`, or anything that binds tighter.
    fn expression(&mut self) -> Fallible<Expr<'s>> {
        let start = self.span;
        let first = self.chain(Level::Or)?;
        if self.take(Symbol::Question)? {
            let yes = self.nested(Self::expression)?;
            self.expect(Symbol::Colon, "`:` and the value for the other case")?;
            let no = self.nested(Self::expression)?;
            let height = first.height.max(yes.height).max(no.height);
            return self.node(Kind::Ternary(Box::new([first, yes, no])), start, height);
        }
        if self.take(Symbol::Elvis)? {
            let other = self.nested(Self::expression)?;
            let height = first.height.max(other.height);
            return self.node(Kind::Elvis(Box::new([first, other])), start, height);
        }
        Ok(first)
    }

    /// Operators of `loosest` and all tighter levels.
    fn chain(&mut self, loosest: Level) -> Fallible<Expr<'s>> {
        let start = self.span;
        let mut left = self.prefix()?;
        let mut open = None; // the level of `left`, if it is a chain that may still grow
        while let Some(operator) = self.operator()? {
            let level = operator.level();
            if level < loosest {
                break;
            }
            if open == Some(level) && matches!(level, Level::Relation | Level::Power) {
                let message = "operators of this kind do not follow one another: use parentheses";
                return Err(Fault::new(ErrorKind::Parse, message).at(self.span));
            }
            self.advance()?;
            let right = match level.tighter() {
                Level::Prefix => self.prefix()?,
                tighter => self.nested(|parser| parser.chain(tighter))?,
            };
            let height = left.height.max(right.height);
            left = match left.kind {
                Kind::Chain { first, mut rest } if open == Some(level) => {
                    rest.push((operator, right));
                    self.node(Kind::Chain { first, rest }, start, height.saturating_sub(1))?
                }
                kind => {
                    let first = Box::new(Expr { kind, ..left });
                    self.node(Kind::Chain { first, rest: vec![(operator, right)] }, start, height)?
                }
            };
            open = Some(level);
        }
        Ok(left)
    }

    /// The binary operator in hand, as a symbol or a word in any case.
    fn operator(&self) -> Fallible<Option<Operator>> {
        Ok(Some(match self.token {
            Token::Symbol(symbol) => match symbol {
                Symbol::OrOr => Operator::Or,
                Symbol::AndAnd => Operator::And,
                Symbol::EqualEqual => Operator::Equal,
                Symbol::BangEqual => Operator::NotEqual,
                Symbol::Less => Operator::Less,
                Symbol::LessEqual => Operator::LessEqual,
                Symbol::Greater => Operator::Greater,
                Symbol::GreaterEqual => Operator::GreaterEqual,
                Symbol::Plus => Operator::Add,
                Symbol::Minus => Operator::Subtract,
                Symbol::Star => Operator::Multiply,
                Symbol::Slash => Operator::Divide,
                Symbol::Percent => Operator::Remainder,
                Symbol::Caret => Operator::Power,
                _ => return Ok(None),
            },
            Token::Word(word) => {
                let found = WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
                match found {
                    Some((_, operator)) => *operator,
                    None if ["instanceof", "between"].iter().any(|name| name.eq_ignore_ascii_case(word)) => {
                        let message = format!("`{word}` is not part of the language");
                        return Err(Fault::new(ErrorKind::Unsupported, message).at(self.span));
                    }
                    None => return Ok(None),
                }
            }
            _ => return Ok(None),
        }))
    }

    fn prefix(&mut self) -> Fallible<Expr<'s>> {
        let operator = match self.token {
            Token::Symbol(Symbol::Bang) => Prefix::Not,
            Token::Symbol(Symbol::Minus) => Prefix::Minus,
            Token::Symbol(Symbol::Plus) => Prefix::Plus,
            Token::Word(word) if word.eq_ignore_ascii_case("not") => Prefix::Not,
            _ => return self.path(),
        };
        let start = self.span;
        self.advance()?;
        let operand = Box::new(self.nested(Self::prefix)?);
        let height = operand.height;
        self.node(Kind::Prefix { operator, operand }, start, height)
    }

    /// A value and its links.
    fn path(&mut self) -> Fallible<Expr<'s>> {
        let start = self.span;
        let mut base = self.primary()?;
        let mut height = base.height;
        // `(a.b).c` is `a.b.c`.
        let mut links = match base.kind {
            Kind::Path { base: inner, links } => {
                base = *inner;
                links
            }
            kind => {
                base = Expr { kind, ..base };
                Vec::new()
            }
        };
        while let Some((link, below)) = self.link()? {
            links.push(link);
            height = height.max(below).saturating_add(1);
            self.bound(height)?;
        }
        match links.is_empty() {
            true => Ok(base),
            false => self.node(Kind::Path { base: Box::new(base), links }, start, height.saturating_sub(1)),
        }
    }

    /// The next link of a path and the height of what is inside it.
    fn link(&mut self) -> Fallible<Option<(Link<'s>, u16)>> {
        let safe = match self.token {
            Token::Symbol(Symbol::Dot) => false,
            Token::Symbol(Symbol::SafeDot) => true,
            Token::Symbol(Symbol::OpenBracket) => return self.index(false).map(Some),
            _ => return Ok(None),
        };
        self.advance()?;
        match self.token {
            Token::Word(name) => self.member(name, safe).map(Some),
            Token::Symbol(Symbol::OpenBracket) if safe => self.index(true).map(Some),
            Token::Symbol(Symbol::Project) => self.bracket(safe, LinkKind::Project),
            Token::Symbol(Symbol::SelectAll) => self.bracket(safe, |e| LinkKind::Select(Which::All, e)),
            Token::Symbol(Symbol::SelectFirst) => self.bracket(safe, |e| LinkKind::Select(Which::First, e)),
            Token::Symbol(Symbol::SelectLast) => self.bracket(safe, |e| LinkKind::Select(Which::Last, e)),
            _ => Err(self.unexpected("a name")),
        }
    }

    /// `name` or `name(arguments)` behind a dot.
    fn member(&mut self, name: &'s str, safe: bool) -> Fallible<(Link<'s>, u16)> {
        let span = self.span;
        self.advance()?;
        let (kind, below) = match self.take(Symbol::OpenParen)? {
            true => {
                let (arguments, below) = self.arguments()?;
                (LinkKind::Method { name, arguments }, below)
            }
            false => (LinkKind::Property(name), 0),
        };
        Ok((Link { kind, safe, span, end: self.previous.end }, below))
    }

    fn index(&mut self, safe: bool) -> Fallible<(Link<'s>, u16)> {
        self.bracket(safe, LinkKind::Index)?.ok_or_else(|| self.unexpected("an index"))
    }

    /// The expression in brackets, with its opening token in hand.
    fn bracket(
        &mut self,
        safe: bool,
        kind: impl FnOnce(Box<Expr<'s>>) -> LinkKind<'s>,
    ) -> Fallible<Option<(Link<'s>, u16)>> {
        let start = self.span;
        self.advance()?;
        let inside = self.nested(Self::expression)?;
        self.expect(Symbol::CloseBracket, "`]`")?;
        let (below, end) = (inside.height, self.previous.end);
        Ok(Some((Link { kind: kind(Box::new(inside)), safe, span: start.to(self.previous), end }, below)))
    }

    fn primary(&mut self) -> Fallible<Expr<'s>> {
        let start = self.span;
        let kind = match &mut self.token {
            Token::Integer { value, long } => Kind::Integer { value: *value, long: *long },
            Token::Real(value) => Kind::Real(*value),
            Token::Text(text) => Kind::Text(std::mem::take(text)),
            Token::Word(word) => {
                let word = *word;
                return self.word(word);
            }
            Token::Symbol(Symbol::OpenParen) => return self.parenthesized(),
            Token::Symbol(Symbol::OpenBrace) => return self.braces(),
            _ => return Err(self.unexpected("a value")),
        };
        self.advance()?;
        self.leaf(kind, start)
    }

    fn parenthesized(&mut self) -> Fallible<Expr<'s>> {
        let start = self.span;
        self.advance()?;
        let inside = self.nested(Self::expression)?;
        self.expect(Symbol::CloseParen, "`)`")?;
        Ok(Expr { span: start.to(self.previous), ..inside })
    }

    /// A literal, a name, or a call of a global function.
    fn word(&mut self, word: &'s str) -> Fallible<Expr<'s>> {
        let start = self.span;
        self.advance()?;
        let literal = match word.len() {
            4 if word.eq_ignore_ascii_case("true") => Some(Kind::Bool(true)),
            5 if word.eq_ignore_ascii_case("false") => Some(Kind::Bool(false)),
            4 if word.eq_ignore_ascii_case("null") => Some(Kind::Null),
            _ => None,
        };
        if let Some(literal) = literal {
            return self.leaf(literal, start);
        }
        if word.eq_ignore_ascii_case("new")
            && matches!(self.token, Token::Word(_))
            && self.operator()?.is_none()
        {
            let message = "constructors are not part of the language";
            return Err(Fault::new(ErrorKind::Unsupported, message).at(start));
        }
        if !self.take(Symbol::OpenParen)? {
            return self.leaf(Kind::Name(word), start);
        }
        if word == "T" {
            let message = "references to types are not part of the language";
            return Err(Fault::new(ErrorKind::Unsupported, message).at(start));
        }
        let (arguments, below) = self.arguments()?;
        self.node(Kind::Call { name: word, arguments }, start, below)
    }

    /// Arguments up to the closing parenthesis; the opening one is consumed.
    fn arguments(&mut self) -> Fallible<(Vec<Expr<'s>>, u16)> {
        let (mut arguments, mut below) = (Vec::new(), 0);
        if self.take(Symbol::CloseParen)? {
            return Ok((arguments, below));
        }
        loop {
            let argument = self.nested(Self::argument)?;
            below = below.max(argument.height);
            arguments.push(argument);
            if !self.take(Symbol::Comma)? {
                self.expect(Symbol::CloseParen, "`,` or `)`")?;
                return Ok((arguments, below));
            }
        }
    }

    /// An expression, or `g => expression`.
    fn argument(&mut self) -> Fallible<Expr<'s>> {
        if let Token::Word(parameter) = self.token {
            let mut ahead = self.lexer;
            if matches!(ahead.next(), Ok((Token::Symbol(Symbol::Arrow), _))) {
                let start = self.span;
                self.advance()?;
                self.advance()?;
                let body = Box::new(self.nested(Self::expression)?);
                let height = body.height;
                return self.node(Kind::Lambda { parameter, body }, start, height);
            }
        }
        self.expression()
    }

    /// `{1, 2}`, `{}`, `{'k': 1}` or `{:}`.
    fn braces(&mut self) -> Fallible<Expr<'s>> {
        let start = self.span;
        self.advance()?;
        if self.take(Symbol::CloseBrace)? {
            return self.leaf(Kind::List(Vec::new()), start);
        }
        if self.take(Symbol::Colon)? {
            self.expect(Symbol::CloseBrace, "`}`")?;
            return self.leaf(Kind::Map(Vec::new()), start);
        }
        let first = self.nested(Self::expression)?;
        if matches!(self.token, Token::Symbol(Symbol::Colon)) {
            return self.map(start, first);
        }
        let (mut height, mut elements) = (first.height, vec![first]);
        while self.take(Symbol::Comma)? {
            let element = self.nested(Self::expression)?;
            height = height.max(element.height);
            elements.push(element);
        }
        self.expect(Symbol::CloseBrace, "`,` or `}`")?;
        self.node(Kind::List(elements), start, height)
    }

    fn map(&mut self, start: Span, first: Expr<'s>) -> Fallible<Expr<'s>> {
        let (mut height, mut key, mut entries) = (first.height, first, Vec::new());
        loop {
            self.expect(Symbol::Colon, "`:`")?;
            let value = self.nested(Self::expression)?;
            height = height.max(key.height).max(value.height);
            entries.push((key, value));
            if !self.take(Symbol::Comma)? {
                self.expect(Symbol::CloseBrace, "`,` or `}`")?;
                return self.node(Kind::Map(entries), start, height);
            }
            key = self.nested(Self::expression)?;
        }
    }

    // What the rules above are written in.

    fn advance(&mut self) -> Fallible<()> {
        let (token, span) = self.lexer.next()?;
        self.previous = std::mem::replace(&mut self.span, span);
        self.token = token;
        Ok(())
    }

    fn take(&mut self, symbol: Symbol) -> Fallible<bool> {
        let found = self.token == Token::Symbol(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, symbol: Symbol, wanted: &str) -> Fallible<()> {
        match self.take(symbol)? {
            true => Ok(()),
            false => Err(self.unexpected(wanted)),
        }
    }

    /// Runs a rule one level further in.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Fallible<T>) -> Fallible<T> {
        self.bound(self.depth.saturating_add(1))?;
        self.depth += 1;
        let result = rule(self)?;
        self.depth -= 1;
        Ok(result)
    }

    fn leaf(&self, kind: Kind<'s>, start: Span) -> Fallible<Expr<'s>> {
        Ok(Expr { kind, span: start.to(self.previous), height: 0 })
    }

    /// A node above others, the highest of which is `below`.
    fn node(&self, kind: Kind<'s>, start: Span, below: u16) -> Fallible<Expr<'s>> {
        let height = below.saturating_add(1);
        self.bound(height)?;
        Ok(Expr { kind, span: start.to(self.previous), height })
    }

    fn bound(&self, depth: u16) -> Fallible<()> {
        match depth > self.limit {
            true => {
                let message = format!("the expression nests deeper than {} levels", self.limit);
                Err(Fault::new(ErrorKind::TooDeep, message).at(self.span))
            }
            false => Ok(()),
        }
    }

    #[cold]
    fn unexpected(&self, wanted: &str) -> Box<Fault> {
        let found = match &self.token {
            Token::End => {
                let message = format!("the expression ends where {wanted} is expected");
                return Fault::new(ErrorKind::Parse, message).at(self.span);
            }
            Token::Symbol(symbol) => format!("`{}`", symbol.as_str()),
            Token::Word(word) => format!("`{word}`"),
            Token::Text(_) => "a text".to_owned(),
            Token::Integer { .. } | Token::Real(_) => "a number".to_owned(),
        };
        Fault::new(ErrorKind::Parse, format!("{found} where {wanted} is expected")).at(self.span)
    }
}

/// Operators that are words, in any case.
const WORDS: [(&str, Operator); 11] = [
    ("and", Operator::And),
    ("or", Operator::Or),
    ("eq", Operator::Equal),
    ("ne", Operator::NotEqual),
    ("lt", Operator::Less),
    ("le", Operator::LessEqual),
    ("gt", Operator::Greater),
    ("ge", Operator::GreaterEqual),
    ("matches", Operator::Matches),
    ("div", Operator::Divide),
    ("mod", Operator::Remainder),
];

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
