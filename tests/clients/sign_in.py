"""People sign in to apps that are not ours: npm `openid-client`, PyPI `authlib`, and `@okta/okta-auth-js` in
headless Chromium, all at the demo organisation. Driven by `run`."""

import json
import os
import subprocess
import sys
import tempfile

import web_app
from checks import check, count, total
from front import TlsFront
from issuer import Issuer, free_port

USER, PASSWORD = "ada@example.com", "analytical-engine"
WEB, SECRET, SPA = "0oademoweb", "demo-web-app-secret", "0oademospa"


def demo(web_port, spa_port):
    """The demo organisation, with its apps at ports that are free here."""
    with open("examples/okta/demo.json") as file:
        org = json.load(file)
    for app in org["apps"]:
        settings = app["settings"]["oauthClient"]
        if app["id"] == WEB:
            settings["redirect_uris"] = [f"http://localhost:{web_port}/callback"]
            settings["post_logout_redirect_uris"] = [f"http://localhost:{web_port}/"]
        if app["id"] == SPA:
            settings["redirect_uris"] = [f"http://localhost:{spa_port}/callback"]
            settings["post_logout_redirect_uris"] = [f"http://localhost:{spa_port}/"]
    del org["baseUrl"], org["trustedOrigins"]
    return json.dumps(org)


def node(tools, script, given):
    """A script of this folder, beside the packages that it imports."""
    script = os.path.join(tools, script)
    done = subprocess.run(["node", script], input=json.dumps(given), stdout=subprocess.PIPE, text=True, timeout=300)
    check(done.returncode == 0, script)
    count(int(done.stdout))


def web_apps(tools, base, web_port):
    issuer = f"{base}/oauth2/default"
    callback, signed_out = f"http://localhost:{web_port}/callback", f"http://localhost:{web_port}/"
    print(f"Authlib at {issuer}")
    web_app.run(issuer, WEB, SECRET, callback, signed_out, USER, PASSWORD)
    print(f"openid-client at {issuer}", flush=True)
    node(tools, "openid_client.mjs", {
        "issuer": issuer, "clientId": WEB, "clientSecret": SECRET, "redirectUri": callback,
        "signedOutUri": signed_out, "user": USER, "password": PASSWORD,
    })


def main():
    binary, tools, chromium = sys.argv[1:]
    web_port, spa_port, port, front = free_port(), free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "org.json")
        with open(file, "w") as out:
            out.write(demo(web_port, spa_port))

        # The page and the issuer must be one site, or no browser lets a frame renew tokens: both are localhost.
        base = f"http://localhost:{port}"
        with Issuer(binary, "--config", file, "--listen", f"127.0.0.1:{port}", "--base-url", base) as issuer:
            web_apps(tools, base, web_port)
            print("Chromium and okta-auth-js")
            node(tools, "browser.mjs", {
                "issuer": f"{base}/oauth2/default", "base": base, "clientId": SPA, "port": spa_port,
                "user": USER, "password": PASSWORD, "chromium": chromium,
                "pictures": os.path.join(tools, "pages"), "spa": os.path.join(os.path.dirname(__file__), "spa"),
            })

        base = f"https://localhost:{front}"
        with (
            Issuer(binary, "--config", file, "--base-url", base) as issuer,
            TlsFront(folder, os.environ["SSL_CERT_FILE"], front, issuer.address),
        ):
            web_apps(tools, base, web_port)
    port = free_port()
    base = f"http://localhost:{port}"
    org = os.path.join(os.path.dirname(__file__), "preview_org.json")
    with Issuer(binary, "--config", org, "--listen", f"127.0.0.1:{port}", "--base-url", base, "--preview"):
        print("Chromium and the page /preview", flush=True)
        node(tools, "preview.mjs", {"base": base, "chromium": chromium, "pictures": os.path.join(tools, "pages")})
    print(f"tests/clients: {total()} checks of sign-in passed")


main()
