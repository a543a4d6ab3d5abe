//! Tokens to the tree, by precedence climbing.
//!
//! Two bounds keep the stack small, here and in everything that walks the tree later: `depth` counts what the parser
//! is inside of, and each node's `height` counts what is below it.
#![expect(clippy::boxed_local, reason = "what a box holds would make the frames of the recursion large")]

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
        Token::End => Ok(*expr),
        _ => Err(parser.unexpected("the end of the expression")),
    }
}

/// The links of a path so far, and how high they make it.
#[derive(Default)]
struct Links<'s> {
    links: Vec<Link<'s>>,
    height: u16,
}

/// The same for the entries of a map.
struct Entries<'s> {
    entries: Vec<(Expr<'s>, Expr<'s>)>,
    height: u16,
}

/// What an opening bracket begins.
#[derive(Clone, Copy)]
enum Bracket {
    Index,
    Project,
    Select(Which),
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
    fn expression(&mut self) -> Parsed<'s> {
        let start = self.span;
        let first = self.chain(Level::Or)?;
        match self.token {
            Token::Symbol(Symbol::Question) => self.ternary(first, start),
            Token::Symbol(Symbol::Elvis) => self.elvis(first, start),
            _ => Ok(first),
        }
    }

    fn ternary(&mut self, condition: Box<Expr<'s>>, start: Span) -> Parsed<'s> {
        self.advance()?;
        let yes = self.nested(Self::expression)?;
        self.expect(Symbol::Colon, "`:` and the value for the other case")?;
        let no = self.nested(Self::expression)?;
        self.choice(condition, yes, no, start)
    }

    fn choice(
        &self,
        condition: Box<Expr<'s>>,
        yes: Box<Expr<'s>>,
        no: Box<Expr<'s>>,
        start: Span,
    ) -> Parsed<'s> {
        let height = condition.height.max(yes.height).max(no.height);
        self.node(Kind::Ternary(Box::new([*condition, *yes, *no])), start, height)
    }

    fn elvis(&mut self, value: Box<Expr<'s>>, start: Span) -> Parsed<'s> {
        self.advance()?;
        let other = self.nested(Self::expression)?;
        let height = value.height.max(other.height);
        self.node(Kind::Elvis(Box::new([*value, *other])), start, height)
    }

    /// Operators of `loosest` and all tighter levels.
    fn chain(&mut self, loosest: Level) -> Parsed<'s> {
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
            left = self.operand(left, operator, open == Some(level), start)?;
            open = Some(level);
        }
        Ok(left)
    }

    /// The operator in hand and its right operand, behind what stands on the left.
    fn operand(&mut self, left: Box<Expr<'s>>, operator: Operator, grow: bool, start: Span) -> Parsed<'s> {
        self.advance()?;
        let right = match operator.level().tighter() {
            Level::Prefix => self.nested(Self::prefix)?,
            tighter => self.nested(|parser| parser.chain(tighter))?,
        };
        self.join(left, operator, right, grow, start)
    }

    fn join(
        &self,
        left: Box<Expr<'s>>,
        operator: Operator,
        right: Box<Expr<'s>>,
        grow: bool,
        start: Span,
    ) -> Parsed<'s> {
        let height = left.height.max(right.height);
        let left = *left;
        match left.kind {
            // A chain that grows is one higher than its operands already.
            Kind::Chain { first, mut rest } if grow => {
                let height = left.height.max(right.height.saturating_add(1)).saturating_sub(1);
                rest.push((operator, *right));
                self.node(Kind::Chain { first, rest }, start, height)
            }
            kind => {
                let first = Box::new(Expr { kind, ..left });
                self.node(Kind::Chain { first, rest: vec![(operator, *right)] }, start, height)
            }
        }
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

    fn prefix(&mut self) -> Parsed<'s> {
        match self.token {
            Token::Symbol(Symbol::Bang) => self.prefixed(Prefix::Not),
            Token::Symbol(Symbol::Minus) => self.prefixed(Prefix::Minus),
            Token::Symbol(Symbol::Plus) => self.prefixed(Prefix::Plus),
            Token::Word(word) if word.eq_ignore_ascii_case("not") => self.prefixed(Prefix::Not),
            _ => self.path(),
        }
    }

    fn prefixed(&mut self, operator: Prefix) -> Parsed<'s> {
        let start = self.span;
        self.advance()?;
        let operand = self.nested(Self::prefix)?;
        let height = operand.height;
        self.node(Kind::Prefix { operator, operand }, start, height)
    }

    /// A value and its links.
    fn path(&mut self) -> Parsed<'s> {
        let start = self.span;
        let base = self.primary()?;
        match self.token {
            Token::Symbol(Symbol::Dot | Symbol::SafeDot | Symbol::OpenBracket) => self.links(base, start),
            _ => Ok(base),
        }
    }

    fn links(&mut self, base: Box<Expr<'s>>, start: Span) -> Parsed<'s> {
        let mut path = Links { height: base.height, ..Links::default() };
        while self.link(&mut path)? {}
        self.with_links(base, path, start)
    }

    fn with_links(&self, base: Box<Expr<'s>>, path: Links<'s>, start: Span) -> Parsed<'s> {
        let base = *base;
        // `(a.b).c` is `a.b.c`.
        let (base, links) = match base.kind {
            Kind::Path { base, mut links } => {
                links.extend(path.links);
                (base, links)
            }
            kind => (Box::new(Expr { kind, ..base }), path.links),
        };
        self.node(Kind::Path { base, links }, start, path.height.saturating_sub(1))
    }

    /// The next link of a path, if there is one.
    fn link(&mut self, path: &mut Links<'s>) -> Fallible<bool> {
        let safe = match self.token {
            Token::Symbol(Symbol::Dot) => false,
            Token::Symbol(Symbol::SafeDot) => true,
            Token::Symbol(Symbol::OpenBracket) => return self.bracket(path, false, Bracket::Index),
            _ => return Ok(false),
        };
        self.advance()?;
        match self.token {
            Token::Word(name) => self.member(path, name, safe),
            Token::Symbol(Symbol::OpenBracket) if safe => self.bracket(path, true, Bracket::Index),
            Token::Symbol(Symbol::Project) => self.bracket(path, safe, Bracket::Project),
            Token::Symbol(Symbol::SelectAll) => self.bracket(path, safe, Bracket::Select(Which::All)),
            Token::Symbol(Symbol::SelectFirst) => self.bracket(path, safe, Bracket::Select(Which::First)),
            Token::Symbol(Symbol::SelectLast) => self.bracket(path, safe, Bracket::Select(Which::Last)),
            _ => Err(self.unexpected("a name")),
        }
    }

    /// `name` or `name(arguments)` behind a dot.
    fn member(&mut self, path: &mut Links<'s>, name: &'s str, safe: bool) -> Fallible<bool> {
        let span = self.span;
        self.advance()?;
        match self.take(Symbol::OpenParen)? {
            true => self.method(path, name, safe, span),
            false => self.push(path, LinkKind::Property(name), safe, span, 0),
        }
    }

    fn method(&mut self, path: &mut Links<'s>, name: &'s str, safe: bool, span: Span) -> Fallible<bool> {
        let (arguments, below) = self.arguments()?;
        self.push(path, LinkKind::Method { name, arguments }, safe, span, below)
    }

    /// The expression in brackets, with its opening token in hand.
    fn bracket(&mut self, path: &mut Links<'s>, safe: bool, bracket: Bracket) -> Fallible<bool> {
        let start = self.span;
        self.advance()?;
        let inside = self.nested(Self::expression)?;
        self.expect(Symbol::CloseBracket, "`]`")?;
        let below = inside.height;
        let kind = match bracket {
            Bracket::Index => LinkKind::Index(inside),
            Bracket::Project => LinkKind::Project(inside),
            Bracket::Select(which) => LinkKind::Select(which, inside),
        };
        self.push(path, kind, safe, start.to(self.previous), below)
    }

    fn push(
        &self,
        path: &mut Links<'s>,
        kind: LinkKind<'s>,
        safe: bool,
        span: Span,
        below: u16,
    ) -> Fallible<bool> {
        path.links.push(Link { kind, safe, span, end: self.previous.end });
        path.height = path.height.max(below).saturating_add(1);
        self.bound(path.height)?;
        Ok(true)
    }

    fn primary(&mut self) -> Parsed<'s> {
        match self.token {
            Token::Word(word) => self.word(word),
            Token::Symbol(Symbol::OpenParen) => self.parenthesized(),
            Token::Symbol(Symbol::OpenBrace) => self.braces(),
            _ => self.literal(),
        }
    }

    fn literal(&mut self) -> Parsed<'s> {
        let start = self.span;
        let kind = match &mut self.token {
            Token::Integer { value, long } => Kind::Integer { value: *value, long: *long },
            Token::Real(value) => Kind::Real(*value),
            Token::Text(text) => Kind::Text(std::mem::take(text)),
            _ => return Err(self.unexpected("a value")),
        };
        self.advance()?;
        self.leaf(kind, start)
    }

    fn parenthesized(&mut self) -> Parsed<'s> {
        let start = self.span;
        self.advance()?;
        let mut inside = self.nested(Self::expression)?;
        self.expect(Symbol::CloseParen, "`)`")?;
        inside.span = start.to(self.previous);
        Ok(inside)
    }

    /// A literal, a name, or a call of a global function.
    fn word(&mut self, word: &'s str) -> Parsed<'s> {
        let start = self.span;
        self.advance()?;
        match word.len() {
            4 if word.eq_ignore_ascii_case("true") => return self.leaf(Kind::Bool(true), start),
            5 if word.eq_ignore_ascii_case("false") => return self.leaf(Kind::Bool(false), start),
            4 if word.eq_ignore_ascii_case("null") => return self.leaf(Kind::Null, start),
            _ => {}
        }
        if word.eq_ignore_ascii_case("new")
            && matches!(self.token, Token::Word(_))
            && self.operator()?.is_none()
        {
            let message = "constructors are not part of the language";
            return Err(Fault::new(ErrorKind::Unsupported, message).at(start));
        }
        match self.take(Symbol::OpenParen)? {
            true => self.call(word, start),
            false => self.leaf(Kind::Name(word), start),
        }
    }

    fn call(&mut self, name: &'s str, start: Span) -> Parsed<'s> {
        if name == "T" {
            let message = "references to types are not part of the language";
            return Err(Fault::new(ErrorKind::Unsupported, message).at(start));
        }
        let (arguments, below) = self.arguments()?;
        self.node(Kind::Call { name, arguments }, start, below)
    }

    /// Arguments up to the closing parenthesis; the opening one is consumed.
    fn arguments(&mut self) -> Fallible<(Vec<Expr<'s>>, u16)> {
        let (mut arguments, mut below) = (Vec::new(), 0);
        if self.take(Symbol::CloseParen)? {
            return Ok((arguments, below));
        }
        while self.more_arguments(&mut arguments, &mut below)? {}
        Ok((arguments, below))
    }

    /// One argument, and whether another follows.
    fn more_arguments(&mut self, arguments: &mut Vec<Expr<'s>>, below: &mut u16) -> Fallible<bool> {
        let argument = self.nested(Self::argument)?;
        *below = argument.height.max(*below);
        push(arguments, argument);
        if self.take(Symbol::Comma)? {
            return Ok(true);
        }
        self.expect(Symbol::CloseParen, "`,` or `)`")?;
        Ok(false)
    }

    /// An expression, or `g => expression`.
    fn argument(&mut self) -> Parsed<'s> {
        match self.token {
            Token::Word(parameter) if self.is_before_arrow() => self.lambda(parameter),
            _ => self.expression(),
        }
    }

    fn is_before_arrow(&self) -> bool {
        let mut ahead = self.lexer;
        matches!(ahead.next(), Ok((Token::Symbol(Symbol::Arrow), _)))
    }

    fn lambda(&mut self, parameter: &'s str) -> Parsed<'s> {
        let start = self.span;
        self.advance()?;
        self.advance()?;
        let body = self.nested(Self::expression)?;
        let height = body.height;
        self.node(Kind::Lambda { parameter, body }, start, height)
    }

    /// `{1, 2}`, `{}`, `{'k': 1}` or `{:}`.
    fn braces(&mut self) -> Parsed<'s> {
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
        match self.token {
            Token::Symbol(Symbol::Colon) => self.map(start, first),
            _ => self.list(start, first),
        }
    }

    fn list(&mut self, start: Span, first: Box<Expr<'s>>) -> Parsed<'s> {
        let (mut height, mut elements) = (first.height, Vec::new());
        push(&mut elements, first);
        while self.take(Symbol::Comma)? {
            let element = self.nested(Self::expression)?;
            height = height.max(element.height);
            push(&mut elements, element);
        }
        self.expect(Symbol::CloseBrace, "`,` or `}`")?;
        self.node(Kind::List(elements), start, height)
    }

    fn map(&mut self, start: Span, first: Box<Expr<'s>>) -> Parsed<'s> {
        let mut map = Entries { height: first.height, entries: Vec::new() };
        let mut key = first;
        while self.entry(&mut map, key)? {
            key = self.nested(Self::expression)?;
        }
        self.expect(Symbol::CloseBrace, "`,` or `}`")?;
        self.node(Kind::Map(map.entries), start, map.height)
    }

    /// The value of a key, and whether another entry follows.
    fn entry(&mut self, map: &mut Entries<'s>, key: Box<Expr<'s>>) -> Fallible<bool> {
        self.expect(Symbol::Colon, "`:`")?;
        let value = self.nested(Self::expression)?;
        push_entry(map, key, value);
        self.take(Symbol::Comma)
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

    fn leaf(&self, kind: Kind<'s>, start: Span) -> Parsed<'s> {
        Ok(Box::new(Expr { kind, span: start.to(self.previous), height: 0 }))
    }

    /// A node above others, the highest of which is `below`.
    fn node(&self, kind: Kind<'s>, start: Span, below: u16) -> Parsed<'s> {
        let height = below.saturating_add(1);
        self.bound(height)?;
        Ok(Box::new(Expr { kind, span: start.to(self.previous), height }))
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

/// Unboxing has a function of its own, so that its temporaries are not in the frames of the recursion.
fn push<'s>(list: &mut Vec<Expr<'s>>, item: Box<Expr<'s>>) {
    list.push(*item);
}

fn push_entry<'s>(map: &mut Entries<'s>, key: Box<Expr<'s>>, value: Box<Expr<'s>>) {
    map.height = map.height.max(key.height).max(value.height);
    map.entries.push((*key, *value));
}

/// Boxed, because debug builds keep several copies of a result in every frame of the recursion.
type Parsed<'s> = Fallible<Box<Expr<'s>>>;

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
mod tests;
