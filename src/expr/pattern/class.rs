//! Character classes: `[a-z&&[^m]]`, `\d`, `\p{Lu}`.

use super::java::{Flags, Parser};

/// A set of characters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Class {
    pub(super) negated: bool,
    pub(super) items: Vec<Item>,
    /// Other sets that a character must be in as well: `&&`.
    pub(super) and: Vec<Class>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Range(char, char),
    /// A property in the syntax of the `regex` crate: `\p{L}`.
    Property(String),
    Class(Class),
}

impl Class {
    pub(super) fn of<const N: usize>(letters: [char; N]) -> Class {
        Class {
            negated: false,
            items: letters.map(|letter| Item::Range(letter, letter)).to_vec(),
            and: Vec::new(),
        }
    }

    fn ranges(ranges: &[(char, char)]) -> Class {
        let items = ranges.iter().map(|(first, last)| Item::Range(*first, *last)).collect();
        Class { negated: false, items, and: Vec::new() }
    }

    pub(super) fn any() -> Class {
        Class::ranges(&[('\0', char::MAX)])
    }

    pub(super) fn not(mut self) -> Class {
        self.negated = !self.negated;
        self
    }

    /// The same set with the other case of its letters, if the flags say so.
    pub(super) fn with_case(mut self, flags: Flags) -> Class {
        if !flags.ignore_case {
            return self;
        }
        let mut more = Vec::new();
        for item in &self.items {
            if let Item::Range(first, last) = *item {
                more.extend(other_case(first, last, 'a', 'z'));
                more.extend(other_case(first, last, 'A', 'Z'));
                if flags.unicode_case && first == last && !first.is_ascii() {
                    let cases = [first.to_lowercase().collect::<String>(), first.to_uppercase().collect()];
                    more.extend(cases.iter().filter_map(|case| {
                        let mut letters = case.chars();
                        letters
                            .next()
                            .filter(|_| letters.next().is_none())
                            .map(|letter| Item::Range(letter, letter))
                    }));
                }
            }
        }
        self.items.extend(more);
        self
    }
}

/// The part of a range that is within an ASCII alphabet, in the other case.
fn other_case(first: char, last: char, low: char, high: char) -> Option<Item> {
    let (first, last) = (first.max(low), last.min(high));
    let swap = |letter: char| {
        if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    };
    (first <= last).then(|| Item::Range(swap(first), swap(last)))
}

/// The set of `\d` and its like; Java's are of ASCII.
pub(super) fn named(letter: char) -> Option<Class> {
    const SPACE: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];
    const VERTICAL: &[(char, char)] = &[('\n', '\r'), ('\u{85}', '\u{85}'), ('\u{2028}', '\u{2029}')];
    const HORIZONTAL: &[(char, char)] = &[
        (' ', ' '),
        ('\t', '\t'),
        ('\u{a0}', '\u{a0}'),
        ('\u{1680}', '\u{1680}'),
        ('\u{180e}', '\u{180e}'),
        ('\u{2000}', '\u{200a}'),
        ('\u{202f}', '\u{202f}'),
        ('\u{205f}', '\u{205f}'),
        ('\u{3000}', '\u{3000}'),
    ];
    let class = Class::ranges(match letter.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        'w' => &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
        's' => SPACE,
        'h' => HORIZONTAL,
        'v' => VERTICAL,
        _ => return None,
    });
    Some(if letter.is_ascii_uppercase() { class.not() } else { class })
}

/// The set of `\p{name}`: POSIX names of ASCII, or a property of Unicode.
pub(super) fn property(name: &str) -> Result<Class, String> {
    const PUNCTUATION: &[(char, char)] = &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')];
    let ranges: &[(char, char)] = match name {
        "Lower" => &[('a', 'z')],
        "Upper" => &[('A', 'Z')],
        "ASCII" => &[('\0', '\u{7f}')],
        "Alpha" => &[('a', 'z'), ('A', 'Z')],
        "Digit" => &[('0', '9')],
        "Alnum" => &[('a', 'z'), ('A', 'Z'), ('0', '9')],
        "Punct" => PUNCTUATION,
        "Graph" => &[('!', '~')],
        "Print" => &[(' ', '~')],
        "Blank" => &[(' ', ' '), ('\t', '\t')],
        "Cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "XDigit" => &[('0', '9'), ('a', 'f'), ('A', 'F')],
        "Space" => &[('\t', '\r'), (' ', ' ')],
        _ => {
            let plain = name.strip_prefix("Is").unwrap_or(name);
            let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'=' | b' ' | b'-');
            let text = format!(r"\p{{{plain}}}");
            return match !plain.is_empty() && plain.bytes().all(sound) && super::plain(&text).is_ok() {
                true => Ok(Class { negated: false, items: vec![Item::Property(text)], and: Vec::new() }),
                false => Err(format!("the property `{name}` is not available")),
            };
        }
    };
    Ok(Class::ranges(ranges))
}

impl Parser<'_> {
    /// What follows `[`, with its `]`.
    pub(super) fn class(&mut self) -> Result<Class, String> {
        self.deeper()?;
        let negated = self.eat("^");
        let mut class = Class { negated, items: Vec::new(), and: Vec::new() };
        let mut first = true;
        loop {
            if self.eat("&&") {
                // All that follows is one more set that must hold.
                class.and.push(self.intersected()?);
                break;
            }
            match self.next().ok_or("there is a `[` without its `]`")? {
                // Java takes a `]` at the start for itself.
                ']' if !first => break,
                '[' => class.items.push(Item::Class(self.class()?)),
                '\\' if self.eat("Q") => {
                    let (quoted, rest) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
                    class.items.extend(quoted.chars().map(|letter| Item::Range(letter, letter)));
                    self.rest = rest;
                }
                letter => {
                    let item = self.item(letter)?;
                    class.items.push(item);
                }
            }
            first = false;
        }
        self.depth -= 1;
        Ok(class.with_case(self.flags))
    }

    /// What follows `&&`, up to the `]` of the class around it: like a class of its own, but with a `^` for itself.
    fn intersected(&mut self) -> Result<Class, String> {
        let mut class = self.class()?;
        if class.negated {
            class.negated = false;
            class.items.push(Item::Range('^', '^'));
        }
        Ok(class)
    }

    /// A character, an escape, or a range of characters.
    fn item(&mut self, letter: char) -> Result<Item, String> {
        let first = match letter {
            '\\' => match single(self.escaped()?) {
                Ok(letter) => letter,
                Err(class) => return Ok(Item::Class(class)),
            },
            letter => letter,
        };
        // A `-` at the end, or before another class, is a character.
        let is_range = self.rest.starts_with('-')
            && !self.rest.starts_with("-]")
            && !self.rest.starts_with("-[")
            && !self.rest.starts_with("-&&");
        if !is_range {
            return Ok(Item::Range(first, first));
        }
        self.next();
        let last = match self.next().ok_or("there is a `[` without its `]`")? {
            '\\' => single(self.escaped()?).map_err(|_| "a range ends with a character".to_owned())?,
            letter => letter,
        };
        match first <= last {
            true => Ok(Item::Range(first, last)),
            false => Err(format!("the range `{first}-{last}` is upside down")),
        }
    }
}

/// The only character of a class.
fn single(class: Class) -> Result<char, Class> {
    match class.items.first() {
        Some(Item::Range(first, last)) if first == last && !class.negated && class.and.is_empty() => {
            Ok(*first)
        }
        _ => Err(class),
    }
}
