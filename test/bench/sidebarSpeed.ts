import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyInput, Page } from 'puppeteer';
import type { Chrome } from '../extension/chrome.ts';
import { type Driver, drive } from '../extension/driver.ts';
import { ms, p50p95, p50Ratio, percentile, type Row } from './figures.ts';
import { manyPages } from './sidebarPages.ts';

const picks = 12;
const loads = 6;
const moves = 300;
const paints = 9;

/** From the click to the capture, on the page's main thread; beside it the browser writing out the same element. */
export async function pickRows(panel: Page, tab: Page, url: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, path } of manyPages) {
    const took = async (driver: Driver, selector: string, up: number) =>
      (await driver.pick(selector, { keys: Array<KeyInput>(up).fill('ArrowUp') })).tookMs;
    const first: number[] = [];
    for (let n = 0; n < loads; n++) {
      await tab.goto(url + path, { waitUntil: 'load' });
      const driver = await drive(panel, tab);
      first.push(await took(driver, 'h1', 1));
      await driver.disconnect();
    }
    const driver = await drive(panel, tab);
    const times = async (selector: string, up: number) => {
      const figures: number[] = [];
      for (let n = 0; n < picks; n++) figures.push(await took(driver, selector, up));
      return figures;
    };
    const whole = await times('h1', 1);
    const row = await times('li.row span', 1);
    const button = await times('li.row button', 0);
    await driver.disconnect();
    const html = await tab.evaluate(
      count =>
        Array.from({ length: count }, () => {
          const startedAt = performance.now();
          void document.querySelector('main')?.outerHTML.length;
          return performance.now() - startedAt;
        }),
      picks,
    );
    const all = [...first, ...whole, ...row, ...button];
    rows.push({
      what: `Pick -> captured, ${name}: the whole of it`,
      ours: p50p95(whole),
      bare: `its outerHTML ${p50p95(html)}`,
      ratio: p50Ratio(whole, html),
      target: 'p95 of all under 100 ms',
      met: percentile(all, 0.95) < 100,
      parts: [
        ['the first after a load', p50p95(first)],
        ['a row', p50p95(row)],
        ['a button', p50p95(button)],
        ['all of these', p50p95(all)],
      ],
    });
  }
  return rows;
}

type Hover = { longTasks: number[]; frames: number[] };
type Shelf = { deckhandHover?: Hover; deckhandEnd?: () => void };

/** Moves the pointer over the whole viewport, row by row, as fast as the browser takes it. */
async function hover(tab: Page): Promise<Hover> {
  await tab.evaluate(() => {
    const shelf = globalThis as Shelf;
    const seen: Hover = { longTasks: [], frames: [] };
    shelf.deckhandHover = seen;
    const observer = new PerformanceObserver(list => {
      for (const { duration } of list.getEntries()) seen.longTasks.push(duration);
    });
    observer.observe({ type: 'longtask' });
    let last = 0;
    let frame = requestAnimationFrame(function next(atMs) {
      if (last > 0) seen.frames.push(atMs - last);
      last = atMs;
      frame = requestAnimationFrame(next);
    });
    shelf.deckhandEnd = () => {
      cancelAnimationFrame(frame);
      for (const { duration } of observer.takeRecords()) seen.longTasks.push(duration);
      observer.disconnect();
    };
  });
  const { width, height } = await tab.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  for (let n = 0; n < moves; n++)
    await tab.mouse.move(8 + ((n * 37) % (width - 16)), 8 + (((n * (height - 16)) / moves) % (height - 16)));
  return tab.evaluate(() => {
    const shelf = globalThis as Shelf;
    shelf.deckhandEnd?.();
    return shelf.deckhandHover ?? { longTasks: [], frames: [] };
  });
}

async function picking(driver: Driver, tab: Page): Promise<Hover> {
  await driver.send({ type: 'start', many: false, options: { fields: true, redactSelectors: [] } });
  await tab.waitForSelector('deckhand-picker');
  const seen = await hover(tab);
  await driver.send({ type: 'stop' });
  await tab.waitForSelector('deckhand-picker', { hidden: true });
  return seen;
}

const longest = (figures: readonly number[]) => (figures.length === 0 ? 'none' : ms(Math.max(...figures)));
const frameText = ({ frames }: Hover) =>
  `${p50p95(frames)}, ${(1000 / percentile(frames, 0.5)).toFixed(0)} a second`;

/** The pointer over ten thousand nodes, with the picker and without. */
export async function hoverRows(panel: Page, tab: Page, url: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, path } of manyPages) {
    await tab.goto(url + path, { waitUntil: 'load' });
    const driver = await drive(panel, tab);
    const bare = await hover(tab);
    const ours = await picking(driver, tab);
    await driver.disconnect();
    rows.push({
      what: `Pointer over ${name}: longest task of over 50 ms`,
      ours: longest(ours.longTasks),
      bare: `without the picker ${longest(bare.longTasks)}`,
      target: 'none',
      met: ours.longTasks.length === 0,
      parts: [
        ['frames', frameText(ours)],
        ['frames without', frameText(bare)],
      ],
    });
  }
  return rows;
}

/** When a page of the extension first showed a word, from when its loading began. */
async function firstPaint(page: Page): Promise<number> {
  const handle = await page.waitForFunction(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
    { polling: 20 },
  );
  return Number(await handle.jsonValue());
}

/** When the largest of what it shows was there: its sessions and the place to write. */
async function largestPaint(page: Page): Promise<number> {
  await page.waitForSelector('[data-testid=home]', { visible: true });
  return page.evaluate(
    () =>
      new Promise<number>(resolve => {
        const look = (list: PerformanceObserverEntryList, observer: PerformanceObserver) => {
          observer.disconnect();
          resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN);
        };
        new PerformanceObserver(look).observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );
}

/** The side panel, opened by its button, beside a page of the extension in a tab with one word in it. */
export async function paintRows(chrome: Chrome, tab: Page): Promise<Row[]> {
  await writeFile(join(chrome.dir, 'blank.html'), '<!doctype html><title>Blank</title><p>Blank</p>');
  const ours: number[] = [];
  const whole: number[] = [];
  const clicked: number[] = [];
  const bare: number[] = [];
  for (let n = 0; n < paints; n++) {
    const clickedAtMs = Date.now();
    const panel = await chrome.openPanel(tab);
    const paintMs = await firstPaint(panel);
    ours.push(paintMs);
    whole.push(await largestPaint(panel));
    clicked.push((await panel.evaluate(() => performance.timeOrigin)) + paintMs - clickedAtMs);
    await panel.close();
    const blank = await chrome.open(`chrome-extension://${chrome.extensionId}/blank.html`);
    bare.push(await firstPaint(blank));
    await blank.close();
  }
  return [
    {
      what: 'Panel first paint, signed in',
      ours: p50p95(ours),
      bare: `a tab with one word ${p50p95(bare)}`,
      ratio: p50Ratio(ours, bare),
      target: 'p50 under 300 ms',
      met: percentile(ours, 0.5) < 300,
      parts: [
        ['the same from the click', p50p95(clicked)],
        ['its sessions and composer', p50p95(whole)],
      ],
    },
  ];
}
