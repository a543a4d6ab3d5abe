// Headless Chromium: an administrator asks the page `/preview` what requests would yield, and why. Leaves
// pictures behind.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const { base, chromium, pictures } = JSON.parse(readFileSync(0, 'utf8'));
let checks = 0;

function check(good, what) {
  assert.ok(good, what);
  checks += 1;
}

mkdirSync(pictures, { recursive: true });
const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
const page = await browser.newPage();
const complaints = [];
page.on('console', (message) => complaints.push(message.text()));
page.on('pageerror', (error) => complaints.push(String(error)));

async function picture(name) {
  for (const [scheme, width] of [['light', 1000], ['dark', 1000], ['light', 360], ['dark', 360]]) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setViewport({ width, height: 720 });
    await page.screenshot({ path: join(pictures, `${name}-${scheme}-${width}.png`), fullPage: true });
    const fits = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    check(fits, `${name} is wider than ${width} pixels`);
  }
  await page.setViewport({ width: 1000, height: 720 });
}

const ready = (state) => page.waitForSelector(`body[data-state=${state}]`);
const shown = () => page.$eval('#result', (result) => result.innerText);

async function asked(press) {
  await page.evaluate(() => { document.body.dataset.state = 'asking'; });
  await press();
  await ready('ready');
}

/** The text of each node of the lane that has this class. */
const nodes = (name) => page.$$eval(`.node.${name} strong`, (all) => all.map((node) => node.innerText));
const row = (claim) => page.$$eval('.claims tr', (rows, name) => rows.map((one) => [...one.children].map((cell) => cell.innerText))
  .find(([first]) => first === name), claim);

// The seed's example: department for members of Internal Employees, for one API.
await page.goto(`${base}/preview`);
await ready('open');
await page.select('#client', '0oa1orders');
await page.select('#user', '00u1ada');
await page.type('#scope', 'openid offline_access');
await page.evaluate(() => [...document.querySelectorAll('#scopes .chip')].find((chip) => chip.innerText === 'orders:read').click());
await asked(() => page.click('button[type=submit]'));
check((await shown()).includes('Granted'), await shown());
check((await nodes('decides')).join() === 'Employees read', 'the rule that decides');
check((await nodes('reached')).join() === 'The request,Partners,Internal apps,Nightly jobs,Approvers may write,Employees read', 'the way to it');
const department = await row('department');
check(department[1] === '"Engineering"' && department[2] === 'added by Add department claim for internal apps', `${department}`);
const absent = await row('approver');
check(absent[1] === 'only with the scope orders:write', `${absent}`);
await picture('preview-granted');

// What if she were no employee, and what if the rule were off.
await asked(() => page.evaluate(() => document.querySelector('.decides .switch').click()));
check((await shown()).includes('What if the rule 0pr4employees were INACTIVE?'), await shown());
check((await shown()).includes('Refused') && (await nodes('end')).join() === 'Denied', 'without the rule nobody is let in');
await asked(() => page.evaluate(() => [...document.querySelectorAll('.switch')].find((button) => button.innerText === 'as it was').click()));
check((await nodes('decides')).join() === 'Employees read', 'and it is as it was');

// Somebody on leave is told why, and which of his groups it is.
await page.goto(`${base}/preview?client=0oa1orders&grant=authorization_code&user=00u2bob&scope=openid+orders:read`);
await ready('ready');
check((await shown()).includes('excludes members of On leave'), await shown());
check((await shown()).includes('take the user 00u2bob out of the group'), await shown());
await picture('preview-refused');
await page.click('#what-if summary');
await page.evaluate(() => [...document.querySelectorAll('#groups .chip')].find((chip) => chip.innerText === 'On leave').click());
await asked(() => page.click('button[type=submit]'));
check((await nodes('decides')).join() === 'Employees read', 'what if he were back');
await page.type('#profile', '{"department": "<b>Law</b>"}');
await asked(() => page.click('button[type=submit]'));
check((await row('department'))[1] === '"<b>Law</b>"', 'texts are texts');
await picture('preview-what-if');

// A claim that the answer is about has a name, and so has every field.
const labelled = await page.evaluate(() => [...document.querySelectorAll('input, select')].every((field) => field.labels.length === 1)
  && document.querySelectorAll('h1').length === 1 && document.documentElement.lang === 'en');
check(labelled, 'labels, heading, language');
check(complaints.length === 0, complaints.join('\n'));
await browser.close();
process.stdout.write(String(checks));
