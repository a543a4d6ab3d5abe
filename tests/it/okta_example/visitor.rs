//! A browser made by hand: cookies and forms, over the socket.

use std::collections::BTreeMap;

use super::Running;

/// One answer.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { status, headers, body: body.to_owned() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut found =
            self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = found.next();
        assert_eq!(found.next(), None, "{name} comes once");
        first
    }

    /// Where it sends the browser, and with which parameters.
    pub(super) fn sent_to(&self) -> (String, BTreeMap<String, String>) {
        let location = self.header("location").unwrap_or_else(|| panic!("{} {}", self.status, self.body));
        let url = url::Url::parse(location).unwrap();
        let parameters = url.query_pairs().into_owned().collect();
        (location.split('?').next().unwrap().to_owned(), parameters)
    }

    /// The value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> String {
        let before = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&before).unwrap_or_else(|| panic!("no {name} in {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.body))
    }
}

/// A browser at a running issuer.
pub(super) struct Visitor<'a> {
    running: &'a Running,
    pub(super) cookies: BTreeMap<String, String>,
    /// Where the issuer's pages hang.
    pub(super) base: String,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(running: &'a Running) -> Self {
        Self { running, cookies: BTreeMap::new(), base: String::new() }
    }

    /// Another browser with the same cookies.
    pub(super) fn twin(&self) -> Self {
        Self { running: self.running, cookies: self.cookies.clone(), base: self.base.clone() }
    }

    pub(super) fn cookie(&self) -> &str {
        self.cookies.values().next().unwrap()
    }

    pub(super) fn get(&mut self, target: &str) -> Answer {
        self.send("GET", target, "", "")
    }

    pub(super) fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        self.send("POST", target, "content-type: application/x-www-form-urlencoded\r\n", &form(fields))
    }

    pub(super) fn send(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = match cookies.as_slice() {
            [] => String::new(),
            cookies => format!("cookie: {}\r\n", cookies.join("; ")),
        };
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{cookies}{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = Answer::parse(&self.running.exchange(request.as_bytes()));
        if let Some(cookie) = answer.header("set-cookie") {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match attributes.contains("Max-Age=0") {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        answer
    }

    /// Fills the form of a sign-in page.
    pub(super) fn sign_in(&mut self, page: &Answer, user: &str, password: &str) -> Answer {
        let (interaction, csrf) = (page.hidden("interaction"), page.hidden("csrf"));
        let target = format!("{}/signin", self.base);
        let fields =
            [("interaction", &*interaction), ("csrf", &csrf), ("identifier", user), ("password", password)];
        self.post(&target, &fields)
    }

    /// Fills the form of a consent page.
    pub(super) fn consent(&mut self, page: &Answer, more: &[(&str, &str)]) -> Answer {
        let (interaction, csrf) = (page.hidden("interaction"), page.hidden("csrf"));
        let asked = page.hidden("asked");
        let own = [("interaction", &*interaction), ("csrf", &csrf), ("asked", &asked)];
        let target = format!("{}/consent", self.base);
        self.post(&target, &[&own, more].concat())
    }
}

pub(super) fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
