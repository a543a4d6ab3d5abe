"""The organisation of these tests: one server an algorithm, one client a way to authenticate."""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

SECRET = "a secret: with + signs & more %41"
AUDIENCES = {"default": "api://default", "ausother": "api://other", "ausec": "api://ec", "aused": "api://ed"}
ALGORITHMS = {"default": "RS256", "ausother": "RS256", "ausec": "ES256", "aused": "EdDSA"}
SCOPES = ["api.read", "api.write"]


def new_rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class Org:
    def __init__(self):
        self.rsa, self.ec = new_rsa_key(), ec.generate_private_key(ec.SECP256R1())

    def json(self):
        jwks = [
            {**RSAAlgorithm.to_jwk(self.rsa.public_key(), as_dict=True), "kid": "rsa", "use": "sig"},
            {**ECAlgorithm.to_jwk(self.ec.public_key(), as_dict=True), "kid": "ec", "use": "sig"},
        ]
        apps = [
            app("0oabasic", {"token_endpoint_auth_method": "client_secret_basic", "client_secret": SECRET}),
            app("0oapost", {"token_endpoint_auth_method": "client_secret_post", "client_secret": SECRET}),
            app("0oahmac", {"token_endpoint_auth_method": "client_secret_jwt", "client_secret": SECRET}),
            app("0oakeys", {"token_endpoint_auth_method": "private_key_jwt"}, {"jwks": {"keys": jwks}}),
        ]
        servers = [server(id, AUDIENCES[id], ALGORITHMS[id]) for id in AUDIENCES]
        return json.dumps({"authorizationServers": servers, "apps": apps}, indent=2)

    def token_requests(self, issuer):
        """Every way to ask: a name, the client, headers and form."""
        form = {"grant_type": "client_credentials", "scope": " ".join(SCOPES)}
        quoted = urllib.parse.quote_plus(SECRET)
        basic = base64.b64encode(f"0oabasic:{quoted}".encode()).decode()
        yield "client_secret_basic", "0oabasic", {"Authorization": f"Basic {basic}"}, form
        yield "client_secret_post", "0oapost", {}, form | {"client_id": "0oapost", "client_secret": SECRET}
        yield "client_secret_jwt", "0oahmac", {}, form | self.assertion("0oahmac", issuer, SECRET, "HS256")
        for kid, key, algorithm in [("rsa", self.rsa, "RS256"), ("rsa", self.rsa, "RS512"), ("ec", self.ec, "ES256")]:
            assertion = self.assertion("0oakeys", issuer, key, algorithm, kid)
            yield f"private_key_jwt {algorithm}", "0oakeys", {}, form | assertion

    def assertion(self, client, issuer, key, algorithm, kid=None):
        now = int(time.time())
        claims = {"iss": client, "sub": client, "aud": f"{issuer}/v1/token", "iat": now, "exp": now + 300}
        token = jwt.encode(claims | {"jti": uuid.uuid4().hex}, key, algorithm, {"kid": kid} if kid else None)
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return {"client_assertion_type": kind, "client_assertion": token}


def app(id, credentials, settings=None):
    client = {"application_type": "service", "grant_types": ["client_credentials"], "response_types": ["token"]}
    return {
        "id": id,
        "name": "oidc_client",
        "label": id,
        "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"client_id": id, **credentials}},
        "settings": {"oauthClient": client | (settings or {})},
        "profile": {"tenant_id": "tenant-123", "environment": "production"},
    }


def server(id, audience, algorithm):
    def claim(name):
        kind = {"claimType": "RESOURCE", "valueType": "EXPRESSION"}
        return {"name": name, "value": f"app.profile.{name}", **kind}

    rule = {
        "name": "machines",
        "conditions": {"grantTypes": {"include": ["client_credentials"]}, "scopes": {"include": ["*"]}},
        "actions": {"token": {"accessTokenLifetimeMinutes": 60}},
    }
    return {
        "id": id,
        "name": id,
        "audiences": [audience],
        "scopes": [{"name": name} for name in SCOPES],
        "claims": [claim("tenant_id"), claim("environment")],
        "policies": [{"name": "all", "conditions": {"clients": {"include": ["ALL_CLIENTS"]}}, "rules": [rule]}],
        "chancery": {"signing": {"alg": algorithm}},
    }


def ask(issuer, headers, form):
    """A token request: the status and the answer."""
    body = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(f"{issuer}/v1/token", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
