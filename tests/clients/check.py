"""Starts issuers, asks for tokens, shows them to resource servers. Driven by `run`."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone

import jwt

import verifiers
from checks import check, total
from front import TlsFront
from issuer import Issuer, free_port
from org import ALGORITHMS, AUDIENCES, SCOPES, Org, ask, new_rsa_key, pem
from spoil import spoiled

LIFETIME = 3600


def the_printed_quick_example(binary):
    """What the demo prints works as printed, and answers a token of the documented structure."""
    with Issuer(binary) as demo:
        first, _, _ = demo.rest_of_greeting("curl '").partition("\n\n# What")
        answer = json.loads(subprocess.run(["bash", "-euc", first], check=True, capture_output=True).stdout)
        issuer = f"{demo.address}/oauth2/default"
        verdict = verifiers.pyjwt(issuer, "RS256", [(answer["access_token"], "api://default")])[0]
        check_claims(verdict, issuer, "api://default", "0oademoservice", "the quick example")
        check(answer["token_type"] == "Bearer" and answer["expires_in"] == LIFETIME, "the quick example's answer")


def check_claims(verdict, issuer, audience, client, what):
    check(verdict.refused is None, f"{what} was refused: {verdict.refused}")
    claims = dict(verdict.claims)
    check(claims.pop("jti").startswith("AT."), f"{what}: jti")
    issued, expires = claims.pop("iat"), claims.pop("exp")
    check(abs(issued - time.time()) < 60 and expires - issued == LIFETIME, f"{what}: {issued} to {expires}")
    own = {"tenant_id": "tenant-123", "environment": "production"}
    expected = {"ver": 1, "iss": issuer, "aud": audience, "cid": client, "sub": client, "scp": SCOPES, **own}
    check(claims == expected, f"{what}: {claims}")


def good_tokens(org, base, resource_servers):
    """Every way to authenticate, at every server, for every resource server that knows its algorithm."""
    for server, audience in AUDIENCES.items():
        issuer, algorithm = f"{base}/oauth2/{server}", ALGORITHMS[server]
        cases = []
        for method, client, headers, form in org.token_requests(issuer):
            status, answer = ask(issuer, headers, form)
            check(status == 200, f"{method} at {issuer}: {status} {answer}")
            cases.append((f"{method} at {server}", client, answer["access_token"]))
            if "client_assertion" in form:
                status, answer = ask(issuer, headers, form)
                check((status, answer["error"]) == (401, "invalid_client"), f"{method}, again: {status} {answer}")
            elif "client_secret" in form:
                status, answer = ask(issuer, headers, form | {"client_secret": "wrong"})
                check((status, answer["error"]) == (401, "invalid_client"), f"a wrong secret: {status} {answer}")
        for verify in resource_servers:
            if algorithm != "RS256" and verify is not verifiers.pyjwt:
                continue  # Okta signs with RS256 only, and so its verifiers know nothing else.
            verdicts = verify(issuer, algorithm, [(token, audience) for _, _, token in cases])
            for (what, client, _), verdict in zip(cases, verdicts, strict=True):
                check_claims(verdict, issuer, audience, client, f"{verify.__doc__} {what}")


def spoiled_tokens(binary, org, base, flags, resource_servers, folder):
    issuer, audience = f"{base}/oauth2/default", AUDIENCES["default"]
    _, client, headers, form = list(org.token_requests(issuer))[1]
    good = ask(issuer, headers, form)[1]["access_token"]
    stranger = new_rsa_key()
    stranger_pem = os.path.join(folder, "stranger.pem")
    with open(stranger_pem, "w") as file:
        file.write(pem(stranger))
    early = (datetime.now(timezone.utc) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def from_another(*more):
        """A token from a second issuer under the same name."""
        with Issuer(binary, *flags, "--base-url", base, *more) as other:
            return ask(f"{other.address}/oauth2/default", headers, form)[1]["access_token"]

    keys = jwt.PyJWKClient(f"{issuer}/v1/keys")
    public_key = keys.get_signing_key_from_jwt(good).key
    bad = [(what, token, audience) for what, token in spoiled(good, public_key, stranger)]
    bad.append(("wrong audience", good, "api://another"))
    elsewhere = ask(f"{base}/oauth2/ausother", headers, form)[1]["access_token"]
    bad.append(("wrong issuer, same key", elsewhere, AUDIENCES["ausother"]))
    bad.append(("expired", from_another("--now", early), audience))
    bad.append(("an issuer with another key", from_another("--key", stranger_pem), audience))

    for verify in resource_servers:
        # The good one first and last: a verifier that cannot reach the keys refuses everything.
        cases = [(good, audience), *((token, audience) for _, token, audience in bad), (good, audience)]
        verdicts = verify(issuer, "RS256", cases)
        for place, verdict in [("first", verdicts[0]), ("last", verdicts[-1])]:
            check_claims(verdict, issuer, audience, client, f"{verify.__doc__} the good token, {place}")
        for (what, _, _), verdict in zip(bad, verdicts[1:-1], strict=True):
            check(verdict.refused is not None, f"{verify.__doc__} accepted: {what}")
            print(f"  {verify.__name__:9} refuses {what}: {verdict.refused}")


def main():
    binary = sys.argv[1]
    the_printed_quick_example(binary)
    org = Org()
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "org.json")
        with open(file, "w") as out:
            out.write(org.json())
        flags = ["--config", file]

        print("over HTTP")
        both = [verifiers.okta_npm, verifiers.pyjwt]
        with Issuer(binary, *flags) as issuer:
            good_tokens(org, issuer.address, both)
            spoiled_tokens(binary, org, issuer.address, flags, both, folder)

        print("over HTTPS")
        port = free_port()
        base = f"https://localhost:{port}"
        certificate = os.environ["SSL_CERT_FILE"]
        with (
            Issuer(binary, *flags, "--base-url", base) as issuer,
            TlsFront(folder, certificate, port, issuer.address),
        ):
            all_three = [*both, verifiers.okta_pypi]
            good_tokens(org, base, all_three)
            spoiled_tokens(binary, org, base, flags, all_three, folder)
    print(f"tests/clients: {total()} checks passed")


main()
