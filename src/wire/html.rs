//! The few pages that the issuer makes itself. They hold no style and nothing from outside, and what
//! came with a request stands in them escaped, in attributes and text only, never in a script.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;

use super::reply::Reply;

/// Text as it may stand between tags and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A page that does nothing but what its policy lists. `title` and `body` are HTML, `policy` directives
/// beside `default-src 'none'` and `base-uri 'none'`.
pub(crate) fn page(status: u16, title: &str, body: &str, policy: &str) -> Reply {
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n</head>\n<body>\n{body}</body>\n</html>\n"
    );
    Reply::html(status, text)
        .with("Content-Security-Policy", format!("default-src 'none'; base-uri 'none'; {policy}"))
}

/// How a policy names a script that stands in the page.
pub(crate) fn script_source(script: &str) -> String {
    let hash = digest::digest(&digest::SHA256, script.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes() {
        let hostile = "\"><script>alert('1')</script>&amp;<!-- é\u{2028} ]]>";
        let shown = escaped(hostile);
        assert_eq!(
            shown,
            "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;&lt;!-- é\u{2028} ]]&gt;"
        );
        for c in 0..=0x7F {
            let c = char::from(c);
            let shown = escaped(&c.to_string());
            assert!(!"<>\"'".contains(c) || !shown.contains(c), "{c}");
            assert_eq!(shown.len() > 1, "&<>\"'".contains(c), "{c}");
        }
    }

    #[test]
    fn a_script_is_named_by_its_hash() {
        // The example of the Content Security Policy Level 3 specification, §6.7.3.
        assert_eq!(
            script_source("alert('Hello, world.');"),
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
    }
}
