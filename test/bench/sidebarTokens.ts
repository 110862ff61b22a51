import { renderCapture } from '@deckhand/shared/capture';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { KeyInput, Page } from 'puppeteer';
import { drive } from '../extension/driver.ts';
import { percentile, type Row } from './figures.ts';
import type { Part } from './sidebarPages.ts';

type Counted = { part: Part; capture: number; html: number; picture: number; says: Says };
type Says = { component: boolean; file: boolean | null; htmlFile: boolean };

const tokensDefault = 2000;
/** Around the element, as the panel crops it. */
const marginPx = 8;

/**
 * Tokens of a picture in high detail, as OpenAI bills GPT-4o and its successors: scaled down into 2048 x 2048, then to
 * 768 on its shorter side, then 170 for each tile of 512 x 512 and 85 besides
 * (platform.openai.com/docs/guides/images-vision, "Calculating costs").
 */
export function pictureTokens(width: number, height: number): number {
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const short = Math.min(1, 768 / (Math.min(width, height) * fit));
  const tiles = (side: number) => Math.ceil((side * fit * short) / 512);
  return 85 + 170 * tiles(width) * tiles(height);
}

async function count(panel: Page, tab: Page, url: string, part: Part): Promise<Counted> {
  await tab.goto(url + part.path, { waitUntil: 'load' });
  const driver = await drive(panel, tab);
  const keys = Array<KeyInput>(part.up).fill('ArrowUp');
  let { capture } = await driver.pick(part.selector, { keys });
  // React 19 knows a stack at first; its source maps say the place a moment later.
  if (capture.components.some(({ source }) => source?.by === 'stack'))
    capture = (await driver.next('better')).capture ?? capture;
  await driver.disconnect();
  if (capture.node.tag !== part.tag) throw new Error(`picked ${capture.node.tag}, not ${part.tag}`);
  const { text, tokens } = renderCapture(capture, {
    tokens: tokensDefault,
    count: words => countTokens(words),
  });
  const html = await tab.$eval(
    part.selector,
    (found, up) => {
      let at: Element | null = found;
      for (let n = 0; n < up; n++) at = at?.parentElement ?? null;
      return at?.outerHTML ?? '';
    },
    part.up,
  );
  const { viewport } = capture.page;
  const [x, y, width, height] = capture.node.box ?? [0, 0, 0, 0];
  // A picture shows what of it is in the viewport.
  const side = (from: number, size: number, whole: number) =>
    Math.min(whole, from + size + marginPx) - Math.max(0, from - marginPx);
  const [wide, high] = [side(x, width, viewport.width), side(y, height, viewport.height)];
  const names = (file: string) => text.includes(` ${file}`);
  return {
    part,
    capture: tokens,
    html: countTokens(html),
    picture: pictureTokens(wide * viewport.scale, high * viewport.scale),
    says: {
      component:
        part.component === null || new RegExp(`nearest first\\):\\n\\s+<${part.component}>`).test(text),
      file: part.file === null ? null : names(part.file),
      htmlFile: part.file !== null && html.includes(part.file),
    },
  };
}

const yesNo = (is: boolean) => (is ? 'yes' : 'NO');
const line = ({ part, capture, html, picture, says }: Counted): [string, string] => [
  `${part.page}: <${part.tag}>`,
  [
    `${capture} tokens`,
    `HTML ${html} (1/${(html / capture).toFixed(1)})`,
    `picture ${picture}`,
    part.component === null ? 'no component' : `component ${yesNo(says.component)}`,
    says.file === null ? 'no file in the build' : `file ${yesNo(says.file)}, in HTML ${yesNo(says.htmlFile)}`,
  ].join(' · '),
];

/** HTML of less than this is shorter than what says where it stands and who drew it. */
const wholeTokens = 2000;

export async function tokensRows(panel: Page, tab: Page, url: string, parts: Part[]): Promise<Row[]> {
  const counted: Counted[] = [];
  for (const part of parts) counted.push(await count(panel, tab, url, part));
  const large = counted.filter(({ html }) => html >= wholeTokens);
  const small = counted.filter(({ html }) => html < wholeTokens);
  const shares = large.map(({ capture, html }) => capture / html);
  const sum = (of: (one: Counted) => number) => counted.reduce((total, one) => total + of(one), 0);
  const cheaper = counted.filter(({ capture, picture }) => capture < picture).length;
  const files = counted.filter(({ says }) => says.file !== null);
  const right = counted.filter(({ says }) => says.component && says.file !== false).length;
  return [
    {
      what: `Tokens of a capture beside its element's HTML, ${large.length} parts of over ${wholeTokens} tokens of HTML`,
      ours: `1/${(1 / percentile(shares, 0.5)).toFixed(1)} (p50), 1/${(1 / Math.max(...shares)).toFixed(1)} (most)`,
      bare: `all ${counted.length} parts: ${sum(one => one.capture)} tokens, HTML ${sum(one => one.html)}, pictures ${sum(one => one.picture)}`,
      target: 'at most 1/5',
      met: Math.max(...shares) <= 1 / 5,
      parts: large.map(line),
    },
    {
      what: `The same of ${small.length} smaller parts, whose HTML is short and says neither page nor code`,
      ours: `${Math.min(...small.map(one => one.capture))} to ${Math.max(...small.map(one => one.capture))} tokens`,
      parts: small.map(line),
    },
    {
      what: 'Tokens of a capture beside its picture (85 + 170 a tile of 512 x 512)',
      ours: `${cheaper} of ${counted.length} cost less`,
      target: 'all',
      met: cheaper === counted.length,
    },
    {
      what: 'The capture names the right component, and the right file where the build has it',
      ours: `${right} of ${counted.length}, with a file ${files.filter(({ says }) => says.file).length} of ${files.length}`,
      bare: `HTML names the file ${counted.filter(({ says }) => says.htmlFile).length} times, a picture never`,
      target: 'all',
      met: right === counted.length,
    },
  ];
}
