// Headless Chromium: a person signs in through the pages to a single-page app made with
// `@okta/okta-auth-js`. Leaves pictures of every page behind.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import puppeteer from 'puppeteer-core';

const { issuer, base, clientId, port, user, password, chromium, pictures, spa } = JSON.parse(readFileSync(0, 'utf8'));
const app = `http://localhost:${port}`;
let checks = 0;

function check(good, what) {
  assert.ok(good, what);
  checks += 1;
}

// The app, on a server of its own.
const library = dirname(createRequire(import.meta.url).resolve('@okta/okta-auth-js/package.json'));
const html = ['text/html', readFileSync(join(spa, 'index.html'))];
const files = {
  '/': html,
  '/callback': html,
  '/app.js': ['text/javascript', readFileSync(join(spa, 'app.js'))],
  '/okta-auth-js.js': ['text/javascript', readFileSync(join(library, 'dist', 'okta-auth-js.min.js'))],
  '/settings.json': ['application/json', JSON.stringify({ issuer, clientId })],
};
const server = createServer((request, response) => {
  const [type, body] = files[new URL(request.url, app).pathname] ?? [];
  response.writeHead(body ? 200 : 404, { 'content-type': type ?? 'text/plain' });
  response.end(body ?? '');
});
await new Promise((ready) => { server.listen(port, 'localhost', ready); });

mkdirSync(pictures, { recursive: true });
const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});

const LOOKS = [['light', 1000], ['dark', 1000], ['light', 360], ['dark', 360]];

async function picture(page, name) {
  for (const [scheme, width] of LOOKS) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setViewport({ width, height: 720 });
    await page.screenshot({ path: join(pictures, `${name}-${scheme}-${width}.png`), fullPage: true });
    const fits = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    check(fits, `${name} is wider than ${width} pixels`);
  }
}

// What a browser holds against a page: blocked by its policy, most of all.
const complaints = [];

async function visitor() {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on('console', (message) => {
    if (/content security policy|refused to/i.test(message.text())) complaints.push(message.text());
  });
  return { context, page };
}

const ready = (page) => page.waitForSelector('body[data-state=ready]');
const press = (page, button) => Promise.all([page.waitForNavigation(), page.click(button)]);

async function open(page, scopes) {
  await page.goto(app);
  await page.evaluate((chosen) => sessionStorage.setItem('chosen', chosen), new URLSearchParams(scopes.map((scope) => ['scope', scope])).toString());
  await page.goto(app);
  await ready(page);
}

async function toSignIn(page, more = {}) {
  await Promise.all([page.waitForSelector('#identifier'), page.evaluate((options) => { window.auth.signInWithRedirect(options); }, more)]);
}

const tokens = (page) => page.evaluate(() => window.auth.tokenManager.getTokens());

async function labelled(page) {
  // Every field has a name for who does not see it, and the page one heading in a known language.
  const good = await page.evaluate(() => [...document.querySelectorAll('input:not([type=hidden])')].every((field) => field.labels.length === 1)
    && document.querySelectorAll('h1').length === 1 && document.documentElement.lang === 'en' && document.scripts.length === 0);
  check(good, 'labels, heading, language, no script');
}

async function signsIn() {
  const { context, page } = await visitor();
  await open(page, ['openid', 'profile', 'email', 'offline_access', 'api.read', 'api.write']);
  await toSignIn(page, { loginHint: user });
  check(await page.$eval('#identifier', (field) => field.value) === user, 'the hint is filled in');
  check(await page.evaluate(() => document.activeElement.id) === 'password', 'and the password comes next');
  check((await page.$eval('main', (main) => main.innerText)).includes('Demo single-page app'), 'the app is named');
  await labelled(page);
  await picture(page, 'sign-in');

  // By keyboard alone, wrong first.
  await page.keyboard.type('not this one');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  const alert = await page.$eval('[role=alert]', (element) => element.innerText);
  const told = await page.$eval('#password', (field) => document.getElementById(field.getAttribute('aria-describedby')).innerText);
  check(alert.includes('Wrong') && told === alert, alert);
  await picture(page, 'sign-in-error');
  await page.keyboard.type(password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);

  // Consent, without the optional scope.
  await labelled(page);
  const asked = await page.$eval('main', (main) => main.innerText);
  check(asked.includes('Read from the API') && asked.includes('Write to the API') && asked.includes(user), asked);
  check(await page.$eval('input[type=checkbox]', (box) => !box.checked), 'nothing is ticked beforehand');
  await picture(page, 'consent');
  await press(page, 'button[name=allow]');
  await ready(page);
  const got = await tokens(page);
  check(got.accessToken && got.idToken && got.refreshToken, `tokens: ${Object.keys(got)} ${await page.evaluate(() => window.failure)}`);
  check(!got.accessToken.scopes.includes('api.write') && got.accessToken.scopes.includes('api.read'), `${got.accessToken.scopes}`);
  check(got.idToken.claims.iss === issuer && got.idToken.claims.aud === clientId && got.idToken.claims.at_hash, 'the ID token');

  // Renewed by the refresh token, which rotates.
  const renewed = await page.evaluate(async () => window.auth.token.renewTokens());
  check(renewed.accessToken.accessToken !== got.accessToken.accessToken, 'another access token');
  check(renewed.refreshToken.refreshToken !== got.refreshToken.refreshToken, 'another refresh token');
  await page.evaluate((renewed) => window.auth.tokenManager.setTokens(renewed), renewed);
  const info = await page.evaluate(() => window.auth.token.getUserInfo());
  check(info.email === user && info.sub === got.idToken.claims.sub, JSON.stringify(info));

  // Revoked: the token is of no use any more.
  await page.evaluate(() => window.auth.revokeAccessToken());
  const dead = await page.evaluate(async (token, url) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status,
    renewed.accessToken.accessToken, `${issuer}/v1/userinfo`);
  check(dead === 401, `userinfo with a revoked token: ${dead}`);

  // Another try without a page, in a frame, by the session; the framed page talks to the app alone.
  await open(page, ['openid', 'profile', 'email', 'api.read']);
  const silent = await page.evaluate(async () => (await window.auth.token.getWithoutPrompt()).tokens);
  check(silent.idToken.claims.sub === got.idToken.claims.sub && !silent.refreshToken, 'renewed in a frame');
  await page.evaluate((silent) => window.auth.tokenManager.setTokens(silent), silent);

  // Signed out, back at the app, and without a session.
  await Promise.all([page.waitForNavigation({ waitUntil: 'networkidle0' }), page.evaluate(() => { window.auth.signOut(); })]);
  check(new URL(page.url()).origin === app, page.url());
  await ready(page);
  const refused = await page.evaluate(() => window.auth.token.getWithoutPrompt().then(() => 'tokens', (error) => error.errorCode));
  check(refused === 'login_required', `after signing out: ${refused}`);
  await context.close();
}

async function saysNo() {
  const { context, page } = await visitor();
  await open(page, ['openid', 'api.read']);
  await toSignIn(page, { prompt: 'login consent' });
  await page.type('#identifier', user);
  await page.type('#password', password);
  await press(page, 'button:not([name])');
  await press(page, 'button[name=deny]');
  await ready(page);
  check(await page.evaluate(() => window.failure) === 'access_denied', `denied: ${await page.evaluate(() => window.failure)}`);
  // There is a session all the same; cancelled at the sign-in page that the app insists on.
  await open(page, ['openid', 'api.read']);
  await toSignIn(page, { prompt: 'login' });
  check(await page.$eval('#identifier', (field) => field.value) === user, 'who is signed in is filled in');
  await press(page, 'button[name=cancel]');
  await ready(page);
  check(await page.evaluate(() => window.failure) === 'access_denied', 'cancelled');
  await context.close();
}

async function signsOutAtTheIssuer() {
  const { context, page } = await visitor();
  await open(page, ['openid', 'api.read']);
  await toSignIn(page);
  await page.type('#identifier', user);
  await page.type('#password', password);
  await press(page, 'button:not([name])');
  await ready(page);
  const { idToken } = await tokens(page);
  check(idToken, 'consent is remembered');
  await page.goto(`${issuer}/v1/logout?id_token_hint=${idToken.idToken}`);
  check((await page.$eval('h1', (heading) => heading.innerText)).includes('signed out'), 'signed out');
  await picture(page, 'signed-out');
  const answer = await page.goto(`${issuer}/v1/authorize?client_id=${clientId}&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fevil.test%2F`);
  check(answer.status() === 400 && page.url().startsWith(base), 'no redirect to a stranger');
  check(await page.evaluate(() => !document.links.length && !document.body.innerHTML.includes('evil.test')), 'nor a link');
  await picture(page, 'error');
  await context.close();
}

// In a window of its own, which tells the app and is closed.
async function inAPopup() {
  const { context, page } = await visitor();
  await open(page, ['openid', 'email']);
  const [popup] = await Promise.all([
    new Promise((opened) => { page.once('popup', opened); }),
    page.click('#popup'),
  ]);
  await popup.waitForSelector('#identifier');
  await popup.type('#identifier', user);
  await popup.type('#password', password);
  await popup.click('button:not([name])');
  const got = await page.evaluate(() => window.got);
  check(got.idToken?.claims.email === user, `signed in by a popup: ${JSON.stringify(got)}`);
  await context.close();
}

async function isNotFramed() {
  const { context, page } = await visitor();
  await open(page, ['openid']);
  const seen = await page.evaluate(async (url) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    const loaded = new Promise((done) => { frame.onload = done; });
    document.body.append(frame);
    await loaded;
    return frame.contentDocument ? 'readable' : 'blocked';
  }, `${issuer}/v1/authorize?client_id=${clientId}&response_type=code&scope=openid&state=s&redirect_uri=${encodeURIComponent(`${app}/callback`)}`
    + '&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256');
  const frame = page.frames().find((one) => one !== page.mainFrame());
  check(seen === 'blocked' && !(await frame.$('#password').catch(() => null)), 'the sign-in page in a frame');
  check(complaints.splice(0).some((text) => text.includes('frame-ancestors')), 'the browser says why');
  await context.close();
}

// Whatever waits for what does not come ends with the browser, and with an error.
const patience = setTimeout(() => { browser.close(); }, 120_000);
try {
  await signsIn();
  await saysNo();
  await signsOutAtTheIssuer();
  await inAPopup();
  check(complaints.length === 0, complaints.join('\n'));
  await isNotFramed();
} finally {
  clearTimeout(patience);
  await browser.close();
  server.close();
}
process.stdout.write(String(checks));
