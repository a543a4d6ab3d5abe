//! Tokens to the tree, by precedence climbing.
//!
//! Two bounds keep the stack small, here and in everything that walks the tree later: `depth` counts what the parser
//! is inside of, and each node's `height` counts what is below it.
#![expect(clippy::boxed_local, reason = "trees come in boxes, to keep the frames of the recursion small")]

mod values;

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
