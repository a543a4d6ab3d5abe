"""Resource servers that are not ours: each verifies access tokens with a published library.

Every one takes an issuer, an algorithm and cases (token, audience), and answers one verdict a case: the claims,
or why it was refused.
"""

import asyncio
import json
import os
import subprocess
import urllib.request
from dataclasses import dataclass

import jwt
from okta_jwt_verifier import AccessTokenVerifier
from okta_jwt_verifier.exceptions import JWTValidationException
from okta_jwt_verifier.jwt_utils import JWTUtils


@dataclass
class Verdict:
    claims: dict | None = None
    refused: str | None = None


def okta_npm(issuer, algorithm, cases):
    """npm `@okta/jwt-verifier`."""
    script = os.path.join(os.path.dirname(__file__), "verify.js")
    given = json.dumps({"issuer": issuer, "cases": [{"token": t, "audience": a} for t, a in cases]})
    done = subprocess.run(["node", script], input=given, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise SystemExit(f"verify.js failed:\n{done.stderr}")
    return [Verdict(**verdict) for verdict in json.loads(done.stdout)]


def okta_pypi(issuer, algorithm, cases):
    """PyPI `okta-jwt-verifier`, by both of its calls. It takes https issuers only."""
    verifiers = {audience: AccessTokenVerifier(issuer=issuer, audience=audience) for _, audience in cases}
    verdicts = []
    for token, audience in cases:
        verifier = verifiers[audience]
        found = [refusal(lambda: verifier.verify_sync(token)), refusal(lambda: asyncio.run(verifier.verify(token)))]
        assert (found[0] is None) == (found[1] is None), f"the two calls disagree: {found}"
        claims = JWTUtils.parse_token(token)[1] if found[0] is None else None
        verdicts.append(Verdict(claims=claims, refused=found[0]))
    return verdicts


def refusal(verify):
    try:
        verify()
    except JWTValidationException as error:
        return str(error)
    return None


def pyjwt(issuer, algorithm, cases):
    """PyJWT, with the keys that the discovery document leads to."""
    with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=10) as answer:
        discovered = json.load(answer)
    assert discovered["issuer"] == issuer, discovered["issuer"]
    keys = jwt.PyJWKClient(discovered["jwks_uri"])
    verdicts = []
    for token, audience in cases:
        try:
            key = keys.get_signing_key_from_jwt(token)
            required = {"require": ["iss", "aud", "exp", "iat", "sub", "jti"]}
            claims = jwt.decode(token, key, [algorithm], required, audience=audience, issuer=issuer)
            verdicts.append(Verdict(claims=claims))
        except jwt.PyJWKClientConnectionError:
            raise  # no verdict on the token
        except jwt.PyJWTError as error:
            verdicts.append(Verdict(refused=f"{type(error).__name__}: {error}"))
    return verdicts
