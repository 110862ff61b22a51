import { afterAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done, gate, write } from '../emulators/model/index.ts';
import { buildLog, built, imageOf, pooled } from '../support/estate.ts';
import { createRepo } from '../support/repo.ts';
import { type PageOptions, phone } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { countOf, gone, press, pressNamed, reads, see, textsOf, until } from './look.ts';
import { openWeb } from './web.ts';

const hostile = '<img src=x onerror="pwned=1"><script>pwned=2</script>';
const environment = (more: object = {}) => ({
  '.deckhand/environment.json': JSON.stringify({
    install: 'echo installed',
    ports: [{ port: 3000, name: hostile }, 5432],
    ...more,
  }),
});
const repo = await createRepo('shop', environment());
const web = openWeb({
  DECKHAND_REPOS: repo.reposFile,
  DECKHAND_IMAGE_EVERY_MS: '3600000',
  DECKHAND_POOL_MIN: '1',
  DECKHAND_POOL_MAX: '1',
});
afterAll(() => repo.remove());

const image = (fits: Parameters<typeof imageOf>[2]) => imageOf(web().stack.client, 'shop', fits);
const look = () => web().stack.client.http['repo.refresh']({ repo: 'shop' });
/** The page of the build that runs now, or that ran last. */
async function buildPage(options?: PageOptions): Promise<Page> {
  const { build } = await image(each => each.build);
  return web().page(`/machine/shop/builds/${build?.buildId}`, options);
}
/** Pushes an environment and waits until its build has begun. */
async function push(more: object): Promise<void> {
  const commit = await repo.push(environment(more));
  await look();
  await image(each => each.build?.commit === commit);
}
const place = (page: Page) =>
  page.$eval('[data-testid=build-log]', part => ({
    top: part.scrollTop,
    toEnd: part.scrollHeight - part.scrollTop - part.clientHeight,
  }));

/** Once the frame is drawn that follows what came. */
const atEnd = (page: Page) =>
  until(page, () => {
    const log = document.querySelector('[data-testid=build-log]');
    return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 4;
  }, []);

test('from the home page to the image that the schedule built, its pool and its log', async () => {
  const page = await web().page();
  await press(page, 'to-machine');
  await reads(page, '[data-testid=build][data-state=built]', 'Built, on schedule');
  const commit = await repo.git('rev-parse', 'main');
  await reads(page, 'repo', commit.slice(0, 12));
  await reads(page, 'repo', 'on main');
  await reads(page, 'repo', '.deckhand/environment.json');
  await reads(page, 'repo', '5432');
  await reads(page, 'image', /just now, built in [\d.]+ m?s/);
  await reads(page, 'pool', '1 of 1 ready');
  await reads(page, 'sandbox', /Running.*In the pool.*shop/);
  await reads(page, 'machine-use', /Sandboxes1 of 40.*Memory\d.* of \d.*Disk\d.* of \d/);
  await page
    .browserContext()
    .setPermission(web().stack.server.url, { permission: { name: 'clipboard-write' }, state: 'granted' });
  await page.bringToFront();
  await press(page, 'copy-commit');
  await see(page, '[data-testid=copy-commit][aria-label=Copied]');

  await pressNamed(page, 'Log of the newest build of shop');
  await reads(page, 'build-log', /\$ install: echo installed\ninstalled\n[\s\S]*in service/);
  await reads(page, 'build-state', 'Built, on schedule');
  await pressNamed(page, '← Images and sandboxes');
  await see(page, 'repo');
});

test('a log grows while the build runs; the end stays in view unless the reader goes up', async () => {
  await push({ install: 'seq 1 400; sleep 6; seq 401 800; sleep 4; echo last-$((40 + 2))' });
  const machine = await web().page('/machine');
  await reads(machine, '[data-testid=build][data-state=building]', 'Building, requested by a person');
  const [page, reader] = [await buildPage(), await buildPage()];
  await reads(page, 'build-log', '\n400\n');
  await reads(page, 'build-state', 'Building');
  expect((await textsOf(page, 'build-log')).join()).not.toContain('last-42');
  await until(page, () => {
    const log = document.querySelector('[data-testid=build-log]');
    return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 4 && log.scrollTop > 2_000;
  }, []);
  await reads(reader, 'build-log', '\n400\n');
  await reader.$eval('[data-testid=build-log]', part => part.scrollTo(0, 1_000));
  await see(reader, 'jump-to-latest');

  await reads(page, 'build-log', 'last-42');
  await reads(page, '[data-testid=build-state][data-state=built]', 'Built, requested by a person');
  await atEnd(page);
  await reads(reader, 'build-log', 'last-42');
  expect((await place(reader)).top).toBe(1_000);
  await press(reader, 'jump-to-latest');
  await gone(reader, 'jump-to-latest');
  expect((await place(reader)).toEnd).toBeLessThan(80);
  await reads(machine, '[data-testid=build][data-state=built]', 'Built');
});

test('a build that fails says why; the image before stays, and the next session is told', async () => {
  const before = await image(each => built(each) && pooled(each));
  await push({ install: 'printf "\\033[31mno such package\\033[0m\\n"; exit 3' });
  const page = await web().page('/machine');
  await reads(page, 'build', 'Build failed, requested by a person');
  await reads(page, 'build-message', 'install failed: it ended with code 3');
  await reads(page, 'build', 'Sessions still start from the image below.');
  await reads(page, 'repo', before.image?.commit.slice(0, 12) ?? '');
  const log = await buildPage();
  await reads(log, 'build-log', 'no such package');
  await reads(log, 'build-message', 'it ended with code 3');
  const colours = await log.$$eval('.log span[style*="--ansi-red"]', parts => parts.map(p => p.textContent));
  expect(colours).toEqual(['no such package']);

  const { stack, sessionPage } = web();
  stack.model.script('told', [{ calls: [write('a.txt', 'a\n')] }, done()]);
  const session = await stack.ask('Go #told', { repo: 'shop' });
  await session.finished();
  const told = await sessionPage(session.sessionId);
  await reads(told, '[data-kind=notice]', /could not be built: install failed: it ended with code 3\. This/);
  await reads(told, '[data-kind=sandbox]', /^Sandbox ready.*, from the pool$/);
});

test('an environment that is wrong is told by its key, and cannot run in the page', async () => {
  await push({ install: `echo '${hostile}'` });
  await image(built);
  const page = await buildPage();
  await reads(page, 'build-log', `\n${hostile}\n`);
  await repo.push(environment({ [hostile]: 1 }));
  await look();
  await image(each => each.build?.state === 'failed');
  const machine = await web().page('/machine');
  await reads(machine, 'build-message', `.deckhand/environment.json: ${hostile}`);
  await reads(machine, 'repo', `3000 (${hostile})`);
  for (const each of [page, machine]) {
    expect(await countOf(each, '#root script, #root :is(.log, .card) img')).toBe(0);
    expect(await each.evaluate(() => 'pwned' in globalThis)).toBe(false);
  }
});

test('looking for changes builds what was pushed; rebuilding asks first, then builds from nothing', async () => {
  const commit = await repo.push({ ...environment(), 'new.txt': 'new\n' });
  const page = await web().page('/machine');
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
  await press(page, 'look');
  await reads(page, 'refresh-said', 'Looking at the remote.');
  await reads(page, 'repo', commit.slice(0, 12));
  const { build } = await image(built);

  await page.focus('[data-testid=rebuild]');
  await page.keyboard.press('Enter');
  await reads(page, 'confirm-rebuild', 'Builds from nothing');
  expect(await focused()).toBe('rebuild-now');
  await page.keyboard.press('Escape');
  await gone(page, 'confirm-rebuild');
  expect(await focused()).toBe('rebuild');
  await page.keyboard.press('Enter');
  await see(page, 'confirm-rebuild');
  await page.keyboard.press('Enter');
  await gone(page, 'confirm-rebuild');
  await reads(page, '[data-testid=build][data-state=built]', 'Built, requested by a person');
  const after = await image(each => built(each) && each.build?.buildId !== build?.buildId);
  expect(await buildLog(web().stack.client, 'shop', after.build?.buildId ?? '')).toContain('installed\n');

  const earlier = await web().page(`/machine/shop/builds/${build?.buildId}`);
  await reads(earlier, 'build-page', 'An earlier build');
  await reads(earlier, 'build-log', 'in service');
});

test('secrets are listed by name, never by value', async () => {
  const page = await web().page('/machine');
  await pressNamed(page, 'Secrets');
  await reads(
    page,
    'secrets',
    'None yet. Set one with npx deckhand secret set NAME --repo shop --phase build',
  );
  const secret = { repo: 'shop', name: 'NPM_TOKEN', phase: 'run', value: 'only-the-sandbox-knows' } as const;
  await web().stack.client.http['secret.set'](secret);
  await reads(page, 'secret', /NPM_TOKEN.*run.*set by .+, just now/);
  expect(await page.content()).not.toContain('only-the-sandbox-knows');
});

test('sandboxes lead to the sessions that have them, and a session leads here', async () => {
  const { stack, page: open } = web();
  const hold = gate();
  stack.model.script('alive', [{ calls: [write('b.txt', 'b\n')] }, { say: ['Held', hold.wait] }]);
  const session = await stack.ask('Stay alive #alive', { repo: 'shop' });
  await session.event('tool.finished');
  const page = await open('/machine');
  await reads(page, 'sandbox', 'Stay alive');
  await pressNamed(page, 'Stay alive #alive');
  await reads(page, 'session-title', 'Stay alive');
  await pressNamed(page, 'All sandboxes');
  await see(page, 'sandbox');
  hold.open();
  await session.finished();
});

test.each([
  ['light', {}],
  ['dark', { dark: true }],
  ['on a phone', { viewport: phone }],
] satisfies [string, PageOptions][])('axe finds nothing, and all of it fits, %s', async (_, options) => {
  const page = await web().page('/machine', options);
  await see(page, 'sandbox');
  await pressNamed(page, 'Secrets');
  await see(page, 'secret');
  await press(page, 'rebuild');
  await see(page, 'confirm-rebuild');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
  const log = await buildPage(options);
  await see(log, 'build-state');
  await reads(log, 'build-log', 'Environment');
  expect([...(await faults(log)), ...(await misfits(log))]).toEqual([]);
  const unknown = await web().page('/machine/shop/builds/bld_nobodyKnowsThisOne', {
    ...options,
    expected: /status of 404/,
  });
  await reads(unknown, 'not-found', 'logs are kept for a week');
});

test('the agents that a prompt may name are listed with what they may do, and a prompt says whom it is for', async () => {
  await repo.push({
    ...environment(),
    '.deckhand/agents/keeper.md': `---\nname: ${JSON.stringify(hostile)}\nrole: Keeps.\ntools: [read]\npermissions: []\n---\nKeep.\n`,
    '.deckhand/agents/wrong.md': '---\nname: Wrong\nrole: Is wrong.\ntools: [fly]\npermissions: []\n---\nx\n',
  });
  await look();
  const page = await web().page();
  await press(page, 'to-agents');
  await reads(page, '[data-testid=agent][data-agent=reviewer]', 'Reads a change');
  await reads(page, '[data-testid=agent][data-agent=reviewer]', 'git_diff');
  expect(await countOf(page, '[data-testid=agent]')).toBe(6);
  await page.select('[data-testid=agents-repo]', 'shop');
  await reads(page, '[data-testid=agent][data-agent=keeper]', hostile);
  await reads(page, 'agent-mistake', '.deckhand/agents/wrong.md of shop: tools.0: there is no tool fly');
  expect(await misfits(page)).toEqual([]);
  web().stack.model.script('named', [done('Looked.')]);
  const session = await web().stack.ask('@reviewer look #named', { repo: 'shop' });
  await session.finished();
  await reads(await web().page(`/sessions/${session.sessionId}`), 'for-agent', 'For reviewer');
});

test('a hundred thousand lines do not freeze the page', async () => {
  await push({
    install: `for i in $(seq 1 100000); do printf '\\033[32mok\\033[0m test number %d\\n' $i; done`,
  });
  await image(built);
  const page = await buildPage();
  await page.evaluate(() => {
    const seen = { longestMs: 0 };
    Object.assign(globalThis, { seen });
    new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) seen.longestMs = Math.max(seen.longestMs, duration);
    }).observe({ type: 'longtask' });
  });
  await reads(page, 'build-log', 'ok test number 100000\n');
  await atEnd(page);
  await page.$eval('[data-testid=build-log]', part => part.scrollTo(0, part.scrollHeight / 2));
  await see(page, 'jump-to-latest');
  const longestMs = await page.evaluate(
    () => (globalThis as unknown as { seen: { longestMs: number } }).seen.longestMs,
  );
  expect(longestMs).toBeLessThan(5_000);
});
