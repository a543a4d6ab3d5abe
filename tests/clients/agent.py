"""A browser without scripts: cookies, redirects, and the forms of the sign-in pages."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class Form(HTMLParser):
    """The form of a page."""

    def __init__(self, page):
        super().__init__()
        self.action, self.hidden, self.names = None, {}, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes["action"]
        elif tag in ("input", "button") and "name" in attributes:
            self.names.append(attributes["name"])
            if attributes.get("type") == "hidden":
                self.hidden[attributes["name"]] = attributes["value"]


class Agent:
    def __init__(self):
        self.session = requests.Session()

    def through(self, url, answers):
        """Fills the forms that come, until the browser is sent away from the issuer: to this URL."""
        origin = urlsplit(url).netloc
        answer = self.session.get(url, allow_redirects=False, timeout=30)
        for _ in range(9):
            if "Location" in answer.headers:
                following = urljoin(answer.url, answer.headers["Location"])
                if urlsplit(following).netloc != origin:
                    return following
                answer = self.session.get(following, allow_redirects=False, timeout=30)
                continue
            form = Form(answer.text)
            if form.action is None:
                raise SystemExit(f"a page without a form: {answer.status_code} {answer.text}")
            fields = form.hidden | {name: value for name, value in answers.items() if name in form.names}
            action = urljoin(answer.url, form.action)
            answer = self.session.post(action, fields, allow_redirects=False, timeout=30)
        raise SystemExit("the forms do not end")
