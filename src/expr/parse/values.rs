//! Values: literals, names, calls, lists and maps, and the links behind them.

use super::*;

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

impl<'s> Parser<'s> {
    /// A value and its links.
    pub(super) fn path(&mut self) -> Parsed<'s> {
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
}

/// Unboxing has a function of its own, so that its temporaries are not in the frames of the recursion.
fn push<'s>(list: &mut Vec<Expr<'s>>, item: Box<Expr<'s>>) {
    list.push(*item);
}

fn push_entry<'s>(map: &mut Entries<'s>, key: Box<Expr<'s>>, value: Box<Expr<'s>>) {
    map.height = map.height.max(key.height).max(value.height);
    map.entries.push((*key, *value));
}
