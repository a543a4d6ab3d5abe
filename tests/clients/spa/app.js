// A single-page app: `@okta/okta-auth-js` as Okta's samples use it. The test presses its buttons.
/* global OktaAuth */

async function start() {
  const settings = await (await fetch('/settings.json')).json();
  const scopes = new URLSearchParams(sessionStorage.getItem('chosen') ?? '').getAll('scope');
  window.auth = new OktaAuth({
    issuer: settings.issuer,
    clientId: settings.clientId,
    redirectUri: `${location.origin}/callback`,
    postLogoutRedirectUri: `${location.origin}/`,
    scopes: scopes.length ? scopes : ['openid', 'profile', 'email', 'api.read'],
    tokenManager: { autoRenew: false },
  });
  if (location.pathname === '/callback') {
    try {
      const { tokens } = await window.auth.token.parseFromUrl();
      window.auth.tokenManager.setTokens(tokens);
    } catch (error) {
      window.failure = String(error.errorCode || error.message);
    }
    history.replaceState(null, '', '/');
  }
  document.getElementById('popup').onclick = () => {
    window.got = window.auth.token.getWithPopup({}).then(({ tokens }) => tokens, (error) => String(error));
  };
  document.body.dataset.state = 'ready';
}

start();
