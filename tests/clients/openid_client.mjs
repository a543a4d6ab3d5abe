// npm `openid-client` as a web app: the code flow with PKCE, and all that can be done with its tokens.
// None of the library's checks is switched off; that http will do for localhost has to be said.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as client from 'openid-client';
import { Agent } from './agent.mjs';

const { issuer, clientId, clientSecret, redirectUri, signedOutUri, user, password } = JSON.parse(readFileSync(0, 'utf8'));
const scope = 'openid profile email offline_access api.read';
let checks = 0;

function check(good, what) {
  assert.ok(good, what);
  checks += 1;
}

async function refused(work, what, expected) {
  let error;
  try { await work(); } catch (thrown) { error = thrown; }
  check(error, `${what} was accepted`);
  const text = `${error.error ?? ''} ${error.code ?? ''} ${error.message} ${error.cause?.message ?? ''}`;
  check(!expected || text.includes(expected), `${what}: ${text}`);
  console.error(`  openid-client: ${what}: ${error.error ?? error.code ?? error.message}`);
}

const insecure = { execute: new URL(issuer).protocol === 'http:' ? [client.allowInsecureRequests] : [] };
const config = await client.discovery(new URL(issuer), clientId, undefined, client.ClientSecretBasic(clientSecret), insecure);
check(config.serverMetadata().issuer === issuer, 'the issuer');
check(config.serverMetadata().authorization_response_iss_parameter_supported, 'RFC 9207');

async function begin(agent, more = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope, state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256', ...more,
  });
  const callback = await agent.through(url, { identifier: user, password, allow: 'yes' });
  return { callback, expected: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}

const agent = new Agent();
const { callback, expected } = await begin(agent);
check(callback.href.startsWith(`${redirectUri}?`), callback.href);
const tokens = await client.authorizationCodeGrant(config, callback, expected);
const claims = tokens.claims();
check(claims.iss === issuer && claims.aud === clientId && claims.nonce === expected.expectedNonce, 'claims');
check(claims.amr.includes('pwd') && claims.auth_time > 0 && claims.at_hash, 'how the user signed in');
check(tokens.refresh_token && tokens.expires_in === 3600 && tokens.token_type === 'bearer', 'the answer');
check(tokens.scope.split(' ').sort().join(' ') === scope.split(' ').sort().join(' '), tokens.scope);

const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
check(userinfo.email === user && userinfo.sub === claims.sub, JSON.stringify(userinfo));
await refused(() => client.fetchUserInfo(config, tokens.access_token, 'somebody else'), "another user's userinfo");

const known = await client.tokenIntrospection(config, tokens.access_token);
check(known.active && known.client_id === clientId && known.username === user, JSON.stringify(known));
check((await client.tokenIntrospection(config, tokens.refresh_token)).active, 'the refresh token is active');

// Refreshed, and narrowed.
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
check(refreshed.access_token !== tokens.access_token && refreshed.claims().sub === claims.sub, 'refreshed');
const narrowed = await client.refreshTokenGrant(config, refreshed.refresh_token, { scope: 'openid api.read' });
check(!narrowed.scope.includes('email'), narrowed.scope);
await refused(
  () => client.refreshTokenGrant(config, narrowed.refresh_token ?? refreshed.refresh_token, { scope: `${scope} api.write` }),
  'a wider refresh', 'access_denied',
);

// Without a page, by the session; a session does not save who has to sign in anew.
const silent = await begin(agent, { prompt: 'none' });
const again = await client.authorizationCodeGrant(config, silent.callback, silent.expected);
check(again.claims().auth_time === claims.auth_time && again.claims().sub === claims.sub, 'the same session');
await refused(async () => {
  const { callback, expected } = await begin(new Agent(), { prompt: 'none' });
  return client.authorizationCodeGrant(config, callback, expected);
}, 'no page and no session', 'login_required');

// Spoiled answers.
const spoil = async (what, change, text) => {
  const { callback, expected } = await begin(agent);
  const changed = change({ callback, expected });
  await refused(() => client.authorizationCodeGrant(config, changed.callback, changed.expected), what, text);
};
const withParameter = (url, name, value) => {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed;
};
await spoil('another nonce', ({ callback, expected }) => ({ callback, expected: { ...expected, expectedNonce: 'x' } }), 'nonce');
await spoil('another state', ({ callback, expected }) => ({ callback: withParameter(callback, 'state', 'x'), expected }), 'state');
await spoil('another issuer', ({ callback, expected }) => ({ callback: withParameter(callback, 'iss', 'https://evil.test'), expected }), 'iss');
await spoil('another verifier', ({ callback, expected }) => (
  { callback, expected: { ...expected, pkceCodeVerifier: client.randomPKCECodeVerifier() } }), 'invalid_grant');
await spoil('another code', ({ callback, expected }) => ({ callback: withParameter(callback, 'code', 'x'.repeat(43)), expected }), 'invalid_grant');

// A code that is redeemed twice takes what it gave with it.
const twice = await begin(agent);
const first = await client.authorizationCodeGrant(config, twice.callback, twice.expected);
await refused(() => client.authorizationCodeGrant(config, twice.callback, twice.expected), 'a code, twice', 'invalid_grant');
check(!(await client.tokenIntrospection(config, first.access_token)).active, 'its token is dead');

// Revoked.
await client.tokenRevocation(config, tokens.refresh_token, { token_type_hint: 'refresh_token' });
for (const token of [tokens.access_token, refreshed.access_token]) {
  check(!(await client.tokenIntrospection(config, token)).active, 'revoked with its refresh token');
  await refused(() => client.fetchUserInfo(config, token, claims.sub), 'userinfo with a revoked token');
}
await refused(() => client.refreshTokenGrant(config, tokens.refresh_token), 'a revoked refresh token', 'invalid_grant');

// Signed out.
const bye = client.buildEndSessionUrl(config, {
  id_token_hint: again.id_token, post_logout_redirect_uri: signedOutUri, state: 'bye',
});
const back = await agent.through(bye, {});
check(back.href === `${signedOutUri}?state=bye`, back.href);
await refused(async () => {
  const { callback, expected } = await begin(agent, { prompt: 'none' });
  return client.authorizationCodeGrant(config, callback, expected);
}, 'no session any more', 'login_required');

process.stdout.write(String(checks));
