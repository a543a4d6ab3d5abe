//! What to type into another terminal to see the demo work.

/// PKCE's verifier and challenge, as the example of RFC 7636 appendix B has them: published, and so fit for
/// a demo only.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Lines for every flow.
pub(crate) fn lines(base: &str) -> String {
    let server = format!("{base}/oauth2/default");
    format!(
        "
# A token for the demo service (client credentials):
curl --request POST \\
  --url '{server}/v1/token' \\
  --header 'content-type: application/x-www-form-urlencoded' \\
  --data 'client_id=0oademoservice' \\
  --data 'client_secret=demo-service-secret' \\
  --data 'grant_type=client_credentials' \\
  --data 'scope=api.read+api.write'

# What a resource server reads to verify it:
curl '{server}/.well-known/oauth-authorization-server'
curl '{server}/v1/keys'

# A person signs in to the demo web app (authorization code with PKCE). Open this in a browser, and be
# ada@example.com with the password analytical-engine, or grace@example.com with nanosecond-of-wire:
#
# {server}/v1/authorize?client_id=0oademoweb&response_type=code&scope=openid+profile+email+offline_access+api.read&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&state=demo-state&nonce=demo-nonce&code_challenge={CHALLENGE}&code_challenge_method=S256
#
# The browser ends at http://localhost:3000/callback, where nothing listens unless you have an app there.
# Copy the code out of that address, within five minutes:
code=PASTE_THE_CODE_HERE

# Redeem it for tokens:
answer=$(curl --silent --request POST \\
  --url '{server}/v1/token' \\
  --user '0oademoweb:demo-web-app-secret' \\
  --data 'grant_type=authorization_code' \\
  --data 'redirect_uri=http://localhost:3000/callback' \\
  --data 'code_verifier={VERIFIER}' \\
  --data \"code=$code\")
echo \"$answer\"
take() {{ printf '%s' \"$answer\" | sed \"s/.*\\\"$1\\\":\\\"\\([^\\\"]*\\)\\\".*/\\1/\"; }}
access_token=$(take access_token) refresh_token=$(take refresh_token) id_token=$(take id_token)

# Who is it?
curl --header \"authorization: Bearer $access_token\" '{server}/v1/userinfo'

# Is the token still good?
curl --user '0oademoweb:demo-web-app-secret' --data \"token=$access_token\" '{server}/v1/introspect'

# Another access token, by the refresh token:
curl --user '0oademoweb:demo-web-app-secret' --data 'grant_type=refresh_token' \\
  --data \"refresh_token=$refresh_token\" '{server}/v1/token'

# Take back everything that came of this sign-in:
curl --user '0oademoweb:demo-web-app-secret' --data \"token=$refresh_token\" '{server}/v1/revoke'

# Sign out: open what this prints in the same browser.
echo \"{server}/v1/logout?id_token_hint=$id_token&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A3000%2F\"

# The demo single-page app is 0oademospa, a public client at http://localhost:5173/callback that asks for consent.
"
    )
}
