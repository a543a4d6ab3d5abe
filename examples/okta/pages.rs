//! The pages that people see. Everything that is not written here is escaped.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chancery::{ConsentPrompt, ErrorPage};
use ring::digest::{SHA256, digest};

const STYLE: &str = include_str!("style.css");

/// How the policy of a page names its style, which stands in the page.
static STYLE_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, STYLE.as_bytes()))));

/// A page, ready to be sent.
pub(crate) struct Page {
    pub(crate) status: u16,
    html: String,
    /// Where its form, and the redirects that follow, may lead.
    form_action: String,
}

/// What every form sends along.
pub(crate) struct Form<'a> {
    /// Where the pages hang, without a slash at the end.
    pub(crate) base: &'a str,
    pub(crate) interaction: &'a str,
    /// Proof that the form is one of ours, shown to this browser.
    pub(crate) csrf: &'a str,
    /// Where the client is: the schemes of its redirect URIs.
    pub(crate) leads_to: &'a [&'a str],
}

impl Form<'_> {
    fn hidden(&self) -> String {
        format!(
            "<input type=\"hidden\" name=\"interaction\" value=\"{}\">\n\
             <input type=\"hidden\" name=\"csrf\" value=\"{}\">\n",
            escaped(self.interaction),
            escaped(self.csrf),
        )
    }

    fn page(&self, status: u16, title: &str, body: &str) -> Page {
        // Chromium holds every redirect that follows a form against this list, those of the client's
        // own pages included, and only the client knows where these lead.
        let form_action = ["'self'"].iter().chain(self.leads_to).copied().collect::<Vec<_>>().join(" ");
        Page { form_action, ..page(status, title, body) }
    }
}

/// What the sign-in page says.
pub(crate) struct SignIn<'a> {
    pub(crate) client: &'a str,
    /// What stands in the field for the user name.
    pub(crate) identifier: &'a str,
    /// The user is signed in and has to prove it anew.
    pub(crate) anew: bool,
    pub(crate) problem: Option<Problem>,
}

/// Why the page is shown again.
#[derive(Clone, Copy)]
pub(crate) enum Problem {
    Wrong,
    Throttled {
        seconds: u32,
    },
    /// Everything that checks passwords is busy.
    Busy,
    /// The form was not one that this browser was shown last.
    Stale,
}

impl Problem {
    fn status(self) -> u16 {
        match self {
            Self::Wrong | Self::Stale => 403,
            Self::Throttled { .. } => 429,
            Self::Busy => 503,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Wrong => "Wrong username or password.".to_owned(),
            Self::Throttled { seconds } => {
                format!("That was wrong too often. Wait {seconds} seconds, then try again.")
            }
            Self::Busy => "Too many people are signing in. Try again in a moment.".to_owned(),
            Self::Stale => "This page was out of date. Try again.".to_owned(),
        }
    }
}

/// The sign-in page.
pub(crate) fn sign_in(form: &Form<'_>, shown: &SignIn<'_>) -> Page {
    let (problem, described) = match shown.problem {
        None => (String::new(), ""),
        Some(problem) => (
            format!("<p class=\"problem\" id=\"problem\" role=\"alert\">{}</p>\n", escaped(&problem.text())),
            " aria-describedby=\"problem\"",
        ),
    };
    let wrong = match shown.problem {
        Some(Problem::Wrong) => " aria-invalid=\"true\"",
        _ => "",
    };
    let (at_name, at_password) = match shown.identifier {
        "" => (" autofocus", ""),
        _ => ("", " autofocus"),
    };
    let lead = if shown.anew { "Confirm that it is you, to continue to" } else { "to continue to" };
    let body = format!(
        "<h1>Sign in</h1>\n<p class=\"lead\">{lead} <strong>{}</strong></p>\n{problem}\
         <form method=\"post\" action=\"{}/signin\">\n{}\
         <label for=\"identifier\">Username</label>\n\
         <input id=\"identifier\" name=\"identifier\" type=\"text\" value=\"{}\" autocomplete=\"username\" \
         autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\" required{wrong}{described}{at_name}>\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" \
         required{wrong}{described}{at_password}>\n\
         <div class=\"buttons\">\n<button type=\"submit\">Sign in</button>\n\
         <button type=\"submit\" class=\"quiet\" name=\"cancel\" value=\"yes\" formnovalidate>Cancel</button>\n\
         </div>\n</form>\n",
        escaped(shown.client),
        escaped(form.base),
        form.hidden(),
        escaped(shown.identifier),
    );
    match shown.problem {
        None => form.page(200, "Sign in", &body),
        // The title is what screen readers say first.
        Some(problem) => form.page(problem.status(), "Error: Sign in", &body),
    }
}

/// The consent page.
pub(crate) fn consent(form: &Form<'_>, prompt: &ConsentPrompt, stale: bool) -> Page {
    let user = prompt.user();
    let of_profile = |name| user.profile().get(name).and_then(|value| value.as_str()).unwrap_or("");
    let name = format!("{} {}", of_profile("firstName"), of_profile("lastName"));
    let who = match name.trim() {
        "" => escaped(user.login()),
        name => format!("{} ({})", escaped(name), escaped(user.login())),
    };
    let (mut fixed, mut optional) = (String::new(), String::new());
    for (place, scope) in prompt.scopes().iter().enumerate() {
        let (title, name) = (escaped(scope.display_name()), escaped(scope.name()));
        let description = scope.description().map(escaped).unwrap_or_default();
        if scope.is_optional() {
            // Not ticked unless it was before: a consent is given, not left standing.
            let ticked = if scope.is_granted() { " checked" } else { "" };
            optional.push_str(&format!(
                "<li class=\"choice\"><input type=\"checkbox\" id=\"scope-{place}\" name=\"{OPTIONAL}{name}\" \
                 value=\"yes\" aria-describedby=\"scope-{place}-text\"{ticked}>\n\
                 <div><label for=\"scope-{place}\">{title}</label>\
                 <p id=\"scope-{place}-text\">{description}</p></div></li>\n",
            ));
        } else {
            fixed.push_str(&format!("<li><strong>{title}</strong><p>{description}</p></li>\n"));
        }
    }
    let fixed =
        if fixed.is_empty() { String::new() } else { format!("<ul class=\"scopes\">\n{fixed}</ul>\n") };
    let optional = if optional.is_empty() {
        String::new()
    } else {
        format!(
            "<fieldset>\n<legend>Optional</legend>\n<ul class=\"scopes\">\n{optional}</ul>\n</fieldset>\n"
        )
    };
    let (status, problem) = if stale {
        let text = escaped(&Problem::Stale.text());
        (Problem::Stale.status(), format!("<p class=\"problem\" role=\"alert\">{text}</p>\n"))
    } else {
        (200, String::new())
    };
    let body = format!(
        "<h1>Allow access?</h1>\n<p class=\"lead\"><strong>{}</strong> asks for this:</p>\n{problem}\
         <form method=\"post\" action=\"{}/consent\">\n{}\
         <input type=\"hidden\" name=\"asked\" value=\"{}\">\n{fixed}{optional}\
         <p class=\"note\">You are signed in as {who}.</p>\n\
         <div class=\"buttons\">\n<button type=\"submit\" name=\"allow\" value=\"yes\">Allow</button>\n\
         <button type=\"submit\" class=\"quiet\" name=\"deny\" value=\"yes\">Do not allow</button>\n\
         </div>\n</form>\n",
        escaped(prompt.client_label()),
        escaped(form.base),
        form.hidden(),
        escaped(&asked(prompt)),
    );
    form.page(status, "Allow access?", &body)
}

/// What a consent page asks for, for its answer to be known as the answer to just that.
pub(crate) fn asked(prompt: &ConsentPrompt) -> String {
    prompt.scopes().iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
}

/// Before a scope's name in the name of its field.
pub(crate) const OPTIONAL: &str = "optional:";

/// The session has ended, and no client waits for the browser.
pub(crate) fn signed_out() -> Page {
    page(200, "Signed out", "<h1>You are signed out</h1>\n<p class=\"lead\">You can close this window.</p>\n")
}

/// A request that nobody may be redirected for.
pub(crate) fn error(error: &ErrorPage) -> Page {
    problem(error.status(), error.error(), error.description())
}

/// A page that says no.
pub(crate) fn problem(status: u16, code: &str, description: &str) -> Page {
    let body = format!(
        "<h1>That did not work</h1>\n<p class=\"lead\">{}</p>\n\
         <p>Go back to the application that you came from, and try again there.</p>\n\
         <p class=\"note\">Error <code>{}</code></p>\n",
        escaped(description),
        escaped(code),
    );
    page(status, "Error", &body)
}

fn page(status: u16, title: &str, body: &str) -> Page {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{SEAL}{body}</main>\n\
         </body>\n</html>\n"
    );
    Page { status, html, form_action: "'none'".to_owned() }
}

/// A wax seal, for the eye only.
const SEAL: &str = "\
<svg class=\"seal\" viewBox=\"0 0 40 40\" width=\"40\" height=\"40\" aria-hidden=\"true\">\
<circle cx=\"20\" cy=\"20\" r=\"19\"/>\
<path d=\"M26.5 14.6a8.5 8.5 0 1 0 0 10.8\"/></svg>\n";

impl Page {
    /// What is sent beside the status and the body.
    pub(crate) fn headers(&self) -> [(&'static str, String); 7] {
        let policy = format!(
            "default-src 'none'; style-src {}; form-action {}; base-uri 'none'; frame-ancestors 'none'",
            *STYLE_SOURCE, self.form_action
        );
        [
            ("Content-Type", "text/html; charset=utf-8".to_owned()),
            ("Content-Security-Policy", policy),
            // For browsers from before `frame-ancestors`.
            ("X-Frame-Options", "DENY".to_owned()),
            // Addresses of these pages hold what clients sent.
            ("Referrer-Policy", "no-referrer".to_owned()),
            ("Cache-Control", "no-store".to_owned()),
            ("Pragma", "no-cache".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ]
    }

    pub(crate) fn into_body(self) -> String {
        self.html
    }
}

/// Text as it may stand between tags and in quoted attributes.
fn escaped(text: &str) -> String {
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
