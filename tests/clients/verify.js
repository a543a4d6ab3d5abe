// npm `@okta/jwt-verifier` as a filter: cases as JSON on standard input, verdicts on standard output.
'use strict';

const OktaJwtVerifier = require('@okta/jwt-verifier');

// A token without a signature makes the library throw outside of its promise, which then never settles.
let thrown;
process.on('uncaughtException', (error) => thrown(error));

async function verdict(verifier, { token, audience }) {
  const stray = new Promise((_, reject) => { thrown = reject; });
  try {
    const { claims } = await Promise.race([verifier.verifyAccessToken(token, audience), stray]);
    return { claims };
  } catch (error) {
    return { refused: String(error.message || error.userMessage || error) };
  }
}

async function main() {
  const { issuer, cases } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const testing = { disableHttpsCheck: issuer.startsWith('http://') };
  const verifier = new OktaJwtVerifier({ issuer, testing });
  const verdicts = [];
  for (const one of cases) verdicts.push(await verdict(verifier, one));
  process.stdout.write(JSON.stringify(verdicts));
}

main();
