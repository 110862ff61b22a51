import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureExtensionBuilt, extensionIdOf, keptKey, packExtension } from '@deckhand/extension/pack';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import puppeteer, { type Browser, type Page } from 'puppeteer';
import { settings } from '../../extension/pack/managed.ts';
import { patienceMs } from '../support/patience.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { newLink } from '../web/browser.ts';
import { press, see } from '../web/look.ts';
import { breakOnce } from './panelStack.ts';

let dir: string;
let keyPath: string;
let stack: Stack;
const say = () => {};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-rollout-'));
  keyPath = join(dir, 'key.pem');
  await keptKey(keyPath);
  stack = await openStack({ DECKHAND_EXTENSION_KEY: keyPath });
});
afterAll(async () => {
  await stack?.dispose();
  await rm(dir, { recursive: true, force: true });
});

const packed = async (publicUrl: string) =>
  packExtension({
    built: await ensureExtensionBuilt({ say }),
    keyPath,
    outDir: join(dir, 'packed'),
    publicUrl,
  });
const approved = fileURLToPath(new URL('./manifest.approved.json', import.meta.url));

test('the manifest asks for what was approved, and for nothing else', async () => {
  const { unpacked } = await packed('https://deckhand.acme.example');
  const { key, version, icons, ...manifest } = JSON.parse(
    await readFile(join(unpacked, 'manifest.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect(typeof key).toBe('string');
  expect(version).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  expect(Object.keys(icons as object)).toEqual(['16', '32', '48', '64', '128']);
  expect(manifest).toEqual(JSON.parse(await readFile(approved, 'utf8')));
});

test('a build holds no key, no secret and nothing that is fetched from elsewhere', async () => {
  const { unpacked } = await packed('https://deckhand.acme.example');
  const names = await readdir(unpacked, { recursive: true });
  expect(names.filter(name => /\.(pem|map|env)$/.test(name))).toEqual([]);
  for (const name of names.filter(one => one.endsWith('.html')))
    expect(await readFile(join(unpacked, name), 'utf8')).not.toMatch(/(src|href)="https?:/);
});

test('its id stays, its version rises with what it is made of, and only then', async () => {
  const one = await packed('https://deckhand.acme.example');
  const again = await packed('https://deckhand.acme.example');
  expect(again).toEqual(one);
  const moved = await packed('https://other.acme.example');
  expect(moved.id).toBe(one.id);
  expect(moved.id).toBe(extensionIdOf(await readFile(keyPath, 'utf8')));
  expect(Number(moved.version.split('.').at(-1))).toBe(Number(one.version.split('.').at(-1)) + 1);
});

test('the server gives out update manifest, signed file and policies, all of one id', async () => {
  const get = (path: string) => fetch(`${stack.server.url}/extension/${path}`);
  const id = extensionIdOf(await readFile(keyPath, 'utf8'));
  const updates = await (await get('updates.xml')).text();
  expect(updates).toContain(`appid="${id}"`);
  expect(updates).toContain(`codebase="${stack.server.url}/extension/deckhand.crx"`);
  const crx = Buffer.from(await (await get('deckhand.crx')).arrayBuffer());
  expect(crx.subarray(0, 4).toString()).toBe('Cr24');
  expect(crx.readUInt32LE(4)).toBe(3);
  expect((await get('deckhand.zip')).status).toBe(200);
  expect((await get('key.pem')).headers.get('content-type')).toMatch(/html/);
  const linux = (await (await get('policies/linux-deckhand.json')).json()) as {
    ExtensionSettings: Record<string, { update_url: string }>;
    '3rdparty': { extensions: Record<string, Record<string, unknown>> };
  };
  expect(linux.ExtensionSettings[id]?.update_url).toBe(`${stack.server.url}/extension/updates.xml`);
  const values = linux['3rdparty'].extensions[id] ?? {};
  expect(Object.keys(values)).toEqual(settings.map(({ name }) => name));
  const plist = await (await get('policies/macos-deckhand.mobileconfig')).text();
  const registry = await (await get('policies/windows-deckhand.reg')).text();
  const template = await (await get('policies/windows-deckhand.admx')).text();
  const words = await (await get('policies/windows-deckhand.adml')).text();
  for (const { name } of settings) {
    expect(plist).toContain(`<key>${name}</key>`);
    expect(template).toContain(`<policy name="${name}"`);
    expect(words).toContain(`<string id="${name}">`);
  }
  expect(plist).toContain(`com.google.Chrome.extensions.${id}`);
  expect(registry).toContain(`3rdparty\\extensions\\${id}\\policy]`);
  for (const xml of [plist, template, words]) expect(wellFormed(xml)).toBe('');
});

/** What an XML parser says of a text; nothing where it is fine. */
function wellFormed(xml: string): string {
  const code = 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())';
  const done = spawnSync('python3', ['-c', code], { input: xml, encoding: 'utf8' });
  return done.error ? '' : done.stderr;
}

const metrics = async () => (await fetch(`${stack.server.url}/metrics`)).text();

test('reports of errors are taken from who is signed in, and in their form alone', async () => {
  const post = (token: string, body: object) =>
    fetch(`${stack.server.url}/api/extension/errors`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  const report = { message: 'Error: no', stack: '', version: '0.1.0.1' };
  expect((await post('nobody', report)).status).toBe(401);
  expect((await post(stack.server.token, { ...report, version: 'new' })).status).toBe(400);
  expect((await post(stack.server.token, { ...report, stack: 'x'.repeat(9000) })).status).toBe(413);
  expect(await metrics()).toContain('deckhand_sidebar_errors_total 0');
});

/** By what every report goes through. */
const redactedIn = (panel: Page, text: string) =>
  panel.evaluate(
    words =>
      new Promise(resolve => {
        const worker = new Worker(chrome.runtime.getURL('worker/redact.js'));
        worker.onmessage = ({ data }) => resolve(data);
        worker.postMessage([words]);
      }),
    text,
  );

async function signInAt(browser: Browser, panel: Page): Promise<void> {
  const link = await browser.newPage();
  await link.goto(await newLink(stack.server), { waitUntil: 'domcontentloaded' });
  await panel.bringToFront();
  await press(panel, 'sign-in-button');
  const target = await browser.waitForTarget(found => found.url().includes('/extension/sign-in'));
  const page = await target.page();
  await (await page?.waitForSelector('form button'))?.click();
  await browser.waitForTarget(found => found.url().endsWith('/tabs/signed-in.html'));
  // Here the panel is a tab: one that lies behind draws nothing.
  await panel.bringToFront();
  await see(panel, 'home');
}

/** Over the machine's own policies a folder of ours is laid, for this browser alone; only root may. */
const canLayOver = spawnSync('unshare', ['-m', 'true']).status === 0;
const byPolicy = canLayOver ? test : test.skip;

byPolicy('an administrator’s policy installs it from the server and sets it up', async () => {
  const id = extensionIdOf(await readFile(keyPath, 'utf8'));
  const policies = join(dir, 'etc', 'policies', 'managed');
  mkdirSync(policies, { recursive: true });
  const file = await (await fetch(`${stack.server.url}/extension/policies/linux-deckhand.json`)).json();
  Object.assign(
    (file as { '3rdparty': { extensions: Record<string, object> } })['3rdparty'].extensions[id] ?? {},
    {
      allowedHosts: ['*.acme.example'],
      captureTokens: 777,
      telemetry: true,
    },
  );
  writeFileSync(join(policies, 'deckhand.json'), JSON.stringify(file));
  // Only so that this test may look into it.
  writeFileSync(join(policies, 'test.json'), JSON.stringify({ DeveloperToolsAvailability: 1 }));
  execFileSync('mkdir', ['-p', '/etc/chromium']);
  const wrapper = join(dir, 'chromium.sh');
  writeFileSync(
    wrapper,
    `#!/bin/sh\nexec unshare -m sh -c 'mount --bind "${join(dir, 'etc')}" /etc/chromium && exec /usr/bin/chromium "$@"' sh "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
  const browser = await puppeteer.launch({
    executablePath: wrapper,
    pipe: true,
    enableExtensions: true,
    userDataDir: join(dir, 'profile'),
    ignoreDefaultArgs: ['--disable-background-networking', '--disable-component-update'],
    args: ['--no-sandbox', '--no-first-run'],
  });
  try {
    await browser.waitForTarget(target => target.url().startsWith(`chrome-extension://${id}/`), {
      timeout: patienceMs,
    });
    const page = await browser.newPage();
    await page.goto(`chrome-extension://${id}/sidepanel.html`);
    await page.waitForSelector('[data-testid=sign-in-button]');
    // Chrome hands the values over a moment after the installation.
    await page.waitForFunction(async () => 'serverUrl' in (await chrome.storage.managed.get()));
    const managed = await page.evaluate(() => chrome.storage.managed.get());
    expect(managed).toMatchObject({
      serverUrl: stack.server.url,
      allowedHosts: ['*.acme.example'],
      captureTokens: 777,
    });
    await page.reload();
    await page.waitForSelector('[data-testid=sign-in-button]');
    // Who does not run the machine does not move it to another server.
    expect(await page.$$eval('button', buttons => buttons.map(button => button.textContent))).toEqual([
      'Sign in',
    ]);
    // Errors of the panel are reported, as this administrator wants; secrets in them are not.
    await signInAt(browser, page);
    await breakOnce(page);
    while (!(await metrics()).includes('deckhand_sidebar_errors_total 1'))
      await new Promise(resolve => setTimeout(resolve, 100));
    expect(stack.server.log()).toMatch(
      /"sidebar":\{"message":"TypeError: \S*randomUUID is not a function","stack":"at [^"]*sidepanel\.\w+\.js:\d+:\d+/,
    );
    expect(stack.server.log()).not.toContain('chrome-extension://');
    expect(await redactedIn(page, 'Error: Bearer abcdef1234567890abcdef')).toEqual([
      'Error: Bearer [removed: bearer token]',
    ]);
  } finally {
    await browser.close();
  }
});
