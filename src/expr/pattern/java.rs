//! Java's regular expressions to a tree, by recursive descent.

use super::class::{Class, named, property};

/// How deep groups and classes may nest.
const DEPTH: usize = 50;

/// A pattern. Greedy and lazy quantifiers are the same here: only whole texts are matched.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Empty,
    /// One character of a set.
    Set(Class),
    Sequence(Vec<Tree>),
    Either(Vec<Tree>),
    Repeat {
        what: Box<Tree>,
        least: u32,
        most: Option<u32>,
    },
    At(Place),
    Look {
        ahead: bool,
        wanted: bool,
        what: Box<Tree>,
    },
}

/// A condition on a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Start,
    End,
    LineStart,
    LineEnd,
    WordEdge,
    NoWordEdge,
}

impl Tree {
    /// Whether a look-around is anywhere in it.
    pub(super) fn looks_around(&self) -> bool {
        match self {
            Tree::Empty | Tree::Set(_) | Tree::At(_) => false,
            Tree::Sequence(parts) | Tree::Either(parts) => parts.iter().any(Tree::looks_around),
            Tree::Repeat { what, .. } => what.looks_around(),
            Tree::Look { .. } => true,
        }
    }
}

/// Java's flags as far as we have them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    /// `i`: without regard to the case of ASCII letters.
    pub(super) ignore_case: bool,
    /// `u`: and of all others.
    pub(super) unicode_case: bool,
    /// `s`: a dot takes line ends.
    dot_all: bool,
    /// `m`: `^` and `$` hold at lines.
    multi_line: bool,
    /// `d`: only `\n` ends lines.
    unix_lines: bool,
    /// `x`: white space and comments do not count.
    comments: bool,
}

pub(super) fn parse(pattern: &str) -> Result<Tree, String> {
    let mut parser = Parser { rest: pattern, flags: Flags::default(), depth: 0 };
    let tree = parser.either()?;
    match parser.rest.is_empty() {
        true => Ok(tree),
        false => Err("there is a `)` without its `(`".to_owned()),
    }
}

pub(super) struct Parser<'p> {
    pub(super) rest: &'p str,
    pub(super) flags: Flags,
    pub(super) depth: usize,
}

impl Parser<'_> {
    fn either(&mut self) -> Result<Tree, String> {
        let mut branches = vec![self.sequence()?];
        while self.eat("|") {
            branches.push(self.sequence()?);
        }
        match <[Tree; 1]>::try_from(branches) {
            Ok([only]) => Ok(only),
            Err(branches) => Ok(Tree::Either(branches)),
        }
    }

    fn sequence(&mut self) -> Result<Tree, String> {
        let mut parts = Vec::new();
        loop {
            self.skip_comments();
            match self.peek() {
                None | Some('|' | ')') => break,
                Some('*' | '+' | '?') => {
                    return Err(format!("there is nothing before `{}` to repeat", self.next_or_space()));
                }
                Some(_) => {}
            }
            if let Some(quoted) = self.quoted() {
                // A quantifier behind `\Q…\E` repeats its last character.
                let mut letters: Vec<Tree> = quoted.chars().map(|letter| self.literal(letter)).collect();
                if let Some(last) = letters.pop() {
                    parts.append(&mut letters);
                    parts.push(self.repeated(last)?);
                }
                continue;
            }
            let atom = self.atom()?;
            parts.push(self.repeated(atom)?);
        }
        Ok(match parts.len() {
            0 => Tree::Empty,
            _ => Tree::Sequence(parts),
        })
    }

    fn quoted(&mut self) -> Option<String> {
        if !self.eat(r"\Q") {
            return None;
        }
        let (quoted, rest) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
        let quoted = quoted.to_owned();
        self.rest = rest;
        Some(quoted)
    }

    /// An atom with its quantifiers.
    fn repeated(&mut self, atom: Tree) -> Result<Tree, String> {
        let mut atom = atom;
        loop {
            self.skip_comments();
            let (least, most) = match self.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => self.counts()?,
                _ => return Ok(atom),
            };
            self.next();
            if self.eat("+") {
                return Err("possessive quantifiers (`*+`, `++`, `?+`, `{…}+`) are not available: \
                    matching takes linear time"
                    .to_owned());
            }
            self.eat("?");
            atom = Tree::Repeat { what: Box::new(atom), least, most };
            // Java takes one quantifier only; a second one repeats a repetition in the `regex` crate.
            if matches!(self.peek(), Some('*' | '+' | '?')) {
                return Err(format!("`{}` repeats what is repeated already", self.next_or_space()));
            }
        }
    }

    /// The counts of `{n}`, `{n,}` or `{n,m}`, up to the closing brace.
    fn counts(&mut self) -> Result<(u32, Option<u32>), String> {
        let wrong =
            || "`{` begins a count: `{n}`, `{n,}` or `{n,m}`; a brace itself is written `\\{`".to_owned();
        self.next();
        let (inside, _) = self.rest.split_once('}').ok_or_else(wrong)?;
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse::<u32>().map_err(|_| "the pattern repeats too often".to_owned()),
            false => Err(wrong()),
        };
        let counts = match inside.split_once(',') {
            None => number(inside).map(|count| (count, Some(count)))?,
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        if counts.1.is_some_and(|most| most < counts.0) {
            return Err("the count's first number is larger than its second".to_owned());
        }
        self.rest = self.rest.get(inside.len()..).unwrap_or_default();
        Ok(counts)
    }

    fn atom(&mut self) -> Result<Tree, String> {
        let flags = self.flags;
        Ok(match self.next_or_space() {
            '(' => return self.group(),
            '[' => {
                let class = self.class()?;
                Tree::Set(class)
            }
            '.' if flags.dot_all => Tree::Set(Class::any()),
            '.' if flags.unix_lines => Tree::Set(Class::of(['\n']).not()),
            '.' => Tree::Set(Class::of(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).not()),
            '^' if flags.multi_line => Tree::At(Place::LineStart),
            '^' => Tree::At(Place::Start),
            '$' if flags.multi_line => Tree::At(Place::LineEnd),
            '$' => Tree::At(Place::End),
            '\\' => return self.escape(),
            '{' => {
                return Err(
                    "there is nothing before `{` to repeat; a brace itself is written `\\{`".to_owned()
                );
            }
            letter => self.literal(letter),
        })
    }

    fn literal(&self, letter: char) -> Tree {
        Tree::Set(Class::of([letter]).with_case(self.flags))
    }

    /// What follows `(`.
    fn group(&mut self) -> Result<Tree, String> {
        let outer = self.flags;
        for (open, ahead, wanted) in
            [("?=", true, true), ("?!", true, false), ("?<=", false, true), ("?<!", false, false)]
        {
            if self.eat(open) {
                let what = Box::new(self.inside(outer)?);
                return Ok(Tree::Look { ahead, wanted, what });
            }
        }
        if self.eat("?>") {
            return Err("atomic groups (`(?>…)`) are not available: matching takes linear time".to_owned());
        }
        if self.eat("?<") {
            let (name, rest) = self.rest.split_once('>').ok_or("the group's name has no `>`")?;
            if !name.starts_with(|first: char| first.is_ascii_alphabetic())
                || !name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            {
                return Err("a group's name is of ASCII letters and digits".to_owned());
            }
            self.rest = rest;
            return self.inside(outer);
        }
        if self.eat("?") {
            self.read_flags()?;
            // `(?i)` holds to the end of the group around it, `(?i:…)` inside.
            return match self.next() {
                Some(')') => Ok(Tree::Empty),
                _ => self.inside(outer),
            };
        }
        self.inside(outer)
    }

    /// A group's inside and its `)`; its flags end with it.
    fn inside(&mut self, outer: Flags) -> Result<Tree, String> {
        self.deeper()?;
        let tree = self.either()?;
        self.depth -= 1;
        self.flags = outer;
        match self.eat(")") {
            true => Ok(tree),
            false => Err("there is a `(` without its `)`".to_owned()),
        }
    }

    /// Flags up to `)` or `:`, which is left.
    fn read_flags(&mut self) -> Result<(), String> {
        let mut on = true;
        loop {
            match self.peek() {
                Some(')' | ':') => return Ok(()),
                Some('-') => on = false,
                Some('i') => self.flags.ignore_case = on,
                Some('u') => self.flags.unicode_case = on,
                Some('s') => self.flags.dot_all = on,
                Some('m') => self.flags.multi_line = on,
                Some('d') => self.flags.unix_lines = on,
                Some('x') => self.flags.comments = on,
                Some('U') => {
                    return Err("the flag `U` (Unicode character classes) is not available".to_owned());
                }
                Some(other) => return Err(format!("`(?{other}` begins no group")),
                None => return Err("there is a `(` without its `)`".to_owned()),
            }
            self.next();
        }
    }

    /// What follows a backslash, outside a class.
    fn escape(&mut self) -> Result<Tree, String> {
        Ok(match self.peek().ok_or("the pattern ends with a backslash")? {
            'b' => self.place(Place::WordEdge),
            'B' => self.place(Place::NoWordEdge),
            'A' => self.place(Place::Start),
            'z' | 'Z' => self.place(Place::End),
            'R' => {
                self.next();
                let pair = Tree::Sequence(vec![Tree::Set(Class::of(['\r'])), Tree::Set(Class::of(['\n']))]);
                let single = Class::of(['\n', '\u{b}', '\u{c}', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
                Tree::Either(vec![pair, Tree::Set(single)])
            }
            '1'..='9' | 'k' => {
                return Err(
                    "back-references (`\\1`, `\\k<name>`) are not available: matching takes linear time"
                        .to_owned(),
                );
            }
            'G' => return Err("`\\G` (the end of the previous match) is not available".to_owned()),
            'X' => return Err("`\\X` (a grapheme cluster) is not available".to_owned()),
            _ => Tree::Set(self.escaped()?),
        })
    }

    fn place(&mut self, place: Place) -> Tree {
        self.next();
        Tree::At(place)
    }

    /// What follows a backslash, if that is one character or a set: also inside a class.
    pub(super) fn escaped(&mut self) -> Result<Class, String> {
        let letter = self.next().ok_or("the pattern ends with a backslash")?;
        let code = |number: Option<u32>| {
            number.and_then(char::from_u32).ok_or_else(|| "the escape is no character".to_owned())
        };
        let single = match letter {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{c}',
            'a' => '\u{7}',
            'e' => '\u{1b}',
            '0' => {
                let digits = self.digits(8, if self.rest.starts_with(['0', '1', '2', '3']) { 3 } else { 2 });
                code(u32::from_str_radix(&digits, 8).ok())?
            }
            'x' if self.eat("{") => {
                let digits = self.digits(16, 6);
                let closed = self.eat("}");
                code(u32::from_str_radix(&digits, 16).ok().filter(|_| closed))?
            }
            'x' | 'u' => {
                let count = if letter == 'x' { 2 } else { 4 };
                let digits = self.digits(16, count);
                code(u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == count))?
            }
            'c' => {
                let control =
                    self.next().filter(char::is_ascii).ok_or("`\\c` needs a control character's letter")?;
                code(Some(u32::from(control) ^ 64))?
            }
            'p' | 'P' => {
                let class = property(&self.property_name()?)?;
                return Ok(if letter == 'P' { class.not() } else { class });
            }
            letter if letter.is_ascii_alphabetic() => {
                return named(letter).ok_or_else(|| format!("`\\{letter}` is no escape"));
            }
            letter if letter.is_ascii_digit() => return Err(format!("`\\{letter}` is no escape")),
            letter => letter,
        };
        Ok(Class::of([single]).with_case(self.flags))
    }

    fn property_name(&mut self) -> Result<String, String> {
        if !self.eat("{") {
            return Ok(self.next().ok_or("`\\p` needs the name of a property")?.to_string());
        }
        let (name, rest) = self.rest.split_once('}').ok_or("`\\p{` has no `}`")?;
        let name = name.to_owned();
        self.rest = rest;
        Ok(name)
    }

    fn digits(&mut self, radix: u32, most: usize) -> String {
        let digits: String = self.rest.chars().take(most).take_while(|digit| digit.is_digit(radix)).collect();
        self.rest = self.rest.get(digits.len()..).unwrap_or_default();
        digits
    }

    // What the rules above are written in.

    pub(super) fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        match self.depth > DEPTH {
            true => Err(format!("the pattern nests deeper than {DEPTH} levels")),
            false => Ok(()),
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let next = letters.next();
        self.rest = letters.as_str();
        next
    }

    fn next_or_space(&mut self) -> char {
        self.next().unwrap_or(' ')
    }

    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// With the flag `x`, white space and what follows `#` on a line do not count.
    fn skip_comments(&mut self) {
        if !self.flags.comments {
            return;
        }
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
            match self.rest.strip_prefix('#') {
                Some(comment) => self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest),
                None => return,
            }
        }
    }
}
