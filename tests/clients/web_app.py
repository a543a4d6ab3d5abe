"""A web app made with PyPI `authlib` and Flask, as Authlib's documentation has it: sign-in by the code flow with
PKCE and a nonce, refresh, userinfo, introspection, revocation and logout. No check is switched off."""

import os
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, jsonify

from agent import Agent
from checks import check

SCOPE = "openid profile email offline_access api.read"


class WebApp:
    """The app, with a browser at each end: one that visits the app, one that visits the issuer."""

    def __init__(self, issuer, client, secret, callback):
        self.callback = callback
        app = Flask(__name__)
        app.secret_key = os.urandom(32)
        self.oauth = OAuth(app)
        self.client = self.oauth.register(
            "issuer",
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_id=client,
            client_secret=secret,
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
        )

        @app.get("/login")
        def login():
            return self.client.authorize_redirect(callback)

        @app.get(urlsplit(callback).path)
        def called_back():
            try:
                return jsonify(self.client.authorize_access_token())
            except Exception as error:  # whatever the library finds wrong
                return jsonify({"refused": f"{type(error).__name__}: {error}"})

        self.app = app

    def sign_in(self, agent, answers, spoil=lambda url: url):
        """Signs in; what the app got, or why it refused."""
        browser = self.app.test_client()
        at_issuer = browser.get("/login").headers["Location"]
        sent = parse_qs(urlsplit(at_issuer).query)
        check(sent["code_challenge_method"] == ["S256"] and "nonce" in sent and "state" in sent, "Authlib's request")
        back = urlsplit(spoil(agent.through(at_issuer, answers)))
        return browser.get(f"{back.path}?{back.query}").json


def run(issuer, client, secret, callback, signed_out, user, password):
    """Returns nothing: what does not hold, ends the program."""
    app, agent = WebApp(issuer, client, secret, callback), Agent()
    answers = {"identifier": user, "password": password, "allow": "yes"}

    def refused(answer, what, expected):
        check(expected in answer.get("refused", "").lower(), f"Authlib, {what}: {answer}")
        print(f"  Authlib refuses {what}: {answer['refused']}")

    tokens = app.sign_in(agent, answers)
    check("refused" not in tokens, f"Authlib: {tokens}")
    # `userinfo` is what Authlib calls the claims of the ID token that it verified.
    claims = tokens["userinfo"]
    check(claims["iss"] == issuer and claims["aud"] == client and claims["nonce"], f"{claims}")
    check(claims["at_hash"] and claims["amr"] == ["pwd"] and claims["auth_time"] > 0, f"{claims}")
    check(sorted(tokens["scope"].split()) == sorted(SCOPE.split()) and tokens["expires_in"] == 3600, f"{tokens}")

    # Spoiled on the way back: with another state, or the code of somebody else's sign-in.
    def with_changed(**changed):
        def change(url):
            parameters = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
            return f"{url.split('?')[0]}?{urlencode(parameters | changed)}"

        return change

    refused(app.sign_in(agent, answers, with_changed(state="x")), "another state", "mismatching_state")
    code = parse_qs(urlsplit(agent.through(app_url(app), answers)).query)["code"][0]
    refused(app.sign_in(agent, answers, with_changed(code=code)), "another sign-in's code", "invalid_grant")

    metadata = app.client.load_server_metadata()
    session = OAuth2Session(
        client, secret, token=tokens, scope=SCOPE, token_endpoint=metadata["token_endpoint"],
        token_endpoint_auth_method="client_secret_basic", revocation_endpoint_auth_method="client_secret_basic",
    )
    info = session.get(metadata["userinfo_endpoint"]).json()
    check(info["sub"] == claims["sub"] and info["email"] == user, f"{info}")

    def introspected(token, hint=None):
        return session.introspect_token(metadata["introspection_endpoint"], token=token, token_type_hint=hint).json()

    known = introspected(tokens["access_token"], "access_token")
    check(known["active"] and known["client_id"] == client and known["username"] == user, f"{known}")
    check(introspected(tokens["refresh_token"], "refresh_token")["active"], "the refresh token is active")

    refreshed = session.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    check(refreshed["access_token"] != tokens["access_token"] and "id_token" in refreshed, f"{refreshed}")
    check(introspected(refreshed["access_token"])["active"], "refreshed")

    gone = session.revoke_token(metadata["revocation_endpoint"], token=refreshed["access_token"])
    check(gone.status_code == 200 and not introspected(refreshed["access_token"])["active"], "revoked alone")
    check(introspected(tokens["access_token"])["active"], "another access token is not")
    last = refreshed.get("refresh_token", tokens["refresh_token"])
    session.revoke_token(metadata["revocation_endpoint"], token=last, token_type_hint="refresh_token")
    check(not introspected(tokens["access_token"])["active"], "revoked with its refresh token")
    check(session.get(metadata["userinfo_endpoint"], headers=bearer(tokens)).status_code == 401, "userinfo, revoked")
    try:
        session.refresh_token(metadata["token_endpoint"], refresh_token=last)
        check(False, "a revoked refresh token was accepted")
    except OAuthError as error:
        check(error.error == "invalid_grant", f"{error}")

    hint = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": signed_out, "state": "bye"}
    back = agent.through(f"{metadata['end_session_endpoint']}?{urlencode(hint)}", {})
    check(back == f"{signed_out}?state=bye", back)
    silent = agent.through(f"{app_url(app)}&prompt=none", {})
    check(parse_qs(urlsplit(silent).query)["error"] == ["login_required"], silent)


def app_url(app):
    """Where the app sends somebody who signs in."""
    return app.app.test_client().get("/login").headers["Location"]


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}
