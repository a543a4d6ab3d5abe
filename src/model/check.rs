//! What checking a configuration finds: every mistake at once, each with its path.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use super::nearest::nearest;

/// Every mistake of a configuration. Nothing of it was put to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    mistakes: Vec<ConfigMistake>,
    warnings: Vec<ConfigWarning>,
}

impl ConfigErrors {
    /// The mistakes, ordered by their paths; never empty.
    pub fn mistakes(&self) -> &[ConfigMistake] {
        &self.mistakes
    }

    pub(crate) fn one(path: &str, message: &str) -> Self {
        let mistake = ConfigMistake { path: path.to_owned(), message: message.to_owned(), nearest: None };
        Self { mistakes: vec![mistake], warnings: Vec::new() }
    }

    /// What would deserve a second look even without the mistakes.
    pub fn warnings(&self) -> &[ConfigWarning] {
        &self.warnings
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.mistakes.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            mistake.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// One mistake: where it is, what it is, and which valid name is nearest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMistake {
    path: String,
    message: String,
    nearest: Option<String>,
}

impl ConfigMistake {
    /// Where it is, as in `authorizationServers[0].policies[1].name`. A configuration made in Rust
    /// has the paths of the org file that says the same.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong. Never holds a secret.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The valid name that was probably meant.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for ConfigMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)?;
        match &self.nearest {
            Some(name) => write!(f, ", did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

/// Something that is accepted and deserves a second look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigWarning {
    path: String,
    message: String,
}

impl ConfigWarning {
    /// Where it is.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is odd about it. Never holds a secret.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// A place in the org file. Its text is made only when there is something to say about it, so that
/// a large organisation without mistakes costs no strings.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The whole file.
    pub(crate) const ROOT: Path<'static> = Path { parent: None, step: Step::Key("") };

    pub(crate) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), step: Step::Key(key) }
    }

    pub(crate) fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// The last key; empty for the whole file and for places in lists.
    pub(crate) fn last_key(&self) -> &'a str {
        match self.step {
            Step::Key(key) => key,
            Step::Index(_) => "",
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        parent.fmt(f)?;
        match self.step {
            Step::Key(key) if parent.parent.is_none() => write!(f, "{}", Shown(key)),
            Step::Key(key) => write!(f, ".{}", Shown(key)),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Text of the configuration inside a message: control characters escaped, so that no line of a
/// log can be forged, and cut where it gets long.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 100;
        for (count, c) in self.0.chars().enumerate() {
            if count == MOST {
                return f.write_str("…");
            }
            let harmless = !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if harmless {
                fmt::Write::write_char(f, c)?;
            } else {
                write!(f, "{}", c.escape_unicode())?;
            }
        }
        Ok(())
    }
}

/// Collects mistakes and warnings while a configuration is read and then checked.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    mistakes: Vec<ConfigMistake>,
    warnings: Vec<ConfigWarning>,
    /// Paths that could not be read. What checking says about them, about what stands beneath them
    /// or about a list that lacks them only repeats it.
    unreadable: BTreeSet<String>,
    /// How many names were compared in search of the nearest one.
    compared: Cell<usize>,
}

/// Past this many comparisons mistakes name no neighbour any more: ten thousand unknown names
/// among ten thousand known ones must not cost a hundred million comparisons.
const MOST_COMPARISONS: usize = 200_000;

impl Findings {
    /// From here on, what is said about an unreadable place is left out.
    pub(crate) fn reading_is_done(&mut self) {
        self.unreadable = self.mistakes.iter().map(|mistake| mistake.path.clone()).collect();
    }

    pub(crate) fn mistake(&mut self, at: &Path<'_>, message: impl Into<String>) {
        self.add(at, message.into(), None);
    }

    /// A name that is none of `known`.
    pub(crate) fn unknown<'k>(
        &mut self,
        at: &Path<'_>,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let left = MOST_COMPARISONS.saturating_sub(self.compared.get());
        let known = known
            .into_iter()
            .take(left)
            .inspect(|_| self.compared.set(self.compared.get().saturating_add(1)));
        let near = nearest(name, known).map(|near| Shown(near).to_string());
        self.add(at, format!("unknown {what} `{}`", Shown(name)), near);
    }

    /// A mistake with the name that was meant.
    pub(crate) fn mistake_near(&mut self, at: &Path<'_>, message: impl Into<String>, near: &str) {
        self.add(at, message.into(), Some(Shown(near).to_string()));
    }

    pub(crate) fn warn(&mut self, at: &Path<'_>, message: impl Into<String>) {
        let path = text(at);
        if !self.is_unreadable(&path, at) {
            self.warnings.push(ConfigWarning { path, message: message.into() });
        }
    }

    /// A word that is none of a few, all of which are named if none of them is near.
    pub(crate) fn unknown_word(&mut self, at: &Path<'_>, what: &str, word: &str, known: &[&str]) {
        let mut message = format!("unknown {what} `{}`", Shown(word));
        let near = nearest(word, known.iter().copied());
        if near.is_none() && (1..=8).contains(&known.len()) {
            let known: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
            message = format!("{message}, expected {}", known.join(" or "));
        }
        self.add(at, message, near.map(str::to_owned));
    }

    /// Every mistake; there is one at least.
    pub(crate) fn into_errors(mut self) -> ConfigErrors {
        self.mistakes.sort_by_cached_key(|mistake| order(&mistake.path));
        self.warnings.sort_by_cached_key(|warning| order(&warning.path));
        ConfigErrors { mistakes: self.mistakes, warnings: self.warnings }
    }

    /// The answer: `value` with the warnings, or every mistake.
    pub(crate) fn finish<T>(self, value: T) -> Result<(T, Vec<ConfigWarning>), ConfigErrors> {
        let errors = self.into_errors();
        if errors.mistakes.is_empty() { Ok((value, errors.warnings)) } else { Err(errors) }
    }

    fn add(&mut self, at: &Path<'_>, message: String, nearest: Option<String>) {
        let path = text(at);
        if !self.is_unreadable(&path, at) {
            self.mistakes.push(ConfigMistake { path, message, nearest });
        }
    }

    fn is_unreadable(&self, path: &str, at: &Path<'_>) -> bool {
        if self.unreadable.is_empty() {
            return false;
        }
        let mut above = Some(at);
        while let Some(place) = above {
            if self.unreadable.contains(&text(place)) {
                return true;
            }
            above = place.parent;
        }
        self.unreadable
            .range::<str, _>((std::ops::Bound::Excluded(path), std::ops::Bound::Unbounded))
            .map_while(|beneath| beneath.strip_prefix(path))
            .any(|rest| rest.starts_with(['.', '[']))
    }
}

/// Paths in the order of their parts, places in lists by their numbers.
pub(crate) fn order(path: &str) -> Vec<(usize, String)> {
    let part = |part: &str| match part.strip_suffix(']').and_then(|digits| digits.parse().ok()) {
        Some(index) => (index, String::new()),
        None => (0, part.to_owned()),
    };
    path.split(['.', '[']).map(part).collect()
}

fn text(at: &Path<'_>) -> String {
    if at.parent.is_none() { "the file".to_owned() } else { at.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_the_file() {
        let (servers, none) = (Path::ROOT.key("authorizationServers"), Path::ROOT);
        let server = servers.index(2);
        assert_eq!(server.key("name").to_string(), "authorizationServers[2].name");
        assert_eq!(text(&none), "the file");
        assert_eq!(Path::ROOT.key("a\nb\u{202e}").to_string(), "a\\u{a}b\\u{202e}");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(Shown(&"x".repeat(500)).to_string(), format!("{}…", "x".repeat(100)));
    }

    #[test]
    fn what_could_not_be_read_is_not_judged_again() {
        let mut findings = Findings::default();
        let apps = Path::ROOT.key("apps");
        let app = apps.index(1);
        let credentials = app.key("credentials");
        findings.mistake(&credentials, "expected an object, found a number");
        findings.reading_is_done();
        findings.mistake(&credentials.key("client_id"), "is missing");
        findings.mistake(&app, "has no credentials");
        findings.mistake(&apps.index(10), "another one");
        let errors = findings.finish(()).unwrap_err();
        let shown: Vec<_> = errors.mistakes().iter().map(ConfigMistake::path).collect();
        assert_eq!(shown, ["apps[1].credentials", "apps[10]"]);
    }

    #[test]
    fn mistakes_are_ordered_by_place() {
        let mut findings = Findings::default();
        let users = Path::ROOT.key("users");
        for place in [10, 9, 0] {
            findings.mistake(&users.index(place), "x");
        }
        findings.mistake(&Path::ROOT.key("apps"), "x");
        let errors = findings.into_errors();
        let paths: Vec<_> = errors.mistakes().iter().map(ConfigMistake::path).collect();
        assert_eq!(paths, ["apps", "users[0]", "users[9]", "users[10]"]);
    }

    #[test]
    fn unknown_names_show_their_neighbour() {
        let mut findings = Findings::default();
        findings.unknown(&Path::ROOT.key("x"), "scope", "ordrs:read", ["orders:read", "orders:write"]);
        findings.unknown(&Path::ROOT.key("y"), "scope", "zebra", ["orders:read"]);
        let errors = findings.finish(()).unwrap_err();
        let expected = "x: unknown scope `ordrs:read`, did you mean `orders:read`?\ny: unknown scope `zebra`";
        assert_eq!(errors.to_string(), expected);
        assert_eq!(errors.mistakes()[0].nearest(), Some("orders:read"));
    }
}
