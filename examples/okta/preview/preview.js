// The page `/preview`: asks, and draws the answer. Everything that comes is shown as text.
'use strict';

const by = (id) => document.getElementById(id);
let choices;
const rules = new Map(); // Switched by hand: id → on or off.
const groups = new Map(); // Supposed memberships: id → in or out.

/** An element: `el('p', 'note', 'text', child…)`. */
function el(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A sentence of the issuer's, in which names stand between backticks. */
function sentence(tag, text) {
  return el(tag, '', ...text.split('`').map((part, place) => (place % 2 ? el('code', '', part) : part)));
}

function fill(select, options, chosen) {
  select.replaceChildren(...options.map(([value, text]) => {
    const option = el('option', '', text);
    option.value = value;
    return option;
  }));
  if (options.some(([value]) => value === chosen)) select.value = chosen;
}

const server = () => choices.servers.find((known) => (known.id ?? '') === by('server').value);
const client = () => choices.clients.find((known) => known.id === by('client').value);
const user = () => choices.users.find((known) => known.id === by('user').value);
const words = () => by('scope').value.split(' ').filter((word) => word);

function chip(text, pressed, press) {
  const button = el('button', 'chip', text);
  button.type = 'button';
  button.setAttribute('aria-pressed', String(pressed));
  button.addEventListener('click', press);
  return button;
}

function showChoices() {
  const grant = by('grant').value;
  fill(by('grant'), client().grants.map((name) => [name, name]), grant);
  const audience = by('audience').value;
  fill(by('audience'), server().audiences.map((name) => [name, name]), audience);
  by('user').disabled = by('grant').value === 'client_credentials';
  by('scopes').replaceChildren(...server().scopes.map((name) => chip(name, words().includes(name), () => {
    const left = words().filter((word) => word !== name);
    by('scope').value = (left.length === words().length ? [...left, name] : left).join(' ');
    showChoices();
  })));
  const own = user()?.groups ?? [];
  by('groups').replaceChildren(...choices.groups.map(({ id, name }) => {
    const within = groups.get(id) ?? own.includes(id);
    return chip(name, within, () => {
      if (own.includes(id) === !within) groups.delete(id); else groups.set(id, !within);
      showChoices();
    });
  }));
}

function request() {
  const asked = { client: by('client').value, grant: by('grant').value, scope: words().join(' '), whatIf: {} };
  if (server().id !== null) asked.server = server().id;
  if (!by('user').disabled) asked.user = by('user').value;
  if (by('audience').value) asked.audience = by('audience').value;
  if (groups.size) asked.whatIf.groups = Object.fromEntries(groups);
  if (rules.size) asked.whatIf.rules = Object.fromEntries(rules);
  if (by('profile').value.trim()) asked.whatIf.profile = JSON.parse(by('profile').value);
  return asked;
}

async function ask() {
  let asked;
  try {
    asked = request();
  } catch {
    by('result').replaceChildren(el('p', 'problem', 'The attributes are no JSON object.'));
    return;
  }
  const answer = await fetch('preview.json', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(asked),
  });
  const preview = await answer.json();
  by('result').replaceChildren(...(answer.ok ? [supposed(asked.whatIf), ...drawn(preview)].filter((part) => part) : [el('p', 'problem', preview.error)]));
  document.body.dataset.state = 'ready';
}

/** What is not so, and was supposed. */
function supposed({ groups: inGroups = {}, rules: switched = {}, profile = {} }) {
  const said = [
    ...Object.entries(inGroups).map(([id, within]) => `the user were ${within ? '' : 'not '}in ${choices.groups.find((group) => group.id === id)?.name ?? id}`),
    ...Object.entries(switched).map(([id, on]) => `the rule ${id} were ${on ? 'ACTIVE' : 'INACTIVE'}`),
    ...Object.entries(profile).map(([name, value]) => `${name} were ${JSON.stringify(value)}`),
  ];
  return said.length ? el('p', 'supposed', el('strong', '', 'What if '), `${said.join(', and ')}?`) : null;
}

function drawn(preview) {
  const { trace } = preview;
  return [
    verdict(trace),
    trace.policies ? lane(trace.policies) : null,
    scopes(trace),
    tokens(trace, preview),
    details('As text', preview.text),
  ].filter((part) => part);
}

function verdict({ refusal, refreshToken, accessToken }) {
  if (refusal) {
    return el('section', 'verdict no', el('h2', '', 'Refused'),
      sentence('p', refusal.reason.split('\n')[0]),
      el('p', 'note', 'The client is told ', el('code', '', `${refusal.status} ${refusal.error}`), ` — ${refusal.description}`),
      refusal.advice.length ? el('p', '', el('strong', '', refusal.advice.length > 1 ? 'To change, one of' : 'To change')) : null,
      refusal.advice.length ? el('ul', '', ...refusal.advice.map((way) => sentence('li', way))) : null);
  }
  const refresh = refreshToken?.is === 'issued' ? `, and a refresh token (${span(refreshToken.window)} after each use)` : '';
  const life = accessToken ? `An access token for ${span(accessToken.lifetime)}${refresh}.` : '';
  return el('section', 'verdict yes', el('h2', '', 'Granted'), el('p', '', life));
}

function span(seconds) {
  for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
    if (seconds % size === 0) return `${seconds / size} ${unit}${seconds === size ? '' : 's'}`;
  }
  return `${seconds} seconds`;
}

// The policies as a lane: the request goes down it, past what does not match, to the rule that decides.

const named = ({ id, name }) => name ?? id;
const listed = ({ items, more }) => items.map((item) => (typeof item === 'string' ? item : named(item))).join(', ') + (more ? ` and ${more} more` : '');

const OF_POLICY = {
  tried: () => 'for this client',
  notTried: () => 'not tried: a rule above decided',
  inactive: ({ forClient }) => (forClient ? 'INACTIVE, or it would be for this client' : 'INACTIVE'),
  unsupported: ({ condition }) => `the condition ${condition} is not supported`,
  notForClient: ({ clients }) => (clients.items.length ? `only for ${listed(clients)}` : 'lists no client'),
};

const people = ({ users, groups: inGroups }) => [
  inGroups.items.length ? `members of ${listed(inGroups)}` : '',
  users.items.length ? `the user ${listed(users)}` : '',
].filter((text) => text).join(', ') || 'nobody';

const OF_RULE = {
  decides: ({ lifetimes }) => `decides: access tokens live ${span(lifetimes.access_token ?? lifetimes.accessToken)}`,
  notTried: () => 'not tried',
  inactive: ({ wouldDecide }) => (wouldDecide ? 'INACTIVE, or it would decide' : 'INACTIVE'),
  unsupported: ({ condition }) => `the condition ${condition} is not supported`,
  grantType: ({ allowed }) => `only for ${allowed.join(', ') || 'no grant type'}`,
  noUser: (verdict) => `only for ${people(verdict)}, and there is no user`,
  otherPeople: (verdict) => `only for ${people(verdict)}`,
  userExcluded: () => 'excludes the user',
  groupExcluded: ({ group }) => `excludes members of ${named(group)}`,
  scopes: ({ missing, allowed }) => `does not allow ${missing.join(', ')}${allowed.items.length ? `; allows ${listed(allowed)}` : ''}`,
};

const MARKS = { decides: '✓', tried: '▸', notTried: '·', inactive: '–' };

function node(kind, thing, text, passed, reached, onOff) {
  const state = thing.verdict.is;
  const mark = el('span', 'mark', MARKS[state] ?? '✕');
  mark.setAttribute('aria-hidden', 'true');
  const line = el('div', `node ${kind} ${state}${passed ? ' passed' : ''}${reached ? ' reached' : ''}`, mark,
    el('div', 'what', el('strong', '', thing.name), el('span', 'why', text)));
  if (onOff) line.append(onOff);
  return line;
}

// Only where it could change the answer, and to take it back.
function onOff(rule) {
  if (!['decides', 'inactive'].includes(rule.verdict.is) && !rules.has(rule.id)) return null;
  const isOff = rule.verdict.is === 'inactive';
  const button = el('button', 'switch', rules.has(rule.id) ? 'as it was' : isOff ? 'what if on?' : 'what if off?');
  button.type = 'button';
  button.setAttribute('aria-label', `${button.textContent} ${rule.name}`);
  button.addEventListener('click', () => {
    if (rules.has(rule.id)) rules.delete(rule.id); else rules.set(rule.id, isOff);
    ask();
  });
  return button;
}

function lane({ policies, winner }) {
  let open = true;
  const steps = [node('request', { name: 'The request', verdict: { is: 'tried' } }, 'goes down until a rule matches', true, true)];
  policies.forEach((policy, place) => {
    steps.push(node('policy', policy, OF_POLICY[policy.verdict.is](policy.verdict), open, open));
    policy.rules.forEach((rule, ruleplace) => {
      steps.push(node('rule', rule, OF_RULE[rule.verdict.is](rule.verdict), open, open && policy.verdict.is === 'tried', onOff(rule)));
      if (winner && winner[0] === place && winner[1] === ruleplace) open = false;
    });
  });
  if (!winner) steps.push(node('end', { name: 'Denied', verdict: { is: 'denied' } }, 'no rule matches', true, true));
  return el('section', 'lane', el('h2', '', 'Policies'), el('div', 'track', ...steps));
}

const OF_SCOPE = {
  granted: ({ byDefault, asksConsent }) => `granted${byDefault ? ' by default' : ''}${asksConsent ? ', if the user consents' : ''}`,
  unknown: () => 'the server does not have it',
  needsUser: () => 'needs a user',
  needsConsent: () => 'needs a user’s consent',
  noRule: () => 'no rule came as far as the scopes',
  notAllowed: ({ elsewhere }) => (elsewhere ? 'allowed by a rule that does not allow all of the request' : 'no rule for this request allows it'),
  notCovered: () => 'a default scope that the rule does not allow',
  needsCode: () => 'comes with a code only',
  notGrantedToApp: () => 'was not granted to the app',
  notJudged: () => 'not judged',
};

function scopes({ scopes: steps }) {
  if (!steps.length) return null;
  const row = ({ name, verdict: { is, ...rest } }) => el('tr', is === 'granted' ? 'in' : 'out',
    el('th', '', name), el('td', '', OF_SCOPE[is](rest)));
  return el('section', '', el('h2', '', 'Scopes'), el('table', '', el('tbody', '', ...steps.map(row))));
}

// The claims of both tokens, those that are left out included.

const ORIGIN = { issuer: () => 'the issuer', expression: ({ text }) => text, groups: () => 'groups of the user', system: () => 'profile' };
const ABSENT = {
  scopeNotGranted: ({ scopes: of }) => `only with the scope ${of.join(' or ')}`,
  leftToUserinfo: () => 'left to userinfo',
  null: () => 'null',
  emptyList: () => 'an empty list',
  noUser: () => 'needs a user',
  noGroup: () => 'no group fits',
  noAttribute: () => 'not in the profile',
  failed: ({ reason }) => reason,
  tooManyGroups: () => 'more than 100 groups fit',
};

function claims(token) {
  const changes = new Map(token.changes.map((change) => [change.claim, change]));
  const rows = [];
  const value = (of) => el('td', '', el('code', '', JSON.stringify(of)));
  for (const { name, origin, verdict: { is, ...rest } } of token.claims) {
    const change = changes.get(name);
    if (change) continue;
    const from = el('td', 'from', ORIGIN[origin.is](origin));
    if (is === 'included') rows.push([origin.is === 'issuer' ? 3 : 1, el('tr', 'in', el('th', '', name), value(rest.value), from)]);
    else if (origin.is !== 'system' || is !== 'scopeNotGranted') {
      const why = el('td', is === 'failed' ? 'failed' : '', is === 'failed' ? el('pre', '', ABSENT[is](rest)) : ABSENT[is](rest));
      rows.push([2, el('tr', 'out', el('th', '', name), why, from)]);
    }
  }
  for (const { claim, by: who, op, after } of changes.values()) {
    const from = el('td', 'from', `${op} by `, el('strong', '', who.name ?? who.id));
    rows.push([0, el('tr', op === 'removed' ? 'out' : 'in changed', el('th', '', claim), after === null ? el('td', '', 'removed') : value(after), from)]);
  }
  rows.sort(([a], [b]) => a - b);
  const head = el('tr', '', ...[['Claim'], ['Value'], ['From', 'from']].map(([text, name]) => el('th', name, text)));
  return el('table', 'claims', el('thead', '', head), el('tbody', '', ...rows.map(([, row]) => row)));
}

function tokens(trace, preview) {
  const parts = [];
  for (const [title, token, whole] of [['Access token', trace.accessToken, preview.accessToken], ['ID token', trace.idToken, preview.idToken]]) {
    if (!token) continue;
    parts.push(el('section', '', el('h2', '', `${title}, ${span(token.lifetime)}`), claims(token),
      whole ? details(`${title} as JSON`, JSON.stringify(whole, null, 2)) : null));
  }
  if (trace.tokenPolicies.length) {
    const row = ({ name, verdict: { is, condition, reason } }) => el('tr', is === 'applied' ? 'in' : 'out', el('th', '', name),
      el('td', '', { applied: 'applied', unmet: `${condition} does not hold`, refuses: `refuses: ${reason}` }[is]));
    parts.unshift(el('section', '', el('h2', '', 'Token policies'), el('table', '', el('tbody', '', ...trace.tokenPolicies.map(row)))));
  }
  return parts.length ? el('div', 'tokens', ...parts) : null;
}

function details(title, text) {
  return el('details', '', el('summary', '', title), el('pre', '', text));
}

async function start() {
  choices = await (await fetch('preview.json')).json();
  const wanted = new URLSearchParams(location.search);
  fill(by('server'), choices.servers.map(({ id, name }) => [id ?? '', name]), wanted.get('server') ?? choices.servers[1]?.id ?? '');
  fill(by('client'), choices.clients.map(({ id, label }) => [id, `${label} (${id})`]), wanted.get('client'));
  fill(by('user'), choices.users.map(({ id, login }) => [id, login]), wanted.get('user'));
  by('scope').value = wanted.get('scope') ?? '';
  showChoices();
  for (const name of ['grant', 'audience']) {
    if (wanted.has(name)) by(name).value = wanted.get(name);
  }
  showChoices();
  for (const name of ['server', 'client', 'grant']) by(name).addEventListener('change', () => { rules.clear(); showChoices(); });
  by('user').addEventListener('change', () => { groups.clear(); showChoices(); });
  by('scope').addEventListener('input', showChoices);
  by('request').addEventListener('submit', (event) => { event.preventDefault(); ask(); });
  document.body.dataset.state = 'open';
  if (wanted.has('client')) ask();
}

start();
