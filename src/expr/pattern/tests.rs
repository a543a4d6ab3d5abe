use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    Pattern::new(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}")).matches(text)
}

fn refusal(pattern: &str) -> String {
    Pattern::new(pattern).expect_err(pattern)
}

#[test]
fn matches_the_whole_text() {
    for (pattern, text, expected) in [
        ("b", "abc", false),
        (".*b.*", "abc", true),
        ("", "", true),
        ("a|bc", "abc", false),
        ("(a|b)c", "bc", true),
        ("a{2}", "aa", true),
        ("a{2,}", "aaa", true),
        ("a{1,2}", "aaa", false),
        ("a+?b??", "aa", true),
        ("^a$", "a", true),
        ("(?i)engineer", "EnGineer", true),
        ("(?i:A)b", "aB", false),
        ("(a(?i)b)C", "aBC", true),
        ("(a(?i)b)C", "aBc", false),
        ("(?i)[a-f]+", "DEAD", true),
        ("(?iu)É", "é", true),
        ("(?i)É", "é", false),
        ("(?<year>\\d{4})-\\d\\d", "2015-07", true),
        ("(?x) a b # comment", "ab", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn classes_are_those_of_java() {
    for (pattern, text, expected) in [
        ("\\d", "٣", false), // ASCII only
        ("\\w", "é", false),
        ("\\W", "é", true),
        ("[\\w.-]+", "a.b-c", true),
        ("[^\\s]", "\u{a0}", true),
        (".", "\r", false),
        ("(?s).", "\r", true),
        ("(?d).", "\r", true),
        ("[a-z&&[^m]]", "m", false),
        ("[a-z&&[^m]]", "n", true),
        ("[]a]+", "]a", true),
        ("[a-]+", "a-", true),
        ("[--/]", ".", true),
        ("[a~~b&]+", "~&", true),
        ("[[a][b]]+", "ab", true),
        ("\\p{Alpha}\\p{Lu}\\pL", "aÉé", true),
        ("\\p{IsAlphabetic}", "é", true),
        ("\\P{Digit}", "5", false),
        ("\\x41\\u0042\\x{43}\\0104\\t\\cA", "ABCD\t\u{1}", true),
        ("\\Qa.b\\E+", "a.bb", true),
        ("\\.\\*\\/", ".*/", true),
        ("\\R", "\r\n", true),
        ("\\ba\\b", "a", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn looks_around() {
    for (pattern, text, expected) in [
        ("foo(?=bar)bar", "foobar", true),
        ("foo(?=baz)bar", "foobar", false),
        ("foo(?!baz)bar", "foobar", true),
        ("foo(?!bar)...", "foobar", false),
        ("(?=.*[A-Z])(?=.*\\d).{8,}", "Passw0rd", true),
        ("(?=.*[A-Z])(?=.*\\d).{8,}", "password", false),
        ("(?!.*admin).*", "an admin", false),
        ("(?!.*admin).*", "a user", true),
        (".*(?<=@okta\\.com)", "ada@okta.com", true),
        (".*(?<!@okta\\.com)", "ada@okta.com", false),
        ("((?!ab).)*", "aabb", false),
        ("((?!ab).)*", "bbaa", true),
        ("a(?=b(?!c)).*", "abd", true),
        ("a(?=b(?!c)).*", "abc", false),
        ("a(?=b(?<=ab)).", "ab", true),
        ("(?=a|b)[ab](?<=b|c)", "b", true),
        ("x(?=y{2,3}$)y*", "xyyy", true),
        ("x(?=y{2,3}$)y*", "xyyyy", false),
        ("(?=\\bé\\b).", "é", true),
        ("(?i)(?=FOO)foo", "FoO", true),
        ("(?=)", "", true),
        ("(?!)", "", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn refusals_name_the_feature() {
    for (pattern, named) in [
        ("(a)\\1", "back-references"),
        ("(?<n>a)\\k<n>", "back-references"),
        ("a*+", "possessive"),
        ("a{2}+", "possessive"),
        ("(?>a)", "atomic"),
        ("\\G", "previous match"),
        ("\\X", "grapheme"),
        ("(?U)\\w", "flag `U`"),
        ("\\p{InGreek}", "InGreek"),
        ("\\p{javaLowerCase}", "javaLowerCase"),
        ("a{1000}{1000}{1000}", "too large"),
        ("(?=a{1000}{1000})", "too large"),
        ("(a{1000}){1000}", "too large"),
        ("(?=(?:){4294967295})", "too large"),
        ("a{99999999999}", "too often"),
        ("(a", "without its `)`"),
        ("a)", "without its `(`"),
        ("[a", "without its `]`"),
        ("*a", "nothing before"),
        ("a**", "repeated already"),
        ("a{2,1}", "larger"),
        ("{2}", "nothing before"),
        ("a\\", "ends with a backslash"),
        ("[z-a]", "upside down"),
        ("\\y", "no escape"),
        ("(?q)", "begins no group"),
    ] {
        let message = refusal(pattern);
        assert!(message.contains(named), "{pattern}: {message}");
    }
    assert!(refusal(&"a".repeat(1001)).contains("1000"));
    assert!(matches(&"a".repeat(1000), &"a".repeat(1000)));
    assert!(refusal(&"(".repeat(900)).contains("deeper"));
    assert!(refusal(&"[".repeat(900)).contains("deeper"));
}

/// The same patterns with a look-around that always holds must match the same texts.
#[test]
fn both_matchers_agree() {
    let patterns = [
        "a*b+",
        "(a|b)*c?",
        "[^a]{1,3}",
        "a(b|)c",
        "(ab?){2}",
        "\\ba.*b\\b",
        "(?m)^a$|b",
        "x?y?z?",
        "((a)|(b*))c",
    ];
    let texts = ["", "a", "b", "ab", "abc", "aab", "ac", "bbb", "abab", "c", "a b", "xyz", "a\nb", "bbc"];
    for pattern in patterns {
        for text in texts {
            assert_eq!(
                matches(&format!("(?=)(?:{pattern})(?<=)"), text),
                matches(pattern, text),
                "{pattern} {text:?}"
            );
        }
    }
}

#[test]
fn time_is_linear() {
    let text = format!("{}!", "a".repeat(50_000));
    for pattern in ["(a+)+$", "(a|aa)*b", "(.*)*x", "(a*)*b"] {
        assert!(!matches(pattern, &text), "{pattern}");
        assert!(!matches(&format!("(?=.){pattern}"), &text), "{pattern}");
    }
}
