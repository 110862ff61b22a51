import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decode } from 'fast-png';
import type { Page } from 'puppeteer';
import { done } from '../emulators/model/index.ts';
import { countOf, press, reads, see, type } from '../web/look.ts';
import type { Chrome } from './chrome.ts';
import { openPanelStack, type PanelStack, pickOn } from './panelStack.ts';
import { htmlOf, openSite, type Site } from './site.ts';

let opened: PanelStack;
let sharp: Chrome;
let site: Site;
/** By pixels of the display for each pixel of CSS. */
const displays = new Map<number, { tab: Page; panel: Page }>();

const at = ([x, y, width, height]: number[], rest: string) =>
  `position:absolute;left:${x}px;top:${y}px;width:${width}px;height:${height}px;margin:0;border:0;padding:0;${rest}`;
const green = [0, 128, 0];
const magenta = 'rgb(255,0,255)';
const painted = [0x49, 0x50, 0x57];
const white = [255, 255, 255];
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0.c2lnbmF0dXJlLW9mLW5vLXVzZQ';
const page = htmlOf(
  `<main id="all" style="${at([0, 0, 600, 400], 'background:#fff')}">
    <div id="target" style="${at([100, 80, 120, 60], 'background:rgb(0,128,0)')}"></div>
    <div id="second" style="${at([100, 300, 40, 40], 'background:rgb(0,0,255)')}"></div>
    <div id="third" style="${at([160, 300, 40, 40], 'background:rgb(0,0,0)')}"></div>
    <input type="password" value="hunter22" style="${at([320, 80, 150, 40], `background:${magenta}`)}">
    <div data-private style="${at([320, 140, 150, 40], `background:${magenta}`)}">Jane Roe</div>
    <p style="${at([320, 230, 270, 24], 'font:16px/24px monospace;white-space:nowrap;overflow:hidden;background:rgb(255,255,0)')}">is ${jwt}</p>
    <p style="${at([320, 270, 270, 24], 'font:16px/24px monospace;background:rgb(255,255,0)')}">Jane Roe was here</p>
    <div style="${at([20, 180, 90, 60], 'background:repeating-linear-gradient(90deg,#000 0 2px,#0ff 2px 4px)')}"></div>
  </main>`,
  '<style>body{margin:0}</style>',
);

beforeAll(async () => {
  site = await openSite();
  site.put('/', { body: page });
  opened = await openPanelStack();
  sharp = await opened.another(['--force-device-scale-factor=2']);
  for (const [scale, chrome] of [
    [1, opened.chrome],
    [2, sharp],
  ] as const) {
    const tab = await chrome.open(`${site.url}/`);
    const panel = await chrome.openPanel(tab);
    await opened.signIn(panel, chrome);
    await tab.bringToFront();
    expect(await tab.evaluate(() => devicePixelRatio)).toBe(scale);
    displays.set(scale, { tab, panel });
  }
});
afterAll(async () => {
  await sharp?.close();
  await opened?.dispose();
  await site?.close();
});

const display = (scale: number) => {
  const found = displays.get(scale);
  if (!found) throw new Error('no such display');
  return found;
};

/** A picture, and its colour at a point. */
function pictureOf(bytes: Uint8Array) {
  const { width, height, data, channels } = decode(bytes);
  const colour = (x: number, y: number) => {
    const from = (Math.floor(y) * width + Math.floor(x)) * channels;
    return [...data.slice(from, from + 3)];
  };
  const colours = (x: number, y: number, w: number, h: number) =>
    Array.from({ length: w * h }, (_, i) => colour(x + (i % w), y + Math.floor(i / w)).join());
  return { width, height, colour, colours };
}

/** What the panel shows, and would send. */
async function shown(panel: Page) {
  await see(panel, 'pick-picture');
  const text = await panel.$eval('[data-testid=pick-picture]', async image => {
    const bytes = new Uint8Array(await (await fetch((image as HTMLImageElement).src)).arrayBuffer());
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
  });
  return pictureOf(Buffer.from(text, 'base64'));
}

async function pickWithPicture(scale: number, selector: string) {
  const { tab, panel } = display(scale);
  await pickOn(panel, tab, selector);
  await press(panel, 'pick-send-shot');
  return shown(panel);
}
const drop = (scale: number) => press(display(scale).panel, 'pick-remove');
/** Around a picked element this much is shown. */
const margin = 8;

test.each([1, 2])('at %i pixels for one the picked element is cropped exactly', async scale => {
  const { width, height, colour } = await pickWithPicture(scale, '#target');
  expect([width, height]).toEqual([(120 + 2 * margin) * scale, (60 + 2 * margin) * scale]);
  const [first, last] = [margin * scale, (margin + 60) * scale - 1];
  for (const inside of [first, last]) expect(colour(width / 2, inside)).toEqual(green);
  for (const outside of [first - 1, last + 1]) expect(colour(width / 2, outside)).toEqual(white);
  expect(colour(first, height / 2)).toEqual(green);
  expect(colour(first - 1, height / 2)).toEqual(white);
  await drop(scale);
});

test.each([1, 2])('at %i pixels for one what is private is painted over in the picture', async scale => {
  const { colour, colours } = await pickWithPicture(scale, '#all');
  const of = (x: number, y: number) => colour(x * scale, y * scale);
  expect(of(395, 100)).toEqual(painted);
  expect(of(395, 160)).toEqual(painted);
  // Words that are a secret by their letters, or that a private part says: these words, not their line.
  expect(of(450, 242)).toEqual(painted);
  expect(of(330, 282)).toEqual(painted);
  expect(of(580, 272)).toEqual([255, 255, 0]);
  const all = new Set(colours(0, 0, 600 * scale, 400 * scale));
  expect(all.has('255,0,255')).toBe(false);
  await drop(scale);
});

test.each([1, 2])('at %i pixels for one an area and the whole tab are taken, too', async scale => {
  const { tab, panel } = display(scale);
  await press(panel, 'pick-button');
  await tab.waitForSelector('deckhand-picker');
  await tab.mouse.move(90, 70);
  await tab.mouse.down();
  await tab.mouse.move(230, 150, { steps: 4 });
  await tab.mouse.up();
  await press(panel, 'pick-send-shot');
  const area = await shown(panel);
  expect([area.width, area.height]).toEqual([(140 + 2 * margin) * scale, (80 + 2 * margin) * scale]);
  expect(area.colour((margin + 70) * scale, (margin + 40) * scale)).toEqual(green);
  const before = await panel.$eval('[data-testid=pick-picture]', image => (image as HTMLImageElement).src);
  await press(panel, 'shot-tab');
  await panel.waitForFunction(
    src => document.querySelector<HTMLImageElement>('[data-testid=pick-picture]')?.src !== src,
    {},
    before,
  );
  const whole = await shown(panel);
  const size = await tab.evaluate(() => [innerWidth, innerHeight]);
  expect([whole.width, whole.height]).toEqual(size.map(side => side * scale));
  expect(whole.colour(160 * scale, 110 * scale)).toEqual(green);
  expect(whole.colour(395 * scale, 100 * scale)).toEqual(painted);
  await drop(scale);
});

test('a picture of the whole tab can be sent with nothing picked: the page is then what it is of', async () => {
  const { tab, panel } = display(1);
  await press(panel, 'shot-tab');
  const whole = await shown(panel);
  expect([whole.width, whole.height]).toEqual(await tab.evaluate(() => [innerWidth, innerHeight]));
  expect(whole.colour(395, 100)).toEqual(painted);
  await reads(panel, 'pick-name', 'body');
  await reads(panel, 'pick-facts', /\d+ tokens/);
  await drop(1);
});

test('of each of several quick picks a picture is taken, though Chrome takes two a second', async () => {
  const { tab, panel } = display(1);
  await panel.keyboard.down('Shift');
  await press(panel, 'pick-button');
  await panel.keyboard.up('Shift');
  await tab.waitForSelector('deckhand-picker');
  for (const [x, y] of [
    [160, 110],
    [120, 320],
    [180, 320],
  ] as const)
    await tab.mouse.click(x, y);
  await panel.waitForFunction(() => document.querySelectorAll('[data-testid=pick-send-shot]').length === 3);
  await tab.keyboard.press('Escape');
  // Nothing of what the picker draws is in them, though it was open all the while.
  await press(panel, 'pick-send-shot');
  const first = await shown(panel);
  expect(first.colour(margin, margin)).toEqual(green);
  expect(first.colour(margin + 60, margin + 30)).toEqual(green);
  for (let n = 3; n > 0; n--) await press(panel, 'pick-remove');
});

test('what is drawn on a picture is in what is sent, and what is blurred is not', async () => {
  const { tab, panel } = display(1);
  opened.stack.model.script('drawn', [done('Seen.')]);
  const before = await pickWithPicture(1, '#all');
  expect(new Set(before.colours(30, 190, 60, 30)).size).toBeGreaterThan(1);
  await press(panel, 'pick-draw');
  const canvas = await see(panel, 'annotate-canvas');
  const drag = async (x: number, y: number, toX: number, toY: number) => {
    await canvas.scrollIntoView();
    const box = await canvas.boundingBox();
    const size = await canvas.evaluate(one => ({
      width: (one as HTMLCanvasElement).width,
      height: (one as HTMLCanvasElement).height,
    }));
    const place = (px: number, py: number) =>
      [
        (box?.x ?? 0) + (px / size.width) * (box?.width ?? 0),
        (box?.y ?? 0) + (py / size.height) * (box?.height ?? 0),
      ] as const;
    await panel.mouse.move(...place(x, y));
    await panel.mouse.down();
    await panel.mouse.move(...place(toX, toY), { steps: 3 });
    await panel.mouse.up();
  };
  const draw = async (tool: string, ...points: [number, number, number, number]) => {
    await press(panel, `tool-${tool}`);
    await drag(...points);
  };
  await draw('box', 260, 20, 300, 60);
  await draw('arrow', 20, 300, 80, 300);
  await draw('blur', 16, 176, 114, 244);
  await press(panel, 'tool-text');
  await type(panel, '.annotate-words', 'Here');
  await drag(240, 340, 240, 340);
  await press(panel, 'annotate-done');
  await see(panel, 'pick-picture');
  await type(panel, 'panel-new-text', 'As drawn #drawn');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'Seen.');
  const [file, ...others] = opened.stack.model.askings('drawn')[0]?.messages.at(-1)?.files ?? [];
  expect(others).toEqual([]);
  const sent = pictureOf(Buffer.from(file?.url.split(',')[1] ?? '', 'base64'));
  expect([sent.width, sent.height]).toEqual([before.width, before.height]);
  // Edges are smoothed.
  const isReddish = (colour: string) => {
    const [r = 0, g = 0, b = 0] = colour.split(',').map(Number);
    return r > 200 && g < 130 && b < 130;
  };
  const isRed = (x: number, y: number) => sent.colours(x - 2, y - 2, 5, 5).some(isReddish);
  for (const [x, y] of [
    [280, 20],
    [280, 60],
    [260, 40],
    [300, 40],
    [50, 300],
    [73, 296],
  ] as const)
    expect([x, y, isRed(x, y)]).toEqual([x, y, true]);
  expect(isRed(280, 40)).toBe(false);
  expect(sent.colours(240, 340, 60, 20).filter(isReddish).length).toBeGreaterThan(20);
  // A few flat squares, of which nobody reads stripes.
  expect(new Set(sent.colours(30, 190, 60, 30)).size).toBeLessThanOrEqual(6);
  expect(
    sent.colours(30, 190, 60, 30).filter(colour => colour === '0,0,0' || colour === '0,255,255'),
  ).toEqual([]);
  expect(await countOf(panel, 'pick')).toBe(0);
  await tab.bringToFront();
});
