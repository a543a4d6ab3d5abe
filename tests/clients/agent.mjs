// A browser without scripts, made of fetch: cookies, redirects, and the forms of the sign-in pages.

const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const unescaped = (text) => text.replace(/&[#\w]+;/g, (entity) => entities[entity]);

export class Agent {
  cookies = new Map();

  async ask(url, form) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const request = { headers: cookie ? { cookie } : {}, redirect: 'manual' };
    if (form) Object.assign(request, { method: 'POST', body: new URLSearchParams(form) });
    const response = await fetch(url, request);
    for (const header of response.headers.getSetCookie()) {
      const [, name, value] = header.match(/^([^=]+)=([^;]*)/);
      if (/max-age=0/i.test(header)) this.cookies.delete(name); else this.cookies.set(name, value);
    }
    return { status: response.status, location: response.headers.get('location'), text: await response.text() };
  }

  // Fills the forms that come, until the browser is sent away from the issuer: there.
  async through(url, answers) {
    const { origin } = new URL(url);
    let answer = await this.ask(url);
    for (let steps = 0; steps < 9; steps += 1) {
      if (answer.location) {
        const next = new URL(answer.location, url);
        if (next.origin !== origin) return next;
        answer = await this.ask(next);
        continue;
      }
      const form = answer.text.match(/<form method="post" action="([^"]*)"/);
      if (!form) throw new Error(`a page without a form: ${answer.status} ${answer.text}`);
      const fields = {};
      for (const [, name, value] of answer.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
        fields[unescaped(name)] = unescaped(value);
      }
      const names = [...answer.text.matchAll(/<(?:input|button)[^>]* name="([^"]*)"/g)].map((found) => unescaped(found[1]));
      for (const [name, value] of Object.entries(answers)) if (names.includes(name)) fields[name] = value;
      answer = await this.ask(new URL(unescaped(form[1]), url), fields);
    }
    throw new Error('the forms do not end');
  }
}
