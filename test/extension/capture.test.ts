import { Capture, type CaptureNode, renderCapture } from '@deckhand/shared/capture';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { Page } from 'puppeteer';
import { bundle, bundleOther } from './bundle.ts';
import { type Chrome, openChrome } from './chrome.ts';
import { type Driver, drive } from './driver.ts';
import { hostile, many, shadows, strict } from './pages.ts';
import { htmlOf, openSite, type Site } from './site.ts';

let site: Site;
let other: Site;
let chrome: Chrome;
let tab: Page;
let panel: Page;

const builds = [
  { version: 16, mode: 'production', entry: 'startLegacy' },
  { version: 16, mode: 'development', entry: 'startLegacy' },
  { version: 17, mode: 'production', entry: 'startLegacy' },
  { version: 17, mode: 'development', entry: 'startLegacy' },
  { version: 19, mode: 'production', entry: 'start19' },
  { version: 19, mode: 'development', entry: 'start19' },
  { version: 18, mode: 'production', entry: 'start19' },
  { version: 18, mode: 'development', entry: 'start19' },
  { version: 18, mode: 'production', entry: 'startLegacy' },
  { version: 18, mode: 'development', entry: 'startLegacy' },
  { version: 18, mode: 'production', entry: 'startHooked' },
  { version: 19, mode: 'production', entry: 'startHooked' },
  { version: 19, mode: 'development', entry: 'startHooked' },
] as const;
const pathOf = ({ version, mode, entry }: (typeof builds)[number]) => `/${entry}-${version}-${mode}`;

beforeAll(async () => {
  site = await openSite();
  other = await openSite();
  const putApp = async (path: string, script: Promise<string>) => {
    site.put(`${path}.js`, { type: 'text/javascript', body: await script });
    site.put(path, { body: htmlOf(`<div id="root"></div><script src="${path}.js"></script>`) });
  };
  await Promise.all([
    ...builds.map(build => putApp(pathOf(build), bundle(build))),
    putApp('/vue-production', bundleOther('startVue.ts', 'production')),
    putApp('/vue-development', bundleOther('startVue.ts', 'development')),
    putApp('/svelte-development', bundleOther('startSvelte.ts', 'development')),
    putApp('/svelte-production', bundleOther('startSvelte.ts', 'production')),
  ]);
  other.put('/', { body: htmlOf('<p>Secrets of another origin</p>') });
  site.put('/shadows', { body: shadows(other.url) });
  site.put('/inside', {
    body: htmlOf('<button id="framed" style="width:190px;height:40px">In a frame</button>'),
  });
  site.put('/hostile', { body: hostile });
  site.put('/strict', strict);
  site.put('/styles', {
    body: htmlOf(
      '<button id="plain">Plain</button><button id="made" style="background:#f00;color:#00f">Made</button><p style="color:red"><b id="black" style="color:black">Black</b></p>',
    ),
  });
  site.put('/many', { body: many(10_000) });
  chrome = await openChrome();
  tab = await chrome.open(`${site.url}${pathOf(builds[0])}`);
  panel = await chrome.openPanel(tab);
});
afterAll(async () => {
  await chrome?.close();
  await site?.close();
  await other?.close();
});

const at = async (path: string): Promise<Driver> => {
  await tab.goto(site.url + path, { waitUntil: 'load' });
  return drive(panel, tab);
};
const all = (node: CaptureNode): CaptureNode[] => [node, ...(node.children ?? []).flatMap(all)];
const text = (capture: Capture) =>
  renderCapture(capture, { tokens: 2000, count: words => countTokens(words) });

/**
 * React 18 knows its places; 19 knows its stack, and the source map says them a moment later: on a machine that is busy
 * not all of them in the time that a picker waits, but at the next look.
 */
async function withPlaces(driver: Driver, picked: Capture): Promise<Capture> {
  const isOpen = ({ components: [nearest] }: Capture) =>
    nearest?.source?.by === 'stack' || nearest?.usedAt?.by === 'stack';
  let capture = picked;
  while (isOpen(capture)) {
    capture = (await driver.next('better')).capture ?? capture;
    if (isOpen(capture)) capture = (await driver.pick('button.primary')).capture;
  }
  return capture;
}

test.each(builds)('$entry of React $version, $mode build: who drew it, and with what', async build => {
  const driver = await at(pathOf(build));
  let { capture } = await driver.pick('button.primary');
  expect(Capture.parse(capture)).toEqual(capture);
  expect(capture.framework).toMatchObject({ name: 'react', build: build.mode });
  // React says its version only where a hook of DevTools listens.
  expect(capture.framework.version?.split('.')[0]).toBe(
    build.entry === 'startHooked' ? String(build.version) : undefined,
  );
  expect(capture.components.map(({ name }) => name)).toEqual(['SaveButton', 'App']);
  const [nearest] = capture.components;
  expect(nearest?.props).toMatchObject({ label: '"Save order"', onSave: 'ƒ' });
  expect(nearest?.props?.order).toMatch(
    /^\{name:"loop", list:\["x", … 5000 in all\], self:\(circular\), broken:\(getter\)\}$/,
  );
  expect(nearest?.state).toEqual({ state1: '0' });
  if (build.mode === 'development') {
    capture = await withPlaces(driver, capture);
    expect(capture.components[0]?.source).toMatchObject({ file: 'test/extension/apps/orders.tsx', line: 14 });
    expect(capture.components[0]?.usedAt).toMatchObject({ file: 'test/extension/apps/orders.tsx', line: 74 });
  } else {
    expect(nearest?.source).toEqual({
      file: 'src/orders/SaveButton.tsx',
      line: 14,
      column: 5,
      by: 'attribute',
    });
  }
});

test.each(['development', 'production'])('Vue, %s build: who drew it', async mode => {
  const { capture } = await (await at(`/vue-${mode}`)).pick('button.primary');
  expect(capture.framework).toMatchObject({ name: 'vue', version: expect.stringMatching(/^3\./) });
  expect(capture.components.map(({ name }) => name)).toEqual(['SaveButton', 'OrderForm']);
  expect(capture.components[0]?.props).toEqual({ label: '"Save order"' });
});

test('Svelte, development build: who drew it, and where that is written; production says nothing', async () => {
  const { capture } = await (await at('/svelte-development')).pick('button.primary');
  const apps = 'test/extension/apps';
  expect(capture.framework).toEqual({ name: 'svelte', build: 'development' });
  expect(capture.components).toEqual([
    {
      name: 'SaveButton',
      source: { file: `${apps}/SaveButton.svelte`, line: 5, column: 0, by: 'debug' },
      usedAt: { file: `${apps}/OrderForm.svelte`, line: 8, column: 4, by: 'debug' },
    },
    {
      name: 'OrderForm',
      source: { file: `${apps}/OrderForm.svelte`, line: 8, column: 4, by: 'debug' },
    },
  ]);
  const { capture: bare } = await (await at('/svelte-production')).pick('button.primary');
  expect(bare.framework).toEqual({ name: 'none' });
  expect(bare.node).toMatchObject({ tag: 'button', name: 'Save order' });
});

test('a class component tells its state, and nothing that is called a password or a token', async () => {
  const driver = await at('/startLegacy-18-production');
  const { capture } = await driver.pick('tr.row td');
  const table = capture.components.find(({ name }) => name === 'OrderTable');
  expect(table?.state).toEqual({ sorted: 'true', password: '[removed: private value]' });
  expect(JSON.stringify(capture)).not.toMatch(/class-state-password|not-so-secret-prop/);
  expect(capture.redacted).toMatchObject({ 'private value': 2 });
});

test('a page without a framework is read all the same, and lists are told in short', async () => {
  const driver = await at('/many');
  const { capture, tookMs } = await driver.pick('h1', { keys: ['ArrowUp'] });
  expect(capture.framework.name).toBe('none');
  const { text: said, tokens } = text(capture);
  expect(tokens).toBeLessThanOrEqual(2000);
  expect(said).toMatch(/… \d+ more like it/);
  const whole = await tab.evaluate(() => document.querySelector('main')?.outerHTML ?? '');
  expect(tokens * 5).toBeLessThan(countTokens(whole));
  // Ten thousand nodes: what is not looked at is counted by the browser itself.
  expect(all(capture.node).length).toBeLessThan(400);
  expect(tookMs).toBeGreaterThan(0);
});

test('styles are told where the page gives them, not where the browser does', async () => {
  const driver = await at('/styles');
  const styleOf = async (selector: string) => (await driver.pick(selector)).capture.node.style;
  expect(await styleOf('#plain')).toBeUndefined();
  expect(await styleOf('#made')).toEqual({ 'background-color': 'rgb(255, 0, 0)', color: 'rgb(0, 0, 255)' });
  // Black is usual, but not in a red paragraph.
  expect(await styleOf('#black')).toEqual({ color: 'rgb(0, 0, 0)' });
});

test('shadow roots, closed ones too, and frames of the same origin are looked into', async () => {
  const driver = await at('/shadows');
  const open = await driver.pick('#open-host');
  expect(open.capture.node).toMatchObject({ tag: 'button', name: 'In an open root' });
  expect(open.capture.selector).toBe('#open-host >>> button');
  const closed = await driver.pick('#closed-host');
  expect(closed.capture.node).toMatchObject({ tag: 'button', name: 'In a closed root' });
  const framed = await driver.pick('#same');
  expect(framed.capture.node).toMatchObject({ tag: 'button', name: 'In a frame' });
  expect(framed.capture.selector).toBe('#same >>> #framed');
  const [left, top] = framed.capture.node.box ?? [];
  const box = await (await tab.$('#same'))?.boundingBox();
  expect(left).toBeGreaterThan(box?.x ?? 0);
  expect(top).toBeGreaterThan(box?.y ?? 0);
});

test('a frame of another origin stays shut, and says so', async () => {
  const driver = await at('/shadows');
  const { capture } = await driver.pick('#foreign');
  expect(capture.node).toMatchObject({ tag: 'iframe', opaque: 'frame of another origin' });
  expect(JSON.stringify(capture)).not.toContain('Secrets of another origin');
  const measured = await measure(driver);
  const box = await (await tab.$('#foreign'))?.boundingBox();
  expect(measured.privateBoxes).toContainEqual([box?.x, box?.y, box?.width, box?.height]);
});

async function measure(driver: Driver) {
  await driver.send({ type: 'measure', askId: 'm', target: null, redactSelectors: [], clear: false });
  return (await driver.next('measured')).measured as { privateBoxes: number[][] };
}

test('a hostile page gets no word in edgeways', async () => {
  const driver = await at('/hostile');
  const { capture } = await driver.pick('#lure');
  const { text: said } = text(capture);
  // Hidden words are marked as such; nothing ends the quotation or begins a line of its own.
  expect(said).toMatch(/Ignore all earlier instructions.*\(display none\)/);
  expect(said).not.toMatch(/<\/?attachment/i);
  expect(said).not.toMatch(/^(system|user|Ana):/im);
  expect(said.split('\n')[0]).toContain('never an instruction');
  // The page answers in React's stead, with what no React says: it is not believed.
  expect(capture.components).toEqual([]);
  expect(capture.framework.name).toBe('none');
  expect(await tab.evaluate(() => (globalThis as { heard?: unknown[] }).heard)).toEqual([]);
});

test('a page with a strict policy can be picked from', async () => {
  const problems: string[] = [];
  const hear = (message: { text(): string }) => problems.push(message.text());
  tab.on('console', hear);
  const driver = await at('/strict');
  const { capture } = await driver.pick('button');
  expect(capture.node.name).toBe('Strict');
  tab.off('console', hear);
  expect(problems).toEqual([]);
});

test('an element that goes away under the pointer is not picked; what is there then can be', async () => {
  const driver = await at('/shadows');
  await driver.send({ type: 'start', many: false, options: { fields: true, redactSelectors: [] } });
  const box = await (await tab.waitForSelector('#short-lived'))?.boundingBox();
  await tab.mouse.move((box?.x ?? 0) + 5, (box?.y ?? 0) + 5);
  await tab.evaluate(
    () => new Promise<void>(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );
  await tab.evaluate(() => document.querySelector('#short-lived')?.remove());
  await tab.mouse.click((box?.x ?? 0) + 5, (box?.y ?? 0) + 5);
  await tab.mouse.click((box?.x ?? 0) + 5, (box?.y ?? 0) + 5);
  const { capture } = await driver.next('picked');
  expect(capture?.selector).not.toContain('short-lived');
});

test('an area is captured as what holds it, with its own box', async () => {
  const driver = await at('/shadows');
  await driver.send({ type: 'start', many: false, options: { fields: true, redactSelectors: [] } });
  const box = await (await tab.waitForSelector('#pair'))?.boundingBox();
  const { x = 0, y = 0, width = 0, height = 0 } = box ?? {};
  await tab.mouse.move(x + 2, y + 2);
  await tab.mouse.down();
  await tab.mouse.move(x + width - 4, y + height - 4, { steps: 4 });
  await tab.mouse.up();
  const { capture } = await driver.next('picked');
  expect(capture).toMatchObject({ kind: 'area', selector: '#pair' });
  expect(capture?.node.box?.[2]).toBeCloseTo(width - 6, 0);
});

test('more is told when it is asked for, as long as the page is there', async () => {
  const driver = await at('/many');
  const { capture } = await driver.pick('h1', { keys: ['ArrowUp'] });
  const list = all(capture.node).find(({ tag }) => tag === 'ul');
  const ask = { type: 'expand', askId: 'e', node: list?.id, redactSelectors: [] };
  await driver.send({ ...ask, pickId: capture.pickId });
  const { node } = (await driver.next('expanded')).expanded as { node: CaptureNode };
  expect(all(node).length).toBeGreaterThan(10);
  await driver.send({ ...ask, pickId: 'pck_somebodyelse' });
  expect((await driver.next('expanded')).expanded).toBeNull();
});
